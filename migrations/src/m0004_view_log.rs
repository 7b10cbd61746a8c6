//! Adds `view_log`: who saw which sealed field of whom, when and why. Written before the field is shown, never changed.

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
            .table("view_log")
            .col(id())
            .col(instant("at"))
            .col(uuid("account_id"))
            .col(text("subject_table"))
            .col(uuid("subject_id"))
            .col(text("field"))
            .col(uuid_null("case_id"))
            .col(text("reason"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "view_log", &["subject_id", "at"], false).await?;
        index(schema, "view_log", &["account_id", "at"], false).await?;
        index(schema, "view_log", &["at"], false).await
    }
}
