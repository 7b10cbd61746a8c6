//! Adds `activity_rule` (the rules of an elder's own) and `activity_due`: for each elder and rule the instant at which somebody looks
//! whether a sign of life has come. A table, not a timer in memory: a deadline outlives the process that set it. Older code never reads
//! them.

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
        let rules = Table::create()
            .table("activity_rule")
            .col(uuid("elder_id").primary_key())
            .col(text("rules"))
            .col(uuid("account_id"))
            .col(instant("changed_at"))
            .to_owned();
        schema.create_table(rules).await?;
        let due = Table::create()
            .table("activity_due")
            .col(uuid("elder_id"))
            .col(text("rule"))
            .col(instant("since")) // from when on it counts
            .col(instant("due_at"))
            .primary_key(Index::create().col("elder_id").col("rule"))
            .to_owned();
        schema.create_table(due).await?;
        index(schema, "activity_due", &["due_at"], false).await
    }
}
