//! Areas: stable ids, codes that hold for a span of days, and what part of the tree somebody may see.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use sea_orm::sea_query::{Condition, Expr, ExprTrait as _, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use super::connect::{BINDS_MAX, Store};
use super::error::StoreError;
use super::micros::{Days, Micros};
use super::registry::{At, Loaded, last_of_each, put_rows, replacing, rows};
use crate::ids::AreaId;
use crate::people::{Area, AreaCode, PrefixSet};

mod area {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "area")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub made_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod area_code {
    use super::Days;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "area_code")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub area_id: Uuid,
        pub code: String,
        pub name: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub valid_from: Days,
        pub valid_until: Option<Days>,
        pub alias: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "area_code";

impl area_code::Model {
    fn read(self) -> Result<Area, StoreError> {
        let id = AreaId::new(self.area_id);
        let at = At { table: TABLE, id: &id };
        let valid_until = self
            .valid_until
            .map(|it| it.read(TABLE, id, "valid_until"))
            .transpose()?;
        Ok(Area {
            id,
            code: at.word("code", &self.code)?,
            name: self.name,
            valid_from: self.valid_from.read(TABLE, id, "valid_from")?,
            valid_until,
            alias: self.alias,
        })
    }
}

/// The areas as they are called on one day, both ways. Small: a district has some two thousand.
#[derive(Debug, Clone)]
pub struct AreaBook {
    today: Date,
    by_id: HashMap<AreaId, Area>,
    by_code: BTreeMap<AreaCode, AreaId>,
}

impl AreaBook {
    /// Those of `areas` that are in force on `today`.
    pub fn new(areas: impl IntoIterator<Item = Area>, today: Date) -> Self {
        let by_id: HashMap<AreaId, Area> = areas
            .into_iter()
            .filter(|it| it.in_force(today))
            .map(|it| (it.id, it))
            .collect();
        let by_code = by_id.values().map(|it| (it.code, it.id)).collect();
        Self { today, by_id, by_code }
    }

    /// The day for which it holds.
    pub fn today(&self) -> Date {
        self.today
    }

    /// The area's code and name today.
    pub fn area(&self, id: AreaId) -> Option<&Area> {
        self.by_id.get(&id)
    }

    /// Which area bears this code today.
    pub fn id(&self, code: AreaCode) -> Option<AreaId> {
        self.by_code.get(&code).copied()
    }

    /// All areas in tree order: a parent before its children.
    pub fn iter(&self) -> impl Iterator<Item = &Area> {
        self.by_code.values().filter_map(|id| self.by_id.get(id))
    }

    /// The code of a row's area.
    pub(super) fn read_code(&self, at: &At<'_>, id: Uuid) -> Result<AreaCode, StoreError> {
        let area = self
            .area(AreaId::new(id))
            .ok_or_else(|| at.corrupt("area_id", format!("no area has this id on {}", self.today)))?;
        Ok(area.code)
    }

    /// The id of the area in which a value is to be filed.
    pub(super) fn write_id(&self, at: &At<'_>, code: AreaCode) -> Result<Uuid, StoreError> {
        let id = self
            .id(code)
            .ok_or_else(|| at.corrupt("area_id", format!("no area has the code {code} on {}", self.today)))?;
        Ok(id.as_uuid())
    }
}

impl Store {
    /// All areas with every dated code.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn areas(&self) -> Result<Loaded<Area>, StoreError> {
        use area_code::{Column, Entity};
        let select = Entity::find()
            .order_by_asc(Column::AreaId)
            .order_by_asc(Column::ValidFrom);
        let found = rows(self.reader(), select, TABLE, "area_id").await?;
        let mut loaded = Loaded {
            items: Vec::with_capacity(found.good.len()),
            aside: found.bad,
        };
        for row in found.good {
            match row.read() {
                Ok(area) => loaded.items.push(area),
                Err(error) => loaded.aside.push(error),
            }
        }
        Ok(loaded)
    }

    /// The areas in force on `today`. Rows that do not read back are left out; see [`Store::areas`] for their names.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn area_book(&self, today: Date) -> Result<AreaBook, StoreError> {
        Ok(AreaBook::new(self.areas().await?.items, today))
    }

    /// Files areas: a new one, another name from the same day, or a new code from a later day, which ends the one before.
    /// All or none.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Unique("area_code_code"))` when two areas would bear one code.
    pub async fn put_areas(&self, areas: Vec<Area>, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(async move { write_areas(tx, areas, now).await }))
            .await
    }
}

/// As [`Store::put_areas`], in the caller's transaction.
pub(super) async fn write_areas(tx: &impl ConnectionTrait, areas: Vec<Area>, now: Timestamp) -> Result<(), StoreError> {
    for area in &areas {
        area.check().map_err(|it| {
            At {
                table: TABLE,
                id: &area.id,
            }
            .flawed(it)
        })?;
    }
    let areas = last_of_each(areas, |it| (it.id, it.valid_from));
    let ids = last_of_each(areas.iter().map(|it| it.id.as_uuid()), |it| *it);
    let made = ids
        .iter()
        .map(|id| area::ActiveModel {
            id: Set(*id),
            made_at: Set(now.into()),
        })
        .collect();
    put_rows(tx, made, &OnConflict::column(area::Column::Id).do_nothing().to_owned()).await?;

    use area_code::{ActiveModel, Column, Entity};
    let mut begins: BTreeMap<Days, Vec<Uuid>> = BTreeMap::new();
    for area in &areas {
        begins
            .entry(area.valid_from.into())
            .or_default()
            .push(area.id.as_uuid());
    }
    for (day, ids) in begins {
        for some in ids.chunks(BINDS_MAX) {
            Entity::update_many()
                .col_expr(Column::ValidUntil, Expr::value(day))
                .filter(Column::AreaId.is_in(some.iter().copied()))
                .filter(Column::ValidUntil.is_null())
                .filter(Column::ValidFrom.lt(day))
                .exec(tx)
                .await?;
        }
    }
    let codes = areas.into_iter().map(|it| ActiveModel {
        area_id: Set(it.id.as_uuid()),
        code: Set(it.code.to_string()),
        name: Set(it.name),
        valid_from: Set(it.valid_from.into()),
        valid_until: Set(it.valid_until.map(Days::from)),
        alias: Set(it.alias),
    });
    // A list imported again must not open a code that a later one has ended.
    let mut conflict = replacing(&[Column::AreaId, Column::ValidFrom], &[Column::ValidUntil]);
    let ended = Expr::cust("COALESCE(excluded.valid_until, area_code.valid_until)");
    conflict.value(Column::ValidUntil, ended);
    put_rows(tx, codes.collect(), &conflict).await
}

/// The ids of the areas inside `scope` on `today`, as a subquery: range scans over the codes.
pub(super) fn areas_within(scope: &PrefixSet, today: Date) -> SelectStatement {
    use area_code::{Column, Entity};
    let today = Days::from(today);
    let mut ranges = Condition::any();
    for code in scope.iter() {
        let prefix = code.to_string();
        let mut range = Condition::all().add(Column::Code.gte(prefix.as_str()));
        if let Some(end) = end_of_prefix(&prefix) {
            range = range.add(Column::Code.lt(end));
        }
        ranges = ranges.add(range);
    }
    if scope.is_empty() {
        ranges = ranges.add(Expr::value(1).eq(2)); // an empty set sees nothing; an empty condition would see all
    }
    Query::select()
        .column(Column::AreaId)
        .from(Entity)
        .cond_where(Column::ValidFrom.lte(today))
        .and_where(Column::ValidUntil.is_null().or(Column::ValidUntil.gt(today)))
        .cond_where(ranges)
        .to_owned()
}

/// The first text of digits after all that begin with `prefix`. Digits only, because what follows the digit nine differs
/// between collations: `1299` ends at `13`. `None`: nothing comes after.
fn end_of_prefix(prefix: &str) -> Option<String> {
    let kept = prefix.trim_end_matches('9');
    let last = kept.chars().last()?;
    let next = char::from_digit(last.to_digit(10)? + 1, 10)?;
    Some(format!("{}{next}", &kept[..kept.len() - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_number() {
        assert_eq!(end_of_prefix("120114").as_deref(), Some("120115"));
        assert_eq!(end_of_prefix("120119").as_deref(), Some("12012"));
        assert_eq!(end_of_prefix("129999").as_deref(), Some("13"));
        assert_eq!(end_of_prefix("999999"), None);
        for (inside, prefix) in [("120119999", "120119"), ("120119", "120119"), ("120114003", "120114")] {
            assert!(inside >= prefix && *inside < *end_of_prefix(prefix).unwrap());
        }
    }
}
