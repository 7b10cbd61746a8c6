//! A month of an elder in figures, for their family: alarms by kind, who came and how soon, how often somebody asked after them, the
//! quiet days, and what was the matter with devices.
//!
//! Each figure is counted from the logs of the cases that were opened in the month, by the street's calendar, and can be counted again:
//!
//! | figure | counted from |
//! |---|---|
//! | `alarms` | records `opened` and `joined` of the calls for help that families hear of, by the kind that they bring |
//! | `came` | the first `arrived` of each such case |
//! | `false_alarms` | such cases that ended as `false_alarm` or `fine_by_voice` |
//! | `spoken` | records `voice_result` of such cases: the elder was phoned |
//! | `followed_up` | records `followed_up` of follow-ups and welfare reviews |
//! | `quiet_days` | days of the month, as far as it is over, without an alarm |
//! | `devices` | technical cases about the elder or the home, by kind |
//!
//! `beats` alone is of now: whether each device is heard as it should be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::family::Month;
use super::family_session::FamilyMember;
use super::family_view::{is_theirs, kind_for};
use super::problem::Problem;
use super::wire::Query;
use crate::case::{Case, Event, Lane, Outcome, Record};
use crate::ids::{CaseId, ElderId, HouseholdId, ResponderId};
use crate::people::ContactLevel;
use crate::store::cases::{CaseFilter, CaseView};

/// Cases of one elder and month that are counted; somebody who presses every quarter of an hour is somebody's daily work by then.
const CASES_MAX: usize = 2_000;
/// Cases in one query.
const PAGE: u64 = 200;

/// So many of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CountDto {
    /// As of cases: `sos`, `fall`, `low_battery`, …; `check` where the kind itself would tell of health.
    pub kind: String,
    pub count: u32,
}

/// Who was at the door first, in one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CameDto {
    #[schema(value_type = String)]
    pub case_id: CaseId,
    pub kind: String,
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// What they are: `family`, `grid_worker`, …; absent: nobody came to the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// From the alarm to the door, whole minutes, rounded up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

/// Whether a device is heard, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BeatDto {
    /// `sos_button`, `watch`, `smoke`, …
    pub kind: String,
    /// Where it hangs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// `here`, `late`, `silent`, `never`, `not_awaited`, as of an elder's devices.
    pub presence: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub heard_at: Option<Timestamp>,
}

/// A month in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FamilySheetDto {
    /// `2026-11`, by the street's calendar.
    pub month: String,
    pub alarms: Vec<CountDto>,
    /// Oldest first.
    pub came: Vec<CameDto>,
    pub false_alarms: u32,
    /// How often the elder was phoned because of an alarm.
    pub spoken: u32,
    /// How often somebody asked after them afterwards.
    pub followed_up: u32,
    /// Days without an alarm, of those that are over or begun.
    pub quiet_days: u32,
    /// Days of the month that are over or begun.
    pub days: u32,
    pub devices: Vec<CountDto>,
    pub beats: Vec<BeatDto>,
}

/// Whose month, and which.
struct Of {
    elder: ElderId,
    household: HouseholdId,
    level: ContactLevel,
    offset: Offset,
    first: Date,
    today: Date,
}

fn counts(by: BTreeMap<String, u32>) -> Vec<CountDto> {
    by.into_iter().map(|(kind, count)| CountDto { kind, count }).collect()
}

/// The figures, from the cases of the month with their logs, oldest first.
fn sheet(of: &Of, cases: &[(Arc<Case>, Vec<Record>)], role: impl Fn(ResponderId) -> String) -> FamilySheetDto {
    let (mut alarms, mut devices): (BTreeMap<String, u32>, BTreeMap<String, u32>) = Default::default();
    let mut loud: BTreeSet<Date> = BTreeSet::new();
    let (mut came, mut false_alarms, mut spoken, mut followed_up) = (Vec::new(), 0, 0, 0);
    for (case, log) in cases.iter().filter(|it| !it.0.drill && !it.0.is_test()) {
        if case.lane == Lane::Technical {
            *devices.entry(case.kind.as_str().to_owned()).or_default() += 1;
            continue;
        }
        if case.kind.is_aftercare() {
            let found = log.iter().filter(|it| matches!(it.event, Event::FollowedUp { .. }));
            followed_up += u32::try_from(found.count()).unwrap_or(u32::MAX);
            continue;
        }
        if !is_theirs(case, of.elder, of.household) {
            continue;
        }
        let mut door: Option<(ResponderId, Timestamp)> = None;
        for record in log {
            match &record.event {
                Event::Opened { kind, .. } | Event::Joined { kind, .. } => {
                    *alarms.entry(kind_for(*kind, of.level)).or_default() += 1;
                    loud.insert(of.offset.to_datetime(record.at).date());
                }
                Event::VoiceResult { .. } => spoken += 1,
                Event::Arrived { responder } => door = door.or(Some((*responder, record.at))),
                _ => {}
            }
        }
        false_alarms += u32::from(matches!(case.outcome, Some(Outcome::FalseAlarm | Outcome::FineByVoice)));
        let minutes = door.map(|(_, at)| (at.duration_since(case.opened_at).as_secs().max(0) + 59) / 60);
        came.push(CameDto {
            case_id: case.id,
            kind: kind_for(case.kind, of.level),
            opened_at: case.opened_at,
            role: door.map(|it| role(it.0)),
            minutes: minutes.and_then(|it| u32::try_from(it).ok()),
        });
    }
    let last = of.first.last_of_month().min(of.today);
    let days = if of.first > of.today {
        0
    } else {
        u32::from(last.day().unsigned_abs())
    };
    let loud = loud.iter().filter(|it| of.first <= **it && **it <= last).count();
    FamilySheetDto {
        month: of.first.strftime("%Y-%m").to_string(),
        alarms: counts(alarms),
        came,
        false_alarms,
        spoken,
        followed_up,
        quiet_days: days.saturating_sub(u32::try_from(loud).unwrap_or(u32::MAX)),
        days,
        devices: counts(devices),
        beats: vec![],
    }
}

/// A month in figures: for a contact whom the elder lets know what was before.
#[utoipa::path(get, path = "/api/v1/family/sheet", tag = "family", params(Month), responses((status = 200, body = FamilySheetDto),
    (status = 403, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn show(api: web::Data<Api>, me: FamilyMember, asked: Query<Month>) -> Result<HttpResponse, Problem> {
    me.may_know_what_was()?;
    let it = api.get_ref().clone();
    let of = (me.elder, me.household, me.level);
    let dto = api.run(async move { it.sheet_of(of, asked.0).await }).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(dto))
}

impl Api {
    /// A month of an elder, as somebody at this level may know it.
    pub(super) async fn sheet_of(
        &self,
        (elder, household, level): (ElderId, HouseholdId, ContactLevel),
        asked: Month,
    ) -> Result<FamilySheetDto, Problem> {
        let (first, from, until) = self.month_range(asked)?;
        let mut cases: Vec<(Arc<Case>, Vec<Record>)> = Vec::new();
        let frozen = self.app.picture.is_frozen(elder);
        if !frozen {
            for view in self.opened_between((elder, household), from, until).await? {
                let log = self.whole_log(view.case.id).await?;
                cases.push((view.case, log));
            }
        }
        let offset = Offset::from_hours(self.app.desk.plans().utc_offset_hours).unwrap_or(Offset::UTC);
        let of = Of {
            elder,
            household,
            level,
            offset,
            first,
            today: self.app.desk.local(self.app.clock.now()).0,
        };
        let picture = &self.app.picture;
        let role = |id| picture.responder(id).map_or("helper", |it| it.kind.as_str()).to_owned();
        let mut dto = sheet(&of, &cases, role);
        if !frozen {
            let devices = self.devices_of(elder, household).await?;
            let beat = |it: super::elders::ElderDeviceDto| BeatDto {
                kind: it.kind,
                place: it.place,
                presence: it.presence,
                heard_at: it.heard_at,
            };
            dto.beats = devices.into_iter().filter(|it| it.in_service).map(beat).collect();
        }
        Ok(dto)
    }

    /// The cases of theirs of every lane that were opened then, oldest first.
    async fn opened_between(
        &self,
        (elder, household): (ElderId, HouseholdId),
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<CaseView>, Problem> {
        let filter = CaseFilter {
            elder: Some(elder),
            household: Some(household),
            opened_from: Some(from),
            opened_until: Some(until),
            ..CaseFilter::default()
        };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.app.store.list_cases(&filter, after, PAGE).await?;
            for error in &page.corrupt {
                tracing::error!(%error, "a case does not read back");
                self.app.store.keep_aside(error, self.app.clock.now()).await?;
            }
            found.extend(page.items);
            after = page.next;
            if after.is_none() || found.len() >= CASES_MAX {
                found.reverse();
                return Ok(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::case::{self, Alert, Author, Context, Kind, Opening, PlanSet, Subject, Voice};
    use crate::ids::AlertId;

    fn opened(n: u128, kind: Kind, at: &str, elder: ElderId, commands: &[case::Command]) -> (Arc<Case>, Vec<Record>) {
        let set: PlanSet = toml::from_str(include_str!("../case/plans/test-seconds.toml")).unwrap();
        let plan = Arc::new(set.plan_for(kind, &Default::default(), 12));
        let now: Timestamp = at.parse().unwrap();
        let opening = Opening {
            case: CaseId::new(Uuid::from_u128(n)),
            alert: Alert {
                id: AlertId::new(Uuid::from_u128(n)),
                kind,
                severity: kind.severity(),
                late: false,
                voice_path: false,
            },
            subject: Subject::Elder(elder),
            lane: kind.lane(),
            part: None,
            linked: None,
            inside: vec![],
            drill: false,
            wishing: None,
            turn_at: None,
        };
        let it = case::open(&opening, &plan, Author::System, now);
        let (mut case, mut log) = (it.case, it.records);
        for command in commands {
            let context = Context {
                now,
                by: Author::User(crate::ids::UserId::new(Uuid::nil())),
                plan: &plan,
                alert_plan: None,
                busy: &|_| false,
                family: &|_, _| vec![],
            };
            let decided = case::decide(&case, command, &context).unwrap();
            case = decided.case;
            log.extend(decided.records);
        }
        (Arc::new(case), log)
    }

    #[test]
    fn each_figure_is_what_the_logs_say() {
        let elder = ElderId::new(Uuid::from_u128(1));
        let again = case::Command::Join {
            alert: Alert {
                id: AlertId::new(Uuid::from_u128(99)),
                kind: Kind::Fall,
                severity: Kind::Fall.severity(),
                late: false,
                voice_path: false,
            },
        };
        let fine = case::Command::VoiceResult { result: Voice::Fine };
        let cases = [
            // Half past midnight in the street is the day before in UTC.
            opened(2, Kind::Sos, "2026-02-28T16:30:00Z", elder, &[again]),
            opened(3, Kind::Sos, "2026-03-02T02:00:00Z", elder, &[fine]),
            opened(4, Kind::LowBattery, "2026-03-05T02:00:00Z", elder, &[]),
            opened(
                5,
                Kind::Sos,
                "2026-03-06T02:00:00Z",
                ElderId::new(Uuid::from_u128(7)),
                &[],
            ),
        ];
        let of = Of {
            elder,
            household: HouseholdId::new(Uuid::from_u128(8)),
            level: ContactLevel::History,
            offset: Offset::from_hours(8).unwrap(),
            first: date(2026, 3, 1),
            today: date(2026, 3, 10),
        };
        let it = sheet(&of, &cases, |_| "grid_worker".to_owned());
        let of_kind = |all: &[CountDto]| {
            all.iter()
                .map(|it| format!("{} {}", it.kind, it.count))
                .collect::<Vec<_>>()
        };
        assert_eq!(of_kind(&it.alarms), ["fall 1", "sos 2"], "and none of somebody else's");
        assert_eq!(of_kind(&it.devices), ["low_battery 1"]);
        assert_eq!((it.false_alarms, it.spoken), (1, 1));
        assert_eq!((it.days, it.quiet_days), (10, 8));
        assert_eq!(it.came.iter().map(|it| it.minutes).collect::<Vec<_>>(), [None, None]);
    }

    #[test]
    fn a_month_that_is_over_has_all_its_days_and_one_that_has_not_begun_none() {
        let of = |first, today| Of {
            elder: ElderId::new(Uuid::from_u128(1)),
            household: HouseholdId::new(Uuid::from_u128(8)),
            level: ContactLevel::History,
            offset: Offset::UTC,
            first,
            today,
        };
        let days = |first, today| {
            let it = sheet(&of(first, today), &[], |_| String::new());
            (it.days, it.quiet_days)
        };
        assert_eq!(days(date(2026, 2, 1), date(2026, 3, 10)), (28, 28));
        assert_eq!(days(date(2026, 3, 1), date(2026, 3, 1)), (1, 1));
        assert_eq!(days(date(2026, 4, 1), date(2026, 3, 10)), (0, 0));
    }
}
