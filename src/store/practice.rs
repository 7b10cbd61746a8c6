//! Who takes part in the practice, and until when.

use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, put_rows, replacing};
use crate::ids::{ResponderId, UserId};

mod part {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "practice")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: Uuid,
        pub responder_id: Option<Uuid>,
        pub desk: bool,
        pub joined_at: Micros,
        pub until: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Somebody who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Practitioner {
    /// The account.
    pub user: UserId,
    /// The responder that they are, if one: only who is one is asked.
    pub responder: Option<ResponderId>,
    /// Whether they sit at a desk: a practice without a desk is over.
    pub desk: bool,
    /// Until when, unless they leave before.
    pub until: Timestamp,
}

impl Store {
    /// Takes somebody in, or lets them stay longer.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn join_practice(&self, who: Practitioner, now: Timestamp) -> Result<(), StoreError> {
        let row = part::ActiveModel {
            account_id: Set(who.user.as_uuid()),
            responder_id: Set(who.responder.map(ResponderId::as_uuid)),
            desk: Set(who.desk),
            joined_at: Set(now.into()),
            until: Set(who.until.into()),
        };
        self.write(move |tx| {
            Box::pin(async move {
                let replace = replacing(&[part::Column::AccountId], &[]);
                put_rows(tx, vec![row], &replace).await
            })
        })
        .await
    }

    /// Lets somebody go. Twice does no harm.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn leave_practice(&self, user: UserId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                part::Entity::update_many()
                    .set(part::ActiveModel {
                        until: Set(now.into()),
                        ..Default::default()
                    })
                    .filter(part::Column::AccountId.eq(user.as_uuid()))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Who takes part now.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn practitioners(&self, now: Timestamp) -> Result<Vec<Practitioner>, StoreError> {
        let found = part::Entity::find()
            .filter(part::Column::Until.gt(Micros::from(now)))
            .all(self.reader())
            .await?;
        found
            .into_iter()
            .map(|it| {
                let user = UserId::new(it.account_id);
                let at = At {
                    table: "practice",
                    id: &user,
                };
                Ok(Practitioner {
                    user,
                    responder: it.responder_id.map(ResponderId::new),
                    desk: it.desk,
                    until: at.instant("until", it.until)?,
                })
            })
            .collect()
    }
}
