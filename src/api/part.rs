//! A responder's own part in a case: what became of it, and how somebody gives it back who was sent without being asked.
//!
//! A case leaves a responder's sight with their part in it, and a socket says no more than that. The phone asks here why, so
//! that who was withdrawn is not told that the work is done. Nobody's name, no door, no number of a case.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::commands::{Asked, CommandDto};
use super::dto;
use super::offers::DeclineIn;
use super::problem::Problem;
use super::rights::Seen;
use crate::case::record::StandDownWhy;
use crate::case::{Author, Case, Command, Event, Kind, OfferState, Record, Severity, State};
use crate::ids::ResponderId;

/// Records of a log that are read at a time.
const PAGE: u64 = 500;

/// What became of somebody's part in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// They are coming, or there.
    Coming,
    /// They were asked, and are not coming.
    Asked,
    /// The desk has withdrawn them.
    Withdrawn,
    /// Somebody else is at the door already.
    Arrived,
    /// Others are better placed.
    NotChosen,
    /// They were late, and another leads.
    Replaced,
    /// The elder is fine.
    Fine,
    /// They lead another case.
    Busy,
    /// They said that they cannot go.
    Declined,
    /// They have done what there was to do.
    Done,
    /// It was over before they were there.
    Over,
}

/// The caller's own part.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PartDto {
    pub part: Part,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = String)]
    pub kind: Kind,
    #[schema(value_type = dto::SeverityWord)]
    pub severity: Severity,
    /// An exercise.
    pub drill: bool,
}

/// What became of the caller's part in a case: also after the case has left their sight.
#[utoipa::path(get, path = "/api/v1/assignments/{case_id}", tag = "assignments", params(("case_id" = String, Path)),
    responses((status = 200, body = PartDto)))]
pub async fn mine(api: web::Data<Api>, who: SignedIn, seen: Seen) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let found = api
        .run(async move {
            let me = who.responder()?;
            let case = &*seen.case.case;
            let (mut records, mut after) = (Vec::new(), 0);
            loop {
                let rows = it.app.store.events(case.id, after, PAGE).await?;
                let last = rows.last().map(|row| row.version).filter(|at| *at > after);
                records.extend(rows.into_iter().map(|row| row.record));
                match last {
                    Some(at) => after = at,
                    None => break,
                }
            }
            let (part, at) = part_of(case, &records, me);
            Ok(PartDto {
                part,
                at,
                kind: case.kind,
                severity: case.severity,
                drill: case.drill,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}

/// The last that the log says of somebody's part, and when.
fn part_of(case: &Case, records: &[Record], me: ResponderId) -> (Part, Timestamp) {
    let coming = case.assignment(me).filter(|it| it.is_active());
    let under_way = matches!(case.state, State::Ringing | State::Engaged | State::OnScene);
    if let Some(mine) = coming.filter(|_| under_way) {
        return (Part::Coming, mine.at);
    }
    let mut ended = None;
    for it in records.iter().rev() {
        match ends(it, me) {
            // Whoever had done their part is not told what became of the others' after it.
            Some(Part::Done) => return (Part::Done, it.at),
            Some(part) => {
                ended.get_or_insert((part, it.at));
            }
            None => {}
        }
        if begins(it, me) {
            break;
        }
    }
    match (ended, case.assignment(me)) {
        (Some(found), _) => found,
        (None, Some(_)) => (Part::Over, case.closed_at.unwrap_or(case.last_at)),
        (None, None) => (Part::Asked, case.offer_to(me).map_or(case.opened_at, |it| it.at)),
    }
}

/// A yes or a sending begins a new part: what was before does not count.
fn begins(record: &Record, me: ResponderId) -> bool {
    matches!(&record.event, Event::Accepted { responder, .. } | Event::Assigned { responder, .. } if *responder == me)
}

/// What a record says of the end of somebody's part.
fn ends(record: &Record, me: ResponderId) -> Option<Part> {
    match &record.event {
        Event::StoodDown { responders, why } if responders.contains(&me) => Some(match why {
            StandDownWhy::Arrived => Part::Arrived,
            StandDownWhy::Fine => Part::Fine,
            StandDownWhy::Over => Part::Over,
            StandDownWhy::ByDesk => Part::Withdrawn,
            StandDownWhy::Busy => Part::Busy,
            StandDownWhy::Declined => Part::Declined,
        }),
        Event::LeadChosen { stood_down, .. } if stood_down.contains(&me) => Some(Part::NotChosen),
        Event::LeadLost { responder, late } if *responder == me => Some(match (late, record.by) {
            (None, Author::User(_)) => Part::Withdrawn,
            (None, Author::Responder(_)) => Part::Declined,
            _ => Part::Replaced,
        }),
        Event::Declined { responder, .. } if *responder == me => Some(Part::Declined),
        Event::DoneThere { responder } if *responder == me => Some(Part::Done),
        _ => None,
    }
}

/// "I cannot go": of a case to which one was sent, asked or not. Who leads gives the case back, and the next is asked at once.
#[utoipa::path(post, path = "/api/v1/assignments/{case_id}/decline", tag = "assignments", params(("case_id" = String, Path)),
    request_body = DeclineIn, responses((status = 200, body = CommandDto)))]
pub async fn decline(asked: Asked<DeclineIn>) -> Result<HttpResponse, Problem> {
    let by = asked.who.responder()?;
    let case = &asked.case.case;
    let gone = case.assignment(by).is_some_and(|it| !it.is_active());
    // A no to an offer that waits is a no as on the offer's own route. Who was sent without an offer, or after a no to one, is
    // stood down at their own word; and so is, once more, whoever has given the case back already.
    let offer = case.offer_to(by).filter(|it| it.state != OfferState::Declined && !gone);
    let command = match offer {
        Some(offer) => Command::Decline {
            offer: offer.id,
            by,
            reason: asked.body.reason,
        },
        None => Command::StandDown { responder: by },
    };
    asked.done(command, Author::Responder(by), None).await.map(|it| it.1)
}
