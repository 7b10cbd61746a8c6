//! Opening the database: one writer and a few readers on SQLite, two pools on PostgreSQL.
//!
//! Holds always:
//! - a store that would lose an acknowledged commit at a power cut is refused at the start;
//! - a writing transaction takes its lock first ([`write_lock_first`]) and runs in a task of its own ([`shielded`]): a
//!   request that goes away half-way neither stops it nor leaves an open transaction in the pool;
//! - no `timeout` or `select!` around `begin` and `commit`: the server's own limits end what hangs;
//! - SQL text and values reach no log line and no span.

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions as _, Connection as _};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};

use super::cases::Plans;
use super::error::{Reason, StoreError};
use super::seal::{KeyRing, MasterKey};

/// Where the database is and how long to wait for it.
#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// `sqlite://path` or `postgres://user:password@host:port/database`. The password never shows in logs.
    pub url: String,
    /// Connections that only read.
    pub readers_max: u32,
    /// Connections that write, PostgreSQL only; SQLite has exactly one.
    pub writers_max: u32,
    /// How long a caller waits for a free connection, milliseconds.
    pub acquire_within_ms: u64,
    /// How long SQLite waits for another process's lock, milliseconds; PostgreSQL for a row or table lock.
    pub lock_within_ms: u64,
    /// How long one statement may run on PostgreSQL, milliseconds.
    pub statement_within_ms: u64,
    /// How long a PostgreSQL transaction may sit idle before the server ends it, milliseconds.
    pub idle_in_transaction_ms: u64,
    /// Pages in SQLite's write-ahead log before it is copied back.
    pub wal_autocheckpoint_pages: u32,
    /// Refuse a PostgreSQL server whose settings lose commits at a crash (`fsync` or `full_page_writes` off).
    pub require_durable: bool,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: "sqlite://data/eldercare.db".to_owned(),
            readers_max: 4,
            writers_max: 8,
            acquire_within_ms: 2_000,
            lock_within_ms: 2_000,
            statement_within_ms: 15_000,
            idle_in_transaction_ms: 10_000,
            wal_autocheckpoint_pages: 4_000,
            require_durable: true,
        }
    }
}

impl StoreConfig {
    /// The defaults at another place.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ..Self::default()
        }
    }

    /// Every mistake, one sentence each; empty when all is well.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        if Place::of(self).is_err() {
            found.push("store.url: neither sqlite://path nor postgres://user@host/database".to_owned());
        }
        let at_least_one: [(&str, u64); 7] = [
            ("readers_max", self.readers_max.into()),
            ("writers_max", self.writers_max.into()),
            ("acquire_within_ms", self.acquire_within_ms),
            ("lock_within_ms", self.lock_within_ms),
            ("statement_within_ms", self.statement_within_ms),
            ("idle_in_transaction_ms", self.idle_in_transaction_ms),
            ("wal_autocheckpoint_pages", self.wal_autocheckpoint_pages.into()),
        ];
        found.extend(
            at_least_one
                .iter()
                .filter(|it| it.1 == 0)
                .map(|it| format!("store.{}: must be at least 1", it.0)),
        );
        found
    }
}

impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = match Place::of(self) {
            Ok(place) => place.to_string(),
            Err(_) => "***".to_owned(),
        };
        f.debug_struct("StoreConfig")
            .field("url", &url)
            .field("readers_max", &self.readers_max)
            .field("writers_max", &self.writers_max)
            .field("acquire_within_ms", &self.acquire_within_ms)
            .field("lock_within_ms", &self.lock_within_ms)
            .field("statement_within_ms", &self.statement_within_ms)
            .field("idle_in_transaction_ms", &self.idle_in_transaction_ms)
            .field("wal_autocheckpoint_pages", &self.wal_autocheckpoint_pages)
            .field("require_durable", &self.require_durable)
            .finish()
    }
}

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one file.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database, opened. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Engine,
    place: String,
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    keys: OnceLock<Arc<KeyRing>>,
    plans: Plans,
}

impl Store {
    /// Opens the database and checks that a commit is durable. Neither migrates nor opens the sealed fields: see
    /// [`Store::migrate`] and [`Store::unlock`].
    ///
    /// # Errors
    /// `Schema` when the settings would lose commits, `Unavailable` when nobody answers.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        let place = Place::of(config)?;
        let name = place.to_string();
        let (engine, writer, reader) = match place {
            Place::Sqlite(path) => {
                let (writer, reader) = open_sqlite(config, &path).await?;
                (Engine::Sqlite, writer, reader)
            }
            Place::Postgres(options) => {
                let (writer, reader) = open_postgres(config, *options).await?;
                (Engine::Postgres, writer, reader)
            }
        };
        Ok(Self(Arc::new(Inner {
            engine,
            place: name,
            writer,
            reader,
            keys: OnceLock::new(),
            plans: Plans::default(),
        })))
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        self.0.engine
    }

    /// Where it is, without the password.
    pub fn place(&self) -> &str {
        &self.0.place
    }

    /// The connections that may write. On SQLite there is one: whoever uses this while holding a transaction on it
    /// waits for himself until `acquire_within_ms` has passed, so functions take `&impl ConnectionTrait`.
    ///
    /// For this room and for tests that look under the floor; the guard of the import table keeps other rooms out.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.0.writer
    }

    /// The connections that only read; the database itself refuses a write on them. A read sees committed rows only.
    ///
    /// For this room and for tests, as [`Store::writer`].
    pub fn reader(&self) -> &DatabaseConnection {
        &self.0.reader
    }

    /// The plan versions that are known to be stored.
    pub(super) fn plans(&self) -> &Plans {
        &self.0.plans
    }

    /// Brings the tables up to this program's version. Safe when several processes start at once.
    ///
    /// # Errors
    /// `Schema` when the database was made by a newer program.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        let writer = self.0.writer.clone();
        shielded(async move { migrations::up(&writer).await.map_err(StoreError::from) }).await
    }

    /// Names of the migrations that this program has and the database does not.
    ///
    /// # Errors
    /// `Schema` when the database was made by a newer program.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        Ok(migrations::pending(self.reader()).await?)
    }

    /// Refuses to go on unless the tables are exactly this program's.
    ///
    /// # Errors
    /// `Schema`, saying what to do.
    pub async fn require_migrated(&self) -> Result<(), StoreError> {
        let pending = self.pending_migrations().await?;
        if pending.is_empty() {
            return Ok(());
        }
        Err(StoreError::Schema(format!(
            "{} of the tables' steps are not applied yet (the first: {}); run `eldercare-dispatch migrate`",
            pending.len(),
            pending[0]
        )))
    }

    /// Opens the sealed fields: unwraps the service's own keys with the master key, makes them at the first start. Those of elders
    /// are read when they are asked for, or all at once by [`KeyRing::read_all`].
    ///
    /// # Errors
    /// `Sealed(WrongMaster)` when the register was sealed under another master key.
    pub async fn unlock(&self, master: MasterKey, now: Timestamp) -> Result<Arc<KeyRing>, StoreError> {
        let ring = Arc::new(KeyRing::open(self, master, now).await?);
        Ok(self.0.keys.get_or_init(|| ring).clone())
    }

    /// The keys of the sealed fields.
    ///
    /// # Errors
    /// `Sealed(Locked)` before [`Store::unlock`].
    pub fn keys(&self) -> Result<&Arc<KeyRing>, StoreError> {
        self.0.keys.get().ok_or_else(|| super::seal::SealError::Locked.into())
    }

    /// Does `work` in one writing transaction that nobody can cancel: commits when it is `Ok`, rolls back otherwise.
    ///
    /// `work` gets the transaction and must use nothing else to reach the database.
    ///
    /// # Errors
    /// What `work` says, or what keeps the transaction from beginning or committing.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, T> + Send + 'static,
    {
        let writer = self.0.writer.clone();
        shielded(async move {
            let tx = writer.begin_with_options(write_lock_first()).await?;
            match work(&tx).await {
                Ok(value) => {
                    tx.commit().await?;
                    Ok(value)
                }
                Err(error) => {
                    // The first error is the one to tell; a connection that cannot roll back is not used again.
                    let _ = tx.rollback().await;
                    Err(error)
                }
            }
        })
        .await
    }

    /// What time the database's own machine has: only to compare, no row and no deadline ever follows it. `None` on SQLite,
    /// which has our clock.
    ///
    /// # Errors
    /// The database's.
    pub async fn database_clock(&self) -> Result<Option<Timestamp>, StoreError> {
        if self.0.engine == Engine::Sqlite {
            return Ok(None);
        }
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        let statement = Statement::from_string(self.reader().get_database_backend(), sql);
        let row = self.reader().query_one_raw(statement).await?;
        let micros: Option<i64> = row.map(|it| it.try_get_by_index(0)).transpose()?;
        Ok(micros.and_then(|it| Timestamp::from_microsecond(it).ok()))
    }

    /// Copies SQLite's write-ahead log back and cuts it to nothing. Nothing to do on PostgreSQL.
    ///
    /// # Errors
    /// `Unavailable` when the disk does not take it. A reader in the way is no error: the next call finishes the work.
    pub async fn truncate_wal(&self) -> Result<(), StoreError> {
        if self.0.engine == Engine::Sqlite {
            let writer = self.0.writer.clone();
            shielded(async move {
                Ok(writer
                    .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
                    .await
                    .map(|_| ())?)
            })
            .await?;
        }
        Ok(())
    }

    /// Ends all connections; for an orderly stop and for tests.
    pub async fn close(&self) {
        let _ = self.0.reader.close_by_ref().await;
        let _ = self.0.writer.close_by_ref().await;
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.0.place).finish()
    }
}

/// The future that [`Store::write`] runs.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 't>>;

/// How every writing transaction begins: on SQLite with the write lock in hand, because a transaction that reads first
/// cannot become a writer once somebody else has committed, however long it waits. PostgreSQL ignores it.
pub fn write_lock_first() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// Runs `work` in a task of its own and waits for it. The caller may be dropped at any await (a phone that hangs up);
/// the work goes on to its commit or rollback, and its connection returns to the pool in a known state.
///
/// # Errors
/// What `work` says; `Unavailable(Stopped)` when it panicked or the runtime ended.
pub async fn shielded<T, F>(work: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    tokio::spawn(work)
        .await
        .unwrap_or_else(|_| Err(StoreError::unavailable(Reason::Stopped)))
}

/// Values that one statement may bind: SQLite takes 32,766 and PostgreSQL 65,535; far below, plans stay small.
pub const BINDS_MAX: usize = 10_000;

/// Rows per multi-row statement of `columns` columns: min(512, 10,000 / columns), at least 1.
pub const fn rows_per_statement(columns: usize) -> usize {
    let fit = BINDS_MAX / if columns == 0 { 1 } else { columns };
    if fit > 512 {
        512
    } else if fit == 0 {
        1
    } else {
        fit
    }
}

enum Place {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

impl Place {
    fn of(config: &StoreConfig) -> Result<Self, StoreError> {
        let bad =
            || StoreError::Schema("store.url: neither sqlite://path nor postgres://user@host/database".to_owned());
        if let Some(rest) = config.url.strip_prefix("sqlite://") {
            // What follows a question mark are settings of the driver; ours are in the configuration.
            let path = rest.split('?').next().unwrap_or_default();
            if path.is_empty() || path.contains(":memory:") {
                return Err(bad());
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if config.url.starts_with("postgres://") || config.url.starts_with("postgresql://") {
            return PgConnectOptions::from_str(&config.url)
                .map(|it| Self::Postgres(Box::new(it)))
                .map_err(|_| bad());
        }
        Err(bad())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(it) => {
                let host = it
                    .get_socket()
                    .map_or_else(|| it.get_host().to_owned(), |path| path.display().to_string());
                let database = it.get_database().unwrap_or_else(|| it.get_username());
                write!(
                    f,
                    "postgres://{}@{host}:{}/{database}",
                    it.get_username(),
                    it.get_port()
                )
            }
        }
    }
}

/// What both pools have in common. The address goes in by `map_sqlx_*_opts`: sea-orm prints this value in a span.
fn pool(scheme: &str, config: &StoreConfig, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(format!("{scheme}://store"));
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_millis(config.acquire_within_ms))
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    options
}

async fn open_sqlite(
    config: &StoreConfig,
    path: &Path,
) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    make_private(path)?;
    let base = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_millis(config.lock_within_ms))
        .foreign_keys(true)
        .statement_cache_capacity(512)
        .pragma("temp_store", "MEMORY")
        // Rows that the driver's thread may be ahead: at its 50 a page of the register is a hundred changes of thread.
        .row_buffer_size(512)
        .disable_statement_logging();

    let mut writer = pool("sqlite", config, 1);
    writer.min_connections(1).idle_timeout(None).max_lifetime(None);
    let pages = config.wal_autocheckpoint_pages.to_string();
    let options = base
        .clone()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-32768") // KiB
        .pragma("wal_autocheckpoint", pages)
        .pragma("journal_size_limit", (64 * 1024 * 1024).to_string())
        .pragma("secure_delete", "FAST"); // an erased key is overwritten in its page
    writer.map_sqlx_sqlite_opts(move |_| options.clone());
    writer.map_sqlx_sqlite_pool_opts(never_half_done);
    // Several programs that open a new database at once: the change to the write-ahead log does not wait for its lock.
    let alone = opening_alone(path).await?;
    let writer = sea_orm::Database::connect(writer).await?;
    drop(alone);
    require_sqlite_setting(&writer, "journal_mode", "wal").await?;
    require_sqlite_setting(&writer, "synchronous", "2").await?;
    require_sqlite_setting(&writer, "foreign_keys", "1").await?;

    let mut reader = pool("sqlite", config, config.readers_max);
    reader.idle_timeout(None).max_lifetime(None);
    // There are several, and the system holds what they read as well.
    let options = base.read_only(true).pragma("cache_size", "-8192");
    reader.map_sqlx_sqlite_opts(move |_| options.clone());
    reader.map_sqlx_sqlite_pool_opts(never_half_done);
    let reader = sea_orm::Database::connect(reader).await?;
    Ok((writer, reader))
}

/// A connection that comes back with a transaction it could not end is closed.
///
/// When the disk is full or fails, SQLite rolls back by itself; our own rollback then fails, and the driver goes on counting a
/// transaction. The next one would be a savepoint in it, and after one more failure every commit the release of an inner
/// savepoint: said to be done, and gone with the process.
fn never_half_done(pool: PoolOptions<Sqlite>) -> PoolOptions<Sqlite> {
    pool.after_release(|connection, _| {
        let whole = !connection.is_in_transaction();
        if !whole {
            tracing::warn!("a connection that could not end its transaction is closed");
        }
        Box::pin(std::future::ready(Ok(whole)))
    })
}

/// Waits until no other program is opening the database. A file of its own: closing a second handle of the database would
/// give up the locks of SQLite in this process.
async fn opening_alone(path: &Path) -> Result<std::fs::File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".opening");
    let name = PathBuf::from(name);
    let shown = name.display().to_string();
    let failed = move |error: std::io::Error| StoreError::Schema(format!("cannot lock {shown}: {error}"));
    let locked = tokio::task::spawn_blocking(move || {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&name)?;
        file.lock()?;
        Ok(file)
    });
    locked
        .await
        .unwrap_or_else(|error| Err(std::io::Error::other(error)))
        .map_err(failed)
}

/// Makes the folder and an empty database that only its owner reads; SQLite gives its side files the same rights.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let failed = |error: std::io::Error| StoreError::Schema(format!("cannot make {}: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

async fn require_sqlite_setting(db: &DatabaseConnection, name: &str, wanted: &str) -> Result<(), StoreError> {
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {name}")))
        .await?;
    let found = match &row {
        Some(row) => row
            .try_get_by_index::<String>(0)
            .or_else(|_| row.try_get_by_index::<i64>(0).map(|it| it.to_string()))?,
        None => String::new(),
    };
    if found.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    Err(StoreError::Schema(format!(
        "SQLite answers {name} = {found} where {wanted} is needed; an acknowledged alert could be lost"
    )))
}

async fn open_postgres(
    config: &StoreConfig,
    address: PgConnectOptions,
) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    let base = address
        // Ten lengths of each of the committer's statements, and the pairs of the two lists by which it loads.
        .statement_cache_capacity(512)
        .options([
            ("statement_timeout", config.statement_within_ms.to_string()),
            ("lock_timeout", config.lock_within_ms.to_string()),
            (
                "idle_in_transaction_session_timeout",
                config.idle_in_transaction_ms.to_string(),
            ),
            ("synchronous_commit", "on".to_owned()),
            ("timezone", "UTC".to_owned()),
        ])
        .disable_statement_logging();

    let connect = |mut pool: ConnectOptions, options: PgConnectOptions| async move {
        // A ping before every use would cost a round trip; one after a pause finds what a restart has broken.
        pool.test_before_acquire(false)
            .test_before_acquire_if_idle_for(Duration::from_secs(5));
        pool.map_sqlx_postgres_opts(move |_| options.clone());
        sea_orm::Database::connect(pool).await
    };
    let writer = base.clone().application_name("eldercare-dispatch");
    let writer = connect(pool("postgres", config, config.writers_max), writer).await?;
    if config.require_durable {
        for name in ["fsync", "full_page_writes"] {
            require_postgres_setting(&writer, name, "on").await?;
        }
    }
    let reader = base
        .application_name("eldercare-dispatch reads")
        .options([("default_transaction_read_only", "on")]);
    let reader = connect(pool("postgres", config, config.readers_max), reader).await?;
    Ok((writer, reader))
}

async fn require_postgres_setting(db: &DatabaseConnection, name: &str, wanted: &str) -> Result<(), StoreError> {
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, format!("SHOW {name}")))
        .await?;
    let found = row
        .map(|it| it.try_get_by_index::<String>(0))
        .transpose()?
        .unwrap_or_default();
    if found == wanted {
        return Ok(());
    }
    Err(StoreError::Schema(format!(
        "PostgreSQL answers {name} = {found} where {wanted} is needed; an acknowledged alert could be lost"
    )))
}

impl From<migrations::Failure> for StoreError {
    fn from(it: migrations::Failure) -> Self {
        match it {
            migrations::Failure::Newer { .. } => Self::Schema(it.to_string()),
            migrations::Failure::Database(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_show() {
        let config = StoreConfig::at("postgres://ecd:tops3cret@db.local:5433/street");
        assert!(config.mistakes().is_empty());
        assert!(!format!("{config:?}").contains("tops3cret"));
        assert!(format!("{config:?}").contains("postgres://ecd@db.local:5433/street"));
        assert!(!format!("{:?}", StoreConfig::at("mysql://ecd:tops3cret@x/y")).contains("tops3cret"));
    }

    #[test]
    fn every_mistake_is_listed() {
        let config = StoreConfig {
            readers_max: 0,
            lock_within_ms: 0,
            ..StoreConfig::at("sqlite://:memory:")
        };
        assert_eq!(config.mistakes().len(), 3, "{:?}", config.mistakes());
    }

    #[test]
    fn rows_per_statement_stays_below_the_bind_limits() {
        assert_eq!(rows_per_statement(1), 512);
        assert_eq!(rows_per_statement(20), 500);
        assert_eq!(rows_per_statement(0), 512);
        assert_eq!(rows_per_statement(20_000), 1);
        for columns in 1..200 {
            assert!(rows_per_statement(columns) * columns <= BINDS_MAX);
        }
    }
}
