//! The field: where the responders are, what they carry, who is asked next, and when they will be there.
//!
//! A case that looks for people is ranked here, outside any transaction and after the sender was told. The answer goes
//! through the desk, which looks again at load and at offers already made. Every inclusion and exclusion has its reason.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, DeskError};
use super::picture::{ElderFacts, holds_key};
use super::report::AlertContent;
use crate::case::plan::StepKind;
use crate::case::{Author, Candidate, Case, Command, Event, Exclusion, Kind, OfferState, Stage, State, Subject};
use crate::circle::{Arrival, Ground, Limits, Live, Mode, Point, Reach};
use crate::ids::{CaseId, ResponderId};
use crate::people::fit::{Ask, Barrier, barriers};
use crate::people::{
    AreaCode, ChainSubject, Elder, Fix, FixLimits, Freshness, Need, Responder, ResponderKind, Skill, Tier, WUQING,
    Whereabouts, answerable,
};
use crate::store::cases::{AlertView, CaseView};
use crate::store::{Reason, StoreError};

/// A fix farther from home than this is where the elder is, metres.
pub const AWAY_M: f64 = 200.0;

/// Nobody is looked for beyond this, seconds: two hours of travel help no emergency, but the nearest are still named.
const FARTHEST_S: u32 = 7_200;

/// Arrivals within this many seconds of each other are as good as equal: chain, key and load decide among them.
const AS_GOOD_S: u32 = 60;

/// More candidates than any offer wants, so that those refused by the desk can be stepped over.
const RANKED_MAX: usize = 24;

/// Exclusions that are kept by name; the nearest first.
const EXCLUDED_MAX: usize = 24;

/// Cases ranked in one look.
const LOOK_MAX: u64 = 200;

/// The slow look, in case a hint was lost.
const TICK: Duration = Duration::from_secs(1);

/// How often positions are written down.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// How often everybody's place is looked at again: positions grow stale.
const SETTLE_EVERY: Duration = Duration::from_secs(30);

/// What somebody carries: cases led, stood by for, or offered.
#[derive(Default)]
struct Load {
    by_case: HashMap<CaseId, Vec<ResponderId>>,
    by_responder: HashMap<ResponderId, usize>,
    untouched: HashMap<CaseId, String>,
}

impl Load {
    fn put(&mut self, case: &Case, area: &str) {
        for it in self.by_case.remove(&case.id).unwrap_or_default() {
            if let Some(count) = self.by_responder.get_mut(&it) {
                *count = count.saturating_sub(1);
            }
        }
        self.untouched.remove(&case.id);
        if matches!(case.state, State::Resolved | State::Closed) {
            return;
        }
        if case.untouched && !case.handed_up {
            self.untouched.insert(case.id, area.get(..9).unwrap_or(area).to_owned());
        }
        let carries = case
            .assignments
            .iter()
            .filter(|it| it.is_active() && it.stage < Stage::Done)
            .map(|it| it.responder);
        let list: BTreeSet<ResponderId> = carries.collect();
        for it in &list {
            *self.by_responder.entry(*it).or_default() += 1;
        }
        if !list.is_empty() {
            self.by_case.insert(case.id, list.into_iter().collect());
        }
    }
}

/// Everybody and what they carry, at the time of one look: nobody waits for a ranking.
struct Roll {
    people: HashMap<ResponderId, Arc<Responder>>,
    carried: HashMap<ResponderId, usize>,
}

impl Roll {
    fn held(&self, responder: ResponderId) -> usize {
        self.carried.get(&responder).copied().unwrap_or(0)
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
}

/// What a case asks, before it is asked of one responder.
struct Asked {
    /// Of everybody, whatever their tier: which steps ask is looked at apart.
    ask: Ask,
    /// Nobody knows where the case is.
    nowhere: bool,
}

impl Asked {
    /// Of one responder. A case of no known area is everybody's: each is asked as if it were in their own.
    fn about(&self, who: &Responder) -> Cow<'_, Ask> {
        match who.scope.iter().next() {
            Some(area) if self.nowhere => Cow::Owned(Ask {
                area,
                ..self.ask.clone()
            }),
            _ => Cow::Borrowed(&self.ask),
        }
    }
}

/// A ranking: who can come, soonest first, and who was left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Soonest first, ties broken as stated in their reasons.
    pub ranked: Vec<Candidate>,
    /// The nearest of those who were left out.
    pub excluded: Vec<Exclusion>,
    /// How many were left out in all.
    pub excluded_count: u32,
}

impl Field {
    /// On `ground`, with everybody where the picture has them.
    pub fn new(desk: Desk, ground: Ground) -> Self {
        let field = Self(Arc::new(Inner {
            desk,
            live: RwLock::new(Live::new(ground)),
            load: Mutex::new(Load::default()),
            unwritten: Mutex::new(HashMap::new()),
            limits: FixLimits::default(),
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
                .filter(|(_, list)| list.contains(&responder))
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

    /// Where a case is: a fresh fix far from home is the place, a stale or vague one leaves both, else the door.
    pub async fn destinations(&self, view: &CaseView) -> Vec<Point> {
        // Without the alerts there is still the door.
        let alerts = self.0.desk.store().alerts_of(view.case.id).await.unwrap_or_default();
        self.destinations_by(view, &alerts)
    }

    fn destinations_by(&self, view: &CaseView, alerts: &[AlertView]) -> Vec<Point> {
        let picture = self.0.desk.picture();
        let today = picture.today();
        let fix = self.last_fix(alerts);
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
                let place = picture
                    .responder(id)
                    .and_then(|it| it.whereabouts(self.0.desk.clock().now(), &self.0.limits).point());
                place.into_iter().collect()
            }
            Subject::Device(_) | Subject::Area(_) | Subject::Unknown(_) => fix.map(|it| it.0).into_iter().collect(),
        }
    }

    fn last_fix(&self, alerts: &[AlertView]) -> Option<(Point, Freshness)> {
        let now = self.0.desk.clock().now();
        let ring = self.0.desk.store().keys().ok()?;
        alerts.iter().rev().find_map(|alert| {
            let text = ring
                .open_field(&alert.content, "alert", "content", alert.id.as_uuid())
                .ok()?;
            let content: AlertContent = serde_json::from_slice(&text).ok()?;
            let position = content.position?;
            let point = position.crs?.to_wgs84(position.lat, position.lon).ok()?;
            // A late alert's fix is as old as the alert.
            let at = if alert.late {
                alert.occurred_at.unwrap_or(alert.received_at)
            } else {
                alert.received_at
            };
            let fix = Fix {
                point,
                at,
                accuracy_m: position.accuracy_m,
            };
            Some((point, fix.freshness(now, &self.0.limits)))
        })
    }

    /// Ranks for a case that looks for people.
    pub async fn rank(&self, view: &CaseView) -> Ranking {
        let Some(seek) = &view.case.seek else {
            return Ranking {
                ranked: vec![],
                excluded: vec![],
                excluded_count: 0,
            };
        };
        let places = self.destinations(view).await;
        self.rank_at(view, &seek.steps, &places, &self.roll())
    }

    fn roll(&self) -> Roll {
        let all = self.0.desk.picture().responders();
        let load = self.0.load.lock().unwrap_or_else(PoisonError::into_inner);
        Roll {
            people: all.into_iter().map(|it| (it.id, it)).collect(),
            carried: load.by_responder.clone(),
        }
    }

    fn rank_at(&self, view: &CaseView, steps: &[StepKind], places: &[Point], roll: &Roll) -> Ranking {
        let inner = &*self.0;
        let now = inner.desk.clock().now();
        let ask = self.ask_of(view);
        let facts = view.case.subject.elder().and_then(|it| inner.desk.picture().facts(it));
        let chain = self.chain_of(view, now);
        let mut excluded = Vec::new();
        let mut count = 0_u32;
        // Whoever is asked, and what is against it, is known before the roads are looked at: a search ends with the last who
        // can come, and where there is nobody it does not go on to the ends of the map.
        let asked = roll
            .people
            .values()
            .filter(|who| steps.iter().any(|it| step_asks(*it, who)));
        let why: HashMap<ResponderId, Vec<Barrier>> = asked
            .map(|who| {
                (
                    who.id,
                    barriers(who, &ask.about(who), roll.held(who.id), now, &inner.limits),
                )
            })
            .collect();
        let able = why.values().filter(|it| it.is_empty()).count();
        let mut fits = |id: &ResponderId| {
            // Not among them: nobody asked for them, so there is no exclusion to explain.
            let Some(why) = why.get(id) else { return false };
            if why.is_empty() {
                return true;
            }
            // Strangers' families are not "left out"; they were never meant.
            if !why.contains(&Barrier::NotOwnFamily) {
                count += 1;
                if excluded.len() < EXCLUDED_MAX {
                    excluded.push(exclusion(*id, why));
                }
            }
            false
        };
        let mut best: HashMap<ResponderId, Arrival<ResponderId>> = HashMap::new();
        // With nobody to find, the circle is looked through once for the nearest of those who are left out.
        let to_name = able > 0 || why.values().any(|it| !it.contains(&Barrier::NotOwnFamily));
        for place in places.iter().filter(|_| to_name) {
            let live = inner.live.read().unwrap_or_else(PoisonError::into_inner);
            let edge = Limits::FIFTEEN_MINUTES.edge_seconds;
            {
                let mut found = live.nearest(*place, edge, able.clamp(1, RANKED_MAX), &mut fits);
                if found.len() < able.min(3) {
                    // Too few in the circle: the nearest outside are asked too, marked so.
                    let known: BTreeSet<ResponderId> = found.iter().map(|it| it.key).collect();
                    let more = (able - found.len()).min(RANKED_MAX);
                    let more = live.nearest(*place, FARTHEST_S, more, |it| {
                        !known.contains(it) && why.get(it).is_some_and(Vec::is_empty)
                    });
                    found.extend(more);
                }
                for it in found {
                    let kept = best.entry(it.key).or_insert(it);
                    if it.seconds < kept.seconds {
                        *kept = it;
                    }
                }
            }
        }
        // No place, or one that nobody could reach: a fix in the sea, a home that was filed wrongly.
        let unreached = best.is_empty();
        let mut ranked: Vec<Candidate> = best
            .into_values()
            .map(|it| {
                let reach = Reach::of(it.seconds, Limits::FIFTEEN_MINUTES);
                self.candidate(
                    &view.case,
                    roll.people.get(&it.key).map(Arc::as_ref),
                    it.key,
                    Some((it.seconds, it.meters, it.estimated)),
                    it.mode,
                    reach,
                    &chain,
                    facts.as_ref(),
                    roll.held(it.key),
                )
            })
            .collect();
        // Family whose whereabouts nobody knows is asked all the same: they may be in the next room. And where nobody knows
        // where the case is, or nobody can reach the place, people are asked by duty alone.
        for (id, why) in &why {
            let Some(who) = roll
                .people
                .get(id)
                .filter(|it| !ranked.iter().any(|seen| seen.responder == it.id))
            else {
                continue;
            };
            let unplaced = *why == [Barrier::NoPosition] && who.kind == ResponderKind::Family;
            let nowhere = unreached && why.iter().all(|it| *it == Barrier::NoPosition);
            if unplaced || nowhere {
                ranked.push(self.candidate(
                    &view.case,
                    Some(who),
                    who.id,
                    None,
                    who.mode,
                    Reach::Outside,
                    &chain,
                    facts.as_ref(),
                    roll.held(who.id),
                ));
            } else if !why.is_empty()
                && !why.contains(&Barrier::NotOwnFamily)
                && !excluded.iter().any(|it| it.responder == who.id)
            {
                // Out of reach of the sweep as well as barred: named while there is room, counted always.
                count += 1;
                if excluded.len() < EXCLUDED_MAX {
                    excluded.push(exclusion(who.id, why));
                }
            }
        }
        // Who is with them already, in an earlier case, needs no road; that case does not count against them.
        for id in &view.case.inside {
            let Some(who) = roll.people.get(id) else { continue };
            let held = roll.held(*id).saturating_sub(1);
            let mut why = barriers(who, &ask.about(who), held, now, &inner.limits);
            why.retain(|it| *it != Barrier::NoPosition);
            ranked.retain(|it| it.responder != *id);
            excluded.retain(|it| it.responder != *id);
            if why.is_empty() {
                let (way, reach) = (Some((0, 0, false)), Reach::Inside);
                let facts = facts.as_ref();
                let mut candidate =
                    self.candidate(&view.case, Some(who), *id, way, who.mode, reach, &chain, facts, held);
                candidate.reasons.insert(0, "with_them_already".to_owned());
                ranked.push(candidate);
            } else {
                count += 1;
                let reason = why.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(",");
                excluded.insert(0, Exclusion { responder: *id, reason });
            }
        }
        ranked.sort_by_key(|it| {
            let there = view.case.inside.contains(&it.responder);
            let bucket = it.seconds.map_or(u32::MAX, |it| it / AS_GOOD_S);
            let in_chain = chain.iter().position(|who| *who == it.responder).unwrap_or(usize::MAX);
            (
                !there,
                bucket,
                in_chain,
                !it.key_holder,
                roll.held(it.responder),
                it.seconds,
                it.responder,
            )
        });
        ranked.truncate(RANKED_MAX);
        Ranking {
            ranked,
            excluded,
            excluded_count: count,
        }
    }

    #[allow(clippy::too_many_arguments)] // one place builds candidates, from what the ranking has in hand
    fn candidate(
        &self,
        case: &Case,
        who: Option<&Responder>,
        id: ResponderId,
        way: Option<(u32, u32, bool)>,
        mode: Mode,
        reach: Reach,
        chain: &[ResponderId],
        facts: Option<&ElderFacts>,
        held: usize,
    ) -> Candidate {
        let key_holder = facts.is_some_and(|it| holds_key(it, id));
        let skilled = who.is_some_and(|it| helpful_skills(case.kind).iter().any(|skill| it.skills.contains(skill)));
        let mut reasons = Vec::new();
        match way {
            Some((seconds, _, estimated)) => {
                reasons.push(format!("arrives_in_s:{seconds}"));
                if estimated {
                    reasons.push("estimated_straight_line".to_owned());
                }
            }
            None => reasons.push("position_unknown".to_owned()),
        }
        if reach != Reach::Inside {
            reasons.push(match reach {
                Reach::Edge => "edge_of_circle".to_owned(),
                Reach::Inside | Reach::Outside => "outside_circle".to_owned(),
            });
        }
        if let Some(post) = chain.iter().position(|it| *it == id) {
            reasons.push(format!("responsible:{}", post + 1));
        }
        if key_holder {
            reasons.push("key_holder".to_owned());
        }
        if skilled {
            reasons.push("skilled".to_owned());
        }
        if held > 0 {
            reasons.push(format!("holds_cases:{held}"));
        }
        Candidate {
            responder: id,
            tier: who.map_or(Tier::Street, |it| it.tier),
            seconds: way.map(|it| it.0),
            meters: way.map(|it| it.1),
            mode,
            estimated: way.is_none_or(|it| it.2),
            reach,
            key_holder,
            skilled,
            reasons,
        }
    }

    fn ask_of(&self, view: &CaseView) -> Asked {
        let picture = self.0.desk.picture();
        let (needs, elders): (BTreeSet<Need>, Vec<_>) = match view.case.subject {
            Subject::Elder(id) => (picture.needs(id), vec![id]),
            Subject::Household(id) => {
                let members = picture.household(id).map(|it| it.1).unwrap_or_default();
                (picture.household_needs(id), members.iter().map(|it| it.id).collect())
            }
            Subject::Device(_) | Subject::Area(_) | Subject::Unknown(_) | Subject::Responder(_) => {
                (BTreeSet::new(), vec![])
            }
        };
        let mut family = BTreeSet::new();
        let mut restricted = BTreeSet::new();
        if let Subject::Responder(id) = view.case.subject {
            restricted.insert(id); // nobody is sent to help themselves
        }
        for elder in elders {
            for contact in picture.facts(elder).map(|it| it.contacts).unwrap_or_default() {
                if let Some(responder) = contact.responder {
                    if contact.restricted {
                        restricted.insert(responder)
                    } else {
                        family.insert(responder)
                    };
                }
            }
        }
        let area: Option<AreaCode> = view.area_code.parse().ok();
        Asked {
            nowhere: area.is_none(),
            ask: Ask {
                tiers: Tier::ALL.iter().copied().collect(),
                area: area.unwrap_or(WUQING),
                needs,
                skills: BTreeSet::new(),
                family,
                restricted,
            },
        }
    }

    /// Who answers for the household, nearest post first.
    fn chain_of(&self, view: &CaseView, now: Timestamp) -> Vec<ResponderId> {
        let picture = self.0.desk.picture();
        let (household, grid) = match view.case.subject {
            Subject::Elder(id) => match picture.elder(id) {
                Some(elder) => (Some(elder.household), Some(elder.grid)),
                None => (None, None),
            },
            Subject::Household(id) => (Some(id), picture.household(id).map(|it| it.0.grid)),
            Subject::Device(_) | Subject::Area(_) | Subject::Unknown(_) | Subject::Responder(_) => (None, None),
        };
        let own = household.and_then(|it| picture.chain(ChainSubject::Household(it)));
        let of_grid = grid.and_then(|it| picture.chain(ChainSubject::Grid(it)));
        answerable(own.as_deref(), of_grid.as_deref(), &picture.stand_ins(), now)
            .into_iter()
            .map(|it| it.responder)
            .collect()
    }

    /// Ranks every case that looks for people now and puts the offers; answers how many cases were answered.
    ///
    /// # Errors
    /// The store's, when not even the list could be read.
    pub async fn run_seeking(&self) -> Result<usize, DeskError> {
        let desk = &self.0.desk;
        let (cases, corrupt) = desk.store().seeking_cases(LOOK_MAX).await?;
        for error in &corrupt {
            tracing::error!(%error, "a case that looks for people does not read back");
            desk.store().keep_aside(error, desk.clock().now()).await?;
        }
        let ids: Vec<CaseId> = cases.iter().map(|it| it.case.id).collect();
        let alerts = desk.store().alerts_of_all(&ids).await?;
        let field = self.clone();
        // Beside the tasks: roads are searched for milliseconds a case, and alerts do not wait for that.
        let ranking = tokio::task::spawn_blocking(move || {
            let roll = field.roll();
            let ranked = cases.iter().filter_map(|view| {
                let seek = view.case.seek.as_ref()?;
                let as_of = field.0.desk.clock().now();
                let places = field.destinations_by(view, alerts.get(&view.case.id).map_or(&[], Vec::as_slice));
                let Ranking {
                    ranked,
                    excluded,
                    excluded_count,
                } = field.rank_at(view, &seek.steps, &places, &roll);
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
        let ranked = ranking.await.map_err(|_| StoreError::unavailable(Reason::Stopped))?;
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

    /// Counts what everybody carries from the store.
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
                        Ok(0) => {}
                        Ok(_) => continue,
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

fn exclusion(responder: ResponderId, why: &[Barrier]) -> Exclusion {
    let reason = why.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(",");
    Exclusion { responder, reason }
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

/// Whether a step of the ladder asks people of this kind.
fn step_asks(step: StepKind, who: &Responder) -> bool {
    match step {
        StepKind::Home => who.tier == Tier::Home,
        StepKind::Grid => who.tier == Tier::Grid,
        StepKind::Street => who.tier == Tier::Street && who.kind != ResponderKind::DutyLeader,
        StepKind::Medical => who.skills.contains(&Skill::Medical) || who.kind == ResponderKind::CommunityDoctor,
        StepKind::FirePost => who.kind == ResponderKind::FirePost || who.skills.contains(&Skill::Fire),
        StepKind::PoliceGrid => who.kind == ResponderKind::PoliceGrid,
        StepKind::Desk | StepKind::Prompt120 | StepKind::Prompt119 => false,
    }
}

/// Skills that help with a kind of alert; any of them counts.
fn helpful_skills(kind: Kind) -> &'static [Skill] {
    match kind {
        Kind::Sos | Kind::Unknown | Kind::Inactivity | Kind::Offline | Kind::MissedVisit => {
            &[Skill::FirstAid, Skill::Medical]
        }
        Kind::Fall => &[Skill::Lift, Skill::FirstAid, Skill::Medical],
        Kind::Vital => &[Skill::Medical, Skill::FirstAid],
        Kind::Smoke | Kind::Gas | Kind::CarbonMonoxide => &[Skill::Fire],
        Kind::Duress => &[Skill::Police],
        Kind::Geofence => &[Skill::MentalHealth, Skill::Police],
        Kind::WaterLeak | Kind::DeviceFault | Kind::LowBattery | Kind::Tamper | Kind::LinkLoss | Kind::PowerLoss => {
            &[Skill::Repair]
        }
        Kind::ServiceRequest | Kind::FollowUp | Kind::WelfareReview => &[],
    }
}

/// Offers that still count against somebody's attention, for the care client's list.
pub fn open_offers(case: &Case) -> impl Iterator<Item = &crate::case::Offer> {
    case.offers.iter().filter(|it| it.state == OfferState::Open)
}
