//! The proof that the store is whole: chains, streams, and what must hold of every case.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, Statement};
use uuid::Uuid;

use super::commit::{CHAIN_START, chain, leads, records_of};
use super::roots::Root;
use super::rows::{alert, case_event, cases, offer, set_aside, stream};
use crate::case::{Case, ClockKind, Event, Place, Record};
use crate::ids::{AlertId, CaseId, OfferId};
use crate::store::{Micros, Store, StoreError};

/// Cases read at a time.
const STEP: u64 = 200;

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: a table and a key.
    pub place: String,
    /// What.
    pub what: String,
}

/// What a check has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// How many cases.
    pub cases: u64,
    /// How many events.
    pub events: u64,
    /// How many streams.
    pub streams: u64,
    /// How many hand-overs of a desk.
    pub handovers: u64,
    /// The newest root of each stream that holds something: keep them elsewhere, and compare another time.
    pub roots: Vec<Root>,
    /// What is wrong; empty when all is well.
    pub found: Vec<Finding>,
}

impl Findings {
    pub(in crate::store) fn say(&mut self, place: impl std::fmt::Display, what: impl Into<String>) {
        self.found.push(Finding {
            place: place.to_string(),
            what: what.into(),
        });
    }
}

impl Store {
    /// Keeps a row that does not read back where people look for it. Anything but `Corrupt` is nothing to keep.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_aside(&self, error: &StoreError, now: Timestamp) -> Result<(), StoreError> {
        let StoreError::Corrupt { table, id, field, what } = error else {
            return Ok(());
        };
        let now = Micros::from(now);
        let row = set_aside::ActiveModel {
            place: Set(format!("{table} {id}")),
            field: Set((*field).to_owned()),
            what: Set(what.clone()),
            first_at: Set(now),
            last_at: Set(now),
        };
        self.write(move |tx| {
            Box::pin(async move {
                let again = OnConflict::column(set_aside::Column::Place)
                    .update_columns([
                        set_aside::Column::Field,
                        set_aside::Column::What,
                        set_aside::Column::LastAt,
                    ])
                    .to_owned();
                set_aside::Entity::insert(row)
                    .on_conflict(again)
                    .exec_without_returning(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// The rows that did not read back, as place and what is wrong.
    ///
    /// # Errors
    /// The database's.
    pub async fn rows_aside(&self) -> Result<Vec<Finding>, StoreError> {
        let rows = set_aside::Entity::find()
            .order_by_asc(set_aside::Column::FirstAt)
            .limit(1_000)
            .all(self.reader())
            .await?;
        Ok(rows
            .into_iter()
            .map(|it| Finding {
                place: it.place,
                what: format!("{}: {}", it.field, it.what),
            })
            .collect())
    }

    /// Reads every case with its log and compares. Long on a large store; reads only.
    ///
    /// # Errors
    /// The database's; what is wrong with the rows is in the answer.
    pub async fn check(&self) -> Result<Findings, StoreError> {
        self.check_against(&[]).await
    }

    /// As [`Store::check`], and compares with roots that were kept elsewhere.
    ///
    /// # Errors
    /// The database's; what is wrong with the rows is in the answer.
    pub async fn check_against(&self, kept: &[Root]) -> Result<Findings, StoreError> {
        let mut findings = Findings::default();
        let mut last = Uuid::nil();
        let mut first = true;
        loop {
            let mut query = cases::Entity::find().order_by_asc(cases::Column::Id).limit(STEP);
            if !first {
                query = query.filter(cases::Column::Id.gt(last));
            }
            first = false;
            // Rows and events of one state: a serving process goes on writing meanwhile.
            let tx = self.one_state().await?;
            let rows = query.all(&tx).await?;
            let Some(end) = rows.last() else {
                tx.rollback().await?;
                break;
            };
            last = end.id;
            let ids: Vec<Uuid> = rows.iter().map(|it| it.id).collect();
            let mut logs: BTreeMap<Uuid, Vec<case_event::Model>> = BTreeMap::new();
            let events = case_event::Entity::find()
                .filter(case_event::Column::CaseId.is_in(ids.clone()))
                .order_by_asc(case_event::Column::CaseId)
                .order_by_asc(case_event::Column::Version)
                .all(&tx)
                .await?;
            let mut beside = beside(&tx, &ids).await?;
            tx.rollback().await?;
            for event in events {
                logs.entry(event.case_id).or_default().push(event);
            }
            for row in rows {
                findings.cases += 1;
                let log = logs.remove(&row.id).unwrap_or_default();
                findings.events += log.iter().map(|it| u64::from(it.records.unsigned_abs())).sum::<u64>();
                let beside = beside.remove(&row.id).unwrap_or_default();
                check_case(&row, &log, &beside, &mut findings);
            }
        }
        let tx = self.one_state().await?;
        for row in stream::Entity::find().all(&tx).await? {
            findings.streams += 1;
            let last = Expr::col(case_event::Column::Number).add(Expr::col(case_event::Column::Records));
            let (count, lowest, after): (Option<i64>, Option<i64>, Option<i64>) = case_event::Entity::find()
                .select_only()
                .column_as(case_event::Column::Records.sum(), "count")
                .column_as(case_event::Column::Number.min(), "lowest")
                .column_as(last.max(), "after")
                .filter(case_event::Column::Stream.eq(row.code.as_str()))
                .into_tuple()
                .one(&tx)
                .await?
                .unwrap_or((None, None, None));
            let (count, lowest, highest) = (count.unwrap_or(0), lowest.unwrap_or(1), after.unwrap_or(1) - 1);
            let torn = torn_places(&tx, &row.code).await?;
            if count != row.head || lowest != 1 || highest != row.head || torn != 0 {
                let what = format!(
                    "{count} events from {lowest} to {highest} with {torn} gaps or overlaps where the head says {}",
                    row.head
                );
                findings.say(format!("stream {}", row.code), what);
            }
        }
        tx.rollback().await?;
        self.check_handovers(&mut findings).await?;
        findings.roots = self.check_roots(kept, &mut findings).await?;
        Ok(findings)
    }
}

/// Places in a stream where one row's numbers do not follow those of the row before it.
async fn torn_places(db: &impl ConnectionTrait, stream: &str) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM (SELECT number + records AS after, LEAD(number) OVER (ORDER BY number) AS following \
               FROM case_event WHERE stream = $1) AS rows WHERE following <> after";
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [stream.into()]);
    let row = db.query_one_raw(statement).await?;
    Ok(row.map(|it| it.try_get_by_index(0)).transpose()?.unwrap_or(0))
}

/// What stands in other tables of a case: the ids of its alerts, and its offers with whom each was made to.
#[derive(Default)]
struct Beside {
    alerts: BTreeSet<Uuid>,
    offers: BTreeSet<(Uuid, Uuid)>,
}

impl Beside {
    /// What must stand there by the log.
    fn of(log: &[Record]) -> Self {
        let mut all = Self::default();
        for record in log {
            match &record.event {
                Event::Opened { alert: Some(alert), .. } | Event::Joined { alert, .. } => {
                    all.alerts.insert(alert.as_uuid());
                }
                Event::Offered { offers, .. } => all.offers.extend(
                    offers
                        .iter()
                        .map(|it| (it.id.as_uuid(), it.candidate.responder.as_uuid())),
                ),
                _ => {}
            }
        }
        all
    }
}

async fn beside(db: &impl ConnectionTrait, cases: &[Uuid]) -> Result<BTreeMap<Uuid, Beside>, StoreError> {
    let mut found: BTreeMap<Uuid, Beside> = BTreeMap::new();
    let alerts: Vec<(Uuid, Uuid)> = alert::Entity::find()
        .select_only()
        .columns([alert::Column::CaseId, alert::Column::Id])
        .filter(alert::Column::CaseId.is_in(cases.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    for (case, id) in alerts {
        found.entry(case).or_default().alerts.insert(id);
    }
    let offers: Vec<(Uuid, Uuid, Uuid)> = offer::Entity::find()
        .select_only()
        .columns([offer::Column::CaseId, offer::Column::Id, offer::Column::ResponderId])
        .filter(offer::Column::CaseId.is_in(cases.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    for (case, id, responder) in offers {
        found.entry(case).or_default().offers.insert((id, responder));
    }
    Ok(found)
}

fn check_case(row: &cases::Model, log: &[case_event::Model], beside: &Beside, findings: &mut Findings) {
    let id = CaseId::new(row.id);
    let mut records: Vec<Record> = Vec::with_capacity(log.len());
    let mut hash = CHAIN_START;
    for event in log {
        let next = records.len() as i64 + 1;
        if event.version != next {
            findings.say(id, format!("event {} stands where {next} must stand", event.version));
            return;
        }
        hash = chain(&hash, event.body.as_bytes());
        if event.hash != hash {
            findings.say(id, format!("the chain breaks at event {}", event.version));
            return;
        }
        match records_of(&event.body) {
            Ok(some) if some.len() as i64 == i64::from(event.records) => records.extend(some),
            Ok(some) => {
                let what = format!(
                    "event {} holds {} records and says {}",
                    event.version,
                    some.len(),
                    event.records
                );
                findings.say(id, what);
                return;
            }
            Err(error) => {
                findings.say(id, format!("event {} does not read back: {error}", event.version));
                return;
            }
        }
    }
    if row.head_hash != hash {
        findings.say(id, "the head hash is not that of the last event");
    }
    let case: Case = match serde_json::from_str(&row.body) {
        Ok(case) => case,
        Err(error) => {
            findings.say(id, format!("the case does not read back: {error}"));
            return;
        }
    };
    match Case::rebuild(&records) {
        Ok(rebuilt) if rebuilt == case => {}
        Ok(_) => findings.say(id, "the log does not rebuild the case"),
        Err(error) => findings.say(id, error.to_string()),
    }
    let told = Beside::of(&records);
    for missing in told.alerts.difference(&beside.alerts) {
        findings.say(id, format!("its alert {} is not there", AlertId::new(*missing)));
    }
    for strange in beside.alerts.difference(&told.alerts) {
        findings.say(
            id,
            format!("the log does not know its alert {}", AlertId::new(*strange)),
        );
    }
    if told.offers != beside.offers {
        let odd = told.offers.symmetric_difference(&beside.offers);
        let odd: BTreeSet<String> = odd.map(|it| OfferId::new(it.0).to_string()).collect();
        let odd = odd.into_iter().collect::<Vec<_>>().join(", ");
        findings.say(id, format!("the rows of its offers are not those of the log: {odd}"));
    }
    if case.state.is_open() {
        let looked = case.clocks.iter().any(|it| it.clock.kind == ClockKind::Look);
        if !looked {
            findings.say(id, "open, and nothing makes anybody look again");
        }
    } else if !case.clocks.is_empty() {
        findings.say(id, "closed, and a clock runs");
    }
    if row.due_at.map(jiff::Timestamp::from) != case.due_at() {
        findings.say(id, "the row's deadline is not the case's");
    }
    if case.assignments.iter().filter(|it| it.place == Place::Lead).count() > 1 {
        findings.say(id, "more than one lead");
    }
    let same = row.state == case.state.as_str()
        && row.tier == case.tier.as_str()
        && row.severity == case.severity.as_str()
        && row.kind == case.kind.as_str()
        && row.lane == case.lane.as_str()
        && row.version == i64::from(case.version)
        && row.lead_id == leads(&case).map(|it| it.as_uuid())
        && row.elder_id == case.subject.elder().map(|it| it.as_uuid())
        && row.closed_at.map(jiff::Timestamp::from) == case.closed_at;
    if !same {
        findings.say(id, "the row's columns are not the case's");
    }
}
