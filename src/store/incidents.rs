//! The devices of an incident: who went dark, and when each was last heard before.

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::connect::{Store, rows_per_statement};
use super::error::StoreError;
use super::micros::Micros;
use super::registry::put_rows;
use crate::ids::{CaseId, DeviceId};

mod row {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "incident_device")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub case_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub device_id: Uuid,
        pub heard_at: Micros,
        pub added_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// One device of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncidentDevice {
    /// Of which incident.
    pub case: CaseId,
    /// Which.
    pub device: DeviceId,
    /// When it was last heard before it went dark.
    pub heard_at: Timestamp,
}

impl row::Model {
    fn read(self) -> IncidentDevice {
        IncidentDevice {
            case: CaseId::new(self.case_id),
            device: DeviceId::new(self.device_id),
            heard_at: self.heard_at.into(),
        }
    }
}

impl Store {
    /// Adds devices to incidents; one that is there stays as it is.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_incident_devices(&self, devices: Vec<IncidentDevice>, now: Timestamp) -> Result<(), StoreError> {
        use row::{ActiveModel, Column};
        let rows: Vec<ActiveModel> = devices
            .into_iter()
            .map(|it| ActiveModel {
                case_id: Set(it.case.as_uuid()),
                device_id: Set(it.device.as_uuid()),
                heard_at: Set(it.heard_at.into()),
                added_at: Set(now.into()),
            })
            .collect();
        let once = OnConflict::columns([Column::CaseId, Column::DeviceId])
            .do_nothing()
            .to_owned();
        self.write(move |tx| Box::pin(async move { put_rows(tx, rows, &once).await }))
            .await
    }

    /// The devices of some incidents.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn incident_devices(&self, of: &[CaseId]) -> Result<Vec<IncidentDevice>, StoreError> {
        use row::{Column, Entity};
        let mut found = Vec::new();
        for some in of.chunks(rows_per_statement(1)) {
            let select = Entity::find()
                .filter(Column::CaseId.is_in(some.iter().map(|it| it.as_uuid())))
                .order_by_asc(Column::DeviceId);
            found.extend(select.all(self.reader()).await?.into_iter().map(row::Model::read));
        }
        Ok(found)
    }

    /// Those that were added at `since` or later, of whatever incident.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn incident_devices_since(&self, since: Timestamp) -> Result<Vec<IncidentDevice>, StoreError> {
        use row::{Column, Entity};
        let select = Entity::find().filter(Column::AddedAt.gte(Micros::from(since)));
        let found = select.all(self.reader()).await?;
        Ok(found.into_iter().map(row::Model::read).collect())
    }
}
