//! Adds `quota_use`: what was booked of a carrier's quota, counted over the minute, hour and day before; and `notice_report`: what
//! providers reported, once each, also of what we have not written down ourselves yet. Older code never reads them.

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
            .table("quota_use")
            .col(id()) // follows from carrier, notice and callee
            .col(text("channel"))
            .col(bytes("callee")) // keyed hash of the address
            .col(instant("at"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "quota_use", &["channel", "at"], false).await?;
        index(schema, "quota_use", &["channel", "callee", "at"], false).await?;
        let table = Table::create()
            .table("notice_report")
            .col(id()) // follows from what it says
            .col(text("channel"))
            .col(uuid_null("notice_id"))
            .col(text_null("proof"))
            .col(bytes_null("callee"))
            .col(text("word"))
            .col(bytes_null("detail")) // sealed
            .col(instant("at"))
            .col(instant("taken_at"))
            .col(instant_null("done_at"))
            .to_owned();
        schema.create_table(table).await?;
        index_where(schema, "notice_report", &["channel", "proof"], false, "done_at IS NULL").await?;
        index(schema, "notice_report", &["taken_at"], false).await
    }
}
