//! Responders: the file, and apart from it duty and last position, which change by the minute.

use std::collections::HashMap;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::connect::{BINDS_MAX, Store};
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{
    At, Field, Kept, Loaded, PAGE_MAX, Page, index_phones, joined, last_of_each, put_rows, replacing,
    replacing_versioned, require_version, rows,
};
use super::seal::Sealed;
use crate::circle::{Mode, Point};
use crate::ids::{ResponderId, UserId};
use crate::people::{Duty, Fix, Responder, ResponderKind, ResponderSecrets, Shift, Tier};

mod responder {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "responder")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub code: String,
        pub name: String,
        pub kind: String,
        pub tier: String,
        pub skills: String,
        pub mode: String,
        pub party_size: i32,
        pub base_lat: Option<f64>,
        pub base_lon: Option<f64>,
        pub scope: String,
        pub capacity: i32,
        pub allowances: String,
        pub phones: Option<Sealed>,
        pub changed_at: Micros,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod responder_duty {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "responder_duty")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub responder_id: Uuid,
        pub on_duty: bool,
        pub since: Micros,
        pub changed_by: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod responder_position {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "responder_position")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub responder_id: Uuid,
        pub lat: f64,
        pub lon: f64,
        pub at: Micros,
        pub accuracy_m: Option<f64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod shift {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shift")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub responder_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub from_at: Micros,
        pub until_at: Micros,
        pub stands_in_for: Option<Uuid>,
        pub withdrawn_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "responder";
const PHONES: &str = "phones";

/// A responder to be filed. Duty and position of one who is filed already stay as they are: they are live, a sheet is not.
/// `secrets: None` leaves what is sealed as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponderFile {
    /// The open half.
    pub responder: Responder,
    /// The sealed half.
    pub secrets: Option<ResponderSecrets>,
}

/// Which responders.
#[derive(Debug, Clone, Default)]
pub struct ResponderQuery {
    /// Only of this tier.
    pub tier: Option<Tier>,
    /// Only of this kind.
    pub kind: Option<ResponderKind>,
    /// Only those at work, or only those who are not.
    pub on_duty: Option<bool>,
    /// Ids above this one: the `next` of the page before.
    pub after: Option<Uuid>,
}

/// How somebody travels, as a column keeps it.
const fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Walk => "walk",
        Mode::Ebike => "ebike",
        Mode::Car => "car",
    }
}

fn read_mode(at: &At<'_>, text: &str) -> Result<Mode, StoreError> {
    match text {
        "walk" => Ok(Mode::Walk),
        "ebike" => Ok(Mode::Ebike),
        "car" => Ok(Mode::Car),
        other => Err(at.corrupt("mode", format!("`{other}` is not a known way to travel"))),
    }
}

/// What changes by the minute, of some responders.
#[derive(Default)]
struct Live {
    duty: HashMap<Uuid, responder_duty::Model>,
    positions: HashMap<Uuid, Fix>,
    aside: Vec<StoreError>,
}

impl Live {
    async fn of(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Self, StoreError> {
        let mut live = Self::default();
        for some in ids.chunks(BINDS_MAX) {
            let duty = responder_duty::Column::ResponderId.is_in(some.iter().copied());
            let duty = responder_duty::Entity::find().filter(duty);
            let duty = rows(db, duty, "responder_duty", "responder_id").await?;
            live.duty.extend(duty.good.into_iter().map(|it| (it.responder_id, it)));
            let positions = responder_position::Column::ResponderId.is_in(some.iter().copied());
            let positions = responder_position::Entity::find().filter(positions);
            let positions = rows(db, positions, "responder_position", "responder_id").await?;
            for row in positions.good {
                // Without a readable position somebody still has a base, and can be asked.
                match row.read() {
                    Ok(fix) => drop(live.positions.insert(row.responder_id, fix)),
                    Err(error) => live.aside.push(error),
                }
            }
            live.aside.extend(duty.bad.into_iter().chain(positions.bad));
        }
        Ok(live)
    }
}

impl responder::Model {
    fn read(self, live: &Live) -> Result<Kept<Responder>, StoreError> {
        let id = ResponderId::new(self.id);
        let at = At { table: TABLE, id: &id };
        let duty = live
            .duty
            .get(&self.id)
            .ok_or_else(|| at.corrupt("duty", "no row in responder_duty"))?;
        let value = Responder {
            id,
            kind: at.word("kind", &self.kind)?,
            tier: at.word("tier", &self.tier)?,
            skills: at.words("skills", &self.skills)?,
            mode: read_mode(&at, &self.mode)?,
            party_size: at.small("party_size", self.party_size)?,
            duty: Duty {
                on: duty.on_duty,
                since: at.instant("duty", duty.since)?,
            },
            position: live.positions.get(&self.id).copied(),
            base: at.point("base_lat", self.base_lat, self.base_lon)?,
            scope: at.words("scope", &self.scope)?.into_iter().collect(),
            capacity: at.small("capacity", self.capacity)?,
            allowances: at.words("allowances", &self.allowances)?,
            code: self.code,
            name: self.name,
        };
        Ok(Kept {
            value,
            version: self.version,
            changed_at: at.instant("changed_at", self.changed_at)?,
        })
    }
}

impl responder_position::Model {
    fn read(&self) -> Result<Fix, StoreError> {
        let id = ResponderId::new(self.responder_id);
        let at = At {
            table: "responder_position",
            id: &id,
        };
        let point = Point::new(self.lat, self.lon).map_err(|error| at.corrupt("lat", error.to_string()))?;
        // Written from an f32, so nothing is lost on the way back.
        Ok(Fix {
            point,
            at: at.instant("at", self.at)?,
            accuracy_m: self.accuracy_m.map(|it| it as f32),
        })
    }
}

impl Store {
    /// A page of responders with duty and last position, at most `limit` (and [`PAGE_MAX`]), ordered by id.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn responders(&self, query: &ResponderQuery, limit: u64) -> Result<Page<Kept<Responder>>, StoreError> {
        use responder::{Column, Entity};
        let limit = limit.clamp(1, PAGE_MAX);
        let mut select = Entity::find();
        if let Some(tier) = query.tier {
            select = select.filter(Column::Tier.eq(tier.as_str()));
        }
        if let Some(kind) = query.kind {
            select = select.filter(Column::Kind.eq(kind.as_str()));
        }
        if let Some(on) = query.on_duty {
            let such = Query::select()
                .column(responder_duty::Column::ResponderId)
                .from(responder_duty::Entity)
                .and_where(responder_duty::Column::OnDuty.eq(on))
                .to_owned();
            select = select.filter(Column::Id.in_subquery(such));
        }
        if let Some(after) = query.after {
            select = select.filter(Column::Id.gt(after));
        }
        let found = rows(self.reader(), select.order_by_asc(Column::Id).limit(limit), TABLE, "id").await?;
        let ids: Vec<Uuid> = found.good.iter().map(|it| it.id).collect();
        let mut live = Live::of(self.reader(), &ids).await?;
        let aside = std::mem::take(&mut live.aside);
        let mut page = Page::of(found, limit, |row| row.read(&live));
        page.aside.extend(aside);
        Ok(page)
    }

    /// Every responder: for the picture in memory.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn all_responders(&self) -> Result<Loaded<Kept<Responder>>, StoreError> {
        let mut all = Loaded::default();
        let mut query = ResponderQuery::default();
        loop {
            query.after = all.take(self.responders(&query, PAGE_MAX).await?);
            if query.after.is_none() {
                return Ok(all);
            }
        }
    }

    /// One responder; `None` when there is none of this id.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn responder(&self, id: ResponderId) -> Result<Option<Kept<Responder>>, StoreError> {
        let found = rows(self.reader(), responder::Entity::find_by_id(id.as_uuid()), TABLE, "id").await?;
        let live = Live::of(self.reader(), &[id.as_uuid()]).await?;
        Page::of(found, u64::MAX, |row| row.read(&live)).one()
    }

    /// Files a batch of responders, all or none.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Unique("responder_code"))`.
    pub async fn put_responders(&self, files: Vec<ResponderFile>, now: Timestamp) -> Result<(), StoreError> {
        self.put_responders_if(files, None, now).await
    }

    /// Files one responder if nobody has changed the file since `version`.
    ///
    /// # Errors
    /// `Conflict(Version)`, and as [`Store::put_responders`].
    pub async fn edit_responder(&self, file: ResponderFile, version: i64, now: Timestamp) -> Result<(), StoreError> {
        self.put_responders_if(vec![file], Some(version), now).await
    }

    async fn put_responders_if(
        &self,
        files: Vec<ResponderFile>,
        version: Option<i64>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let files = last_of_each(files, |it| it.responder.id);
        for file in &files {
            file.responder.check().map_err(|it| {
                At {
                    table: TABLE,
                    id: &file.responder.id,
                }
                .flawed(it)
            })?;
        }
        let keys = self.keys()?.clone();
        self.write(move |tx| {
            Box::pin(async move {
                use responder::{Column, Entity};
                if let (Some(version), Some(file)) = (version, files.first()) {
                    let id = file.responder.id;
                    require_version::<Entity>(tx, TABLE, (Column::Id, id.as_uuid()), (Column::Version, version), id)
                        .await?;
                }
                let (mut whole, mut open, mut phones) = (Vec::new(), Vec::new(), Vec::new());
                let (mut duty, mut positions) = (Vec::new(), Vec::new());
                for ResponderFile { responder: it, secrets } in files {
                    let id = it.id.as_uuid();
                    duty.push(duty_row(id, it.duty, None));
                    positions.extend(it.position.map(|fix| position_row(id, fix)));
                    let mut row = responder_row(it, now);
                    let Some(secrets) = secrets else {
                        open.push(row);
                        continue;
                    };
                    phones.push((
                        id,
                        secrets.phones.iter().map(|it| keys.phone_hash(it.reveal())).collect(),
                    ));
                    let field = Field {
                        table: TABLE,
                        column: PHONES,
                        row: id,
                    };
                    row.phones = Set(field.seal(keys.general(), Some(&secrets.phones).filter(|it| !it.is_empty()))?);
                    whole.push(row);
                }
                let replace = |keep: &[Column]| replacing_versioned(Entity, &[Column::Id], Column::Version, keep);
                put_rows(tx, whole, &replace(&[])).await?;
                put_rows(tx, open, &replace(&[Column::Phones])).await?;
                put_rows(
                    tx,
                    duty,
                    &OnConflict::column(responder_duty::Column::ResponderId)
                        .do_nothing()
                        .to_owned(),
                )
                .await?;
                put_rows(
                    tx,
                    positions,
                    &OnConflict::column(responder_position::Column::ResponderId)
                        .do_nothing()
                        .to_owned(),
                )
                .await?;
                index_phones(tx, TABLE, phones).await
            })
        })
        .await
    }

    /// Opens a responder's phones. Whoever shows them to a person records the view first.
    ///
    /// # Errors
    /// `Sealed(..)`, `Unavailable`.
    pub async fn responder_secrets(&self, id: ResponderId) -> Result<Option<ResponderSecrets>, StoreError> {
        let Some(row) = responder::Entity::find_by_id(id.as_uuid()).one(self.reader()).await? else {
            return Ok(None);
        };
        let field = Field {
            table: TABLE,
            column: PHONES,
            row: row.id,
        };
        Ok(Some(ResponderSecrets {
            phones: field.open(self.keys()?, row.phones.as_ref())?.unwrap_or_default(),
        }))
    }

    /// Puts somebody at work or takes them off, and answers the duty that holds. Saying it twice changes nothing: `since`
    /// stays the instant of the last real change. `by`: the account, `None` for the rota.
    ///
    /// # Errors
    /// `Conflict(Reference(..))` when the responder is not filed; `Unavailable`.
    pub async fn set_duty(
        &self,
        responder: ResponderId,
        on: bool,
        by: Option<UserId>,
        now: Timestamp,
    ) -> Result<Duty, StoreError> {
        let row = duty_row(responder.as_uuid(), Duty { on, since: now }, by);
        self.write(move |tx| {
            Box::pin(async move {
                use responder_duty::{Column, Entity};
                let mut real = replacing(&[Column::ResponderId], &[]);
                real.action_and_where(Expr::col((Entity, Column::OnDuty)).ne(on));
                put_rows(tx, vec![row], &real).await?;
                let id = responder;
                let kept = Entity::find_by_id(id.as_uuid()).one(tx).await?;
                let kept = kept.ok_or_else(|| {
                    StoreError::corrupt("responder_duty", id, "row", "gone within its own transaction")
                })?;
                Ok(Duty {
                    on: kept.on_duty,
                    since: kept.since.read("responder_duty", id, "since")?,
                })
            })
        })
        .await
    }

    /// Keeps last positions, many at once: of each responder the newest, never an older one over a newer. A stranger's row
    /// harms nobody.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_positions(&self, fixes: Vec<(ResponderId, Fix)>) -> Result<(), StoreError> {
        let mut newest: HashMap<ResponderId, Fix> = HashMap::with_capacity(fixes.len());
        for (id, fix) in fixes {
            let kept = newest.entry(id).or_insert(fix);
            if kept.at <= fix.at {
                *kept = fix;
            }
        }
        let rows = last_of_each(newest, |it| it.0)
            .into_iter()
            .map(|(id, fix)| position_row(id.as_uuid(), fix))
            .collect();
        self.write(move |tx| {
            Box::pin(async move {
                use responder_position::{Column, Entity};
                let mut newer = replacing(&[Column::ResponderId], &[]);
                newer.action_and_where(Expr::col((Entity, Column::At)).lte(Expr::cust("excluded.at")));
                put_rows(tx, rows, &newer).await
            })
        })
        .await
    }

    /// Shifts that touch the span from `from` to `until`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn shifts(&self, from: Timestamp, until: Timestamp) -> Result<Loaded<Shift>, StoreError> {
        self.shifts_that(from, until, Condition::all()).await
    }

    async fn shifts_that(
        &self,
        from: Timestamp,
        until: Timestamp,
        which: Condition,
    ) -> Result<Loaded<Shift>, StoreError> {
        use shift::{Column, Entity};
        let select = Entity::find()
            .filter(which)
            .filter(Column::WithdrawnAt.is_null())
            .filter(Column::UntilAt.gt(Micros::from(from)))
            .filter(Column::FromAt.lt(Micros::from(until)))
            .order_by_asc(Column::ResponderId)
            .order_by_asc(Column::FromAt);
        let found = rows(self.reader(), select, "shift", "responder_id").await?;
        let mut all = Loaded::default();
        all.take(Page::of(found, u64::MAX, |row| {
            let id = ResponderId::new(row.responder_id);
            Ok(Shift {
                responder: id,
                from: row.from_at.read("shift", id, "from_at")?,
                until: row.until_at.read("shift", id, "until_at")?,
                stands_in_for: row.stands_in_for.map(ResponderId::new),
            })
        }));
        Ok(all)
    }

    /// The shifts of one responder that touch the span, and those of whoever stands in for them.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn shifts_of(
        &self,
        who: ResponderId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Loaded<Shift>, StoreError> {
        use shift::Column;
        let theirs = Condition::any()
            .add(Column::ResponderId.eq(who.as_uuid()))
            .add(Column::StandsInFor.eq(who.as_uuid()));
        self.shifts_that(from, until, theirs).await
    }

    /// Puts shifts on the rota, all or none; one of the same responder and beginning is replaced.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Reference(..))` when a responder is not filed.
    pub async fn put_shifts(&self, shifts: Vec<Shift>) -> Result<(), StoreError> {
        let rows = shift_rows(shifts)?;
        self.write(move |tx| Box::pin(async move { put_shift_rows(tx, rows).await }))
            .await
    }
}

/// Shifts as rows, each checked.
pub(super) fn shift_rows(shifts: Vec<Shift>) -> Result<Vec<shift::ActiveModel>, StoreError> {
    let shifts = last_of_each(shifts, |it| (it.responder, it.from));
    for it in &shifts {
        let at = At {
            table: "shift",
            id: &it.responder,
        };
        it.check().map_err(|flaws| at.flawed(flaws))?;
    }
    let row = |it: Shift| shift::ActiveModel {
        responder_id: Set(it.responder.as_uuid()),
        from_at: Set(it.from.into()),
        until_at: Set(it.until.into()),
        stands_in_for: Set(it.stands_in_for.map(ResponderId::as_uuid)),
        withdrawn_at: Set(None),
    };
    Ok(shifts.into_iter().map(row).collect())
}

/// Puts them on the rota in the caller's transaction; one that was withdrawn stands again.
pub(super) async fn put_shift_rows(tx: &impl ConnectionTrait, rows: Vec<shift::ActiveModel>) -> Result<(), StoreError> {
    use shift::Column;
    put_rows(tx, rows, &replacing(&[Column::ResponderId, Column::FromAt], &[])).await
}

/// Takes a shift off the rota in the caller's transaction; whether it stood there.
pub(super) async fn withdraw_shift_row(
    tx: &impl ConnectionTrait,
    who: ResponderId,
    from: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    use shift::{Column, Entity};
    let done = Entity::update_many()
        .col_expr(Column::WithdrawnAt, Expr::value(Micros::from(now)))
        .filter(Column::ResponderId.eq(who.as_uuid()))
        .filter(Column::FromAt.eq(Micros::from(from)))
        .filter(Column::WithdrawnAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

fn responder_row(it: Responder, now: Timestamp) -> responder::ActiveModel {
    responder::ActiveModel {
        id: Set(it.id.as_uuid()),
        code: Set(it.code),
        name: Set(it.name),
        kind: Set(it.kind.to_string()),
        tier: Set(it.tier.to_string()),
        skills: Set(joined(&it.skills)),
        mode: Set(mode_word(it.mode).to_owned()),
        party_size: Set(it.party_size.into()),
        base_lat: Set(it.base.map(|it| it.lat())),
        base_lon: Set(it.base.map(|it| it.lon())),
        scope: Set(joined(it.scope.iter())),
        capacity: Set(it.capacity.into()),
        allowances: Set(joined(&it.allowances)),
        changed_at: Set(now.into()),
        version: Set(1),
        ..Default::default()
    }
}

fn duty_row(id: Uuid, duty: Duty, by: Option<UserId>) -> responder_duty::ActiveModel {
    responder_duty::ActiveModel {
        responder_id: Set(id),
        on_duty: Set(duty.on),
        since: Set(duty.since.into()),
        changed_by: Set(by.map(UserId::as_uuid)),
    }
}

fn position_row(id: Uuid, fix: Fix) -> responder_position::ActiveModel {
    responder_position::ActiveModel {
        responder_id: Set(id),
        lat: Set(fix.point.lat()),
        lon: Set(fix.point.lon()),
        at: Set(fix.at.into()),
        accuracy_m: Set(fix.accuracy_m.map(f64::from)),
    }
}
