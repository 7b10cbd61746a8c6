//! The outbox: one row per case, step, person and channel, written with the case. Delivered at least once.
//!
//! A worker claims rows for a while, and holds them for as long as it works on them; a claim that ends without a word goes back with the
//! same id, so that the receiver knows the repeat. What completes a row names its claim: a late worker changes nothing, but that it was taken.
//!
//! Holds always: whoever writes several tables takes rows of the outbox before letters, letters before persons (`telling`), and several
//! rows of one table in the order of their ids.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Set, Statement,
};
use uuid::Uuid;

use super::letters::{self, LetterRow};
use super::many::{filled, insert};
use super::reports::put_words;
use super::rows::outbox;
use super::telling::{
    Busy, Cause, Climbed, Exhausted, TellingRow, TellingState, Tellings, is_telephone, release, settle, telling_id,
};
use crate::case::NoticeKind;
use crate::ids::{CaseId, NoticeId};
use crate::store::{Engine, Micros, Store, StoreError, rows_per_statement};

/// Rows that are still to be sent: written out as the index says it, for with values in its place no index is used.
const OPEN: &str = "state IN ('waiting', 'sending')";

/// Of a row that nobody works on ($3 now).
pub const IN_NO_HAND: &str = "AND (claimed_until IS NULL OR claimed_until <= $3)";

/// Since when the oldest row waits of one channel, of critical cases (1) or of the others (0): $1, $2. The hundreds of the urgency are the severity
/// ([`crate::dispatch::tell::urgency`]).
pub const OLDEST: &str = "SELECT made_at FROM outbox WHERE state IN ('waiting', 'sending') AND channel = $1 \
                          AND CASE WHEN urgency % 1000 >= 300 THEN 1 ELSE 0 END = $2 ORDER BY made_at LIMIT 1";

/// What tells a family how it stands: of several the newest says it all.
const FAMILY_NEWS: [&str; 5] = [
    NoticeKind::FamilyOpened.as_str(),
    NoticeKind::FamilyAccepted.as_str(),
    NoticeKind::FamilyArrived.as_str(),
    NoticeKind::FamilyClosed.as_str(),
    NoticeKind::FamilyFalseAlarm.as_str(),
];

/// Of these, what the rest of the case does not take back.
const FAMILY_ENDS: [&str; 2] = [NoticeKind::FamilyClosed.as_str(), NoticeKind::FamilyFalseAlarm.as_str()];

/// Why a row is given up whose channel there is no more.
pub const LOST: &str = "this way is no more in the configuration";

/// A row on its way into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Follows from case, step, person and channel.
    pub id: NoticeId,
    /// Of which case.
    pub case: CaseId,
    /// The case's version that it tells of.
    pub case_version: u32,
    /// Where the case belongs.
    pub area_code: String,
    /// What is told, a stable word.
    pub kind: String,
    /// Of which step of the case.
    pub step: String,
    /// Who is told: `resp_…`, `contact_…`, `desk`, `duty_leader`, ….
    pub target: String,
    /// By what.
    pub channel: String,
    /// Higher goes first.
    pub urgency: i32,
    /// How it goes on; of a channel that stands alone, not at all.
    pub going: Going,
}

/// What a row of a carrier has that one of a channel has not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Going {
    /// The person's waves, of which this row is of the first; the same for all rows of one person and step.
    pub telling: Option<Arc<TellingRow>>,
    /// It waits until then, and its time counts from there.
    pub held_until: Option<Timestamp>,
    /// There is no way to them: the row is written to say so, and nothing is sent.
    pub refused: Option<&'static str>,
}

/// The channel of a row that says that there is no way.
pub const NO_CHANNEL: &str = "none";

impl OutboxRow {
    /// The id of a row: it follows from case, step, person and channel.
    pub fn id_of(case: CaseId, step: &str, target: &str, channel: &str) -> NoticeId {
        // A line feed is in none of the parts, so no two rows share a name.
        NoticeId::derive(case.as_uuid(), &format!("{step}\n{target}\n{channel}"))
    }

    pub(super) fn into_row(self, now: Micros) -> outbox::ActiveModel {
        let state = match self.going.refused {
            Some(_) => OutboxState::Failed,
            None => OutboxState::Waiting,
        };
        let now = self.going.held_until.map_or(now, Micros::from);
        outbox::ActiveModel {
            id: Set(self.id.as_uuid()),
            case_id: Set(self.case.as_uuid()),
            case_version: Set(self.case_version.into()),
            area_code: Set(self.area_code),
            kind: Set(self.kind),
            step: Set(self.step),
            target: Set(self.target),
            channel: Set(self.channel),
            urgency: Set(self.urgency),
            made_at: Set(now),
            state: Set(state.as_str().to_owned()),
            next_at: Set(now),
            claim: Set(None),
            claimed_until: Set(None),
            attempts: Set(0),
            last_error: Set(self.going.refused.map(str::to_owned)),
            sent_at: Set(None),
            receipt_at: Set(None),
            begun_at: Set(None),
        }
    }
}

/// A contact was told that a case has begun, by one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldFamily {
    /// The case's version that it tells of.
    pub case_version: i64,
    /// What, as `family_opened`.
    pub kind: String,
    /// There is a receipt.
    pub knows: bool,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    /// Not sent yet, or to be sent again.
    Waiting,
    /// A worker has it.
    Sending,
    /// The channel took it.
    Sent,
    /// The receiver has it.
    Received,
    /// Given up; visible.
    Failed,
    /// Its case had moved on before it was sent.
    Stale,
    /// The same was said anew before it was sent.
    Merged,
}

impl OutboxState {
    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            OutboxState::Waiting => "waiting",
            OutboxState::Sending => "sending",
            OutboxState::Sent => "sent",
            OutboxState::Received => "received",
            OutboxState::Failed => "failed",
            OutboxState::Stale => "stale",
            OutboxState::Merged => "merged",
        }
    }
}

/// Since when something waits by one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oldest {
    /// The channel.
    pub channel: String,
    /// Since when the oldest row does.
    pub since: Option<Timestamp>,
    /// Since when the oldest row of a critical case does.
    pub critical: Option<Timestamp>,
}

/// A row in the hands of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The row, and the key under which the receiver knows a repeat.
    pub id: NoticeId,
    /// The token of this claim.
    pub claim: Uuid,
    /// Of which case.
    pub case: CaseId,
    /// The case's version that it tells of.
    pub case_version: i64,
    /// Where the case belongs.
    pub area_code: String,
    /// What is told.
    pub kind: String,
    /// Of which step.
    pub step: String,
    /// Who is told.
    pub target: String,
    /// When it was written.
    pub made_at: Timestamp,
    /// Since when it is worth sending: a row of a later wave, since the first one.
    pub begun_at: Timestamp,
    /// Since when it was due.
    pub due_at: Timestamp,
    /// How many times it was tried before.
    pub attempts: u32,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The channel took it.
    Taken,
    /// The channel took it and the receiver has it.
    Received,
    /// Not now: again at this instant.
    Again(Timestamp, String),
    /// Never.
    Failed(String),
    /// Nothing to tell any more.
    Stale,
}

/// What came of one claimed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finish {
    /// The row.
    pub id: NoticeId,
    /// The claim under which it was tried.
    pub claim: Uuid,
    /// What came of it.
    pub sent: Sent,
    /// Of a carrier: what else is to be written.
    pub letter: Option<LetterDone>,
}

/// What is written beside the row of a carrier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LetterDone {
    /// The carrier.
    pub channel: String,
    /// The person and step that it is of.
    pub telling: Uuid,
    /// The provider's own number of it.
    pub proof: Option<String>,
    /// Keyed hash of the telephone.
    pub callee: Option<Vec<u8>>,
    /// Of a role: who was told, joined by commas.
    pub whom: Option<String>,
    /// What came of it at each address.
    pub letters: Vec<LetterRow>,
    /// Somebody whom it was for was refused by a quota, and by no other address told: the next way begins, whatever it came to for the others.
    pub goes_on: bool,
}

/// What came of writing results down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finished {
    /// Of each, in the order in which they came, whether it was written: its claim was still the row's, or the letter was handed over.
    pub held: Vec<bool>,
    /// How many further waves have begun.
    pub next: usize,
    /// Who has no way left.
    pub exhausted: Vec<Exhausted>,
}

impl Finished {
    fn climbed(&mut self, it: Climbed) {
        match it {
            Climbed::Nothing => {}
            Climbed::Next => self.next += 1,
            Climbed::Exhausted(who) => self.exhausted.push(who),
        }
    }
}

/// One row as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxView {
    /// The row.
    pub id: NoticeId,
    /// The case's version that it tells of.
    pub case_version: i64,
    /// What is told.
    pub kind: String,
    /// Who is told.
    pub target: String,
    /// By what.
    pub channel: String,
    /// Where it stands.
    pub state: String,
    /// When it was written.
    pub made_at: Timestamp,
    /// How many times it was tried.
    pub attempts: u32,
    /// What the last try said.
    pub last_error: Option<String>,
    /// When the channel took it.
    pub sent_at: Option<Timestamp>,
    /// When the receiver had it.
    pub receipt_at: Option<Timestamp>,
}

impl Store {
    /// Takes up to `limit` rows of a channel that are due, most urgent first, until `until`. Rows whose claim has run out
    /// are due again.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_outbox(
        &self,
        channel: &str,
        claim: Uuid,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError> {
        let channel = channel.to_owned();
        let engine = self.engine();
        self.write(move |tx| {
            Box::pin(async move {
                let due = due_of(tx, engine, &channel, Micros::from(now), limit, IN_NO_HAND).await?;
                let rows = take(tx, due, claim, Micros::from(until)).await?;
                Ok(rows.into_iter().map(|it| claimed(it, claim)).collect())
            })
        })
        .await
    }

    /// As [`Store::claim_outbox`], of a carrier: nobody is told of one case by two at a time, so that what is said later comes
    /// later; and of what was said anew meanwhile only the newest is taken.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_letters(
        &self,
        channel: &str,
        claim: Uuid,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError> {
        let channel = channel.to_owned();
        let engine = self.engine();
        self.write(move |tx| {
            Box::pin(async move {
                if engine == Engine::Postgres {
                    // One node at a time claims of one channel: of two rows to one person, one in the hands of each, neither look sees
                    // the other.
                    let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
                    let values = [format!("claim {channel}").into()];
                    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values))
                        .await?;
                }
                let nobody_busy = format!(
                    "{IN_NO_HAND} AND NOT EXISTS (SELECT 1 FROM outbox busy WHERE busy.state = 'sending' \
                     AND busy.channel = outbox.channel AND busy.case_id = outbox.case_id AND busy.target = outbox.target \
                     AND busy.claimed_until > $3)"
                );
                let due = due_of(tx, engine, &channel, Micros::from(now), limit, &nobody_busy).await?;
                let mut rows = take(tx, due, claim, Micros::from(until)).await?;
                let anew = said_anew(tx, &rows, Micros::from(now)).await?;
                merge(tx, &rows, &anew).await?;
                rows.retain(|it| !anew.contains_key(&it.id));
                // Of several to one person the most urgent goes now, and the others when it has gone.
                let mut told: BTreeSet<(Uuid, String)> = BTreeSet::new();
                let (mut taken, mut back) = (Vec::with_capacity(rows.len()), Vec::new());
                for it in rows {
                    if told.insert((it.case_id, it.target.clone())) {
                        taken.push(claimed(it, claim));
                    } else {
                        back.push(it.id);
                    }
                }
                give_back(tx, back).await?;
                Ok(taken)
            })
        })
        .await
    }

    /// Whether a row of a channel is due: a look that costs no writing transaction.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_is_due(&self, channel: &str, now: Timestamp) -> Result<bool, StoreError> {
        // A look locks nothing: as on an engine with one writer.
        let due = due_of(self.reader(), Engine::Sqlite, channel, Micros::from(now), 1, IN_NO_HAND).await?;
        Ok(!due.is_empty())
    }

    /// Whether a row of a channel may be on its way just now, so that a report may come before we know its number.
    ///
    /// # Errors
    /// The database's.
    pub async fn may_come_early(&self, channel: &str, now: Timestamp) -> Result<bool, StoreError> {
        let due = due_of(self.reader(), Engine::Sqlite, channel, Micros::from(now), 1, "").await?;
        Ok(!due.is_empty())
    }

    /// Writes down what came of a claimed row; false when the claim was not the row's any more, and nothing was changed.
    ///
    /// # Errors
    /// The database's.
    pub async fn finish_outbox(
        &self,
        id: NoticeId,
        claim: Uuid,
        sent: Sent,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let one = Finish {
            id,
            claim,
            sent,
            letter: None,
        };
        let done = self.finish_outbox_all(vec![one], now).await?;
        Ok(done.held == [true])
    }

    /// Writes down what came of some claimed rows, in one transaction, and with a failed one the rows of the next wave.
    ///
    /// That a letter was taken is true whoever holds its row by now, and is written while it is on its way: it is not handed over once
    /// more. Everything else is the word of whoever holds the row.
    ///
    /// # Errors
    /// The database's; nothing was written then.
    pub async fn finish_outbox_all(&self, list: Vec<Finish>, now: Timestamp) -> Result<Finished, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut done = Finished {
                    held: vec![false; list.len()],
                    ..Finished::default()
                };
                // Of several results of one row each is written on its own.
                let mut rounds: Vec<BTreeMap<NoticeId, (usize, Finish)>> = Vec::new();
                for (at, it) in list.into_iter().enumerate() {
                    match rounds.iter_mut().find(|round| !round.contains_key(&it.id)) {
                        Some(round) => {
                            round.insert(it.id, (at, it));
                        }
                        None => rounds.push(BTreeMap::from([(it.id, (at, it))])),
                    }
                }
                for round in rounds {
                    finish(tx, round, &mut done, now).await?;
                }
                Ok(done)
            })
        })
        .await
    }

    /// Holds rows in hand until `until`, each under the claim by which it was taken; answers those that are still held. A row that somebody is
    /// writing just now is passed over: it is about to be finished, or is looked at again.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_outbox(
        &self,
        rows: Vec<(NoticeId, Uuid)>,
        until: Timestamp,
    ) -> Result<BTreeSet<NoticeId>, StoreError> {
        let engine = self.engine();
        self.write(move |tx| {
            Box::pin(async move {
                use outbox::{Column, Entity};
                let mut kept = BTreeSet::new();
                for some in rows.chunks(rows_per_statement(2)) {
                    let mut held = Entity::find()
                        .select_only()
                        .column(Column::Id)
                        .filter(Expr::cust("state = 'sending'"))
                        .filter(Column::Id.is_in(some.iter().map(|it| it.0.as_uuid())))
                        // A claim is of one look of one process: no row of these is held under the claim of another.
                        .filter(Column::Claim.is_in(some.iter().map(|it| it.1)));
                    if engine == Engine::Postgres {
                        held = held.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
                    }
                    let held: Vec<Uuid> = held.into_tuple().all(tx).await?;
                    Entity::update_many()
                        .col_expr(Column::ClaimedUntil, Expr::value(Micros::from(until)))
                        .filter(Column::Id.is_in(held.iter().copied()))
                        .exec(tx)
                        .await?;
                    kept.extend(held.into_iter().map(NoticeId::new));
                }
                Ok(kept)
            })
        })
        .await
    }

    /// Gives up rows of channels that are not among `there` and have been due since `before` without anybody taking them: their channel
    /// has been taken out of the configuration, or has another name now. Their persons go on to the next way. Answers how many rows it
    /// were; at most `limit`.
    ///
    /// # Errors
    /// The database's; nothing was written then.
    pub async fn fail_lost(
        &self,
        there: Vec<String>,
        before: Timestamp,
        limit: u64,
        now: Timestamp,
    ) -> Result<(usize, Finished), StoreError> {
        let waiting = channels_of(self.reader()).await?;
        let lost: Vec<String> = waiting.into_iter().filter(|it| !there.contains(it)).collect();
        if lost.is_empty() {
            return Ok((0, Finished::default()));
        }
        self.write(move |tx| {
            Box::pin(async move {
                let before = Micros::from(before);
                let mut rows = outbox::Entity::find()
                    .filter(Expr::cust(OPEN))
                    .filter(outbox::Column::Channel.is_in(lost))
                    .filter(outbox::Column::NextAt.lte(before))
                    .filter(
                        Condition::any()
                            .add(outbox::Column::ClaimedUntil.is_null())
                            .add(outbox::Column::ClaimedUntil.lte(before)),
                    )
                    .order_by_asc(outbox::Column::NextAt)
                    .limit(limit)
                    .all(tx)
                    .await?;
                rows.sort_by_key(|it| it.id);
                let mut done = Finished::default();
                let many = rows.len();
                let mut persons = BTreeSet::new();
                for it in rows {
                    let changed = outbox::Entity::update_many()
                        .col_expr(outbox::Column::State, Expr::value(OutboxState::Failed.as_str()))
                        .col_expr(outbox::Column::Claim, Expr::value(Option::<Uuid>::None))
                        .col_expr(outbox::Column::ClaimedUntil, Expr::value(Option::<i64>::None))
                        .col_expr(outbox::Column::LastError, Expr::value(LOST))
                        .filter(outbox::Column::Id.eq(it.id))
                        .filter(Expr::cust(OPEN))
                        .exec(tx)
                        .await?;
                    if changed.rows_affected > 0 {
                        let telling = telling_id(CaseId::new(it.case_id), &it.step, &it.target);
                        persons.insert((telling, it.channel));
                    }
                }
                let ids = persons.iter().map(|it| it.0).collect();
                let mut tellings = Tellings::hold(tx, &ids, Busy::Waited).await?;
                for (telling, channel) in persons {
                    done.climbed(tellings.climb(telling, Cause::Failed(&channel), now)?);
                }
                tellings.write(tx).await?;
                Ok((many, done))
            })
        })
        .await
    }

    /// A receipt that came by another way than the answer to the sending; false when the row is unknown, was never tried or
    /// has its receipt already. A row that is to be tried again, or was given up, was received all the same.
    ///
    /// # Errors
    /// The database's.
    pub async fn receive_outbox(&self, id: NoticeId, now: Timestamp) -> Result<bool, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = outbox::Entity::update_many()
                    .col_expr(outbox::Column::State, Expr::value(OutboxState::Received.as_str()))
                    .col_expr(outbox::Column::ReceiptAt, Expr::value(Micros::from(now)))
                    .col_expr(outbox::Column::Claim, Expr::value(Option::<Uuid>::None))
                    .col_expr(outbox::Column::ClaimedUntil, Expr::value(Option::<i64>::None))
                    .filter(outbox::Column::Id.eq(id.as_uuid()))
                    .filter(outbox::Column::Attempts.gt(0))
                    .filter(outbox::Column::State.is_in([
                        OutboxState::Waiting.as_str(),
                        OutboxState::Sending.as_str(),
                        OutboxState::Sent.as_str(),
                        OutboxState::Failed.as_str(),
                    ]))
                    .exec(tx)
                    .await?;
                Ok(done.rows_affected == 1)
            })
        })
        .await
    }

    /// One row, and the case that it is of.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_row(&self, id: NoticeId) -> Result<Option<(CaseId, OutboxView)>, StoreError> {
        let row = outbox::Entity::find_by_id(id.as_uuid()).one(self.reader()).await?;
        Ok(row.map(|it| (CaseId::new(it.case_id), view(it))))
    }

    /// What a contact was told of the beginning of a case, by each row that leads to them.
    ///
    /// # Errors
    /// The database's.
    pub async fn told_family(&self, case: CaseId, target: &str) -> Result<Vec<ToldFamily>, StoreError> {
        use outbox::{Column, Entity};
        let kinds = [
            NoticeKind::FamilyOpened,
            NoticeKind::FamilyRaised,
            NoticeKind::FamilyAsk,
        ];
        let found: Vec<(i64, String, String)> = Entity::find()
            .select_only()
            .column(Column::CaseVersion)
            .column(Column::Kind)
            .column(Column::State)
            .filter(Column::CaseId.eq(case.as_uuid()))
            .filter(Column::Target.eq(target))
            .filter(Column::Kind.is_in(kinds.map(NoticeKind::as_str)))
            .into_tuple()
            .all(self.reader())
            .await?;
        let told = |(case_version, kind, state): (i64, String, String)| ToldFamily {
            case_version,
            kind,
            knows: state == OutboxState::Received.as_str(),
        };
        Ok(found.into_iter().map(told).collect())
    }

    /// What was told in one case, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_of(&self, case: CaseId) -> Result<Vec<OutboxView>, StoreError> {
        let rows = outbox::Entity::find()
            .filter(outbox::Column::CaseId.eq(case.as_uuid()))
            .order_by_asc(outbox::Column::MadeAt)
            .order_by_asc(outbox::Column::Id)
            .limit(1_000)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(view).collect())
    }

    /// Since when something waits, by channel: a look at the index for each, however much waits.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_oldest(&self) -> Result<Vec<Oldest>, StoreError> {
        let db = self.reader();
        let mut found = Vec::new();
        for channel in channels_of(db).await? {
            let mut since: [Option<Timestamp>; 2] = [None; 2];
            for (critical, since) in [0_i32, 1].into_iter().zip(&mut since) {
                let values = [channel.as_str().into(), critical.into()];
                let oldest = Statement::from_sql_and_values(db.get_database_backend(), OLDEST, values);
                let row = db.query_one_raw(oldest).await?;
                let at: Option<Micros> = row.map(|it| it.try_get_by_index(0)).transpose()?;
                *since = at.map(Into::into);
            }
            found.push(Oldest {
                channel,
                critical: since[1],
                since: since.into_iter().flatten().min(),
            });
        }
        Ok(found)
    }

    /// How many rows wait, by channel. It reads over all of them.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_waiting_by_channel(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows: Vec<(String, i64)> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::Channel)
            .column_as(outbox::Column::Id.count(), "waiting")
            .filter(Expr::cust(OPEN))
            .group_by(outbox::Column::Channel)
            .into_tuple()
            .all(self.reader())
            .await?;
        let read = |(channel, waiting): (String, i64)| (channel, u64::try_from(waiting).unwrap_or_default());
        Ok(rows.into_iter().map(read).collect())
    }

    /// How many rows wait, and since when the oldest does.
    ///
    /// # Errors
    /// The database's.
    pub async fn outbox_waiting(&self) -> Result<(u64, Option<Timestamp>), StoreError> {
        let waiting = || outbox::Entity::find().filter(Expr::cust(OPEN));
        let count = waiting().count(self.reader()).await?;
        let oldest = waiting()
            .select_only()
            .column_as(outbox::Column::MadeAt.min(), "oldest")
            .into_tuple::<Option<Micros>>()
            .one(self.reader())
            .await?
            .flatten();
        Ok((count, oldest.map(Into::into)))
    }
}

/// The channels by which something waits, one look at the index for each.
async fn channels_of<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr> {
    let mut found: Vec<String> = Vec::new();
    loop {
        let next: Option<String> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::Channel)
            .filter(Expr::cust(OPEN))
            .filter(Condition::all().add_option(found.last().map(|it| outbox::Column::Channel.gt(it.as_str()))))
            .order_by_asc(outbox::Column::Channel)
            .limit(1)
            .into_tuple()
            .one(db)
            .await?;
        match next {
            Some(it) => found.push(it),
            None => return Ok(found),
        }
    }
}

/// The rows of one channel and urgency that are due: $1 channel, $2 urgency, $3 now, $4 how many; `more` holds of each. The test of the index
/// reads its plan.
pub fn due_sql(engine: Engine, more: &str) -> String {
    // SQLite has one writer, so nobody else can claim between the look and the mark.
    let skip = if engine == Engine::Postgres {
        " FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    format!(
        "SELECT id FROM outbox WHERE {OPEN} AND channel = $1 AND urgency = $2 AND next_at <= $3 {more} \
         ORDER BY next_at, id LIMIT $4{skip}"
    )
}

/// The rows of a channel that are due, most urgent first, at most `limit`; `more` holds of each ($1 channel, $2 urgency, $3 now).
///
/// One urgency after the other: in the order of the index those that are due later lie between the urgencies, and a provider that was away leaves
/// tens of thousands of them, which a single statement would read over each time.
async fn due_of<C: ConnectionTrait>(
    db: &C,
    engine: Engine,
    channel: &str,
    now: Micros,
    limit: u32,
    more: &str,
) -> Result<Vec<Uuid>, DbErr> {
    let sql = due_sql(engine, more);
    let backend = db.get_database_backend();
    let (mut due, mut below): (Vec<Uuid>, Option<i32>) = (Vec::new(), None);
    while due.len() < limit as usize {
        let level: Option<i32> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::Urgency)
            .filter(Expr::cust(OPEN))
            .filter(outbox::Column::Channel.eq(channel))
            .filter(Condition::all().add_option(below.map(|it| outbox::Column::Urgency.lt(it))))
            .order_by_desc(outbox::Column::Urgency)
            .limit(1)
            .into_tuple()
            .one(db)
            .await?;
        let Some(level) = level else { break };
        let rest = i64::from(limit) - due.len() as i64;
        let values = [channel.into(), level.into(), now.into(), rest.into()];
        let rows = db
            .query_all_raw(Statement::from_sql_and_values(backend, sql.clone(), values))
            .await?;
        for row in rows {
            due.push(row.try_get("", "id")?);
        }
        below = Some(level);
    }
    Ok(due)
}

/// Marks rows as taken; answers them, most urgent first.
async fn take(
    tx: &DatabaseTransaction,
    ids: Vec<Uuid>,
    claim: Uuid,
    until: Micros,
) -> Result<Vec<outbox::Model>, DbErr> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    use outbox::{Column, Entity};
    let mut rows = Entity::update_many()
        .col_expr(Column::State, Expr::value(OutboxState::Sending.as_str()))
        .col_expr(Column::Claim, Expr::value(claim))
        .col_expr(Column::ClaimedUntil, Expr::value(until))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.is_in(ids))
        .exec_with_returning(tx)
        .await?;
    rows.sort_by_key(|it| (-it.urgency, it.made_at, it.id));
    Ok(rows)
}

fn claimed(it: outbox::Model, claim: Uuid) -> Claimed {
    Claimed {
        id: NoticeId::new(it.id),
        claim,
        case: CaseId::new(it.case_id),
        case_version: it.case_version,
        area_code: it.area_code,
        kind: it.kind,
        step: it.step,
        target: it.target,
        made_at: it.made_at.into(),
        begun_at: it.begun_at.unwrap_or(it.made_at).into(),
        due_at: it.next_at.into(),
        attempts: u32::try_from(it.attempts).unwrap_or(u32::MAX),
    }
}

/// A case has become critical: what waits for the end of somebody's quiet hours goes now.
pub(super) async fn release_held(tx: &DatabaseTransaction, case: CaseId, now: Micros) -> Result<(), StoreError> {
    use outbox::{Column, Entity};
    // A row that is held is dated to the end of its wait; every other is of the past.
    let held = Entity::find()
        .filter(Column::CaseId.eq(case.as_uuid()))
        .filter(Column::MadeAt.gt(now))
        .filter(Column::State.eq(OutboxState::Waiting.as_str()))
        .order_by_asc(Column::Id)
        .all(tx)
        .await?;
    let mut persons = BTreeMap::new();
    for it in held {
        Entity::update_many()
            .col_expr(Column::MadeAt, Expr::value(now))
            .col_expr(Column::NextAt, Expr::value(now))
            .col_expr(Column::Urgency, Expr::value(as_critical(it.urgency)))
            .filter(Column::Id.eq(it.id))
            .exec(tx)
            .await?;
        let earlier = it.made_at.0.saturating_sub(now.0);
        let telling = telling_id(case, &it.step, &it.target);
        persons.entry(telling).or_insert((earlier, as_critical(it.urgency)));
    }
    for (telling, (earlier, urgency)) in persons {
        release(tx, telling, earlier, urgency).await?;
    }
    Ok(())
}

/// Whether an urgency is that of a critical case.
pub(super) const fn is_critical(urgency: i32) -> bool {
    urgency % 1_000 >= 300
}

/// The hundreds of an urgency are the severity ([`crate::dispatch::tell::urgency`]).
const fn as_critical(urgency: i32) -> i32 {
    urgency - (urgency % 1_000) / 100 * 100 + 300
}

/// How a newer row makes an older one idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anew {
    /// The same will be said in a moment, or is known: nothing more is owed of the older step.
    Said,
    /// A push or a mail has gone that says more than the older one of the same way would. Nobody knows whether it was seen: this way has
    /// nothing to add, and the others go on.
    Hoped,
}

/// Which of these rows a newer one of the same case and person makes idle, and how.
///
/// The same kind by the same carrier, if it can go now; an end, if it can go now by the same carrier; and any newer news of a family's that they have for
/// sure: with a receipt, or handed to a telephone. That somebody is coming is taken back when the lead is lost, so while it only waits it stands
/// for no beginning: a family that hears neither would know of nothing.
async fn said_anew(
    tx: &DatabaseTransaction,
    rows: &[outbox::Model],
    now: Micros,
) -> Result<BTreeMap<Uuid, Anew>, StoreError> {
    let cases: BTreeSet<Uuid> = rows.iter().map(|it| it.case_id).collect();
    if cases.is_empty() {
        return Ok(BTreeMap::new());
    }
    let can_go = Condition::all()
        .add(Expr::cust(OPEN))
        .add(outbox::Column::NextAt.lte(now));
    let has_gone = Condition::all()
        .add(outbox::Column::State.is_in([OutboxState::Sent.as_str(), OutboxState::Received.as_str()]))
        .add(outbox::Column::Kind.is_in(FAMILY_NEWS));
    let found = outbox::Entity::find()
        .filter(outbox::Column::CaseId.is_in(cases))
        .filter(Condition::any().add(can_go).add(has_gone))
        .all(tx)
        .await?;
    let idle = |old: &outbox::Model| {
        let newer = found
            .iter()
            .filter(|it| it.case_version > old.case_version && (it.case_id, &it.target) == (old.case_id, &old.target));
        let all: Vec<Anew> = newer.filter_map(|it| anew(old, it)).collect();
        let said = all.iter().find(|it| **it == Anew::Said);
        said.or(all.first()).map(|it| (old.id, *it))
    };
    Ok(rows.iter().filter_map(idle).collect())
}

/// What a newer row that can go now, or news that has gone, makes of an older one to the same person.
fn anew(old: &outbox::Model, newer: &outbox::Model) -> Option<Anew> {
    let is_news = |it: &outbox::Model| FAMILY_NEWS.contains(&it.kind.as_str());
    let same_way = newer.channel == old.channel;
    if newer.state == OutboxState::Received.as_str() {
        return is_news(old).then_some(Anew::Said);
    }
    if newer.state == OutboxState::Sent.as_str() {
        return match is_news(old) {
            true if is_telephone(&newer.channel) => Some(Anew::Said),
            true if same_way => Some(Anew::Hoped),
            _ => None,
        };
    }
    let ends = FAMILY_ENDS.contains(&newer.kind.as_str()) && is_news(old);
    (same_way && (newer.kind == old.kind || ends)).then_some(Anew::Said)
}

/// Rows that were claimed and not tried.
async fn give_back(tx: &DatabaseTransaction, rows: Vec<Uuid>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value(OutboxState::Waiting.as_str()))
        .col_expr(outbox::Column::Claim, Expr::value(Option::<Uuid>::None))
        .col_expr(outbox::Column::ClaimedUntil, Expr::value(Option::<i64>::None))
        .col_expr(outbox::Column::Attempts, Expr::col(outbox::Column::Attempts).sub(1))
        .filter(outbox::Column::Id.is_in(rows))
        .exec(tx)
        .await?;
    Ok(())
}

/// Rows that a newer one makes idle. They are ours already; their persons follow in the order in which everybody takes them.
async fn merge(
    tx: &DatabaseTransaction,
    rows: &[outbox::Model],
    anew: &BTreeMap<Uuid, Anew>,
) -> Result<(), StoreError> {
    let mut persons = BTreeSet::new();
    for (it, how) in rows.iter().filter_map(|it| Some((it, anew.get(&it.id)?))) {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::value(OutboxState::Merged.as_str()))
            .col_expr(outbox::Column::Claim, Expr::value(Option::<Uuid>::None))
            .col_expr(outbox::Column::ClaimedUntil, Expr::value(Option::<i64>::None))
            .col_expr(outbox::Column::LastError, Expr::value("the same was said anew"))
            .filter(outbox::Column::Id.eq(it.id))
            .exec(tx)
            .await?;
        if *how == Anew::Said {
            persons.insert(telling_id(CaseId::new(it.case_id), &it.step, &it.target));
        }
    }
    for it in persons {
        settle(tx, it, TellingState::MovedOn).await?;
    }
    Ok(())
}

/// A result that a person's waves may follow from.
struct Follow {
    telling: Uuid,
    row: NoticeId,
    sent: Sent,
    channel: String,
    goes_on: bool,
}

/// Writes down what came of some rows, each of them once, in a few statements however many they are. Rows of the outbox first, in the order of
/// their ids, and with them their letters; then persons. Whoever takes several takes them so, and no two wait for each other in a ring.
async fn finish(
    tx: &DatabaseTransaction,
    list: BTreeMap<NoticeId, (usize, Finish)>,
    done: &mut Finished,
    now: Timestamp,
) -> Result<(), StoreError> {
    let at = Micros::from(now);
    let mut rows = hold(tx, list.keys().map(|it| it.as_uuid()).collect()).await?;
    let letters = || list.iter().filter_map(|(id, it)| Some((*id, it.1.letter.as_ref()?)));
    put_words(tx, letters(), at).await?;
    let each = letters().flat_map(|(id, it)| it.letters.iter().map(move |letter| (id, letter.clone())));
    letters::note(tx, each.collect(), at).await?;
    let (mut written, mut follow) = (Vec::new(), Vec::new());
    for (id, (nth, it)) in list {
        let Some(row) = rows.get_mut(&id.as_uuid()) else {
            continue;
        };
        if row.state != OutboxState::Sending.as_str() {
            continue;
        }
        if row.claim != Some(it.claim) && !was_handed_over(tx, &it).await? {
            continue; // whoever holds it goes on with it
        }
        close(row, &it.sent, at);
        written.push(outbox::ActiveModel::from(row.clone()));
        if let Some(held) = done.held.get_mut(nth) {
            *held = true;
        }
        follow.extend(it.letter.map(|letter| Follow {
            telling: letter.telling,
            row: id,
            sent: it.sent,
            channel: letter.channel,
            goes_on: letter.goes_on,
        }));
    }
    let set = [
        "state",
        "claim",
        "claimed_until",
        "next_at",
        "last_error",
        "sent_at",
        "receipt_at",
    ];
    let set = set.map(|it| format!("{it} = excluded.{it}")).join(", ");
    insert(tx, written, &format!(" ON CONFLICT (id) DO UPDATE SET {set}")).await?;

    follow.retain(|it| it.goes_on || !matches!(it.sent, Sent::Taken | Sent::Again(..)));
    follow.sort_by_key(|it| (it.telling, it.row));
    let persons: BTreeSet<Uuid> = follow.iter().map(|it| it.telling).collect();
    let mut tellings = Tellings::hold(tx, &persons, Busy::Waited).await?;
    for it in follow {
        let cause = match it.goes_on {
            true => Cause::OverQuota(&it.channel),
            false => Cause::Failed(&it.channel),
        };
        match it.sent {
            Sent::Received => tellings.settle(it.telling, TellingState::Received),
            Sent::Stale => tellings.settle(it.telling, TellingState::MovedOn),
            Sent::Failed(_) | Sent::Taken | Sent::Again(..) => done.climbed(tellings.climb(it.telling, cause, now)?),
        }
    }
    tellings.write(tx).await
}

/// Holds rows of the outbox until the commit, in the order of their ids, and reads them.
async fn hold(tx: &DatabaseTransaction, ids: Vec<Uuid>) -> Result<BTreeMap<Uuid, outbox::Model>, DbErr> {
    let mut rows = BTreeMap::new();
    for some in ids.chunks(rows_per_statement(1)) {
        let mut query = outbox::Entity::find()
            .filter(outbox::Column::Id.is_in(filled(some)))
            .order_by_asc(outbox::Column::Id);
        // SQLite has one writer anyway.
        if tx.get_database_backend() == DbBackend::Postgres {
            query = query.lock(LockType::Update);
        }
        rows.extend(query.all(tx).await?.into_iter().map(|it| (it.id, it)));
    }
    Ok(rows)
}

/// Whether a letter is on its way, as whoever has no claim any more says: whoever has the row now need not hand it over again. A report may
/// have said meanwhile that it did not get there.
async fn was_handed_over(tx: &DatabaseTransaction, it: &Finish) -> Result<bool, StoreError> {
    if !matches!(it.sent, Sent::Taken | Sent::Received) {
        return Ok(false);
    }
    match it.letter.as_ref().filter(|it| !it.letters.is_empty()) {
        Some(_) => letters::is_told(tx, it.id).await,
        None => Ok(true),
    }
}

/// What a result makes of its row.
fn close(row: &mut outbox::Model, sent: &Sent, now: Micros) {
    let (state, error) = match sent {
        Sent::Taken => (OutboxState::Sent, None),
        Sent::Received => (OutboxState::Received, None),
        Sent::Again(_, why) => (OutboxState::Waiting, Some(why.clone())),
        Sent::Failed(why) => (OutboxState::Failed, Some(why.clone())),
        Sent::Stale => (OutboxState::Stale, None),
    };
    state.as_str().clone_into(&mut row.state);
    row.last_error = error;
    row.claim = None;
    row.claimed_until = None;
    match sent {
        Sent::Taken => row.sent_at = Some(now),
        Sent::Received => {
            row.sent_at = Some(now);
            row.receipt_at = Some(now);
        }
        Sent::Again(at, _) => row.next_at = Micros::from(*at),
        Sent::Failed(_) | Sent::Stale => {}
    }
}

pub(super) fn view(it: outbox::Model) -> OutboxView {
    OutboxView {
        id: NoticeId::new(it.id),
        case_version: it.case_version,
        kind: it.kind,
        target: it.target,
        channel: it.channel,
        state: it.state,
        made_at: it.made_at.into(),
        attempts: u32::try_from(it.attempts).unwrap_or(u32::MAX),
        last_error: it.last_error,
        sent_at: it.sent_at.map(Into::into),
        receipt_at: it.receipt_at.map(Into::into),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(version: i64, kind: NoticeKind, channel: &str, state: OutboxState) -> outbox::Model {
        outbox::Model {
            id: Uuid::from_u128(u128::from(version.unsigned_abs())),
            case_id: Uuid::nil(),
            case_version: version,
            area_code: String::new(),
            kind: kind.as_str().to_owned(),
            step: format!("{version}:{kind}"),
            target: "contact_1".to_owned(),
            channel: channel.to_owned(),
            urgency: 310,
            made_at: Micros(0),
            state: state.as_str().to_owned(),
            next_at: Micros(0),
            claim: None,
            claimed_until: None,
            attempts: 0,
            last_error: None,
            sent_at: None,
            receipt_at: None,
            begun_at: None,
        }
    }

    #[test]
    fn a_beginning_is_idle_only_where_something_newer_is_known_or_cannot_be_taken_back() {
        use NoticeKind as N;
        use OutboxState::{Received, Sending, Sent, Waiting};
        let table = [
            (N::FamilyAccepted, "web_push", Waiting, "voice", None),
            (N::FamilyAccepted, "web_push", Sent, "voice", None),
            (N::FamilyAccepted, "web_push", Sent, "web_push", Some(Anew::Hoped)),
            (N::FamilyAccepted, "web_push", Received, "voice", Some(Anew::Said)),
            (N::FamilyAccepted, "sms", Waiting, "sms", None),
            (N::FamilyAccepted, "sms", Sending, "sms", None),
            (N::FamilyAccepted, "sms", Sent, "voice", Some(Anew::Said)),
            (N::FamilyAccepted, "voice:second", Sent, "web_push", Some(Anew::Said)),
            (N::FamilyFalseAlarm, "sms", Waiting, "sms", Some(Anew::Said)),
            (N::FamilyFalseAlarm, "sms", Waiting, "voice", None),
            (N::FamilyClosed, "sms", Sending, "sms", Some(Anew::Said)),
            (N::FamilyOpened, "sms", Waiting, "sms", Some(Anew::Said)),
        ];
        for (kind, by, state, old, wanted) in table {
            let old = row(1, N::FamilyOpened, old, Sending);
            let found = anew(&old, &row(2, kind, by, state));
            assert_eq!(
                found,
                wanted,
                "{kind} by {by} is {}, the beginning by {}",
                state.as_str(),
                old.channel
            );
        }
        // What is no news of a family is idle only where the very same follows.
        let ring = row(1, N::RingDutyLeader, "sms", Sending);
        assert_eq!(
            anew(&ring, &row(2, N::RingDutyLeader, "sms", Waiting)),
            Some(Anew::Said)
        );
        assert_eq!(anew(&ring, &row(2, N::FamilyClosed, "sms", Sent)), None);
    }
}
