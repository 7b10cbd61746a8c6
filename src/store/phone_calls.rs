//! Telephone calls beside cases: each is one row that is written over its own version, and the row is what counts when the
//! process that made the call is gone.
//!
//! Nobody is called by two at once: while a call goes on, whom it goes to is unique.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
};
use uuid::Uuid;

use super::cases::retention::oldest;
use super::cases::rows::cases;
use super::connect::{Engine, Store};
use super::error::StoreError;
use super::micros::Micros;
use super::seal::Sealed;
use crate::case::{Call, CallLimits, CallPurpose, Callee, Kind, Lane, State};
use crate::ids::{CallId, CaseId};

mod phone_call {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "phone_call")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub case_id: Uuid,
        pub purpose: String,
        pub open_to: Option<String>,
        pub due_at: Option<Micros>,
        pub asked_at: Micros,
        pub version: i64,
        pub body: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod phone_recording {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "phone_recording")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub case_id: Uuid,
        pub at: Micros,
        pub content: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "phone_call";
/// The unique key on whom a call goes to.
const OPEN_TO: &str = "phone_call_open_to";
/// The job that deletes where recordings are, as its rows name it.
const RECORDINGS: &str = "phone_recordings";
/// Calls of one case that a list shows.
pub const CALLS_MAX: u64 = 200;

/// A call as it stands, and the version that it is written over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCall {
    /// The call.
    pub call: Call,
    /// Its row's.
    pub version: i64,
}

/// What came of beginning a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is written; whoever reads this makes it.
    Begun(KeptCall),
    /// This very call was begun before.
    Known(KeptCall),
    /// Another call to the same person goes on.
    AlreadyCalled(Box<Call>),
    /// As many calls go on as may.
    NoLine,
}

fn read(row: phone_call::Model) -> Result<KeptCall, StoreError> {
    let call = serde_json::from_str(&row.body)
        .map_err(|error| StoreError::corrupt(TABLE, CallId::new(row.id), "body", error.to_string()))?;
    Ok(KeptCall {
        call,
        version: row.version,
    })
}

fn row_of(call: &Call, version: i64, limits: &CallLimits) -> Result<phone_call::ActiveModel, StoreError> {
    let body =
        serde_json::to_string(call).map_err(|error| StoreError::corrupt(TABLE, call.id, "body", error.to_string()))?;
    Ok(phone_call::ActiveModel {
        id: Set(call.id.as_uuid()),
        case_id: Set(call.case.as_uuid()),
        purpose: Set(call.purpose.as_str().to_owned()),
        open_to: Set(call.state.is_open().then(|| call.callee.key())),
        due_at: Set(call.due_at(limits).map(Micros::from)),
        asked_at: Set(call.asked_at.into()),
        version: Set(version),
        body: Set(body),
    })
}

impl Store {
    /// Writes a call that is about to be made, if nobody is calling the same person and fewer than `open_max` calls of its purpose go on.
    ///
    /// # Errors
    /// The database's, `Corrupt`.
    pub async fn begin_call(&self, call: Call, limits: CallLimits, open_max: u64) -> Result<Begun, StoreError> {
        use phone_call::{Column, Entity};
        let (id, callee, purpose) = (call.id, call.callee, call.purpose);
        let row = row_of(&call, 1, &limits)?;
        let engine = self.engine();
        let written = self
            .write(move |tx| {
                Box::pin(async move {
                    if engine == Engine::Postgres {
                        // One at a time for one purpose, on all nodes, or two of them count the same last line; SQLite has one writer anyway.
                        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
                        let values = [format!("phone_call {}", purpose.as_str()).into()];
                        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values))
                            .await?;
                    }
                    if let Some(known) = Entity::find_by_id(id.as_uuid()).one(tx).await? {
                        return Ok(Some(Begun::Known(read(known)?)));
                    }
                    let open = Entity::find()
                        .filter(Column::OpenTo.is_not_null())
                        .filter(Column::Purpose.eq(purpose.as_str()));
                    let same = Entity::find().filter(Column::OpenTo.eq(callee.key())).one(tx).await?;
                    if let Some(same) = same {
                        return Ok(Some(Begun::AlreadyCalled(Box::new(read(same)?.call))));
                    }
                    if open.count(tx).await? >= open_max {
                        return Ok(Some(Begun::NoLine));
                    }
                    Entity::insert(row).exec_without_returning(tx).await?;
                    Ok(None)
                })
            })
            .await;
        match written {
            Ok(Some(begun)) => Ok(begun),
            Ok(None) => Ok(Begun::Begun(KeptCall { call, version: 1 })),
            // Another node was first, between the look and the write.
            Err(error) if error.is_unique(OPEN_TO) || error.is_unique("phone_call_pkey") => {
                match (self.phone_call(id).await?, self.call_to(callee).await?) {
                    (Some(known), _) => Ok(Begun::Known(known)),
                    (None, Some(other)) => Ok(Begun::AlreadyCalled(Box::new(other.call))),
                    (None, None) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// One call.
    ///
    /// # Errors
    /// The database's, `Corrupt`.
    pub async fn phone_call(&self, id: CallId) -> Result<Option<KeptCall>, StoreError> {
        let row = phone_call::Entity::find_by_id(id.as_uuid()).one(self.reader()).await?;
        row.map(read).transpose()
    }

    /// The call that goes on to somebody.
    ///
    /// # Errors
    /// The database's, `Corrupt`.
    pub async fn call_to(&self, callee: Callee) -> Result<Option<KeptCall>, StoreError> {
        let row = phone_call::Entity::find()
            .filter(phone_call::Column::OpenTo.eq(callee.key()))
            .one(self.reader())
            .await?;
        row.map(read).transpose()
    }

    /// The calls of a case, oldest first, the last [`CALLS_MAX`] of them.
    ///
    /// # Errors
    /// The database's, `Corrupt`.
    pub async fn phone_calls_of(&self, case: CaseId) -> Result<Vec<Call>, StoreError> {
        use phone_call::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::CaseId.eq(case.as_uuid()))
            .order_by_desc(Column::AskedAt)
            .order_by_desc(Column::Id)
            .limit(CALLS_MAX)
            .all(self.reader())
            .await?;
        rows.into_iter().rev().map(|it| read(it).map(|it| it.call)).collect()
    }

    /// Calls that must be looked at, the longest due first.
    ///
    /// # Errors
    /// The database's. A row that does not read back is named beside the others.
    pub async fn due_calls(&self, now: Timestamp, limit: u64) -> Result<(Vec<KeptCall>, Vec<StoreError>), StoreError> {
        use phone_call::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::DueAt.lte(Micros::from(now)))
            .order_by_asc(Column::DueAt)
            .limit(limit)
            .all(self.reader())
            .await?;
        let (mut found, mut aside) = (Vec::new(), Vec::new());
        for row in rows {
            match read(row) {
                Ok(it) => found.push(it),
                Err(error) => aside.push(error),
            }
        }
        Ok((found, aside))
    }

    /// The automatic calls that go on, to be held against their cases.
    ///
    /// # Errors
    /// The database's, `Corrupt`.
    pub async fn open_checks(&self) -> Result<Vec<KeptCall>, StoreError> {
        use phone_call::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::OpenTo.is_not_null())
            .filter(Column::Purpose.eq(CallPurpose::Check.as_str()))
            .limit(CALLS_MAX)
            .all(self.reader())
            .await?;
        rows.into_iter().map(read).collect()
    }

    /// Writes a call over the version that was read; none: somebody else was first, and it is to be read again.
    ///
    /// # Errors
    /// The database's.
    pub async fn save_call(&self, kept: &KeptCall, limits: &CallLimits) -> Result<Option<KeptCall>, StoreError> {
        use phone_call::{Column, Entity};
        let version = kept.version + 1;
        let row = row_of(&kept.call, version, limits)?;
        let (id, before) = (kept.call.id.as_uuid(), kept.version);
        let written = self
            .write(move |tx| {
                Box::pin(async move {
                    let done = Entity::update_many()
                        .set(row)
                        .filter(Column::Id.eq(id))
                        .filter(Column::Version.eq(before))
                        .exec(tx)
                        .await?;
                    Ok(done.rows_affected == 1)
                })
            })
            .await?;
        let call = kept.call.clone();
        Ok(written.then_some(KeptCall { call, version }))
    }

    /// Open cases about an elder, of these kinds, opened by `before` and rung for since, of which no automatic call was made: at most
    /// `limit`, the oldest first, each with when it was opened. `after`: those that come behind this one.
    ///
    /// # Errors
    /// The database's.
    pub async fn cases_without_check(
        &self,
        kinds: &[Kind],
        before: Timestamp,
        after: Option<(Timestamp, CaseId)>,
        limit: u64,
    ) -> Result<Vec<(Timestamp, CaseId)>, StoreError> {
        let called = Query::select()
            .column(phone_call::Column::Id)
            .from(phone_call::Entity)
            .and_where(
                Expr::col((phone_call::Entity, phone_call::Column::CaseId)).equals((cases::Entity, cases::Column::Id)),
            )
            .and_where(Expr::col((phone_call::Entity, phone_call::Column::Purpose)).eq(CallPurpose::Check.as_str()))
            .to_owned();
        let behind = after.map(|(at, id)| {
            let at = Micros::from(at);
            Condition::any().add(cases::Column::OpenedAt.gt(at)).add(
                Condition::all()
                    .add(cases::Column::OpenedAt.eq(at))
                    .add(cases::Column::Id.gt(id.as_uuid())),
            )
        });
        let states = [State::Ringing, State::Engaged].map(State::as_str);
        let found: Vec<(Micros, Uuid)> = cases::Entity::find()
            .select_only()
            .column(cases::Column::OpenedAt)
            .column(cases::Column::Id)
            .filter(behind.unwrap_or_else(Condition::all))
            .filter(cases::Column::ClosedAt.is_null())
            .filter(cases::Column::State.is_in(states))
            .filter(cases::Column::Lane.eq(Lane::Help.as_str()))
            .filter(cases::Column::Kind.is_in(kinds.iter().map(|it| it.as_str())))
            .filter(cases::Column::ElderId.is_not_null())
            .filter(cases::Column::OpenedAt.lte(Micros::from(before)))
            .filter(Expr::exists(called).not())
            .order_by_asc(cases::Column::OpenedAt)
            .order_by_asc(cases::Column::Id)
            .limit(limit)
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(found.into_iter().map(|(at, id)| (at.into(), CaseId::new(id))).collect())
    }

    /// Keeps where a recording is, sealed for table `phone_recording`, column `content`, row the call's id. Told twice, it is kept once.
    ///
    /// # Errors
    /// The database's.
    pub async fn put_recording(
        &self,
        call: CallId,
        case: CaseId,
        content: Sealed,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = phone_recording::ActiveModel {
            id: Set(call.as_uuid()),
            case_id: Set(case.as_uuid()),
            at: Set(now.into()),
            content: Set(content),
        };
        let once = super::registry::replacing(&[phone_recording::Column::Id], &[phone_recording::Column::At]);
        self.write(move |tx| Box::pin(async move { super::registry::put_rows(tx, vec![row], &once).await }))
            .await
    }

    /// Where the recording of a call of this case is, sealed.
    ///
    /// # Errors
    /// The database's.
    pub async fn recording(&self, case: CaseId, call: CallId) -> Result<Option<Sealed>, StoreError> {
        let row = phone_recording::Entity::find_by_id(call.as_uuid())
            .filter(phone_recording::Column::CaseId.eq(case.as_uuid()))
            .one(self.reader())
            .await?;
        Ok(row.map(|it| it.content))
    }

    /// Deletes where recordings of before `before` are, at most `limit`; answers how many. With proof, as
    /// [`Store::forget_answers`].
    ///
    /// # Errors
    /// The database's; nothing is deleted then.
    pub async fn forget_recordings(&self, before: Timestamp, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        use phone_recording::{Column, Entity};
        let old = oldest(Entity, Column::Id, Column::At, before, limit);
        self.forget::<Entity>(RECORDINGS, Column::Id.in_subquery(old), before, now)
            .await
    }
}
