//! `/api/v1/district`: of a district, its streets: who may report, how each stands, what they have handed up, and the answers. Of a
//! street: how its own line to the district stands.
//!
//! Holds always: the board names no person and holds no words of anybody; what was written at a hand-up is read by a desk, one by one,
//! and the look is recorded.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::dto::{SeverityWord, StateWord, TierWord};
use super::problem::{FieldError, Problem};
use super::wire::{Body, PageDto, idempotency_key, path_id, text};
use crate::case::{ReferralAnswer, Severity, Standing, State, Summary};
use crate::ids::{AnswerId, CaseId, NodeId, ReferralId, UserId};
use crate::link::Figures;
use crate::people::{AreaCode, PrefixSet, Tier};
use crate::store::LinkToken;
use crate::store::links::{AnswerRow, HandupRow, NewStreet, Street};

/// A street that has said nothing for so long is cut off, also where nobody has seen its line end: it speaks every 10 s, and that is
/// written every 10 s.
const CUT_OFF_AFTER: SignedDuration = SignedDuration::from_secs(40);
/// Two critical cases that nobody has answered for so long ring at the district.
const RINGS_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// And so many.
const RINGS_FROM: usize = 2;
/// The board tells of what was handed up within this, and of all that waits.
const HANDUPS_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Letters of a street's name.
const LABEL_MAX: usize = 60;
/// Areas of one street at most.
const AREAS_MAX: usize = 20;
/// Letters of a name under an answer.
const BY_MAX: usize = 60;

/// An area of a street.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StreetAreaDto {
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
}

/// Seconds, by nearest rank.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StreetSpreadDto {
    /// Of how many cases; of none the rest is absent.
    pub cases: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_s: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_s: Option<u64>,
}

/// What a street says of itself about once a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StreetFiguresDto {
    /// Of when, by the street's clock.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who is at work.
    pub on_duty: u32,
    /// Of these: on the way, or there.
    pub busy: u32,
    /// Calls for help since the street's midnight.
    pub calls_today: u32,
    pub to_accept: StreetSpreadDto,
    pub to_arrive: StreetSpreadDto,
    /// Calls in which somebody came, or should have come by now.
    pub due_at_door: u32,
    /// Of these: within 15 minutes.
    pub in_time: u32,
}

/// How a street stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StreetDto {
    #[schema(value_type = String)]
    pub id: NodeId,
    pub label: String,
    pub areas: Vec<StreetAreaDto>,
    /// `up`; `beginning` (it tells what is open, and not all of it is here yet); `cut_off`; `never` (it has not called yet); `revoked`.
    pub link: String,
    /// Of `cut_off`, `revoked`, `never`: since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// When it was heard last, to some seconds. What stands below is of then at the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub heard_at: Option<Timestamp>,
    /// Open cases, by severity.
    pub critical: u32,
    pub urgent: u32,
    pub routine: u32,
    pub technical: u32,
    /// Of the critical ones: nobody has said yes, and nobody at a desk has them in hand.
    pub unanswered: u32,
    /// When the oldest critical one was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_at: Option<Timestamp>,
    /// When the oldest of those that nobody has answered was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub unanswered_since: Option<Timestamp>,
    /// Nobody was at the door in time.
    pub late: u32,
    /// Two critical ones have been without an answer for a minute: the district's desk rings.
    pub rings: bool,
    /// Absent: it has sent none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<StreetFiguresDto>,
}

/// An answer to a hand-up, without its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandupAnswerDto {
    #[schema(value_type = String)]
    pub id: AnswerId,
    /// `acknowledged`, `advice`, `taken`, `declined`.
    #[schema(value_type = String)]
    pub answer: ReferralAnswer,
    #[schema(value_type = String)]
    pub by: UserId,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When the street said what became of it; absent: it has not arrived there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub landed_at: Option<Timestamp>,
    /// Why it is in no case of the street: `case_over`, `no_such_referral`, `case_not_found`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A case that was handed up, without its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandupDto {
    #[schema(value_type = String)]
    pub id: ReferralId,
    #[schema(value_type = String)]
    pub street: NodeId,
    #[schema(value_type = String)]
    pub case_id: CaseId,
    pub case_number: String,
    /// What was reported.
    pub kind: String,
    #[schema(value_type = SeverityWord)]
    pub severity: Severity,
    /// When it was handed up, by the street's clock.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// How it stands with the street: `waiting`, `acknowledged`, `waived`, `over`.
    #[schema(value_type = String)]
    pub standing: Standing,
    /// The street waits and nobody here has answered: the district's desk rings.
    pub rings: bool,
    /// Oldest first.
    pub answers: Vec<HandupAnswerDto>,
}

/// The district.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DistrictDto {
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// The district's own clocks: minutes that they are ahead of UTC.
    pub utc_offset_min: i32,
    /// By name; those that were shut out are not here.
    pub streets: Vec<StreetDto>,
    /// The newest first: of the last 24 hours, and all that wait.
    pub handups: Vec<HandupDto>,
}

/// A street that may report, for whoever lets it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StreetNodeDto {
    #[schema(value_type = String)]
    pub id: NodeId,
    pub label: String,
    pub areas: Vec<StreetAreaDto>,
    #[schema(value_type = String)]
    pub made_by: UserId,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// As on the board.
    pub link: String,
}

/// A street to be let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreetIn {
    /// Its name on the board, 1 to 60 letters.
    pub label: String,
    /// Codes of its areas, 1 to 20, each within the caller's own.
    pub areas: Vec<String>,
}

/// A street's key, told once: it is kept nowhere as it stands here.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct StreetKeyDto {
    /// `link.node` of the street.
    #[schema(value_type = String)]
    pub id: NodeId,
    /// What goes into the file `link.key_file` of the street.
    pub key: String,
}

/// A case of a street, as the district sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StreetCaseDto {
    #[schema(value_type = String)]
    pub id: CaseId,
    pub number: String,
    /// What was reported.
    pub kind: String,
    #[schema(value_type = SeverityWord)]
    pub severity: Severity,
    #[schema(value_type = StateWord)]
    pub state: State,
    #[schema(value_type = TierWord)]
    pub tier: Tier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<StreetAreaDto>,
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// When it is looked at next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// When somebody must be at the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub door_by: Option<Timestamp>,
    pub door_late: bool,
    pub unanswered: bool,
}

/// The words of a hand-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandupWordsDto {
    pub handup: HandupDto,
    /// Why it was handed up; absent: nothing was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was answered, in the order of the answers; null: it does not open.
    pub texts: Vec<Option<String>>,
}

/// An answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandupAnswerIn {
    /// `acknowledged`, `advice`, `taken`, `declined`.
    #[schema(value_type = String)]
    pub answer: ReferralAnswer,
    /// In words. May be left out where it is only acknowledged. Sealed.
    #[serde(default)]
    pub text: Option<String>,
    /// Who says it, as the street shall read it; left out: the account's name.
    #[serde(default)]
    pub by: Option<String>,
}

/// How the line of this street to its district stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UplinkDto {
    /// Whether there is a district; if not the rest is absent.
    pub configured: bool,
    /// The line stands.
    pub up: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Why it does not stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Records of the log that the district has not acknowledged.
    pub behind: u64,
    /// By which telephone the district is reached while the line is cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// How a line stands, and since when if that is told.
fn link_of(it: &Street, now: Timestamp) -> (&'static str, Option<Timestamp>) {
    if let Some(at) = it.revoked_at {
        return ("revoked", Some(at));
    }
    let Some(heard_at) = it.heard_at else {
        return ("never", Some(it.made_at));
    };
    if let Some(at) = it.gone_at {
        return ("cut_off", Some(at));
    }
    if now.duration_since(heard_at) > CUT_OFF_AFTER {
        return ("cut_off", Some(heard_at));
    }
    match it.whole_at {
        Some(_) => ("up", None),
        None => ("beginning", None),
    }
}

fn count(it: usize) -> u32 {
    u32::try_from(it).unwrap_or(u32::MAX)
}

fn figures_dto(text: &str) -> Option<StreetFiguresDto> {
    // Kept as they came: a street may be newer than its district.
    let it: Figures = serde_json::from_str(text).ok()?;
    let spread = |it: crate::link::figures::Spread| StreetSpreadDto {
        cases: it.cases,
        p50_s: it.p50_s,
        p90_s: it.p90_s,
    };
    Some(StreetFiguresDto {
        at: it.at,
        on_duty: it.on_duty,
        busy: it.busy,
        calls_today: it.calls_today,
        to_accept: spread(it.to_accept),
        to_arrive: spread(it.to_arrive),
        due_at_door: it.due_at_door,
        in_time: it.in_time,
    })
}

fn rings(unanswered: &[Timestamp], now: Timestamp) -> bool {
    let long = unanswered.iter().filter(|it| now.duration_since(**it) >= RINGS_AFTER);
    long.count() >= RINGS_FROM
}

fn handup_dto(it: &HandupRow, answers: &[AnswerRow]) -> HandupDto {
    let answers: Vec<HandupAnswerDto> = answers
        .iter()
        .filter(|one| one.handup == it.id)
        .map(|it| HandupAnswerDto {
            id: it.id,
            answer: it.answer,
            by: it.by,
            at: it.made_at,
            landed_at: it.landed_at,
            refused: it.refused.clone(),
        })
        .collect();
    HandupDto {
        id: it.id,
        street: it.node,
        case_id: it.case,
        case_number: it.case_number.clone(),
        kind: it.kind.clone(),
        severity: it.severity,
        asked_at: it.asked_at,
        received_at: it.received_at,
        standing: it.standing,
        rings: it.standing == Standing::Waiting && answers.is_empty(),
        answers,
    }
}

fn no_handup() -> Problem {
    Problem::not_found("handup_not_found", "this street has handed up no such case")
}

/// The street of a path, for the guard.
pub(super) fn no_street() -> Problem {
    Problem::not_found("street_not_found", "there is no such street")
}

impl Api {
    fn street_area(&self, code: AreaCode) -> StreetAreaDto {
        StreetAreaDto {
            area_code: code.to_string(),
            area_name: self.app.picture.area_name(code),
        }
    }

    fn street_dto(&self, it: Street, cases: &[Summary], now: Timestamp) -> StreetDto {
        let (link, since) = link_of(&it, now);
        let of = |severity| count(cases.iter().filter(|it| it.severity == severity).count());
        let critical = || cases.iter().filter(|it| it.severity == Severity::Critical);
        let unanswered: Vec<Timestamp> = critical().filter(|it| it.unanswered).map(|it| it.opened_at).collect();
        StreetDto {
            id: it.id,
            areas: it.scope.iter().map(|it| self.street_area(it)).collect(),
            link: link.to_owned(),
            since,
            heard_at: it.heard_at,
            critical: of(Severity::Critical),
            urgent: of(Severity::Urgent),
            routine: of(Severity::Routine),
            technical: of(Severity::Technical),
            unanswered: count(unanswered.len()),
            oldest_at: critical().map(|it| it.opened_at).min(),
            unanswered_since: unanswered.iter().min().copied(),
            late: count(cases.iter().filter(|it| it.door_late).count()),
            rings: rings(&unanswered, now),
            figures: it.figures.as_deref().and_then(figures_dto),
            label: it.label,
        }
    }
}

/// The streets of the caller's areas, and what they have handed up.
#[utoipa::path(get, path = "/api/v1/district/board", tag = "district", responses((status = 200, body = DistrictDto)))]
pub async fn board(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let board = api
        .run(async move {
            let (store, now) = (&it.app.store, it.app.clock.now());
            let all = store.streets().await?;
            let mut streets = Vec::new();
            let theirs = all
                .into_iter()
                .filter(|it| it.revoked_at.is_none() && who.scope.covers(&it.scope));
            for street in theirs {
                let cases = store.street_cases(street.id).await?;
                streets.push(it.street_dto(street, &cases, now));
            }
            let since = now.checked_sub(HANDUPS_FOR).unwrap_or(Timestamp::MIN);
            let mut handups = store.handups(since).await?;
            handups.retain(|it| streets.iter().any(|street| street.id == it.node));
            let ids: Vec<ReferralId> = handups.iter().map(|it| it.id).collect();
            let answers = store.answers_to(&ids).await?;
            Ok(DistrictDto {
                as_of: now,
                utc_offset_min: it.utc_offset_min(),
                streets,
                handups: handups.iter().map(|it| handup_dto(it, &answers)).collect(),
            })
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(board))
}

/// The streets of the caller's areas that were let in, also those that were shut out again.
#[utoipa::path(get, path = "/api/v1/district/streets", tag = "district", responses((status = 200, body = PageDto<StreetNodeDto>)))]
pub async fn streets(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let now = it.app.clock.now();
            let all = it.app.store.streets().await?;
            let theirs = all.into_iter().filter(|it| who.scope.covers(&it.scope));
            let dto = |one: Street| StreetNodeDto {
                id: one.id,
                link: link_of(&one, now).0.to_owned(),
                areas: one.scope.iter().map(|code| it.street_area(code)).collect(),
                made_by: one.by,
                made_at: one.made_at,
                label: one.label,
            };
            Ok(PageDto {
                items: theirs.map(dto).collect(),
                next: None,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Lets a street in: answers its key.
#[utoipa::path(post, path = "/api/v1/district/streets", tag = "district", request_body = StreetIn, responses((status = 201, body = StreetKeyDto),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn let_in(api: web::Data<Api>, who: SignedIn, body: Body<StreetIn>) -> Result<HttpResponse, Problem> {
    let label = body.value.label.trim().to_owned();
    if label.is_empty() || label.chars().count() > LABEL_MAX {
        let wrong = FieldError::new("label", "invalid_value", format!("must have 1 to {LABEL_MAX} letters"));
        return Err(Problem::fields("invalid_value", vec![wrong]));
    }
    let scope = scope_of(&who, &body.value.areas)?;
    let key = LinkToken::make()?;
    let (it, now) = (api.get_ref().clone(), api.app.clock.now());
    let new = NewStreet {
        id: NodeId::new(it.app.ids.make()),
        label,
        scope,
        by: who.user,
    };
    let made = StreetKeyDto {
        id: new.id,
        key: key.reveal(),
    };
    api.run(async move {
        tracing::info!(street = %new.id, user.id = %who.user, "a street was let in");
        Ok(it.app.store.add_street(new, &key, now).await?)
    })
    .await?;
    Ok(told_once(StatusCode::CREATED, made))
}

fn told_once(status: StatusCode, made: StreetKeyDto) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(made)
}

fn scope_of(who: &SignedIn, areas: &[String]) -> Result<PrefixSet, Problem> {
    let wrong = |text: &str| Problem::fields("invalid_value", vec![FieldError::new("areas", "invalid_value", text)]);
    if areas.is_empty() || areas.len() > AREAS_MAX {
        return Err(wrong("must be 1 to 20 areas"));
    }
    let read = areas.iter().map(|it| it.parse::<AreaCode>());
    let scope: PrefixSet = read
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| wrong("must be codes of 6, 9, 12 or 15 digits"))?
        .into_iter()
        .collect();
    if !who.scope.covers(&scope) {
        return Err(wrong("must lie within your own areas"));
    }
    Ok(scope)
}

/// Another key for a street: the one before is good no more, and a street that was shut out is let in again.
#[utoipa::path(post, path = "/api/v1/district/streets/{id}/key", tag = "district", params(("id" = String, Path)),
    responses((status = 200, body = StreetKeyDto)))]
pub async fn renew(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: NodeId = path_id(&request, "id")?;
    let key = LinkToken::make()?;
    let made = StreetKeyDto { id, key: key.reveal() };
    let it = api.get_ref().clone();
    api.run(async move {
        it.app.store.renew_street(id, &key).await?;
        it.app.gate.nudge(id);
        tracing::info!(street = %id, user.id = %who.user, "a street has got another key");
        Ok(())
    })
    .await?;
    Ok(told_once(StatusCode::OK, made))
}

/// Shuts a street out: its line is ended.
#[utoipa::path(post, path = "/api/v1/district/streets/{id}/revoke", tag = "district", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn revoke(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: NodeId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    api.run(async move {
        it.app.store.revoke_street(id, it.app.clock.now()).await?;
        it.app.gate.nudge(id);
        tracing::info!(street = %id, user.id = %who.user, "a street was shut out");
        Ok(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What is open in a street, the gravest first.
#[utoipa::path(get, path = "/api/v1/district/streets/{id}/cases", tag = "district", params(("id" = String, Path)),
    responses((status = 200, body = PageDto<StreetCaseDto>)))]
pub async fn cases(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: NodeId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let mut all = it.app.store.street_cases(id).await?;
            all.sort_by_key(|it| (std::cmp::Reverse(it.severity), !it.unanswered, it.opened_at, it.case));
            let dto = |one: Summary| StreetCaseDto {
                id: one.case,
                number: one.number,
                kind: one.kind,
                severity: one.severity,
                state: one.state,
                tier: one.tier,
                area: one.area.map(|code| it.street_area(code)),
                opened_at: one.opened_at,
                due_at: one.due_at,
                door_by: one.door_by,
                door_late: one.door_late,
                unanswered: one.unanswered,
            };
            Ok(PageDto {
                items: all.into_iter().map(dto).collect(),
                next: None,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

impl Api {
    /// A hand-up with its words.
    async fn handup_words(&self, street: NodeId, id: ReferralId) -> Result<HandupWordsDto, Problem> {
        let store = &self.app.store;
        let row = store.handup(street, id).await?.ok_or_else(no_handup)?;
        let answers = store.answers_to(&[id]).await?;
        let keys = store.keys()?;
        let open = |it: &AnswerRow| {
            let opened = keys.open_text(&it.content, "link_answer", "content", it.id.as_uuid());
            opened.ok()
        };
        let reason = row
            .reason
            .as_ref()
            .and_then(|it| keys.open_text(it, "link_handup", "reason", id.as_uuid()).ok());
        Ok(HandupWordsDto {
            handup: handup_dto(&row, &answers),
            reason,
            texts: answers.iter().map(open).collect(),
        })
    }
}

/// A hand-up with its words. The look is recorded.
#[utoipa::path(get, path = "/api/v1/district/streets/{id}/handups/{rid}", tag = "district",
    params(("id" = String, Path), ("rid" = String, Path)), responses((status = 200, body = HandupWordsDto)))]
pub async fn handup(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (street, id): (NodeId, ReferralId) = (path_id(&request, "id")?, path_id(&request, "rid")?);
    let it = api.get_ref().clone();
    let words = api
        .run(async move {
            let words = it.handup_words(street, id).await?;
            let fields = &["link_handup.reason", "link_answer.content"];
            it.record_view(
                &who,
                "link_handup",
                id.as_uuid(),
                fields,
                None,
                "a case that was handed up",
            )
            .await?;
            Ok(words)
        })
        .await?;
    Ok(HttpResponse::Ok().json(words))
}

/// Answers a hand-up: the answer goes to the street, and is an event of its case. Taken by an `Idempotency-Key` once.
#[utoipa::path(post, path = "/api/v1/district/streets/{id}/handups/{rid}/answers", tag = "district",
    params(("id" = String, Path), ("rid" = String, Path)), request_body = HandupAnswerIn,
    responses((status = 200, body = HandupWordsDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn answer(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<HandupAnswerIn>,
) -> Result<HttpResponse, Problem> {
    let (street, id): (NodeId, ReferralId) = (path_id(&request, "id")?, path_id(&request, "rid")?);
    let key = idempotency_key(&request)?;
    let body = body.value;
    let said = body.text.as_deref().filter(|it| !it.trim().is_empty());
    let said = match (body.answer, said) {
        (ReferralAnswer::Acknowledged, None) => None,
        (_, it) => Some(text("text", it.unwrap_or_default())?),
    };
    let by = match body.by.as_deref().map(str::trim).filter(|it| !it.is_empty()) {
        Some(it) if it.chars().count() > BY_MAX => {
            let wrong = FieldError::new("by", "too_long", format!("may have {BY_MAX} letters"));
            return Err(Problem::fields("too_long", vec![wrong]));
        }
        Some(it) => it.to_owned(),
        None => who.username.clone(),
    };
    let content = said.map_or_else(|| by.clone(), |it| format!("{by}: {it}"));
    let it = api.get_ref().clone();
    let words = api
        .run(async move {
            let (store, now) = (&it.app.store, it.app.clock.now());
            let row = store.handup(street, id).await?.ok_or_else(no_handup)?;
            let answer = match key {
                Some(key) => AnswerId::derive(id.as_uuid(), &format!("{} {key}", who.user)),
                None => AnswerId::new(it.app.ids.make()),
            };
            let known = it.handup_words(street, id).await?;
            let mut said = known.handup.answers.iter().zip(&known.texts);
            if let Some((before, text)) = said.find(|(one, _)| one.id == answer) {
                let same = before.answer == body.answer && text.as_deref() == Some(content.as_str());
                return if same { Ok(known) } else { Err(crate::dispatch::DeskError::KeyReused.into()) };
            }
            if row.standing == Standing::Over {
                return Err(Problem::conflict("handup_over", "the case is closed in its street"));
            }
            let general = store.keys()?.general().clone();
            let sealed = general.seal("link_answer", "content", answer.as_uuid(), content.as_bytes());
            let new = AnswerRow {
                id: answer,
                handup: id,
                node: street,
                answer: body.answer,
                content: sealed.map_err(crate::store::StoreError::from)?,
                by: who.user,
                made_at: now,
                landed_at: None,
                refused: None,
            };
            store.add_answer(new).await?;
            it.app.gate.nudge(street);
            tracing::info!(street = %street, user.id = %who.user, answer = body.answer.as_str(), "a hand-up was answered");
            it.handup_words(street, id).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(words))
}

/// How the line of this street to its district stands.
#[utoipa::path(get, path = "/api/v1/district/uplink", tag = "district", responses((status = 200, body = UplinkDto)))]
pub async fn uplink(api: web::Data<Api>) -> HttpResponse {
    let dto = match &api.app.uplink {
        None => UplinkDto {
            configured: false,
            up: false,
            since: None,
            why: None,
            behind: 0,
            phone: None,
        },
        Some(it) => {
            let standing = it.standing();
            UplinkDto {
                configured: true,
                up: standing.down.is_none(),
                since: Some(standing.since),
                why: standing.down,
                behind: standing.behind,
                phone: it.phone().map(str::to_owned),
            }
        }
    };
    HttpResponse::Ok().json(dto)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_silent_street_is_cut_off_and_never_calm() {
        let street = |heard: Option<i64>, gone: Option<i64>, whole: Option<i64>, revoked: Option<i64>| Street {
            id: NodeId::new(uuid::Uuid::nil()),
            label: "杨村街道".to_owned(),
            scope: PrefixSet::from_iter([]),
            by: UserId::new(uuid::Uuid::nil()),
            made_at: at(0),
            revoked_at: revoked.map(at),
            whole_at: whole.map(at),
            heard_at: heard.map(at),
            gone_at: gone.map(at),
            figures: None,
            figures_at: None,
        };
        for (it, now, found) in [
            (street(None, None, None, None), 5, ("never", Some(0))),
            (street(Some(10), None, None, None), 20, ("beginning", None)),
            (street(Some(10), None, Some(10), None), 50, ("up", None)),
            // The process that held the line has died with it: nobody has written that it ended.
            (street(Some(10), None, Some(10), None), 51, ("cut_off", Some(10))),
            (street(Some(10), Some(30), Some(10), None), 31, ("cut_off", Some(30))),
            (street(Some(10), None, Some(10), Some(12)), 13, ("revoked", Some(12))),
        ] {
            assert_eq!(link_of(&it, at(now)), (found.0, found.1.map(at)), "{it:?}");
        }
    }

    #[test]
    fn two_that_nobody_answers_for_a_minute_ring() {
        assert!(!rings(&[at(0)], at(600)), "one rings in its street");
        assert!(!rings(&[at(0), at(1)], at(60)));
        assert!(rings(&[at(0), at(1)], at(61)));
        assert!(!rings(&[], at(61)));
    }
}
