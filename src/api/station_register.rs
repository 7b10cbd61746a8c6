//! The register of stations: one with all that is said of it, edits over the version that was seen, and who has changed what.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::wire::{Body, Listed, PageDto, Query, limit, path_id, read_cursor, write_cursor};
use crate::circle::{Crs, Mode, Point};
use crate::ids::{ResponderId, StationId, UserId};
use crate::people::{
    AreaCode, Beds, Holiday, OpenHours, Places, ServiceKind, Station, StationKind, StationService, station_id,
};
use crate::store::{Conflict, Kept, RegisterEvent, StoreError};

/// Hours of some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenHoursDto {
    /// 1 is Monday, 7 is Sunday.
    pub days: Vec<u8>,
    /// `08:00`, by the street's clock.
    #[schema(value_type = String)]
    pub from: jiff::civil::Time,
    /// `18:00`; `00:00` is the end of the day.
    #[schema(value_type = String)]
    pub until: jiff::civil::Time,
}

/// Days on which it is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayDto {
    #[schema(value_type = String, format = Date)]
    pub from: jiff::civil::Date,
    /// The last day.
    #[schema(value_type = String, format = Date)]
    pub until: jiff::civil::Date,
}

/// A count and what of it is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomDto {
    pub total: u16,
    pub free: u16,
}

/// A station as it is to be. What is left out is unsaid: the usual of its kind, or unknown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StationFileIn {
    /// `health_station`, `hospital`, `pharmacy`, `canteen`, `day_care`, `care_home`, `home_service`, `police_post`, `fire_post`,
    /// `aed`, `command_centre`.
    #[schema(value_type = String)]
    pub kind: StationKind,
    pub name: String,
    pub address: String,
    /// 9, 12 or 15 digits.
    pub area_code: String,
    #[serde(default)]
    pub lat: Option<f64>,
    #[serde(default)]
    pub lon: Option<f64>,
    /// `wgs84`, `gcj02`, `bd09`; needed with `lat` and `lon`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub crs: Option<Crs>,
    /// As on the door, for people.
    #[serde(default)]
    pub hours: Option<String>,
    /// For the routing.
    #[serde(default)]
    pub week: Vec<OpenHoursDto>,
    #[serde(default)]
    pub holidays: Vec<HolidayDto>,
    /// `meal`, `bath`, …; what is usual of its kind when left out.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub gives: Option<Vec<ServiceKind>>,
    /// How whoever it sends travels: `walk`, `ebike` (when left out), `car`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub mode: Option<Mode>,
    /// Only of a care home, a day care centre or a hospital.
    #[serde(default)]
    pub beds: Option<RoomDto>,
    /// Seats, or visits that can be taken; not counted when left out.
    #[serde(default)]
    pub places: Option<RoomDto>,
    /// Responders who answer for it.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub staff: Vec<ResponderId>,
}

/// A new station.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStationIn {
    /// The street's own number for it; its id follows from it.
    pub code: String,
    pub station: StationFileIn,
}

/// A station with all that is said of it. The `ETag` of the answer is what an edit names in `If-Match`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StationFileDto {
    #[schema(value_type = String)]
    pub id: StationId,
    pub code: String,
    /// Rises with each change.
    pub version: i64,
    /// `emergency`, `living`, `medical`.
    pub circle: String,
    /// What it gives all in all.
    #[schema(value_type = Vec<String>)]
    pub gives_now: Vec<ServiceKind>,
    pub station: StationFileIn,
}

fn file_dto(kept: &Kept<Station>) -> StationFileDto {
    let it = &kept.value;
    let room = |total, free| RoomDto { total, free };
    StationFileDto {
        id: it.id,
        code: it.code.clone(),
        version: kept.version,
        circle: it.kind.circle().as_str().to_owned(),
        gives_now: ServiceKind::ALL
            .iter()
            .copied()
            .filter(|service| it.gives(*service))
            .collect(),
        station: StationFileIn {
            kind: it.kind,
            name: it.name.clone(),
            address: it.address.clone(),
            area_code: it.area.to_string(),
            lat: it.point.map(|it| it.lat()),
            lon: it.point.map(|it| it.lon()),
            crs: it.point.map(|_| Crs::Wgs84),
            hours: it.hours.clone(),
            week: it
                .service
                .week
                .iter()
                .map(|it| OpenHoursDto {
                    days: it.days.iter().copied().collect(),
                    from: it.from,
                    until: it.until,
                })
                .collect(),
            holidays: it
                .service
                .holidays
                .iter()
                .map(|it| HolidayDto {
                    from: it.from,
                    until: it.until,
                })
                .collect(),
            gives: it.service.gives.as_ref().map(|it| it.iter().copied().collect()),
            mode: it.service.mode,
            beds: it.beds.map(|it| room(it.total, it.free)),
            places: it.service.places.map(|it| room(it.total, it.free)),
            staff: it.service.staff.iter().copied().collect(),
        },
    }
}

impl StationFileIn {
    /// Each wrong field is named; what the register itself says of it comes from the store.
    fn read(self, code: String) -> Result<Station, Problem> {
        let mut wrong = Vec::new();
        let area = self.area_code.parse::<AreaCode>();
        if let Err(error) = &area {
            wrong.push(FieldError::new("area_code", "invalid_value", error.to_string()));
        }
        let point = match (self.lat, self.lon, self.crs) {
            (None, None, _) => None,
            (Some(lat), Some(lon), Some(crs)) => match crs.to_wgs84(lat, lon) {
                Ok(it) => Some(it),
                Err(error) => {
                    let field = if (-90.0..=90.0).contains(&lat) { "lon" } else { "lat" };
                    wrong.push(FieldError::new(field, "out_of_range", error.to_string()));
                    None::<Point>
                }
            },
            _ => {
                wrong.push(FieldError::new(
                    "lat",
                    "missing_field",
                    "lat, lon and crs belong together",
                ));
                None
            }
        };
        let area = match area {
            Ok(area) if wrong.is_empty() => area,
            _ => return Err(Problem::fields("invalid_value", wrong)),
        };
        Ok(Station {
            id: station_id(&code),
            code,
            kind: self.kind,
            name: self.name,
            address: self.address,
            point,
            area,
            hours: self.hours,
            beds: self.beds.map(|it| Beds {
                total: it.total,
                free: it.free,
            }),
            service: StationService {
                gives: self.gives.map(|it| it.into_iter().collect()),
                mode: self.mode,
                week: self
                    .week
                    .into_iter()
                    .map(|it| OpenHours {
                        days: it.days.into_iter().collect(),
                        from: it.from,
                        until: it.until,
                    })
                    .collect(),
                holidays: self
                    .holidays
                    .into_iter()
                    .map(|it| Holiday {
                        from: it.from,
                        until: it.until,
                    })
                    .collect(),
                places: self.places.map(|it| Places {
                    total: it.total,
                    free: it.free,
                }),
                staff: self.staff.into_iter().collect(),
            },
        })
    }
}

pub(super) fn no_station() -> Problem {
    Problem::not_found("station_not_found", "there is no such station")
}

/// The version that an edit was made over, by `If-Match`.
///
/// # Errors
/// 428 `if_match_missing`, 400 `bad_if_match`.
pub(super) fn if_match(request: &HttpRequest) -> Result<i64, Problem> {
    let Some(value) = request.headers().get(header::IF_MATCH) else {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "if_match_missing",
            "say in If-Match which version was edited: the ETag of the last look",
        ));
    };
    let read = value
        .to_str()
        .ok()
        .and_then(|it| it.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    read.ok_or_else(|| Problem::bad_request("bad_if_match", "If-Match holds the ETag of the last look"))
}

/// What an edit answers when somebody was quicker.
pub(super) fn stale(error: StoreError) -> Problem {
    match error {
        StoreError::Conflict(Conflict::Version { .. }) => Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "changed_meanwhile",
            "somebody else has changed this since you looked: look again",
        ),
        error => error.into(),
    }
}

pub(super) fn with_etag<T: Serialize>(status: StatusCode, version: i64, dto: &T) -> HttpResponse {
    let mut answer = HttpResponse::build(status).json(dto);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// One station, for those of its area and for those who answer for it.
#[utoipa::path(get, path = "/api/v1/stations/{id}", tag = "people", params(("id" = String, Path)), responses((status = 200, body = StationFileDto)))]
pub async fn one(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: StationId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let kept = api.run(async move { it.kept_station(id).await }).await?;
    Ok(with_etag(StatusCode::OK, kept.version, &file_dto(&kept)))
}

/// Files a new station.
#[utoipa::path(post, path = "/api/v1/stations", tag = "people", request_body = NewStationIn,
    responses((status = 201, body = StationFileDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn file(api: web::Data<Api>, who: SignedIn, body: Body<NewStationIn>) -> Result<HttpResponse, Problem> {
    let NewStationIn { code, station } = body.value;
    let station = station.read(code)?;
    let it = api.get_ref().clone();
    let kept = api
        .run(async move {
            let on_file = |_: StoreError| {
                Problem::new(
                    StatusCode::CONFLICT,
                    "station_on_file",
                    "a station of this code is on file already",
                )
            };
            it.edit_station(&who, station, None).await.map_err(|error| match error {
                Edit::Store(error @ StoreError::Conflict(Conflict::Version { .. })) => on_file(error),
                Edit::Store(error) => error.into(),
                Edit::Problem(problem) => problem,
            })
        })
        .await?;
    Ok(with_etag(StatusCode::CREATED, kept.version, &file_dto(&kept)))
}

/// Edits a station over the version that was seen: 412 when somebody was quicker.
#[utoipa::path(put, path = "/api/v1/stations/{id}", tag = "people", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = StationFileIn, responses((status = 200, body = StationFileDto),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<StationFileIn>,
) -> Result<HttpResponse, Problem> {
    let id: StationId = path_id(&request, "id")?;
    let version = if_match(&request)?;
    let it = api.get_ref().clone();
    let kept = api
        .run(async move {
            let code = it.kept_station(id).await?.value.code;
            let mut station = body.value.read(code)?;
            station.id = id;
            it.edit_station(&who, station, Some(version))
                .await
                .map_err(|error| match error {
                    Edit::Store(error) => stale(error),
                    Edit::Problem(problem) => problem,
                })
        })
        .await?;
    Ok(with_etag(StatusCode::OK, kept.version, &file_dto(&kept)))
}

/// What is free now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FreeIn {
    #[serde(default)]
    pub places_free: Option<u16>,
    #[serde(default)]
    pub beds_free: Option<u16>,
}

/// Says how many places or beds are free: the one thing that changes by the hour, so whoever answers for the station says it, and the
/// last word counts.
#[utoipa::path(put, path = "/api/v1/stations/{id}/free", tag = "people", params(("id" = String, Path)), request_body = FreeIn,
    responses((status = 200, body = StationFileDto)))]
pub async fn free(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<FreeIn>,
) -> Result<HttpResponse, Problem> {
    let id: StationId = path_id(&request, "id")?;
    let FreeIn { places_free, beds_free } = body.value;
    let it = api.get_ref().clone();
    let kept = api
        .run(async move {
            let kept = it.kept_station(id).await?;
            let mut station = kept.value;
            let wrong = |field: &str| {
                let wrong = FieldError::new(field, "invalid_value", "this station counts none");
                Problem::fields("invalid_value", vec![wrong])
            };
            if let Some(free) = places_free {
                station
                    .service
                    .places
                    .as_mut()
                    .ok_or_else(|| wrong("places_free"))?
                    .free = free;
            }
            if let Some(free) = beds_free {
                station.beds.as_mut().ok_or_else(|| wrong("beds_free"))?.free = free;
            }
            it.write_station(&who, station, Some(kept.version)).await.map_err(stale)
        })
        .await?;
    Ok(with_etag(StatusCode::OK, kept.version, &file_dto(&kept)))
}

/// Why an edit did not come about.
enum Edit {
    Store(StoreError),
    Problem(Problem),
}

impl From<Problem> for Edit {
    fn from(it: Problem) -> Self {
        Self::Problem(it)
    }
}

impl From<StoreError> for Edit {
    fn from(it: StoreError) -> Self {
        Self::Store(it)
    }
}

impl Api {
    async fn kept_station(&self, id: StationId) -> Result<Kept<Station>, Problem> {
        let (today, _) = self.app.desk.local(self.app.clock.now());
        let book = self.app.store.area_book(today).await?;
        self.app.store.station(id, &book).await?.ok_or_else(no_station)
    }

    async fn edit_station(
        &self,
        who: &SignedIn,
        station: Station,
        version: Option<i64>,
    ) -> Result<Kept<Station>, Edit> {
        if !who.scope.contains(station.area) {
            let wrong = FieldError::new("area_code", "invalid_value", "lies in none of your areas");
            return Err(Problem::fields("invalid_value", vec![wrong]).into());
        }
        if self.app.picture.area_name(station.area).is_none() {
            let wrong = FieldError::new("area_code", "invalid_value", "there is no such area");
            return Err(Problem::fields("invalid_value", vec![wrong]).into());
        }
        let known = |id: &ResponderId| self.app.picture.responder(*id).is_some();
        if !station.service.staff.iter().all(known) {
            let wrong = FieldError::new("staff", "invalid_value", "somebody of these is no responder");
            return Err(Problem::fields("invalid_value", vec![wrong]).into());
        }
        Ok(self.write_station(who, station, version).await?)
    }

    async fn write_station(
        &self,
        who: &SignedIn,
        station: Station,
        version: Option<i64>,
    ) -> Result<Kept<Station>, StoreError> {
        let app = &self.app;
        let now = app.clock.now();
        let (today, _) = app.desk.local(now);
        let book = app.store.area_book(today).await?;
        let id = station.id;
        let before = app.store.station(id, &book).await?;
        let json = |it: &Station| serde_json::to_value(it).ok();
        let event = RegisterEvent {
            id: app.ids.make(),
            subject: id.to_string(),
            at: now,
            by: who.user,
            what: if version.is_some() { "edited" } else { "filed" }.to_owned(),
            before: before.as_ref().and_then(|it| json(&it.value)),
            after: json(&station),
        };
        app.store.edit_station(station, version, event, &book, now).await?;
        app.refresh_picture(false).await?;
        tracing::info!(station.id = %id, user.id = %who.user, "a station was edited");
        let kept = app.store.station(id, &book).await?;
        kept.ok_or_else(|| StoreError::unavailable(crate::store::Reason::Lost))
    }
}

/// Which part of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// 1 to 500; 100 when left out.
    pub(super) limit: Option<u64>,
    /// The `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// One change of the register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RegisterEventDto {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = String)]
    pub by: UserId,
    /// `filed`, `edited`, …
    pub what: String,
    /// The file before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
}

impl Api {
    pub(super) async fn register_log(
        &self,
        subject: &str,
        most: Option<u64>,
        cursor: Option<String>,
    ) -> Result<PageDto<RegisterEventDto>, Problem> {
        let most = limit(most)?;
        let before = cursor
            .as_deref()
            .map(|it| read_cursor(Listed::RegisterLog, it))
            .transpose()?;
        let found = self.app.store.register_events(subject, before, most).await?;
        let next = found.last().filter(|_| found.len() as u64 >= most);
        let next = next.map(|it| write_cursor(Listed::RegisterLog, Some(it.at), it.id));
        let items = found.into_iter().map(|it| RegisterEventDto {
            at: it.at,
            by: it.by,
            what: it.what,
            before: it.before,
            after: it.after,
        });
        Ok(PageDto {
            items: items.collect(),
            next,
        })
    }
}

/// Who has changed what of a station, the last first.
#[utoipa::path(get, path = "/api/v1/stations/{id}/log", tag = "people", params(("id" = String, Path), Part),
    responses((status = 200, body = PageDto<RegisterEventDto>)))]
pub async fn log(api: web::Data<Api>, request: HttpRequest, asked: Query<Part>) -> Result<HttpResponse, Problem> {
    let id: StationId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let Part { limit: most, cursor } = asked.0;
    let page = api
        .run(async move { it.register_log(&id.to_string(), most, cursor).await })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}
