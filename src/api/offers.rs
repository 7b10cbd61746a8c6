//! What is put to a responder, and what they say on the way and at the door.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::commands::{Asked, CommandDto, Nothing};
use super::problem::{FieldError, Problem};
use super::view::{CaseDto, case_seen};
use super::wire::{PageDto, path_id};
use crate::case::{Author, Clock, ClockKind, Command, DeclineReason, Place, Refusal};
use crate::ids::{OfferId, ResponderId};
use crate::people::{FixLimits, Freshness};
use crate::store::cases::CaseView;

/// "I am with them" counts within this many metres of the door.
pub const NEAR_M: f64 = 100.0;
/// The longest travel time that a responder may claim, seconds.
const ETA_MAX_S: u32 = 6 * 3_600;

/// The cases that are put to the signed-in responder, or to which they are going.
#[utoipa::path(get, path = "/api/v1/offers", tag = "offers", responses((status = 200, body = PageDto<CaseDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let me = who.responder()?;
            let ids = it.cases_of(me).await?;
            let (cases, corrupt) = it.app.store.cases(&ids).await?;
            for error in &corrupt {
                tracing::error!(%error, "a case does not read back");
            }
            // As a responder, whatever else the account may see.
            let mut viewer = who.viewer();
            viewer.scope = Default::default();
            let mut items: Vec<CaseDto> = Vec::with_capacity(cases.len());
            for case in &cases {
                items.extend(case_seen(&it.app, &viewer, case).await);
            }
            items.sort_by_key(|it| std::cmp::Reverse((it.opened_at, it.id)));
            Ok(PageDto { items, next: None })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// A yes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptIn {
    /// Travel time by one's own reckoning, seconds; reckoned from where one is when left out.
    #[serde(default)]
    pub eta_s: Option<u32>,
}

/// As what somebody is coming.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AcceptDto {
    /// `provisional`, `lead`, `backup`.
    #[schema(value_type = String)]
    pub role: Place,
    /// When it was decided; for `provisional`: when it will be.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Timestamp,
    /// The case, with the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseDto>,
}

/// Yes: the answer says as what. 409 only when somebody leads and no back-up is wanted.
#[utoipa::path(post, path = "/api/v1/offers/{id}/accept", tag = "offers", params(("id" = String, Path)),
    request_body = AcceptIn, responses((status = 200, body = AcceptDto),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn accept(request: actix_web::HttpRequest, asked: Asked<AcceptIn>) -> Result<HttpResponse, Problem> {
    let offer: OfferId = path_id(&request, "id")?;
    let by = asked.who.responder()?;
    let eta_s = asked.api.eta(asked.body.eta_s, by, &asked.case).await?;
    let (api, who, before) = (asked.api.clone(), asked.who.clone(), asked.case.clone());
    let (done, _) = asked
        .done(Command::Accept { offer, by, eta_s }, Author::Responder(by), None)
        .await?;
    let case = &done.case;
    let Some(mine) = case.assignment(by).filter(|it| it.is_active()) else {
        // A repeat of a yes that has been answered otherwise since.
        return Err(match case.lead() {
            Some(lead) => Refusal::TakenBy(lead.responder).into(),
            None => Refusal::Over.into(),
        });
    };
    let role = mine.place;
    let window = case
        .clock(Clock::case(ClockKind::Window))
        .filter(|_| role == Place::Provisional);
    let decided_at = window.unwrap_or(case.last_at);
    let it = api.clone();
    let case = api
        .run(async move { it.seen_after(&who, &done, &before).await })
        .await?;
    Ok(HttpResponse::Ok().json(AcceptDto { role, decided_at, case }))
}

/// A no.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineIn {
    /// `busy`, `too_far`, `not_able`, `off_duty`.
    #[schema(value_type = String)]
    pub reason: DeclineReason,
}

/// No: the next is asked at once.
#[utoipa::path(post, path = "/api/v1/offers/{id}/decline", tag = "offers", params(("id" = String, Path)),
    request_body = DeclineIn, responses((status = 200, body = CommandDto)))]
pub async fn decline(request: actix_web::HttpRequest, asked: Asked<DeclineIn>) -> Result<HttpResponse, Problem> {
    let offer = path_id(&request, "id")?;
    let by = asked.who.responder()?;
    let reason = asked.body.reason;
    let command = Command::Decline { offer, by, reason };
    asked.done(command, Author::Responder(by), None).await.map(|it| it.1)
}

/// How it was received.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivedIn {
    /// By a voice call rather than a screen.
    #[serde(default)]
    pub by_call: bool,
}

/// The offer has reached the responder's device.
#[utoipa::path(post, path = "/api/v1/offers/{id}/received", tag = "offers", params(("id" = String, Path)),
    request_body = ReceivedIn, responses((status = 200, body = CommandDto)))]
pub async fn received(request: actix_web::HttpRequest, asked: Asked<ReceivedIn>) -> Result<HttpResponse, Problem> {
    let offer = path_id(&request, "id")?;
    let by = asked.who.responder()?;
    let by_call = asked.body.by_call;
    let command = Command::Received { offer, by_call };
    asked.done(command, Author::Responder(by), None).await.map(|it| it.1)
}

/// How far it still is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EtaIn {
    /// Travel time from here, seconds; reckoned from the last position when left out.
    #[serde(default)]
    pub eta_s: Option<u32>,
}

async fn on_the_way(
    asked: Asked<EtaIn>,
    command: impl FnOnce(ResponderId, Option<u32>) -> Command,
) -> Result<HttpResponse, Problem> {
    let by = asked.who.responder()?;
    let eta_s = asked.api.eta(asked.body.eta_s, by, &asked.case).await?;
    asked
        .done(command(by, eta_s), Author::Responder(by), None)
        .await
        .map(|it| it.1)
}

async fn at_the_door(
    asked: Asked<Nothing>,
    command: impl FnOnce(ResponderId) -> Command,
) -> Result<HttpResponse, Problem> {
    let by = asked.who.responder()?;
    asked
        .done(command(by), Author::Responder(by), None)
        .await
        .map(|it| it.1)
}

/// "I have left."
#[utoipa::path(post, path = "/api/v1/assignments/{case_id}/depart", tag = "assignments", params(("case_id" = String, Path)),
    request_body = EtaIn, responses((status = 200, body = CommandDto)))]
pub async fn depart(asked: Asked<EtaIn>) -> Result<HttpResponse, Problem> {
    on_the_way(asked, |by, eta_s| Command::Depart { by, eta_s }).await
}

/// "I am on my way."
#[utoipa::path(post, path = "/api/v1/assignments/{case_id}/progress", tag = "assignments", params(("case_id" = String, Path)),
    request_body = EtaIn, responses((status = 200, body = CommandDto)))]
pub async fn progress(asked: Asked<EtaIn>) -> Result<HttpResponse, Problem> {
    on_the_way(asked, |by, eta_s| Command::Progress { by, eta_s }).await
}

/// "I am at the door."
#[utoipa::path(post, path = "/api/v1/assignments/{case_id}/arrive", tag = "assignments", params(("case_id" = String, Path)),
    responses((status = 200, body = CommandDto)))]
pub async fn arrive(asked: Asked<Nothing>) -> Result<HttpResponse, Problem> {
    at_the_door(asked, |by| Command::Arrive { by }).await
}

/// "I am with them." It counts at 100 m or less by the last position, or when the desk has heard the elder.
#[utoipa::path(post, path = "/api/v1/assignments/{case_id}/contact-made", tag = "assignments", params(("case_id" = String, Path)),
    responses((status = 200, body = CommandDto)))]
pub async fn contact_made(asked: Asked<Nothing>) -> Result<HttpResponse, Problem> {
    let me = asked.who.responder()?;
    let heard = asked.case.case.voice.is_some_and(crate::case::Voice::is_contact);
    let (api, view) = (asked.api.clone(), asked.case.clone());
    let away = asked
        .api
        .run(async move { Ok(api.metres_away(me, &view).await) })
        .await?;
    let near = heard || away.is_some_and(|it| it <= NEAR_M);
    at_the_door(asked, |by| Command::ContactMade { by, near }).await
}

/// "Nobody opens."
#[utoipa::path(post, path = "/api/v1/assignments/{case_id}/no-entry", tag = "assignments", params(("case_id" = String, Path)),
    responses((status = 200, body = CommandDto)))]
pub async fn no_entry(asked: Asked<Nothing>) -> Result<HttpResponse, Problem> {
    at_the_door(asked, |by| Command::NoEntry { by }).await
}

/// "This is the wrong address": undoes the arrival, touches no clock.
#[utoipa::path(post, path = "/api/v1/assignments/{case_id}/wrong-address", tag = "assignments", params(("case_id" = String, Path)),
    responses((status = 200, body = CommandDto)))]
pub async fn wrong_address(asked: Asked<Nothing>) -> Result<HttpResponse, Problem> {
    at_the_door(asked, |by| Command::WrongAddress { by }).await
}

/// "All is well here."
#[utoipa::path(post, path = "/api/v1/assignments/{case_id}/check-in", tag = "assignments", params(("case_id" = String, Path)),
    responses((status = 200, body = CommandDto)))]
pub async fn check_in(asked: Asked<Nothing>) -> Result<HttpResponse, Problem> {
    at_the_door(asked, |by| Command::CheckIn { by }).await
}

/// "I need support."
#[utoipa::path(post, path = "/api/v1/assignments/{case_id}/support", tag = "assignments", params(("case_id" = String, Path)),
    responses((status = 200, body = CommandDto)))]
pub async fn support(asked: Asked<Nothing>) -> Result<HttpResponse, Problem> {
    at_the_door(asked, |by| Command::Support { by }).await
}

/// "I am done here."
#[utoipa::path(post, path = "/api/v1/assignments/{case_id}/done", tag = "assignments", params(("case_id" = String, Path)),
    responses((status = 200, body = CommandDto)))]
pub async fn done(asked: Asked<Nothing>) -> Result<HttpResponse, Problem> {
    at_the_door(asked, |by| Command::Done { by }).await
}

impl Api {
    /// How far a responder is from where a case is, metres as the crow flies, by a fresh and sharp position; none: nobody
    /// knows.
    pub(super) async fn metres_away(&self, who: ResponderId, view: &CaseView) -> Option<f64> {
        let fix = self.app.picture.responder(who)?.position?;
        if fix.freshness(self.app.clock.now(), &FixLimits::default()) != Freshness::Fresh {
            return None;
        }
        let places = self.app.field.destinations(view).await;
        places.iter().map(|it| it.distance_m(fix.point)).min_by(f64::total_cmp)
    }

    /// Travel time of a responder to a case: as they say, else from where they are, seconds.
    pub(super) async fn eta(
        &self,
        said: Option<u32>,
        who: ResponderId,
        view: &CaseView,
    ) -> Result<Option<u32>, Problem> {
        if let Some(eta_s) = said {
            if eta_s > ETA_MAX_S {
                let wrong = FieldError::new("eta_s", "out_of_range", format!("at most {ETA_MAX_S} seconds"));
                return Err(Problem::fields("out_of_range", vec![wrong]));
            }
            return Ok(said);
        }
        self.eta_of(who, view).await
    }

    /// Travel time from wherever a responder would set out, seconds; none when either place is unknown.
    async fn eta_of(&self, who: ResponderId, view: &CaseView) -> Result<Option<u32>, Problem> {
        let (field, case) = (self.app.field.clone(), view.case.id);
        self.run(async move { Ok(field.eta_s(case, who).await) }).await
    }
}
