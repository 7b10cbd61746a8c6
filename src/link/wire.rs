//! What is said on the line. Text frames of JSON; `type` says which. The street opens the line and speaks first.
//!
//! ```text
//! street                          district
//! hello node key epoch heads  →
//!                             ←   welcome heads whole
//! cases, cases …, whole       →   taken, taken …        (a beginning, where the district has nothing of this history)
//! cases of a part of the log  →   taken                 (one at a time: the next when this one is acknowledged)
//! figures                     →   taken
//!                             ←   answer
//! answered                    →
//! ping                        →   pong
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::figures::Figures;
use crate::case::{ReferralAnswer, Summary};
use crate::ids::{AnswerId, CaseId, NodeId, ReferralId};
use crate::store::links::{Heads, Span};

/// The language that both ends speak. Who speaks another one is told so, and comes again when it has changed.
pub const VERSION: u32 = 1;

/// The longest frame, bytes. A street cuts its frames at half of it.
pub const FRAME_MAX: usize = 512 * 1024;

/// Cases of one frame at most.
pub const CASES_MAX: usize = 200;

/// Streams that a street may have.
pub const STREAMS_MAX: usize = 1_000;

/// A street says something at least this often, seconds.
pub const PING_EVERY_S: u32 = 10;

/// Whoever has said nothing for so long is gone, seconds.
pub const SILENT_FOR_S: u32 = 30;

/// What a street says.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StreetFrame {
    /// Who it is. The key goes here and into no address, where logs would keep it.
    Hello {
        /// See [`VERSION`].
        version: u32,
        /// As which it was let in.
        node: NodeId,
        /// Its key.
        key: String,
        /// Which history its numbers are of.
        epoch: Uuid,
        /// Up to where its log goes.
        heads: Heads,
    },
    /// Cases as they stand.
    Cases {
        /// The number of the frame on this line.
        seq: u64,
        /// The part of the log that they stand for; none: of a beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Span>,
        /// The cases; those of the part that are no business of the district are left out.
        cases: Vec<Summary>,
    },
    /// The beginning is whole: everything that is open was said, and the log goes on after these.
    Whole {
        /// The number of the frame.
        seq: u64,
        /// Up to where.
        heads: Heads,
    },
    /// How the street stands.
    Figures {
        /// The number of the frame.
        seq: u64,
        /// The figures.
        figures: Figures,
    },
    /// What became of an answer.
    Answered {
        /// Which.
        answer: AnswerId,
        /// Why it is in no case; none: it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// It is there.
    Ping {},
}

impl std::fmt::Debug for StreetFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A key and words of people are in them: a log gets the kind alone.
        f.write_str(match self {
            Self::Hello { .. } => "Hello",
            Self::Cases { .. } => "Cases",
            Self::Whole { .. } => "Whole",
            Self::Figures { .. } => "Figures",
            Self::Answered { .. } => "Answered",
            Self::Ping { .. } => "Ping",
        })
    }
}

/// What a district says.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DistrictFrame {
    /// The key is good.
    Welcome {
        /// The district's clock.
        now: Timestamp,
        /// Up to where the street's log is known here.
        heads: Heads,
        /// Whether everything that was open when it began is here; if not, the street begins anew.
        whole: bool,
    },
    /// The frame of this number is kept.
    Taken {
        /// Which.
        seq: u64,
    },
    /// Somebody has answered to a hand-up. Said again with each new line until the street says what became of it.
    Answer {
        /// Its id: the same answer has the same.
        answer: AnswerId,
        /// To which hand-up.
        referral: ReferralId,
        /// Of which case.
        case: CaseId,
        /// What.
        what: ReferralAnswer,
        /// Who says it, and the words.
        text: String,
        /// When it was given, by the district's clock.
        at: Timestamp,
    },
    /// It is there.
    Pong {},
}

impl std::fmt::Debug for DistrictFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Welcome { .. } => "Welcome",
            Self::Taken { .. } => "Taken",
            Self::Answer { .. } => "Answer",
            Self::Pong { .. } => "Pong",
        })
    }
}

/// Why a district ends a line. The street tries again in any case; where a person must do something, its log and its screens say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Close {
    /// The service stops.
    GoingAway,
    /// The frame is too long.
    TooBig,
    /// The service could not do its part; come again.
    TryLater,
    /// A frame that cannot be read, or that has no place here.
    BadFrame,
    /// There is no such street, the key is another, or it was shut out.
    BadKey,
    /// No hello came in time, or nothing for too long.
    Silent,
    /// Another line of the same street has come.
    Superseded,
    /// Something is missing before what came: the street begins this part again.
    Gap,
    /// The other end speaks another version.
    OtherVersion,
}

impl Close {
    /// Every one of them.
    pub const ALL: [Self; 9] = [
        Self::GoingAway,
        Self::TooBig,
        Self::TryLater,
        Self::BadFrame,
        Self::BadKey,
        Self::Silent,
        Self::Superseded,
        Self::Gap,
        Self::OtherVersion,
    ];

    /// The number on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::TooBig => 1009,
            Self::TryLater => 1013,
            Self::BadFrame => 4400,
            Self::BadKey => 4401,
            Self::Silent => 4408,
            Self::Superseded => 4409,
            Self::Gap => 4412,
            Self::OtherVersion => 4426,
        }
    }

    /// A sentence for whoever reads a log.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::GoingAway => "the service stops",
            Self::TooBig => "the frame is longer than 512 KiB",
            Self::TryLater => "the service is not ready; come again",
            Self::BadFrame => "this frame cannot be read, or has no place here",
            Self::BadKey => "there is no such street, its key is another, or it was shut out",
            Self::Silent => "nothing was heard for too long",
            Self::Superseded => "another line of this street has come",
            Self::Gap => "something is missing before this",
            Self::OtherVersion => "this end speaks version 1",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_read_as_documented_and_print_no_secret() {
        let hello = r#"{"type":"hello","version":1,"node":"node_00000000000000000000000000000007","key":"geheim","epoch":"00000000-0000-0000-0000-000000000001","heads":{"120114001":7}}"#;
        let frame: StreetFrame = serde_json::from_str(hello).unwrap();
        assert_eq!(serde_json::to_string(&frame).unwrap(), hello);
        assert!(!format!("{frame:?}").contains("geheim"));
        let cases = r#"{"type":"cases","seq":3,"of":{"stream":"120114001","after":1,"upto":4},"cases":[]}"#;
        let frame: StreetFrame = serde_json::from_str(cases).unwrap();
        assert_eq!(serde_json::to_string(&frame).unwrap(), cases);
        // What a newer street says beside it is passed over; what is none of ours is not guessed at.
        assert!(serde_json::from_str::<StreetFrame>(r#"{"type":"ping","more":1}"#).is_ok());
        assert!(serde_json::from_str::<StreetFrame>(r#"{"type":"order","case":"x"}"#).is_err());
        let welcome = r#"{"type":"welcome","now":"2026-02-25T06:13:20Z","heads":{},"whole":false}"#;
        let frame: DistrictFrame = serde_json::from_str(welcome).unwrap();
        assert_eq!(serde_json::to_string(&frame).unwrap(), welcome);
    }

    #[test]
    fn every_end_has_a_number_of_its_own() {
        let codes: std::collections::BTreeSet<u16> = Close::ALL.iter().map(|it| it.code()).collect();
        assert_eq!(codes.len(), Close::ALL.len());
        assert!(
            Close::ALL.iter().all(|it| it.reason().len() <= 123),
            "a close frame holds no more"
        );
    }
}
