//! What comes after: the follow-up of a real case, the review of somebody who calls often, and a second alert on the scene.

use super::*;
use crate::case::plan::StepKind;
use crate::case::record::SeekWhy;

const DAY: i64 = 86_400;

/// The case that closing opens.
fn follow_up_of(it: &Drive) -> Option<CaseId> {
    it.log.iter().find_map(|it| match it.event {
        Event::Closed { follow_up, .. } => follow_up,
        _ => None,
    })
}

/// With somebody inside, so that it may be closed in any way.
fn with_them(kind: Kind) -> Drive {
    let mut it = Drive::at_the_door(kind, &[Need::General]);
    let (by, near) = (responder(1), true);
    it.ask(60, Command::ContactMade { by, near }).unwrap();
    it
}

fn close(it: &mut Drive, at: i64, outcome: Outcome) -> Result<Vec<Event>, Refusal> {
    let proof = if it.case.contact { Proof::OnScene } else { Proof::None };
    let outcome = Some(outcome);
    it.ask(at, Command::Close { outcome, proof })
}

fn errand(kind: Kind) -> Drive {
    let of = CaseId::new(Uuid::from_u128(9));
    let subject = Subject::Elder(ElderId::new(Uuid::from_u128(3)));
    Drive::opened(&Opening::aftercare(kind, subject, of), &[], 12)
}

fn found(it: &mut Drive, at: i64, result: Aftercare) -> String {
    it.says(at, Command::FollowUp { result, how: None })
}

#[test]
fn a_real_case_opens_a_follow_up_and_nothing_else_does() {
    for outcome in Outcome::ALL {
        let mut it = with_them(Kind::Sos);
        let opens = match outcome {
            Outcome::Helped | Outcome::HandedOver | Outcome::ServiceDone => true,
            Outcome::FalseAlarm | Outcome::FineByVoice | Outcome::DeviceFault | Outcome::SuspectedDeath => false,
            Outcome::FollowedUp | Outcome::NotReached | Outcome::WarningOver | Outcome::ServiceCancelled => {
                assert_eq!(close(&mut it, 100, *outcome), Err(Refusal::WrongOutcome), "{outcome}");
                continue;
            }
        };
        close(&mut it, 100, *outcome).unwrap();
        assert_eq!(follow_up_of(&it).is_some(), opens, "{outcome}");
        assert_eq!(it.case.follow_up, follow_up_of(&it));
    }
    // Requests, technical signals and follow-ups have no follow-up.
    for kind in [Kind::ServiceRequest, Kind::LowBattery] {
        let mut it = Drive::open(kind, &[Need::General], true);
        close(&mut it, 100, Outcome::ServiceDone).unwrap();
        assert_eq!(follow_up_of(&it), None, "{kind}");
    }
    let mut it = errand(Kind::FollowUp);
    found(&mut it, 100, Aftercare::Well);
    assert_eq!((it.case.state, follow_up_of(&it)), (State::Closed, None));
    // Nor have drills, nor a device that is nobody's.
    let drill = Opening {
        drill: true,
        ..opening(Kind::Inactivity, true)
    };
    let nobody = Opening {
        subject: Subject::Unknown(crate::ids::DeviceId::new(Uuid::from_u128(3))),
        ..opening(Kind::Inactivity, true)
    };
    for opening in [drill, nobody] {
        let mut it = Drive::opened(&opening, &[Need::General], 12);
        close(&mut it, 100, Outcome::Helped).unwrap();
        assert_eq!(follow_up_of(&it), None);
    }
}

#[test]
fn what_is_opened_again_and_closed_again_has_one_follow_up() {
    let mut it = with_them(Kind::Sos);
    close(&mut it, 100, Outcome::Helped).unwrap();
    let first = it.case.follow_up;
    it.ask(200, Command::Reopen { reason: note(1) }).unwrap();
    it.ask(
        210,
        Command::VoiceResult {
            result: Voice::NeedsHelp,
        },
    )
    .unwrap();
    let (outcome, proof) = (Some(Outcome::Helped), Proof::VoiceContact);
    let events = it.ask(220, Command::Close { outcome, proof }).unwrap();
    assert!(
        matches!(events.last(), Some(Event::Closed { follow_up: None, .. })),
        "{events:?}"
    );
    assert!(first.is_some() && it.case.follow_up == first);
}

#[test]
fn a_follow_up_is_the_streets_quiet_and_due_within_a_day() {
    for kind in [Kind::FollowUp, Kind::WelfareReview] {
        let mut it = errand(kind);
        assert_eq!(
            (it.case.tier, it.case.lane, it.case.severity),
            (Tier::Street, Lane::Service, Severity::Routine)
        );
        assert!(
            !it.case.tone && it.told.is_empty() && it.case.alerts == 0,
            "{:?}",
            it.told
        );
        assert!(!it.case.may_be_joined() && it.case.seek.is_none());
        assert_eq!(it.case.due_at(), Some(t(DAY)));
        // Nobody does anything: somebody is sent, and the desk reads that it is late. Nothing rings.
        it.pass(DAY);
        assert_eq!(
            it.case.seek.as_ref().map(|it| (it.steps.clone(), it.want)),
            Some((vec![StepKind::Street], 1))
        );
        let told: Vec<_> = it.told.iter().map(|it| it.kind).collect();
        assert_eq!(told, [NoticeKind::FollowUpLate], "{kind}");
        it.pass(3 * DAY);
        assert!(!it.case.tone && it.case.due_at().is_some());
    }
}

#[test]
fn a_follow_up_ends_with_a_result_or_with_three_tries_and_in_no_other_way() {
    for result in [
        Aftercare::Well,
        Aftercare::NeedsService,
        Aftercare::NeedsHelp,
        Aftercare::Declined,
    ] {
        let mut it = errand(Kind::FollowUp);
        assert_eq!(found(&mut it, 10, result), "followed_up resolved closed");
        assert_eq!(
            (it.case.outcome, it.case.found),
            (Some(Outcome::FollowedUp), Some(result))
        );
        assert_eq!(found(&mut it, 11, result), "", "said twice");
        assert_eq!(found(&mut it, 12, Aftercare::NotReached), "refused: case_over");
    }
    let mut it = errand(Kind::FollowUp);
    let rows = [
        (0, "followed_up", 1),
        (899, "", 1), // the same try
        (900, "followed_up", 2),
        (1_800, "followed_up resolved closed", 3),
    ];
    for (at, said, tries) in rows {
        assert_eq!(found(&mut it, at, Aftercare::NotReached), said, "at {at}");
        assert_eq!(it.case.tries, tries);
    }
    assert_eq!(it.case.outcome, Some(Outcome::NotReached));

    for outcome in Outcome::ALL.iter().filter(|it| **it != Outcome::SuspectedDeath) {
        for tries in 0..3 {
            let mut it = errand(Kind::FollowUp);
            for n in 0..tries {
                found(&mut it, 1_000 * n, Aftercare::NotReached);
            }
            let outcome = *outcome;
            assert_eq!(it.says(9_000, Command::Resolve { outcome }), "refused: wrong_outcome");
            assert_eq!(
                close(&mut it, 9_000, outcome),
                Err(Refusal::WrongOutcome),
                "{outcome} after {tries} tries"
            );
        }
    }
    let mut it = errand(Kind::FollowUp);
    let reason = FalseReason::MisPress;
    assert_eq!(it.says(5, Command::FalseAlarm { reason }), "refused: wrong_outcome");
    let result = Voice::Fine;
    assert_eq!(it.says(5, Command::VoiceResult { result }), "refused: not_now");
    let to = Severity::Critical;
    assert_eq!(it.says(5, Command::Raise { to }), "refused: not_now");
    assert_eq!(close(&mut it, 6, Outcome::SuspectedDeath).map(|_| ()), Ok(()));
    let mut help = Drive::open(Kind::Sos, &[Need::General], true);
    assert_eq!(found(&mut help, 5, Aftercare::Well), "refused: not_now");
}

#[test]
fn a_welfare_review_that_reaches_nobody_sends_somebody() {
    let mut it = errand(Kind::WelfareReview);
    for n in 0..2 {
        found(&mut it, 1_000 * n, Aftercare::NotReached);
        assert!(it.case.seek.is_none());
    }
    found(&mut it, 2_000, Aftercare::NotReached);
    assert_eq!((it.case.state, it.case.seek.is_some()), (State::Ringing, true));
    assert_eq!(close(&mut it, 3_000, Outcome::NotReached), Err(Refusal::WrongOutcome));
    assert_eq!(found(&mut it, 4_000, Aftercare::Well), "followed_up resolved closed");
}

#[test]
fn who_is_inside_is_called_to_what_comes_next() {
    let first = with_them(Kind::Sos);
    let inside: Vec<ResponderId> = first.case.on_the_scene().collect();
    assert_eq!(inside, [responder(1)]);
    for drill in [false, true] {
        let opening = Opening {
            linked: Some(first.case.id),
            inside: inside.clone(),
            drill,
            ..opening(Kind::Fall, true)
        };
        let it = Drive::opened(&opening, &[Need::General], 12);
        let called: Vec<Target> = it
            .told
            .iter()
            .filter(|it| it.kind == NoticeKind::CallInside)
            .map(|it| it.to)
            .collect();
        assert_eq!(called, [Target::Responder(responder(1))]);
        assert_eq!(it.case.inside, inside);
    }
    let mut gone = first;
    gone.ask(70, Command::Done { by: responder(1) }).unwrap();
    assert_eq!(gone.case.on_the_scene().count(), 0, "who has left is not called back");
}

#[test]
fn who_wanders_is_looked_for_anew_at_each_fix() {
    let mut it = Drive::open(Kind::Geofence, &[Need::General], true);
    it.offer_grid(1, &[1, 2, 3]);
    assert!(it.case.seek.is_none());
    let fix = alert(7, Kind::Geofence);
    let events = it.ask(60, Command::Join { alert: fix }).unwrap();
    let anew = |it: &Event| {
        matches!(
            it,
            Event::Seeking {
                why: SeekWhy::Moved,
                ..
            }
        )
    };
    assert!(events.iter().any(anew), "{events:?}");
    it.offer(61, vec![candidate(1, Tier::Home, 10), candidate(8, Tier::Home, 20)]);
    assert!(it.case.offer_to(responder(8)).is_some(), "who is near now is asked");
    assert_eq!(
        it.case
            .offers
            .iter()
            .filter(|it| it.candidate.responder == responder(1))
            .count(),
        1
    );
    // With somebody on the way nobody new is asked for a fix; they are late or they are not.
    it.accept(62, 8, 20).unwrap();
    it.pass(70);
    assert_eq!(it.lead(), Some(8));
    let events = it
        .ask(
            71,
            Command::Join {
                alert: alert(8, Kind::Geofence),
            },
        )
        .unwrap();
    assert!(!events.iter().any(anew), "{events:?}");
}

#[test]
fn a_time_reckoned_anew_says_who_is_late_and_is_no_sign_of_life() {
    let mut it = Drive::led(Kind::Geofence, &[Need::General]);
    let (by, eta_s) = (responder(1), Some(100));
    it.ask(10, Command::Depart { by, eta_s }).unwrap();
    let silent = Clock::of(ClockKind::Progress, responder(1));
    let until = it.clock(silent);
    it.by = Author::System;
    let events = it.ask(40, Command::Progress { by, eta_s: Some(2_000) }).unwrap();
    let names: Vec<_> = events.iter().map(Event::name).collect();
    assert_eq!(names, ["progressed", "eta_beyond", "seeking"]);
    assert_eq!(it.clock(silent), until, "the silence on the way goes on");
}

#[test]
fn a_door_without_a_voice_is_120s_where_nobody_goes_in_alone() {
    for (need, prompted) in [(Need::MentalSocial, true), (Need::General, false)] {
        let mut it = Drive::at_the_door(Kind::Fall, &[need]);
        it.ask(60, Command::NoEntry { by: responder(1) }).unwrap();
        assert_eq!(it.case.fired.contains(&StepKind::Prompt120), prompted, "{need}");
        assert!(it.case.fired.contains(&StepKind::Prompt119));
    }
}

/// The last line of defence: even a record that no decision makes leaves one lead.
#[test]
fn a_second_lead_in_the_log_takes_the_place_of_the_first() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.offer_grid(1, &[1, 2]);
    it.accept(2, 1, 100).unwrap();
    it.accept(2, 2, 200).unwrap();
    it.pass(10);
    assert_eq!((it.lead(), it.place(2)), (Some(1), Some(Place::Backup)));
    let forced = Record {
        at: t(11),
        by: Author::System,
        done_at: None,
        event: Event::LeadChosen {
            responder: responder(2),
            backups: vec![],
            stood_down: vec![],
            why: vec![],
        },
        clocks: vec![],
    };
    it.case.evolve(&forced);
    let leads: Vec<_> = it
        .case
        .assignments
        .iter()
        .filter(|it| it.place == Place::Lead)
        .collect();
    assert_eq!(leads.len(), 1, "{leads:?}");
    assert_eq!((it.lead(), it.place(1)), (Some(2), Some(Place::Backup)));
}

/// Whoever leads, and wherever they are: the prompts for 119 and 120 come on their second.
#[test]
fn no_lead_at_any_stage_stops_a_prompt() {
    type Say = fn(ResponderId) -> Command;
    let stages: &[&[Say]] = &[
        &[],
        &[|by| Command::Depart { by, eta_s: Some(30) }],
        &[|by| Command::Arrive { by }],
        &[
            |by| Command::Arrive { by },
            |by| Command::ContactMade { by, near: true },
        ],
    ];
    for (at, steps) in stages.iter().enumerate() {
        let mut it = Drive::open(Kind::Smoke, &[Need::General], true);
        it.offer_grid(1, &[1]);
        it.accept(1, 1, 100).unwrap();
        for step in *steps {
            it.ask(20, step(responder(1))).unwrap();
        }
        assert_eq!(it.lead(), Some(1));
        it.pass(59);
        assert!(!it.case.fired.contains(&StepKind::Prompt119), "stage {at}");
        it.pass(60);
        assert!(
            it.case.fired.contains(&StepKind::Prompt119),
            "stage {at}: {:?}",
            it.case.clocks
        );
        assert!(it.told.iter().any(|it| it.kind == NoticeKind::Prompt119), "stage {at}");
    }
    // And sent by the desk, which asks nobody.
    let mut it = Drive::open(Kind::Gas, &[Need::General], true);
    let (responder, tier, eta_s) = (responder(4), Tier::Grid, Some(60));
    it.ask(5, Command::Assign { responder, tier, eta_s }).unwrap();
    it.pass(60);
    assert!(it.case.fired.contains(&StepKind::Prompt119));
    // A press without a word by 90 s has its prompt for 120, with somebody on the way as without.
    let mut it = Drive::led(Kind::Sos, &[Need::General]);
    it.pass(90);
    assert!(it.told.iter().any(|it| it.kind == NoticeKind::Prompt120));
}

#[test]
fn satisfaction_is_said_once_and_of_a_follow_up_that_has_reached_somebody() {
    let rate = |it: &mut Drive, at, satisfaction| {
        let said_by = AskedWhom::Elder;
        it.ask(at, Command::RateHelp { satisfaction, said_by })
    };
    for result in Aftercare::ALL {
        let mut it = errand(Kind::FollowUp);
        assert_eq!(
            rate(&mut it, 90, Satisfaction::Satisfied),
            Err(Refusal::NotNow),
            "nobody was asked yet"
        );
        found(&mut it, 100, *result);
        let reached = !matches!(result, Aftercare::Declined | Aftercare::NotReached);
        assert_eq!(rate(&mut it, 110, Satisfaction::Mostly).is_ok(), reached, "{result}");
        if !reached {
            assert_eq!(it.case.satisfaction, None);
            continue;
        }
        assert_eq!(it.case.satisfaction, Some((Satisfaction::Mostly, AskedWhom::Elder)));
        assert_eq!(rate(&mut it, 120, Satisfaction::Mostly), Ok(vec![]), "said twice");
        assert_eq!(
            rate(&mut it, 130, Satisfaction::Dissatisfied),
            Err(Refusal::NotNow),
            "it is counted already"
        );
    }
    // A welfare review is about the elder, and not about how they were helped.
    let mut it = errand(Kind::WelfareReview);
    found(&mut it, 100, Aftercare::Well);
    assert_eq!(rate(&mut it, 110, Satisfaction::Satisfied), Err(Refusal::NotNow));
}
