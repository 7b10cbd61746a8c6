//! The committer's transaction: a batch of orders is decided where it is written.
//!
//! 1. What the orders name is loaded in a few queries, whatever their number (rows locked on PostgreSQL).
//! 2. Each order is decided in turn, in memory; the next sees what the one before it left.
//! 3. Rows are written many at a time: changed cases first, by the version that was read; then what hangs on them; then the
//!    numbers of the streams are taken, which stay locked until the commit; last the new cases and the events.
//!
//! A refusal writes nothing. An error of the database rolls the whole batch back; the caller tries it again in halves.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, Iterable, QueryFilter,
    QueryOrder, QuerySelect, Set, Statement, TransactionTrait,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::outbox::OutboxRow;
use super::rows::{alert, answer, case_event, cases, note, offer, outbox, plan_version};
use crate::case::{
    Author, Case, Command, Decision, Event, Opening, Place, Plan, PlanId, Record, Refusal, Stage, State, Subject,
};
use crate::ids::{AlertId, CaseId, NoteId, ResponderId};
use crate::store::{Engine, Micros, Sealed, Store, StoreError, rows_per_statement, write_lock_first};

/// A sender's promise that the same request means the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Once {
    /// SHA-256 of sender and key.
    pub id: [u8; 32],
    /// SHA-256 of what was asked. A device's goes into the key as well, so there it never differs.
    pub request: [u8; 32],
}

impl Once {
    /// `sender` is who proved to be it, `key` their key or reference, `request` what they ask for.
    pub fn new(sender: &str, key: &[&[u8]], request: &[u8]) -> Self {
        let mut id = Sha256::new();
        id.update((sender.len() as u64).to_be_bytes());
        id.update(sender);
        for part in key {
            id.update((part.len() as u64).to_be_bytes());
            id.update(part);
        }
        Self {
            id: id.finalize().into(),
            request: Sha256::digest(request).into(),
        }
    }
}

/// The parts of an alert that the core does not know.
#[derive(Debug, Clone)]
pub struct AlertRow {
    /// Who sent it, as a word that is the same each time: `device_…`, `user_…`.
    pub sender: String,
    /// The sender's own reference.
    pub source_ref: Option<String>,
    /// The word for the kind, where it is none of ours.
    pub word: Option<String>,
    /// When we received it.
    pub received_at: Timestamp,
    /// When it happened, by the sender's clock.
    pub occurred_at: Option<Timestamp>,
    /// Raw payload, position, reading and note, sealed for table `alert`, column `content`, row the alert's id.
    pub content: Sealed,
}

/// An alert on its way into a case.
#[derive(Debug, Clone)]
pub struct Report {
    /// What opens a case where there is none to join.
    pub opening: Opening,
    /// The plan that fits it.
    pub plan: Arc<Plan>,
    /// The stream of its street: a 9-digit code, or the service's own.
    pub stream: String,
    /// Where the subject belongs now: up to 15 digits.
    pub area_code: String,
    /// The rest.
    pub row: AlertRow,
    /// What was odd about it.
    pub warnings: Vec<String>,
}

/// A case that no alert brings: a welfare review.
#[derive(Debug, Clone)]
pub struct Begin {
    /// What it starts with. Its id follows from its reason: asked for again, it is there.
    pub opening: Opening,
    /// The plan that fits it.
    pub plan: Arc<Plan>,
    /// The stream of its street.
    pub stream: String,
    /// Where the subject belongs now.
    pub area_code: String,
}

/// A case that a decision about another opens, in the same transaction and the same area.
pub struct Beside {
    /// The core's word.
    pub decision: Decision,
    /// Its plan.
    pub plan: Arc<Plan>,
    /// Who is to be told.
    pub outbox: Vec<OutboxRow>,
}

/// A free text on its way beside a case.
#[derive(Debug, Clone)]
pub struct NoteRow {
    /// Its id.
    pub id: NoteId,
    /// Sealed for table `note`, column `content`, row the note's id.
    pub content: Sealed,
}

/// What is asked of the committer.
#[derive(Debug, Clone)]
pub enum Ask {
    /// An alert: joins or opens.
    Report(Box<Report>),
    /// Opens, unless it was opened before.
    Begin(Box<Begin>),
    /// A command for one case.
    Command {
        /// Which.
        case: CaseId,
        /// What.
        command: Command,
        /// A text that goes with it.
        note: Option<NoteRow>,
    },
}

/// One thing to be decided.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who asks.
    pub by: Author,
    /// What.
    pub ask: Ask,
    /// So that a repeat is answered as the first time.
    pub once: Option<Once>,
}

/// A batch and the instant at which it is decided.
pub struct Batch<'a> {
    /// In the order of arrival.
    pub orders: &'a [Order],
    /// The present.
    pub now: Timestamp,
    /// The local day of case numbers, as `yyyymmdd`.
    pub day: i32,
}

/// What the decision may look at.
pub struct Found<'a> {
    /// The case: the one named, or the one that the alert would join.
    pub case: Option<&'a Case>,
    /// Its plan.
    pub plan: Option<&'a Arc<Plan>>,
    /// For an alert: an open case of the same subject that it cannot join any more.
    pub linked: Option<&'a Case>,
    /// The present.
    pub now: Timestamp,
    /// Whether a responder leads another case than this one.
    pub busy: &'a dyn Fn(ResponderId) -> bool,
}

/// What the decision says.
pub struct Verdict {
    /// The core's word.
    pub decision: Result<Decision, Refusal>,
    /// Who is to be told.
    pub outbox: Vec<OutboxRow>,
    /// What it opens beside the case.
    pub beside: Option<Beside>,
    /// What the sender is told, kept for the repeat.
    pub answer: Option<String>,
}

/// What came of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The alert that stands for it: the first one's when it was a repeat.
    pub alert: AlertId,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: String,
    /// It joined a case that was open.
    pub joined: bool,
    /// It had come before.
    pub repeat: bool,
    /// What was odd about it.
    pub warnings: Vec<String>,
}

/// A case after a command.
#[derive(Debug, Clone)]
pub struct Done {
    /// As it stands now.
    pub case: Arc<Case>,
    /// Its number.
    pub number: Arc<str>,
    /// Where it belongs.
    pub area_code: Arc<str>,
    /// What was added to its log.
    pub records: Vec<Record>,
    /// The kept answer of the first time, when this was a repeat.
    pub answer: Option<String>,
}

/// What came of an order.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// An alert is in a case.
    Reported(Opened, Option<Done>),
    /// A command was carried out, or was one already.
    Done(Done),
    /// The rules say no; the case as it stands.
    Refused(Refusal, Option<Arc<Case>>),
    /// There is no such case.
    NotFound,
    /// The same key with another request.
    KeyReused,
    /// The case does not read back; it is set aside and shown.
    Corrupt(StoreError),
}

/// A case in hand.
struct Held {
    case: Case,
    plan: Arc<Plan>,
    number: String,
    stream: String,
    area_code: String,
    head: [u8; 32],
    /// The version in the table; 0: not there yet.
    stored: i64,
    records: Vec<Record>,
}

/// An event without its number: case, version, instant, kind, body, hash.
type NewEvent = (CaseId, i64, Micros, &'static str, String, [u8; 32]);

/// The kept answer to an alert; the case number is read from the case.
#[derive(serde::Serialize, serde::Deserialize)]
struct KeptReport {
    alert: AlertId,
    case: CaseId,
    joined: bool,
    warnings: Vec<String>,
}

/// The kept answer to a command.
#[derive(serde::Serialize, serde::Deserialize)]
struct KeptCommand {
    case: CaseId,
    answer: Option<String>,
}

impl Store {
    /// Decides and writes `batch`, or none of it. `decide` sees each case as the orders before it in the batch left it.
    ///
    /// # Errors
    /// Whatever kept the batch from being written; nothing is written then. A conflict may be tried again at once.
    pub async fn commit(
        &self,
        batch: Batch<'_>,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Result<Vec<Outcome>, StoreError> {
        let tx = self.writer().begin_with_options(write_lock_first()).await?;
        match self.commit_in(&tx, &batch, decide).await {
            Ok((outcomes, new_plans)) => {
                tx.commit().await?;
                for (id, plan) in new_plans {
                    // Only now: a plan that was rolled back must be written again by the next batch.
                    self.plans().put(id, plan);
                }
                Ok(outcomes)
            }
            Err(error) => {
                // The first error is the one to tell; a connection that cannot roll back is dropped by the pool.
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }

    async fn commit_in(
        &self,
        tx: &DatabaseTransaction,
        batch: &Batch<'_>,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Result<(Vec<Outcome>, HashMap<PlanId, Arc<Plan>>), StoreError> {
        let mut desk = self.load(tx, batch.orders).await?;
        let mut draft = Vec::with_capacity(batch.orders.len());
        for order in batch.orders {
            draft.push(desk.decide(order, batch.now, decide));
        }
        let new_plans = self.write_all(tx, &mut desk, batch).await?;
        Ok((draft.into_iter().map(|it| desk.finish(it)).collect(), new_plans))
    }

    async fn load(&self, tx: &DatabaseTransaction, orders: &[Order]) -> Result<Desk, StoreError> {
        let mut desk = Desk::default();
        let keys: Vec<Vec<u8>> = orders
            .iter()
            .filter_map(|it| it.once.map(|it| it.id.to_vec()))
            .collect();
        for chunk in keys.chunks(rows_per_statement(1)) {
            let found = answer::Entity::find()
                .filter(answer::Column::Id.is_in(chunk.to_vec()))
                .all(tx)
                .await?;
            for row in found {
                if let Ok(id) = <[u8; 32]>::try_from(row.id.as_slice()) {
                    desk.answers.insert(id, (row.request, row.body));
                }
            }
        }
        let mut ids: HashSet<Uuid> = HashSet::new();
        let mut subjects: HashSet<String> = HashSet::new();
        let mut responders: HashSet<Uuid> = HashSet::new();
        for order in orders {
            let repeat = order.once.and_then(|it| desk.answers.get(&it.id));
            if let Some((_, body)) = repeat
                && let Ok(kept) = serde_json::from_str::<KeptReport>(body)
            {
                ids.insert(kept.case.as_uuid());
                continue;
            }
            match &order.ask {
                Ask::Report(it) => {
                    subjects.insert(it.opening.subject.key());
                }
                Ask::Begin(it) => {
                    ids.insert(it.opening.case.as_uuid());
                }
                Ask::Command { case, command, .. } => {
                    ids.insert(case.as_uuid());
                    match command {
                        Command::Offer { ranked, .. } => {
                            responders.extend(ranked.iter().map(|it| it.responder.as_uuid()))
                        }
                        Command::Accept { by, .. } | Command::Arrive { by } => {
                            responders.insert(by.as_uuid());
                        }
                        Command::Assign { responder, .. } => {
                            responders.insert(responder.as_uuid());
                        }
                        _ => {}
                    }
                }
            }
        }
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let subjects: Vec<String> = subjects.into_iter().collect();
        let per = rows_per_statement(1);
        let rounds = ids.len().div_ceil(per).max(subjects.len().div_ceil(per));
        for round in 0..rounds {
            let ids = ids.chunks(per).nth(round).unwrap_or_default();
            let subjects = subjects.chunks(per).nth(round).unwrap_or_default();
            let mut either = Condition::any();
            if !ids.is_empty() {
                either = either.add(cases::Column::Id.is_in(ids.to_vec()));
            }
            if !subjects.is_empty() {
                either = either.add(
                    cases::Column::Subject
                        .is_in(subjects.to_vec())
                        .and(cases::Column::ClosedAt.is_null()),
                );
            }
            let mut query = cases::Entity::find().filter(either).order_by_asc(cases::Column::Id);
            if self.engine() == Engine::Postgres {
                query = query.lock(LockType::Update);
            }
            for row in query.all(tx).await? {
                desk.rows.insert(CaseId::new(row.id), row);
            }
        }
        let mut plans = HashSet::new();
        let rows: Vec<cases::Model> = desk.rows.drain().map(|(_, row)| row).collect();
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            match serde_json::from_str::<Case>(&row.body) {
                Ok(case) if case.id.as_uuid() == row.id => {
                    plans.insert(case.plan);
                    for it in case.assignments.iter().filter(|it| it.is_active()) {
                        responders.insert(it.responder.as_uuid());
                    }
                    read.push((row, case));
                }
                Ok(_) => desk.set_aside(&row, "body", "names another case"),
                Err(error) => desk.set_aside(&row, "body", &error.to_string()),
            }
        }
        self.load_plans(tx, &plans).await?;
        for (row, case) in read {
            let (Some(plan), Ok(head)) = (
                self.plans().get(case.plan),
                <[u8; 32]>::try_from(row.head_hash.as_slice()),
            ) else {
                desk.set_aside(&row, "plan", "its plan version or its head hash is missing");
                continue;
            };
            let id = case.id;
            desk.index(&case);
            desk.held.insert(
                id,
                Held {
                    case,
                    plan,
                    number: row.number,
                    stream: row.stream,
                    area_code: row.area_code,
                    head,
                    stored: row.version,
                    records: vec![],
                },
            );
        }
        if !responders.is_empty() {
            let responders: Vec<Uuid> = responders.into_iter().collect();
            for chunk in responders.chunks(per) {
                let leads: Vec<(Uuid, Option<Uuid>)> = cases::Entity::find()
                    .select_only()
                    .columns([cases::Column::Id, cases::Column::LeadId])
                    .filter(cases::Column::LeadId.is_in(chunk.to_vec()))
                    .into_tuple()
                    .all(tx)
                    .await?;
                for (case, lead) in leads {
                    if let Some(lead) = lead {
                        desk.leads.insert(ResponderId::new(lead), CaseId::new(case));
                    }
                }
            }
        }
        Ok(desk)
    }

    pub(super) async fn load_plans(
        &self,
        db: &impl ConnectionTrait,
        wanted: &HashSet<PlanId>,
    ) -> Result<(), StoreError> {
        let missing: Vec<Uuid> = wanted
            .iter()
            .filter(|it| self.plans().get(**it).is_none())
            .map(|it| it.0)
            .collect();
        for chunk in missing.chunks(rows_per_statement(1)) {
            for row in plan_version::Entity::find()
                .filter(plan_version::Column::Id.is_in(chunk.to_vec()))
                .all(db)
                .await?
            {
                if let Ok(plan) = serde_json::from_str::<Plan>(&row.content) {
                    self.plans().put(PlanId(row.id), Arc::new(plan));
                }
            }
        }
        Ok(())
    }

    /// Writes everything that the batch decided; answers the plans that were written for the first time.
    async fn write_all(
        &self,
        tx: &DatabaseTransaction,
        desk: &mut Desk,
        batch: &Batch<'_>,
    ) -> Result<HashMap<PlanId, Arc<Plan>>, StoreError> {
        let now = Micros::from(batch.now);
        // A case that gives a lead or a join key back goes before one that takes it.
        let order = |row: &cases::Model| (row.lead_id.is_some() || row.join_key.is_some(), row.id);
        let mut changed: Vec<CaseId> = desk
            .held
            .iter()
            .filter(|(_, it)| !it.records.is_empty())
            .map(|(id, _)| *id)
            .collect();
        changed.sort_unstable();

        let mut events: BTreeMap<&str, Vec<NewEvent>> = BTreeMap::new();
        let mut opened: BTreeMap<&str, i64> = BTreeMap::new();
        let mut heads: HashMap<CaseId, [u8; 32]> = HashMap::new();
        for id in &desk.log {
            // Events keep the order in which they were decided.
            let Some(held) = desk.held.get(&id.0) else { continue };
            let Some(record) = held.records.get(id.1) else { continue };
            let body = serde_json::to_string(record)
                .map_err(|error| StoreError::corrupt("case_event", id.0, "body", error.to_string()))?;
            let before = heads.get(&id.0).copied().unwrap_or(held.head);
            let hash = chain(&before, body.as_bytes());
            heads.insert(id.0, hash);
            let version = i64::from(held.case.version) - (held.records.len() - id.1) as i64 + 1;
            events.entry(&held.stream).or_default().push((
                id.0,
                version,
                Micros::from(record.at),
                record.event.name(),
                body,
                hash,
            ));
            if matches!(record.event, Event::Opened { .. }) {
                *opened.entry(&held.stream).or_default() += 1;
            }
        }
        let mut existing = Vec::new();
        let mut fresh = Vec::new();
        for id in &changed {
            let Some(held) = desk.held.get(id) else { continue };
            let row = row_of(held, heads.get(id).copied().unwrap_or(held.head), now)?;
            if held.stored == 0 {
                fresh.push(row)
            } else {
                existing.push(row)
            }
        }
        existing.sort_by_key(order);
        let (free, take): (Vec<_>, Vec<_>) = existing
            .into_iter()
            .partition(|it| !(it.lead_id.is_some() || it.join_key.is_some()));
        upsert_cases(tx, free).await?;
        upsert_cases(tx, take).await?;

        insert(tx, std::mem::take(&mut desk.alerts)).await?;
        insert(tx, std::mem::take(&mut desk.notes)).await?;
        let new_plans: HashMap<PlanId, Arc<Plan>> = desk
            .held
            .values()
            .filter(|it| !it.records.is_empty() && self.plans().get(it.case.plan).is_none())
            .map(|it| (it.case.plan, it.plan.clone()))
            .collect();
        let mut plans = Vec::new();
        for (id, plan) in &new_plans {
            let content = serde_json::to_string(&**plan)
                .map_err(|error| StoreError::corrupt("plan_version", id.0, "content", error.to_string()))?;
            plans.push(plan_version::ActiveModel {
                id: Set(id.0),
                content: Set(content),
                first_at: Set(now),
            });
        }
        for chunk in plans.chunks(rows_per_statement(3)) {
            plan_version::Entity::insert_many(chunk.to_vec())
                .on_conflict(OnConflict::column(plan_version::Column::Id).do_nothing().to_owned())
                .exec_without_returning(tx)
                .await?;
        }
        let offers: Vec<offer::ActiveModel> = desk
            .held
            .values()
            .flat_map(|it| it.records.iter().map(move |record| (it, record)))
            .filter_map(|(it, record)| match &record.event {
                Event::Offered { offers, .. } => Some((it.case.id, record.at, offers)),
                _ => None,
            })
            .flat_map(|(case, at, offers)| {
                offers.iter().map(move |new| offer::ActiveModel {
                    id: Set(new.id.as_uuid()),
                    case_id: Set(case.as_uuid()),
                    responder_id: Set(new.candidate.responder.as_uuid()),
                    made_at: Set(Micros::from(at)),
                })
            })
            .collect();
        insert(tx, offers).await?;
        let outbox = std::mem::take(&mut desk.outbox)
            .into_iter()
            .map(|it| it.into_row(now))
            .collect::<Vec<outbox::ActiveModel>>();
        for chunk in padded(&outbox, 18) {
            // The same step has the same id: said twice, it is told once, and it never costs anybody their alert.
            outbox::Entity::insert_many(chunk.to_vec())
                .on_conflict(OnConflict::column(outbox::Column::Id).do_nothing().to_owned())
                .exec_without_returning(tx)
                .await?;
        }
        let answers = std::mem::take(&mut desk.new_answers)
            .into_iter()
            .map(|(once, body)| answer::ActiveModel {
                id: Set(once.id.to_vec()),
                request: Set(once.request.to_vec()),
                body: Set(body),
                at: Set(now),
            })
            .collect::<Vec<_>>();
        insert(tx, answers).await?;

        // From here on the streams are locked: only what needs their numbers follows. In the order of their codes, so that
        // two committers never wait for each other in a ring.
        let mut first = BTreeMap::new();
        for (stream, list) in &events {
            let cases = opened.get(stream).copied().unwrap_or(0);
            let (head, day, day_cases) = take_numbers(tx, stream, list.len() as i64, batch.day, cases).await?;
            first.insert(
                (*stream).to_owned(),
                (head - list.len() as i64 + 1, day, day_cases - cases),
            );
        }
        let mut numbers: HashMap<Uuid, String> = HashMap::new();
        let mut next: HashMap<&str, i64> = HashMap::new();
        for (stream, list) in &events {
            for (case, version, ..) in list {
                if *version == 1 {
                    let (_, day, before) = first[*stream];
                    let n = next.entry(stream).or_insert(before);
                    *n += 1;
                    numbers.insert(case.as_uuid(), format!("{day}-{stream}-{n:04}"));
                }
            }
        }
        for row in &mut fresh {
            if let Some(number) = numbers.get(&row.id) {
                row.number.clone_from(number);
            }
        }
        let mut rows = Vec::new();
        for (stream, list) in events {
            let (start, ..) = first[stream];
            rows.extend(
                list.into_iter()
                    .zip(start..)
                    .map(
                        |((case, version, at, kind, body, hash), number)| case_event::ActiveModel {
                            stream: Set(stream.to_owned()),
                            number: Set(number),
                            case_id: Set(case.as_uuid()),
                            version: Set(version),
                            at: Set(at),
                            kind: Set(kind.to_owned()),
                            body: Set(body),
                            hash: Set(hash.to_vec()),
                        },
                    ),
            );
        }
        upsert_cases(tx, fresh).await?;
        insert(tx, rows).await?;
        for (id, number) in numbers {
            if let Some(held) = desk.held.get_mut(&CaseId::new(id)) {
                held.number = number;
            }
        }
        Ok(new_plans)
    }
}

/// SHA-256 over the hash before and the stored bytes.
pub(super) fn chain(before: &[u8; 32], body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(body);
    hash.finalize().into()
}

/// The hash that stands before the first event of a case.
pub(super) const CHAIN_START: [u8; 32] = [0; 32];

fn row_of(held: &Held, head: [u8; 32], now: Micros) -> Result<cases::Model, StoreError> {
    let case = &held.case;
    let body = serde_json::to_string(case)
        .map_err(|error| StoreError::corrupt("cases", case.id, "body", error.to_string()))?;
    Ok(cases::Model {
        id: case.id.as_uuid(),
        number: held.number.clone(),
        stream: held.stream.clone(),
        area_code: held.area_code.clone(),
        state: case.state.as_str().to_owned(),
        tier: case.tier.as_str().to_owned(),
        severity: case.severity.as_str().to_owned(),
        severity_rank: case.severity as i32,
        kind: case.kind.as_str().to_owned(),
        lane: case.lane.as_str().to_owned(),
        subject: case.subject.key(),
        elder_id: case.subject.elder().map(|it| it.as_uuid()),
        join_key: join_key(case),
        lead_id: leads(case).map(|it| it.as_uuid()),
        opened_at: case.opened_at.into(),
        closed_at: case.closed_at.map(Into::into),
        due_at: case.due_at().map(Into::into),
        seek_at: case.seek.as_ref().map(|it| it.since.into()),
        changed_at: now,
        version: i64::from(case.version),
        version_before: held.stored,
        head_hash: head.to_vec(),
        body,
    })
}

/// Set while a new alert of the same subject and lane would join.
fn join_key(case: &Case) -> Option<String> {
    case.may_be_joined()
        .then(|| key_of(case.subject, case.lane.as_str(), case.drill))
}

fn key_of(subject: Subject, lane: &str, drill: bool) -> String {
    format!("{}{lane} {}", if drill { "drill " } else { "" }, subject.key())
}

/// Who is bound by the case: leads, and is not done there.
fn leads(case: &Case) -> Option<ResponderId> {
    let bound = |it: &&crate::case::Assignment| it.place == Place::Lead && it.stage < Stage::Done;
    let open = !matches!(case.state, State::Resolved | State::Closed);
    case.assignments
        .iter()
        .find(bound)
        .filter(|_| open)
        .map(|it| it.responder)
}

/// Writes case rows, new or over the version that was read; a miss is a conflict.
async fn upsert_cases(tx: &DatabaseTransaction, rows: Vec<cases::Model>) -> Result<(), StoreError> {
    let mut update = OnConflict::column(cases::Column::Id);
    update.update_columns(cases::Column::iter().filter(|it| {
        !matches!(
            it,
            cases::Column::Id | cases::Column::Number | cases::Column::Stream | cases::Column::OpenedAt
        )
    }));
    update.action_and_where(
        Expr::col((cases::Entity, cases::Column::Version)).eq(Expr::col(("excluded", cases::Column::VersionBefore))),
    );
    for chunk in padded(&rows, 23) {
        let wanted = chunk.len() as u64;
        let models = chunk
            .iter()
            .map(|row| <cases::ActiveModel as From<cases::Model>>::from(row.clone()).reset_all());
        let done = cases::Entity::insert_many(models)
            .on_conflict(update.clone())
            .exec_without_returning(tx)
            .await?;
        if done != wanted {
            return Err(StoreError::stale("cases", "one of a batch"));
        }
    }
    Ok(())
}

/// Inserts rows many at a time.
async fn insert<A>(tx: &DatabaseTransaction, rows: Vec<A>) -> Result<(), StoreError>
where
    A: ActiveModelTrait + Clone + Send,
    <A::Entity as EntityTrait>::Column: Iterable,
{
    let columns = <A::Entity as EntityTrait>::Column::iter().count();
    for chunk in padded(&rows, columns) {
        <A::Entity as EntityTrait>::insert_many(chunk.to_vec())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Cuts rows into runs of 512, 256, … 1 (fewer where the columns are many), so that the statement cache sees ten texts a
/// table and not five hundred.
fn padded<T>(mut rows: &[T], columns: usize) -> impl Iterator<Item = &[T]> {
    let most = rows_per_statement(columns);
    std::iter::from_fn(move || {
        if rows.is_empty() {
            return None;
        }
        let size = rows.len().min(most);
        let run = 1 << size.ilog2();
        let (head, tail) = rows.split_at(run);
        rows = tail;
        Some(head)
    })
}

/// Takes `events` numbers of a stream and `cases` case numbers of its day; the row stays locked until the commit. Answers
/// the last event number, the day that counts and the last case number of it. A day never runs backwards.
async fn take_numbers(
    tx: &DatabaseTransaction,
    stream: &str,
    events: i64,
    day: i32,
    cases: i64,
) -> Result<(i64, i32, i64), StoreError> {
    let sql = "INSERT INTO stream (code, head, day, day_cases) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (code) DO UPDATE SET head = stream.head + excluded.head, \
               day_cases = CASE WHEN excluded.day > stream.day THEN excluded.day_cases ELSE stream.day_cases + excluded.day_cases END, \
               day = CASE WHEN excluded.day > stream.day THEN excluded.day ELSE stream.day END \
               RETURNING head, day, day_cases";
    let values = [stream.into(), events.into(), day.into(), cases.into()];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    let row = tx
        .query_one_raw(statement)
        .await?
        .ok_or_else(|| StoreError::corrupt("stream", stream, "head", "no answer"))?;
    Ok((
        row.try_get_by_index(0)?,
        row.try_get_by_index(1)?,
        row.try_get_by_index(2)?,
    ))
}

/// What a batch has in hand while it is decided.
#[derive(Default)]
struct Desk {
    rows: HashMap<CaseId, cases::Model>,
    held: HashMap<CaseId, Held>,
    aside: HashMap<CaseId, StoreError>,
    joinable: HashMap<String, CaseId>,
    beside: HashMap<String, CaseId>,
    leads: HashMap<ResponderId, CaseId>,
    answers: HashMap<[u8; 32], (Vec<u8>, String)>,
    /// The events in the order of their decision: case, and which of its new records.
    log: Vec<(CaseId, usize)>,
    alerts: Vec<alert::ActiveModel>,
    notes: Vec<note::ActiveModel>,
    outbox: Vec<OutboxRow>,
    new_answers: Vec<(Once, String)>,
}

/// An outcome whose case number is not known before the numbers are taken.
enum Draft {
    Reported {
        alert: AlertId,
        case: CaseId,
        joined: bool,
        repeat: bool,
        warnings: Vec<String>,
        records: Vec<Record>,
        after: Option<Arc<Case>>,
    },
    Done {
        case: CaseId,
        after: Arc<Case>,
        records: Vec<Record>,
        answer: Option<String>,
    },
    Ready(Outcome),
}

impl Desk {
    fn set_aside(&mut self, row: &cases::Model, field: &'static str, what: &str) {
        let id = CaseId::new(row.id);
        self.aside.insert(id, StoreError::corrupt("cases", id, field, what));
    }

    fn index(&mut self, case: &Case) {
        if case.kind.is_aftercare() {
            return; // no alert joins it or goes on from it
        }
        let key = key_of(case.subject, case.lane.as_str(), case.drill);
        if case.may_be_joined() {
            self.joinable.insert(key, case.id);
        } else if case.state.is_open() {
            // Where somebody is with them goes before paperwork, then the newer one, in whatever order they were read.
            let rank = |it: &Case| (it.state == State::OnScene, it.opened_at, it.id);
            let seen = self.beside.get(&key).and_then(|it| self.held.get(it));
            if seen.is_none_or(|it| it.case.id == case.id || rank(case) > rank(&it.case)) {
                self.beside.insert(key.clone(), case.id);
            }
            if self.joinable.get(&key) == Some(&case.id) {
                self.joinable.remove(&key);
            }
        } else if self.joinable.get(&key) == Some(&case.id) {
            self.joinable.remove(&key);
        }
    }

    fn decide(
        &mut self,
        order: &Order,
        now: Timestamp,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Draft {
        if let Some(repeat) = self.repeat(order) {
            return repeat;
        }
        match &order.ask {
            Ask::Report(report) => self.report(order, report, now, decide),
            Ask::Begin(begin) => self.begin(order, begin, now, decide),
            Ask::Command { case, note, .. } => self.command(order, *case, note.as_ref(), now, decide),
        }
    }

    /// What was said the first time, if there was one.
    fn repeat(&mut self, order: &Order) -> Option<Draft> {
        let once = order.once?;
        let (request, body) = self.answers.get(&once.id)?;
        if request[..] != once.request[..] {
            return Some(Draft::Ready(Outcome::KeyReused));
        }
        if let Ok(KeptReport {
            alert,
            case,
            joined,
            warnings,
        }) = serde_json::from_str(body)
        {
            return Some(Draft::Reported {
                alert,
                case,
                joined,
                repeat: true,
                warnings,
                records: vec![],
                after: None,
            });
        }
        let kept: KeptCommand = serde_json::from_str(body).ok()?;
        let held = self.held.get(&kept.case)?;
        Some(Draft::Done {
            case: kept.case,
            after: Arc::new(held.case.clone()),
            records: vec![],
            answer: kept.answer,
        })
    }

    fn report(
        &mut self,
        order: &Order,
        report: &Report,
        now: Timestamp,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Draft {
        let opening = &report.opening;
        let key = key_of(opening.subject, opening.lane.as_str(), opening.drill);
        let join = self.joinable.get(&key).copied();
        let linked = self.beside.get(&key).and_then(|it| self.held.get(it));
        let held = join.and_then(|it| self.held.get(&it));
        let target = join.unwrap_or(opening.case);
        let busy = |it: ResponderId| self.leads.get(&it).is_some_and(|other| *other != target);
        let found = Found {
            case: held.map(|it| &it.case),
            plan: held.map(|it| &it.plan),
            linked: linked.map(|it| &it.case),
            now,
            busy: &busy,
        };
        let verdict = decide(order, found);
        let decision = match verdict.decision {
            Ok(it) => it,
            Err(refusal) => return Draft::Ready(Outcome::Refused(refusal, None)),
        };
        let joined = join.is_some();
        let alert = opening.alert.id;
        if !joined {
            self.held.insert(
                target,
                Held {
                    case: decision.case.clone(),
                    plan: report.plan.clone(),
                    number: String::new(),
                    stream: report.stream.clone(),
                    area_code: report.area_code.clone(),
                    head: CHAIN_START,
                    stored: 0,
                    records: vec![],
                },
            );
        }
        self.alerts.push(alert::ActiveModel {
            id: Set(alert.as_uuid()),
            case_id: Set(target.as_uuid()),
            sender: Set(report.row.sender.clone()),
            source_ref: Set(report.row.source_ref.clone()),
            kind: Set(opening.alert.kind.as_str().to_owned()),
            word: Set(report.row.word.clone()),
            severity: Set(opening.alert.severity.as_str().to_owned()),
            late: Set(opening.alert.late),
            received_at: Set(report.row.received_at.into()),
            occurred_at: Set(report.row.occurred_at.map(Into::into)),
            content: Set(report.row.content.0.clone()),
        });
        let records = decision.records.clone();
        self.put(target, decision, verdict.outbox);
        let warnings = report.warnings.clone();
        if let Some(once) = order.once {
            let kept = KeptReport {
                alert,
                case: target,
                joined,
                warnings: warnings.clone(),
            };
            self.keep(once, serde_json::to_string(&kept).unwrap_or_default());
        }
        let after = self.held.get(&target).map(|it| Arc::new(it.case.clone()));
        Draft::Reported {
            alert,
            case: target,
            joined,
            repeat: false,
            warnings,
            records,
            after,
        }
    }

    fn command(
        &mut self,
        order: &Order,
        id: CaseId,
        note: Option<&NoteRow>,
        now: Timestamp,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Draft {
        let Some(held) = self.held.get(&id) else {
            let aside = self.aside.get(&id).cloned();
            return Draft::Ready(aside.map_or(Outcome::NotFound, Outcome::Corrupt));
        };
        let busy = |it: ResponderId| self.leads.get(&it).is_some_and(|other| *other != id);
        let found = Found {
            case: Some(&held.case),
            plan: Some(&held.plan),
            linked: None,
            now,
            busy: &busy,
        };
        let verdict = decide(order, found);
        let decision = match verdict.decision {
            Ok(it) => it,
            Err(refusal) => return Draft::Ready(Outcome::Refused(refusal, Some(Arc::new(held.case.clone())))),
        };
        if let Some(note) = note {
            self.notes.push(note::ActiveModel {
                id: Set(note.id.as_uuid()),
                case_id: Set(id.as_uuid()),
                author: Set(serde_json::to_string(&order.by).unwrap_or_default()),
                at: Set(now.into()),
                content: Set(note.content.0.clone()),
            });
        }
        let after = Arc::new(decision.case.clone());
        let records = decision.records.clone();
        self.put(id, decision, verdict.outbox);
        if let Some(new) = verdict.beside {
            let place = self.held.get(&id).map(|it| (it.stream.clone(), it.area_code.clone()));
            let (stream, area_code) = place.unwrap_or_default();
            self.put_new(new, stream, area_code);
        }
        if let Some(once) = order.once {
            let kept = KeptCommand {
                case: id,
                answer: verdict.answer.clone(),
            };
            self.keep(once, serde_json::to_string(&kept).unwrap_or_default());
        }
        Draft::Done {
            case: id,
            after,
            records,
            answer: verdict.answer,
        }
    }

    /// Opens a case under an id that follows from its reason. One that is there is answered as it stands.
    fn begin(
        &mut self,
        order: &Order,
        begin: &Begin,
        now: Timestamp,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Draft {
        let id = begin.opening.case;
        if let Some(error) = self.aside.get(&id) {
            return Draft::Ready(Outcome::Corrupt(error.clone()));
        }
        if let Some(held) = self.held.get(&id) {
            return Draft::Done {
                case: id,
                after: Arc::new(held.case.clone()),
                records: vec![],
                answer: None,
            };
        }
        let found = Found {
            case: None,
            plan: None,
            linked: None,
            now,
            busy: &|_| false,
        };
        let verdict = decide(order, found);
        let decision = match verdict.decision {
            Ok(it) => it,
            Err(refusal) => return Draft::Ready(Outcome::Refused(refusal, None)),
        };
        let after = Arc::new(decision.case.clone());
        let records = decision.records.clone();
        let new = Beside {
            decision,
            plan: begin.plan.clone(),
            outbox: verdict.outbox,
        };
        self.put_new(new, begin.stream.clone(), begin.area_code.clone());
        Draft::Done {
            case: id,
            after,
            records,
            answer: None,
        }
    }

    fn put_new(&mut self, new: Beside, stream: String, area_code: String) {
        let id = new.decision.case.id;
        self.held.insert(
            id,
            Held {
                case: new.decision.case.clone(),
                plan: new.plan,
                number: String::new(),
                stream,
                area_code,
                head: CHAIN_START,
                stored: 0,
                records: vec![],
            },
        );
        self.put(id, new.decision, new.outbox);
    }

    fn keep(&mut self, once: Once, body: String) {
        self.answers.insert(once.id, (once.request.to_vec(), body.clone()));
        self.new_answers.push((once, body));
    }

    fn put(&mut self, id: CaseId, decision: Decision, outbox: Vec<OutboxRow>) {
        let Some(held) = self.held.get_mut(&id) else { return };
        let before = leads(&held.case);
        for record in decision.records {
            self.log.push((id, held.records.len()));
            held.records.push(record);
        }
        held.case = decision.case;
        if let Some(plan) = decision.plan {
            held.plan = plan;
        }
        let after = leads(&held.case);
        if before != after {
            if let Some(it) = before.filter(|it| self.leads.get(it) == Some(&id)) {
                self.leads.remove(&it);
            }
            if let Some(it) = after {
                self.leads.insert(it, id);
            }
        }
        let case = held.case.clone();
        // A command does not say where its case belongs; the case in hand does.
        self.outbox.extend(outbox.into_iter().map(|mut row| {
            if row.area_code.is_empty() {
                row.area_code.clone_from(&held.area_code);
            }
            row
        }));
        self.index(&case);
    }

    fn finish(&self, draft: Draft) -> Outcome {
        match draft {
            Draft::Reported {
                alert,
                case,
                joined,
                repeat,
                warnings,
                records,
                after,
            } => {
                let held = self.held.get(&case);
                let number = held.map(|it| it.number.clone()).unwrap_or_default();
                let opened = Opened {
                    alert,
                    case,
                    number: number.clone(),
                    joined,
                    repeat,
                    warnings,
                };
                let done = after.zip(held).map(|(after, held)| Done {
                    case: after,
                    number: number.into(),
                    area_code: held.area_code.as_str().into(),
                    records,
                    answer: None,
                });
                Outcome::Reported(opened, done)
            }
            Draft::Done {
                case,
                after,
                records,
                answer,
            } => match self.held.get(&case) {
                Some(held) => Outcome::Done(Done {
                    case: after,
                    number: held.number.as_str().into(),
                    area_code: held.area_code.as_str().into(),
                    records,
                    answer,
                }),
                None => Outcome::NotFound,
            },
            Draft::Ready(outcome) => outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_powers_of_two_and_lose_nothing() {
        for count in [0_usize, 1, 2, 3, 7, 300, 512, 513, 1_300] {
            let rows: Vec<usize> = (0..count).collect();
            let runs: Vec<&[usize]> = padded(&rows, 23).collect();
            assert!(
                runs.iter()
                    .all(|it| it.len().is_power_of_two() && it.len() * 23 <= 10_000)
            );
            assert_eq!(runs.concat(), rows);
        }
    }

    #[test]
    fn a_key_is_of_its_sender_and_its_parts() {
        let one = Once::new("device_1", &[b"a", b"bc"], b"x");
        assert_ne!(one.id, Once::new("device_2", &[b"a", b"bc"], b"x").id);
        assert_ne!(one.id, Once::new("device_1", &[b"ab", b"c"], b"x").id);
        assert_eq!(one.id, Once::new("device_1", &[b"a", b"bc"], b"y").id);
        assert_ne!(one.request, Once::new("device_1", &[b"a", b"bc"], b"y").request);
    }
}
