//! One person is told of one step, wave by wave. The first wave is written with the case; a later one by whoever finished the
//! earlier, in the same transaction.
//!
//! ```text
//!  open --a wave fails, has no receipt in its time, or nothing of it is even taken--> open, with the next wave's rows
//!    |--somebody has it--> received
//!    |--the last wave has failed, and whatever was taken before has no receipt--> exhausted
//!    '--the case has moved on--> moved_on
//! ```
//!
//! Holds always:
//! - a row of a wave has an id that follows from case, step, person and carrier: however often it is worked out, it is one row;
//! - who climbs holds the person's row until the commit, so two workers start one wave.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::many::{filled, insert};
use super::outbox::{Going, OutboxRow, OutboxState};
use super::rows::outbox;
use crate::ids::{CaseId, NoticeId};
use crate::people::Way;
use crate::store::{Micros, Store, StoreError, rows_per_statement};

pub(super) mod row {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "telling")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub case_id: Uuid,
        pub case_version: i64,
        pub area_code: String,
        pub kind: String,
        pub step: String,
        pub target: String,
        pub urgency: i32,
        pub eager: bool,
        pub made_at: Micros,
        pub wave: i32,
        pub by: String,
        pub later: String,
        pub ends_at: Option<Micros>,
        pub state: String,
        pub said_at: Option<Micros>,
        pub untaken: bool,
        pub full_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Some carriers together, and how long they are waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// The carriers, as the rows name them.
    pub by: Vec<String>,
    /// Without a receipt for so long the next wave starts, seconds; 0: only when it has failed, or when nothing of it is taken.
    pub wait_s: u32,
}

/// A wave of which no way has taken anything for so long has come to nothing, though its ways are still tried: a push service that does
/// not answer holds nobody.
const UNTAKEN_S: u32 = 30;

/// When a wave is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    ends_at: Option<Micros>,
    /// It ends then only if nothing of it is taken; else at `full_at`.
    untaken: bool,
    full_at: Option<Micros>,
}

/// The times of a wave that begins at `from`. The last one is looked at too: whether it has come to nothing.
fn times(from: Timestamp, wait_s: u32, is_last: bool) -> Times {
    let at = |seconds: u32| Micros::from(from + SignedDuration::from_secs(seconds.into()));
    let full = (wait_s > 0).then(|| at(wait_s));
    if is_last || (1..=UNTAKEN_S).contains(&wait_s) {
        return Times {
            ends_at: full.or_else(|| Some(at(UNTAKEN_S))),
            untaken: false,
            full_at: None,
        };
    }
    Times {
        ends_at: Some(at(UNTAKEN_S)),
        untaken: true,
        full_at: full,
    }
}

/// One person on the way to being told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TellingRow {
    /// One way that fails is enough for the next wave to start; else all of the wave must.
    pub eager: bool,
    /// The first runs from the beginning. None of them is empty. Without any there is no way, and the case is told so.
    pub waves: Vec<Wave>,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TellingState {
    /// Somebody is being told.
    Open,
    /// They have it.
    Received,
    /// No way is left.
    Exhausted,
    /// There is nothing to tell any more.
    MovedOn,
}

impl TellingState {
    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Received => "received",
            Self::Exhausted => "exhausted",
            Self::MovedOn => "moved_on",
        }
    }
}

/// The row of one person and one step.
pub fn telling_id(case: CaseId, step: &str, target: &str) -> Uuid {
    NoticeId::derive(case.as_uuid(), &format!("{step}\n{target}")).as_uuid()
}

impl TellingRow {
    /// There is no way to somebody: the case is to hear of it.
    pub const fn without_a_way() -> Self {
        Self {
            eager: false,
            waves: vec![],
        }
    }

    pub(super) fn into_row(self, of: &OutboxRow, now: Timestamp) -> Result<row::ActiveModel, StoreError> {
        let from = of.going.held_until.unwrap_or(now);
        let mut waves = self.waves;
        let first = if waves.is_empty() { None } else { Some(waves.remove(0)) };
        let (state, times) = match &first {
            Some(wave) => (TellingState::Open, times(from, wave.wait_s, waves.is_empty())),
            None => (
                TellingState::Exhausted,
                Times {
                    ends_at: None,
                    untaken: false,
                    full_at: None,
                },
            ),
        };
        Ok(row::ActiveModel {
            id: Set(telling_id(of.case, &of.step, &of.target)),
            case_id: Set(of.case.as_uuid()),
            case_version: Set(of.case_version.into()),
            area_code: Set(of.area_code.clone()),
            kind: Set(of.kind.clone()),
            step: Set(of.step.clone()),
            target: Set(of.target.clone()),
            urgency: Set(of.urgency),
            eager: Set(self.eager),
            made_at: Set(now.into()),
            wave: Set(0),
            by: Set(first.map(|it| it.by.join(",")).unwrap_or_default()),
            later: Set(later_text(&waves)?),
            ends_at: Set(times.ends_at),
            state: Set(state.as_str().to_owned()),
            said_at: Set(None),
            untaken: Set(times.untaken),
            full_at: Set(times.full_at),
        })
    }
}

fn later_text(waves: &[Wave]) -> Result<String, StoreError> {
    serde_json::to_string(waves).map_err(|error| StoreError::corrupt("telling", "new", "later", error.to_string()))
}

/// Nobody is left to be told by: the caller may have somebody else to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exhausted {
    /// The person's row.
    pub telling: Uuid,
    /// Of which case.
    pub case: CaseId,
    /// The case's version that was told of.
    pub case_version: i64,
    /// What was to be told.
    pub kind: String,
    /// Of which step.
    pub step: String,
    /// Who could not be told.
    pub target: String,
    /// When they were to be told.
    pub made_at: Timestamp,
}

/// Why the next wave may be due.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cause<'a> {
    /// This carrier's row has failed.
    Failed(&'a str),
    /// A quota has refused this carrier's row, or somebody of several whom it was for.
    OverQuota(&'a str),
    /// The wave had its time.
    Time,
}

/// What came of a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Climbed {
    /// Nothing to do.
    Nothing,
    /// The next wave's rows are there.
    Next,
    /// There is none.
    Exhausted(Exhausted),
}

/// Looks whether the next wave is due, and writes its rows. Holds the person's row until the commit.
pub(super) async fn climb(
    tx: &DatabaseTransaction,
    id: Uuid,
    cause: Cause<'_>,
    now: Timestamp,
) -> Result<Climbed, StoreError> {
    let mut tellings = Tellings::hold(tx, &[id].into(), Busy::Waited).await?;
    let climbed = tellings.climb(id, cause, now)?;
    tellings.write(tx).await?;
    Ok(climbed)
}

/// What is done about persons whom another transaction holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Busy {
    /// They are waited for.
    Waited,
    /// They are left to it: whoever holds them looks at them, or the next look does.
    Left,
}

/// A row of one person: channel, state, when it was written.
type PersonRow = (String, String, Micros);

struct Person {
    row: row::Model,
    rows: Vec<PersonRow>,
}

/// Some persons, read and held together, looked at one after the other in memory, and written in a few statements however many they are: while
/// they are held nobody else goes on with them, so that is to be short.
pub(super) struct Tellings {
    held: BTreeMap<Uuid, Person>,
    changed: BTreeSet<Uuid>,
    fresh: Vec<outbox::ActiveModel>,
}

impl Tellings {
    /// Holds those of `ids` that there are, until the commit. Rows of the outbox are to be written before.
    pub(super) async fn hold(tx: &DatabaseTransaction, ids: &BTreeSet<Uuid>, busy: Busy) -> Result<Self, StoreError> {
        use row::{Column, Entity};
        let mut held = BTreeMap::new();
        let ids: Vec<Uuid> = ids.iter().copied().collect();
        for some in ids.chunks(rows_per_statement(1)) {
            // Always in one order, so that two workers do not wait for each other in a ring.
            let mut query = Entity::find()
                .filter(Column::Id.is_in(filled(some)))
                .order_by_asc(Column::Id);
            // SQLite has one writer anyway.
            if tx.get_database_backend() == DbBackend::Postgres {
                query = match busy {
                    Busy::Waited => query.lock(LockType::Update),
                    Busy::Left => query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
                };
            }
            for row in query.all(tx).await? {
                held.insert(row.id, Person { row, rows: vec![] });
            }
        }
        let mut tellings = Self {
            held,
            changed: BTreeSet::new(),
            fresh: vec![],
        };
        tellings.read_rows(tx).await?;
        Ok(tellings)
    }

    async fn read_rows(&mut self, tx: &DatabaseTransaction) -> Result<(), StoreError> {
        use outbox::{Column, Entity};
        let open = self.held.values().filter(|it| it.is_open());
        let (cases, steps): (BTreeSet<Uuid>, BTreeSet<String>) =
            open.map(|it| (it.row.case_id, it.row.step.clone())).unzip();
        let (cases, steps): (Vec<Uuid>, Vec<String>) = (cases.into_iter().collect(), steps.into_iter().collect());
        // A step is of one case, so there are few steps more than cases; of a case the other steps are not read.
        for some in steps.chunks(rows_per_statement(2)) {
            for of in cases.chunks(rows_per_statement(2)) {
                let found: Vec<(Uuid, String, String, String, String, Micros)> = Entity::find()
                    .select_only()
                    .columns([Column::CaseId, Column::Step, Column::Target])
                    .columns([Column::Channel, Column::State, Column::MadeAt])
                    .filter(Column::CaseId.is_in(filled(of)))
                    .filter(Column::Step.is_in(filled(some)))
                    .into_tuple()
                    .all(tx)
                    .await?;
                for (case, step, target, channel, state, made_at) in found {
                    let id = telling_id(CaseId::new(case), &step, &target);
                    if let Some(person) = self.held.get_mut(&id) {
                        person.rows.push((channel, state, made_at));
                    }
                }
            }
        }
        Ok(())
    }

    /// How many are held.
    pub(super) fn many(&self) -> usize {
        self.held.len()
    }

    /// Nothing more is written for this person and step.
    pub(super) fn settle(&mut self, id: Uuid, state: TellingState) {
        let Some(it) = self.held.get_mut(&id).filter(|it| it.is_open()) else {
            return;
        };
        state.as_str().clone_into(&mut it.row.state);
        it.row.ends_at = None;
        self.changed.insert(id);
    }

    /// The wave is looked at then, whatever of it is taken; none: only when a way fails.
    fn look_at(&mut self, id: Uuid, at: Option<Micros>) {
        if let Some(it) = self.held.get_mut(&id) {
            it.row.ends_at = at;
            it.row.untaken = false;
            it.row.full_at = None;
            self.changed.insert(id);
        }
    }

    /// Looks whether the next wave is due, and begins it.
    pub(super) fn climb(&mut self, id: Uuid, cause: Cause<'_>, now: Timestamp) -> Result<Climbed, StoreError> {
        let Some(it) = self.held.get(&id).filter(|it| it.is_open()) else {
            return Ok(Climbed::Nothing);
        };
        let (it, rows) = (&it.row, &it.rows);
        let is = |state: &str, word: OutboxState| state == word.as_str();
        if rows.iter().any(|(_, state, _)| is(state, OutboxState::Received)) {
            self.settle(id, TellingState::Received);
            return Ok(Climbed::Nothing);
        }
        let current: BTreeSet<&str> = it.by.split(',').collect();
        let of_wave = || rows.iter().filter(|it| current.contains(it.0.as_str()));
        let over = [OutboxState::Failed, OutboxState::Stale, OutboxState::Merged];
        let alive = of_wave().any(|(_, state, _)| !over.iter().any(|it| is(state, *it)));
        let due = match cause {
            Cause::Time => it.ends_at.is_some_and(|at| at <= Micros::from(now)),
            Cause::Failed(channel) => !alive || (it.eager && current.contains(channel)),
            // It is known at once that this way does not lead to them, so nobody waits for the others of the wave.
            Cause::OverQuota(channel) => !alive || current.contains(channel),
        };
        if !due {
            return Ok(Climbed::Nothing);
        }
        let by_time = matches!(cause, Cause::Time);
        if by_time && it.untaken && of_wave().any(|(_, state, _)| is(state, OutboxState::Sent)) {
            let full_at = it.full_at;
            self.look_at(id, full_at);
            return Ok(Climbed::Nothing);
        }
        let mut later: Vec<Wave> = serde_json::from_str(&it.later).unwrap_or_else(|error| {
            // What the others of the same batch have come to is written all the same, and of this one the case is told.
            tracing::error!(telling.id = %id, %error, "the later ways of somebody do not read back");
            vec![]
        });
        if later.is_empty() {
            if of_wave().any(|(_, state, _)| is(state, OutboxState::Sent)) && matches!(cause, Cause::OverQuota(_)) {
                return Ok(Climbed::Nothing); // the others of the wave have it, and its time goes on
            }
            // Whatever is still under way, by whichever wave, may still be received.
            let under_way = |state: &str| is(state, OutboxState::Waiting) || is(state, OutboxState::Sending);
            if rows.iter().any(|it| under_way(&it.1)) {
                if by_time {
                    let again = now + SignedDuration::from_secs(UNTAKEN_S.into());
                    self.look_at(id, Some(again.into()));
                }
                return Ok(Climbed::Nothing);
            }
            // Where a way was idle because a newer word had gone by it, that word is what they have been told.
            let has_gone = |state: &str| is(state, OutboxState::Sent) || is(state, OutboxState::Merged);
            let sent = rows.iter().any(|it| has_gone(&it.1));
            if sent && !only_hoped(rows) {
                self.look_at(id, None);
                return Ok(Climbed::Nothing);
            }
            if !by_time && sent {
                return Ok(Climbed::Nothing); // until the wave has had its time: they may look at it yet
            }
            let who = exhausted(it);
            self.settle(id, TellingState::Exhausted);
            return Ok(Climbed::Exhausted(who));
        }
        let wave = later.remove(0);
        self.begin(id, wave, &later, now)?;
        Ok(Climbed::Next)
    }

    /// The next wave's rows, and when it is looked at.
    fn begin(&mut self, id: Uuid, wave: Wave, later: &[Wave], now: Timestamp) -> Result<(), StoreError> {
        let Some(Person { row: it, rows }) = self.held.get_mut(&id) else {
            return Ok(());
        };
        let times = times(now, wave.wait_s, later.is_empty());
        it.wave += 1;
        it.by = wave.by.join(",");
        it.later = later_text(later)?;
        it.ends_at = times.ends_at;
        it.untaken = times.untaken;
        it.full_at = times.full_at;
        self.changed.insert(id);
        // A later wave is worth no longer than the first.
        let begun_at = rows.iter().map(|it| it.2).min();
        let case = CaseId::new(it.case_id);
        for channel in wave.by {
            rows.push((channel.clone(), OutboxState::Waiting.as_str().to_owned(), now.into()));
            let row = OutboxRow {
                id: OutboxRow::id_of(case, &it.step, &it.target, &channel),
                case,
                case_version: u32::try_from(it.case_version).unwrap_or(u32::MAX),
                area_code: it.area_code.clone(),
                kind: it.kind.clone(),
                step: it.step.clone(),
                target: it.target.clone(),
                channel,
                urgency: it.urgency,
                going: Going::default(),
            };
            let mut row = row.into_row(Micros::from(now));
            row.begun_at = Set(begun_at);
            self.fresh.push(row);
        }
        Ok(())
    }

    /// Writes what has changed.
    pub(super) async fn write(mut self, tx: &DatabaseTransaction) -> Result<(), StoreError> {
        let changed = std::mem::take(&mut self.changed);
        let rows = changed.iter().filter_map(|id| self.held.remove(id));
        let rows: Vec<row::ActiveModel> = rows.map(|it| it.row.into()).collect();
        let set = ["wave", "by", "later", "ends_at", "untaken", "full_at", "state"];
        let set = set.map(|it| format!("\"{it}\" = excluded.\"{it}\"")).join(", ");
        insert(tx, rows, &format!(" ON CONFLICT (id) DO UPDATE SET {set}")).await?;
        insert(tx, self.fresh, " ON CONFLICT (id) DO NOTHING").await?;
        Ok(())
    }
}

impl Person {
    fn is_open(&self) -> bool {
        self.row.state == TellingState::Open.as_str()
    }
}

fn exhausted(it: &row::Model) -> Exhausted {
    Exhausted {
        telling: it.id,
        case: CaseId::new(it.case_id),
        case_version: it.case_version,
        kind: it.kind.clone(),
        step: it.step.clone(),
        target: it.target.clone(),
        made_at: it.made_at.into(),
    }
}

/// Whether a channel, as the rows name it, rings or writes to a telephone.
pub(super) fn is_telephone(channel: &str) -> bool {
    let way = channel.split(':').next().unwrap_or_default().parse::<Way>();
    way.is_ok_and(Way::is_telephone)
}

/// Their telephones have come to nothing, and what was taken has no receipt ever: a push, a mail, a message in an application.
fn only_hoped(rows: &[PersonRow]) -> bool {
    let of = |state: OutboxState| rows.iter().filter(move |it| it.1 == state.as_str());
    of(OutboxState::Failed).any(|it| is_telephone(&it.0)) && !of(OutboxState::Sent).any(|it| is_telephone(&it.0))
}

/// What was held goes `earlier` (microseconds) than it was to, and as what is critical.
pub(super) async fn release(tx: &DatabaseTransaction, id: Uuid, earlier: i64, urgency: i32) -> Result<(), StoreError> {
    use row::{Column, Entity};
    let Some(it) = Entity::find_by_id(id).one(tx).await? else {
        return Ok(());
    };
    // Several rows of one person and step: the first of them has moved it.
    if it.eager && it.urgency == urgency {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(
            Column::EndsAt,
            Expr::value(it.ends_at.map(|at| Micros(at.0.saturating_sub(earlier)))),
        )
        .col_expr(
            Column::FullAt,
            Expr::value(it.full_at.map(|at| Micros(at.0.saturating_sub(earlier)))),
        )
        .col_expr(Column::Eager, Expr::value(true))
        .col_expr(Column::Urgency, Expr::value(urgency))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Nothing more is written for this person and step.
pub(super) async fn settle(tx: &DatabaseTransaction, id: Uuid, state: TellingState) -> Result<(), StoreError> {
    use row::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::EndsAt, Expr::value(Option::<i64>::None))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(TellingState::Open.as_str()))
        .exec(tx)
        .await?;
    Ok(())
}

/// What came of a look at persons whose wave has had its time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waves {
    /// How many were looked at; the others somebody else has in hand.
    pub looked: usize,
    /// How many waves began.
    pub began: usize,
    /// Who has no way left.
    pub exhausted: Vec<Exhausted>,
}

/// A person whose wave has had its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TellingDue {
    /// The row.
    pub id: Uuid,
    /// Of which case.
    pub case: CaseId,
    /// What is told.
    pub kind: String,
    /// Who is told.
    pub target: String,
}

/// One person and step as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TellingView {
    /// The row.
    pub id: Uuid,
    /// Of which step.
    pub step: String,
    /// What is told.
    pub kind: String,
    /// Who is told.
    pub target: String,
    /// `open`, `received`, `exhausted`, `moved_on`.
    pub state: String,
    /// The wave that runs, from 0.
    pub wave: u32,
    /// The carriers that are left, in order.
    pub later: Vec<String>,
    /// When the next wave starts if nothing is received before.
    pub ends_at: Option<Timestamp>,
    /// When it was written.
    pub made_at: Timestamp,
}

impl Store {
    /// Persons whose wave has had its time, the longest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn tellings_due(&self, now: Timestamp, limit: u64) -> Result<Vec<TellingDue>, StoreError> {
        let found = row::Entity::find()
            .filter(row::Column::EndsAt.lte(Micros::from(now)))
            .order_by_asc(row::Column::EndsAt)
            .limit(limit)
            .all(self.reader())
            .await?;
        let due = found.into_iter().map(|it| TellingDue {
            id: it.id,
            case: CaseId::new(it.case_id),
            kind: it.kind,
            target: it.target,
        });
        Ok(due.collect())
    }

    /// Starts the next wave of each of these whose time is still over, and ends the others named in `over`. Those whom somebody else has in
    /// hand just now are left to them: two nodes look at the same persons, and share them.
    ///
    /// # Errors
    /// The database's; nothing was written then.
    pub async fn next_waves(
        &self,
        due: Vec<Uuid>,
        over: Vec<(Uuid, TellingState)>,
        now: Timestamp,
    ) -> Result<Waves, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let all: BTreeSet<Uuid> = due.iter().chain(over.iter().map(|it| &it.0)).copied().collect();
                let mut tellings = Tellings::hold(tx, &all, Busy::Left).await?;
                let mut waves = Waves {
                    looked: tellings.many(),
                    ..Waves::default()
                };
                for (id, state) in over {
                    tellings.settle(id, state);
                }
                for id in due {
                    match tellings.climb(id, Cause::Time, now)? {
                        Climbed::Nothing => {}
                        Climbed::Next => waves.began += 1,
                        Climbed::Exhausted(who) => waves.exhausted.push(who),
                    }
                }
                tellings.write(tx).await?;
                Ok(waves)
            })
        })
        .await
    }

    /// Those whom no way has led to and of whom the case has not been told yet: a crash lies between the two, or the case could not be
    /// written. The oldest first, those after `from`, by when they were made and their row.
    ///
    /// # Errors
    /// The database's.
    pub async fn untold(&self, from: Option<(Timestamp, Uuid)>, limit: u64) -> Result<Vec<Exhausted>, StoreError> {
        use row::Column;
        let after = from.map(|(at, id)| {
            let same = Column::MadeAt.eq(Micros::from(at)).and(Column::Id.gt(id));
            Column::MadeAt.gt(Micros::from(at)).or(same)
        });
        let found = row::Entity::find()
            .filter(Expr::cust("state = 'exhausted' AND said_at IS NULL"))
            .filter(Condition::all().add_option(after))
            .order_by_asc(Column::MadeAt)
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(found.iter().map(exhausted).collect())
    }

    /// The case has been told that no way has led to these.
    ///
    /// # Errors
    /// The database's.
    pub async fn said_untold(&self, tellings: Vec<Uuid>, now: Timestamp) -> Result<(), StoreError> {
        if tellings.is_empty() {
            return Ok(());
        }
        self.write(move |tx| {
            Box::pin(async move {
                row::Entity::update_many()
                    .col_expr(row::Column::SaidAt, Expr::value(Micros::from(now)))
                    .filter(row::Column::Id.is_in(tellings))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Who is told in one case by carriers, oldest first.
    ///
    /// # Errors
    /// The database's, `Corrupt`.
    pub async fn tellings_of(&self, case: CaseId) -> Result<Vec<TellingView>, StoreError> {
        let found = row::Entity::find()
            .filter(row::Column::CaseId.eq(case.as_uuid()))
            .order_by_asc(row::Column::MadeAt)
            .order_by_asc(row::Column::Id)
            .limit(1_000)
            .all(self.reader())
            .await?;
        found
            .into_iter()
            .map(|it| {
                let bad = |why: String| StoreError::corrupt("telling", it.id, "later", why);
                let later: Vec<Wave> = serde_json::from_str(&it.later).map_err(|error| bad(error.to_string()))?;
                Ok(TellingView {
                    id: it.id,
                    step: it.step,
                    kind: it.kind,
                    target: it.target,
                    state: it.state,
                    wave: u32::try_from(it.wave).unwrap_or_default(),
                    ends_at: it.ends_at.filter(|_| !later.is_empty()).map(Into::into),
                    later: later.into_iter().flat_map(|it| it.by).collect(),
                    made_at: it.made_at.into(),
                })
            })
            .collect()
    }
}
