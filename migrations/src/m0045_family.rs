//! Adds `family_invite`, `family_device` and `family_choice`: the links by which a contact of an elder comes to the family page,
//! the devices on which somebody did, and how they wish to be told. Links and sessions are kept as hashes of random tokens;
//! no row holds a name or a number.

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
            .table("family_invite")
            .col(id())
            .col(bytes("hash"))
            .col(uuid("elder_id"))
            .col(uuid("contact_id"))
            .col(uuid("made_by"))
            .col(instant("made_at"))
            .col(instant("expires_at"))
            .col(integer("attempts")) // at the digits of the telephone, counted before they are compared
            .col(instant_null("used_at"))
            .col(instant_null("revoked_at"))
            .foreign_key(&mut part_of("family_invite", "contact_id", "contact"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "family_invite", &["hash"], true).await?;
        index(schema, "family_invite", &["elder_id"], false).await?;
        index(schema, "family_invite", &["contact_id"], false).await?;

        let table = Table::create()
            .table("family_device")
            .col(id())
            .col(bytes("hash"))
            .col(uuid("invite_id"))
            .col(uuid("elder_id"))
            .col(uuid("contact_id"))
            .col(text("about")) // stable words, as `android,wechat`
            .col(instant("made_at"))
            .col(instant("seen_at"))
            .col(instant("expires_at"))
            .col(instant_null("revoked_at"))
            .foreign_key(&mut part_of("family_device", "contact_id", "contact"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "family_device", &["hash"], true).await?;
        // One link, one device: whoever shows it a second time is refused by the database too.
        index(schema, "family_device", &["invite_id"], true).await?;
        index(schema, "family_device", &["elder_id"], false).await?;
        index(schema, "family_device", &["contact_id"], false).await?;

        let table = Table::create()
            .table("family_choice")
            .col(uuid("contact_id").primary_key())
            .col(uuid("elder_id"))
            .col(text("choices")) // JSON
            .col(instant("changed_at"))
            .foreign_key(&mut part_of("family_choice", "contact_id", "contact"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "family_choice", &["elder_id"], false).await
    }
}
