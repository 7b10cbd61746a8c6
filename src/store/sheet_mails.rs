//! Who of a family wants the sheet of each month by mail, and when the next one is due.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, put_rows};
use crate::ids::{ContactId, ElderId};

mod row {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sheet_mail")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub contact_id: Uuid,
        pub elder_id: Uuid,
        pub due_at: Option<Micros>,
        pub sent_month: Option<String>,
        pub attempts: i32,
        pub why: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "sheet_mail";

/// One contact's wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetMail {
    /// Who.
    pub contact: ContactId,
    /// Of whom.
    pub elder: ElderId,
    /// When the next is due; none: they do not want it.
    pub due_at: Option<Timestamp>,
    /// The month of the last that was sent, `2026-11`.
    pub sent_month: Option<String>,
    /// How often the one that is due was tried.
    pub attempts: i32,
    /// Why the last one was not sent, in stable words.
    pub why: Option<String>,
}

impl row::Model {
    fn read(self) -> Result<SheetMail, StoreError> {
        let at = At {
            table: TABLE,
            id: &self.contact_id,
        };
        Ok(SheetMail {
            contact: ContactId::new(self.contact_id),
            elder: ElderId::new(self.elder_id),
            due_at: self.due_at.map(|it| at.instant("due_at", it)).transpose()?,
            sent_month: self.sent_month,
            attempts: self.attempts,
            why: self.why,
        })
    }
}

impl Store {
    /// A contact's wish; none: they never had one.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn sheet_mail(&self, contact: ContactId) -> Result<Option<SheetMail>, StoreError> {
        let found = row::Entity::find_by_id(contact.as_uuid()).one(self.reader()).await?;
        found.map(row::Model::read).transpose()
    }

    /// Files a wish. What was sent stays known.
    ///
    /// # Errors
    /// The database's.
    pub async fn put_sheet_mail(
        &self,
        contact: ContactId,
        elder: ElderId,
        due_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let row = row::ActiveModel {
            contact_id: Set(contact.as_uuid()),
            elder_id: Set(elder.as_uuid()),
            due_at: Set(due_at.map(Into::into)),
            sent_month: Set(None),
            attempts: Set(0),
            why: Set(None),
        };
        self.write(move |tx| {
            Box::pin(async move {
                use row::Column;
                let replace = OnConflict::column(Column::ContactId)
                    .update_columns([Column::ElderId, Column::DueAt, Column::Attempts])
                    .to_owned();
                put_rows(tx, vec![row], &replace).await
            })
        })
        .await
    }

    /// Those that are due, the first due first. One that does not read back is logged and left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn due_sheet_mails(&self, now: Timestamp, limit: u64) -> Result<Vec<SheetMail>, StoreError> {
        use row::{Column, Entity};
        let found = Entity::find()
            .filter(Column::DueAt.lte(Micros::from(now)))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::ContactId)
            .limit(limit)
            .all(self.reader())
            .await?;
        let read = |it: row::Model| {
            it.read()
                .inspect_err(|error| tracing::error!(%error, "a wish for sheets is set aside"))
                .ok()
        };
        Ok(found.into_iter().filter_map(read).collect())
    }

    /// Takes a wish on, if it still is as it was read; answers whether it did. Of two nodes one does.
    ///
    /// # Errors
    /// The database's.
    pub async fn move_sheet_mail(&self, was: &SheetMail, now_it_is: SheetMail) -> Result<bool, StoreError> {
        let (contact, due_at) = (was.contact.as_uuid(), was.due_at.map(Micros::from));
        self.write(move |tx| {
            Box::pin(async move {
                use row::{Column, Entity};
                let it = now_it_is;
                let done = Entity::update_many()
                    .col_expr(Column::DueAt, Expr::value(it.due_at.map(Micros::from)))
                    .col_expr(Column::SentMonth, Expr::value(it.sent_month))
                    .col_expr(Column::Attempts, Expr::value(it.attempts))
                    .col_expr(Column::Why, Expr::value(it.why))
                    .filter(Column::ContactId.eq(contact))
                    .filter(Column::DueAt.eq(due_at))
                    .exec(tx)
                    .await?;
                Ok(done.rows_affected == 1)
            })
        })
        .await
    }
}
