//! The response plans of a street: what holds, a revision of it, and who would be told when.
//!
//! What makes help come sooner is in force at once, or from its date on. What makes anything later or fewer waits as a proposal until a
//! second person says yes. Open cases keep the plan that they were opened with.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::station_register::{Part, RegisterEventDto, if_match, stale, with_etag};
use super::wire::{Body, PageDto, Query, path_id};
use crate::case::plan::StepKind;
use crate::case::record::Ring;
use crate::case::revision::changes;
use crate::case::{Figure, Kind, Lane, OwnPlans, PlanChange, PlanRow, PlanSet, Severity};
use crate::dispatch::field::HORIZON_MAX_S;
use crate::dispatch::{DryRun, Moment, Standing, Trial};
use crate::ids::{ContactId, ElderId, PlanRevisionId, ResponderId, UserId};
use crate::people::{AreaCode, AreaLevel, Need, ResponderKind, Tier, on_duty_by_rota};
use crate::store::{Conflict, NewVersion, PlanProposal, ProposalState, RegisterEvent, StoreError};

/// A revision holds from a date within this at the latest.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);
/// A date that has just passed is now.
const JUST_NOW: SignedDuration = SignedDuration::from_hours(1);
/// A preview is about a time within this of now.
const PREVIEW_WITHIN: SignedDuration = SignedDuration::from_hours(31 * 24);
/// Within this of now people are at work as they are; beyond it the rota says so.
const SAME_SHIFT: SignedDuration = SignedDuration::from_mins(10);
/// Whoever has no shift this far around a time is on no rota.
const ROTA_AROUND: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Unless the caller says otherwise, a preview goes on for the fifteen minutes of the circle.
const HORIZON_S: u32 = 900;

macro_rules! limits {
    ($($(#[$doc:meta])* $field:ident: $type:ident),+ $(,)?) => {
        /// The limits of a plan. Seconds from the receipt of the alert unless the name says otherwise.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct PlanLimitsDto {
            $($(#[$doc])* pub $field: $type,)+
            /// A key in an automatic call ends a press, without a voice.
            #[serde(default)]
            pub key_fine: bool,
            /// A station that is asked for a service must answer; absent: 1800.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub station_s: Option<u32>,
            /// A contact who is asked must answer; absent: 75.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub family_try_s: Option<u32>,
            /// The family is told when it begins; else from the first yes on.
            #[serde(default = "yes")]
            pub family_at_opening: bool,
        }

        /// The limits that a rule sets itself; what is absent is as the common limits say.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct RuleLimitsDto {
            $(#[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,)+
            #[serde(skip_serializing_if = "Option::is_none")]
            pub key_fine: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            pub station_s: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            pub family_try_s: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            pub family_at_opening: Option<bool>,
        }
    };
}
limits! {
    /// Somebody must be at the door.
    door_s: u32,
    /// With a voice path: no word by then and more people are asked.
    voice_widen_s: u32,
    /// No word by then: the street owns the case.
    voice_street_s: u32,
    /// How many are asked at first.
    ask_first: u8,
    /// How many are asked when there is no voice.
    ask_wide: u8,
    /// Back-ups kept until arrival.
    backups: u8,
    /// Two people go inside together, or nobody does.
    pair: bool,
    /// Accepts within this window are compared.
    window_s: u32,
    /// Silence after an offer: the next is asked.
    silence_s: u32,
    /// Silence after a voice call.
    silence_call_s: u32,
    /// The lead must have left.
    depart_s: u32,
    /// A fix or an action of the lead on the way.
    progress_s: u32,
    /// After the call about it: the next leads.
    replace_s: u32,
    /// After arrival: contact, or nobody opens.
    contact_s: u32,
    /// On the scene: a sign of life.
    checkin_s: u32,
    /// An owned case is looked at again; at most 180 for a critical one.
    look_s: u32,
    /// A critical case that nobody has touched.
    untouched_s: u32,
    /// At the street tier: rung again.
    ring_s: u32,
    /// A hand-over must be acknowledged.
    referral_s: u32,
}

const fn yes() -> bool {
    true
}

/// A step of the ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanStepDto {
    /// Seconds after receipt.
    pub at_s: u32,
    /// `desk` rings; `home`, `grid`, `street` are asked and own the case; `medical`, `fire_post`, `police_grid` are asked beside them;
    /// `prompt120`, `prompt119` prompt the desk; `family` asks the contacts one by one; `duty_leader`, `civil_affairs` are called.
    #[schema(value_type = String)]
    pub what: StepKind,
}

/// A rule: for these kinds, of somebody with one of these needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRuleDto {
    /// None: of whomever no rule of a need fits.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub needs: Vec<Need>,
    #[schema(value_type = Vec<String>)]
    pub kinds: Vec<Kind>,
    /// The first local hour at which it holds, with `until_hour`; absent: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_hour: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_hour: Option<u8>,
    /// In the order of their time.
    pub steps: Vec<PlanStepDto>,
    #[serde(default)]
    pub limits: RuleLimitsDto,
}

/// The plans of a street as they are filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnPlansDto {
    /// What holds where a rule says nothing.
    pub common: PlanLimitsDto,
    pub rules: Vec<PlanRuleDto>,
}

/// One stage of a plan that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanStageDto {
    pub at_s: u32,
    #[schema(value_type = String)]
    pub what: StepKind,
    /// The tier that owns the case from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub tier: Option<Tier>,
    /// How many responders are asked at first; 0: the step asks no responder.
    pub asks: u8,
    /// The street's desk rings.
    pub rings_desk: bool,
}

/// A plan that holds, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanRowDto {
    #[schema(value_type = String)]
    pub kind: Kind,
    #[schema(value_type = String)]
    pub severity: Severity,
    #[schema(value_type = String)]
    pub lane: Lane,
    /// Somebody with one of these needs alone.
    #[schema(value_type = Vec<String>)]
    pub needs: Vec<Need>,
    /// Also of a device, an area, or somebody unknown.
    pub for_anybody: bool,
    /// The local hours at which it holds; none: all.
    pub hours: Vec<u8>,
    pub stages: Vec<PlanStageDto>,
    pub limits: PlanLimitsDto,
}

/// A version of a street's plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanVersionDto {
    /// 0: the shipped set.
    pub version: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub by: Option<UserId>,
    /// Of a loosening: the second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub approved_by: Option<UserId>,
    pub plans: OwnPlansDto,
}

/// Where a change holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanPlaceDto {
    #[schema(value_type = String)]
    pub kind: Kind,
    /// Exactly these needs; none: a device, an area, or somebody unknown.
    #[schema(value_type = Vec<String>)]
    pub needs: Vec<Need>,
    /// None: all.
    pub hours: Vec<u8>,
}

/// One thing that becomes stricter or looser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanChangeDto {
    /// A step (`street`, `grid`, …) or a limit (`door_s`, `ask_first`, …).
    pub figure: String,
    /// Seconds, a number of people, or 1 and 0 for yes and no; absent: no such step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
    /// Help comes later or fewer are asked: a second person has to say yes.
    pub looser: bool,
    pub places: Vec<PlanPlaceDto>,
}

/// A revision that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanProposalDto {
    #[schema(value_type = String)]
    pub id: PlanRevisionId,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    #[schema(value_type = String)]
    pub by: UserId,
    /// It is the caller's: somebody else has to say yes.
    pub own: bool,
    /// From when it is to hold; absent: from the yes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// The plans have changed since it was made: it can only be rejected.
    pub stale: bool,
    pub changes: Vec<PlanChangeDto>,
    pub plans: OwnPlansDto,
}

/// A street's plans. The `ETag` of the answer is what an edit names in `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlansDto {
    /// The street.
    pub area_code: String,
    /// The shipped set beneath it.
    pub set: String,
    /// The last version that is filed, begun or not; 0: none, the shipped set holds.
    pub version: i64,
    pub in_force: PlanVersionDto,
    /// Filed and not yet begun, in the order of their versions.
    pub coming: Vec<PlanVersionDto>,
    /// What is in force, kind by kind, as an alert meets it.
    pub rows: Vec<PlanRowDto>,
    /// Waiting for a second person, the oldest first.
    pub proposals: Vec<PlanProposalDto>,
}

/// A revision.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlansIn {
    pub common: PlanLimitsDto,
    pub rules: Vec<PlanRuleDto>,
    /// From when it is to hold; absent: at once.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
}

/// What became of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanEditDto {
    /// `in_force`, `coming`, or `proposed`: something becomes looser, and a second person has to say yes.
    pub state: String,
    pub changes: Vec<PlanChangeDto>,
    pub plans: PlansDto,
}

/// What a revision would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanDiffDto {
    /// Something becomes looser: a second person would have to say yes.
    pub looser: bool,
    pub changes: Vec<PlanChangeDto>,
}

/// A case that is to be thought of.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewIn {
    #[schema(value_type = String)]
    pub elder_id: ElderId,
    /// What a device or a person may report.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// When; absent: now. Within 31 days.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// One can speak with them through the device.
    #[serde(default)]
    pub voice_path: bool,
    /// For how long nobody answers, 1 to 3600 seconds; absent: 900.
    #[serde(default)]
    pub horizon_s: Option<u32>,
    /// By these plans; absent: by what is in force then.
    #[serde(default)]
    pub draft: Option<OwnPlansDto>,
}

/// Who is asked in a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewAskedDto {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub kind: Option<ResponderKind>,
    #[schema(value_type = String)]
    pub tier: Tier,
    /// Travel time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta_s: Option<u32>,
    /// Why they stand where they stand, as in a case's log.
    pub reasons: Vec<String>,
}

/// Who is not asked, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewLeftOutDto {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub reasons: Vec<String>,
}

/// Somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewToldDto {
    /// The kind of notice, as in a case's notices.
    pub kind: String,
    /// A responder, a contact, or the word of a role.
    pub target: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// By which channels at first; none: by the screen that they have open, or not at all.
    pub channels: Vec<String>,
    /// Why no channel leads to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// One second of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewMomentDto {
    /// Seconds after the alert.
    pub at_s: u32,
    /// Steps of the ladder that fire.
    #[schema(value_type = Vec<String>)]
    pub steps: Vec<StepKind>,
    /// The tier that owns the case afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub owner: Option<Tier>,
    /// `desk`, `duty_leader`, `next_seat`.
    #[schema(value_type = Vec<String>)]
    pub rings: Vec<Ring>,
    pub asked: Vec<PreviewAskedDto>,
    /// The nearest of those who are not asked.
    pub left_out: Vec<PreviewLeftOutDto>,
    pub left_out_count: u32,
    /// People were looked for, and nobody was found.
    pub nobody: bool,
    pub told: Vec<PreviewToldDto>,
}

/// Who would be told when, while nobody answers. Nothing was written and nobody was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewDto {
    /// The plan that was chosen.
    pub plan: String,
    #[schema(value_type = String)]
    pub severity: Severity,
    /// It rings nobody, because the elder is away.
    pub suppressed: bool,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `now`: at work as they are; `rota`: as the rota says, and who is on none as they are now.
    pub duty: String,
    pub door_s: u32,
    pub moments: Vec<PreviewMomentDto>,
    /// More happens than is shown.
    pub cut: bool,
}

/// Whose plans.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// A code of 9, 12 or 15 digits; the first street of the caller when left out.
    area: Option<String>,
}

/// The same fields on both sides: what differs is a mistake of ours.
fn same<A: Serialize, B: DeserializeOwned>(it: &A) -> Result<B, Problem> {
    let read = serde_json::to_value(it).and_then(serde_json::from_value);
    read.map_err(|error| {
        tracing::error!(%error, "plans do not read as they are shown");
        Problem::internal()
    })
}

impl OwnPlansDto {
    /// As the rules read them, when there is no mistake in them; each mistake is named by its path behind `prefix`.
    pub(super) fn read(&self, prefix: &str) -> Result<OwnPlans, Problem> {
        let own: OwnPlans = same(self)?;
        let flaws = own.flaws();
        if flaws.is_empty() {
            return Ok(own);
        }
        let wrong = flaws
            .into_iter()
            .map(|it| FieldError::new(format!("{prefix}{}", it.path), "invalid_value", it.why));
        Err(Problem::fields("plan_flawed", wrong.collect()))
    }
}

fn change_dto(it: PlanChange) -> PlanChangeDto {
    let figure = match it.figure {
        Figure::Step(step) => serde_json::to_value(step)
            .ok()
            .and_then(|it| it.as_str().map(str::to_owned))
            .unwrap_or_default(),
        Figure::Limit(name) => name.to_owned(),
    };
    let places = it.places.into_iter().map(|it| PlanPlaceDto {
        kind: it.kind,
        needs: it.needs.into_iter().collect(),
        hours: it.hours.into_iter().collect(),
    });
    PlanChangeDto {
        figure,
        before: it.before,
        after: it.after,
        looser: it.looser,
        places: places.collect(),
    }
}

fn row_dto(it: PlanRow) -> Result<PlanRowDto, Problem> {
    let asks = |what: StepKind| match it.kind.severity() {
        _ if !what.asks() => 0,
        Severity::Critical | Severity::Urgent => it.plan.limits.ask_first,
        Severity::Routine | Severity::Technical => 1,
    };
    let stages = it.plan.steps.iter().map(|step| PlanStageDto {
        at_s: step.at_s,
        what: step.what,
        tier: step.what.tier(),
        asks: asks(step.what),
        rings_desk: step.what == StepKind::Desk,
    });
    Ok(PlanRowDto {
        kind: it.kind,
        severity: it.kind.severity(),
        lane: it.kind.lane(),
        stages: stages.collect(),
        limits: same(&it.plan.limits)?,
        needs: it.needs.into_iter().collect(),
        for_anybody: it.for_anybody,
        hours: it.hours.into_iter().collect(),
    })
}

fn version_dto(it: &Standing) -> Result<PlanVersionDto, Problem> {
    let filed = it.filed.as_deref();
    Ok(PlanVersionDto {
        version: it.version(),
        from: filed.map(|it| it.head.from_at),
        made_at: filed.map(|it| it.made_at),
        by: filed.map(|it| it.by),
        approved_by: filed.and_then(|it| it.approved_by),
        plans: same(&it.set.own())?,
    })
}

/// What differs from whatever holds now or is to hold: a date may not be a way around the second person.
fn changes_from(standing: &[Standing], draft: &PlanSet) -> Vec<PlanChangeDto> {
    let mut found: Vec<PlanChangeDto> = Vec::new();
    for it in standing.iter().flat_map(|it| changes(&it.set, draft)).map(change_dto) {
        if !found.contains(&it) {
            found.push(it);
        }
    }
    // What a second person has to look at stands first.
    found.sort_by_key(|it| !it.looser);
    found
}

fn log_key(street: AreaCode) -> String {
    format!("plans {street}")
}

fn decided_already() -> Problem {
    Problem::conflict("proposal_decided", "this proposal has been decided")
}

impl Api {
    /// A street of the caller's: one that their areas touch.
    fn plans_of(&self, who: &SignedIn, asked: Option<&str>) -> Result<AreaCode, Problem> {
        let bad = |text: &str| {
            let wrong = FieldError::new("area", "invalid_value", text);
            Problem::fields("invalid_value", vec![wrong])
        };
        let code = match asked {
            Some(text) => text.parse::<AreaCode>().map_err(|error| bad(&error.to_string()))?,
            None => who.scope.iter().next().ok_or_else(|| bad("you have no area"))?,
        };
        let street = code
            .at(AreaLevel::Street)
            .ok_or_else(|| bad("name a street, or an area in one"))?;
        if self.app.picture.area_id(street).is_none() || !who.scope.touches(street) {
            return Err(Problem::not_found("area_not_found", "there is no such street"));
        }
        Ok(street)
    }

    /// The street in the path, for who has the whole of it.
    pub(super) fn own_street(&self, who: &SignedIn, request: &HttpRequest) -> Result<AreaCode, Problem> {
        let street = self.plans_of(who, request.match_info().get("street"))?;
        if who.scope.contains(street) {
            return Ok(street);
        }
        Err(Problem::forbidden(
            "not_your_street",
            "only who has the whole street revises its plans",
        ))
    }

    async fn plans_dto(&self, who: &SignedIn, street: AreaCode) -> Result<PlansDto, Problem> {
        // Another node may have filed something a moment ago.
        self.app.read_plans().await?;
        let book = self.app.desk.plan_book();
        let standing = book.standing(Some(street), self.app.clock.now());
        let proposals = self.app.store.plan_proposals(street).await?;
        let version = book.last_version(street);
        let (user, it) = (who.user, self.clone());
        // Hundreds of plans are put together.
        self.compute(move || {
            let book = it.app.desk.plan_book();
            let waiting = |it: PlanProposal| -> Result<PlanProposalDto, Problem> {
                let set = book.set_of(street, it.over + 1, &it.plans);
                Ok(PlanProposalDto {
                    id: it.id,
                    made_at: it.made_at,
                    by: it.by,
                    own: it.by == user,
                    from: it.from_at,
                    stale: it.over != version,
                    changes: changes_from(&standing, &set),
                    plans: same(&it.plans)?,
                })
            };
            let coming = standing.iter().skip(1).map(version_dto);
            let rows = standing[0].set.rows().into_iter().map(row_dto);
            Ok(PlansDto {
                area_code: street.to_string(),
                set: book.shipped().name.clone(),
                version,
                in_force: version_dto(&standing[0])?,
                coming: coming.collect::<Result<_, _>>()?,
                rows: rows.collect::<Result<_, _>>()?,
                proposals: proposals.into_iter().map(waiting).collect::<Result<_, _>>()?,
            })
        })
        .await?
    }

    /// What a draft changes, beside what stands and the set that it makes.
    async fn diff(&self, street: AreaCode, own: &OwnPlans) -> Result<Vec<PlanChangeDto>, Problem> {
        let book = self.app.desk.plan_book();
        let standing = book.standing(Some(street), self.app.clock.now());
        let draft = book.set_of(street, book.last_version(street) + 1, own);
        self.compute(move || changes_from(&standing, &draft)).await
    }

    async fn revise(
        &self,
        who: &SignedIn,
        street: AreaCode,
        body: PlansIn,
        version: i64,
    ) -> Result<PlanEditDto, Problem> {
        let app = &self.app;
        let PlansIn { common, rules, from } = body;
        let own = OwnPlansDto { common, rules }.read("")?;
        app.read_plans().await?;
        let book = app.desk.plan_book();
        if book.last_version(street) != version {
            return Err(stale(StoreError::stale("street_plan", street)));
        }
        let now = app.clock.now();
        let from = self.begins(from, now)?;
        let changes = self.diff(street, &own).await?;
        if changes.is_empty() {
            let wrong = FieldError::new("rules", "nothing_changes", "this is what holds already");
            return Err(Problem::fields("nothing_changes", vec![wrong]));
        }
        let looser = changes.iter().any(|it| it.looser);
        let event = self.plan_event(who, street, if looser { "proposed" } else { "tightened" }, &own, from);
        if looser {
            let proposal = PlanProposal {
                id: PlanRevisionId::new(app.ids.make()),
                street,
                over: version,
                from_at: from,
                made_at: now,
                by: who.user,
                plans: own,
                state: ProposalState::Waiting,
                decided_at: None,
                decided_by: None,
            };
            if !app.store.propose_plan(proposal, event).await.map_err(stale)? {
                return Err(Problem::conflict(
                    "too_many_proposals",
                    "as many proposals wait as may: decide some of them first",
                ));
            }
            tracing::info!(street = %street, user.id = %who.user, "a loosening of a street's plans was proposed");
        } else {
            let filed = NewVersion {
                street,
                over: version,
                from_at: from.unwrap_or(now),
                by: who.user,
                approved_by: None,
                plans: own,
            };
            app.store.put_street_plan(filed, event).await.map_err(stale)?;
            tracing::info!(street = %street, user.id = %who.user, "a street's plans were tightened");
        }
        let state = match (looser, from) {
            (true, _) => "proposed",
            (false, Some(_)) => "coming",
            (false, None) => "in_force",
        };
        Ok(PlanEditDto {
            state: state.to_owned(),
            changes,
            plans: self.plans_dto(who, street).await?,
        })
    }

    /// The date from which a revision is to hold; none: at once.
    fn begins(&self, from: Option<Timestamp>, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
        let wrong = |text: &str| {
            let wrong = FieldError::new("from", "out_of_range", text);
            Err(Problem::fields("out_of_range", vec![wrong]))
        };
        match from {
            Some(at) if at < now - JUST_NOW => wrong("lies in the past"),
            Some(at) if at > now + AHEAD_MAX => wrong("lies more than a year ahead"),
            Some(at) if at > now => Ok(Some(at)),
            _ => Ok(None),
        }
    }

    fn plan_event(
        &self,
        who: &SignedIn,
        street: AreaCode,
        what: &str,
        own: &OwnPlans,
        from: Option<Timestamp>,
    ) -> RegisterEvent {
        let now = self.app.clock.now();
        let before = self.app.desk.plan_book().in_force(Some(street), now);
        RegisterEvent {
            id: self.app.ids.make(),
            subject: log_key(street),
            at: now,
            by: who.user,
            what: what.to_owned(),
            before: Some(serde_json::json!({"version": before.version(), "plans": before.set.own()})),
            after: Some(serde_json::json!({"from": from.map(|it| it.to_string()), "plans": own})),
        }
    }

    async fn proposal(&self, street: AreaCode, id: PlanRevisionId) -> Result<PlanProposal, Problem> {
        let found = self.app.store.plan_proposal(id).await?;
        found
            .filter(|it| it.street == street)
            .ok_or_else(|| Problem::not_found("proposal_not_found", "there is no such proposal"))
    }

    async fn approve_plan(&self, who: &SignedIn, street: AreaCode, id: PlanRevisionId) -> Result<PlansDto, Problem> {
        let app = &self.app;
        let found = self.proposal(street, id).await?;
        if found.state != ProposalState::Waiting {
            return Err(decided_already());
        }
        if found.by == who.user {
            return Err(Problem::forbidden(
                "second_person_needed",
                "whoever proposes a loosening does not say yes to it: somebody else has to",
            ));
        }
        app.read_plans().await?;
        let now = app.clock.now();
        let from = found.from_at.filter(|it| *it > now);
        let mut event = self.plan_event(who, street, "approved", &found.plans, from);
        if let Some(serde_json::Value::Object(after)) = &mut event.after {
            after.insert("proposed_by".to_owned(), serde_json::json!(found.by));
        }
        let version = NewVersion {
            street,
            over: found.over,
            from_at: from.unwrap_or(now),
            by: found.by,
            approved_by: Some(who.user),
            plans: found.plans,
        };
        let decided = app
            .store
            .decide_plan(id, ProposalState::Approved, Some(version), event)
            .await
            .map_err(|error| match error {
                StoreError::Conflict(Conflict::Version { .. }) => Problem::conflict(
                    "proposal_stale",
                    "the plans have changed since this was proposed: propose it anew",
                ),
                error => error.into(),
            })?;
        if !decided {
            return Err(decided_already());
        }
        tracing::info!(street = %street, user.id = %who.user, "a loosening of a street's plans was approved");
        self.plans_dto(who, street).await
    }

    async fn reject_plan(&self, who: &SignedIn, street: AreaCode, id: PlanRevisionId) -> Result<PlansDto, Problem> {
        let found = self.proposal(street, id).await?;
        let (state, what) = if found.by == who.user {
            (ProposalState::Withdrawn, "taken_back")
        } else {
            (ProposalState::Rejected, "rejected")
        };
        let event = self.plan_event(who, street, what, &found.plans, found.from_at);
        if !self.app.store.decide_plan(id, state, None, event).await? {
            return Err(decided_already());
        }
        self.plans_dto(who, street).await
    }

    async fn preview_plan(&self, who: &SignedIn, street: AreaCode, body: PreviewIn) -> Result<PreviewDto, Problem> {
        let app = &self.app;
        let wrong = |field: &str, code: &'static str, text: &str| {
            let wrong = FieldError::new(field, code, text);
            Problem::fields(code, vec![wrong])
        };
        let grid = app.picture.grid_of(body.elder_id);
        if !grid.is_some_and(|it| street.contains(it) && who.scope.contains(it)) {
            return Err(Problem::not_found(
                "elder_not_found",
                "there is no such elder in this street",
            ));
        }
        if body.kind.is_own() || body.kind == Kind::SelfCheck || body.kind == Kind::Duress {
            return Err(wrong(
                "kind",
                "invalid_value",
                "is nothing that is reported of an elder",
            ));
        }
        let horizon_s = body.horizon_s.unwrap_or(HORIZON_S);
        if !(1..=HORIZON_MAX_S).contains(&horizon_s) {
            return Err(wrong("horizon_s", "out_of_range", "must be 1 to 3600"));
        }
        let now = app.clock.now();
        let at = body.at.unwrap_or(now);
        let away = at.duration_since(now).abs();
        if away > PREVIEW_WITHIN {
            return Err(wrong("at", "out_of_range", "must lie within 31 days of now"));
        }
        app.read_plans().await?;
        let own = body.draft.as_ref().map(|it| it.read("draft.")).transpose()?;
        let book = app.desk.plan_book();
        // What is past goes by what is in force now: older versions answer no question.
        let standing = book.in_force(Some(street), at.max(now));
        let draft = own.map(|own| book.set_of(street, book.last_version(street) + 1, &own));
        let by_rota = away > SAME_SHIFT;
        let duty = if by_rota {
            self.duty_at(at).await?
        } else {
            HashMap::new()
        };
        let it = self.clone();
        let run = self
            .compute(move || {
                it.app.field.dry_run(&Trial {
                    elder: body.elder_id,
                    kind: body.kind,
                    voice_path: body.voice_path,
                    at,
                    horizon_s,
                    draft: Some(draft.as_ref().unwrap_or(&standing.set)),
                    duty: &duty,
                })
            })
            .await??;
        Ok(self.preview_dto(&run, at, by_rota, body.elder_id))
    }

    /// Who is at work at a time by the rota; who has no shift for a week around it is not in it.
    async fn duty_at(&self, at: Timestamp) -> Result<HashMap<ResponderId, bool>, Problem> {
        let found = self.app.store.shifts(at - ROTA_AROUND, at + ROTA_AROUND).await?;
        for error in &found.aside {
            tracing::error!(%error, "a shift does not read back");
        }
        let shifts = &found.items;
        let on_rota = shifts
            .iter()
            .flat_map(|it| [Some(it.responder), it.stands_in_for])
            .flatten();
        Ok(on_rota.map(|it| (it, on_duty_by_rota(shifts, it, at))).collect())
    }

    fn preview_dto(&self, run: &DryRun, at: Timestamp, by_rota: bool, elder: ElderId) -> PreviewDto {
        PreviewDto {
            plan: run.plan.name.clone(),
            severity: run.severity,
            suppressed: run.suppressed,
            at,
            duty: if by_rota { "rota" } else { "now" }.to_owned(),
            door_s: run.plan.limits.door_s,
            moments: run.moments.iter().map(|it| self.moment_dto(it, elder)).collect(),
            cut: run.cut,
        }
    }

    fn moment_dto(&self, it: &Moment, elder: ElderId) -> PreviewMomentDto {
        let picture = &self.app.picture;
        let asked = it.asked.iter().map(|it| {
            let who = picture.responder(it.candidate.responder);
            PreviewAskedDto {
                responder_id: it.candidate.responder,
                name: who.as_ref().map(|it| it.name.clone()),
                kind: who.as_ref().map(|it| it.kind),
                tier: it.candidate.tier,
                eta_s: it.candidate.seconds,
                reasons: it.candidate.reasons.clone(),
            }
        });
        let left_out = it.left_out.iter().map(|(id, why)| PreviewLeftOutDto {
            responder_id: *id,
            name: picture.responder(*id).map(|it| it.name.clone()),
            reasons: why.split(',').map(str::to_owned).collect(),
        });
        let contact = |id: ContactId| {
            let all = picture.callable_contacts(picture.elder_of_contact(id).unwrap_or(elder));
            all.into_iter().find(|it| it.id == id).map(|it| it.name)
        };
        let name = |target: &str| {
            let responder = target.parse::<ResponderId>().ok().and_then(|it| picture.responder(it));
            let contact = || target.parse().ok().and_then(contact);
            responder.map(|it| it.name.clone()).or_else(contact)
        };
        let told = it.told.iter().map(|it| PreviewToldDto {
            kind: it.kind.to_string(),
            target: it.target.clone(),
            name: name(&it.target),
            channels: it.channels.clone(),
            refused: it.refused.map(str::to_owned),
        });
        PreviewMomentDto {
            at_s: it.at_s,
            steps: it.steps.clone(),
            owner: it.owner,
            rings: it.rings.clone(),
            asked: asked.collect(),
            left_out: left_out.collect(),
            left_out_count: it.left_out_count,
            nobody: it.nobody,
            told: told.collect(),
        }
    }
}

/// A street's plans: what is in force, what begins later, and what waits for a second person.
#[utoipa::path(get, path = "/api/v1/plans", tag = "plans", params(Which), responses((status = 200, body = PlansDto)))]
pub async fn show(api: web::Data<Api>, who: SignedIn, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let street = api.plans_of(&who, asked.0.area.as_deref())?;
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.plans_dto(&who, street).await }).await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Revises a street's plans over the version that was seen (0: none): 412 when somebody was quicker, 422 with the path of every mistake.
/// 200 when help comes sooner or to the same time everywhere; 202 when anything becomes looser and a second person has to say yes.
#[utoipa::path(put, path = "/api/v1/plans/{street}", tag = "plans", params(("street" = String, Path), ("If-Match" = String, Header)),
    request_body = PlansIn, responses((status = 200, body = PlanEditDto), (status = 202, body = PlanEditDto),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<PlansIn>,
) -> Result<HttpResponse, Problem> {
    let street = api.own_street(&who, &request)?;
    let version = if_match(&request)?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move { it.revise(&who, street, body.value, version).await })
        .await?;
    let status = match dto.state.as_str() {
        "proposed" => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    };
    Ok(with_etag(status, dto.plans.version, &dto))
}

/// What a revision would change, without filing it; 422 with the path of every mistake.
#[utoipa::path(post, path = "/api/v1/plans/{street}/compare", tag = "plans", params(("street" = String, Path)),
    request_body = OwnPlansDto, responses((status = 200, body = PlanDiffDto),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn compare(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<OwnPlansDto>,
) -> Result<HttpResponse, Problem> {
    let street = api.own_street(&who, &request)?;
    let own = body.value.read("")?;
    let it = api.get_ref().clone();
    let changes = api
        .run(async move {
            it.app.read_plans().await?;
            it.diff(street, &own).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(PlanDiffDto {
        looser: changes.iter().any(|it| it.looser),
        changes,
    }))
}

/// A second person says yes to a loosening. 403 for whoever proposed it; 409 when it has been decided, or the plans have changed since.
#[utoipa::path(post, path = "/api/v1/plans/{street}/proposals/{rid}/approve", tag = "plans",
    params(("street" = String, Path), ("rid" = String, Path)), responses((status = 200, body = PlansDto),
        (status = 403, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn approve(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let street = api.own_street(&who, &request)?;
    let id: PlanRevisionId = path_id(&request, "rid")?;
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.approve_plan(&who, street, id).await }).await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Somebody says no to a loosening; whoever proposed it takes it back.
#[utoipa::path(post, path = "/api/v1/plans/{street}/proposals/{rid}/reject", tag = "plans",
    params(("street" = String, Path), ("rid" = String, Path)), responses((status = 200, body = PlansDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn reject(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let street = api.own_street(&who, &request)?;
    let id: PlanRevisionId = path_id(&request, "rid")?;
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.reject_plan(&who, street, id).await }).await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Who would be told when, of an elder, a kind and a time, while nobody answers: by the same rules as in earnest. Nothing is written and
/// nobody is told.
#[utoipa::path(post, path = "/api/v1/plans/{street}/preview", tag = "plans", params(("street" = String, Path)),
    request_body = PreviewIn, responses((status = 200, body = PreviewDto),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn preview(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<PreviewIn>,
) -> Result<HttpResponse, Problem> {
    let street = api.own_street(&who, &request)?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move { it.preview_plan(&who, street, body.value).await })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// Who has tightened, proposed, approved, rejected or taken back what, the last first.
#[utoipa::path(get, path = "/api/v1/plans/{street}/log", tag = "plans", params(("street" = String, Path), Part),
    responses((status = 200, body = PageDto<RegisterEventDto>)))]
pub async fn log(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<Part>,
) -> Result<HttpResponse, Problem> {
    let street = api.plans_of(&who, request.match_info().get("street"))?;
    let it = api.get_ref().clone();
    let Part { limit, cursor } = asked.0;
    let page = api
        .run(async move { it.register_log(&log_key(street), limit, cursor).await })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}
