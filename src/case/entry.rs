//! Forced entry (破门): the steps by which a door is opened that nobody opens, each a record.
//!
//! ```text
//! consent, or the reason to go without -> key holders tried -> 110 or 119 asked -> two witnesses -> a photo before -> opened
//!     -> a photo after -> secured, and in whose hands
//! ```
//!
//! The list guides and never holds up: whoever stands before a door behind which somebody may be dying opens it, and a record that says
//! why a step was left out is worth more than one that was not written. What it does hold up is the end: nothing closes while a door
//! stands open that was forced.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decide::{Draft, Refusal};
use super::record::{Event, maybe_micros};
use super::state::{Case, Stage};
use super::words::{Agency, Author};
use crate::ids::{ContactId, NoteId, ResponderId};
use crate::people::KeyOwner;
use crate::people::words::words;

/// So many see it done.
pub const WITNESSES: usize = 2;

/// Steps of one case at most.
const STEPS_MAX: usize = 60;

words! {
    /// By what right a door is forced.
    EntryBasis ("right of entry") {
        /// The elder agreed to it, in their file.
        OnFile = "on_file",
        /// The elder says so now.
        Elder = "elder",
        /// Somebody of the family says so now.
        Family = "family",
        /// The police order it.
        Police = "police",
        /// A life is in danger and nobody can be asked; wants the reason.
        Danger = "danger",
    }
}

words! {
    /// What came of asking whoever holds a key.
    KeyOutcome ("answer of a key holder") {
        /// They bring it.
        Coming = "coming",
        /// Nobody answers.
        NoAnswer = "no_answer",
        /// They have it no more, or are too far.
        Cannot = "cannot",
        /// It does not open: another lock, a chain, a bolt.
        DoesNotOpen = "does_not_open",
    }
}

words! {
    /// Who sees it done.
    WitnessKind ("witness") {
        Police = "police",
        Fire = "fire",
        Community = "community",
        Family = "family",
        Neighbour = "neighbour",
        Property = "property",
    }
}

words! {
    /// How the door was opened.
    EntryMeans ("means of entry") {
        /// By a key: nothing was forced.
        Key = "key",
        /// From within.
        Inside = "inside",
        Locksmith = "locksmith",
        Window = "window",
        /// By 119, or by force.
        Force = "force",
    }
}

impl EntryMeans {
    /// Something was broken or taken apart.
    pub const fn is_forced(self) -> bool {
        match self {
            Self::Key | Self::Inside => false,
            Self::Locksmith | Self::Window | Self::Force => true,
        }
    }
}

words! {
    /// In whose hands the home is afterwards.
    Custody ("custody") {
        Elder = "elder",
        Family = "family",
        Police = "police",
        Community = "community",
    }
}

words! {
    /// What is missing still before a door is forced, or before it may be left.
    EntryNeed ("step of a forced entry") {
        Consent = "consent",
        Keys = "keys",
        /// 110 or 119 are asked.
        Called = "called",
        Witnesses = "witnesses",
        PhotoBefore = "photo_before",
        PhotoAfter = "photo_after",
        Secured = "secured",
    }
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum EntryStep {
    /// By what right.
    Consent {
        /// Which.
        basis: EntryBasis,
        /// Who of the family.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<ContactId>,
        /// The words, sealed: who said so, how, or why without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteId>,
    },
    /// Whoever holds a key was asked.
    Key {
        /// Who.
        holder: KeyOwner,
        /// What came of it.
        outcome: KeyOutcome,
    },
    /// Somebody sees it done.
    Witness {
        /// As what.
        kind: WitnessKind,
        /// Who, where they are a responder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        responder: Option<ResponderId>,
        /// Who, sealed, where they are not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteId>,
    },
    /// The door is open.
    Opened {
        /// How.
        means: EntryMeans,
        /// Key holders on file whom nobody has asked, as whoever said so saw it.
        untried: u8,
        /// Why steps were left out, sealed; wanted where any were.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<NoteId>,
    },
    /// The door is shut again.
    Secured {
        /// In whose hands.
        custody: Custody,
        /// How, or why without a photo, sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteId>,
    },
}

/// How far it has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// By what right; the last that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<EntryBasis>,
    /// Who was asked for a key, and the last that came of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<(KeyOwner, KeyOutcome)>,
    /// Who sees it done; of those who are responders, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<(WitnessKind, Option<ResponderId>)>,
    /// Photos from before and after it was opened.
    #[serde(default)]
    pub photos_before: u8,
    #[serde(default)]
    pub photos_after: u8,
    /// When and how it was opened.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub means: Option<EntryMeans>,
    /// When it was shut again, and in whose hands.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub secured_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custody: Option<Custody>,
    /// How many steps there are.
    #[serde(default)]
    pub steps: u8,
}

impl Entry {
    /// A door stands open that was forced.
    pub fn stands_open(&self) -> bool {
        self.means.is_some_and(EntryMeans::is_forced) && self.secured_at.is_none()
    }

    pub(super) fn take(&mut self, step: &EntryStep, at: Timestamp) {
        self.steps = self.steps.saturating_add(1);
        match *step {
            EntryStep::Consent { basis, .. } => self.basis = Some(basis),
            EntryStep::Key { holder, outcome } => {
                self.keys.retain(|it| it.0 != holder);
                self.keys.push((holder, outcome));
            }
            EntryStep::Witness { kind, responder, .. } => self.witnesses.push((kind, responder)),
            EntryStep::Opened { means, .. } => {
                self.opened_at = Some(at);
                self.means = Some(means);
            }
            EntryStep::Secured { custody, .. } => {
                self.secured_at = Some(at);
                self.custody = Some(custody);
            }
        }
    }

    /// A photo by the right of a forced entry.
    pub(super) fn photographed(&mut self) {
        let count = if self.opened_at.is_some() {
            &mut self.photos_after
        } else {
            &mut self.photos_before
        };
        *count = count.saturating_add(1);
    }
}

impl Case {
    /// A door stands open that was forced: nothing closes before it is secured.
    pub fn entry_open(&self) -> bool {
        self.entry.as_ref().is_some_and(Entry::stands_open)
    }

    /// What is missing before the door is opened by force, or after it before it may be left; in the order in which it is done.
    /// `untried`: key holders on file whom nobody has asked.
    pub fn entry_needs(&self, untried: u8) -> Vec<EntryNeed> {
        let none = Entry::default();
        let it = self.entry.as_ref().unwrap_or(&none);
        let called = |to| matches!(to, Agency::Police | Agency::Fire | Agency::PoliceGrid);
        let asked = self.referrals.iter().any(|it| called(it.to));
        let steps = if it.opened_at.is_none() {
            vec![
                (EntryNeed::Consent, it.basis.is_none()),
                (EntryNeed::Keys, untried > 0),
                (EntryNeed::Called, !asked),
                (EntryNeed::Witnesses, it.witnesses.len() < WITNESSES),
                (EntryNeed::PhotoBefore, it.photos_before == 0),
            ]
        } else {
            vec![
                (EntryNeed::PhotoAfter, it.photos_after == 0),
                (EntryNeed::Secured, it.secured_at.is_none()),
            ]
        };
        steps
            .into_iter()
            .filter_map(|(need, missing)| missing.then_some(need))
            .collect()
    }
}

impl Draft<'_> {
    pub(super) fn entry(&mut self, step: EntryStep) -> Result<(), Refusal> {
        if !self.case.state.is_open() {
            return Err(Refusal::Over);
        }
        if let Author::Responder(me) = self.by {
            let there = |it: &super::state::Assignment| it.is_active() && it.stage >= Stage::Arrived;
            if !self.case.assignment(me).is_some_and(there) {
                return Err(Refusal::NotArrived);
            }
        }
        let it = self.case.entry.clone().unwrap_or_default();
        if usize::from(it.steps) >= STEPS_MAX {
            return Err(Refusal::NotNow);
        }
        let again = match step {
            EntryStep::Consent { basis, note, .. } => {
                if basis == EntryBasis::Danger && note.is_none() {
                    return Err(Refusal::ReasonMissing);
                }
                it.basis == Some(basis)
            }
            EntryStep::Key { holder, outcome } => it.keys.contains(&(holder, outcome)),
            EntryStep::Witness { kind, responder, note } => {
                if responder.is_none() && note.is_none() {
                    return Err(Refusal::ReasonMissing); // a witness without a name is none
                }
                responder.is_some() && it.witnesses.contains(&(kind, responder))
            }
            EntryStep::Opened { means, untried, reason } => {
                let incomplete = means.is_forced() && !self.case.entry_needs(untried).is_empty();
                if it.opened_at.is_none() && incomplete && reason.is_none() {
                    return Err(Refusal::EntryIncomplete);
                }
                it.opened_at.is_some()
            }
            EntryStep::Secured { note, .. } => {
                if it.opened_at.is_none() {
                    return Err(Refusal::NotNow);
                }
                let unseen = it.means.is_some_and(EntryMeans::is_forced) && it.photos_after == 0;
                if it.secured_at.is_none() && unseen && note.is_none() {
                    return Err(Refusal::EntryIncomplete);
                }
                it.secured_at.is_some()
            }
        };
        if !again {
            self.put(Event::EntryStep { entry: step }, vec![]);
        }
        Ok(())
    }
}
