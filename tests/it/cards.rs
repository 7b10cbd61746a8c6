//! The pack of cards for the hour without current: who is in it, what is sealed only for those who may, and that it was made.

use serde_json::json;

use crate::api_town::{Town, elder_0};
use crate::harness::both_stores;

both_stores! {
    async fn a_pack_holds_whom_to_look_after_and_each_file_is_recorded(db: Database) {
        let town = Town::start(db).await;
        assert_eq!(town.get("leader", "/api/v1/cards").await.ok()["items"], json!([]));
        let asked = json!({"area": "120114001", "needs": ["living_alone"], "doors": true});
        assert_eq!(town.post("desk", "/api/v1/cards", asked.clone()).await.problem(), (403, "role_not_allowed"));
        let answer = town.post("leader", "/api/v1/cards", asked.clone()).await;
        assert_eq!(answer.headers.get("cache-control").unwrap(), "no-store");
        let pack = answer.ok();
        let cards = pack["cards"].as_array().unwrap();
        assert_eq!((cards.len(), &cards[0]["id"], &cards[0]["phones"]), (1, &json!(elder_0().to_string()), &json!(["13900000001"])), "{pack}");
        assert!(cards[0].get("door").is_none(), "she has not agreed that codes are kept: {pack}");
        assert!(!pack.to_string().contains("高血压"), "nothing of health");
        let people: Vec<&str> = pack["people"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert!(!people.is_empty() && pack["people"].as_array().unwrap().iter().all(|it| it["kind"] != "family"), "{pack}");
        // Each look stands in the log of the file.
        let views = town.get("admin", &format!("/api/v1/elders/{}/views", elder_0())).await.ok();
        assert!(views["items"].as_array().unwrap().iter().any(|it| it["reason"] == "pack of cards"), "{views}");
        // With her consent the door is on it.
        let day = town.test.app.desk.local(town.test.clock.now()).0;
        let version = town.get("leader", &format!("/api/v1/elders/{}/file", elder_0())).await.ok()["version"].clone();
        let (bearer, tag) = (format!("Bearer {}", town.token("leader").await), format!("\"{version}\""));
        let headers = [("authorization", bearer.as_str()), ("if-match", tag.as_str()), ("content-type", "application/json")];
        let consent = json!({"purpose": "keys", "version": "1", "given_on": day}).to_string();
        let path = format!("/api/v1/elders/{}/consents", elder_0());
        town.raw(actix_web::http::Method::PUT, &path, &headers, consent).await.ok();
        let pack = town.post("leader", "/api/v1/cards", asked).await.ok();
        assert_eq!(pack["cards"][0]["door"]["door_code"], json!("4711#"), "{pack}");
        // Nobody of high need lives here: an empty pack is a pack, and says so.
        let none = town.post("leader", "/api/v1/cards", json!({"area": "120114001"})).await.ok();
        assert_eq!(none["cards"], json!([]));
        for (body, field) in [(json!({"area": "120114002"}), "area"), (json!({"area": "x"}), "area")] {
            let refused = town.post("leader", "/api/v1/cards", body).await;
            assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!(field)));
        }
    }

    async fn everybody_of_the_office_sees_when_a_pack_is_too_old(db: Database) {
        let town = Town::start(db).await;
        town.post("leader", "/api/v1/cards", json!({"area": "120114001", "needs": ["living_alone"]})).await.ok();
        let old = async |who: &str| town.get(who, "/api/v1/cards").await.ok()["items"].as_array().unwrap().iter().map(|it| it["old"] == true).collect::<Vec<bool>>();
        assert_eq!(old("desk").await, [false]);
        town.test.advance(24 * 3_600);
        assert_eq!(old("desk").await, [false], "24 hours are good");
        town.test.advance(1);
        assert_eq!(old("desk").await, [true]);
        assert!(old("far_desk").await.is_empty(), "another street's");
        town.post("leader", "/api/v1/cards", json!({"area": "120114001"})).await.ok();
        assert_eq!(old("desk").await, [false, false], "the newer one stands for the area");
        let log = town.get("admin", "/api/v1/cards").await.ok();
        assert_eq!((&log["items"][0]["cards"], &log["items"][1]["cards"]), (&json!(0), &json!(1)));
    }
}
