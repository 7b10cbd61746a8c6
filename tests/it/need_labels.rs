//! How a street shows needs: a table of its own, edited and audited, and read by no rule.

use actix_web::http::Method;
use eldercare_dispatch::case::Case;
use serde_json::{Value, json};

use crate::api_town::{Answer, NEXT_STREET, STREET, Town, elder_0, user};
use crate::harness::both_stores;

async fn put(town: &Town, account: &str, street: &str, version: Option<i64>, labels: &Value) -> Answer {
    let bearer = format!("Bearer {}", town.token(account).await);
    let version = version.map(|it| format!("\"{it}\""));
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    headers.extend(version.as_deref().map(|it| ("if-match", it)));
    let body = json!({"labels": labels}).to_string();
    town.raw(Method::PUT, &format!("/api/v1/need-labels/{street}"), &headers, body)
        .await
}

/// What was decided about a press: whatever depends on no id and no instant.
fn decided(case: &Case) -> Value {
    let offers: Vec<Value> = case
        .offers
        .iter()
        .map(|it| json!([it.candidate.responder, it.candidate.tier, it.candidate.reasons]))
        .collect();
    let since = |at: jiff::Timestamp| at.duration_since(case.opened_at).as_secs();
    let clocks: Vec<Value> = case.clocks.iter().map(|it| json!([it.clock, since(it.at)])).collect();
    json!({"plan": case.plan, "severity": case.severity, "tier": case.tier, "fired": case.fired, "offers": offers, "clocks": clocks,
        "widened": case.widened, "tone": case.tone})
}

/// Elder 0 presses and somebody is looked for; what was decided. Then it is over.
async fn press(town: &Town) -> Value {
    let case = town.press_and_offer().await;
    let found = decided(&town.view(case).await.case);
    town.post(
        "desk",
        &format!("/api/v1/cases/{case}/voice-result"),
        json!({"result": "fine"}),
    )
    .await
    .ok();
    town.post(
        "desk",
        &format!("/api/v1/cases/{case}/false-alarm"),
        json!({"reason": "mis_press"}),
    )
    .await
    .ok();
    town.test.app.field.count_load().await.unwrap();
    found
}

both_stores! {
    async fn a_street_shows_needs_in_its_own_colours_and_no_decision_knows(db: Database) {
        let town = Town::start(db).await;
        let sets = town.get("g1", "/api/v1/need-label-sets").await.ok();
        let names: Vec<&Value> = sets["sets"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
        assert_eq!(names, [&json!("yangcun-7"), &json!("plain-3")]);
        for set in sets["sets"].as_array().unwrap() {
            assert_eq!(set["labels"].as_array().unwrap().len(), 7, "every need has its word");
        }
        let shown = town.get("g1", "/api/v1/need-labels").await.ok();
        assert_eq!((&shown["own"], &shown["version"], &shown["area_code"]), (&json!(false), &json!(0), &json!(STREET)));
        assert_eq!(shown["labels"], sets["sets"][0]["labels"]);
        let elder = async || town.get("desk", &format!("/api/v1/elders/{}", elder_0())).await.ok();
        let label = |it: &Value| it.to_string().contains("独居空巢");
        assert!(label(&elder().await), "{}", elder().await);
        let before = press(&town).await;
        // The street turns its colours upside down.
        let mut labels = shown["labels"].clone();
        let rows = labels.as_array_mut().unwrap();
        let colours: Vec<Value> = rows.iter().map(|it| json!([it["colour"], it["rgb"], it["shape"]])).rev().collect();
        for (row, to) in rows.iter_mut().zip(colours) {
            (row["colour"], row["rgb"], row["shape"]) = (to[0].clone(), to[1].clone(), to[2].clone());
            row["visit_days"] = json!(2);
        }
        rows.iter_mut().find(|it| it["need"] == "living_alone").unwrap()["label"] = json!("独居老人");
        assert_eq!(put(&town, "leader", STREET, None, &labels).await.problem(), (428, "if_match_missing"));
        let made = put(&town, "leader", STREET, Some(0), &labels).await;
        assert_eq!((made.status, made.headers.get("etag").unwrap().to_str().unwrap()), (200, "\"1\""), "{}", made.text);
        assert_eq!(put(&town, "leader", STREET, Some(0), &labels).await.problem(), (412, "changed_meanwhile"));
        let shown = elder().await;
        assert!(shown.to_string().contains("独居老人") && !label(&shown), "{shown}");
        let case = town.press().await;
        let seen = town.get("desk", &format!("/api/v1/cases/{case}")).await.ok();
        assert_eq!((&seen["elder"]["needs"], &seen["elder"]["need_labels"][0]["label"]), (&json!(["living_alone"]), &json!("独居老人")));
        town.post("desk", &format!("/api/v1/cases/{case}/voice-result"), json!({"result": "fine"})).await.ok();
        town.post("desk", &format!("/api/v1/cases/{case}/false-alarm"), json!({"reason": "mis_press"})).await.ok();
        town.test.app.field.count_load().await.unwrap();
        assert_eq!(press(&town).await, before, "a colour decides nothing");
        let log = town.get("auditor", &format!("/api/v1/need-labels/{STREET}/log")).await.ok();
        assert_eq!((&log["items"][0]["by"], log["items"][0].get("before"), &log["items"][0]["after"][0]["visit_days"]), (&json!(user("leader")), None, &json!(2)));
    }

    async fn a_table_without_a_word_or_a_shape_of_its_own_is_refused(db: Database) {
        let town = Town::start(db).await;
        let good = town.get("leader", "/api/v1/need-labels").await.ok()["labels"].clone();
        let spoilt = |row: usize, field: &str, value: Value| {
            let mut it = good.clone();
            it[row][field] = value;
            it
        };
        for (labels, field) in [
            (json!([]), "labels"),
            (spoilt(0, "label", json!("")), "label"),
            (spoilt(0, "label", good[1]["label"].clone()), "label"),
            (spoilt(0, "rgb", json!("red")), "rgb"),
            (spoilt(0, "visit_days", json!(0)), "visit_days"),
            (spoilt(0, "shape", json!("blob")), "shape"),
            (spoilt(0, "need", good[1]["need"].clone()), "labels"),
        ] {
            let answer = put(&town, "leader", STREET, Some(0), &labels).await;
            let fields: Vec<&Value> = answer.body["errors"].as_array().unwrap().iter().map(|it| &it["field"]).collect();
            assert!(answer.status == 422 && fields.contains(&&json!(field)), "{field} {}", answer.text);
        }
        assert_eq!(put(&town, "far_leader", STREET, Some(0), &good).await.problem(), (404, "area_not_found"));
        assert_eq!(put(&town, "leader", NEXT_STREET, Some(0), &good).await.problem(), (404, "area_not_found"));
        assert_eq!(put(&town, "desk", STREET, Some(0), &good).await.problem(), (403, "role_not_allowed"));
        assert_eq!(town.get("desk", "/api/v1/need-labels?area=120114").await.problem(), (422, "invalid_value"));
    }
}

/// A rule that read a colour would have to name the table.
#[test]
fn no_rule_names_a_colour() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut looked = 0;
    let mut rooms: Vec<std::path::PathBuf> = ["case", "dispatch", "circle"].iter().map(|it| root.join(it)).collect();
    while let Some(path) = rooms.pop() {
        if path.is_dir() {
            rooms.extend(std::fs::read_dir(path).unwrap().map(|it| it.unwrap().path()));
            continue;
        }
        let name = path.to_string_lossy().into_owned();
        // The shipped sets are read there, and the picture holds the streets' for screens.
        let holds = name.ends_with("case/plan.rs") || name.contains("dispatch/picture");
        if path.extension().is_none_or(|it| it != "rs") || holds || name.contains("/tests/") {
            continue;
        }
        looked += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        for word in ["NeedLabel", "need_labels", ".colours", ".colour", "rgb"] {
            assert!(!text.contains(word), "{word} in {name}");
        }
    }
    assert!(looked > 40, "{looked}");
}
