//! What was booked of a carrier's quota, by whichever node: counted over the minute, the hour and the day before, so that no
//! stretch of that length ever holds more than the limit. Booked before the sending; given back when the try never left.

use jiff::{SignedDuration, Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, Set, Statement,
};
use uuid::Uuid;

use super::cases::{LetterRow, letters};
use super::connect::{Engine, Store};
use super::error::StoreError;
use super::micros::Micros;
use crate::ids::NoticeId;

mod quota_use {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "quota_use")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub channel: String,
        pub callee: Vec<u8>,
        pub at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The longest stretch that is counted over; what is older is forgotten.
pub const WITHIN_MAX_S: u32 = 86_400;

/// So many within so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Of one callee, or of the carrier's account.
    pub callee: bool,
    /// Seconds.
    pub within_s: u32,
    /// At most.
    pub most: u32,
}

/// What is to be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Follows from carrier, notice and callee, and of a telephone from the try: what may have rung before counts.
    pub id: Uuid,
    /// The carrier.
    pub channel: String,
    /// Keyed hash of the address; empty where the address is the carrier's own.
    pub callee: Vec<u8>,
}

impl Store {
    /// Books one use, unless a limit would be passed: that one is answered. With it the letter (of this row of the outbox) is written
    /// down that is to use it; a letter may also go without a booking.
    ///
    /// # Errors
    /// The database's; nothing was booked then.
    pub async fn book_quota(
        &self,
        booking: Option<Booking>,
        limits: Vec<Limit>,
        letter: Option<(NoticeId, LetterRow)>,
        now: Timestamp,
    ) -> Result<Option<Limit>, StoreError> {
        let engine = self.engine();
        self.write(move |tx| {
            Box::pin(async move {
                use quota_use::{ActiveModel, Column, Entity};
                if let Some(booking) = booking {
                    if engine == Engine::Postgres {
                        // One at a time for one carrier, on all nodes; SQLite has one writer anyway.
                        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
                        let values = [format!("quota {}", booking.channel).into()];
                        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values))
                            .await?;
                    }
                    Entity::delete_many()
                        .filter(Column::Channel.eq(booking.channel.as_str()))
                        .filter(Column::At.lte(before(now, WITHIN_MAX_S)))
                        .exec(tx)
                        .await?;
                    for limit in limits {
                        if used(tx, &booking, limit, now).await? >= u64::from(limit.most) {
                            return Ok(Some(limit));
                        }
                    }
                    // The same letter once more: it counts from now, and not twice. A refusal takes nothing back.
                    Entity::delete_by_id(booking.id).exec(tx).await?;
                    let row = ActiveModel {
                        id: Set(booking.id),
                        channel: Set(booking.channel),
                        callee: Set(booking.callee),
                        at: Set(now.into()),
                    };
                    row.insert(tx).await?;
                }
                if let Some((notice, letter)) = letter {
                    letters::begin(tx, notice, letter, now.into()).await?;
                }
                Ok(None)
            })
        })
        .await
    }

    /// Gives a booking back: the try never left.
    ///
    /// # Errors
    /// The database's.
    pub async fn release_quota(&self, id: Uuid) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                quota_use::Entity::delete_by_id(id).exec(tx).await?;
                Ok(())
            })
        })
        .await
    }

    /// How much of a carrier's account was used within so long.
    ///
    /// # Errors
    /// The database's.
    pub async fn quota_used(&self, channel: &str, within_s: u32, now: Timestamp) -> Result<u64, StoreError> {
        use quota_use::{Column, Entity};
        let used = Entity::find()
            .filter(Column::Channel.eq(channel))
            .filter(Column::At.gt(before(now, within_s)));
        Ok(used.count(self.reader()).await?)
    }

    /// What a limit of one callee has come to: the uses of whoever was told most within its time, and how many have none left.
    ///
    /// # Errors
    /// The database's.
    pub async fn quota_of_callees(
        &self,
        channel: &str,
        limit: Limit,
        now: Timestamp,
    ) -> Result<(u64, u64), StoreError> {
        let db = self.reader();
        let sql = "SELECT COALESCE(max(used), 0), count(CASE WHEN used >= $3 THEN 1 END) FROM \
                   (SELECT count(*) AS used FROM quota_use WHERE channel = $1 AND at > $2 GROUP BY callee) AS callees";
        let values = [
            channel.into(),
            before(now, limit.within_s).into(),
            i64::from(limit.most).into(),
        ];
        let counted = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let Some(row) = db.query_one_raw(counted).await? else {
            return Ok((0, 0));
        };
        let (most, spent): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        Ok((
            u64::try_from(most).unwrap_or_default(),
            u64::try_from(spent).unwrap_or_default(),
        ))
    }
}

fn before(now: Timestamp, within_s: u32) -> Micros {
    Micros::from(now - SignedDuration::from_secs(within_s.into()))
}

async fn used(tx: &DatabaseTransaction, it: &Booking, limit: Limit, now: Timestamp) -> Result<u64, StoreError> {
    use quota_use::{Column, Entity};
    let mut uses = Entity::find()
        .filter(Column::Channel.eq(it.channel.as_str()))
        .filter(Column::Id.ne(it.id))
        .filter(Column::At.gt(before(now, limit.within_s)));
    if limit.callee {
        uses = uses.filter(Column::Callee.eq(it.callee.clone()));
    }
    Ok(uses.count(tx).await?)
}
