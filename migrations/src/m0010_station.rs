//! Adds `station`: fixed places that give service in a circle.

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
            .table("station")
            .col(id())
            .col(text("code"))
            .col(text("kind"))
            .col(text("name"))
            .col(text("address"))
            .col(double_null("lat"))
            .col(double_null("lon"))
            .col(uuid("area_id"))
            .col(text_null("hours"))
            .col(integer_null("beds_total"))
            .col(integer_null("beds_free"))
            .col(bytes_null("phone")) // sealed
            .col(instant("changed_at"))
            .col(big_integer("version"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "station", &["code"], true).await?;
        index(schema, "station", &["area_id", "id"], false).await?;
        index(schema, "station", &["kind"], false).await
    }
}
