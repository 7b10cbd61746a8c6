//! Adds `device_photo`: where a device hangs, as it was installed; the record of a household, sealed. A later photo takes the place of the
//! one before it, and a device that is taken away has none any more: what is replaced is deleted by a job. Older code never reads it.

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
            .table("device_photo")
            .col(id())
            .col(uuid("device_id"))
            .col(uuid("account_id"))
            .col(instant("at"))
            .col(text("media"))
            .col(integer("width"))
            .col(integer("height"))
            .col(integer("size_bytes"))
            .col(bytes("content"))
            .col(instant_null("replaced_at"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "device_photo", &["device_id", "at"], false).await?;
        // The retention job takes the oldest first.
        index_where(
            schema,
            "device_photo",
            &["replaced_at"],
            false,
            "replaced_at IS NOT NULL",
        )
        .await
    }
}
