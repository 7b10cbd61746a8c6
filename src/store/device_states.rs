//! What each device last said of itself: one row a device, many rows in one statement, the latest wins.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::connect::{Store, rows_per_statement};
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, Loaded, PAGE_MAX, Page, last_of_each, put_rows, replacing, rows};
use super::seal::Sealed;
use crate::ids::DeviceId;

mod row {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "device_state")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub heard_at: Micros,
        pub battery_percent: Option<i32>,
        pub signal_percent: Option<i32>,
        pub place_at: Option<Micros>,
        pub reading_at: Option<Micros>,
        pub content: Option<Sealed>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The table, as sealed content is bound to it.
pub const TABLE: &str = "device_state";

/// Rows of one statement, the largest that fits first: of few sizes each is known to the database, while one of each number would be read
/// anew every time.
const SIZES: [usize; 5] = [512, 128, 32, 8, 1];

/// The state of one device.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceState {
    /// Which.
    pub device: DeviceId,
    /// When it last said anything, by our clock.
    pub heard_at: Timestamp,
    /// Charge, percent.
    pub battery_percent: Option<u8>,
    /// Strength of the network, percent.
    pub signal_percent: Option<u8>,
    /// When the place within `content` was true.
    pub place_at: Option<Timestamp>,
    /// When the figures within `content` were measured.
    pub reading_at: Option<Timestamp>,
    /// Place and figures, sealed for table [`TABLE`], column `content`, row the device's id.
    pub content: Option<Sealed>,
}

impl row::Model {
    fn read(self) -> Result<DeviceState, StoreError> {
        let id = DeviceId::new(self.id);
        let at = At { table: TABLE, id: &id };
        let percent = |field, it: Option<i32>| it.map(|it| at.small(field, it)).transpose();
        let instant = |field, it: Option<Micros>| it.map(|it| at.instant(field, it)).transpose();
        Ok(DeviceState {
            device: id,
            heard_at: at.instant("heard_at", self.heard_at)?,
            battery_percent: percent("battery_percent", self.battery_percent)?,
            signal_percent: percent("signal_percent", self.signal_percent)?,
            place_at: instant("place_at", self.place_at)?,
            reading_at: instant("reading_at", self.reading_at)?,
            content: self.content,
        })
    }
}

impl Store {
    /// Writes states, all or none; a row that is newer already stays.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_device_states(&self, states: Vec<DeviceState>) -> Result<(), StoreError> {
        use row::{ActiveModel, Column, Entity};
        let states = last_of_each(states, |it| it.device);
        let rows: Vec<ActiveModel> = states
            .into_iter()
            .map(|it| ActiveModel {
                id: Set(it.device.as_uuid()),
                heard_at: Set(it.heard_at.into()),
                battery_percent: Set(it.battery_percent.map(i32::from)),
                signal_percent: Set(it.signal_percent.map(i32::from)),
                place_at: Set(it.place_at.map(Micros::from)),
                reading_at: Set(it.reading_at.map(Micros::from)),
                content: Set(it.content),
            })
            .collect();
        // Two nodes may have heard of one device: the later word counts, whoever writes last.
        let mut latest = replacing(&[Column::Id], &[]);
        let newer = Expr::cust("excluded.heard_at").gte(Expr::col((Entity, Column::HeardAt)));
        latest.action_and_where(newer);
        self.write(move |tx| {
            Box::pin(async move {
                let mut rows = rows.into_iter();
                for size in SIZES {
                    while rows.len() >= size {
                        put_rows(tx, rows.by_ref().take(size).collect(), &latest).await?;
                    }
                }
                Ok(())
            })
        })
        .await
    }

    /// When some devices were last heard, by whatever node; those that never were are left out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn heard_at(&self, devices: &[DeviceId]) -> Result<Vec<(DeviceId, Timestamp)>, StoreError> {
        use row::{Column, Entity};
        let mut heard = Vec::with_capacity(devices.len());
        for some in devices.chunks(rows_per_statement(1)) {
            let ids = some.iter().map(|it| it.as_uuid());
            let select = Entity::find()
                .select_only()
                .columns([Column::Id, Column::HeardAt])
                .filter(Column::Id.is_in(ids));
            let found: Vec<(Uuid, Micros)> = select.into_tuple().all(self.reader()).await?;
            heard.extend(found.into_iter().map(|(id, at)| (DeviceId::new(id), at.into())));
        }
        Ok(heard)
    }

    /// The states of some devices.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn device_states_of(&self, devices: &[DeviceId]) -> Result<Loaded<DeviceState>, StoreError> {
        use row::{Column, Entity};
        let mut all = Loaded::default();
        for some in devices.chunks(rows_per_statement(1)) {
            let ids = some.iter().map(|it| it.as_uuid());
            let select = Entity::find().filter(Column::Id.is_in(ids));
            let found = rows(self.reader(), select, TABLE, "id").await?;
            all.take(Page::of(found, PAGE_MAX, row::Model::read));
        }
        Ok(all)
    }

    /// Every state.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn device_states(&self) -> Result<Loaded<DeviceState>, StoreError> {
        use row::{Column, Entity};
        let mut all = Loaded::default();
        let mut after: Option<Uuid> = None;
        loop {
            let mut select = Entity::find();
            if let Some(after) = after {
                select = select.filter(Column::Id.gt(after));
            }
            let found = rows(
                self.reader(),
                select.order_by_asc(Column::Id).limit(PAGE_MAX),
                TABLE,
                "id",
            )
            .await?;
            after = all.take(Page::of(found, PAGE_MAX, row::Model::read));
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}
