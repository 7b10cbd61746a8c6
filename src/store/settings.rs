//! Facts about the store itself, by name.

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _};
use uuid::Uuid;

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{put_rows, replacing};

mod setting {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "setting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub value: String,
        pub changed_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const EPOCH: &str = "store_epoch";

impl Store {
    /// The value kept under `name`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        read(self.reader(), name).await
    }

    /// Keeps `value` under `name`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_setting(&self, name: &'static str, value: String, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                put_rows(
                    tx,
                    vec![row(name, value, now)],
                    &replacing(&[setting::Column::Name], &[]),
                )
                .await
            })
        })
        .await
    }

    /// Which history this is: a client's cursor of another epoch means nothing here. `fresh` becomes the epoch of a store
    /// that has none.
    ///
    /// # Errors
    /// `Unavailable`; `Corrupt` when the row is no id.
    pub async fn epoch(&self, fresh: Uuid, now: Timestamp) -> Result<Uuid, StoreError> {
        let text = self
            .write(move |tx| {
                Box::pin(async move {
                    let once = OnConflict::column(setting::Column::Name).do_nothing().to_owned();
                    put_rows(tx, vec![row(EPOCH, fresh.to_string(), now)], &once).await?;
                    read(tx, EPOCH).await
                })
            })
            .await?;
        let text =
            text.ok_or_else(|| StoreError::corrupt("setting", EPOCH, "row", "gone within its own transaction"))?;
        text.parse()
            .map_err(|_| StoreError::corrupt("setting", EPOCH, "value", "not an id"))
    }

    /// Begins another history: after a restore, every client takes a new snapshot.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn renew_epoch(&self, fresh: Uuid, now: Timestamp) -> Result<(), StoreError> {
        self.put_setting(EPOCH, fresh.to_string(), now).await
    }
}

async fn read(db: &impl ConnectionTrait, name: &str) -> Result<Option<String>, StoreError> {
    Ok(setting::Entity::find_by_id(name).one(db).await?.map(|it| it.value))
}

fn row(name: &str, value: String, now: Timestamp) -> setting::ActiveModel {
    setting::ActiveModel {
        name: Set(name.to_owned()),
        value: Set(value),
        changed_at: Set(now.into()),
    }
}
