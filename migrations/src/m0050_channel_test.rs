//! Adds `channel_test`: somebody of the staff has tried the ways by which they are told, and what came of each. Never a contact of an
//! elder's. Older code never reads it.

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
            .table("channel_test")
            .col(id()) // the letter's
            .col(text("owner")) // resp_…, user_…
            .col(uuid("run")) // those that were sent together
            .col(text("channel"))
            .col(text("state")) // handed, taken, received, failed
            .col(text_null("proof")) // the provider's own number
            .col(text_null("why"))
            .col(instant("at"))
            .col(instant_null("receipt_at"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "channel_test", &["owner", "at"], false).await?;
        index(schema, "channel_test", &["at"], false).await?;
        index_where(
            schema,
            "channel_test",
            &["channel", "proof"],
            false,
            "proof IS NOT NULL",
        )
        .await
    }
}
