//! The responsibility chain (三级包联): who answers for a grid or a household, posts that nobody holds, and who stands in for whom.
//!
//! A stand-in is one action and holds from its first instant: the absent one is neither asked nor told, and whoever stands in is asked in
//! their place, where they work.

use std::collections::{BTreeMap, HashMap};

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::station_register::{Part, RegisterEventDto, if_match, stale, with_etag};
use super::wire::{Body, PageDto, Query, path_id};
use crate::ids::{HouseholdId, ResponderId};
use crate::people::{AreaCode, AreaLevel, Chain, ChainPost, ChainSubject, Link, StandIn, answerable, resolve_stand_in};
use crate::store::RegisterEvent;

/// An absence is filed for so long at most: nobody is ill for a year without somebody looking again.
pub const ABSENT_MAX_DAYS: i64 = 366;
/// A beginning that has just passed is taken.
const JUST_NOW: SignedDuration = SignedDuration::from_hours(1);
/// Households without a chain that are named in one answer.
const NAMED_MAX: usize = 500;

/// Who holds a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkDto {
    /// `grid_worker`, `grid_head`, `community_secretary`.
    #[schema(value_type = String)]
    pub post: ChainPost,
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
}

/// Who answers for a post now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswersDto {
    #[schema(value_type = String)]
    pub post: ChainPost,
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whose post it is, when that is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub in_place_of: Option<ResponderId>,
}

/// The chain of a grid or a household. The `ETag` of the answer is what an edit names in `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChainDto {
    /// The grid, or the grid of the household.
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub household_id: Option<HouseholdId>,
    /// What is filed for it itself; of a household none: the grid's holds.
    pub links: Vec<LinkDto>,
    /// Who answers now, stand-ins and the grid's chain among them, the nearest post first.
    pub answers: Vec<AnswersDto>,
    /// Posts for which nobody answers now.
    #[schema(value_type = Vec<String>)]
    pub vacant: Vec<ChainPost>,
    pub version: i64,
}

/// The chain as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainIn {
    /// Each post once; none: it has no chain of its own any more.
    pub links: Vec<LinkDto>,
}

/// A grid and its chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GridChainDto {
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub answers: Vec<AnswersDto>,
    #[schema(value_type = Vec<String>)]
    pub vacant: Vec<ChainPost>,
    /// Homes in it in which elders live.
    pub households: usize,
}

/// A home for which nobody answers at some post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HouseholdGapDto {
    #[schema(value_type = String)]
    pub household_id: HouseholdId,
    pub area_code: String,
    pub address: String,
    /// All three: it has no chain at all.
    #[schema(value_type = Vec<String>)]
    pub vacant: Vec<ChainPost>,
}

/// The chains of the caller's areas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChainsDto {
    /// Every grid in which elders live, by code.
    pub grids: Vec<GridChainDto>,
    /// Homes with a post for which nobody answers, by grid and address; at most 500 are named.
    pub gaps: Vec<HouseholdGapDto>,
    /// How many homes have one.
    pub gap_count: usize,
    /// How many of them have no chain at all.
    pub without_chain: usize,
}

impl Api {
    fn answers(&self, grid: AreaCode, household: Option<HouseholdId>, stand_ins: &[StandIn]) -> Vec<AnswersDto> {
        let picture = &self.app.picture;
        let own = household.and_then(|it| picture.chain(ChainSubject::Household(it)));
        let of_grid = picture.chain(ChainSubject::Grid(grid));
        let now = self.app.clock.now();
        let found = answerable(own.as_deref(), of_grid.as_deref(), stand_ins, now);
        let dto = |it: crate::people::Answerable| AnswersDto {
            post: it.post,
            responder_id: it.responder,
            name: picture.responder(it.responder).map(|it| it.name.clone()),
            in_place_of: it.in_place_of,
        };
        found.into_iter().map(dto).collect()
    }

    fn chains(&self, who: &SignedIn) -> ChainsDto {
        let picture = &self.app.picture;
        let stand_ins = picture.stand_ins();
        let chains: HashMap<ChainSubject, std::sync::Arc<Chain>> =
            picture.chains().into_iter().map(|it| (it.subject, it)).collect();
        let now = self.app.clock.now();
        let mut grids: BTreeMap<AreaCode, usize> = BTreeMap::new();
        let mut gaps = Vec::new();
        picture.each_household(|home, members| {
            if members == 0 || !who.scope.contains(home.grid) {
                return;
            }
            *grids.entry(home.grid).or_default() += 1;
            let own = chains.get(&ChainSubject::Household(home.id)).map(|it| &**it);
            let of_grid = chains.get(&ChainSubject::Grid(home.grid)).map(|it| &**it);
            let answered: Vec<ChainPost> = answerable(own, of_grid, &stand_ins, now)
                .iter()
                .map(|it| it.post)
                .collect();
            let vacant = vacant(&answered);
            if !vacant.is_empty() {
                gaps.push(HouseholdGapDto {
                    household_id: home.id,
                    area_code: home.grid.to_string(),
                    address: home.address.clone(),
                    vacant,
                });
            }
        });
        gaps.sort_by(|a, b| {
            (&a.area_code, &a.address, a.household_id).cmp(&(&b.area_code, &b.address, b.household_id))
        });
        let gap_count = gaps.len();
        let without_chain = gaps.iter().filter(|it| it.vacant.len() == ChainPost::ALL.len()).count();
        gaps.truncate(NAMED_MAX);
        let grid = |(code, households): (AreaCode, usize)| {
            let answers = self.answers(code, None, &stand_ins);
            let held: Vec<ChainPost> = answers.iter().map(|it| it.post).collect();
            GridChainDto {
                area_code: code.to_string(),
                name: picture.area_name(code),
                answers,
                vacant: vacant(&held),
                households,
            }
        };
        ChainsDto {
            grids: grids.into_iter().map(grid).collect(),
            gaps,
            gap_count,
            without_chain,
        }
    }

    /// A grid or a household of the caller's areas.
    fn chain_place(&self, who: &SignedIn, subject: ChainSubject) -> Result<AreaCode, Problem> {
        let found = match subject {
            ChainSubject::Grid(code) => self.app.picture.area_id(code).map(|_| code),
            ChainSubject::Household(id) => self.app.picture.household(id).map(|it| it.0.grid),
        };
        let seen = found.filter(|it| who.scope.contains(*it));
        seen.ok_or_else(|| Problem::not_found("chain_not_found", "there is no such grid or household"))
    }

    async fn chain(&self, who: &SignedIn, subject: ChainSubject) -> Result<ChainDto, Problem> {
        let grid = self.chain_place(who, subject)?;
        let household = match subject {
            ChainSubject::Grid(_) => None,
            ChainSubject::Household(id) => Some(id),
        };
        let (today, _) = self.app.desk.local(self.app.clock.now());
        let book = self.app.store.area_book(today).await?;
        let version = self.app.store.chain_version(subject, &book).await?;
        let answers = self.answers(grid, household, &self.app.picture.stand_ins());
        let held: Vec<ChainPost> = answers.iter().map(|it| it.post).collect();
        let links = self
            .app
            .picture
            .chain(subject)
            .map(|it| it.links.clone())
            .unwrap_or_default();
        Ok(ChainDto {
            area_code: grid.to_string(),
            household_id: household,
            links: links.iter().map(link_dto).collect(),
            answers,
            vacant: vacant(&held),
            version,
        })
    }

    async fn edit_chain(
        &self,
        who: &SignedIn,
        subject: ChainSubject,
        links: Vec<LinkDto>,
        version: i64,
    ) -> Result<ChainDto, Problem> {
        self.chain_place(who, subject)?;
        let app = &self.app;
        if !links.iter().all(|it| app.picture.responder(it.responder_id).is_some()) {
            let wrong = FieldError::new("links", "invalid_value", "somebody of these is no responder");
            return Err(Problem::fields("invalid_value", vec![wrong]));
        }
        let now = app.clock.now();
        let (today, _) = app.desk.local(now);
        let book = app.store.area_book(today).await?;
        let before = app
            .picture
            .chain(subject)
            .map(|it| it.links.clone())
            .unwrap_or_default();
        let links: Vec<Link> = links
            .into_iter()
            .map(|it| Link {
                post: it.post,
                responder: it.responder_id,
            })
            .collect();
        let json = |it: &[Link]| serde_json::to_value(it).ok();
        let event = RegisterEvent {
            id: app.ids.make(),
            subject: log_key(subject),
            at: now,
            by: who.user,
            what: "edited".to_owned(),
            before: json(&before),
            after: json(&links),
        };
        app.store
            .edit_chain(subject, links, version, event, &book)
            .await
            .map_err(stale)?;
        app.refresh_picture(false).await?;
        self.chain(who, subject).await
    }
}

fn link_dto(it: &Link) -> LinkDto {
    LinkDto {
        post: it.post,
        responder_id: it.responder,
    }
}

fn vacant(held: &[ChainPost]) -> Vec<ChainPost> {
    ChainPost::ALL.iter().copied().filter(|it| !held.contains(it)).collect()
}

fn log_key(subject: ChainSubject) -> String {
    match subject {
        ChainSubject::Grid(code) => format!("chain {code}"),
        ChainSubject::Household(id) => format!("chain {id}"),
    }
}

/// The grid or household in a path: 15 digits, or a household's id.
fn subject(request: &HttpRequest) -> Result<ChainSubject, Problem> {
    let text = request.match_info().get("subject").unwrap_or_default();
    if let Ok(id) = text.parse::<HouseholdId>() {
        return Ok(ChainSubject::Household(id));
    }
    let grid = text.parse::<AreaCode>().ok().filter(|it| it.level() == AreaLevel::Grid);
    grid.map(ChainSubject::Grid)
        .ok_or_else(|| Problem::bad_request("bad_id", "a chain is named by a grid's 15 digits or a household's id"))
}

/// The chains of the caller's areas, and every home with a post for which nobody answers now.
#[utoipa::path(get, path = "/api/v1/chains", tag = "people", responses((status = 200, body = ChainsDto)))]
pub async fn list(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    // A district has a hundred thousand homes: not on a thread that answers.
    let dto = api.compute(move || it.chains(&who)).await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// One chain: of a grid (15 digits) or of a household (its id).
#[utoipa::path(get, path = "/api/v1/chains/{subject}", tag = "people", params(("subject" = String, Path)), responses((status = 200, body = ChainDto)))]
pub async fn one(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let subject = subject(&request)?;
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.chain(&who, subject).await }).await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Edits a chain over the version that was seen: 412 when somebody was quicker.
#[utoipa::path(put, path = "/api/v1/chains/{subject}", tag = "people", params(("subject" = String, Path), ("If-Match" = String, Header)),
    request_body = ChainIn, responses((status = 200, body = ChainDto),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<ChainIn>,
) -> Result<HttpResponse, Problem> {
    let subject = subject(&request)?;
    let version = if_match(&request)?;
    let it = api.get_ref().clone();
    let links = body.value.links;
    let dto = api
        .run(async move { it.edit_chain(&who, subject, links, version).await })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Who has changed what of a chain, the last first.
#[utoipa::path(get, path = "/api/v1/chains/{subject}/log", tag = "people", params(("subject" = String, Path), Part),
    responses((status = 200, body = PageDto<RegisterEventDto>)))]
pub async fn log(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<Part>,
) -> Result<HttpResponse, Problem> {
    let subject = subject(&request)?;
    api.chain_place(&who, subject)?;
    let it = api.get_ref().clone();
    let Part { limit, cursor } = asked.0;
    let page = api
        .run(async move { it.register_log(&log_key(subject), limit, cursor).await })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Somebody is absent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsenceIn {
    /// Who answers instead.
    #[schema(value_type = String)]
    pub by: ResponderId,
    /// Since when; now when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Until when; until somebody says that they are back when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

/// An absence, and whether it is covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AbsenceDto {
    #[schema(value_type = String)]
    pub absent: ResponderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_name: Option<String>,
    #[schema(value_type = String)]
    pub by: ResponderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_name: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// It holds now.
    pub now: bool,
    /// Who answers at its beginning, or now once it has begun; absent: those who stand in only point at each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub answers: Option<ResponderId>,
    /// What to look after: `nobody_answers`, `stand_in_off_duty`.
    pub warnings: Vec<String>,
}

/// The absences that hold or come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AbsencesDto {
    pub items: Vec<AbsenceDto>,
}

impl Api {
    fn absence_dto(&self, it: &StandIn, all: &[StandIn]) -> AbsenceDto {
        let picture = &self.app.picture;
        let now = self.app.clock.now();
        let answers = resolve_stand_in(all, it.absent, it.from.max(now));
        let name = |id| picture.responder(id).map(|it| it.name.clone());
        let mut warnings = Vec::new();
        match answers {
            None => warnings.push("nobody_answers".to_owned()),
            Some(id) => {
                let on = picture.responder(id).is_some_and(|it| it.duty.on);
                if it.covers(now) && !on {
                    warnings.push("stand_in_off_duty".to_owned());
                }
            }
        }
        AbsenceDto {
            absent: it.absent,
            absent_name: name(it.absent),
            by: it.by,
            by_name: name(it.by),
            from: it.from,
            until: it.until,
            now: it.covers(now),
            answers,
            warnings,
        }
    }

    fn absences(&self, who: &SignedIn) -> AbsencesDto {
        let all = self.app.picture.stand_ins();
        let theirs = |id| {
            let found = self.app.picture.responder(id);
            found.is_some_and(|it| super::responders::works_in(&it, &who.scope))
        };
        let mut items: Vec<AbsenceDto> = all
            .iter()
            .filter(|it| theirs(it.absent) || theirs(it.by))
            .map(|it| self.absence_dto(it, &all))
            .collect();
        items.sort_by_key(|it| (it.from, it.absent));
        AbsencesDto { items }
    }

    async fn file_absence(&self, who: &SignedIn, absent: ResponderId, asked: AbsenceIn) -> Result<AbsenceDto, Problem> {
        let app = &self.app;
        let now = app.clock.now();
        let from = asked.from.unwrap_or(now);
        let latest = now + SignedDuration::from_hours(24 * ABSENT_MAX_DAYS);
        let wrong = |field: &str, code: &'static str, text: String| {
            Err(Problem::fields(code, vec![FieldError::new(field, code, text)]))
        };
        if from < now - JUST_NOW || from > latest {
            let text = format!("must lie between an hour ago and {ABSENT_MAX_DAYS} days on");
            return wrong("from", "out_of_range", text);
        }
        if asked.until.is_some_and(|it| it <= from.max(now) || it > latest) {
            return wrong(
                "until",
                "out_of_range",
                format!("must lie after from, at most {ABSENT_MAX_DAYS} days on"),
            );
        }
        let known = app.picture.responder(asked.by);
        let theirs = known.filter(|it| super::responders::works_in(it, &who.scope));
        if theirs.is_none() {
            return wrong(
                "by",
                "invalid_value",
                "there is no such responder in your areas".to_owned(),
            );
        }
        let it = StandIn {
            absent,
            by: asked.by,
            from,
            until: asked.until,
        };
        let event = self.absence_event(who, absent, "absent", serde_json::to_value(&it).ok());
        app.store.file_stand_in(it.clone(), event).await?;
        app.refresh_picture(false).await?;
        tracing::info!(responder.id = %absent, by.id = %asked.by, user.id = %who.user, "somebody stands in");
        Ok(self.absence_dto(&it, &app.picture.stand_ins()))
    }

    fn absence_event(
        &self,
        who: &SignedIn,
        absent: ResponderId,
        what: &str,
        after: Option<serde_json::Value>,
    ) -> RegisterEvent {
        RegisterEvent {
            id: self.app.ids.make(),
            subject: absent.to_string(),
            at: self.app.clock.now(),
            by: who.user,
            what: what.to_owned(),
            before: None,
            after,
        }
    }
}

/// "Sick today": somebody is absent, and somebody else answers from this instant on. A second one of the same beginning replaces the
/// first.
#[utoipa::path(post, path = "/api/v1/responders/{id}/absence", tag = "people", params(("id" = String, Path)), request_body = AbsenceIn,
    responses((status = 201, body = AbsenceDto), (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn absent(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<AbsenceIn>,
) -> Result<HttpResponse, Problem> {
    let id: ResponderId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move { it.file_absence(&who, id, body.value).await })
        .await?;
    Ok(HttpResponse::Created().json(dto))
}

/// They are back: whoever stood in does so no more. Said again, nothing changes.
#[utoipa::path(post, path = "/api/v1/responders/{id}/absence/end", tag = "people", params(("id" = String, Path)), responses((status = 204)))]
pub async fn back(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: ResponderId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    api.run(async move {
        let event = it.absence_event(&who, id, "back", None);
        it.app.store.end_stand_ins(id, it.app.clock.now(), event).await?;
        it.app.refresh_picture(false).await?;
        Ok(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who is absent or will be, and who stands in, of those who work in the caller's areas.
#[utoipa::path(get, path = "/api/v1/absences", tag = "people", responses((status = 200, body = AbsencesDto)))]
pub async fn absences(api: web::Data<Api>, who: SignedIn) -> HttpResponse {
    HttpResponse::Ok().json(api.absences(&who))
}
