//! A receipt that comes later than the answer to the sending: the receiver says, signed, that somebody has the notice.
//!
//! It is signed as our own messages are, with the endpoint's secret, over `notice id.timestamp.body`, and the body must be
//! `{"received": true}`: none of our own messages, sent back, is a receipt, and a receipt of one notice is none of another.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::webhook::Answer;
use super::{NotifyConfig, OnReceived};
use crate::clock::Clock;
use crate::ids::NoticeId;
use crate::signature::{Secret, TOLERANCE_S};
use crate::store::{Store, StoreError};

/// Why a receipt does not count.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReceiptError {
    /// No notice of this id, or not signed for it. Which of them is not said to whom we do not know.
    #[error("the signature does not hold for this notice")]
    Unsigned,
    /// Signed too long ago, or in the future.
    #[error("`webhook-timestamp` is more than {TOLERANCE_S} s from the present")]
    Old,
    /// Signed, and says something else.
    #[error("the body must be {{\"received\": true}}")]
    NotAReceipt,
    /// Nothing was sent under this id yet.
    #[error("this notice was not sent")]
    NotSent,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReceiptError {
    /// Its stable code; of [`ReceiptError::Store`], the store's own.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unsigned => "receipt_unsigned",
            Self::Old => "receipt_old",
            Self::NotAReceipt => "not_a_receipt",
            Self::NotSent => "notice_not_sent",
            Self::Store(_) => "store_unavailable",
        }
    }

    /// The HTTP status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Unsigned | Self::Old => 401,
            Self::NotAReceipt => 422,
            Self::NotSent => 409,
            Self::Store(_) => 503,
        }
    }

    /// The store's word, when it is the store.
    pub const fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// What is needed to take receipts. Cheap to clone.
#[derive(Clone)]
pub struct Receipts {
    store: Store,
    clock: Clock,
    secrets: Arc<HashMap<String, Vec<Secret>>>,
    on_received: OnReceived,
}

impl Receipts {
    /// For the endpoints of a configuration.
    pub fn new(store: Store, clock: Clock, config: &NotifyConfig, on_received: OnReceived) -> Self {
        let secrets = config
            .webhooks
            .iter()
            .map(|it| {
                let secrets = [Some(it.secret.clone()), it.previous_secret.clone()];
                (it.channel(), secrets.into_iter().flatten().collect())
            })
            .collect();
        Self {
            store,
            clock,
            secrets: Arc::new(secrets),
            on_received,
        }
    }

    /// Takes a receipt: the row is received, and whoever counts from there is told. A receipt that comes twice is good twice.
    ///
    /// `notice` is the one that the address names, if it names one; `signed` are the headers `webhook-id`, `webhook-timestamp`
    /// (seconds since 1970) and `webhook-signature`; `body` is signed byte for byte.
    ///
    /// # Errors
    /// See [`ReceiptError`]; nothing was changed then.
    pub async fn take(&self, notice: Option<NoticeId>, signed: [&str; 3], body: &[u8]) -> Result<(), ReceiptError> {
        let [signed_id, timestamp, signature] = signed;
        let now = self.clock.now();
        // An id that is none is nobody's: the answer is that of a notice we do not know.
        let id = notice.ok_or(ReceiptError::Unsigned)?;
        let timestamp_s: i64 = timestamp.parse().map_err(|_| ReceiptError::Unsigned)?;
        let row = self.store.outbox_row(id).await?;
        let secrets = row.as_ref().and_then(|(_, row)| self.secrets.get(&row.channel));
        let holds = |it: &Secret| it.verify(signed_id, timestamp_s, body, signature);
        // The path is not part of what is signed, so the id that is has to be the same.
        let same = signed_id.parse() == Ok(id);
        let Some((case, row)) = row.filter(|_| same && secrets.is_some_and(|it| it.iter().any(holds))) else {
            return Err(ReceiptError::Unsigned);
        };
        if apart_s(now, timestamp_s) > TOLERANCE_S {
            return Err(ReceiptError::Old);
        }
        let said: Answer = serde_json::from_slice(body).unwrap_or_default();
        if !said.received {
            return Err(ReceiptError::NotAReceipt);
        }
        if !self.store.receive_outbox(id, now).await? {
            // Received before, or stale and yet received, is no fault of the receiver.
            return match row.attempts {
                0 => Err(ReceiptError::NotSent),
                _ => Ok(()),
            };
        }
        metrics::counter!("ecd_notify_outcomes_total", "channel" => row.channel.clone(), "outcome" => "receipt")
            .increment(1);
        if let Ok(kind) = row.kind.parse() {
            (self.on_received)((case, row.case_version), kind, row.target).await;
        }
        Ok(())
    }
}

fn apart_s(now: Timestamp, timestamp_s: i64) -> i64 {
    now.as_second().saturating_sub(timestamp_s).saturating_abs()
}
