//! The rota as it is changed: by the office (shifts filed and withdrawn, a street's usual weeks laid out over the calendar) and by its people
//! (a shift that changes hands, a calendar that reads one's shifts). Who is at work now is said by themselves; see `duty`.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use icalendar::{Calendar, Component as _, EventLike as _};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::responders::works_in;
use super::shifts::SpanDto;
use super::station_register::{Part, RegisterEventDto, if_match, stale, with_etag};
use super::wire::{Body, PageDto, Query, path_id};
use crate::ids::{ResponderId, UserId};
use crate::people::{
    AreaCode, AreaLevel, Responder, RotaWeek, Shift, Tier, WeekLine, check_weeks, overlap, swap_flaw, swapped, twice,
};
use crate::store::{LinkToken, RegisterEvent, ShiftSwap};

/// Shifts in one request at most.
const SHIFTS_MAX: usize = 500;
/// Weeks that are laid out at once.
const WEEKS_MAX: u8 = 12;
/// Letters of a reason.
const REASON_MAX: usize = 200;
/// How far ahead and back a calendar reads, days.
const CALENDAR_DAYS: i64 = 60;

/// A shift to be filed. One of the same person and beginning is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftIn {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// At most 36 hours after `from`.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// In whose place.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub stands_in_for: Option<ResponderId>,
}

/// Shifts to be filed, all or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftsIn {
    /// 1 to 500.
    pub shifts: Vec<ShiftIn>,
}

/// A shift to be taken off the rota.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftWithdrawIn {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// 1 to 200 letters.
    pub reason: String,
}

/// One shift of a usual week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeekLineDto {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    /// 1 is Monday, 7 is Sunday.
    pub day: i8,
    /// `08:00`, by the street's clock.
    #[schema(value_type = String)]
    pub from: Time,
    /// `20:00`; not after `from`: of the next day.
    #[schema(value_type = String)]
    pub until: Time,
}

/// A week as it usually is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotaWeekDto {
    pub name: String,
    pub lines: Vec<WeekLineDto>,
}

/// A street's usual weeks. The `ETag` is what an edit names in `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RotaWeeksDto {
    pub area_code: String,
    pub version: i64,
    pub weeks: Vec<RotaWeekDto>,
}

/// A street's weeks as they are to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotaWeeksIn {
    /// At most 20, each with at most 280 shifts.
    pub weeks: Vec<RotaWeekDto>,
}

/// A usual week to be laid out over the calendar.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LayOutIn {
    /// Which week.
    pub name: String,
    /// The Monday on which it begins.
    #[schema(value_type = String, format = Date)]
    pub monday: Date,
    /// How many times, 1 to 12.
    pub weeks: u8,
    /// Left out: it is only looked at.
    #[serde(default)]
    pub write: bool,
}

/// What a usual week makes of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LaidOutDto {
    /// Shifts that come on the rota, or have come.
    pub shifts: Vec<ShiftIn>,
    /// Shifts that do not: the same person is on the rota then already, and what stands there stays.
    pub standing: Vec<ShiftIn>,
    pub written: bool,
}

/// To whom a shift is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwapIn {
    /// The beginning of the caller's shift.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String)]
    pub with: ResponderId,
    /// The beginning of a shift of theirs that the caller takes in exchange.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub back_from: Option<Timestamp>,
}

/// A shift that somebody was asked to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SwapDto {
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Whose shift.
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responder_name: Option<String>,
    pub shift: SpanDto,
    /// Who is asked.
    #[schema(value_type = String)]
    pub with: ResponderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_name: Option<String>,
    /// What is given in exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<SpanDto>,
    /// `asked`, `agreed`, `declined`, `taken_back`, or `over`: it was never answered and has begun.
    pub state: String,
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
}

/// Somebody who could take a shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SwapPartnerDto {
    #[schema(value_type = String)]
    pub id: ResponderId,
    pub name: String,
    /// Their own shifts of the next 14 days, of which one may be taken in exchange.
    pub shifts: Vec<SpanDto>,
}

/// Swaps that concern the caller, and who could be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SwapsDto {
    pub items: Vec<SwapDto>,
    pub partners: Vec<SwapPartnerDto>,
}

/// The address under which a calendar reads one's shifts, told once.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CalendarLinkDto {
    pub link: String,
}

fn wrong(field: impl Into<String>, code: &str, why: impl Into<String>) -> Problem {
    Problem::fields("invalid_value", vec![FieldError::new(field, code, why)])
}

fn span(it: &Shift) -> SpanDto {
    SpanDto {
        from: it.from,
        until: it.until,
    }
}

fn shift_in(it: &Shift) -> ShiftIn {
    ShiftIn {
        responder_id: it.responder,
        from: it.from,
        until: it.until,
        stands_in_for: it.stands_in_for,
    }
}

fn week_dto(it: &RotaWeek) -> RotaWeekDto {
    let line = |it: &WeekLine| WeekLineDto {
        responder_id: it.responder,
        day: it.day,
        from: it.from,
        until: it.until,
    };
    RotaWeekDto {
        name: it.name.clone(),
        lines: it.lines.iter().map(line).collect(),
    }
}

fn weeks_key(street: AreaCode) -> String {
    format!("rota_weeks {street}")
}

/// Under which shifts stand in the register's log.
fn shifts_key(who: ResponderId) -> String {
    format!("shifts {who}")
}

/// Whether two are of one kind of work and meet somewhere.
fn colleagues(one: &Responder, other: &Responder) -> bool {
    one.id != other.id
        && one.tier == other.tier
        && one.kind == other.kind
        && one.tier != Tier::Home
        && works_in(other, &one.scope)
}

impl Api {
    fn rota_zone(&self) -> TimeZone {
        TimeZone::fixed(Offset::from_hours(self.app.desk.plans().utc_offset_hours).unwrap_or(Offset::UTC))
    }

    fn rota_line(&self, by: UserId, subject: String, what: &str) -> RegisterEvent {
        RegisterEvent {
            id: self.app.ids.make(),
            subject,
            at: self.app.clock.now(),
            by,
            what: what.to_owned(),
            before: None,
            after: None,
        }
    }

    /// Somebody whose rota the caller keeps.
    fn on_their_rota(&self, who: &SignedIn, id: ResponderId, field: &str) -> Result<(), Problem> {
        let found = self.app.picture.responder(id);
        let theirs = found.is_some_and(|it| it.tier != Tier::Home && works_in(&it, &who.scope));
        let why = "no such responder works in your areas";
        theirs
            .then_some(())
            .ok_or_else(|| wrong(field, "unknown_responder", why))
    }

    /// The rota around some shifts, as it stands.
    async fn rota_around(&self, shifts: &[Shift]) -> Result<Vec<Shift>, Problem> {
        let first = shifts.iter().map(|it| it.from).min();
        let last = shifts.iter().map(|it| it.until).max();
        let Some((from, until)) = first.zip(last) else {
            return Ok(Vec::new());
        };
        let found = self.app.store.shifts(from, until).await?;
        for error in &found.aside {
            tracing::error!(%error, "a shift does not read back");
        }
        Ok(found.items)
    }

    async fn file_shifts(&self, who: &SignedIn, asked: Vec<ShiftIn>) -> Result<Vec<ShiftIn>, Problem> {
        if asked.is_empty() || asked.len() > SHIFTS_MAX {
            return Err(wrong("shifts", "out_of_range", format!("1 to {SHIFTS_MAX} shifts")));
        }
        let mut shifts = Vec::with_capacity(asked.len());
        for (at, it) in asked.iter().enumerate() {
            self.on_their_rota(who, it.responder_id, &format!("shifts[{at}].responder_id"))?;
            if let Some(of) = it.stands_in_for {
                self.on_their_rota(who, of, &format!("shifts[{at}].stands_in_for"))?;
            }
            let shift = Shift {
                responder: it.responder_id,
                from: it.from,
                until: it.until,
                stands_in_for: it.stands_in_for,
            };
            if let Err(flaws) = shift.check() {
                let errors = flaws.0.into_iter();
                let errors =
                    errors.map(|it| FieldError::new(format!("shifts[{at}].{}", it.field), "invalid_value", it.why));
                return Err(Problem::fields("invalid_value", errors.collect()));
            }
            shifts.push(shift);
        }
        let mut all = self.rota_around(&shifts).await?;
        let replaced = |it: &Shift| {
            shifts
                .iter()
                .any(|new| (new.responder, new.from) == (it.responder, it.from))
        };
        let before: Vec<ShiftIn> = all.iter().filter(|it| replaced(it)).map(shift_in).collect();
        all.retain(|it| !replaced(it));
        let clash = |new: &&Shift| all.iter().any(|it| it.responder == new.responder && overlap(it, new));
        let at = shifts.iter().position(|it| clash(&it));
        let at = at.or_else(|| twice(&shifts).and_then(|late| shifts.iter().position(|it| it == late)));
        if let Some(at) = at {
            let why = "overlaps another span of the same person";
            return Err(wrong(format!("shifts[{at}].from"), "overlaps", why));
        }
        let subject = match shifts.first() {
            Some(one) if shifts.iter().all(|it| it.responder == one.responder) => shifts_key(one.responder),
            _ => "shifts".to_owned(),
        };
        let filed: Vec<ShiftIn> = shifts.iter().map(shift_in).collect();
        let line = RegisterEvent {
            before: (!before.is_empty()).then(|| json!(before)),
            after: Some(json!(filed)),
            ..self.rota_line(who.user, subject, "filed")
        };
        self.app.store.file_shifts(shifts, line).await?;
        self.app.refresh_picture(false).await?;
        Ok(filed)
    }

    async fn rota_weeks(&self, street: AreaCode) -> Result<RotaWeeksDto, Problem> {
        let (version, weeks) = self.app.store.rota_weeks(street).await?;
        Ok(RotaWeeksDto {
            area_code: street.to_string(),
            version,
            weeks: weeks.iter().map(week_dto).collect(),
        })
    }

    async fn edit_rota_weeks(
        &self,
        who: &SignedIn,
        street: AreaCode,
        asked: Vec<RotaWeekDto>,
        version: i64,
    ) -> Result<RotaWeeksDto, Problem> {
        let mut weeks = Vec::with_capacity(asked.len());
        for (at, week) in asked.into_iter().enumerate() {
            for line in &week.lines {
                self.on_their_rota(who, line.responder_id, &format!("weeks[{at}].lines.responder_id"))?;
            }
            let lines = week.lines.into_iter().map(|it| WeekLine {
                responder: it.responder_id,
                day: it.day,
                from: it.from,
                until: it.until,
            });
            weeks.push(RotaWeek {
                name: week.name,
                lines: lines.collect(),
            });
        }
        if let Err(flaws) = check_weeks(&weeks) {
            let errors = flaws
                .0
                .into_iter()
                .map(|it| FieldError::new(it.field, "invalid_value", it.why));
            return Err(Problem::fields("invalid_value", errors.collect()));
        }
        let (_, before) = self.app.store.rota_weeks(street).await?;
        let line = RegisterEvent {
            before: (!before.is_empty()).then(|| json!(before)),
            after: Some(json!(weeks)),
            ..self.rota_line(who.user, weeks_key(street), "edited")
        };
        let store = &self.app.store;
        store
            .edit_rota_weeks(street, &weeks, version, line)
            .await
            .map_err(stale)?;
        self.rota_weeks(street).await
    }

    async fn lay_out(&self, who: &SignedIn, street: AreaCode, asked: LayOutIn) -> Result<LaidOutDto, Problem> {
        if asked.monday.weekday() != Weekday::Monday {
            return Err(wrong("monday", "invalid_value", "must be a Monday"));
        }
        if !(1..=WEEKS_MAX).contains(&asked.weeks) {
            return Err(wrong("weeks", "out_of_range", format!("1 to {WEEKS_MAX}")));
        }
        let (_, weeks) = self.app.store.rota_weeks(street).await?;
        let week = weeks.iter().find(|it| it.name == asked.name);
        let week = week.ok_or_else(|| wrong("name", "unknown_week", "the street has no week of this name"))?;
        for line in &week.lines {
            // Somebody may have left since the week was written.
            self.on_their_rota(who, line.responder, "name")?;
        }
        let shifts = week.shifts(asked.monday, asked.weeks, &self.rota_zone());
        let there = self.rota_around(&shifts).await?;
        let clash = |new: &Shift| there.iter().any(|it| it.responder == new.responder && overlap(it, new));
        let (standing, new): (Vec<Shift>, Vec<Shift>) = shifts.into_iter().partition(clash);
        let dto = LaidOutDto {
            shifts: new.iter().map(shift_in).collect(),
            standing: standing.iter().map(shift_in).collect(),
            written: asked.write && !new.is_empty(),
        };
        if dto.written {
            let line = RegisterEvent {
                after: Some(
                    json!({"week": asked.name, "monday": asked.monday, "weeks": asked.weeks, "shifts": new.len()}),
                ),
                ..self.rota_line(who.user, weeks_key(street), "laid_out")
            };
            self.app.store.file_shifts(new, line).await?;
            self.app.refresh_picture(false).await?;
        }
        Ok(dto)
    }

    fn swap_dto(&self, it: &ShiftSwap) -> SwapDto {
        let name = |id| self.app.picture.responder(id).map(|it| it.name.clone());
        let over = it.state == "asked" && it.shift.from <= self.app.clock.now();
        SwapDto {
            id: it.id,
            responder_id: it.shift.responder,
            responder_name: name(it.shift.responder),
            shift: span(&it.shift),
            with: it.with,
            with_name: name(it.with),
            back: it.back.as_ref().map(span),
            state: if over { "over".to_owned() } else { it.state.clone() },
            asked_at: it.asked_at,
        }
    }

    async fn swaps(&self, who: &SignedIn) -> Result<SwapsDto, Problem> {
        let me = who.responder()?;
        let now = self.app.clock.now();
        let mine = self.app.store.swaps(Some(me), now).await?;
        let until = now + SignedDuration::from_hours(24 * super::duty::AHEAD_DAYS);
        let shifts = self.app.store.shifts(now, until).await?.items;
        let own = |id: ResponderId| -> Vec<SpanDto> {
            let theirs = |it: &&Shift| it.responder == id && it.stands_in_for.is_none() && it.from > now;
            let given = |it: &&Shift| {
                !shifts
                    .iter()
                    .any(|other| other.stands_in_for == Some(id) && overlap(other, it))
            };
            shifts.iter().filter(theirs).filter(given).map(span).collect()
        };
        let picture = &self.app.picture;
        let mut partners = Vec::new();
        if let Some(me) = picture.responder(me) {
            for it in picture.responders().iter().filter(|it| colleagues(&me, it)) {
                partners.push(SwapPartnerDto {
                    id: it.id,
                    name: it.name.clone(),
                    shifts: own(it.id),
                });
            }
        }
        partners.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(SwapsDto {
            items: mine.iter().map(|it| self.swap_dto(it)).collect(),
            partners,
        })
    }

    /// A shift of somebody's own that has not begun.
    async fn own_shift(&self, who: ResponderId, from: Timestamp, field: &str) -> Result<Shift, Problem> {
        let none = || wrong(field, "no_such_shift", "no shift of theirs begins then");
        if from <= self.app.clock.now() {
            return Err(wrong(field, "begun", "has begun already"));
        }
        let found = self
            .app
            .store
            .shifts_of(who, from, from + SignedDuration::from_micros(1))
            .await?;
        found
            .items
            .into_iter()
            .find(|it| it.responder == who && it.from == from)
            .ok_or_else(none)
    }

    /// Whether these two may change hands as the rota stands now.
    async fn require_swap(&self, of: &Shift, with: ResponderId, back: Option<&Shift>) -> Result<(), Problem> {
        let spans: Vec<Shift> = std::iter::once(of).chain(back).cloned().collect();
        let mut others = self.rota_around(&spans).await?;
        others.retain(|it| [of.responder, with].contains(&it.responder) || it.stands_in_for.is_some());
        let why = match swap_flaw(of, with, back, &others) {
            None => return Ok(()),
            Some("not_their_own") => ("from", "not_their_own", "is worked in somebody else's place already"),
            Some("given_already") => ("from", "given_already", "was given to somebody already"),
            Some(_) => ("with", "at_work_then", "one of the two is at work then"),
        };
        Err(wrong(why.0, why.1, why.2))
    }

    async fn ask_swap(&self, who: &SignedIn, asked: SwapIn) -> Result<SwapDto, Problem> {
        let me = who.responder()?;
        let picture = &self.app.picture;
        let pair = picture.responder(me).zip(picture.responder(asked.with));
        if !pair.is_some_and(|(me, other)| colleagues(&me, &other)) {
            return Err(wrong(
                "with",
                "no_colleague",
                "is nobody who does the same work in the same place",
            ));
        }
        let shift = self.own_shift(me, asked.from, "from").await?;
        let back = match asked.back_from {
            Some(from) => Some(self.own_shift(asked.with, from, "back_from").await?),
            None => None,
        };
        self.require_swap(&shift, asked.with, back.as_ref()).await?;
        let now = self.app.clock.now();
        let open = self.app.store.swaps(Some(me), now).await?;
        if open
            .iter()
            .any(|it| it.state == "asked" && it.shift == shift && it.with == asked.with)
        {
            return Err(Problem::conflict("asked_already", "they were asked already"));
        }
        let swap = ShiftSwap {
            id: self.app.ids.make(),
            shift,
            with: asked.with,
            back,
            asked_at: now,
            state: "asked".to_owned(),
            answered_at: None,
        };
        self.app.store.ask_swap(swap.clone()).await?;
        Ok(self.swap_dto(&swap))
    }

    async fn answer_swap(&self, who: &SignedIn, id: Uuid, state: &'static str) -> Result<SwapDto, Problem> {
        let me = who.responder()?;
        let none = || Problem::not_found("swap_not_found", "nobody has asked you for this");
        let it = self.app.store.swap(id).await?.ok_or_else(none)?;
        let theirs = if state == "taken_back" {
            it.shift.responder
        } else {
            it.with
        };
        if theirs != me {
            return Err(none());
        }
        let over = || Problem::conflict("swap_over", "this is not open any more");
        if it.state != "asked" {
            return Err(over());
        }
        let mut rows = Vec::new();
        if state == "agreed" {
            // The rota may have changed since it was asked.
            let own = self.own_shift(it.shift.responder, it.shift.from, "from").await?;
            if own != it.shift {
                return Err(over());
            }
            if let Some(back) = &it.back
                && self.own_shift(it.with, back.from, "back_from").await? != *back
            {
                return Err(over());
            }
            self.require_swap(&it.shift, it.with, it.back.as_ref()).await?;
            rows = swapped(&it.shift, it.with, it.back.as_ref());
        }
        let line = RegisterEvent {
            after: Some(
                json!({"from": it.shift.from, "with": it.with, "back_from": it.back.as_ref().map(|it| it.from), "swap": state}),
            ),
            ..self.rota_line(who.user, shifts_key(it.shift.responder), "swapped")
        };
        let changed = !rows.is_empty();
        if !self.app.store.answer_swap(id, state, rows, line).await? {
            return Err(over());
        }
        if changed {
            self.app.refresh_picture(false).await?;
        }
        let state = state.to_owned();
        Ok(self.swap_dto(&ShiftSwap { state, ..it }))
    }
}

/// Files shifts, all or none: an existing one of the same person and beginning is replaced, one that overlaps is refused.
#[utoipa::path(post, path = "/api/v1/duty/shifts", tag = "people", request_body = ShiftsIn, responses((status = 200, body = ShiftsFiledDto),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn file(api: web::Data<Api>, who: SignedIn, body: Body<ShiftsIn>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let items = api
        .run(async move { it.file_shifts(&who, body.value.shifts).await })
        .await?;
    Ok(HttpResponse::Ok().json(ShiftsFiledDto { items }))
}

/// Shifts as they were filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftsFiledDto {
    pub items: Vec<ShiftIn>,
}

/// Takes a shift off the rota; that it stood there is kept.
#[utoipa::path(post, path = "/api/v1/duty/shifts/withdraw", tag = "people", request_body = ShiftWithdrawIn, responses((status = 204),
    (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json"),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn withdraw(
    api: web::Data<Api>,
    who: SignedIn,
    body: Body<ShiftWithdrawIn>,
) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    api.run(async move {
        let asked = body.value;
        let reason = asked.reason.trim().to_owned();
        if reason.is_empty() || reason.chars().count() > REASON_MAX {
            return Err(wrong(
                "reason",
                "invalid_value",
                format!("must have 1 to {REASON_MAX} letters"),
            ));
        }
        it.on_their_rota(&who, asked.responder_id, "responder_id")?;
        let line = RegisterEvent {
            after: Some(json!({"from": asked.from, "reason": reason})),
            ..it.rota_line(who.user, shifts_key(asked.responder_id), "withdrawn")
        };
        if !it
            .app
            .store
            .withdraw_shift(asked.responder_id, asked.from, line)
            .await?
        {
            return Err(Problem::not_found("shift_not_found", "no shift of theirs begins then"));
        }
        it.app.refresh_picture(false).await?;
        Ok(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn street(api: &Api, who: &SignedIn, request: &HttpRequest) -> Result<AreaCode, Problem> {
    let text = request.match_info().get("street").unwrap_or_default();
    let code = text
        .parse::<AreaCode>()
        .ok()
        .filter(|it| it.level() == AreaLevel::Street);
    let theirs = code.filter(|it| api.app.picture.area_id(*it).is_some() && who.scope.contains(*it));
    theirs.ok_or_else(|| Problem::not_found("area_not_found", "there is no such street"))
}

/// A street's usual weeks.
#[utoipa::path(get, path = "/api/v1/duty/weeks/{street}", tag = "people", params(("street" = String, Path)), responses((status = 200, body = RotaWeeksDto)))]
pub async fn weeks(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let street = street(&api, &who, &request)?;
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.rota_weeks(street).await }).await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Edits a street's usual weeks over the version that was seen. The calendar stays as it is until one is laid out.
#[utoipa::path(put, path = "/api/v1/duty/weeks/{street}", tag = "people", params(("street" = String, Path), ("If-Match" = String, Header)),
    request_body = RotaWeeksIn, responses((status = 200, body = RotaWeeksDto),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put_weeks(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<RotaWeeksIn>,
) -> Result<HttpResponse, Problem> {
    let street = street(&api, &who, &request)?;
    let version = if_match(&request)?;
    let it = api.get_ref().clone();
    let weeks = body.value.weeks;
    let dto = api
        .run(async move { it.edit_rota_weeks(&who, street, weeks, version).await })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Lays a usual week out over the calendar. What stands there of the same person stays, and is named.
#[utoipa::path(post, path = "/api/v1/duty/weeks/{street}/lay-out", tag = "people", params(("street" = String, Path)), request_body = LayOutIn,
    responses((status = 200, body = LaidOutDto), (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn lay_out(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<LayOutIn>,
) -> Result<HttpResponse, Problem> {
    let street = street(&api, &who, &request)?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move { it.lay_out(&who, street, body.value).await })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// Who has changed a street's usual weeks, and laid them out, the last first.
#[utoipa::path(get, path = "/api/v1/duty/weeks/{street}/log", tag = "people", params(("street" = String, Path), Part),
    responses((status = 200, body = PageDto<RegisterEventDto>)))]
pub async fn weeks_log(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<Part>,
) -> Result<HttpResponse, Problem> {
    let street = street(&api, &who, &request)?;
    let it = api.get_ref().clone();
    let Part { limit, cursor } = asked.0;
    let page = api
        .run(async move { it.register_log(&weeks_key(street), limit, cursor).await })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Shifts that change hands, of those who work in the caller's areas, the newest first; those of shifts that have ended are left out.
#[utoipa::path(get, path = "/api/v1/duty/swaps", tag = "people", responses((status = 200, body = PageDto<SwapDto>)))]
pub async fn all_swaps(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let all = it.app.store.swaps(None, it.app.clock.now()).await?;
            let works = |id| it.app.picture.responder(id).is_some_and(|it| works_in(&it, &who.scope));
            let theirs = all.iter().filter(|it| works(it.shift.responder));
            Ok(PageDto {
                items: theirs.map(|one| it.swap_dto(one)).collect(),
                next: None,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Swaps that the caller has asked for or is asked for, and who could be asked.
#[utoipa::path(get, path = "/api/v1/responders/me/swaps", tag = "people", responses((status = 200, body = SwapsDto)))]
pub async fn my_swaps(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.swaps(&who).await }).await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// Asks somebody to take a shift of one's own. Nothing changes until they agree.
#[utoipa::path(post, path = "/api/v1/responders/me/swaps", tag = "people", request_body = SwapIn, responses((status = 201, body = SwapDto),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn ask(api: web::Data<Api>, who: SignedIn, body: Body<SwapIn>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.ask_swap(&who, body.value).await }).await?;
    Ok(HttpResponse::Created().json(dto))
}

async fn answer(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    state: &'static str,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = path_id(&request, "rid")?;
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.answer_swap(&who, id, state).await }).await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// Takes the shift: the rota changes with the answer.
#[utoipa::path(post, path = "/api/v1/responders/me/swaps/{rid}/agree", tag = "people", params(("rid" = String, Path)), responses((status = 200, body = SwapDto),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn agree(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    answer(api, who, request, "agreed").await
}

/// Does not take it.
#[utoipa::path(post, path = "/api/v1/responders/me/swaps/{rid}/decline", tag = "people", params(("rid" = String, Path)), responses((status = 200, body = SwapDto),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn decline(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    answer(api, who, request, "declined").await
}

/// Takes one's own question back.
#[utoipa::path(post, path = "/api/v1/responders/me/swaps/{rid}/take-back", tag = "people", params(("rid" = String, Path)), responses((status = 200, body = SwapDto),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn take_back(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    answer(api, who, request, "taken_back").await
}

/// Makes the address under which one's calendar reads one's shifts; a former one ends. It ends with the sessions of the account, too.
#[utoipa::path(post, path = "/api/v1/responders/me/calendar", tag = "people", responses((status = 201, body = CalendarLinkDto)))]
pub async fn make_calendar(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let me = who.responder()?;
    let token = LinkToken::make()?;
    let base = {
        let here = request.connection_info();
        format!("{}://{}", here.scheme(), here.host())
    };
    // A calendar has no other way to say who it is. What it reads are hours, and nothing of anybody else.
    let link = format!("{base}/api/v1/calendar/{}", token.reveal());
    let it = api.get_ref().clone();
    api.run(async move {
        let id = it.app.ids.make();
        Ok(it
            .app
            .store
            .add_calendar(id, who.user, me, &token, it.app.clock.now())
            .await?)
    })
    .await?;
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(CalendarLinkDto { link }))
}

/// Ends that address.
#[utoipa::path(post, path = "/api/v1/responders/me/calendar/end", tag = "people", responses((status = 204)))]
pub async fn end_calendar(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    api.run(async move { Ok(it.app.store.end_calendars(who.user, it.app.clock.now()).await?) })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Somebody's shifts of 60 days back and ahead, as iCalendar (RFC 5545). Shifts that somebody else takes over are left out.
#[utoipa::path(get, path = "/api/v1/calendar/{token}", tag = "people", params(("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/calendar"),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn calendar(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let none = || Problem::not_found("calendar_not_found", "this address holds no calendar any more");
    let token = request.match_info().get("token").unwrap_or_default();
    let token = LinkToken::parse(token.trim_end_matches(".ics")).ok_or_else(none)?;
    let it = api.get_ref().clone();
    let text = api
        .run(async move {
            let now = it.app.clock.now();
            let (account, me) = it.app.store.calendar_of(&token, now).await?.ok_or_else(none)?;
            let account = it.app.store.account(account).await?;
            if account.is_none_or(|it| it.disabled_at.is_some() || it.responder != Some(me)) {
                return Err(none());
            }
            let span = SignedDuration::from_hours(24 * CALENDAR_DAYS);
            let shifts = it.app.store.shifts_of(me, now - span, now + span).await?.items;
            Ok(icalendar(me, &shifts, now))
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

/// One event a shift; its number stays while the shift is the same, so that a calendar changes it and does not double it.
fn icalendar(me: ResponderId, shifts: &[Shift], now: Timestamp) -> String {
    let at = |it: Timestamp| icalendar::DatePerhapsTime::from(utc(it));
    let given = |it: &Shift| {
        shifts
            .iter()
            .any(|other| other.stands_in_for == Some(me) && overlap(other, it))
    };
    let mut calendar = Calendar::new();
    calendar.name("值班 · duty");
    for it in shifts.iter().filter(|it| it.responder == me) {
        if it.stands_in_for.is_none() && given(it) {
            continue;
        }
        let summary = if it.stands_in_for.is_some() {
            "代班 · stand-in"
        } else {
            "值班 · on duty"
        };
        let event = icalendar::Event::new()
            .uid(&format!("{me}-{}@eldercare-dispatch", it.from.as_second()))
            .timestamp(utc(now))
            .summary(summary)
            .starts(at(it.from))
            .ends(at(it.until))
            .done();
        calendar.push(event);
    }
    calendar.done().to_string()
}

fn utc(it: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(it.as_second(), 0).unwrap_or_default()
}
