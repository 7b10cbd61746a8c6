//! A late call that comes with a flood of others: its desk rings at once, its people are asked in turn, and whatever is of now goes before.

use super::*;
use crate::case::plan::StepKind;
use crate::case::record::Ring;

const TURN: Clock = Clock::case(ClockKind::Turn);

fn late(turn_s: Option<i64>) -> Drive {
    let opening = Opening {
        alert: Alert {
            late: true,
            ..alert(0, Kind::Sos)
        },
        turn_at: turn_s.map(t),
        ..opening(Kind::Sos, true)
    };
    let plan = Arc::new(yangcun().plan_for(Kind::Unknown, &[].into(), 12));
    let opened = open(&opening, &plan, Author::System, t(0));
    Drive {
        told: notices(None, &opened.case, &opened.records),
        case: opened.case,
        plan,
        log: opened.records,
        by: desk(),
        busy: vec![],
        family: vec![],
    }
}

fn seeks(it: &Drive) -> usize {
    let seeks = |it: &&Record| matches!(it.event, Event::Seeking { .. });
    it.log.iter().filter(seeks).count()
}

fn leader_rang(it: &Drive) -> bool {
    it.log.iter().any(|it| {
        matches!(
            it.event,
            Event::Rang {
                whom: Ring::DutyLeader,
                ..
            }
        )
    })
}

#[test]
fn one_late_call_asks_the_street_at_once() {
    for turn in [None, Some(0), Some(-5)] {
        let it = late(turn);
        assert_eq!((it.case.tier, it.case.tone, seeks(&it)), (Tier::Street, true, 1));
        assert!(!it.case.waits_its_turn());
        assert!(it.clock(Clock::case(ClockKind::Untouched)).is_some());
    }
}

#[test]
fn of_a_flood_each_rings_the_desk_at_once_and_asks_its_people_in_turn() {
    let mut it = late(Some(400));
    assert_eq!((it.case.tier, it.case.tone, seeks(&it)), (Tier::Street, true, 0));
    let rounds = it.case.rounds;
    it.pass(399);
    assert_eq!((seeks(&it), leader_rang(&it)), (0, false), "nobody's telephone rings");
    assert!(it.case.rounds > rounds, "its desk does, again and again");
    assert!(
        it.look_at().is_some_and(|at| at <= 399 + 180),
        "and it is looked at as any other"
    );
    it.pass(400);
    assert_eq!((seeks(&it), it.case.waits_its_turn()), (1, false));
    assert_eq!(
        it.case.seek.as_ref().map(|it| it.steps.clone()),
        Some(vec![StepKind::Street])
    );
    it.pass(1_000);
    assert!(leader_rang(&it), "from then on as any call");
}

#[test]
fn a_press_of_now_waits_for_no_turn() {
    let mut it = late(Some(4_000));
    let plan = Arc::new(yangcun().plan_for(Kind::Sos, &[].into(), 12));
    let now = Command::Join {
        alert: alert(1, Kind::Sos),
    };
    it.ask_with(10, now, Some(&plan)).unwrap();
    assert_eq!((it.case.waits_its_turn(), seeks(&it) > 0), (false, true));
    // What is old adds to the picture and brings no turn forward.
    let mut it = late(Some(4_000));
    let old = Alert {
        late: true,
        ..alert(1, Kind::Sos)
    };
    it.ask(10, Command::Join { alert: old }).unwrap();
    assert_eq!((it.clock(TURN), seeks(&it)), (Some(4_000), 0));
}

#[test]
fn whoever_looks_at_it_asks_its_people_at_once() {
    let escalate = Command::Escalate { to: None };
    let voice = |result| Command::VoiceResult { result };
    for said in [
        escalate,
        voice(Voice::NoAnswer),
        voice(Voice::Unclear),
        voice(Voice::NeedsHelp),
    ] {
        let mut it = late(Some(4_000));
        it.ask(10, said.clone()).unwrap();
        assert_eq!((it.case.waits_its_turn(), seeks(&it) > 0), (false, true), "{said:?}");
    }
    // An automatic call that hears that they need help, too; one that hears nothing leaves the turn.
    let call = Author::Call(CallId::new(Uuid::from_u128(7)));
    for (result, waits) in [(Voice::NeedsHelp, false), (Voice::NoAnswer, true)] {
        let mut it = late(Some(4_000));
        it.ask_as(10, voice(result), call).unwrap();
        assert_eq!(it.case.waits_its_turn(), waits, "{result:?}");
    }
    // Who is fine is asked about no more.
    let mut it = late(Some(4_000));
    it.ask(10, voice(Voice::Fine)).unwrap();
    it.pass(5_000);
    assert_eq!(seeks(&it), 0);
}
