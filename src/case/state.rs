//! The case as it stands, and how a record changes it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::command::Candidate;
use super::entry::Entry;
use super::family::FamilyAsk;
use super::file::FileMark;
use super::plan::{PlanId, StepKind};
use super::record::{maybe_micros, micros};
use super::service::Service;
use super::words::{
    Aftercare, Agency, AskedWhom, FalseReason, FamilyWord, Kind, Lane, Outcome, Part, ReferralAnswer, Satisfaction,
    Severity, SheetWay, State, Subject, Voice,
};
use crate::ids::{CaseId, ContactId, NoteId, OfferId, PhotoId, ReferralId, ResponderId, UserId};
use crate::people::Tier;

/// What a clock is for. In the order in which clocks due at the same instant are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// A step of the ladder.
    Step,
    /// The end of the collection of accepts.
    Window,
    /// No word from the elder: ask more people.
    VoiceWiden,
    /// No word from the elder: the street owns the case.
    VoiceStreet,
    /// An offer without an answer.
    Silence,
    /// The lead has not left.
    Departure,
    /// No fix and no action on the way.
    Progress,
    /// Called and still late: the next leads.
    Replace,
    /// Somebody must be at the door.
    Door,
    /// Arrived, and neither contact nor "nobody opens".
    Contact,
    /// A sign of life on the scene.
    CheckIn,
    /// A critical case that nobody has touched.
    Untouched,
    /// The street rings again.
    Ring,
    /// A referral without acknowledgement.
    Referral,
    /// A station that was asked has not answered.
    Station,
    /// The agreed time of a service is over, and nobody said that it was done.
    Appointment,
    /// Whoever has taken the case has done nothing about it for so long. Beside the others: it puts off none of them.
    Lease,
    /// The contact of the family who is asked has not answered. Beside the others: it puts off none of them.
    FamilyTry,
    /// A late call of many waits for its turn: until then its desk rings and nobody else is asked by itself.
    Turn,
    /// The open case is looked at again; always set while a case is open.
    Look,
}

/// Whom or what a clock is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockOf {
    /// The case as a whole.
    #[default]
    Case,
    /// One responder.
    Responder(ResponderId),
    /// One step.
    Step(StepKind),
    /// One referral.
    Referral(ReferralId),
}

/// A clock: at most one of each runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Clock {
    /// What it is for.
    pub kind: ClockKind,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "is_case")]
    pub of: ClockOf,
}

fn is_none_yet(count: &u8) -> bool {
    *count == 0
}

fn is_case(of: &ClockOf) -> bool {
    *of == ClockOf::Case
}

impl Clock {
    /// A clock of the case as a whole.
    pub const fn case(kind: ClockKind) -> Self {
        Self {
            kind,
            of: ClockOf::Case,
        }
    }
    /// A clock of one responder.
    pub const fn of(kind: ClockKind, responder: ResponderId) -> Self {
        Self {
            kind,
            of: ClockOf::Responder(responder),
        }
    }
    /// The clock of one step.
    pub const fn step(step: StepKind) -> Self {
        Self {
            kind: ClockKind::Step,
            of: ClockOf::Step(step),
        }
    }
}

/// A running clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Which.
    #[serde(flatten)]
    pub clock: Clock,
    /// Until when.
    #[serde(with = "micros")]
    pub at: Timestamp,
}

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// Waits for an answer.
    Open,
    /// A yes came.
    Accepted,
    /// A no came.
    Declined,
    /// Somebody else leads, or the case is over.
    Ended,
}

/// The case put to one responder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Its id.
    pub id: OfferId,
    /// To whom and why.
    #[serde(flatten)]
    pub candidate: Candidate,
    /// What became of it.
    pub state: OfferState,
    /// When it was made.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// It has reached the responder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub received: bool,
    /// It stayed silent for too long; it still counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
}

/// As what somebody who said yes is coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Said yes within the window; not compared yet.
    Provisional,
    /// Leads.
    Lead,
    /// Stands by.
    Backup,
    /// Not needed any more.
    StoodDown,
    /// Led, and was replaced.
    Lost,
}

/// How far somebody who said yes has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Said yes.
    Accepted,
    /// Has left.
    EnRoute,
    /// Is at the door.
    Arrived,
    /// Is with the elder.
    Inside,
    /// Is done there.
    Done,
}

/// An accepted offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who.
    pub responder: ResponderId,
    /// By which offer; none: sent by the desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferId>,
    /// Their tier.
    pub tier: Tier,
    /// As what.
    pub place: Place,
    /// How far.
    pub stage: Stage,
    /// When they said yes.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// When they will be at the door.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub eta_at: Option<Timestamp>,
    /// Has a key of the home.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub key_holder: bool,
    /// Has the skills of the plan.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skilled: bool,
    /// It was said already that they will be late.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late_said: bool,
    /// Says to be with the elder, and neither a fix nor a voice bears it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
}

impl Assignment {
    /// Coming, or there.
    pub const fn is_active(&self) -> bool {
        matches!(self.place, Place::Provisional | Place::Lead | Place::Backup)
    }
}

/// People are being looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seek {
    /// For which steps.
    pub steps: Vec<StepKind>,
    /// How many.
    pub want: u8,
    /// The number of the question.
    pub no: u32,
    /// Since when.
    #[serde(with = "micros")]
    pub since: Timestamp,
}

/// A hand-over to another body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// Its id.
    pub id: ReferralId,
    /// To whom.
    pub to: Agency,
    /// When.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// When it was acknowledged.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Timestamp>,
    /// When somebody wrote why nothing more is waited for.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub waived_at: Option<Timestamp>,
    /// How the sheet went over; each way once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handed: Vec<SheetWay>,
    /// Why, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<NoteId>,
    /// What the other body has answered, oldest first, at most [`ANSWERS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
}

/// Answers to one hand-over that a case keeps in hand.
pub const ANSWERS_MAX: usize = 50;

/// One answer of another body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// What.
    pub answer: ReferralAnswer,
    /// In whose words, sealed; its id is the answer's own, so that what comes twice is one.
    pub note: NoteId,
    /// When it came here.
    #[serde(with = "micros")]
    pub at: Timestamp,
}

impl Referral {
    /// The other body has not acknowledged, and nobody has said why that is not waited for.
    pub const fn waits(&self) -> bool {
        self.acknowledged_at.is_none() && self.waived_at.is_none()
    }
}

/// What somebody of the family has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyMark {
    /// Who.
    pub contact: ContactId,
    /// What.
    pub said: FamilyWord,
    /// When.
    #[serde(with = "micros")]
    pub at: Timestamp,
}

/// One situation of one subject in one lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Whom it is about.
    pub subject: Subject,
    /// In which lane.
    pub lane: Lane,
    /// Of a technical case: about which part of the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// What the most serious alert said.
    pub kind: Kind,
    /// How serious.
    pub severity: Severity,
    /// Who owns it.
    pub tier: Tier,
    /// Where it stands.
    pub state: State,
    /// The plan in force.
    pub plan: PlanId,
    /// When it was opened.
    #[serde(with = "micros")]
    pub opened_at: Timestamp,
    /// The instant of the last record.
    #[serde(with = "micros")]
    pub last_at: Timestamp,
    /// How many records there are.
    pub version: u32,
    /// The clocks that run, in order.
    pub clocks: Vec<Deadline>,
    /// The steps that have fired.
    pub fired: Vec<StepKind>,
    /// The offers, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Offer>,
    /// The accepted ones, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<Assignment>,
    /// People are being looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seek: Option<Seek>,
    /// How many times people were looked for.
    #[serde(default)]
    pub seeks: u32,
    /// More people are asked because there is no voice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub widened: bool,
    /// The device can speak.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voice_path: bool,
    /// What the elder said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Voice>,
    /// That came by a key of a telephone, and nobody has heard a voice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_key: bool,
    /// Somebody was with the elder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contact: bool,
    /// Nobody opened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_entry: bool,
    /// The desk rings for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tone: bool,
    /// Who at a desk has it in hand. While [`ClockKind::Lease`] runs it is theirs; see [`Case::holder`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<UserId>,
    /// Critical, and nobody touched it in time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untouched: bool,
    /// It was handed up to the next seat.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub handed_up: bool,
    /// How many times the desk was rung.
    #[serde(default)]
    pub rounds: u32,
    /// When somebody must be at the door.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub door_by: Option<Timestamp>,
    /// The door clock has run out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub door_late: bool,
    /// Hand-overs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referrals: Vec<Referral>,
    /// How far a forced entry has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Entry>,
    /// What the arrival stopped: a wrong address gives it back as it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_aside: Vec<Deadline>,
    /// When support was asked for last.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub support_at: Option<Timestamp>,
    /// Ids that people and devices brought of late: what is said twice is heard once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<Uuid>,
    /// How many alerts there are in it.
    pub alerts: u32,
    /// Every kind that was reported; the strictest rule of closing holds.
    pub kinds: Vec<Kind>,
    /// Its first alert came late.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// The device took an alert back: a mark only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// What was the matter is over by itself, and whoever has the case in hand closes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recovered: bool,
    /// What the family has said on their page, oldest first; each word of each contact once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub family: Vec<FamilyMark>,
    /// The plan in force tells the family nothing of the beginning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub family_later: bool,
    /// The family is asked, one contact after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_ask: Option<FamilyAsk>,
    /// What was opened of somebody's file because of it, oldest first; the same by the same once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub file: Vec<FileMark>,
    /// Photos from the scene, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<PhotoId>,
    /// The earlier case that it continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked: Option<CaseId>,
    /// Who was at the door or inside there when it began: they were called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inside: Vec<ResponderId>,
    /// The follow-up that its closing has opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<CaseId>,
    /// Of a follow-up or a welfare review: how often nobody was reached.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub tries: u8,
    /// The last of them.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub tried_at: Option<Timestamp>,
    /// What it has found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Aftercare>,
    /// Of a follow-up: how satisfied somebody is with the help that came, and by whose word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<(Satisfaction, AskedWhom)>,
    /// Of a request for service: what is wished, and how far it has come. None: nobody has said yet what is wished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// An exercise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Why the alarm was false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub false_reason: Option<FalseReason>,
    /// When it was closed.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

impl Case {
    /// When the case must be looked at again; none when it is closed.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.clocks.iter().map(|it| it.at).min()
    }

    /// The clock that runs out first.
    pub fn next_deadline(&self) -> Option<&Deadline> {
        self.clocks.iter().min_by_key(|it| (it.at, it.clock))
    }

    /// Until when a clock runs, if it runs.
    pub fn clock(&self, clock: Clock) -> Option<Timestamp> {
        self.clocks.iter().find(|it| it.clock == clock).map(|it| it.at)
    }

    /// Its people are asked later, when its turn has come: it is one of many late calls.
    pub fn waits_its_turn(&self) -> bool {
        self.clock(Clock::case(ClockKind::Turn)).is_some()
    }

    /// Who leads.
    pub fn lead(&self) -> Option<&Assignment> {
        self.assignments.iter().find(|it| it.place == Place::Lead)
    }

    /// The assignment of a responder, active or not.
    pub fn assignment(&self, responder: ResponderId) -> Option<&Assignment> {
        self.assignments.iter().find(|it| it.responder == responder)
    }

    /// The newest offer to a responder.
    pub fn offer_to(&self, responder: ResponderId) -> Option<&Offer> {
        self.offers.iter().rev().find(|it| it.candidate.responder == responder)
    }

    /// One offer.
    pub fn offer(&self, id: OfferId) -> Option<&Offer> {
        self.offers.iter().find(|it| it.id == id)
    }

    /// Said yes and not compared yet.
    pub fn provisional(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().filter(|it| it.place == Place::Provisional)
    }

    /// Coming, or there.
    pub fn active(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().filter(|it| it.is_active())
    }

    /// Stand by.
    pub fn backups(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().filter(|it| it.place == Place::Backup)
    }

    /// Whether it rings, nobody has said yes, nobody at a desk has it in hand and nobody of the family has said that they know.
    pub fn is_unanswered(&self) -> bool {
        let known = self.family.iter().any(|it| it.said.confirms());
        self.state == State::Ringing && self.taken_by.is_none() && !known && self.active().next().is_none()
    }

    /// Whether legs that start together have started, and somebody who goes has accepted first.
    pub fn leg_accepted(&self) -> bool {
        self.fired.iter().any(|it| it.is_leg()) && self.active().next().is_some()
    }

    /// Whether somebody is at the door or inside.
    pub fn somebody_there(&self) -> bool {
        self.assignments
            .iter()
            .any(|it| it.is_active() && it.stage >= Stage::Arrived)
    }

    /// Whether the one who leads is at the door, or will be by the door clock.
    pub fn lead_holds(&self) -> bool {
        self.lead().is_some_and(|it| {
            let in_time = |eta: Timestamp| self.door_by.is_none_or(|by| eta <= by);
            it.stage >= Stage::Arrived || it.eta_at.is_some_and(in_time)
        })
    }

    /// Whether a new alert of the same subject and lane joins it.
    pub const fn may_be_joined(&self) -> bool {
        let open = match self.lane {
            // Nobody is called a second time to a device that somebody is standing before.
            Lane::Technical => !matches!(self.state, State::Resolved | State::Closed),
            Lane::Help | Lane::Service => self.state.may_be_joined(),
        };
        // A wish that is in somebody's hands is one of its own: another press is another wish.
        // A warning is gone on with by what names it.
        open && !self.kind.is_aftercare() && self.service.is_none() && !matches!(self.kind, Kind::AreaAlert)
    }

    /// Who is at the door or inside.
    pub fn on_the_scene(&self) -> impl Iterator<Item = ResponderId> {
        let there = |it: &&Assignment| it.is_active() && matches!(it.stage, Stage::Arrived | Stage::Inside);
        self.assignments.iter().filter(there).map(|it| it.responder)
    }

    /// Who holds it: nobody else takes it without saying from whom. A take from before there were leases holds nothing.
    pub fn holder(&self) -> Option<UserId> {
        self.taken_by.filter(|_| self.taken_until().is_some())
    }

    /// When the take lapses unless the holder does something.
    pub fn taken_until(&self) -> Option<Timestamp> {
        self.clock(Clock::case(ClockKind::Lease))
    }

    /// Whether the elder was heard: a key that somebody pressed is no voice.
    pub fn was_heard(&self) -> bool {
        !self.by_key && self.voice.is_some_and(Voice::is_contact)
    }

    /// Whether one of its kinds may be closed only with proof.
    pub fn needs_proof(&self) -> bool {
        !self.is_test() && self.kinds.iter().any(|it| it.needs_proof())
    }

    /// Whether it holds what a device has said while somebody tested it.
    pub fn is_test(&self) -> bool {
        matches!(self.part, Some(Part::Test(_)))
    }

    /// Whether a hand-over waits for its acknowledgement.
    pub fn referral_open(&self) -> bool {
        self.referrals.iter().any(Referral::waits)
    }
}
