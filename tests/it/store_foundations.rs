//! Opening, migrating, sealing, and the traps of the drivers: what every other room stands on.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eldercare_dispatch::ids::ElderId;
use eldercare_dispatch::store::{
    Conflict, Engine, MasterKey, Micros, Reason, SealError, Store, StoreConfig, StoreError, rows_per_statement,
    write_lock_first,
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, TransactionTrait};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::harness::{Database, PostgresServer, at, both_stores, master};

/// How long a test waits for what should be there at once.
const SOON: Duration = Duration::from_secs(20);

async fn run(store: &Store, sql: &'static str) -> Result<(), StoreError> {
    store
        .write(move |tx| Box::pin(async move { Ok(tx.execute_unprepared(sql).await.map(|_| ())?) }))
        .await
}

async fn number(db: &impl ConnectionTrait, sql: &str) -> i64 {
    #[derive(FromQueryResult)]
    struct Row {
        n: i64,
    }
    let row = Row::find_by_statement(Statement::from_string(db.get_database_backend(), sql))
        .one(db)
        .await
        .unwrap();
    row.unwrap().n
}

fn reason(error: &StoreError) -> Option<Reason> {
    match error {
        StoreError::Unavailable { reason, .. } => Some(*reason),
        _ => None,
    }
}

both_stores! {
    async fn a_node_can_compare_its_clock_with_the_databases(db: Database) {
        let store = db.open().await;
        let clock = eldercare_dispatch::clock::Clock::system();
        let before = clock.now();
        let theirs = store.database_clock().await.unwrap();
        let after = clock.now();
        match store.engine() {
            // The database runs on this machine: one wall for both, apart by what it was corrected meanwhile.
            Engine::Postgres => {
                let room = jiff::SignedDuration::from_millis(100);
                assert!((before - room..=after + room).contains(&theirs.unwrap()), "{before} {theirs:?} {after}");
            }
            Engine::Sqlite => assert_eq!(theirs, None),
        }
    }

    async fn migrations_apply_once_and_are_found_done(db: Database) {
        let store = db.open().await;
        assert!(store.require_migrated().await.unwrap_err().to_string().contains("eldercare-dispatch migrate"));
        let applied = store.migrate().await.unwrap();
        assert_eq!(applied[0], "m0001_setting");
        assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
        store.require_migrated().await.unwrap();
    }

    async fn two_programs_migrate_at_once_and_one_of_them_works(db: Database) {
        db.blank();
        let mut at_once = Vec::new();
        for _ in 0..4 {
            let config = db.config.clone();
            at_once.push(tokio::spawn(async move { Store::open(&config).await?.migrate().await }));
        }
        let mut worked = 0;
        for one in at_once {
            worked += usize::from(!one.await.unwrap().unwrap().is_empty());
        }
        assert_eq!(worked, 1);
        db.open().await.require_migrated().await.unwrap();
    }

    async fn steps_that_fail_leave_the_tables_as_they_were(db: Database) {
        let store = db.open().await;
        let pending = store.pending_migrations().await.unwrap();
        run(&store, "CREATE TABLE station (in_the_way integer)").await.unwrap();
        assert!(store.migrate().await.is_err());
        assert_eq!(store.pending_migrations().await.unwrap(), pending);
        run(&store, "DROP TABLE station").await.unwrap();
        assert_eq!(store.migrate().await.unwrap(), pending);
    }

    async fn a_database_of_a_newer_program_is_refused(db: Database) {
        let store = db.store().await;
        run(&store, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)").await.unwrap();
        for error in [store.migrate().await.unwrap_err(), store.require_migrated().await.unwrap_err()] {
            assert!(matches!(error, StoreError::Schema(_)));
            let text = error.to_string();
            assert!(text.contains("newer program") && text.contains("m9999_future"), "{text}");
        }
    }

    async fn another_master_key_is_refused(db: Database) {
        let store = db.store().await;
        store.close().await;
        let other = MasterKey::from_base64("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=").unwrap();
        let error = db.open().await.unlock(other, at(1)).await.unwrap_err();
        assert!(matches!(error, StoreError::Sealed(SealError::WrongMaster)), "{error}");
        db.open().await.unlock(master(), at(1)).await.unwrap();
    }

    async fn a_locked_store_says_so(db: Database) {
        let store = db.open().await;
        assert!(matches!(store.keys().unwrap_err(), StoreError::Sealed(SealError::Locked)));
    }

    /// Trap: timestamp columns on SQLite are texts, and what is due is not found.
    async fn what_is_due_is_found_and_in_order(db: Database) {
        let store = db.store().await;
        run(&store, "CREATE TABLE due_row (n bigint NOT NULL, due_at bigint NOT NULL)").await.unwrap();
        let texts = ["10:00:00Z", "10:00:00.5Z", "10:00:00.500001Z", "18:00:00.2+08:00", "10:00:01Z"];
        for (n, text) in texts.iter().enumerate() {
            let due = Micros::from(format!("2026-03-01T{text}").parse::<jiff::Timestamp>().unwrap()).0;
            let sql: &'static str = Box::leak(format!("INSERT INTO due_row VALUES ({n}, {due})").into_boxed_str());
            run(&store, sql).await.unwrap();
        }
        let now = Micros::from("2026-03-01T10:00:00.3Z".parse::<jiff::Timestamp>().unwrap()).0;
        assert_eq!(number(store.reader(), &format!("SELECT COUNT(*) AS n FROM due_row WHERE due_at <= {now}")).await, 2);
        let rows = Statement::from_string(store.reader().get_database_backend(), "SELECT n FROM due_row ORDER BY due_at");
        let rows = store.reader().query_all_raw(rows).await.unwrap();
        let order: Vec<i64> = rows.iter().map(|it| it.try_get("", "n").unwrap()).collect();
        assert_eq!(order, [0, 3, 1, 2, 4]);
    }

    /// Trap: after a failed statement SQLite goes on and PostgreSQL does not. Here nothing is kept on either.
    async fn a_failed_statement_leaves_nothing_behind(db: Database) {
        let store = db.store().await;
        let failed = store
            .write(|tx| {
                Box::pin(async move {
                    let one = "INSERT INTO setting (name, value, changed_at) VALUES ('half', 'written', 0)";
                    tx.execute_unprepared(one).await?;
                    tx.execute_unprepared(one).await?;
                    Ok(())
                })
            })
            .await
            .unwrap_err();
        assert!(failed.is_unique("setting_pkey"), "{failed:?}");
        assert_eq!(store.setting("half").await.unwrap(), None);
        store.put_setting("half", "whole".to_owned(), at(0)).await.unwrap();
        assert_eq!(store.setting("half").await.unwrap().as_deref(), Some("whole"));
    }

    /// Trap: a request that is dropped half-way. The work goes on to its commit.
    async fn a_caller_that_goes_away_does_not_stop_a_write(db: Database) {
        let store = db.store().await;
        let (begun, wait) = tokio::sync::oneshot::channel();
        let (go_on, held) = tokio::sync::oneshot::channel::<()>();
        let caller = {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .write(move |tx| {
                        Box::pin(async move {
                            begun.send(()).unwrap();
                            held.await.unwrap();
                            tx.execute_unprepared("INSERT INTO setting (name, value, changed_at) VALUES ('kept', '1', 0)").await?;
                            Ok(())
                        })
                    })
                    .await
            })
        };
        wait.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        go_on.send(()).unwrap();
        tokio::time::timeout(SOON, async {
            while store.setting("kept").await.unwrap().is_none() {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
    }

    async fn work_that_panics_is_rolled_back_and_told(db: Database) {
        let store = db.store().await;
        let told = store
            .write::<(), _>(|tx| {
                Box::pin(async move {
                    tx.execute_unprepared("INSERT INTO setting (name, value, changed_at) VALUES ('lost', '1', 0)").await?;
                    panic!("on purpose");
                })
            })
            .await
            .unwrap_err();
        assert_eq!(reason(&told), Some(Reason::Stopped));
        assert_eq!(store.setting("lost").await.unwrap(), None);
        store.put_setting("next", "1".to_owned(), at(0)).await.unwrap();
    }

    async fn the_connections_that_read_refuse_to_write(db: Database) {
        let store = db.store().await;
        let sql = "INSERT INTO setting (name, value, changed_at) VALUES ('no', '1', 0)";
        let refused = StoreError::from(store.reader().execute_unprepared(sql).await.unwrap_err());
        assert_eq!(reason(&refused), Some(Reason::ReadOnly), "{refused:?}");
    }

    async fn a_read_sees_only_what_is_committed_and_waits_for_nobody(db: Database) {
        let store = db.store().await;
        let reader = store.clone();
        store
            .write(|tx| {
                Box::pin(async move {
                    tx.execute_unprepared("INSERT INTO setting (name, value, changed_at) VALUES ('open', '1', 0)").await?;
                    assert_eq!(reader.setting("open").await?, None);
                    Ok(())
                })
            })
            .await
            .unwrap();
        assert!(store.setting("open").await.unwrap().is_some());
    }

    async fn the_epoch_stays_until_a_restore(db: Database) {
        let store = db.store().await;
        let first = store.epoch(Uuid::from_u128(1), at(0)).await.unwrap();
        assert_eq!(first, Uuid::from_u128(1));
        assert_eq!(store.epoch(Uuid::from_u128(2), at(1)).await.unwrap(), first);
        store.renew_epoch(Uuid::from_u128(3), at(2)).await.unwrap();
        assert_eq!(store.epoch(Uuid::from_u128(4), at(3)).await.unwrap(), Uuid::from_u128(3));
    }

    /// Trap: 40,000 values in one statement fail on SQLite, 70,000 on PostgreSQL.
    async fn many_values_are_asked_for_in_parts(db: Database) {
        let store = db.store().await;
        let elders: Vec<ElderId> = (0..70_000).map(|it| ElderId::new(Uuid::from_u128(it))).collect();
        assert!(store.contacts_of(&elders).await.unwrap().items.is_empty());
        // And many rows are written in parts: twice as many as the widest statement takes, and one more.
        let some = elders[..2 * rows_per_statement(6) + 1].to_vec();
        let ring = store.keys().unwrap().clone();
        let keys = store.write(move |tx| Box::pin(async move { ring.elder_keys(tx, &some, at(0)).await })).await.unwrap();
        assert_eq!(keys.len(), 2 * rows_per_statement(6) + 1);
    }

    async fn a_key_made_twice_at_once_is_one_key(db: Database) {
        let stores = [db.store().await, db.store().await];
        let elders: Vec<ElderId> = (1..=50).map(|it| ElderId::new(Uuid::from_u128(it))).collect();
        let mut at_once = Vec::new();
        for store in &stores {
            let (store, elders) = (store.clone(), elders.clone());
            let ring = store.keys().unwrap().clone();
            let make = async move { store.write(move |tx| Box::pin(async move { ring.elder_keys(tx, &elders, at(0)).await })).await };
            at_once.push(tokio::spawn(make));
        }
        let mut ids = Vec::new();
        for one in at_once {
            let keys = one.await.unwrap().unwrap();
            ids.push(elders.iter().map(|it| keys[it].id()).collect::<Vec<_>>());
        }
        assert_eq!(ids[0], ids[1]);
    }

    async fn a_damaged_key_closes_one_elder_alone(db: Database) {
        let store = db.store().await;
        let elders = [ElderId::new(Uuid::from_u128(7)), ElderId::new(Uuid::from_u128(8))];
        let ring = store.keys().unwrap().clone();
        let keys = store.write(move |tx| Box::pin(async move { ring.elder_keys(tx, &elders, at(0)).await })).await.unwrap();
        let sealed = elders.map(|it| keys[&it].seal("elder", "health", it.as_uuid(), b"insulin").unwrap());
        let damaged = Statement::from_sql_and_values(
            store.writer().get_database_backend(),
            "UPDATE data_key SET wrapped = $1 WHERE subject = $2",
            [vec![0_u8; 72].into(), elders[0].as_uuid().into()],
        );
        store.writer().execute_raw(damaged).await.unwrap();
        let again = db.store().await;
        let ring = again.keys().unwrap();
        let damaged = SealError::Damaged(keys[&elders[0]].id());
        // One by one, as they are asked for, and all at once: what is wrong with a key is said and not hidden.
        let fetched = ring.open_fetching(&again, &sealed[0], "elder", "health", elders[0].as_uuid()).await;
        assert!(matches!(fetched, Err(StoreError::Sealed(it)) if it == damaged));
        let other = db.store().await;
        let ring = other.keys().unwrap();
        let open = |n: usize| ring.open_field(&sealed[n], "elder", "health", elders[n].as_uuid());
        assert_eq!(open(1), Err(SealError::UnknownKey(keys[&elders[1]].id())), "no elder's key is unwrapped before it is asked for");
        ring.read_all(&other).await.unwrap();
        assert_eq!(open(0), Err(damaged));
        assert_eq!(open(1).unwrap(), b"insulin");
    }

    async fn an_erased_elder_is_unreadable_everywhere(db: Database) {
        let (store, other) = (db.store().await, db.store().await);
        let elder = ElderId::new(Uuid::from_u128(7));
        let ring = store.keys().unwrap().clone();
        let keys = {
            let ring = ring.clone();
            store.write(move |tx| Box::pin(async move { ring.elder_keys(tx, &[elder], at(0)).await })).await.unwrap()
        };
        ring.remember(&keys);
        let sealed = keys[&elder].seal("elder", "health", elder.as_uuid(), b"insulin").unwrap();
        let place = ("elder", "health", elder.as_uuid());
        // Another node has not seen the key yet: it looks.
        let theirs = other.keys().unwrap();
        assert!(matches!(theirs.open_field(&sealed, place.0, place.1, place.2), Err(SealError::UnknownKey(_))));
        assert_eq!(theirs.open_fetching(&other, &sealed, place.0, place.1, place.2).await.unwrap(), b"insulin");

        let wrapped = Statement::from_string(store.reader().get_database_backend(), "SELECT wrapped FROM data_key");
        let rows = store.reader().query_all_raw(wrapped).await.unwrap();
        let secrets: BTreeSet<Vec<u8>> = rows.iter().map(|it| it.try_get::<Vec<u8>>("", "wrapped").unwrap()).collect();

        assert_eq!(ring.erase(&store, elder, at(10)).await.unwrap(), 1);
        assert_eq!(ring.erase(&store, elder, at(11)).await.unwrap(), 0);
        let gone = SealError::Erased(keys[&elder].id());
        assert_eq!(ring.open_field(&sealed, place.0, place.1, place.2), Err(gone.clone()));
        theirs.refresh(&other, at(5)).await.unwrap();
        assert_eq!(theirs.open_field(&sealed, place.0, place.1, place.2), Err(gone.clone()));
        // After a restart too.
        let again = db.store().await;
        let fetched = again.keys().unwrap().open_fetching(&again, &sealed, place.0, place.1, place.2).await;
        assert!(matches!(fetched, Err(StoreError::Sealed(it)) if it == gone));
        let again = db.store().await;
        again.keys().unwrap().read_all(&again).await.unwrap();
        assert_eq!(again.keys().unwrap().open_field(&sealed, place.0, place.1, place.2), Err(gone));

        if let Some(folder) = db.folder() {
            let files: Vec<Vec<u8>> = std::fs::read_dir(folder).unwrap().map(|it| std::fs::read(it.unwrap().path()).unwrap()).collect();
            let found = |secret: &[u8]| files.iter().any(|it| it.windows(secret.len()).any(|part| part == secret));
            assert_eq!(secrets.iter().filter(|it| found(it)).count(), secrets.len() - 1, "the erased key is in no file any more");
        }
    }
}

#[tokio::test]
async fn sqlite_keeps_what_it_acknowledged() {
    let db = Database::sqlite().await;
    // Not as a copy: what is looked at is how the store makes its file.
    let store = db.open().await;
    store.migrate().await.unwrap();
    store.unlock(master(), at(0)).await.unwrap();
    assert_eq!(store.engine(), Engine::Sqlite);
    let pragma = |name: &'static str| {
        let store = store.clone();
        async move {
            let sql = Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {name}"));
            let row = store.writer().query_one_raw(sql).await.unwrap().unwrap();
            row.try_get_by_index::<i64>(0)
                .map(|it| it.to_string())
                .or_else(|_| row.try_get_by_index::<String>(0))
                .unwrap()
        }
    };
    assert_eq!(pragma("journal_mode").await, "wal");
    assert_eq!(pragma("synchronous").await, "2");
    assert_eq!(pragma("foreign_keys").await, "1");
    assert_eq!(pragma("wal_autocheckpoint").await, "4000");
    assert_eq!(pragma("busy_timeout").await, "2000", "as before the migrations");
    use std::os::unix::fs::PermissionsExt as _;
    for file in std::fs::read_dir(db.folder().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o077,
            0,
            "{:?} is for its owner alone",
            file.path()
        );
    }
}

#[tokio::test]
async fn a_server_that_does_not_sync_is_refused() {
    let db = Database::postgres().await;
    db.blank();
    let error = Store::open(&StoreConfig {
        require_durable: true,
        ..db.config.clone()
    })
    .await
    .unwrap_err();
    assert!(error.to_string().contains("fsync = off"), "{error}");
}

/// Trap: using the pool while holding its only connection waits for itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_waits_for_itself_is_told_soon() {
    let mut db = Database::sqlite().await;
    db.config.acquire_within_ms = 200;
    let store = db.store().await;
    let inner = store.clone();
    let told = store
        .write(move |_| Box::pin(async move { inner.put_setting("inner", "1".to_owned(), at(0)).await }))
        .await;
    assert_eq!(reason(&told.unwrap_err()), Some(Reason::NoConnection));
    store.put_setting("after", "1".to_owned(), at(0)).await.unwrap();
}

/// Trap: a deferred transaction that has read cannot write once somebody else has committed, and does not wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writing_transaction_takes_its_lock_first() {
    let db = Database::sqlite().await;
    let (one, other) = (db.store().await, db.store().await);
    let late = one.writer().begin().await.unwrap();
    number(&late, "SELECT COUNT(*) AS n FROM setting").await;
    other.put_setting("first", "1".to_owned(), at(0)).await.unwrap();
    let refused = late
        .execute_unprepared("INSERT INTO setting (name, value, changed_at) VALUES ('late', '1', 0)")
        .await;
    let refused = StoreError::from(refused.unwrap_err());
    assert!(
        matches!(refused, StoreError::Conflict(Conflict::Serialization)),
        "{refused:?}"
    );
    late.rollback().await.unwrap();

    // With the lock in hand the second one waits for the first, and both are written.
    let held = one.writer().begin_with_options(write_lock_first()).await.unwrap();
    number(&held, "SELECT COUNT(*) AS n FROM setting").await;
    let waiting = tokio::spawn(async move { other.put_setting("second", "1".to_owned(), at(0)).await });
    held.execute_unprepared("INSERT INTO setting (name, value, changed_at) VALUES ('third', '1', 0)")
        .await
        .unwrap();
    held.commit().await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(number(one.reader(), "SELECT COUNT(*) AS n FROM setting").await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_held_for_too_long_is_named_and_the_store_goes_on() {
    let mut db = Database::sqlite().await;
    let one = db.store().await;
    db.config.lock_within_ms = 100;
    let other = db.store().await;
    let held = one.writer().begin_with_options(write_lock_first()).await.unwrap();
    let busy = other.put_setting("busy", "1".to_owned(), at(0)).await.unwrap_err();
    assert_eq!(reason(&busy), Some(Reason::Busy), "{busy:?}");
    assert!(busy.is_transient());
    held.rollback().await.unwrap();
    other.put_setting("busy", "1".to_owned(), at(0)).await.unwrap();
}

/// Trap: a cancelled query keeps SQLite's worker busy. It is a reader's; the writer does not wait for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_query_that_was_given_up_does_not_hold_the_writer() {
    let db = Database::sqlite().await;
    let store = db.store().await;
    let endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 30000000) SELECT COUNT(*) AS n FROM c";
    let given_up = tokio::time::timeout(Duration::from_millis(20), number(store.reader(), endless)).await;
    assert!(given_up.is_err());
    let write = store.put_setting("meanwhile", "1".to_owned(), at(0));
    tokio::time::timeout(Duration::from_secs(1), write)
        .await
        .expect("the writer is free")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_named_and_nothing_is_half_written() {
    let db = Database::sqlite().await;
    let store = db.store().await;
    let pages = number(store.writer(), "SELECT page_count AS n FROM pragma_page_count").await;
    store
        .writer()
        .execute_unprepared(&format!("PRAGMA max_page_count = {}", pages + 4))
        .await
        .unwrap();
    let full = store
        .write(|tx| {
            Box::pin(async move {
                for n in 0..1_000 {
                    let long = "x".repeat(4_000);
                    let sql = format!("INSERT INTO setting (name, value, changed_at) VALUES ('n{n}', '{long}', 0)");
                    tx.execute_unprepared(&sql).await?;
                }
                Ok(())
            })
        })
        .await
        .unwrap_err();
    assert_eq!(reason(&full), Some(Reason::DiskFull), "{full:?}");
    assert_eq!(number(store.reader(), "SELECT COUNT(*) AS n FROM setting").await, 0);
    store
        .writer()
        .execute_unprepared("PRAGMA max_page_count = 1000000")
        .await
        .unwrap();
    store.put_setting("room again", "1".to_owned(), at(0)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_ends_what_takes_too_long() {
    let mut db = Database::postgres().await;
    db.config.statement_within_ms = 1_000;
    db.config.lock_within_ms = 100;
    db.config.idle_in_transaction_ms = 300;
    let store = db.store().await;
    let slow = run(&store, "SELECT pg_sleep(5)").await.unwrap_err();
    assert_eq!(reason(&slow), Some(Reason::TooSlow), "{slow:?}");

    let held = store.writer().begin().await.unwrap();
    held.execute_unprepared("LOCK TABLE setting IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let locked = store.put_setting("locked", "1".to_owned(), at(0)).await.unwrap_err();
    assert_eq!(reason(&locked), Some(Reason::Busy), "{locked:?}");

    // Left alone, the holder is ended by the server, and others go on.
    tokio::time::timeout(SOON, async {
        while store.put_setting("locked", "1".to_owned(), at(0)).await.is_err() {}
    })
    .await
    .unwrap();
    let ended = StoreError::from(held.execute_unprepared("SELECT 1").await.unwrap_err());
    assert_eq!(reason(&ended), Some(Reason::Lost), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_and_started_again_is_found_without_help() {
    let server = PostgresServer::start(true);
    let db = Database::on(&server);
    let store = db.store().await;
    store.put_setting("before", "1".to_owned(), at(0)).await.unwrap();
    server.kill();
    let lost = store.put_setting("during", "1".to_owned(), at(0)).await.unwrap_err();
    assert!(
        matches!(reason(&lost), Some(Reason::Lost | Reason::NoConnection)),
        "{lost:?}"
    );
    server.start_again();
    tokio::time::timeout(SOON, async {
        while store.put_setting("after", "1".to_owned(), at(0)).await.is_err() {}
        // Each broken connection of the pool is found by using it.
        while store.setting("after").await.is_err() {}
    })
    .await
    .unwrap();
    assert_eq!(store.setting("before").await.unwrap().as_deref(), Some("1"));
    server.stop();
    assert!(store.setting("before").await.is_err());
}

/// Forwards to the server's socket and adds `delay` to every piece of data, both ways.
async fn slow_road(socket: std::path::PathBuf, delay: Duration) -> u16 {
    async fn carry(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, delay: Duration) {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(n @ 1..) = from.read(&mut bytes).await {
            #[allow(clippy::disallowed_methods)] // a slow network, not a wait for a state
            tokio::time::sleep(delay).await;
            if to.write_all(&bytes[..n]).await.is_err() {
                return;
            }
        }
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = tokio::net::UnixStream::connect(&socket).await.unwrap();
            let (near_read, near_write) = near.into_split();
            let (far_read, far_write) = far.into_split();
            tokio::spawn(carry(near_read, far_write, delay));
            tokio::spawn(carry(far_read, near_write, delay));
        }
    });
    port
}

/// Trap: a `begin` cancelled on its way leaves an open transaction in the pool; what is written there later reports success
/// and is lost. Callers are cancelled here at every stage of a write; every write is whole, visible to others, and no
/// session is left inside a transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelled_callers_never_leave_a_transaction_open() {
    let server = PostgresServer::shared();
    let mut db = Database::postgres().await;
    db.store().await.close().await;
    let name = db
        .config
        .url
        .split('/')
        .nth(3)
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let port = slow_road(server.socket(), Duration::from_millis(10)).await;
    db.config.url = format!("postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable");
    db.config.writers_max = 1;
    db.config.acquire_within_ms = 20_000;
    let store = db.open().await;

    let names: Vec<&'static str> = (0..12)
        .map(|it| &*Box::leak(format!("cancelled {it}").into_boxed_str()))
        .collect();
    for (step, name) in names.iter().enumerate() {
        let write = store.put_setting(name, "1".to_owned(), at(0));
        let _ = tokio::time::timeout(Duration::from_millis(8 * step as u64), write).await;
    }
    store.put_setting("last", "1".to_owned(), at(0)).await.unwrap();
    // The one connection serves in turn, so those before are done. A caller cancelled at once has never begun.
    let seen = server.psql(
        &name,
        "SELECT COUNT(*) FROM setting WHERE name LIKE 'cancelled %' OR name = 'last'",
    );
    assert!(["12", "13"].contains(&seen.trim()), "{seen}");
    let open = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    assert_eq!(server.psql(&name, open).trim(), "0");
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that is logged at the finest level: no value, no statement, no password. One thread, so that the subscriber
/// hears all of it.
async fn logs_nothing_personal(mut db: Database) {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    db.config.url = db.config.url.replace("postgres@", "postgres:tops3cret@");
    let store = db.store().await;
    store.put_setting("name", "zhang-san".to_owned(), at(0)).await.unwrap();
    let twice = store
        .write(|tx| {
            Box::pin(async move {
                let sql = "INSERT INTO setting (name, value, changed_at) VALUES ($1, 'li-si', 0)";
                let sql = Statement::from_sql_and_values(tx.get_database_backend(), sql, ["name".into()]);
                tx.execute_raw(sql).await?;
                Ok(())
            })
        })
        .await
        .unwrap_err();
    tracing::error!(error = ?twice, "told");
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("told"));
    for secret in [
        "zhang-san",
        "li-si",
        "tops3cret",
        "INSERT INTO setting",
        "insert into \"setting\"",
    ] {
        assert!(!text.contains(secret), "{secret} is logged:\n{text}");
    }
}

#[tokio::test]
async fn nothing_personal_is_logged_on_sqlite() {
    logs_nothing_personal(Database::sqlite().await).await;
}

#[tokio::test]
async fn nothing_personal_is_logged_on_postgres() {
    logs_nothing_personal(Database::postgres().await).await;
}

/// The harness keeps its word: a server ends with whoever started it, however that one ends.
#[test]
fn a_server_of_the_harness_ends_with_its_owner() {
    let server = PostgresServer::start(false);
    let socket = server.socket();
    assert!(socket.exists());
    drop(server);
    assert!(!socket.exists());
}
