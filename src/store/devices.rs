//! Devices: whose each one is, and the keyed hash by which it proves itself.

use std::fmt;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{
    At, Kept, Loaded, PAGE_MAX, Page, last_of_each, put_rows, replacing_versioned, require_version, rows,
};
use super::seal::DeviceKey;
use crate::circle::Crs;
use crate::ids::{DeviceId, ElderId, HouseholdId};
use crate::people::{Device, DeviceBinding, Terminal};

mod device {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "device")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub code: String,
        pub kind: String,
        pub elder_id: Option<Uuid>,
        pub household_id: Option<Uuid>,
        pub model: Option<String>,
        pub crs: Option<String>,
        pub voice_path: bool,
        pub place: Option<String>,
        pub protocol: Option<String>,
        pub terminal: Option<String>,
        pub beat_s: Option<i32>,
        pub carrier: Option<String>,
        pub in_service: bool,
        pub key_hash: Option<Vec<u8>>,
        pub key_made_at: Option<Micros>,
        pub changed_at: Micros,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "device";

/// A device as it is kept.
#[derive(Clone, PartialEq)]
pub struct KeptDevice {
    /// The device.
    pub device: Kept<Device>,
    /// What its key must hash to ([`super::KeyRing::is_device_key`]); `None`: it cannot prove itself yet.
    pub key_hash: Option<Vec<u8>>,
}

impl fmt::Debug for KeptDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptDevice")
            .field("device", &self.device)
            .field("has_key", &self.key_hash.is_some())
            .finish()
    }
}

/// A reference system, as a column keeps it.
const fn crs_word(crs: Crs) -> &'static str {
    match crs {
        Crs::Wgs84 => "wgs84",
        Crs::Gcj02 => "gcj02",
        Crs::Bd09 => "bd09",
    }
}

fn read_crs(at: &At<'_>, text: &str) -> Result<Crs, StoreError> {
    match text {
        "wgs84" => Ok(Crs::Wgs84),
        "gcj02" => Ok(Crs::Gcj02),
        "bd09" => Ok(Crs::Bd09),
        other => Err(at.corrupt("crs", format!("`{other}` is not a known reference system"))),
    }
}

impl device::Model {
    fn read(self) -> Result<KeptDevice, StoreError> {
        let id = DeviceId::new(self.id);
        let at = At { table: TABLE, id: &id };
        let binding = match (self.elder_id, self.household_id) {
            (Some(elder), None) => Some(DeviceBinding::Elder(ElderId::new(elder))),
            (None, Some(household)) => Some(DeviceBinding::Household(HouseholdId::new(household))),
            (None, None) => None,
            (Some(_), Some(_)) => return Err(at.corrupt("elder_id", "bound to an elder and to a household")),
        };
        let terminal = match (self.protocol, self.terminal) {
            (Some(protocol), Some(number)) => Some(Terminal {
                protocol: at.word("protocol", &protocol)?,
                number,
            }),
            (None, None) => None,
            _ => {
                return Err(at.corrupt(
                    "terminal",
                    "a protocol without a number, or a number without a protocol",
                ));
            }
        };
        let value = Device {
            id,
            kind: at.word("kind", &self.kind)?,
            binding,
            crs: self.crs.as_deref().map(|it| read_crs(&at, it)).transpose()?,
            code: self.code,
            model: self.model,
            voice_path: self.voice_path,
            place: self.place,
            terminal,
            beat_s: (self.beat_s)
                .map(|it| u32::try_from(it).map_err(|_| at.corrupt("beat_s", "is below zero")))
                .transpose()?,
            carrier: self.carrier.map(|it| at.word("carrier", &it)).transpose()?,
            in_service: self.in_service,
        };
        let device = Kept {
            value,
            version: self.version,
            changed_at: at.instant("changed_at", self.changed_at)?,
        };
        Ok(KeptDevice {
            device,
            key_hash: self.key_hash,
        })
    }
}

/// A device that may be filed.
fn sound(it: &Device) -> Result<(), StoreError> {
    it.check().map_err(|flaws| {
        At {
            table: TABLE,
            id: &it.id,
        }
        .flawed(flaws)
    })
}

/// The row of a device that is new, without a key.
fn row_of(it: Device, now: Timestamp) -> device::ActiveModel {
    let (elder, household) = match it.binding {
        Some(DeviceBinding::Elder(id)) => (Some(id.as_uuid()), None),
        Some(DeviceBinding::Household(id)) => (None, Some(id.as_uuid())),
        None => (None, None),
    };
    device::ActiveModel {
        id: Set(it.id.as_uuid()),
        code: Set(it.code),
        kind: Set(it.kind.to_string()),
        elder_id: Set(elder),
        household_id: Set(household),
        model: Set(it.model),
        crs: Set(it.crs.map(|it| crs_word(it).to_owned())),
        voice_path: Set(it.voice_path),
        place: Set(it.place),
        protocol: Set(it.terminal.as_ref().map(|it| it.protocol.to_string())),
        terminal: Set(it.terminal.map(|it| it.number)),
        beat_s: Set(it.beat_s.map(|it| i32::try_from(it).unwrap_or(i32::MAX))),
        carrier: Set(it.carrier.map(|it| it.to_string())),
        in_service: Set(it.in_service),
        changed_at: Set(now.into()),
        version: Set(1),
        ..Default::default()
    }
}

/// On a row that exists: all is replaced but its key, and the version rises.
fn keeping_keys() -> OnConflict {
    use device::{Column, Entity};
    let keys = [Column::KeyHash, Column::KeyMadeAt];
    replacing_versioned(Entity, &[Column::Id], Column::Version, &keys)
}

/// Files a device that nobody has filed before.
pub(super) async fn put_new(tx: &impl ConnectionTrait, it: Device, now: Timestamp) -> Result<(), StoreError> {
    sound(&it)?;
    device::Entity::insert(row_of(it, now))
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Changes a device if nobody has changed it since `version`.
pub(super) async fn put_changed(
    tx: &impl ConnectionTrait,
    it: Device,
    version: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    use device::{Column, Entity};
    sound(&it)?;
    let id = it.id;
    require_version::<Entity>(tx, TABLE, (Column::Id, id.as_uuid()), (Column::Version, version), id).await?;
    put_rows(tx, vec![row_of(it, now)], &keeping_keys()).await
}

impl Store {
    /// A page of devices, ordered by id. `changed_since`: only those whose row changed then or later.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn devices(
        &self,
        after: Option<Uuid>,
        changed_since: Option<Timestamp>,
        limit: u64,
    ) -> Result<Page<KeptDevice>, StoreError> {
        use device::{Column, Entity};
        let limit = limit.clamp(1, PAGE_MAX);
        let mut select = Entity::find();
        if let Some(after) = after {
            select = select.filter(Column::Id.gt(after));
        }
        if let Some(since) = changed_since {
            select = select.filter(Column::ChangedAt.gte(Micros::from(since)));
        }
        let found = rows(self.reader(), select.order_by_asc(Column::Id).limit(limit), TABLE, "id").await?;
        Ok(Page::of(found, limit, device::Model::read))
    }

    /// Every device: for the picture in memory.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn all_devices(&self) -> Result<Loaded<KeptDevice>, StoreError> {
        self.devices_changed(None).await
    }

    /// Every device whose row changed at `since` or later; none: every one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn devices_changed(&self, since: Option<Timestamp>) -> Result<Loaded<KeptDevice>, StoreError> {
        let mut all = Loaded::default();
        let mut after = None;
        loop {
            after = all.take(self.devices(after, since, PAGE_MAX).await?);
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// One device; `None` when there is none of this id.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn device(&self, id: DeviceId) -> Result<Option<KeptDevice>, StoreError> {
        let found = rows(self.reader(), device::Entity::find_by_id(id.as_uuid()), TABLE, "id").await?;
        Page::of(found, u64::MAX, device::Model::read).one()
    }

    /// The device that names itself so on a line of its own.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn device_at(&self, terminal: &Terminal) -> Result<Option<KeptDevice>, StoreError> {
        use device::{Column, Entity};
        let select = Entity::find()
            .filter(Column::Protocol.eq(terminal.protocol.as_str()))
            .filter(Column::Terminal.eq(terminal.number.as_str()));
        let found = rows(self.reader(), select, TABLE, "id").await?;
        Page::of(found, u64::MAX, device::Model::read).one()
    }

    /// The devices of one elder.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn devices_of(&self, elder: ElderId) -> Result<Loaded<KeptDevice>, StoreError> {
        use device::{Column, Entity};
        let select = Entity::find()
            .filter(Column::ElderId.eq(elder.as_uuid()))
            .order_by_asc(Column::Id);
        let found = rows(self.reader(), select, TABLE, "id").await?;
        let mut all = Loaded::default();
        all.take(Page::of(found, u64::MAX, device::Model::read));
        Ok(all)
    }

    /// The devices of one elder and of their home.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn devices_at(&self, elder: ElderId, home: HouseholdId) -> Result<Loaded<KeptDevice>, StoreError> {
        use device::{Column, Entity};
        let theirs = Column::ElderId
            .eq(elder.as_uuid())
            .or(Column::HouseholdId.eq(home.as_uuid()));
        let found = rows(
            self.reader(),
            Entity::find().filter(theirs).order_by_asc(Column::Code),
            TABLE,
            "id",
        )
        .await?;
        let mut all = Loaded::default();
        all.take(Page::of(found, u64::MAX, device::Model::read));
        Ok(all)
    }

    /// Files a batch of devices, all or none. Keys stay as they are.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Unique("device_code"))`, `Conflict(Unique("device_protocol_terminal"))`.
    pub async fn put_devices(&self, devices: Vec<Device>, now: Timestamp) -> Result<(), StoreError> {
        let devices = last_of_each(devices, |it| it.id);
        for it in &devices {
            sound(it)?;
        }
        let rows: Vec<device::ActiveModel> = devices.into_iter().map(|it| row_of(it, now)).collect();
        let keep = keeping_keys();
        self.write(move |tx| Box::pin(async move { put_rows(tx, rows, &keep).await }))
            .await
    }

    /// Gives devices their keys; a device that had one loses it at once. All or none.
    ///
    /// # Errors
    /// `Conflict(Version)` naming a device that is not filed; `Sealed(Locked)`.
    pub async fn set_device_keys(&self, keys: Vec<(DeviceId, DeviceKey)>, now: Timestamp) -> Result<(), StoreError> {
        let ring = self.keys()?.clone();
        self.write(move |tx| {
            Box::pin(async move {
                use device::{Column, Entity};
                // One statement a key: keys are given by hand or by a set-up, never in the way of an alert.
                for (id, key) in last_of_each(keys, |it| it.0) {
                    let changed = Entity::update_many()
                        .col_expr(Column::KeyHash, Expr::value(ring.device_hash(&key)))
                        .col_expr(Column::KeyMadeAt, Expr::value(Micros::from(now)))
                        .col_expr(Column::ChangedAt, Expr::value(Micros::from(now)))
                        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
                        .filter(Column::Id.eq(id.as_uuid()))
                        .exec(tx)
                        .await?;
                    if changed.rows_affected != 1 {
                        return Err(StoreError::stale(TABLE, id));
                    }
                }
                Ok(())
            })
        })
        .await
    }
}
