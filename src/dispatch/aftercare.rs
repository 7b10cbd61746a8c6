//! What comes after: a welfare review for whoever called three times within a day, and silence after a suspected death.
//!
//! A follow-up needs no worker: the closing of a real case opens it in its own transaction. A welfare review is worked out
//! here, beside the committer, from cases that are committed: an alert never waits for it and never fails because of it. Its
//! id follows from the third call, so that it is one, however often it is worked out and wherever the process dies.
//!
//! The count in memory only says for whom to look; the store says what is so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, DeskError};
use crate::case::{Author, Case, Command, Event, Kind, Lane, Opening, Outcome, Proof};
use crate::ids::{CaseId, ElderId};
use crate::store::StoreError;
use crate::store::cases::{CaseFilter, CaseView, Done};

/// So many calls within [`WITHIN`] open a welfare review. Presses of one situation are one case and count once.
pub const CALLS: usize = 3;

/// Calls are counted over this long.
pub const WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// A suspected death is looked for so many days back at the start; by then the register knows it.
const DEATHS_DAYS: i64 = 30;

/// Cases of one elder that are looked at, the newest first.
const OF_ONE_MAX: u64 = 100;

/// Rows read at a time when everything is counted again.
const PAGE: u64 = 2_000;

/// Everything is counted again this often, should a hint have been lost.
const EVERY: Duration = Duration::from_secs(3_600);

/// The worker. Cheap to clone; several on one store do no harm.
#[derive(Clone)]
pub struct Aftercare(Arc<Inner>);

struct Inner {
    desk: Desk,
    calls: Mutex<HashMap<ElderId, Vec<(Timestamp, CaseId)>>>,
}

impl Aftercare {
    /// Of one desk.
    pub fn new(desk: Desk) -> Self {
        let calls = Mutex::new(HashMap::new());
        Self(Arc::new(Inner { desk, calls }))
    }

    /// Counts everything again and does what is missing; answers how many cases were opened or ended.
    ///
    /// # Errors
    /// The store's.
    pub async fn catch_up(&self) -> Result<usize, DeskError> {
        let store = self.0.desk.store();
        let now = self.0.desk.clock().now();
        let since = before(now, WITHIN);
        let mut calls: HashMap<ElderId, Vec<(Timestamp, CaseId)>> = HashMap::new();
        let mut after = None;
        loop {
            let rows = store.calls_since(since, after, PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = Some((last.2, last.1));
            for (elder, case, at) in rows {
                calls.entry(elder).or_default().push((at, case));
            }
        }
        let many: Vec<ElderId> = calls.iter().filter(|it| it.1.len() >= CALLS).map(|it| *it.0).collect();
        *self.0.calls.lock().unwrap_or_else(PoisonError::into_inner) = calls;
        let mut done = 0;
        for elder in many {
            done += usize::from(self.review(elder).await?);
        }
        for day in 0..DEATHS_DAYS {
            // Day by day: no read of the store is long.
            let until = before(now, SignedDuration::from_hours(24 * day - 1));
            let from = before(now, SignedDuration::from_hours(24 * (day + 1) - 1));
            for (elder, case) in store.suspected_deaths(from, until).await? {
                self.0.desk.picture().freeze(elder, case);
                done += self.end_for(elder).await?;
            }
        }
        Ok(done)
    }

    /// Takes a change in; answers how many cases were opened or ended.
    ///
    /// # Errors
    /// The store's.
    pub async fn follow(&self, done: &Done) -> Result<usize, DeskError> {
        let case = &*done.case;
        let Some(elder) = case.subject.elder() else {
            return Ok(0);
        };
        let mut count = 0;
        if called(case, done) && self.count(elder, case) >= CALLS {
            count += usize::from(self.review(elder).await?);
        }
        let closed = |it: &crate::case::Record| matches!(it.event, Event::Resolved { .. } | Event::Closed { .. });
        let died = self.0.desk.picture().is_frozen(elder);
        if died && done.records.iter().any(closed) {
            count += self.end_for(elder).await?;
        }
        Ok(count)
    }

    /// How many cases with a call there were of late, this one among them.
    fn count(&self, elder: ElderId, case: &Case) -> usize {
        let since = before(self.0.desk.clock().now(), WITHIN);
        let mut calls = self.0.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let list = calls.entry(elder).or_default();
        list.retain(|it| it.0 > since);
        if !list.iter().any(|it| it.1 == case.id) {
            list.push((case.opened_at, case.id));
        }
        list.len()
    }

    async fn newest_of(&self, elder: ElderId) -> Result<Vec<CaseView>, StoreError> {
        let filter = CaseFilter {
            elder: Some(elder),
            ..CaseFilter::default()
        };
        Ok(self.0.desk.store().list_cases(&filter, None, OF_ONE_MAX).await?.items)
    }

    /// Opens the review of somebody who has called so often, unless there is one already.
    async fn review(&self, elder: ElderId) -> Result<bool, DeskError> {
        let since = before(self.0.desk.clock().now(), WITHIN);
        let cases = self.newest_of(elder).await?;
        let reviewed = |it: &CaseView| {
            it.case.kind == Kind::WelfareReview && (it.case.state.is_open() || it.case.opened_at > since)
        };
        let died = |it: &CaseView| it.case.outcome == Some(Outcome::SuspectedDeath);
        if cases.iter().any(|it| reviewed(it) || died(it)) {
            return Ok(false);
        }
        let mut calls: Vec<&CaseView> = cases
            .iter()
            .filter(|it| it.case.opened_at > since && counts(&it.case))
            .collect();
        calls.sort_by_key(|it| (it.case.opened_at, it.case.id));
        let Some(third) = calls.get(CALLS - 1) else {
            return Ok(false);
        };
        let opening = Opening::aftercare(Kind::WelfareReview, third.case.subject, third.case.id);
        let done = self.0.desk.begin(opening, &third.stream, &third.area_code).await?;
        Ok(!done.records.is_empty())
    }

    /// After a suspected death nobody is visited or asked how it was.
    async fn end_for(&self, elder: ElderId) -> Result<usize, DeskError> {
        let mut count = 0;
        for it in self.newest_of(elder).await? {
            if !it.case.kind.is_aftercare() || !it.case.state.is_open() {
                continue;
            }
            let command = Command::Close {
                outcome: Some(Outcome::SuspectedDeath),
                proof: Proof::None,
            };
            match self.0.desk.handle(it.case.id, command, Author::System).await {
                Ok(_) => count += 1,
                // A hand-over that waits for its acknowledgement: a person has it in hand.
                Err(DeskError::Refused(..)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// Follows the cases until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        let mut changes = self.0.desk.changes();
        let clock = self.0.desk.clock().clone();
        loop {
            if let Err(error) = self.catch_up().await {
                tracing::warn!(%error, "calls could not be counted");
            }
            let until = clock.now() + SignedDuration::try_from(EVERY).unwrap_or(WITHIN);
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = clock.sleep_until(until) => break,
                    change = changes.recv() => match change {
                        Ok(it) => {
                            if let Err(error) = self.follow(&it.done).await {
                                tracing::warn!(case.id = %it.done.case.id, %error, "what comes after a case could not be done");
                            }
                        }
                        Err(RecvError::Lagged(_)) => break,
                        Err(RecvError::Closed) => return,
                    }
                }
            }
        }
    }
}

/// A case in which the elder called: drills are nobody's call.
fn counts(case: &Case) -> bool {
    case.lane == Lane::Help && !case.drill && case.kinds.contains(&Kind::Sos)
}

/// A change that brought a call.
fn called(case: &Case, done: &Done) -> bool {
    let call = |it: &crate::case::Record| {
        matches!(
            it.event,
            Event::Opened { kind: Kind::Sos, .. } | Event::Joined { kind: Kind::Sos, .. }
        )
    };
    counts(case) && done.records.iter().any(call)
}

/// At the beginning of time it stays there.
fn before(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_sub(by).unwrap_or(Timestamp::MIN)
}
