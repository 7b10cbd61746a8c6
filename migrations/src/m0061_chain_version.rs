//! Adds `chain_version`: how often the chain of a grid or household was changed, so that of two who edit one the second is told. Older
//! code never reads it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("chain_version")
            .col(text("subject_kind"))
            .col(uuid("subject_id"))
            .col(big_integer("version"))
            .primary_key(Index::create().col("subject_kind").col("subject_id"))
            .to_owned();
        schema.create_table(table).await
    }
}
