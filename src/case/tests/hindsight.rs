//! What would have become of a case by another plan.

use super::*;
use crate::case::hindsight::{Hindsight, as_recorded, beginning, by_plan};
use crate::case::plan::StepKind;

/// A press of somebody with a general need: heard at 30, the grid says yes at 70 and is at the door at 500.
fn pressed() -> Drive {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    let me = Author::Responder(responder(1));
    let voice = Voice::NeedsHelp;
    it.pass(30).ask(30, Command::VoiceResult { result: voice }).unwrap();
    it.pass(62).offer_grid(62, &[1]);
    it.pass(70).accept(70, 1, 400).unwrap();
    let (by, eta_s) = (responder(1), Some(400));
    it.pass(90).ask_as(90, Command::Depart { by, eta_s }, me).unwrap();
    for at in [180, 270, 360, 450] {
        let eta_s = Some(500 - u32::try_from(at).unwrap());
        it.pass(at).ask_as(at, Command::Progress { by, eta_s }, me).unwrap();
    }
    it.pass(500).ask_as(500, Command::Arrive { by }, me).unwrap();
    it.pass(510)
        .ask_as(510, Command::ContactMade { by, near: true }, me)
        .unwrap();
    let outcome = Outcome::Helped;
    it.pass(800).ask(800, Command::Resolve { outcome }).unwrap();
    it
}

fn found(grid: bool, street: bool, door_late: bool) -> Hindsight {
    Hindsight {
        grid,
        street,
        door_late,
    }
}

#[test]
fn by_its_own_plan_a_case_goes_as_it_went() {
    let it = pressed();
    assert_eq!(as_recorded(&it.log), found(true, false, false));
    assert_eq!(by_plan(&it.log, &it.plan, t(900)), Some(found(true, false, false)));
    // Nobody answers: the street has it, and nobody is at the door.
    let mut lying = Drive::open(Kind::Fall, &[Need::LivingAlone], false);
    lying.pass(1_000);
    assert_eq!(as_recorded(&lying.log), found(true, true, true));
    assert_eq!(
        by_plan(&lying.log, &lying.plan, t(1_000)),
        Some(found(true, true, true))
    );
    assert_eq!(
        by_plan(&lying.log, &lying.plan, t(20)),
        Some(found(false, false, false)),
        "so far"
    );
}

#[test]
fn another_plan_leads_elsewhere_while_people_did_what_they_did() {
    type Edit = fn(&mut Plan);
    fn put(plan: &mut Plan, what: StepKind, at_s: u32) {
        plan.steps.iter_mut().find(|it| it.what == what).unwrap().at_s = at_s;
        plan.steps.sort();
    }
    let table: &[(Hindsight, Edit)] = &[
        // The street before anybody had said yes.
        (found(true, true, false), |it| put(it, StepKind::Street, 65)),
        // The yes at 70 came before the grid would have been asked.
        (found(false, false, false), |it| put(it, StepKind::Grid, 120)),
        // At the door at 500.
        (found(true, true, true), |it| it.limits.door_s = 480),
        (found(true, false, false), |it| it.limits.door_s = 501),
        // Heard at 30: too late for a street that waits for a word for 20 seconds.
        (found(true, true, false), |it| it.limits.voice_street_s = 20),
        (found(true, false, false), |it| it.limits.voice_street_s = 31),
    ];
    let it = pressed();
    for (row, (wanted, edit)) in table.iter().enumerate() {
        let mut plan = (*it.plan).clone();
        edit(&mut plan);
        assert_eq!(by_plan(&it.log, &Arc::new(plan), t(900)), Some(*wanted), "row {row}");
    }
}

#[test]
fn what_comes_after_the_end_counts_for_nothing() {
    let it = pressed();
    let mut plan = (*it.plan).clone();
    plan.limits.door_s = 850;
    plan.limits.contact_s = 10_000;
    assert_eq!(
        by_plan(&it.log, &Arc::new(plan), t(100_000)),
        Some(found(true, false, false))
    );
}

#[test]
fn only_calls_for_help_in_earnest_are_looked_back_on() {
    let begun = beginning(&pressed().log).unwrap();
    assert_eq!((begun.at, begun.kind, begun.lessened), (t(0), Kind::Sos, false));
    let drill = Opening {
        drill: true,
        ..opening(Kind::Sos, true)
    };
    assert_eq!(beginning(&Drive::opened(&drill, &[], 12).log), None);
    assert_eq!(beginning(&Drive::open(Kind::LowBattery, &[], false).log), None);
    assert_eq!(beginning(&[]), None);
    let mut late = opening(Kind::Sos, true);
    late.alert.late = true;
    assert!(beginning(&Drive::opened(&late, &[], 12).log).unwrap().lessened);
    let mut away = opening(Kind::Inactivity, false);
    away.alert.severity = Severity::Routine;
    assert!(beginning(&Drive::opened(&away, &[], 12).log).unwrap().lessened);
}
