//! Inside, edge, outside: three honest answers to "within fifteen minutes?".
//!
//! Two respected route planners disagree on 18 % of the car journeys near the line and on 1 % of those outside a band
//! of two minutes around it (docs/performance.md). So nobody is told a bare yes or no.

use serde::{Deserialize, Serialize};

/// How an arrival stands to a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// In time, even if the estimate is somewhat wrong.
    Inside,
    /// Too close to the line to say.
    Edge,
    /// Too late, even if the estimate is somewhat wrong.
    Outside,
}

/// A circle in seconds of travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Up to here an arrival is inside.
    pub inside_seconds: u32,
    /// Up to here it is on the edge.
    pub edge_seconds: u32,
}

impl Limits {
    /// The fifteen-minute circle: inside to 13 minutes, edge to 17.
    pub const FIFTEEN_MINUTES: Self = Self::around(15);

    /// A circle of `minutes`, with an edge of 2 minutes in 15 on either side.
    pub const fn around(minutes: u32) -> Self {
        let seconds = minutes.saturating_mul(60);
        let band = seconds / 15 * 2;
        Self {
            inside_seconds: seconds - band,
            edge_seconds: seconds.saturating_add(band),
        }
    }
}

impl Reach {
    /// Where an arrival after `seconds` stands.
    pub const fn of(seconds: u32, limits: Limits) -> Self {
        if seconds <= limits.inside_seconds {
            Self::Inside
        } else if seconds <= limits.edge_seconds {
            Self::Edge
        } else {
            Self::Outside
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_is_two_minutes_around_fifteen() {
        let limits = Limits::FIFTEEN_MINUTES;
        for (seconds, want) in [
            (0, Reach::Inside),
            (13 * 60, Reach::Inside),
            (13 * 60 + 1, Reach::Edge),
            (17 * 60, Reach::Edge),
            (17 * 60 + 1, Reach::Outside),
            (u32::MAX, Reach::Outside),
        ] {
            assert_eq!(Reach::of(seconds, limits), want, "{seconds}");
        }
        assert_eq!(
            Limits::around(30),
            Limits {
                inside_seconds: 26 * 60,
                edge_seconds: 34 * 60
            }
        );
        assert_eq!(Limits::around(u32::MAX).edge_seconds, u32::MAX);
    }
}
