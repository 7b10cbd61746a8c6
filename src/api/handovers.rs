//! The hand-over of a desk to the next shift: who hands over, which critical cases the next one signs, who takes over.
//!
//! Begun by who goes, signed and completed by who comes, each in a session of their own. What must be signed is what is open
//! and critical at that moment, so that a case that comes in the middle joins by itself. The rules are
//! [`crate::people::handover`]'s. A rota may name in `to` who is expected; it decides nothing here.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::SignedIn;
use super::problem::Problem;
use super::wire::{Body, Listed, PageDto, Query, idempotency_key, limit, path_id, read_cursor, text, write_cursor};
use super::{Api, dto};
use crate::case::{Kind, Lane, Severity, State};
use crate::dispatch::Handovers;
use crate::ids::{CaseId, HandoverId, NoteId, UserId};
use crate::people::Role;
use crate::people::handover::{Handover, Signature};
use crate::store::cases::CaseView;

/// Accounts that are looked through for the colleagues of somebody.
const COLLEAGUES_MAX: usize = 2_000;

/// Whether a hand-over exists for somebody: all its areas are theirs, and a dispatcher sees those that go on and their own.
pub(super) fn may_see(who: &SignedIn, it: &Handover) -> bool {
    let theirs = who.role != Role::Dispatcher || it.end.is_none() || it.has_part(who.user);
    theirs && !it.scope.is_empty() && who.scope.covers(&it.scope)
}

pub(super) fn no_handover() -> Problem {
    Problem::not_found("handover_not_found", "there is no such hand-over")
}

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonDto {
    #[schema(value_type = String)]
    pub user_id: UserId,
    pub username: String,
}

/// Somebody at a desk whose areas and the caller's meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ColleagueDto {
    #[schema(value_type = String)]
    pub user_id: UserId,
    pub username: String,
    /// `dispatcher`, `duty_leader`, `admin`, `auditor`.
    #[schema(value_type = String)]
    pub role: Role,
}

/// Who has signed a case of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignatureDto {
    #[schema(value_type = String)]
    pub case_id: CaseId,
    /// The case's number.
    pub number: String,
    pub by: PersonDto,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// How many records the case's log had: what was read.
    pub version: u32,
}

/// A critical case that is open now: it must be signed by who takes over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandoverItemDto {
    #[schema(value_type = String)]
    pub case_id: CaseId,
    pub number: String,
    #[schema(value_type = String)]
    pub kind: Kind,
    #[schema(value_type = dto::SeverityWord)]
    pub severity: Severity,
    #[schema(value_type = dto::LaneWord)]
    pub lane: Lane,
    #[schema(value_type = dto::StateWord)]
    pub state: State,
    /// It was not critical and open when the hand-over began.
    pub joined: bool,
    /// How many records its log has; a signature with fewer was given before the last of them.
    pub version: u32,
    /// The newest signature under it, whoever's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<SignatureDto>,
}

/// A desk handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandoverDto {
    #[schema(value_type = String)]
    pub id: HandoverId,
    /// `open`, `completed`, `withdrawn`.
    pub state: String,
    /// Codes of the areas of the desk.
    pub scope: Vec<String>,
    /// Who hands over.
    pub from: PersonDto,
    /// Who is expected, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PersonDto>,
    #[schema(value_type = String, format = DateTime)]
    pub begun_at: Timestamp,
    /// Who took over; absent while it goes on, and when it was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// How many cases were open when it began.
    pub open_then: u32,
    /// How many of them were critical.
    pub critical_then: usize,
    /// How many texts belong to it.
    pub notes: usize,
    /// Who signed what, oldest first.
    pub signatures: Vec<SignatureDto>,
    /// How many lines its record has.
    pub version: u32,
}

/// A hand-over, and while it goes on what must be signed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandoverSheetDto {
    pub handover: HandoverDto,
    /// The open critical cases of the desk, oldest first; empty when it has ended.
    pub items: Vec<HandoverItemDto>,
    /// How many cases of the desk are open now.
    pub open: u32,
}

/// A text for who comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandoverNoteDto {
    #[schema(value_type = String)]
    pub id: NoteId,
    pub by: PersonDto,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What it says; absent when it does not open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Which hand-overs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those that go on.
    open: Option<bool>,
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Who is expected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginIn {
    /// Whose turn it is next, where a rota says so. Another may come all the same.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub to: Option<UserId>,
}

/// A text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoverNoteIn {
    /// At most 4,000 letters; kept sealed.
    pub text: String,
}

/// Which case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandoverSignIn {
    #[schema(value_type = String)]
    pub case_id: CaseId,
    /// How many records the log had that was read; a case that has moved on is signed again.
    pub version: u32,
}

/// Accounts by id, each looked up once.
#[derive(Default)]
struct Names(HashMap<UserId, String>);

impl Names {
    async fn of(&mut self, api: &Api, id: UserId) -> Result<PersonDto, Problem> {
        let username = match self.0.get(&id) {
            Some(known) => known.clone(),
            None => {
                let found = api.app.store.account(id).await?.map(|it| it.username);
                let name = found.unwrap_or_default();
                self.0.insert(id, name.clone());
                name
            }
        };
        Ok(PersonDto { user_id: id, username })
    }
}

impl Api {
    fn handovers(&self) -> Handovers {
        Handovers::of(&self.app.desk)
    }

    async fn handover_dto(&self, it: &Handover, names: &mut Names) -> Result<HandoverDto, Problem> {
        let cases: Vec<CaseId> = it.signatures.iter().map(|it| it.case).collect();
        let (views, _) = self.app.store.cases(&cases).await?;
        let numbers: HashMap<CaseId, String> = views.iter().map(|it| (it.case.id, it.number.to_string())).collect();
        let mut signatures = Vec::with_capacity(it.signatures.len());
        for one in &it.signatures {
            let number = numbers.get(&one.case).cloned().unwrap_or_default();
            signatures.push(self.signature_dto(one, number, names).await?);
        }
        let to = match it.to {
            Some(to) => Some(names.of(self, to).await?),
            None => None,
        };
        let by = match &it.end {
            Some(end) if end.completed => Some(names.of(self, end.by).await?),
            _ => None,
        };
        let state = match &it.end {
            None => "open",
            Some(end) if end.completed => "completed",
            Some(_) => "withdrawn",
        };
        Ok(HandoverDto {
            id: it.id,
            state: state.to_owned(),
            scope: it.scope.iter().map(|it| it.to_string()).collect(),
            from: names.of(self, it.from).await?,
            to,
            begun_at: it.begun_at,
            by,
            ended_at: it.end.as_ref().map(|it| it.at),
            open_then: it.open_then,
            critical_then: it.critical_then.len(),
            notes: it.notes.len(),
            signatures,
            version: it.version,
        })
    }

    async fn signature_dto(&self, it: &Signature, number: String, names: &mut Names) -> Result<SignatureDto, Problem> {
        Ok(SignatureDto {
            case_id: it.case,
            number,
            by: names.of(self, it.by).await?,
            at: it.at,
            version: it.version,
        })
    }

    async fn sheet(&self, it: &Handover) -> Result<HandoverSheetDto, Problem> {
        let mut names = Names::default();
        let handover = self.handover_dto(it, &mut names).await?;
        if it.end.is_some() {
            return Ok(HandoverSheetDto {
                handover,
                items: vec![],
                open: 0,
            });
        }
        let open = self.handovers().open_cases(&it.scope).await?;
        let mut items = Vec::with_capacity(open.critical.len());
        for CaseView { case, number, .. } in &open.critical {
            let signed = match it.signature(case.id, None) {
                Some(signed) => Some(self.signature_dto(signed, number.to_string(), &mut names).await?),
                None => None,
            };
            items.push(HandoverItemDto {
                case_id: case.id,
                number: number.to_string(),
                kind: case.kind,
                severity: case.severity,
                lane: case.lane,
                state: case.state,
                joined: !it.critical_then.contains(&case.id),
                version: case.version,
                signed,
            });
        }
        Ok(HandoverSheetDto {
            handover,
            items,
            open: open.count,
        })
    }

    async fn answer_sheet(&self, it: Handover) -> Result<HttpResponse, Problem> {
        let api = self.clone();
        let sheet = self.run(async move { api.sheet(&it).await }).await?;
        Ok(HttpResponse::Ok().json(sheet))
    }
}

/// Who sits at desks whose areas and the caller's meet: the names behind the ids of takes and of who looks at a case.
#[utoipa::path(get, path = "/api/v1/colleagues", tag = "handovers", responses((status = 200, body = PageDto<ColleagueDto>)))]
pub async fn colleagues(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let mut items = Vec::new();
            let (mut after, mut seen) = (None, 0);
            loop {
                let page = it.app.store.accounts(after, 500).await?;
                seen += page.items.len();
                let desk = |role| matches!(role, Role::Admin | Role::DutyLeader | Role::Dispatcher | Role::Auditor);
                let near = page.items.into_iter().filter(|it| {
                    let meets = it.scope.iter().any(|code| who.scope.touches(code));
                    desk(it.role) && it.disabled_at.is_none() && meets
                });
                items.extend(near.map(|it| ColleagueDto {
                    user_id: it.id,
                    username: it.username,
                    role: it.role,
                }));
                after = page.next;
                if after.is_none() || seen >= COLLEAGUES_MAX {
                    return Ok(PageDto { items, next: None });
                }
            }
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Hand-overs of desks that lie in the caller's areas, the last first. A dispatcher sees those that go on and their own.
#[utoipa::path(get, path = "/api/v1/handovers", tag = "handovers", params(Which), responses((status = 200, body = PageDto<HandoverDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let most = limit(asked.0.limit)?;
            let before = asked
                .0
                .cursor
                .as_deref()
                .map(|it| read_cursor(Listed::Handovers, it))
                .transpose()?;
            let store = &it.app.store;
            let rows = store.handovers(asked.0.open.unwrap_or(false), before, most).await?;
            let next = rows.last().filter(|_| rows.len() as u64 >= most);
            let next = next.map(|it| write_cursor(Listed::Handovers, Some(it.begun_at), it.id.as_uuid()));
            let mut names = Names::default();
            let mut items = Vec::new();
            for row in rows.iter().filter(|it| who.scope.covers(&it.scope)) {
                let found = store.handover(row.id).await?;
                if let Some(handover) = found.filter(|it| may_see(&who, it)) {
                    items.push(it.handover_dto(&handover, &mut names).await?);
                }
            }
            Ok(PageDto { items, next })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// The caller wants to hand over their desk. Said twice, it is the same hand-over.
#[utoipa::path(post, path = "/api/v1/handovers", tag = "handovers", request_body = BeginIn,
    responses((status = 201, body = HandoverSheetDto), (status = 200, body = HandoverSheetDto)))]
pub async fn begin(api: web::Data<Api>, who: SignedIn, body: Body<BeginIn>) -> Result<HttpResponse, Problem> {
    if who.scope.is_empty() {
        return Err(Problem::forbidden(
            "no_area",
            "an account without areas has no desk to hand over",
        ));
    }
    let it = api.get_ref().clone();
    let (sheet, new) = api
        .run(async move {
            let (handover, new) = it.handovers().begin(who.user, &who.scope, body.value.to).await?;
            Ok((it.sheet(&handover).await?, new))
        })
        .await?;
    let mut answer = if new {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(answer.json(sheet))
}

/// A hand-over, and what must be signed now.
#[utoipa::path(get, path = "/api/v1/handovers/{id}", tag = "handovers", params(("id" = String, Path)),
    responses((status = 200, body = HandoverSheetDto)))]
pub async fn one(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: HandoverId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let found = api.run(async move { Ok(it.app.store.handover(id).await?) }).await?;
    api.answer_sheet(found.ok_or_else(no_handover)?).await
}

/// The texts of a hand-over, opened, oldest first; the look is recorded.
#[utoipa::path(get, path = "/api/v1/handovers/{id}/notes", tag = "handovers", params(("id" = String, Path)),
    responses((status = 200, body = PageDto<HandoverNoteDto>)))]
pub async fn notes(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: HandoverId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let store = &it.app.store;
            let handover = store.handover(id).await?.ok_or_else(no_handover)?;
            if !handover.notes.is_empty() {
                it.record_view(
                    &who,
                    "handover",
                    id.as_uuid(),
                    &["note.content"],
                    None,
                    "hand-over of a desk",
                )
                .await?;
            }
            let mut texts: HashMap<NoteId, Option<String>> = store.handover_texts(id).await?.into_iter().collect();
            let mut names = Names::default();
            let mut items = Vec::with_capacity(handover.notes.len());
            for note in &handover.notes {
                items.push(HandoverNoteDto {
                    id: note.note,
                    by: names.of(&it, note.by).await?,
                    at: note.at,
                    text: texts.remove(&note.note).flatten(),
                });
            }
            Ok(PageDto { items, next: None })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Writes a text for who comes. The same `Idempotency-Key` is the same text.
#[utoipa::path(post, path = "/api/v1/handovers/{id}/note", tag = "handovers", params(("id" = String, Path)),
    request_body = HandoverNoteIn, responses((status = 200, body = HandoverSheetDto)))]
pub async fn note(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<HandoverNoteIn>,
) -> Result<HttpResponse, Problem> {
    let id: HandoverId = path_id(&request, "id")?;
    let text = text("text", &body.value.text)?;
    let note = match idempotency_key(&request)? {
        Some(key) => NoteId::derive(id.as_uuid(), &format!("{} {key}", who.user)),
        None => NoteId::new(api.app.ids.make()),
    };
    let it = api.get_ref().clone();
    let done = api
        .run(async move { Ok(it.handovers().note(id, who.user, note, &text).await?) })
        .await?;
    api.answer_sheet(done).await
}

/// The caller has read a case of the desk, as its log stood, and answers for it from here on. 409 `own_handover` for who hands over.
#[utoipa::path(post, path = "/api/v1/handovers/{id}/sign", tag = "handovers", params(("id" = String, Path)),
    request_body = HandoverSignIn, responses((status = 200, body = HandoverSheetDto)))]
pub async fn sign(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<HandoverSignIn>,
) -> Result<HttpResponse, Problem> {
    let id: HandoverId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let done = api
        .run(async move {
            let handovers = it.handovers();
            let HandoverSignIn { case_id, version } = body.value;
            let handover = it.app.store.handover(id).await?.ok_or_else(no_handover)?;
            let open = handovers.open_cases(&handover.scope).await?;
            // What is no longer open and critical needs no signature, and nobody signs what they cannot have read.
            let case = open.critical.iter().find(|it| it.case.id == case_id);
            let no_case = || Problem::not_found("case_not_found", "no such case is to be signed");
            let version = version.min(case.ok_or_else(no_case)?.case.version);
            Ok(handovers.sign(id, who.user, case_id, version).await?)
        })
        .await?;
    api.answer_sheet(done).await
}

/// The caller takes the desk over, and the cases that who hands over has in hand. 409 `unsigned` while a critical case that is
/// open now is not signed by the caller: each stands in `errors`.
#[utoipa::path(post, path = "/api/v1/handovers/{id}/complete", tag = "handovers", params(("id" = String, Path)),
    responses((status = 200, body = HandoverSheetDto)))]
pub async fn complete(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: HandoverId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let done = api
        .run(async move { Ok(it.handovers().complete(id, who.user).await?) })
        .await?;
    api.answer_sheet(done).await
}

/// It is not handed over after all. 409 `not_your_handover` for anybody but who hands over.
#[utoipa::path(post, path = "/api/v1/handovers/{id}/withdraw", tag = "handovers", params(("id" = String, Path)),
    responses((status = 200, body = HandoverSheetDto)))]
pub async fn withdraw(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: HandoverId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let done = api
        .run(async move { Ok(it.handovers().withdraw(id, who.user).await?) })
        .await?;
    api.answer_sheet(done).await
}
