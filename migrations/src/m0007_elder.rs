//! Adds `household`, `elder`, `elder_need`, `contact`, `key_holder` and `phone_index`. What is nobody's business is sealed
//! under the elder's key; a phone or an identity number is found again by its keyed hash.

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
            .table("household")
            .col(id())
            .col(text("code"))
            .col(uuid("area_id"))
            .col(text("address"))
            .col(double_null("lat"))
            .col(double_null("lon"))
            .col(instant("changed_at"))
            .col(big_integer("version"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "household", &["code"], true).await?;
        index(schema, "household", &["area_id", "id"], false).await?;

        let table = Table::create()
            .table("elder")
            .col(id())
            .col(text("code"))
            .col(text("name"))
            .col(uuid("household_id"))
            .col(uuid("area_id"))
            .col(text("address"))
            .col(double_null("lat"))
            .col(double_null("lon"))
            .col(text("contact_mode"))
            .col(text_null("dialect"))
            .col(text("hearing"))
            .col(day_null("born"))
            .col(text_null("present")) // JSON: where the elder stays while away
            .col(text("life_support")) // words joined by commas
            .col(integer("lift_helpers"))
            .col(text_null("ability")) // JSON
            .col(text("consents")) // JSON, by purpose
            .col(text("status"))
            .col(bytes_null("identity_hash"))
            .col(bytes_null("identity")) // sealed, as the three that follow
            .col(bytes_null("phones"))
            .col(bytes_null("access"))
            .col(bytes_null("health"))
            .col(instant("changed_at"))
            .col(big_integer("version"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "elder", &["code"], true).await?;
        index(schema, "elder", &["area_id", "id"], false).await?;
        index(schema, "elder", &["household_id"], false).await?;
        index(schema, "elder", &["identity_hash"], false).await?;
        index(schema, "elder", &["changed_at"], false).await?;

        let table = Table::create()
            .table("elder_need")
            .col(text("need"))
            .col(uuid("elder_id"))
            .primary_key(Index::create().col("need").col("elder_id"))
            .foreign_key(&mut part_of("elder_need", "elder_id", "elder"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "elder_need", &["elder_id"], false).await?;

        let table = Table::create()
            .table("contact")
            .col(id())
            .col(text("code"))
            .col(uuid("elder_id"))
            .col(text("name"))
            .col(text("relation"))
            .col(integer("call_order"))
            .col(text("level"))
            .col(boolean("restricted"))
            .col(boolean("may_authorise_entry"))
            .col(uuid_null("responder_id"))
            .col(bytes_null("phones")) // sealed under the elder's key
            .col(instant("changed_at"))
            .col(big_integer("version"))
            .foreign_key(&mut part_of("contact", "elder_id", "elder"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "contact", &["code"], true).await?;
        index(schema, "contact", &["elder_id"], false).await?;
        index(schema, "contact", &["responder_id"], false).await?;

        let table = Table::create()
            .table("key_holder")
            .col(uuid("elder_id"))
            .col(text("owner_kind"))
            .col(uuid("owner_id"))
            .col(day_null("tested_on"))
            .col(instant("changed_at"))
            .primary_key(Index::create().col("elder_id").col("owner_kind").col("owner_id"))
            .foreign_key(&mut part_of("key_holder", "elder_id", "elder"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "key_holder", &["owner_id"], false).await?;

        let table = Table::create()
            .table("phone_index")
            .col(bytes("hash"))
            .col(text("owner_table"))
            .col(uuid("owner_id"))
            .primary_key(Index::create().col("hash").col("owner_table").col("owner_id"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "phone_index", &["owner_id"], false).await
    }
}
