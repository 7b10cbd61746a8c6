//! Adds `contact.hours`: at which hours of the street's day a contact is to be reached (JSON), where that is not at any. Older code never
//! reads it; what it files again keeps what stands there.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("contact")
            .add_column(text_null("hours"))
            .to_owned();
        schema.alter_table(table).await
    }
}
