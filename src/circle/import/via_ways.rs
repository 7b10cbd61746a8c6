//! Turn restrictions that go via ways: from a road, along others, not into a last one.
//!
//! A search over arcs forgets what came before the arc, and such a restriction needs to know. So the arcs on its way are
//! copied, and a copy is entered by those only who came the way that it remembers: for the path *from, via, to* there
//! is a copy of *via* that *from* leads into instead of *via* itself, and from which *to* is forbidden. In general a
//! copy remembers the longest beginning of a forbidden path that a journey ends with, as a search for several words in
//! a text does (Aho and Corasick, 1975); each mode has copies of its own. Everything else is forbidden turns between
//! arcs, which the sweep knows already.
//!
//! `only_*` obliges whoever came from the first road and along all the others: they go on as told, or back where the
//! road ends. Who leaves the way earlier is not concerned.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use super::super::graph::{NONE, Topology};
use super::super::speeds::Mode;
use super::{Draft, ImportReport, Stretch, VIA_DEGREE_MAX};

/// So many steps are tried to find the way through the members of one restriction.
const STEPS_MAX: usize = 1_000;

/// A restriction as its members say it.
pub(super) struct WayTurn {
    pub only: bool,
    pub modes: u8,
    pub from: Vec<i64>,
    pub via: Vec<i64>,
    pub to: Vec<i64>,
}

/// A piece of road, and whether it is travelled along its shape.
type Step = (u32, bool);

/// A restriction on pieces of road.
pub(super) struct Path {
    only: bool,
    modes: u8,
    /// The road one comes by, and all that follow.
    way: Vec<Step>,
    /// The roads that are forbidden then, or the only ones allowed.
    to: Vec<Step>,
    /// Where the first road meets the others, and where they meet the last one: no pieces are joined there.
    pub joints: [u32; 2],
}

/// A directed arc: a stretch, and whether it is travelled along its shape.
type Arc = (u32, bool);

/// The half at which a traveller on `arc` leaves a junction for it, and that at which they arrive.
fn halves(half_of: &[[u32; 2]], (stretch, along): Arc) -> (u32, u32) {
    let [start, end] = half_of[stretch as usize];
    if along { (start, end) } else { (end, start) }
}

/// The vertex at which an arc begins, and where it ends.
fn ends(stretches: &[Stretch], (stretch, along): Arc) -> (u32, u32) {
    let [start, end] = stretches[stretch as usize].ends;
    if along { (start, end) } else { (end, start) }
}

fn open(stretches: &[Stretch], (stretch, along): Arc) -> u8 {
    let access = stretches[stretch as usize].access;
    if along { access & 0b111 } else { access >> 3 }
}

impl Draft {
    /// Finds the pieces of road that the restrictions via ways are about.
    pub(super) fn resolve_paths(&self, report: &mut ImportReport) -> Vec<Path> {
        let mut of_way: HashMap<i64, Vec<u32>> = HashMap::new();
        for turn in &self.way_turns {
            for way in turn.from.iter().chain(&turn.via).chain(&turn.to) {
                of_way.entry(*way).or_default();
            }
        }
        for (number, piece) in self.pieces.iter().enumerate() {
            if let Some(list) = of_way.get_mut(&piece.way) {
                list.push(number as u32);
            }
        }
        let mut paths = Vec::new();
        for turn in &self.way_turns {
            match self.resolve_path(&of_way, turn) {
                Some(found) => {
                    report.restrictions += 1;
                    report.restrictions_via_way += 1;
                    paths.extend(found);
                }
                None => report.restrictions_unclear += 1,
            }
        }
        paths
    }

    /// The paths of a restriction; none if nobody could travel them anyway. `None` if its members do not say clearly
    /// which way is meant.
    fn resolve_path(&self, of_way: &HashMap<i64, Vec<u32>>, turn: &WayTurn) -> Option<Vec<Path>> {
        let mut paths: Vec<Path> = Vec::new();
        for from in &turn.from {
            let mut of_this: Vec<Path> = Vec::new();
            for to in &turn.to {
                let ways = self.ways_through(of_way, *from, &turn.via, *to)?;
                let mut fits = ways.iter().filter(|way| self.modes_of(way) & turn.modes != 0);
                let way = match (ways.is_empty(), fits.next(), fits.next()) {
                    (true, ..) | (_, Some(_), Some(_)) => return None,
                    (_, None, _) => continue,
                    (_, Some(way), None) => way,
                };
                let (last, way) = way.split_last()?;
                let path = Path {
                    only: turn.only,
                    modes: turn.modes,
                    way: way.to_vec(),
                    to: vec![*last],
                    joints: [self.vertex(way.first()?, true), self.vertex(last, false)],
                };
                match of_this.first_mut() {
                    // Several roads that are the only ones allowed are allowed all.
                    Some(first) if turn.only && first.way == path.way => first.to.extend(path.to),
                    Some(_) if turn.only => return None,
                    _ => of_this.push(path),
                }
            }
            paths.extend(of_this);
        }
        Some(paths)
    }

    /// Every way from a piece of `from` along pieces of all of `via` to a piece of `to`, no vertex twice.
    fn ways_through(&self, of_way: &HashMap<i64, Vec<u32>>, from: i64, via: &[i64], to: i64) -> Option<Vec<Vec<Step>>> {
        if via.contains(&from) || via.contains(&to) {
            return None;
        }
        let mut via_at: BTreeMap<u32, Vec<Step>> = BTreeMap::new();
        for piece in via.iter().flat_map(|way| &of_way[way]) {
            for along in [true, false] {
                let step = (*piece, along);
                via_at.entry(self.vertex(&step, false)).or_default().push(step);
            }
        }
        let both = |way: i64| of_way[&way].iter().flat_map(|piece| [(*piece, true), (*piece, false)]);
        let leaving: Vec<Step> = both(to).collect();
        let mut found = Vec::new();
        let mut tried = 0;
        // Depth first; what is left to try is a way so far.
        let mut open: Vec<Vec<Step>> = both(from)
            .filter(|step| via_at.contains_key(&self.vertex(step, true)))
            .map(|step| vec![step])
            .collect();
        while let Some(way) = open.pop() {
            tried += 1;
            if tried > STEPS_MAX {
                return None;
            }
            let Some(last) = way.last() else { continue };
            let at = self.vertex(last, true);
            let all = via
                .iter()
                .all(|via| way[1..].iter().any(|step| self.pieces[step.0 as usize].way == *via));
            if all {
                let ends = leaving
                    .iter()
                    .filter(|step| self.vertex(step, false) == at && step.0 != way[0].0);
                found.extend(ends.map(|step| [way.as_slice(), &[*step]].concat()));
            }
            for step in via_at.get(&at).into_iter().flatten() {
                let onto = self.vertex(step, true);
                let seen = way.iter().any(|it| self.vertex(it, true) == onto);
                if !seen {
                    open.push([way.as_slice(), &[*step]].concat());
                }
            }
        }
        Some(found)
    }

    /// The vertex at which a step begins (`false`) or ends.
    fn vertex(&self, step: &Step, end: bool) -> u32 {
        self.pieces[step.0 as usize].ends[usize::from(step.1 == end)]
    }

    /// The modes that can travel a whole way.
    fn modes_of(&self, way: &[Step]) -> u8 {
        way.iter().fold(0b111, |modes, (piece, along)| {
            let rules = &self.pieces[*piece as usize].rules;
            modes & if *along { rules.forward } else { rules.backward }
        })
    }
}

/// A restriction on arcs.
struct Rule {
    only: bool,
    modes: u8,
    way: Vec<Arc>,
    to: Vec<Arc>,
}

/// What one mode's journeys have to remember.
#[derive(Default)]
struct Words {
    /// Paths of arcs that nobody may travel.
    forbidden: BTreeSet<Vec<Arc>>,
    /// Their beginnings of two arcs and more, each with the stretch that is the copy of its last arc.
    copies: BTreeMap<Vec<Arc>, u32>,
}

impl Words {
    /// What is remembered after `next`, by somebody who remembers `past`; `None` if they may not go there.
    fn after(&self, past: &[Arc], next: Arc) -> Option<Vec<Arc>> {
        let journey = [past, &[next]].concat();
        let endings = || (0..journey.len()).map(|from| &journey[from..]);
        if endings().any(|it| self.forbidden.contains(it)) {
            return None;
        }
        let kept = endings().find(|it| self.copies.contains_key(*it));
        Some(kept.map_or_else(|| vec![next], <[Arc]>::to_vec))
    }

    /// The stretch on which somebody travels who remembers `past`.
    fn stretch(&self, past: &[Arc]) -> Option<u32> {
        let copy = self.copies.get(past).copied();
        copy.or_else(|| past.last().map(|arc| arc.0))
    }
}

/// All copies of arcs, and what they are for.
pub(super) struct Memory {
    by_mode: [Words; 3],
    /// Stretches, copies not counted.
    originals: u32,
    /// By copy: its original.
    copied: Vec<(Arc, Mode)>,
}

impl Memory {
    /// Plans the copies. `part_of` says where each piece of road went.
    pub fn new(stretches: &[Stretch], paths: Vec<Path>, part_of: &[(u32, bool)], report: &mut ImportReport) -> Self {
        let arc = |(piece, along): &Step| {
            let (stretch, same) = part_of[*piece as usize];
            (stretch, same == *along)
        };
        let rules = paths.iter().map(|path| {
            let mut way: Vec<Arc> = path.way.iter().map(arc).collect();
            way.dedup(); // pieces that were joined
            Rule {
                only: path.only,
                modes: path.modes,
                way,
                to: path.to.iter().map(arc).collect(),
            }
        });
        let mut rules: Vec<Rule> = rules.collect();
        loop {
            let memory = Self::of(stretches, &rules);
            let crowded = memory.crowded(stretches);
            let before = rules.len();
            rules.retain(|rule| {
                let mut touched = rule.way.iter().map(|arc| ends(stretches, *arc).1);
                !touched.any(|vertex| crowded.contains(&vertex))
            });
            // Each turn kept away makes some junction smaller, so this ends.
            if rules.len() == before {
                return memory;
            }
            let left_out = (before - rules.len()).min(report.restrictions_via_way);
            report.restrictions -= left_out;
            report.restrictions_via_way -= left_out;
            report.restrictions_unclear += left_out;
        }
    }

    fn of(stretches: &[Stretch], rules: &[Rule]) -> Self {
        let mut copied = Vec::new();
        let originals = stretches.len() as u32;
        let obliging = rules.iter().filter(|it| it.only).filter_map(|it| it.way.last());
        let mut leaving: BTreeMap<u32, Vec<Arc>> = obliging.map(|arc| (ends(stretches, *arc).1, Vec::new())).collect();
        for arc in (0..originals).flat_map(|stretch| [(stretch, true), (stretch, false)]) {
            if let Some(list) = leaving.get_mut(&ends(stretches, arc).0) {
                list.push(arc);
            }
        }
        let by_mode = Mode::ALL.map(|mode| {
            let mut words = Words::default();
            for rule in rules.iter().filter(|it| it.modes & mode.bit() != 0) {
                let can = |arc: &Arc| open(stretches, *arc) & mode.bit() != 0;
                let (Some(last), true) = (rule.way.last(), rule.way.iter().all(can)) else {
                    continue;
                };
                let forbidden: Vec<Arc> = match rule.only {
                    false => rule.to.iter().copied().filter(can).collect(),
                    // A road that was closed cannot be the only one allowed: the rule goes as a whole.
                    true if !rule.to.iter().any(can) => Vec::new(),
                    true => {
                        let all = leaving.get(&ends(stretches, *last).1).into_iter().flatten().copied();
                        all.filter(|arc| can(arc) && !rule.to.contains(arc) && *arc != (last.0, !last.1))
                            .collect()
                    }
                };
                for arc in forbidden {
                    words.forbidden.insert([rule.way.as_slice(), &[arc]].concat());
                    for length in 2..=rule.way.len() {
                        words.copies.entry(rule.way[..length].to_vec()).or_insert(NONE);
                    }
                }
            }
            for (past, stretch) in &mut words.copies {
                if let Some(arc) = past.last() {
                    *stretch = originals + copied.len() as u32;
                    copied.push((*arc, mode));
                }
            }
            words
        });
        Self {
            by_mode,
            originals,
            copied,
        }
    }

    /// The junctions at which copies meet more roads than a sweep can keep.
    fn crowded(&self, stretches: &[Stretch]) -> BTreeSet<u32> {
        let mut degree: BTreeMap<u32, usize> = BTreeMap::new();
        for (arc, _) in &self.copied {
            let (start, end) = ends(stretches, *arc);
            for vertex in [start, end] {
                *degree.entry(vertex).or_default() += 1;
            }
        }
        if degree.is_empty() {
            return BTreeSet::new();
        }
        for vertex in stretches.iter().filter(|it| it.access != 0).flat_map(|it| it.ends) {
            if let Some(degree) = degree.get_mut(&vertex) {
                *degree += 1;
            }
        }
        let crowded = degree.into_iter().filter(|(_, degree)| *degree > VIA_DEGREE_MAX);
        crowded.map(|(vertex, _)| vertex).collect()
    }

    /// Lays the copies beside their originals.
    pub fn copy(&self, stretches: &mut Vec<Stretch>) {
        for ((stretch, along), mode) in &self.copied {
            let mut copy = stretches[*stretch as usize].clone();
            copy.access = if *along { mode.bit() } else { mode.bit() << 3 };
            stretches.push(copy);
        }
    }

    /// The stretch that `copy` is a copy of.
    pub fn original(&self, copy: u32) -> u32 {
        self.copied[(copy - self.originals) as usize].0.0
    }

    /// The turns that keep everybody on the arcs that remember what they have to. `topology` has the turns that are
    /// forbidden via nodes.
    pub fn bans(&self, topology: &Topology, stretches: &[Stretch], half_of: &[[u32; 2]]) -> Vec<[u32; 3]> {
        let mut bans = Vec::new();
        let mut stretch_of = vec![NONE; topology.halves()];
        for (stretch, halves) in (0..self.originals).zip(half_of) {
            for half in halves.iter().filter(|it| **it != NONE) {
                stretch_of[*half as usize] = stretch;
            }
        }
        for (mode, words) in Mode::ALL.into_iter().zip(&self.by_mode) {
            let mut nodes = BTreeSet::new();
            for arc in words.copies.keys().filter_map(|past| past.last()) {
                let (leave, arrive) = halves(half_of, *arc);
                nodes.extend([topology.tail(leave), topology.tail(arrive)]);
            }
            for node in nodes {
                let its = topology.first[node as usize]..topology.first[node as usize + 1];
                let here = Here {
                    stretches,
                    half_of,
                    roads: its
                        .clone()
                        .map(|half| stretch_of[half as usize])
                        .filter(|it| *it != NONE)
                        .collect(),
                    via_node: topology.bans_at(its.clone()),
                    its,
                };
                words.bans_at(mode, &here, &mut bans);
            }
        }
        bans
    }
}

/// A junction at which copies begin or end.
struct Here<'a> {
    stretches: &'a [Stretch],
    half_of: &'a [[u32; 2]],
    its: Range<u32>,
    /// The stretches at it, without copies.
    roads: BTreeSet<u32>,
    /// The turns that are forbidden here whatever came before.
    via_node: &'a [[u32; 3]],
}

impl Words {
    fn bans_at(&self, mode: Mode, here: &Here<'_>, bans: &mut Vec<[u32; 3]>) {
        let bit = u32::from(mode.bit());
        let (mut pasts, mut nexts): (Vec<Vec<Arc>>, Vec<Arc>) = (Vec::new(), Vec::new());
        for stretch in &here.roads {
            for arc in [(*stretch, true), (*stretch, false)] {
                if open(here.stretches, arc) & mode.bit() == 0 {
                    continue;
                }
                let (leave, arrive) = halves(here.half_of, arc);
                if here.its.contains(&arrive) {
                    pasts.push(vec![arc]);
                    pasts.extend(self.copies.keys().filter(|past| past.last() == Some(&arc)).cloned());
                }
                if here.its.contains(&leave) {
                    nexts.push(arc);
                }
            }
        }
        for past in &pasts {
            let (Some(came), Some(last)) = (self.stretch(past), past.last()) else {
                continue;
            };
            let (enter, own_enter) = (halves(here.half_of, (came, last.1)).1, halves(here.half_of, *last).1);
            for next in &nexts {
                let own_leave = halves(here.half_of, *next).0;
                let mut via_node = here.via_node.iter();
                let closed = via_node.any(|ban| ban[..2] == [own_enter, own_leave] && ban[2] & bit != 0);
                let allowed = self.after(past, *next).filter(|_| !closed);
                let allowed = allowed.and_then(|past| self.stretch(&past));
                let copies = self.copies.iter().filter(|(past, _)| past.last() == Some(next));
                for stretch in copies.map(|it| *it.1).chain([next.0]) {
                    if Some(stretch) != allowed {
                        bans.push([enter, halves(here.half_of, (stretch, next.1)).0, bit]);
                    }
                }
            }
        }
    }
}
