//! The outlines of a street's areas: version after version, each from a day of its own, and none ever changed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use sea_orm::{QuerySelect as _, Select};
use uuid::Uuid;

use super::areas::{AreaBook, write_areas};
use super::connect::{BINDS_MAX, Store};
use super::elders::{elder, household};
use super::error::{Conflict, StoreError};
use super::micros::{Days, Micros};
use super::register_log::{RegisterEvent, put_event, put_events};
use super::registry::{At, PAGE_MAX, json};
use crate::ids::{ElderId, HouseholdId, UserId};
use crate::people::{Area, AreaCode, AreaMap};

mod area_map {
    use super::{Days, Micros};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "area_map")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub street: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub valid_from: Days,
        pub made_at: Micros,
        pub account_id: Uuid,
        pub note: Option<String>,
        pub areas: i32,
        pub content: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "area_map";

/// One version, without what is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapVersion {
    /// 1, 2, …: in the order in which they were made.
    pub version: i64,
    /// The day from which it holds, until another does.
    pub valid_from: Date,
    /// When it was made.
    pub made_at: Timestamp,
    /// By whom.
    pub by: UserId,
    /// Why, in words.
    pub note: Option<String>,
    /// How many outlines it has.
    pub areas: u32,
}

/// A version with what is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct StreetMap {
    /// Which.
    pub version: MapVersion,
    /// What is drawn.
    pub map: AreaMap,
}

/// A household that goes to another grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regridded {
    /// Which.
    pub household: HouseholdId,
    /// Where it is filed.
    pub from: AreaCode,
    /// Where it lies.
    pub to: AreaCode,
}

/// The columns of a version, in the order of [`MapVersion`].
type Head = (i64, Days, Micros, Uuid, Option<String>, i32);

fn head(street: &str, it: Head) -> Result<MapVersion, StoreError> {
    let (version, valid_from, made_at, by, note, areas) = it;
    let id = format!("{street} {version}");
    let at = At { table: TABLE, id: &id };
    Ok(MapVersion {
        version,
        valid_from: valid_from.read(TABLE, &id, "valid_from")?,
        made_at: at.instant("made_at", made_at)?,
        by: UserId::new(by),
        note,
        areas: u32::try_from(areas).map_err(|_| at.corrupt("areas", format!("{areas} is no count")))?,
    })
}

impl area_map::Model {
    fn read(self) -> Result<StreetMap, StoreError> {
        let id = format!("{} {}", self.street, self.version);
        let at = At { table: TABLE, id: &id };
        let map = at.json("content", &self.content)?;
        let columns = (
            self.version,
            self.valid_from,
            self.made_at,
            self.account_id,
            self.note,
            self.areas,
        );
        Ok(StreetMap {
            version: head(&self.street, columns)?,
            map,
        })
    }
}

/// Of the versions that begin on `day` or before, the one that begins last; of those that begin together, the one made last.
fn in_force(street: AreaCode, day: Date) -> Select<area_map::Entity> {
    use area_map::{Column, Entity};
    Entity::find()
        .filter(Column::Street.eq(street.to_string()))
        .filter(Column::ValidFrom.lte(Days::from(day)))
        .order_by_desc(Column::ValidFrom)
        .order_by_desc(Column::Version)
        .limit(1)
}

impl Store {
    /// The map that holds on `day`; `None`: none does yet.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn area_map_on(&self, street: AreaCode, day: Date) -> Result<Option<StreetMap>, StoreError> {
        let found = in_force(street, day).one(self.reader()).await?;
        found.map(area_map::Model::read).transpose()
    }

    /// One version, whether it holds or not.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn area_map(&self, street: AreaCode, version: i64) -> Result<Option<StreetMap>, StoreError> {
        let found = area_map::Entity::find_by_id((street.to_string(), version));
        let found = found.one(self.reader()).await?;
        found.map(area_map::Model::read).transpose()
    }

    /// The versions of a street, the last first, without what is drawn.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn area_map_versions(&self, street: AreaCode, limit: u64) -> Result<Vec<MapVersion>, StoreError> {
        use area_map::{Column, Entity};
        let street = street.to_string();
        let found: Vec<Head> = Entity::find()
            .select_only()
            .columns([
                Column::Version,
                Column::ValidFrom,
                Column::MadeAt,
                Column::AccountId,
                Column::Note,
                Column::Areas,
            ])
            .filter(Column::Street.eq(street.as_str()))
            .order_by_desc(Column::Version)
            .limit(limit.clamp(1, PAGE_MAX))
            .into_tuple()
            .all(self.reader())
            .await?;
        found.into_iter().map(|it| head(&street, it)).collect()
    }

    /// Adds the version after the one that was seen (0: there was none), files the areas that come with it, and writes the line that says
    /// who; all or none.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Version)` when somebody was quicker; `Conflict(Unique)` when another area bears a code.
    pub async fn put_area_map(
        &self,
        street: AreaCode,
        it: StreetMap,
        new: Vec<Area>,
        event: RegisterEvent,
    ) -> Result<(), StoreError> {
        use area_map::{ActiveModel, Column, Entity};
        let street = street.to_string();
        let StreetMap { version: head, map } = it;
        let row = ActiveModel {
            street: Set(street.clone()),
            version: Set(head.version),
            valid_from: Set(head.valid_from.into()),
            made_at: Set(head.made_at.into()),
            account_id: Set(head.by.as_uuid()),
            note: Set(head.note),
            areas: Set(i32::try_from(head.areas).unwrap_or(i32::MAX)),
            content: Set(json(TABLE, "content", &map)?),
        };
        let shown = street.clone();
        let done = self
            .write(move |tx| {
                Box::pin(async move {
                    let last: Option<i64> = Entity::find()
                        .select_only()
                        .column(Column::Version)
                        .filter(Column::Street.eq(street.as_str()))
                        .order_by_desc(Column::Version)
                        .limit(1)
                        .into_tuple()
                        .one(tx)
                        .await?;
                    if last.unwrap_or(0) + 1 != head.version {
                        return Err(StoreError::stale(TABLE, street));
                    }
                    Entity::insert(row).exec_without_returning(tx).await?;
                    write_areas(tx, new, head.made_at).await?;
                    put_event(tx, event).await
                })
            })
            .await;
        match done {
            // Two at once have both seen the last one: the key lets one of them in.
            Err(StoreError::Conflict(Conflict::Unique(it))) if it.starts_with(TABLE) => {
                Err(StoreError::stale(TABLE, shown))
            }
            done => done,
        }
    }

    /// Files households in the grids where they lie, with all who live there: each only if it is still filed where `moves` says. `events`
    /// are the lines that say who, by elder; answers whose grid has changed.
    ///
    /// # Errors
    /// `Corrupt` naming a grid that is not in force; `Unavailable`.
    pub async fn regrid(
        &self,
        moves: Vec<Regridded>,
        mut events: BTreeMap<ElderId, RegisterEvent>,
        book: &AreaBook,
        now: Timestamp,
    ) -> Result<Vec<ElderId>, StoreError> {
        let mut ways: BTreeMap<(AreaCode, AreaCode), Vec<Uuid>> = BTreeMap::new();
        for it in moves {
            ways.entry((it.from, it.to)).or_default().push(it.household.as_uuid());
        }
        let mut ready = Vec::with_capacity(ways.len());
        for ((from, to), homes) in ways {
            let id = |code: AreaCode| {
                let at = At {
                    table: "household",
                    id: &code,
                };
                book.write_id(&at, code)
            };
            ready.push((id(from)?, id(to)?, homes));
        }
        self.write(move |tx| {
            Box::pin(async move {
                let mut moved = Vec::new();
                for (from, to, homes) in ready {
                    for some in homes.chunks(BINDS_MAX / 2) {
                        let theirs = elder::Column::HouseholdId.is_in(some.iter().copied());
                        let ids: Vec<Uuid> = elder::Entity::find()
                            .select_only()
                            .column(elder::Column::Id)
                            .filter(theirs.clone().and(elder::Column::AreaId.eq(from)))
                            .order_by_asc(elder::Column::Id)
                            .into_tuple()
                            .all(tx)
                            .await?;
                        elder::Entity::update_many()
                            .col_expr(elder::Column::AreaId, Expr::value(to))
                            .col_expr(elder::Column::Version, Expr::col(elder::Column::Version).add(1))
                            .col_expr(elder::Column::ChangedAt, Expr::value(Micros::from(now)))
                            .filter(theirs.and(elder::Column::AreaId.eq(from)))
                            .exec(tx)
                            .await?;
                        household::Entity::update_many()
                            .col_expr(household::Column::AreaId, Expr::value(to))
                            .col_expr(household::Column::Version, Expr::col(household::Column::Version).add(1))
                            .col_expr(household::Column::ChangedAt, Expr::value(Micros::from(now)))
                            .filter(household::Column::Id.is_in(some.iter().copied()))
                            .filter(household::Column::AreaId.eq(from))
                            .exec(tx)
                            .await?;
                        moved.extend(ids.into_iter().map(ElderId::new));
                    }
                }
                let lines = moved.iter().filter_map(|id| events.remove(id)).collect();
                put_events(tx, lines).await?;
                Ok(moved)
            })
        })
        .await
    }
}
