//! The rounds (巡访): who is to be looked in on by when, who goes, and who was missed.
//!
//! ```text
//! register, table of needs, own plans -> a rhythm -> rows `visit_due` -> a look when one is due -> `visit_missed`, and for whoever is at
//!                                                        ^                                         risk an alert, through the Desk
//!                                        a visit that counts puts it off
//! ```
//!
//! Holds always:
//! - the row says when somebody looks next, and outlives the process; of two who look one writes, and a row that cannot be looked at
//!   stands aside for a minute and keeps nobody from being looked at;
//! - nobody is missed by a rule that did not hold: what changes the rhythm moves the look to a day to come;
//! - whoever is away is phoned, and counts anew on the day of return; of the dead nobody asks;
//! - an alert is said before its row is moved, under a reference of its day: after a crash it is said again and is the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Span, Timestamp};
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, DeskError};
use super::picture::Picture;
use super::report::{AlertReport, Sender, own_device};
use crate::case::{Author, Command, Kind, Opening, Subject};
use crate::ids::{CaseId, ElderId, NoteId, ResponderId};
use crate::people::visit::{due_on, rhythm};
use crate::people::{
    AreaLevel, ChainSubject, Elder, Need, Responder, ResponderKind, Rhythm, Sensitivity, StandIn, VisitPlan,
    VisitResult, VisitWay, answerable, resolve_stand_in,
};
use crate::store::cases::{CaseFilter, Once};
use crate::store::{MissedVisit, StoreError, Visit, VisitDue};

/// Rows that are looked at in one go.
const LOOK_MAX: u64 = 256;

/// Rows that are written in one transaction.
const TOGETHER: usize = 200;

/// How often is looked for what is due.
const EVERY: Duration = Duration::from_secs(5);

/// How often the rows are held against the register: a new elder, another need, another table.
const SETTLE_EVERY: SignedDuration = SignedDuration::from_secs(300);

/// What could not be looked at is looked at again after this.
const FAILED_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// How far back is looked for a visit whose case a crash has left unopened.
const UNOPENED_WITHIN: SignedDuration = SignedDuration::from_hours(48);

/// `[rounds]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoundsConfig {
    /// Whether visits that have not taken place are missed. Lists, proofs and sums are there in any case.
    pub on: bool,
    /// The hour of the day on which a visit is due, local, from which it counts as missed.
    pub missed_at_h: u8,
    /// Whose missed visit opens a case.
    pub case_needs: Vec<Need>,
    /// Somebody is at the door within so many metres of it, the radius of their fix included.
    pub within_m: u32,
    /// How long a visit takes in a planned round, minutes.
    pub stay_min: u32,
}

impl Default for RoundsConfig {
    fn default() -> Self {
        Self {
            on: false,
            missed_at_h: 18,
            case_needs: vec![Need::HighRisk],
            within_m: 100,
            stay_min: 10,
        }
    }
}

impl RoundsConfig {
    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let checks = [
            (
                !(1..=23).contains(&self.missed_at_h),
                "rounds.missed_at_h: must be 1 to 23",
            ),
            (
                !(20..=500).contains(&self.within_m),
                "rounds.within_m: must be 20 to 500",
            ),
            (!(1..=240).contains(&self.stay_min), "rounds.stay_min: must be 1 to 240"),
        ];
        checks.iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect()
    }
}

/// The rounds. Cheap to clone; several on one store do no harm.
#[derive(Clone)]
pub struct Rounds(Arc<Inner>);

struct Inner {
    desk: Desk,
    config: RoundsConfig,
    plans: RwLock<HashMap<ElderId, VisitPlan>>,
    /// Who could not be looked at, and until when they stand aside: they keep nobody else from being looked at.
    aside: Mutex<HashMap<ElderId, Timestamp>>,
}

/// How the visits of an elder stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How often, and how.
    pub rhythm: Rhythm,
    /// The day by which the next is due.
    pub due_on: Date,
    /// From this instant on it is missed.
    pub missed_at: Timestamp,
    /// The last visit that counts.
    pub visited_at: Option<Timestamp>,
}

/// Who goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goer {
    /// Who.
    pub responder: ResponderId,
    /// Whose visit it is, where that is somebody else: absent, or off duty.
    pub in_place_of: Option<ResponderId>,
    /// They are at work now.
    pub on_duty: bool,
}

impl Standing {
    /// Days over; 0 on the day and before.
    pub fn days_over(&self, today: Date) -> i32 {
        (today - self.due_on).get_days().max(0)
    }
}

impl Rounds {
    /// With the plans of care as they stand in the store.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin(desk: Desk, config: RoundsConfig) -> Result<Self, StoreError> {
        let it = Self(Arc::new(Inner {
            desk,
            config,
            plans: RwLock::default(),
            aside: Mutex::default(),
        }));
        it.read_plans().await?;
        Ok(it)
    }

    /// The configuration.
    pub fn config(&self) -> &RoundsConfig {
        &self.0.config
    }

    /// Reads the plans of care again: this node or another has changed one.
    ///
    /// # Errors
    /// The store's.
    pub async fn read_plans(&self) -> Result<(), StoreError> {
        let store = self.0.desk.store();
        let loaded = store.visit_plans().await?;
        for error in &loaded.aside {
            tracing::error!(%error, "a plan of care is set aside; the street's table holds");
            store.keep_aside(error, self.0.desk.clock().now()).await?;
        }
        *self.0.plans.write().unwrap_or_else(PoisonError::into_inner) = loaded.items.into_iter().collect();
        Ok(())
    }

    /// An elder's own plan of care.
    pub fn plan(&self, elder: ElderId) -> Option<VisitPlan> {
        let plans = self.0.plans.read().unwrap_or_else(PoisonError::into_inner);
        plans.get(&elder).cloned()
    }

    fn picture(&self) -> &Arc<Picture> {
        self.0.desk.picture()
    }

    /// The street's calendar day of an instant.
    pub fn day(&self, at: Timestamp) -> Date {
        self.0.desk.local(at).0
    }

    /// From when on a visit that is due on a day is missed.
    fn missed_at(&self, day: Date) -> Timestamp {
        let offset = Offset::from_hours(self.0.desk.plans().utc_offset_hours).unwrap_or(Offset::UTC);
        let hour = i8::try_from(self.0.config.missed_at_h).unwrap_or(23);
        offset.to_timestamp(day.at(hour, 0, 0, 0)).unwrap_or(Timestamp::MAX)
    }

    /// How often an elder is looked in on; none: nobody has said, or they are looked after no more.
    pub fn rhythm(&self, elder: &Elder) -> Option<Rhythm> {
        if self.picture().is_frozen(elder.id) {
            return None;
        }
        let of = |need| self.picture().visit_days(self.0.desk.plans(), elder.grid, need);
        rhythm(
            elder,
            self.day(self.0.desk.clock().now()),
            of,
            self.plan(elder.id).as_ref(),
        )
    }

    /// How the visits of an elder stand, by their row; one without a row counts from `now`.
    pub fn standing(&self, elder: &Elder, row: Option<&VisitDue>) -> Option<Standing> {
        let rhythm = self.rhythm(elder)?;
        let now = self.0.desk.clock().now();
        let last = self.day(row.map_or(now, |it| it.since));
        let due_on = due_on(elder, last, self.day(now), rhythm.days);
        Some(Standing {
            rhythm,
            due_on,
            missed_at: self.missed_at(due_on),
            visited_at: row.and_then(|it| it.visited_at),
        })
    }

    /// The first look after `after`: at the due day, or a whole number of rhythms after it.
    fn next_look(&self, it: &Standing, after: Timestamp) -> Timestamp {
        let days = i64::from(it.rhythm.days).max(1);
        let late = after.duration_since(it.missed_at).as_secs();
        let skipped = if late < 0 { 0 } else { late / (days * 86_400) };
        let mut at = it.missed_at;
        for more in [skipped, skipped + 1, skipped + 2] {
            let span = Span::new().try_days(more.saturating_mul(days));
            let day = span.ok().and_then(|span| it.due_on.checked_add(span).ok());
            at = self.missed_at(day.unwrap_or(Date::MAX));
            if at > after {
                break;
            }
        }
        at
    }

    /// Whether a look belongs to the present rhythm: at the due day, or a whole number of rhythms after it.
    fn belongs(&self, it: &Standing, due_at: Timestamp) -> bool {
        let day = self.day(due_at);
        let days = (day - it.due_on).get_days();
        days >= 0 && days % i32::from(it.rhythm.days).max(1) == 0 && self.missed_at(day) == due_at
    }

    /// When somebody looks next after a visit at `at` that counts; none: nobody has said how often.
    pub fn after_visit(&self, elder: &Elder, at: Timestamp) -> Option<Timestamp> {
        let row = VisitDue {
            elder: elder.id,
            since: at,
            visited_at: Some(at),
            due_at: at,
        };
        let now = self.0.desk.clock().now();
        self.standing(elder, Some(&row)).map(|it| self.next_look(&it, now))
    }

    /// Who goes to an elder: the first of their chain who is at work, stands in for nobody who is, and may hear of them; where nobody
    /// is at work, the first. None: nobody answers for them.
    pub fn goer(&self, elder: &Elder, stand_ins: &[StandIn]) -> Option<Goer> {
        let picture = self.picture();
        let now = self.0.desk.clock().now();
        let own = picture.chain(ChainSubject::Household(elder.household));
        let of_grid = picture.chain(ChainSubject::Grid(elder.grid));
        let all = answerable(own.as_deref(), of_grid.as_deref(), stand_ins, now);
        let known: Vec<_> = all
            .iter()
            .filter_map(|it| Some((it, picture.responder(it.responder)?)))
            .filter(|(_, who)| may_hear_of(who, elder))
            .collect();
        let first = known.first()?;
        let found = known.iter().find(|it| it.1.duty.on).unwrap_or(first);
        let (link, who) = found;
        let whose = first.0.in_place_of.unwrap_or(first.0.responder);
        Some(Goer {
            responder: link.responder,
            in_place_of: (whose != link.responder).then_some(whose),
            on_duty: who.duty.on,
        })
    }

    /// Whether a responder works where an elder lives, by themselves or in place of somebody absent.
    pub fn works_there(&self, who: &Responder, elder: &Elder, stand_ins: &[StandIn]) -> bool {
        let now = self.0.desk.clock().now();
        let of = |it: &StandIn| self.picture().responder(it.absent);
        let in_place = |it: &&StandIn| {
            it.covers(now) && it.by == who.id && resolve_stand_in(stand_ins, it.absent, now) == Some(who.id)
        };
        let lent = stand_ins.iter().filter(in_place).filter_map(of);
        who.scope.contains(elder.grid) || lent.into_iter().any(|it| it.scope.contains(elder.grid))
    }

    /// Holds the rows against the register: whoever has a rhythm has a row, whoever has none has none, and a look that belongs to no
    /// rhythm any more is moved to a day to come. Answers how many rows were changed.
    ///
    /// # Errors
    /// The store's.
    pub async fn settle(&self) -> Result<usize, StoreError> {
        if !self.picture().is_whole() {
            return Ok(0); // nobody is dropped because their file has not been read yet
        }
        let store = self.0.desk.store();
        let now = self.0.desk.clock().now();
        let loaded = store.visit_standing().await?;
        for error in &loaded.aside {
            tracing::error!(%error, "a deadline of a visit is set aside");
            store.keep_aside(error, now).await?;
        }
        let mut rows: HashMap<ElderId, VisitDue> = loaded.items.into_iter().map(|it| (it.elder, it)).collect();
        let (mut begun, mut moved) = (Vec::new(), Vec::new());
        self.picture().each_elder(|elder| {
            let row = rows.get(&elder.id).copied();
            let Some(standing) = self.standing(elder, row.as_ref()) else {
                return;
            };
            rows.remove(&elder.id);
            match row {
                None => begun.push(VisitDue {
                    elder: elder.id,
                    since: now,
                    visited_at: None,
                    due_at: self.next_look(&standing, now),
                }),
                Some(row) => {
                    let next_at = self.next_look(&standing, now);
                    // A stricter rhythm comes round sooner, also where it falls on the same days.
                    if row.due_at > next_at || !self.belongs(&standing, row.due_at) {
                        moved.push((row, next_at));
                    }
                }
            }
        });
        let changed = begun.len() + moved.len() + rows.len();
        // In short transactions: an alert waits for one of them and not for a register.
        for some in begun.chunks(TOGETHER) {
            store.put_visit_due(some.to_vec(), true).await?;
        }
        for some in moved.chunks(TOGETHER) {
            store.move_visit_due(some.to_vec()).await?;
        }
        let gone: Vec<VisitDue> = rows.into_values().collect();
        for some in gone.chunks(TOGETHER) {
            store.drop_visit_due(some.to_vec()).await?;
        }
        Ok(changed)
    }

    /// Everything that is due now; answers how many visits were missed. Where missed visits are not looked after, what is due passes.
    ///
    /// # Errors
    /// The store's, when not even the list could be read.
    pub async fn run_due(&self) -> Result<usize, DeskError> {
        if !self.picture().is_whole() {
            return Ok(0);
        }
        let store = self.0.desk.store();
        let mut missed = 0;
        loop {
            let now = self.0.desk.clock().now();
            let aside: Vec<ElderId> = {
                let mut aside = self.0.aside.lock().unwrap_or_else(PoisonError::into_inner);
                aside.retain(|_, until| *until > now);
                aside.keys().copied().collect()
            };
            let mut due = store.visits_due(now, LOOK_MAX + aside.len() as u64).await?;
            due.retain(|it| !aside.contains(&it.elder));
            if due.is_empty() {
                return Ok(missed);
            }
            for it in due {
                match self.look(&it, now).await {
                    Ok(found) => missed += usize::from(found),
                    Err(error) => {
                        tracing::error!(elder.id = %it.elder, %error, "a visit that is due could not be looked at, and is again in a minute");
                        let mut aside = self.0.aside.lock().unwrap_or_else(PoisonError::into_inner);
                        aside.insert(it.elder, now + FAILED_AGAIN);
                    }
                }
            }
        }
    }

    /// Whether a visit was missed. Of a stretch in which nobody looked each day is written, and the last opens the case.
    async fn look(&self, it: &VisitDue, now: Timestamp) -> Result<bool, DeskError> {
        let store = self.0.desk.store();
        let elder = self.picture().elder(it.elder);
        let found = elder.and_then(|elder| Some((self.standing(&elder, Some(it))?, elder)));
        let Some((standing, elder)) = found else {
            store.drop_visit_due(vec![*it]).await?;
            return Ok(false);
        };
        if !self.0.config.on || now < standing.missed_at || !self.belongs(&standing, it.due_at) {
            let next_at = self.next_look(&standing, now);
            store.move_visit_due(vec![(*it, next_at)]).await?;
            return Ok(false);
        }
        let day = self.day(it.due_at);
        let next_at = self.next_look(&standing, it.due_at);
        let case = if next_at > now && self.opens_case(&elder, &standing) {
            Some(self.say_missed(&elder, &standing, day).await?)
        } else {
            None
        };
        let missed = MissedVisit {
            elder: elder.id,
            due_on: day,
            area: elder.grid.to_string(),
            at: now,
            case,
        };
        store.put_missed_visit(missed, *it, next_at).await?;
        metrics::counter!("ecd_visits_missed_total").increment(1);
        Ok(true)
    }

    /// Whoever is away is elsewhere, and nobody who could be sent knows more there.
    fn opens_case(&self, elder: &Elder, it: &Standing) -> bool {
        let needs = elder.needs_on(self.day(self.0.desk.clock().now()));
        let at_home = it.rhythm.way == VisitWay::Door;
        at_home && self.0.config.case_needs.iter().any(|need| needs.contains(need))
    }

    async fn say_missed(&self, elder: &Elder, it: &Standing, day: Date) -> Result<CaseId, DeskError> {
        let last = it.visited_at.map(|at| self.day(at));
        let report = AlertReport {
            sender: Sender::Service(own_device()),
            kind: Kind::MissedVisit.as_str().to_owned(),
            elder: Some(elder.id),
            device: None,
            responder: None,
            // Found again after a crash, or by another node, it is the same.
            source_ref: Some(format!("missed_visit {} {day}", elder.id)),
            occurred_at: None,
            position: None,
            note: Some(match last {
                Some(last) => format!("应于 {day} 巡访，未完成；上次巡访：{last}"),
                None => format!("应于 {day} 巡访，未完成；此前无有效巡访"),
            }),
            reading: Some(json!({ "every_days": it.rhythm.days, "due_on": day, "visited_at": it.visited_at })),
            raw: vec![],
            warnings: vec![],
            drill: false,
        };
        Ok(self.0.desk.report(report).await?.case)
    }

    /// What a visit opens: a call for help, or a welfare review; once, however often it is asked for. None: nothing.
    ///
    /// # Errors
    /// As [`Desk::report`].
    pub async fn open_for(&self, it: &Visit) -> Result<Option<CaseId>, DeskError> {
        let case = match it.result {
            VisitResult::NeedsHelp => Some(self.call_for_help(it).await?),
            VisitResult::NeedsAttention => Some(self.review(it).await?),
            VisitResult::Well | VisitResult::Declined | VisitResult::NotHome | VisitResult::NoAnswer => None,
        };
        if let Some(case) = case {
            self.0.desk.store().set_visit_case(it.id, case).await?;
        }
        Ok(case)
    }

    async fn call_for_help(&self, it: &Visit) -> Result<CaseId, DeskError> {
        let words = self.0.desk.store().visit_words(it).await?;
        let report = AlertReport {
            sender: Sender::User(it.by),
            kind: Kind::Sos.as_str().to_owned(),
            elder: Some(it.elder),
            device: None,
            responder: None,
            source_ref: Some(format!("visit {}", it.id)),
            occurred_at: None,
            position: None,
            note: words,
            reading: None,
            raw: it.id.to_string().into_bytes(),
            warnings: vec![],
            drill: false,
        };
        Ok(self.0.desk.report(report).await?.case)
    }

    /// A review that is open already takes the words in: one pair of hands looks after one person.
    async fn review(&self, it: &Visit) -> Result<CaseId, DeskError> {
        let desk = &self.0.desk;
        let filter = CaseFilter {
            elder: Some(it.elder),
            open: true,
            kind: Some(Kind::WelfareReview.as_str().to_owned()),
            ..CaseFilter::default()
        };
        let open = desk.store().list_cases(&filter, None, 1).await?.items;
        let case = match open.first() {
            Some(open) => open.case.id,
            None => {
                let subject = Subject::Elder(it.elder);
                let id = CaseId::derive(it.id, Kind::WelfareReview.as_str());
                let opening = Opening {
                    case: id,
                    linked: None,
                    ..Opening::aftercare(Kind::WelfareReview, subject, id)
                };
                let grid = self.picture().elder(it.elder).map(|elder| elder.grid);
                let street = grid.and_then(|it| it.at(AreaLevel::Street));
                let street = street.map_or_else(|| super::desk::NO_STREET.to_owned(), |it| it.to_string());
                let done = desk.begin_by(opening, &street, &it.area, Author::User(it.by)).await?;
                done.case.id
            }
        };
        if let Some(words) = desk.store().visit_words(it).await? {
            self.note(case, it, &words).await?;
        }
        Ok(case)
    }

    async fn note(&self, case: CaseId, it: &Visit, words: &str) -> Result<(), DeskError> {
        let id = NoteId::derive(it.id, "words");
        let note = self.0.desk.note_named(id, Subject::Elder(it.elder), words)?;
        let command = Command::Note { note: id };
        let by = Author::User(it.by);
        let once = Once::new(&it.by.to_string(), &[b"visit", it.id.as_bytes()], b"");
        match self.0.desk.handle_with(case, command, by, Some(note), Some(once)).await {
            Ok(_) => Ok(()),
            Err(DeskError::Refused(..)) => Ok(()), // closed in the same breath: the words stand in the visit
            Err(error) => Err(error),
        }
    }

    /// Opens what a crash has left unopened; answers how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn open_missing(&self) -> Result<usize, DeskError> {
        let since = self.0.desk.clock().now() - UNOPENED_WITHIN;
        let left = self.0.desk.store().visits_without_case(since, LOOK_MAX).await?;
        let mut opened = 0;
        for it in left {
            opened += usize::from(self.open_for(&it).await?.is_some());
        }
        Ok(opened)
    }

    /// Looks for what is due until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        let clock = self.0.desk.clock().clone();
        let mut settled_at: Option<Timestamp> = None;
        loop {
            let now = clock.now();
            if settled_at.is_none_or(|it| now.duration_since(it) >= SETTLE_EVERY) {
                settled_at = Some(now);
                if let Err(error) = self.read_plans().await {
                    tracing::warn!(%error, "plans of care could not be read again");
                }
                if let Err(error) = self.settle().await {
                    tracing::warn!(%error, "deadlines of visits could not be held against the register");
                }
                if let Err(error) = self.open_missing().await {
                    tracing::warn!(%error, "what a visit has found could not be handed on yet");
                }
            }
            if let Err(error) = self.run_due().await {
                tracing::warn!(%error, "visits that are due could not be looked at");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep(EVERY) => {}
            }
        }
    }
}

/// Who walks a grid by office: they see where nobody answers for somebody, and what visits have found. Everybody else only what is put to
/// them by name.
pub const fn walks_the_grid(kind: ResponderKind) -> bool {
    match kind {
        ResponderKind::GridWorker
        | ResponderKind::GridHead
        | ResponderKind::CommunitySecretary
        | ResponderKind::CommunityDoctor
        | ResponderKind::PoliceGrid
        | ResponderKind::StreetTeam => true,
        ResponderKind::Family
        | ResponderKind::Caregiver
        | ResponderKind::Volunteer
        | ResponderKind::PropertyGuard
        | ResponderKind::FirePost
        | ResponderKind::DutyLeader => false,
    }
}

/// Whether somebody may hear of an elder at all: of whoever has the need `mental_social` not everybody may.
pub fn may_hear_of(who: &Responder, elder: &Elder) -> bool {
    !is_sensitive(elder) || who.may_hear(Sensitivity::MentalSocial)
}

/// Nobody goes there alone.
pub fn is_sensitive(elder: &Elder) -> bool {
    elder.needs.contains(&Need::MentalSocial)
}
