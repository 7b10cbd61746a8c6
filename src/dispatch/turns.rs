//! The turns of late calls: a watch that was out of reach, or a cloud that was, brings what was called hours ago, of many elders at once.
//! Each is a case of its own that its desk sees; whose people are asked when is said here, so that nobody's telephone rings for all of
//! them.
//!
//! Nothing here waits or reads a clock. Start at [`Turns::next`].

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::case::Subject;

/// Whoever called again this long after their turn is another matter and takes another.
const SAME_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Turns that are remembered before those that are over are forgotten.
const REMEMBERED: usize = 4_096;

/// A street's turns: so many at once, then one after another. What is not used comes back with time.
#[derive(Debug)]
pub(super) struct Turns {
    every: SignedDuration,
    /// How far the last turn may lie ahead and still be one of those at once.
    at_once: SignedDuration,
    /// By street: the end of the last turn, if each took its time.
    ends: HashMap<String, Timestamp>,
    /// The turn of each subject: of ten calls that one watch has stored all are the first one's.
    given: HashMap<Subject, Timestamp>,
    forget_at: usize,
}

impl Turns {
    /// `at_once` (at least 1) turns together, then one in `every_s` seconds.
    pub fn new(at_once: u32, every_s: u32) -> Self {
        let every = SignedDuration::from_secs(every_s.into());
        Self {
            every,
            at_once: every * i32::try_from(at_once.saturating_sub(1)).unwrap_or(i32::MAX),
            ends: HashMap::new(),
            given: HashMap::new(),
            forget_at: REMEMBERED,
        }
    }

    /// When the people of `subject` in `street` are asked: `now`, or the first instant that is free.
    pub fn next(&mut self, street: &str, subject: Subject, now: Timestamp) -> Timestamp {
        let known = self
            .given
            .get(&subject)
            .filter(|at| now.duration_since(**at) < SAME_FOR);
        if let Some(at) = known {
            return (*at).max(now);
        }
        if self.given.len() >= self.forget_at {
            self.given.retain(|_, at| now.duration_since(*at) < SAME_FOR);
            self.ends.retain(|_, end| *end > now);
            self.forget_at = REMEMBERED.max(self.given.len() * 2);
        }
        let end = self.ends.get(street).copied().unwrap_or(now).max(now);
        let turn = end.checked_sub(self.at_once).unwrap_or(now).max(now);
        self.ends
            .insert(street.to_owned(), end.checked_add(self.every).unwrap_or(end));
        self.given.insert(subject, turn);
        turn
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::ids::ElderId;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_000_000 + seconds).unwrap()
    }

    fn elder(n: u128) -> Subject {
        Subject::Elder(ElderId::new(Uuid::from_u128(n)))
    }

    fn seconds(turns: &mut Turns, street: &str, n: u128, now: i64) -> i64 {
        turns.next(street, elder(n), at(now)).duration_since(at(0)).as_secs()
    }

    #[test]
    fn the_first_are_asked_at_once_and_the_others_one_after_another() {
        let mut turns = Turns::new(3, 20);
        let got: Vec<i64> = (0..6).map(|n| seconds(&mut turns, "120114001", n, 0)).collect();
        assert_eq!(got, [0, 0, 0, 20, 40, 60]);
        // Another street has its own, and ten calls of one watch have one turn.
        assert_eq!(seconds(&mut turns, "120114002", 100, 0), 0);
        assert_eq!(seconds(&mut turns, "120114001", 4, 10), 40);
        assert_eq!(seconds(&mut turns, "120114001", 4, 50), 50, "it has come meanwhile");
        assert_eq!(seconds(&mut turns, "120114001", 6, 10), 80);
        // After a rest all is as at first; half a rest gives some.
        assert_eq!(seconds(&mut turns, "120114001", 7, 121), 121);
        assert_eq!(seconds(&mut turns, "120114001", 8, 1_000), 1_000);
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let mut turns = Turns::new(1, 1);
        for n in 0..20_000 {
            turns.next(&n.to_string(), elder(n), at(i64::try_from(n).unwrap()));
        }
        assert!(turns.given.len() <= 2 * REMEMBERED && turns.ends.len() <= 2 * REMEMBERED);
    }

    proptest! {
        #[test]
        fn no_street_has_more_turns_in_a_stretch_than_said_and_none_is_before_its_call(
            at_once in 1_u32..6, every in 1_u32..40, steps in prop::collection::vec(0_i64..30, 1..80)) {
            let mut turns = Turns::new(at_once, every);
            let (mut now, mut got) = (0, Vec::new());
            for (n, step) in steps.iter().enumerate() {
                now += step;
                let turn = seconds(&mut turns, "120114001", n as u128, now);
                prop_assert!(turn >= now);
                got.push(turn);
            }
            for (n, from) in got.iter().enumerate() {
                let stretch = 100;
                let within = got[n..].iter().filter(|it| **it - from < stretch).count();
                prop_assert!(within <= at_once as usize + (stretch as usize).div_ceil(every as usize), "{got:?}");
            }
        }
    }
}
