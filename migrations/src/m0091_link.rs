//! Adds what a district keeps of its streets: `link_node`, who may report and how far the line stands; `link_head`, up to which number
//! of each stream a street's news are taken in; `link_case`, what is open there; `link_handup` and `link_answer`, the cases that were
//! handed up and what was answered. Copies: the street's own log is what counts. Older code never reads them.

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
        let node = Table::create()
            .table("link_node")
            .col(id())
            .col(text("label"))
            .col(text("area_prefixes"))
            .col(uuid("made_by"))
            .col(instant("made_at"))
            .col(bytes("key_hash"))
            .col(instant_null("revoked_at"))
            .col(uuid_null("connection")) // the line that counts; a newer one takes its place
            .col(uuid_null("epoch")) // which history of the street the heads are of; none: it was never here
            .col(integer("generation")) // rises when a street begins anew
            .col(instant_null("whole_at")) // none: of this generation not everything is here yet
            .col(instant_null("heard_at"))
            .col(instant_null("gone_at")) // when the line ended; none: it stands, or this node died with it
            .col(text_null("figures"))
            .col(instant_null("figures_at"))
            .to_owned();
        schema.create_table(node).await?;
        let head = Table::create()
            .table("link_head")
            .col(uuid("node_id"))
            .col(text("stream"))
            .col(big_integer("number"))
            .primary_key(Index::create().col("node_id").col("stream"))
            .to_owned();
        schema.create_table(head).await?;
        let case = Table::create()
            .table("link_case")
            .col(uuid("node_id"))
            .col(uuid("case_id"))
            .col(integer("generation"))
            .col(big_integer("version"))
            .col(text("body")) // what is told of it, JSON: ids, words and times
            .primary_key(Index::create().col("node_id").col("case_id"))
            .to_owned();
        schema.create_table(case).await?;
        let handup = Table::create()
            .table("link_handup")
            .col(id()) // the street's own id of it
            .col(uuid("node_id"))
            .col(uuid("case_id"))
            .col(text("case_number"))
            .col(text("kind"))
            .col(text("severity"))
            .col(instant("asked_at"))
            .col(instant("received_at"))
            .col(text("standing")) // as the street says: waiting, acknowledged, waived, over
            .col(bytes_null("reason")) // sealed
            .to_owned();
        schema.create_table(handup).await?;
        index(schema, "link_handup", &["received_at"], false).await?;
        let answer = Table::create()
            .table("link_answer")
            .col(id())
            .col(uuid("handup_id"))
            .col(uuid("node_id"))
            .col(text("answer")) // acknowledged, advice, taken, declined
            .col(bytes("content")) // who and what they say, sealed
            .col(uuid("by_account"))
            .col(instant("made_at"))
            .col(instant_null("landed_at")) // none: the street has not said yet that it has it
            .col(text_null("refused")) // why it is in no case of the street
            .to_owned();
        schema.create_table(answer).await?;
        index(schema, "link_answer", &["handup_id"], false).await?;
        index_where(schema, "link_answer", &["node_id"], false, "landed_at IS NULL").await
    }
}
