//! The bound server: a port of its own, health, and an end when the service stops.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Method;
use eldercare_dispatch::api::serve;
use eldercare_dispatch::app::{App, Config};
use eldercare_dispatch::clock::{Clock, Ids};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::api_town::Town;
use crate::harness::both_stores;

async fn get(at: std::net::SocketAddr, path: &str) -> String {
    ask(at, "GET", path).await
}

async fn ask(at: std::net::SocketAddr, method: &str, path: &str) -> String {
    let mut line = tokio::net::TcpStream::connect(at).await.unwrap();
    let ask = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    line.write_all(ask.as_bytes()).await.unwrap();
    let mut text = String::new();
    line.read_to_string(&mut text).await.unwrap();
    text
}

both_stores! {
    async fn the_server_answers_on_the_port_it_was_given_and_ends_with_the_service(db: Database) {
        let town = Town::start(db).await;
        let mut app = town.test.app.clone();
        let mut config = Config::clone(&app.config);
        config.http.listen = "127.0.0.1:0".parse().unwrap();
        config.http.workers = Some(1);
        app.config = Arc::new(config);
        let serving = serve(app.clone()).await.unwrap();
        let at = serving.addresses[0];
        assert_ne!(at.port(), 0);
        assert!(get(at, "/healthz").await.starts_with("HTTP/1.1 200"));
        let ready = get(at, "/readyz").await;
        assert!(ready.starts_with("HTTP/1.1 200") && ready.contains("\"ready\":true"), "{ready}");
        let metrics = get(at, "/metrics").await;
        assert!(metrics.contains("ecd_register_rows"), "{metrics}");
        assert!(get(at, "/nothing").await.contains("application/problem+json"));
        for path in ["/healthz", "/api/openapi.json", "/readyz"] {
            let (whole, head) = (get(at, path).await, ask(at, "HEAD", path).await);
            let (told, body) = head.split_once("\r\n\r\n").unwrap();
            assert_eq!(body, "", "{path}");
            let length = |it: &str| it.lines().find(|it| it.to_lowercase().starts_with("content-length")).map(str::to_owned);
            assert!(told.starts_with("HTTP/1.1 200") && length(told).is_some(), "{told}");
            assert_eq!(length(told), length(whole.split_once("\r\n\r\n").unwrap().0), "{path}");
        }
        for (method, path, allow) in [("POST", "/healthz", "GET, HEAD"), ("HEAD", "/api/v1/live", "GET"), ("POST", "/api/v1/live", "GET"), ("PUT", "/console", "GET, HEAD")] {
            let refused = ask(at, method, path).await.to_lowercase();
            assert!(refused.starts_with("http/1.1 405") && refused.contains(&format!("allow: {}", allow.to_lowercase())), "{method} {path}: {refused}");
            assert!(refused.contains("application/problem+json"), "{refused}");
        }
        // The live address without an upgrade says what it is for.
        let plain = get(at, "/api/v1/live").await.to_lowercase();
        assert!(plain.starts_with("http/1.1 426") && plain.contains("upgrade: websocket") && plain.contains("upgrade_required"), "{plain}");
        // The signing key is its owner's only.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&app.config.keys.token_file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        app.stopping().cancel();
        serving.finished().await.unwrap();
        assert!(tokio::net::TcpStream::connect(at).await.is_err());
    }

    async fn a_service_follows_the_machines_clock_after_it_was_set(db: Database) {
        let town = Town::start(db).await;
        let mut config = Config::clone(&town.test.app.config);
        config.http.listen = "127.0.0.1:0".parse().unwrap();
        config.http.workers = Some(1);
        town.test.app.stop().await;
        for off in [3_000_000, -3_000_000_i64] {
            let clock = Clock::system_off_by(off);
            let app = App::open(config.clone(), clock.clone(), Ids::system()).await.unwrap();
            let serving = serve(app.clone()).await.unwrap();
            let ready = get(serving.addresses[0], "/readyz").await;
            assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("clock_drift: "), "{ready}");
            let drift = clock.drift_micros().abs();
            app.start_workers();
            let follows = async {
                while clock.drift_micros().abs() > drift - 15_000 {
                    clock.sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::select! {
                () = follows => {}
                () = clock.sleep(Duration::from_secs(30)) => panic!("{} stays", clock.drift_micros()),
            }
            app.stopping().cancel();
            serving.finished().await.unwrap();
            app.stop().await;
        }
    }

    async fn without_a_store_nobody_is_told_that_it_was_kept(db: Database) {
        let town = Town::start(db).await;
        town.token("desk").await;
        town.test.app.store.close().await;
        let ready = town.raw(Method::GET, "/readyz", &[], "").await;
        assert_eq!(ready.status, 503, "{}", ready.text);
        assert!(ready.headers.contains_key("retry-after"));
        let alert = town.device_sends(r#"{"kind":"sos"}"#).await;
        assert_eq!(alert.problem(), (503, "store_unavailable"));
        assert!(alert.headers.contains_key("retry-after"));
        assert_eq!(town.get("desk", "/api/v1/cases").await.problem(), (503, "store_unavailable"));
        assert_eq!(town.raw(Method::GET, "/healthz", &[], "").await.status, 200);
    }
}
