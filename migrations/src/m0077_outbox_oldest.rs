//! Adds the index `outbox_oldest`: since when the oldest row of a channel waits, of critical cases and of the others, is one look at it, however
//! many wait. Older code is as fast as before.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        // The hundreds of an urgency are the severity; from three on the case is critical.
        let oldest = "CREATE INDEX \"outbox_oldest\" ON \"outbox\" \
                      (\"channel\", (CASE WHEN urgency % 1000 >= 300 THEN 1 ELSE 0 END), \"made_at\") \
                      WHERE state IN ('waiting', 'sending')";
        schema.get_connection().execute_unprepared(oldest).await.map(|_| ())
    }
}
