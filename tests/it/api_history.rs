//! What a responder was asked and what came of it: their own, month by month, without anybody's name or door.

use eldercare_dispatch::ids::CaseId;
use serde_json::{Value, json};

use crate::api_town::{Town, elder_0};
use crate::harness::both_stores;
use crate::harness::street::who;

const PATH: &str = "/api/v1/responders/me/history";

fn names_nobody(answer: &Value, case: CaseId) {
    let text = answer.to_string();
    for secret in [
        "老人0",
        "泉州路",
        "4711",
        "39.38",
        "120114",
        &elder_0().to_string(),
        &case.to_string(),
        "resp_",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

async fn close(town: &Town, case: CaseId) {
    let path = format!("/api/v1/cases/{case}");
    town.post("desk", &format!("{path}/voice-result"), json!({"result": "fine"}))
        .await
        .ok();
    let end = json!({"outcome": "helped", "proof": {"type": "voice_contact"}});
    town.post("desk", &format!("{path}/close"), end).await.ok();
}

both_stores! {
    async fn a_responder_reads_their_own_month_and_it_names_nobody(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        town.test.advance(5);
        town.say_yes(case, "g1", "G1").await.ok();
        let no = town.offer_to(case, "G2").await;
        town.post("g2", &format!("/api/v1/offers/{no}/decline"), json!({"reason": "busy"})).await.ok();
        town.test.advance(10);
        town.test.app.desk.run_due().await.unwrap();
        let go = format!("/api/v1/assignments/{case}");
        town.post("g1", &format!("{go}/depart"), json!({})).await.ok();
        town.stand("g1", 40.0).await;
        // The first door was the wrong one: the time counts to the right one.
        town.test.advance(60);
        town.post("g1", &format!("{go}/arrive"), json!({})).await.ok();
        town.post("g1", &format!("{go}/wrong-address"), json!({})).await.ok();
        town.test.advance(125);
        town.post("g1", &format!("{go}/arrive"), json!({})).await.ok();
        let open = town.get("g1", PATH).await.ok();
        assert_eq!((open["items"][0]["open"].as_bool(), open["items"][0]["outcome"].as_str()), (Some(true), None));
        close(&town, case).await;

        let mine = town.get("g1", PATH).await.ok();
        names_nobody(&mine, case);
        let it = &mine["items"][0];
        assert_eq!((it["kind"].as_str(), it["severity"].as_str(), it["area_name"].as_str()), (Some("sos"), Some("critical"), Some("泉州社区")));
        assert_eq!((it["answer_s"].as_i64(), it["door_s"].as_i64()), (Some(5), Some(195)));
        assert_eq!((it["role"].as_str(), it["outcome"].as_str(), it["open"].as_bool()), (Some("lead"), Some("helped"), Some(false)));
        assert_eq!(mine["month"], "2026-02");
        assert_eq!(mine["sums"], json!({"asked": 1, "answered": 1, "accepted": 1, "at_door": 1, "median_door_s": 195}));

        let theirs = town.get("g2", PATH).await.ok();
        names_nobody(&theirs, case);
        let it = &theirs["items"][0];
        assert_eq!((it["role"].as_str(), it["outcome"].as_str(), it["door_s"].as_i64()), (Some("declined"), None, None));
        assert_eq!(theirs["sums"], json!({"asked": 1, "answered": 1, "accepted": 0, "at_door": 0}));
        let silent = town.get("doctor", PATH).await.ok();
        assert_eq!((silent["items"][0]["role"].as_str(), silent["sums"]["answered"].as_u64()), (Some("unanswered"), Some(0)));

        for (account, code) in [("desk", "not_a_responder"), ("auditor", "role_not_allowed")] {
            assert_eq!(town.get(account, PATH).await.problem(), (403, code));
        }
        assert_eq!(town.get("far_g", PATH).await.ok()["items"], json!([]));
        let other = town.get("g1", &format!("{PATH}?month=2026-01")).await.ok();
        assert_eq!((other["month"].as_str(), &other["items"]), (Some("2026-01"), &json!([])));
        assert_eq!(town.get("g1", &format!("{PATH}?month=2026-13")).await.problem(), (400, "bad_query"));
    }

    async fn who_was_sent_without_being_asked_finds_it_and_pages_hold_together(db: Database) {
        let town = Town::start(db).await;
        let mut cases = vec![];
        for _ in 0..3 {
            let case = town.press().await;
            let path = format!("/api/v1/cases/{case}");
            town.post("desk", &format!("{path}/assign"), json!({"responder_id": who("G2"), "eta_s": 60})).await.ok();
            town.test.advance(30);
            town.post("g2", &format!("/api/v1/assignments/{case}/arrive"), json!({})).await.ok();
            close(&town, case).await;
            cases.push(case);
            town.test.advance(1);
        }
        let first = town.get("g2", &format!("{PATH}?limit=2")).await.ok();
        assert_eq!(first["items"].as_array().unwrap().len(), 2);
        assert_eq!(first["sums"]["asked"], 3, "of the whole month, whatever the page holds");
        assert_eq!(first["sums"]["median_door_s"], 30);
        let next = first["next"].as_str().unwrap();
        let second = town.get("g2", &format!("{PATH}?limit=2&cursor={next}")).await.ok();
        assert_eq!((second["items"].as_array().unwrap().len(), &second["next"], &second["sums"]), (1, &Value::Null, &Value::Null));
        let last = &second["items"][0];
        assert_eq!((last["answer_s"].as_i64(), last["door_s"].as_i64(), last["role"].as_str()), (Some(0), Some(30), Some("lead")));
    }

    async fn an_elders_file_says_which_devices_there_are_and_when_each_was_last_heard(db: Database) {
        let town = Town::start(db).await;
        let path = format!("/api/v1/elders/{}", elder_0());
        let before = town.get("desk", &path).await.ok();
        let device = &before["devices"][0];
        assert_eq!((device["code"].as_str(), device["kind"].as_str(), device["voice_path"].as_bool()), (Some("D0"), Some("watch"), Some(true)));
        assert_eq!((before["devices"].as_array().unwrap().len(), &device["last_alert_at"]), (1, &Value::Null), "those of others are not there");
        let case = town.press().await;
        let pressed = town.view(case).await.case.opened_at;
        town.test.advance(90);
        town.press().await;
        let after = town.get("desk", &path).await.ok();
        let last: jiff::Timestamp = after["devices"][0]["last_alert_at"].as_str().unwrap().parse().unwrap();
        assert_eq!(last.duration_since(pressed).as_secs(), 90);
    }
}
