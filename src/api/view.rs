//! What a viewer may see of a case now: built anew for each viewer, so that what is not theirs is not in the answer.
//!
//! | who | what |
//! |---|---|
//! | dispatcher, duty leader, admin, in scope | the case, its people, names and addresses |
//! | auditor, in scope | the case and who did what; no name, address or position of the elder |
//! | a responder to whom it is offered | where roughly (the area's name), what, how serious, how far; nobody's name, no door |
//! | a responder who said yes | the elder's name, address and position; who else comes |
//! | anybody else; a responder stood down, or once it is over | nothing |
//! | of an exercise: whoever has not joined the practice | nothing, but for what a tested device says |
//! | of the service's own alarms: anybody | nothing |
//!
//! Door codes, key boxes, telephones and health are never part of a case: see [`super::elders`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::dto;
use super::need_labels::{NeedLabelDto, labels_of};
use super::services::{ServiceDto, service_dto};
use crate::app::App;
use crate::case::state::{Answered, Referral};
use crate::case::words::SheetWay;
use crate::case::{
    Aftercare, Agency, Assignment, Case, Clock, ClockKind, ClockOf, FamilyMark, FamilyWord, Kind, Lane, Offer,
    OfferState, Outcome, Part, Place, ReferralAnswer, Satisfaction, Severity, Stage, State, Subject, Voice,
};
use crate::circle::{Mode, Point, Reach};
use crate::ids::{CaseId, ElderId, HouseholdId, NoteId, OfferId, ReferralId, ResponderId, UserId};
use crate::people::{AreaCode, AreaLevel, Ask, Elder, Need, PrefixSet, Role, Tier, WUQING, fit};
use crate::store::cases::CaseView;

/// Who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The account.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// The responder that they are, if one.
    pub responder: Option<ResponderId>,
    /// What part of the tree they may see.
    pub scope: PrefixSet,
    /// They take part in the practice.
    pub practice: bool,
}

/// How much of one case a viewer may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// All but what is sealed.
    Desk,
    /// The course of things, without the elder's name and place.
    Record,
    /// It was put to them.
    Offered,
    /// They said yes, and are not stood down.
    Coming,
}

impl Viewer {
    /// Whether an area is theirs. What belongs to no street (an unknown sender) is every desk's.
    pub fn sees_area(&self, code: &str) -> bool {
        if code.starts_with('0') {
            return !self.scope.is_empty();
        }
        code.parse::<AreaCode>().is_ok_and(|it| self.scope.contains(it))
    }

    /// Whether they look at cases by area rather than by what is put to them.
    pub const fn is_by_area(&self) -> bool {
        matches!(
            self.role,
            Role::Admin | Role::DutyLeader | Role::Dispatcher | Role::Auditor
        )
    }

    /// How much of a case they may see; none: it does not exist for them.
    pub fn sight(&self, view: &CaseView) -> Option<Sight> {
        // A desk sees what a tested device says, marked as a test: the elder may have pressed.
        let practised = self.practice || view.case.is_test();
        if (view.case.drill && !practised) || view.case.kind == Kind::SelfCheck {
            return None;
        }
        if self.sees_area(&view.area_code) {
            match self.role {
                Role::Admin | Role::DutyLeader | Role::Dispatcher => return Some(Sight::Desk),
                Role::Auditor => return Some(Sight::Record),
                Role::GridWorker | Role::Caregiver | Role::Device => {}
            }
        }
        let me = self.responder?;
        responder_sight(&view.case, me)
    }
}

/// How much of a case a responder may see: it ends with the offer, the stand-down and the case.
fn responder_sight(case: &Case, me: ResponderId) -> Option<Sight> {
    if !matches!(case.state, State::Ringing | State::Engaged | State::OnScene) {
        return None;
    }
    if case.assignment(me).is_some_and(Assignment::is_active) {
        return Some(Sight::Coming);
    }
    let inside = case.inside.contains(&me) && case.state != State::OnScene;
    let Some(offer) = case.offer_to(me) else {
        return inside.then_some(Sight::Offered); // called, being with the elder already
    };
    match offer.state {
        OfferState::Ended if inside => Some(Sight::Offered),
        OfferState::Open => Some(Sight::Offered),
        // A yes to an ended offer counts while nobody leads.
        OfferState::Ended => (case.lead().is_none() && case.assignment(me).is_none()).then_some(Sight::Offered),
        OfferState::Accepted | OfferState::Declined => None,
    }
}

/// A case as its viewer may see it. What is absent is not theirs, or does not exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CaseDto {
    #[schema(value_type = String)]
    pub id: CaseId,
    /// For people: `20260301-120114001-0007`.
    pub number: String,
    #[schema(value_type = dto::StateWord)]
    pub state: State,
    #[schema(value_type = dto::TierWord)]
    pub tier: Tier,
    #[schema(value_type = dto::SeverityWord)]
    pub severity: Severity,
    #[schema(value_type = String)]
    pub kind: Kind,
    #[schema(value_type = dto::LaneWord)]
    pub lane: Lane,
    /// `{type, id}`: elder, household, device, area, responder, unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub subject: Option<Subject>,
    /// Of a technical case: about which part of the subject, `{type, id}`: device, carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub part: Option<Part>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elder: Option<ElderBrief>,
    /// The home, when the case is about all who live there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<HouseholdBrief>,
    /// Where it belongs, at most to the community before acceptance.
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: jiff::Timestamp,
    /// When something is due next: of the case for a desk, of the viewer for a responder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due_at: Option<jiff::Timestamp>,
    /// What is due then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub next_due_kind: Option<ClockKind>,
    /// When somebody must be at the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub door_by: Option<jiff::Timestamp>,
    /// Nobody was at the door in time.
    pub door_late: bool,
    /// The desk rings for it.
    pub tone: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub taken_by: Option<UserId>,
    /// When the take lapses unless its holder does something about the case; absent when nobody holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub taken_until: Option<jiff::Timestamp>,
    /// Critical, and nobody touched it in time.
    pub untouched: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub voice: Option<Voice>,
    /// That came by a key in an automatic call; nobody has heard a voice, and it proves none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_key: bool,
    /// Somebody can speak with the elder through the device.
    pub voice_path: bool,
    /// Somebody was with the elder.
    pub contact: bool,
    /// Nobody opened.
    pub no_entry: bool,
    /// How many times the desk was rung.
    pub rounds: u32,
    /// How many alerts are in it.
    pub alerts: u32,
    pub offers: Vec<OfferDto>,
    pub assignments: Vec<AssignmentDto>,
    pub referrals: Vec<ReferralDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceDto>,
    /// Where else to look: the last position is stale or vague, so that the door and the position both count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_places: Vec<PlaceDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanDto>,
    /// The earlier case that it continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub linked: Option<CaseId>,
    /// Who was with the elder in that case when this one began: they were called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub inside: Vec<ResponderId>,
    /// The follow-up that its closing has opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub follow_up: Option<CaseId>,
    /// Of a follow-up or a welfare review: how often nobody was reached.
    #[serde(default)]
    pub tries: u8,
    /// What a follow-up or a welfare review has found: `well`, `needs_service`, `needs_help`, `declined`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub found: Option<Aftercare>,
    /// Of a follow-up: how satisfied somebody is with the help that came: `satisfied`, `mostly_satisfied`, `dissatisfied`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub satisfaction: Option<Satisfaction>,
    /// Two go inside together: who is first waits at the door and speaks with the elder.
    #[serde(default)]
    pub pair: bool,
    /// An exercise.
    pub drill: bool,
    /// Its first alert came late.
    pub late: bool,
    /// It came late with many others: when its people are asked by themselves. Until then only the desk rings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub turn_at: Option<jiff::Timestamp>,
    /// The device took an alert back: a mark only.
    pub withdrawn: bool,
    /// Of a technical case: what was the matter is over by itself, and whoever has it in hand closes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recovered: bool,
    /// What the family has said on their page, oldest first: marks only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub family: Vec<FamilyMarkDto>,
    /// Of a request for service: what is wished, and how far it has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<jiff::Timestamp>,
    /// How many records its log has.
    pub version: u32,
}

/// A word of the family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FamilyMarkDto {
    /// What the contact is to the elder; absent when there is no such contact any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// For the desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `seen`, `going`, `false_alarm`; `urge`: they ask how it is getting on, and may say so more than once.
    #[schema(value_type = String)]
    pub said: FamilyWord,
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
}

/// The elder, as far as a case shows one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ElderBrief {
    #[schema(value_type = String)]
    pub id: ElderId,
    pub name: String,
    /// Where the elder is to be found: the present address of somebody who is away.
    pub address: String,
    /// Stable words; a street gives each its colour.
    pub needs: Vec<String>,
    /// How the elder's street shows them: colour, word and shape, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub need_labels: Vec<NeedLabelDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<i16>,
    /// How one asks the elder: `voice`, `text`, `device_keys`, `door_only`.
    pub contact_mode: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
    /// `good`, `hard`, `deaf`.
    pub hearing: String,
    /// How many people it takes to lift the elder.
    pub lift_helpers: u8,
}

/// A home, as far as a case shows one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HouseholdBrief {
    #[schema(value_type = String)]
    pub id: HouseholdId,
    pub address: String,
    pub members: Vec<ElderBrief>,
}

/// Where to go: WGS-84 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlaceDto {
    pub lat: f64,
    pub lon: f64,
}

/// The plan frozen into a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanDto {
    pub name: String,
    pub steps: Vec<StepDto>,
    /// Named limits, seconds unless the name says otherwise.
    #[schema(value_type = Object)]
    pub limits: crate::case::plan::Limits,
}

/// A step of the ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepDto {
    /// Seconds after receipt.
    pub at_s: u32,
    #[schema(value_type = String)]
    pub what: crate::case::plan::StepKind,
    /// It has fired.
    pub fired: bool,
}

/// The case put to one responder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferDto {
    #[schema(value_type = String)]
    pub id: OfferId,
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responder_name: Option<String>,
    #[schema(value_type = dto::TierWord)]
    pub tier: Tier,
    #[schema(value_type = String)]
    pub mode: Mode,
    /// Travel time, whole seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meters: Option<u32>,
    /// From a straight line, not from roads.
    pub estimated: bool,
    /// `inside`, `edge`, `outside` of the circle.
    #[schema(value_type = String)]
    pub reach: Reach,
    pub key_holder: bool,
    pub skilled: bool,
    /// Why they stand where they stand: short stable words.
    pub reasons: Vec<String>,
    /// `open`, `accepted`, `declined`, `ended`.
    #[schema(value_type = String)]
    pub state: OfferState,
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    pub received: bool,
    pub silent: bool,
}

/// Somebody who said yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AssignmentDto {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responder_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub offer_id: Option<OfferId>,
    #[schema(value_type = dto::TierWord)]
    pub tier: Tier,
    /// `provisional`, `lead`, `backup`, `stood_down`, `lost`.
    #[schema(value_type = String)]
    pub place: Place,
    /// `accepted`, `en_route`, `arrived`, `inside`, `done`.
    #[schema(value_type = String)]
    pub stage: Stage,
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub eta_at: Option<jiff::Timestamp>,
    pub key_holder: bool,
    pub skilled: bool,
    /// It was said that they will be late.
    pub late_said: bool,
    /// Says to be with the elder; nothing bears it out yet.
    pub claimed: bool,
}

/// A hand-over to another body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReferralDto {
    #[schema(value_type = String)]
    pub id: ReferralId,
    /// `120`, `110`, `119`, `police_grid`, `district`.
    #[schema(value_type = String)]
    pub to: Agency,
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<jiff::Timestamp>,
    /// When somebody wrote why no acknowledgement is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub waived_at: Option<jiff::Timestamp>,
    /// How the sheet of the case went over: `read_out`, `printed`, `sent`; `line`: the district has it by its own line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub handed: Vec<SheetWay>,
    /// What the other body has answered over a line of its own, oldest first; the words are notes of the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<ReferralAnswerDto>,
    /// For the desk, of a hand-up that has not arrived at the district yet and may wait for a cut line: the telephone to call instead;
    /// empty where none is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_instead: Option<String>,
}

/// An answer to a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReferralAnswerDto {
    /// `acknowledged`, `advice`, `taken`, `declined`.
    #[schema(value_type = String)]
    pub answer: ReferralAnswer,
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    /// The note that has its words.
    #[schema(value_type = String)]
    pub note: NoteId,
}

fn answer_dto(it: &Answered) -> ReferralAnswerDto {
    ReferralAnswerDto {
        answer: it.answer,
        at: it.at,
        note: it.note,
    }
}

/// By which telephone the district is reached, while a hand-up has not arrived there. Exercises stay in the street.
fn call_instead(app: &App, case: &Case, it: &Referral) -> Option<String> {
    let uplink = app.uplink.as_ref()?;
    let on_the_way = it.to == Agency::District && it.waits() && !it.handed.contains(&SheetWay::Line);
    (on_the_way && !case.drill).then(|| uplink.phone().unwrap_or_default().to_owned())
}

/// The case as this viewer may see it now; none: they may not know that it exists.
///
/// Reads memory only. The plan is there when this process has seen it, which [`crate::store::Store::plan_of`] makes sure of.
pub fn case_view(app: &App, viewer: &Viewer, view: &CaseView) -> Option<CaseDto> {
    case_at(app, viewer, view, |it| app.field.destinations_now(it))
}

/// Whether a responder may hear of whom a case is about: of those with the need `mental_social` not everybody may, and a volunteer never.
pub(super) fn hears(app: &App, me: ResponderId, case: &Case) -> bool {
    let picture = &app.picture;
    let elders = match case.subject {
        Subject::Elder(id) => vec![id],
        Subject::Household(id) => {
            let members = picture.household(id).map(|it| it.1).unwrap_or_default();
            members.iter().map(|it| it.id).collect()
        }
        Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => vec![],
    };
    let needs: BTreeSet<Need> = elders.iter().flat_map(|it| picture.needs(*it)).collect();
    if !needs.contains(&Need::MentalSocial) {
        return true;
    }
    let Some(who) = picture.responder(me) else { return false };
    let mut ask = Ask {
        tiers: BTreeSet::new(),
        area: WUQING,
        needs,
        skills: BTreeSet::new(),
        family: BTreeSet::new(),
        restricted: BTreeSet::new(),
    };
    for contact in elders
        .iter()
        .filter_map(|it| picture.facts(*it))
        .flat_map(|it| it.contacts)
    {
        if contact.responder == Some(me) {
            if contact.restricted {
                ask.restricted.insert(me);
            } else {
                ask.family.insert(me);
            }
        }
    }
    fit::may_see(&who, &ask)
}

/// As [`case_view`], with its place by `places`, which is asked only for those who may know it.
pub(super) fn case_at(
    app: &App,
    viewer: &Viewer,
    view: &CaseView,
    places: impl Fn(&CaseView) -> Vec<Point>,
) -> Option<CaseDto> {
    let sight = viewer.sight(view)?;
    let case = &*view.case;
    let me = viewer.responder;
    // The register has learnt it since they were asked: it is theirs no more. Whoever is coming already is not cut off.
    if sight == Sight::Offered && !me.is_some_and(|me| hears(app, me, case)) {
        return None;
    }
    let knows_place = matches!(sight, Sight::Desk | Sight::Coming);
    let whole = matches!(sight, Sight::Desk | Sight::Record);
    let due = if whole {
        next_promise(case)
    } else {
        me.and_then(|it| own_deadline(case, it))
    };
    let (elder, household) = if knows_place {
        who(app, case.subject)
    } else {
        (None, None)
    };
    let places = if knows_place { places(view) } else { vec![] };
    let mut places = places.iter().map(|it| PlaceDto {
        lat: it.lat(),
        lon: it.lon(),
    });
    let area_code = match sight {
        Sight::Offered => cut(&view.area_code),
        Sight::Desk | Sight::Record | Sight::Coming => view.area_code.to_string(),
    };
    let named = sight != Sight::Record;
    let offers = case
        .offers
        .iter()
        .filter(|it| whole || Some(it.candidate.responder) == me);
    let assignments = case.assignments.iter().filter(|it| match sight {
        Sight::Desk | Sight::Record => true,
        Sight::Coming => it.is_active(),
        Sight::Offered => false,
    });
    Some(CaseDto {
        id: case.id,
        number: view.number.to_string(),
        state: case.state,
        tier: case.tier,
        severity: case.severity,
        kind: case.kind,
        lane: case.lane,
        subject: (sight != Sight::Offered).then_some(case.subject),
        part: case.part.filter(|_| sight != Sight::Offered),
        elder,
        household,
        // Of the code that is shown: the name of a grid says as much as its number.
        area_name: area_name(app, &area_code),
        area_code,
        opened_at: case.opened_at,
        next_due_at: due.map(|it| it.0),
        next_due_kind: due.map(|it| it.1),
        door_by: case.door_by,
        door_late: case.door_late,
        tone: whole && case.tone,
        taken_by: case.taken_by.filter(|_| whole),
        taken_until: case.taken_until().filter(|_| whole),
        untouched: whole && case.untouched,
        voice: case.voice.filter(|_| sight != Sight::Offered),
        by_key: case.by_key && sight != Sight::Offered,
        voice_path: case.voice_path,
        contact: case.contact,
        no_entry: case.no_entry,
        rounds: if whole { case.rounds } else { 0 },
        alerts: case.alerts,
        offers: offers.map(|it| offer_dto(app, it, whole, named)).collect(),
        assignments: assignments.map(|it| assignment_dto(app, it, named)).collect(),
        referrals: case
            .referrals
            .iter()
            .filter(|_| sight != Sight::Offered)
            .map(|it| ReferralDto {
                id: it.id,
                to: it.to,
                at: it.at,
                acknowledged_at: it.acknowledged_at,
                waived_at: it.waived_at,
                handed: it.handed.clone(),
                answers: it.answers.iter().map(answer_dto).collect(),
                call_instead: if whole { call_instead(app, case, it) } else { None },
            })
            .collect(),
        place: places.next(),
        other_places: places.collect(),
        plan: if whole { plan_dto(app, case) } else { None },
        linked: case
            .linked
            .filter(|_| whole || me.is_some_and(|it| case.inside.contains(&it))),
        inside: case
            .inside
            .iter()
            .copied()
            .filter(|it| whole || Some(*it) == me)
            .collect(),
        follow_up: case.follow_up.filter(|_| whole),
        tries: case.tries,
        found: case.found.filter(|_| sight != Sight::Offered),
        satisfaction: case.satisfaction.map(|it| it.0).filter(|_| whole),
        pair: sight != Sight::Offered && app.store.plan_in_memory(case.plan).is_some_and(|it| it.limits.pair),
        drill: case.drill,
        late: case.late,
        turn_at: case.clock(Clock::case(ClockKind::Turn)),
        withdrawn: case.withdrawn,
        recovered: case.recovered,
        family: if sight == Sight::Offered {
            vec![]
        } else {
            family_marks(app, case, sight == Sight::Desk)
        },
        service: case
            .service
            .as_ref()
            .filter(|_| sight != Sight::Offered)
            .map(|it| service_dto(app, it)),
        outcome: case.outcome.filter(|_| whole),
        closed_at: case.closed_at,
        version: case.version,
    })
}

fn family_marks(app: &App, case: &Case, named: bool) -> Vec<FamilyMarkDto> {
    let contact = |id| {
        let facts = app.picture.elder_of_contact(id).and_then(|it| app.picture.facts(it))?;
        facts.contacts.into_iter().find(|it| it.id == id)
    };
    let mark = |it: &FamilyMark| {
        let found = contact(it.contact);
        FamilyMarkDto {
            relation: found.as_ref().map(|it| it.relation.as_str().to_owned()),
            name: found.filter(|_| named).map(|it| it.name.clone()),
            said: it.said,
            at: it.at,
        }
    };
    case.family.iter().map(mark).collect()
}

/// As [`case_view`], after the case's alerts have been read: what they say of the place may not be in memory yet.
pub async fn case_seen(app: &App, viewer: &Viewer, view: &CaseView) -> Option<CaseDto> {
    if matches!(viewer.sight(view), Some(Sight::Desk | Sight::Coming)) {
        app.field.destinations(view).await;
    }
    case_view(app, viewer, view)
}

/// What is due next of what is owed to the elder: how long a dispatcher holds the case
/// stands beside it, as `taken_until`, and the question to the family runs beside all else.
fn next_promise(case: &Case) -> Option<(jiff::Timestamp, ClockKind)> {
    let aside = [ClockKind::Lease, ClockKind::FamilyTry];
    let owed = case.clocks.iter().filter(|it| !aside.contains(&it.clock.kind));
    owed.min_by_key(|it| (it.at, it.clock)).map(|it| (it.at, it.clock.kind))
}

/// What this responder must do next, or by when they must be at the door.
fn own_deadline(case: &Case, me: ResponderId) -> Option<(jiff::Timestamp, ClockKind)> {
    let mine = |it: &&crate::case::state::Deadline| {
        it.clock.of == ClockOf::Responder(me) || it.clock == Clock::case(ClockKind::Door)
    };
    case.clocks
        .iter()
        .filter(mine)
        .min_by_key(|it| (it.at, it.clock))
        .map(|it| (it.at, it.clock.kind))
}

pub(super) fn cut(code: &str) -> String {
    code.parse::<AreaCode>()
        .ok()
        .and_then(|it| it.at(AreaLevel::Community))
        .map_or_else(|| code.to_owned(), |it| it.to_string())
}

/// The name of the area, or of the smallest one around it that has a name.
pub(super) fn area_name(app: &App, code: &str) -> Option<String> {
    let mut at = code.parse::<AreaCode>().ok();
    while let Some(code) = at {
        if let Some(name) = app.picture.area_name(code) {
            return Some(name);
        }
        at = code.parent();
    }
    None
}

fn who(app: &App, subject: Subject) -> (Option<ElderBrief>, Option<HouseholdBrief>) {
    let today = app.picture.today();
    match subject {
        Subject::Elder(id) => (app.picture.elder(id).map(|it| elder_brief(app, &it, today)), None),
        Subject::Household(id) => {
            let brief = app.picture.household(id).map(|(house, members)| HouseholdBrief {
                id: house.id,
                address: house.address.clone(),
                members: members.iter().map(|it| elder_brief(app, it, today)).collect(),
            });
            (None, brief)
        }
        Subject::Responder(_) | Subject::Device(_) | Subject::Area(_) | Subject::Unknown(_) => (None, None),
    }
}

/// An elder as a case or a list shows one.
pub(super) fn elder_brief(app: &App, it: &Elder, today: jiff::civil::Date) -> ElderBrief {
    ElderBrief {
        id: it.id,
        name: it.name.clone(),
        address: it.door_on(today).0.to_owned(),
        needs: it.needs_on(today).iter().map(|it| it.as_str().to_owned()).collect(),
        need_labels: labels_of(app, it, it.needs_on(today).into_iter()),
        age: it.age(today),
        contact_mode: it.contact_mode.as_str().to_owned(),
        dialect: it.dialect.clone(),
        hearing: it.hearing.as_str().to_owned(),
        lift_helpers: it.lift_helpers,
    }
}

fn name_of(app: &App, id: ResponderId) -> Option<String> {
    app.picture.responder(id).map(|it| it.name.clone())
}

/// `whole`: with the reasons of the ranking, which are the desk's.
fn offer_dto(app: &App, it: &Offer, whole: bool, named: bool) -> OfferDto {
    let who = &it.candidate;
    OfferDto {
        id: it.id,
        responder_id: who.responder,
        responder_name: name_of(app, who.responder).filter(|_| named),
        tier: who.tier,
        mode: who.mode,
        seconds: who.seconds,
        meters: who.meters,
        estimated: who.estimated,
        reach: who.reach,
        key_holder: who.key_holder,
        skilled: who.skilled,
        reasons: if whole { who.reasons.clone() } else { vec![] },
        state: it.state,
        at: it.at,
        received: it.received,
        silent: it.silent,
    }
}

fn assignment_dto(app: &App, it: &Assignment, named: bool) -> AssignmentDto {
    AssignmentDto {
        responder_id: it.responder,
        responder_name: name_of(app, it.responder).filter(|_| named),
        offer_id: it.offer,
        tier: it.tier,
        place: it.place,
        stage: it.stage,
        at: it.at,
        eta_at: it.eta_at,
        key_holder: it.key_holder,
        skilled: it.skilled,
        late_said: it.late_said,
        claimed: it.claimed,
    }
}

fn plan_dto(app: &App, case: &Case) -> Option<PlanDto> {
    let plan = app.store.plan_in_memory(case.plan)?;
    Some(PlanDto {
        name: plan.name.clone(),
        steps: plan
            .steps
            .iter()
            .map(|it| StepDto {
                at_s: it.at_s,
                what: it.what,
                fired: case.fired.contains(&it.what),
            })
            .collect(),
        limits: plan.limits,
    })
}
