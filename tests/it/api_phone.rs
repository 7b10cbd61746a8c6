//! The phone of whoever goes: when they are on the rota, and what was done before it could be said.

use actix_web::http::Method;
use eldercare_dispatch::people::Shift;
use jiff::ToSpan as _;
use serde_json::{Value, json};

use crate::api_town::Town;
use crate::harness::both_stores;
use crate::harness::street::who;

both_stores! {
    async fn everybody_reads_their_own_shifts_and_nobody_elses(db: Database) {
        let town = Town::start(db).await;
        let now = town.test.app.clock.now();
        let shift = |name: &str, from: i64, until: i64, stands_in_for: Option<&str>| Shift {
            responder: who(name),
            from: now + from.hours(),
            until: now + until.hours(),
            stands_in_for: stands_in_for.map(who),
        };
        let rota = vec![
            shift("G1", -20, -12, None),
            shift("G1", -2, 6, None),
            shift("G1", 24, 32, None),
            shift("G2", 28, 32, Some("G1")),
            shift("G2", 48, 56, None),
            shift("G1", 24 * 14 + 1, 24 * 14 + 9, None),
        ];
        town.test.app.store.put_shifts(rota).await.unwrap();
        let kept = town.test.app.store.shifts_of(who("G1"), now, now + 336.hours()).await.unwrap();
        assert_eq!(kept.items.len(), 3, "read are one's own and those of who stands in: {:?}", kept.items);
        const PATH: &str = "/api/v1/responders/me/shifts";
        let own = town.get("g1", PATH).await.ok();
        let hour = |it: &Value| it.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().duration_since(now).as_hours();
        let spans = |it: &Value| it["items"].as_array().unwrap().iter().map(|it| (hour(&it["from"]), hour(&it["until"]))).collect::<Vec<_>>();
        assert_eq!(spans(&own), [(-2, 6), (24, 32)], "what goes on, and two weeks ahead");
        assert_eq!(own["items"][0]["taken_over"], Value::Null);
        let taken = &own["items"][1]["taken_over"];
        assert_eq!((taken.as_array().unwrap().len(), hour(&taken[0]["from"]), hour(&taken[0]["until"])), (1, 28, 32));
        let theirs = town.get("g2", PATH).await.ok();
        assert_eq!(spans(&theirs), [(28, 32), (48, 56)]);
        assert_eq!((theirs["items"][0]["stands_in"].as_bool(), theirs["items"][1]["stands_in"].as_bool()), (Some(true), Some(false)));
        assert!(!theirs.to_string().contains("resp_"), "nobody is named");
        assert_eq!(spans(&town.get("doctor", PATH).await.ok()), []);
        assert_eq!(town.get("desk", PATH).await.problem(), (403, "not_a_responder"));
    }

    async fn what_was_done_without_a_network_is_told_with_its_own_time_and_moves_no_clock(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        town.say_yes(case, "g1", "G1").await.ok();
        town.test.advance(10);
        town.test.app.desk.run_due().await.unwrap();
        let token = format!("Bearer {}", town.token("g1").await);
        let path = format!("/api/v1/assignments/{case}/depart");
        let say = async |done_at: &str, key: &str| {
            let headers = [("authorization", token.as_str()), ("content-type", "application/json"), ("done-at", done_at), ("idempotency-key", key)];
            town.raw(Method::POST, &path, &headers, "{}").await
        };
        let refused = say("yesterday", "k0").await;
        assert_eq!((refused.problem(), refused.body["errors"][0]["field"].as_str()), ((400, "bad_done_at"), Some("Done-At")));
        let done_at = town.test.app.clock.now();
        town.test.advance(50);
        let said_at = town.test.app.clock.now();
        say(&done_at.to_string(), "k1").await.ok();
        // The same again, of a phone that got no answer: once, whatever it says about the time.
        say(&said_at.to_string(), "k1").await.ok();
        let log = town.get("desk", &format!("/api/v1/cases/{case}/events")).await.ok();
        let departed: Vec<&Value> = log["items"].as_array().unwrap().iter().filter(|it| it["type"] == "departed").collect();
        assert_eq!(departed.len(), 1, "{log}");
        let set: Vec<i64> = departed[0]["clocks"].as_array().unwrap().iter().filter_map(|it| it["at"].as_i64()).collect();
        assert!(!set.is_empty() && set.iter().all(|it| *it > said_at.as_microsecond() + 60_000_000), "no clock goes by the phone's word: {set:?}");
        let at = |it: &Value| it.as_str().map(|it| it.parse::<jiff::Timestamp>().unwrap());
        assert_eq!((at(&departed[0]["at"]), at(&departed[0]["done_at"])), (Some(said_at), Some(done_at)));
        // Others have none; it survives the way to the store and back.
        let others = log["items"].as_array().unwrap().iter().filter(|it| it["type"] != "departed" && it["done_at"] != Value::Null);
        assert_eq!(others.count(), 0);
        let town = town.restart().await;
        let again = town.get("desk", &format!("/api/v1/cases/{case}/events")).await.ok();
        assert_eq!(again["items"], log["items"]);
        // A clock that is wrong refuses nobody: what it says is left out.
        town.stand("g1", 10.0).await;
        let token = format!("Bearer {}", town.token("g1").await);
        let ahead = (town.test.app.clock.now() + 1.hours()).to_string();
        let headers = [("authorization", token.as_str()), ("content-type", "application/json"), ("done-at", ahead.as_str())];
        town.raw(Method::POST, &format!("/api/v1/assignments/{case}/arrive"), &headers, "{}").await.ok();
        let log = town.get("desk", &format!("/api/v1/cases/{case}/events")).await.ok();
        let arrived = log["items"].as_array().unwrap().iter().find(|it| it["type"] == "arrived").unwrap();
        assert_eq!(arrived["done_at"], json!(null));
    }
}
