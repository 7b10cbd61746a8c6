//! Who is where now, and who of them can be there soonest.
//!
//! Each responder hangs on the roads as hooks: on the arcs of up to three spots, in both directions. Putting somebody
//! down costs a look at the map and a few list entries; nothing else changes, so thousands of positions a second are
//! no burden. A query sweeps from the target against traffic, once per mode, and the responders come out in the order
//! of their arrival.

use std::collections::HashMap;
use std::hash::Hash;

use serde::Serialize;

use super::coordinates::Point;
use super::graph::{Bits, NONE, WHOLE};
use super::ground::{Ground, seconds, straight};
use super::speeds::{Mode, OFF_ROAD_KMH};
use super::sweep::{Direction, LIMIT_MAX_DS, Leaves, Net, Passage, Queue, Seed, share, sweep, with_scratch};

/// Up to three spots, each on two arcs.
const HOOKS_MAX: usize = 6;
/// Metres of walking in a decisecond, off the road.
const WALK_M_PER_DS: f64 = OFF_ROAD_KMH / 36.0;

/// Somebody who can come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Arrival<K> {
    pub key: K,
    pub mode: Mode,
    pub seconds: u32,
    /// The length of the way.
    pub meters: u32,
    /// Along a straight line, because the roads do not reach one of the two.
    pub estimated: bool,
}

/// The positions of those who can be asked.
///
/// `K` names a responder (an id, a UUID). Reading needs `&self` only: keep it behind a lock or swap copies.
#[derive(Debug, Clone)]
pub struct Live<K> {
    ground: Ground,
    slots: Vec<Option<Slot<K>>>,
    free: Vec<u32>,
    by_key: HashMap<K, u32>,
    hooks: [Hooks; 3],
    /// By mode: the slots that are on no road.
    loose: [Vec<u32>; 3],
    /// By mode: how many there are in all.
    count: [usize; 3],
}

#[derive(Debug, Clone)]
struct Slot<K> {
    key: K,
    mode: Mode,
    point: Point,
    hooks: [u32; HOOKS_MAX],
    /// The place in `loose`, or [`NONE`].
    loose_at: u32,
}

/// The hooks of one mode.
#[derive(Debug, Clone, Default)]
struct Hooks {
    /// By half: the first hook on it.
    heads: Vec<u32>,
    /// By half: whether there is one.
    present: Bits,
    all: Vec<Hook>,
    free: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Hook {
    half: u32,
    /// From the entry of the arc: 0 to [`WHOLE`].
    along: u32,
    /// The walk to the road, deciseconds.
    away: u32,
    slot: u32,
    next: u32,
    before: u32,
}

impl Hooks {
    fn add(&mut self, halves: usize, hook: Hook) -> u32 {
        if self.heads.is_empty() {
            self.heads = vec![NONE; halves];
            self.present = Bits::new(halves);
        }
        let head = &mut self.heads[hook.half as usize];
        let hook = Hook {
            next: *head,
            before: NONE,
            ..hook
        };
        let number = match self.free.pop() {
            Some(number) => {
                self.all[number as usize] = hook;
                number
            }
            None => {
                self.all.push(hook);
                self.all.len() as u32 - 1
            }
        };
        if *head != NONE {
            self.all[*head as usize].before = number;
        }
        *head = number;
        self.present.set(hook.half);
        number
    }

    fn remove(&mut self, number: u32) {
        let hook = self.all[number as usize];
        if hook.next != NONE {
            self.all[hook.next as usize].before = hook.before;
        }
        if hook.before != NONE {
            self.all[hook.before as usize].next = hook.next;
        } else {
            self.heads[hook.half as usize] = hook.next;
            if hook.next == NONE {
                self.present.clear(hook.half);
            }
        }
        self.free.push(number);
    }
}

/// By mode: how much more ground than on foot is reached in the same time, from common speeds of 4.5, 16 and 28 km/h. Only the
/// order of searching hangs on it.
const REACH_WEIGHT: [usize; 3] = [1, 12, 38];

impl<K: Copy + Eq + Hash + Ord> Live<K> {
    /// Nobody yet, on this ground.
    pub fn new(ground: impl Into<Ground>) -> Self {
        Self {
            ground: ground.into(),
            slots: Vec::new(),
            free: Vec::new(),
            by_key: HashMap::new(),
            hooks: Default::default(),
            loose: Default::default(),
            count: [0; 3],
        }
    }

    pub const fn ground(&self) -> &Ground {
        &self.ground
    }

    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Where somebody was put last, and how they travel.
    pub fn get(&self, key: K) -> Option<(Mode, Point)> {
        let slot = self.slots[*self.by_key.get(&key)? as usize].as_ref()?;
        Some((slot.mode, slot.point))
    }

    /// Puts somebody down, or moves them.
    pub fn put(&mut self, key: K, mode: Mode, point: Point) {
        let known = self.by_key.get(&key).copied();
        let number = match known.and_then(|number| Some((number, self.slots[number as usize].take()?))) {
            Some((number, old)) if old.mode == mode && old.point == point => {
                self.slots[number as usize] = Some(old);
                return;
            }
            Some((number, old)) => {
                self.unhang(&old);
                number
            }
            None => {
                let number = self.free.pop().unwrap_or(self.slots.len() as u32);
                if number as usize == self.slots.len() {
                    self.slots.push(None);
                }
                self.by_key.insert(key, number);
                number
            }
        };
        let mut slot = Slot {
            key,
            mode,
            point,
            hooks: [NONE; HOOKS_MAX],
            loose_at: NONE,
        };
        self.hang(&mut slot, number);
        self.slots[number as usize] = Some(slot);
    }

    /// Takes somebody away; whether they were there.
    pub fn remove(&mut self, key: K) -> bool {
        let Some(number) = self.by_key.remove(&key) else {
            return false;
        };
        let Some(slot) = self.slots[number as usize].take() else {
            return false;
        };
        self.unhang(&slot);
        self.free.push(number);
        true
    }

    /// Moves everybody onto another ground. New travel times over the same roads: at once. Other roads, or others of
    /// them closed: everybody is placed anew, for whoever stands on a closed road has to walk to an open one.
    pub fn stand_on(&mut self, ground: impl Into<Ground>) {
        let ground = ground.into();
        let same = match (&self.ground, &ground) {
            (Ground::Straight, Ground::Straight) => true,
            (Ground::Roads(old), Ground::Roads(new)) => old.same_places(new),
            _ => false,
        };
        if same {
            self.ground = ground;
            return;
        }
        let mut all: Vec<_> = self
            .slots
            .drain(..)
            .flatten()
            .map(|it| (it.key, it.mode, it.point))
            .collect();
        all.sort_unstable_by_key(|it| it.0);
        *self = Self::new(ground);
        for (key, mode, point) in all {
            self.put(key, mode, point);
        }
    }

    fn unhang(&mut self, slot: &Slot<K>) {
        let mode = slot.mode.index();
        self.count[mode] -= 1;
        for hook in slot.hooks.into_iter().take_while(|it| *it != NONE) {
            self.hooks[mode].remove(hook);
        }
        if slot.loose_at != NONE {
            self.loose[mode].swap_remove(slot.loose_at as usize);
            if let Some(moved) = self.loose[mode].get(slot.loose_at as usize)
                && let Some(moved) = &mut self.slots[*moved as usize]
            {
                moved.loose_at = slot.loose_at;
            }
        }
    }

    fn hang(&mut self, slot: &mut Slot<K>, number: u32) {
        let mode = slot.mode.index();
        self.count[mode] += 1;
        let placed = self
            .ground
            .roads()
            .and_then(|roads| Some((roads, roads.place(slot.point, slot.mode)?)));
        let Some((roads, place)) = placed else {
            slot.loose_at = self.loose[mode].len() as u32;
            self.loose[mode].push(number);
            return;
        };
        let hooks = &mut self.hooks[mode];
        let mut kept = slot.hooks.iter_mut();
        roads.net(slot.mode, Direction::To).hooks(&place, |seed| {
            let hook = Hook {
                half: seed.half,
                along: seed.from,
                away: seed.spent,
                slot: number,
                next: NONE,
                before: NONE,
            };
            // A place has at most three spots, each of them at most two arcs.
            if let Some(kept) = kept.next() {
                *kept = hooks.add(roads.topology.halves(), hook);
            }
        });
    }

    /// Who of those that `filter` accepts can be at `target` within `limit_seconds`, the soonest first, at most `k`.
    ///
    /// All modes compete; of equals the lower key comes first, so the answer depends on nothing but the positions. The
    /// sweep stops as soon as it has enough. Whoever is on no road (or everybody, if the target is on none) is judged
    /// by the straight line and marked `estimated`.
    pub fn nearest(
        &self,
        target: Point,
        limit_seconds: u32,
        k: usize,
        filter: impl FnMut(&K) -> bool,
    ) -> Vec<Arrival<K>> {
        self.nearest_of(target, limit_seconds, k, self.count, filter)
    }

    /// As [`Live::nearest`], for a caller who knows how many of each mode `filter` accepts: the roads of a mode are searched
    /// no further than to the last of them.
    pub fn nearest_of(
        &self,
        target: Point,
        limit_seconds: u32,
        k: usize,
        accepted: [usize; Mode::ALL.len()],
        mut filter: impl FnMut(&K) -> bool,
    ) -> Vec<Arrival<K>> {
        let mut limit = limit_seconds.saturating_mul(10).min(LIMIT_MAX_DS);
        let mut found: Vec<(u32, Arrival<K>)> = Vec::new();
        if k == 0 {
            return Vec::new();
        }
        // The mode of which the k-th is likely to come soonest goes first: the area that can be reached grows with the square
        // of the speed. The others are then searched no further than to that instant.
        let accepted: [usize; 3] = std::array::from_fn(|it| accepted[it].min(self.count[it]));
        let mut modes = Mode::ALL;
        modes.sort_by_key(|it| std::cmp::Reverse(accepted[it.index()] * REACH_WEIGHT[it.index()]));
        for mode in modes {
            let accepted = accepted[mode.index()];
            if accepted == 0 {
                continue;
            }
            let before = found.len();
            let placed = self
                .ground
                .roads()
                .and_then(|roads| Some((roads, roads.place(target, mode)?)));
            match placed {
                Some((roads, place)) => {
                    self.rank_straight(&self.loose[mode.index()], target, limit, &mut filter, &mut found);
                    let net = roads.net(mode, Direction::To);
                    let on_roads = accepted.saturating_sub(found.len() - before);
                    if on_roads > 0 {
                        let wanted = k.min(on_roads);
                        self.rank(&net, &net.seeds(&place), limit, wanted, &mut filter, &mut found);
                    }
                }
                None => {
                    let all: Vec<u32> = (0..self.slots.len() as u32)
                        .filter(|it| self.slots[*it as usize].as_ref().is_some_and(|slot| slot.mode == mode))
                        .collect();
                    self.rank_straight(&all, target, limit, &mut filter, &mut found);
                }
            }
            found.sort_unstable_by_key(|(cost, arrival)| (*cost, arrival.key));
            found.truncate(k);
            if found.len() == k {
                // The other modes only matter if they are as fast.
                limit = found.last().map_or(limit, |(cost, _)| *cost);
            }
        }
        found.into_iter().map(|(_, arrival)| arrival).collect()
    }

    fn rank_straight(
        &self,
        slots: &[u32],
        target: Point,
        limit: u32,
        filter: &mut impl FnMut(&K) -> bool,
        found: &mut Vec<(u32, Arrival<K>)>,
    ) {
        for slot in slots {
            let Some(slot) = &self.slots[*slot as usize] else {
                continue;
            };
            let (cost, meters) = straight(slot.point, target, slot.mode);
            if cost <= limit && filter(&slot.key) {
                let meters = meters.round() as u32;
                let arrival = Arrival {
                    key: slot.key,
                    mode: slot.mode,
                    seconds: seconds(cost),
                    meters,
                    estimated: true,
                };
                found.push((cost, arrival));
            }
        }
    }

    fn rank(
        &self,
        net: &Net<'_>,
        seeds: &[Seed],
        limit: u32,
        k: usize,
        filter: &mut impl FnMut(&K) -> bool,
        found: &mut Vec<(u32, Arrival<K>)>,
    ) {
        let mode = net.mode;
        let mut ranking = Ranking {
            hooks: &self.hooks[mode.index()],
            slots: &self.slots,
            filter,
            seen: Bits::new(self.slots.len()),
            found: Vec::with_capacity(k.min(self.count[mode.index()])),
            wanted: k,
        };
        with_scratch(|scratch| {
            sweep(net, scratch, seeds, limit, &mut ranking);
            for (cost, hook, arrival) in &ranking.found {
                let hook = &self.hooks[mode.index()].all[*hook as usize];
                let Some(slot) = &self.slots[hook.slot as usize] else {
                    continue;
                };
                let meters = meters(net, &mut scratch.queue, seeds, hook, *arrival).round() as u32;
                let arrival = Arrival {
                    key: slot.key,
                    mode,
                    seconds: seconds(*cost),
                    meters,
                    estimated: false,
                };
                found.push((*cost, arrival));
            }
        });
    }
}

/// The length of the way from a hook to the target.
fn meters(net: &Net<'_>, queue: &mut Queue, seeds: &[Seed], hook: &Hook, arrival: u32) -> f64 {
    let length = |half: u32| f64::from(net.topology.length_cm[net.topology.segment[half as usize] as usize]) / 100.0;
    let part = |half: u32, along: u32| length(half) * f64::from(along) / f64::from(WHOLE);
    let (arcs_cm, first) = queue.travelled(net.topology, arrival);
    let begin = if first == NONE { hook.half } else { first };
    let (skipped, walked) = seeds.iter().find(|it| it.half == begin).map_or((0.0, 0.0), |it| {
        (part(begin, it.from), f64::from(it.spent) * WALK_M_PER_DS)
    });
    arcs_cm as f64 / 100.0 + part(hook.half, hook.along) - skipped + walked + f64::from(hook.away) * WALK_M_PER_DS
}

/// Collects responders as they come out of the queue.
struct Ranking<'a, K, F> {
    hooks: &'a Hooks,
    slots: &'a [Option<Slot<K>>],
    filter: &'a mut F,
    seen: Bits,
    /// Cost, hook, arrival.
    found: Vec<(u32, u32, u32)>,
    wanted: usize,
}

impl<K, F: FnMut(&K) -> bool> Leaves for Ranking<'_, K, F> {
    #[inline]
    fn any(&self, half: u32) -> bool {
        self.hooks.present.get(half)
    }

    fn passed(&mut self, passage: Passage, queue: &mut Queue) {
        let mut number = self.hooks.heads[passage.half as usize];
        while number != NONE {
            let hook = &self.hooks.all[number as usize];
            if let Some(ahead) = hook.along.checked_sub(passage.from)
                && !self.seen.get(hook.slot)
            {
                queue.push_leaf(
                    passage.spent + share(passage.cost, ahead) + hook.away,
                    number,
                    passage.arrival,
                );
            }
            number = hook.next;
        }
    }

    fn reached(&mut self, leaf: u32, cost: u32, arrival: u32) -> bool {
        let slot = self.hooks.all[leaf as usize].slot;
        if !self.seen.get(slot) {
            self.seen.set(slot);
            if let Some(slot) = &self.slots[slot as usize]
                && (self.filter)(&slot.key)
            {
                self.found.push((cost, leaf, arrival));
            }
        }
        self.found.len() < self.wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::{Conditions, Coverage, Homes, Roads};

    #[test]
    fn everything_may_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Live<u128>>();
        shared::<Ground>();
        shared::<Roads>();
        shared::<Homes>();
        shared::<Coverage>();
        shared::<Conditions>();
    }

    #[test]
    fn whoever_is_as_near_as_another_comes_by_the_order_of_the_keys() {
        let mut live = Live::new(Ground::Straight);
        let place = Point::new(39.38, 117.06).unwrap();
        for key in [5, 3, 9, 1] {
            live.put(key, Mode::Walk, place);
        }
        live.put(4, Mode::Car, place);
        let keys = |k: usize| {
            live.nearest(place, 60, k, |_| true)
                .iter()
                .map(|it| it.key)
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(9), [1, 3, 4, 5, 9]);
        assert_eq!(keys(3), [1, 3, 4]);
        assert_eq!(keys(0), Vec::<i32>::new());
    }

    #[test]
    fn knowing_how_many_are_accepted_changes_nothing_but_the_search() {
        let mut live = Live::new(Ground::Straight);
        let place = |north: u32, east: u32| {
            Point::new(39.38 + f64::from(north) * 1e-4, 117.06 + f64::from(east) * 1e-4).unwrap()
        };
        for key in 0..60_u32 {
            live.put(key, Mode::ALL[key as usize % 3], place(key * 7 % 61, key * 13 % 59));
        }
        for accepts in [
            |_: &u32| true,
            |it: &u32| it.is_multiple_of(2),
            |it: &u32| it % 3 == 1,
            |it: &u32| *it == 17,
        ] {
            let mut counts = [0; 3];
            for key in (0..60).filter(accepts) {
                counts[key as usize % 3] += 1;
            }
            for k in [1, 5, 20, 60] {
                let all = live.nearest(place(30, 30), 3_600, k, accepts);
                assert_eq!(live.nearest_of(place(30, 30), 3_600, k, counts, accepts), all);
                assert_eq!(all.len(), k.min(counts.iter().sum()));
            }
        }
    }

    #[test]
    fn taking_away_leaves_the_others() {
        let mut live = Live::new(Ground::Straight);
        let place = |north: f64| Point::new(39.38 + north, 117.06).unwrap();
        for key in 0..10 {
            live.put(key, Mode::Walk, place(f64::from(key) * 1e-4));
        }
        assert!(live.remove(3) && !live.remove(3) && live.remove(9) && live.remove(0));
        live.put(5, Mode::Ebike, place(0.0));
        let keys: Vec<i32> = live
            .nearest(place(0.0), 3_600, 99, |_| true)
            .iter()
            .map(|it| it.key)
            .collect();
        assert_eq!(keys, [5, 1, 2, 4, 6, 7, 8]);
        assert_eq!(
            (live.len(), live.get(3), live.get(5)),
            (7, None, Some((Mode::Ebike, place(0.0))))
        );
    }
}
