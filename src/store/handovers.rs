//! Hand-overs of a desk: the lines of each, chained by hashes over their stored text, and the sealed texts beside them.
//!
//! The row of a hand-over says what a list asks for; the lines are what counts, and [`Store::check`] holds the one against the
//! others. A line is only ever added, under the number that follows: of two who write at once one is told to look again.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::cases::check::Findings;
use super::cases::commit::{CHAIN_START, chain};
use super::cases::retention::oldest;
use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{PAGE_MAX, page_after};
use super::seal::Sealed;
use crate::ids::{HandoverId, NoteId, UserId};
use crate::people::PrefixSet;
use crate::people::handover::{Act, Handover, Line};

mod handover {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "handover")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub from_id: Uuid,
        pub scope: String,
        pub begun_at: Micros,
        pub ended_at: Option<Micros>,
        pub version: i32,
        pub head_hash: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "handover_line")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub handover_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i32,
        pub body: String,
        pub hash: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod note {
    use super::Sealed;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "handover_note")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub handover_id: Uuid,
        pub content: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "handover";
const NOTE: &str = "handover_note";
/// The job that deletes what was noted at hand-overs, as its rows name it.
const NOTES: &str = "handover_notes";

/// What a list says of a hand-over without its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoverRow {
    /// Its id.
    pub id: HandoverId,
    /// The areas of the desk.
    pub scope: PrefixSet,
    /// When it began.
    pub begun_at: Timestamp,
}

/// A text to be kept with a line.
#[derive(Clone)]
pub struct HandoverText {
    /// Which note of the line.
    pub id: NoteId,
    /// What it says; sealed before it is written.
    pub text: String,
}

impl handover::Model {
    fn read(self) -> Result<HandoverRow, StoreError> {
        let id = HandoverId::new(self.id);
        Ok(HandoverRow {
            id,
            scope: scope_of(id, &self.scope)?,
            begun_at: self.begun_at.read(TABLE, self.id, "begun_at")?,
        })
    }
}

fn scope_of(id: HandoverId, text: &str) -> Result<PrefixSet, StoreError> {
    let codes = text.split(',').filter(|it| !it.is_empty()).map(str::parse);
    let codes: Result<Vec<_>, _> = codes.collect();
    let codes = codes.map_err(|_| StoreError::corrupt(TABLE, id, "scope", "no codes of areas"))?;
    Ok(codes.into_iter().collect())
}

fn body_of(id: HandoverId, line: &Line) -> Result<String, StoreError> {
    serde_json::to_string(line).map_err(|error| StoreError::corrupt(TABLE, id, "body", error.to_string()))
}

impl Store {
    /// A hand-over as its lines make it.
    ///
    /// # Errors
    /// `Corrupt` when it does not read back; the database's.
    pub async fn handover(&self, id: HandoverId) -> Result<Option<Handover>, StoreError> {
        let lines = lines_of(self.reader(), id).await?;
        if lines.is_empty() {
            return Ok(None);
        }
        let broken = || StoreError::corrupt(TABLE, id, "lines", "they make no hand-over");
        Handover::rebuild(id, &lines).ok_or_else(broken).map(Some)
    }

    /// The one that somebody is about to hand over, if there is one.
    ///
    /// # Errors
    /// The database's.
    pub async fn handover_going_on(&self, from: UserId) -> Result<Option<HandoverId>, StoreError> {
        use handover::{Column, Entity};
        let found = Entity::find()
            .filter(Column::FromId.eq(from.as_uuid()))
            .filter(Column::EndedAt.is_null())
            .one(self.reader())
            .await?;
        Ok(found.map(|it| HandoverId::new(it.id)))
    }

    /// Hand-overs, the last first, at most `limit`; with `before`, those that come after that one in this order. `open`: only
    /// those that go on.
    ///
    /// # Errors
    /// The database's, `Corrupt`.
    pub async fn handovers(
        &self,
        open: bool,
        before: Option<(Timestamp, Uuid)>,
        limit: u64,
    ) -> Result<Vec<HandoverRow>, StoreError> {
        use handover::{Column, Entity};
        let mut query = Entity::find().filter(page_after(Column::BegunAt, Column::Id, before));
        if open {
            query = query.filter(Column::EndedAt.is_null());
        }
        let rows = query
            .order_by_desc(Column::BegunAt)
            .order_by_desc(Column::Id)
            .limit(limit.clamp(1, PAGE_MAX))
            .all(self.reader())
            .await?;
        rows.into_iter().map(handover::Model::read).collect()
    }

    /// Writes the first line of a hand-over.
    ///
    /// # Errors
    /// A unique conflict when the same person hands over already; the database's.
    pub async fn begin_handover(&self, it: &Handover, line: &Line) -> Result<(), StoreError> {
        let body = body_of(it.id, line)?;
        let hash = chain(&CHAIN_START, body.as_bytes());
        let scope: Vec<String> = it.scope.iter().map(|it| it.to_string()).collect();
        let row = handover::ActiveModel {
            id: Set(it.id.as_uuid()),
            from_id: Set(it.from.as_uuid()),
            scope: Set(scope.join(",")),
            begun_at: Set(it.begun_at.into()),
            ended_at: Set(None),
            version: Set(1),
            head_hash: Set(hash.to_vec()),
        };
        let first = line_row(it.id, 1, body, hash);
        self.write(move |tx| {
            Box::pin(async move {
                handover::Entity::insert(row).exec_without_returning(tx).await?;
                line::Entity::insert(first).exec_without_returning(tx).await?;
                Ok(())
            })
        })
        .await
    }

    /// Adds the line that follows those of `before`, with its text if it has one.
    ///
    /// # Errors
    /// `Conflict(Version)` when somebody else has added one meanwhile; `Sealed(..)`; the database's.
    pub async fn add_handover_line(
        &self,
        before: &Handover,
        line: &Line,
        text: Option<HandoverText>,
    ) -> Result<(), StoreError> {
        let id = before.id;
        let body = body_of(id, line)?;
        let ended = matches!(line.act, Act::Completed { .. } | Act::Withdrawn).then(|| Micros::from(line.at));
        let (was, next) = (number(before.version), number(before.version + 1));
        let text = match text {
            Some(it) => {
                let content = self
                    .keys()?
                    .general()
                    .seal(NOTE, "content", it.id.as_uuid(), it.text.as_bytes())?;
                Some(note::ActiveModel {
                    id: Set(it.id.as_uuid()),
                    handover_id: Set(id.as_uuid()),
                    content: Set(content),
                })
            }
            None => None,
        };
        self.write(move |tx| {
            Box::pin(async move {
                use handover::{Column, Entity};
                // The row goes first: whoever comes second waits for it on PostgreSQL, and then finds another version.
                let row = Entity::find_by_id(id.as_uuid()).one(tx).await?;
                let head = row.filter(|it| it.version == was).map(|it| it.head_hash);
                let head: [u8; 32] = head
                    .and_then(|it| it.try_into().ok())
                    .ok_or_else(|| StoreError::stale(TABLE, id))?;
                let hash = chain(&head, body.as_bytes());
                let mut update = Entity::update_many()
                    .col_expr(Column::Version, Expr::value(next))
                    .col_expr(Column::HeadHash, Expr::value(hash.to_vec()))
                    .filter(Column::Id.eq(id.as_uuid()))
                    .filter(Column::Version.eq(was));
                if let Some(at) = ended {
                    update = update.col_expr(Column::EndedAt, Expr::value(at));
                }
                if update.exec(tx).await?.rows_affected != 1 {
                    return Err(StoreError::stale(TABLE, id));
                }
                if let Some(text) = text {
                    note::Entity::insert(text).exec_without_returning(tx).await?;
                }
                line::Entity::insert(line_row(id, next, body, hash))
                    .exec_without_returning(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// What the notes of a hand-over say, by their ids; one that does not open is none. Whoever shows them to a person records
    /// the view first.
    ///
    /// # Errors
    /// `Sealed(Locked)`; the database's.
    pub async fn handover_texts(&self, id: HandoverId) -> Result<Vec<(NoteId, Option<String>)>, StoreError> {
        let keys = self.keys()?;
        let rows = note::Entity::find()
            .filter(note::Column::HandoverId.eq(id.as_uuid()))
            .all(self.reader())
            .await?;
        let read = |it: note::Model| {
            let opened = keys.open_field(&it.content, NOTE, "content", it.id).ok();
            (NoteId::new(it.id), opened.and_then(|it| String::from_utf8(it).ok()))
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Deletes the notes of hand-overs that ended before `before`, of the oldest `limit` of them; answers how many notes. What was
    /// handed over, by whom and when, stays in the lines.
    ///
    /// # Errors
    /// The database's; nothing is deleted then.
    pub async fn forget_handover_notes(
        &self,
        before: Timestamp,
        limit: u64,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let noted = Query::select()
            .column(note::Column::HandoverId)
            .from(note::Entity)
            .to_owned();
        let mut old = oldest(
            handover::Entity,
            handover::Column::Id,
            handover::Column::EndedAt,
            before,
            limit,
        );
        old.and_where(handover::Column::Id.in_subquery(noted));
        self.forget::<note::Entity>(NOTES, note::Column::HandoverId.in_subquery(old), before, now)
            .await
    }

    /// Holds every hand-over against its lines, and the lines against their chain.
    pub(super) async fn check_handovers(&self, findings: &mut Findings) -> Result<(), StoreError> {
        let mut after: Option<Uuid> = None;
        loop {
            use handover::{Column, Entity};
            let tx = self.one_state().await?;
            let mut query = Entity::find().order_by_asc(Column::Id).limit(200);
            if let Some(after) = after {
                query = query.filter(Column::Id.gt(after));
            }
            let rows = query.all(&tx).await?;
            after = rows.last().map(|it| it.id);
            for row in rows {
                findings.handovers += 1;
                let id = HandoverId::new(row.id);
                let lines = rows_of(&tx, id).await?;
                if let Some(what) = wrong_with(&row, &lines) {
                    findings.say(id, what);
                }
            }
            tx.rollback().await?;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

/// What is not as it must be, if anything is.
fn wrong_with(row: &handover::Model, lines: &[line::Model]) -> Option<String> {
    let id = HandoverId::new(row.id);
    let mut hash = CHAIN_START;
    let mut read = Vec::with_capacity(lines.len());
    for (at, it) in lines.iter().enumerate() {
        let next = at + 1;
        hash = chain(&hash, it.body.as_bytes());
        if usize::try_from(it.version) != Ok(next) || it.hash != hash {
            return Some(format!("the chain breaks at line {next}"));
        }
        match serde_json::from_str::<Line>(&it.body) {
            Ok(line) => read.push(line),
            Err(error) => return Some(format!("line {next} does not read back: {error}")),
        }
    }
    if row.head_hash != hash {
        return Some("the head hash is not that of the last line".to_owned());
    }
    let Some(made) = Handover::rebuild(id, &read) else {
        return Some("its lines make no hand-over".to_owned());
    };
    let ended = made.end.as_ref().map(|it| Micros::from(it.at));
    let scope = scope_of(id, &row.scope).ok();
    let same = made.from.as_uuid() == row.from_id
        && scope.as_ref() == Some(&made.scope)
        && Micros::from(made.begun_at) == row.begun_at
        && ended == row.ended_at
        && number(made.version) == row.version;
    (!same).then(|| "the row is not what its lines make".to_owned())
}

fn number(version: u32) -> i32 {
    // A hand-over has tens of lines; one with two milliards could not be written.
    i32::try_from(version).unwrap_or(i32::MAX)
}

fn line_row(id: HandoverId, version: i32, body: String, hash: [u8; 32]) -> line::ActiveModel {
    line::ActiveModel {
        handover_id: Set(id.as_uuid()),
        version: Set(version),
        body: Set(body),
        hash: Set(hash.to_vec()),
    }
}

async fn rows_of(db: &impl ConnectionTrait, id: HandoverId) -> Result<Vec<line::Model>, StoreError> {
    let found = line::Entity::find()
        .filter(line::Column::HandoverId.eq(id.as_uuid()))
        .order_by_asc(line::Column::Version)
        .all(db)
        .await?;
    Ok(found)
}

async fn lines_of(db: &impl ConnectionTrait, id: HandoverId) -> Result<Vec<Line>, StoreError> {
    let read = |it: line::Model| {
        serde_json::from_str(&it.body).map_err(|error| StoreError::corrupt(TABLE, id, "body", error.to_string()))
    };
    rows_of(db, id).await?.into_iter().map(read).collect()
}
