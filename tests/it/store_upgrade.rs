//! A store of the version before is brought up with the rows that it holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use eldercare_dispatch::app::Config;
use eldercare_dispatch::case::{
    self, Alert, Author, Case, Command, Context, Event, Kind, Opening, Outcome, Plan, Proof, Record, State, Subject,
    Voice,
};
use eldercare_dispatch::ids::{AlertId, CaseId, UserId};
use eldercare_dispatch::people::{Need, ResponderKind, device_id};
use eldercare_dispatch::store::cases::CaseFilter;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait, Database as Opened, DatabaseConnection, Statement, Value};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::harness::street::{alert, elder, elder_of, responder};
use crate::harness::{TestApp, at, both_stores};

const STREAM: &str = "120114001";
const DESK: Author = Author::User(UserId::new(Uuid::from_u128(1)));

/// A case and its log, made by the rules alone: no store has seen it.
struct Told {
    case: Case,
    records: Vec<Record>,
    plan: Arc<Plan>,
}

impl Told {
    fn open(n: u32, id: u128, now: Timestamp) -> Self {
        let needs = BTreeSet::from([Need::General]);
        let plan = Arc::new(Config::default().plan_set().unwrap().plan_for(Kind::Sos, &needs, 9));
        let opening = Opening {
            case: CaseId::new(Uuid::from_u128(id)),
            alert: Alert {
                id: AlertId::new(Uuid::from_u128(id + 1)),
                kind: Kind::Sos,
                severity: Kind::Sos.severity(),
                late: false,
                voice_path: true,
            },
            subject: Subject::Elder(elder_of(n)),
            lane: Kind::Sos.lane(),
            part: None,
            linked: None,
            inside: vec![],
            drill: false,
            wishing: None,
            turn_at: None,
        };
        let opened = case::open(&opening, &plan, Author::Device(device_id(&format!("D{n}"))), now);
        Self {
            case: opened.case,
            records: opened.records,
            plan,
        }
    }

    fn and(mut self, command: Command, now: Timestamp) -> Self {
        let context = Context {
            now,
            by: DESK,
            plan: &self.plan,
            alert_plan: None,
            busy: &|_| false,
            family: &|_, _| vec![],
        };
        let decided = case::decide(&self.case, &command, &context).expect("the rules allow it");
        self.case = decided.case;
        self.records.extend(decided.records);
        self
    }
}

async fn put(db: &DatabaseConnection, table: &str, columns: &[(&str, Value)]) {
    let names: Vec<&str> = columns.iter().map(|it| it.0).collect();
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        names.join(", "),
        places.join(", ")
    );
    let values = columns.iter().map(|it| it.1.clone());
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.unwrap();
}

/// Writes a case as the version before did: each record a row of its own, the chain over each. Answers the stream's head.
async fn write_as_before(db: &DatabaseConnection, told: &Told, number: &str, mut head: i64) -> i64 {
    let micros = |it: Timestamp| Value::from(it.as_microsecond());
    let case = &told.case;
    let id = case.id.as_uuid();
    let mut hash = [0_u8; 32];
    for (record, version) in told.records.iter().zip(1_i64..) {
        let body = serde_json::to_string(record).unwrap();
        hash = Sha256::new().chain_update(hash).chain_update(&body).finalize().into();
        head += 1;
        let row = [
            ("stream", STREAM.into()),
            ("number", head.into()),
            ("case_id", id.into()),
            ("version", version.into()),
            ("at", micros(record.at)),
            ("kind", record.event.name().into()),
            ("body", body.into()),
            ("hash", hash.to_vec().into()),
        ];
        put(db, "case_event", &row).await;
    }
    let open = case.state.is_open();
    let row = [
        ("id", id.into()),
        ("number", number.into()),
        ("stream", STREAM.into()),
        ("area_code", "120114001001001".into()),
        ("state", case.state.as_str().into()),
        ("tier", case.tier.as_str().into()),
        ("severity", case.severity.as_str().into()),
        ("severity_rank", (case.severity as i32).into()),
        ("kind", case.kind.as_str().into()),
        ("lane", case.lane.as_str().into()),
        ("subject", case.subject.key().into()),
        ("elder_id", case.subject.elder().map(|it| it.as_uuid()).into()),
        (
            "join_key",
            open.then(|| format!("{} {}", case.lane.as_str(), case.subject.key()))
                .into(),
        ),
        ("lead_id", None::<Uuid>.into()),
        ("opened_at", micros(case.opened_at)),
        ("closed_at", case.closed_at.map(Timestamp::as_microsecond).into()),
        ("due_at", case.due_at().map(Timestamp::as_microsecond).into()),
        ("seek_at", case.seek.as_ref().map(|it| it.since.as_microsecond()).into()),
        ("changed_at", micros(case.last_at)),
        ("version", i64::from(case.version).into()),
        ("version_before", 0_i64.into()),
        ("head_hash", hash.to_vec().into()),
        ("body", serde_json::to_string(case).unwrap().into()),
    ];
    put(db, "cases", &row).await;
    let brought = told.records.iter().find_map(|it| match &it.event {
        Event::Opened { alert, .. } => *alert,
        _ => None,
    });
    let alert = brought.expect("an alert opened it").as_uuid();
    let row = [
        ("id", alert.into()),
        ("case_id", id.into()),
        ("sender", "device".into()),
        ("kind", case.kind.as_str().into()),
        ("severity", case.severity.as_str().into()),
        ("late", false.into()),
        ("received_at", micros(case.opened_at)),
        ("content", Vec::<u8>::new().into()),
    ];
    put(db, "alert", &row).await;
    head
}

both_stores! {
    async fn who_leads_a_request_for_service_is_free_after_the_step(db: Database) {
        db.blank();
        let made = if db.folder().is_some() { "?mode=rwc" } else { "" };
        let before = Opened::connect(format!("{}{made}", db.config.url)).await.unwrap();
        migrations::up_to(&before, "m0043_quota_report").await.unwrap();
        for (n, lane) in [(1, "service"), (2, "help")] {
            let id = Uuid::from_u128(n);
            let row = [
                ("id", id.into()),
                ("number", format!("20260225-120114001-000{n}").into()),
                ("stream", STREAM.into()),
                ("area_code", "120114001001001".into()),
                ("state", "engaged".into()),
                ("tier", "grid".into()),
                ("severity", "routine".into()),
                ("severity_rank", 1.into()),
                ("kind", "service_request".into()),
                ("lane", lane.into()),
                ("subject", "elder".into()),
                ("lead_id", Some(id).into()),
                ("opened_at", 0_i64.into()),
                ("changed_at", 0_i64.into()),
                ("version", 1_i64.into()),
                ("version_before", 0_i64.into()),
                ("head_hash", Vec::<u8>::new().into()),
                ("body", "{}".into()),
            ];
            put(&before, "cases", &row).await;
        }
        migrations::up(&before).await.unwrap();
        let bound = Statement::from_string(before.get_database_backend(), "SELECT lane FROM cases WHERE lead_id IS NOT NULL");
        let bound = before.query_all_raw(bound).await.unwrap();
        let lanes: Vec<String> = bound.iter().map(|it| it.try_get("", "lane").unwrap()).collect();
        assert_eq!(lanes, ["help"]);
        before.close().await.unwrap();
    }

    async fn rows_of_the_version_before_the_fewer_rows_are_read_and_gone_on_with(db: Database) {
        // What the version before left: one case that rings, and one that is over.
        db.blank();
        let made = if db.folder().is_some() { "?mode=rwc" } else { "" };
        let before = Opened::connect(format!("{}{made}", db.config.url)).await.unwrap();
        migrations::up_to(&before, "m0023_chain_root").await.unwrap();
        let rings = Told::open(0, 10, at(0));
        let over = Told::open(1, 20, at(0))
            .and(Command::VoiceResult { result: Voice::Fine }, at(5_000_000))
            .and(Command::Close { outcome: None, proof: Proof::VoiceContact }, at(6_000_000));
        assert!(rings.records.len() > 2 && over.records.len() > 4, "several records of one decision");
        let content = serde_json::to_string(&*rings.plan).unwrap();
        let first_at = at(0).as_microsecond();
        put(&before, "plan_version", &[("id", rings.case.plan.0.into()), ("content", content.into()), ("first_at", first_at.into())]).await;
        let head = write_as_before(&before, &over, "20260225-120114001-0001", 0).await;
        let head = write_as_before(&before, &rings, "20260225-120114001-0002", head).await;
        put(&before, "stream", &[("code", STREAM.into()), ("head", head.into()), ("day", 20_260_225.into()), ("day_cases", 2_i64.into())]).await;
        before.close().await.unwrap();

        let app = TestApp::start(db).await;
        app.fill(vec![elder(0, Need::General), elder(1, Need::General)], vec![responder("G1", ResponderKind::GridWorker, 0.002)]).await;
        let store = &app.app.store;
        let found = store.check().await.unwrap();
        assert_eq!((found.found, found.cases, found.events), (vec![], 2, head.unsigned_abs()));
        let roots = store.put_roots(app.clock.now()).await.unwrap();
        assert_eq!(roots.iter().map(|it| it.number).collect::<Vec<_>>(), [head]);
        let log = store.events(rings.case.id, 0, 500).await.unwrap();
        assert_eq!(log.into_iter().map(|it| it.record).collect::<Vec<_>>(), rings.records);

        // Both are found by what the new indexes are asked for, and the one that rings goes on where it was.
        let mine = CaseFilter { elder: Some(elder_of(1)), ..CaseFilter::default() };
        assert_eq!(store.list_cases(&mine, None, 10).await.unwrap().items.len(), 1);
        app.advance(60);
        let desk = &app.app.desk;
        assert!(desk.run_due().await.unwrap() > 0);
        while app.app.field.run_seeking().await.unwrap() > 0 {}
        let again = desk.report(alert(0, "sos", "2")).await.unwrap();
        assert!(again.joined && again.case == rings.case.id, "it joins what was open: {again:?}");
        let reason = desk.note(Subject::Elder(elder_of(1)), "再看").unwrap();
        desk.handle_with(over.case.id, Command::Reopen { reason: reason.id }, DESK, Some(reason), None).await.unwrap();
        for case in [rings.case.id, over.case.id] {
            desk.handle(case, Command::VoiceResult { result: Voice::NeedsHelp }, DESK).await.unwrap();
            let outcome = Some(Outcome::Helped);
            let done = desk.handle(case, Command::Close { outcome, proof: Proof::VoiceContact }, DESK).await.unwrap();
            assert_eq!(done.case.state, State::Closed);
        }
        let found = store.check_against(&roots).await.unwrap();
        assert_eq!(found.found, vec![]);
        assert!(found.cases == 4 && found.events > head.unsigned_abs() + 8, "two follow-ups: {found:?}");
        app.app.stop().await;
    }
}
