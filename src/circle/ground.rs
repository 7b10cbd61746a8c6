//! What the room stands on: roads, or straight lines where there are none.
//!
//! Straight lines are a stated fallback. They are used when no roads are loaded, and for a point that is more than a
//! kilometre from any road; whatever they touch is marked `estimated`. A way is taken to be 1.4 times as long as the
//! line: Boscoe, Henry and Zdeb (2012), "A Nationwide Comparison of Driving Distance Versus Straight-Line Distance to
//! Hospitals", The Professional Geographer 64(2), found 1.417 on average. Speeds: [`Speeds::straight_kmh`]. Rivers,
//! railways and walls are not seen: on Porto a straight circle misjudges a quarter to a half of the pairs that matter.

use serde::Serialize;

use super::coordinates::Point;
use super::graph::{Roads, WHOLE};
use super::speeds::{Mode, Speeds};
use super::sweep::{Direction, LIMIT_MAX_DS, Leaves, Net, Passage, Queue, Seed, sweep, with_scratch};

/// How much longer a way is than the straight line.
pub const DETOUR: f64 = 1.4;

/// Roads, or none.
#[derive(Debug, Clone, Default)]
pub enum Ground {
    /// No roads are loaded: everything is estimated.
    #[default]
    Straight,
    Roads(Roads),
}

impl From<Roads> for Ground {
    fn from(roads: Roads) -> Self {
        Self::Roads(roads)
    }
}

/// A journey.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trip {
    pub seconds: u32,
    pub meters: u32,
    /// Along straight lines, not roads.
    pub estimated: bool,
    /// From the start to the end, for the map.
    pub line: Vec<Point>,
}

impl Ground {
    pub const fn roads(&self) -> Option<&Roads> {
        match self {
            Self::Roads(roads) => Some(roads),
            Self::Straight => None,
        }
    }

    /// The fastest journey, at most seven hours long; `None` if there is no way by road (a closed bridge, an island).
    pub fn travel(&self, from: Point, to: Point, mode: Mode) -> Option<Trip> {
        match self {
            Self::Straight => Some(straight_trip(from, to, mode)),
            Self::Roads(roads) => roads.travel(from, to, mode),
        }
    }
}

/// Deciseconds and metres along the estimated way.
pub(crate) fn straight(from: Point, to: Point, mode: Mode) -> (u32, f64) {
    let meters = from.distance_m(to) * DETOUR;
    ((meters * 36.0 / Speeds::straight_kmh(mode)).round() as u32, meters)
}

fn straight_trip(from: Point, to: Point, mode: Mode) -> Trip {
    let (cost, meters) = straight(from, to, mode);
    Trip {
        seconds: seconds(cost),
        meters: meters.round() as u32,
        estimated: true,
        line: vec![from, to],
    }
}

/// Whole seconds, never too few: an arrival is not promised early.
pub(crate) const fn seconds(deciseconds: u32) -> u32 {
    deciseconds.div_ceil(10)
}

/// One destination, hanging on the arcs that lead past it.
struct Destination {
    /// Arc, offset along it, what is left after leaving it.
    spots: Vec<(u32, u32, u32)>,
    /// Cost, spot and arrival.
    found: Option<(u32, u32, u32)>,
}

impl Leaves for Destination {
    #[inline]
    fn any(&self, half: u32) -> bool {
        self.spots.iter().any(|spot| spot.0 == half)
    }
    fn passed(&mut self, passage: Passage, queue: &mut Queue) {
        for (number, (half, along, after)) in self.spots.iter().enumerate() {
            if *half == passage.half
                && let Some(cost) = passage.cost_at(*along)
            {
                queue.push_leaf(cost + after, number as u32, passage.arrival);
            }
        }
    }
    fn reached(&mut self, leaf: u32, cost: u32, arrival: u32) -> bool {
        // Of two ways of the same cost the one whose spot and entry come first, whatever the order in the bucket.
        let candidate = (cost, leaf, arrival);
        self.found = Some(self.found.map_or(candidate, |it| it.min(candidate)));
        false
    }
}

impl Roads {
    /// As [`Ground::travel`].
    pub fn travel(&self, from: Point, to: Point, mode: Mode) -> Option<Trip> {
        let (Some(start), Some(end)) = (self.place(from, mode), self.place(to, mode)) else {
            return Some(straight_trip(from, to, mode));
        };
        let net = self.net(mode, Direction::From);
        let seeds = net.seeds(&start);
        let mut spots = Vec::with_capacity(6);
        net.hooks(&end, |it| spots.push((it.half, it.from, it.spent)));
        let mut destination = Destination { spots, found: None };
        with_scratch(|scratch| {
            sweep(&net, scratch, &seeds, LIMIT_MAX_DS, &mut destination);
            let (cost, spot, arrival) = destination.found?;
            let (half, along, _) = destination.spots[spot as usize];
            let mut arcs: Vec<u32> = scratch.queue.way_to(arrival).collect();
            arcs.reverse();
            let mut way = Way {
                net,
                line: vec![from],
                meters: 0.0,
            };
            match arcs.first().copied() {
                None => {
                    let begin = begin_of(&seeds, half, Some(along));
                    way.add(half, begin, along);
                }
                Some(first) => {
                    way.add(first, begin_of(&seeds, first, None), WHOLE);
                    for arc in arcs.iter().skip(1) {
                        way.add(*arc, 0, WHOLE);
                    }
                    way.add(half, 0, along);
                }
            }
            way.go(to);
            let Way { line, meters, .. } = way;
            Some(Trip {
                seconds: seconds(cost),
                meters: meters.round() as u32,
                estimated: false,
                line,
            })
        })
    }
}

/// Where the seed on `half` begins; with several on one arc, the cheapest that lies before `before`.
fn begin_of(seeds: &[Seed], half: u32, before: Option<u32>) -> u32 {
    let fits = seeds
        .iter()
        .filter(|it| it.half == half && before.is_none_or(|before| it.from <= before));
    fits.min_by_key(|it| (it.spent, it.from)).map_or(0, |it| it.from)
}

/// A line being put together.
struct Way<'a> {
    net: Net<'a>,
    line: Vec<Point>,
    meters: f64,
}

impl Way<'_> {
    /// Travels along an arc from one offset to another, both counted from its entry.
    fn add(&mut self, half: u32, from: u32, to: u32) {
        let topology = self.net.topology;
        let segment = topology.segment[half as usize];
        let part = if topology.start[segment as usize] == half {
            topology.part(segment, from, to)
        } else {
            topology.part(segment, WHOLE - from, WHOLE - to)
        };
        for point in part {
            self.go(point);
        }
    }

    fn go(&mut self, point: Point) {
        if let Some(last) = self.line.last().copied() {
            if last == point {
                return;
            }
            self.meters += last.distance_m(point);
        }
        self.line.push(point);
    }
}
