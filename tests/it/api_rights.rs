//! One table of routes: each has a rule, each rule is kept, and nothing is deleted by an API.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::Method;
use eldercare_dispatch::api::openapi::Contract;
use eldercare_dispatch::api::rights::{ROUTES, Route, What, Who};
use eldercare_dispatch::people::Role;
use serde_json::json;
use utoipa::OpenApi as _;

use crate::api_town::{Town, elder_0};
use crate::harness::both_stores;
use crate::harness::street::who;

/// A name in the street, a name in the next one.
const ROLES: &[(Role, &str, &str)] = &[
    (Role::Admin, "admin", "far_admin"),
    (Role::DutyLeader, "leader", "far_leader"),
    (Role::Dispatcher, "desk", "far_desk"),
    (Role::GridWorker, "g1", "far_g"),
    (Role::Caregiver, "family", "far_family"),
    (Role::Auditor, "auditor", "far_auditor"),
];

#[test]
fn no_route_deletes_and_none_stands_twice() {
    let mut seen = BTreeSet::new();
    for route in ROUTES {
        assert!(
            [Method::GET, Method::POST, Method::PUT].contains(&route.method),
            "{} {}",
            route.method,
            route.path
        );
        assert!(
            seen.insert((route.path, route.method.to_string())),
            "{} {}",
            route.method,
            route.path
        );
        for word in ["delete", "remove", "purge", "erase"] {
            assert!(!route.path.contains(word), "{}", route.path);
        }
        // A path that names something has a rule about what it names.
        let names = route.path.contains("{id}") || route.path.contains("{case_id}");
        let free = route.path.starts_with("/api/v1/quarantine/{id}/");
        assert!(
            !names || free || !matches!(route.what, What::Nothing | What::Own | What::List),
            "{}",
            route.path
        );
    }
}

#[test]
fn the_contract_has_every_route_and_no_other() {
    let contract = serde_json::to_value(Contract::openapi()).unwrap();
    assert!(contract["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut told = BTreeSet::new();
    for (path, methods) in contract["paths"].as_object().unwrap() {
        told.extend(
            methods
                .as_object()
                .unwrap()
                .keys()
                .map(|it| (path.clone(), it.to_uppercase())),
        );
    }
    let mounted: BTreeSet<_> = ROUTES
        .iter()
        .map(|it| (it.path.to_owned(), it.method.to_string()))
        .collect();
    assert_eq!(told, mounted);
}

/// Whatever is mounted is mounted from the table: no file of the room names a route in another way.
#[test]
fn nothing_is_mounted_beside_the_table() {
    let room = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    for entry in std::fs::read_dir(room).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue; // the pages of the web clients: files of our own for everybody, no data
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for word in [
            "#[get(",
            "#[post(",
            "#[put(",
            "#[delete(",
            "#[patch(",
            "web::scope(",
            "web::delete(",
            "web::get(",
            "web::post(",
        ] {
            assert!(!text.contains(word), "{word} in {name}");
        }
        assert!(name == "rights.rs" || !text.contains("web::resource("), "{name}");
    }
}

fn path_of(route: &Route, ids: &BTreeMap<&str, String>) -> String {
    let id = match route.what {
        What::Case(_) => &ids["case"],
        What::Offer => &ids["offer"],
        What::Elder => &ids["elder"],
        What::Responder => &ids["responder"],
        What::Handover => &ids["handover"],
        What::FamilyCase | What::FamilyRequest | What::DeviceCase => &ids["case"],
        What::Station => &ids["station"],
        What::Account => &ids["account"],
        What::FamilyDevice => &ids["device"],
        What::Device => &ids["button"],
        What::WallScreen => &ids["wall"],
        What::Nothing | What::Own | What::List | What::Assignment => &ids["row"],
        What::Canary => &ids["canary"],
        What::StreetNode => &ids["street"],
    };
    let path = route
        .path
        .replace("{id}", id)
        .replace("{case_id}", &ids["case"])
        .replace("{rid}", &ids["referral"]);
    if path == "/api/v1/circles" {
        path + "?lat=39.38&lon=117.06&crs=wgs84&mode=walk"
    } else if route.path == "/api/v1/elders/{id}/stations" {
        path + "?service=meal"
    } else {
        path
    }
}

fn roles(route: &Route) -> &'static [Role] {
    match route.who {
        Who::Anybody | Who::Family | Who::Wall | Who::Devices | Who::Cloud => &[],
        Who::People(roles) | Who::DevicesAnd(roles) => roles,
    }
}

both_stores! {
    async fn every_route_keeps_its_rule_for_every_role_and_for_foreign_areas(db: Database) {
        let town = Town::start(db).await;
        let case = town.press_and_offer().await;
        let handover = town.post("desk", "/api/v1/handovers", json!({})).await.ok();
        let station = json!({"code": "S1", "station": {"kind": "canteen", "name": "食堂", "address": "光明道1号", "area_code": "120114001001"}});
        let ids = BTreeMap::from([
            // One that nothing below signs in with: its sessions are ended and its password is made anew.
            ("account", town.post("admin", "/api/v1/accounts", json!({"username": "somebody", "rights": {"role": "auditor", "areas": ["120114001"]}})).await.ok()["account"]["id"].as_str().unwrap().to_owned()),
            ("station", town.post("leader", "/api/v1/stations", station).await.ok()["id"].as_str().unwrap().to_owned()),
            ("handover", handover["handover"]["id"].as_str().unwrap().to_owned()),
            ("case", case.to_string()),
            ("offer", town.offer_to(case, "G1").await.to_string()),
            ("elder", elder_0().to_string()),
            ("responder", who("G1").to_string()),
            ("referral", format!("ref_{}", "0".repeat(32))),
            ("row", uuid::Uuid::nil().to_string()),
            ("button", town.device.to_string()),
            ("street", town.post("admin", "/api/v1/district/streets", json!({"label": "街", "areas": ["120114001"]})).await.ok()["id"].as_str().unwrap().to_owned()),
            ("canary", format!("canary_{}", "0".repeat(32))),
            ("device", format!("famdev_{}", "0".repeat(32))),
            ("wall", town.post("leader", "/api/v1/walls", json!({"label": "大厅"})).await.ok()["id"].as_str().unwrap().to_owned()),
        ]);
        let device = format!("Device {}:{}", town.device, town.key);
        for route in ROUTES.iter().filter(|it| it.who != Who::Anybody) {
            let what = format!("{} {}", route.method, route.path);
            let path = path_of(route, &ids);
            if route.path == "/api/v1/cap" {
                let keyed = town.raw(route.method.clone(), &path, &[("authorization", &device)], "<alert/>").await;
                assert_eq!(keyed.problem(), (401, "cap_unsigned"), "{what} as a device");
                assert_eq!(town.any(&route.method, "admin", &path, "<alert/>").await.problem(), (401, "cap_unsigned"), "{what} as admin");
                continue;
            }
            if route.who == Who::Cloud {
                // Neither an account nor a device pushes: no link is there, or no signature of its cloud.
                for path in ["/api/v1/push/onenet/none", "/api/v1/push/nobody/yc"] {
                    let keyed = town.raw(route.method.clone(), path, &[("authorization", &device)], "{}").await;
                    assert_eq!(keyed.problem(), (404, "push_link_not_found"), "{what} as a device");
                    let answer = town.any(&route.method, "admin", path, "{}").await;
                    assert_eq!(answer.problem(), (404, "push_link_not_found"), "{what} as admin");
                }
                continue;
            }
            if matches!(route.who, Who::Family | Who::Wall) {
                // Neither an account nor a device opens the family's page or the wall's: each knows one cookie and nothing else.
                let json = ("content-type", "application/json");
                assert_eq!(town.raw(route.method.clone(), &path, &[json], "{}").await.problem(), (401, "no_session"), "{what}");
                let keyed = town.raw(route.method.clone(), &path, &[json, ("authorization", &device)], "{}").await;
                assert_eq!(keyed.problem(), (401, "no_session"), "{what} as a device");
                for (_, near, _) in ROLES {
                    assert_eq!(town.any(&route.method, near, &path, "{}").await.problem(), (401, "no_session"), "{what} as {near}");
                }
                continue;
            }
            assert_eq!(town.raw(route.method.clone(), &path, &[], "").await.problem(), (401, "no_token"), "{what}");
            if matches!(route.who, Who::People(_)) {
                let answer = town.raw(route.method.clone(), &path, &[("authorization", &device)], "{}").await;
                assert_eq!(answer.problem(), (403, "role_not_allowed"), "{what} as a device");
            }
            for (role, near, far) in ROLES {
                let allowed = roles(route).contains(role);
                // Far first: what a stranger tries must not depend on what happened.
                let answer = town.any(&route.method, far, &path, "{}").await;
                if !allowed {
                    assert_eq!(answer.problem(), (403, "role_not_allowed"), "{what} as {far}");
                    assert_eq!(town.any(&route.method, near, &path, "{}").await.problem(), (403, "role_not_allowed"), "{what} as {near}");
                    continue;
                }
                match route.what {
                    What::Case(_) | What::Offer | What::Assignment | What::Responder | What::WallScreen | What::Handover | What::Device | What::Station | What::Account | What::Canary | What::StreetNode => {
                        let hidden = answer.status == 404 || answer.problem() == (403, "not_a_responder");
                        assert!(hidden, "{what} as {far}: {}", answer.text);
                    }
                    // Asked without a case, a responder is told what is missing, and nothing else.
                    What::Elder => assert!(matches!(answer.status, 404 | 422), "{what} as {far}: {}", answer.text),
                    What::Nothing | What::Own | What::List => {}
                    What::FamilyCase | What::FamilyDevice | What::FamilyRequest | What::DeviceCase => unreachable!("{what} is no account's"),
                }
                for secret in ["老人0", "泉州路", ids["case"].as_str(), "4711"] {
                    assert!(!answer.text.contains(secret), "{secret} in {what} as {far}: {}", answer.text);
                }
                let own = town.any(&route.method, near, &path, "{}").await;
                assert!(own.status != 401 && own.problem().1 != "role_not_allowed" && own.status < 500, "{what} as {near}: {}", own.text);
            }
            if route.path == "/api/v1/auth/logout" {
                town.forget_tokens();
            }
        }
    }

    async fn addresses_and_methods_that_are_not_there_are_problems(db: Database) {
        let town = Town::start(db).await;
        for path in ["/", "/api", "/api/v1/nothing", "/api/v2/cases", "/api/v1/cases/x/y/z"] {
            assert_eq!(town.raw(Method::GET, path, &[], "").await.problem(), (404, "unknown_route"), "{path}");
        }
        for (method, path, allow) in [
            (Method::DELETE, "/api/v1/cases", "GET, HEAD"),
            (Method::PUT, "/api/v1/alerts", "POST"),
            (Method::GET, "/api/v1/auth/token", "POST"),
            (Method::HEAD, "/api/v1/auth/token", "POST"),
            (Method::OPTIONS, "/healthz", "GET, HEAD"),
            (Method::POST, "/api/v1/responders/me/duty", "PUT"),
        ] {
            let answer = town.raw(method, path, &[], "").await;
            assert_eq!(answer.problem(), (405, "wrong_method"));
            assert_eq!(answer.headers.get("content-type").unwrap(), "application/problem+json");
            assert_eq!(answer.headers.get("allow").unwrap(), allow, "{path}");
        }
        // HEAD is under the same rule as GET.
        assert_eq!(town.raw(Method::HEAD, "/api/v1/cases", &[], "").await.problem(), (401, "no_token"));
        assert_eq!(town.any(&Method::HEAD, "auditor", "/api/v1/elders", "").await.problem(), (403, "role_not_allowed"));
        assert_eq!(town.any(&Method::HEAD, "desk", "/api/v1/elders", "").await.status, 200);
        let case = town.press().await;
        let delete = town.any(&Method::DELETE, "admin", &format!("/api/v1/cases/{case}"), "").await;
        assert_eq!(delete.problem(), (405, "wrong_method"));
        town.view(case).await;
        let document = town.raw(Method::GET, "/api/openapi.json", &[], "").await.ok();
        assert!(document["paths"]["/api/v1/alerts"]["post"].is_object());
        for (body, status, code) in [("{", 400, "malformed_json"), ("{\"x\":1}", 422, "unknown_field")] {
            let path = format!("/api/v1/cases/{case}/take");
            assert_eq!(town.any(&Method::POST, "desk", &path, body).await.problem(), (status, code));
        }
        let huge = json!({"text": "x".repeat(70_000)}).to_string();
        let answer = town.any(&Method::POST, "desk", &format!("/api/v1/cases/{case}/note"), &huge).await;
        assert_eq!(answer.problem(), (413, "too_large"));
    }
}
