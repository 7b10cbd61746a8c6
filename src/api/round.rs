//! The round of checks of an incident: whose devices are dark, or who is inside the area of a warning, in the order in which somebody
//! looks after them, and who was looked after already.

use std::collections::HashMap;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::alerts::ReportedDto;
use super::auth::SignedIn;
use super::problem::Problem;
use super::view::{ElderBrief, PlaceDto, elder_brief};
use super::wire::{Body, path_id};
use crate::case::Kind;
use crate::dispatch::supervision::Check;
use crate::dispatch::{AlertReport, Sender};
use crate::ids::{CaseId, ElderId, UserId};
use crate::people::RoundResult;
use crate::store::RoundCheck;

/// Somebody of the round was looked after: the last look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckedDto {
    /// `well`, `not_reached`, `needs_help`.
    pub result: String,
    #[schema(value_type = String)]
    pub by: UserId,
    /// Whose account that is; none: there is none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// How often somebody has tried, this time counted.
    pub tries: usize,
}

/// One elder of a round of checks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CheckDto {
    pub elder: ElderBrief,
    /// What of theirs needs current: `oxygen`, `ventilator`, `dialysis`.
    pub life_support: Vec<String>,
    /// The door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceDto>,
    /// How many of their devices and of those of their home went dark; of a warning 0.
    pub devices: usize,
    /// When the first of these was last heard before; of a warning, when the message that holds was sent.
    #[schema(value_type = String, format = DateTime)]
    pub heard_at: Timestamp,
    /// All of them are heard again.
    pub back: bool,
    /// Left out: nobody has said yet how they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<CheckedDto>,
}

/// A round of checks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RoundDto {
    /// Whoever is not known to be well first; of these who is still dark, then whoever needs current to live, then by need.
    pub items: Vec<CheckDto>,
}

/// How somebody of a round was.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    /// `well`, `not_reached` (somebody looks again), or `needs_help`: that calls for help in their name at once.
    #[schema(value_type = String)]
    pub result: RoundResult,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckKeptDto {
    pub checked: CheckedDto,
    /// With `needs_help`: the alert and its case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<ReportedDto>,
}

/// Whom to look after in an incident, in order; nobody for a case of another kind.
#[utoipa::path(get, path = "/api/v1/cases/{id}/round", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = RoundDto)))]
pub async fn round(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: CaseId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let (checks, mut looks) = api
        .run(async move { Ok((it.round_of(id).await?, it.looks_of(id).await?)) })
        .await?;
    let today = api.app.picture.today();
    let mut dto = |it: Check| CheckDto {
        life_support: it.elder.life_support.iter().map(|it| it.as_str().to_owned()).collect(),
        place: it.elder.door_on(today).1.map(|it| PlaceDto {
            lat: it.lat(),
            lon: it.lon(),
        }),
        checked: looks.remove(&it.elder.id),
        elder: elder_brief(&api.app, &it.elder, today),
        devices: it.devices.len(),
        heard_at: it.heard_at,
        back: it.back,
    };
    let mut items: Vec<CheckDto> = checks.into_iter().map(&mut dto).collect();
    let well = RoundResult::Well.as_str();
    items.sort_by_key(|it| it.checked.as_ref().is_some_and(|it| it.result == well));
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(RoundDto { items }))
}

/// Ticks somebody of a round off: how they were, by whom, and when. The last word counts, all are kept. With `needs_help` an SOS is
/// reported for them first.
#[utoipa::path(post, path = "/api/v1/cases/{id}/round/{rid}", tag = "cases",
    params(("id" = String, Path), ("rid" = String, Path, description = "the elder")), request_body = CheckIn,
    responses((status = 200, body = CheckKeptDto),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn check(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<CheckIn>,
) -> Result<HttpResponse, Problem> {
    let case: CaseId = path_id(&request, "id")?;
    let elder: ElderId = path_id(&request, "rid")?;
    let it = api.get_ref().clone();
    let kept = api
        .run(async move { it.keep_look(&who, case, elder, body.value.result).await })
        .await?;
    Ok(HttpResponse::Ok().json(kept))
}

impl Api {
    async fn round_of(&self, case: CaseId) -> Result<Vec<Check>, Problem> {
        let dark = self.app.supervision.round(case).await?;
        match dark.is_empty() {
            true => Ok(self.app.warnings.round(case).await?),
            false => Ok(dark),
        }
    }

    /// The last look after each.
    async fn looks_of(&self, case: CaseId) -> Result<HashMap<ElderId, CheckedDto>, Problem> {
        let loaded = self.app.store.round_checks(case).await?;
        for error in loaded.aside {
            tracing::warn!(%error, "a look of a round is left out");
        }
        let mut names: HashMap<UserId, Option<String>> = HashMap::new();
        let mut last: HashMap<ElderId, CheckedDto> = HashMap::new();
        for it in loaded.items {
            if let std::collections::hash_map::Entry::Vacant(unknown) = names.entry(it.by) {
                unknown.insert(self.app.store.account(it.by).await?.map(|it| it.username));
            }
            let tries = last.get(&it.elder).map_or(0, |it| it.tries) + 1;
            let dto = CheckedDto {
                result: it.result.as_str().to_owned(),
                by: it.by,
                username: names.get(&it.by).cloned().flatten(),
                at: it.at,
                tries,
            };
            last.insert(it.elder, dto);
        }
        Ok(last)
    }

    async fn keep_look(
        &self,
        who: &SignedIn,
        case: CaseId,
        elder: ElderId,
        result: RoundResult,
    ) -> Result<CheckKeptDto, Problem> {
        if !self.round_of(case).await?.iter().any(|it| it.elder.id == elder) {
            return Err(Problem::not_found(
                "not_in_round",
                "this elder is not in the round of this case",
            ));
        }
        let now = self.app.clock.now();
        // The call first: whatever fails then, somebody comes.
        let reported = match result {
            RoundResult::NeedsHelp => Some(ReportedDto::from(
                self.app.desk.report(call(who, case, elder, now)).await?,
            )),
            RoundResult::Well | RoundResult::NotReached => None,
        };
        let look = RoundCheck {
            id: self.app.ids.make(),
            case,
            elder,
            by: who.user,
            at: now,
            result,
        };
        self.app.store.put_round_check(look).await?;
        tracing::info!(case.id = %case, elder.id = %elder, user.id = %who.user, %result, "somebody of a round was looked after");
        let checked = self.looks_of(case).await?.remove(&elder);
        let checked = checked.ok_or_else(|| Problem::not_found("not_in_round", "this look does not read back"))?;
        Ok(CheckKeptDto { checked, reported })
    }
}

/// Whoever was found in need calls for help. Who says it twice within ten minutes says it once; a colleague joins the case.
fn call(who: &SignedIn, case: CaseId, elder: ElderId, now: Timestamp) -> AlertReport {
    const TOGETHER_S: i64 = 600;
    AlertReport {
        sender: Sender::User(who.user),
        kind: Kind::Sos.as_str().to_owned(),
        elder: Some(elder),
        device: None,
        responder: None,
        source_ref: Some(format!("round {case} {elder} {}", now.as_second() / TOGETHER_S)),
        occurred_at: None,
        position: None,
        note: Some("排查时发现需要帮助".to_owned()),
        reading: None,
        raw: vec![],
        warnings: vec!["found_in_a_round".to_owned()],
        drill: false,
    }
}
