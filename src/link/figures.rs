//! How a street stands, as a few sums: what its own wall shows, for the wall of the district.
//!
//! Start at [`Figures::of`]. Holds always: exercises and the service's own alarm are in no figure.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::case::times::percentile;
use crate::case::{Case, Kind, Lane, Severity, State, Times};
use crate::dispatch::Desk;
use crate::ids::CaseId;
use crate::people::ResponderKind;
use crate::store::StoreError;
use crate::store::cases::{CaseFilter, CaseView};

/// Cases of a day that are measured at most, the newest.
const MEASURED_MAX: usize = 5_000;
/// Cases and records that are read at a time.
const PAGE: u64 = 500;
/// Somebody must be at the door within this.
const DOOR_WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// Seconds, by nearest rank; of no case there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// Of how many cases.
    pub cases: u32,
    /// Half of them took no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_s: Option<u64>,
    /// Nine of ten took no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_s: Option<u64>,
}

impl Spread {
    fn of(spans: impl Iterator<Item = SignedDuration>) -> Self {
        let mut seconds: Vec<u64> = spans.map(|it| u64::try_from(it.as_secs()).unwrap_or(0)).collect();
        seconds.sort_unstable();
        Self {
            cases: count(seconds.len()),
            p50_s: percentile(&seconds, 50),
            p90_s: percentile(&seconds, 90),
        }
    }
}

/// How a street stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Of when, by the street's clock.
    pub at: Timestamp,
    /// Open calls for help, by severity.
    pub critical: u32,
    /// As above.
    pub urgent: u32,
    /// As above.
    pub routine: u32,
    /// Of the critical ones: nobody has said yes, and nobody at a desk has them in hand.
    pub unanswered: u32,
    /// When the oldest critical one was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_at: Option<Timestamp>,
    /// Who is at work; families are not counted.
    pub on_duty: u32,
    /// Of these: on the way, or there.
    pub busy: u32,
    /// Calls for help since the street's midnight.
    pub calls_today: u32,
    /// Of these: from the call to the first yes.
    pub to_accept: Spread,
    /// Of these: from the call to the door.
    pub to_arrive: Spread,
    /// Of these: somebody came, or should have come by now.
    pub due_at_door: u32,
    /// Of these: somebody was there within 15 minutes.
    pub in_time: u32,
}

/// What is kept between two times.
#[derive(Debug, Default)]
pub struct Measured(Mutex<HashMap<CaseId, (u32, Times)>>);

impl Figures {
    /// As the street stands now.
    ///
    /// # Errors
    /// The store's.
    pub async fn of(desk: &Desk, measured: &Measured) -> Result<Self, StoreError> {
        let now = desk.clock().now();
        let snapshot = desk.store().snapshot().await?;
        let open: Vec<&CaseView> = snapshot.cases.iter().filter(|it| is_call(&it.case)).collect();
        let midnight = midnight(now, desk.plans().utc_offset_hours);
        let today = times_since(desk, midnight, measured).await?;
        let said: Vec<bool> = today.iter().filter_map(|it| it.in_time(DOOR_WITHIN, now)).collect();
        let (on_duty, busy) = at_work(desk, &open, now);
        let of = |severity| count(open.iter().filter(|it| it.case.severity == severity).count());
        let critical = || open.iter().filter(|it| it.case.severity == Severity::Critical);
        Ok(Self {
            at: now,
            critical: of(Severity::Critical),
            urgent: of(Severity::Urgent),
            routine: of(Severity::Routine),
            unanswered: count(critical().filter(|it| it.case.is_unanswered()).count()),
            oldest_at: critical().map(|it| it.case.opened_at).min(),
            on_duty,
            busy,
            calls_today: count(today.len()),
            to_accept: Spread::of(today.iter().filter_map(Times::to_accept)),
            to_arrive: Spread::of(today.iter().filter_map(Times::to_arrive)),
            due_at_door: count(said.len()),
            in_time: count(said.iter().filter(|it| **it).count()),
        })
    }
}

fn count(it: usize) -> u32 {
    u32::try_from(it).unwrap_or(u32::MAX)
}

/// Somebody called, or something called for them, in earnest, and it goes on.
fn is_call(case: &Case) -> bool {
    let earnest = !case.drill && !case.is_test() && case.kind != Kind::SelfCheck;
    let runs = !matches!(case.state, State::Resolved | State::Closed);
    earnest && runs && case.lane == Lane::Help
}

/// When the street's day began.
fn midnight(now: Timestamp, utc_offset_hours: i8) -> Timestamp {
    let offset = Offset::from_hours(utc_offset_hours).unwrap_or(Offset::UTC);
    let day = offset.to_datetime(now).date().at(0, 0, 0, 0);
    offset.to_timestamp(day).unwrap_or(now)
}

fn at_work(desk: &Desk, open: &[&CaseView], now: Timestamp) -> (u32, u32) {
    let absent = desk.picture().absent(now);
    let busy: HashSet<_> = open
        .iter()
        .flat_map(|it| it.case.active())
        .map(|it| it.responder)
        .collect();
    let all = desk.picture().responders();
    let working: Vec<_> = all
        .iter()
        .filter(|it| it.duty.on && it.kind != ResponderKind::Family && !absent.contains(&it.id))
        .collect();
    let taken = working.iter().filter(|it| busy.contains(&it.id)).count();
    (count(working.len()), count(taken))
}

/// The instants of the calls for help since `since`; a log is read again only when it has grown.
async fn times_since(desk: &Desk, since: Timestamp, measured: &Measured) -> Result<Vec<Times>, StoreError> {
    let store = desk.store();
    let filter = CaseFilter {
        lane: Some(Lane::Help.as_str().to_owned()),
        ..CaseFilter::default()
    };
    let mut today: Vec<(CaseId, u32)> = Vec::new();
    let mut after = None;
    loop {
        let page = store.list_cases(&filter, after, PAGE).await?;
        let older = page.items.iter().any(|it| it.case.opened_at < since);
        let earnest = page.items.iter().filter(|it| {
            it.case.opened_at >= since && !it.case.drill && !it.case.is_test() && it.case.kind != Kind::SelfCheck
        });
        today.extend(earnest.map(|it| (it.case.id, it.case.version)));
        after = page.next;
        if older || after.is_none() || today.len() >= MEASURED_MAX {
            break;
        }
    }
    let kept = std::mem::take(&mut *measured.0.lock().unwrap_or_else(PoisonError::into_inner));
    let mut fresh = HashMap::with_capacity(today.len());
    for (id, version) in today {
        let times = match kept.get(&id).filter(|it| it.0 == version) {
            Some((_, times)) => Some(*times),
            None => Times::of(&log_of(desk, id).await?),
        };
        fresh.extend(times.map(|it| (id, (version, it))));
    }
    let all = fresh.values().map(|it| it.1).collect();
    *measured.0.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
    Ok(all)
}

async fn log_of(desk: &Desk, case: CaseId) -> Result<Vec<crate::case::Record>, StoreError> {
    let mut log = Vec::new();
    loop {
        let after = i64::try_from(log.len()).unwrap_or(i64::MAX);
        let page = desk.store().events(case, after, PAGE).await?;
        let more = page.len() as u64 >= PAGE;
        log.extend(page.into_iter().map(|it| it.record));
        if !more {
            return Ok(log);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_the_streets_own_midnight() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (now, hours, begun) in [
            ("2026-02-25T15:59:59Z", 8, "2026-02-24T16:00:00Z"),
            ("2026-02-25T16:00:00Z", 8, "2026-02-25T16:00:00Z"),
            ("2026-02-25T01:00:00Z", 0, "2026-02-25T00:00:00Z"),
        ] {
            assert_eq!(midnight(at(now), hours), at(begun), "{now}");
        }
    }

    #[test]
    fn of_nothing_there_is_no_figure() {
        assert_eq!(Spread::of([].into_iter()), Spread::default());
        let some = Spread::of([30, 10, 20].into_iter().map(SignedDuration::from_secs));
        assert_eq!((some.cases, some.p50_s, some.p90_s), (3, Some(20), Some(30)));
    }
}
