//! Adds `practice`: who takes part in the practice now, and until when. Whoever is not here sees no case of it and is asked by none.

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
            .table("practice")
            .col(uuid("account_id").primary_key())
            .col(uuid_null("responder_id")) // the responder that they are, if one
            .col(boolean("desk"))
            .col(instant("joined_at"))
            .col(instant("until")) // a practice that nobody ends is over by itself
            .to_owned();
        schema.create_table(table).await
    }
}
