//! Another alert of the same subject: what joins, what it brings, and what it never changes.

use super::*;
use crate::case::plan::StepKind;

/// `new` joins a case of `first` at second 100; the plan is the one it would have brought alone.
fn joined(first: Kind, need: Need, new: Kind, late: bool) -> Drive {
    let mut it = Drive::open(first, &[need], true);
    it.pass(100);
    join(&mut it, 100, need, new, late).unwrap();
    it
}

fn join(it: &mut Drive, at: i64, need: Need, new: Kind, late: bool) -> Result<Vec<Event>, Refusal> {
    let plan = Arc::new(yangcun().plan_for(new, &[need].into(), 12));
    let alert = Alert { late, ..alert(50, new) };
    it.ask_with(at, Command::Join { alert }, Some(&plan))
}

#[test]
fn what_joins_brings_its_stricter_plan_from_its_own_receipt() {
    use StepKind::*;
    type Row = (Kind, Need, Kind, &'static [(StepKind, Option<i64>)], Option<i64>);
    // Which step clocks run afterwards (none: fired or never), and the door clock.
    let rows: &[Row] = &[
        (
            Kind::Inactivity,
            Need::General,
            Kind::Sos,
            &[(Grid, Some(160)), (Street, Some(460))],
            Some(1_000),
        ),
        (
            Kind::Inactivity,
            Need::LivingAlone,
            Kind::Fall,
            &[(Grid, Some(130)), (Street, Some(280))],
            Some(1_000),
        ),
        (
            Kind::Inactivity,
            Need::HighRisk,
            Kind::Smoke,
            &[(FirePost, None), (Street, Some(160)), (Prompt119, Some(160))],
            Some(1_000),
        ),
        // A laxer plan changes nothing.
        (
            Kind::Geofence,
            Need::General,
            Kind::WaterLeak,
            &[(Street, Some(600)), (PoliceGrid, Some(300))],
            Some(900),
        ),
    ];
    for (first, need, new, steps, door) in rows {
        let it = joined(*first, *need, *new, false);
        for (step, at) in *steps {
            assert_eq!(it.clock(Clock::step(*step)), *at, "{new} joins {first}: {step:?}");
        }
        assert_eq!(it.clock(Clock::case(ClockKind::Door)), *door, "{new} joins {first}");
        assert_eq!(it.case.severity, first.severity().max(new.severity()));
        assert_eq!(it.case.alerts, 2);
        let mut plan = it.plan.clone();
        assert_eq!(plan.id(), it.case.plan);
        assert_eq!(
            Arc::make_mut(&mut plan).mistakes(it.case.severity),
            Vec::<String>::new(),
            "{new} joins {first}"
        );
    }
}

#[test]
fn a_press_that_joins_is_waited_on_for_a_word() {
    let mut it = joined(Kind::Inactivity, Need::General, Kind::Sos, false);
    assert_eq!(it.clock(Clock::case(ClockKind::VoiceStreet)), Some(190));
    assert_eq!(
        it.look_at(),
        Some(280),
        "a critical case is looked at within three minutes"
    );
    assert!(it.case.tone);
    it.pass(189);
    assert_eq!(it.case.tier, Tier::Grid);
    it.pass(190);
    assert_eq!(it.case.tier, Tier::Street);
    assert!(it.case.fired.contains(&StepKind::Prompt120));
}

#[test]
fn a_second_press_puts_nothing_off_and_rings_again() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    it.ask(2, Command::Take).unwrap();
    let clocks = |it: &Drive| {
        let timed = it.case.clocks.iter().filter(|it| it.clock.kind != ClockKind::Untouched);
        timed.copied().collect::<Vec<_>>()
    };
    let before = clocks(&it);
    it.by = Author::System; // the device, and not whoever has taken it
    join(&mut it, 15, Need::General, Kind::Sos, false).unwrap();
    assert_eq!(clocks(&it), before);
    assert!(it.case.tone, "it rings again although it was taken");
    assert_eq!(
        join(&mut it, 16, Need::General, Kind::Sos, false),
        Ok(vec![]),
        "said twice"
    );
}

#[test]
fn smoke_after_a_press_calls_the_fire_post_although_somebody_is_on_the_way() {
    let mut it = Drive::led(Kind::Sos, &[Need::General]);
    join(&mut it, 10, Need::General, Kind::Smoke, false).unwrap();
    assert!(it.case.fired.contains(&StepKind::FirePost));
    assert_eq!(
        it.case.seek.as_ref().map(|it| it.steps.contains(&StepKind::FirePost)),
        Some(true)
    );
    it.offer(11, vec![candidate(6, Tier::Street, 100)]);
    it.accept(12, 6, 100).unwrap();
    assert_eq!(it.place(6), Some(Place::Backup));
    it.pass(70);
    assert!(
        it.case.fired.contains(&StepKind::Prompt119),
        "nobody on the way holds the prompt for 119 back"
    );
}

#[test]
fn a_lead_who_is_too_slow_for_the_new_plan_is_said_so() {
    let mut it = Drive::open(Kind::Inactivity, &[Need::LivingAlone], true);
    it.offer_grid(1, &[1]);
    it.accept(1, 1, 3_000).unwrap();
    assert_eq!(it.lead(), Some(1));
    let events = join(&mut it, 10, Need::LivingAlone, Kind::Sos, false).unwrap();
    assert!(
        events.iter().any(|it| matches!(it, Event::EtaBeyond { .. })),
        "{events:?}"
    );
    assert!(it.case.seek.is_some());
}

#[test]
fn what_is_late_adds_to_the_picture_and_a_late_call_rings_the_street() {
    let it = joined(Kind::Inactivity, Need::General, Kind::Vital, true);
    assert_eq!((it.case.alerts, it.case.tier), (2, Tier::Home));
    let it = joined(Kind::Inactivity, Need::General, Kind::Sos, true);
    assert_eq!(
        (it.case.tier, it.case.tone, it.case.severity),
        (Tier::Street, true, Severity::Critical)
    );
    assert_eq!(it.look_at(), Some(280));
}

#[test]
fn severity_is_raised_and_never_lowered_by_what_joins() {
    for new in Kind::ALL {
        let it = joined(Kind::Sos, Need::General, *new, false);
        assert_eq!(it.case.severity, Severity::Critical, "{new}");
        assert_eq!(it.case.kind, Kind::Sos, "{new}");
    }
}

#[test]
fn after_arrival_nothing_joins() {
    let mut it = Drive::at_the_door(Kind::Sos, &[Need::General]);
    assert_eq!(join(&mut it, 60, Need::General, Kind::Sos, false), Err(Refusal::NotNow));
}

#[test]
fn a_merge_never_stalls_the_ladder() {
    for first in Kind::ALL.iter().filter(|it| it.lane() == Lane::Help) {
        for new in Kind::ALL.iter().filter(|it| it.lane() == Lane::Help) {
            for need in [Need::General, Need::MentalSocial] {
                let alone = yangcun().plan_for(*new, &[need].into(), 12);
                let street = alone
                    .steps
                    .iter()
                    .find(|it| it.what == StepKind::Street)
                    .map_or(0, |it| it.at_s);
                let mut it = joined(*first, need, *new, false);
                it.pass(100 + i64::from(street));
                assert_eq!(it.case.tier, Tier::Street, "{new} joins {first} of {need}");
            }
        }
    }
}
