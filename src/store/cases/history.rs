//! What was before: where a responder has been, and when devices were last heard.

use std::collections::HashMap;

use jiff::Timestamp;
use sea_orm::sea_query::{Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::commit::records_of;
use super::many::filled;
use super::rows::{alert, case_event, cases, offer, sent};
use crate::case::{Event, Subject};
use crate::ids::{CaseId, DeviceId, ResponderId};
use crate::store::{Micros, Store, StoreError, rows_per_statement};

/// Where a responder came to in one case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Way {
    /// When they said yes, or the desk for them; the first time.
    pub accepted_at: Option<Timestamp>,
    /// When they were at the right door.
    pub arrived_at: Option<Timestamp>,
    /// They led at some time.
    pub led: bool,
}

/// The cases that a responder was offered or sent to.
pub(super) fn put_to(me: ResponderId) -> SelectStatement {
    let sent = Query::select()
        .column(sent::Column::CaseId)
        .from(sent::Entity)
        .and_where(sent::Column::ResponderId.eq(me.as_uuid()))
        .to_owned();
    Query::select()
        .column(offer::Column::CaseId)
        .from(offer::Entity)
        .and_where(offer::Column::ResponderId.eq(me.as_uuid()))
        .union(UnionType::Distinct, sent)
        .to_owned()
}

impl Store {
    /// How a responder fared in each of these cases; those in which the log does not name them are left out.
    ///
    /// # Errors
    /// The database's; `Corrupt` names the first record that does not read back.
    pub async fn ways_of(&self, me: ResponderId, cases: &[CaseId]) -> Result<HashMap<CaseId, Way>, StoreError> {
        let mut found: HashMap<CaseId, Way> = HashMap::new();
        for chunk in cases.chunks(rows_per_statement(1)) {
            let ids: Vec<Uuid> = chunk.iter().map(|it| it.as_uuid()).collect();
            let rows: Vec<(Uuid, String)> = case_event::Entity::find()
                .select_only()
                .columns([case_event::Column::CaseId, case_event::Column::Body])
                .filter(case_event::Column::CaseId.is_in(filled(&ids)))
                .filter(case_event::Column::Body.contains(me.to_string()))
                .order_by_asc(case_event::Column::Version)
                .into_tuple()
                .all(self.reader())
                .await?;
            for (case, body) in rows {
                let case = CaseId::new(case);
                let records = records_of(&body)
                    .map_err(|error| StoreError::corrupt("case_event", case, "body", error.to_string()))?;
                let way = found.entry(case).or_default();
                for record in records {
                    match record.event {
                        Event::Accepted { responder, .. } | Event::Assigned { responder, .. } if responder == me => {
                            way.accepted_at = way.accepted_at.or(Some(record.at));
                        }
                        Event::LeadChosen { responder, .. } if responder == me => way.led = true,
                        Event::Arrived { responder } if responder == me => {
                            way.arrived_at = way.arrived_at.or(Some(record.at));
                        }
                        Event::ArrivalUndone { responder } if responder == me => way.arrived_at = None,
                        _ => {}
                    }
                }
            }
        }
        Ok(found)
    }

    /// When each of these devices last sent an alert about one of these subjects; those that never did are left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_alerts(
        &self,
        subjects: &[Subject],
        devices: &[DeviceId],
    ) -> Result<HashMap<DeviceId, Timestamp>, StoreError> {
        let about = Query::select()
            .column(cases::Column::Id)
            .from(cases::Entity)
            .and_where(cases::Column::Subject.is_in(subjects.iter().map(|it| it.key())))
            .to_owned();
        let rows: Vec<(String, Option<Micros>)> = alert::Entity::find()
            .select_only()
            .column(alert::Column::Sender)
            .column_as(alert::Column::ReceivedAt.max(), "last_at")
            .filter(alert::Column::CaseId.in_subquery(about))
            .filter(alert::Column::Sender.is_in(devices.iter().map(|it| it.to_string())))
            .group_by(alert::Column::Sender)
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(sender, at)| Some((sender.parse().ok()?, at?.into())))
            .collect())
    }
}
