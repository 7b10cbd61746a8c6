//! Adds `sheet_mail`: a contact wants the sheet of each month by mail, and when the next is due. A row, not a timer: of several nodes one
//! sends it. The mailbox lies sealed with the rest of how they are reached. Older code never reads it.

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
            .table("sheet_mail")
            .col(uuid("contact_id").primary_key())
            .col(uuid("elder_id"))
            .col(instant_null("due_at")) // none: they do not want it any more
            .col(text_null("sent_month")) // 2026-11
            .col(integer("attempts")) // of the one that is due
            .col(text_null("why")) // why the last one was not sent
            .foreign_key(&mut part_of("sheet_mail", "contact_id", "contact"))
            .to_owned();
        schema.create_table(table).await?;
        index_where(schema, "sheet_mail", &["due_at"], false, "due_at IS NOT NULL").await
    }
}
