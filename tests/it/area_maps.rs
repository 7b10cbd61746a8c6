//! The map of a street's areas: versions that hold from their day on, what is wrong told with its place, homes that follow when somebody
//! has said so.

use actix_web::http::Method;
use eldercare_dispatch::api::auth;
use eldercare_dispatch::people::{AreaCode, Role};
use eldercare_dispatch::store::NewAccount;
use serde_json::{Value, json};

use crate::api_town::{Answer, NEXT_STREET, PASSWORD, STREET, Town, elder_0, user};
use crate::harness::both_stores;
use crate::harness::street::{GRID, OTHER_GRID};

const COMMUNITY: &str = "120114001001";
const NEW_GRID: &str = "120114001001003";

fn path(rest: &str) -> String {
    format!("/api/v1/areas/{STREET}/map{rest}")
}

async fn send(town: &Town, method: Method, account: &str, path: &str, version: Option<i64>, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", town.token(account).await);
    let version = version.map(|it| format!("\"{it}\""));
    let mut headers = vec![
        ("authorization", bearer.as_str()),
        ("content-type", "application/geo+json"),
    ];
    headers.extend(version.as_deref().map(|it| ("if-match", it)));
    town.raw(method, path, &headers, body.to_string()).await
}

async fn put(town: &Town, asked: &str, version: Option<i64>, map: &Value) -> Answer {
    send(town, Method::PUT, "leader", &path(asked), version, map).await
}

/// A rectangle between two meridians and two parallels, in thousandths of a degree from 117, 39.
fn rect(w: f64, s: f64, e: f64, n: f64) -> Value {
    // As they are kept: in whole units of 1e-7 degrees.
    let unit = |it: f64| (it * 1e7).round() / 1e7;
    let corner = |x: f64, y: f64| json!([unit(117.0 + x / 1_000.0), unit(39.0 + y / 1_000.0)]);
    json!([[corner(w, s), corner(e, s), corner(e, n), corner(w, n), corner(w, s)]])
}

fn feature(code: &str, name: Option<&str>, coordinates: Value) -> Value {
    json!({"type": "Feature", "properties": {"code": code, "name": name, "painted": "blue"},
        "geometry": {"type": "Polygon", "coordinates": coordinates}})
}

fn map(features: Vec<Value>) -> Value {
    json!({"type": "FeatureCollection", "features": features, "name": "from elsewhere"})
}

/// The community and its two grids: elder 0 lies in the first, elder 1 in the other.
fn halves() -> Value {
    map(vec![
        feature(OTHER_GRID, None, rect(50.0, 380.3, 70.0, 390.0)),
        feature(COMMUNITY, None, rect(50.0, 370.0, 70.0, 390.0)),
        feature(GRID, None, rect(50.0, 370.0, 70.0, 380.3)),
    ])
}

/// The first grid cut in two by a meridian: elder 0 lies in the new one.
fn thirds() -> Value {
    map(vec![
        feature(COMMUNITY, None, rect(50.0, 370.0, 70.0, 390.0)),
        feature(GRID, None, rect(50.0, 370.0, 58.0, 380.3)),
        feature(NEW_GRID, Some("第三网格"), rect(58.0, 370.0, 70.0, 380.3)),
        feature(OTHER_GRID, None, rect(50.0, 380.3, 70.0, 390.0)),
    ])
}

fn kinds(answer: &Answer) -> Vec<(String, Vec<String>)> {
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let codes = |it: &Value| it["codes"].as_array().unwrap().iter().map(text).collect();
    let findings = answer.body["findings"]
        .as_array()
        .unwrap_or_else(|| panic!("{}", answer.text));
    findings.iter().map(|it| (text(&it["kind"]), codes(it))).collect()
}

fn fields(answer: &Answer) -> Vec<&str> {
    let errors = answer.body["errors"]
        .as_array()
        .unwrap_or_else(|| panic!("{}", answer.text));
    errors.iter().map(|it| it["field"].as_str().unwrap()).collect()
}

async fn grid_of(town: &Town, n: u32) -> String {
    let all = town.get("desk", "/api/v1/elders").await.ok();
    let name = format!("老人{n}");
    let found = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == json!(name));
    found.unwrap()["area_code"].as_str().unwrap().to_owned()
}

both_stores! {
    async fn a_version_holds_from_its_day_on_by_itself_and_none_is_changed(db: Database) {
        let town = Town::start(db).await;
        let none = town.get("auditor", &path("")).await;
        assert_eq!(none.headers.get("etag").unwrap().to_str().unwrap(), "\"0\"");
        assert_eq!((&none.body["version"], &none.body["features"]), (&json!(0), &json!([])));
        assert_eq!(put(&town, "?crs=wgs84", None, &halves()).await.problem(), (428, "if_match_missing"));
        let made = put(&town, "?crs=wgs84&note=first", Some(0), &halves()).await;
        assert_eq!((made.status, made.headers.get("etag").unwrap().to_str().unwrap()), (200, "\"1\""), "{}", made.text);
        assert_eq!((&made.body["saved"], &made.body["version"], &made.body["new_areas"]), (&json!(true), &json!(1), &json!([])));
        assert_eq!(put(&town, "?crs=wgs84", Some(0), &halves()).await.problem(), (412, "changed_meanwhile"), "somebody was quicker");
        let first = town.get("auditor", &path("")).await.ok();
        let codes: Vec<&Value> = first["features"].as_array().unwrap().iter().map(|it| &it["properties"]["code"]).collect();
        assert_eq!(codes, [&json!(COMMUNITY), &json!(GRID), &json!(OTHER_GRID)], "a parent before its children");
        assert_eq!(first["features"][1]["properties"]["name"], json!("第一网格"), "as the register calls it");
        assert_eq!(first["features"][1]["geometry"]["coordinates"], rect(50.0, 370.0, 70.0, 380.3));
        // One for the day after tomorrow waits, and takes force by the clock alone.
        let today = town.test.app.picture.today();
        let then = today.tomorrow().unwrap().tomorrow().unwrap();
        town.test.advance(1);
        let made = put(&town, &format!("?crs=wgs84&from={then}"), Some(1), &thirds()).await.ok();
        assert_eq!((&made["version"], &made["new_areas"]), (&json!(2), &json!([NEW_GRID])));
        let now = town.get("auditor", &path("")).await;
        assert_eq!(now.headers.get("etag").unwrap().to_str().unwrap(), "\"2\"", "whoever edits must have seen the last one");
        assert_eq!((&now.body["version"], &now.body["features"]), (&json!(1), &first["features"]));
        let in_force = |it: &Value| it["versions"].as_array().unwrap().iter().map(|it| it["in_force"] == json!(true)).collect::<Vec<_>>();
        assert_eq!(in_force(&now.body), [false, true]);
        let later = town.get("auditor", &path(&format!("?at={then}"))).await.ok();
        assert_eq!((&later["version"], later["features"].as_array().unwrap().len()), (&json!(2), 4));
        assert!(!town.get("leader", "/api/v1/areas").await.text.contains(NEW_GRID), "it is no area yet");
        let town = town.restart().await;
        town.test.advance(2 * 86_400);
        let now = town.get("auditor", &path("")).await.ok();
        assert_eq!((&now["version"], in_force(&now)), (&json!(2), vec![true, false]));
        town.test.app.refresh_picture(false).await.unwrap();
        assert!(town.get("leader", "/api/v1/areas").await.text.contains(NEW_GRID));
        // What has held stays readable as it was.
        let old = town.get("auditor", &path("?version=1")).await.ok();
        assert_eq!((&old["version"], &old["features"]), (&json!(1), &first["features"]));
        assert_eq!(town.get("auditor", &path("?version=9")).await.problem(), (404, "map_not_found"));
        let yesterday = put(&town, &format!("?crs=wgs84&from={today}"), Some(2), &halves()).await;
        assert_eq!((yesterday.problem(), fields(&yesterday)), ((422, "out_of_range"), vec!["from"]));
        let log = town.get("auditor", &path("/log")).await.ok();
        let items = log["items"].as_array().unwrap();
        assert_eq!((items.len(), &items[0]["by"], &items[0]["what"]), (2, &json!(user("leader")), &json!("drawn")));
        assert_eq!((&items[0]["before"]["version"], &items[0]["after"]["version"]), (&json!(1), &json!(2)));
        assert_eq!((&items[0]["after"]["added"], &items[0]["after"]["redrawn"]), (&json!([NEW_GRID]), &json!([GRID])));
        assert_eq!((items[1].get("before"), &items[1]["after"]["note"]), (None, &json!("first")));
    }

    async fn a_grid_that_waits_can_come_earlier(db: Database) {
        let town = Town::start(db).await;
        let then = town.test.app.picture.today().tomorrow().unwrap().tomorrow().unwrap();
        put(&town, &format!("?crs=wgs84&from={then}"), Some(0), &thirds()).await.ok();
        put(&town, "?crs=wgs84", Some(1), &thirds()).await.ok();
        assert!(town.get("leader", "/api/v1/areas").await.text.contains(NEW_GRID));
        town.test.advance(3 * 86_400);
        town.test.app.refresh_picture(false).await.unwrap();
        let areas = town.get("leader", "/api/v1/areas").await.ok();
        let borne = areas["items"].as_array().unwrap().iter().filter(|it| it["code"] == json!(NEW_GRID)).count();
        assert_eq!(borne, 1);
    }

    async fn what_is_wrong_is_told_with_its_place_and_nothing_is_saved(db: Database) {
        let town = Town::start(db).await;
        let tie = json!([[[117.05, 39.37], [117.07, 39.38], [117.07, 39.37], [117.05, 39.38], [117.05, 39.37]]]);
        let crossed = map(vec![feature(GRID, None, tie), feature(OTHER_GRID, None, rect(50.0, 380.3, 70.0, 390.0))]);
        let overlap = map(vec![feature(GRID, None, rect(50.0, 370.0, 70.0, 382.0)), feature(OTHER_GRID, None, rect(50.0, 380.0, 70.0, 390.0))]);
        let gap = map(vec![feature(COMMUNITY, None, rect(50.0, 370.0, 70.0, 390.0)), feature(GRID, None, rect(50.0, 370.0, 70.0, 380.0))]);
        let outside = map(vec![feature(COMMUNITY, None, rect(50.0, 370.0, 70.0, 380.0)), feature(GRID, None, rect(50.0, 370.0, 72.0, 380.0))]);
        let all = |kind: &str, codes: &[&str]| vec![(kind.to_owned(), codes.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())];
        for (map, expected, lat, lon) in [
            (&crossed, all("self_crossing", &[GRID]), 39.375, 117.06),
            (&overlap, all("overlap", &[GRID, OTHER_GRID]), 39.381, 117.06),
            (&gap, all("gap", &[COMMUNITY]), 39.385, 117.06),
            (&outside, all("outside", &[GRID, COMMUNITY]), 39.375, 117.071),
        ] {
            let looked = put(&town, "?crs=wgs84&dry_run=true", None, map).await;
            assert_eq!((looked.status, kinds(&looked), &looked.body["saved"]), (200, expected.clone(), &json!(false)), "{}", looked.text);
            let answer = put(&town, "?crs=wgs84", Some(0), map).await;
            assert_eq!((answer.problem(), kinds(&answer)), ((422, "map_not_whole"), expected), "{}", answer.text);
            assert_eq!(answer.headers.get("content-type").unwrap(), "application/problem+json");
            let place = &answer.body["findings"][0];
            let off = |key: &str, to: f64| (place[key].as_f64().unwrap() - to).abs();
            assert!(off("lat", lat) < 0.001 && off("lon", lon) < 0.002, "{place}");
            assert!(place["geometry"]["coordinates"].is_array(), "{place}");
        }
        assert_eq!(town.get("leader", &path("")).await.ok()["version"], json!(0));
        assert_eq!(town.get("auditor", &path("/log")).await.ok()["items"], json!([]));
        // A sound one that was only looked at is not saved either.
        let looked = put(&town, "?crs=wgs84&dry_run=true", None, &thirds()).await.ok();
        assert_eq!((&looked["findings"], &looked["new_areas"], &looked["saved"]), (&json!([]), &json!([NEW_GRID]), &json!(false)));
        assert_eq!(town.get("leader", &path("")).await.ok()["version"], json!(0));
        assert!(!town.get("leader", "/api/v1/areas").await.text.contains(NEW_GRID));
    }

    async fn a_wrong_field_is_named(db: Database) {
        let town = Town::start(db).await;
        let one = |code: &str, coordinates: Value| map(vec![feature(GRID, None, rect(50.0, 370.0, 70.0, 380.0)), feature(code, None, coordinates)]);
        let good = || rect(50.0, 380.0, 70.0, 390.0);
        let with = |at: &str, value: Value| {
            let mut it = one(OTHER_GRID, good());
            *it.pointer_mut(at).unwrap() = value;
            it
        };
        let code = "features.1.properties.code";
        for (map, asked, field) in [
            (halves(), "", "crs"),
            (halves(), "?crs=wgs84&from=2020-01-01", "from"),
            (halves(), "?crs=wgs84&from=2099-01-01", "from"),
            (halves(), &*format!("?crs=wgs84&note={}", "x".repeat(201)), "note"),
            (map(vec![]), "?crs=wgs84", "features"),
            (one("120114", good()), "?crs=wgs84", code),
            (one("120114001001000", good()), "?crs=wgs84", code),
            (one("12011400100100", good()), "?crs=wgs84", code),
            (one("120114002001001", good()), "?crs=wgs84", code),
            (one("120114001009001", good()), "?crs=wgs84", code),
            (one(GRID, good()), "?crs=wgs84", code),
            (one(NEW_GRID, good()), "?crs=wgs84", "features.1.properties.name"),
            (with("/features/1/properties/name", json!("x".repeat(99))), "?crs=wgs84", "features.1.properties.name"),
            (with("/features/1/geometry/type", json!("Point")), "?crs=wgs84", "features.1.geometry.coordinates"),
            (with("/features/1/geometry/coordinates", json!([])), "?crs=wgs84", "features.1.geometry.coordinates"),
            (with("/features/1/geometry/coordinates/0/4", json!([117.0, 39.0])), "?crs=wgs84", "features.1.geometry.coordinates.0"),
            (with("/features/1/geometry/coordinates/0/2", json!([39.39, 117.07])), "?crs=wgs84", "features.1.geometry.coordinates.0.2"),
            (with("/features/1/geometry/coordinates/0/2", json!(["a"])), "?crs=wgs84", "features.1.geometry.coordinates"),
            (with("/type", json!("Feature")), "?crs=wgs84", "type"),
        ] {
            let answer = put(&town, asked, Some(0), &map).await;
            assert!(answer.status == 422 && fields(&answer).contains(&field), "{field}: {}", answer.text);
        }
        assert_eq!(put(&town, "?crs=mars", Some(0), &halves()).await.problem(), (400, "bad_query"));
        let mut aliased = halves();
        aliased["features"][2]["properties"]["alias"] = json!("10000012011400200101");
        assert_eq!(fields(&put(&town, "?crs=wgs84", Some(0), &aliased).await), ["features.2.properties.alias"]);
        aliased["features"][2]["properties"]["alias"] = json!("10000012011400100101");
        put(&town, "?crs=wgs84", Some(0), &aliased).await.ok();
        let areas = town.get("leader", "/api/v1/areas").await.ok();
        let grid = areas["items"].as_array().unwrap().iter().find(|it| it["code"] == json!(GRID)).unwrap();
        assert_eq!(grid["alias"], json!("10000012011400100101"), "it is on file");
    }

    async fn a_map_of_another_system_is_the_same_place_and_goes_out_in_it(db: Database) {
        let town = Town::start(db).await;
        put(&town, "?crs=wgs84", Some(0), &halves()).await.ok();
        let here = town.get("leader", &path("")).await.ok();
        let there = town.get("leader", &path("?crs=gcj02")).await.ok();
        let corner = |it: &Value| it["features"][1]["geometry"]["coordinates"][0][0].clone();
        let shift = corner(&there)[0].as_f64().unwrap() - corner(&here)[0].as_f64().unwrap();
        assert!((0.004..0.008).contains(&shift), "{shift}");
        assert_eq!(there["coordinates_in"], json!("gcj02"));
        // What went out comes in again: an export is an import.
        put(&town, "?crs=gcj02", Some(1), &there).await.ok();
        let back = town.get("leader", &path("")).await.ok();
        let off = (corner(&back)[0].as_f64().unwrap() - corner(&here)[0].as_f64().unwrap()).abs();
        assert!(off < 3e-7, "{off}");
        let overlap = map(vec![feature(GRID, None, rect(50.0, 370.0, 70.0, 382.0)), feature(OTHER_GRID, None, rect(50.0, 380.0, 70.0, 390.0))]);
        let told = put(&town, "?crs=gcj02", Some(2), &overlap).await;
        let lon = told.body["findings"][0]["lon"].as_f64().unwrap();
        assert!((117.05..=117.07).contains(&lon), "a place is told in the numbers that came: {lon}");
    }

    async fn a_home_follows_when_somebody_has_said_so_and_not_before(db: Database) {
        let town = Town::start(db).await;
        let looked = put(&town, "?crs=wgs84&dry_run=true", None, &thirds()).await.ok();
        let ways = json!([{"from": GRID, "to": OTHER_GRID, "households": 1, "elders": 1}, {"from": GRID, "to": NEW_GRID, "households": 1, "elders": 1}]);
        assert_eq!((&looked["homes"]["moving"], &looked["homes"]["ways"]), (&json!(2), &ways));
        put(&town, "?crs=wgs84", Some(0), &thirds()).await.ok();
        assert_eq!((grid_of(&town, 0).await, grid_of(&town, 1).await), (GRID.to_owned(), GRID.to_owned()), "a map moves nobody");
        let homes = town.get("desk", &path("/homes")).await.ok();
        assert_eq!((&homes["moving"], &homes["outside"], &homes["without_position"]), (&json!(2), &json!(0), &json!(0)));
        let zero = homes["homes"].as_array().unwrap().iter().find(|it| it["to"] == json!(NEW_GRID)).unwrap();
        assert_eq!((&zero["elders"][0]["id"], &zero["from"]), (&json!(elder_0()), &json!(GRID)));
        let post = async |version, body: Value| send(&town, Method::POST, "leader", &path("/homes"), version, &body).await;
        let chosen = json!({"households": [zero["household_id"]]});
        assert_eq!(post(None, chosen.clone()).await.problem(), (428, "if_match_missing"));
        assert_eq!(post(Some(0), chosen.clone()).await.problem(), (412, "changed_meanwhile"));
        for body in [json!({}), json!({"households": []}), json!({"households": [zero["household_id"]], "all": true})] {
            assert_eq!(post(Some(1), body).await.problem(), (422, "invalid_value"));
        }
        let done = post(Some(1), chosen.clone()).await.ok();
        assert_eq!((&done["moved"], &done["moved_elders"], &done["homes"]["moving"]), (&json!(1), &json!(1), &json!(1)));
        assert_eq!((grid_of(&town, 0).await, grid_of(&town, 1).await), (NEW_GRID.to_owned(), GRID.to_owned()));
        assert_eq!(post(Some(1), chosen).await.problem(), (422, "invalid_value"), "it lies where it is filed by now");
        // Whoever calls now calls from there.
        let case = town.press().await;
        assert_eq!(&*town.view(case).await.area_code, NEW_GRID);
        let log = town.get("auditor", &format!("/api/v1/elders/{}/file/log", elder_0())).await.ok();
        assert_eq!((&log["items"][0]["what"], &log["items"][0]["by"], &log["items"][0]["after"]), (&json!("other_grid"), &json!(user("leader")), &json!({"area_code": NEW_GRID})));
        town.test.advance(1);
        let done = post(Some(1), json!({"all": true})).await.ok();
        assert_eq!((&done["moved"], &done["homes"]["moving"]), (&json!(1), &json!(0)));
        assert_eq!(grid_of(&town, 1).await, OTHER_GRID);
        // The rows too, and not the picture alone.
        let town = town.restart().await;
        assert_eq!((grid_of(&town, 0).await, grid_of(&town, 1).await), (NEW_GRID.to_owned(), OTHER_GRID.to_owned()));
        let house = town.get("leader", "/api/v1/chains").await.ok();
        let grids: Vec<&Value> = house["grids"].as_array().unwrap().iter().map(|it| &it["area_code"]).collect();
        assert_eq!(grids, [&json!(OTHER_GRID), &json!(NEW_GRID)], "the homes are filed there as well");
        let log = town.get("auditor", &path("/log")).await.ok();
        assert_eq!((&log["items"][0]["what"], &log["items"][0]["after"]["elders"]), (&json!("homes_moved"), &json!(1)));
    }

    async fn homes_outside_of_every_grid_are_listed_and_stay(db: Database) {
        let town = Town::start(db).await;
        let far = map(vec![feature(GRID, None, rect(90.0, 370.0, 99.0, 380.0))]);
        put(&town, "?crs=wgs84", Some(0), &far).await.ok();
        let homes = town.get("desk", &path("/homes")).await.ok();
        assert_eq!((&homes["moving"], &homes["outside"], homes["outside_homes"].as_array().unwrap().len()), (&json!(0), &json!(2), 2));
        let done = send(&town, Method::POST, "leader", &path("/homes"), Some(1), &json!({"all": true})).await.ok();
        assert_eq!(done["moved"], json!(0));
        assert_eq!(grid_of(&town, 0).await, GRID);
    }

    async fn a_line_cuts_an_outline_and_says_why_when_it_does_not(db: Database) {
        let town = Town::start(db).await;
        let cut = async |line: Value, coordinates: Value| {
            let body = json!({"coordinates": coordinates, "line": line, "crs": "wgs84"});
            send(&town, Method::POST, "leader", &path("/split"), None, &body).await
        };
        let square = || rect(50.0, 370.0, 70.0, 390.0);
        let done = cut(json!([[117.058, 39.36], [117.058, 39.40]]), square()).await.ok();
        let areas: Vec<f64> = done["parts"].as_array().unwrap().iter().map(|it| it["area_m2"].as_f64().unwrap()).collect();
        assert_eq!(areas.len(), 2);
        assert!((areas[0] / areas[1] - 1.5).abs() < 0.01, "{areas:?}");
        // The parts make a map.
        let geometry = |n: usize| done["parts"][n]["geometry"]["coordinates"].clone();
        let parts = map(vec![feature(COMMUNITY, None, square()), feature(GRID, None, geometry(0)), feature(OTHER_GRID, None, geometry(1))]);
        put(&town, "?crs=wgs84", Some(0), &parts).await.ok();
        let looped = json!([[117.04, 39.38], [117.06, 39.38], [117.06, 39.385], [117.055, 39.385], [117.055, 39.36]]);
        let answer = cut(looped, square()).await;
        assert_eq!((answer.problem().0, kinds(&answer)[0].0.as_str()), (422, "line_crosses_itself"));
        for (line, coordinates, field) in [
            (json!([[117.06, 39.38], [117.06, 39.40]]), square(), "line"),
            (json!([[117.06, 39.38]]), square(), "line"),
            (json!([[39.38, 117.06], [117.06, 39.40]]), square(), "line.0"),
            (json!([[117.06, 39.36], [117.06, 39.40]]), json!([[[117.05, 39.37]]]), "coordinates.0"),
        ] {
            let answer = cut(line, coordinates).await;
            assert!(answer.status == 422 && fields(&answer) == [field], "{}", answer.text);
        }
    }

    async fn whoever_has_a_part_of_a_street_sees_its_map_and_draws_nothing(db: Database) {
        let town = Town::start(db).await;
        let account = NewAccount {
            id: user("part"),
            username: "part".to_owned(),
            password_hash: auth::hash_password(PASSWORD).unwrap().to_string(),
            role: Role::DutyLeader,
            scope: [OTHER_GRID.parse::<AreaCode>().unwrap()].into_iter().collect(),
            responder: None,
        };
        town.test.app.store.add_account(account, town.test.clock.now()).await.unwrap();
        put(&town, "?crs=wgs84", Some(0), &halves()).await.ok();
        assert_eq!(town.get("part", &path("")).await.ok()["features"].as_array().unwrap().len(), 3);
        assert_eq!(town.get("part", &path("/homes")).await.ok()["moving"], json!(0), "homes of other grids are not theirs to see");
        for (method, rest, account, body, problem) in [
            (Method::PUT, "?crs=wgs84", "part", halves(), (403, "not_your_street")),
            (Method::POST, "/homes", "part", json!({"all": true}), (403, "not_your_street")),
            (Method::POST, "/split", "part", json!({}), (422, "missing_field")),
            (Method::PUT, "?crs=wgs84", "desk", halves(), (403, "role_not_allowed")),
            (Method::PUT, "?crs=wgs84", "far_leader", halves(), (404, "area_not_found")),
            (Method::GET, "", "far_leader", json!({}), (404, "area_not_found")),
            (Method::GET, "/homes", "far_desk", json!({}), (404, "area_not_found")),
            (Method::GET, "/log", "far_auditor", json!({}), (404, "area_not_found")),
        ] {
            let answer = send(&town, method, account, &path(rest), Some(1), &body).await;
            assert_eq!(answer.problem(), problem, "{rest} as {account}: {}", answer.text);
        }
        for other in [NEXT_STREET, COMMUNITY, "120114", "nothing"] {
            let answer = town.get("leader", &format!("/api/v1/areas/{other}/map")).await;
            assert_eq!(answer.problem(), (404, "area_not_found"), "{other}");
        }
        let listed = town.get("auditor", "/api/v1/area-codes").await.ok();
        let wuqing = &listed["districts"][0];
        assert_eq!((&wuqing["district"], wuqing["items"].as_array().unwrap().len()), (&json!("120114"), 37));
        assert!(wuqing["source"].as_str().unwrap().contains("National Bureau of Statistics"), "{wuqing}");
    }
}
