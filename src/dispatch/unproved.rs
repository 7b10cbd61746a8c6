//! How many of those who cannot prove who they are get written down.
//!
//! Each row of the quarantine is a commit, and a commit waits for the disk: whoever floods the service with bad keys must not
//! make it wait for them instead of for alerts. So a sender has [`OF_A_SENDER_MAX`] writes a second, all of them together
//! [`OF_ALL_MAX`]; what comes beyond is answered and counted, and not written.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Writes a second for one network address.
pub const OF_A_SENDER_MAX: u32 = 5;
/// Writes a second for all together.
pub const OF_ALL_MAX: u32 = 20;
/// What is counted, is counted anew after this long.
const SPAN: SignedDuration = SignedDuration::from_secs(1);

/// What came beyond the limits since the service started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NotKept {
    /// How many.
    pub count: u64,
    /// The last one.
    pub last_at: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Second {
    began: Timestamp,
    /// By address. At most [`OF_ALL_MAX`] of them: whoever comes after those is refused by the limit for all.
    by_sender: HashMap<String, u32>,
    all: u32,
    not_kept: NotKept,
}

/// Counts who is written down. One a process.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Second>);

impl Throttle {
    /// Whether somebody at `address` may be written down now; counted either way.
    pub fn admits(&self, address: &str, now: Timestamp) -> bool {
        let mut second = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(second.began) >= SPAN || now < second.began {
            second.began = now;
            second.by_sender.clear();
            second.all = 0;
        }
        let of_sender = second.by_sender.get(address).copied().unwrap_or(0);
        let admitted = second.all < OF_ALL_MAX && of_sender < OF_A_SENDER_MAX;
        if admitted {
            second.all += 1;
            second.by_sender.insert(address.to_owned(), of_sender + 1);
        } else {
            second.not_kept.count += 1;
            second.not_kept.last_at = Some(now);
        }
        admitted
    }

    /// Somebody is written down already, and what they send now is only counted.
    pub fn count(&self, now: Timestamp) {
        let mut second = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        second.not_kept.count += 1;
        second.not_kept.last_at = Some(now);
    }

    /// What came beyond the limits.
    pub fn not_kept(&self) -> NotKept {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).not_kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_772_000_000_000 + millis).unwrap()
    }

    #[test]
    fn each_sender_has_its_writes_a_second_and_all_together_have_theirs() {
        let throttle = Throttle::default();
        let kept =
            |address: &str, tries: u32, now: Timestamp| (0..tries).filter(|_| throttle.admits(address, now)).count();
        assert_eq!(kept("a", 9, at(0)), 5);
        assert_eq!(kept("b", 5, at(400)), 5, "another sender is not held up by the first");
        assert_eq!(
            throttle.not_kept(),
            NotKept {
                count: 4,
                last_at: Some(at(0))
            }
        );
        assert_eq!(kept("a", 1, at(999)), 0);
        assert_eq!(kept("c", 5, at(999)) + kept("d", 5, at(999)), 10);
        assert_eq!(kept("e", 3, at(999)), 0, "all together");
        assert_eq!(
            throttle.not_kept(),
            NotKept {
                count: 8,
                last_at: Some(at(999))
            }
        );
        assert_eq!(kept("e", 9, at(1_000)), 5, "the next second");
        // A clock that was put back does not shut anybody out.
        assert_eq!(kept("e", 9, at(-5_000)), 5);
    }
}
