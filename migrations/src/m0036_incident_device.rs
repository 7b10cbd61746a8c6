//! Adds `incident_device`: which devices went dark in an incident, and when each was last heard before. One row a device and incident,
//! many in one statement. Older code never reads it.

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
            .table("incident_device")
            .col(uuid("case_id"))
            .col(uuid("device_id"))
            .col(instant("heard_at"))
            .col(instant("added_at"))
            .primary_key(Index::create().col("case_id").col("device_id"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "incident_device", &["added_at"], false).await
    }
}
