//! The road network in memory: one topology for all modes, and this hour's travel times beside it.
//!
//! ```text
//!            segment s (a piece of road between two junctions: class, length, shape, who may use it which way)
//!   junction a o──────────────────────────────────────────o junction b
//!              └ half h, at a                  twin of h, at b ┘
//! ```
//!
//! Each segment has two *halves*, one at either end. Seen from a, half h is the arc a→b when travelling forward; in a
//! sweep that runs against traffic the same h stands for the arc b→a, entered from a. So one set of arrays serves both
//! directions and all modes, and only the costs differ ([`Hop`]).
//!
//! A restriction that goes via ways forbids a turn to those only who came by a certain road. The arcs on its way exist
//! twice, then: the *copy* of a segment runs beside the original, open in one direction to one mode, and may be entered
//! only by those to whom the restriction applies ([`Topology::copy_of`]). So an arc still says all that a turn depends
//! on. Copies are found by no position and counted nowhere.
//!
//! Holds always (checked when a file is opened, true by construction after an import):
//! - the halves of a junction lie side by side; junctions are in Hilbert order, so near in space is near in memory;
//! - `twin[twin[h]] == h`, `segment[h] == segment[twin[h]]`, `head[twin[h]]` is the junction that h is at;
//! - costs are at least one decisecond, so a sweep always moves on.

use std::sync::Arc;

use super::coordinates::Point;
use super::snap::Index;
use super::speeds::{Class, Conditions, Mode, sane};

/// A cost that nobody can pay: the arc is closed.
pub(crate) const CLOSED: u32 = 1 << 30;
/// Marks, in [`Hop::head`] and in queue entries, a junction at which some turn is forbidden to the mode.
pub(crate) const RESTRICTED: u32 = 1 << 31;
/// No index.
pub(crate) const NONE: u32 = u32::MAX;
/// A whole arc, in the units of an offset along it.
pub(crate) const WHOLE: u32 = 1 << 16;

/// What an import leaves: everything about the roads that does not change with the hour.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Topology {
    /// Junctions: where each one's halves begin; one more than there are junctions.
    pub first: Vec<u32>,
    /// Junctions: latitude and longitude in 1e-7 degrees.
    pub node_at: Vec<[i32; 2]>,
    /// Halves: the junction at the other end.
    pub head: Vec<u32>,
    /// Halves: the half at the other end.
    pub twin: Vec<u32>,
    /// Halves: the segment.
    pub segment: Vec<u32>,
    /// Segments: the half at the end where the shape begins.
    pub start: Vec<u32>,
    pub length_cm: Vec<u32>,
    /// Segments: a [`Class`] as a number.
    pub class: Vec<u8>,
    /// Segments: posted limit for cars, km/h; 0 = none.
    pub cap_kmh: Vec<u8>,
    /// Segments: bits 0..3 the modes that may go along the shape, bits 3..6 those that may go against it.
    pub access: Vec<u8>,
    /// Segments: the OSM way (of the first piece, where several were joined).
    pub way: Vec<i64>,
    /// Segments: where each one's points begin in `shape`; one more than there are segments.
    pub shape_first: Vec<u32>,
    /// The points of all segments, both ends included, in 1e-7 degrees.
    pub shape: Vec<[i32; 2]>,
    /// The segments behind the others that are copies: the original of each, ascending.
    pub copy_of: Vec<u32>,
    /// Forbidden turns: half by which one comes in (at the junction), half by which one would leave, modes. Sorted.
    pub bans: Vec<[u32; 3]>,
}

impl Topology {
    pub fn nodes(&self) -> usize {
        self.node_at.len()
    }
    pub fn halves(&self) -> usize {
        self.head.len()
    }
    /// Segments, copies included.
    pub fn segments(&self) -> usize {
        self.start.len()
    }
    /// Segments without copies: the first ones.
    pub fn originals(&self) -> usize {
        self.start.len() - self.copy_of.len()
    }

    /// The segment that `segment` is a copy of; itself if it is none.
    #[inline]
    pub fn original(&self, segment: u32) -> u32 {
        let copy = (segment as usize).checked_sub(self.originals());
        copy.map_or(segment, |copy| self.copy_of[copy])
    }

    /// The half of the original that runs as `half` does.
    #[inline]
    pub fn own(&self, half: u32) -> u32 {
        let segment = self.segment[half as usize];
        let original = self.original(segment);
        if original == segment {
            return half;
        }
        let start = self.start[original as usize];
        if self.start[segment as usize] == half {
            start
        } else {
            self.twin[start as usize]
        }
    }

    /// The copies of a segment.
    pub fn copies(&self, segment: u32) -> std::ops::Range<u32> {
        let first = self.originals() as u32;
        let from = self.copy_of.partition_point(|it| *it < segment) as u32;
        let to = self.copy_of.partition_point(|it| *it <= segment) as u32;
        first + from..first + to
    }

    /// The points of a segment, in the order of its shape.
    pub fn shape_of(&self, segment: u32) -> &[[i32; 2]] {
        let at = segment as usize;
        &self.shape[self.shape_first[at] as usize..self.shape_first[at + 1] as usize]
    }

    /// South, west, north, east in 1e-7 degrees; `None` if there is no road.
    pub fn bounds(&self) -> Option<[i32; 4]> {
        let mut points = self.shape.iter();
        let [lat, lon] = *points.next()?;
        Some(
            points.fold([lat, lon, lat, lon], |[south, west, north, east], [lat, lon]| {
                [south.min(*lat), west.min(*lon), north.max(*lat), east.max(*lon)]
            }),
        )
    }

    /// The forbidden turns at the junction whose halves are `halves`.
    pub fn bans_at(&self, halves: std::ops::Range<u32>) -> &[[u32; 3]] {
        let from = self.bans.partition_point(|ban| ban[0] < halves.start);
        let to = self.bans.partition_point(|ban| ban[0] < halves.end);
        &self.bans[from..to]
    }

    /// The junction that `half` is at.
    pub fn tail(&self, half: u32) -> u32 {
        self.head[self.twin[half as usize] as usize]
    }
}

/// One step of a sweep: where a half leads and what it costs in one direction of travel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hop {
    /// The junction at the other end, with [`RESTRICTED`] where turns are forbidden there.
    pub head: u32,
    /// Deciseconds, or [`CLOSED`].
    pub cost: u32,
}

/// A bit for each of many things.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }
    #[inline]
    pub fn get(&self, at: u32) -> bool {
        self.0[(at >> 6) as usize] >> (at & 63) & 1 != 0
    }
    pub fn set(&mut self, at: u32) {
        self.0[(at >> 6) as usize] |= 1 << (at & 63);
    }
    pub fn clear(&mut self, at: u32) {
        self.0[(at >> 6) as usize] &= !(1 << (at & 63));
    }
    pub fn words(&self) -> &[u64] {
        &self.0
    }
}

/// One mode's travel times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times {
    /// By half: leaving its junction, with traffic.
    pub out: Vec<Hop>,
    /// By half: arriving at its junction, for sweeps against traffic.
    pub back: Vec<Hop>,
    /// Junctions with only one way out: there, and nowhere else, one may turn round.
    pub sole_exit: Bits,
}

impl Times {
    /// Whether a segment is open along its shape, and against it.
    pub fn directions(&self, topology: &Topology, segment: u32) -> (bool, bool) {
        let start = topology.start[segment as usize] as usize;
        (self.out[start].cost < CLOSED, self.back[start].cost < CLOSED)
    }
}

/// All modes' travel times under some [`Conditions`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Weights {
    pub by_mode: [Times; 3],
    /// By mode: the segments that are closed, in order.
    pub closed: [Vec<u32>; 3],
}

impl Weights {
    pub fn new(topology: &Topology, vias: &[Vec<u32>; 3], conditions: &Conditions) -> Self {
        let mut weights = Self::default();
        weights.weigh(topology, vias, conditions);
        weights
    }

    /// Writes all costs anew; the arrays are used again.
    pub fn weigh(&mut self, topology: &Topology, vias: &[Vec<u32>; 3], conditions: &Conditions) {
        for mode in Mode::ALL {
            self.weigh_mode(topology, vias, conditions, mode);
        }
    }

    fn weigh_mode(&mut self, topology: &Topology, vias: &[Vec<u32>; 3], conditions: &Conditions, mode: Mode) {
        let at = mode.index();
        let closed = conditions.closed.iter().filter(|(_, modes)| modes.contains(&mode));
        self.closed[at] = closed.map(|(segment, _)| *segment).collect();
        weigh_mode(&mut self.by_mode[at], topology, &vias[at], conditions, mode);
    }
}

fn weigh_mode(times: &mut Times, topology: &Topology, vias: &[u32], conditions: &Conditions, mode: Mode) {
    let kmh = conditions.kmh_by_class(mode);
    let caps = mode == Mode::Car;
    let live = sane(conditions.live.get(&mode).copied());
    // Deciseconds of every segment, whoever may use it.
    let cost = |segment: usize, original: u32| {
        let mut speed = kmh[topology.class[segment] as usize];
        if caps && topology.cap_kmh[segment] != 0 {
            speed = speed.min(f32::from(topology.cap_kmh[segment]) * live.min(1.0));
        }
        let factor = if conditions.segments.is_empty() {
            1.0
        } else {
            sane(conditions.segments.get(&original).copied())
        };
        // cm / 100 / (km/h / 3.6) * 10
        ((topology.length_cm[segment] as f32 * (0.36 / (speed * factor)) + 0.5) as u32).clamp(1, CLOSED - 1)
    };
    let closed = |original: u32| {
        !conditions.closed.is_empty() && conditions.closed.get(&original).is_some_and(|it| it.contains(&mode))
    };
    let shut = Hop { head: 0, cost: CLOSED };
    times.out.clear();
    times.out.resize(topology.halves(), shut);
    times.back.clear();
    times.back.resize(topology.halves(), shut);
    for segment in 0..topology.segments() {
        let half = topology.start[segment] as usize;
        let twin = topology.twin[half] as usize;
        let access = topology.access[segment];
        let (mut along, mut against) = (CLOSED, CLOSED);
        let original = topology.original(segment as u32);
        if access & (mode.bit() | mode.bit() << 3) != 0 && !closed(original) {
            let cost = cost(segment, original);
            if access & mode.bit() != 0 {
                along = cost;
            }
            if access >> 3 & mode.bit() != 0 {
                against = cost;
            }
        }
        let (here, there) = (topology.head[twin], topology.head[half]);
        times.out[half] = Hop {
            head: there,
            cost: along,
        };
        times.back[half] = Hop {
            head: there,
            cost: against,
        };
        times.out[twin] = Hop {
            head: here,
            cost: against,
        };
        times.back[twin] = Hop {
            head: here,
            cost: along,
        };
    }
    for &via in vias {
        for half in topology.first[via as usize]..topology.first[via as usize + 1] {
            let towards = topology.twin[half as usize] as usize;
            times.out[towards].head |= RESTRICTED;
            times.back[towards].head |= RESTRICTED;
        }
    }
    times.sole_exit = Bits::new(topology.nodes());
    let originals = topology.originals() as u32;
    for node in 0..topology.nodes() {
        let mut halves = topology.first[node] as usize..topology.first[node + 1] as usize;
        // Few junctions have one way out, and copies are no ways of their own.
        let open = |half: &usize| times.out[*half].cost < CLOSED && topology.segment[*half] < originals;
        if halves.by_ref().find(open).is_some() && halves.find(open).is_none() {
            times.sole_exit.set(node as u32);
        }
    }
}

/// A road network ready to answer: who is near, how long it takes, how far one gets.
///
/// Cheap to clone (everything is shared). Changing the travel times makes another `Roads` over the same topology
/// ([`Roads::under`]); the one in use is untouched, so a caller swaps them whenever it likes.
#[derive(Debug, Clone)]
pub struct Roads {
    pub(crate) topology: Arc<Topology>,
    pub(crate) index: Arc<Index>,
    pub(crate) weights: Arc<Weights>,
    /// By mode, the junctions with forbidden turns, in order.
    pub(crate) vias: Arc<[Vec<u32>; 3]>,
}

/// One piece of road, as a caller may want to show or close it.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The number of the segment in this file; another import numbers anew.
    pub id: u32,
    /// The OSM way it comes from (the first one, where several were joined).
    pub way: i64,
    pub class: Class,
    pub length_m: f64,
    pub line: Vec<Point>,
}

impl Roads {
    pub(crate) fn new(topology: Topology, conditions: &Conditions) -> Self {
        let vias = Mode::ALL.map(|mode| vias(&topology, mode));
        let weights = Weights::new(&topology, &vias, conditions);
        let index = Index::new(&topology);
        Self {
            topology: Arc::new(topology),
            index: Arc::new(index),
            weights: Arc::new(weights),
            vias: Arc::new(vias),
        }
    }

    /// The same roads under other conditions: every travel time is written anew, in a few milliseconds for a city.
    #[must_use]
    pub fn under(&self, conditions: &Conditions) -> Self {
        Self {
            weights: Arc::new(Weights::new(&self.topology, &self.vias, conditions)),
            ..self.clone()
        }
    }

    /// As [`Roads::under`], writing into the times that `self` holds when nobody else shares them (a caller that keeps
    /// two and swaps them allocates nothing).
    pub fn reweigh(&mut self, conditions: &Conditions) {
        match Arc::get_mut(&mut self.weights) {
            Some(weights) => weights.weigh(&self.topology, &self.vias, conditions),
            None => *self = self.under(conditions),
        }
    }

    /// As [`Roads::reweigh`], for one mode; the others keep their times.
    pub fn reweigh_mode(&mut self, conditions: &Conditions, mode: Mode) {
        Arc::make_mut(&mut self.weights).weigh_mode(&self.topology, &self.vias, conditions, mode);
    }

    /// Whether both stand on the same topology, so that places found in one hold in the other.
    pub fn same_topology(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.topology, &other.topology)
    }

    /// Whether, besides, the same roads are open: then even places on them hold.
    pub(crate) fn same_places(&self, other: &Self) -> bool {
        self.same_topology(other) && self.weights.closed == other.weights.closed
    }

    pub fn junction_count(&self) -> usize {
        self.topology.nodes()
    }

    pub fn segment_count(&self) -> usize {
        self.topology.originals()
    }

    /// How many directed arcs `mode` may travel now.
    pub fn arc_count(&self, mode: Mode) -> usize {
        let originals = self.topology.originals() as u32;
        let hops = self.times(mode).out.iter().zip(&self.topology.segment);
        hops.filter(|(hop, segment)| hop.cost < CLOSED && **segment < originals)
            .count()
    }

    /// How many forbidden turns are known, those that keep travellers on copies included.
    pub fn forbidden_turn_count(&self) -> usize {
        self.topology.bans.len()
    }

    /// The junctions' positions, by number.
    pub fn junctions(&self) -> impl Iterator<Item = Point> + '_ {
        self.topology.node_at.iter().map(|at| Point::from_e7(*at))
    }

    /// Every arc that `mode` may travel now: from junction, to junction, deciseconds; in the order of the junctions
    /// they leave. For other engines and for planning; turn rules are not in it.
    pub fn arcs(&self, mode: Mode) -> impl Iterator<Item = (u32, u32, u32)> + '_ {
        let out = &self.times(mode).out;
        let nodes = 0..self.topology.nodes() as u32;
        nodes.flat_map(move |node| {
            let halves = self.topology.first[node as usize]..self.topology.first[node as usize + 1];
            let open = halves
                .filter(|half| self.topology.own(*half) == *half)
                .map(|half| out[half as usize])
                .filter(|hop| hop.cost < CLOSED);
            open.map(move |hop| (node, hop.head & !RESTRICTED, hop.cost))
        })
    }

    /// The south-western and north-eastern corners of the roads; `None` if there are none.
    pub fn bounds(&self) -> Option<(Point, Point)> {
        let [south, west, north, east] = self.topology.bounds()?;
        Some((Point::from_e7([south, west]), Point::from_e7([north, east])))
    }

    /// The segment with this number.
    pub fn segment(&self, id: u32) -> Option<Segment> {
        let at = id as usize;
        if at >= self.topology.originals() {
            return None;
        }
        let class = Class::ALL.get(usize::from(*self.topology.class.get(at)?)).copied()?;
        let line = self
            .topology
            .shape_of(id)
            .iter()
            .map(|point| Point::from_e7(*point))
            .collect();
        let length_m = f64::from(self.topology.length_cm[at]) / 100.0;
        Some(Segment {
            id,
            way: self.topology.way[at],
            class,
            length_m,
            line,
        })
    }

    /// Bytes of memory that the arrays hold, all modes and the place index included.
    pub fn memory_bytes(&self) -> usize {
        let t = &self.topology;
        let topology = t.first.len() * 4
            + t.node_at.len() * 8
            + t.head.len() * 12
            + t.start.len() * (4 + 4 + 3 + 8 + 4)
            + t.shape.len() * 8
            + t.copy_of.len() * 4
            + t.bans.len() * 12;
        let times: usize = self
            .weights
            .by_mode
            .iter()
            .map(|it| it.out.len() * 16 + it.sole_exit.words().len() * 8)
            .sum();
        topology + times + self.index.memory_bytes()
    }

    pub(crate) fn times(&self, mode: Mode) -> &Times {
        &self.weights.by_mode[mode.index()]
    }
}

fn vias(topology: &Topology, mode: Mode) -> Vec<u32> {
    let concerned = topology.bans.iter().filter(|ban| ban[2] & u32::from(mode.bit()) != 0);
    let mut vias: Vec<u32> = concerned.map(|ban| topology.tail(ban[0])).collect();
    vias.sort_unstable();
    vias.dedup();
    vias
}
