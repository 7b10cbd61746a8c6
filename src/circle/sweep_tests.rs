//! The sweep against Dijkstra on the graph of arcs, with every turn written out; and against another engine.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use roads::{Error, Extract, Kind, Member, Node, Object, Relation, Tags, Wanted, Way};

use super::graph::{CLOSED, Roads, WHOLE};
use super::snap::Place;
use super::speeds::{Conditions, Mode};
use super::sweep::{Bare, Direction, Leaves, Net, Passage, Queue, Seed, share, sweep, with_scratch};

/// A made-up town: junctions on a grid, roads between any two, forbidden turns.
#[derive(Debug, Clone)]
struct Town {
    side: i64,
    /// From, to, one-way.
    roads: Vec<(i64, i64, bool)>,
    /// Road, road and whether this is the only turn allowed.
    turns: Vec<(usize, usize, bool)>,
    /// Walks of three or four roads whose last one is forbidden, or the only one allowed, after the others: where each
    /// begins, and which road is taken at each corner.
    walks: Vec<(usize, Vec<usize>, bool)>,
}

impl Town {
    /// The corners of a walk and its roads; `None` if it comes to an end or to a corner twice.
    fn walk(&self, (first, picks, _): &(usize, Vec<usize>, bool)) -> Option<(Vec<i64>, Vec<usize>)> {
        let road = first % self.roads.len();
        let (a, b, _) = self.roads[road];
        let (mut corners, mut roads) = (vec![a, b], vec![road]);
        for pick in picks {
            let at = *corners.last()?;
            let its: Vec<(usize, i64)> = (0..self.roads.len())
                .filter_map(|number| match self.roads[number] {
                    (a, b, _) if a == at => Some((number, b)),
                    (a, b, _) if b == at => Some((number, a)),
                    _ => None,
                })
                .filter(|(_, to)| !corners.contains(to))
                .collect();
            let (road, to) = *its.get(pick % its.len().max(1))?;
            roads.push(road);
            corners.push(to);
        }
        Some((corners, roads))
    }
}

impl Extract for Town {
    fn name(&self) -> &str {
        "a made-up town"
    }

    fn stream(&self, wanted: Wanted, visit: &mut dyn FnMut(Object<'_>)) -> Result<(), Error> {
        if wanted.nodes {
            for id in 0..self.side * self.side {
                let lat = 39.0 + (id / self.side) as f64 * 0.001 + (id % 7) as f64 * 0.0001;
                let lon = 117.0 + (id % self.side) as f64 * 0.0013 + (id % 5) as f64 * 0.0001;
                visit(Object::Node(Node {
                    id,
                    lat,
                    lon,
                    tags: Tags::new(&[]),
                }));
            }
        }
        for (way, (from, to, oneway)) in self.roads.iter().enumerate().filter(|_| wanted.ways) {
            let tags = [
                ("highway", "residential"),
                ("oneway", if *oneway { "yes" } else { "no" }),
            ];
            visit(Object::Way(Way {
                id: way as i64,
                refs: &[*from, *to],
                tags: Tags::new(&tags),
            }));
        }
        for (id, (enter, leave, only)) in self.turns.iter().enumerate().filter(|_| wanted.relations) {
            let ends = |road: usize| BTreeSet::from([self.roads[road].0, self.roads[road].1]);
            let (a, b) = (enter % self.roads.len(), leave % self.roads.len());
            let Some(via) = ends(a).intersection(&ends(b)).next().copied() else {
                continue;
            };
            let members = [
                Member {
                    kind: Kind::Way,
                    id: a as i64,
                    role: "from",
                },
                Member {
                    kind: Kind::Node,
                    id: via,
                    role: "via",
                },
                Member {
                    kind: Kind::Way,
                    id: b as i64,
                    role: "to",
                },
            ];
            let what = if *only { "only_straight_on" } else { "no_left_turn" };
            let tags = [("type", "restriction"), ("restriction", what)];
            visit(Object::Relation(Relation {
                id: id as i64,
                members: &members,
                tags: Tags::new(&tags),
            }));
        }
        for (id, walk) in self.walks.iter().enumerate().filter(|_| wanted.relations) {
            let Some((_, roads)) = self.walk(walk) else { continue };
            let last = roads.len() - 1;
            let members = roads.iter().enumerate().map(|(place, road)| Member {
                kind: Kind::Way,
                id: *road as i64,
                role: match place {
                    0 => "from",
                    place if place == last => "to",
                    _ => "via",
                },
            });
            let members: Vec<Member<'_>> = members.collect();
            let what = if walk.2 { "only_left_turn" } else { "no_left_turn" };
            let tags = [("type", "restriction"), ("restriction", what)];
            visit(Object::Relation(Relation {
                id: 1_000 + id as i64,
                members: &members,
                tags: Tags::new(&tags),
            }));
        }
        Ok(())
    }
}

fn town() -> impl Strategy<Value = Town> {
    (3..7_i64).prop_flat_map(|side| {
        let corners = side * side;
        // Mostly streets of a grid, some of them missing or one-way, and a few long ones across.
        let street = (0..corners, any::<bool>(), prop::bool::weighted(0.3)).prop_map(move |(a, right, oneway)| {
            let b = if right && a % side + 1 < side {
                a + 1
            } else {
                (a + side) % corners
            };
            (a, b, oneway)
        });
        let any_road = (0..corners, 0..corners, prop::bool::weighted(0.3));
        let roads = prop::collection::vec(prop_oneof![8 => street, 1 => any_road], 4..(corners as usize * 3));
        let turns = prop::collection::vec((0..500_usize, 0..500_usize, prop::bool::weighted(0.2)), 0..60);
        let picks = prop::collection::vec(0..12_usize, 2..4);
        let walks = prop::collection::vec((0..500_usize, picks, prop::bool::weighted(0.3)), 0..12);
        (roads, turns, walks).prop_map(move |(mut roads, turns, walks)| {
            roads.retain(|(a, b, _)| a != b);
            // One road between two corners, so that a walk says clearly which one it takes.
            let mut seen = BTreeSet::new();
            roads.retain(|(a, b, _)| seen.insert((*a.min(b), *a.max(b))));
            Town {
                side,
                roads,
                turns,
                walks,
            }
        })
    })
}

/// Something hangs in the middle of every arc.
struct Everywhere {
    costs: BTreeMap<u32, u32>,
    came_in_order: bool,
    last: u32,
}

impl Leaves for Everywhere {
    fn any(&self, _: u32) -> bool {
        true
    }
    fn passed(&mut self, passage: Passage, queue: &mut Queue) {
        if let Some(cost) = passage.cost_at(WHOLE / 2) {
            queue.push_leaf(cost, passage.half, passage.arrival);
        }
    }
    fn reached(&mut self, leaf: u32, cost: u32, _: u32) -> bool {
        self.came_in_order &= self.last <= cost;
        self.last = cost;
        self.costs.entry(leaf).or_insert(cost);
        true
    }
}

/// The paths of arcs that nobody in `mode` may travel, in the direction of traffic: what the turns and walks say, looked
/// up by where their corners lie.
fn forbidden_paths(town: &Town, roads: &Roads, mode: Mode) -> Vec<Vec<u32>> {
    let topology = &roads.topology;
    let out = &roads.times(mode).out;
    if mode == Mode::Walk {
        return Vec::new();
    }
    let mut places = BTreeMap::new();
    let nodes = Wanted {
        nodes: true,
        ways: false,
        relations: false,
    };
    town.stream(nodes, &mut |object| {
        if let Object::Node(node) = object {
            places.insert(
                node.id,
                super::coordinates::Point::new(node.lat, node.lon).unwrap().to_e7(),
            );
        }
    })
    .unwrap();
    // The arc on which one travels straight from one corner to the next.
    let arc = |from: i64, to: i64| -> Option<u32> {
        let (from, to) = (places[&from], places[&to]);
        (0..topology.originals() as u32).find_map(|segment| {
            let start = topology.start[segment as usize];
            let has = |pair: [[i32; 2]; 2]| topology.shape_of(segment).windows(2).any(|it| it == pair);
            if has([from, to]) {
                Some(start)
            } else {
                has([to, from]).then(|| topology.twin[start as usize])
            }
        })
    };
    let open = |half: &u32| out[*half as usize].cost < CLOSED;
    // What leaves the end of `arcs` without being `allowed`, nor the way back.
    let others = |arcs: &[u32], allowed: u32| {
        let last = *arcs.last().unwrap();
        let node = topology.head[last as usize];
        let all = topology.first[node as usize]..topology.first[node as usize + 1];
        let others = all.filter(|other| {
            topology.own(*other) == *other && *other != allowed && *other != topology.twin[last as usize]
        });
        others.map(|other| [arcs, &[other]].concat()).collect::<Vec<_>>()
    };
    let mut paths = Vec::new();
    for (enter, leave, only) in &town.turns {
        let (a, b) = (
            town.roads[enter % town.roads.len()],
            town.roads[leave % town.roads.len()],
        );
        let ends = |road: (i64, i64, bool)| BTreeSet::from([road.0, road.1]);
        let Some(via) = ends(a).intersection(&ends(b)).next().copied() else {
            continue;
        };
        let beyond = |road: (i64, i64, bool)| if road.0 == via { road.1 } else { road.0 };
        if let (Some(enter), Some(leave)) = (arc(beyond(a), via), arc(via, beyond(b))) {
            if *only {
                paths.extend(others(&[enter], leave));
            } else {
                paths.push(vec![enter, leave]);
            }
        }
    }
    for walk in &town.walks {
        let Some((corners, _)) = town.walk(walk) else { continue };
        let arcs: Option<Vec<u32>> = corners.windows(2).map(|pair| arc(pair[0], pair[1])).collect();
        let Some(mut arcs) = arcs.filter(|arcs| arcs.iter().all(open)) else {
            continue;
        };
        arcs.dedup();
        if !walk.2 {
            paths.push(arcs);
            continue;
        }
        let allowed = arcs.pop().unwrap();
        paths.extend(others(&arcs, allowed));
    }
    paths
}

/// The cost at which each arc of `net` is entered, by Dijkstra over the last three arcs of a journey, copies left out.
/// Arcs that are seeds are entered at their seeds too; those costs are not in the answer unless the arc is entered at its
/// beginning later.
fn expanded(town: &Town, roads: &Roads, net: &Net<'_>, direction: Direction, seeds: &[Seed]) -> BTreeMap<u32, u32> {
    let topology = &roads.topology;
    let mut paths = forbidden_paths(town, roads, net.mode);
    if direction == Direction::To {
        // Against traffic the last arc comes first, and each is entered at its other end.
        for path in &mut paths {
            path.reverse();
            path.iter_mut().for_each(|half| *half = topology.twin[*half as usize]);
        }
    }
    let longest = paths.iter().map(Vec::len).max().unwrap_or(2);
    let out = &roads.times(net.mode).out;
    let original = |half: u32| topology.own(half) == half;
    let may_turn = |past: &[u32], goes: u32| {
        let came = *past.last().unwrap();
        let via = topology.head[came as usize];
        if topology.tail(goes) != via || net.cost(goes) >= CLOSED || !original(goes) {
            return false;
        }
        let back = topology.twin[came as usize];
        let journey = [past, &[goes]].concat();
        if paths.iter().any(|path| journey.ends_with(path)) {
            return false;
        }
        let its = topology.first[via as usize]..topology.first[via as usize + 1];
        let ways_out = its
            .filter(|it| out[*it as usize].cost < CLOSED && original(*it))
            .count();
        goes != back || ways_out == 1
    };
    let mut entered: BTreeMap<u32, u32> = BTreeMap::new();
    let mut best: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
    let mut open = std::collections::BinaryHeap::new();
    for seed in seeds.iter().filter(|seed| original(seed.half)) {
        let cost = seed.spent + share(net.cost(seed.half), WHOLE - seed.from);
        open.push((std::cmp::Reverse(cost), vec![seed.half]));
    }
    while let Some((std::cmp::Reverse(cost), past)) = open.pop() {
        if best.contains_key(&past) {
            continue;
        }
        best.insert(past.clone(), cost);
        let via = topology.head[*past.last().unwrap() as usize];
        for goes in topology.first[via as usize]..topology.first[via as usize + 1] {
            if may_turn(&past, goes) {
                let at = entered.entry(goes).or_insert(u32::MAX);
                *at = (*at).min(cost);
                let mut next = [past.as_slice(), &[goes]].concat();
                next.drain(..next.len().saturating_sub(longest - 1));
                open.push((std::cmp::Reverse(cost + net.cost(goes)), next));
            }
        }
    }
    entered
}

/// Closed arcs that the component cut left would hide nothing; the oracle and the sweep see the same network.
fn import(town: &Town) -> Option<Roads> {
    Roads::import(town).ok().map(|(roads, _)| roads)
}

/// The place at `from` on the segment that `number` names, in the one direction or the other.
fn on_the_road(number: u32, from: u32) -> Place {
    let along = if number.is_multiple_of(2) { from } else { WHOLE - from };
    Place::on(number / 2, along)
}

fn seeds(net: &Net<'_>, number: u32, from: u32, spent: u32) -> Vec<Seed> {
    let seeds = net.seeds(&on_the_road(number, from));
    seeds.into_iter().map(|it| Seed { spent, ..it }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_sweep_is_dijkstra_over_arcs_with_every_turn_written_out(
        town in town(), pick in any::<prop::sample::Index>(), from in 0..=WHOLE,
        mode in prop::sample::select(vec![Mode::Walk, Mode::Ebike, Mode::Car]),
        direction in prop::sample::select(vec![Direction::From, Direction::To]),
    ) {
        let Some(roads) = import(&town) else { return Ok(()) };
        let net = roads.net(mode, direction);
        let half = pick.index(roads.topology.originals() * 2) as u32;
        let seeds = seeds(&net, half, from, 7);
        let entered = expanded(&town, &roads, &net, direction, &seeds);
        let mut leaves = Everywhere { costs: BTreeMap::new(), came_in_order: true, last: 0 };
        let reached = with_scratch(|scratch| {
            sweep(&net, scratch, &seeds, 200_000, &mut leaves);
            (0..roads.topology.nodes() as u32).map(|node| scratch.cost_of(node)).collect::<Vec<_>>()
        });
        prop_assert!(leaves.came_in_order);
        // In the middle of every segment, whichever way one came: what a responder there would be told.
        for segment in 0..roads.topology.originals() {
            let start = roads.topology.start[segment];
            let pair = [start, roads.topology.twin[start as usize]];
            let want = pair.iter().filter_map(|half| {
                let mut all = Vec::new();
                if let Some(cost) = entered.get(half) {
                    all.push(cost + share(net.cost(*half), WHOLE / 2));
                }
                for seed in seeds.iter().filter(|it| it.half == *half) {
                    if let Some(ahead) = (WHOLE / 2).checked_sub(seed.from) {
                        all.push(seed.spent + share(net.cost(*half), ahead));
                    }
                }
                all.into_iter().min()
            }).min();
            let copies = roads.topology.copies(segment as u32).map(|it| roads.topology.start[it as usize]);
            let all = copies.flat_map(|half| [half, roads.topology.twin[half as usize]]).chain(pair);
            let got = all.filter_map(|half| leaves.costs.get(&half)).min().copied();
            prop_assert_eq!(got, want, "segment {} of {:?}", segment, mode);
        }
        // And at every junction.
        for (node, cost) in reached.iter().enumerate() {
            let mut want = u32::MAX;
            for half in roads.topology.first[node]..roads.topology.first[node + 1] {
                let arc = roads.topology.twin[half as usize];
                if net.cost(arc) >= CLOSED || roads.topology.own(arc) != arc {
                    continue;
                }
                if let Some(entered) = entered.get(&arc) {
                    want = want.min(entered + net.cost(arc));
                }
                for seed in seeds.iter().filter(|it| it.half == arc) {
                    want = want.min(seed.spent + share(net.cost(arc), WHOLE - seed.from));
                }
            }
            prop_assert_eq!(cost.unwrap_or(u32::MAX), want, "junction {}", node);
        }
    }

    #[test]
    fn against_traffic_takes_as_long_as_with_it(
        town in town(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(),
    ) {
        let Some(roads) = import(&town) else { return Ok(()) };
        let count = roads.topology.originals() * 2;
        let (a, b) = (a.index(count) as u32, b.index(count) as u32);
        let cost = |direction: Direction, from: u32, to: u32| {
            let net = roads.net(Mode::Car, direction);
            let mut leaves = Everywhere { costs: BTreeMap::new(), came_in_order: true, last: 0 };
            with_scratch(|scratch| sweep(&net, scratch, &seeds(&net, from, WHOLE / 2, 0), 200_000, &mut leaves));
            let mut found = Vec::new();
            let place = on_the_road(to, WHOLE / 2);
            net.hooks(&place, |it| found.extend(leaves.costs.get(&it.half)));
            found.into_iter().min()
        };
        let (with, against) = (cost(Direction::From, a, b), cost(Direction::To, b, a));
        prop_assert_eq!(with.is_some(), against.is_some());
        // The two ends are shares of an arc; each is rounded once.
        prop_assert!(with.unwrap_or(0).abs_diff(against.unwrap_or(0)) <= 2, "{with:?} {against:?}");
    }

    #[test]
    fn a_larger_limit_only_adds(town in town(), pick in any::<prop::sample::Index>(), limit in 0..2_000_u32) {
        let Some(roads) = import(&town) else { return Ok(()) };
        let net = roads.net(Mode::Ebike, Direction::To);
        let half = pick.index(roads.topology.halves()) as u32;
        let seeds = [half, roads.topology.twin[half as usize]].map(|half| Seed { half, from: WHOLE / 2, spent: 0 });
        let reached = |limit: u32| with_scratch(|scratch| {
            sweep(&net, scratch, &seeds, limit, &mut Bare);
            (0..roads.topology.nodes() as u32).map(|node| scratch.cost_of(node)).collect::<Vec<_>>()
        });
        let (small, large) = (reached(limit), reached(limit * 2 + 100));
        for (small, large) in small.iter().zip(&large) {
            match small {
                Some(cost) => {
                    prop_assert!(*cost <= limit);
                    prop_assert_eq!(Some(*cost), *large);
                }
                None => prop_assert!(large.is_none_or(|it| it > limit)),
            }
        }
    }

    #[test]
    fn the_ways_lead_back_to_the_seed_and_cost_what_they_say(town in town(), pick in any::<prop::sample::Index>()) {
        struct Check<'a> { net: Net<'a>, wrong: Option<String> }
        impl Leaves for Check<'_> {
            fn any(&self, _: u32) -> bool { true }
            fn passed(&mut self, passage: Passage, queue: &mut Queue) {
                let ways: Vec<u32> = queue.way_to(passage.arrival).collect();
                let sum: u32 = ways.iter().map(|half| self.net.cost(*half)).sum();
                if sum != passage.spent {
                    self.wrong = Some(format!("{ways:?} cost {sum}, not {}", passage.spent));
                }
            }
            fn reached(&mut self, _: u32, _: u32, _: u32) -> bool { true }
        }
        let Some(roads) = import(&town) else { return Ok(()) };
        let net = roads.net(Mode::Car, Direction::From);
        let seeds = [Seed { half: pick.index(roads.topology.halves()) as u32, from: 0, spent: 0 }];
        let mut check = Check { net, wrong: None };
        with_scratch(|scratch| sweep(&net, scratch, &seeds, 200_000, &mut check));
        prop_assert_eq!(check.wrong, None);
    }
}

/// Both engines over junctions, without turn rules: the sweep's bans are dropped, and turning round gains nothing when
/// no turn is forbidden.
#[test]
fn on_a_city_the_other_engine_finds_the_same_times() {
    let Some(folder) = std::env::var_os("ECD_TEST_DATA") else {
        println!("ECD_TEST_DATA is not set: the sweep was not compared with cch on Porto");
        return;
    };
    let path = std::path::Path::new(&folder).join("osm/porto.osm.pbf");
    let (roads, _) = Roads::import(&*roads::open(path).unwrap()).unwrap();
    let mut topology = std::sync::Arc::try_unwrap(roads.topology).unwrap();
    topology.bans.clear();
    let roads = Roads::new(topology, &Conditions::default());
    // Their preparation takes half a minute a mode without optimisation.
    let modes: &[Mode] = if cfg!(debug_assertions) {
        &[Mode::Car]
    } else {
        &Mode::ALL
    };
    for mode in modes.iter().copied() {
        let net = roads.net(mode, Direction::From);
        let topology = &roads.topology;
        let (mut first_out, mut head, mut weight) = (vec![0_u32], Vec::new(), Vec::new());
        for node in 0..topology.nodes() {
            for half in topology.first[node]..topology.first[node + 1] {
                if net.cost(half) < CLOSED {
                    head.push(topology.head[half as usize]);
                    weight.push(net.cost(half));
                }
            }
            first_out.push(head.len() as u32);
        }
        let graph = cch::graph::Graph {
            first_out,
            head,
            weight,
        };
        let tail: Vec<u32> = (0..graph.node_count() as u32)
            .flat_map(|node| {
                let arcs = graph.first_out[node as usize]..graph.first_out[node as usize + 1];
                arcs.map(move |_| node)
            })
            .collect();
        let lat: Vec<f32> = topology.node_at.iter().map(|at| at[0] as f32 / 1e7).collect();
        let lon: Vec<f32> = topology.node_at.iter().map(|at| at[1] as f32 / 1e7).collect();
        let order = cch::inertial_order(graph.node_count() as u32, &tail, &graph.head, &lat, &lon);
        let engine = cch::Cch::build(&graph, &order);
        let metric = engine.customize(&graph.weight);
        let nodes = topology.nodes() as u32;
        let (mut compared, mut within, mut apart) = (0, 0, 0);
        for step in 0..20_u32 {
            // A source from which the mode may leave: its own arc backwards, entered at the far end, costs nothing.
            let source = (0..nodes)
                .map(|it| (step * 7919 + it) % nodes)
                .find(|node| {
                    let its = topology.first[*node as usize]..topology.first[*node as usize + 1];
                    its.into_iter()
                        .any(|half| net.cost(topology.twin[half as usize]) < CLOSED)
                })
                .unwrap();
            let its = topology.first[source as usize]..topology.first[source as usize + 1];
            let arc = its
                .map(|half| topology.twin[half as usize])
                .find(|half| net.cost(*half) < CLOSED)
                .unwrap();
            // Every arc into the source, at its end, so that no turn at the source is a turn back.
            let its = topology.first[source as usize]..topology.first[source as usize + 1];
            let seeds: Vec<Seed> = its
                .map(|half| Seed {
                    half: topology.twin[half as usize],
                    from: WHOLE,
                    spent: 0,
                })
                .filter(|it| net.cost(it.half) < CLOSED)
                .collect();
            assert!(seeds.iter().any(|it| it.half == arc));
            let targets: Vec<u32> = (0..50).map(|it| (it * 104_729 + step * 31) % nodes).collect();
            let theirs = cch::distances_from(&engine.view(), &metric.view(), source, &targets);
            let ours = with_scratch(|scratch| {
                sweep(&net, scratch, &seeds, 200_000, &mut Bare);
                targets.iter().map(|node| scratch.cost_of(*node)).collect::<Vec<_>>()
            });
            for (ours, theirs) in ours.iter().zip(&theirs) {
                compared += 1;
                // Walking across the whole region takes longer than a sweep may.
                let theirs = (*theirs <= 200_000).then_some(*theirs);
                within += usize::from(theirs.is_some());
                apart += usize::from(*ours != theirs);
            }
        }
        assert_eq!((compared, apart), (1_000, 0), "{mode:?}");
        assert!(within > 500, "{mode:?}: {within}");
    }
}
