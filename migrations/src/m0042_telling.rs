//! Adds `telling`: one person is told of one step, wave by wave; it says which waves are left and when the next one starts. And
//! `notice_word`: what a carrier's provider said of a row of the outbox. Rows of channels without waves have neither. Older code
//! never reads them.

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
            .table("telling")
            .col(id()) // follows from case, step and person
            .col(uuid("case_id"))
            .col(big_integer("case_version"))
            .col(text("area_code"))
            .col(text("kind"))
            .col(text("step"))
            .col(text("target"))
            .col(integer("urgency"))
            .col(boolean("eager"))
            .col(instant("made_at"))
            .col(integer("wave")) // the one that runs, from 0
            .col(text("by")) // its carriers, joined by commas
            .col(text("later")) // the waves after it, JSON
            .col(instant_null("ends_at")) // when the next wave starts if nothing is received before
            .col(text("state")) // open, received, exhausted, moved_on
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "telling", &["case_id"], false).await?;
        index_where(schema, "telling", &["ends_at"], false, "ends_at IS NOT NULL").await?;
        let table = Table::create()
            .table("notice_word")
            .col(id()) // the row of the outbox
            .col(text("channel"))
            .col(text_null("proof")) // the provider's own number
            .col(bytes_null("callee")) // keyed hash of the telephone
            .col(text_null("whom")) // of a role: the accounts that were told, joined by commas
            .col(instant("at"))
            .col(instant_null("read_at"))
            .col(text_null("reply"))
            .to_owned();
        schema.create_table(table).await?;
        index_where(schema, "notice_word", &["channel", "proof"], false, "proof IS NOT NULL").await?;
        index_where(schema, "notice_word", &["callee", "at"], false, "callee IS NOT NULL").await?;
        // Who is being told right now by one carrier: a handful, whatever waits.
        index_where(
            schema,
            "outbox",
            &["channel", "case_id", "target"],
            false,
            "state = 'sending'",
        )
        .await
    }
}
