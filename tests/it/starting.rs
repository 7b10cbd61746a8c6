//! The first moments of a start, while a large register is still being read: every alarm is kept and answered as at any time, nobody
//! is ranked on half a register, and whoever looks at people waits until none is missing.

use actix_web::http::Method;
use eldercare_dispatch::case::Subject;
use eldercare_dispatch::circle::Crs;
use eldercare_dispatch::dispatch::{Position, Told};
use eldercare_dispatch::ids::CaseId;
use eldercare_dispatch::people::*;
use eldercare_dispatch::store::SealError;
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use crate::api_town::{Town, elder_0};
use crate::harness::street::{alert, elder, responder, who};
use crate::harness::{Database, TestApp, both_stores};

/// Twice two who live together and a third elsewhere, and who is near.
async fn street(db: Database) -> TestApp {
    let test = TestApp::start(db).await;
    let (mut elders, mut contacts) = (Vec::new(), Vec::new());
    for first in [0, 10] {
        let together = Elder {
            household: household_id(&format!("H{first}")),
            ..elder(first + 1, Need::HighRisk)
        };
        elders.extend([
            elder(first, Need::LivingAlone),
            together,
            elder(first + 2, Need::General),
        ]);
        contacts.push(daughter_of(first));
    }
    let responders = vec![
        responder("G1", ResponderKind::GridWorker, 0.002),
        responder("G2", ResponderKind::GridWorker, 0.006),
        responder("F0", ResponderKind::Family, 0.004),
        responder("F10", ResponderKind::Family, 0.004),
    ];
    test.fill(elders, responders).await;
    test.fill_contacts(contacts).await;
    test
}

fn daughter_of(n: u32) -> Contact {
    Contact {
        id: contact_id(&format!("C{n}")),
        code: format!("C{n}"),
        elder: elder_id(&format!("E{n}")),
        name: "女儿".into(),
        relation: Relation::Child,
        call_order: 1,
        level: ContactLevel::Status,
        restricted: false,
        may_authorise_entry: false,
        responder: Some(who(&format!("F{n}"))),
        hours: None,
    }
}

/// What a case was decided on: plan, tier, area, how many were asked.
async fn grounds(test: &TestApp, case: CaseId) -> (String, Tier, String, usize) {
    let view = test.app.store.case(case).await.unwrap().unwrap();
    let plan = test.app.store.plan_of(&view.case).await.unwrap();
    let plan = serde_json::to_string(&*plan).unwrap();
    (plan, view.case.tier, view.area_code.to_string(), view.case.offers.len())
}

/// One calls for help, there is smoke where two live, a third falls; the cases.
async fn three_call(test: &TestApp, first: u32) -> Vec<CaseId> {
    let mut cases = Vec::new();
    for (n, kind) in [(0, "sos"), (1, "smoke"), (2, "fall")] {
        let opened = test.app.desk.report(alert(first + n, kind, "1")).await.unwrap();
        assert!(opened.warnings.is_empty() && !opened.joined, "{opened:?}");
        cases.push(opened.case);
    }
    cases
}

both_stores! {
    /// The same calls, before the register has been read and after, make the same cases and ask as many.
    async fn an_alarm_in_the_first_moment_is_kept_and_ranked_on_the_whole_register(db: Database) {
        let test = street(db).await.restart_unread().await;
        assert_eq!(test.app.picture.counts(), (0, 0, 4), "of the people only the responders are there");
        let early = three_call(&test, 0).await;
        assert_eq!(test.app.field.run_seeking().await.unwrap(), 0, "nobody is ranked on half a register");
        let test = test.read().await;
        assert_eq!(test.app.picture.counts(), (6, 6, 4));
        let late = three_call(&test, 10).await;
        while test.app.field.run_seeking().await.unwrap() > 0 {}
        for (early, late) in early.iter().zip(&late) {
            assert_eq!(grounds(&test, *early).await, grounds(&test, *late).await);
        }
        let view = test.app.store.case(early[0]).await.unwrap().unwrap();
        assert!(view.case.offer_to(who("F0")).is_some(), "the daughter is asked");
        let view = test.app.store.case(early[1]).await.unwrap().unwrap();
        assert_eq!(view.case.subject, Subject::Household(household_id("H0")));
        assert_eq!(test.app.store.check().await.unwrap().found, vec![]);
        test.app.stop().await;
    }

    async fn what_is_said_in_the_first_moment_lies_under_the_elders_own_key(db: Database) {
        let test = street(db).await.restart_unread().await;
        let opened = test.app.desk.report(alert(0, "sos", "1")).await.unwrap();
        let store = &test.app.store;
        let kept = store.alerts_of(opened.case).await.unwrap().remove(0);
        let ring = store.keys().unwrap();
        let open = || ring.open_field(&kept.content, "alert", "content", kept.id.as_uuid());
        open().unwrap();
        assert_eq!(store.erase_elder_secrets(elder_id("E0"), test.clock.now()).await.unwrap(), 1);
        assert!(matches!(open(), Err(SealError::Erased(_))), "it was under another key");
        test.app.stop().await;
    }

    /// A file that does not read back keeps nobody's alarm waiting.
    async fn an_alarm_about_a_file_that_does_not_read_back_is_kept(db: Database) {
        let test = street(db).await;
        let spoil = "UPDATE elder SET contact_mode = 'shouting' WHERE code = 'E0'";
        test.app.store.writer().execute_unprepared(spoil).await.unwrap();
        let test = test.restart_unread().await;
        let opened = test.app.desk.report(alert(0, "sos", "1")).await.unwrap();
        assert_eq!(opened.warnings, ["elder_is_unknown"]);
        let test = test.read().await;
        let opened = test.app.desk.report(alert(0, "sos", "2")).await.unwrap();
        assert_eq!(opened.warnings, ["elder_is_unknown"], "as at any other time");
        test.app.stop().await;
    }

    /// By HTTP: devices and people report, whoever looks at people waits, and readiness says why.
    async fn whoever_looks_at_people_waits_and_an_alarm_does_not(db: Database) {
        let town = Town::start(db).await.restart_unread().await;
        let ready = town.raw(Method::GET, "/readyz", &[], "").await.ok();
        assert_eq!((&ready["ready"], &ready["warnings"]), (&json!(true), &json!(["dead_man_missing", "register_not_read: 0 rows so far"])));
        let pressed = town.device_sends(json!({"kind": "sos"}).to_string()).await;
        assert_eq!((pressed.status, &pressed.body["warnings"]), (201, &json!([])));
        let body = json!({"kind": "fall", "elder_id": elder_0()});
        let said = town.post("desk", "/api/v1/alerts", body).await;
        assert_eq!((said.status, &said.body["case_id"]), (201, &pressed.body["case_id"]), "{}", said.text);
        let stranger = json!({"kind": "fall", "elder_id": elder_id("E77")});
        assert_eq!(town.post("desk", "/api/v1/alerts", stranger).await.problem(), (404, "elder_not_found"));
        // The list is asked for before the register is read, and answered after.
        let app = town.test.app.clone();
        let listed = town.get("desk", "/api/v1/cases");
        let read = async {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            assert!(!app.picture.is_whole());
            app.read_register().await.unwrap();
        };
        let (listed, ()) = tokio::join!(listed, read);
        let listed = listed.ok();
        assert_eq!(listed["items"][0]["elder"]["name"], json!("老人0"), "{listed}");
        let ready = town.raw(Method::GET, "/readyz", &[], "").await.ok();
        assert_eq!(ready["warnings"], json!(["dead_man_missing"]));
        town.test.app.stop().await;
    }

    async fn whoever_waits_too_long_is_told_so(db: Database) {
        let town = Town::start(db).await.restart_unread().await;
        town.token("desk").await;
        let listed = town.get("desk", "/api/v1/cases");
        let turned = async {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            town.test.advance(11);
        };
        let (listed, ()) = tokio::join!(listed, turned);
        assert_eq!(listed.problem(), (503, "register_not_read"));
        assert!(listed.headers.contains_key("retry-after"));
        town.test.app.stop().await;
    }

    /// The workers begin by themselves when the register has been read: the case of the first moment is offered.
    async fn the_work_begins_when_the_register_has_been_read(db: Database) {
        let test = street(db).await.restart_unread().await;
        let opened = test.app.desk.report(alert(2, "sos", "1")).await.unwrap();
        let mut changes = test.app.desk.changes();
        test.app.start_workers();
        let offered = async {
            loop {
                let change = changes.recv().await.unwrap();
                if change.done.case.id == opened.case && !change.done.case.offers.is_empty() {
                    return;
                }
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), offered).await.expect("offers");
        assert!(test.app.picture.is_whole());
        test.app.stop().await;
    }

    /// What a device says while the rest is read is later than what was written before.
    async fn what_was_heard_meanwhile_counts_before_what_was_written(db: Database) {
        let test = street(db).await;
        let watch = device_id("D0");
        let place = |lat: f64| Position { lat, lon: 117.06, accuracy_m: Some(5.0), crs: Some(Crs::Wgs84) };
        let told = |percent: u8, lat: f64| Told {
            battery_percent: Some(percent),
            signal_percent: None,
            place: Some((place(lat), test.clock.now())),
            reading: None,
        };
        let device = test.app.picture.device(watch).unwrap();
        test.app.signs.heard(&device, Told { signal_percent: Some(40), ..told(90, 39.5) });
        assert_eq!(test.app.signs.write().await.unwrap(), 1);
        test.advance(60);
        let later = told(80, 39.6);
        let test = test.restart_unread().await;
        assert_eq!(test.app.signs.of(watch), None);
        test.app.signs.heard(&device, later);
        let test = test.read().await;
        let sign = test.app.signs.of(watch).unwrap();
        assert_eq!((sign.told.battery_percent, sign.told.signal_percent), (Some(80), Some(40)));
        assert_eq!(sign.heard_at, test.clock.now());
        assert_eq!(test.app.signs.fix_of(elder_id("E0")).unwrap().point.lat(), 39.6);
        test.app.stop().await;
    }
}
