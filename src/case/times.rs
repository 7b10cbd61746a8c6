//! How fast help came: the instants of a case by which a street is measured, read from its log.
//!
//! Start at [`Times::of`].

use jiff::{SignedDuration, Timestamp};

use super::record::{Event, Record};

/// The instants of one case. What was taken back does not count: an arrival at the wrong address, an end that was no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// When the first alert was received.
    pub opened_at: Timestamp,
    /// The first yes, or the first who was sent by the desk.
    pub accepted_at: Option<Timestamp>,
    /// The first who stood at the right door.
    pub arrived_at: Option<Timestamp>,
    /// When nobody had to come any more: resolved, or closed.
    pub ended_at: Option<Timestamp>,
}

impl Times {
    /// By the log from its first record on; none: there is no record.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Option<Self> {
        let mut records = records.into_iter();
        let mut times = Self {
            opened_at: records.next()?.at,
            accepted_at: None,
            arrived_at: None,
            ended_at: None,
        };
        for it in records {
            match it.event {
                Event::Accepted { .. } | Event::Assigned { .. } => {
                    times.accepted_at.get_or_insert(it.at);
                }
                Event::Arrived { .. } => {
                    times.arrived_at.get_or_insert(it.at);
                }
                Event::ArrivalUndone { .. } => times.arrived_at = None,
                Event::Resolved { .. } | Event::Closed { .. } => {
                    times.ended_at.get_or_insert(it.at);
                }
                Event::Reopened { .. } => times.ended_at = None,
                _ => {}
            }
        }
        Some(times)
    }

    /// From the alert to the first yes.
    pub fn to_accept(&self) -> Option<SignedDuration> {
        self.accepted_at.map(|it| it.duration_since(self.opened_at))
    }

    /// From the alert to the door.
    pub fn to_arrive(&self) -> Option<SignedDuration> {
        self.arrived_at.map(|it| it.duration_since(self.opened_at))
    }

    /// Whether somebody was at the door within `limit`. None: nobody had to come, because it had ended before, or there is still
    /// time. A case that ends later without an arrival was late: for so long nobody knew that it was nothing.
    pub fn in_time(&self, limit: SignedDuration, now: Timestamp) -> Option<bool> {
        let by = self.opened_at + limit;
        match (self.arrived_at, self.ended_at) {
            (Some(at), _) => Some(at <= by),
            (None, Some(at)) => (at > by).then_some(false),
            (None, None) => (now > by).then_some(false),
        }
    }
}

/// The value at or under which `percent` of the sorted values lie (nearest rank); none of no values.
pub fn percentile(sorted: &[u64], percent: u32) -> Option<u64> {
    let rank = (sorted.len() * percent as usize).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Author, Outcome};
    use crate::ids::ResponderId;
    use uuid::Uuid;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_000_000 + seconds).unwrap()
    }

    fn log(events: &[(i64, Event)]) -> Vec<Record> {
        // What the first record says is of no matter here: its instant is.
        let first = (0, Event::DoorLate);
        let all = std::iter::once(&first).chain(events);
        all.map(|(seconds, event)| Record {
            at: at(*seconds),
            by: Author::System,
            done_at: None,
            event: event.clone(),
            clocks: vec![],
        })
        .collect()
    }

    #[test]
    fn what_counts_and_what_was_taken_back() {
        let responder = ResponderId::new(Uuid::from_u128(1));
        let arrived = Event::Arrived { responder };
        let undone = Event::ArrivalUndone { responder };
        let resolved = Event::Resolved {
            outcome: Outcome::FineByVoice,
            reason: None,
        };
        let limit = SignedDuration::from_secs(900);
        // Events; arrival in seconds; in time at 600 s, at 1000 s.
        type Row = (Vec<(i64, Event)>, Option<i64>, Option<bool>, Option<bool>);
        let table: Vec<Row> = vec![
            (vec![], None, None, Some(false)),
            (vec![(300, arrived.clone())], Some(300), Some(true), Some(true)),
            (vec![(900, arrived.clone())], Some(900), Some(true), Some(true)),
            (vec![(901, arrived.clone())], Some(901), Some(false), Some(false)),
            (
                vec![(300, arrived.clone()), (320, undone.clone())],
                None,
                None,
                Some(false),
            ),
            (
                vec![(300, arrived.clone()), (320, undone), (500, arrived.clone())],
                Some(500),
                Some(true),
                Some(true),
            ),
            (vec![(60, resolved.clone())], None, None, None),
            (vec![(950, resolved)], None, Some(false), Some(false)),
        ];
        for (events, arrival, early, later) in table {
            let times = Times::of(&log(&events)).unwrap();
            assert_eq!(times.to_arrive().map(|it| it.as_secs()), arrival, "{events:?}");
            assert_eq!(times.in_time(limit, at(600)), early, "{events:?}");
            assert_eq!(times.in_time(limit, at(1_000)), later, "{events:?}");
        }
        assert_eq!(Times::of(&[]), None);
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(percentile(&[7], 90), Some(7));
        let ten: Vec<u64> = (1..=10).collect();
        assert_eq!(
            (percentile(&ten, 50), percentile(&ten, 90), percentile(&ten, 100)),
            (Some(5), Some(9), Some(10))
        );
    }
}
