//! Adds `device_order`: what devices are told to do, who has said so, and what came of it. What is told is sealed: numbers and texts are
//! somebody's. Older code never reads it.

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
            .table("device_order")
            .col(id())
            .col(uuid("device_id"))
            .col(text("kind"))
            .col(bytes("content"))
            .col(uuid_null("account_id"))
            .col(instant("made_at"))
            .col(instant("expires_at"))
            .col(text("state"))
            .col(instant_null("sent_at"))
            .col(instant_null("answered_at"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "device_order", &["device_id", "made_at"], false).await
    }
}
