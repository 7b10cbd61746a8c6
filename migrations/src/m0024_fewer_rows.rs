//! Makes an alert cheaper to write. `case_event.records`: what is decided together becomes one row, which says how many records
//! it holds; rows from before hold one. The indexes of `cases` are those that a question is asked by, no more: an elder's cases
//! are found by their subject, which is the elder; nulls are in no unique index; and those that look for people are
//! found in the order in which they are helped, however many wait.

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
        let records = Table::alter()
            .table("case_event")
            .add_column(integer("records").default(1))
            .to_owned();
        schema.alter_table(records).await?;

        for name in [
            "cases_subject",
            "cases_elder_id_opened_at",
            "cases_seek_at",
            "cases_join_key",
            "cases_lead_id",
        ] {
            let drop = Index::drop().name(name).table("cases").to_owned();
            schema.drop_index(drop).await?;
        }
        index(schema, "cases", &["subject", "closed_at"], false).await?;
        index_where(schema, "cases", &["join_key"], true, "join_key IS NOT NULL").await?;
        index_where(schema, "cases", &["lead_id"], true, "lead_id IS NOT NULL").await?;
        let seeking = "CREATE INDEX \"cases_seeking\" ON \"cases\" (\"severity_rank\" DESC, \"seek_at\") \
                       WHERE seek_at IS NOT NULL";
        schema.get_connection().execute_unprepared(seeking).await.map(|_| ())
    }
}
