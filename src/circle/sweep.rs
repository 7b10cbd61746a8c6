//! The sweep: a time-bounded shortest-path search from a place, in either direction, with turn rules.
//!
//! It answers "who is near" by going outwards until the limit, so its price is the area reached, not the size of the
//! map. The queue has one bucket per decisecond; what hangs on the roads (responders, homes) is put into the buckets
//! as a leaf and so comes out **already in the order of arrival**.
//!
//! The state of the search is an arc, because a forbidden turn depends on where one comes from, and nobody turns round
//! except at a dead end. That need not cost a factor, though:
//!
//! - Arcs arrive at a junction in the order of their cost. At a junction without forbidden turns the *first* arrival
//!   opens every arc that leaves it, except the one straight back; whatever arrives later can only open that one.
//! - Going back along the way one came leads to junctions that were reached sooner by other arcs. It gains nothing,
//!   unless it comes to a junction where a turn was forbidden so far (around the block and back: then the turn may be
//!   open). So later arrivals are followed only below a junction at which a turn is still **pending**.
//!
//! "Below" is carried along as *dirt*: the number of the restricted junction upstream, 0 if there is none or all its
//! turns have been opened meanwhile. Clean parts of the map are searched at the price of a search over junctions, and
//! the result is that of the search over arcs. (Checked against Dijkstra on the expanded graph, in `tests`.)

use super::graph::{Bits, CLOSED, Hop, NONE, RESTRICTED, Roads, Topology, WHOLE};
use super::snap::Place;
use super::speeds::Mode;

/// The longest limit: 2^18 - 1 deciseconds, a little over seven hours.
pub(crate) const LIMIT_MAX_DS: u32 = (1 << COST_BITS) - 1;
const COST_BITS: u32 = 18;
/// Marks a queue entry that is something hanging on a road, not a junction.
const LEAF: u32 = 1 << 31;

/// Which way travel goes, seen from the place where the sweep begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the place to others: how far a station reaches.
    From,
    /// From others to the place: who can come.
    To,
}

/// What a sweep runs over.
#[derive(Clone, Copy)]
pub(crate) struct Net<'a> {
    pub topology: &'a Topology,
    hops: &'a [Hop],
    sole_exit: &'a Bits,
    vias: &'a [u32],
    pub mode: Mode,
    direction: Direction,
}

impl Roads {
    pub(crate) fn net(&self, mode: Mode, direction: Direction) -> Net<'_> {
        let times = self.times(mode);
        Net {
            topology: &self.topology,
            hops: match direction {
                Direction::From => &times.out,
                Direction::To => &times.back,
            },
            sole_exit: &times.sole_exit,
            vias: &self.vias[mode.index()],
            mode,
            direction,
        }
    }
}

/// Where a sweep begins: part-way along an arc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seed {
    /// The arc, named by the half at its entry.
    pub half: u32,
    /// Where on it, from the entry: 0 to [`WHOLE`].
    pub from: u32,
    /// What was spent before, deciseconds.
    pub spent: u32,
}

/// The share of a cost that a part of an arc takes.
#[inline]
pub(crate) fn share(cost: u32, part: u32) -> u32 {
    ((u64::from(cost) * u64::from(part) + u64::from(WHOLE / 2)) >> 16) as u32
}

impl Net<'_> {
    /// The arcs on which a sweep from `place` begins.
    pub fn seeds(&self, place: &Place) -> Vec<Seed> {
        let mut seeds = Vec::with_capacity(6);
        self.join(place, self.direction == Direction::To, |seed| seeds.push(seed));
        seeds
    }

    /// The arcs on which a sweep comes by `place`, seen from their entries.
    pub fn hooks(&self, place: &Place, hook: impl FnMut(Seed)) {
        self.join(place, self.direction == Direction::From, hook);
    }

    /// Where travellers join the roads or leave them. Whoever sets out has come from nowhere and is on the original of
    /// an arc; whoever comes to `place` may come on a copy.
    fn join(&self, place: &Place, arriving: bool, mut seed: impl FnMut(Seed)) {
        for spot in place.spots() {
            let spent = spot.away_ds();
            let mut on = |segment: u32| {
                let half = self.topology.start[segment as usize];
                let twin = self.topology.twin[half as usize];
                for (half, from) in [(half, spot.along), (twin, WHOLE - spot.along)] {
                    if self.cost(half) < CLOSED {
                        seed(Seed { half, from, spent });
                    }
                }
            };
            on(spot.segment);
            if arriving {
                self.topology.copies(spot.segment).for_each(on);
            }
        }
    }

    #[inline]
    pub fn cost(&self, half: u32) -> u32 {
        self.hops[half as usize].cost
    }

    #[inline]
    fn halves(&self, node: u32) -> std::ops::Range<u32> {
        self.topology.first[node as usize]..self.topology.first[node as usize + 1]
    }

    /// Whether the turn at a restricted junction from arc `came` into arc `goes` is forbidden; both named by halves in
    /// the sense of this sweep, `bans` those of the junction.
    fn banned(&self, bans: &[[u32; 3]], came: u32, goes: u32) -> bool {
        let back = self.topology.twin[came as usize];
        let (enter, leave) = match self.direction {
            Direction::From => (back, goes),
            Direction::To => (goes, back),
        };
        let bit = u32::from(self.mode.bit());
        bans.iter()
            .any(|ban| ban[0] == enter && ban[1] == leave && ban[2] & bit != 0)
    }
}

/// What hangs on the roads, and what is done when the sweep comes by.
pub(crate) trait Leaves {
    /// Whether anything hangs on an arc. Asked for every arc, so it must be cheap.
    fn any(&self, half: u32) -> bool;
    /// The sweep enters the arc `passage`; leaves on it are pushed into the queue, or noted at once.
    fn passed(&mut self, passage: Passage, queue: &mut Queue);
    /// A leaf comes out of the queue; `false` ends the sweep after the leaves of the same decisecond.
    fn reached(&mut self, leaf: u32, cost: u32, arrival: u32) -> bool;
}

/// An arc being entered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passage {
    pub half: u32,
    /// Deciseconds spent when it is entered, at `from`.
    pub spent: u32,
    /// What the whole arc costs.
    pub cost: u32,
    /// 0, or where a seed begins.
    pub from: u32,
    /// The queue entry that arrived at the arc's beginning; [`NONE`] for a seed.
    pub arrival: u32,
}

impl Passage {
    /// The cost at an offset along the arc; `None` if it lies behind.
    #[inline]
    pub fn cost_at(&self, along: u32) -> Option<u32> {
        Some(self.spent + share(self.cost, along.checked_sub(self.from)?))
    }
}

/// Nothing hangs anywhere.
pub(crate) struct Bare;

impl Leaves for Bare {
    #[inline]
    fn any(&self, _: u32) -> bool {
        false
    }
    fn passed(&mut self, _: Passage, _: &mut Queue) {}
    fn reached(&mut self, _: u32, _: u32, _: u32) -> bool {
        true
    }
}

const UNASKED: (u64, u32) = (u64::MAX, NONE);

/// One arc or leaf in the queue. Entries are only appended during a sweep, so they also hold the tree of ways.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The next entry of the same bucket.
    next: u32,
    /// The arc that was travelled, or a leaf with [`LEAF`].
    half: u32,
    /// The junction arrived at, with [`RESTRICTED`].
    node: u32,
    /// The entry from which the arc was entered.
    arrival: u32,
}

/// Buckets of one decisecond.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    entries: Vec<Entry>,
    /// By entry: the restricted junction upstream, plus one; 0 = clean. Entries beyond its end are clean.
    dirt: Vec<u32>,
    /// By entry: the centimetres travelled to its end and the seed's arc; [`UNASKED`] where nobody has asked yet.
    travelled: Vec<(u64, u32)>,
    stack: Vec<u32>,
    /// By bucket: its last entry, valid where `filled` says so.
    heads: Vec<u32>,
    filled: Vec<u64>,
    limit: u32,
}

impl Queue {
    fn begin(&mut self, limit: u32) {
        self.entries.clear();
        self.dirt.clear();
        self.travelled.clear();
        self.limit = limit;
        let buckets = limit as usize + 1;
        if self.heads.len() < buckets {
            self.heads.resize(buckets, NONE);
            self.filled.resize(buckets.div_ceil(64), 0);
        }
    }

    #[inline]
    fn push(&mut self, cost: u32, half: u32, node: u32, arrival: u32, dirt: u32) {
        let (word, bit) = ((cost >> 6) as usize, 1 << (cost & 63));
        let at = self.entries.len() as u32;
        let head = &mut self.heads[cost as usize];
        let filled = &mut self.filled[word];
        let next = if *filled & bit != 0 { *head } else { NONE };
        *filled |= bit;
        *head = at;
        self.entries.push(Entry {
            next,
            half,
            node,
            arrival,
        });
        if dirt != 0 {
            self.dirt.resize(at as usize, 0);
            self.dirt.push(dirt);
        }
    }

    fn dirt_of(&self, entry: u32) -> u32 {
        self.dirt.get(entry as usize).copied().unwrap_or(0)
    }

    /// Hangs a leaf into the bucket of its cost, unless that is beyond the limit.
    #[inline]
    pub fn push_leaf(&mut self, cost: u32, leaf: u32, arrival: u32) {
        if cost <= self.limit {
            self.push(cost, leaf | LEAF, NONE, arrival, 0);
        }
    }

    /// The arcs travelled to an arrival, the last one first.
    pub fn way_to(&self, arrival: u32) -> impl Iterator<Item = u32> {
        let mut at = arrival;
        std::iter::from_fn(move || {
            let entry = self.entries.get(at as usize)?;
            at = entry.arrival;
            Some(entry.half)
        })
    }

    /// The centimetres travelled to an arrival, in whole arcs, and the seed's arc; (0, [`NONE`]) at the start itself.
    /// What is found on the way is kept, so that many arrivals cost no more than the tree they share.
    pub fn travelled(&mut self, topology: &Topology, arrival: u32) -> (u64, u32) {
        self.travelled.resize(self.entries.len(), UNASKED);
        let mut unknown = std::mem::take(&mut self.stack);
        let mut at = arrival;
        let (mut sum, mut first) = (0, NONE);
        while let Some(entry) = self.entries.get(at as usize) {
            if self.travelled[at as usize] != UNASKED {
                (sum, first) = self.travelled[at as usize];
                break;
            }
            unknown.push(at);
            at = entry.arrival;
        }
        for at in unknown.drain(..).rev() {
            let half = self.entries[at as usize].half;
            sum += u64::from(topology.length_cm[topology.segment[half as usize] as usize]);
            first = if first == NONE { half } else { first };
            self.travelled[at as usize] = (sum, first);
        }
        self.stack = unknown;
        (sum, first)
    }

    /// All junctions arrived at; some more than once.
    pub fn nodes(&self) -> impl Iterator<Item = u32> {
        self.entries
            .iter()
            .filter(|it| it.half & LEAF == 0)
            .map(|it| it.node & !RESTRICTED)
    }
}

/// A junction with forbidden turns, during one sweep.
#[derive(Debug, Clone, Copy, Default)]
struct Via {
    /// The sweep this is about.
    sweep: u64,
    /// Arcs that have been opened, by their place at the junction.
    opened: u64,
    /// Arcs that were forbidden to some arrival; those not opened since are pending.
    refused: u64,
    /// The dirt of the first arrival.
    upstream: u32,
    /// Later arrivals had other dirt: never taken for clean again.
    sticky: bool,
}

impl Via {
    /// Whether some arc is still waiting for an arrival that may turn into it.
    const fn pending(&self) -> bool {
        self.refused & !self.opened != 0
    }
}

/// What a sweep needs to work, used again by the next one on the same thread.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub queue: Queue,
    /// By junction: the sweep's number, counted downwards, in the upper bits; the best known cost; and whether the
    /// best arrival is dirty. A label of an earlier sweep is larger than any of this one, so nothing is cleared.
    labels: Vec<u32>,
    stamp: u32,
    sweep: u64,
    /// By junction, where the label is dirty: the entry that arrived first, or [`NONE`] while it has not been settled
    /// and again once a second arrival has been followed.
    first_arrival: Vec<u32>,
    /// By junction, beside `first_arrival`: its dirt, and whether it was settled.
    dirt_at: Vec<u32>,
    settled: Vec<u64>,
    vias: Vec<Via>,
}

impl Scratch {
    fn begin(&mut self, net: &Net<'_>, limit: u32) {
        let nodes = net.topology.nodes();
        if self.labels.len() < nodes {
            self.labels.resize(nodes, u32::MAX);
            self.first_arrival.resize(nodes, NONE);
            self.dirt_at.resize(nodes, 0);
            self.settled.resize(nodes, 0);
        }
        if self.vias.len() < net.vias.len() {
            self.vias.resize(net.vias.len(), Via::default());
        }
        if self.stamp == 0 {
            self.labels.fill(u32::MAX);
            // One below the stamp of the fill value.
            self.stamp = u32::MAX >> (COST_BITS + 1);
        }
        self.stamp -= 1;
        self.sweep += 1;
        self.queue.begin(limit);
    }

    /// The cost of a junction in the sweep that was run last, if it was reached.
    pub fn cost_of(&self, node: u32) -> Option<u32> {
        let label = self.labels[node as usize];
        (label >> (COST_BITS + 1) == self.stamp).then_some(label >> 1 & LIMIT_MAX_DS)
    }

    /// The dirt that is left of `dirt`: junctions whose turns have all been opened no longer count.
    fn resolve(&self, mut dirt: u32) -> u32 {
        // Ends: an upstream junction was always arrived at before.
        while dirt != 0 {
            let via = &self.vias[dirt as usize - 1];
            if via.pending() || via.sticky {
                return dirt;
            }
            dirt = via.upstream;
        }
        0
    }

    /// Arrives at `node` by the arc `half`, if that can matter.
    #[inline]
    fn arrive(&mut self, net: &Net<'_>, cost: u32, half: u32, node: u32, from: (u32, u32), came: u32) {
        let (arrival, dirt) = from;
        if cost > self.queue.limit {
            return;
        }
        let at = (node & !RESTRICTED) as usize;
        let candidate = self.stamp << (COST_BITS + 1) | cost << 1 | u32::from(dirt != 0);
        let label = self.labels[at];
        let later = label >> 1 <= candidate >> 1;
        if node & RESTRICTED == 0 {
            if later {
                // Beaten. It only matters below a pending turn, and never straight back the way one came.
                if label & 1 == 0 || turns_round(net, came, half) {
                    return;
                }
            } else {
                self.labels[at] = candidate;
                if dirt != 0 {
                    self.settled[at] = 0;
                }
            }
        } else {
            if turns_round(net, came, half) {
                return;
            }
            if !later {
                self.labels[at] = candidate;
            }
        }
        self.queue.push(cost, half, node, arrival, dirt);
    }

    /// Opens all arcs at `node`, which was reached by `half` at `cost`.
    #[inline]
    fn open_all<L: Leaves>(
        &mut self,
        net: &Net<'_>,
        cost: u32,
        half: u32,
        node: u32,
        from: (u32, u32),
        leaves: &mut L,
    ) {
        let halves = net.halves(node);
        let first = halves.start;
        for (hop, goes) in net.hops[halves.start as usize..halves.end as usize].iter().zip(first..) {
            if hop.cost >= CLOSED {
                continue;
            }
            if leaves.any(goes) {
                let passage = Passage {
                    half: goes,
                    spent: cost,
                    cost: hop.cost,
                    from: 0,
                    arrival: from.0,
                };
                leaves.passed(passage, &mut self.queue);
            }
            self.arrive(net, cost + hop.cost, goes, hop.head, from, half);
        }
    }

    /// A dirty junction without forbidden turns of its own.
    #[cold]
    fn settle_dirty<L: Leaves>(&mut self, net: &Net<'_>, cost: u32, entry: (u32, Entry), leaves: &mut L) {
        let (number, Entry { half, node, .. }) = entry;
        let at = node as usize;
        if self.settled[at] != self.sweep {
            let dirt = self.resolve(self.queue.dirt_of(number));
            self.settled[at] = self.sweep;
            self.first_arrival[at] = number;
            self.dirt_at[at] = dirt;
            self.open_all(net, cost, half, node, (number, dirt), leaves);
            return;
        }
        // A later arrival opens the arc back along the first one, once.
        let first = self.first_arrival[at];
        let dirt = self.resolve(self.dirt_at[at]);
        if first == NONE || dirt == 0 {
            return;
        }
        let goes = net.topology.twin[self.queue.entries[first as usize].half as usize];
        if goes == net.topology.twin[half as usize] {
            return;
        }
        self.first_arrival[at] = NONE;
        let hop = net.hops[goes as usize];
        if hop.cost < CLOSED {
            self.open_one(net, cost, half, goes, hop, (number, dirt), leaves);
        }
    }

    #[allow(clippy::too_many_arguments)] // the leaf of two callers, all plain numbers
    fn open_one<L: Leaves>(
        &mut self,
        net: &Net<'_>,
        cost: u32,
        half: u32,
        goes: u32,
        hop: Hop,
        from: (u32, u32),
        leaves: &mut L,
    ) {
        if leaves.any(goes) {
            let passage = Passage {
                half: goes,
                spent: cost,
                cost: hop.cost,
                from: 0,
                arrival: from.0,
            };
            leaves.passed(passage, &mut self.queue);
        }
        self.arrive(net, cost + hop.cost, goes, hop.head, from, half);
    }

    /// A junction with forbidden turns: every arrival opens what it may and what no earlier one has.
    #[cold]
    fn settle_via<L: Leaves>(&mut self, net: &Net<'_>, cost: u32, entry: (u32, Entry), leaves: &mut L) {
        let (number, Entry { half, node, .. }) = entry;
        let node = node & !RESTRICTED;
        let Ok(at) = net.vias.binary_search(&node) else { return };
        let upstream = self.resolve(self.queue.dirt_of(number));
        if self.vias[at].sweep != self.sweep {
            self.vias[at] = Via {
                sweep: self.sweep,
                opened: 0,
                refused: 0,
                upstream,
                sticky: false,
            };
        } else if self.vias[at].upstream != upstream && upstream != 0 {
            self.vias[at].sticky = true;
        }
        let halves = net.halves(node);
        let bans = net.topology.bans_at(halves.clone());
        // Back along the road one came by, whether or not it was a copy of it.
        let own_back = net.topology.own(net.topology.twin[half as usize]);
        let (mut opens, mut refused) = (0_u64, 0_u64);
        for (place, goes) in halves.clone().enumerate() {
            let bit = 1_u64 << place;
            if self.vias[at].opened & bit != 0 || net.cost(goes) >= CLOSED {
                continue;
            }
            if net.topology.own(goes) == own_back {
                if net.sole_exit.get(node) && !net.banned(bans, half, goes) {
                    opens |= bit;
                }
            } else if net.banned(bans, half, goes) {
                refused |= bit;
            } else {
                opens |= bit;
            }
        }
        self.vias[at].opened |= opens;
        self.vias[at].refused |= refused;
        let dirt = if self.vias[at].pending() || self.vias[at].sticky {
            at as u32 + 1
        } else {
            upstream
        };
        for (place, goes) in halves.enumerate() {
            if opens & 1 << place != 0 {
                let hop = net.hops[goes as usize];
                // What leaves a restricted junction has been checked here; `NONE` switches the check on arrival off.
                self.open_one(net, cost, NONE, goes, hop, (number, dirt), leaves);
            }
        }
    }
}

/// Whether `goes` leads straight back along `came`, where that is not allowed.
fn turns_round(net: &Net<'_>, came: u32, goes: u32) -> bool {
    came != NONE && net.topology.twin[came as usize] == goes && !net.sole_exit.get(net.topology.tail(goes))
}

/// Sweeps from `seeds` until `limit` deciseconds, or until `leaves` has enough.
///
/// A place on a road is seeded in both directions where both are open ([`Net::seeds`]): that nobody gains by coming
/// back along the way they went holds for the first road only if one could have set out the other way at once.
pub(crate) fn sweep<L: Leaves>(net: &Net<'_>, scratch: &mut Scratch, seeds: &[Seed], limit: u32, leaves: &mut L) {
    let limit = limit.min(LIMIT_MAX_DS);
    scratch.begin(net, limit);
    for seed in seeds {
        let hop = net.hops[seed.half as usize];
        if hop.cost >= CLOSED || seed.spent > limit {
            continue;
        }
        if leaves.any(seed.half) {
            let passage = Passage {
                half: seed.half,
                spent: seed.spent,
                cost: hop.cost,
                from: seed.from,
                arrival: NONE,
            };
            leaves.passed(passage, &mut scratch.queue);
        }
        let cost = seed.spent + share(hop.cost, WHOLE - seed.from);
        scratch.arrive(net, cost, seed.half, hop.head, (NONE, 0), NONE);
    }
    let words = (limit as usize + 1).div_ceil(64);
    let mut more = true;
    'words: for word in 0..words {
        loop {
            let bits = scratch.queue.filled[word];
            if bits == 0 {
                break;
            }
            let cost = (word as u32) << 6 | bits.trailing_zeros();
            scratch.queue.filled[word] = bits & (bits - 1);
            let mut next = scratch.queue.heads[cost as usize];
            while next != NONE {
                let number = next;
                let entry = scratch.queue.entries[number as usize];
                next = entry.next;
                if entry.half & LEAF != 0 {
                    more &= leaves.reached(entry.half & !LEAF, cost, entry.arrival);
                    continue;
                }
                if entry.node & RESTRICTED != 0 {
                    scratch.settle_via(net, cost, (number, entry), leaves);
                    continue;
                }
                let label = scratch.labels[entry.node as usize];
                if label & 1 != 0 {
                    scratch.settle_dirty(net, cost, (number, entry), leaves);
                } else if label >> 1 & LIMIT_MAX_DS == cost {
                    scratch.open_all(net, cost, entry.half, entry.node, (number, 0), leaves);
                }
            }
            if !more {
                scratch.queue.filled[word..words].fill(0);
                break 'words;
            }
        }
    }
}

/// Runs `work` with this thread's scratch.
pub(crate) fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    use std::cell::Cell;
    thread_local! {
        static KEPT: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
    }
    // Taken out while in use: whoever sweeps from within a sweep gets a fresh one.
    let mut scratch = KEPT.take().unwrap_or_default();
    let result = work(&mut scratch);
    KEPT.set(Some(scratch));
    result
}
