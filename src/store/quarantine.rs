//! Senders that could not prove who they are. Each is counted and shown to a dispatcher: behind a wrong key may stand a real
//! call for help, or somebody trying doors.
//!
//! Bounded without forgetting anybody: a sender has at most [`ROWS_OF_A_SENDER_MAX`] rows, all together at most
//! [`ROWS_MAX`]; what comes beyond is counted in one row of the sender's, or of nobody's, under the device `*`. Whatever somebody has
//! looked at or bound makes room for who comes next, and the retention job takes what has been quiet for long.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};
use uuid::Uuid;

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{PAGE_MAX, page_after, put_rows, replacing};
use super::seal::{KeyRing, Sealed};
use crate::ids::UserId;

mod row {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "quarantine")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub sender_digest: Vec<u8>,
        pub claimed_device: String,
        pub reason: String,
        pub count: i64,
        pub first_at: Micros,
        pub last_at: Micros,
        pub body: Option<Sealed>,
        pub seen_by: Option<Uuid>,
        pub seen_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "quarantine";
/// Rows that one sender may fill.
pub const ROWS_OF_A_SENDER_MAX: u64 = 8;
/// Rows that all senders together may fill.
pub const ROWS_MAX: u64 = 1_000;
/// Bytes of a body that are kept.
pub const BODY_MAX_BYTES: usize = 64 * 1024;
/// Characters of a claimed device id that are kept.
pub const CLAIM_MAX_CHARS: usize = 64;
const OVERFLOW: &str = "*";

/// What came from somebody who could not prove who they are.
#[derive(Clone)]
pub struct Unproved<'a> {
    /// Made by the caller's `Ids`; used when this opens a new row.
    pub id: Uuid,
    /// The network address; kept as a keyed digest only.
    pub address: &'a str,
    /// Who it says it is; cut to [`CLAIM_MAX_CHARS`].
    pub claimed_device: &'a str,
    /// A stable word: `bad_key`, `unknown_device`.
    pub reason: &'static str,
    /// What it sent; the first [`BODY_MAX_BYTES`] are kept sealed, the last body for each row.
    pub body: &'a [u8],
}

/// A row as a dispatcher sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The row.
    pub id: Uuid,
    /// The same sender has the same digest; 16 hex digits of it.
    pub sender: String,
    /// Who it said it is; `*` for what came beyond the bounds.
    pub claimed_device: String,
    /// A stable word.
    pub reason: String,
    /// How often.
    pub count: i64,
    /// First time.
    pub first_at: Timestamp,
    /// Last time.
    pub last_at: Timestamp,
    /// Who has looked at it, and when; reset when it comes again.
    pub seen: Option<(UserId, Timestamp)>,
}

impl row::Model {
    fn read(self) -> Result<Quarantined, StoreError> {
        let seen = match (self.seen_by, self.seen_at) {
            (Some(by), Some(at)) => Some((UserId::new(by), at.read(TABLE, self.id, "seen_at")?)),
            _ => None,
        };
        Ok(Quarantined {
            id: self.id,
            sender: self
                .sender_digest
                .iter()
                .take(8)
                .map(|it| format!("{it:02x}"))
                .collect(),
            claimed_device: self.claimed_device,
            reason: self.reason,
            count: self.count,
            first_at: self.first_at.read(TABLE, self.id, "first_at")?,
            last_at: self.last_at.read(TABLE, self.id, "last_at")?,
            seen,
        })
    }
}

impl Store {
    /// Counts it, and answers the id of its row. Committed when it returns.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed(Locked)`.
    pub async fn quarantine(&self, it: Unproved<'_>, now: Timestamp) -> Result<Uuid, StoreError> {
        let keys = self.keys()?.clone();
        let sender = keys.address_digest(it.address);
        let claimed: String = it
            .claimed_device
            .chars()
            .filter(|it| !it.is_control())
            .take(CLAIM_MAX_CHARS)
            .collect();
        let body = it.body[..it.body.len().min(BODY_MAX_BYTES)].to_vec();
        let (fresh, reason) = (it.id, it.reason);
        self.write(move |tx| {
            Box::pin(async move {
                let (sender, claimed) = within_bounds(tx, sender, claimed, reason).await?;
                count_in(tx, &keys, fresh, sender, claimed, reason, &body, now).await
            })
        })
        .await
    }

    /// The rows, the last one first, at most `limit`; with `before`, those that come after that row in this order: of rows
    /// of one instant the larger id comes first, so none is lost between two pages.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    pub async fn quarantined(
        &self,
        before: Option<(Timestamp, Uuid)>,
        limit: u64,
    ) -> Result<Vec<Quarantined>, StoreError> {
        use row::{Column, Entity};
        let found = Entity::find()
            .filter(page_after(Column::LastAt, Column::Id, before))
            .order_by_desc(Column::LastAt)
            .order_by_desc(Column::Id)
            .limit(limit.clamp(1, PAGE_MAX))
            .all(self.reader())
            .await?;
        found.into_iter().map(row::Model::read).collect()
    }

    /// One row; none where there is none of this id.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    pub async fn quarantined_one(&self, id: Uuid) -> Result<Option<Quarantined>, StoreError> {
        let found = row::Entity::find_by_id(id).one(self.reader()).await?;
        found.map(row::Model::read).transpose()
    }

    /// What was sent last under this row. Whoever shows it to a person records the view first.
    ///
    /// # Errors
    /// `Sealed(..)`, `Unavailable`.
    pub async fn quarantined_body(&self, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        let row = row::Entity::find_by_id(id).one(self.reader()).await?;
        let Some(sealed) = row.and_then(|it| it.body) else {
            return Ok(None);
        };
        Ok(Some(self.keys()?.open_field(&sealed, TABLE, "body", id)?))
    }

    /// Marks a row as looked at; answers whether there is such a row.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn mark_quarantine_seen(&self, id: Uuid, by: UserId, now: Timestamp) -> Result<bool, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use row::{Column, Entity};
                let marked = Entity::update_many()
                    .col_expr(Column::SeenBy, Expr::value(by.as_uuid()))
                    .col_expr(Column::SeenAt, Expr::value(Micros::from(now)))
                    .filter(Column::Id.eq(id))
                    .exec(tx)
                    .await?;
                Ok(marked.rows_affected == 1)
            })
        })
        .await
    }

    /// For the retention job: removes rows that have been quiet since before `before`; answers how many. There are at most [`ROWS_MAX`].
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn sweep_quarantine(&self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        use row::{Column, Entity};
        let quiet = Column::LastAt.lt(Micros::from(before));
        self.forget::<Entity>(TABLE, quiet, before, now).await
    }
}

/// Under which sender and device it is counted: its own row if it has one or may open one.
async fn within_bounds(
    tx: &impl ConnectionTrait,
    sender: Vec<u8>,
    claimed: String,
    reason: &'static str,
) -> Result<(Vec<u8>, String), StoreError> {
    use row::{Column, Entity};
    let of_sender = || Entity::find().filter(Column::SenderDigest.eq(sender.clone()));
    let own = of_sender()
        .filter(Column::ClaimedDevice.eq(claimed.as_str()))
        .filter(Column::Reason.eq(reason));
    if own.count(tx).await? > 0 {
        return Ok((sender, claimed));
    }
    if Entity::find().count(tx).await? >= ROWS_MAX && !make_room(tx, Entity::find()).await? {
        return Ok((Vec::new(), OVERFLOW.to_owned()));
    }
    // One row is left for the overflow itself.
    if of_sender().count(tx).await? >= ROWS_OF_A_SENDER_MAX - 1 && !make_room(tx, of_sender()).await? {
        return Ok((sender, OVERFLOW.to_owned()));
    }
    Ok((sender, claimed))
}

/// Takes the row away that has been quiet for longest of those that somebody has looked at since it came last; answers whether there
/// was one.
async fn make_room(tx: &impl ConnectionTrait, among: Select<row::Entity>) -> Result<bool, StoreError> {
    use row::{Column, Entity};
    let seen = among
        .filter(Column::SeenAt.is_not_null())
        .filter(Column::ClaimedDevice.ne(OVERFLOW))
        .order_by_asc(Column::LastAt)
        .order_by_asc(Column::Id);
    let oldest: Option<Uuid> = seen.select_only().column(Column::Id).into_tuple().one(tx).await?;
    let Some(oldest) = oldest else { return Ok(false) };
    Entity::delete_by_id(oldest).exec(tx).await?;
    Ok(true)
}

#[allow(clippy::too_many_arguments)] // the columns of one row
async fn count_in(
    tx: &impl ConnectionTrait,
    keys: &KeyRing,
    fresh: Uuid,
    sender: Vec<u8>,
    claimed: String,
    reason: &'static str,
    body: &[u8],
    now: Timestamp,
) -> Result<Uuid, StoreError> {
    use row::{ActiveModel, Column, Entity};
    let at = Micros::from(now);
    let row = ActiveModel {
        id: Set(fresh),
        sender_digest: Set(sender.clone()),
        claimed_device: Set(claimed.clone()),
        reason: Set(reason.to_owned()),
        count: Set(1),
        first_at: Set(at),
        last_at: Set(at),
        body: Set(None),
        seen_by: Set(None),
        seen_at: Set(None),
    };
    let key = [Column::SenderDigest, Column::ClaimedDevice, Column::Reason];
    let mut again = replacing(&key, &[Column::Id, Column::Count, Column::FirstAt]);
    again.value(Column::Count, Expr::col((Entity, Column::Count)).add(1));
    put_rows(tx, vec![row], &again).await?;
    // The body is bound to the row's id, which is known only now: two senders may have opened the row at the same time.
    let row = Entity::find()
        .filter(Column::SenderDigest.eq(sender))
        .filter(Column::ClaimedDevice.eq(claimed))
        .filter(Column::Reason.eq(reason));
    let id: Option<Uuid> = row.select_only().column(Column::Id).into_tuple().one(tx).await?;
    let id = id.ok_or_else(|| StoreError::corrupt(TABLE, fresh, "row", "gone within its own transaction"))?;
    let sealed = keys.general().seal(TABLE, "body", id, body)?;
    Entity::update_many()
        .col_expr(Column::Body, Expr::value(sealed))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(id)
}
