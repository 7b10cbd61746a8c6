//! Adds `responder` with its duty and last position in tables of their own (they change by the minute, the file by the year,
//! and an import must not touch them), `shift`, `chain_link` and `stand_in`.

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
            .table("responder")
            .col(id())
            .col(text("code"))
            .col(text("name"))
            .col(text("kind"))
            .col(text("tier"))
            .col(text("skills")) // words joined by commas
            .col(text("mode"))
            .col(integer("party_size"))
            .col(double_null("base_lat"))
            .col(double_null("base_lon"))
            .col(text("scope")) // area codes joined by commas
            .col(integer("capacity"))
            .col(text("allowances")) // words joined by commas
            .col(bytes_null("phones")) // sealed
            .col(instant("changed_at"))
            .col(big_integer("version"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "responder", &["code"], true).await?;
        index(schema, "responder", &["changed_at"], false).await?;

        let table = Table::create()
            .table("responder_duty")
            .col(uuid("responder_id").primary_key())
            .col(boolean("on_duty"))
            .col(instant("since"))
            .col(uuid_null("changed_by")) // the account; none: the rota
            .foreign_key(&mut part_of("responder_duty", "responder_id", "responder"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "responder_duty", &["since"], false).await?;

        let table = Table::create()
            .table("responder_position") // not tied to `responder`: a batch of positions must not fail for one stranger
            .col(uuid("responder_id").primary_key())
            .col(double("lat"))
            .col(double("lon"))
            .col(instant("at"))
            .col(double_null("accuracy_m"))
            .to_owned();
        schema.create_table(table).await?;

        let table = Table::create()
            .table("shift")
            .col(uuid("responder_id"))
            .col(instant("from_at"))
            .col(instant("until_at"))
            .col(uuid_null("stands_in_for"))
            .primary_key(Index::create().col("responder_id").col("from_at"))
            .foreign_key(&mut part_of("shift", "responder_id", "responder"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "shift", &["until_at"], false).await?;

        let table = Table::create()
            .table("chain_link")
            .col(text("subject_kind")) // grid (an area) or household
            .col(uuid("subject_id"))
            .col(text("post"))
            .col(uuid("responder_id"))
            .primary_key(Index::create().col("subject_kind").col("subject_id").col("post"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "chain_link", &["responder_id"], false).await?;

        let table = Table::create()
            .table("stand_in")
            .col(uuid("absent_id"))
            .col(instant("from_at"))
            .col(uuid("by_id"))
            .col(instant_null("until_at"))
            .primary_key(Index::create().col("absent_id").col("from_at"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "stand_in", &["until_at"], false).await
    }
}
