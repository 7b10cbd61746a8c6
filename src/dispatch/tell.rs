//! Who is told, as rows of the outbox: roles become people, people and channels become rows.
//!
//! Start at [`teller`]. It runs inside the committer, so it looks in the [`Picture`] and nowhere else, and does nothing at all
//! where no channel is configured.
//!
//! Holds always:
//! - one row per case, step, person and channel; the same step has the same id, on every node and at every try;
//! - a contact marked restricted gets no row, whatever the level; an exercise gets no row at all: a channel is real whatever it
//!   is told, and who takes part looks at a screen;
//! - no row holds a name, a number or a text.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::desk::{Desk, DeskError, Tell};
use super::picture::Picture;
use crate::case::{
    Author, Case, Command, Decision, Kind, Notice, NoticeKind, OfferState, Severity, Subject, Target, notices,
};
use crate::ids::{CaseId, ContactId, NoticeId, ResponderId};
use crate::people::{Contact, ContactLevel};
use crate::store::cases::OutboxRow;

/// Contacts that one notice goes to at most, in call order: a list that is longer than any family costs no alert its speed.
pub const CONTACTS_MAX: usize = 16;

/// A channel that is configured, and what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The channel, as the rows name it.
    pub channel: String,
    /// The kinds of notice that it carries; none: all.
    pub kinds: Option<BTreeSet<NoticeKind>>,
}

/// What the desk asks at each decision.
pub fn teller(picture: Arc<Picture>, routes: Vec<Route>) -> Box<Tell> {
    Box::new(move |before, decision, area_code| {
        if routes.is_empty() || decision.records.is_empty() {
            return vec![];
        }
        rows(&picture, &routes, before, decision, area_code)
    })
}

fn rows(
    picture: &Picture,
    routes: &[Route],
    before: Option<&Case>,
    decision: &Decision,
    area_code: &str,
) -> Vec<OutboxRow> {
    let case = &decision.case;
    if case.drill || case.kind == Kind::SelfCheck {
        return vec![];
    }
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for notice in notices(before, case, &decision.records) {
        let mut carriers = routes.iter().filter(|it| carries(it, notice.kind)).peekable();
        if carriers.peek().is_none() {
            continue;
        }
        let targets = targets(picture, case, &notice);
        for route in carriers {
            for target in &targets {
                let id = notice_id(case.id, &notice.step, target, &route.channel);
                if !seen.insert(id) {
                    continue;
                }
                found.push(OutboxRow {
                    id,
                    case: case.id,
                    case_version: notice.record,
                    area_code: area_code.to_owned(),
                    kind: notice.kind.as_str().to_owned(),
                    step: notice.step.clone(),
                    target: target.clone(),
                    channel: route.channel.clone(),
                    urgency: urgency(case.severity, notice.kind),
                });
            }
        }
    }
    found
}

fn carries(route: &Route, kind: NoticeKind) -> bool {
    route.kinds.as_ref().is_none_or(|it| it.contains(&kind))
}

/// Follows from case, step, person and channel.
pub fn notice_id(case: CaseId, step: &str, target: &str, channel: &str) -> NoticeId {
    // A line feed is in none of the parts, so no two rows share a name.
    NoticeId::derive(case.as_uuid(), &format!("{step}\n{target}\n{channel}"))
}

/// The words of a row for whom a notice is meant, in the order in which they are told.
fn targets(picture: &Picture, case: &Case, notice: &Notice) -> Vec<String> {
    match notice.to {
        Target::Family => family(picture, case.subject, level(notice.kind)),
        Target::Responder(id) => vec![id.to_string()],
        Target::Desk => vec!["desk".to_owned()],
        Target::DutyLeader => vec!["duty_leader".to_owned()],
        Target::NextSeat => vec!["next_seat".to_owned()],
        Target::Station(kind) => vec![format!("station:{kind}")],
        Target::Agency(agency) => vec![format!("agency:{agency}")],
    }
}

/// What the content of a notice needs: that something happened, who comes and how it ended is status. A kind that will tell
/// of earlier cases or of health has to say so here.
const fn level(_kind: NoticeKind) -> ContactLevel {
    ContactLevel::Status
}

/// Contacts in call order; of a household, those of all who live there. Who is a contact of both is told once, where the
/// register knows that they are one person.
fn family(picture: &Picture, subject: Subject, level: ContactLevel) -> Vec<String> {
    let mut contacts: Vec<Contact> = match subject {
        Subject::Elder(id) if picture.is_frozen(id) => vec![],
        Subject::Elder(id) => picture.callable_contacts(id),
        Subject::Household(id) => {
            let members = picture.household(id).map(|(_, members)| members).unwrap_or_default();
            let mut all: Vec<Contact> = members
                .iter()
                .filter(|it| !picture.is_frozen(it.id))
                .flat_map(|it| picture.callable_contacts(it.id))
                .collect();
            all.sort_by_key(|it| it.call_order); // stable: within one place, elder by elder
            all
        }
        Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => vec![],
    };
    let mut seen: HashSet<ResponderId> = HashSet::new();
    contacts.retain(|it| it.hears(level) && it.responder.is_none_or(|id| seen.insert(id)));
    contacts.truncate(CONTACTS_MAX);
    contacts.iter().map(|it| it.id.to_string()).collect()
}

/// Whether a row's target may still be told: a contact that has been restricted, or taken out of the register, since the row
/// was written hears nothing, nor does the family of somebody who is believed dead, of whichever case.
pub fn may_hear(picture: &Picture, target: &str) -> bool {
    let Ok(contact) = target.parse::<ContactId>() else {
        return true;
    };
    picture
        .elder_of_contact(contact)
        .filter(|elder| !picture.is_frozen(*elder))
        .is_some_and(|elder| picture.callable_contacts(elder).iter().any(|it| it.id == contact))
}

/// Higher goes first. What takes a burden off somebody, or says who leads, overtakes all that waits: a stood-down volunteer
/// on a bicycle hears it before the next case is rung. After that severity, then how soon somebody has to act.
pub fn urgency(severity: Severity, kind: NoticeKind) -> i32 {
    use NoticeKind as N;
    let (first, act) = match kind {
        N::StandDown | N::FamilyFalseAlarm | N::Lead | N::LeadRevoked => (1_000, 50),
        N::OfferEnded => (1_000, 40),
        N::RingDutyLeader | N::RingNextSeat => (0, 60),
        N::Offer | N::CallInside | N::RingDesk | N::Prompt120 | N::Prompt119 | N::Prompt110 | N::Referral => (0, 50),
        N::CallLate | N::KeyHolders | N::Support => (0, 40),
        N::Provisional | N::Backup => (0, 30),
        N::FollowUpLate => (0, 0),
        N::FamilyOpened | N::FamilyAccepted | N::FamilyArrived | N::FamilyClosed => (0, 10),
    };
    let severity = match severity {
        Severity::Critical => 300,
        Severity::Urgent => 200,
        Severity::Routine => 100,
        Severity::Technical => 0,
    };
    first + severity + act
}

/// A device of the target has an offer: the case counts the silence from here. Nothing to do for any other notice.
///
/// # Errors
/// The desk's. An offer that has ended meanwhile is none.
pub async fn received(desk: &Desk, case: CaseId, kind: NoticeKind, target: &str) -> Result<(), DeskError> {
    let (NoticeKind::Offer, Ok(responder)) = (kind, target.parse::<ResponderId>()) else {
        return Ok(());
    };
    let Some(view) = desk.store().case(case).await? else {
        return Ok(());
    };
    let open = |it: &&crate::case::Offer| it.candidate.responder == responder && it.state == OfferState::Open;
    let Some(offer) = view.case.offers.iter().rev().find(open).filter(|it| !it.received) else {
        return Ok(());
    };
    let command = Command::Received {
        offer: offer.id,
        by_call: false,
    };
    match desk.handle(case, command, Author::Responder(responder)).await {
        Ok(_) | Err(DeskError::Refused(..)) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::case::{self, Alert, Kind, Opening, PlanSet};
    use crate::ids::{AlertId, ElderId};

    fn opened(drill: bool) -> Decision {
        let set: PlanSet = toml::from_str(include_str!("../case/plans/test-seconds.toml")).unwrap();
        let plan = Arc::new(set.plan_for(Kind::Sos, &Default::default(), 12));
        let alert = Alert {
            id: AlertId::new(Uuid::from_u128(1)),
            kind: Kind::Sos,
            severity: Severity::Critical,
            late: false,
            voice_path: true,
        };
        let opening = Opening {
            case: CaseId::new(Uuid::from_u128(2)),
            alert,
            subject: Subject::Elder(ElderId::new(Uuid::from_u128(3))),
            lane: Kind::Sos.lane(),
            part: None,
            linked: None,
            inside: vec![],
            drill,
        };
        case::open(&opening, &plan, Author::System, Timestamp::UNIX_EPOCH)
    }

    /// Whatever the core asks for, and whoever it is for.
    #[test]
    fn an_exercise_has_no_row() {
        let routes = [Route {
            channel: "webhook:a".to_owned(),
            kinds: None,
        }];
        let rows_of = |drill| rows(&Picture::default(), &routes, None, &opened(drill), "120114001001001");
        assert!(rows_of(true).is_empty());
        assert!(rows_of(false).iter().any(|it| it.target == "desk"));
    }

    #[test]
    fn an_id_follows_from_case_step_person_and_channel() {
        let case = CaseId::new(Uuid::from_u128(2));
        let one = notice_id(case, "4:offer", "resp_1", "webhook:a");
        assert_eq!(one, notice_id(case, "4:offer", "resp_1", "webhook:a"));
        for (step, target, channel) in [
            ("5:offer", "resp_1", "webhook:a"),
            ("4:offer", "resp_2", "webhook:a"),
            ("4:offer", "resp_1", "webhook:b"),
        ] {
            assert_ne!(one, notice_id(case, step, target, channel));
        }
        assert_ne!(
            one,
            notice_id(CaseId::new(Uuid::from_u128(9)), "4:offer", "resp_1", "webhook:a")
        );
    }
}
