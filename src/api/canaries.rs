//! `/api/v1/canaries`: each way out of the house is tried once a month for each street, at named people of the staff. What came of it, a
//! try by hand, and "I have seen it" where no provider says so.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::wire::{Body, Query, limit, path_id};
use crate::dispatch::told::CanaryRefused;
use crate::ids::CanaryId;
use crate::people::{AreaCode, AreaLevel};
use crate::store::canaries::Canary;

/// To whom it went, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CanaryLetterDto {
    /// `user_…`, `resp_…`; `desk`: the carrier's own address, as a robot's group.
    pub to: String,
    /// `handed` (on its way), `taken` (the provider has it), `received`, `failed`.
    pub state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub received_at: Option<Timestamp>,
}

/// One try of one way for one street.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CanaryDto {
    #[schema(value_type = String)]
    pub id: CanaryId,
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
    /// The carrier, as the configuration names it.
    pub channel: String,
    /// The month, `2026-12`; `hand` and when: somebody asked for it.
    pub run: String,
    /// `waiting` (until `due_at`), `sending`, `sent` (to be confirmed by `due_at`), `confirmed`, `failed` (at `due_at`).
    pub state: String,
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub began_at: Option<Timestamp>,
    /// Why it failed, in stable words: `not confirmed`, or what the provider said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What was sent; gone after the time for which letters are kept.
    pub letters: Vec<CanaryLetterDto>,
}

/// Tries, what is to come first and then the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CanariesDto {
    pub items: Vec<CanaryDto>,
    /// The streets of the caller's areas that are tried; of others the configuration names nobody.
    pub streets: Vec<String>,
}

/// Which street.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CanaryIn {
    /// The code of a street, 9 digits.
    pub area_code: String,
}

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
}

fn fresh(dto: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(dto)
}

pub(super) fn no_canary() -> Problem {
    Problem::not_found("canary_not_found", "there is no such try")
}

impl Api {
    fn canary_streets(&self, who: &SignedIn) -> Vec<String> {
        let all = self.app.canaries.streets();
        let theirs = |it: &&str| it.parse::<AreaCode>().is_ok_and(|code| who.scope.contains(code));
        all.filter(theirs).map(str::to_owned).collect()
    }

    async fn canary_dtos(&self, all: Vec<Canary>) -> Result<Vec<CanaryDto>, Problem> {
        let runs: Vec<_> = all.iter().map(|it| it.id).collect();
        let letters = self.app.store.channel_tests_of(&runs).await?;
        let dto = |it: Canary| {
            let of = letters.iter().filter(|one| one.run == it.id);
            let letters = of.map(|one| CanaryLetterDto {
                to: one.owner.clone(),
                state: one.state.clone(),
                why: one.why.clone(),
                received_at: one.receipt_at,
            });
            let code = it.area_code.parse::<AreaCode>().ok();
            CanaryDto {
                id: CanaryId::new(it.id),
                area_name: code.and_then(|it| self.app.picture.area_name(it)),
                area_code: it.area_code,
                channel: it.channel,
                run: it.run,
                state: it.state.as_str().to_owned(),
                due_at: it.due_at,
                began_at: it.began_at,
                why: it.why,
                letters: letters.collect(),
            }
        };
        Ok(all.into_iter().map(dto).collect())
    }

    async fn canaries_of(&self, streets: Vec<String>, most: u64) -> Result<CanariesDto, Problem> {
        let all = self.app.store.canaries(&streets, most).await?;
        let items = self.canary_dtos(all).await?;
        Ok(CanariesDto { items, streets })
    }
}

/// The tries of the caller's streets: what is to come, and what came of the last.
#[utoipa::path(get, path = "/api/v1/canaries", tag = "reach", params(Part), responses((status = 200, body = CanariesDto)))]
pub async fn list(api: web::Data<Api>, who: SignedIn, asked: Query<Part>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let all = api.run(async move {
        let most = limit(asked.0.limit)?;
        it.canaries_of(it.canary_streets(&who), most).await
    });
    Ok(fresh(&all.await?))
}

/// Tries every way of a street now, at the people whom the configuration names. Once in ten minutes at most.
#[utoipa::path(post, path = "/api/v1/canaries", tag = "reach", request_body = CanaryIn, responses((status = 200, body = CanariesDto),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
    (status = 429, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn begin(api: web::Data<Api>, who: SignedIn, body: Body<CanaryIn>) -> Result<HttpResponse, Problem> {
    let street = body.value.area_code;
    let code = street.parse::<AreaCode>().ok();
    let theirs = |it: &AreaCode| it.level() == AreaLevel::Street && who.scope.contains(*it);
    if code.filter(theirs).is_none() {
        let text = "must be the code of a street of yours, 9 digits";
        return Err(Problem::fields(
            "invalid_value",
            vec![FieldError::new("area_code", "invalid_value", text)],
        ));
    }
    let it = api.get_ref().clone();
    let all = api.run(async move {
        let now = it.app.clock.now();
        it.app.canaries.begin(&street, who.user).await.map_err(|error| {
            let conflict = |code| Problem::new(StatusCode::CONFLICT, code, error.to_string());
            match error {
                CanaryRefused::NoCarriers => conflict("no_carriers"),
                CanaryRefused::NobodyNamed => conflict("nobody_named"),
                CanaryRefused::TooSoon { again_at } => {
                    let wait_s = u32::try_from(again_at.duration_since(now).as_secs()).unwrap_or_default() + 1;
                    Problem {
                        retry_after_s: Some(wait_s),
                        ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "canary_too_soon", error.to_string())
                    }
                }
                CanaryRefused::Store(error) => error.into(),
            }
        })?;
        tracing::info!(user.id = %who.user, street, "the ways of a street are tried by hand");
        it.canaries_of(vec![street], 100).await
    });
    Ok(fresh(&all.await?))
}

/// "I have seen it": in a robot's group, on paper, in a mailbox, where no provider says that it has arrived. Of one that waits for that, or
/// has failed within the last 24 hours.
#[utoipa::path(post, path = "/api/v1/canaries/{id}/seen", tag = "reach", params(("id" = String, Path)), responses((status = 200, body = CanaryDto),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn seen(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: CanaryId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let dto = api.run(async move {
        if !it.app.canaries.seen(id.as_uuid(), who.user).await? {
            let text = "nobody waits for that: it is confirmed already, or has not been sent";
            return Err(Problem::new(StatusCode::CONFLICT, "canary_not_open", text));
        }
        let found = it.app.store.canary(id.as_uuid()).await?;
        let dtos = it.canary_dtos(found.into_iter().collect()).await?;
        dtos.into_iter().next().ok_or_else(no_canary)
    });
    Ok(fresh(&dto.await?))
}
