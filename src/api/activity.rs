//! The rules by which an elder is missed at home: those in force, when somebody looks next, and rules of the elder's own.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::wire::{Body, path_id};
use crate::dispatch::activity::Learned;
use crate::ids::{DeviceId, ElderId, UserId};
use crate::people::{Elder, OwnRules};

/// The rules in force for an elder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActivityDto {
    #[schema(value_type = String)]
    pub elder_id: ElderId,
    /// What was set for this elder: `learning` (`off`, `propose`, `tighten`), and for each of `no_activity`, `water_over`, `out_of_bed` the word `off` or `{rule: {…}}`; what is absent
    /// is as the street has it.
    #[schema(value_type = Object)]
    pub own: OwnRules,
    /// `off`, `propose` or `tighten`: whether what is usual for this elder is learned, and what comes of it.
    pub learning: String,
    /// Whole days of the last 28 that were learned from.
    pub usual_days: usize,
    /// So many are needed at least.
    pub usual_days_min: usize,
    /// How long this elder is usually quiet, by the hours at which a quiet stretch begins; empty while too little is known.
    pub usual: Vec<UsualDto>,
    /// Absent: nobody is missed for silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_activity: Option<NoActivityDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub water_over: Option<WaterOverDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_bed: Option<OutOfBedDto>,
    /// The sensors of the elder and of their home.
    pub sensors: Vec<SensorDto>,
    /// When somebody looks next.
    pub due: Vec<DueDto>,
    /// Who has changed what was set for this elder, the newest first, at most 50.
    pub changes: Vec<RuleChangeDto>,
}

/// A change of an elder's own rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RuleChangeDto {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = String)]
    pub by: UserId,
    /// As `own`, from then on.
    #[schema(value_type = Object)]
    pub rules: serde_json::Value,
}

/// How long an elder is usually quiet after a sign of life at some hours; waking hours only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UsualDto {
    /// The first of these hours, local.
    pub from_h: u8,
    /// The hour at which they are over.
    pub until_h: u8,
    /// The longest stretch without a sign of nine days in ten, minutes.
    pub longest_min: i64,
    /// After so many minutes their silence is unusual. With `tighten` somebody is missed then, if that is sooner than by the rule.
    pub window_min: i64,
    /// Days that this rests on.
    pub days: usize,
    /// The first of these days.
    #[schema(value_type = String, format = Date)]
    pub from: jiff::civil::Date,
    /// The last.
    #[schema(value_type = String, format = Date)]
    pub to: jiff::civil::Date,
}

/// Changes that are shown.
const CHANGES_MAX: u64 = 50;

/// After how long without a sign of life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NoActivityDto {
    pub hours: u16,
    /// Only the waking hours of the street count.
    pub waking: bool,
    /// By sensors of these kinds; empty: by all.
    pub kinds: Vec<String>,
}

/// How much water.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WaterOverDto {
    pub litres: u32,
    pub hours: u16,
}

/// How long out of bed at night.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutOfBedDto {
    pub minutes: u16,
}

/// A sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SensorDto {
    #[schema(value_type = String)]
    pub device_id: DeviceId,
    pub code: String,
    pub kind: String,
    /// When it last said that somebody was about; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub active_at: Option<Timestamp>,
}

/// A look that is due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DueDto {
    /// `no_activity`, `out_of_bed`.
    pub rule: String,
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
}

/// The rules for an elder, and when somebody looks next.
#[utoipa::path(get, path = "/api/v1/elders/{id}/activity", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = ActivityDto)))]
pub async fn show(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let elder = api.elder_in_scope(&who, id)?;
    let shown = api.run(async move { it.activity_of(&elder).await }).await?;
    Ok(HttpResponse::Ok().json(shown))
}

/// Gives an elder rules of their own: `learning` (`off`, `propose`, `tighten`), and for each of `no_activity` `{rule: {hours, waking?, kinds?}}`, `water_over` `{rule: {litres, hours}}`,
/// `out_of_bed` `{rule: {minutes}}`, or the word `off`; what is left out is as the street has it. All of them are replaced.
#[utoipa::path(put, path = "/api/v1/elders/{id}/activity", tag = "people", params(("id" = String, Path)), request_body = Object,
    responses((status = 200, body = ActivityDto), (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<OwnRules>,
) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let elder = api.elder_in_scope(&who, id)?;
    let wrong: Vec<FieldError> = (body.value.mistakes().into_iter())
        .map(|(field, text)| FieldError::new(field, "out_of_range", text))
        .collect();
    if !wrong.is_empty() {
        return Err(Problem::fields("out_of_range", wrong));
    }
    let it = api.get_ref().clone();
    let shown = api
        .run(async move {
            it.app.activity.set_rules(id, body.value, who.user).await?;
            tracing::info!(elder.id = %id, user.id = %who.user, "the rules by which an elder is missed were changed");
            it.activity_of(&elder).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(shown))
}

impl Api {
    /// An elder of the caller's areas.
    pub(super) fn elder_in_scope(&self, who: &SignedIn, id: ElderId) -> Result<std::sync::Arc<Elder>, Problem> {
        let found = self.app.picture.elder(id).filter(|it| who.scope.contains(it.grid));
        found.ok_or_else(|| Problem::not_found("elder_not_found", "there is no such elder"))
    }

    async fn activity_of(&self, elder: &Elder) -> Result<ActivityDto, Problem> {
        let activity = &self.app.activity;
        let store = &self.app.store;
        let rules = activity.rules(elder);
        let devices = store.devices_at(elder.id, elder.household).await?;
        let sensing = devices.items.into_iter().map(|it| it.device.value);
        let sensors = sensing.filter(|it| it.kind.senses_activity() && it.in_service);
        let sensors = sensors.map(|it| SensorDto {
            device_id: it.id,
            active_at: self.app.signs.of(it.id).and_then(|it| it.doing.active_at),
            kind: it.kind.as_str().to_owned(),
            code: it.code,
        });
        let due = store.activity_due_of(elder.id).await?;
        let due = due.into_iter().map(|it| DueDto {
            rule: it.rule.as_str().to_owned(),
            since: it.since,
            due_at: it.due_at,
        });
        let changes = store.activity_rule_changes(elder.id, CHANGES_MAX).await?;
        let changes = changes.into_iter().map(|it| RuleChangeDto {
            at: it.at,
            by: it.by,
            rules: serde_json::from_str(&it.rules).unwrap_or_default(),
        });
        let learned = activity.learned(elder);
        let usual = learned.usual.iter().map(|it| UsualDto {
            from_h: it.from_h,
            until_h: it.until_h,
            longest_min: it.longest.as_mins(),
            window_min: it.window().as_mins(),
            days: it.days,
            from: it.from,
            to: it.to,
        });
        Ok(ActivityDto {
            learning: rules.learning.as_str().to_owned(),
            usual_days: learned.days,
            usual_days_min: Learned::DAYS_MIN,
            usual: usual.collect(),
            changes: changes.collect(),
            elder_id: elder.id,
            own: OwnRules::clone(&activity.own_rules(elder.id)),
            no_activity: rules.no_activity.map(|it| NoActivityDto {
                hours: it.hours,
                waking: it.waking,
                kinds: it.kinds.iter().map(|it| it.as_str().to_owned()).collect(),
            }),
            water_over: rules.water_over.map(|it| WaterOverDto {
                litres: it.litres,
                hours: it.hours,
            }),
            out_of_bed: rules.out_of_bed.map(|it| OutOfBedDto { minutes: it.minutes }),
            sensors: sensors.collect(),
            due: due.collect(),
        })
    }
}
