//! Adds `photo`: photos from the scene beside a case, sealed. The log of the case holds an id and a salted digest; the salt is
//! sealed with the photo. Older code never reads it.

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
            .table("photo")
            .col(id())
            .col(uuid("case_id"))
            .col(text("author"))
            .col(instant("at"))
            .col(text("consent"))
            .col(text("media"))
            .col(integer("width"))
            .col(integer("height"))
            .col(integer("size_bytes"))
            .col(bytes("content"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "photo", &["case_id", "at"], false).await?;
        // The retention job takes the oldest first.
        index(schema, "photo", &["at"], false).await
    }
}
