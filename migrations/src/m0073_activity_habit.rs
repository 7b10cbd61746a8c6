//! Adds `activity_habit`: what was learned of how long an elder is usually quiet at home, one row an elder, sealed. It is no copy of their
//! signs: of each of 28 days the longest stretches. Older code never reads it.

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
        let table = Table::create()
            .table("activity_habit")
            .col(uuid("elder_id").primary_key())
            .col(bytes("content"))
            .col(instant("changed_at"))
            .to_owned();
        schema.create_table(table).await
    }
}
