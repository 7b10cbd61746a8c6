//! Who is near, on a real city, beside the `cch` crate in the same run.
//!
//! `ECD_TEST_DATA=/folder/of/data cargo bench --bench routing` runs criterion; with `-- figures` behind it, the table
//! of docs/performance.md is measured instead: CPU time (all threads), turns on for us and off for `cch` (it has none),
//! rounds of both in turn, medians of three rounds; for Porto, and for Monaco, a small town.

#![allow(clippy::disallowed_methods)] // a bench reads clocks

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use criterion::Criterion;
use eldercare_dispatch::circle::{Conditions, Direction, Ground, Homes, Live, Mode, Point, Roads};
use nix::sys::resource::{UsageWho, getrusage};

const RESPONDERS: usize = 1_000;
const TARGETS: usize = 200;
const HOMES: usize = 20_000;
const STATIONS: usize = 50;
const LIMIT_SECONDS: u32 = 900;

/// A small generator of numbers, so that every run asks the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

fn extract(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ECD_TEST_DATA")?;
    Some(PathBuf::from(folder).join("osm").join(name))
}

/// `cch` on the arcs of one mode; reversed, one source is the target that responders come to.
struct Theirs {
    engine: cch::Cch,
    weights: Vec<u32>,
    metric: cch::Metric,
}

impl Theirs {
    fn new(roads: &Roads, mode: Mode, reversed: bool) -> Self {
        let mut arcs: Vec<(u32, u32, u32)> = roads.arcs(mode).collect();
        if reversed {
            for arc in &mut arcs {
                *arc = (arc.1, arc.0, arc.2);
            }
            arcs.sort_unstable();
        }
        let nodes = roads.junction_count();
        let mut first_out = vec![0_u32; nodes + 1];
        for (from, ..) in &arcs {
            first_out[*from as usize + 1] += 1;
        }
        for node in 0..nodes {
            first_out[node + 1] += first_out[node];
        }
        let tail: Vec<u32> = arcs.iter().map(|it| it.0).collect();
        let head: Vec<u32> = arcs.iter().map(|it| it.1).collect();
        let weights: Vec<u32> = arcs.iter().map(|it| it.2).collect();
        let lat: Vec<f32> = roads.junctions().map(|it| it.lat() as f32).collect();
        let lon: Vec<f32> = roads.junctions().map(|it| it.lon() as f32).collect();
        let order = cch::inertial_order(nodes as u32, &tail, &head, &lat, &lon);
        let graph = cch::graph::Graph {
            first_out,
            head,
            weight: weights.clone(),
        };
        let engine = cch::Cch::build(&graph, &order);
        let metric = engine.customize(&weights);
        Self {
            engine,
            weights,
            metric,
        }
    }
}

/// One mode's questions.
struct Questions {
    mode: Mode,
    live: Live<u32>,
    responders: Vec<u32>,
    targets: Vec<(u32, Point)>,
    homes: Homes,
    home_nodes: Vec<u32>,
    stations: Vec<(u32, Point)>,
    against: Theirs,
    with: Theirs,
}

impl Questions {
    fn new(roads: &Roads, mode: Mode) -> Self {
        let mut dice = Dice(7);
        let at: Vec<Point> = roads.junctions().collect();
        let mut open: Vec<u32> = roads.arcs(mode).map(|it| it.0).collect();
        open.dedup();
        let mut pick = |count: usize| -> Vec<u32> { (0..count).map(|_| open[dice.below(open.len())]).collect() };
        let (responders, targets, home_nodes, stations) =
            (pick(RESPONDERS), pick(TARGETS), pick(HOMES), pick(STATIONS));
        let ground = Ground::from(roads.clone());
        let mut live = Live::new(ground.clone());
        for (key, node) in responders.iter().enumerate() {
            live.put(key as u32, mode, at[*node as usize]);
        }
        let points: Vec<Point> = home_nodes.iter().map(|it| at[*it as usize]).collect();
        let placed = |nodes: Vec<u32>| nodes.into_iter().map(|it| (it, at[it as usize])).collect();
        Self {
            mode,
            live,
            responders,
            targets: placed(targets),
            homes: Homes::new(&ground, &points, mode, Direction::From),
            home_nodes,
            stations: placed(stations),
            against: Theirs::new(roads, mode, true),
            with: Theirs::new(roads, mode, false),
        }
    }

    /// For each target somebody who can be there within the limit, wherever in the order of arrival.
    fn pairs_within(&self, roads: &Roads) -> Vec<((u32, Point), (u32, Point))> {
        let mut dice = Dice(11);
        let at: Vec<Point> = roads.junctions().collect();
        let mut pairs = Vec::new();
        for target in &self.targets {
            let found = self.live.nearest(target.1, LIMIT_SECONDS, RESPONDERS, |_| true);
            if !found.is_empty() {
                let node = self.responders[found[dice.below(found.len())].key as usize];
                pairs.push(((node, at[node as usize]), *target));
            }
        }
        pairs
    }

    fn ours_nearest(&self, k: usize) -> usize {
        let all = self
            .targets
            .iter()
            .map(|(_, target)| self.live.nearest(*target, LIMIT_SECONDS, k, |_| true).len());
        all.sum()
    }

    fn theirs_ranked(&self) -> usize {
        let view = self.against.engine.view();
        let metric = self.against.metric.view();
        let mut query = cch::ElimTreeQuery::new(&view);
        query.pin_targets(&self.responders);
        let mut costs = vec![0; self.responders.len()];
        let mut count = 0;
        for (target, _) in &self.targets {
            query.reset_source();
            query.add_source_and_run(&metric, *target);
            query.get_distances_to_targets(&mut costs);
            let mut ranked: Vec<(u32, u32)> = costs
                .iter()
                .zip(0..)
                .filter(|(cost, _)| **cost <= LIMIT_SECONDS * 10)
                .map(|(cost, key)| (*cost, key))
                .collect();
            ranked.sort_unstable();
            count += black_box(ranked).len();
        }
        count
    }

    fn ours_coverage(&self) -> usize {
        let stations: Vec<Point> = self.stations.iter().map(|it| it.1).collect();
        let coverage = self.homes.covered_by(&stations, LIMIT_SECONDS);
        (0..STATIONS).map(|station| coverage.count(station)).sum()
    }

    fn theirs_coverage(&self) -> usize {
        let stations: Vec<u32> = self.stations.iter().map(|it| it.0).collect();
        let matrix = cch::distance_matrix(
            &self.with.engine.view(),
            &self.with.metric.view(),
            &stations,
            &self.home_nodes,
        );
        matrix.iter().filter(|cost| **cost <= LIMIT_SECONDS * 10).count()
    }
}

/// 1,000 responders moved by some metres: snapped anew and hung in.
fn move_all(live: &mut Live<u32>, mode: Mode, points: &[Point], round: usize) {
    for (key, point) in points.iter().enumerate() {
        let shift = if (round + key).is_multiple_of(2) {
            0.000_2
        } else {
            -0.000_2
        };
        if let Ok(moved) = Point::new(point.lat() + shift, point.lon()) {
            live.put(key as u32, mode, moved);
        }
    }
}

fn cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system counts our time");
    let of =
        |time: nix::sys::time::TimeVal| Duration::from_micros(time.tv_sec() as u64 * 1_000_000 + time.tv_usec() as u64);
    of(usage.user_time()) + of(usage.system_time())
}

fn memory_mib(what: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|it| it.starts_with(what)).unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|it| it.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1024.0
}

/// The CPU time of one call, from as many calls as fill 150 ms.
fn time<T>(mut work: impl FnMut() -> T) -> f64 {
    black_box(work());
    let begin = cpu();
    let mut calls = 0;
    loop {
        black_box(work());
        calls += 1;
        let spent = cpu() - begin;
        if spent > Duration::from_millis(150) {
            return spent.as_secs_f64() * 1e6 / f64::from(calls);
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Ours, theirs and their ratio, microseconds, medians of three runs in turn.
fn beside(name: &str, mode: &str, calls: f64, mut ours: impl FnMut() -> usize, mut theirs: impl FnMut() -> usize) {
    let (mut a, mut b, mut ratio) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        let (one, other) = (time(&mut ours) / calls, time(&mut theirs) / calls);
        a.push(one);
        b.push(other);
        ratio.push(one / other);
    }
    println!(
        "| {name} | {mode} | {:.1} | {:.1} | {:.2} |",
        median(a),
        median(b),
        median(ratio)
    );
}

fn figures() {
    for name in ["porto.osm.pbf", "monaco.osm.pbf"] {
        let Some(path) = extract(name) else {
            println!("ECD_TEST_DATA is not set: no figures");
            return;
        };
        println!("\n{name}");
        figures_of(&path);
    }
}

fn figures_of(path: &std::path::Path) {
    let extract = roads::open(path).expect("the extract opens");
    // From here on the system counts the peak anew, so that it is the import's.
    let counts_anew = std::fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = memory_mib("VmRSS");
    drop(Roads::import(&*extract).expect("imports"));
    println!(
        "import: peak memory {:.0} MiB more than before{}",
        memory_mib("VmHWM") - before,
        if counts_anew { "" } else { " (of the whole process)" }
    );
    let before = memory_mib("VmRSS");
    let import = median(
        (0..3)
            .map(|_| time(|| Roads::import(&*extract).expect("imports").1.segments) / 1e3)
            .collect(),
    );
    let (roads, report) = Roads::import(&*extract).expect("imports");
    println!("{}", serde_json::to_string_pretty(&report).unwrap_or_default());
    let mut file = Vec::new();
    roads.write_to(&mut file).expect("memory takes it");
    let open = median(
        (0..3)
            .map(|_| time(|| Roads::open(&file).expect("opens").segment_count()) / 1e3)
            .collect(),
    );
    println!(
        "import, three modes: {import:.0} ms CPU; open, three modes: {open:.1} ms CPU; file {} KiB",
        file.len() / 1024
    );
    let roads = Roads::open(&file).expect("opens");
    println!(
        "memory of the arrays: {:.1} MiB; resident {:.0} MiB more than at the start (with the import's leavings)",
        roads.memory_bytes() as f64 / f64::from(1 << 20),
        memory_mib("VmRSS") - before,
    );
    let all: Vec<Questions> = [Mode::Car, Mode::Ebike, Mode::Walk]
        .map(|mode| Questions::new(&roads, mode))
        .into();
    println!("| question | mode | ours, us | cch, us | ratio |\n| --- | --- | --- | --- | --- |");
    for it in &all {
        let mode = format!("{:?}", it.mode);
        let each = TARGETS as f64;
        beside(
            "nearest 20 of 1,000",
            &mode,
            each,
            || it.ours_nearest(20),
            || it.theirs_ranked(),
        );
        beside(
            "all within 15 min of 1,000",
            &mode,
            each,
            || it.ours_nearest(RESPONDERS),
            || it.theirs_ranked(),
        );
        beside(
            "20,000 x 50 coverage",
            &mode,
            1.0,
            || it.ours_coverage(),
            || it.theirs_coverage(),
        );
    }
    for it in &all {
        let mode = format!("{:?}", it.mode);
        let pairs = it.pairs_within(&roads);
        let view = it.with.engine.view();
        let metric = it.with.metric.view();
        let mut query = cch::PathQuery::new(&view);
        beside(
            "one way of at most 15 min, with its line",
            &mode,
            pairs.len() as f64,
            || {
                let trips = pairs
                    .iter()
                    .map(|((_, from), (_, to))| roads.travel(*from, *to, it.mode));
                trips.filter(Option::is_some).count()
            },
            || {
                let paths = pairs.iter().map(|((from, _), (to, _))| query.path(&metric, *from, *to));
                paths.filter(Option::is_some).count()
            },
        );
    }
    let conditions = Conditions::default().slowed(Mode::Car, 0.8);
    for it in &all {
        let mode = format!("{:?}", it.mode);
        let customizer = it.with.engine.customizer();
        let mut metric = customizer.customize(&it.with.weights);
        let mut changing = Roads::open(&file).expect("opens");
        let reweigh = || {
            changing.reweigh_mode(&conditions, it.mode);
            0
        };
        let customize = || {
            customizer.customize_into(&it.with.weights, &mut metric);
            0
        };
        beside("new speeds for the whole city", &mode, 1.0, reweigh, customize);
    }
    for it in &all {
        let points: Vec<Point> = it
            .responders
            .iter()
            .map(|node| roads.junctions().nth(*node as usize).expect("it is one"))
            .collect();
        let mut live = it.live.clone();
        let mut round = 0;
        let moves: Vec<f64> = (0..3)
            .map(|_| {
                time(|| {
                    round += 1;
                    move_all(&mut live, it.mode, &points, round);
                })
            })
            .collect();
        println!("1,000 positions, {:?}: {:.2} ms", it.mode, median(moves) / 1e3);
        let ground = Ground::from(roads.clone());
        let area = median(
            (0..3)
                .map(|_| {
                    time(|| {
                        it.targets
                            .iter()
                            .take(20)
                            .map(|(_, at)| ground.isochrone(*at, it.mode, 15, Direction::To).geometry.is_some())
                            .filter(|it| *it)
                            .count()
                    }) / 20e3
                })
                .collect(),
        );
        let trip = median(
            (0..3)
                .map(|_| {
                    time(|| {
                        it.targets
                            .windows(2)
                            .filter_map(|pair| roads.travel(pair[0].1, pair[1].1, it.mode))
                            .count()
                    }) / (TARGETS as f64 - 1.0)
                })
                .collect(),
        );
        println!(
            "15 min area, {:?}: {area:.2} ms; a journey across the region: {trip:.0} us",
            it.mode
        );
    }
}

fn criterion() {
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    let Some(path) = extract("porto.osm.pbf") else {
        println!("ECD_TEST_DATA is not set: nothing to measure");
        return;
    };
    let extract = roads::open(&path).expect("the extract opens");
    let (roads, _) = Roads::import(&*extract).expect("imports");
    let mut file = Vec::new();
    roads.write_to(&mut file).expect("memory takes it");
    criterion.bench_function("import", |b| {
        b.iter(|| Roads::import(&*extract).expect("imports").1.segments)
    });
    criterion.bench_function("open", |b| {
        b.iter(|| Roads::open(&file).expect("opens").segment_count())
    });
    for mode in [Mode::Car, Mode::Ebike, Mode::Walk] {
        let it = Questions::new(&roads, mode);
        let mut group = criterion.benchmark_group(format!("{mode:?}"));
        group.bench_function("200 x nearest 20 of 1,000", |b| b.iter(|| it.ours_nearest(20)));
        group.bench_function("200 x all within 15 min", |b| b.iter(|| it.ours_nearest(RESPONDERS)));
        group.bench_function("200 x ranked by cch", |b| b.iter(|| it.theirs_ranked()));
        group.bench_function("coverage", |b| b.iter(|| it.ours_coverage()));
        group.bench_function("coverage by cch", |b| b.iter(|| it.theirs_coverage()));
        group.finish();
    }
    criterion.final_summary();
}

fn main() {
    if std::env::args().any(|it| it == "figures") {
        figures()
    } else {
        criterion()
    }
}
