//! Visits: who was looked in on, by what proof, when somebody is to look next, and who was missed.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::cases::retention::oldest;
use super::connect::Store;
use super::error::StoreError;
use super::micros::{Days, Micros};
use super::register_log::{RegisterEvent, put_event};
use super::registry::{At, Loaded, PAGE_MAX, Page, json, last_of_each, page_after, put_rows, replacing, rows, rows_of};
use super::seal::Sealed;
use crate::ids::{CaseId, ElderId, HouseholdId, ResponderId, UserId};
use crate::people::{AreaCode, ProofSays, VisitPlan, VisitProof, VisitResult, VisitWay};

mod visit {
    use super::{Days, Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "visit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub elder_id: Uuid,
        pub area_code: String,
        pub at: Micros,
        pub filed_at: Micros,
        pub account_id: Uuid,
        pub responder_id: Option<Uuid>,
        pub companion_id: Option<Uuid>,
        pub way: String,
        pub result: String,
        pub proof: String,
        pub proof_says: String,
        pub metres: Option<i32>,
        pub accuracy_m: Option<i32>,
        pub counts: bool,
        pub due_on: Option<Days>,
        pub words: Option<Sealed>,
        pub case_id: Option<Uuid>,
        pub asked: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod due {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "visit_due")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub elder_id: Uuid,
        pub since: Micros,
        pub visited_at: Option<Micros>,
        pub due_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod missed {
    use super::{Days, Micros};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "visit_missed")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub elder_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub due_on: Days,
        pub area_code: String,
        pub at: Micros,
        pub case_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod plan {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "visit_plan")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub elder_id: Uuid,
        pub version: i64,
        pub content: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod code {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "visit_code")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        pub hash: Vec<u8>,
        pub made_at: Micros,
        pub account_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod photo {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "visit_photo")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub visit_id: Uuid,
        pub account_id: Uuid,
        pub at: Micros,
        pub consent: String,
        pub media: String,
        pub width: i32,
        pub height: i32,
        pub size_bytes: i32,
        pub content: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const VISIT: &str = "visit";
const DUE: &str = "visit_due";
const PLAN: &str = "visit_plan";
const PHOTO: &str = "visit_photo";
/// The job that deletes photos of visits.
const JOB: &str = "visit_photos";
/// Under this name a door's code is hashed.
const CODE: &str = "visit_code";
/// Ids that one statement asks for.
const IDS_MAX: usize = 500;

/// A visit as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Its id; follows from a person's key where there was one.
    pub id: Uuid,
    /// Whom.
    pub elder: ElderId,
    /// The grid of their home then.
    pub area: String,
    /// When it was made.
    pub at: Timestamp,
    /// When it was said.
    pub filed_at: Timestamp,
    /// Who said it.
    pub by: UserId,
    /// Who was there, where the account is a responder's.
    pub responder: Option<ResponderId>,
    /// Who was there too.
    pub companion: Option<ResponderId>,
    /// How.
    pub way: VisitWay,
    /// What was found.
    pub result: VisitResult,
    /// By what it is shown.
    pub proof: VisitProof,
    /// What that says.
    pub says: ProofSays,
    /// From the door, where a fix was sent.
    pub metres: Option<i32>,
    /// The radius of the fix.
    pub accuracy_m: Option<i32>,
    /// The elder was met and the place is proved.
    pub counts: bool,
    /// The day by which it was due.
    pub due_on: Option<Date>,
    /// In words, sealed.
    pub words: Option<Sealed>,
    /// What it opened.
    pub case: Option<CaseId>,
    /// SHA-256 of what was asked.
    pub asked: Vec<u8>,
}

/// When somebody looks whether an elder was visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitDue {
    /// Whom.
    pub elder: ElderId,
    /// From when on it counts: the last visit, or when the rhythm began.
    pub since: Timestamp,
    /// The last visit that counts; none: there was none yet.
    pub visited_at: Option<Timestamp>,
    /// When somebody looks.
    pub due_at: Timestamp,
}

/// A visit that had not taken place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedVisit {
    /// Whom.
    pub elder: ElderId,
    /// The day by which it was due.
    pub due_on: Date,
    /// The grid of their home then.
    pub area: String,
    /// When it was found.
    pub at: Timestamp,
    /// The case it opened.
    pub case: Option<CaseId>,
}

/// A visit as the sums of a month need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitCount {
    /// Whom.
    pub elder: ElderId,
    /// The grid then.
    pub area: String,
    /// When.
    pub at: Timestamp,
    /// How.
    pub way: VisitWay,
    /// By what it is shown.
    pub proof: VisitProof,
    /// What that says.
    pub says: ProofSays,
    /// It counts.
    pub counts: bool,
    /// The day by which it was due.
    pub due_on: Option<Date>,
}

/// A photo of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitPhoto {
    /// Its id.
    pub id: Uuid,
    /// Of which visit.
    pub visit: Uuid,
    /// Who added it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// By what right.
    pub consent: String,
    /// Its media type.
    pub media: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The code at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitCode {
    /// When it was made.
    pub made_at: Timestamp,
    /// By whom.
    pub by: UserId,
}

impl Visit {
    fn row(self) -> visit::ActiveModel {
        visit::ActiveModel {
            id: Set(self.id),
            elder_id: Set(self.elder.as_uuid()),
            area_code: Set(self.area),
            at: Set(self.at.into()),
            filed_at: Set(self.filed_at.into()),
            account_id: Set(self.by.as_uuid()),
            responder_id: Set(self.responder.map(ResponderId::as_uuid)),
            companion_id: Set(self.companion.map(ResponderId::as_uuid)),
            way: Set(self.way.as_str().to_owned()),
            result: Set(self.result.as_str().to_owned()),
            proof: Set(self.proof.as_str().to_owned()),
            proof_says: Set(self.says.as_str().to_owned()),
            metres: Set(self.metres),
            accuracy_m: Set(self.accuracy_m),
            counts: Set(self.counts),
            due_on: Set(self.due_on.map(Into::into)),
            words: Set(self.words),
            case_id: Set(self.case.map(CaseId::as_uuid)),
            asked: Set(self.asked),
        }
    }
}

impl visit::Model {
    fn read(self) -> Result<Visit, StoreError> {
        let id = self.id;
        let at = At { table: VISIT, id: &id };
        Ok(Visit {
            id,
            elder: ElderId::new(self.elder_id),
            area: self.area_code,
            at: at.instant("at", self.at)?,
            filed_at: at.instant("filed_at", self.filed_at)?,
            by: UserId::new(self.account_id),
            responder: self.responder_id.map(ResponderId::new),
            companion: self.companion_id.map(ResponderId::new),
            way: at.word("way", &self.way)?,
            result: at.word("result", &self.result)?,
            proof: at.word("proof", &self.proof)?,
            says: at.word("proof_says", &self.proof_says)?,
            metres: self.metres,
            accuracy_m: self.accuracy_m,
            counts: self.counts,
            due_on: self.due_on.map(|it| it.read(VISIT, id, "due_on")).transpose()?,
            words: self.words,
            case: self.case_id.map(CaseId::new),
            asked: self.asked,
        })
    }
}

impl VisitDue {
    fn row(self) -> due::ActiveModel {
        due::ActiveModel {
            elder_id: Set(self.elder.as_uuid()),
            since: Set(self.since.into()),
            visited_at: Set(self.visited_at.map(Into::into)),
            due_at: Set(self.due_at.into()),
        }
    }
}

impl due::Model {
    fn read(self) -> Result<VisitDue, StoreError> {
        let elder = ElderId::new(self.elder_id);
        let at = At { table: DUE, id: &elder };
        let visited_at = self.visited_at.map(|it| at.instant("visited_at", it)).transpose()?;
        Ok(VisitDue {
            elder,
            since: at.instant("since", self.since)?,
            visited_at,
            due_at: at.instant("due_at", self.due_at)?,
        })
    }
}

impl Store {
    /// Keeps a visit; one that counts puts the deadline off to `next_at`, unless a later one has done so. Under an id that is there
    /// already nothing is written: answers what is kept, and whether it is new.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_visit(&self, it: Visit, next_at: Option<Timestamp>) -> Result<(Visit, bool), StoreError> {
        let id = it.id;
        self.write(move |tx| {
            Box::pin(async move {
                if let Some(kept) = visit::Entity::find_by_id(id).one(tx).await? {
                    return Ok((kept.read()?, false));
                }
                let once = OnConflict::column(visit::Column::Id).do_nothing().to_owned();
                put_rows(tx, vec![it.clone().row()], &once).await?;
                if let Some(next_at) = next_at.filter(|_| it.counts) {
                    put_off(tx, &it, next_at).await?;
                }
                Ok((it, true))
            })
        })
        .await
    }

    /// Says which case a visit has opened.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn set_visit_case(&self, id: Uuid, case: CaseId) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                visit::Entity::update_many()
                    .col_expr(visit::Column::CaseId, Expr::value(case.as_uuid()))
                    .filter(visit::Column::Id.eq(id))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Visits without the case that they were to open, filed at or after `since`: what a crash has left.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn visits_without_case(&self, since: Timestamp, limit: u64) -> Result<Vec<Visit>, StoreError> {
        use visit::{Column, Entity};
        let wants = [VisitResult::NeedsAttention, VisitResult::NeedsHelp].map(VisitResult::as_str);
        let select = Entity::find()
            .filter(Column::At.gte(Micros::from(since)))
            .filter(Column::Result.is_in(wants))
            .filter(Column::CaseId.is_null())
            .order_by_asc(Column::At)
            .limit(limit);
        let found = rows(self.reader(), select, VISIT, "id").await?;
        Ok(Page::of(found, u64::MAX, visit::Model::read).items)
    }

    /// One visit of an elder.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn visit(&self, elder: ElderId, id: Uuid) -> Result<Option<Visit>, StoreError> {
        let found = visit::Entity::find_by_id(id)
            .filter(visit::Column::ElderId.eq(elder.as_uuid()))
            .one(self.reader())
            .await?;
        found.map(visit::Model::read).transpose()
    }

    /// The visits of an elder, the last first. `before`: instant and id of the last of the page before.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn visits_of(
        &self,
        elder: ElderId,
        before: Option<(Timestamp, Uuid)>,
        limit: u64,
    ) -> Result<Vec<Visit>, StoreError> {
        use visit::{Column, Entity};
        let found = Entity::find()
            .filter(Column::ElderId.eq(elder.as_uuid()))
            .filter(page_after(Column::At, Column::Id, before))
            .order_by_desc(Column::At)
            .order_by_desc(Column::Id)
            .limit(limit.clamp(1, PAGE_MAX))
            .all(self.reader())
            .await?;
        found.into_iter().map(visit::Model::read).collect()
    }

    /// Every visit between two instants in the areas that begin with `prefix`, for the sums of a month; read in pages.
    ///
    /// # Errors
    /// `Unavailable`; what does not read back is left out and logged by its name.
    pub async fn visits_between(
        &self,
        from: Timestamp,
        until: Timestamp,
        prefix: Option<AreaCode>,
    ) -> Result<Vec<VisitCount>, StoreError> {
        use visit::{Column, Entity};
        let mut all = Vec::new();
        let mut after: Option<Uuid> = None;
        loop {
            let mut select = Entity::find()
                .filter(Column::At.gte(Micros::from(from)))
                .filter(Column::At.lt(Micros::from(until)))
                .order_by_asc(Column::Id)
                .limit(PAGE_MAX);
            if let Some(prefix) = prefix {
                select = select.filter(Column::AreaCode.starts_with(prefix.to_string()));
            }
            if let Some(after) = after {
                select = select.filter(Column::Id.gt(after));
            }
            let found = rows(self.reader(), select, VISIT, "id").await?;
            let page = Page::of(found, PAGE_MAX, visit::Model::read);
            for error in &page.aside {
                tracing::error!(%error, "a visit does not read back and is in no sum");
            }
            all.extend(page.items.into_iter().map(|it| VisitCount {
                elder: it.elder,
                area: it.area,
                at: it.at,
                way: it.way,
                proof: it.proof,
                says: it.says,
                counts: it.counts,
                due_on: it.due_on,
            }));
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Sets when elders are looked for; `begin`: those that stand already stay as they are.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_visit_due(&self, due: Vec<VisitDue>, begin: bool) -> Result<(), StoreError> {
        let rows: Vec<due::ActiveModel> = last_of_each(due, |it| it.elder)
            .into_iter()
            .map(VisitDue::row)
            .collect();
        let conflict = if begin {
            OnConflict::column(due::Column::ElderId).do_nothing().to_owned()
        } else {
            replacing(&[due::Column::ElderId], &[])
        };
        self.write(move |tx| Box::pin(async move { put_rows(tx, rows, &conflict).await }))
            .await
    }

    /// Moves a deadline, unless a visit has moved it meanwhile.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn move_visit_due(&self, moved: Vec<(VisitDue, Timestamp)>) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for (it, to) in moved {
                    move_due(tx, &it, to).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Nobody is looked for any more, unless a visit has moved the deadline meanwhile.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn drop_visit_due(&self, of: Vec<VisitDue>) -> Result<(), StoreError> {
        use due::{Column, Entity};
        self.write(move |tx| {
            Box::pin(async move {
                for it in of {
                    Entity::delete_many()
                        .filter(Column::ElderId.eq(it.elder.as_uuid()))
                        .filter(Column::DueAt.eq(Micros::from(it.due_at)))
                        .exec(tx)
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Writes that a visit has not taken place, and moves the deadline to `next_at`; once, however often it is found.
    ///
    /// # Errors
    /// `Unavailable`; nothing is written then.
    pub async fn put_missed_visit(&self, it: MissedVisit, of: VisitDue, next_at: Timestamp) -> Result<(), StoreError> {
        let row = missed::ActiveModel {
            elder_id: Set(it.elder.as_uuid()),
            due_on: Set(it.due_on.into()),
            area_code: Set(it.area),
            at: Set(it.at.into()),
            case_id: Set(it.case.map(CaseId::as_uuid)),
        };
        self.write(move |tx| {
            Box::pin(async move {
                let once = OnConflict::columns([missed::Column::ElderId, missed::Column::DueOn])
                    .do_nothing()
                    .to_owned();
                put_rows(tx, vec![row], &once).await?;
                move_due(tx, &of, next_at).await
            })
        })
        .await
    }

    /// Visits that were due on a day from `from` to before `until` and had not taken place.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn missed_visits(
        &self,
        from: Date,
        until: Date,
        prefix: Option<AreaCode>,
    ) -> Result<Vec<MissedVisit>, StoreError> {
        use missed::{Column, Entity};
        let mut select = Entity::find()
            .filter(Column::DueOn.gte(Days::from(from)))
            .filter(Column::DueOn.lt(Days::from(until)))
            .order_by_asc(Column::DueOn)
            .order_by_asc(Column::ElderId);
        if let Some(prefix) = prefix {
            select = select.filter(Column::AreaCode.starts_with(prefix.to_string()));
        }
        let read = |it: missed::Model| {
            let elder = ElderId::new(it.elder_id);
            let at = At {
                table: "visit_missed",
                id: &elder,
            };
            Ok(MissedVisit {
                elder,
                due_on: it.due_on.read("visit_missed", elder, "due_on")?,
                area: it.area_code,
                at: at.instant("at", it.at)?,
                case: it.case_id.map(CaseId::new),
            })
        };
        let found = select.all(self.reader()).await?;
        found.into_iter().map(read).collect()
    }

    /// Who is due at `now`, the earliest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn visits_due(&self, now: Timestamp, limit: u64) -> Result<Vec<VisitDue>, StoreError> {
        use due::{Column, Entity};
        let select = Entity::find()
            .filter(Column::DueAt.between(Micros::from(Timestamp::MIN), Micros::from(now)))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::ElderId)
            .limit(limit);
        let found = rows(self.reader(), select, DUE, "elder_id").await?;
        Ok(Page::of(found, u64::MAX, due::Model::read).items)
    }

    /// Every deadline that stands.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn visit_standing(&self) -> Result<Loaded<VisitDue>, StoreError> {
        use due::{Column, Entity};
        let columns = [Column::ElderId, Column::Since, Column::VisitedAt, Column::DueAt];
        let select = Entity::find().select_only().columns(columns);
        let found = rows_of(self.reader(), select, DUE, |cells| {
            Ok(due::Model {
                elder_id: cells.take()?,
                since: cells.take()?,
                visited_at: cells.take()?,
                due_at: cells.take()?,
            })
        });
        let mut all = Loaded::default();
        all.take(Page::of(found.await?, u64::MAX, due::Model::read));
        Ok(all)
    }

    /// The deadlines of some elders.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn visit_due_of(&self, elders: &[ElderId]) -> Result<HashMap<ElderId, VisitDue>, StoreError> {
        use due::{Column, Entity};
        let mut all = HashMap::new();
        for some in elders.chunks(IDS_MAX) {
            let select = Entity::find().filter(Column::ElderId.is_in(some.iter().map(|it| it.as_uuid())));
            let found = rows(self.reader(), select, DUE, "elder_id").await?;
            let page = Page::of(found, u64::MAX, due::Model::read);
            all.extend(page.items.into_iter().map(|it| (it.elder, it)));
        }
        Ok(all)
    }

    /// Every elder's own plan of care.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn visit_plans(&self) -> Result<Loaded<(ElderId, VisitPlan)>, StoreError> {
        use plan::{Column, Entity};
        let mut all = Loaded::default();
        let mut after: Option<Uuid> = None;
        loop {
            let mut select = Entity::find();
            if let Some(after) = after {
                select = select.filter(Column::ElderId.gt(after));
            }
            let select = select.order_by_asc(Column::ElderId).limit(PAGE_MAX);
            let found = rows(self.reader(), select, PLAN, "elder_id").await?;
            let read = |it: plan::Model| read_plan(it).map(|it| (it.0, it.1));
            after = all.take(Page::of(found, PAGE_MAX, read));
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// An elder's own plan of care, and its version; 0: there is none.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn visit_plan(&self, elder: ElderId) -> Result<(VisitPlan, i64), StoreError> {
        let found = plan::Entity::find_by_id(elder.as_uuid()).one(self.reader()).await?;
        let Some(row) = found else {
            return Ok((VisitPlan::default(), 0));
        };
        read_plan(row).map(|it| (it.1, it.2))
    }

    /// Gives an elder a plan of care over the version that was seen (0: there was none), with the line that says who.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Version)` when somebody was quicker.
    pub async fn edit_visit_plan(
        &self,
        elder: ElderId,
        it: &VisitPlan,
        version: i64,
        event: RegisterEvent,
    ) -> Result<(), StoreError> {
        use plan::{ActiveModel, Column, Entity};
        it.check().map_err(|flaws| {
            At {
                table: PLAN,
                id: &elder,
            }
            .flawed(flaws)
        })?;
        let content = json(PLAN, "content", it)?;
        let begun = ActiveModel {
            elder_id: Set(elder.as_uuid()),
            version: Set(0),
            content: Set(String::new()),
        };
        self.write(move |tx| {
            Box::pin(async move {
                let there = OnConflict::column(Column::ElderId).do_nothing().to_owned();
                put_rows(tx, vec![begun], &there).await?;
                let raised = Entity::update_many()
                    .col_expr(Column::Version, Expr::value(version + 1))
                    .col_expr(Column::Content, Expr::value(content))
                    .filter(Column::ElderId.eq(elder.as_uuid()))
                    .filter(Column::Version.eq(version))
                    .exec(tx)
                    .await?;
                if raised.rows_affected != 1 {
                    return Err(StoreError::stale(PLAN, elder));
                }
                put_event(tx, event).await
            })
        })
        .await
    }

    /// Puts a code at a door in place of the one before it, with the line that says who; only its keyed hash is kept.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed`.
    pub async fn put_visit_code(
        &self,
        household: HouseholdId,
        token: &str,
        now: Timestamp,
        event: RegisterEvent,
    ) -> Result<(), StoreError> {
        let row = code::ActiveModel {
            household_id: Set(household.as_uuid()),
            hash: Set(self.keys()?.search_hash(CODE, token)),
            made_at: Set(now.into()),
            account_id: Set(event.by.as_uuid()),
        };
        self.write(move |tx| {
            Box::pin(async move {
                put_rows(tx, vec![row], &replacing(&[code::Column::HouseholdId], &[])).await?;
                put_event(tx, event).await
            })
        })
        .await
    }

    /// The code at a door, and whether `token` is it.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed`.
    pub async fn visit_code(
        &self,
        household: HouseholdId,
        token: Option<&str>,
    ) -> Result<Option<(VisitCode, bool)>, StoreError> {
        let found = code::Entity::find_by_id(household.as_uuid()).one(self.reader()).await?;
        let Some(row) = found else { return Ok(None) };
        let ring = self.keys()?;
        let is_it = token.is_some_and(|it| ring.search_hash(CODE, it) == row.hash);
        let code = VisitCode {
            made_at: row.made_at.into(),
            by: UserId::new(row.account_id),
        };
        Ok(Some((code, is_it)))
    }

    /// Adds the photo of a visit, once, sealed under the key of its elder; with what the visit is worth by it.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed`.
    pub async fn put_visit_photo(
        &self,
        of: Visit,
        it: VisitPhoto,
        next_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let ring = self.keys()?;
        let content = match ring.elder(of.elder) {
            Some(key) => key.seal(PHOTO, "content", it.id, &it.bytes)?,
            None => ring.general().seal(PHOTO, "content", it.id, &it.bytes)?,
        };
        let figure = |it: usize| i32::try_from(it).unwrap_or(i32::MAX);
        let row = photo::ActiveModel {
            id: Set(it.id),
            visit_id: Set(it.visit),
            account_id: Set(it.by.as_uuid()),
            at: Set(it.at.into()),
            consent: Set(it.consent),
            media: Set(it.media),
            width: Set(figure(it.width as usize)),
            height: Set(figure(it.height as usize)),
            size_bytes: Set(figure(it.bytes.len())),
            content: Set(content),
        };
        self.write(move |tx| {
            Box::pin(async move {
                // The visit's row is held: of two photos at once one is the first.
                visit::Entity::update_many()
                    .col_expr(visit::Column::Proof, Expr::value(of.proof.as_str()))
                    .col_expr(visit::Column::ProofSays, Expr::value(of.says.as_str()))
                    .col_expr(visit::Column::Counts, Expr::value(of.counts))
                    .filter(visit::Column::Id.eq(of.id))
                    .exec(tx)
                    .await?;
                let there = photo::Entity::find()
                    .filter(photo::Column::VisitId.eq(of.id))
                    .one(tx)
                    .await?;
                if there.is_some() {
                    return Ok(false);
                }
                let once = OnConflict::column(photo::Column::Id).do_nothing().to_owned();
                put_rows(tx, vec![row], &once).await?;
                if let Some(next_at) = next_at.filter(|_| of.counts) {
                    put_off(tx, &of, next_at).await?;
                }
                Ok(true)
            })
        })
        .await
    }

    /// The photo of a visit.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed`.
    pub async fn visit_photo(&self, visit: Uuid) -> Result<Option<VisitPhoto>, StoreError> {
        let found = photo::Entity::find()
            .filter(photo::Column::VisitId.eq(visit))
            .one(self.reader())
            .await?;
        let Some(it) = found else { return Ok(None) };
        let ring = self.keys()?.clone();
        let bytes = ring.open_fetching(self, &it.content, PHOTO, "content", it.id).await?;
        let figure = |it: i32| u32::try_from(it).unwrap_or(0);
        Ok(Some(VisitPhoto {
            id: it.id,
            visit,
            by: UserId::new(it.account_id),
            at: it.at.into(),
            consent: it.consent,
            media: it.media,
            width: figure(it.width),
            height: figure(it.height),
            bytes,
        }))
    }

    /// Which of some visits have a photo that is kept still.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn visits_with_photo(&self, visits: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        let mut all = Vec::new();
        for some in visits.chunks(IDS_MAX) {
            let found: Vec<Uuid> = photo::Entity::find()
                .select_only()
                .column(photo::Column::VisitId)
                .filter(photo::Column::VisitId.is_in(some.iter().copied()))
                .into_tuple()
                .all(self.reader())
                .await?;
            all.extend(found);
        }
        Ok(all)
    }

    /// Seals the words of a visit under the key of its elder.
    ///
    /// # Errors
    /// `Sealed`.
    pub fn seal_visit_words(&self, elder: ElderId, visit: Uuid, words: &str) -> Result<Sealed, StoreError> {
        let ring = self.keys()?;
        Ok(match ring.elder(elder) {
            Some(key) => key.seal(VISIT, "words", visit, words.as_bytes())?,
            None => ring.general().seal(VISIT, "words", visit, words.as_bytes())?,
        })
    }

    /// The words of a visit.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed`.
    pub async fn visit_words(&self, it: &Visit) -> Result<Option<String>, StoreError> {
        let Some(words) = &it.words else { return Ok(None) };
        let ring = self.keys()?.clone();
        let bytes = ring.open_fetching(self, words, VISIT, "words", it.id).await?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Deletes the oldest photos of visits that were added before `before`, at most `limit`; answers how many.
    ///
    /// # Errors
    /// The database's; nothing is deleted then.
    pub async fn forget_visit_photos(&self, before: Timestamp, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        use photo::{Column, Entity};
        let old = oldest(Entity, Column::Id, Column::At, before, limit);
        self.forget::<Entity>(JOB, Column::Id.in_subquery(old), before, now)
            .await
    }
}

fn read_plan(row: plan::Model) -> Result<(ElderId, VisitPlan, i64), StoreError> {
    let elder = ElderId::new(row.elder_id);
    let at = At {
        table: PLAN,
        id: &elder,
    };
    Ok((elder, at.json("content", &row.content)?, row.version))
}

/// A visit that counts puts the deadline off, unless a later one has.
async fn put_off(tx: &DatabaseTransaction, it: &Visit, next_at: Timestamp) -> Result<(), StoreError> {
    use due::{Column, Entity};
    let made = Micros::from(it.at);
    let begun = VisitDue {
        elder: it.elder,
        since: it.at,
        visited_at: Some(it.at),
        due_at: next_at,
    };
    let there = OnConflict::column(Column::ElderId).do_nothing().to_owned();
    put_rows(tx, vec![begun.row()], &there).await?;
    Entity::update_many()
        .col_expr(Column::Since, Expr::value(made))
        .col_expr(Column::VisitedAt, Expr::value(made))
        .col_expr(Column::DueAt, Expr::value(Micros::from(next_at)))
        .filter(Column::ElderId.eq(it.elder.as_uuid()))
        .filter(Column::Since.lte(made))
        .exec(tx)
        .await?;
    Ok(())
}

async fn move_due(tx: &impl ConnectionTrait, it: &VisitDue, to: Timestamp) -> Result<(), StoreError> {
    use due::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(Micros::from(to)))
        .filter(Column::ElderId.eq(it.elder.as_uuid()))
        .filter(Column::Since.eq(Micros::from(it.since)))
        .filter(Column::DueAt.eq(Micros::from(it.due_at)))
        .exec(tx)
        .await?;
    Ok(())
}
