//! The round of checks of an incident: whose devices are dark, or who is inside the area of a warning, in the order in which somebody
//! looks after them.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::problem::Problem;
use super::view::{ElderBrief, PlaceDto, elder_brief};
use super::wire::path_id;
use crate::dispatch::supervision::Check;
use crate::ids::CaseId;

/// One elder of a round of checks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CheckDto {
    pub elder: ElderBrief,
    /// What of theirs needs current: `oxygen`, `ventilator`, `dialysis`.
    pub life_support: Vec<String>,
    /// The door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceDto>,
    /// How many of their devices and of those of their home went dark; of a warning 0.
    pub devices: usize,
    /// When the first of these was last heard before; of a warning, when the message that holds was sent.
    #[schema(value_type = String, format = DateTime)]
    pub heard_at: Timestamp,
    /// All of them are heard again.
    pub back: bool,
}

/// A round of checks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RoundDto {
    /// Who is still dark first; within these whoever needs current to live, then by need.
    pub items: Vec<CheckDto>,
}

/// Whom to look after in an incident, in order; nobody for a case of another kind.
#[utoipa::path(get, path = "/api/v1/cases/{id}/round", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = RoundDto)))]
pub async fn round(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: CaseId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let checks = api
        .run(async move {
            let dark = it.app.supervision.round(id).await?;
            match dark.is_empty() {
                true => Ok(it.app.warnings.round(id).await?),
                false => Ok(dark),
            }
        })
        .await?;
    let today = api.app.picture.today();
    let dto = |it: Check| CheckDto {
        life_support: it.elder.life_support.iter().map(|it| it.as_str().to_owned()).collect(),
        place: it.elder.door_on(today).1.map(|it| PlaceDto {
            lat: it.lat(),
            lon: it.lon(),
        }),
        elder: elder_brief(&api.app, &it.elder, today),
        devices: it.devices.len(),
        heard_at: it.heard_at,
        back: it.back,
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(RoundDto {
            items: checks.into_iter().map(dto).collect(),
        }))
}
