//! Adds `shift.withdrawn_at` (a shift is taken off the rota and not deleted), `rota_week` (a street's usual weeks), `shift_swap` (who has asked
//! whom to take a shift) and `calendar_link`. Older code still sees a shift that was withdrawn.

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
        let add = Table::alter()
            .table("shift")
            .add_column(instant_null("withdrawn_at"))
            .to_owned();
        schema.alter_table(add).await?;
        let weeks = Table::create()
            .table("rota_week")
            .col(text("street").primary_key())
            .col(big_integer("version"))
            .col(text("content")) // JSON: every week of the street, by name
            .to_owned();
        schema.create_table(weeks).await?;
        let swaps = Table::create()
            .table("shift_swap")
            .col(id())
            .col(uuid("responder_id"))
            .col(instant("from_at"))
            .col(instant("until_at"))
            .col(uuid("with_id"))
            .col(instant_null("back_from_at"))
            .col(instant_null("back_until_at"))
            .col(instant("asked_at"))
            .col(text("state")) // asked, agreed, declined, taken_back
            .col(instant_null("answered_at"))
            .to_owned();
        schema.create_table(swaps).await?;
        index(schema, "shift_swap", &["responder_id", "from_at"], false).await?;
        index(schema, "shift_swap", &["with_id", "from_at"], false).await?;
        let links = Table::create()
            .table("calendar_link")
            .col(id())
            .col(bytes("link_hash"))
            .col(uuid("account_id"))
            .col(uuid("responder_id"))
            .col(instant("made_at"))
            .col(instant_null("seen_at"))
            .col(instant_null("revoked_at"))
            .to_owned();
        schema.create_table(links).await?;
        index(schema, "calendar_link", &["link_hash"], true).await?;
        index(schema, "calendar_link", &["account_id"], false).await
    }
}
