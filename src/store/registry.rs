//! What the files of the register have in common: pages, words in columns, rows that are set aside, writing in batches.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult as _,
    IntoActiveModel, Iterable, QueryFilter as _, QueryResult, QueryTrait as _, Select, TryGetable,
};
use uuid::Uuid;

use super::connect::rows_per_statement;
use super::error::StoreError;
use super::micros::Micros;
use super::seal::{DataKey, KeyRing, Sealed};
use crate::circle::Point;

/// Rows that a page holds at most.
pub const PAGE_MAX: u64 = 5_000;

/// A value as it is kept, with what an edit must say to be the next one.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<T> {
    /// The value.
    pub value: T,
    /// Rises by one with each change.
    pub version: i64,
    /// The instant of the last change.
    pub changed_at: Timestamp,
}

/// A part of a list, ordered by id.
#[derive(Debug)]
pub struct Page<T> {
    /// What reads back.
    pub items: Vec<T>,
    /// Rows that do not read back, each named; a page may hold fewer items than its limit because of them.
    pub aside: Vec<StoreError>,
    /// From where the next page goes on; `None`: this is the last one.
    pub next: Option<Uuid>,
}

/// What comes after the row `before` (its instant and id) in a list with the last first; everything without one. By both,
/// because several rows may be of one instant.
pub(super) fn page_after(at: impl ColumnTrait, id: impl ColumnTrait, before: Option<(Timestamp, Uuid)>) -> Condition {
    let Some((instant, row)) = before else {
        return Condition::all();
    };
    let instant = Micros::from(instant);
    let beside = Condition::all().add(at.eq(instant)).add(id.lt(row));
    Condition::any().add(at.lt(instant)).add(beside)
}

impl<T> Page<T> {
    /// Reads each row; one that fails is set aside. `limit` is the page's, `last` the last row's id, read back or not.
    pub(super) fn of<R>(rows: Rows<R>, limit: u64, read: impl Fn(R) -> Result<T, StoreError>) -> Self {
        let full = rows.seen as u64 >= limit;
        let mut page = Self {
            items: Vec::with_capacity(rows.good.len()),
            aside: rows.bad,
            next: None,
        };
        page.next = if full { rows.last } else { None };
        for row in rows.good {
            match read(row) {
                Ok(item) => page.items.push(item),
                Err(error) => page.aside.push(error),
            }
        }
        page
    }
}

impl<T> Page<T> {
    /// The only row of a look by key: what does not read back is the error.
    pub(super) fn one(self) -> Result<Option<T>, StoreError> {
        match self.aside.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(self.items.into_iter().next()),
        }
    }
}

/// A whole list.
#[derive(Debug)]
pub struct Loaded<T> {
    /// What reads back, ordered by id.
    pub items: Vec<T>,
    /// Rows that do not read back, each named.
    pub aside: Vec<StoreError>,
}

impl<T> Default for Loaded<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            aside: Vec::new(),
        }
    }
}

impl<T> Loaded<T> {
    /// Takes in a page and answers where the next one begins.
    pub(super) fn take(&mut self, page: Page<T>) -> Option<Uuid> {
        self.items.extend(page.items);
        self.aside.extend(page.aside);
        page.next
    }
}

/// Rows as they came from the database, read one by one.
pub(super) struct Rows<R> {
    pub good: Vec<R>,
    pub bad: Vec<StoreError>,
    pub seen: usize,
    /// The key of the last row, in the column that was named.
    pub last: Option<Uuid>,
}

/// Runs `select` and reads each row by itself: a value of the wrong type (SQLite keeps what it is given) spoils one row and
/// not the page, as `.all()` would.
pub(super) async fn rows<E: EntityTrait>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    table: &'static str,
    key: &'static str,
) -> Result<Rows<E::Model>, StoreError> {
    let found = db.query_all_raw(select.build(db.get_database_backend())).await?;
    let mut rows = Rows {
        good: Vec::with_capacity(found.len()),
        bad: Vec::new(),
        seen: found.len(),
        last: None,
    };
    for row in &found {
        let id = row.try_get::<Uuid>("", key).ok();
        rows.last = id.or(rows.last);
        match E::Model::from_query_result(row, "") {
            Ok(model) => rows.good.push(model),
            Err(error) => rows.bad.push(unreadable(table, id, &error)),
        }
    }
    Ok(rows)
}

/// The cells of a row in the order of the columns that were asked for.
pub(super) struct Cells<'a> {
    row: &'a QueryResult,
    next: usize,
}

impl Cells<'_> {
    /// The next cell.
    ///
    /// # Errors
    /// It holds something else.
    pub(super) fn take<T: TryGetable>(&mut self) -> Result<T, DbErr> {
        let cell = self.row.try_get_by_index(self.next);
        self.next += 1;
        cell
    }
}

/// As [`rows`], of the columns that `select` names, in their order: a whole register is read so, without what nobody asks for. The
/// first column is the key.
pub(super) async fn rows_of<E: EntityTrait, R>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    table: &'static str,
    read: impl Fn(&mut Cells<'_>) -> Result<R, DbErr>,
) -> Result<Rows<R>, StoreError> {
    let found = db.query_all_raw(select.build(db.get_database_backend())).await?;
    let mut rows = Rows {
        good: Vec::with_capacity(found.len()),
        bad: Vec::new(),
        seen: found.len(),
        last: None,
    };
    for row in &found {
        let id = row.try_get_by_index::<Uuid>(0).ok();
        rows.last = id.or(rows.last);
        match read(&mut Cells { row, next: 0 }) {
            Ok(it) => rows.good.push(it),
            Err(error) => rows.bad.push(unreadable(table, id, &error)),
        }
    }
    Ok(rows)
}

fn unreadable(table: &'static str, id: Option<Uuid>, error: &DbErr) -> StoreError {
    let id = id.map_or_else(|| "without a readable id".to_owned(), |it| it.to_string());
    StoreError::corrupt(table, id, "row", error.to_string())
}

/// Where a value was read, for the name of what is wrong with it.
pub(super) struct At<'a> {
    pub table: &'static str,
    pub id: &'a dyn fmt::Display,
}

impl At<'_> {
    pub(super) fn corrupt(&self, field: &'static str, what: impl Into<String>) -> StoreError {
        StoreError::corrupt(self.table, self.id, field, what)
    }

    /// A word of a closed list. An unknown one was written by a newer version, or is damaged.
    pub(super) fn word<T: FromStr<Err: fmt::Display>>(&self, field: &'static str, text: &str) -> Result<T, StoreError> {
        text.parse().map_err(|it: T::Err| self.corrupt(field, it.to_string()))
    }

    /// Words joined by commas; an empty text is an empty set.
    pub(super) fn words<T: FromStr<Err: fmt::Display> + Ord>(
        &self,
        field: &'static str,
        text: &str,
    ) -> Result<BTreeSet<T>, StoreError> {
        text.split(',')
            .filter(|it| !it.is_empty())
            .map(|it| self.word(field, it))
            .collect()
    }

    pub(super) fn point(
        &self,
        field: &'static str,
        lat: Option<f64>,
        lon: Option<f64>,
    ) -> Result<Option<Point>, StoreError> {
        match (lat, lon) {
            (Some(lat), Some(lon)) => Point::new(lat, lon)
                .map(Some)
                .map_err(|error| self.corrupt(field, error.to_string())),
            (None, None) => Ok(None),
            _ => Err(self.corrupt(field, "half a coordinate")),
        }
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(
        &self,
        field: &'static str,
        text: &str,
    ) -> Result<T, StoreError> {
        // The parser's sentence may quote the value; its place in the text is enough.
        serde_json::from_str(text).map_err(|it| self.corrupt(field, format!("unreadable at column {}", it.column())))
    }

    pub(super) fn small(&self, field: &'static str, number: i32) -> Result<u8, StoreError> {
        u8::try_from(number).map_err(|_| self.corrupt(field, format!("{number} is out of range")))
    }

    pub(super) fn instant(&self, field: &'static str, at: super::Micros) -> Result<Timestamp, StoreError> {
        at.read(self.table, self.id, field)
    }

    pub(super) fn flawed(&self, flaws: crate::people::Flaws) -> StoreError {
        StoreError::Flawed {
            table: self.table,
            id: self.id.to_string(),
            flaws,
        }
    }
}

/// Words as a column keeps them.
pub(super) fn joined(words: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&word.to_string());
    }
    text
}

/// JSON as a column keeps it. Plain structs of strings, numbers and dates: writing them cannot fail, and if it ever does,
/// nothing is stored.
pub(super) fn json(
    table: &'static str,
    field: &'static str,
    value: &impl serde::Serialize,
) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|it| StoreError::corrupt(table, "to be written", field, it.to_string()))
}

/// One of each key, the last one given, in the order of the keys: PostgreSQL refuses a row twice in one upsert, and writers
/// that go in one order do not wait for each other in a circle.
pub(super) fn last_of_each<T, K: Ord>(items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    items
        .into_iter()
        .map(|it| (key(&it), it))
        .collect::<BTreeMap<K, T>>()
        .into_values()
        .collect()
}

/// On a row that exists: all columns are replaced but `key` and `keep`.
pub(super) fn replacing<C: ColumnTrait + Iterable>(key: &[C], keep: &[C]) -> OnConflict {
    let is_in = |list: &[C], it: &C| list.iter().any(|one| one.as_str() == it.as_str());
    let mut conflict = OnConflict::columns(key.to_vec());
    conflict.update_columns(C::iter().filter(|it| !is_in(key, it) && !is_in(keep, it)));
    conflict
}

/// As [`replacing`], and the version rises by one.
pub(super) fn replacing_versioned<E: EntityTrait>(
    entity: E,
    key: &[E::Column],
    version: E::Column,
    keep: &[E::Column],
) -> OnConflict
where
    E::Column: Copy,
{
    let mut kept = keep.to_vec();
    kept.push(version);
    let mut conflict = replacing(key, &kept);
    conflict.value(version, Expr::col((entity, version)).add(1));
    conflict
}

/// Writes rows in as few statements as the bind limits allow, in the caller's transaction.
pub(super) async fn put_rows<E, A>(
    tx: &impl ConnectionTrait,
    rows: Vec<A>,
    conflict: &OnConflict,
) -> Result<(), StoreError>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + IntoActiveModel<A> + Send,
{
    let at_once = rows_per_statement(E::Column::iter().count());
    let mut rows = rows.into_iter();
    loop {
        let some: Vec<A> = rows.by_ref().take(at_once).collect();
        if some.is_empty() {
            return Ok(());
        }
        E::insert_many(some)
            .on_conflict(conflict.clone())
            .exec_without_returning(tx)
            .await?;
    }
}

/// Refuses unless the row still has the version that the editor saw; holds it until the transaction ends.
pub(super) async fn require_version<E: EntityTrait>(
    tx: &impl ConnectionTrait,
    table: &'static str,
    id: (E::Column, Uuid),
    version: (E::Column, i64),
    shown: impl fmt::Display,
) -> Result<(), StoreError>
where
    E::Column: Copy,
{
    let same = Expr::col(version.0);
    let held = E::update_many()
        .col_expr(version.0, same)
        .filter(id.0.eq(id.1))
        .filter(version.0.eq(version.1))
        .exec(tx)
        .await?;
    if held.rows_affected == 1 {
        Ok(())
    } else {
        Err(StoreError::stale(table, shown))
    }
}

/// A sealed column of one row.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub table: &'static str,
    pub column: &'static str,
    pub row: Uuid,
}

impl Field {
    /// Seals a value as JSON; `None` stays empty.
    pub(super) fn seal<T: serde::Serialize>(
        self,
        key: &DataKey,
        value: Option<&T>,
    ) -> Result<Option<Sealed>, StoreError> {
        let Some(value) = value else { return Ok(None) };
        let bytes = json(self.table, self.column, value)?.into_bytes();
        Ok(Some(key.seal(self.table, self.column, self.row, &bytes)?))
    }

    /// Opens what [`Field::seal`] made; an empty column is `None`.
    pub(super) fn open<T: serde::de::DeserializeOwned>(
        self,
        keys: &KeyRing,
        sealed: Option<&Sealed>,
    ) -> Result<Option<T>, StoreError> {
        let Some(sealed) = sealed else { return Ok(None) };
        let bytes = keys.open_field(sealed, self.table, self.column, self.row)?;
        let value = serde_json::from_slice(&bytes);
        value.map(Some).map_err(|it| {
            StoreError::corrupt(
                self.table,
                self.row,
                self.column,
                format!("unreadable at column {}", it.column()),
            )
        })
    }
}

/// Row of `phone_index`: whose phone it is.
pub(super) mod phone_index {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "phone_index")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: Vec<u8>,
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner_table: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Makes the phones of these owners findable, and no others of theirs.
pub(super) async fn index_phones(
    tx: &impl ConnectionTrait,
    table: &'static str,
    phones: Vec<(Uuid, Vec<Vec<u8>>)>,
) -> Result<(), StoreError> {
    use phone_index::{ActiveModel, Column, Entity};
    let owners: Vec<Uuid> = phones.iter().map(|it| it.0).collect();
    for some in owners.chunks(super::connect::BINDS_MAX) {
        let theirs = Entity::delete_many().filter(Column::OwnerTable.eq(table));
        theirs
            .filter(Column::OwnerId.is_in(some.iter().copied()))
            .exec(tx)
            .await?;
    }
    let mut pairs: Vec<(Vec<u8>, Uuid)> = phones
        .into_iter()
        .flat_map(|(id, all)| all.into_iter().map(move |it| (it, id)))
        .collect();
    pairs.sort();
    pairs.dedup();
    let rows = pairs.into_iter().map(|(hash, owner_id)| ActiveModel {
        hash: sea_orm::Set(hash),
        owner_table: sea_orm::Set(table.to_owned()),
        owner_id: sea_orm::Set(owner_id),
    });
    let key = [Column::Hash, Column::OwnerTable, Column::OwnerId];
    let quiet = OnConflict::columns(key).do_nothing().to_owned();
    put_rows(tx, rows.collect(), &quiet).await
}
