//! The family is asked one after the other, beside all else.

use super::*;
use crate::case::family::{Askable, TRY_S};
use crate::case::open_with;
use crate::ids::ContactId;

pub(super) fn contact(n: u128) -> ContactId {
    ContactId::new(Uuid::from_u128(0xc0 + n))
}

fn askable(n: u128) -> Askable {
    Askable {
        contact: contact(n),
        coming: false,
    }
}

/// A press of somebody whose plan asks the family, with these contacts.
fn asking(contacts: &[u128]) -> Drive {
    asking_by(&yangcun(), contacts)
}

/// As [`asking`], by the plans of a set.
pub(super) fn asking_by(set: &PlanSet, contacts: &[u128]) -> Drive {
    let family: Vec<Askable> = contacts.iter().map(|n| askable(*n)).collect();
    let plan = Arc::new(set.plan_for(Kind::Sos, &[Need::HighRisk].into(), 12));
    let opened = open_with(&opening(Kind::Sos, true), &plan, Author::System, t(0), &|_, _| {
        family.clone()
    });
    Drive {
        told: notices(None, &opened.case, &opened.records),
        case: opened.case,
        plan,
        log: opened.records,
        by: desk(),
        busy: vec![],
        family,
    }
}

/// Who was asked, in which round and when; 0: nobody has confirmed.
pub(super) fn questions(it: &Drive) -> Vec<(u128, u8, i64)> {
    let number = |id: ContactId| id.as_uuid().as_u128() - 0xc0;
    let seconds = |it: &Record| it.at.as_second() - t(0).as_second();
    it.log
        .iter()
        .filter_map(|record| match &record.event {
            Event::FamilyAsked { contact, round } => Some((number(*contact), *round, seconds(record))),
            Event::FamilyUnconfirmed { .. } => Some((0, 0, seconds(record))),
            _ => None,
        })
        .collect()
}

pub(super) fn says(it: &mut Drive, at: i64, n: u128, said: FamilyWord) {
    let command = Command::FamilySaid {
        contact: contact(n),
        said,
    };
    it.ask_as(at, command, Author::Family(contact(n))).unwrap();
}

const TRY: i64 = TRY_S as i64;

#[test]
fn the_family_is_asked_in_order_through_two_rounds_and_then_the_case_says_who_was_tried() {
    let mut it = asking(&[1, 2]);
    assert_eq!(questions(&it), [(1, 1, 0)], "at once, with the opening");
    assert_eq!(it.case.asked_of_family(), Some(contact(1)));
    it.pass(4 * TRY);
    let wanted = [
        (1, 1, 0),
        (2, 1, TRY),
        (1, 2, 2 * TRY),
        (2, 2, 3 * TRY),
        (0, 0, 4 * TRY),
    ];
    assert_eq!(questions(&it), wanted);
    let tried = it.log.iter().find_map(|it| match &it.event {
        Event::FamilyUnconfirmed { tried } => Some(tried.clone()),
        _ => None,
    });
    assert_eq!(tried, Some(vec![contact(1), contact(2)]), "each once");
    it.pass(20 * TRY);
    assert_eq!(questions(&it).len(), 5, "and that is all");
    // A late word is as good.
    says(&mut it, 20 * TRY, 2, FamilyWord::Seen);
    assert_eq!(
        it.case.family_ask.as_ref().and_then(|it| it.confirmed),
        Some(contact(2))
    );
}

#[test]
fn each_question_is_told_to_the_one_who_is_asked_under_a_step_of_its_own() {
    let mut it = asking(&[1]);
    it.pass(TRY);
    let asked: Vec<&Notice> = it.told.iter().filter(|it| it.kind == NoticeKind::FamilyAsk).collect();
    assert_eq!(asked.len(), 2, "an only contact is asked twice");
    assert!(asked.iter().all(|it| it.to == Target::Contact(contact(1))));
    assert_ne!(asked[0].step, asked[1].step);
}

#[test]
fn a_word_of_anybody_of_the_family_stops_the_rest_and_an_urge_does_not() {
    for said in [FamilyWord::Seen, FamilyWord::Going, FamilyWord::FalseAlarm] {
        let mut it = asking(&[1, 2]);
        says(&mut it, 10, 2, said);
        assert_eq!(it.case.clock(Clock::case(ClockKind::FamilyTry)), None, "{said}");
        it.pass(10 * TRY);
        assert_eq!(questions(&it), [(1, 1, 0)], "{said}");
    }
    let mut it = asking(&[1, 2]);
    it.pass(TRY * 3);
    says(&mut it, TRY * 3, 2, FamilyWord::Urge);
    it.pass(TRY * 4);
    assert_eq!(questions(&it).last(), Some(&(0, 0, 4 * TRY)), "to ask is not to answer");
}

#[test]
fn who_cannot_is_not_asked_again_and_who_was_not_reached_is() {
    let mut it = asking(&[1, 2]);
    it.ask_as(
        5,
        Command::FamilyCannot { contact: contact(1) },
        Author::Family(contact(1)),
    )
    .unwrap();
    assert_eq!(questions(&it), [(1, 1, 0), (2, 1, 5)], "the next at once");
    let unreached = |n| Command::NotTold {
        notice: NoticeKind::FamilyAsk,
        target: contact(n).to_string(),
    };
    it.ask_as(9, unreached(2), Author::System).unwrap();
    assert_eq!(
        questions(&it).last(),
        Some(&(2, 2, 9)),
        "the second round of the only one who is left"
    );
    it.ask_as(10, unreached(1), Author::System).unwrap();
    it.ask_as(
        10,
        Command::FamilyCannot { contact: contact(1) },
        Author::Family(contact(1)),
    )
    .unwrap();
    assert_eq!(
        questions(&it).len(),
        3,
        "of whoever is not being asked it changes nothing"
    );
}

#[test]
fn whoever_comes_as_a_responder_has_said_so() {
    let mut it = asking(&[1, 2]);
    it.family[1].coming = true;
    it.pass(TRY);
    assert_eq!(questions(&it), [(1, 1, 0)]);
    assert_eq!(
        it.case.family_ask.as_ref().and_then(|it| it.confirmed),
        Some(contact(2))
    );
}

#[test]
fn the_question_delays_nothing_and_ends_with_the_case() {
    let theirs = |it: &Record| {
        let of_family = matches!(it.event, Event::FamilyAsked { .. } | Event::FamilyUnconfirmed { .. });
        (!of_family).then(|| (it.at, it.event.name()))
    };
    let (mut with, mut without) = (asking(&[1, 2, 3]), asking(&[]));
    with.pass(900);
    without.pass(900);
    let (with, without): (Vec<_>, Vec<_>) = (
        with.log.iter().filter_map(theirs).collect(),
        without.log.iter().filter_map(theirs).collect(),
    );
    assert_eq!(with, without, "every other step at its own instant");
    let mut it = asking(&[1, 2]);
    it.ask(20, Command::VoiceResult { result: Voice::Fine }).unwrap();
    it.pass(900);
    assert_eq!(questions(&it), [(1, 1, 0)], "nobody is asked of what is over");
    let it = asking(&[]);
    assert_eq!(questions(&it), [(0, 0, 0)], "nobody to ask: the case says so at once");
}

#[test]
fn an_exercise_asks_nobody() {
    let plan = Arc::new(yangcun().plan_for(Kind::Sos, &[Need::HighRisk].into(), 12));
    let drill = Opening {
        drill: true,
        ..opening(Kind::Sos, true)
    };
    let opened = open_with(&drill, &plan, Author::System, t(0), &|_, _| vec![askable(1)]);
    assert!(!opened.records.iter().any(|it| it.event.name().starts_with("family_")));
}
