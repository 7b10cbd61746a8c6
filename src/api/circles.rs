//! Who is near: responders within some minutes of a point, and the area within some minutes, for a map.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::responders::works_in;
use super::wire::{Body, PositionIn, Query};
use crate::circle::{Crs, Direction, Mode};
use crate::ids::ResponderId;
use crate::people::Tier;

/// Minutes that may be asked for.
pub const MINUTES_MAX: u32 = 60;
/// Responders that are answered.
pub const REACHED_MAX: usize = 200;

/// From where, how far, and who.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CircleReachIn {
    pub lat: f64,
    pub lon: f64,
    /// `wgs84`, `gcj02`, `bd09`.
    #[schema(value_type = String)]
    pub crs: Crs,
    /// 1 to 60.
    pub minutes: u32,
    /// Only those who travel so: `walk`, `ebike`, `car`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub mode: Option<Mode>,
    #[serde(default)]
    #[schema(value_type = Option<super::dto::TierWord>)]
    pub tier: Option<Tier>,
}

/// Who can be there in time, the nearest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CircleReachDto {
    pub reached: Vec<ReachedDto>,
    /// Roads are loaded; else everything is a stated guess from straight lines.
    pub roads: bool,
}

/// Somebody who can be there.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReachedDto {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    #[schema(value_type = String)]
    pub mode: Mode,
    pub seconds: u32,
    pub meters: u32,
    /// From a straight line.
    pub estimated: bool,
}

fn checked_minutes(minutes: u32) -> Result<u32, Problem> {
    if (1..=MINUTES_MAX).contains(&minutes) {
        return Ok(minutes);
    }
    let wrong = FieldError::new("minutes", "out_of_range", format!("1 to {MINUTES_MAX}"));
    Err(Problem::fields("out_of_range", vec![wrong]))
}

/// Who of those at work in the caller's area can be at a point within some minutes.
#[utoipa::path(post, path = "/api/v1/reach", tag = "circles", request_body = CircleReachIn, responses((status = 200, body = CircleReachDto)))]
pub async fn reach(api: web::Data<Api>, who: SignedIn, body: Body<CircleReachIn>) -> Result<HttpResponse, Problem> {
    let asked = body.value;
    let minutes = checked_minutes(asked.minutes)?;
    let place = PositionIn {
        lat: asked.lat,
        lon: asked.lon,
        crs: asked.crs,
        accuracy_m: None,
    };
    let point = place.point("")?;
    let app = api.app.clone();
    let answer = api
        .compute(move || {
            let absent = app.picture.absent(app.clock.now());
            let asked_for = |id: &ResponderId| {
                app.picture.responder(*id).is_some_and(|it| {
                    it.duty.on
                        && !absent.contains(id)
                        && works_in(&it, &who.scope)
                        && asked.mode.is_none_or(|mode| it.mode == mode)
                        && asked.tier.is_none_or(|tier| it.tier == tier)
                })
            };
            let seconds = minutes * 60;
            let (roads, reached) = app.field.with_live(|live| {
                let roads = live.ground().roads().is_some();
                (roads, live.nearest(point, seconds, REACHED_MAX, asked_for))
            });
            let reached = reached.into_iter().map(|it| ReachedDto {
                responder_id: it.key,
                mode: it.mode,
                seconds: it.seconds,
                meters: it.meters,
                estimated: it.estimated,
            });
            CircleReachDto {
                reached: reached.collect(),
                roads,
            }
        })
        .await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// Which circle.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    lat: f64,
    lon: f64,
    /// `wgs84`, `gcj02`, `bd09`.
    #[param(value_type = String)]
    crs: Crs,
    /// `walk`, `ebike`, `car`.
    #[param(value_type = String)]
    mode: Mode,
    /// 1 to 60; 15 when left out.
    minutes: Option<u32>,
    /// `to` the point (who can come; when left out) or `from` it (what can be reached).
    #[param(value_type = Option<String>)]
    direction: Option<Direction>,
}

/// The area within a third, two thirds and all of some minutes: a GeoJSON FeatureCollection, the widest first.
#[utoipa::path(get, path = "/api/v1/circles", tag = "circles", params(Which),
    responses((status = 200, body = Object, content_type = "application/geo+json")))]
pub async fn circle(api: web::Data<Api>, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let asked = asked.0;
    let minutes = checked_minutes(asked.minutes.unwrap_or(15))?;
    let place = PositionIn {
        lat: asked.lat,
        lon: asked.lon,
        crs: asked.crs,
        accuracy_m: None,
    };
    let point = place.point("")?;
    let direction = asked.direction.unwrap_or(Direction::To);
    let ground = api.app.ground.load_full();
    let bands = api
        .compute(move || {
            let mut bands = [minutes, (minutes * 2).div_ceil(3), minutes.div_ceil(3)].to_vec();
            bands.dedup();
            let features = bands
                .iter()
                .map(|it| ground.isochrone(point, asked.mode, *it, direction));
            geojson::FeatureCollection {
                features: features.collect(),
                ..geojson::FeatureCollection::default()
            }
            .to_string()
        })
        .await?;
    Ok(HttpResponse::Ok().content_type("application/geo+json").body(bands))
}
