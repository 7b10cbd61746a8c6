//! A real database for each test, on both stores; sound under plain `cargo test`.

pub mod broker;
pub mod carrier;
pub mod endpoint;
pub mod mail;
mod postgres;
pub mod provider;
mod service;
pub mod street;

use eldercare_dispatch::store::{MasterKey, Store, StoreConfig};
use jiff::Timestamp;
use tempfile::TempDir;

pub use postgres::PostgresServer;
pub use service::TestApp;

/// A database of one test's own; gone when dropped (PostgreSQL's with its server, at the end of the process).
pub struct Database {
    /// How to open it; a test may change what it likes before it does.
    pub config: StoreConfig,
    /// Keeps the folder of an embedded store.
    folder: Option<TempDir>,
}

impl Database {
    /// An embedded store in a folder of its own.
    pub async fn sqlite() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("ecd-sqlite-")
            .tempdir()
            .expect("a folder for the test's database");
        let config = StoreConfig::at(format!("sqlite://{}", folder.path().join("store.db").display()));
        Self {
            config,
            folder: Some(folder),
        }
    }

    /// A new database on the server that this process shares. The server does not sync, so the store is told not to insist.
    pub async fn postgres() -> Self {
        let server = PostgresServer::shared();
        let url = server.create_database();
        Self {
            config: StoreConfig {
                require_durable: false,
                ..StoreConfig::at(url)
            },
            folder: None,
        }
    }

    /// A new database on `server`, which a test may stop and kill.
    pub fn on(server: &PostgresServer) -> Self {
        let config = StoreConfig {
            require_durable: server.syncs(),
            ..StoreConfig::at(server.create_database())
        };
        Self { config, folder: None }
    }

    /// The folder of an embedded store.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_ref().map(TempDir::path)
    }

    /// Opened as it is, without tables when it is new.
    pub async fn open(&self) -> Store {
        Store::open(&self.config).await.expect("the test's database opens")
    }

    /// Opened, with its tables and its keys.
    pub async fn store(&self) -> Store {
        let store = self.open().await;
        store.migrate().await.expect("the tables");
        store.unlock(master(), at(0)).await.expect("the keys");
        store
    }
}

/// The master key of all tests, as its file holds it.
pub const MASTER: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// The master key of all tests.
pub fn master() -> MasterKey {
    MasterKey::from_base64(MASTER).expect("32 bytes in base64")
}

/// An instant `micros` after the beginning of the tests' time.
pub fn at(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(1_772_000_000_000_000 + micros).expect("within the calendar")
}

/// Makes each `async fn name(db: Database) { … }` two tests, `name::sqlite` and `name::postgres`.
macro_rules! both_stores {
    ($($(#[$about:meta])* async fn $name:ident($db:ident: Database) $body:block)+) => {$(
        $(#[$about])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn promise($db: $crate::harness::Database) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                promise($crate::harness::Database::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                promise($crate::harness::Database::postgres().await).await;
            }
        }
    )+};
}
pub(crate) use both_stores;
