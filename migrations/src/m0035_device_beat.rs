//! Adds `device.beat_s` and `device.carrier`: how often a device says something while it lives, where that is its own, and whose network
//! it uses. Older code never reads them; what it files has none.

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
        // One column a statement: SQLite adds no two at once.
        for column in [integer_null("beat_s"), text_null("carrier")] {
            schema
                .alter_table(Table::alter().table("device").add_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}
