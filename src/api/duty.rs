//! Gaps of the rota: when a grid has nobody at work in the next 14 days, and which have nobody now.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::Problem;
use super::shifts::SpanDto;
use crate::ids::ResponderId;
use crate::people::{AreaCode, PrefixSet, Responder, ResponderKind, Shift, Tier, gaps};

/// How far ahead gaps are shown, days.
pub const AHEAD_DAYS: i64 = 14;

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
