//! Where devices hang, as they were installed: one photo a device, sealed under the key of its elder.

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use super::cases::retention::oldest;
use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::put_rows;
use super::seal::Sealed;
use crate::ids::{DeviceId, ElderId, UserId};

mod row {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "device_photo")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub device_id: Uuid,
        pub account_id: Uuid,
        pub at: Micros,
        pub media: String,
        pub width: i32,
        pub height: i32,
        pub size_bytes: i32,
        pub content: Sealed,
        pub replaced_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "device_photo";
/// The job that deletes them.
const JOB: &str = "device_photos";

/// A photo of where a device hangs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicePhoto {
    /// Its id.
    pub id: Uuid,
    /// Of which device.
    pub device: DeviceId,
    /// Who added it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Its media type.
    pub media: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Store {
    /// Keeps a photo in place of the one before it. With the elder whose home it shows, under their key.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed`.
    pub async fn put_device_photo(&self, it: DevicePhoto, elder: Option<ElderId>) -> Result<(), StoreError> {
        let ring = self.keys()?;
        let own = elder.and_then(|it| ring.elder(it));
        let content = match &own {
            Some(key) => key.seal(TABLE, "content", it.id, &it.bytes)?,
            None => ring.general().seal(TABLE, "content", it.id, &it.bytes)?,
        };
        let figure = |it: usize| i32::try_from(it).unwrap_or(i32::MAX);
        let size_bytes = figure(it.bytes.len());
        let row = row::ActiveModel {
            id: Set(it.id),
            device_id: Set(it.device.as_uuid()),
            account_id: Set(it.by.as_uuid()),
            at: Set(it.at.into()),
            media: Set(it.media),
            width: Set(figure(it.width as usize)),
            height: Set(figure(it.height as usize)),
            size_bytes: Set(size_bytes),
            content: Set(content),
            replaced_at: Set(None),
        };
        let (device, at) = (it.device, it.at);
        self.write(move |tx| {
            Box::pin(async move {
                replace(tx, device, at).await?;
                let once = OnConflict::column(row::Column::Id).do_nothing().to_owned();
                put_rows(tx, vec![row], &once).await
            })
        })
        .await
    }

    /// A device is taken from its household: its photo is nobody's any more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn end_device_photo(&self, device: DeviceId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(async move { replace(tx, device, now).await }))
            .await
    }

    /// The photo that holds of a device.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed`.
    pub async fn device_photo(&self, device: DeviceId) -> Result<Option<DevicePhoto>, StoreError> {
        let row = row::Entity::find()
            .filter(row::Column::DeviceId.eq(device.as_uuid()))
            .filter(row::Column::ReplacedAt.is_null())
            .order_by_desc(row::Column::At)
            .one(self.reader())
            .await?;
        let Some(it) = row else { return Ok(None) };
        let ring = self.keys()?.clone();
        let bytes = ring.open_fetching(self, &it.content, TABLE, "content", it.id).await?;
        let figure = |it: i32| u32::try_from(it).unwrap_or(0);
        Ok(Some(DevicePhoto {
            id: it.id,
            device,
            by: UserId::new(it.account_id),
            at: it.at.into(),
            media: it.media,
            width: figure(it.width),
            height: figure(it.height),
            bytes,
        }))
    }

    /// Deletes the oldest photos that were replaced before `before`, at most `limit`; answers how many.
    ///
    /// # Errors
    /// The database's; nothing is deleted then.
    pub async fn forget_device_photos(&self, before: Timestamp, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        use row::{Column, Entity};
        let old = oldest(Entity, Column::Id, Column::ReplacedAt, before, limit);
        self.forget::<Entity>(JOB, Column::Id.in_subquery(old), before, now)
            .await
    }
}

async fn replace(tx: &impl ConnectionTrait, device: DeviceId, at: Timestamp) -> Result<(), StoreError> {
    row::Entity::update_many()
        .set(row::ActiveModel {
            replaced_at: Set(Some(at.into())),
            ..Default::default()
        })
        .filter(row::Column::DeviceId.eq(device.as_uuid()))
        .filter(row::Column::ReplacedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
