//! Adds `telling.said_at`: when the case was told that no way has led to somebody. Older code leaves it empty, and the case is told then.

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
        let column = Table::alter()
            .table("telling")
            .add_column(instant_null("said_at"))
            .to_owned();
        schema.alter_table(column).await?;
        // What has come to nothing before this step is no news any more.
        let old = "UPDATE telling SET said_at = made_at WHERE state = 'exhausted'";
        schema.get_connection().execute_unprepared(old).await?;
        let open = "state = 'exhausted' AND said_at IS NULL";
        index_where(schema, "telling", &["state"], false, open).await
    }
}
