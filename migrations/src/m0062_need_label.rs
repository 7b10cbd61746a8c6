//! Adds `need_label`: how a street shows needs, with the version that an edit must name. Older code never reads it.

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
            .table("need_label")
            .col(text("street").primary_key()) // its 9-digit code
            .col(big_integer("version"))
            .col(text("content")) // JSON
            .to_owned();
        schema.create_table(table).await
    }
}
