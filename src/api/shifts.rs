//! When the caller is on the rota: their own shifts of the next days, to be read. The rota itself comes with `import duty`.

use actix_web::{HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::Problem;
use crate::ids::ResponderId;
use crate::people::Shift;

/// How far ahead the rota is shown, days.
const AHEAD_DAYS: i64 = 14;

/// Part of a shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpanDto {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
}

/// One shift of the caller's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftDto {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// In somebody else's place.
    pub stands_in: bool,
    /// The parts of it in which somebody else is there instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_over: Vec<SpanDto>,
}

/// The caller's shifts, the nearest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OwnShiftsDto {
    /// Shifts that have not ended and begin before this.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    pub items: Vec<ShiftDto>,
}

/// The caller's own shifts: the one that goes on, and those of the next 14 days.
#[utoipa::path(get, path = "/api/v1/responders/me/shifts", tag = "people", responses((status = 200, body = OwnShiftsDto)))]
pub async fn mine(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let me = who.responder()?;
            let now = it.app.clock.now();
            let until = now + SignedDuration::from_hours(24 * AHEAD_DAYS);
            let found = it.app.store.shifts_of(me, now, until).await?;
            for error in &found.aside {
                tracing::error!(%error, "a shift does not read back");
            }
            Ok(OwnShiftsDto {
                until,
                items: own(me, &found.items),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// The shifts of one responder, and who is there in their place.
fn own(me: ResponderId, all: &[Shift]) -> Vec<ShiftDto> {
    let mut found: Vec<ShiftDto> = all
        .iter()
        .filter(|it| it.responder == me)
        .map(|it| {
            // Whoever stands in for somebody is not stood in for: the rota looks one step far.
            let others = all
                .iter()
                .filter(|other| it.stands_in_for.is_none() && other.stands_in_for == Some(me));
            let mut taken_over: Vec<SpanDto> = others
                .map(|other| SpanDto {
                    from: other.from.max(it.from),
                    until: other.until.min(it.until),
                })
                .filter(|span| span.from < span.until)
                .collect();
            taken_over.sort_unstable_by_key(|span| span.from);
            ShiftDto {
                from: it.from,
                until: it.until,
                stands_in: it.stands_in_for.is_some(),
                taken_over,
            }
        })
        .collect();
    found.sort_unstable_by_key(|it| it.from);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_takes_over_is_named_by_its_hours() {
        let who = |n: u128| ResponderId::new(uuid::Uuid::from_u128(n));
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        let shift = |n, from, until, stands_in_for| Shift {
            responder: who(n),
            from: at(from),
            until: at(until),
            stands_in_for,
        };
        let all = [
            shift(1, 32, 40, None),
            shift(1, 8, 16, None),
            shift(2, 8, 12, Some(who(1))),
            shift(2, 12, 20, None),
            shift(3, 14, 33, Some(who(1))),
            shift(1, 50, 58, Some(who(2))),
            shift(3, 50, 58, Some(who(4))),
        ];
        let said: Vec<_> = own(who(1), &all)
            .into_iter()
            .map(|it| {
                let hour = |at: Timestamp| at.as_second() / 3_600;
                let spans = it.taken_over.iter().map(|it| (hour(it.from), hour(it.until)));
                (hour(it.from), it.stands_in, spans.collect::<Vec<_>>())
            })
            .collect();
        let expected = vec![
            (8, false, vec![(8, 12), (14, 16)]),
            (32, false, vec![(32, 33)]),
            (50, true, vec![]),
        ];
        assert_eq!(said, expected);
    }
}
