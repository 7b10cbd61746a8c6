//! The rows that this process has in hand. Their leases are renewed while somebody works on them, until what came of them is written: another
//! node takes a row when its holder has died, and not because a provider, a quota or the database was slow.
//!
//! ```text
//!  claimed --> in hand --written--> gone
//!                | ^
//!                '-'  renewed, when a third of its lease is over
//! ```
//!
//! Holds always:
//! - a row whose lease could not be renewed in time is not handed over by us any more ([`Hold::lasts`]);
//! - whoever drops a [`Hold`], by a panic too, lets its lease run out.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::ids::NoticeId;

/// A row is kept in hand for so long at most: what hangs for longer hangs for good, and another try may do better.
const IN_HAND_MAX: SignedDuration = SignedDuration::from_mins(10);
/// The clocks of two nodes that are ready differ by so much at most.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_millis(500);

/// The rows in hand.
#[derive(Debug, Default)]
pub(super) struct Holds(Mutex<HashMap<NoticeId, Lease>>);

#[derive(Debug, Clone, Copy)]
struct Lease {
    claim: Uuid,
    since: Timestamp,
    until: Timestamp,
}

/// One row in hand.
#[derive(Debug)]
pub(super) struct Hold {
    holds: Arc<Holds>,
    id: NoticeId,
    claim: Uuid,
}

impl Holds {
    fn all(&self) -> MutexGuard<'_, HashMap<NoticeId, Lease>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A row that was claimed at `since` is in hand, its lease holds until `until`.
    pub(super) fn take(self: &Arc<Self>, id: NoticeId, claim: Uuid, since: Timestamp, until: Timestamp) -> Hold {
        self.all().insert(id, Lease { claim, since, until });
        Hold {
            holds: self.clone(),
            id,
            claim,
        }
    }

    /// The rows of whose lease of this length a third is over, each with its claim.
    pub(super) fn ageing(&self, lease: Duration, now: Timestamp) -> Vec<(NoticeId, Uuid)> {
        let fresh = SignedDuration::try_from(lease * 2 / 3).unwrap_or(SignedDuration::MAX);
        let all = self.all();
        let ageing = all.iter().filter(|(_, it)| {
            let left = it.until.duration_since(now);
            left <= fresh && now.duration_since(it.since) < IN_HAND_MAX
        });
        ageing.map(|(id, it)| (*id, it.claim)).collect()
    }

    /// The leases of these hold until `until` now.
    pub(super) fn renewed(&self, kept: &BTreeSet<NoticeId>, until: Timestamp) {
        for (_, it) in self.all().iter_mut().filter(|it| kept.contains(it.0)) {
            it.until = it.until.max(until);
        }
    }
}

impl Hold {
    /// Whether the row is surely still ours: nobody else takes it before.
    pub(super) fn lasts(&self, now: Timestamp) -> bool {
        let all = self.holds.all();
        let ours = all.get(&self.id).filter(|it| it.claim == self.claim);
        ours.is_some_and(|it| now + CLOCKS_DIFFER < it.until)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut all = self.holds.all();
        // Claimed anew by ourselves meanwhile, it is another's.
        if all.get(&self.id).is_some_and(|it| it.claim == self.claim) {
            all.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> NoticeId {
        NoticeId::new(Uuid::from_u128(n))
    }

    #[test]
    fn what_is_in_hand_is_renewed_from_a_third_of_its_lease_on() {
        let holds = Arc::new(Holds::default());
        let lease = Duration::from_secs(30);
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let claim = Uuid::from_u128(7);
        let hold = holds.take(id(1), claim, at(0), at(30));
        assert_eq!(holds.ageing(lease, at(9)), []);
        assert_eq!(holds.ageing(lease, at(10)), [(id(1), claim)]);
        assert!(hold.lasts(at(29)) && !hold.lasts(at(30)), "nobody has renewed it");
        holds.renewed(&[id(1)].into(), at(40));
        assert!(hold.lasts(at(39)) && !hold.lasts(at(40)));
        assert_eq!(holds.ageing(lease, at(19)), []);
        // What hangs for good is let go.
        holds.renewed(&[id(1)].into(), at(600));
        assert_eq!(holds.ageing(lease, at(599)), [(id(1), claim)]);
        assert_eq!(holds.ageing(lease, at(600)), []);
        drop(hold);
        assert_eq!(holds.ageing(lease, at(599)), []);
    }

    #[test]
    fn who_lets_go_late_takes_nothing_from_a_new_claim() {
        let holds = Arc::new(Holds::default());
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let old = holds.take(id(1), Uuid::from_u128(1), at(0), at(30));
        let new = holds.take(id(1), Uuid::from_u128(2), at(31), at(61));
        assert!(!old.lasts(at(32)) && new.lasts(at(32)));
        drop(old);
        assert!(new.lasts(at(32)));
    }
}
