//! When the service listened. While it was down nobody could be heard, and nobody is silent for it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// So many breaks are remembered; the oldest are forgotten first.
const BREAKS_MAX: usize = 64;

/// A break older than this is nobody's excuse any more: twice the longest beat.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What is remembered of it, across restarts, as one text in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// Up to here everything that was heard is in the store.
    until: Timestamp,
    /// The breaks, oldest first: from, to.
    breaks: Vec<(Timestamp, Timestamp)>,
}

impl Listening {
    /// Begins to listen at `now`; `before`: what was remembered last, of a store that was never listened for nothing. What lies
    /// between is a break: also what was heard after the last word was written may be lost.
    pub fn begin(before: Option<Self>, now: Timestamp) -> Self {
        let mut it = before.unwrap_or(Self {
            until: Timestamp::UNIX_EPOCH,
            breaks: vec![],
        });
        if it.until < now {
            it.breaks.push((it.until, now));
        }
        it.until = it.until.max(now);
        it
    }

    /// Everything that was heard before `now` is in the store.
    pub fn goes_on(&mut self, now: Timestamp) {
        self.until = self.until.max(now);
        self.breaks.retain(|it| now.duration_since(it.1) < REMEMBERED);
        let many = self.breaks.len().saturating_sub(BREAKS_MAX);
        self.breaks.drain(..many);
    }

    /// How long has been listened between two instants.
    pub fn listened(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        let deaf: SignedDuration = self
            .breaks
            .iter()
            .map(|(began, ended)| {
                to.min(*ended)
                    .duration_since(from.max(*began))
                    .max(SignedDuration::ZERO)
            })
            .sum();
        to.duration_since(from) - deaf
    }

    /// Since when it has been listened without a break.
    pub fn since(&self) -> Option<Timestamp> {
        self.breaks.last().map(|it| it.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_000_000 + seconds).unwrap()
    }

    #[test]
    fn what_was_not_listened_to_does_not_count() {
        let mut it = Listening::begin(None, at(0));
        it.goes_on(at(100));
        let it = Listening::begin(Some(it), at(400));
        let mut it = Listening::begin(Some(it), at(400)); // no time between: no break
        assert_eq!(it.since(), Some(at(400)));
        for (from, to, wanted) in [
            (0, 100, 100),
            (0, 400, 100),
            (50, 450, 100),
            (150, 350, 0),
            (200, 500, 100),
            (400, 500, 100),
        ] {
            assert_eq!(it.listened(at(from), at(to)).as_secs(), wanted, "{from} to {to}");
        }
        for n in 0..200 {
            it.goes_on(at(1_000 + n * 20));
            it = Listening::begin(Some(it), at(1_010 + n * 20));
        }
        it.goes_on(at(6_000));
        assert_eq!(it.breaks.len(), BREAKS_MAX);
        it.goes_on(at(6_000 + 15 * 86_400));
        assert!(it.breaks.is_empty());
    }

    #[test]
    fn it_reads_back_as_it_was_written() {
        let it = Listening::begin(Some(Listening::begin(None, at(0))), at(60));
        let text = serde_json::to_string(&it).unwrap();
        assert_eq!(serde_json::from_str::<Listening>(&text).unwrap(), it);
    }
}
