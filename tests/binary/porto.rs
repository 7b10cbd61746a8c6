//! The whole way as a street walks it, on Porto's real roads and with none: the program reads the extract and the sheets,
//! makes accounts, serves; after that there is nothing but HTTP and the live socket.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use eldercare_dispatch::people::responder_id;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::harness::{Database, PostgresServer};
use super::{PATIENCE, Service, binary};

/// The elder's door at the Alfândega, on the northern bank of the Douro.
const DOOR: (f64, f64) = (41.1432, -8.6220);
const AREAS: &str = "area_code,name\n120114,波尔图\n120114001,河岸街道\n120114001001,一社区\n120114001001001,一网格\n";
const RESPONDERS: &str = "responder_code,name,kind,skills,mode,area_codes,base_lat,base_lon,base_crs,on_duty\n\
    G1,若昂,grid_worker,first_aid,walk,120114001001001,41.1462,-8.6215,wgs84,yes\n\
    G2,安娜,grid_worker,first_aid,walk,120114001001001,41.1370,-8.6235,wgs84,yes\n\
    G3,鲁伊,grid_worker,first_aid;lift,ebike,120114001001001,41.1579,-8.6442,wgs84,yes\n\
    S1,街道队,street_team,first_aid;lift,car,120114001,41.1640,-8.6280,wgs84,yes\n";
const STATIONS: &str = "station_code,kind,name,address,area_code,lat,lon,crs,hours\n\
    ST1,health_station,河岸卫生站,河岸路1号,120114001,41.1450,-8.6180,wgs84,08:00-18:00\n";
const DUTY: &str = "responder_code,date,from,until\nG1,2030-01-05,08:00,18:00\n";
const DEVICES: &str = "device_code,kind,elder_code,voice_path\nD1,sos_button,E1,yes\n";

/// The extract, or a word that it is not there.
fn extract() -> Option<PathBuf> {
    let file = std::env::var_os("ECD_TEST_DATA").map(|folder| Path::new(&folder).join("osm/porto.osm.pbf"));
    let there = file.filter(|it| it.exists());
    if there.is_none() {
        println!("Porto's extract is not there (ECD_TEST_DATA): the way on real roads was not tried");
    }
    there
}

/// A street's office: a folder in which the program is run.
struct Office {
    folder: tempfile::TempDir,
    _db: Database,
}

impl Office {
    fn new(db: Database, roads: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let roads = if roads { "[roads]\nfile = \"porto.ecd\"\n" } else { "" };
        let text = format!(
            "[store]\nurl = {:?}\nrequire_durable = {}\n[keys]\nmaster_file = \"master.key\"\ntoken_file = \"token.key\"\n{roads}",
            db.config.url, db.config.require_durable,
        );
        std::fs::write(folder.path().join("street.toml"), text).unwrap();
        for (name, text) in [
            ("areas.csv", AREAS.to_owned()),
            ("responders.csv", RESPONDERS.to_owned()),
            (
                "elders.csv",
                format!(
                    "elder_code,name,grid_code,address,lat,lon,crs,needs,door_code\nE1,玛丽亚,120114001001001,河岸路7号,{},{},wgs84,general,4711\n",
                    DOOR.0, DOOR.1
                ),
            ),
            ("devices.csv", DEVICES.to_owned()),
            ("stations.csv", STATIONS.to_owned()),
            ("duty.csv", DUTY.to_owned()),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self { folder, _db: db }
    }

    /// Runs the program and answers what it printed; it must succeed.
    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new(binary())
            .current_dir(self.folder.path())
            .args(arguments)
            .args(["--config", "street.toml"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{arguments:?}: {out}\n{err}");
        out.into_owned()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(arguments)).unwrap()
    }
}

/// Somebody who has signed in.
struct Person<'a> {
    service: &'a Service,
    token: String,
}

impl<'a> Person<'a> {
    async fn sign_in(service: &'a Service, account: &Value) -> Self {
        let asked = json!({"username": account["username"], "password": account["password"]});
        let answer = service
            .client
            .post(format!("{}/api/v1/auth/token", service.address))
            .json(&asked);
        let answer: Value = answer
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap()
            .json()
            .await
            .unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Self { service, token }
    }

    async fn get(&self, path: &str) -> Value {
        let asked = self.service.client.get(format!("{}{path}", self.service.address));
        self.answer(path, asked).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let asked = self
            .service
            .client
            .post(format!("{}{path}", self.service.address))
            .json(&body);
        self.answer(path, asked).await
    }

    async fn answer(&self, path: &str, asked: reqwest::RequestBuilder) -> Value {
        let answer = asked
            .header("Authorization", format!("Bearer {}", self.token))
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Who can be at a place within 15 minutes: by responder, metres and whether it is a guess.
    async fn reach(&self, mode: &str) -> Vec<(String, u64, bool)> {
        let asked = json!({"lat": DOOR.0, "lon": DOOR.1, "crs": "wgs84", "minutes": 15, "mode": mode});
        let answer = self.post("/api/v1/reach", asked).await;
        let all = answer["reached"].as_array().unwrap().iter();
        all.map(|it| {
            let who = it["responder_id"].as_str().unwrap().to_owned();
            (who, it["meters"].as_u64().unwrap(), it["estimated"].as_bool().unwrap())
        })
        .collect()
    }
}

/// The live socket of a desk.
struct Desk(tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>);

impl Desk {
    async fn open(person: &Person<'_>) -> Self {
        let address = person.service.address.replace("http://", "ws://");
        let (socket, _) = tokio_tungstenite::connect_async(format!("{address}/api/v1/live"))
            .await
            .unwrap();
        let mut desk = Self(socket);
        let hello = json!({"type": "hello", "token": person.token, "cursor": null}).to_string();
        desk.0.send(Message::text(hello)).await.unwrap();
        assert_eq!(desk.frame().await["type"], "welcome");
        let snapshot = desk.frame().await;
        assert_eq!(
            (&snapshot["type"], &snapshot["cases"]),
            (&json!("snapshot"), &json!([]))
        );
        desk
    }

    async fn frame(&mut self) -> Value {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next())
                .await
                .expect("nothing came");
            if let Message::Text(text) = next.expect("the socket is open").unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// Reads until the case shows what is waited for.
    async fn until(&mut self, what: &str, shows: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let wait = async {
            loop {
                let frame = self.frame().await;
                if frame["type"] == "changed" {
                    last = frame["case"].clone();
                    if shows(&last) {
                        return;
                    }
                }
            }
        };
        let came = tokio::time::timeout(PATIENCE, wait).await;
        assert!(came.is_ok(), "{what}: {last:#}");
        last
    }
}

fn offer<'a>(case: &'a Value, who: &str) -> Option<&'a Value> {
    case["offers"].as_array()?.iter().find(|it| it["responder_id"] == who)
}

async fn the_whole_way(db: Database, roads: Option<PathBuf>) {
    let on_roads = roads.is_some();
    let office = Office::new(db, on_roads);
    if let Some(extract) = &roads {
        let told = office.run(&["import", "roads", extract.to_str().unwrap(), "--out", "porto.ecd"]);
        assert!(told.contains("turn restrictions"), "{told}");
    }
    office.run(&["migrate"]);
    for (kind, sheet) in [
        ("people", "areas.csv"),
        ("people", "responders.csv"),
        ("people", "elders.csv"),
        ("devices", "devices.csv"),
        ("stations", "stations.csv"),
        ("duty", "duty.csv"),
    ] {
        let told = office.run(&["import", kind, sheet, "--yes"]);
        assert!(told.contains("written"), "{sheet}: {told}");
    }
    let desk = office.json(&[
        "user",
        "add",
        "desk",
        "--role",
        "dispatcher",
        "--area",
        "120114001",
        "--json",
    ]);
    let joao = office.json(&[
        "user",
        "add",
        "joao",
        "--role",
        "grid_worker",
        "--responder",
        "G1",
        "--json",
    ]);
    let button = office.json(&["device", "key", "D1", "--json"]);

    let service = Service::run(office.folder.path(), Path::new("street.toml"), "").await;
    let desk = Person::sign_in(&service, &desk).await;
    let joao = Person::sign_in(&service, &joao).await;
    let [g1, g2] = ["G1", "G2"].map(|code| responder_id(code).to_string());
    // Some 700 m away, but across the river: by the bridge it is more than half an hour on foot.
    let near = desk.reach("walk").await;
    assert!(near.iter().any(|it| it.0 == g1), "{near:?}");
    assert!(near.iter().all(|it| it.2 != on_roads), "{near:?}");
    assert_eq!(near.iter().any(|it| it.0 == g2), !on_roads, "{near:?}");

    let mut live = Desk::open(&desk).await;
    let key = format!(
        "Device {}:{}",
        button["device_id"].as_str().unwrap(),
        button["key"].as_str().unwrap()
    );
    let pressed = service
        .client
        .post(format!("{}/api/v1/alerts", service.address))
        .header("Authorization", key)
        .json(&json!({"kind": "sos", "source_ref": "1"}))
        .send()
        .await
        .unwrap();
    assert_eq!(pressed.status(), 201);
    let pressed: Value = pressed.json().await.unwrap();
    let case = pressed["case_id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/cases/{case}");

    let shown = live
        .until("an offer to G1", |it| {
            it["id"] == case.as_str() && offer(it, &g1).is_some()
        })
        .await;
    for it in shown["offers"].as_array().unwrap() {
        assert_eq!(it["estimated"], !on_roads, "{it}");
        assert!(it["seconds"].as_u64().is_some_and(|it| it > 0), "{it}");
        let reasons = it["reasons"].as_array().unwrap();
        assert!(
            reasons
                .iter()
                .any(|it| it.as_str().unwrap().starts_with("arrives_in_s:")),
            "{it}"
        );
    }
    let to_g1 = offer(&shown, &g1).unwrap();
    let meters = to_g1["meters"].as_u64().unwrap();
    assert!((300..1_200).contains(&meters), "{to_g1}");

    let mine = joao.get("/api/v1/offers").await;
    assert_eq!(mine["items"][0]["id"], case.as_str(), "{mine}");
    assert!(mine["items"][0]["elder"].is_null(), "no name before a yes: {mine}");
    let id = to_g1["id"].as_str().unwrap();
    joao.post(&format!("/api/v1/offers/{id}/received"), json!({})).await;
    let accepted = joao.post(&format!("/api/v1/offers/{id}/accept"), json!({})).await;
    assert!(
        ["provisional", "lead"].contains(&accepted["role"].as_str().unwrap()),
        "{accepted}"
    );
    assert_eq!(accepted["case"]["elder"]["address"], "河岸路7号", "{accepted}");
    // The window closes by itself, and the best of it leads.
    let leads = |it: &Value| {
        let all = it["assignments"].as_array().unwrap();
        all.iter()
            .any(|it| it["responder_id"] == g1.as_str() && it["place"] == "lead")
    };
    live.until("G1 leads", leads).await;
    let task = format!("/api/v1/assignments/{case}");
    joao.post(&format!("{task}/depart"), json!({})).await;
    let here = json!({"lat": DOOR.0, "lon": DOOR.1, "crs": "wgs84", "accuracy_m": 10.0});
    joao.post("/api/v1/responders/me/position", here).await;
    joao.post(&format!("{task}/arrive"), json!({})).await;
    let at_it = live.until("on the scene", |it| it["state"] == "on_scene").await;
    assert_eq!(at_it["contact"], false, "arrived is not inside");
    joao.post(&format!("{task}/contact-made"), json!({})).await;
    live.until("contact", |it| it["contact"] == true).await;
    desk.post(
        &format!("{path}/close"),
        json!({"outcome": "helped", "proof": {"type": "on_scene"}}),
    )
    .await;
    live.until("closed", |it| it["state"] == "closed").await;
    let closed = desk.get(&path).await;
    assert_eq!(
        (&closed["state"], &closed["outcome"]),
        (&json!("closed"), &json!("helped")),
        "{closed}"
    );
    let events = desk.get(&format!("{path}/events")).await;
    assert!(events["items"].as_array().is_some_and(|it| it.len() >= 8), "{events}");
    drop(live);
    service.stop();
    let told = office.run(&["check"]);
    // The case, and the follow-up that its closing opened.
    assert!(told.contains("2 cases") && told.contains("nothing found"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_press_to_the_closed_case_on_porto_on_sqlite() {
    let Some(extract) = extract() else { return };
    the_whole_way(Database::sqlite().await, Some(extract)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_press_to_the_closed_case_on_porto_on_postgresql() {
    let Some(extract) = extract() else { return };
    let server = PostgresServer::start(true);
    the_whole_way(Database::on(&server), Some(extract)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_press_to_the_closed_case_without_roads_on_sqlite() {
    the_whole_way(Database::sqlite().await, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_press_to_the_closed_case_without_roads_on_postgresql() {
    let server = PostgresServer::start(true);
    the_whole_way(Database::on(&server), None).await;
}
