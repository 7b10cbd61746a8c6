//! Revisions of plans: what is refused, and what is a loosening.

use proptest::prelude::*;

use super::*;
use crate::case::plan::{Limits, Overrides, Rule, Step, StepKind};
use crate::case::revision::{Figure, OwnPlans, changes, differences, loosens};
use std::collections::BTreeSet;

fn step(at_s: u32, what: StepKind) -> Step {
    Step { at_s, what }
}

fn paths(own: &OwnPlans) -> Vec<String> {
    own.flaws().into_iter().map(|it| it.path).collect()
}

#[test]
fn every_shipped_set_may_be_filed_as_it_is() {
    for text in [
        include_str!("../plans/yangcun-7.toml"),
        include_str!("../plans/plain-3.toml"),
        include_str!("../plans/test-seconds.toml"),
    ] {
        let set: PlanSet = toml::from_str(text).unwrap();
        assert_eq!(set.own().flaws(), vec![], "{}", set.name);
        assert_eq!(changes(&set, &set.with(&set.own(), "own".to_owned())), vec![]);
    }
}

#[test]
fn each_mistake_of_a_revision_is_named_by_its_path() {
    type Spoil = fn(&mut OwnPlans);
    // Rule 0 is high_risk: desk 0, home 0, family 0, grid 20, street 60.
    let table: &[(&[&str], Spoil)] = &[
        (&[], |_| ()),
        (&["rules"], |it| it.rules.clear()),
        (&["rules"], |it| it.rules = vec![it.rules[0].clone(); 65]),
        (&["common.station_s"], |it| it.common.station_s = Some(604_801)),
        (&["common.ask_first"], |it| it.common.ask_first = 0),
        (&["common.ask_wide"], |it| it.common.ask_wide = 21),
        (&["common.ask_wide"], |it| it.common.ask_wide = 2),
        (&["common.backups"], |it| it.common.backups = 21),
        (&[], |it| it.common.backups = 0),
        (&["rules[0].kinds"], |it| it.rules[0].kinds.clear()),
        (&["rules[0].kinds"], |it| it.rules[0].kinds = [Kind::SelfCheck].into()),
        (&["rules[0].until_hour"], |it| it.rules[0].from_hour = Some(3)),
        (&["rules[0].until_hour"], |it| {
            (it.rules[0].from_hour, it.rules[0].until_hour) = (Some(3), Some(3));
        }),
        (&["rules[0].from_hour"], |it| {
            (it.rules[0].from_hour, it.rules[0].until_hour) = (Some(24), Some(3));
        }),
        (&["rules[0].steps"], |it| it.rules[0].steps.clear()),
        // Without the street; without the desk; without an owner; with nothing at once.
        (&["rules[0].steps"], |it| it.rules[0].steps.truncate(4)),
        (&["rules[0].steps"], |it| _ = it.rules[0].steps.remove(0)),
        (&["rules[0].steps"], |it| _ = it.rules[0].steps.remove(1)),
        (&["rules[0].steps[4].at_s"], |it| it.rules[0].steps[4].at_s = 901),
        (&[], |it| it.rules[0].steps[4].at_s = 900),
        (&["rules[0].steps[4].at_s", "rules[0].steps[4].at_s"], |it| {
            it.rules[0].steps[4].at_s = 19;
        }),
        (&["rules[0].steps[1].what"], |it| {
            it.rules[0].steps[1].what = StepKind::Desk;
            it.rules[0].steps[3].at_s = 0;
        }),
        (&["rules[0].limits.door_s"], |it| it.rules[0].limits.door_s = Some(901)),
        (&["rules[0].limits.look_s"], |it| it.rules[0].limits.look_s = Some(181)),
        (&["rules[0].limits.look_s"], |it| it.rules[0].limits.look_s = Some(0)),
        (&["rules[0].limits.ask_wide"], |it| {
            it.rules[0].limits.ask_wide = Some(1)
        }),
        (&["rules[0].limits.key_fine"], |it| {
            it.rules[0].limits.key_fine = Some(true)
        }),
        (&[], |it| {
            it.rules[0].limits.key_fine = Some(true);
            it.rules[0].kinds = [Kind::Sos].into();
        }),
    ];
    for (at, (wanted, spoil)) in table.iter().enumerate() {
        let mut own = yangcun().own();
        spoil(&mut own);
        assert_eq!(paths(&own), *wanted, "row {at}");
    }
}

#[test]
fn a_common_limit_is_held_against_every_critical_rule_that_uses_it() {
    let mut own = yangcun().own();
    own.common.look_s = 600;
    let found = paths(&own);
    let critical = |it: &Rule| it.kinds.iter().any(|it| it.severity() == Severity::Critical);
    let those = own.rules.iter().enumerate().filter(|it| critical(it.1));
    let wanted: Vec<String> = those.map(|it| format!("rules[{}].limits.look_s", it.0)).collect();
    assert!(found == wanted && wanted.len() >= 8, "{found:?}");
}

#[test]
fn the_steps_of_a_rule_stand_in_the_order_of_their_time() {
    let mut own = yangcun().own();
    own.rules[0].steps = vec![
        step(0, StepKind::Desk),
        step(0, StepKind::Grid),
        step(60, StepKind::Street),
        step(30, StepKind::Home),
    ];
    // Out of order; and the grid before the home.
    assert_eq!(paths(&own), ["rules[0].steps[3].at_s", "rules[0].steps[1].at_s"]);
}

/// Differences by name, as `street 60>90 looser`.
fn said(before: &PlanSet, after: &PlanSet) -> Vec<String> {
    let name = |it: &Figure| match it {
        Figure::Step(step) => serde_json::to_value(step).unwrap().as_str().unwrap().to_owned(),
        Figure::Limit(name) => (*name).to_owned(),
    };
    let number = |it: Option<u32>| it.map_or("-".to_owned(), |it| it.to_string());
    let line = |it: &crate::case::PlanChange| {
        let way = if it.looser { "looser" } else { "stricter" };
        format!("{} {}>{} {way}", name(&it.figure), number(it.before), number(it.after))
    };
    changes(before, after).iter().map(line).collect()
}

#[test]
fn what_comes_later_or_asks_fewer_is_a_loosening_and_the_rest_is_none() {
    type Edit = fn(&mut OwnPlans);
    let table: &[(&[&str], Edit)] = &[
        (&[], |_| ()),
        (&["street 60>90 looser"], |it| it.rules[0].steps[4].at_s = 90),
        (&["street 60>40 stricter"], |it| it.rules[0].steps[4].at_s = 40),
        (&["family 0>- looser"], |it| _ = it.rules[0].steps.remove(2)),
        (&["medical ->0 stricter"], |it| {
            it.rules[0].steps.insert(0, step(0, StepKind::Medical));
        }),
        (&["door_s 600>900 looser"], |it| it.rules[0].limits.door_s = Some(900)),
        (&["door_s 600>480 stricter"], |it| it.rules[0].limits.door_s = Some(480)),
        (&["ask_first 3>2 looser"], |it| it.rules[0].limits.ask_first = Some(2)),
        (&["backups 1>2 stricter"], |it| it.rules[0].limits.backups = Some(2)),
        (&["pair 0>1 stricter"], |it| it.rules[0].limits.pair = Some(true)),
        (&["family_at_opening 1>0 looser"], |it| {
            it.rules[0].limits.family_at_opening = Some(false)
        }),
        // What says what held already is no change.
        (&[], |it| it.rules[0].limits.look_s = Some(180)),
        (&[], |it| {
            it.rules[0].limits.family_try_s = Some(Some(crate::case::family::TRY_S))
        }),
        (&[], |it| it.rules.rotate_left(1)),
        (&["family_try_s 75>90 looser"], |it| {
            it.rules[0].limits.family_try_s = Some(Some(90))
        }),
        // Both at once: stricter here, looser there.
        (&["street 60>30 stricter", "door_s 600>700 looser"], |it| {
            it.rules[0].steps[4].at_s = 30;
            it.rules[0].limits.door_s = Some(700);
        }),
    ];
    let before = yangcun();
    for (at, (wanted, edit)) in table.iter().enumerate() {
        let mut own = before.own();
        edit(&mut own);
        let after = before.with(&own, "own".to_owned());
        assert_eq!(said(&before, &after), *wanted, "row {at}");
        assert_eq!(
            loosens(&before, &after),
            wanted.iter().any(|it| it.ends_with("looser")),
            "row {at}"
        );
    }
}

#[test]
fn a_change_says_for_whom_and_when_it_holds() {
    let before = yangcun();
    let mut own = before.own();
    let night = |it: &&mut Rule| it.kinds.contains(&Kind::Geofence) && it.from_hour.is_some();
    let rule = own.rules.iter_mut().find(night).unwrap();
    let (from, until) = (rule.from_hour.unwrap(), rule.until_hour.unwrap());
    let street = rule.steps.iter_mut().find(|it| it.what == StepKind::Street).unwrap();
    street.at_s -= 60;
    let found = changes(&before, &before.with(&own, "own".to_owned()));
    assert_eq!(found.len(), 1, "{found:?}");
    let places = &found[0].places;
    assert_eq!(places.len(), 1 + Need::ALL.len(), "everybody, and nobody known");
    let hours: BTreeSet<u8> = (from..24).chain(0..until).collect();
    assert!(
        places.iter().all(|it| it.kind == Kind::Geofence && it.hours == hours),
        "{places:?}"
    );
}

#[test]
fn a_rule_that_is_taken_away_is_looser_for_whoever_has_another_need_too() {
    // Alone, high_risk falls to "the street at once", which is stricter; together with disabled the street came at 60 and comes at 360.
    let before = yangcun();
    let general = |it: &&Rule| it.needs.contains(&Need::General) && it.kinds.contains(&Kind::Sos);
    let general = before.rules.iter().find(general).unwrap();
    let disabled = Rule {
        needs: [Need::Disabled].into(),
        ..general.clone()
    };
    let high_risk = Rule {
        needs: [Need::HighRisk].into(),
        steps: vec![step(0, StepKind::Desk), step(60, StepKind::Street)],
        ..general.clone()
    };
    let with_rules = |rules: Vec<Rule>| {
        let own = OwnPlans {
            rules,
            common: before.common,
        };
        before.with(&own, "own".to_owned())
    };
    let found = changes(
        &with_rules(vec![disabled.clone(), high_risk]),
        &with_rules(vec![disabled]),
    );
    let both: BTreeSet<Need> = [Need::HighRisk, Need::Disabled].into();
    let looser: Vec<_> = found.iter().filter(|it| it.looser).collect();
    assert_eq!(looser.len(), 1, "{found:?}");
    assert_eq!((looser[0].before, looser[0].after), (Some(60), Some(360)));
    assert!(looser[0].places.iter().all(|it| it.needs == both), "{looser:?}");
}

#[test]
fn the_rows_of_a_set_are_its_plans_for_everybody_at_every_hour() {
    let set = yangcun();
    let rows = set.rows();
    for kind in Kind::ALL.iter().filter(|it| **it != Kind::SelfCheck) {
        for hour in 0..24 {
            let holds =
                |it: &&crate::case::PlanRow| it.kind == *kind && (it.hours.is_empty() || it.hours.contains(&hour));
            for need in Need::ALL {
                let found: Vec<_> = rows.iter().filter(holds).filter(|it| it.needs.contains(need)).collect();
                assert_eq!(found.len(), 1, "{kind} {need} {hour}");
                let plan = set.plan_for(*kind, &[*need].into(), hour);
                assert_eq!(
                    (&found[0].plan.steps, &found[0].plan.limits),
                    (&plan.steps, &plan.limits)
                );
            }
            assert_eq!(
                rows.iter().filter(holds).filter(|it| it.for_anybody).count(),
                1,
                "{kind} {hour}"
            );
        }
    }
    assert!(rows.len() < 80, "what is the same stands together: {}", rows.len());
}

const NEEDS: [Need; 4] = [Need::HighRisk, Need::Disabled, Need::General, Need::Away];
const STEPS: [StepKind; 5] = [
    StepKind::Desk,
    StepKind::Home,
    StepKind::Grid,
    StepKind::Street,
    StepKind::Family,
];

prop_compose! {
    fn a_rule()(
        needs in proptest::sample::subsequence(NEEDS.to_vec(), 0..=2),
        kinds in proptest::sample::subsequence(vec![Kind::Sos, Kind::Inactivity], 1..=2),
        steps in proptest::sample::subsequence(STEPS.to_vec(), 1..=5),
        times in proptest::collection::vec(0u32..3, 5),
        hours in proptest::option::of((0u8..24, 0u8..24)),
        door_s in proptest::option::of(1u32..4),
        ask_first in proptest::option::of(1u8..4),
        pair in proptest::option::of(any::<bool>()),
        key_fine in proptest::option::of(any::<bool>()),
    ) -> Rule {
        Rule {
            needs: needs.into_iter().collect(),
            kinds: kinds.into_iter().collect(),
            from_hour: hours.map(|it| it.0),
            until_hour: hours.map(|it| it.1),
            steps: steps.into_iter().zip(times).map(|(what, at_s)| step(at_s, what)).collect(),
            limits: Overrides { door_s, ask_first, pair, key_fine, ..Overrides::default() },
        }
    }
}

prop_compose! {
    fn a_set()(rules in proptest::collection::vec(a_rule(), 0..5), backups in 0u8..2) -> PlanSet {
        let shipped = yangcun();
        let common = Limits { backups, ..shipped.common };
        shipped.with(&OwnPlans { common, rules }, "any".to_owned())
    }
}

/// Every set of these needs.
fn all_needs() -> impl Iterator<Item = BTreeSet<Need>> {
    (0..1usize << NEEDS.len()).map(|mask| {
        let has = |(at, need): (usize, &Need)| (mask & (1 << at) != 0).then_some(*need);
        NEEDS.iter().enumerate().filter_map(has).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Two sets are compared for nobody, one need and two; that says all that there is to say of three and more.
    #[test]
    fn nothing_becomes_looser_for_anybody_unless_it_is_said(before in a_set(), after in a_set()) {
        let mut anybody = false;
        for kind in [Kind::Sos, Kind::Inactivity, Kind::Fall] {
            for hour in 0..24 {
                for needs in all_needs() {
                    let (was, is) = (before.plan_for(kind, &needs, hour), after.plan_for(kind, &needs, hour));
                    anybody |= is.is_stricter(&was);
                }
            }
        }
        prop_assert_eq!(loosens(&before, &after), anybody);
    }

    /// By the same measure as the merging of plans: what merging would add is what is looser.
    #[test]
    fn two_plans_differ_to_the_looser_where_merging_would_add_something(before in a_set(), after in a_set(), hour in 0u8..24) {
        for needs in all_needs() {
            let (was, is) = (before.plan_for(Kind::Sos, &needs, hour), after.plan_for(Kind::Sos, &needs, hour));
            let found = differences(&was, &is);
            prop_assert_eq!(found.iter().any(|it| it.3), is.is_stricter(&was), "{:?}", &found);
            prop_assert_eq!(found.iter().any(|it| !it.3), was.is_stricter(&is), "{:?}", &found);
        }
    }
}
