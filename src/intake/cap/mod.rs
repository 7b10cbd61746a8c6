//! Warnings by CAP 1.2: who signs, whether they may say so, and what they say. The message itself is read in [`crate::cap`], what
//! follows from it is done by [`crate::dispatch::Warnings`]; the route is `api::cap`.
//!
//! A message is signed as our own webhooks are (Standard Webhooks): `webhook-id`, `webhook-timestamp`, `webhook-signature`. Whose
//! secret holds, that sender it is.
//!
//! Holds always:
//! - bytes that nobody has signed are never read: they are kept aside for the desk, a few a second;
//! - a sender warns in no other's name, and of no area but its own.

pub mod config;

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::tcp::limits::Allowance;
use crate::cap::{self, Alert, Unreadable};
use crate::dispatch::warnings::Source;
use crate::signature::{Secret, TOLERANCE_S};
use config::{CapConfig, SenderConfig};

/// How far `sent` may be ahead of our clock: clocks of others are wrong by minutes at most.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(10);

/// What is signed, beside the body: the headers.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`, seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signature: &'a str,
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// No secret of ours holds.
    Unsigned,
    /// Signed too long ago, or ahead of our clock.
    Old,
    /// More than this sender may send.
    TooFast,
    /// Proved, and no message.
    Unreadable(Unreadable),
    /// Its `sender` is not one of this sender's.
    NotTheirs,
    /// It says that it was sent later than now: it would hold against everything that comes until then.
    Ahead,
}

impl Denied {
    /// A stable word, for whoever looks at what was kept aside.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unsigned => "bad_signature",
            Self::Old => "stale_signature",
            Self::TooFast => "too_fast",
            Self::Unreadable(_) => "undecodable_cap",
            Self::NotTheirs => "cap_sender_not_allowed",
            Self::Ahead => "cap_sent_ahead",
        }
    }
}

struct Sender {
    source: Source,
    secrets: Vec<Secret>,
    allowance: Mutex<Allowance>,
}

/// Who may warn us. One a process.
pub struct Senders {
    all: Vec<Sender>,
    /// Bytes of a message.
    pub body_max_bytes: usize,
}

impl Senders {
    /// With those of the configuration.
    ///
    /// # Errors
    /// Each whose secret cannot be read.
    pub fn open(config: &CapConfig, now: Timestamp) -> Result<Self, Vec<String>> {
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for (at, it) in config.senders.iter().enumerate() {
            match it.secrets() {
                Ok(secrets) => all.push(Sender {
                    source: source(it),
                    secrets,
                    allowance: Mutex::new(Allowance::new(config.per_second_max, now)),
                }),
                Err(why) => wrong.push(format!("cap.senders[{}].{why}", it.place.unwrap_or(at))),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            all,
            body_max_bytes: config.body_max_bytes,
        })
    }

    /// Proves and reads a message.
    ///
    /// # Errors
    /// [`Denied`], and by whom it came where that is proved.
    pub fn read(
        &self,
        signed: Signed<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(&Source, Alert), (Option<&Source>, Denied)> {
        let Ok(timestamp_s) = signed.timestamp.parse::<i64>() else {
            return Err((None, Denied::Unsigned));
        };
        let holds = |it: &Secret| it.verify(signed.id, timestamp_s, body, signed.signature);
        let Some(sender) = self.all.iter().find(|it| it.secrets.iter().any(holds)) else {
            return Err((None, Denied::Unsigned));
        };
        let denied = |why| Err((Some(&sender.source), why));
        if now.as_second().saturating_sub(timestamp_s).saturating_abs() > TOLERANCE_S {
            return denied(Denied::Old);
        }
        if sender.admit(now).is_err() {
            return denied(Denied::TooFast);
        }
        match cap::read(body) {
            Ok(alert) if sender.source.senders.contains(&alert.sender) => match alert.sent > now + AHEAD_MAX {
                true => denied(Denied::Ahead),
                false => Ok((&sender.source, alert)),
            },
            Ok(_) => denied(Denied::NotTheirs),
            Err(why) => denied(Denied::Unreadable(why)),
        }
    }
}

impl Sender {
    fn admit(&self, now: Timestamp) -> Result<(), SignedDuration> {
        self.allowance.lock().unwrap_or_else(PoisonError::into_inner).take(now)
    }
}

fn source(config: &SenderConfig) -> Source {
    Source {
        link: config.name.clone(),
        senders: config.senders.clone(),
        area: config.area,
        crs: config.crs,
    }
}
