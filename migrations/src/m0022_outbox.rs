//! Adds `outbox`: one row per case, step, person and channel; delivered at least once, visible until a receipt. And
//! `set_aside`: rows that did not read back, kept for a person to look at.

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
        let outbox = Table::create()
            .table("outbox")
            .col(id())
            .col(uuid("case_id"))
            .col(big_integer("case_version"))
            .col(text("area_code"))
            .col(text("kind"))
            .col(text("step"))
            .col(text("target"))
            .col(text("channel"))
            .col(integer("urgency"))
            .col(instant("made_at"))
            .col(text("state"))
            .col(instant("next_at"))
            .col(uuid_null("claim"))
            .col(instant_null("claimed_until"))
            .col(integer("attempts"))
            .col(text_null("last_error"))
            .col(instant_null("sent_at"))
            .col(instant_null("receipt_at"))
            .to_owned();
        schema.create_table(outbox).await?;
        // In the order in which a worker of one channel takes them: however many wait, it reads only what it takes.
        let queue = "CREATE INDEX \"outbox_queue\" ON \"outbox\" (\"channel\", \"urgency\" DESC, \"next_at\", \"id\") \
                     WHERE state IN ('waiting', 'sending')";
        schema.get_connection().execute_unprepared(queue).await?;
        index(schema, "outbox", &["case_id", "made_at"], false).await?;

        let aside = Table::create()
            .table("set_aside")
            .col(text("place").primary_key())
            .col(text("field"))
            .col(text("what"))
            .col(instant("first_at"))
            .col(instant("last_at"))
            .to_owned();
        schema.create_table(aside).await
    }
}
