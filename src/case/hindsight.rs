//! Hindsight: what would have become of a case by another plan, while people did what they did.
//!
//! Start at [`by_plan`]. It opens the case anew by the rules that are in earnest, lets its clocks run out, and says to it at their
//! times what people said: words of the elder, yeses, departures, arrivals, takes, ends. Nobody says yes sooner because they would have
//! been asked sooner, so what would have been too late is a worst case. Alerts that joined later are not said again.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::command::{Alert, Command, Opening};
use super::decide::{Context, decide, open_with};
use super::plan::Plan;
use super::record::{Event, Record};
use super::state::Case;
use super::words::{Author, Kind, Lane, State, Subject};
use crate::ids::{AlertId, OfferId};
use crate::people::Tier;

/// Decisions about one case at most: a month-long case looks at its clocks more often than says anything.
const DECISIONS_MAX: usize = 400;

/// What became of a case, or would have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hindsight {
    /// The grid or a higher tier owned it.
    pub grid: bool,
    /// The street owned it.
    pub street: bool,
    /// The door clock ran out: nobody was at the door in time.
    pub door_late: bool,
}

impl Hindsight {
    fn of_case(&mut self, case: &Case) {
        self.grid |= case.tier >= Tier::Grid;
        self.street |= case.tier == Tier::Street;
    }

    fn of_records(&mut self, records: &[Record]) {
        self.door_late |= records.iter().any(|it| it.event == Event::DoorLate);
    }
}

/// A case as it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
    /// When.
    pub at: Timestamp,
    /// Its kind.
    pub kind: Kind,
    /// About whom.
    pub subject: Subject,
    /// It was taken for less than its kind is, or came late: it went by the plan of what is unknown.
    pub lessened: bool,
}

/// How a call for help began; none: the log is of something else, or of an exercise.
pub fn beginning(log: &[Record]) -> Option<Beginning> {
    let first = log.first()?;
    match first.event {
        Event::Opened {
            kind,
            severity,
            lane: Lane::Help,
            subject,
            late,
            drill: false,
            ..
        } => Some(Beginning {
            at: first.at,
            kind,
            subject,
            lessened: late || severity < kind.severity(),
        }),
        _ => None,
    }
}

/// What did become of it.
pub fn as_recorded(log: &[Record]) -> Hindsight {
    let mut found = Hindsight::default();
    let mut case: Option<Case> = None;
    for record in log {
        match &mut case {
            Some(case) => case.evolve(record),
            None => case = Case::begin(record),
        }
        if let Some(case) = &case {
            found.of_case(case);
        }
    }
    found.of_records(log);
    found
}

/// What would have become of it by `plan` until it ended, or until `now`. None: see [`beginning`].
pub fn by_plan(log: &[Record], plan: &Arc<Plan>, now: Timestamp) -> Option<Hindsight> {
    beginning(log)?;
    let mut replay = Replay::open(log, plan)?;
    for record in &log[1..] {
        if matches!(record.event, Event::Resolved { .. } | Event::Closed { .. }) {
            replay.run_until(record.at);
            return Some(replay.found);
        }
        if let Some(command) = replay.said(record) {
            replay.run_until(record.at);
            replay.step(&command, record.by, record.at);
        }
    }
    replay.run_until(now);
    Some(replay.found)
}

struct Replay {
    case: Case,
    plan: Arc<Plan>,
    found: Hindsight,
    left: usize,
    /// The tier of whoever an offer was made to, as it was recorded.
    tiers: HashMap<OfferId, Tier>,
}

impl Replay {
    fn open(log: &[Record], plan: &Arc<Plan>) -> Option<Self> {
        let first = log.first()?;
        let Event::Opened {
            case,
            alert,
            kind,
            severity,
            lane,
            subject,
            part,
            voice_path,
            late,
            ..
        } = first.event
        else {
            return None;
        };
        let opening = Opening {
            case,
            alert: Alert {
                id: alert.unwrap_or(AlertId::derive(case.as_uuid(), "none")),
                kind,
                severity,
                late,
                voice_path,
            },
            subject,
            lane,
            part,
            linked: None,
            inside: vec![],
            drill: false,
            wishing: None,
            turn_at: None,
        };
        let opened = open_with(&opening, plan, first.by, first.at, &|_, _| vec![]);
        let mut found = Hindsight::default();
        found.of_case(&opened.case);
        found.of_records(&opened.records);
        Some(Self {
            case: opened.case,
            plan: plan.clone(),
            found,
            left: DECISIONS_MAX,
            tiers: HashMap::new(),
        })
    }

    /// What a person did, as a command; what followed from it, and from clocks, follows again by itself.
    fn said(&mut self, record: &Record) -> Option<Command> {
        let by_desk = matches!(record.by, Author::User(_));
        let by_person = by_desk || matches!(record.by, Author::Responder(_));
        match &record.event {
            Event::Offered { offers, .. } => {
                self.tiers.extend(offers.iter().map(|it| (it.id, it.candidate.tier)));
                None
            }
            Event::VoiceResult { result } => Some(Command::VoiceResult { result: *result }),
            // Whoever said yes is sent: by another plan the offer has another id, and the yes is the same.
            Event::Accepted {
                offer,
                responder,
                eta_s,
                ..
            } => Some(Command::Assign {
                responder: *responder,
                tier: self.tiers.get(offer).copied().unwrap_or(Tier::Grid),
                eta_s: *eta_s,
            }),
            Event::Assigned {
                responder, tier, eta_s, ..
            } => Some(Command::Assign {
                responder: *responder,
                tier: *tier,
                eta_s: *eta_s,
            }),
            Event::Departed { responder, eta_s } => Some(Command::Depart {
                by: *responder,
                eta_s: *eta_s,
            }),
            Event::Progressed { responder, eta_s } => Some(Command::Progress {
                by: *responder,
                eta_s: *eta_s,
            }),
            Event::Arrived { responder } => Some(Command::Arrive { by: *responder }),
            Event::ArrivalUndone { responder } => Some(Command::WrongAddress { by: *responder }),
            Event::ContactMade { responder, near } => Some(Command::ContactMade {
                by: *responder,
                near: *near,
            }),
            Event::NoEntry { responder } if by_person => Some(Command::NoEntry { by: *responder }),
            Event::CheckedIn { responder } => Some(Command::CheckIn { by: *responder }),
            Event::Taken => Some(Command::Take),
            Event::TierRaised { tier } if by_desk => Some(Command::Escalate { to: Some(*tier) }),
            _ => None,
        }
    }

    /// Every clock that runs out until then, in order.
    fn run_until(&mut self, until: Timestamp) {
        while let Some(due) = self.case.due_at().filter(|it| *it <= until && self.left > 0) {
            let before = self.case.version;
            self.step(&Command::LookAgain, Author::System, due);
            if self.case.version == before || self.case.state == State::Closed {
                return;
            }
        }
    }

    fn step(&mut self, command: &Command, by: Author, at: Timestamp) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let context = Context {
            now: at,
            by,
            plan: &self.plan,
            alert_plan: None,
            busy: &|_| false,
            family: &|_, _| vec![],
        };
        // What the rules refuse by this plan is not done: an arrival of somebody who was replaced, a tier that is owned already.
        if let Ok(done) = decide(&self.case, command, &context) {
            self.found.of_case(&done.case);
            self.found.of_records(&done.records);
            self.case = done.case;
            if let Some(plan) = done.plan {
                self.plan = plan;
            }
        }
    }
}
