//! Adds `handover`, `handover_line` and `handover_note`: a desk handed over from one shift to the next, what was done about it
//! line by line, chained by hashes like the log of a case, and the texts that belong to it, sealed. The row beside the lines
//! says what a list asks for; the lines are what counts.

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
            .table("handover")
            .col(id())
            .col(uuid("from_id"))
            .col(text("scope")) // codes of areas, joined by commas
            .col(instant("begun_at"))
            .col(instant_null("ended_at"))
            .col(integer("version")) // how many lines there are
            .col(bytes("head_hash"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "handover", &["begun_at"], false).await?;
        // Nobody hands over twice at once, whoever presses twice.
        index_where(schema, "handover", &["from_id"], true, "ended_at IS NULL").await?;

        let table = Table::create()
            .table("handover_line")
            .col(uuid("handover_id"))
            .col(integer("version"))
            .col(text("body")) // JSON: ids, instants and figures
            .col(bytes("hash"))
            .primary_key(Index::create().col("handover_id").col("version"))
            .foreign_key(&mut part_of("handover_line", "handover_id", "handover"))
            .to_owned();
        schema.create_table(table).await?;

        let table = Table::create()
            .table("handover_note")
            .col(id())
            .col(uuid("handover_id"))
            .col(bytes("content")) // sealed
            .foreign_key(&mut part_of("handover_note", "handover_id", "handover"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "handover_note", &["handover_id"], false).await
    }
}
