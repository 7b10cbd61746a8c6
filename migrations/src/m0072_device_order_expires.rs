//! Adds an index of `device_order` by `expires_at`: for whom anything waits is asked for all devices together, every few seconds, and nearly
//! all commands are over. Older code does not need it.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        index(schema, "device_order", &["expires_at"], false).await
    }
}
