//! Who is missed at home: rules over what door, infrared, bed, water and power say.
//!
//! ```text
//! readings → Signs (memory, written in one go) → rows `activity_due` → a look when one is due → an alert, through the Desk
//! ```
//!
//! Holds always:
//! - a reading costs no row: the row says when somebody looks next, and a look that finds a sign of life puts it off by a window;
//! - a look goes over what is due and over nobody else;
//! - who is away is not missed before the day of return, and then by itself;
//! - a row that cannot be looked at waits a minute, and its neighbours are looked at;
//! - what was not listened to is nobody's silence ([`Supervision::listened`]), nor is a sensor that is silent itself;
//! - the rule, the last sign and the sentence stand in the alert, and what is usual for them where that was learned ([`habits`]);
//! - what is learned makes a window shorter and never longer.

mod config;
mod habits;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

pub use config::{ActivityConfig, Windows};
use habits::Habits;
pub use habits::Learned;

use super::desk::{Desk, DeskError};
use super::report::{AlertReport, Sender};
use super::signs::{Sign, Signs};
use super::supervision::{Presence, Supervision};
use crate::case::Kind;
use crate::ids::{DeviceId, ElderId, UserId};
use crate::people::{
    Device, DeviceBinding, DeviceKind, Elder, ElderStatus, Hours, Learning, Moved, Need, NoActivityRule, OwnRules,
    Rules, Watched,
};
use crate::store::activity::ActivityDue;
use crate::store::{Engine, StoreError};

/// Rules that are looked at in one go.
const LOOK_MAX: u64 = 256;

/// Orders that wait for one commit together.
const TOGETHER: usize = 64;

/// Whoever is still missed is said again after this.
const SAY_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// Sensors that are silent themselves are looked at again after this.
const SENSORS_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// What could not be looked at is looked at again after this.
const FAILED_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// How often is looked for what is due.
const EVERY: Duration = Duration::from_secs(1);

/// How often the rules of elders' own are read again: another node may have changed them.
const RULES_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// How often is read of whom a row stands: another node may have put one away.
const STANDING_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// Alarms of too much water that are remembered: they are known again by their words in any case.
const TOLD_MAX: usize = 10_000;

#[derive(Default)]
struct Memory {
    /// Of whom a row stands: nobody asks the store for every reading.
    begun: HashSet<(ElderId, Watched)>,
    /// Who was missed, so that the row stands a day ahead: their next sign of life moves it.
    missed: HashSet<ElderId>,
    /// Meters of which too much was said on a day.
    told: HashSet<(DeviceId, jiff::civil::Date)>,
    rules_read_at: Option<Timestamp>,
    standing_read_at: Option<Timestamp>,
}

/// The watch over homes. Cheap to clone; several on one store do no harm.
#[derive(Clone)]
pub struct Activity(Arc<Inner>);

struct Inner {
    desk: Desk,
    signs: Signs,
    supervision: Supervision,
    config: ActivityConfig,
    own: RwLock<HashMap<ElderId, Arc<OwnRules>>>,
    memory: Mutex<Memory>,
    habits: Habits,
    /// One heeds at a time: who waits for their turn knows then that what they have said is in the store, whoever has written it.
    heeding: tokio::sync::Mutex<()>,
}

/// What a look at a rule finds.
enum Found {
    /// Nothing yet: look again then; it counts from the first instant.
    Later { since: Timestamp, due_at: Timestamp },
    /// Nothing that anybody would wait for.
    Over,
    /// Somebody is missed since then; said again then.
    Missed(Box<AlertReport>, (Timestamp, Timestamp)),
}

/// A sensor of an elder and what it says.
struct Source {
    device: Device,
    sign: Sign,
}

impl Activity {
    /// With the rules of elders' own as they stand in the store.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin(
        desk: Desk,
        signs: Signs,
        supervision: Supervision,
        config: ActivityConfig,
    ) -> Result<Self, StoreError> {
        let it = Self(Arc::new(Inner {
            desk,
            signs,
            supervision,
            config,
            own: RwLock::default(),
            memory: Mutex::default(),
            habits: Habits::default(),
            heeding: tokio::sync::Mutex::default(),
        }));
        it.read_rules().await?;
        Ok(it)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read_rules(&self) -> Result<(), StoreError> {
        let store = self.0.desk.store();
        let now = self.0.desk.clock().now();
        let loaded = store.activity_rules().await?;
        for error in &loaded.aside {
            tracing::error!(%error, "the rules of an elder are set aside; the street's hold");
            store.keep_aside(error, now).await?;
        }
        let own = loaded.items.into_iter().map(|(elder, it)| (elder, Arc::new(it)));
        *self.0.own.write().unwrap_or_else(PoisonError::into_inner) = own.collect();
        self.memory().rules_read_at = Some(now);
        self.load_habits().await?;
        let read_at = self.memory().standing_read_at;
        if read_at.is_none_or(|it| now.duration_since(it) >= STANDING_EVERY) {
            let standing = store.activity_standing().await?;
            for error in &standing.aside {
                tracing::error!(%error, "a row of who is watched is set aside; the others are looked at");
                store.keep_aside(error, now).await?;
            }
            let standing = standing.items;
            // After a restart nobody else knows it, and another node may have missed somebody.
            let missed = standing.iter().filter(|it| self.is_a_day_ahead(it)).map(|it| it.elder);
            let missed: HashSet<ElderId> = missed.collect();
            // Before the register is read nobody knows by which rule a row stands: it is read again then.
            let whole = self.0.desk.picture().is_whole();
            {
                let mut memory = self.memory();
                memory.begun = standing.iter().map(|it| (it.elder, it.rule)).collect();
                memory.missed = missed;
                memory.standing_read_at = whole.then_some(now);
            }
            if whole {
                self.mend_standing(&standing).await?;
            }
        }
        Ok(())
    }

    /// Reads rules and standing rows again now, and mends what the register has made wrong meanwhile.
    ///
    /// # Errors
    /// The store's.
    pub async fn read_again(&self) -> Result<(), StoreError> {
        self.memory().standing_read_at = None;
        self.read_rules().await
    }

    /// What a change of the register by another way than ours has left: whoever got a sensor that was heard before is watched from now
    /// on, and who is back before the day that they had said counts from now.
    async fn mend_standing(&self, standing: &[ActivityDue]) -> Result<(), StoreError> {
        let picture = self.0.desk.picture();
        let now = self.0.desk.clock().now();
        let mut sensors: Vec<Device> = Vec::new();
        picture.each_device_in_service(|device| {
            if device.kind.senses_activity() && device.binding.is_some() {
                sensors.push(device.clone());
            }
        });
        sensors.retain(|it| self.0.signs.of(it.id).is_some_and(|it| it.doing.said_at.is_some()));
        let mut begun: HashMap<ElderId, ActivityDue> = HashMap::new();
        for device in &sensors {
            for elder in self.elders_of(device) {
                let stands = self.memory().begun.contains(&(elder.id, Watched::NoActivity));
                let rule = self.rules(&elder).no_activity.filter(|it| counts(it, device.kind));
                if let (false, Some(rule)) = (stands, rule) {
                    let due = ActivityDue {
                        elder: elder.id,
                        rule: Watched::NoActivity,
                        since: now,
                        due_at: self.next_look(&elder, &rule, now),
                    };
                    begun.insert(elder.id, due);
                }
            }
        }
        let early = standing
            .iter()
            .filter(|it| it.rule == Watched::NoActivity && it.since > now);
        let back: Vec<ActivityDue> = early
            .filter(|it| {
                picture
                    .elder(it.elder)
                    .is_some_and(|elder| self.back_at(&elder, now).is_none())
            })
            .map(|it| ActivityDue {
                since: now,
                due_at: now,
                ..*it
            })
            .collect();
        let store = self.0.desk.store();
        if !begun.is_empty() {
            store.put_activity_due(begun.values().copied().collect(), true).await?;
            self.memory()
                .begun
                .extend(begun.keys().map(|it| (*it, Watched::NoActivity)));
        }
        if !back.is_empty() {
            store.put_activity_due(back, false).await?;
        }
        Ok(())
    }

    /// The rules of an elder's own.
    pub fn own_rules(&self, elder: ElderId) -> Arc<OwnRules> {
        let own = self.0.own.read().unwrap_or_else(PoisonError::into_inner);
        own.get(&elder).cloned().unwrap_or_default()
    }

    /// Whether a row stands a day behind the end of its window, as one does after an alert.
    fn is_a_day_ahead(&self, it: &ActivityDue) -> bool {
        // Nearly every row ends here: no window is shorter than an hour.
        if it.due_at.duration_since(it.since) <= SAY_AGAIN {
            return false;
        }
        let Some(elder) = self.0.desk.picture().elder(it.elder) else {
            return false;
        };
        let rules = self.rules(&elder);
        let Some(rule) = rules.no_activity.filter(|_| it.rule == Watched::NoActivity) else {
            return false;
        };
        let window = SignedDuration::from_hours(rule.hours.into());
        let end = self.hours(&rule).end(it.since, window, self.offset());
        if rules.learning == Learning::Tighten
            && let Some(usual) = self.usual_after(elder.id, it.since)
        {
            // What is usual may have become a little longer since. Whoever is taken for missed and was not, is looked at once more.
            let sooner = self.0.config.waking().end(it.since, usual.window(), self.offset());
            return it.due_at.duration_since(end.min(sooner)) >= SAY_AGAIN / 2;
        }
        it.due_at.duration_since(end) >= SAY_AGAIN
    }

    /// The rules that hold for an elder today. To be away is no reason of its own to be missed later or sooner: whoever has no other need
    /// is missed as everybody is, from the day of return.
    pub fn rules(&self, elder: &Elder) -> Rules {
        let mut needs = elder.needs_on(self.0.desk.picture().today());
        needs.remove(&Need::Away);
        if needs.is_empty() {
            needs.insert(Need::General);
        }
        self.own_rules(elder.id).over(self.0.config.rules(&needs))
    }

    /// Gives an elder rules of their own; they are looked at at once, by what is known.
    ///
    /// # Errors
    /// The store's.
    pub async fn set_rules(&self, elder: ElderId, rules: OwnRules, by: UserId) -> Result<(), StoreError> {
        let store = self.0.desk.store();
        let now = self.0.desk.clock().now();
        let standing = store.activity_due_of(elder).await?;
        let since = standing.iter().find(|it| it.rule == Watched::NoActivity);
        let due = ActivityDue {
            elder,
            rule: Watched::NoActivity,
            since: since.map_or(now, |it| it.since),
            due_at: now,
        };
        let change = self.0.desk.ids().make();
        if rules.learning.unwrap_or(self.0.config.learning) == Learning::Off {
            self.forget_habit(elder);
        }
        store
            .put_activity_rules(elder, &rules, vec![due], (by, now, change))
            .await?;
        let mut own = self.0.own.write().unwrap_or_else(PoisonError::into_inner);
        own.insert(elder, Arc::new(rules));
        drop(own);
        self.memory().begun.insert((elder, Watched::NoActivity));
        Ok(())
    }

    /// An elder has left home for a time, or is back: what stands is looked at once more, and counts from now.
    ///
    /// # Errors
    /// The store's.
    pub async fn count_anew(&self, elder: ElderId) -> Result<(), StoreError> {
        let store = self.0.desk.store();
        let now = self.0.desk.clock().now();
        self.pause_habit(elder);
        let standing = store.activity_due_of(elder).await?;
        let anew = standing.into_iter().filter(|it| it.rule == Watched::NoActivity);
        let anew = anew.map(|it| ActivityDue {
            since: now,
            due_at: now,
            ..it
        });
        store.put_activity_due(anew.collect(), false).await
    }

    /// The elders of whom a device speaks.
    fn elders_of(&self, device: &Device) -> Vec<Arc<Elder>> {
        let picture = self.0.desk.picture();
        let elders = match device.binding {
            Some(DeviceBinding::Elder(id)) => picture.elder(id).into_iter().collect(),
            Some(DeviceBinding::Household(id)) => picture.household(id).map(|it| it.1).unwrap_or_default(),
            None => vec![],
        };
        elders
            .into_iter()
            .filter(|it| it.status == ElderStatus::Active)
            .collect()
    }

    fn offset(&self) -> Offset {
        Offset::from_hours(self.0.desk.plans().utc_offset_hours).unwrap_or(Offset::UTC)
    }

    fn hours(&self, rule: &NoActivityRule) -> Hours {
        if rule.waking {
            self.0.config.waking()
        } else {
            Hours::ALL
        }
    }

    /// When a window is over that began at `since`: what was not listened to is added to it.
    fn window_end(&self, since: Timestamp, window: SignedDuration, hours: Hours) -> Timestamp {
        let now = self.0.desk.clock().now();
        let deaf = if since < now {
            now.duration_since(since) - self.0.supervision.listened(since, now)
        } else {
            SignedDuration::ZERO
        };
        hours.end(since, window + deaf.max(SignedDuration::ZERO), self.offset())
    }

    /// What sensors have said since the last time: whoever is watched from now on gets a row, who has left the bed too, the row of whoever
    /// was missed and is about again counts from then, and too much water is reported. When this is done, what was said is as durable as a
    /// rule needs it.
    ///
    /// # Errors
    /// The store's; what was not done is done by the next.
    pub async fn take_moved(&self) -> Result<(), DeskError> {
        let _alone = self.0.heeding.lock().await;
        let moved = self.0.signs.take_moved();
        if moved.is_empty() {
            return Ok(());
        }
        let done = self.heed(&moved).await;
        if done.is_err() {
            self.0.signs.give_back_moved(moved);
        }
        done
    }

    async fn heed(&self, moved: &[(DeviceId, Moved)]) -> Result<(), DeskError> {
        let picture = self.0.desk.picture();
        let (mut begun, mut again, mut beds, mut meters) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (id, moved) in moved {
            let (Some(device), Some(sign)) = (picture.device(*id), self.0.signs.of(*id)) else {
                continue;
            };
            for elder in self.elders_of(&device) {
                let rules = self.rules(&elder);
                if let Some(rule) = rules.no_activity.filter(|it| counts(it, device.kind))
                    && moved.active
                {
                    let (stands, was_missed) = {
                        let memory = self.memory();
                        let stands = memory.begun.contains(&(elder.id, Watched::NoActivity));
                        (stands, memory.missed.contains(&elder.id))
                    };
                    let since = sign.doing.active_at.unwrap_or(sign.heard_at);
                    if rules.learning != Learning::Off && self.back_at(&elder, self.0.desk.clock().now()).is_none() {
                        self.learn(elder.id, since);
                    }
                    let due = || ActivityDue {
                        elder: elder.id,
                        rule: Watched::NoActivity,
                        since,
                        due_at: self.next_look(&elder, &rule, since),
                    };
                    match (stands, was_missed) {
                        (false, _) => begun.push(due()),
                        (true, true) => again.push(due()),
                        (true, false) => {}
                    }
                }
                if let (Some(rule), Some((false, since)), true) = (rules.out_of_bed, sign.doing.bed, moved.bed) {
                    let window = SignedDuration::from_mins(rule.minutes.into());
                    beds.push(ActivityDue {
                        elder: elder.id,
                        rule: Watched::OutOfBed,
                        since,
                        due_at: self.window_end(since, window, self.0.config.night()),
                    });
                }
            }
            if moved.water {
                meters.push((device, sign));
            }
        }
        let store = self.0.desk.store();
        if !(begun.is_empty() && again.is_empty() && beds.is_empty()) {
            // What a row rests on is as durable as the row.
            self.0.signs.write().await?;
        }
        if !begun.is_empty() {
            store.put_activity_due(begun.clone(), true).await?;
            let mut memory = self.memory();
            memory.begun.extend(begun.iter().map(|it| (it.elder, it.rule)));
        }
        if !again.is_empty() {
            // Of several sensors of one home the last word counts.
            again.sort_by_key(|it| it.since);
            store.put_activity_due(again.clone(), false).await?;
            let mut memory = self.memory();
            for it in &again {
                memory.missed.remove(&it.elder);
            }
        }
        if !beds.is_empty() {
            store.put_activity_due(beds, false).await?;
        }
        // The rows first: a meter whose alert cannot be written keeps nobody from being watched.
        let mut done = Ok(());
        for (device, sign) in meters {
            done = done.and(self.look_at_water(&device, &sign).await);
        }
        done
    }

    /// Too much water is said once a day and meter.
    async fn look_at_water(&self, device: &Device, sign: &Sign) -> Result<(), DeskError> {
        let Some(at) = sign.doing.said_at else { return Ok(()) };
        let elders = self.elders_of(device);
        let rules = elders.iter().filter_map(|it| Some((it, self.rules(it).water_over?)));
        let Some((elder, rule)) = rules.min_by_key(|it| it.1.litres) else {
            return Ok(());
        };
        let drawn = sign.doing.drawn_l(at, SignedDuration::from_hours(rule.hours.into()));
        if drawn <= f64::from(rule.litres) {
            return Ok(());
        }
        let (day, _) = self.0.desk.local(at);
        if self.memory().told.contains(&(device.id, day)) {
            return Ok(());
        }
        let report = AlertReport {
            elder: device.elder().map(|_| elder.id),
            reading: Some(json!({
                "rule": { "name": Watched::WaterOver.as_str(), "litres": rule.litres, "hours": rule.hours },
                "drawn_l": drawn.round(),
                "device": device.code,
                "at": at,
            })),
            note: Some(format!(
                "{} 小时内用水 {} 升，超过 {} 升（{}）",
                rule.hours,
                drawn.round(),
                rule.litres,
                where_is(device)
            )),
            ..self.alert(device.id, Kind::WaterLeak, format!("water {} {day}", device.id))
        };
        self.0.desk.report(report).await?;
        metrics::counter!("ecd_activity_alerts_total", "rule" => Watched::WaterOver.as_str()).increment(1);
        let mut memory = self.memory();
        if memory.told.len() >= TOLD_MAX {
            memory.told.clear();
        }
        memory.told.insert((device.id, day));
        Ok(())
    }

    fn alert(&self, device: DeviceId, kind: Kind, reference: String) -> AlertReport {
        AlertReport {
            sender: Sender::Service(device),
            kind: kind.as_str().to_owned(),
            elder: None,
            device: None,
            responder: None,
            // Two nodes that find the same thing report it once.
            source_ref: Some(reference),
            occurred_at: None,
            position: None,
            note: None,
            reading: None,
            raw: vec![],
            warnings: vec![],
            drill: false,
        }
    }

    /// Everything that is due now; answers how many rules were looked at. One that cannot be looked at is put off by a minute.
    ///
    /// # Errors
    /// The store's; what was not done is due still.
    pub async fn run_due(&self) -> Result<usize, DeskError> {
        if let Err(error) = self.take_moved().await {
            // It is given back; whoever is due is looked at all the same, by what is known.
            tracing::warn!(%error, "what sensors have said could not be heeded yet");
        }
        let mut looked = 0;
        loop {
            let now = self.0.desk.clock().now();
            let due = self.0.desk.store().activity_due(now, LOOK_MAX).await?;
            if due.is_empty() {
                return Ok(looked);
            }
            for some in due.chunks(TOGETHER) {
                self.look_at(some).await?;
            }
            looked += due.len();
        }
    }

    async fn look_at(&self, due: &[ActivityDue]) -> Result<(), DeskError> {
        let (mut later, mut over, mut missed) = (Vec::new(), Vec::new(), Vec::new());
        for it in due {
            match self.find(it).await {
                Ok(Found::Later { since, due_at }) => later.push(ActivityDue { since, due_at, ..*it }),
                Ok(Found::Over) => over.push(*it),
                Ok(Found::Missed(report, then)) => missed.push((it, report, then)),
                Err(error) => later.push(self.put_off(it, &error)),
            }
        }
        // The alerts first: whatever fails then, they are known again when the rows come due once more.
        let mut said = Vec::new();
        let desk = &self.0.desk;
        let reports = missed
            .into_iter()
            .map(|(it, report, then)| async move { (it, then, desk.report(*report).await) });
        for (it, (since, due_at), done) in join_all(reports).await {
            match (done, it.rule) {
                (Err(error), _) => later.push(self.put_off(it, &error)),
                (Ok(_), Watched::NoActivity) => {
                    later.push(ActivityDue { since, due_at, ..*it });
                    said.push(it.elder);
                }
                // Who gets up again begins anew.
                (Ok(_), Watched::OutOfBed | Watched::WaterOver) => over.push(*it),
            }
        }
        let store = self.0.desk.store();
        store.put_activity_due(later, false).await?;
        self.memory().missed.extend(said);
        if !over.is_empty() {
            store.drop_activity_due(over.clone()).await?;
            let mut memory = self.memory();
            for it in &over {
                memory.begun.remove(&(it.elder, it.rule));
            }
        }
        Ok(())
    }

    /// A row that could not be looked at; it counts from where it did.
    fn put_off(&self, it: &ActivityDue, error: &DeskError) -> ActivityDue {
        tracing::error!(%error, elder.id = %it.elder, rule = %it.rule, "somebody could not be looked at, and is again in a minute");
        metrics::counter!("ecd_activity_failed_total", "rule" => it.rule.as_str()).increment(1);
        ActivityDue {
            due_at: self.0.desk.clock().now() + FAILED_AGAIN,
            ..*it
        }
    }

    async fn find(&self, it: &ActivityDue) -> Result<Found, DeskError> {
        let picture = self.0.desk.picture();
        let elder = picture.elder(it.elder).filter(|it| it.status == ElderStatus::Active);
        let Some(elder) = elder else {
            return Ok(Found::Over);
        };
        let now = self.0.desk.clock().now();
        if picture.is_frozen(elder.id) {
            return Ok(Found::Later {
                since: it.since,
                due_at: now + SAY_AGAIN,
            });
        }
        match it.rule {
            Watched::NoActivity => self.find_no_activity(it, &elder, now).await,
            Watched::OutOfBed => self.find_out_of_bed(it, &elder, now).await,
            // It is found when the meter says it.
            Watched::WaterOver => Ok(Found::Over),
        }
    }

    /// From when on an elder who is away is missed again: the first instant of the day of return.
    fn back_at(&self, elder: &Elder, now: Timestamp) -> Option<Timestamp> {
        let (today, _) = self.0.desk.local(now);
        let until = elder.present.as_ref().filter(|_| elder.silence_expected(today))?.until;
        self.offset().to_timestamp(until.at(0, 0, 0, 0)).ok()
    }

    async fn find_no_activity(&self, it: &ActivityDue, elder: &Elder, now: Timestamp) -> Result<Found, DeskError> {
        let Some(rule) = self.rules(elder).no_activity else {
            return Ok(Found::Over);
        };
        let window = SignedDuration::from_hours(rule.hours.into());
        let hours = self.hours(&rule);
        if let Some(since) = self.back_at(elder, now) {
            let due_at = hours.end(since, window, self.offset());
            return Ok(Found::Later { since, due_at });
        }
        let (sources, tested_until) = self.sources(elder, |kind| counts(&rule, kind)).await?;
        if sources.is_empty() {
            return Ok(match tested_until {
                Some(due_at) => Found::Later {
                    since: it.since,
                    due_at,
                },
                None => Found::Over, // nothing hangs there any more
            });
        }
        // A sensor that is dead says nothing of anybody: a dark stretch is no silence of the elder, so it counts from its end.
        if sources
            .iter()
            .all(|it| self.0.supervision.presence(&it.device).0 == Presence::Silent)
        {
            return Ok(Found::Later {
                since: now,
                due_at: now + SENSORS_AGAIN,
            });
        }
        let last = sources.iter().max_by_key(|it| it.sign.doing.active_at);
        let since = last
            .and_then(|it| it.sign.doing.active_at)
            .map_or(it.since, |at| at.max(it.since));
        if self.silence_ends(elder, &rule, since) > now {
            let due_at = self.next_look(elder, &rule, since);
            return Ok(Found::Later { since, due_at });
        }
        let Some(last) = last else { return Ok(Found::Over) };
        let silent: Vec<&str> = sources.iter().map(|it| it.device.code.as_str()).collect();
        let usual = self.usual_said(elder, &rule, since);
        let mut reading = json!({
            "rule": { "name": Watched::NoActivity.as_str(), "hours": rule.hours, "waking": rule.waking },
            "since": since,
            "last": self.said(last),
            "sensors": silent,
        });
        if let Some((_, _, said)) = &usual {
            reading["usual"] = said.clone();
        }
        let too_long = match &usual {
            Some((usual, true, _)) => format!(
                "比平时安静得久：平时 {}–{} 点之后最长 {} 分钟（{} 至 {}，{} 天），上限 {} 分钟（清醒时段）；",
                usual.from_h,
                usual.until_h,
                usual.longest.as_mins(),
                usual.from,
                usual.to,
                usual.days,
                usual.window().as_mins(),
            ),
            _ => format!(
                "{} 小时{}无活动；",
                rule.hours,
                if rule.waking { "（清醒时段）" } else { "" }
            ),
        };
        let report = AlertReport {
            elder: Some(elder.id),
            reading: Some(reading),
            note: Some(format!(
                "{too_long}最后一次：{}，{}",
                where_is(&last.device),
                // Not from when on it counts: after a dark stretch that is later.
                self.local_text(last.sign.doing.active_at.unwrap_or(since)),
            )),
            ..self.alert(
                last.device.id,
                Kind::Inactivity,
                // By the deadline: found once more after a crash it is the same, and said again after a day it is another.
                format!("no_activity {} {}", elder.id, it.due_at),
            )
        };
        metrics::counter!("ecd_activity_alerts_total", "rule" => Watched::NoActivity.as_str()).increment(1);
        Ok(Found::Missed(Box::new(report), (since, now + SAY_AGAIN)))
    }

    async fn find_out_of_bed(&self, it: &ActivityDue, elder: &Elder, now: Timestamp) -> Result<Found, DeskError> {
        let Some(rule) = self.rules(elder).out_of_bed else {
            return Ok(Found::Over);
        };
        if self.back_at(elder, now).is_some() {
            return Ok(Found::Over);
        }
        let (beds, tested_until) = self.sources(elder, |kind| kind == DeviceKind::Bed).await?;
        let out = |it: &&Source| matches!(it.sign.doing.bed, Some((false, _)));
        let lies = beds.iter().any(|it| matches!(it.sign.doing.bed, Some((true, _))));
        let Some(bed) = beds.iter().find(out).filter(|_| !lies) else {
            return Ok(match tested_until.filter(|_| !lies) {
                Some(due_at) => Found::Later {
                    since: it.since,
                    due_at,
                },
                None => Found::Over,
            });
        };
        let since = bed.sign.doing.bed.map_or(it.since, |it| it.1);
        let window = SignedDuration::from_mins(rule.minutes.into());
        let end = self.window_end(since, window, self.0.config.night());
        if end > now {
            return Ok(Found::Later { since, due_at: end });
        }
        let report = AlertReport {
            elder: Some(elder.id),
            reading: Some(json!({
                "rule": { "name": Watched::OutOfBed.as_str(), "minutes": rule.minutes },
                "since": since,
                "last": self.said(bed),
            })),
            note: Some(format!(
                "夜间离床超过 {} 分钟；离床：{}，{}",
                rule.minutes,
                where_is(&bed.device),
                self.local_text(since),
            )),
            ..self.alert(
                bed.device.id,
                Kind::Inactivity,
                format!("out_of_bed {} {since}", elder.id),
            )
        };
        metrics::counter!("ecd_activity_alerts_total", "rule" => Watched::OutOfBed.as_str()).increment(1);
        Ok(Found::Missed(Box::new(report), (since, now)))
    }

    /// The last that a sensor has said, as it stands in the alert.
    fn said(&self, it: &Source) -> Value {
        json!({
            "device": it.device.code,
            "kind": it.device.kind.as_str(),
            "place": it.device.place,
            "active_at": it.sign.doing.active_at,
            "heard_at": it.sign.heard_at,
            "reading": it.sign.told.reading.as_ref().map(|it| &it.0),
        })
    }

    fn local_text(&self, at: Timestamp) -> String {
        self.offset().to_datetime(at).strftime("%m-%d %H:%M").to_string()
    }

    /// The sensors of an elder and of their home that were ever heard, that ring and that nobody tests; and until when others are tested.
    async fn sources(
        &self,
        elder: &Elder,
        wanted: impl Fn(DeviceKind) -> bool,
    ) -> Result<(Vec<Source>, Option<Timestamp>), DeskError> {
        let store = self.0.desk.store();
        let now = self.0.desk.clock().now();
        let found = store.devices_at(elder.id, elder.household).await?;
        let devices: Vec<Device> = found
            .items
            .into_iter()
            .map(|it| it.device.value)
            .filter(|it| it.in_service && it.kind.senses_activity() && wanted(it.kind))
            .collect();
        if store.engine() == Engine::Postgres {
            // Another node may have heard them.
            let ids: BTreeSet<DeviceId> = devices.iter().map(|it| it.id).collect();
            self.0.signs.read_some(&ids.into_iter().collect::<Vec<_>>()).await?;
        }
        let heard = devices.into_iter().filter_map(|device| {
            let sign = self.0.signs.of(device.id).filter(|it| it.doing.said_at.is_some())?;
            Some(Source { device, sign })
        });
        let test = |it: &Source| self.0.desk.picture().test_of(it.device.id, now);
        let (tested, sources): (Vec<Source>, Vec<Source>) = heard.partition(|it| test(it).is_some());
        let until = tested.iter().filter_map(test).map(|it| it.until).max();
        Ok((sources, until))
    }

    /// Looks for what is due until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.0.desk.clock().sleep(EVERY) => {}
            }
            let now = self.0.desk.clock().now();
            let read_at = self.memory().rules_read_at;
            if read_at.is_none_or(|it| now.duration_since(it) >= RULES_EVERY)
                && let Err(error) = self.read_rules().await
            {
                tracing::warn!(%error, "the rules of elders could not be read again");
            }
            if let Err(error) = self.run_due().await {
                tracing::warn!(%error, "who is missed could not be looked at");
            }
            if let Err(error) = self.write_habits_by_the_hour().await {
                tracing::warn!(%error, "what is usual for elders could not be written");
            }
        }
        if let Err(error) = self.write_habits().await {
            tracing::warn!(%error, "what was learned of elders in the last hour is lost");
        }
    }
}

/// Whether a sensor of this kind counts for a rule.
fn counts(rule: &NoActivityRule, kind: DeviceKind) -> bool {
    rule.kinds.is_empty() || rule.kinds.contains(&kind)
}

/// A sensor in words: what it is, where it hangs, its code.
fn where_is(device: &Device) -> String {
    match &device.place {
        Some(place) => format!("{}（{place}，{}）", device.kind.zh(), device.code),
        None => format!("{}（{}）", device.kind.zh(), device.code),
    }
}
