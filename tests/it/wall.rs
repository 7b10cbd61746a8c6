//! The board on the wall: a link opens one screen once, the screen reads figures and nothing else, and no figure names anybody.

use actix_web::http::Method;
use eldercare_dispatch::api::rights::{ROUTES, Who};
use eldercare_dispatch::api::walls::{COOKIE, LINK_FOR};
use eldercare_dispatch::case::{Author, Command};
use eldercare_dispatch::dispatch::AlertReport;
use serde_json::{Value, json};

use crate::api_town::{Answer, NEXT_STREET, STREET, Town, user};
use crate::harness::both_stores;
use crate::harness::street::{GRID, alert};

const JSON: (&str, &str) = ("content-type", "application/json");

/// The screen's id and the token of its link.
async fn link(town: &Town, by: &str, areas: Value) -> (String, String) {
    let made = town
        .post(by, "/api/v1/walls", json!({"label": "大厅", "areas": areas}))
        .await
        .ok();
    let (page, token) = made["link"].as_str().unwrap().split_once('#').unwrap();
    assert!(
        page.ends_with("/wall") && made["qr_svg"].as_str().unwrap().contains("<svg"),
        "{page}"
    );
    (made["id"].as_str().unwrap().to_owned(), token.to_owned())
}

async fn open(town: &Town, token: &str) -> Answer {
    let body = json!({"token": token}).to_string();
    town.raw(Method::POST, "/api/v1/wall/session", &[JSON], body).await
}

/// A new screen: its id and its cookie.
async fn screen(town: &Town, areas: Value) -> (String, String) {
    let (id, token) = link(town, "leader", areas).await;
    let answer = open(town, &token).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let set = answer.headers.get("set-cookie").unwrap().to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/wall;"] {
        assert!(set.contains(part), "{part} in {set}");
    }
    assert!(set.starts_with(&format!("{COOKIE}=")));
    (id, set.split(';').next().unwrap().to_owned())
}

async fn look(town: &Town, cookie: &str, path: &str) -> Answer {
    town.raw(Method::GET, &format!("/api/v1/wall/{path}"), &[("cookie", cookie)], "")
        .await
}

/// The board, worked out anew.
async fn board(town: &Town, cookie: &str) -> Value {
    town.test.advance(2);
    look(town, cookie, "board").await.ok()
}

both_stores! {
    async fn a_link_opens_one_screen_once_and_a_leader_shuts_it_out(db: Database) {
        let town = Town::start(db).await;
        let (id, token) = link(&town, "leader", json!([])).await;
        let state = async || town.get("admin", "/api/v1/walls").await.ok()["items"][0]["state"].as_str().unwrap().to_owned();
        assert_eq!(state().await, "waiting");
        let first = open(&town, &token).await;
        assert_eq!(first.status, 204);
        let cookie = first.headers.get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
        assert_eq!(open(&town, &token).await.problem(), (401, "link_not_good"), "a second time");
        assert_eq!(look(&town, &cookie, "board").await.status, 200);
        assert_eq!(state().await, "open");
        // Another street's leader neither sees it nor shuts it out.
        assert_eq!(town.get("far_leader", "/api/v1/walls").await.ok()["items"], json!([]));
        let revoke = format!("/api/v1/walls/{id}/revoke");
        assert_eq!(town.post("far_leader", &revoke, json!({})).await.problem(), (404, "wall_not_found"));
        assert_eq!(town.post("leader", &revoke, json!({})).await.status, 204);
        assert_eq!(look(&town, &cookie, "board").await.problem(), (401, "session_ended"));
        assert_eq!(state().await, "revoked");
        // A link that nobody opens in time, and one that was taken back before.
        let (_, late) = link(&town, "admin", json!([GRID])).await;
        let (back, taken) = link(&town, "admin", json!([GRID])).await;
        town.post("admin", &format!("/api/v1/walls/{back}/revoke"), json!({})).await;
        assert_eq!(open(&town, &taken).await.problem(), (401, "link_not_good"));
        town.test.advance(LINK_FOR.as_secs().unsigned_abs());
        town.forget_tokens();
        assert_eq!(open(&town, &late).await.problem(), (401, "link_not_good"));
        assert_eq!(town.post("leader", "/api/v1/walls", json!({"label": "厅", "areas": [NEXT_STREET]})).await.status, 422, "not theirs");
        assert_eq!(town.post("leader", "/api/v1/walls", json!({"label": " "})).await.status, 422);
    }

    async fn a_screen_opens_its_own_routes_and_no_other(db: Database) {
        let town = Town::start(db).await;
        let (_, cookie) = screen(&town, json!([])).await;
        let mut own = 0;
        for route in ROUTES.iter().filter(|it| !matches!(it.who, Who::Anybody | Who::Cloud)) {
            let path = route.path.replace("{z}", "12").replace("{x}", "3380").replace("{y}", "1553").replace(['{', '}'], "");
            let answer = town.raw(route.method.clone(), &path, &[JSON, ("cookie", &cookie)], "{}").await;
            if route.who == Who::Wall {
                assert!(matches!(answer.status, 200 | 204), "{path}: {}", answer.text);
                assert_eq!(route.method, Method::GET, "a screen changes nothing");
                own += 1;
            } else {
                assert_eq!(answer.status, 401, "{} {path}: {}", route.method, answer.text);
            }
        }
        assert_eq!(own, 3);
    }

    async fn no_answer_to_a_screen_holds_a_name_an_address_or_a_door(db: Database) {
        let town = Town::start(db).await;
        let (_, cookie) = screen(&town, json!([])).await;
        let case = town.press_and_offer().await;
        assert_eq!(town.say_yes(case, "g1", "G1").await.status, 200);
        let mut said = String::new();
        for path in ["board", "map", "tiles/12/3380/1553"] {
            said.push_str(&look(&town, &cookie, path).await.text);
        }
        let picture = &town.test.app.picture;
        let mut names: Vec<String> = picture.responders().iter().flat_map(|it| [it.name.clone(), it.id.to_string()]).collect();
        picture.each_elder(|elder| {
            let contacts = picture.facts(elder.id).unwrap().contacts;
            names.extend(contacts.iter().map(|it| it.name.clone()));
            names.extend([elder.name.clone(), elder.door_on(picture.today()).0.to_owned(), elder.id.to_string()]);
            // Nor the point of a door, to four digits.
            if let Some(home) = elder.home {
                names.extend([format!("{:.4}", home.lat()), format!("{:.4}", home.lon())]);
            }
        });
        names.extend([case.to_string(), town.view(case).await.number.to_string(), "4711".to_owned(), "13900000001".to_owned()]);
        assert!(names.len() > 20 && said.contains("\"open\":1"), "{said}");
        for it in names {
            assert!(!said.contains(&it), "{it} is on the wall: {said}");
        }
    }

    async fn what_speaks_by_itself_is_there_or_silent_on_the_wall_and_on_the_elders_card(db: Database) {
        let town = Town::start(db).await;
        let app = &town.test.app;
        let (_, cookie) = screen(&town, json!([STREET])).await;
        let mut watch = (*app.picture.device(town.device).unwrap()).clone();
        watch.beat_s = Some(900);
        app.store.put_devices(vec![watch.clone()], town.test.clock.now()).await.unwrap();
        app.refresh_picture(true).await.unwrap();
        let elder = watch.elder().unwrap();
        let card = async || {
            town.forget_tokens(); // the clock is turned by more than one lasts
            let file = town.get("desk", &format!("/api/v1/elders/{elder}")).await.ok();
            file["devices"].as_array().unwrap().iter().find(|it| it["id"] == json!(watch.id)).unwrap().clone()
        };
        assert_eq!((&card().await["presence"], card().await.get("heard_at")), (&json!("never"), None));
        town.test.advance(1_000);
        assert!(board(&town, &cookie).await["devices"].get("online_percent").is_none(), "never heard is not missed");
        let told = eldercare_dispatch::dispatch::Told { battery_percent: Some(12), signal_percent: Some(60), ..Default::default() };
        app.signs.heard(&watch, told);
        let heard_at = town.test.clock.now();
        town.test.advance(1_000);
        let it = card().await;
        assert_eq!((&it["presence"], &it["battery_percent"], &it["battery_low"], &it["signal_percent"]), (&json!("late"), &json!(12), &json!(true), &json!(60)));
        assert_eq!(it["heard_at"], json!(heard_at));
        let devices = board(&town, &cookie).await["devices"].clone();
        assert_eq!((&devices["awaited"], &devices["online_percent"]), (&json!(1), &json!(100.0)));
        town.test.advance(900);
        assert_eq!(card().await["presence"], "silent");
        app.supervision.look().await.unwrap();
        let devices = board(&town, &cookie).await["devices"].clone();
        assert_eq!((&devices["awaited"], &devices["online_percent"], &devices["faults"]), (&json!(1), &json!(0.0), &json!(2)), "silent, and low");
    }

    async fn the_figures_are_those_of_the_cases(db: Database) {
        let town = Town::start(db).await;
        let (_, cookie) = screen(&town, json!([STREET])).await;
        let (_, elsewhere) = screen(&town, json!(["120114001002"])).await;
        let calm = board(&town, &cookie).await;
        assert_eq!((&calm["open"], &calm["in_time"]["cases"], &calm["to_accept"]), (&json!(0), &json!(0), &json!({"cases": 0})));
        assert!(calm["devices"].get("online_percent").is_none(), "nobody measures it, and nobody invents it");
        assert_eq!((&calm["devices"]["in_service"], &calm["devices"]["heard_24h"]), (&json!(2), &json!(0)));
        let case = town.press_and_offer().await; // 40 s after the press
        let now = board(&town, &cookie).await;
        assert_eq!((&now["open"], &now["waiting"], &now["calls_24h"], &now["devices"]["heard_24h"]), (&json!(1), &json!(1), &json!(1), &json!(1)));
        assert_eq!(now["hours"].as_array().unwrap().len(), 24);
        assert_eq!(now["hours"][23]["critical"], 1);
        assert_eq!(now["cells"].as_array().unwrap().iter().filter(|it| it["open"] == 1 && it["severity"] == "critical").count(), 1);
        let (east, west) = (now["cells"][0]["bounds"][2].as_f64().unwrap(), now["cells"][0]["bounds"][0].as_f64().unwrap());
        assert!(east - west > 0.01, "a square is about a kilometre wide");
        town.say_yes(case, "g1", "G1").await; // at 42 s
        town.test.advance(8);
        town.test.app.desk.run_due().await.unwrap();
        town.stand("g1", 20.0).await;
        assert_eq!(town.post("g1", &format!("/api/v1/assignments/{case}/arrive"), json!({})).await.status, 200);
        let now = board(&town, &cookie).await;
        assert_eq!(now["to_accept"], json!({"cases": 1, "p50_s": 42, "p90_s": 42}));
        assert_eq!(now["to_arrive"], json!({"cases": 1, "p50_s": 50, "p90_s": 50}));
        assert_eq!(now["in_time"], json!({"minutes": 15, "cases": 1, "in_time": 1}));
        assert_eq!((&now["waiting"], &now["people"]["busy"]), (&json!(0), &json!(1)));
        // An exercise is in no figure.
        let drill = AlertReport { drill: true, ..alert(1, "sos", "drill") };
        town.test.app.desk.report(drill).await.unwrap();
        let with = board(&town, &cookie).await;
        assert_eq!((&with["open"], &with["calls_24h"]), (&json!(1), &json!(1)));
        // Over: open no more, and still measured.
        let over = Command::Resolve { outcome: eldercare_dispatch::case::Outcome::Helped };
        town.test.app.desk.handle(case, over, Author::User(user("desk"))).await.unwrap();
        let now = board(&town, &cookie).await;
        assert_eq!((&now["open"], &now["to_arrive"]["cases"]), (&json!(0), &json!(1)));
        assert_eq!(board(&town, &elsewhere).await["calls_24h"], 0, "another community's screen");
    }
}
