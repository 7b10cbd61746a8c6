//! Urging by the family: its limits, and that it moves nothing.

use super::*;
use crate::case::urge::{URGE_AFTER_S, URGES_MAX};

fn urge(n: u128) -> Command {
    Command::FamilySaid {
        contact: contact(n),
        said: FamilyWord::Urge,
    }
}

#[test]
fn the_family_urges_after_three_minutes_three_times_and_no_more() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.by = Author::Family(contact(1));
    let table: &[(i64, u128, &str)] = &[
        (0, 1, "refused: urged_lately"),
        (179, 1, "refused: urged_lately"),
        (180, 1, "family_said"),
        // Of the whole family, not of each.
        (181, 2, "refused: urged_lately"),
        (359, 2, "refused: urged_lately"),
        (360, 2, "family_said"),
        (540, 1, "family_said"),
        (541, 1, "refused: urged_enough"),
        (9_000, 3, "refused: urged_enough"),
    ];
    for (at, who, wanted) in table {
        assert_eq!(it.says(*at, urge(*who)), *wanted, "{at} s, contact {who}");
    }
    assert_eq!(it.case.urges().count(), URGES_MAX);
    assert_eq!(it.case.urging().map(|it| it.left), Some(0));
}

#[test]
fn an_urge_moves_no_clock_and_rings_the_desk_each_time() {
    for taken in [false, true] {
        let mut it = Drive::open(Kind::Sos, &[Need::General], true);
        if taken {
            it.ask(5, Command::Take).unwrap();
        }
        it.by = Author::Family(contact(1));
        for at in [180, 400] {
            let before = it.case.clone();
            let from = it.told.len();
            it.ask(at, urge(1)).unwrap();
            assert_eq!(
                (&it.case.clocks, it.case.due_at()),
                (&before.clocks, before.due_at()),
                "no clock"
            );
            assert_eq!(
                (it.case.tier, it.case.severity, it.case.tone, it.case.taken_by),
                (before.tier, before.severity, before.tone, before.taken_by)
            );
            let told: Vec<_> = it.told[from..].iter().map(|it| (it.kind, it.to)).collect();
            assert_eq!(told, [(NoticeKind::FamilyUrges, Target::Desk)]);
        }
    }
}

#[test]
fn there_is_nothing_to_urge_with_somebody_inside_or_after_the_end() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.offer_grid(1, &[1, 2]);
    it.accept(1, 1, 100).unwrap();
    it.pass(9);
    assert_eq!(
        it.case.urging().map(|it| (it.left, it.from)),
        Some((URGES_MAX, t(URGE_AFTER_S.into())))
    );
    it.ask(50, Command::Arrive { by: responder(1) }).unwrap();
    assert_eq!(it.says(200, urge(1)), "family_said", "at the door is not inside");
    let inside = Command::ContactMade {
        by: responder(1),
        near: true,
    };
    it.ask(210, inside).unwrap();
    assert_eq!(
        (it.says(500, urge(1)).as_str(), it.case.urging()),
        ("refused: not_now", None)
    );
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    let fine = Command::VoiceResult { result: Voice::Fine };
    it.ask(100, fine).unwrap();
    assert_eq!(
        (it.says(500, urge(1)).as_str(), it.case.urging()),
        ("refused: case_over", None)
    );
}
