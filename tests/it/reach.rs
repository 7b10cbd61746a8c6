//! Addresses: one's own, what the office files, browsers that come and go; sealed where they lie, and known to the picture.

use actix_web::http::Method;
use eldercare_dispatch::people::{Reached, Way};
use serde_json::{Value, json};

use crate::api_town::{Town, elder_0, user};
use crate::harness::both_stores;
use crate::harness::street::who;

/// What a browser gives, for the endpoint `name`.
pub fn browser(name: &str, device: &str) -> Value {
    json!({
        "device": device,
        "endpoint": format!("https://push.example.org/{name}"),
        "keys": { "p256dh": format!("B{}", "a".repeat(86)), "auth": "c".repeat(22) },
    })
}

async fn put(town: &Town, name: &str, path: &str, body: Value) -> crate::api_town::Answer {
    town.any(&Method::PUT, name, path, &body.to_string()).await
}

fn ways(town: &Town, of: Reached) -> Vec<Way> {
    let outline = town.test.app.picture.outline(of);
    outline.map(|it| it.has.iter().copied().collect()).unwrap_or_default()
}

both_stores! {
    async fn one_files_ones_own_and_the_office_sees_no_address(db: Database) {
        let town = Town::start(db).await;
        let mine = json!({"language": "en", "off": ["sms"], "mailbox": "wang@mail.example.org", "wecom_member": "wang.xm"});
        let filed = put(&town, "g1", "/api/v1/me/reach", mine).await.ok();
        assert_eq!((filed["mailbox"].as_str(), filed["has"].clone()), (Some("wang@mail.example.org"), json!(["email", "wecom_app"])));
        assert_eq!(ways(&town, Reached::Responder(who("G1"))), [Way::Email, Way::WecomApp], "at once, without a look at the register");
        let path = format!("/api/v1/responders/{}/reach", who("G1"));
        let seen = town.any(&Method::GET, "desk", &path, "").await;
        assert!(!seen.text.contains("wang@") && !seen.text.contains("wang.xm"), "{}", seen.text);
        assert_eq!(seen.ok()["mailbox"], "w***@mail.example.org");
        // A leader has telephones of the account; a responder's stand in the file.
        let filed = put(&town, "leader", "/api/v1/me/reach", json!({"phones": ["10000000001"]})).await.ok();
        assert_eq!((filed["phones"].clone(), filed["has"].clone()), (json!(["10000000001"]), json!(["sms", "voice"])));
        for (body, field) in [
            (json!({"phones": ["10000000001"]}), "phones"),
            (json!({"mailbox": "a@b\r\nBcc: c@d"}), "mailbox"),
            (json!({"wecom_member": "a|b"}), "wecom_member"),
            (json!({"off": ["wecom_robot"]}), "off"),
        ] {
            let refused = put(&town, "g1", "/api/v1/me/reach", body).await;
            assert_eq!((refused.status, refused.body["errors"][0]["field"].as_str()), (422, Some(field)), "{}", refused.text);
        }
        // It is there after a restart, and nothing of it lies open.
        let town = town.restart().await;
        assert_eq!(ways(&town, Reached::Responder(who("G1"))), [Way::Email, Way::WecomApp]);
        let read = town.test.app.store.reach(Reached::Responder(who("G1"))).await.unwrap();
        assert_eq!(read.mailbox.unwrap().reveal(), "wang@mail.example.org");
        if let Some(folder) = town.test.db.folder() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let bytes = std::fs::read(entry.unwrap().path()).unwrap();
                assert!(!bytes.windows(10).any(|it| it == b"wang@mail."), "a mailbox lies open in the store");
            }
        }
        town.test.app.stop().await;
    }

    async fn a_browser_is_one_row_and_belongs_to_who_came_last(db: Database) {
        let town = Town::start(db).await;
        let push = "/api/v1/me/push-subscriptions";
        let first = town.post("g1", push, browser("a", "王的手机")).await.ok();
        let again = town.post("g1", push, browser("a", "手机")).await.ok();
        assert_eq!(first["id"], again["id"], "the same browser again");
        town.test.advance(1);
        town.post("g1", push, browser("b", "平板")).await.ok();
        let mine = town.any(&Method::GET, "g1", "/api/v1/me/reach", "").await.ok();
        let names: Vec<&str> = mine["push"].as_array().unwrap().iter().map(|it| it["device"].as_str().unwrap()).collect();
        assert_eq!(names, ["手机", "平板"]);
        // Somebody else signs in on the same browser: the first is pushed to there no more.
        town.post("g2", push, browser("a", "公用")).await.ok();
        let mine = town.any(&Method::GET, "g1", "/api/v1/me/reach", "").await.ok();
        assert_eq!(mine["push"].as_array().unwrap().len(), 1);
        let end = format!("{push}/{}/end", first["id"].as_str().unwrap());
        assert_eq!(town.post("g1", &end, json!({})).await.problem(), (404, "push_subscription_not_found"), "it is not theirs any more");
        assert_eq!(town.post("g2", &end, json!({})).await.status, 204);
        assert_eq!(ways(&town, Reached::Responder(who("G2"))), []);
        assert_eq!(ways(&town, Reached::Responder(who("G1"))), [Way::WebPush]);
        // With more than ten the oldest ends.
        for n in 0..11 {
            town.test.advance(1);
            town.post("desk", push, browser(&format!("d{n}"), &format!("屏{n}"))).await.ok();
        }
        let all = town.test.app.store.push_subscriptions(Reached::Account(user("desk"))).await.unwrap();
        let names: Vec<&str> = all.iter().map(|it| it.device.as_str()).collect();
        assert_eq!((names.len(), names[0]), (10, "屏1"));
        for (field, body) in [
            ("endpoint", json!({"device": "x", "endpoint": "http://p/", "keys": {"p256dh": "", "auth": ""}})),
            ("device", json!({"device": "x".repeat(61), "endpoint": "https://p/", "keys": {"p256dh": "", "auth": ""}})),
        ] {
            let refused = town.post("g1", push, body).await;
            assert_eq!((refused.status, refused.body["errors"][0]["field"].as_str()), (422, Some(field)), "{}", refused.text);
        }
        town.test.app.stop().await;
    }

    async fn what_a_contact_left_goes_with_the_elders_key(db: Database) {
        let town = Town::start(db).await;
        let contact = crate::notify_webhook::contact(0, "C1", 1, false);
        let (id, elder) = (contact.id, contact.elder);
        town.test.fill_contacts(vec![contact]).await;
        let path = format!("/api/v1/elders/{}/contacts/{id}/reach", elder_0());
        put(&town, "desk", &path, json!({"mailbox": "wang@mail.example.org"})).await.ok();
        let who = Reached::Contact(id);
        assert_eq!(town.test.app.store.reach(who).await.unwrap().mailbox.unwrap().reveal(), "wang@mail.example.org");
        let foreign = format!("/api/v1/elders/{}/contacts/{id}/reach", crate::harness::street::elder_of(1));
        assert_eq!(put(&town, "desk", &foreign, json!({})).await.problem(), (404, "contact_not_found"));
        let store = &town.test.app.store;
        store.keys().unwrap().erase(store, elder, town.test.clock.now()).await.unwrap();
        assert_eq!(store.reach(who).await.unwrap().mailbox, None, "erased, and nobody's error");
        town.test.app.stop().await;
    }
}
