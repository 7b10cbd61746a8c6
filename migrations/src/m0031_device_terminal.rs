//! Adds `device.protocol` and `device.terminal`: how a device names itself on a line of its own (IMEI or number), which may be one
//! device's only. Older code never reads them; what it files has none.

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
        // One column a statement: SQLite adds no two at once.
        for column in ["protocol", "terminal"] {
            let add = Table::alter().table("device").add_column(text_null(column)).to_owned();
            schema.alter_table(add).await?;
        }
        index(schema, "device", &["protocol", "terminal"], true).await
    }
}
