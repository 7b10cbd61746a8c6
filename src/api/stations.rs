//! Stations: fixed places that give service, for the map of the desk; and the AED that is nearest to a case, for whoever goes.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::Problem;
use super::rights::Seen;
use super::wire::PageDto;
use crate::circle::{Mode, Point};
use crate::ids::StationId;
use crate::people::{Station, StationKind};

/// The nearest as the crow flies that are looked at by road: a canal between makes another one nearer on foot.
const LOOKED_AT: usize = 8;

/// A station. Its telephone is sealed and not here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StationDto {
    #[schema(value_type = String)]
    pub id: StationId,
    /// `health_station`, `hospital`, `pharmacy`, `canteen`, `day_care`, `care_home`, `home_service`, `police_post`, `fire_post`,
    /// `aed`, `command_centre`.
    pub kind: String,
    /// `emergency`, `living`, `medical`.
    pub circle: String,
    pub name: String,
    pub address: String,
    pub area_code: String,
    /// WGS-84; absent: nobody has put it on the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// When it is open, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beds_free: Option<u16>,
}

fn station_dto(it: &Station) -> StationDto {
    StationDto {
        id: it.id,
        kind: it.kind.as_str().to_owned(),
        circle: it.kind.circle().as_str().to_owned(),
        name: it.name.clone(),
        address: it.address.clone(),
        area_code: it.area.to_string(),
        lat: it.point.map(|it| it.lat()),
        lon: it.point.map(|it| it.lon()),
        hours: it.hours.clone(),
        beds_free: it.beds.map(|it| it.free),
    }
}

/// The stations of the caller's areas, and of those around them.
#[utoipa::path(get, path = "/api/v1/stations", tag = "people", responses((status = 200, body = PageDto<StationDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn) -> HttpResponse {
    let mut items: Vec<StationDto> = api
        .app
        .picture
        .stations()
        .iter()
        .filter(|it| who.scope.touches(it.area))
        .map(|it| station_dto(it))
        .collect();
    items.sort_by_key(|it| it.id);
    HttpResponse::Ok().json(PageDto { items, next: None })
}

/// An AED and the way to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AedDto {
    pub station: StationDto,
    /// On foot from the place of the case.
    pub seconds: u32,
    pub meters: u32,
    /// From a straight line, not from roads.
    pub estimated: bool,
}

/// The nearest AED.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NearestAedDto {
    /// Absent: the register has none, or nobody knows where the case is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aed: Option<AedDto>,
}

/// The AED to which the walk from the case is the shortest; whose area it lies in is no matter.
#[utoipa::path(get, path = "/api/v1/cases/{id}/aed", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = NearestAedDto)))]
pub async fn aed(api: web::Data<Api>, seen: Seen) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let place = api
        .run(async move { Ok(it.app.field.destinations(&seen.case).await.first().copied()) })
        .await?;
    let Some(place) = place else {
        return Ok(HttpResponse::Ok().json(NearestAedDto { aed: None }));
    };
    let it = api.get_ref().clone();
    let aed = api.compute(move || it.nearest_aed(place)).await?;
    Ok(HttpResponse::Ok().json(NearestAedDto { aed }))
}

impl Api {
    fn nearest_aed(&self, place: Point) -> Option<AedDto> {
        let stations = self.app.picture.stations();
        let aeds = stations.iter().filter(|it| it.kind == StationKind::Aed);
        let mut near: Vec<(f64, &Station, Point)> = aeds
            .filter_map(|it| {
                let point = it.point?;
                Some((place.distance_m(point), &**it, point))
            })
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
        let ground = self.app.ground.load();
        let trips = near.iter().take(LOOKED_AT).filter_map(|(_, station, point)| {
            let trip = ground.travel(place, *point, Mode::Walk)?;
            Some((trip, *station))
        });
        trips
            .min_by_key(|(trip, _)| trip.seconds)
            .map(|(trip, station)| AedDto {
                station: station_dto(station),
                seconds: trip.seconds,
                meters: trip.meters,
                estimated: trip.estimated,
            })
    }
}
