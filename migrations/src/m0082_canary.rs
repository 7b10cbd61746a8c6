//! Adds `canary`: of each street and each way out of the house a try in every month, when it is due, and how it ended. A row, not a timer:
//! whichever node looks first when it is due sends it, and it outlives the process. What was sent to whom is in `channel_test`, under
//! the row's id as `run`. Older code never reads it.

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
            .table("canary")
            .col(id()) // follows from street, channel and run
            .col(text("area_code"))
            .col(text("channel"))
            .col(text("run")) // 2026-12, or by hand and when
            .col(text("state")) // waiting, sending, sent, confirmed, failed
            .col(instant("due_at")) // when it is looked at again; of one that is over: when it ended
            .col(instant_null("began_at"))
            .col(integer("attempts"))
            .col(text_null("why"))
            .col(uuid_null("by_account")) // who asked for it, or has confirmed it by hand
            .to_owned();
        schema.create_table(table).await?;
        index_where(
            schema,
            "canary",
            &["due_at"],
            false,
            "state IN ('waiting', 'sending', 'sent')",
        )
        .await?;
        index(schema, "canary", &["area_code", "began_at"], false).await?;
        index(schema, "channel_test", &["run"], false).await
    }
}
