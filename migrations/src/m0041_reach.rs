//! Adds `reach`: by which ways a responder, a contact or an account can be told beside their telephones, in which language, and
//! what they have switched off; and `push_subscription`: the browsers in which somebody has agreed to be pushed to. Addresses are
//! sealed; which ways there are is not, for whoever is told is worked out without opening anything. Older code never reads them.

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
            .table("reach")
            .col(text("owner_kind")) // resp, contact, user
            .col(uuid("owner_id"))
            .col(uuid_null("elder_id")) // of a contact: whose key seals the row
            .col(text_null("language"))
            .col(text("off")) // ways, joined by commas
            .col(text("has")) // the ways for which an address is on file, joined by commas
            .col(bytes_null("content"))
            .col(instant("changed_at"))
            .primary_key(Index::create().col("owner_kind").col("owner_id"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "reach", &["changed_at"], false).await?;
        let table = Table::create()
            .table("push_subscription")
            .col(id()) // follows from the endpoint: one browser is one row, whoever signs in on it
            .col(text("owner_kind"))
            .col(uuid("owner_id"))
            .col(uuid_null("elder_id"))
            .col(bytes("content"))
            .col(instant("made_at"))
            .col(instant_null("ended_at"))
            .col(text_null("why"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "push_subscription", &["owner_kind", "owner_id"], false).await?;
        // What families have chosen is followed by the instant of the last change, as the register is.
        index(schema, "family_choice", &["changed_at"], false).await
    }
}
