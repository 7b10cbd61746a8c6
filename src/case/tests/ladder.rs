//! The ladder: every plan of yangcun-7 to the second, and nothing that could hold it up.

use super::*;
use crate::case::plan::StepKind;
use crate::case::record::{Ring, SeekWhy};

/// A second before a step nothing has fired; at the second it has. Nobody does anything, and the ranking answers with people
/// who stay silent.
#[test]
fn every_step_of_every_plan_fires_on_its_second() {
    let mut plans = 0;
    for kind in Kind::ALL {
        for need in Need::ALL {
            for hour in [3, 12] {
                let needs = [*need];
                let start = Drive::opened(&opening(*kind, true), &needs, hour);
                for step in &start.plan.steps {
                    let mut it = start.clone();
                    let at = i64::from(step.at_s);
                    // Without a word the street owns a press or a fall before its own step.
                    let waits = matches!(kind, Kind::Sos | Kind::Fall) && step.what.tier().is_some();
                    let at = if waits { at.min(90) } else { at };
                    if at > 0 {
                        it.pass(at - 1);
                        assert!(!it.case.fired.contains(&step.what), "{kind} {need} {step:?}: too early");
                        let owner = it.case.tier;
                        // A follow-up and an outage are the street's from the first; their step sends somebody.
                        assert!(
                            kind.is_own() || step.what.tier().is_none_or(|it| owner < it),
                            "{kind} {need} {step:?}: owned early"
                        );
                    }
                    it.pass(at);
                    assert!(
                        it.case.fired.contains(&step.what),
                        "{kind} {need} {step:?}: not on time"
                    );
                    assert!(step.what.tier().is_none_or(|tier| it.case.tier >= tier));
                    plans += 1;
                }
            }
        }
    }
    assert!(plans > 500, "{plans} steps were tried");
}

/// With the elder heard, the press waits for nothing but the plan's own times.
#[test]
fn once_the_elder_was_heard_the_plan_keeps_its_own_times() {
    for (need, grid, street) in [
        (Need::HighRisk, 20, 60),
        (Need::LivingAlone, 30, 180),
        (Need::Disabled, 60, 240),
        (Need::General, 60, 360),
        (Need::Medical, 30, 180),
    ] {
        let mut it = Drive::open(Kind::Sos, &[need], true);
        it.ask(
            5,
            Command::VoiceResult {
                result: Voice::NeedsHelp,
            },
        )
        .unwrap();
        for (at, tier) in [
            (grid - 1, Tier::Home),
            (grid, Tier::Grid),
            (street - 1, Tier::Grid),
            (street, Tier::Street),
        ] {
            it.pass(at);
            assert_eq!(it.case.tier, tier, "{need} at {at} s");
        }
        assert!(
            !it.case.fired.contains(&StepKind::Prompt120),
            "{need}: a voice was heard"
        );
    }
}

#[test]
fn ninety_seconds_without_a_word_belong_to_the_street_with_the_120_prompt() {
    for kind in [Kind::Sos, Kind::Fall] {
        let mut it = Drive::open(kind, &[Need::General], true);
        it.pass(89);
        assert_eq!(
            (it.case.tier, it.case.fired.contains(&StepKind::Prompt120)),
            (Tier::Grid, false)
        );
        it.pass(90);
        assert_eq!(
            (it.case.tier, it.case.fired.contains(&StepKind::Prompt120)),
            (Tier::Street, true)
        );
    }
    let mut it = Drive::led(Kind::Sos, &[Need::General]);
    it.pass(90);
    assert_eq!(
        it.case.tier,
        Tier::Street,
        "somebody on the way is no word of the elder"
    );
}

#[test]
fn no_answer_escalates_at_once() {
    for result in [Voice::NoAnswer, Voice::Unclear, Voice::NotTheElder] {
        let mut it = Drive::open(Kind::Sos, &[Need::General], true);
        it.ask(7, Command::VoiceResult { result }).unwrap();
        assert_eq!(it.case.tier, Tier::Street);
        assert!(it.case.fired.contains(&StepKind::Prompt120));
        assert_eq!(it.case.seek.as_ref().map(|it| it.want), Some(7));
    }
}

#[test]
fn how_many_are_asked() {
    let rows = [
        (Kind::Sos, Need::General, true, 3),
        (Kind::Fall, Need::General, true, 3),
        (Kind::Fall, Need::General, false, 7),
        (Kind::Smoke, Need::General, true, 7),
        (Kind::Inactivity, Need::General, true, 3),
        (Kind::ServiceRequest, Need::General, true, 1),
        (Kind::LowBattery, Need::General, true, 1),
    ];
    for (kind, need, voice_path, want) in rows {
        let it = Drive::open(kind, &[need], voice_path);
        assert_eq!(
            it.case.seek.as_ref().map(|it| it.want),
            Some(want),
            "{kind} voice {voice_path}"
        );
    }
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.offer_grid(1, &[1, 2, 3]);
    it.pass(19);
    assert!(it.case.seek.is_none());
    it.pass(20);
    assert_eq!(
        it.case.seek.as_ref().map(|it| it.want),
        Some(4),
        "no word by twenty seconds: seven in all"
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
    assert!(it.case.seek.is_none(), "nobody is on duty at all: the question ends");
    assert!(it.case.tone);
    // And the street is rung, with the duty leader, for as long as nobody takes it.
    for minute in 1..20 {
        let from = it.log.len();
        it.pass(1 + 60 * minute);
        let leader = |it: &Record| {
            matches!(
                it.event,
                Event::Rang {
                    whom: Ring::DutyLeader,
                    ..
                }
            )
        };
        assert!(it.log[from..].iter().any(leader), "minute {minute}");
    }
}

#[test]
fn only_people_outside_start_the_next_tier_at_once() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.offer(1, vec![candidate(1, Tier::Home, 1_500)]);
    assert_eq!(it.case.tier, Tier::Grid);
    assert_eq!(it.case.offers.len(), 1, "they are asked all the same");
}

#[test]
fn taking_stops_the_tone_and_no_clock_of_the_ladder() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.ask(3, Command::Take).unwrap();
    assert!(!it.case.tone);
    assert_eq!(it.ask(4, Command::Take), Ok(vec![]), "said twice");
    it.pass(60);
    assert_eq!(it.case.tier, Tier::Grid);
    it.pass(90);
    assert_eq!(
        (it.case.tier, it.case.tone),
        (Tier::Street, true),
        "the street's own ring is another one"
    );
}

#[test]
fn the_street_rings_until_a_person_takes_it_and_again_when_the_case_is_left_alone() {
    let mut it = Drive::open(Kind::Sos, &[], true);
    it.pass(200);
    let rounds = it.case.rounds;
    assert!(rounds >= 4, "{rounds}");
    it.ask(201, Command::Take).unwrap();
    let quiet = it.case.rounds;
    it.pass(239);
    assert_eq!((it.case.rounds, it.case.tone), (quiet, false));
    it.pass(400);
    assert!(
        it.case.rounds > quiet && it.case.tone,
        "taken and left alone: it rings again"
    );
}

#[test]
fn a_machine_that_hears_nothing_does_not_silence_the_street() {
    let mut it = Drive::open(Kind::Sos, &[], true);
    it.by = Author::System;
    it.ask(
        10,
        Command::VoiceResult {
            result: Voice::NoAnswer,
        },
    )
    .unwrap();
    assert!(it.case.tone);
    assert_eq!(
        it.clock(Clock::case(ClockKind::Ring)),
        Some(60),
        "the ring stays where it was"
    );
    assert_eq!(it.clock(Clock::case(ClockKind::Untouched)), Some(60));
    it.by = desk();
    it.ask(11, Command::VoiceResult { result: Voice::Unclear }).unwrap();
    assert!(it.clock(Clock::case(ClockKind::Untouched)).is_none());
}

#[test]
fn an_untouched_critical_case_is_marked_rung_and_handed_up_once() {
    let mut it = Drive::open(Kind::Sos, &[Need::LivingAlone], true);
    it.pass(59);
    assert!(!it.case.untouched);
    assert_eq!(
        it.ask(59, Command::HandUp),
        Ok(vec![]),
        "touched or not yet due: nothing to hand up"
    );
    it.pass(60);
    assert!(it.case.untouched);
    assert_eq!(it.says(60, Command::HandUp), "rang");
    assert_eq!(it.says(61, Command::HandUp), "");
    assert!(it.case.handed_up);
}

/// What puts the next look off, and what does not.
#[test]
fn the_look_is_put_off_by_nothing_but_what_the_design_names() {
    let offer = |it: &Drive| it.case.offer_to(responder(1)).unwrap().id;
    type Say = fn(&mut Drive);
    let stays: &[(&str, Say)] = &[
        ("note", |it| drop(it.ask(100, Command::Note { note: note(1) }))),
        ("photo", |it| drop(it.ask(100, photo(1)))),
        ("take", |it| drop(it.ask(100, Command::Take))),
        ("raise", |it| {
            drop(it.ask(100, Command::Raise { to: Severity::Critical }))
        }),
        ("look", |it| drop(it.look(100))),
        ("withdrawn", |it| {
            drop(it.ask(
                100,
                Command::Withdrawn {
                    alert: alert(7, Kind::Sos).id,
                },
            ))
        }),
        ("family", |it| {
            drop(it.ask(
                100,
                Command::FamilySaid {
                    contact: contact(1),
                    said: FamilyWord::FalseAlarm,
                },
            ))
        }),
        ("escalate", |it| drop(it.ask(100, Command::Escalate { to: None }))),
        ("hand up", |it| drop(it.ask(100, Command::HandUp))),
        ("decline", |it| drop(it.decline(100, 2))),
        ("join", |it| {
            drop(it.ask(
                100,
                Command::Join {
                    alert: alert(8, Kind::Sos),
                },
            ))
        }),
        ("nobody", |it| drop(it.offer(100, vec![]))),
    ];
    for (name, say) in stays {
        let mut it = Drive::open(Kind::Sos, &[Need::General], true);
        it.offer_grid(1, &[1, 2, 3]);
        say(&mut it);
        assert_eq!(it.look_at(), Some(180), "{name}");
    }
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.offer_grid(1, &[1, 2]);
    let offer = offer(&it);
    for (at, command) in [
        (
            100,
            Command::VoiceResult {
                result: Voice::NeedsHelp,
            },
        ),
        (
            110,
            Command::Accept {
                offer,
                by: responder(1),
                eta_s: Some(60),
            },
        ),
        (
            120,
            Command::Depart {
                by: responder(1),
                eta_s: None,
            },
        ),
        (
            130,
            Command::Refer {
                referral: referral(1),
                to: Agency::Ambulance,
            },
        ),
        (
            140,
            Command::AcknowledgeReferral {
                referral: referral(1),
                note: None,
            },
        ),
    ] {
        it.ask(at, command.clone()).unwrap();
        assert_eq!(it.look_at(), Some(at + 180), "{}", command.name());
    }
    it.ask(150, Command::Arrive { by: responder(1) }).unwrap();
    assert_eq!(it.look_at(), Some(140 + 180), "arriving is not contact");
    it.ask(
        160,
        Command::ContactMade {
            by: responder(1),
            near: true,
        },
    )
    .unwrap();
    assert_eq!(it.look_at(), Some(160 + 180));
}

/// A plan made for a lesser case never stretches the look of a critical one.
#[test]
fn a_case_that_becomes_critical_is_looked_at_within_three_minutes() {
    let mut it = Drive::open(Kind::Inactivity, &[Need::General], true);
    assert_eq!(it.look_at(), Some(3_600));
    it.ask(1_000, Command::Raise { to: Severity::Critical }).unwrap();
    assert_eq!(it.look_at(), Some(1_180));
    assert_eq!(
        it.clock(Clock::case(ClockKind::Door)),
        Some(1_900),
        "and somebody is at the door in fifteen minutes"
    );
    assert_eq!(it.clock(Clock::case(ClockKind::Untouched)), Some(1_060));
    for (at, command) in [
        (
            1_010,
            Command::VoiceResult {
                result: Voice::NeedsHelp,
            },
        ),
        (
            1_020,
            Command::Refer {
                referral: referral(1),
                to: Agency::Ambulance,
            },
        ),
        (
            1_030,
            Command::AcknowledgeReferral {
                referral: referral(1),
                note: None,
            },
        ),
        (
            1_040,
            Command::Assign {
                responder: responder(1),
                tier: Tier::Grid,
                eta_s: Some(100),
            },
        ),
        (
            1_050,
            Command::Depart {
                by: responder(1),
                eta_s: Some(100),
            },
        ),
    ] {
        it.ask(at, command.clone()).unwrap();
        assert_eq!(it.look_at(), Some(at + 180), "{}", command.name());
    }
    // Nobody does anything: it climbs at each look, and does not wait four hours for its step.
    let mut it = Drive::open(Kind::Inactivity, &[Need::General], true);
    it.ask(0, Command::Raise { to: Severity::Critical }).unwrap();
    it.pass(180);
    assert_eq!(it.case.tier, Tier::Grid);
    it.pass(360);
    assert_eq!(it.case.tier, Tier::Street);
}

#[test]
fn a_look_never_runs_ahead_of_the_plan() {
    let mut it = Drive::open(Kind::Inactivity, &[Need::LivingAlone], true);
    it.pass(1_799);
    assert_eq!(it.case.tier, Tier::Home, "thirty minutes are the family's");
    it.pass(1_800);
    assert_eq!(it.case.tier, Tier::Grid);
}

#[test]
fn a_late_call_for_help_rings_the_street_marked_late() {
    let mut late = opening(Kind::Sos, true);
    late.alert.late = true;
    let it = Drive::opened(&late, &[Need::General], 12);
    assert_eq!((it.case.tier, it.case.late, it.case.tone), (Tier::Street, true, true));
    assert!(it.clock(Clock::case(ClockKind::Ring)).is_some());
    let mut quiet = opening(Kind::Inactivity, true);
    quiet.alert.late = true;
    assert_eq!(
        Drive::opened(&quiet, &[Need::General], 12).case.tier,
        Tier::Home,
        "a late sensor is shown as late"
    );
}

#[test]
fn a_signal_of_nobody_we_know_belongs_to_the_street_and_rings_there() {
    for kind in Kind::ALL.iter().filter(|it| it.severity() >= Severity::Urgent) {
        let mut of = opening(*kind, true);
        of.subject = Subject::Unknown(crate::ids::DeviceId::new(Uuid::from_u128(9)));
        let it = Drive::opened(&of, &[], 12);
        assert_eq!((it.case.tier, it.case.tone), (Tier::Street, true), "{kind}");
    }
}

#[test]
fn escalating_by_hand_goes_one_tier_or_to_the_named_one() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    assert!(it.says(1, Command::Escalate { to: None }).contains("tier_raised"));
    assert_eq!(it.case.tier, Tier::Grid);
    assert_eq!(
        it.says(1, Command::Escalate { to: Some(Tier::Grid) }),
        "refused: top_tier"
    );
    it.ask(2, Command::Escalate { to: Some(Tier::Street) }).unwrap();
    assert_eq!(it.case.tier, Tier::Street);
    assert_eq!(it.says(3, Command::Escalate { to: None }), "refused: top_tier");
}

#[test]
fn a_lost_lead_gives_the_ladder_back_its_steps() {
    let mut it = Drive::led(Kind::Sos, &[Need::General]);
    it.ask(
        5,
        Command::VoiceResult {
            result: Voice::NeedsHelp,
        },
    )
    .unwrap();
    assert!(
        it.clock(Clock::step(StepKind::Street)).is_none(),
        "somebody is on the way in time"
    );
    it.decline(40, 1).unwrap();
    assert_eq!(
        (it.case.state, it.case.tier),
        (State::Ringing, Tier::Grid),
        "the next tier at once"
    );
    assert_eq!(
        it.case.seek.as_ref().map(|it| it.steps.contains(&StepKind::Grid)),
        Some(true)
    );
    assert_eq!(it.clock(Clock::step(StepKind::Street)), Some(360));
    it.pass(359);
    assert_eq!(it.case.tier, Tier::Grid);
    it.pass(360);
    assert_eq!(it.case.tier, Tier::Street);
}

#[test]
fn nobody_at_the_door_in_time_is_said_and_belongs_to_the_street() {
    let mut it = Drive::led(Kind::Fall, &[Need::General]);
    it.ask(
        2,
        Command::VoiceResult {
            result: Voice::NeedsHelp,
        },
    )
    .unwrap();
    it.ask(
        3,
        Command::Depart {
            by: responder(1),
            eta_s: Some(100),
        },
    )
    .unwrap();
    for at in (100..900).step_by(100) {
        it.pass(at);
        it.ask(
            at,
            Command::Progress {
                by: responder(1),
                eta_s: Some(50),
            },
        )
        .unwrap();
    }
    it.pass(899);
    assert!(!it.case.door_late);
    it.pass(900);
    assert!(it.case.door_late);
    assert_eq!((it.case.tier, it.lead()), (Tier::Street, Some(1)));
}

#[test]
fn silence_asks_the_next_and_ends_nothing() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(0, &[1, 2, 3]);
    it.pass(19);
    assert!(it.case.offers.iter().all(|it| !it.silent));
    it.pass(20);
    assert!(
        it.case
            .offers
            .iter()
            .all(|it| it.silent && it.state == OfferState::Open)
    );
    let silent = |it: &Record| {
        matches!(
            it.event,
            Event::Seeking {
                why: SeekWhy::Silence,
                ..
            }
        )
    };
    assert!(it.log.iter().any(silent));
    it.accept(40, 2, 100).unwrap();
    assert_eq!(
        it.place(2),
        Some(Place::Provisional),
        "silent, and welcome all the same"
    );
}

/// Somebody on the way, or at the door, is no reason to keep the prompt for 119 from the desk.
#[test]
fn nobody_on_the_way_holds_back_the_prompt_for_119() {
    let mut it = Drive::led(Kind::Smoke, &[Need::General]);
    assert!(
        it.clock(Clock::step(StepKind::Street)).is_none(),
        "the street's own step rests"
    );
    assert_eq!(it.clock(Clock::step(StepKind::Prompt119)), Some(60));
    it.ask(50, Command::Arrive { by: responder(1) }).unwrap();
    it.pass(60);
    assert!(it.case.fired.contains(&StepKind::Prompt119));
}

/// The author of what an automatic call has brought.
fn call() -> Author {
    Author::Call(crate::ids::CallId::new(Uuid::from_u128(77)))
}

#[test]
fn a_key_ends_a_press_where_the_plan_says_so_and_nothing_else() {
    let fine = Command::VoiceResult { result: Voice::Fine };
    for (kind, key_fine, after) in [
        (Kind::Sos, true, State::Resolved),
        (Kind::Sos, false, State::Ringing),
        (Kind::Fall, true, State::Ringing),
        (Kind::Smoke, true, State::Ringing),
    ] {
        let mut it = Drive::open(kind, &[Need::General], true);
        let mut plan = it.plan.as_ref().clone();
        plan.limits.key_fine = key_fine;
        it.plan = Arc::new(plan);
        let before = it.case.clone();
        let said = it.ask_as(30, fine.clone(), call());
        assert_eq!(it.case.state, after, "{kind} {key_fine}");
        if after == State::Ringing {
            assert_eq!(said.unwrap_err(), Refusal::ProofMissing);
            assert_eq!(it.case, before, "and no clock has moved");
        } else {
            // Everybody is stood down, and yet it is not closed on a key alone.
            let close = |proof| Command::Close { outcome: None, proof };
            let voice = it.ask(40, close(Proof::VoiceContact));
            assert_eq!(voice.unwrap_err(), Refusal::ProofMissing);
            it.ask(41, fine.clone()).unwrap();
            it.ask(42, close(Proof::VoiceContact)).unwrap(); // a person has heard them since
        }
    }
    // A fall that joins a press, and a word that was said before, count for more than a key.
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    let mut plan = it.plan.as_ref().clone();
    plan.limits.key_fine = true;
    it.plan = Arc::new(plan);
    it.ask(
        20,
        Command::VoiceResult {
            result: Voice::NeedsHelp,
        },
    )
    .unwrap();
    assert_eq!(it.ask_as(30, fine, call()).unwrap_err(), Refusal::ProofMissing);
}

#[test]
fn what_an_automatic_call_learns_climbs_and_silences_nobody() {
    for result in [Voice::NoAnswer, Voice::Unclear, Voice::NeedsHelp] {
        let mut it = Drive::open(Kind::Fall, &[Need::General], true);
        let ring = it.case.tone;
        it.ask_as(30, Command::VoiceResult { result }, call()).unwrap();
        assert_eq!((it.case.voice, it.case.by_key), (Some(result), true));
        assert!(it.case.tone == ring && it.case.taken_by.is_none(), "the desk rings on");
        assert_eq!(it.case.tier == Tier::Street, result != Voice::NeedsHelp);
        assert!(!it.case.was_heard());
    }
}
