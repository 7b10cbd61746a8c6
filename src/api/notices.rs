//! Who was told of a case, when, by which way, with what proof; who was not, and why; and once more on the desk's word.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::rights::Seen;
use super::view::Sight;
use super::wire::{Body, path_id, text};
use crate::case::{Author, Command, Subject, family_hears};
use crate::ids::{ContactId, ElderId, NoticeId, ResponderId};
use crate::store::cases::{CaseView, NO_CHANNEL, NoticeView, Resent};

/// One person was told of one step by one way, or is being told, or was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoticeDto {
    #[schema(value_type = String)]
    pub id: NoticeId,
    /// What, as `offer`, `family_opened`.
    pub kind: String,
    /// Of which step of the case: the number of its record, and the kind.
    pub step: String,
    /// Whom: `resp_…`, `contact_…`, `elder_…`, `desk`, `duty_leader`, `next_seat`, `station:…`, `agency:…`.
    pub target: String,
    /// Of a role: whose addresses took it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whom: Vec<String>,
    /// By what: a carrier or channel as the configuration names it; `none`: there is no way.
    pub channel: String,
    /// `waiting`, `sending`, `sent`, `received`, `failed`, `stale` (the case had moved on), `merged` (the same was said anew).
    pub state: String,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    pub attempts: u32,
    /// Why not, in stable words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The provider's own number of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub received_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Timestamp>,
    /// `accepted`, `declined` by a link; a digit; `text`: the words are a note of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
}

/// Somebody who should have been told of a step and was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UntoldDto {
    pub target: String,
    pub kind: String,
    pub step: String,
    /// By which way not and why, in the order in which they were tried: `voice: quota: 1 a minute to one`.
    pub why: Vec<String>,
}

/// What comes next for somebody who is being told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TellingDto {
    pub target: String,
    pub kind: String,
    pub step: String,
    /// `open`, `received`, `exhausted`, `moved_on`.
    pub state: String,
    /// The wave that runs, from 0.
    pub wave: u32,
    /// The carriers that are left, in order.
    pub later: Vec<String>,
    /// When the next wave starts if nothing is received before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Timestamp>,
}

/// Somebody who is named in a target, as far as they are known by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NamedDto {
    /// `resp_…`, `contact_…`.
    pub target: String,
    /// For the desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What a responder is, what a contact is to the elder; `elder`.
    pub is: String,
}

/// Who was told of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoticesDto {
    /// Oldest first.
    pub items: Vec<NoticeDto>,
    /// Per person and step, oldest first; of carriers alone.
    pub tellings: Vec<TellingDto>,
    /// Who was not told, and why.
    pub untold: Vec<UntoldDto>,
    /// Who they are.
    pub people: Vec<NamedDto>,
    /// The ways by which somebody can be told once more: channels and carriers as the configuration names them.
    pub ways: Vec<String>,
}

fn dto(it: NoticeView) -> NoticeDto {
    NoticeDto {
        id: it.row.id,
        kind: it.row.kind,
        step: it.step,
        target: it.row.target,
        whom: it.whom.iter().flat_map(|it| it.split(',')).map(str::to_owned).collect(),
        channel: it.row.channel,
        state: it.row.state,
        made_at: it.row.made_at,
        attempts: it.row.attempts,
        why: it.row.last_error,
        proof: it.proof,
        sent_at: it.row.sent_at,
        received_at: it.row.receipt_at,
        read_at: it.read_at,
        reply: it.reply,
    }
}

/// Who has nothing but failed rows of a step.
fn untold(items: &[NoticeDto]) -> Vec<UntoldDto> {
    let mut by: BTreeMap<(&str, &str), Vec<&NoticeDto>> = BTreeMap::new();
    for it in items {
        by.entry((&it.step, &it.target)).or_default().push(it);
    }
    let mut found: Vec<(Timestamp, UntoldDto)> = Vec::new();
    for rows in by.into_values() {
        let Some(first) = rows.first().filter(|_| rows.iter().all(|it| it.state == "failed")) else {
            continue;
        };
        let why = |it: &&NoticeDto| {
            let why = it.why.as_deref().unwrap_or("unknown");
            if it.channel == NO_CHANNEL {
                why.to_owned()
            } else {
                format!("{}: {why}", it.channel)
            }
        };
        found.push((
            first.made_at,
            UntoldDto {
                target: first.target.clone(),
                kind: first.kind.clone(),
                step: first.step.clone(),
                why: rows.iter().map(why).collect(),
            },
        ));
    }
    found.sort_by_key(|it| it.0);
    found.into_iter().map(|it| it.1).collect()
}

impl Api {
    fn named(&self, target: &str, named: bool) -> Option<NamedDto> {
        let picture = &self.app.picture;
        let (name, is) = if let Ok(id) = target.parse::<ResponderId>() {
            let it = picture.responder(id)?;
            (Some(it.name.clone()), it.kind.as_str())
        } else if let Ok(id) = target.parse::<ElderId>() {
            let it = picture.elder(id)?;
            (Some(it.name.clone()).filter(|_| named), "elder")
        } else {
            let id = target.parse::<ContactId>().ok()?;
            let facts = picture.elder_of_contact(id).and_then(|it| picture.facts(it))?;
            let it = facts.contacts.into_iter().find(|it| it.id == id)?;
            (Some(it.name.clone()).filter(|_| named), it.relation.as_str())
        };
        Some(NamedDto {
            target: target.to_owned(),
            name,
            is: is.to_owned(),
        })
    }

    async fn notices_of(&self, view: &CaseView, named: bool) -> Result<NoticesDto, Problem> {
        let store = &self.app.store;
        let items: Vec<NoticeDto> = store.notices_of(view.case.id).await?.into_iter().map(dto).collect();
        let tellings = store.tellings_of(view.case.id).await?;
        let mut untold = untold(&items);
        if let (Subject::Elder(id), true) = (view.case.subject, family_hears(&view.case))
            && let Some(facts) = self.app.picture.facts(id)
        {
            untold.extend(facts.contacts.iter().filter(|it| it.restricted).map(|it| UntoldDto {
                target: it.id.to_string(),
                kind: "family_opened".to_owned(),
                step: String::new(),
                why: vec!["restricted by the elder".to_owned()],
            }));
        }
        let targets: BTreeSet<&str> = items
            .iter()
            .flat_map(|it| it.whom.iter().map(String::as_str).chain([it.target.as_str()]))
            .chain(tellings.iter().map(|it| it.target.as_str()))
            .chain(untold.iter().map(|it| it.target.as_str()))
            .collect();
        let people = targets.into_iter().filter_map(|it| self.named(it, named)).collect();
        Ok(NoticesDto {
            people,
            ways: self.app.outbox.ways(),
            items,
            tellings: tellings
                .into_iter()
                .map(|it| TellingDto {
                    target: it.target,
                    kind: it.kind,
                    step: it.step,
                    state: it.state,
                    wave: it.wave,
                    later: it.later,
                    next_at: it.ends_at,
                })
                .collect(),
            untold,
        })
    }
}

/// Who was told of a case, when, by which way, how often it was tried and with what proof; who was not, and why.
#[utoipa::path(get, path = "/api/v1/cases/{id}/notices", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = NoticesDto)))]
pub async fn list(api: web::Data<Api>, seen: Seen) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    // Of a contact the desk reads the name, as in the case itself.
    let named = seen.sight == Some(Sight::Desk);
    let dto = api.run(async move { it.notices_of(&seen.case, named).await }).await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// Once more.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendIn {
    /// By another channel or carrier, as the configuration names it; left out: by the same.
    #[serde(default)]
    pub by: Option<String>,
    /// Why, at most 4,000 letters; kept sealed, as a note of the case.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The new row.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ResentDto {
    #[schema(value_type = String)]
    pub id: NoticeId,
}

/// Tells somebody once more. Asked for twice before anything came of it, they are told once; what the case has moved on from is
/// not sent.
#[utoipa::path(post, path = "/api/v1/cases/{id}/notices/{rid}/resend", tag = "cases",
    params(("id" = String, Path), ("rid" = String, Path)), request_body = ResendIn, responses((status = 202, body = ResentDto),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn resend(
    api: web::Data<Api>,
    who: SignedIn,
    seen: Seen,
    request: HttpRequest,
    body: Body<ResendIn>,
) -> Result<HttpResponse, Problem> {
    let id: NoticeId = path_id(&request, "rid")?;
    let ResendIn { by, reason } = body.value;
    let reason = reason.map(|it| text("reason", &it)).transpose()?;
    if let Some(by) = by.as_ref().filter(|it| !api.app.outbox.has(it)) {
        let why = format!(
            "there is no channel or carrier `{}`",
            by.chars().take(40).collect::<String>()
        );
        return Err(Problem::fields(
            "invalid_value",
            vec![FieldError::new("by", "invalid_value", why)],
        ));
    }
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let now = it.app.clock.now();
            let conflict = |code: &'static str, detail: &str| Err(Problem::new(StatusCode::CONFLICT, code, detail));
            match it.app.store.resend(seen.case.case.id, id, by, now).await? {
                Resent::As(new) => {
                    if let Some(reason) = reason {
                        let note = it.app.desk.note(seen.case.case.subject, &reason)?;
                        let (command, by) = (Command::Note { note: note.id }, Author::User(who.user));
                        let case = seen.case.case.id;
                        it.app.desk.handle_late(case, command, by, Some(note), None, None).await?;
                    }
                    tracing::info!(notice.id = %id, case.id = %seen.case.case.id, user.id = %who.user, "told once more by the desk");
                    it.app.outbox.wake();
                    Ok(ResentDto { id: new })
                }
                Resent::UnderWay => conflict("notice_under_way", "it is on its way already"),
                Resent::NoChannel => conflict("no_way", "it had no way; say by which it is to go"),
                Resent::Unknown => Err(Problem::not_found("notice_not_found", "there is no such notice of this case")),
            }
        })
        .await?;
    Ok(HttpResponse::Accepted().json(dto))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn row(target: &str, channel: &str, state: &str, why: Option<&str>) -> NoticeDto {
        NoticeDto {
            id: NoticeId::new(Uuid::nil()),
            kind: "offer".to_owned(),
            step: "4:offer".to_owned(),
            target: target.to_owned(),
            whom: vec![],
            channel: channel.to_owned(),
            state: state.to_owned(),
            made_at: Timestamp::UNIX_EPOCH,
            attempts: 1,
            why: why.map(str::to_owned),
            proof: None,
            sent_at: None,
            received_at: None,
            read_at: None,
            reply: None,
        }
    }

    #[test]
    fn untold_is_who_has_nothing_but_failures() {
        let items = [
            row("a", "voice", "failed", Some("busy")),
            row("a", "sms", "sent", None),
            row("b", "voice", "failed", Some("quota: 1 a minute to one")),
            row("b", "sms", "failed", Some("no address on file")),
            row("c", "none", "failed", Some("switched off by themselves")),
            row("d", "voice", "stale", None),
        ];
        let found: Vec<(String, Vec<String>)> = untold(&items).into_iter().map(|it| (it.target, it.why)).collect();
        let wanted = [
            ("b", vec!["voice: quota: 1 a minute to one", "sms: no address on file"]),
            ("c", vec!["switched off by themselves"]),
        ];
        let wanted = wanted.map(|(target, why)| (target.to_owned(), why.into_iter().map(str::to_owned).collect()));
        assert_eq!(found, wanted);
    }
}
