//! `demo --quiet` as somebody starts it: the folder, the log-ins, an alert, the page; stopped, and started again.
#![allow(clippy::disallowed_methods)] // another process runs on the real clock

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// However slow the machine is, by then it is an error.
const PATIENCE: Duration = Duration::from_secs(120);

/// A demo at work.
struct Demo {
    child: Child,
    base: String,
    client: Client,
}

impl Demo {
    async fn start(folder: &Path) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut child = Command::new(env!("CARGO_BIN_EXE_eldercare-dispatch"))
            .args([
                "demo",
                "--quiet",
                "--listen",
                "127.0.0.1:0",
                "--elders",
                "120",
                "--data-dir",
            ])
            .arg(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let address = async {
            while let Some(line) = lines.next_line().await.expect("text") {
                if let Some(base) = line.strip_prefix("listening on ") {
                    return Some(base.to_owned());
                }
            }
            None
        };
        let Some(base) = tokio::time::timeout(PATIENCE, address)
            .await
            .expect("an address in time")
        else {
            let mut why = String::new();
            let mut pipe = child.stderr.take().expect("a pipe");
            let _ = pipe.read_to_string(&mut why).await;
            panic!("the demo did not start: {why}");
        };
        // What else it says is read, so that it never waits for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let mut pipe = child.stderr.take().expect("a pipe");
        tokio::spawn(async move { tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await });
        let client = Client::builder().timeout(PATIENCE).build().expect("a client");
        Self { child, base, client }
    }

    async fn token(&self, login: &Value) -> String {
        let body = json!({"username": login["username"], "password": login["password"]});
        let answer = self
            .client
            .post(format!("{}/api/v1/auth/token", self.base))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{} cannot sign in", login["username"]);
        answer.json::<Value>().await.unwrap()["access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn get(&self, path: &str, token: &str) -> Value {
        let request = self.client.get(format!("{}{path}", self.base)).bearer_auth(token);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }

    /// Told to end, it ends in order.
    async fn end(mut self) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id().expect("a process")).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        let status = tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .expect("an end in time")
            .unwrap();
        assert!(status.success(), "{status}");
    }
}

fn logins(folder: &Path) -> Value {
    let file = folder.join("logins.json");
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[tokio::test]
async fn the_quiet_demo_takes_an_alert_and_goes_on_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("demo");
    let demo = Demo::start(&folder).await;
    let first = logins(&folder);

    // Everybody who stands in logins.json can sign in, and every role is there.
    let users = first["users"].as_array().unwrap();
    for role in [
        "admin",
        "duty_leader",
        "dispatcher",
        "grid_worker",
        "caregiver",
        "auditor",
    ] {
        assert!(users.iter().any(|it| it["role"] == role), "{role}");
    }
    for user in users {
        let token = demo.token(user).await;
        assert_eq!(demo.get("/api/v1/auth/me", &token).await["role"], user["role"]);
    }
    let desk = users.iter().find(|it| it["role"] == "dispatcher").unwrap();
    let token = demo.token(desk).await;

    // The desk is on the line.
    let address = format!("{}/api/v1/live", demo.base.replacen("http", "ws", 1));
    let (mut socket, _) = connect_async(address).await.unwrap();
    let hello = json!({"type": "hello", "token": token, "cursor": null}).to_string();
    socket.send(Message::text(hello)).await.unwrap();

    // A button is pressed.
    let device = first["devices"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["elder_id"].is_string())
        .unwrap();
    let key = format!(
        "Device {}:{}",
        device["device_id"].as_str().unwrap(),
        device["key"].as_str().unwrap()
    );
    let alert = json!({"kind": "sos", "device_id": device["device_id"], "source_ref": "test-1"});
    let request = demo
        .client
        .post(format!("{}/api/v1/alerts", demo.base))
        .header("authorization", key)
        .json(&alert);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let opened: Value = answer.json().await.unwrap();

    // The desk sees it on the socket.
    let shown = async {
        while let Some(frame) = socket.next().await {
            let Ok(Message::Text(text)) = frame else { continue };
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["type"] == "changed" && frame["case"]["id"] == opened["case_id"] {
                return frame["case"].clone();
            }
        }
        panic!("the socket has ended");
    };
    let case = tokio::time::timeout(PATIENCE, shown).await.expect("the case in time");
    assert_eq!(
        (&case["kind"], &case["elder"]["id"]),
        (&json!("sos"), &device["elder_id"])
    );
    drop(socket);

    // The map has roads, houses, the canal and names, and the page is ours alone.
    let map = demo.get("/api/v1/map", &token).await;
    assert!(map["bounds"].is_array() && map["zoom_max"] == 16);
    let tile = |path: &'static str| {
        let url = format!("{}/api/v1/tiles/{path}", demo.base);
        demo.client
            .get(url)
            .header("authorization", format!("Bearer {token}"))
            .send()
    };
    let answer = tile("14/13519/6239").await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/vnd.mapbox-vector-tile");
    let bytes = answer.bytes().await.unwrap();
    for word in ["road", "water", "building", "place", "北运河（演示）"] {
        assert!(
            bytes.windows(word.len()).any(|it| it == word.as_bytes()),
            "{word} in the tile"
        );
    }
    assert_eq!(tile("14/0/0").await.unwrap().status(), StatusCode::NO_CONTENT);
    for none in ["14/16384/0", "17/0/0", "a/b/c"] {
        assert_eq!(tile(none).await.unwrap().status(), StatusCode::NOT_FOUND, "{none}");
    }
    for path in ["/console", "/console/case/any"] {
        let answer = demo.client.get(format!("{}{path}", demo.base)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(
            policy.starts_with("default-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        let tag = answer.headers()["etag"].clone();
        let text = answer.text().await.unwrap();
        assert!(
            !text.contains("http://") && !text.contains("https://"),
            "{path} names another host"
        );
        let again = demo
            .client
            .get(format!("{}{path}", demo.base))
            .header("if-none-match", tag);
        assert_eq!(again.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    }
    let missing = demo
        .client
        .get(format!("{}/console/none.js", demo.base))
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    demo.end().await;

    // It goes on where it was: the same log-ins, the same case; roads of an earlier version are made anew.
    let roads = folder.join("roads.ecd");
    let made = std::fs::read(&roads).unwrap();
    let mut older = made.clone();
    older[8] = 1;
    std::fs::write(&roads, older).unwrap();
    let demo = Demo::start(&folder).await;
    assert!(std::fs::read(&roads).unwrap() == made, "the roads are made anew");
    assert_eq!(logins(&folder), first);
    let token = demo.token(desk).await;
    let again = demo
        .get(
            &format!("/api/v1/cases/{}", opened["case_id"].as_str().unwrap()),
            &token,
        )
        .await;
    assert_eq!(again["number"], opened["case_number"]);
    demo.end().await;
}

#[tokio::test]
async fn a_folder_of_something_else_and_a_strangers_setting_are_refused() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("letter.txt"), "mine").unwrap();
    let run = |variables: Vec<(&'static str, &'static str)>, folder: std::path::PathBuf| async move {
        let output = Command::new(env!("CARGO_BIN_EXE_eldercare-dispatch"))
            .args(["demo", "--quiet", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .env_clear()
            .envs(variables)
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(PATIENCE, output)
            .await
            .expect("an end in time")
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let why = run(vec![], home.path().to_owned()).await;
    assert!(why.contains("--data-dir") && why.contains("letter.txt"), "{why}");
    assert_eq!(std::fs::read(home.path().join("letter.txt")).unwrap(), b"mine");
    let why = run(
        vec![("ECD_STORE__URL", "sqlite:///tmp/real.db")],
        home.path().join("new"),
    )
    .await;
    assert!(why.contains("ECD_STORE__URL"), "{why}");
}

/// The address is tried first: nobody waits for a town that cannot be shown.
#[tokio::test]
async fn an_address_that_is_taken_is_said_before_a_town_is_made() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("demo");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let done = Command::new(env!("CARGO_BIN_EXE_eldercare-dispatch"))
        .args(["demo", "--quiet", "--listen", &address, "--data-dir"])
        .arg(&folder)
        .env_clear()
        .output()
        .await
        .expect("the program");
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(5), "{said}");
    assert!(said.contains(&address), "{said}");
    assert!(!folder.exists(), "no town was made");
}
