//! Outbox rows become messages: what is to be told leaves the house by a [`Channel`], at least once, and is visible until a
//! receipt.
//!
//! Start at [`Outbox`]: it takes rows on a lease, asks [`stale`] whether the case has moved on, hands them to their channel or
//! carrier, and writes down what came of it. [`webhook`] is a [`Channel`]: another system is told as the case is; [`partner`] is one that speaks CAP. A [`Carrier`] brings
//! a [`letter::Letter`] to one person ([`carriers`], worded by [`texts`]): [`carry`](Post) finds the address and books the quota, and when one way comes to nothing the
//! next wave of ways is written. [`receipt`] and [`replies`] take what is said later, [`link`] the answers without log-in.
//!
//! Holds always:
//! - a row is sent again under the same id until somebody has answered for it, its time is over or its case has moved on; and while somebody
//!   works on it nobody else does (`hold`);
//! - a channel has its own slots: a slow or dead one delays no other, and holds no more than its own;
//! - nothing that leaves by the webhook, or to a partner, holds a name, an address, a number or a text: ids and stable words only; what the carriers
//!   may say stands in [`texts`].

pub mod canary;
pub mod carriers;
mod carry;
pub mod config;
pub mod dead_man;
mod detail;
mod hold;
pub mod letter;
pub mod limits;
pub mod link;
pub mod offices;
pub mod outbox;
pub mod partner;
pub mod receipt;
pub mod replies;
pub mod sheet;
pub mod stale;
pub mod texts;
pub mod trial;
pub mod webhook;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

pub use canary::{Canaries, CanaryConfig};
pub use carry::Post;
pub use config::{Injected, NotifyConfig, WebhookConfig};
pub use letter::Carrier;
pub use limits::Limits;
pub use link::Links;
pub use offices::Offices;
pub use outbox::{Outbox, OutboxConfig};
pub use partner::{Partner, PartnerConfig};
pub use receipt::{ReceiptError, Receipts};
pub use replies::{CallbackRefused, Replies};
pub use webhook::Webhook;

pub use crate::signature::{self, Secret, SecretError};

use crate::case::NoticeKind;
use crate::ids::{CaseId, NoticeId};

/// One notice on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The row; the receiver knows a repeat by it.
    pub id: NoticeId,
    /// Of which case.
    pub case: CaseId,
    /// The case's version that it tells of: of two notices to one person the higher one counts.
    pub case_version: i64,
    /// The case's number; none: the case does not read back.
    pub case_number: Option<Arc<str>>,
    /// Where the case belongs.
    pub area_code: String,
    /// What is told.
    pub kind: NoticeKind,
    /// Of which step of the case.
    pub step: String,
    /// Who is told: `resp_…`, `contact_…`, `desk`, `duty_leader`, `next_seat`, `station:…`, `agency:…`.
    pub target: String,
    /// An exercise.
    pub drill: bool,
    /// When it was written.
    pub made_at: Timestamp,
    /// The present.
    pub now: Timestamp,
    /// Which try this is, from 1.
    pub attempt: u32,
}

/// What a channel says of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It took it.
    Taken,
    /// It took it, and the receiver has it.
    Received,
    /// Not now.
    Later {
        /// How long it asks us to wait; none: as long as we see fit.
        after: Option<Duration>,
        /// Why, in stable words: no text of the other side.
        why: String,
    },
    /// Never: the same again would be refused again.
    Refused {
        /// Why, in stable words.
        why: String,
    },
}

/// A way out of the house.
///
/// A channel sends one notice per call and keeps nothing; it has a time limit of its own, well inside the lease. It may be
/// asked to send the same id again, and must pass the id on so that the other side can tell.
#[async_trait]
pub trait Channel: Send + Sync {
    /// As the rows name it.
    fn name(&self) -> &str;
    /// How many sendings may be on their way at once.
    fn slots(&self) -> usize;
    /// One try.
    async fn send(&self, notice: &Outgoing) -> Delivery;
    /// Why it carries nothing until somebody looks; none: it works.
    fn disabled(&self) -> Option<String> {
        None
    }
}

/// The carriers of a configuration, in the order in which a way's word picks its first; and those that a test has brought.
///
/// # Errors
/// When one of them cannot be made: no TLS provider, a key or a file of words that cannot be read.
pub fn carriers(config: &NotifyConfig) -> Result<Vec<Arc<dyn Carrier>>, carriers::CarrierError> {
    let mut all = carriers::carriers(config)?;
    all.extend(config.injected.0.iter().cloned());
    Ok(all)
}

/// What a browser is told before it agrees to be pushed to, and whether it would be: of the first carrier that pushes.
#[derive(Clone)]
pub struct Browsers(Option<Arc<dyn Carrier>>);

impl Browsers {
    /// Of these carriers. A browser agrees for one key only, so the first that has one counts.
    pub fn of(carriers: &[Arc<dyn Carrier>]) -> Self {
        Self(carriers.iter().find(|it| it.browser_key().is_some()).cloned())
    }

    /// The key that a browser wants (`applicationServerKey`, base64url); none: nothing is pushed.
    pub fn key(&self) -> Option<&str> {
        self.0.as_ref().and_then(|it| it.browser_key())
    }

    /// Whether anything would go to this address of a browser.
    pub fn reaches(&self, endpoint: &str) -> bool {
        self.0.as_ref().is_some_and(|it| it.reaches(endpoint))
    }
}

/// Told when a receiver has a notice of a case and its version: the case may count from there.
pub type OnReceived = Arc<dyn Fn((CaseId, i64), NoticeKind, String) -> BoxFuture<'static, ()> + Send + Sync>;

/// Whether a target may still be told.
pub type MayHear = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// How long after its step a notice is worth sending. Later it would mislead, or the case has rung again by itself.
pub const fn useful_for(kind: NoticeKind) -> Duration {
    use NoticeKind as N;
    let seconds = match kind {
        // Asked again by the ladder, under a new id, well before.
        N::Offer
        | N::RingDesk
        | N::RingDutyLeader
        | N::RingNextSeat
        | N::CallLeg
        | N::CallLate
        | N::CallInside
        | N::FamilyUrges => 300,
        // A contact's turn, and some time for whoever looks late: their word counts then too.
        N::FamilyAsk => 150,
        N::Prompt120 | N::Prompt119 | N::Prompt110 | N::KeyHolders | N::Support => 600,
        N::Provisional => 120,
        N::Lead | N::Backup | N::LeadRevoked | N::StandDown | N::OfferEnded => 1_800,
        N::Referral => 1_800,
        N::FollowUpLate => 6 * 3_600,
        // A partner that was cut off for the night wants to know in the morning what has come and gone.
        N::PartnerAlert | N::PartnerUpdate | N::PartnerCancel => 24 * 3_600,
        N::ChannelTest => 120,
        // Owed within a day, and better late than never. The sheet of a month is of no instant.
        N::FileOpened | N::FamilySheet => 72 * 3_600,
        N::FamilyAccepted | N::FamilyArrived => 1_800,
        // How it began and how it ended is worth knowing for as long as somebody may be awake worrying.
        N::FamilyOpened | N::FamilyRaised | N::FamilyClosed | N::FamilyFalseAlarm => 6 * 3_600,
    };
    Duration::from_secs(seconds)
}
