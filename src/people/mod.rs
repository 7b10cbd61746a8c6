//! Who there is: elders and their needs, households, contacts, responders and duty, chains, areas, devices, stations.
//!
//! Nothing here waits, logs, reads a clock or knows of a database: an instant or a day comes in as a value. Start at
//! [`Elder`] and [`Responder`]; who of the responders may be asked for whom is [`fit::barriers`].
//!
//! Holds always:
//! - plain structs hold no phone, identity number, door code or health text: those live in `*Secrets`, which the store
//!   seals, and print as `***`;
//! - every type has a `check` that names each wrong field; the store and the importer let nothing unchecked in;
//! - a restricted contact is never called and proves nothing;
//! - a viewer's scope is a set of whole area codes; an empty set sees nothing.

mod account;
mod activity;
mod area;
mod area_codes;
pub mod area_map;
mod chain;
mod device;
mod elder;
mod family;
pub mod fit;
mod flaw;
pub mod handover;
pub mod import;
mod label;
mod need_label;
mod reach;
mod responder;
mod rota;
mod round;
#[cfg(test)]
pub(crate) mod samples;
mod secret;
mod service;
mod station;
mod usual;
pub mod visit;
pub(crate) mod words;

pub use account::{
    PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, USERNAME_MAX_CHARS, password_flaw, rights_flaw, sound_username,
};
pub use activity::{
    Doing, Hours, Moved, NoActivityRule, OutOfBedRule, Own, OwnRules, POWER_STEP_W, Rules, Sensed, WATER_ACTIVE_L,
    WINDOW_MAX_H, Watched, WaterOverRule,
};
pub use area::{Area, AreaCode, AreaLevel, BadAreaCode, PrefixSet, WUQING};
pub use area_codes::{ListedCodes, listed_codes};
pub use area_map::AreaMap;
pub use chain::{Answerable, Chain, ChainPost, ChainSubject, Link, StandIn, answerable, resolve_stand_in};
pub use device::{
    BEAT_MAX_S, Carrier, Device, DeviceBinding, DeviceDeed, DeviceKind, DeviceOrder, MESSAGE_MAX_CHARS, NAME_MAX_CHARS,
    OrderKind, OrderState, Protocol, SOS_NUMBERS_MAX, TERMINAL_MAX_CHARS, TEST_MAX, Terminal, UnbindReason,
    terminal_number,
};
pub use elder::{
    Ability, Consent, ConsentPurpose, Contact, ContactLevel, ContactMode, ContactSecrets, DoorAccess, Elder,
    ElderSecrets, ElderStatus, Health, Hearing, Household, KeyHolder, KeyOwner, LifeSupport, PresentAddress, Relation,
    contacts_in_call_order,
};
pub use family::{FamilyChoices, QuietHours, ToldBy, ends_with_digits, family_name};
pub use fit::{Ask, Barrier};
pub use flaw::{Flaw, Flaws};
pub use label::{BadLabel, Imei, LABEL_MAX_CHARS};
pub use need_label::{NeedLabel, NeedLabels, NeedShape, VISIT_MAX_DAYS};
pub use reach::{
    BadMailbox, BadMemberId, Language, Mailbox, MemberId, Outline, PushAddress, PushSubscription, Reach, Reached,
    Staff, Way,
};
pub use responder::{
    Duty, Fix, FixLimits, Freshness, Responder, ResponderKind, ResponderSecrets, Sensitivity, Shift, Skill,
    Whereabouts, on_duty_by_rota,
};
pub use rota::{Gap, RotaWeek, WeekLine, check_weeks, gaps, overlap, swap_flaw, swapped, twice};
pub use round::RoundResult;
pub use secret::{BadIdentityNumber, BadPhone, IdentityNumber, Phone, Private};
pub use service::{Holiday, OpenHours, Opens, Places, ServiceKind, ServiceWay, StationService, Unfit};
pub use station::{Beds, ServiceCircle, Station, StationKind, StationSecrets};
pub use usual::{DAYS_MIN as USUAL_DAYS_MIN, Habit, Learning, Usual};
pub use visit::{ProofSays, Rhythm, VisitPlan, VisitProof, VisitResult, VisitWay};
pub use words::UnknownWord;

pub use elder::Need;
pub use responder::{Role, Tier};

use uuid::Uuid;

/// Under this name space ids follow from the street's own codes, so that importing a sheet again updates its rows.
const BY_CODE: Uuid = Uuid::from_u128(0x6f0c_9f1e_5a4b_5d7e_9b57_19c8_4d0a_21e3);

macro_rules! ids_by_code {
    ($($(#[$about:meta])* $name:ident -> $id:ident, $kind:literal;)+) => {$(
        $(#[$about])*
        pub fn $name(code: &str) -> crate::ids::$id {
            crate::ids::$id::derive(BY_CODE, &format!(concat!($kind, ":{}"), code))
        }
    )+};
}

ids_by_code! {
    /// The id of the elder whom the street files under `code`.
    elder_id -> ElderId, "elder";
    /// The id of the household that the street files under `code`.
    household_id -> HouseholdId, "house";
    /// The id of the contact filed under `code`.
    contact_id -> ContactId, "contact";
    /// The id of the responder filed under `code`.
    responder_id -> ResponderId, "resp";
    /// The id of the device that prints `code` on its label.
    device_id -> DeviceId, "device";
    /// The id of the station filed under `code`.
    station_id -> StationId, "station";
    /// The id of the area first imported under `code`; a later recoding keeps the id.
    area_id -> AreaId, "area";
}
