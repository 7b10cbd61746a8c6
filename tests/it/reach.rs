//! Addresses: one's own, what the office files, browsers that come and go; sealed where they lie, and known to the picture.

use actix_web::http::Method;
use eldercare_dispatch::people::{Reached, Way};
use serde_json::{Value, json};

use eldercare_dispatch::app::Config;
use eldercare_dispatch::store::Rights;

use crate::api_town::{Town, elder_0, user};
use crate::harness::provider::carrier;
use crate::harness::street::who;
use crate::harness::{Database, both_stores};

const PUSH: &str = "/api/v1/me/push-subscriptions";

/// The service pushes, to one push service and nowhere else.
pub fn pushes(config: &mut Config) {
    let text = "[[carriers]]\ntype = \"web_push\"\nvapid_key = \"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\"\n\
                subject = \"mailto:office@street.example\"\nhosts = [\"push.example.org\", \"http://127.0.0.1:8123\"]\n";
    config.notify.injected.0 = vec![carrier(text)];
}

async fn town(db: Database) -> Town {
    Town::start_with(db, pushes).await
}

/// The browsers that somebody is pushed to.
async fn pushed_to(town: &Town, of: Reached) -> Vec<String> {
    let all = town.test.app.store.push_subscriptions(of).await.unwrap();
    all.into_iter().map(|it| it.device).collect()
}

/// What a browser gives, for the endpoint `name`.
pub fn browser(name: &str, device: &str) -> Value {
    json!({
        "device": device,
        "endpoint": format!("https://push.example.org/{name}"),
        "keys": { "p256dh": format!("B{}", "a".repeat(86)), "auth": "c".repeat(22) },
    })
}

/// A browser at a whole address.
fn at(endpoint: &str) -> Value {
    let mut it = browser("a", "手机");
    it["endpoint"] = json!(endpoint);
    it
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
        let town = town(db).await;
        let push = PUSH;
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
            ("endpoint", json!({"device": "x", "endpoint": "ftp://p/", "keys": {"p256dh": "", "auth": ""}})),
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

    async fn a_browser_learns_our_key_and_an_address_that_nothing_goes_to_is_not_kept(db: Database) {
        let town = town(db).await;
        let key = town.get("g1", "/api/v1/me/push-key").await.ok()["key"].as_str().unwrap().to_owned();
        assert_eq!((key.len(), key.starts_with('B')), (87, true), "an uncompressed point: {key}");
        for elsewhere in ["https://push.elsewhere.example/a", "http://push.example.org/a", "https://push.example.org:8443/a", "http://127.0.0.1:8124/a"] {
            let body = at(elsewhere);
            let refused = town.post("g1", PUSH, body).await;
            assert_eq!((refused.status, refused.body["errors"][0]["field"].as_str()), (422, Some("endpoint")), "{elsewhere}: {}", refused.text);
        }
        assert_eq!(pushed_to(&town, Reached::Responder(who("G1"))).await, Vec::<String>::new());
        assert_eq!(ways(&town, Reached::Responder(who("G1"))), []);
        // The same with the list's own origin, which may lie in our network.
        let near = at("http://127.0.0.1:8123/a");
        town.post("g1", PUSH, near).await.ok();
        assert_eq!(pushed_to(&town, Reached::Responder(who("G1"))).await, ["手机"]);
        town.test.app.stop().await;
    }

    async fn where_nothing_is_pushed_a_page_is_told_so(db: Database) {
        let town = Town::start(db).await;
        assert_eq!(town.get("g1", "/api/v1/me/push-key").await.problem(), (404, "no_push"));
        assert_eq!(town.post("g1", PUSH, browser("a", "手机")).await.problem(), (409, "no_push"));
        town.test.app.stop().await;
    }

    async fn whose_sessions_end_is_pushed_to_no_more(db: Database) {
        let town = town(db).await;
        let g1 = Reached::Responder(who("G1"));
        town.post("g1", PUSH, browser("a", "手机")).await.ok();
        town.post("g2", PUSH, browser("b", "别人的")).await.ok();
        town.post("desk", PUSH, browser("c", "台")).await.ok();
        town.post("g1", "/api/v1/auth/logout", json!({"everywhere": true})).await;
        assert_eq!(pushed_to(&town, g1).await, Vec::<String>::new(), "signed out everywhere");
        town.forget_tokens();
        // Signed in again they agree again; then the account is closed, by another program.
        town.post("g1", PUSH, browser("a", "手机")).await.ok();
        assert_eq!(pushed_to(&town, g1).await, ["手机"]);
        for name in ["g1", "desk"] {
            let store = &town.test.app.store;
            let account = store.account(user(name)).await.unwrap().unwrap();
            let rights = Rights { role: account.role, scope: account.scope, responder: account.responder, disabled: true };
            store.set_rights(account.id, rights, account.version, town.test.clock.now()).await.unwrap();
        }
        assert_eq!(pushed_to(&town, g1).await, Vec::<String>::new());
        assert_eq!(pushed_to(&town, Reached::Account(user("desk"))).await, Vec::<String>::new());
        assert_eq!(pushed_to(&town, Reached::Responder(who("G2"))).await, ["别人的"], "nobody else's");
        town.test.app.refresh_picture(false).await.unwrap();
        assert_eq!((ways(&town, g1), ways(&town, Reached::Responder(who("G2")))), (vec![], vec![Way::WebPush]));
        town.test.app.stop().await;
    }

    async fn what_the_office_leaves_out_stays_on_the_file(db: Database) {
        let town = town(db).await;
        let mine = json!({"language": "en", "off": ["sms"], "mailbox": "wang@mail.example.org", "wecom_member": "wang.xm", "wechat_follower": "o-1"});
        put(&town, "g1", "/api/v1/me/reach", mine).await.ok();
        town.post("g1", PUSH, browser("a", "手机")).await.ok();
        let path = format!("/api/v1/responders/{}/reach", who("G1"));
        let whole = || async {
            let it = town.get("g1", "/api/v1/me/reach").await.ok();
            [&it["mailbox"], &it["wecom_member"], &it["wechat_follower"], &it["push"][0]["device"], &it["off"][0], &it["language"]]
                .map(|it| it.as_str().unwrap_or("-").to_owned())
        };
        let before = ["wang@mail.example.org", "wang.xm", "o-1", "手机", "sms", "en"];
        for body in [json!({}), json!({"mailbox": "w***@mail.example.org"}), json!({"off": ["sms"], "mailbox": null})] {
            put(&town, "desk", &path, body.clone()).await.ok();
            assert_eq!(whole().await, before, "{body}");
        }
        put(&town, "desk", &path, json!({"wecom_member": "", "off": [], "mailbox": "li@mail.example.org"})).await.ok();
        assert_eq!(whole().await, ["li@mail.example.org", "-", "o-1", "手机", "-", "en"], "what it names is filed");
        let unknown = put(&town, "desk", &path, json!({"push": []})).await;
        assert_eq!(unknown.problem(), (422, "unknown_field"), "a browser is nobody's to take away");
        // Telephones of an account are not the office's to see or lose either; one's own filing takes off what it leaves out.
        put(&town, "g1", "/api/v1/me/reach", json!({})).await.ok();
        assert_eq!(whole().await, ["-", "-", "-", "手机", "-", "-"]);
        town.test.app.stop().await;
    }
}
