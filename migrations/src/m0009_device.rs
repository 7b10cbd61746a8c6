//! Adds `device`: what sends alerts, whose it is, and the keyed hash of its key.

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
            .table("device")
            .col(id())
            .col(text("code"))
            .col(text("kind"))
            .col(uuid_null("elder_id"))
            .col(uuid_null("household_id"))
            .col(text_null("model"))
            .col(text_null("crs"))
            .col(boolean("voice_path"))
            .col(text_null("place"))
            .col(boolean("in_service"))
            .col(bytes_null("key_hash"))
            .col(instant_null("key_made_at"))
            .col(instant("changed_at"))
            .col(big_integer("version"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "device", &["code"], true).await?;
        index(schema, "device", &["elder_id"], false).await?;
        index(schema, "device", &["household_id"], false).await?;
        index(schema, "device", &["changed_at"], false).await
    }
}
