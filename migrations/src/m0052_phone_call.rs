//! Adds `phone_call`: the telephone calls beside a case, each with the instant at which it must be looked at, so that none goes on
//! unseen when the process that made it is gone. `body` is the call as JSON, without a number; the columns are what is asked by.
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
            .table("phone_call")
            .col(id())
            .col(uuid("case_id"))
            .col(text("purpose"))
            .col(text_null("open_to")) // who is called, while the call goes on: nobody is called by two at once
            .col(instant_null("due_at")) // when it must be looked at
            .col(instant("asked_at"))
            .col(big_integer("version"))
            .col(text("body"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "phone_call", &["case_id", "asked_at"], false).await?;
        index_where(schema, "phone_call", &["open_to"], true, "open_to IS NOT NULL").await?;
        index_where(schema, "phone_call", &["due_at"], false, "due_at IS NOT NULL").await
    }
}
