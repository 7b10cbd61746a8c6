//! Adds `warning` and `warning_case`: messages by which towns, weather and fire services warn (CAP), one row each however often they
//! come, and the cases that they have opened. `done_at` is empty until what follows from a message has been done. Older code never
//! reads them.

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
        let messages = Table::create()
            .table("warning")
            .col(id())
            .col(uuid("root"))
            .col(text("link"))
            .col(text("area"))
            .col(text("crs"))
            .col(text("msg_type"))
            .col(instant("sent_at"))
            .col(instant("received_at"))
            .col(bytes("content"))
            .col(instant_null("done_at"))
            .col(text_null("result"))
            .to_owned();
        schema.create_table(messages).await?;
        index(schema, "warning", &["root"], false).await?;
        index_where(schema, "warning", &["received_at"], false, "done_at IS NULL").await?;
        let cases = Table::create()
            .table("warning_case")
            .col(uuid("case_id").primary_key())
            .col(uuid("root"))
            .col(text("street"))
            .col(uuid("message"))
            .col(instant_null("expires_at"))
            .col(instant_null("ended_at"))
            .to_owned();
        schema.create_table(cases).await?;
        index(schema, "warning_case", &["root"], false).await?;
        index_where(schema, "warning_case", &["expires_at"], false, "ended_at IS NULL").await
    }
}
