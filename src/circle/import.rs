//! From an OSM extract to a [`Roads`]: which ways count, where they meet, who may go where.
//!
//! Two passes over the extract (ways and relations, then nodes), so that only the road network is ever in memory:
//!
//! 1. ways become rules ([`super::access`]) and lists of nodes; turn restrictions are noted;
//! 2. nodes give coordinates and barriers;
//! 3. ways are cut where they meet: **at shared nodes only**, so a bridge and the road below it, which share none, never
//!    join. A barrier's junction is split: each road ends at its own copy, and only those who can pass are linked;
//! 4. pieces that merely continue one another are joined, which leaves fewer junctions to search;
//! 5. for each mode all arcs outside its largest strongly connected component are closed: nobody is placed on a road
//!    from which one cannot come back;
//! 6. arcs on which a turn restriction via ways must remember where one came from get copies ([`via_ways`]);
//! 7. junctions are put in Hilbert order.
//!
//! Left out: ferries, conditional rules.

mod order;
mod via_ways;

use serde::Serialize;

use roads::{Extract, Kind, Object, Wanted};

use self::order::{components, hilbert};
use super::access::{WayRules, blocked_at_node, restriction, way_rules};
use super::coordinates::Point;
use super::graph::{NONE, Roads, Topology};
use super::speeds::{Class, Conditions, Mode};

/// More roads than this at one junction with forbidden turns: the turns are dropped (a sweep keeps them in 64 bits).
pub(crate) const VIA_DEGREE_MAX: usize = 64;
/// An OSM node that has no coordinates in the extract.
const MISSING: [i32; 2] = [i32::MIN; 2];
const EVERYONE: u8 = 0b111;

/// What an import read, kept and left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ImportReport {
    /// Ways on which somebody may travel.
    pub ways: usize,
    /// OSM nodes on those ways that the extract holds.
    pub nodes: usize,
    /// Nodes that ways name and the extract does not hold: the ways were cut there (the edge of the extract).
    pub nodes_missing: usize,
    /// Where segments meet or end.
    pub junctions: usize,
    /// Pieces of road between junctions.
    pub segments: usize,
    /// Kilometres of road.
    pub length_km: f64,
    /// Directed arcs by mode (walk, e-bike, car).
    pub arcs: [usize; 3],
    /// Directed arcs closed because they are not in the mode's largest strongly connected component.
    pub arcs_cut_off: [usize; 3],
    /// Barriers that stop somebody.
    pub barriers: usize,
    /// Turn restrictions that concern our modes and were understood.
    pub restrictions: usize,
    /// Of those, the ones that go via one or more ways instead of a node.
    pub restrictions_via_way: usize,
    /// Turn restrictions that name what the extract does not hold, or cannot be told apart; left out.
    pub restrictions_unclear: usize,
    /// South, west, north, east in degrees; all 0 if there is no road.
    pub bounds: [f64; 4],
    /// What somebody should look at.
    pub warnings: Vec<String>,
}

/// Why an import gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Extract(#[from] roads::Error),
    #[error("{name} holds no road that anybody could travel")]
    NoRoads { name: String },
    #[error("{name} holds more roads than 32-bit numbers can count")]
    TooLarge { name: String },
}

impl Roads {
    /// Reads an extract and builds the network, with the default speeds.
    ///
    /// The extract should reach 20 km beyond the area served: whoever is just outside may be the nearest.
    ///
    /// # Errors
    /// The extract cannot be read, or holds no roads.
    pub fn import(extract: &dyn Extract) -> Result<(Self, ImportReport), ImportError> {
        let name = || extract.name().to_owned();
        let mut report = ImportReport::default();
        let mut draft = Draft::default();
        draft.read_ways(extract, &mut report)?;
        draft.read_nodes(extract, &mut report)?;
        let turns = draft.cut(&mut report);
        let paths = draft.resolve_paths(&mut report);
        if draft.pieces.is_empty() {
            return Err(ImportError::NoRoads { name: name() });
        }
        if draft.shape.len() > (u32::MAX / 4) as usize {
            return Err(ImportError::TooLarge { name: name() });
        }
        let pieces = join(&draft, &turns, &paths);
        let topology = build(&draft, pieces, &turns, paths, &mut report);
        if topology.segments() == 0 {
            return Err(ImportError::NoRoads { name: name() });
        }
        report.junctions = topology.nodes();
        report.segments = topology.segments();
        report.length_km = topology.length_cm.iter().map(|it| f64::from(*it)).sum::<f64>() / 1e5;
        if let Some(bounds) = topology.bounds() {
            report.bounds = bounds.map(|it| f64::from(it) / 1e7);
        }
        let roads = Self::new(topology, &Conditions::default());
        report.arcs = Mode::ALL.map(|mode| roads.arc_count(mode));
        warn(&mut report);
        Ok((roads, report))
    }
}

fn warn(report: &mut ImportReport) {
    let mut say = |count: usize, what: &str| {
        if count > 0 {
            report.warnings.push(format!("{count} {what}"));
        }
    };
    say(
        report.nodes_missing,
        "nodes of ways are not in the extract; the ways end there",
    );
    say(
        report.restrictions_unclear,
        "turn restrictions name roads that do not meet there and were left out",
    );
    for mode in Mode::ALL {
        let (cut, kept) = (report.arcs_cut_off[mode.index()], report.arcs[mode.index()]);
        if cut * 20 > kept {
            let share = 100.0 * cut as f64 / (cut + kept) as f64;
            report.warnings.push(format!(
                "{share:.0} % of the roads for {mode:?} are not connected to the others and were closed"
            ));
        }
    }
}

/// A way on which somebody travels.
struct DraftWay {
    id: i64,
    rules: WayRules,
    /// Its first node in `Draft::refs`; it ends where the next one begins.
    first: usize,
}

/// A turn restriction as its members say it.
struct DraftTurn {
    only: bool,
    modes: u8,
    from: Vec<i64>,
    via: i64,
    to: Vec<i64>,
}

/// A turn restriction on pieces of road: piece and end (0 = where its shape begins, 1 = where it ends).
struct Turn {
    only: bool,
    modes: u8,
    vertex: u32,
    from: Vec<(u32, u8)>,
    to: Vec<(u32, u8)>,
}

/// A piece of road between two vertices, before pieces are joined.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    ends: [u32; 2],
    way: i64,
    rules: WayRules,
    /// Its points in `Draft::shape`.
    shape: std::ops::Range<usize>,
}

/// The network while it is being read.
#[derive(Default)]
struct Draft {
    ways: Vec<DraftWay>,
    /// The nodes of all ways: OSM numbers, then places in `ids`.
    refs: Vec<i64>,
    turns: Vec<DraftTurn>,
    way_turns: Vec<via_ways::WayTurn>,
    /// The nodes on ways, sorted.
    ids: Vec<i64>,
    at: Vec<[i32; 2]>,
    /// The modes that each node stops.
    blocked: Vec<u8>,
    pieces: Vec<Piece>,
    shape: Vec<[i32; 2]>,
    /// Where vertices lie: first one for each node, then the copies at barriers.
    vertex_at: Vec<[i32; 2]>,
}

impl Draft {
    fn read_ways(&mut self, extract: &dyn Extract, report: &mut ImportReport) -> Result<(), roads::Error> {
        extract.stream(Wanted::WAYS_AND_RELATIONS, &mut |object| match object {
            Object::Way(way) if way.refs.len() >= 2 => {
                if let Some(rules) = way_rules(way.tags) {
                    self.ways.push(DraftWay {
                        id: way.id,
                        rules,
                        first: self.refs.len(),
                    });
                    self.refs.extend_from_slice(way.refs);
                }
            }
            Object::Relation(relation) => {
                let Some((only, modes)) = restriction(relation.tags) else {
                    return;
                };
                let of = |kind: Kind, roles: &[&str]| -> Vec<i64> {
                    let fits = relation
                        .members
                        .iter()
                        .filter(|it| it.kind == kind && roles.contains(&it.role));
                    fits.map(|it| it.id).collect()
                };
                let (from, to) = (of(Kind::Way, &["from"]), of(Kind::Way, &["to"]));
                let (via, via_ways) = (of(Kind::Node, &["via"]), of(Kind::Way, &["via"]));
                if !via_ways.is_empty() && via.is_empty() && !from.is_empty() && !to.is_empty() {
                    self.way_turns.push(via_ways::WayTurn {
                        only,
                        modes,
                        from,
                        via: via_ways,
                        to,
                    });
                    return;
                }
                match via.as_slice() {
                    [via] if via_ways.is_empty() && !from.is_empty() && !to.is_empty() => {
                        self.turns.push(DraftTurn {
                            only,
                            modes,
                            from,
                            via: *via,
                            to,
                        });
                    }
                    _ => report.restrictions_unclear += 1,
                }
            }
            _ => {}
        })?;
        report.ways = self.ways.len();
        Ok(())
    }

    fn read_nodes(&mut self, extract: &dyn Extract, report: &mut ImportReport) -> Result<(), roads::Error> {
        self.ids = self.refs.clone();
        self.ids.sort_unstable();
        self.ids.dedup();
        self.at = vec![MISSING; self.ids.len()];
        self.blocked = vec![0; self.ids.len()];
        // Files are sorted by number almost always: a cursor finds the place, a search when it does not.
        let mut cursor = 0;
        extract.stream(Wanted::NODES, &mut |object| {
            let Object::Node(node) = object else { return };
            while cursor < self.ids.len() && self.ids[cursor] < node.id {
                cursor += 1;
            }
            if cursor == self.ids.len() || self.ids[cursor] != node.id {
                match self.ids.binary_search(&node.id) {
                    Ok(found) => cursor = found,
                    Err(_) if self.ids.last().is_some_and(|last| *last < node.id) => return,
                    Err(after) => {
                        cursor = after;
                        return;
                    }
                }
            }
            if let Ok(point) = Point::new(node.lat, node.lon) {
                self.at[cursor] = point.to_e7();
                self.blocked[cursor] = blocked_at_node(node.tags);
            }
        })?;
        report.nodes_missing = self.at.iter().filter(|at| **at == MISSING).count();
        report.nodes = self.ids.len() - report.nodes_missing;
        for node in &mut self.refs {
            // Every reference is in the list made of the references.
            *node = self.ids.binary_search(node).unwrap_or(0) as i64;
        }
        Ok(())
    }

    /// Cuts the ways where they meet, end, or pass a barrier; resolves the turn restrictions.
    fn cut(&mut self, report: &mut ImportReport) -> Vec<Turn> {
        let mut uses = vec![0_u8; self.ids.len()];
        let ends = self
            .ways
            .iter()
            .skip(1)
            .map(|way| way.first)
            .chain([self.refs.len()])
            .collect::<Vec<_>>();
        for (way, end) in self.ways.iter().zip(&ends) {
            let nodes = &self.refs[way.first..*end];
            for (place, node) in nodes.iter().enumerate() {
                let cut = place == 0 || place + 1 == nodes.len();
                let uses = &mut uses[*node as usize];
                *uses = uses.saturating_add(if cut { 2 } else { 1 });
            }
        }
        for turn in &self.turns {
            if let Ok(node) = self.ids.binary_search(&turn.via) {
                uses[node] = uses[node].saturating_add(2);
            }
        }
        self.vertex_at = self.at.clone();
        for (way, end) in self.ways.iter().zip(&ends) {
            let nodes = &self.refs[way.first..*end];
            let mut run: Vec<u32> = Vec::new();
            for node in nodes {
                let node = *node as u32;
                if self.at[node as usize] == MISSING {
                    lay(
                        &mut self.pieces,
                        &mut self.shape,
                        &mut self.vertex_at,
                        &self.blocked,
                        way,
                        &mut run,
                    );
                    run.clear();
                    continue;
                }
                if run.last() == Some(&node) {
                    continue; // a node named twice in a row
                }
                run.push(node);
                if uses[node as usize] >= 2 || self.blocked[node as usize] != 0 {
                    lay(
                        &mut self.pieces,
                        &mut self.shape,
                        &mut self.vertex_at,
                        &self.blocked,
                        way,
                        &mut run,
                    );
                    run.push(node);
                }
            }
            lay(
                &mut self.pieces,
                &mut self.shape,
                &mut self.vertex_at,
                &self.blocked,
                way,
                &mut run,
            );
        }
        report.barriers = self.blocked.iter().filter(|it| **it != 0).count();
        self.resolve_turns(report)
    }

    fn resolve_turns(&self, report: &mut ImportReport) -> Vec<Turn> {
        let mut at_vertex: std::collections::HashMap<u32, Vec<(u32, u8)>> = std::collections::HashMap::new();
        for turn in &self.turns {
            if let Ok(node) = self.ids.binary_search(&turn.via) {
                at_vertex.entry(node as u32).or_default();
            }
        }
        for (number, piece) in self.pieces.iter().enumerate() {
            for end in 0..2_u8 {
                if let Some(list) = at_vertex.get_mut(&piece.ends[usize::from(end)]) {
                    list.push((number as u32, end));
                }
            }
        }
        let mut turns = Vec::new();
        for turn in &self.turns {
            let found = self.ids.binary_search(&turn.via).ok().and_then(|node| {
                let vertex = node as u32;
                let list = at_vertex.get(&vertex)?;
                let of = |ways: &[i64]| -> Option<Vec<(u32, u8)>> {
                    let mut all = Vec::new();
                    for way in ways {
                        let mut fits = list
                            .iter()
                            .filter(|(piece, _)| self.pieces[*piece as usize].way == *way);
                        // A way that goes on beyond the junction could be meant on either side of it.
                        match (fits.next(), fits.next()) {
                            (Some(one), None) => all.push(*one),
                            _ => return None,
                        }
                    }
                    Some(all)
                };
                if list.len() > VIA_DEGREE_MAX {
                    return None;
                }
                Some(Turn {
                    only: turn.only,
                    modes: turn.modes,
                    vertex,
                    from: of(&turn.from)?,
                    to: of(&turn.to)?,
                })
            });
            match found {
                Some(turn) => {
                    report.restrictions += 1;
                    turns.push(turn);
                }
                None => report.restrictions_unclear += 1,
            }
        }
        turns
    }
}

/// Makes a piece of road out of a run of nodes. Where an end stands at a barrier, the piece ends at a copy of the
/// node, and a link of no length leads on to the node for those who can pass.
fn lay(
    pieces: &mut Vec<Piece>,
    shape: &mut Vec<[i32; 2]>,
    vertex_at: &mut Vec<[i32; 2]>,
    blocked: &[u8],
    way: &DraftWay,
    run: &mut Vec<u32>,
) {
    if let ([first, .., last], true) = (run.as_slice(), run.len() >= 2) {
        let begin = shape.len();
        shape.extend(run.iter().map(|node| vertex_at[*node as usize]));
        let points = begin..shape.len();
        let mut ends = [*first, *last];
        for end in &mut ends {
            let stops = blocked[*end as usize];
            if stops == 0 {
                continue;
            }
            let copy = vertex_at.len() as u32;
            let at = vertex_at[*end as usize];
            vertex_at.push(at);
            let passes = EVERYONE & !stops;
            if passes != 0 {
                let begin = shape.len();
                shape.extend([at, at]);
                let rules = WayRules {
                    forward: passes,
                    backward: passes,
                    ..way.rules
                };
                pieces.push(Piece {
                    ends: [copy, *end],
                    way: way.id,
                    rules,
                    shape: begin..shape.len(),
                });
            }
            *end = copy;
        }
        pieces.push(Piece {
            ends,
            way: way.id,
            rules: way.rules,
            shape: points,
        });
    }
    run.clear();
}

/// A chain of pieces that continue one another, each with whether it runs in the direction of its shape.
struct Chain(Vec<(u32, bool)>);

/// Joins pieces at vertices where exactly two of the same kind meet and nothing else happens.
fn join(draft: &Draft, turns: &[Turn], paths: &[via_ways::Path]) -> Vec<Chain> {
    let pieces = &draft.pieces;
    let mut meets: Vec<[u32; 2]> = vec![[NONE; 2]; draft.vertex_at.len()];
    let mut degree = vec![0_u8; draft.vertex_at.len()];
    for (number, piece) in pieces.iter().enumerate() {
        for vertex in piece.ends {
            let at = vertex as usize;
            if let Some(slot) = meets[at].get_mut(usize::from(degree[at])) {
                *slot = number as u32;
            }
            degree[at] = degree[at].saturating_add(1);
        }
    }
    for vertex in turns
        .iter()
        .map(|it| it.vertex)
        .chain(paths.iter().flat_map(|it| it.joints))
    {
        degree[vertex as usize] = u8::MAX;
    }
    // What follows a piece beyond one of its ends, and in which direction it runs then.
    let next = |number: u32, along: bool| -> Option<(u32, bool)> {
        let piece = &pieces[number as usize];
        let vertex = piece.ends[usize::from(along)];
        if degree[vertex as usize] != 2 {
            return None;
        }
        let [one, two] = meets[vertex as usize];
        let other = if one == number { two } else { one };
        if other == number {
            return None; // a loop that begins and ends here
        }
        let follows = &pieces[other as usize];
        let onwards = follows.ends[0] == vertex;
        same_kind(&piece.rules, &follows.rules, along == onwards).then_some((other, onwards))
    };
    let mut done = vec![false; pieces.len()];
    let mut chains = Vec::new();
    for number in 0..pieces.len() as u32 {
        if done[number as usize] {
            continue;
        }
        // To one end of the chain, then along it to the other.
        let (mut at, mut along) = (number, false);
        while let Some((before, onwards)) = next(at, along) {
            if before == number {
                break; // round in a circle
            }
            (at, along) = (before, onwards);
        }
        let (mut at, mut along) = (at, !along);
        let mut chain = vec![(at, along)];
        done[at as usize] = true;
        while let Some((after, onwards)) = next(at, along) {
            if done[after as usize] {
                break;
            }
            done[after as usize] = true;
            chain.push((after, onwards));
            (at, along) = (after, onwards);
        }
        chains.push(Chain(chain));
    }
    chains
}

fn same_kind(a: &WayRules, b: &WayRules, same_direction: bool) -> bool {
    let (forward, backward) = if same_direction {
        (b.forward, b.backward)
    } else {
        (b.backward, b.forward)
    };
    a.class == b.class && a.cap_kmh == b.cap_kmh && a.forward == forward && a.backward == backward
}

/// A segment on its way into the topology.
#[derive(Clone)]
struct Stretch {
    ends: [u32; 2],
    access: u8,
    class: Class,
    cap_kmh: u8,
    way: i64,
    shape: Vec<[i32; 2]>,
}

fn build(
    draft: &Draft,
    chains: Vec<Chain>,
    turns: &[Turn],
    paths: Vec<via_ways::Path>,
    report: &mut ImportReport,
) -> Topology {
    // Where each piece's ends went: the stretch, and which end of it.
    let mut became: Vec<[(u32, u8); 2]> = vec![[(NONE, 0); 2]; draft.pieces.len()];
    // Where each piece is: the stretch, and whether both run the same way.
    let mut part_of: Vec<(u32, bool)> = vec![(NONE, false); draft.pieces.len()];
    let mut stretches: Vec<Stretch> = Vec::with_capacity(chains.len());
    for Chain(chain) in chains {
        let number = stretches.len() as u32;
        let (Some((first, first_along)), Some((last, last_along))) = (chain.first().copied(), chain.last().copied())
        else {
            continue;
        };
        let mut shape: Vec<[i32; 2]> = Vec::new();
        for (at, along) in &chain {
            part_of[*at as usize] = (number, *along);
            let points = &draft.shape[draft.pieces[*at as usize].shape.clone()];
            let skip = usize::from(!shape.is_empty());
            if *along {
                shape.extend(points.iter().skip(skip));
            } else {
                shape.extend(points.iter().rev().skip(skip));
            }
        }
        became[first as usize][usize::from(!first_along)] = (number, 0);
        became[last as usize][usize::from(last_along)] = (number, 1);
        let (head, tail) = (&draft.pieces[first as usize], &draft.pieces[last as usize]);
        let (forward, backward) = match first_along {
            true => (head.rules.forward, head.rules.backward),
            false => (head.rules.backward, head.rules.forward),
        };
        stretches.push(Stretch {
            ends: [head.ends[usize::from(!first_along)], tail.ends[usize::from(last_along)]],
            access: forward | backward << 3,
            class: head.rules.class,
            cap_kmh: head.rules.cap_kmh,
            way: head.way,
            shape,
        });
    }
    for mode in Mode::ALL {
        report.arcs_cut_off[mode.index()] = close_what_is_cut_off(&mut stretches, draft.vertex_at.len(), mode);
    }
    let order = hilbert_order(draft, &stretches);
    let memory = via_ways::Memory::new(&stretches, paths, &part_of, report);
    let originals = stretches.len();
    memory.copy(&mut stretches);
    let mut rank = vec![NONE; draft.vertex_at.len()];
    for (place, vertex) in order.iter().enumerate() {
        rank[*vertex as usize] = place as u32;
    }
    let (mut topology, half_of) = assemble(draft, &stretches, originals, &order, &rank, &memory);
    topology.bans = bans(&topology, turns, &became, &half_of, &rank);
    topology.bans.extend(memory.bans(&topology, &stretches, &half_of));
    merge(&mut topology.bans);
    topology
}

/// Closes the arcs of `mode` that are not within its largest strongly connected component; says how many.
fn close_what_is_cut_off(stretches: &mut [Stretch], vertices: usize, mode: Mode) -> usize {
    let (along, against) = (mode.bit(), mode.bit() << 3);
    let mut first = vec![0_u32; vertices + 1];
    for it in stretches.iter() {
        first[it.ends[0] as usize + 1] += u32::from(it.access & along != 0);
        first[it.ends[1] as usize + 1] += u32::from(it.access & against != 0);
    }
    for at in 0..vertices {
        first[at + 1] += first[at];
    }
    let mut fill = first.clone();
    let mut heads = vec![0_u32; first[vertices] as usize];
    for it in stretches.iter() {
        for (bit, from, to) in [(along, it.ends[0], it.ends[1]), (against, it.ends[1], it.ends[0])] {
            if it.access & bit != 0 {
                heads[fill[from as usize] as usize] = to;
                fill[from as usize] += 1;
            }
        }
    }
    let component = components(&first, &heads);
    let mut sizes = vec![0_u32; vertices];
    for (vertex, its) in component.iter().enumerate() {
        // Only vertices on some arc count, by the arcs that leave them.
        sizes[*its as usize] += first[vertex + 1] - first[vertex];
    }
    let largest = (0..vertices)
        .max_by_key(|it| (sizes[*it], std::cmp::Reverse(*it)))
        .unwrap_or(0) as u32;
    let mut cut = 0;
    for it in stretches.iter_mut() {
        if it.ends.iter().any(|end| component[*end as usize] != largest) {
            cut += usize::from(it.access & along != 0) + usize::from(it.access & against != 0);
            it.access &= !(along | against);
        }
    }
    cut
}

/// The vertices on open stretches in the order of a Hilbert curve over their area; of equals, the lower number first.
fn hilbert_order(draft: &Draft, stretches: &[Stretch]) -> Vec<u32> {
    let open = stretches.iter().filter(|it| it.access != 0);
    let mut vertices: Vec<u32> = open.flat_map(|it| it.ends).collect();
    vertices.sort_unstable();
    vertices.dedup();
    let place = |vertex: &u32| draft.vertex_at[*vertex as usize];
    let low = vertices
        .iter()
        .map(place)
        .fold([i32::MAX; 2], |low, at| [low[0].min(at[0]), low[1].min(at[1])]);
    let high = vertices
        .iter()
        .map(place)
        .fold([i32::MIN; 2], |high, at| [high[0].max(at[0]), high[1].max(at[1])]);
    let span = (0..2)
        .map(|axis| i64::from(high[axis]) - i64::from(low[axis]))
        .max()
        .unwrap_or(0)
        .max(1);
    let cell = |at: [i32; 2], axis: usize| ((i64::from(at[axis]) - i64::from(low[axis])) * 65_535 / span) as u32;
    vertices.sort_by_cached_key(|vertex| {
        let at = place(vertex);
        (hilbert(cell(at, 1), cell(at, 0)), *vertex)
    });
    vertices
}

/// The topology without its forbidden turns, and the halves of each stretch by their end. `stretches` beyond
/// `originals` are copies.
fn assemble(
    draft: &Draft,
    stretches: &[Stretch],
    originals: usize,
    order: &[u32],
    rank: &[u32],
    memory: &via_ways::Memory,
) -> (Topology, Vec<[u32; 2]>) {
    let mut topology = Topology {
        node_at: order.iter().map(|vertex| draft.vertex_at[*vertex as usize]).collect(),
        shape_first: vec![0],
        ..Topology::default()
    };
    // Segments in the order of their junctions too: what is near is together. Copies come last, as their originals do.
    let mut open: Vec<u32> = (0..originals as u32)
        .filter(|it| stretches[*it as usize].access != 0)
        .collect();
    open.sort_by_key(|number| {
        let ends = stretches[*number as usize].ends.map(|vertex| rank[vertex as usize]);
        (ends[0].min(ends[1]), ends[0].max(ends[1]), *number)
    });
    let mut segment_of = vec![NONE; originals];
    for (segment, number) in open.iter().enumerate() {
        segment_of[*number as usize] = segment as u32;
    }
    let mut copies: Vec<(u32, u32)> = (originals as u32..stretches.len() as u32)
        .map(|number| (segment_of[memory.original(number) as usize], number))
        .collect();
    copies.sort_unstable();
    topology.copy_of = copies.iter().map(|it| it.0).collect();
    open.extend(copies.iter().map(|it| it.1));
    // (junction, the other junction, stretch, end), sorted: the halves.
    let mut halves: Vec<(u32, u32, u32, u8)> = Vec::with_capacity(open.len() * 2);
    for number in &open {
        let [a, b] = stretches[*number as usize].ends.map(|vertex| rank[vertex as usize]);
        halves.push((a, b, *number, 0));
        halves.push((b, a, *number, 1));
    }
    halves.sort_unstable();
    let mut half_of: Vec<[u32; 2]> = vec![[NONE; 2]; stretches.len()];
    for (half, (_, _, number, end)) in halves.iter().enumerate() {
        half_of[*number as usize][usize::from(*end)] = half as u32;
    }
    let mut segment_of = vec![NONE; stretches.len()];
    for (segment, number) in open.iter().enumerate() {
        let stretch = &stretches[*number as usize];
        segment_of[*number as usize] = segment as u32;
        topology.start.push(half_of[*number as usize][0]);
        topology.length_cm.push(length_cm(&stretch.shape));
        topology.class.push(stretch.class as u8);
        topology.cap_kmh.push(stretch.cap_kmh);
        topology.access.push(stretch.access);
        topology.way.push(stretch.way);
        topology.shape.extend_from_slice(&stretch.shape);
        topology.shape_first.push(topology.shape.len() as u32);
    }
    topology.first = vec![0; order.len() + 1];
    for (node, head, number, end) in &halves {
        topology.first[*node as usize + 1] += 1;
        topology.head.push(*head);
        topology.twin.push(half_of[*number as usize][usize::from(1 - *end)]);
        topology.segment.push(segment_of[*number as usize]);
    }
    for node in 0..order.len() {
        topology.first[node + 1] += topology.first[node];
    }
    (topology, half_of)
}

/// Turn restrictions via nodes as pairs of halves.
fn bans(
    topology: &Topology,
    turns: &[Turn],
    became: &[[(u32, u8); 2]],
    half_of: &[[u32; 2]],
    rank: &[u32],
) -> Vec<[u32; 3]> {
    let half = |(piece, end): (u32, u8)| -> Option<u32> {
        let (stretch, end) = became[piece as usize][usize::from(end)];
        let half = half_of.get(stretch as usize)?[usize::from(end)];
        (half != NONE).then_some(half)
    };
    let mut bans: Vec<[u32; 3]> = Vec::new();
    for turn in turns {
        let node = rank[turn.vertex as usize];
        if node == NONE {
            continue;
        }
        // A road that was closed (to everybody) leaves nothing to forbid; if it was the only one allowed, the rule
        // would close the junction, so it goes as a whole.
        let from: Vec<u32> = turn.from.iter().copied().filter_map(half).collect();
        let to: Vec<u32> = turn.to.iter().copied().filter_map(half).collect();
        if from.is_empty() || to.is_empty() {
            continue;
        }
        for enter in &from {
            let its = topology.first[node as usize]..topology.first[node as usize + 1];
            // Copies of arcs take over what holds for their originals later.
            for leave in its.filter(|it| topology.own(*it) == *it) {
                let forbidden = if turn.only {
                    !to.contains(&leave) && leave != *enter
                } else {
                    to.contains(&leave)
                };
                if forbidden {
                    bans.push([*enter, leave, u32::from(turn.modes)]);
                }
            }
        }
    }
    merge(&mut bans);
    bans
}

/// Sorts forbidden turns; the same turn for several modes becomes one entry.
fn merge(bans: &mut Vec<[u32; 3]>) {
    bans.sort_unstable();
    bans.dedup_by(|next, kept| {
        let same = next[..2] == kept[..2];
        if same {
            kept[2] |= next[2];
        }
        same
    });
}

fn length_cm(shape: &[[i32; 2]]) -> u32 {
    let points = shape
        .windows(2)
        .map(|pair| Point::from_e7(pair[0]).distance_m(Point::from_e7(pair[1])));
    (points.sum::<f64>() * 100.0).round().min(f64::from(u32::MAX)) as u32
}
