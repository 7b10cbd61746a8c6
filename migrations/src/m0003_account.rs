//! Adds `account` and `refresh_token`: who may sign in, and the long half of a session. Passwords and tokens are kept as
//! hashes. A higher `token_epoch` ends every session of the account at once.

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
            .table("account")
            .col(id())
            .col(text("username"))
            .col(text("password_hash"))
            .col(text("role"))
            .col(text("area_prefixes")) // joined by commas; empty: none
            .col(uuid_null("responder_id"))
            .col(instant_null("disabled_at"))
            .col(integer("failed_attempts"))
            .col(instant_null("locked_until"))
            .col(big_integer("token_epoch"))
            .col(instant("made_at"))
            .col(instant("changed_at"))
            .col(big_integer("version"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "account", &["username"], true).await?;
        index(schema, "account", &["responder_id"], false).await?;

        let table = Table::create()
            .table("refresh_token")
            .col(bytes("hash").primary_key())
            .col(uuid("account_id"))
            .col(uuid("family")) // one sign-in and all that was rotated from it
            .col(big_integer("token_epoch"))
            .col(instant("made_at"))
            .col(instant("expires_at"))
            .col(instant_null("rotated_at"))
            .col(instant_null("revoked_at"))
            .to_owned();
        schema.create_table(table).await?;
        index(schema, "refresh_token", &["account_id"], false).await?;
        index(schema, "refresh_token", &["family"], false).await?;
        index(schema, "refresh_token", &["expires_at"], false).await
    }
}
