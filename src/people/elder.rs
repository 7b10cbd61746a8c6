//! Elders: what each one needs, how one is asked, who belongs to them, and where they are now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::area::{AreaCode, AreaLevel};
use super::family::QuietHours;
use super::flaw::{ADDRESS_MAX, Flaws, LONG_TEXT_MAX, Look, SHORT_TEXT_MAX};
use super::responder::Freshness;
use super::secret::{IdentityNumber, Phone, Private};
use super::words::words;
use crate::circle::Point;
use crate::ids::{ContactId, ElderId, HouseholdId, ResponderId, StationId};

words! {
    /// Why somebody is looked after. A street gives each its colour; no rule reads a colour.
    Need ("need") {
        /// Alone and 80, ability level 3-4, dementia, heart or stroke.
        HighRisk = "high_risk", "高风险";
        /// Alone, empty nest, left behind.
        LivingAlone = "living_alone", "独居";
        /// Disabled or partly unable.
        Disabled = "disabled", "失能";
        /// Looked after by somebody in the home.
        General = "general", "普通";
        /// Chronic illness, back from hospital, family doctor contract.
        Medical = "medical", "慢病";
        /// Mental illness, cognition, conflict in the home.
        MentalSocial = "mental_social", "精神关爱";
        /// Not at home for a time.
        Away = "away", "外出";
    }
}

words! {
    /// How the desk asks an elder whether all is well.
    ContactMode ("contact mode") {
        /// By speaking, in the elder's dialect.
        Voice = "voice", "语音";
        /// By writing.
        Text = "text", "文字";
        /// By a key on the device: one for fine, one for help.
        DeviceKeys = "device_keys", "按键";
        /// Not at all: only somebody at the door can ask.
        DoorOnly = "door_only", "上门";
    }
}

words! {
    /// How well somebody hears.
    Hearing ("hearing") {
        /// Well.
        Good = "good", "正常";
        /// Badly: speak slowly, ring long.
        Hard = "hard", "听力弱";
        /// Not at all.
        Deaf = "deaf", "失聪";
    }
}

words! {
    /// What keeps somebody alive and needs current.
    LifeSupport ("life support") {
        /// An oxygen concentrator or bottle at home.
        Oxygen = "oxygen", "吸氧";
        /// A ventilator.
        Ventilator = "ventilator", "呼吸机";
        /// Dialysis at home.
        Dialysis = "dialysis", "透析";
    }
}

words! {
    /// Whether a file is in use.
    ElderStatus ("elder status") {
        /// Looked after.
        Active = "active", "在册";
        /// Gone to live elsewhere: the file rests.
        MovedAway = "moved_away", "迁出";
        /// Deceased: every message, visit and survey stops.
        Deceased = "deceased", "已故";
    }
}

words! {
    /// What somebody may have agreed to; each purpose on its own.
    ConsentPurpose ("consent purpose") {
        /// To keep health data.
        Health = "health", "健康信息";
        /// To be located.
        Location = "location", "位置";
        /// To keep keys and door codes.
        Keys = "keys", "钥匙与门禁";
        /// To have the door forced.
        ForcedEntry = "forced_entry", "破门";
        /// To record calls.
        Recording = "recording", "录音";
        /// To take photos inside.
        IndoorPhotos = "indoor_photos", "室内拍照";
        /// To share with providers.
        ProviderSharing = "provider_sharing", "服务商共享";
    }
}

/// One consent, given or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Which wording was signed.
    pub version: String,
    /// The day on which it was given.
    pub given_on: Date,
    /// The day on which it was taken back.
    #[serde(default)]
    pub withdrawn_on: Option<Date>,
}

/// How able somebody was found, with the instrument: never compute a level from a bare number (GB/T 42195 and older
/// scales differ).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ability {
    /// 0 able to 4 wholly unable.
    pub level: u8,
    /// "GB/T 42195-2022", "MZ/T 039".
    pub instrument: String,
    /// The day of the assessment.
    pub assessed_on: Date,
}

/// Where an elder stays who is away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PresentAddress {
    /// To the room.
    pub address: String,
    /// Its door, when known.
    pub point: Option<Point>,
    /// The first day at home again: from then on silence at home is alarming again.
    pub until: Date,
}

/// A person cared for. Holds nothing that the store must seal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Elder {
    /// Follows from the code.
    pub id: ElderId,
    /// The street's own number for the person.
    pub code: String,
    /// Family name and given name.
    pub name: String,
    /// Whose home it is.
    pub household: HouseholdId,
    /// The grid of the home.
    pub grid: AreaCode,
    /// To the room.
    pub address: String,
    /// The door of the home; `None`: no circle can be computed, and the file is on the list of what is missing.
    pub home: Option<Point>,
    /// At least one.
    pub needs: BTreeSet<Need>,
    /// How the desk asks.
    pub contact_mode: ContactMode,
    /// "天津话"; `None`: the common language.
    #[serde(default)]
    pub dialect: Option<String>,
    /// How well the elder hears.
    #[serde(default = "hears_well")]
    pub hearing: Hearing,
    /// For the age.
    #[serde(default)]
    pub born: Option<Date>,
    /// Where the elder stays while away.
    #[serde(default)]
    pub present: Option<PresentAddress>,
    /// What needs current.
    #[serde(default)]
    pub life_support: BTreeSet<LifeSupport>,
    /// How many people it takes to lift the elder: 1, or 2 to 4.
    #[serde(default = "one")]
    pub lift_helpers: u8,
    /// How able the elder was found.
    #[serde(default)]
    pub ability: Option<Ability>,
    /// What the elder agreed to.
    #[serde(default)]
    pub consents: BTreeMap<ConsentPurpose, Consent>,
    /// Whether the file is in use.
    #[serde(default = "active")]
    pub status: ElderStatus,
}

const fn hears_well() -> Hearing {
    Hearing::Good
}
const fn one() -> u8 {
    1
}
const fn active() -> ElderStatus {
    ElderStatus::Active
}

/// The most people that a lift may ask for.
pub(super) const LIFT_HELPERS_MAX: u8 = 4;

impl Elder {
    /// Whether the elder stays elsewhere on `today` (the street's own calendar day).
    pub fn is_away(&self, today: Date) -> bool {
        self.needs.contains(&Need::Away) && self.present.as_ref().is_some_and(|it| today < it.until)
    }

    /// Whether silence at home means nothing on `today`. Never asked for SOS, fall, smoke, gas or a worn device's fence.
    pub fn silence_expected(&self, today: Date) -> bool {
        self.is_away(today)
    }

    /// Needs that count on `today`: `away` only until the day of return.
    pub fn needs_on(&self, today: Date) -> BTreeSet<Need> {
        let away = self.is_away(today);
        self.needs
            .iter()
            .copied()
            .filter(|it| *it != Need::Away || away)
            .collect()
    }

    /// The door at which the elder is to be found on `today`, and its address.
    pub fn door_on(&self, today: Date) -> (&str, Option<Point>) {
        match &self.present {
            Some(present) if self.is_away(today) => (&present.address, present.point),
            Some(_) | None => (&self.address, self.home),
        }
    }

    /// Whether somebody must look at once when the current fails.
    pub fn needs_current(&self) -> bool {
        !self.life_support.is_empty()
    }

    /// Whether the elder agreed to `purpose` on `today`.
    pub fn agreed(&self, purpose: ConsentPurpose, today: Date) -> bool {
        self.consents
            .get(&purpose)
            .is_some_and(|it| it.given_on <= today && it.withdrawn_on.is_none_or(|withdrawn| today < withdrawn))
    }

    /// Full years on `today`.
    pub fn age(&self, today: Date) -> Option<i16> {
        let born = self.born?;
        let birthday_to_come = (today.month(), today.day()) < (born.month(), born.day());
        Some(today.year() - born.year() - i16::from(birthday_to_come))
    }

    /// Each wrong field. Away without a present address is refused here, on entry: an alarm must have a door.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        look.text("code", &self.code, SHORT_TEXT_MAX);
        look.text("name", &self.name, SHORT_TEXT_MAX);
        look.text("address", &self.address, ADDRESS_MAX);
        look.when(
            self.grid.level() != AreaLevel::Grid,
            "grid",
            "must be the 15-digit code of a grid",
        );
        if let Some(home) = self.home {
            look.point("home", home);
        }
        look.when(
            self.needs.is_empty(),
            "needs",
            "at least one need; `general` when there is none in particular",
        );
        if let Some(dialect) = &self.dialect {
            look.text("dialect", dialect, SHORT_TEXT_MAX);
        }
        let deaf_by_voice = self.hearing == Hearing::Deaf && self.contact_mode == ContactMode::Voice;
        look.when(
            deaf_by_voice,
            "contact_mode",
            "somebody who cannot hear cannot be asked by voice",
        );
        look.when(
            self.needs.contains(&Need::Away) && self.present.is_none(),
            "present",
            "away needs a present address",
        );
        look.when(
            !self.needs.contains(&Need::Away) && self.present.is_some(),
            "present",
            "only somebody with the need `away` stays elsewhere",
        );
        if let Some(present) = &self.present {
            look.text("present", &present.address, ADDRESS_MAX);
            if let Some(point) = present.point {
                look.point("present", point);
            }
        }
        let liftable = (1..=LIFT_HELPERS_MAX).contains(&self.lift_helpers);
        look.when(!liftable, "lift_helpers", "must be 1 to 4 people");
        if let Some(ability) = &self.ability {
            look.when(ability.level > 4, "ability", "levels are 0 to 4");
            look.text("ability", &ability.instrument, SHORT_TEXT_MAX);
        }
        let withdrawn_first = self
            .consents
            .values()
            .any(|it| it.withdrawn_on.is_some_and(|day| day < it.given_on));
        look.when(withdrawn_first, "consents", "was withdrawn before it was given");
        look.done()
    }

    /// The places at which to look for the elder: a fresh fix more than `away_m` metres from the door is the place; a
    /// stale or vague one leaves both; none, or one near the door, leaves the door. Nearest truth first.
    pub fn places_to_look(
        &self,
        today: Date,
        fix: Option<(Point, Freshness)>,
        away_m: f64,
        metres_between: impl Fn(Point, Point) -> f64,
    ) -> Vec<Point> {
        let door = self.door_on(today).1;
        match (door, fix) {
            (None, None) => vec![],
            (Some(door), None) => vec![door],
            (None, Some((fix, _))) => vec![fix],
            (Some(door), Some((fix, _))) if metres_between(door, fix) <= away_m => vec![door],
            (Some(_), Some((fix, Freshness::Fresh))) => vec![fix],
            (Some(door), Some((fix, Freshness::Stale | Freshness::Vague))) => vec![door, fix],
        }
    }
}

/// How one gets through the door.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DoorAccess {
    /// The code of the entrance or the lock.
    pub door_code: Option<Private>,
    /// Where the key box is and how it opens.
    pub key_box: Option<Private>,
    /// Dog, chain, second door.
    pub remarks: Option<Private>,
}

/// What only a medical skill may read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Health {
    /// Illnesses and allergies.
    pub summary: Option<Private>,
    /// What the elder takes.
    pub medication: Option<Private>,
}

/// What the store seals of an elder, under a key of the elder's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ElderSecrets {
    /// Resident identity number.
    pub identity: Option<IdentityNumber>,
    /// The elder's own telephones, best first.
    pub phones: Vec<Phone>,
    /// Door codes and key box.
    pub access: DoorAccess,
    /// Health.
    pub health: Health,
}

impl ElderSecrets {
    /// Each wrong field; no value is repeated.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        let texts = [
            ("door_code", &self.access.door_code, SHORT_TEXT_MAX),
            ("key_box", &self.access.key_box, ADDRESS_MAX),
            ("access_remarks", &self.access.remarks, ADDRESS_MAX),
            ("health", &self.health.summary, LONG_TEXT_MAX),
            ("medication", &self.health.medication, LONG_TEXT_MAX),
        ];
        for (field, text, max) in texts {
            if let Some(text) = text {
                look.text(field, text.reveal(), max);
            }
        }
        look.phones(&self.phones);
        look.done()
    }
}

/// The people of one home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Household {
    /// Follows from the code.
    pub id: HouseholdId,
    /// The street's own number for it.
    pub code: String,
    /// The grid of the home.
    pub grid: AreaCode,
    /// To the room.
    pub address: String,
    /// Its door.
    pub home: Option<Point>,
}

impl Household {
    /// Each wrong field.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        look.text("code", &self.code, SHORT_TEXT_MAX);
        look.text("address", &self.address, ADDRESS_MAX);
        look.when(
            self.grid.level() != AreaLevel::Grid,
            "grid",
            "must be the 15-digit code of a grid",
        );
        if let Some(home) = self.home {
            look.point("home", home);
        }
        look.done()
    }
}

words! {
    /// What somebody is to the elder.
    Relation ("relation") {
        /// Husband or wife.
        Spouse = "spouse", "配偶";
        /// Son, daughter, and theirs by marriage.
        Child = "child", "子女";
        /// Grandchild.
        Grandchild = "grandchild", "孙辈";
        /// Brother or sister.
        Sibling = "sibling", "兄弟姐妹";
        /// Another relative.
        Relative = "relative", "亲属";
        /// Next door.
        Neighbour = "neighbour", "邻居";
        /// A friend.
        Friend = "friend", "朋友";
        /// Paid to look after the elder.
        Carer = "carer", "保姆";
        /// Named by law or in advance (意定监护).
        Guardian = "guardian", "监护人";
    }
}

words! {
    /// How much a contact is told; the elder chooses. Each level holds the ones before it.
    ContactLevel ("contact level") {
        /// That something happened, who comes, how it ended.
        Status = "status", "状态";
        /// And what happened before.
        History = "history", "历史";
        /// And health.
        Health = "health", "健康";
    }
}

/// A relative, neighbour or friend of an elder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Follows from the code.
    pub id: ContactId,
    /// The street's own number for the contact.
    pub code: String,
    /// Whose contact.
    pub elder: ElderId,
    /// Family name and given name.
    pub name: String,
    /// What the contact is to the elder.
    pub relation: Relation,
    /// 1 is called first.
    pub call_order: u8,
    /// How much the contact is told.
    pub level: ContactLevel,
    /// Set by the duty leader: hears nothing, is never asked, and whose word closes nothing.
    #[serde(default)]
    pub restricted: bool,
    /// May agree to the door being forced.
    #[serde(default)]
    pub may_authorise_entry: bool,
    /// The responder that this contact is when signed in on a phone.
    #[serde(default)]
    pub responder: Option<ResponderId>,
    /// At which hours of the street's day they are to be reached; none: at any. At others they are asked last, and of nothing that is
    /// not critical.
    #[serde(default)]
    pub hours: Option<QuietHours>,
}

/// What the store seals of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContactSecrets {
    /// Best first.
    pub phones: Vec<Phone>,
}

impl ContactSecrets {
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

impl Contact {
    /// Whether the contact is told at `level`.
    pub fn hears(&self, level: ContactLevel) -> bool {
        !self.restricted && self.level >= level
    }

    /// Answers for the elder by law or in advance (意定监护): is asked first, and hears afterwards of what was opened of the elder's file
    /// in an emergency.
    pub fn is_guardian(&self) -> bool {
        self.relation == Relation::Guardian && !self.restricted
    }

    /// Whether the contact's word lets a door be forced.
    pub fn may_open(&self) -> bool {
        !self.restricted && self.may_authorise_entry
    }

    /// Each wrong field.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        look.text("code", &self.code, SHORT_TEXT_MAX);
        look.text("name", &self.name, SHORT_TEXT_MAX);
        look.when(self.call_order == 0, "call_order", "the first to be called is 1");
        let bad_hours = self
            .hours
            .is_some_and(|it| it.from > 23 || it.to > 23 || it.from == it.to);
        look.when(bad_hours, "hours", "must be two different hours, 0 to 23");
        let opens = self.restricted && self.may_authorise_entry;
        look.when(
            opens,
            "may_authorise_entry",
            "a restricted contact cannot authorise entry",
        );
        look.done()
    }
}

/// The contacts of one elder as they are to be called: by call order, then by code; restricted ones never.
pub fn contacts_in_call_order(contacts: &[Contact]) -> Vec<&Contact> {
    let mut callable: Vec<&Contact> = contacts.iter().filter(|it| !it.restricted).collect();
    callable.sort_by(|a, b| (a.call_order, &a.code).cmp(&(b.call_order, &b.code)));
    callable
}

/// Who keeps a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyOwner {
    /// A relative or neighbour.
    Contact(ContactId),
    /// A grid worker or volunteer.
    Responder(ResponderId),
    /// A station's key cabinet.
    Station(StationId),
}

/// A key to an elder's door in somebody's keeping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHolder {
    /// Whose door.
    pub elder: ElderId,
    /// Who keeps the key.
    pub owner: KeyOwner,
    /// The day on which the key last opened the door; `None`: nobody has tried.
    pub tested_on: Option<Date>,
}

impl KeyHolder {
    /// Whether the key was seen to open the door within `days` before `today`: locks are changed.
    pub fn is_tested(&self, today: Date, days: i32) -> bool {
        self.tested_on
            .is_some_and(|on| on <= today && (today - on).get_days() <= days)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::people::samples::{code, contact, elder, fields};

    const TODAY: Date = date(2026, 1, 1);
    fn at_home() -> Point {
        Point::new(39.38, 117.06).unwrap()
    }
    fn at_daughters() -> Point {
        Point::new(39.40, 117.10).unwrap()
    }

    fn away_until(until: Date) -> Elder {
        let mut it = elder();
        it.needs.insert(Need::Away);
        it.present = Some(PresentAddress {
            address: "女儿家".into(),
            point: Some(at_daughters()),
            until,
        });
        it
    }

    #[test]
    fn each_wrong_field_is_named() {
        type Spoil = fn(&mut Elder);
        let cases: &[(&[&str], Spoil)] = &[
            (&[], |_| ()),
            (&["code"], |it| it.code.clear()),
            (&["name"], |it| it.name = "王".repeat(65)),
            (&["name"], |it| it.name = "王\n秀英".into()),
            (&["address"], |it| it.address = "号".repeat(201)),
            (&["grid"], |it| it.grid = code("120114001003")),
            (&["home"], |it| it.home = Some(Point::new(0.0, 0.0).unwrap())),
            (&["needs"], |it| it.needs.clear()),
            (&["present"], |it| it.needs = BTreeSet::from([Need::Away])),
            (&["present"], |it| {
                it.present = Some(PresentAddress {
                    address: "女儿家".into(),
                    point: None,
                    until: TODAY,
                })
            }),
            (&["contact_mode"], |it| it.hearing = Hearing::Deaf),
            (&["lift_helpers"], |it| it.lift_helpers = 0),
            (&["lift_helpers"], |it| it.lift_helpers = 5),
            (&["dialect"], |it| it.dialect = Some(" 天津话".into())),
            (&["ability"], |it| {
                it.ability = Some(Ability {
                    level: 5,
                    instrument: "GB/T 42195-2022".into(),
                    assessed_on: TODAY,
                })
            }),
            (&["consents"], |it| {
                let consent = Consent {
                    version: "1".into(),
                    given_on: TODAY,
                    withdrawn_on: Some(date(2025, 12, 31)),
                };
                it.consents.insert(ConsentPurpose::Keys, consent);
            }),
            (&["code", "name", "needs"], |it| {
                it.code.clear();
                it.name.clear();
                it.needs.clear();
            }),
        ];
        for (at, (wrong, spoil)) in cases.iter().enumerate() {
            let mut it = elder();
            spoil(&mut it);
            assert_eq!(fields(it.check()), *wrong, "case {at}");
        }
    }

    #[test]
    fn expected_silence_ends_on_the_day_of_return() {
        let it = away_until(TODAY);
        assert_eq!(it.check(), Ok(()));
        let eve = date(2025, 12, 31);
        assert!(it.silence_expected(eve) && !it.silence_expected(TODAY));
        assert_eq!(it.door_on(eve), ("女儿家", Some(at_daughters())));
        assert_eq!(it.door_on(TODAY), (it.address.as_str(), it.home));
        assert!(it.needs_on(eve).contains(&Need::Away) && !it.needs_on(TODAY).contains(&Need::Away));
        assert!(!elder().silence_expected(TODAY));
    }

    #[test]
    fn a_far_fresh_fix_is_the_place_and_a_doubtful_one_leaves_both() {
        // Metres are made up: the rule asks only for the comparison.
        let far = |_: Point, _: Point| 201.0;
        let near = |_: Point, _: Point| 200.0;
        let fix = Point::new(39.39, 117.07).unwrap();
        let it = elder();
        assert_eq!(it.places_to_look(TODAY, None, 200.0, far), [at_home()]);
        assert_eq!(
            it.places_to_look(TODAY, Some((fix, Freshness::Fresh)), 200.0, near),
            [at_home()]
        );
        assert_eq!(
            it.places_to_look(TODAY, Some((fix, Freshness::Fresh)), 200.0, far),
            [fix]
        );
        assert_eq!(
            it.places_to_look(TODAY, Some((fix, Freshness::Stale)), 200.0, far),
            [at_home(), fix]
        );
        assert_eq!(
            it.places_to_look(TODAY, Some((fix, Freshness::Vague)), 200.0, far),
            [at_home(), fix]
        );
        let nowhere = Elder { home: None, ..elder() };
        assert!(nowhere.places_to_look(TODAY, None, 200.0, far).is_empty());
        assert_eq!(
            nowhere.places_to_look(TODAY, Some((fix, Freshness::Vague)), 200.0, far),
            [fix]
        );
        assert_eq!(
            away_until(date(2026, 2, 1)).places_to_look(TODAY, None, 200.0, far),
            [at_daughters()]
        );
    }

    #[test]
    fn contacts_are_called_in_order_and_a_restricted_one_never() {
        let restricted = Contact {
            restricted: true,
            may_authorise_entry: true,
            level: ContactLevel::Health,
            ..contact("C0", 1)
        };
        let all = [contact("C3", 2), contact("C2", 2), restricted.clone(), contact("C1", 1)];
        let called: Vec<&str> = contacts_in_call_order(&all).iter().map(|it| it.code.as_str()).collect();
        assert_eq!(called, ["C1", "C2", "C3"]);
        assert!(!restricted.hears(ContactLevel::Status) && !restricted.may_open());
        assert_eq!(fields(restricted.check()), ["may_authorise_entry"]);
        assert_eq!(fields(contact("C1", 0).check()), ["call_order"]);
        let history = Contact {
            level: ContactLevel::History,
            ..contact("C1", 1)
        };
        assert!(
            history.hears(ContactLevel::Status)
                && history.hears(ContactLevel::History)
                && !history.hears(ContactLevel::Health)
        );
        let mut barred = contact("C1", 1);
        barred.relation = Relation::Guardian;
        assert!(barred.is_guardian());
        barred.restricted = true;
        assert!(!barred.is_guardian(), "whoever hears nothing answers for nobody");
        for (from, to, wrong) in [
            (8, 20, false),
            (20, 8, false),
            (8, 8, true),
            (24, 8, true),
            (8, 24, true),
        ] {
            let mut it = contact("C1", 1);
            it.hours = Some(QuietHours { from, to });
            assert_eq!(it.check().is_err(), wrong, "{from} {to}");
        }
    }

    #[test]
    fn age_consent_and_keys_hold_by_the_day() {
        let it = elder(); // born 8 March 1941
        for (day, age) in [(date(2026, 3, 7), 84), (date(2026, 3, 8), 85), (date(2026, 12, 31), 85)] {
            assert_eq!(it.age(day), Some(age), "{day}");
        }
        let mut agreed = elder();
        let consent = Consent {
            version: "1".into(),
            given_on: TODAY,
            withdrawn_on: Some(date(2026, 2, 1)),
        };
        agreed.consents.insert(ConsentPurpose::ForcedEntry, consent);
        assert!(
            agreed.agreed(ConsentPurpose::ForcedEntry, TODAY)
                && agreed.agreed(ConsentPurpose::ForcedEntry, date(2026, 1, 31))
        );
        assert!(
            !agreed.agreed(ConsentPurpose::ForcedEntry, date(2025, 12, 31))
                && !agreed.agreed(ConsentPurpose::ForcedEntry, date(2026, 2, 1))
        );
        assert!(!agreed.agreed(ConsentPurpose::Keys, TODAY));
        let key = |tested_on| KeyHolder {
            elder: agreed.id,
            owner: KeyOwner::Contact(contact("C1", 1).id),
            tested_on,
        };
        assert!(key(Some(date(2025, 10, 3))).is_tested(TODAY, 90));
        assert!(!key(Some(date(2025, 10, 2))).is_tested(TODAY, 90));
        assert!(!key(Some(date(2026, 1, 2))).is_tested(TODAY, 90), "from the future");
        assert!(!key(None).is_tested(TODAY, 90));
    }

    #[test]
    fn an_elder_reads_back_and_older_rows_read_without_newer_fields() {
        let it = away_until(TODAY);
        let json = serde_json::to_value(&it).unwrap();
        assert_eq!(serde_json::from_value::<Elder>(json.clone()).unwrap(), it);
        let mut old = json;
        for field in [
            "hearing",
            "life_support",
            "lift_helpers",
            "ability",
            "consents",
            "status",
            "dialect",
            "born",
        ] {
            old.as_object_mut().unwrap().remove(field);
        }
        let read: Elder = serde_json::from_value(old).unwrap();
        assert_eq!(
            (read.hearing, read.lift_helpers, read.status),
            (Hearing::Good, 1, ElderStatus::Active)
        );
    }

    #[test]
    fn secrets_name_the_field_and_not_the_value() {
        let mut secrets = ElderSecrets::default();
        assert_eq!(secrets.check(), Ok(()));
        secrets.access.door_code = Some(Private::new("9".repeat(65)));
        secrets.health.summary = Some(Private::new("x\u{7}"));
        secrets.phones = vec!["10000000001".parse().unwrap(); 5];
        let flaws = secrets.check().unwrap_err();
        assert_eq!(
            flaws.0.iter().map(|it| it.field).collect::<Vec<_>>(),
            ["door_code", "health", "phones"]
        );
        assert!(!flaws.to_string().contains("999") && !format!("{secrets:?}").contains("999"));
    }
}
