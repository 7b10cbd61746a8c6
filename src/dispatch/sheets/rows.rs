//! The writing of rows, each over what is on file.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::future::Future;

use jiff::Timestamp;

use super::{Prepared, Ready, STEP, Sheets, Stopped};
use crate::ids::{ContactId, DeviceId, ElderId, ResponderId, StationId};
use crate::people::import::{Column, ContactRow, ElderRow, ResponderRow, Sheet, StationRow};
use crate::people::{
    Consent, ConsentPurpose, Contact, Device, Elder, ElderSecrets, KeyHolder, KeyOwner, Responder, Station,
};
use crate::store::{ContactFile, ElderField, ElderFile, ResponderFile, StationFile, StoreError};

/// What the sheet says, and what it is silent about.
struct Said {
    sheet: Sheet,
    columns: BTreeSet<&'static str>,
}

impl Said {
    fn has(&self, column: &str) -> bool {
        self.columns.contains(column)
    }

    /// Keeps what is on file where the sheet says nothing.
    fn keep<T>(&self, column: &str, value: &mut T, on_file: T) {
        if !self.has(column) {
            *value = on_file;
        }
    }
}

impl Sheets {
    /// Writes what a look has prepared; answers how many rows. The store must have been unlocked. A file with an error writes
    /// nothing.
    ///
    /// # Errors
    /// The store's, with how far it came.
    pub async fn write(&self, prepared: Prepared, now: impl Fn() -> Timestamp + Sync) -> Result<usize, Stopped> {
        if !prepared.is_clean() {
            return Ok(0);
        }
        let said = Said {
            sheet: prepared.report.sheet,
            columns: prepared.report.columns,
        };
        let (store, book, said, now) = (&self.store, &self.book, &said, &now);
        match prepared.ready {
            Ready::Areas(rows) => in_steps(rows, |rows| store.put_areas(rows, now())).await,
            Ready::Chains(rows) => in_steps(rows, |rows| store.put_chains(rows, book)).await,
            Ready::Duty(rows) => in_steps(rows, |rows| store.put_shifts(rows)).await,
            Ready::Elders { rows, on_file, holders } => {
                let write = |rows| self.elders(said, rows, &on_file, &holders, now());
                in_steps(rows, write).await
            }
            Ready::Contacts { rows, on_file } => {
                in_steps(rows, |rows| self.contacts(said, rows, &on_file, now())).await
            }
            Ready::Responders { rows, on_file } => {
                in_steps(rows, |rows| self.responders(said, rows, &on_file, now())).await
            }
            Ready::Devices { rows, on_file } => in_steps(rows, |rows| self.devices(said, rows, &on_file, now())).await,
            Ready::Stations { rows, on_file } => {
                in_steps(rows, |rows| self.stations(said, rows, &on_file, now())).await
            }
        }
    }

    async fn elders(
        &self,
        said: &Said,
        rows: Vec<ElderRow>,
        on_file: &HashMap<ElderId, Elder>,
        holders: &HashMap<ElderId, Vec<KeyHolder>>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut homes, mut files, mut keys) = (Vec::new(), Vec::new(), HashMap::new());
        for mut row in rows {
            let id = row.elder.id;
            let mut secrets = Some(row.secrets);
            if let Some(old) = on_file.get(&id) {
                keep_elder(said, &mut row.elder, old);
                secrets = self.elder_secrets(said, id, secrets.unwrap_or_default()).await?;
            }
            if said.has("key_responders") {
                let before = holders.get(&id).map(Vec::as_slice).unwrap_or_default();
                keys.insert(id, with_keepers(before, row.keys));
            }
            // A sheet that says nothing of homes leaves them as they are.
            if row.household.id == row.elder.household {
                row.household.home = row.elder.home;
                homes.push(row.household);
            }
            files.push(ElderFile {
                elder: row.elder,
                secrets,
            });
        }
        self.store.put_households(homes, &self.book, now).await?;
        self.store.put_elders(files, &self.book, now).await?;
        self.store.put_key_holders(keys, now).await
    }

    /// The sealed fields to write for somebody on file; `None`: all stay as they are.
    async fn elder_secrets(
        &self,
        said: &Said,
        id: ElderId,
        new: ElderSecrets,
    ) -> Result<Option<ElderSecrets>, StoreError> {
        let sealed = || said.sheet.columns().iter().filter(|it: &&Column| it.sensitive);
        let named = sealed().filter(|it| said.has(it.name)).count();
        if named == 0 {
            return Ok(None);
        }
        if named == sealed().count() {
            return Ok(Some(new));
        }
        let Some(old) = self.store.elder_secrets(id, &ElderField::ALL).await? else {
            return Ok(Some(new));
        };
        let mut new = new;
        said.keep("identity", &mut new.identity, old.identity);
        said.keep("phones", &mut new.phones, old.phones);
        said.keep("door_code", &mut new.access.door_code, old.access.door_code);
        said.keep("key_box", &mut new.access.key_box, old.access.key_box);
        said.keep("access_remarks", &mut new.access.remarks, old.access.remarks);
        said.keep("health", &mut new.health.summary, old.health.summary);
        said.keep("medication", &mut new.health.medication, old.health.medication);
        Ok(Some(new))
    }

    async fn contacts(
        &self,
        said: &Said,
        rows: Vec<ContactRow>,
        on_file: &HashMap<ContactId, Contact>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // Read in each step: several contacts of one elder may fall into different steps.
        let mut holders: HashMap<ElderId, Vec<KeyHolder>> = HashMap::new();
        if said.has("holds_key") {
            let theirs: HashSet<ElderId> = rows.iter().map(|it| it.contact.elder).collect();
            holders.extend(theirs.iter().map(|it| (*it, Vec::new())));
            for it in self.store.key_holders().await?.items {
                if let Some(list) = holders.get_mut(&it.elder) {
                    list.push(it);
                }
            }
        }
        let mut files = Vec::new();
        for mut row in rows {
            let it = &mut row.contact;
            if let Some(old) = on_file.get(&it.id) {
                said.keep("level", &mut it.level, old.level);
                said.keep("restricted", &mut it.restricted, old.restricted);
                let may = &mut it.may_authorise_entry;
                said.keep("may_authorise_entry", may, old.may_authorise_entry);
                said.keep("hours", &mut it.hours, old.hours);
                said.keep("responder_code", &mut it.responder, old.responder);
            }
            if let Some(list) = holders.get_mut(&row.contact.elder) {
                list.retain(|it| it.owner != KeyOwner::Contact(row.contact.id));
                list.extend(row.key);
            }
            files.push(ContactFile {
                contact: row.contact,
                secrets: said.has("phones").then_some(row.secrets),
            });
        }
        self.store.put_contacts(files, now).await?;
        self.store.put_key_holders(holders, now).await
    }

    async fn responders(
        &self,
        said: &Said,
        rows: Vec<ResponderRow>,
        on_file: &HashMap<ResponderId, Responder>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut files, mut duty) = (Vec::new(), Vec::new());
        for mut row in rows {
            let it = &mut row.responder;
            if let Some(old) = on_file.get(&it.id) {
                if it.kind == old.kind {
                    said.keep("tier", &mut it.tier, old.tier);
                }
                said.keep("skills", &mut it.skills, old.skills.clone());
                said.keep("party_size", &mut it.party_size, old.party_size);
                said.keep("capacity", &mut it.capacity, old.capacity);
                said.keep("base_lat", &mut it.base, old.base);
                said.keep("allowances", &mut it.allowances, old.allowances.clone());
                said.keep("area_codes", &mut it.scope, old.scope.clone());
                duty.extend(row.on_duty.filter(|on| *on != old.duty.on).map(|on| (it.id, on)));
            }
            files.push(ResponderFile {
                responder: row.responder,
                secrets: said.has("phones").then_some(row.secrets),
            });
        }
        self.store.put_responders(files, now).await?;
        for (id, on) in duty {
            self.store.set_duty(id, on, None, now).await?;
        }
        Ok(())
    }

    async fn devices(
        &self,
        said: &Said,
        rows: Vec<Device>,
        on_file: &HashMap<DeviceId, Device>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut devices = Vec::new();
        for mut it in rows {
            if let Some(old) = on_file.get(&it.id) {
                if !said.has("elder_code") && !said.has("household_code") {
                    it.binding = old.binding;
                }
                said.keep("model", &mut it.model, old.model.clone());
                said.keep("crs", &mut it.crs, old.crs);
                said.keep("place", &mut it.place, old.place.clone());
                said.keep("protocol", &mut it.terminal, old.terminal.clone());
                said.keep("in_service", &mut it.in_service, old.in_service);
            }
            devices.push(it);
        }
        self.store.put_devices(devices, now).await
    }

    async fn stations(
        &self,
        said: &Said,
        rows: Vec<StationRow>,
        on_file: &HashMap<StationId, Station>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut files = Vec::new();
        for mut row in rows {
            if let Some(old) = on_file.get(&row.station.id) {
                said.keep("lat", &mut row.station.point, old.point);
                said.keep("hours", &mut row.station.hours, old.hours.clone());
                said.keep("beds", &mut row.station.beds, old.beds);
            }
            files.push(StationFile {
                station: row.station,
                secrets: said.has("phone").then_some(row.secrets),
            });
        }
        self.store.put_stations(files, &self.book, now).await
    }
}

/// Writes `rows` [`STEP`] at a time.
async fn in_steps<T, F, W>(rows: Vec<T>, write: W) -> Result<usize, Stopped>
where
    W: Fn(Vec<T>) -> F,
    F: Future<Output = Result<(), StoreError>>,
{
    let all = rows.len();
    let mut done = 0;
    let mut rows = rows.into_iter();
    loop {
        let step: Vec<T> = rows.by_ref().take(STEP).collect();
        if step.is_empty() {
            return Ok(done);
        }
        let count = step.len();
        write(step).await.map_err(|source| Stopped { done, all, source })?;
        done += count;
    }
}

fn keep_elder(said: &Said, elder: &mut Elder, old: &Elder) {
    // No sheet has this.
    elder.status = old.status;
    let known = old.ability.as_ref().map(|it| it.assessed_on);
    if elder.ability.as_ref().map(|it| it.assessed_on) <= known {
        elder.ability = old.ability.clone();
    }
    elder.consents = signed(&old.consents, std::mem::take(&mut elder.consents));
    if !said.has("household_code") {
        elder.household = old.household;
    }
    said.keep("lat", &mut elder.home, old.home);
    said.keep("contact_mode", &mut elder.contact_mode, old.contact_mode);
    said.keep("dialect", &mut elder.dialect, old.dialect.clone());
    said.keep("hearing", &mut elder.hearing, old.hearing);
    if !said.has("born") && elder.born.is_none() {
        elder.born = old.born;
    }
    said.keep("life_support", &mut elder.life_support, old.life_support.clone());
    said.keep("lift_helpers", &mut elder.lift_helpers, old.lift_helpers);
}

/// What was agreed to after a sheet. A sheet takes nothing back, and one that is read again does not give anew what was taken back since.
fn signed(
    old: &BTreeMap<ConsentPurpose, Consent>,
    new: BTreeMap<ConsentPurpose, Consent>,
) -> BTreeMap<ConsentPurpose, Consent> {
    let mut all = old.clone();
    for (purpose, consent) in new {
        let known = all.get(&purpose).map(|it| it.withdrawn_on.unwrap_or(it.given_on));
        if known.is_none_or(|it| consent.given_on > it) {
            all.insert(purpose, consent);
        }
    }
    all
}

/// The keepers of an elder's keys after a sheet of elders: its responders replace those of before (a test that is on file
/// stays), contacts and stations are not its business.
fn with_keepers(before: &[KeyHolder], responders: Vec<KeyHolder>) -> Vec<KeyHolder> {
    let others = before
        .iter()
        .filter(|it| !matches!(it.owner, KeyOwner::Responder(_)))
        .cloned();
    let named = responders.into_iter().map(|it| {
        let known = before.iter().find(|old| old.owner == it.owner).cloned();
        known.unwrap_or(it)
    });
    others.chain(named).collect()
}
