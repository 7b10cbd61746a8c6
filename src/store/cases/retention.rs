//! What is kept for a time only, and the proof that it is gone.
//!
//! Deleting is a job's work and never a screen's or an API's. A batch is one short transaction, so that the committer waits
//! for no more than a few hundred rows; what was deleted is counted in the same transaction.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::rows::{answer, photo, retention};
use crate::store::{Micros, Store, StoreError};

/// The job that deletes the kept answers, as its rows name it.
const ANSWERS: &str = "answers";
/// The job that deletes photos from the scene.
const PHOTOS: &str = "photos";

/// Days of proof that one look shows.
const DAYS_MAX: u64 = 400;

/// What a job has deleted on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Which job.
    pub job: String,
    /// The UTC day, days since 1970.
    pub day: i32,
    /// How many rows.
    pub count: u64,
    /// Whatever was older than this is gone.
    pub before: Timestamp,
    /// When the last of them were deleted.
    pub last_at: Timestamp,
}

impl Store {
    /// Deletes the oldest answers that were kept before `before`, at most `limit`; answers how many. The proof is written in
    /// the same transaction.
    ///
    /// # Errors
    /// The database's; nothing is deleted then.
    pub async fn forget_answers(&self, before: Timestamp, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        use answer::{Column, Entity};
        let old = oldest(Entity, Column::Id, Column::At, before, limit);
        self.forget::<Entity>(ANSWERS, Column::Id.in_subquery(old), before, now)
            .await
    }

    /// Deletes the oldest photos that were added before `before`, at most `limit`; answers how many. As
    /// [`Store::forget_answers`].
    ///
    /// # Errors
    /// The database's; nothing is deleted then.
    pub async fn forget_photos(&self, before: Timestamp, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        use photo::{Column, Entity};
        let old = oldest(Entity, Column::Id, Column::At, before, limit);
        self.forget::<Entity>(PHOTOS, Column::Id.in_subquery(old), before, now)
            .await
    }

    /// Deletes what `which` finds, with its proof, in one transaction; answers how many. `which` finds what is older than
    /// `before`, and a batch of it at most.
    pub(in crate::store) async fn forget<E: EntityTrait>(
        &self,
        job: &'static str,
        which: Expr,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let (before, at) = (Micros::from(before), Micros::from(now));
        self.write(move |tx| {
            Box::pin(async move {
                let done = E::delete_many().filter(which).exec(tx).await?;
                prove(tx, job, done.rows_affected, before, at).await
            })
        })
        .await
    }

    /// What the jobs have deleted, the newest day first.
    ///
    /// # Errors
    /// The database's.
    pub async fn deleted(&self) -> Result<Vec<Deleted>, StoreError> {
        let rows = retention::Entity::find()
            .order_by_desc(retention::Column::Day)
            .order_by_asc(retention::Column::Job)
            .limit(DAYS_MAX)
            .all(self.reader())
            .await?;
        Ok(rows
            .into_iter()
            .map(|it| Deleted {
                job: it.job,
                day: it.day,
                count: u64::try_from(it.deleted).unwrap_or(0),
                before: it.before_at.into(),
                last_at: it.last_at.into(),
            })
            .collect())
    }
}

/// The ids of the oldest rows from before `before`, at most `limit`.
pub(in crate::store) fn oldest<E: EntityTrait, C: ColumnTrait>(
    of: E,
    id: C,
    at: C,
    before: Timestamp,
    limit: u64,
) -> SelectStatement {
    Query::select()
        .column(id)
        .from(of)
        .and_where(at.lt(Micros::from(before)))
        .order_by(at, sea_orm::Order::Asc)
        .limit(limit)
        .to_owned()
}

/// Writes down what was deleted, in the transaction that deletes; answers how many.
async fn prove(
    tx: &DatabaseTransaction,
    job: &str,
    deleted: u64,
    before: Micros,
    at: Micros,
) -> Result<u64, StoreError> {
    if deleted == 0 {
        return Ok(0);
    }
    let day = i32::try_from(Timestamp::from(at).as_second().div_euclid(86_400)).unwrap_or(i32::MAX);
    let proof = retention::ActiveModel {
        job: Set(job.to_owned()),
        day: Set(day),
        deleted: Set(i64::try_from(deleted).unwrap_or(i64::MAX)),
        before_at: Set(before),
        first_at: Set(at),
        last_at: Set(at),
    };
    let sum = Expr::col((retention::Entity, retention::Column::Deleted))
        .add(Expr::col(("excluded", retention::Column::Deleted)));
    let again = OnConflict::columns([retention::Column::Job, retention::Column::Day])
        .update_columns([retention::Column::BeforeAt, retention::Column::LastAt])
        .value(retention::Column::Deleted, sum)
        .to_owned();
    retention::Entity::insert(proof)
        .on_conflict(again)
        .exec_without_returning(tx)
        .await?;
    Ok(deleted)
}
