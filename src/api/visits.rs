//! Visits (巡访/探访): who is to be looked in on, the round of a worker, what a visit has found and by what it is shown, and how far the
//! month has come.
//!
//! A visit counts when the elder was met and the place is proved. What is not proved is kept as what it is, and the deadline stands.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Api;
use super::auth::SignedIn;
use super::family_invites::qr;
use super::history::first_of;
use super::need_labels::{NeedLabelDto, labels_of};
use super::photo_file::{NoPhoto, PHOTO_MAX_BYTES, clean};
use super::photos::{refused, wrong_photo};
use super::problem::{FieldError, Problem};
use super::station_register::{if_match, stale, with_etag};
use super::wire::{
    Body, Listed, PageDto, PositionIn, Query, done_at, idempotency_key, limit, path_id, read_body_within, read_cursor,
    text, write_cursor,
};
use crate::circle::tour::{STOPS_MAX, Stop, Times, tour};
use crate::circle::{Limits, Mode, Point, Reach};
use crate::dispatch::rounds::{Goer, Standing, is_sensitive, may_hear_of, walks_the_grid};
use crate::ids::{CaseId, ElderId, ResponderId, UserId, VisitId};
use crate::people::visit::{near_the_door, together};
use crate::people::{AreaCode, Elder, ElderStatus, ProofSays, Responder, VisitPlan, VisitProof, VisitResult, VisitWay};
use crate::store::{RegisterEvent, Visit, VisitCount, VisitDue, VisitPhoto, random};

/// Visits that one list names at most; how many there are is said.
const NAMED_MAX: usize = 500;
/// Who may go along, as one visit names them.
const COMPANIONS_MAX: usize = 50;
/// How far ahead a worker may look, days.
const AHEAD_MAX_DAYS: u16 = 31;
/// A photo over a poor line: 400 KiB in this time are 36 kbit/s.
const PHOTO_WITHIN: Duration = Duration::from_secs(90);
/// A photo belongs to a visit that was filed within this.
const PHOTO_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// Minutes of a circle that may be asked for.
const MINUTES_MAX: u32 = 60;
/// A round may begin so far ahead.
const START_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What stands before the token in the code at a door.
const CODE_PREFIX: &str = "ecd-visit:";

/// Who goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GoerDto {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whose visit it is, where that is somebody else: absent, or off duty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub in_place_of: Option<ResponderId>,
    pub on_duty: bool,
}

/// Somebody who may go along to where nobody goes alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompanionDto {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    pub name: String,
}

/// An elder who is to be looked in on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VisitToMakeDto {
    #[schema(value_type = String)]
    pub elder_id: ElderId,
    pub name: String,
    /// Where they are to be found today.
    pub address: String,
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    pub need_labels: Vec<NeedLabelDto>,
    pub every_days: u16,
    /// `door`; `phone` while they are away.
    #[schema(value_type = String)]
    pub way: VisitWay,
    /// The last visit that counts; absent: there was none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub visited_at: Option<Timestamp>,
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// `overdue`, `due` (today), `later`.
    pub state: String,
    pub days_over: i32,
    /// Not before this hour, as `09:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Begun before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Nobody goes there alone: a visit names who was there too.
    pub pair: bool,
    /// Where nobody goes alone: who walks the grid there, is at work and may hear of them; the one who goes first is among them. At most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companions: Vec<CompanionDto>,
    /// Absent: nobody answers for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goer: Option<GoerDto>,
}

/// How far a grid or a worker is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VisitSumDto {
    /// The grid's code, or the worker's id.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub overdue: usize,
    pub due: usize,
    pub later: usize,
    /// Of a grid: elders for whom nobody has said how often, neither the street's table nor a plan of care.
    pub without_rhythm: usize,
    /// Of a grid: visits that are overdue or due and for which nobody answers.
    pub unheld: usize,
}

/// The visits of the caller's areas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VisitsDto {
    /// The longest overdue first; at most 500 are named.
    pub items: Vec<VisitToMakeDto>,
    /// How many there are of those that were asked for.
    pub count: usize,
    /// Every grid in which elders live, by code.
    pub grids: Vec<VisitSumDto>,
    /// Everybody who has visits to make, the most overdue first.
    pub workers: Vec<VisitSumDto>,
    /// Missed visits are looked after, and open cases.
    pub on: bool,
}

/// Which visits.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// An area of the caller's; all of them when left out.
    area: Option<String>,
    /// `overdue`, `due` (overdue ones among them; when left out), `all`.
    state: Option<String>,
    /// Only those that this responder makes.
    responder: Option<String>,
}

/// How far ahead.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Ahead {
    /// Also what is due within so many days, 0 to 31; 0 when left out.
    ahead_days: Option<u16>,
}

/// A visit that is to be made, before it is shown.
struct ToMake {
    elder: Elder,
    standing: Standing,
    goer: Option<Goer>,
}

fn wrong(field: &str, code: &'static str, text: impl Into<String>) -> Problem {
    Problem::fields(code, vec![FieldError::new(field, code, text)])
}

fn state_of(it: &Standing, today: Date, now: Timestamp) -> &'static str {
    if today > it.due_on || now >= it.missed_at {
        "overdue"
    } else if today == it.due_on {
        "due"
    } else {
        "later"
    }
}

fn hour(it: Time) -> String {
    it.strftime("%H:%M").to_string()
}

impl Api {
    fn goer_dto(&self, it: &Goer) -> GoerDto {
        GoerDto {
            responder_id: it.responder,
            name: self.app.picture.responder(it.responder).map(|it| it.name.clone()),
            in_place_of: it.in_place_of,
            on_duty: it.on_duty,
        }
    }

    /// Without them a telephone could not name who was there too: it has no list of people.
    fn companions_for(&self, elder: &Elder) -> Vec<CompanionDto> {
        if !is_sensitive(elder) {
            return vec![];
        }
        let picture = &self.app.picture;
        let stand_ins = picture.stand_ins();
        let may = |it: &Arc<Responder>| {
            // Families may hear of their own, and go along to nobody else.
            walks_the_grid(it.kind)
                && it.duty.on
                && may_hear_of(it, elder)
                && self.app.rounds.works_there(it, elder, &stand_ins)
        };
        let mut found: Vec<CompanionDto> = (picture.responders().iter().filter(|it| may(it)))
            .map(|it| CompanionDto {
                responder_id: it.id,
                name: it.name.clone(),
            })
            .collect();
        found.sort_by(|a, b| (&a.name, a.responder_id).cmp(&(&b.name, b.responder_id)));
        found.truncate(COMPANIONS_MAX);
        found
    }

    fn to_make_dto(&self, it: &ToMake) -> VisitToMakeDto {
        let now = self.app.clock.now();
        let today = self.app.rounds.day(now);
        let plan = self.app.rounds.plan(it.elder.id).unwrap_or_default();
        let (address, point) = it.elder.door_on(today);
        VisitToMakeDto {
            elder_id: it.elder.id,
            name: it.elder.name.clone(),
            address: address.to_owned(),
            area_code: it.elder.grid.to_string(),
            lat: point.map(Point::lat),
            lon: point.map(Point::lon),
            need_labels: labels_of(&self.app, &it.elder, it.elder.needs_on(today).into_iter()),
            every_days: it.standing.rhythm.days,
            way: it.standing.rhythm.way,
            visited_at: it.standing.visited_at,
            due_on: it.standing.due_on,
            state: state_of(&it.standing, today, now).to_owned(),
            days_over: it.standing.days_over(today),
            from: plan.from.map(hour),
            until: plan.until.map(hour),
            pair: is_sensitive(&it.elder),
            companions: self.companions_for(&it.elder),
            goer: it.goer.as_ref().map(|it| self.goer_dto(it)),
        }
    }

    /// How the visits of some elders stand; `None` of those for whom nobody has said how often.
    async fn standings(&self, elders: Vec<Elder>) -> Result<Vec<(Elder, Option<Standing>)>, Problem> {
        let ids: Vec<ElderId> = elders.iter().map(|it| it.id).collect();
        let rows: HashMap<ElderId, VisitDue> = self.app.store.visit_due_of(&ids).await?;
        let it = self.clone();
        self.compute(move || {
            let standing = |elder: Elder| {
                let found = it.app.rounds.standing(&elder, rows.get(&elder.id));
                (elder, found)
            };
            elders.into_iter().map(standing).collect()
        })
        .await
    }

    async fn elders_where(&self, wanted: impl Fn(&Elder) -> bool + Send + 'static) -> Result<Vec<Elder>, Problem> {
        let picture = self.app.picture.clone();
        // A district has a hundred thousand: not on a thread that answers.
        self.compute(move || {
            let mut found = Vec::new();
            picture.each_elder(|it| {
                if it.status == ElderStatus::Active && wanted(it) {
                    found.push(it.clone());
                }
            });
            found
        })
        .await
    }

    async fn visits(&self, who: SignedIn, asked: Which) -> Result<VisitsDto, Problem> {
        let bad = |text: String| wrong("area", "invalid_value", text);
        let area = asked
            .area
            .as_deref()
            .map(|it| it.parse::<AreaCode>().map_err(|error| bad(error.to_string())));
        let area = area.transpose()?;
        let of: Option<ResponderId> = match asked.responder.as_deref() {
            Some(text) => Some(
                text.parse()
                    .map_err(|error: crate::ids::BadId| wrong("responder", "invalid_value", error.to_string()))?,
            ),
            None => None,
        };
        let shown = match asked.state.as_deref() {
            None | Some("due") => &["overdue", "due"][..],
            Some("overdue") => &["overdue"],
            Some("all") => &["overdue", "due", "later"],
            Some(_) => return Err(wrong("state", "invalid_value", "known are overdue, due, all")),
        };
        let scope = who.scope.clone();
        let within = move |it: &Elder| scope.contains(it.grid) && area.is_none_or(|area| area.contains(it.grid));
        let elders = self.elders_where(within).await?;
        let standings = self.standings(elders).await?;
        let it = self.clone();
        self.compute(move || it.visits_of(standings, shown, of)).await
    }

    fn visits_of(
        &self,
        standings: Vec<(Elder, Option<Standing>)>,
        shown: &[&str],
        of: Option<ResponderId>,
    ) -> VisitsDto {
        let now = self.app.clock.now();
        let today = self.app.rounds.day(now);
        let stand_ins = self.app.picture.stand_ins();
        let mut grids: BTreeMap<String, VisitSumDto> = BTreeMap::new();
        let mut workers: BTreeMap<ResponderId, VisitSumDto> = BTreeMap::new();
        let mut items = Vec::new();
        for (elder, standing) in standings {
            let grid = grids.entry(elder.grid.to_string()).or_default();
            let Some(standing) = standing else {
                grid.without_rhythm += 1;
                continue;
            };
            let state = state_of(&standing, today, now);
            let goer = self.app.rounds.goer(&elder, &stand_ins);
            count(grid, state);
            match &goer {
                Some(it) => count(workers.entry(it.responder).or_default(), state),
                None => grid.unheld += usize::from(state != "later"),
            }
            let wanted = of.is_none_or(|of| goer.is_some_and(|it| it.responder == of));
            if wanted && shown.contains(&state) {
                items.push(ToMake { elder, standing, goer });
            }
        }
        items.sort_by(|a, b| (a.standing.due_on, &a.elder.code).cmp(&(b.standing.due_on, &b.elder.code)));
        let total = items.len();
        let named = |(code, mut it): (String, VisitSumDto)| {
            it.name = code
                .parse::<AreaCode>()
                .ok()
                .and_then(|it| self.app.picture.area_name(it));
            it.id = code;
            it
        };
        let worker = |(id, mut it): (ResponderId, VisitSumDto)| {
            it.id = id.to_string();
            it.name = self.app.picture.responder(id).map(|it| it.name.clone());
            it
        };
        let mut workers: Vec<VisitSumDto> = workers.into_iter().map(worker).collect();
        workers.sort_by_key(|it| (std::cmp::Reverse(it.overdue), std::cmp::Reverse(it.due)));
        VisitsDto {
            items: items.iter().take(NAMED_MAX).map(|it| self.to_make_dto(it)).collect(),
            count: total,
            grids: grids.into_iter().map(named).collect(),
            workers,
            on: self.app.rounds.config().on,
        }
    }

    /// The visits that somebody makes: their own, those of whoever they stand in for, and those where they work and nobody answers.
    async fn my_visits(&self, me: ResponderId, ahead_days: u16) -> Result<Vec<ToMake>, Problem> {
        let app = self.app.clone();
        let Some(who) = app.picture.responder(me) else {
            return Ok(vec![]);
        };
        let stand_ins = app.picture.stand_ins();
        let elders = {
            let (app, stand_ins) = (app.clone(), stand_ins.clone());
            let theirs = move |it: &Elder| match app.rounds.goer(it, &stand_ins) {
                Some(goer) => goer.responder == me,
                None => {
                    walks_the_grid(who.kind) && app.rounds.works_there(&who, it, &stand_ins) && may_hear_of(&who, it)
                }
            };
            self.elders_where(theirs).await?
        };
        let today = app.rounds.day(app.clock.now());
        let latest = today.saturating_add(i32::from(ahead_days).days());
        let found = self.standings(elders).await?;
        let mut items: Vec<ToMake> = found
            .into_iter()
            .filter_map(|(elder, standing)| Some((elder, standing?)))
            .filter(|it| it.1.due_on <= latest)
            .map(|(elder, standing)| {
                let goer = app.rounds.goer(&elder, &stand_ins);
                ToMake { elder, standing, goer }
            })
            .collect();
        items.sort_by(|a, b| (a.standing.due_on, &a.elder.code).cmp(&(b.standing.due_on, &b.elder.code)));
        Ok(items)
    }

    /// An elder whom the caller may visit: of their areas, or put to them, or where they walk the grid or stand in; and not kept from their
    /// ears.
    fn visitable(&self, who: &SignedIn, id: ElderId) -> Result<Arc<Elder>, Problem> {
        let picture = &self.app.picture;
        let may = |elder: &Elder| {
            if who.viewer().is_by_area() {
                return who.scope.contains(elder.grid);
            }
            let me = who.responder.and_then(|it| picture.responder(it));
            me.is_some_and(|me| {
                let stand_ins = picture.stand_ins();
                let theirs = self
                    .app
                    .rounds
                    .goer(elder, &stand_ins)
                    .is_some_and(|it| it.responder == me.id);
                let there = walks_the_grid(me.kind) && self.app.rounds.works_there(&me, elder, &stand_ins);
                (theirs || there) && may_hear_of(&me, elder)
            })
        };
        let found = picture.elder(id).filter(|it| may(it));
        found.ok_or_else(|| Problem::not_found("elder_not_found", "there is no such elder"))
    }
}

fn count(it: &mut VisitSumDto, state: &str) {
    match state {
        "overdue" => it.overdue += 1,
        "due" => it.due += 1,
        _ => it.later += 1,
    }
}

/// Who is to be looked in on in the caller's areas: what is overdue and due today, by grid and by worker.
#[utoipa::path(get, path = "/api/v1/visits", tag = "visits", params(Which), responses((status = 200, body = VisitsDto)))]
pub async fn list(api: web::Data<Api>, who: SignedIn, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.visits(who, asked.0).await }).await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// The visits that the caller makes, the longest overdue first.
#[utoipa::path(get, path = "/api/v1/responders/me/visits", tag = "visits", params(Ahead), responses((status = 200, body = PageDto<VisitToMakeDto>)))]
pub async fn mine(api: web::Data<Api>, who: SignedIn, asked: Query<Ahead>) -> Result<HttpResponse, Problem> {
    let me = who.responder()?;
    let ahead_days = asked.0.ahead_days.unwrap_or(0);
    if ahead_days > AHEAD_MAX_DAYS {
        return Err(wrong("ahead_days", "out_of_range", format!("0 to {AHEAD_MAX_DAYS}")));
    }
    let it = api.get_ref().clone();
    let items = api
        .run(async move {
            let found = it.my_visits(me, ahead_days).await?;
            Ok(found.iter().map(|visit| it.to_make_dto(visit)).collect::<Vec<_>>())
        })
        .await?;
    Ok(HttpResponse::Ok().json(PageDto { items, next: None }))
}

/// A round that is to be planned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteIn {
    /// From where; the caller's own position, or their base, when left out.
    #[serde(default)]
    pub from: Option<PositionIn>,
    /// When it begins; now when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start_at: Option<Timestamp>,
    /// `walk`, `ebike`, `car`; as the caller travels when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub mode: Option<Mode>,
    /// The circle, minutes from the start, 1 to 60; 15 when left out. Who lives beyond is named apart.
    #[serde(default)]
    pub minutes: Option<u32>,
    /// Only these of the caller's visits; all that are due when left out.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub elder_ids: Option<Vec<ElderId>>,
    /// Also what is due within so many days, 0 to 31.
    #[serde(default)]
    pub ahead_days: Option<u16>,
}

/// One door of a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteStopDto {
    #[serde(flatten)]
    pub visit: VisitToMakeDto,
    /// From the door before, seconds.
    pub travel_s: u32,
    /// From the door before, metres.
    pub meters: u32,
    /// From a straight line instead of roads.
    pub estimated: bool,
    #[schema(value_type = String, format = DateTime)]
    pub arrives_at: Timestamp,
    /// After a wait for the elder's hours, where there is one.
    #[schema(value_type = String, format = DateTime)]
    pub begins_at: Timestamp,
}

/// Somebody who is not in a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftOutDto {
    #[schema(value_type = String)]
    pub elder_id: ElderId,
    pub name: String,
    /// `by_phone`, `no_door` (nobody knows where), `no_way`, `outside_circle`, `hours` (nobody can be there in time), `too_many`.
    pub reason: String,
}

/// A round in the order in which it is walked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteDto {
    pub from_lat: f64,
    pub from_lon: f64,
    #[schema(value_type = String)]
    pub mode: Mode,
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Timestamp,
    /// When the last visit is over.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    pub stops: Vec<RouteStopDto>,
    pub left_out: Vec<LeftOutDto>,
}

/// A round to plan.
struct Planned {
    from: Point,
    mode: Mode,
    starts_at: Timestamp,
    minutes: u32,
}

impl Api {
    /// When somebody may be visited; none: their hours of that day are over.
    fn hours_of(&self, elder: ElderId, plan: &Planned) -> Option<Stop> {
        let offset = Offset::from_seconds(self.utc_offset_min() * 60).unwrap_or(Offset::UTC);
        let local = offset.to_datetime(plan.starts_at);
        let own = self.app.rounds.plan(elder).unwrap_or_default();
        let after = |at: Time| {
            let at = offset.to_timestamp(local.date().to_datetime(at)).ok();
            at.map(|at| at.duration_since(plan.starts_at).as_secs())
        };
        let opens = own.from.and_then(after).unwrap_or(0).max(0);
        let closes = own.until.and_then(after).unwrap_or(86_400);
        Some(Stop {
            opens_s: u32::try_from(opens).unwrap_or(0),
            closes_s: u32::try_from(closes).ok()?,
            stay_s: self.app.rounds.config().stay_min * 60,
        })
    }

    /// Runs beside the tasks: a journey takes milliseconds, and there is one between every two doors.
    fn planned(&self, visits: Vec<ToMake>, plan: &Planned) -> RouteDto {
        let ground = self.app.ground.load_full();
        let today = self.app.rounds.day(plan.starts_at);
        let mut left_out = Vec::new();
        let mut leave = |it: &ToMake, reason: &str| {
            left_out.push(LeftOutDto {
                elder_id: it.elder.id,
                name: it.elder.name.clone(),
                reason: reason.to_owned(),
            });
        };
        let limits = Limits::around(plan.minutes);
        let (mut doors, mut stops): (Vec<(ToMake, Point, u32)>, Vec<Stop>) = (Vec::new(), Vec::new());
        for it in visits {
            let Some(door) = it.elder.door_on(today).1 else {
                leave(&it, "no_door");
                continue;
            };
            if it.standing.rhythm.way == VisitWay::Phone {
                leave(&it, "by_phone");
                continue;
            }
            let Some(hours) = self.hours_of(it.elder.id, plan) else {
                leave(&it, "hours");
                continue;
            };
            if doors.len() >= STOPS_MAX {
                leave(&it, "too_many");
                continue;
            }
            match ground.travel(plan.from, door, plan.mode) {
                None => leave(&it, "no_way"),
                Some(trip) if Reach::of(trip.seconds, limits) == Reach::Outside => leave(&it, "outside_circle"),
                Some(trip) => {
                    doors.push((it, door, trip.seconds));
                    stops.push(hours);
                }
            }
        }
        let seconds = |from: Point, to: Point| ground.travel(from, to, plan.mode).map(|it| it.seconds);
        let between = |from: &(ToMake, Point, u32)| doors.iter().map(|to| seconds(from.1, to.1)).collect();
        let times = Times {
            start: doors.iter().map(|it| Some(it.2)).collect(),
            between: doors.iter().map(between).collect(),
        };
        let found = tour(&times, &stops);
        for at in &found.left_out {
            if let Some(it) = doors.get(*at) {
                leave(&it.0, "hours");
            }
        }
        let after = |seconds: u32| plan.starts_at + SignedDuration::from_secs(seconds.into());
        let mut at = plan.from;
        let mut walked = Vec::with_capacity(found.legs.len());
        for leg in &found.legs {
            let Some((visit, door, _)) = doors.get(leg.stop) else {
                continue;
            };
            let trip = ground.travel(at, *door, plan.mode);
            walked.push(RouteStopDto {
                visit: self.to_make_dto(visit),
                travel_s: leg.travel_s,
                meters: trip.as_ref().map_or(0, |it| it.meters),
                estimated: trip.as_ref().is_none_or(|it| it.estimated),
                arrives_at: after(leg.arrives_s),
                begins_at: after(leg.begins_s),
            });
            at = *door;
        }
        let stay = SignedDuration::from_mins(self.app.rounds.config().stay_min.into());
        RouteDto {
            from_lat: plan.from.lat(),
            from_lon: plan.from.lon(),
            mode: plan.mode,
            starts_at: plan.starts_at,
            ends_at: walked.last().map_or(plan.starts_at, |it| it.begins_at + stay),
            stops: walked,
            left_out,
        }
    }
}

/// Plans the caller's visits as a round: from where they stand, by the roads, within the circle and each elder's hours. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/responders/me/visits/route", tag = "visits", request_body = RouteIn, responses((status = 200, body = RouteDto),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn route(api: web::Data<Api>, who: SignedIn, body: Body<RouteIn>) -> Result<HttpResponse, Problem> {
    let me = who.responder()?;
    let asked = body.value;
    let now = api.app.clock.now();
    let minutes = asked.minutes.unwrap_or(15);
    if !(1..=MINUTES_MAX).contains(&minutes) {
        return Err(wrong("minutes", "out_of_range", format!("1 to {MINUTES_MAX}")));
    }
    let ahead_days = asked.ahead_days.unwrap_or(0);
    if ahead_days > AHEAD_MAX_DAYS {
        return Err(wrong("ahead_days", "out_of_range", format!("0 to {AHEAD_MAX_DAYS}")));
    }
    let starts_at = asked.start_at.unwrap_or(now);
    if starts_at < now - SignedDuration::from_hours(1) || starts_at > now + START_WITHIN {
        let text = "must lie between an hour ago and seven days on";
        return Err(wrong("start_at", "out_of_range", text));
    }
    let live = api.app.field.with_live(|live| live.get(me));
    let from = match (asked.from, live) {
        (Some(place), _) => place.point("from.")?,
        (None, Some((_, point))) => point,
        (None, None) => {
            return Err(wrong(
                "from",
                "missing_field",
                "nobody knows where you are: say from where",
            ));
        }
    };
    let known = api.app.picture.responder(me).map(|it| it.mode);
    let mode = asked.mode.or(live.map(|it| it.0)).or(known).unwrap_or(Mode::Walk);
    let plan = Planned {
        from,
        mode,
        starts_at,
        minutes,
    };
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let mut visits = it.my_visits(me, ahead_days).await?;
            if let Some(only) = asked.elder_ids {
                visits.retain(|it| only.contains(&it.elder.id));
            }
            let planning = it.clone();
            it.compute(move || planning.planned(visits, &plan)).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// A visit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitIn {
    /// `door`, `phone`.
    #[schema(value_type = String)]
    pub way: VisitWay,
    /// `well`, `needs_attention` (opens a welfare review), `needs_help` (reports a call for help), `declined`, `not_home`, `no_answer`.
    #[schema(value_type = String)]
    pub result: VisitResult,
    /// What was found; needed with `needs_attention` and `needs_help`. Sealed.
    #[serde(default)]
    pub words: Option<String>,
    /// Where the telephone was, with the radius within which that holds. Only the distance from the door is kept.
    #[serde(default)]
    pub position: Option<PositionIn>,
    /// What the code at the door says.
    #[serde(default)]
    pub code: Option<String>,
    /// Who was there too; needed where nobody goes alone.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub companion_id: Option<ResponderId>,
}

/// A visit as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VisitDto {
    #[schema(value_type = String)]
    pub id: VisitId,
    #[schema(value_type = String)]
    pub elder_id: ElderId,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub filed_at: Timestamp,
    #[schema(value_type = String)]
    pub by: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub responder_id: Option<ResponderId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responder_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub companion_id: Option<ResponderId>,
    #[schema(value_type = String)]
    pub way: VisitWay,
    #[schema(value_type = String)]
    pub result: VisitResult,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// `position`, `code`, `photo`, `none`.
    #[schema(value_type = String)]
    pub proof: VisitProof,
    /// `holds`, `unsure` (too vague, or nothing was shown), `fails` (somewhere else).
    #[schema(value_type = String)]
    pub proof_says: ProofSays,
    /// From the door, where a position was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metres: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<i32>,
    /// The elder was met and the place is proved: the deadline is put off.
    pub counts: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub due_on: Option<Date>,
    /// There is a photo that is kept still.
    pub photo: bool,
    /// What it opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub case_id: Option<CaseId>,
}

/// A visit was filed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VisitedDto {
    pub visit: VisitDto,
    /// Why it does not count: `not_met`, `proof_unsure` (scan the code at the door or add a photo), `proof_fails`, `by_phone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
    /// The day by which the next is due; absent: nobody has said how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub next_due_on: Option<Date>,
}

/// Why a visit does not count; none: it does.
fn why_not(asked_way: VisitWay, way: VisitWay, result: VisitResult, says: ProofSays) -> Option<&'static str> {
    if !result.is_met() {
        return Some("not_met");
    }
    match (asked_way, way, says) {
        (VisitWay::Phone, VisitWay::Phone, _) | (_, VisitWay::Door, ProofSays::Holds) => None,
        (VisitWay::Door, VisitWay::Phone, _) => Some("by_phone"),
        (_, VisitWay::Door, ProofSays::Unsure) => Some("proof_unsure"),
        (_, VisitWay::Door, ProofSays::Fails) => Some("proof_fails"),
    }
}

/// A request about a visit, as it came.
struct Filed {
    id: Uuid,
    asked: Vec<u8>,
    at: Timestamp,
}

impl Api {
    async fn visit_dto(&self, it: &Visit, photo: bool) -> Result<VisitDto, Problem> {
        let words = match self.app.store.visit_words(it).await {
            Ok(words) => words,
            Err(error) => {
                // Erased with the key of the elder: that there was a visit stays.
                tracing::warn!(visit.id = %it.id, %error, "the words of a visit cannot be opened");
                None
            }
        };
        let name = it.responder.and_then(|it| self.app.picture.responder(it));
        Ok(VisitDto {
            id: VisitId::new(it.id),
            elder_id: it.elder,
            at: it.at,
            filed_at: it.filed_at,
            by: it.by,
            responder_id: it.responder,
            responder_name: name.map(|it| it.name.clone()),
            companion_id: it.companion,
            way: it.way,
            result: it.result,
            words,
            proof: it.proof,
            proof_says: it.says,
            metres: it.metres,
            accuracy_m: it.accuracy_m,
            counts: it.counts,
            due_on: it.due_on,
            photo,
            case_id: it.case,
        })
    }

    /// What the position says of the door, and the metres between them.
    fn measured(&self, elder: &Elder, at: Timestamp, place: &PositionIn) -> Result<(ProofSays, Option<i32>), Problem> {
        let point = place.point("position.")?;
        let Some(door) = elder.door_on(self.app.rounds.day(at)).1 else {
            return Ok((ProofSays::Unsure, None)); // nobody has filed where the door is
        };
        let metres = point.distance_m(door);
        let accuracy = place.accuracy_m.map(f64::from);
        let says = near_the_door(metres, accuracy, self.app.rounds.config().within_m.into());
        Ok((says, Some(metres.round().min(f64::from(i32::MAX)) as i32)))
    }

    fn companion(&self, who: &SignedIn, elder: &Elder, asked: &VisitIn) -> Result<Option<ResponderId>, Problem> {
        let field = "companion_id";
        let Some(id) = asked.companion_id else {
            if is_sensitive(elder) && asked.way == VisitWay::Door {
                return Err(wrong(
                    field,
                    "missing_field",
                    "nobody goes there alone: say who was there too",
                ));
            }
            return Ok(None);
        };
        if Some(id) == who.responder {
            return Err(wrong(field, "invalid_value", "must be somebody else"));
        }
        let known = self.app.picture.responder(id);
        let may = |it: &Arc<Responder>| may_hear_of(it, elder);
        if known.filter(may).is_none() {
            return Err(wrong(
                field,
                "invalid_value",
                "there is no such responder who may go there",
            ));
        }
        Ok(Some(id))
    }

    async fn file_visit(
        &self,
        who: &SignedIn,
        elder: &Elder,
        asked: VisitIn,
        filed: Filed,
    ) -> Result<(bool, VisitedDto), Problem> {
        let app = &self.app;
        if app.picture.is_frozen(elder.id) {
            let text = "a case says that they are believed dead: nobody is visited before the duty leader has phoned";
            return Err(Problem::new(StatusCode::CONFLICT, "frozen", text));
        }
        let companion = self.companion(who, elder, &asked)?;
        let words = asked.words.as_deref().map(|it| text("words", it)).transpose()?;
        let wants_words = matches!(asked.result, VisitResult::NeedsAttention | VisitResult::NeedsHelp);
        if words.is_none() && wants_words {
            return Err(wrong("words", "missing_field", "say what is to be looked after"));
        }
        let measured = asked
            .position
            .map(|it| self.measured(elder, filed.at, &it))
            .transpose()?;
        let code = match asked.code.as_deref() {
            None => false,
            Some(code) => {
                let token = code.trim().strip_prefix(CODE_PREFIX).unwrap_or(code.trim());
                let found = app.store.visit_code(elder.household, Some(token)).await?;
                if !found.is_some_and(|it| it.1) {
                    let text = "this is not the code at this door, or it was replaced";
                    return Err(wrong("code", "invalid_value", text));
                }
                true
            }
        };
        let (proof, says) = together(measured.map(|it| it.0), code, false);
        let row = app.store.visit_due_of(&[elder.id]).await?.remove(&elder.id);
        let standing = app.rounds.standing(elder, row.as_ref());
        let asked_way = standing.map_or(VisitWay::Door, |it| it.rhythm.way);
        let why_not = why_not(asked_way, asked.way, asked.result, says);
        let sealed = words
            .map(|it| app.store.seal_visit_words(elder.id, filed.id, &it))
            .transpose()?;
        let radius = asked.position.and_then(|it| it.accuracy_m);
        let visit = Visit {
            id: filed.id,
            elder: elder.id,
            area: elder.grid.to_string(),
            at: filed.at,
            filed_at: app.clock.now(),
            by: who.user,
            responder: who.responder,
            companion,
            way: asked.way,
            result: asked.result,
            proof,
            says,
            metres: measured.and_then(|it| it.1),
            accuracy_m: radius.map(|it| it.round().min(1e9) as i32),
            counts: why_not.is_none(),
            due_on: standing.map(|it| it.due_on),
            words: sealed,
            case: None,
            asked: filed.asked.clone(),
        };
        let next_at = app.rounds.after_visit(elder, filed.at);
        let (mut kept, new) = app.store.put_visit(visit, next_at).await?;
        if kept.asked != filed.asked {
            return Err(crate::dispatch::DeskError::KeyReused.into());
        }
        if kept.case.is_none() {
            // What a crash keeps from it is opened by the worker.
            kept.case = app.rounds.open_for(&kept).await?;
        }
        let photo = app.store.visits_with_photo(&[kept.id]).await?;
        let row = app.store.visit_due_of(&[elder.id]).await?.remove(&elder.id);
        let dto = VisitedDto {
            visit: self.visit_dto(&kept, !photo.is_empty()).await?,
            why_not: why_not_of(&kept, asked_way).map(str::to_owned),
            next_due_on: app.rounds.standing(elder, row.as_ref()).map(|it| it.due_on),
        };
        Ok((new, dto))
    }
}

fn why_not_of(it: &Visit, asked_way: VisitWay) -> Option<&'static str> {
    if it.counts {
        return None;
    }
    why_not(asked_way, it.way, it.result, it.says)
}

/// Files a visit. With the same `Idempotency-Key` it is there; a phone without a network says with `Done-At` when it was. It counts when
/// the elder was met and position or code prove the place; else the answer says why not, and the deadline stands.
#[utoipa::path(post, path = "/api/v1/elders/{id}/visits", tag = "visits", request_body = VisitIn,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header), ("Done-At" = Option<String>, Header)),
    responses((status = 201, body = VisitedDto), (status = 200, body = VisitedDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn file(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<VisitIn>,
) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let elder = api.visitable(&who, id)?;
    let now = api.app.clock.now();
    let made = match idempotency_key(&request)? {
        Some(key) => VisitId::derive(who.user.as_uuid(), &format!("visit {id} {key}")).as_uuid(),
        None => api.app.ids.make(),
    };
    let filed = Filed {
        id: made,
        asked: Sha256::digest(&body.raw).to_vec(),
        at: done_at(&request, now)?.unwrap_or(now),
    };
    let it = api.get_ref().clone();
    let asked = body.value;
    let (new, dto) = api
        .run(async move { it.file_visit(&who, &elder, asked, filed).await })
        .await?;
    let mut answer = if new {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(answer.json(dto))
}

/// A part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The visits of an elder, the last first, tries among them.
#[utoipa::path(get, path = "/api/v1/elders/{id}/visits", tag = "visits", params(("id" = String, Path), Part),
    responses((status = 200, body = PageDto<VisitDto>)))]
pub async fn of_elder(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<Part>,
) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    api.visitable(&who, id)?;
    let rows = limit(asked.0.limit)?;
    let before = asked
        .0
        .cursor
        .as_deref()
        .map(|it| read_cursor(Listed::Visits, it))
        .transpose()?;
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let store = &it.app.store;
            let found = store.visits_of(id, before, rows).await?;
            let ids: Vec<Uuid> = found.iter().map(|it| it.id).collect();
            let with_photo: BTreeSet<Uuid> = store.visits_with_photo(&ids).await?.into_iter().collect();
            let full = found.len() as u64 >= rows;
            let next = found.last().filter(|_| full);
            let next = next.map(|it| write_cursor(Listed::Visits, Some(it.at), it.id));
            let mut items = Vec::with_capacity(found.len());
            for visit in &found {
                items.push(it.visit_dto(visit, with_photo.contains(&visit.id)).await?);
            }
            it.record_view(&who, "elder", id.as_uuid(), &["visit.words"], None, "visits")
                .await?;
            Ok(PageDto { items, next })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// By what right.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VisitPhotoRight {
    /// `door`: the door from outside, nobody on it; `agreed`: the elder agreed.
    consent: Option<String>,
}

/// Adds a photo to a visit of the caller's that was filed within a day: a JPEG, PNG or WebP of at most 400 KiB and 1600 pixels an edge, as
/// the body. What it says of place, time and camera is taken out. It proves a visit whose position did not, unless that says another place.
#[utoipa::path(post, path = "/api/v1/elders/{id}/visits/{rid}/photo", tag = "visits", params(("id" = String, Path), ("rid" = String, Path), VisitPhotoRight),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = VisitedDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn add_photo(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<VisitPhotoRight>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let elder = api.visitable(&who, id)?;
    let visit: VisitId = path_id(&request, "rid")?;
    let body = read_body_within(&mut payload.into_inner(), PHOTO_MAX_BYTES, PHOTO_WITHIN).await;
    let file = match body {
        Ok(body) => clean(&body),
        Err(problem) if problem.status == StatusCode::PAYLOAD_TOO_LARGE => Err(NoPhoto::TooLarge),
        Err(problem) => return Err(problem),
    };
    let known = ["door", "agreed"];
    let consent = match asked.0.consent.as_deref() {
        Some(word) if known.contains(&word) => Ok(word.to_owned()),
        None | Some("") => Err(("missing_field", "say by what right it was taken: door, agreed")),
        Some(_) => Err(("invalid_value", "known are door, agreed")),
    };
    let (consent, photo) = match (consent, file) {
        (Ok(consent), Ok(photo)) => (consent, photo),
        (consent, file) => {
            let consent = consent.err().map(|(code, text)| FieldError::new("consent", code, text));
            return Err(refused(
                consent.into_iter().chain(file.err().map(wrong_photo)).collect(),
            ));
        }
    };
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let app = &it.app;
            let no_visit = || Problem::not_found("visit_not_found", "there is no such visit of yours");
            let found = app.store.visit(id, visit.as_uuid()).await?;
            let mut of = found.filter(|it| it.by == who.user).ok_or_else(no_visit)?;
            let now = app.clock.now();
            if now.duration_since(of.filed_at) > PHOTO_AFTER {
                let text = "a photo is added within a day of the visit";
                return Err(Problem::new(StatusCode::CONFLICT, "too_late", text));
            }
            let within = app.rounds.config().within_m.into();
            let position = of
                .metres
                .map(|it| near_the_door(it.into(), of.accuracy_m.map(f64::from), within));
            // What was said when it was filed holds: a rounded figure says no less.
            let position = position.map(|it| match of.proof {
                VisitProof::Position => of.says,
                VisitProof::Code | VisitProof::Photo | VisitProof::None => it,
            });
            (of.proof, of.says) = together(position, of.proof == VisitProof::Code, true);
            let row = app.store.visit_due_of(&[id]).await?.remove(&id);
            let standing = app.rounds.standing(&elder, row.as_ref());
            let asked_way = standing.map_or(VisitWay::Door, |it| it.rhythm.way);
            of.counts = of.counts || why_not(asked_way, of.way, of.result, of.says).is_none();
            let kept = VisitPhoto {
                id: app.ids.make(),
                visit: of.id,
                by: who.user,
                at: now,
                consent,
                media: photo.media.to_owned(),
                width: photo.width,
                height: photo.height,
                bytes: photo.bytes,
            };
            let next_at = app.rounds.after_visit(&elder, of.at);
            if !app.store.put_visit_photo(of.clone(), kept, next_at).await? {
                let text = "this visit has its photo";
                return Err(Problem::new(StatusCode::CONFLICT, "photo_there", text));
            }
            let row = app.store.visit_due_of(&[id]).await?.remove(&id);
            Ok(VisitedDto {
                visit: it.visit_dto(&of, true).await?,
                why_not: why_not_of(&of, asked_way).map(str::to_owned),
                next_due_on: app.rounds.standing(&elder, row.as_ref()).map(|it| it.due_on),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// The photo of a visit, opened; the look is recorded.
#[utoipa::path(get, path = "/api/v1/elders/{id}/visits/{rid}/photo", tag = "visits", params(("id" = String, Path), ("rid" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg"),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn photo(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    api.visitable(&who, id)?;
    let visit: VisitId = path_id(&request, "rid")?;
    let it = api.get_ref().clone();
    let photo = api
        .run(async move {
            let no_photo = || Problem::not_found("photo_not_found", "there is no photo of this visit");
            let store = &it.app.store;
            store.visit(id, visit.as_uuid()).await?.ok_or_else(no_photo)?;
            let photo = store.visit_photo(visit.as_uuid()).await?.ok_or_else(no_photo)?;
            it.record_view(&who, "elder", id.as_uuid(), &["visit.photo"], None, &visit.to_string())
                .await?;
            Ok(photo)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type(photo.media)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'"))
        .body(photo.bytes))
}

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Month {
    /// `2026-03`, by the street's own calendar; the present one when left out.
    month: Option<String>,
    /// An area of the caller's; all of them when left out.
    area: Option<String>,
}

/// How far a month has come in one grid, or in all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CoverageSumDto {
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
    /// Elders of today's register who are looked in on in some rhythm.
    pub elders: usize,
    /// Those of them with at least one visit in the month that counts.
    pub visited: usize,
    /// `visited` of `elders`, in hundredths of a percent; absent: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_bp: Option<u32>,
    /// Visits that count.
    pub visits: usize,
    /// Those of them by the day on which they were due.
    pub on_time: usize,
    pub late: usize,
    /// Days on which a visit was due and had not taken place.
    pub missed: usize,
    /// Tries that do not count: nobody was met, or the place is not proved.
    pub tries: usize,
    pub by_position: usize,
    pub by_code: usize,
    pub by_photo: usize,
    pub by_phone: usize,
    /// Of the tries: those whose proof says another place.
    pub proof_fails: usize,
}

/// How far a month has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VisitCoverageDto {
    /// `2026-03`.
    pub month: String,
    /// The month is not over.
    pub open: bool,
    /// Every grid, by code.
    pub grids: Vec<CoverageSumDto>,
    pub all: CoverageSumDto,
}

impl CoverageSumDto {
    fn add_visit(&mut self, it: &VisitCount, day: Date) {
        if !it.counts {
            self.tries += 1;
            self.proof_fails += usize::from(it.says == ProofSays::Fails);
            return;
        }
        self.visits += 1;
        let in_time = it.due_on.is_none_or(|due| day <= due);
        self.on_time += usize::from(in_time);
        self.late += usize::from(!in_time);
        match (it.way, it.proof) {
            (VisitWay::Phone, _) => self.by_phone += 1,
            (VisitWay::Door, VisitProof::Position) => self.by_position += 1,
            (VisitWay::Door, VisitProof::Code) => self.by_code += 1,
            (VisitWay::Door, VisitProof::Photo) => self.by_photo += 1,
            (VisitWay::Door, VisitProof::None) => {}
        }
    }

    fn add(&mut self, it: &Self) {
        let pairs = [
            (&mut self.elders, it.elders),
            (&mut self.visited, it.visited),
            (&mut self.visits, it.visits),
            (&mut self.on_time, it.on_time),
            (&mut self.late, it.late),
            (&mut self.missed, it.missed),
            (&mut self.tries, it.tries),
            (&mut self.by_position, it.by_position),
            (&mut self.by_code, it.by_code),
            (&mut self.by_photo, it.by_photo),
            (&mut self.by_phone, it.by_phone),
            (&mut self.proof_fails, it.proof_fails),
        ];
        for (sum, more) in pairs {
            *sum += more;
        }
    }

    fn rated(mut self) -> Self {
        let rate = (self.visited * 10_000).checked_div(self.elders);
        self.rate_bp = rate.and_then(|it| u32::try_from(it).ok());
        self
    }
}

impl Api {
    async fn visit_coverage(&self, who: SignedIn, asked: Month) -> Result<VisitCoverageDto, Problem> {
        let app = self.app.clone();
        let now = app.clock.now();
        let today = app.rounds.day(now);
        let first = first_of(asked.month.as_deref(), today)?;
        let bad = |text: String| wrong("area", "invalid_value", text);
        let area = asked
            .area
            .as_deref()
            .map(|it| it.parse::<AreaCode>().map_err(|error| bad(error.to_string())));
        let area = area.transpose()?;
        let offset = Offset::from_seconds(self.utc_offset_min() * 60).unwrap_or(Offset::UTC);
        let begins = |day: Date| offset.to_timestamp(day.at(0, 0, 0, 0)).ok();
        let next = first.checked_add(1.month()).ok();
        let bounds = begins(first).zip(next.and_then(begins)).zip(next);
        let Some(((from, until), next)) = bounds else {
            return Err(wrong("month", "out_of_range", "there is no such month"));
        };
        let scope = who.scope.clone();
        let within = move |code: AreaCode| scope.contains(code) && area.is_none_or(|area| area.contains(code));
        let of_elder = within.clone();
        let elders = self.elders_where(move |it| of_elder(it.grid)).await?;
        let visits = app.store.visits_between(from, until, area).await?;
        let missed = app.store.missed_visits(first, next, area).await?;
        let it = self.clone();
        self.compute(move || {
            let rounds = &it.app.rounds;
            let met: BTreeSet<ElderId> = visits.iter().filter(|it| it.counts).map(|it| it.elder).collect();
            let mut grids: BTreeMap<String, CoverageSumDto> = BTreeMap::new();
            for elder in elders.iter().filter(|it| rounds.rhythm(it).is_some()) {
                let sum = grids.entry(elder.grid.to_string()).or_default();
                sum.elders += 1;
                sum.visited += usize::from(met.contains(&elder.id));
            }
            let theirs = |code: &str| code.parse().is_ok_and(&within);
            for visit in visits.iter().filter(|it| theirs(&it.area)) {
                grids
                    .entry(visit.area.clone())
                    .or_default()
                    .add_visit(visit, rounds.day(visit.at));
            }
            for one in missed.iter().filter(|it| theirs(&it.area)) {
                grids.entry(one.area.clone()).or_default().missed += 1;
            }
            let mut all = CoverageSumDto::default();
            let grids = grids.into_iter().map(|(code, sum)| {
                all.add(&sum);
                let area_name = code.parse().ok().and_then(|code| it.app.picture.area_name(code));
                CoverageSumDto {
                    area_code: code,
                    area_name,
                    ..sum.rated()
                }
            });
            let grids = grids.collect();
            VisitCoverageDto {
                month: first.strftime("%Y-%m").to_string(),
                open: next > today,
                grids,
                all: all.rated(),
            }
        })
        .await
    }
}

/// How far the visits of a month have come, by grid: every figure is a count of visits that can be listed one by one.
#[utoipa::path(get, path = "/api/v1/visits/coverage", tag = "visits", params(Month), responses((status = 200, body = VisitCoverageDto)))]
pub async fn coverage(api: web::Data<Api>, who: SignedIn, asked: Query<Month>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.visit_coverage(who, asked.0).await }).await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// The code at a door: when it was made, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VisitCodeDto {
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    #[schema(value_type = String)]
    pub by: UserId,
}

/// How an elder is looked in on. The `ETag` of the answer is what an edit names in `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VisitPlanDto {
    #[schema(value_type = String)]
    pub elder_id: ElderId,
    /// The elder's own plan of care, days; absent: as the street's table has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
    /// `09:00`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    pub version: i64,
    /// What holds now: the strictest of all; absent: nobody has said how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_days: Option<u16>,
    /// `door`, `phone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub way: Option<VisitWay>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub due_on: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goer: Option<GoerDto>,
    /// The code at the door; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<VisitCodeDto>,
}

/// A plan of care as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitPlanIn {
    /// At least every so many days, 1 to 366; left out: as the street's table has it. A looser one than the table's changes nothing.
    #[serde(default)]
    pub days: Option<u16>,
    /// Not before this hour, as `09:00`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub from: Option<Time>,
    /// Begun before this one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub until: Option<Time>,
}

impl Api {
    async fn visit_plan_dto(&self, elder: &Elder) -> Result<VisitPlanDto, Problem> {
        let app = &self.app;
        let (plan, version) = app.store.visit_plan(elder.id).await?;
        let row = app.store.visit_due_of(&[elder.id]).await?.remove(&elder.id);
        let standing = app.rounds.standing(elder, row.as_ref());
        let code = app.store.visit_code(elder.household, None).await?;
        Ok(VisitPlanDto {
            elder_id: elder.id,
            days: plan.days,
            from: plan.from.map(hour),
            until: plan.until.map(hour),
            version,
            every_days: standing.map(|it| it.rhythm.days),
            way: standing.map(|it| it.rhythm.way),
            due_on: standing.map(|it| it.due_on),
            goer: app
                .rounds
                .goer(elder, &app.picture.stand_ins())
                .map(|it| self.goer_dto(&it)),
            code: code.map(|(it, _)| VisitCodeDto {
                made_at: it.made_at,
                by: it.by,
            }),
        })
    }

    fn visit_event(&self, who: &SignedIn, subject: String, what: &str) -> RegisterEvent {
        RegisterEvent {
            id: self.app.ids.make(),
            subject,
            at: self.app.clock.now(),
            by: who.user,
            what: what.to_owned(),
            before: None,
            after: None,
        }
    }
}

/// How an elder is looked in on.
#[utoipa::path(get, path = "/api/v1/elders/{id}/visit-plan", tag = "visits", params(("id" = String, Path)), responses((status = 200, body = VisitPlanDto)))]
pub async fn plan(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let elder = api.elder_in_scope(&who, id)?;
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.visit_plan_dto(&elder).await }).await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Gives an elder a plan of care over the version that was seen (0: there is none): 412 when somebody was quicker.
#[utoipa::path(put, path = "/api/v1/elders/{id}/visit-plan", tag = "visits", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = VisitPlanIn, responses((status = 200, body = VisitPlanDto),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put_plan(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<VisitPlanIn>,
) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let elder = api.elder_in_scope(&who, id)?;
    let version = if_match(&request)?;
    let VisitPlanIn { days, from, until } = body.value;
    let new = VisitPlan { days, from, until };
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let app = &it.app;
            let before = app.store.visit_plan(id).await?.0;
            let event = RegisterEvent {
                before: serde_json::to_value(&before).ok(),
                after: serde_json::to_value(&new).ok(),
                ..it.visit_event(&who, format!("visit_plan {id}"), "edited")
            };
            app.store
                .edit_visit_plan(id, &new, version, event)
                .await
                .map_err(stale)?;
            app.rounds.read_plans().await?;
            app.rounds.settle().await?;
            tracing::info!(elder.id = %id, user.id = %who.user, "a plan of care was edited");
            it.visit_plan_dto(&elder).await
        })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// A code for a door, shown once: what is kept is its keyed hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewVisitCodeDto {
    /// What the picture says: what a phone sends as `code`.
    pub code: String,
    /// The picture to print, SVG.
    pub qr_svg: String,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
}

/// Makes a code for the door of an elder's home, in place of the one before it, which proves nothing any more.
#[utoipa::path(post, path = "/api/v1/elders/{id}/visit-code", tag = "visits", params(("id" = String, Path)), responses((status = 201, body = NewVisitCodeDto)))]
pub async fn make_code(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let elder = api.elder_in_scope(&who, id)?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let secret: [u8; 32] = random().map_err(crate::store::StoreError::from)?;
            let token = URL_SAFE_NO_PAD.encode(secret);
            let now = it.app.clock.now();
            let event = it.visit_event(&who, format!("visit_code {}", elder.household), "made");
            it.app.store.put_visit_code(elder.household, &token, now, event).await?;
            let code = format!("{CODE_PREFIX}{token}");
            Ok(NewVisitCodeDto {
                qr_svg: qr(&code)?,
                code,
                made_at: now,
            })
        })
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(dto))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_was_met_where_they_live_was_visited() {
        use ProofSays::*;
        use VisitResult::*;
        use VisitWay::*;
        for (asked, way, result, says, wanted) in [
            (Door, Door, Well, Holds, None),
            (Door, Door, NeedsHelp, Holds, None),
            (Door, Door, Declined, Holds, None),
            (Door, Door, Well, Unsure, Some("proof_unsure")),
            (Door, Door, Well, Fails, Some("proof_fails")),
            (Door, Door, NoAnswer, Holds, Some("not_met")),
            (Door, Door, NotHome, Holds, Some("not_met")),
            (Door, Phone, Well, Unsure, Some("by_phone")),
            (Phone, Phone, Well, Unsure, None),
            (Phone, Phone, NoAnswer, Unsure, Some("not_met")),
            (Phone, Door, Well, Holds, None),
            (Phone, Door, Well, Unsure, Some("proof_unsure")),
        ] {
            assert_eq!(
                why_not(asked, way, result, says),
                wanted,
                "{asked} {way} {result} {says}"
            );
        }
    }
}
