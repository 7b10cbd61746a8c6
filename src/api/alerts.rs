//! `POST /api/v1/alerts`: a device or a person says that something has happened. Answered when it is committed.

use actix_web::dev::Payload;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::{Caller, DeviceAuth, SignedIn};
use super::problem::{FieldError, Problem};
use super::wire::{BODY_WITHIN, content_type, idempotency_key, parse, read_body};
use crate::case::Kind;
use crate::dispatch::{AlertReport, Told};
use crate::ids::{AlertId, CaseId};
use crate::intake::http::{
    AlertIn, KEPT_MAX_BYTES, KIND_MAX_CHARS, NOTE_MAX_CHARS, Profile, REFERENCE_MAX_CHARS, from_device, from_person,
    kind_word,
};
use crate::people::{AreaCode, DeviceBinding, Role};
use crate::store::cases::Opened;

/// Of a device's endless body so much is taken off the line, so that the device can read the answer.
const DRAINED_MAX_BYTES: usize = 8 * 1024 * 1024;

/// What came of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportedDto {
    #[schema(value_type = String)]
    pub alert_id: AlertId,
    #[schema(value_type = String)]
    pub case_id: CaseId,
    pub case_number: String,
    /// It joined a case that was open.
    pub joined: bool,
    /// What was odd about it: short stable words.
    pub warnings: Vec<String>,
}

impl From<Opened> for ReportedDto {
    fn from(it: Opened) -> Self {
        Self {
            alert_id: it.alert,
            case_id: it.case,
            case_number: it.number,
            joined: it.joined,
            warnings: it.warnings,
        }
    }
}

/// Reports an alert. 201 when it is new, 200 with the same body when it had come before. A device is always acknowledged.
#[utoipa::path(post, path = "/api/v1/alerts", tag = "alerts", request_body = AlertIn,
    params(("Idempotency-Key" = Option<String>, Header, description = "For people: the same key is the same alert for 24 hours.")),
    responses((status = 201, body = ReportedDto), (status = 200, body = ReportedDto),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 503, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn report(
    api: web::Data<Api>,
    caller: Caller,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let mut payload = payload.into_inner();
    let report = match caller {
        Caller::Device(DeviceAuth(device)) => {
            let (raw, cut, whole) = read_some(&mut payload).await;
            let known = api.app.picture.device(device);
            if let Some(device) = &known {
                api.app.signs.heard(device, Told::default());
            }
            let profile = Profile {
                device,
                crs: known.as_ref().and_then(|it| it.crs),
                out_of_service: known.is_some_and(|it| !it.in_service),
            };
            let mut report = from_device(profile, &raw, cut);
            if !whole {
                report.warnings.push("body_incomplete".to_owned());
            }
            report
        }
        // The table lets no family here.
        Caller::Family(_) | Caller::Wall(_) => return Err(Problem::internal()),
        Caller::Person(who) => {
            let key = idempotency_key(&request)?;
            let content_type = content_type(&request);
            let raw = read_body(&mut payload, KEPT_MAX_BYTES).await?;
            let alert: AlertIn = parse(content_type.as_deref(), &raw)?;
            let app = &api.app;
            app.picture.bring(&app.store, alert.device_id, alert.elder_id).await?;
            strict(&api, &who, alert, key, &raw)?
        }
    };
    // Not in a task of its own: the order is in the committer's queue before there is anything to wait for, and a caller who
    // hangs up takes nothing out of it.
    let opened = api.app.desk.report(report).await?;
    let repeat = opened.repeat;
    let answer = ReportedDto::from(opened);
    metrics::counter!("ecd_alerts_total", "repeat" => if repeat { "yes" } else { "no" }).increment(1);
    let mut response = if repeat {
        HttpResponse::Ok()
    } else {
        HttpResponse::Created()
    };
    Ok(response.json(answer))
}

/// The first bytes of a device's body, whether there were more, and whether it came whole. A broken or slow line is no
/// reason to lose what came.
pub(super) async fn read_some(payload: &mut Payload) -> (Bytes, bool, bool) {
    let mut kept = BytesMut::new();
    let mut seen = 0;
    let all = async {
        while let Some(chunk) = payload.next().await {
            let Ok(chunk) = chunk else { return false };
            seen += chunk.len();
            let room = KEPT_MAX_BYTES - kept.len();
            kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if seen > DRAINED_MAX_BYTES {
                return true;
            }
        }
        true
    };
    let whole = tokio::time::timeout(BODY_WITHIN, all).await.unwrap_or(false);
    (kept.freeze(), seen > KEPT_MAX_BYTES, whole)
}

/// A person's alert: each wrong field is named, and it must be about somebody of theirs.
fn strict(
    api: &Api,
    who: &SignedIn,
    mut alert: AlertIn,
    key: Option<String>,
    raw: &[u8],
) -> Result<AlertReport, Problem> {
    alert.kind = kind_word(&alert.kind);
    let mut wrong = Vec::new();
    let long = |field: &str, text: Option<&str>, max: usize| {
        text.filter(|it| it.chars().count() > max)
            .map(|_| FieldError::new(field, "too_long", format!("may have {max} letters")))
    };
    if alert.kind.trim().is_empty() {
        wrong.push(FieldError::new("kind", "missing_field", "must not be empty"));
    }
    wrong.extend(long("kind", Some(&alert.kind), KIND_MAX_CHARS));
    wrong.extend(long("source_ref", alert.source_ref.as_deref(), REFERENCE_MAX_CHARS));
    if alert.source_ref.as_ref().is_some_and(|it| it.contains('\0')) {
        wrong.push(FieldError::new("source_ref", "invalid_value", "must hold no zero byte"));
    }
    wrong.extend(long("note", alert.note.as_deref(), NOTE_MAX_CHARS));
    if let Some((field, message)) = alert.position.as_ref().and_then(|it| it.mistake()) {
        wrong.push(FieldError::new(field, "out_of_range", message));
    }
    // The silent key of whoever is out there: about them, and about nobody else they may have named.
    let duress = who.responder.filter(|_| alert.kind == Kind::Duress.as_str());
    if alert.elder_id.is_none() && alert.device_id.is_none() && duress.is_none() {
        wrong.push(FieldError::new(
            "elder_id",
            "missing_field",
            "about whom: elder_id or device_id",
        ));
    }
    if let Some(first) = wrong.first() {
        let code = match first.code.as_str() {
            "missing_field" => "missing_field",
            "too_long" => "too_long",
            "invalid_value" => "invalid_value",
            _ => "out_of_range",
        };
        return Err(Problem::fields(code, wrong));
    }
    if alert.drill && !matches!(who.role, Role::Dispatcher | Role::DutyLeader) {
        return Err(Problem::forbidden("drill_not_allowed", "only a desk begins a drill"));
    }
    if alert.drill && !who.practice {
        return Err(Problem::forbidden(
            "not_in_practice",
            "join the practice first: nobody else sees its cases",
        ));
    }
    if let Some(id) = alert.elder_id {
        let theirs = api.app.picture.elder(id).is_some_and(|it| {
            let of_family = |me| api.app.picture.elders_of_family(me).contains(&id);
            may_report_in(api, who, it.grid) || who.responder.is_some_and(of_family)
        });
        if !theirs {
            return Err(Problem::not_found("elder_not_found", "there is no such elder"));
        }
    }
    if let Some(id) = alert.device_id {
        let picture = &api.app.picture;
        let theirs = picture.device(id).is_some_and(|device| match device.binding {
            Some(DeviceBinding::Elder(id)) => picture.elder(id).is_some_and(|it| may_report_in(api, who, it.grid)),
            Some(DeviceBinding::Household(id)) => picture
                .household(id)
                .is_some_and(|it| may_report_in(api, who, it.0.grid)),
            None => who.viewer().is_by_area() && !who.scope.is_empty(),
        });
        if !theirs {
            return Err(Problem::not_found("device_not_found", "there is no such device"));
        }
    }
    let mut report = from_person(who.user, alert, key, raw);
    report.responder = duress;
    Ok(report)
}

/// Whether an area is the account's, or one where its responder works.
pub(super) fn may_report_in(api: &Api, who: &SignedIn, grid: AreaCode) -> bool {
    let works_there = |me| api.app.picture.responder(me).is_some_and(|it| it.scope.contains(grid));
    who.scope.contains(grid) || who.responder.is_some_and(works_there)
}
