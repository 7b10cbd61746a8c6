//! What a desk asks of a case. One file, because each is one line of translation; the rules are the case's.
//!
//! Each takes an `Idempotency-Key`: the same key and request is done once and answered with the case as it stands, the same
//! key with another request is 422. Each answers `{case}` as the caller may see it afterwards.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::responders::works_in;
use super::rights::Seen;
use super::view::{CaseDto, case_seen, hears};
use super::wire::{Body, done_at, idempotency_key, text};
use crate::case::{
    Aftercare, Agency, AskedBy, AskedWhom, Author, Command, FalseReason, Kind, Outcome, Proof, Satisfaction, Severity,
    Voice,
};
use crate::ids::{CaseId, ReferralId, ResponderId, UserId};
use crate::people::{Responder, Tier};
use crate::store::cases::{CaseView, Done, NoteRow, Once};

/// A second person's look counts for this long.
pub const SECOND_LOOK_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// Under these words a look and a grant stand in the view log.
pub(super) const SECOND_LOOK: &str = "second_look";
pub(super) const GRANT: &str = "grant_access";

/// A request about a case: who, which, what, and the promise of its key.
pub struct Asked<T> {
    pub(super) api: Api,
    pub(super) who: SignedIn,
    pub(super) case: CaseView,
    pub(super) body: T,
    pub(super) once: Option<Once>,
    /// When it was done, where a phone could not say so at once.
    pub(super) done_at: Option<Timestamp>,
    pub(super) request: HttpRequest,
}

impl<T: DeserializeOwned + 'static> FromRequest for Asked<T> {
    type Error = actix_web::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let nothing = &mut Payload::None;
            let api = web::Data::<Api>::from_request(&request, nothing)
                .await?
                .get_ref()
                .clone();
            let who = SignedIn::from_request(&request, nothing).await?;
            let seen = Seen::from_request(&request, nothing).await?;
            let key = idempotency_key(&request)?;
            let done_at = done_at(&request, api.app.clock.now())?;
            let body = Body::<T>::from_request(&request, &mut payload).await?;
            let once = key.map(|key| {
                let sender = who.user.to_string();
                let asked = [request.method().as_str(), " ", request.path(), "\n"].concat();
                Once::new(
                    &sender,
                    &[b"http", key.as_bytes()],
                    &[asked.as_bytes(), &body.raw].concat(),
                )
            });
            Ok(Self {
                api,
                who,
                case: seen.case,
                body: body.value,
                once,
                done_at,
                request,
            })
        })
    }
}

impl<T> Asked<T> {
    fn id(&self) -> CaseId {
        self.case.case.id
    }

    /// Asks the case, in the name of the account.
    pub(super) async fn by_desk(self, command: Command, note: Option<NoteRow>) -> Result<HttpResponse, Problem> {
        let by = Author::User(self.who.user);
        self.done(command, by, note).await.map(|it| it.1)
    }

    /// Asks the case; answers it as the caller may see it now.
    pub(super) async fn done(
        self,
        command: Command,
        by: Author,
        note: Option<NoteRow>,
    ) -> Result<(Done, HttpResponse), Problem> {
        let id = self.id();
        let (api, who, once, done_at) = (self.api, self.who, self.once, self.done_at);
        let it = api.clone();
        api.run(async move {
            let done = it.app.desk.handle_late(id, command, by, note, once, done_at).await?;
            let case = it.seen_after(&who, &done, &self.case).await?;
            Ok((done, HttpAnswer(CommandDto { case })))
        })
        .await
        .map(|(done, answer)| (done, HttpResponse::Ok().json(answer.0)))
    }
}

impl<T> Asked<T> {
    /// As [`Asked::done`], for what takes more than one command.
    pub(super) async fn worked<W, F>(self, work: W) -> Result<HttpResponse, Problem>
    where
        W: FnOnce(CaseView, Author, Option<Once>) -> F + Send + 'static,
        F: Future<Output = Result<Done, Problem>> + Send + 'static,
    {
        let by = Author::User(self.who.user);
        let (api, who, once, case) = (self.api, self.who, self.once, self.case);
        let it = api.clone();
        let case = api
            .run(async move {
                let done = work(case.clone(), by, once).await?;
                it.seen_after(&who, &done, &case).await
            })
            .await?;
        Ok(HttpResponse::Ok().json(CommandDto { case }))
    }
}

impl<T> Asked<T> {
    /// The request without its body, and the body.
    pub(super) fn parted(self) -> (Asked<()>, T) {
        let rest = Asked {
            api: self.api,
            who: self.who,
            case: self.case,
            body: (),
            once: self.once,
            done_at: self.done_at,
            request: self.request,
        };
        (rest, self.body)
    }
}

struct HttpAnswer(CommandDto);

impl Api {
    /// A case after a command, as somebody may see it now.
    pub(super) async fn seen_after(
        &self,
        who: &SignedIn,
        done: &Done,
        before: &CaseView,
    ) -> Result<Option<CaseDto>, Problem> {
        let view = CaseView {
            case: done.case.clone(),
            number: done.number.clone(),
            area_code: done.area_code.clone(),
            stream: before.stream.clone(),
        };
        self.app.store.plan_of(&view.case).await?;
        Ok(case_seen(&self.app, &who.viewer(), &view).await)
    }

    /// Writes into the view log; nothing may be shown when that fails.
    pub(super) async fn record_view(
        &self,
        who: &SignedIn,
        table: &'static str,
        subject: Uuid,
        fields: &[&'static str],
        case: Option<CaseId>,
        reason: &str,
    ) -> Result<(), Problem> {
        let seen = crate::store::Seen {
            id: self.app.ids.make(),
            by: who.user,
            at: self.app.clock.now(),
            case,
            reason: reason.to_owned(),
        };
        Ok(self.app.store.record_views(&seen, table, subject, fields).await?)
    }
}

/// What a command answers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CommandDto {
    /// The case as the caller may see it now; absent when it is out of their sight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseDto>,
}

/// Nothing to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What the elder said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoiceIn {
    /// `fine`, `needs_help`, `no_answer`, `unclear`, `not_the_elder`.
    #[schema(value_type = String)]
    pub result: Voice,
}

/// Somebody spoke, or tried to speak, with the elder.
#[utoipa::path(post, path = "/api/v1/cases/{id}/voice-result", tag = "commands", params(("id" = String, Path)),
    request_body = VoiceIn, responses((status = 200, body = CommandDto)))]
pub async fn voice_result(asked: Asked<VoiceIn>) -> Result<HttpResponse, Problem> {
    let result = asked.body.result;
    asked.by_desk(Command::VoiceResult { result }, None).await
}

/// Out of whose hands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeIn {
    /// Who holds the case, as the caller saw it, to take it over from them; without it a held case is refused.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub from: Option<UserId>,
}

/// Takes the case: the tone stops, nothing else. It is the caller's while they do something about it, and lapses five minutes
/// (where nothing rings: half an hour) after the last thing they did; then it is nobody's and rings again. 409 `held` with
/// `taken_by` while another holds it.
#[utoipa::path(post, path = "/api/v1/cases/{id}/take", tag = "commands", params(("id" = String, Path)),
    request_body = TakeIn, responses((status = 200, body = CommandDto)))]
pub async fn take(asked: Asked<TakeIn>) -> Result<HttpResponse, Problem> {
    let command = match asked.body.from {
        Some(from) => Command::TakeOver { from },
        None => Command::Take,
    };
    asked.by_desk(command, None).await
}

/// The holder is still at it: the take goes on, and nothing else changes. Every command of the holder does the same; this is
/// for the time between two of them. 409 `not_held` when it is not theirs, or has lapsed.
#[utoipa::path(post, path = "/api/v1/cases/{id}/keep", tag = "commands", params(("id" = String, Path)),
    responses((status = 200, body = CommandDto)))]
pub async fn keep(asked: Asked<Nothing>) -> Result<HttpResponse, Problem> {
    asked.by_desk(Command::KeepTake, None).await
}

/// Whom to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignIn {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    /// Travel time, seconds; reckoned from where they are when left out.
    #[serde(default)]
    pub eta_s: Option<u32>,
}

/// Sends somebody who said yes by phone.
#[utoipa::path(post, path = "/api/v1/cases/{id}/assign", tag = "commands", params(("id" = String, Path)),
    request_body = AssignIn, responses((status = 200, body = CommandDto)))]
pub async fn assign(asked: Asked<AssignIn>) -> Result<HttpResponse, Problem> {
    let AssignIn { responder_id, eta_s } = asked.body;
    let known = asked.api.app.picture.responder(responder_id);
    let Some(responder) = known.filter(|it| asked.may_send(it)) else {
        return Err(Problem::not_found("responder_not_found", "there is no such responder"));
    };
    let app = &asked.api.app;
    if !hears(app, responder_id, &asked.case.case) {
        let text = "they may not hear of whom this case is about";
        let wrong = FieldError::new("responder_id", "invalid_value", text);
        return Err(Problem::fields("invalid_value", vec![wrong]));
    }
    if asked.case.case.drill {
        let all = app.picture.practitioners(app.clock.now());
        if !all.iter().any(|it| it.responder == Some(responder_id)) {
            return Err(Problem::forbidden(
                "not_in_practice",
                "only who has joined the practice is sent to a practice case",
            ));
        }
    }
    let eta_s = asked.api.eta(eta_s, responder_id, &asked.case).await?;
    let command = Command::Assign {
        responder: responder_id,
        tier: responder.tier,
        eta_s,
    };
    asked.by_desk(command, None).await
}

/// Whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponderIn {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
}

/// Withdraws somebody.
#[utoipa::path(post, path = "/api/v1/cases/{id}/stand-down", tag = "commands", params(("id" = String, Path)),
    request_body = ResponderIn, responses((status = 200, body = CommandDto)))]
pub async fn stand_down(asked: Asked<ResponderIn>) -> Result<HttpResponse, Problem> {
    let responder = asked.body.responder_id;
    asked.by_desk(Command::StandDown { responder }, None).await
}

/// A text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteIn {
    /// At most 4,000 letters; kept sealed.
    pub text: String,
}

/// Writes a text beside the case. It stops no clock.
#[utoipa::path(post, path = "/api/v1/cases/{id}/note", tag = "commands", params(("id" = String, Path)),
    request_body = NoteIn, responses((status = 200, body = CommandDto)))]
pub async fn note(asked: Asked<NoteIn>) -> Result<HttpResponse, Problem> {
    let row = asked.note("text", &asked.body.text)?;
    let by = match asked.who.responder {
        Some(me) if !asked.who.viewer().is_by_area() => Author::Responder(me),
        _ => Author::User(asked.who.user),
    };
    asked
        .done(Command::Note { note: row.id }, by, Some(row))
        .await
        .map(|it| it.1)
}

impl<T> Asked<T> {
    /// Whether the desk may send somebody: who works in its area, who was asked or sent already, and the elder's own family,
    /// which works in no area. Others do not exist for it, as on every other route.
    fn may_send(&self, who: &Responder) -> bool {
        let case = &self.case.case;
        let family = |elder| self.api.app.picture.elders_of_family(who.id).contains(&elder);
        works_in(who, &self.who.scope)
            || case.offer_to(who.id).is_some()
            || case.assignment(who.id).is_some()
            || case.subject.elder().is_some_and(family)
    }

    fn note(&self, field: &str, value: &str) -> Result<NoteRow, Problem> {
        let value = text(field, value)?;
        Ok(self.api.app.desk.note(self.case.case.subject, &value)?)
    }
}

/// How serious.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RaiseIn {
    #[schema(value_type = super::dto::SeverityWord)]
    pub to: Severity,
}

/// More serious than thought.
#[utoipa::path(post, path = "/api/v1/cases/{id}/raise", tag = "commands", params(("id" = String, Path)),
    request_body = RaiseIn, responses((status = 200, body = CommandDto)))]
pub async fn raise(asked: Asked<RaiseIn>) -> Result<HttpResponse, Problem> {
    let to = asked.body.to;
    asked.by_desk(Command::Raise { to }, None).await
}

/// How serious, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LowerIn {
    #[schema(value_type = super::dto::SeverityWord)]
    pub to: Severity,
    /// Kept as a sealed note.
    pub reason: String,
}

/// Less serious than thought: wants voice contact and a reason.
#[utoipa::path(post, path = "/api/v1/cases/{id}/lower", tag = "commands", params(("id" = String, Path)),
    request_body = LowerIn, responses((status = 200, body = CommandDto)))]
pub async fn lower(asked: Asked<LowerIn>) -> Result<HttpResponse, Problem> {
    let row = asked.note("reason", &asked.body.reason)?;
    let command = Command::Lower {
        to: asked.body.to,
        reason: row.id,
    };
    asked.by_desk(command, Some(row)).await
}

/// Up to which tier.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalateIn {
    /// The next one when left out.
    #[serde(default)]
    #[schema(value_type = Option<super::dto::TierWord>)]
    pub to: Option<Tier>,
}

/// The next tier at once, or the named one.
#[utoipa::path(post, path = "/api/v1/cases/{id}/escalate", tag = "commands", params(("id" = String, Path)),
    request_body = EscalateIn, responses((status = 200, body = CommandDto)))]
pub async fn escalate(asked: Asked<EscalateIn>) -> Result<HttpResponse, Problem> {
    let to = asked.body.to;
    asked.by_desk(Command::Escalate { to }, None).await
}

/// To whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferIn {
    /// `120`, `110`, `119`, `police_grid`, `district`.
    #[schema(value_type = String)]
    pub to: Agency,
    /// Why, in words; must be given to the district, which reads it. Sealed.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Asks another body to take part; its acknowledgement is a command of its own. Where this street has a line to its district, what is
/// handed up goes over it, and answers come back as events.
#[utoipa::path(post, path = "/api/v1/cases/{id}/refer", tag = "commands", params(("id" = String, Path)),
    request_body = ReferIn, responses((status = 200, body = CommandDto)))]
pub async fn refer(asked: Asked<ReferIn>) -> Result<HttpResponse, Problem> {
    let referral = ReferralId::new(asked.api.app.ids.make());
    let to = asked.body.to;
    let linked = to == Agency::District && asked.api.app.uplink.is_some();
    let said = match asked.body.reason.as_deref() {
        // Who reads it elsewhere has nothing else to go by.
        None if linked => Some(text("reason", "")?),
        None => None,
        Some(it) => Some(text("reason", it)?),
    };
    let Some(said) = said else {
        return asked.by_desk(Command::Refer { referral, to }, None).await;
    };
    let note = asked.api.app.desk.note(asked.case.case.subject, &said)?;
    let reason = note.id;
    let command = Command::ReferBecause { referral, to, reason };
    asked.by_desk(command, Some(note)).await
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FalseAlarmIn {
    /// `mis_press`, `went_out`, `cleaning`, `cooking`, `test`, `device_fault`.
    #[schema(value_type = String)]
    pub reason: FalseReason,
}

/// Nothing was wrong: stands everybody down and, with the proof that the case holds, closes.
#[utoipa::path(post, path = "/api/v1/cases/{id}/false-alarm", tag = "commands", params(("id" = String, Path)),
    request_body = FalseAlarmIn, responses((status = 200, body = CommandDto)))]
pub async fn false_alarm(asked: Asked<FalseAlarmIn>) -> Result<HttpResponse, Problem> {
    let reason = asked.body.reason;
    asked.by_desk(Command::FalseAlarm { reason }, None).await
}

/// How.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveIn {
    /// `helped`, `handed_over`, `false_alarm`, `fine_by_voice`, `device_fault`, `service_done`, `service_cancelled` (of one that was taken back), `suspected_death`.
    #[schema(value_type = String)]
    pub outcome: Outcome,
}

/// The situation is over.
#[utoipa::path(post, path = "/api/v1/cases/{id}/resolve", tag = "commands", params(("id" = String, Path)),
    request_body = ResolveIn, responses((status = 200, body = CommandDto)))]
pub async fn resolve(asked: Asked<ResolveIn>) -> Result<HttpResponse, Problem> {
    let outcome = asked.body.outcome;
    asked.by_desk(Command::Resolve { outcome }, None).await
}

/// Until when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewIn {
    /// At most 24 hours away.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
}

/// A sensor's case waits, resolved, for the morning's review.
#[utoipa::path(post, path = "/api/v1/cases/{id}/await-review", tag = "commands", params(("id" = String, Path)),
    request_body = ReviewIn, responses((status = 200, body = CommandDto)))]
pub async fn await_review(asked: Asked<ReviewIn>) -> Result<HttpResponse, Problem> {
    let until = asked.body.until;
    asked.by_desk(Command::AwaitReview { until }, None).await
}

/// How it ended, and what proves it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseIn {
    /// The outcome of the resolution when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub outcome: Option<Outcome>,
    pub proof: ProofIn,
}

/// What proves it. For `second_look`, the other person must have posted `second-look` within 10 minutes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofIn {
    /// `voice_contact`, `on_scene`, `second_look`, `none`.
    pub r#type: String,
    /// With `second_look`: who looked.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub by: Option<UserId>,
}

/// Done.
#[utoipa::path(post, path = "/api/v1/cases/{id}/close", tag = "commands", params(("id" = String, Path)),
    request_body = CloseIn, responses((status = 200, body = CommandDto)))]
pub async fn close(asked: Asked<CloseIn>) -> Result<HttpResponse, Problem> {
    let proof = match (asked.body.proof.r#type.as_str(), asked.body.proof.by) {
        ("voice_contact", None) => Proof::VoiceContact,
        ("on_scene", None) => Proof::OnScene,
        ("none", None) => Proof::None,
        ("second_look", Some(by)) => {
            let (api, case) = (asked.api.clone(), asked.id());
            let looked = asked.api.run(async move { api.has_looked(case, by).await }).await?;
            if !looked {
                return Err(Problem::new(
                    actix_web::http::StatusCode::CONFLICT,
                    "second_look_missing",
                    "they have not looked at this case within the last 10 minutes",
                ));
            }
            Proof::SecondLook { by }
        }
        ("second_look", None) => {
            let wrong = FieldError::new("proof.by", "missing_field", "a second look names who looked");
            return Err(Problem::fields("missing_field", vec![wrong]));
        }
        ("voice_contact" | "on_scene" | "none", Some(_)) => {
            let wrong = FieldError::new("proof.by", "unknown_field", "only a second look names somebody");
            return Err(Problem::fields("unknown_field", vec![wrong]));
        }
        _ => {
            let known = "known: voice_contact, on_scene, second_look, none";
            return Err(Problem::fields(
                "invalid_value",
                vec![FieldError::new("proof.type", "invalid_value", known)],
            ));
        }
    };
    let outcome = asked.body.outcome;
    asked.by_desk(Command::Close { outcome, proof }, None).await
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenIn {
    /// Kept as a sealed note.
    pub reason: String,
}

/// It was not over after all.
#[utoipa::path(post, path = "/api/v1/cases/{id}/reopen", tag = "commands", params(("id" = String, Path)),
    request_body = ReopenIn, responses((status = 200, body = CommandDto)))]
pub async fn reopen(asked: Asked<ReopenIn>) -> Result<HttpResponse, Problem> {
    let row = asked.note("reason", &asked.body.reason)?;
    asked.by_desk(Command::Reopen { reason: row.id }, Some(row)).await
}

/// What was found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUpIn {
    /// `well`, `needs_service`, `needs_help`, `declined`; `not_reached` is a try.
    #[schema(value_type = String)]
    pub result: Aftercare,
    /// How they were asked, or tried: `phone`, `visit`, `message`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub how: Option<AskedBy>,
    /// Of a follow-up that has reached somebody, once: `satisfied`, `mostly_satisfied`, `dissatisfied`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub satisfaction: Option<Satisfaction>,
    /// With it: by whose word, `elder` or `family`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub said_by: Option<AskedWhom>,
}

impl FollowUpIn {
    /// What is said of how they were helped, if it is.
    fn rating(&self) -> Result<Option<(Satisfaction, AskedWhom)>, Problem> {
        let wrong =
            |field, code: &'static str, why| Err(Problem::fields(code, vec![FieldError::new(field, code, why)]));
        match (self.satisfaction, self.said_by) {
            (None, None) => Ok(None),
            (None, Some(_)) => wrong(
                "satisfaction",
                "missing_field",
                "who has said it goes with what was said",
            ),
            (Some(_), None) => wrong("said_by", "missing_field", "by whose word: elder or family"),
            (Some(_), Some(_)) if matches!(self.result, Aftercare::NotReached | Aftercare::Declined) => {
                wrong("satisfaction", "invalid_value", "nobody has answered")
            }
            (Some(satisfaction), Some(said_by)) => Ok(Some((satisfaction, said_by))),
        }
    }
}

/// What a follow-up or a welfare review has found. A result closes it; nobody reached is a try, one in 15 minutes, and the third
/// closes a follow-up. `needs_help` reports an alert as well, so that help comes at once. How satisfied they are is said once: another word
/// later is refused (409 `not_now`).
#[utoipa::path(post, path = "/api/v1/cases/{id}/follow-up", tag = "commands", params(("id" = String, Path)),
    request_body = FollowUpIn, responses((status = 200, body = CommandDto)))]
pub async fn follow_up(asked: Asked<FollowUpIn>) -> Result<HttpResponse, Problem> {
    let (result, how, rating) = (asked.body.result, asked.body.how, asked.body.rating()?);
    let case = asked.case.case.clone();
    if rating.is_some() && case.kind != Kind::FollowUp {
        let why = "only of a follow-up: a review is about the elder";
        return Err(Problem::fields(
            "invalid_value",
            vec![FieldError::new("satisfaction", "invalid_value", why)],
        ));
    }
    if result == Aftercare::NeedsHelp && case.kind.is_aftercare() && case.state.is_open() {
        let (api, user) = (asked.api.clone(), asked.who.user);
        // First the help, then the paperwork. Said twice, it is one alert.
        asked
            .api
            .run(async move { Ok(api.app.desk.call_for_help(&case, user).await?) })
            .await?;
    }
    let by = match asked.who.responder {
        Some(me) if !asked.who.viewer().is_by_area() => Author::Responder(me),
        _ => Author::User(asked.who.user),
    };
    let (api, who, before) = (asked.api.clone(), asked.who.clone(), asked.case.clone());
    let (_, answer) = asked.done(Command::FollowUp { result, how }, by, None).await?;
    let Some((satisfaction, said_by)) = rating else {
        return Ok(answer);
    };
    // After the result. Should it not come to this, the same request once more says it: the result is known then.
    let it = api.clone();
    let case = api
        .run(async move {
            let command = Command::RateHelp { satisfaction, said_by };
            let done = it.app.desk.handle(before.case.id, command, by).await?;
            it.seen_after(&who, &done, &before).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(CommandDto { case }))
}

/// A second person has looked at the case and agrees that it may be closed; it counts for 10 minutes, for another's closing.
#[utoipa::path(post, path = "/api/v1/cases/{id}/second-look", tag = "commands", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn second_look(asked: Asked<Nothing>) -> Result<HttpResponse, Problem> {
    let (api, case, who) = (asked.api.clone(), asked.id(), asked.who);
    asked
        .api
        .run(async move {
            api.record_view(
                &who,
                "cases",
                case.as_uuid(),
                &[SECOND_LOOK],
                Some(case),
                "second look before closing",
            )
            .await
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Shows a responder who is coming the door code and key box before they stand at the door.
#[utoipa::path(post, path = "/api/v1/cases/{id}/grant-access", tag = "commands", params(("id" = String, Path)),
    request_body = ResponderIn, responses((status = 204)))]
pub async fn grant_access(asked: Asked<ResponderIn>) -> Result<HttpResponse, Problem> {
    let responder = asked.body.responder_id;
    if !asked.case.case.assignment(responder).is_some_and(|it| it.is_active()) {
        return Err(crate::case::Refusal::NotAssigned.into());
    }
    let (api, case, who) = (asked.api.clone(), asked.id(), asked.who);
    asked
        .api
        .run(async move {
            api.record_view(
                &who,
                "cases",
                case.as_uuid(),
                &[GRANT],
                Some(case),
                &responder.to_string(),
            )
            .await
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lines of the view log of one case that are looked through.
const VIEWS_MAX: u64 = 500;

impl Api {
    async fn has_looked(&self, case: CaseId, by: UserId) -> Result<bool, Problem> {
        let now = self.app.clock.now();
        let views = self.views_before(case.as_uuid(), now).await?;
        Ok(views
            .iter()
            .any(|it| it.field == SECOND_LOOK && it.by == by && now.duration_since(it.at) <= SECOND_LOOK_WITHIN))
    }

    /// Whether the desk has granted the door code to a responder since they said yes.
    pub(super) async fn is_granted(&self, case: CaseId, to: ResponderId, since: Timestamp) -> Result<bool, Problem> {
        let views = self.views_before(case.as_uuid(), self.app.clock.now()).await?;
        let to = to.to_string();
        Ok(views
            .iter()
            .any(|it| it.field == GRANT && it.reason == to && it.at >= since))
    }

    async fn views_before(&self, subject: Uuid, now: Timestamp) -> Result<Vec<crate::store::View>, Problem> {
        let all = self.app.store.views_of(subject, None, VIEWS_MAX).await?;
        Ok(all.into_iter().filter(|it| it.at <= now).collect())
    }
}
