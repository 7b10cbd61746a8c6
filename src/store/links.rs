//! The link between a street and its district. Of the district: who may report, what is open there, what was handed up and what was
//! answered. Of the street: up to where the district has acknowledged.
//!
//! Holds always:
//! - one line of a street counts, the newest: whatever an older one brings is refused by the statement that would take it in;
//! - what is taken in moves the head of its stream in the same transaction, and never backwards: nothing counts twice, and where
//!   something is missing nothing is taken in;
//! - another history of a street (its store was put back) begins anew, and what was known stays until the new is whole;
//! - what was handed up and what was answered outlives all of that.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::cases::retention::oldest;
use super::connect::Store;
use super::error::StoreError;
use super::link_token::LinkToken;
use super::micros::Micros;
use super::registry::{At, joined, json, put_rows, replacing};
use super::seal::Sealed;
use crate::case::{HandedUp, ReferralAnswer, Severity, Standing, Summary};
use crate::ids::{AnswerId, CaseId, NodeId, NoteId, ReferralId, UserId};
use crate::people::PrefixSet;

mod node {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "link_node")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub label: String,
        pub area_prefixes: String,
        pub made_by: Uuid,
        pub made_at: Micros,
        pub key_hash: Vec<u8>,
        pub revoked_at: Option<Micros>,
        pub connection: Option<Uuid>,
        pub epoch: Option<Uuid>,
        pub generation: i32,
        pub whole_at: Option<Micros>,
        pub heard_at: Option<Micros>,
        pub gone_at: Option<Micros>,
        pub figures: Option<String>,
        pub figures_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod head {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "link_head")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub node_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub stream: String,
        pub number: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod case {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "link_case")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub node_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub case_id: Uuid,
        pub generation: i32,
        pub version: i64,
        pub body: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod handup {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "link_handup")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub node_id: Uuid,
        pub case_id: Uuid,
        pub case_number: String,
        pub kind: String,
        pub severity: String,
        pub asked_at: Micros,
        pub received_at: Micros,
        pub standing: String,
        pub reason: Option<Sealed>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod answer {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "link_answer")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub handup_id: Uuid,
        pub node_id: Uuid,
        pub answer: String,
        pub content: Sealed,
        pub by_account: Uuid,
        pub made_at: Micros,
        pub landed_at: Option<Micros>,
        pub refused: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod sent {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "link_sent")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub node_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub stream: String,
        pub epoch: Uuid,
        pub number: i64,
        pub at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const NODE: &str = "link_node";
const CASE: &str = "link_case";
const HANDUP: &str = "link_handup";
const ANSWER: &str = "link_answer";
/// The jobs that delete what was handed up and answered, as their rows name them.
const HANDUPS: &str = "link_handups";
const ANSWERS: &str = "link_answers";
/// Streets that one look shows.
const STREETS_MAX: u64 = 500;
/// Open cases of one street that one look shows.
const CASES_MAX: u64 = 5_000;
/// Hand-ups that one look shows, the newest.
const HANDUPS_MAX: u64 = 500;
/// Answers that are sent at a time.
const ANSWERS_AT_ONCE: u64 = 50;

/// Up to which number of each stream.
pub type Heads = BTreeMap<String, i64>;

/// A street that may report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Street {
    /// Its id.
    pub id: NodeId,
    /// Its name on the board.
    pub label: String,
    /// Its areas.
    pub scope: PrefixSet,
    /// Who made it.
    pub by: UserId,
    /// When.
    pub made_at: Timestamp,
    /// When it was shut out.
    pub revoked_at: Option<Timestamp>,
    /// Since when everything that was open when it began is here; none: not yet.
    pub whole_at: Option<Timestamp>,
    /// When it was heard last, to some seconds; none: never.
    pub heard_at: Option<Timestamp>,
    /// When its line ended; none: it stands, as far as is known.
    pub gone_at: Option<Timestamp>,
    /// Its last figures, as they came.
    pub figures: Option<String>,
    /// Of when they are, by the street's clock.
    pub figures_at: Option<Timestamp>,
}

/// A street to be let in.
#[derive(Debug, Clone)]
pub struct NewStreet {
    /// Its id.
    pub id: NodeId,
    /// Its name on the board.
    pub label: String,
    /// Its areas.
    pub scope: PrefixSet,
    /// Who makes it.
    pub by: UserId,
}

/// How a line stands that has just begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Up to where the street's news are here.
    pub heads: Heads,
    /// Whether everything that was open when it began is here.
    pub whole: bool,
    /// Its areas.
    pub scope: PrefixSet,
}

/// What became of what a line has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is here.
    Now,
    /// It was here before.
    Before,
    /// Something before it is missing.
    Gap,
    /// The line counts no more: a newer one has come, or the street was shut out.
    Over,
}

/// Which part of a stream some cases stand for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// The stream.
    pub stream: String,
    /// What comes after this number ...
    pub after: i64,
    /// ... up to and with this one.
    pub upto: i64,
}

/// A case that was handed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandupRow {
    /// The street's id of it.
    pub id: ReferralId,
    /// Of which street.
    pub node: NodeId,
    /// Which case there.
    pub case: CaseId,
    /// Its number.
    pub case_number: String,
    /// What was reported.
    pub kind: String,
    /// How serious it was when it came.
    pub severity: Severity,
    /// When it was handed up, by the street's clock.
    pub asked_at: Timestamp,
    /// When it came here.
    pub received_at: Timestamp,
    /// How it stands with the street.
    pub standing: Standing,
    /// Why, sealed for table `link_handup`, column `reason`.
    pub reason: Option<Sealed>,
}

/// An answer to a hand-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// Its id; the street keeps its words under it.
    pub id: AnswerId,
    /// To which hand-up.
    pub handup: ReferralId,
    /// Of which street.
    pub node: NodeId,
    /// What.
    pub answer: ReferralAnswer,
    /// Who and what they say, sealed for table `link_answer`, column `content`.
    pub content: Sealed,
    /// Whose account.
    pub by: UserId,
    /// When.
    pub made_at: Timestamp,
    /// When the street said that it is in its case, or that it is not.
    pub landed_at: Option<Timestamp>,
    /// Why it is not.
    pub refused: Option<String>,
}

impl node::Model {
    fn read(self) -> Result<Street, StoreError> {
        let id = NodeId::new(self.id);
        let at = At { table: NODE, id: &id };
        let maybe = |column, it: Option<Micros>| it.map(|it| at.instant(column, it)).transpose();
        Ok(Street {
            id,
            scope: at.words("area_prefixes", &self.area_prefixes)?.into_iter().collect(),
            by: UserId::new(self.made_by),
            made_at: at.instant("made_at", self.made_at)?,
            revoked_at: maybe("revoked_at", self.revoked_at)?,
            whole_at: maybe("whole_at", self.whole_at)?,
            heard_at: maybe("heard_at", self.heard_at)?,
            gone_at: maybe("gone_at", self.gone_at)?,
            figures_at: maybe("figures_at", self.figures_at)?,
            label: self.label,
            figures: self.figures,
        })
    }
}

impl handup::Model {
    fn read(self) -> Result<HandupRow, StoreError> {
        let id = ReferralId::new(self.id);
        let at = At { table: HANDUP, id: &id };
        Ok(HandupRow {
            id,
            node: NodeId::new(self.node_id),
            case: CaseId::new(self.case_id),
            severity: at.word("severity", &self.severity)?,
            asked_at: at.instant("asked_at", self.asked_at)?,
            received_at: at.instant("received_at", self.received_at)?,
            standing: at.word("standing", &self.standing)?,
            case_number: self.case_number,
            kind: self.kind,
            reason: self.reason,
        })
    }
}

impl answer::Model {
    fn read(self) -> Result<AnswerRow, StoreError> {
        let id = AnswerId::new(self.id);
        let at = At { table: ANSWER, id: &id };
        Ok(AnswerRow {
            id,
            handup: ReferralId::new(self.handup_id),
            node: NodeId::new(self.node_id),
            answer: at.word("answer", &self.answer)?,
            by: UserId::new(self.by_account),
            made_at: at.instant("made_at", self.made_at)?,
            landed_at: self.landed_at.map(|it| at.instant("landed_at", it)).transpose()?,
            content: self.content,
            refused: self.refused,
        })
    }
}

/// Rows as they read back; one that does not is logged and hides no other.
fn sound<R, T>(rows: Vec<R>, read: impl Fn(R) -> Result<T, StoreError>) -> Vec<T> {
    let said = |error: &StoreError| tracing::error!(%error, "a row of the link does not read back");
    rows.into_iter()
        .filter_map(|it| read(it).inspect_err(said).ok())
        .collect()
}

/// The street of this id, held until the transaction ends: of two lines one writes at a time.
async fn held(tx: &DatabaseTransaction, id: NodeId) -> Result<Option<node::Model>, StoreError> {
    Ok(node::Entity::find_by_id(id.as_uuid()).lock_exclusive().one(tx).await?)
}

/// As [`held`], if this line still counts.
async fn held_by(tx: &DatabaseTransaction, id: NodeId, line: Uuid) -> Result<Option<node::Model>, StoreError> {
    let row = held(tx, id).await?;
    Ok(row.filter(|it| it.connection == Some(line) && it.revoked_at.is_none()))
}

async fn heads_of(tx: &impl sea_orm::ConnectionTrait, id: NodeId) -> Result<Heads, StoreError> {
    let rows = head::Entity::find()
        .filter(head::Column::NodeId.eq(id.as_uuid()))
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|it| (it.stream, it.number)).collect())
}

async fn put_heads(tx: &DatabaseTransaction, id: NodeId, heads: Heads) -> Result<(), StoreError> {
    use head::Column;
    let rows = heads.into_iter().map(|(stream, number)| head::ActiveModel {
        node_id: Set(id.as_uuid()),
        stream: Set(stream),
        number: Set(number),
    });
    let over = replacing(&[Column::NodeId, Column::Stream], &[]);
    put_rows(tx, rows.collect(), &over).await
}

/// Cases as they stand now: what goes on is kept, what is over is forgotten, and what is known better stays.
async fn put_cases(tx: &DatabaseTransaction, id: NodeId, generation: i32, cases: &[Summary]) -> Result<(), StoreError> {
    use case::{Column, Entity};
    let ids: Vec<Uuid> = cases.iter().map(|it| it.case.as_uuid()).collect();
    let theirs = Condition::all()
        .add(Column::NodeId.eq(id.as_uuid()))
        .add(Column::CaseId.is_in(ids));
    let known = Entity::find().filter(theirs).all(tx).await?;
    let known: HashMap<Uuid, (i32, i64)> = known
        .into_iter()
        .map(|it| (it.case_id, (it.generation, it.version)))
        .collect();
    let newer = |it: &&Summary| {
        let known = known.get(&it.case.as_uuid());
        known.is_none_or(|(of, version)| *of < generation || *version <= i64::from(it.version))
    };
    let (open, over): (Vec<&Summary>, Vec<&Summary>) = cases.iter().filter(newer).partition(|it| it.is_open());
    let mut rows: BTreeMap<Uuid, case::ActiveModel> = BTreeMap::new();
    for it in open {
        let row = case::ActiveModel {
            node_id: Set(id.as_uuid()),
            case_id: Set(it.case.as_uuid()),
            generation: Set(generation),
            version: Set(it.version.into()),
            body: Set(json(CASE, "body", it)?),
        };
        rows.insert(it.case.as_uuid(), row);
    }
    let over: Vec<Uuid> = over.into_iter().map(|it| it.case.as_uuid()).collect();
    if !over.is_empty() {
        Entity::delete_many()
            .filter(Column::NodeId.eq(id.as_uuid()))
            .filter(Column::CaseId.is_in(over))
            .exec(tx)
            .await?;
    }
    let key = [Column::NodeId, Column::CaseId];
    put_rows(tx, rows.into_values().collect(), &replacing(&key, &[])).await
}

/// What was handed up: a new one is kept, of a known one the standing follows.
async fn put_handups(
    tx: &DatabaseTransaction,
    id: NodeId,
    handed_up: &[(Summary, HandedUp, Option<Sealed>)],
    now: Timestamp,
) -> Result<(), StoreError> {
    use handup::{Column, Entity};
    for (of, it, reason) in handed_up {
        let row = handup::ActiveModel {
            id: Set(it.referral.as_uuid()),
            node_id: Set(id.as_uuid()),
            case_id: Set(of.case.as_uuid()),
            case_number: Set(of.number.clone()),
            kind: Set(of.kind.clone()),
            severity: Set(of.severity.as_str().to_owned()),
            asked_at: Set(it.at.into()),
            received_at: Set(now.into()),
            standing: Set(it.standing.as_str().to_owned()),
            reason: Set(reason.clone()),
        };
        let once = OnConflict::column(Column::Id).do_nothing().to_owned();
        put_rows(tx, vec![row], &once).await?;
        // A street changes its own and nobody else's, whatever id it brings.
        Entity::update_many()
            .col_expr(Column::Standing, Expr::value(it.standing.as_str()))
            .filter(Column::Id.eq(it.referral.as_uuid()))
            .filter(Column::NodeId.eq(id.as_uuid()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

impl Store {
    /// Lets a street in under this key.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn add_street(&self, new: NewStreet, key: &LinkToken, now: Timestamp) -> Result<(), StoreError> {
        let row = node::ActiveModel {
            id: Set(new.id.as_uuid()),
            label: Set(new.label),
            area_prefixes: Set(joined(new.scope.iter())),
            made_by: Set(new.by.as_uuid()),
            made_at: Set(now.into()),
            key_hash: Set(key.hash()),
            revoked_at: Set(None),
            connection: Set(None),
            epoch: Set(None),
            generation: Set(0),
            whole_at: Set(None),
            heard_at: Set(None),
            gone_at: Set(None),
            figures: Set(None),
            figures_at: Set(None),
        };
        self.write(move |tx| {
            Box::pin(async move {
                row.insert(tx).await?;
                Ok(())
            })
        })
        .await
    }

    /// Another key in place of the one before, which is good no more; a street that was shut out is let in again.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn renew_street(&self, id: NodeId, key: &LinkToken) -> Result<(), StoreError> {
        let hash = key.hash();
        self.write(move |tx| {
            Box::pin(async move {
                use node::Column;
                node::Entity::update_many()
                    .col_expr(Column::KeyHash, Expr::value(hash))
                    .col_expr(Column::RevokedAt, Expr::value(None::<Micros>))
                    .col_expr(Column::Connection, Expr::value(None::<Uuid>))
                    .filter(Column::Id.eq(id.as_uuid()))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Shuts a street out: its key is good no more, and neither is its line. Twice does no harm.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn revoke_street(&self, id: NodeId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use node::Column;
                node::Entity::update_many()
                    .col_expr(Column::RevokedAt, Expr::value(Micros::from(now)))
                    .col_expr(Column::Connection, Expr::value(None::<Uuid>))
                    .filter(Column::Id.eq(id.as_uuid()))
                    .filter(Column::RevokedAt.is_null())
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// The streets, by name, at most 500.
    ///
    /// # Errors
    /// The database's.
    pub async fn streets(&self) -> Result<Vec<Street>, StoreError> {
        let rows = node::Entity::find()
            .order_by_asc(node::Column::Label)
            .order_by_asc(node::Column::Id)
            .limit(STREETS_MAX)
            .all(self.reader())
            .await?;
        Ok(sound(rows, node::Model::read))
    }

    /// One street.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn street(&self, id: NodeId) -> Result<Option<Street>, StoreError> {
        let row = node::Entity::find_by_id(id.as_uuid()).one(self.reader()).await?;
        row.map(node::Model::read).transpose()
    }

    /// A street calls: with the right key `line` is the one that counts from now on. `heads` and `epoch` are the street's own: where
    /// they do not fit what is known, it begins anew. None: there is no such street, the key is another, or it was shut out.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn begin_line(
        &self,
        id: NodeId,
        key: &LinkToken,
        line: Uuid,
        epoch: Uuid,
        heads: Heads,
        now: Timestamp,
    ) -> Result<Option<Begun>, StoreError> {
        let hash = key.hash();
        self.write(move |tx| {
            Box::pin(async move {
                use node::Column;
                let row = held(tx, id).await?;
                // Digests of 256 random bits: how long a comparison takes says nothing of the key.
                let Some(row) = row.filter(|it| it.revoked_at.is_none() && it.key_hash == hash) else {
                    return Ok(None);
                };
                let mut known = heads_of(tx, id).await?;
                let behind = |(stream, number): (&String, &i64)| heads.get(stream).is_none_or(|it| it < number);
                let anew = row.epoch != Some(epoch) || known.iter().any(behind);
                let mut whole = row.whole_at.is_some();
                if anew {
                    head::Entity::delete_many()
                        .filter(head::Column::NodeId.eq(id.as_uuid()))
                        .exec(tx)
                        .await?;
                    known.clear();
                    whole = false;
                }
                let mut update = node::Entity::update_many()
                    .col_expr(Column::Connection, Expr::value(Some(line)))
                    .col_expr(Column::HeardAt, Expr::value(Some(Micros::from(now))))
                    .col_expr(Column::GoneAt, Expr::value(None::<Micros>))
                    .filter(Column::Id.eq(id.as_uuid()));
                if anew {
                    update = update
                        .col_expr(Column::Epoch, Expr::value(Some(epoch)))
                        .col_expr(Column::Generation, Expr::value(row.generation + 1))
                        .col_expr(Column::WholeAt, Expr::value(None::<Micros>));
                }
                update.exec(tx).await?;
                Ok(Some(Begun {
                    heads: known,
                    whole,
                    scope: row.read()?.scope,
                }))
            })
        })
        .await
    }

    /// Takes in what a line has brought: cases as they stand, and what of them was handed up. `of`: the part of the street's log that
    /// they stand for; none: they are part of a beginning.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`; then nothing of it was taken in.
    pub async fn take_cases(
        &self,
        id: NodeId,
        line: Uuid,
        of: Option<Span>,
        cases: Vec<Summary>,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let general = self.keys()?.clone();
        let mut handed_up = Vec::new();
        for it in &cases {
            for one in &it.handed_up {
                let seal = |text: &String| {
                    general
                        .general()
                        .seal(HANDUP, "reason", one.referral.as_uuid(), text.as_bytes())
                };
                handed_up.push((it.clone(), one.clone(), one.reason.as_ref().map(seal).transpose()?));
            }
        }
        self.write(move |tx| {
            Box::pin(async move {
                let Some(row) = held_by(tx, id, line).await? else {
                    return Ok(Taken::Over);
                };
                if let Some(of) = of {
                    let known = heads_of(tx, id).await?.get(&of.stream).copied().unwrap_or(0);
                    if row.whole_at.is_none() || of.after > known {
                        return Ok(Taken::Gap);
                    }
                    if of.upto <= known {
                        return Ok(Taken::Before);
                    }
                    put_heads(tx, id, [(of.stream, of.upto)].into()).await?;
                }
                put_cases(tx, id, row.generation, &cases).await?;
                put_handups(tx, id, &handed_up, now).await?;
                Ok(Taken::Now)
            })
        })
        .await
    }

    /// Everything that was open when the street began is here: it goes on from `heads`, and what was known before and was not told
    /// again is forgotten.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_whole(&self, id: NodeId, line: Uuid, heads: Heads, now: Timestamp) -> Result<Taken, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let Some(row) = held_by(tx, id, line).await? else {
                    return Ok(Taken::Over);
                };
                if row.whole_at.is_some() {
                    return Ok(Taken::Before);
                }
                case::Entity::delete_many()
                    .filter(case::Column::NodeId.eq(id.as_uuid()))
                    .filter(case::Column::Generation.lt(row.generation))
                    .exec(tx)
                    .await?;
                put_heads(tx, id, heads).await?;
                node::Entity::update_many()
                    .col_expr(node::Column::WholeAt, Expr::value(Some(Micros::from(now))))
                    .filter(node::Column::Id.eq(id.as_uuid()))
                    .exec(tx)
                    .await?;
                Ok(Taken::Now)
            })
        })
        .await
    }

    /// Takes in figures; older ones than those that are known change nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_figures(
        &self,
        id: NodeId,
        line: Uuid,
        figures: String,
        at: Timestamp,
    ) -> Result<Taken, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use node::Column;
                let Some(row) = held_by(tx, id, line).await? else {
                    return Ok(Taken::Over);
                };
                if row.figures_at.is_some_and(|it| it >= Micros::from(at)) {
                    return Ok(Taken::Before);
                }
                node::Entity::update_many()
                    .col_expr(Column::Figures, Expr::value(Some(figures)))
                    .col_expr(Column::FiguresAt, Expr::value(Some(Micros::from(at))))
                    .filter(Column::Id.eq(id.as_uuid()))
                    .exec(tx)
                    .await?;
                Ok(Taken::Now)
            })
        })
        .await
    }

    /// The line was heard, or (`gone`) has ended. `false`: it counts no more.
    ///
    /// # Errors
    /// The database's.
    pub async fn heard_line(&self, id: NodeId, line: Uuid, gone: bool, now: Timestamp) -> Result<bool, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use node::Column;
                let column = if gone { Column::GoneAt } else { Column::HeardAt };
                let done = node::Entity::update_many()
                    .col_expr(column, Expr::value(Some(Micros::from(now))))
                    .filter(Column::Id.eq(id.as_uuid()))
                    .filter(Column::Connection.eq(line))
                    .filter(Column::RevokedAt.is_null())
                    .exec(tx)
                    .await?;
                Ok(done.rows_affected == 1)
            })
        })
        .await
    }

    /// Whether this line still counts.
    ///
    /// # Errors
    /// The database's.
    pub async fn line_counts(&self, id: NodeId, line: Uuid) -> Result<bool, StoreError> {
        let row = node::Entity::find_by_id(id.as_uuid()).one(self.reader()).await?;
        Ok(row.is_some_and(|it| it.connection == Some(line) && it.revoked_at.is_none()))
    }

    /// What is open in a street, at most 5,000.
    ///
    /// # Errors
    /// The database's.
    pub async fn street_cases(&self, id: NodeId) -> Result<Vec<Summary>, StoreError> {
        let rows = case::Entity::find()
            .filter(case::Column::NodeId.eq(id.as_uuid()))
            .limit(CASES_MAX)
            .all(self.reader())
            .await?;
        let read = |row: case::Model| {
            let of = CaseId::new(row.case_id);
            At { table: CASE, id: &of }.json("body", &row.body)
        };
        Ok(sound(rows, read))
    }

    /// What was handed up after `since`, and all that still waits, the newest first, at most 500.
    ///
    /// # Errors
    /// The database's.
    pub async fn handups(&self, since: Timestamp) -> Result<Vec<HandupRow>, StoreError> {
        use handup::{Column, Entity};
        let either = Condition::any()
            .add(Column::ReceivedAt.gte(Micros::from(since)))
            .add(Column::Standing.eq(Standing::Waiting.as_str()));
        let rows = Entity::find()
            .filter(either)
            .order_by_desc(Column::ReceivedAt)
            .order_by_desc(Column::Id)
            .limit(HANDUPS_MAX)
            .all(self.reader())
            .await?;
        Ok(sound(rows, handup::Model::read))
    }

    /// One of them, of this street.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn handup(&self, node: NodeId, id: ReferralId) -> Result<Option<HandupRow>, StoreError> {
        let row = handup::Entity::find_by_id(id.as_uuid())
            .filter(handup::Column::NodeId.eq(node.as_uuid()))
            .one(self.reader())
            .await?;
        row.map(handup::Model::read).transpose()
    }

    /// What was answered to these hand-ups, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn answers_to(&self, handups: &[ReferralId]) -> Result<Vec<AnswerRow>, StoreError> {
        let ids: Vec<Uuid> = handups.iter().map(|it| it.as_uuid()).collect();
        let rows = answer::Entity::find()
            .filter(answer::Column::HandupId.is_in(ids))
            .order_by_asc(answer::Column::MadeAt)
            .order_by_asc(answer::Column::Id)
            .all(self.reader())
            .await?;
        Ok(sound(rows, answer::Model::read))
    }

    /// Keeps an answer until the street has it. Under an id that is there already it changes nothing.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn add_answer(&self, it: AnswerRow) -> Result<(), StoreError> {
        let row = answer::ActiveModel {
            id: Set(it.id.as_uuid()),
            handup_id: Set(it.handup.as_uuid()),
            node_id: Set(it.node.as_uuid()),
            answer: Set(it.answer.as_str().to_owned()),
            content: Set(it.content),
            by_account: Set(it.by.as_uuid()),
            made_at: Set(it.made_at.into()),
            landed_at: Set(None),
            refused: Set(None),
        };
        self.write(move |tx| {
            Box::pin(async move {
                let once = OnConflict::column(answer::Column::Id).do_nothing().to_owned();
                put_rows(tx, vec![row], &once).await
            })
        })
        .await
    }

    /// Answers that the street has not confirmed, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn answers_due(&self, node: NodeId) -> Result<Vec<AnswerRow>, StoreError> {
        let rows = answer::Entity::find()
            .filter(answer::Column::NodeId.eq(node.as_uuid()))
            .filter(answer::Column::LandedAt.is_null())
            .order_by_asc(answer::Column::MadeAt)
            .order_by_asc(answer::Column::Id)
            .limit(ANSWERS_AT_ONCE)
            .all(self.reader())
            .await?;
        Ok(sound(rows, answer::Model::read))
    }

    /// The street has said what became of an answer.
    ///
    /// # Errors
    /// The database's.
    pub async fn answer_landed(
        &self,
        node: NodeId,
        id: AnswerId,
        refused: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use answer::Column;
                answer::Entity::update_many()
                    .col_expr(Column::LandedAt, Expr::value(Some(Micros::from(now))))
                    .col_expr(Column::Refused, Expr::value(refused))
                    .filter(Column::Id.eq(id.as_uuid()))
                    .filter(Column::NodeId.eq(node.as_uuid()))
                    .filter(Column::LandedAt.is_null())
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Deletes the oldest answers, and then the oldest hand-ups, from before `before`, at most `limit` of each; answers how many.
    ///
    /// # Errors
    /// The database's; nothing of the batch is deleted then.
    pub async fn forget_handups(&self, before: Timestamp, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        use {answer::Column as A, handup::Column as H};
        let old = oldest(answer::Entity, A::Id, A::MadeAt, before, limit);
        let answers = self.forget::<answer::Entity>(ANSWERS, A::Id.in_subquery(old), before, now);
        let gone = answers.await?;
        let old = oldest(handup::Entity, H::Id, H::ReceivedAt, before, limit);
        let handups = self.forget::<handup::Entity>(HANDUPS, H::Id.in_subquery(old), before, now);
        Ok(gone + handups.await?)
    }

    /// The words of a note of a case, opened; none: it is not there, or its key was destroyed.
    ///
    /// # Errors
    /// The database's.
    pub async fn note_text(&self, case: CaseId, note: NoteId) -> Result<Option<String>, StoreError> {
        let found = self.notes_of(case).await?.into_iter().find(|it| it.id == note);
        let Some(found) = found else { return Ok(None) };
        let ring = self.keys()?.clone();
        let opened = ring.open_fetching(self, &found.content, "note", "content", note.as_uuid());
        Ok(opened.await.ok().and_then(|it| String::from_utf8(it).ok()))
    }

    /// Up to where the district has acknowledged what this node reports as `node`; of another history: nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn sent_heads(&self, node: NodeId, epoch: Uuid) -> Result<Heads, StoreError> {
        let rows = sent::Entity::find()
            .filter(sent::Column::NodeId.eq(node.as_uuid()))
            .filter(sent::Column::Epoch.eq(epoch))
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(|it| (it.stream, it.number)).collect())
    }

    /// The district has acknowledged up to here.
    ///
    /// # Errors
    /// The database's.
    pub async fn put_sent(&self, node: NodeId, epoch: Uuid, heads: Heads, now: Timestamp) -> Result<(), StoreError> {
        let rows: Vec<_> = heads
            .into_iter()
            .map(|(stream, number)| sent::ActiveModel {
                node_id: Set(node.as_uuid()),
                stream: Set(stream),
                epoch: Set(epoch),
                number: Set(number),
                at: Set(now.into()),
            })
            .collect();
        self.write(move |tx| {
            Box::pin(async move {
                let over = replacing(&[sent::Column::NodeId, sent::Column::Stream], &[]);
                put_rows(tx, rows, &over).await
            })
        })
        .await
    }
}
