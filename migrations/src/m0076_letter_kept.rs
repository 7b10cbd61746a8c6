//! Adds indexes by age to `letter` and to those rows of `warning` of which everything has been done: both are kept for a time only, and
//! whoever deletes the oldest must not read the rest. Older code is as fast as before.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        index(schema, "letter", &["at"], false).await?;
        // By the instant at which it came, under another name than the one of those that wait.
        index_where(schema, "warning", &["received_at", "id"], false, "done_at IS NOT NULL").await
    }
}
