//! What is due: looks for cases whose earliest deadline has come, and lets each look again.
//!
//! The rows are the truth. A commit leaves a hint of the earliest deadline that it set; the slow tick finds what a lost hint
//! or another node left.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::desk::{Desk, DeskError};
use crate::case::{Author, Command};
use crate::ids::CaseId;

/// Cases taken in one look.
const LOOK_MAX: u64 = 500;

/// A case that does not read back is looked at again after this long, so that it starves nobody.
const ASIDE_FOR: SignedDuration = SignedDuration::from_secs(60);

/// A pause after the store has failed.
const PAUSE: Duration = Duration::from_millis(500);

impl Desk {
    /// Everything that is due now, in the order of its deadlines; answers how many cases were looked at.
    ///
    /// # Errors
    /// The store's, when not even the list could be read.
    pub async fn run_due(&self) -> Result<usize, DeskError> {
        let mut aside = HashMap::new();
        let mut done = 0;
        loop {
            let looked = self.look_once(&mut aside).await?;
            done += looked;
            if looked == 0 {
                return Ok(done);
            }
        }
    }

    async fn look_once(&self, aside: &mut HashMap<CaseId, Timestamp>) -> Result<usize, DeskError> {
        let now = self.clock().now();
        aside.retain(|_, until| *until > now);
        let limit = LOOK_MAX + aside.len() as u64;
        let due = self.store().due_cases(now, limit).await?;
        let due: Vec<_> = due.into_iter().filter(|it| !aside.contains_key(&it.0)).collect();
        let mut work = Vec::with_capacity(due.len());
        for (case, _) in &due {
            let desk = self.clone();
            let case = *case;
            work.push(async move { (case, desk.handle(case, Command::LookAgain, Author::System).await) });
        }
        let mut looked = 0;
        for (case, outcome) in futures_util::future::join_all(work).await {
            match outcome {
                Ok(_) => looked += 1,
                Err(DeskError::Store(error)) => {
                    tracing::error!(case.id = %case, %error, "a due case could not be looked at");
                    aside.insert(case, now + ASIDE_FOR);
                    if let Err(error) = self.store().keep_aside(&error, now).await {
                        tracing::warn!(%error, "the row could not be kept aside");
                    }
                }
                Err(DeskError::Full) => {} // it is still due and comes again
                Err(error) => {
                    tracing::error!(case.id = %case, %error, "a due case could not be looked at");
                    aside.insert(case, now + ASIDE_FOR);
                }
            }
        }
        if let Some((_, at)) = due.first() {
            let lateness = now.duration_since(*at).as_secs_f64().max(0.0);
            metrics::histogram!("ecd_timer_lateness_seconds").record(lateness);
        }
        Ok(looked)
    }

    /// Looks for what is due for as long as `stop` is not set. One a process; several on one store do no harm.
    pub async fn watch_deadlines(self, stop: tokio_util::sync::CancellationToken) {
        let tick = Duration::from_millis(self.config().tick_ms);
        let mut aside = HashMap::new();
        while !stop.is_cancelled() {
            // Taken before the look: a hint that comes during it is for the next.
            self.expect_deadlines();
            match self.look_once(&mut aside).await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(%error, "deadlines could not be read");
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = self.clock().sleep(PAUSE) => continue,
                    }
                }
            }
            let next = self.store().next_due().await.unwrap_or_default();
            let now = self.clock().now();
            let latest = now + SignedDuration::try_from(tick).unwrap_or(SignedDuration::ZERO);
            // A case aside is due all the time; it must not make the loop spin.
            let at = next.filter(|it| *it > now).map_or(latest, |it| it.min(latest));
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock().sleep_until(at) => {}
                () = self.deadline_before(at) => {}
            }
        }
    }
}
