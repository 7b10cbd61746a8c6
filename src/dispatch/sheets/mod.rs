//! Sheets on their way into the register: what a file would do, said before anything is written, and the writing.
//!
//! The command line and the office's page come here alike. Start at [`Sheets::look`], which answers a [`Prepared`]; its report
//! is for people, and [`Sheets::write`] files the rest.
//!
//! Holds always:
//! - a file with an error writes nothing ([`Prepared::is_clean`]);
//! - a row on file already is updated, never doubled; what its file leaves out (a column, a field that no sheet has) stays
//!   as it is on file;
//! - whoever brings a sheet within areas ([`Sheets::scope`]) changes nobody and nothing outside of them;
//! - rows are written [`STEP`] at a time, so that a service at work on the same store never waits long. Stopped half-way,
//!   the same file again does the rest.

pub mod file;
mod reach;
mod rows;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::task::JoinError;

use crate::circle::Point;
use crate::ids::{ContactId, DeviceId, ElderId, ResponderId, StationId};
use crate::people::import::{self, ERRORS_MAX, Known, Parsed, RowError, Setting, Sheet};
use crate::people::{Area, Chain, Contact, Device, Elder, KeyHolder, Need, PrefixSet, Responder, Shift, Station};
use crate::store::{AreaBook, ElderQuery, Kept, Loaded, Store, StoreError};

/// Rows of one transaction.
pub const STEP: usize = 500;

/// Where sheets go.
#[derive(Clone)]
pub struct Sheets {
    /// The register.
    pub store: Store,
    /// The areas in force.
    pub book: AreaBook,
    /// The street's time zone, for the rota.
    pub zone: TimeZone,
    /// The south-western and north-eastern corners of the roads that are loaded.
    pub roads: Option<(Point, Point)>,
    /// What the file may be about; `None`: everything.
    pub scope: Option<PrefixSet>,
}

/// What a file would do, for people.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which sheet it is.
    pub sheet: Sheet,
    /// The columns that it names.
    pub columns: BTreeSet<&'static str>,
    /// How many of its rows are sound.
    pub rows: usize,
    /// Everything wrong, at most [`ERRORS_MAX`], by line.
    pub errors: Vec<RowError>,
    /// How many errors more there were.
    pub errors_left_out: usize,
    /// What is not wrong, but missing or doubtful.
    pub warnings: Vec<RowError>,
    /// Rows that are not on file.
    pub new: usize,
    /// Rows that are on file.
    pub updated: usize,
    /// Rows that are on file as they stand in the sheet, where that is known.
    pub unchanged: usize,
    /// Devices of the sheet that have no key yet, by their codes.
    pub without_key: Vec<String>,
}

/// A file that was read, and what writing it takes.
pub struct Prepared {
    /// For people.
    pub report: Report,
    ready: Ready,
}

impl Prepared {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.report.errors.is_empty() && self.report.errors_left_out == 0
    }
}

/// The rows, each beside what is on file.
enum Ready {
    Areas(Vec<Area>),
    Elders {
        rows: Vec<import::ElderRow>,
        on_file: HashMap<ElderId, Elder>,
        holders: HashMap<ElderId, Vec<KeyHolder>>,
    },
    Contacts {
        rows: Vec<import::ContactRow>,
        on_file: HashMap<ContactId, Contact>,
    },
    Responders {
        rows: Vec<import::ResponderRow>,
        on_file: HashMap<ResponderId, Responder>,
    },
    Chains(Vec<Chain>),
    Duty(Vec<Shift>),
    Devices {
        rows: Vec<Device>,
        on_file: HashMap<DeviceId, Device>,
    },
    Stations {
        rows: Vec<import::StationRow>,
        on_file: HashMap<StationId, Station>,
    },
}

/// The store stopped the writing.
#[derive(Debug, thiserror::Error)]
#[error("{source}; {done} of {all} rows are written; the same file again does the rest")]
pub struct Stopped {
    /// Rows that are written.
    pub done: usize,
    /// Rows of the sheet.
    pub all: usize,
    /// Why.
    pub source: StoreError,
}

/// What is being put together while a file is looked at.
struct Look<'a> {
    sheets: &'a Sheets,
    sheet: Sheet,
    columns: BTreeSet<&'static str>,
    bytes: Vec<u8>,
    now: Timestamp,
}

impl Sheets {
    /// Reads a file (CSV UTF-8; [`file::read`] makes others into that) and compares it with what is on file. Nothing is written.
    ///
    /// # Errors
    /// The store's.
    pub async fn look(&self, sheet: Sheet, csv: Vec<u8>, now: Timestamp) -> Result<Prepared, StoreError> {
        let look = Look {
            sheets: self,
            sheet,
            columns: sheet.columns_in(&csv),
            bytes: csv,
            now,
        };
        match sheet {
            Sheet::Areas => look.areas().await,
            Sheet::Elders => look.elders().await,
            Sheet::Contacts => look.contacts().await,
            Sheet::Responders => look.responders().await,
            Sheet::Chains => look.chains().await,
            Sheet::Duty => look.duty().await,
            Sheet::Devices => look.devices().await,
            Sheet::Stations => look.stations().await,
        }
    }

    async fn elders_on_file(&self) -> Result<HashMap<ElderId, Elder>, StoreError> {
        let all = self.store.all_elders(ElderQuery::default(), &self.book).await?;
        Ok(by_id(all, |it: &Elder| it.id))
    }

    async fn responders_on_file(&self) -> Result<HashMap<ResponderId, Responder>, StoreError> {
        Ok(by_id(self.store.all_responders().await?, |it: &Responder| it.id))
    }

    async fn contacts_on_file(&self) -> Result<HashMap<ContactId, Contact>, StoreError> {
        Ok(by_id(self.store.all_contacts().await?, |it: &Contact| it.id))
    }

    /// Contacts who may be told and have a telephone, each with their elder.
    async fn reached_on_file(&self) -> Result<BTreeSet<(ElderId, ContactId)>, StoreError> {
        let all = self.contacts_on_file().await?;
        let elders: BTreeSet<ElderId> = all.values().map(|it| it.elder).collect();
        let elders: Vec<ElderId> = elders.into_iter().collect();
        let with_phones = self.store.contacts_with_phones(&elders).await?;
        let reached = all.values().filter(|it| with_phones.contains(&it.id));
        Ok(reached.map(|it| (it.elder, it.id)).collect())
    }
}

impl Look<'_> {
    fn has(&self, column: &str) -> bool {
        self.columns.contains(column)
    }

    /// Reads the rows on a thread that may take its time: a district's elders are a second's work.
    async fn parse<T: Send + 'static>(&self, known: Known, read: fn(&[u8], &Setting) -> Parsed<T>) -> Parsed<T> {
        let setting = Setting {
            zone: self.sheets.zone.clone(),
            as_of: self.now,
            known: Known {
                areas: Some(self.sheets.book.iter().map(|it| it.code).collect()),
                ..known
            },
        };
        let (bytes, its) = (self.bytes.clone(), setting.clone());
        match tokio::task::spawn_blocking(move || read(&bytes, &its))
            .await
            .map_err(JoinError::try_into_panic)
        {
            Ok(parsed) => parsed,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The runtime is stopping: then here.
            Err(Err(_)) => read(&self.bytes, &setting),
        }
    }

    /// Puts the report together; `ids` are those of the rows, `on_file` those that the register has.
    fn done<T, I: Eq + Hash>(
        self,
        parsed: Parsed<T>,
        id: impl Fn(&T) -> I,
        on_file: impl Fn(&I) -> bool,
        ready: impl FnOnce(Vec<T>) -> Ready,
    ) -> Prepared {
        let updated = parsed.rows.iter().filter(|it| on_file(&id(&it.1))).count();
        let report = Report {
            sheet: self.sheet,
            columns: self.columns,
            rows: parsed.rows.len(),
            new: parsed.rows.len() - updated,
            updated,
            unchanged: 0,
            errors: parsed.errors,
            errors_left_out: parsed.errors_left_out,
            warnings: parsed.warnings,
            without_key: Vec::new(),
        };
        Prepared {
            report,
            ready: ready(parsed.rows.into_iter().map(|it| it.1).collect()),
        }
    }

    async fn areas(self) -> Result<Prepared, StoreError> {
        let mut parsed = self.parse(Known::default(), import::areas).await;
        self.hold_areas(&mut parsed);
        let book = &self.sheets.book;
        let (mut new, mut updated, mut unchanged) = (0, 0, 0);
        let mut rows: Vec<Area> = Vec::new();
        for mut area in parsed.rows.iter().map(|it| it.1.clone()) {
            // An area that was recoded keeps the id of its first code.
            match book.id(area.code).and_then(|id| book.area(id)) {
                Some(on_file) => {
                    area.id = on_file.id;
                    if !self.has("alias") {
                        area.alias = on_file.alias.clone();
                    }
                    if area.name == on_file.name && area.alias == on_file.alias {
                        unchanged += 1;
                        continue;
                    }
                    updated += 1;
                }
                None => new += 1,
            }
            rows.push(area);
        }
        // Parents first, whatever the order of the sheet: a child may be looked for under its parent at any time.
        rows.sort_by_key(|it| it.code);
        let mut prepared = self.done(parsed, |it: &Area| it.id, |_| false, |_| Ready::Areas(rows));
        prepared.report.new = new;
        prepared.report.updated = updated;
        prepared.report.unchanged = unchanged;
        Ok(prepared)
    }

    async fn elders(self) -> Result<Prepared, StoreError> {
        let mut known = Known::default();
        if self.has("key_responders") {
            known.responders = Some(self.sheets.responders_on_file().await?.into_keys().collect());
        }
        let on_file = self.sheets.elders_on_file().await?;
        known.reached = Some(self.sheets.reached_on_file().await?);
        known.homes = on_file.values().filter_map(|it| Some((it.grid, it.home?))).collect();
        known.roads = self.sheets.roads;
        let mut parsed = self.parse(known, import::elders).await;
        self.hold_elders(&mut parsed, &on_file);
        warn_of_twins(&mut parsed, &on_file);
        let mut holders: HashMap<ElderId, Vec<KeyHolder>> = HashMap::new();
        for it in self.sheets.store.key_holders().await?.items {
            holders.entry(it.elder).or_default().push(it);
        }
        let ids: HashSet<ElderId> = on_file.keys().copied().collect();
        let ready = |rows| Ready::Elders { rows, on_file, holders };
        Ok(self.done(parsed, |it| it.elder.id, |it| ids.contains(it), ready))
    }

    async fn contacts(self) -> Result<Prepared, StoreError> {
        let elders = self.sheets.elders_on_file().await?;
        let known = Known {
            high_risk: Some(high_risk(&elders)),
            reached: Some(self.sheets.reached_on_file().await?),
            elders: Some(elders.keys().copied().collect()),
            responders: Some(self.sheets.responders_on_file().await?.into_keys().collect()),
            ..Known::default()
        };
        let mut parsed = self.parse(known, import::contacts).await;
        let on_file = self.sheets.contacts_on_file().await?;
        self.hold_contacts(&mut parsed, &on_file, &elders);
        let ids: HashSet<ContactId> = on_file.keys().copied().collect();
        let ready = |rows| Ready::Contacts { rows, on_file };
        Ok(self.done(parsed, |it| it.contact.id, |it| ids.contains(it), ready))
    }

    async fn responders(self) -> Result<Prepared, StoreError> {
        let mut parsed = self.parse(Known::default(), import::responders).await;
        let on_file = self.sheets.responders_on_file().await?;
        self.hold_responders(&mut parsed, &on_file).await?;
        let ids: HashSet<ResponderId> = on_file.keys().copied().collect();
        let ready = |rows| Ready::Responders { rows, on_file };
        Ok(self.done(parsed, |it| it.responder.id, |it| ids.contains(it), ready))
    }

    async fn chains(self) -> Result<Prepared, StoreError> {
        let homes = self.sheets.store.all_households(&self.sheets.book).await?.items;
        let responders = self.sheets.responders_on_file().await?;
        let known = Known {
            households: Some(homes.iter().map(|it| it.value.id).collect()),
            responders: Some(responders.into_keys().collect()),
            ..Known::default()
        };
        let mut parsed = self.parse(known, import::chains).await;
        self.hold_chains(
            &mut parsed,
            &homes.iter().map(|it| (it.value.id, it.value.grid)).collect(),
        );
        let on_file = self.sheets.store.chains(&self.sheets.book).await?.items;
        let subjects: HashSet<_> = on_file.into_iter().map(|it| it.subject).collect();
        Ok(self.done(parsed, |it| it.subject, |it| subjects.contains(it), Ready::Chains))
    }

    async fn duty(self) -> Result<Prepared, StoreError> {
        let responders = self.sheets.responders_on_file().await?;
        let known = Known {
            responders: Some(responders.keys().copied().collect()),
            ..Known::default()
        };
        let mut parsed = self.parse(known, import::duty).await;
        self.hold_duty(&mut parsed, &responders);
        let begins = || parsed.rows.iter().map(|it| it.1.from);
        let mut on_file: HashSet<(ResponderId, Timestamp)> = HashSet::new();
        if let (Some(first), Some(last)) = (begins().min(), begins().max()) {
            // The store answers shifts that touch the span; its end is not in it.
            let end = last + jiff::SignedDuration::from_secs(1);
            let shifts = self.sheets.store.shifts(first, end).await?.items;
            on_file.extend(shifts.iter().map(|it| (it.responder, it.from)));
        }
        let id = |it: &Shift| (it.responder, it.from);
        Ok(self.done(parsed, id, |it| on_file.contains(it), Ready::Duty))
    }

    async fn devices(self) -> Result<Prepared, StoreError> {
        let homes = self.sheets.store.all_households(&self.sheets.book).await?.items;
        let elders = self.sheets.elders_on_file().await?;
        let known = Known {
            elders: Some(elders.keys().copied().collect()),
            households: Some(homes.iter().map(|it| it.value.id).collect()),
            ..Known::default()
        };
        let mut parsed = self.parse(known, import::devices).await;
        let kept = self.sheets.store.all_devices().await?.items;
        let keyed: HashSet<DeviceId> = kept
            .iter()
            .filter(|it| it.key_hash.is_some())
            .map(|it| it.device.value.id)
            .collect();
        let on_file: HashMap<DeviceId, Device> = kept
            .into_iter()
            .map(|it| (it.device.value.id, it.device.value))
            .collect();
        let grids = homes.iter().map(|it| (it.value.id, it.value.grid)).collect();
        self.hold_devices(&mut parsed, &on_file, &elders, &grids);
        let without_key = parsed
            .rows
            .iter()
            .filter(|it| !keyed.contains(&it.1.id))
            .map(|it| it.1.code.clone())
            .collect();
        let ids: HashSet<DeviceId> = on_file.keys().copied().collect();
        let ready = |rows| Ready::Devices { rows, on_file };
        let mut prepared = self.done(parsed, |it| it.id, |it| ids.contains(it), ready);
        prepared.report.without_key = without_key;
        Ok(prepared)
    }

    async fn stations(self) -> Result<Prepared, StoreError> {
        let mut parsed = self.parse(Known::default(), import::stations).await;
        let all = self.sheets.store.all_stations(&self.sheets.book).await?;
        let on_file: HashMap<StationId, Station> = by_id(all, |it: &Station| it.id);
        self.hold_stations(&mut parsed, &on_file);
        let ids: HashSet<StationId> = on_file.keys().copied().collect();
        let ready = |rows| Ready::Stations { rows, on_file };
        Ok(self.done(parsed, |it| it.station.id, |it| ids.contains(it), ready))
    }
}

/// Two files about one person: the same name at the same address under another code. It may be father and son; it is more often
/// the same person twice, and then an alarm finds half of what is known.
fn warn_of_twins(parsed: &mut Parsed<import::ElderRow>, on_file: &HashMap<ElderId, Elder>) {
    let mut seen: HashMap<(&str, &str), (ElderId, &str)> = HashMap::new();
    for it in on_file.values() {
        seen.insert((&it.name, &it.address), (it.id, &it.code));
    }
    let mut found = Vec::new();
    for (line, row) in &parsed.rows {
        let it = &row.elder;
        match seen.get(&(it.name.as_str(), it.address.as_str())) {
            Some((id, code)) if *id != it.id => found.push(RowError {
                line: *line,
                column: "name".to_owned(),
                value: Some(it.name.chars().take(40).collect()),
                message: format!("perhaps the same person as {code}: same name, same address"),
            }),
            Some(_) => {}
            None => {
                seen.insert((&it.name, &it.address), (it.id, &it.code));
            }
        }
    }
    let room = ERRORS_MAX.saturating_sub(parsed.warnings.len());
    parsed.warnings.extend(found.into_iter().take(room));
    parsed.warnings.sort_by_key(|it| it.line);
}

fn by_id<T, I: Eq + Hash>(loaded: Loaded<Kept<T>>, id: impl Fn(&T) -> I) -> HashMap<I, T> {
    loaded.items.into_iter().map(|it| (id(&it.value), it.value)).collect()
}

/// Those who need the most looking after.
fn high_risk(elders: &HashMap<ElderId, Elder>) -> BTreeSet<ElderId> {
    let all = elders.values().filter(|it| it.needs.contains(&Need::HighRisk));
    all.map(|it| it.id).collect()
}
