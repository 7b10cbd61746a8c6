//! Adds `alert` (each signal as it arrived, sealed), `answer` (what a sender was told, so that a repeat is told the same) and
//! `note` (free texts beside a case, sealed).

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
        let alert = Table::create()
            .table("alert")
            .col(id())
            .col(uuid("case_id"))
            .col(text("sender"))
            .col(text_null("source_ref"))
            .col(text("kind"))
            .col(text_null("word"))
            .col(text("severity"))
            .col(boolean("late"))
            .col(instant("received_at"))
            .col(instant_null("occurred_at"))
            .col(bytes("content"))
            .to_owned();
        schema.create_table(alert).await?;
        index(schema, "alert", &["case_id", "received_at"], false).await?;

        let answer = Table::create()
            .table("answer")
            // SHA-256 of sender and key: the senders' own references may be long and may be personal.
            .col(bytes("id").primary_key())
            .col(bytes("request"))
            .col(text("body"))
            .col(instant("at"))
            .to_owned();
        schema.create_table(answer).await?;
        index(schema, "answer", &["at"], false).await?;

        let note = Table::create()
            .table("note")
            .col(id())
            .col(uuid("case_id"))
            .col(text("author"))
            .col(instant("at"))
            .col(bytes("content"))
            .to_owned();
        schema.create_table(note).await?;
        index(schema, "note", &["case_id", "at"], false).await
    }
}
