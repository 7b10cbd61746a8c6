//! Typed identifiers: one cannot be swapped for another, and none is made by accident.
//!
//! The value is always brought by the caller: edges make version 7 UUIDs through [`crate::clock::Ids`], the pure core
//! derives version 5 UUIDs from what it already knows. On the wire an id is its prefix, an underscore and 32 hex digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A text that is not an id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {wanted} id: expected `{wanted}_` and 32 hex digits")]
pub struct BadId {
    /// The prefix that was expected.
    pub wanted: &'static str,
}

macro_rules! typed_id {
    ($(#[$about:meta])* $name:ident, $prefix:literal) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// The word before the underscore on the wire.
            pub const PREFIX: &'static str = $prefix;
            /// The caller brings the value: the clock and the randomness stay at the edge.
            pub const fn new(value: Uuid) -> Self {
                Self(value)
            }
            /// The bare value, for a column of the store.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
            /// An id that follows from a parent id and a name: the same inputs give the same id on every node.
            pub fn derive(parent: Uuid, name: &str) -> Self {
                Self(Uuid::new_v5(&parent, name.as_bytes()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                let bad = BadId { wanted: $prefix };
                let digits = text.strip_prefix(concat!($prefix, "_")).ok_or_else(|| bad.clone())?;
                if digits.len() != 32 {
                    return Err(bad);
                }
                Uuid::try_parse(digits).map(Self).map_err(|_| bad)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

typed_id!(/// One signal as it arrived.
    AlertId, "alert");
typed_id!(/// One situation of one subject in one lane.
    CaseId, "case");
typed_id!(/// A case put to one responder.
    OfferId, "offer");
typed_id!(/// A hand-over to 120, 110, 119, the police grid or the district.
    ReferralId, "ref");
typed_id!(/// A free text kept sealed beside a case.
    NoteId, "note");
typed_id!(/// A photo from the scene, kept sealed beside a case.
    PhotoId, "photo");
typed_id!(/// A person cared for.
    ElderId, "elder");
typed_id!(/// The people of one home.
    HouseholdId, "house");
typed_id!(/// A district, street, community or grid; its code may change, this does not.
    AreaId, "area");
typed_id!(/// A person or unit that can be offered a case.
    ResponderId, "resp");
typed_id!(/// A relative, neighbour or key holder of an elder.
    ContactId, "contact");
typed_id!(/// A terminal or sensor.
    DeviceId, "device");
typed_id!(/// A fixed place giving service.
    StationId, "station");
typed_id!(/// Somebody who can sign in.
    UserId, "user");
typed_id!(/// A link by which one contact of one elder comes to the family page, once.
    InviteId, "invite");
typed_id!(/// A device on which somebody of the family has opened their page.
    FamilyDeviceId, "famdev");
typed_id!(/// A screen on a wall that shows figures and nothing else.
    WallId, "wall");
typed_id!(/// A desk handed over from one shift to the next.
    HandoverId, "handover");
typed_id!(/// A telephone call of the service.
    CallId, "call");
typed_id!(/// One row of the outbox.
    NoticeId, "notice");
typed_id!(/// Somebody was looked in on.
    VisitId, "visit");
typed_id!(/// A try of a way out of the house for a street.
    CanaryId, "canary");
typed_id!(/// A revision of a street's plans that waits for a second person.
    PlanRevisionId, "revision");
typed_id!(/// A street that reports to a district.
    NodeId, "node");
typed_id!(/// What a district answers to a case that was handed up.
    AnswerId, "answer");
typed_id!(/// A browser that is pushed to.
    PushId, "push");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_refuses_another_kind() {
        let id = CaseId::new(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "case_00000000000000000000000000000007");
        assert_eq!(id.to_string().parse::<CaseId>(), Ok(id));
        assert_eq!(id.to_string().parse::<OfferId>(), Err(BadId { wanted: "offer" }));
        assert!("case_7".parse::<CaseId>().is_err());
        assert!("case_0000000000000000000000000000000g".parse::<CaseId>().is_err());
        let text = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<CaseId>(&text).unwrap(), id);
    }
}
