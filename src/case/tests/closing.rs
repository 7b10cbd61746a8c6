//! Fine, false, handed over, closed: what proves it, and what stands in the way.

use super::*;

fn close(outcome: Option<Outcome>, proof: Proof) -> Command {
    Command::Close { outcome, proof }
}

#[test]
fn what_proves_a_case() {
    let me = UserId::new(Uuid::from_u128(0x50));
    let second = Proof::SecondLook { by: other() };
    let alone = Proof::SecondLook { by: me };
    let all = [Proof::VoiceContact, Proof::OnScene, second, alone, Proof::None];
    type Bring = fn() -> Drive;
    let rows: &[(&str, Bring, [bool; 5])] = &[
        (
            "a press",
            || Drive::open(Kind::Sos, &[Need::General], true),
            [false, false, true, false, false],
        ),
        (
            "smoke",
            || Drive::open(Kind::Smoke, &[Need::General], true),
            [false, false, true, false, false],
        ),
        (
            "an unknown kind",
            || Drive::open(Kind::Unknown, &[], true),
            [false, false, true, false, false],
        ),
        (
            "a sensor",
            || Drive::open(Kind::Inactivity, &[Need::General], true),
            [false, false, true, false, true],
        ),
        (
            "a battery",
            || Drive::open(Kind::LowBattery, &[], true),
            [false, false, true, false, true],
        ),
        (
            "a press, heard",
            || {
                let mut it = Drive::open(Kind::Sos, &[Need::General], true);
                it.ask(
                    5,
                    Command::VoiceResult {
                        result: Voice::NeedsHelp,
                    },
                )
                .unwrap();
                it
            },
            [true, false, true, false, false],
        ),
        (
            "a press, called and not heard",
            || {
                let mut it = Drive::open(Kind::Sos, &[Need::General], true);
                it.ask(5, Command::VoiceResult { result: Voice::Unclear }).unwrap();
                it
            },
            [false, false, true, false, false],
        ),
        (
            "a fall, somebody is with them",
            || {
                let mut it = Drive::at_the_door(Kind::Fall, &[Need::General]);
                it.ask(
                    60,
                    Command::ContactMade {
                        by: responder(1),
                        near: true,
                    },
                )
                .unwrap();
                it
            },
            [false, true, true, false, false],
        ),
        (
            "a fall, somebody at the door",
            || Drive::at_the_door(Kind::Fall, &[Need::General]),
            [false, false, true, false, false],
        ),
        (
            "a sensor that a press joined",
            || {
                let mut it = Drive::open(Kind::Inactivity, &[Need::General], true);
                it.ask(
                    5,
                    Command::Join {
                        alert: alert(3, Kind::Sos),
                    },
                )
                .unwrap();
                it
            },
            [false, false, true, false, false],
        ),
    ];
    for (name, bring, wanted) in rows {
        for (proof, holds) in all.iter().zip(wanted) {
            let mut it = bring();
            let found = it.says(100, close(Some(Outcome::Helped), *proof));
            assert_eq!(!found.starts_with("refused"), *holds, "{name} with {proof:?}: {found}");
            if *holds {
                assert_eq!((it.case.state, it.case.due_at()), (State::Closed, None), "{name}");
                assert_eq!(it.says(101, close(None, Proof::None)), "", "said twice");
            } else {
                assert_eq!(found, "refused: proof_missing", "{name}");
            }
        }
    }
}

#[test]
fn one_person_and_a_machine_are_not_two_persons() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.by = Author::System;
    let second = Proof::SecondLook { by: other() };
    assert_eq!(
        it.says(5, close(Some(Outcome::Helped), second)),
        "refused: proof_missing"
    );
}

#[test]
fn nothing_closes_without_an_outcome() {
    let mut it = Drive::open(Kind::Inactivity, &[Need::General], true);
    assert_eq!(it.says(5, close(None, Proof::None)), "refused: outcome_missing");
    it.ask(
        6,
        Command::Resolve {
            outcome: Outcome::Helped,
        },
    )
    .unwrap();
    assert_eq!(it.says(7, close(None, Proof::None)), "closed");
    assert_eq!(it.case.outcome, Some(Outcome::Helped));
}

#[test]
fn a_hand_over_is_acknowledged_before_anything_closes() {
    let mut it = Drive::open(Kind::Inactivity, &[Need::General], true);
    it.ask(
        5,
        Command::Refer {
            referral: referral(1),
            to: Agency::Ambulance,
        },
    )
    .unwrap();
    assert_eq!(
        it.says(
            6,
            Command::Refer {
                referral: referral(1),
                to: Agency::Ambulance
            }
        ),
        "",
        "said twice"
    );
    assert_eq!(
        it.says(
            6,
            Command::AcknowledgeReferral {
                referral: referral(9),
                note: None
            }
        ),
        "refused: no_such_referral"
    );
    assert_eq!(
        it.says(7, close(Some(Outcome::HandedOver), Proof::None)),
        "refused: referral_open"
    );
    it.ask(
        8,
        Command::Resolve {
            outcome: Outcome::HandedOver,
        },
    )
    .unwrap();
    it.pass(64);
    assert!(!it.log.iter().any(|it| matches!(it.event, Event::ReferralLate { .. })));
    it.pass(65);
    assert!(it.log.iter().any(|it| matches!(it.event, Event::ReferralLate { .. })));
    assert!(
        it.case.tone,
        "120 has not answered: that makes a sound even when the rest is over"
    );
    it.ask(
        70,
        Command::AcknowledgeReferral {
            referral: referral(1),
            note: None,
        },
    )
    .unwrap();
    assert!(!it.case.tone);
    assert_eq!(
        it.says(
            71,
            Command::AcknowledgeReferral {
                referral: referral(1),
                note: None
            }
        ),
        "",
        "said twice"
    );
    assert_eq!(it.says(72, close(None, Proof::None)), "closed");
}

#[test]
fn a_drill_is_never_handed_to_120_110_or_119() {
    let mut of = opening(Kind::Sos, true);
    of.drill = true;
    let mut it = Drive::opened(&of, &[Need::General], 12);
    for (n, agency) in Agency::ALL.iter().enumerate() {
        let outside = matches!(agency, Agency::Ambulance | Agency::Police | Agency::Fire);
        let command = Command::Refer {
            referral: referral(n as u128),
            to: *agency,
        };
        assert_eq!(it.says(5, command) == "refused: drill", outside, "{agency}");
    }
}

#[test]
fn fine_stands_everybody_down_who_is_not_inside() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.offer_grid(1, &[1, 2]);
    it.accept(2, 1, 100).unwrap();
    it.accept(3, 2, 200).unwrap();
    let fine = Command::VoiceResult { result: Voice::Fine };
    it.ask(20, fine.clone()).unwrap();
    assert_eq!(
        (it.case.state, it.case.outcome),
        (State::Resolved, Some(Outcome::FineByVoice))
    );
    assert_eq!(
        (it.place(1), it.place(2), it.case.tone),
        (Some(Place::StoodDown), Some(Place::StoodDown), false)
    );
    assert_eq!(it.look_at(), Some(200), "resolved, and still looked at");
    assert_eq!(it.says(21, fine.clone()), "", "said twice");

    let mut it = Drive::at_the_door(Kind::Sos, &[Need::General]);
    it.offer_grid(51, &[2]);
    it.ask(60, fine.clone()).unwrap();
    assert_eq!(
        (it.case.state, it.lead()),
        (State::OnScene, Some(1)),
        "who is there stays until they say so"
    );
    it.ask(70, Command::Done { by: responder(1) }).unwrap();
    it.ask(80, fine).unwrap();
    assert_eq!(it.case.state, State::Resolved);
}

#[test]
fn a_false_alarm_takes_two_taps_and_no_fewer() {
    let false_alarm = Command::FalseAlarm {
        reason: FalseReason::MisPress,
    };
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    assert_eq!(it.says(5, false_alarm.clone()), "refused: proof_missing");
    it.ask(6, Command::VoiceResult { result: Voice::Fine }).unwrap();
    it.ask(7, false_alarm.clone()).unwrap();
    assert_eq!(
        (it.case.state, it.case.outcome),
        (State::Closed, Some(Outcome::FalseAlarm))
    );
    assert_eq!(it.case.false_reason, Some(FalseReason::MisPress));
    assert_eq!(it.says(8, false_alarm.clone()), "", "said twice");
    assert_eq!(
        it.says(
            8,
            Command::FalseAlarm {
                reason: FalseReason::Test
            }
        ),
        "refused: case_over"
    );
    // With a hand-over open it is resolved, and closes once that is acknowledged and said again.
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.ask(
        5,
        Command::Refer {
            referral: referral(1),
            to: Agency::Ambulance,
        },
    )
    .unwrap();
    it.ask(6, Command::VoiceResult { result: Voice::Fine }).unwrap();
    it.ask(7, false_alarm.clone()).unwrap();
    assert_eq!(it.case.state, State::Resolved);
    assert_eq!(it.says(8, false_alarm.clone()), "", "said twice");
    it.ask(
        9,
        Command::AcknowledgeReferral {
            referral: referral(1),
            note: None,
        },
    )
    .unwrap();
    assert_eq!(it.says(10, false_alarm), "closed");
}

#[test]
fn only_a_sensor_s_resolved_case_waits_for_the_morning() {
    let wait = |until| Command::AwaitReview { until: t(until) };
    for kind in Kind::ALL.iter().filter(|it| !it.is_aftercare()) {
        let mut it = Drive::open(*kind, &[Need::General], true);
        assert_eq!(
            it.says(5, wait(30_000)),
            "refused: not_now",
            "{kind}: not while it is open"
        );
        it.ask(
            6,
            Command::Resolve {
                outcome: Outcome::FalseAlarm,
            },
        )
        .unwrap();
        let may = kind.may_wait_for_review();
        assert_eq!(
            it.says(7, wait(30_000)),
            if may { "review_awaited" } else { "refused: no_review" },
            "{kind}"
        );
        if may {
            assert_eq!(it.look_at(), Some(30_000));
            assert_eq!(it.says(8, wait(30_000)), "", "said twice");
            it.ask(9, wait(500_000)).unwrap();
            assert_eq!(it.look_at(), Some(9 + 86_400), "a day at most");
            it.ask(10, wait(-9)).unwrap();
            assert_eq!(it.look_at(), Some(10 + i64::from(it.plan.limits.look_s)));
            it.pass(100_000);
            assert!(!it.case.tone, "paperwork makes no sound");
        }
    }
    let mut it = Drive::open(Kind::Inactivity, &[Need::General], true);
    it.ask(1, Command::Raise { to: Severity::Critical }).unwrap();
    it.ask(
        2,
        Command::Resolve {
            outcome: Outcome::Helped,
        },
    )
    .unwrap();
    assert_eq!(
        it.says(3, wait(30_000)),
        "refused: no_review",
        "a critical one never waits"
    );
}

#[test]
fn severity_is_lowered_by_a_reason_and_a_voice() {
    let lower = |to| Command::Lower { to, reason: note(1) };
    let mut it = Drive::open(Kind::Sos, &[], true);
    assert_eq!(it.says(5, lower(Severity::Urgent)), "refused: proof_missing");
    it.ask(
        6,
        Command::VoiceResult {
            result: Voice::NeedsHelp,
        },
    )
    .unwrap();
    assert_eq!(it.says(7, lower(Severity::Critical)), "refused: same_severity");
    it.ask(8, lower(Severity::Routine)).unwrap();
    assert!(
        !it.case.tone && it.clock(Clock::case(ClockKind::Ring)).is_none(),
        "no leader is phoned for it any more"
    );
    assert_eq!(it.says(9, lower(Severity::Routine)), "", "said twice");
}

#[test]
fn an_arrival_after_the_end_stands_in_the_log_and_starts_nothing() {
    let mut it = Drive::led(Kind::Sos, &[Need::General]);
    it.ask(20, Command::VoiceResult { result: Voice::Fine }).unwrap();
    assert!(it.says(30, Command::Arrive { by: responder(1) }).ends_with("arrived"));
    assert_eq!(it.case.state, State::Resolved);
    assert_eq!(it.case.clocks.len(), 1, "the look, and nothing else");
}

#[test]
fn who_is_at_the_door_is_not_called_away() {
    let mut it = Drive::at_the_door(Kind::Sos, &[Need::General]);
    assert_eq!(
        it.says(
            60,
            Command::StandDown {
                responder: responder(1)
            }
        ),
        "refused: not_now"
    );
    let offer = it.case.offer_to(responder(1)).unwrap().id;
    let no = Command::Decline {
        offer,
        by: responder(1),
        reason: DeclineReason::Busy,
    };
    assert_eq!(it.says(60, no), "refused: not_now");
}
