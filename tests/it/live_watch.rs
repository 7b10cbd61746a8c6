//! `watch` against the service: a case appears and climbs, the connection breaks and comes back.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eldercare_dispatch::clock::{Clock, Ids};
use eldercare_dispatch::people::{Need, ResponderKind, Role};
use eldercare_dispatch::store::Rights;
use eldercare_dispatch::watch::{Setup, WatchError, watch};
use tokio::sync::{mpsc, watch as signal};
use tokio_util::sync::CancellationToken;

use crate::harness::street::{alert, elder, responder};
use crate::harness::{Database, TestApp, both_stores};
use crate::live_kit::Live;

/// What was printed; tells when there is more.
#[derive(Clone)]
struct Paper(Arc<Mutex<Vec<u8>>>, Arc<signal::Sender<usize>>);

impl Paper {
    fn new() -> Self {
        Self(Arc::default(), Arc::new(signal::Sender::new(0)))
    }
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
    async fn until(&self, what: &str) {
        self.until_times(what, 1).await;
    }
    async fn until_twice(&self, what: &str) {
        self.until_times(what, 2).await;
    }
    async fn until_times(&self, what: &str, times: usize) {
        let mut more = self.1.subscribe();
        let wait = async {
            while self.text().matches(what).count() < times {
                more.changed().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), wait).await;
        assert!(waited.is_ok(), "`{what}` is not in:\n{}", self.text());
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        self.1.send_modify(|it| *it += bytes.len());
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn setup(live: &Live, username: &str) -> Setup {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Setup {
        server: live.address.replace("ws://", "http://").replace("/api/v1/live", ""),
        username: username.to_owned(),
        password: "word".to_owned(),
        mine: false,
        plain: true,
        clock: Clock::system(),
        ids: Ids::system(),
    }
}

both_stores! {
    async fn watch_follows_a_case_as_it_appears_and_climbs(db: Database) {
        let app = TestApp::start(db).await;
        app.fill(vec![elder(0, Need::LivingAlone)], vec![]).await;
        let live = Live::start(app).await;
        live.person("d1", Role::Dispatcher, &["120114001"], None);
        let (paper, stop) = (Paper::new(), CancellationToken::new());
        let watching = tokio::spawn(watch(setup(&live, "d1"), paper.clone(), mpsc::channel(1).1, stop.clone()));
        paper.until("snapshot: 0 open").await;
        let opened = live.app.app.desk.report(alert(0, "fall", "1")).await.unwrap();
        paper.until(&format!("changed {} ▲ critical/危急 fall home ringing due 0:", opened.number)).await;
        live.app.advance(30);
        live.app.app.desk.run_due().await.unwrap();
        paper.until(&format!("changed {} ▲ critical/危急 fall grid ringing", opened.number)).await;
        // The token ends: it is asked for anew, and what was missed comes after the last line.
        live.change("d1", |it| it.expires_at = live.app.clock.now() + jiff::SignedDuration::from_hours(2));
        live.app.advance(3_600);
        paper.until("not connected: closed with 4401").await;
        live.app.app.desk.run_due().await.unwrap();
        paper.until(&format!("{} ▲ critical/危急 fall street", opened.number)).await;
        assert_eq!(paper.text().matches("connected as d1 (dispatcher)").count(), 2, "{}", paper.text());
        assert_eq!(paper.text().matches("snapshot").count(), 1, "it resumed: {}", paper.text());
        stop.cancel();
        watching.await.unwrap().unwrap();
        live.stop().await;
    }
}

both_stores! {
    async fn a_responder_answers_from_the_keyboard(db: Database) {
        let app = TestApp::start(db).await;
        app.fill(vec![elder(0, Need::LivingAlone)], vec![responder("G1", ResponderKind::GridWorker, 0.002)]).await;
        let live = Live::real(app).await;
        live.account("g1", Role::GridWorker, &["120114001"], Some("G1")).await;
        let desk = live.account("d1", Role::Dispatcher, &["120114001"], None).await;
        let (paper, stop) = (Paper::new(), CancellationToken::new());
        let (keys, typed) = mpsc::channel(4);
        let mine = Setup { mine: true, ..setup(&live, "g1") };
        let watching = tokio::spawn(watch(mine, paper.clone(), typed, stop.clone()));
        let queue = Paper::new();
        let at_desk = tokio::spawn(watch(setup(&live, "d1"), queue.clone(), mpsc::channel(1).1, stop.clone()));
        paper.until("connected as g1 (grid_worker)").await;
        queue.until("connected as d1 (dispatcher)").await;
        keys.send("a".to_owned()).await.unwrap();
        paper.until("there is nothing to accept here").await;
        let case = live.app.app.desk.report(alert(0, "sos", "1")).await.unwrap();
        while live.app.app.field.run_seeking().await.unwrap() > 0 {}
        live.app.advance(30);
        live.app.app.desk.run_due().await.unwrap();
        while live.app.app.field.run_seeking().await.unwrap() > 0 {}
        paper.until(&format!("changed {}", case.number)).await;
        keys.send("a".to_owned()).await.unwrap();
        paper.until(&format!("{} accepted: ", case.number)).await;
        live.app.advance(8);
        live.app.app.desk.run_due().await.unwrap();
        paper.until("(lead, accepted").await;
        keys.send("g 1".to_owned()).await.unwrap();
        paper.until("on the way").await;
        paper.until("(lead, en_route").await;
        keys.send("r".to_owned()).await.unwrap();
        paper.until("on_scene").await;
        queue.until("on_scene").await;
        keys.send("n".to_owned()).await.unwrap();
        paper.until("nobody opens").await;
        // Other rights: the desk's socket ends, its tokens are void, and with the new ones it gets another snapshot.
        let account = live.app.app.store.account(desk).await.unwrap().unwrap();
        let rights = Rights {
            role: Role::Dispatcher,
            scope: ["120114001001002".parse().unwrap()].into_iter().collect(),
            responder: None,
            disabled: false,
        };
        live.app.app.store.set_rights(desk, rights, account.version, live.app.clock.now()).await.unwrap();
        live.app.advance(2);
        queue.until("closed with 4403").await;
        queue.until_twice("snapshot: 0 open").await;
        stop.cancel();
        watching.await.unwrap().unwrap();
        at_desk.await.unwrap().unwrap();
        live.stop().await;
    }
}

#[tokio::test]
async fn watch_ends_with_a_sentence_when_it_is_useless() {
    let app = TestApp::start(Database::sqlite().await).await;
    let live = Live::start(app).await;
    let wrong = Setup {
        password: String::new(),
        ..setup(&live, "d1")
    };
    let ended = watch(wrong, Paper::new(), mpsc::channel(1).1, CancellationToken::new())
        .await
        .unwrap_err();
    assert_eq!(ended.to_string(), "the service refuses: 401 wrong password");
    let nowhere = Setup {
        server: "localhost".to_owned(),
        ..setup(&live, "d1")
    };
    let ended = watch(nowhere, Paper::new(), mpsc::channel(1).1, CancellationToken::new())
        .await
        .unwrap_err();
    assert!(matches!(ended, WatchError::Server(_)), "{ended}");
    live.stop().await;
}

both_stores! {
    async fn a_real_token_closes_its_socket_when_it_ends_and_opens_no_other(db: Database) {
        let live = Live::real(TestApp::start(db).await).await;
        live.account("d1", Role::Dispatcher, &["120114001"], None).await;
        let server = live.address.replace("ws://", "http://").replace("/api/v1/live", "");
        let pair: serde_json::Value = reqwest::Client::new()
            .post(format!("{server}/api/v1/auth/token"))
            .json(&serde_json::json!({"username": "d1", "password": "word"}))
            .send().await.unwrap().json().await.unwrap();
        let (token, lasts) = (pair["access_token"].as_str().unwrap(), pair["expires_in"].as_u64().unwrap());
        let (mut desk, _) = live.look(token).await;
        live.app.advance(lasts - 1);
        let beat = desk.frame().await;
        assert_eq!(beat["type"], "ping", "a second before its end it holds: {beat}");
        live.app.advance(2);
        let (frames, code) = desk.until_closed().await;
        assert!(frames.iter().all(|it| it["type"] == "ping"), "{frames:?}");
        assert_eq!(code, 4401);
        let mut again = live.open().await;
        again.say(&serde_json::json!({"type": "hello", "token": token, "cursor": null}).to_string()).await;
        assert_eq!(again.until_closed().await, (vec![], 4401));
        live.stop().await;
    }
}
