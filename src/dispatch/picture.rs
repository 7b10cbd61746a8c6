//! The people in memory: what a decision about an alert needs at once, loaded from the register and kept fresh.
//!
//! The register is the truth; the picture follows it by the instant of the last change. A reader holds the lock for a
//! look-up, never across a wait.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::ids::{AreaId, CaseId, ContactId, DeviceId, ElderId, HouseholdId, ResponderId, UserId};
use crate::people::{
    AreaCode, Chain, ChainSubject, Contact, Device, Elder, Household, KeyHolder, KeyOwner, Need, Responder, StandIn,
    Station, Terminal, contacts_in_call_order,
};
use crate::store::{AreaBook, ElderQuery, Loaded, Practitioner, Store, StoreError};

/// What is known of an elder beside the file.
#[derive(Debug, Clone)]
pub struct ElderFacts {
    /// The file, without secrets.
    pub elder: Arc<Elder>,
    /// In call order; restricted ones last.
    pub contacts: Vec<Arc<Contact>>,
    /// Who holds a key of the home.
    pub keys: Vec<KeyHolder>,
}

#[derive(Default)]
struct People {
    today: Date,
    elders: HashMap<ElderId, Arc<Elder>>,
    households: HashMap<HouseholdId, Arc<Household>>,
    members: HashMap<HouseholdId, Vec<ElderId>>,
    contacts: HashMap<ElderId, Vec<Arc<Contact>>>,
    contact_elder: HashMap<ContactId, ElderId>,
    keys: HashMap<ElderId, Vec<KeyHolder>>,
    devices: HashMap<DeviceId, (Arc<Device>, Option<Vec<u8>>)>,
    terminals: HashMap<Terminal, DeviceId>,
    responders: HashMap<ResponderId, Arc<Responder>>,
    chains: HashMap<ChainSubject, Arc<Chain>>,
    stand_ins: Vec<StandIn>,
    stations: Vec<Arc<Station>>,
    book: Option<AreaBook>,
    seen_until: Option<Timestamp>,
}

/// What the cases say of people, as long as the process lives.
#[derive(Default)]
struct Course {
    /// By which case an elder is believed dead.
    frozen: HashMap<ElderId, CaseId>,
    /// When an elder was last heard to be fine, or was with somebody.
    heard: HashMap<ElderId, Timestamp>,
    /// Who takes part in the practice.
    practice: HashMap<UserId, Practitioner>,
}

/// The picture. Cheap to share; one a process.
#[derive(Default)]
pub struct Picture(RwLock<People>, RwLock<Course>);

/// Nobody asks whether somebody was heard longer ago than this.
const HEARD_FOR: jiff::SignedDuration = jiff::SignedDuration::from_hours(72);

/// Elders of whom it is remembered that they were heard; at more than this the oldest are forgotten.
const HEARD_MAX: usize = 20_000;

/// The register is read again from this much before the last look: clocks of nodes differ a little.
const OVERLAP: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

impl Picture {
    fn read(&self) -> RwLockReadGuard<'_, People> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, People> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads everything. Rows that do not read back are answered by name; the others stand.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(store: &Store, now: Timestamp, today: Date) -> Result<(Self, Vec<StoreError>), StoreError> {
        let picture = Self::default();
        let aside = picture.refresh(store, now, today, true).await?;
        Ok((picture, aside))
    }

    /// Takes in what has changed since the last look; `whole` reads everything again.
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
        let since = if whole {
            None
        } else {
            self.read().seen_until.map(|it| it - OVERLAP)
        };
        let book = store.area_book(today).await?;
        let mut aside = Vec::new();
        let query = ElderQuery {
            changed_since: since,
            ..ElderQuery::default()
        };
        let elders = take(store.all_elders(query, &book).await?, &mut aside);
        let households = take(store.households_changed(since, &book).await?, &mut aside);
        let contacts = take(store.all_contacts().await?, &mut aside);
        let keys = take(store.key_holders().await?, &mut aside);
        let devices = take(store.devices_changed(since).await?, &mut aside);
        let responders = take(store.all_responders().await?, &mut aside);
        let chains = take(store.chains(&book).await?, &mut aside);
        let stand_ins = take(store.stand_ins(now).await?, &mut aside);
        let stations = take(store.all_stations(&book).await?, &mut aside);
        let practice = store.practitioners(now).await?;
        self.course_mut().practice = practice.into_iter().map(|it| (it.user, it)).collect();

        let mut people = self.write();
        if whole {
            people.elders.clear();
            people.households.clear();
            people.devices.clear();
            people.terminals.clear();
        }
        // Who lives where is counted again only when somebody's file has changed: nobody can look meanwhile.
        let moved = whole || !elders.is_empty();
        for it in elders {
            people.elders.insert(it.value.id, Arc::new(it.value));
        }
        if moved {
            let mut members: HashMap<HouseholdId, Vec<ElderId>> = HashMap::new();
            for it in people.elders.values() {
                members.entry(it.household).or_default().push(it.id);
            }
            for list in members.values_mut() {
                list.sort_unstable();
            }
            people.members = members;
        }
        for it in households {
            people.households.insert(it.value.id, Arc::new(it.value));
        }
        let mut by_elder: HashMap<ElderId, Vec<Arc<Contact>>> = HashMap::new();
        people.contact_elder = contacts.iter().map(|it| (it.value.id, it.value.elder)).collect();
        for it in contacts {
            by_elder.entry(it.value.elder).or_default().push(Arc::new(it.value));
        }
        people.contacts = by_elder;
        people.keys = keys_by_elder(keys);
        for it in devices {
            let device = Arc::new(it.device.value);
            let before = people.devices.insert(device.id, (device.clone(), it.key_hash));
            let before = before.and_then(|it| it.0.terminal.clone());
            if let Some(it) = before.filter(|it| people.terminals.get(it) == Some(&device.id)) {
                people.terminals.remove(&it);
            }
            if let Some(it) = &device.terminal {
                people.terminals.insert(it.clone(), device.id);
            }
        }
        people.responders = responders
            .into_iter()
            .map(|it| (it.value.id, Arc::new(it.value)))
            .collect();
        people.chains = chains.into_iter().map(|it| (it.subject, Arc::new(it))).collect();
        people.stand_ins = stand_ins;
        people.stations = stations.into_iter().map(|it| Arc::new(it.value)).collect();
        people.book = Some(book);
        people.today = today;
        people.seen_until = Some(now);
        Ok(aside)
    }

    /// Somebody takes part in the practice from now on.
    pub fn practise(&self, who: Practitioner) {
        self.course_mut().practice.insert(who.user, who);
    }

    /// Somebody takes part no more.
    pub fn stop_practising(&self, user: UserId) {
        self.course_mut().practice.remove(&user);
    }

    /// Who takes part in the practice now.
    pub fn practitioners(&self, now: Timestamp) -> Vec<Practitioner> {
        let course = self.course();
        course.practice.values().filter(|it| it.until > now).copied().collect()
    }

    /// Whether an account takes part in the practice now.
    pub fn practises(&self, user: UserId, now: Timestamp) -> bool {
        self.course().practice.get(&user).is_some_and(|it| it.until > now)
    }

    /// The street's calendar day of the last look.
    pub fn today(&self) -> Date {
        self.read().today
    }

    /// When the register was read last.
    pub fn seen_until(&self) -> Option<Timestamp> {
        self.read().seen_until
    }

    /// One elder.
    pub fn elder(&self, id: ElderId) -> Option<Arc<Elder>> {
        self.read().elders.get(&id).cloned()
    }

    fn course(&self) -> RwLockReadGuard<'_, Course> {
        self.1.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn course_mut(&self) -> RwLockWriteGuard<'_, Course> {
        self.1.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A case says that an elder is believed dead: no automatic message, visit or survey until it says otherwise.
    pub fn freeze(&self, elder: ElderId, by: CaseId) {
        self.course_mut().frozen.insert(elder, by);
    }

    /// That case does not say so any more.
    pub(super) fn thaw(&self, elder: ElderId, by: CaseId) {
        if self.course().frozen.get(&elder) == Some(&by) {
            self.course_mut().frozen.remove(&elder);
        }
    }

    /// Whether an elder is believed dead.
    pub fn is_frozen(&self, elder: ElderId) -> bool {
        self.course().frozen.contains_key(&elder)
    }

    /// An elder was heard to be fine, or somebody was with them.
    pub(super) fn heard(&self, elder: ElderId, at: Timestamp) {
        let mut course = self.course_mut();
        if course.heard.len() >= HEARD_MAX {
            course.heard.retain(|_, it| at.duration_since(*it) < HEARD_FOR);
        }
        if course.heard.len() < HEARD_MAX {
            course.heard.insert(elder, at);
        }
    }

    /// Whether an elder has been heard to be fine, or somebody was with them, since `at`. What was before a restart is
    /// forgotten: then the street is rung once too often.
    pub(super) fn was_heard_since(&self, elder: ElderId, at: Timestamp) -> bool {
        self.course().heard.get(&elder).is_some_and(|it| *it > at)
    }

    /// One elder with contacts and key holders.
    pub fn facts(&self, id: ElderId) -> Option<ElderFacts> {
        let people = self.read();
        let elder = people.elders.get(&id)?.clone();
        let mut contacts = people.contacts.get(&id).cloned().unwrap_or_default();
        contacts.sort_by_key(|it| (it.restricted, it.call_order, it.id));
        let keys = people.keys.get(&id).cloned().unwrap_or_default();
        Some(ElderFacts { elder, contacts, keys })
    }

    /// One household and who lives there.
    pub fn household(&self, id: HouseholdId) -> Option<(Arc<Household>, Vec<Arc<Elder>>)> {
        let people = self.read();
        let house = people.households.get(&id)?.clone();
        let members = people.members.get(&id).map(Vec::as_slice).unwrap_or_default();
        Some((
            house,
            members.iter().filter_map(|it| people.elders.get(it).cloned()).collect(),
        ))
    }

    /// One device and what its key must hash to.
    pub fn device(&self, id: DeviceId) -> Option<(Arc<Device>, Option<Vec<u8>>)> {
        self.read().devices.get(&id).cloned()
    }

    /// The device that names itself so on a line of its own.
    pub fn device_at(&self, terminal: &Terminal) -> Option<Arc<Device>> {
        let people = self.read();
        let id = people.terminals.get(terminal)?;
        people.devices.get(id).map(|it| it.0.clone())
    }

    /// Every device that rings.
    pub fn devices_in_service(&self) -> Vec<Arc<Device>> {
        let people = self.read();
        let all = people.devices.values().map(|it| &it.0);
        all.filter(|it| it.in_service).cloned().collect()
    }

    /// One responder.
    pub fn responder(&self, id: ResponderId) -> Option<Arc<Responder>> {
        self.read().responders.get(&id).cloned()
    }

    /// Every responder.
    pub fn responders(&self) -> Vec<Arc<Responder>> {
        self.read().responders.values().cloned().collect()
    }

    /// Takes in a responder whose duty or position has just been written.
    pub fn put_responder(&self, responder: Responder) {
        self.write().responders.insert(responder.id, Arc::new(responder));
    }

    /// Whose contact somebody is.
    pub fn elder_of_contact(&self, id: ContactId) -> Option<ElderId> {
        self.read().contact_elder.get(&id).copied()
    }

    /// The elders whose unrestricted contact a responder is.
    pub fn elders_of_family(&self, responder: ResponderId) -> Vec<ElderId> {
        let people = self.read();
        let of = |list: &Vec<Arc<Contact>>| list.iter().any(|it| !it.restricted && it.responder == Some(responder));
        people
            .contacts
            .iter()
            .filter(|(_, list)| of(list))
            .map(|(elder, _)| *elder)
            .collect()
    }

    /// Contacts that may be called, in call order.
    pub fn callable_contacts(&self, id: ElderId) -> Vec<Contact> {
        let people = self.read();
        let all: Vec<Contact> = people
            .contacts
            .get(&id)
            .into_iter()
            .flatten()
            .map(|it| (**it).clone())
            .collect();
        contacts_in_call_order(&all).into_iter().cloned().collect()
    }

    /// The chain of a household or grid.
    pub fn chain(&self, subject: ChainSubject) -> Option<Arc<Chain>> {
        self.read().chains.get(&subject).cloned()
    }

    /// The stand-ins of the last look.
    pub fn stand_ins(&self) -> Vec<StandIn> {
        self.read().stand_ins.clone()
    }

    /// Every station.
    pub fn stations(&self) -> Vec<Arc<Station>> {
        self.read().stations.clone()
    }

    /// The name of an area.
    pub fn area_name(&self, code: AreaCode) -> Option<String> {
        let people = self.read();
        let book = people.book.as_ref()?;
        book.id(code).and_then(|it| book.area(it)).map(|it| it.name.clone())
    }

    /// The area that bears a code.
    pub fn area_id(&self, code: AreaCode) -> Option<AreaId> {
        self.read().book.as_ref()?.id(code)
    }

    /// How many elders, devices and responders there are.
    pub fn counts(&self) -> (usize, usize, usize) {
        let people = self.read();
        (people.elders.len(), people.devices.len(), people.responders.len())
    }

    /// The needs of an elder that count today.
    pub fn needs(&self, id: ElderId) -> BTreeSet<Need> {
        let people = self.read();
        people
            .elders
            .get(&id)
            .map(|it| it.needs_on(people.today))
            .unwrap_or_default()
    }

    /// The needs of a household: of all who live there together.
    pub fn household_needs(&self, id: HouseholdId) -> BTreeSet<Need> {
        let people = self.read();
        let members = people.members.get(&id).map(Vec::as_slice).unwrap_or_default();
        members
            .iter()
            .filter_map(|it| people.elders.get(it))
            .flat_map(|it| it.needs_on(people.today))
            .collect()
    }

    /// Every elder, for coverage and lists.
    pub fn elders(&self) -> Vec<Arc<Elder>> {
        self.read().elders.values().cloned().collect()
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

/// Whether a responder holds a key of the elder's home, by themselves or as a contact.
pub fn holds_key(facts: &ElderFacts, responder: ResponderId) -> bool {
    facts.keys.iter().any(|it| match it.owner {
        KeyOwner::Responder(id) => id == responder,
        KeyOwner::Contact(id) => facts
            .contacts
            .iter()
            .any(|it| it.id == id && it.responder == Some(responder) && !it.restricted),
        KeyOwner::Station(_) => false,
    })
}

fn take<T>(loaded: Loaded<T>, aside: &mut Vec<StoreError>) -> Vec<T> {
    aside.extend(loaded.aside);
    loaded.items
}
