//! Adds indexes to `register_event`, so that its lines are found by their time and by who wrote them, and not only by what they are about.
//! Older code is as fast as before.

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
        index(schema, "register_event", &["at", "id"], false).await?;
        index(schema, "register_event", &["account_id", "at"], false).await
    }
}
