//! The binary as it runs in a street: killed at any moment, its disk full, its database stopped, two of it on one database.
//!
//! Takes the binary named in `ECD_BINARY`, else the one that this test run built. `ECD_ROUNDS`: how many times it is killed
//! on each store (5 where nothing is said); `ECD_PER_ROUND`: how many alerts must be acknowledged before each kill (50);
//! `ECD_SEED`: when.
#![allow(clippy::disallowed_methods)] // another process runs on the real clock

#[path = "binary/brokers.rs"]
mod brokers;
#[path = "binary/full_disk.rs"]
mod full_disk;
#[path = "binary/handed.rs"]
mod handed;
#[path = "it/harness/mod.rs"]
#[allow(dead_code, unused_imports, unused_macros)] // one harness for two test programs
mod harness;
#[path = "binary/lines.rs"]
mod lines;
#[path = "binary/porto.rs"]
mod porto;
#[path = "binary/provider.rs"]
mod provider;
#[path = "binary/untold.rs"]
mod untold;

use std::collections::{BTreeSet, HashMap};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eldercare_dispatch::case::{Event, plan::StepKind};
use eldercare_dispatch::ids::{CaseId, DeviceId};
use eldercare_dispatch::people::*;
use eldercare_dispatch::store::{DeviceKey, ElderFile, Store};
use harness::street::elder;
use harness::{Database, MASTER, PostgresServer, at};
use jiff::civil::date;
use serde_json::Value;

const ELDERS: u32 = 400;
const SENDERS: usize = 16;
/// Cases that climb the ladder in each try: with all elders there are enough for 50 tries.
const CLIMBERS: usize = 8;
/// How long anything may take on a busy machine before the test gives up.
const PATIENCE: Duration = Duration::from_secs(90);

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|it| it.parse().ok())
        .unwrap_or(otherwise)
}

/// The program under test.
fn binary() -> String {
    std::env::var("ECD_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_eldercare-dispatch").to_owned())
}

/// Between two looks at a state of another process, which tells nobody when it changes.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

/// A small dice, so that a failing round can be thrown again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A street in a database, and the files that a service needs.
struct Street {
    db: Database,
    folder: tempfile::TempDir,
    keys: Vec<(DeviceId, String)>,
}

impl Street {
    /// Each elder has two watches, so that two services can hear of one elder at once.
    async fn found(db: Database, plans: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        // The test's own look at the store waits as long as it must: the machine is busy with what is being killed.
        let mut db = db;
        db.config.acquire_within_ms = 60_000;
        db.config.statement_within_ms = 60_000;
        db.config.lock_within_ms = 60_000;
        let store = db.store().await;
        let now = at(0);
        let codes = ["120114", "120114001", "120114001001", harness::street::GRID];
        let areas = codes.iter().map(|code| Area {
            id: area_id(code),
            code: code.parse().unwrap(),
            name: format!("区{code}"),
            valid_from: date(2020, 1, 1),
            valid_until: None,
            alias: None,
        });
        store.put_areas(areas.collect(), now).await.unwrap();
        let book = store.area_book(date(2026, 6, 1)).await.unwrap();
        let elders: Vec<Elder> = (0..ELDERS).map(|n| elder(n, Need::LivingAlone)).collect();
        let houses = elders.iter().map(|it| Household {
            id: it.household,
            code: it.code.replace('E', "H"),
            grid: it.grid,
            address: it.address.clone(),
            home: it.home,
        });
        store.put_households(houses.collect(), &book, now).await.unwrap();
        let device = |code: String, elder| Device {
            id: device_id(&code),
            code,
            kind: DeviceKind::Watch,
            binding: Some(DeviceBinding::Elder(elder)),
            model: None,
            crs: None,
            voice_path: true,
            place: None,
            terminal: None,
            beat_s: None,
            carrier: None,
            in_service: true,
        };
        let watches = elders.iter().flat_map(|it| {
            let code = it.code.replace('E', "D");
            [device(code.clone(), it.id), device(format!("{code}-2"), it.id)]
        });
        let watches: Vec<Device> = watches.collect();
        let ids: Vec<DeviceId> = watches.iter().map(|it| it.id).collect();
        let files = elders.into_iter().map(|elder| ElderFile {
            elder,
            secrets: Some(ElderSecrets::default()),
        });
        store.put_elders(files.collect(), &book, now).await.unwrap();
        store.put_devices(watches, now).await.unwrap();
        let mut keys = Vec::new();
        let mut given = Vec::new();
        for id in ids {
            let key = DeviceKey::make().unwrap();
            keys.push((id, key.reveal().to_string()));
            given.push((id, key));
        }
        store.set_device_keys(given, now).await.unwrap();
        store.close().await;
        for name in ["master.key", "token.key"] {
            let mut file = std::fs::OpenOptions::new()
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(folder.path().join(name))
                .unwrap();
            file.write_all(MASTER.as_bytes()).unwrap();
        }
        let at = |name: &str| folder.path().join(name).display().to_string();
        let text = format!(
            "[store]\nurl = \"{}\"\nrequire_durable = {}\n[keys]\nmaster_file = \"{}\"\ntoken_file = \"{}\"\n[plans]\nset = \"{plans}\"\n",
            db.config.url,
            db.config.require_durable,
            at("master.key"),
            at("token.key"),
        );
        std::fs::write(folder.path().join("street.toml"), text).unwrap();
        Self { db, folder, keys }
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("street.toml")
    }

    async fn store(&self) -> Store {
        self.db.store().await
    }
}

/// A running service.
struct Service {
    child: Child,
    address: String,
    client: reqwest::Client,
}

impl Service {
    /// In `folder`, started through `before`, shell words that end in `exec`; ready when it says so.
    async fn run(folder: &Path, config: &Path, before: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("log"))
            .unwrap();
        let child = Command::new("/bin/sh")
            .args(["-c", &format!("{before} exec \"$0\" serve --config \"$1\""), &binary()])
            .arg(config)
            .current_dir(folder)
            // What is counted here are the alarms of the test, not the service's own.
            .env("ECD_SELF_CHECK__EVERY_S", "0")
            .env("ECD_HTTP__LISTEN", format!("127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        // Twice does no harm.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        let mut service = Self {
            child,
            address: format!("http://127.0.0.1:{port}"),
            client,
        };
        let start = Instant::now();
        loop {
            let ready = service.client.get(format!("{}/readyz", service.address)).send().await;
            if ready.is_ok_and(|it| it.status().is_success()) {
                return service;
            }
            let ended = service.child.try_wait().unwrap();
            let said = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(ended.is_none(), "the service ended with {ended:?}:\n{}", said());
            assert!(start.elapsed() < PATIENCE, "the service is not ready:\n{}", said());
            pause().await;
        }
    }

    async fn start_through(street: &Street, before: &str) -> Self {
        Self::run(street.folder.path(), &street.config(), before).await
    }

    async fn start(street: &Street) -> Self {
        Self::start_through(street, "").await
    }

    /// SIGTERM: it finishes what has begun, and ends well.
    fn stop(mut self) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        let ended = self.child.wait().unwrap();
        assert!(ended.success(), "{ended}");
    }

    fn kill(mut self) {
        self.child.kill().unwrap(); // SIGKILL
        self.child.wait().unwrap();
    }

    async fn send(
        &self,
        watch: &(DeviceId, String),
        kind: &str,
        reference: &str,
    ) -> reqwest::Result<reqwest::Response> {
        self.post(watch, &serde_json::json!({ "kind": kind, "source_ref": reference }))
            .await
    }

    async fn post(&self, watch: &(DeviceId, String), body: &Value) -> reqwest::Result<reqwest::Response> {
        self.client
            .post(format!("{}/api/v1/alerts", self.address))
            .header("Authorization", format!("Device {}:{}", watch.0, watch.1))
            .json(body)
            .send()
            .await
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What was acknowledged: watch, reference, alert and case.
type Acknowledged = (usize, String, String, String);

/// Alert and case of an acknowledgement.
async fn said(answer: reqwest::Response) -> (String, String) {
    let body: Value = answer.json().await.unwrap();
    let of = |name: &str| body[name].as_str().unwrap().to_owned();
    (of("alert_id"), of("case_id"))
}

/// Of acknowledged alerts with their cases, those that the store does not hold.
async fn lost_of(store: &Store, acknowledged: &[(String, String)]) -> Vec<String> {
    let mut lost = Vec::new();
    let mut kept: HashMap<CaseId, BTreeSet<String>> = HashMap::new();
    for (alert, case) in acknowledged {
        let case: CaseId = case.parse().unwrap();
        if let std::collections::hash_map::Entry::Vacant(place) = kept.entry(case) {
            let alerts = store.alerts_of(case).await.unwrap();
            place.insert(alerts.iter().map(|it| it.id.to_string()).collect());
        }
        if !kept[&case].contains(alert) {
            lost.push(alert.clone());
        }
    }
    lost
}

/// Rounds of alert load, each ended by kill -9 at a moment of the dice. Nothing acknowledged is lost, nothing is doubled,
/// the repeat of an acknowledged alert gets its first answer, and the store is whole.
async fn killed_under_load(db: Database) {
    let street = Arc::new(Street::found(db, "yangcun-7").await);
    let mut dice = Dice(number("ECD_SEED", 7));
    let acknowledged: Arc<Mutex<Vec<Acknowledged>>> = Arc::default();
    let next = Arc::new(AtomicUsize::new(0));
    let rounds = number("ECD_ROUNDS", 5);
    let per_round = usize::try_from(number("ECD_PER_ROUND", 50)).unwrap();
    for round in 0..rounds {
        let service = Arc::new(Service::start(&street).await);
        let stop = Arc::new(AtomicBool::new(false));
        let before = acknowledged.lock().unwrap().len();
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| {
                let (street, service, stop) = (street.clone(), service.clone(), stop.clone());
                let (acknowledged, next) = (acknowledged.clone(), next.clone());
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        let watch = n % street.keys.len();
                        let reference = format!("r{n}");
                        let Ok(answer) = service.send(&street.keys[watch], "sos", &reference).await else {
                            continue;
                        };
                        if !answer.status().is_success() {
                            continue;
                        }
                        let Ok(body) = answer.json::<Value>().await else {
                            continue;
                        };
                        let text = |name: &str| body[name].as_str().unwrap().to_owned();
                        acknowledged
                            .lock()
                            .unwrap()
                            .push((watch, reference, text("alert_id"), text("case_id")));
                    }
                })
            })
            .collect();
        // The moment of the dice, counted in acknowledgements.
        let wanted = before + per_round + usize::try_from(dice.below(200)).unwrap();
        let start = Instant::now();
        while acknowledged.lock().unwrap().len() < wanted {
            assert!(start.elapsed() < PATIENCE, "no load");
            pause().await;
        }
        let pid = nix::unistd::Pid::from_raw(i32::try_from(service.child.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
        stop.store(true, Ordering::Relaxed);
        for sender in senders {
            sender.await.unwrap();
        }
        drop(service);
        println!(
            "round {}: {} acknowledged",
            round + 1,
            acknowledged.lock().unwrap().len() - before
        );
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() as u64 >= rounds * per_round as u64);
    // The last of each round were answered in the batch that the kill came after: ask again about the newest hundred.
    let service = Service::start(&street).await;
    for (watch, reference, alert, case) in acknowledged.iter().rev().take(100) {
        let answer = service.send(&street.keys[*watch], "sos", reference).await.unwrap();
        assert_eq!(answer.status(), 200, "the repeat of an acknowledged alert");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            (body["alert_id"].as_str(), body["case_id"].as_str()),
            (Some(alert.as_str()), Some(case.as_str()))
        );
    }
    service.kill();
    let store = street.store().await;
    let pairs: Vec<(String, String)> = acknowledged.iter().map(|it| (it.2.clone(), it.3.clone())).collect();
    let lost = lost_of(&store, &pairs).await.len();
    println!("{} acknowledged in {rounds} rounds, {lost} lost", acknowledged.len());
    assert_eq!(lost, 0);
    let findings = store.check().await.unwrap();
    assert_eq!(findings.found, vec![]);
    store.close().await;
}

/// The ladder of seconds goes on across kills: each step fires once, none is lost.
async fn killed_on_the_ladder(db: Database) {
    let street = Street::found(db, "test-seconds").await;
    let mut dice = Dice(number("ECD_SEED", 11));
    let mut service = Service::start(&street).await;
    let mut cases = Vec::new();
    let tries = usize::try_from(number("ECD_ROUNDS", 5)).unwrap();
    for watches in street.keys.chunks(2 * CLIMBERS).take(tries) {
        // Cases of its own for each try, of elders whose case is not yet open: the kill comes somewhere on their ladder.
        for watch in watches.iter().step_by(2) {
            let answer = service.send(watch, "sos", "1").await.unwrap();
            assert_eq!(answer.status(), 201);
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body["joined"], false);
            cases.push(body["case_id"].as_str().unwrap().parse::<CaseId>().unwrap());
        }
        tokio::time::sleep(Duration::from_millis(dice.below(1_200))).await; // the moment of the dice, on purpose
        service.kill();
        service = Service::start(&street).await;
    }
    assert_eq!(
        cases.len(),
        tries * CLIMBERS,
        "there are elders for {} tries",
        ELDERS as usize / CLIMBERS
    );
    println!("{} cases climb, the service killed {tries} times", cases.len());
    let store = street.store().await;
    let start = Instant::now();
    loop {
        let (views, corrupt) = store.cases(&cases).await.unwrap();
        assert!(corrupt.is_empty());
        if views
            .iter()
            .all(|it| it.case.tier == Tier::Street && it.case.fired.contains(&StepKind::Prompt120))
        {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "the ladder stands still");
        pause().await;
    }
    service.kill();
    for case in cases {
        let log = store.events(case, 0, 500).await.unwrap();
        let mut fired = Vec::new();
        for row in &log {
            match &row.record.event {
                Event::StepFired { step } => fired.push(*step),
                Event::Opened { .. } => assert_eq!(row.version, 1),
                _ => {}
            }
        }
        let once: BTreeSet<StepKind> = fired.iter().copied().collect();
        assert_eq!(fired.len(), once.len(), "a step fired twice in {case}: {fired:?}");
        for step in [StepKind::Grid, StepKind::Street, StepKind::Prompt120] {
            assert!(fired.contains(&step), "{step:?} was lost in {case}: {fired:?}");
        }
    }
    let findings = store.check().await.unwrap();
    assert_eq!(findings.found, vec![]);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_to_kill_9_on_sqlite() {
    killed_under_load(Database::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_to_kill_9_on_postgresql() {
    let server = PostgresServer::start(true);
    killed_under_load(Database::on(&server)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_step_is_lost_or_doubled_by_kill_9_on_sqlite() {
    killed_on_the_ladder(Database::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_step_is_lost_or_doubled_by_kill_9_on_postgresql() {
    killed_on_the_ladder(Database::postgres().await).await;
}

/// A disk that takes no more: the sender is told "not now", nothing is half written, and it mends itself when there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_mends_itself() {
    let street = Street::found(Database::sqlite().await, "yangcun-7").await;
    // Files may grow to 6 MiB from here on (in blocks of 512 bytes); the signal of the limit is ignored as by a full disk.
    let limit_blocks = 6 * 1024 * 1024 / 512;
    let service = Service::start_through(&street, &format!("trap '' XFSZ; ulimit -S -f {limit_blocks};")).await;
    let mut taken = Vec::new();
    let mut refused = None;
    for n in 0..40_000_usize {
        let watch = n % street.keys.len();
        let reference = format!("f{n}");
        let answer = service.send(&street.keys[watch], "sos", &reference).await.unwrap();
        if answer.status() == 503 {
            assert!(answer.headers().contains_key("retry-after"));
            refused = Some((watch, reference));
            break;
        }
        assert!(answer.status().is_success(), "{}", answer.status());
        taken.push(said(answer).await);
    }
    let (watch, reference) = refused.expect("the limit was reached");
    println!("{} alerts before the disk was full", taken.len());
    // The disk stays as it is for a while: some writes fit, some do not, and each that is acknowledged counts.
    let (mut kept, mut failed) = (0, 0);
    for n in 0..60 {
        let note = "n".repeat(40 * (n % 10));
        let body = serde_json::json!({"kind": "sos", "source_ref": format!("full{n}"), "note": note});
        let answer = service.post(&street.keys[n % street.keys.len()], &body).await.unwrap();
        if answer.status() == 503 {
            failed += 1;
            continue;
        }
        assert!(answer.status().is_success(), "{}", answer.status());
        kept += 1;
        taken.push(said(answer).await);
    }
    println!("{kept} more written and {failed} refused while it was full");
    assert!(failed > 1, "the disk was full more than once");
    let pid = service.child.id().to_string();
    let lifted = Command::new("prlimit")
        .args(["--pid", &pid, "--fsize=unlimited"])
        .status()
        .unwrap();
    assert!(lifted.success(), "prlimit (util-linux) lifts the limit");
    let start = Instant::now();
    loop {
        let answer = service.send(&street.keys[watch], "sos", &reference).await.unwrap();
        if answer.status() == 201 {
            taken.push(said(answer).await);
            break;
        }
        assert_eq!(answer.status(), 503, "the refused alert was not half written");
        assert!(start.elapsed() < PATIENCE, "it does not mend itself");
        pause().await;
    }
    for n in 0..5 {
        let answer = service
            .send(&street.keys[n], "sos", &format!("after{n}"))
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        taken.push(said(answer).await);
    }
    service.kill();
    let store = street.store().await;
    let findings = store.check().await.unwrap();
    assert_eq!(findings.found, vec![]);
    assert!(findings.cases > 0);
    let lost = lost_of(&store, &taken).await;
    assert!(
        lost.is_empty(),
        "{} of {} acknowledged are not there: {lost:?}",
        lost.len(),
        taken.len()
    );
    store.close().await;
}

/// PostgreSQL stopped under load: 503 with Retry-After; started again: taken again, nothing lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_database_refuses_and_mends_itself() {
    let server = PostgresServer::start(true);
    let street = Street::found(Database::on(&server), "yangcun-7").await;
    let service = Service::start(&street).await;
    let first = service.send(&street.keys[0], "sos", "1").await.unwrap();
    assert_eq!(first.status(), 201);
    let first: Value = first.json().await.unwrap();
    server.kill();
    let answer = service.send(&street.keys[2], "sos", "2").await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    // Readiness is tried at most once a second, so it may be that old.
    let start = Instant::now();
    while service
        .client
        .get(format!("{}/readyz", service.address))
        .send()
        .await
        .unwrap()
        .status()
        != 503
    {
        assert!(
            start.elapsed() < PATIENCE,
            "it says that it is ready without a database"
        );
        pause().await;
    }
    server.start_again();
    let start = Instant::now();
    // A connection from before may still be in the pool behind one that is sound, so each is sent until it is taken.
    let taken = async |key, reference| {
        loop {
            let answer = service.send(key, "sos", reference).await.unwrap();
            if answer.status().is_success() {
                return answer.json::<Value>().await.unwrap();
            }
            assert_eq!(answer.status(), 503);
            assert!(start.elapsed() < PATIENCE, "it does not mend itself");
            pause().await;
        }
    };
    taken(&street.keys[2], "2").await;
    let again = taken(&street.keys[0], "1").await;
    assert_eq!(again["alert_id"], first["alert_id"]);
    service.kill();
    let store = street.store().await;
    assert_eq!(store.check().await.unwrap().found, vec![]);
    store.close().await;
}

/// Two services on one database hear of the same elders at once: one open case each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_services_open_one_case_for_one_elder() {
    let street = Arc::new(Street::found(Database::postgres().await, "yangcun-7").await);
    let one = Arc::new(Service::start(&street).await);
    let two = Arc::new(Service::start(&street).await);
    let mut asked = Vec::new();
    for n in 0..60_usize {
        for (service, watch) in [(&one, n * 2), (&two, n * 2 + 1)] {
            let (service, street) = (service.clone(), street.clone());
            asked.push(tokio::spawn(async move {
                let answer = service.send(&street.keys[watch], "sos", "1").await.unwrap();
                assert_eq!(answer.status(), 201);
                let body: Value = answer.json().await.unwrap();
                (n, body["case_id"].as_str().unwrap().to_owned())
            }));
        }
    }
    let mut cases: HashMap<usize, BTreeSet<String>> = HashMap::new();
    for it in asked {
        let (n, case) = it.await.unwrap();
        cases.entry(n).or_default().insert(case);
    }
    assert_eq!(cases.len(), 60);
    for (n, it) in cases {
        assert_eq!(it.len(), 1, "elder {n} has {it:?}");
    }
    let store = street.store().await;
    assert_eq!(store.check().await.unwrap().found, vec![]);
    store.close().await;
}
