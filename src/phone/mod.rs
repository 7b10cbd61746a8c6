//! Telephone calls: a desk's telephone is joined with the elder's, and an elder whom nobody at a desk had time for is asked for a
//! key by a voice.
//!
//! Start at [`Switchboard`], which makes calls, takes in what is reported of them, looks at those whose time has come and tells the
//! case what an automatic one has found. A [`Line`] is one provider: [`http`] any that speaks HTTP, [`sip`] a trunk. What a call is,
//! and how long it may be anything, is `case::call`'s to say.
//!
//! Holds always:
//! - the row is written before anybody is called, and every open row has an instant at which it is looked at: a call that hangs, or
//!   whose process is gone, ends by the clock and holds up no other;
//! - nobody is called by two at once, and a desk that has the case in hand ends the automatic call;
//! - no number is in a row, a log line or an answer to a browser: it goes to the line and nowhere else.

pub mod config;
pub mod http;
pub mod sip;
mod switchboard;
pub mod texts;

use async_trait::async_trait;
use jiff::Timestamp;

pub use config::{LinesInjected, TelephonyConfig};
pub use switchboard::{CallRefused, ReportRefused, Switchboard, Wanted};

use crate::case::{Call, CallOver, CallSaid};
use crate::ids::CallId;
use crate::people::{Language, Phone};

/// What a line is asked for.
#[derive(Debug, Clone)]
pub struct Order {
    /// The call.
    pub call: Call,
    /// Whom it goes to.
    pub to: Phone,
    /// How long their telephone rings, seconds.
    pub ring_s: u32,
    /// How long it may last, seconds.
    pub longest_s: u32,
    /// In which language a voice speaks.
    pub language: Language,
    /// What happens when they answer.
    pub way: Way,
    /// The present.
    pub now: Timestamp,
}

/// What happens when they answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The desk's own telephone rings first, and is joined with theirs.
    Join {
        /// The desk's telephone.
        desk: String,
    },
    /// A voice reads out a text, and hears a key.
    Ask {
        /// The text.
        text: String,
        /// The elder's dialect, for a voice that has it.
        dialect: Option<String>,
    },
}

/// What came of asking a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// It calls; its own number of the call, if it has one.
    Taken {
        /// The number.
        proof: Option<String>,
    },
    /// It does not, and nobody's telephone rings.
    No(CallOver),
    /// Whether it does nobody knows.
    Unknown,
}

/// A report that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reported {
    /// Something of a call.
    Said(CallId, CallSaid),
    /// Where its recording is.
    Recording(CallId, String),
    /// Something that changes nothing here.
    Nothing,
}

/// A report that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// This line reports nothing by HTTP.
    #[error("this line has no reports")]
    None,
    /// The signature is not right.
    #[error("the signature does not match")]
    Signature,
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

/// A way to telephones, with one provider behind it. It has a time limit of its own.
#[async_trait]
pub trait Line: Send + Sync {
    /// As the configuration and the rows name it.
    fn name(&self) -> &str;
    /// Whether it can read out a text and hear a key.
    fn asks(&self) -> bool;
    /// Calls. Asked for the same call again, it calls once.
    async fn place(&self, order: &Order) -> Placed;
    /// Ends a call; whether the line has understood. One that is over already is ended.
    async fn hang_up(&self, call: &Call, now: Timestamp) -> bool;
    /// What a request of the provider to us says.
    ///
    /// # Errors
    /// See [`ReportError`]; nothing is to be believed of it then.
    fn understand(&self, headers: &[(String, String)], body: &[u8], now: Timestamp) -> Result<Reported, ReportError> {
        let _ = (headers, body, now);
        Err(ReportError::None)
    }
}
