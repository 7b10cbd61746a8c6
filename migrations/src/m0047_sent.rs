//! Adds `sent`: which cases the desk has sent a responder to without an offer, so that their own history finds these too. Cases
//! from before are found where there was an offer. Older code never reads it.

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
            .table("sent")
            .col(uuid("responder_id"))
            .col(uuid("case_id"))
            .col(instant("at"))
            .primary_key(Index::create().col("responder_id").col("case_id"))
            .to_owned();
        schema.create_table(table).await
    }
}
