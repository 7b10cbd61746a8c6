//! How the picture comes to be: the little lists at once, the rest page by page behind the service's back, and until that is done
//! what an alert is about as it comes.
//!
//! Holds always:
//! - while the register is read, what was brought shows, a home whole or not at all;
//! - what has changed while it was read is looked for at the end.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{People, Picture};
use crate::ids::{DeviceId, ElderId, HouseholdId};
use crate::people::{Chain, DeviceBinding, KeyHolder, Reached, Responder, Staff, StandIn, Station};
use crate::store::{AreaBook, ElderQuery, Kept, KeptDevice, Loaded, Store, StoreError, StreetLabels};

/// The register is read again from this much before the last look: clocks of nodes differ a little.
const OVERLAP: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

/// Rows in one read of the whole register: some milliseconds of work, after which an alert has its turn.
const ROWS_AT_A_TIME: u64 = 1_000;

impl Picture {
    /// The areas, responders, chains, stand-ins and stations: what there is little of. The elders, their homes and their devices are
    /// read by [`Picture::refresh`], or one by one by [`Picture::bring`] until then. Rows that do not read back are answered by name;
    /// the others stand.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin(store: &Store, now: Timestamp, today: Date) -> Result<(Self, Vec<StoreError>), StoreError> {
        let picture = Self::default();
        let mut aside = Vec::new();
        let book = Arc::new(store.area_book(today).await?);
        let lists = Lists::read(store, book, now, &mut aside).await?;
        picture.take_practice(store, now).await?;
        let ids = lists.responders.iter().map(|it| Reached::Responder(it.value.id));
        let who: Vec<Reached> = ids.chain(lists.staff.iter().map(Staff::reached)).collect();
        let reach = take(store.outlines_of(&who).await?, &mut aside);
        lists.put_into(&mut picture.write());
        let reach = reach.into_iter().map(|(who, it)| (who, Arc::new(it)));
        picture.write().reach.extend(reach);
        Ok((picture, aside))
    }

    /// Takes in what has changed since the last look; `whole`, or when there was none, reads everything.
    ///
    /// # Errors
    /// The store's; the picture stays as it was then.
    pub async fn refresh(
        &self,
        store: &Store,
        now: Timestamp,
        today: Date,
        whole: bool,
    ) -> Result<Vec<StoreError>, StoreError> {
        let _alone = self.reading.lock().await;
        let seen = self.read().seen_until;
        let mut aside = Vec::new();
        let book = Arc::new(store.area_book(today).await?);
        self.take_practice(store, now).await?;
        let since = match seen.filter(|_| !whole) {
            Some(at) => at - OVERLAP,
            None => {
                let next = self.read_whole(store, book.clone(), now, &mut aside).await?;
                // What was there before is put away behind the lock, not under it.
                let _before = std::mem::replace(&mut *self.write(), next);
                // While the last page was read the first may have changed.
                now - OVERLAP
            }
        };
        self.read_changes(store, book, since, now, &mut aside).await?;
        Ok(aside)
    }

    async fn take_practice(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let practice = store.practitioners(now).await?;
        let tests = store.device_tests(now).await?;
        let mut course = self.course_mut();
        course.practice = practice.into_iter().map(|it| (it.user, it)).collect();
        course.tests = tests.into_iter().map(|it| (it.device, it)).collect();
        Ok(())
    }

    /// Page by page into what nobody looks at yet: the pages are small, and so is what is held twice.
    async fn read_whole(
        &self,
        store: &Store,
        book: Arc<AreaBook>,
        now: Timestamp,
        aside: &mut Vec<StoreError>,
    ) -> Result<People, StoreError> {
        self.rows_read.store(0, Ordering::Relaxed);
        let count = |rows: usize| self.rows_read.fetch_add(rows, Ordering::Relaxed);
        let mut next = People::default();
        let mut query = ElderQuery::default();
        loop {
            let page = store.elders(&query, &book, ROWS_AT_A_TIME).await?;
            count(page.items.len());
            aside.extend(page.aside);
            page.items.into_iter().for_each(|it| next.put_elder(it.value));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        let mut after = None;
        loop {
            let page = store.households(None, after, &book, ROWS_AT_A_TIME).await?;
            count(page.items.len());
            aside.extend(page.aside);
            page.items.iter().for_each(|it| next.put_household(&it.value));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        loop {
            let page = store.contacts(after, None, ROWS_AT_A_TIME).await?;
            count(page.items.len());
            aside.extend(page.aside);
            page.items.iter().for_each(|it| next.put_contact(&it.value));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        loop {
            let page = store.devices(after, None, ROWS_AT_A_TIME).await?;
            count(page.items.len());
            aside.extend(page.aside);
            page.items.into_iter().for_each(|it| next.put_device(it));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        next.keys = keys_by_elder(take(store.key_holders().await?, aside));
        let reach = take(store.outlines_changed(None).await?, aside);
        next.reach = reach.into_iter().map(|(who, it)| (who, Arc::new(it))).collect();
        let choices = take(store.family_choices_changed(None).await?, aside);
        next.choices = choices.into_iter().collect();
        store.keys()?.read_all(store).await?;
        // What does not read back of these is named by the look at what has changed, which follows.
        let lists = Lists::read(store, book, now, &mut Vec::new()).await?;
        lists.put_into(&mut next);
        next.version = self.version() + 1;
        next.seen_until = Some(now);
        Ok(next)
    }

    async fn read_changes(
        &self,
        store: &Store,
        book: Arc<AreaBook>,
        since: Timestamp,
        now: Timestamp,
        aside: &mut Vec<StoreError>,
    ) -> Result<(), StoreError> {
        let query = ElderQuery {
            changed_since: Some(since),
            ..ElderQuery::default()
        };
        let elders = take(store.all_elders(query, &book).await?, aside);
        let households = take(store.households_changed(Some(since), &book).await?, aside);
        let contacts = take(store.contacts_changed(Some(since)).await?, aside);
        let devices = take(store.devices_changed(Some(since)).await?, aside);
        let keys = keys_by_elder(take(store.key_holders().await?, aside));
        let reach = take(store.outlines_changed(Some(since)).await?, aside);
        let choices = take(store.family_choices_changed(Some(since)).await?, aside);
        // Sealed keys that another program has made or destroyed.
        store.keys()?.refresh(store, since).await?;
        let lists = Lists::read(store, book, now, aside).await?;

        let mut people = self.write();
        let other_day = people.today != lists.book.today();
        if other_day || !(elders.is_empty() && households.is_empty() && devices.is_empty()) {
            people.version += 1;
        }
        people.keys = keys;
        elders.into_iter().for_each(|it| people.put_elder(it.value));
        households.iter().for_each(|it| people.put_household(&it.value));
        contacts.iter().for_each(|it| people.put_contact(&it.value));
        devices.into_iter().for_each(|it| people.put_device(it));
        people
            .reach
            .extend(reach.into_iter().map(|(who, it)| (who, Arc::new(it))));
        people.choices.extend(choices);
        lists.put_into(&mut people);
        people.seen_until = Some(now);
        Ok(())
    }

    /// Takes in what an alert is decided by that comes from this device or is about this elder: the device, the elder with all of the
    /// home, their contacts, their keys. Nothing to do once the register has been read.
    ///
    /// # Errors
    /// The store's.
    pub async fn bring(
        &self,
        store: &Store,
        device: Option<DeviceId>,
        elder: Option<ElderId>,
    ) -> Result<(), StoreError> {
        if self.is_whole() {
            return Ok(());
        }
        if let Some(kept) = match device {
            Some(id) => readable(store.device(id).await)?,
            None => None,
        } {
            self.bring_device(store, kept).await?;
        }
        match elder {
            Some(id) => self.bring_elder(store, id).await,
            None => Ok(()),
        }
    }

    /// Takes in a device as it has just been read, with whom it is bound to.
    ///
    /// # Errors
    /// The store's.
    pub async fn bring_device(&self, store: &Store, kept: KeptDevice) -> Result<(), StoreError> {
        match kept.device.value.binding {
            Some(DeviceBinding::Elder(id)) => self.bring_elder(store, id).await?,
            Some(DeviceBinding::Household(id)) if !self.read().households.contains_key(&id) => {
                self.bring_household(store, id).await?;
            }
            Some(DeviceBinding::Household(_)) | None => {}
        }
        let mut people = self.write();
        people.put_device(kept);
        people.version += 1;
        Ok(())
    }

    async fn bring_elder(&self, store: &Store, id: ElderId) -> Result<(), StoreError> {
        if self.read().elders.contains_key(&id) {
            return Ok(());
        }
        match readable(store.elder(id, &self.book()).await)? {
            Some(it) => self.bring_household(store, it.value.household).await,
            None => Ok(()),
        }
    }

    /// All of a home at once, so that nobody sees a part of it.
    async fn bring_household(&self, store: &Store, id: HouseholdId) -> Result<(), StoreError> {
        let book = self.book();
        let house = readable(store.household(id, &book).await)?;
        let query = ElderQuery {
            household: Some(id),
            ..ElderQuery::default()
        };
        let members = store.all_elders(query, &book).await?;
        let ids: Vec<ElderId> = members.items.iter().map(|it| it.value.id).collect();
        let contacts = store.contacts_of(&ids).await?;
        let keys = store.key_holders_of(&ids).await?;
        store.keys()?.fetch_living(store, &ids).await?;
        let who: Vec<Reached> = contacts.items.iter().map(|it| Reached::Contact(it.value.id)).collect();
        let reach = store.outlines_of(&who).await?;
        let mut choices = Vec::new();
        for id in &ids {
            choices.extend(store.family_choices(*id).await?);
        }
        let mut people = self.write();
        people
            .reach
            .extend(reach.items.into_iter().map(|(who, it)| (who, Arc::new(it))));
        people.choices.extend(choices);
        members.items.into_iter().for_each(|it| people.put_elder(it.value));
        contacts.items.iter().for_each(|it| people.put_contact(&it.value));
        for it in keys.items {
            let of = people.keys.entry(it.elder).or_default();
            if !of.iter().any(|had| had.owner == it.owner) {
                of.push(it);
            }
        }
        if let Some(it) = house {
            people.put_household(&it.value);
        }
        Ok(())
    }

    fn book(&self) -> Arc<AreaBook> {
        let book = self.read().book.clone();
        // Before [`Picture::begin`] there is no street, and nobody in it.
        book.unwrap_or_else(|| Arc::new(AreaBook::new([], Date::default())))
    }
}

/// A row that does not read back is nobody: whoever reads all of the register names it, and no alert waits for its mending.
fn readable<T>(found: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Err(StoreError::Corrupt { .. }) => Ok(None),
        other => other,
    }
}

/// What there is little of, read anew each time.
struct Lists {
    book: Arc<AreaBook>,
    responders: Vec<Kept<Responder>>,
    chains: Vec<Chain>,
    stand_ins: Vec<StandIn>,
    stations: Vec<Kept<Station>>,
    staff: Vec<Staff>,
    labels: Vec<StreetLabels>,
}

impl Lists {
    async fn read(
        store: &Store,
        book: Arc<AreaBook>,
        now: Timestamp,
        aside: &mut Vec<StoreError>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            responders: take(store.all_responders().await?, aside),
            chains: take(store.chains(&book).await?, aside),
            stand_ins: take(store.stand_ins(now).await?, aside),
            stations: take(store.all_stations(&book).await?, aside),
            staff: take(store.staff().await?, aside),
            labels: take(store.need_labels().await?, aside),
            book,
        })
    }

    fn put_into(self, people: &mut People) {
        let responders = self.responders.into_iter().map(|it| it.value);
        people.responders = responders.map(|it| (it.id, Arc::new(it))).collect();
        people.chains = self.chains.into_iter().map(|it| (it.subject, Arc::new(it))).collect();
        people.stand_ins = self.stand_ins;
        people.stations = self.stations.into_iter().map(|it| Arc::new(it.value)).collect();
        people.staff = self.staff;
        people.labels = self.labels.into_iter().map(|it| (it.street, Arc::new(it))).collect();
        people.today = self.book.today();
        people.book = Some(self.book);
    }
}

fn keys_by_elder(keys: Vec<KeyHolder>) -> HashMap<ElderId, Vec<KeyHolder>> {
    let mut by: HashMap<ElderId, Vec<KeyHolder>> = HashMap::new();
    let mut seen = HashSet::new();
    for it in keys {
        if seen.insert((it.elder, it.owner)) {
            by.entry(it.elder).or_default().push(it);
        }
    }
    by
}

fn take<T>(loaded: Loaded<T>, aside: &mut Vec<StoreError>) -> Vec<T> {
    aside.extend(loaded.aside);
    loaded.items
}
