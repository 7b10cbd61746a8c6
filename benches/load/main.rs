//! The service under load as it runs in a street: the built binary on a store that syncs, spoken to over HTTP with the keys
//! of its devices, and over live sockets.
//!
//! ```sh
//! cargo bench --bench load                              # everything, on both stores, beside the peers that are installed
//! cargo bench --bench load -- intake timers             # some of: intake rate repeats live timers start idle beats replay peers
//! cargo bench --bench load -- sqlite intake             # on one store
//! ```
//!
//! Servers (the service, PostgreSQL, the peers) run on core 0 and the load on core 1. Each measure is taken three times on a
//! fresh copy of a filled store; printed are the three and their median, beside the median time of one fdatasync on the same
//! disk in the same minute: above 0.5 ms the figure is void. `ECD_LOAD_ELDERS`: how many elders there are (200,000);
//! `ECD_LOAD_RUNS`: how often (3); `ECD_BINARY`: another binary than the one of this build; `ECD_TEST_DATA`: the folder with
//! `osm/porto.osm.pbf`, else distances are straight lines; `ECD_LOAD_CONFIG`: further lines of the service's configuration.
#![allow(clippy::disallowed_methods)] // a bench reads the real clock

mod devices;
mod measures;
mod peers;
#[path = "../../tests/it/harness/postgres.rs"]
#[allow(dead_code)] // the tests stop and kill it as well
mod postgres;
mod service;
mod street;
mod wire;

use std::path::{Path, PathBuf};
use std::process::Command;

use postgres::PostgresServer;
use service::Server;

/// The stores that are measured, filled once and copied for each run.
pub enum Kind {
    Sqlite(PathBuf),
    Postgres(PostgresServer),
}

/// A filled store, and what its watches show.
pub struct Bench {
    pub name: &'static str,
    pub kind: Kind,
    pub folder: tempfile::TempDir,
    pub shown: Vec<String>,
    pub roads: Option<PathBuf>,
    pub runs: usize,
}

/// A service on a copy of the filled store.
pub struct Running {
    pub server: Server,
    pub folder: tempfile::TempDir,
    pub url: String,
}

impl Bench {
    async fn filled(name: &'static str, elders: usize, roads: Option<PathBuf>, runs: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        street::write_keys(folder.path());
        let (kind, url) = if name == "sqlite" {
            let path = folder.path().join("filled.db");
            (Kind::Sqlite(path.clone()), format!("sqlite://{}", path.display()))
        } else {
            service::pin(&[service::SERVERS]);
            let server = PostgresServer::start(true);
            service::pin(&[service::SERVERS, service::LOAD]);
            server.psql("postgres", "CREATE DATABASE filled");
            let url = server.url("filled");
            (Kind::Postgres(server), url)
        };
        let shown = street::fill(&url, folder.path(), elders).await;
        if let Kind::Postgres(server) = &kind {
            server.psql("filled", "VACUUM ANALYZE");
            server.psql("postgres", "CHECKPOINT");
        }
        Self {
            name,
            kind,
            folder,
            shown,
            roads,
            runs,
        }
    }

    /// A fresh copy of the filled store.
    pub fn copy(&self) -> (tempfile::TempDir, String) {
        self.copy_with("")
    }

    /// As [`Self::copy`], with further lines of configuration.
    pub fn copy_with(&self, more: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().expect("a folder");
        street::write_keys(folder.path());
        let url = match &self.kind {
            Kind::Sqlite(filled) => {
                let path = folder.path().join("store.db");
                std::fs::copy(filled, &path).expect("a copy");
                std::fs::File::open(&path)
                    .and_then(|it| it.sync_all())
                    .expect("a copy on the disk");
                format!("sqlite://{}", path.display())
            }
            Kind::Postgres(server) => {
                server.psql("postgres", "DROP DATABASE IF EXISTS load");
                server.psql("postgres", "CREATE DATABASE load TEMPLATE filled");
                server.psql("postgres", "CHECKPOINT");
                server.url("load")
            }
        };
        let at = |name: &str| folder.path().join(name).display().to_string();
        let roads = self
            .roads
            .as_ref()
            .map_or_else(String::new, |it| format!("[roads]\nfile = \"{}\"\n", it.display()));
        let text = format!(
            "[store]\nurl = \"{url}\"\n[keys]\nmaster_file = \"{}\"\ntoken_file = \"{}\"\n{roads}",
            at("master.key"),
            at("token.key"),
        ) + more
            + &std::env::var("ECD_LOAD_CONFIG").unwrap_or_default();
        std::fs::write(folder.path().join("ecd.toml"), text).expect("a configuration");
        (folder, url)
    }

    /// The service on a fresh copy, with the whole register.
    pub async fn start(&self) -> Running {
        self.start_with("").await
    }

    /// As [`Self::start`], with further lines of configuration.
    pub async fn start_with(&self, more: &str) -> Running {
        let (folder, url) = self.copy_with(more);
        let server = Server::service(folder.path());
        server.whole().await;
        Running { server, folder, url }
    }
}

fn number(name: &str, otherwise: usize) -> usize {
    let set = std::env::var(name).ok().and_then(|it| it.parse().ok());
    set.unwrap_or(otherwise)
}

/// The roads file, imported by the binary from the extract in `ECD_TEST_DATA`.
fn roads(folder: &Path) -> Option<PathBuf> {
    let extract = PathBuf::from(std::env::var_os("ECD_TEST_DATA")?).join("osm/porto.osm.pbf");
    let out = folder.join("porto.ecd");
    let binary = std::env::var("ECD_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_eldercare-dispatch").to_owned());
    let done = Command::new(binary)
        .args(["import", "roads"])
        .arg(extract)
        .arg("--out")
        .arg(&out)
        .output();
    done.is_ok_and(|it| it.status.success()).then_some(out)
}

fn main() {
    const MEASURES: [&str; 10] = [
        "intake", "rate", "repeats", "live", "timers", "start", "idle", "beats", "replay", "peers",
    ];
    let asked: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let wanted = |name: &str, all: &[&str]| {
        let some = asked.iter().any(|it| all.contains(&it.as_str()));
        !some || asked.iter().any(|it| it == name)
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let elders = number("ECD_LOAD_ELDERS", 200_000);
    let runs = number("ECD_LOAD_RUNS", 3);
    let shared = tempfile::tempdir().expect("a folder");
    let roads = roads(shared.path());
    println!(
        "{elders} elders, {} responders, {}; {runs} runs",
        street::RESPONDERS,
        if roads.is_some() {
            "the roads of Porto"
        } else {
            "straight lines"
        }
    );
    for name in ["sqlite", "postgres"] {
        if !wanted(name, &["sqlite", "postgres"]) {
            continue;
        }
        let begun = std::time::Instant::now();
        let both = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let bench = both.block_on(Bench::filled(name, elders, roads.clone(), runs));
        drop(both);
        println!("{name}: filled in {:.0} s", begun.elapsed().as_secs_f64());
        service::pin(&[service::LOAD]);
        for measure in MEASURES {
            if !wanted(measure, &MEASURES) {
                continue;
            }
            // One thread sends; its runtime is of one measure, so that nothing is left of the one before.
            let alone = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            let tasks = tokio::task::LocalSet::new();
            tasks.block_on(&alone, async {
                match measure {
                    "intake" => measures::intake(&bench).await,
                    "rate" => measures::rate(&bench).await,
                    "repeats" => measures::repeats(&bench).await,
                    "live" => measures::live(&bench).await,
                    "timers" => measures::timers(&bench).await,
                    "start" => measures::start(&bench).await,
                    "idle" => devices::idle(&bench).await,
                    "beats" => devices::beats(&bench).await,
                    "replay" => devices::replay(&bench).await,
                    _ => peers::all(&bench).await,
                }
            });
        }
        service::pin(&[service::SERVERS, service::LOAD]);
    }
}
