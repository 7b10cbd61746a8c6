//! Adds `area` and `area_code`: an area keeps its id for life, its code and name hold for a span of days. The partial index
//! serves the range scan over a prefix (`code >= p AND code < next(p)`), which is how a scope is looked up.

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
            .table("area")
            .col(id())
            .col(instant("made_at"))
            .to_owned();
        schema.create_table(table).await?;

        let table = Table::create()
            .table("area_code")
            .col(uuid("area_id"))
            .col(text("code"))
            .col(text("name"))
            .col(day("valid_from"))
            .col(day_null("valid_until")) // the first day on which it holds no longer
            .col(text_null("alias"))
            .primary_key(Index::create().col("area_id").col("valid_from"))
            .foreign_key(&mut part_of("area_code", "area_id", "area"))
            .to_owned();
        schema.create_table(table).await?;
        // Two areas never have the same code at the same time: an open-ended one at most.
        index_where(schema, "area_code", &["code"], true, "valid_until IS NULL").await?;
        index(schema, "area_code", &["code", "valid_from"], false).await
    }
}
