//! Adds `chain_root`: once a day, one hash over every event of a stream up to a number. The chain of a case shows a changed
//! event; only a root shows that a case, or the end of its log, was cut off and its head made to fit. Older code never
//! reads it.

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
            .table("chain_root")
            .col(text("stream"))
            .col(big_integer("number"))
            .col(bytes("root"))
            .col(instant("at"))
            .primary_key(Index::create().col("stream").col("number"))
            .to_owned();
        schema.create_table(table).await
    }
}
