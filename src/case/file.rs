//! What was opened of somebody's file because of an emergency, and that they are told of it afterwards (Personal Information Protection
//! Law, article 18: where life is at stake the notice may come later, and has to come).
//!
//! Holds always:
//! - a case holds whose, what, when and as what, and never what stood there; each look is a line of the log of views besides;
//! - who is told is told once for each closing that has something new to tell of; after a suspected death nothing goes by itself;
//! - an exercise opens nothing, and what is no call for help has no emergency.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decide::Draft;
use super::record::{Event, Record, micros};
use super::state::Case;
use super::words::{Author, FilePart, Lane, Outcome, PhotoConsent, Severity, State};
use crate::ids::ElderId;
use crate::people::Role;

/// A part of somebody's file was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMark {
    /// Whose.
    pub elder: ElderId,
    /// What.
    pub part: FilePart,
    /// To whom.
    pub by: Author,
    /// As what they looked.
    pub role: Role,
    /// When first.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// The elder had agreed to it before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub agreed: bool,
    /// Whoever answers for the elder is told of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
}

/// Whose marks a closing tells of, each elder once.
pub(super) fn owed(marks: &[FileMark], outcome: Outcome) -> Vec<ElderId> {
    let mut elders = Vec::new();
    if outcome == Outcome::SuspectedDeath {
        return elders;
    }
    for it in marks.iter().filter(|it| !it.told) {
        if !elders.contains(&it.elder) {
            elders.push(it.elder);
        }
    }
    elders
}

impl Case {
    fn is_emergency(&self) -> bool {
        self.lane == Lane::Help && self.severity >= Severity::Urgent && !self.drill && self.state != State::Closed
    }

    pub(super) fn evolve_file(&mut self, record: &Record) {
        let mark = |elder, part, role, agreed| FileMark {
            elder,
            part,
            by: record.by,
            role,
            at: record.at,
            agreed,
            told: false,
        };
        match &record.event {
            Event::FileOpened {
                elder,
                parts,
                role,
                agreed,
            } => {
                let new = parts.iter().map(|part| mark(*elder, *part, *role, *agreed));
                self.file.extend(new);
            }
            Event::Photographed {
                consent: PhotoConsent::ForcedEntry,
                ..
            } => {
                let role = match record.by {
                    Author::User(_) => Role::Dispatcher,
                    _ => Role::GridWorker,
                };
                if let Some(elder) = self.subject.elder().filter(|_| self.is_emergency()) {
                    self.file.push(mark(elder, FilePart::Photo, role, false));
                }
            }
            Event::Closed { outcome, .. } if *outcome != Outcome::SuspectedDeath => {
                self.file.iter_mut().for_each(|it| it.told = true);
            }
            _ => {}
        }
    }
}

impl Draft<'_> {
    /// The same part to the same person is one mark until it has been told of; the log of views has every look.
    pub(super) fn open_file(&mut self, elder: ElderId, parts: &[FilePart], role: Role, agreed: bool) {
        if !self.case.is_emergency() {
            return;
        }
        let by = self.by;
        let known = |part: &FilePart| {
            let same = |it: &super::file::FileMark| it.elder == elder && it.part == *part && it.by == by && !it.told;
            self.case.file.iter().any(same)
        };
        let parts: Vec<FilePart> = parts.iter().copied().filter(|it| !known(it)).collect();
        if !parts.is_empty() {
            self.put(
                Event::FileOpened {
                    elder,
                    parts,
                    role,
                    agreed,
                },
                vec![],
            );
        }
    }
}
