//! What has happened: the append-only log of a case. One record is an event, its instant, its author, and the clocks it set
//! or stopped, so that the log alone rebuilds the case without its plan.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::command::{Candidate, Exclusion, Proof};
use super::entry::EntryStep;
use super::notice::NoticeKind;
use super::plan::{PlanId, StepKind};
use super::service::{CancelReason, StationAnswer, StationAsk, Wish};
use super::state::{Clock, ClockOf};
use super::words::{
    Aftercare, Agency, AskedBy, AskedWhom, Author, DeclineReason, FalseReason, FamilyWord, FilePart, Kind, Lane,
    Outcome, Part, PhotoConsent, ReferralAnswer, Satisfaction, Severity, SheetWay, Subject, Voice,
};
use crate::ids::{AlertId, CaseId, ContactId, ElderId, NoteId, OfferId, PhotoId, ReferralId, ResponderId, StationId};
use crate::people::{Role, Tier};

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When, in our time; never earlier than the record before it.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// By whom.
    pub by: Author,
    /// When it was done, by the word of a phone that could not say so at once. It is told and counts for nothing: every clock
    /// goes by `at`.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
    /// What.
    #[serde(flatten)]
    pub event: Event,
    /// The clocks it set (an instant) or stopped (none).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockSet>,
}

/// One clock set or stopped by a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockSet {
    /// Which.
    #[serde(flatten)]
    pub clock: Clock,
    /// Until when; none: stopped.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// Why people are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeekWhy {
    /// A step of the ladder.
    Step,
    /// No voice from the elder.
    NoVoice,
    /// Somebody cannot come.
    Declined,
    /// Somebody is silent.
    Silence,
    /// The one on the way will be late.
    EtaBeyond,
    /// The lead was lost.
    LeadLost,
    /// Nobody opens: key holders.
    NoEntry,
    /// Help was asked for on the scene.
    Support,
    /// The best of those who were asked are outside the circle.
    Outside,
    /// The lead needs a second person.
    Pair,
    /// The case was opened again.
    Reopened,
    /// Who wanders is elsewhere now.
    Moved,
}

/// Whom a ring goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ring {
    /// The street's desk.
    Desk,
    /// The duty leader, by a phone that does not depend on this service.
    DutyLeader,
    /// The neighbouring seat and the district.
    NextSeat,
}

/// Why a responder was called or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// Has not left.
    Departure,
    /// No fix and no action on the way.
    Progress,
    /// At the door, and neither contact nor "nobody opens".
    Contact,
    /// No sign of life on the scene.
    CheckIn,
}

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The case begins.
    Opened {
        case: CaseId,
        /// None: no alert brought it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alert: Option<AlertId>,
        kind: Kind,
        severity: Severity,
        lane: Lane,
        subject: Subject,
        /// Of a technical case: about which part of the subject.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Option<Part>,
        tier: Tier,
        plan: PlanId,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        voice_path: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        linked: Option<CaseId>,
        /// At the door or inside when it came: they are called.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        inside: Vec<ResponderId>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        drill: bool,
        /// The plan tells the family nothing of the beginning.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        family_later: bool,
    },
    /// Another alert of the same subject.
    Joined {
        alert: AlertId,
        kind: Kind,
        severity: Severity,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
    },
    /// A stricter plan was merged in.
    PlanMerged {
        plan: PlanId,
        /// As in `opened`, of both plans.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        family_later: bool,
    },
    /// A step of the ladder fired.
    StepFired {
        step: StepKind,
    },
    /// The case belongs to a higher tier from now on.
    TierRaised {
        tier: Tier,
    },
    /// People are looked for, beside those who were asked already.
    Seeking {
        steps: Vec<StepKind>,
        want: u8,
        why: SeekWhy,
        seek_no: u32,
    },
    /// Nobody could be asked for these steps.
    NobodyFound {
        steps: Vec<StepKind>,
        excluded: Vec<Exclusion>,
        excluded_count: u32,
    },
    /// The case was put to responders.
    Offered {
        offers: Vec<NewOffer>,
        excluded: Vec<Exclusion>,
        excluded_count: u32,
        #[serde(with = "micros")]
        as_of: Timestamp,
    },
    /// An offer has reached its responder.
    Received {
        offer: OfferId,
        by_call: bool,
    },
    /// An offer stays silent; it is not ended.
    Silent {
        offer: OfferId,
    },
    /// A yes.
    Accepted {
        offer: OfferId,
        responder: ResponderId,
        eta_s: Option<u32>,
        backup: bool,
    },
    /// Sent by the desk after a yes by phone.
    Assigned {
        responder: ResponderId,
        tier: Tier,
        eta_s: Option<u32>,
        backup: bool,
    },
    /// A no.
    Declined {
        offer: OfferId,
        responder: ResponderId,
        reason: DeclineReason,
    },
    /// The best of those who said yes.
    LeadChosen {
        responder: ResponderId,
        backups: Vec<ResponderId>,
        stood_down: Vec<ResponderId>,
        why: Vec<String>,
    },
    /// Nobody of those who said yes could be confirmed.
    NoLead {
        why: Vec<String>,
    },
    /// Not needed any more, or taken off.
    StoodDown {
        responders: Vec<ResponderId>,
        why: StandDownWhy,
    },
    /// Called because something is late.
    Called {
        responder: ResponderId,
        late: Late,
    },
    /// The lead is lost; access is revoked.
    LeadLost {
        responder: ResponderId,
        late: Option<Late>,
    },
    Departed {
        responder: ResponderId,
        eta_s: Option<u32>,
    },
    Progressed {
        responder: ResponderId,
        eta_s: Option<u32>,
    },
    /// The lead will be at the door after the door clock.
    EtaBeyond {
        responder: ResponderId,
        eta_s: u32,
    },
    /// Nobody was at the door in time.
    DoorLate,
    Arrived {
        responder: ResponderId,
    },
    ArrivalUndone {
        responder: ResponderId,
    },
    ContactMade {
        responder: ResponderId,
        near: bool,
    },
    /// Nobody opened; written by the system: nothing was heard from the door in time, which counts as the same.
    NoEntry {
        responder: ResponderId,
    },
    CheckedIn {
        responder: ResponderId,
    },
    SupportAsked {
        responder: ResponderId,
    },
    DoneThere {
        responder: ResponderId,
    },
    /// Somebody at a desk has it in hand: the tone stops.
    Taken,
    /// Whoever has it in hand is still at it.
    TakeKept,
    /// Whoever had it in hand has done nothing about it for too long: it is nobody's again.
    TakeLapsed,
    /// Somebody or something was rung.
    Rang {
        whom: Ring,
        round: u32,
    },
    /// Critical, and nobody has touched it in time.
    Untouched,
    VoiceResult {
        result: Voice,
    },
    Noted {
        note: NoteId,
    },
    /// A photo was taken on the scene. Its bytes are elsewhere, sealed; the digest proves them as long as they are kept.
    Photographed {
        photo: PhotoId,
        consent: PhotoConsent,
        digest: String,
    },
    SeverityChanged {
        from: Severity,
        to: Severity,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<NoteId>,
    },
    Referred {
        referral: ReferralId,
        to: Agency,
        /// Why, sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<NoteId>,
    },
    ReferralAcknowledged {
        referral: ReferralId,
        /// Who over there, sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteId>,
    },
    /// The sheet of the case went over.
    ReferralHanded {
        referral: ReferralId,
        way: SheetWay,
    },
    /// The other body has answered; an answer is an acknowledgement too.
    ReferralAnswered {
        referral: ReferralId,
        answer: ReferralAnswer,
        /// Who over there, and what they say, sealed.
        note: NoteId,
    },
    /// Nothing more is waited for.
    ReferralWaived {
        referral: ReferralId,
        reason: NoteId,
    },
    /// A step of a forced entry.
    EntryStep {
        entry: EntryStep,
    },
    /// The other body has not acknowledged in time.
    ReferralLate {
        referral: ReferralId,
    },
    Resolved {
        outcome: Outcome,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<FalseReason>,
    },
    ReviewAwaited,
    Closed {
        outcome: Outcome,
        proof: Proof,
        /// The follow-up that it opens.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        follow_up: Option<CaseId>,
    },
    /// A follow-up or a welfare review has a result, or one more try.
    FollowedUp {
        result: Aftercare,
        /// How they were asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        how: Option<AskedBy>,
    },
    /// How satisfied somebody is with the help that came.
    HelpRated {
        satisfaction: Satisfaction,
        said_by: AskedWhom,
    },
    Reopened {
        reason: NoteId,
    },
    Withdrawn {
        alert: AlertId,
    },
    /// Of a warning: more has been said.
    Warned {
        message: Uuid,
        severity: Severity,
    },
    /// What was the matter is over by itself.
    Recovered {
        /// It goes on as a part of this incident.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<CaseId>,
    },
    /// Somebody of the family has said something: a mark.
    FamilySaid {
        contact: ContactId,
        said: FamilyWord,
    },
    /// The family is asked: this contact now.
    FamilyAsked {
        contact: ContactId,
        /// The first or the second.
        round: u8,
    },
    /// A contact who was asked cannot do anything.
    FamilyCannot {
        contact: ContactId,
    },
    /// Nobody of the family has confirmed that they know; each who was asked, in order. None: there was nobody to ask.
    FamilyUnconfirmed {
        tried: Vec<ContactId>,
    },
    /// Something of somebody's file was opened to whoever acts in the emergency.
    FileOpened {
        elder: ElderId,
        parts: Vec<FilePart>,
        /// As what they looked.
        role: Role,
        /// The elder had agreed to it before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        agreed: bool,
    },
    /// A service is wished: this one from now on.
    ServiceWished {
        wish: Wish,
    },
    /// A station was asked.
    StationAsked {
        ask: StationAsk,
    },
    /// No station of the circle fits; the nearest outside of it.
    NoStation {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nearest: Option<StationAsk>,
    },
    /// A station has answered.
    StationSaid {
        station: StationId,
        said: StationAnswer,
    },
    /// It has not answered in time.
    StationSilent {
        station: StationId,
    },
    /// The time that it proposed is agreed.
    TimeAgreed {
        #[serde(with = "micros")]
        at: Timestamp,
    },
    /// The agreed time is over, and nobody said that it was done.
    ServiceOverdue,
    /// The service was given.
    ServiceDone {
        station: StationId,
    },
    /// It will not be given.
    ServiceCancelled {
        reason: CancelReason,
    },
    /// How it was, 1 to 5.
    ServiceRated {
        rating: u8,
    },
    /// Somebody has read in it a call for help: that case.
    TurnedToHelp {
        case: CaseId,
    },
    /// No way has led to somebody who was to be told.
    NotTold {
        notice: NoticeKind,
        target: String,
    },
    /// A way to somebody was refused by its quota: `why` says which. The next way goes on.
    QuotaRefused {
        notice: NoticeKind,
        target: String,
        channel: String,
        why: String,
    },
}

impl Event {
    /// The word that stands for it in lists and filters: the `type` of its JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Event::Opened { .. } => "opened",
            Event::Joined { .. } => "joined",
            Event::PlanMerged { .. } => "plan_merged",
            Event::StepFired { .. } => "step_fired",
            Event::TierRaised { .. } => "tier_raised",
            Event::Seeking { .. } => "seeking",
            Event::NobodyFound { .. } => "nobody_found",
            Event::Offered { .. } => "offered",
            Event::Received { .. } => "received",
            Event::Silent { .. } => "silent",
            Event::Accepted { .. } => "accepted",
            Event::Assigned { .. } => "assigned",
            Event::Declined { .. } => "declined",
            Event::LeadChosen { .. } => "lead_chosen",
            Event::NoLead { .. } => "no_lead",
            Event::StoodDown { .. } => "stood_down",
            Event::Called { .. } => "called",
            Event::LeadLost { .. } => "lead_lost",
            Event::Departed { .. } => "departed",
            Event::Progressed { .. } => "progressed",
            Event::EtaBeyond { .. } => "eta_beyond",
            Event::DoorLate => "door_late",
            Event::Arrived { .. } => "arrived",
            Event::ArrivalUndone { .. } => "arrival_undone",
            Event::ContactMade { .. } => "contact_made",
            Event::NoEntry { .. } => "no_entry",
            Event::CheckedIn { .. } => "checked_in",
            Event::SupportAsked { .. } => "support_asked",
            Event::DoneThere { .. } => "done_there",
            Event::Taken => "taken",
            Event::TakeKept => "take_kept",
            Event::TakeLapsed => "take_lapsed",
            Event::Rang { .. } => "rang",
            Event::Untouched => "untouched",
            Event::VoiceResult { .. } => "voice_result",
            Event::Noted { .. } => "noted",
            Event::Photographed { .. } => "photographed",
            Event::SeverityChanged { .. } => "severity_changed",
            Event::Referred { .. } => "referred",
            Event::ReferralAcknowledged { .. } => "referral_acknowledged",
            Event::ReferralLate { .. } => "referral_late",
            Event::ReferralHanded { .. } => "referral_handed",
            Event::ReferralAnswered { .. } => "referral_answered",
            Event::ReferralWaived { .. } => "referral_waived",
            Event::EntryStep { .. } => "entry_step",
            Event::Resolved { .. } => "resolved",
            Event::ReviewAwaited => "review_awaited",
            Event::Closed { .. } => "closed",
            Event::FollowedUp { .. } => "followed_up",
            Event::HelpRated { .. } => "help_rated",
            Event::Reopened { .. } => "reopened",
            Event::Withdrawn { .. } => "withdrawn",
            Event::Warned { .. } => "warned",
            Event::Recovered { .. } => "recovered",
            Event::FamilySaid { .. } => "family_said",
            Event::FamilyAsked { .. } => "family_asked",
            Event::FamilyCannot { .. } => "family_cannot",
            Event::FamilyUnconfirmed { .. } => "family_unconfirmed",
            Event::FileOpened { .. } => "file_opened",
            Event::ServiceWished { .. } => "service_wished",
            Event::StationAsked { .. } => "station_asked",
            Event::NoStation { .. } => "no_station",
            Event::StationSaid { .. } => "station_said",
            Event::StationSilent { .. } => "station_silent",
            Event::TimeAgreed { .. } => "time_agreed",
            Event::ServiceOverdue => "service_overdue",
            Event::ServiceDone { .. } => "service_done",
            Event::ServiceCancelled { .. } => "service_cancelled",
            Event::ServiceRated { .. } => "service_rated",
            Event::TurnedToHelp { .. } => "turned_to_help",
            Event::NotTold { .. } => "not_told",
            Event::QuotaRefused { .. } => "quota_refused",
        }
    }
}

/// Why people were stood down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandDownWhy {
    /// Somebody is at the door.
    Arrived,
    /// The elder is fine.
    Fine,
    /// The case is over.
    Over,
    /// A dispatcher said so.
    ByDesk,
    /// They lead another case meanwhile.
    Busy,
    /// They were sent without being asked, and cannot go.
    Declined,
}

/// An offer as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOffer {
    /// Its id.
    pub id: OfferId,
    /// To whom and why.
    #[serde(flatten)]
    pub candidate: Candidate,
}

impl ClockSet {
    /// Runs until `at`.
    pub const fn until(clock: Clock, at: Timestamp) -> Self {
        Self { clock, at: Some(at) }
    }
    /// Stops.
    pub const fn stop(clock: Clock) -> Self {
        Self { clock, at: None }
    }
    /// The responder it is about, if it is about one.
    pub const fn responder(&self) -> Option<ResponderId> {
        match self.clock.of {
            ClockOf::Responder(id) => Some(id),
            _ => None,
        }
    }
}

/// Instants as whole microseconds since 1970 UTC.
pub(crate) mod micros {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(at.as_microsecond())
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_microsecond(i64::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

/// As [`micros`], where there may be none.
pub(crate) mod maybe_micros {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => to.serialize_i64(at.as_microsecond()),
            None => to.serialize_none(),
        }
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        Option::<i64>::deserialize(from)?
            .map(|it| Timestamp::from_microsecond(it).map_err(serde::de::Error::custom))
            .transpose()
    }
}
