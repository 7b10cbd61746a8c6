//! The desk: the one door through which a case changes.
//!
//! Orders queue to a committer; a batch is what queued while the batch before it was being written. A caller that goes away
//! stops nothing: its order is in the queue, and the committer answers to nobody's request.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine as _;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::picture::Picture;
use super::places::Places;
use super::plan_book::PlanBook;
use super::report::{AlertContent, AlertReport, Sender, own_device};
use super::turns::Turns;
use crate::case::{
    self, Alert, Askable, Author, Case, Command, Context, Decision, Event, Kind, Lane, Opening, Part, Plan, PlanSet,
    Refusal, Severity, Subject, Voice,
};
use crate::clock::{Clock, Ids};
use crate::ids::{AlertId, CaseId, DeviceId, NoteId, ResponderId, UserId};
use crate::people::{AreaCode, AreaLevel, DeviceBinding, Need};
use crate::store::cases::{
    AlertRow, Ask, Batch, Begin, Beside, Done, Found, News, NoteRow, Once, Opened, Order, OutboxRow, Outcome, Report,
    Verdict,
};
use crate::store::{Conflict, Engine, SealError, Store, StoreError};

pub mod calls;
mod committer;
mod enclosed;
mod rehearsal;

use committer::{Queue, commit_batches};
pub use rehearsal::{Rehearsal, Rehearsed};

/// The stream and area of cases that belong to no street.
pub const NO_STREET: &str = "000000000";

/// How the desk works.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeskConfig {
    /// Orders that wait at most; one more is refused with "not now".
    pub queue_max: usize,
    /// Orders in one transaction at most.
    pub batch_max: usize,
    /// Committers on PostgreSQL; SQLite has one.
    pub committers: usize,
    /// A device's alert that happened longer ago than this is late.
    pub stale_after_s: u32,
    /// Late calls of one street whose people are asked at once; those of more elders get their turns one after another.
    pub late_at_once: u32,
    /// Seconds from one such turn to the next.
    pub late_every_s: u32,
    /// The slow look for what is due, in case a hint was lost, milliseconds.
    pub tick_ms: u64,
}

impl Default for DeskConfig {
    fn default() -> Self {
        Self {
            queue_max: 20_000,
            batch_max: 512,
            committers: 2,
            stale_after_s: 600,
            late_at_once: 3,
            late_every_s: 20,
            tick_ms: 250,
        }
    }
}

impl DeskConfig {
    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let checks = [
            (self.queue_max == 0, "desk.queue_max: must be at least 1"),
            (
                self.batch_max == 0 || self.batch_max > 512,
                "desk.batch_max: must be 1 to 512",
            ),
            (
                self.committers == 0 || self.committers > 16,
                "desk.committers: must be 1 to 16",
            ),
            (self.stale_after_s < 60, "desk.stale_after_s: must be at least 60"),
            (
                !(1..=100).contains(&self.late_at_once),
                "desk.late_at_once: must be 1 to 100",
            ),
            (
                !(1..=600).contains(&self.late_every_s),
                "desk.late_every_s: must be 1 to 600",
            ),
            (
                self.tick_ms == 0 || self.tick_ms > 1_000,
                "desk.tick_ms: must be 1 to 1000",
            ),
        ];
        checks.iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect()
    }
}

/// Why the desk did not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeskError {
    /// The rules say no; the case as it stands, where there is one.
    #[error("{0}")]
    Refused(Refusal, Option<Arc<Case>>),
    /// There is no such case, elder or device.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The same key with another request.
    #[error("the key was used for another request")]
    KeyReused,
    /// Too many orders wait; nothing was written.
    #[error("too many orders are waiting")]
    Full,
    /// The store could not do it; nothing was written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A case has changed: a hint for those who look.
#[derive(Debug, Clone)]
pub struct Changed {
    /// As it stands now.
    pub done: Done,
}

impl Changed {
    /// What the live hub may take from it without a look in the store.
    pub fn news(&self) -> Option<News> {
        self.done.news()
    }
}

/// Who is to be told of a decision: case before, what was decided, where it belongs.
pub type Tell = dyn Fn(Option<&Case>, &Decision, &str) -> Vec<OutboxRow> + Send + Sync;

/// Who of a family may be asked of a case at an instant, in order.
pub type AskFamily = dyn Fn(&Case, Timestamp) -> Vec<Askable> + Send + Sync;

/// What comes of a batch, later.
type Outcomes<'a> = std::pin::Pin<Box<dyn Future<Output = Vec<Result<Outcome, StoreError>>> + Send + 'a>>;

struct Job {
    order: Order,
    answer: oneshot::Sender<Result<Outcome, StoreError>>,
}

/// The desk. Cheap to clone.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    ids: Ids,
    picture: Arc<Picture>,
    plans: PlanBook,
    config: DeskConfig,
    tell: Box<Tell>,
    family: Box<AskFamily>,
    queues: Vec<Queue>,
    /// Of the open cases that have changed since the start: their streams. Empty where there is one committer.
    streams: RwLock<HashMap<CaseId, Arc<str>>>,
    places: Places,
    turns: Mutex<Turns>,
    changed: broadcast::Sender<Arc<Changed>>,
    /// The earliest deadline that a commit has set since the last look, microseconds; a hint for the timers.
    next_due: AtomicI64,
    woken: tokio::sync::Notify,
    sought: tokio::sync::Notify,
}

/// How often a batch that collided with another writer is tried again before its orders are tried one by one.
const TRIES_MAX: usize = 5;

impl Desk {
    /// Starts the committers. They end when the last clone of the desk is dropped.
    pub fn start(
        store: Store,
        clock: Clock,
        ids: Ids,
        picture: Arc<Picture>,
        plans: PlanSet,
        config: DeskConfig,
        tell: Box<Tell>,
    ) -> Self {
        Self::start_asking(store, clock, ids, picture, plans, config, tell, Box::new(|_, _| vec![]))
    }

    /// As [`Desk::start`], where the family is asked: `family` says who may be, see [`super::tell::asker`].
    #[allow(clippy::too_many_arguments)] // what a desk needs; it is made once
    pub fn start_asking(
        store: Store,
        clock: Clock,
        ids: Ids,
        picture: Arc<Picture>,
        plans: PlanSet,
        config: DeskConfig,
        tell: Box<Tell>,
        family: Box<AskFamily>,
    ) -> Self {
        let committers = match store.engine() {
            Engine::Sqlite => 1,
            Engine::Postgres => config.committers,
        };
        let mut queues = Vec::new();
        let mut ends = Vec::new();
        for _ in 0..committers {
            let (asked, from_asked) = mpsc::channel(config.queue_max);
            let (own, from_own) = mpsc::channel(config.queue_max);
            queues.push(Queue { asked, own });
            ends.push((from_asked, from_own));
        }
        let (changed, _) = broadcast::channel(4_096);
        let turns = Mutex::new(Turns::new(config.late_at_once, config.late_every_s));
        let inner = Arc::new(Inner {
            turns,
            store,
            clock,
            ids,
            picture,
            plans: PlanBook::new(plans),
            config,
            tell,
            family,
            queues,
            places: Places::default(),
            streams: RwLock::default(),
            changed,
            next_due: AtomicI64::new(i64::MAX),
            woken: tokio::sync::Notify::new(),
            sought: tokio::sync::Notify::new(),
        });
        for (asked, own) in ends {
            // A weak hold: when everybody else has let go, the queues close and the committer ends.
            tokio::spawn(commit_batches(Arc::downgrade(&inner), asked, own));
        }
        Self(inner)
    }

    /// The store behind the desk.
    pub fn store(&self) -> &Store {
        &self.0.store
    }
    /// The clock that it decides by.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }
    /// The maker of ids.
    pub fn ids(&self) -> &Ids {
        &self.0.ids
    }
    /// The people.
    pub fn picture(&self) -> &Arc<Picture> {
        &self.0.picture
    }
    /// Where the alerts of open cases said that somebody is.
    pub fn places(&self) -> &Places {
        &self.0.places
    }
    /// The plans that hold where a street has none of its own.
    pub fn plans(&self) -> &PlanSet {
        self.0.plans.shipped()
    }
    /// The plans of every street.
    pub fn plan_book(&self) -> &PlanBook {
        &self.0.plans
    }
    /// Its settings.
    pub fn config(&self) -> &DeskConfig {
        &self.0.config
    }
    /// Hints that cases have changed. Who lags behind looks in the store.
    pub fn changes(&self) -> broadcast::Receiver<Arc<Changed>> {
        self.0.changed.subscribe()
    }
    /// Orders that wait now.
    pub fn waiting(&self) -> usize {
        self.0.queues.iter().map(Queue::waiting).sum()
    }
    /// From here on the deadlines that commits set are taken down for [`Desk::deadline_before`].
    pub(super) fn expect_deadlines(&self) {
        self.0.next_due.store(i64::MAX, Ordering::Release);
    }
    /// Waits until a commit has set a deadline before `at`: later ones are nothing to wake up for, and most are later.
    pub(super) async fn deadline_before(&self, at: Timestamp) {
        while self.0.next_due.load(Ordering::Acquire) >= at.as_microsecond() {
            self.0.woken.notified().await;
        }
    }
    /// Waits until some case may be looking for people.
    pub async fn people_sought(&self) {
        self.0.sought.notified().await;
    }

    /// The local calendar day and hour of an instant, by the plan set's offset.
    pub fn local(&self, at: Timestamp) -> (jiff::civil::Date, u8) {
        self.0.local(at)
    }

    /// An alert: kept, in a case, committed; only then is the sender told.
    ///
    /// # Errors
    /// `NotFound` when a person names an elder or device that there is not; `Full` and `Store` when it was not kept.
    pub async fn report(&self, report: AlertReport) -> Result<Opened, DeskError> {
        self.report_after(report, None).await
    }

    /// As [`Desk::report`]; a case that it opens goes on from `after`.
    async fn report_after(&self, report: AlertReport, after: Option<CaseId>) -> Result<Opened, DeskError> {
        // In the first moments of a start: whom it is about, out of the register that is still being read.
        let by_device = match report.sender {
            Sender::Device(id) | Sender::Service(id) => Some(id),
            Sender::User(_) => report.device,
        };
        self.0.picture.bring(&self.0.store, by_device, report.elder).await?;
        let test = self.is_test(&report).await;
        let fix = report.position.and_then(|it| it.fix(self.said_at(&report)));
        let mut order = self.order_of(report, test)?;
        if let Ask::Report(it) = &mut order.ask {
            it.opening.linked = after;
        }
        // Known before the commit, which is what the desks are shown: they see the place from the first moment on.
        let proposed = match &order.ask {
            Ask::Report(it) => Some(it.opening.case),
            _ => None,
        };
        if let Some((case, fix)) = proposed.zip(fix) {
            self.0.places.hear(case, fix);
        }
        let outcome = self.ask(order).await;
        let came = match &outcome {
            Ok(Outcome::Reported(opened, _)) => Some(opened.case),
            _ => None,
        };
        if let Some(case) = proposed.filter(|it| Some(*it) != came) {
            self.0.places.forget(case);
        }
        if let Some((case, fix)) = came.zip(fix) {
            self.0.places.hear(case, fix);
        }
        match outcome? {
            Outcome::Reported(opened, _) => Ok(opened),
            Outcome::KeyReused => Err(DeskError::KeyReused),
            Outcome::Refused(refusal, case) => Err(DeskError::Refused(refusal, case)),
            Outcome::Corrupt(error) => Err(error.into()),
            Outcome::Done(_) | Outcome::NotFound => Err(DeskError::NotFound("case")),
        }
    }

    /// A command for one case.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub async fn handle(&self, case: CaseId, command: Command, by: Author) -> Result<Done, DeskError> {
        self.handle_with(case, command, by, None, None).await
    }

    /// A command with a text beside it (the text is sealed), or with a key that makes a repeat harmless.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub async fn handle_with(
        &self,
        case: CaseId,
        command: Command,
        by: Author,
        note: Option<NoteRow>,
        once: Option<Once>,
    ) -> Result<Done, DeskError> {
        self.handle_late(case, command, by, note, once, None).await
    }

    /// A follow-up or a welfare review has found that help is needed now: an alert of its own, said by whoever found it.
    ///
    /// # Errors
    /// As [`Desk::report`].
    pub async fn call_for_help(&self, found_by: &Case, user: UserId) -> Result<Opened, DeskError> {
        // The same finding said twice is one alert; one after a reopening is another.
        let source_ref = format!("{}/{}/needs_help", found_by.id, found_by.version);
        self.report(self.call_in(found_by, user, source_ref)).await
    }

    /// Somebody has read a call for help in a request for service: an alert of its own, in a case that goes on from the request. A
    /// request is turned once: what is done about it meanwhile makes no second call of it.
    ///
    /// # Errors
    /// As [`Desk::report`].
    pub async fn turn_to_help(&self, request: &Case, user: UserId) -> Result<Opened, DeskError> {
        let source_ref = format!("{}/turned_to_help", request.id);
        let report = self.call_in(request, user, source_ref);
        self.report_after(report, Some(request.id)).await
    }

    fn call_in(&self, found_by: &Case, user: UserId, source_ref: String) -> AlertReport {
        let elder = match found_by.subject {
            Subject::Elder(id) => Some(id),
            Subject::Household(id) => {
                let members = self.0.picture.household(id).map(|it| it.1).unwrap_or_default();
                members.first().map(|it| it.id)
            }
            Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => None,
        };
        AlertReport {
            sender: Sender::User(user),
            kind: Kind::Sos.as_str().to_owned(),
            elder,
            device: None,
            responder: None,
            source_ref: Some(source_ref),
            occurred_at: None,
            position: None,
            note: None,
            reading: None,
            raw: found_by.id.to_string().into_bytes(),
            warnings: vec![],
            drill: false,
        }
    }

    /// Opens a case that no alert brings, under an id that follows from its reason; asked for again, it is there.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub async fn begin(&self, opening: Opening, stream: &str, area_code: &str) -> Result<Done, DeskError> {
        self.begin_by(opening, stream, area_code, Author::System).await
    }

    /// As [`Desk::begin`], in somebody's name.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub async fn begin_by(
        &self,
        opening: Opening,
        stream: &str,
        area_code: &str,
        by: Author,
    ) -> Result<Done, DeskError> {
        let now = self.0.clock.now();
        let (_, hour) = self.local(now);
        let area = area_code.parse::<AreaCode>().ok();
        let plan = match opening.wishing {
            Some(_) => Arc::new(self.0.plans.in_force(area, now).set.for_wish(hour)),
            None => {
                let kind = opening.alert.kind;
                self.0.plans.plan_for(area, now, kind, &Default::default(), hour)
            }
        };
        let begin = Begin {
            opening,
            plan,
            stream: stream.to_owned(),
            area_code: area_code.to_owned(),
        };
        let order = Order {
            by,
            ask: Ask::Begin(Box::new(begin)),
            once: None,
            done_at: None,
        };
        match self.ask(order).await? {
            Outcome::Done(done) | Outcome::Reported(_, Some(done)) => Ok(done),
            Outcome::Refused(refusal, case) => Err(DeskError::Refused(refusal, case)),
            Outcome::KeyReused => Err(DeskError::KeyReused),
            Outcome::Corrupt(error) => Err(error.into()),
            Outcome::NotFound | Outcome::Reported(_, None) => Err(DeskError::NotFound("case")),
        }
    }

    /// Seals a text for a note beside a case of `subject`.
    ///
    /// # Errors
    /// The key ring's.
    pub fn note(&self, subject: Subject, text: &str) -> Result<NoteRow, StoreError> {
        self.note_named(NoteId::new(self.0.ids.make()), subject, text)
    }

    /// As [`Desk::note`], under an id that follows from what it says: written again, it is one.
    ///
    /// # Errors
    /// The key ring's.
    pub fn note_named(&self, id: NoteId, subject: Subject, text: &str) -> Result<NoteRow, StoreError> {
        let content = self.0.seal(subject, "note", id.as_uuid(), text.as_bytes())?;
        Ok(NoteRow { id, content })
    }

    /// Queues an order and waits for its commit.
    pub(super) async fn ask(&self, order: Order) -> Result<Outcome, DeskError> {
        let (answer, wait) = oneshot::channel();
        let queue = self.0.queues[self.0.queue_for(&order)].of(&order);
        queue.try_send(Job { order, answer }).map_err(|_| DeskError::Full)?;
        match wait.await {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(StoreError::unavailable(crate::store::Reason::Stopped).into()),
        }
    }

    /// When what the alert says of the place was true: of one that came late, then.
    fn said_at(&self, report: &AlertReport) -> Timestamp {
        let now = self.0.clock.now();
        let stale = SignedDuration::from_secs(self.0.config.stale_after_s.into());
        let by_device = !matches!(report.sender, Sender::User(_));
        let long_ago = report
            .occurred_at
            .filter(|it| by_device && now.duration_since(*it) > stale);
        long_ago.unwrap_or(now)
    }

    /// Whether a device says it while somebody tests it. What happened before the test began is in earnest, and so is whatever anybody
    /// but the device says. The row is asked as well: another node may have ended the test a moment ago.
    async fn is_test(&self, report: &AlertReport) -> bool {
        let Sender::Device(device) = report.sender else {
            return false;
        };
        let now = self.0.clock.now();
        let Some(known) = self.0.picture.test_of(device, now) else {
            return false;
        };
        if report.occurred_at.is_some_and(|it| it < known.began_at) {
            return false;
        }
        match self.0.store.device_test(device).await {
            Ok(kept) => kept.is_some_and(|it| it.until > now),
            Err(error) => {
                tracing::warn!(%error, device.id = %device, "whether a device is tested cannot be read; it rings");
                false
            }
        }
    }

    fn order_of(&self, report: AlertReport, test: bool) -> Result<Order, DeskError> {
        let inner = &*self.0;
        let now = inner.clock.now();
        let mut warnings = report.warnings;
        let (kind, word) = match report.kind.parse::<Kind>() {
            // Those of our own are no alerts, whoever says so.
            Ok(Kind::SelfCheck) if report.sender == Sender::Device(own_device()) => (Kind::SelfCheck, None),
            Ok(kind) if !kind.is_own() && kind != Kind::SelfCheck => (kind, None),
            _ => {
                warnings.push("unknown_kind".to_owned());
                (Kind::Unknown, Some(report.kind.chars().take(120).collect::<String>()))
            }
        };
        let place = match report.responder.filter(|_| kind == Kind::Duress) {
            Some(me) => inner.place_of_responder(me)?,
            None => inner.place(report.sender, report.elder, report.device, kind, &mut warnings)?,
        };
        let (by, device) = match report.sender {
            Sender::Device(id) => (Author::Device(id), true),
            Sender::User(id) => (Author::User(id), false),
            Sender::Service(_) => (Author::System, true),
        };
        let about = match report.sender {
            Sender::Device(id) | Sender::Service(id) => Some(id),
            Sender::User(_) => report.device,
        };
        let stale = SignedDuration::from_secs(inner.config.stale_after_s.into());
        let late = device && report.occurred_at.is_some_and(|it| now.duration_since(it) > stale);
        if late {
            warnings.push("late".to_owned());
        }
        if report.occurred_at.is_some_and(|it| it > now + stale) {
            warnings.push("clock_ahead".to_owned());
        }
        if report.position.is_some_and(|it| it.crs.is_none()) {
            warnings.push("position_without_reference_system".to_owned());
        }
        // An old call for help rings the street, unless the elder has been heard to be fine since.
        let contradicted = late
            && place
                .elder
                .as_ref()
                .zip(report.occurred_at)
                .is_some_and(|(elder, at)| inner.picture.was_heard_since(elder.id, at));
        if contradicted {
            warnings.push("contradicted".to_owned());
        }
        let how = How {
            late,
            contradicted,
            test,
        };
        let Taken {
            severity,
            plan,
            suppressed,
        } = inner.take(kind, &place, how, now, None);
        if suppressed {
            warnings.push("away".to_owned());
        }
        if test {
            warnings.push("device_in_test".to_owned());
        }
        let alert_id = AlertId::new(inner.ids.make());
        let content = AlertContent {
            position: report.position,
            note: report.note,
            reading: report.reading,
            raw: base64::engine::general_purpose::STANDARD.encode(&report.raw),
            warnings: warnings.clone(),
        };
        let text = serde_json::to_vec(&content).unwrap_or_default();
        let sealed = inner.seal(place.subject, "alert", alert_id.as_uuid(), &text)?;
        let sender = report.sender.key();
        let once = report.source_ref.as_ref().map(|key| {
            if device {
                // Rebooted devices count from 1 again: the same reference with other content is another alert.
                let occurred = report.occurred_at.map_or(0, |it| it.as_microsecond()).to_be_bytes();
                Once::new(
                    &sender,
                    &[key.as_bytes(), report.kind.as_bytes(), &occurred, &report.raw],
                    b"",
                )
            } else {
                Once::new(&sender, &[b"alert", key.as_bytes()], &report.raw)
            }
        });
        let street_code = place.area.and_then(|it| it.at(AreaLevel::Street));
        let street = street_code.map_or_else(|| NO_STREET.to_owned(), |it| it.to_string());
        // Of a flood of old calls each is seen and owned at once; its people are asked in turn.
        let turn_at = (late && severity == Severity::Critical && !test).then(|| {
            let mut turns = inner.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.next(&street, place.subject, now)
        });
        let turn_at = turn_at.filter(|it| *it > now);
        let opening = Opening {
            case: CaseId::new(inner.ids.make()),
            alert: Alert {
                id: alert_id,
                kind,
                severity,
                late,
                voice_path: place.voice_path,
            },
            subject: place.subject,
            lane: if test { Lane::Technical } else { kind.lane() },
            part: match about {
                Some(device) if test => Some(Part::Test(device)),
                Some(device) if kind.lane() == Lane::Technical => Some(Part::Device(device)),
                Some(_) | None => None,
            },
            linked: None,
            inside: vec![],
            drill: report.drill || test,
            wishing: None,
            turn_at,
        };
        let row = AlertRow {
            sender,
            source_ref: report.source_ref,
            word,
            received_at: now,
            occurred_at: report.occurred_at,
            content: sealed,
        };
        let area = place.area.map_or_else(|| NO_STREET.to_owned(), |it| it.to_string());
        let report = Report {
            opening,
            plan,
            stream: street,
            area_code: area,
            row,
            warnings,
        };
        Ok(Order {
            by,
            ask: Ask::Report(Box::new(report)),
            once,
            done_at: None,
        })
    }
}

/// Where an alert belongs.
struct PlaceOf {
    subject: Subject,
    area: Option<AreaCode>,
    needs: BTreeSet<Need>,
    elder: Option<Arc<crate::people::Elder>>,
    voice_path: bool,
}

/// How an alert came.
#[derive(Debug, Clone, Copy, Default)]
struct How {
    /// Longer ago than the stale limit.
    late: bool,
    /// Late, and the elder has been heard to be fine since.
    contradicted: bool,
    /// While somebody tests the device.
    test: bool,
}

/// What is made of an alert.
struct Taken {
    severity: Severity,
    plan: Arc<Plan>,
    /// Silence at home means nothing while somebody is away.
    suppressed: bool,
}

impl Inner {
    /// How serious an alert is, and by which plan it goes: that of its street, or one of `draft` in its place.
    fn take(&self, kind: Kind, place: &PlaceOf, how: How, now: Timestamp, draft: Option<&PlanSet>) -> Taken {
        let (today, hour) = self.local(now);
        let suppressed = matches!(kind, Kind::Inactivity | Kind::Offline)
            && place.elder.as_ref().is_some_and(|it| it.silence_expected(today));
        let severity = match kind.severity() {
            it if how.contradicted => it.min(Severity::Routine),
            // A signal from long ago that is no call for help is shown and rings nobody.
            it if how.late && it < Severity::Critical => it.min(Severity::Routine),
            it if suppressed => it.min(Severity::Routine),
            it => it,
        };
        let severity = if how.test { Severity::Technical } else { severity };
        let plan_for = |kind, needs: &BTreeSet<Need>| match draft {
            Some(set) => Arc::new(set.plan_for(kind, needs, hour)),
            None => self.plans.plan_for(place.area, now, kind, needs, hour),
        };
        let plan = if how.test {
            Arc::new(self.plans.in_force(place.area, now).set.for_test())
        } else if how.late || suppressed {
            plan_for(Kind::Unknown, &BTreeSet::new())
        } else {
            plan_for(kind, &place.needs)
        };
        Taken {
            severity,
            plan,
            suppressed,
        }
    }

    /// The grid of whomever a case is about, by the register; none: of nobody there.
    fn area_of(&self, subject: Subject) -> Option<AreaCode> {
        match subject {
            Subject::Elder(id) => self.picture.grid_of(id),
            Subject::Household(id) => self.picture.household(id).map(|it| it.0.grid),
            Subject::Responder(id) => self.picture.responder(id).and_then(|it| it.scope.iter().next()),
            Subject::Device(_) | Subject::Area(_) | Subject::Unknown(_) => None,
        }
    }

    fn local(&self, at: Timestamp) -> (jiff::civil::Date, u8) {
        let offset = Offset::from_hours(self.plans.shipped().utc_offset_hours).unwrap_or(Offset::UTC);
        let local = offset.to_datetime(at);
        (local.date(), u8::try_from(local.hour()).unwrap_or(0))
    }

    /// A device speaks for whom it is bound to; a person names an elder or a device.
    fn place(
        &self,
        sender: Sender,
        elder: Option<crate::ids::ElderId>,
        device: Option<DeviceId>,
        kind: Kind,
        warnings: &mut Vec<String>,
    ) -> Result<PlaceOf, DeskError> {
        let by_device = match sender {
            Sender::Device(id) | Sender::Service(id) => Some(id),
            Sender::User(_) => device,
        };
        let known = by_device.and_then(|it| self.picture.device(it));
        if known.is_none() && matches!(sender, Sender::User(_)) && device.is_some() {
            return Err(DeskError::NotFound("device"));
        }
        let voice_path = known.as_ref().is_some_and(|it| it.voice_path);
        let bound = known.as_ref().and_then(|it| it.binding);
        let (elder, household) = match (bound, elder) {
            (Some(DeviceBinding::Elder(bound)), named) => {
                if named.is_some_and(|it| it != bound) {
                    warnings.push("elder_is_not_the_bound_one".to_owned());
                }
                (Some(bound), None)
            }
            (Some(DeviceBinding::Household(bound)), named) => {
                let lives_there = |id| self.picture.elder(id).is_some_and(|it| it.household == bound);
                (named.filter(|it| lives_there(*it)), Some(bound))
            }
            // An unbound device may not speak for whomever it names.
            (None, Some(_)) if matches!(sender, Sender::Device(_)) => {
                warnings.push("device_is_not_bound".to_owned());
                (None, None)
            }
            (None, named) => (named, None),
        };
        if let Some(id) = elder {
            let Some(file) = self.picture.elder(id) else {
                if matches!(sender, Sender::User(_)) {
                    return Err(DeskError::NotFound("elder"));
                }
                warnings.push("elder_is_unknown".to_owned());
                return Ok(self.nobody(by_device, voice_path));
            };
            let area = Some(file.grid);
            if kind.concerns_household() {
                let needs = self.picture.household_needs(file.household);
                return Ok(PlaceOf {
                    subject: Subject::Household(file.household),
                    area,
                    needs,
                    elder: None,
                    voice_path,
                });
            }
            let needs = self.picture.needs(id);
            return Ok(PlaceOf {
                subject: Subject::Elder(id),
                area,
                needs,
                elder: Some(file),
                voice_path,
            });
        }
        if let Some(id) = household {
            let house = self.picture.household(id);
            let area = house.as_ref().map(|(it, _)| it.grid);
            let needs = self.picture.household_needs(id);
            let only = house
                .as_ref()
                .filter(|(_, members)| members.len() == 1)
                .map(|(_, members)| members[0].clone());
            if let (Some(only), false) = (only, kind.concerns_household()) {
                return Ok(PlaceOf {
                    subject: Subject::Elder(only.id),
                    area,
                    needs,
                    elder: Some(only),
                    voice_path,
                });
            }
            return Ok(PlaceOf {
                subject: Subject::Household(id),
                area,
                needs,
                elder: None,
                voice_path,
            });
        }
        if by_device.is_none() {
            return Err(DeskError::NotFound("elder"));
        }
        if matches!(sender, Sender::Device(_)) {
            warnings.push("subject_unknown".to_owned());
        }
        Ok(self.nobody(by_device, voice_path))
    }

    /// The silent key of a responder is about nobody but them; it belongs where they work.
    fn place_of_responder(&self, id: ResponderId) -> Result<PlaceOf, DeskError> {
        let who = self.picture.responder(id).ok_or(DeskError::NotFound("responder"))?;
        Ok(PlaceOf {
            subject: Subject::Responder(id),
            area: who.scope.iter().next(),
            needs: Default::default(),
            elder: None,
            voice_path: false,
        })
    }

    fn nobody(&self, device: Option<DeviceId>, voice_path: bool) -> PlaceOf {
        let id = device.unwrap_or(DeviceId::new(uuid::Uuid::nil()));
        PlaceOf {
            subject: Subject::Unknown(id),
            area: None,
            needs: Default::default(),
            elder: None,
            voice_path,
        }
    }

    /// Under the elder's own key where there is one, else under the service's.
    fn seal(
        &self,
        subject: Subject,
        table: &'static str,
        row: uuid::Uuid,
        text: &[u8],
    ) -> Result<crate::store::Sealed, StoreError> {
        let ring = self.store.keys()?;
        let own = subject.elder().and_then(|it| ring.elder(it));
        let sealed: Result<_, SealError> = match &own {
            Some(key) => key.seal(table, "content", row, text),
            None => ring.general().seal(table, "content", row, text),
        };
        Ok(sealed?)
    }

    /// Which committer: each has a set of streams, so that none waits for the numbers that another has taken.
    fn queue_for(&self, order: &Order) -> usize {
        if self.queues.len() == 1 {
            return 0;
        }
        let by = |key: &str| {
            let sum = |sum: usize, it: u8| sum.wrapping_mul(31).wrapping_add(it.into());
            key.bytes().fold(0, sum) % self.queues.len()
        };
        match &order.ask {
            Ask::Report(it) => by(&it.stream),
            Ask::Begin(it) => by(&it.stream),
            Ask::Command { case, .. } => {
                let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
                // Not seen since the start: any committer decides rightly, it may only have to wait.
                streams.get(case).map_or_else(|| by(&case.to_string()), |it| by(it))
            }
        }
    }

    fn decide(&self, order: &Order, found: Found<'_>) -> Verdict {
        let Found {
            case,
            plan,
            linked,
            now,
            busy,
        } = found;
        let mut decided = match (&order.ask, case, plan) {
            (Ask::Report(report), Some(case), Some(plan)) => {
                let command = Command::Join {
                    alert: report.opening.alert,
                };
                let context = Context {
                    now,
                    by: order.by,
                    plan,
                    alert_plan: Some(&report.plan),
                    busy,
                    family: &*self.family,
                };
                case::decide(case, &command, &context)
            }
            (Ask::Report(report), ..) => {
                let opening = Opening {
                    linked: linked.map(|it| it.id).or(report.opening.linked),
                    inside: linked.map(|it| it.on_the_scene().collect()).unwrap_or_default(),
                    ..report.opening.clone()
                };
                Ok(case::open_with(&opening, &report.plan, order.by, now, &*self.family))
            }
            (Ask::Begin(begin), ..) => Ok(case::open(&begin.opening, &begin.plan, order.by, now)),
            (Ask::Command { command, .. }, Some(case), Some(plan)) => case::decide(
                case,
                command,
                &Context {
                    now,
                    by: order.by,
                    plan,
                    alert_plan: None,
                    busy,
                    family: &*self.family,
                },
            ),
            (Ask::Command { .. }, ..) => Err(Refusal::NotNow),
        };
        // What was said comes first; what followed from it followed now.
        if let Some(said) = decided.as_mut().ok().and_then(|it| it.records.first_mut()) {
            said.done_at = order.done_at;
        }
        let beside = decided.as_ref().ok().and_then(|it| self.follow_up(it, now));
        let outbox = match (&decided, &order.ask) {
            (Ok(decision), Ask::Report(report)) => (self.tell)(case, decision, &report.area_code),
            (Ok(decision), Ask::Begin(begin)) => (self.tell)(case, decision, &begin.area_code),
            (Ok(decision), Ask::Command { .. }) => (self.tell)(case, decision, ""),
            (Err(_), _) => vec![],
        };
        Verdict {
            decision: decided,
            outbox,
            beside,
            answer: None,
        }
    }

    /// The follow-up that a decision opens, for the same transaction: a crash leaves both or neither.
    fn follow_up(&self, decision: &Decision, now: Timestamp) -> Option<Beside> {
        let opens = decision
            .records
            .iter()
            .any(|it| matches!(it.event, Event::Closed { follow_up: Some(_), .. }));
        if !opens {
            return None;
        }
        let case = &decision.case;
        let opening = Opening::aftercare(Kind::FollowUp, case.subject, case.id);
        let (_, hour) = self.local(now);
        let area = self.area_of(case.subject);
        let plan = self
            .plans
            .plan_for(area, now, Kind::FollowUp, &Default::default(), hour);
        let decision = case::open(&opening, &plan, Author::System, now);
        let outbox = (self.tell)(None, &decision, "");
        Some(Beside { decision, plan, outbox })
    }

    async fn commit(&self, orders: &[Order]) -> Result<Vec<Outcome>, StoreError> {
        let mut tries = 0;
        loop {
            let now = self.clock.now();
            let (today, _) = self.local(now);
            let day = i32::from(today.year()) * 10_000 + i32::from(today.month()) * 100 + i32::from(today.day());
            let decide = |order: &Order, found: Found<'_>| self.decide(order, found);
            match self.store.commit(Batch { orders, now, day }, &decide).await {
                Err(StoreError::Conflict(why)) if tries < TRIES_MAX => {
                    tries += 1;
                    tracing::debug!(tries, %why, "a batch collided and is tried again");
                }
                done => return done,
            }
        }
    }

    /// Commits a batch; where it cannot be written as a whole, its halves are tried, so that one bad order refuses no other.
    fn commit_in_halves<'a>(&'a self, orders: &'a [Order]) -> Outcomes<'a> {
        Box::pin(async move {
            match self.commit(orders).await {
                Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
                Err(error @ (StoreError::Unavailable { .. } | StoreError::Sealed(_) | StoreError::Schema(_))) => {
                    tracing::warn!(orders = orders.len(), %error, "a batch could not be written");
                    orders.iter().map(|_| Err(error.clone())).collect()
                }
                Err(error) if orders.len() <= 1 => {
                    tracing::error!(%error, "an order could not be written");
                    orders.iter().map(|_| Err(error.clone())).collect()
                }
                Err(_) => {
                    let (left, right) = orders.split_at(orders.len() / 2);
                    let mut all = self.commit_in_halves(left).await;
                    all.extend(self.commit_in_halves(right).await);
                    all
                }
            }
        })
    }

    /// Keeps in mind what the case says of its elder. In an exercise nobody was heard, and nobody died.
    fn remember(&self, done: &Done) {
        let earnest = done.case.subject.elder().filter(|_| !done.case.drill);
        let Some(elder) = earnest else { return };
        for it in done.records.iter() {
            match it.event {
                Event::VoiceResult { result: Voice::Fine } | Event::ContactMade { near: true, .. } => {
                    self.picture.heard(elder, it.at);
                }
                Event::Resolved { .. } | Event::Closed { .. } | Event::Reopened { .. } => {
                    if done.case.outcome == Some(case::Outcome::SuspectedDeath) {
                        self.picture.freeze(elder, done.case.id);
                    } else {
                        self.picture.thaw(elder, done.case.id);
                    }
                }
                _ => {}
            }
        }
    }

    /// Keeps in mind whose committer the case is.
    fn remember_stream(&self, done: &Done) {
        if self.queues.len() == 1 {
            return;
        }
        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        if done.case.state == case::State::Closed {
            streams.remove(&done.case.id);
        } else {
            streams.entry(done.case.id).or_insert_with(|| done.stream.clone());
        }
    }

    /// Tells those who wait in memory; they look in the store.
    fn hint(&self, outcomes: &[Result<Outcome, StoreError>]) {
        let mut sought = false;
        let mut due = i64::MAX;
        for outcome in outcomes.iter().flatten() {
            let (Outcome::Reported(_, Some(done)) | Outcome::Done(done)) = outcome else {
                continue;
            };
            if done.records.is_empty() {
                continue;
            }
            self.remember(done);
            self.remember_stream(done);
            sought |= done.case.seek.is_some();
            due = due.min(done.case.due_at().map_or(i64::MAX, |it| it.as_microsecond()));
            // Nobody listening is no error.
            let _ = self.changed.send(Arc::new(Changed { done: done.clone() }));
        }
        if due < self.next_due.fetch_min(due, Ordering::AcqRel) {
            self.woken.notify_one();
        }
        if sought {
            self.sought.notify_one();
        }
    }
}

/// Whether an error means that another writer was first, for those who retry themselves.
pub fn is_conflict(error: &DeskError) -> bool {
    matches!(
        error,
        DeskError::Store(StoreError::Conflict(
            Conflict::Serialization | Conflict::Unique(_) | Conflict::Version { .. }
        ))
    )
}

/// How long a caller is told to wait before it tries again.
pub const RETRY_AFTER: Duration = Duration::from_secs(2);
