//! Which alerts of a device stand in open cases: what it says later may be about one of them.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::read::CaseView;
use super::rows::{alert, cases};
use crate::case::{Lane, Subject};
use crate::ids::{AlertId, CaseId};
use crate::store::registry::PAGE_MAX;
use crate::store::{Store, StoreError};

/// An alert in an open case.
#[derive(Debug, Clone)]
pub struct OpenCall {
    /// The case.
    pub case: CaseView,
    /// The alert.
    pub alert: AlertId,
    /// What it said.
    pub kind: String,
    /// The sender's own reference.
    pub source_ref: Option<String>,
}

impl Store {
    /// The alerts of `sender` in open cases for help about one of `subjects`, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn open_calls(&self, sender: &str, subjects: &[Subject]) -> Result<Vec<OpenCall>, StoreError> {
        let subjects = subjects.iter().map(|it| it.key());
        let ids: Vec<Uuid> = cases::Entity::find()
            .select_only()
            .column(cases::Column::Id)
            .filter(cases::Column::Subject.is_in(subjects))
            .filter(cases::Column::ClosedAt.is_null())
            .filter(cases::Column::Lane.eq(Lane::Help.as_str()))
            .limit(PAGE_MAX)
            .into_tuple()
            .all(self.reader())
            .await?;
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let alerts = alert::Entity::find()
            .filter(alert::Column::CaseId.is_in(ids.iter().copied()))
            .filter(alert::Column::Sender.eq(sender))
            .order_by_desc(alert::Column::ReceivedAt)
            .order_by_desc(alert::Column::Id)
            .limit(PAGE_MAX)
            .all(self.reader())
            .await?;
        let ids: Vec<CaseId> = ids.into_iter().map(CaseId::new).collect();
        // A row that does not read back is nobody's call here; it is set aside where it is needed.
        let (views, _) = self.cases(&ids).await?;
        let of = |id: Uuid| views.iter().find(|it| it.case.id.as_uuid() == id).cloned();
        Ok(alerts
            .into_iter()
            .filter_map(|it| {
                Some(OpenCall {
                    case: of(it.case_id)?,
                    alert: AlertId::new(it.id),
                    kind: it.kind,
                    source_ref: it.source_ref,
                })
            })
            .collect())
    }
}
