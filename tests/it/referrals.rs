//! Hand-overs to 120, 110, 119 and the police grid; doors that are forced; and what never reaches a volunteer.

use eldercare_dispatch::case::State;
use eldercare_dispatch::ids::CaseId;
use eldercare_dispatch::people::*;
use eldercare_dispatch::store::{ElderFile, ResponderFile};
use jiff::civil::date;
use serde_json::{Value, json};

use crate::api_town::{Answer, Town, elder_0, user};
use crate::harness::street::{GRID, alert, elder, responder, who};
use crate::harness::{TestApp, both_stores};
use crate::live_kit::Live;

const STREET: &str = "120114001";

async fn put_elder(app: &TestApp, it: Elder) {
    let store = &app.app.store;
    let book = store.area_book(date(2026, 6, 1)).await.unwrap();
    let file = ElderFile {
        elder: it,
        secrets: None,
    };
    store.put_elders(vec![file], &book, app.clock.now()).await.unwrap();
    app.app.refresh_picture(true).await.unwrap();
}

async fn put_responders(app: &TestApp, all: Vec<Responder>) {
    let files = all.into_iter().map(|responder| ResponderFile {
        responder,
        secrets: None,
    });
    app.app
        .store
        .put_responders(files.collect(), app.clock.now())
        .await
        .unwrap();
    app.app.refresh_picture(true).await.unwrap();
    app.app.field.settle();
}

/// Somebody whose form says that they may hear of everything that their kind may hear of.
fn trusted(name: &str, kind: ResponderKind, north: f64) -> Responder {
    let everything = match kind {
        // No form of a volunteer may say so: it is refused.
        ResponderKind::Volunteer => [].into(),
        _ => [Sensitivity::MentalSocial].into(),
    };
    Responder {
        allowances: everything,
        ..responder(name, kind, north)
    }
}

async fn events(town: &Town, case: CaseId) -> Vec<Value> {
    let log = town
        .get("desk", &format!("/api/v1/cases/{case}/events?limit=500"))
        .await
        .ok();
    log["items"].as_array().unwrap().clone()
}

async fn post(town: &Town, account: &str, case: CaseId, what: &str, body: Value) -> Answer {
    town.post(account, &format!("/api/v1/cases/{case}/{what}"), body).await
}

async fn refer(town: &Town, case: CaseId, to: &str) -> String {
    let made = post(town, "desk", case, "refer", json!({"to": to})).await.ok();
    let all = made["case"]["referrals"].as_array().unwrap();
    all.last().unwrap()["id"].as_str().unwrap().to_owned()
}

fn field(it: &Answer) -> (u16, &str) {
    (it.status, it.body["errors"][0]["field"].as_str().unwrap_or(""))
}

both_stores! {
    async fn nothing_closes_before_the_other_side_has_acknowledged_or_somebody_says_why(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        post(&town, "desk", case, "voice-result", json!({"result": "needs_help"})).await.ok();
        let first = refer(&town, case, "120").await;
        let second = refer(&town, case, "police_grid").await;
        let handed = post(&town, "desk", case, &format!("referrals/{first}/handed"), json!({"way": "read_out"})).await.ok();
        assert_eq!(handed["case"]["referrals"][0]["handed"], json!(["read_out"]));
        let close = json!({"outcome": "handed_over", "proof": {"type": "voice_contact"}});
        assert_eq!(post(&town, "desk", case, "close", close.clone()).await.problem(), (409, "referral_open"), "read out is not heard");
        town.test.advance(90);
        let ack = format!("referrals/{first}/acknowledge");
        let now = town.test.clock.now();
        for (at, problem) in [(now + jiff::SignedDuration::from_secs(5), (422, "at")), (now - jiff::SignedDuration::from_secs(600), (422, "at"))] {
            let answer = post(&town, "desk", case, &ack, json!({"by": "王", "at": at.to_string()})).await;
            assert_eq!(field(&answer), problem, "{}", answer.text);
        }
        let said = now - jiff::SignedDuration::from_secs(30);
        let done = post(&town, "desk", case, &ack, json!({"by": "120 调度员 王 工号 1203", "at": said.to_string()})).await.ok();
        assert_eq!(done["case"]["referrals"][0]["acknowledged_at"], json!(now.to_string()));
        let log = events(&town, case).await;
        let line = log.iter().find(|it| it["type"] == "referral_acknowledged").unwrap();
        let at = json!(said.as_microsecond());
        assert!(line["done_at"] == at || line["done_at"] == json!(said.to_string()), "{line}");
        assert_eq!(line["by"]["id"], json!(user("desk")));
        assert!(line["note"].is_string() && !line.to_string().contains("工号"), "who it was is sealed: {line}");
        let notes = town.get("desk", &format!("/api/v1/cases/{case}/notes")).await.ok();
        assert!(notes.to_string().contains("1203"), "{notes}");
        assert_eq!(post(&town, "desk", case, "close", close.clone()).await.problem(), (409, "referral_open"), "the other has not");
        // The police grid does not answer: the reason stands in its place.
        let waive = format!("referrals/{second}/waive");
        assert_eq!(field(&post(&town, "desk", case, &waive, json!({"reason": " "})).await), (422, "reason"));
        let waived = post(&town, "desk", case, &waive, json!({"reason": "警格电话无人接，已由 110 到场"})).await.ok();
        assert!(waived["case"]["referrals"][1]["waived_at"].is_string(), "{waived}");
        let restarted = town.restart().await;
        restarted.forget_tokens();
        post(&restarted, "desk", case, "close", close).await.ok();
        assert_eq!(restarted.view(case).await.case.state, State::Closed);
        assert_eq!(post(&restarted, "desk", case, "referrals/ref_00000000000000000000000000000000/waive", json!({"reason": "x"})).await.problem(), (404, "no_such_referral"));
    }

    async fn the_sheet_says_what_helps_and_nothing_else_and_the_look_is_recorded(db: Database) {
        let town = Town::start(db).await;
        put_elder(&town.test, Elder { lift_helpers: 2, life_support: [LifeSupport::Oxygen].into(), dialect: Some("天津话".to_owned()), ..elder(0, Need::LivingAlone) }).await;
        let case = town.press().await;
        let path = format!("/api/v1/cases/{case}/sheet");
        let text = town.get("desk", &path).await;
        assert_eq!(text.status, 200, "{}", text.text);
        for word in ["紧急呼叫", "泉州路0号", "老人0", "84 岁", "吸氧", "搬抬人数：2", "天津话", "39.380000, 117.060000 (WGS-84)", "GCJ-02"] {
            assert!(text.text.contains(word), "{word} in {}", text.text);
        }
        for secret in ["4711", "13900000001", "高血压"] {
            assert!(!text.text.contains(secret), "{secret}");
        }
        let printed = town.get("desk", &format!("{path}?format=html&language=en")).await;
        let policy = printed.headers.get("content-security-policy").unwrap().to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && printed.text.contains("<h1>Case sheet</h1>") && printed.text.contains("call for help"), "{}", printed.text);
        assert_eq!(field(&town.get("desk", &format!("{path}?format=pdf")).await), (422, "format"));
        for (account, problem) in [("far_desk", (404, "case_not_found")), ("g1", (403, "role_not_allowed")), ("auditor", (403, "role_not_allowed"))] {
            assert_eq!(town.get(account, &path).await.problem(), problem, "{account}");
        }
    }

    async fn a_door_is_forced_by_steps_that_are_records_and_the_case_waits_until_it_is_secured(db: Database) {
        let town = Town::start(db).await;
        let app = &town.test;
        let store = &app.app.store;
        let neighbour = Contact {
            id: contact_id("K1"), code: "K1".to_owned(), elder: elder_0(), name: "邻居李".to_owned(), relation: Relation::Neighbour, call_order: 1,
            level: ContactLevel::Status, restricted: false, may_authorise_entry: true, responder: None, hours: None,
        };
        app.fill_contacts(vec![neighbour]).await;
        let key = KeyHolder { elder: elder_0(), owner: KeyOwner::Contact(contact_id("K1")), tested_on: Some(date(2026, 1, 5)) };
        store.put_key_holders([(elder_0(), vec![key])].into(), app.clock.now()).await.unwrap();
        app.app.refresh_picture(true).await.unwrap();
        let case = town.press_and_offer().await;
        town.say_yes(case, "g1", "G1").await.ok();
        town.test.advance(10);
        town.test.app.desk.run_due().await.unwrap();
        let entry = format!("/api/v1/cases/{case}/entry");
        let seen = town.get("g1", &entry).await.ok();
        assert_eq!((&seen["holders"][0]["id"], seen["holders"][0].get("name")), (&json!(contact_id("K1")), None), "named at the door: {seen}");
        town.stand("g1", 10.0).await;
        town.post("g1", &format!("/api/v1/assignments/{case}/arrive"), json!({})).await.ok();
        town.post("g1", &format!("/api/v1/assignments/{case}/no-entry"), json!({})).await.ok();
        let seen = town.get("g1", &entry).await.ok();
        assert_eq!((&seen["holders"][0]["name"], &seen["consent_on_file"]), (&json!("邻居李"), &json!(false)));
        assert_eq!(seen["next"], json!(["consent", "keys", "called", "witnesses", "photo_before"]));
        let step = async |account: &str, body: Value| post(&town, account, case, "entry", body).await;
        for (body, wrong) in [
            (json!({}), ""),
            (json!({"step": "consent", "basis": "on_file"}), "basis"),
            (json!({"step": "consent", "basis": "danger"}), "words"),
            (json!({"step": "consent", "basis": "family"}), "contact_id"),
            (json!({"step": "key", "holder": {}, "outcome": "no_answer"}), "holder"),
            (json!({"step": "key", "holder": {"responder_id": who("G2")}, "outcome": "no_answer"}), "holder"),
            (json!({"step": "witness", "kind": "neighbour"}), "words"),
            (json!({"step": "opened", "means": "force"}), "reason"),
        ] {
            let answer = step("g1", body.clone()).await;
            assert!(answer.status == 422 && (wrong.is_empty() || field(&answer).1 == wrong), "{body} {}", answer.text);
        }
        step("g1", json!({"step": "consent", "basis": "family", "contact_id": contact_id("K1"), "words": "李电话同意"})).await.ok();
        step("g1", json!({"step": "key", "holder": {"contact_id": contact_id("K1")}, "outcome": "does_not_open"})).await.ok();
        let fire = refer(&town, case, "119").await;
        step("g1", json!({"step": "witness", "kind": "community", "responder_id": who("G1")})).await.ok();
        step("desk", json!({"step": "witness", "kind": "police", "words": "民警张某"})).await.ok();
        assert_eq!(town.get("desk", &entry).await.ok()["next"], json!(["photo_before"]));
        let photo = async || {
            let bearer = format!("Bearer {}", town.token("g1").await);
            let headers = [("authorization", bearer.as_str()), ("content-type", "image/jpeg")];
            let path = format!("/api/v1/cases/{case}/photos?consent=forced_entry");
            town.test.advance(1);
            town.raw(actix_web::http::Method::POST, &path, &headers, jpeg()).await.ok()
        };
        photo().await;
        step("g1", json!({"step": "opened", "means": "force"})).await.ok();
        post(&town, "desk", case, &format!("referrals/{fire}/acknowledge"), json!({"by": "119"})).await.ok();
        town.post("g1", &format!("/api/v1/assignments/{case}/contact-made"), json!({})).await.ok();
        let close = json!({"outcome": "helped", "proof": {"type": "on_scene"}});
        assert_eq!(post(&town, "desk", case, "close", close.clone()).await.problem(), (409, "entry_open"));
        let seen = town.get("desk", &entry).await.ok();
        assert_eq!((&seen["stands_open"], &seen["next"]), (&json!(true), &json!(["photo_after", "secured"])));
        assert_eq!(step("desk", json!({"step": "secured", "custody": "police"})).await.problem(), (409, "entry_incomplete"));
        photo().await;
        step("desk", json!({"step": "secured", "custody": "police", "words": "换锁，钥匙交民警"})).await.ok();
        post(&town, "desk", case, "close", close).await.ok();
        let steps: Vec<String> = events(&town, case).await.iter().filter(|it| it["type"] == "entry_step").map(|it| it["entry"]["step"].as_str().unwrap().to_owned()).collect();
        let mut sorted = steps.clone();
        sorted.sort();
        assert_eq!(sorted, ["consent", "key", "opened", "secured", "witness", "witness"], "{steps:?}");
        let log = format!("{:?}", events(&town, case).await);
        for secret in ["邻居李", "李电话", "民警张", "换锁"] {
            assert!(!log.contains(secret), "{secret}");
        }
    }

    async fn a_police_grid_case_never_reaches_a_volunteer(db: Database) {
        let town = Town::start(db).await;
        put_elder(&town.test, elder(0, Need::MentalSocial)).await;
        // The volunteer stands nearest, and a form says that they may hear of everything.
        put_responders(&town.test, vec![
            trusted("G1", ResponderKind::Volunteer, 0.0001),
            trusted("PG1", ResponderKind::PoliceGrid, 0.003),
            trusted("PG2", ResponderKind::PoliceGrid, 0.004),
        ]).await;
        let case = town.press_and_offer().await;
        let view = town.view(case).await;
        let mut offered: Vec<_> = view.case.offers.iter().map(|it| it.candidate.responder).collect();
        offered.sort();
        let mut pair = vec![who("PG1"), who("PG2")];
        pair.sort();
        assert_eq!(offered, pair, "two are asked, and nobody who may not hear");
        // In whatever they can ask, there is no word of it.
        for path in ["/api/v1/offers", "/api/v1/cases", "/api/v1/cases?open=true&limit=500", "/api/v1/responders/me/history", "/api/v1/responders/me/visits?ahead_days=31", "/api/v1/responders/me/shifts"] {
            let answer = town.get("g1", path).await;
            assert!(answer.status == 200 && !answer.text.contains(&case.to_string()) && !answer.text.contains("老人0"), "{path} {}", answer.text);
        }
        for path in ["", "/events", "/notes", "/photos", "/entry", "/aed"] {
            assert_eq!(town.get("g1", &format!("/api/v1/cases/{case}{path}")).await.problem(), (404, "case_not_found"), "{path}");
        }
        assert_eq!(town.get("g1", &format!("/api/v1/assignments/{case}")).await.problem(), (404, "case_not_found"));
        assert_eq!(town.get("g1", &format!("/api/v1/elders/{}/visits", elder_0())).await.problem(), (404, "elder_not_found"));
        let told = town.get("desk", &format!("/api/v1/cases/{case}/notices")).await.ok();
        assert!(!told.to_string().contains(&who("G1").to_string()), "{told}");
        // Nor by the hand of a desk.
        let sent = post(&town, "desk", case, "assign", json!({"responder_id": who("G1")})).await;
        assert_eq!(field(&sent), (422, "responder_id"), "{}", sent.text);
        post(&town, "desk", case, "assign", json!({"responder_id": who("PG1")})).await.ok();
        // What the register learns later takes an offer back.
        put_elder(&town.test, elder(1, Need::General)).await;
        let other = town.test.app.desk.report(alert(1, "sos", "1")).await.unwrap().case;
        town.test.advance(65);
        town.test.app.desk.run_due().await.unwrap();
        town.test.app.field.run_seeking().await.unwrap();
        let offer = town.offer_to(other, "G1").await;
        assert!(town.get("g1", "/api/v1/offers").await.text.contains(&other.to_string()));
        put_elder(&town.test, elder(1, Need::MentalSocial)).await;
        assert!(!town.get("g1", "/api/v1/offers").await.text.contains(&other.to_string()));
        assert_eq!(town.get("g1", &format!("/api/v1/cases/{other}")).await.problem(), (404, "case_not_found"));
        assert_eq!(town.post("g1", &format!("/api/v1/offers/{offer}/accept"), json!({})).await.problem(), (404, "offer_not_found"));
    }

    async fn a_police_grid_case_is_in_no_live_frame_of_a_volunteer(db: Database) {
        let app = TestApp::start(db).await;
        let people = vec![trusted("V", ResponderKind::Volunteer, 0.0001), trusted("PG1", ResponderKind::PoliceGrid, 0.003), trusted("PG2", ResponderKind::PoliceGrid, 0.004)];
        app.fill(vec![elder(0, Need::MentalSocial), elder(1, Need::General)], people).await;
        let live = Live::start(app).await;
        live.person("volunteer", Role::GridWorker, &[GRID], Some("V"));
        live.person("police", Role::GridWorker, &[GRID], Some("PG1"));
        live.person("desk", Role::Dispatcher, &[STREET], None);
        let (mut volunteer, snapshot) = live.look("volunteer").await;
        assert_eq!(snapshot["cases"], json!([]));
        let (mut police, _) = live.look("police").await;
        let hidden = live.app.app.desk.report(alert(0, "sos", "1")).await.unwrap().case;
        live.app.advance(25);
        live.app.app.desk.run_due().await.unwrap();
        while live.app.app.field.run_seeking().await.unwrap() > 0 {}
        let frame = police.news().await;
        assert_eq!((&frame["type"], &frame["case"]["id"]), (&json!("changed"), &json!(hidden)), "{frame}");
        // A case that is for everybody's ears comes after it: when that is there, the other was passed over.
        let open = live.app.app.desk.report(alert(1, "sos", "1")).await.unwrap().case;
        live.app.advance(65);
        live.app.app.desk.run_due().await.unwrap();
        while live.app.app.field.run_seeking().await.unwrap() > 0 {}
        let frame = volunteer.news().await;
        assert_eq!((&frame["type"], &frame["case"]["id"]), (&json!("changed"), &json!(open)), "{frame}");
        let (again, snapshot) = live.look("volunteer").await;
        let ids: Vec<&Value> = snapshot["cases"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
        assert_eq!(ids, [&json!(open)]);
        for text in volunteer.raw.iter().chain(&again.raw) {
            assert!(!text.contains(&hidden.to_string()), "{text}");
        }
        live.stop().await;
    }
}

fn jpeg() -> Vec<u8> {
    let segment = |marker: u8, contents: &[u8]| {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], contents].concat()
    };
    [
        vec![0xff, 0xd8],
        segment(0xc0, &[8, 0, 100, 0, 100, 1, 1, 0x11, 0]),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        b"a door".to_vec(),
        vec![0xff, 0xd9],
    ]
    .concat()
}
