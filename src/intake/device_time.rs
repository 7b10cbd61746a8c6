//! What the clock of a device is worth.
//!
//! The clocks of watches are set to Greenwich or to the street's time, as whoever set them up liked it, run on after an empty battery
//! from the year 2000, and repeat the time of the last fix indoors. So a time is believed when it is about now by one of the two
//! clocks; when satellites gave it; or when the device says that it has stored the frame. Everything else happened now.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::terminal::{Said, Zone};

/// Older than this is no stored frame but a clock that was never set (or has lost 1,024 weeks, as old receivers do).
pub const OLDEST: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// When it happened; none: now, as far as anybody can say.
    pub at: Option<Timestamp>,
    /// What was odd.
    pub odd: Option<&'static str>,
}

/// `stored`: the frame says so itself. `street`: hours east of Greenwich. `about`: how far from now a time of now may be.
pub fn when(said: Option<Said>, stored: bool, now: Timestamp, street: i8, about: SignedDuration) -> When {
    let none = |odd| When { at: None, odd };
    let Some(said) = said else {
        return none(None);
    };
    // The protocol's own clock first; but there are devices that do not keep to it.
    let first = match said.zone {
        Zone::Fixed(hours) => hours,
        Zone::Either => 0,
    };
    let clocks = [first, 0, street];
    let by = |hours: i8| {
        let offset = Offset::from_hours(hours).ok()?;
        offset.to_timestamp(said.at).ok()
    };
    let is_now = |it: &Timestamp| now.duration_since(*it).abs() <= about;
    if let Some(at) = clocks.into_iter().filter_map(by).find(is_now) {
        return When {
            at: Some(at),
            odd: None,
        };
    }
    // Not now. The first clock by which it has happened at all.
    let past = |it: &Timestamp| *it <= now && now.duration_since(*it) <= OLDEST;
    let Some(at) = clocks.into_iter().filter_map(by).find(past) else {
        return none(Some("device_clock_wrong"));
    };
    if stored || said.by_satellite {
        When {
            at: Some(at),
            odd: None,
        }
    } else {
        none(Some("device_time_old"))
    }
}

/// When a sensor of a home has seen what it says now: by its own clock where that is about now and not ahead, else now. By it a deadline
/// begins, and a deadline goes by our clock.
pub fn of_sensor(said: Option<Timestamp>, now: Timestamp, about: SignedDuration) -> Timestamp {
    said.filter(|at| *at <= now && now.duration_since(*at) <= about)
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    #[test]
    fn a_sensor_has_seen_it_about_now() {
        let now: Timestamp = "2026-03-01T04:00:00Z".parse().unwrap();
        let about = SignedDuration::from_mins(10);
        for (ago, believed) in [(0, true), (600, true), (601, false), (-1, false), (400 * 86_400, false)] {
            let said = now - SignedDuration::from_secs(ago);
            let wanted = if believed { said } else { now };
            assert_eq!(of_sensor(Some(said), now, about), wanted, "{ago}");
        }
        assert_eq!(of_sensor(None, now, about), now);
    }

    #[test]
    fn a_time_is_believed_for_a_reason_or_it_is_now() {
        let now: Timestamp = "2026-03-01T04:00:00Z".parse().unwrap();
        let about = SignedDuration::from_mins(10);
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let said = |year, month, day, hour, minute, zone, by_satellite| Said {
            at: datetime(year, month, day, hour, minute, 0, 0),
            zone,
            by_satellite,
        };
        use Zone::{Either, Fixed};
        for (told, stored, wanted, odd) in [
            // Now, by Greenwich and by the street; a little ahead and a little behind.
            (
                said(2026, 3, 1, 4, 0, Either, false),
                false,
                at("2026-03-01T04:00:00Z"),
                None,
            ),
            (
                said(2026, 3, 1, 12, 0, Either, false),
                false,
                at("2026-03-01T04:00:00Z"),
                None,
            ),
            (
                said(2026, 3, 1, 4, 9, Either, true),
                false,
                at("2026-03-01T04:09:00Z"),
                None,
            ),
            (
                said(2026, 3, 1, 11, 51, Either, true),
                true,
                at("2026-03-01T03:51:00Z"),
                None,
            ),
            (
                said(2026, 3, 1, 12, 0, Fixed(8), false),
                false,
                at("2026-03-01T04:00:00Z"),
                None,
            ),
            // It keeps to Greenwich although the protocol says the street's.
            (
                said(2026, 3, 1, 4, 0, Fixed(8), false),
                false,
                at("2026-03-01T04:00:00Z"),
                None,
            ),
            // Long ago: by satellites, or stored. By the street's clock where Greenwich's has not come so far.
            (
                said(2026, 3, 1, 2, 0, Either, true),
                false,
                at("2026-03-01T02:00:00Z"),
                None,
            ),
            (
                said(2026, 3, 1, 10, 0, Either, false),
                true,
                at("2026-03-01T02:00:00Z"),
                None,
            ),
            (
                said(2026, 3, 1, 10, 0, Fixed(8), true),
                false,
                at("2026-03-01T02:00:00Z"),
                None,
            ),
            // Long ago by nothing but its own word: the last fix, repeated indoors. It happens now.
            (
                said(2026, 3, 1, 2, 0, Either, false),
                false,
                None,
                Some("device_time_old"),
            ),
            // Never set, or years behind, or ahead of every clock.
            (
                said(2000, 1, 1, 0, 0, Either, false),
                false,
                None,
                Some("device_clock_wrong"),
            ),
            (
                said(2006, 7, 16, 4, 0, Either, true),
                false,
                None,
                Some("device_clock_wrong"),
            ),
            (
                said(2026, 3, 1, 22, 0, Either, false),
                true,
                None,
                Some("device_clock_wrong"),
            ),
        ] {
            let got = when(Some(told), stored, now, 8, about);
            assert_eq!(got, When { at: wanted, odd }, "{told:?} {stored}");
        }
        assert_eq!(when(None, true, now, 8, about), When { at: None, odd: None });
    }
}
