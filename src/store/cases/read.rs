//! What is read of cases: one, lists, the log, what is due, what is sought, and what a live client needs.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    AccessMode, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult,
    IsolationLevel, QueryFilter, QueryOrder, QuerySelect, Select, SelectModel, Selector, TransactionTrait,
};
use uuid::Uuid;

use super::commit::records_of;
use super::history::put_to;
use super::many::filled;
use super::rows::{alert, case_event, cases, note, offer, sent, stream};
use crate::case::{Case, Kind, Plan, PlanId, Record, State, Subject};
use crate::ids::{AlertId, CaseId, ElderId, HouseholdId, NoteId, OfferId, ResponderId};
use crate::people::PrefixSet;
use crate::store::{Engine, Micros, Sealed, Store, StoreError, rows_per_statement};

/// Most rows that one page holds.
pub const PAGE_MAX: u64 = 500;

/// A case as it lies in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseView {
    /// The case.
    pub case: Arc<Case>,
    /// Its number.
    pub number: Arc<str>,
    /// Where it belongs now.
    pub area_code: Arc<str>,
    /// Its stream.
    pub stream: Arc<str>,
}

/// Which cases.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// What the viewer may see; none: everything.
    pub scope: Option<PrefixSet>,
    /// With a scope: also what belongs to no street (codes of areas begin with 1 to 8).
    pub nowhere_too: bool,
    /// In any of these states; empty: all.
    pub states: Vec<State>,
    /// Only open ones.
    pub open: bool,
    /// Words that must be equal, by column: tier, severity, kind, lane.
    pub tier: Option<String>,
    /// As above.
    pub severity: Option<String>,
    /// As above.
    pub kind: Option<String>,
    /// As above.
    pub lane: Option<String>,
    /// Of any of these kinds; empty: all.
    pub kinds: Vec<Kind>,
    /// About this elder.
    pub elder: Option<ElderId>,
    /// With an elder: also what is about this household.
    pub household: Option<HouseholdId>,
    /// Only these.
    pub ids: Option<Vec<CaseId>>,
    /// Only those that this responder leads.
    pub led_by: Option<ResponderId>,
    /// Only exercises.
    pub drills: bool,
    /// Only those whose first alert came late.
    pub late: bool,
    /// Only those that this responder was offered or sent to.
    pub put_to: Option<ResponderId>,
    /// Only those that were opened then or later.
    pub opened_from: Option<Timestamp>,
    /// Only those that were opened before.
    pub opened_until: Option<Timestamp>,
}

/// A page of a list, newest first.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; none: this was the last.
    pub next: Option<Cursor>,
    /// Rows that do not read back: set aside and named.
    pub corrupt: Vec<StoreError>,
}

/// A place in a list: the key of the last row that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Its instant.
    pub at: Timestamp,
    /// Its id.
    pub id: Uuid,
}

/// One event as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its number in its stream.
    pub number: i64,
    /// Its number in its case, from 1.
    pub version: i64,
    /// The stream.
    pub stream: String,
    /// The record.
    pub record: Record,
    /// The chain's hash after the row that it stands in: what was decided together is one row.
    pub hash: Vec<u8>,
}

/// What a live client needs to know of an event: which case to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveEvent {
    /// The stream.
    pub stream: String,
    /// Its number there.
    pub number: i64,
    /// Which case.
    pub case: CaseId,
    /// Which event of it.
    pub version: i64,
    /// What happened first of what was decided together, a stable word.
    pub kind: String,
    /// When.
    pub at: Timestamp,
}

/// The heads of the streams and the open cases, of one instant.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The last number of each stream.
    pub heads: BTreeMap<String, i64>,
    /// The open cases.
    pub cases: Vec<CaseView>,
    /// Rows that do not read back.
    pub corrupt: Vec<StoreError>,
}

/// One alert of a case; its content is sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertView {
    /// Its id.
    pub id: AlertId,
    /// Of which case.
    pub case: CaseId,
    /// Who sent it.
    pub sender: String,
    /// What it says.
    pub kind: String,
    /// The sender's own word, where it is none of ours.
    pub word: Option<String>,
    /// It came late.
    pub late: bool,
    /// When we received it.
    pub received_at: Timestamp,
    /// When it happened, by the sender's clock.
    pub occurred_at: Option<Timestamp>,
    /// Sealed for table `alert`, column `content`, row the id.
    pub content: Sealed,
}

/// One note of a case; its text is sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct NoteView {
    /// Its id.
    pub id: NoteId,
    /// Who wrote it, as JSON of the author.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// Sealed for table `note`, column `content`, row the id.
    pub content: Sealed,
}

impl Store {
    /// One case.
    ///
    /// # Errors
    /// `Corrupt` when it does not read back.
    pub async fn case(&self, id: CaseId) -> Result<Option<CaseView>, StoreError> {
        let query = cases::Entity::find_by_id(id.as_uuid());
        standing(query).one(self.reader()).await?.map(view).transpose()
    }

    /// Some cases, in no order; those that do not exist are left out, those that do not read back are named.
    ///
    /// # Errors
    /// The database's.
    pub async fn cases(&self, ids: &[CaseId]) -> Result<(Vec<CaseView>, Vec<StoreError>), StoreError> {
        let mut rows = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(rows_per_statement(1)) {
            let ids: Vec<Uuid> = chunk.iter().map(|it| it.as_uuid()).collect();
            let query = cases::Entity::find().filter(cases::Column::Id.is_in(filled(&ids)));
            rows.extend(standing(query).all(self.reader()).await?);
        }
        Ok(split(rows))
    }

    /// A page of cases, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_cases(
        &self,
        filter: &CaseFilter,
        after: Option<Cursor>,
        limit: u64,
    ) -> Result<Page<CaseView>, StoreError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let mut query = cases::Entity::find();
        if let Some(scope) = &filter.scope {
            let mut seen = within(scope);
            if filter.nowhere_too {
                seen = seen.add(cases::Column::AreaCode.lt("1"));
            }
            query = query.filter(seen);
        }
        if !filter.states.is_empty() {
            query = query.filter(cases::Column::State.is_in(filter.states.iter().map(|it| it.as_str())));
        }
        if filter.open {
            query = query.filter(cases::Column::ClosedAt.is_null());
        }
        let words = [
            (cases::Column::Tier, &filter.tier),
            (cases::Column::Severity, &filter.severity),
            (cases::Column::Kind, &filter.kind),
            (cases::Column::Lane, &filter.lane),
        ];
        for (column, word) in words {
            if let Some(word) = word {
                query = query.filter(column.eq(word.as_str()));
            }
        }
        if !filter.kinds.is_empty() {
            query = query.filter(cases::Column::Kind.is_in(filter.kinds.iter().map(|it| it.as_str())));
        }
        if let Some(elder) = filter.elder {
            // By the subject, which has the index: `elder_id` says the same.
            let home = filter.household.map(|it| Subject::Household(it).key());
            let subjects = std::iter::once(Subject::Elder(elder).key()).chain(home);
            query = query.filter(cases::Column::Subject.is_in(subjects));
        }
        if let Some(lead) = filter.led_by {
            query = query.filter(cases::Column::LeadId.eq(lead.as_uuid()));
        }
        if filter.drills {
            // The one word of its kind in a case; asked of the few that are open.
            query = query.filter(cases::Column::Body.contains("\"drill\":true"));
        }
        if filter.late {
            // As above.
            query = query.filter(cases::Column::Body.contains("\"late\":true"));
        }
        if let Some(me) = filter.put_to {
            query = query.filter(cases::Column::Id.in_subquery(put_to(me)));
        }
        if let Some(from) = filter.opened_from {
            query = query.filter(cases::Column::OpenedAt.gte(Micros::from(from)));
        }
        if let Some(until) = filter.opened_until {
            query = query.filter(cases::Column::OpenedAt.lt(Micros::from(until)));
        }
        if let Some(ids) = &filter.ids {
            query = query.filter(cases::Column::Id.is_in(ids.iter().map(|it| it.as_uuid())));
        }
        if let Some(Cursor { at, id }) = after {
            let at = Micros::from(at);
            query = query.filter(
                cases::Column::OpenedAt
                    .lt(at)
                    .or(cases::Column::OpenedAt.eq(at).and(cases::Column::Id.lt(id))),
            );
        }
        let query = query
            .order_by_desc(cases::Column::OpenedAt)
            .order_by_desc(cases::Column::Id)
            .limit(limit + 1);
        let mut rows = standing(query).all(self.reader()).await?;
        let more = rows.len() as u64 > limit;
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = rows.last().filter(|_| more).map(|it| Cursor {
            at: it.opened_at.into(),
            id: it.id,
        });
        let (items, corrupt) = split(rows);
        Ok(Page { items, next, corrupt })
    }

    /// The log of a case after version `after`, oldest first, at most `limit` records.
    ///
    /// # Errors
    /// `Corrupt` names the first record that does not read back.
    pub async fn events(&self, case: CaseId, after: i64, limit: u64) -> Result<Vec<EventRow>, StoreError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let last = Expr::col(case_event::Column::Version).add(Expr::col(case_event::Column::Records));
        let rows = case_event::Entity::find()
            .filter(case_event::Column::CaseId.eq(case.as_uuid()))
            .filter(last.gt(after + 1))
            .order_by_asc(case_event::Column::Version)
            .limit(limit)
            .all(self.reader())
            .await?;
        let mut found = Vec::new();
        for row in rows {
            let records = records_of(&row.body).map_err(|error| {
                StoreError::corrupt(
                    "case_event",
                    format!("{case}/{}", row.version),
                    "body",
                    error.to_string(),
                )
            })?;
            found.extend(records.into_iter().zip(0..).map(|(record, nth)| EventRow {
                number: row.number + nth,
                version: row.version + nth,
                stream: row.stream.clone(),
                record,
                hash: row.hash.clone(),
            }));
        }
        found.retain(|it| it.version > after);
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// The logs of several cases, each oldest first, as far as a case may go at all; and what does not read back.
    ///
    /// # Errors
    /// The database's.
    pub async fn logs_of(
        &self,
        cases: &[CaseId],
    ) -> Result<(HashMap<CaseId, Vec<Record>>, Vec<StoreError>), StoreError> {
        let mut found: HashMap<CaseId, Vec<Record>> = HashMap::with_capacity(cases.len());
        let mut corrupt = Vec::new();
        for chunk in cases.chunks(rows_per_statement(1)) {
            let ids: Vec<Uuid> = chunk.iter().map(|it| it.as_uuid()).collect();
            let rows = case_event::Entity::find()
                .filter(case_event::Column::CaseId.is_in(filled(&ids)))
                .order_by_asc(case_event::Column::CaseId)
                .order_by_asc(case_event::Column::Version)
                .all(self.reader())
                .await?;
            for row in rows {
                let case = CaseId::new(row.case_id);
                match records_of(&row.body) {
                    Ok(records) => found.entry(case).or_default().extend(records),
                    Err(error) => {
                        let place = format!("{case}/{}", row.version);
                        corrupt.push(StoreError::corrupt("case_event", place, "body", error.to_string()));
                    }
                }
            }
        }
        Ok((found, corrupt))
    }

    /// The alerts of a case, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn alerts_of(&self, case: CaseId) -> Result<Vec<AlertView>, StoreError> {
        let rows = alert::Entity::find()
            .filter(alert::Column::CaseId.eq(case.as_uuid()))
            .order_by_asc(alert::Column::ReceivedAt)
            .order_by_asc(alert::Column::Id)
            .limit(PAGE_MAX)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(alert_view).collect())
    }

    /// The alerts of some cases, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn alerts_of_all(&self, cases: &[CaseId]) -> Result<HashMap<CaseId, Vec<AlertView>>, StoreError> {
        let mut found: HashMap<CaseId, Vec<AlertView>> = HashMap::with_capacity(cases.len());
        for chunk in cases.chunks(rows_per_statement(1)) {
            let ids: Vec<Uuid> = chunk.iter().map(|it| it.as_uuid()).collect();
            let rows = alert::Entity::find()
                .filter(alert::Column::CaseId.is_in(filled(&ids)))
                .order_by_asc(alert::Column::ReceivedAt)
                .order_by_asc(alert::Column::Id)
                .all(self.reader())
                .await?;
            for row in rows {
                let view = alert_view(row);
                found.entry(view.case).or_default().push(view);
            }
        }
        Ok(found)
    }

    /// The notes of a case, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn notes_of(&self, case: CaseId) -> Result<Vec<NoteView>, StoreError> {
        let rows = note::Entity::find()
            .filter(note::Column::CaseId.eq(case.as_uuid()))
            .order_by_asc(note::Column::At)
            .order_by_asc(note::Column::Id)
            .limit(PAGE_MAX)
            .all(self.reader())
            .await?;
        Ok(rows
            .into_iter()
            .map(|it| NoteView {
                id: NoteId::new(it.id),
                author: it.author,
                at: it.at.into(),
                content: Sealed(it.content),
            })
            .collect())
    }

    /// The cases with a deadline at or before `now`, the earliest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn due_cases(&self, now: Timestamp, limit: u64) -> Result<Vec<(CaseId, Timestamp)>, StoreError> {
        let rows: Vec<(Uuid, Option<Micros>)> = cases::Entity::find()
            .select_only()
            .columns([cases::Column::Id, cases::Column::DueAt])
            .filter(cases::Column::DueAt.lte(Micros::from(now)))
            .order_by_asc(cases::Column::DueAt)
            .order_by_desc(cases::Column::SeverityRank)
            .limit(limit)
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(id, at)| Some((CaseId::new(id), at?.into())))
            .collect())
    }

    /// The earliest deadline of all.
    ///
    /// # Errors
    /// The database's.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let row: Option<Option<Micros>> = cases::Entity::find()
            .select_only()
            .column(cases::Column::DueAt)
            .filter(cases::Column::DueAt.is_not_null())
            .order_by_asc(cases::Column::DueAt)
            .limit(1)
            .into_tuple()
            .one(self.reader())
            .await?;
        Ok(row.flatten().map(Into::into))
    }

    /// Calls for help of people since `since`, oldest first, after the last row of the page before: who, which case, when it
    /// was opened. Drills are among them, and what is no press of a key: whoever counts looks at the cases.
    ///
    /// # Errors
    /// The database's.
    pub async fn calls_since(
        &self,
        since: Timestamp,
        after: Option<(Timestamp, CaseId)>,
        limit: u64,
    ) -> Result<Vec<(ElderId, CaseId, Timestamp)>, StoreError> {
        let mut query = cases::Entity::find()
            .select_only()
            .columns([cases::Column::ElderId, cases::Column::Id, cases::Column::OpenedAt])
            .filter(cases::Column::OpenedAt.gt(Micros::from(since)))
            .filter(cases::Column::Lane.eq("help"))
            .filter(cases::Column::ElderId.is_not_null());
        if let Some((at, id)) = after {
            let at = Micros::from(at);
            query = query.filter(
                cases::Column::OpenedAt
                    .gt(at)
                    .or(cases::Column::OpenedAt.eq(at).and(cases::Column::Id.gt(id.as_uuid()))),
            );
        }
        let rows: Vec<(Option<Uuid>, Uuid, Micros)> = query
            .order_by_asc(cases::Column::OpenedAt)
            .order_by_asc(cases::Column::Id)
            .limit(limit)
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(elder, id, at)| Some((ElderId::new(elder?), CaseId::new(id), at.into())))
            .collect())
    }

    /// Elders who are believed dead, in earnest, by a case that was opened after `from` and not after `until`.
    ///
    /// # Errors
    /// The database's.
    pub async fn suspected_deaths(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(ElderId, CaseId)>, StoreError> {
        let rows: Vec<(Option<Uuid>, Uuid)> = cases::Entity::find()
            .select_only()
            .columns([cases::Column::ElderId, cases::Column::Id])
            .filter(cases::Column::OpenedAt.gt(Micros::from(from)))
            .filter(cases::Column::OpenedAt.lte(Micros::from(until)))
            .filter(cases::Column::ElderId.is_not_null())
            // The one word of its kind in a case; a column of its own would cost each alert.
            .filter(cases::Column::Body.contains("\"outcome\":\"suspected_death\""))
            .filter(cases::Column::Body.not_like("%\"drill\":true%"))
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(elder, id)| Some((ElderId::new(elder?), CaseId::new(id))))
            .collect())
    }

    /// Cases for which people are looked for, the most serious and then the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn seeking_cases(&self, limit: u64) -> Result<(Vec<CaseView>, Vec<StoreError>), StoreError> {
        let query = cases::Entity::find()
            .filter(cases::Column::SeekAt.is_not_null())
            .order_by_desc(cases::Column::SeverityRank)
            .order_by_asc(cases::Column::SeekAt)
            .limit(limit);
        let rows = standing(query).all(self.reader()).await?;
        Ok(split(rows))
    }

    /// The case and the responder of an offer.
    ///
    /// # Errors
    /// The database's.
    pub async fn offer(&self, id: OfferId) -> Result<Option<(CaseId, ResponderId)>, StoreError> {
        let row = offer::Entity::find_by_id(id.as_uuid()).one(self.reader()).await?;
        Ok(row.map(|it| (CaseId::new(it.case_id), ResponderId::new(it.responder_id))))
    }

    /// The cases that a responder was offered, or sent to without an offer, lately: of each at most `limit`, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn cases_put_to(&self, responder: ResponderId, limit: u64) -> Result<Vec<CaseId>, StoreError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let offered: Vec<(Uuid, Micros)> = offer::Entity::find()
            .select_only()
            .columns([offer::Column::CaseId, offer::Column::MadeAt])
            .filter(offer::Column::ResponderId.eq(responder.as_uuid()))
            .order_by_desc(offer::Column::MadeAt)
            .limit(limit)
            .into_tuple()
            .all(self.reader())
            .await?;
        let sent: Vec<(Uuid, Micros)> = sent::Entity::find()
            .select_only()
            .columns([sent::Column::CaseId, sent::Column::At])
            .filter(sent::Column::ResponderId.eq(responder.as_uuid()))
            .order_by_desc(sent::Column::At)
            .limit(limit)
            .into_tuple()
            .all(self.reader())
            .await?;
        let mut rows = [offered, sent].concat();
        rows.sort_unstable_by_key(|it| std::cmp::Reverse((it.1, it.0)));
        let mut seen = HashSet::new();
        rows.retain(|it| seen.insert(it.0));
        Ok(rows.into_iter().map(|it| CaseId::new(it.0)).collect())
    }

    /// A transaction that reads one state of the database, whatever is written meanwhile. End it with a rollback.
    pub(in crate::store) async fn one_state(&self) -> Result<DatabaseTransaction, StoreError> {
        Ok(match self.engine() {
            // A deferred transaction on SQLite reads one state of the database from its first statement on.
            Engine::Sqlite => self.reader().begin().await?,
            Engine::Postgres => {
                self.reader()
                    .begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly))
                    .await?
            }
        })
    }

    /// The heads of the streams and all open cases, of one instant: subscribe first, then read this.
    ///
    /// # Errors
    /// The database's.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let tx = self.one_state().await?;
        let heads = heads(&tx).await?;
        let query = cases::Entity::find()
            .filter(cases::Column::ClosedAt.is_null())
            .order_by_asc(cases::Column::OpenedAt);
        let rows = standing(query).all(&tx).await?;
        tx.rollback().await?;
        let (cases, corrupt) = split(rows);
        Ok(Snapshot { heads, cases, corrupt })
    }

    /// The last number of each stream.
    ///
    /// # Errors
    /// The database's.
    pub async fn stream_heads(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        heads(self.reader()).await
    }

    /// The events of a stream after `number`, in order, at most `limit`: of those that were decided together the last, which
    /// stands for them.
    ///
    /// # Errors
    /// The database's.
    pub async fn live_events(&self, stream: &str, number: i64, limit: u64) -> Result<Vec<LiveEvent>, StoreError> {
        let rows: Vec<(i64, Uuid, i64, String, Micros, i32)> = case_event::Entity::find()
            .select_only()
            .columns([
                case_event::Column::Number,
                case_event::Column::CaseId,
                case_event::Column::Version,
                case_event::Column::Kind,
                case_event::Column::At,
                case_event::Column::Records,
            ])
            .filter(case_event::Column::Stream.eq(stream))
            .filter(case_event::Column::Number.gt(number))
            .order_by_asc(case_event::Column::Number)
            .limit(limit)
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(number, case, version, kind, at, records)| LiveEvent {
                stream: stream.to_owned(),
                number: number + i64::from(records) - 1,
                case: CaseId::new(case),
                version: version + i64::from(records) - 1,
                kind,
                at: at.into(),
            })
            .collect())
    }

    /// A frozen plan that this process has read or written; [`Store::plan_of`] brings one in.
    pub fn plan_in_memory(&self, id: PlanId) -> Option<Arc<Plan>> {
        self.plans().get(id)
    }

    /// The plan frozen into a case.
    ///
    /// # Errors
    /// `Corrupt` when it is missing or does not read back.
    pub async fn plan_of(&self, case: &Case) -> Result<Arc<Plan>, StoreError> {
        self.plan(case.plan).await
    }

    /// A frozen plan.
    ///
    /// # Errors
    /// `Corrupt` when it is missing or does not read back.
    pub async fn plan(&self, id: PlanId) -> Result<Arc<Plan>, StoreError> {
        if let Some(plan) = self.plans().get(id) {
            return Ok(plan);
        }
        self.load_plans(self.reader(), &HashSet::from([id])).await?;
        self.plans()
            .get(id)
            .ok_or_else(|| StoreError::corrupt("plan_version", id.0, "content", "missing or unreadable"))
    }
}

async fn heads(db: &impl ConnectionTrait) -> Result<BTreeMap<String, i64>, StoreError> {
    let rows: Vec<(String, i64)> = stream::Entity::find()
        .select_only()
        .columns([stream::Column::Code, stream::Column::Head])
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Rows whose area lies in the scope. Codes are digits of fixed cuts, so a range is the prefix.
pub(super) fn within(scope: &PrefixSet) -> Condition {
    let mut any = Condition::any();
    for prefix in scope.iter() {
        let from = prefix.to_string();
        // The next code of the same length: comparing digits only, the order is the same in every collation.
        let to = from
            .parse::<u64>()
            .map_or_else(|_| from.clone(), |it| format!("{:0width$}", it + 1, width = from.len()));
        any = any.add(cases::Column::AreaCode.gte(from).and(cases::Column::AreaCode.lt(to)));
    }
    if any.is_empty() {
        // Nothing may be seen: a condition that never holds.
        any = any.add(cases::Column::Id.is_null());
    }
    any
}

/// What of a case's row is read: the body says the rest.
#[derive(FromQueryResult)]
struct Standing {
    id: Uuid,
    number: String,
    stream: String,
    area_code: String,
    opened_at: Micros,
    body: String,
}

fn standing(query: Select<cases::Entity>) -> Selector<SelectModel<Standing>> {
    query
        .select_only()
        .columns([
            cases::Column::Id,
            cases::Column::Number,
            cases::Column::Stream,
            cases::Column::AreaCode,
            cases::Column::OpenedAt,
            cases::Column::Body,
        ])
        .into_model()
}

fn view(row: Standing) -> Result<CaseView, StoreError> {
    let case: Case = serde_json::from_str(&row.body)
        .map_err(|error| StoreError::corrupt("cases", CaseId::new(row.id), "body", error.to_string()))?;
    Ok(CaseView {
        case: Arc::new(case),
        number: row.number.into(),
        area_code: row.area_code.into(),
        stream: row.stream.into(),
    })
}

fn split(rows: Vec<Standing>) -> (Vec<CaseView>, Vec<StoreError>) {
    let mut good = Vec::with_capacity(rows.len());
    let mut bad = Vec::new();
    for row in rows {
        match view(row) {
            Ok(it) => good.push(it),
            Err(error) => bad.push(error),
        }
    }
    (good, bad)
}

fn alert_view(it: alert::Model) -> AlertView {
    AlertView {
        id: AlertId::new(it.id),
        case: CaseId::new(it.case_id),
        sender: it.sender,
        kind: it.kind,
        word: it.word,
        late: it.late,
        received_at: it.received_at.into(),
        occurred_at: it.occurred_at.map(Into::into),
        content: Sealed(it.content),
    }
}
