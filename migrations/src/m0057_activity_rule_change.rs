//! Adds `activity_rule_change`: who has changed the rules by which an elder is missed, when, and to what. Rules from before have no line.
//! Older code never reads it, and changes rules without one.

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
            .table("activity_rule_change")
            .col(id())
            .col(uuid("elder_id"))
            .col(text("rules"))
            .col(uuid("account_id"))
            .col(instant("changed_at"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "activity_rule_change", &["elder_id", "changed_at"], false).await
    }
}
