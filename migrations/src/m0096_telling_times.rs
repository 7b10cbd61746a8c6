//! Adds what one person's waves are timed by: `telling.untaken`, the wave ends early unless some way of it has taken the notice, and
//! `telling.full_at`, when it ends otherwise; and `outbox.begun_at`, since when a row of a later wave is worth sending. Older code writes
//! none of them, and its waves end as they did.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite knows no other.
        let untaken = Table::alter()
            .table("telling")
            .add_column(boolean("untaken").default(false))
            .to_owned();
        schema.alter_table(untaken).await?;
        let full_at = Table::alter()
            .table("telling")
            .add_column(instant_null("full_at"))
            .to_owned();
        schema.alter_table(full_at).await?;
        let begun_at = Table::alter()
            .table("outbox")
            .add_column(instant_null("begun_at"))
            .to_owned();
        schema.alter_table(begun_at).await
    }
}
