//! The board on the wall: the figures of a street as they are now, for a screen that everybody in the room sees.
//!
//! Start at [`board`]. Holds always:
//! - nothing here names a person, a home or a door, or says where one is: places are squares of about 1.1 km;
//! - exercises are in no figure;
//! - what nobody measures is absent, and the screen says so.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use utoipa::ToSchema;

use super::Api;
use super::coverage::{Cell, Covered, MINUTES, bounds_of, cell_of, place_of};
use super::problem::Problem;
use super::tiles::{MapDto, map_dto, tile_answer};
use super::walls::WallScreen;
use crate::case::times::percentile;
use crate::case::{Kind, Lane, Severity, State, Times};
use crate::circle::Point;
use crate::ids::{CaseId, DeviceId, ResponderId};
use crate::people::{AreaCode, AreaLevel, DeviceBinding, PrefixSet, ResponderKind, Tier};
use crate::store::cases::{CaseFilter, CaseView};

/// A board is worked out anew after this: all screens of an area are answered from one.
const BOARD_FOR: SignedDuration = SignedDuration::from_secs(2);
/// Coverage and devices change slower, and cost more.
const SLOW_FOR: SignedDuration = SignedDuration::from_secs(20);
/// The figures tell of this long.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// Cases of the window that are measured at most, the newest: a district's day.
const MEASURED_MAX: usize = 5_000;
/// Cases that are read at a time.
const PAGE: u64 = 500;
/// Communities that are named, the busiest.
const COMMUNITIES_MAX: usize = 8;
/// Squares of the map are so many squares of the coverage wide: about 1.1 km.
const COARSE: i64 = 4;
/// A square in which fewer homes are out of reach says nothing of them: it would point at a door.
const HOMES_MIN: usize = 5;
/// Boards that are kept: one a scope.
const BOARDS_MAX: usize = 64;

/// What is kept between two looks.
#[derive(Debug, Default)]
pub struct Boards(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    boards: HashMap<String, Arc<WallDto>>,
    slow: HashMap<String, Slow>,
    /// By case, with the version up to which its log was read.
    times: HashMap<CaseId, (u32, Times)>,
}

#[derive(Debug, Clone)]
struct Slow {
    at: Timestamp,
    covered: Arc<Covered>,
    devices: DevicesDto,
    busy: Arc<HashSet<ResponderId>>,
}

/// An area whose figures these are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WallAreaDto {
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
}

/// Open cases of one tier, by severity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WallTierDto {
    /// `home`, `grid`, `street`.
    pub tier: String,
    pub critical: u32,
    pub urgent: u32,
    pub routine: u32,
    pub technical: u32,
}

/// Seconds, by nearest rank.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WallSpreadDto {
    /// Of how many cases; of none the rest is absent.
    pub cases: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_s: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_s: Option<u64>,
}

/// How many calls for help had somebody at the door in time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WallInTimeDto {
    pub minutes: u32,
    /// Calls in which somebody came, or should have come by now. What ended before needed nobody.
    pub cases: u32,
    pub in_time: u32,
}

/// One hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WallHourDto {
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    pub critical: u32,
    pub urgent: u32,
    pub other: u32,
}

/// Who is at work; families are not counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WallPeopleDto {
    pub on_duty: usize,
    /// On the way, or there.
    pub busy: usize,
}

/// Who could be reached by somebody free within the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WallCoverageDto {
    pub minutes: u32,
    /// Homes with a known door.
    pub homes: usize,
    pub covered: usize,
    /// Grids with nobody at work.
    pub bare: Vec<WallAreaDto>,
}

/// The devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DevicesDto {
    /// In service, and of an elder or a home of the area.
    pub in_service: usize,
    /// Of these: sent an alert that belongs to a case of the last 24 hours.
    pub heard_24h: usize,
    /// Open technical cases: battery, link, power, tampering.
    pub faults: u32,
    /// Of these: speak by themselves and have been heard, so that somebody waits for them.
    #[serde(default)]
    pub awaited: usize,
    /// Of those that are awaited, so many of a hundred are there: heard within two beats and a minute. Absent where none is: that
    /// nothing was heard of a button is no proof that it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online_percent: Option<f64>,
}

/// A square of the map, about 1.1 km wide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WallCellDto {
    /// `[west, south, east, north]`, WGS-84.
    pub bounds: [f64; 4],
    pub open: u32,
    /// The gravest of them; absent where none is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Responders who are free.
    pub free: u32,
    /// Homes that nobody free can reach in time, where they are at least five.
    pub uncovered: u32,
}

/// A community and what is open in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WallCommunityDto {
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
    pub open: u32,
    pub critical: u32,
}

/// The board.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WallDto {
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// The street's own clocks: minutes that they are ahead of UTC.
    pub utc_offset_min: i32,
    /// What is written over it.
    pub label: String,
    pub areas: Vec<WallAreaDto>,
    /// Open cases: not resolved, not closed.
    pub open: u32,
    /// Of these: calls for help without a lead.
    pub waiting: u32,
    /// Of these: nobody was at the door in time.
    pub late: u32,
    /// Home, grid, street.
    pub tiers: Vec<WallTierDto>,
    /// Calls for help of the last 24 hours.
    pub calls_24h: u32,
    pub to_accept: WallSpreadDto,
    pub to_arrive: WallSpreadDto,
    pub in_time: WallInTimeDto,
    /// The last 24 hours, oldest first.
    pub hours: Vec<WallHourDto>,
    pub people: WallPeopleDto,
    pub coverage: WallCoverageDto,
    pub devices: DevicesDto,
    pub cells: Vec<WallCellDto>,
    /// Where something is open, the gravest first.
    pub communities: Vec<WallCommunityDto>,
}

/// The figures of the screen's areas, now.
#[utoipa::path(get, path = "/api/v1/wall/board", tag = "wall", responses((status = 200, body = WallDto),
    (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn board(api: web::Data<Api>, me: WallScreen) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let board = api
        .run(async move {
            it.app.store.wall_seen(&me.0, it.app.clock.now()).await?;
            let board = it.board_of(&me.0.scope).await?;
            Ok(WallDto {
                label: me.0.label,
                ..(*board).clone()
            })
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(board))
}

/// What the map is made of, for a screen on the wall.
#[utoipa::path(get, path = "/api/v1/wall/map", tag = "wall", responses((status = 200, body = MapDto)))]
pub async fn map(api: web::Data<Api>) -> HttpResponse {
    HttpResponse::Ok().json(map_dto(&api))
}

/// One tile, as everybody else gets it.
#[utoipa::path(get, path = "/api/v1/wall/tiles/{z}/{x}/{y}", tag = "wall",
    params(("z" = u8, Path), ("x" = u32, Path), ("y" = u32, Path)),
    responses((status = 200, content_type = "application/vnd.mapbox-vector-tile"), (status = 204)))]
pub async fn tile(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    tile_answer(&api, &request).await
}

impl Api {
    /// The board of some areas; all screens that show the same are answered from one.
    async fn board_of(&self, scope: &PrefixSet) -> Result<Arc<WallDto>, Problem> {
        let key = scope.iter().map(|it| it.to_string()).collect::<Vec<_>>().join(",");
        // One at a time: who waits finds the answer of who was first.
        let mut kept = self.boards.0.lock().await;
        let now = self.app.clock.now();
        let young = |at: Timestamp, age: SignedDuration| now.duration_since(at).abs() < age;
        if let Some(it) = kept.boards.get(&key).filter(|it| young(it.as_of, BOARD_FOR)) {
            return Ok(Arc::clone(it));
        }
        let day = self.cases_of_day(scope, now).await?;
        let slow = match kept.slow.get(&key).filter(|it| young(it.at, SLOW_FOR)) {
            Some(it) => it.clone(),
            None => {
                let busy = Arc::new(self.busy().await?);
                let (it, of, taken) = (self.clone(), scope.clone(), Arc::clone(&busy));
                let covered = self.compute(move || it.covered(&of, &taken)).await?;
                Slow {
                    at: now,
                    covered: Arc::new(covered),
                    devices: self.devices_heard(scope, &day).await?,
                    busy,
                }
            }
        };
        let mut measured = Vec::new();
        let since = now - WINDOW;
        for view in day.iter().filter(|it| is_call(it)).take(MEASURED_MAX) {
            let (id, version) = (view.case.id, view.case.version);
            let times = match kept.times.get(&id).filter(|it| it.0 == version) {
                Some((_, times)) => *times,
                None => {
                    let log = self.log_of(id).await?;
                    let Some(times) = Times::of(&log) else { continue };
                    kept.times.insert(id, (version, times));
                    times
                }
            };
            if times.opened_at >= since {
                measured.push(times);
            }
        }
        let old = now - WINDOW - WINDOW;
        kept.times.retain(|_, it| it.1.opened_at > old);
        let made = Arc::new(self.made_of(scope, &day, &measured, &slow, now));
        if kept.boards.len() >= BOARDS_MAX {
            kept.boards.clear();
            kept.slow.clear();
        }
        kept.slow.insert(key.clone(), slow);
        kept.boards.insert(key, Arc::clone(&made));
        Ok(made)
    }

    /// What is open, and what was opened within the window; no exercise among them.
    async fn cases_of_day(&self, scope: &PrefixSet, now: Timestamp) -> Result<Vec<CaseView>, Problem> {
        let since = now - WINDOW;
        let mut found: Vec<CaseView> = Vec::new();
        let mut seen = HashSet::new();
        for open in [false, true] {
            let filter = CaseFilter {
                scope: Some(scope.clone()),
                open,
                ..CaseFilter::default()
            };
            let mut after = None;
            loop {
                let page = self.app.store.list_cases(&filter, after, PAGE).await?;
                // Newest first: what is over and older than the window ends the first of the two walks.
                let before = page.items.iter().any(|it| it.case.opened_at < since);
                let wanted = page.items.into_iter().filter(|it| open || it.case.opened_at >= since);
                found.extend(
                    wanted.filter(|it| !it.case.drill && it.case.kind != Kind::SelfCheck && seen.insert(it.case.id)),
                );
                after = page.next;
                if after.is_none() || (!open && (before || found.len() >= MEASURED_MAX)) {
                    break;
                }
            }
        }
        Ok(found)
    }

    pub(super) async fn log_of(&self, case: CaseId) -> Result<Vec<crate::case::Record>, Problem> {
        let mut log = Vec::new();
        loop {
            let after = i64::try_from(log.len()).unwrap_or(i64::MAX);
            let page = self.app.store.events(case, after, PAGE).await?;
            let more = page.len() as u64 >= PAGE;
            log.extend(page.into_iter().map(|it| it.record));
            if !more {
                return Ok(log);
            }
        }
    }

    async fn devices_heard(&self, scope: &PrefixSet, day: &[CaseView]) -> Result<DevicesDto, Problem> {
        let picture = &self.app.picture;
        let mut theirs: Vec<(DeviceId, Option<SignedDuration>)> = Vec::new();
        picture.each_device_in_service(|it| {
            let grid = match it.binding {
                Some(DeviceBinding::Elder(id)) => picture.grid_of(id),
                Some(DeviceBinding::Household(id)) => picture.household(id).map(|it| it.0.grid),
                None => None,
            };
            if grid.is_some_and(|it| scope.contains(it)) {
                theirs.push((it.id, self.app.supervision.beat(it)));
            }
        });
        let ids: Vec<CaseId> = day.iter().map(|it| it.case.id).collect();
        let alerts = self.app.store.alerts_of_all(&ids).await?;
        let senders = alerts
            .values()
            .flatten()
            .filter_map(|it| it.sender.parse::<DeviceId>().ok());
        let known: HashSet<DeviceId> = theirs.iter().map(|it| it.0).collect();
        let heard: HashSet<DeviceId> = senders.filter(|it| known.contains(it)).collect();
        let (here, awaited) = self.app.supervision.here(&theirs);
        let fault = |it: &&CaseView| is_open(it) && it.case.lane == Lane::Technical;
        Ok(DevicesDto {
            in_service: theirs.len(),
            heard_24h: heard.len(),
            faults: count(day.iter().filter(fault).count()),
            awaited,
            // 100 only when it is all: rounding up would hide the last device.
            online_percent: (awaited > 0).then(|| (1_000 * here / awaited) as f64 / 10.0),
        })
    }

    fn made_of(&self, scope: &PrefixSet, day: &[CaseView], measured: &[Times], slow: &Slow, now: Timestamp) -> WallDto {
        let named = |code: AreaCode| WallAreaDto {
            area_code: code.to_string(),
            area_name: self.app.picture.area_name(code),
        };
        let open: Vec<&CaseView> = day.iter().filter(|it| is_open(it)).collect();
        let covered = &slow.covered;
        let responders = self.app.picture.responders();
        let absent = &self.app.picture.absent(now);
        let at_work = || {
            let theirs = |code: AreaCode| scope.contains(code) || scope.iter().any(|it| code.contains(it));
            responders
                .iter()
                .filter(move |it| it.duty.on && it.kind != ResponderKind::Family && it.scope.iter().any(theirs))
                .filter(move |it| !absent.contains(&it.id))
        };
        let busy: HashSet<ResponderId> = open
            .iter()
            .flat_map(|it| it.case.active())
            .map(|it| it.responder)
            .collect();
        let since = now - WINDOW;
        let calls = day.iter().filter(|it| is_call(it) && it.case.opened_at >= since);
        WallDto {
            as_of: now,
            utc_offset_min: self.utc_offset_min(),
            label: String::new(),
            areas: scope.iter().map(named).collect(),
            open: count(open.len()),
            waiting: count(
                open.iter()
                    .filter(|it| it.case.lane == Lane::Help && it.case.lead().is_none())
                    .count(),
            ),
            late: count(open.iter().filter(|it| it.case.door_late).count()),
            tiers: Tier::ALL.iter().map(|it| tier_of(&open, *it)).collect(),
            calls_24h: count(calls.count()),
            to_accept: spread(measured.iter().filter_map(Times::to_accept)),
            to_arrive: spread(measured.iter().filter_map(Times::to_arrive)),
            in_time: in_time(measured, now),
            hours: hours(day, now),
            people: WallPeopleDto {
                on_duty: at_work().count(),
                busy: at_work().filter(|it| busy.contains(&it.id)).count(),
            },
            coverage: WallCoverageDto {
                minutes: MINUTES,
                homes: covered.homes(),
                covered: covered.homes().saturating_sub(covered.uncovered()),
                bare: covered
                    .grids
                    .iter()
                    .filter(|it| it.1.on_duty == 0)
                    .map(|it| named(*it.0))
                    .collect(),
            },
            devices: slow.devices.clone(),
            cells: {
                let cases = open.iter().filter_map(|it| {
                    let place = self.app.field.destinations_now(it).into_iter().next()?;
                    Some((place, it.case.severity))
                });
                let free = at_work().filter(|it| !busy.contains(&it.id) && !slow.busy.contains(&it.id));
                cells(cases, free.filter_map(|it| place_of(it)), &covered.cells)
            },
            communities: self.communities(&open),
        }
    }

    fn communities(&self, open: &[&CaseView]) -> Vec<WallCommunityDto> {
        let mut found: BTreeMap<AreaCode, (u32, u32)> = BTreeMap::new();
        for it in open {
            let code = it.area_code.parse::<AreaCode>().ok();
            let Some(code) = code.and_then(|it| it.at(AreaLevel::Community).or(Some(it))) else {
                continue; // of no street: it is in the sums
            };
            let counts = found.entry(code).or_default();
            counts.0 += 1;
            counts.1 += u32::from(it.case.severity == Severity::Critical);
        }
        let mut all: Vec<_> = found.into_iter().collect();
        all.sort_by_key(|(code, (open, critical))| (std::cmp::Reverse((*critical, *open)), *code));
        let named = all.into_iter().take(COMMUNITIES_MAX);
        named
            .map(|(code, (open, critical))| WallCommunityDto {
                area_code: code.to_string(),
                area_name: self.app.picture.area_name(code),
                open,
                critical,
            })
            .collect()
    }
}

fn count(it: usize) -> u32 {
    u32::try_from(it).unwrap_or(u32::MAX)
}

fn is_open(it: &CaseView) -> bool {
    !matches!(it.case.state, State::Resolved | State::Closed)
}

/// Somebody called, or something called for them: what has a clock to a door.
fn is_call(it: &CaseView) -> bool {
    it.case.lane == Lane::Help && !it.case.kind.is_aftercare()
}

fn tier_of(open: &[&CaseView], tier: Tier) -> WallTierDto {
    let mut row = WallTierDto {
        tier: tier.as_str().to_owned(),
        ..WallTierDto::default()
    };
    for it in open.iter().filter(|it| it.case.tier == tier) {
        match it.case.severity {
            Severity::Critical => row.critical += 1,
            Severity::Urgent => row.urgent += 1,
            Severity::Routine => row.routine += 1,
            Severity::Technical => row.technical += 1,
        }
    }
    row
}

fn spread(spans: impl Iterator<Item = SignedDuration>) -> WallSpreadDto {
    let mut seconds: Vec<u64> = spans.map(|it| u64::try_from(it.as_secs()).unwrap_or(0)).collect();
    seconds.sort_unstable();
    WallSpreadDto {
        cases: count(seconds.len()),
        p50_s: percentile(&seconds, 50),
        p90_s: percentile(&seconds, 90),
    }
}

fn in_time(measured: &[Times], now: Timestamp) -> WallInTimeDto {
    let limit = SignedDuration::from_mins(i64::from(MINUTES));
    let said: Vec<bool> = measured.iter().filter_map(|it| it.in_time(limit, now)).collect();
    WallInTimeDto {
        minutes: MINUTES,
        cases: count(said.len()),
        in_time: count(said.iter().filter(|it| **it).count()),
    }
}

/// The last 24 hours, each counted back from now.
fn hours(day: &[CaseView], now: Timestamp) -> Vec<WallHourDto> {
    let mut all: Vec<WallHourDto> = (0..24)
        .rev()
        .map(|back| WallHourDto {
            until: now - SignedDuration::from_hours(back),
            critical: 0,
            urgent: 0,
            other: 0,
        })
        .collect();
    for it in day.iter().filter(|it| !it.case.kind.is_aftercare()) {
        let back = now.duration_since(it.case.opened_at).as_hours();
        let Some(hour) = usize::try_from(back).ok().filter(|it| *it < all.len()) else {
            continue;
        };
        let at = all.len() - 1 - hour;
        match it.case.severity {
            Severity::Critical => all[at].critical += 1,
            Severity::Urgent => all[at].urgent += 1,
            Severity::Routine | Severity::Technical => all[at].other += 1,
        }
    }
    all
}

fn cells(
    cases: impl Iterator<Item = (Point, Severity)>,
    free: impl Iterator<Item = Point>,
    uncovered: &BTreeMap<Cell, usize>,
) -> Vec<WallCellDto> {
    let coarse = |(lat, lon): Cell| (lat.div_euclid(COARSE), lon.div_euclid(COARSE));
    #[derive(Default)]
    struct Sum {
        open: u32,
        severity: Option<Severity>,
        free: u32,
        uncovered: usize,
    }
    let mut sums: BTreeMap<Cell, Sum> = BTreeMap::new();
    for (point, severity) in cases {
        let it = sums.entry(coarse(cell_of(point))).or_default();
        it.open += 1;
        it.severity = it.severity.max(Some(severity));
    }
    for point in free {
        sums.entry(coarse(cell_of(point))).or_default().free += 1;
    }
    for (cell, homes) in uncovered {
        sums.entry(coarse(*cell)).or_default().uncovered += homes;
    }
    sums.into_iter()
        .map(|((lat, lon), it)| WallCellDto {
            bounds: bounds_of((lat * COARSE, lon * COARSE), COARSE),
            open: it.open,
            severity: it.severity.map(|it| it.as_str().to_owned()),
            free: it.free,
            uncovered: if it.uncovered >= HOMES_MIN {
                count(it.uncovered)
            } else {
                0
            },
        })
        .filter(|it| it.open > 0 || it.free > 0 || it.uncovered > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Point {
        Point::new(lat, lon).unwrap()
    }

    #[test]
    fn a_square_counts_what_lies_in_it_and_points_at_no_door() {
        let near = [at(39.3801, 117.0601), at(39.3805, 117.0605)];
        let homes = BTreeMap::from([(cell_of(near[0]), 4)]);
        let found = cells(
            [(near[0], Severity::Urgent), (near[1], Severity::Critical)].into_iter(),
            [near[1]].into_iter(),
            &homes,
        );
        assert_eq!(found.len(), 1);
        let it = &found[0];
        assert_eq!(
            (it.open, it.severity.as_deref(), it.free, it.uncovered),
            (2, Some("critical"), 1, 0)
        );
        let [west, south, east, north] = it.bounds;
        assert!(west <= 117.0601 && 117.0605 < east && south <= 39.3801 && 39.3805 < north);
        assert!((north - south - 0.01).abs() < 1e-9, "about 1.1 km");
        let homes = BTreeMap::from([(cell_of(near[0]), 5)]);
        assert_eq!(cells([].into_iter(), [].into_iter(), &homes)[0].uncovered, 5);
        assert!(cells([].into_iter(), [].into_iter(), &BTreeMap::from([(cell_of(near[0]), 4)])).is_empty());
    }

    #[test]
    fn of_nothing_there_is_no_figure() {
        assert_eq!(spread([].into_iter()), WallSpreadDto::default());
        assert_eq!(in_time(&[], Timestamp::UNIX_EPOCH).cases, 0);
    }
}
