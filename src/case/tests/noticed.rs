//! Who is told of what.

use super::*;
use NoticeKind as N;

/// What the last answer told, as `kind>target` words, sorted.
fn told(it: &mut Drive, say: impl FnOnce(&mut Drive)) -> String {
    let from = it.told.len();
    say(it);
    let mut words: Vec<String> = it.told[from..].iter().map(word).collect();
    words.sort();
    words.join(" ")
}

fn word(it: &Notice) -> String {
    let to = match it.to {
        Target::Responder(id) => format!("{}", id.as_uuid().as_u128() - 0x100),
        Target::Family => "family".to_owned(),
        Target::Contact(_) => "contact".to_owned(),
        Target::Principal(_) => "principal".to_owned(),
        Target::Desk => "desk".to_owned(),
        Target::DutyLeader => "leader".to_owned(),
        Target::NextSeat => "next".to_owned(),
        Target::CivilAffairs => "civil".to_owned(),
        Target::Station(kind) => kind.as_str().to_owned(),
        Target::Agency(agency) => agency.as_str().to_owned(),
    };
    format!("{}>{to}", it.kind)
}

fn words(it: &Drive) -> Vec<String> {
    it.told.iter().map(word).collect()
}

#[test]
fn the_way_of_one_case_tells_the_right_people() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    assert_eq!(words(&it), ["family_opened>family", "ring_desk>desk"]);
    let rows: Vec<(String, &str)> = vec![
        (
            told(&mut it, |it| drop(it.offer_grid(1, &[1, 2, 3]))),
            "offer>1 offer>2 offer>3",
        ),
        (told(&mut it, |it| drop(it.accept(2, 1, 100))), "provisional>1"),
        (told(&mut it, |it| drop(it.accept(3, 2, 200))), "provisional>2"),
        (
            told(&mut it, |it| _ = it.pass(10)),
            "backup>2 family_accepted>family lead>1 offer_ended>3",
        ),
        (
            told(&mut it, |it| {
                drop(it.ask(
                    11,
                    Command::VoiceResult {
                        result: Voice::NeedsHelp,
                    },
                ))
            }),
            "",
        ),
        (told(&mut it, |it| _ = it.pass(100)), "call_late>1"),
        (
            told(&mut it, |it| _ = it.pass(160)),
            "family_accepted>family lead>2 lead_revoked>1",
        ),
        (
            told(&mut it, |it| drop(it.ask(170, Command::Arrive { by: responder(2) }))),
            "family_arrived>family",
        ),
        (
            told(&mut it, |it| drop(it.ask(180, Command::NoEntry { by: responder(2) }))),
            "key_holders>family prompt_110>desk prompt_119>desk ring_desk>desk ring_desk>desk",
        ),
        (
            told(&mut it, |it| {
                drop(it.ask(
                    190,
                    Command::ContactMade {
                        by: responder(2),
                        near: true,
                    },
                ))
            }),
            "",
        ),
        (
            told(&mut it, |it| {
                drop(it.ask(
                    200,
                    Command::Refer {
                        referral: referral(1),
                        to: Agency::Ambulance,
                    },
                ))
            }),
            "referral>120",
        ),
        (
            told(&mut it, |it| {
                drop(it.ask(
                    205,
                    Command::AcknowledgeReferral {
                        referral: referral(1),
                        note: None,
                    },
                ))
            }),
            "",
        ),
        (
            told(&mut it, |it| drop(it.ask(210, Command::Support { by: responder(2) }))),
            "ring_desk>desk support>desk",
        ),
        (
            told(&mut it, |it| {
                drop(it.ask(
                    300,
                    Command::Resolve {
                        outcome: Outcome::HandedOver,
                    },
                ))
            }),
            "stand_down>2",
        ),
        (
            told(&mut it, |it| {
                drop(it.ask(
                    310,
                    Command::Close {
                        outcome: None,
                        proof: Proof::OnScene,
                    },
                ))
            }),
            "family_closed>family",
        ),
        (
            told(&mut it, |it| drop(it.ask(400, Command::Reopen { reason: note(1) }))),
            "family_opened>family ring_desk>desk",
        ),
    ];
    for (found, wanted) in rows {
        assert_eq!(found, wanted);
    }
    let mut keys = std::collections::BTreeSet::new();
    assert!(
        it.told.iter().all(|it| keys.insert((it.step.clone(), it.to))),
        "each step and target once"
    );
}

#[test]
fn the_street_that_does_not_answer_is_rung_with_its_leader_and_its_neighbour() {
    let mut it = Drive::open(Kind::Sos, &[], true);
    let found = told(&mut it, |it| _ = it.pass(60));
    assert!(
        found.contains("ring_duty_leader>leader") && found.contains("ring_desk>desk"),
        "{found}"
    );
    assert_eq!(
        told(&mut it, |it| drop(it.ask(61, Command::HandUp))),
        "ring_next_seat>next"
    );
    let found = told(&mut it, |it| _ = it.pass(90));
    assert!(found.contains("prompt_120>desk"), "{found}");
}

#[test]
fn who_stands_beside_the_tiers_is_told_at_its_station() {
    for (kind, need, wanted) in [
        (Kind::Smoke, Need::General, "support>fire_post"),
        (Kind::Sos, Need::Medical, "support>health_station"),
        (Kind::Duress, Need::General, "support>police_post"),
    ] {
        let it = Drive::open(kind, &[need], true);
        assert_eq!(
            words(&it).iter().filter(|it| it.as_str() == wanted).count(),
            1,
            "{kind}"
        );
    }
}

#[test]
fn fine_is_told_to_all_who_were_told_once() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.offer_grid(1, &[1, 2, 3]);
    it.accept(2, 1, 100).unwrap();
    let fine = told(&mut it, |it| {
        drop(it.ask(5, Command::VoiceResult { result: Voice::Fine }))
    });
    assert_eq!(
        fine,
        "family_false_alarm>family offer_ended>2 offer_ended>3 stand_down>1"
    );
    let closed = told(&mut it, |it| {
        drop(it.ask(
            6,
            Command::FalseAlarm {
                reason: FalseReason::MisPress,
            },
        ))
    });
    assert_eq!(closed, "", "and not a second time");
}

#[test]
fn families_hear_of_urgent_and_critical_calls_for_their_own_and_of_nothing_else() {
    for kind in Kind::ALL {
        let it = Drive::open(*kind, &[Need::General], true);
        let hears = words(&it).iter().any(|it| it == "family_opened>family");
        let wanted = kind.lane() == Lane::Help && kind.severity() >= Severity::Urgent;
        assert_eq!(hears, wanted, "{kind}");
    }
    let id = Uuid::from_u128(9);
    for (subject, wanted) in [
        (Subject::Elder(ElderId::new(id)), true),
        (Subject::Household(crate::ids::HouseholdId::new(id)), true),
        (Subject::Device(crate::ids::DeviceId::new(id)), false),
        (Subject::Area(crate::ids::AreaId::new(id)), false),
        (Subject::Responder(responder(1)), false),
        (Subject::Unknown(crate::ids::DeviceId::new(id)), false),
    ] {
        let mut of = opening(Kind::Sos, true);
        of.subject = subject;
        let it = Drive::opened(&of, &[Need::General], 12);
        assert_eq!(
            words(&it).iter().any(|it| it.ends_with(">family")),
            wanted,
            "{subject:?}"
        );
    }
    let mut of = opening(Kind::Inactivity, true);
    of.alert.severity = Severity::Routine;
    let mut it = Drive::opened(&of, &[Need::General], 12);
    let before = words(&it).len();
    it.ask(5, Command::Raise { to: Severity::Critical }).unwrap();
    assert!(words(&it)[before..].iter().any(|it| it == "ring_desk>desk"));
}

/// A set in which a press and inactivity of the general need tell the family nothing of the beginning.
fn told_later(kind: Kind, voice_path: bool) -> Drive {
    let mut set = yangcun();
    let later = |it: &&mut crate::case::plan::Rule| it.needs.contains(&Need::General);
    for rule in set.rules.iter_mut().filter(later) {
        rule.limits.family_at_opening = Some(false);
    }
    assert_eq!(set.mistakes(), [""; 0]);
    Drive::by_set(&set, &opening(kind, voice_path), &[Need::General], 12)
}

#[test]
fn a_plan_says_whether_the_family_hears_of_the_beginning() {
    let family = |all: String| -> Vec<String> {
        let theirs = all.split(' ').filter(|it| it.ends_with(">family"));
        theirs.map(str::to_owned).collect()
    };
    // As a rule they do, and the plan that says nothing of it is the plan that it always was.
    let it = Drive::open(Kind::Sos, &[Need::General], true);
    assert!(words(&it).contains(&"family_opened>family".to_owned()));
    assert!(
        !serde_json::to_string(it.plan.as_ref())
            .unwrap()
            .contains("family_at_opening")
    );

    // Nothing was wrong before anybody went: nobody is told that nothing was wrong.
    let mut it = told_later(Kind::Sos, true);
    assert_eq!(words(&it), ["ring_desk>desk"]);
    assert!(it.case.family_later && !it.plan.limits.family_at_opening);
    let fine = told(&mut it, |it| {
        drop(it.ask(5, Command::VoiceResult { result: Voice::Fine }))
    });
    assert_eq!(family(fine), [""; 0]);
    let over = Command::FalseAlarm {
        reason: FalseReason::MisPress,
    };
    assert_eq!(family(told(&mut it, |it| drop(it.ask(6, over)))), [""; 0]);

    // Somebody goes: from then on they hear all.
    let mut it = told_later(Kind::Sos, true);
    it.offer_grid(1, &[1]);
    assert_eq!(
        family(told(&mut it, |it| drop(it.accept(2, 1, 100)))),
        ["family_accepted>family"]
    );
    let fine = told(&mut it, |it| {
        drop(it.ask(20, Command::VoiceResult { result: Voice::Fine }))
    });
    assert_eq!(
        family(fine),
        ["family_false_alarm>family"],
        "who heard that somebody comes hears that it was nothing"
    );

    // What was real is told at its end, whoever went.
    let mut it = told_later(Kind::Sos, true);
    it.ask(
        3,
        Command::Resolve {
            outcome: Outcome::HandedOver,
        },
    )
    .unwrap();
    let close = Command::Close {
        outcome: None,
        proof: Proof::SecondLook { by: other() },
    };
    assert_eq!(
        family(told(&mut it, |it| drop(it.ask(4, close).unwrap()))),
        ["family_closed>family"]
    );
    let again = Command::Reopen { reason: note(1) };
    assert_eq!(
        family(told(&mut it, |it| drop(it.ask(9, again)))),
        ["family_opened>family"],
        "and so is that it goes on"
    );
}

#[test]
fn a_family_that_was_to_hear_later_hears_of_what_is_worse() {
    // An alert whose plan does tell them joins: the case has both plans, and the stricter is to tell.
    let mut it = told_later(Kind::Inactivity, false);
    assert!(!words(&it).iter().any(|it| it.ends_with(">family")));
    let stricter = Arc::new(yangcun().plan_for(Kind::Sos, &[Need::General].into(), 12));
    let joins = Command::Join {
        alert: alert(7, Kind::Sos),
    };
    let said = told(&mut it, |it| drop(it.ask_with(30, joins, Some(&stricter)).unwrap()));
    assert_eq!(said.matches("family_opened>family").count(), 1, "{said}");
    assert!(
        !it.case.family_later && it.plan.limits.family_at_opening && !said.contains("family_raised"),
        "{said}"
    );

    // One whose plan does not, does not change that.
    let mut it = told_later(Kind::Inactivity, false);
    let same = told_later(Kind::Sos, true).plan;
    let joins = Command::Join {
        alert: alert(7, Kind::Sos),
    };
    let said = told(&mut it, |it| drop(it.ask_with(30, joins, Some(&same)).unwrap()));
    assert!(it.case.family_later && !said.contains(">family"), "{said}");

    // A person who calls it critical has looked at it.
    let mut it = told_later(Kind::Inactivity, false);
    let raise = Command::Raise { to: Severity::Critical };
    let said = told(&mut it, |it| drop(it.ask(30, raise).unwrap()));
    assert_eq!(said.matches("family_opened>family").count(), 1, "{said}");
}

/// The whole way of a drill: nobody outside hears of it, and everybody inside does.
#[test]
fn a_drill_reaches_no_family_no_station_and_no_other_body() {
    let mut of = opening(Kind::Smoke, true);
    of.drill = true;
    let mut it = Drive::opened(&of, &[Need::General], 12);
    it.offer_grid(1, &[1]);
    it.accept(2, 1, 100).unwrap();
    it.pass(70);
    it.ask(
        80,
        Command::Refer {
            referral: referral(1),
            to: Agency::District,
        },
    )
    .unwrap();
    it.ask(
        81,
        Command::AcknowledgeReferral {
            referral: referral(1),
            note: None,
        },
    )
    .unwrap();
    it.ask(90, Command::Arrive { by: responder(1) }).unwrap();
    it.ask(95, Command::NoEntry { by: responder(1) }).unwrap();
    it.ask(
        99,
        Command::ContactMade {
            by: responder(1),
            near: true,
        },
    )
    .unwrap();
    it.ask(
        100,
        Command::Close {
            outcome: Some(Outcome::Helped),
            proof: Proof::OnScene,
        },
    )
    .unwrap();
    for notice in &it.told {
        let inside = matches!(
            notice.to,
            Target::Responder(_) | Target::Desk | Target::DutyLeader | Target::NextSeat
        );
        assert!(inside, "{notice:?}");
    }
    for kind in [N::RingDesk, N::Offer, N::Lead, N::StandDown] {
        assert!(it.told.iter().any(|it| it.kind == kind), "{kind}");
    }
}

#[test]
fn a_suspected_death_tells_the_duty_leader_and_nobody_of_the_family() {
    let mut it = Drive::at_the_door(Kind::Fall, &[Need::General]);
    it.ask(
        60,
        Command::ContactMade {
            by: responder(1),
            near: true,
        },
    )
    .unwrap();
    let found = told(&mut it, |it| {
        it.ask(
            70,
            Command::Resolve {
                outcome: Outcome::SuspectedDeath,
            },
        )
        .unwrap();
        it.pass(2_000);
        it.ask(
            2_001,
            Command::Close {
                outcome: None,
                proof: Proof::OnScene,
            },
        )
        .unwrap();
    });
    assert_eq!(found, "ring_duty_leader>leader stand_down>1");
    let mut it = Drive::open(Kind::Inactivity, &[Need::General], true);
    it.ask(
        70,
        Command::Resolve {
            outcome: Outcome::SuspectedDeath,
        },
    )
    .unwrap();
    let found = told(&mut it, |it| {
        drop(it.ask(
            80,
            Command::Close {
                outcome: Some(Outcome::Helped),
                proof: Proof::None,
            },
        ))
    });
    assert_eq!(found, "", "what was frozen stays frozen");
}

#[test]
fn every_kind_of_notice_reads_back() {
    for kind in N::ALL {
        assert_eq!(kind.as_str().parse::<N>(), Ok(*kind));
    }
    let notice = Notice {
        kind: N::Lead,
        to: Target::Agency(Agency::Ambulance),
        step: "3:lead".to_owned(),
        record: 3,
    };
    let text = serde_json::to_string(&notice).unwrap();
    assert_eq!(serde_json::from_str::<Notice>(&text).unwrap(), notice, "{text}");
}
