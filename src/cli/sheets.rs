//! `import` of the street's sheets: reads a CSV file, lists every bad cell, says what would change, and writes it once
//! somebody has confirmed.
//!
//! Holds always:
//! - a file with an error writes nothing, and nothing is written before the confirmation (`--yes`, or a word at a terminal);
//! - a row on file already is updated, never doubled; what its file leaves out (a column, a field that no sheet has) stays
//!   as it is on file;
//! - rows are written [`STEP`] at a time, so that a service at work on the same store never waits long. Stopped half-way,
//!   the same command does the rest.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::tz::{Offset, TimeZone};

use eldercare_dispatch::app::read_roads;
use eldercare_dispatch::ids::{ContactId, DeviceId, ElderId, ResponderId, StationId};
use eldercare_dispatch::people::import::{self, Known, Parsed, RowError, Setting, Sheet};
use eldercare_dispatch::people::{
    Area, Chain, Contact, Device, Elder, ElderSecrets, KeyHolder, KeyOwner, Need, Responder, Shift, Station, device_id,
};
use eldercare_dispatch::store::{
    AreaBook, ContactFile, DeviceKey, ElderField, ElderFile, ElderQuery, Kept, Loaded, ResponderFile, StationFile,
    StoreError,
};

use super::setup::Setup;
use super::{Exit, Failure};

/// Rows of one transaction.
const STEP: usize = 500;
/// Warnings that are printed; what comes after is counted.
const WARNINGS_SHOWN: usize = 50;

/// What every sheet takes.
#[derive(Debug, Args)]
pub struct File {
    /// The sheet, saved as CSV UTF-8; docs/import.md explains each column
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Write without asking. Without it a terminal is asked; anything else is a dry run
    #[arg(long)]
    yes: bool,
}

/// What the sheet of devices takes.
#[derive(Debug, Args)]
pub struct DevicesFile {
    #[command(flatten)]
    file: File,
    /// Make a key for each device of the sheet that has none, and write them here (CSV, mode 600). Must not exist yet
    #[arg(long, value_name = "FILE")]
    keys_out: Option<PathBuf>,
}

/// `import template`.
#[derive(Debug, Args)]
pub struct Template {
    /// Which sheet
    #[arg(value_parser = super::word_of(Sheet::ALL, Sheet::as_str))]
    sheet: Sheet,
}

impl Template {
    /// Prints the empty sheet.
    pub fn run(self) -> Exit {
        print!("{}", self.sheet.template());
        Exit::Done
    }
}

/// What the rows of a file do to the register.
#[derive(Debug, Default)]
struct Effect {
    new: usize,
    updated: usize,
    unchanged: usize,
}

impl Effect {
    fn count<I: Eq + Hash>(on_file: &HashSet<I>, rows: impl Iterator<Item = I>) -> Self {
        let mut effect = Self::default();
        for id in rows {
            if on_file.contains(&id) {
                effect.updated += 1;
            } else {
                effect.new += 1;
            }
        }
        effect
    }
}

impl DevicesFile {
    /// A sheet of devices that is to be written without asking, and where their keys go.
    pub(super) fn confirmed(file: PathBuf, keys_out: PathBuf) -> Self {
        Self {
            file: File::confirmed(file),
            keys_out: Some(keys_out),
        }
    }

    pub async fn run(self, config: Option<&Path>) -> Result<Exit, Failure> {
        if let Some(out) = &self.keys_out
            && out.exists()
        {
            return Err(Failure::refused(format!(
                "--keys-out: {} exists already and is not written over",
                out.display()
            )));
        }
        Import::begin(Sheet::Devices, self.file, self.keys_out, config).await
    }
}

impl File {
    /// A sheet that is to be written without asking.
    pub(super) fn confirmed(file: PathBuf) -> Self {
        Self { file, yes: true }
    }

    /// Imports a sheet of this kind.
    pub async fn run(self, sheet: Sheet, config: Option<&Path>) -> Result<Exit, Failure> {
        Import::begin(sheet, self, None, config).await
    }

    /// Imports whichever sheet of people the header is of.
    pub async fn run_recognised(self, config: Option<&Path>) -> Result<Exit, Failure> {
        use Sheet::{Areas, Chains, Contacts, Elders, Responders};
        let bytes = read(&self.file)?;
        match Sheet::recognise(&bytes) {
            Some(sheet @ (Areas | Elders | Contacts | Responders | Chains)) => {
                Import::begin(sheet, self, None, config).await
            }
            Some(other) => Err(Failure::refused(format!(
                "{}: this is a sheet of {other}; `import {other}` reads it",
                self.file.display()
            ))),
            None => Err(Failure::refused(format!(
                "{}: the header is that of no sheet; `import template elders` prints the header of one \
                 (also areas, contacts, responders, chains)",
                self.file.display()
            ))),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let length = std::fs::metadata(path)
        .map_err(|error| Failure::file(path, &error))?
        .len();
    if length > import::FILE_MAX_BYTES as u64 {
        return Err(Failure::refused(format!(
            "{}: {length} bytes, at most {} are taken; split the sheet",
            path.display(),
            import::FILE_MAX_BYTES
        )));
    }
    std::fs::read(path).map_err(|error| Failure::file(path, &error))
}

/// One import under way.
struct Import {
    setup: Setup,
    sheet: Sheet,
    file: File,
    keys_out: Option<PathBuf>,
    book: AreaBook,
    /// The columns that the file names; the others keep what is on file.
    columns: BTreeSet<&'static str>,
}

impl Import {
    async fn begin(
        sheet: Sheet,
        file: File,
        keys_out: Option<PathBuf>,
        config: Option<&Path>,
    ) -> Result<Exit, Failure> {
        let bytes = read(&file.file)?;
        let setup = Setup::open(config).await?;
        let book = setup.areas().await?;
        let columns = sheet.columns_in(&bytes);
        let import = Self {
            setup,
            sheet,
            file,
            keys_out,
            book,
            columns,
        };
        let exit = import.run(&bytes).await?;
        import.setup.store.close().await;
        Ok(exit)
    }

    async fn run(&self, bytes: &[u8]) -> Result<Exit, Failure> {
        match self.sheet {
            Sheet::Areas => self.areas(bytes).await,
            Sheet::Elders => self.elders(bytes).await,
            Sheet::Contacts => self.contacts(bytes).await,
            Sheet::Responders => self.responders(bytes).await,
            Sheet::Chains => self.chains(bytes).await,
            Sheet::Duty => self.duty(bytes).await,
            Sheet::Devices => self.devices(bytes).await,
            Sheet::Stations => self.stations(bytes).await,
        }
    }

    fn has(&self, column: &str) -> bool {
        self.columns.contains(column)
    }

    /// Keeps what is on file where the sheet says nothing.
    fn keep<T>(&self, column: &str, value: &mut T, on_file: T) {
        if !self.has(column) {
            *value = on_file;
        }
    }

    async fn setting(&self, known: Known) -> Result<Setting, Failure> {
        let hours = self.setup.config.plan_set()?.utc_offset_hours;
        let offset = Offset::from_hours(hours).unwrap_or(Offset::UTC);
        Ok(Setting {
            zone: TimeZone::fixed(offset),
            as_of: self.setup.now(),
            known: Known {
                areas: Some(self.book.iter().map(|it| it.code).collect()),
                ..known
            },
        })
    }

    async fn elders_on_file(&self) -> Result<HashMap<ElderId, Elder>, Failure> {
        let all = self.setup.store.all_elders(ElderQuery::default(), &self.book).await?;
        Ok(by_id(all, |it: &Elder| it.id))
    }

    async fn responders_on_file(&self) -> Result<HashMap<ResponderId, Responder>, Failure> {
        Ok(by_id(self.setup.store.all_responders().await?, |it: &Responder| it.id))
    }

    /// Contacts who may be told and have a telephone, each with their elder.
    async fn reached_on_file(&self) -> Result<BTreeSet<(ElderId, ContactId)>, Failure> {
        let store = &self.setup.store;
        let all = by_id(store.all_contacts().await?, |it: &Contact| it.id);
        let elders: BTreeSet<ElderId> = all.values().map(|it| it.elder).collect();
        let elders: Vec<ElderId> = elders.into_iter().collect();
        let with_phones = store.contacts_with_phones(&elders).await?;
        let reached = all.values().filter(|it| with_phones.contains(&it.id));
        Ok(reached.map(|it| (it.elder, it.id)).collect())
    }

    async fn areas(&self, bytes: &[u8]) -> Result<Exit, Failure> {
        let parsed = import::areas(bytes, &self.setting(Known::default()).await?);
        let mut effect = Effect::default();
        let mut rows: Vec<Area> = Vec::new();
        for mut area in parsed.rows.iter().map(|it| it.1.clone()) {
            // An area that was recoded keeps the id of its first code.
            match self.book.id(area.code).and_then(|id| self.book.area(id)) {
                Some(on_file) => {
                    area.id = on_file.id;
                    self.keep("alias", &mut area.alias, on_file.alias.clone());
                    if area.name == on_file.name && area.alias == on_file.alias {
                        effect.unchanged += 1;
                        continue;
                    }
                    effect.updated += 1;
                }
                None => effect.new += 1,
            }
            rows.push(area);
        }
        if !self.agreed(&parsed, &effect)? {
            return Ok(self.exit_of(&parsed));
        }
        // Parents first, whatever the order of the sheet: a child may be looked for under its parent at any time.
        rows.sort_by_key(|it| it.code);
        self.in_steps(rows, |rows| async move {
            self.setup.store.put_areas(rows, self.setup.now()).await
        })
        .await
    }

    async fn elders(&self, bytes: &[u8]) -> Result<Exit, Failure> {
        let store = &self.setup.store;
        let mut known = Known::default();
        if self.has("key_responders") {
            known.responders = Some(self.responders_on_file().await?.into_keys().collect());
        }
        let on_file = self.elders_on_file().await?;
        known.reached = Some(self.reached_on_file().await?);
        known.homes = on_file.values().filter_map(|it| Some((it.grid, it.home?))).collect();
        // Roads that cannot be read are told of where they are needed; people may be filed before them.
        let roads = read_roads(self.setup.config.roads.file.as_deref());
        known.roads = roads.ok().and_then(|it| it.roads()?.bounds());
        let parsed = import::elders(bytes, &self.setting(known).await?);
        let ids = on_file.keys().copied().collect();
        let effect = Effect::count(&ids, parsed.rows.iter().map(|it| it.1.elder.id));
        if !self.agreed(&parsed, &effect)? {
            return Ok(self.exit_of(&parsed));
        }
        let holders = self.holders_by_elder().await?;
        self.in_steps(parsed.rows, |rows| {
            let (on_file, holders) = (&on_file, &holders);
            async move {
                let (mut homes, mut files, mut keys) = (Vec::new(), Vec::new(), HashMap::new());
                for (_, mut row) in rows {
                    let id = row.elder.id;
                    let mut secrets = Some(row.secrets);
                    if let Some(old) = on_file.get(&id) {
                        self.keep_elder(&mut row.elder, old);
                        secrets = self.elder_secrets(id, secrets.unwrap_or_default()).await?;
                    }
                    if self.has("key_responders") {
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
                let now = self.setup.now();
                store.put_households(homes, &self.book, now).await?;
                store.put_elders(files, &self.book, now).await?;
                store.put_key_holders(keys, now).await
            }
        })
        .await
    }

    fn keep_elder(&self, elder: &mut Elder, old: &Elder) {
        // No sheet has these.
        elder.ability = old.ability.clone();
        elder.consents = old.consents.clone();
        elder.status = old.status;
        if !self.has("household_code") {
            elder.household = old.household;
        }
        self.keep("lat", &mut elder.home, old.home);
        self.keep("contact_mode", &mut elder.contact_mode, old.contact_mode);
        self.keep("dialect", &mut elder.dialect, old.dialect.clone());
        self.keep("hearing", &mut elder.hearing, old.hearing);
        if !self.has("born") && elder.born.is_none() {
            elder.born = old.born;
        }
        self.keep("life_support", &mut elder.life_support, old.life_support.clone());
        self.keep("lift_helpers", &mut elder.lift_helpers, old.lift_helpers);
    }

    /// The sealed fields to write for somebody on file; `None`: all stay as they are.
    async fn elder_secrets(&self, id: ElderId, new: ElderSecrets) -> Result<Option<ElderSecrets>, StoreError> {
        let sealed = |it: &&import::Column| it.sensitive;
        let named = self
            .sheet
            .columns()
            .iter()
            .filter(sealed)
            .filter(|it| self.has(it.name))
            .count();
        if named == 0 {
            return Ok(None);
        }
        if named == self.sheet.columns().iter().filter(sealed).count() {
            return Ok(Some(new));
        }
        let Some(old) = self.setup.store.elder_secrets(id, &ElderField::ALL).await? else {
            return Ok(Some(new));
        };
        let mut new = new;
        self.keep("identity", &mut new.identity, old.identity);
        self.keep("phones", &mut new.phones, old.phones);
        self.keep("door_code", &mut new.access.door_code, old.access.door_code);
        self.keep("key_box", &mut new.access.key_box, old.access.key_box);
        self.keep("access_remarks", &mut new.access.remarks, old.access.remarks);
        self.keep("health", &mut new.health.summary, old.health.summary);
        self.keep("medication", &mut new.health.medication, old.health.medication);
        Ok(Some(new))
    }

    async fn holders_by_elder(&self) -> Result<HashMap<ElderId, Vec<KeyHolder>>, Failure> {
        let mut all: HashMap<ElderId, Vec<KeyHolder>> = HashMap::new();
        for it in self.setup.store.key_holders().await?.items {
            all.entry(it.elder).or_default().push(it);
        }
        Ok(all)
    }

    async fn contacts(&self, bytes: &[u8]) -> Result<Exit, Failure> {
        let store = &self.setup.store;
        let elders = self.elders_on_file().await?;
        let known = Known {
            high_risk: Some(high_risk(&elders)),
            reached: Some(self.reached_on_file().await?),
            elders: Some(elders.into_keys().collect()),
            responders: Some(self.responders_on_file().await?.into_keys().collect()),
            ..Known::default()
        };
        let parsed = import::contacts(bytes, &self.setting(known).await?);
        let on_file: HashMap<ContactId, Contact> = by_id(store.all_contacts().await?, |it: &Contact| it.id);
        let ids = on_file.keys().copied().collect();
        let effect = Effect::count(&ids, parsed.rows.iter().map(|it| it.1.contact.id));
        if !self.agreed(&parsed, &effect)? {
            return Ok(self.exit_of(&parsed));
        }
        self.in_steps(parsed.rows, |rows| {
            let on_file = &on_file;
            async move {
                // Read in each step: several contacts of one elder may fall into different steps.
                let mut holders: HashMap<ElderId, Vec<KeyHolder>> = HashMap::new();
                if self.has("holds_key") {
                    let theirs: HashSet<ElderId> = rows.iter().map(|it| it.1.contact.elder).collect();
                    holders.extend(theirs.iter().map(|it| (*it, Vec::new())));
                    for it in store.key_holders().await?.items {
                        if let Some(list) = holders.get_mut(&it.elder) {
                            list.push(it);
                        }
                    }
                }
                let mut files = Vec::new();
                for (_, mut row) in rows {
                    if let Some(old) = on_file.get(&row.contact.id) {
                        self.keep("level", &mut row.contact.level, old.level);
                        self.keep("restricted", &mut row.contact.restricted, old.restricted);
                        let may = &mut row.contact.may_authorise_entry;
                        self.keep("may_authorise_entry", may, old.may_authorise_entry);
                        self.keep("responder_code", &mut row.contact.responder, old.responder);
                        self.keep("hours", &mut row.contact.hours, old.hours);
                    }
                    if let Some(list) = holders.get_mut(&row.contact.elder) {
                        list.retain(|it| it.owner != KeyOwner::Contact(row.contact.id));
                        list.extend(row.key);
                    }
                    files.push(ContactFile {
                        contact: row.contact,
                        secrets: self.has("phones").then_some(row.secrets),
                    });
                }
                let now = self.setup.now();
                store.put_contacts(files, now).await?;
                store.put_key_holders(holders, now).await
            }
        })
        .await
    }

    async fn responders(&self, bytes: &[u8]) -> Result<Exit, Failure> {
        let store = &self.setup.store;
        let parsed = import::responders(bytes, &self.setting(Known::default()).await?);
        let on_file = self.responders_on_file().await?;
        let ids = on_file.keys().copied().collect();
        let effect = Effect::count(&ids, parsed.rows.iter().map(|it| it.1.responder.id));
        if !self.agreed(&parsed, &effect)? {
            return Ok(self.exit_of(&parsed));
        }
        self.in_steps(parsed.rows, |rows| {
            let on_file = &on_file;
            async move {
                let now = self.setup.now();
                let (mut files, mut duty) = (Vec::new(), Vec::new());
                for (_, mut row) in rows {
                    let it = &mut row.responder;
                    if let Some(old) = on_file.get(&it.id) {
                        if it.kind == old.kind {
                            self.keep("tier", &mut it.tier, old.tier);
                        }
                        self.keep("skills", &mut it.skills, old.skills.clone());
                        self.keep("party_size", &mut it.party_size, old.party_size);
                        self.keep("capacity", &mut it.capacity, old.capacity);
                        self.keep("base_lat", &mut it.base, old.base);
                        self.keep("allowances", &mut it.allowances, old.allowances.clone());
                        self.keep("area_codes", &mut it.scope, old.scope.clone());
                        duty.extend(row.on_duty.filter(|on| *on != old.duty.on).map(|on| (it.id, on)));
                    }
                    files.push(ResponderFile {
                        responder: row.responder,
                        secrets: self.has("phones").then_some(row.secrets),
                    });
                }
                store.put_responders(files, now).await?;
                for (id, on) in duty {
                    store.set_duty(id, on, None, now).await?;
                }
                Ok(())
            }
        })
        .await
    }

    async fn chains(&self, bytes: &[u8]) -> Result<Exit, Failure> {
        let store = &self.setup.store;
        let homes = store.all_households(&self.book).await?.items;
        let known = Known {
            households: Some(homes.into_iter().map(|it| it.value.id).collect()),
            responders: Some(self.responders_on_file().await?.into_keys().collect()),
            ..Known::default()
        };
        let parsed = import::chains(bytes, &self.setting(known).await?);
        let on_file = store.chains(&self.book).await?.items;
        let subjects = on_file.into_iter().map(|it| it.subject).collect();
        let effect = Effect::count(&subjects, parsed.rows.iter().map(|it| it.1.subject));
        if !self.agreed(&parsed, &effect)? {
            return Ok(self.exit_of(&parsed));
        }
        let rows: Vec<Chain> = parsed.rows.into_iter().map(|it| it.1).collect();
        self.in_steps(rows, |rows| async move { store.put_chains(rows, &self.book).await })
            .await
    }

    async fn duty(&self, bytes: &[u8]) -> Result<Exit, Failure> {
        let store = &self.setup.store;
        let known = Known {
            responders: Some(self.responders_on_file().await?.into_keys().collect()),
            ..Known::default()
        };
        let parsed = import::duty(bytes, &self.setting(known).await?);
        let begins = || parsed.rows.iter().map(|it| it.1.from);
        let mut on_file: HashSet<(ResponderId, jiff::Timestamp)> = HashSet::new();
        if let (Some(first), Some(last)) = (begins().min(), begins().max()) {
            // The store answers shifts that touch the span; its end is not in it.
            let end = last + jiff::SignedDuration::from_secs(1);
            let shifts = store.shifts(first, end).await?.items;
            on_file.extend(shifts.iter().map(|it| (it.responder, it.from)));
        }
        let effect = Effect::count(&on_file, parsed.rows.iter().map(|it| (it.1.responder, it.1.from)));
        if !self.agreed(&parsed, &effect)? {
            return Ok(self.exit_of(&parsed));
        }
        let rows: Vec<Shift> = parsed.rows.into_iter().map(|it| it.1).collect();
        self.in_steps(rows, |rows| async move { store.put_shifts(rows).await })
            .await
    }

    async fn devices(&self, bytes: &[u8]) -> Result<Exit, Failure> {
        let store = &self.setup.store;
        let homes = store.all_households(&self.book).await?.items;
        let known = Known {
            elders: Some(self.elders_on_file().await?.into_keys().collect()),
            households: Some(homes.into_iter().map(|it| it.value.id).collect()),
            ..Known::default()
        };
        let parsed = import::devices(bytes, &self.setting(known).await?);
        let kept = store.all_devices().await?.items;
        let keyed: HashSet<DeviceId> = kept
            .iter()
            .filter(|it| it.key_hash.is_some())
            .map(|it| it.device.value.id)
            .collect();
        let on_file: HashMap<DeviceId, Device> = kept
            .into_iter()
            .map(|it| (it.device.value.id, it.device.value))
            .collect();
        let ids = on_file.keys().copied().collect();
        let effect = Effect::count(&ids, parsed.rows.iter().map(|it| it.1.id));
        if !self.agreed(&parsed, &effect)? {
            return Ok(self.exit_of(&parsed));
        }
        let without: Vec<String> = parsed
            .rows
            .iter()
            .filter(|it| !keyed.contains(&it.1.id))
            .map(|it| it.1.code.clone())
            .collect();
        let exit = self
            .in_steps(parsed.rows, |rows| {
                let on_file = &on_file;
                async move {
                    let mut devices = Vec::new();
                    for (_, mut it) in rows {
                        if let Some(old) = on_file.get(&it.id) {
                            if !self.has("elder_code") && !self.has("household_code") {
                                it.binding = old.binding;
                            }
                            self.keep("model", &mut it.model, old.model.clone());
                            self.keep("crs", &mut it.crs, old.crs);
                            self.keep("place", &mut it.place, old.place.clone());
                            self.keep("protocol", &mut it.terminal, old.terminal.clone());
                            self.keep("in_service", &mut it.in_service, old.in_service);
                        }
                        devices.push(it);
                    }
                    store.put_devices(devices, self.setup.now()).await
                }
            })
            .await?;
        match &self.keys_out {
            Some(out) => self.give_keys(out, &without).await?,
            None if !without.is_empty() => println!(
                "{} devices have no key yet and cannot sign in: repeat with --keys-out FILE, or `device key CODE` for one",
                without.len()
            ),
            None => {}
        }
        Ok(exit)
    }

    /// Makes the keys, writes them where they are wanted, and only then tells the store: a key that nobody can read would
    /// be worse than none.
    async fn give_keys(&self, out: &Path, codes: &[String]) -> Result<(), Failure> {
        let mut text = String::from("device_code,device_id,key\n");
        let mut keys = Vec::with_capacity(codes.len());
        for code in codes {
            let (id, key) = (device_id(code), DeviceKey::make()?);
            let quoted = code.replace('"', "\"\"");
            text.push_str(&format!("\"{quoted}\",{id},{}\n", key.reveal()));
            keys.push((id, key));
        }
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(out)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
        written.map_err(|error| {
            let mut failure = Failure::file(out, &error);
            failure.message = format!("--keys-out: {}; the devices are filed, without keys", failure.message);
            failure
        })?;
        for some in keys.chunks(STEP) {
            self.setup
                .store
                .set_device_keys(some.to_vec(), self.setup.now())
                .await
                .map_err(|error| {
                    let mut failure = Failure::from(error);
                    failure.message = format!(
                        "{}; not every key of {} is in force: remove the file and repeat",
                        failure.message,
                        out.display()
                    );
                    failure
                })?;
        }
        println!(
            "{}: {} keys, mode 600; they are in no other place",
            out.display(),
            codes.len()
        );
        Ok(())
    }

    async fn stations(&self, bytes: &[u8]) -> Result<Exit, Failure> {
        let store = &self.setup.store;
        let parsed = import::stations(bytes, &self.setting(Known::default()).await?);
        let on_file: HashMap<StationId, Station> = by_id(store.all_stations(&self.book).await?, |it: &Station| it.id);
        let ids = on_file.keys().copied().collect();
        let effect = Effect::count(&ids, parsed.rows.iter().map(|it| it.1.station.id));
        if !self.agreed(&parsed, &effect)? {
            return Ok(self.exit_of(&parsed));
        }
        self.in_steps(parsed.rows, |rows| {
            let on_file = &on_file;
            async move {
                let mut files = Vec::new();
                for (_, mut row) in rows {
                    if let Some(old) = on_file.get(&row.station.id) {
                        self.keep("lat", &mut row.station.point, old.point);
                        self.keep("hours", &mut row.station.hours, old.hours.clone());
                        self.keep("beds", &mut row.station.beds, old.beds);
                    }
                    files.push(StationFile {
                        station: row.station,
                        secrets: self.has("phone").then_some(row.secrets),
                    });
                }
                store.put_stations(files, &self.book, self.setup.now()).await
            }
        })
        .await
    }

    /// Prints what was read, and asks. `false`: nothing is to be written.
    fn agreed<T>(&self, parsed: &Parsed<T>, effect: &Effect) -> Result<bool, Failure> {
        let file = self.file.file.display();
        println!(
            "{file}: {} ({}), {} sound rows",
            self.sheet,
            self.sheet.zh(),
            parsed.rows.len()
        );
        for it in parsed.warnings.iter().take(WARNINGS_SHOWN) {
            println!("warning: {}", sentence(it));
        }
        if parsed.warnings.len() > WARNINGS_SHOWN {
            println!(
                "warning: and {} more like these",
                parsed.warnings.len() - WARNINGS_SHOWN
            );
        }
        for it in &parsed.errors {
            println!("error: {}", sentence(it));
        }
        if !parsed.is_clean() {
            let more = parsed.errors_left_out;
            if more > 0 {
                println!("error: and {more} more");
            }
            println!("{} errors: nothing was written", parsed.errors.len() + more);
            return Ok(false);
        }
        println!(
            "{} new, {} to update, {} unchanged",
            effect.new, effect.updated, effect.unchanged
        );
        if self.file.yes {
            return Ok(true);
        }
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            println!("a dry run: nothing was written; repeat with --yes to write");
            return Ok(false);
        }
        print!("Write them? [y/N] ");
        let mut answer = String::new();
        std::io::stdout()
            .flush()
            .and_then(|()| stdin.lock().read_line(&mut answer))
            .map_err(|error| Failure::refused(format!("the terminal gave no answer: {error}")))?;
        let yes = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是");
        if !yes {
            println!("nothing was written");
        }
        Ok(yes)
    }

    fn exit_of<T>(&self, parsed: &Parsed<T>) -> Exit {
        if parsed.is_clean() { Exit::Done } else { Exit::Refused }
    }

    /// Writes `rows` [`STEP`] at a time.
    async fn in_steps<T, F, W>(&self, rows: Vec<T>, write: W) -> Result<Exit, Failure>
    where
        W: Fn(Vec<T>) -> F,
        F: Future<Output = Result<(), StoreError>>,
    {
        self.setup.unlock().await?;
        let all = rows.len();
        let mut done = 0;
        let mut rows = rows.into_iter();
        loop {
            let step: Vec<T> = rows.by_ref().take(STEP).collect();
            if step.is_empty() {
                break;
            }
            let count = step.len();
            write(step).await.map_err(|error| {
                let mut failure = Failure::from(error);
                failure.message = format!(
                    "{}; {done} of {all} rows are written; the same command again does the rest",
                    failure.message
                );
                failure
            })?;
            done += count;
        }
        println!("{done} rows written");
        Ok(Exit::Done)
    }
}

fn sentence(it: &RowError) -> String {
    let mut text = if it.line == 0 {
        "the file".to_owned()
    } else {
        format!("line {}", it.line)
    };
    if !it.column.is_empty() {
        text.push_str(&format!(", column {}", it.column));
    }
    if let Some(value) = &it.value {
        text.push_str(&format!(", `{value}`"));
    }
    format!("{text}: {}", it.message)
}

fn by_id<T, I: Eq + Hash>(loaded: Loaded<Kept<T>>, id: impl Fn(&T) -> I) -> HashMap<I, T> {
    loaded.items.into_iter().map(|it| (id(&it.value), it.value)).collect()
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

/// Those who need the most looking after.
fn high_risk(elders: &HashMap<ElderId, Elder>) -> BTreeSet<ElderId> {
    let all = elders.values().filter(|it| it.needs.contains(&Need::HighRisk));
    all.map(|it| it.id).collect()
}
