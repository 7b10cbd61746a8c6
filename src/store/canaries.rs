//! Canaries: of each street and each way out of the house one try in every month; when it is due, and how it ended.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, put_rows};
use crate::ids::UserId;
use crate::people::words::words;

mod row {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "canary")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub area_code: String,
        pub channel: String,
        pub run: String,
        pub state: String,
        pub due_at: Micros,
        pub began_at: Option<Micros>,
        pub attempts: i32,
        pub why: Option<String>,
        pub by_account: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "canary";
/// Rows that one look takes.
const AT_ONCE: u64 = 256;

words! {
    /// How far a canary has come.
    CanaryState ("state of a canary") {
        /// Its time has not come.
        Waiting = "waiting",
        /// A node sends it.
        Sending = "sending",
        /// Sent, and nobody has confirmed it yet.
        Sent = "sent",
        /// Somebody got it.
        Confirmed = "confirmed",
        /// Nobody got it in its time.
        Failed = "failed",
    }
}

impl CanaryState {
    /// Whether it is over.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Confirmed | Self::Failed)
    }
}

/// One try of one way for one street.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary {
    /// Follows from street, channel and run: two nodes file one row.
    pub id: Uuid,
    /// The street.
    pub area_code: String,
    /// The carrier, as the configuration names it.
    pub channel: String,
    /// `2026-12`; `hand 2026-11-27T02:00:00Z`.
    pub run: String,
    /// How far it has come.
    pub state: CanaryState,
    /// When it is looked at again; of one that is over: when it ended.
    pub due_at: Timestamp,
    /// When it was sent first.
    pub began_at: Option<Timestamp>,
    /// How often it was begun.
    pub attempts: i32,
    /// Why it failed, in stable words.
    pub why: Option<String>,
    /// Who asked for it, or has confirmed it by hand.
    pub by: Option<UserId>,
}

impl row::Model {
    fn read(self) -> Result<Canary, StoreError> {
        let at = At {
            table: TABLE,
            id: &self.id,
        };
        Ok(Canary {
            id: self.id,
            state: at.word("state", &self.state)?,
            due_at: at.instant("due_at", self.due_at)?,
            began_at: self.began_at.map(|it| at.instant("began_at", it)).transpose()?,
            area_code: self.area_code,
            channel: self.channel,
            run: self.run,
            attempts: self.attempts,
            why: self.why,
            by: self.by_account.map(UserId::new),
        })
    }
}

/// Rows as they read back; one that does not is logged and left out.
fn all(rows: Vec<row::Model>) -> Vec<Canary> {
    let read = |it: row::Model| {
        it.read()
            .inspect_err(|error| tracing::error!(%error, "a canary is set aside"))
            .ok()
    };
    rows.into_iter().filter_map(read).collect()
}

impl Store {
    /// Files canaries that wait. One that is filed stays as it is; while it waits, it is due when `rows` says.
    ///
    /// # Errors
    /// The database's.
    pub async fn file_canaries(&self, rows: Vec<Canary>) -> Result<(), StoreError> {
        use row::{ActiveModel, Column, Entity};
        if rows.is_empty() {
            return Ok(());
        }
        self.write(move |tx| {
            Box::pin(async move {
                let once = OnConflict::column(Column::Id).do_nothing().to_owned();
                for it in &rows {
                    Entity::update_many()
                        .col_expr(Column::DueAt, Expr::value(Micros::from(it.due_at)))
                        .filter(Column::Id.eq(it.id))
                        .filter(Column::State.eq(CanaryState::Waiting.as_str()))
                        .exec(tx)
                        .await?;
                }
                let rows = rows.into_iter().map(|it| ActiveModel {
                    id: Set(it.id),
                    area_code: Set(it.area_code),
                    channel: Set(it.channel),
                    run: Set(it.run),
                    state: Set(it.state.as_str().to_owned()),
                    due_at: Set(it.due_at.into()),
                    began_at: Set(it.began_at.map(Into::into)),
                    attempts: Set(it.attempts),
                    why: Set(it.why),
                    by_account: Set(it.by.map(UserId::as_uuid)),
                });
                put_rows(tx, rows.collect(), &once).await
            })
        })
        .await
    }

    /// Canaries that are not over, the first due first: those that are due, and all that were sent.
    ///
    /// # Errors
    /// The database's.
    pub async fn open_canaries(&self, now: Timestamp) -> Result<Vec<Canary>, StoreError> {
        use row::{Column, Entity};
        let due = Condition::all()
            .add(Column::State.is_in([CanaryState::Waiting.as_str(), CanaryState::Sending.as_str()]))
            .add(Column::DueAt.lte(Micros::from(now)));
        let sent = Condition::all().add(Column::State.eq(CanaryState::Sent.as_str()));
        let found = Entity::find()
            .filter(Condition::any().add(due).add(sent))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
            .limit(AT_ONCE)
            .all(self.reader())
            .await?;
        Ok(all(found))
    }

    /// Takes a canary from one state to another, if it still stands as it was read; answers whether it did. Of two nodes one does.
    ///
    /// # Errors
    /// The database's.
    pub async fn move_canary(&self, was: &Canary, now_it_is: Canary) -> Result<bool, StoreError> {
        let (id, state, due_at) = (was.id, was.state.as_str(), Micros::from(was.due_at));
        self.write(move |tx| {
            Box::pin(async move {
                use row::{Column, Entity};
                let it = now_it_is;
                let done = Entity::update_many()
                    .col_expr(Column::State, Expr::value(it.state.as_str()))
                    .col_expr(Column::DueAt, Expr::value(Micros::from(it.due_at)))
                    .col_expr(Column::BeganAt, Expr::value(it.began_at.map(Micros::from)))
                    .col_expr(Column::Attempts, Expr::value(it.attempts))
                    .col_expr(Column::Why, Expr::value(it.why))
                    .col_expr(Column::ByAccount, Expr::value(it.by.map(UserId::as_uuid)))
                    .filter(Column::Id.eq(id))
                    .filter(Column::State.eq(state))
                    .filter(Column::DueAt.eq(due_at))
                    .exec(tx)
                    .await?;
                Ok(done.rows_affected == 1)
            })
        })
        .await
    }

    /// Those that failed since then, which a late receipt may still mend.
    ///
    /// # Errors
    /// The database's.
    pub async fn failed_canaries(&self, since: Timestamp) -> Result<Vec<Canary>, StoreError> {
        use row::{Column, Entity};
        let found = Entity::find()
            .filter(Column::State.eq(CanaryState::Failed.as_str()))
            .filter(Column::DueAt.gte(Micros::from(since)))
            .order_by_desc(Column::DueAt)
            .limit(AT_ONCE)
            .all(self.reader())
            .await?;
        Ok(all(found))
    }

    /// Of each street and channel the last that is over, by area and channel.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_canaries(&self, since: Timestamp) -> Result<Vec<Canary>, StoreError> {
        use row::{Column, Entity};
        let found = Entity::find()
            .filter(Column::State.is_in([CanaryState::Confirmed.as_str(), CanaryState::Failed.as_str()]))
            .filter(Column::BeganAt.gte(Micros::from(since)))
            .order_by_desc(Column::BeganAt)
            .order_by_asc(Column::Id)
            .all(self.reader())
            .await?;
        let mut last: Vec<Canary> = Vec::new();
        for it in all(found) {
            let same = |one: &Canary| one.area_code == it.area_code && one.channel == it.channel;
            if !last.iter().any(same) {
                last.push(it);
            }
        }
        last.sort_by(|a, b| (&a.area_code, &a.channel).cmp(&(&b.area_code, &b.channel)));
        Ok(last)
    }

    /// The canaries of these streets, what is to come first and then the last that began.
    ///
    /// # Errors
    /// The database's.
    pub async fn canaries(&self, streets: &[String], limit: u64) -> Result<Vec<Canary>, StoreError> {
        use row::{Column, Entity};
        let found = Entity::find()
            .filter(Column::AreaCode.is_in(streets.iter().map(String::as_str)))
            .order_by_desc(Column::DueAt)
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(all(found))
    }

    /// One canary.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn canary(&self, id: Uuid) -> Result<Option<Canary>, StoreError> {
        let found = row::Entity::find_by_id(id).one(self.reader()).await?;
        found.map(row::Model::read).transpose()
    }
}
