//! What a responder was asked and what came of it, for themselves: no name, no door, no number of a case, an area and no more.

use actix_web::{HttpResponse, web};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan as _, civil};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::dto;
use super::problem::{FieldError, Problem};
use super::view::{area_name, cut};
use super::wire::{Listed, Query, limit, read_cursor, write_cursor};
use crate::case::{Kind, Outcome, Severity, State};
use crate::ids::{CaseId, ResponderId};
use crate::store::cases::{CaseFilter, CaseView, Cursor, Way};

/// Cases of one month that the sums are made of, at most: more than twenty a day.
const SUMMED_MAX: usize = 1_000;

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// `2026-03`, by the street's own calendar; the present one when left out.
    month: Option<String>,
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// What came of being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PastRole {
    /// Led at some time.
    Lead,
    /// Said yes, and did not lead.
    Backup,
    /// Said no.
    Declined,
    /// Did not answer, or was not needed before they could.
    Unanswered,
}

/// One case that was put to the caller.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PastDto {
    #[schema(value_type = String)]
    pub kind: Kind,
    #[schema(value_type = dto::SeverityWord)]
    pub severity: Severity,
    /// The community, or the area above it that has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
    /// When they were asked; where the desk sent them, when it did.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// Seconds from there to the yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_s: Option<i64>,
    /// Seconds from the yes to the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_s: Option<i64>,
    pub role: PastRole,
    /// How it ended, for who said yes; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub outcome: Option<Outcome>,
    /// It is not over yet.
    pub open: bool,
    /// An exercise: it is in no sum.
    pub drill: bool,
}

/// A month in figures; exercises are not counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SumsDto {
    /// How often they were asked or sent.
    pub asked: usize,
    /// How often they said yes or no.
    pub answered: usize,
    /// How often they said yes.
    pub accepted: usize,
    /// How often they were at the door.
    pub at_door: usize,
    /// The median of the seconds from the yes to the door; absent: never at a door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_door_s: Option<i64>,
}

/// A page of a month, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OwnRecordDto {
    /// `2026-03`.
    pub month: String,
    pub items: Vec<PastDto>,
    /// The cursor of the next page; null: this is the last one.
    #[serde(default)]
    pub next: Option<String>,
    /// Of the whole month; on its first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sums: Option<SumsDto>,
}

/// What the caller was asked in one month, and what came of it.
#[utoipa::path(get, path = "/api/v1/responders/me/history", tag = "people", params(Which), responses((status = 200, body = OwnRecordDto)))]
pub async fn mine(api: web::Data<Api>, who: SignedIn, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let me = who.responder()?;
            let offset = Offset::from_hours(it.app.desk.plans().utc_offset_hours).unwrap_or(Offset::UTC);
            let first = first_of(asked.0.month.as_deref(), offset.to_datetime(it.app.clock.now()).date())?;
            let most = limit(asked.0.limit)?;
            let after = asked
                .0
                .cursor
                .as_deref()
                .map(|it| read_cursor(Listed::History, it))
                .transpose()?;
            let filter = month_of(me, first, offset)?;
            let store = &it.app.store;
            let page = store
                .list_cases(&filter, after.map(|(at, id)| Cursor { at, id }), most)
                .await?;
            for error in &page.corrupt {
                tracing::error!(%error, "a case does not read back");
                store.keep_aside(error, it.app.clock.now()).await?;
            }
            let items = it.past(me, &page.items).await?;
            let next = page.next.map(|it| write_cursor(Listed::History, Some(it.at), it.id));
            let sums = match (after, &next) {
                (None, None) => Some(sums_of(&items)),
                (None, Some(_)) => Some(it.sums(me, &filter).await?),
                (Some(_), _) => None,
            };
            Ok(OwnRecordDto {
                month: first.strftime("%Y-%m").to_string(),
                items,
                next,
                sums,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// The first day of the month that is asked for.
pub(super) fn first_of(said: Option<&str>, today: civil::Date) -> Result<civil::Date, Problem> {
    let Some(said) = said else {
        return Ok(today.first_of_month());
    };
    format!("{said}-01").parse().map_err(|_| {
        let text = "month: a year and a month, as 2026-03";
        Problem {
            errors: vec![FieldError::new("month", "invalid_value", text)],
            ..Problem::bad_request("bad_query", text)
        }
    })
}

/// From when until when a calendar month lasts.
pub(super) fn month_bounds(first: civil::Date, offset: Offset) -> Result<(Timestamp, Timestamp), Problem> {
    let begins = |day: civil::Date| offset.to_timestamp(day.to_datetime(civil::Time::midnight())).ok();
    let next = first.checked_add(1.month()).ok();
    begins(first)
        .zip(next.and_then(begins))
        .ok_or_else(|| Problem::bad_request("bad_query", "month: no such month"))
}

/// The cases of one calendar month that were put to a responder.
fn month_of(me: ResponderId, first: civil::Date, offset: Offset) -> Result<CaseFilter, Problem> {
    let (from, until) = month_bounds(first, offset)?;
    Ok(CaseFilter {
        put_to: Some(me),
        opened_from: Some(from),
        opened_until: Some(until),
        ..CaseFilter::default()
    })
}

impl Api {
    async fn past(&self, me: ResponderId, cases: &[CaseView]) -> Result<Vec<PastDto>, Problem> {
        let went = |it: &&CaseView| it.case.assignment(me).is_some();
        let ids: Vec<CaseId> = cases.iter().filter(went).map(|it| it.case.id).collect();
        let ways = self.app.store.ways_of(me, &ids).await?;
        Ok(cases
            .iter()
            .map(|view| {
                let way = ways.get(&view.case.id).copied().unwrap_or_default();
                past(me, view, way, area_name(&self.app, &cut(&view.area_code)))
            })
            .collect())
    }

    async fn sums(&self, me: ResponderId, filter: &CaseFilter) -> Result<SumsDto, Problem> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.app.store.list_cases(filter, after, super::wire::LIMIT_MAX).await?;
            all.extend(self.past(me, &page.items).await?);
            after = page.next;
            if after.is_none() || all.len() >= SUMMED_MAX {
                return Ok(sums_of(&all));
            }
        }
    }
}

fn past(me: ResponderId, view: &CaseView, way: Way, area_name: Option<String>) -> PastDto {
    let case = &*view.case;
    let offer = case.offers.iter().find(|it| it.candidate.responder == me);
    let assigned = case.assignment(me).map(|it| it.at);
    let accepted_at = way.accepted_at.or(assigned);
    let asked_at = offer.map(|it| it.at).or(accepted_at).unwrap_or(case.opened_at);
    let seconds = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs().max(0);
    let said_no = case
        .offers
        .iter()
        .any(|it| it.candidate.responder == me && it.state == crate::case::OfferState::Declined);
    let role = match (way.led, accepted_at, said_no) {
        (true, ..) => PastRole::Lead,
        (false, Some(_), _) => PastRole::Backup,
        (false, None, true) => PastRole::Declined,
        (false, None, false) => PastRole::Unanswered,
    };
    PastDto {
        kind: case.kind,
        severity: case.severity,
        area_name,
        asked_at,
        answer_s: accepted_at.map(|it| seconds(asked_at, it)),
        door_s: accepted_at.zip(way.arrived_at).map(|(yes, door)| seconds(yes, door)),
        role,
        outcome: case.outcome.filter(|_| accepted_at.is_some()),
        open: case.state != State::Closed,
        drill: case.drill,
    }
}

fn sums_of(all: &[PastDto]) -> SumsDto {
    let real: Vec<&PastDto> = all.iter().filter(|it| !it.drill).collect();
    let count = |which: &dyn Fn(&PastDto) -> bool| real.iter().filter(|it| which(it)).count();
    let mut ways: Vec<i64> = real.iter().filter_map(|it| it.door_s).collect();
    ways.sort_unstable();
    // Of an even number the lower middle: a time that somebody really took.
    let median_door_s = ways.get(ways.len().saturating_sub(1) / 2).copied();
    SumsDto {
        asked: real.len(),
        answered: count(&|it| it.role != PastRole::Unanswered),
        accepted: count(&|it| it.answer_s.is_some()),
        at_door: ways.len(),
        median_door_s,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_the_streets_own() {
        let today = civil::date(2026, 3, 1);
        assert_eq!(first_of(None, civil::date(2026, 3, 31)).unwrap(), today);
        assert_eq!(first_of(Some("2026-03"), today).unwrap(), today);
        for wrong in ["", "2026", "2026-13", "2026-03-05", "03-2026", "x"] {
            let problem = first_of(Some(wrong), today).unwrap_err();
            assert_eq!(
                (problem.code, problem.errors[0].field.as_str()),
                ("bad_query", "month"),
                "{wrong}"
            );
        }
        let me = ResponderId::new(uuid::Uuid::nil());
        let filter = month_of(me, civil::date(2026, 12, 1), Offset::from_hours(8).unwrap()).unwrap();
        assert_eq!(filter.opened_from.unwrap().to_string(), "2026-11-30T16:00:00Z");
        assert_eq!(filter.opened_until.unwrap().to_string(), "2026-12-31T16:00:00Z");
    }

    #[test]
    fn sums_leave_exercises_out_and_the_median_is_a_time_that_was_taken() {
        let one = |role, answer_s, door_s, drill| PastDto {
            kind: Kind::Sos,
            severity: Severity::Critical,
            area_name: None,
            asked_at: Timestamp::UNIX_EPOCH,
            answer_s,
            door_s,
            role,
            outcome: None,
            open: false,
            drill,
        };
        let none = SumsDto {
            asked: 0,
            answered: 0,
            accepted: 0,
            at_door: 0,
            median_door_s: None,
        };
        assert_eq!(sums_of(&[one(PastRole::Lead, Some(5), Some(60), true)]), none);
        let all = [
            one(PastRole::Lead, Some(5), Some(600), false),
            one(PastRole::Backup, Some(9), Some(240), false),
            one(PastRole::Lead, Some(4), Some(300), false),
            one(PastRole::Lead, Some(4), Some(120), false),
            one(PastRole::Backup, Some(7), None, false),
            one(PastRole::Declined, None, None, false),
            one(PastRole::Unanswered, None, None, false),
        ];
        let sums = SumsDto {
            asked: 7,
            answered: 6,
            accepted: 5,
            at_door: 4,
            median_door_s: Some(240),
        };
        assert_eq!(sums_of(&all), sums);
    }
}
