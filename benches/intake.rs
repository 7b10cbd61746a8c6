//! Durable intake: alerts acknowledged a second through the desk, each about another elder, on a store that syncs.
//!
//! `cargo bench --bench intake` (SQLite), with `ECD_BENCH_PG=postgres://…` PostgreSQL as well. Prints the median of three runs
//! for 1, 64 and 256 senders, beside the median time of one fdatasync on the same disk in the same minute: above 0.5 ms the
//! figures are void. HTTP is not in it; `benches/load` measures through the socket.
#![allow(clippy::disallowed_methods)] // a bench reads the real clock

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use eldercare_dispatch::app::{App, Config};
use eldercare_dispatch::circle::Point;
use eldercare_dispatch::clock::{Clock, Ids};
use eldercare_dispatch::dispatch::{AlertReport, Sender};
use eldercare_dispatch::people::*;
use eldercare_dispatch::store::{ElderFile, MasterKey, Store, StoreConfig};

const ELDERS: usize = 60_000;
const RUN: Duration = Duration::from_secs(3);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    println!(
        "fdatasync p50: {:.3} ms",
        fdatasync_p50(folder.path()).as_secs_f64() * 1e3
    );
    let mut stores = vec![(
        "sqlite",
        format!("sqlite://{}", folder.path().join("bench.db").display()),
    )];
    if let Ok(url) = std::env::var("ECD_BENCH_PG") {
        stores.push(("postgres", url));
    }
    for (name, url) in stores {
        let app = runtime.block_on(open(&url, folder.path()));
        let next = Arc::new(AtomicUsize::new(0));
        for senders in [1_usize, 64, 256] {
            let mut rates = Vec::new();
            let mut waits = Vec::new();
            for _ in 0..3 {
                let (rate, p50, p99) = runtime.block_on(run(&app, senders, &next));
                rates.push(rate);
                waits.push((p50, p99));
            }
            rates.sort_by(f64::total_cmp);
            waits.sort();
            let (p50, p99) = waits[1];
            println!(
                "{name}: {senders} senders: {:.0} alerts/s acknowledged (p50 {:.2} ms, p99 {:.2} ms)",
                rates[1],
                p50.as_secs_f64() * 1e3,
                p99.as_secs_f64() * 1e3
            );
        }
        println!(
            "{name}: {} cases; fdatasync p50 after: {:.3} ms",
            next.load(Ordering::Relaxed),
            fdatasync_p50(folder.path()).as_secs_f64() * 1e3
        );
        runtime.block_on(app.stop());
    }
}

fn fdatasync_p50(folder: &Path) -> Duration {
    let mut file = std::fs::File::create(folder.join("sync")).expect("a file");
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let start = Instant::now();
            file.write_all(&[0; 4096]).expect("a write");
            file.sync_data().expect("a sync");
            start.elapsed()
        })
        .collect();
    times.sort();
    times[100]
}

async fn open(url: &str, folder: &Path) -> App {
    let master = folder.join("master.key");
    let mut key = std::fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&master)
        .expect("a key file");
    key.write_all(b"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")
        .expect("a key");
    let mut config = Config {
        store: StoreConfig::at(url),
        ..Config::default()
    };
    config.keys.master_file = master.clone();
    let clock = Clock::system();
    let store = Store::open(&config.store).await.expect("a store");
    store.migrate().await.expect("tables");
    store
        .unlock(MasterKey::from_file(&master).expect("a key"), clock.now())
        .await
        .expect("keys");
    fill(&store, &clock).await;
    store.close().await;
    App::open(config, clock, Ids::system()).await.expect("a service")
}

async fn fill(store: &Store, clock: &Clock) {
    let now = clock.now();
    let day = jiff::civil::date(2020, 1, 1);
    let areas = ["120114", "120114001", "120114001001", "120114001001001"]
        .iter()
        .map(|code| Area {
            id: area_id(code),
            code: code.parse().expect("a code"),
            name: (*code).to_owned(),
            valid_from: day,
            valid_until: None,
            alias: None,
        });
    store.put_areas(areas.collect(), now).await.expect("areas");
    let book = store.area_book(jiff::civil::date(2026, 6, 1)).await.expect("a book");
    let grid: AreaCode = "120114001001001".parse().expect("a code");
    for part in (0..ELDERS).collect::<Vec<_>>().chunks(5_000) {
        let home = |n: usize| Some(Point::new(39.3 + n as f64 * 1e-6, 117.0).expect("a point"));
        let houses = part.iter().map(|n| Household {
            id: household_id(&format!("H{n}")),
            code: format!("H{n}"),
            grid,
            address: format!("{n}"),
            home: home(*n),
        });
        store
            .put_households(houses.collect(), &book, now)
            .await
            .expect("households");
        let elders = part.iter().map(|n| ElderFile {
            elder: Elder {
                id: elder_id(&format!("E{n}")),
                code: format!("E{n}"),
                name: format!("E{n}"),
                household: household_id(&format!("H{n}")),
                grid,
                address: format!("{n}"),
                home: home(*n),
                needs: BTreeSet::from([Need::LivingAlone]),
                contact_mode: ContactMode::Voice,
                dialect: None,
                hearing: Hearing::Good,
                born: None,
                present: None,
                life_support: BTreeSet::new(),
                lift_helpers: 1,
                ability: None,
                consents: Default::default(),
                status: ElderStatus::Active,
            },
            secrets: Some(ElderSecrets::default()),
        });
        store.put_elders(elders.collect(), &book, now).await.expect("elders");
        let devices = part.iter().map(|n| Device {
            id: device_id(&format!("D{n}")),
            code: format!("D{n}"),
            kind: DeviceKind::Watch,
            binding: Some(DeviceBinding::Elder(elder_id(&format!("E{n}")))),
            model: None,
            crs: None,
            voice_path: true,
            place: None,
            terminal: None,
            beat_s: None,
            carrier: None,
            in_service: true,
        });
        store.put_devices(devices.collect(), now).await.expect("devices");
    }
}

async fn run(app: &App, senders: usize, next: &Arc<AtomicUsize>) -> (f64, Duration, Duration) {
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..senders {
        let (desk, next) = (app.desk.clone(), next.clone());
        tasks.push(tokio::spawn(async move {
            let mut waits = Vec::new();
            while start.elapsed() < RUN {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let report = AlertReport {
                    sender: Sender::Device(device_id(&format!("D{}", n % ELDERS))),
                    kind: "sos".to_owned(),
                    elder: None,
                    device: None,
                    responder: None,
                    source_ref: Some(format!("{n}")),
                    occurred_at: None,
                    position: None,
                    note: None,
                    reading: None,
                    raw: format!("{{\"kind\":\"sos\",\"source_ref\":\"{n}\"}}").into_bytes(),
                    warnings: vec![],
                    drill: false,
                };
                let asked = Instant::now();
                desk.report(report).await.expect("an acknowledgement");
                waits.push(asked.elapsed());
            }
            waits
        }));
    }
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.expect("a sender"));
    }
    let rate = waits.len() as f64 / start.elapsed().as_secs_f64();
    waits.sort();
    (rate, waits[waits.len() / 2], waits[waits.len() * 99 / 100])
}
