//! The register of devices over HTTP: filed by a label, bound, replaced, tested; and an elder who is away.

use eldercare_dispatch::case::{Kind, Severity, State, Subject};
use eldercare_dispatch::dispatch::Told;
use eldercare_dispatch::ids::{CaseId, DeviceId};
use eldercare_dispatch::people::{DeviceBinding, Need, device_id};
use eldercare_dispatch::store::cases::{CaseFilter, CaseView};
use serde_json::{Value, json};

use crate::api_town::{Town, elder_0, user};
use crate::harness::both_stores;
use crate::harness::street::{elder, elder_of};

const IMEI: &str = "490154203237518";
const OTHER_IMEI: &str = "356938035643809";

fn of(town: &Town) -> String {
    format!("/api/v1/devices/{}", town.device)
}

async fn cases(town: &Town) -> Vec<CaseView> {
    let store = &town.test.app.store;
    store.list_cases(&CaseFilter::default(), None, 100).await.unwrap().items
}

async fn ids(town: &Town, who: &str, query: &str) -> Vec<String> {
    let page = town.get(who, &format!("/api/v1/devices?{query}")).await.ok();
    let items = page["items"].as_array().unwrap();
    let mut codes: Vec<String> = items.iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes
}

/// What stands in the log of a device, the last first.
async fn deeds(town: &Town, id: &str) -> Vec<String> {
    let page = town.get("auditor", &format!("/api/v1/devices/{id}/log")).await.ok();
    let items = page["items"].as_array().unwrap();
    items.iter().map(|it| it["what"].as_str().unwrap().to_owned()).collect()
}

async fn press(town: &Town) -> CaseId {
    let answer = town.device_sends(json!({"kind": "sos"}).to_string()).await.ok();
    answer["case_id"].as_str().unwrap().parse().unwrap()
}

both_stores! {
    async fn a_device_is_filed_by_its_label_bound_taken_and_found(db: Database) {
        let town = Town::start(db).await;
        let kinds = town.get("g1", "/api/v1/device-kinds").await.ok();
        let smoke = kinds["kinds"].as_array().unwrap().iter().find(|it| it["kind"] == "smoke").unwrap().clone();
        assert_eq!((&smoke["guards_household"], &smoke["raises"][0], &smoke["label"]), (&json!(true), &json!("smoke"), &json!("烟感")));
        assert_eq!(kinds["protocols"][0]["crs_usual"], "wgs84");
        // A scanner's text, and nobody's yet.
        let watch = json!({"device": {"label": format!("IMEI:{IMEI};SN:88"), "kind": "watch", "protocol": "watch", "model": "A9", "crs": "gcj02"}});
        let filed = town.post("desk", "/api/v1/devices", watch.clone()).await;
        assert_eq!(filed.status, 201, "{}", filed.text);
        assert_eq!((&filed.body["code"], &filed.body["number"], filed.body.get("elder_id")), (&json!(IMEI), &json!("5420323751"), None));
        let id = filed.body["id"].as_str().unwrap().to_owned();
        assert_eq!(ids(&town, "desk", "state=unbound").await, [IMEI]);
        // The same label again with an elder binds it; said twice it is one.
        let mut bind = watch.clone();
        bind["elder_id"] = json!(elder_of(1));
        for _ in 0..2 {
            let bound = town.post("desk", "/api/v1/devices", bind.clone()).await;
            assert_eq!((bound.status, &bound.body["elder_id"]), (200, &json!(elder_of(1))), "{}", bound.text);
        }
        let mut elsewhere = watch.clone();
        elsewhere["elder_id"] = json!(elder_0());
        assert_eq!(town.post("desk", "/api/v1/devices", elsewhere).await.problem(), (409, "device_bound"));
        assert_eq!(deeds(&town, &id).await, ["bound", "filed"]);
        let log = town.get("desk", &format!("/api/v1/devices/{id}/log?limit=1")).await.ok();
        assert_eq!((&log["items"][0]["by"], &log["items"][0]["elder_id"]), (&json!(user("desk")), &json!(elder_of(1))));
        let next = log["next"].as_str().unwrap();
        let more = town.get("desk", &format!("/api/v1/devices/{id}/log?limit=1&cursor={next}")).await.ok();
        assert_eq!(more["items"][0]["what"], "filed");
        // It speaks for its elder, with what it last said of itself.
        let app = &town.test.app;
        let known = app.picture.device(device_id(IMEI)).unwrap();
        assert_eq!(known.binding, Some(DeviceBinding::Elder(elder_of(1))));
        app.signs.heard(&known, Told { battery_percent: Some(9), ..Told::default() });
        let one = town.get("leader", &format!("/api/v1/devices/{id}")).await.ok();
        assert_eq!((&one["battery_percent"], &one["battery_low"], &one["presence"]), (&json!(9), &json!(true), &json!("here")));
        assert!(one["heard_at"].is_string() && one.get("key").is_none(), "{one}");
        // Lists: by elder, area, model, kind, state, in pages.
        assert_eq!(ids(&town, "desk", &format!("elder_id={}", elder_of(1))).await, [IMEI, "D1"]);
        assert_eq!(ids(&town, "desk", "model=A9").await, [IMEI]);
        assert_eq!(ids(&town, "desk", "state=low_battery").await, [IMEI]);
        assert_eq!(ids(&town, "desk", "kind=watch&area=120114001").await, [IMEI, "D0", "D1"]);
        assert_eq!(ids(&town, "desk", "area=120114002").await, [""; 0]);
        assert_eq!(ids(&town, "desk", "").await, [IMEI, "D0", "D1"]);
        let first = town.get("desk", "/api/v1/devices?limit=1").await.ok();
        let rest = ids(&town, "desk", &format!("limit=2&cursor={}", first["next"].as_str().unwrap())).await;
        assert!(rest.len() == 2 && !rest.contains(&first["items"][0]["code"].as_str().unwrap().to_owned()), "{first} {rest:?}");
        assert_eq!(ids(&town, "far_desk", "").await, [""; 0], "another street's");
        for (query, field) in [("state=odd", "state"), ("kind=toaster", "kind"), ("area=12", "area"), ("elder_id=E1", "elder_id"), ("limit=0", "limit")] {
            let answer = town.get("desk", &format!("/api/v1/devices?{query}")).await;
            assert_eq!((answer.problem(), &answer.body["errors"][0]["field"]), ((400, "bad_query"), &json!(field)), "{query}");
        }
        // Taken away: what it says then is about nobody known.
        town.test.advance(1);
        let taken = town.post("desk", &format!("/api/v1/devices/{id}/unbind"), json!({"reason": "returned"})).await.ok();
        assert_eq!(taken.get("elder_id"), None);
        assert_eq!(deeds(&town, &id).await[0], "unbound");
        let again = town.post("desk", &format!("/api/v1/devices/{id}/bind"), json!({"elder_id": elder_0(), "place": "卧室"})).await.ok();
        assert_eq!((&again["elder_id"], &again["place"]), (&json!(elder_0()), &json!("卧室")));
        assert_eq!(town.post("desk", &format!("/api/v1/devices/{id}/bind"), json!({"elder_id": elder_of(1)})).await.problem(), (409, "device_bound"));
        assert_eq!(town.get("far_desk", &format!("/api/v1/devices/{id}")).await.problem(), (404, "device_not_found"));
    }

    async fn whoever_files_what_is_worn_without_a_reference_system_is_told(db: Database) {
        let town = Town::start(db).await;
        let file = async |kind: &str, code: &str, crs: Option<&str>| {
            let device = json!({"code": code, "kind": kind, "protocol": "watch", "number": code, "crs": crs});
            town.post("desk", "/api/v1/devices", json!({"device": device})).await.ok()
        };
        let bare = file("watch", "5550000001", None).await;
        assert_eq!((&bare["warnings"], &bare["crs_assumed"]), (&json!(["crs_missing"]), &json!("wgs84")));
        let known = file("watch", "5550000002", Some("gcj02")).await;
        assert_eq!((known.get("warnings"), known.get("crs_assumed")), (None, None), "{known}");
        assert_eq!(file("smoke", "5550000003", None).await.get("warnings"), None);
    }

    async fn what_is_filed_already_keeps_its_number_or_is_told_it(db: Database) {
        let town = Town::start(db).await;
        let filed = town.post("desk", "/api/v1/devices", json!({"device": {"label": IMEI, "kind": "pendant"}})).await.ok();
        let id = filed["id"].as_str().unwrap().to_owned();
        assert_eq!(filed.get("protocol"), None);
        // Scanned once more, by somebody who knows its language.
        let known = json!({"device": {"label": IMEI, "kind": "pendant", "protocol": "gt06"}, "elder_id": elder_of(1)});
        let bound = town.post("desk", "/api/v1/devices", known.clone()).await;
        assert_eq!((bound.status, &bound.body["protocol"], &bound.body["number"]), (200, &json!("gt06"), &json!(IMEI)), "{}", bound.text);
        let mut done = deeds(&town, &id).await;
        done.sort();
        assert_eq!(done, ["bound", "filed", "named"]);
        assert_eq!(town.post("desk", "/api/v1/devices", known).await.status, 200, "said twice");
        for (body, field) in [
            (json!({"device": {"label": IMEI, "kind": "pendant", "protocol": "jt808"}}), "device.protocol"),
            (json!({"device": {"label": IMEI, "kind": "pendant", "protocol": "gt06", "number": OTHER_IMEI}}), "device.number"),
        ] {
            let answer = town.post("desk", "/api/v1/devices", body.clone()).await;
            assert_eq!((answer.problem(), &answer.body["errors"][0]["field"]), ((422, "invalid_value"), &json!(field)), "{body} {}", answer.text);
        }
        // Where it replaces another, too.
        town.post("desk", "/api/v1/devices", json!({"device": {"label": OTHER_IMEI, "kind": "pendant", "protocol": "gt06"}})).await.ok();
        let wrong = json!({"reason": "broken", "device": {"label": OTHER_IMEI, "protocol": "jt808"}});
        let answer = town.post("desk", &format!("/api/v1/devices/{id}/replace"), wrong).await;
        assert_eq!((answer.problem(), &answer.body["errors"][0]["field"]), ((422, "invalid_value"), &json!("device.protocol")), "{}", answer.text);
    }

    async fn what_a_device_is_told_is_checked_by_what_it_can(db: Database) {
        let town = Town::start(db).await;
        let commands = |id: &str| format!("/api/v1/devices/{id}/commands");
        let filed = town.post("desk", "/api/v1/devices", json!({"device": {"label": IMEI, "kind": "watch", "protocol": "watch"}, "elder_id": elder_of(1)})).await.ok();
        let id = filed["id"].as_str().unwrap().to_owned();
        let shown = town.get("desk", &commands(&id)).await.ok();
        assert_eq!((&shown["can"], &shown["on_line"], &shown["items"]), (&json!(["locate", "sos_numbers", "find", "message"]), &json!(false), &json!([])));
        let given = town.post("desk", &commands(&id), json!({"kind": "sos_numbers", "numbers": ["13900000001"], "worth_for_s": 3600})).await;
        assert_eq!((given.status, &given.body["state"], &given.body["by"]), (202, &json!("queued"), &json!(user("desk"))), "{}", given.text);
        assert!(!given.text.contains("13900000001"), "{}", given.text);
        for (body, field, code) in [
            (json!({"kind": "dance"}), "kind", "invalid_value"),
            (json!({"kind": "sos_numbers"}), "numbers", "invalid_value"),
            (json!({"kind": "sos_numbers", "numbers": ["1", "2"]}), "numbers", "invalid_value"),
            (json!({"kind": "sos_numbers", "numbers": ["13900000001,110"]}), "numbers", "invalid_value"),
            (json!({"kind": "sos_numbers", "numbers": ["110", "119", "120", "122"]}), "numbers", "invalid_value"),
            (json!({"kind": "locate", "numbers": ["110"]}), "numbers", "invalid_value"),
            (json!({"kind": "find", "text": "a"}), "text", "invalid_value"),
            (json!({"kind": "message"}), "text", "invalid_value"),
            (json!({"kind": "message", "text": "字".repeat(51)}), "text", "invalid_value"),
            (json!({"kind": "message", "text": "a\nb"}), "text", "invalid_value"),
            (json!({"kind": "locate", "worth_for_s": 5}), "worth_for_s", "invalid_value"),
        ] {
            let answer = town.post("desk", &commands(&id), body.clone()).await;
            assert_eq!((answer.status, &answer.body["errors"][0]["field"], &answer.body["errors"][0]["code"]), (422, &json!(field), &json!(code)), "{body} {}", answer.text);
        }
        // By its language, and by having one at all.
        let gt06 = town.post("desk", "/api/v1/devices", json!({"device": {"label": OTHER_IMEI, "kind": "pendant", "protocol": "gt06"}})).await.ok();
        for (id, kind) in [(gt06["id"].as_str().unwrap().to_owned(), "find"), (town.device.to_string(), "locate")] {
            let answer = town.post("desk", &commands(&id), json!({"kind": kind})).await;
            assert_eq!((answer.problem(), &answer.body["errors"][0]["field"]), ((422, "command_not_supported"), &json!("kind")), "{}", answer.text);
        }
        assert_eq!(town.post("far_desk", &commands(&id), json!({"kind": "locate"})).await.problem(), (404, "device_not_found"));
        // Its time is over before the device is seen.
        town.test.advance(3_600);
        town.forget_tokens();
        let town = town.restart().await;
        assert_eq!(town.get("desk", &commands(&id)).await.ok()["items"][0]["state"], "expired");
    }

    async fn what_is_wrong_with_a_label_is_named(db: Database) {
        let town = Town::start(db).await;
        let label = |it: &str| json!({"device": {"label": it, "kind": "watch"}});
        for (body, problem, field, code) in [
            (label("490154203237517"), "bad_imei", "device.label", "imei_check_digit"),
            (label("49015420323751"), "bad_imei", "device.label", "imei_length"),
            (label("SN 77"), "bad_imei", "device.label", "imei_missing"),
            (json!({"device": {"kind": "watch"}}), "missing_field", "device.label", "missing_field"),
            (json!({"device": {"label": IMEI}}), "missing_field", "device.kind", "missing_field"),
            (json!({"device": {"code": "S1", "kind": "smoke", "protocol": "mqtt"}}), "missing_field", "device.number", "missing_field"),
            (json!({"device": {"code": "S1", "kind": "smoke", "number": "7"}}), "missing_field", "device.protocol", "missing_field"),
            (json!({"device": {"code": "S1", "kind": "watch", "protocol": "gt06", "number": "7 7"}}), "invalid_value", "device.number", "invalid_value"),
            (json!({"device": {"code": "S1", "kind": "smoke", "beat_s": 3}}), "invalid_value", "device.beat_s", "invalid_value"),
            (json!({"device": {"code": "D0", "kind": "smoke"}}), "invalid_value", "device.kind", "invalid_value"),
            (json!({"device": {"kind": "toaster"}}), "invalid_value", "kind", "invalid_value"),
            (json!({"device": {"colour": 1}}), "unknown_field", "colour", "unknown_field"),
        ] {
            let answer = town.post("desk", "/api/v1/devices", body.clone()).await;
            assert_eq!(answer.problem(), (422, problem), "{body} {}", answer.text);
            assert_eq!((&answer.body["errors"][0]["field"], &answer.body["errors"][0]["code"]), (&json!(field), &json!(code)), "{body}");
        }
        assert_eq!(town.post("far_desk", "/api/v1/devices", json!({"device": {"label": IMEI, "kind": "watch"}, "elder_id": elder_0()})).await.problem(), (404, "elder_not_found"));
        assert_eq!(town.test.app.store.device(device_id(IMEI)).await.unwrap(), None);
    }

    async fn a_replacement_takes_elder_and_place_and_the_old_keeps_its_past(db: Database) {
        let town = Town::start(db).await;
        let old = town.device;
        let case = town.press().await;
        let replace = format!("{}/replace", of(&town));
        let same = json!({"reason": "broken", "device": {"code": "D0"}});
        assert_eq!(town.post("desk", &replace, same).await.problem(), (422, "invalid_value"));
        let new = json!({"reason": "broken", "device": {"label": OTHER_IMEI, "protocol": "gt06"}});
        let done = town.post("desk", &replace, new.clone()).await;
        assert_eq!(done.status, 200, "{}", done.text);
        let done = done.body;
        let kind = town.get("desk", &of(&town)).await.ok()["kind"].clone();
        assert_eq!((&done["new"]["elder_id"], &done["new"]["kind"], &done["new"]["number"]), (&json!(elder_0()), &kind, &json!(OTHER_IMEI)));
        assert_eq!((done["old"].get("elder_id"), &done["old"]["in_service"]), (None, &json!(false)));
        let fresh = done["new"]["id"].as_str().unwrap().to_owned();
        assert_eq!(deeds(&town, &old.to_string()).await, ["replaced_by"]);
        assert_eq!(deeds(&town, &fresh).await, ["replaces", "filed"]);
        let line = town.get("desk", &format!("{}/log", of(&town))).await.ok()["items"][0].clone();
        assert_eq!((&line["other_id"], &line["elder_id"], &line["reason"]), (&json!(fresh), &json!(elder_0()), &json!("broken")));
        // Its alerts stay its own.
        let alerts = town.test.app.store.alerts_of(case).await.unwrap();
        assert_eq!(alerts[0].sender, old.to_string());
        // Whoever presses the old one all the same is not lost: somebody unknown calls the street.
        let case = press(&town).await;
        assert_eq!(town.view(case).await.case.subject, Subject::Unknown(old));
        assert_eq!(town.post("desk", &replace, new).await.problem(), (409, "device_not_bound"));
        // A new handset with the card of the old one takes its number over.
        let with_card = json!({"reason": "lost", "device": {"code": "W-2", "protocol": "gt06", "number": OTHER_IMEI}});
        let done = town.post("desk", &format!("/api/v1/devices/{fresh}/replace"), with_card).await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert_eq!((&done.body["new"]["number"], done.body["old"].get("number")), (&json!(OTHER_IMEI), None));
    }

    async fn what_a_tested_device_says_rings_nobody_and_stands_marked_at_the_desk(db: Database) {
        let town = Town::start(db).await;
        let test = format!("{}/test", of(&town));
        for minutes in [0, 241] {
            assert_eq!(town.post("desk", &test, json!({"minutes": minutes})).await.problem(), (422, "out_of_range"));
        }
        assert_eq!(town.post("g1", &test, json!({"minutes": 9})).await.problem(), (403, "role_not_allowed"));
        assert_eq!(town.post("far_desk", &test, json!({"minutes": 9})).await.problem(), (404, "device_not_found"));
        let begun = town.post("desk", &test, json!({"minutes": 60})).await.ok();
        assert!(begun["test_until"].is_string(), "{begun}");
        assert_eq!(ids(&town, "desk", "state=test").await, ["D0"]);
        let said = town.device_sends(json!({"kind": "sos"}).to_string()).await;
        assert_eq!(said.status, 201);
        assert!(said.body["warnings"].as_array().unwrap().contains(&json!("device_in_test")), "{}", said.text);
        let case: CaseId = said.body["case_id"].as_str().unwrap().parse().unwrap();
        let view = town.view(case).await;
        assert!(view.case.drill && view.case.is_test() && !view.case.tone, "{:?}", view.case);
        assert_eq!((view.case.severity, view.case.kind, view.case.seek.is_none()), (Severity::Technical, Kind::Sos, true));
        // The desk of the area sees it, marked; nobody of the street beside it does, and nobody is asked however long it lasts.
        let shown = town.get("desk", &format!("/api/v1/cases/{case}")).await.ok();
        assert_eq!((&shown["drill"], &shown["part"]["type"], &shown["tone"]), (&json!(true), &json!("test"), &json!(false)));
        assert_eq!(town.get("far_desk", &format!("/api/v1/cases/{case}")).await.status, 404);
        assert_eq!(town.get("g1", &format!("/api/v1/cases/{case}")).await.status, 404);
        town.test.advance(1_800);
        town.test.app.desk.run_due().await.unwrap();
        town.test.app.field.run_seeking().await.unwrap();
        town.test.app.desk.end_practice().await.unwrap();
        let view = town.view(case).await;
        assert!(view.case.offers.is_empty() && !view.case.tone, "{:?}", view.case);
        assert_ne!(view.case.state, State::Closed);
        // A second press joins; whoever else calls for the elder calls in earnest.
        town.forget_tokens();
        assert_eq!(press(&town).await, case);
        let real = town.post("desk", "/api/v1/alerts", json!({"kind": "sos", "device_id": town.device})).await.ok();
        let real: CaseId = real["case_id"].as_str().unwrap().parse().unwrap();
        assert!(real != case && !town.view(real).await.case.drill);
        // What happened before the test began is no test.
        let before = town.test.clock.now() - jiff::SignedDuration::from_mins(31);
        let late = town.device_sends(json!({"kind": "fall", "occurred_at": before}).to_string()).await.ok();
        let late: CaseId = late["case_id"].as_str().unwrap().parse().unwrap();
        assert!(!town.view(late).await.case.drill);
    }

    async fn a_test_ends_by_the_clock_also_across_a_restart(db: Database) {
        let town = Town::start(db).await;
        let test = format!("{}/test", of(&town));
        town.post("desk", &test, json!({"minutes": 230})).await.ok();
        let case = press(&town).await;
        town.test.advance(60);
        // Prolonged, but never beyond four hours from its beginning.
        assert_eq!(town.post("desk", &test, json!({"minutes": 240})).await.problem(), (409, "test_too_long"));
        town.post("desk", &test, json!({"minutes": 239})).await.ok();
        let town = town.restart().await;
        town.test.advance(4 * 3_600 - 61);
        assert_eq!(press(&town).await, case, "the last second of the test");
        let town = town.restart().await;
        town.test.advance(1);
        let real = press(&town).await;
        let view = town.view(real).await;
        assert!(real != case && !view.case.drill && view.case.tone, "{:?}", view.case);
        assert_eq!(town.test.app.desk.end_practice().await.unwrap(), 1, "what the test has said is closed");
        assert_eq!(town.view(case).await.case.state, State::Closed);
        town.forget_tokens();
        assert_eq!(town.get("desk", &of(&town)).await.ok().get("test_until"), None);
    }

    async fn whoever_needs_help_in_a_test_gets_it_from_the_desk(db: Database) {
        let town = Town::start(db).await;
        let test = format!("{}/test", of(&town));
        town.post("desk", &test, json!({"minutes": 60})).await.ok();
        let case = press(&town).await;
        town.test.advance(1);
        let ended = town.post("desk", &format!("{test}/end"), json!({"needs_help": true})).await.ok();
        let real: CaseId = ended["reported"]["case_id"].as_str().unwrap().parse().unwrap();
        let view = town.view(real).await;
        assert_eq!((view.case.subject, view.case.severity, view.case.drill), (Subject::Elder(elder_0()), Severity::Critical, false));
        assert!(view.case.tone);
        assert_eq!(town.view(case).await.case.state, State::Closed);
        assert_eq!(deeds(&town, &town.device.to_string()).await, ["test_ended", "test_begun"]);
        // Pressed by two at once it is one call; and from now on the device calls in earnest.
        let again = town.post("desk", &format!("{test}/end"), json!({"needs_help": true})).await.ok();
        assert_eq!(again["reported"]["case_id"], ended["reported"]["case_id"]);
        assert_eq!(press(&town).await, real);
    }

    async fn whoever_is_bound_anew_is_in_no_test(db: Database) {
        let town = Town::start(db).await;
        town.post("desk", &format!("{}/test", of(&town)), json!({"minutes": 60})).await.ok();
        town.post("desk", &format!("{}/unbind", of(&town)), json!({"reason": "left"})).await.ok();
        town.post("desk", &format!("{}/bind", of(&town)), json!({"elder_id": elder_of(1)})).await.ok();
        let case = press(&town).await;
        let view = town.view(case).await;
        assert_eq!((view.case.subject, view.case.drill), (Subject::Elder(elder_of(1)), false));
        // Their home's detector is their home's.
        let smoke = json!({"device": {"code": "R1", "kind": "smoke"}, "elder_id": elder_of(1)});
        let filed = town.post("leader", "/api/v1/devices", smoke).await.ok();
        assert_eq!((filed.get("elder_id"), &filed["household_id"]), (None, &json!(elder(1, Need::General).household)));
        let id: DeviceId = filed["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(id, device_id("R1"));
    }

    async fn an_elder_who_is_away_is_missed_again_on_the_day_of_return_and_heard_on_every_day(db: Database) {
        let town = Town::start(db).await;
        let path = format!("/api/v1/elders/{}/away", elder_0());
        let today = town.test.app.picture.today();
        let until = today.tomorrow().unwrap().tomorrow().unwrap();
        for (body, field) in [
            (json!({}), "until"),
            (json!({"until": today, "address": "女儿家"}), "until"),
            (json!({"until": until}), "address"),
            (json!({"until": until, "address": "女儿家", "lat": 39.4}), "lon"),
            (json!({"until": until, "address": "女儿家", "lat": 39.4, "lon": 117.0}), "crs"),
            (json!({"until": until, "address": "女儿家", "lat": 39.4, "lon": 999.0, "crs": "wgs84"}), "lon"),
            (json!({"until": null, "address": "女儿家"}), "address"),
        ] {
            let answer = town.put("desk", &path, body.clone()).await;
            assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!(field)), "{body} {}", answer.text);
        }
        let body = json!({"until": until, "address": "女儿家", "lat": 39.4, "lon": 117.0, "crs": "wgs84"});
        assert_eq!(town.put("far_desk", &path, body.clone()).await.problem(), (404, "elder_not_found"));
        // The grid worker of the home says it: they hear it at the door.
        let said = town.put("g1", &path, body).await.ok();
        assert_eq!((&said["away"], &said["until"]), (&json!(true), &json!(until)));
        let silent = json!({"kind": "inactivity", "source_ref": "1"});
        let away = town.device_sends(silent.to_string()).await.ok();
        assert!(away["warnings"].as_array().unwrap().contains(&json!("away")), "{away}");
        let sos = press(&town).await;
        assert_eq!(town.view(sos).await.case.severity, Severity::Critical, "a call is never suppressed");
        // What is sealed of them is as it was.
        let door = town.get("desk", &format!("/api/v1/elders/{}/access?reason=look&fields=access", elder_0())).await.ok();
        assert_eq!(door["access"]["door_code"], "4711#");
        // The day comes by itself.
        let town = town.restart().await;
        town.test.advance(2 * 86_400);
        town.test.app.refresh_picture(false).await.unwrap();
        town.forget_tokens();
        let missed = town.device_sends(json!({"kind": "inactivity", "source_ref": "2"}).to_string()).await.ok();
        assert!(!missed["warnings"].as_array().unwrap().contains(&json!("away")), "{missed}");
        let back = town.put("desk", &path, json!({"until": null})).await.ok();
        assert_eq!(back["away"], false);
        let kept: Value = town.get("desk", &format!("/api/v1/elders/{}", elder_0())).await.ok();
        assert!(!kept["needs"].as_array().unwrap().contains(&json!("away")), "{kept}");
        assert!(!cases(&town).await.is_empty());
    }
}
