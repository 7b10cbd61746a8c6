//! A receipt that comes later than the answer to the sending: the receiver says, signed, that somebody has the notice.
//!
//! It is signed as our own messages are, with the endpoint's secret, over `notice id.timestamp.body`, and the body must be
//! `{"received": true}`: none of our own messages, sent back, is a receipt, and a receipt of one notice is none of another.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::signature::{Secret, TOLERANCE_S};
use super::webhook::Answer;
use super::{NotifyConfig, OnReceived};
use crate::clock::Clock;
use crate::ids::NoticeId;
use crate::store::{Store, StoreError};

/// The longest body of a receipt, bytes.
pub const RECEIPT_MAX: usize = 4 * 1024;

/// What a receipt came with.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `webhook-id`: the id of the notice.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signature: &'a str,
    /// The body, byte for byte.
    pub body: &'a [u8],
}

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
}

/// Takes a receipt: the row is received, and whoever counts from there is told. A receipt that comes twice is good twice.
///
/// # Errors
/// See [`ReceiptError`]; nothing was changed then.
pub async fn receipt(with: &Receipts, id: NoticeId, signed: Signed<'_>) -> Result<(), ReceiptError> {
    let now = with.clock.now();
    let timestamp_s: i64 = signed.timestamp.parse().map_err(|_| ReceiptError::Unsigned)?;
    let row = with.store.outbox_row(id).await?;
    let secrets = row.as_ref().and_then(|(_, row)| with.secrets.get(&row.channel));
    let holds = |it: &Secret| it.verify(signed.id, timestamp_s, signed.body, signed.signature);
    // The path is not part of what is signed, so the id that is has to be the same.
    let same = signed.id.parse() == Ok(id);
    let Some((case, row)) = row.filter(|_| same && secrets.is_some_and(|it| it.iter().any(holds))) else {
        return Err(ReceiptError::Unsigned);
    };
    if apart_s(now, timestamp_s) > TOLERANCE_S {
        return Err(ReceiptError::Old);
    }
    let said: Answer = serde_json::from_slice(signed.body).unwrap_or_default();
    if !said.received {
        return Err(ReceiptError::NotAReceipt);
    }
    if !with.store.receive_outbox(id, now).await? {
        // Received before, or stale and yet received, is no fault of the receiver.
        return match row.attempts {
            0 => Err(ReceiptError::NotSent),
            _ => Ok(()),
        };
    }
    metrics::counter!("ecd_notify_outcomes_total", "channel" => row.channel.clone(), "outcome" => "receipt")
        .increment(1);
    if let Ok(kind) = row.kind.parse() {
        (with.on_received)(case, kind, row.target).await;
    }
    Ok(())
}

fn apart_s(now: Timestamp, timestamp_s: i64) -> i64 {
    now.as_second().saturating_sub(timestamp_s).saturating_abs()
}
