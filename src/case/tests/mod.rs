//! The rules of a case, as tables and as properties over random commands.

mod aftercare;
mod assignments;
mod closing;
mod entry;
mod family;
mod file;
mod hindsight;
mod ladder;
mod late;
mod lease;
mod legs;
mod lifecycle;
mod merging;
mod noticed;
mod offers;
mod plans;
mod properties;
mod revision;
mod service;
mod urge;

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::circle::{Mode, Reach};
use crate::ids::{AlertId, CallId, CaseId, ContactId, ElderId, NoteId, PhotoId, ReferralId, ResponderId, UserId};
use crate::people::{Need, Tier};

pub(super) fn yangcun() -> PlanSet {
    toml::from_str(include_str!("../plans/yangcun-7.toml")).unwrap()
}

fn t(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn responder(n: u128) -> ResponderId {
    ResponderId::new(Uuid::from_u128(0x100 + n))
}

fn candidate(n: u128, tier: Tier, seconds: u32) -> Candidate {
    Candidate {
        responder: responder(n),
        tier,
        seconds: Some(seconds),
        meters: Some(seconds * 4),
        mode: Mode::Ebike,
        estimated: false,
        reach: if seconds <= 780 { Reach::Inside } else { Reach::Outside },
        key_holder: false,
        skilled: true,
        reasons: vec![],
    }
}

/// The desk's first person.
fn desk() -> Author {
    Author::User(UserId::new(Uuid::from_u128(0x50)))
}

/// Another person at a desk.
fn other() -> UserId {
    UserId::new(Uuid::from_u128(0x51))
}

fn contact(n: u128) -> ContactId {
    ContactId::new(Uuid::from_u128(0xFA00 + n))
}
fn note(n: u128) -> NoteId {
    NoteId::new(Uuid::from_u128(0x700 + n))
}

fn photo(n: u128) -> Command {
    Command::Photo {
        photo: PhotoId::new(Uuid::from_u128(0x7F00 + n)),
        consent: PhotoConsent::Agreed,
        digest: format!("{n:064x}"),
    }
}

fn referral(n: u128) -> ReferralId {
    ReferralId::new(Uuid::from_u128(0x800 + n))
}

fn alert(n: u128, kind: Kind) -> Alert {
    Alert {
        id: AlertId::new(Uuid::from_u128(0x900 + n)),
        kind,
        severity: kind.severity(),
        late: false,
        voice_path: true,
    }
}

fn opening(kind: Kind, voice_path: bool) -> Opening {
    Opening {
        case: CaseId::new(Uuid::from_u128(1)),
        alert: Alert {
            voice_path,
            ..alert(0, kind)
        },
        subject: Subject::Elder(ElderId::new(Uuid::from_u128(3))),
        lane: kind.lane(),
        part: None,
        linked: None,
        inside: vec![],
        drill: false,
        wishing: None,
        turn_at: None,
    }
}

/// A case with its plan, driven by hand.
#[derive(Clone)]
struct Drive {
    case: Case,
    plan: Arc<Plan>,
    log: Vec<Record>,
    by: Author,
    busy: Vec<u128>,
    family: Vec<Askable>,
    told: Vec<Notice>,
}

impl Drive {
    fn open(kind: Kind, needs: &[Need], voice_path: bool) -> Self {
        Self::opened(&opening(kind, voice_path), needs, 12)
    }

    fn opened(opening: &Opening, needs: &[Need], hour: u8) -> Self {
        Self::by_set(&yangcun(), opening, needs, hour)
    }

    fn by_set(set: &PlanSet, opening: &Opening, needs: &[Need], hour: u8) -> Self {
        let needs = needs.iter().copied().collect();
        let plan = match opening.wishing {
            Some(_) => set.for_wish(hour),
            None => set.plan_for(opening.alert.kind, &needs, hour),
        };
        let plan = Arc::new(plan);
        let opened = open(opening, &plan, Author::System, t(0));
        Self {
            told: notices(None, &opened.case, &opened.records),
            case: opened.case,
            plan,
            log: opened.records,
            by: desk(),
            busy: vec![],
            family: vec![],
        }
    }

    fn ask(&mut self, at: i64, command: Command) -> Result<Vec<Event>, Refusal> {
        self.ask_with(at, command, None)
    }

    fn ask_as(&mut self, at: i64, command: Command, by: Author) -> Result<Vec<Event>, Refusal> {
        let desk = std::mem::replace(&mut self.by, by);
        let said = self.ask(at, command);
        self.by = desk;
        said
    }

    fn ask_with(&mut self, at: i64, command: Command, alert_plan: Option<&Arc<Plan>>) -> Result<Vec<Event>, Refusal> {
        let busy = |id| self.busy.iter().any(|n| responder(*n) == id);
        let family = |_: &Case, _| self.family.clone();
        let context = Context {
            now: t(at),
            by: self.by,
            plan: &self.plan,
            alert_plan,
            busy: &busy,
            family: &family,
        };
        let decision = decide(&self.case, &command, &context)?;
        if let Some(plan) = decision.plan {
            self.plan = plan;
        }
        self.told
            .extend(notices(Some(&self.case), &decision.case, &decision.records));
        let mut rebuilt = self.case.clone();
        decision.records.iter().for_each(|it| rebuilt.evolve(it));
        assert_eq!(rebuilt, decision.case, "the records make the case");
        self.case = decision.case;
        let events = decision.records.iter().map(|it| it.event.clone()).collect();
        self.log.extend(decision.records);
        Ok(events)
    }

    /// Asks and says with words what came of it: `refused: code`, or the names of the events.
    fn says(&mut self, at: i64, command: Command) -> String {
        match self.ask(at, command) {
            Err(refusal) => format!("refused: {}", refusal.code()),
            Ok(events) => events.iter().map(Event::name).collect::<Vec<_>>().join(" "),
        }
    }

    fn look(&mut self, at: i64) -> Vec<Event> {
        let by = std::mem::replace(&mut self.by, Author::System);
        let events = self.ask(at, Command::LookAgain).unwrap();
        self.by = by;
        events
    }

    /// As the timers do: at every instant at which something is due.
    fn pass(&mut self, until: i64) -> &mut Self {
        while let Some(due) = self.case.due_at().filter(|it| *it <= t(until)) {
            self.look(due.as_second() - t(0).as_second());
        }
        self
    }

    fn offer(&mut self, at: i64, ranked: Vec<Candidate>) -> Vec<Event> {
        let seek_no = self.case.seek.as_ref().map_or(0, |it| it.no);
        self.ask(
            at,
            Command::Offer {
                ranked,
                excluded: vec![],
                excluded_count: 0,
                as_of: t(at),
                seek_no,
            },
        )
        .unwrap()
    }

    /// The grid's people with these numbers are asked, each `100 * n` seconds away.
    fn offer_grid(&mut self, at: i64, who: &[u128]) -> Vec<Event> {
        let near = |n: &u128| candidate(*n, Tier::Grid, 100 * u32::try_from(*n).unwrap());
        self.offer(at, who.iter().map(near).collect())
    }

    fn accept(&mut self, at: i64, n: u128, eta_s: u32) -> Result<Vec<Event>, Refusal> {
        let offer = self.case.offer_to(responder(n)).unwrap().id;
        let (by, eta_s) = (responder(n), Some(eta_s));
        self.ask(at, Command::Accept { offer, by, eta_s })
    }

    fn decline(&mut self, at: i64, n: u128) -> Result<Vec<Event>, Refusal> {
        let offer = self.case.offer_to(responder(n)).unwrap().id;
        let (by, reason) = (responder(n), DeclineReason::Busy);
        self.ask(at, Command::Decline { offer, by, reason })
    }

    /// Number 1 leads from second 1 on.
    fn led(kind: Kind, needs: &[Need]) -> Self {
        let mut it = Self::open(kind, needs, true);
        it.offer_grid(1, &[1]);
        it.accept(1, 1, 100).unwrap();
        assert_eq!(it.lead(), Some(1));
        it
    }

    /// Number 1 leads and is at the door at second 50.
    fn at_the_door(kind: Kind, needs: &[Need]) -> Self {
        let mut it = Self::led(kind, needs);
        it.ask(50, Command::Arrive { by: responder(1) }).unwrap();
        it
    }

    fn lead(&self) -> Option<u128> {
        self.case.lead().map(|it| it.responder.as_uuid().as_u128() - 0x100)
    }

    fn place(&self, n: u128) -> Option<Place> {
        self.case.assignment(responder(n)).map(|it| it.place)
    }

    fn clock(&self, clock: Clock) -> Option<i64> {
        self.case.clock(clock).map(|it| it.as_second() - t(0).as_second())
    }

    /// When the case is looked at again, in seconds.
    fn look_at(&self) -> Option<i64> {
        self.clock(Clock::case(ClockKind::Look))
    }
}
