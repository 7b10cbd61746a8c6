//! Retention: what is kept for a time only is deleted by a job, in small batches, with proof.
//!
//! Kept answers: a repeat is answered as the first time for 24 hours, and then it is a new request. Photos from the scene: 180
//! days after they were added; that there was one, by whom, by what right and its digest stay in the log of the case. What was
//! noted at a hand-over: 180 days after it; who handed what to whom stays. Links and sessions of families: 180 days after they
//! ran out. Reports of providers: 180 days. Where the recordings of calls are: 180 days; that there was a call stays. Photos of where
//! a device hangs: 180 days after another took their place, or the device was taken away. Who could not prove who they are: 90 days
//! after they came last. At which address somebody was told, tries of one's own ways, and warnings of other bodies whose cases have
//! ended: 180 days; who was told of what, and what a warning has opened, stays. Photos of visits: 180 days; that there was one
//! stays. What streets have handed up to us and what was answered: 180 days; it stays in the street's case.

use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::store::{Store, StoreError};

/// How long a sender's repeat is answered as the first time.
pub const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How long a photo from the scene is kept.
pub const PHOTOS_KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);

/// How long the texts of a hand-over are kept after it: they may name people whose keys are erased meanwhile.
pub const NOTES_KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);

/// How long links and sessions of families are kept after they ran out.
pub const LINKS_KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);

/// How long what providers reported is kept: it may hold what somebody wrote back.
pub const REPORTS_KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);

/// How long it is kept at which address somebody was told, and how their own ways were tried.
pub const LETTERS_KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);

/// How long the messages are kept by which towns, weather and fire services warn.
pub const WARNINGS_KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);

/// How long it is kept where the recording of a call is: no longer than the recording itself.
pub const RECORDINGS_KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);

/// How long it is kept who could not prove who they are, after they came last.
pub const UNPROVED_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Photos in one transaction: they are large, and the committer waits meanwhile.
pub const PHOTO_BATCH: u64 = 20;

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

    /// One batch of each kind; answers how many rows are gone.
    ///
    /// # Errors
    /// The store's; the batch is deleted another time.
    pub async fn step(&self) -> Result<u64, StoreError> {
        Ok(self.batches().await?.0)
    }

    /// How many rows are gone, and whether there may be more.
    async fn batches(&self) -> Result<(u64, bool), StoreError> {
        let now = self.clock.now();
        let before = |kept| now.checked_sub(kept).unwrap_or(jiff::Timestamp::MIN);
        let store = &self.store;
        let answers = store.forget_answers(before(ANSWERS_KEPT), BATCH, now).await?;
        let photos = store.forget_photos(before(PHOTOS_KEPT), PHOTO_BATCH, now).await?;
        let notes = store.forget_handover_notes(before(NOTES_KEPT), BATCH, now).await?;
        let links = store.forget_family_links(before(LINKS_KEPT), BATCH, now).await?;
        let reports = store.forget_reports(before(REPORTS_KEPT), BATCH, now).await?;
        let recordings = store.forget_recordings(before(RECORDINGS_KEPT), BATCH, now).await?;
        let places = store
            .forget_device_photos(before(PHOTOS_KEPT), PHOTO_BATCH, now)
            .await?;
        let visits = store.forget_visit_photos(before(PHOTOS_KEPT), PHOTO_BATCH, now).await?;
        let unproved = store.sweep_quarantine(before(UNPROVED_KEPT), now).await?;
        let letters = store.forget_letters(before(LETTERS_KEPT), BATCH, now).await?;
        let tries = store.forget_channel_tests(before(LETTERS_KEPT), BATCH, now).await?;
        let handups = store.forget_handups(before(NOTES_KEPT), BATCH, now).await?;
        let warnings = store.forget_warnings(before(WARNINGS_KEPT), BATCH, now).await?;
        let (mut all, mut more) = (0, false);
        for (of, gone, batch) in [
            ("answers", answers, BATCH),
            ("photos", photos, PHOTO_BATCH),
            ("handover_notes", notes, BATCH),
            ("link_handups", handups, BATCH),
            ("family_links", links, BATCH),
            ("notice_reports", reports, BATCH),
            ("phone_recordings", recordings, BATCH),
            ("device_photos", places, PHOTO_BATCH),
            ("visit_photos", visits, PHOTO_BATCH),
            // All of them at once: the table is bounded.
            ("quarantine", unproved, u64::MAX),
            ("letters", letters, BATCH),
            ("channel_tests", tries, BATCH),
            ("warnings", warnings, BATCH),
        ] {
            metrics::counter!("ecd_retention_deleted_total", "of" => of).increment(gone);
            all += gone;
            more |= gone >= batch;
        }
        Ok((all, more))
    }

    /// Everything that is too old now.
    ///
    /// # Errors
    /// The store's.
    pub async fn run(&self) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let (gone, more) = self.batches().await?;
            all += gone;
            if !more {
                return Ok(all);
            }
        }
    }

    /// Works until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        loop {
            let pause = match self.batches().await {
                Ok((_, true)) => PAUSE,
                Ok((_, false)) => EVERY,
                Err(error) => {
                    tracing::warn!(%error, "what was kept long enough could not be deleted");
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
