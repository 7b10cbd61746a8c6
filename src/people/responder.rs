//! Responders: who can be sent, with what skill, how they travel, and whether they are at work.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::area::PrefixSet;
use super::flaw::{Flaws, Look, SHORT_TEXT_MAX};
use super::secret::Phone;
use super::words::words;
use crate::circle::{Mode, Point};
use crate::ids::ResponderId;

words! {
    /// Who answers for a case; a higher one is added, never swapped in.
    Tier ("tier") {
        /// Family, neighbours, carers.
        Home = "home", "家庭";
        /// The community's grid.
        Grid = "grid", "社区网格";
        /// The street's command centre.
        Street = "street", "街道";
    }
}

impl Tier {
    /// The tier that is added after this one.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Home => Some(Self::Grid),
            Self::Grid => Some(Self::Street),
            Self::Street => None,
        }
    }
}

words! {
    /// What somebody who signs in may do.
    Role ("role") {
        /// Runs the installation.
        Admin = "admin", "管理员";
        /// Leads the shift.
        DutyLeader = "duty_leader", "带班领导";
        /// Sits at the desk.
        Dispatcher = "dispatcher", "调度员";
        /// Walks the grid; also doctors, volunteers and police of the grid.
        GridWorker = "grid_worker", "网格员";
        /// Family and carers on a phone.
        Caregiver = "caregiver", "照护人";
        /// A device with its key.
        Device = "device", "设备";
        /// Reads and changes nothing.
        Auditor = "auditor", "审计员";
    }
}

words! {
    /// What somebody can do at a door.
    Skill ("skill") {
        /// First aid.
        FirstAid = "first_aid", "急救";
        /// Lifting somebody after a fall.
        Lift = "lift", "搀扶";
        /// Medicine: may read health.
        Medical = "medical", "医疗";
        /// Speaking with somebody in a mental crisis.
        MentalHealth = "mental_health", "心理";
        /// Police powers.
        Police = "police", "警务";
        /// Fire and gas.
        Fire = "fire", "消防";
        /// Opening locks.
        Locksmith = "locksmith", "开锁";
        /// Sign language.
        SignLanguage = "sign_language", "手语";
        /// Repairing devices and pipes.
        Repair = "repair", "维修";
    }
}

words! {
    /// What somebody is in the street's order.
    ResponderKind ("responder kind") {
        /// A relative; only for their own elder.
        Family = "family", "家属";
        /// Paid to care, by the family or a provider.
        Caregiver = "caregiver", "护理员";
        /// Grid worker.
        GridWorker = "grid_worker", "网格员";
        /// Grid head.
        GridHead = "grid_head", "网格长";
        /// Secretary of the community.
        CommunitySecretary = "community_secretary", "社区书记";
        /// Volunteer.
        Volunteer = "volunteer", "志愿者";
        /// Property guard of the estate.
        PropertyGuard = "property_guard", "物业保安";
        /// Doctor or nurse of the health station.
        CommunityDoctor = "community_doctor", "社区医生";
        /// Officer of the police grid.
        PoliceGrid = "police_grid", "警格民警";
        /// Micro fire post.
        FirePost = "fire_post", "微型消防站";
        /// The street's own team on wheels.
        StreetTeam = "street_team", "街道应急队";
        /// Leads the shift and is phoned at the end of the ladder.
        DutyLeader = "duty_leader", "带班领导";
    }
}

impl ResponderKind {
    /// The tier in which somebody of this kind is asked.
    pub const fn tier(self) -> Tier {
        match self {
            Self::Family | Self::Caregiver => Tier::Home,
            Self::GridWorker
            | Self::GridHead
            | Self::CommunitySecretary
            | Self::Volunteer
            | Self::PropertyGuard
            | Self::CommunityDoctor
            | Self::PoliceGrid
            | Self::FirePost => Tier::Grid,
            Self::StreetTeam | Self::DutyLeader => Tier::Street,
        }
    }

    /// Whether cases of `what` may ever be shown to somebody of this kind, whatever a form says.
    pub const fn may_ever_hear(self, what: Sensitivity) -> bool {
        match what {
            Sensitivity::MentalSocial => match self {
                Self::Family
                | Self::GridWorker
                | Self::GridHead
                | Self::CommunitySecretary
                | Self::CommunityDoctor
                | Self::PoliceGrid
                | Self::StreetTeam
                | Self::DutyLeader => true,
                Self::Caregiver | Self::Volunteer | Self::PropertyGuard | Self::FirePost => false,
            },
        }
    }
}

words! {
    /// What is not for everybody's ears.
    Sensitivity ("sensitivity") {
        /// Cases of people with the need `mental_social`.
        MentalSocial = "mental_social", "精神关爱";
    }
}

/// Whether somebody is at work, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// At work.
    pub on: bool,
    /// The instant of the last change.
    pub since: Timestamp,
}

/// A position as a phone or device reported it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// Where.
    pub point: Point,
    /// When we received it; a phone's own clock is not trusted.
    pub at: Timestamp,
    /// The radius within which it holds, metres; `None` when the sender did not say.
    pub accuracy_m: Option<f32>,
}

/// How good a fix must be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FixLimits {
    /// Older than this is stale.
    pub fresh_within: SignedDuration,
    /// A radius above this is vague, metres.
    pub accuracy_max_m: f32,
}

impl Default for FixLimits {
    /// Five minutes: at an e-bike's 4 m/s a responder is 1.2 km on, the length of a circle on foot. 150 m: the radius at
    /// which the door code is shown.
    fn default() -> Self {
        Self {
            fresh_within: SignedDuration::from_mins(5),
            accuracy_max_m: 150.0,
        }
    }
}

/// What a fix is worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// New and sharp.
    Fresh,
    /// Too old.
    Stale,
    /// New, but its radius is too wide. A sender that knows its fix to be poor must say a radius.
    Vague,
}

impl Fix {
    /// What it is worth at `now`. A fix from the future counts as made now: clocks of nodes differ a little.
    pub fn freshness(&self, now: Timestamp, limits: &FixLimits) -> Freshness {
        if now.duration_since(self.at) > limits.fresh_within {
            Freshness::Stale
        } else if self
            .accuracy_m
            .is_some_and(|it| !it.is_finite() || it > limits.accuracy_max_m)
        {
            Freshness::Vague
        } else {
            Freshness::Fresh
        }
    }
}

/// From where a responder would set out, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Whereabouts {
    /// From a fresh position.
    Live(Point),
    /// From the base: no fresh position.
    Base(Point),
    /// Nobody knows.
    Unknown,
}

impl Whereabouts {
    /// The point, if any.
    pub const fn point(self) -> Option<Point> {
        match self {
            Self::Live(point) | Self::Base(point) => Some(point),
            Self::Unknown => None,
        }
    }
}

/// A person or unit that can be offered a case. Holds nothing that the store must seal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Responder {
    /// Follows from the code.
    pub id: ResponderId,
    /// The street's own number for the responder.
    pub code: String,
    /// Family name and given name, or the unit's name.
    pub name: String,
    /// What the responder is in the street's order.
    pub kind: ResponderKind,
    /// In which tier the responder is asked.
    pub tier: Tier,
    /// What the responder can do.
    #[serde(default)]
    pub skills: BTreeSet<Skill>,
    /// How the responder travels.
    pub mode: Mode,
    /// How many people come: 2 for a pair or a patrol.
    #[serde(default = "one")]
    pub party_size: u8,
    /// At work or not.
    pub duty: Duty,
    /// The last position.
    #[serde(default)]
    pub position: Option<Fix>,
    /// From where the responder sets out when no position is fresh.
    #[serde(default)]
    pub base: Option<Point>,
    /// Where the responder works; family need none.
    #[serde(default)]
    pub scope: PrefixSet,
    /// How many cases the responder can hold at once, as lead, back-up or offer.
    #[serde(default = "one")]
    pub capacity: u8,
    /// What the responder may hear of besides the ordinary.
    #[serde(default)]
    pub allowances: BTreeSet<Sensitivity>,
}

const fn one() -> u8 {
    1
}

/// What the store seals of a responder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ResponderSecrets {
    /// Best first.
    pub phones: Vec<Phone>,
}

impl ResponderSecrets {
    /// Each wrong field; no value is repeated.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        look.phones(&self.phones);
        look.done()
    }
}

/// The most people that one responder may stand for, and the most cases that one may hold.
pub(super) const PARTY_MAX: u8 = 20;

impl Responder {
    /// From where the responder would set out at `now`: a fresh position, else the base.
    pub fn whereabouts(&self, now: Timestamp, limits: &FixLimits) -> Whereabouts {
        match (self.position, self.base) {
            (Some(fix), _) if fix.freshness(now, limits) == Freshness::Fresh => Whereabouts::Live(fix.point),
            (_, Some(base)) => Whereabouts::Base(base),
            (_, None) => Whereabouts::Unknown,
        }
    }

    /// Whether the responder may hear of `what`: the kind must allow it, and for all but family somebody must have.
    pub fn may_hear(&self, what: Sensitivity) -> bool {
        self.kind.may_ever_hear(what) && (self.kind == ResponderKind::Family || self.allowances.contains(&what))
    }

    /// Whether the responder may read health at all.
    pub fn is_medical(&self) -> bool {
        self.skills.contains(&Skill::Medical)
    }

    /// Each wrong field.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        look.text("code", &self.code, SHORT_TEXT_MAX);
        look.text("name", &self.name, SHORT_TEXT_MAX);
        let own_tier = self.kind.tier();
        if self.tier < own_tier {
            look.wrong(
                "tier",
                format!("a {} is asked in the tier {own_tier} or above", self.kind),
            );
        }
        let family_elsewhere = self.kind == ResponderKind::Family && self.tier != Tier::Home;
        look.when(family_elsewhere, "tier", "family is asked in the tier home");
        look.when(
            !(1..=PARTY_MAX).contains(&self.party_size),
            "party_size",
            "must be 1 to 20 people",
        );
        look.when(
            !(1..=PARTY_MAX).contains(&self.capacity),
            "capacity",
            "must be 1 to 20 cases",
        );
        if let Some(base) = self.base {
            look.point("base", base);
        }
        if let Some(fix) = self.position {
            look.point("position", fix.point);
            let sound = fix.accuracy_m.is_none_or(|it| it.is_finite() && it >= 0.0);
            look.when(!sound, "position", "its accuracy is not a length in metres");
        }
        let nowhere = self.scope.is_empty() && self.kind != ResponderKind::Family;
        look.when(
            nowhere,
            "scope",
            "at least one area; without one nobody there would ever be asked",
        );
        for it in &self.allowances {
            if !self.kind.may_ever_hear(*it) {
                look.wrong("allowances", format!("a {} is never shown {it} cases", self.kind));
            }
        }
        look.done()
    }
}

/// A span of duty on the rota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Who works.
    pub responder: ResponderId,
    /// First instant.
    pub from: Timestamp,
    /// First instant after it.
    pub until: Timestamp,
    /// In whose place; `None` for one's own shift.
    #[serde(default)]
    pub stands_in_for: Option<ResponderId>,
}

/// The longest shift: a day and a night with their hand-over.
pub(super) const SHIFT_MAX: SignedDuration = SignedDuration::from_hours(36);

impl Shift {
    /// Whether it holds at `at`.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// Each wrong field.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        look.when(self.until <= self.from, "until", "must lie after from");
        look.when(
            self.until.duration_since(self.from) > SHIFT_MAX,
            "until",
            "a shift lasts at most 36 hours",
        );
        look.when(
            self.stands_in_for == Some(self.responder),
            "stands_in_for",
            "nobody stands in for themselves",
        );
        look.done()
    }
}

/// Whether the rota has `responder` at work at `at`: in a shift that nobody else has taken over.
pub fn on_duty_by_rota(shifts: &[Shift], responder: ResponderId, at: Timestamp) -> bool {
    let replaced = shifts
        .iter()
        .any(|it| it.covers(at) && it.stands_in_for == Some(responder));
    shifts
        .iter()
        .any(|it| it.responder == responder && it.covers(at) && (it.stands_in_for.is_some() || !replaced))
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::people::responder_id;
    use crate::people::samples::{NOON, fields, responder};

    #[test]
    fn each_wrong_field_is_named() {
        type Spoil = fn(&mut Responder);
        let cases: &[(&[&str], Spoil)] = &[
            (&[], |_| ()),
            (&["code", "name"], |it| {
                it.code.clear();
                it.name.clear();
            }),
            (&["tier"], |it| it.tier = Tier::Home),
            (&[], |it| it.tier = Tier::Street),
            (&["party_size"], |it| it.party_size = 0),
            (&["capacity"], |it| it.capacity = 21),
            (&["base"], |it| it.base = Some(Point::new(0.0, 0.0).unwrap())),
            (&["position"], |it| {
                it.position = Some(Fix {
                    point: Point::new(39.0, 117.0).unwrap(),
                    at: NOON,
                    accuracy_m: Some(-1.0),
                });
            }),
            (&["scope"], |it| it.scope = PrefixSet::nothing()),
        ];
        for (at, (wrong, spoil)) in cases.iter().enumerate() {
            let mut it = responder(ResponderKind::GridWorker);
            spoil(&mut it);
            assert_eq!(fields(it.check()), *wrong, "case {at}");
        }
        let mut family = responder(ResponderKind::Family);
        family.scope = PrefixSet::nothing();
        assert_eq!(fields(family.check()), [""; 0]);
        family.tier = Tier::Grid;
        assert_eq!(fields(family.check()), ["tier"]);
        let mut volunteer = responder(ResponderKind::Volunteer);
        volunteer.allowances.insert(Sensitivity::MentalSocial);
        assert_eq!(fields(volunteer.check()), ["allowances"]);
    }

    #[test]
    fn a_fix_is_worth_what_its_age_and_radius_say() {
        let limits = FixLimits::default();
        let fix = |age_s: i64, accuracy_m| {
            let at = NOON - age_s.seconds();
            Fix {
                point: Point::new(39.0, 117.0).unwrap(),
                at,
                accuracy_m,
            }
            .freshness(NOON, &limits)
        };
        for (age_s, accuracy_m, worth) in [
            (0, None, Freshness::Fresh),
            (300, Some(150.0), Freshness::Fresh),
            (301, Some(1.0), Freshness::Stale),
            (0, Some(150.1), Freshness::Vague),
            (0, Some(f32::NAN), Freshness::Vague),
            (301, Some(9_999.0), Freshness::Stale),
            (-5, Some(1.0), Freshness::Fresh),
        ] {
            assert_eq!(fix(age_s, accuracy_m), worth, "{age_s} s, {accuracy_m:?} m");
        }
    }

    #[test]
    fn whoever_has_no_fresh_position_sets_out_from_the_base() {
        let limits = FixLimits::default();
        let here = Point::new(39.0, 117.0).unwrap();
        let mut it = responder(ResponderKind::GridWorker);
        let base = it.base.unwrap();
        assert_eq!(it.whereabouts(NOON, &limits), Whereabouts::Base(base));
        it.position = Some(Fix {
            point: here,
            at: NOON,
            accuracy_m: Some(10.0),
        });
        assert_eq!(it.whereabouts(NOON, &limits), Whereabouts::Live(here));
        assert_eq!(it.whereabouts(NOON + 6.minutes(), &limits), Whereabouts::Base(base));
        it.base = None;
        assert_eq!(it.whereabouts(NOON + 6.minutes(), &limits), Whereabouts::Unknown);
    }

    #[test]
    fn sensitive_cases_need_kind_and_allowance() {
        use ResponderKind::*;
        let hears = |kind, allowed: bool| {
            let mut it = responder(kind);
            if allowed {
                it.allowances.insert(Sensitivity::MentalSocial);
            }
            it.may_hear(Sensitivity::MentalSocial)
        };
        for kind in ResponderKind::ALL.iter().copied() {
            let never = matches!(kind, Volunteer | Caregiver | PropertyGuard | FirePost);
            assert_eq!(hears(kind, true), !never, "{kind}");
            assert_eq!(hears(kind, false), kind == Family, "{kind}");
        }
    }

    #[test]
    fn the_rota_knows_who_took_over() {
        let [a, b] = ["a", "b"].map(responder_id);
        let shift = |who, from: i64, hours: i64, stands_in_for| Shift {
            responder: who,
            from: NOON + from.hours(),
            until: NOON + (from + hours).hours(),
            stands_in_for,
        };
        let rota = [shift(a, 0, 8, None), shift(b, 4, 4, Some(a))];
        assert!(rota.iter().all(|it| it.check().is_ok()));
        for (hour, a_works, b_works) in [
            (-1, false, false),
            (0, true, false),
            (3, true, false),
            (4, false, true),
            (7, false, true),
            (8, false, false),
        ] {
            let at = NOON + i64::from(hour).hours();
            assert_eq!(
                (on_duty_by_rota(&rota, a, at), on_duty_by_rota(&rota, b, at)),
                (a_works, b_works),
                "hour {hour}"
            );
        }
        assert_eq!(fields(shift(a, 0, 0, None).check()), ["until"]);
        assert_eq!(fields(shift(a, 0, 37, None).check()), ["until"]);
        assert_eq!(fields(shift(a, 0, 8, Some(a)).check()), ["stands_in_for"]);
    }
}
