//! Adds `letter`: what became of one row of the outbox at one address. A person may have two telephones, a role several people: each
//! address has an id of its own, by which its provider knows a repeat and reports. Older code never reads it, and goes on writing
//! `notice_word`; what it sent is found there.

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
            .table("letter")
            .col(id()) // follows from the row, the carrier and the address
            .col(uuid("notice_id"))
            .col(text("channel"))
            .col(text_null("proof")) // the provider's own number
            .col(bytes_null("callee")) // keyed hash of a telephone
            .col(text_null("whom")) // of a role: whose address it is
            .col(text("state")) // spare, handed, taken, received, failed
            .col(text_null("why"))
            .col(instant("at"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "letter", &["notice_id"], false).await?;
        index_where(schema, "letter", &["channel", "proof"], false, "proof IS NOT NULL").await?;
        index_where(schema, "letter", &["callee", "at"], false, "callee IS NOT NULL").await
    }
}
