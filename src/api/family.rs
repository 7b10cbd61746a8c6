//! The family's own page: what happened to their elder, who is coming, how it ended, and the little that they may say to it.
//!
//! Start at [`view`]. A page asks again as soon as it has an answer, and the answer waits until there is news, at most
//! [`WAIT_MAX_S`]: that works in every browser, and whoever was shut out hears so at the end of the wait.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::broadcast::error::RecvError;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Api;
use super::family_session::FamilyMember;
use super::family_view::{FamilyCaseDto, family_case, is_theirs};
use super::problem::{FieldError, Problem};
use super::rights::Seen;
use super::wire::{Body, Query, path_id};
use crate::case::{Author, Command, FamilyWord, NoticeKind, Record, Subject};
use crate::ids::{CaseId, ContactId, FamilyDeviceId, UserId};
use crate::people::{ContactLevel, FamilyChoices, Language, Reached};
use crate::store::cases::{CaseFilter, CaseView, Cursor, Done};
use crate::store::{ElderField, FamilyDevice};

/// The longest that an answer waits for news, seconds: a device that was shut out is told within this.
pub const WAIT_MAX_S: u8 = 4;
/// What has ended stays on the page for this long.
const ENDED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Cases that one look goes through.
const CASES_MAX: u64 = 50;
/// Records of a log in one query, and queries for one log.
const LOG_PAGE: u64 = 500;
const LOG_PAGES: usize = 8;

/// A device of whoever looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FamilyDeviceDto {
    #[schema(value_type = String)]
    pub id: FamilyDeviceId,
    /// Stable words: `iphone`, `ipad`, `android`, `harmony`, `computer`, `other`; `wechat`.
    pub about: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// To some minutes.
    #[schema(value_type = String, format = DateTime)]
    pub seen_at: Timestamp,
    /// The one that asks.
    pub this: bool,
}

/// A device as the family and the desk see it; those that were shut out or have run out are told no more.
pub(super) fn device_dto(it: &FamilyDevice, this: Option<FamilyDeviceId>) -> FamilyDeviceDto {
    FamilyDeviceDto {
        id: it.id,
        about: it
            .about
            .split(',')
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect(),
        made_at: it.made_at,
        seen_at: it.seen_at,
        this: this == Some(it.id),
    }
}

/// How the family wishes to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChoicesDto {
    #[schema(value_type = super::dto::FamilyChoicesDto)]
    pub choices: FamilyChoices,
    /// Somebody else is called for what is critical, so that this contact need not be.
    pub another_is_called: bool,
    /// Families are told by something: a carrier, or a gateway that is connected. What is told to them follows these choices.
    pub gateway: bool,
}

/// Who looks, at whom, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FamilyMeDto {
    /// The elder's name.
    pub elder: String,
    /// The contact's own name.
    pub name: String,
    /// `spouse`, `child`, `grandchild`, `sibling`, `relative`, `neighbour`, `friend`, `carer`, `guardian`.
    pub relation: String,
    /// What the elder lets them know: `status`, `history`, `health`.
    pub level: String,
    pub devices: Vec<FamilyDeviceDto>,
    /// Of the command centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre_phone: Option<String>,
    /// Of the elder. That it was shown is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elder_phone: Option<String>,
    pub wishes: ChoicesDto,
    /// `zh-CN`, `en`: in which letters, messages and calls come; absent: not chosen yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub language: Option<Language>,
    /// The street's own clocks: minutes that they are ahead of UTC.
    pub utc_offset_min: i32,
}

impl Api {
    /// The contacts of an elder who may be called for what is critical, but for one.
    fn others_of(&self, me: &FamilyMember) -> Vec<ContactId> {
        let all = self.app.picture.callable_contacts(me.elder);
        let others = all.into_iter().filter(|it| it.id != me.contact);
        others.map(|it| it.id).collect()
    }

    async fn wishes(&self, me: &FamilyMember) -> Result<ChoicesDto, Problem> {
        let kept = self.app.store.family_choices(me.elder).await?;
        let of = |id: ContactId| kept.iter().find(|it| it.0 == id).map(|it| it.1).unwrap_or_default();
        let carries = |kinds: &Option<std::collections::BTreeSet<NoticeKind>>| {
            kinds.as_ref().is_none_or(|it| it.contains(&NoticeKind::FamilyOpened))
        };
        Ok(ChoicesDto {
            choices: of(me.contact),
            another_is_called: self.others_of(me).into_iter().any(|it| of(it).critical.voice),
            gateway: self.app.outbox.has_carriers()
                || self.app.config.notify.webhooks.iter().any(|it| carries(&it.kinds)),
        })
    }

    async fn family_me(self, me: FamilyMember) -> Result<FamilyMeDto, Problem> {
        let store = &self.app.store;
        let now = self.app.clock.now();
        let gone = || Problem::unauthorized("session_ended", "this device may not look any more");
        let (elder, contact) = self.contact(me.elder, me.contact).ok_or_else(gone)?;
        // The log of looks knows accounts; a contact has none and stands there under the digits of their own id.
        let seen = crate::store::Seen {
            id: self.app.ids.make(),
            by: UserId::new(me.contact.as_uuid()),
            at: now,
            case: None,
            reason: format!("family page of {}", me.contact),
        };
        let secrets = store.see_elder(me.elder, &[ElderField::Phones], &seen).await?;
        let phones = secrets.map(|it| it.phones).unwrap_or_default();
        let devices = store.family_devices(me.elder, Some(me.contact)).await?;
        Ok(FamilyMeDto {
            elder: elder.name.clone(),
            name: contact.name.clone(),
            relation: contact.relation.as_str().to_owned(),
            level: contact.level.as_str().to_owned(),
            devices: devices
                .iter()
                .filter(|it| it.is_good(now))
                .map(|it| device_dto(it, Some(me.device.id)))
                .collect(),
            centre_phone: self.app.config.family.centre_phone.clone(),
            elder_phone: phones.first().map(|it| it.reveal().to_owned()),
            wishes: self.wishes(&me).await?,
            language: store.reach(Reached::Contact(me.contact)).await?.language,
            utc_offset_min: self.utc_offset_min(),
        })
    }

    /// The newest cases of theirs before an instant, newest first.
    async fn cases_of_family(&self, me: &FamilyMember, before: Option<Timestamp>) -> Result<Vec<CaseView>, Problem> {
        let filter = CaseFilter {
            elder: Some(me.elder),
            household: Some(me.household),
            ..CaseFilter::default()
        };
        let after = before.map(|at| Cursor { at, id: Uuid::nil() });
        let page = self.app.store.list_cases(&filter, after, CASES_MAX).await?;
        for error in &page.corrupt {
            tracing::error!(%error, "a case does not read back");
            self.app.store.keep_aside(error, self.app.clock.now()).await?;
        }
        let mut items = page.items;
        items.retain(|it| is_theirs(&it.case, me.elder, me.household));
        Ok(items)
    }

    /// The log of a case, as far as anybody reads.
    pub(super) async fn whole_log(&self, case: CaseId) -> Result<Vec<Record>, Problem> {
        let mut log: Vec<Record> = Vec::new();
        for _ in 0..LOG_PAGES {
            let after = i64::try_from(log.len()).unwrap_or(i64::MAX);
            let rows = self.app.store.events(case, after, LOG_PAGE).await?;
            let full = rows.len() as u64 >= LOG_PAGE;
            log.extend(rows.into_iter().map(|it| it.record));
            if !full {
                break;
            }
        }
        Ok(log)
    }

    async fn told(&self, me: &FamilyMember, view: &CaseView) -> Result<FamilyCaseDto, Problem> {
        let log = self.whole_log(view.case.id).await?;
        Ok(family_case(&self.app, me, view, &log))
    }
}

/// Who looks, and at whom.
#[utoipa::path(get, path = "/api/v1/family/me", tag = "family", responses((status = 200, body = FamilyMeDto)))]
pub async fn me(api: web::Data<Api>, me: FamilyMember) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.family_me(me).await }).await?;
    Ok(fresh(&dto))
}

/// Nothing of this stays in a browser's cache.
fn fresh(dto: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(dto)
}

/// What the page knows already.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Known {
    /// The `tag` of the last answer.
    tag: Option<String>,
    /// Seconds to wait for news, 0 to 4.
    wait: Option<u8>,
}

/// What is going on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NowDto {
    /// Nothing is told by itself any more: the duty leader phones.
    pub frozen: bool,
    /// Open cases and what has ended within a day, newest first.
    pub cases: Vec<FamilyCaseDto>,
}

/// News, or that there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewsDto {
    /// The service's clock.
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// For the next question.
    pub tag: String,
    /// Absent: nothing has changed since the tag that was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<NowDto>,
}

/// What is going on, as soon as it is other than the page knows.
#[utoipa::path(get, path = "/api/v1/family/view", tag = "family", params(Known), responses((status = 200, body = NewsDto)))]
pub async fn view(api: web::Data<Api>, me: FamilyMember, asked: Query<Known>) -> Result<HttpResponse, Problem> {
    let wait = asked.0.wait.unwrap_or(0);
    if wait > WAIT_MAX_S {
        let text = format!("wait must be 0 to {WAIT_MAX_S}");
        return Err(Problem {
            errors: vec![FieldError::new("wait", "out_of_range", text.clone())],
            ..Problem::bad_request("bad_query", text)
        });
    }
    let it = api.get_ref().clone();
    let news = api.run(async move { it.news(me, asked.0.tag, wait).await }).await?;
    Ok(fresh(&news))
}

impl Api {
    async fn news(self, mut me: FamilyMember, known: Option<String>, wait: u8) -> Result<NewsDto, Problem> {
        // Subscribe first, read second.
        let mut changes = self.app.desk.changes();
        let clock = &self.app.clock;
        let until = clock.now() + SignedDuration::from_secs(wait.into());
        self.app.store.family_device_seen(&me.device, clock.now()).await?;
        loop {
            let (tag, frozen, cases) = self.standing(&me).await?;
            if known.as_ref() != Some(&tag) {
                let mut told = Vec::with_capacity(cases.len());
                for it in &cases {
                    told.push(self.told(&me, it).await?);
                }
                let view = Some(NowDto { frozen, cases: told });
                return Ok(NewsDto {
                    now: clock.now(),
                    tag,
                    view,
                });
            }
            let over = clock.now() >= until;
            if !over {
                self.wait_for_news(&me, &mut changes, until).await;
                me = self.still(me).await?;
                continue;
            }
            return Ok(NewsDto {
                now: clock.now(),
                tag,
                view: None,
            });
        }
    }

    /// Until something of theirs may have changed, or the time is up.
    async fn wait_for_news(
        &self,
        me: &FamilyMember,
        changes: &mut tokio::sync::broadcast::Receiver<std::sync::Arc<crate::dispatch::Changed>>,
        until: Timestamp,
    ) {
        loop {
            tokio::select! {
                () = self.app.clock.sleep_until(until) => return,
                () = self.app.stopping().cancelled() => return,
                hint = changes.recv() => match hint {
                    Ok(it) if !concerns(&it.done, me) => {}
                    // Whoever lags behind looks; with the desk gone there is the end of the wait.
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => {
                        self.app.clock.sleep_until(until).await;
                        return;
                    }
                },
            }
        }
    }

    /// The same device after a wait, if it may still look, with what it may know now.
    async fn still(&self, me: FamilyMember) -> Result<FamilyMember, Problem> {
        let ended = || Problem::unauthorized("session_ended", "this device may not look any more");
        let device = self.app.store.family_device(me.device.id).await?;
        let device = device.filter(|it| it.is_good(self.app.clock.now())).ok_or_else(ended)?;
        let (_, contact) = self.contact(me.elder, me.contact).ok_or_else(ended)?;
        Ok(FamilyMember {
            device,
            level: contact.level,
            guardian: contact.is_guardian(),
            ..me
        })
    }

    /// What is to be told, and its tag.
    async fn standing(&self, me: &FamilyMember) -> Result<(String, bool, Vec<CaseView>), Problem> {
        let now = self.app.clock.now();
        let frozen = self.app.picture.is_frozen(me.elder);
        let mut cases = if frozen {
            vec![]
        } else {
            self.cases_of_family(me, None).await?
        };
        cases.retain(|it| it.case.closed_at.is_none_or(|at| now.duration_since(at) < ENDED_FOR));
        let mut hash = Sha256::new();
        hash.update([u8::from(frozen), me.level as u8]);
        for it in &cases {
            hash.update(it.case.id.as_uuid().as_bytes());
            hash.update(it.case.version.to_be_bytes());
        }
        let digits = hash.finalize().iter().take(8).map(|it| format!("{it:02x}")).collect();
        Ok((digits, frozen, cases))
    }
}

fn concerns(done: &Done, me: &FamilyMember) -> bool {
    match done.case.subject {
        Subject::Elder(id) => id == me.elder,
        Subject::Household(id) => id == me.household,
        Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => false,
    }
}

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Month {
    /// `2026-11`; the present one when left out.
    month: Option<String>,
}

impl Month {
    /// This one.
    pub(super) const fn of(month: String) -> Self {
        Self { month: Some(month) }
    }
}

/// What happened in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoryDto {
    /// `2026-11`, by the street's calendar.
    pub month: String,
    /// Newest first.
    pub cases: Vec<FamilyCaseDto>,
}

/// What happened in a month: for a contact whom the elder lets know what was before.
#[utoipa::path(get, path = "/api/v1/family/history", tag = "family", params(Month), responses((status = 200, body = HistoryDto),
    (status = 403, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn history(api: web::Data<Api>, me: FamilyMember, asked: Query<Month>) -> Result<HttpResponse, Problem> {
    me.may_know_what_was()?;
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.month_of(me, asked.0).await }).await?;
    Ok(fresh(&dto))
}

impl FamilyMember {
    /// Whether the elder lets them know what was before.
    pub(super) fn may_know_what_was(&self) -> Result<(), Problem> {
        if self.level >= ContactLevel::History {
            return Ok(());
        }
        Err(Problem::forbidden(
            "level_too_low",
            "the elder lets you know what is going on, not what was before",
        ))
    }
}

impl Api {
    /// The first day of a month, its beginning and its end, by the street's calendar.
    pub(super) fn month_range(&self, asked: Month) -> Result<(Date, Timestamp, Timestamp), Problem> {
        let bad = || {
            let text = "month must be like 2026-11";
            Problem {
                errors: vec![FieldError::new("month", "invalid_value", text)],
                ..Problem::bad_request("bad_query", text)
            }
        };
        let first = match asked.month {
            None => self.app.desk.local(self.app.clock.now()).0.first_of_month(),
            Some(text) => format!("{text}-01").parse::<Date>().map_err(|_| bad())?,
        };
        let offset = jiff::tz::Offset::from_hours(self.app.desk.plans().utc_offset_hours);
        let offset = offset.unwrap_or(jiff::tz::Offset::UTC);
        let midnight = |day: Date| offset.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| bad());
        let from = midnight(first)?;
        let until = midnight(first.last_of_month().tomorrow().map_err(|_| bad())?)?;
        Ok((first, from, until))
    }

    async fn month_of(self, me: FamilyMember, asked: Month) -> Result<HistoryDto, Problem> {
        let (first, from, until) = self.month_range(asked)?;
        let frozen = self.app.picture.is_frozen(me.elder);
        let mut cases = if frozen {
            vec![]
        } else {
            self.cases_of_family(&me, Some(until)).await?
        };
        cases.retain(|it| it.case.opened_at >= from);
        let mut told = Vec::with_capacity(cases.len());
        for it in &cases {
            told.push(self.told(&me, it).await?);
        }
        Ok(HistoryDto {
            month: first.strftime("%Y-%m").to_string(),
            cases: told,
        })
    }
}

/// What the family says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaidIn {
    /// `seen`: I know. `going`: I am going there too. `false_alarm`: I spoke with them, nothing is wrong. `urge`: how is it
    /// getting on? The desk is rung once more.
    #[schema(value_type = String)]
    pub said: FamilyWord,
}

/// Says something to a case: a mark that the desk sees at once. It stops no clock and closes nothing. Said twice, it is one; an
/// `urge` can be said again after a while, three times by the whole family: before, 409 `urged_lately`, after, `urged_enough`.
#[utoipa::path(post, path = "/api/v1/family/cases/{id}/said", tag = "family", params(("id" = String, Path)),
    request_body = SaidIn, responses((status = 200, body = FamilyCaseDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn said(
    api: web::Data<Api>,
    me: FamilyMember,
    seen: Seen,
    body: Body<SaidIn>,
) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let command = Command::FamilySaid {
                contact: me.contact,
                said: body.value.said,
            };
            let id = seen.case.case.id;
            let done = it.app.desk.handle(id, command, Author::Family(me.contact)).await?;
            let view = CaseView {
                case: done.case.clone(),
                ..seen.case
            };
            it.told(&me, &view).await
        })
        .await?;
    Ok(fresh(&dto))
}

/// Shuts out a device of one's own, or leaves with this one.
#[utoipa::path(post, path = "/api/v1/family/devices/{id}/revoke", tag = "family", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn revoke(api: web::Data<Api>, me: FamilyMember, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: FamilyDeviceId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    api.run(async move {
        let now = it.app.clock.now();
        // The guard has held it against the contact.
        let changed = it.app.store.revoke_family_device(id, now).await?;
        for (who, outline) in changed.into_iter().flatten() {
            it.app.picture.put_outline(who, outline);
        }
        tracing::info!(device.id = %id, contact.id = %me.contact, "the family has shut a device out");
        Ok(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Files how one wishes to be told. Nobody can be the last who is not called for what is critical.
#[utoipa::path(put, path = "/api/v1/family/choices", tag = "family", request_body = super::dto::FamilyChoicesDto, responses((status = 200, body = ChoicesDto),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn choices(
    api: web::Data<Api>,
    me: FamilyMember,
    body: Body<FamilyChoices>,
) -> Result<HttpResponse, Problem> {
    let wished = body.value;
    if let Some(field) = wished.flaw() {
        let wrong = FieldError::new(
            field,
            "out_of_range",
            "must be an hour, 0 to 23, and another than the first",
        );
        return Err(Problem::fields("out_of_range", vec![wrong]));
    }
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let others = it.others_of(&me);
            let allowed = move |kept: &[(ContactId, FamilyChoices)]| {
                let of = |id: &ContactId| kept.iter().find(|it| it.0 == *id).map(|it| it.1).unwrap_or_default();
                wished.leaves_a_call(others.iter().map(of))
            };
            let (store, now) = (&it.app.store, it.app.clock.now());
            if !store
                .put_family_choices(me.elder, me.contact, wished, allowed, now)
                .await?
            {
                return Err(Problem::new(
                    actix_web::http::StatusCode::CONFLICT,
                    "last_call",
                    "nobody else would be called when something critical happens: a call stays on",
                ));
            }
            it.app.picture.put_choices(me.contact, wished);
            it.wishes(&me).await
        })
        .await?;
    Ok(fresh(&dto))
}
