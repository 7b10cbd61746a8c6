//! A rehearsal: what the desk would decide of an alert that nobody has sent. By the same door and the same rules as in earnest; nothing
//! is queued, nothing is written, and nobody is told.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Desk, DeskError, How};
use crate::case::{self, Alert, Author, Case, Command, Context, Decision, Opening, Plan, PlanSet, Refusal};
use crate::case::{Kind, Lane};
use crate::dispatch::report::Sender;
use crate::ids::{AlertId, CaseId, ElderId, UserId};
use crate::people::AreaCode;
use crate::store::cases::OutboxRow;

/// A case that is only thought of.
pub struct Rehearsal {
    desk: Desk,
    plan: Arc<Plan>,
    case: Case,
    area: AreaCode,
    /// The alert is taken as one of somebody who is away: it rings nobody.
    pub suppressed: bool,
}

/// What a step of a rehearsal has led to.
pub struct Rehearsed {
    /// The case before it; none: it has just begun.
    pub before: Option<Case>,
    /// What was decided.
    pub decision: Decision,
    /// The rows that the outbox would have been given.
    pub outbox: Vec<OutboxRow>,
}

impl Desk {
    /// A case of `kind` about an elder as it would open at an instant; `draft`: by these plans in the place of the street's.
    ///
    /// # Errors
    /// `NotFound` when there is no such elder.
    pub fn rehearse(
        &self,
        elder: ElderId,
        kind: Kind,
        voice_path: bool,
        at: Timestamp,
        draft: Option<&PlanSet>,
    ) -> Result<(Rehearsal, Rehearsed), DeskError> {
        let inner = &*self.0;
        let by = UserId::new(Uuid::nil());
        let place = inner.place(Sender::User(by), Some(elder), None, kind, &mut vec![])?;
        let area = place.area.ok_or(DeskError::NotFound("area"))?;
        let taken = inner.take(kind, &place, How::default(), at, draft);
        // Ids that no case has and no row is written under.
        let case = CaseId::derive(elder.as_uuid(), "rehearsal");
        let lane: Lane = kind.lane();
        let opening = Opening {
            case,
            alert: Alert {
                id: AlertId::derive(case.as_uuid(), "rehearsal"),
                kind,
                severity: taken.severity,
                late: false,
                voice_path,
            },
            subject: place.subject,
            lane,
            part: None,
            linked: None,
            inside: vec![],
            drill: false,
            wishing: None,
            turn_at: None,
        };
        let decision = case::open_with(&opening, &taken.plan, Author::System, at, &*inner.family);
        let rehearsal = Rehearsal {
            desk: self.clone(),
            plan: taken.plan,
            case: decision.case.clone(),
            area,
            suppressed: taken.suppressed,
        };
        let begun = Rehearsed {
            before: None,
            outbox: rehearsal.told(None, &decision),
            decision,
        };
        Ok((rehearsal, begun))
    }
}

impl Rehearsal {
    /// The case as it stands.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// Its plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Where it is.
    pub fn area(&self) -> AreaCode {
        self.area
    }

    /// What follows from a command at an instant, as if it had been committed.
    ///
    /// # Errors
    /// The rules'.
    pub fn step(&mut self, command: &Command, at: Timestamp) -> Result<Rehearsed, Refusal> {
        let context = Context {
            now: at,
            by: Author::System,
            plan: &self.plan,
            alert_plan: None,
            busy: &|_| false,
            family: &*self.desk.0.family,
        };
        let decision = case::decide(&self.case, command, &context)?;
        let outbox = self.told(Some(&self.case), &decision);
        let before = std::mem::replace(&mut self.case, decision.case.clone());
        if let Some(plan) = &decision.plan {
            self.plan = plan.clone();
        }
        Ok(Rehearsed {
            before: Some(before),
            decision,
            outbox,
        })
    }

    fn told(&self, before: Option<&Case>, decision: &Decision) -> Vec<OutboxRow> {
        (self.desk.0.tell)(before, decision, &self.area.to_string())
    }
}
