//! A revision held against what happened: of the calls for help of the last days, how many would have reached the grid, the street, or
//! nobody's door in time by it, and how many did by what was in force.
//!
//! Counted from the cases' logs, a page at a time: no request reads a month at once.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::plans::OwnPlansDto;
use super::problem::{FieldError, Problem};
use super::wire::{Body, Listed, read_cursor, write_cursor};
use crate::case::hindsight::{Beginning, Hindsight, as_recorded, beginning, by_plan};
use crate::case::{Event, Kind, Lane, Plan, PlanSet, Record, Subject};
use crate::ids::CaseId;
use crate::people::AreaCode;
use crate::store::StoreError;
use crate::store::cases::{CaseFilter, Cursor};

/// The days that are looked back on at most.
const DAYS_MAX: u8 = 30;
/// Cases of one page: each is one small read and some hundred decisions.
const PAGE: u64 = 100;
/// Cases that are named in one page.
const NAMED_MAX: usize = 20;

/// A revision to be held against what happened.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanCheckIn {
    pub draft: OwnPlansDto,
    /// How many days to look back, 1 to 30; absent: 30.
    #[serde(default)]
    pub days: Option<u8>,
    /// The `next` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// What became of some cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanCountDto {
    /// The grid or the street owned them.
    pub grid: u32,
    /// The street owned them.
    pub street: u32,
    /// Nobody was at the door in time.
    pub door_late: u32,
}

/// A case that would have gone another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanOtherwiseDto {
    #[schema(value_type = String)]
    pub case_id: CaseId,
    pub number: String,
    #[schema(value_type = String)]
    pub kind: Kind,
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// `grid`, `street`, `door_late`: what it would have been by the draft and was not by what was in force.
    pub more: Vec<String>,
    /// What it was by what was in force and would not have been.
    pub less: Vec<String>,
}

/// A page of the comparison; whoever wants the whole adds the pages up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanCheckDto {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Calls for help that were compared.
    pub cases: u32,
    /// Exercises, and calls about somebody of whom the register knows nothing any more.
    pub left_out: u32,
    /// As the logs say.
    pub recorded: PlanCountDto,
    /// By the plan that was in force, reckoned in the same way as the draft.
    pub in_force: PlanCountDto,
    /// By the draft.
    pub draft: PlanCountDto,
    /// Cases that would have gone another way; at most 20 a page.
    pub otherwise: Vec<PlanOtherwiseDto>,
    /// Where the next page begins; absent: this was the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl PlanCountDto {
    fn add(&mut self, it: Hindsight) {
        self.grid += u32::from(it.grid);
        self.street += u32::from(it.street);
        self.door_late += u32::from(it.door_late);
    }
}

/// A case of the past, as it is compared.
struct Past {
    id: CaseId,
    number: Arc<str>,
    log: Vec<Record>,
    /// The plan that was frozen into it.
    plan: Arc<Plan>,
}

fn otherwise(it: &Past, begun: &Beginning, was: Hindsight, is: Hindsight) -> Option<PlanOtherwiseDto> {
    let pairs = [
        ("grid", was.grid, is.grid),
        ("street", was.street, is.street),
        ("door_late", was.door_late, is.door_late),
    ];
    let those = |wanted: (bool, bool)| {
        let found = pairs.iter().filter(|it| (it.1, it.2) == wanted);
        found.map(|it| it.0.to_owned()).collect::<Vec<_>>()
    };
    let (more, less) = (those((false, true)), those((true, false)));
    (was != is).then(|| PlanOtherwiseDto {
        case_id: it.id,
        number: it.number.to_string(),
        kind: begun.kind,
        opened_at: begun.at,
        more,
        less,
    })
}

impl Api {
    /// The plan that a case would have by a draft. By the needs of today: those of then are written nowhere. None: nobody knows them.
    fn plan_of_draft(&self, begun: &Beginning, draft: &PlanSet) -> Option<Arc<Plan>> {
        let picture = &self.app.picture;
        let needs = match begun.subject {
            Subject::Elder(id) => {
                picture.elder(id)?;
                picture.needs(id)
            }
            Subject::Household(id) => {
                picture.household(id)?;
                picture.household_needs(id)
            }
            Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => Default::default(),
        };
        let (_, hour) = self.app.desk.local(begun.at);
        let plan = if begun.lessened {
            draft.plan_for(Kind::Unknown, &Default::default(), hour)
        } else {
            draft.plan_for(begun.kind, &needs, hour)
        };
        Some(Arc::new(plan))
    }

    fn compare_page(&self, past: &[Past], draft: &PlanSet, now: Timestamp, page: &mut PlanCheckDto) {
        for it in past {
            let reckoned = beginning(&it.log).and_then(|begun| {
                let plan = self.plan_of_draft(&begun, draft)?;
                let was = by_plan(&it.log, &it.plan, now)?;
                Some((begun, was, by_plan(&it.log, &plan, now)?))
            });
            let Some((begun, was, is)) = reckoned else {
                page.left_out += 1;
                continue;
            };
            page.cases += 1;
            page.recorded.add(as_recorded(&it.log));
            page.in_force.add(was);
            page.draft.add(is);
            if page.otherwise.len() < NAMED_MAX {
                page.otherwise.extend(otherwise(it, &begun, was, is));
            }
        }
    }

    async fn check_plan(&self, who: &SignedIn, street: AreaCode, body: PlanCheckIn) -> Result<PlanCheckDto, Problem> {
        let own = body.draft.read("draft.")?;
        let days = body.days.unwrap_or(DAYS_MAX);
        if !(1..=DAYS_MAX).contains(&days) {
            let wrong = FieldError::new("days", "out_of_range", "must be 1 to 30");
            return Err(Problem::fields("out_of_range", vec![wrong]));
        }
        let after = body
            .cursor
            .as_deref()
            .map(|it| read_cursor(Listed::PlanCheck, it))
            .transpose()?;
        let now = self.app.clock.now();
        let from = now - SignedDuration::from_hours(24 * i64::from(days));
        let filter = CaseFilter {
            scope: Some(std::iter::once(street).collect()),
            lane: Some(Lane::Help.to_string()),
            opened_from: Some(from),
            ..CaseFilter::default()
        };
        let store = &self.app.store;
        let after = after.map(|(at, id)| Cursor { at, id });
        let found = store.list_cases(&filter, after, PAGE).await?;
        for error in &found.corrupt {
            tracing::error!(%error, "a case is left out of a comparison");
        }
        let mut past = Vec::with_capacity(found.items.len());
        for view in &found.items {
            let log = self.log_of(view.case.id).await?;
            let first = log.first().and_then(|it| match it.event {
                Event::Opened { plan, .. } => Some(plan),
                _ => None,
            });
            let plan = match first {
                Some(id) => store.plan(id).await,
                None => continue,
            };
            let plan = match plan {
                Ok(plan) => plan,
                // One that does not read back leaves its own case out, not the others.
                Err(error @ StoreError::Corrupt { .. }) => {
                    tracing::error!(%error, case.id = %view.case.id, "a case is left out of a comparison");
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            past.push(Past {
                id: view.case.id,
                number: view.number.clone(),
                log,
                plan,
            });
        }
        let book = self.app.desk.plan_book();
        let draft = book.set_of(street, book.last_version(street) + 1, &own);
        let left_out = found.items.len() - past.len();
        let next = found.next.map(|it| write_cursor(Listed::PlanCheck, Some(it.at), it.id));
        let it = self.clone();
        tracing::debug!(street = %street, user.id = %who.user, cases = past.len(), "a revision is held against what happened");
        self.compute(move || {
            let mut page = PlanCheckDto {
                from,
                until: now,
                cases: 0,
                left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
                recorded: PlanCountDto::default(),
                in_force: PlanCountDto::default(),
                draft: PlanCountDto::default(),
                otherwise: Vec::new(),
                next,
            };
            it.compare_page(&past, &draft, now, &mut page);
            page
        })
        .await
    }
}

/// Holds a revision against the calls for help of the last days, 100 a page, the newest first. People are taken to have done what they did at
/// the times at which they did it. Nothing is written.
#[utoipa::path(post, path = "/api/v1/plans/{street}/check", tag = "plans", params(("street" = String, Path)),
    request_body = PlanCheckIn, responses((status = 200, body = PlanCheckDto),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn check(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<PlanCheckIn>,
) -> Result<HttpResponse, Problem> {
    let street = api.own_street(&who, &request)?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move { it.check_plan(&who, street, body.value).await })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}
