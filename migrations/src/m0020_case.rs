//! Adds the cases and their log: `stream` (numbers of events and cases), `plan_version` (frozen plans), `cases` (as they stand;
//! `due_at` is the earliest deadline of an open one), `case_event` (what happened, hash-chained over the stored bytes) and
//! `offer` (which case an offer belongs to).

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
        let stream = Table::create()
            .table("stream")
            .col(text("code").primary_key())
            .col(big_integer("head"))
            .col(integer("day"))
            .col(big_integer("day_cases"))
            .to_owned();
        schema.create_table(stream).await?;

        let plan = Table::create()
            .table("plan_version")
            .col(id())
            .col(text("content"))
            .col(instant("first_at"))
            .to_owned();
        schema.create_table(plan).await?;

        let cases = Table::create()
            .table("cases")
            .col(id())
            .col(text("number"))
            .col(text("stream"))
            .col(text("area_code"))
            .col(text("state"))
            .col(text("tier"))
            .col(text("severity"))
            .col(integer("severity_rank"))
            .col(text("kind"))
            .col(text("lane"))
            .col(text("subject"))
            .col(uuid_null("elder_id"))
            // Set while a new alert of the same subject and lane would join: one such case at most.
            .col(text_null("join_key"))
            // Set while a responder leads: nobody leads two cases.
            .col(uuid_null("lead_id"))
            .col(instant("opened_at"))
            .col(instant_null("closed_at"))
            .col(instant_null("due_at"))
            .col(instant_null("seek_at"))
            .col(instant("changed_at"))
            .col(big_integer("version"))
            .col(big_integer("version_before"))
            .col(bytes("head_hash"))
            .col(text("body"))
            .to_owned();
        schema.create_table(cases).await?;
        index(schema, "cases", &["number"], true).await?;
        index(schema, "cases", &["join_key"], true).await?;
        index(schema, "cases", &["lead_id"], true).await?;
        index_where(schema, "cases", &["due_at"], false, "due_at IS NOT NULL").await?;
        index_where(schema, "cases", &["seek_at"], false, "seek_at IS NOT NULL").await?;
        index_where(schema, "cases", &["area_code", "opened_at"], false, "closed_at IS NULL").await?;
        index_where(schema, "cases", &["subject"], false, "closed_at IS NULL").await?;
        index(schema, "cases", &["elder_id", "opened_at"], false).await?;
        index(schema, "cases", &["opened_at"], false).await?;

        let event = Table::create()
            .table("case_event")
            .col(text("stream"))
            .col(big_integer("number"))
            .col(uuid("case_id"))
            .col(big_integer("version"))
            .col(instant("at"))
            .col(text("kind"))
            .col(text("body"))
            .col(bytes("hash"))
            .primary_key(Index::create().col("stream").col("number"))
            .to_owned();
        schema.create_table(event).await?;
        index(schema, "case_event", &["case_id", "version"], true).await?;

        let offer = Table::create()
            .table("offer")
            .col(id())
            .col(uuid("case_id"))
            .col(uuid("responder_id"))
            .col(instant("made_at"))
            .to_owned();
        schema.create_table(offer).await?;
        index(schema, "offer", &["responder_id", "made_at"], false).await
    }
}
