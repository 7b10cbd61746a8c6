//! Elders and their homes: the open half as plain columns, the other half sealed under each elder's own key.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};
use uuid::Uuid;

use super::areas::{AreaBook, areas_within};
use super::connect::{BINDS_MAX, Engine, Store};
use super::error::StoreError;
use super::micros::{Days, Micros};
use super::register_log::{RegisterEvent, put_event};
use super::registry::{
    At, Cells, Field, Kept, Loaded, PAGE_MAX, Page, index_phones, joined, json, last_of_each, put_rows,
    replacing_versioned, require_version, rows, rows_of,
};
use super::seal::{DataKey, KeyRing, Sealed};
use crate::circle::Point;
use crate::ids::{ElderId, HouseholdId};
use crate::people::{
    DoorAccess, Elder, ElderSecrets, ElderStatus, Health, Household, IdentityNumber, Need, Phone, PrefixSet,
};

pub(super) mod household {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "household")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub code: String,
        pub area_id: Uuid,
        pub address: String,
        pub lat: Option<f64>,
        pub lon: Option<f64>,
        pub changed_at: Micros,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod elder {
    use super::{Days, Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "elder")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub code: String,
        pub name: String,
        pub household_id: Uuid,
        pub area_id: Uuid,
        pub address: String,
        pub lat: Option<f64>,
        pub lon: Option<f64>,
        pub contact_mode: String,
        pub dialect: Option<String>,
        pub hearing: String,
        pub born: Option<Days>,
        pub present: Option<String>,
        pub life_support: String,
        pub lift_helpers: i32,
        pub ability: Option<String>,
        pub consents: String,
        pub status: String,
        pub identity_hash: Option<Vec<u8>>,
        pub identity: Option<Sealed>,
        pub phones: Option<Sealed>,
        pub access: Option<Sealed>,
        pub health: Option<Sealed>,
        pub changed_at: Micros,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod elder_need {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "elder_need")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub need: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub elder_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "elder";

/// The sealed columns, with the hash by which one of them is found: untouched by a change that brings no secrets.
const SEALED: [elder::Column; 5] = [
    elder::Column::IdentityHash,
    elder::Column::Identity,
    elder::Column::Phones,
    elder::Column::Access,
    elder::Column::Health,
];

/// An elder to be filed. `secrets: None` leaves what is sealed as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct ElderFile {
    /// The open half.
    pub elder: Elder,
    /// The sealed half; replaces all of it.
    pub secrets: Option<ElderSecrets>,
}

/// Which elders.
#[derive(Debug, Clone, Default)]
pub struct ElderQuery {
    /// Only inside these areas; `None`: everywhere.
    pub scope: Option<PrefixSet>,
    /// Only with this need.
    pub need: Option<Need>,
    /// Only files in this state.
    pub status: Option<ElderStatus>,
    /// Only those whose name or number holds these letters; large and small are one where the letters are ASCII.
    pub text: Option<String>,
    /// Only of this household.
    pub household: Option<HouseholdId>,
    /// Only those whose file changed at this instant or later.
    pub changed_since: Option<Timestamp>,
    /// Ids above this one: the `next` of the page before.
    pub after: Option<Uuid>,
}

/// A letter as a pattern has it that stands for itself.
fn literal(it: char) -> impl Iterator<Item = char> {
    matches!(it, '%' | '_' | '\\').then_some('\\').into_iter().chain([it])
}

/// A sealed part of an elder's file; each is opened and recorded by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ElderField {
    /// Resident identity number.
    Identity,
    /// Telephones.
    Phones,
    /// Door codes and key box.
    Access,
    /// Illnesses and medication.
    Health,
}

impl ElderField {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Identity, Self::Phones, Self::Access, Self::Health];

    /// The column's name, also in the view log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Phones => "phones",
            Self::Access => "access",
            Self::Health => "health",
        }
    }

    const fn of(self, elder: Uuid) -> Field {
        Field {
            table: TABLE,
            column: self.as_str(),
            row: elder,
        }
    }
}

impl fmt::Display for ElderField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Holds an elder's row until the transaction ends, so that two who look at what hangs on it look one after the other.
pub(super) async fn hold(tx: &impl sea_orm::ConnectionTrait, id: Uuid) -> Result<(), StoreError> {
    let row = elder::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    row.map(|_| ())
        .ok_or_else(|| StoreError::stale(TABLE, ElderId::new(id)))
}

impl household::Model {
    fn read(self, book: &AreaBook) -> Result<Kept<Household>, StoreError> {
        let id = HouseholdId::new(self.id);
        let at = At {
            table: "household",
            id: &id,
        };
        let value = Household {
            id,
            grid: book.read_code(&at, self.area_id)?,
            home: at.point("lat", self.lat, self.lon)?,
            code: self.code,
            address: self.address,
        };
        Ok(Kept {
            value,
            version: self.version,
            changed_at: at.instant("changed_at", self.changed_at)?,
        })
    }
}

/// The open half of an elder's row, with the needs joined by commas.
struct Open {
    id: Uuid,
    code: String,
    name: String,
    household_id: Uuid,
    area_id: Uuid,
    address: String,
    lat: Option<f64>,
    lon: Option<f64>,
    contact_mode: String,
    dialect: Option<String>,
    hearing: String,
    born: Option<Days>,
    present: Option<String>,
    life_support: String,
    lift_helpers: i32,
    ability: Option<String>,
    consents: String,
    status: String,
    changed_at: Micros,
    version: i64,
    needs: Option<String>,
}

impl Open {
    /// These columns of some elders.
    fn of(select: Select<elder::Entity>, engine: Engine) -> Select<elder::Entity> {
        use elder::Column as C;
        let columns = [
            C::Id,
            C::Code,
            C::Name,
            C::HouseholdId,
            C::AreaId,
            C::Address,
            C::Lat,
            C::Lon,
            C::ContactMode,
            C::Dialect,
            C::Hearing,
            C::Born,
            C::Present,
            C::LifeSupport,
            C::LiftHelpers,
            C::Ability,
            C::Consents,
            C::Status,
            C::ChangedAt,
            C::Version,
        ];
        // A row each would cost as much as the elder's own.
        let needs = match engine {
            Engine::Sqlite => "(SELECT group_concat(need) FROM elder_need WHERE elder_need.elder_id = elder.id)",
            Engine::Postgres => "(SELECT string_agg(need, ',') FROM elder_need WHERE elder_need.elder_id = elder.id)",
        };
        select
            .select_only()
            .columns(columns)
            .column_as(Expr::cust(needs), "needs")
    }

    fn take(cells: &mut Cells<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            id: cells.take()?,
            code: cells.take()?,
            name: cells.take()?,
            household_id: cells.take()?,
            area_id: cells.take()?,
            address: cells.take()?,
            lat: cells.take()?,
            lon: cells.take()?,
            contact_mode: cells.take()?,
            dialect: cells.take()?,
            hearing: cells.take()?,
            born: cells.take()?,
            present: cells.take()?,
            life_support: cells.take()?,
            lift_helpers: cells.take()?,
            ability: cells.take()?,
            consents: cells.take()?,
            status: cells.take()?,
            changed_at: cells.take()?,
            version: cells.take()?,
            needs: cells.take()?,
        })
    }

    fn read(self, book: &AreaBook) -> Result<Kept<Elder>, StoreError> {
        let id = ElderId::new(self.id);
        let at = At { table: TABLE, id: &id };
        let value = Elder {
            id,
            household: HouseholdId::new(self.household_id),
            grid: book.read_code(&at, self.area_id)?,
            home: at.point("lat", self.lat, self.lon)?,
            needs: at.words("need", self.needs.as_deref().unwrap_or_default())?,
            contact_mode: at.word("contact_mode", &self.contact_mode)?,
            hearing: at.word("hearing", &self.hearing)?,
            born: self.born.map(|it| it.read(TABLE, id, "born")).transpose()?,
            present: self.present.as_deref().map(|it| at.json("present", it)).transpose()?,
            life_support: at.words("life_support", &self.life_support)?,
            lift_helpers: at.small("lift_helpers", self.lift_helpers)?,
            ability: self.ability.as_deref().map(|it| at.json("ability", it)).transpose()?,
            consents: at.json("consents", &self.consents)?,
            status: at.word("status", &self.status)?,
            code: self.code,
            name: self.name,
            address: self.address,
            dialect: self.dialect,
        };
        Ok(Kept {
            value,
            version: self.version,
            changed_at: at.instant("changed_at", self.changed_at)?,
        })
    }
}

fn halves(point: Option<Point>) -> (Option<f64>, Option<f64>) {
    (point.map(|it| it.lat()), point.map(|it| it.lon()))
}

impl Store {
    /// A page of elders, at most `limit` (and [`PAGE_MAX`]), ordered by id.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn elders(
        &self,
        query: &ElderQuery,
        book: &AreaBook,
        limit: u64,
    ) -> Result<Page<Kept<Elder>>, StoreError> {
        use elder::{Column, Entity};
        let limit = limit.clamp(1, PAGE_MAX);
        let mut select = Entity::find();
        if let Some(scope) = &query.scope {
            select = select.filter(Column::AreaId.in_subquery(areas_within(scope, book.today())));
        }
        if let Some(need) = query.need {
            // Looked up for each candidate, so that a page stops when it is full instead of gathering all who have the need.
            let has = Query::select()
                .expr(Expr::value(1))
                .from(elder_need::Entity)
                .and_where(elder_need::Column::Need.eq(need.as_str()))
                .and_where(Expr::col((elder_need::Entity, elder_need::Column::ElderId)).equals((Entity, Column::Id)))
                .to_owned();
            select = select.filter(Expr::exists(has));
        }
        if let Some(status) = query.status {
            select = select.filter(Column::Status.eq(status.as_str()));
        }
        if let Some(text) = &query.text {
            // Signs that mean something to the database are the letters that somebody has typed.
            let letters: String = text.to_ascii_lowercase().chars().flat_map(literal).collect();
            let holds = |it: Column| {
                Func::lower(Expr::col((Entity, it))).like(LikeExpr::new(format!("%{letters}%")).escape('\\'))
            };
            select = select.filter(holds(Column::Name).or(holds(Column::Code)));
        }
        if let Some(household) = query.household {
            select = select.filter(Column::HouseholdId.eq(household.as_uuid()));
        }
        if let Some(since) = query.changed_since {
            select = select.filter(Column::ChangedAt.gte(Micros::from(since)));
        }
        if let Some(after) = query.after {
            select = select.filter(Column::Id.gt(after));
        }
        let select = Open::of(select.order_by_asc(Column::Id).limit(limit), self.engine());
        let found = rows_of(self.reader(), select, TABLE, Open::take).await?;
        Ok(Page::of(found, limit, |row| row.read(book)))
    }

    /// Every elder that `query` names, read page by page.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn all_elders(&self, mut query: ElderQuery, book: &AreaBook) -> Result<Loaded<Kept<Elder>>, StoreError> {
        let mut all = Loaded::default();
        loop {
            query.after = all.take(self.elders(&query, book, PAGE_MAX).await?);
            if query.after.is_none() {
                return Ok(all);
            }
        }
    }

    /// One elder; `None` when there is none of this id.
    ///
    /// # Errors
    /// `Corrupt` when the row does not read back; `Unavailable`.
    pub async fn elder(&self, id: ElderId, book: &AreaBook) -> Result<Option<Kept<Elder>>, StoreError> {
        let select = Open::of(elder::Entity::find_by_id(id.as_uuid()), self.engine());
        let found = rows_of(self.reader(), select, TABLE, Open::take).await?;
        Page::of(found, u64::MAX, |row| row.read(book)).one()
    }

    /// The elders who have this phone, by its keyed hash.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed(Locked)`.
    pub async fn elders_with_phone(&self, phone: &Phone) -> Result<Vec<ElderId>, StoreError> {
        use super::registry::phone_index::{Column, Entity};
        let hash = self.keys()?.phone_hash(phone.reveal());
        let found = Entity::find()
            .filter(Column::Hash.eq(hash))
            .filter(Column::OwnerTable.eq(TABLE))
            .all(self.reader())
            .await?;
        Ok(found.into_iter().map(|it| ElderId::new(it.owner_id)).collect())
    }

    /// The elders with this identity number, by its keyed hash; more than one is a mistake in the register.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed(Locked)`.
    pub async fn elders_with_identity(&self, number: &IdentityNumber) -> Result<Vec<ElderId>, StoreError> {
        let hash = self.keys()?.identity_hash(number.reveal());
        let select = elder::Entity::find()
            .select_only()
            .column(elder::Column::Id)
            .filter(elder::Column::IdentityHash.eq(hash));
        let found: Vec<Uuid> = select.into_tuple().all(self.reader()).await?;
        Ok(found.into_iter().map(ElderId::new).collect())
    }

    /// Files a batch: each elder new or replaced, all or none. `book` must know the grids.
    ///
    /// # Errors
    /// `Flawed`; `Corrupt` naming an unknown grid; `Conflict(Unique("elder_code"))` when another id bears the code.
    pub async fn put_elders(&self, files: Vec<ElderFile>, book: &AreaBook, now: Timestamp) -> Result<(), StoreError> {
        self.put_elders_if(files, None, None, book, now).await
    }

    /// Files one elder if nobody has changed the file since `version`.
    ///
    /// # Errors
    /// `Conflict(Version)`, and as [`Store::put_elders`].
    pub async fn edit_elder(
        &self,
        file: ElderFile,
        version: i64,
        book: &AreaBook,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.put_elders_if(vec![file], Some(version), None, book, now).await
    }

    /// As [`Store::edit_elder`], with the line that says who.
    ///
    /// # Errors
    /// As there.
    pub async fn edit_elder_file(
        &self,
        file: ElderFile,
        version: i64,
        event: RegisterEvent,
        book: &AreaBook,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.put_elders_if(vec![file], Some(version), Some(event), book, now)
            .await
    }

    async fn put_elders_if(
        &self,
        files: Vec<ElderFile>,
        version: Option<i64>,
        event: Option<RegisterEvent>,
        book: &AreaBook,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut ready = Vec::with_capacity(files.len());
        for file in last_of_each(files, |it| it.elder.id) {
            let at = At {
                table: TABLE,
                id: &file.elder.id,
            };
            file.elder.check().map_err(|it| at.flawed(it))?;
            if let Some(secrets) = &file.secrets {
                secrets.check().map_err(|it| at.flawed(it))?;
            }
            let area = book.write_id(&at, file.elder.grid)?;
            ready.push((file, area));
        }
        let ring = self.keys()?.clone();
        let keys = self
            .write(move |tx| {
                Box::pin(async move {
                    if let (Some(version), Some((file, _))) = (version, ready.first()) {
                        let id = file.elder.id;
                        let (id_at, version_at) =
                            ((elder::Column::Id, id.as_uuid()), (elder::Column::Version, version));
                        require_version::<elder::Entity>(tx, TABLE, id_at, version_at, id).await?;
                    }
                    if let Some(event) = event {
                        put_event(tx, event).await?;
                    }
                    write_elders(tx, &ring, ready, now).await
                })
            })
            .await?;
        self.keys()?.remember(&keys);
        Ok(())
    }

    /// Opens the named sealed parts of an elder's file; the others stay empty. Whoever shows them to a person records the
    /// view first: see [`Store::see_elder`].
    ///
    /// # Errors
    /// `Sealed(Erased)` after an erasure, `Sealed(Tampered)`, `Unavailable`.
    pub async fn elder_secrets(&self, id: ElderId, fields: &[ElderField]) -> Result<Option<ElderSecrets>, StoreError> {
        let found = rows(self.reader(), elder::Entity::find_by_id(id.as_uuid()), TABLE, "id").await?;
        if let Some(error) = found.bad.into_iter().next() {
            return Err(error);
        }
        let Some(row) = found.good.into_iter().next() else {
            return Ok(None);
        };
        let keys = self.keys()?;
        keys.fetch_elder(self, id).await?;
        let mut secrets = ElderSecrets::default();
        for field in fields {
            let place = field.of(row.id);
            match field {
                ElderField::Identity => secrets.identity = place.open(keys, row.identity.as_ref())?,
                ElderField::Phones => secrets.phones = place.open(keys, row.phones.as_ref())?.unwrap_or_default(),
                ElderField::Access => secrets.access = place.open(keys, row.access.as_ref())?.unwrap_or_default(),
                ElderField::Health => secrets.health = place.open(keys, row.health.as_ref())?.unwrap_or_default(),
            }
        }
        Ok(Some(secrets))
    }

    /// Records that somebody looks, and opens the parts; nothing is shown when the record cannot be written.
    ///
    /// # Errors
    /// As [`Store::elder_secrets`].
    pub async fn see_elder(
        &self,
        id: ElderId,
        fields: &[ElderField],
        seen: &super::views::Seen,
    ) -> Result<Option<ElderSecrets>, StoreError> {
        let names: Vec<&'static str> = fields.iter().map(|it| it.as_str()).collect();
        self.record_views(seen, TABLE, id.as_uuid(), &names).await?;
        self.elder_secrets(id, fields).await
    }

    /// Makes all that is sealed for the elder unreadable and unfindable, for good: the hashes go, then the keys. The file's
    /// open half stays; answers how many keys were destroyed. Safe to run again.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn erase_elder_secrets(&self, id: ElderId, now: Timestamp) -> Result<u64, StoreError> {
        let row = id.as_uuid();
        self.write(move |tx| {
            Box::pin(async move {
                elder::Entity::update_many()
                    .col_expr(elder::Column::IdentityHash, Expr::value(Option::<Vec<u8>>::None))
                    .col_expr(elder::Column::Version, Expr::col(elder::Column::Version).add(1))
                    .col_expr(elder::Column::ChangedAt, Expr::value(Micros::from(now)))
                    .filter(elder::Column::Id.eq(row))
                    .exec(tx)
                    .await?;
                let mut owners = super::contacts::ids_of(tx, row).await?;
                index_phones(tx, "contact", owners.drain(..).map(|it| (it, Vec::new())).collect()).await?;
                index_phones(tx, TABLE, vec![(row, Vec::new())]).await
            })
        })
        .await?;
        self.keys()?.erase(self, id, now).await
    }

    /// A page of households, ordered by id.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn households(
        &self,
        scope: Option<&PrefixSet>,
        after: Option<Uuid>,
        book: &AreaBook,
        limit: u64,
    ) -> Result<Page<Kept<Household>>, StoreError> {
        let mut select = household::Entity::find();
        if let Some(scope) = scope {
            select = select.filter(household::Column::AreaId.in_subquery(areas_within(scope, book.today())));
        }
        self.page_of_households(select, after, book, limit).await
    }

    async fn page_of_households(
        &self,
        mut select: Select<household::Entity>,
        after: Option<Uuid>,
        book: &AreaBook,
        limit: u64,
    ) -> Result<Page<Kept<Household>>, StoreError> {
        use household::Column;
        let limit = limit.clamp(1, PAGE_MAX);
        if let Some(after) = after {
            select = select.filter(Column::Id.gt(after));
        }
        let found = rows(
            self.reader(),
            select.order_by_asc(Column::Id).limit(limit),
            "household",
            "id",
        )
        .await?;
        Ok(Page::of(found, limit, |row| row.read(book)))
    }

    /// One household; `None` when there is none of this id.
    ///
    /// # Errors
    /// `Corrupt` when the row does not read back; `Unavailable`.
    pub async fn household(&self, id: HouseholdId, book: &AreaBook) -> Result<Option<Kept<Household>>, StoreError> {
        let select = household::Entity::find_by_id(id.as_uuid());
        let found = rows(self.reader(), select, "household", "id").await?;
        Page::of(found, u64::MAX, |row| row.read(book)).one()
    }

    /// Every household.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn all_households(&self, book: &AreaBook) -> Result<Loaded<Kept<Household>>, StoreError> {
        self.households_changed(None, book).await
    }

    /// Every household whose row changed at `since` or later; none: every one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn households_changed(
        &self,
        since: Option<Timestamp>,
        book: &AreaBook,
    ) -> Result<Loaded<Kept<Household>>, StoreError> {
        let mut select = household::Entity::find();
        if let Some(since) = since {
            select = select.filter(household::Column::ChangedAt.gte(Micros::from(since)));
        }
        let mut all = Loaded::default();
        let mut after = None;
        loop {
            after = all.take(self.page_of_households(select.clone(), after, book, PAGE_MAX).await?);
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Files a batch of households, all or none.
    ///
    /// # Errors
    /// `Flawed`; `Corrupt` naming an unknown grid; `Conflict(Unique("household_code"))`.
    pub async fn put_households(
        &self,
        households: Vec<Household>,
        book: &AreaBook,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        use household::{ActiveModel, Column, Entity};
        let mut ready = Vec::with_capacity(households.len());
        for it in last_of_each(households, |it| it.id) {
            let at = At {
                table: "household",
                id: &it.id,
            };
            it.check().map_err(|flaws| at.flawed(flaws))?;
            let (lat, lon) = halves(it.home);
            ready.push(ActiveModel {
                id: Set(it.id.as_uuid()),
                area_id: Set(book.write_id(&at, it.grid)?),
                code: Set(it.code),
                address: Set(it.address),
                lat: Set(lat),
                lon: Set(lon),
                changed_at: Set(now.into()),
                version: Set(1),
            });
        }
        self.write(move |tx| {
            Box::pin(async move {
                put_rows(
                    tx,
                    ready,
                    &replacing_versioned(Entity, &[Column::Id], Column::Version, &[]),
                )
                .await
            })
        })
        .await
    }
}

/// Writes the files in the caller's transaction; answers the keys, to be remembered once it is committed.
async fn write_elders(
    tx: &impl ConnectionTrait,
    ring: &KeyRing,
    files: Vec<(ElderFile, Uuid)>,
    now: Timestamp,
) -> Result<HashMap<ElderId, DataKey>, StoreError> {
    use elder::{Column, Entity};
    let with_secrets: Vec<ElderId> = files
        .iter()
        .filter(|it| it.0.secrets.is_some())
        .map(|it| it.0.elder.id)
        .collect();
    let keys = ring.elder_keys(tx, &with_secrets, now).await?;

    let mut needs = BTreeMap::new();
    let mut phones = Vec::new();
    let (mut whole, mut open) = (Vec::new(), Vec::new());
    for (ElderFile { elder, secrets }, area) in files {
        let id = elder.id;
        needs.insert(id.as_uuid(), elder.needs.clone());
        let mut row = elder_row(elder, area, now)?;
        match (secrets, keys.get(&id)) {
            (Some(secrets), Some(key)) => {
                phones.push((
                    id.as_uuid(),
                    secrets.phones.iter().map(|it| ring.phone_hash(it.reveal())).collect(),
                ));
                seal_into(&mut row, ring, key, id.as_uuid(), &secrets)?;
                whole.push(row);
            }
            _ => open.push(row),
        }
    }
    let replace = |keep: &[Column]| -> OnConflict { replacing_versioned(Entity, &[Column::Id], Column::Version, keep) };
    put_rows(tx, whole, &replace(&[])).await?;
    put_rows(tx, open, &replace(&SEALED)).await?;
    replace_needs(tx, needs).await?;
    index_phones(tx, TABLE, phones).await?;
    Ok(keys)
}

fn elder_row(elder: Elder, area: Uuid, now: Timestamp) -> Result<elder::ActiveModel, StoreError> {
    let (lat, lon) = halves(elder.home);
    Ok(elder::ActiveModel {
        id: Set(elder.id.as_uuid()),
        code: Set(elder.code),
        name: Set(elder.name),
        household_id: Set(elder.household.as_uuid()),
        area_id: Set(area),
        address: Set(elder.address),
        lat: Set(lat),
        lon: Set(lon),
        contact_mode: Set(elder.contact_mode.to_string()),
        dialect: Set(elder.dialect),
        hearing: Set(elder.hearing.to_string()),
        born: Set(elder.born.map(Days::from)),
        present: Set(elder
            .present
            .as_ref()
            .map(|it| json(TABLE, "present", it))
            .transpose()?),
        life_support: Set(joined(&elder.life_support)),
        lift_helpers: Set(elder.lift_helpers.into()),
        ability: Set(elder
            .ability
            .as_ref()
            .map(|it| json(TABLE, "ability", it))
            .transpose()?),
        consents: Set(json(TABLE, "consents", &elder.consents)?),
        status: Set(elder.status.to_string()),
        changed_at: Set(now.into()),
        version: Set(1),
        ..Default::default()
    })
}

fn seal_into(
    row: &mut elder::ActiveModel,
    ring: &KeyRing,
    key: &DataKey,
    id: Uuid,
    secrets: &ElderSecrets,
) -> Result<(), StoreError> {
    let identity = secrets.identity.as_ref();
    row.identity_hash = Set(identity.map(|it| ring.identity_hash(it.reveal())));
    row.identity = Set(ElderField::Identity.of(id).seal(key, identity)?);
    row.phones = Set(ElderField::Phones
        .of(id)
        .seal(key, Some(&secrets.phones).filter(|it| !it.is_empty()))?);
    row.access = Set(ElderField::Access
        .of(id)
        .seal(key, Some(&secrets.access).filter(|it| **it != DoorAccess::default()))?);
    row.health = Set(ElderField::Health
        .of(id)
        .seal(key, Some(&secrets.health).filter(|it| **it != Health::default()))?);
    Ok(())
}

async fn replace_needs(tx: &impl ConnectionTrait, needs: BTreeMap<Uuid, BTreeSet<Need>>) -> Result<(), StoreError> {
    use elder_need::{ActiveModel, Column, Entity};
    let ids: Vec<Uuid> = needs.keys().copied().collect();
    for some in ids.chunks(BINDS_MAX) {
        Entity::delete_many()
            .filter(Column::ElderId.is_in(some.iter().copied()))
            .exec(tx)
            .await?;
    }
    let mut rows = Vec::new();
    for (id, words) in needs {
        rows.extend(words.into_iter().map(|need| ActiveModel {
            need: Set(need.to_string()),
            elder_id: Set(id),
        }));
    }
    let quiet = OnConflict::columns([Column::Need, Column::ElderId])
        .do_nothing()
        .to_owned();
    put_rows(tx, rows, &quiet).await
}
