//! What those who ask for a letter and those who carry it say to each other: plain answers, so that neither room needs the other.

use jiff::Timestamp;

use crate::store::StoreError;

/// A month in figures. No kind of alarm is here: it may say how somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// `2026-11`.
    pub month: String,
    /// Alarms.
    pub calls: u32,
    /// Of them, those that were nothing.
    pub false_alarms: u32,
    /// How often somebody came to the door.
    pub came: u32,
    /// Days without an alarm.
    pub quiet_days: u32,
}

/// What came of the letter of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetSent {
    /// The provider has it.
    Taken,
    /// Not now: it is worth trying again.
    Later(String),
    /// Not at all, and why.
    Not(String),
}

/// Why no try of the ways out of the house was begun by hand.
#[derive(Debug, thiserror::Error)]
pub enum CanaryRefused {
    /// There is no carrier at all.
    #[error("no way out of the house is configured")]
    NoCarriers,
    /// The configuration names nobody of the street.
    #[error("nobody of this street is named for it")]
    NobodyNamed,
    /// The one before was too short a time ago.
    #[error("one try of a street in ten minutes")]
    TooSoon {
        /// From then on.
        again_at: Timestamp,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}
