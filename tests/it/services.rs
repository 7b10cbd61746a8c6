//! Requests for service: the canteen whose circle holds the home, what a station says, and that no lunch ever delays a call for help.

use actix_web::http::Method;
use eldercare_dispatch::case::{Severity, State};
use eldercare_dispatch::ids::CaseId;
use eldercare_dispatch::people::{Station, StationKind, StationService, station_id};
use eldercare_dispatch::store::StationFile;
use serde_json::{Value, json};

use crate::api_town::{Answer, Town, elder_0, user};
use crate::harness::both_stores;
use crate::harness::street::{GRID, elder_of, who};

/// Files a station so many metres north of elder 0's door.
async fn station(town: &Town, code: &str, kind: &str, north: f64, more: Value) -> String {
    let mut file = json!({"kind": kind, "name": format!("站{code}"), "address": "光明道1号", "area_code": GRID,
        "lat": 39.38 + north / 111_195.0, "lon": 117.06, "crs": "wgs84"});
    for (key, value) in more.as_object().unwrap() {
        file[key] = value.clone();
    }
    let made = town
        .post("leader", "/api/v1/stations", json!({"code": code, "station": file}))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.body["id"].as_str().unwrap().to_owned()
}

async fn ask(town: &Town, account: &str, key: &str, wish: Value) -> Answer {
    let asked = json!({"elder_id": elder_0(), "wish": wish, "note": "少盐"});
    town.post_once(account, "/api/v1/service-requests", key, asked).await
}

async fn of(town: &Town, case: &str) -> Value {
    town.get("desk", &format!("/api/v1/cases/{case}")).await.ok()
}

async fn does(town: &Town, case: &str, what: &str, body: Value) -> Answer {
    town.post("desk", &format!("/api/v1/cases/{case}/service/{what}"), body)
        .await
}

/// The offers that the field puts now.
async fn offers(town: &Town) {
    town.test.app.field.count_load().await.unwrap();
    town.test.app.desk.run_due().await.unwrap();
    town.test.app.field.run_seeking().await.unwrap();
}

async fn put(town: &Town, path: &str, version: Option<&str>, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", town.token("leader").await);
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    headers.extend(version.map(|it| ("if-match", it)));
    town.raw(Method::PUT, path, &headers, body.to_string()).await
}

both_stores! {
    async fn a_lunch_goes_to_the_canteen_whose_circle_holds_the_home(db: Database) {
        let town = Town::start(db).await;
        let full = station(&town, "FULL", "canteen", 100.0, json!({"places": {"total": 30, "free": 0}})).await;
        let near = station(&town, "NEAR", "canteen", 300.0, json!({"places": {"total": 30, "free": 4}})).await;
        let next = station(&town, "NEXT", "canteen", 600.0, json!({})).await;
        let far = station(&town, "FAR", "canteen", 20_000.0, json!({})).await;
        station(&town, "CLEAN", "home_service", 50.0, json!({})).await;
        let meal = json!({"service": "meal"});
        let looked = town.get("g1", &format!("/api/v1/elders/{}/stations?service=meal", elder_0())).await.ok();
        let options: Vec<(String, bool, String)> = looked["stations"].as_array().unwrap().iter().map(|it| {
            let reasons: Vec<&str> = it["reasons"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
            (it["station"]["station_id"].as_str().unwrap().to_owned(), it["fits"].as_bool().unwrap(), reasons.join(" "))
        }).collect();
        assert_eq!(options, [
            (near.clone(), true, "hours_unknown places_free:4".to_owned()),
            (next.clone(), true, "hours_unknown".to_owned()),
            (far.clone(), false, "outside_circle hours_unknown".to_owned()),
            (full, false, "full hours_unknown".to_owned()),
        ]);
        assert_eq!((&looked["other_service"], looked.get("nearest_outside")), (&json!(1), None));
        // Opened by a grid worker; said twice it is one; the same key with another wish is refused.
        let made = ask(&town, "g1", "k1", meal.clone()).await;
        assert_eq!((made.status, &made.body["service"]["station"]["station_id"]), (201, &json!(near)), "{}", made.text);
        let case = made.body["case_id"].as_str().unwrap().to_owned();
        let again = ask(&town, "g1", "k1", meal.clone()).await;
        assert_eq!((again.status, &again.body["case_id"]), (200, &json!(case)));
        assert_eq!(ask(&town, "g1", "k1", json!({"service": "bath"})).await.problem(), (422, "key_reused"));
        assert_eq!(ask(&town, "far_desk", "k1", meal.clone()).await.problem(), (404, "elder_not_found"));
        let seen = of(&town, &case).await;
        assert_eq!((&seen["lane"], &seen["kind"], &seen["severity"], &seen["tone"]), (&json!("service"), &json!("service_request"), &json!("routine"), &json!(false)));
        assert_eq!((&seen["service"]["stage"], &seen["service"]["station"]["name"]), (&json!("asked"), &json!("站NEAR")));
        let notes = town.get("desk", &format!("/api/v1/cases/{case}/notes")).await.ok();
        assert_eq!((notes["items"].as_array().unwrap().len(), &notes["items"][0]["text"]), (1, &json!("少盐")));
        // It declines: the next is asked in the same breath. That one proposes, the elder agrees, it is done and rated.
        assert_eq!(does(&town, &case, "answer", json!({"answer": "decline"})).await.problem(), (422, "missing_field"));
        let told = does(&town, &case, "answer", json!({"answer": "decline", "reason": "no_staff"})).await.ok();
        assert_eq!((&told["case"]["service"]["station"]["station_id"], &told["case"]["service"]["declined"]), (&json!(next), &json!([near])));
        assert_eq!(does(&town, &case, "answer", json!({"answer": "propose"})).await.problem(), (422, "missing_field"));
        let at = (town.test.clock.now() + jiff::SignedDuration::from_hours(3)).to_string();
        let told = does(&town, &case, "answer", json!({"answer": "propose", "at": at})).await.ok();
        assert_eq!(told["case"]["service"]["stage"], "proposed");
        let told = does(&town, &case, "agree", json!({})).await.ok();
        assert_eq!((&told["case"]["service"]["stage"], &told["case"]["next_due_kind"]), (&json!("agreed"), &json!("appointment")));
        assert_eq!(does(&town, &case, "rating", json!({"rating": 5})).await.problem(), (409, "not_now"));
        let told = does(&town, &case, "done", json!({})).await.ok();
        assert_eq!((&told["case"]["state"], &told["case"]["outcome"]), (&json!("closed"), &json!("service_done")));
        let told = does(&town, &case, "rating", json!({"word": "fairly_satisfied"})).await.ok();
        assert_eq!(told["case"]["service"]["rating"], 3);
        let listed = town.get("desk", "/api/v1/service-requests").await.ok();
        assert_eq!(listed["items"][0]["id"], json!(case));
        assert_eq!(town.get("desk", "/api/v1/service-requests?open=true").await.ok()["items"], json!([]));
        assert_eq!(town.get("far_desk", "/api/v1/service-requests").await.ok()["items"], json!([]), "another street's");
    }

    async fn a_request_that_is_taken_back_is_over_and_in_nobodys_hands(db: Database) {
        let town = Town::start(db).await;
        let near = station(&town, "NEAR", "canteen", 300.0, json!({"staff": [who("G1").to_string()]})).await;
        let made = ask(&town, "desk", "k1", json!({"service": "meal"})).await;
        let case = made.body["case_id"].as_str().unwrap().to_owned();
        let theirs = format!("/api/v1/stations/{near}/requests");
        assert_eq!(town.get("g1", &theirs).await.ok()["items"].as_array().unwrap().len(), 1);
        let wrong = does(&town, &case, "cancel", json!({"reason": "bored"})).await;
        assert_eq!((wrong.status, &wrong.body["errors"][0]["field"]), (422, &json!("reason")), "{}", wrong.text);
        let told = does(&town, &case, "cancel", json!({"reason": "not_wanted"})).await.ok();
        assert_eq!((&told["case"]["state"], &told["case"]["outcome"], &told["case"]["service"]["stage"]), (&json!("closed"), &json!("service_cancelled"), &json!("cancelled")));
        assert_eq!(does(&town, &case, "cancel", json!({"reason": "mistake"})).await.status, 200, "said twice");
        assert_eq!(town.get("g1", &theirs).await.ok()["items"], json!([]));
        assert_eq!(does(&town, &case, "rating", json!({"word": "satisfied"})).await.problem().0, 409);
        assert_eq!(town.post("g1", &format!("{theirs}/{case}/done"), json!({})).await.problem().0, 409);
        assert_eq!(town.post("g1", &format!("/api/v1/cases/{case}/service/cancel"), json!({"reason": "mistake"})).await.problem().0, 403);
    }

    async fn outside_the_circle_is_said_and_hours_are_kept(db: Database) {
        let town = Town::start(db).await;
        let far = station(&town, "FAR", "canteen", 20_000.0, json!({})).await;
        let made = ask(&town, "desk", "k1", json!({"service": "meal"})).await.ok();
        assert_eq!((&made["service"]["outside_circle"], &made["service"]["nearest"]["station_id"]), (&json!(true), &json!(far)));
        assert_eq!((&made["service"]["stage"], made["service"].get("station")), (&json!("wished"), None));
        let case = made["case_id"].as_str().unwrap().to_owned();
        // The desk may ask it all the same.
        let told = does(&town, &case, "station", json!({"station_id": far})).await.ok();
        assert_eq!((&told["case"]["service"]["stage"], &told["case"]["service"]["station"]["reach"]), (&json!("asked"), &json!("outside")));
        // The tests' time begins on Wednesday 2026-02-25, 14:13 by the street's clock.
        let noon = json!([{"days": [1, 2, 3, 4, 5], "from": "11:00", "until": "13:00"}]);
        let canteen = station(&town, "NOON", "canteen", 300.0, json!({"week": noon, "holidays": [{"from": "2026-02-26", "until": "2026-02-26"}]})).await;
        let wish = |from: &str, until: &str| json!({"service": "meal", "from": from, "until": until});
        for (key, from, until, asked) in [
            ("today", "2026-02-25T08:00:00Z", "2026-02-25T10:00:00Z", None), // 16:00 to 18:00
            ("holiday", "2026-02-26T03:00:00Z", "2026-02-26T05:00:00Z", None),
            ("friday", "2026-02-27T03:00:00Z", "2026-02-27T05:00:00Z", Some(&canteen)),
            ("saturday", "2026-02-28T03:00:00Z", "2026-02-28T05:00:00Z", None),
        ] {
            let made = ask(&town, "desk", key, wish(from, until)).await.ok();
            assert_eq!(made["service"]["station"].get("station_id"), asked.map(|it| json!(it)).as_ref(), "{key} {made}");
        }
        // On foot an elder goes less far than a rider comes.
        let walk = format!("/api/v1/elders/{}/stations?service=meal&way=to_station&from=2026-02-27T03:00:00Z&until=2026-02-27T05:00:00Z", elder_0());
        let ride = walk.replace("to_station", "to_home");
        let seconds = async |path: &str| town.get("desk", path).await.ok()["stations"][0]["station"]["seconds"].as_u64().unwrap();
        let (walked, ridden) = (seconds(&walk).await, seconds(&ride).await);
        assert!(walked > 4 * ridden, "{walked} {ridden}");
        assert_eq!(town.get("desk", &walk.replace("meal", "cleaning")).await.problem(), (422, "invalid_value"));
    }

    async fn a_service_never_takes_anybody_from_a_call_for_help(db: Database) {
        let town = Town::start(db).await;
        // G1 has as many errands as anybody may have, and leads both.
        let errand = async |elder: u32| {
            let asked = json!({"kind": "service_request", "elder_id": elder_of(elder)});
            let made = town.post("desk", "/api/v1/alerts", asked).await.ok();
            let case: CaseId = made["case_id"].as_str().unwrap().parse().unwrap();
            let sent = json!({"responder_id": who("G1"), "eta_s": 300});
            town.post("desk", &format!("/api/v1/cases/{case}/assign"), sent).await.ok();
            town.test.advance(9);
            town.test.app.desk.run_due().await.unwrap();
            case
        };
        let errands = [errand(0).await, errand(1).await];
        for case in errands {
            assert_eq!(town.view(case).await.case.lead().map(|it| it.responder), Some(who("G1")));
        }
        town.stand("g1", 50.0).await;
        offers(&town).await;
        // The call comes: G1 is the nearest, is asked like anybody else, and leads.
        let call = town.press().await;
        town.test.advance(40);
        offers(&town).await;
        let view = town.view(call).await;
        let first = view.case.offers.first().map(|it| it.candidate.responder);
        assert_eq!(first, Some(who("G1")), "{:?}", view.case.offers);
        let yes = town.say_yes(call, "g1", "G1").await;
        assert_eq!(yes.status, 200, "{}", yes.text);
        town.test.advance(9);
        town.test.app.desk.run_due().await.unwrap();
        assert_eq!(town.view(call).await.case.lead().map(|it| it.responder), Some(who("G1")));
        // And not the other way round: who is on the way to a call is not taken for an errand.
        let sent = json!({"responder_id": who("G1"), "eta_s": 300});
        let made = ask(&town, "desk", "later", json!({"service": "cleaning"})).await.ok();
        let path = format!("/api/v1/cases/{}/assign", made["case_id"].as_str().unwrap());
        assert_eq!(town.post("desk", &path, sent).await.problem(), (409, "busy"));
        let faults = town.test.app.store.check().await.unwrap();
        assert!(faults.found.is_empty(), "{:?}", faults.found);
    }

    async fn a_request_is_turned_into_a_call_with_one_action_and_by_nothing_else(db: Database) {
        let town = Town::start(db).await;
        station(&town, "C1", "canteen", 300.0, json!({})).await;
        let asked = json!({"elder_id": elder_0(), "wish": {"service": "meal"}, "note": "刚才摔了一跤，腿很痛"});
        let made = town.post("desk", "/api/v1/service-requests", asked).await.ok();
        let request: CaseId = made["case_id"].as_str().unwrap().parse().unwrap();
        let view = town.view(request).await;
        assert_eq!((view.case.severity, view.case.state), (Severity::Routine, State::Ringing), "no word of it is decided on by code");
        let turned = does(&town, &request.to_string(), "help", json!({})).await.ok();
        let help: CaseId = turned["help_case_id"].as_str().unwrap().parse().unwrap();
        let call = town.view(help).await;
        assert_eq!((call.case.severity, call.case.linked, call.case.tone), (Severity::Critical, Some(request), true));
        let again = does(&town, &request.to_string(), "help", json!({})).await.ok();
        assert_eq!(again["help_case_id"], json!(help), "said twice it is one call");
        assert_eq!(town.view(help).await.case.alerts, 1);
        let seen = of(&town, &request.to_string()).await;
        assert_eq!((&seen["service"]["help_case_id"], &seen["service"]["stage"]), (&json!(help), &json!("asked")), "they still have to eat");
        assert_eq!(does(&town, &help.to_string(), "help", json!({})).await.problem(), (409, "not_now"));
    }

    async fn the_green_key_says_no_service_and_a_screen_may(db: Database) {
        let town = Town::start(db).await;
        let canteen = station(&town, "C1", "canteen", 300.0, json!({})).await;
        let device = format!("Device {}:{}", town.device, town.key);
        let pressed = town.device_sends(json!({"kind": "service_request"}).to_string()).await.ok();
        let case = pressed["case_id"].as_str().unwrap().to_owned();
        assert_eq!(of(&town, &case).await.get("service"), None);
        assert_eq!(does(&town, &case, "station", json!({})).await.problem(), (409, "not_now"));
        let told = does(&town, &case, "wish", json!({"service": "meal"})).await.ok();
        assert_eq!(told["case"]["service"]["station"]["station_id"], json!(canteen));
        let headers = [("authorization", device.as_str()), ("content-type", "application/json"), ("idempotency-key", "s1")];
        let path = "/api/v1/elder-screen/service-requests";
        for status in [201, 200] {
            let made = town.raw(Method::POST, path, &headers, json!({"wish": {"service": "meal"}}).to_string()).await;
            assert_eq!(made.status, status, "{}", made.text);
        }
        let screen = town.raw(Method::GET, "/api/v1/elder-screen", &headers[..1], "").await.ok();
        let stages: Vec<&Value> = screen["cases"].as_array().unwrap().iter().map(|it| &it["service"]["stage"]).collect();
        assert_eq!(stages, [&json!("asked"), &json!("asked")]);
        // However often it asks, there is an end of it.
        for n in 0..18 {
            let key = format!("more{n}");
            let headers = [("authorization", device.as_str()), ("content-type", "application/json"), ("idempotency-key", key.as_str())];
            town.raw(Method::POST, path, &headers, json!({"wish": {"service": "meal"}}).to_string()).await.ok();
        }
        let headers = [("authorization", device.as_str()), ("content-type", "application/json")];
        let more = town.raw(Method::POST, path, &headers, json!({"wish": {"service": "meal"}}).to_string()).await;
        assert_eq!(more.problem(), (409, "too_many_requests"));
    }

    async fn a_station_answers_by_itself_and_for_no_other(db: Database) {
        let town = Town::start(db).await;
        let mine = station(&town, "C1", "canteen", 300.0, json!({"staff": [who("G1")], "places": {"total": 9, "free": 9}})).await;
        let other = station(&town, "C2", "canteen", 900.0, json!({"staff": [who("G2")]})).await;
        let made = ask(&town, "desk", "k1", json!({"service": "meal"})).await.ok();
        let case = made["case_id"].as_str().unwrap();
        let listed = town.get("g1", &format!("/api/v1/stations/{mine}/requests")).await.ok();
        let first = &listed["items"][0];
        assert_eq!((&first["case_id"], &first["elder_name"], &first["address"], &first["notes"]), (&json!(case), &json!("老人0"), &json!("泉州路0号"), &json!(["少盐"])));
        assert_eq!(town.get("g2", &format!("/api/v1/stations/{mine}/requests")).await.problem(), (404, "station_not_found"));
        assert_eq!(town.get("g2", &format!("/api/v1/stations/{other}/requests")).await.ok()["items"], json!([]));
        let answer = |station: &str| format!("/api/v1/stations/{station}/requests/{case}/answer");
        assert_eq!(town.post("g2", &answer(&other), json!({"answer": "confirm"})).await.problem(), (404, "case_not_found"));
        let told = town.post("g1", &answer(&mine), json!({"answer": "confirm"})).await.ok();
        assert_eq!(told["stage"], "agreed");
        let told = town.post("g1", &format!("/api/v1/stations/{mine}/requests/{case}/done"), json!({})).await.ok();
        assert_eq!(told["stage"], "done");
        assert_eq!(town.post("g1", &answer(&mine), json!({"answer": "confirm"})).await.problem(), (409, "case_over"));
        // Room is said by whoever answers for it, and by nobody else.
        let free = |station: &str| format!("/api/v1/stations/{station}/free");
        assert_eq!(town.put("g1", &free(&mine), json!({"places_free": 2})).await.ok()["station"]["places"]["free"], 2);
        assert_eq!(town.put("g1", &free(&mine), json!({"places_free": 10})).await.problem(), (422, "invalid_value"));
        assert_eq!(town.put("g1", &free(&mine), json!({"beds_free": 1})).await.problem(), (422, "invalid_value"));
        assert_eq!(town.put("g2", &free(&mine), json!({"places_free": 1})).await.problem(), (404, "station_not_found"));
    }

    async fn a_station_is_edited_over_the_version_that_was_seen(db: Database) {
        let town = Town::start(db).await;
        let id = station(&town, "C1", "canteen", 300.0, json!({})).await;
        let path = format!("/api/v1/stations/{id}");
        let twice = json!({"code": "C1", "station": {"kind": "canteen", "name": "a", "address": "b", "area_code": GRID}});
        assert_eq!(town.post("leader", "/api/v1/stations", twice).await.problem(), (409, "station_on_file"));
        let seen = town.get("leader", &path).await;
        assert_eq!(seen.headers.get("etag").unwrap(), "\"1\"");
        let mut file = seen.body["station"].clone();
        file["week"] = json!([{"days": [1, 7], "from": "08:00", "until": "00:00"}]);
        file["gives"] = json!(["meal", "bath"]);
        assert_eq!(put(&town, &path, None, &file).await.problem(), (428, "if_match_missing"));
        assert_eq!(put(&town, &path, Some("1"), &file).await.problem(), (400, "bad_if_match"));
        town.test.advance(1);
        let edited = put(&town, &path, Some("\"1\""), &file).await;
        assert_eq!((edited.status, edited.headers.get("etag").unwrap().to_str().unwrap()), (200, "\"2\""), "{}", edited.text);
        assert_eq!(edited.body["gives_now"], json!(["meal", "bath"]));
        assert_eq!(put(&town, &path, Some("\"1\""), &file).await.problem(), (412, "changed_meanwhile"), "somebody was quicker");
        for (field, value, wrong) in [
            ("week", json!([{"days": [0], "from": "08:00", "until": "09:00"}]), "week"),
            ("holidays", json!([{"from": "2026-02-02", "until": "2026-02-01"}]), "holidays"),
            ("beds", json!({"total": 4, "free": 4}), "beds"),
            ("staff", json!([format!("resp_{}", "0".repeat(32))]), "staff"),
            ("area_code", json!("120114002"), "area_code"),
            ("area_code", json!("12"), "area_code"),
            ("lat", Value::Null, "lat"),
        ] {
            let mut spoilt = file.clone();
            spoilt[field] = value;
            let answer = put(&town, &path, Some("\"2\""), &spoilt).await;
            assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!(wrong)), "{}", answer.text);
        }
        // A sheet that is read in again says nothing of the service, and takes nothing away.
        let store = &town.test.app.store;
        let book = store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
        let kept = store.station(station_id("C1"), &book).await.unwrap().unwrap();
        assert_eq!(kept.value.service.week.len(), 1);
        let sheet = StationFile {
            station: Station { name: "新名".to_owned(), kind: StationKind::DayCare, service: StationService::default(), ..kept.value.clone() },
            secrets: None,
        };
        store.put_stations(vec![sheet], &book, town.test.clock.now()).await.unwrap();
        let after = store.station(station_id("C1"), &book).await.unwrap().unwrap();
        assert_eq!((after.value.name.as_str(), &after.value.service), ("新名", &kept.value.service));
        let log = town.get("auditor", &format!("{path}/log")).await.ok();
        let lines: Vec<(&Value, &Value)> = log["items"].as_array().unwrap().iter().map(|it| (&it["what"], &it["by"])).collect();
        assert_eq!(lines, [(&json!("edited"), &json!(user("leader"))), (&json!("filed"), &json!(user("leader")))]);
        assert_eq!((&log["items"][0]["before"]["service"]["week"], log["items"][1].get("before")), (&json!([]), None));
        assert_eq!(town.get("far_leader", &path).await.problem(), (404, "station_not_found"));
    }
}
