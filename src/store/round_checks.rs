//! Who of a round of checks was looked after, by whom, when, and how they were.

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, Loaded, put_rows};
use crate::ids::{CaseId, ElderId, UserId};
use crate::people::RoundResult;

mod row {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "round_check")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub case_id: Uuid,
        pub elder_id: Uuid,
        pub account_id: Uuid,
        pub at: Micros,
        pub result: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "round_check";

/// One look after somebody of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundCheck {
    /// Its id.
    pub id: Uuid,
    /// Of which case's round.
    pub case: CaseId,
    /// Whom.
    pub elder: ElderId,
    /// Who has said so.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// How they were.
    pub result: RoundResult,
}

impl row::Model {
    fn read(self) -> Result<RoundCheck, StoreError> {
        let at = At {
            table: TABLE,
            id: &self.id,
        };
        Ok(RoundCheck {
            id: self.id,
            case: CaseId::new(self.case_id),
            elder: ElderId::new(self.elder_id),
            by: UserId::new(self.account_id),
            at: at.instant("at", self.at)?,
            result: at.word("result", &self.result)?,
        })
    }
}

impl Store {
    /// Keeps a look; the same id is kept once.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_round_check(&self, it: RoundCheck) -> Result<(), StoreError> {
        let row = row::ActiveModel {
            id: Set(it.id),
            case_id: Set(it.case.as_uuid()),
            elder_id: Set(it.elder.as_uuid()),
            account_id: Set(it.by.as_uuid()),
            at: Set(it.at.into()),
            result: Set(it.result.as_str().to_owned()),
        };
        let once = OnConflict::column(row::Column::Id).do_nothing().to_owned();
        self.write(move |tx| Box::pin(async move { put_rows(tx, vec![row], &once).await }))
            .await
    }

    /// The looks of a round, the oldest first. One that does not read back is set aside.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn round_checks(&self, case: CaseId) -> Result<Loaded<RoundCheck>, StoreError> {
        let rows = row::Entity::find()
            .filter(row::Column::CaseId.eq(case.as_uuid()))
            .order_by_asc(row::Column::At)
            .order_by_asc(row::Column::Id)
            .all(self.reader())
            .await?;
        let mut all = Loaded::default();
        for row in rows {
            match row.read() {
                Ok(it) => all.items.push(it),
                Err(error) => all.aside.push(error),
            }
        }
        Ok(all)
    }
}
