//! Adds `wall_screen`: the screens on a wall that may read the figures of some areas, and nothing else. A screen comes by a link
//! that is good once and goes on with a session of its own; both are kept as hashes of random tokens.

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
            .table("wall_screen")
            .col(id())
            .col(text("label")) // where it hangs, in the words of whoever made it
            .col(text("area_prefixes"))
            .col(uuid("made_by"))
            .col(instant("made_at"))
            .col(bytes("link_hash"))
            .col(instant("link_until"))
            .col(bytes_null("session_hash")) // none: nobody has opened the link yet
            .col(instant_null("opened_at"))
            .col(instant_null("seen_at"))
            .col(instant_null("revoked_at"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "wall_screen", &["link_hash"], true).await?;
        // Rows without a session are as many as one likes: NULL is unlike any other.
        index(schema, "wall_screen", &["session_hash"], true).await
    }
}
