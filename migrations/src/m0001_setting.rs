//! Adds `setting`: facts about the store itself, by name. The epoch changes with every restore, so that no client takes
//! up a cursor of another history.

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
            .table("setting")
            .col(text("name").primary_key())
            .col(text("value"))
            .col(instant("changed_at"))
            .to_owned();
        schema.create_table(table).await
    }
}
