//! What was done with devices - filed, bound, replaced, tested - and which of them somebody tests now.
//!
//! A change of a device and the line that says who made it are written together.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::connect::Store;
use super::devices::{put_changed, put_new};
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, PAGE_MAX, page_after, put_rows, replacing};
use crate::ids::{DeviceId, ElderId, HouseholdId, UserId};
use crate::people::{Device, DeviceBinding, DeviceDeed, UnbindReason};

mod event {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "device_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub device_id: Uuid,
        pub at: Micros,
        pub account_id: Uuid,
        pub what: String,
        pub elder_id: Option<Uuid>,
        pub household_id: Option<Uuid>,
        pub other_id: Option<Uuid>,
        pub reason: Option<String>,
        pub until: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod test {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "device_test")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub device_id: Uuid,
        pub account_id: Uuid,
        pub began_at: Micros,
        pub until: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// One thing that somebody has done with a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceEvent {
    /// The line.
    pub id: Uuid,
    /// With which device.
    pub device: DeviceId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: UserId,
    /// What.
    pub what: DeviceDeed,
    /// Whose it became, or had been.
    pub binding: Option<DeviceBinding>,
    /// The device that replaces it, or that it replaces.
    pub other: Option<DeviceId>,
    /// Why it was taken away.
    pub reason: Option<UnbindReason>,
    /// Of a test: until when.
    pub until: Option<Timestamp>,
}

/// Somebody tests a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceTest {
    /// Which.
    pub device: DeviceId,
    /// Who.
    pub by: UserId,
    /// Since when.
    pub began_at: Timestamp,
    /// Until when, unless it is ended before.
    pub until: Timestamp,
}

/// A device as it is to be, and the version that it must still have; none: it must be new.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceChange {
    /// The device.
    pub device: Device,
    /// Its version before.
    pub version: Option<i64>,
}

impl DeviceEvent {
    fn row(self) -> event::ActiveModel {
        let (elder, household) = match self.binding {
            Some(DeviceBinding::Elder(id)) => (Some(id.as_uuid()), None),
            Some(DeviceBinding::Household(id)) => (None, Some(id.as_uuid())),
            None => (None, None),
        };
        event::ActiveModel {
            id: Set(self.id),
            device_id: Set(self.device.as_uuid()),
            at: Set(self.at.into()),
            account_id: Set(self.by.as_uuid()),
            what: Set(self.what.as_str().to_owned()),
            elder_id: Set(elder),
            household_id: Set(household),
            other_id: Set(self.other.map(DeviceId::as_uuid)),
            reason: Set(self.reason.map(|it| it.as_str().to_owned())),
            until: Set(self.until.map(Micros::from)),
        }
    }
}

impl event::Model {
    fn read(self) -> Result<DeviceEvent, StoreError> {
        let id = self.id;
        let at = At {
            table: "device_event",
            id: &id,
        };
        Ok(DeviceEvent {
            id,
            device: DeviceId::new(self.device_id),
            at: at.instant("at", self.at)?,
            by: UserId::new(self.account_id),
            what: at.word("what", &self.what)?,
            binding: (self.elder_id.map(|it| DeviceBinding::Elder(ElderId::new(it))))
                .or_else(|| (self.household_id).map(|it| DeviceBinding::Household(HouseholdId::new(it)))),
            other: self.other_id.map(DeviceId::new),
            reason: self.reason.map(|it| at.word("reason", &it)).transpose()?,
            until: self.until.map(|it| at.instant("until", it)).transpose()?,
        })
    }
}

impl test::Model {
    fn read(self) -> Result<DeviceTest, StoreError> {
        let device = DeviceId::new(self.device_id);
        let at = At {
            table: "device_test",
            id: &device,
        };
        Ok(DeviceTest {
            device,
            by: UserId::new(self.account_id),
            began_at: at.instant("began_at", self.began_at)?,
            until: at.instant("until", self.until)?,
        })
    }
}

impl Store {
    /// Writes devices one after another, in their order, and what was done with them; all or nothing.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Version)` when somebody was quicker; `Conflict(Unique(..))` as [`Store::put_devices`].
    pub async fn change_devices(
        &self,
        changes: Vec<DeviceChange>,
        events: Vec<DeviceEvent>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let rows: Vec<event::ActiveModel> = events.into_iter().map(DeviceEvent::row).collect();
        self.write(move |tx| {
            Box::pin(async move {
                for it in changes {
                    match it.version {
                        Some(version) => put_changed(tx, it.device, version, now).await?,
                        None => put_new(tx, it.device, now).await?,
                    }
                }
                put_rows(tx, rows, &replacing(&[event::Column::Id], &[])).await
            })
        })
        .await
    }

    /// What was done with a device, the last first. `before`: instant and id of the last line of the page before.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn device_events(
        &self,
        device: DeviceId,
        before: Option<(Timestamp, Uuid)>,
        limit: u64,
    ) -> Result<Vec<DeviceEvent>, StoreError> {
        use event::{Column, Entity};
        let found = Entity::find()
            .filter(Column::DeviceId.eq(device.as_uuid()))
            .filter(page_after(Column::At, Column::Id, before))
            .order_by_desc(Column::At)
            .order_by_desc(Column::Id)
            .limit(limit.clamp(1, PAGE_MAX))
            .all(self.reader())
            .await?;
        found.into_iter().map(event::Model::read).collect()
    }

    /// Begins, prolongs or (with an `until` that has come) ends a test, and says who did it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_device_test(&self, it: DeviceTest, event: DeviceEvent) -> Result<(), StoreError> {
        let row = test::ActiveModel {
            device_id: Set(it.device.as_uuid()),
            account_id: Set(it.by.as_uuid()),
            began_at: Set(it.began_at.into()),
            until: Set(it.until.into()),
        };
        let said = event.row();
        self.write(move |tx| {
            Box::pin(async move {
                put_rows(tx, vec![row], &replacing(&[test::Column::DeviceId], &[])).await?;
                put_rows(tx, vec![said], &replacing(&[event::Column::Id], &[])).await
            })
        })
        .await
    }

    /// The tests that go on.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn device_tests(&self, now: Timestamp) -> Result<Vec<DeviceTest>, StoreError> {
        let found = test::Entity::find()
            .filter(test::Column::Until.gt(Micros::from(now)))
            .all(self.reader())
            .await?;
        found.into_iter().map(test::Model::read).collect()
    }

    /// The last test of a device, whether it goes on or not.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn device_test(&self, device: DeviceId) -> Result<Option<DeviceTest>, StoreError> {
        let found = test::Entity::find_by_id(device.as_uuid()).one(self.reader()).await?;
        found.map(test::Model::read).transpose()
    }
}
