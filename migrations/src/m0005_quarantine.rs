//! Adds `quarantine`: senders that could not prove who they are, one row for each sender, claimed device and reason, counted.
//! The last body is kept sealed, so that a dispatcher can see whether somebody is calling for help.

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
            .table("quarantine")
            .col(id())
            .col(bytes("sender_digest"))
            .col(text("claimed_device"))
            .col(text("reason"))
            .col(big_integer("count"))
            .col(instant("first_at"))
            .col(instant("last_at"))
            .col(bytes_null("body"))
            .col(uuid_null("seen_by"))
            .col(instant_null("seen_at"))
            .to_owned();
        schema.create_table(table).await?;
        index(
            schema,
            "quarantine",
            &["sender_digest", "claimed_device", "reason"],
            true,
        )
        .await?;
        index(schema, "quarantine", &["last_at"], false).await
    }
}
