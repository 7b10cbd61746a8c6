//! Adds `retention`: what the retention jobs have deleted, one row a job and day, written in the transaction that deletes. The
//! proof that they work. Older code never reads it.

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
            .table("retention")
            .col(text("job"))
            // The UTC day of the work, days since 1970.
            .col(integer("day"))
            .col(big_integer("deleted"))
            // Whatever was older than this is gone.
            .col(instant("before_at"))
            .col(instant("first_at"))
            .col(instant("last_at"))
            .primary_key(Index::create().col("job").col("day"))
            .to_owned();
        schema.create_table(table).await
    }
}
