//! From a position to the road: up to three places where a traveller may join it.
//!
//! The nearest segment is not always the right one (a position between two carriageways is a few metres off), so up to
//! three candidates count, as long as they are hardly farther than the nearest. Getting to the road costs a walk in a
//! straight line; what is clearly farther - the road on the other bank - is never a candidate, else a river could be
//! crossed for the price of its width.

use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::coordinates::Point;
use super::graph::{NONE, Roads, Times, Topology, WHOLE};
use super::speeds::{Mode, OFF_ROAD_KMH};

/// Farther than this from any road, a place is off the map and times are estimated in a straight line.
pub const SNAP_MAX_M: f64 = 1_000.0;
/// Candidates this much farther than the nearest count too: the error of a good fix, the width of a wide street.
const SNAP_SLACK_M: f64 = 20.0;
const CANDIDATES_MAX: usize = 3;
/// The corners of boxes are in single precision: so much they may be off, and more.
const BOX_ERROR_M: f32 = 0.5;
/// Metres of a degree of latitude on the sphere that distances are measured on.
const METRES_PER_DEGREE: f64 = 111_195.08;

type Boxed = GeomWithData<Rectangle<[f32; 2]>, u32>;

/// Finds segments by place.
#[derive(Debug)]
pub(crate) struct Index {
    tree: RTree<Boxed>,
    /// The origin of the tree's coordinates, which are single precision degrees: near it they are good to 0.1 m.
    origin: [i32; 2],
}

impl Index {
    pub fn new(topology: &Topology) -> Self {
        let origin = match topology.bounds() {
            Some([south, west, north, east]) => [south.midpoint(north), west.midpoint(east)],
            None => [0, 0],
        };
        let boxes = (0..topology.originals() as u32).map(|segment| {
            let mut low = [f32::MAX; 2];
            let mut high = [f32::MIN; 2];
            for point in topology.shape_of(segment) {
                for axis in 0..2 {
                    let value = relative(point[axis], origin[axis]);
                    low[axis] = low[axis].min(value);
                    high[axis] = high[axis].max(value);
                }
            }
            GeomWithData::new(Rectangle::from_corners(low, high), segment)
        });
        Self {
            tree: RTree::bulk_load(boxes.collect()),
            origin,
        }
    }

    /// Visits the segments whose box comes within `radius_m` of a point, each with the square of the box's distance in
    /// metres, which is no more than the segment's own.
    fn near(&self, [lat, lon]: [i32; 2], radius_m: f64, mut visit: impl FnMut(u32, f32)) {
        // A little more than asked for: single precision, and the roundness of the Earth.
        let reach_lat = radius_m * 1.01 / METRES_PER_DEGREE + 2e-6;
        let narrow = (f64::from(lat) / 1e7).to_radians().cos().max(0.01);
        let reach_lon = reach_lat / narrow;
        let scale = [METRES_PER_DEGREE as f32, (METRES_PER_DEGREE * narrow) as f32];
        let (x, y) = (relative(lat, self.origin[0]), relative(lon, self.origin[1]));
        let (reach_lat, reach_lon) = (reach_lat as f32, reach_lon as f32);
        let area = AABB::from_corners([x - reach_lat, y - reach_lon], [x + reach_lat, y + reach_lon]);
        for found in self.tree.locate_in_envelope_intersecting(&area) {
            let (low, high) = (found.geom().lower(), found.geom().upper());
            let beside = |axis: usize, at: f32| (low[axis] - at).max(at - high[axis]).max(0.0) * scale[axis];
            let (north, east) = (beside(0, x), beside(1, y));
            visit(found.data, north * north + east * east);
        }
    }

    /// An estimate: a leaf's box and number, and as much again for the inner boxes.
    pub fn memory_bytes(&self) -> usize {
        self.tree.size() * (size_of::<Boxed>() + 4) * 3 / 2
    }
}

fn relative(value: i32, origin: i32) -> f32 {
    (f64::from(value) - f64::from(origin)) as f32 / 1e7
}

/// So many are looked at to find [`CANDIDATES_MAX`] that differ.
const CANDIDATES_SEEN: usize = 8;

/// A place on the road.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Spot {
    pub segment: u32,
    /// How far along the segment's shape: 0 to [`WHOLE`].
    pub along: u32,
    /// The walk between the point and the road, metres.
    pub away_m: f32,
}

impl Spot {
    /// The walk between the point and the road, deciseconds.
    pub fn away_ds(&self) -> u32 {
        (f64::from(self.away_m) * 36.0 / OFF_ROAD_KMH).round() as u32
    }
}

/// Up to three spots, the nearest first (while it is being found: up to eight).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Place {
    spots: [Spot; CANDIDATES_SEEN],
    count: u8,
}

impl Place {
    pub fn spots(&self) -> &[Spot] {
        &self.spots[..usize::from(self.count)]
    }

    /// A place on a road, `along` its shape.
    #[cfg(test)]
    pub fn on(segment: u32, along: u32) -> Self {
        let mut place = Self::default();
        place.offer(Spot {
            segment,
            along,
            away_m: 0.0,
        });
        place
    }

    /// Takes a spot in if it is among the nearest; of equals, the lower segment comes first.
    fn offer(&mut self, spot: Spot) {
        let count = usize::from(self.count);
        let at = self.spots[..count]
            .iter()
            .position(|it| (spot.away_m, spot.segment) < (it.away_m, it.segment))
            .unwrap_or(count);
        if at == CANDIDATES_SEEN {
            return;
        }
        let last = count.min(CANDIDATES_SEEN - 1);
        self.spots.copy_within(at..last, at + 1);
        self.spots[at] = spot;
        self.count = (count + 1).min(CANDIDATES_SEEN) as u8;
    }

    fn nearest_m(&self) -> f64 {
        self.spots()
            .first()
            .map_or(f64::INFINITY, |spot| f64::from(spot.away_m))
    }
}

/// A position joined to the roads for one mode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Snapped {
    /// The point on the road.
    pub point: Point,
    /// Metres from the position to the road.
    pub away_m: f64,
    /// The number of the segment.
    pub segment: u32,
}

impl Roads {
    /// Where `point` joins the roads that `mode` may use, the nearest first, at most three; empty if the nearest is
    /// more than [`SNAP_MAX_M`] away.
    pub fn snap(&self, point: Point, mode: Mode) -> Vec<Snapped> {
        let Some(place) = self.place(point, mode) else {
            return Vec::new();
        };
        let spots = place.spots().iter();
        spots
            .map(|spot| Snapped {
                point: self.topology.point_along(spot.segment, spot.along),
                away_m: f64::from(spot.away_m),
                segment: spot.segment,
            })
            .collect()
    }

    /// Where `point` joins the roads; `None` if it is off the map.
    pub(crate) fn place(&self, point: Point, mode: Mode) -> Option<Place> {
        let here = Here::at(point);
        let times = self.times(mode);
        for radius_m in [40.0, 200.0, SNAP_MAX_M] {
            let mut place = Place::default();
            let mut reach_2 = f32::INFINITY;
            self.index.near(here.at, radius_m, |segment, box_2| {
                // What is clearly farther than something found already need not be measured.
                if box_2 > reach_2 {
                    return;
                }
                // A road that is closed now is none: whoever lives on it walks to the next one.
                if times.directions(&self.topology, segment) != (false, false) {
                    place.offer(self.topology.closest(segment, &here));
                    let reach = (place.nearest_m() + SNAP_SLACK_M) as f32 + BOX_ERROR_M;
                    reach_2 = reach * reach;
                }
            });
            let nearest_m = place.nearest_m();
            if nearest_m <= radius_m {
                let limit_m = (nearest_m + SNAP_SLACK_M).min(SNAP_MAX_M);
                place.count = place
                    .spots()
                    .iter()
                    .take_while(|it| f64::from(it.away_m) <= limit_m)
                    .count() as u8;
                return Some(self.topology.distinct(place, times));
            }
        }
        None
    }
}

/// The position being placed, and metres per unit of its coordinates.
struct Here {
    at: [i32; 2],
    scale_x: f64,
    scale_y: f64,
}

impl Here {
    fn at(point: Point) -> Self {
        let scale_y = METRES_PER_DEGREE / 1e7;
        Self {
            at: point.to_e7(),
            scale_x: scale_y * point.lat().to_radians().cos(),
            scale_y,
        }
    }
}

impl Topology {
    /// The spot of a segment that is closest to a point. Measured on a plane that touches the Earth at the point: exact
    /// enough within a few kilometres.
    fn closest(&self, segment: u32, here: &Here) -> Spot {
        let flat = |point: [i32; 2]| {
            let north = f64::from(point[0] - here.at[0]);
            let east = f64::from(point[1]) - f64::from(here.at[1]);
            (east * here.scale_x, north * here.scale_y)
        };
        let shape = self.shape_of(segment);
        let (mut best_2, mut best_at, mut run) = (f64::INFINITY, 0.0, 0.0);
        let mut a = flat(shape[0]);
        for point in &shape[1..] {
            let b = flat(*point);
            let (dx, dy) = (b.0 - a.0, b.1 - a.1);
            let length_2 = dx * dx + dy * dy;
            let part = if length_2 > 0.0 {
                (-(a.0 * dx + a.1 * dy) / length_2).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let (x, y) = (a.0 + dx * part, a.1 + dy * part);
            let away_2 = x * x + y * y;
            let length = length_2.sqrt();
            if away_2 < best_2 {
                (best_2, best_at) = (away_2, run + length * part);
            }
            run += length;
            a = b;
        }
        let along = if run > 0.0 {
            (best_at / run * f64::from(WHOLE)).round() as u32
        } else {
            0
        };
        Spot {
            segment,
            along: along.min(WHOLE),
            away_m: best_2.sqrt() as f32,
        }
    }

    /// The nearest spots that differ: of several roads that are all joined at the same junction, one is enough, if one
    /// can go both ways on it and no turn is forbidden there.
    fn distinct(&self, place: Place, times: &Times) -> Place {
        let mut kept = Place::default();
        let mut corners = [NONE; CANDIDATES_MAX];
        for spot in place.spots() {
            let corner = self.corner(spot);
            if corner != NONE && corners.contains(&corner) {
                continue;
            }
            let number = usize::from(kept.count);
            kept.spots[number] = *spot;
            kept.count += 1;
            if corner != NONE && times.directions(self, spot.segment) == (true, true) {
                let at = corner as usize;
                if self.bans.is_empty() || self.bans_at(self.first[at]..self.first[at + 1]).is_empty() {
                    corners[number] = corner;
                }
            }
            if number + 1 == CANDIDATES_MAX {
                break;
            }
        }
        kept
    }

    /// The junction at which a spot lies, or [`NONE`].
    fn corner(&self, spot: &Spot) -> u32 {
        let start = self.start[spot.segment as usize];
        match spot.along {
            0 => self.tail(start),
            WHOLE => self.head[start as usize],
            _ => NONE,
        }
    }

    /// The point at an offset along a segment.
    pub(crate) fn point_along(&self, segment: u32, along: u32) -> Point {
        let line = self.part(segment, 0, along);
        // A part always has its two ends.
        line.last()
            .copied()
            .unwrap_or_else(|| Point::from_e7(self.shape_of(segment)[0]))
    }

    /// The line of a segment from one offset to another; backwards if `to` is the smaller.
    pub(crate) fn part(&self, segment: u32, from: u32, to: u32) -> Vec<Point> {
        if from > to {
            let mut line = self.part(segment, to, from);
            line.reverse();
            return line;
        }
        let shape: Vec<Point> = self
            .shape_of(segment)
            .iter()
            .map(|point| Point::from_e7(*point))
            .collect();
        let total: f64 = shape.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        let (begin, end) = (
            total * f64::from(from) / f64::from(WHOLE),
            total * f64::from(to) / f64::from(WHOLE),
        );
        let mut line = Vec::with_capacity(shape.len());
        let mut run = 0.0;
        for pair in shape.windows(2) {
            let length = pair[0].distance_m(pair[1]);
            let at = |distance: f64| {
                let part = if length > 0.0 {
                    ((distance - run) / length).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                between(pair[0], pair[1], part)
            };
            if line.is_empty() && run + length >= begin {
                line.push(at(begin));
            }
            if !line.is_empty() {
                if run + length >= end {
                    line.push(at(end));
                    return line;
                }
                line.push(pair[1]);
            }
            run += length;
        }
        // Rounding may leave the end a hair beyond the last point.
        if let Some(last) = shape.last() {
            if line.is_empty() {
                line.push(*last);
            }
            line.push(*last);
        }
        line
    }
}

fn between(a: Point, b: Point, part: f64) -> Point {
    let [lat_a, lon_a] = [a.lat(), a.lon()];
    let lat = lat_a + (b.lat() - lat_a) * part;
    let lon = lon_a + (b.lon() - lon_a) * part;
    // Between two positions lies a position.
    Point::new(lat, lon).unwrap_or(a)
}
