//! Figures of the outbox, for docs/performance.md: from a record to the provider that is told of it, with nothing else waiting and with
//! 100,000 rows that wait, in turn; the same of persons, family and grid, by a dialler and short messages with the quotas that ship; and what
//! a provider that is dead holds meanwhile, and one that refuses at once.
//!
//! ```sh
//! ECD_FIGURES=1 ECD_BINARY=/path/to/eldercare-dispatch cargo test --test binary handed -- --nocapture --test-threads 1
//! ```
//!
//! Without `ECD_FIGURES` the same runs small, and asserts what does not depend on the machine. `ECD_RATE`: cases opened a second (50).

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eldercare_dispatch::case::NoticeKind;
use eldercare_dispatch::ids::NoticeId;
use eldercare_dispatch::store::Engine;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use super::harness::endpoint::SECRET;
use super::harness::{Database, PostgresServer};
use super::provider::{Provider, Sort};
use super::untold::fill;
use super::{PATIENCE, Service, Street, number, pause};

/// Rows that wait, half of them for the provider that lives, half for the dead one.
const WAITING: usize = 100_000;
/// Tries of the dead provider at once, at most.
const DEAD_CONNECTIONS: usize = 8;

/// Milliseconds from the record to the provider, of each case that was opened.
struct Handed(Vec<f64>);

impl Handed {
    fn at(&self, share: f64) -> f64 {
        let mut all = self.0.clone();
        all.sort_by(f64::total_cmp);
        all[((all.len() as f64 - 1.0) * share).round() as usize]
    }
}

/// Opens `count` cases at `rate` a second, each at its own instant, and waits until the provider has heard of each.
async fn opened(
    street: &Street,
    service: &Arc<Service>,
    live: &Provider,
    from: usize,
    count: usize,
    rate: f64,
) -> Handed {
    let before = live.count();
    let begun = Instant::now();
    let mut sent = Vec::new();
    for n in 0..count {
        let due = Duration::from_secs_f64(n as f64 / rate);
        tokio::time::sleep(due.saturating_sub(begun.elapsed())).await; // the rate, on purpose
        let (service, watch) = (service.clone(), street.keys[from + n].clone());
        sent.push(tokio::spawn(async move {
            let answer = service.send(&watch, "sos", "1").await.unwrap();
            assert_eq!(answer.status(), 201);
        }));
    }
    for it in sent {
        it.await.unwrap();
    }
    while live.count() < before + count {
        assert!(
            begun.elapsed() < PATIENCE,
            "{} of {count} were told",
            live.count() - before
        );
        pause().await;
    }
    let took = |at: Timestamp, made: Timestamp| at.duration_since(made).as_secs_f64() * 1e3;
    Handed(
        live.asked()[before..]
            .iter()
            .map(|it| took(it.at, it.made.unwrap()))
            .collect(),
    )
}

/// As many copies of the row of one case, under ids of their own.
async fn wait(db: &Database, engine: Engine, many: usize, channel: &str, next_at: &str) {
    let url = &db.config.url;
    let connection = sea_orm::Database::connect(url).await.unwrap();
    let (id, series) = match engine {
        Engine::Sqlite => (
            "randomblob(16)",
            "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 5000) SELECT n FROM s) AS s",
        ),
        Engine::Postgres => ("gen_random_uuid()", "generate_series(1, 5000) AS s(n)"),
    };
    let sql = format!(
        "INSERT INTO outbox (id, case_id, case_version, area_code, kind, step, target, channel, urgency, made_at, state, next_at, attempts) \
         SELECT {id}, o.case_id, o.case_version, o.area_code, o.kind, o.step, o.target, '{channel}', o.urgency, o.made_at, 'waiting', {next_at}, 0 \
         FROM (SELECT * FROM outbox WHERE kind = 'ring_desk' AND channel = 'webhook:gateway' ORDER BY made_at LIMIT 1) AS o CROSS JOIN {series}"
    );
    let backend = connection.get_database_backend();
    for _ in 0..many / 5_000 {
        let done = connection
            .execute_raw(Statement::from_string(backend, sql.clone()))
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 5_000);
    }
    connection.close().await.unwrap();
}

/// Milliseconds from the row to its provider of what persons were told by these providers since `since`: each letter's first try, by kind
/// and carrier.
async fn to_persons(db: &Database, told: &[&Provider], since: Timestamp) -> BTreeMap<(String, String), Handed> {
    let connection = sea_orm::Database::connect(&db.config.url).await.unwrap();
    let sql = format!(
        "SELECT l.id AS letter, o.made_at AS made_at, o.kind AS kind, o.channel AS channel FROM letter l JOIN outbox o ON o.id = l.notice_id \
         WHERE o.kind IN ('family_opened', 'offer') AND o.made_at >= {}",
        since.as_microsecond()
    );
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    connection.close().await.unwrap();
    let mut first: HashMap<NoticeId, Timestamp> = HashMap::new();
    for it in told.iter().flat_map(|it| it.asked()) {
        let Some(key) = it.key else { continue };
        let at = first.entry(key).or_insert(it.at);
        *at = (*at).min(it.at);
    }
    let mut found: BTreeMap<(String, String), Handed> = BTreeMap::new();
    for it in rows {
        let letter = NoticeId::new(it.try_get("", "letter").unwrap());
        let Some(at) = first.get(&letter) else { continue }; // a quota has refused it
        let made: i64 = it.try_get("", "made_at").unwrap();
        let took = (at.as_microsecond() - made) as f64 / 1e3;
        let of = (it.try_get("", "kind").unwrap(), it.try_get("", "channel").unwrap());
        found.entry(of).or_insert_with(|| Handed(vec![])).0.push(took);
    }
    found
}

/// What was written at once is brought to rest, as it would be by itself in time: measured is what waits, and not that it came.
async fn rest(db: &Database, engine: Engine) {
    let connection = sea_orm::Database::connect(&db.config.url).await.unwrap();
    let steps: &[&str] = match engine {
        Engine::Sqlite => &["PRAGMA wal_checkpoint(TRUNCATE)"],
        Engine::Postgres => &["VACUUM ANALYZE outbox", "CHECKPOINT"],
    };
    for it in steps {
        connection.execute_unprepared(it).await.unwrap();
    }
    connection.close().await.unwrap();
}

/// What waits goes again.
async fn clear(db: &Database) -> u64 {
    let connection = sea_orm::Database::connect(&db.config.url).await.unwrap();
    let sql = "DELETE FROM outbox WHERE channel IN ('webhook:dead', 'webhook:refusing') OR (state = 'waiting' AND next_at > made_at + 1800000000)";
    let backend = connection.get_database_backend();
    let done = connection
        .execute_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    if backend == sea_orm::DbBackend::Postgres {
        // Else what has just been deleted would still be read over.
        let vacuum = Statement::from_string(backend, "VACUUM outbox");
        connection.execute_raw(vacuum).await.unwrap();
    }
    connection.close().await.unwrap();
    done.rows_affected()
}

async fn figures(db: Database, name: &str) {
    let asked = std::env::var("ECD_FIGURES").is_ok();
    let rounds = if asked { 3 } else { 1 };
    let count = if asked { 500 } else { 40 };
    let rate = number("ECD_RATE", 50) as f64;
    let many = if asked { WAITING } else { 10_000 };
    let mut street = Street::found(db, "yangcun-7").await;
    let wanted = u32::try_from(2 * rounds * count + 1).unwrap();
    fill(&mut street, wanted).await;
    let services: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut providers = BTreeMap::new();
    for (name, sort) in [
        ("gateway", Sort::Webhook),
        ("dead", Sort::Silent),
        ("refusing", Sort::Refusing),
    ] {
        let it = Provider::start(sort, 1, services.clone()).await;
        it.inner.calm.store(true, Ordering::SeqCst);
        providers.insert(name, it);
    }
    let text = format!(
        "[notify]\n[[notify.webhooks]]\nname = \"gateway\"\nurl = \"http://{}/\"\nsecret = \"{SECRET}\"\nkinds = [\"ring_desk\"]\n\
         [[notify.webhooks]]\nname = \"dead\"\nurl = \"http://{}/\"\nsecret = \"{SECRET}\"\nkinds = [\"prompt_110\"]\ntimeout_ms = 2000\nconnections = {DEAD_CONNECTIONS}\n\
         [[notify.webhooks]]\nname = \"refusing\"\nurl = \"http://{}/\"\nsecret = \"{SECRET}\"\nkinds = [\"prompt_110\"]\n",
        providers["gateway"].address, providers["dead"].address, providers["refusing"].address,
    );
    let mut config = std::fs::read_to_string(street.config()).unwrap();
    config.push_str(&text);
    std::fs::write(street.config(), config).unwrap();
    let service = Arc::new(Service::start(&street).await);
    let engine = if street.db.config.url.starts_with("sqlite") {
        Engine::Sqlite
    } else {
        Engine::Postgres
    };
    let live = &providers["gateway"];
    // The one whose rows are copied; it rings on.
    opened(&street, &service, live, 0, 1, rate).await;
    let mut from = 1;
    let mut found: HashMap<&str, Vec<Handed>> = HashMap::new();
    for _ in 0..rounds {
        for what in ["nothing waits", "rows wait"] {
            if what == "rows wait" {
                let now = Timestamp::now().as_microsecond();
                wait(
                    &street.db,
                    engine,
                    many / 2,
                    "webhook:gateway",
                    &format!("{}", now + 3_600_000_000),
                )
                .await;
                wait(&street.db, engine, many / 2, "webhook:dead", &now.to_string()).await;
                wait(&street.db, engine, many / 10, "webhook:refusing", &now.to_string()).await;
            }
            rest(&street.db, engine).await;
            let handed = opened(&street, &service, live, from, count, rate).await;
            from += count;
            println!(
                "{name}: {what}: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
                handed.at(0.5),
                handed.at(0.99),
                handed.at(1.0)
            );
            found.entry(what).or_default().push(handed);
        }
        let gone = clear(&street.db).await;
        assert!(gone as usize > many * 9 / 10, "they waited all the while: {gone}");
    }
    let median = |what: &str, share: f64| {
        let mut all: Vec<f64> = found[what].iter().map(|it| it.at(share)).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let dead = &providers["dead"];
    let lines = dead.inner.open_most.load(Ordering::SeqCst);
    println!(
        "{name}, {rate} a second: record → provider p50 {:.1} ms, p99 {:.1} ms; with {many} rows that wait p50 {:.1} ms ({:.2}), p99 {:.1} ms ({:.2}); \
         the dead provider was asked {} times by {lines} connections",
        median("nothing waits", 0.5),
        median("nothing waits", 0.99),
        median("rows wait", 0.5),
        median("rows wait", 0.5) / median("nothing waits", 0.5),
        median("rows wait", 0.99),
        median("rows wait", 0.99) / median("nothing waits", 0.99),
        dead.asked().len(),
    );
    let refusing = &providers["refusing"];
    println!("{name}: the one that refuses was asked {} times", refusing.count());
    // Rows that are put beside the service wake nobody: in a short run its line may not have looked yet.
    assert!(!asked || refusing.count() > 0, "it was tried");
    assert!(!dead.asked().is_empty(), "it was tried");
    assert!(lines <= DEAD_CONNECTIONS, "a dead provider holds {lines} connections");
    let ready: Value = service
        .client
        .get(format!("{}/readyz", service.address))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(ready["ready"], json!(true), "{ready}");
    Arc::into_inner(service).unwrap().kill();
}

/// Persons: calls and messages to family and grid with the quotas that ship, while rows wait for a provider that is dead and for one that
/// refuses at once.
async fn persons(db: Database, name: &str) {
    let asked = std::env::var("ECD_FIGURES").is_ok();
    let count = if asked { 300 } else { 12 };
    let rate = if asked { number("ECD_RATE", 50) as f64 } else { 4.0 };
    let mut street = Street::found(db, "yangcun-7").await;
    fill(&mut street, u32::try_from(count + 1).unwrap()).await;
    let services: Arc<Mutex<Vec<String>>> = Arc::default();
    let sorts = [Sort::Webhook, Sort::Silent, Sort::Refusing, Sort::Dialler, Sort::Sms];
    let mut providers = BTreeMap::new();
    for sort in sorts {
        let it = Provider::start(sort, 1, services.clone()).await;
        it.inner.calm.store(true, Ordering::SeqCst);
        providers.insert(sort, it);
    }
    let webhook = |name: &str, sort: Sort, kind: &str| {
        let address = providers[&sort].address;
        format!(
            "[[notify.webhooks]]\nname = \"{name}\"\nurl = \"http://{address}/\"\nsecret = \"{SECRET}\"\nkinds = [\"{kind}\"]\ntimeout_ms = 2000\n"
        )
    };
    let kinds: Vec<String> = NoticeKind::ALL.iter().map(|it| format!("\"{it}\"")).collect();
    let text = format!(
        "[notify]\n{}{}{}[[notify.carriers]]\ntype = \"voice_http\"\nurl = \"http://{}/calls\"\nsecret = \"{SECRET}\"\n\
         [[notify.carriers]]\ntype = \"sms_aliyun\"\nurl = \"http://{}\"\naccess_key_id = \"LTAItest\"\naccess_key_secret = \"secret\"\n\
         sign_name = \"街道\"\n\
         templates = [{{ id = \"SMS_1\", language = \"zh-CN\", kinds = [{}], params = [\"case_number\"] }}]\n",
        webhook("gateway", Sort::Webhook, "ring_desk"),
        webhook("dead", Sort::Silent, "prompt_110"),
        webhook("refusing", Sort::Refusing, "prompt_110"),
        providers[&Sort::Dialler].address,
        providers[&Sort::Sms].address,
        kinds.join(", "),
    );
    let mut config = std::fs::read_to_string(street.config()).unwrap();
    config.push_str(&text);
    std::fs::write(street.config(), config).unwrap();
    let service = Arc::new(Service::start(&street).await);
    let engine = if street.db.config.url.starts_with("sqlite") {
        Engine::Sqlite
    } else {
        Engine::Postgres
    };
    let live = &providers[&Sort::Webhook];
    opened(&street, &service, live, 0, 1, rate).await;
    let now = Timestamp::now().as_microsecond().to_string();
    for channel in ["webhook:dead", "webhook:refusing"] {
        wait(&street.db, engine, 5_000, channel, &now).await;
    }
    rest(&street.db, engine).await;
    let since = Timestamp::now();
    opened(&street, &service, live, 1, count, rate).await;
    let by = [&providers[&Sort::Dialler], &providers[&Sort::Sms]];
    let family = ("family_opened".to_owned(), "voice".to_owned());
    // Both contacts of each: nobody has called their telephones before, so no quota stands in the way. However slow the machine is: as long as
    // it goes on it is waited for.
    let (mut begun, mut seen) = (Instant::now(), 0);
    let told = loop {
        let told = to_persons(&street.db, &by, since).await;
        let many = told.get(&family).map_or(0, |it| it.0.len());
        if many >= 2 * count {
            break told;
        }
        if many > seen {
            (begun, seen) = (Instant::now(), many);
        }
        assert!(begun.elapsed() < PATIENCE, "{many} of {} calls to families", 2 * count);
        pause().await;
    };
    for ((kind, channel), it) in &told {
        println!(
            "{name}, {rate} a second: {kind} by {channel}: {} letters, p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
            it.0.len(),
            it.at(0.5),
            it.at(0.99),
            it.at(1.0)
        );
    }
    assert!(told.keys().any(|it| it.0 == "offer"), "{:?}", told.keys());
    for (sort, it) in &providers {
        let most = it.inner.open_most.load(Ordering::SeqCst);
        println!(
            "{name}: {sort:?} was asked {} times by {most} connections at once",
            it.count()
        );
        assert!(it.count() > 0 && most < 50, "{sort:?}: {most}");
    }
    Arc::into_inner(service).unwrap().kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn persons_are_told_beside_a_dead_provider_and_one_that_refuses_on_sqlite() {
    persons(Database::sqlite().await, "sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn persons_are_told_beside_a_dead_provider_and_one_that_refuses_on_postgresql() {
    let server = PostgresServer::start(true);
    persons(Database::on(&server), "postgresql").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_dead_provider_delays_nobody_on_sqlite() {
    figures(Database::sqlite().await, "sqlite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_dead_provider_delays_nobody_on_postgresql() {
    let server = PostgresServer::start(true);
    figures(Database::on(&server), "postgresql").await;
}
