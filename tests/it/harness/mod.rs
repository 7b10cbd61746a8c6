//! A real database for each test, on both stores; sound under plain `cargo test`.

pub mod broker;
pub mod carrier;
pub mod endpoint;
pub mod mail;
mod postgres;
pub mod provider;
mod service;
pub mod street;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use eldercare_dispatch::store::{MasterKey, Store, StoreConfig};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::OnceCell;

pub use postgres::PostgresServer;
pub use service::TestApp;

/// A database of one test's own; gone when dropped (PostgreSQL's with its server, at the end of the process). It is made when
/// it is first wanted: with its tables by [`Database::store`], without by [`Database::open`] and [`Database::blank`].
pub struct Database {
    /// How to open it; a test may change what it likes before it does.
    pub config: StoreConfig,
    /// Keeps the folder of an embedded store.
    folder: Option<TempDir>,
    /// The database's name on the shared server.
    name: Option<String>,
    /// Whether it is there.
    made: AtomicBool,
}

impl Database {
    /// An embedded store in a folder of its own.
    pub async fn sqlite() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("ecd-sqlite-")
            .tempdir()
            .expect("a folder for the test's database");
        Self {
            config: embedded(folder.path()),
            folder: Some(folder),
            name: None,
            made: AtomicBool::new(false),
        }
    }

    /// A new database on the server that this process shares. The server does not sync, so the store is told not to insist.
    pub async fn postgres() -> Self {
        let (name, config) = shared_database();
        Self {
            config,
            folder: None,
            name: Some(name),
            made: AtomicBool::new(false),
        }
    }

    /// A new database on `server`, which a test may stop and kill.
    pub fn on(server: &PostgresServer) -> Self {
        let config = StoreConfig {
            require_durable: server.syncs(),
            ..StoreConfig::at(server.create_database())
        };
        Self {
            config,
            folder: None,
            name: None,
            made: AtomicBool::new(true),
        }
    }

    /// The folder of an embedded store.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_ref().map(TempDir::path)
    }

    /// Makes it without tables when it is not there yet, for whoever opens it by its address.
    pub fn blank(&self) {
        if let (false, Some(name)) = (self.made.swap(true, Ordering::Relaxed), &self.name) {
            PostgresServer::shared().create("template0", name);
        }
    }

    /// Makes it as a copy of a migrated one when it is not there yet: the many steps are walked once in a process.
    async fn lay(&self) {
        if self.made.swap(true, Ordering::Relaxed) {
            return;
        }
        match (&self.name, &self.folder) {
            (Some(name), _) => PostgresServer::shared().create(migrated_database().await, name),
            (None, Some(folder)) => write_for_the_owner(&folder.path().join(FILE), migrated_file().await),
            (None, None) => {}
        }
    }

    /// Opened as it is, without tables when it is new.
    pub async fn open(&self) -> Store {
        self.blank();
        Store::open(&self.config).await.expect("the test's database opens")
    }

    /// Opened, with its tables and its keys.
    pub async fn store(&self) -> Store {
        self.lay().await;
        let store = self.open().await;
        store.migrate().await.expect("the tables");
        store.unlock(master(), at(0)).await.expect("the keys");
        store
    }
}

/// The file of an embedded store.
const FILE: &str = "store.db";

fn embedded(folder: &Path) -> StoreConfig {
    StoreConfig::at(format!("sqlite://{}", folder.join(FILE).display()))
}

/// The name and the address of a database that is still to be made.
fn shared_database() -> (String, StoreConfig) {
    let server = PostgresServer::shared();
    let name = server.next_name();
    let config = StoreConfig {
        require_durable: false,
        ..StoreConfig::at(server.url(&name))
    };
    (name, config)
}

/// A migrated, locked database to copy from. Nobody is connected to it: PostgreSQL copies no other.
async fn migrated_database() -> &'static str {
    static MADE: OnceCell<String> = OnceCell::const_new();
    let make = || async {
        let (name, config) = shared_database();
        PostgresServer::shared().create("template0", &name);
        migrate(&config).await;
        name
    };
    MADE.get_or_init(make).await
}

/// The bytes of a migrated, locked embedded store.
async fn migrated_file() -> &'static [u8] {
    static MADE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let make = || async {
        let folder = tempfile::tempdir().expect("a folder");
        migrate(&embedded(folder.path())).await;
        let beside = folder.path().join(format!("{FILE}-wal"));
        assert!(
            !beside.exists(),
            "the last to close it writes everything into the one file"
        );
        std::fs::read(folder.path().join(FILE)).expect("the file")
    };
    MADE.get_or_init(make).await
}

/// As the store makes its file.
fn write_for_the_owner(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .expect("the file");
    std::io::Write::write_all(&mut file, bytes).expect("its bytes");
}

async fn migrate(config: &StoreConfig) {
    let store = Store::open(config).await.expect("the database opens");
    store.migrate().await.expect("the tables");
    store.close().await;
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
