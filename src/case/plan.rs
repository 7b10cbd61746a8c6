//! The response plan: what is rung when, how many are asked, and every time limit. Data, never persons.
//!
//! A street's set of rules ([`PlanSet`]) is compiled, for one kind of alert and one set of needs, into a [`Plan`]. The plan
//! is frozen into the case by its content: an edit of the set never changes a case that is already running.
//!
//! Times count in whole seconds from the receipt of the alert that brought the plan in.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::words::{Kind, Severity};
use crate::people::{Need, NeedLabel, Tier};

/// Name space of plan ids; a fixed, arbitrary value.
const PLANS: Uuid = Uuid::from_u128(0x6f0c_21aa_5d0e_5b0c_8f4e_9d4f_2f8e_0001);

/// The identity of a plan: the hash of its content, so that equal plans are one and an edit makes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(pub Uuid);

/// What one step of the ladder does when its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// The desk of the street rings; ownership does not change.
    Desk,
    /// The tier is asked and owns the case from now on.
    Home,
    /// As [`StepKind::Home`], for the community grid.
    Grid,
    /// As [`StepKind::Home`], for the street.
    Street,
    /// The medical circle is asked beside the tiers.
    Medical,
    /// The micro fire post is asked beside the tiers.
    FirePost,
    /// The officer of the police grid is asked beside the tiers.
    PoliceGrid,
    /// The desk is prompted to call 120.
    Prompt120,
    /// The desk is prompted to call 119.
    Prompt119,
    /// The contacts of the elder are asked beside everybody else, one after the other, until one of them knows of it.
    Family,
    /// The duty leader is called beside the tiers, and not only when nobody has taken the case.
    DutyLeader,
    /// The civil-affairs office is called beside the tiers.
    CivilAffairs,
}

impl StepKind {
    /// The tier that owns the case once this step has fired.
    pub const fn tier(self) -> Option<Tier> {
        match self {
            StepKind::Home => Some(Tier::Home),
            StepKind::Grid => Some(Tier::Grid),
            StepKind::Street => Some(Tier::Street),
            _ => None,
        }
    }
    /// Whether it calls somebody beside the tiers who is to take the case in hand: with such steps a plan has legs that start together.
    pub const fn is_leg(self) -> bool {
        matches!(self, StepKind::DutyLeader | StepKind::CivilAffairs)
    }
    /// Whether responders are looked for when it fires.
    pub const fn asks(self) -> bool {
        !matches!(
            self,
            StepKind::Desk
                | StepKind::Prompt120
                | StepKind::Prompt119
                | StepKind::Family
                | StepKind::DutyLeader
                | StepKind::CivilAffairs
        )
    }
}

/// One step of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Seconds after receipt.
    pub at_s: u32,
    /// What happens.
    pub what: StepKind,
}

/// Every limit of a plan that is not a ladder step. Seconds unless the name says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Somebody must be at the door.
    pub door_s: u32,
    /// With a voice path: no word by then and more people are asked.
    pub voice_widen_s: u32,
    /// No word from the elder by then: the street owns the case, with the 120 prompt.
    pub voice_street_s: u32,
    /// How many are asked at first.
    pub ask_first: u8,
    /// How many are asked when there is no voice.
    pub ask_wide: u8,
    /// Back-ups kept beside the lead until arrival.
    pub backups: u8,
    /// Two people go inside together, or nobody does.
    pub pair: bool,
    /// Accepts within this window are compared.
    pub window_s: u32,
    /// Silence after an offer or its receipt: the next is asked.
    pub silence_s: u32,
    /// Silence after a voice call.
    pub silence_call_s: u32,
    /// The lead must have left.
    pub depart_s: u32,
    /// A fix or an action of the lead on the way.
    pub progress_s: u32,
    /// After the call about a late departure or silence: the next leads.
    pub replace_s: u32,
    /// After arrival: contact or "nobody opens".
    pub contact_s: u32,
    /// On the scene: a sign of life from the responder.
    pub checkin_s: u32,
    /// An owned case is looked at again; at most 180 for a critical one.
    pub look_s: u32,
    /// A critical case that nobody has touched.
    pub untouched_s: u32,
    /// At the street tier: the duty leader's phone, then rung again at this rhythm.
    pub ring_s: u32,
    /// A referral must be acknowledged.
    pub referral_s: u32,
    /// "Fine" by a key in an automatic call ends a press, without a voice. Of presses alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub key_fine: bool,
    /// A station that is asked for a service must answer; none: [`super::service::STATION_S`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station_s: Option<u32>,
    /// A contact of the family who is asked must answer, or the next is asked; none: [`super::family::TRY_S`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_try_s: Option<u32>,
    /// The family is told when it begins; else only from the first yes on (and of the end, if they have heard of it or it was real).
    #[serde(default = "told", skip_serializing_if = "Clone::clone")]
    pub family_at_opening: bool,
}

const fn told() -> bool {
    true
}

/// A frozen plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Where it came from, for people: set, kind and needs.
    pub name: String,
    /// In order of time; at equal times in order of [`StepKind`].
    pub steps: Vec<Step>,
    /// Everything else.
    pub limits: Limits,
}

impl Plan {
    /// The identity of this content.
    pub fn id(&self) -> PlanId {
        // Fields are written in the order of their declaration, so equal plans give equal text.
        let text = serde_json::to_string(self).unwrap_or_default();
        PlanId(Uuid::new_v5(&PLANS, text.as_bytes()))
    }

    /// Both plans at once: the strictest time of each stage wins, constraints add up.
    pub fn merge(&self, other: &Plan) -> Plan {
        let mut at: BTreeMap<StepKind, u32> = BTreeMap::new();
        for step in self.steps.iter().chain(&other.steps) {
            at.entry(step.what)
                .and_modify(|seen| *seen = (*seen).min(step.at_s))
                .or_insert(step.at_s);
        }
        let mut steps: Vec<Step> = at.into_iter().map(|(what, at_s)| Step { at_s, what }).collect();
        steps.sort();
        let name = if self.name == other.name {
            self.name.clone()
        } else {
            format!("{}+{}", self.name, other.name)
        };
        Plan {
            name,
            steps,
            limits: self.limits.strictest(&other.limits),
        }
    }

    /// Whether merging `other` in would change anything.
    pub fn is_stricter(&self, other: &Plan) -> bool {
        let both = self.merge(other);
        both.steps != self.steps || both.limits != self.limits
    }

    /// Every mistake of a plan, each as a sentence that names the field.
    pub fn mistakes(&self, severity: Severity) -> Vec<String> {
        let mut found = Vec::new();
        let mut say = |bad: bool, text: &str| {
            if bad {
                found.push(format!("plan `{}`: {text}", self.name));
            }
        };
        let l = &self.limits;
        say(
            !self.steps.iter().any(|it| it.what == StepKind::Street),
            "steps: no street step, the ladder would end in nothing",
        );
        say(
            self.steps.first().is_none_or(|it| it.at_s > 0),
            "steps: nothing happens at second 0",
        );
        say(
            severity == Severity::Critical && !self.steps.iter().any(|it| it.what == StepKind::Desk && it.at_s == 0),
            "steps: a critical alert must ring the desk at second 0",
        );
        say(
            severity == Severity::Critical && l.look_s > 180,
            "limits.look_s: at most 180 for a critical plan",
        );
        say(
            l.ask_first == 0 || l.ask_wide < l.ask_first,
            "limits.ask_first must be at least 1 and ask_wide not less",
        );
        for (at, step) in self.steps.iter().enumerate() {
            let twice = self.steps.iter().take(at).any(|it| it.what == step.what);
            say(twice, &format!("steps: {:?} stands twice", step.what));
        }
        let times = [
            (l.door_s, "door_s"),
            (l.voice_widen_s, "voice_widen_s"),
            (l.voice_street_s, "voice_street_s"),
            (l.window_s, "window_s"),
            (l.silence_s, "silence_s"),
            (l.silence_call_s, "silence_call_s"),
            (l.depart_s, "depart_s"),
            (l.progress_s, "progress_s"),
            (l.replace_s, "replace_s"),
            (l.contact_s, "contact_s"),
            (l.checkin_s, "checkin_s"),
            (l.look_s, "look_s"),
            (l.untouched_s, "untouched_s"),
            (l.ring_s, "ring_s"),
            (l.referral_s, "referral_s"),
            (l.station_s.unwrap_or(1), "station_s"),
            (l.family_try_s.unwrap_or(1), "family_try_s"),
        ];
        for (value, name) in times {
            say(value == 0, &format!("limits.{name}: must be at least 1 second"));
        }
        found
    }
}

impl Limits {
    fn strictest(&self, other: &Limits) -> Limits {
        Limits {
            door_s: self.door_s.min(other.door_s),
            voice_widen_s: self.voice_widen_s.min(other.voice_widen_s),
            voice_street_s: self.voice_street_s.min(other.voice_street_s),
            ask_first: self.ask_first.max(other.ask_first),
            ask_wide: self.ask_wide.max(other.ask_wide),
            backups: self.backups.max(other.backups),
            pair: self.pair || other.pair,
            window_s: self.window_s.min(other.window_s),
            silence_s: self.silence_s.min(other.silence_s),
            silence_call_s: self.silence_call_s.min(other.silence_call_s),
            depart_s: self.depart_s.min(other.depart_s),
            progress_s: self.progress_s.min(other.progress_s),
            replace_s: self.replace_s.min(other.replace_s),
            contact_s: self.contact_s.min(other.contact_s),
            checkin_s: self.checkin_s.min(other.checkin_s),
            look_s: self.look_s.min(other.look_s),
            untouched_s: self.untouched_s.min(other.untouched_s),
            ring_s: self.ring_s.min(other.ring_s),
            referral_s: self.referral_s.min(other.referral_s),
            key_fine: self.key_fine && other.key_fine,
            station_s: [self.station_s, other.station_s].into_iter().flatten().min(),
            family_try_s: [self.family_try_s, other.family_try_s].into_iter().flatten().min(),
            family_at_opening: self.family_at_opening || other.family_at_opening,
        }
    }
}

/// One rule of a set: for these needs (none: for whomever no rule of a need fits) and these kinds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The needs it is for; empty: for every subject, person or not, for whom no rule of a need says otherwise.
    #[serde(default)]
    pub needs: BTreeSet<Need>,
    /// The kinds it is for.
    pub kinds: BTreeSet<Kind>,
    /// First hour of the day, local, at which it holds; with `until_hour`, wrapping over midnight. Always, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_hour: Option<u8>,
    /// The hour at which it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_hour: Option<u8>,
    /// The ladder.
    pub steps: Vec<Step>,
    /// What differs from the set's common limits.
    #[serde(default)]
    pub limits: Overrides,
}

macro_rules! overrides {
    ($($field:ident: $type:ty),+ $(,)?) => {
        /// The limits that a rule sets itself; the others are the set's.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Overrides { $(#[allow(missing_docs)] #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>),+ }

        impl Overrides {
            pub(super) fn on(&self, common: &Limits) -> Limits {
                Limits { $($field: self.$field.unwrap_or(common.$field)),+ }
            }
        }
    };
}
overrides! {
    door_s: u32, voice_widen_s: u32, voice_street_s: u32, ask_first: u8, ask_wide: u8, backups: u8, pair: bool, window_s: u32,
    silence_s: u32, silence_call_s: u32, depart_s: u32, progress_s: u32, replace_s: u32, contact_s: u32, checkin_s: u32,
    look_s: u32, untouched_s: u32, ring_s: u32, referral_s: u32, key_fine: bool, station_s: Option<u32>,
    family_try_s: Option<u32>, family_at_opening: bool,
}

/// Cases of the service's own alarms and of devices that are tested are closed long before, seconds.
const QUIET_LOOK_S: u32 = 7 * 86_400;

/// A street's plans, as read from its data file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSet {
    /// Its name, for example `yangcun-7`.
    pub name: String,
    /// Hours east of UTC, for rules by the hour of the day.
    pub utc_offset_hours: i8,
    /// The limits that hold where a rule says nothing.
    pub common: Limits,
    /// How needs are shown until a street has a table of its own. Only screens read it; no rule does.
    pub colours: Vec<NeedLabel>,
    /// The rules.
    pub rules: Vec<Rule>,
}

impl PlanSet {
    /// The plan for an alert of `kind` about somebody with `needs` (none for a device, an area, or nobody known) at the local
    /// `hour` (0-23). Rules of several needs are merged; a need without a rule for the kind adds nothing. Where nothing fits at
    /// all, the desk and the street are rung at once: an unknown case is never a quiet one.
    pub fn plan_for(&self, kind: Kind, needs: &BTreeSet<Need>, hour: u8) -> Plan {
        if kind == Kind::SelfCheck {
            return self.for_ourselves();
        }
        let fits_hour = |rule: &Rule| match (rule.from_hour, rule.until_hour) {
            (Some(from), Some(until)) if from <= until => (from..until).contains(&hour),
            (Some(from), Some(until)) => hour >= from || hour < until,
            _ => true,
        };
        let (mut found, mut for_anybody): (Option<Plan>, Option<Plan>) = (None, None);
        for rule in self.rules.iter().filter(|it| it.kinds.contains(&kind) && fits_hour(it)) {
            let named: Vec<&str> = rule.needs.intersection(needs).map(|it| it.as_str()).collect();
            if !rule.needs.is_empty() && named.is_empty() {
                continue;
            }
            let plan = self.compile(kind, &named.join("+"), rule);
            let place = if rule.needs.is_empty() {
                &mut for_anybody
            } else {
                &mut found
            };
            *place = Some(match place.take() {
                None => plan,
                Some(seen) => seen.merge(&plan),
            });
        }
        let found = found.or(for_anybody);
        // A plan for a person with nothing but `away`, or with needs no rule names, falls back to the general need's.
        let found = found.or_else(|| {
            let general = self
                .rules
                .iter()
                .find(|it| it.kinds.contains(&kind) && it.needs.contains(&Need::General));
            general
                .filter(|_| !needs.is_empty())
                .map(|it| self.compile(kind, Need::General.as_str(), it))
        });
        let mut plan = found.unwrap_or_else(|| Plan {
            name: "street at once".to_owned(),
            steps: vec![
                Step {
                    at_s: 0,
                    what: StepKind::Desk,
                },
                Step {
                    at_s: 0,
                    what: StepKind::Street,
                },
            ],
            limits: self.common,
        });
        plan.name = format!("{}/{kind}/{}", self.name, plan.name);
        plan
    }

    /// The service's own alarm asks nobody and rings nobody.
    fn for_ourselves(&self) -> Plan {
        self.for_nobody(Kind::SelfCheck.as_str())
    }

    /// The plan of a request that says what is wished: the limits are those of the rule for requests, and nobody is asked by the
    /// ladder, because a station is.
    pub fn for_wish(&self, hour: u8) -> Plan {
        let mut plan = self.plan_for(Kind::ServiceRequest, &BTreeSet::new(), hour);
        plan.steps.retain(|it| !it.what.asks());
        plan.name.push_str("/station");
        plan
    }

    /// What a device says while somebody tests it asks nobody and rings nobody.
    pub fn for_test(&self) -> Plan {
        self.for_nobody("test")
    }

    fn for_nobody(&self, name: &str) -> Plan {
        Plan {
            name: format!("{}/{name}", self.name),
            steps: vec![],
            limits: Limits {
                look_s: QUIET_LOOK_S,
                ..self.common
            },
        }
    }

    fn compile(&self, kind: Kind, needs: &str, rule: &Rule) -> Plan {
        let mut steps = rule.steps.clone();
        steps.sort();
        let name = if needs.is_empty() {
            kind.as_str().to_owned()
        } else {
            needs.to_owned()
        };
        Plan {
            name,
            steps,
            limits: rule.limits.on(&self.common),
        }
    }

    /// Every mistake in the set. Checked whole at the start of the service.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (at, rule) in self.rules.iter().enumerate() {
            let place = format!("{} rule {}", self.name, at + 1);
            if rule.kinds.is_empty() {
                found.push(format!("{place}: kinds: names no kind"));
            }
            for (hour, name) in [(rule.from_hour, "from_hour"), (rule.until_hour, "until_hour")] {
                if hour.is_some_and(|it| it > 23) {
                    found.push(format!("{place}: {name}: must be 0-23"));
                }
            }
            if rule.from_hour.is_some() != rule.until_hour.is_some() {
                found.push(format!("{place}: from_hour and until_hour go together"));
            }
            if rule.from_hour.is_some() && rule.from_hour == rule.until_hour {
                found.push(format!(
                    "{place}: from_hour and until_hour are the same hour: it would never hold"
                ));
            }
            let worst = rule
                .kinds
                .iter()
                .map(|it| it.severity())
                .max()
                .unwrap_or(Severity::Critical);
            if rule.limits.on(&self.common).key_fine && rule.kinds.iter().any(|it| *it != Kind::Sos) {
                found.push(format!(
                    "{place}: limits.key_fine: is for a rule whose kinds are `sos` alone"
                ));
            }
            found.extend(self.compile(Kind::Unknown, &place, rule).mistakes(worst));
        }
        for need in Need::ALL {
            if !self.colours.iter().any(|it| it.need == *need) {
                found.push(format!("{}: colours: `{need}` has no colour", self.name));
            }
        }
        for colour in &self.colours {
            let place = format!("{}: colours: `{}`", self.name, colour.need);
            let digits = colour.rgb.strip_prefix('#').unwrap_or_default();
            if digits.len() != 6 || !digits.chars().all(|it| it.is_ascii_hexdigit()) {
                found.push(format!("{place}: rgb must read #rrggbb"));
            }
            if colour.colour.trim().is_empty() || colour.label.trim().is_empty() {
                found.push(format!("{place}: a colour never stands without its word"));
            }
        }
        if !(-12..=14).contains(&self.utc_offset_hours) {
            found.push(format!("{}: utc_offset_hours: must be -12 to 14", self.name));
        }
        found
    }
}
