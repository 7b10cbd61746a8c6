//! The field: where the responders are, what they carry, who is asked next, and when they will be there.
//!
//! A case that looks for people is ranked here, outside any transaction and after the sender was told. The answer goes
//! through the desk, which looks again at load and at offers already made. Every inclusion and exclusion has its reason.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::aside::Aside;
use super::desk::{Desk, DeskError};
use super::report::AlertContent;
use super::signs::Signs;
use crate::case::{Author, Case, Command, Event, Kind, Lane, OfferState, Stage, State, Subject};
use crate::circle::{Ground, Live, Point};
use crate::ids::{CaseId, ResponderId};
use crate::people::{Elder, Fix, FixLimits, Responder, Whereabouts};
use crate::store::cases::{AlertView, CaseView};
use crate::store::{Reason, StoreError};

mod dry_run;
mod ranking;

pub use dry_run::{DryRun, HORIZON_MAX_S, Moment, ToldOf, Trial};
pub use ranking::Ranking;

/// A fix farther from home than this is where the elder is, metres.
pub const AWAY_M: f64 = 200.0;

/// Cases ranked in one look. Their offers are one batch at the desk, which an alert that comes meanwhile has to wait for.
const LOOK_MAX: u64 = 32;

/// After a look that has put offers, so long the next ones gather: at a storm of alerts several cases share a look and a
/// commit, and a case that comes alone is answered at once.
const GATHER: Duration = Duration::from_millis(20);

/// The slow look, in case a hint was lost.
const TICK: Duration = Duration::from_secs(1);

/// How often positions are written down.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// How often everybody's place is looked at again: positions grow stale.
const SETTLE_EVERY: Duration = Duration::from_secs(30);

/// Who is on a case.
struct Coming {
    list: Vec<ResponderId>,
    /// Of these, those on whom it counts.
    carried: Vec<ResponderId>,
    /// It is a service: it counts against other services, and never against a call for help.
    service: bool,
}

/// What somebody carries: cases led, stood by for, or offered.
#[derive(Default)]
struct Load {
    by_case: HashMap<CaseId, Coming>,
    by_responder: HashMap<ResponderId, usize>,
    services: HashMap<ResponderId, usize>,
    untouched: HashMap<CaseId, String>,
}

impl Load {
    fn put(&mut self, case: &Case, area: &str) {
        if let Some(before) = self.by_case.remove(&case.id) {
            let counts = self.counts(before.service);
            for it in &before.carried {
                if let Some(count) = counts.get_mut(it) {
                    *count = count.saturating_sub(1);
                }
            }
        }
        self.untouched.remove(&case.id);
        if matches!(case.state, State::Resolved | State::Closed) {
            return;
        }
        if case.untouched && !case.handed_up && !case.drill {
            self.untouched.insert(case.id, area.get(..9).unwrap_or(area).to_owned());
        }
        let carries = case
            .assignments
            .iter()
            .filter(|it| it.is_active() && it.stage < Stage::Done)
            .map(|it| it.responder);
        let list: BTreeSet<ResponderId> = carries.collect();
        if list.is_empty() {
            return;
        }
        // An exercise takes nobody away from who calls in earnest.
        let carried = if case.drill {
            vec![]
        } else {
            list.iter().copied().collect()
        };
        let service = case.lane == Lane::Service;
        let counts = self.counts(service);
        for it in &carried {
            *counts.entry(*it).or_default() += 1;
        }
        self.by_case.insert(
            case.id,
            Coming {
                list: list.into_iter().collect(),
                carried,
                service,
            },
        );
    }

    fn counts(&mut self, service: bool) -> &mut HashMap<ResponderId, usize> {
        if service {
            &mut self.services
        } else {
            &mut self.by_responder
        }
    }
}

/// The field. Cheap to clone.
#[derive(Clone)]
pub struct Field(Arc<Inner>);

struct Inner {
    desk: Desk,
    live: RwLock<Live<ResponderId>>,
    load: Mutex<Load>,
    unwritten: Mutex<HashMap<ResponderId, Fix>>,
    limits: FixLimits,
    aside: Aside,
    signs: Signs,
}

impl Field {
    /// On `ground`, with everybody where the picture has them.
    pub fn new(desk: Desk, ground: Ground, signs: Signs) -> Self {
        let field = Self(Arc::new(Inner {
            desk,
            live: RwLock::new(Live::new(ground)),
            load: Mutex::new(Load::default()),
            unwritten: Mutex::new(HashMap::new()),
            limits: FixLimits::default(),
            aside: Aside::start(),
            signs,
        }));
        field.settle();
        field
    }

    /// Stands on other roads from now on.
    pub fn stand_on(&self, ground: Ground) {
        self.0
            .live
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .stand_on(ground);
    }

    /// What a look at the live positions says.
    pub fn with_live<T>(&self, look: impl FnOnce(&Live<ResponderId>) -> T) -> T {
        look(&self.0.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts everybody where the picture has them now: positions grow stale, duty changes.
    pub fn settle(&self) {
        let now = self.0.desk.clock().now();
        let people = self.0.desk.picture().responders();
        let mut live = self.0.live.write().unwrap_or_else(PoisonError::into_inner);
        for who in people {
            match who.whereabouts(now, &self.0.limits) {
                Whereabouts::Live(at) | Whereabouts::Base(at) => {
                    if live.get(who.id) != Some((who.mode, at)) {
                        live.put(who.id, who.mode, at);
                    }
                }
                Whereabouts::Unknown => {
                    live.remove(who.id);
                }
            }
        }
    }

    /// Takes in a position: memory at once, the store within a second, and the cases on which the responder is coming.
    ///
    /// # Errors
    /// `NotFound` when there is no such responder.
    pub async fn position(&self, responder: ResponderId, fix: Fix) -> Result<(), DeskError> {
        let inner = &*self.0;
        let who = inner
            .desk
            .picture()
            .responder(responder)
            .ok_or(DeskError::NotFound("responder"))?;
        let mut moved = (*who).clone();
        moved.position = Some(fix);
        let mode = moved.mode;
        let place = moved.whereabouts(inner.desk.clock().now(), &inner.limits).point();
        inner.desk.picture().put_responder(moved);
        if let Some(at) = place {
            inner
                .live
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .put(responder, mode, at);
        }
        inner
            .unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(responder, fix);
        let coming: Vec<CaseId> = {
            let load = inner.load.lock().unwrap_or_else(PoisonError::into_inner);
            load.by_case
                .iter()
                .filter(|(_, it)| it.list.contains(&responder))
                .map(|(case, _)| *case)
                .collect()
        };
        for case in coming {
            let eta_s = self.eta_s(case, responder).await;
            // The case may have ended meanwhile; a fix is never an error for whoever sends it.
            match inner
                .desk
                .handle(
                    case,
                    Command::Progress { by: responder, eta_s },
                    Author::Responder(responder),
                )
                .await
            {
                Ok(_) | Err(DeskError::Refused(..) | DeskError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Somebody has gone on or off duty, or was edited.
    pub fn moved(&self, who: Responder) {
        let now = self.0.desk.clock().now();
        {
            let mut live = self.0.live.write().unwrap_or_else(PoisonError::into_inner);
            match who.whereabouts(now, &self.0.limits).point() {
                Some(at) => live.put(who.id, who.mode, at),
                None => {
                    live.remove(who.id);
                }
            }
        }
        self.0.desk.picture().put_responder(who);
    }

    /// Somebody who wanders is elsewhere now: everybody on the way has another time of arrival.
    ///
    /// A case that has ended meanwhile, or a store that does not answer, leaves the times as they were.
    pub async fn reckon_again(&self, case: &Case) {
        let on_the_way = case.active().filter(|it| it.stage < Stage::Arrived);
        for responder in on_the_way.map(|it| it.responder) {
            let Some(eta_s) = self.eta_s(case.id, responder).await else {
                continue;
            };
            let eta_s = Some(eta_s);
            let command = Command::Progress { by: responder, eta_s };
            match self.0.desk.handle(case.id, command, Author::System).await {
                Ok(_) | Err(DeskError::Refused(..) | DeskError::NotFound(_)) => {}
                Err(error) => {
                    tracing::warn!(case.id = %case.id, %error, "a time of arrival could not be reckoned anew")
                }
            }
        }
    }

    /// How long a responder needs to a case from where they are now, seconds; none when either place is unknown.
    pub async fn eta_s(&self, case: CaseId, responder: ResponderId) -> Option<u32> {
        let view = self.0.desk.store().case(case).await.ok()??;
        let (mode, from) = self.with_live(|live| live.get(responder))?;
        let to = *self.destinations(&view).await.first()?;
        self.with_live(|live| live.ground().travel(from, to, mode))
            .map(|it| it.seconds)
    }

    /// Where a case is: a fresh fix far from home is the place, a stale or vague one leaves both, else the door. Reads the case's
    /// alerts.
    pub async fn destinations(&self, view: &CaseView) -> Vec<Point> {
        // Without the alerts there is still the door.
        let alerts = self.0.desk.store().alerts_of(view.case.id).await.unwrap_or_default();
        self.destinations_by(view, &alerts)
    }

    fn destinations_by(&self, view: &CaseView, alerts: &[AlertView]) -> Vec<Point> {
        if view.case.state == State::Closed {
            return self.places_by(view, self.last_fix(alerts));
        }
        self.learn_places(view.case.id, alerts);
        self.destinations_now(view)
    }

    fn learn_places(&self, case: CaseId, alerts: &[AlertView]) {
        if let Some(fix) = self.last_fix(alerts) {
            self.0.desk.places().hear(case, fix);
        }
    }

    /// As [`Field::destinations`], by what is in memory; of a closed case the door.
    pub fn destinations_now(&self, view: &CaseView) -> Vec<Point> {
        if view.case.state == State::Closed {
            return self.doors(view);
        }
        // By the alerts, or by what the elder wears and has said since.
        let worn = view.case.subject.elder().and_then(|it| self.0.signs.fix_of(it));
        let said = self.0.desk.places().of(view.case.id);
        let last = said.into_iter().chain(worn).max_by_key(|it| it.at);
        self.places_by(view, last)
    }

    /// Where a case is as far as the register knows: for one of long ago, when whatever is worn now says nothing of it.
    pub fn doors(&self, view: &CaseView) -> Vec<Point> {
        self.places_by(view, None)
    }

    fn places_by(&self, view: &CaseView, last: Option<Fix>) -> Vec<Point> {
        let picture = self.0.desk.picture();
        let today = picture.today();
        let now = self.0.desk.clock().now();
        let fix = last.map(|it| (it.point, it.freshness(now, &self.0.limits)));
        match view.case.subject {
            Subject::Elder(id) => match picture.elder(id) {
                Some(elder) => elder.places_to_look(today, fix, AWAY_M, Point::distance_m),
                None => fix.map(|it| it.0).into_iter().collect(),
            },
            Subject::Household(id) => {
                let home = picture.household(id).and_then(|(house, members)| {
                    house
                        .home
                        .or_else(|| members.iter().find_map(|it: &Arc<Elder>| it.home))
                });
                home.or(fix.map(|it| it.0)).into_iter().collect()
            }
            Subject::Responder(id) => {
                let Some(who) = picture.responder(id) else {
                    return vec![];
                };
                // Where they were last goes before their base: that is where they called from.
                let last = who.position.map(|it| it.point);
                let other = who.whereabouts(now, &self.0.limits).point();
                last.into_iter().chain(other.filter(|it| Some(*it) != last)).collect()
            }
            Subject::Device(_) | Subject::Area(_) | Subject::Unknown(_) => fix.map(|it| it.0).into_iter().collect(),
        }
    }

    fn last_fix(&self, alerts: &[AlertView]) -> Option<Fix> {
        let ring = self.0.desk.store().keys().ok()?;
        alerts.iter().rev().find_map(|alert| {
            let text = ring
                .open_field(&alert.content, "alert", "content", alert.id.as_uuid())
                .ok()?;
            let content: AlertContent = serde_json::from_slice(&text).ok()?;
            // A late alert's fix is as old as the alert.
            let at = if alert.late {
                alert.occurred_at.unwrap_or(alert.received_at)
            } else {
                alert.received_at
            };
            content.position?.fix(at)
        })
    }

    /// Ranks every case that looks for people now and puts the offers; answers how many cases were answered.
    ///
    /// # Errors
    /// The store's, when not even the list could be read.
    pub async fn run_seeking(&self) -> Result<usize, DeskError> {
        let desk = &self.0.desk;
        if !desk.picture().is_whole() {
            // Nobody is passed over because their file has not been read yet.
            return Ok(0);
        }
        let (cases, corrupt) = desk.store().seeking_cases(LOOK_MAX).await?;
        for error in &corrupt {
            tracing::error!(%error, "a case that looks for people does not read back");
            desk.store().keep_aside(error, desk.clock().now()).await?;
        }
        let ids: Vec<CaseId> = cases.iter().map(|it| it.case.id).collect();
        let alerts = desk.store().alerts_of_all(&ids).await?;
        let field = self.clone();
        // Beside the tasks: roads are searched for milliseconds, and alerts do not wait for that.
        let ranking = self.0.aside.run(move || {
            let roll = field.roll();
            let ranked = cases.iter().filter_map(|view| {
                let seek = view.case.seek.as_ref()?;
                let as_of = field.0.desk.clock().now();
                let most = ranking::most_for(&view.case);
                let places = field.destinations_by(view, alerts.get(&view.case.id).map_or(&[], Vec::as_slice));
                let Ranking {
                    ranked,
                    excluded,
                    excluded_count,
                } = field.rank_at(view, &seek.steps, &places, &roll, most);
                let command = Command::Offer {
                    ranked,
                    excluded,
                    excluded_count,
                    as_of,
                    seek_no: seek.no,
                };
                Some((view.case.id, command))
            });
            ranked.collect::<Vec<_>>()
        });
        let ranked = ranking.await.ok_or_else(|| StoreError::unavailable(Reason::Stopped))?;
        let work: Vec<_> = ranked
            .into_iter()
            .map(|(case, command)| desk.handle(case, command, Author::System))
            .collect();
        let mut done = 0;
        for outcome in futures_util::future::join_all(work).await {
            match outcome {
                Ok(it) if it.records.is_empty() => {}
                Ok(_) => done += 1,
                Err(DeskError::Refused(..) | DeskError::Full) => {}
                Err(error) => tracing::warn!(%error, "an offer could not be put"),
            }
        }
        Ok(done)
    }

    /// Two critical cases of one street that nobody has touched: the next seat is rung.
    ///
    /// # Errors
    /// The first that the desk answers.
    pub async fn hand_up_untouched(&self) -> Result<usize, DeskError> {
        let lying: Vec<CaseId> = {
            let load = self.0.load.lock().unwrap_or_else(PoisonError::into_inner);
            let mut by_street: HashMap<&str, usize> = HashMap::new();
            for street in load.untouched.values() {
                *by_street.entry(street).or_default() += 1;
            }
            load.untouched
                .iter()
                .filter(|(_, street)| by_street[street.as_str()] >= 2)
                .map(|(case, _)| *case)
                .collect()
        };
        // Together, so that they share commits: a night on which nobody answers leaves many.
        let work = lying
            .iter()
            .map(|case| self.0.desk.handle(*case, Command::HandUp, Author::System));
        for outcome in futures_util::future::join_all(work).await {
            outcome?;
        }
        Ok(lying.len())
    }

    /// Counts what everybody carries, and learns where the open cases are, from the store.
    ///
    /// # Errors
    /// The store's.
    pub async fn count_load(&self) -> Result<(), StoreError> {
        let snapshot = self.0.desk.store().snapshot().await?;
        let mut load = Load::default();
        for view in &snapshot.cases {
            load.put(&view.case, &view.area_code);
        }
        *self.0.load.lock().unwrap_or_else(PoisonError::into_inner) = load;
        let open: Vec<CaseId> = snapshot.cases.iter().map(|it| it.case.id).collect();
        for (case, alerts) in self.0.desk.store().alerts_of_all(&open).await? {
            self.learn_places(case, &alerts);
        }
        Ok(())
    }

    /// Writes down the positions that came since the last time; answers how many.
    ///
    /// # Errors
    /// The store's; the positions are kept for the next time.
    pub async fn write_positions(&self) -> Result<usize, StoreError> {
        let fixes: Vec<(ResponderId, Fix)> = self
            .0
            .unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain()
            .collect();
        if fixes.is_empty() {
            return Ok(0);
        }
        let count = fixes.len();
        if let Err(error) = self.0.desk.store().put_positions(fixes.clone()).await {
            let mut unwritten = self.0.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
            for (who, fix) in fixes {
                unwritten.entry(who).or_insert(fix); // a newer one has come meanwhile
            }
            return Err(error);
        }
        Ok(count)
    }

    /// Follows the cases, ranks those that look for people, writes positions; until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        let mut changes = self.0.desk.changes();
        if let Err(error) = self.count_load().await {
            tracing::warn!(%error, "the load could not be counted");
        }
        let clock = self.0.desk.clock().clone();
        let seeking = {
            let (field, stop, clock) = (self.clone(), stop.clone(), clock.clone());
            async move {
                while !stop.is_cancelled() {
                    match field.run_seeking().await {
                        // There may be more than one look takes in; for what comes new there are hints.
                        Ok(many) if many >= LOOK_MAX as usize / 2 => continue,
                        Ok(0) => {}
                        Ok(_) => clock.breathe(GATHER).await,
                        Err(error) => tracing::warn!(%error, "cases that look for people could not be read"),
                    }
                    if let Err(error) = field.hand_up_untouched().await {
                        tracing::warn!(%error, "untouched cases could not be handed up");
                    }
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = field.0.desk.people_sought() => {}
                        () = clock.sleep(TICK) => {}
                    }
                }
            }
        };
        let following = {
            let (field, stop) = (self.clone(), stop.clone());
            async move {
                loop {
                    tokio::select! {
                        () = stop.cancelled() => return,
                        change = changes.recv() => match change {
                            Ok(it) => {
                                if moved_about(&it.done.records) {
                                    field.reckon_again(&it.done.case).await;
                                }
                                let mut load = field.0.load.lock().unwrap_or_else(PoisonError::into_inner);
                                load.put(&it.done.case, &it.done.area_code);
                                if it.done.case.state == State::Closed {
                                    field.0.desk.places().forget(it.done.case.id);
                                }
                            }
                            Err(RecvError::Lagged(_)) => {
                                if let Err(error) = field.count_load().await {
                                    tracing::warn!(%error, "the load could not be counted");
                                }
                            }
                            Err(RecvError::Closed) => return,
                        }
                    }
                }
            }
        };
        let keeping = {
            let (field, stop) = (self.clone(), stop.clone());
            async move {
                let mut until_settle = SETTLE_EVERY;
                loop {
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = clock.sleep(WRITE_EVERY) => {}
                    }
                    if let Err(error) = field.write_positions().await {
                        tracing::warn!(%error, "positions could not be written");
                    }
                    until_settle = until_settle.saturating_sub(WRITE_EVERY);
                    if until_settle.is_zero() {
                        field.settle();
                        until_settle = SETTLE_EVERY;
                    }
                }
                // What came last is written before the store closes.
                if let Err(error) = field.write_positions().await {
                    tracing::warn!(%error, "the last positions could not be written");
                }
            }
        };
        tokio::join!(seeking, following, keeping);
    }

    /// Takes a change in at once; for tests that drive the field by hand.
    pub fn follow(&self, case: &Case, area: &str) {
        self.0
            .load
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(case, area);
    }
}

/// Whether a fix of somebody who wanders has come.
fn moved_about(records: &[crate::case::Record]) -> bool {
    let fix = |it: &crate::case::Record| {
        matches!(
            it.event,
            Event::Joined {
                kind: Kind::Geofence,
                ..
            }
        )
    };
    records.iter().any(fix)
}

/// Offers that still count against somebody's attention, for the care client's list.
pub fn open_offers(case: &Case) -> impl Iterator<Item = &crate::case::Offer> {
    case.offers.iter().filter(|it| it.state == OfferState::Open)
}
