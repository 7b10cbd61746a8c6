//! One tile of a chart, in the form of Mapbox vector tiles 2.1: cut at its edges, thinned to what its size can show.

use mvt::{GeomEncoder, GeomType, Tile as Encoded};
use rstar::AABB;

use super::{Chart, Feature, Shape, Spot, ZOOM_MAX};

/// Units across a tile.
pub const EXTENT: i32 = 4096;
/// A line's width goes over the edge by less than this.
const MARGIN: i32 = 96;
/// Points nearer to the last one than this, in units of the tile, change nothing that is seen.
const THIN: i32 = 5;
/// Layers in the order in which they are written.
const LAYERS: &[&str] = &["ground", "water", "building", "road", "place"];

/// Which tile: rows count from the north.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    zoom: u8,
    x: u32,
    y: u32,
}

impl Tile {
    /// None: there is no such tile.
    pub fn new(zoom: u8, x: u32, y: u32) -> Option<Self> {
        let across = 1u32.checked_shl(zoom.into())?;
        (zoom <= ZOOM_MAX && x < across && y < across).then_some(Self { zoom, x, y })
    }

    /// Chart units in one unit of the tile, as a shift.
    const fn shift(self) -> u32 {
        18 - self.zoom as u32
    }

    fn frame(self) -> AABB<Spot> {
        let side = 1i64 << (30 - u32::from(self.zoom));
        let margin = i64::from(MARGIN) << self.shift();
        // Inside i32: the world is 2^30 wide and a margin at most a fortieth of it.
        let at = |it: u32, more: i64| (i64::from(it) * side + more) as i32;
        AABB::from_corners(
            [at(self.x, -margin), at(self.y, -margin)],
            [at(self.x, side + margin), at(self.y, side + margin)],
        )
    }

    fn within(self, [x, y]: Spot) -> Spot {
        let side = 30 - u32::from(self.zoom);
        let part = |value: i32, tile: u32| ((i64::from(value) - (i64::from(tile) << side)) >> self.shift()) as i32;
        [part(x, self.x), part(y, self.y)]
    }
}

impl Chart {
    /// The tile's bytes; empty: there is nothing in it.
    ///
    /// # Errors
    /// The encoder's; a chart of this program's gives it no cause.
    pub fn tile(&self, tile: Tile) -> Result<Vec<u8>, mvt::Error> {
        let found = self.index.locate_in_envelope_intersecting(&tile.frame());
        let mut numbers: Vec<u32> = found.map(|it| it.data).collect();
        numbers.sort_unstable(); // the same tile is the same bytes
        let shown: Vec<&Feature> = numbers
            .iter()
            .filter_map(|it| self.features.get(*it as usize))
            .filter(|it| it.kind.zoom_min() <= tile.zoom)
            .collect();
        let mut encoded = Encoded::new(EXTENT as u32);
        for name in LAYERS {
            let mut layer = encoded.create_layer(name);
            for it in shown.iter().filter(|it| it.kind.layer() == *name) {
                let parts = cut(it, tile);
                if parts.is_empty() {
                    continue;
                }
                let mut geometry = GeomEncoder::<i32>::new(match it.kind.shape() {
                    Shape::Point => GeomType::Point,
                    Shape::Line => GeomType::Linestring,
                    Shape::Area => GeomType::Polygon,
                });
                for part in &parts {
                    for [x, y] in part {
                        geometry.add_point(*x, *y)?;
                    }
                    geometry.complete_geom()?;
                }
                let mut feature = layer.into_feature(geometry.encode()?);
                feature.add_tag_string("class", it.kind.class());
                if let Some(name) = &it.name {
                    feature.add_tag_string("name", name);
                }
                layer = feature.into_layer();
            }
            if layer.num_features() > 0 {
                encoded.add_layer(layer)?;
            }
        }
        if encoded.num_layers() == 0 {
            return Ok(Vec::new());
        }
        encoded.to_bytes()
    }
}

/// What of a feature lies in the tile.
fn cut(it: &Feature, tile: Tile) -> Vec<Vec<Spot>> {
    let thin = if tile.zoom >= ZOOM_MAX { 1 } else { THIN };
    let parts = it
        .parts
        .iter()
        .map(|part| part.iter().map(|it| tile.within(*it)).collect::<Vec<Spot>>());
    match it.kind.shape() {
        Shape::Point => parts
            .filter(|part| {
                part.iter()
                    .all(|[x, y]| [x, y].iter().all(|it| (0..EXTENT).contains(*it)))
            })
            .collect(),
        Shape::Line => parts.flat_map(|part| pieces(&thinned(&part, thin))).collect(),
        Shape::Area => {
            let mut rings = Vec::new();
            for (number, part) in parts.enumerate() {
                let ring = clipped(&thinned(&part, thin));
                let area = doubled_area(&ring);
                if ring.len() < 3 || area.abs() < i64::from(thin * thin * 2) {
                    if number == 0 {
                        return vec![]; // holes alone are nothing
                    }
                    continue;
                }
                // The first ring runs clockwise on the screen, its holes the other way.
                let right_way = (area > 0) == (number == 0);
                rings.push(if right_way {
                    ring
                } else {
                    ring.into_iter().rev().collect()
                });
            }
            rings
        }
    }
}

/// Without the points that lie on top of each other at this size; the first and the last stay.
fn thinned(part: &[Spot], thin: i32) -> Vec<Spot> {
    let mut kept: Vec<Spot> = Vec::with_capacity(part.len());
    for (number, spot) in part.iter().enumerate() {
        let far = kept
            .last()
            .is_none_or(|last| (spot[0] - last[0]).abs() >= thin || (spot[1] - last[1]).abs() >= thin);
        if far {
            kept.push(*spot);
        } else if number + 1 == part.len() && kept.len() > 1 {
            kept.pop();
            kept.push(*spot);
        }
    }
    kept
}

const LOW: i32 = -MARGIN;
const HIGH: i32 = EXTENT + MARGIN;

/// A line's pieces inside the tile and its margin (Liang and Barsky).
fn pieces(line: &[Spot]) -> Vec<Vec<Spot>> {
    let mut done: Vec<Vec<Spot>> = Vec::new();
    let mut piece: Vec<Spot> = Vec::new();
    for pair in line.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        match inside(from, to) {
            Some((a, b)) => {
                if piece.last() != Some(&a) {
                    if piece.len() > 1 {
                        done.push(std::mem::take(&mut piece));
                    }
                    piece = vec![a];
                }
                if b != a {
                    piece.push(b);
                }
            }
            None => {
                if piece.len() > 1 {
                    done.push(std::mem::take(&mut piece));
                }
                piece.clear();
            }
        }
    }
    if piece.len() > 1 {
        done.push(piece);
    }
    done
}

fn inside(from: Spot, to: Spot) -> Option<(Spot, Spot)> {
    let (mut start, mut end) = (0.0f64, 1.0f64);
    for axis in 0..2 {
        let (at, step) = (f64::from(from[axis]), f64::from(to[axis]) - f64::from(from[axis]));
        for (p, q) in [(-step, at - f64::from(LOW)), (step, f64::from(HIGH) - at)] {
            if p == 0.0 {
                if q < 0.0 {
                    return None;
                }
            } else if p < 0.0 {
                start = start.max(q / p);
            } else {
                end = end.min(q / p);
            }
        }
    }
    if start > end {
        return None;
    }
    let along = |part: f64| {
        let axis = |it: usize| (f64::from(from[it]) + part * (f64::from(to[it]) - f64::from(from[it]))).round() as i32;
        [axis(0), axis(1)]
    };
    let a = if start > 0.0 { along(start) } else { from };
    let b = if end < 1.0 { along(end) } else { to };
    Some((a, b))
}

/// A ring's part inside the tile and its margin (Sutherland and Hodgman).
fn clipped(ring: &[Spot]) -> Vec<Spot> {
    let mut ring = ring.to_vec();
    for (axis, edge, upper) in [(0, LOW, false), (0, HIGH, true), (1, LOW, false), (1, HIGH, true)] {
        let within = |spot: &Spot| if upper { spot[axis] <= edge } else { spot[axis] >= edge };
        let Some(mut before) = ring.last().copied() else {
            return ring;
        };
        let mut next = Vec::with_capacity(ring.len() + 4);
        for here in ring {
            if within(&here) != within(&before) {
                let part = f64::from(edge - before[axis]) / f64::from(here[axis] - before[axis]);
                let other = 1 - axis;
                let mut cut = [edge, edge];
                cut[other] = (f64::from(before[other]) + part * f64::from(here[other] - before[other])).round() as i32;
                next.push(cut);
            }
            if within(&here) {
                next.push(here);
            }
            before = here;
        }
        ring = next;
    }
    ring.dedup();
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

/// Twice the area; positive: clockwise where down is positive.
fn doubled_area(ring: &[Spot]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    let parts = ring.iter().zip(next);
    parts
        .map(|(a, b)| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Kind, spot};

    #[test]
    fn a_tile_that_does_not_exist_is_none() {
        assert!(Tile::new(0, 0, 0).is_some() && Tile::new(16, 65_535, 0).is_some());
        for (zoom, x, y) in [(0, 1, 0), (3, 8, 0), (3, 0, 8), (17, 0, 0), (255, 0, 0)] {
            assert!(Tile::new(zoom, x, y).is_none(), "{zoom}/{x}/{y}");
        }
    }

    #[test]
    fn a_line_through_the_tile_is_cut_on_both_sides() {
        assert_eq!(pieces(&[[-5_000, 100], [9_000, 100]]), [[[LOW, 100], [HIGH, 100]]]);
        assert_eq!(pieces(&[[-5_000, -5_000], [-4_000, 9_000]]), Vec::<Vec<Spot>>::new());
        let there_and_back = pieces(&[[10, 10], [9_000, 10], [9_000, 500], [10, 500]]);
        assert_eq!(
            there_and_back,
            [vec![[10, 10], [HIGH, 10]], vec![[HIGH, 500], [10, 500]]]
        );
        assert_eq!(pieces(&[[0, 0], [50, 0], [50, 50]]), [[[0, 0], [50, 0], [50, 50]]]);
    }

    #[test]
    fn a_ring_around_the_tile_becomes_the_tile() {
        let around = [[-9_000, -9_000], [9_000, -9_000], [9_000, 9_000], [-9_000, 9_000]];
        let mut cut = clipped(&around);
        cut.sort_unstable();
        assert_eq!(cut, [[LOW, LOW], [LOW, HIGH], [HIGH, LOW], [HIGH, HIGH]]);
        assert!(clipped(&[[-900, -900], [-800, -900], [-800, -800]]).is_empty());
    }

    #[test]
    fn outlines_run_one_way_and_holes_the_other_whatever_the_extract_says() {
        let here = spot(39.38, 117.06);
        let square = |low: i32, high: i32| {
            vec![
                [here[0] + low, here[1] + low],
                [here[0] + high, here[1] + low],
                [here[0] + high, here[1] + high],
                [here[0] + low, here[1] + high],
            ]
        };
        let tile = Tile::new(14, (here[0] >> 16) as u32, (here[1] >> 16) as u32).unwrap();
        for backwards in [false, true] {
            let turn = |mut it: Vec<Spot>| {
                if backwards {
                    it.reverse();
                }
                it
            };
            let lake = Feature {
                kind: Kind::Water,
                name: None,
                parts: vec![turn(square(-4_000, 4_000)), turn(square(-1_000, 1_000))],
            };
            let rings = cut(&lake, tile);
            assert_eq!(
                rings.iter().map(|it| doubled_area(it) > 0).collect::<Vec<_>>(),
                [true, false]
            );
        }
    }

    #[test]
    fn a_tile_holds_what_is_in_it_from_its_zoom_on_and_nothing_else() {
        let at = spot(39.38, 117.06);
        let chart = Chart::new(vec![
            Feature {
                kind: Kind::Main,
                name: Some("光明道".into()),
                parts: vec![vec![at, [at[0] + 9_000, at[1]]]],
            },
            Feature {
                kind: Kind::Building,
                name: None,
                parts: vec![vec![at, [at[0] + 2_000, at[1]], [at[0], at[1] + 2_000]]],
            },
        ]);
        let of = |zoom: u8| {
            let side = 30 - u32::from(zoom);
            chart
                .tile(Tile::new(zoom, (at[0] >> side) as u32, (at[1] >> side) as u32).unwrap())
                .unwrap()
        };
        let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|it| it == text.as_bytes());
        let (near, far) = (of(15), of(12));
        assert!(has(&near, "building") && has(&near, "光明道") && has(&near, "main"));
        assert!(has(&far, "光明道") && !has(&far, "building"));
        assert!(of(5).is_empty());
        assert!(chart.tile(Tile::new(15, 0, 0).unwrap()).unwrap().is_empty());
        assert_eq!(of(15), near, "the same tile is the same bytes");
    }
}
