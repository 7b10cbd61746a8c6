//! Tries of the ways by which the staff is told: what was sent to whom, and what came of it.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::cases::retention::oldest;
use super::cases::{LetterState, ReportRow, ReportedOf, ReportedWord};
use super::connect::{BINDS_MAX, Store};
use super::error::StoreError;
use super::micros::Micros;
use super::registry::put_rows;
use crate::ids::NoticeId;

/// The job that deletes tries, as its rows name it.
const TRIES: &str = "channel_tests";
/// Tries that one look shows.
const SHOWN_MAX: u64 = 200;

mod row {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_test")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub owner: String,
        pub run: Uuid,
        pub channel: String,
        pub state: String,
        pub proof: Option<String>,
        pub why: Option<String>,
        pub at: Micros,
        pub receipt_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// One try of one way at one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelTest {
    /// The letter's id.
    pub id: NoticeId,
    /// `resp_…`, `user_…`.
    pub owner: String,
    /// Those of one run were sent together.
    pub run: Uuid,
    /// The carrier.
    pub channel: String,
    /// `handed`, `taken`, `received`, `failed`.
    pub state: String,
    /// The provider's own number of it.
    pub proof: Option<String>,
    /// Why it failed, in stable words.
    pub why: Option<String>,
    /// When it was sent.
    pub at: Timestamp,
    /// When the receiver had it.
    pub receipt_at: Option<Timestamp>,
}

fn test(it: row::Model) -> ChannelTest {
    ChannelTest {
        id: NoticeId::new(it.id),
        owner: it.owner,
        run: it.run,
        channel: it.channel,
        state: it.state,
        proof: it.proof,
        why: it.why,
        at: it.at.into(),
        receipt_at: it.receipt_at.map(Into::into),
    }
}

impl Store {
    /// Writes tries down before they are sent, so that a receipt always finds its try.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_channel_tests(&self, tests: Vec<ChannelTest>) -> Result<(), StoreError> {
        if tests.is_empty() {
            return Ok(());
        }
        let rows = tests.into_iter().map(|it| row::ActiveModel {
            id: Set(it.id.as_uuid()),
            owner: Set(it.owner),
            run: Set(it.run),
            channel: Set(it.channel),
            state: Set(it.state),
            proof: Set(it.proof),
            why: Set(it.why),
            at: Set(it.at.into()),
            receipt_at: Set(it.receipt_at.map(Into::into)),
        });
        let rows: Vec<row::ActiveModel> = rows.collect();
        self.write(move |tx| {
            Box::pin(async move {
                // A try that is made again after a crash has its row.
                let once = OnConflict::column(row::Column::Id).do_nothing().to_owned();
                put_rows(tx, rows, &once).await
            })
        })
        .await
    }

    /// What came of sending one; a receipt that was quicker stands.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_channel_test(
        &self,
        id: NoticeId,
        state: LetterState,
        proof: Option<String>,
        why: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use row::{Column, Entity};
                let of = || Entity::update_many().filter(Column::Id.eq(id.as_uuid()));
                of().col_expr(Column::Proof, Expr::value(proof)).exec(tx).await?;
                let receipt = (state == LetterState::Received).then(|| Micros::from(now));
                of().col_expr(Column::State, Expr::value(state.as_str()))
                    .col_expr(Column::Why, Expr::value(why))
                    .col_expr(Column::ReceiptAt, Expr::value(receipt))
                    .filter(Column::State.eq(LetterState::Handed.as_str()))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Applies those reports that are of tries; answers which of them were.
    ///
    /// # Errors
    /// The database's.
    pub async fn report_channel_tests(&self, channel: &str, reports: &[ReportRow]) -> Result<Vec<Uuid>, StoreError> {
        use row::{Column, Entity};
        let (mut ids, mut proofs) = (Vec::new(), Vec::new());
        for it in reports {
            match &it.of {
                ReportedOf::Notice(id) => ids.push(id.as_uuid()),
                ReportedOf::Proof(text) => proofs.push(text.clone()),
                ReportedOf::Callee(_) => {}
            }
        }
        let mut found = Vec::new();
        // Read first: of an account that others use too, nearly all are somebody else's.
        for some in ids.chunks(BINDS_MAX) {
            let of = Entity::find().filter(Column::Id.is_in(some.iter().copied()));
            found.extend(of.all(self.reader()).await?);
        }
        for some in proofs.chunks(BINDS_MAX / 2) {
            let of = Entity::find()
                .filter(Column::Channel.eq(channel))
                .filter(Column::Proof.is_in(some.iter().map(String::as_str)));
            found.extend(of.all(self.reader()).await?);
        }
        let mut done = Vec::new();
        for report in reports {
            let same = |it: &&row::Model| match &report.of {
                ReportedOf::Notice(id) => it.id == id.as_uuid(),
                ReportedOf::Proof(text) => it.proof.as_deref() == Some(text.as_str()),
                ReportedOf::Callee(_) => false,
            };
            let Some(test) = found.iter().find(same).filter(|it| it.channel == channel) else {
                continue;
            };
            self.report_channel_test(test.id, report.clone()).await?;
            done.push(report.id);
        }
        Ok(done)
    }

    async fn report_channel_test(&self, id: Uuid, report: ReportRow) -> Result<(), StoreError> {
        use row::{Column, Entity};
        let failed = report.word == ReportedWord::Failed;
        let state = if failed {
            LetterState::Failed
        } else {
            LetterState::Received
        };
        let receipt = (!failed).then(|| Micros::from(report.at));
        let why = report.detail.filter(|_| failed);
        self.write(move |tx| {
            Box::pin(async move {
                Entity::update_many()
                    .col_expr(Column::State, Expr::value(state.as_str()))
                    .col_expr(Column::Why, Expr::value(why))
                    .col_expr(Column::ReceiptAt, Expr::value(receipt))
                    .filter(Column::Id.eq(id))
                    // What was received stays received, and keeps when.
                    .filter(Column::State.ne(LetterState::Received.as_str()))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// The tries of somebody (none: of everybody) since then, the last first.
    ///
    /// # Errors
    /// The database's.
    pub async fn channel_tests(&self, owner: Option<&str>, since: Timestamp) -> Result<Vec<ChannelTest>, StoreError> {
        use row::{Column, Entity};
        let theirs = Condition::all().add_option(owner.map(|it| Column::Owner.eq(it)));
        let found = Entity::find()
            .filter(theirs)
            .filter(Column::At.gte(Micros::from(since)))
            .order_by_desc(Column::At)
            .order_by_asc(Column::Id)
            .limit(SHOWN_MAX)
            .all(self.reader())
            .await?;
        Ok(found.into_iter().map(test).collect())
    }

    /// What was sent in one run, in order of ids.
    ///
    /// # Errors
    /// The database's.
    pub async fn channel_tests_of(&self, runs: &[Uuid]) -> Result<Vec<ChannelTest>, StoreError> {
        use row::{Column, Entity};
        let mut all = Vec::new();
        for some in runs.chunks(BINDS_MAX) {
            let of = Entity::find()
                .filter(Column::Run.is_in(some.iter().copied()))
                .order_by_asc(Column::Id);
            all.extend(of.all(self.reader()).await?.into_iter().map(test));
        }
        Ok(all)
    }

    /// One try.
    ///
    /// # Errors
    /// The database's.
    pub async fn channel_test(&self, id: NoticeId) -> Result<Option<ChannelTest>, StoreError> {
        let found = row::Entity::find_by_id(id.as_uuid()).one(self.reader()).await?;
        Ok(found.map(test))
    }

    /// Whoever got it has said so, on the page of its link. What was received keeps when.
    ///
    /// # Errors
    /// The database's.
    pub async fn confirm_channel_test(&self, id: NoticeId, now: Timestamp) -> Result<(), StoreError> {
        let report = ReportRow {
            id: id.as_uuid(),
            dated: true,
            channel: String::new(),
            of: ReportedOf::Notice(id),
            word: ReportedWord::Read,
            detail: None,
            at: now,
        };
        self.report_channel_test(id.as_uuid(), report).await
    }

    /// Deletes the tries that are older than `before`, the oldest `limit` of them; answers how many.
    ///
    /// # Errors
    /// The database's; nothing is deleted then.
    pub async fn forget_channel_tests(&self, before: Timestamp, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        use row::{Column, Entity};
        let old = oldest(Entity, Column::Id, Column::At, before, limit);
        self.forget::<Entity>(TRIES, Column::Id.in_subquery(old), before, now)
            .await
    }
}
