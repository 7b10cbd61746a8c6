//! What a batch decided, written in a few statements whatever its size.

use std::collections::{BTreeMap, HashMap, btree_map};
use std::sync::Arc;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, IdenStatic, Iterable, Set, Statement};
use uuid::Uuid;

use super::decide::Desk;
use super::{Batch, Held, Keys, Run, body_of, chain, join_key, leads};
use crate::case::{Event, Plan, PlanId};
use crate::ids::CaseId;
use crate::store::cases::many::insert;
use crate::store::cases::outbox::release_held;
use crate::store::cases::rows::{answer, case_event, cases, offer, outbox, plan_version, sent};
use crate::store::cases::telling::{self, telling_id};
use crate::store::{Micros, Store, StoreError, rows_per_statement};

impl Store {
    /// Writes everything that the batch decided; answers the plans that were written for the first time.
    pub(super) async fn write_all(
        &self,
        tx: &DatabaseTransaction,
        desk: &mut Desk,
        batch: &Batch<'_>,
    ) -> Result<HashMap<PlanId, Arc<Plan>>, StoreError> {
        let now = Micros::from(batch.now);
        let mut changed: Vec<CaseId> = desk
            .held
            .iter()
            .filter(|(_, it)| !it.runs.is_empty())
            .map(|(id, _)| *id)
            .collect();
        changed.sort_unstable();

        let mut events: BTreeMap<&str, Vec<Run>> = BTreeMap::new();
        let mut opened: BTreeMap<&str, i64> = BTreeMap::new();
        let mut heads: HashMap<CaseId, [u8; 32]> = HashMap::new();
        for (id, nth) in &desk.log {
            // Events keep the order in which they were decided.
            let Some(held) = desk.held.get(id) else { continue };
            let Some((records, later)) = held.runs.get(*nth..).and_then(<[_]>::split_first) else {
                continue;
            };
            let Some(first) = records.first() else { continue };
            let from_here = records.len() + later.iter().map(|it| it.len()).sum::<usize>();
            let body =
                body_of(records).map_err(|error| StoreError::corrupt("case_event", id, "body", error.to_string()))?;
            let before = heads.get(id).copied().unwrap_or(held.head);
            let hash = chain(&before, body.as_bytes());
            heads.insert(*id, hash);
            events.entry(&held.stream).or_default().push(Run {
                case: *id,
                version: i64::from(held.case.version) - from_here as i64 + 1,
                at: Micros::from(first.at),
                kind: first.event.name(),
                records: records.len() as i32,
                body,
                hash,
            });
            if matches!(first.event, Event::Opened { .. }) {
                *opened.entry(&held.stream).or_default() += 1;
            }
        }
        let (mut still, mut moved, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
        for id in &changed {
            let Some(held) = desk.held.get(id) else { continue };
            let row = row_of(held, heads.get(id).copied().unwrap_or(held.head), now)?;
            if held.stored == 0 {
                fresh.push(row)
            } else if held.keys == Keys::of(&held.case) {
                still.push(row)
            } else {
                moved.push(row)
            }
        }
        // A case that gives a lead or a join key back goes before one that takes it.
        let (take, free): (Vec<_>, Vec<_>) = moved
            .into_iter()
            .partition(|it| it.lead_id.is_some() || it.join_key.is_some());
        update_cases(tx, still, false).await?;
        update_cases(tx, free, true).await?;
        update_cases(tx, take, true).await?;

        insert(tx, std::mem::take(&mut desk.alerts), "").await?;
        insert(tx, std::mem::take(&mut desk.notes), "").await?;
        insert(tx, std::mem::take(&mut desk.photos), "").await?;
        let new_plans: HashMap<PlanId, Arc<Plan>> = desk
            .held
            .values()
            .filter(|it| !it.runs.is_empty() && self.plans().get(it.case.plan).is_none())
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
            .flat_map(|it| {
                it.runs
                    .iter()
                    .flat_map(|run| run.iter())
                    .map(move |record| (it, record))
            })
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
        insert(tx, offers, "").await?;
        let sent = desk.held.values().flat_map(|it| {
            let records = it.runs.iter().flat_map(|run| run.iter());
            records.filter_map(|record| match record.event {
                Event::Assigned { responder, .. } => Some(sent::ActiveModel {
                    responder_id: Set(responder.as_uuid()),
                    case_id: Set(it.case.id.as_uuid()),
                    at: Set(Micros::from(record.at)),
                }),
                _ => None,
            })
        });
        // Sent twice to one case, they were sent there.
        insert(tx, sent.collect(), " ON CONFLICT DO NOTHING").await?;
        let outbox = std::mem::take(&mut desk.outbox);
        let mut tellings: BTreeMap<Uuid, telling::row::ActiveModel> = BTreeMap::new();
        for it in &outbox {
            if let Some(telling) = &it.going.telling {
                let id = telling_id(it.case, &it.step, &it.target);
                if let btree_map::Entry::Vacant(place) = tellings.entry(id) {
                    place.insert(telling.as_ref().clone().into_row(it, batch.now)?);
                }
            }
        }
        insert(tx, tellings.into_values().collect(), " ON CONFLICT (id) DO NOTHING").await?;
        let outbox = outbox
            .into_iter()
            .map(|it| it.into_row(now))
            .collect::<Vec<outbox::ActiveModel>>();
        // The same step has the same id: said twice, it is told once, and it never costs anybody their alert.
        insert(tx, outbox, " ON CONFLICT (id) DO NOTHING").await?;
        for case in std::mem::take(&mut desk.raised) {
            release_held(tx, case, now).await?;
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
        insert(tx, answers, "").await?;

        // From here on the streams are locked: only what needs their numbers follows. In the order of their codes, so that
        // two committers never wait for each other in a ring.
        let mut first = BTreeMap::new();
        for (stream, list) in &events {
            let cases = opened.get(stream).copied().unwrap_or(0);
            let count = list.iter().map(|it| i64::from(it.records)).sum::<i64>();
            let (head, day, day_cases) = take_numbers(tx, stream, count, batch.day, cases).await?;
            first.insert((*stream).to_owned(), (head - count + 1, day, day_cases - cases));
        }
        let mut numbers: HashMap<Uuid, String> = HashMap::new();
        let mut next: HashMap<&str, i64> = HashMap::new();
        for (stream, list) in &events {
            for run in list.iter().filter(|it| it.version == 1) {
                let (_, day, before) = first[*stream];
                let n = next.entry(stream).or_insert(before);
                *n += 1;
                numbers.insert(run.case.as_uuid(), format!("{day}-{stream}-{n:04}"));
            }
        }
        for row in &mut fresh {
            if let Some(number) = numbers.get(&row.id) {
                row.number.clone_from(number);
            }
        }
        let mut rows = Vec::new();
        for (stream, list) in events {
            let (mut number, ..) = first[stream];
            for run in list {
                desk.numbered.insert((run.case, run.version), number);
                rows.push(case_event::ActiveModel {
                    stream: Set(stream.to_owned()),
                    number: Set(number),
                    case_id: Set(run.case.as_uuid()),
                    version: Set(run.version),
                    at: Set(run.at),
                    kind: Set(run.kind.to_owned()),
                    body: Set(run.body),
                    hash: Set(run.hash.to_vec()),
                    records: Set(run.records),
                });
                number += i64::from(run.records);
            }
        }
        insert(tx, active(fresh), "").await?;
        insert(tx, rows, "").await?;
        for (id, number) in numbers {
            if let Some(held) = desk.held.get_mut(&CaseId::new(id)) {
                held.number = number;
            }
        }
        Ok(new_plans)
    }
}

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

/// Writes case rows over the version that was read; a miss is a conflict. `keys_moved`: whether any of them begins or ceases
/// to be joined, to be led or to be open. The others leave the indexes over that alone, which is most of what a change costs.
async fn update_cases(tx: &DatabaseTransaction, rows: Vec<cases::Model>, keys_moved: bool) -> Result<(), StoreError> {
    use cases::Column as C;
    let wanted = rows.len() as u64;
    let changed = C::iter().filter(|it| match it {
        // What a case is about, and where, it keeps for life.
        C::Id | C::Number | C::Stream | C::OpenedAt | C::AreaCode | C::Subject | C::ElderId | C::Lane => false,
        C::JoinKey | C::LeadId | C::ClosedAt => keys_moved,
        _ => true,
    });
    let sets: Vec<String> = changed
        .map(|it| format!("\"{0}\" = excluded.\"{0}\"", it.as_str()))
        .collect();
    let tail = format!(
        " ON CONFLICT (id) DO UPDATE SET {} WHERE cases.version = excluded.version_before",
        sets.join(", ")
    );
    if insert(tx, active(rows), &tail).await? != wanted {
        return Err(StoreError::stale("cases", "one of a batch"));
    }
    Ok(())
}

fn active(rows: Vec<cases::Model>) -> Vec<cases::ActiveModel> {
    rows.into_iter().map(Into::into).collect()
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
