//! What the orders of a batch name, read in a few queries whatever their number.

use std::collections::HashSet;
use std::sync::Arc;

use sea_orm::sea_query::{ExprTrait, LockType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::decide::Desk;
use super::{Ask, Held, KeptReport, Keys, Order, Stored};
use crate::case::{Case, Command, Plan, PlanId};
use crate::ids::{CaseId, ResponderId};
use crate::store::cases::many::filled;
use crate::store::cases::rows::{answer, cases, plan_version};
use crate::store::{Engine, Store, StoreError, rows_per_statement};

impl Store {
    pub(super) async fn load(&self, tx: &DatabaseTransaction, orders: &[Order]) -> Result<Desk, StoreError> {
        let mut desk = Desk::default();
        let keys: Vec<Vec<u8>> = orders
            .iter()
            .filter_map(|it| it.once.map(|it| it.id.to_vec()))
            .collect();
        for chunk in keys.chunks(rows_per_statement(1)) {
            let found = answer::Entity::find()
                .filter(answer::Column::Id.is_in(filled(chunk)))
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
        // A case that was asked for by its id and by its subject may be found twice; what was read is locked, so both are one.
        let mut rows: Vec<Stored> = Vec::new();
        let rounds = ids.len().div_ceil(per).max(subjects.len().div_ceil(per));
        for round in 0..rounds {
            let ids = ids.chunks(per).nth(round).unwrap_or_default();
            let subjects = subjects.chunks(per).nth(round).unwrap_or_default();
            let mut either = Condition::any();
            if !ids.is_empty() {
                either = either.add(cases::Column::Id.is_in(filled(ids)));
            }
            if !subjects.is_empty() {
                either = either.add(
                    cases::Column::Subject
                        .is_in(filled(subjects))
                        .and(cases::Column::ClosedAt.is_null()),
                );
            }
            let mut query = cases::Entity::find().filter(either).order_by_asc(cases::Column::Id);
            if self.engine() == Engine::Postgres {
                query = query.lock(LockType::Update);
            }
            let query = query.select_only().columns([
                cases::Column::Id,
                cases::Column::Number,
                cases::Column::Stream,
                cases::Column::AreaCode,
                cases::Column::Version,
                cases::Column::HeadHash,
                cases::Column::Body,
            ]);
            rows.extend(query.into_model::<Stored>().all(tx).await?);
        }
        let mut plans = HashSet::new();
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
            let keys = Keys::of(&case);
            desk.index(&case);
            desk.held.insert(
                id,
                Held {
                    case: Arc::new(case),
                    plan,
                    number: row.number,
                    stream: row.stream,
                    area_code: row.area_code,
                    head,
                    stored: row.version,
                    keys,
                    runs: vec![],
                },
            );
        }
        if !responders.is_empty() {
            let responders: Vec<Uuid> = responders.into_iter().collect();
            for chunk in responders.chunks(per) {
                let leads: Vec<(Uuid, Option<Uuid>)> = cases::Entity::find()
                    .select_only()
                    .columns([cases::Column::Id, cases::Column::LeadId])
                    .filter(cases::Column::LeadId.is_in(filled(chunk)))
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

    pub(in crate::store::cases) async fn load_plans(
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
}
