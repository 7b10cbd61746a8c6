//! How far one gets in some minutes, as an area for the map.
//!
//! The reached parts of roads are drawn onto a grid, widened by a cell, and outlined (marching squares, `contour`);
//! then specks and pin-holes go and the outline is simplified (`geo`). It is a picture: whether somebody is inside is
//! answered by travel time, never by this area.

use contour::ContourBuilder;
use geo::{Area, Simplify};
use geojson::{Feature, Geometry, GeometryValue, JsonObject, JsonValue};

use super::coordinates::Point;
use super::graph::{Bits, CLOSED, Roads, Topology, WHOLE};
use super::ground::{DETOUR, Ground};
use super::speeds::{Mode, Speeds};
use super::sweep::{Bare, Direction, LIMIT_MAX_DS, Net, Scratch, sweep, with_scratch};

const METRES_PER_DEGREE: f64 = 111_195.08;
/// Cells along the longer side at most: a wide circle gets coarser cells, not more of them.
const SIDE_MAX: usize = 250;
/// A cell is never finer than this.
const CELL_MIN_M: f32 = 25.0;
/// Smaller holes are not shown.
const HOLE_MIN_CELLS: f64 = 12.0;

impl Ground {
    /// The area within `minutes` of `point`, as a GeoJSON feature with a MultiPolygon (WGS-84, longitude first) and the
    /// properties `mode`, `minutes`, `direction` and `estimated`. Without roads there it is a circle, `estimated`.
    pub fn isochrone(&self, point: Point, mode: Mode, minutes: u32, direction: Direction) -> Feature {
        let limit = minutes.saturating_mul(600).min(LIMIT_MAX_DS);
        let drawn = self
            .roads()
            .and_then(|roads| roads.reached_area(point, mode, limit, direction));
        let estimated = drawn.is_none();
        let polygons = drawn.unwrap_or_else(|| vec![vec![circle(point, mode, limit)]]);
        let mut properties = JsonObject::new();
        properties.insert("mode".to_owned(), word(mode));
        properties.insert("minutes".to_owned(), JsonValue::from(minutes));
        properties.insert("direction".to_owned(), word(direction));
        properties.insert("estimated".to_owned(), JsonValue::from(estimated));
        let coordinates = polygons
            .into_iter()
            .map(|rings| {
                let ring = |ring: Vec<[f64; 2]>| ring.into_iter().map(Into::into).collect();
                rings.into_iter().map(ring).collect()
            })
            .collect();
        Feature {
            geometry: Some(Geometry::new(GeometryValue::MultiPolygon { coordinates })),
            properties: Some(properties),
            ..Feature::default()
        }
    }
}

/// The wire's word for a mode or direction.
fn word(value: impl std::fmt::Debug) -> JsonValue {
    JsonValue::from(format!("{value:?}").to_lowercase())
}

type Rings = Vec<Vec<[f64; 2]>>;

fn circle(point: Point, mode: Mode, limit: u32) -> Vec<[f64; 2]> {
    let radius_m = f64::from(limit) / 36.0 * Speeds::straight_kmh(mode) / DETOUR;
    let lat = radius_m / METRES_PER_DEGREE;
    let lon = lat / point.lat().to_radians().cos().max(0.01);
    let corner = |number: u32| {
        let angle = f64::from(number % 64) * std::f64::consts::TAU / 64.0;
        let at_lat = (point.lat() + lat * angle.sin()).clamp(-90.0, 90.0);
        [(point.lon() + lon * angle.cos()).clamp(-180.0, 180.0), at_lat]
    };
    (0..=64).map(corner).collect()
}

/// A part of an arc that is reached: half, and offsets from its entry.
type Part = (u32, u32, u32);

impl Roads {
    /// Polygons of rings of longitude and latitude; `None` if the point is on no road.
    fn reached_area(&self, point: Point, mode: Mode, limit: u32, direction: Direction) -> Option<Vec<Rings>> {
        let place = self.place(point, mode)?;
        let net = self.net(mode, direction);
        let seeds = net.seeds(&place);
        let parts = with_scratch(|scratch| {
            sweep(&net, scratch, &seeds, limit, &mut Bare);
            let begun = seeds.iter().filter(|seed| seed.spent <= limit).map(|seed| {
                let to = seed.from + reached_share(limit - seed.spent, net.cost(seed.half));
                (seed.half, seed.from, to.min(WHOLE))
            });
            let mut parts: Vec<Part> = begun.collect();
            reached_parts(&net, scratch, limit, &mut parts);
            parts
        });
        let plane = Plane::at(point);
        let mut sheet = Sheet::over(net.topology, &plane, &parts);
        sheet.draw((0.0, 0.0), (0.0, 0.0));
        for part in &parts {
            pieces(net.topology, &plane, *part, |from, to| sheet.draw(from, to));
        }
        Some(sheet.outline(&plane))
    }
}

/// How much of an arc of some cost is reached in the time that is left.
fn reached_share(left: u32, cost: u32) -> u32 {
    (u64::from(left) * u64::from(WHOLE) / u64::from(cost.max(1))).min(u64::from(WHOLE)) as u32
}

/// Every arc that leaves a reached junction, as far as the time lasts; what is reached whole, once.
fn reached_parts(net: &Net<'_>, scratch: &Scratch, limit: u32, parts: &mut Vec<Part>) {
    let topology = net.topology;
    let mut seen = Bits::new(topology.nodes());
    let mut whole = Bits::new(topology.segments());
    for node in scratch.queue.nodes() {
        let Some(spent) = scratch.cost_of(node) else { continue };
        if seen.get(node) {
            continue;
        }
        seen.set(node);
        for half in topology.first[node as usize]..topology.first[node as usize + 1] {
            let cost = net.cost(half);
            let segment = topology.segment[half as usize];
            if cost >= CLOSED || whole.get(segment) {
                continue;
            }
            let to = reached_share(limit - spent, cost);
            if to == WHOLE {
                whole.set(segment);
            }
            parts.push((half, 0, to));
        }
    }
}

/// A plane that touches the Earth at a point.
struct Plane {
    lat: f64,
    lon: f64,
    per_lat: f64,
    per_lon: f64,
}

impl Plane {
    fn at(point: Point) -> Self {
        let per_lat = METRES_PER_DEGREE;
        let per_lon = per_lat * point.lat().to_radians().cos().max(0.01);
        Self {
            lat: point.lat(),
            lon: point.lon(),
            per_lat,
            per_lon,
        }
    }
    fn on(&self, [lat, lon]: [i32; 2]) -> (f32, f32) {
        let east = (f64::from(lon) / 1e7 - self.lon) * self.per_lon;
        let north = (f64::from(lat) / 1e7 - self.lat) * self.per_lat;
        (east as f32, north as f32)
    }
}

/// Hands over the straight pieces of a part of an arc, metres on the plane.
fn pieces(topology: &Topology, plane: &Plane, (half, from, to): Part, mut piece: impl FnMut((f32, f32), (f32, f32))) {
    let segment = topology.segment[half as usize];
    let shape = topology.shape_of(segment);
    let along = topology.start[segment as usize] == half;
    let point = |number: usize| plane.on(shape[if along { number } else { shape.len() - 1 - number }]);
    let length = |a: (f32, f32), b: (f32, f32)| (b.0 - a.0).hypot(b.1 - a.1);
    let pairs = || (1..shape.len()).map(|number| (point(number - 1), point(number)));
    if from == 0 && to == WHOLE {
        pairs().for_each(|(a, b)| piece(a, b));
        return;
    }
    let total: f32 = pairs().map(|(a, b)| length(a, b)).sum();
    let (begin, end) = (total * from as f32 / WHOLE as f32, total * to as f32 / WHOLE as f32);
    let mut run = 0.0;
    for (a, b) in pairs() {
        let step = length(a, b);
        let at = |distance: f32| {
            let part = if step > 0.0 {
                ((distance - run) / step).clamp(0.0, 1.0)
            } else {
                0.0
            };
            (a.0 + (b.0 - a.0) * part, a.1 + (b.1 - a.1) * part)
        };
        if run + step >= begin && run <= end {
            piece(at(begin), at(end));
        }
        run += step;
    }
}

/// A grid over the reached roads.
struct Sheet {
    /// Metres from the plane's point to the grid's corner, and a cell's side.
    corner: (f32, f32),
    cell: f32,
    columns: usize,
    rows: usize,
    drawn: Vec<bool>,
}

impl Sheet {
    /// A blank grid with room for `parts` and a rim of three cells.
    fn over(topology: &Topology, plane: &Plane, parts: &[Part]) -> Self {
        let (mut low, mut high) = ((0.0_f32, 0.0_f32), (0.0_f32, 0.0_f32));
        for (half, ..) in parts {
            for point in topology.shape_of(topology.segment[*half as usize]) {
                let (x, y) = plane.on(*point);
                low = (low.0.min(x), low.1.min(y));
                high = (high.0.max(x), high.1.max(y));
            }
        }
        let span = (high.0 - low.0).max(high.1 - low.1);
        let cell = (span / SIDE_MAX as f32).max(CELL_MIN_M);
        let corner = (low.0 - 3.0 * cell, low.1 - 3.0 * cell);
        let columns = ((high.0 - corner.0) / cell) as usize + 4;
        let rows = ((high.1 - corner.1) / cell) as usize + 4;
        Self {
            corner,
            cell,
            columns,
            rows,
            drawn: vec![false; columns * rows],
        }
    }

    fn draw(&mut self, from: (f32, f32), to: (f32, f32)) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = (dx.abs().max(dy.abs()) / self.cell * 1.5).ceil().max(1.0) as u32;
        for step in 0..=steps {
            let part = step as f32 / steps as f32;
            let column = ((from.0 + dx * part - self.corner.0) / self.cell) as usize;
            let row = ((from.1 + dy * part - self.corner.1) / self.cell) as usize;
            // The rim keeps this inside the grid, and a rounding error would only blur it.
            self.drawn[row.clamp(1, self.rows - 2) * self.columns + column.clamp(1, self.columns - 2)] = true;
        }
    }

    /// What is drawn, one cell wider all round and a little less at the corners, as polygons.
    fn outline(&self, plane: &Plane) -> Vec<Rings> {
        let columns = self.columns;
        let mut values = vec![0.0_f64; columns * self.rows];
        for at in (0..self.drawn.len()).filter(|at| self.drawn[*at]) {
            for (row, height) in [(at - columns, 0.6), (at, 1.0), (at + columns, 0.6)] {
                for (beside, height) in [(row - 1, height), (row, 1.0), (row + 1, height)] {
                    values[beside] = values[beside].max(height);
                }
            }
        }
        let Ok(contours) = ContourBuilder::new(columns, self.rows, true).contours(&values, &[0.5]) else {
            return Vec::new(); // only if the grid and its values differ in size
        };
        let mut polygons = Vec::new();
        for polygon in contours.iter().flat_map(|contour| &contour.geometry().0) {
            let holes = polygon.interiors().iter().filter(|ring| area(ring) >= HOLE_MIN_CELLS);
            let whole = geo::Polygon::new(polygon.exterior().clone(), holes.cloned().collect());
            let plain = whole.simplify(0.4);
            if plain.exterior().0.len() >= 4 {
                let holes = plain.interiors().iter().filter(|ring| ring.0.len() >= 4);
                let rings = std::iter::once(plain.exterior()).chain(holes);
                polygons.push(rings.map(|ring| self.on_earth(plane, ring)).collect());
            }
        }
        polygons
    }

    /// Longitude and latitude of a ring in cells.
    fn on_earth(&self, plane: &Plane, ring: &geo::LineString) -> Vec<[f64; 2]> {
        let round = |value: f64| (value * 1e6).round() / 1e6;
        let points = ring.0.iter().map(|it| {
            let lon = plane.lon + (f64::from(self.corner.0) + it.x * f64::from(self.cell)) / plane.per_lon;
            let lat = plane.lat + (f64::from(self.corner.1) + it.y * f64::from(self.cell)) / plane.per_lat;
            [round(lon), round(lat)]
        });
        points.collect()
    }
}

/// In cells.
fn area(ring: &geo::LineString) -> f64 {
    geo::Polygon::new(ring.clone(), Vec::new()).unsigned_area()
}
