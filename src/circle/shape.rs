//! Outlines of areas: whether one is sound, where two of them overlap, what lies between them, and how one is cut in two.
//!
//! Everything is answered with its place, so that a map can lead there. Lengths are taken on a flat sheet laid on the middle of what is
//! looked at (20 km of a street bend it by less than a thousandth); corners are whole units of 1e-7 degrees, 1.1 cm.

use std::collections::BTreeSet;

use geo::algorithm::line_intersection::{LineIntersection, line_intersection};
use geo::orient::{Direction, Orient as _};
use geo::{Area as _, BooleanOps, Contains as _, Coord, InteriorPoint as _, Intersects as _, Line, LineString};
use geo::{MultiPolygon, Polygon, unary_union};
use geojson::{Geometry, GeometryValue, Position};
use serde::{Deserialize, Serialize};

use super::coordinates::{BadPoint, Crs, Point, in_china};

/// Corners of one outline, all rings together.
pub const CORNERS_MAX: usize = 2_000;
/// Smaller is a slip of the hand and no area: less than a house with its yard.
pub const AREA_MIN_M2: f64 = 100.0;
/// What two outlines share, or leave between them, and is smaller than this holds no door.
pub const SLIVER_M2: f64 = 10.0;
/// So is what is narrower on an average, however long: maps with five decimals are off by half a metre on either side.
pub const SLIVER_M: f64 = 1.0;
/// Faults that are told of one outline; whoever mends these looks again.
const FAULTS_MAX: usize = 20;
/// Nearer than this, two corners are one.
const SAME_M: f64 = 0.005;

const METRES_PER_DEGREE: f64 = 111_195.08;

type Rings = Vec<Vec<[f64; 2]>>;

/// The outline of an area, of one piece: a closed ring, and rings of what is not in it. WGS-84, longitude first, as in GeoJSON. That it is
/// sound says [`Shape::faults`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Rings", into = "Rings")]
pub struct Shape {
    rings: Rings,
}

/// Numbers that make no outline. `ring` and `corner` count from 0, as they came.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadShape {
    /// No ring at all.
    #[error("has no ring")]
    Empty,
    /// A ring whose last corner is not its first.
    #[error("ring {ring} is not closed: its last corner must be its first")]
    Open {
        /// Which.
        ring: usize,
    },
    /// A ring that encloses nothing.
    #[error("ring {ring} has fewer than three corners that differ")]
    Short {
        /// Which.
        ring: usize,
    },
    /// More corners than [`CORNERS_MAX`].
    #[error("has more than {CORNERS_MAX} corners")]
    Long,
    /// A corner of fewer than two numbers.
    #[error("corner {corner} of ring {ring} is no pair of longitude and latitude")]
    Pair {
        /// Which ring.
        ring: usize,
        /// Which corner.
        corner: usize,
    },
    /// A corner that lies nowhere.
    #[error("corner {corner} of ring {ring} is {why}")]
    Nowhere {
        /// Which ring.
        ring: usize,
        /// Which corner.
        corner: usize,
        /// Why.
        why: BadPoint,
    },
    /// A corner out of China: longitude and latitude are the wrong way round, more often than not.
    #[error("corner {corner} of ring {ring} ({lon}, {lat}) lies outside China: longitude comes first")]
    Abroad {
        /// Which ring.
        ring: usize,
        /// Which corner.
        corner: usize,
        /// As given.
        lon: f64,
        /// As given.
        lat: f64,
    },
}

impl BadShape {
    /// Which ring and which corner, where it is about one.
    pub fn at(&self) -> (Option<usize>, Option<usize>) {
        match self {
            Self::Empty | Self::Long => (None, None),
            Self::Open { ring } | Self::Short { ring } => (Some(*ring), None),
            Self::Pair { ring, corner } | Self::Nowhere { ring, corner, .. } | Self::Abroad { ring, corner, .. } => {
                (Some(*ring), Some(*corner))
            }
        }
    }
}

/// What is wrong with one outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A ring crosses or touches itself, or runs back on itself.
    SelfCrossing,
    /// Two of its rings cross or touch.
    RingsTouch,
    /// A ring of what is not in it lies outside of it, or in another.
    HoleOutside,
    /// Less than [`AREA_MIN_M2`].
    TooSmall,
}

/// Where something is found: a point to look at, and what is to be shown there.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// In the middle of it.
    pub at: Point,
    /// Lines or a polygon, WGS-84.
    pub drawn: Geometry,
    /// How much, of what has an area.
    pub area_m2: Option<f64>,
}

/// Why a line cuts nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoCut {
    /// It has no two ends.
    #[error("a line has two corners or more that differ")]
    NoLine,
    /// It crosses itself.
    #[error("the line crosses itself")]
    LineCrosses(Box<Place>),
    /// It does not go through from edge to edge.
    #[error("the line does not go from one edge of the area to another")]
    NotThrough,
    /// A part would be less than [`AREA_MIN_M2`].
    #[error("a part would be smaller than {AREA_MIN_M2} square metres")]
    TooSmall(Box<Place>),
    /// What is to be cut is not sound itself.
    #[error("the area itself is not sound: {0:?}")]
    Unsound(Fault, Box<Place>),
}

impl TryFrom<Rings> for Shape {
    type Error = BadShape;
    fn try_from(rings: Rings) -> Result<Self, BadShape> {
        let rings: Vec<Vec<Vec<f64>>> = rings
            .into_iter()
            .map(|ring| ring.into_iter().map(|it| it.to_vec()).collect())
            .collect();
        Self::read(&rings, Crs::Wgs84)
    }
}

impl From<Shape> for Rings {
    fn from(it: Shape) -> Self {
        it.rings
    }
}

fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

/// A corner as it came, as WGS-84 in whole units.
fn corner(numbers: &[f64], crs: Crs, ring: usize, corner: usize) -> Result<[f64; 2], BadShape> {
    let [lon, lat, ..] = *numbers else {
        return Err(BadShape::Pair { ring, corner });
    };
    let at = crs
        .to_wgs84(lat, lon)
        .map_err(|why| BadShape::Nowhere { ring, corner, why })?;
    if !in_china(lat, lon) {
        return Err(BadShape::Abroad { ring, corner, lon, lat });
    }
    Ok([rounded(at.lon()), rounded(at.lat())])
}

/// The corners of a GeoJSON line whose numbers are those of `crs`.
///
/// # Errors
/// [`BadShape`], the first there is; the ring it names is 0.
pub fn read_line(line: &[Vec<f64>], crs: Crs) -> Result<Vec<[f64; 2]>, BadShape> {
    if line.len() > CORNERS_MAX {
        return Err(BadShape::Long);
    }
    line.iter().enumerate().map(|(n, it)| corner(it, crs, 0, n)).collect()
}

impl Shape {
    /// The rings of a GeoJSON polygon whose numbers are those of `crs`: the outer one first. Heights are passed over, a corner said twice
    /// is one.
    ///
    /// # Errors
    /// [`BadShape`], the first there is.
    pub fn read(rings: &[Vec<Vec<f64>>], crs: Crs) -> Result<Self, BadShape> {
        if rings.is_empty() {
            return Err(BadShape::Empty);
        }
        if rings.iter().map(Vec::len).sum::<usize>() > CORNERS_MAX {
            return Err(BadShape::Long);
        }
        let read = |(n, ring): (usize, &Vec<Vec<f64>>)| {
            let mut corners = Vec::with_capacity(ring.len());
            for (k, it) in ring.iter().enumerate() {
                corners.push(corner(it, crs, n, k)?);
            }
            if corners.first() != corners.last() {
                return Err(BadShape::Open { ring: n });
            }
            corners.dedup();
            if corners.len() < 4 {
                return Err(BadShape::Short { ring: n });
            }
            Ok(corners)
        };
        let rings = rings.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self { rings })
    }

    /// Its rings, each closed, longitude first; the outer one first.
    pub fn rings(&self) -> &[Vec<[f64; 2]>] {
        &self.rings
    }

    /// The rings as numbers of another system, for who draws on such a map.
    pub fn rings_in(&self, crs: Crs) -> Rings {
        let turned = |[lon, lat]: [f64; 2]| {
            let (lat, lon) = Point::new(lat, lon).map_or((lat, lon), |it| crs.from_wgs84(it));
            [rounded(lon), rounded(lat)]
        };
        let ring = |ring: &Vec<[f64; 2]>| ring.iter().copied().map(turned).collect();
        self.rings.iter().map(ring).collect()
    }

    /// Square metres.
    pub fn area_m2(&self) -> f64 {
        Sheet::under([self]).polygon(self).unsigned_area()
    }

    /// How many corners it has, all rings together.
    pub fn corners(&self) -> usize {
        self.rings.iter().map(Vec::len).sum()
    }

    /// What is wrong with it, each with its place; nothing: it is sound.
    pub fn faults(&self) -> Vec<(Fault, Place)> {
        let sheet = Sheet::under([self]);
        let mut found = crossings(&sheet, &edges(&sheet, &self.rings), true);
        if !found.is_empty() {
            return found;
        }
        let polygon = sheet.polygon(self);
        let outer = Polygon::new(polygon.exterior().clone(), vec![]);
        let holes: Vec<Polygon> = polygon
            .interiors()
            .iter()
            .map(|it| Polygon::new(it.clone(), vec![]))
            .collect();
        for (n, hole) in holes.iter().enumerate() {
            // No edge crosses another, so that one corner speaks for all.
            let Some(first) = hole.exterior().0.first() else {
                continue;
            };
            let within = |it: &Polygon| it.contains(first);
            let in_another = holes.iter().enumerate().any(|(k, it)| k != n && within(it));
            if in_another || !within(&outer) {
                found.extend(sheet.place(hole).map(|it| (Fault::HoleOutside, it)));
            }
        }
        if polygon.unsigned_area() < AREA_MIN_M2 {
            found.extend(sheet.place(&polygon).map(|it| (Fault::TooSmall, it)));
        }
        found
    }

    /// What of it lies outside of `parent`; both must be sound.
    pub fn outside(&self, parent: &Self) -> Vec<Place> {
        let sheet = Sheet::under([self, parent]);
        sheet.wide(&sheet.polygon(self).difference(&sheet.polygon(parent)))
    }

    /// The parts into which a line cuts it, the largest first. The line may begin and end outside, bend, and go through more than once;
    /// together the parts are the whole.
    ///
    /// # Errors
    /// [`NoCut`].
    pub fn split(&self, line: &[[f64; 2]]) -> Result<Vec<Self>, NoCut> {
        if let Some((fault, place)) = self.faults().into_iter().next() {
            return Err(NoCut::Unsound(fault, Box::new(place)));
        }
        let sheet = Sheet::under([self]);
        let mut corners: Vec<Coord> = line.iter().map(|it| sheet.down(*it)).collect();
        corners.dedup_by(|a, b| apart(*a, *b) < SAME_M);
        if corners.len() < 2 {
            return Err(NoCut::NoLine);
        }
        let path: Vec<Edge> = corners
            .windows(2)
            .enumerate()
            .map(|(n, it)| Edge::new(0, n, 0, it[0], it[1]))
            .collect();
        if let Some((_, place)) = crossings(&sheet, &path, false).into_iter().next() {
            return Err(NoCut::LineCrosses(Box::new(place)));
        }
        let polygon = sheet.polygon(self);
        let mut rings = vec![polygon.exterior().0.clone()];
        for chord in chords(&corners, polygon.exterior()) {
            let middle = middle(&chord);
            let holding = |it: &Vec<Coord>| Polygon::new(LineString(it.clone()), vec![]).contains(&middle);
            if let Some(at) = rings.iter().position(holding) {
                let (a, b) = cut(&rings[at], &chord);
                rings[at] = a;
                rings.push(b);
            }
        }
        let holes: Vec<Polygon> = polygon
            .interiors()
            .iter()
            .map(|it| Polygon::new(it.clone(), vec![]))
            .collect();
        let mut parts: Vec<Polygon> = Vec::new();
        for ring in rings {
            let part = Polygon::new(LineString(ring), vec![]);
            if holes.is_empty() {
                parts.push(part);
            } else {
                parts.extend(part.difference(&MultiPolygon(holes.clone())).0);
            }
        }
        if parts.len() < 2 {
            return Err(NoCut::NotThrough);
        }
        parts.sort_by(|a, b| b.unsigned_area().total_cmp(&a.unsigned_area()));
        if let Some(place) = parts.iter().find(|it| it.unsigned_area() < AREA_MIN_M2) {
            let place = sheet.place(place).ok_or(NoCut::NotThrough)?;
            return Err(NoCut::TooSmall(Box::new(place)));
        }
        parts
            .iter()
            .map(|it| sheet.shape(it).ok_or(NoCut::NotThrough))
            .collect()
    }
}

/// Which of `shapes` overlap, by their numbers, each with its place; all must be sound.
pub fn overlaps(shapes: &[&Shape]) -> Vec<(usize, usize, Place)> {
    let sheet = Sheet::under(shapes.iter().copied());
    let mut all: Vec<(usize, [f64; 4], Polygon)> = shapes
        .iter()
        .enumerate()
        .map(|(n, it)| {
            let polygon = sheet.polygon(it);
            (n, bounds(&polygon.exterior().0), polygon)
        })
        .collect();
    all.sort_by(|a, b| a.1[0].total_cmp(&b.1[0]));
    let mut found = Vec::new();
    for (n, (i, box_1, one)) in all.iter().enumerate() {
        for (j, box_2, other) in &all[n + 1..] {
            if box_2[0] > box_1[2] {
                break;
            }
            if box_2[1] <= box_1[3] && box_1[1] <= box_2[3] {
                let shared = sheet.wide(&one.intersection(other));
                found.extend(shared.into_iter().map(|it| (*i.min(j), *i.max(j), it)));
            }
        }
    }
    found.sort_by_key(|it| (it.0, it.1));
    found
}

/// What of `parent` none of `shapes` has; without a parent, what they enclose and none has. All must be sound.
pub fn gaps(parent: Option<&Shape>, shapes: &[&Shape]) -> Vec<Place> {
    let sheet = Sheet::under(shapes.iter().copied().chain(parent));
    // One way round for all: the union goes by it.
    let all: Vec<Polygon> = shapes
        .iter()
        .map(|it| sheet.polygon(it).orient(Direction::Default))
        .collect();
    let union = unary_union(&all);
    let left = match parent {
        Some(parent) => sheet.polygon(parent).difference(&union),
        None => {
            let holes = union.0.iter().flat_map(|it| it.interiors().to_vec());
            // An island in a hole is no part of the gap around it.
            let holes = MultiPolygon(holes.map(|it| Polygon::new(it, vec![])).collect());
            holes.difference(&union)
        }
    };
    sheet.wide(&left)
}

/// Outlines made ready for many points.
#[derive(Debug, Clone)]
pub struct Sieve(Vec<([f64; 4], Polygon)>);

impl Sieve {
    /// In the order in which they come.
    pub fn new<'a>(shapes: impl IntoIterator<Item = &'a Shape>) -> Self {
        let ring = |it: &Vec<[f64; 2]>| LineString(it.iter().map(|it| Coord { x: it[0], y: it[1] }).collect());
        let ready = shapes.into_iter().map(|it| {
            let mut rings: Vec<LineString> = it.rings.iter().map(ring).collect();
            let outer = rings.remove(0);
            (bounds(&outer.0), Polygon::new(outer, rings))
        });
        Self(ready.collect())
    }

    /// The numbers of those that hold a point; on the line is in, so that no place is nobody's for the width of a line.
    pub fn holding(&self, point: Point) -> impl Iterator<Item = usize> + '_ {
        let at = Coord {
            x: point.lon(),
            y: point.lat(),
        };
        let holds = move |(bounds, polygon): &([f64; 4], Polygon)| {
            let near = bounds[0] <= at.x && at.x <= bounds[2] && bounds[1] <= at.y && at.y <= bounds[3];
            near && polygon.intersects(&at)
        };
        let numbered = self.0.iter().enumerate();
        numbered.filter(move |it| holds(it.1)).map(|it| it.0)
    }
}

/// West, south, east, north.
fn bounds(corners: &[Coord]) -> [f64; 4] {
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    corners.iter().fold(start, |[w, s, e, n], it| {
        [w.min(it.x), s.min(it.y), e.max(it.x), n.max(it.y)]
    })
}

/// A flat sheet in metres, laid on the middle of some outlines: whichever comes first, it lies the same.
struct Sheet {
    lon: f64,
    lat: f64,
    metres_per_lon: f64,
}

impl Sheet {
    fn under<'a>(shapes: impl IntoIterator<Item = &'a Shape>) -> Self {
        let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let corners = shapes.into_iter().flat_map(|it| it.rings.first().into_iter().flatten());
        let [w, s, e, n] = corners.fold(start, |[w, s, e, n], it| {
            [w.min(it[0]), s.min(it[1]), e.max(it[0]), n.max(it[1])]
        });
        let (lon, lat) = ((w + e) / 2.0, (s + n) / 2.0);
        Self {
            lon,
            lat,
            metres_per_lon: METRES_PER_DEGREE * lat.to_radians().cos(),
        }
    }

    fn down(&self, [lon, lat]: [f64; 2]) -> Coord {
        Coord {
            x: (lon - self.lon) * self.metres_per_lon,
            y: (lat - self.lat) * METRES_PER_DEGREE,
        }
    }

    fn up(&self, it: Coord) -> [f64; 2] {
        [
            rounded(self.lon + it.x / self.metres_per_lon),
            rounded(self.lat + it.y / METRES_PER_DEGREE),
        ]
    }

    fn polygon(&self, shape: &Shape) -> Polygon {
        let ring = |it: &Vec<[f64; 2]>| LineString(it.iter().map(|it| self.down(*it)).collect());
        let mut rings: Vec<LineString> = shape.rings.iter().map(ring).collect();
        let outer = rings.remove(0);
        Polygon::new(outer, rings)
    }

    fn ring(&self, ring: &LineString) -> Vec<[f64; 2]> {
        let mut corners: Vec<[f64; 2]> = ring.0.iter().map(|it| self.up(*it)).collect();
        corners.dedup();
        corners
    }

    fn shape(&self, polygon: &Polygon) -> Option<Shape> {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        let rings: Rings = rings.map(|it| self.ring(it)).filter(|it| it.len() > 3).collect();
        Shape::try_from(rings).ok()
    }

    fn point(&self, it: Coord) -> Option<Point> {
        let [lon, lat] = self.up(it);
        Point::new(lat, lon).ok()
    }

    fn place(&self, polygon: &Polygon) -> Option<Place> {
        let inside = polygon.interior_point()?;
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        let ring = |it: &LineString| self.ring(it).into_iter().map(Position::from).collect();
        let coordinates = rings.map(ring).collect();
        Some(Place {
            at: self.point(inside.0)?,
            drawn: Geometry::new(GeometryValue::Polygon { coordinates }),
            area_m2: Some(polygon.unsigned_area()),
        })
    }

    /// The pieces that are more than slivers.
    fn wide(&self, pieces: &MultiPolygon) -> Vec<Place> {
        let more = pieces.0.iter().filter(|it| {
            let (area, around) = (it.unsigned_area(), around(it));
            // Of a long strip twice the area over its edge is its width.
            area >= SLIVER_M2 && around > 0.0 && 2.0 * area / around >= SLIVER_M
        });
        more.filter_map(|it| self.place(it)).collect()
    }

    fn cross(&self, at: Coord, lines: [&Line; 2]) -> Option<Place> {
        let drawn = |it: &Line| vec![Position::from(self.up(it.start)), Position::from(self.up(it.end))];
        Some(Place {
            at: self.point(at)?,
            drawn: Geometry::new(GeometryValue::MultiLineString {
                coordinates: lines.map(drawn).to_vec(),
            }),
            area_m2: None,
        })
    }
}

fn apart(a: Coord, b: Coord) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// Metres around a polygon and its holes.
fn around(polygon: &Polygon) -> f64 {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    rings
        .flat_map(LineString::lines)
        .map(|it| apart(it.start, it.end))
        .sum()
}

/// One edge of a ring or line: which, its place there, of how many (0: the line does not close).
struct Edge {
    ring: usize,
    place: usize,
    of: usize,
    line: Line,
    west: f64,
    east: f64,
}

impl Edge {
    fn new(ring: usize, place: usize, of: usize, from: Coord, to: Coord) -> Self {
        Self {
            ring,
            place,
            of,
            line: Line::new(from, to),
            west: from.x.min(to.x),
            east: from.x.max(to.x),
        }
    }

    /// They share a corner because one follows the other.
    fn beside(&self, other: &Self) -> bool {
        let (a, b) = (self.place.min(other.place), self.place.max(other.place));
        self.ring == other.ring && (b - a == 1 || (self.of > 0 && a == 0 && b == self.of - 1))
    }
}

fn edges(sheet: &Sheet, rings: &Rings) -> Vec<Edge> {
    let of_ring = |(n, ring): (usize, &Vec<[f64; 2]>)| {
        let count = ring.len() - 1;
        let edge = |(k, it): (usize, &[[f64; 2]])| Edge::new(n, k, count, sheet.down(it[0]), sheet.down(it[1]));
        ring.windows(2).enumerate().map(edge).collect::<Vec<_>>()
    };
    rings.iter().enumerate().flat_map(of_ring).collect()
}

/// Where edges meet that should not: a sweep from west to east, so that only those are compared that lie above one another.
fn crossings(sheet: &Sheet, edges: &[Edge], rings: bool) -> Vec<(Fault, Place)> {
    let mut order: Vec<&Edge> = edges.iter().collect();
    order.sort_by(|a, b| a.west.total_cmp(&b.west));
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (n, one) in order.iter().enumerate() {
        for other in order[n + 1..].iter().take_while(|it| it.west <= one.east) {
            let at = match line_intersection(one.line, other.line) {
                None => continue,
                Some(LineIntersection::SinglePoint { intersection, .. }) if !one.beside(other) => intersection,
                Some(LineIntersection::SinglePoint { .. }) => continue,
                Some(LineIntersection::Collinear { intersection }) => {
                    if one.beside(other) && apart(intersection.start, intersection.end) < SAME_M {
                        continue;
                    }
                    let (a, b) = (intersection.start, intersection.end);
                    (a + b) / 2.0
                }
            };
            let fault = if rings && one.ring != other.ring {
                Fault::RingsTouch
            } else {
                Fault::SelfCrossing
            };
            // A corner on a corner is met by four pairs of edges, and is one place.
            let unit = |it: f64| (it / SAME_M).round() as i64;
            if !seen.insert((unit(at.x), unit(at.y))) {
                continue;
            }
            found.extend(sheet.cross(at, [&one.line, &other.line]).map(|it| (fault, it)));
            if found.len() == FAULTS_MAX {
                return found;
            }
        }
    }
    found
}

/// How far along an edge a point on it lies, 0 to 1.
fn along(line: &Line, at: Coord) -> f64 {
    let length = apart(line.start, line.end);
    if length == 0.0 {
        0.0
    } else {
        apart(line.start, at) / length
    }
}

/// The pieces of a line that go through the inside of a ring from edge to edge.
fn chords(line: &[Coord], ring: &LineString) -> Vec<Vec<Coord>> {
    let mut stops: Vec<(f64, Coord)> = Vec::new();
    for (n, pair) in line.windows(2).enumerate() {
        let one = Line::new(pair[0], pair[1]);
        let mut stop = |at: Coord| stops.push((n as f64 + along(&one, at), at));
        for edge in ring.lines() {
            match line_intersection(one, edge) {
                None => {}
                Some(LineIntersection::SinglePoint { intersection, .. }) => stop(intersection),
                Some(LineIntersection::Collinear { intersection }) => {
                    stop(intersection.start);
                    stop(intersection.end);
                }
            }
        }
    }
    stops.sort_by(|a, b| a.0.total_cmp(&b.0));
    stops.dedup_by(|a, b| apart(a.1, b.1) < SAME_M && a.0 - b.0 < 1.0);
    let inside = Polygon::new(ring.clone(), vec![]);
    let piece = |pair: &[(f64, Coord)]| {
        let (from, to) = (pair[0], pair[1]);
        let between = line.iter().enumerate().filter(|(n, it)| {
            let n = *n as f64;
            from.0 < n && n < to.0 && apart(**it, from.1) >= SAME_M && apart(**it, to.1) >= SAME_M
        });
        let mut chord = vec![from.1];
        chord.extend(between.map(|it| *it.1));
        chord.push(to.1);
        chord
    };
    let pieces = stops.windows(2).map(piece);
    pieces.filter(|it| inside.contains(&middle(it))).collect()
}

/// A point of a line that is none of its corners: the middle of its longest edge.
fn middle(line: &[Coord]) -> Coord {
    let longest = line
        .windows(2)
        .max_by(|a, b| apart(a[0], a[1]).total_cmp(&apart(b[0], b[1])));
    longest.map_or(line[0], |it| (it[0] + it[1]) / 2.0)
}

/// Where on a ring a point lies: the edge, and how far along.
fn on_ring(ring: &[Coord], at: Coord) -> (usize, f64) {
    let off = |edge: &[Coord]| {
        let (a, d) = (edge[0], edge[1] - edge[0]);
        let square = d.x * d.x + d.y * d.y;
        let t = if square == 0.0 {
            0.0
        } else {
            (((at.x - a.x) * d.x + (at.y - a.y) * d.y) / square).clamp(0.0, 1.0)
        };
        (apart(at, a + d * t), t)
    };
    let offs = ring.windows(2).map(off).enumerate();
    let nearest = offs.min_by(|a, b| a.1.0.total_cmp(&b.1.0));
    nearest.map_or((0, 0.0), |(n, (_, t))| (n, t))
}

/// The two rings into which a chord cuts a closed one.
fn cut(ring: &[Coord], chord: &[Coord]) -> (Vec<Coord>, Vec<Coord>) {
    let (first, last) = (chord[0], chord[chord.len() - 1]);
    let (from, to) = (on_ring(ring, first), on_ring(ring, last));
    let count = ring.len() - 1;
    // The corners that one passes on the way round from one place to another.
    let walk = |from: (usize, f64), to: (usize, f64)| {
        let steps = if from <= to {
            to.0 - from.0
        } else {
            to.0 + count - from.0
        };
        (1..=steps)
            .map(move |it| ring[(from.0 + it) % count])
            .collect::<Vec<_>>()
    };
    let within = &chord[1..chord.len() - 1];
    let mut one = vec![first];
    one.extend(walk(from, to));
    one.push(last);
    one.extend(within.iter().rev());
    one.push(first);
    let mut other = vec![last];
    other.extend(walk(to, from));
    other.push(first);
    other.extend(within);
    other.push(last);
    for ring in [&mut one, &mut other] {
        ring.dedup_by(|a, b| apart(*a, *b) < SAME_M);
    }
    (one, other)
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
