//! Once a day, at the street's midnight, a root over every stream goes into the store and into the log. The log's copy is
//! what counts: whoever can change the store can change the store's.

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use crate::store::StoreError;

/// After the store has failed.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(5);

impl Desk {
    /// Puts the roots of a day that has begun since the last ones; answers how many were put.
    ///
    /// # Errors
    /// The store's.
    pub async fn put_roots_due(&self) -> Result<usize, StoreError> {
        let now = self.clock().now();
        let (today, _) = self.local(now);
        let last = self.store().roots_put_at().await?;
        if last.is_some_and(|it| self.local(it).0 >= today) {
            return Ok(0);
        }
        let roots = self.store().put_roots(now).await?;
        for root in &roots {
            tracing::info!("root {root}");
        }
        Ok(roots.len())
    }

    /// Does so at each midnight for as long as `stop` is not set; what a stop has missed is put at the next start.
    pub async fn keep_roots(self, stop: CancellationToken) {
        loop {
            let next = match self.put_roots_due().await {
                Ok(_) => self.next_midnight(),
                Err(error) => {
                    tracing::warn!(%error, "the roots of the day could not be put");
                    self.clock().now() + AGAIN_AFTER
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock().sleep_until(next) => {}
            }
        }
    }

    /// The street's calendar has no summer time, so a day is 24 hours.
    fn next_midnight(&self) -> Timestamp {
        let now = self.clock().now();
        let offset = i64::from(self.plans().utc_offset_hours) * 3_600;
        let seconds = (now.as_second() + offset).rem_euclid(86_400);
        now + SignedDuration::from_secs(86_400 - seconds)
    }
}
