//! The peers that come from Debian, under the same load on the same cores: Alertmanager and pgbench.

use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::measures::median_of;
use super::service::{SERVERS, Server};
use super::wire::{Line, find, flood, ms, post, quantile, steady};
use super::{Bench, Kind};

/// What is installed of them.
pub async fn all(bench: &Bench) {
    match &bench.kind {
        Kind::Sqlite(_) => alertmanager(bench).await,
        Kind::Postgres(server) => pgbench(bench, server),
    }
}

fn request(n: usize) -> Vec<u8> {
    let body =
        format!("[{{\"labels\":{{\"alertname\":\"sos\",\"elder\":\"E{n}\"}},\"annotations\":{{\"ref\":\"{n}\"}}}}]");
    post("/api/v2/alerts", "", &body)
}

/// Alertmanager. With a webhook: no waiting for a group, every alert another group; without one it tells nobody, for a hook
/// that is not there would be tried again for each of them.
struct Alertmanager {
    server: Server,
    _folder: tempfile::TempDir,
}

impl Alertmanager {
    async fn start(hook: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|it| it.local_addr())
            .expect("a port")
            .port();
        let address = format!("127.0.0.1:{port}");
        let text = match hook {
            Some(hook) => format!(
                "route:\n  receiver: hook\n  group_by: ['...']\n  group_wait: 0s\n  group_interval: 5m\n  repeat_interval: 4h\n\
                 receivers:\n- name: hook\n  webhook_configs:\n  - url: http://{hook}/\n    send_resolved: false\n"
            ),
            None => "route:\n  receiver: nobody\nreceivers:\n- name: nobody\n".to_owned(),
        };
        let config = folder.path().join("alertmanager.yml");
        std::fs::write(&config, text).expect("a configuration");
        let arguments = [
            format!("--config.file={}", config.display()),
            format!("--storage.path={}", folder.path().join("data").display()),
            format!("--web.listen-address={address}"),
            "--cluster.listen-address=".to_owned(),
            "--log.level=error".to_owned(),
        ];
        let server = Server::peer("prometheus-alertmanager", &arguments, &address);
        let begun = Instant::now();
        while Line::open(&address).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "Alertmanager does not start");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Self {
            server,
            _folder: folder,
        }
    }
}

/// When the webhook heard of which elder.
type Hooked = Rc<RefCell<Vec<(usize, Instant)>>>;

async fn hook() -> (String, Hooked) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let hooked = Hooked::default();
    let kept = hooked.clone();
    tokio::task::spawn_local(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let kept = kept.clone();
            tokio::task::spawn_local(async move {
                let mut bytes = Vec::new();
                loop {
                    match stream.read_buf(&mut bytes).await {
                        Ok(0) | Err(_) => return,
                        Ok(_) => {}
                    }
                    // The body ends with the group's count of truncated alerts.
                    if find(&bytes, b"truncatedAlerts").is_none() || !bytes.ends_with(b"}\n") {
                        continue;
                    }
                    let now = Instant::now();
                    if let Some(at) = find(&bytes, b"\"elder\":\"E") {
                        let digits = bytes[at + 10..].iter().take_while(|it| it.is_ascii_digit());
                        let n = digits.fold(0, |sum, it| sum * 10 + usize::from(it - b'0'));
                        kept.borrow_mut().push((n, now));
                    }
                    bytes.clear();
                    if stream
                        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                        .await
                        .is_err()
                    {
                        return;
                    }
                }
            });
        }
    });
    (address, hooked)
}

async fn alertmanager(bench: &Bench) {
    if Command::new("prometheus-alertmanager")
        .arg("--version")
        .output()
        .is_err()
    {
        println!("Alertmanager is not installed");
        return;
    }
    let request: Rc<dyn Fn(usize) -> Vec<u8>> = Rc::new(request);
    let mut found: [Vec<f64>; 7] = Default::default();
    for _ in 0..bench.runs {
        let (address, hooked) = hook().await;
        let it = Alertmanager::start(Some(&address)).await;
        let mut first = Line::open(&it.server.address).await.expect("a connection");
        let (status, body) = first.ask(&request(0)).await.expect("an answer");
        assert_eq!(status, 200, "{body}");
        found[0].push(it.server.begun.elapsed().as_secs_f64());
        tokio::time::sleep(Duration::from_secs(2)).await;
        found[1].push(it.server.memory_mib());
        // The webhook first, while nothing else waits.
        let answers = steady(&it.server.address, 200.0, 1, 2_000, request.clone()).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let heard = hooked.borrow().clone();
        let mut took: Vec<f64> = Vec::new();
        for answer in &answers {
            if let Some((_, at)) = heard.iter().find(|it| it.0 == answer.n) {
                took.push(ms(at.saturating_duration_since(answer.at)));
            }
        }
        found[2].push(quantile(&mut took, 0.99));
        let answers = steady(&it.server.address, 1_000.0, 10_000, 5_000, request.clone()).await;
        let mut took: Vec<f64> = answers.iter().map(|it| ms(it.took)).collect();
        found[3].push(quantile(&mut took, 0.5));
        found[4].push(quantile(&mut took, 0.99));
        drop(it);
        // A fresh one for the flood: no webhook takes time from it.
        let it = Alertmanager::start(None).await;
        flood(&it.server.address, 16, 0, 500, request.clone()).await;
        found[5].push(flood(&it.server.address, 64, 500, 20_000, request.clone()).await.0);
        flood(&it.server.address, 64, 20_500, 79_500, request.clone()).await;
        found[6].push(it.server.memory_mib());
    }
    let names = [
        "start to the first acknowledgement, s",
        "memory when idle, MiB",
        "acknowledged → webhook at 200 a second, p99, ms",
        "at 1,000 a second, p50, ms",
        "at 1,000 a second, p99, ms",
        "acknowledged a second, 64 senders",
        "memory after 100,000 alerts, MiB",
    ];
    for (name, values) in names.iter().zip(&found) {
        println!("Alertmanager: {name}: {:.3} ({values:.3?})", median_of(values));
    }
}

/// One row a transaction, 64 clients, prepared; on the bench's own server.
fn pgbench(bench: &Bench, server: &super::PostgresServer) {
    server.psql(
        "postgres",
        "CREATE TABLE IF NOT EXISTS one (id bigserial PRIMARY KEY, at bigint, body text)",
    );
    let script = bench.folder.path().join("one.sql");
    let text = "INSERT INTO one (at, body) VALUES (extract(epoch from now())::bigint, repeat('x', 200));\n";
    std::fs::write(&script, text).expect("a script");
    let socket = server.socket();
    let folder = socket.parent().expect("a folder");
    let mut rates = Vec::new();
    for _ in 0..bench.runs {
        // Its clients are on the core of the load, as ours are.
        let done = Command::new("taskset")
            .args(["-c", &super::service::LOAD.to_string(), "pgbench", "-h"])
            .arg(folder)
            .args([
                "-U", "postgres", "-n", "-M", "prepared", "-c", "64", "-j", "1", "-T", "5", "-f",
            ])
            .arg(&script)
            .arg("postgres")
            .output();
        let Ok(done) = done else {
            println!("pgbench is not installed");
            return;
        };
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        let rate = text
            .lines()
            .find_map(|it| it.strip_prefix("tps = ")?.split(' ').next()?.parse::<f64>().ok());
        rates.push(rate.unwrap_or(f64::NAN));
    }
    let sync = super::service::fdatasync_p50(bench.folder.path());
    println!(
        "pgbench, one row a transaction, 64 clients, server on core {SERVERS}: {:.0} a second ({rates:.0?}); fdatasync p50 {sync:.2} ms",
        median_of(&rates)
    );
}
