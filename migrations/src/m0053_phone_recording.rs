//! Adds `phone_recording`: where a provider keeps the recording of a call, sealed, of elders who have agreed to be recorded. A table of
//! its own, so that it goes when its time is over and the call stays. Older code never reads it.

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
            .table("phone_recording")
            .col(id()) // that of the call
            .col(uuid("case_id"))
            .col(instant("at"))
            .col(bytes("content"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "phone_recording", &["at"], false).await
    }
}
