//! A responder's own part: what became of it once the case has left their sight, and how it is given back.

use eldercare_dispatch::case::Place;
use eldercare_dispatch::ids::CaseId;
use serde_json::{Value, json};

use crate::api_town::{Town, elder_0};
use crate::harness::both_stores;
use crate::harness::street::who;

async fn part(town: &Town, account: &str, case: CaseId) -> Value {
    let answer = town.get(account, &format!("/api/v1/assignments/{case}")).await.ok();
    let text = answer.to_string();
    for secret in [
        "老人0",
        "泉州路",
        "4711",
        "39.38",
        "120114",
        &elder_0().to_string(),
        "resp_",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    answer["part"].clone()
}

async fn send(town: &Town, case: CaseId, name: &str) {
    let sent = json!({"responder_id": who(name), "eta_s": 60});
    town.post("desk", &format!("/api/v1/cases/{case}/assign"), sent)
        .await
        .ok();
}

async fn place(town: &Town, case: CaseId, name: &str) -> Option<Place> {
    town.view(case).await.case.assignment(who(name)).map(|it| it.place)
}

both_stores! {
    async fn who_was_withdrawn_reads_so_and_who_was_not_needed_reads_that(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        let own = format!("/api/v1/assignments/{case}");
        assert_eq!(town.get("g1", &own).await.problem(), (404, "case_not_found"), "nobody has asked them");
        send(&town, case, "G1").await;
        assert_eq!(part(&town, "g1", case).await, "coming");
        let sent = town.get("g1", &format!("/api/v1/cases/{case}")).await.ok();
        assert_eq!((&sent["assignments"][0]["offer_id"], sent["assignments"][0]["stage"].as_str()), (&Value::Null, Some("accepted")));
        town.post("desk", &format!("/api/v1/cases/{case}/stand-down"), json!({"responder_id": who("G1")})).await.ok();
        assert_eq!(town.get("g1", &format!("/api/v1/cases/{case}")).await.problem(), (404, "case_not_found"));
        assert_eq!(part(&town, "g1", case).await, "withdrawn");

        // Sent again, it is a new part; what was before does not count.
        send(&town, case, "G1").await;
        assert_eq!(part(&town, "g1", case).await, "coming");
        send(&town, case, "G2").await;
        town.post("desk", &format!("/api/v1/cases/{case}/voice-result"), json!({"result": "fine"})).await.ok();
        assert_eq!(part(&town, "g1", case).await, "fine");

        let end = json!({"outcome": "false_alarm", "proof": {"type": "voice_contact"}});
        town.post("desk", &format!("/api/v1/cases/{case}/close"), end).await.ok();
        assert_eq!(part(&town, "g1", case).await, "fine", "closing adds nothing");

        // Who had done their part reads that, whatever the desk did after it.
        let case = town.press().await;
        send(&town, case, "DOC").await;
        for word in ["arrive", "no-entry", "done"] {
            town.post("doctor", &format!("/api/v1/assignments/{case}/{word}"), json!({})).await.ok();
        }
        town.post("desk", &format!("/api/v1/cases/{case}/voice-result"), json!({"result": "fine"})).await.ok();
        assert_eq!(part(&town, "doctor", case).await, "done");
        assert_eq!(town.get("desk", &own).await.problem(), (403, "not_a_responder"));
        assert_eq!(town.get("far_g", &own).await.problem(), (404, "case_not_found"));
    }

    async fn who_was_sent_unasked_gives_it_back_and_the_next_is_sought_at_once(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        let no = format!("/api/v1/assignments/{case}/decline");
        assert_eq!(town.post("g2", &no, json!({"reason": "busy"})).await.problem(), (404, "case_not_found"));
        send(&town, case, "G2").await;
        assert_eq!(place(&town, case, "G2").await, Some(Place::Lead));
        for _ in 0..2 {
            town.post_once("g2", &no, "no-1", json!({"reason": "too_far"})).await.ok();
        }
        let view = town.view(case).await;
        assert_eq!((view.case.lead().map(|it| it.responder), view.case.seek.is_some()), (None, true), "the next is sought");
        assert_eq!(part(&town, "g2", case).await, "declined");
        town.post("g2", &no, json!({"reason": "too_far"})).await.ok();
        assert_eq!(town.view(case).await.case.version, view.case.version, "said again it changes nothing");

        // Asked first and sent then: the no is that to the offer, with its reason in the log.
        town.test.advance(40);
        town.test.app.desk.run_due().await.unwrap();
        town.test.app.field.run_seeking().await.unwrap();
        town.offer_to(case, "G1").await;
        send(&town, case, "G1").await;
        assert_eq!(place(&town, case, "G1").await, Some(Place::Lead));
        town.post("g1", &no, json!({"reason": "not_able"})).await.ok();
        let log = town.get("desk", &format!("/api/v1/cases/{case}/events?limit=500")).await.ok();
        let said = log["items"].as_array().unwrap().iter().rev().find(|it| it["type"] == "declined").cloned();
        assert_eq!(said.unwrap()["reason"], "not_able");
        assert_eq!((part(&town, "g1", case).await, town.view(case).await.case.lead().is_none()), (json!("declined"), true));

        // Sent after a no: there is no offer left to say no to.
        send(&town, case, "G1").await;
        assert_eq!(place(&town, case, "G1").await, Some(Place::Lead));
        town.post("g1", &no, json!({"reason": "busy"})).await.ok();
        assert_eq!(place(&town, case, "G1").await, Some(Place::Lost));
    }
}
