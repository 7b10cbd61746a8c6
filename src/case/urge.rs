//! Urging (催办): the family asks how it is getting on, and the desk is rung once more.
//!
//! ```text
//! opened ──180 s──▶ may be urged ──urged──▶ 180 s of waiting ──▶ may be urged ──…  three times at most
//! ```
//!
//! Holds always:
//! - an urge is a mark: it stops, starts and resets no clock, and raises nothing;
//! - the limits are of the whole family, not of each: five children are no reason to ring a desk five times;
//! - nobody is urged while somebody is with the elder, nor after the end.

use jiff::{SignedDuration, Timestamp};

use super::decide::Refusal;
use super::state::{Case, FamilyMark};
use super::words::{FamilyWord, State};

/// Seconds from the opening, and from the last urge of anybody of the family, before the next.
pub const URGE_AFTER_S: u32 = 180;
/// Urges of one case at most.
pub const URGES_MAX: usize = 3;

/// What the family may still urge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Urging {
    /// How often.
    pub left: usize,
    /// Not before.
    pub from: Timestamp,
}

impl Case {
    /// The urges so far, oldest first.
    pub fn urges(&self) -> impl Iterator<Item = &FamilyMark> {
        self.family.iter().filter(|it| it.said == FamilyWord::Urge)
    }

    /// What the family may still urge; none: there is nothing to urge.
    pub fn urging(&self) -> Option<Urging> {
        let waits = matches!(self.state, State::Ringing | State::Engaged | State::OnScene) && !self.contact;
        let last = self.urges().last().map_or(self.opened_at, |it| it.at);
        waits.then(|| Urging {
            left: URGES_MAX.saturating_sub(self.urges().count()),
            from: last + SignedDuration::from_secs(URGE_AFTER_S.into()),
        })
    }

    /// Whether it may be urged now.
    pub(super) fn may_urge(&self, now: Timestamp) -> Result<(), Refusal> {
        if matches!(self.state, State::Resolved | State::Closed) {
            return Err(Refusal::Over);
        }
        let urging = self.urging().ok_or(Refusal::NotNow)?;
        if urging.left == 0 {
            return Err(Refusal::UrgedEnough);
        }
        if now < urging.from {
            return Err(Refusal::UrgedLately);
        }
        Ok(())
    }
}
