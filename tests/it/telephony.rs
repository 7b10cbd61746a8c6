//! Telephone calls against a line on a socket: a desk is joined with an elder, an elder whom nobody had time for is asked, and whatever the
//! line says, says twice or does not say, no call goes on for ever and none holds up another.

use actix_web::http::Method;
use eldercare_dispatch::app::Config;
use eldercare_dispatch::case::{Author, Call, CallPurpose, Callee, Command, Kind, State, Voice};
use eldercare_dispatch::ids::{CallId, CaseId};
use eldercare_dispatch::notify::{Injected, Secret};
use eldercare_dispatch::people::*;
use eldercare_dispatch::store::{Begun, ContactFile, ElderFile, Owner};
use serde_json::{Value, json};

use crate::api_town::{Answer, Town, elder_0, user};
use crate::harness::carrier::Fake;
use crate::harness::endpoint::{SECRET, sign};
use crate::harness::provider::{Asked, Provider, Says, ok, status};
use crate::harness::street::{alert, elder, elder_of, who};
use crate::harness::{Database, both_stores};
use crate::notify_webhook::contact;

const REPORTS: &str = "/api/v1/phone/callbacks/http";

/// A town whose calls go to `line`.
async fn town(db: Database, line: &Provider, adjust: impl Fn(&mut Config) + Send + Sync + 'static) -> Town {
    let url = format!("{}/calls", line.url());
    Town::start_with(db, move |config| {
        let it = &mut config.telephony;
        it.http.url = Some(url.clone());
        it.http.secret = Some(Secret::parse(SECRET).unwrap());
        it.http.timeout_ms = 300;
        it.desks = vec!["8001=1号席".to_owned(), "8002=2号席".to_owned()];
        adjust(config);
    })
    .await
}

async fn line() -> Provider {
    Provider::start(ok(r#"{"id":"line-1"}"#)).await
}

/// Calls the elder from desk 8001.
async fn call(town: &Town, name: &str, case: CaseId) -> Answer {
    town.post(name, &format!("/api/v1/cases/{case}/calls"), json!({"desk": "8001"}))
        .await
}

async fn calls(town: &Town, case: CaseId) -> Vec<Value> {
    let list = town.get("desk", &format!("/api/v1/cases/{case}/calls")).await.ok();
    list["items"].as_array().unwrap().clone()
}

async fn last(town: &Town, case: CaseId) -> Value {
    calls(town, case).await.pop().expect("a call")
}

/// A signed report.
async fn report(town: &Town, body: &Value) -> Answer {
    report_at(town, body, town.test.clock.now().as_second()).await
}

async fn report_at(town: &Town, body: &Value, at_s: i64) -> Answer {
    let body = body.to_string();
    let at = at_s.to_string();
    let signature = sign(&format!("msg_1.{at}.{body}"));
    let headers = [
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", at.as_str()),
        ("webhook-signature", signature.as_str()),
        ("content-type", "application/json"),
    ];
    town.raw(Method::POST, REPORTS, &headers, body).await
}

fn said(call: &str, status: &str) -> Value {
    json!({"type": "call.status", "data": {"call_id": call, "status": status}})
}

async fn says(town: &Town, call: &str, status: &str) {
    let answer = report(town, &said(call, status)).await;
    assert_eq!(answer.status, 200, "{status}: {}", answer.text);
}

async fn presses(town: &Town, call: &str, digit: &str) {
    let mut body = said(call, "key");
    body["data"]["digit"] = json!(digit);
    let answer = report(town, &body).await;
    assert_eq!(answer.status, 200, "{digit}: {}", answer.text);
}

async fn fails(town: &Town, call: &str, reason: &str) {
    let mut body = said(call, "failed");
    body["data"]["reason"] = json!(reason);
    assert_eq!(report(town, &body).await.status, 200, "{reason}");
}

async fn due(town: &Town) {
    town.test.app.phone.run_due().await.unwrap();
}

/// The requests of a kind, signed as they must be.
fn asked(line: &Provider, kind: &str) -> Vec<Value> {
    let signed = |it: &Asked| {
        let text = String::from_utf8(it.body.clone()).unwrap();
        let whole = format!("{}.{}.{text}", it.header("webhook-id"), it.header("webhook-timestamp"));
        assert_eq!(it.header("webhook-signature"), sign(&whole));
        assert_eq!((it.method.as_str(), it.path.as_str()), ("POST", "/calls"));
        it.json()
    };
    let all = line.asked();
    all.iter()
        .map(signed)
        .filter(|it| it["type"] == kind)
        .map(|it| it["data"].clone())
        .collect()
}

/// What the log says of voices: who, and what.
async fn voices(town: &Town, case: CaseId) -> Vec<(String, String)> {
    let log = town
        .get("desk", &format!("/api/v1/cases/{case}/events?limit=500"))
        .await
        .ok();
    let all = log["items"].as_array().unwrap().iter();
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    all.filter(|it| it["type"] == "voice_result")
        .map(|it| (text(&it["by"]["type"]), text(&it["result"])))
        .collect()
}

/// Elder 0 presses, nobody at a desk has time, and the automatic call is asked for.
async fn checked(town: &Town) -> (CaseId, String) {
    let case = town.press().await;
    town.test.advance(30);
    due(town).await;
    let it = last(town, case).await;
    assert_eq!(it["purpose"], "check", "{it}");
    (case, it["id"].as_str().unwrap().to_owned())
}

both_stores! {
    async fn a_desk_is_joined_with_the_elder_and_no_browser_hears_the_number(db: Database) {
        let line = line().await;
        let town = town(db, &line, |_| {}).await;
        let can = town.get("desk", "/api/v1/telephony").await.ok();
        assert_eq!(can, json!({"on": true, "desks": [{"extension": "8001", "name": "1号席"}, {"extension": "8002", "name": "2号席"}], "check_after_s": 30}));
        let case = town.press().await;
        let answer = call(&town, "desk", case).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert!(!answer.text.contains("13900000001"), "{}", answer.text);
        let id = answer.body["id"].as_str().unwrap().to_owned();
        assert_eq!((answer.body["state"].as_str(), answer.body["desk"].as_str()), (Some("asked"), Some("8001")));
        let joined = asked(&line, "call.bridge");
        assert_eq!(joined, [json!({"call_id": id, "desk": "8001", "to": "13900000001", "language": "zh-CN", "ring_s": 45, "longest_s": 1800, "record": false})]);
        // That the number was used stands in the view log, by whom and for which case.
        let views = town.get("leader", &format!("/api/v1/elders/{}/views", elder_0())).await.ok();
        let view = &views["items"][0];
        assert_eq!((view["field"].as_str(), view["reason"].as_str(), view["case_id"].as_str()), (Some("phones"), Some("call"), Some(case.to_string().as_str())), "{views}");
        assert_eq!(view["by"], user("desk").to_string(), "{views}");
        // The desk's own telephone is no news; what is said twice is none either.
        for (at, status, state) in [
            (1, "desk_ringing", "asked"), (3, "desk_answered", "asked"), (4, "ringing", "ringing"), (4, "ringing", "ringing"),
            (9, "answered", "answered"), (20, "held", "held"),
        ] {
            town.test.advance(at - town.test.clock.now().duration_since(town.view(case).await.case.opened_at).as_secs().unsigned_abs());
            says(&town, &id, status).await;
            assert_eq!(last(&town, case).await["state"], state, "{status}");
        }
        // On hold for a minute: the desk is warned, and nothing else happens.
        town.test.advance(59);
        due(&town).await;
        assert_eq!(last(&town, case).await["held_long"], false);
        town.test.advance(1);
        due(&town).await;
        let held = last(&town, case).await;
        assert_eq!((held["held_long"].as_bool(), held["state"].as_str()), (Some(true), Some("held")));
        says(&town, &id, "resumed").await;
        says(&town, &id, "completed").await;
        fails(&town, &id, "busy").await;
        let over = last(&town, case).await;
        assert_eq!((over["state"].as_str(), over["over"].as_str(), over["held_long"].as_bool()), (Some("ended"), Some("completed"), Some(false)));
        assert_eq!(voices(&town, case).await, [], "what was said says the dispatcher");
        assert_eq!(asked(&line, "call.hang_up"), [] as [Value; 0]);
        // Another one, hung up by its key: the line is told, once.
        let again = call(&town, "leader", case).await.ok();
        let id = again["id"].as_str().unwrap();
        says(&town, id, "answered").await;
        let path = format!("/api/v1/cases/{case}/calls/{id}/hang-up");
        let ended = town.post("desk2", &path, json!({})).await.ok();
        assert_eq!((ended["state"].as_str(), ended["over"].as_str()), (Some("ended"), Some("hung_up")));
        town.post("desk2", &path, json!({})).await.ok();
        due(&town).await;
        due(&town).await;
        assert_eq!(asked(&line, "call.hang_up"), [json!({"call_id": id})]);
        let town = town.restart().await;
        assert_eq!(calls(&town, case).await.len(), 2, "and both are there after a restart");
    }

    async fn who_may_be_called_by_whom_and_how_often(db: Database) {
        let line = line().await;
        let town = town(db, &line, |config| config.telephony.calls_max = 1).await;
        let (son, stranger) = (contact(0, "C1", 1, false), contact(0, "C2", 2, true));
        let files = [&son, &stranger].map(|it| ContactFile {
            contact: it.clone(),
            secrets: Some(ContactSecrets { phones: vec!["13700000002".parse().unwrap()] }),
        });
        town.test.app.store.put_contacts(files.to_vec(), town.test.clock.now()).await.unwrap();
        town.test.app.refresh_picture(true).await.unwrap();
        let case = town.press().await;
        let path = format!("/api/v1/cases/{case}/calls");
        for (name, wanted) in [("far_desk", (404, "case_not_found")), ("g1", (403, "role_not_allowed")), ("family", (403, "role_not_allowed")), ("auditor", (403, "role_not_allowed"))] {
            assert_eq!(call(&town, name, case).await.problem(), wanted, "{name}");
            assert_eq!(town.get(name, &path).await.problem(), wanted, "{name}");
        }
        for (body, code, field) in [
            (json!({}), "missing_field", "desk"),
            (json!({"desk": "120"}), "invalid_value", "desk"),
            (json!({"desk": "8001", "callee": "elder_1"}), "invalid_value", "callee"),
            (json!({"desk": "8001", "callee": elder_of(1).to_string()}), "invalid_value", "callee"),
            (json!({"desk": "8001", "callee": stranger.id.to_string()}), "invalid_value", "callee"),
            (json!({"desk": "8001", "callee": who("S9").to_string()}), "invalid_value", "callee"),
            (json!({"desk": "8001", "callee": who("G1").to_string()}), "no_number", "number"),
            (json!({"desk": "8001", "number": 3}), "no_number", "number"),
            (json!({"desk": "8001", "to": "13800000000"}), "unknown_field", "to"),
        ] {
            let answer = town.post("desk", &path, body.clone()).await;
            assert_eq!(answer.problem(), (422, code), "{body}");
            assert_eq!(answer.body["errors"][0]["field"], field, "{body}");
        }
        assert_eq!(line.asked(), []);
        // The same key is the same call, and its line is asked once.
        let body = json!({"desk": "8001", "callee": son.id.to_string()});
        let one = town.post_once("desk", &path, "k1", body.clone()).await.ok();
        let two = town.post_once("desk", &path, "k1", body.clone()).await.ok();
        assert_eq!((one["id"].clone(), asked(&line, "call.bridge").len()), (two["id"].clone(), 1));
        assert_eq!(one["callee"], json!({"type": "contact", "id": son.id.to_string()}));
        // Nobody is called by two; and there is one line only.
        assert_eq!(town.post("desk2", &path, body).await.problem(), (409, "already_called"));
        let busy = call(&town, "desk2", case).await;
        assert_eq!((busy.problem(), busy.headers.get("retry-after").is_some()), ((503, "lines_busy"), true));
        // A call of another case is none of this one's.
        let other = town.post("desk", "/api/v1/alerts", json!({"kind": "sos", "elder_id": elder_of(1).to_string()})).await.ok();
        let id = one["id"].as_str().unwrap();
        let foreign = format!("/api/v1/cases/{}/calls/{id}/hang-up", other["case_id"].as_str().unwrap());
        assert_eq!(town.post("desk", &foreign, json!({})).await.problem(), (404, "call_not_found"));
        assert_eq!(last(&town, case).await["state"], "asked");
    }

    async fn whatever_a_line_does_the_call_comes_to_an_end(db: Database) {
        let line = line().await;
        let town = town(db, &line, |config| config.telephony.check.after_s = 0).await;
        let case = town.press().await;
        let answer = |code: u16, body: &str| Says::Answer(code, vec![], body.to_owned());
        // What it plays, how often it is asked, and what the call comes to.
        let table: Vec<(Vec<Says>, usize, &str, Option<&str>)> = vec![
            (vec![answer(409, "")], 1, "asked", None),
            (vec![status(500), ok("{}")], 2, "asked", None),
            (vec![Says::Silence, answer(409, "")], 2, "asked", None),
            (vec![Says::HalfBody, ok("{}")], 2, "asked", None),
            (vec![status(429)], 1, "failed", Some("unavailable")),
            (vec![status(500), status(503)], 2, "failed", Some("unavailable")),
            (vec![status(403)], 1, "failed", Some("refused")),
            (vec![answer(422, r#"{"error":"bad_number"}"#)], 1, "failed", Some("bad_number")),
            (vec![answer(422, "{")], 1, "failed", Some("refused")),
            (vec![answer(302, "")], 1, "failed", Some("refused")),
            (vec![Says::Silence, Says::Silence], 2, "failed", Some("lost")),
            (vec![Says::HalfBody, Says::Reset], 2, "failed", Some("lost")),
            (vec![Says::HalfHead, status(429)], 2, "failed", Some("lost")),
        ];
        for (plays, times, state, over) in table {
            let before = asked(&line, "call.bridge").len();
            let ends = asked(&line, "call.hang_up").len();
            for it in &plays {
                line.next(it.clone());
            }
            let made = call(&town, "desk", case).await.ok();
            assert_eq!((made["state"].as_str(), made["over"].as_str()), (Some(state), over), "{plays:?}");
            let bodies = asked(&line, "call.bridge").split_off(before);
            assert_eq!(bodies.len(), times, "{plays:?}");
            assert!(bodies.windows(2).all(|it| it[0] == it[1]), "the same call is the same request");
            due(&town).await;
            // A line that may be ringing somewhere is told to leave it; one that has refused is left alone.
            let told = asked(&line, "call.hang_up").len() - ends;
            assert_eq!(told, usize::from(over == Some("lost")), "{plays:?}");
            if state == "asked" {
                // And then nothing more is heard of it.
                town.test.advance(45);
                due(&town).await;
                let it = last(&town, case).await;
                assert_eq!((it["state"].as_str(), it["over"].as_str()), (Some("failed"), Some("lost")));
            }
        }
        // Nobody is there at all.
        let id = call(&town, "desk", case).await.ok()["id"].clone();
        says(&town, id.as_str().unwrap(), "answered").await;
        drop(line);
        let ended = town.post("desk", &format!("/api/v1/cases/{case}/calls/{}/hang-up", id.as_str().unwrap()), json!({})).await.ok();
        assert_eq!(ended["state"], "ended", "for the desk it is over, whatever the line knows");
        for _ in 0..10 {
            town.test.advance(30);
            due(&town).await;
        }
        let none = call(&town, "desk", case).await.ok();
        assert_eq!((none["state"].as_str(), none["over"].as_str()), (Some("failed"), Some("unavailable")));
        let (due_now, _) = town.test.app.store.due_calls(jiff::Timestamp::MAX, 100).await.unwrap();
        assert_eq!(due_now, [], "nothing is waited for any more");
    }

    async fn a_report_is_signed_fresh_and_of_a_call_of_ours(db: Database) {
        let line = line().await;
        let town = town(db, &line, |_| {}).await;
        let case = town.press().await;
        let id = call(&town, "desk", case).await.ok()["id"].as_str().unwrap().to_owned();
        let now = town.test.clock.now().as_second();
        let good = said(&id, "ringing");
        assert_eq!(report_at(&town, &good, now - 301).await.problem(), (401, "callback_unsigned"));
        assert_eq!(report_at(&town, &good, now + 301).await.problem(), (401, "callback_unsigned"));
        assert_eq!(town.raw(Method::POST, REPORTS, &[], good.to_string()).await.problem(), (401, "callback_unsigned"));
        assert_eq!(town.raw(Method::POST, "/api/v1/phone/callbacks/pigeon", &[], "{}").await.problem(), (404, "line_not_found"));
        for bad in [
            json!({"type": "call.bridge", "data": {"call_id": id}}),
            json!([]),
            said(&id, "singing"),
            said("call_1", "ringing"),
            said(&id, "key"),
            json!({"type": "call.status", "data": {"call_id": id, "status": "key", "digit": "12"}}),
            said(&id, "recorded"),
        ] {
            assert_eq!(report(&town, &bad).await.problem(), (400, "callback_unreadable"), "{bad}");
        }
        // Our own request, sent back, is signed with the same secret, and is no report.
        let mine = line.last();
        let headers: Vec<(&str, &str)> = mine.headers.iter().map(|it| (it.0.as_str(), it.1.as_str())).filter(|it| it.0.starts_with("webhook")).collect();
        assert_eq!(town.raw(Method::POST, REPORTS, &headers, mine.body.clone()).await.problem(), (400, "callback_unreadable"));
        assert_eq!(last(&town, case).await["state"], "asked", "none of these was believed");
        // Of a call that is none of ours: taken, and nothing.
        says(&town, &format!("call_{}", "7".repeat(32)), "answered").await;
        assert_eq!(calls(&town, case).await.len(), 1);
    }

    async fn an_elder_whom_nobody_had_time_for_is_asked_once(db: Database) {
        let line = line().await;
        let town = town(db, &line, |_| {}).await;
        let case = town.press().await;
        town.test.advance(29);
        due(&town).await;
        assert_eq!(line.asked(), []);
        town.test.advance(1);
        due(&town).await;
        due(&town).await;
        let town = town.restart().await;
        due(&town).await;
        let questions = asked(&line, "call.ask");
        assert_eq!(questions.len(), 1, "whoever looks, and however often");
        let id = last(&town, case).await["id"].as_str().unwrap().to_owned();
        assert_eq!(id, CallId::derive(case.as_uuid(), "check").to_string());
        let text = "您好，这里是养老应急中心。我们收到了您的求助。您如果没事，请按1。需要帮助，请按2。如果您不按，我们马上派人过去。";
        let wanted = json!({"call_id": id, "to": "13900000001", "language": "zh-CN", "text": text, "keys": ["1", "2"], "play_times": 2, "ring_s": 45, "longest_s": 90});
        assert_eq!(questions[0], wanted);
        // Hung up without a key: nobody knows, which belongs to the street at once.
        says(&town, &id, "answered").await;
        assert_eq!(voices(&town, case).await, []);
        says(&town, &id, "completed").await;
        says(&town, &id, "completed").await;
        let (view, it) = (town.view(case).await, last(&town, case).await);
        assert_eq!((view.case.tier, view.case.voice, view.case.by_key), (Tier::Street, Some(Voice::Unclear), true));
        assert_eq!(voices(&town, case).await, [("call".to_owned(), "unclear".to_owned())]);
        assert_eq!((it["told"].as_str(), it["by"]["type"].as_str()), (Some("unclear"), Some("system")));
        assert!(view.case.tone, "and a machine silences nobody");
        let (due_now, _) = town.test.app.store.due_calls(jiff::Timestamp::MAX, 100).await.unwrap();
        assert_eq!(due_now, []);
    }

    async fn what_an_automatic_call_finds_is_told_to_the_case(db: Database) {
        let line = line().await;
        let town = town(db, &line, |_| {}).await;
        // Keys, the end, what the case was told, and whether there is a mark for whoever looks.
        for (keys, end, voice, marked) in [
            ("2", "", Some("needs_help"), false),
            ("#", "", Some("needs_help"), false),
            ("1", "completed", None, true),
            ("12", "completed", Some("needs_help"), true),
            ("", "no_answer", Some("no_answer"), false),
            ("", "busy", Some("no_answer"), false),
            ("", "something new", Some("unclear"), false),
            ("", "refused", None, false),
        ] {
            let (case, id) = checked(&town).await;
            for key in keys.chars() {
                presses(&town, &id, &key.to_string()).await;
                presses(&town, &id, &key.to_string()).await;
            }
            match end {
                "" => {}
                "completed" => says(&town, &id, "completed").await,
                why => fails(&town, &id, why).await,
            }
            let all = voices(&town, case).await;
            let told: Vec<&str> = all.iter().map(|it| it.1.as_str()).collect();
            assert_eq!(told, voice.as_slice(), "{keys:?} {end}");
            let it = last(&town, case).await;
            assert_eq!((it["told"].as_str(), it["marked"].as_bool()), (voice, Some(marked)), "{keys:?} {end}: {it}");
            assert_eq!(town.view(case).await.case.state, State::Ringing, "no key has ended it");
            // By the clock the street has it at 90 s all the same where nobody was heard.
            if voice.is_none() {
                town.test.advance(60);
                town.test.app.desk.run_due().await.unwrap();
                assert_eq!(town.view(case).await.case.tier, Tier::Street, "{keys:?} {end}");
            }
            for command in [Command::VoiceResult { result: Voice::Fine }, Command::Close { outcome: None, proof: eldercare_dispatch::case::Proof::VoiceContact }] {
                town.test.app.desk.handle(case, command, Author::User(user("desk"))).await.unwrap();
            }
            due(&town).await;
        }
    }

    async fn a_key_ends_a_press_where_the_plan_says_so_and_never_a_fall(db: Database) {
        let line = line().await;
        let folder = tempfile::tempdir().unwrap();
        let plans = folder.path().join("plans.toml");
        let text = include_str!("../../src/case/plans/yangcun-7.toml").replace(
            "needs = [\"living_alone\"]\nkinds = [\"sos\", \"fall\"]",
            "needs = [\"living_alone\"]\nkinds = [\"sos\"]\nlimits = { key_fine = true }",
        );
        std::fs::write(&plans, text).unwrap();
        let set = plans.display().to_string();
        let town = town(db, &line, move |config| config.plans.set = set.clone()).await;
        let (case, id) = checked(&town).await;
        presses(&town, &id, "1").await;
        let view = town.view(case).await;
        assert_eq!((view.case.state, view.case.voice, view.case.was_heard()), (State::Resolved, Some(Voice::Fine), false));
        assert_eq!(voices(&town, case).await, [("call".to_owned(), "fine".to_owned())]);
        let path = format!("/api/v1/cases/{case}/close");
        let on_a_key = town.post("desk", &path, json!({"proof": {"type": "voice_contact"}})).await;
        assert_eq!(on_a_key.problem(), (409, "proof_missing"), "everybody is stood down; a person closes");
        // "Fine", and then the other key: it begins again.
        presses(&town, &id, "2").await;
        let view = town.view(case).await;
        assert_eq!((view.case.state, view.case.voice, view.case.tier), (State::Ringing, Some(Voice::NeedsHelp), Tier::Street));
        for command in [Command::VoiceResult { result: Voice::Fine }, Command::Close { outcome: None, proof: eldercare_dispatch::case::Proof::VoiceContact }] {
            town.test.app.desk.handle(case, command, Author::User(user("desk"))).await.unwrap();
        }
        due(&town).await;
        // A fall of the same elder.
        let fall = town.device_sends(json!({"kind": "fall"}).to_string()).await.ok();
        let fall: CaseId = fall["case_id"].as_str().unwrap().parse().unwrap();
        town.test.advance(30);
        due(&town).await;
        let id = last(&town, fall).await["id"].as_str().unwrap().to_owned();
        presses(&town, &id, "1").await;
        let it = last(&town, fall).await;
        assert_eq!((town.view(fall).await.case.state, it["marked"].as_bool()), (State::Ringing, Some(true)));
        assert_eq!(voices(&town, fall).await, []);
    }

    async fn who_cannot_be_asked_by_a_voice_is_not_called_and_who_has_been_taken_up_neither(db: Database) {
        let line = line().await;
        let town = town(db, &line, |_| {}).await;
        let store = &town.test.app.store;
        let book = store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
        let secrets = ElderSecrets { phones: vec!["13900000001".parse().unwrap()], ..ElderSecrets::default() };
        for (mode, hearing) in [(ContactMode::Text, Hearing::Good), (ContactMode::DeviceKeys, Hearing::Hard), (ContactMode::DoorOnly, Hearing::Good), (ContactMode::Text, Hearing::Deaf)] {
            let file = ElderFile { elder: Elder { contact_mode: mode, hearing, ..elder(0, Need::LivingAlone) }, secrets: Some(secrets.clone()) };
            store.put_elders(vec![file], &book, town.test.clock.now()).await.unwrap();
            town.test.app.refresh_picture(true).await.unwrap();
            town.press().await;
            town.test.advance(60);
            due(&town).await;
            assert_eq!(line.asked(), [], "{mode}");
        }
        let file = ElderFile { elder: elder(0, Need::LivingAlone), secrets: Some(secrets.clone()) };
        store.put_elders(vec![file], &book, town.test.clock.now()).await.unwrap();
        town.test.app.refresh_picture(true).await.unwrap();
        // A desk that has the case in hand, and one that has spoken with them.
        let case = town.press().await;
        town.post("desk", &format!("/api/v1/cases/{case}/take"), json!({})).await.ok();
        due(&town).await;
        assert_eq!(line.asked(), []);
        let other = town.post("desk", "/api/v1/alerts", json!({"kind": "sos", "elder_id": elder_of(1).to_string()})).await.ok();
        let path = format!("/api/v1/cases/{}/voice-result", other["case_id"].as_str().unwrap());
        town.post("desk", &path, json!({"result": "unclear"})).await.ok();
        town.test.advance(60);
        due(&town).await;
        assert_eq!(line.asked(), [], "and whose number is not on file is nobody's call");
    }

    async fn a_call_to_a_contact_keeps_nobody_from_asking_the_elder(db: Database) {
        let line = line().await;
        let town = town(db, &line, |_| {}).await;
        let son = contact(0, "C1", 1, false);
        let file = ContactFile { contact: son.clone(), secrets: Some(ContactSecrets { phones: vec!["13700000002".parse().unwrap()] }) };
        town.test.app.store.put_contacts(vec![file], town.test.clock.now()).await.unwrap();
        town.test.app.refresh_picture(true).await.unwrap();
        let case = town.press().await;
        let body = json!({"desk": "8001", "callee": son.id.to_string()});
        let rung = town.post("desk", &format!("/api/v1/cases/{case}/calls"), body).await.ok();
        fails(&town, rung["id"].as_str().unwrap(), "no_answer").await;
        town.test.advance(30);
        due(&town).await;
        assert_eq!(asked(&line, "call.ask").len(), 1, "how the son does not answer says nothing of his mother");
    }

    async fn however_many_cases_cannot_be_asked_those_behind_them_are_looked_at(db: Database) {
        let line = line().await;
        let town = town(db, &line, |_| {}).await;
        let mut cases = std::collections::BTreeSet::new();
        let more = (2..4).map(|n| elder(n, Need::General)).collect();
        town.test.fill(more, vec![]).await;
        for n in 0..4 {
            cases.insert(town.test.app.desk.report(alert(n, "sos", "1")).await.unwrap().case);
        }
        let now = town.test.clock.now();
        let (mut after, mut seen) = (None, vec![]);
        loop {
            let page = town.test.app.store.cases_without_check(&[Kind::Sos], now, after, 1).await.unwrap();
            let Some(last) = page.last().copied() else { break };
            after = Some(last);
            seen.extend(page.into_iter().map(|it| it.1));
        }
        assert_eq!(seen.len(), 4, "each once, also where several were opened at one instant");
        assert_eq!(seen.into_iter().collect::<std::collections::BTreeSet<_>>(), cases);
    }

    async fn a_desk_that_takes_the_case_ends_the_automatic_call(db: Database) {
        let line = line().await;
        let town = town(db, &line, |_| {}).await;
        let (case, id) = checked(&town).await;
        says(&town, &id, "ringing").await;
        town.post("desk", &format!("/api/v1/cases/{case}/take"), json!({})).await.ok();
        due(&town).await;
        let it = last(&town, case).await;
        assert_eq!((it["state"].as_str(), it["over"].as_str(), it["told"].as_str()), (Some("ended"), Some("taken"), None));
        assert_eq!(asked(&line, "call.hang_up"), [json!({"call_id": id})]);
        fails(&town, &id, "no_answer").await;
        assert_eq!(voices(&town, case).await, [], "what a machine did not hear is no word of the elder");
        // The desk's own call goes out at once, and no second voice asks.
        let mine = call(&town, "desk", case).await;
        assert_eq!((mine.status, mine.body["state"].as_str()), (201, Some("asked")));
        town.test.advance(90);
        due(&town).await;
        assert_eq!(asked(&line, "call.ask").len(), 1);
        // A desk that calls without taking first: the voice gives way.
        for command in [Command::VoiceResult { result: Voice::Fine }, Command::Close { outcome: None, proof: eldercare_dispatch::case::Proof::VoiceContact }] {
            town.test.app.desk.handle(case, command, Author::User(user("desk"))).await.unwrap();
        }
        let (case, id) = checked(&town).await;
        says(&town, &id, "answered").await;
        town.test.advance(1);
        assert_eq!(call(&town, "desk2", case).await.status, 201);
        let all = calls(&town, case).await;
        let states: Vec<_> = all.iter().map(|it| (it["purpose"].as_str().unwrap(), it["state"].as_str().unwrap())).collect();
        assert_eq!(states, [("check", "ended"), ("desk", "asked")]);
        // A late key is heard all the same: it is for help.
        presses(&town, &id, "2").await;
        assert_eq!(voices(&town, case).await, [("call".to_owned(), "needs_help".to_owned())]);
    }

    async fn two_nodes_at_the_last_line_make_one_call(db: Database) {
        let line = line().await;
        let town = town(db, &line, |_| {}).await;
        let case = town.press().await;
        let (now, limits) = (town.test.clock.now(), town.test.app.config.telephony.limits());
        let nodes = [town.test.app.store.clone(), town.test.db.store().await];
        for round in 0..8_u32 {
            // Each calls somebody else, all at once, and there are two lines.
            let begun = (0..8_u32).map(|n| {
                let name = format!("{round}-{n}");
                let callee = Callee::Responder(who(&name));
                let it = Call::new(CallId::derive(case.as_uuid(), &name), case, CallPurpose::Desk, callee, Author::System, "http".to_owned(), now);
                nodes[n as usize % 2].begin_call(it, limits, u64::from(2 + 2 * round))
            });
            let begun = futures_util::future::try_join_all(begun).await.unwrap();
            let made = begun.iter().filter(|it| matches!(it, Begun::Begun(_))).count();
            let full = begun.iter().filter(|it| matches!(it, Begun::NoLine)).count();
            assert_eq!((made, full), (2, 6), "round {round}");
        }
        nodes[1].close().await;
    }

    async fn a_call_outlives_the_process_that_made_it(db: Database) {
        let line = line().await;
        let town = town(db, &line, |_| {}).await;
        // Written down, and the process is gone before the line was asked.
        let case = town.press().await;
        let id = CallId::derive(case.as_uuid(), "check");
        let callee = Callee::Elder(elder_0());
        let it = Call::new(id, case, CallPurpose::Check, callee, Author::System, "http".to_owned(), town.test.clock.now());
        town.test.app.store.begin_call(it, town.test.app.config.telephony.limits(), 4).await.unwrap();
        let town = town.restart().await;
        town.test.advance(44);
        due(&town).await;
        assert_eq!(last(&town, case).await["state"], "asked");
        town.test.advance(1);
        due(&town).await;
        let it = last(&town, case).await;
        assert_eq!((it["state"].as_str(), it["over"].as_str(), it["told"].as_str()), (Some("failed"), Some("lost"), Some("unclear")));
        assert_eq!(voices(&town, case).await, [("call".to_owned(), "unclear".to_owned())], "never silently lost");
        assert_eq!(asked(&line, "call.hang_up"), [json!({"call_id": id.to_string()})], "and if it rings somewhere, it is left");
        // One that rang when the process ended is finished by what the line says later.
        for command in [Command::VoiceResult { result: Voice::Fine }, Command::Close { outcome: None, proof: eldercare_dispatch::case::Proof::VoiceContact }] {
            town.test.app.desk.handle(case, command, Author::User(user("desk"))).await.unwrap();
        }
        let (case, id) = checked(&town).await;
        says(&town, &id, "ringing").await;
        let town = town.restart().await;
        presses(&town, &id, "2").await;
        assert_eq!(voices(&town, case).await, [("call".to_owned(), "needs_help".to_owned())]);
        // The case was told, and the process ended before that was written down: it is told again, and is one.
        let kept = town.test.app.store.phone_call(id.parse().unwrap()).await.unwrap().unwrap();
        let mut untold = kept.clone();
        (untold.call.told, untold.call.settled) = (None, false);
        town.test.app.store.save_call(&untold, &town.test.app.config.telephony.limits()).await.unwrap().unwrap();
        due(&town).await;
        assert_eq!(voices(&town, case).await.len(), 1);
        assert_eq!(last(&town, case).await["told"], "needs_help");
    }

    async fn a_stuck_call_holds_up_no_other(db: Database) {
        let line = line().await;
        let town = town(db, &line, |config| config.telephony.check.calls_max = 2).await;
        let store = &town.test.app.store;
        let book = store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
        let secrets = ElderSecrets { phones: vec!["13900000002".parse().unwrap()], ..ElderSecrets::default() };
        let file = ElderFile { elder: elder(1, Need::General), secrets: Some(secrets) };
        store.put_elders(vec![file], &book, town.test.clock.now()).await.unwrap();
        town.test.app.refresh_picture(true).await.unwrap();
        let one = town.press().await;
        let two = town.post("desk", "/api/v1/alerts", json!({"kind": "sos", "elder_id": elder_of(1).to_string()})).await.ok();
        let two: CaseId = two["case_id"].as_str().unwrap().parse().unwrap();
        // The first that is asked for never has an answer; the other rings and is heard.
        line.next(Says::Silence);
        town.test.advance(30);
        due(&town).await;
        let mut states = vec![];
        for case in [one, two] {
            let it = last(&town, case).await;
            states.push((it["state"].as_str().unwrap().to_owned(), it["told"].as_str().unwrap_or("").to_owned()));
        }
        states.sort();
        // The one that hung was asked for again under its id, and that time it was taken.
        assert_eq!(states, [("asked".to_owned(), String::new()), ("asked".to_owned(), String::new())]);
        assert_eq!(asked(&line, "call.ask").len(), 3);
        // Nothing is ever said of either: both come to an end, and the lines are free.
        town.test.advance(45);
        due(&town).await;
        for case in [one, two] {
            assert_eq!(last(&town, case).await["told"], "unclear");
        }
        // The desk's calls have lines of their own.
        assert_eq!(call(&town, "desk", one).await.status, 201);
    }

    async fn a_recording_is_kept_sealed_with_consent_and_each_look_is_written_down(db: Database) {
        let line = line().await;
        let town = town(db, &line, |config| config.telephony.record = true).await;
        let place = "https://records.example.org/2026/call-77.wav?key=abc";
        let recorded = |id: &str| {
            let mut body = said(id, "recorded");
            body["data"]["recording"] = json!(place);
            body
        };
        // Without consent the line is told not to; what it records all the same is not kept.
        let case = town.press().await;
        let id = call(&town, "desk", case).await.ok()["id"].as_str().unwrap().to_owned();
        assert_eq!(asked(&line, "call.bridge").pop().unwrap()["record"], false);
        says(&town, &id, "completed").await;
        assert_eq!(report(&town, &recorded(&id)).await.status, 200);
        let path = |id: &str| format!("/api/v1/cases/{case}/calls/{id}/recording");
        assert_eq!(town.get("desk", &path(&id)).await.problem(), (404, "recording_not_found"));
        assert_eq!(last(&town, case).await["recorded"], false);
        // With it.
        let store = &town.test.app.store;
        let book = store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
        let consent = Consent { version: "1".to_owned(), given_on: jiff::civil::date(2026, 1, 1), withdrawn_on: None };
        let agreed = Elder { consents: [(ConsentPurpose::Recording, consent)].into(), ..elder(0, Need::LivingAlone) };
        store.put_elders(vec![ElderFile { elder: agreed, secrets: None }], &book, town.test.clock.now()).await.unwrap();
        town.test.app.refresh_picture(true).await.unwrap();
        town.test.advance(1);
        let id = call(&town, "desk", case).await.ok()["id"].as_str().unwrap().to_owned();
        assert_eq!(asked(&line, "call.bridge").pop().unwrap()["record"], true);
        says(&town, &id, "completed").await;
        for _ in 0..2 {
            assert_eq!(report(&town, &recorded(&id)).await.status, 200);
        }
        let it = last(&town, case).await;
        assert_eq!(it["recorded"], true);
        assert!(!it.to_string().contains("records.example"), "the list does not say where: {it}");
        for name in ["far_desk", "g1"] {
            assert!(matches!(town.get(name, &path(&id)).await.status, 403 | 404), "{name}");
        }
        let call_id: CallId = id.parse().unwrap();
        let sealed = store.recording(case, call_id).await.unwrap().unwrap();
        assert!(!String::from_utf8_lossy(&sealed.0).contains("records"), "it lies sealed");
        assert_eq!(town.get("desk", &path(&id)).await.ok(), json!({"recording": place}));
        let views = store.views_of(case.as_uuid(), None, 10).await.unwrap();
        let looked: Vec<_> = views.iter().map(|it| (it.by, it.field.as_str(), it.reason.as_str())).collect();
        assert_eq!(looked, [(user("desk"), "phone_recording.content", id.as_str())]);
        // It goes when its time is over, and the call stays.
        town.test.advance(181 * 86_400);
        town.test.app.retention().run().await.unwrap();
        assert_eq!(town.test.app.store.recording(case, call_id).await.unwrap(), None);
        assert_eq!(town.test.app.store.phone_calls_of(case).await.unwrap().len(), 2);
    }

    async fn the_duty_leader_takes_a_case_by_a_key(db: Database) {
        let voice = Fake::new("voice");
        let carrier = voice.carrier();
        let town = Town::start_with(db, move |config| config.notify.injected = Injected(vec![carrier.clone()])).await;
        let leader = user("leader");
        let reach = Reach { phones: vec!["13600000009".parse().unwrap()], ..Reach::default() };
        let owner = Owner { who: Reached::Account(leader), elder: None };
        let outline = town.test.app.store.put_reach(owner, reach, town.test.clock.now()).await.unwrap();
        town.test.app.picture.put_outline(Reached::Account(leader), outline);
        let case = town.press().await;
        // Nobody takes it; the street rings, and a minute later the duty leader's telephone does.
        for _ in 0..40 {
            town.test.advance(10);
            town.test.app.desk.run_due().await.unwrap();
            town.test.app.outbox.run_due().await.unwrap();
            if voice.heard().iter().any(|it| it.target == "duty_leader") {
                break;
            }
        }
        let rung = voice.heard().into_iter().find(|it| it.target == "duty_leader").expect("an outside call");
        assert_eq!(rung.values.keys, Some(('1', '2')));
        assert!(town.view(case).await.case.tone);
        let press = async |key: &str| {
            let body = json!([{"letter": rung.id.to_string(), "word": "key", "says": key}]).to_string();
            town.raw(Method::POST, "/api/v1/notify/callbacks/voice", &[("x-sign", "good")], body).await
        };
        assert_eq!(press("1").await.status, 200);
        let view = town.view(case).await;
        assert_eq!((view.case.taken_by, view.case.holder(), view.case.tone), (Some(leader), Some(leader), false), "it is theirs, and the tone stops");
        assert_eq!(press("1").await.status, 200);
        assert_eq!(town.view(case).await.case.version, view.case.version, "twice is once");
        // Out of nobody's hands: a case that a desk holds meanwhile stays there, and the key is a note.
        town.post("desk", &format!("/api/v1/cases/{case}/take"), json!({"from": leader.to_string()})).await.ok();
        assert_eq!(town.view(case).await.case.taken_by, Some(user("desk")));
    }

    async fn without_a_line_everything_is_as_it_was(db: Database) {
        let town = Town::start(db).await;
        let off = town.get("desk", "/api/v1/telephony").await.ok();
        assert_eq!(off, json!({"on": false, "desks": [], "check_after_s": 0}));
        let case = town.press().await;
        assert_eq!(call(&town, "desk", case).await.problem(), (409, "no_line"));
        town.test.advance(60);
        due(&town).await;
        assert_eq!(calls(&town, case).await, [] as [Value; 0]);
        let number = town.get("desk", &format!("/api/v1/elders/{}/access?fields=phones&reason=call", elder_0())).await.ok();
        assert_eq!(number["phones"], json!(["13900000001"]), "the number is looked at as before");
    }
}
