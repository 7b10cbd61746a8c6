//! The supervision of devices: who is silent, low or back. What it finds is a case of the technical lane, never a call for help.
//!
//! ```text
//! what devices say → Signs (memory, written in one go) → a look every few seconds → alerts and recoveries, through the Desk
//! ```
//!
//! A look goes over the signs in memory and asks the store once: which technical cases are open. A device that is well costs no row
//! and no statement.
//!
//! Holds always:
//! - silence is found within two beats and a minute, and never because we were not listening ([`Listening`]);
//! - a device and a fault have one open case: a repeat joins it, recovery closes it;
//! - what comes and goes is one case: a device must be well for a time before its case closes;
//! - many devices dark at once in one area or on one carrier are one incident ([`dark`]), and no cases beside it.

mod config;
mod dark;
mod listening;
mod outages;
mod round;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio_util::sync::CancellationToken;

pub use config::{Beats, SupervisionConfig};
pub use listening::Listening;
pub use round::Check;
pub(super) use round::in_order;

use super::desk::{Desk, DeskError};
use super::report::{AlertReport, Sender};
use super::signs::{Sign, Signs};
use crate::case::{Author, Command, Kind, Lane, State};
use crate::ids::{CaseId, DeviceId};
use crate::people::{AreaCode, Carrier, Device, DeviceBinding, Elder, ElderStatus, Protocol};
use crate::store::cases::{CaseFilter, CaseView};
use crate::store::{Engine, StoreError};

/// Cases that one look opens or closes at most; the rest are the next one's.
const DONE_MAX: usize = 500;

/// Orders that wait for one commit together.
const TOGETHER: usize = 64;

/// Open cases that are read at a time.
const PAGE: u64 = 500;

/// Who closed the case of a device that is still silent is left alone for this long.
const SAY_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// Of those that were closed within that time, those opened within this one are looked for at the start.
const OPENED_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Under this name the store keeps when we listened.
const LISTENING: &str = "supervision.listening";

/// The open cases of devices.
type OpenFaults = HashMap<(DeviceId, Kind), CaseView>;

/// Whether a device is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Nobody waits for it: it says nothing by itself.
    NotAwaited,
    /// It was never heard: not at its place yet.
    Never,
    /// It was heard of late.
    Here,
    /// It has missed a beat.
    Late,
    /// It has missed two: it is silent.
    Silent,
}

impl Presence {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAwaited => "not_awaited",
            Self::Never => "never",
            Self::Here => "here",
            Self::Late => "late",
            Self::Silent => "silent",
        }
    }
}

/// What a look has found and done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// Devices with a beat that have been heard.
    pub awaited: usize,
    /// Of these: silent.
    pub silent: usize,
    /// Alerts reported.
    pub reported: usize,
    /// Cases closed or marked.
    pub recovered: usize,
    /// Incidents opened.
    pub incidents: usize,
}

/// A device that is watched.
#[derive(Debug, Clone, Copy)]
struct Watched {
    id: DeviceId,
    beat: Option<SignedDuration>,
    grid: AreaCode,
    carrier: Option<Carrier>,
}

/// A device that has missed a beat.
#[derive(Debug, Clone, Copy)]
struct Missed {
    it: Watched,
    heard_at: Timestamp,
}

/// What a look finds wrong with a device.
struct Found {
    device: DeviceId,
    kind: Kind,
    /// The same for the same finding; none: it may come again within a day.
    reference: Option<String>,
    reading: serde_json::Value,
}

#[derive(Default)]
struct Memory {
    watched: Arc<Vec<Watched>>,
    /// The version of the picture that `watched` was made of.
    made_of: Option<u64>,
    /// Since when what has an open case is well.
    well: HashMap<CaseId, Timestamp>,
    /// What was reported: the reference, and when.
    told: HashMap<(DeviceId, Kind), (Option<String>, Timestamp)>,
    /// What was said before our start is among it.
    told_loaded: bool,
    outages: outages::Known,
}

/// The supervision. Cheap to clone; several on one store do no harm.
#[derive(Clone)]
pub struct Supervision(Arc<Inner>);

struct Inner {
    desk: Desk,
    signs: Signs,
    config: SupervisionConfig,
    /// Beats of the languages of lines, seconds.
    lines: HashMap<Protocol, u32>,
    listening: Mutex<Listening>,
    memory: Mutex<Memory>,
}

impl Supervision {
    /// Begins to listen. What was before the last word in the store counts, what was between does not.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin(
        desk: Desk,
        signs: Signs,
        config: SupervisionConfig,
        lines: HashMap<Protocol, u32>,
    ) -> Result<Self, StoreError> {
        let kept = desk.store().setting(LISTENING).await?;
        let before = kept.and_then(|it| {
            serde_json::from_str(&it)
                .inspect_err(|error| tracing::warn!(%error, "when the service listened last does not read back"))
                .ok()
        });
        let listening = Mutex::new(Listening::begin(before, desk.clock().now()));
        Ok(Self(Arc::new(Inner {
            desk,
            signs,
            config,
            lines,
            listening,
            memory: Mutex::default(),
        })))
    }

    /// How often a device says something while it lives; none: nobody waits for it.
    pub fn beat(&self, device: &Device) -> Option<SignedDuration> {
        let of_line = |it| self.0.lines.get(&it).copied().unwrap_or(0);
        self.0.config.beat(device, of_line)
    }

    /// Whether a device is there, and when it was last heard.
    pub fn presence(&self, device: &Device) -> (Presence, Option<Sign>) {
        let sign = self.0.signs.of(device.id);
        let listening = self.listening().clone();
        let heard = sign.as_ref().map(|it| it.heard_at);
        (
            self.presence_at(&listening, self.beat(device), heard, self.0.desk.clock().now()),
            sign,
        )
    }

    /// As [`Self::presence`] of many, with their beats: how many of those that are awaited and were heard are not silent, and how
    /// many those are.
    pub fn here(&self, devices: &[(DeviceId, Option<SignedDuration>)]) -> (usize, usize) {
        let (now, listening) = (self.0.desk.clock().now(), self.listening().clone());
        let (mut here, mut awaited) = (0, 0);
        self.0.signs.each(
            devices,
            |it| it.0,
            |it, sign| {
                let heard = sign.map(|it| it.heard_at);
                match self.presence_at(&listening, it.1, heard, now) {
                    Presence::NotAwaited | Presence::Never => {}
                    Presence::Here | Presence::Late => {
                        here += 1;
                        awaited += 1;
                    }
                    Presence::Silent => awaited += 1,
                }
            },
        );
        (here, awaited)
    }

    fn presence_at(
        &self,
        listening: &Listening,
        beat: Option<SignedDuration>,
        heard_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Presence {
        let (Some(beat), heard_at) = (beat, heard_at) else {
            return Presence::NotAwaited;
        };
        let Some(heard_at) = heard_at else {
            return Presence::Never;
        };
        let once = beat + self.0.config.grace();
        if now.duration_since(heard_at) <= once {
            return Presence::Here;
        }
        // After a break every device has a whole beat to be heard in.
        let listened = listening.listened(heard_at, now);
        let had_its_turn = listening.since().is_none_or(|it| now.duration_since(it) > once);
        match had_its_turn {
            true if listened > once + beat => Presence::Silent,
            true if listened > once => Presence::Late,
            _ => Presence::Here,
        }
    }

    /// How long was listened between two instants.
    pub fn listened(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        self.listening().listened(from, to)
    }

    fn listening(&self) -> MutexGuard<'_, Listening> {
        self.0.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what was heard, and then that we have listened until now: after a crash what is missing is a break, and no silence.
    ///
    /// # Errors
    /// The store's; then the break is longer.
    pub async fn mark(&self) -> Result<(), StoreError> {
        let now = self.0.desk.clock().now();
        self.0.signs.write().await?;
        let text = {
            let mut listening = self.listening();
            listening.goes_on(now);
            serde_json::to_string(&*listening).unwrap_or_default()
        };
        self.0.desk.store().put_setting(LISTENING, text, now).await
    }

    /// Looks at every device once, reports what is wrong and closes what is well again.
    ///
    /// # Errors
    /// The store's; what was not done is found again by the next look.
    pub async fn look(&self) -> Result<Looked, DeskError> {
        let watched = self.watched();
        let (open, incidents) = self.open_cases().await?;
        let (mut looked, mut found, missed) = self.go_over(&watched).await?;
        let within = self.outages(&watched, &missed, &open, incidents, &mut looked).await?;
        // Whoever tests a device takes its battery out.
        let now = self.0.desk.clock().now();
        let picture = self.0.desk.picture();
        found.retain(|it| picture.test_of(it.device, now).is_none());
        self.know_told(&open).await?;
        found.retain(|it| {
            !(open.contains_key(&(it.device, it.kind)) || it.kind == Kind::LinkLoss && within.contains(&it.device))
        });
        looked.reported = self.report(found).await?;
        looked.recovered = self.recover(&watched, &open).await?;
        metrics::gauge!("ecd_devices_awaited").set(looked.awaited as f64);
        metrics::gauge!("ecd_devices_silent").set(looked.silent as f64);
        Ok(looked)
    }

    /// The devices that are watched, made anew when the register was read anew.
    fn watched(&self) -> Arc<Vec<Watched>> {
        let picture = self.0.desk.picture();
        let version = picture.version();
        {
            let memory = self.memory();
            if memory.made_of == Some(version) {
                return memory.watched.clone();
            }
        }
        let today = picture.today();
        let awaited = |it: &Elder, worn: bool| {
            // Whoever is away has switched off what stays at home.
            it.status == ElderStatus::Active && (worn || !it.is_away(today))
        };
        let mut watched = Vec::new();
        picture.each_device_in_service(|device| {
            let worn = device.kind.is_worn();
            let grid = match device.binding {
                Some(DeviceBinding::Elder(id)) => picture.elder(id).filter(|it| awaited(it, worn)).map(|it| it.grid),
                Some(DeviceBinding::Household(id)) => picture.household(id).and_then(|(house, members)| {
                    let lived_in = members.is_empty() || members.iter().any(|it| awaited(it, worn));
                    lived_in.then_some(house.grid)
                }),
                // In a cupboard: nobody misses it.
                None => None,
            };
            if let Some(grid) = grid {
                watched.push(Watched {
                    id: device.id,
                    beat: self.beat(device),
                    grid,
                    carrier: device.carrier,
                });
            }
        });
        let watched = Arc::new(watched);
        let mut memory = self.memory();
        memory.watched = watched.clone();
        memory.made_of = Some(version);
        watched
    }

    /// The open technical cases of devices, and the open incidents. The rows are the truth: a person may have closed one, and another node opened one.
    async fn open_cases(&self) -> Result<(OpenFaults, Vec<CaseView>), StoreError> {
        let filter = CaseFilter {
            open: true,
            lane: Some(Lane::Technical.as_str().to_owned()),
            ..CaseFilter::default()
        };
        let (mut open, mut incidents, mut after) = (HashMap::new(), Vec::new(), None);
        loop {
            let page = self.0.desk.store().list_cases(&filter, after, PAGE).await?;
            for it in page.items.into_iter().filter(|it| !it.case.drill) {
                match it.case.part.and_then(|it| it.device()) {
                    Some(device) => {
                        open.insert((device, it.case.kind), it);
                    }
                    None if it.case.kind == Kind::Outage => incidents.push(it),
                    None => {}
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok((open, incidents));
            }
        }
    }

    /// What is wrong with whom.
    async fn go_over(&self, watched: &[Watched]) -> Result<(Looked, Vec<Found>, Vec<Missed>), StoreError> {
        let now = self.0.desk.clock().now();
        let listening = self.listening().clone();
        let mut looked = Looked::default();
        let mut missed: Vec<(Watched, Timestamp)> = Vec::new();
        let mut found = Vec::new();
        self.0.signs.each(
            watched,
            |it| it.id,
            |it, sign| {
                let Some(sign) = sign else { return };
                match self.presence_at(&listening, it.beat, Some(sign.heard_at), now) {
                    Presence::NotAwaited | Presence::Never => {}
                    Presence::Here => looked.awaited += 1,
                    Presence::Late | Presence::Silent => {
                        looked.awaited += 1;
                        missed.push((*it, sign.heard_at));
                    }
                }
                let battery = sign.told.battery_percent;
                if let Some(percent) = battery.filter(|it| *it <= self.0.config.battery_low_percent) {
                    found.push(Found {
                        device: it.id,
                        kind: Kind::LowBattery,
                        reference: None,
                        reading: json!({ "battery_percent": percent, "low_percent": self.0.config.battery_low_percent }),
                    });
                }
            },
        );
        if self.0.desk.store().engine() == Engine::Postgres && !missed.is_empty() {
            // Another node may have heard them.
            let ids: Vec<DeviceId> = missed.iter().map(|it| it.0.id).collect();
            let heard: HashMap<DeviceId, Timestamp> = self.0.desk.store().heard_at(&ids).await?.into_iter().collect();
            for (it, at) in &mut missed {
                *at = heard.get(&it.id).copied().unwrap_or(*at).max(*at);
            }
            self.0.signs.heard_elsewhere(missed.iter().map(|it| (it.0.id, it.1)));
        }
        let mut all = Vec::with_capacity(missed.len());
        for (it, heard_at) in missed {
            let presence = self.presence_at(&listening, it.beat, Some(heard_at), now);
            let silent = presence == Presence::Silent;
            if silent || presence == Presence::Late {
                all.push(Missed { it, heard_at });
            }
            if silent {
                looked.silent += 1;
                found.push(Found {
                    device: it.id,
                    kind: Kind::LinkLoss,
                    reference: Some(heard_at.to_string()),
                    reading: json!({
                        "heard_at": heard_at,
                        "beat_s": it.beat.map(|it| it.as_secs()),
                        "silent_s": now.duration_since(heard_at).as_secs(),
                    }),
                });
            }
        }
        Ok((looked, found, all))
    }

    /// A low battery has no instant by which it is known again. So what is open counts as said for as long as a day after it, also when
    /// another node or the process before has said it; and what has been charged is another time.
    async fn know_told(&self, open: &OpenFaults) -> Result<(), StoreError> {
        let now = self.0.desk.clock().now();
        let low = |it: &(DeviceId, Kind)| it.1 == Kind::LowBattery;
        let mut said: Vec<((DeviceId, Kind), Timestamp)> =
            open.keys().filter(|it| low(it)).map(|it| (*it, now)).collect();
        if !self.memory().told_loaded {
            said.extend(self.closed_of_late(now).await?);
        }
        let mut memory = self.memory();
        memory.told_loaded = true;
        for (it, at) in said {
            let told = memory.told.entry(it).or_insert((None, at));
            told.1 = told.1.max(at);
        }
        let well = |id: DeviceId| {
            let percent = self.0.signs.of(id).and_then(|it| it.told.battery_percent);
            percent.is_some_and(|it| it >= self.0.config.battery_well_percent)
        };
        memory
            .told
            .retain(|it, _| !low(it) || open.contains_key(it) || !well(it.0));
        Ok(())
    }

    /// The low batteries whose cases were closed within a day, by a person: nobody else closes one that is still low.
    async fn closed_of_late(&self, now: Timestamp) -> Result<Vec<((DeviceId, Kind), Timestamp)>, StoreError> {
        let filter = CaseFilter {
            states: vec![State::Closed],
            lane: Some(Lane::Technical.as_str().to_owned()),
            kind: Some(Kind::LowBattery.as_str().to_owned()),
            opened_from: now.checked_sub(OPENED_WITHIN).ok(),
            ..CaseFilter::default()
        };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.0.desk.store().list_cases(&filter, after, PAGE).await?;
            for it in page
                .items
                .iter()
                .map(|it| &it.case)
                .filter(|it| !it.drill && !it.recovered)
            {
                let closed_at = it.closed_at.filter(|at| now.duration_since(*at) < SAY_AGAIN);
                let device = it.part.and_then(|it| it.device());
                found.extend(
                    device
                        .zip(closed_at)
                        .map(|(device, at)| ((device, Kind::LowBattery), at)),
                );
            }
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Reports what was not reported yet, a commit's worth at a time.
    async fn report(&self, found: Vec<Found>) -> Result<usize, DeskError> {
        let now = self.0.desk.clock().now();
        let fresh: Vec<Found> = {
            let mut memory = self.memory();
            memory.told.retain(|_, it| now.duration_since(it.1) < SAY_AGAIN);
            let known = |it: &Found| {
                memory
                    .told
                    .get(&(it.device, it.kind))
                    .is_some_and(|told| told.0 == it.reference)
            };
            found.into_iter().filter(|it| !known(it)).take(DONE_MAX).collect()
        };
        let mut count = 0;
        for some in fresh.chunks(TOGETHER) {
            let work = some.iter().map(|it| self.0.desk.report(alert(it)));
            for (it, done) in some.iter().zip(join_all(work).await) {
                done?;
                metrics::counter!("ecd_device_faults_total", "kind" => it.kind.as_str()).increment(1);
                let told = (it.reference.clone(), now);
                self.memory().told.insert((it.device, it.kind), told);
                count += 1;
            }
        }
        Ok(count)
    }

    /// Closes the cases of devices that have been well for long enough.
    async fn recover(&self, watched: &[Watched], open: &OpenFaults) -> Result<usize, DeskError> {
        let now = self.0.desk.clock().now();
        let beats: HashMap<DeviceId, Option<SignedDuration>> = if open.is_empty() {
            HashMap::new()
        } else {
            let wanted: std::collections::HashSet<DeviceId> = open.keys().map(|it| it.0).collect();
            let theirs = watched.iter().filter(|it| wanted.contains(&it.id));
            theirs.map(|it| (it.id, it.beat)).collect()
        };
        let listening = self.listening().clone();
        let mut well = Vec::new();
        let mut since = HashMap::new();
        let before = std::mem::take(&mut self.memory().well);
        for ((device, kind), view) in open {
            let known = before.get(&view.case.id).copied();
            let beat = beats.get(device).copied();
            let from = match beat {
                _ if is_marked(&view.case) => None,
                // It is not to say anything by itself any more.
                Some(None) if *kind == Kind::LinkLoss && !self.0.signs.lasts(*device, *kind) => {
                    Some(known.unwrap_or(now))
                }
                Some(beat) => self.well_since(*device, *kind, beat, &view.case, known, &listening),
                // Replaced, bound to nobody, out of service or away: nobody waits for it any more.
                None => Some(known.unwrap_or(now)),
            };
            let Some(from) = from else { continue };
            since.insert(view.case.id, from);
            // A silent device is well when it has been heard for a while, the others when nothing was wrong for a while.
            let until = match kind {
                Kind::LinkLoss if beat.flatten().is_some() => self.0.signs.of(*device).map_or(from, |it| it.heard_at),
                _ => now,
            };
            if until.duration_since(from) >= self.0.config.recovered() {
                well.push((view.case.id, *device, *kind));
            }
        }
        self.memory().well = since;
        well.truncate(DONE_MAX);
        let mut count = 0;
        for some in well.chunks(TOGETHER) {
            let command = || Command::Recovered { within: None };
            let work = some
                .iter()
                .map(|it| self.0.desk.handle(it.0, command(), Author::System));
            for (it, done) in some.iter().zip(join_all(work).await) {
                match done {
                    Ok(done) if !done.records.is_empty() => {
                        metrics::counter!("ecd_device_recoveries_total", "kind" => it.2.as_str()).increment(1);
                        // The next time is another time.
                        self.memory().told.remove(&(it.1, it.2));
                        count += 1;
                    }
                    Ok(_) => {}
                    // A person was quicker.
                    Err(DeskError::Refused(..) | DeskError::NotFound(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(count)
    }

    /// Since when what an open case is about is well; none: it is not, or nobody can tell.
    fn well_since(
        &self,
        device: DeviceId,
        kind: Kind,
        beat: Option<SignedDuration>,
        case: &crate::case::Case,
        known: Option<Timestamp>,
        listening: &Listening,
    ) -> Option<Timestamp> {
        let now = self.0.desk.clock().now();
        let sign = self.0.signs.of(device)?;
        match kind {
            // It says so itself, for as long as it says nothing else: a sensor of it that it does not hear.
            _ if self.0.signs.lasts(device, kind) => None,
            Kind::LinkLoss => {
                let missed = matches!(
                    self.presence_at(listening, beat, Some(sign.heard_at), now),
                    Presence::Late | Presence::Silent
                );
                let heard_since = sign.heard_at > case.opened_at;
                (heard_since && !missed).then(|| known.unwrap_or(sign.heard_at))
            }
            Kind::LowBattery => match sign.told.battery_percent {
                Some(percent) if percent >= self.0.config.battery_well_percent => Some(known.unwrap_or(now)),
                Some(_) => None,
                None => self.0.signs.over_since(device, kind),
            },
            Kind::Tamper | Kind::PowerLoss | Kind::DeviceFault => self.0.signs.over_since(device, kind),
            _ => None,
        }
    }

    /// Looks every few seconds until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        let every = Duration::from_secs(self.0.config.every_s.into());
        loop {
            if let Err(error) = self.mark().await {
                tracing::warn!(%error, "that devices are listened to could not be written");
            }
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "devices could not be looked at");
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.0.desk.clock().sleep(every) => {}
            }
        }
        if let Err(error) = self.mark().await {
            tracing::warn!(%error, "that devices were listened to could not be written");
        }
    }
}

/// It was over already, and whoever is on it closes.
fn is_marked(case: &crate::case::Case) -> bool {
    let in_hand = case.active().next().is_some() || case.holder().is_some();
    case.recovered && in_hand
}

/// The service's own word about a device.
fn alert(found: &Found) -> AlertReport {
    AlertReport {
        sender: Sender::Service(found.device),
        kind: found.kind.as_str().to_owned(),
        elder: None,
        device: None,
        responder: None,
        // Two nodes that find the same thing report it once.
        source_ref: found.reference.as_ref().map(|it| format!("{} {it}", found.device)),
        occurred_at: None,
        position: None,
        note: None,
        reading: Some(found.reading.clone()),
        raw: vec![],
        warnings: vec![],
        drill: false,
    }
}
