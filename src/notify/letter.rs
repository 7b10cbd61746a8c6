//! A letter: one notice as one carrier brings it to one address.
//!
//! The outbox decides who is told, by which way, and when; a [`Carrier`] only knows its provider: it words the letter, signs it,
//! hands it over once per call, and says what came of it. What the provider reports later comes back through
//! [`Carrier::understand`].
//!
//! Holds always:
//! - a letter has no name, no street and no word about health in it: what it says follows from its kind and its [`Values`];
//! - the same letter keeps its id at every try, and a carrier passes it on where its provider can tell a repeat by it; two addresses
//!   of one person are two letters.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::case::{NoticeKind, Severity};
use crate::dispatch::told::Sheet;
use crate::ids::{CaseId, NoticeId};
use crate::people::Phone;
pub use crate::people::{Language, PushAddress, Way};

/// Where one way ends. Prints without what could identify somebody.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A telephone, for short messages and calls.
    Phone(Phone),
    /// A mailbox.
    Mailbox(String),
    /// A browser's subscription.
    Push(PushAddress),
    /// A member's or follower's id at the provider.
    Member(String),
    /// The carrier's own: a robot's group, another system, a printer.
    Fixed,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Phone(_) => "Phone(***)",
            Self::Mailbox(_) => "Mailbox(***)",
            Self::Push(_) => "Push(***)",
            Self::Member(_) => "Member(***)",
            Self::Fixed => "Fixed",
        })
    }
}

/// What the words of a letter may be made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values {
    /// The case's number; none: the case does not read back.
    pub case_number: Option<String>,
    /// The grid's or community's name; never an address.
    pub area_name: Option<String>,
    /// How severe the case is.
    pub severity: Option<Severity>,
    /// Minutes until somebody is at the door, where that is known.
    pub minutes: Option<u32>,
    /// A page that the receiver may open; with a token of its own where the receiver need not sign in.
    pub link: Option<String>,
    /// The digits that answer yes and no, where a reply is understood.
    pub keys: Option<(char, char)>,
    /// What was opened of a file: see [`Opened`].
    pub opened: Option<Opened>,
    /// A month in figures: see [`Sheet`].
    pub sheet: Option<Sheet>,
}

/// What was opened of somebody's file in an emergency, in stable words: no name, and no word of what stood there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// `door`, `health`, `photo`; `several`.
    pub what: String,
    /// When first, by the street's clock: `11-27 14:05`.
    pub at: String,
    /// To whom, by role: `dispatcher`, `grid_worker`, …; `several`.
    pub by: String,
}

/// One notice on its way by one carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Of this row at this address: the same at every try, and another for another address. The provider knows a repeat by it.
    pub id: NoticeId,
    /// The row that it is of.
    pub notice: NoticeId,
    /// Of which case.
    pub case: CaseId,
    /// The case's version that it tells of: of two letters to one person the higher one counts.
    pub case_version: i64,
    /// Where the case belongs.
    pub area_code: String,
    /// What is told.
    pub kind: NoticeKind,
    /// Of which step of the case.
    pub step: String,
    /// Who is told, as the outbox names it: `resp_…`, `contact_…`, `desk`, `duty_leader`, …
    pub target: String,
    /// Where to.
    pub address: Address,
    /// In which language.
    pub language: Language,
    /// What it may speak of.
    pub values: Values,
    /// A try of the channel, or an exercise: the words say so first.
    pub drill: bool,
    /// When the row was written.
    pub made_at: Timestamp,
    /// From here on it would mislead; a provider that keeps letters is told to drop it then.
    pub useful_until: Timestamp,
    /// The present.
    pub now: Timestamp,
    /// Which try this is, from 1.
    pub attempt: u32,
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// The provider took it.
    Taken {
        /// The provider's own number of it, by which a later report names it.
        proof: Option<String>,
    },
    /// The receiver has it.
    Received {
        /// The provider's own number of it.
        proof: Option<String>,
    },
    /// Not now; whether it has left nobody knows.
    Later {
        /// How long the provider asks us to wait; none: as long as we see fit.
        after: Option<Duration>,
        /// Why, in stable words: no text of the other side.
        why: String,
    },
    /// Not now, and it has surely not left: nobody was reached, or the answer says that it was put off.
    PutOff {
        /// How long the provider asks us to wait; none: as long as we see fit.
        after: Option<Duration>,
        /// Why, in stable words: no text of the other side.
        why: String,
    },
    /// The same again would be refused again; another way may do.
    Refused {
        /// Why, in stable words.
        why: String,
    },
    /// The address is no more: nothing more is to be sent to it.
    Gone {
        /// Why, in stable words.
        why: String,
    },
}

/// What a provider said later of one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which letter.
    pub of: ReportOf,
    /// What.
    pub word: ReportWord,
    /// When, as the provider has it; none: it does not say.
    pub at: Option<Timestamp>,
}

/// How a report names its letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportOf {
    /// By our id, which the provider passed back.
    Letter(NoticeId),
    /// By the provider's own number, as [`Handed::Taken`] had it.
    Proof(String),
    /// By the telephone that a reply came from: the last letter to it counts.
    Phone(Phone),
}

/// What is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportWord {
    /// It is on the receiver's device, or the call was answered.
    Delivered,
    /// The receiver has looked at it.
    Read,
    /// It did not get there.
    Failed {
        /// Why, in stable words or the provider's code.
        why: String,
    },
    /// A key was pressed, or a reply of one digit came.
    Key(char),
    /// A reply that is no digit.
    Reply(String),
}

/// A provider's request to us, as it came.
#[derive(Debug, Clone)]
pub struct Callback<'a> {
    /// Header names in small letters, with their values.
    pub headers: &'a [(String, String)],
    /// The query, undecoded.
    pub query: &'a str,
    /// The body, byte for byte: signatures are over it.
    pub body: &'a [u8],
    /// The present.
    pub now: Timestamp,
}

/// A callback that is not taken.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum CallbackError {
    /// This carrier's provider calls nobody back.
    #[error("this way has no callbacks")]
    None,
    /// The signature or the token is not right.
    #[error("the signature does not match")]
    Signature,
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

/// What is answered to a callback, and what it reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// Each report, in the provider's order.
    pub reports: Vec<Report>,
    /// What of it could not be read, as it came.
    pub odd: Vec<String>,
    /// The content type and body that the provider wants to see.
    pub answer: (&'static str, String),
}

/// A way out of the house, with one provider behind it.
///
/// It hands one letter over per call and keeps nothing that a restart must not lose; it has a time limit of its own, well inside
/// the outbox's lease. It may be asked to hand over the same letter again.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// As configuration and rows name it: `sms`, `voice:second`, `webhook:city`.
    fn name(&self) -> &str;
    /// Which way it is.
    fn way(&self) -> Way;
    /// How many letters may be on their way at once.
    fn slots(&self) -> usize;
    /// One try.
    async fn hand_over(&self, letter: &Letter) -> Handed;
    /// What a request of the provider to us says.
    ///
    /// # Errors
    /// See [`CallbackError`]; nothing is to be believed of it then.
    fn understand(&self, callback: &Callback<'_>) -> Result<Understood, CallbackError> {
        let _ = callback;
        Err(CallbackError::None)
    }
    /// The provider asks, when our address is entered at it, whether it is ours: the word that it wants to read back. The request has no
    /// body.
    ///
    /// # Errors
    /// As [`Carrier::understand`].
    fn verify(&self, callback: &Callback<'_>) -> Result<String, CallbackError> {
        let _ = callback;
        Err(CallbackError::None)
    }
    /// Whether the provider knows a further try of a letter by its id, and calls or sends once.
    fn knows_repeats(&self) -> bool {
        false
    }
    /// Whether an answer by key or digit comes back to us: only then does a letter speak of keys.
    fn hears(&self) -> bool {
        false
    }
    /// Whether a call goes on after a key, and its provider reads out what our answer to the report of the key says.
    fn speaks_on(&self) -> bool {
        false
    }
    /// That answer: content type and body. None: it says nothing more.
    fn say_on(&self, language: Language, text: &str) -> Option<(&'static str, String)> {
        let _ = (language, text);
        None
    }
    /// Of a way by browsers: the key that a browser wants before it agrees (`applicationServerKey`, base64url).
    fn browser_key(&self) -> Option<&str> {
        None
    }
    /// Of a way by browsers: whether anything would go to this address of one.
    fn reaches(&self, endpoint: &str) -> bool {
        let _ = endpoint;
        false
    }
    /// Why it carries nothing until somebody looks; none: it works.
    fn disabled(&self) -> Option<String> {
        None
    }
}
