//! Who is at the other end of a socket, and what they may see.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::ids::{ResponderId, UserId};
use crate::people::{PrefixSet, Role};
use crate::store::StoreError;
use crate::store::cases::CaseView;

/// Somebody signed in, for as long as their token holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: Role,
    /// What part of the tree they may see.
    pub scope: PrefixSet,
    /// The responder that they are, if one.
    pub responder: Option<ResponderId>,
    /// The revision of their rights: another one means another snapshot.
    pub rights: i64,
    /// Until when the token holds.
    pub expires_at: Timestamp,
    /// They take part in the practice, and see its cases.
    pub practice: bool,
}

impl Viewer {
    /// Everybody with the same audience sees the same.
    pub fn audience(&self) -> Audience {
        let mut text = format!("{}|", self.role);
        if let Some(id) = self.responder {
            text.push_str(&id.to_string());
        }
        for code in self.scope.iter() {
            text.push('|');
            text.push_str(&code.to_string());
        }
        if self.practice {
            text.push_str("|practice");
        }
        Audience(text.into())
    }

    /// Whether they sit at a desk, where five seconds of silence turn the screen red.
    pub const fn at_desk(&self) -> bool {
        matches!(
            self.role,
            Role::Admin | Role::DutyLeader | Role::Dispatcher | Role::Auditor
        )
    }
}

/// Role, scope and responder, as one key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Audience(Arc<str>);

impl Audience {
    /// The key as text; names no person but the responder's id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a token does not let anybody in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotSignedIn {
    /// Unreadable, forged, expired or revoked.
    #[error("the token is not valid")]
    BadToken,
    /// It could not be looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What has become of somebody's rights since they signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Other rights, or none: they must sign in again and get a fresh snapshot.
    RightsChanged,
    /// The token holds no longer.
    Expired,
}

/// What this room must be told about people: who holds a token, whether it still counts, and what they may see of a case.
#[async_trait]
pub trait Sight: Send + Sync + 'static {
    /// Who holds this token.
    ///
    /// # Errors
    /// `BadToken`, or the store's.
    async fn verify(&self, token: &str) -> Result<Viewer, NotSignedIn>;

    /// Whether the rights of then are the rights of now; asked every two seconds for each socket.
    ///
    /// # Errors
    /// The store's: asked again, and after a while the socket ends.
    async fn ended(&self, viewer: &Viewer) -> Result<Option<Ended>, StoreError>;

    /// Since when the service's own alarm does not come through; none: it does.
    fn alarms_fail_since(&self) -> Option<Timestamp> {
        None
    }

    /// Since when somebody waits to be told of what is critical; none: nobody does, or not for long.
    fn notices_late_since(&self) -> Option<Timestamp> {
        None
    }

    /// Since when a way out of the house has failed its monthly try; none: all have come through.
    fn canary_failed_since(&self) -> Option<Timestamp> {
        None
    }

    /// The case as JSON with nothing in it that the viewer may not see; none: they may not see it at all.
    ///
    /// Must depend on nothing of the viewer but their [`Audience`]: the answer is shared by all of it.
    fn see(&self, viewer: &Viewer, case: &CaseView) -> Option<String>;
}
