//! Follow-ups (回访): those that are overdue, with each try; and what a month's have come to, by area.
//!
//! Every figure is counted from the follow-ups themselves whenever it is asked for: there is no sum beside them that could differ.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::history::{first_of, month_bounds};
use super::problem::Problem;
use super::view::{CaseDto, area_name, case_view};
use super::wire::{Listed, PageDto, Query, limit, read_cursor, write_cursor};
use crate::case::{Aftercare, AskedBy, Author, Event, Kind, Outcome, Satisfaction};
use crate::store::cases::{CaseFilter, CaseView, Cursor};

/// A follow-up has a result, or three tries, within this.
pub const WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// Rows read at a time for the figures.
const PAGE: u64 = 500;
/// Records of one follow-up that are looked through for its tries.
const RECORDS_MAX: u64 = 200;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichPage {
    /// Rows at most, 1 to 200; 50 when left out.
    #[serde(default)]
    pub limit: Option<u64>,
    /// The cursor of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// One time that somebody was asked, or tried to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TryDto {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// By whom.
    #[schema(value_type = Object)]
    pub by: Author,
    /// `phone`, `visit`, `message`; absent: nobody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub how: Option<AskedBy>,
    /// What came of it.
    #[schema(value_type = String)]
    pub result: Aftercare,
}

/// A follow-up or a welfare review that should have had a result.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OverdueDto {
    pub case: CaseDto,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// Each try so far, oldest first.
    pub tries: Vec<TryDto>,
}

/// Open follow-ups and welfare reviews whose 24 hours are over, the newest first.
#[utoipa::path(get, path = "/api/v1/follow-ups/overdue", tag = "cases", params(WhichPage),
    responses((status = 200, body = PageDto<OverdueDto>)))]
pub async fn overdue(api: web::Data<Api>, who: SignedIn, asked: Query<WhichPage>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let (store, now, viewer) = (&it.app.store, it.app.clock.now(), who.viewer());
            let most = limit(asked.0.limit)?;
            let cursor = asked.0.cursor.as_deref();
            let after = cursor.map(|it| read_cursor(Listed::Cases, it)).transpose()?;
            let filter = CaseFilter {
                scope: Some(who.scope.clone()),
                nowhere_too: !who.scope.is_empty(),
                open: true,
                kinds: vec![Kind::FollowUp, Kind::WelfareReview],
                // To the instant 24 hours old, it is overdue.
                opened_until: now
                    .checked_sub(WITHIN)
                    .ok()
                    .and_then(|it| it.checked_add(SignedDuration::from_micros(1)).ok()),
                ..CaseFilter::default()
            };
            let page = store
                .list_cases(&filter, after.map(|(at, id)| Cursor { at, id }), most)
                .await?;
            for error in &page.corrupt {
                tracing::error!(%error, "a case does not read back");
                store.keep_aside(error, now).await?;
            }
            let mut items = Vec::with_capacity(page.items.len());
            for view in &page.items {
                store.plan_of(&view.case).await?;
                let Some(case) = case_view(&it.app, &viewer, view) else {
                    continue;
                };
                let due_at = view.case.opened_at + WITHIN;
                let tries = it.tries(view).await?;
                items.push(OverdueDto { case, due_at, tries });
            }
            let next = page.next.map(|it| write_cursor(Listed::Cases, Some(it.at), it.id));
            Ok(PageDto { items, next })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

impl Api {
    async fn tries(&self, view: &CaseView) -> Result<Vec<TryDto>, Problem> {
        let records = self.app.store.events(view.case.id, 0, RECORDS_MAX).await?;
        let tries = records.into_iter().filter_map(|row| match row.record.event {
            Event::FollowedUp { result, how } => Some(TryDto {
                at: row.record.at,
                by: row.record.by,
                how,
                result,
            }),
            _ => None,
        });
        Ok(tries.collect())
    }
}

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichMonth {
    /// As `2026-03`, by the street's calendar; the one that runs when left out.
    #[serde(default)]
    pub month: Option<String>,
}

/// What the follow-ups of one area have come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FollowUpCountsDto {
    /// Real cases whose follow-up was opened in the month.
    pub due: u32,
    /// Somebody has answered, whatever they said.
    pub reached: u32,
    /// Three tries, and nobody.
    pub not_reached: u32,
    /// Ended, or with the third try, later than 24 hours after they were opened.
    pub late: u32,
    /// Open, and their 24 hours are over.
    pub overdue: u32,
    /// Counted as satisfied.
    pub satisfied: u32,
    /// Counted as mostly satisfied.
    pub mostly_satisfied: u32,
    /// Counted as dissatisfied.
    pub dissatisfied: u32,
}

/// The follow-ups of an area in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FollowUpAreaDto {
    /// A community, or what is known of the place.
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
    #[serde(flatten)]
    pub counts: FollowUpCountsDto,
}

/// The follow-ups of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FollowUpMonthDto {
    pub month: String,
    /// By area, in the order of their codes.
    pub areas: Vec<FollowUpAreaDto>,
    pub total: FollowUpCountsDto,
}

/// What the follow-ups of one month have come to, by community, as far as the caller may see.
#[utoipa::path(get, path = "/api/v1/follow-ups/month", tag = "cases", params(WhichMonth),
    responses((status = 200, body = FollowUpMonthDto)))]
pub async fn month(api: web::Data<Api>, who: SignedIn, asked: Query<WhichMonth>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let now = it.app.clock.now();
            let offset = Offset::from_hours(it.app.desk.plans().utc_offset_hours).unwrap_or(Offset::UTC);
            let first = first_of(asked.0.month.as_deref(), offset.to_datetime(now).date())?;
            let (from, until) = month_bounds(first, offset)?;
            let filter = CaseFilter {
                scope: Some(who.scope.clone()),
                nowhere_too: !who.scope.is_empty(),
                kind: Some(Kind::FollowUp.as_str().to_owned()),
                opened_from: Some(from),
                opened_until: Some(until),
                ..CaseFilter::default()
            };
            let mut areas: BTreeMap<String, FollowUpCountsDto> = BTreeMap::new();
            let mut total = FollowUpCountsDto::default();
            let mut after = None;
            loop {
                let page = it.app.store.list_cases(&filter, after, PAGE).await?;
                for view in page.items.iter().filter(|it| !it.case.drill) {
                    let community = view.area_code.get(..12).unwrap_or(&view.area_code).to_owned();
                    count(areas.entry(community).or_default(), view, now);
                    count(&mut total, view, now);
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let areas = areas.into_iter().map(|(area_code, counts)| FollowUpAreaDto {
                area_name: area_name(&it.app, &area_code),
                area_code,
                counts,
            });
            Ok(FollowUpMonthDto {
                month: first.strftime("%Y-%m").to_string(),
                areas: areas.collect(),
                total,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

fn count(sum: &mut FollowUpCountsDto, view: &CaseView, now: Timestamp) {
    let case = &*view.case;
    if case.outcome == Some(Outcome::SuspectedDeath) {
        return; // nobody is asked
    }
    let due_at = case.opened_at + WITHIN;
    sum.due += 1;
    sum.reached += u32::from(case.found.is_some());
    sum.not_reached += u32::from(case.outcome == Some(Outcome::NotReached));
    sum.late += u32::from(case.closed_at.is_some_and(|it| it > due_at));
    sum.overdue += u32::from(case.state.is_open() && now >= due_at);
    match case.satisfaction.map(|it| it.0) {
        Some(Satisfaction::Satisfied) => sum.satisfied += 1,
        Some(Satisfaction::Mostly) => sum.mostly_satisfied += 1,
        Some(Satisfaction::Dissatisfied) => sum.dissatisfied += 1,
        None => {}
    }
}
