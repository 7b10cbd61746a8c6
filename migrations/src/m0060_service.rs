//! Adds `station.service` (what a station gives, its week, its room) and `register_event`: who has changed what in the register, with
//! the file before and after. Requests for service bind no responder from here on, so their `lead_id` is taken away; older code never
//! reads the new columns.

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
        let add = Table::alter()
            .table("station")
            .add_column(text_null("service")) // JSON; none: nobody said
            .to_owned();
        schema.alter_table(add).await?;
        let events = Table::create()
            .table("register_event")
            .col(id())
            .col(text("subject")) // the id of whatever was changed, as on the wire
            .col(instant("at"))
            .col(uuid("account_id"))
            .col(text("what"))
            .col(text_null("before")) // JSON without anything that is sealed
            .col(text_null("after"))
            .to_owned();
        schema.create_table(events).await?;
        index(schema, "register_event", &["subject", "at"], false).await?;
        let free = "UPDATE \"cases\" SET \"lead_id\" = NULL WHERE \"lane\" = 'service'";
        schema.get_connection().execute_unprepared(free).await.map(|_| ())
    }
}
