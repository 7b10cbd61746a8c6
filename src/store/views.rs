//! Who saw which sealed field of whom, when and why. Written before the field is shown; never changed.

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{PAGE_MAX, page_after, put_rows};
use crate::ids::{CaseId, UserId};

pub(super) mod view_log {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "view_log")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub at: Micros,
        pub account_id: Uuid,
        pub subject_table: String,
        pub subject_id: Uuid,
        pub field: String,
        pub case_id: Option<Uuid>,
        pub reason: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Who looks, when and why.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Made by the caller's `Ids`; the rows' ids follow from it, so that the same look is recorded once.
    pub id: Uuid,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// For which case, if for one.
    pub case: Option<CaseId>,
    /// A word or sentence that stands without personal data: "lead at the door", "registry edit".
    pub reason: String,
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The line; with the instant, the place where the next page goes on.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: UserId,
    /// Of which table.
    pub table: String,
    /// Of which row.
    pub subject: Uuid,
    /// Which field.
    pub field: String,
    /// For which case, if for one.
    pub case: Option<CaseId>,
    /// Why.
    pub reason: String,
}

impl Store {
    /// Adds one line a field.
    ///
    /// # Errors
    /// `Unavailable`; then nothing may be shown.
    pub async fn record_views(
        &self,
        seen: &Seen,
        table: &'static str,
        subject: Uuid,
        fields: &[&'static str],
    ) -> Result<(), StoreError> {
        let lines: Vec<view_log::ActiveModel> = fields
            .iter()
            .map(|field| view_log::ActiveModel {
                id: Set(Uuid::new_v5(&seen.id, format!("{table}.{field}.{subject}").as_bytes())),
                at: Set(seen.at.into()),
                account_id: Set(seen.by.as_uuid()),
                subject_table: Set(table.to_owned()),
                subject_id: Set(subject),
                field: Set((*field).to_owned()),
                case_id: Set(seen.case.map(CaseId::as_uuid)),
                reason: Set(seen.reason.clone()),
            })
            .collect();
        let once = OnConflict::column(view_log::Column::Id).do_nothing().to_owned();
        self.write(move |tx| Box::pin(async move { put_rows(tx, lines, &once).await }))
            .await
    }

    /// Who has looked at `subject`, the last first, at most `limit` lines; with `before`, those that come after that line
    /// in this order: of lines of one instant the larger id comes first, so none is lost between two pages.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    pub async fn views_of(
        &self,
        subject: Uuid,
        before: Option<(Timestamp, Uuid)>,
        limit: u64,
    ) -> Result<Vec<View>, StoreError> {
        use view_log::{Column, Entity};
        let found = Entity::find()
            .filter(Column::SubjectId.eq(subject))
            .filter(page_after(Column::At, Column::Id, before))
            .order_by_desc(Column::At)
            .order_by_desc(Column::Id)
            .limit(limit.clamp(1, PAGE_MAX))
            .all(self.reader())
            .await?;
        found
            .into_iter()
            .map(|it| {
                Ok(View {
                    id: it.id,
                    at: it.at.read("view_log", it.id, "at")?,
                    by: UserId::new(it.account_id),
                    table: it.subject_table,
                    subject: it.subject_id,
                    field: it.field,
                    case: it.case_id.map(CaseId::new),
                    reason: it.reason,
                })
            })
            .collect()
    }
}
