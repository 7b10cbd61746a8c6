//! The register of a district, 200,000 elders: how long filing, loading, opening and pages take.
//!
//! `cargo bench --bench register` (SQLite), with `ECD_BENCH_PG=postgres://…` (an empty database) PostgreSQL as well. Some
//! minutes. Figures for people, no promise.
#![allow(clippy::disallowed_methods)] // a bench reads the real clock

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use eldercare_dispatch::circle::Point;
use eldercare_dispatch::people::{
    self, Area, ContactMode, DoorAccess, Elder, ElderSecrets, ElderStatus, Health, Hearing, Need, Private,
};
use eldercare_dispatch::store::{ElderFile, ElderQuery, MasterKey, Store, StoreConfig};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use uuid::Uuid;

const ELDERS: u32 = 200_000;
const BATCH: u32 = 5_000;
const TODAY: Date = date(2026, 3, 1);
const MASTER: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let mut urls = vec![format!("sqlite://{}", folder.path().join("bench.db").display())];
    urls.extend(std::env::var("ECD_BENCH_PG"));
    for url in urls {
        runtime.block_on(a_district(&url));
    }
}

async fn open(url: &str) -> Store {
    let store = Store::open(&StoreConfig::at(url)).await.expect("a store");
    store.migrate().await.expect("tables");
    let master = MasterKey::from_base64(MASTER).expect("a key");
    store.unlock(master, Timestamp::UNIX_EPOCH).await.expect("keys");
    store
}

async fn a_district(url: &str) {
    let store = open(url).await;
    let now = Timestamp::UNIX_EPOCH;
    let mut areas = vec![area("120114")];
    let mut grids = Vec::new();
    for street in 1..=20 {
        areas.push(area(&format!("120114{street:03}")));
        for community in 1..=10 {
            areas.push(area(&format!("120114{street:03}{community:03}")));
            for grid in 1..=10 {
                grids.push(format!("120114{street:03}{community:03}{grid:03}"));
            }
        }
    }
    areas.extend(grids.iter().map(|it| area(it)));
    store.put_areas(areas, now).await.expect("areas");
    let book = store.area_book(TODAY).await.expect("a book");
    let begun = Instant::now();
    for batch in 0..ELDERS / BATCH {
        let files = (batch * BATCH..(batch + 1) * BATCH).map(|n| ElderFile {
            elder: elder(n, &grids[n as usize % grids.len()]),
            secrets: (n % 10 == 0).then(secrets),
        });
        store.put_elders(files.collect(), &book, now).await.expect("elders");
    }
    println!(
        "{}: {ELDERS} filed, a tenth with secrets: {:?}",
        store.place(),
        begun.elapsed()
    );
    let begun = Instant::now();
    let all = store.all_elders(ElderQuery::default(), &book).await.expect("all");
    println!("all {} loaded: {:?}", all.items.len(), begun.elapsed());
    let begun = Instant::now();
    open(url).await.close().await;
    println!("opened with {} keys: {:?}", ELDERS / 10, begun.elapsed());
    for (name, code, need) in [
        ("everywhere", None, None),
        ("a district", Some("120114"), None),
        ("a street", Some("120114007"), None),
        ("a grid", Some("120114007003002"), None),
        ("everywhere, a need", None, Some(Need::Medical)),
        ("a street, a need", Some("120114007"), Some(Need::Medical)),
        ("a grid, a need", Some("120114007003002"), Some(Need::Medical)),
    ] {
        let query = ElderQuery {
            scope: code.map(|code| std::iter::once(code.parse().expect("a code")).collect()),
            need,
            after: Some(Uuid::from_u128(u128::MAX / 2)),
            ..ElderQuery::default()
        };
        store.elders(&query, &book, 50).await.expect("a page");
        let begun = Instant::now();
        let page = store.elders(&query, &book, 50).await.expect("a page");
        println!("page of {} {name}: {:?}", page.items.len(), begun.elapsed());
    }
    store.close().await;
}

fn area(code: &str) -> Area {
    Area {
        id: people::area_id(code),
        code: code.parse().expect("a code"),
        name: format!("区划{code}"),
        valid_from: date(2020, 1, 1),
        valid_until: None,
        alias: None,
    }
}

fn elder(n: u32, grid: &str) -> Elder {
    let code = format!("E{n:06}");
    Elder {
        id: people::elder_id(&code),
        name: format!("老人{n}"),
        household: people::household_id(&format!("H{n:06}")),
        grid: grid.parse().expect("a code"),
        address: format!("杨村一街{n}号"),
        home: Point::new(39.38, 117.06).ok(),
        needs: BTreeSet::from([Need::ALL[n as usize % 6]]),
        contact_mode: ContactMode::Voice,
        dialect: None,
        hearing: Hearing::Good,
        born: None,
        present: None,
        life_support: BTreeSet::new(),
        lift_helpers: 1,
        ability: None,
        consents: BTreeMap::new(),
        status: ElderStatus::Active,
        code,
    }
}

fn secrets() -> ElderSecrets {
    ElderSecrets {
        identity: Some("11010519491231002X".parse().expect("a number")),
        phones: vec!["13900000001".parse().expect("a number")],
        access: DoorAccess {
            door_code: Some(Private::new("4711#")),
            key_box: None,
            remarks: None,
        },
        health: Health {
            summary: Some(Private::new("高血压")),
            medication: None,
        },
    }
}
