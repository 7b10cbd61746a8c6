//! Plans: what is compiled, merged, and refused.

use super::*;
use crate::case::plan::{Limits, Overrides, Rule, Step, StepKind};

#[test]
fn every_shipped_plan_set_is_sound() {
    for text in [
        include_str!("../plans/yangcun-7.toml"),
        include_str!("../plans/yangcun-1-4.toml"),
        include_str!("../plans/plain-3.toml"),
        include_str!("../plans/test-seconds.toml"),
    ] {
        let set: PlanSet = toml::from_str(text).unwrap();
        assert_eq!(set.mistakes(), Vec::<String>::new());
    }
}

fn short(plan: &Plan) -> String {
    let steps = plan.steps.iter();
    let steps = steps.map(|it| {
        format!(
            "{}{}",
            serde_json::to_value(it.what).unwrap().as_str().unwrap(),
            it.at_s
        )
    });
    steps.collect::<Vec<_>>().join(" ")
}

/// The table of the design, line by line.
#[test]
fn the_plans_of_yangcun_say_what_the_design_says() {
    use Need::*;
    type Row = (Kind, &'static [Need], u8, &'static str, u32, bool);
    let rows: &[Row] = &[
        (
            Kind::Sos,
            &[HighRisk],
            12,
            "desk0 home0 family0 grid20 street60",
            600,
            false,
        ),
        (
            Kind::Fall,
            &[LivingAlone],
            12,
            "desk0 home0 grid30 street180",
            900,
            false,
        ),
        (Kind::Sos, &[Disabled], 12, "desk0 home0 grid60 street240", 900, true),
        (Kind::Fall, &[General], 12, "desk0 home0 grid60 street360", 900, false),
        (
            Kind::Sos,
            &[Medical],
            12,
            "desk0 home0 medical0 grid30 street180",
            900,
            false,
        ),
        (
            Kind::Sos,
            &[MentalSocial],
            12,
            "desk0 grid0 police_grid0 street180",
            900,
            true,
        ),
        (Kind::Sos, &[Away], 12, "desk0 home0 grid60 street360", 900, false),
        (
            Kind::Sos,
            &[Away, HighRisk],
            12,
            "desk0 home0 family0 grid20 street60",
            600,
            false,
        ),
        // Several needs: the strictest time of each stage, and constraints add up.
        (
            Kind::Sos,
            &[HighRisk, MentalSocial],
            12,
            "desk0 home0 grid0 police_grid0 family0 street60",
            600,
            true,
        ),
        (
            Kind::Sos,
            &[Disabled, Medical],
            12,
            "desk0 home0 medical0 grid30 street180",
            900,
            true,
        ),
        (
            Kind::Inactivity,
            &[HighRisk],
            12,
            "desk0 home0 family0 grid600 street1200",
            1_800,
            false,
        ),
        (
            Kind::Offline,
            &[LivingAlone],
            12,
            "home0 grid1800 street5400",
            7_200,
            false,
        ),
        (
            Kind::Inactivity,
            &[Disabled],
            12,
            "home0 grid0 street10800",
            14_400,
            false,
        ),
        (
            Kind::Inactivity,
            &[General],
            12,
            "home0 grid14400 street28800",
            43_200,
            false,
        ),
        (
            Kind::Inactivity,
            &[MentalSocial],
            12,
            "grid0 police_grid0 street10800",
            14_400,
            true,
        ),
        (
            Kind::Vital,
            &[Medical],
            12,
            "desk0 home0 grid900 medical900 street1800",
            2_700,
            false,
        ),
        (
            Kind::Vital,
            &[General],
            12,
            "desk0 home0 grid600 street1800",
            1_800,
            false,
        ),
        (
            Kind::Smoke,
            &[General],
            12,
            "desk0 home0 grid0 fire_post0 street60 prompt11960",
            900,
            false,
        ),
        (
            Kind::Gas,
            &[],
            12,
            "desk0 home0 grid0 fire_post0 street60 prompt11960",
            900,
            false,
        ),
        (
            Kind::Geofence,
            &[HighRisk],
            12,
            "desk0 home0 family0 grid120 police_grid300 street600",
            900,
            false,
        ),
        (
            Kind::Geofence,
            &[HighRisk],
            23,
            "desk0 home0 grid0 police_grid0 family0 street300",
            900,
            false,
        ),
        (
            Kind::Geofence,
            &[HighRisk],
            5,
            "desk0 home0 grid0 police_grid0 family0 street300",
            900,
            false,
        ),
        (
            Kind::Geofence,
            &[HighRisk],
            6,
            "desk0 home0 family0 grid120 police_grid300 street600",
            900,
            false,
        ),
        (Kind::Duress, &[], 12, "desk0 street0 police_grid0", 900, false),
        (Kind::Unknown, &[General], 12, "desk0 street0", 900, false),
        (Kind::Sos, &[], 12, "desk0 street0", 900, false),
        (Kind::ServiceRequest, &[General], 12, "grid0 street3600", 14_400, false),
        (Kind::LowBattery, &[], 12, "grid0 street86400", 259_200, false),
    ];
    for (kind, needs, hour, steps, door_s, pair) in rows {
        let plan = yangcun().plan_for(*kind, &needs.iter().copied().collect(), *hour);
        let found = (short(&plan), plan.limits.door_s, plan.limits.pair);
        assert_eq!(
            found,
            ((*steps).to_owned(), *door_s, *pair),
            "{kind} {needs:?} at {hour}"
        );
        assert_eq!(plan.mistakes(kind.severity()), Vec::<String>::new());
    }
    let blue = yangcun().plan_for(Kind::Sos, &[Need::MentalSocial].into(), 12);
    assert_eq!(blue.limits.checkin_s, 300, "a sign of life every five minutes");
}

#[test]
fn a_plan_is_its_content() {
    let set = yangcun();
    let of = |needs: &[Need]| set.plan_for(Kind::Sos, &needs.iter().copied().collect(), 12);
    assert_eq!(of(&[Need::General]).id(), of(&[Need::General]).id());
    assert_ne!(of(&[Need::General]).id(), of(&[Need::HighRisk]).id());
    let mut edited = of(&[Need::General]);
    edited.limits.ring_s += 1;
    assert_ne!(edited.id(), of(&[Need::General]).id());
    let text = serde_json::to_string(&edited).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), edited);
}

#[test]
fn merging_takes_the_strictest_of_both_and_changes_nothing_twice() {
    let set = yangcun();
    let green = set.plan_for(Kind::Inactivity, &[Need::General].into(), 12);
    let smoke = set.plan_for(Kind::Smoke, &[Need::General].into(), 12);
    assert!(green.is_stricter(&smoke) && !smoke.is_stricter(&smoke));
    let both = green.merge(&smoke);
    assert_eq!(short(&both), "desk0 home0 grid0 fire_post0 street60 prompt11960");
    assert_eq!((both.limits.door_s, both.limits.look_s), (900, 180));
    assert!(!both.is_stricter(&smoke) && !both.is_stricter(&green));
    assert_eq!(both.steps, smoke.merge(&green).steps);
    assert_eq!(both.limits, smoke.merge(&green).limits);
}

/// One sound rule and set, to be spoilt one field at a time.
fn sound() -> PlanSet {
    let mut set = yangcun();
    set.rules = vec![Rule {
        needs: [Need::General].into(),
        kinds: [Kind::Sos].into(),
        from_hour: None,
        until_hour: None,
        steps: vec![
            Step {
                at_s: 0,
                what: StepKind::Desk,
            },
            Step {
                at_s: 60,
                what: StepKind::Street,
            },
        ],
        limits: Overrides::default(),
    }];
    assert_eq!(set.mistakes(), Vec::<String>::new());
    set
}

#[test]
fn every_mistake_is_named_in_a_sentence() {
    type Spoil = fn(&mut PlanSet);
    let rows: &[(Spoil, &str)] = &[
        (|it| it.rules[0].steps.truncate(1), "no street step"),
        (|it| it.rules[0].steps[0].at_s = 1, "nothing happens at second 0"),
        (
            |it| it.rules[0].steps[0].what = StepKind::Home,
            "must ring the desk at second 0",
        ),
        (
            |it| it.rules[0].limits.look_s = Some(181),
            "limits.look_s: at most 180 for a critical plan",
        ),
        (|it| it.common.ask_first = 0, "limits.ask_first must be at least 1"),
        (|it| it.common.ask_wide = 2, "ask_wide not less"),
        (
            |it| {
                it.rules[0].steps.push(Step {
                    at_s: 9,
                    what: StepKind::Street,
                })
            },
            "Street stands twice",
        ),
        (|it| it.rules[0].kinds.clear(), "rule 1: kinds: names no kind"),
        (
            |it| it.rules[0].from_hour = Some(3),
            "from_hour and until_hour go together",
        ),
        (
            |it| (it.rules[0].from_hour, it.rules[0].until_hour) = (Some(24), Some(3)),
            "from_hour: must be 0-23",
        ),
        (
            |it| (it.rules[0].from_hour, it.rules[0].until_hour) = (Some(3), Some(99)),
            "until_hour: must be 0-23",
        ),
        (
            |it| (it.rules[0].from_hour, it.rules[0].until_hour) = (Some(3), Some(3)),
            "would never hold",
        ),
        (|it| it.colours.truncate(6), "`away` has no colour"),
        (
            |it| it.colours[0].rgb = "c62828".to_owned(),
            "`high_risk`: rgb must read #rrggbb",
        ),
        (
            |it| it.colours[0].label = " ".to_owned(),
            "never stands without its word",
        ),
        (|it| it.utc_offset_hours = 15, "utc_offset_hours: must be -12 to 14"),
        (|it| it.common.door_s = 0, "limits.door_s: must be at least 1 second"),
        (|it| it.common.voice_widen_s = 0, "limits.voice_widen_s: must be"),
        (|it| it.common.voice_street_s = 0, "limits.voice_street_s: must be"),
        (|it| it.common.window_s = 0, "limits.window_s: must be"),
        (|it| it.common.silence_s = 0, "limits.silence_s: must be"),
        (|it| it.common.silence_call_s = 0, "limits.silence_call_s: must be"),
        (|it| it.common.depart_s = 0, "limits.depart_s: must be"),
        (|it| it.common.progress_s = 0, "limits.progress_s: must be"),
        (|it| it.common.replace_s = 0, "limits.replace_s: must be"),
        (|it| it.common.contact_s = 0, "limits.contact_s: must be"),
        (|it| it.common.checkin_s = 0, "limits.checkin_s: must be"),
        (|it| it.common.look_s = 0, "limits.look_s: must be at least"),
        (|it| it.common.untouched_s = 0, "limits.untouched_s: must be"),
        (|it| it.common.ring_s = 0, "limits.ring_s: must be"),
        (|it| it.common.referral_s = 0, "limits.referral_s: must be"),
    ];
    for (spoil, sentence) in rows {
        let mut set = sound();
        spoil(&mut set);
        let found = set.mistakes();
        assert!(found.iter().any(|it| it.contains(sentence)), "{sentence}: {found:?}");
    }
    // All of them at once, not the first.
    let mut set = sound();
    set.utc_offset_hours = 20;
    set.common = Limits {
        ring_s: 0,
        ..set.common
    };
    set.rules[0].kinds.clear();
    assert!(set.mistakes().len() >= 3, "{:?}", set.mistakes());
}

#[test]
fn a_word_that_is_no_limit_is_refused() {
    let text = include_str!("../plans/yangcun-7.toml");
    for (was, is) in [
        ("door_s = 900", "dor_s = 900"),
        ("at_s = 0", "at_sec = 0"),
        ("what = \"desk\"", "what = \"dsk\""),
    ] {
        assert!(toml::from_str::<PlanSet>(&text.replacen(was, is, 1)).is_err(), "{is}");
    }
}
