//! Who has which case open on their screen, and which telephone calls go on, so that two dispatchers do not ring the same number
//! without knowing of each other.
//!
//! No part of any case and written nowhere: each node knows of its own sockets, and says so (`docs/decisions`). It is gone
//! with the socket, with [`LOOK_FOR`] without a renewal, and when the socket's person looks at something else.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use bytestring::ByteString;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::frames::{CallNow, Looker};
use super::hub::lock;
use super::sight::Audience;
use crate::ids::{CallId, CaseId, UserId};

/// A desk that has a case open says so again at least this often, seconds.
pub const LOOKING_EVERY_S: u32 = 15;

/// Without that for so long, it counts as looked away.
pub const LOOK_FOR: SignedDuration = SignedDuration::from_secs(45);

/// What one socket says comes into force at most this often: somebody who runs down the queue by key wakes nobody for each row.
pub const LOOK_PACE: SignedDuration = SignedDuration::from_millis(150);

#[derive(Default)]
struct Posts {
    last: u64,
    /// By socket.
    at: BTreeMap<u64, Looker>,
    /// What each audience is told of it as it stands.
    built: HashMap<Audience, ByteString>,
}

#[derive(Default)]
struct Telephones {
    at: BTreeMap<CallId, CallNow>,
    /// What each audience is told of it as it stands.
    built: HashMap<Audience, ByteString>,
}

/// Who looks at what and who is on the telephone, as far as this node knows.
pub(super) struct Presence {
    posts: Mutex<Posts>,
    telephones: Mutex<Telephones>,
    changed: watch::Sender<u64>,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            posts: Mutex::default(),
            telephones: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }
}

impl Presence {
    /// A number for one socket.
    pub(super) fn post(&self) -> u64 {
        let mut posts = lock(&self.posts);
        posts.last += 1;
        posts.last
    }

    /// What the socket's person has open from now on; what stays as it was wakes nobody.
    pub(super) fn set(&self, post: u64, user: UserId, case: Option<CaseId>, now: Timestamp) {
        {
            let mut posts = lock(&self.posts);
            if posts.at.get(&post).map(|it| it.case) == case {
                return;
            }
            match case {
                Some(case) => {
                    let looker = Looker { case, user, since: now };
                    posts.at.insert(post, looker);
                }
                None => {
                    posts.at.remove(&post);
                }
            }
            posts.built.clear();
        }
        self.changed.send_modify(|it| *it += 1);
    }

    /// A call goes on like this, or is over; what stays as it was wakes nobody.
    pub(super) fn call(&self, call: CallId, now: Option<CallNow>) {
        {
            let mut telephones = lock(&self.telephones);
            let before = match now {
                Some(now) => telephones.at.insert(call, now),
                None => telephones.at.remove(&call),
            };
            if before == now {
                return;
            }
            telephones.built.clear();
        }
        self.changed.send_modify(|it| *it += 1);
    }

    /// As [`Presence::told`], of the calls that go on.
    pub(super) fn told_calls(
        &self,
        audience: &Audience,
        sees: impl Fn(CaseId) -> bool,
        write: impl FnOnce(Vec<CallNow>) -> ByteString,
    ) -> ByteString {
        let mut telephones = lock(&self.telephones);
        if let Some(text) = telephones.built.get(audience) {
            return text.clone();
        }
        let mut theirs: Vec<CallNow> = telephones.at.values().filter(|it| sees(it.case)).copied().collect();
        theirs.sort_by_key(|it| (it.case, it.call));
        let text = write(theirs);
        telephones.built.insert(audience.clone(), text.clone());
        text
    }

    /// Wakes when somebody looks elsewhere, or a call changes.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// What an audience is told, built once for all of it. `sees`: whether a case is theirs to see; `write`: the frame.
    pub(super) fn told(
        &self,
        audience: &Audience,
        sees: impl Fn(CaseId) -> bool,
        write: impl FnOnce(Vec<Looker>) -> ByteString,
    ) -> ByteString {
        let mut posts = lock(&self.posts);
        if let Some(text) = posts.built.get(audience) {
            return text.clone();
        }
        let mut theirs: Vec<Looker> = posts.at.values().filter(|it| sees(it.case)).copied().collect();
        theirs.sort_by_key(|it| (it.case, it.since, it.user));
        let text = write(theirs);
        posts.built.insert(audience.clone(), text.clone());
        text
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::live::Viewer;
    use crate::people::Role;

    fn now() -> Timestamp {
        Timestamp::from_second(1_790_000_000).unwrap()
    }
    fn user(n: u128) -> UserId {
        UserId::new(Uuid::from_u128(n))
    }
    fn case(n: u128) -> CaseId {
        CaseId::new(Uuid::from_u128(n))
    }
    fn audience(role: Role) -> Audience {
        let viewer = Viewer {
            user: user(1),
            role,
            scope: std::iter::empty().collect(),
            responder: None,
            rights: 1,
            practice: false,
            expires_at: now(),
        };
        viewer.audience()
    }
    fn told(it: &Presence, role: Role, sees: impl Fn(CaseId) -> bool) -> String {
        it.told(&audience(role), sees, |all| {
            let words = all
                .iter()
                .map(|it| format!("{}@{}", it.user.as_uuid().as_u128(), it.case.as_uuid().as_u128()));
            words.collect::<Vec<_>>().join(" ").into()
        })
        .to_string()
    }

    #[test]
    fn what_stays_as_it_was_wakes_nobody_and_who_leaves_is_gone() {
        let it = Presence::default();
        let changes = it.changes();
        let (a, b) = (it.post(), it.post());
        it.set(a, user(1), Some(case(7)), now());
        it.set(b, user(2), Some(case(7)), now());
        it.set(a, user(1), Some(case(7)), now());
        assert_eq!(*changes.borrow(), 2);
        assert_eq!(told(&it, Role::Dispatcher, |_| true), "1@7 2@7");
        it.set(a, user(1), Some(case(8)), now());
        assert_eq!(told(&it, Role::Dispatcher, |_| true), "2@7 1@8");
        it.set(a, user(1), None, now());
        it.set(a, user(1), None, now());
        assert_eq!(*changes.borrow(), 4);
        assert_eq!(told(&it, Role::Dispatcher, |_| true), "2@7");
    }

    #[test]
    fn an_audience_hears_only_of_cases_that_it_may_see() {
        let it = Presence::default();
        let (a, b) = (it.post(), it.post());
        it.set(a, user(1), Some(case(7)), now());
        it.set(b, user(2), Some(case(8)), now());
        assert_eq!(told(&it, Role::Dispatcher, |it| it == case(8)), "2@8");
        assert_eq!(told(&it, Role::Auditor, |_| false), "");
    }
}
