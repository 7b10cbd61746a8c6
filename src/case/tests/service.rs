//! Requests for service: a station is asked and answers, the clocks are their own, and nothing rings.

use super::*;
use crate::ids::StationId;
use crate::people::{ServiceKind, ServiceWay};

const STATION: Clock = Clock::case(ClockKind::Station);
const APPOINTMENT: Clock = Clock::case(ClockKind::Appointment);

fn station(n: u128) -> StationId {
    StationId::new(Uuid::from_u128(0x5700 + n))
}

pub(super) fn ask(n: u128) -> StationAsk {
    StationAsk {
        station: station(n),
        seconds: Some(120),
        meters: Some(500),
        mode: Mode::Ebike,
        estimated: true,
        reach: Reach::Inside,
    }
}

pub(super) fn lunch() -> Wish {
    Wish {
        service: ServiceKind::Meal,
        way: ServiceWay::ToHome,
        from: Some(t(7_200)),
        until: Some(t(10_800)),
    }
}

fn opened(asked: Option<StationAsk>, nearest: Option<StationAsk>) -> Drive {
    let wishing = Wishing {
        wish: lunch(),
        asked,
        nearest,
    };
    let subject = Subject::Elder(ElderId::new(Uuid::from_u128(3)));
    let opening = Opening::request(CaseId::new(Uuid::from_u128(1)), subject, wishing);
    Drive::opened(&opening, &[], 12)
}

fn service(it: &Drive) -> &Service {
    it.case.service.as_ref().unwrap()
}

fn says(it: &mut Drive, at: i64, n: u128, said: StationAnswer) -> String {
    let station = station(n);
    it.says(at, Command::StationSays { station, said })
}

#[test]
fn a_request_is_put_to_its_station_at_once_and_makes_no_sound() {
    let it = opened(Some(ask(1)), None);
    let names: Vec<&str> = it.log.iter().map(|it| it.event.name()).collect();
    assert_eq!(names, ["opened", "service_wished", "station_asked"]);
    assert_eq!(
        (service(&it).stage, service(&it).station),
        (ServiceStage::Asked, Some(ask(1)))
    );
    assert_eq!(
        (it.case.lane, it.case.severity, it.case.tier),
        (Lane::Service, Severity::Routine, Tier::Street)
    );
    assert!(!it.case.tone && it.case.seek.is_none() && it.told.is_empty() && it.case.alerts == 0);
    assert!(!it.case.may_be_joined(), "another press is another wish");
    assert_eq!(it.clock(STATION), Some(1_800));
    assert_eq!(Case::rebuild(&it.log), Ok(it.case.clone()));
}

#[test]
fn a_silent_station_is_shown_and_its_late_answer_counts() {
    let mut it = opened(Some(ask(1)), None);
    it.pass(1_799);
    assert!(!service(&it).silent);
    it.pass(1_800);
    assert!(service(&it).silent && !it.case.tone && it.clock(STATION).is_none());
    // However long nobody does anything, no responder is looked for and nobody is rung.
    it.pass(4 * 86_400);
    assert!(
        it.case.seek.is_none() && it.case.offers.is_empty() && it.told.is_empty(),
        "{:?}",
        it.told
    );
    let at = t(5 * 86_400);
    assert_eq!(
        says(&mut it, 4 * 86_400, 1, StationAnswer::Confirm { at }),
        "station_said"
    );
    assert!(!service(&it).silent && service(&it).stage == ServiceStage::Agreed);
}

#[test]
fn an_agreed_time_is_its_own_clock() {
    let mut it = opened(Some(ask(1)), None);
    let at = t(7_200);
    assert_eq!(says(&mut it, 60, 1, StationAnswer::Confirm { at }), "station_said");
    assert_eq!((service(&it).at, it.clock(STATION)), (Some(at), None));
    // Nobody is reminded before, and four hours after it is overdue.
    assert_eq!(
        (it.clock(APPOINTMENT), it.look_at()),
        (Some(7_200 + 14_400), Some(7_200 + 14_400))
    );
    it.pass(7_200 + 14_399);
    assert!(!service(&it).overdue);
    it.pass(7_200 + 14_400);
    assert!(service(&it).overdue && !it.case.tone);
    assert_eq!(
        says(&mut it, 30_000, 1, StationAnswer::Confirm { at: t(40_000) }),
        "station_said"
    );
    assert!(!service(&it).overdue, "a new time");
    assert_eq!(it.says(41_000, Command::ServiceDone), "service_done resolved closed");
    assert_eq!(
        (it.case.state, it.case.outcome),
        (State::Closed, Some(Outcome::ServiceDone))
    );
    assert_eq!(it.case.follow_up, None);
    assert_eq!(it.says(41_001, Command::ServiceDone), "", "said twice");
    assert_eq!(Case::rebuild(&it.log), Ok(it.case.clone()));
}

#[test]
fn a_station_proposes_and_the_elder_agrees() {
    let mut it = opened(Some(ask(1)), None);
    assert_eq!(it.says(5, Command::AgreeTime), "refused: not_now");
    let at = t(9_000);
    assert_eq!(says(&mut it, 60, 1, StationAnswer::Propose { at }), "station_said rang");
    assert_eq!(
        (service(&it).stage, service(&it).at, it.clock(APPOINTMENT)),
        (ServiceStage::Proposed, Some(at), None)
    );
    assert_eq!(says(&mut it, 61, 1, StationAnswer::Propose { at }), "", "said twice");
    assert_eq!(it.says(90, Command::AgreeTime), "time_agreed");
    assert_eq!(
        (service(&it).stage, it.clock(APPOINTMENT)),
        (ServiceStage::Agreed, Some(9_000 + 14_400))
    );
    assert_eq!(it.says(91, Command::AgreeTime), "");
}

#[test]
fn a_no_frees_the_request_and_only_the_station_that_was_asked_speaks() {
    let mut it = opened(Some(ask(1)), None);
    let no = StationAnswer::Decline {
        reason: StationReason::Full,
    };
    assert_eq!(says(&mut it, 10, 2, no), "refused: not_the_station");
    assert_eq!(says(&mut it, 10, 1, no), "station_said rang");
    assert_eq!((service(&it).stage, service(&it).station), (ServiceStage::Wished, None));
    assert_eq!(
        (service(&it).declined.clone(), it.clock(STATION)),
        (vec![station(1)], None)
    );
    assert_eq!(
        says(&mut it, 11, 1, StationAnswer::Confirm { at: t(20) }),
        "refused: not_the_station"
    );
    assert_eq!(it.says(12, Command::AskStation { ask: ask(2) }), "station_asked");
    assert_eq!(it.says(13, Command::AskStation { ask: ask(2) }), "");
    // Put to another, it is in that one's hands alone.
    assert_eq!(it.says(14, Command::AskStation { ask: ask(3) }), "station_asked");
    assert_eq!(
        says(&mut it, 15, 2, StationAnswer::Confirm { at: t(20) }),
        "refused: not_the_station"
    );
}

#[test]
fn outside_the_circle_is_said_with_the_nearest() {
    let it = opened(None, Some(ask(9)));
    assert!(service(&it).outside_circle && !it.case.tone && it.told.is_empty());
    assert_eq!((service(&it).nearest, service(&it).station), (Some(ask(9)), None));
    let mut it = it;
    assert_eq!(
        it.says(5, Command::NoStation { nearest: Some(ask(9)) }),
        "",
        "said twice"
    );
    assert_eq!(
        it.says(6, Command::ServiceDone),
        "refused: not_now",
        "nobody had it in hand"
    );
    assert_eq!(it.says(7, Command::AskStation { ask: ask(9) }), "station_asked");
    assert!(!service(&it).outside_circle && service(&it).nearest.is_none());
}

#[test]
fn the_green_key_says_no_service_until_somebody_asks() {
    let mut it = Drive::open(Kind::ServiceRequest, &[Need::General], true);
    assert!(it.case.service.is_none() && it.case.seek.is_some(), "the grid is asked");
    assert_eq!(it.says(5, Command::AskStation { ask: ask(1) }), "refused: not_now");
    assert_eq!(it.says(6, Command::Wish { wish: lunch() }), "service_wished");
    assert_eq!(it.says(7, Command::Wish { wish: lunch() }), "");
    assert_eq!(it.says(8, Command::AskStation { ask: ask(1) }), "station_asked");
    // The ladder goes no further: a station has it.
    it.pass(86_400);
    assert!(it.log.iter().all(|it| !matches!(
        it.event,
        Event::StepFired {
            step: crate::case::plan::StepKind::Street
        }
    )));
    let other = Wish {
        service: ServiceKind::Bath,
        ..lunch()
    };
    assert_eq!(it.says(90_000, Command::Wish { wish: other }), "service_wished");
    assert_eq!(
        (service(&it).station, service(&it).stage, it.clock(STATION)),
        (None, ServiceStage::Wished, None)
    );
}

#[test]
fn how_it_was_is_said_after_it_was_done() {
    let mut it = opened(Some(ask(1)), None);
    assert_eq!(it.says(5, Command::Rate { rating: 5 }), "refused: not_now");
    it.ask(10, Command::ServiceDone).unwrap();
    for wrong in [0, 6] {
        assert_eq!(it.says(11, Command::Rate { rating: wrong }), "refused: not_now");
    }
    assert_eq!(it.says(12, Command::Rate { rating: 2 }), "service_rated");
    assert_eq!(it.says(13, Command::Rate { rating: 2 }), "");
    assert_eq!(it.says(14, Command::Rate { rating: 4 }), "service_rated");
    assert_eq!(
        (service(&it).rating, it.case.state, it.case.due_at()),
        (Some(4), State::Closed, None)
    );
}

#[test]
fn a_request_that_is_turned_goes_on_and_one_that_is_opened_again_begins_anew() {
    let mut it = opened(Some(ask(1)), None);
    let help = CaseId::new(Uuid::from_u128(77));
    assert_eq!(it.says(5, Command::TurnedToHelp { case: help }), "turned_to_help");
    assert_eq!(it.says(6, Command::TurnedToHelp { case: help }), "");
    assert_eq!(
        (service(&it).help, service(&it).stage),
        (Some(help), ServiceStage::Asked)
    );
    assert_eq!(
        it.case.severity,
        Severity::Routine,
        "the request itself stays what it is"
    );
    it.ask(10, Command::ServiceDone).unwrap();
    it.ask(20, Command::Reopen { reason: note(1) }).unwrap();
    assert_eq!(
        (service(&it).stage, service(&it).station, service(&it).help),
        (ServiceStage::Wished, None, Some(help))
    );
    assert!(it.case.seek.is_none() && it.case.due_at().is_some());
    assert_eq!(it.says(21, Command::AskStation { ask: ask(1) }), "station_asked");
}

#[test]
fn a_request_is_taken_back_at_any_stage_once_and_nobody_waits_for_it_any_more() {
    let stages: [fn(&mut Drive); 4] = [
        |_| {},
        |it| {
            says(it, 5, 1, StationAnswer::Propose { at: t(9_000) });
        },
        |it| {
            says(it, 5, 1, StationAnswer::Confirm { at: t(9_000) });
        },
        |it| {
            let reason = StationReason::Full;
            says(it, 5, 1, StationAnswer::Decline { reason });
        },
    ];
    for reach in stages {
        let mut it = opened(Some(ask(1)), None);
        reach(&mut it);
        let reason = CancelReason::NotWanted;
        assert_eq!(
            it.says(10, Command::CancelService { reason }),
            "service_cancelled resolved closed"
        );
        assert_eq!(
            (it.case.state, it.case.outcome, service(&it).stage),
            (State::Closed, Some(Outcome::ServiceCancelled), ServiceStage::Cancelled)
        );
        assert!(it.clock(STATION).is_none() && it.clock(APPOINTMENT).is_none() && it.told.is_empty());
        let reason = CancelReason::Mistake;
        assert_eq!(it.says(11, Command::CancelService { reason }), "", "said twice");
        // A station that had not heard of it, and whoever asks how it was.
        let said = StationAnswer::Confirm { at: t(9_500) };
        let station = station(1);
        assert_eq!(
            it.says(12, Command::StationSays { station, said }),
            "refused: case_over"
        );
        assert_eq!(it.says(12, Command::ServiceDone), "refused: case_over");
        assert_eq!(it.says(12, Command::Rate { rating: 5 }), "refused: not_now");
        assert_eq!(Case::rebuild(&it.log), Ok(it.case.clone()));
        // Wished for after all.
        it.ask(20, Command::Reopen { reason: note(1) }).unwrap();
        assert_eq!((service(&it).stage, service(&it).station), (ServiceStage::Wished, None));
    }
}

#[test]
fn what_was_done_is_not_taken_back_and_no_call_for_help_is() {
    let mut it = opened(Some(ask(1)), None);
    it.ask(10, Command::ServiceDone).unwrap();
    let reason = CancelReason::Mistake;
    assert_eq!(it.says(11, Command::CancelService { reason }), "refused: case_over");
    // Nor is a request closed with that word that nobody has taken back.
    let mut it = opened(Some(ask(1)), None);
    let close = Command::Close {
        outcome: Some(Outcome::ServiceCancelled),
        proof: Proof::None,
    };
    assert_eq!(it.says(10, close), "refused: wrong_outcome");
}
