//! What is measured of the service.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use eldercare_dispatch::store::{Store, StoreConfig};
use futures_util::StreamExt as _;
use sea_orm::{ConnectionTrait as _, Statement};
use tokio_tungstenite::tungstenite::Message;

use super::service::{Server, Syncs, fdatasync_p50};
use super::wire::{Answer, Line, flood, ms, post, quantile, steady};
use super::{Bench, Kind, Running, street};

/// How long anything may take before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(120);
/// Live sockets.
const SOCKETS: usize = 100;

/// An alert of watch `n`, under the reference `reference` with the watch's number.
pub fn alert(bench: &Bench, kind: &'static str, reference: &'static str) -> Rc<dyn Fn(usize) -> Vec<u8>> {
    let shown: Rc<[String]> = bench.shown.clone().into();
    Rc::new(move |n| {
        let body = format!("{{\"kind\":\"{kind}\",\"source_ref\":\"{reference}{n}\"}}");
        post("/api/v1/alerts", &shown[n], &body)
    })
}

pub fn all_are(answers: &[Answer], status: u16) {
    if let Some(it) = answers.iter().find(|it| it.status != status) {
        panic!("{status} was awaited, not {}: {}", it.status, it.body);
    }
}

pub fn median_of(values: &[f64]) -> f64 {
    quantile(&mut values.to_vec(), 0.5)
}

pub fn line(bench: &Bench, what: &str, unit: &str, values: &[f64], syncs: &[f64]) {
    let list = |values: &[f64], digits: usize| {
        let texts: Vec<String> = values.iter().map(|it| format!("{it:.digits$}")).collect();
        texts.join(" ")
    };
    let digits = if median_of(values) >= 100.0 { 0 } else { 3 };
    let void = if syncs.iter().any(|it| *it > 0.5) {
        "  VOID in part"
    } else {
        ""
    };
    println!(
        "{}: {what}: {:.digits$} {unit} ({}); fdatasync p50 {} ms{void}",
        bench.name,
        median_of(values),
        list(values, digits),
        list(syncs, 2)
    );
}

/// Acknowledged alerts a second by 1, 64 and 256 senders, each about another elder; syncs of each acknowledgement.
pub async fn intake(bench: &Bench) {
    const SENDERS: [(usize, usize); 3] = [(1, 2_000), (64, 20_000), (256, 20_000)];
    // Of each number of senders, one figure a run: rate, sync, syncs, processor time, p99.
    let mut found: [[Vec<f64>; 5]; SENDERS.len()] = Default::default();
    for _ in 0..bench.runs {
        for (at, (senders, most)) in SENDERS.into_iter().enumerate() {
            let running = bench.start().await;
            let address = &running.server.address;
            let warm = 500.min(bench.shown.len() / 10);
            all_are(&flood(address, 16, 0, warm, alert(bench, "sos", "a")).await.1, 201);
            let sync = fdatasync_p50(running.folder.path());
            let counted = counted_syncs(bench, &running);
            let cpu = running.server.cpu();
            let count = most.min(bench.shown.len() - warm);
            let (rate, answers) = flood(address, senders, warm, count, alert(bench, "sos", "a")).await;
            let cpu = (running.server.cpu() - cpu).as_secs_f64() * 1e6 / count as f64;
            let syncs = counted.done().map_or(f64::NAN, |it| it / count as f64);
            all_are(&answers, 201);
            let mut took: Vec<f64> = answers.iter().map(|it| ms(it.took)).collect();
            let it = &mut found[at];
            it[0].push(rate);
            it[1].push(sync);
            it[2].push(syncs);
            it[3].push(cpu);
            it[4].push(quantile(&mut took, 0.99));
            running.server.stop();
        }
    }
    for ((senders, _), [rates, sync, syncs, cpu, p99]) in SENDERS.into_iter().zip(&found) {
        line(
            bench,
            &format!("acknowledged, {senders} senders"),
            "a second",
            rates,
            sync,
        );
        println!(
            "    syncs of each acknowledgement {:.3}; processor time of the service {:.0} us an alert; p99 {:.1} ms",
            median_of(syncs),
            median_of(cpu),
            median_of(p99)
        );
    }
    println!(
        "{}: 64 senders ÷ 1 sender: {:.1}",
        bench.name,
        median_of(&found[1][0]) / median_of(&found[0][0])
    );
}

/// Counts the syncs of the service, or of the database server for it.
enum Counted<'a> {
    Here(Syncs),
    There(&'a super::PostgresServer, f64),
}

/// PostgreSQL counts the syncs of its log itself; what it has counted shows within a second.
fn wal_syncs(server: &super::PostgresServer) -> f64 {
    std::thread::sleep(Duration::from_millis(1_200));
    let text = server.psql("postgres", "SELECT wal_sync FROM pg_stat_wal");
    text.trim().parse().expect("a number")
}

fn counted_syncs<'a>(bench: &'a Bench, running: &Running) -> Counted<'a> {
    match &bench.kind {
        Kind::Sqlite(_) => Counted::Here(Syncs::of(&running.server, running.folder.path())),
        Kind::Postgres(server) => Counted::There(server, wal_syncs(server)),
    }
}

impl Counted<'_> {
    fn done(self) -> Option<f64> {
        match self {
            Counted::Here(it) => it.count(),
            Counted::There(server, before) => Some(wal_syncs(server) - before),
        }
    }
}

/// Times at 1,000 a second, each from the instant at which it was to be sent, against one fdatasync.
pub async fn rate(bench: &Bench) {
    let mut found: [Vec<f64>; 5] = Default::default();
    for _ in 0..bench.runs {
        let running = bench.start().await;
        let address = &running.server.address;
        all_are(&flood(address, 16, 0, 500, alert(bench, "sos", "a")).await.1, 201);
        let sync = fdatasync_p50(running.folder.path());
        let count = 10_000.min(bench.shown.len() - 500);
        let answers = steady(address, 1_000.0, 500, count, alert(bench, "sos", "a")).await;
        all_are(&answers, 201);
        let mut took: Vec<f64> = answers.iter().map(|it| ms(it.took)).collect();
        let sync_after = fdatasync_p50(running.folder.path());
        let p50 = quantile(&mut took, 0.5);
        found[0].push(p50);
        found[1].push(quantile(&mut took, 0.99));
        found[2].push(quantile(&mut took, 0.999));
        found[3].push((sync + sync_after) / 2.0);
        found[4].push(p50 / ((sync + sync_after) / 2.0));
        running.server.stop();
    }
    let [p50, p99, p999, sync, ratio] = &found;
    line(bench, "at 1,000 a second, p50", "ms", p50, sync);
    line(bench, "at 1,000 a second, p99", "ms", p99, sync);
    line(bench, "at 1,000 a second, p999", "ms", p999, sync);
    line(bench, "p50 ÷ fdatasync p50", "", ratio, sync);
}

/// Repeats against new ones, the rows that stay of them, and other alerts that join.
pub async fn repeats(bench: &Bench) {
    let mut found: [Vec<f64>; 4] = Default::default();
    for _ in 0..bench.runs {
        let running = bench.start().await;
        let address = &running.server.address;
        let count = 10_000.min(bench.shown.len() - 1_000);
        let (new, answers) = flood(address, 64, 0, count, alert(bench, "sos", "a")).await;
        all_are(&answers, 201);
        let sync = fdatasync_p50(running.folder.path());
        let (again, answers) = flood(address, 64, 0, count, alert(bench, "sos", "a")).await;
        all_are(&answers, 200);
        let (joins, answers) = flood(address, 64, 0, count, alert(bench, "sos", "b")).await;
        all_are(&answers, 201);
        assert!(
            answers.iter().all(|it| it.body.contains("\"joined\":true")),
            "each joins"
        );
        // A thousand references, each sent ten times at once.
        let thousand = alert(bench, "sos", "c");
        let ten = Rc::new(move |n: usize| thousand(count + n / 10));
        let before = ask_store(&running, "SELECT COUNT(*) FROM alert").await;
        flood(address, 64, 0, 10_000, ten).await;
        let kept = ask_store(&running, "SELECT COUNT(*) FROM alert").await - before;
        assert_eq!(kept, 1_000, "rows kept of 1,000 references");
        found[0].push(again / new);
        found[1].push(again);
        found[2].push(joins);
        found[3].push(sync);
        running.server.stop();
    }
    let [ratio, again, joins, sync] = &found;
    line(bench, "repeats ÷ new", "", ratio, sync);
    line(bench, "repeats", "a second", again, sync);
    line(bench, "alerts that join an open case", "a second", joins, sync);
    println!(
        "{}: rows kept of 1,000 references sent ten times each: 1,000",
        bench.name
    );
}

pub async fn ask_store(running: &Running, sql: &str) -> i64 {
    let store = Store::open(&StoreConfig::at(&running.url)).await.expect("the store");
    let db = store.reader();
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .expect("an answer")
        .expect("a row");
    let found = row.try_get_by_index(0).expect("a number");
    store.close().await;
    found
}

async fn numbers(running: &Running, sql: &str) -> Vec<f64> {
    let store = Store::open(&StoreConfig::at(&running.url)).await.expect("the store");
    let db = store.reader();
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .expect("an answer");
    let found = rows
        .iter()
        .map(|it| it.try_get_by_index::<i64>(0).expect("a number") as f64)
        .collect();
    store.close().await;
    found
}

/// A token of the desk.
async fn sign_in(address: &str) -> String {
    let body = format!(
        "{{\"username\":\"{}\",\"password\":\"{}\"}}",
        street::DESK.0,
        street::DESK.1
    );
    let mut line = Line::open(address).await.expect("a connection");
    let (status, body) = line
        .ask(&post("/api/v1/auth/token", "", &body))
        .await
        .expect("an answer");
    assert_eq!(status, 200, "{body}");
    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    body["access_token"].as_str().expect("a token").to_owned()
}

/// When a socket first heard of a case, and first saw in it that somebody was asked.
#[derive(Default)]
struct Heard {
    first: HashMap<String, Instant>,
    offered: HashMap<String, Instant>,
}

async fn listen(address: String, token: String, heard: Rc<RefCell<Heard>>, ready: Rc<RefCell<usize>>) {
    use futures_util::SinkExt as _;
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{address}/api/v1/live"))
        .await
        .expect("a socket");
    let hello = format!("{{\"type\":\"hello\",\"token\":\"{token}\",\"cursor\":null}}");
    socket.send(Message::text(hello)).await.expect("a hello");
    while let Some(frame) = socket.next().await {
        let text = match frame {
            Ok(Message::Text(text)) => text,
            Ok(Message::Close(why)) => panic!("a socket was closed: {why:?}"),
            Ok(_) => continue,
            Err(error) => panic!("a socket broke: {error}"),
        };
        let now = Instant::now();
        let bytes = text.as_bytes();
        if bytes.starts_with(b"{\"type\":\"snapshot\"") {
            *ready.borrow_mut() += 1;
        } else if bytes.starts_with(b"{\"type\":\"changed\"") {
            let Some(at) = text.find("\"id\":\"case_") else {
                continue;
            };
            let id = &text[at + 6..at + 6 + 37];
            let mut heard = heard.borrow_mut();
            if !heard.first.contains_key(id) {
                heard.first.insert(id.to_owned(), now);
            }
            if !heard.offered.contains_key(id) && text.contains("\"offer_") {
                heard.offered.insert(id.to_owned(), now);
            }
        }
    }
}

/// From the acknowledgement to the frame on each of a hundred sockets, and to the frame that shows whom the case was offered
/// to, at 200 alerts a second.
pub async fn live(bench: &Bench) {
    let mut found: [Vec<f64>; 6] = Default::default();
    for _ in 0..bench.runs {
        let running = bench.start().await;
        let address = &running.server.address;
        let token = sign_in(address).await;
        let ready = Rc::new(RefCell::new(0));
        let sockets: Vec<Rc<RefCell<Heard>>> = (0..SOCKETS).map(|_| Rc::default()).collect();
        let mut tasks = Vec::new();
        for it in &sockets {
            let (address, token) = (address.clone(), token.clone());
            tasks.push(tokio::task::spawn_local(listen(
                address,
                token,
                it.clone(),
                ready.clone(),
            )));
        }
        while *ready.borrow() < SOCKETS {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let sync = fdatasync_p50(running.folder.path());
        // Each is about an elder whose case is offered at once.
        let one = alert(bench, "sos", "a");
        let request = Rc::new(move |n: usize| one(n * street::ASKED_AT_ONCE_EVERY));
        let count = 3_000.min(bench.shown.len() / street::ASKED_AT_ONCE_EVERY);
        let cpu = running.server.cpu();
        let begun = Instant::now();
        let answers = steady(address, 200.0, 0, count, request).await;
        let cpu = (running.server.cpu() - cpu).as_secs_f64() / begun.elapsed().as_secs_f64();
        all_are(&answers, 201);
        let told = |all: &dyn Fn(&Heard) -> usize| sockets.iter().all(|it| all(&it.borrow()) >= count);
        let begun = Instant::now();
        while !told(&|it| it.first.len()) || !told(&|it| it.offered.len()) {
            assert!(begun.elapsed() < PATIENCE, "not every socket was told of every case");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut frames = Vec::with_capacity(count * SOCKETS);
        let mut offers = Vec::with_capacity(count);
        for it in &answers {
            let body: serde_json::Value = serde_json::from_str(&it.body).expect("JSON");
            let case = body["case_id"].as_str().expect("a case");
            for socket in &sockets {
                frames.push(ms(socket.borrow().first[case].saturating_duration_since(it.at)));
            }
            let seen = sockets
                .iter()
                .filter_map(|socket| socket.borrow().offered.get(case).copied())
                .min();
            offers.push(ms(seen.expect("a frame").saturating_duration_since(it.at)));
        }
        found[0].push(quantile(&mut frames, 0.5));
        found[1].push(quantile(&mut frames, 0.99));
        found[2].push(quantile(&mut offers, 0.99));
        found[3].push(quantile(&mut offers, 1.0));
        found[4].push(cpu);
        found[5].push(sync);
        for task in tasks {
            task.abort();
        }
        running.server.stop();
    }
    let [frame, frame99, offer99, offer_max, cpu, sync] = &found;
    line(
        bench,
        "acknowledged → frame, 100 sockets at 200 a second, p50",
        "ms",
        frame,
        sync,
    );
    line(
        bench,
        "acknowledged → frame, 100 sockets at 200 a second, p99",
        "ms",
        frame99,
        sync,
    );
    line(
        bench,
        "acknowledged → first offers seen on a socket, p99",
        "ms",
        offer99,
        sync,
    );
    line(
        bench,
        "acknowledged → first offers seen on a socket, longest",
        "ms",
        offer_max,
        sync,
    );
    line(bench, "processor meanwhile, of one core", "", cpu, sync);
}

/// Lateness of a clock of 20 s at 500 a second with 100,000 others waiting, and 20,000 that are due at once.
pub async fn timers(bench: &Bench) {
    // How late it was: the instant of the record in which the clock of 20 s ("no voice yet: ask more") ran out, against the
    // instant for which it was set. What is decided together is one row, so the record may stand among others.
    let fired = "f.version > 1 AND f.body LIKE '%{\"kind\":\"voice_widen\"}%'";
    let late = format!(
        "SELECT f.at - o.at - 20000000 FROM case_event f JOIN case_event o ON o.case_id = f.case_id AND o.version = 1 WHERE {fired}"
    );
    let mut found: [Vec<f64>; 5] = Default::default();
    for _ in 0..bench.runs {
        let running = bench.start().await;
        let address = &running.server.address;
        let all = bench.shown.len();
        let waiting = 100_000.min(all / 2);
        // They wait for a look in the far future, and ask nobody meanwhile.
        let calls = flood(address, 64, 0, waiting, alert(bench, "low_battery", "w")).await.1;
        all_are(&calls, 201);
        drop(calls);
        let count = 5_000.min(all / 4);
        let one = alert(bench, "sos", "t");
        // Those who live alone: their next step is due after 30 s.
        let from = waiting / 4 + 1;
        let request = Rc::new(move |n: usize| one((from + n / 3) * 4 + n % 3 + 1));
        wait_for_rest(&running, "SELECT COUNT(*) FROM cases WHERE seek_at IS NOT NULL").await;
        let sync = fdatasync_p50(running.folder.path());
        all_are(&steady(address, 500.0, 0, count, request).await, 201);
        tokio::time::sleep(Duration::from_secs(40)).await;
        let mut lateness: Vec<f64> = numbers(&running, &late).await.iter().map(|it| it / 1e3).collect();
        assert_eq!(lateness.len(), count, "each clock has run out");
        found[0].push(quantile(&mut lateness, 0.5));
        found[1].push(quantile(&mut lateness, 0.99));
        found[2].push(quantile(&mut lateness, 1.0));
        found[4].push(sync);
        running.server.stop();
    }
    let mut syncs = Vec::new();
    for _ in 0..bench.runs {
        let Running { server, folder, url } = bench.start().await;
        let count = 20_000.min(bench.shown.len() / 4);
        let one = alert(bench, "sos", "d");
        let request = Rc::new(move |n: usize| one(n / 3 * 4 + n % 3 + 1));
        all_are(&flood(&server.address, 64, 0, count, request).await.1, 201);
        let last = Instant::now();
        tokio::time::sleep(Duration::from_secs(8)).await;
        server.kill();
        // The clocks of all of them run out while nobody is there.
        tokio::time::sleep((last + Duration::from_secs(35)).saturating_duration_since(Instant::now())).await;
        syncs.push(fdatasync_p50(folder.path()));
        let server = Server::service(folder.path());
        let up = jiff::Timestamp::now().as_microsecond() as f64;
        let running = Running { server, folder, url };
        let due = format!("SELECT COUNT(*) FROM case_event f WHERE {fired}");
        let begun = Instant::now();
        while ask_store(&running, &due).await < count as i64 {
            assert!(begun.elapsed() < PATIENCE, "not every clock has run out");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        let at = format!("SELECT MAX(f.at) FROM case_event f WHERE {fired}");
        found[3].push((numbers(&running, &at).await[0] - up) / 1e6);
        running.server.stop();
    }
    let [p50, p99, longest, burst, sync] = &found;
    line(
        bench,
        "timers, 500 a second and half the elders' cases waiting: lateness p50",
        "ms",
        p50,
        sync,
    );
    line(
        bench,
        "timers, 500 a second and half the elders' cases waiting: lateness p99",
        "ms",
        p99,
        sync,
    );
    line(
        bench,
        "timers, 500 a second and half the elders' cases waiting: longest",
        "ms",
        longest,
        sync,
    );
    line(
        bench,
        "timers, 20,000 due at once: all fired after",
        "s from ready",
        burst,
        &syncs,
    );
}

/// Waits until nothing of that kind is left to do.
async fn wait_for_rest(running: &Running, sql: &str) {
    let begun = Instant::now();
    while ask_store(running, sql).await > 0 {
        assert!(begun.elapsed() < PATIENCE, "there is still work: {sql}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// From the start of the process to the first acknowledgement; memory then, and after 100,000 alerts.
pub async fn start(bench: &Bench) {
    let mut found: [Vec<f64>; 6] = Default::default();
    for _ in 0..bench.runs {
        let (folder, url) = bench.copy();
        let sync = fdatasync_p50(folder.path());
        let server = Server::service(folder.path());
        let mut first = Line::open(&server.address).await.expect("a connection");
        let (status, body) = first.ask(&alert(bench, "sos", "a")(0)).await.expect("an answer");
        assert_eq!(status, 201, "{body}");
        found[0].push(server.begun.elapsed().as_secs_f64());
        server.whole().await;
        found[5].push(server.begun.elapsed().as_secs_f64());
        tokio::time::sleep(Duration::from_secs(2)).await;
        found[1].push(server.memory_mib());
        let running = Running { server, folder, url };
        let count = 100_000.min(bench.shown.len() - 1);
        let answers = flood(&running.server.address, 64, 1, count, alert(bench, "sos", "a"))
            .await
            .1;
        all_are(&answers, 201);
        drop(answers);
        found[2].push(running.server.memory_mib());
        tokio::time::sleep(Duration::from_secs(10)).await;
        found[3].push(running.server.memory_mib());
        found[4].push(sync);
        running.server.stop();
    }
    let [first, idle, after, later, sync, whole] = &found;
    line(bench, "start to the first acknowledgement", "s", first, sync);
    line(bench, "start to the whole register", "s", whole, sync);
    line(bench, "memory when idle", "MiB", idle, sync);
    line(
        bench,
        "memory after 100,000 alerts about as many elders",
        "MiB",
        after,
        sync,
    );
    line(bench, "the same ten seconds later", "MiB", later, sync);
}
