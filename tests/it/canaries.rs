//! Each way out of the house is tried once a month: by the clock of a row, at named people, confirmed or seen to have failed.

use std::time::Duration;

use actix_web::http::Method;
use eldercare_dispatch::app::{App, Config};
use eldercare_dispatch::clock::Ids;
use eldercare_dispatch::notify::{CanaryConfig, Injected};
use eldercare_dispatch::people::{ContactSecrets, contact_id};
use eldercare_dispatch::store::ContactFile;
use eldercare_dispatch::store::cases::CaseFilter;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api_town::{STREET, Town};
use crate::harness::carrier::{Fake, refused};
use crate::harness::{Database, both_stores};
use crate::notify_webhook::contact;

const CONFIRM: Duration = Duration::from_secs(30 * 60);

fn wire(fakes: &[&Fake], people: &[&str]) -> impl Fn(&mut Config) + Send + Sync + 'static + use<> {
    let carriers: Vec<_> = fakes.iter().map(|it| it.carrier()).collect();
    let people: Vec<String> = people.iter().map(|it| (*it).to_owned()).collect();
    move |config| {
        config.notify.injected = Injected(carriers.clone());
        config.notify.canary = CanaryConfig {
            people: [(STREET.to_owned(), people.clone())].into(),
            ..CanaryConfig::default()
        };
        config.family.public_url = Some("https://dispatch.example.org".to_owned());
    }
}

/// A street whose leader has a telephone; an elder's son has one as well, and a grid worker another.
async fn town(db: Database, fakes: &[&Fake], people: &[&str]) -> Town {
    let town = Town::start_with(db, wire(fakes, people)).await;
    for (who, phone) in [("leader", "13900000001"), ("g1", "13900000002")] {
        let _ = town
            .any(
                &Method::PUT,
                who,
                "/api/v1/me/reach",
                &json!({"phones": [phone]}).to_string(),
            )
            .await;
    }
    let son = ContactFile {
        contact: contact(0, "SON", 1, false),
        secrets: Some(ContactSecrets {
            phones: vec!["13900000077".parse().unwrap()],
        }),
    };
    town.test
        .app
        .store
        .put_contacts(vec![son], town.test.clock.now())
        .await
        .unwrap();
    town.test.app.refresh_picture(true).await.unwrap();
    town
}

/// The clock goes to the next month's hour: 10:00 in the street, in UTC 02:00.
fn to_the_hour(town: &Town) -> Timestamp {
    let now = town.test.clock.now();
    let offset = jiff::tz::Offset::from_hours(8).unwrap();
    let first = offset.to_datetime(now).date().last_of_month().tomorrow().unwrap();
    let at = offset.to_timestamp(first.at(10, 0, 0, 0)).unwrap();
    town.test
        .clock
        .advance(Duration::try_from(at.duration_since(now)).unwrap());
    town.forget_tokens();
    at
}

async fn run(town: &Town) -> usize {
    town.test.app.canaries.run_due().await.unwrap()
}

async fn list(town: &Town, who: &str) -> Vec<Value> {
    let all = town.get(who, "/api/v1/canaries").await.ok();
    all["items"].as_array().unwrap().clone()
}

/// How the try of one way in this month stands: state and why.
async fn stands(town: &Town, channel: &str) -> (String, Option<String>) {
    let all = list(town, "desk").await;
    let one = all
        .iter()
        .find(|it| it["channel"] == channel && it["began_at"].is_string())
        .unwrap();
    (
        one["state"].as_str().unwrap().to_owned(),
        one["why"].as_str().map(str::to_owned),
    )
}

async fn back(town: &Town, carrier: &str, reports: Value) {
    let path = format!("/api/v1/notify/callbacks/{carrier}");
    let said = town
        .raw(Method::POST, &path, &[("x-sign", "good")], reports.to_string())
        .await;
    assert_eq!(said.status, 200, "{}", said.text);
}

both_stores! {
    async fn once_a_month_each_way_is_tried_at_the_named_and_whoever_gets_it_says_so(db: Database) {
        let (voice, sms, robot) = (Fake::new("voice"), Fake::new("sms"), Fake::new("wecom_robot"));
        let town = town(db, &[&voice, &sms, &robot], &["leader"]).await;
        let cases = async || town.test.app.store.list_cases(&CaseFilter::default(), None, 10).await.unwrap().items.len();
        assert_eq!(run(&town).await, 0, "its time has not come");
        let waits = list(&town, "desk").await;
        assert_eq!(waits.len(), 3, "{waits:?}");
        assert!(waits.iter().all(|it| it["state"] == "waiting"), "{waits:?}");
        to_the_hour(&town);
        assert_eq!(run(&town).await, 3);
        assert_eq!(run(&town).await, 0, "once");
        for fake in [&voice, &sms] {
            let heard = fake.heard();
            assert_eq!(heard.len(), 1, "the leader, and nobody else");
            assert!(heard[0].drill && heard[0].kind.as_str() == "channel_test", "marked: {heard:?}");
            assert!(heard[0].values.link.as_deref().unwrap().starts_with("https://dispatch.example.org/t/"));
        }
        assert_eq!(robot.heard().len(), 1, "its group");
        assert_eq!((voice.heard()[0].values.keys, sms.heard()[0].values.keys), (Some(('1', '2')), None));
        for fake in [&voice, &sms, &robot] {
            assert!(fake.to(&contact_id("SON").to_string()).is_empty(), "never a family");
        }
        assert_eq!(cases().await, 0, "it is no case, and so in no figure of cases");

        // A key on the telephone; the link, which a look does not press; by hand where nothing says so.
        back(&town, "voice", json!([{"letter": voice.heard()[0].id.to_string(), "word": "key", "says": "1"}])).await;
        let link = sms.heard()[0].values.link.clone().unwrap();
        let path = link.strip_prefix("https://dispatch.example.org").unwrap();
        assert_eq!(town.raw(Method::GET, path, &[], "").await.status, 200);
        run(&town).await;
        assert_eq!((stands(&town, "voice").await.0, stands(&town, "sms").await.0), ("confirmed".to_owned(), "sent".to_owned()));
        let form = ("content-type", "application/x-www-form-urlencoded");
        assert_eq!(town.raw(Method::POST, path, &[form], "answer=decline").await.status, 200);
        run(&town).await;
        assert_eq!(stands(&town, "sms").await.0, "sent", "there is nothing to refuse");
        assert!(town.raw(Method::POST, path, &[form], "answer=accept").await.text.contains("已记录"));
        let of_robot = list(&town, "desk").await.into_iter().find(|it| it["channel"] == "wecom_robot" && it["state"] == "sent").unwrap();
        let seen = format!("/api/v1/canaries/{}/seen", of_robot["id"].as_str().unwrap());
        assert_eq!(town.post("far_desk", &seen, json!({})).await.problem(), (404, "canary_not_found"));
        assert_eq!(town.post("desk", &seen, json!({})).await.ok()["state"], "confirmed");
        assert_eq!(town.post("desk", &seen, json!({})).await.problem(), (409, "canary_not_open"));
        run(&town).await;
        for channel in ["voice", "sms", "wecom_robot"] {
            assert_eq!(stands(&town, channel).await, ("confirmed".to_owned(), None), "{channel}");
        }
        town.test.clock.advance(CONFIRM * 2);
        run(&town).await;
        assert!(town.test.app.canaries.failing().is_empty());
        assert!(list(&town, "far_desk").await.is_empty(), "another street's");
        town.test.app.stop().await;
    }

    async fn a_way_that_does_not_come_through_is_said_everywhere_until_it_does(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let town = town(db, &[&voice, &sms], &["leader"]).await;
        run(&town).await;
        voice.always(refused());
        to_the_hour(&town);
        run(&town).await;
        assert_eq!(stands(&town, "voice").await, ("failed".to_owned(), Some("no".to_owned())), "at once");
        assert_eq!(stands(&town, "sms").await.0, "sent");
        town.test.clock.advance(CONFIRM - Duration::from_secs(1));
        run(&town).await;
        assert_eq!(stands(&town, "sms").await.0, "sent");
        // Its time runs out while the service is down.
        town.test.clock.advance(Duration::from_secs(1));
        let town = town.restart().await;
        run(&town).await;
        town.forget_tokens();
        assert_eq!(stands(&town, "sms").await, ("failed".to_owned(), Some("not confirmed".to_owned())));
        let failing: Vec<String> = town.test.app.canaries.failing().into_iter().map(|it| it.channel).collect();
        assert_eq!(failing, ["sms", "voice"]);
        let ready = town.raw(Method::GET, "/readyz", &[], "").await;
        let warnings = ready.body["warnings"].to_string();
        assert!(ready.status == 200 && warnings.contains("canary_failed: sms of 120114001"), "{}", ready.text);
        // A receipt that was late mends it; the other is mended by the next try, by hand.
        back(&town, "sms", json!([{"letter": sms.heard()[0].id.to_string(), "word": "delivered"}])).await;
        run(&town).await;
        let failing: Vec<String> = town.test.app.canaries.failing().into_iter().map(|it| it.channel).collect();
        assert_eq!(failing, ["voice"]);
        voice.always(crate::harness::carrier::taken());
        town.test.clock.advance(Duration::from_secs(60));
        for (who, body, wanted) in [
            ("desk", json!({"area_code": STREET}), (403, "role_not_allowed")),
            ("leader", json!({"area_code": "120114001001"}), (422, "invalid_value")),
            ("far_leader", json!({"area_code": STREET}), (422, "invalid_value")),
            ("far_leader", json!({"area_code": "120114002"}), (409, "nobody_named")),
        ] {
            let refused = town.post(who, "/api/v1/canaries", body).await;
            assert_eq!(refused.problem(), wanted, "{who}");
        }
        let begun = town.post("leader", "/api/v1/canaries", json!({"area_code": STREET})).await.ok();
        let by_hand = |it: &&Value| it["run"].as_str().unwrap().starts_with("hand ");
        assert_eq!(begun["items"].as_array().unwrap().iter().filter(by_hand).count(), 2, "{begun}");
        let again = town.post("leader", "/api/v1/canaries", json!({"area_code": STREET})).await;
        assert_eq!(again.problem(), (429, "canary_too_soon"));
        let last = voice.heard().last().unwrap().id.to_string();
        back(&town, "voice", json!([{"letter": last, "word": "delivered"}])).await;
        run(&town).await;
        assert!(town.test.app.canaries.failing().is_empty(), "{:?}", town.test.app.canaries.failing());
        assert!(!town.raw(Method::GET, "/readyz", &[], "").await.text.contains("canary_failed"));
        town.test.app.stop().await;
    }

    async fn of_two_nodes_one_sends_and_what_was_begun_is_ended_after_a_crash(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let town = town(db, &[&voice, &sms], &["leader"]).await;
        run(&town).await;
        // Another node on the same database.
        let mut config = (*town.test.app.config).clone();
        wire(&[&voice, &sms], &["leader"])(&mut config);
        let other = App::begin(config, town.test.clock.clock(), Ids::seeded(77)).await.unwrap();
        other.read_register().await.unwrap();
        other.canaries.run_due().await.unwrap();
        assert_eq!(list(&town, "desk").await.len(), 2, "both file the same rows");
        to_the_hour(&town);
        let (one, two) = tokio::join!(town.test.app.canaries.run_due(), other.canaries.run_due());
        assert_eq!(one.unwrap() + two.unwrap(), 2);
        assert_eq!((voice.heard().len(), sms.heard().len()), (1, 1));
        other.stop().await;

        // The next month a node dies while the provider keeps it waiting: another sends it again, under the same id.
        let town = town.restart().await;
        to_the_hour(&town);
        sms.next(crate::harness::carrier::Part::Silence);
        let dies = town.test.app.canaries.clone();
        let sending = tokio::spawn(async move { dies.run_due().await });
        sms.hears(2).await;
        sending.abort();
        let town = town.restart().await;
        run(&town).await;
        assert_eq!(sms.heard().len(), 2, "the other may be at it yet");
        town.test.clock.advance(Duration::from_secs(121));
        run(&town).await;
        let heard = sms.heard();
        assert_eq!(heard.len(), 3);
        assert_eq!(heard[1].id, heard[2].id);
        back(&town, "sms", json!([{"letter": heard[2].id.to_string(), "word": "delivered"}])).await;
        run(&town).await;
        town.forget_tokens();
        let all = list(&town, "desk").await;
        let of_sms: Vec<&str> = all.iter().filter(|it| it["channel"] == "sms").map(|it| it["state"].as_str().unwrap()).collect();
        assert_eq!(of_sms.iter().filter(|it| **it == "confirmed").count(), 1, "{all:?}");
        town.test.app.stop().await;
    }

    async fn it_goes_to_the_staff_of_the_street_and_to_nobody_in_their_place(db: Database) {
        let sms = Fake::new("sms");
        // A responder of the family, a grid worker, the leader of another street, and nobody of the name.
        let town = town(db, &[&sms], &["family", "g1", "far_leader", "nobody"]).await;
        run(&town).await;
        to_the_hour(&town);
        run(&town).await;
        assert!(sms.heard().is_empty(), "{:?}", sms.heard());
        assert_eq!(stands(&town, "sms").await, ("failed".to_owned(), Some("nobody who is named has an address".to_owned())));
        assert_eq!(town.test.app.canaries.failing().len(), 1, "that nobody is there to get it is seen");
        town.test.app.stop().await;
    }
}
