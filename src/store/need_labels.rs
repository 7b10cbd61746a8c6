//! How streets show needs.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::connect::Store;
use super::error::StoreError;
use super::register_log::{RegisterEvent, put_event};
use super::registry::{At, Loaded, json, put_rows};
use crate::people::{AreaCode, NeedLabels};

mod need_label {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "need_label")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub street: String,
        pub version: i64,
        pub content: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "need_label";

/// A street's table as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreetLabels {
    /// Whose.
    pub street: AreaCode,
    /// Rises by one with each change.
    pub version: i64,
    /// The table.
    pub labels: NeedLabels,
}

impl need_label::Model {
    fn read(self) -> Result<StreetLabels, StoreError> {
        let at = At {
            table: TABLE,
            id: &self.street,
        };
        let street = self
            .street
            .parse::<AreaCode>()
            .map_err(|it| at.corrupt("street", it.to_string()))?;
        Ok(StreetLabels {
            street,
            version: self.version,
            labels: at.json("content", &self.content)?,
        })
    }
}

impl Store {
    /// Every street's table that has one of its own. One that does not read back is set aside: the shipped set holds there.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn need_labels(&self) -> Result<Loaded<StreetLabels>, StoreError> {
        let found = need_label::Entity::find()
            .order_by_asc(need_label::Column::Street)
            .all(self.reader())
            .await?;
        let mut all = Loaded::default();
        for row in found {
            match row.read() {
                Ok(it) => all.items.push(it),
                Err(error) => all.aside.push(error),
            }
        }
        Ok(all)
    }

    /// Puts a street's table over the version that was seen (0: it had none), with the line that says who.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Version)` when somebody was quicker.
    pub async fn edit_need_labels(
        &self,
        street: AreaCode,
        labels: &NeedLabels,
        version: i64,
        event: RegisterEvent,
    ) -> Result<(), StoreError> {
        use need_label::{ActiveModel, Column, Entity};
        let street = street.to_string();
        labels.check().map_err(|flaws| {
            let at = At {
                table: TABLE,
                id: &street,
            };
            at.flawed(flaws)
        })?;
        let content = json(TABLE, "content", labels)?;
        let begun = ActiveModel {
            street: Set(street.clone()),
            version: Set(0),
            content: Set(String::new()),
        };
        self.write(move |tx| {
            Box::pin(async move {
                let there = OnConflict::column(Column::Street).do_nothing().to_owned();
                put_rows(tx, vec![begun], &there).await?;
                let raised = Entity::update_many()
                    .col_expr(Column::Version, Expr::value(version + 1))
                    .col_expr(Column::Content, Expr::value(content))
                    .filter(Column::Street.eq(street.clone()))
                    .filter(Column::Version.eq(version))
                    .exec(tx)
                    .await?;
                if raised.rows_affected != 1 {
                    return Err(StoreError::stale(TABLE, street));
                }
                put_event(tx, event).await
            })
        })
        .await
    }
}
