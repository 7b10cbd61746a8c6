//! `GET /api/v1/coverage`: which homes nobody who is free can reach within fifteen minutes now, and which grids have nobody
//! at work.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::Problem;
use super::wire::{Nothing, Query};
use crate::case::Lane;
use crate::circle::{Direction, Ground, Homes, Mode, Point};
use crate::ids::ResponderId;
use crate::people::{AreaCode, AreaLevel, ElderStatus, PrefixSet, Responder, ResponderKind};
use crate::store::cases::CaseFilter;

/// Within so many minutes somebody must be able to come.
pub const MINUTES: u32 = 15;
/// Homes are put on the roads anew after this long: people move seldom.
const PLACED_FOR: SignedDuration = SignedDuration::from_secs(60);
/// Cells in a degree of latitude and of longitude: squares of about 280 m at 39° north. Homes are counted in them, not shown.
const CELLS: (f64, f64) = (400.0, 310.0);
/// Open cases that are read at a time.
const PAGE: u64 = 500;

/// The homes of everybody, on the roads, for each way of travel. Shared by all who ask.
#[derive(Debug, Default)]
pub struct Placed(Mutex<Option<Arc<Homesteads>>>);

#[derive(Debug)]
struct Homesteads {
    at: Timestamp,
    ground: Arc<Ground>,
    homes: Vec<(AreaCode, Point)>,
    by_mode: Vec<(Mode, Homes)>,
}

/// How a scope is covered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CoverageDto {
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    pub minutes: u32,
    /// Homes in the scope with a known door.
    pub homes: usize,
    /// Of these: nobody who is free can be there in time.
    pub uncovered: usize,
    /// Grids in which somebody lives, by code.
    pub grids: Vec<GridCoverDto>,
    /// GeoJSON: squares in which homes are out of reach, each with the count of its `homes`.
    #[schema(value_type = Object)]
    pub cells: serde_json::Value,
}

/// How a grid is covered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GridCoverDto {
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
    pub homes: usize,
    pub uncovered: usize,
    /// Who is at work and answers for this grid; families are not counted.
    pub on_duty: usize,
}

/// Who is covered now, in the caller's area.
#[utoipa::path(get, path = "/api/v1/coverage", tag = "circles", responses((status = 200, body = CoverageDto)))]
pub async fn coverage(api: web::Data<Api>, who: SignedIn, _: Query<Nothing>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let busy = api.run(async move { it.busy().await }).await?;
    let it = api.get_ref().clone();
    let dto = api
        .compute(move || it.coverage_dto(&it.covered(&who.scope, &busy)))
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

impl Api {
    /// Who is on the way to an open case, or at one.
    pub(super) async fn busy(&self) -> Result<HashSet<ResponderId>, Problem> {
        let filter = CaseFilter {
            open: true,
            ..CaseFilter::default()
        };
        let (mut busy, mut after) = (HashSet::new(), None);
        loop {
            let page = self.app.store.list_cases(&filter, after, PAGE).await?;
            // Whoever brings a lunch is free for a call for help.
            let active = page
                .items
                .iter()
                .filter(|it| it.case.lane != Lane::Service)
                .flat_map(|it| &it.case.assignments)
                .filter(|it| it.is_active());
            busy.extend(active.map(|it| it.responder));
            after = page.next;
            if after.is_none() {
                return Ok(busy);
            }
        }
    }

    /// How the homes of a scope are covered. Takes more than a moment.
    pub(super) fn covered(&self, scope: &PrefixSet, busy: &HashSet<ResponderId>) -> Covered {
        let now = self.app.clock.now();
        let placed = self.homesteads(now);
        let mut at_work = self.app.picture.responders();
        let absent = self.app.picture.absent(now);
        at_work.retain(|it| it.duty.on && it.kind != ResponderKind::Family && !absent.contains(&it.id));
        let mut reached = vec![false; placed.homes.len()];
        for (mode, homes) in &placed.by_mode {
            let free = at_work.iter().filter(|it| it.mode == *mode && !busy.contains(&it.id));
            let places: Vec<Point> = free.filter_map(|it| place_of(it)).collect();
            if places.is_empty() {
                continue;
            }
            let covered = homes.covered_by(&places, MINUTES * 60);
            for (home, reached) in reached.iter_mut().enumerate() {
                *reached |= (0..places.len()).any(|it| covered.seconds(it, home).is_some());
            }
        }
        let mut grids: BTreeMap<AreaCode, GridCover> = BTreeMap::new();
        let mut cells: BTreeMap<Cell, usize> = BTreeMap::new();
        for ((grid, point), reached) in placed.homes.iter().zip(&reached) {
            if !scope.contains(*grid) {
                continue;
            }
            let counts = grids.entry(*grid).or_default();
            counts.homes += 1;
            if !*reached {
                counts.uncovered += 1;
                *cells.entry(cell_of(*point)).or_default() += 1;
            }
        }
        for (code, counts) in &mut grids {
            counts.on_duty = at_work.iter().filter(|it| it.scope.contains(*code)).count();
        }
        Covered {
            as_of: now,
            grids,
            cells,
        }
    }

    fn coverage_dto(&self, it: &Covered) -> CoverageDto {
        CoverageDto {
            as_of: it.as_of,
            minutes: MINUTES,
            homes: it.homes(),
            uncovered: it.uncovered(),
            grids: it
                .grids
                .iter()
                .map(|(code, counts)| GridCoverDto {
                    area_code: code.to_string(),
                    area_name: self.app.picture.area_name(*code),
                    homes: counts.homes,
                    uncovered: counts.uncovered,
                    on_duty: counts.on_duty,
                })
                .collect(),
            cells: squares(&it.cells),
        }
    }

    fn homesteads(&self, now: Timestamp) -> Arc<Homesteads> {
        let ground = self.app.ground.load_full();
        let kept = || self.placed.0.lock().unwrap_or_else(PoisonError::into_inner);
        let young = |it: &&Arc<Homesteads>| Arc::ptr_eq(&it.ground, &ground) && now.duration_since(it.at) < PLACED_FOR;
        if let Some(it) = kept().as_ref().filter(young) {
            return Arc::clone(it);
        }
        let today = self.app.picture.today();
        let mut homes: Vec<(AreaCode, Point)> = Vec::new();
        self.app.picture.each_elder(|it| {
            let counts = it.status == ElderStatus::Active && it.grid.level() == AreaLevel::Grid;
            if let Some(door) = it.door_on(today).1.filter(|_| counts) {
                homes.push((it.grid, door));
            }
        });
        let points: Vec<Point> = homes.iter().map(|it| it.1).collect();
        let modes: BTreeSet<Mode> = self.app.picture.responders().iter().map(|it| it.mode).collect();
        let by_mode = modes
            .into_iter()
            .map(|it| (it, Homes::new(&ground, &points, it, Direction::From)));
        let made = Arc::new(Homesteads {
            at: now,
            by_mode: by_mode.collect(),
            ground,
            homes,
        });
        *kept() = Some(Arc::clone(&made));
        made
    }
}

/// A square of about 280 m: the whole number of its southern and its western edge.
pub(super) type Cell = (i64, i64);

/// The square in which a place lies.
pub(super) fn cell_of(point: Point) -> Cell {
    (
        (point.lat() * CELLS.0).floor() as i64,
        (point.lon() * CELLS.1).floor() as i64,
    )
}

/// `[west, south, east, north]` of `size` squares by `size` from this one on.
pub(super) fn bounds_of((lat, lon): Cell, size: i64) -> [f64; 4] {
    let (lat_of, lon_of) = (|it: i64| it as f64 / CELLS.0, |it: i64| it as f64 / CELLS.1);
    [lon_of(lon), lat_of(lat), lon_of(lon + size), lat_of(lat + size)]
}

/// How a grid is covered.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GridCover {
    pub homes: usize,
    pub uncovered: usize,
    pub on_duty: usize,
}

/// How a scope is covered.
#[derive(Debug, Clone)]
pub(super) struct Covered {
    pub as_of: Timestamp,
    /// Grids in which somebody lives.
    pub grids: BTreeMap<AreaCode, GridCover>,
    /// Homes out of reach, by square.
    pub cells: BTreeMap<Cell, usize>,
}

impl Covered {
    pub fn homes(&self) -> usize {
        self.grids.values().map(|it| it.homes).sum()
    }

    pub fn uncovered(&self) -> usize {
        self.grids.values().map(|it| it.uncovered).sum()
    }
}

/// Where somebody would set out from: where they were last seen, else their base.
pub(super) fn place_of(it: &Responder) -> Option<Point> {
    it.position.map(|it| it.point).or(it.base)
}

fn squares(cells: &BTreeMap<Cell, usize>) -> serde_json::Value {
    let features = cells.iter().map(|(cell, homes)| {
        let [west, south, east, north] = bounds_of(*cell, 1);
        let ring = [
            [west, south],
            [east, south],
            [east, north],
            [west, north],
            [west, south],
        ];
        serde_json::json!({
            "type": "Feature",
            "properties": { "homes": homes },
            "geometry": { "type": "Polygon", "coordinates": [ring] },
        })
    });
    serde_json::json!({ "type": "FeatureCollection", "features": features.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_lies_around_its_home_and_counts_it() {
        let cell = cell_of(Point::new(39.383, 117.061).unwrap());
        let drawn = squares(&BTreeMap::from([(cell, 3)]));
        let feature = &drawn["features"][0];
        assert_eq!(feature["properties"]["homes"], 3);
        let corner = |n: usize, axis: usize| feature["geometry"]["coordinates"][0][n][axis].as_f64().unwrap();
        assert!(corner(0, 0) <= 117.061 && 117.061 <= corner(2, 0));
        assert!(corner(0, 1) <= 39.383 && 39.383 <= corner(2, 1));
    }
}
