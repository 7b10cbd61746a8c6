//! What each device last said of itself: when it was heard, its charge, its network, where it was and what it measured.
//!
//! A heartbeat is a line in memory, the latest wins; what has changed is written every few seconds, many rows in one statement. So a
//! crash costs some seconds of it, which is nothing to whoever watches for silence: a device's beat is minutes. Where a worn device
//! is, its elder is ([`Signs::fix_of`]).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::picture::Picture;
use super::report::Position;
use crate::case::Kind;
use crate::clock::Clock;
use crate::ids::{DeviceId, ElderId};
use crate::people::{Device, Doing, Fix, Moved, Sensed};
use crate::store::device_states::{DeviceState, TABLE};
use crate::store::{Engine, Store, StoreError};

/// How often what has changed is written.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// Devices written in one transaction: an alert waits for one such at most.
const WRITE_MAX: usize = 512;

/// Readings that wait for what was written last; whatever comes beyond is taken as it is.
const EARLY_MAX: usize = 100_000;

/// Devices seen in one go by [`Signs::each`]: well below a millisecond.
const SEEN_MAX: usize = 4_096;

/// What a device says beside its alarms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Told {
    /// Charge, percent.
    pub battery_percent: Option<u8>,
    /// Strength of the network, percent.
    pub signal_percent: Option<u8>,
    /// Where it is, and when that was true.
    pub place: Option<(Position, Timestamp)>,
    /// What it has measured, and when.
    pub reading: Option<(Value, Timestamp)>,
}

/// What is known of a device.
#[derive(Debug, Clone, PartialEq)]
pub struct Sign {
    /// When it last said anything, by our clock.
    pub heard_at: Timestamp,
    /// The last of each.
    pub told: Told,
    /// What a sensor of a home has said of whoever lives there.
    pub doing: Doing,
}

/// What is sealed of it.
#[derive(Serialize, Deserialize)]
struct Content {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Position>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reading: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doing: Option<Doing>,
}

#[derive(Default)]
struct Table {
    signs: HashMap<DeviceId, Sign>,
    unwritten: HashSet<DeviceId>,
    /// Where the worn devices of each elder were last.
    fixes: HashMap<ElderId, Fix>,
    /// Of devices that have named a state that lasts: which, and since when it lasts no more.
    states: HashMap<DeviceId, Vec<(Kind, Option<Timestamp>)>>,
    /// What of the readings since the last look matters to a rule ([`Signs::take_moved`]): one entry a device, however often it speaks.
    moved: HashMap<DeviceId, Moved>,
    /// What was written last has been taken in.
    is_read_back: bool,
    /// Readings from before that, in their order: what they mean follows from what was known.
    early: Vec<(DeviceId, Sensed, Timestamp)>,
}

/// The signs. Cheap to clone; one a process.
#[derive(Clone)]
pub struct Signs(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    picture: Arc<Picture>,
    table: Mutex<Table>,
    /// One writes at a time: who has written knows that nothing heard before is still on its way.
    writing: tokio::sync::Mutex<()>,
}

impl Signs {
    /// Nothing yet: what was written last comes by [`Signs::read_back`].
    pub fn new(store: Store, clock: Clock, picture: Arc<Picture>) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            picture,
            table: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }))
    }

    /// Takes in what was written last, beside what has been heard since; rows that do not read back are answered by name. Once the
    /// picture and the keys are there: whose device it is, and what is sealed.
    ///
    /// # Errors
    /// The store's.
    pub async fn read_back(&self) -> Result<Vec<StoreError>, StoreError> {
        let loaded = self.0.store.device_states().await?;
        let mut aside = loaded.aside;
        for state in loaded.items {
            if let Err(error) = self.take_in(state)? {
                aside.push(error);
            }
        }
        let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.is_read_back = true;
        for (device, sensed, at) in std::mem::take(&mut table.early) {
            table.sense(device, &sensed, at);
        }
        drop(table);
        Ok(aside)
    }

    /// Takes in what some devices have said to another node. A row that does not read back is left out: its neighbours count.
    ///
    /// # Errors
    /// The store's.
    pub async fn read_some(&self, devices: &[DeviceId]) -> Result<(), StoreError> {
        let loaded = self.0.store.device_states_of(devices).await?;
        let mut aside = loaded.aside;
        for state in loaded.items {
            aside.extend(self.take_in(state)?.err());
        }
        for error in aside {
            tracing::warn!(%error, "what a device said to another node is left out");
        }
        Ok(())
    }

    /// Takes in a row beside what has been heard since; within: it does not read back.
    fn take_in(&self, state: DeviceState) -> Result<Result<(), StoreError>, StoreError> {
        let ring = self.0.store.keys()?.clone();
        let opened = state
            .content
            .as_ref()
            .map(|it| ring.open_field(it, TABLE, "content", state.device.as_uuid()));
        let mut read = Ok(());
        let content = match opened.transpose() {
            // Its elder's key may have been erased: then what was sealed is gone, as it should be.
            Err(error) => {
                tracing::debug!(%error, device.id = %state.device, "what a device said last does not open");
                None
            }
            Ok(text) => match text.map(|it| serde_json::from_slice::<Content>(&it)).transpose() {
                Ok(it) => it,
                Err(error) => {
                    read = Err(StoreError::corrupt(TABLE, state.device, "content", error.to_string()));
                    None
                }
            },
        };
        let (place, reading, doing) = content.map_or((None, None, None), |it| (it.place, it.reading, it.doing));
        let told = Told {
            battery_percent: state.battery_percent,
            signal_percent: state.signal_percent,
            place: place.zip(state.place_at),
            reading: reading.zip(state.reading_at),
        };
        let device = self.0.picture.device(state.device);
        let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(device) = device {
            table.locate(&device, &told);
        }
        table.hear(state.device, told, state.heard_at);
        if let (Some(sign), Some(doing)) = (table.signs.get_mut(&state.device), doing) {
            sign.doing.merge(&doing);
        }
        Ok(read)
    }

    /// What of the readings since the last time matters to a rule.
    pub fn take_moved(&self) -> Vec<(DeviceId, Moved)> {
        let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.moved.drain().collect()
    }

    /// It could not be heeded: the next look does it.
    pub fn give_back_moved(&self, moved: Vec<(DeviceId, Moved)>) {
        let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        for (device, it) in moved {
            let entry = table.moved.entry(device).or_default();
            *entry = entry.and(it);
        }
    }

    /// A device of the register has said something.
    pub fn heard(&self, device: &Device, told: Told) {
        self.heard_then(device, told, self.0.clock.now());
    }

    /// As [`Signs::heard`], where it was said at an instant that may be long past: it changes nothing that is known from later.
    pub fn heard_then(&self, device: &Device, mut told: Told, heard_at: Timestamp) {
        let senses = device.kind.senses_activity();
        let sensed = told.reading.as_ref().filter(|_| senses);
        let sensed = sensed.map(|(reading, _)| Sensed::read(device.kind, reading));
        // Whoever tests a sensor opens the door for nobody.
        let sensed = sensed.filter(|_| self.0.picture.test_of(device.id, self.0.clock.now()).is_none());
        let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let (true, Some((_, at)), Some(sign)) = (senses, &mut told.reading, table.signs.get(&device.id)) {
            let last = sign.told.reading.as_ref().map(|it| it.1).max(sign.doing.said_at);
            // A clock that fell back makes nothing old of what is said now. What was stored was heard when it was so, and stays old.
            if last.is_some_and(|it| *at < it) {
                *at = heard_at;
            }
        }
        let sensed = sensed.zip(told.reading.as_ref().map(|it| it.1));
        table.locate(device, &told);
        table.unwritten.insert(device.id);
        table.hear(device.id, told, heard_at);
        match sensed {
            Some((sensed, at)) if !table.is_read_back && table.early.len() < EARLY_MAX => {
                table.early.push((device.id, sensed, at));
            }
            Some((sensed, at)) => table.sense(device.id, &sensed, at),
            None => {}
        }
    }

    /// A device has said which states last; those that it does not name are over.
    pub fn states(&self, device: DeviceId, last: &[Kind]) {
        let now = self.0.clock.now();
        let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_empty() && !table.states.contains_key(&device) {
            return; // as nearly every frame has it
        }
        let states = table.states.entry(device).or_default();
        for (kind, over) in states.iter_mut() {
            match (last.contains(kind), &over) {
                (true, _) => *over = None,
                (false, None) => *over = Some(now),
                (false, Some(_)) => {}
            }
        }
        for kind in last {
            if !states.iter().any(|it| it.0 == *kind) {
                states.push((*kind, None));
            }
        }
    }

    /// A device has said of some states that they last, and of some that they are over; of the others it says nothing. One that nobody had
    /// heard of before is over as well: it may have begun before our start.
    pub fn begun_and_over(&self, device: DeviceId, lasts: &[Kind], over: &[Kind]) {
        if lasts.is_empty() && over.is_empty() {
            return;
        }
        let now = self.0.clock.now();
        let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        let states = table.states.entry(device).or_default();
        let said = lasts.iter().map(|it| (*it, true));
        for (kind, is_so) in said.chain(over.iter().map(|it| (*it, false))) {
            match (states.iter_mut().find(|it| it.0 == kind), is_so) {
                (Some(state), true) => state.1 = None,
                (Some(state), false) => _ = state.1.get_or_insert(now),
                (None, true) => states.push((kind, None)),
                (None, false) => states.push((kind, Some(now))),
            }
        }
    }

    /// Since when a state lasts no more that a device has named since the start of the service; none: it lasts, or was not named.
    pub fn over_since(&self, device: DeviceId, kind: Kind) -> Option<Timestamp> {
        let table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.states.get(&device)?.iter().find(|it| it.0 == kind)?.1
    }

    /// Whether a device says of a state that it lasts.
    pub fn lasts(&self, device: DeviceId, kind: Kind) -> bool {
        let table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        let states = table.states.get(&device);
        states.is_some_and(|it| it.contains(&(kind, None)))
    }

    /// Another node has heard devices later than we have.
    pub fn heard_elsewhere(&self, heard: impl IntoIterator<Item = (DeviceId, Timestamp)>) {
        let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        for (device, at) in heard {
            let sign = table.signs.entry(device).or_insert_with(|| Sign {
                heard_at: at,
                told: Told::default(),
                doing: Doing::default(),
            });
            sign.heard_at = sign.heard_at.max(at);
        }
    }

    /// Shows what is known of each of `of`, in their order. Who has something to tell waits for a part of them at most.
    pub fn each<T>(&self, of: &[T], id: impl Fn(&T) -> DeviceId, mut see: impl FnMut(&T, Option<&Sign>)) {
        for part in of.chunks(SEEN_MAX) {
            let table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
            for it in part {
                see(it, table.signs.get(&id(it)));
            }
        }
    }

    /// What is known of a device; none: it has never been heard.
    pub fn of(&self, device: DeviceId) -> Option<Sign> {
        let table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.signs.get(&device).cloned()
    }

    /// Where an elder was last by what they wear.
    pub fn fix_of(&self, elder: ElderId) -> Option<Fix> {
        let table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.fixes.get(&elder).copied()
    }

    /// Writes what has changed since the last time; answers how many devices that were.
    ///
    /// # Errors
    /// The store's; what was not written is written the next time.
    pub async fn write(&self) -> Result<usize, StoreError> {
        let _alone = self.0.writing.lock().await;
        let mut written = 0;
        loop {
            let some: Vec<(DeviceId, Sign)> = {
                let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
                let ids: Vec<DeviceId> = table.unwritten.iter().take(WRITE_MAX).copied().collect();
                for id in &ids {
                    table.unwritten.remove(id);
                }
                ids.iter()
                    .filter_map(|id| Some((*id, table.signs.get(id)?.clone())))
                    .collect()
            };
            if some.is_empty() {
                return Ok(written);
            }
            let ids: Vec<DeviceId> = some.iter().map(|it| it.0).collect();
            let done = async {
                let some = self.with_others(some).await?;
                let states: Result<Vec<DeviceState>, StoreError> =
                    some.into_iter().map(|it| self.state(it.0, it.1)).collect();
                self.0.store.put_device_states(states?).await
            };
            if let Err(error) = done.await {
                let mut table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
                table.unwritten.extend(ids);
                return Err(error);
            }
            written += ids.len();
        }
    }

    /// With what other nodes have heard of the same sensors: a row holds what all of them know, whoever writes it.
    async fn with_others(&self, some: Vec<(DeviceId, Sign)>) -> Result<Vec<(DeviceId, Sign)>, StoreError> {
        if self.0.store.engine() != Engine::Postgres {
            return Ok(some); // there is no other
        }
        let shared = |it: &&(DeviceId, Sign)| it.1.doing.said_at.is_some();
        let sensors: Vec<DeviceId> = some.iter().filter(shared).map(|it| it.0).collect();
        if sensors.is_empty() {
            return Ok(some);
        }
        self.read_some(&sensors).await?;
        let table = self.0.table.lock().unwrap_or_else(PoisonError::into_inner);
        let now = |(id, sign): (DeviceId, Sign)| (id, table.signs.get(&id).cloned().unwrap_or(sign));
        Ok(some.into_iter().map(now).collect())
    }

    /// Under the elder's own key where the device is one elder's, else under the service's.
    fn state(&self, device: DeviceId, sign: Sign) -> Result<DeviceState, StoreError> {
        let Sign { heard_at, told, doing } = sign;
        let (place, place_at) = told.place.unzip();
        let (reading, reading_at) = told.reading.unzip();
        let doing = Some(doing).filter(|it| *it != Doing::default());
        let content = if place.is_some() || reading.is_some() || doing.is_some() {
            let ring = self.0.store.keys()?;
            let elder = self.0.picture.device(device).and_then(|it| it.elder());
            let own = elder.and_then(|it| ring.elder(it));
            let text = serde_json::to_vec(&Content { place, reading, doing }).unwrap_or_default();
            let key = own.as_ref().unwrap_or_else(|| ring.general());
            Some(key.seal(TABLE, "content", device.as_uuid(), &text)?)
        } else {
            None
        };
        Ok(DeviceState {
            device,
            heard_at,
            battery_percent: told.battery_percent,
            signal_percent: told.signal_percent,
            place_at,
            reading_at,
            content,
        })
    }

    /// Writes every few seconds until `stop`, and once more then.
    pub async fn work(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.0.clock.sleep(WRITE_EVERY) => {}
            }
            if let Err(error) = self.write().await {
                tracing::warn!(%error, "what devices say of themselves could not be written");
            }
        }
        if let Err(error) = self.write().await {
            tracing::warn!(%error, "what devices said last is lost");
        }
    }
}

impl Table {
    /// Takes in what a sensor has said of whoever lives there.
    fn sense(&mut self, device: DeviceId, sensed: &Sensed, at: Timestamp) {
        let Some(sign) = self.signs.get_mut(&device) else {
            return;
        };
        let moved = sign.doing.take(sensed, at);
        if !moved.is_nothing() {
            let entry = self.moved.entry(device).or_default();
            *entry = entry.and(moved);
        }
    }

    /// Takes in what a device has said at an instant: of each the later word counts.
    fn hear(&mut self, device: DeviceId, told: Told, heard_at: Timestamp) {
        let Some(sign) = self.signs.get_mut(&device) else {
            let doing = Doing::default();
            self.signs.insert(device, Sign { heard_at, told, doing });
            return;
        };
        let last = &mut sign.told;
        let is_later = heard_at >= sign.heard_at;
        let kept = |said: Option<u8>, last: Option<u8>| if is_later { said.or(last) } else { last.or(said) };
        last.battery_percent = kept(told.battery_percent, last.battery_percent);
        last.signal_percent = kept(told.signal_percent, last.signal_percent);
        sign.heard_at = sign.heard_at.max(heard_at);
        // What was stored and comes late is older than what is known.
        let is_newer = |at: Timestamp, than: Option<Timestamp>| than.is_none_or(|than| at >= than);
        if let Some((place, at)) = told.place.filter(|it| is_newer(it.1, last.place.map(|it| it.1))) {
            last.place = Some((place, at));
        }
        if let Some((reading, at)) = told
            .reading
            .filter(|it| is_newer(it.1, last.reading.as_ref().map(|it| it.1)))
        {
            last.reading = Some((reading, at));
        }
    }

    /// Takes the place of a worn device for its elder's. Without a reference system it is nobody's place.
    fn locate(&mut self, device: &Device, told: &Told) {
        let (Some(elder), Some((position, at)), true) = (device.elder(), told.place, device.kind.is_worn()) else {
            return;
        };
        let Some(point) = position.crs.and_then(|it| it.to_wgs84(position.lat, position.lon).ok()) else {
            return;
        };
        let fix = Fix {
            point,
            at,
            accuracy_m: position.accuracy_m,
        };
        let last = self.fixes.entry(elder).or_insert(fix);
        if at >= last.at {
            *last = fix;
        }
    }
}
