//! On the way, at the door, on the scene: every stage against every report.

use super::*;
use crate::case::plan::StepKind;
use crate::case::record::Late;

fn at_stage(stage: Stage) -> Drive {
    let me = responder(1);
    let mut it = Drive::led(Kind::Fall, &[Need::General]);
    let steps = [
        (
            Stage::EnRoute,
            Command::Depart {
                by: me,
                eta_s: Some(100),
            },
        ),
        (Stage::Arrived, Command::Arrive { by: me }),
        (Stage::Inside, Command::ContactMade { by: me, near: true }),
        (Stage::Done, Command::Done { by: me }),
    ];
    for (reached, command) in steps {
        if reached <= stage {
            it.ask(10, command).unwrap();
        }
    }
    assert_eq!(it.case.assignment(me).map(|it| it.stage), Some(stage));
    it
}

#[test]
fn every_stage_answers_every_report() {
    let by = responder(1);
    let commands = [
        Command::Depart { by, eta_s: Some(90) },
        Command::Progress { by, eta_s: Some(400) },
        Command::Arrive { by },
        Command::ContactMade { by, near: true },
        Command::NoEntry { by },
        Command::WrongAddress { by },
        Command::CheckIn { by },
        Command::Support { by },
        Command::Done { by },
    ];
    let early = "refused: not_arrived";
    let table: &[(Stage, [&str; 9])] = &[
        (
            Stage::Accepted,
            [
                "departed",
                "progressed",
                "arrived",
                early,
                early,
                early,
                early,
                "support_asked",
                early,
            ],
        ),
        (
            Stage::EnRoute,
            [
                "",
                "progressed",
                "arrived",
                early,
                early,
                early,
                early,
                "support_asked",
                early,
            ],
        ),
        (
            Stage::Arrived,
            [
                "",
                "",
                "",
                "contact_made",
                "no_entry",
                "arrival_undone",
                "",
                "support_asked",
                "refused: not_now",
            ],
        ),
        (
            Stage::Inside,
            [
                "",
                "",
                "",
                "",
                "refused: not_now",
                "refused: not_now",
                "checked_in",
                "support_asked",
                "done_there",
            ],
        ),
        (
            Stage::Done,
            [
                "",
                "",
                "",
                "",
                "refused: not_now",
                "refused: not_now",
                "",
                "support_asked",
                "",
            ],
        ),
    ];
    for (stage, wanted) in table {
        for (command, wanted) in commands.iter().zip(wanted) {
            let mut it = at_stage(*stage);
            let found = it.says(20, command.clone());
            // Who is asked on the way up is the ladder's table; here the report itself counts.
            let report = if found.starts_with("refused") {
                found.as_str()
            } else {
                found.split(' ').next().unwrap_or_default()
            };
            assert_eq!(report, *wanted, "{stage:?} × {}: {found}", command.name());
            if !found.starts_with("refused") {
                let again = it.says(20, command.clone());
                assert!(
                    again.is_empty() || again.starts_with("refused"),
                    "{} twice: {again}",
                    command.name()
                );
            }
        }
    }
}

#[test]
fn who_is_not_coming_reports_nothing() {
    let mut it = Drive::led(Kind::Fall, &[Need::General]);
    for command in [
        Command::Depart {
            by: responder(5),
            eta_s: None,
        },
        Command::Progress {
            by: responder(5),
            eta_s: None,
        },
        Command::ContactMade {
            by: responder(5),
            near: true,
        },
        Command::Support { by: responder(5) },
        Command::Done { by: responder(5) },
    ] {
        assert_eq!(it.says(9, command), "refused: not_assigned");
    }
    assert_eq!(it.says(9, Command::Arrive { by: responder(5) }), "refused: not_offered");
}

#[test]
fn a_lead_who_does_not_leave_is_called_and_a_minute_later_replaced() {
    let mut it = Drive::led(Kind::Inactivity, &[Need::LivingAlone]);
    it.pass(90);
    assert!(!it.log.iter().any(|it| matches!(it.event, Event::Called { .. })));
    it.pass(91);
    let called = |late: Late| move |it: &Record| matches!(it.event, Event::Called { late: found, .. } if found == late);
    assert!(it.log.iter().any(called(Late::Departure)));
    it.pass(150);
    assert_eq!(it.lead(), Some(1));
    it.pass(151);
    assert_eq!(
        (it.lead(), it.place(1), it.case.state),
        (None, Some(Place::Lost), State::Ringing)
    );
    // There all the same, before anybody else: whoever stands at the door is never refused, and leads again.
    it.ask(400, Command::Arrive { by: responder(1) }).unwrap();
    assert_eq!((it.lead(), it.case.state), (Some(1), State::OnScene));
}

#[test]
fn a_replaced_lead_who_comes_late_stands_by_the_one_who_is_there() {
    let mut it = Drive::open(Kind::Inactivity, &[Need::LivingAlone], true);
    it.offer_grid(1, &[1, 2]);
    it.accept(1, 1, 100).unwrap();
    it.accept(2, 2, 200).unwrap();
    it.ask(
        3,
        Command::Depart {
            by: responder(2),
            eta_s: Some(200),
        },
    )
    .unwrap();
    it.pass(170);
    assert_eq!((it.place(1), it.lead()), (Some(Place::Lost), Some(2)));
    assert_eq!(it.accept(171, 1, 50), Err(Refusal::TakenBy(responder(2))));
    it.ask(180, Command::Arrive { by: responder(2) }).unwrap();
    it.ask(190, Command::Arrive { by: responder(1) }).unwrap();
    assert_eq!((it.lead(), it.place(1)), (Some(2), Some(Place::Backup)));
}

#[test]
fn no_fix_and_no_action_on_the_way_is_called_and_a_fix_gives_time() {
    let mut it = at_stage(Stage::EnRoute);
    it.pass(100);
    it.ask(
        100,
        Command::Progress {
            by: responder(1),
            eta_s: Some(60),
        },
    )
    .unwrap();
    it.pass(219);
    assert!(it.clock(Clock::of(ClockKind::Replace, responder(1))).is_none());
    it.pass(220);
    assert_eq!(it.clock(Clock::of(ClockKind::Replace, responder(1))), Some(280));
    it.ask(
        270,
        Command::Progress {
            by: responder(1),
            eta_s: Some(20),
        },
    )
    .unwrap();
    it.pass(280);
    assert_eq!(it.lead(), Some(1), "answered the call with a fix");
    it.pass(450);
    assert_eq!(it.place(1), Some(Place::Lost));
}

#[test]
fn who_left_before_being_chosen_is_not_called_for_not_leaving() {
    let mut it = Drive::open(Kind::Inactivity, &[Need::LivingAlone], true);
    it.offer_grid(1, &[1, 2]);
    it.accept(2, 1, 100).unwrap();
    it.ask(
        3,
        Command::Depart {
            by: responder(1),
            eta_s: Some(100),
        },
    )
    .unwrap();
    it.pass(10);
    assert_eq!(it.lead(), Some(1));
    assert!(it.clock(Clock::of(ClockKind::Departure, responder(1))).is_none());
    assert_eq!(it.clock(Clock::of(ClockKind::Progress, responder(1))), Some(130));
}

#[test]
fn fixes_without_news_are_not_written_down() {
    let mut it = at_stage(Stage::EnRoute);
    let written = it.log.len();
    for at in 11..25 {
        it.ask(
            at,
            Command::Progress {
                by: responder(1),
                eta_s: Some(100),
            },
        )
        .unwrap();
    }
    assert_eq!(it.log.len(), written);
    it.ask(
        24,
        Command::Progress {
            by: responder(1),
            eta_s: Some(300),
        },
    )
    .unwrap();
    assert_eq!(it.log.len(), written + 1, "an arrival a minute later is news");
}

#[test]
fn arrived_is_not_inside() {
    let mut it = Drive::at_the_door(Kind::Fall, &[Need::General]);
    assert!(!it.case.contact);
    it.pass(169);
    assert!(!it.case.no_entry);
    it.pass(170);
    assert!(it.case.no_entry, "two minutes and neither contact nor \"nobody opens\"");
    assert!(it.case.fired.contains(&StepKind::Prompt119) && it.case.tier == Tier::Street);
    it.ask(
        180,
        Command::ContactMade {
            by: responder(1),
            near: true,
        },
    )
    .unwrap();
    assert!(it.case.contact && !it.case.no_entry);
    // And inside, a sign of life every ten minutes.
    it.pass(779);
    let late = |it: &Drive| {
        it.log.iter().any(|it| {
            matches!(
                it.event,
                Event::Called {
                    late: Late::CheckIn,
                    ..
                }
            )
        })
    };
    assert!(!late(&it));
    it.pass(780);
    assert!(late(&it));
}

#[test]
fn with_them_counts_near_the_home_or_when_the_elder_is_heard() {
    let far = Command::ContactMade {
        by: responder(1),
        near: false,
    };
    let mut it = Drive::at_the_door(Kind::Fall, &[Need::General]);
    assert_eq!(it.says(60, far.clone()), "contact_made");
    assert!(!it.case.contact, "said from far away");
    assert!(
        it.clock(Clock::of(ClockKind::Contact, responder(1))).is_some(),
        "and the door is still waited for"
    );
    assert_eq!(it.says(61, far.clone()), "", "said twice");
    it.ask(
        70,
        Command::VoiceResult {
            result: Voice::NeedsHelp,
        },
    )
    .unwrap();
    assert_eq!(it.says(71, far), "contact_made");
    assert!(it.case.contact);
}

#[test]
fn nobody_opens_asks_for_keys_and_prompts_once() {
    let mut it = Drive::at_the_door(Kind::Fall, &[Need::General]);
    it.ask(60, Command::NoEntry { by: responder(1) }).unwrap();
    assert_eq!(it.case.tier, Tier::Street);
    assert!(it.case.seek.is_some() && it.case.tone);
    let key = Candidate {
        key_holder: true,
        ..candidate(4, Tier::Home, 100)
    };
    it.offer(61, vec![key]);
    it.accept(62, 4, 100).unwrap();
    assert_eq!(
        it.place(4),
        Some(Place::Backup),
        "who brings the key is taken although somebody is there"
    );
    assert_eq!(it.says(63, Command::NoEntry { by: responder(1) }), "");
}

#[test]
fn support_brings_people_although_somebody_is_there() {
    let mut it = at_stage(Stage::Inside);
    it.ask(20, Command::Support { by: responder(1) }).unwrap();
    it.offer_grid(21, &[4, 5]);
    it.accept(22, 4, 100).unwrap();
    it.accept(23, 5, 100).unwrap();
    assert_eq!((it.place(4), it.place(5)), (Some(Place::Backup), Some(Place::Backup)));
    it.ask(100, Command::Arrive { by: responder(4) }).unwrap();
    assert_eq!(it.place(5), Some(Place::Backup), "the other one is still wanted");
    assert!(
        it.clock(Clock::of(ClockKind::CheckIn, responder(4))).is_some(),
        "the elder is in good hands already"
    );
}

#[test]
fn the_first_at_the_door_leads_and_the_others_go_home() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(1, &[1, 2, 3]);
    it.accept(2, 1, 100).unwrap();
    it.accept(3, 2, 200).unwrap();
    it.pass(10);
    it.ask(50, Command::Arrive { by: responder(3) }).unwrap();
    assert_eq!(
        (it.lead(), it.case.state),
        (Some(3), State::OnScene),
        "asked, never answered, and there first"
    );
    assert_eq!(
        (it.place(1), it.place(2)),
        (Some(Place::StoodDown), Some(Place::StoodDown))
    );
    let ours = [responder(1), responder(2)];
    let left = |it: &Drive| {
        it.case
            .clocks
            .iter()
            .any(|it| ours.iter().any(|id| it.clock.of == state::ClockOf::Responder(*id)))
    };
    assert!(!left(&it), "and no clock runs for them");
}

#[test]
fn somebody_who_leads_elsewhere_and_passes_by_does_not_send_the_others_home() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(1, &[1, 2, 3]);
    it.accept(2, 1, 100).unwrap();
    it.busy = vec![3];
    it.ask(4, Command::Arrive { by: responder(3) }).unwrap();
    assert_eq!((it.lead(), it.place(1)), (None, Some(Place::Provisional)));
    it.pass(10);
    assert_eq!((it.lead(), it.place(3)), (Some(1), Some(Place::Backup)));
}

/// The arrival is undone: the door clock and the steps run as they did before, to the instant.
#[test]
fn a_wrong_address_gives_the_clocks_back_untouched() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.ask(
        2,
        Command::VoiceResult {
            result: Voice::NeedsHelp,
        },
    )
    .unwrap();
    it.offer_grid(3, &[1]);
    let clocks = |it: &Drive| {
        let kept = [ClockKind::Door, ClockKind::Step, ClockKind::Look];
        let kept = it.case.clocks.iter().filter(|it| kept.contains(&it.clock.kind));
        kept.copied().collect::<Vec<_>>()
    };
    let before = clocks(&it);
    it.ask(30, Command::Arrive { by: responder(1) }).unwrap();
    assert_eq!(it.clock(Clock::case(ClockKind::Door)), None);
    it.ask(40, Command::WrongAddress { by: responder(1) }).unwrap();
    assert_eq!(clocks(&it), before);
    assert_eq!((it.case.state, it.lead()), (State::Engaged, Some(1)));
    assert!(it.clock(Clock::of(ClockKind::Progress, responder(1))).is_some());
    // Longer at the wrong door than the clock had left: it is due at once.
    let mut it = Drive::at_the_door(Kind::Fall, &[Need::General]);
    it.ask(1_000, Command::WrongAddress { by: responder(1) }).unwrap();
    assert!(it.case.door_late && it.case.tier == Tier::Street);
}

#[test]
fn contact_by_one_is_contact_for_all_who_are_there() {
    let mut it = Drive::open(Kind::Fall, &[Need::Disabled], true);
    it.offer_grid(1, &[1, 2]);
    it.accept(2, 1, 100).unwrap();
    it.accept(3, 2, 200).unwrap();
    it.ask(100, Command::Arrive { by: responder(1) }).unwrap();
    it.ask(110, Command::Arrive { by: responder(2) }).unwrap();
    it.ask(
        120,
        Command::ContactMade {
            by: responder(1),
            near: true,
        },
    )
    .unwrap();
    for n in [1, 2] {
        assert_eq!(it.clock(Clock::of(ClockKind::CheckIn, responder(n))), Some(720), "{n}");
        assert_eq!(it.clock(Clock::of(ClockKind::Contact, responder(n))), None, "{n}");
    }
}

#[test]
fn where_nobody_goes_inside_alone_no_voice_is_120_at_once() {
    let mut it = Drive::at_the_door(Kind::Inactivity, &[Need::MentalSocial]);
    it.ask(
        60,
        Command::VoiceResult {
            result: Voice::NoAnswer,
        },
    )
    .unwrap();
    assert!(it.case.fired.contains(&StepKind::Prompt120));
    assert!(it.case.seek.is_some(), "and the second is still asked for");
}
