//! Several dispatchers at one desk: who has which case open, pushed to the others and gone with the socket; the take as a lease.

use eldercare_dispatch::case::{Author, Call, CallOver, CallPurpose, CallSaid, Callee};
use eldercare_dispatch::ids::{CallId, CaseId, UserId};
use eldercare_dispatch::people::{Need, ResponderKind, Role};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::api_town::{Town, user};
use crate::harness::street::{GRID, alert, elder, responder};
use crate::harness::{Database, TestApp, both_stores};
use crate::live_kit::{Client, Live};

const STREET: &str = "120114001";
const NEXT_STREET: &str = "120114002";

async fn street(db: Database) -> (Live, CaseId) {
    let app = TestApp::start(db).await;
    let people = vec![responder("G1", ResponderKind::GridWorker, 0.002)];
    app.fill(vec![elder(0, Need::LivingAlone)], people).await;
    let live = Live::start(app).await;
    let case = live.app.app.desk.report(alert(0, "sos", "1")).await.unwrap().case;
    live.told(1).await;
    (live, case)
}

async fn looks_at(client: &mut Client, case: Option<CaseId>) {
    client
        .say(&json!({"type": "looking", "case": case.map(|it| it.to_string())}).to_string())
        .await;
}

/// Until the server has heard everything that was said before.
async fn heard(client: &mut Client) {
    client.socket.send(Message::Ping(vec![7].into())).await.unwrap();
    loop {
        match client.socket.next().await.unwrap().unwrap() {
            Message::Pong(it) if it[..] == [7] => return,
            Message::Text(text) => client.raw.push(text.as_str().to_owned()),
            _ => {}
        }
    }
}

/// The next that is said of who looks at what.
async fn lookers(client: &mut Client) -> Vec<(String, String)> {
    loop {
        let frame = client.news().await;
        if frame["type"] == "lookers" {
            let all = frame["lookers"].as_array().unwrap();
            let word = |it: &Value, field: &str| it[field].as_str().unwrap().to_owned();
            return all.iter().map(|it| (word(it, "case"), word(it, "user"))).collect();
        }
    }
}

/// The next that is said of telephone calls.
async fn calls(client: &mut Client) -> Value {
    loop {
        let frame = client.news().await;
        if frame["type"] == "calls" {
            return frame["calls"].clone();
        }
    }
}

fn pair(case: CaseId, who: UserId) -> Vec<(String, String)> {
    vec![(case.to_string(), who.to_string())]
}

both_stores! {
    async fn who_has_a_case_open_is_told_to_the_others_and_gone_with_the_socket(db: Database) {
        let (live, case) = street(db).await;
        let one = live.person("one", Role::Dispatcher, &[STREET], None);
        live.person("two", Role::DutyLeader, &[STREET], None);
        live.person("far", Role::Dispatcher, &[NEXT_STREET], None);
        let (mut first, _) = live.look("one").await;
        let (mut second, _) = live.look("two").await;
        let (mut far, _) = live.look("far").await;
        looks_at(&mut first, Some(case)).await;
        assert_eq!(lookers(&mut second).await, pair(case, one));
        // Whoever comes later is told at once.
        let (mut third, _) = live.look("two").await;
        assert_eq!(lookers(&mut third).await, pair(case, one));
        // What somebody may not see, they cannot be seen at either, and nobody of the next street hears of any of it.
        looks_at(&mut far, Some(case)).await;
        heard(&mut far).await;
        drop(first);
        assert_eq!(lookers(&mut second).await, vec![]);
        heard(&mut far).await;
        assert!(far.raw.iter().all(|it| !it.contains("lookers") && !it.contains(&case.to_string())), "{:?}", far.raw);
        live.stop().await;
    }

    async fn the_calls_that_go_on_are_told_to_the_desks_of_the_area(db: Database) {
        let (live, case) = street(db).await;
        live.person("one", Role::Dispatcher, &[STREET], None);
        live.person("far", Role::Dispatcher, &[NEXT_STREET], None);
        live.person("grid", Role::GridWorker, &[GRID], Some("G1"));
        let (mut desk, _) = live.look("one").await;
        let (mut far, _) = live.look("far").await;
        let (mut grid, _) = live.look("grid").await;
        let id = CallId::derive(case.as_uuid(), "a call");
        let callee = Callee::Elder(elder(0, Need::LivingAlone).id);
        let now = live.app.clock.now();
        let mut call = Call::new(id, case, CallPurpose::Desk, callee, Author::System, "http".to_owned(), now);
        let of = |state: &str| json!([{"call": id.to_string(), "case": case.to_string(), "purpose": "desk", "state": state, "held_long": false}]);
        live.hub.call_changed(&call);
        assert_eq!(calls(&mut desk).await, of("asked"));
        call.hear(&CallSaid::Ringing, now);
        live.hub.call_changed(&call);
        // Said again it is no news, and whoever comes later is told at once.
        live.hub.call_changed(&call);
        assert_eq!(calls(&mut desk).await, of("ringing"));
        let (mut later, _) = live.look("one").await;
        assert_eq!(calls(&mut later).await, of("ringing"));
        call.hear(&CallSaid::Over(CallOver::Completed), now);
        live.hub.call_changed(&call);
        assert_eq!(calls(&mut desk).await, json!([]));
        for other in [&mut far, &mut grid] {
            heard(other).await;
            assert!(other.raw.iter().all(|it| !it.contains("calls")), "{:?}", other.raw);
        }
        live.stop().await;
    }

    async fn without_renewal_somebody_has_looked_away(db: Database) {
        let (live, case) = street(db).await;
        let one = live.person("one", Role::Dispatcher, &[STREET], None);
        live.person("two", Role::Dispatcher, &[STREET], None);
        let (mut first, _) = live.look("one").await;
        let (mut second, _) = live.look("two").await;
        looks_at(&mut first, Some(case)).await;
        assert_eq!(lookers(&mut second).await, pair(case, one));
        live.app.advance(30);
        looks_at(&mut first, Some(case)).await;
        heard(&mut first).await;
        live.app.advance(30);
        heard(&mut first).await;
        let (mut third, _) = live.look("two").await;
        assert_eq!(lookers(&mut third).await, pair(case, one), "said again in time");
        live.app.advance(16);
        assert_eq!(lookers(&mut second).await, vec![]);
        live.stop().await;
    }

    async fn only_a_desk_says_what_it_looks_at_and_only_a_desk_is_told(db: Database) {
        let (live, case) = street(db).await;
        live.person("desk", Role::Dispatcher, &[STREET], None);
        live.person("grid", Role::GridWorker, &[GRID], Some("G1"));
        let (mut desk, _) = live.look("desk").await;
        let (mut grid, _) = live.look("grid").await;
        looks_at(&mut desk, Some(case)).await;
        assert_eq!(lookers(&mut desk).await.len(), 1);
        looks_at(&mut grid, Some(case)).await;
        let (frames, code) = grid.until_closed().await;
        assert_eq!(code, 4400);
        assert!(frames.iter().all(|it| it["type"] != "lookers"), "{frames:?}");
        live.stop().await;
    }

    async fn of_two_who_take_at_once_one_holds_the_case_and_the_other_is_told_who(db: Database) {
        let town = Town::start(db).await;
        let case = town.press().await;
        let take = format!("/api/v1/cases/{case}/take");
        let (a, b) = futures_util::join!(town.post("desk", &take, json!({})), town.post("desk2", &take, json!({})));
        let (winner, loser, lost) = if a.status == 200 { ("desk", "desk2", b) } else { ("desk2", "desk", a) };
        assert_eq!(lost.problem(), (409, "held"));
        assert_eq!(lost.body["taken_by"], user(winner).to_string());
        let seen = town.get(loser, &format!("/api/v1/cases/{case}")).await.ok();
        assert_eq!((&seen["taken_by"], &seen["tone"]), (&json!(user(winner).to_string()), &json!(false)));
        assert_ne!(seen["next_due_kind"], "lease", "how long somebody holds it is no promise to the elder");

        // Not by accident: whoever takes it over says from whom.
        assert_eq!(town.post(loser, &take, json!({"from": user("leader").to_string()})).await.problem(), (409, "held"));
        let over = town.post(loser, &take, json!({"from": user(winner).to_string()})).await.ok();
        assert_eq!(over["case"]["taken_by"], user(loser).to_string());
        assert_eq!(town.post(winner, &format!("/api/v1/cases/{case}/keep"), json!({})).await.problem(), (409, "not_held"));

        // Kept by being at it, lapsed by doing nothing: then it is nobody's and rings.
        town.test.advance(200);
        town.test.app.desk.run_due().await.unwrap();
        town.post(loser, &format!("/api/v1/cases/{case}/keep"), json!({})).await.ok();
        town.test.advance(299);
        town.test.app.desk.run_due().await.unwrap();
        assert_eq!(town.view(case).await.case.holder(), Some(user(loser)));
        town.test.advance(1);
        town.test.app.desk.run_due().await.unwrap();
        let left = town.get("desk", &format!("/api/v1/cases/{case}")).await.ok();
        assert!(left["taken_by"].is_null() && left["taken_until"].is_null() && left["tone"] == true, "{left}");
        assert!(left["next_due_at"].is_string());
        town.post(winner, &take, json!({})).await.ok();
    }

    async fn the_names_behind_the_ids_are_those_of_the_desks_around(db: Database) {
        let town = Town::start(db).await;
        let page = town.get("desk", "/api/v1/colleagues").await.ok();
        let names: Vec<&str> = page["items"].as_array().unwrap().iter().map(|it| it["username"].as_str().unwrap()).collect();
        for name in ["desk", "desk2", "leader", "admin", "auditor"] {
            assert!(names.contains(&name), "{name} in {names:?}");
        }
        assert!(!names.iter().any(|it| it.starts_with("far") || it.starts_with('g')), "{names:?}");
    }
}
