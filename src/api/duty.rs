//! Gaps of the rota: when a grid has nobody at work in the next 14 days, and which have nobody now.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpResponse, web};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::responders::works_in;
use super::shifts::SpanDto;
use super::wire::Query;
use crate::ids::ResponderId;
use crate::people::{AreaCode, PrefixSet, Responder, ResponderKind, Shift, Tier, gaps};

/// How far ahead gaps are shown, days.
pub const AHEAD_DAYS: i64 = 14;
/// Days of the rota that are shown at once.
const ROTA_MAX_DAYS: i32 = 31;

/// How a grid is manned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GridDutyDto {
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
    /// Who of the grid's own people is at work now, by their own word.
    pub on_duty: usize,
    /// Stretches of the rota in which nobody is, the nearest first; one that began earlier begins now.
    pub gaps: Vec<SpanDto>,
}

/// The gaps of the caller's grids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DutyGapsDto {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Every grid in which elders live, by code.
    pub grids: Vec<GridDutyDto>,
    /// Codes of grids that have nobody at work now.
    pub nobody_now: Vec<String>,
}

/// When a grid has nobody at work: by the rota of the next 14 days, and now. Who is absent counts as whoever stands in for them.
#[utoipa::path(get, path = "/api/v1/duty/gaps", tag = "people", responses((status = 200, body = DutyGapsDto)))]
pub async fn show(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let now = api.app.clock.now();
    let until = now + SignedDuration::from_hours(24 * AHEAD_DAYS);
    let shifts = api
        .run(async move {
            let found = it.app.store.shifts(now, until).await?;
            for error in &found.aside {
                tracing::error!(%error, "a shift does not read back");
            }
            Ok(found.items)
        })
        .await?;
    let it = api.get_ref().clone();
    let dto = api
        .compute(move || it.duty_gaps(&who.scope, &shifts, now, until))
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Days {
    /// The first day, by the street's calendar; today when left out.
    #[param(value_type = Option<String>)]
    from: Option<jiff::civil::Date>,
    /// How many days, 1 to 31; 7 when left out.
    days: Option<i32>,
}

/// One shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DutyShiftDto {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Whose place it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub stands_in_for: Option<ResponderId>,
}

/// The rota of some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DutyShiftsDto {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Shifts that touch these days, of those who work in the caller's areas, by their beginning.
    pub items: Vec<DutyShiftDto>,
}

/// The rota of some days, as it was brought in; who is absent stands in `/absences`.
#[utoipa::path(get, path = "/api/v1/duty/shifts", tag = "people", params(Days), responses((status = 200, body = DutyShiftsDto),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn shifts(api: web::Data<Api>, who: SignedIn, asked: Query<Days>) -> Result<HttpResponse, Problem> {
    let wrong = |field: &str, text: &str| {
        let wrong = FieldError::new(field, "out_of_range", text);
        Problem::fields("out_of_range", vec![wrong])
    };
    let days = asked.0.days.unwrap_or(7);
    if !(1..=ROTA_MAX_DAYS).contains(&days) {
        return Err(wrong("days", "1 to 31"));
    }
    let (today, _) = api.app.desk.local(api.app.clock.now());
    let first = asked.0.from.unwrap_or(today);
    let zone = TimeZone::fixed(Offset::from_hours(api.app.desk.plans().utc_offset_hours).unwrap_or(Offset::UTC));
    let begins = |day: jiff::civil::Date| day.to_zoned(zone.clone()).map(|it| it.timestamp());
    let span = first
        .checked_add(days.days())
        .and_then(|last| Ok((begins(first)?, begins(last)?)));
    let (from, until) = span.map_err(|_| wrong("from", "no day of this calendar"))?;
    let it = api.get_ref().clone();
    let items = api
        .run(async move {
            let found = it.app.store.shifts(from, until).await?;
            for error in &found.aside {
                tracing::error!(%error, "a shift does not read back");
            }
            let theirs = |id| it.app.picture.responder(id).is_some_and(|it| works_in(&it, &who.scope));
            let mut items: Vec<DutyShiftDto> = found
                .items
                .iter()
                .filter(|it| theirs(it.responder))
                .map(|it| DutyShiftDto {
                    responder_id: it.responder,
                    from: it.from,
                    until: it.until,
                    stands_in_for: it.stands_in_for,
                })
                .collect();
            items.sort_by_key(|it| (it.from, it.responder_id));
            Ok(items)
        })
        .await?;
    Ok(HttpResponse::Ok().json(DutyShiftsDto { from, until, items }))
}

/// Somebody of a grid's own people.
fn of_grid(it: &Responder, grid: AreaCode) -> bool {
    it.tier == Tier::Grid && it.kind != ResponderKind::Family && it.scope.contains(grid)
}

impl Api {
    fn duty_gaps(&self, scope: &PrefixSet, shifts: &[Shift], now: Timestamp, until: Timestamp) -> DutyGapsDto {
        let picture = &self.app.picture;
        let mut grids: BTreeSet<AreaCode> = BTreeSet::new();
        picture.each_household(|home, members| {
            if members > 0 && scope.contains(home.grid) {
                grids.insert(home.grid);
            }
        });
        let people = picture.responders();
        let (stand_ins, absent) = (picture.stand_ins(), picture.absent(now));
        let in_place: BTreeMap<ResponderId, ResponderId> = stand_ins
            .iter()
            .filter(|it| it.covers(now))
            .map(|it| (it.by, it.absent))
            .collect();
        let members = |grid: AreaCode| -> BTreeSet<ResponderId> {
            people.iter().filter(|it| of_grid(it, grid)).map(|it| it.id).collect()
        };
        let grid = |code: AreaCode| {
            let own = members(code);
            let lent = |it: &Responder| in_place.get(&it.id).is_some_and(|absent| own.contains(absent));
            let here = people
                .iter()
                .filter(|it| it.duty.on && !absent.contains(&it.id) && (own.contains(&it.id) || lent(it)));
            let found = gaps(&own, shifts, &stand_ins, now, until);
            GridDutyDto {
                area_code: code.to_string(),
                area_name: picture.area_name(code),
                on_duty: here.count(),
                gaps: found
                    .into_iter()
                    .map(|it| SpanDto {
                        from: it.from,
                        until: it.until,
                    })
                    .collect(),
            }
        };
        let grids: Vec<GridDutyDto> = grids.into_iter().map(grid).collect();
        let nobody_now = grids
            .iter()
            .filter(|it| it.on_duty == 0)
            .map(|it| it.area_code.clone())
            .collect();
        DutyGapsDto {
            from: now,
            until,
            grids,
            nobody_now,
        }
    }
}
