//! Adds `area_map`: the outlines of a street's areas, one row a version, and none is ever changed: each holds from a day of its own.
//! Older code never reads it.

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
            .table("area_map")
            .col(text("street")) // its 9-digit code
            .col(big_integer("version")) // 1, 2, …
            .col(day("valid_from"))
            .col(instant("made_at"))
            .col(uuid("account_id"))
            .col(text_null("note"))
            .col(integer("areas")) // how many outlines
            .col(text("content")) // JSON
            .primary_key(Index::create().col("street").col("version"))
            .to_owned();
        schema.create_table(table).await
    }
}
