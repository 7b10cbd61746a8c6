//! Adds the rounds: `visit` (who looked in on whom, by what proof, what was found), `visit_due` (for each elder the instant at which
//! somebody looks whether the visit has taken place), `visit_missed` (each that had not), `visit_plan` (an elder's own plan of care),
//! `visit_code` (the code at a door, by its keyed hash) and `visit_photo`, sealed. A deadline is a row: it outlives the process that
//! set it. Older code never reads them.

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
        let visit = Table::create()
            .table("visit")
            .col(id())
            .col(uuid("elder_id"))
            .col(text("area_code")) // of the grid, then
            .col(instant("at")) // when it was made
            .col(instant("filed_at"))
            .col(uuid("account_id"))
            .col(uuid_null("responder_id"))
            .col(uuid_null("companion_id")) // who was there too
            .col(text("way"))
            .col(text("result"))
            .col(text("proof"))
            .col(text("proof_says"))
            .col(integer_null("metres")) // from the door, where a fix was sent
            .col(integer_null("accuracy_m"))
            .col(boolean("counts")) // the elder was met and the place is proved
            .col(day_null("due_on")) // the day by which it was due
            .col(bytes_null("words"))
            .col(uuid_null("case_id")) // what it opened
            .col(bytes("asked")) // SHA-256 of the request: the same key with another is refused
            .to_owned();
        schema.create_table(visit).await?;
        index(schema, "visit", &["elder_id", "at"], false).await?;
        index(schema, "visit", &["at"], false).await?;
        let due = Table::create()
            .table("visit_due")
            .col(uuid("elder_id").primary_key())
            .col(instant("since")) // from when on it counts: the last visit, or when the rhythm began
            .col(instant_null("visited_at"))
            .col(instant("due_at"))
            .to_owned();
        schema.create_table(due).await?;
        index(schema, "visit_due", &["due_at"], false).await?;
        let missed = Table::create()
            .table("visit_missed")
            .col(uuid("elder_id"))
            .col(day("due_on"))
            .col(text("area_code"))
            .col(instant("at"))
            .col(uuid_null("case_id"))
            .primary_key(Index::create().col("elder_id").col("due_on"))
            .to_owned();
        schema.create_table(missed).await?;
        index(schema, "visit_missed", &["due_on"], false).await?;
        let plan = Table::create()
            .table("visit_plan")
            .col(uuid("elder_id").primary_key())
            .col(big_integer("version"))
            .col(text("content")) // JSON
            .to_owned();
        schema.create_table(plan).await?;
        let code = Table::create()
            .table("visit_code")
            .col(uuid("household_id").primary_key())
            .col(bytes("hash"))
            .col(instant("made_at"))
            .col(uuid("account_id"))
            .to_owned();
        schema.create_table(code).await?;
        let photo = Table::create()
            .table("visit_photo")
            .col(id())
            .col(uuid("visit_id"))
            .col(uuid("account_id"))
            .col(instant("at"))
            .col(text("consent"))
            .col(text("media"))
            .col(integer("width"))
            .col(integer("height"))
            .col(integer("size_bytes"))
            .col(bytes("content"))
            .to_owned();
        schema.create_table(photo).await?;
        index(schema, "visit_photo", &["visit_id"], true).await?;
        // The retention job takes the oldest first.
        index(schema, "visit_photo", &["at"], false).await
    }
}
