//! What can go wrong in the store, sorted by what the caller can do about it.
//!
//! | kind | the caller |
//! |---|---|
//! | [`StoreError::Conflict`] | reads again and decides anew, or tells the person what is taken |
//! | [`StoreError::Corrupt`] | sets that one row aside, shows it, goes on with its neighbours |
//! | [`StoreError::Unavailable`] | says "not now" (503 with Retry-After) and tries again; nothing was written |
//! | [`StoreError::Flawed`] | tells the person which fields are wrong; nothing was written |
//! | [`StoreError::Sealed`] | shows the field as closed: wrong key, erased, tampered with |
//! | [`StoreError::Schema`] | stops the start: migrate, or take the newer program |
//! | [`StoreError::Refused`] | a mistake of ours in a statement; a bug to report |
//!
//! Texts carry table, column and constraint names, never a value of a person.

use std::fmt;
use std::sync::Arc;

use sea_orm::sqlx;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

use super::seal::SealError;
use crate::people::Flaws;

/// A failure of the store. Causes stay chained (`source`).
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote first, or the value is taken.
    #[error("conflict: {0}")]
    Conflict(#[source] Conflict),
    /// A row that does not read back: damaged, or written by a newer version.
    #[error("row {id} of {table} does not read back: {field}: {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's id as people see it.
        id: String,
        /// The column.
        field: &'static str,
        /// What was found there, without personal data.
        what: String,
    },
    /// A value that must not be stored: each wrong field is named.
    #[error("{id} is not stored in {table}: {flaws}")]
    Flawed {
        /// Where it was to go.
        table: &'static str,
        /// Its id as people see it.
        id: String,
        /// Each wrong field; never a personal value.
        #[source]
        flaws: Flaws,
    },
    /// The database cannot serve now; nothing was written unless a commit's answer was lost.
    #[error("the store is unavailable: {reason}")]
    Unavailable {
        /// Why, for people and for metrics.
        reason: Reason,
        /// What the driver said.
        #[source]
        cause: Option<Cause>,
    },
    /// A sealed field does not open.
    #[error("sealed field: {0}")]
    Sealed(#[from] SealError),
    /// The tables are not the ones that this program knows, or the database is not safe to write to.
    #[error("{0}")]
    Schema(String),
    /// The database refused a statement that should have been right.
    #[error("the database refused a statement")]
    Refused(#[source] Cause),
}

/// What the write collided with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The row has moved on since it was read (its version differs), or is gone.
    #[error("{table} {id} was changed by somebody else")]
    Version {
        /// The table.
        table: &'static str,
        /// The row's id as people see it.
        id: String,
    },
    /// A value that must be unique exists already. The name is the same on both stores: the table and its columns
    /// joined by `_`, or `<table>_pkey` for the primary key.
    #[error("{0} exists already")]
    Unique(String),
    /// The row refers to one that does not exist. Empty on SQLite, which does not say which.
    #[error("the row refers to one that does not exist ({0})")]
    Reference(String),
    /// Two transactions stood in each other's way; the same work may be tried again at once.
    #[error("two transactions stood in each other's way")]
    Serialization,
}

/// Why the store cannot serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No space left, or a file size limit reached.
    DiskFull,
    /// The database or its disk accepts no writes.
    ReadOnly,
    /// Reading or writing the disk failed.
    Io,
    /// The connection broke, or the server is starting or stopping.
    Lost,
    /// Another writer held the lock for longer than we wait.
    Busy,
    /// A statement ran longer than allowed and was stopped by the server.
    TooSlow,
    /// No free connection within the time to wait for one.
    NoConnection,
    /// The work stopped half-way (a panic, or the program is ending); its transaction was rolled back.
    Stopped,
}

impl Reason {
    /// A stable word for metrics and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::DiskFull => "disk_full",
            Self::ReadOnly => "read_only",
            Self::Io => "io",
            Self::Lost => "lost",
            Self::Busy => "busy",
            Self::TooSlow => "too_slow",
            Self::NoConnection => "no_connection",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DiskFull => "the disk is full",
            Self::ReadOnly => "the database accepts no writes",
            Self::Io => "the disk failed",
            Self::Lost => "the connection to the database is lost",
            Self::Busy => "another writer holds the lock",
            Self::TooSlow => "a statement took too long",
            Self::NoConnection => "no free connection",
            Self::Stopped => "the work was stopped half-way",
        })
    }
}

/// What the driver said. Prints its sentence only: PostgreSQL's details quote the values of the row.
#[derive(Clone)]
pub struct Cause(Arc<DbErr>);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.to_string())
    }
}

impl std::error::Error for Cause {}

impl StoreError {
    /// A row that does not read back.
    pub fn corrupt(table: &'static str, id: impl fmt::Display, field: &'static str, what: impl Into<String>) -> Self {
        Self::Corrupt {
            table,
            id: id.to_string(),
            field,
            what: what.into(),
        }
    }

    /// A row whose version moved on.
    pub fn stale(table: &'static str, id: impl fmt::Display) -> Self {
        Self::Conflict(Conflict::Version {
            table,
            id: id.to_string(),
        })
    }

    /// Unavailable without a word from the driver.
    pub fn unavailable(reason: Reason) -> Self {
        Self::Unavailable { reason, cause: None }
    }

    /// Whether the very same work may succeed when tried again soon.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Conflict(Conflict::Serialization))
    }

    /// Whether this is a collision on the named unique key (see [`Conflict::Unique`]).
    pub fn is_unique(&self, name: &str) -> bool {
        matches!(self, Self::Conflict(Conflict::Unique(it)) if it == name)
    }
}

impl From<Conflict> for StoreError {
    fn from(it: Conflict) -> Self {
        Self::Conflict(it)
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let kind = classify(&error);
        let cause = Cause(Arc::new(error));
        match kind {
            Kind::Conflict(it) => Self::Conflict(it),
            Kind::Unavailable(reason) => Self::Unavailable {
                reason,
                cause: Some(cause),
            },
            Kind::Refused => Self::Refused(cause),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))).into()
    }
}

enum Kind {
    Conflict(Conflict),
    Unavailable(Reason),
    Refused,
}

fn classify(error: &DbErr) -> Kind {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Kind::Unavailable(Reason::NoConnection),
        DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => Kind::Unavailable(Reason::Lost),
        DbErr::Conn(RuntimeErr::SqlxError(it)) => match classify_sqlx(it) {
            // Whatever keeps us from connecting, the database is not there for us.
            Kind::Refused => Kind::Unavailable(Reason::Lost),
            other => other,
        },
        DbErr::Conn(RuntimeErr::Internal(_)) => Kind::Unavailable(Reason::Lost),
        DbErr::Exec(RuntimeErr::SqlxError(it)) | DbErr::Query(RuntimeErr::SqlxError(it)) => classify_sqlx(it),
        _ => Kind::Refused,
    }
}

fn classify_sqlx(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Database(it) => {
            let code = it.code().unwrap_or_default();
            if it.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
                classify_sqlite(&code, it.message())
            } else {
                classify_postgres(&code, it.constraint().unwrap_or_default())
            }
        }
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            Kind::Unavailable(Reason::Lost)
        }
        sqlx::Error::PoolTimedOut => Kind::Unavailable(Reason::NoConnection),
        sqlx::Error::PoolClosed => Kind::Unavailable(Reason::Lost),
        _ => Kind::Refused,
    }
}

/// SQLite's extended result code in decimal; its low byte is the primary one.
fn classify_sqlite(code: &str, message: &str) -> Kind {
    let code: u32 = code.parse().unwrap_or(0);
    match (code, code & 0xff) {
        (1555, _) => Kind::Conflict(Conflict::Unique(sqlite_key(message, true))),
        (2067 | 2579, _) => Kind::Conflict(Conflict::Unique(sqlite_key(message, false))),
        (787, _) => Kind::Conflict(Conflict::Reference(String::new())),
        // A snapshot older than the last commit cannot become a writer; waiting would not help, a new start does.
        (517, _) => Kind::Conflict(Conflict::Serialization),
        (_, 5 | 6) => Kind::Unavailable(Reason::Busy),
        (_, 8) => Kind::Unavailable(Reason::ReadOnly),
        (_, 13) => Kind::Unavailable(Reason::DiskFull),
        (_, 10 | 11 | 14 | 26) => Kind::Unavailable(Reason::Io),
        _ => Kind::Refused,
    }
}

/// The name that PostgreSQL would give, from `UNIQUE constraint failed: t.a, t.b` or `…: index 'name'`.
fn sqlite_key(message: &str, primary: bool) -> String {
    let list = message.rsplit_once("failed: ").map_or(message, |(_, list)| list);
    if let Some(name) = list.strip_prefix("index '") {
        return name.trim_end_matches('\'').to_owned();
    }
    let mut parts = list.split(", ").filter_map(|it| it.split_once('.'));
    let Some((table, first)) = parts.next() else {
        return list.to_owned();
    };
    if primary {
        return format!("{table}_pkey");
    }
    let mut name = format!("{table}_{first}");
    for (_, column) in parts {
        name.push('_');
        name.push_str(column);
    }
    name
}

fn classify_postgres(code: &str, constraint: &str) -> Kind {
    match code {
        "23505" => Kind::Conflict(Conflict::Unique(constraint.to_owned())),
        "23503" => Kind::Conflict(Conflict::Reference(constraint.to_owned())),
        "40001" | "40P01" => Kind::Conflict(Conflict::Serialization),
        "53100" => Kind::Unavailable(Reason::DiskFull),
        "25006" => Kind::Unavailable(Reason::ReadOnly),
        "53300" => Kind::Unavailable(Reason::NoConnection),
        "55P03" => Kind::Unavailable(Reason::Busy),
        "57014" => Kind::Unavailable(Reason::TooSlow),
        "25P03" | "57P01" | "57P02" | "57P03" | "57P05" => Kind::Unavailable(Reason::Lost),
        "58030" => Kind::Unavailable(Reason::Io),
        _ if code.starts_with("08") => Kind::Unavailable(Reason::Lost),
        _ if code.starts_with("53") => Kind::Unavailable(Reason::Busy),
        _ => Kind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_key_has_the_same_name_on_both_stores() {
        assert_eq!(
            sqlite_key("UNIQUE constraint failed: account.username", false),
            "account_username"
        );
        assert_eq!(
            sqlite_key("UNIQUE constraint failed: area_code.area_id, area_code.code", false),
            "area_code_area_id_code"
        );
        assert_eq!(sqlite_key("UNIQUE constraint failed: elder.id", true), "elder_pkey");
        assert_eq!(
            sqlite_key("UNIQUE constraint failed: index 'one_lead'", false),
            "one_lead"
        );
        assert_eq!(sqlite_key("something new", false), "something new");
    }

    #[test]
    fn codes_are_sorted_by_what_the_caller_can_do() {
        let reason = |kind| match kind {
            Kind::Unavailable(it) => Some(it),
            _ => None,
        };
        for (code, wanted) in [
            ("5", Reason::Busy),
            ("261", Reason::Busy),
            ("8", Reason::ReadOnly),
            ("1032", Reason::ReadOnly),
            ("13", Reason::DiskFull),
            ("778", Reason::Io),
        ] {
            assert_eq!(reason(classify_sqlite(code, "")), Some(wanted), "{code}");
        }
        for (code, wanted) in [
            ("53100", Reason::DiskFull),
            ("08006", Reason::Lost),
            ("57P01", Reason::Lost),
            ("57014", Reason::TooSlow),
            ("55P03", Reason::Busy),
            ("25006", Reason::ReadOnly),
        ] {
            assert_eq!(reason(classify_postgres(code, "")), Some(wanted), "{code}");
        }
        assert!(matches!(
            classify_postgres("40P01", ""),
            Kind::Conflict(Conflict::Serialization)
        ));
        assert!(matches!(
            classify_sqlite("517", ""),
            Kind::Conflict(Conflict::Serialization)
        ));
        assert!(matches!(classify_postgres("42601", ""), Kind::Refused));
    }
}
