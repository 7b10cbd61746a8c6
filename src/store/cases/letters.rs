//! What became of a row at each of its addresses. A row tells one person or one role; they may have several telephones, mailboxes or
//! browsers, and each has a letter of its own with an id of its own.
//!
//! ```text
//!  spare --its turn--> handed --taken--> taken --receipt--> received
//!                        '-----refused--> failed <--report-----'
//! ```
//!
//! Holds always:
//! - the id follows from row, carrier and address: a further try of the same letter is the same letter;
//! - a letter to a telephone is written before it is handed over, so that a report always finds it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _, Set};
use uuid::Uuid;

use super::many::insert;
use super::retention::oldest;
use crate::ids::NoticeId;
use crate::store::{Micros, Store, StoreError};

/// The job that deletes letters, as its rows name it.
const LETTERS: &str = "letters";

pub(in crate::store) mod row {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "letter")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub notice_id: Uuid,
        pub channel: String,
        pub proof: Option<String>,
        pub callee: Option<Vec<u8>>,
        pub whom: Option<String>,
        pub state: String,
        pub why: Option<String>,
        pub at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Where a letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LetterState {
    /// Another telephone of the same person is rung first.
    Spare,
    /// Handed over, and nobody knows yet what came of it.
    Handed,
    /// The provider took it.
    Taken,
    /// They have it.
    Received,
    /// Not by this address.
    Failed,
}

impl LetterState {
    const ALL: [Self; 5] = [Self::Spare, Self::Handed, Self::Taken, Self::Received, Self::Failed];

    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spare => "spare",
            Self::Handed => "handed",
            Self::Taken => "taken",
            Self::Received => "received",
            Self::Failed => "failed",
        }
    }

    /// Whether it is with its receiver, or on the way there.
    pub const fn is_told(self) -> bool {
        matches!(self, Self::Taken | Self::Received)
    }

    fn of(word: &str, id: Uuid) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|it| it.as_str() == word);
        found.ok_or_else(|| StoreError::corrupt("letter", id, "state", "is none"))
    }
}

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterRow {
    /// Its id.
    pub id: NoticeId,
    /// The carrier.
    pub channel: String,
    /// The provider's own number of it.
    pub proof: Option<String>,
    /// Keyed hash of a telephone.
    pub callee: Option<Vec<u8>>,
    /// Of a role: whose address it is.
    pub whom: Option<String>,
    /// Where it stands.
    pub state: LetterState,
    /// Why it failed.
    pub why: Option<String>,
}

impl LetterRow {
    fn into_row(self, notice: NoticeId, now: Micros) -> row::ActiveModel {
        row::ActiveModel {
            id: Set(self.id.as_uuid()),
            notice_id: Set(notice.as_uuid()),
            channel: Set(self.channel),
            proof: Set(self.proof),
            callee: Set(self.callee),
            whom: Set(self.whom),
            state: Set(self.state.as_str().to_owned()),
            why: Set(self.why),
            at: Set(now),
        }
    }
}

/// A letter is about to be handed over: from here on a report finds it.
pub(in crate::store) async fn begin(
    tx: &DatabaseTransaction,
    notice: NoticeId,
    it: LetterRow,
    now: Micros,
) -> Result<(), StoreError> {
    let again = " ON CONFLICT (id) DO UPDATE SET state = excluded.state, why = excluded.why, at = excluded.at";
    insert(tx, vec![it.into_row(notice, now)], again).await?;
    Ok(())
}

/// What came of some tries, no letter twice. What a report has said meanwhile stands.
pub(super) async fn note(
    tx: &DatabaseTransaction,
    letters: Vec<(NoticeId, LetterRow)>,
    now: Micros,
) -> Result<(), StoreError> {
    let rows = letters.into_iter().map(|(notice, it)| it.into_row(notice, now));
    let known = " ON CONFLICT (id) DO UPDATE SET proof = COALESCE(excluded.proof, letter.proof), \
                 why = CASE WHEN letter.state IN ('handed', 'spare') THEN excluded.why ELSE letter.why END, \
                 state = CASE WHEN letter.state IN ('handed', 'spare') THEN excluded.state ELSE letter.state END";
    insert(tx, rows.collect(), known).await?;
    Ok(())
}

/// A report has said so of this letter.
pub(super) async fn said(
    tx: &DatabaseTransaction,
    id: Uuid,
    state: LetterState,
    why: Option<String>,
) -> Result<(), StoreError> {
    row::Entity::update_many()
        .col_expr(row::Column::State, Expr::value(state.as_str()))
        .col_expr(row::Column::Why, Expr::value(why))
        .filter(row::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Where the letters of a row stand.
pub(super) async fn states_of<C: ConnectionTrait>(
    db: &C,
    notice: Uuid,
) -> Result<Vec<(Uuid, LetterState)>, StoreError> {
    let found = row::Entity::find()
        .filter(row::Column::NoticeId.eq(notice))
        .all(db)
        .await?;
    found
        .into_iter()
        .map(|it| Ok((it.id, LetterState::of(&it.state, it.id)?)))
        .collect()
}

/// Whether a letter of a row is with its receiver, or on the way there.
pub(super) async fn is_told(tx: &DatabaseTransaction, notice: NoticeId) -> Result<bool, StoreError> {
    let states = states_of(tx, notice.as_uuid()).await?;
    Ok(states.iter().any(|it| it.1.is_told()))
}

impl Store {
    /// The letters of a row that there are, by id.
    ///
    /// # Errors
    /// The database's, `Corrupt`.
    pub async fn letters_of(&self, notice: NoticeId) -> Result<BTreeMap<NoticeId, LetterRow>, StoreError> {
        let found = row::Entity::find()
            .filter(row::Column::NoticeId.eq(notice.as_uuid()))
            .all(self.reader())
            .await?;
        let read = |it: row::Model| {
            let letter = LetterRow {
                id: NoticeId::new(it.id),
                state: LetterState::of(&it.state, it.id)?,
                channel: it.channel,
                proof: it.proof,
                callee: it.callee,
                whom: it.whom,
                why: it.why,
            };
            Ok((letter.id, letter))
        };
        found.into_iter().map(read).collect()
    }

    /// Deletes the letters that are older than `before`, the oldest `limit` of them; answers how many. That somebody was told, and by what,
    /// stays in the row.
    ///
    /// # Errors
    /// The database's; nothing is deleted then.
    pub async fn forget_letters(&self, before: Timestamp, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        let old = oldest(row::Entity, row::Column::Id, row::Column::At, before, limit);
        self.forget::<row::Entity>(LETTERS, row::Column::Id.in_subquery(old), before, now)
            .await
    }
}
