//! What of a case is told to the level above: what it is, how it stands and since when; no name, no telephone, no address, no door.
//!
//! The one exception is the reason of a hand-up: whoever hands a case up writes it for the district, and it goes with the hand-up.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::state::{Case, Referral};
use super::words::{Agency, Kind, Severity, SheetWay, State};
use crate::ids::{CaseId, NoteId, ReferralId};
use crate::people::words::words;
use crate::people::{AreaCode, Tier};

/// Hand-ups of one case that are told, the newest.
pub const HANDED_UP_MAX: usize = 5;

words! {
    /// How a hand-up stands with the street.
    Standing ("standing of a hand-up") {
        /// The street waits for an answer.
        Waiting = "waiting",
        /// An answer has landed, or somebody over there has acknowledged it by another way.
        Acknowledged = "acknowledged",
        /// The street waits no more, and has written why.
        Waived = "waived",
        /// The case is closed.
        Over = "over",
    }
}

/// A case that was handed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedUp {
    /// Which hand-up.
    pub referral: ReferralId,
    /// When.
    pub at: Timestamp,
    /// How it stands.
    pub standing: Standing,
    /// The street knows that it has arrived.
    #[serde(default)]
    pub arrived: bool,
    /// Why, in the words of whoever handed it up; filled in when it is sent, and left out once it has arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where these words are kept.
    #[serde(skip)]
    pub note: Option<NoteId>,
}

/// A case as the level above sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Which.
    pub case: CaseId,
    /// After how many records.
    pub version: u32,
    /// Its number.
    pub number: String,
    /// What was reported first. A text: a street may know a kind that its district does not know yet.
    pub kind: String,
    /// How serious.
    pub severity: Severity,
    /// How far.
    pub state: State,
    /// Who owns it.
    pub tier: Tier,
    /// Its grid, or what is known of it; none: it belongs to no area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaCode>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it is looked at next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When somebody must be at the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_by: Option<Timestamp>,
    /// Nobody was at the door in time.
    #[serde(default)]
    pub door_late: bool,
    /// It rings: nobody has said yes, and nobody at a desk has it in hand.
    #[serde(default)]
    pub unanswered: bool,
    /// What of it was handed up, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handed_up: Vec<HandedUp>,
}

impl Summary {
    /// Of a case; none: it is no business of another level (an exercise, the service's own alarm, a test of a device).
    pub fn of(case: &Case, number: &str, area_code: &str) -> Option<Self> {
        if case.drill || case.is_test() || case.kind == Kind::SelfCheck {
            return None;
        }
        let to_district = case.referrals.iter().filter(|it| it.to == Agency::District);
        let mut handed_up: Vec<HandedUp> = to_district.map(|it| handed_up(case, it)).collect();
        handed_up.drain(..handed_up.len().saturating_sub(HANDED_UP_MAX));
        Some(Self {
            case: case.id,
            version: case.version,
            number: number.to_owned(),
            kind: case.kind.as_str().to_owned(),
            severity: case.severity,
            state: case.state,
            tier: case.tier,
            area: area_code.parse().ok(),
            opened_at: case.opened_at,
            due_at: case.due_at(),
            door_by: case.door_by,
            door_late: case.door_late,
            unanswered: case.is_unanswered(),
            handed_up,
        })
    }

    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Resolved | State::Closed)
    }
}

fn handed_up(case: &Case, it: &Referral) -> HandedUp {
    HandedUp {
        referral: it.id,
        at: it.at,
        standing: match (it.acknowledged_at, it.waived_at) {
            _ if case.state == State::Closed => Standing::Over,
            (Some(_), _) => Standing::Acknowledged,
            (None, Some(_)) => Standing::Waived,
            (None, None) => Standing::Waiting,
        },
        arrived: it.handed.contains(&SheetWay::Line),
        reason: None,
        note: it.reason,
    }
}
