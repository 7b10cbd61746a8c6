//! The tables of the service, one file a step, forward only, each safe beside the version before it.
//!
//! Holds always:
//! - one process at a time: an advisory lock on PostgreSQL, the write lock on SQLite;
//! - all pending steps are applied in one transaction, or none;
//! - a database that knows steps which this program does not is refused: it was made by a newer one;
//! - a unique index is named after its table and columns, joined by `_`, so that a collision has one name on both stores.
//!
//! A step may add tables, columns that are nullable or have a default, and indexes. It must not rename or drop what the
//! version before it reads; that is a step of the version after next.

mod columns;
mod m0001_setting;
mod m0002_data_key;
mod m0003_account;
mod m0004_view_log;
mod m0005_quarantine;
mod m0006_area;
mod m0007_elder;
mod m0008_responder;
mod m0009_device;
mod m0010_station;
mod m0020_case;
mod m0021_alert;
mod m0022_outbox;
mod m0023_chain_root;
mod m0024_fewer_rows;
mod m0025_handover;
mod m0028_wall;
mod m0029_practice;
mod m0030_retention;
mod m0031_device_terminal;
mod m0032_device_state;
mod m0033_mqtt;
mod m0035_device_beat;
mod m0036_incident_device;
mod m0037_device_care;
mod m0038_activity;
mod m0041_reach;
mod m0042_telling;
mod m0043_quota_report;
mod m0045_family;
mod m0046_photo;
mod m0047_sent;
mod m0048_letter;
mod m0049_untold;
mod m0050_channel_test;
mod m0052_phone_call;
mod m0053_phone_recording;
mod m0056_warning;
mod m0057_activity_rule_change;
mod m0058_device_order;
mod m0059_device_photo;
mod m0060_service;
mod m0061_chain_version;
mod m0062_need_label;
mod m0070_push_from;
mod m0071_contact_hours;
mod m0072_device_order_expires;
mod m0073_activity_habit;
mod m0076_letter_kept;
mod m0077_outbox_oldest;
mod m0081_round_check;
mod m0082_canary;
mod m0083_sheet_mail;
mod m0084_area_map;
mod m0087_visit;
mod m0088_street_plan;
mod m0091_link;
mod m0092_link_sent;
mod m0096_telling_times;
mod m0097_log_by_time;
mod m0098_rota;

use std::collections::BTreeSet;

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};

/// All steps in order. Add at the end; never change or reorder what was released.
struct Steps;

impl MigratorTrait for Steps {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_setting::Migration),
            Box::new(m0002_data_key::Migration),
            Box::new(m0003_account::Migration),
            Box::new(m0004_view_log::Migration),
            Box::new(m0005_quarantine::Migration),
            Box::new(m0006_area::Migration),
            Box::new(m0007_elder::Migration),
            Box::new(m0008_responder::Migration),
            Box::new(m0009_device::Migration),
            Box::new(m0010_station::Migration),
            Box::new(m0020_case::Migration),
            Box::new(m0021_alert::Migration),
            Box::new(m0022_outbox::Migration),
            Box::new(m0023_chain_root::Migration),
            Box::new(m0024_fewer_rows::Migration),
            Box::new(m0030_retention::Migration),
            Box::new(m0031_device_terminal::Migration),
            Box::new(m0032_device_state::Migration),
            Box::new(m0045_family::Migration),
            Box::new(m0028_wall::Migration),
            Box::new(m0029_practice::Migration),
            Box::new(m0025_handover::Migration),
            Box::new(m0046_photo::Migration),
            Box::new(m0047_sent::Migration),
            Box::new(m0033_mqtt::Migration),
            Box::new(m0035_device_beat::Migration),
            Box::new(m0036_incident_device::Migration),
            Box::new(m0037_device_care::Migration),
            Box::new(m0038_activity::Migration),
            Box::new(m0041_reach::Migration),
            Box::new(m0042_telling::Migration),
            Box::new(m0043_quota_report::Migration),
            Box::new(m0048_letter::Migration),
            Box::new(m0049_untold::Migration),
            Box::new(m0050_channel_test::Migration),
            Box::new(m0052_phone_call::Migration),
            Box::new(m0053_phone_recording::Migration),
            Box::new(m0056_warning::Migration),
            Box::new(m0057_activity_rule_change::Migration),
            Box::new(m0058_device_order::Migration),
            Box::new(m0059_device_photo::Migration),
            Box::new(m0060_service::Migration),
            Box::new(m0061_chain_version::Migration),
            Box::new(m0062_need_label::Migration),
            Box::new(m0070_push_from::Migration),
            Box::new(m0071_contact_hours::Migration),
            Box::new(m0072_device_order_expires::Migration),
            Box::new(m0073_activity_habit::Migration),
            Box::new(m0076_letter_kept::Migration),
            Box::new(m0077_outbox_oldest::Migration),
            Box::new(m0081_round_check::Migration),
            Box::new(m0082_canary::Migration),
            Box::new(m0083_sheet_mail::Migration),
            Box::new(m0084_area_map::Migration),
            Box::new(m0087_visit::Migration),
            Box::new(m0088_street_plan::Migration),
            Box::new(m0091_link::Migration),
            Box::new(m0092_link_sent::Migration),
            Box::new(m0096_telling_times::Migration),
            Box::new(m0097_log_by_time::Migration),
            Box::new(m0098_rota::Migration),
        ]
    }
}

/// Why the tables could not be brought up.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database was made by a newer program than this one.
    #[error(
        "the database was made by a newer program: this one does not know its steps {}; start the newer program, or restore a copy made before it",
        unknown.join(", ")
    )]
    Newer {
        /// The steps that are applied and unknown here.
        unknown: Vec<String>,
    },
    /// The database refused.
    #[error("a step could not be applied")]
    Database(#[from] DbErr),
}

/// How long another process that is applying steps is waited for.
const WAIT_SECONDS: u32 = 300;
/// Any number that is ours alone.
const LOCK: i64 = 0x0045_4344_4D49_4752; // "ECDMIGR"

/// Applies what is pending and answers the names. Safe when several processes start at once: one works, the others wait
/// and find nothing to do.
///
/// # Errors
/// [`Failure::Newer`] before anything is touched; [`Failure::Database`] after everything was rolled back.
pub async fn up(db: &DatabaseConnection) -> Result<Vec<String>, Failure> {
    if pending(db).await?.is_empty() {
        return Ok(Vec::new());
    }
    let tx = begin_alone(db).await?;
    let names = pending(&tx).await?;
    Steps::up(&tx, None).await?;
    tx.commit().await?;
    Ok(names)
}

/// Applies the steps up to and with `last` to a database that has none: the tables as a program of that time left them. For
/// tests that take a step over rows of the version before it; a service takes all steps ([`up`]).
///
/// # Errors
/// As [`up`]; `Database` when there is no step of that name.
pub async fn up_to(db: &DatabaseConnection, last: &str) -> Result<(), Failure> {
    let steps = Steps::migrations();
    let Some(at) = steps.iter().position(|it| it.name() == last) else {
        return Err(DbErr::Custom(format!("there is no step {last}")).into());
    };
    let tx = begin_alone(db).await?;
    Steps::up(&tx, Some(at as u32 + 1)).await?;
    Ok(tx.commit().await?)
}

/// Names of the steps that are not applied yet. Reads only.
///
/// # Errors
/// [`Failure::Newer`], or the database's.
pub async fn pending<'c>(db: impl IntoSchemaManagerConnection<'c>) -> Result<Vec<String>, Failure> {
    let known: Vec<String> = Steps::migrations().iter().map(|it| it.name().to_owned()).collect();
    let applied = applied(&SchemaManager::new(db)).await?;
    let unknown: Vec<String> = applied.iter().filter(|it| !known.contains(it)).cloned().collect();
    if !unknown.is_empty() {
        return Err(Failure::Newer { unknown });
    }
    Ok(known.into_iter().filter(|it| !applied.contains(it)).collect())
}

/// The names in the database, whether this program knows them or not.
async fn applied(schema: &SchemaManager<'_>) -> Result<BTreeSet<String>, DbErr> {
    if !schema.has_table("seaql_migrations").await? {
        return Ok(BTreeSet::new());
    }
    let query = Query::select().column("version").from("seaql_migrations").to_owned();
    schema
        .get_connection()
        .query_all(&query)
        .await?
        .iter()
        .map(|row| row.try_get("", "version"))
        .collect()
}

/// A transaction that only one process at a time can have.
async fn begin_alone(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    match db.get_database_backend() {
        DbBackend::Sqlite => {
            // The pool that writes has one connection, so the setting reaches the one that begins. The write lock keeps
            // others out until the commit.
            let before = db
                .query_one_raw(Statement::from_string(DbBackend::Sqlite, "PRAGMA busy_timeout"))
                .await?;
            let before: i32 = before.map(|it| it.try_get_by_index(0)).transpose()?.unwrap_or(2_000);
            db.execute_unprepared(&format!("PRAGMA busy_timeout = {}", WAIT_SECONDS * 1_000))
                .await?;
            let options = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            let began = db.begin_with_options(options).await;
            match began {
                Ok(tx) => {
                    tx.execute_unprepared(&format!("PRAGMA busy_timeout = {before}"))
                        .await?;
                    Ok(tx)
                }
                Err(error) => {
                    db.execute_unprepared(&format!("PRAGMA busy_timeout = {before}"))
                        .await?;
                    Err(error)
                }
            }
        }
        _ => {
            let tx = db.begin().await?;
            // Building an index may take longer than a statement of the service may; the lock of a table is not waited for
            // longer than the running version can bear.
            let limits = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
            tx.execute_unprepared(limits).await?;
            tx.execute_unprepared(&format!("SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
                .await?;
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
                .await?;
            tx.execute_unprepared("SET LOCAL lock_timeout = '5s'").await?;
            Ok(tx)
        }
    }
}
