//! Who answers for whom: the chain of a grid and a household, posts that nobody holds, and "sick today" by one action.

use actix_web::http::Method;
use eldercare_dispatch::people::{PrefixSet, Responder, ResponderKind, household_id};
use eldercare_dispatch::store::ResponderFile;
use serde_json::{Value, json};

use crate::api_town::{Answer, NEXT_STREET, Town, user};
use crate::harness::both_stores;
use crate::harness::street::{GRID, OTHER_GRID, responder, who};

async fn put(town: &Town, account: &str, path: &str, version: Option<i64>, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", town.token(account).await);
    let version = version.map(|it| format!("\"{it}\""));
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    headers.extend(version.as_deref().map(|it| ("if-match", it)));
    town.raw(Method::PUT, path, &headers, body.to_string()).await
}

fn link(post: &str, name: &str) -> Value {
    json!({"post": post, "responder_id": who(name)})
}

async fn offered(town: &Town) -> Vec<String> {
    let case = town.press_and_offer().await;
    let view = town.view(case).await;
    let names = ["G1", "G2", "DOC", "S9", "NEW", "F1"];
    let name = |id| names.iter().find(|it| who(it) == id).map_or("?", |it| *it).to_owned();
    view.case.offers.iter().map(|it| name(it.candidate.responder)).collect()
}

/// Ends whatever is open, so that the next press is a case of its own.
async fn close_all(town: &Town) {
    let open = town.get("desk", "/api/v1/cases?open=true").await.ok();
    for it in open["items"].as_array().unwrap() {
        let id = it["id"].as_str().unwrap();
        let said = json!({"result": "fine"});
        town.post("desk", &format!("/api/v1/cases/{id}/voice-result"), said)
            .await
            .ok();
        town.post(
            "desk",
            &format!("/api/v1/cases/{id}/false-alarm"),
            json!({"reason": "mis_press"}),
        )
        .await
        .ok();
    }
    town.test.app.field.count_load().await.unwrap();
}

both_stores! {
    async fn a_home_without_a_chain_is_listed_until_somebody_answers(db: Database) {
        let town = Town::start(db).await;
        let all = town.get("leader", "/api/v1/chains").await.ok();
        assert_eq!((&all["gap_count"], &all["without_chain"], &all["grids"][0]["households"]), (&json!(2), &json!(2), &json!(2)));
        assert_eq!(all["gaps"][0]["vacant"], json!(["grid_worker", "grid_head", "community_secretary"]));
        assert_eq!(town.get("far_leader", "/api/v1/chains").await.ok()["grids"], json!([]), "another street's");
        let path = format!("/api/v1/chains/{GRID}");
        let chain = json!({"links": [link("grid_worker", "G1"), link("grid_head", "G2")]});
        assert_eq!(put(&town, "leader", &path, None, &chain).await.problem(), (428, "if_match_missing"));
        let made = put(&town, "leader", &path, Some(0), &chain).await;
        assert_eq!((made.status, made.headers.get("etag").unwrap().to_str().unwrap()), (200, "\"1\""), "{}", made.text);
        assert_eq!(made.body["vacant"], json!(["community_secretary"]));
        assert_eq!(put(&town, "leader", &path, Some(0), &chain).await.problem(), (412, "changed_meanwhile"), "somebody was quicker");
        let all = town.get("leader", "/api/v1/chains").await.ok();
        assert_eq!((&all["gap_count"], &all["without_chain"]), (&json!(2), &json!(0)));
        // A household of its own goes before the grid, post by post.
        let home = format!("/api/v1/chains/{}", household_id("H0"));
        let own = json!({"links": [link("grid_worker", "DOC"), link("community_secretary", "DOC")]});
        let made = put(&town, "leader", &home, Some(0), &own).await.ok();
        let answers: Vec<&Value> = made["answers"].as_array().unwrap().iter().map(|it| &it["responder_id"]).collect();
        assert_eq!(answers, [&json!(who("DOC")), &json!(who("G2")), &json!(who("DOC"))]);
        assert_eq!(town.get("leader", "/api/v1/chains").await.ok()["gap_count"], json!(1));
        // Without one again, the grid's holds.
        town.test.advance(1);
        let made = put(&town, "leader", &home, Some(1), &json!({"links": []})).await.ok();
        assert_eq!((&made["links"], &made["answers"][0]["responder_id"]), (&json!([]), &json!(who("G1"))));
        for (links, code) in [
            (json!([link("grid_head", "G1"), link("grid_head", "G2")]), "invalid_value"),
            (json!([link("grid_head", "NOBODY")]), "invalid_value"),
            (json!([{"post": "mayor", "responder_id": who("G1")}]), "invalid_value"),
        ] {
            let answer = put(&town, "leader", &path, Some(1), &json!({"links": links})).await;
            assert_eq!(answer.problem(), (422, code), "{}", answer.text);
        }
        for (account, path, problem) in [
            ("far_leader", path.clone(), (404, "chain_not_found")),
            ("leader", format!("/api/v1/chains/{GRID}9"), (400, "bad_id")),
            ("leader", format!("/api/v1/chains/{OTHER_GRID}"), (428, "if_match_missing")),
        ] {
            assert_eq!(put(&town, account, &path, (problem.0 != 428).then_some(0), &chain).await.problem(), problem);
        }
        let log = town.get("auditor", &format!("{home}/log")).await.ok();
        let lines: Vec<(&Value, usize)> = log["items"].as_array().unwrap().iter()
            .map(|it| (&it["by"], it["after"].as_array().unwrap().len())).collect();
        assert_eq!(lines, [(&json!(user("leader")), 0), (&json!(user("leader")), 2)]);
    }

    async fn the_next_case_is_put_to_the_stand_in_and_never_to_the_sick_one(db: Database) {
        let town = Town::start(db).await;
        // NEW works in the next street and stands nearer than anybody of this one but G1.
        let new = Responder {
            scope: PrefixSet::from_iter([NEXT_STREET.parse().unwrap()]),
            ..responder("NEW", ResponderKind::GridWorker, 0.0021)
        };
        let store = &town.test.app.store;
        store.put_responders(vec![ResponderFile { responder: new, secrets: None }], town.test.clock.now()).await.unwrap();
        town.test.app.refresh_picture(true).await.unwrap();
        town.test.app.field.settle();
        let chain = json!({"links": [link("grid_worker", "G1")]});
        put(&town, "leader", &format!("/api/v1/chains/{GRID}"), Some(0), &chain).await.ok();
        let before = offered(&town).await;
        assert!(before.contains(&"G1".to_owned()) && !before.contains(&"NEW".to_owned()), "{before:?}");
        close_all(&town).await;
        // Sick today: one action, and it holds for the very next case. NEW is of another street, so the leader of this one cannot name
        // them; the district's can. G2 stands in here.
        let absence = format!("/api/v1/responders/{}/absence", who("G1"));
        let filed = town.post("leader", &absence, json!({"by": who("G2")})).await;
        assert_eq!((filed.status, &filed.body["now"], &filed.body["answers"], &filed.body["warnings"]), (201, &json!(true), &json!(who("G2")), &json!([])), "{}", filed.text);
        let after = offered(&town).await;
        assert!(after.contains(&"G2".to_owned()) && !after.contains(&"G1".to_owned()), "{after:?}");
        let case = town.get("desk", "/api/v1/cases?open=true").await.ok()["items"][0].clone();
        let first = &case["offers"][0];
        assert_eq!(first["responder_id"], json!(who("G2")));
        assert!(first["reasons"].as_array().unwrap().contains(&json!("responsible:1")), "{first}");
        let chain = town.get("leader", &format!("/api/v1/chains/{GRID}")).await.ok();
        assert_eq!((&chain["answers"][0]["responder_id"], &chain["answers"][0]["in_place_of"]), (&json!(who("G2")), &json!(who("G1"))));
        let told = town.get("desk", &format!("/api/v1/cases/{}/notices", case["id"].as_str().unwrap())).await.ok();
        assert!(!told.to_string().contains(&who("G1").to_string()), "nobody tells the sick one: {told}");
        close_all(&town).await;
        // Back again: asked again.
        assert_eq!(town.post("leader", &format!("{absence}/end"), json!({})).await.status, 204);
        assert_eq!(town.post("leader", &format!("{absence}/end"), json!({})).await.status, 204);
        assert!(offered(&town).await.contains(&"G1".to_owned()));
        let log = town.get("leader", "/api/v1/absences").await.ok();
        assert_eq!(log["items"], json!([]));
        close_all(&town).await;
        // Somebody of another street stands in where the absent one works.
        store.put_stand_ins(vec![eldercare_dispatch::people::StandIn { absent: who("G2"), by: who("NEW"), from: town.test.clock.now(), until: None }]).await.unwrap();
        town.test.app.refresh_picture(true).await.unwrap();
        let lent = offered(&town).await;
        assert!(lent.contains(&"NEW".to_owned()) && !lent.contains(&"G2".to_owned()), "{lent:?}");
    }

    async fn leave_is_listed_with_who_covers_it(db: Database) {
        let town = Town::start(db).await;
        let now = town.test.clock.now();
        let hours = |n: i64| (now + jiff::SignedDuration::from_hours(n)).to_string();
        let path = |name: &str| format!("/api/v1/responders/{}/absence", who(name));
        for (body, field) in [
            (json!({"by": who("G1")}), "by"), // nobody stands in for themselves
            (json!({"by": who("S9")}), "by"), // of another street
            (json!({"by": who("G2"), "from": hours(-2)}), "from"),
            (json!({"by": who("G2"), "from": hours(5), "until": hours(5)}), "until"),
            (json!({"by": who("G2"), "until": hours(24 * 400)}), "until"),
        ] {
            let answer = town.post("leader", &path("G1"), body).await;
            assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!(field)), "{}", answer.text);
        }
        town.post("leader", &path("G1"), json!({"by": who("G2"), "from": hours(24), "until": hours(48)})).await.ok();
        town.post("leader", &path("G2"), json!({"by": who("G1"), "from": hours(12), "until": hours(36)})).await.ok();
        let listed = town.get("leader", "/api/v1/absences").await.ok();
        let lines: Vec<(&Value, &Value, &Value)> = listed["items"].as_array().unwrap().iter().map(|it| (&it["absent"], &it["now"], &it["warnings"])).collect();
        assert_eq!(lines, [
            (&json!(who("G2")), &json!(false), &json!([])),
            (&json!(who("G1")), &json!(false), &json!(["nobody_answers"])), // they point at each other for a day's half
        ]);
        assert_eq!(town.get("far_leader", "/api/v1/absences").await.ok()["items"], json!([]));
        assert_eq!(town.post("far_leader", &path("G1"), json!({"by": who("S9")})).await.problem(), (404, "responder_not_found"));
        // Nobody is absent before the day.
        assert!(offered(&town).await.contains(&"G1".to_owned()));
    }

    async fn a_grid_that_nobody_is_at_work_in_is_shown_at_once_and_ahead(db: Database) {
        let town = Town::start(db).await;
        let store = &town.test.app.store;
        let now = town.test.clock.now();
        let hours = |n: i64| now + jiff::SignedDuration::from_hours(n);
        let gaps = async || {
            let all = town.get("leader", "/api/v1/duty/gaps").await.ok();
            let grid = all["grids"].as_array().unwrap().iter().find(|it| it["area_code"] == GRID).unwrap().clone();
            (grid["on_duty"].as_u64().unwrap(), grid["gaps"].clone(), all["nobody_now"].clone())
        };
        // The doctor, G1 and G2 are the grid's; nobody is on the rota.
        let span = |from: i64, until: i64| json!({"from": hours(from), "until": hours(until)});
        let (on_duty, found, nobody) = gaps().await;
        assert!(on_duty > 0 && nobody == json!([]), "{on_duty} {nobody}");
        assert_eq!(found, json!([span(0, 14 * 24)]));
        let shift = |name: &str, from: i64, until: i64| eldercare_dispatch::people::Shift { responder: who(name), from: hours(from), until: hours(until), stands_in_for: None };
        store.put_shifts(vec![shift("G1", 0, 12), shift("G2", 20, 40)]).await.unwrap();
        assert_eq!(gaps().await.1, json!([span(12, 20), span(40, 14 * 24)]));
        // Everybody goes home: it is seen at the next look.
        for account in ["g1", "g2", "doctor"] {
            town.put(account, "/api/v1/responders/me/duty", json!({"on": false})).await.ok();
        }
        let (on_duty, _, nobody) = gaps().await;
        assert_eq!((on_duty, nobody), (0, json!([GRID])));
        // And nobody of them is asked.
        assert!(offered(&town).await.iter().all(|it| !["G1", "G2", "DOC"].contains(&it.as_str())));
        assert_eq!(town.get("far_leader", "/api/v1/duty/gaps").await.ok()["grids"], json!([]));
    }
}
