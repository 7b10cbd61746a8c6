//! Stations: fixed places that give service in a circle.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::areas::{AreaBook, areas_within};
use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::register_log::{RegisterEvent, put_event};
use super::registry::{
    At, Field, Kept, Loaded, PAGE_MAX, Page, json, last_of_each, put_rows, replacing_versioned, require_version, rows,
};
use super::seal::Sealed;
use crate::ids::StationId;
use crate::people::{Beds, PrefixSet, Station, StationSecrets, StationService};

mod station {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "station")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub code: String,
        pub kind: String,
        pub name: String,
        pub address: String,
        pub lat: Option<f64>,
        pub lon: Option<f64>,
        pub area_id: Uuid,
        pub hours: Option<String>,
        pub beds_total: Option<i32>,
        pub beds_free: Option<i32>,
        pub phone: Option<Sealed>,
        pub service: Option<String>,
        pub changed_at: Micros,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "station";

/// A station to be filed. `secrets: None` leaves what is sealed as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct StationFile {
    /// The open half.
    pub station: Station,
    /// The sealed half.
    pub secrets: Option<StationSecrets>,
}

impl station::Model {
    fn read(self, book: &AreaBook) -> Result<Kept<Station>, StoreError> {
        let id = StationId::new(self.id);
        let at = At { table: TABLE, id: &id };
        let count = |number: i32| {
            u16::try_from(number).map_err(|_| at.corrupt("beds_total", format!("{number} is out of range")))
        };
        let beds = match (self.beds_total, self.beds_free) {
            (Some(total), Some(free)) => Some(Beds {
                total: count(total)?,
                free: count(free)?,
            }),
            (None, None) => None,
            _ => return Err(at.corrupt("beds_free", "half a count of beds")),
        };
        let value = Station {
            id,
            kind: at.word("kind", &self.kind)?,
            point: at.point("lat", self.lat, self.lon)?,
            area: book.read_code(&at, self.area_id)?,
            beds,
            code: self.code,
            name: self.name,
            address: self.address,
            hours: self.hours,
            service: match self.service {
                Some(text) => at.json("service", &text)?,
                None => StationService::default(),
            },
        };
        Ok(Kept {
            value,
            version: self.version,
            changed_at: at.instant("changed_at", self.changed_at)?,
        })
    }
}

impl Store {
    /// A page of stations, ordered by id.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn stations(
        &self,
        scope: Option<&PrefixSet>,
        after: Option<Uuid>,
        book: &AreaBook,
        limit: u64,
    ) -> Result<Page<Kept<Station>>, StoreError> {
        use station::{Column, Entity};
        let limit = limit.clamp(1, PAGE_MAX);
        let mut select = Entity::find();
        if let Some(scope) = scope {
            select = select.filter(Column::AreaId.in_subquery(areas_within(scope, book.today())));
        }
        if let Some(after) = after {
            select = select.filter(Column::Id.gt(after));
        }
        let found = rows(self.reader(), select.order_by_asc(Column::Id).limit(limit), TABLE, "id").await?;
        Ok(Page::of(found, limit, |row| row.read(book)))
    }

    /// Every station: for the picture in memory.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn all_stations(&self, book: &AreaBook) -> Result<Loaded<Kept<Station>>, StoreError> {
        let mut all = Loaded::default();
        let mut after = None;
        loop {
            after = all.take(self.stations(None, after, book, PAGE_MAX).await?);
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Files a batch of stations, all or none.
    ///
    /// # Errors
    /// `Flawed`; `Corrupt` naming an unknown area; `Conflict(Unique("station_code"))`.
    pub async fn put_stations(
        &self,
        files: Vec<StationFile>,
        book: &AreaBook,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.put_stations_if(files, None, None, book, now).await
    }

    /// Files a station as somebody has edited it, with the line that says who: over the version that they saw; without one it must
    /// be new.
    ///
    /// # Errors
    /// As [`Store::put_stations`]; `Conflict(Version)` when somebody was quicker, or it is on file already.
    pub async fn edit_station(
        &self,
        station: Station,
        version: Option<i64>,
        event: RegisterEvent,
        book: &AreaBook,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let file = StationFile { station, secrets: None };
        self.put_stations_if(vec![file], Some(version), Some(event), book, now)
            .await
    }

    /// A station with its version.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn station(&self, id: StationId, book: &AreaBook) -> Result<Option<Kept<Station>>, StoreError> {
        let select = station::Entity::find_by_id(id.as_uuid());
        let found = rows(self.reader(), select, TABLE, "id").await?;
        Page::of(found, u64::MAX, |row| row.read(book)).one()
    }

    async fn put_stations_if(
        &self,
        files: Vec<StationFile>,
        seen: Option<Option<i64>>,
        event: Option<RegisterEvent>,
        book: &AreaBook,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        use station::{ActiveModel, Column, Entity};
        let keys = self.keys()?;
        let only = files.first().map(|it| it.station.id);
        let (mut whole, mut open) = (Vec::new(), Vec::new());
        for StationFile { station: it, secrets } in last_of_each(files, |it| it.station.id) {
            let at = At {
                table: TABLE,
                id: &it.id,
            };
            it.check().map_err(|flaws| at.flawed(flaws))?;
            // A sheet says nothing of the service: it leaves what is on file.
            let service = match (&seen, it.service == StationService::default()) {
                (None, true) => None,
                _ => Some(json(TABLE, "service", &it.service)?),
            };
            let mut row = ActiveModel {
                id: Set(it.id.as_uuid()),
                service: Set(service),
                area_id: Set(book.write_id(&at, it.area)?),
                code: Set(it.code),
                kind: Set(it.kind.to_string()),
                name: Set(it.name),
                address: Set(it.address),
                lat: Set(it.point.map(|it| it.lat())),
                lon: Set(it.point.map(|it| it.lon())),
                hours: Set(it.hours),
                beds_total: Set(it.beds.map(|it| it.total.into())),
                beds_free: Set(it.beds.map(|it| it.free.into())),
                changed_at: Set(now.into()),
                version: Set(1),
                ..Default::default()
            };
            let Some(secrets) = secrets else {
                open.push(row);
                continue;
            };
            let field = Field {
                table: TABLE,
                column: "phone",
                row: it.id.as_uuid(),
            };
            row.phone = Set(field.seal(keys.general(), secrets.phone.as_ref())?);
            whole.push(row);
        }
        self.write(move |tx| {
            Box::pin(async move {
                if let (Some(seen), Some(id)) = (seen, only) {
                    match seen {
                        Some(version) => {
                            let (id_at, version_at) = ((Column::Id, id.as_uuid()), (Column::Version, version));
                            require_version::<Entity>(tx, TABLE, id_at, version_at, id).await?;
                        }
                        None if Entity::find_by_id(id.as_uuid()).one(tx).await?.is_some() => {
                            return Err(StoreError::stale(TABLE, id));
                        }
                        None => {}
                    }
                }
                let replace = |keep: &[Column]| replacing_versioned(Entity, &[Column::Id], Column::Version, keep);
                for (rows, sealed) in [(whole, true), (open, false)] {
                    let (said, unsaid): (Vec<_>, Vec<_>) = rows
                        .into_iter()
                        .partition(|it: &ActiveModel| matches!(&it.service, Set(Some(_))));
                    let keep: &[Column] = if sealed { &[] } else { &[Column::Phone] };
                    put_rows(tx, said, &replace(keep)).await?;
                    let keep: Vec<Column> = keep.iter().copied().chain([Column::Service]).collect();
                    put_rows(tx, unsaid, &replace(&keep)).await?;
                }
                match event {
                    Some(event) => put_event(tx, event).await,
                    None => Ok(()),
                }
            })
        })
        .await
    }

    /// Opens a station's phone.
    ///
    /// # Errors
    /// `Sealed(..)`, `Unavailable`.
    pub async fn station_secrets(&self, id: StationId) -> Result<Option<StationSecrets>, StoreError> {
        let Some(row) = station::Entity::find_by_id(id.as_uuid()).one(self.reader()).await? else {
            return Ok(None);
        };
        let field = Field {
            table: TABLE,
            column: "phone",
            row: row.id,
        };
        Ok(Some(StationSecrets {
            phone: field.open(self.keys()?, row.phone.as_ref())?,
        }))
    }
}
