//! Retention: what is kept for a time only is deleted by a job, in small batches, with proof.
//!
//! Kept answers are the first: a repeat is answered as the first time for 24 hours, and then it is a new request.

use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::store::{Store, StoreError};

/// How long a sender's repeat is answered as the first time.
pub const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Rows in one transaction: a few milliseconds of the one writer of an embedded store.
pub const BATCH: u64 = 500;

/// Between two batches the committer takes its turns. 500 rows each 50 ms stay ahead of any intake that one machine has.
const PAUSE: Duration = Duration::from_millis(50);

/// Between two looks when there is nothing to do.
const EVERY: Duration = Duration::from_secs(60);

/// The job. Several on one store do no harm.
#[derive(Clone)]
pub struct Retention {
    store: Store,
    clock: Clock,
}

impl Retention {
    /// Of one store, by one clock.
    pub const fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// One batch; answers how many rows are gone.
    ///
    /// # Errors
    /// The store's; the batch is deleted another time.
    pub async fn step(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let before = now.checked_sub(ANSWERS_KEPT).unwrap_or(jiff::Timestamp::MIN);
        let gone = self.store.forget_answers(before, BATCH, now).await?;
        metrics::counter!("ecd_retention_deleted_total", "of" => "answers").increment(gone);
        Ok(gone)
    }

    /// Everything that is too old now.
    ///
    /// # Errors
    /// The store's.
    pub async fn run(&self) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let gone = self.step().await?;
            all += gone;
            if gone < BATCH {
                return Ok(all);
            }
        }
    }

    /// Works until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        loop {
            let pause = match self.step().await {
                Ok(BATCH..) => PAUSE,
                Ok(_) => EVERY,
                Err(error) => {
                    tracing::warn!(%error, "kept answers could not be deleted");
                    EVERY
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(pause) => {}
            }
        }
    }
}
