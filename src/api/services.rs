//! Requests for service: what an elder wishes that is no emergency, which station is asked, and what it says.
//!
//! A request is a case of the lane `service`. It is opened by a desk, a grid worker, the family's page or the elder's screen; the
//! nearest station of the circle that fits is asked in the same step, and where there is none that is said. Nothing here rings, and
//! nothing that is written here is read for a call for help: somebody reads it, and turns it into one.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::alerts::may_report_in;
use super::auth::{Caller, DeviceAuth, SignedIn};
use super::commands::{Asked, CommandDto, Nothing};
use super::family_session::FamilyMember;
use super::problem::{FieldError, Problem};
use super::rights::Seen;
use super::view::{CaseDto, case_view};
use super::wire::{Body, Listed, PageDto, Query, idempotency_key, limit, path_id, read_cursor, text, write_cursor};
use crate::app::App;
use crate::case::{
    Author, CancelReason, Case, Command, Kind, Lane, Opening, RATINGS, Service, ServiceStage, StationAnswer,
    StationAsk, StationReason, Subject, Wish, Wishing,
};
use crate::circle::{Mode, Reach};
use crate::dispatch::service::{Routed, StationFound, Wanted, route};
use crate::ids::{CaseId, ElderId, StationId};
use crate::people::{AreaLevel, ServiceKind, ServiceWay, Station};
use crate::store::cases::{CaseFilter, CaseView, Cursor, Done, Once};

/// A wish may begin so many days ahead at most.
pub const AHEAD_MAX_DAYS: i64 = 31;
/// A wish without a time looks at so many days.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A time that has just passed is still taken: clocks differ, and people type.
const JUST_NOW: SignedDuration = SignedDuration::from_mins(5);
/// Open requests of one elder from the family or a screen.
const OPEN_MAX: usize = 20;
/// Requests that are looked through for a station or a family.
const LOOKED_AT: u64 = 500;
/// Notes of one request that a station reads.
const NOTES_MAX: usize = 10;

/// A kind of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceKindDto {
    /// `meal`, `bath`, `cleaning`, `shopping`, `walking`, `errand`, `respite`, `doctor`, `home_doctor`, `nursing`, `medicine`,
    /// `rehabilitation`.
    pub service: String,
    /// In Chinese.
    pub label: String,
    /// `living`, `medical`.
    pub circle: String,
    /// In which ways it can be given: `to_home`, `to_station`.
    pub ways: Vec<String>,
    /// Meant when nobody says which.
    pub usual_way: String,
}

/// What services there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceKindsDto {
    pub services: Vec<ServiceKindDto>,
}

/// The kinds of service that can be asked for.
#[utoipa::path(get, path = "/api/v1/service-kinds", tag = "services", responses((status = 200, body = ServiceKindsDto)))]
pub async fn kinds() -> HttpResponse {
    let dto = |it: &ServiceKind| ServiceKindDto {
        service: it.as_str().to_owned(),
        label: it.zh().to_owned(),
        circle: it.circle().as_str().to_owned(),
        ways: ServiceWay::ALL
            .iter()
            .filter(|way| it.can_go(**way))
            .map(|way| way.as_str().to_owned())
            .collect(),
        usual_way: it.usual_way().as_str().to_owned(),
    };
    HttpResponse::Ok().json(ServiceKindsDto {
        services: ServiceKind::ALL.iter().map(dto).collect(),
    })
}

/// A station in whose hands a request is, or could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StationAskDto {
    #[schema(value_type = String)]
    pub station_id: StationId,
    /// Absent: it is on file no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Travel time in the direction of the wish, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meters: Option<u32>,
    /// `walk` (at an elder's pace), `ebike`, `car`.
    #[schema(value_type = String)]
    pub mode: Mode,
    /// From a straight line, not from roads.
    pub estimated: bool,
    /// `inside`, `edge`, `outside` of the fifteen minutes.
    #[schema(value_type = String)]
    pub reach: Reach,
}

/// A request as far as a case shows one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceDto {
    /// `meal`, `bath`, …
    pub service: String,
    /// `living`, `medical`.
    pub circle: String,
    /// `to_home`, `to_station`.
    pub way: String,
    /// Not before; absent: as soon as it can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// `wished`, `asked`, `proposed`, `agreed`, `done`, `cancelled`.
    pub stage: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationAskDto>,
    /// It did not answer in time.
    pub silent: bool,
    /// The time that it proposes, or that is agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// The agreed time is long over.
    pub overdue: bool,
    /// No station within the fifteen minutes fits.
    pub outside_circle: bool,
    /// Then: the nearest outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<StationAskDto>,
    #[schema(value_type = Vec<String>)]
    pub declined: Vec<StationId>,
    /// 1 (worst) to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<u8>,
    /// The call for help that it was turned into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub help_case_id: Option<CaseId>,
}

fn ask_dto(app: &App, it: &StationAsk) -> StationAskDto {
    StationAskDto {
        station_id: it.station,
        name: app.picture.station(it.station).map(|it| it.name.clone()),
        seconds: it.seconds,
        meters: it.meters,
        mode: it.mode,
        estimated: it.estimated,
        reach: it.reach,
    }
}

pub(super) fn service_dto(app: &App, it: &Service) -> ServiceDto {
    ServiceDto {
        service: it.wish.service.as_str().to_owned(),
        circle: it.wish.service.circle().as_str().to_owned(),
        way: it.wish.way.as_str().to_owned(),
        from: it.wish.from,
        until: it.wish.until,
        stage: it.stage.as_str().to_owned(),
        station: it.station.as_ref().map(|it| ask_dto(app, it)),
        silent: it.silent,
        at: it.at,
        overdue: it.overdue,
        outside_circle: it.outside_circle,
        nearest: it.nearest.as_ref().map(|it| ask_dto(app, it)),
        declined: it.declined.clone(),
        rating: it.rating,
        help_case_id: it.help,
    }
}

/// What is wished.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WishIn {
    /// `meal`, `bath`, …: see `GET /api/v1/service-kinds`.
    #[schema(value_type = String)]
    pub service: ServiceKind,
    /// `to_home`, `to_station`; what is usual when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub way: Option<ServiceWay>,
    /// Not before; as soon as it can be when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Not after.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

impl WishIn {
    /// Each wrong field is named.
    fn read(&self, now: Timestamp) -> Result<Wish, Problem> {
        let mut wrong = Vec::new();
        let way = self.way.unwrap_or(self.service.usual_way());
        if !self.service.can_go(way) {
            let text = format!("{} cannot be given {way}", self.service);
            wrong.push(FieldError::new("way", "invalid_value", text));
        }
        let latest = now + SignedDuration::from_hours(24 * AHEAD_MAX_DAYS);
        for (field, at) in [("from", self.from), ("until", self.until)] {
            if at.is_some_and(|at| at < now - JUST_NOW || at > latest) {
                let text = format!("must lie between now and {AHEAD_MAX_DAYS} days on");
                wrong.push(FieldError::new(field, "out_of_range", text));
            }
        }
        if self.until.is_some_and(|until| until <= self.from.unwrap_or(now)) {
            wrong.push(FieldError::new("until", "out_of_range", "must lie after from"));
        }
        match wrong.first().map(|it| it.code.as_str()) {
            None => Ok(Wish {
                service: self.service,
                way,
                from: self.from,
                until: self.until,
            }),
            Some("invalid_value") => Err(Problem::fields("invalid_value", wrong)),
            Some(_) => Err(Problem::fields("out_of_range", wrong)),
        }
    }
}

/// For whom, what and when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestIn {
    #[schema(value_type = String)]
    pub elder_id: ElderId,
    pub wish: WishIn,
    /// For whoever does it, at most 4,000 letters; kept sealed.
    #[serde(default)]
    pub note: Option<String>,
}

/// What somebody of the family, or the elder's screen, asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnRequestIn {
    pub wish: WishIn,
    /// For whoever does it, at most 4,000 letters; kept sealed.
    #[serde(default)]
    pub note: Option<String>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RequestedDto {
    #[schema(value_type = String)]
    pub case_id: CaseId,
    pub case_number: String,
    pub service: ServiceDto,
}

/// Who asks, as far as the making of a request needs it.
struct Requester {
    author: Author,
    /// The same for the same asker: part of the promise of a key.
    sender: String,
    key: Option<String>,
    /// Their open requests are counted.
    counted: bool,
}

impl Api {
    /// The wished window, and the same by the street's own clock.
    fn window(&self, wish: &Wish) -> (jiff::civil::DateTime, jiff::civil::DateTime) {
        let now = self.app.clock.now();
        let from = wish.from.unwrap_or(now).max(now);
        let until = wish
            .until
            .unwrap_or(from + SOON)
            .max(from + SignedDuration::from_mins(1));
        let offset = Offset::from_hours(self.app.desk.plans().utc_offset_hours).unwrap_or(Offset::UTC);
        (offset.to_datetime(from), offset.to_datetime(until))
    }

    /// The stations for a wish of an elder, by road.
    async fn stations_for(&self, elder: ElderId, wish: Wish, declined: Vec<StationId>) -> Result<Routed, Problem> {
        let it = self.clone();
        self.compute(move || {
            let picture = &it.app.picture;
            let home = picture.elder(elder).and_then(|it| it.door_on(picture.today()).1);
            let wanted = Wanted {
                wish: &wish,
                home,
                window: it.window(&wish),
                declined: &declined,
            };
            route(&picture.stations(), &it.app.ground.load_full(), &wanted)
        })
        .await
    }

    /// Opens a request. With a key it is one however often it is sent.
    async fn request(
        &self,
        who: Requester,
        elder: ElderId,
        asked: OwnRequestIn,
    ) -> Result<(bool, RequestedDto), Problem> {
        let app = &self.app;
        let wish = asked.wish.read(app.clock.now())?;
        let note = asked.note.as_deref().map(|it| text("note", it)).transpose()?;
        let no_elder = || Problem::not_found("elder_not_found", "there is no such elder");
        let file = app.picture.elder(elder).ok_or_else(no_elder)?;
        if app.picture.is_frozen(elder) {
            // Nobody brings a lunch to somebody who is believed dead; the duty leader phones.
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "elder_frozen",
                "the duty leader is in touch about this elder",
            ));
        }
        let id = match &who.key {
            Some(key) => CaseId::derive(elder.as_uuid(), &format!("request {} {key}", who.sender)),
            None => CaseId::new(app.ids.make()),
        };
        if who.counted {
            let known = app.store.case(id).await?.is_some();
            if !known && self.requests_of(elder, true).await?.len() >= OPEN_MAX {
                return Err(Problem::new(
                    StatusCode::CONFLICT,
                    "too_many_requests",
                    format!("{OPEN_MAX} requests are open already: call the centre"),
                ));
            }
        }
        let routed = self.stations_for(elder, wish, vec![]).await?;
        let wishing = Wishing {
            wish,
            asked: routed.chosen(),
            nearest: routed.nearest_outside(),
        };
        let opening = Opening::request(id, Subject::Elder(elder), wishing);
        let (area, street) = (file.grid.to_string(), file.grid.at(AreaLevel::Street));
        let stream = street.map_or_else(|| crate::dispatch::desk::NO_STREET.to_owned(), |it| it.to_string());
        let done = app.desk.begin_by(opening, &stream, &area, who.author).await?;
        let new = !done.records.is_empty();
        if !new && done.case.service.as_ref().is_none_or(|it| it.wish != wish) {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "key_reused",
                "this Idempotency-Key was used for another request",
            ));
        }
        if let Some(note) = note {
            let row = app.desk.note(Subject::Elder(elder), &note)?;
            let once = who
                .key
                .as_ref()
                .map(|key| Once::new(&who.sender, &[b"request note", key.as_bytes()], note.as_bytes()));
            let command = Command::Note { note: row.id };
            app.desk.handle_with(id, command, who.author, Some(row), once).await?;
        }
        let service = done.case.service.as_ref().ok_or_else(Problem::internal)?;
        let dto = RequestedDto {
            case_id: id,
            case_number: done.number.to_string(),
            service: service_dto(app, service),
        };
        Ok((new, dto))
    }

    /// The requests of an elder, the newest first.
    async fn requests_of(&self, elder: ElderId, open: bool) -> Result<Vec<CaseView>, Problem> {
        let filter = CaseFilter {
            elder: Some(elder),
            open,
            lane: Some(Lane::Service.as_str().to_owned()),
            kind: Some(Kind::ServiceRequest.as_str().to_owned()),
            ..CaseFilter::default()
        };
        Ok(self.app.store.list_cases(&filter, None, LOOKED_AT).await?.items)
    }

    /// Asks the nearest station that fits and has not declined; where there is none, says so.
    async fn ask_next(&self, case: &Case) -> Result<Done, Problem> {
        let (Some(elder), Some(service)) = (case.subject.elder(), &case.service) else {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "not_now",
                "it must be about an elder, and say what is wished",
            ));
        };
        let routed = self.stations_for(elder, service.wish, service.declined.clone()).await?;
        let command = match routed.chosen() {
            Some(ask) => Command::AskStation { ask },
            None => Command::NoStation {
                nearest: routed.nearest_outside(),
            },
        };
        Ok(self.app.desk.handle(case.id, command, Author::System).await?)
    }

    /// What a station has said; after a no the next is asked in the same breath.
    async fn station_said(
        &self,
        case: CaseId,
        station: StationId,
        said: StationAnswer,
        by: Author,
        once: Option<Once>,
    ) -> Result<Done, Problem> {
        let command = Command::StationSays { station, said };
        let done = self.app.desk.handle_with(case, command, by, None, once).await?;
        let in_nobodys_hands = |it: &Service| it.stage == ServiceStage::Wished && !it.outside_circle;
        if matches!(said, StationAnswer::Decline { .. }) && done.case.service.as_ref().is_some_and(in_nobodys_hands) {
            return self.ask_next(&done.case).await;
        }
        Ok(done)
    }
}

fn requested(new: bool, dto: &RequestedDto) -> HttpResponse {
    let mut answer = if new {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    answer.json(dto)
}

/// Opens a request for service and asks the nearest station of the circle. 201 when it is new; with the same key it is there.
#[utoipa::path(post, path = "/api/v1/service-requests", tag = "services", request_body = RequestIn,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = RequestedDto), (status = 200, body = RequestedDto),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn open(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<RequestIn>,
) -> Result<HttpResponse, Problem> {
    let key = idempotency_key(&request)?;
    let RequestIn { elder_id, wish, note } = body.value;
    let known = api.app.picture.elder(elder_id);
    let of_family = |me| api.app.picture.elders_of_family(me).contains(&elder_id);
    let theirs = known.is_some_and(|it| may_report_in(&api, &who, it.grid) || who.responder.is_some_and(of_family));
    if !theirs {
        return Err(Problem::not_found("elder_not_found", "there is no such elder"));
    }
    let requester = Requester {
        author: match who.responder {
            Some(me) if !who.viewer().is_by_area() => Author::Responder(me),
            _ => Author::User(who.user),
        },
        sender: who.user.to_string(),
        key,
        counted: false,
    };
    let it = api.get_ref().clone();
    let asked = OwnRequestIn { wish, note };
    let (new, dto) = api
        .run(async move { it.request(requester, elder_id, asked).await })
        .await?;
    Ok(requested(new, &dto))
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only open ones.
    open: Option<bool>,
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Requests of the caller's areas, the newest first.
#[utoipa::path(get, path = "/api/v1/service-requests", tag = "services", params(Which), responses((status = 200, body = PageDto<CaseDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let viewer = who.viewer();
            let most = limit(asked.0.limit)?;
            let after = asked
                .0
                .cursor
                .as_deref()
                .map(|it| read_cursor(Listed::Cases, it))
                .transpose()?;
            let filter = CaseFilter {
                scope: Some(viewer.scope.clone()),
                open: asked.0.open.unwrap_or(false),
                lane: Some(Lane::Service.as_str().to_owned()),
                kind: Some(Kind::ServiceRequest.as_str().to_owned()),
                ..CaseFilter::default()
            };
            let store = &it.app.store;
            let page = store
                .list_cases(&filter, after.map(|(at, id)| Cursor { at, id }), most)
                .await?;
            let mut items = Vec::with_capacity(page.items.len());
            for case in &page.items {
                if viewer.sight(case).is_some() {
                    store.plan_of(&case.case).await?;
                }
                items.extend(case_view(&it.app, &viewer, case));
            }
            let next = page.next.map(|it| write_cursor(Listed::Cases, Some(it.at), it.id));
            Ok(PageDto { items, next })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// A station that could be asked, and why it is or is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StationOptionDto {
    pub station: StationAskDto,
    pub kind: String,
    pub address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// It can be asked.
    pub fits: bool,
    /// Everything against it: `no_position`, `closed`, `holiday`, `full`, `declined`, `no_way`, `outside_circle`. What speaks for
    /// it stands there as well: `open`, `hours_unknown`, `places_free:<n>`.
    pub reasons: Vec<String>,
}

/// The stations for a wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StationOptionsDto {
    /// Those that can be asked first, the nearest on top.
    pub stations: Vec<StationOptionDto>,
    /// Stations that do not give this service: counted, not named.
    pub other_service: usize,
    /// Nobody knows where the elder is to be found.
    pub home_unknown: bool,
    /// None of the circle fits: the nearest outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest_outside: Option<StationAskDto>,
}

/// What is wished, as a query.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WishQuery {
    /// `meal`, `bath`, …
    #[param(value_type = String)]
    service: ServiceKind,
    /// `to_home`, `to_station`; what is usual when left out.
    #[param(value_type = Option<String>)]
    way: Option<ServiceWay>,
    /// Not before.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Not after.
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
}

/// Which stations could give an elder a service, with the reasons of each inclusion and exclusion. Nothing is opened by it.
#[utoipa::path(get, path = "/api/v1/elders/{id}/stations", tag = "services", params(("id" = String, Path), WishQuery),
    responses((status = 200, body = StationOptionsDto)))]
pub async fn options(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<WishQuery>,
) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let WishQuery {
        service,
        way,
        from,
        until,
    } = asked.0;
    let known = api
        .app
        .picture
        .elder(id)
        .filter(|it| may_report_in(&api, &who, it.grid));
    known.ok_or_else(|| Problem::not_found("elder_not_found", "there is no such elder"))?;
    let wish = WishIn {
        service,
        way,
        from,
        until,
    };
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let wish = wish.read(it.app.clock.now())?;
            let routed = it.stations_for(id, wish, vec![]).await?;
            Ok(it.options_dto(&routed, &wish))
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

impl Api {
    fn options_dto(&self, routed: &Routed, wish: &Wish) -> StationOptionsDto {
        let (from, until) = self.window(wish);
        let reasons = |it: &StationFound| {
            let mut reasons: Vec<String> = it.unfit.iter().map(|it| it.as_str().to_owned()).collect();
            match it.station.service.opens(from, until) {
                crate::people::Opens::At(_) => reasons.push("open".to_owned()),
                crate::people::Opens::Unknown => reasons.push("hours_unknown".to_owned()),
                crate::people::Opens::Never | crate::people::Opens::Holiday => {}
            }
            let free = match wish.service.takes_a_bed() {
                true => it.station.beds.map(|it| it.free),
                false => it.station.service.places.map(|it| it.free),
            };
            reasons.extend(free.filter(|it| *it > 0).map(|it| format!("places_free:{it}")));
            reasons
        };
        let stations = routed.found.iter().map(|it| StationOptionDto {
            station: ask_dto(&self.app, &it.ask),
            kind: it.station.kind.as_str().to_owned(),
            address: it.station.address.clone(),
            hours: it.station.hours.clone(),
            fits: it.unfit.is_empty() && !routed.home_unknown,
            reasons: reasons(it),
        });
        let outside = routed.nearest_outside().filter(|_| routed.chosen().is_none());
        StationOptionsDto {
            stations: stations.collect(),
            other_service: routed.others,
            home_unknown: routed.home_unknown,
            nearest_outside: outside.map(|it| ask_dto(&self.app, &it)),
        }
    }
}

/// Says what is wished, of a request that did not say (the green key), or says otherwise; the nearest station is asked.
#[utoipa::path(post, path = "/api/v1/cases/{id}/service/wish", tag = "services", params(("id" = String, Path)),
    request_body = WishIn, responses((status = 200, body = CommandDto)))]
pub async fn wish(asked: Asked<WishIn>) -> Result<HttpResponse, Problem> {
    let wish = asked.body.read(asked.api.app.clock.now())?;
    let api = asked.api.clone();
    asked
        .worked(move |case, by, once| async move {
            let command = Command::Wish { wish };
            let done = api.app.desk.handle_with(case.case.id, command, by, None, once).await?;
            let in_hand = done
                .case
                .service
                .as_ref()
                .is_some_and(|it| it.station.is_some() || it.outside_circle);
            if in_hand {
                Ok(done)
            } else {
                api.ask_next(&done.case).await
            }
        })
        .await
}

/// Which station.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StationIn {
    /// Left out: the nearest that fits and has not declined.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub station_id: Option<StationId>,
}

/// Asks a station. One outside the circle, or one against which something stands, is asked as well when a desk names it.
#[utoipa::path(post, path = "/api/v1/cases/{id}/service/station", tag = "services", params(("id" = String, Path)),
    request_body = StationIn, responses((status = 200, body = CommandDto)))]
pub async fn station(asked: Asked<StationIn>) -> Result<HttpResponse, Problem> {
    let named = asked.body.station_id;
    let api = asked.api.clone();
    asked
        .worked(move |case, by, once| async move {
            let Some(named) = named else {
                return api.ask_next(&case.case).await;
            };
            let no_station = || Problem::not_found("station_not_found", "there is no such station");
            let station = api.app.picture.station(named).ok_or_else(no_station)?;
            let ask = api.way_to(&case.case, &station).await?;
            Ok(api
                .app
                .desk
                .handle_with(case.case.id, Command::AskStation { ask }, by, None, once)
                .await?)
        })
        .await
}

impl Api {
    /// The way between a station and the elder of a request.
    async fn way_to(&self, case: &Case, station: &Arc<Station>) -> Result<StationAsk, Problem> {
        let unknown = StationAsk {
            station: station.id,
            seconds: None,
            meters: None,
            mode: station.mode(),
            estimated: false,
            reach: Reach::Outside,
        };
        let (Some(elder), Some(service)) = (case.subject.elder(), &case.service) else {
            return Ok(unknown);
        };
        let (it, station, wish) = (self.clone(), station.clone(), service.wish);
        let found = self
            .compute(move || {
                let picture = &it.app.picture;
                let wanted = Wanted {
                    wish: &wish,
                    home: picture.elder(elder).and_then(|it| it.door_on(picture.today()).1),
                    window: it.window(&wish),
                    declined: &[],
                };
                // Named by a person: it counts as giving what is wished.
                let mut named = (*station).clone();
                named.service.gives = Some([wish.service].into());
                route(&[Arc::new(named)], &it.app.ground.load_full(), &wanted)
            })
            .await?;
        Ok(found.found.first().map_or(unknown, |it| it.ask))
    }
}

/// What a station says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerIn {
    /// `confirm`, `decline`, `propose`.
    pub answer: AnswerWord,
    /// When it will be done: of a `confirm` the wished time when left out; of a `propose` it must be said.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// Of a `decline`: `closed`, `full`, `no_staff`, `too_far`, `not_given`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reason: Option<StationReason>,
}

/// What a station can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerWord {
    Confirm,
    Decline,
    Propose,
}

impl AnswerIn {
    fn read(&self, service: &Service, now: Timestamp) -> Result<StationAnswer, Problem> {
        let latest = now + SignedDuration::from_hours(24 * (AHEAD_MAX_DAYS + 7));
        let far = |at: &Timestamp| *at < now - SignedDuration::from_hours(1) || *at > latest;
        let wrong = |field: &str, code: &'static str, text: &str| {
            Err(Problem::fields(code, vec![FieldError::new(field, code, text)]))
        };
        if self.at.is_some_and(|it| far(&it)) {
            return wrong(
                "at",
                "out_of_range",
                "must be a time from now on, at most 38 days ahead",
            );
        }
        match (self.answer, self.at, self.reason) {
            (AnswerWord::Confirm, at, None) => Ok(StationAnswer::Confirm {
                at: at.or(service.wish.from).unwrap_or(now).max(now),
            }),
            (AnswerWord::Propose, Some(at), None) => Ok(StationAnswer::Propose { at }),
            (AnswerWord::Propose, None, None) => wrong("at", "missing_field", "when could it be?"),
            (AnswerWord::Decline, None, Some(reason)) => Ok(StationAnswer::Decline { reason }),
            (AnswerWord::Decline, None, None) => wrong("reason", "missing_field", "why not?"),
            (AnswerWord::Decline, Some(_), _) => wrong("at", "invalid_value", "a no has no time"),
            (_, _, Some(_)) => wrong("reason", "invalid_value", "only a no has a reason"),
        }
    }
}

/// What the station in whose hands it is says, as the desk heard it. After a no the next station is asked.
#[utoipa::path(post, path = "/api/v1/cases/{id}/service/answer", tag = "services", params(("id" = String, Path)),
    request_body = AnswerIn, responses((status = 200, body = CommandDto)))]
pub async fn answer(asked: Asked<AnswerIn>) -> Result<HttpResponse, Problem> {
    let (station, said) = read_answer(&asked.body, &asked.case.case, asked.api.app.clock.now())?;
    let api = asked.api.clone();
    asked
        .worked(move |case, by, once| async move { api.station_said(case.case.id, station, said, by, once).await })
        .await
}

fn read_answer(body: &AnswerIn, case: &Case, now: Timestamp) -> Result<(StationId, StationAnswer), Problem> {
    let none = || Problem::new(StatusCode::CONFLICT, "not_the_station", "no station was asked");
    let service = case.service.as_ref().ok_or_else(none)?;
    let station = service.station.ok_or_else(none)?.station;
    Ok((station, body.read(service, now)?))
}

/// The elder agrees to the time that the station has proposed.
#[utoipa::path(post, path = "/api/v1/cases/{id}/service/agree", tag = "services", params(("id" = String, Path)),
    responses((status = 200, body = CommandDto)))]
pub async fn agree(asked: Asked<Nothing>) -> Result<HttpResponse, Problem> {
    asked.by_desk(Command::AgreeTime, None).await
}

/// The service was given: the request is over.
#[utoipa::path(post, path = "/api/v1/cases/{id}/service/done", tag = "services", params(("id" = String, Path)),
    responses((status = 200, body = CommandDto)))]
pub async fn done(asked: Asked<Nothing>) -> Result<HttpResponse, Problem> {
    asked.by_desk(Command::ServiceDone, None).await
}

/// Why a request comes to nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelIn {
    /// `not_wanted`, `otherwise` (they have it from somebody else), `no_station`, `mistake`.
    #[schema(value_type = String)]
    pub reason: CancelReason,
}

/// The service will not be given: the request is over, and nobody waits for it.
#[utoipa::path(post, path = "/api/v1/cases/{id}/service/cancel", tag = "services", params(("id" = String, Path)),
    request_body = CancelIn, responses((status = 200, body = CommandDto)))]
pub async fn cancel(asked: Asked<CancelIn>) -> Result<HttpResponse, Problem> {
    let reason = asked.body.reason;
    asked.by_desk(Command::CancelService { reason }, None).await
}

/// How it was: a number or a word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingIn {
    /// 1 (worst) to 5.
    #[serde(default)]
    pub rating: Option<u8>,
    /// `satisfied` (满意, counts as 5), `fairly_satisfied` (基本满意, 3), `dissatisfied` (不满意, 1).
    #[serde(default)]
    pub word: Option<RatingWord>,
}

/// The three words of the district's month sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RatingWord {
    Satisfied,
    FairlySatisfied,
    Dissatisfied,
}

impl RatingIn {
    fn read(&self) -> Result<u8, Problem> {
        match (self.rating, self.word) {
            (Some(it), None) if RATINGS.contains(&it) => Ok(it),
            (None, Some(word)) => Ok(match word {
                RatingWord::Satisfied => 5,
                RatingWord::FairlySatisfied => 3,
                RatingWord::Dissatisfied => 1,
            }),
            (Some(_), None) => {
                let wrong = FieldError::new("rating", "out_of_range", "1 to 5");
                Err(Problem::fields("out_of_range", vec![wrong]))
            }
            (None, None) => {
                let wrong = FieldError::new("rating", "missing_field", "a rating or a word");
                Err(Problem::fields("missing_field", vec![wrong]))
            }
            (Some(_), Some(_)) => {
                let wrong = FieldError::new("word", "invalid_value", "a rating or a word, not both");
                Err(Problem::fields("invalid_value", vec![wrong]))
            }
        }
    }
}

/// How the elder found it, as the desk has asked. The last word counts.
#[utoipa::path(post, path = "/api/v1/cases/{id}/service/rating", tag = "services", params(("id" = String, Path)),
    request_body = RatingIn, responses((status = 200, body = CommandDto)))]
pub async fn rate(asked: Asked<RatingIn>) -> Result<HttpResponse, Problem> {
    let rating = asked.body.read()?;
    asked.by_desk(Command::Rate { rating }, None).await
}

/// What was turned into a call for help.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TurnedDto {
    /// The call for help.
    #[schema(value_type = String)]
    pub help_case_id: CaseId,
    pub help_case_number: String,
    /// It joined one that was open.
    pub joined: bool,
}

/// Somebody has read a call for help in a request: opens it, critical, linked with the request. The request goes on. Said twice, it
/// is one call.
#[utoipa::path(post, path = "/api/v1/cases/{id}/service/help", tag = "services", params(("id" = String, Path)),
    responses((status = 200, body = TurnedDto)))]
pub async fn help(
    api: web::Data<Api>,
    who: SignedIn,
    seen: Seen,
    _body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let case = &seen.case.case;
            if case.lane != Lane::Service || case.kind != Kind::ServiceRequest {
                return Err(Problem::new(
                    StatusCode::CONFLICT,
                    "not_now",
                    "only a request for service is turned into a call for help",
                ));
            }
            // The call first: whatever happens to the mark, help is asked for.
            let opened = it.app.desk.turn_to_help(case, who.user).await?;
            let mark = Command::TurnedToHelp { case: opened.case };
            it.app.desk.handle(case.id, mark, Author::User(who.user)).await?;
            Ok(TurnedDto {
                help_case_id: opened.case,
                help_case_number: opened.number,
                joined: opened.joined,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// A request as the station reads it that it is put to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StationRequestDto {
    #[schema(value_type = String)]
    pub case_id: CaseId,
    pub case_number: String,
    pub service: ServiceDto,
    pub elder_name: String,
    /// Where the elder is to be found.
    pub address: String,
    /// What whoever asked has written for it.
    pub notes: Vec<String>,
}

impl Api {
    /// Open requests in the hands of a station.
    async fn requests_at(&self, who: &SignedIn, station: StationId) -> Result<Vec<StationRequestDto>, Problem> {
        let store = &self.app.store;
        let filter = CaseFilter {
            open: true,
            lane: Some(Lane::Service.as_str().to_owned()),
            kind: Some(Kind::ServiceRequest.as_str().to_owned()),
            ..CaseFilter::default()
        };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.list_cases(&filter, after, LOOKED_AT).await?;
            found.extend(page.items.into_iter().filter(|it| in_hands_of(&it.case, station)));
            after = page.next;
            if after.is_none() || found.len() as u64 >= LOOKED_AT {
                break;
            }
        }
        let mut items = Vec::with_capacity(found.len());
        for view in found {
            items.extend(self.station_request(who, &view).await?);
        }
        Ok(items)
    }

    async fn station_request(&self, who: &SignedIn, view: &CaseView) -> Result<Option<StationRequestDto>, Problem> {
        let app = &self.app;
        let elder = view.case.subject.elder().and_then(|it| app.picture.elder(it));
        let (Some(elder), Some(service)) = (elder, &view.case.service) else {
            return Ok(None);
        };
        let id = view.case.id;
        let kept = app.store.notes_of(id).await?;
        if !kept.is_empty() {
            let fields = &["note.content"];
            self.record_view(who, "cases", id.as_uuid(), fields, Some(id), "notes of a request")
                .await?;
        }
        let mut notes = Vec::new();
        for note in kept.iter().take(NOTES_MAX) {
            let ring = app.store.keys()?.clone();
            let opened = ring.open_fetching(&app.store, &note.content, "note", "content", note.id.as_uuid());
            notes.extend(opened.await.ok().and_then(|it| String::from_utf8(it).ok()));
        }
        Ok(Some(StationRequestDto {
            case_id: id,
            case_number: view.number.to_string(),
            service: service_dto(app, service),
            elder_name: elder.name.clone(),
            address: elder.door_on(app.picture.today()).0.to_owned(),
            notes,
        }))
    }

    /// An open request in the hands of a station; for nobody else it exists.
    async fn request_at(&self, station: StationId, case: CaseId) -> Result<CaseView, Problem> {
        let found = self.app.store.case(case).await?;
        found
            .filter(|it| in_hands_of(&it.case, station))
            .ok_or_else(|| Problem::not_found("case_not_found", "there is no such request of this station"))
    }
}

fn in_hands_of(case: &Case, station: StationId) -> bool {
    let theirs = |it: &Service| it.station.is_some_and(|it| it.station == station);
    !case.drill && case.service.as_ref().is_some_and(theirs)
}

/// The open requests that are in a station's hands, for those who answer for it.
#[utoipa::path(get, path = "/api/v1/stations/{id}/requests", tag = "services", params(("id" = String, Path)),
    responses((status = 200, body = PageDto<StationRequestDto>)))]
pub async fn at_station(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let station: StationId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let items = api.run(async move { it.requests_at(&who, station).await }).await?;
    Ok(HttpResponse::Ok().json(PageDto { items, next: None }))
}

/// The station itself answers.
#[utoipa::path(post, path = "/api/v1/stations/{id}/requests/{case_id}/answer", tag = "services",
    params(("id" = String, Path), ("case_id" = String, Path)), request_body = AnswerIn, responses((status = 200, body = ServiceDto)))]
pub async fn station_answer(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<AnswerIn>,
) -> Result<HttpResponse, Problem> {
    let (station, case): (StationId, CaseId) = (path_id(&request, "id")?, path_id(&request, "case_id")?);
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let view = it.request_at(station, case).await?;
            let (_, said) = read_answer(&body.value, &view.case, it.app.clock.now())?;
            let by = who.responder.map_or(Author::User(who.user), Author::Responder);
            let done = it.station_said(case, station, said, by, None).await?;
            let service = done.case.service.as_ref().ok_or_else(Problem::internal)?;
            Ok(service_dto(&it.app, service))
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// The station itself says that it was done.
#[utoipa::path(post, path = "/api/v1/stations/{id}/requests/{case_id}/done", tag = "services",
    params(("id" = String, Path), ("case_id" = String, Path)), responses((status = 200, body = ServiceDto)))]
pub async fn station_done(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    _body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let (station, case): (StationId, CaseId) = (path_id(&request, "id")?, path_id(&request, "case_id")?);
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            it.request_at(station, case).await?;
            let by = who.responder.map_or(Author::User(who.user), Author::Responder);
            let done = it.app.desk.handle(case, Command::ServiceDone, by).await?;
            let service = done.case.service.as_ref().ok_or_else(Problem::internal)?;
            Ok(service_dto(&it.app, service))
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// A request on the family's page or the elder's screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnRequestDto {
    #[schema(value_type = String)]
    pub case_id: CaseId,
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// Nothing more comes of it.
    pub over: bool,
    /// Absent: the key was pressed, and nobody has asked yet what is wished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceDto>,
}

fn own_dto(app: &App, it: &CaseView) -> OwnRequestDto {
    OwnRequestDto {
        case_id: it.case.id,
        opened_at: it.case.opened_at,
        over: !matches!(
            it.case.state,
            crate::case::State::Ringing | crate::case::State::Engaged | crate::case::State::OnScene
        ),
        service: it.case.service.as_ref().map(|it| service_dto(app, it)),
    }
}

/// The elder's requests, the newest first. Those that were turned into a call for help say so.
#[utoipa::path(get, path = "/api/v1/family/service-requests", tag = "family", responses((status = 200, body = PageDto<OwnRequestDto>)))]
pub async fn family_list(api: web::Data<Api>, me: FamilyMember) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let items: Vec<OwnRequestDto> = api
        .run(async move {
            if it.app.picture.is_frozen(me.elder) {
                return Ok(vec![]);
            }
            let found = it.requests_of(me.elder, false).await?;
            Ok(found
                .iter()
                .filter(|it| !it.case.drill)
                .take(50)
                .map(|view| own_dto(&it.app, view))
                .collect())
        })
        .await?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((actix_web::http::header::CACHE_CONTROL, "no-store"));
    Ok(answer.json(PageDto { items, next: None }))
}

/// Asks for a service on the family's page.
#[utoipa::path(post, path = "/api/v1/family/service-requests", tag = "family", request_body = OwnRequestIn,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = RequestedDto), (status = 200, body = RequestedDto),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn family_open(
    api: web::Data<Api>,
    me: FamilyMember,
    request: HttpRequest,
    body: Body<OwnRequestIn>,
) -> Result<HttpResponse, Problem> {
    let requester = Requester {
        author: Author::Family(me.contact),
        sender: me.contact.to_string(),
        key: idempotency_key(&request)?,
        counted: true,
    };
    let it = api.get_ref().clone();
    let (new, dto) = api
        .run(async move { it.request(requester, me.elder, body.value).await })
        .await?;
    Ok(requested(new, &dto))
}

/// The family says how it was.
#[utoipa::path(post, path = "/api/v1/family/service-requests/{id}/rating", tag = "family", params(("id" = String, Path)),
    request_body = RatingIn, responses((status = 200, body = OwnRequestDto)))]
pub async fn family_rate(
    api: web::Data<Api>,
    me: FamilyMember,
    seen: Seen,
    body: Body<RatingIn>,
) -> Result<HttpResponse, Problem> {
    let rating = body.value.read()?;
    family_says(api, me, seen, Command::Rate { rating }).await
}

/// The family agrees, for the elder, to the time that the station has proposed.
#[utoipa::path(post, path = "/api/v1/family/service-requests/{id}/agree", tag = "family", params(("id" = String, Path)),
    responses((status = 200, body = OwnRequestDto)))]
pub async fn family_agree(
    api: web::Data<Api>,
    me: FamilyMember,
    seen: Seen,
    _body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    family_says(api, me, seen, Command::AgreeTime).await
}

async fn family_says(
    api: web::Data<Api>,
    me: FamilyMember,
    seen: Seen,
    command: Command,
) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let id = seen.case.case.id;
            let done = it.app.desk.handle(id, command, Author::Family(me.contact)).await?;
            let view = CaseView {
                case: done.case.clone(),
                ..seen.case
            };
            Ok(own_dto(&it.app, &view))
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// The elder asks for a named service on their own screen. The green key alone says no service, and somebody asks back.
#[utoipa::path(post, path = "/api/v1/elder-screen/service-requests", tag = "elder screen", request_body = OwnRequestIn,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = RequestedDto), (status = 200, body = RequestedDto)))]
pub async fn screen_open(
    api: web::Data<Api>,
    caller: Caller,
    request: HttpRequest,
    body: Body<OwnRequestIn>,
) -> Result<HttpResponse, Problem> {
    let Caller::Device(DeviceAuth(device)) = caller else {
        return Err(Problem::internal()); // the table lets nobody else here
    };
    let nobodys = || {
        Problem::new(
            StatusCode::CONFLICT,
            "device_of_nobody",
            "this device is of no one elder",
        )
    };
    let elder = api.elder_beside(device).ok_or_else(nobodys)?;
    let requester = Requester {
        author: Author::Device(device),
        sender: device.to_string(),
        key: idempotency_key(&request)?,
        counted: true,
    };
    let it = api.get_ref().clone();
    let (new, dto) = api
        .run(async move { it.request(requester, elder, body.value).await })
        .await?;
    Ok(requested(new, &dto))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-27T02:00:00Z".parse().unwrap()
    }

    fn wish(text: &str) -> Result<Wish, Vec<String>> {
        let it: WishIn = serde_json::from_str(text).unwrap();
        it.read(now())
            .map_err(|it| it.errors.into_iter().map(|it| it.field).collect())
    }

    #[test]
    fn each_wrong_field_of_a_wish_is_named() {
        assert_eq!(wish(r#"{"service":"meal"}"#).unwrap().way, ServiceWay::ToHome);
        assert_eq!(wish(r#"{"service":"doctor"}"#).unwrap().way, ServiceWay::ToStation);
        let cases: &[(&str, &[&str])] = &[
            (r#"{"service":"cleaning","way":"to_station"}"#, &["way"]),
            (r#"{"service":"meal","from":"2026-11-27T01:00:00Z"}"#, &["from"]),
            (r#"{"service":"meal","from":"2027-01-27T01:00:00Z"}"#, &["from"]),
            (
                r#"{"service":"meal","from":"2026-11-27T05:00:00Z","until":"2026-11-27T05:00:00Z"}"#,
                &["until"],
            ),
            (r#"{"service":"meal","until":"2026-11-27T01:58:00Z"}"#, &["until"]),
        ];
        for (text, wanted) in cases {
            assert_eq!(wish(text).unwrap_err(), *wanted, "{text}");
        }
    }

    #[test]
    fn a_rating_is_a_number_or_a_word() {
        let read = |text: &str| {
            serde_json::from_str::<RatingIn>(text)
                .unwrap()
                .read()
                .map_err(|it| it.code)
        };
        assert_eq!(read(r#"{"rating":4}"#), Ok(4));
        assert_eq!(read(r#"{"word":"satisfied"}"#), Ok(5));
        assert_eq!(read(r#"{"word":"fairly_satisfied"}"#), Ok(3));
        assert_eq!(read(r#"{"word":"dissatisfied"}"#), Ok(1));
        for (text, code) in [
            (r#"{"rating":0}"#, "out_of_range"),
            (r#"{"rating":6}"#, "out_of_range"),
            ("{}", "missing_field"),
            (r#"{"rating":4,"word":"satisfied"}"#, "invalid_value"),
        ] {
            assert_eq!(read(text), Err(code), "{text}");
        }
    }
}
