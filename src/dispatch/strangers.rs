//! Devices on a line that nobody has filed. What they send is kept aside and counted; a call for help from one of them is a case at
//! the street tier like any other, about whoever that is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::unproved::Throttle;
use crate::clock::{Clock, Ids};
use crate::ids::DeviceId;
use crate::people::{Protocol, Terminal};
use crate::store::quarantine::Unproved;
use crate::store::{Store, StoreError};

/// Under this name space the subjects of strangers' cases follow from their protocol and number: none of them is the id of a device
/// that somebody has filed.
const STRANGERS: Uuid = Uuid::from_u128(0x2d1b_3a4e_9f60_5c8d_8b17_54f0_c2aa_7e39);

/// Strangers with a case of their own at once; whoever comes beyond calls as one of many, in one case of their protocol, and is not
/// refused: a made-up number costs nothing, and a hundred cases are more than a desk can look at.
pub const OWN_CASES_MAX: usize = 100;

/// How long a stranger that has called counts among those.
pub const REMEMBERED_FOR: SignedDuration = SignedDuration::from_mins(10);

/// The strangers. One a process.
pub struct Strangers {
    store: Store,
    clock: Clock,
    ids: Ids,
    throttle: Arc<Throttle>,
    called: Mutex<HashMap<DeviceId, Timestamp>>,
}

impl Strangers {
    /// With nobody known.
    pub fn new(store: Store, clock: Clock, ids: Ids, throttle: Arc<Throttle>) -> Self {
        Self {
            store,
            clock,
            ids,
            throttle,
            called: Mutex::default(),
        }
    }

    /// Keeps what somebody at `address` (the network's, with whatever else tells senders behind it apart) has sent who says that they are `claimed`; `false`: too many come, it was only counted.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep(
        &self,
        address: &str,
        claimed: &str,
        reason: &'static str,
        body: &[u8],
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        if !self.throttle.admits(address, now) {
            return Ok(false);
        }
        let unproved = Unproved {
            id: self.ids.make(),
            address,
            claimed_device: claimed,
            reason,
            body,
        };
        self.store.quarantine(unproved, now).await?;
        Ok(true)
    }

    /// Counts what somebody sends who was kept a moment ago.
    pub fn count(&self) {
        self.throttle.count(self.clock.now());
    }

    /// About whom a stranger's call is: the same each time for the same terminal.
    pub fn subject(&self, terminal: &Terminal) -> DeviceId {
        self.subject_of(terminal.protocol.as_str(), &terminal.number)
    }

    /// As [`Strangers::subject`], by whatever way it has come; `number` does not begin with a blank.
    pub fn subject_of(&self, way: &str, number: &str) -> DeviceId {
        let id = DeviceId::derive(STRANGERS, &format!("{way}:{number}"));
        let now = self.clock.now();
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        called.retain(|_, at| now.duration_since(*at) < REMEMBERED_FOR);
        if called.len() >= OWN_CASES_MAX && !called.contains_key(&id) {
            return Self::many_of(way);
        }
        called.insert(id, now);
        id
    }

    /// About whom the calls are that come beyond [`OWN_CASES_MAX`].
    pub fn one_of_many(protocol: Protocol) -> DeviceId {
        Self::many_of(protocol.as_str())
    }

    fn many_of(way: &str) -> DeviceId {
        // No number begins with a blank.
        DeviceId::derive(STRANGERS, &format!("{way}: many"))
    }
}
