//! Adds `round_check`: who of a round of checks (after an outage, in the area of a warning) was looked after, by whom, when, and how they
//! were. A row for each look; the last counts. Older code never reads it.

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
            .table("round_check")
            .col(id())
            .col(uuid("case_id"))
            .col(uuid("elder_id"))
            .col(uuid("account_id"))
            .col(instant("at"))
            .col(text("result"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "round_check", &["case_id", "at"], false).await
    }
}
