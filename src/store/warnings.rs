//! Messages by which others warn, and the cases that they have opened.

use jiff::Timestamp;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::cases::retention::oldest;
use super::connect::{Store, rows_per_statement};
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{put_rows, replacing};
use super::seal::Sealed;
use crate::ids::CaseId;

mod message {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "warning")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub root: Uuid,
        pub link: String,
        pub area: String,
        pub crs: String,
        pub msg_type: String,
        pub sent_at: Micros,
        pub received_at: Micros,
        pub content: Sealed,
        pub done_at: Option<Micros>,
        pub result: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod case {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "warning_case")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub case_id: Uuid,
        pub root: Uuid,
        pub street: String,
        pub message: Uuid,
        pub expires_at: Option<Micros>,
        pub ended_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "warning";
/// The job that deletes messages, as its rows name it.
const WARNINGS: &str = "warnings";

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarningRow {
    /// Follows from sender, identifier and sent: the same message is the same row.
    pub id: Uuid,
    /// The first message of its chain.
    pub root: Uuid,
    /// By which link it came.
    pub link: String,
    /// The code of the area for which the link speaks.
    pub area: String,
    /// The reference system of its coordinates.
    pub crs: String,
    /// Its msgType.
    pub msg_type: String,
    /// When it was sent, by its sender.
    pub sent_at: Timestamp,
    /// When it came first.
    pub received_at: Timestamp,
    /// Its bytes.
    pub content: Vec<u8>,
    /// What came of it, in a stable word, once that has been done.
    pub result: Option<String>,
}

/// A case that a warning has opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarningCase {
    /// Which.
    pub case: CaseId,
    /// Of which chain of messages.
    pub root: Uuid,
    /// The street, as a code.
    pub street: String,
    /// The message that holds now.
    pub message: Uuid,
    /// Until when; none: until it is cancelled.
    pub expires_at: Option<Timestamp>,
    /// It was taken back or has run out.
    pub ended_at: Option<Timestamp>,
}

impl case::Model {
    fn read(self) -> WarningCase {
        WarningCase {
            case: CaseId::new(self.case_id),
            root: self.root,
            street: self.street,
            message: self.message,
            expires_at: self.expires_at.map(Into::into),
            ended_at: self.ended_at.map(Into::into),
        }
    }
}

impl Store {
    fn read_warning(&self, row: message::Model) -> Result<WarningRow, StoreError> {
        let content = self.keys()?.open_field(&row.content, TABLE, "content", row.id)?;
        Ok(WarningRow {
            id: row.id,
            root: row.root,
            link: row.link,
            area: row.area,
            crs: row.crs,
            msg_type: row.msg_type,
            sent_at: row.sent_at.into(),
            received_at: row.received_at.into(),
            content,
            result: row.result,
        })
    }

    /// Keeps a message; one that is there stays as it is.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed`.
    pub async fn put_warning(&self, it: WarningRow) -> Result<(), StoreError> {
        let content = self.keys()?.general().seal(TABLE, "content", it.id, &it.content)?;
        let row = message::ActiveModel {
            id: Set(it.id),
            root: Set(it.root),
            link: Set(it.link),
            area: Set(it.area),
            crs: Set(it.crs),
            msg_type: Set(it.msg_type),
            sent_at: Set(it.sent_at.into()),
            received_at: Set(it.received_at.into()),
            content: Set(content),
            done_at: Set(None),
            result: Set(None),
        };
        let once = OnConflict::column(message::Column::Id).do_nothing().to_owned();
        self.write(move |tx| Box::pin(async move { put_rows(tx, vec![row], &once).await }))
            .await
    }

    /// A message.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed`.
    pub async fn warning(&self, id: Uuid) -> Result<Option<WarningRow>, StoreError> {
        let row = message::Entity::find_by_id(id).one(self.reader()).await?;
        row.map(|it| self.read_warning(it)).transpose()
    }

    /// The roots of those of some messages that are known, in the order of the ids.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn warning_roots(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
        let mut found = Vec::new();
        for some in ids.chunks(rows_per_statement(1)) {
            let select = message::Entity::find()
                .filter(message::Column::Id.is_in(some.iter().copied()))
                .order_by_asc(message::Column::Id);
            let rows = select.all(self.reader()).await?;
            found.extend(rows.into_iter().map(|it| (it.id, it.root)));
        }
        Ok(found)
    }

    /// When the last message of this kind of a chain was sent.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn last_warning(&self, root: Uuid, msg_type: &str) -> Result<Option<Timestamp>, StoreError> {
        let select = message::Entity::find()
            .filter(message::Column::Root.eq(root))
            .filter(message::Column::MsgType.eq(msg_type))
            .order_by_desc(message::Column::SentAt);
        Ok(select.one(self.reader()).await?.map(|it| it.sent_at.into()))
    }

    /// Messages of which nothing has been done yet, the oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed`.
    pub async fn warnings_undone(&self) -> Result<Vec<WarningRow>, StoreError> {
        let select = message::Entity::find()
            .filter(message::Column::DoneAt.is_null())
            .order_by_asc(message::Column::ReceivedAt);
        let rows = select.all(self.reader()).await?;
        rows.into_iter().map(|it| self.read_warning(it)).collect()
    }

    /// What came of a message.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn finish_warning(&self, id: Uuid, result: &'static str, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                message::Entity::update_many()
                    .set(message::ActiveModel {
                        done_at: Set(Some(now.into())),
                        result: Set(Some(result.to_owned())),
                        ..Default::default()
                    })
                    .filter(message::Column::Id.eq(id))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Keeps by which message a case holds, and until when.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_warning_case(&self, it: WarningCase) -> Result<(), StoreError> {
        let row = case::ActiveModel {
            case_id: Set(it.case.as_uuid()),
            root: Set(it.root),
            street: Set(it.street),
            message: Set(it.message),
            expires_at: Set(it.expires_at.map(Into::into)),
            ended_at: Set(it.ended_at.map(Into::into)),
        };
        let replace = replacing(&[case::Column::CaseId], &[]);
        self.write(move |tx| Box::pin(async move { put_rows(tx, vec![row], &replace).await }))
            .await
    }

    /// The cases of a chain of messages.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn warning_cases(&self, root: Uuid) -> Result<Vec<WarningCase>, StoreError> {
        let select = case::Entity::find()
            .filter(case::Column::Root.eq(root))
            .order_by_asc(case::Column::CaseId);
        let rows = select.all(self.reader()).await?;
        Ok(rows.into_iter().map(case::Model::read).collect())
    }

    /// What is known of a case that a warning has opened.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn warning_case(&self, case: CaseId) -> Result<Option<WarningCase>, StoreError> {
        let row = case::Entity::find_by_id(case.as_uuid()).one(self.reader()).await?;
        Ok(row.map(case::Model::read))
    }

    /// The cases whose warning has run out by `now` and has not ended.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn warning_cases_due(&self, now: Timestamp) -> Result<Vec<WarningCase>, StoreError> {
        let select = case::Entity::find()
            .filter(case::Column::EndedAt.is_null())
            .filter(case::Column::ExpiresAt.lte(Micros::from(now)))
            .order_by_asc(case::Column::CaseId);
        let rows = select.all(self.reader()).await?;
        Ok(rows.into_iter().map(case::Model::read).collect())
    }

    /// Deletes the messages that came before `before` and of which everything has been done, the oldest `limit` of them; answers how many.
    /// While a case of their chain goes on all of it stays: what takes it back has to find it. What a message has opened stays in the case.
    ///
    /// # Errors
    /// `Unavailable`; nothing is deleted then.
    pub async fn forget_warnings(&self, before: Timestamp, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        use message::{Column, Entity};
        let goes_on = Query::select()
            .column(case::Column::Root)
            .from(case::Entity)
            .and_where(case::Column::EndedAt.is_null())
            .to_owned();
        let mut old = oldest(Entity, Column::Id, Column::ReceivedAt, before, limit);
        old.and_where(Column::DoneAt.is_not_null())
            .and_where(Column::Root.not_in_subquery(goes_on));
        self.forget::<Entity>(WARNINGS, Column::Id.in_subquery(old), before, now)
            .await
    }
}
