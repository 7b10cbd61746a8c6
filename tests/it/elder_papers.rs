//! What of an elder's file is signed for: whether it rests, what was agreed to, how able they were found; and who should be assessed anew.

use actix_web::http::Method;
use eldercare_dispatch::case::{Author, Command, Outcome, Proof};
use eldercare_dispatch::ids::{CaseId, UserId};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::api_town::{Answer, Town, elder_0};
use crate::harness::both_stores;

async fn edit(town: &Town, account: &str, what: &str, version: &Value, body: Value) -> Answer {
    let (bearer, tag) = (
        format!("Bearer {}", town.token(account).await),
        format!("\"{version}\""),
    );
    let headers = [
        ("authorization", bearer.as_str()),
        ("if-match", tag.as_str()),
        ("content-type", "application/json"),
    ];
    let path = format!("/api/v1/elders/{}/{what}", elder_0());
    town.raw(Method::PUT, &path, &headers, body.to_string()).await
}

async fn record(town: &Town) -> Value {
    let path = format!("/api/v1/elders/{}/file", elder_0());
    town.get("leader", &path).await.ok()
}

async fn log(town: &Town) -> Value {
    let path = format!("/api/v1/elders/{}/file/log", elder_0());
    town.get("admin", &path).await.ok()["items"][0].clone()
}

fn today(town: &Town) -> Date {
    town.test.app.desk.local(town.test.clock.now()).0
}

pub async fn close(town: &Town, case: CaseId, outcome: Outcome) {
    let by = Author::User(UserId::new(uuid::Uuid::from_u128(1)));
    let desk = &town.test.app.desk;
    desk.handle(case, Command::Resolve { outcome }, by).await.unwrap();
    let proof = Proof::SecondLook {
        by: UserId::new(uuid::Uuid::from_u128(2)),
    };
    let close = Command::Close {
        outcome: Some(outcome),
        proof,
    };
    desk.handle(case, close, by).await.unwrap();
}

/// Elder 0 falls, as their device has it; the case.
async fn fall(town: &Town) -> CaseId {
    let answer = town.device_sends(json!({"kind": "fall"}).to_string()).await.ok();
    answer["case_id"].as_str().unwrap().parse().unwrap()
}

both_stores! {
    async fn a_file_rests_when_no_call_is_open_and_says_what_is_left(db: Database) {
        let town = Town::start(db).await;
        let day = today(&town);
        let seen = record(&town).await;
        assert_eq!((&seen["status"], seen.get("left")), (&json!("active"), None));
        let gone = json!({"status": "moved_away", "on": day, "reason": "to her daughter in Tianjin"});
        let case = town.press().await;
        let refused = edit(&town, "leader", "rest", &seen["version"], gone.clone()).await;
        assert_eq!(refused.problem(), (409, "case_open"));
        let number = town.view(case).await.number;
        assert!(refused.text.contains(&*number), "{}", refused.text);
        close(&town, case, Outcome::FalseAlarm).await;
        assert_eq!(edit(&town, "desk", "rest", &seen["version"], gone.clone()).await.problem(), (403, "role_not_allowed"));
        assert_eq!(edit(&town, "far_leader", "rest", &seen["version"], gone.clone()).await.status, 404);
        let done = edit(&town, "leader", "rest", &seen["version"], gone.clone()).await.ok();
        assert_eq!(done["status"], json!("moved_away"));
        let devices: Vec<&Value> = done["left"]["devices"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
        assert_eq!(devices, [&json!(town.device.to_string())], "what is still theirs is named");
        let quicker = json!({"status": "deceased", "on": day});
        assert_eq!(edit(&town, "leader", "rest", &seen["version"], quicker).await.problem(), (412, "changed_meanwhile"));
        let again = edit(&town, "leader", "rest", &done["version"], gone).await;
        assert_eq!((again.status, &again.body["errors"][0]["field"]), (422, &json!("status")));
        let line = log(&town).await;
        assert_eq!((&line["what"], &line["before"], &line["after"]["status"], &line["after"]["on"]),
            (&json!("rested"), &json!({"status": "active"}), &json!("moved_away"), &json!(day)));
        // It holds after a start, and for the list.
        let town = town.restart().await;
        assert_eq!(record(&town).await["status"], json!("moved_away"));
        let late = day.checked_add(1.day()).unwrap();
        for (body, field) in [
            (json!({"status": "active", "on": day}), "reason"),
            (json!({"status": "deceased", "on": late}), "on"),
        ] {
            let answer = edit(&town, "leader", "rest", &done["version"], body).await;
            assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!(field)), "{}", answer.text);
        }
        // What her device says is still a call.
        let case = town.press().await;
        assert!(town.view(case).await.case.state.is_open());
    }

    async fn a_consent_holds_and_ends_at_once(db: Database) {
        let town = Town::start(db).await;
        let day = today(&town);
        let holds = |it: &Value| it["consents"].as_array().unwrap().iter().map(|it| (it["purpose"].as_str().unwrap().to_owned(), it["holds"] == true)).collect::<Vec<_>>();
        let seen = record(&town).await;
        let given = json!({"purpose": "indoor_photos", "version": "2026-05", "given_on": day});
        assert_eq!(edit(&town, "desk", "consents", &seen["version"], given.clone()).await.problem(), (403, "role_not_allowed"));
        let done = edit(&town, "leader", "consents", &seen["version"], given.clone()).await.ok();
        assert!(holds(&done).contains(&("indoor_photos".to_owned(), true)), "{done}");
        let stale = edit(&town, "leader", "consents", &seen["version"], given.clone()).await;
        assert_eq!(stale.problem(), (412, "changed_meanwhile"));
        let back = json!({"purpose": "indoor_photos", "version": "2026-05", "given_on": day, "withdrawn_on": day});
        let done = edit(&town, "leader", "consents", &done["version"], back).await.ok();
        assert!(holds(&done).contains(&("indoor_photos".to_owned(), false)), "{done}");
        let line = log(&town).await;
        assert_eq!(line["after"]["consents"]["indoor_photos"]["withdrawn_on"], json!(day), "{line}");
        assert_eq!(line["before"]["consents"]["indoor_photos"]["withdrawn_on"], Value::Null);
        let elder = town.test.app.picture.elder(elder_0()).unwrap();
        assert!(!elder.agreed(eldercare_dispatch::people::ConsentPurpose::IndoorPhotos, day), "for the field, too");
        let unknown = json!({"purpose": "sleeping", "version": "1", "given_on": day});
        assert!((400..=422).contains(&edit(&town, "leader", "consents", &done["version"], unknown).await.status));
    }

    async fn a_sheet_gives_and_takes_nothing_back(db: Database) {
        let town = Town::start(db).await;
        let day = today(&town);
        let seen = record(&town).await;
        let bring = async |on: Date| {
            let file = &seen["file"];
            let sheet = format!(
                "elder_code,name,household_code,grid_code,address,needs,consents,consent_version,consents_on\n{},{},H0,{},{},living_alone,recording,1,{on}\n",
                seen["code"].as_str().unwrap(), file["name"].as_str().unwrap(), seen["area_code"].as_str().unwrap(), file["address"].as_str().unwrap()
            );
            let bearer = format!("Bearer {}", town.token("leader").await);
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/octet-stream")];
            let looked = town.raw(Method::POST, "/api/v1/imports", &headers, sheet.clone()).await.ok();
            assert_eq!(looked["error_count"], json!(0), "{looked}");
            let digest = looked["digest"].as_str().unwrap().to_owned();
            town.raw(Method::POST, &format!("/api/v1/imports?write={digest}"), &headers, sheet).await.ok();
            let it = record(&town).await;
            let found = it["consents"].as_array().unwrap().iter().find(|it| it["purpose"] == "recording").cloned();
            (found.is_some_and(|it| it["holds"] == true), it["version"].clone())
        };
        let days_ago = |n: i64| day.checked_sub(n.days()).unwrap();
        let (holds, version) = bring(days_ago(10)).await;
        assert!(holds);
        let back = json!({"purpose": "recording", "version": "1", "given_on": days_ago(10), "withdrawn_on": days_ago(2)});
        edit(&town, "leader", "consents", &version, back).await.ok();
        assert!(!bring(days_ago(10)).await.0, "the same sheet read again");
        assert!(!bring(days_ago(3)).await.0, "signed before it was taken back");
        assert!(bring(days_ago(1)).await.0, "signed anew");
    }

    async fn two_falls_since_the_last_assessment_propose_another(db: Database) {
        let town = Town::start(db).await;
        let list = async |who: &str| -> Vec<Value> { town.get(who, "/api/v1/reassessments").await.ok()["items"].as_array().unwrap().clone() };
        let first = fall(&town).await;
        close(&town, first, Outcome::Helped).await;
        town.test.advance(86_400);
        let nothing = fall(&town).await;
        close(&town, nothing, Outcome::FalseAlarm).await;
        assert_eq!((list("desk").await.len(), record(&town).await.get("reassess").cloned()), (0, None), "one, and one that was none");
        town.test.advance(86_400);
        let second = fall(&town).await;
        close(&town, second, Outcome::Helped).await;
        let found = list("desk").await;
        assert_eq!((found.len(), &found[0]["id"], &found[0]["falls"]), (1, &json!(elder_0().to_string()), &json!(2)), "{found:?}");
        assert!(list("far_desk").await.is_empty(), "another street's");
        let seen = record(&town).await;
        assert_eq!(seen["reassess"]["falls"], json!(2));
        // Assessed: nothing is proposed until they fall twice more.
        let day = today(&town);
        let body = json!({"level": 2, "instrument": "GB/T 42195-2022", "assessed_on": day});
        let done = edit(&town, "leader", "ability", &seen["version"], body).await.ok();
        assert_eq!((&done["ability"]["level"], done.get("reassess")), (&json!(2), None));
        assert!(list("desk").await.is_empty());
        assert_eq!(log(&town).await["after"]["ability"]["instrument"], json!("GB/T 42195-2022"));
        for field in [json!({"level": 5, "instrument": "x", "assessed_on": day}), json!({"level": 1, "instrument": " ", "assessed_on": day})] {
            assert_eq!(edit(&town, "leader", "ability", &done["version"], field).await.status, 422);
        }
    }
}
