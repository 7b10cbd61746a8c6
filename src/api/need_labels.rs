//! How a street shows needs: its own table of colours, words, shapes and rhythms of visits. Screens read it; no rule does.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::station_register::{Part, RegisterEventDto, if_match, stale, with_etag};
use super::wire::{Body, PageDto, Query};
use crate::app::{App, Config};
use crate::people::{AreaCode, AreaLevel, Elder, Need, NeedLabel, NeedLabels, NeedShape};
use crate::store::RegisterEvent;

/// How one need is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedLabelDto {
    /// `high_risk`, `living_alone`, `disabled`, `general`, `medical`, `mental_social`, `away`.
    #[schema(value_type = String)]
    pub need: Need,
    /// The colour's word.
    pub colour: String,
    /// `#rrggbb`.
    pub rgb: String,
    /// The word that always stands beside the colour.
    pub label: String,
    /// `circle`, `triangle`, `square`, `diamond`, `hexagon`, `star`, `cross`: stands beside it as well.
    #[schema(value_type = String)]
    pub shape: NeedShape,
    /// Somebody looks in at least every so many days; absent: by a plan of care.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit_days: Option<u16>,
}

impl From<&NeedLabel> for NeedLabelDto {
    fn from(it: &NeedLabel) -> Self {
        Self {
            need: it.need,
            colour: it.colour.clone(),
            rgb: it.rgb.clone(),
            label: it.label.clone(),
            shape: it.shape,
            visit_days: it.visit_days,
        }
    }
}

/// A street's table. The `ETag` of the answer is what an edit names in `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NeedLabelsDto {
    /// The street.
    pub area_code: String,
    /// It has a table of its own; else the shipped set of the service's plans holds.
    pub own: bool,
    pub version: i64,
    pub labels: Vec<NeedLabelDto>,
}

/// A table as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedLabelsIn {
    /// Every need once.
    pub labels: Vec<NeedLabelDto>,
}

/// A shipped set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NeedLabelSetDto {
    /// `yangcun-7`, `plain-3`.
    pub name: String,
    pub labels: Vec<NeedLabelDto>,
}

/// The shipped sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NeedLabelSetsDto {
    pub sets: Vec<NeedLabelSetDto>,
}

fn dtos(labels: &[NeedLabel]) -> Vec<NeedLabelDto> {
    labels.iter().map(NeedLabelDto::from).collect()
}

/// How the needs of an elder are shown in their street, in the order of the needs.
pub(super) fn labels_of(app: &App, it: &Elder, needs: impl Iterator<Item = Need>) -> Vec<NeedLabelDto> {
    let own = app.picture.need_labels(it.grid);
    let shipped = &app.desk.plans().colours;
    let find = |need: Need| match &own {
        Some(own) => own.labels.of(need).map(NeedLabelDto::from),
        None => shipped.iter().find(|it| it.need == need).map(NeedLabelDto::from),
    };
    needs.filter_map(find).collect()
}

/// The shipped sets, to begin with.
#[utoipa::path(get, path = "/api/v1/need-label-sets", tag = "people", responses((status = 200, body = NeedLabelSetsDto)))]
pub async fn sets() -> HttpResponse {
    let shipped = ["yangcun-7", "plain-3"].into_iter().filter_map(|name| {
        let mut config = Config::default();
        config.plans.set = name.to_owned();
        let set = config.plan_set().ok()?;
        Some(NeedLabelSetDto {
            name: set.name.clone(),
            labels: dtos(&set.colours),
        })
    });
    HttpResponse::Ok().json(NeedLabelSetsDto {
        sets: shipped.collect(),
    })
}

/// Whose table.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// A code of 9, 12 or 15 digits; the first street of the caller when left out.
    area: Option<String>,
}

impl Api {
    /// A street of the caller: one that their areas touch.
    fn street_of(&self, who: &SignedIn, asked: Option<&str>) -> Result<AreaCode, Problem> {
        let bad = |text: &str| {
            let wrong = FieldError::new("area", "invalid_value", text);
            Problem::fields("invalid_value", vec![wrong])
        };
        let code = match asked {
            Some(text) => text.parse::<AreaCode>().map_err(|error| bad(&error.to_string()))?,
            None => who.scope.iter().next().ok_or_else(|| bad("you have no area"))?,
        };
        let street = code
            .at(AreaLevel::Street)
            .ok_or_else(|| bad("name a street, or an area in one"))?;
        if self.app.picture.area_id(street).is_none() || !who.scope.touches(street) {
            return Err(Problem::not_found("area_not_found", "there is no such street"));
        }
        Ok(street)
    }

    fn labels_dto(&self, street: AreaCode) -> NeedLabelsDto {
        let own = self.app.picture.need_labels(street);
        NeedLabelsDto {
            area_code: street.to_string(),
            own: own.is_some(),
            version: own.as_ref().map_or(0, |it| it.version),
            labels: own.map_or_else(|| dtos(&self.app.desk.plans().colours), |it| dtos(&it.labels.0)),
        }
    }

    async fn edit_labels(
        &self,
        who: &SignedIn,
        street: AreaCode,
        labels: Vec<NeedLabelDto>,
        version: i64,
    ) -> Result<NeedLabelsDto, Problem> {
        let app = &self.app;
        let labels = NeedLabels(
            labels
                .into_iter()
                .map(|it| NeedLabel {
                    need: it.need,
                    colour: it.colour,
                    rgb: it.rgb,
                    label: it.label,
                    shape: it.shape,
                    visit_days: it.visit_days,
                })
                .collect(),
        );
        let before = app
            .picture
            .need_labels(street)
            .and_then(|it| serde_json::to_value(&it.labels).ok());
        let event = RegisterEvent {
            id: app.ids.make(),
            subject: log_key(street),
            at: app.clock.now(),
            by: who.user,
            what: "edited".to_owned(),
            before,
            after: serde_json::to_value(&labels).ok(),
        };
        app.store
            .edit_need_labels(street, &labels, version, event)
            .await
            .map_err(stale)?;
        app.refresh_picture(false).await?;
        tracing::info!(street = %street, user.id = %who.user, "the colours of a street were edited");
        Ok(self.labels_dto(street))
    }
}

fn log_key(street: AreaCode) -> String {
    format!("need_labels {street}")
}

/// How a street shows needs.
#[utoipa::path(get, path = "/api/v1/need-labels", tag = "people", params(Which), responses((status = 200, body = NeedLabelsDto)))]
pub async fn show(api: web::Data<Api>, who: SignedIn, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let street = api.street_of(&who, asked.0.area.as_deref())?;
    let dto = api.labels_dto(street);
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

fn street_in(request: &HttpRequest) -> Option<&str> {
    request.match_info().get("street")
}

/// Edits a street's table over the version that was seen (0: it has none): 412 when somebody was quicker. Nothing that is decided
/// depends on it.
#[utoipa::path(put, path = "/api/v1/need-labels/{street}", tag = "people", params(("street" = String, Path), ("If-Match" = String, Header)),
    request_body = NeedLabelsIn, responses((status = 200, body = NeedLabelsDto),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<NeedLabelsIn>,
) -> Result<HttpResponse, Problem> {
    let street = api.street_of(&who, street_in(&request))?;
    if !who.scope.contains(street) {
        return Err(Problem::forbidden(
            "not_your_street",
            "only who has the whole street edits its colours",
        ));
    }
    let version = if_match(&request)?;
    let it = api.get_ref().clone();
    let labels = body.value.labels;
    let dto = api
        .run(async move { it.edit_labels(&who, street, labels, version).await })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Who has changed what of a street's table, the last first.
#[utoipa::path(get, path = "/api/v1/need-labels/{street}/log", tag = "people", params(("street" = String, Path), Part),
    responses((status = 200, body = PageDto<RegisterEventDto>)))]
pub async fn log(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<Part>,
) -> Result<HttpResponse, Problem> {
    let street = api.street_of(&who, street_in(&request))?;
    let it = api.get_ref().clone();
    let Part { limit, cursor } = asked.0;
    let page = api
        .run(async move { it.register_log(&log_key(street), limit, cursor).await })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}
