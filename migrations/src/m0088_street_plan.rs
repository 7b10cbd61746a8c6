//! Adds `street_plan` (the versions of a street's own plans, each a row that never changes, with the instant from which it holds) and
//! `plan_proposal` (revisions that loosen something and wait for a second person). Older code never reads them: it goes by the shipped set.

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
        let versions = Table::create()
            .table("street_plan")
            .col(text("street")) // its 9-digit code
            .col(big_integer("version"))
            .col(instant("from_at"))
            .col(instant("made_at"))
            .col(uuid("account_id"))
            .col(uuid_null("approved_by")) // of a loosening: the second person
            .col(text("content")) // JSON
            .primary_key(Index::create().col("street").col("version"))
            .to_owned();
        schema.create_table(versions).await?;

        let proposals = Table::create()
            .table("plan_proposal")
            .col(id())
            .col(text("street"))
            .col(big_integer("base_version"))
            .col(instant_null("from_at")) // none: from the yes on
            .col(instant("made_at"))
            .col(uuid("account_id"))
            .col(text("content")) // JSON
            .col(text("state"))
            .col(instant_null("decided_at"))
            .col(uuid_null("decided_by"))
            .to_owned();
        schema.create_table(proposals).await?;
        index(schema, "plan_proposal", &["street", "made_at"], false).await
    }
}
