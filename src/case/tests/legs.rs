//! "1+4": relative, grid, civil affairs and duty are called together, and the first who accepts stops what that makes needless.

use super::family::{asking_by, questions, says};
use super::*;
use crate::case::family::TRY_S;
use crate::case::plan::StepKind;

const TRY: i64 = TRY_S as i64;

fn legs() -> PlanSet {
    toml::from_str(include_str!("../plans/yangcun-1-4.toml")).unwrap()
}

/// A press of somebody at high risk, two of the grid asked in its first second and two contacts on file.
fn pressed(set: &PlanSet) -> Drive {
    let mut it = asking_by(set, &[1, 2]);
    it.offer_grid(1, &[1, 2]);
    it
}

/// What still goes on: the calls to duty and office, the question to the next relative, the offer to the second of the grid.
fn goes_on(mut it: Drive) -> (bool, bool, bool) {
    let calls = it.case.is_unanswered();
    let offer = |it: &Drive| it.case.offer_to(responder(2)).map(|it| it.state);
    it.pass(TRY);
    let second = questions(&it).len() > 1;
    (calls, second, offer(&it) == Some(OfferState::Open))
}

#[test]
fn the_set_is_that_of_yangcun_but_for_who_is_called_at_high_risk() {
    let (mut with, without) = (legs(), yangcun());
    assert_eq!(with.name, "yangcun-1-4");
    let called = [
        StepKind::Grid,
        StepKind::Family,
        StepKind::DutyLeader,
        StepKind::CivilAffairs,
    ];
    let plan = with.plan_for(Kind::Sos, &[Need::HighRisk].into(), 3);
    for leg in called {
        assert!(
            plan.steps.iter().any(|it| it.what == leg && it.at_s == 0),
            "{leg:?} at second 0"
        );
    }
    let rule = with
        .rules
        .iter_mut()
        .find(|it| it.needs.contains(&Need::HighRisk) && it.kinds.contains(&Kind::Sos));
    rule.unwrap().steps.clone_from(&without.rules[0].steps);
    with.name.clone_from(&without.name);
    assert_eq!(with, without, "nothing else differs");
}

#[test]
fn the_four_legs_start_in_one_decision() {
    let it = asking_by(&legs(), &[1, 2]);
    let told: Vec<(NoticeKind, Target)> = it.told.iter().map(|it| (it.kind, it.to)).collect();
    for leg in [
        (NoticeKind::FamilyAsk, Target::Contact(super::family::contact(1))),
        (NoticeKind::CallLeg, Target::DutyLeader),
        (NoticeKind::CallLeg, Target::CivilAffairs),
    ] {
        assert!(told.contains(&leg), "{leg:?} in {told:?}");
    }
    assert!(
        it.case
            .seek
            .as_ref()
            .is_some_and(|it| it.steps.contains(&StepKind::Grid))
    );
}

#[test]
fn the_first_who_accepts_stops_what_that_makes_needless() {
    type First = (&'static str, fn(&mut Drive), (bool, bool, bool));
    let table: [First; 6] = [
        ("nobody", |_| {}, (true, true, true)),
        // Who knows of it does not go: the grid is asked on.
        (
            "a relative knows",
            |it| says(it, 5, 1, FamilyWord::Seen),
            (false, false, true),
        ),
        (
            "a relative goes",
            |it| says(it, 5, 2, FamilyWord::Going),
            (false, false, true),
        ),
        // Who has it in hand does not go either, and nobody of the family knows of it by that.
        (
            "the duty leader",
            |it| drop(it.ask(5, Command::Take).unwrap()),
            (false, true, true),
        ),
        (
            "the grid",
            |it| drop(it.accept(5, 1, 100).unwrap()),
            (false, false, false),
        ),
        (
            "the desk sends one",
            |it| {
                let command = Command::Assign {
                    responder: responder(3),
                    tier: Tier::Grid,
                    eta_s: Some(60),
                };
                it.ask(5, command).unwrap();
            },
            (false, false, false),
        ),
    ];
    for (who, first, wanted) in table {
        let mut it = pressed(&legs());
        first(&mut it);
        assert_eq!(goes_on(it), wanted, "{who}: calls, question, offers");
    }
    // An urge is no answer.
    let mut it = pressed(&legs());
    it.pass(TRY * 3);
    says(&mut it, TRY * 3, 1, FamilyWord::Urge);
    assert!(it.case.is_unanswered());
}

#[test]
fn the_question_goes_on_when_nobody_comes_any_more() {
    let mut it = asking_by(&legs(), &[1, 2]);
    it.offer_grid(1, &[1]);
    it.accept(5, 1, 100).unwrap();
    assert_eq!(it.case.clock(Clock::case(ClockKind::FamilyTry)), None, "it rests");
    it.pass(80);
    assert_eq!(questions(&it), [(1, 1, 0)]);
    it.decline(85, 1).unwrap();
    assert_eq!(questions(&it), [(1, 1, 0), (2, 1, 85)], "the next at once");
    assert_eq!(it.clock(Clock::case(ClockKind::FamilyTry)), Some(85 + TRY));
    // And it is over once: nobody is asked again of what nobody has confirmed.
    it.pass(85 + 3 * TRY);
    let all = questions(&it);
    assert_eq!(all.last().map(|it| it.0), Some(0), "{all:?}");
    it.offer_grid(85 + 3 * TRY + 1, &[4]);
    it.accept(85 + 3 * TRY + 2, 4, 100).unwrap();
    it.decline(85 + 3 * TRY + 3, 4).unwrap();
    assert_eq!(questions(&it), all);
}

#[test]
fn where_no_legs_start_together_a_yes_leaves_the_question_alone() {
    let mut it = asking_by(&yangcun(), &[1, 2]);
    it.pass(20);
    it.offer_grid(21, &[1]);
    it.accept(22, 1, 100).unwrap();
    it.pass(TRY);
    assert_eq!(questions(&it), [(1, 1, 0), (2, 1, TRY)]);
}
