//! How far one gets in some minutes, as an area for the map.
//!
//! The reached parts of roads are drawn onto a grid, widened by a cell, and outlined (marching squares, `contour`);
//! then specks and pin-holes go and the outline is simplified (`geo`). It is a picture: whether somebody is inside is
//! answered by travel time, never by this area.

use contour::ContourBuilder;
use geo::{Area, Simplify};
use geojson::{Feature, Geometry, GeometryValue, JsonObject, JsonValue};

use super::coordinates::Point;
use super::graph::{Bits, CLOSED, Roads, WHOLE};
use super::ground::{DETOUR, Ground};
use super::speeds::{Mode, Speeds};
use super::sweep::{Bare, Direction, LIMIT_MAX_DS, Net, Scratch, sweep, with_scratch};

const METRES_PER_DEGREE: f64 = 111_195.08;
/// Cells along the longer side at most: a wide circle gets coarser cells, not more of them.
const SIDE_MAX: usize = 512;

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

/// Reached roads on a plane: metres east and north of the point.
struct Sheet {
    lines: Vec<Vec<(f32, f32)>>,
    low: (f32, f32),
    high: (f32, f32),
}

impl Roads {
    /// Polygons of rings of longitude and latitude; `None` if the point is on no road.
    fn reached_area(&self, point: Point, mode: Mode, limit: u32, direction: Direction) -> Option<Vec<Rings>> {
        let place = self.place(point, mode)?;
        let net = self.net(mode, direction);
        let seeds = net.seeds(&place);
        let sheet = with_scratch(|scratch| {
            sweep(&net, scratch, &seeds, limit, &mut Bare);
            let mut sheet = Sheet {
                lines: Vec::new(),
                low: (0.0, 0.0),
                high: (0.0, 0.0),
            };
            let plane = Plane::at(point);
            for seed in &seeds {
                // From the point to its road, and along the part of it that is reached.
                let cost = net.cost(seed.half).max(1);
                let left = limit.saturating_sub(seed.spent);
                let to =
                    seed.from + (u64::from(left) * u64::from(WHOLE) / u64::from(cost)).min(u64::from(WHOLE)) as u32;
                if seed.spent <= limit {
                    sheet.add(part_on(&net, &plane, seed.half, seed.from, to.min(WHOLE)));
                }
            }
            sheet.add(vec![(0.0, 0.0), (0.0, 0.0)]);
            sheet.add_reached(&net, &plane, scratch, limit);
            sheet
        });
        Some(sheet.outline(point))
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

/// A part of an arc on the plane, offsets from its entry.
fn part_on(net: &Net<'_>, plane: &Plane, half: u32, from: u32, to: u32) -> Vec<(f32, f32)> {
    let topology = net.topology;
    let segment = topology.segment[half as usize];
    let shape = topology.shape_of(segment);
    let mut points: Vec<(f32, f32)> = shape.iter().map(|point| plane.on(*point)).collect();
    if topology.start[segment as usize] != half {
        points.reverse();
    }
    if from == 0 && to == WHOLE {
        return points;
    }
    let length = |pair: &[(f32, f32)]| (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
    let total: f32 = points.windows(2).map(length).sum();
    let (begin, end) = (total * from as f32 / WHOLE as f32, total * to as f32 / WHOLE as f32);
    let mut cut = Vec::with_capacity(points.len());
    let mut run = 0.0;
    for pair in points.windows(2) {
        let step = length(pair);
        let at = |distance: f32| {
            let part = if step > 0.0 {
                ((distance - run) / step).clamp(0.0, 1.0)
            } else {
                0.0
            };
            (
                pair[0].0 + (pair[1].0 - pair[0].0) * part,
                pair[0].1 + (pair[1].1 - pair[0].1) * part,
            )
        };
        if run + step >= begin && run <= end {
            if cut.is_empty() {
                cut.push(at(begin));
            }
            cut.push(at(end));
        }
        run += step;
    }
    cut
}

impl Sheet {
    fn add(&mut self, line: Vec<(f32, f32)>) {
        for (x, y) in &line {
            self.low = (self.low.0.min(*x), self.low.1.min(*y));
            self.high = (self.high.0.max(*x), self.high.1.max(*y));
        }
        self.lines.push(line);
    }

    /// Every arc that leaves a reached junction, as far as the time lasts; what is reached from both ends, once.
    fn add_reached(&mut self, net: &Net<'_>, plane: &Plane, scratch: &Scratch, limit: u32) {
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
                let left = limit - spent;
                if left >= cost {
                    whole.set(segment);
                    self.add(part_on(net, plane, half, 0, WHOLE));
                } else {
                    let to = (u64::from(left) * u64::from(WHOLE) / u64::from(cost)) as u32;
                    self.add(part_on(net, plane, half, 0, to));
                }
            }
        }
    }

    fn outline(&self, point: Point) -> Vec<Rings> {
        let span = (self.high.0 - self.low.0).max(self.high.1 - self.low.1);
        let cell = (span / (SIDE_MAX - 8) as f32).max(25.0).max(span / 256.0);
        let origin = (self.low.0 - 3.0 * cell, self.low.1 - 3.0 * cell);
        let columns = ((self.high.0 - origin.0) / cell) as usize + 4;
        let rows = ((self.high.1 - origin.1) / cell) as usize + 4;
        let mut drawn = vec![false; columns * rows];
        for line in &self.lines {
            for pair in line.windows(2) {
                let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
                let steps = (dx.abs().max(dy.abs()) / cell * 1.5).ceil().max(1.0) as u32;
                for step in 0..=steps {
                    let part = step as f32 / steps as f32;
                    let column = ((pair[0].0 + dx * part - origin.0) / cell) as usize;
                    let row = ((pair[0].1 + dy * part - origin.1) / cell) as usize;
                    drawn[row.min(rows - 1) * columns + column.min(columns - 1)] = true;
                }
            }
        }
        // One cell wider all round, a little less at the corners. The rim of three cells keeps this inside the grid.
        let mut values = vec![0.0_f64; columns * rows];
        for row in 1..rows - 1 {
            for column in 1..columns - 1 {
                if !drawn[row * columns + column] {
                    continue;
                }
                for (dr, dc, value) in [
                    (0, 0, 0.6),
                    (0, 2, 0.6),
                    (2, 0, 0.6),
                    (2, 2, 0.6),
                    (0, 1, 1.0),
                    (1, 0, 1.0),
                    (1, 2, 1.0),
                    (2, 1, 1.0),
                    (1, 1, 1.0),
                ] {
                    let at = &mut values[(row + dr - 1) * columns + column + dc - 1];
                    *at = at.max(value);
                }
            }
        }
        let Ok(contours) = ContourBuilder::new(columns, rows, true).contours(&values, &[0.5]) else {
            return Vec::new(); // only if the grid and its values differ in size
        };
        let plane = Plane::at(point);
        let to_lon_lat = |ring: &geo::LineString| -> Vec<[f64; 2]> {
            let at = |x: f64, y: f64| {
                let lon = plane.lon + (f64::from(origin.0) + x * f64::from(cell)) / plane.per_lon;
                let lat = plane.lat + (f64::from(origin.1) + y * f64::from(cell)) / plane.per_lat;
                let round = |value: f64| (value * 1e6).round() / 1e6;
                [round(lon), round(lat)]
            };
            ring.0.iter().map(|it| at(it.x, it.y)).collect()
        };
        let mut polygons = Vec::new();
        for contour in contours {
            for polygon in &contour.geometry().0 {
                let holes = polygon.interiors().iter().filter(|ring| area(ring) >= 12.0);
                let whole = geo::Polygon::new(polygon.exterior().clone(), holes.cloned().collect());
                let plain = whole.simplify(0.4);
                if plain.exterior().0.len() >= 4 {
                    let holes = plain.interiors().iter().filter(|ring| ring.0.len() >= 4);
                    polygons.push(std::iter::once(plain.exterior()).chain(holes).map(to_lon_lat).collect());
                }
            }
        }
        polygons
    }
}

/// In cells.
fn area(ring: &geo::LineString) -> f64 {
    geo::Polygon::new(ring.clone(), Vec::new()).unsigned_area()
}
