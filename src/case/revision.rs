//! A revision of a street's plans: what a street files of its own, what is wrong with it, and what becomes stricter or looser by it.
//!
//! Start at [`OwnPlans::flaws`] and [`changes`]. Both look at what would hold, not at how it is written: two ways to write the same
//! ladder are no change.
//!
//! Holds always:
//! - whatever [`Plan::is_stricter`] would add to the revised plan is a loosening, for whichever needs, kind and hour;
//! - a revision without a flaw never leaves a critical alert without the desk and an owner at second 0, nor any without a street.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::family::TRY_S;
use super::plan::{Limits, Overrides, Plan, PlanSet, Rule, Step, StepKind};
use super::service::STATION_S;
use super::words::{Kind, Severity};
use crate::people::Need;

/// Rules that a street may have.
pub const RULES_MAX: usize = 64;
/// Steps that a rule may have: each of their kinds once.
pub const STEPS_MAX: usize = 12;
/// No time of a plan is longer: a week.
pub const TIME_MAX_S: u32 = 604_800;
/// The street owns a critical case that nobody has answered within this: the fifteen minutes of the circle.
pub const STREET_MAX_S: u32 = 900;
/// As many people are asked at once at most, and as many back-ups kept.
pub const ASK_MAX: u8 = 20;

/// The longest times that a plan of a critical kind may have, seconds. The door: the fifteen minutes that a street promises. The look:
/// three minutes, as every open critical case has. The others: no wait of a case on the way may eat the time to the door.
const CRITICAL_MAX_S: &[(&str, u32)] = &[
    ("door_s", 900),
    ("voice_widen_s", 60),
    ("voice_street_s", 180),
    ("window_s", 30),
    ("silence_s", 120),
    ("silence_call_s", 180),
    ("depart_s", 300),
    ("progress_s", 600),
    ("replace_s", 300),
    ("contact_s", 300),
    ("checkin_s", 900),
    ("look_s", 180),
    ("untouched_s", 180),
    ("ring_s", 180),
    ("referral_s", 300),
    ("family_try_s", 300),
];

/// What a street files of its own. The name, the offset of its clocks and the colours are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnPlans {
    /// The limits that hold where a rule says nothing.
    pub common: Limits,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A mistake in a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFlaw {
    /// Where, as in `rules[2].steps[0].at_s`.
    pub path: String,
    /// One sentence without a full stop.
    pub why: String,
}

/// What differs between two plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Figure {
    /// When a step fires.
    Step(StepKind),
    /// A limit, by its name.
    Limit(&'static str),
}

/// One difference between two sets, with where it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanChange {
    /// What differs.
    pub figure: Figure,
    /// Before: seconds, a number of people, or 1 and 0 for yes and no; none: no such step.
    pub before: Option<u32>,
    /// After.
    pub after: Option<u32>,
    /// Help comes later, or fewer are asked; else sooner, or more.
    pub looser: bool,
    /// For which kinds, needs and hours.
    pub places: Vec<PlanPlace>,
}

/// Where a plan holds: for one kind, of somebody with exactly these needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlanPlace {
    /// The kind.
    pub kind: Kind,
    /// The needs; empty: of a device, an area, or nobody known.
    pub needs: BTreeSet<Need>,
    /// The local hours, 0-23; empty: all.
    pub hours: BTreeSet<u8>,
}

/// A plan and for whom it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// The kind.
    pub kind: Kind,
    /// Single needs with this plan.
    pub needs: BTreeSet<Need>,
    /// It is also the plan of whoever has no need: a device, an area, somebody unknown.
    pub for_anybody: bool,
    /// The local hours, 0-23; empty: all.
    pub hours: BTreeSet<u8>,
    /// The plan.
    pub plan: Plan,
}

impl PlanSet {
    /// What a street would have to file to have these plans.
    pub fn own(&self) -> OwnPlans {
        OwnPlans {
            common: self.common,
            rules: self.rules.clone(),
        }
    }

    /// These plans with a street's own in the place of its rules, under a name that says whose and which version.
    pub fn with(&self, own: &OwnPlans, name: String) -> PlanSet {
        PlanSet {
            name,
            common: own.common,
            rules: own.rules.clone(),
            ..self.clone()
        }
    }

    /// The plans that hold, kind by kind; needs and hours with the same plan stand together.
    pub fn rows(&self) -> Vec<PlanRow> {
        let mut rows: Vec<PlanRow> = Vec::new();
        let hours = stretches(&[self]);
        for kind in kinds() {
            for (first, stretch) in &hours {
                for need in std::iter::once(None).chain(Need::ALL.iter().copied().map(Some)) {
                    let needs: BTreeSet<Need> = need.into_iter().collect();
                    let mut plan = self.plan_for(kind, &needs, *first);
                    plan.name = self.name.clone();
                    let same = |it: &&mut PlanRow| it.kind == kind && it.hours == *stretch && it.plan == plan;
                    let row = match rows.iter_mut().find(same) {
                        Some(row) => row,
                        None => {
                            rows.push(PlanRow {
                                kind,
                                needs: BTreeSet::new(),
                                for_anybody: false,
                                hours: stretch.clone(),
                                plan,
                            });
                            let last = rows.len() - 1;
                            &mut rows[last]
                        }
                    };
                    row.for_anybody |= need.is_none();
                    row.needs.extend(need);
                }
            }
        }
        join_hours(rows)
    }
}

/// Rows that differ by the hour alone become one; all the hours are none.
fn join_hours(rows: Vec<PlanRow>) -> Vec<PlanRow> {
    let mut joined: Vec<PlanRow> = Vec::new();
    for row in rows {
        let same = |it: &&mut PlanRow| {
            (it.kind, &it.needs, it.for_anybody, &it.plan) == (row.kind, &row.needs, row.for_anybody, &row.plan)
        };
        match joined.iter_mut().find(same) {
            Some(seen) => seen.hours.extend(row.hours),
            None => joined.push(row),
        }
    }
    for row in &mut joined {
        all_is_none(&mut row.hours);
    }
    joined
}

fn all_is_none(hours: &mut BTreeSet<u8>) {
    if hours.len() == 24 {
        hours.clear();
    }
}

/// The kinds that have a plan of a street's: all but the service's own alarm.
fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|it| *it != Kind::SelfCheck)
}

/// Stretches of the day within which no rule of these sets begins or ends: the first hour of each, and all of its hours.
fn stretches(sets: &[&PlanSet]) -> Vec<(u8, BTreeSet<u8>)> {
    let rules = sets.iter().flat_map(|it| &it.rules);
    let mut begins: BTreeSet<u8> = rules
        .flat_map(|it| [it.from_hour, it.until_hour])
        .flatten()
        .filter(|it| *it < 24)
        .collect();
    begins.insert(0);
    let begins: Vec<u8> = begins.into_iter().collect();
    let until = |at: usize| begins.get(at + 1).copied().unwrap_or(24);
    let stretch = |(at, from): (usize, &u8)| (*from, (*from..until(at)).collect());
    begins.iter().enumerate().map(stretch).collect()
}

impl OwnPlans {
    /// Every mistake, each with its place. A set with none may be filed.
    pub fn flaws(&self) -> Vec<PlanFlaw> {
        let mut look = Look::default();
        look.when(self.rules.is_empty(), "rules", "there must be at least one rule");
        look.when(self.rules.len() > RULES_MAX, "rules", "at most 64 rules");
        for (name, value) in figures(&self.common).map(|it| (it.name, it.value)) {
            look.bounds(&format!("common.{name}"), name, value);
        }
        look.asks("common", &self.common);
        for (at, rule) in self.rules.iter().enumerate().take(RULES_MAX) {
            look.rule(&format!("rules[{at}]"), rule, &self.common);
        }
        look.0
    }
}

/// Gathers flaws while a revision is looked at.
#[derive(Default)]
struct Look(Vec<PlanFlaw>);

impl Look {
    fn wrong(&mut self, path: &str, why: impl Into<String>) {
        self.0.push(PlanFlaw {
            path: path.to_owned(),
            why: why.into(),
        });
    }

    fn when(&mut self, wrong: bool, path: &str, why: &str) {
        if wrong {
            self.wrong(path, why);
        }
    }

    /// What holds for every plan, of a figure that is a time or a number of people.
    fn bounds(&mut self, path: &str, name: &str, value: u32) {
        match name {
            "pair" | "key_fine" | "family_at_opening" => {}
            "backups" | "ask_first" | "ask_wide" => {
                let least = u32::from(name != "backups");
                let bad = !(least..=u32::from(ASK_MAX)).contains(&value);
                if bad {
                    self.wrong(path, format!("must be {least} to {ASK_MAX}"));
                }
            }
            _ => {
                if !(1..=TIME_MAX_S).contains(&value) {
                    self.wrong(path, format!("must be 1 to {TIME_MAX_S} seconds"));
                }
            }
        }
    }

    fn asks(&mut self, path: &str, limits: &Limits) {
        self.when(
            limits.ask_wide < limits.ask_first,
            &format!("{path}.ask_wide"),
            "must not be less than ask_first",
        );
    }

    fn rule(&mut self, path: &str, rule: &Rule, common: &Limits) {
        let kinds = format!("{path}.kinds");
        self.when(rule.kinds.is_empty(), &kinds, "names no kind");
        self.when(
            rule.kinds.contains(&Kind::SelfCheck),
            &kinds,
            "the service's own alarm asks nobody: it has no plan",
        );
        self.hours(path, rule);
        let critical = rule.kinds.iter().any(|it| it.severity() == Severity::Critical);
        self.steps(&format!("{path}.steps"), &rule.steps, critical);
        self.limits(&format!("{path}.limits"), rule, common, critical);
    }

    fn hours(&mut self, path: &str, rule: &Rule) {
        for (hour, name) in [(rule.from_hour, "from_hour"), (rule.until_hour, "until_hour")] {
            self.when(
                hour.is_some_and(|it| it > 23),
                &format!("{path}.{name}"),
                "must be 0 to 23",
            );
        }
        let until = format!("{path}.until_hour");
        self.when(
            rule.from_hour.is_some() != rule.until_hour.is_some(),
            &until,
            "from_hour and until_hour go together",
        );
        self.when(
            rule.from_hour.is_some() && rule.from_hour == rule.until_hour,
            &until,
            "is the same hour as from_hour: the rule would never hold",
        );
    }

    fn steps(&mut self, path: &str, steps: &[Step], critical: bool) {
        if steps.is_empty() {
            return self.wrong(path, "there is no step: nobody would ever be told");
        }
        self.when(steps.len() > STEPS_MAX, path, "at most 12 steps");
        for (at, step) in steps.iter().enumerate().take(STEPS_MAX) {
            let at_s = format!("{path}[{at}].at_s");
            self.when(step.at_s > TIME_MAX_S, &at_s, "must be 0 to 604800 seconds");
            let before = steps.iter().take(at);
            let twice = before.clone().any(|it| it.what == step.what);
            self.when(twice, &format!("{path}[{at}].what"), "stands twice in this rule");
            let later = before.map(|it| it.at_s).max();
            self.when(
                later.is_some_and(|it| it > step.at_s),
                &at_s,
                "is earlier than the step before it",
            );
        }
        self.ladder(path, steps);
        let at_once = |what: &dyn Fn(&Step) -> bool| steps.iter().any(|it| it.at_s == 0 && what(it));
        self.when(!at_once(&|_| true), path, "nothing happens at second 0");
        if critical {
            self.when(
                !at_once(&|it| it.what == StepKind::Desk),
                path,
                "a critical alert rings the desk at second 0",
            );
            self.when(
                !at_once(&|it| it.what.tier().is_some()),
                path,
                "a critical alert has an owner (home, grid or street) at second 0",
            );
        }
        match steps.iter().position(|it| it.what == StepKind::Street) {
            None => self.wrong(path, "there is no street step: the ladder would end in nothing"),
            Some(at) => self.when(
                critical && steps[at].at_s > STREET_MAX_S,
                &format!("{path}[{at}].at_s"),
                "the street owns a critical case within 900 seconds",
            ),
        }
    }

    /// The ladder only climbs: no tier is asked before a lower one that stands in the rule too.
    fn ladder(&mut self, path: &str, steps: &[Step]) {
        for (at, step) in steps.iter().enumerate().take(STEPS_MAX) {
            let Some(tier) = step.what.tier() else { continue };
            let lower_later = steps
                .iter()
                .any(|it| it.what.tier().is_some_and(|it| it < tier) && it.at_s > step.at_s);
            self.when(
                lower_later,
                &format!("{path}[{at}].at_s"),
                "is before the step of a lower tier: the ladder only climbs",
            );
        }
    }

    fn limits(&mut self, path: &str, rule: &Rule, common: &Limits, critical: bool) {
        let limits = rule.limits.on(common);
        let own = |name: &str| is_set(&rule.limits, name);
        for it in figures(&limits) {
            let place = format!("{path}.{}", it.name);
            if own(it.name) {
                self.bounds(&place, it.name, it.value);
            }
            let most = CRITICAL_MAX_S.iter().find(|(name, _)| *name == it.name).map(|it| it.1);
            if let Some(most) = most.filter(|most| critical && it.value > *most) {
                let whose = if own(it.name) {
                    ""
                } else {
                    " (the common limits say so)"
                };
                self.wrong(
                    &place,
                    format!("at most {most} seconds for a critical kind, not {}{whose}", it.value),
                );
            }
        }
        if own("ask_first") || own("ask_wide") {
            self.asks(path, &limits);
        }
        self.when(
            limits.key_fine && rule.kinds.iter().any(|it| *it != Kind::Sos),
            &format!("{path}.key_fine"),
            "is for a rule whose kinds are `sos` alone",
        );
    }
}

/// Whether a rule sets a limit itself.
fn is_set(it: &Overrides, name: &str) -> bool {
    // What is not set is not written.
    serde_json::to_value(it).is_ok_and(|it| it.get(name).is_some())
}

/// A limit as a number.
struct Named {
    name: &'static str,
    value: u32,
    /// More of it is looser; else less of it.
    more_is_looser: bool,
}

/// Every limit as a number, with the way in which it loosens. Destructured, so that a new limit stops the build until it says so.
fn figures(limits: &Limits) -> impl Iterator<Item = Named> + use<> {
    let Limits {
        door_s,
        voice_widen_s,
        voice_street_s,
        ask_first,
        ask_wide,
        backups,
        pair,
        window_s,
        silence_s,
        silence_call_s,
        depart_s,
        progress_s,
        replace_s,
        contact_s,
        checkin_s,
        look_s,
        untouched_s,
        ring_s,
        referral_s,
        key_fine,
        station_s,
        family_try_s,
        family_at_opening,
    } = *limits;
    let more = [
        ("door_s", door_s),
        ("voice_widen_s", voice_widen_s),
        ("voice_street_s", voice_street_s),
        ("window_s", window_s),
        ("silence_s", silence_s),
        ("silence_call_s", silence_call_s),
        ("depart_s", depart_s),
        ("progress_s", progress_s),
        ("replace_s", replace_s),
        ("contact_s", contact_s),
        ("checkin_s", checkin_s),
        ("look_s", look_s),
        ("untouched_s", untouched_s),
        ("ring_s", ring_s),
        ("referral_s", referral_s),
        ("key_fine", key_fine.into()),
        ("station_s", station_s.unwrap_or(STATION_S)),
        ("family_try_s", family_try_s.unwrap_or(TRY_S)),
    ];
    let less = [
        ("ask_first", u32::from(ask_first)),
        ("ask_wide", ask_wide.into()),
        ("backups", backups.into()),
        ("pair", pair.into()),
        ("family_at_opening", family_at_opening.into()),
    ];
    let named = |more_is_looser| {
        move |(name, value)| Named {
            name,
            value,
            more_is_looser,
        }
    };
    more.into_iter()
        .map(named(true))
        .chain(less.into_iter().map(named(false)))
}

/// One difference of two plans: what, before, after, looser.
type Difference = (Figure, Option<u32>, Option<u32>, bool);

/// For which kinds and needs, and at which hours.
type Places = BTreeMap<(Kind, BTreeSet<Need>), BTreeSet<u8>>;

/// What differs between two plans.
pub fn differences(before: &Plan, after: &Plan) -> Vec<Difference> {
    let at = |plan: &Plan| -> BTreeMap<StepKind, u32> {
        let mut all = BTreeMap::new();
        for it in &plan.steps {
            let seen = all.entry(it.what).or_insert(it.at_s);
            *seen = (*seen).min(it.at_s);
        }
        all
    };
    let (was, is) = (at(before), at(after));
    let steps: BTreeSet<StepKind> = was.keys().chain(is.keys()).copied().collect();
    let mut found: Vec<Difference> = Vec::new();
    for step in steps {
        let (was, is) = (was.get(&step).copied(), is.get(&step).copied());
        if was != is {
            // A step that is gone never comes.
            let looser = is.unwrap_or(u32::MAX) > was.unwrap_or(u32::MAX);
            found.push((Figure::Step(step), was, is, looser));
        }
    }
    for (was, is) in figures(&before.limits).zip(figures(&after.limits)) {
        if was.value != is.value {
            let looser = (is.value > was.value) == is.more_is_looser;
            found.push((Figure::Limit(is.name), Some(was.value), Some(is.value), looser));
        }
    }
    found
}

/// What becomes stricter or looser from one set to another: for every kind, hour and need, for two needs together where neither alone
/// says it, and for whoever has none. Three needs say nothing that two of them do not: plans of several needs are merged stage by stage.
pub fn changes(before: &PlanSet, after: &PlanSet) -> Vec<PlanChange> {
    let mut found: BTreeMap<Difference, Places> = BTreeMap::new();
    let hours = stretches(&[before, after]);
    let singles = std::iter::once(BTreeSet::new()).chain(Need::ALL.iter().map(|it| BTreeSet::from([*it])));
    let singles: Vec<BTreeSet<Need>> = singles.collect();
    let pairs = Need::ALL.iter().enumerate().flat_map(|(at, one)| {
        let others = Need::ALL.iter().skip(at + 1);
        others.map(|other| BTreeSet::from([*one, *other]))
    });
    let pairs: Vec<BTreeSet<Need>> = pairs.collect();
    for kind in kinds() {
        for (first, stretch) in &hours {
            let between = |needs: &BTreeSet<Need>| {
                differences(
                    &before.plan_for(kind, needs, *first),
                    &after.plan_for(kind, needs, *first),
                )
            };
            let alone: BTreeMap<&BTreeSet<Need>, Vec<Difference>> =
                singles.iter().map(|it| (it, between(it))).collect();
            let told = |figure: Figure, looser: bool, needs: &BTreeSet<Need>| {
                let of = alone.iter().filter(|(one, _)| !one.is_empty() && one.is_subset(needs));
                of.flat_map(|it| it.1).any(|it| it.0 == figure && it.3 == looser)
            };
            let mut put = |it: Difference, needs: &BTreeSet<Need>| {
                let places = found.entry(it).or_default();
                places.entry((kind, needs.clone())).or_default().extend(stretch);
            };
            for (needs, all) in &alone {
                all.iter().for_each(|it| put(*it, needs));
            }
            for needs in &pairs {
                for it in between(needs) {
                    if !told(it.0, it.3, needs) {
                        put(it, needs);
                    }
                }
            }
        }
    }
    let change = |((figure, before, after, looser), places): (Difference, Places)| PlanChange {
        figure,
        before,
        after,
        looser,
        places: places
            .into_iter()
            .map(|((kind, needs), mut hours)| {
                all_is_none(&mut hours);
                PlanPlace { kind, needs, hours }
            })
            .collect(),
    };
    found.into_iter().map(change).collect()
}

/// Whether anything becomes looser.
pub fn loosens(before: &PlanSet, after: &PlanSet) -> bool {
    changes(before, after).iter().any(|it| it.looser)
}
