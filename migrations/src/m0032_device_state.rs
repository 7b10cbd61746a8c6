//! Adds `device_state`: what each device last said of itself and where it was, one row a device, the latest wins. Written many rows at a
//! time every few seconds, never for each heartbeat: it may be some seconds old after a crash. Whereabouts and figures of the body are
//! sealed.

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
            .table("device_state")
            .col(id())
            .col(instant("heard_at"))
            .col(integer_null("battery_percent"))
            .col(integer_null("signal_percent"))
            .col(instant_null("place_at"))
            .col(instant_null("reading_at"))
            .col(bytes_null("content"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "device_state", &["heard_at"], false).await
    }
}
