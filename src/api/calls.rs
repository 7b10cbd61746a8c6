//! Telephone calls from a case: who may be called, the calls there were, hanging up, and where a recording is.
//!
//! A number is taken from the register here and goes to the line; the browser hears of it by no answer of these. That it was used stands in the
//! view log, as if it had been looked at.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem, RETRY_AFTER_S};
use super::responders::works_in;
use super::rights::Seen;
use super::wire::{Body, PageDto, idempotency_key, path_id, read_body};
use crate::case::{Author, Call, CallPurpose, Callee, Case, Subject, Voice};
use crate::ids::{CallId, CaseId, ElderId};
use crate::people::{ConsentPurpose, Phone};
use crate::phone::{CallRefused, ReportRefused, Wanted};
use crate::store::ElderField;

/// Under this word a call stands in the view log.
const CALLED: &str = "call";
/// The longest body of a report, bytes.
const BODY_MAX: usize = 16 * 1024;
/// Numbers of one person that may be chosen from.
const NUMBERS_MAX: usize = 16;

/// Whom to call, and from where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallIn {
    /// `elder_…`, `contact_…` or `resp_…`; the elder of the case when left out.
    #[serde(default)]
    pub callee: Option<String>,
    /// The desk's own telephone, which rings first; one of those of `GET /api/v1/telephony`.
    pub desk: String,
    /// Which of their numbers, from 0.
    #[serde(default)]
    pub number: usize,
}

/// A call. It holds no number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallDto {
    #[schema(value_type = String)]
    pub id: CallId,
    #[schema(value_type = String)]
    pub case_id: CaseId,
    /// `desk`: somebody at a desk speaks with them; `check`: a voice asks for a key.
    pub purpose: String,
    /// `{type, id}`: elder, contact, responder.
    #[schema(value_type = Object)]
    pub callee: Callee,
    /// `{type, id}`: the account that asked for it, or the system.
    #[schema(value_type = Object)]
    pub by: Author,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk: Option<String>,
    /// `asked`, `ringing`, `answered`, `held`, `ended`, `failed`.
    pub state: String,
    /// Why it is over, a stable word: `completed`, `hung_up`, `taken`, `too_long`, `no_answer`, `busy`, `rejected`, `unreachable`,
    /// `bad_number`, `desk_no_answer`, `refused`, `unavailable`, `lost`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ringing_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Timestamp>,
    /// Since when they are on hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub held_at: Option<Timestamp>,
    /// They have been on hold for too long.
    pub held_long: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub over_at: Option<Timestamp>,
    /// There is a recording, and `…/recording` says where.
    pub recorded: bool,
    /// Of an automatic call: the keys that were pressed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub keys: String,
    /// What the case was told of it, a word of `voice_result`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
    /// "Fine" by a key where a key ends nothing: a person has to hear them.
    pub marked: bool,
}

impl CallDto {
    pub(super) fn of(it: &Call) -> Self {
        Self {
            id: it.id,
            case_id: it.case,
            purpose: it.purpose.as_str().to_owned(),
            callee: it.callee,
            by: it.by,
            desk: it.desk.clone(),
            state: it.state.as_str().to_owned(),
            over: it.over.map(|it| it.as_str().to_owned()),
            asked_at: it.asked_at,
            ringing_at: it.ringing_at,
            answered_at: it.answered_at,
            held_at: it.held_at,
            held_long: it.held_long,
            over_at: it.over_at,
            recorded: it.recorded,
            // What a dispatcher hears pressed in a conversation is nobody's business.
            keys: if it.purpose == CallPurpose::Check {
                it.keys.clone()
            } else {
                String::new()
            },
            told: it.told.map(|it: Voice| it.as_str().to_owned()),
            marked: it.marked,
        }
    }
}

/// A desk's own telephone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeskPhoneDto {
    pub extension: String,
    /// What stands on the desk.
    pub name: String,
}

/// What can be done by telephone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TelephonyDto {
    /// Calls can be made from here; otherwise the number is looked at and dialled by hand.
    pub on: bool,
    pub desks: Vec<DeskPhoneDto>,
    /// After so long without a hand on a case its elder is called by a voice, seconds; 0: never.
    pub check_after_s: u32,
}

/// Where a recording is.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct RecordingDto {
    /// The provider's own name or address of it.
    pub recording: String,
}

/// Whether there is a line, and from which desks calls are made.
#[utoipa::path(get, path = "/api/v1/telephony", tag = "calls", responses((status = 200, body = TelephonyDto)))]
pub async fn telephony(api: web::Data<Api>, _who: SignedIn) -> HttpResponse {
    let config = &api.app.config.telephony;
    let desks = config.desk_phones().into_iter().map(|it| DeskPhoneDto {
        extension: it.extension,
        name: it.name,
    });
    let desks: Vec<DeskPhoneDto> = desks.collect();
    let on = api.app.phone.has_line() && !desks.is_empty();
    HttpResponse::Ok().json(TelephonyDto {
        on,
        desks,
        check_after_s: if api.app.phone.has_line() {
            config.check.after_s
        } else {
            0
        },
    })
}

/// Calls somebody: the desk's own telephone rings first and is joined with theirs. Answered when the line has taken it, or has not (state
/// `failed`). An automatic call to the same person ends. The same `Idempotency-Key` is one call.
#[utoipa::path(post, path = "/api/v1/cases/{id}/calls", tag = "calls", params(("id" = String, Path)), request_body = CallIn,
    responses((status = 201, body = CallDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 503, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn call(
    api: web::Data<Api>,
    who: SignedIn,
    seen: Seen,
    request: HttpRequest,
    body: Body<CallIn>,
) -> Result<HttpResponse, Problem> {
    let key = idempotency_key(&request)?;
    let it = api.get_ref().clone();
    let made = api
        .run(async move {
            let case = &seen.case.case;
            if !it.app.phone.has_line() {
                return Err(refused(CallRefused::NoLine));
            }
            if case.drill {
                return Err(refused(CallRefused::Drill));
            }
            let asked = body.value;
            let callee = it.callee(&who, case, asked.callee.as_deref())?;
            let (to, may_record) = it.number(&who, case, callee, asked.number).await?;
            let id = match key {
                Some(key) => CallId::derive(who.user.as_uuid(), &format!("{}\n{key}", case.id)),
                None => CallId::new(it.app.ids.make()),
            };
            let wanted = Wanted {
                id,
                callee,
                to,
                desk: asked.desk,
                by: who.user,
                may_record,
            };
            it.app.phone.call(&seen.case, wanted).await.map_err(refused)
        })
        .await?;
    Ok(HttpResponse::Created().json(CallDto::of(&made)))
}

/// The calls of a case, oldest first.
#[utoipa::path(get, path = "/api/v1/cases/{id}/calls", tag = "calls", params(("id" = String, Path)),
    responses((status = 200, body = PageDto<CallDto>)))]
pub async fn list(api: web::Data<Api>, seen: Seen) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let calls = api
        .run(async move { Ok(it.app.store.phone_calls_of(seen.case.case.id).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(PageDto {
        items: calls.iter().map(CallDto::of).collect::<Vec<_>>(),
        next: None,
    }))
}

/// Hangs up. A call that is over stays as it is.
#[utoipa::path(post, path = "/api/v1/cases/{id}/calls/{rid}/hang-up", tag = "calls",
    params(("id" = String, Path), ("rid" = String, Path)), responses((status = 200, body = CallDto),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn hang_up(api: web::Data<Api>, seen: Seen, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: CallId = path_id(&request, "rid").map_err(|_| no_call())?;
    let it = api.get_ref().clone();
    let call = api
        .run(async move { it.app.phone.hang_up(seen.case.case.id, id).await.map_err(refused) })
        .await?;
    Ok(HttpResponse::Ok().json(CallDto::of(&call)))
}

/// Where the recording of a call is; the look is recorded.
#[utoipa::path(get, path = "/api/v1/cases/{id}/calls/{rid}/recording", tag = "calls",
    params(("id" = String, Path), ("rid" = String, Path)), responses((status = 200, body = RecordingDto),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn recording(
    api: web::Data<Api>,
    who: SignedIn,
    seen: Seen,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let no_recording = || {
        Problem::not_found(
            "recording_not_found",
            "there is no recording of such a call of this case",
        )
    };
    let id: CallId = path_id(&request, "rid").map_err(|_| no_recording())?;
    let it = api.get_ref().clone();
    let recording = api
        .run(async move {
            let store = &it.app.store;
            let case = seen.case.case.id;
            let sealed = store.recording(case, id).await?.ok_or_else(no_recording)?;
            let reason = id.to_string();
            it.record_view(
                &who,
                "cases",
                case.as_uuid(),
                &["phone_recording.content"],
                Some(case),
                &reason,
            )
            .await?;
            let ring = store.keys()?.clone();
            let opened = ring
                .open_fetching(store, &sealed, "phone_recording", "content", id.as_uuid())
                .await?;
            Ok(String::from_utf8_lossy(&opened).into_owned())
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(RecordingDto { recording }))
}

/// A line reports. It signs in nobody: its own signature is what counts. Answered when it is kept and what follows is done; said twice, it is
/// good twice.
#[utoipa::path(post, path = "/api/v1/phone/callbacks/{line}", tag = "receipts", request_body(content = String,
        content_type = "application/json"), security(()), params(("line" = String, Path)),
    responses((status = 200, description = "taken"),
        (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn report(api: web::Data<Api>, request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let line = request.match_info().query("line").to_owned();
    let body = read_body(&mut payload.into_inner(), BODY_MAX).await?;
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_ascii_lowercase(), value.to_str().ok()?.to_owned())))
        .collect();
    let it = api.get_ref().clone();
    api.run(async move { it.app.phone.take(&line, &headers, &body).await.map_err(unreported) })
        .await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({})))
}

fn no_call() -> Problem {
    Problem::not_found("call_not_found", "there is no such call of this case")
}

fn refused(why: CallRefused) -> Problem {
    let text = why.to_string();
    let conflict = |code| Problem::new(StatusCode::CONFLICT, code, text.clone());
    match why {
        CallRefused::NoLine => conflict("no_line"),
        CallRefused::AlreadyCalled(_) => conflict("already_called"),
        CallRefused::Drill => conflict("drill"),
        CallRefused::Emergency => conflict("emergency_number"),
        CallRefused::LinesBusy => Problem {
            retry_after_s: Some(RETRY_AFTER_S),
            ..Problem::unavailable("lines_busy", text)
        },
        CallRefused::NoDesk => Problem::fields(
            "invalid_value",
            vec![FieldError::new(
                "desk",
                "invalid_value",
                "must be one of those of /api/v1/telephony",
            )],
        ),
        CallRefused::NotFound => no_call(),
        CallRefused::Store(error) => error.into(),
    }
}

fn unreported(why: ReportRefused) -> Problem {
    let text = why.to_string();
    match why {
        ReportRefused::Unknown => Problem::not_found("line_not_found", text),
        ReportRefused::Signature => Problem::unauthorized("callback_unsigned", text),
        ReportRefused::Unreadable(_) => Problem::bad_request("callback_unreadable", text),
        ReportRefused::NotKept => Problem::unavailable("callback_not_kept", text),
    }
}

impl Api {
    /// Who is called: the elder of the case, somebody of theirs who may be told, or a responder of the caller's area or of the case.
    fn callee(&self, who: &SignedIn, case: &Case, named: Option<&str>) -> Result<Callee, Problem> {
        let wrong = |text: &str| {
            let error = FieldError::new("callee", "invalid_value", text);
            Problem::fields("invalid_value", vec![error])
        };
        let picture = &self.app.picture;
        let elders: Vec<ElderId> = match case.subject {
            Subject::Elder(id) => vec![id],
            Subject::Household(id) => {
                let members = picture.household(id).map(|it| it.1).unwrap_or_default();
                members.iter().map(|it| it.id).collect()
            }
            Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => vec![],
        };
        let Some(named) = named else {
            return match elders.as_slice() {
                [only] => Ok(Callee::Elder(*only)),
                _ => Err(wrong("must say whom: the case is not about one elder")),
            };
        };
        if let Ok(id) = named.parse() {
            return match elders.contains(&id) {
                true => Ok(Callee::Elder(id)),
                false => Err(wrong("is not an elder of this case")),
            };
        }
        if let Ok(id) = named.parse() {
            let callable = picture
                .elder_of_contact(id)
                .filter(|it| elders.contains(it))
                .is_some_and(|it| picture.callable_contacts(it).iter().any(|it| it.id == id));
            return match callable {
                true => Ok(Callee::Contact(id)),
                false => Err(wrong("is not a contact of this case's elder who may be called")),
            };
        }
        let id = named
            .parse()
            .map_err(|_| wrong("must be an id of an elder, a contact or a responder"))?;
        let near = picture.responder(id).is_some_and(|it| works_in(&it, &who.scope));
        let asked = case.offer_to(id).is_some() || case.assignment(id).is_some();
        match near || asked {
            true => Ok(Callee::Responder(id)),
            false => Err(wrong("is not a responder of this case or of your area")),
        }
    }

    /// Their number, and whether they have agreed to be recorded. That it was used is written down first.
    async fn number(&self, who: &SignedIn, case: &Case, callee: Callee, nth: usize) -> Result<(Phone, bool), Problem> {
        let store = &self.app.store;
        let (today, _) = self.app.desk.local(self.app.clock.now());
        let mut may_record = false;
        let seen = crate::store::Seen {
            id: self.app.ids.make(),
            by: who.user,
            at: self.app.clock.now(),
            case: Some(case.id),
            reason: CALLED.to_owned(),
        };
        let phones = match callee {
            Callee::Elder(id) => {
                let elder = self.app.picture.elder(id);
                may_record = elder.is_some_and(|it| it.agreed(ConsentPurpose::Recording, today));
                let found = store.see_elder(id, &[ElderField::Phones], &seen).await?;
                found.map(|it| it.phones).unwrap_or_default()
            }
            Callee::Contact(id) => {
                let elder = self.app.picture.elder_of_contact(id);
                let found = match elder {
                    Some(elder) => store.see_contacts(elder, &[id], &seen).await?,
                    None => vec![],
                };
                found.into_iter().flat_map(|it| it.1.phones).collect()
            }
            Callee::Responder(id) => {
                store
                    .record_views(&seen, "responder", id.as_uuid(), &["phones"])
                    .await?;
                let found = store.responder_secrets(id).await?;
                found.map(|it| it.phones).unwrap_or_default()
            }
        };
        let phone = phones.into_iter().take(NUMBERS_MAX).nth(nth).ok_or_else(|| {
            let error = FieldError::new("number", "invalid_value", "there is no such number of theirs on file");
            Problem::fields("no_number", vec![error])
        })?;
        Ok((phone, may_record))
    }
}
