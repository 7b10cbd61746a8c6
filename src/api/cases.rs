//! Cases to look at: a list, one, its log, its alerts and notes.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::rights::Seen;
use super::view::{CaseDto, Sight, Viewer, case_seen, case_view};
use super::wire::{Listed, PageDto, Query, limit, read_cursor, write_cursor};
use crate::case::{Author, Event, Kind, Lane, Record, Severity, State};
use crate::dispatch::report::AlertContent;
use crate::ids::{AlertId, ElderId, NoteId, ResponderId};
use crate::people::Tier;
use crate::store::cases::{CaseFilter, Cursor};

/// Cases that were offered to one responder and are looked through for those they may still see.
const OFFERED_MAX: u64 = 100;

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// States, separated by commas.
    state: Option<String>,
    tier: Option<String>,
    severity: Option<String>,
    kind: Option<String>,
    lane: Option<String>,
    /// Only open ones.
    open: Option<bool>,
    /// Only those whose first alert came late.
    late: Option<bool>,
    /// About this elder.
    elder: Option<String>,
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

fn word<T: std::str::FromStr>(field: &'static str, text: Option<&str>) -> Result<Option<T>, Problem>
where
    T::Err: std::fmt::Display,
{
    text.map(str::parse).transpose().map_err(|error: T::Err| {
        let text: String = error.to_string().chars().take(300).collect();
        Problem {
            errors: vec![FieldError::new(field, "invalid_value", text.clone())],
            ..Problem::bad_request("bad_query", format!("{field}: {text}"))
        }
    })
}

impl Which {
    fn filter(&self, viewer: &Viewer) -> Result<CaseFilter, Problem> {
        let states = self
            .state
            .as_deref()
            .unwrap_or_default()
            .split(',')
            .filter(|it| !it.is_empty());
        let states: Vec<State> = states
            .map(|it| word("state", Some(it)).map(|it| it.unwrap_or(State::Ringing)))
            .collect::<Result<_, _>>()?;
        let as_text = |it: Option<&'static str>| it.map(str::to_owned);
        Ok(CaseFilter {
            scope: viewer.is_by_area().then(|| viewer.scope.clone()),
            nowhere_too: !viewer.scope.is_empty(),
            states,
            open: self.open.unwrap_or(false),
            late: self.late.unwrap_or(false),
            tier: as_text(word::<Tier>("tier", self.tier.as_deref())?.map(Tier::as_str)),
            severity: as_text(word::<Severity>("severity", self.severity.as_deref())?.map(Severity::as_str)),
            kind: as_text(word::<Kind>("kind", self.kind.as_deref())?.map(Kind::as_str)),
            lane: as_text(word::<Lane>("lane", self.lane.as_deref())?.map(Lane::as_str)),
            elder: word::<ElderId>("elder", self.elder.as_deref())?,
            ..CaseFilter::default()
        })
    }
}

/// Cases, newest first: of the viewer's area, or those put to them.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(Which), responses((status = 200, body = PageDto<CaseDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let viewer = who.viewer();
            let mut filter = asked.0.filter(&viewer)?;
            let most = limit(asked.0.limit)?;
            let after = asked
                .0
                .cursor
                .as_deref()
                .map(|it| read_cursor(Listed::Cases, it))
                .transpose()?;
            let after = after.map(|(at, id)| Cursor { at, id });
            let store = &it.app.store;
            if !viewer.is_by_area() {
                filter.ids = Some(match viewer.responder {
                    Some(me) => it.cases_of(me).await?,
                    None => vec![],
                });
            }
            let page = store.list_cases(&filter, after, most).await?;
            for error in &page.corrupt {
                tracing::error!(%error, "a case does not read back");
                store.keep_aside(error, it.app.clock.now()).await?;
            }
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

impl Api {
    /// The cases that were put to a responder lately, to which they were sent, or that they lead.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn cases_of(&self, me: ResponderId) -> Result<Vec<crate::ids::CaseId>, Problem> {
        let store = &self.app.store;
        let mut ids = store.cases_put_to(me, OFFERED_MAX).await?;
        // However long ago they were asked.
        let led = CaseFilter {
            open: true,
            led_by: Some(me),
            ..CaseFilter::default()
        };
        for it in store.list_cases(&led, None, 10).await?.items {
            if !ids.contains(&it.case.id) {
                ids.push(it.case.id);
            }
            // Called to another case while they are with the elder.
            let elder = it
                .case
                .subject
                .elder()
                .filter(|_| it.case.on_the_scene().any(|who| who == me));
            if elder.is_some() {
                let beside = CaseFilter {
                    open: true,
                    elder,
                    ..CaseFilter::default()
                };
                let beside = store.list_cases(&beside, None, 10).await?.items;
                ids.extend(
                    beside
                        .iter()
                        .filter(|it| it.case.inside.contains(&me))
                        .map(|it| it.case.id),
                );
            }
        }
        let mut seen = std::collections::HashSet::new();
        ids.retain(|it| seen.insert(*it));
        Ok(ids)
    }
}

/// One case.
#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = CaseDto), (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn one(api: web::Data<Api>, who: SignedIn, seen: Seen) -> Result<HttpResponse, Problem> {
    let app = api.app.clone();
    let dto = api
        .run(async move { Ok(case_seen(&app, &who.viewer(), &seen.case).await) })
        .await?;
    let dto = dto.ok_or_else(|| Problem::not_found("case_not_found", "there is no such case"))?;
    Ok(HttpResponse::Ok().json(dto))
}

/// Which part of a log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// Records after this version.
    after: Option<u32>,
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
}

/// One record of a log, with the names of its fields as they are stored.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EventDto {
    /// Its number in the case, from 1.
    pub version: i64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `{type, id}`: system, device, user, responder.
    #[schema(value_type = Object)]
    pub by: Author,
    /// When it was done, by the word of a phone that could not say so at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<Timestamp>,
    /// `type` and the event's own fields; the clocks that it set.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub event: serde_json::Map<String, serde_json::Value>,
    /// SHA-256 over the hash before and the stored bytes, hex. What was decided together is stored, and hashed, as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// A page of a log.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EventsDto {
    pub items: Vec<EventDto>,
    /// The `after` of the next page; null: this is the last one.
    #[serde(default)]
    pub next: Option<i64>,
}

/// The log of a case, oldest first. A responder reads what concerns them.
#[utoipa::path(get, path = "/api/v1/cases/{id}/events", tag = "cases", params(("id" = String, Path), Part),
    responses((status = 200, body = EventsDto)))]
pub async fn events(
    api: web::Data<Api>,
    who: SignedIn,
    seen: Seen,
    asked: Query<Part>,
) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let most = limit(asked.0.limit)?;
            let id = seen.case.case.id;
            let rows = it.app.store.events(id, asked.0.after.unwrap_or(0).into(), most).await?;
            let next = rows.last().filter(|_| rows.len() as u64 >= most).map(|it| it.version);
            let whole = matches!(seen.sight, Some(Sight::Desk | Sight::Record));
            let mut items = Vec::with_capacity(rows.len());
            for row in rows {
                let mut record = row.record;
                if !whole {
                    let Some(cut) = who.responder.and_then(|me| cut_for(record, me)) else {
                        continue;
                    };
                    record = cut;
                }
                let mut event = match serde_json::to_value(&record) {
                    Ok(serde_json::Value::Object(it)) => it,
                    _ => return Err(Problem::internal()),
                };
                event.remove("at");
                event.remove("by");
                event.remove("done_at");
                items.push(EventDto {
                    version: row.version,
                    at: record.at,
                    by: record.by,
                    done_at: record.done_at,
                    event,
                    hash: whole.then(|| row.hash.iter().map(|it| format!("{it:02x}")).collect()),
                });
            }
            Ok(EventsDto { items, next })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// What of a record concerns one responder; others are left out of it. None: nothing.
fn cut_for(mut record: Record, me: ResponderId) -> Option<Record> {
    let only = |list: &mut Vec<ResponderId>| list.retain(|it| *it == me);
    let concerns = match &mut record.event {
        Event::Offered {
            offers,
            excluded,
            excluded_count,
            ..
        } => {
            offers.retain(|it| it.candidate.responder == me);
            offers.iter_mut().for_each(|it| it.candidate.reasons.clear());
            excluded.clear();
            *excluded_count = 0;
            !offers.is_empty()
        }
        Event::LeadChosen {
            responder,
            backups,
            stood_down,
            why,
        } => {
            let mine = *responder == me || backups.contains(&me) || stood_down.contains(&me);
            only(backups);
            only(stood_down);
            why.clear();
            mine
        }
        Event::StoodDown { responders, .. } => {
            only(responders);
            !responders.is_empty()
        }
        Event::Accepted { responder, .. }
        | Event::Assigned { responder, .. }
        | Event::Declined { responder, .. }
        | Event::Called { responder, .. }
        | Event::LeadLost { responder, .. }
        | Event::Departed { responder, .. }
        | Event::Progressed { responder, .. }
        | Event::EtaBeyond { responder, .. }
        | Event::Arrived { responder }
        | Event::ArrivalUndone { responder }
        | Event::ContactMade { responder, .. }
        | Event::NoEntry { responder }
        | Event::CheckedIn { responder }
        | Event::SupportAsked { responder }
        | Event::DoneThere { responder } => *responder == me,
        Event::Opened { .. }
        | Event::Joined { .. }
        | Event::PlanMerged { .. }
        | Event::StepFired { .. }
        | Event::TierRaised { .. }
        | Event::Seeking { .. }
        | Event::NobodyFound { .. }
        | Event::Received { .. }
        | Event::Silent { .. }
        | Event::NoLead { .. }
        | Event::DoorLate
        | Event::Taken
        | Event::TakeKept
        | Event::TakeLapsed
        | Event::Rang { .. }
        | Event::Untouched
        | Event::VoiceResult { .. }
        | Event::Noted { .. }
        | Event::Photographed { .. }
        | Event::SeverityChanged { .. }
        | Event::Referred { .. }
        | Event::ReferralAcknowledged { .. }
        | Event::ReferralLate { .. }
        | Event::ReferralHanded { .. }
        | Event::ReferralAnswered { .. }
        | Event::ReferralWaived { .. }
        | Event::EntryStep { .. }
        | Event::Resolved { .. }
        | Event::ReviewAwaited
        | Event::FollowedUp { .. }
        | Event::HelpRated { .. }
        | Event::Closed { .. }
        | Event::Reopened { .. }
        | Event::Warned { .. }
        | Event::Recovered { .. }
        | Event::FamilySaid { .. }
        | Event::FamilyAsked { .. }
        | Event::FamilyCannot { .. }
        | Event::FamilyUnconfirmed { .. }
        | Event::FileOpened { .. }
        | Event::ServiceWished { .. }
        | Event::StationAsked { .. }
        | Event::NoStation { .. }
        | Event::StationSaid { .. }
        | Event::StationSilent { .. }
        | Event::TimeAgreed { .. }
        | Event::ServiceOverdue
        | Event::ServiceDone { .. }
        | Event::ServiceCancelled { .. }
        | Event::ServiceRated { .. }
        | Event::TurnedToHelp { .. }
        | Event::NotTold { .. }
        | Event::QuotaRefused { .. }
        | Event::Withdrawn { .. } => record.by == Author::Responder(me),
    };
    record.clocks.retain(|it| it.responder() == Some(me));
    concerns.then_some(record)
}

/// One alert of a case.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AlertDto {
    #[schema(value_type = String)]
    pub id: AlertId,
    /// Who sent it: a device or a user.
    pub sender: String,
    pub kind: String,
    /// The sender's own word, where it is none of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
    pub late: bool,
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
    /// `{lat, lon, crs, accuracy_m}` as it was sent; without `crs` it is unresolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub position: Option<crate::dispatch::Position>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub reading: Option<serde_json::Value>,
    pub warnings: Vec<String>,
    /// Its content was erased, or does not open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sealed: bool,
}

/// The alerts of a case, opened; the look is recorded.
#[utoipa::path(get, path = "/api/v1/cases/{id}/alerts", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = PageDto<AlertDto>)))]
pub async fn alerts(api: web::Data<Api>, who: SignedIn, seen: Seen) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let store = &it.app.store;
            let case = seen.case.case.id;
            it.record_view(
                &who,
                "cases",
                case.as_uuid(),
                &["alert.content"],
                Some(case),
                "alerts of a case",
            )
            .await?;
            let mut items = Vec::new();
            for alert in store.alerts_of(case).await? {
                let ring = store.keys()?.clone();
                let opened = ring.open_fetching(store, &alert.content, "alert", "content", alert.id.as_uuid());
                let content: Option<AlertContent> = opened.await.ok().and_then(|it| serde_json::from_slice(&it).ok());
                let sealed = content.is_none();
                let content = content.unwrap_or(AlertContent {
                    position: None,
                    note: None,
                    reading: None,
                    raw: String::new(),
                    warnings: vec![],
                });
                items.push(AlertDto {
                    id: alert.id,
                    sender: alert.sender,
                    kind: alert.kind,
                    word: alert.word,
                    late: alert.late,
                    received_at: alert.received_at,
                    occurred_at: alert.occurred_at,
                    position: content.position,
                    note: content.note,
                    reading: content.reading,
                    warnings: content.warnings,
                    sealed,
                });
            }
            Ok(PageDto { items, next: None })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// A text beside a case.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NoteDto {
    #[schema(value_type = String)]
    pub id: NoteId,
    /// `{type, id}` of who wrote it.
    #[schema(value_type = Object)]
    pub by: Author,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// None: it was erased, or does not open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The notes of a case, opened; the look is recorded. A responder reads their own.
#[utoipa::path(get, path = "/api/v1/cases/{id}/notes", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = PageDto<NoteDto>)))]
pub async fn notes(api: web::Data<Api>, who: SignedIn, seen: Seen) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let store = &it.app.store;
            let case = seen.case.case.id;
            it.record_view(
                &who,
                "cases",
                case.as_uuid(),
                &["note.content"],
                Some(case),
                "notes of a case",
            )
            .await?;
            let mut items = Vec::new();
            for note in store.notes_of(case).await? {
                let by = serde_json::from_str(&note.author).unwrap_or(Author::System);
                let mine = by == Author::User(who.user) || who.responder.is_some_and(|it| by == Author::Responder(it));
                if seen.sight != Some(Sight::Desk) && !mine {
                    continue;
                }
                let ring = store.keys()?.clone();
                let opened = ring.open_fetching(store, &note.content, "note", "content", note.id.as_uuid());
                let text = opened.await.ok().and_then(|it| String::from_utf8(it).ok());
                items.push(NoteDto {
                    id: note.id,
                    by,
                    at: note.at,
                    text,
                });
            }
            Ok(PageDto { items, next: None })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}
