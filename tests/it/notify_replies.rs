//! What comes back: receipts in any order and twice, keys that answer their own offer and no other, links that nobody answers by
//! looking, and what the desk sees of it all.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::Method;
use eldercare_dispatch::case::{Author, Command, DeclineReason, NoticeKind, OfferState, Place};
use eldercare_dispatch::ids::CaseId;
use eldercare_dispatch::notify::letter::Handed;
use eldercare_dispatch::notify::{Carrier, Injected};
use eldercare_dispatch::people::{Responder, ResponderKind, ResponderSecrets};
use eldercare_dispatch::store::ResponderFile;
use serde_json::{Value, json};

use crate::api_town::{Answer, Town};
use crate::harness::carrier::{Fake, Part, proof, refused, taken};
use crate::harness::endpoint::{SECRET, sign};
use crate::harness::provider::{self, Asked, Provider, ok};
use crate::harness::street::{alert, responder, who};
use crate::harness::{Database, both_stores};

const BASE: &str = "https://dispatch.example.org";

async fn town(db: Database, fakes: &[&Fake]) -> Town {
    town_by(db, fakes.iter().map(|it| it.carrier()).collect()).await
}

async fn town_by(db: Database, all: Vec<Arc<dyn Carrier>>) -> Town {
    let town = Town::start_with(db, move |config| {
        config.notify.injected = Injected(all.clone());
        config.family.public_url = Some(BASE.to_owned());
    })
    .await;
    let people: Vec<Responder> = ["G1", "G2"]
        .into_iter()
        .zip([0.002, 0.003])
        .map(|(name, north)| responder(name, ResponderKind::GridWorker, north))
        .collect();
    let files = people.into_iter().zip(1..).map(|(responder, n)| ResponderFile {
        responder,
        secrets: Some(ResponderSecrets {
            phones: vec![format!("1000000000{n}").parse().unwrap()],
        }),
    });
    let app = &town.test.app;
    app.store
        .put_responders(files.collect(), app.clock.now())
        .await
        .unwrap();
    app.refresh_picture(true).await.unwrap();
    town
}

async fn run(town: &Town) {
    town.test.app.outbox.run_due().await.unwrap();
}

async fn back(town: &Town, carrier: &str, reports: Value) -> Answer {
    let path = format!("/api/v1/notify/callbacks/{carrier}");
    town.raw(Method::POST, &path, &[("x-sign", "good")], reports.to_string())
        .await
}

async fn notices(town: &Town, case: CaseId) -> Value {
    town.get("desk", &format!("/api/v1/cases/{case}/notices")).await.ok()
}

fn of<'a>(notices: &'a Value, name: &str, channel: &str) -> &'a Value {
    let target = who(name).to_string();
    let all = notices["items"].as_array().unwrap();
    let found = all
        .iter()
        .find(|it| it["target"] == target.as_str() && it["channel"] == channel && it["kind"] == "offer");
    found.unwrap_or_else(|| panic!("{notices}"))
}

async fn state(town: &Town, case: CaseId, name: &str) -> OfferState {
    town.test
        .app
        .store
        .case(case)
        .await
        .unwrap()
        .unwrap()
        .case
        .offer_to(who(name))
        .unwrap()
        .state
}

async fn notes(town: &Town, case: CaseId) -> Vec<String> {
    let notes = town.get("desk", &format!("/api/v1/cases/{case}/notes")).await.ok();
    notes["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["text"].as_str().unwrap().to_owned())
        .collect()
}

both_stores! {
    async fn a_callback_is_signed_known_and_of_a_length(db: Database) {
        let voice = Fake::new("voice");
        let town = town(db, &[&voice]).await;
        let path = "/api/v1/notify/callbacks/voice";
        assert_eq!(back(&town, "pigeon", json!([])).await.problem(), (404, "carrier_not_found"));
        assert_eq!(town.raw(Method::POST, path, &[], "[]").await.problem(), (401, "callback_unsigned"));
        assert_eq!(town.raw(Method::POST, path, &[("x-sign", "good")], "{").await.problem(), (400, "callback_unreadable"));
        let long = "x".repeat(300_000);
        assert_eq!(town.raw(Method::POST, path, &[("x-sign", "good")], long).await.problem(), (413, "too_large"));
        let taken = back(&town, "voice", json!([])).await;
        assert_eq!((taken.status, taken.text.as_str()), (200, "OK"), "in the provider's own words");
        town.test.app.stop().await;
    }

    async fn a_receipt_counts_in_whatever_order_it_comes_and_once(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let town = town(db, &[&voice, &sms]).await;
        let case = town.press_and_offer().await;
        let rows = town.test.app.store.outbox_of(case).await.unwrap();
        let row = rows.iter().find(|it| it.target == who("G1").to_string() && it.channel == "voice").unwrap().clone();
        // Before we have even rung: nothing is known of it, and nothing happens.
        let early = json!([{"proof": proof(row.id, "10000000001"), "word": "delivered"}]);
        assert_eq!(back(&town, "voice", early.clone()).await.status, 200);
        assert_eq!(of(&notices(&town, case).await, "G1", "voice")["state"], "waiting");
        run(&town).await;
        let told = notices(&town, case).await;
        let mine = of(&told, "G1", "voice");
        assert_eq!((mine["state"].as_str(), mine["proof"].as_str()), (Some("received"), Some(proof(row.id, "10000000001").as_str())), "{mine}");
        assert!(town.test.app.store.case(case).await.unwrap().unwrap().case.offer_to(who("G1")).unwrap().received, "and the case counts from there");
        let before = town.view(case).await;
        assert_eq!(back(&town, "voice", early).await.status, 200, "twice is good twice");
        assert_eq!(town.view(case).await.case.version, before.case.version);
        // Whoever has it by one way is told by no other, whatever the time.
        town.test.advance(60);
        run(&town).await;
        assert!(sms.to(&who("G1").to_string()).is_empty());
        // It did not get to G2 after all: the next way, at once.
        let g2 = voice.to(&who("G2").to_string())[0].id.to_string();
        assert_eq!(back(&town, "voice", json!([{"letter": g2, "word": "failed", "says": "busy"}])).await.status, 200);
        run(&town).await;
        let told = notices(&town, case).await;
        assert_eq!((of(&told, "G2", "voice")["state"].as_str(), of(&told, "G2", "voice")["why"].as_str()), (Some("failed"), Some("busy")));
        assert_eq!(sms.to(&who("G2").to_string()).len(), 1);
        // A provider speaks of its own letters.
        assert_eq!(back(&town, "sms", json!([{"letter": g2, "word": "read"}])).await.status, 200);
        assert_eq!(of(&notices(&town, case).await, "G2", "voice")["read_at"], Value::Null);
        town.test.app.stop().await;
    }

    async fn a_key_answers_the_offer_of_its_letter_and_no_other(db: Database) {
        let voice = Fake::new("voice");
        let town = town(db, &[&voice]).await;
        let case = town.press_and_offer().await;
        run(&town).await;
        let letters = voice.to(&who("G1").to_string());
        let key = |id: String, key: &str| json!([{"letter": id, "word": "key", "says": key}]);
        assert_eq!(back(&town, "voice", key(letters[0].id.to_string(), "7")).await.status, 200);
        assert_eq!(state(&town, case, "G1").await, OfferState::Open, "7 is neither yes nor no");
        assert_eq!(notes(&town, case).await.len(), 1);
        assert_eq!(back(&town, "voice", key(letters[0].id.to_string(), "1")).await.status, 200);
        assert_eq!(state(&town, case, "G1").await, OfferState::Accepted);
        // A no that comes after the yes is a note for the desk and takes nobody off the case.
        assert_eq!(back(&town, "voice", key(letters[0].id.to_string(), "2")).await.status, 200);
        assert_eq!(state(&town, case, "G1").await, OfferState::Accepted);
        assert_eq!(notes(&town, case).await.len(), 2);
        // G2 says no.
        let g2 = voice.to(&who("G2").to_string())[0].id.to_string();
        assert_eq!(back(&town, "voice", key(g2.clone(), "2")).await.status, 200);
        assert_eq!(state(&town, case, "G2").await, OfferState::Declined);
        // And presses 1 on the same old call: that offer is not open, and no yes comes of it.
        assert_eq!(back(&town, "voice", key(g2, "1")).await.status, 200);
        let view = town.view(case).await;
        assert!(view.case.assignment(who("G2")).is_none());
        assert_eq!(notes(&town, case).await.len(), 3);
        town.test.app.stop().await;
    }

    async fn whom_it_is_about_and_where_is_said_after_the_key_that_accepts_and_to_nobody_else(db: Database) {
        let dialler = Provider::start(ok("{}")).await;
        let line = provider::carrier(&format!(
            "[[carriers]]\ntype = \"voice_http\"\nurl = \"{}/calls\"\nsecret = \"{SECRET}\"\n",
            dialler.url()
        ));
        let town = town_by(db, vec![line]).await;
        let case = town.press_and_offer().await;
        run(&town).await;
        let asked = dialler.asked();
        let call_to = |phone: &str| asked.iter().map(Asked::json).find(|it| it["data"]["to"] == phone).unwrap()["data"].clone();
        let (first, second) = (call_to("10000000001"), call_to("10000000002"));
        let elder = town.test.app.picture.elder(crate::api_town::elder_0()).unwrap();
        let secrets = [elder.name.as_str(), elder.address.as_str(), "4711", "高血压"];
        // Whoever lifts the receiver hears nothing of anybody; nor does the dialler know it before the key.
        for it in &asked {
            let whole = it.json().to_string();
            assert!(secrets.iter().all(|secret| !whole.contains(secret)), "{whole}");
        }
        let says = async |call: &Value, status: Value| {
            let data = json!({"call_id": call["call_id"], "status": status["status"], "digit": status["digit"], "at": town.test.clock.now()});
            let body = json!({"type": "call.status", "data": data}).to_string();
            let at_s = town.test.clock.now().as_second();
            let signature = sign(&format!("msg_1.{at_s}.{body}"));
            let stamp = at_s.to_string();
            let headers = [("webhook-id", "msg_1"), ("webhook-timestamp", stamp.as_str()), ("webhook-signature", signature.as_str())];
            let said = town.raw(Method::POST, "/api/v1/notify/callbacks/voice", &headers, body).await;
            assert_eq!(said.status, 200, "{}", said.text);
            said
        };
        let key = |digit: &str| json!({"status": "key", "digit": digit});
        for quiet in [json!({"status": "ringing"}), json!({"status": "answered"}), key("7"), key("2")] {
            assert_eq!(says(&second, quiet.clone()).await.text, "{}", "{quiet}");
        }
        assert_eq!(says(&second, key("1")).await.text, "{}", "they have declined: a later 1 opens nothing");
        let said = says(&first, key("1")).await;
        assert_eq!(state(&town, case, "G1").await, OfferState::Accepted);
        let text = said.body["say"]["text"].as_str().unwrap_or_else(|| panic!("{}", said.text));
        assert!(text.contains(&elder.name) && text.contains(&elder.address), "{text}");
        assert!(!text.contains("4711") && !text.contains("高血压"), "no code of a door and no word of health: {text}");
        assert_eq!((said.body["say"]["language"].as_str(), said.body["say"]["play_times"].as_u64()), (Some("zh-CN"), Some(2)));
        // Our answer was lost, and the dialler reports the key again: it is told again.
        assert_eq!(says(&first, key("1")).await.text, said.text);
        // Stood down, the same key opens nothing any more.
        let fine = Command::VoiceResult { result: eldercare_dispatch::case::Voice::Fine };
        let by = Author::User(crate::api_town::user("desk"));
        town.test.app.desk.handle(case, fine, by).await.unwrap();
        assert_eq!(says(&first, key("1")).await.text, "{}");
        town.test.app.stop().await;
    }

    async fn a_digit_from_a_telephone_is_of_the_last_letter_to_it(db: Database) {
        let sms = Fake::new("sms");
        let town = town(db, &[&sms]).await;
        let first = town.press_and_offer().await;
        run(&town).await;
        let reply = |says: &str| json!([{"phone": "10000000001", "word": "key", "says": says}]);
        // The case is over before the answer comes: it is a note, and no yes to anything.
        let view = town.view(first).await;
        let offer = view.case.offer_to(who("G2")).unwrap().id;
        let app = &town.test.app;
        app.desk.handle(first, Command::Accept { offer, by: who("G2"), eta_s: Some(60) }, Author::Responder(who("G2"))).await.unwrap();
        town.test.advance(10);
        app.desk.run_due().await.unwrap();
        assert_eq!(state(&town, first, "G1").await, OfferState::Ended);
        town.test.advance(1);
        assert_eq!(back(&town, "sms", reply("1")).await.status, 200);
        assert_eq!(town.view(first).await.case.assignment(who("G1")).map(|it| it.place), None::<Place>);
        assert_eq!(notes(&town, first).await.len(), 1);
        let text = json!([{"phone": "10000000001", "word": "reply", "says": "路上堵车"}]);
        town.test.advance(1);
        assert_eq!(back(&town, "sms", text).await.status, 200);
        assert!(notes(&town, first).await.iter().any(|it| it.contains("路上堵车")));
        // A telephone that we have never written to says nothing to anybody.
        assert_eq!(back(&town, "sms", json!([{"phone": "19999999999", "word": "key", "says": "1"}])).await.status, 200);
        town.test.app.stop().await;
    }

    async fn a_digit_that_could_be_of_two_offers_answers_neither(db: Database) {
        let sms = Fake::new("sms");
        let town = town(db, &[&sms]).await;
        let app = &town.test.app;
        let first = town.press_and_offer().await;
        run(&town).await;
        let second = app.desk.report(alert(1, "sos", "9")).await.unwrap().case;
        town.test.advance(40);
        app.desk.run_due().await.unwrap();
        while app.field.run_seeking().await.unwrap() > 0 {}
        run(&town).await;
        for case in [first, second] {
            assert_eq!(state(&town, case, "G1").await, OfferState::Open);
        }
        assert_eq!(sms.to(&who("G1").to_string()).iter().filter(|it| it.kind == NoticeKind::Offer).count(), 2);
        let reply = |says: &str| json!([{"phone": "10000000001", "word": "key", "says": says}]);
        town.test.advance(1);
        assert_eq!(back(&town, "sms", reply("1")).await.status, 200);
        for case in [first, second] {
            assert_eq!(state(&town, case, "G1").await, OfferState::Open, "which one was meant nobody can say");
        }
        assert_eq!(notes(&town, first).await.len() + notes(&town, second).await.len(), 1);
        // The second one ends: now there is one that can be meant, though it is not the last letter.
        let offer = town.offer_to(second, "G1").await;
        let command = Command::Decline { offer, by: who("G1"), reason: DeclineReason::Busy };
        app.desk.handle(second, command, Author::Responder(who("G1"))).await.unwrap();
        town.test.advance(1);
        assert_eq!(back(&town, "sms", reply("1")).await.status, 200);
        assert_eq!(state(&town, first, "G1").await, OfferState::Accepted);
        assert_eq!(state(&town, second, "G1").await, OfferState::Declined);
        town.test.app.stop().await;
    }

    async fn a_link_is_answered_by_a_press_and_never_by_a_look(db: Database) {
        let sms = Fake::new("sms");
        let town = town(db, &[&sms]).await;
        let case = town.press_and_offer().await;
        run(&town).await;
        let letter = &sms.to(&who("G1").to_string())[0];
        let link = letter.values.link.clone().unwrap();
        let path = link.strip_prefix(BASE).unwrap().to_owned();
        let form = [("content-type", "application/x-www-form-urlencoded")];
        for method in [Method::GET, Method::HEAD, Method::GET] {
            let seen = town.raw(method, &path, &[], "").await;
            assert_eq!(seen.status, 200);
            for secret in ["老人0", "泉州路", "10000000001", "G1", case.to_string().as_str()] {
                assert!(!seen.text.contains(secret), "{secret}");
            }
        }
        assert_eq!(state(&town, case, "G1").await, OfferState::Open, "previews are fetched, and nobody has answered");
        assert_eq!(town.raw(Method::POST, &path, &form, "answer=perhaps").await.problem(), (422, "invalid_value"));
        // One letter less or other: it is no link, and says nothing of why.
        let mut other = path.clone();
        let last = if other.ends_with('A') { 'B' } else { 'A' };
        other.pop();
        other.push(last);
        for wrong in [&path[..path.len() - 4], other.as_str(), "/t/nothing"] {
            let refused = town.raw(Method::POST, wrong, &form, "answer=accept").await;
            assert_eq!(refused.status, 404, "{wrong}");
        }
        assert_eq!(state(&town, case, "G1").await, OfferState::Open);
        let done = town.raw(Method::POST, &path, &form, "answer=decline").await;
        assert!(done.status == 200 && !done.text.contains("<form"), "{}", done.text);
        assert_eq!(state(&town, case, "G1").await, OfferState::Declined);
        let again = town.raw(Method::POST, &path, &form, "answer=accept").await;
        assert!(again.status == 200 && !again.text.contains("<form"));
        assert_eq!(state(&town, case, "G1").await, OfferState::Declined, "once");
        let told = notices(&town, case).await;
        assert_eq!((of(&told, "G1", "sms")["reply"].as_str(), of(&told, "G1", "sms")["state"].as_str()), (Some("declined"), Some("received")));
        town.test.app.stop().await;
    }

    async fn what_was_sent_again_in_vain_is_sent_again_once_more(db: Database) {
        let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
        let town = town(db, &[&voice, &sms]).await;
        voice.always(refused());
        sms.always(refused());
        let case = town.press_and_offer().await;
        run(&town).await;
        let g1 = who("G1").to_string();
        let id = of(&notices(&town, case).await, "G1", "sms")["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/cases/{case}/notices/{id}/resend");
        let mut rows = BTreeSet::from([id]);
        for times in 1..=3 {
            let said = town.post("desk", &path, json!({})).await;
            assert_eq!(said.status, 202);
            rows.insert(said.body["id"].as_str().unwrap().to_owned());
            assert_eq!(rows.len(), times + 1, "a row of its own each time");
            run(&town).await;
            assert_eq!(sms.to(&g1).len(), times + 1);
        }
        let letters: BTreeSet<_> = sms.to(&g1).into_iter().map(|it| it.id).collect();
        assert_eq!(letters.len(), 4);
        town.test.app.stop().await;
    }

    async fn the_desk_sees_who_was_told_and_who_not_and_tells_them_once_more(db: Database) {
        let (voice, sms, robot) = (Fake::new("voice"), Fake::new("sms"), Fake::new("wecom_robot"));
        let town = town(db, &[&voice, &sms, &robot]).await;
        voice.always(refused());
        sms.always(refused());
        let case = town.press_and_offer().await;
        run(&town).await;
        let told = notices(&town, case).await;
        let g1 = who("G1").to_string();
        let untold = told["untold"].as_array().unwrap().iter().find(|it| it["target"] == g1.as_str() && it["kind"] == "offer").unwrap();
        let mut why: Vec<&str> = untold["why"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        why.sort_unstable(); // the clock stands still in a test, so both rows are of one instant
        assert_eq!(why, ["sms: no", "voice: no"]);
        assert!(told["tellings"].as_array().unwrap().iter().any(|it| it["target"] == g1.as_str() && it["state"] == "exhausted"));
        let id = of(&told, "G1", "sms")["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/cases/{case}/notices/{id}/resend");
        sms.always(taken());
        let named = told["people"].as_array().unwrap().iter().find(|it| it["target"] == g1.as_str()).unwrap();
        assert_eq!((named["is"].as_str(), named["name"].is_string()), (Some("grid_worker"), true), "{named}");
        assert_eq!(told["ways"], json!(["voice", "sms", "wecom_robot"]));
        let why = json!({"reason": "电话里没听清"});
        let (one, two) = (town.post("desk", &path, why).await, town.post("desk", &path, json!({})).await);
        let notes = town.get("desk", &format!("/api/v1/cases/{case}/notes")).await.ok();
        assert_eq!((notes["items"].as_array().map(Vec::len), notes["items"][0]["text"].as_str()), (Some(1), Some("电话里没听清")));
        assert_eq!((one.status, two.status), (202, 202));
        assert_eq!(one.body["id"], two.body["id"], "asked for twice, told once");
        run(&town).await;
        assert_eq!(sms.to(&g1).len(), 2);
        // Whoever reads in the group sees what is asked, and cannot answer for whom it was meant.
        assert_eq!(town.post("desk", &path, json!({"by": "wecom_robot"})).await.status, 202);
        run(&town).await;
        let in_the_group = robot.to(&g1);
        assert_eq!((in_the_group.len(), &in_the_group[0].values.link), (1, &None));
        assert!(sms.to(&g1)[0].values.link.is_some());
        assert_eq!(town.post("desk", &path, json!({"by": "pigeon"})).await.problem(), (422, "invalid_value"));
        assert_eq!(town.post("far_desk", &path, json!({})).await.problem(), (404, "case_not_found"));
        // Nobody has taken what is critical for ten seconds: whoever looks after the service is told.
        voice.always(Part::Says(Handed::Later { after: None, why: "away".to_owned() }));
        town.test.app.desk.report(alert(1, "sos", "9")).await.unwrap();
        town.test.advance(70);
        town.test.app.desk.run_due().await.unwrap();
        while town.test.app.field.run_seeking().await.unwrap() > 0 {}
        run(&town).await;
        town.test.advance(11);
        town.test.app.outbox.count_once().await.unwrap();
        let ready = town.raw(Method::GET, "/readyz", &[], "").await;
        assert!(ready.body["warnings"].to_string().contains("notices_late"), "{}", ready.text);
        town.test.app.stop().await;
    }
}
