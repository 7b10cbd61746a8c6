//! Offers: who is asked, whose yes counts, who leads.

use super::*;
use crate::case::record::{SeekWhy, StandDownWhy};

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
    assert_eq!(it.place(1), Some(Place::Provisional));
    it.accept(5, 2, 200).unwrap();
    assert_eq!(it.lead(), None);
    it.look(9);
    assert_eq!(it.lead(), None, "eight seconds from the first yes");
    it.look(10);
    assert_eq!(
        (it.lead(), it.place(1), it.case.state),
        (Some(2), Some(Place::Backup), State::Engaged)
    );
    assert_eq!(it.accept(11, 3, 300), Err(Refusal::TakenBy(responder(2))));
}

/// Offer state × answer. Number 1 answers; number 2 is asked as well, so that nobody leads at once.
#[test]
fn every_state_of_an_offer_answers_every_answer() {
    type Bring = fn(&mut Drive);
    let states: &[(&str, Bring)] = &[
        ("open", |_| {}),
        ("received", |it| {
            let offer = it.case.offer_to(responder(1)).unwrap().id;
            it.ask(2, Command::Received { offer, by_call: false }).unwrap();
        }),
        ("silent", |it| _ = it.pass(25)),
        ("accepted", |it| drop(it.accept(2, 1, 100).unwrap())),
        ("declined", |it| drop(it.decline(2, 1).unwrap())),
        ("ended, led", |it| {
            it.accept(2, 2, 100).unwrap();
            it.pass(10);
        }),
        ("ended, lead lost", |it| {
            it.accept(2, 2, 100).unwrap();
            it.pass(10);
            it.decline(11, 2).unwrap();
        }),
        ("over", |it| {
            drop(
                it.ask(
                    2,
                    Command::Resolve {
                        outcome: Outcome::Helped,
                    },
                )
                .unwrap(),
            )
        }),
    ];
    let table = [
        ("open", "accepted", "declined seeking", "received"),
        ("received", "accepted", "declined seeking", ""),
        ("silent", "accepted", "declined", "received"),
        ("accepted", "", "declined seeking", ""),
        ("declined", "accepted", "", ""),
        ("ended, led", "accepted", "declined", ""),
        ("ended, lead lost", "accepted", "declined seeking", ""),
        ("over", "refused: case_over", "declined", ""),
    ];
    for ((name, bring), (row, accept, decline, received)) in states.iter().zip(table) {
        assert_eq!(*name, row);
        let mut it = Drive::open(Kind::Fall, &[Need::General], true);
        it.offer_grid(1, &[1, 2]);
        bring(&mut it);
        let (offer, by) = (it.case.offer_to(responder(1)).unwrap().id, responder(1));
        let rows = [
            (
                Command::Accept {
                    offer,
                    by,
                    eta_s: Some(60),
                },
                accept,
            ),
            (
                Command::Decline {
                    offer,
                    by,
                    reason: DeclineReason::NotAble,
                },
                decline,
            ),
            (Command::Received { offer, by_call: false }, received),
        ];
        for (command, wanted) in rows {
            let answer = command.name();
            assert_eq!(it.clone().says(26, command), wanted, "{name} × {answer}");
        }
        let stranger = Command::Accept {
            offer,
            by: responder(8),
            eta_s: None,
        };
        assert_eq!(it.clone().says(26, stranger), "refused: not_offered", "{name}");
        let nothing = Command::Accept {
            offer: crate::ids::OfferId::new(Uuid::nil()),
            by,
            eta_s: None,
        };
        assert_eq!(it.says(26, nothing), "refused: no_such_offer", "{name}");
    }
}

#[test]
fn as_soon_as_all_have_answered_the_best_leads() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(1, &[1, 2]);
    it.accept(2, 2, 200).unwrap();
    assert_eq!(it.lead(), None);
    it.accept(3, 1, 100).unwrap();
    assert_eq!(it.lead(), Some(1));
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(1, &[1, 2]);
    it.accept(2, 2, 200).unwrap();
    it.decline(3, 1).unwrap();
    assert_eq!(it.lead(), None, "the next is asked");
    let tier = it.case.tier;
    it.offer(3, vec![]);
    assert_eq!(
        (it.lead(), it.case.tier),
        (Some(2), tier),
        "there is no next: somebody took it, and nothing climbs"
    );
}

#[test]
fn a_yes_after_the_window_is_not_compared_however_late_we_look() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(1, &[1, 2, 3]);
    it.accept(2, 3, 300).unwrap();
    it.accept(10, 1, 1).unwrap(); // the window was over at this very second, and nobody had looked
    assert_eq!((it.lead(), it.place(1)), (Some(3), Some(Place::Backup)));
}

#[test]
fn an_ended_offer_counts_while_nobody_leads() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(1, &[1, 2]);
    it.accept(2, 1, 100).unwrap();
    it.pass(10);
    assert_eq!(it.case.offer_to(responder(2)).unwrap().state, OfferState::Ended);
    it.decline(20, 1).unwrap();
    assert_eq!(it.case.state, State::Ringing);
    it.accept(21, 2, 200).unwrap();
    it.pass(29);
    assert_eq!(it.lead(), Some(2));
}

#[test]
fn a_key_and_a_skill_are_worth_seconds() {
    for (key_holder, skilled, slower_by, leads) in [
        (false, false, 1, 1),
        (true, false, 59, 2),
        (true, false, 61, 1),
        (false, true, 29, 2),
        (false, true, 31, 1),
        (true, true, 89, 2),
    ] {
        let mut it = Drive::open(Kind::Fall, &[Need::General], true);
        let first = Candidate {
            skilled: false,
            ..candidate(1, Tier::Grid, 200)
        };
        let second = Candidate {
            key_holder,
            skilled,
            ..candidate(2, Tier::Grid, 200 + slower_by)
        };
        it.offer(1, vec![first, second]);
        it.accept(2, 1, 200).unwrap();
        it.accept(2, 2, 200 + slower_by).unwrap();
        assert_eq!(
            it.lead(),
            Some(leads),
            "key {key_holder} skill {skilled} {slower_by} s slower"
        );
    }
}

/// A family member leads only with an arrival inside the door clock, and does not stop the grid's clock without.
#[test]
fn family_leads_only_inside_the_door_clock() {
    for (eta_s, leads) in [(None, None), (Some(898), Some(1)), (Some(899), None)] {
        let mut it = Drive::open(Kind::Fall, &[Need::General], true);
        it.offer(
            1,
            vec![Candidate {
                seconds: None,
                ..candidate(1, Tier::Home, 100)
            }],
        );
        let offer = it.case.offer_to(responder(1)).unwrap().id;
        it.ask(
            2,
            Command::Accept {
                offer,
                by: responder(1),
                eta_s,
            },
        )
        .unwrap();
        it.pass(10);
        assert_eq!(it.lead(), leads, "{eta_s:?}");
        it.pass(60);
        assert_eq!(
            it.case.tier == Tier::Home,
            leads.is_some(),
            "the grid's clock, {eta_s:?}"
        );
        // And leads as soon as they are near enough.
        it.ask(
            61,
            Command::Depart {
                by: responder(1),
                eta_s: Some(300),
            },
        )
        .unwrap();
        assert_eq!(it.lead(), Some(1), "{eta_s:?}");
        assert!(
            it.clock(Clock::of(ClockKind::Progress, responder(1))).is_some(),
            "and is watched on the way"
        );
    }
}

#[test]
fn who_leads_elsewhere_never_leads_here() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(1, &[1, 2]);
    it.accept(2, 1, 100).unwrap();
    it.busy = vec![1];
    it.pass(9);
    assert_eq!(it.lead(), None);
    it.pass(10);
    assert_eq!((it.lead(), it.place(1)), (None, Some(Place::StoodDown)));
    assert!(it.case.seek.is_some(), "the next at once");
    assert_eq!(it.accept(11, 1, 100), Err(Refusal::Busy));
    assert_eq!(
        it.says(
            11,
            Command::Assign {
                responder: responder(1),
                tier: Tier::Grid,
                eta_s: None
            }
        ),
        "refused: busy"
    );
    it.busy = vec![2, 3];
    let events = it.offer_grid(12, &[2, 3]);
    assert!(
        matches!(events[0], Event::NobodyFound { excluded_count: 2, .. }),
        "{events:?}"
    );
}

#[test]
fn nobody_is_asked_twice_and_a_stale_answer_is_not_taken() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    let no = it.case.seek.as_ref().unwrap().no;
    it.offer(
        1,
        vec![
            candidate(1, Tier::Grid, 100),
            candidate(1, Tier::Grid, 100),
            candidate(2, Tier::Grid, 200),
        ],
    );
    assert_eq!(it.case.offers.len(), 2);
    it.decline(2, 1).unwrap();
    let stale = Command::Offer {
        ranked: vec![candidate(5, Tier::Grid, 100)],
        excluded: vec![],
        excluded_count: 0,
        as_of: t(2),
        seek_no: no,
    };
    assert_eq!(it.says(3, stale), "");
    let events = it.offer_grid(3, &[1, 2, 3]);
    let Event::Offered { offers, excluded, .. } = &events[0] else {
        panic!("{events:?}")
    };
    assert_eq!(
        offers.iter().map(|it| it.candidate.responder).collect::<Vec<_>>(),
        [responder(3)]
    );
    let reasons: Vec<&str> = excluded.iter().map(|it| it.reason.as_str()).collect();
    assert_eq!(reasons, ["declined", "already_offered"]);
}

#[test]
fn exclusions_are_kept_by_name_up_to_a_limit_and_counted_beyond() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    let seek_no = it.case.seek.as_ref().unwrap().no;
    let excluded = (0..100)
        .map(|n| Exclusion {
            responder: responder(n),
            reason: "off_duty".to_owned(),
        })
        .collect();
    let command = Command::Offer {
        ranked: vec![],
        excluded,
        excluded_count: u32::MAX,
        as_of: t(1),
        seek_no,
    };
    let events = it.ask(1, command).unwrap();
    let Event::NobodyFound {
        excluded,
        excluded_count,
        ..
    } = &events[0]
    else {
        panic!("{events:?}")
    };
    assert_eq!(
        (excluded.len(), *excluded_count),
        (crate::case::offers::EXCLUSIONS_MAX, u32::MAX)
    );
}

#[test]
fn a_receipt_starts_the_silence_once_and_a_call_gives_more_time() {
    for (by_call, until) in [(false, 30), (true, 55)] {
        let mut it = Drive::open(Kind::Fall, &[Need::General], true);
        it.offer_grid(1, &[1]);
        let silence = Clock::of(ClockKind::Silence, responder(1));
        assert_eq!(it.clock(silence), Some(21));
        let offer = it.case.offers[0].id;
        it.ask(10, Command::Received { offer, by_call }).unwrap();
        assert_eq!(it.clock(silence), Some(until));
        assert_eq!(it.says(15, Command::Received { offer, by_call }), "");
        assert_eq!(it.clock(silence), Some(until));
    }
}

#[test]
fn whom_no_way_leads_to_is_passed_over_at_once_and_may_come_all_the_same() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(1, &[1, 2]);
    let of = |it: &Drive, n| it.case.offer_to(responder(n)).unwrap().id;
    let (one, two) = (of(&it, 1), of(&it, 2));
    let silence = Clock::of(ClockKind::Silence, responder(1));
    let said = it.says(3, Command::Unreached { offer: one });
    assert!(said.starts_with("silent"), "{said}");
    assert_eq!(it.clock(silence), None);
    assert_eq!(it.says(4, Command::Unreached { offer: one }), "");
    // Somebody has the other one.
    let received = Command::Received {
        offer: two,
        by_call: false,
    };
    it.ask(5, received).unwrap();
    assert_eq!(it.says(6, Command::Unreached { offer: two }), "");
    it.accept(7, 1, 60).unwrap();
    assert_eq!(it.place(1), Some(Place::Provisional));
    assert_eq!(it.says(8, Command::Unreached { offer: one }), "");
}

#[test]
fn a_lead_who_declines_is_replaced_by_the_back_up() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(1, &[1, 2, 3]);
    for n in [1, 2, 3] {
        it.accept(2, n, 100 * u32::try_from(n).unwrap()).unwrap();
    }
    assert_eq!(
        (it.lead(), it.place(2), it.place(3)),
        (Some(1), Some(Place::Backup), Some(Place::StoodDown))
    );
    it.ask(
        5,
        Command::Depart {
            by: responder(2),
            eta_s: Some(200),
        },
    )
    .unwrap();
    it.decline(20, 1).unwrap();
    assert_eq!((it.lead(), it.case.state), (Some(2), State::Engaged));
    assert!(
        it.clock(Clock::of(ClockKind::Progress, responder(2))).is_some(),
        "has left already: watched on the way"
    );
    assert!(it.clock(Clock::of(ClockKind::Departure, responder(2))).is_none());
    assert_eq!(
        it.says(
            21,
            Command::StandDown {
                responder: responder(1)
            }
        ),
        "",
        "stood down already"
    );
    assert_eq!(
        it.says(
            21,
            Command::StandDown {
                responder: responder(7)
            }
        ),
        "refused: not_assigned"
    );
}

#[test]
fn who_was_sent_and_cannot_go_is_stood_down_at_their_own_word() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(1, &[1]);
    it.accept(2, 1, 100).unwrap();
    let back_up = Command::Assign {
        responder: responder(2),
        tier: Tier::Grid,
        eta_s: Some(60),
    };
    it.ask(11, back_up).unwrap();
    assert_eq!(it.place(2), Some(Place::Backup));
    it.by = Author::Responder(responder(2));
    it.ask(
        12,
        Command::StandDown {
            responder: responder(2),
        },
    )
    .unwrap();
    let why = it.log.iter().rev().find_map(|it| match &it.event {
        Event::StoodDown { why, .. } => Some((it.by, *why)),
        _ => None,
    });
    assert_eq!(why, Some((it.by, StandDownWhy::Declined)));
    assert_eq!((it.place(2), it.lead()), (Some(Place::StoodDown), Some(1)));
}

#[test]
fn two_are_asked_for_until_two_are_coming() {
    let mut it = Drive::open(Kind::Fall, &[Need::Disabled], true);
    it.offer_grid(1, &[1]);
    it.accept(2, 1, 100).unwrap();
    assert_eq!(it.lead(), Some(1));
    let why = |it: &Drive| match it.log.last().map(|it| it.event.clone()) {
        Some(Event::Seeking { why, .. }) => Some(why),
        _ => None,
    };
    assert_eq!(why(&it), Some(SeekWhy::Pair));
    it.offer_grid(3, &[2]);
    it.decline(4, 2).unwrap();
    assert!(it.case.seek.is_some(), "a no asks the next");
    it.offer_grid(5, &[3]);
    it.pass(25);
    assert!(it.case.seek.is_some(), "and so does silence");
    it.offer_grid(26, &[4]);
    it.accept(27, 4, 200).unwrap();
    assert_eq!(it.place(4), Some(Place::Backup));
    it.ask(28, Command::Arrive { by: responder(1) }).unwrap();
    assert_eq!(
        it.place(4),
        Some(Place::Backup),
        "nobody goes inside alone: the second still comes"
    );
    it.decline(29, 4).unwrap();
    assert!(it.case.seek.is_some(), "the second is lost: another is asked");
    for _ in 0..3 {
        it.offer(30, vec![]); // nobody in this tier: the next one is asked
    }
    assert_eq!((it.case.tier, it.case.seek.is_none()), (Tier::Street, true));
    assert!(it.case.tone, "nobody is left: the desk hears it");
}

#[test]
fn an_arrival_beyond_the_clock_asks_the_next_at_once_and_says_why() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.ask(
        0,
        Command::VoiceResult {
            result: Voice::NeedsHelp,
        },
    )
    .unwrap();
    it.offer_grid(1, &[1]);
    let events = it.accept(2, 1, 1_200).unwrap();
    assert!(
        events
            .iter()
            .any(|it| matches!(it, Event::EtaBeyond { eta_s: 1_200, .. })),
        "{events:?}"
    );
    assert_eq!(it.lead(), Some(1));
    it.offer_grid(3, &[2]);
    it.accept(4, 2, 200).unwrap();
    assert_eq!(it.place(2), Some(Place::Backup), "asked beside the lead, and taken");
    it.pass(60);
    assert_eq!(
        it.case.tier,
        Tier::Grid,
        "the ladder does not rest for somebody who comes too late"
    );
}

#[test]
fn who_is_sent_by_the_desk_leads_at_once_and_keeps_what_was_reached() {
    let mut it = Drive::open(Kind::Fall, &[Need::General], true);
    it.offer_grid(1, &[1, 2]);
    it.accept(2, 1, 500).unwrap();
    it.ask(
        3,
        Command::Depart {
            by: responder(1),
            eta_s: Some(500),
        },
    )
    .unwrap();
    let send = |n| Command::Assign {
        responder: responder(n),
        tier: Tier::Street,
        eta_s: None,
    };
    it.ask(4, send(1)).unwrap();
    assert_eq!(
        (it.lead(), it.case.lead().map(|it| it.stage)),
        (Some(1), Some(Stage::EnRoute))
    );
    assert_eq!(it.says(5, send(1)), "", "said twice");
    it.ask(6, send(7)).unwrap();
    assert_eq!(it.place(7), Some(Place::Backup));
}
