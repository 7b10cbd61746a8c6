//! What is said on a live socket. Text frames of JSON; `type` says which.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::case::{CallPurpose, CallState};
use crate::ids::{CallId, CaseId, ResponderId, UserId};
use crate::people::Role;

/// The longest frame that a client may send, bytes.
pub const HELLO_MAX: usize = 16 * 1024;

/// What a client says: the hello first; after it a desk says which case it has open, and nobody says anything else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Who they are and where they stopped.
    Hello {
        /// The access token. It goes here and into no address, where logs would keep it.
        token: String,
        /// The last cursor that they saw; null or absent: they want a snapshot.
        #[serde(default)]
        cursor: Option<String>,
    },
    /// Which case is open on the screen of a desk: when that changes, and again every `looking_every_s` of the welcome.
    Looking {
        /// None: none.
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        case: Option<CaseId>,
    },
}

impl std::fmt::Debug for ClientFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hello { cursor, .. } => f
                .debug_struct("Hello")
                .field("token", &"***")
                .field("cursor", cursor)
                .finish(),
            Self::Looking { case } => f.debug_struct("Looking").field("case", case).finish(),
        }
    }
}

/// Whom the service takes the client for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct You {
    /// The account.
    #[schema(value_type = String, example = "user_0198c0de000070008000000000000001")]
    pub user: UserId,
    /// Its role.
    #[schema(value_type = String, example = "dispatcher")]
    pub role: Role,
    /// The responder that they are, if one.
    #[schema(value_type = Option<String>)]
    pub responder: Option<ResponderId>,
}

/// Somebody at a desk who has a case open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Looker {
    /// Which case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// Whose account.
    #[schema(value_type = String)]
    pub user: UserId,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// A telephone call that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallNow {
    /// Which.
    #[schema(value_type = String)]
    pub call: CallId,
    /// Of which case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// `desk`: somebody at a desk speaks with them; `check`: a voice asks for a key.
    #[schema(value_type = String)]
    pub purpose: CallPurpose,
    /// `asked`, `ringing`, `answered`, `held`.
    #[schema(value_type = String)]
    pub state: CallState,
    /// They have been on hold for too long.
    pub held_long: bool,
}

/// What the service says. `C` is the case as the viewer may see it now: the same object as `GET /api/v1/cases/{id}` answers.
///
/// After the hello: `welcome`, then `snapshot` or (resumed) what was missed, then changes and pings as they come. A client
/// keeps the newest `cursor` and brings it when it connects again. A `snapshot` replaces all that it had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame<C> {
    /// The token is good.
    Welcome {
        /// The service's clock: countdowns are by this one.
        #[schema(value_type = String, format = DateTime)]
        now: Timestamp,
        /// Whom the service takes the client for.
        you: You,
        /// Which history this is; it changes when a store is restored.
        epoch: String,
        /// A `ping` comes at least this often, seconds; after two and a half times as long the client is cut off.
        ping_every_s: u32,
        /// A client that has a case open says so at least this often, seconds; 0: it is not asked.
        #[serde(default)]
        looking_every_s: u32,
    },
    /// Every open case that the viewer may see; replaces all that the client had.
    Snapshot {
        /// Where the client stands now.
        cursor: String,
        /// The cases, oldest first.
        cases: Vec<C>,
    },
    /// A case has changed, or has come into sight: as it stands now, whole.
    Changed {
        /// Where the client stands now.
        cursor: String,
        /// The case.
        case: C,
    },
    /// A case is no longer the viewer's business: everything about it is to be forgotten.
    Gone {
        /// Where the client stands now.
        cursor: String,
        /// Which case.
        #[schema(value_type = String)]
        id: CaseId,
    },
    /// Who else at a desk has which case open, of the cases that the viewer may see; replaces what was said of it before. For
    /// desks. What other nodes know is not in it.
    Lookers {
        /// By case.
        lookers: Vec<Looker>,
    },
    /// The telephone calls that go on in the cases that the viewer may see; replaces what was said of them before. For desks. What
    /// other nodes know is not in it: a case's own list has every call.
    Calls {
        /// By case.
        calls: Vec<CallNow>,
    },
    /// The service is there and has read the store within the last seconds.
    Ping {
        /// Where the client stands now.
        cursor: String,
        /// The service's clock.
        #[schema(value_type = String, format = DateTime)]
        now: Timestamp,
        /// Since when the service's own alarm does not come through; absent while it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, format = DateTime)]
        alarms_fail_since: Option<Timestamp>,
        /// Since when somebody has not been told of what is critical, for more than 10 s; absent while nobody waits so long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, format = DateTime)]
        notices_late_since: Option<Timestamp>,
        /// Since when a way out of the house has failed its monthly try; absent while all have come through.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>, format = DateTime)]
        canary_failed_since: Option<Timestamp>,
    },
}

impl<C> ServerFrame<C> {
    /// The cursor that it carries; `welcome`, `lookers` and `calls` have none.
    pub fn cursor(&self) -> Option<&str> {
        match self {
            Self::Welcome { .. } | Self::Lookers { .. } | Self::Calls { .. } => None,
            Self::Snapshot { cursor, .. }
            | Self::Changed { cursor, .. }
            | Self::Gone { cursor, .. }
            | Self::Ping { cursor, .. } => Some(cursor),
        }
    }
}

/// Why the service ends a socket. Except after `BadHello`, a client connects again with its last cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Close {
    /// The service stops.
    GoingAway,
    /// The frame is too long.
    TooBig,
    /// The service could not do its part; come again.
    TryLater,
    /// The first frame is no hello, or something came after it.
    BadHello,
    /// The token is not valid, or no longer.
    BadToken,
    /// The rights have changed: sign in again; a snapshot comes.
    RightsChanged,
    /// No hello came in time.
    NoHello,
    /// The client does not keep up.
    TooSlow,
}

impl Close {
    /// The number on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::TooBig => 1009,
            Self::TryLater => 1013,
            Self::BadHello => 4400,
            Self::BadToken => 4401,
            Self::RightsChanged => 4403,
            Self::NoHello => 4408,
            Self::TooSlow => 4429,
        }
    }

    /// A sentence for whoever reads a log.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::GoingAway => "the service stops",
            Self::TooBig => "the frame is longer than 16 KiB",
            Self::TryLater => "the service is not ready; come again",
            Self::BadHello => {
                "the first frame must be a hello; after it a desk says what it looks at, and nothing else"
            }
            Self::BadToken => "the token is not valid, or no longer",
            Self::RightsChanged => "the rights have changed; sign in again",
            Self::NoHello => "no hello within 5 seconds",
            Self::TooSlow => "the client does not keep up",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    #[test]
    fn frames_read_as_documented() {
        let raw = RawValue::from_string(r#"{"id":"x"}"#.to_owned()).unwrap();
        let frame = ServerFrame::Changed {
            cursor: "c".to_owned(),
            case: raw,
        };
        let text = serde_json::to_string(&frame).unwrap();
        assert_eq!(text, r#"{"type":"changed","cursor":"c","case":{"id":"x"}}"#);
        let back: ServerFrame<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(back.cursor(), Some("c"));
        let hello: ClientFrame = serde_json::from_str(r#"{"type":"hello","token":"secret","cursor":null}"#).unwrap();
        assert!(!format!("{hello:?}").contains("secret"));
        assert!(serde_json::from_str::<ClientFrame>(r#"{"type":"hello","cursor":null}"#).is_err());
    }
}
