//! The chart: what a map shows of an extract - roads, water, green, buildings, names of places - and its vector tiles.
//!
//! [`Chart::of_extract`] reads an extract once, when it is imported; [`Chart::write_to`] and [`Chart::read`] keep it in a file
//! that opens at once; [`Chart::tile`] cuts a tile out of it. Pure: no clock, no files, no network.
//!
//! Holds always:
//! - coordinates are whole numbers in Web Mercator, [`WORLD`] wide: a tile down to [`ZOOM_MAX`] is cut without rounding twice;
//! - what is drawn of a place follows from the extract alone: nobody's home, device or position is in a chart.

mod extract;
mod file;
mod tile;

use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::circle::{Class, Point, Roads};

pub use file::Unreadable;
pub use tile::{EXTENT, Tile};

/// The world's width in a chart's units, 3.7 cm at the equator.
pub const WORLD: i64 = 1 << 30;
/// The last zoom that has tiles of its own; nearer ones are drawn from it.
pub const ZOOM_MAX: u8 = 16;

/// What something is on the map. The order is that of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A lake, a basin, a wide river.
    Water,
    /// The line of a river or a canal.
    Waterway,
    /// Parks, woods, fields of grass.
    Green,
    /// Where people live and work.
    Built,
    Building,
    /// Motorways to secondary roads.
    Main,
    /// Tertiary roads.
    Major,
    /// Streets.
    Minor,
    /// Service ways, paths and steps.
    Path,
    Rail,
    City,
    Town,
    /// Villages, suburbs, quarters.
    Village,
    /// Neighbourhoods and estates.
    Estate,
}

impl Kind {
    const ALL: [Kind; 14] = [
        Kind::Water,
        Kind::Waterway,
        Kind::Green,
        Kind::Built,
        Kind::Building,
        Kind::Main,
        Kind::Major,
        Kind::Minor,
        Kind::Path,
        Kind::Rail,
        Kind::City,
        Kind::Town,
        Kind::Village,
        Kind::Estate,
    ];

    /// The layer of a tile that it stands in.
    pub const fn layer(self) -> &'static str {
        match self {
            Kind::Water | Kind::Waterway => "water",
            Kind::Green | Kind::Built => "ground",
            Kind::Building => "building",
            Kind::Main | Kind::Major | Kind::Minor | Kind::Path | Kind::Rail => "road",
            Kind::City | Kind::Town | Kind::Village | Kind::Estate => "place",
        }
    }

    /// Its word in the layer.
    pub const fn class(self) -> &'static str {
        match self {
            Kind::Water => "area",
            Kind::Waterway => "line",
            Kind::Green => "green",
            Kind::Built => "built",
            Kind::Building => "building",
            Kind::Main => "main",
            Kind::Major => "major",
            Kind::Minor => "minor",
            Kind::Path => "path",
            Kind::Rail => "rail",
            Kind::City => "city",
            Kind::Town => "town",
            Kind::Village => "village",
            Kind::Estate => "estate",
        }
    }

    /// Farther out it would be a smear.
    pub const fn zoom_min(self) -> u8 {
        match self {
            Kind::City => 4,
            Kind::Water => 6,
            Kind::Main | Kind::Town => 7,
            Kind::Waterway | Kind::Built => 9,
            Kind::Rail => 10,
            Kind::Major | Kind::Green | Kind::Village => 11,
            Kind::Minor => 12,
            Kind::Path | Kind::Estate => 13,
            Kind::Building => 14,
        }
    }

    /// How its points hang together.
    pub const fn shape(self) -> Shape {
        match self {
            Kind::Water | Kind::Green | Kind::Built | Kind::Building => Shape::Area,
            Kind::Waterway | Kind::Main | Kind::Major | Kind::Minor | Kind::Path | Kind::Rail => Shape::Line,
            Kind::City | Kind::Town | Kind::Village | Kind::Estate => Shape::Point,
        }
    }
}

/// How the points of a feature hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Point,
    Line,
    /// Rings: the first is the outline, the rest are holes.
    Area,
}

/// A spot in a chart's units: east from 180° W, south from the north edge.
pub type Spot = [i32; 2];

/// One thing on the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// What.
    pub kind: Kind,
    /// Its name; most have none.
    pub name: Option<Box<str>>,
    /// One part of points; for an area its rings, the last point of each unlike its first.
    pub parts: Vec<Vec<Spot>>,
}

impl Feature {
    fn frame(&self) -> AABB<Spot> {
        AABB::from_points(self.parts.first().into_iter().flatten())
    }
}

type Entry = GeomWithData<Rectangle<Spot>, u32>;

/// Everything that a map shows of one extract.
#[derive(Debug)]
pub struct Chart {
    features: Vec<Feature>,
    index: RTree<Entry>,
}

impl Chart {
    /// Features without a point are left out.
    pub fn new(mut features: Vec<Feature>) -> Self {
        features.retain(|it| it.parts.first().is_some_and(|part| !part.is_empty()));
        let entries = (0u32..).zip(&features).map(|(number, it)| {
            let frame = it.frame();
            GeomWithData::new(Rectangle::from_aabb(frame), number)
        });
        let index = RTree::bulk_load(entries.collect());
        Self { features, index }
    }

    /// Only the lines of the roads that the service stands on: no names, no water. For a street whose chart was never made.
    pub fn of_roads(roads: &Roads) -> Self {
        let count = u32::try_from(roads.segment_count()).unwrap_or(u32::MAX);
        let features = (0..count).filter_map(|it| roads.segment(it)).map(|it| Feature {
            kind: kind_of_class(it.class),
            name: None,
            parts: vec![it.line.iter().map(|it| spot(it.lat(), it.lon())).collect()],
        });
        Self::new(features.collect())
    }

    /// How many things are on it.
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// Whether nothing is on it.
    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// West, south, east, north of the roads (of everything, without roads), WGS-84 degrees.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let of = |wanted: &dyn Fn(Kind) -> bool| {
            let spots = self
                .features
                .iter()
                .filter(|it| wanted(it.kind))
                .flat_map(|it| &it.parts)
                .flatten();
            spots.fold(None, |frame: Option<(Spot, Spot)>, &[x, y]| {
                let ([west, north], [east, south]) = frame.unwrap_or(([x, y], [x, y]));
                Some(([west.min(x), north.min(y)], [east.max(x), south.max(y)]))
            })
        };
        let ([west, north], [east, south]) = of(&|it| it.layer() == "road").or_else(|| of(&|_| true))?;
        let (north, west) = degrees([west, north]);
        let (south, east) = degrees([east, south]);
        Some([west, south, east, north])
    }
}

const fn kind_of_class(class: Class) -> Kind {
    match class {
        Class::Motorway
        | Class::MotorwayLink
        | Class::Trunk
        | Class::TrunkLink
        | Class::Primary
        | Class::PrimaryLink
        | Class::Secondary
        | Class::SecondaryLink => Kind::Main,
        Class::Tertiary | Class::TertiaryLink => Kind::Major,
        Class::Unclassified | Class::Residential | Class::LivingStreet => Kind::Minor,
        Class::Service
        | Class::Track
        | Class::Cycleway
        | Class::SharedPath
        | Class::Path
        | Class::Footway
        | Class::Pedestrian
        | Class::Steps => Kind::Path,
    }
}

/// Where Web Mercator ends: there the world is a square.
const LAT_MAX: f64 = 85.051_128_779_806_59;

/// Where a point lies. Beyond 85° everything is the edge.
pub fn spot(lat: f64, lon: f64) -> Spot {
    let lat = lat.clamp(-LAT_MAX, LAT_MAX).to_radians();
    let x = (lon + 180.0) / 360.0;
    let y = (1.0 - lat.tan().asinh() / std::f64::consts::PI) / 2.0;
    let scaled = |it: f64| (it * WORLD as f64).round().clamp(0.0, (WORLD - 1) as f64) as i32;
    [scaled(x), scaled(y)]
}

/// Latitude and longitude of a spot.
pub fn degrees([x, y]: Spot) -> (f64, f64) {
    let part = |it: i32| f64::from(it) / WORLD as f64;
    let lat = (std::f64::consts::PI * (1.0 - 2.0 * part(y)))
        .sinh()
        .atan()
        .to_degrees();
    (lat, part(x) * 360.0 - 180.0)
}

/// As [`spot`], of a point.
pub fn spot_of(point: Point) -> Spot {
    spot(point.lat(), point.lon())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_is_its_point_within_a_hand() {
        for (lat, lon) in [
            (39.383, 117.061),
            (41.15, -8.61),
            (0.0, 0.0),
            (-33.9, 151.2),
            (84.9, 179.99),
        ] {
            let (back_lat, back_lon) = degrees(spot(lat, lon));
            assert!(
                (back_lat - lat).abs() < 1e-6 && (back_lon - lon).abs() < 1e-6,
                "{lat} {lon}"
            );
        }
        assert_eq!(spot(0.0, -180.0), [0, 1 << 29]);
        assert_eq!(spot(90.0, 180.0), [(1 << 30) - 1, 0]);
    }

    #[test]
    fn every_kind_stands_in_a_layer_by_a_word_of_its_own() {
        let words: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|it| (it.layer(), it.class())).collect();
        assert_eq!(words.len(), Kind::ALL.len());
    }

    #[test]
    fn the_bounds_are_those_of_the_roads() {
        let at = |lat, lon| spot(lat, lon);
        let chart = Chart::new(vec![
            Feature {
                kind: Kind::Minor,
                name: None,
                parts: vec![vec![at(39.0, 117.0), at(39.1, 117.2)]],
            },
            Feature {
                kind: Kind::Water,
                name: None,
                parts: vec![vec![at(30.0, 100.0), at(30.0, 101.0), at(31.0, 101.0)]],
            },
            Feature {
                kind: Kind::Path,
                name: None,
                parts: vec![],
            },
        ]);
        assert_eq!(chart.len(), 2);
        let [west, south, east, north] = chart.bounds().unwrap();
        for (got, wanted) in [(west, 117.0), (south, 39.0), (east, 117.2), (north, 39.1)] {
            assert!((got - wanted).abs() < 1e-6, "{got} {wanted}");
        }
        assert!(Chart::new(vec![]).bounds().is_none());
    }
}
