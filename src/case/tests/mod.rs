//! The rules of a case, as tables and as properties over random commands.

mod properties;

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::circle::{Mode, Reach};
use crate::ids::{AlertId, CaseId, ElderId, ResponderId};
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

/// A case with its plan, driven by hand.
struct Drive {
    case: Case,
    plan: Arc<Plan>,
    log: Vec<Record>,
}

impl Drive {
    fn open(kind: Kind, needs: &[Need], voice_path: bool) -> Self {
        let plan = Arc::new(yangcun().plan_for(kind, &needs.iter().copied().collect(), 12));
        let opening = Opening {
            case: CaseId::new(Uuid::from_u128(1)),
            alert: Alert {
                id: AlertId::new(Uuid::from_u128(2)),
                kind,
                severity: kind.severity(),
                late: false,
                voice_path,
            },
            subject: Subject::Elder(ElderId::new(Uuid::from_u128(3))),
            lane: kind.lane(),
            linked: None,
            drill: false,
        };
        let decision = open(&opening, &plan, Author::System, t(0));
        Self {
            case: decision.case,
            plan,
            log: decision.records,
        }
    }

    fn ask(&mut self, at: i64, command: Command) -> Result<Vec<Event>, Refusal> {
        let context = Context {
            now: t(at),
            by: Author::System,
            plan: &self.plan,
            alert_plan: None,
            busy: &|_| false,
        };
        let decision = decide(&self.case, &command, &context)?;
        if let Some(plan) = decision.plan {
            self.plan = plan;
        }
        self.case = decision.case;
        let events = decision.records.iter().map(|it| it.event.clone()).collect();
        self.log.extend(decision.records);
        assert_eq!(
            Case::rebuild(&self.log).unwrap(),
            self.case,
            "the log rebuilds the case"
        );
        Ok(events)
    }

    fn look(&mut self, at: i64) -> Vec<Event> {
        self.ask(at, Command::LookAgain).unwrap()
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

    fn accept(&mut self, at: i64, n: u128, eta_s: u32) -> Result<Vec<Event>, Refusal> {
        let offer = self.case.offer_to(responder(n)).unwrap().id;
        self.ask(
            at,
            Command::Accept {
                offer,
                by: responder(n),
                eta_s: Some(eta_s),
            },
        )
    }
}

#[test]
fn every_shipped_plan_set_is_sound() {
    for text in [
        include_str!("../plans/yangcun-7.toml"),
        include_str!("../plans/plain-3.toml"),
        include_str!("../plans/test-seconds.toml"),
    ] {
        let set: PlanSet = toml::from_str(text).unwrap();
        assert_eq!(set.mistakes(), Vec::<String>::new());
    }
}

#[test]
fn an_unanswered_fall_climbs_exactly_on_time() {
    let mut it = Drive::open(Kind::Fall, &[Need::LivingAlone], true);
    assert_eq!(
        (it.case.tier, it.case.state, it.case.tone),
        (Tier::Home, State::Ringing, true)
    );
    it.look(29);
    assert_eq!(it.case.tier, Tier::Home);
    it.look(30);
    assert_eq!(it.case.tier, Tier::Grid);
    it.look(89);
    assert_eq!(it.case.tier, Tier::Grid);
    it.look(90); // ninety seconds without a word of the elder
    assert_eq!(it.case.tier, Tier::Street);
    assert!(it.case.fired.contains(&plan::StepKind::Prompt120));
    let later = it.look(150);
    assert!(
        later.iter().any(|it| matches!(
            it,
            Event::Rang {
                whom: record::Ring::DutyLeader,
                ..
            }
        )),
        "{later:?}"
    );
}

#[test]
fn a_step_that_nobody_can_take_is_skipped_at_once() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.offer(1, vec![]);
    assert_eq!(it.case.tier, Tier::Grid);
    it.offer(1, vec![]);
    assert_eq!(it.case.tier, Tier::Street);
    it.offer(1, vec![]);
    assert!(
        it.case.due_at().unwrap() <= t(61),
        "the street is rung again within a minute"
    );
}

#[test]
fn the_best_of_the_window_leads_and_not_the_first() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.offer(
        1,
        vec![
            candidate(1, Tier::Grid, 500),
            candidate(2, Tier::Grid, 200),
            candidate(3, Tier::Grid, 300),
        ],
    );
    it.accept(2, 1, 500).unwrap();
    assert_eq!(it.case.assignment(responder(1)).unwrap().place, Place::Provisional);
    it.accept(5, 2, 200).unwrap();
    assert!(it.case.lead().is_none());
    it.look(10);
    assert_eq!(it.case.lead().unwrap().responder, responder(2));
    assert_eq!(it.case.assignment(responder(1)).unwrap().place, Place::Backup);
    assert_eq!(it.case.state, State::Engaged);
    assert_eq!(it.accept(11, 3, 300), Err(Refusal::TakenBy(responder(2))));
}
