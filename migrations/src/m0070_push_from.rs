//! Adds to `push_subscription` from where the consent came: the account that was signed in, or the family's device. When that is
//! shut, its browsers are pushed to no more. Older code leaves both out, and its rows are known by their owner alone.

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
        // One column a statement: SQLite takes no more.
        for name in ["account_id", "family_device_id"] {
            let table = Table::alter()
                .table("push_subscription")
                .add_column(uuid_null(name))
                .to_owned();
            schema.alter_table(table).await?;
            index(schema, "push_subscription", &[name], false).await?;
        }
        Ok(())
    }
}
