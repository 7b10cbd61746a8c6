//! Adds `mqtt_delivery` and `mqtt_topic`: what must be remembered of messages behind a broker, so that none rings twice and none is
//! taken for another.
//!
//! `mqtt_delivery`: alarms that name themselves by nothing (no reference, no time) and whose acknowledgement the broker may not have
//! had yet; it brings those again, also after a crash of ours. A row lives for about a minute.
//! `mqtt_topic`: for each topic of a filed device that has ever brought an alarm, the last one's digest (a retained message is the
//! same one again) and the states that last. Older code never reads either.

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
        let deliveries = Table::create()
            .table("mqtt_delivery")
            .col(id())
            .col(text("broker"))
            .col(bytes("digest"))
            .col(instant("at"))
            .to_owned();
        schema.create_table(deliveries).await?;
        index(schema, "mqtt_delivery", &["broker", "digest"], false).await?;
        let topics = Table::create()
            .table("mqtt_topic")
            .col(id())
            .col(text("broker"))
            .col(text("topic"))
            .col(bytes("digest"))
            .col(text("lasting"))
            .col(instant("at"))
            .to_owned();
        schema.create_table(topics).await?;
        index(schema, "mqtt_topic", &["broker"], false).await
    }
}
