//! What of an elder's file is signed for: whether the file rests, what the elder agreed to, how able they were found. Each is an edit of its
//! own over the version that was seen, with a line in the log; and the list of those who should be assessed anew.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::station_register::{if_match, stale, with_etag};
use super::view::{ElderBrief, elder_brief};
use super::wire::{Body, PageDto, path_id};
use crate::case::{Case, Kind, Lane, Outcome};
use crate::ids::{CaseId, DeviceId, ElderId};
use crate::people::{Ability, Consent, ConsentPurpose, Elder, ElderStatus};
use crate::store::cases::{CaseFilter, CaseView};
use crate::store::{ElderFile, Kept, RegisterEvent};

/// Falls within [`FALLS_WITHIN`] that propose an assessment before its time.
pub const FALLS: usize = 2;
/// How far back falls count.
pub const FALLS_WITHIN: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);
/// Cases of one elder that are looked through at once.
const OF_ONE: u64 = 200;
/// Pages of falls that are read of a street, each of [`OF_ONE`].
const PAGES: usize = 50;
/// The longest reason, letters.
const REASON_MAX: usize = 200;

/// Whether a file rests, and since when.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestIn {
    /// `active` (taken up again), `moved_away`, `deceased`.
    #[schema(value_type = String)]
    pub status: ElderStatus,
    /// The day on which it happened.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// Needed where a file is taken up again: whose mistake, or why they are back. At most 200 letters; nothing that may not outlive the
    /// file.
    #[serde(default)]
    pub reason: Option<String>,
}

/// One consent: given, given anew, or taken back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentIn {
    /// `health`, `location`, `keys`, `forced_entry`, `recording`, `indoor_photos`, `provider_sharing`.
    #[schema(value_type = String)]
    pub purpose: ConsentPurpose,
    /// Which wording was signed.
    pub version: String,
    #[schema(value_type = String, format = Date)]
    pub given_on: Date,
    /// The day from which it does not hold any more.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub withdrawn_on: Option<Date>,
}

/// How able the elder was found.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbilityIn {
    /// 0 able to 4 wholly unable, as the instrument has it.
    pub level: u8,
    /// "GB/T 42195-2022", "MZ/T 039": a level means nothing without it.
    pub instrument: String,
    #[schema(value_type = String, format = Date)]
    pub assessed_on: Date,
}

/// What is still open of a file that rests: somebody has to see to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftDto {
    /// Devices that are still theirs; what they say is still a call.
    pub devices: Vec<LeftDeviceDto>,
    /// Requests for service and follow-ups that are still open.
    pub cases: Vec<LeftCaseDto>,
}

/// A device that is still bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftDeviceDto {
    #[schema(value_type = String)]
    pub id: DeviceId,
    pub code: String,
    pub kind: String,
}

/// A case that is still open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftCaseDto {
    #[schema(value_type = String)]
    pub id: CaseId,
    pub number: String,
    pub kind: String,
}

/// Falls of late that propose a new assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FallsDto {
    /// How many cases of a fall within 30 days, false alarms and exercises not counted.
    pub falls: usize,
    /// When the last of them was.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
}

/// An elder who should be assessed anew.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReassessDto {
    #[serde(flatten)]
    pub elder: ElderBrief,
    pub code: String,
    pub area_code: String,
    #[serde(flatten)]
    pub falls: FallsDto,
    /// The day of the last assessment; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub assessed_on: Option<Date>,
}

/// Whether this is a fall that somebody had, as far as is known.
fn fell(case: &Case) -> bool {
    let nothing = matches!(case.outcome, Some(Outcome::FalseAlarm | Outcome::DeviceFault));
    case.kind == Kind::Fall && !case.drill && !nothing
}

/// What falls at these instants say beside the last assessment: enough of them after it, or nothing.
pub(super) fn falls_after(
    falls: &[Timestamp],
    assessed: Option<Date>,
    day: impl Fn(Timestamp) -> Date,
) -> Option<FallsDto> {
    // On the day of the assessment itself nobody knows which came first: it counts as seen by whoever assessed.
    let since: Vec<Timestamp> = falls
        .iter()
        .copied()
        .filter(|at| assessed.is_none_or(|it| day(*at) > it))
        .collect();
    let last_at = *since.iter().max()?;
    (since.len() >= FALLS).then_some(FallsDto {
        falls: since.len(),
        last_at,
    })
}

fn a_day(wrong: &mut Vec<FieldError>, field: &'static str, day: Date, today: Date) {
    if day > today {
        wrong.push(FieldError::new(field, "out_of_range", "must not be after today"));
    }
}

fn refused(wrong: Vec<FieldError>) -> Result<(), Problem> {
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Problem::fields("invalid_value", wrong)),
    }
}

impl RestIn {
    fn over(&self, old: &Elder, today: Date) -> Result<Elder, Problem> {
        let mut wrong = Vec::new();
        if self.status == old.status {
            let text = format!("it is so already: {}", old.status);
            wrong.push(FieldError::new("status", "invalid_value", text));
        }
        a_day(&mut wrong, "on", self.on, today);
        if old.born.is_some_and(|it| self.on < it) {
            wrong.push(FieldError::new(
                "on",
                "out_of_range",
                "must not be before the day of birth",
            ));
        }
        let reason = self.reason.as_deref().map(str::trim).unwrap_or_default();
        if self.status == ElderStatus::Active && reason.is_empty() {
            let text = "why is the file taken up again?";
            wrong.push(FieldError::new("reason", "missing_field", text));
        }
        if reason.chars().count() > REASON_MAX {
            let text = format!("at most {REASON_MAX} letters");
            wrong.push(FieldError::new("reason", "too_long", text));
        }
        refused(wrong)?;
        Ok(Elder {
            status: self.status,
            ..old.clone()
        })
    }
}

impl ConsentIn {
    fn over(&self, old: &Elder, today: Date) -> Result<Elder, Problem> {
        let mut wrong = Vec::new();
        let version = self.version.trim().to_owned();
        if version.is_empty() {
            let text = "which wording was signed?";
            wrong.push(FieldError::new("version", "missing_field", text));
        }
        a_day(&mut wrong, "given_on", self.given_on, today);
        if let Some(day) = self.withdrawn_on {
            a_day(&mut wrong, "withdrawn_on", day, today);
            if day < self.given_on {
                let text = "was withdrawn before it was given";
                wrong.push(FieldError::new("withdrawn_on", "out_of_range", text));
            }
        }
        let before = old.consents.get(&self.purpose).and_then(|it| it.withdrawn_on);
        if self.withdrawn_on.is_none() && before.is_some_and(|it| self.given_on < it) {
            let text = "it was taken back after that day: it must be given anew";
            wrong.push(FieldError::new("given_on", "out_of_range", text));
        }
        refused(wrong)?;
        let mut elder = old.clone();
        let consent = Consent {
            version,
            given_on: self.given_on,
            withdrawn_on: self.withdrawn_on,
        };
        elder.consents.insert(self.purpose, consent);
        Ok(elder)
    }
}

impl AbilityIn {
    fn over(&self, old: &Elder, today: Date) -> Result<Elder, Problem> {
        let mut wrong = Vec::new();
        let instrument = self.instrument.trim().to_owned();
        if self.level > 4 {
            wrong.push(FieldError::new("level", "out_of_range", "levels are 0 to 4"));
        }
        if instrument.is_empty() {
            let text = "a level means nothing without its instrument";
            wrong.push(FieldError::new("instrument", "missing_field", text));
        }
        a_day(&mut wrong, "assessed_on", self.assessed_on, today);
        if old.ability.as_ref().is_some_and(|it| self.assessed_on < it.assessed_on) {
            let text = "a later assessment is on file";
            wrong.push(FieldError::new("assessed_on", "out_of_range", text));
        }
        refused(wrong)?;
        Ok(Elder {
            ability: Some(Ability {
                level: self.level,
                instrument,
                assessed_on: self.assessed_on,
            }),
            ..old.clone()
        })
    }
}

impl Api {
    async fn open_cases_of(&self, elder: ElderId) -> Result<Vec<CaseView>, Problem> {
        let filter = CaseFilter {
            elder: Some(elder),
            open: true,
            ..CaseFilter::default()
        };
        let mut items = self.app.store.list_cases(&filter, None, OF_ONE).await?.items;
        items.retain(|it| !it.case.drill);
        Ok(items)
    }

    /// What is still open of a file that rests; none: it does not rest.
    pub(super) async fn left_of(&self, elder: &Elder) -> Result<Option<LeftDto>, Problem> {
        if elder.status == ElderStatus::Active {
            return Ok(None);
        }
        let devices = self.app.store.devices_of(elder.id).await?.items;
        let cases = self.open_cases_of(elder.id).await?;
        Ok(Some(LeftDto {
            devices: devices
                .into_iter()
                .map(|it| LeftDeviceDto {
                    id: it.device.value.id,
                    kind: it.device.value.kind.as_str().to_owned(),
                    code: it.device.value.code,
                })
                .collect(),
            cases: cases
                .into_iter()
                .map(|it| LeftCaseDto {
                    id: it.case.id,
                    number: it.number.to_string(),
                    kind: it.case.kind.as_str().to_owned(),
                })
                .collect(),
        }))
    }

    /// Falls of late that propose a new assessment of an elder.
    pub(super) async fn falls_of(&self, elder: &Elder) -> Result<Option<FallsDto>, Problem> {
        let filter = CaseFilter {
            elder: Some(elder.id),
            ..self.falls()
        };
        let page = self.app.store.list_cases(&filter, None, OF_ONE).await?;
        let falls: Vec<Timestamp> = page
            .items
            .iter()
            .filter(|it| fell(&it.case))
            .map(|it| it.case.opened_at)
            .collect();
        let assessed = elder.ability.as_ref().map(|it| it.assessed_on);
        Ok(falls_after(&falls, assessed, |at| self.app.desk.local(at).0))
    }

    fn falls(&self) -> CaseFilter {
        CaseFilter {
            kinds: vec![Kind::Fall],
            opened_from: Some(self.app.clock.now() - FALLS_WITHIN),
            ..CaseFilter::default()
        }
    }

    async fn reassess(&self, who: &SignedIn) -> Result<Vec<ReassessDto>, Problem> {
        let filter = CaseFilter {
            scope: Some(who.scope.clone()),
            ..self.falls()
        };
        let mut falls: HashMap<ElderId, Vec<Timestamp>> = HashMap::new();
        let mut after = None;
        for _ in 0..PAGES {
            let page = self.app.store.list_cases(&filter, after, OF_ONE).await?;
            for it in page.items.iter().filter(|it| fell(&it.case)) {
                if let Some(elder) = it.case.subject.elder() {
                    falls.entry(elder).or_default().push(it.case.opened_at);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let today = self.app.picture.today();
        let mut found: Vec<ReassessDto> = falls
            .into_iter()
            .filter_map(|(id, at)| {
                // Somebody who has moved to another street since is that street's to assess.
                let elder = self.app.picture.elder(id).filter(|it| who.scope.contains(it.grid))?;
                let looked_after = elder.status == ElderStatus::Active && !self.app.picture.is_frozen(id);
                let assessed_on = elder.ability.as_ref().map(|it| it.assessed_on);
                let falls = falls_after(&at, assessed_on, |at| self.app.desk.local(at).0)?;
                looked_after.then(|| ReassessDto {
                    elder: elder_brief(&self.app, &elder, today),
                    code: elder.code.clone(),
                    area_code: elder.grid.to_string(),
                    falls,
                    assessed_on,
                })
            })
            .collect();
        found.sort_by_key(|it| std::cmp::Reverse((it.falls.falls, it.falls.last_at)));
        Ok(found)
    }

    /// Writes an edit of a file with its line in the log.
    async fn sign(
        &self,
        who: &SignedIn,
        version: i64,
        elder: Elder,
        what: &str,
        both: (serde_json::Value, serde_json::Value),
    ) -> Result<Kept<Elder>, Problem> {
        let app = &self.app;
        let now = app.clock.now();
        let id = elder.id;
        let event = RegisterEvent {
            id: app.ids.make(),
            subject: id.to_string(),
            at: now,
            by: who.user,
            what: what.to_owned(),
            before: Some(both.0),
            after: Some(both.1),
        };
        let book = app.store.area_book(app.desk.local(now).0).await?;
        let file = ElderFile { elder, secrets: None };
        app.store
            .edit_elder_file(file, version, event, &book, now)
            .await
            .map_err(stale)?;
        app.refresh_picture(false).await?;
        app.activity.count_anew(id).await?;
        self.kept_elder(id).await
    }

    async fn old_and_today(&self, id: ElderId) -> Result<(Elder, Date), Problem> {
        let today = self.app.desk.local(self.app.clock.now()).0;
        Ok((self.kept_elder(id).await?.value, today))
    }

    async fn rest(&self, who: &SignedIn, id: ElderId, asked: RestIn, version: i64) -> Result<Kept<Elder>, Problem> {
        let (old, today) = self.old_and_today(id).await?;
        let elder = asked.over(&old, today)?;
        if elder.status != ElderStatus::Active {
            let open = self.open_cases_of(id).await?;
            let calls: Vec<String> = open
                .iter()
                .filter(|it| it.case.lane == Lane::Help)
                .map(|it| it.number.to_string())
                .collect();
            if !calls.is_empty() {
                let text = format!("a call for help is still open: {}", calls.join(", "));
                return Err(Problem::conflict("case_open", text));
            }
        }
        let before = json!({ "status": old.status.as_str() });
        let reason = asked.reason.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let after = json!({ "status": elder.status.as_str(), "on": asked.on, "reason": reason });
        let what = match elder.status {
            ElderStatus::Active => "taken_up",
            ElderStatus::MovedAway | ElderStatus::Deceased => "rested",
        };
        self.sign(who, version, elder, what, (before, after)).await
    }

    async fn agree(&self, who: &SignedIn, id: ElderId, asked: ConsentIn, version: i64) -> Result<Kept<Elder>, Problem> {
        let (old, today) = self.old_and_today(id).await?;
        let elder = asked.over(&old, today)?;
        let line = |it: &Elder| {
            let one = it.consents.get(&asked.purpose);
            json!({ "consents": { asked.purpose.as_str(): one } })
        };
        let both = (line(&old), line(&elder));
        self.sign(who, version, elder, "edited", both).await
    }

    async fn assess(
        &self,
        who: &SignedIn,
        id: ElderId,
        asked: AbilityIn,
        version: i64,
    ) -> Result<Kept<Elder>, Problem> {
        let (old, today) = self.old_and_today(id).await?;
        let elder = asked.over(&old, today)?;
        let line = |it: &Elder| json!({ "ability": it.ability });
        let both = (line(&old), line(&elder));
        self.sign(who, version, elder, "edited", both).await
    }
}

/// Lets a file rest, or takes it up again. While a call for help is open it cannot rest (409 `case_open`). Of somebody who has died nobody
/// is told anything by itself any more, no visit is due and no request is taken; what their devices say is still a call.
#[utoipa::path(put, path = "/api/v1/elders/{id}/rest", tag = "people", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = RestIn, responses((status = 200, body = super::elder_file::ElderRecordDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn rest(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<RestIn>,
) -> Result<HttpResponse, Problem> {
    let (id, version): (ElderId, i64) = (path_id(&request, "id")?, if_match(&request)?);
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let kept = it.rest(&who, id, body.value, version).await?;
            it.record_dto(&kept).await
        })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Files a consent of one purpose, or that it was taken back. What it allows holds, or ends, at once.
#[utoipa::path(put, path = "/api/v1/elders/{id}/consents", tag = "people", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = ConsentIn, responses((status = 200, body = super::elder_file::ElderRecordDto),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn consent(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<ConsentIn>,
) -> Result<HttpResponse, Problem> {
    let (id, version): (ElderId, i64) = (path_id(&request, "id")?, if_match(&request)?);
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let kept = it.agree(&who, id, body.value, version).await?;
            it.record_dto(&kept).await
        })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Files how able the elder was found.
#[utoipa::path(put, path = "/api/v1/elders/{id}/ability", tag = "people", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = AbilityIn, responses((status = 200, body = super::elder_file::ElderRecordDto),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn ability(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<AbilityIn>,
) -> Result<HttpResponse, Problem> {
    let (id, version): (ElderId, i64) = (path_id(&request, "id")?, if_match(&request)?);
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let kept = it.assess(&who, id, body.value, version).await?;
            it.record_dto(&kept).await
        })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Elders of the caller's area who fell twice or more within 30 days since their last assessment, most falls first.
#[utoipa::path(get, path = "/api/v1/reassessments", tag = "people", responses((status = 200, body = PageDto<ReassessDto>)))]
pub async fn reassessments(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let items = api.run(async move { it.reassess(&who).await }).await?;
    Ok(HttpResponse::Ok().json(PageDto { items, next: None }))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::people::samples;

    const TODAY: Date = date(2026, 6, 15);

    fn fields(it: Result<Elder, Problem>) -> Vec<String> {
        it.map_or_else(|it| it.errors.iter().map(|it| it.field.clone()).collect(), |_| vec![])
    }

    #[test]
    fn a_file_rests_on_a_day_that_was_and_is_taken_up_with_a_reason() {
        use ElderStatus::*;
        let old = Elder {
            born: Some(date(1940, 1, 2)),
            ..samples::elder()
        };
        for (from, status, on, reason, wrong) in [
            (Active, Deceased, TODAY, None, &[][..]),
            (Active, MovedAway, date(2026, 1, 1), None, &[]),
            (Active, Deceased, date(2026, 6, 16), None, &["on"]),
            (Active, Deceased, date(1940, 1, 1), None, &["on"]),
            (Active, Active, TODAY, Some("x"), &["status"]),
            (Deceased, Active, TODAY, Some("mistaken for a neighbour"), &[]),
            (Deceased, Active, TODAY, Some("  "), &["reason"]),
            (MovedAway, Active, TODAY, None, &["reason"]),
            (MovedAway, Deceased, TODAY, None, &[]),
        ] {
            let old = Elder {
                status: from,
                ..old.clone()
            };
            let asked = RestIn {
                status,
                on,
                reason: reason.map(str::to_owned),
            };
            assert_eq!(fields(asked.over(&old, TODAY)), wrong, "{from} to {status} on {on}");
        }
        let long = RestIn {
            status: Deceased,
            on: TODAY,
            reason: Some("长".repeat(REASON_MAX + 1)),
        };
        assert_eq!(fields(long.over(&old, TODAY)), ["reason"]);
    }

    #[test]
    fn a_consent_that_was_taken_back_is_given_anew_and_not_backdated() {
        let day = |it| date(2026, 5, it);
        for (given, withdrawn, wrong) in [
            (day(10), None, &[][..]),
            (day(20), None, &[]),
            (day(9), None, &["given_on"]),
            (day(1), Some(day(10)), &[]),
            (day(10), Some(day(9)), &["withdrawn_on"]),
            (date(2026, 6, 16), None, &["given_on"]),
            (day(11), Some(date(2026, 6, 16)), &["withdrawn_on"]),
        ] {
            let mut old = samples::elder();
            let before = Consent {
                version: "1".to_owned(),
                given_on: day(1),
                withdrawn_on: Some(day(10)),
            };
            old.consents.insert(ConsentPurpose::Keys, before);
            let asked = ConsentIn {
                purpose: ConsentPurpose::Keys,
                version: "2".to_owned(),
                given_on: given,
                withdrawn_on: withdrawn,
            };
            assert_eq!(fields(asked.over(&old, TODAY)), wrong, "{given} to {withdrawn:?}");
        }
        let nothing = ConsentIn {
            purpose: ConsentPurpose::Health,
            version: " ".to_owned(),
            given_on: TODAY,
            withdrawn_on: None,
        };
        assert_eq!(fields(nothing.over(&samples::elder(), TODAY)), ["version"]);
    }

    #[test]
    fn an_assessment_has_an_instrument_and_takes_no_later_one_away() {
        let asked = |level, instrument: &str, on| AbilityIn {
            level,
            instrument: instrument.to_owned(),
            assessed_on: on,
        };
        let old = asked(2, "GB/T 42195-2022", date(2026, 3, 1))
            .over(&samples::elder(), TODAY)
            .unwrap();
        for (level, instrument, on, wrong) in [
            (4, "GB/T 42195-2022", TODAY, &[][..]),
            (5, "GB/T 42195-2022", TODAY, &["level"]),
            (1, "", TODAY, &["instrument"]),
            (1, "MZ/T 039", date(2026, 2, 28), &["assessed_on"]),
            (1, "MZ/T 039", date(2026, 6, 16), &["assessed_on"]),
        ] {
            assert_eq!(
                fields(asked(level, instrument, on).over(&old, TODAY)),
                wrong,
                "{level} {instrument} {on}"
            );
        }
    }

    proptest! {
        #[test]
        fn only_falls_after_the_assessment_propose_another(days in proptest::collection::vec(1..28i8, 0..6), assessed in proptest::option::of(1..28i8)) {
            let zone = jiff::tz::TimeZone::UTC;
            let at = |day| date(2026, 6, day).at(12, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp();
            let falls: Vec<Timestamp> = days.iter().map(|it| at(*it)).collect();
            let found = falls_after(&falls, assessed.map(|it| date(2026, 6, it)), |it| it.to_zoned(zone.clone()).date());
            let after: Vec<i8> = days.iter().copied().filter(|it| assessed.is_none_or(|day| *it > day)).collect();
            match found {
                Some(it) => {
                    prop_assert_eq!(it.falls, after.len());
                    prop_assert!(it.falls >= 2);
                    prop_assert_eq!(Some(it.last_at), after.iter().max().map(|it| at(*it)));
                }
                None => prop_assert!(after.len() < 2),
            }
        }
    }
}
