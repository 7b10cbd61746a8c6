//! However many rows wait, who looks for what is due, or for the oldest, reads only what it takes.

use eldercare_dispatch::case::NoticeKind;
use eldercare_dispatch::store::cases::{IN_NO_HAND, OLDEST, due_sql};
use eldercare_dispatch::store::{Booking, Engine, Limit};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::harness::endpoint::Endpoint;
use crate::harness::street::alert;
use crate::harness::{TestApp, both_stores};
use crate::notify_webhook::{report, row, street};

const RING: &[NoticeKind] = &[NoticeKind::RingDesk];
/// Rows that wait for the next hour, of each of three urgencies.
const MANY: usize = 2_000;

/// As many copies of what rings at the desk, due in an hour, under ids and an urgency of their own.
async fn wait(app: &TestApp, urgency: i32) {
    let (id, series) = match app.app.store.engine() {
        Engine::Sqlite => (
            "randomblob(16)",
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {MANY}) SELECT n FROM s) AS s"
            ),
        ),
        Engine::Postgres => ("gen_random_uuid()", format!("generate_series(1, {MANY}) AS s(n)")),
    };
    let later = app.clock.now().as_microsecond() + 3_600_000_000;
    let sql = format!(
        "INSERT INTO outbox (id, case_id, case_version, area_code, kind, step, target, channel, urgency, made_at, state, next_at, attempts) \
         SELECT {id}, o.case_id, o.case_version, o.area_code, o.kind, o.step, o.target, o.channel, {urgency}, o.made_at + s.n, 'waiting', {later}, 0 \
         FROM (SELECT * FROM outbox WHERE kind = 'ring_desk' ORDER BY made_at LIMIT 1) AS o CROSS JOIN {series}"
    );
    let writer = app.app.store.writer();
    writer.execute_unprepared(&sql).await.unwrap();
    if app.app.store.engine() == Engine::Postgres {
        writer.execute_unprepared("ANALYZE outbox").await.unwrap(); // as it does by itself in time
    }
}

async fn plan(app: &TestApp, sql: &str, values: &[&str]) -> String {
    let db = app.app.store.writer();
    let mut sql = sql.to_owned();
    for (n, value) in values.iter().enumerate() {
        sql = sql.replace(&format!("${}", n + 1), value);
    }
    let explain = match app.app.store.engine() {
        Engine::Sqlite => "EXPLAIN QUERY PLAN",
        Engine::Postgres => "EXPLAIN",
    };
    let statement = Statement::from_string(db.get_database_backend(), format!("{explain} {sql}"));
    let rows = db.query_all_raw(statement).await.unwrap();
    let line = |row: &sea_orm::QueryResult| match app.app.store.engine() {
        Engine::Sqlite => row.try_get::<String>("", "detail").unwrap(),
        Engine::Postgres => row.try_get_by_index::<String>(0).unwrap(),
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

both_stores! {
    async fn however_many_rows_wait_a_look_reads_only_what_it_takes(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        report(&app, alert(0, "sos", "1")).await;
        for urgency in [1_200, 1_300, 1_310] {
            wait(&app, urgency).await;
        }
        let (channel, now) = (format!("'{}'", desk.channel()), app.clock.now().as_microsecond().to_string());
        let due = plan(&app, &due_sql(app.app.store.engine(), IN_NO_HAND), &[&channel, "1300", &now, "8"]).await;
        let oldest = plan(&app, OLDEST, &[&channel, "1"]).await;
        let (by_queue, by_age) = match app.app.store.engine() {
            Engine::Sqlite => ("outbox_queue (channel=? AND urgency=? AND next_at<?)", "outbox_oldest (channel=? AND <expr>=?)"),
            Engine::Postgres => ("Index Scan using outbox_queue", "using outbox_oldest"),
        };
        assert!(due.contains(by_queue) && !due.to_lowercase().contains("sort") && !due.contains("TEMP B-TREE"), "{due}");
        assert!(oldest.contains(by_age) && !oldest.to_lowercase().contains("sort") && !oldest.contains("TEMP B-TREE"), "{oldest}");
        app.app.stop().await;
    }

    async fn what_is_due_is_found_behind_what_is_not(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        let case = report(&app, alert(0, "sos", "1")).await;
        let made = row(&app, case, "ring_desk").await.made_at;
        for urgency in [1_200, 1_399] {
            wait(&app, urgency).await;
        }
        let store = &app.app.store;
        let now = app.clock.now();
        assert!(store.outbox_is_due(&desk.channel(), now).await.unwrap());
        let oldest = store.outbox_oldest().await.unwrap();
        assert_eq!(oldest.len(), 1);
        assert_eq!((oldest[0].since, oldest[0].critical), (Some(made), Some(made)), "{oldest:?}");
        let rows = store.outbox_waiting_by_channel().await.unwrap();
        assert_eq!(rows, [(desk.channel(), 2 * MANY as u64 + 1)]);
        let taken = store.claim_outbox(&desk.channel(), Uuid::from_u128(5), now, now, 9).await.unwrap();
        assert_eq!(taken.len(), 1, "the one that is due, and none of those that are not");
        assert_eq!(app.app.outbox.run_due().await.unwrap(), 1);
        let left = store.outbox_oldest().await.unwrap();
        assert_eq!(left[0].critical, Some(made + jiff::SignedDuration::from_micros(1)), "{left:?}");
        assert!(!store.outbox_is_due(&desk.channel(), now).await.unwrap());
        app.app.stop().await;
    }

    async fn what_is_left_to_whoever_was_told_most_is_known(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        let store = &app.app.store;
        let limit = Limit { callee: true, within_s: 60, most: 2 };
        let left = async || store.quota_of_callees("voice", limit, app.clock.now()).await.unwrap();
        assert_eq!(left().await, (0, 0));
        for (n, callee) in [(1_u128, 7_u8), (2, 7), (3, 8)] {
            let booking = Booking { id: Uuid::from_u128(n), channel: "voice".to_owned(), callee: vec![callee] };
            assert_eq!(store.book_quota(Some(booking), vec![limit], None, app.clock.now()).await.unwrap(), None);
        }
        assert_eq!(left().await, (2, 1), "one of them has none left");
        assert_eq!(store.quota_of_callees("sms", limit, app.clock.now()).await.unwrap(), (0, 0));
        app.advance(61);
        assert_eq!(left().await, (0, 0));
        app.app.stop().await;
    }
}
