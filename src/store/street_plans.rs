//! The versions of streets' own plans, and revisions that wait for a second person.
//!
//! Holds always:
//! - a version is a row that nothing changes; the last one that has begun is in force;
//! - a version is written over the one that was seen last, whether that has begun or not, with the line that says who, or not at all.

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::connect::Store;
use super::error::{Conflict, StoreError};
use super::micros::Micros;
use super::register_log::{RegisterEvent, put_event};
use super::registry::{At, Loaded, json};
use crate::case::OwnPlans;
use crate::ids::{PlanRevisionId, UserId};
use crate::people::{AreaCode, Flaw, Flaws};

mod version {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "street_plan")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub street: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub from_at: Micros,
        pub made_at: Micros,
        pub account_id: Uuid,
        pub approved_by: Option<Uuid>,
        pub content: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod proposal {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "plan_proposal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub street: String,
        pub base_version: i64,
        pub from_at: Option<Micros>,
        pub made_at: Micros,
        pub account_id: Uuid,
        pub content: String,
        pub state: String,
        pub decided_at: Option<Micros>,
        pub decided_by: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "street_plan";
const PROPOSALS: &str = "plan_proposal";

/// Revisions of one street that may wait at a time.
pub const PROPOSALS_MAX: u64 = 20;

crate::people::words::words! {
    /// What became of a proposal.
    ProposalState ("state of a proposal") {
        /// Nobody has decided.
        Waiting = "waiting",
        /// A second person has said yes; it is a version.
        Approved = "approved",
        /// Somebody else has said no.
        Rejected = "rejected",
        /// Whoever proposed it has taken it back.
        Withdrawn = "withdrawn",
    }
}

/// That there is a version, without what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanHead {
    /// Whose.
    pub street: AreaCode,
    /// Rises by one, from 1.
    pub version: i64,
    /// From when it holds, until a higher version has begun.
    pub from_at: Timestamp,
}

/// One version of a street's own plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreetPlan {
    /// Whose, which, and from when.
    pub head: PlanHead,
    /// When it was filed.
    pub made_at: Timestamp,
    /// By whom; of a loosening: who proposed it.
    pub by: UserId,
    /// Of a loosening: who said yes.
    pub approved_by: Option<UserId>,
    /// What it says.
    pub plans: OwnPlans,
}

/// A version to be filed.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// Whose.
    pub street: AreaCode,
    /// The last version that was seen; 0: there was none.
    pub over: i64,
    /// From when it is to hold.
    pub from_at: Timestamp,
    /// By whom; of a loosening: who proposed it.
    pub by: UserId,
    /// Of a loosening: who said yes.
    pub approved_by: Option<UserId>,
    /// What it says.
    pub plans: OwnPlans,
}

/// A revision that loosens something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanProposal {
    /// Its id.
    pub id: PlanRevisionId,
    /// Whose plans it is about.
    pub street: AreaCode,
    /// The version that it was made over: over another it says something else.
    pub over: i64,
    /// From when it is to hold; none: from the yes on.
    pub from_at: Option<Timestamp>,
    /// When it was made.
    pub made_at: Timestamp,
    /// By whom.
    pub by: UserId,
    /// What it says.
    pub plans: OwnPlans,
    /// What became of it.
    pub state: ProposalState,
    /// When that was decided.
    pub decided_at: Option<Timestamp>,
    /// By whom.
    pub decided_by: Option<UserId>,
}

fn street_of(at: &At<'_>, text: &str) -> Result<AreaCode, StoreError> {
    text.parse::<AreaCode>()
        .map_err(|it| at.corrupt("street", it.to_string()))
}

impl version::Model {
    fn read(self) -> Result<StreetPlan, StoreError> {
        let id = format!("{} {}", self.street, self.version);
        let at = At { table: TABLE, id: &id };
        let plans: OwnPlans = at.json("content", &self.content)?;
        // A newer program may have had other rules, or somebody has written here by hand: nobody is called by what is not sound.
        sound(&plans).map_err(|flaws| at.corrupt("content", flaws.to_string()))?;
        Ok(StreetPlan {
            head: PlanHead {
                street: street_of(&at, &self.street)?,
                version: self.version,
                from_at: at.instant("from_at", self.from_at)?,
            },
            made_at: at.instant("made_at", self.made_at)?,
            by: UserId::new(self.account_id),
            approved_by: self.approved_by.map(UserId::new),
            plans,
        })
    }
}

impl proposal::Model {
    fn read(self) -> Result<PlanProposal, StoreError> {
        let id = PlanRevisionId::new(self.id);
        let at = At {
            table: PROPOSALS,
            id: &id,
        };
        let maybe = |column, it: Option<Micros>| it.map(|it| at.instant(column, it)).transpose();
        Ok(PlanProposal {
            id,
            street: street_of(&at, &self.street)?,
            over: self.base_version,
            from_at: maybe("from_at", self.from_at)?,
            made_at: at.instant("made_at", self.made_at)?,
            by: UserId::new(self.account_id),
            plans: at.json("content", &self.content)?,
            state: at.word("state", &self.state)?,
            decided_at: maybe("decided_at", self.decided_at)?,
            decided_by: self.decided_by.map(UserId::new),
        })
    }
}

/// The first mistake, if there is one: a caller that shows them all has looked before.
fn sound(plans: &OwnPlans) -> Result<(), Flaws> {
    match plans.flaws().into_iter().next() {
        None => Ok(()),
        Some(it) => Err(Flaws(vec![Flaw {
            field: "plans",
            why: format!("{}: {}", it.path, it.why),
        }])),
    }
}

/// The last version that a street has, begun or not; 0: none.
async fn last_version(db: &impl ConnectionTrait, street: &str) -> Result<i64, StoreError> {
    let last: Option<i64> = version::Entity::find()
        .select_only()
        .column(version::Column::Version)
        .filter(version::Column::Street.eq(street))
        .order_by_desc(version::Column::Version)
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.unwrap_or_default())
}

async fn require_last(db: &impl ConnectionTrait, street: &str, over: i64) -> Result<(), StoreError> {
    if last_version(db, street).await? == over {
        Ok(())
    } else {
        Err(StoreError::stale(TABLE, street))
    }
}

async fn put_version(tx: &impl ConnectionTrait, it: NewVersion, made_at: Timestamp) -> Result<(), StoreError> {
    let street = it.street.to_string();
    require_last(tx, &street, it.over).await?;
    let row = version::ActiveModel {
        street: Set(street.clone()),
        version: Set(it.over + 1),
        from_at: Set(it.from_at.into()),
        made_at: Set(made_at.into()),
        account_id: Set(it.by.as_uuid()),
        approved_by: Set(it.approved_by.map(UserId::as_uuid)),
        content: Set(json(TABLE, "content", &it.plans)?),
    };
    match row.insert(tx).await.map_err(StoreError::from) {
        Ok(_) => Ok(()),
        // Two who looked at once: the key is what tells them apart.
        Err(StoreError::Conflict(Conflict::Unique(_))) => Err(StoreError::stale(TABLE, street)),
        Err(error) => Err(error),
    }
}

impl NewVersion {
    fn check(&self) -> Result<(), StoreError> {
        let street = self.street.to_string();
        let at = At {
            table: TABLE,
            id: &street,
        };
        sound(&self.plans).map_err(|flaws| at.flawed(flaws))
    }
}

impl Store {
    /// That there are these versions, of every street, the lowest first. Without what they say: it is asked every few seconds.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn plan_heads(&self) -> Result<Loaded<PlanHead>, StoreError> {
        use version::Column;
        let found: Vec<(String, i64, Micros)> = version::Entity::find()
            .select_only()
            .columns([Column::Street, Column::Version, Column::FromAt])
            .order_by_asc(Column::Street)
            .order_by_asc(Column::Version)
            .into_tuple()
            .all(self.reader())
            .await?;
        let head = |(street, version, from_at): (String, i64, Micros)| {
            let at = At {
                table: TABLE,
                id: &street,
            };
            Ok(PlanHead {
                street: street_of(&at, &street)?,
                version,
                from_at: at.instant("from_at", from_at)?,
            })
        };
        let mut all = Loaded::default();
        for row in found {
            match head(row) {
                Ok(it) => all.items.push(it),
                Err(error) => all.aside.push(error),
            }
        }
        Ok(all)
    }

    /// One version.
    ///
    /// # Errors
    /// `Corrupt`, also when what it says is not sound; `Unavailable`.
    pub async fn street_plan(&self, street: AreaCode, version: i64) -> Result<Option<StreetPlan>, StoreError> {
        let found = version::Entity::find_by_id((street.to_string(), version))
            .one(self.reader())
            .await?;
        found.map(version::Model::read).transpose()
    }

    /// Files a version over the one that was seen last, with the line that says who.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Version)` when somebody was quicker.
    pub async fn put_street_plan(&self, it: NewVersion, event: RegisterEvent) -> Result<(), StoreError> {
        it.check()?;
        self.write(move |tx| {
            Box::pin(async move {
                put_version(tx, it, event.at).await?;
                put_event(tx, event).await
            })
        })
        .await
    }

    /// Files a revision that waits for a second person; false: too many wait already.
    ///
    /// # Errors
    /// `Conflict(Version)` when the street has another version than it was made over.
    pub async fn propose_plan(&self, it: PlanProposal, event: RegisterEvent) -> Result<bool, StoreError> {
        use proposal::{Column, Entity};
        let street = it.street.to_string();
        let row = proposal::ActiveModel {
            id: Set(it.id.as_uuid()),
            street: Set(street.clone()),
            base_version: Set(it.over),
            from_at: Set(it.from_at.map(Into::into)),
            made_at: Set(it.made_at.into()),
            account_id: Set(it.by.as_uuid()),
            content: Set(json(PROPOSALS, "content", &it.plans)?),
            state: Set(ProposalState::Waiting.to_string()),
            decided_at: Set(None),
            decided_by: Set(None),
        };
        self.write(move |tx| {
            Box::pin(async move {
                require_last(tx, &street, it.over).await?;
                let waiting = Entity::find()
                    .filter(Column::Street.eq(street))
                    .filter(Column::State.eq(ProposalState::Waiting.as_str()))
                    .count(tx)
                    .await?;
                if waiting >= PROPOSALS_MAX {
                    return Ok(false);
                }
                row.insert(tx).await?;
                put_event(tx, event).await?;
                Ok(true)
            })
        })
        .await
    }

    /// The revisions of a street that wait, the oldest first.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn plan_proposals(&self, street: AreaCode) -> Result<Vec<PlanProposal>, StoreError> {
        use proposal::{Column, Entity};
        let found = Entity::find()
            .filter(Column::Street.eq(street.to_string()))
            .filter(Column::State.eq(ProposalState::Waiting.as_str()))
            .order_by_asc(Column::MadeAt)
            .order_by_asc(Column::Id)
            .limit(PROPOSALS_MAX)
            .all(self.reader())
            .await?;
        found.into_iter().map(proposal::Model::read).collect()
    }

    /// One proposal.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn plan_proposal(&self, id: PlanRevisionId) -> Result<Option<PlanProposal>, StoreError> {
        let found = proposal::Entity::find_by_id(id.as_uuid()).one(self.reader()).await?;
        found.map(proposal::Model::read).transpose()
    }

    /// Decides a proposal that waits, once; with a yes it becomes a version in the same transaction. Whether it was this decision.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Version)` when the street has another version by now than it was made over.
    pub async fn decide_plan(
        &self,
        id: PlanRevisionId,
        state: ProposalState,
        version: Option<NewVersion>,
        event: RegisterEvent,
    ) -> Result<bool, StoreError> {
        use proposal::{Column, Entity};
        if let Some(it) = &version {
            it.check()?;
        }
        self.write(move |tx| {
            Box::pin(async move {
                let decided = Entity::update_many()
                    .col_expr(Column::State, Expr::value(state.as_str()))
                    .col_expr(Column::DecidedAt, Expr::value(Micros::from(event.at)))
                    .col_expr(Column::DecidedBy, Expr::value(event.by.as_uuid()))
                    .filter(Column::Id.eq(id.as_uuid()))
                    .filter(Column::State.eq(ProposalState::Waiting.as_str()))
                    .exec(tx)
                    .await?;
                if decided.rows_affected != 1 {
                    return Ok(false);
                }
                if let Some(it) = version {
                    put_version(tx, it, event.at).await?;
                }
                put_event(tx, event).await?;
                Ok(true)
            })
        })
        .await
    }
}
