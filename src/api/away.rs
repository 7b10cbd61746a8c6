//! An elder is away: until the day of return silence at home means nothing. A call for help never is nothing.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::wire::{Body, path_id};
use crate::circle::{Crs, Point};
use crate::ids::ElderId;
use crate::people::{Need, PresentAddress};
use crate::store::ElderFile;

/// Nobody is away for longer without somebody asking again, days.
pub const AWAY_MAX_DAYS: i32 = 366;

/// Where the elder stays, and until when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AwayIn {
    /// The first day at home again; null: back already. It must be said.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// Where the elder is to be found meanwhile, to the room: an alarm must have a door.
    #[serde(default)]
    pub address: Option<String>,
    /// Its door, where it is known.
    #[serde(default)]
    pub lat: Option<f64>,
    #[serde(default)]
    pub lon: Option<f64>,
    /// `wgs84`, `gcj02`, `bd09`; needed with `lat` and `lon`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub crs: Option<Crs>,
}

/// Whether an elder is away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AwayDto {
    #[schema(value_type = String)]
    pub elder_id: ElderId,
    pub away: bool,
    /// The first day at home again: from then on silence is alarming by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

/// An elder leaves home for a time, or is back. The return needs nobody: the day comes.
#[utoipa::path(put, path = "/api/v1/elders/{id}/away", tag = "people", params(("id" = String, Path)), request_body = AwayIn,
    responses((status = 200, body = AwayDto), (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<AwayIn>,
) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let said = api.run(async move { it.set_away(&who, id, body.value).await }).await?;
    Ok(HttpResponse::Ok().json(said))
}

impl AwayIn {
    /// Where the elder stays; none: at home. Each wrong field is named.
    fn read(self, today: Date) -> Result<Option<PresentAddress>, Problem> {
        let mut wrong = Vec::new();
        let Some(until) = self.until else {
            for (field, said) in [
                ("address", self.address.is_some()),
                ("lat", self.lat.is_some()),
                ("lon", self.lon.is_some()),
            ] {
                if said {
                    let text = "only somebody who is away stays elsewhere";
                    wrong.push(FieldError::new(field, "invalid_value", text));
                }
            }
            return match wrong.is_empty() {
                true => Ok(None),
                false => Err(Problem::fields("invalid_value", wrong)),
            };
        };
        let last = today.saturating_add(AWAY_MAX_DAYS.days());
        if until <= today || until > last {
            let text = format!("must be a day after today, at most {AWAY_MAX_DAYS} days on");
            wrong.push(FieldError::new("until", "out_of_range", text));
        }
        let address = self.address.as_deref().map(str::trim).unwrap_or_default().to_owned();
        if address.is_empty() {
            let text = "where is the elder to be found meanwhile?";
            wrong.push(FieldError::new("address", "missing_field", text));
        }
        let point = match (self.lat, self.lon, self.crs) {
            (None, None, None) => None,
            (Some(lat), Some(lon), Some(crs)) => match crs.to_wgs84(lat, lon) {
                Ok(it) => Some(it),
                Err(error) => {
                    let field = if (-90.0..=90.0).contains(&lat) { "lon" } else { "lat" };
                    wrong.push(FieldError::new(field, "out_of_range", error.to_string()));
                    None::<Point>
                }
            },
            (lat, lon, _) => {
                let field = match (lat, lon) {
                    (None, _) => "lat",
                    (_, None) => "lon",
                    _ => "crs",
                };
                let text = "lat, lon and crs belong together";
                wrong.push(FieldError::new(field, "missing_field", text));
                None
            }
        };
        match wrong.first().map(|it| it.code.as_str()) {
            None => Ok(Some(PresentAddress { address, point, until })),
            Some("missing_field") => Err(Problem::fields("missing_field", wrong)),
            Some(_) => Err(Problem::fields("out_of_range", wrong)),
        }
    }
}

impl Api {
    async fn set_away(&self, who: &SignedIn, id: ElderId, asked: AwayIn) -> Result<AwayDto, Problem> {
        let no_elder = || Problem::not_found("elder_not_found", "there is no such elder");
        let app = &self.app;
        let known = app.picture.elder(id).filter(|it| who.scope.contains(it.grid));
        known.ok_or_else(no_elder)?;
        let now = app.clock.now();
        let (today, _) = app.desk.local(now);
        let present = asked.read(today)?;
        let book = app.store.area_book(today).await?;
        let kept = app.store.elder(id, &book).await?.ok_or_else(no_elder)?;
        let mut elder = kept.value;
        if present.is_some() {
            elder.needs.insert(Need::Away);
        } else {
            elder.needs.remove(&Need::Away);
            if elder.needs.is_empty() {
                elder.needs.insert(Need::General);
            }
        }
        let until = present.as_ref().map(|it| it.until);
        elder.present = present;
        let away = elder.is_away(today);
        let file = ElderFile { elder, secrets: None };
        app.store.edit_elder(file, kept.version, &book, now).await?;
        app.refresh_picture(false).await?;
        app.activity.count_anew(id).await?;
        tracing::info!(elder.id = %id, user.id = %who.user, away, "an elder is away, or back");
        Ok(AwayDto {
            elder_id: id,
            away,
            until,
        })
    }
}
