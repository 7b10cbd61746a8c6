//! What devices are told to do: kept as rows, and said to the line of the device when it has one.
//!
//! A wake-up is a hint: the line looks in the store, also whenever the device speaks. Nearly always nothing waits for whoever speaks: so
//! the store is asked once in [`READ_EVERY`] for whom anything waits, and for no device in between but these.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::clock::{Clock, Ids};
use crate::ids::{DeviceId, UserId};
use crate::people::{DeviceOrder, OrderState};
pub use crate::store::OrderRow;
use crate::store::{Store, StoreError};

/// How long a command is worth sending where nobody says otherwise.
pub const WORTH_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Whoever calls for help without a place is asked where they are; asked again only after this.
pub const ASK_AGAIN: SignedDuration = SignedDuration::from_mins(2);

/// How often the store is asked for whom anything waits: another node may have been given a command. What this one was given is known at
/// once.
pub const READ_EVERY: SignedDuration = SignedDuration::from_secs(5);

/// The commands. Cheap to clone; one a process.
#[derive(Clone)]
pub struct Orders(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    ids: Ids,
    /// The lines that are open. A device that has come by another line is on that one.
    lines: Mutex<HashMap<DeviceId, Weak<Notify>>>,
    waiting: Mutex<Waiting>,
    /// One reads at a time: many devices speak at once, and all of them want the same.
    reading: tokio::sync::Mutex<()>,
}

/// The devices for which something may wait.
#[derive(Default)]
struct Waiting {
    read_at: Option<Timestamp>,
    devices: HashSet<DeviceId>,
    /// Given since the read began that goes on now: it may have been too late for it.
    given: Vec<DeviceId>,
}

impl Waiting {
    /// Whether something may wait for a device; none: that was read too long ago to be said.
    fn says(&self, device: DeviceId, now: Timestamp) -> Option<bool> {
        let fresh = self.read_at.is_some_and(|it| now.duration_since(it) < READ_EVERY);
        fresh.then(|| self.devices.contains(&device))
    }
}

/// A device is on a line. Ends with the line.
pub struct OnLine {
    device: DeviceId,
    woken: Arc<Notify>,
}

impl OnLine {
    /// Which.
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Waits until there may be something to say.
    pub async fn woken(&self) {
        self.woken.notified().await;
    }
}

impl Orders {
    /// Nobody is on a line yet.
    pub fn new(store: Store, clock: Clock, ids: Ids) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            ids,
            lines: Mutex::default(),
            waiting: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
        }))
    }

    /// A device has said who it is on a line.
    pub fn on_line(&self, device: DeviceId) -> OnLine {
        let woken = Arc::new(Notify::new());
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() % 1_024 == 1_023 {
            lines.retain(|_, it| it.strong_count() > 0);
        }
        lines.insert(device, Arc::downgrade(&woken));
        OnLine { device, woken }
    }

    /// Whether a device is on a line of this node.
    pub fn is_on_line(&self, device: DeviceId) -> bool {
        let lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.get(&device).is_some_and(|it| it.strong_count() > 0)
    }

    /// Tells a device to do something: kept, and sent when it is on its line.
    ///
    /// # Errors
    /// The store's.
    pub async fn give(
        &self,
        device: DeviceId,
        order: DeviceOrder,
        by: Option<UserId>,
        worth_for: SignedDuration,
    ) -> Result<OrderRow, StoreError> {
        let now = self.0.clock.now();
        let row = OrderRow {
            id: self.0.ids.make(),
            device,
            order,
            by,
            made_at: now,
            expires_at: now + worth_for,
            state: OrderState::Queued,
            sent_at: None,
            answered_at: None,
        };
        self.0.store.put_device_order(&row).await?;
        metrics::counter!("ecd_device_orders_total", "kind" => row.order.kind().as_str()).increment(1);
        {
            let mut waiting = self.waiting();
            waiting.devices.insert(device);
            waiting.given.push(device);
        }
        let lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(&device).and_then(Weak::upgrade) {
            line.notify_one();
        }
        drop(lines);
        Ok(row)
    }

    /// What a device is to be told next.
    ///
    /// # Errors
    /// The store's.
    pub async fn next(&self, device: DeviceId) -> Result<Option<OrderRow>, StoreError> {
        if !self.may_wait(device).await? {
            return Ok(None);
        }
        self.0.store.next_device_order(device, self.0.clock.now()).await
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the store may have something for a device.
    async fn may_wait(&self, device: DeviceId) -> Result<bool, StoreError> {
        let now = self.0.clock.now();
        let known = self.waiting().says(device, now);
        if let Some(it) = known {
            return Ok(it);
        }
        let _alone = self.0.reading.lock().await;
        let known = self.waiting().says(device, now);
        if let Some(it) = known {
            return Ok(it); // somebody else has read meanwhile
        }
        self.waiting().given.clear();
        let mut found = self.0.store.devices_with_orders(now).await?;
        let fresh: Vec<DeviceId> = {
            let mut waiting = self.waiting();
            found.extend(std::mem::take(&mut waiting.given));
            let before = std::mem::replace(&mut waiting.devices, found);
            waiting.read_at = Some(now);
            waiting.devices.difference(&before).copied().collect()
        };
        // What another node was given is said on the line here.
        let lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        for line in fresh.iter().filter_map(|it| lines.get(it)?.upgrade()) {
            line.notify_one();
        }
        drop(lines);
        Ok(self.waiting().devices.contains(&device))
    }

    /// It was sent.
    ///
    /// # Errors
    /// The store's.
    pub async fn sent(&self, row: &OrderRow) -> Result<(), StoreError> {
        self.0.store.device_order_sent(row.id, self.0.clock.now()).await
    }

    /// The device has answered that it did it, or that it cannot.
    ///
    /// # Errors
    /// The store's.
    pub async fn answered(&self, row: &OrderRow, done: bool) -> Result<(), StoreError> {
        let state = if done { OrderState::Done } else { OrderState::Failed };
        metrics::counter!("ecd_device_orders_answered_total", "state" => state.as_str()).increment(1);
        self.0
            .store
            .device_order_answered(row.id, state, self.0.clock.now())
            .await
    }

    /// The last commands of a device, the newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn of(&self, device: DeviceId, limit: u64) -> Result<Vec<OrderRow>, StoreError> {
        self.0.store.device_orders(device, limit).await
    }

    /// The present, for whoever shows them.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}
