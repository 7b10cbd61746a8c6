//! A try of one's own ways: at the beginning of a shift a telephone that rings, a message that arrives and a push that sounds are worth
//! more than a setting that says so.
//!
//! Holds always:
//! - who tries is of the staff: there is no try of a contact's ways, and none of another body's;
//! - a try is marked an exercise in its words, is of no case, and counts against the quotas as whatever else is sent.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::carry::{Come, Post};
use super::letter::{Carrier, Letter, Values};
use super::outbox::Outbox;
use super::useful_for;
use crate::case::NoticeKind;
use crate::ids::{CaseId, NoticeId, ResponderId, UserId};
use crate::people::Reached;
use crate::store::StoreError;
use crate::store::cases::LetterState;
use crate::store::channel_tests::ChannelTest;

/// Between two tries of one person at least.
pub const TRY_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// Tries are shown for so long.
pub const TRIES_SHOWN: SignedDuration = SignedDuration::from_hours(24);

/// Who tries. There is none for contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trialist {
    /// A responder.
    Responder(ResponderId),
    /// An account without one.
    Account(UserId),
}

impl Trialist {
    const fn reached(self) -> Reached {
        match self {
            Self::Responder(id) => Reached::Responder(id),
            Self::Account(id) => Reached::Account(id),
        }
    }

    /// As their tries name them.
    pub fn name(self) -> String {
        self.reached().to_string()
    }
}

/// Why a try was not made.
#[derive(Debug, thiserror::Error)]
pub enum TrialRefused {
    /// The one before was too short a time ago.
    #[error("one try a minute")]
    TooSoon {
        /// From then on.
        again_at: Timestamp,
    },
    /// There is no carrier at all.
    #[error("no way out of the house is configured")]
    NoCarriers,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Outbox {
    /// Sends a try by each way that leads to somebody, and answers what came of each; receipts come later.
    ///
    /// # Errors
    /// See [`TrialRefused`]; nothing was sent then.
    pub async fn try_ways(&self, who: Trialist) -> Result<Vec<ChannelTest>, TrialRefused> {
        let post = self.post().ok_or(TrialRefused::NoCarriers)?;
        let now = post.desk.clock().now();
        let owner = who.name();
        let store = post.desk.store();
        let since = now.checked_sub(TRY_EVERY).unwrap_or(Timestamp::MIN);
        if let Some(last) = store.channel_tests(Some(&owner), since).await?.first() {
            let again_at = last.at + TRY_EVERY;
            return Err(TrialRefused::TooSoon { again_at });
        }
        let run = NoticeId::derive(Uuid::NAMESPACE_OID, &format!("{owner}\n{}", now.as_microsecond()));
        let mut tries = Vec::new();
        for carrier in post.carriers.iter().filter(|it| !it.way().is_fixed()) {
            for place in post.try_places(carrier.as_ref(), who.reached(), run).await? {
                tries.push((carrier.clone(), place));
            }
        }
        let begun = tries.iter().map(|(carrier, place)| ChannelTest {
            id: place.id,
            owner: owner.clone(),
            run: run.as_uuid(),
            channel: carrier.name().to_owned(),
            state: LetterState::Handed.as_str().to_owned(),
            proof: None,
            why: None,
            at: now,
            receipt_at: None,
        });
        store.begin_channel_tests(begun.collect()).await?;
        let work = tries
            .into_iter()
            .map(|(carrier, place)| post.try_one(carrier, place, &owner, false));
        for done in futures_util::future::join_all(work).await {
            done?;
        }
        Ok(store.channel_tests(Some(&owner), now).await?)
    }
}

impl Post {
    /// Sends a try to one address, and writes down what came of it. `confirmed`: its words ask whoever gets it to say so.
    pub(super) async fn try_one(
        &self,
        carrier: Arc<dyn Carrier>,
        place: super::carry::Stop,
        owner: &str,
        confirmed: bool,
    ) -> Result<(), StoreError> {
        let now = self.desk.clock().now();
        let store = self.desk.store();
        let (id, kind) = (place.id, NoticeKind::ChannelTest);
        if let Some(why) = carrier.disabled() {
            return store
                .end_channel_test(id, LetterState::Failed, None, Some(why), now)
                .await;
        }
        if let Some(limit) = self.book(carrier.as_ref(), id, place.callee.as_deref(), None).await? {
            let why = Some(super::limits::words(limit));
            return store.end_channel_test(id, LetterState::Failed, None, why, now).await;
        }
        let useful = SignedDuration::try_from(useful_for(kind)).unwrap_or_default();
        let values = match confirmed {
            true => self.confirmation(carrier.as_ref(), id)?,
            false => Values::default(),
        };
        let letter = Letter {
            id,
            notice: id,
            case: CaseId::new(id.as_uuid()),
            case_version: 0,
            area_code: String::new(),
            kind,
            step: kind.to_string(),
            target: owner.to_owned(),
            address: place.address,
            language: place.language,
            values,
            drill: true,
            made_at: now,
            useful_until: now + useful,
            now,
            attempt: 1,
        };
        let (came, proof) = Come::of(carrier.hand_over(&letter).await);
        let (state, why) = came.letter();
        store
            .end_channel_test(id, state, proof, why, self.desk.clock().now())
            .await
    }
}
