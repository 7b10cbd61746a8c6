//! Adds an index of the outbox's open rows by when they are due: of a channel whose rows all wait for a later try, a look reads none of them.

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
        let open = "state IN ('waiting', 'sending')";
        index_where(schema, "outbox", &["channel", "next_at"], false, open).await
    }
}
