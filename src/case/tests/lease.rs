//! The take as a lease: one holder, renewed by what the holder does, over when nothing is done; it puts off nothing else.

use super::*;
use crate::case::decide::{TAKE_LEASE_QUIET_S, TAKE_LEASE_S};
use crate::case::record::Ring;

const LEASE: Clock = Clock::case(ClockKind::Lease);

fn desk_id() -> UserId {
    UserId::new(Uuid::from_u128(0x50))
}

fn taken(kind: Kind) -> Drive {
    let mut it = Drive::open(kind, &[Need::General], true);
    it.ask(3, Command::Take).unwrap();
    it
}

#[test]
fn of_two_who_press_the_second_is_told_of_the_first() {
    let mut it = taken(Kind::Sos);
    it.by = Author::User(other());
    assert_eq!(it.ask(3, Command::Take), Err(Refusal::HeldBy(desk_id())));
    assert_eq!(it.case.taken_by, Some(desk_id()));
    assert_eq!(it.says(4, Command::KeepTake), "refused: not_held");
}

#[test]
fn taking_over_names_from_whom() {
    let mut it = taken(Kind::Sos);
    it.by = Author::User(other());
    // Whoever was seen there has gone meanwhile: the one who holds it now keeps it.
    assert_eq!(
        it.ask(10, Command::TakeOver { from: other() }),
        Err(Refusal::HeldBy(desk_id()))
    );
    assert_eq!(it.says(10, Command::TakeOver { from: desk_id() }), "taken");
    assert_eq!(it.case.holder(), Some(other()));
    it.by = desk();
    assert_eq!(it.says(11, Command::KeepTake), "refused: not_held");
}

#[test]
fn a_take_that_nothing_is_done_about_lapses_and_rings_again() {
    let mut it = taken(Kind::Sos);
    let last = 3 + i64::from(TAKE_LEASE_S);
    assert_eq!(it.clock(LEASE), Some(last));
    it.pass(last - 1);
    assert_eq!(it.case.holder(), Some(desk_id()));
    let rounds = it.case.rounds;
    it.pass(last);
    assert_eq!((it.case.taken_by, it.case.tone), (None, true));
    assert!(it.case.rounds > rounds);
    assert!(
        it.clock(Clock::case(ClockKind::Untouched)).is_some(),
        "as critical and untouched as at first"
    );
    it.by = Author::User(other());
    assert_eq!(it.says(last + 1, Command::Take), "taken");
}

#[test]
fn what_the_holder_does_renews_it_in_the_same_record_and_what_others_do_does_not() {
    let mut it = taken(Kind::Sos);
    assert_eq!(it.says(100, Command::Note { note: note(1) }), "noted");
    let renewed = 100 + i64::from(TAKE_LEASE_S);
    assert_eq!(it.clock(LEASE), Some(renewed));
    it.by = Author::User(other());
    it.ask(150, Command::Note { note: note(2) }).unwrap();
    it.ask(151, Command::VoiceResult { result: Voice::Unclear }).unwrap();
    it.look(152);
    assert_eq!(it.clock(LEASE), Some(renewed));
}

#[test]
fn being_at_it_is_written_once_in_half_a_lease_and_silences_nothing() {
    let mut it = taken(Kind::Sos);
    let half = 3 + i64::from(TAKE_LEASE_S) / 2;
    assert_eq!(it.says(half, Command::KeepTake), "");
    it.pass(half + 1); // the street has rung meanwhile, and a phone is next
    let (tone, ring) = (it.case.tone, it.clock(Clock::case(ClockKind::Ring)));
    let look = it.look_at();
    assert!(tone && ring.is_some());
    assert_eq!(it.says(half + 1, Command::KeepTake), "take_kept");
    assert_eq!(it.clock(LEASE), Some(half + 1 + i64::from(TAKE_LEASE_S)));
    assert_eq!((it.case.tone, it.clock(Clock::case(ClockKind::Ring))), (tone, ring));
    assert_eq!(it.look_at(), look, "looking puts off no look");
}

#[test]
fn the_ladder_goes_on_under_a_take_that_is_kept_for_ever() {
    let mut it = taken(Kind::Sos);
    for at in (100..=900).step_by(100) {
        it.pass(at);
        it.ask(at, Command::KeepTake).unwrap();
    }
    assert_eq!(it.case.tier, Tier::Street);
    assert!(it.case.door_late && it.case.holder().is_some());
    let leader = |it: &Record| {
        matches!(
            it.event,
            Event::Rang {
                whom: Ring::DutyLeader,
                ..
            }
        )
    };
    assert!(
        it.log.iter().any(leader),
        "the phone rings though somebody sits before it"
    );
}

#[test]
fn what_makes_no_sound_may_lie_longer_and_lapses_in_silence() {
    let mut it = Drive::open(Kind::LowBattery, &[], false);
    it.ask(3, Command::Take).unwrap();
    let last = 3 + i64::from(TAKE_LEASE_QUIET_S);
    assert_eq!(it.clock(LEASE), Some(last));
    it.pass(last);
    assert_eq!((it.case.taken_by, it.case.tone), (None, false));
}

#[test]
fn what_is_over_is_held_by_nobody() {
    let mut it = taken(Kind::Sos);
    it.ask(20, Command::VoiceResult { result: Voice::Fine }).unwrap();
    assert_eq!((it.case.state, it.clock(LEASE)), (State::Resolved, None));
    assert_eq!(it.case.taken_by, Some(desk_id()), "who had it stays to be read");
    it.by = Author::User(other());
    assert_eq!(it.says(21, Command::Take), "taken");
}

/// A case of before there were leases was taken by a record without one.
#[test]
fn a_take_from_before_there_were_leases_keeps_nobody_out() {
    let mut it = taken(Kind::Sos);
    it.case.clocks.retain(|it| it.clock != LEASE);
    assert_eq!(it.case.holder(), None);
    it.by = Author::User(other());
    assert_eq!(it.says(10, Command::Take), "taken");
    assert_eq!(it.case.holder(), Some(other()));
}
