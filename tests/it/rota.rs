//! The rota as it is changed: shifts filed and withdrawn, usual weeks laid out, shifts that change hands, and what a calendar reads.

use actix_web::http::Method;
use eldercare_dispatch::people::Role;
use eldercare_dispatch::store::Rights;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::api_town::{Answer, NEXT_STREET, STREET, Town, user};
use crate::harness::both_stores;
use crate::harness::street::who;

const SHIFTS: &str = "/api/v1/duty/shifts";
const SWAPS: &str = "/api/v1/responders/me/swaps";

fn after(town: &Town, hours: i64) -> Timestamp {
    town.test.clock.now() + SignedDuration::from_hours(hours)
}

fn shift(who: impl serde::Serialize, from: Timestamp, hours: i64) -> Value {
    json!({"responder_id": who, "from": from, "until": from + SignedDuration::from_hours(hours)})
}

async fn file(town: &Town, by: &str, shifts: &[Value]) -> Answer {
    town.post(by, SHIFTS, json!({"shifts": shifts})).await
}

fn field(answer: &Answer) -> (u16, &str, &str) {
    let error = &answer.body["errors"][0];
    (
        answer.status,
        error["field"].as_str().unwrap_or(""),
        error["code"].as_str().unwrap_or(""),
    )
}

/// Who is on the rota then: responder, and in whose place.
async fn rota(town: &Town, days: u8) -> Vec<(Value, Value)> {
    let items = town.get("leader", &format!("{SHIFTS}?days={days}")).await.ok()["items"].clone();
    items
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["responder_id"].clone(), it["stands_in_for"].clone()))
        .collect()
}

both_stores! {
    async fn shifts_are_filed_all_or_none_and_withdrawn_with_a_reason(db: Database) {
        let town = Town::start(db).await;
        let (g1, g2) = (who("G1"), who("G2"));
        let from = after(&town, 24);
        let filed = file(&town, "leader", &[shift(g1, from, 8), shift(g2, from, 8)]).await.ok();
        assert_eq!(filed["items"].as_array().unwrap().len(), 2);
        for (shifts, at, code) in [
            (vec![], "shifts", "out_of_range"),
            (vec![shift(g1, after(&town, 30), 4)], "shifts[0].from", "overlaps"),
            (vec![shift(g2, after(&town, 50), 8), shift(g2, after(&town, 57), 8)], "shifts[1].from", "overlaps"),
            (vec![shift(g1, after(&town, 60), 8), shift(g1, after(&town, 80), 0)], "shifts[1].until", "invalid_value"),
            (vec![shift(g1, after(&town, 60), 37)], "shifts[0].until", "invalid_value"),
            (vec![shift(who("S9"), after(&town, 60), 8)], "shifts[0].responder_id", "unknown_responder"),
            (vec![shift(who("nobody"), after(&town, 60), 8)], "shifts[0].responder_id", "unknown_responder"),
        ] {
            let answer = file(&town, "leader", &shifts).await;
            assert_eq!(field(&answer), (422, at, code), "{}", answer.text);
        }
        assert_eq!(rota(&town, 7).await.len(), 2, "nothing of what was refused stands");
        // The same beginning again is the same shift, longer.
        file(&town, "leader", &[shift(g1, from, 12)]).await.ok();
        assert_eq!(rota(&town, 7).await.len(), 2);
        assert_eq!(file(&town, "desk", &[shift(g1, from, 8)]).await.problem(), (403, "role_not_allowed"));

        let off = |reason: &str| json!({"responder_id": g1, "from": from, "reason": reason});
        let path = format!("{SHIFTS}/withdraw");
        assert_eq!(field(&town.post("leader", &path, off(" ")).await), (422, "reason", "invalid_value"));
        assert_eq!(field(&town.post("far_leader", &path, off("x")).await), (422, "responder_id", "unknown_responder"));
        assert_eq!(town.post("leader", &path, off("住院")).await.status, 204);
        assert_eq!(town.post("leader", &path, off("住院")).await.problem(), (404, "shift_not_found"));
        assert_eq!(rota(&town, 7).await, [(json!(g2), Value::Null)]);
        let log = town.get("admin", "/api/v1/register-log?what=withdrawn").await.ok();
        assert_eq!(log["items"][0]["after"]["reason"], "住院");
        // Filed again, it stands again.
        file(&town, "leader", &[shift(g1, from, 8)]).await.ok();
        assert_eq!(rota(&town, 7).await.len(), 2);
    }

    async fn a_usual_week_is_laid_out_around_what_stands(db: Database) {
        let town = Town::start(db).await;
        let path = format!("/api/v1/duty/weeks/{STREET}");
        let bearer = format!("Bearer {}", town.token("leader").await);
        let put = async |version: &str, weeks: Value| {
            let headers = [("authorization", bearer.as_str()), ("content-type", "application/json"), ("if-match", version)];
            town.raw(Method::PUT, &path, &headers, json!({"weeks": weeks}).to_string()).await
        };
        assert_eq!(town.get("desk", &path).await.ok()["weeks"], json!([]));
        let line = |who: Value, day: u8, from: &str, until: &str| json!({"responder_id": who, "day": day, "from": from, "until": until});
        let (g1, g2) = (json!(who("G1")), json!(who("G2")));
        let week = json!([{"name": "平时", "lines": [line(g1.clone(), 1, "08:00", "20:00"), line(g2.clone(), 1, "20:00", "08:00"), line(g1.clone(), 3, "08:00", "20:00")]}]);
        assert_eq!(put("\"0\"", week.clone()).await.status, 200);
        assert_eq!(put("\"0\"", week).await.problem(), (412, "changed_meanwhile"));
        let twice = json!([{"name": "x", "lines": [line(g1.clone(), 1, "08:00", "20:00"), line(g1.clone(), 1, "10:00", "12:00")]}]);
        assert_eq!(put("\"1\"", twice).await.status, 422);
        let foreign = json!([{"name": "x", "lines": [line(json!(who("S9")), 1, "08:00", "20:00")]}]);
        assert_eq!(field(&put("\"1\"", foreign).await).2, "unknown_responder");

        let (today, _) = town.test.app.desk.local(town.test.clock.now());
        let monday = today.nth_weekday(1, jiff::civil::Weekday::Monday).unwrap();
        let lay = async |body: Value| town.post("leader", &format!("{path}/lay-out"), body).await;
        for (body, at) in [
            (json!({"name": "平时", "monday": monday.tomorrow().unwrap(), "weeks": 1}), "monday"),
            (json!({"name": "平时", "monday": monday, "weeks": 13}), "weeks"),
            (json!({"name": "节日", "monday": monday, "weeks": 1}), "name"),
        ] {
            assert_eq!(field(&lay(body).await).1, at);
        }
        // On the first Wednesday one of them is on the rota already.
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(town.test.app.desk.plans().utc_offset_hours));
        let wednesday = monday.checked_add(jiff::ToSpan::days(2)).unwrap().at(9, 0, 0, 0).to_zoned(zone).unwrap().timestamp();
        file(&town, "leader", &[shift(&g1, wednesday, 2)]).await.ok();
        let looked = lay(json!({"name": "平时", "monday": monday, "weeks": 2})).await.ok();
        assert_eq!((looked["shifts"].as_array().unwrap().len(), looked["standing"].as_array().unwrap().len(), &looked["written"]), (5, 1, &json!(false)));
        assert_eq!(rota(&town, 31).await.len(), 1, "it was only looked at");
        assert_eq!(lay(json!({"name": "平时", "monday": monday, "weeks": 2, "write": true})).await.ok()["written"], true);
        assert_eq!(rota(&town, 31).await.len(), 6);
        let again = lay(json!({"name": "平时", "monday": monday, "weeks": 2, "write": true})).await.ok();
        assert_eq!((&again["written"], again["standing"].as_array().unwrap().len()), (&json!(false), 6), "laid out twice it doubles nothing");
        assert_eq!(town.get("far_leader", &path).await.problem(), (404, "area_not_found"));
        assert_eq!(town.get("leader", &format!("/api/v1/duty/weeks/{NEXT_STREET}")).await.problem(), (404, "area_not_found"));
    }

    async fn a_shift_changes_hands_when_the_other_agrees(db: Database) {
        let town = Town::start(db).await;
        let (g1, g2) = (who("G1"), who("G2"));
        let (mine, theirs, busy) = (after(&town, 24), after(&town, 48), after(&town, 72));
        file(&town, "leader", &[shift(g1, mine, 8), shift(g2, theirs, 8), shift(g1, busy, 8), shift(g2, busy, 4)]).await.ok();
        let asked = |from: Timestamp, with: Value, back: Option<Timestamp>| json!({"from": from, "with": with, "back_from": back});
        for (body, at, code) in [
            (asked(after(&town, 25), json!(g2), None), "from", "no_such_shift"),
            (asked(mine, json!(who("S9")), None), "with", "no_colleague"),
            (asked(mine, json!(who("DOC")), None), "with", "no_colleague"),
            (asked(mine, json!(g2), Some(mine)), "back_from", "no_such_shift"),
            (asked(busy, json!(g2), None), "with", "at_work_then"),
        ] {
            let answer = town.post("g1", SWAPS, body).await;
            assert_eq!(field(&answer), (422, at, code), "{}", answer.text);
        }
        let swap = town.post("g1", SWAPS, asked(mine, json!(g2), Some(theirs))).await;
        assert_eq!((swap.status, &swap.body["state"]), (201, &json!("asked")));
        assert_eq!(town.post("g1", SWAPS, asked(mine, json!(g2), Some(theirs))).await.problem(), (409, "asked_already"));
        assert_eq!(rota(&town, 7).await.len(), 4, "nothing changes before they agree");
        let id = swap.body["id"].as_str().unwrap();
        let seen = town.get("g2", SWAPS).await.ok();
        assert_eq!((&seen["items"][0]["id"], seen["partners"][0]["name"].as_str().is_some()), (&json!(id), true));
        // Neither the one who asked nor anybody else agrees in their place.
        for by in ["g1", "doctor"] {
            assert_eq!(town.post(by, &format!("{SWAPS}/{id}/agree"), json!({})).await.problem(), (404, "swap_not_found"));
        }
        assert_eq!(town.post("g2", &format!("{SWAPS}/{id}/take-back"), json!({})).await.problem(), (404, "swap_not_found"));
        assert_eq!(town.post("g2", &format!("{SWAPS}/{id}/agree"), json!({})).await.ok()["state"], "agreed");
        assert_eq!(town.post("g2", &format!("{SWAPS}/{id}/decline"), json!({})).await.problem(), (409, "swap_over"));
        let now = rota(&town, 7).await;
        assert!(now.contains(&(json!(g2), json!(g1))) && now.contains(&(json!(g1), json!(g2))), "{now:?}");
        let own = town.get("g1", "/api/v1/responders/me/shifts").await.ok();
        assert_eq!((&own["items"][0]["taken_over"].as_array().map(Vec::len), &own["items"][1]["stands_in"]), (&Some(1), &json!(true)));
        // What was given is not given twice.
        assert_eq!(field(&town.post("g1", SWAPS, asked(mine, json!(g2), None)).await), (422, "from", "given_already"));
        let leader = town.get("leader", "/api/v1/duty/swaps").await.ok();
        assert_eq!(leader["items"][0]["state"], "agreed");
        assert_eq!(town.get("far_leader", "/api/v1/duty/swaps").await.ok()["items"], json!([]));

        // Asked, and the rota changes before the answer: the answer finds out.
        let late = after(&town, 96);
        file(&town, "leader", &[shift(g1, late, 8)]).await.ok();
        let id = town.post("g1", SWAPS, asked(late, json!(g2), None)).await.ok()["id"].as_str().unwrap().to_owned();
        file(&town, "leader", &[shift(g2, after(&town, 98), 2)]).await.ok();
        assert_eq!(field(&town.post("g2", &format!("{SWAPS}/{id}/agree"), json!({})).await), (422, "with", "at_work_then"));
        assert_eq!(town.post("g1", &format!("{SWAPS}/{id}/take-back"), json!({})).await.ok()["state"], "taken_back");
        // Nobody answers before it begins: it is over.
        let soon = after(&town, 2);
        file(&town, "leader", &[shift(g1, soon, 4)]).await.ok();
        let id = town.post("g1", SWAPS, asked(soon, json!(g2), None)).await.ok()["id"].as_str().unwrap().to_owned();
        town.test.advance(3 * 3_600);
        let seen = town.get("g2", SWAPS).await.ok();
        assert!(seen["items"].as_array().unwrap().iter().any(|it| it["id"] == id.as_str() && it["state"] == "over"), "{seen}");
        assert_eq!(field(&town.post("g2", &format!("{SWAPS}/{id}/agree"), json!({})).await), (422, "from", "begun"));
    }

    async fn a_calendar_reads_ones_shifts_as_long_as_its_address_holds(db: Database) {
        let town = Town::start(db).await;
        let (g1, g2) = (who("G1"), who("G2"));
        let from = after(&town, 24);
        file(&town, "leader", &[shift(g1, from, 8), shift(g2, after(&town, 48), 8)]).await.ok();
        let path_of = |made: &Value| {
            let link = made["link"].as_str().unwrap();
            link[link.find("/api").unwrap()..].to_owned()
        };
        let path = path_of(&town.post("g1", "/api/v1/responders/me/calendar", json!({})).await.ok());
        let read = async |path: &str| town.raw(Method::GET, path, &[], "").await;
        let answer = read(&format!("{path}.ics")).await;
        assert_eq!((answer.status, answer.headers.get("content-type").unwrap().to_str().unwrap()), (200, "text/calendar; charset=utf-8"));
        let starts = from.strftime("DTSTART:%Y%m%dT%H%M%SZ").to_string();
        assert!(answer.text.starts_with("BEGIN:VCALENDAR\r\n") && answer.text.contains(&starts), "{}", answer.text);
        assert_eq!(answer.text.matches("BEGIN:VEVENT").count(), 1, "nobody else's: {}", answer.text);
        assert_eq!(read("/api/v1/calendar/abc").await.problem(), (404, "calendar_not_found"));

        // A new one ends the former; what ends the sessions of the account ends it too.
        let second = path_of(&town.post("g1", "/api/v1/responders/me/calendar", json!({})).await.ok());
        assert_eq!((read(&path).await.status, read(&second).await.status), (404, 200));
        town.post("admin", &format!("/api/v1/accounts/{}/end-sessions", user("g1")), json!({})).await.ok();
        assert_eq!(read(&second).await.status, 404);
        town.forget_tokens();
        let third = path_of(&town.post("g1", "/api/v1/responders/me/calendar", json!({})).await.ok());
        assert_eq!(town.post("g1", "/api/v1/responders/me/calendar/end", json!({})).await.status, 204);
        assert_eq!(read(&third).await.status, 404);
        let fourth = path_of(&town.post("g1", "/api/v1/responders/me/calendar", json!({})).await.ok());
        let store = &town.test.app.store;
        let account = store.account(user("g1")).await.unwrap().unwrap();
        let rights = Rights { role: Role::GridWorker, scope: account.scope, responder: Some(g2), disabled: false };
        store.set_rights(account.id, rights, account.version, town.test.clock.now()).await.unwrap();
        assert_eq!(read(&fourth).await.status, 404, "the account is somebody else's now");
    }
}
