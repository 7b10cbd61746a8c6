//! The people in memory: what a decision about an alert needs at once, loaded from the register and kept fresh.
//!
//! The register is the truth; the picture follows it by the instant of the last change. A reader holds the lock for a
//! look-up, never across a wait. How it is read is in [`load`], what it is held as in [`slim`].

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::watch;
use uuid::Uuid;

use crate::case::PlanSet;
use crate::ids::{AreaId, CaseId, ContactId, DeviceId, ElderId, HouseholdId, ResponderId, StationId, UserId};
use crate::people::{
    AreaCode, AreaLevel, Chain, ChainSubject, Contact, Device, Elder, ElderStatus, FamilyChoices, Household, KeyHolder,
    KeyOwner, Need, Outline, Reached, Responder, Role, Staff, StandIn, Station, Terminal, Way, contacts_in_call_order,
};
use crate::store::{AreaBook, DeviceTest, KeptDevice, Practitioner, StreetLabels};

mod load;
mod slim;

use slim::{SlimContact, SlimDevice, SlimElder, SlimHousehold};

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
    elders: HashMap<ElderId, SlimElder>,
    households: HashMap<HouseholdId, SlimHousehold>,
    /// Who lives where, elders of one home side by side.
    members: BTreeSet<(HouseholdId, ElderId)>,
    contacts: HashMap<ContactId, SlimContact>,
    /// Whose contacts they are, those of one elder side by side.
    contacts_of: BTreeSet<(ElderId, ContactId)>,
    keys: HashMap<ElderId, Vec<KeyHolder>>,
    devices: HashMap<DeviceId, SlimDevice>,
    terminals: HashMap<Terminal, DeviceId>,
    responders: HashMap<ResponderId, Arc<Responder>>,
    chains: HashMap<ChainSubject, Arc<Chain>>,
    stand_ins: Vec<StandIn>,
    stations: Vec<Arc<Station>>,
    /// By which ways somebody can be told beside their telephones; who has said nothing of it is not in it.
    reach: HashMap<Reached, Arc<Outline>>,
    /// How contacts wish to be told; who has said nothing wishes for everything.
    choices: HashMap<ContactId, FamilyChoices>,
    staff: Vec<Staff>,
    /// How streets show needs; one that has said nothing is not in it.
    labels: HashMap<AreaCode, Arc<StreetLabels>>,
    book: Option<Arc<AreaBook>>,
    seen_until: Option<Timestamp>,
    /// Rises with each change of elders, homes, devices or the day.
    version: u64,
}

impl People {
    fn put_elder(&mut self, elder: Elder) {
        let (id, household) = (elder.id, elder.household);
        if let Some(before) = self.elders.insert(id, SlimElder::of(elder)) {
            self.members.remove(&(before.household, id));
        }
        self.members.insert((household, id));
    }

    fn put_household(&mut self, it: &Household) {
        self.households.insert(it.id, SlimHousehold::of(it));
    }

    fn put_contact(&mut self, it: &Contact) {
        if let Some(before) = self.contacts.insert(it.id, SlimContact::of(it)) {
            self.contacts_of.remove(&(before.elder, it.id));
        }
        self.contacts_of.insert((it.elder, it.id));
    }

    fn put_device(&mut self, kept: KeptDevice) {
        let device = kept.device.value;
        let (id, terminal) = (device.id, device.terminal.clone());
        let before = self.devices.insert(id, SlimDevice::of(device, kept.key_hash));
        if let Some(it) = before.as_ref().and_then(SlimDevice::terminal)
            && self.terminals.get(it) == Some(&id)
        {
            self.terminals.remove(it);
        }
        if let Some(it) = terminal {
            self.terminals.insert(it, id);
        }
    }

    fn elder(&self, id: ElderId) -> Option<Elder> {
        self.elders.get(&id).map(|it| it.whole(id))
    }

    fn has_died(&self, id: ElderId) -> bool {
        self.elders
            .get(&id)
            .is_some_and(|it| it.status() == ElderStatus::Deceased)
    }

    fn members(&self, of: HouseholdId) -> impl Iterator<Item = ElderId> {
        let (first, last) = (ElderId::new(Uuid::nil()), ElderId::new(Uuid::max()));
        self.members.range((of, first)..=(of, last)).map(|it| it.1)
    }

    /// By their ids.
    fn contacts(&self, of: ElderId) -> impl Iterator<Item = Contact> {
        let (first, last) = (ContactId::new(Uuid::nil()), ContactId::new(Uuid::max()));
        let ids = self.contacts_of.range((of, first)..=(of, last)).map(|it| it.1);
        ids.filter_map(|id| self.contacts.get(&id).map(|it| it.whole(id)))
    }
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
    /// Which devices somebody tests.
    tests: HashMap<DeviceId, DeviceTest>,
}

/// The picture. Cheap to share; one a process.
#[derive(Default)]
pub struct Picture {
    people: RwLock<People>,
    course: RwLock<Course>,
    /// One reads the register at a time.
    reading: tokio::sync::Mutex<()>,
    /// Rows of the register read so far, at its first reading.
    rows_read: AtomicUsize,
    whole: watch::Sender<bool>,
}

/// Nobody asks whether somebody was heard longer ago than this.
const HEARD_FOR: jiff::SignedDuration = jiff::SignedDuration::from_hours(72);

/// Elders of whom it is remembered that they were heard; at more than this the oldest are forgotten.
const HEARD_MAX: usize = 20_000;

/// Files that are shown in one go by [`Picture::each_device_in_service`] and [`Picture::each_elder`]: below a millisecond.
const SHOWN_MAX: usize = 512;

impl Picture {
    fn read(&self) -> RwLockReadGuard<'_, People> {
        self.people.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, People> {
        self.people.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the register has been read since the start. Until then the picture holds its little lists and what was brought
    /// ([`Picture::bring`]).
    pub fn is_whole(&self) -> bool {
        *self.whole.borrow()
    }

    /// Waits until the register has been read.
    pub async fn whole(&self) {
        // The other end is ours: it cannot be gone.
        let _ = self.whole.subscribe().wait_for(|it| *it).await;
    }

    /// The register has been read, and whatever else goes with it.
    pub fn declare_whole(&self) {
        self.whole.send_replace(true);
    }

    /// Rows of the register that have been read so far, while it is read for the first time.
    pub fn rows_read(&self) -> usize {
        self.rows_read.load(Ordering::Relaxed)
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

    /// A device is tested from now on, or until another instant, or no more.
    pub fn put_test(&self, it: DeviceTest) {
        self.course_mut().tests.insert(it.device, it);
    }

    /// The test of a device that goes on.
    pub fn test_of(&self, device: DeviceId, now: Timestamp) -> Option<DeviceTest> {
        self.course().tests.get(&device).filter(|it| it.until > now).copied()
    }

    /// The street's calendar day of the last look.
    pub fn today(&self) -> Date {
        self.read().today
    }

    /// Rises whenever elders, homes, devices or the day have changed.
    pub fn version(&self) -> u64 {
        self.read().version
    }

    /// One elder.
    pub fn elder(&self, id: ElderId) -> Option<Arc<Elder>> {
        self.read().elder(id).map(Arc::new)
    }

    fn course(&self) -> RwLockReadGuard<'_, Course> {
        self.course.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn course_mut(&self) -> RwLockWriteGuard<'_, Course> {
        self.course.write().unwrap_or_else(PoisonError::into_inner)
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

    /// Whether an elder is believed dead by a case, or has died by the register: no automatic message, visit or survey.
    pub fn is_frozen(&self, elder: ElderId) -> bool {
        self.course().frozen.contains_key(&elder) || self.read().has_died(elder)
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
        let elder = Arc::new(people.elder(id)?);
        let mut contacts: Vec<Arc<Contact>> = people.contacts(id).map(Arc::new).collect();
        contacts.sort_by_key(|it| (it.restricted, it.call_order, it.id));
        let keys = people.keys.get(&id).cloned().unwrap_or_default();
        Some(ElderFacts { elder, contacts, keys })
    }

    /// One household and who lives there.
    pub fn household(&self, id: HouseholdId) -> Option<(Arc<Household>, Vec<Arc<Elder>>)> {
        let people = self.read();
        let house = Arc::new(people.households.get(&id)?.whole(id));
        let members = people.members(id).filter_map(|it| people.elder(it)).map(Arc::new);
        Some((house, members.collect()))
    }

    /// One device.
    pub fn device(&self, id: DeviceId) -> Option<Arc<Device>> {
        self.read().devices.get(&id).map(|it| Arc::new(it.whole(id)))
    }

    /// What a device's key must hash to; none: it has none, or there is no such device.
    pub fn key_hash(&self, id: DeviceId) -> Option<[u8; 32]> {
        self.read().devices.get(&id)?.key_hash
    }

    /// The device that names itself so on a line of its own.
    pub fn device_at(&self, terminal: &Terminal) -> Option<Arc<Device>> {
        let people = self.read();
        let id = *people.terminals.get(terminal)?;
        people.devices.get(&id).map(|it| Arc::new(it.whole(id)))
    }

    /// Shows every device that rings. Some at a time: who has something to change waits for a part of them at most.
    pub fn each_device_in_service(&self, mut see: impl FnMut(&Device)) {
        let ids: Vec<DeviceId> = self.read().devices.keys().copied().collect();
        for some in ids.chunks(SHOWN_MAX) {
            let shown: Vec<Device> = {
                let people = self.read();
                let found = some.iter().filter_map(|id| Some((*id, people.devices.get(id)?)));
                found
                    .filter(|it| it.1.in_service)
                    .map(|(id, it)| it.whole(id))
                    .collect()
            };
            shown.iter().for_each(&mut see);
        }
    }

    /// The ids of all devices behind `after`, in their order.
    pub fn device_ids(&self, after: Option<DeviceId>) -> Vec<DeviceId> {
        let mut ids: Vec<DeviceId> = {
            let people = self.read();
            let ids = people.devices.keys().copied();
            ids.filter(|it| after.is_none_or(|after| *it > after)).collect()
        };
        ids.sort_unstable();
        ids
    }

    /// Some devices, in their order; those that there are not are left out.
    pub fn devices(&self, ids: &[DeviceId]) -> Vec<Device> {
        let people = self.read();
        let found = ids
            .iter()
            .filter_map(|id| people.devices.get(id).map(|it| it.whole(*id)));
        found.collect()
    }

    /// Shows every elder, some at a time.
    pub fn each_elder(&self, mut see: impl FnMut(&Elder)) {
        let ids: Vec<ElderId> = self.read().elders.keys().copied().collect();
        for some in ids.chunks(SHOWN_MAX) {
            let shown: Vec<Elder> = {
                let people = self.read();
                some.iter().filter_map(|id| people.elder(*id)).collect()
            };
            shown.iter().for_each(&mut see);
        }
    }

    /// The grid of an elder's home.
    pub fn grid_of(&self, id: ElderId) -> Option<AreaCode> {
        self.read().elders.get(&id).map(|it| it.grid)
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
        self.read().contacts.get(&id).map(|it| it.elder)
    }

    /// The elders whose unrestricted contact a responder is.
    pub fn elders_of_family(&self, responder: ResponderId) -> Vec<ElderId> {
        let people = self.read();
        let all = people.contacts.values();
        let theirs = all.filter(|it| !it.restricted && it.responder == Some(responder));
        let mut elders: Vec<ElderId> = theirs.map(|it| it.elder).collect();
        elders.sort_unstable();
        elders.dedup();
        elders
    }

    /// Contacts that may be called, in call order.
    pub fn callable_contacts(&self, id: ElderId) -> Vec<Contact> {
        let all: Vec<Contact> = self.read().contacts(id).collect();
        contacts_in_call_order(&all).into_iter().cloned().collect()
    }

    /// Every chain.
    pub fn chains(&self) -> Vec<Arc<Chain>> {
        self.read().chains.values().cloned().collect()
    }

    /// Every household with its grid and whether anybody lives there, some at a time as [`Picture::each_elder`].
    pub fn each_household(&self, mut see: impl FnMut(&Household, usize)) {
        let ids: Vec<HouseholdId> = self.read().households.keys().copied().collect();
        for some in ids.chunks(SHOWN_MAX) {
            let shown: Vec<(Household, usize)> = {
                let people = self.read();
                let found = some
                    .iter()
                    .filter_map(|id| Some((people.households.get(id)?.whole(*id), *id)));
                found.map(|(it, id)| (it, people.members(id).count())).collect()
            };
            shown.iter().for_each(|(it, members)| see(it, *members));
        }
    }

    /// The chain of a household or grid.
    pub fn chain(&self, subject: ChainSubject) -> Option<Arc<Chain>> {
        self.read().chains.get(&subject).cloned()
    }

    /// The stand-ins of the last look.
    pub fn stand_ins(&self) -> Vec<StandIn> {
        self.read().stand_ins.clone()
    }

    /// Who is ill or on leave now, so that somebody stands in.
    pub fn absent(&self, now: Timestamp) -> HashSet<ResponderId> {
        let people = self.read();
        let holding = people.stand_ins.iter().filter(|it| it.covers(now));
        holding.map(|it| it.absent).collect()
    }

    /// How the street of an area shows needs; none: it has no table of its own. For screens; no rule asks.
    pub fn need_labels(&self, area: AreaCode) -> Option<Arc<StreetLabels>> {
        self.read().labels.get(&area.at(AreaLevel::Street)?).cloned()
    }

    /// How often somebody with a need is looked in on, by the table of their street, days: for the planning of visits, which is the other
    /// thing that the table is for. None: by a plan of care.
    pub fn visit_days(&self, shipped: &PlanSet, area: AreaCode, need: Need) -> Option<u16> {
        match self.need_labels(area) {
            Some(own) => own.labels.of(need).and_then(|it| it.visit_days),
            None => shipped
                .colours
                .iter()
                .find(|it| it.need == need)
                .and_then(|it| it.visit_days),
        }
    }

    /// One station.
    pub fn station(&self, id: StationId) -> Option<Arc<Station>> {
        self.read().stations.iter().find(|it| it.id == id).cloned()
    }

    /// Every station.
    pub fn stations(&self) -> Vec<Arc<Station>> {
        self.read().stations.clone()
    }

    /// Whose reach is that of a target, as the outbox names it: a contact who is a responder too and has left no addresses as a
    /// contact is reached as a responder. None: of a role, a station, another body.
    pub fn reached_of(&self, target: &str) -> Option<Reached> {
        let who = target.parse().ok()?;
        if let Reached::Contact(id) = who {
            let people = self.read();
            let responder = people.contacts.get(&id).and_then(|it| it.responder);
            if let Some(responder) = responder.filter(|_| !people.reach.contains_key(&who)) {
                return Some(Reached::Responder(responder));
            }
        }
        Some(who)
    }

    /// By which ways somebody can be told beside their telephones.
    pub fn outline(&self, who: Reached) -> Option<Arc<Outline>> {
        self.read().reach.get(&who).cloned()
    }

    /// The ways by which anybody of a role can be told. Telephones of responders count as on file, as they do elsewhere.
    pub fn ways_of_role(&self, role: Role) -> Outline {
        let people = self.read();
        let mut all = Outline::default();
        for it in people.staff.iter().filter(|it| it.role == role) {
            if it.responder.is_some() {
                all.has.extend([Way::Sms, Way::Voice]);
            }
            if let Some(outline) = people.reach.get(&it.reached()) {
                all.has.extend(outline.has.iter().copied());
            }
        }
        all
    }

    /// Takes in what has just been written of somebody's reach.
    pub fn put_outline(&self, who: Reached, outline: Outline) {
        self.write().reach.insert(who, Arc::new(outline));
    }

    /// How a contact wishes to be told.
    pub fn choices(&self, contact: ContactId) -> FamilyChoices {
        self.read().choices.get(&contact).copied().unwrap_or_default()
    }

    /// Takes in how a contact has just said that they wish to be told.
    pub fn put_choices(&self, contact: ContactId, choices: FamilyChoices) {
        self.write().choices.insert(contact, choices);
    }

    /// Who has this role for an area, with an account that is open; by account.
    pub fn staff(&self, role: Role, area: AreaCode) -> Vec<Staff> {
        let people = self.read();
        let theirs = |it: &&Staff| it.role == role && it.scope.contains(area);
        let mut found: Vec<Staff> = people.staff.iter().filter(theirs).cloned().collect();
        found.sort_by_key(|it| it.user);
        found
    }

    /// The account of this id, where it sits at a desk.
    pub fn staff_member(&self, user: UserId) -> Option<Staff> {
        self.read().staff.iter().find(|it| it.user == user).cloned()
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
        let elder = people.elder(id);
        elder.map(|it| it.needs_on(people.today)).unwrap_or_default()
    }

    /// The needs of a household: of all who live there together.
    pub fn household_needs(&self, id: HouseholdId) -> BTreeSet<Need> {
        let people = self.read();
        let members = people.members(id).filter_map(|it| people.elder(it));
        members.flat_map(|it| it.needs_on(people.today)).collect()
    }
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
