//! Adds `device_event` (what was done with a device: filed, bound, replaced, tested, and by whom) and `device_test` (which device somebody
//! tests, and until when). Older code never reads them: with it a tested device rings.

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
        let events = Table::create()
            .table("device_event")
            .col(id())
            .col(uuid("device_id"))
            .col(instant("at"))
            .col(uuid("account_id"))
            .col(text("what"))
            .col(uuid_null("elder_id"))
            .col(uuid_null("household_id"))
            .col(uuid_null("other_id")) // the device that replaces it, or that it replaces
            .col(text_null("reason"))
            .col(instant_null("until"))
            .to_owned();
        schema.create_table(events).await?;
        index(schema, "device_event", &["device_id", "at"], false).await?;
        let tests = Table::create()
            .table("device_test")
            .col(uuid("device_id").primary_key())
            .col(uuid("account_id"))
            .col(instant("began_at"))
            .col(instant("until")) // a test that nobody ends is over by itself
            .to_owned();
        schema.create_table(tests).await?;
        index(schema, "device_test", &["until"], false).await
    }
}
