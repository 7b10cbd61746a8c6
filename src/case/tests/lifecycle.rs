//! Every state against every command: what comes of it.

use super::*;

fn in_state(state: State) -> Drive {
    match state {
        State::Ringing => {
            let mut it = Drive::open(Kind::Sos, &[Need::General], true);
            it.offer_grid(1, &[1, 2]);
            it
        }
        State::Engaged => {
            let mut it = Drive::open(Kind::Sos, &[Need::General], true);
            it.offer_grid(1, &[1, 2]);
            it.accept(1, 1, 100).unwrap();
            it.pass(9);
            it
        }
        State::OnScene => {
            let mut it = in_state(State::Engaged);
            it.ask(50, Command::Arrive { by: responder(1) }).unwrap();
            it
        }
        State::Resolved => {
            let mut it = in_state(State::OnScene);
            it.ask(
                55,
                Command::ContactMade {
                    by: responder(1),
                    near: true,
                },
            )
            .unwrap();
            it.ask(
                60,
                Command::Resolve {
                    outcome: Outcome::Helped,
                },
            )
            .unwrap();
            it
        }
        State::Closed => {
            let mut it = in_state(State::Resolved);
            it.ask(
                70,
                Command::Close {
                    outcome: None,
                    proof: Proof::OnScene,
                },
            )
            .unwrap();
            it
        }
    }
}

/// One command of each name. Responder 1 is the one who goes, where somebody goes.
fn commands(it: &Drive) -> Vec<Command> {
    let by = responder(1);
    let offer = it.case.offer_to(by).unwrap().id;
    vec![
        Command::Join {
            alert: alert(5, Kind::Fall),
        },
        Command::VoiceResult {
            result: Voice::NeedsHelp,
        },
        Command::Offer {
            ranked: vec![],
            excluded: vec![],
            excluded_count: 0,
            as_of: t(80),
            seek_no: it.case.seeks,
        },
        Command::Received { offer, by_call: false },
        Command::Accept {
            offer,
            by,
            eta_s: Some(100),
        },
        Command::Decline {
            offer,
            by,
            reason: DeclineReason::TooFar,
        },
        Command::Depart { by, eta_s: Some(90) },
        Command::Progress { by, eta_s: Some(700) },
        Command::Arrive { by },
        Command::ContactMade { by, near: true },
        Command::NoEntry { by },
        Command::WrongAddress { by },
        Command::CheckIn { by },
        Command::Support { by },
        Command::Done { by },
        Command::Take,
        Command::TakeOver { from: other() },
        Command::KeepTake,
        Command::Assign {
            responder: responder(9),
            tier: Tier::Grid,
            eta_s: Some(60),
        },
        Command::StandDown { responder: by },
        Command::Note { note: note(1) },
        photo(1),
        Command::Raise { to: Severity::Critical },
        Command::Lower {
            to: Severity::Urgent,
            reason: note(2),
        },
        Command::Escalate { to: Some(Tier::Street) },
        Command::Refer {
            referral: referral(1),
            to: Agency::Ambulance,
        },
        Command::ReferBecause {
            referral: referral(2),
            to: Agency::District,
            reason: note(4),
        },
        Command::AnswerReferral {
            referral: referral(1),
            answer: words::ReferralAnswer::Taken,
            note: note(5),
        },
        Command::AcknowledgeReferral {
            referral: referral(1),
            note: None,
        },
        Command::HandReferral {
            referral: referral(1),
            way: words::SheetWay::Printed,
        },
        Command::WaiveReferral {
            referral: referral(1),
            reason: note(3),
        },
        Command::Entry {
            step: EntryStep::Consent {
                basis: crate::case::entry::EntryBasis::Police,
                contact: None,
                note: None,
            },
        },
        Command::FalseAlarm {
            reason: FalseReason::MisPress,
        },
        Command::Resolve {
            outcome: Outcome::Helped,
        },
        Command::AwaitReview { until: t(9_000) },
        Command::Close {
            outcome: Some(Outcome::Helped),
            proof: Proof::None,
        },
        Command::FollowUp {
            result: Aftercare::Well,
            how: Some(AskedBy::Phone),
        },
        Command::RateHelp {
            satisfaction: Satisfaction::Satisfied,
            said_by: AskedWhom::Elder,
        },
        Command::Reopen { reason: note(3) },
        Command::Withdrawn {
            alert: alert(6, Kind::Sos).id,
        },
        Command::FamilySaid {
            contact: contact(1),
            said: FamilyWord::Going,
        },
        Command::Wish { wish: service::lunch() },
        Command::AskStation { ask: service::ask(1) },
        Command::NoStation { nearest: None },
        Command::StationSays {
            station: service::ask(1).station,
            said: StationAnswer::Confirm { at: t(500) },
        },
        Command::AgreeTime,
        Command::ServiceDone,
        Command::CancelService {
            reason: CancelReason::Mistake,
        },
        Command::Rate { rating: 4 },
        Command::TurnedToHelp { case: it.case.id },
        Command::NotTold {
            notice: NoticeKind::FamilyOpened,
            target: "family".to_owned(),
        },
        Command::QuotaRefused {
            notice: NoticeKind::FamilyOpened,
            target: "duty_leader".to_owned(),
            channel: "voice".to_owned(),
            why: "quota: 1 a minute to one".to_owned(),
        },
        Command::HandUp,
        Command::LookAgain,
    ]
}

/// `+` records, `.` nothing needs to change, else the code of the refusal.
#[test]
fn every_state_answers_every_command() {
    let table: &[(&str, [&str; 5])] = &[
        // command            ringing          engaged          on_scene         resolved        closed
        ("join", ["+", "+", "not_now", "not_now", "not_now"]),
        ("voice_result", ["+", "+", "+", "case_over", "case_over"]),
        ("offer", [".", ".", ".", ".", "."]),
        ("received", ["+", ".", ".", ".", "."]),
        ("accept", ["+", ".", ".", "case_over", "case_over"]),
        ("decline", ["+", "+", "not_now", "+", "."]),
        ("depart", ["not_assigned", "+", ".", "case_over", "case_over"]),
        ("progress", ["not_assigned", "+", ".", "case_over", "case_over"]),
        ("arrive", ["+", "+", ".", "+", "case_over"]),
        (
            "contact_made",
            ["not_assigned", "not_arrived", "+", "case_over", "case_over"],
        ),
        (
            "no_entry",
            ["not_assigned", "not_arrived", "+", "case_over", "case_over"],
        ),
        (
            "wrong_address",
            ["not_assigned", "not_arrived", "+", "case_over", "case_over"],
        ),
        (
            "check_in",
            ["not_assigned", "not_arrived", ".", "case_over", "case_over"],
        ),
        ("support", ["not_assigned", "+", "+", "case_over", "case_over"]),
        (
            "done",
            ["not_assigned", "not_arrived", "not_now", "case_over", "case_over"],
        ),
        ("take", ["+", "+", "+", "+", "case_over"]),
        ("take_over", ["+", "+", "+", "+", "case_over"]),
        (
            "keep_take",
            ["not_held", "not_held", "not_held", "not_held", "not_held"],
        ),
        ("assign", ["+", "+", "+", "case_over", "case_over"]),
        ("stand_down", ["not_assigned", "+", "not_now", "case_over", "case_over"]),
        ("note", ["+", "+", "+", "+", "+"]),
        ("photo", ["+", "+", "+", "+", "case_over"]),
        (
            "raise",
            [
                "same_severity",
                "same_severity",
                "same_severity",
                "case_over",
                "case_over",
            ],
        ),
        (
            "lower",
            [
                "proof_missing",
                "proof_missing",
                "proof_missing",
                "case_over",
                "case_over",
            ],
        ),
        ("escalate", ["+", "+", "+", "case_over", "case_over"]),
        ("refer", ["+", "+", "+", "+", "case_over"]),
        ("refer_because", ["+", "+", "+", "+", "case_over"]),
        ("answer_referral", ["no_such_referral"; 5]),
        ("acknowledge_referral", ["no_such_referral"; 5]),
        ("hand_referral", ["no_such_referral"; 5]),
        ("waive_referral", ["no_such_referral"; 5]),
        ("entry", ["+", "+", "+", "+", "case_over"]),
        (
            "false_alarm",
            ["proof_missing", "proof_missing", "proof_missing", "+", "case_over"],
        ),
        ("resolve", ["+", "+", "+", ".", "case_over"]),
        (
            "await_review",
            ["not_now", "not_now", "not_now", "no_review", "case_over"],
        ),
        (
            "close",
            ["proof_missing", "proof_missing", "proof_missing", "proof_missing", "."],
        ),
        ("follow_up", ["not_now"; 5]),
        ("rate_help", ["not_now"; 5]),
        ("reopen", ["not_now", "not_now", "not_now", "+", "+"]),
        ("withdrawn", ["+", "+", "+", "+", "+"]),
        ("family_said", ["+", "+", "+", "case_over", "case_over"]),
        // A call for help is no request for service.
        ("wish", ["not_now"; 5]),
        ("ask_station", ["not_now"; 5]),
        ("no_station", ["not_now"; 5]),
        ("station_says", ["not_now"; 5]),
        ("agree_time", ["not_now"; 5]),
        ("service_done", ["not_now"; 5]),
        ("cancel_service", ["not_now"; 5]),
        ("rate", ["not_now"; 5]),
        ("turned_to_help", ["not_now"; 5]),
        ("not_told", ["+", "+", "+", "+", "."]),
        ("quota_refused", ["+", "+", "+", "+", "."]),
        ("hand_up", ["."; 5]),
        ("look_again", ["."; 5]),
    ];
    for (column, state) in State::ALL.iter().enumerate() {
        let start = in_state(*state);
        assert_eq!(start.case.state, *state);
        let at = if matches!(state, State::Ringing | State::Engaged) {
            10
        } else {
            75
        };
        let all = commands(&start);
        assert_eq!(all.len(), table.len(), "every command stands in the table");
        for (command, (name, wanted)) in all.into_iter().zip(table) {
            assert_eq!(command.name(), *name);
            let mut it = start.clone();
            let found = match it.ask(at, command) {
                Ok(events) if events.is_empty() => ".",
                Ok(_) => "+",
                Err(refusal) => refusal.code(),
            };
            assert_eq!(found, wanted[column], "{name} while {state}");
            if found != "+" {
                assert_eq!(it.case, start.case, "{name} while {state} changed something");
            }
        }
    }
}

/// A case may end and begin again; what was owed before is owed anew, to the street.
#[test]
fn what_is_reopened_is_the_streets_and_rings() {
    for state in [State::Resolved, State::Closed] {
        let mut it = in_state(state);
        it.ask(100, Command::Reopen { reason: note(3) }).unwrap();
        assert_eq!(
            (it.case.state, it.case.tier, it.case.tone),
            (State::Ringing, Tier::Street, true)
        );
        assert_eq!((it.case.outcome, it.case.contact, it.lead()), (None, false, None));
        assert_eq!(
            it.clock(Clock::case(ClockKind::Door)),
            Some(1_000),
            "somebody must be at the door again"
        );
        assert_eq!(it.clock(Clock::case(ClockKind::Ring)), Some(160));
        assert_eq!(it.clock(Clock::case(ClockKind::Untouched)), Some(160));
        assert!(it.case.seek.is_some(), "people are looked for");
        assert_eq!(it.says(101, Command::Reopen { reason: note(3) }), "", "said twice");
        assert_eq!(it.says(101, Command::Reopen { reason: note(4) }), "refused: not_now");
        // Who led the first time may be asked again.
        let asked = it.offer_grid(102, &[1]);
        assert!(matches!(asked[0], Event::Offered { .. }), "{asked:?}");
    }
    let mut lamp = Drive::open(Kind::LowBattery, &[Need::General], true);
    lamp.ask(
        1,
        Command::Resolve {
            outcome: Outcome::DeviceFault,
        },
    )
    .unwrap();
    lamp.ask(2, Command::Reopen { reason: note(3) }).unwrap();
    assert!(
        !lamp.case.tone && lamp.clock(Clock::case(ClockKind::Ring)).is_none(),
        "no leader is phoned for a battery"
    );
}

#[test]
fn a_command_from_the_past_does_not_turn_time_back() {
    let mut it = in_state(State::Engaged);
    it.ask(
        -500,
        Command::Depart {
            by: responder(1),
            eta_s: None,
        },
    )
    .unwrap();
    assert_eq!(it.log.last().unwrap().at, t(9));
}

/// Absurd instants and figures are decided like any other.
#[test]
fn nothing_makes_a_decision_panic() {
    let far = Timestamp::MAX;
    for state in State::ALL {
        let start = in_state(*state);
        for mut command in commands(&start) {
            if let Command::AwaitReview { until } = &mut command {
                *until = Timestamp::MIN;
            }
            if let Command::Progress { eta_s, .. } | Command::Accept { eta_s, .. } = &mut command {
                *eta_s = Some(u32::MAX);
            }
            let context = Context {
                now: far,
                by: desk(),
                plan: &start.plan,
                alert_plan: None,
                busy: &|_| true,
                family: &|_, _| vec![],
            };
            if let Ok(decision) = decide(&start.case, &command, &context) {
                let text = serde_json::to_string(&decision.case).unwrap();
                assert_eq!(serde_json::from_str::<Case>(&text).unwrap(), decision.case);
            }
        }
    }
    let mut broken = (*Drive::open(Kind::Sos, &[], true).plan).clone();
    broken.steps.clear();
    let limits = serde_json::to_value(broken.limits).unwrap();
    let zeroes = limits.as_object().unwrap().keys().map(|it| {
        let zero = if it == "pair" {
            serde_json::json!(true)
        } else {
            serde_json::json!(0)
        };
        (it.clone(), zero)
    });
    broken.limits = serde_json::from_value(serde_json::Value::Object(zeroes.collect())).unwrap();
    let opened = open(&opening(Kind::Sos, true), &Arc::new(broken), Author::System, t(0));
    assert!(
        opened.case.due_at().is_some(),
        "even a plan of nothing leaves something due"
    );
}
