//! Responders: a list, one, and what a responder says of themselves.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::view::PlaceDto;
use super::wire::{Body, Listed, PageDto, PositionIn, Query, limit, path_id, read_cursor, write_cursor};
use crate::circle::Mode;
use crate::ids::ResponderId;
use crate::people::{Fix, FixLimits, Freshness, PrefixSet, Responder, Tier};

/// Which responders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    tier: Option<String>,
    /// Only those at work, or only those not.
    on_duty: Option<bool>,
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Somebody who can be sent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ResponderDto {
    #[schema(value_type = String)]
    pub id: ResponderId,
    pub code: String,
    pub name: String,
    pub kind: String,
    #[schema(value_type = super::dto::TierWord)]
    pub tier: Tier,
    pub skills: Vec<String>,
    /// `walk`, `ebike`, `car`.
    #[schema(value_type = String)]
    pub mode: Mode,
    pub party_size: u8,
    pub capacity: u8,
    pub on_duty: bool,
    #[schema(value_type = String, format = DateTime)]
    pub duty_since: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<FixDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<PlaceDto>,
    /// Area codes where they work.
    pub areas: Vec<String>,
}

/// A position.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FixDto {
    pub lat: f64,
    pub lon: f64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<f32>,
    /// New and sharp enough to be reckoned with.
    pub fresh: bool,
}

/// Whether any area of a responder's work is one of these, or holds one, or lies in one.
pub(super) fn works_in(it: &Responder, scope: &PrefixSet) -> bool {
    it.scope.iter().any(|code| scope.touches(code))
}

fn dto(it: &Responder, now: Timestamp) -> ResponderDto {
    ResponderDto {
        id: it.id,
        code: it.code.clone(),
        name: it.name.clone(),
        kind: it.kind.as_str().to_owned(),
        tier: it.tier,
        skills: it.skills.iter().map(|it| it.as_str().to_owned()).collect(),
        mode: it.mode,
        party_size: it.party_size,
        capacity: it.capacity,
        on_duty: it.duty.on,
        duty_since: it.duty.since,
        position: it.position.map(|fix| FixDto {
            lat: fix.point.lat(),
            lon: fix.point.lon(),
            at: fix.at,
            accuracy_m: fix.accuracy_m,
            fresh: fix.freshness(now, &FixLimits::default()) == Freshness::Fresh,
        }),
        base: it.base.map(|it| PlaceDto {
            lat: it.lat(),
            lon: it.lon(),
        }),
        areas: it.scope.iter().map(|it| it.to_string()).collect(),
    }
}

/// Responders who work in the caller's area.
#[utoipa::path(get, path = "/api/v1/responders", tag = "people", params(Which), responses((status = 200, body = PageDto<ResponderDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let tier = asked
        .0
        .tier
        .as_deref()
        .map(str::parse::<Tier>)
        .transpose()
        .map_err(|error| {
            let text = error.to_string();
            Problem {
                errors: vec![FieldError::new("tier", "invalid_value", text.clone())],
                ..Problem::bad_request("bad_query", text)
            }
        })?;
    let most = usize::try_from(limit(asked.0.limit)?).unwrap_or(usize::MAX);
    let after = asked
        .0
        .cursor
        .as_deref()
        .map(|it| read_cursor(Listed::Responders, it))
        .transpose()?
        .map(|it| it.1);
    let now = api.app.clock.now();
    let mut found = api.app.picture.responders();
    found.retain(|it| {
        works_in(it, &who.scope)
            && tier.is_none_or(|tier| it.tier == tier)
            && asked.0.on_duty.is_none_or(|on| it.duty.on == on)
            && after.is_none_or(|after| it.id.as_uuid() > after)
    });
    found.sort_unstable_by_key(|it| it.id);
    let next = found.get(most.saturating_sub(1)).filter(|_| found.len() > most);
    let next = next.map(|it| write_cursor(Listed::Responders, None, it.id.as_uuid()));
    let items = found.iter().take(most).map(|it| dto(it, now)).collect();
    Ok(HttpResponse::Ok().json(PageDto::<ResponderDto> { items, next }))
}

/// One responder.
#[utoipa::path(get, path = "/api/v1/responders/{id}", tag = "people", params(("id" = String, Path)), responses((status = 200, body = ResponderDto)))]
pub async fn one(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: ResponderId = path_id(&request, "id")?;
    let found = api
        .app
        .picture
        .responder(id)
        .ok_or_else(|| Problem::not_found("responder_not_found", "there is no such responder"))?;
    Ok(HttpResponse::Ok().json(dto(&found, api.app.clock.now())))
}

/// At work or not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DutyIn {
    pub on: bool,
}

/// The duty that holds.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DutyDto {
    pub on: bool,
    /// The instant of the last change.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// "I am at work", or not.
#[utoipa::path(put, path = "/api/v1/responders/me/duty", tag = "people", request_body = DutyIn, responses((status = 200, body = DutyDto)))]
pub async fn duty(api: web::Data<Api>, who: SignedIn, body: Body<DutyIn>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let duty = api
        .run(async move {
            let me = who.responder()?;
            let app = &it.app;
            let known = app.picture.responder(me).ok_or_else(gone)?;
            let duty = app
                .store
                .set_duty(me, body.value.on, Some(who.user), app.clock.now())
                .await?;
            // What has come meanwhile (a position) stays.
            let latest = app.picture.responder(me).unwrap_or(known);
            app.field.moved(Responder {
                duty,
                ..(*latest).clone()
            });
            Ok(DutyDto {
                on: duty.on,
                since: duty.since,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(duty))
}

fn gone() -> Problem {
    Problem::forbidden("not_a_responder", "this account's responder is not filed any more")
}

/// "I am here." Refreshes the arrival times of the cases to which the responder is on the way.
#[utoipa::path(post, path = "/api/v1/responders/me/position", tag = "people", request_body = PositionIn, responses((status = 204)))]
pub async fn position(api: web::Data<Api>, who: SignedIn, body: Body<PositionIn>) -> Result<HttpResponse, Problem> {
    let point = body.value.point("")?;
    let accuracy_m = body.value.accuracy_m;
    let it = api.get_ref().clone();
    api.run(async move {
        let me = who.responder()?;
        let fix = Fix {
            point,
            at: it.app.clock.now(),
            accuracy_m,
        };
        if it.app.picture.responder(me).is_none() {
            return Err(gone());
        }
        Ok(it.app.field.position(me, fix).await?)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
