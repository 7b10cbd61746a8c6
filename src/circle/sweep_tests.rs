//! The sweep against Dijkstra on the graph of arcs, with every turn written out; and against another engine.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};
use proptest::prelude::*;
use roads::{Error, Extract, Kind, Member, Node, Object, Relation, Tags, Wanted, Way};

use super::graph::{CLOSED, Roads, WHOLE};
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
        (roads, turns).prop_map(move |(roads, turns)| {
            let roads: Vec<_> = roads.into_iter().filter(|(a, b, _)| a != b).collect();
            Town { side, roads, turns }
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

/// The cost at which each arc of `net` is entered, by Dijkstra over arcs. Arcs that are seeds are entered at their
/// seeds too; those costs are not in the answer unless the arc is entered at its beginning later.
fn expanded(roads: &Roads, net: &Net<'_>, direction: Direction, seeds: &[Seed]) -> BTreeMap<u32, u32> {
    let topology = &roads.topology;
    let bit = u32::from(net.mode.bit());
    let halves = topology.halves() as u32;
    let mut graph = DiGraph::<(), u32>::new();
    for _ in 0..=halves {
        graph.add_node(());
    }
    let node = |half: u32| NodeIndex::new(half as usize);
    // The state `half` means: at the far end of the arc.
    let out = &roads.times(net.mode).out;
    let may_turn = |came: u32, goes: u32| {
        let via = topology.head[came as usize];
        if topology.tail(goes) != via || net.cost(goes) >= CLOSED {
            return false;
        }
        let back = topology.twin[came as usize];
        let (enter, leave) = match direction {
            Direction::From => (back, goes),
            Direction::To => (goes, back),
        };
        if topology
            .bans
            .iter()
            .any(|ban| ban[0] == enter && ban[1] == leave && ban[2] & bit != 0)
        {
            return false;
        }
        let its = topology.first[via as usize]..topology.first[via as usize + 1];
        let ways_out = its.filter(|it| out[*it as usize].cost < CLOSED).count();
        goes != back || ways_out == 1
    };
    for came in (0..halves).filter(|it| net.cost(*it) < CLOSED) {
        for goes in 0..halves {
            if may_turn(came, goes) {
                graph.add_edge(node(came), node(goes), net.cost(goes));
            }
        }
    }
    let source = node(halves);
    for seed in seeds {
        let cost = seed.spent + share(net.cost(seed.half), WHOLE - seed.from);
        graph.add_edge(source, node(seed.half), cost);
    }
    let ends = petgraph::algo::dijkstra(&graph, source, None, |edge| *edge.weight());
    let mut entered = BTreeMap::new();
    for came in (0..halves).filter(|it| net.cost(*it) < CLOSED) {
        let Some(cost) = ends.get(&node(came)) else { continue };
        for goes in 0..halves {
            if may_turn(came, goes) {
                let best = entered.entry(goes).or_insert(u32::MAX);
                *best = (*best).min(*cost);
            }
        }
    }
    entered
}

/// Closed arcs that the component cut left would hide nothing; the oracle and the sweep see the same network.
fn import(town: &Town) -> Option<Roads> {
    Roads::import(town).ok().map(|(roads, _)| roads)
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
        let half = pick.index(roads.topology.halves()) as u32;
        let twin = roads.topology.twin[half as usize];
        let mut seeds = vec![Seed { half, from, spent: 7 }, Seed { half: twin, from: WHOLE - from, spent: 7 }];
        seeds.retain(|it| net.cost(it.half) < CLOSED);
        let entered = expanded(&roads, &net, direction, &seeds);
        let mut leaves = Everywhere { costs: BTreeMap::new(), came_in_order: true, last: 0 };
        let reached = with_scratch(|scratch| {
            sweep(&net, scratch, &seeds, 200_000, &mut leaves);
            (0..roads.topology.nodes() as u32).map(|node| scratch.cost_of(node)).collect::<Vec<_>>()
        });
        prop_assert!(leaves.came_in_order);
        // In the middle of every segment, whichever way one came: what a responder there would be told.
        for segment in 0..roads.topology.segments() {
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
            let got = pair.iter().filter_map(|half| leaves.costs.get(half)).min().copied();
            prop_assert_eq!(got, want, "segment {} of {:?}", segment, mode);
        }
        // And at every junction.
        for (node, cost) in reached.iter().enumerate() {
            let mut want = u32::MAX;
            for half in roads.topology.first[node]..roads.topology.first[node + 1] {
                let arc = roads.topology.twin[half as usize];
                if net.cost(arc) >= CLOSED {
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
        let topology = &roads.topology;
        let (a, b) = (a.index(topology.halves()) as u32, b.index(topology.halves()) as u32);
        let halfway = |half: u32| [half, topology.twin[half as usize]].map(|half| Seed { half, from: WHOLE / 2, spent: 0 });
        let cost = |direction: Direction, from: u32, to: u32| {
            let net = roads.net(Mode::Car, direction);
            let mut leaves = Everywhere { costs: BTreeMap::new(), came_in_order: true, last: 0 };
            with_scratch(|scratch| sweep(&net, scratch, &halfway(from), 200_000, &mut leaves));
            halfway(to).iter().filter_map(|it| leaves.costs.get(&it.half)).min().copied()
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
