//! Who would be told when: a case that nobody answers, second by second, by the ranking, the rules and the telling that are in earnest.
//!
//! Start at [`Field::dry_run`]. It reads what is in memory, writes nothing and tells nobody. Everybody stands where they stand now and
//! carries what they carry now; who is at work is said by the caller, because it may be about another day.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Field, Ranking, ranking};
use crate::case::plan::StepKind;
use crate::case::record::Ring;
use crate::case::{Command, Event, Kind, NewOffer, Notice, NoticeKind, Plan, PlanSet, Severity, State, notices};
use crate::dispatch::desk::{DeskError, Rehearsed};
use crate::dispatch::tell;
use crate::ids::{ElderId, ResponderId};
use crate::people::Tier;
use crate::store::cases::{CaseView, NO_CHANNEL, OutboxRow};

/// Nobody is looked after in a dry run for longer than this from the alert, seconds: an hour.
pub const HORIZON_MAX_S: u32 = 3_600;
/// Decisions in one dry run at most.
const DECISIONS_MAX: usize = 600;

/// What is tried.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// About whom.
    pub elder: ElderId,
    /// What has happened.
    pub kind: Kind,
    /// One can speak with them through the device.
    pub voice_path: bool,
    /// When.
    pub at: Timestamp,
    /// For how long, seconds.
    pub horizon_s: u32,
    /// By which plans; none: by those of the street.
    pub draft: Option<&'a PlanSet>,
    /// Who is at work then; who is not in it is at work as they are now.
    pub duty: &'a HashMap<ResponderId, bool>,
}

/// A dry run.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// The plan that was chosen.
    pub plan: Arc<Plan>,
    /// How serious the case is.
    pub severity: Severity,
    /// The alert rings nobody, because the elder is away.
    pub suppressed: bool,
    /// What happens, in order.
    pub moments: Vec<Moment>,
    /// It was cut off before the horizon, because too much happened.
    pub cut: bool,
}

/// One second of it.
#[derive(Debug, Clone, Default)]
pub struct Moment {
    /// Seconds after the alert.
    pub at_s: u32,
    /// Steps of the ladder that fire.
    pub steps: Vec<StepKind>,
    /// Who owns the case afterwards.
    pub owner: Option<Tier>,
    /// Who is rung.
    pub rings: Vec<Ring>,
    /// Who is asked.
    pub asked: Vec<NewOffer>,
    /// Who is not, and why; the nearest.
    pub left_out: Vec<(ResponderId, String)>,
    /// How many are not, in all.
    pub left_out_count: u32,
    /// People were looked for and nobody was found.
    pub nobody: bool,
    /// Who is told of what, and by which channels.
    pub told: Vec<ToldOf>,
}

/// Somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldOf {
    /// Of what.
    pub kind: NoticeKind,
    /// An id, or the word of a role.
    pub target: String,
    /// By which channels at first; none: by what they have open, or by nothing at all.
    pub channels: Vec<String>,
    /// Why no channel leads to them.
    pub refused: Option<&'static str>,
}

impl Field {
    /// Tries what would happen. Roads are searched: not on a thread that answers.
    ///
    /// # Errors
    /// `NotFound` when there is no such elder.
    pub fn dry_run(&self, trial: &Trial<'_>) -> Result<DryRun, DeskError> {
        let desk = &self.0.desk;
        let (mut rehearsal, begun) = desk.rehearse(trial.elder, trial.kind, trial.voice_path, trial.at, trial.draft)?;
        let roll = self.roll_at(trial.at, trial.duty);
        let mut run = DryRun {
            plan: rehearsal.plan().clone(),
            severity: rehearsal.case().severity,
            suppressed: rehearsal.suppressed,
            moments: Vec::new(),
            cut: false,
        };
        self.note(&mut run, trial, &begun);
        let end = trial.at + SignedDuration::from_secs(trial.horizon_s.min(HORIZON_MAX_S).into());
        let mut now = trial.at;
        for turn in 0.. {
            run.cut = turn >= DECISIONS_MAX;
            if run.cut {
                break;
            }
            let command = if rehearsal.case().seek.is_some() {
                let view = CaseView {
                    case: Arc::new(rehearsal.case().clone()),
                    number: Arc::from(""),
                    area_code: Arc::from(rehearsal.area().to_string()),
                    stream: Arc::from(""),
                };
                self.offer(&view, &roll, now)
            } else {
                match rehearsal.case().due_at().filter(|it| *it <= end) {
                    Some(due) if rehearsal.case().state == State::Ringing => now = now.max(due),
                    _ => break,
                }
                Command::LookAgain
            };
            match rehearsal.step(&command, now) {
                Ok(done) if done.decision.records.is_empty() => break, // a clock that moves nothing would be looked at for ever
                Ok(done) => self.note(&mut run, trial, &done),
                Err(_) => break,
            }
        }
        Ok(run)
    }

    fn offer(&self, view: &CaseView, roll: &ranking::Roll, now: Timestamp) -> Command {
        let (steps, seek_no) = match &view.case.seek {
            Some(seek) => (seek.steps.clone(), seek.no),
            None => (vec![], 0),
        };
        let places = self.destinations_now(view);
        let Ranking {
            ranked,
            excluded,
            excluded_count,
        } = self.rank_at(view, &steps, &places, roll, ranking::most_for(&view.case));
        Command::Offer {
            ranked,
            excluded,
            excluded_count,
            as_of: now,
            seek_no,
        }
    }

    /// Takes down what a decision leads to.
    fn note(&self, run: &mut DryRun, trial: &Trial<'_>, it: &Rehearsed) {
        let case = &it.decision.case;
        let at = it.decision.records.last().map_or(trial.at, |it| it.at);
        let at_s = u32::try_from(at.duration_since(trial.at).as_secs()).unwrap_or_default();
        if run.moments.last().is_none_or(|it| it.at_s != at_s) {
            run.moments.push(Moment {
                at_s,
                ..Moment::default()
            });
        }
        let Some(moment) = run.moments.last_mut() else { return };
        moment.owner = Some(case.tier);
        for record in &it.decision.records {
            match &record.event {
                Event::StepFired { step } => moment.steps.push(*step),
                Event::Rang { whom, .. } => moment.rings.push(*whom),
                Event::Offered {
                    offers,
                    excluded,
                    excluded_count,
                    ..
                } => {
                    moment.asked.extend(offers.iter().cloned());
                    moment.leave_out(excluded, *excluded_count);
                }
                Event::NobodyFound {
                    excluded,
                    excluded_count,
                    ..
                } => {
                    moment.nobody = true;
                    moment.leave_out(excluded, *excluded_count);
                }
                _ => {}
            }
        }
        let told = notices(it.before.as_ref(), case, &it.decision.records);
        for notice in &told {
            for target in tell::targets_beside(self.0.desk.picture(), case, notice, &told) {
                moment.told.push(told_of(notice, target, it));
            }
        }
        let mut seen = HashSet::new();
        moment.told.retain(|it| seen.insert((it.kind, it.target.clone())));
        // What is passed on to a partner is no notice of ours, and has a row all the same.
        let known: BTreeSet<String> = told.iter().map(|it| it.step.clone()).collect();
        let others = it.outbox.iter().filter(|row| !known.contains(&row.step));
        for row in others {
            if let Ok(kind) = row.kind.parse() {
                moment.told.push(ToldOf {
                    kind,
                    target: row.target.clone(),
                    channels: vec![row.channel.clone()],
                    refused: None,
                });
            }
        }
    }
}

fn told_of(notice: &Notice, target: String, it: &Rehearsed) -> ToldOf {
    let same = |row: &&OutboxRow| row.step == notice.step && row.target == target;
    let rows: Vec<&OutboxRow> = it.outbox.iter().filter(same).collect();
    let channels = rows.iter().filter(|row| row.channel != NO_CHANNEL);
    ToldOf {
        kind: notice.kind,
        channels: channels.map(|row| row.channel.clone()).collect(),
        refused: rows.iter().find_map(|row| row.going.refused),
        target,
    }
}

impl Moment {
    fn leave_out(&mut self, excluded: &[crate::case::Exclusion], count: u32) {
        for it in excluded {
            let line = (it.responder, it.reason.clone());
            if !self.left_out.contains(&line) {
                self.left_out.push(line);
            }
        }
        self.left_out_count = self.left_out_count.max(count);
    }
}
