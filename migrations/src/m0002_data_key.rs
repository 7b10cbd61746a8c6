//! Adds `data_key`: the keys of the sealed fields, one for each elder and a few of the service's own, each wrapped by the
//! master key. A destroyed key keeps its row without the secret, as the proof.

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
            .table("data_key")
            .col(id())
            .col(uuid("subject"))
            .col(bytes_null("wrapped"))
            .col(instant("made_at"))
            .col(instant_null("destroyed_at"))
            .col(instant("changed_at"))
            .to_owned();
        schema.create_table(table).await?;
        // One living key a subject: of two nodes that make one at the same time, the first wins.
        index_where(schema, "data_key", &["subject"], true, "destroyed_at IS NULL").await?;
        index(schema, "data_key", &["changed_at"], false).await
    }
}
