//! Adds `link_sent`: up to which number of each of our streams the district has acknowledged. A row, not a memory: what waits for a cut
//! line waits in the log, and the row says from where. Older code never reads it.

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
        let sent = Table::create()
            .table("link_sent")
            .col(uuid("node_id")) // under which name we report
            .col(text("stream"))
            .col(uuid("epoch")) // of another history the number means nothing
            .col(big_integer("number"))
            .col(instant("at"))
            .primary_key(Index::create().col("node_id").col("stream"))
            .to_owned();
        schema.create_table(sent).await
    }
}
