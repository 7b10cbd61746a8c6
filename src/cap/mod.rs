//! CAP 1.2 (OASIS Common Alerting Protocol, ITU-T X.1303): the messages in which towns, weather and fire services warn, and in which
//! ours tells theirs. Bytes become an [`Alert`] ([`read`]) and an [`Alert`] becomes bytes ([`write`]); nothing here waits or looks
//! anything up.
//!
//! Holds always (`tests` below, properties):
//! - what is written is read again as it was;
//! - any bytes are read without a panic, and what is kept is bounded by them;
//! - a document type or an entity of its own ends the reading: nothing is expanded, nothing is fetched.

pub mod area;
pub mod read;
pub mod words;
pub mod write;

use jiff::Timestamp;

pub use area::{Area, Circle};
pub use read::{Unreadable, read};
pub use words::{Category, Certainty, MsgType, ResponseType, Scope, Severity, Status, Urgency};
pub use write::write;

/// The name space of version 1.2.
pub const NAME_SPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";

/// The media type.
pub const MEDIA_TYPE: &str = "application/cap+xml";

/// Which message: no two have the same three.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Whose.
    pub sender: String,
    /// Its name, given by the sender.
    pub identifier: String,
    /// When it was sent, whole seconds.
    pub sent: Timestamp,
}

/// One message. What the standard has and is not here (resources, signatures, links) is passed over: it changes nothing that we do.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Its name, given by the sender: no blanks, commas, `<` or `&`.
    pub identifier: String,
    /// Who says so; the same rule.
    pub sender: String,
    /// When, whole seconds.
    pub sent: Timestamp,
    /// Whether it is in earnest.
    pub status: Status,
    /// New, more, or over.
    pub msg_type: MsgType,
    /// Who may read it.
    pub scope: Scope,
    /// For whom, where it is not for everybody.
    pub addresses: Vec<String>,
    /// A text about it.
    pub note: Option<String>,
    /// Earlier messages that it goes on from.
    pub references: Vec<Reference>,
    /// What it says, once for each language or event.
    pub infos: Vec<Info>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    /// The language, RFC 3066; the standard's own when left out is `en-US`.
    pub language: Option<String>,
    /// Of which trade; at least one.
    pub categories: Vec<Category>,
    /// What happens, in words.
    pub event: String,
    /// What should be done, from a list.
    pub response_types: Vec<ResponseType>,
    /// How soon.
    pub urgency: Urgency,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub certainty: Certainty,
    /// Names of the event in systems of codes: name, value.
    pub event_codes: Vec<(String, String)>,
    /// When it begins.
    pub onset: Option<Timestamp>,
    /// When it holds no longer.
    pub expires: Option<Timestamp>,
    /// Who says so, in words.
    pub sender_name: Option<String>,
    /// In one line.
    pub headline: Option<String>,
    /// In more.
    pub description: Option<String>,
    /// What to do.
    pub instruction: Option<String>,
    /// Further values: name, value.
    pub parameters: Vec<(String, String)>,
    /// Where.
    pub areas: Vec<Area>,
}

impl Alert {
    /// By what later messages name it.
    pub fn reference(&self) -> Reference {
        Reference {
            sender: self.sender.clone(),
            identifier: self.identifier.clone(),
            sent: self.sent,
        }
    }

    /// When all of it has run out; none: a part of it says no end.
    pub fn expires(&self) -> Option<Timestamp> {
        let ends: Option<Vec<Timestamp>> = self.infos.iter().map(|it| it.expires).collect();
        ends?.into_iter().max()
    }

    /// Everywhere that it speaks of.
    pub fn areas(&self) -> impl Iterator<Item = &Area> {
        self.infos.iter().flat_map(|it| &it.areas)
    }
}

#[cfg(test)]
mod tests;
