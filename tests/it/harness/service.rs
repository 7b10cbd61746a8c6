//! The service on a test's own database, with a clock that the test turns.

use std::sync::Arc;
use std::time::Duration;

use eldercare_dispatch::app::{App, Config};
use eldercare_dispatch::clock::{HandClock, Ids};

use super::{Database, MASTER, at};

/// The service, its database and its clock.
pub struct TestApp {
    /// The service.
    pub app: App,
    /// Its clock.
    pub clock: HandClock,
    /// Its database.
    pub db: Database,
    folder: tempfile::TempDir,
    seed: u64,
    adjust: Adjust,
}

/// What a test wants otherwise than the default, also after a restart.
type Adjust = Arc<dyn Fn(&mut Config) + Send + Sync>;

impl TestApp {
    /// A migrated, unlocked, empty service with the plan set `yangcun-7`; no worker runs by itself.
    pub async fn start(db: Database) -> Self {
        Self::start_with(db, |_| {}).await
    }

    /// As [`TestApp::start`], configured otherwise.
    pub async fn start_with(db: Database, adjust: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        // As main does first of all; a second time in one process it is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = db.store().await;
        store.close().await;
        let folder = tempfile::tempdir().expect("a folder");
        Self::begin(db, HandClock::at(at(0)), folder, 1, Arc::new(adjust))
            .await
            .read()
            .await
    }

    /// Reads the register.
    pub async fn read(self) -> Self {
        self.app.read_register().await.expect("the register");
        self
    }

    async fn begin(db: Database, clock: HandClock, folder: tempfile::TempDir, seed: u64, adjust: Adjust) -> Self {
        let master = folder.path().join("master.key");
        if !master.exists() {
            use std::os::unix::fs::OpenOptionsExt as _;
            let mut file = std::fs::OpenOptions::new()
                .create(true)
                .truncate(true)
                .write(true)
                .mode(0o600)
                .open(&master)
                .expect("a key file");
            std::io::Write::write_all(&mut file, MASTER.as_bytes()).expect("a key");
        }
        let mut config = Config {
            store: db.config.clone(),
            ..Config::default()
        };
        config.keys.master_file = master;
        config.keys.token_file = folder.path().join("token.key");
        adjust(&mut config);
        let app = App::begin(config, clock.clock(), Ids::seeded(seed))
            .await
            .expect("the service opens");
        Self {
            app,
            clock,
            db,
            folder,
            seed,
            adjust,
        }
    }

    /// Stops and starts again on the same database, at the same instant.
    pub async fn restart(self) -> Self {
        self.restart_unread().await.read().await
    }

    /// As [`TestApp::restart`], in the first moment of the start: the register has not been read.
    pub async fn restart_unread(self) -> Self {
        let Self {
            app,
            clock,
            db,
            folder,
            seed,
            adjust,
        } = self;
        app.stop().await;
        drop(app);
        Self::begin(db, clock, folder, seed + 1, adjust).await
    }

    /// Turns the clock.
    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}
