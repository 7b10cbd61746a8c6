//! What may be asked of a case. Commands carry ids and figures, never names, phones or free text.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::entry::EntryStep;
use super::notice::NoticeKind;
use super::service::{CancelReason, StationAnswer, StationAsk, Wish, Wishing};
use super::words::{
    Aftercare, Agency, AskedBy, AskedWhom, DeclineReason, FalseReason, FamilyWord, FilePart, Kind, Lane, Outcome, Part,
    PhotoConsent, ReferralAnswer, Satisfaction, Severity, SheetWay, Subject, Voice,
};
use crate::circle::Mode;
use crate::ids::{
    AlertId, AreaId, CaseId, ContactId, ElderId, NoteId, OfferId, PhotoId, ReferralId, ResponderId, StationId, UserId,
};
use crate::people::{Role, Tier};

/// One signal as the core sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// What it says.
    pub kind: Kind,
    /// How serious; mostly the kind's own.
    pub severity: Severity,
    /// It was stored or replayed by the device and is older than the stale limit: shown as late.
    pub late: bool,
    /// Somebody can speak with the elder through the device.
    pub voice_path: bool,
}

/// Everything a new case starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The id of the case, made at the edge.
    pub case: CaseId,
    /// The alert that opens it. A follow-up or a welfare review has none: its id stands for nothing then.
    pub alert: Alert,
    /// Whom it is about.
    pub subject: Subject,
    /// Its lane; mostly the kind's own.
    pub lane: Lane,
    /// Of a technical case: about which part of the subject.
    pub part: Option<Part>,
    /// The earlier case of the same subject that is on the scene, if there is one.
    pub linked: Option<CaseId>,
    /// Who is at the door or inside there: they are called.
    pub inside: Vec<ResponderId>,
    /// An exercise: never reaches 120, 110, 119 or families.
    pub drill: bool,
    /// Of a request for service: what is wished.
    pub wishing: Option<Wishing>,
    /// Of a late call that comes with a flood of others: when its people are asked, unless somebody does so sooner. None: at once.
    pub turn_at: Option<Timestamp>,
}

impl Opening {
    /// An incident of an area: its devices, or those of a part of them, are dark.
    pub fn outage(case: CaseId, area: AreaId, part: Option<Part>) -> Self {
        let kind = Kind::Outage;
        Self {
            part,
            linked: None,
            case,
            ..Self::aftercare(kind, Subject::Area(area), case)
        }
    }

    /// A warning of something in an area.
    pub fn warning(case: CaseId, area: AreaId, severity: Severity) -> Self {
        let it = Self::aftercare(Kind::AreaAlert, Subject::Area(area), case);
        Self {
            linked: None,
            case,
            alert: Alert { severity, ..it.alert },
            ..it
        }
    }

    /// A follow-up or a welfare review of `subject`, because of the case `of`. Its id follows from that case, so that it is one
    /// however often it is worked out.
    pub fn aftercare(kind: Kind, subject: Subject, of: CaseId) -> Self {
        let case = CaseId::derive(of.as_uuid(), kind.as_str());
        let alert = Alert {
            id: AlertId::derive(case.as_uuid(), "none"),
            kind,
            severity: kind.severity(),
            late: false,
            voice_path: false,
        };
        Self {
            case,
            alert,
            subject,
            lane: kind.lane(),
            part: None,
            linked: Some(of),
            inside: vec![],
            drill: false,
            wishing: None,
            turn_at: None,
        }
    }

    /// A request of `subject` for a service. No alert brings it and none joins it.
    pub fn request(case: CaseId, subject: Subject, wishing: Wishing) -> Self {
        Self {
            case,
            linked: None,
            wishing: Some(wishing),
            ..Self::aftercare(Kind::ServiceRequest, subject, case)
        }
    }
}

/// Somebody who could come, as the ranking saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who.
    pub responder: ResponderId,
    /// Their tier.
    pub tier: Tier,
    /// Travel time to the destination, whole seconds; none when not even a straight line could be drawn.
    pub seconds: Option<u32>,
    /// Travel distance, whole metres.
    pub meters: Option<u32>,
    /// How they travel.
    pub mode: Mode,
    /// The time is a stated guess from a straight line, not from roads.
    pub estimated: bool,
    /// `inside`, `edge` or `outside` of the circle.
    pub reach: crate::circle::Reach,
    /// Has a key of the home.
    pub key_holder: bool,
    /// Has every skill that the plan asks for.
    pub skilled: bool,
    /// Short stable words for why they stand where they stand.
    pub reasons: Vec<String>,
}

/// Somebody who was not offered the case, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Who.
    pub responder: ResponderId,
    /// A short stable word.
    pub reason: String,
}

/// What proves that a case may be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Proof {
    /// The elder was heard: the case must hold such a voice result.
    VoiceContact,
    /// Somebody stood beside the elder: the case must hold such a contact.
    OnScene,
    /// Another person looked at the case and agrees.
    SecondLook {
        /// Who; never the one who closes.
        by: UserId,
    },
    /// No proof is needed for this kind.
    None,
}

/// What may be asked of an existing case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Another alert of the same subject. The plan that the alert alone would have brought stands in the [`super::Context`].
    Join {
        /// The alert.
        alert: Alert,
    },
    /// Somebody spoke, or tried to speak, with the elder.
    VoiceResult {
        /// What came of it.
        result: Voice,
    },
    /// The ranking's answer to a case that seeks.
    Offer {
        /// For the tiers and roles that were sought.
        ranked: Vec<Candidate>,
        /// Who was left out, and why; cut to [`super::offers::EXCLUSIONS_MAX`].
        excluded: Vec<Exclusion>,
        /// How many were left out in all.
        excluded_count: u32,
        /// The instant of the picture that was ranked.
        as_of: Timestamp,
        /// The `seek` that this answers, so that an answer to an older question is not taken for one to the newer.
        seek_no: u32,
    },
    /// A device of the responder has received the offer.
    Received {
        /// Which.
        offer: OfferId,
        /// By a voice call rather than a screen.
        by_call: bool,
    },
    /// No way has led to the responder: as if they had been silent for long enough, the next is asked. Nothing where somebody has
    /// the offer.
    Unreached {
        /// Which offer.
        offer: OfferId,
    },
    /// "I am coming."
    Accept {
        /// Which offer.
        offer: OfferId,
        /// Who says so.
        by: ResponderId,
        /// Travel time by their own or our reckoning, seconds; none: unknown.
        eta_s: Option<u32>,
    },
    /// "I cannot come."
    Decline {
        /// Which offer.
        offer: OfferId,
        /// Who says so.
        by: ResponderId,
        /// Why.
        reason: DeclineReason,
    },
    /// "I have left."
    Depart {
        /// Who.
        by: ResponderId,
        /// Travel time from here, seconds.
        eta_s: Option<u32>,
    },
    /// A fix on the way.
    Progress {
        /// Who.
        by: ResponderId,
        /// Travel time from the fix, seconds.
        eta_s: Option<u32>,
    },
    /// "I am at the door."
    Arrive {
        /// Who.
        by: ResponderId,
    },
    /// "I am with them."
    ContactMade {
        /// Who.
        by: ResponderId,
        /// Within 100 m of the destination by their fix, or the desk heard the elder.
        near: bool,
    },
    /// "Nobody opens."
    NoEntry {
        /// Who.
        by: ResponderId,
    },
    /// "This is the wrong address": undoes the arrival, touches no clock.
    WrongAddress {
        /// Who.
        by: ResponderId,
    },
    /// "All is well here": the sign of life on the scene.
    CheckIn {
        /// Who.
        by: ResponderId,
    },
    /// "I need support."
    Support {
        /// Who.
        by: ResponderId,
    },
    /// The helper on the scene is done.
    Done {
        /// Who.
        by: ResponderId,
    },
    /// A dispatcher takes the case: only the tone stops. Refused while another holds it.
    Take,
    /// As [`Command::Take`], out of the hands of whoever the asker saw there: somebody who has taken it meanwhile keeps it.
    TakeOver {
        /// Who holds it, as the asker saw it.
        from: UserId,
    },
    /// The holder is still at it: the take goes on, and nothing else changes.
    KeepTake,
    /// A dispatcher sends somebody who said yes by phone.
    Assign {
        /// Whom.
        responder: ResponderId,
        /// Their tier.
        tier: Tier,
        /// Travel time, seconds.
        eta_s: Option<u32>,
    },
    /// A dispatcher withdraws somebody; from a responder about themselves: they were sent without an offer and cannot go.
    StandDown {
        /// Whom.
        responder: ResponderId,
    },
    /// A text was written beside the case.
    Note {
        /// Where it is kept, sealed.
        note: NoteId,
    },
    /// A photo was taken on the scene.
    Photo {
        /// Where it is kept, sealed.
        photo: PhotoId,
        /// By what right.
        consent: PhotoConsent,
        /// SHA-256 over a random salt, which is sealed with the photo, and its bytes; hex.
        digest: String,
    },
    /// More serious than thought.
    Raise {
        /// The new severity.
        to: Severity,
    },
    /// Less serious than thought: wants voice contact and a reason, kept as a note.
    Lower {
        /// The new severity.
        to: Severity,
        /// The reason.
        reason: NoteId,
    },
    /// The next tier at once, or the named one.
    Escalate {
        /// Up to which tier; the next one when left out.
        to: Option<Tier>,
    },
    /// Another body is asked to take part.
    Refer {
        /// Its id, made at the edge.
        referral: ReferralId,
        /// Which body.
        to: Agency,
    },
    /// As [`Command::Refer`], with the reason in words.
    ReferBecause {
        /// Its id, made at the edge.
        referral: ReferralId,
        /// Which body.
        to: Agency,
        /// Why, kept as a note.
        reason: NoteId,
    },
    /// The other body has answered, by a line that proves who it is.
    AnswerReferral {
        /// Which referral.
        referral: ReferralId,
        /// What.
        answer: ReferralAnswer,
        /// Who over there and what they say, kept as a note under the answer's own id.
        note: NoteId,
    },
    /// The other body has acknowledged.
    AcknowledgeReferral {
        /// Which referral.
        referral: ReferralId,
        /// Who over there, kept as a note.
        note: Option<NoteId>,
    },
    /// The sheet of the case went over: read out, on paper, or by a way of the desk's own.
    HandReferral {
        /// Which referral.
        referral: ReferralId,
        /// How.
        way: SheetWay,
    },
    /// No acknowledgement is waited for any more.
    WaiveReferral {
        /// Which referral.
        referral: ReferralId,
        /// Why, kept as a note.
        reason: NoteId,
    },
    /// A step of a forced entry.
    Entry {
        /// Which.
        step: EntryStep,
    },
    /// Nothing was wrong: stands everybody down and, with proof, closes.
    FalseAlarm {
        /// Why.
        reason: FalseReason,
    },
    /// The situation is over.
    Resolve {
        /// How.
        outcome: Outcome,
    },
    /// A sensor's case may wait resolved until the morning's review.
    AwaitReview {
        /// Until when; at most 24 hours away.
        until: Timestamp,
    },
    /// Done.
    Close {
        /// How it ended; the outcome of the resolution when left out.
        outcome: Option<Outcome>,
        /// What proves it.
        proof: Proof,
    },
    /// What a follow-up or a welfare review has found; nobody reached counts as a try.
    FollowUp {
        /// What.
        result: Aftercare,
        /// How they were asked, or tried; none: nobody has said.
        how: Option<AskedBy>,
    },
    /// How satisfied they are with the help that came: of a follow-up that has reached somebody, once.
    RateHelp {
        /// How.
        satisfaction: Satisfaction,
        /// By whose word.
        said_by: AskedWhom,
    },
    /// It was not over after all.
    Reopen {
        /// The reason, kept as a note.
        reason: NoteId,
    },
    /// The device says it is over: a mark, nothing more.
    Withdrawn {
        /// The alert that said so.
        alert: AlertId,
    },
    /// Of a warning: more has been said. It rings again, and can raise the severity.
    Warned {
        /// The message.
        message: Uuid,
        /// How serious.
        severity: Severity,
    },
    /// Of a technical case or a warning: what was the matter is over by itself. Closes it, unless somebody has it in hand or it was a
    /// warning of something urgent: then it is a mark, and a person closes.
    Recovered {
        /// It goes on as a part of this incident.
        within: Option<CaseId>,
    },
    /// Somebody of the family has said something: a mark, nothing more.
    FamilySaid {
        /// Who.
        contact: ContactId,
        /// What.
        said: FamilyWord,
    },
    /// A contact who is asked of the family cannot do anything, or no way has led to them: the next is asked.
    FamilyCannot {
        /// Who.
        contact: ContactId,
    },
    /// Something of somebody's file is shown to whoever acts in the emergency.
    OpenFile {
        /// Whose.
        elder: ElderId,
        /// What.
        parts: Vec<FilePart>,
        /// As what they look.
        role: Role,
        /// The elder had agreed to it before.
        agreed: bool,
    },
    /// What service is wished; of a request that did not say, or says something else now.
    Wish {
        /// What.
        wish: Wish,
    },
    /// A station is asked.
    AskStation {
        /// Which, as the routing saw it.
        ask: StationAsk,
    },
    /// No station of the circle fits.
    NoStation {
        /// The nearest outside of it.
        nearest: Option<StationAsk>,
    },
    /// A station answers.
    StationSays {
        /// Which.
        station: StationId,
        /// What.
        said: StationAnswer,
    },
    /// The elder agrees to the time that the station has proposed.
    AgreeTime,
    /// The service was given.
    ServiceDone,
    /// The service will not be given.
    CancelService {
        /// Why.
        reason: CancelReason,
    },
    /// How the elder found it, 1 to 5.
    Rate {
        /// 1 is the worst.
        rating: u8,
    },
    /// Somebody has read a call for help in a request; it is reported already.
    TurnedToHelp {
        /// The case that it is in.
        case: CaseId,
    },
    /// No way has led to somebody who was to be told: a mark, nothing more. Of an offer it is [`Command::Unreached`].
    NotTold {
        /// Of what.
        notice: NoticeKind,
        /// Who, as the outbox names them.
        target: String,
    },
    /// A way to somebody was refused by its quota, and the next way goes on: a mark, nothing more.
    QuotaRefused {
        /// Of what.
        notice: NoticeKind,
        /// Who, as the outbox names them.
        target: String,
        /// By which way, as the configuration names it.
        channel: String,
        /// Which quota, in stable words.
        why: String,
    },
    /// Two critical cases of the street lie untouched: the neighbouring seat and the district are rung.
    HandUp,
    /// A deadline may have come.
    LookAgain,
}

impl Command {
    /// A short word for logs and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Command::Join { .. } => "join",
            Command::VoiceResult { .. } => "voice_result",
            Command::Offer { .. } => "offer",
            Command::Received { .. } => "received",
            Command::Unreached { .. } => "unreached",
            Command::Accept { .. } => "accept",
            Command::Decline { .. } => "decline",
            Command::Depart { .. } => "depart",
            Command::Progress { .. } => "progress",
            Command::Arrive { .. } => "arrive",
            Command::ContactMade { .. } => "contact_made",
            Command::NoEntry { .. } => "no_entry",
            Command::WrongAddress { .. } => "wrong_address",
            Command::CheckIn { .. } => "check_in",
            Command::Support { .. } => "support",
            Command::Done { .. } => "done",
            Command::Take => "take",
            Command::TakeOver { .. } => "take_over",
            Command::KeepTake => "keep_take",
            Command::Assign { .. } => "assign",
            Command::StandDown { .. } => "stand_down",
            Command::Note { .. } => "note",
            Command::Photo { .. } => "photo",
            Command::Raise { .. } => "raise",
            Command::Lower { .. } => "lower",
            Command::Escalate { .. } => "escalate",
            Command::Refer { .. } => "refer",
            Command::ReferBecause { .. } => "refer_because",
            Command::AnswerReferral { .. } => "answer_referral",
            Command::AcknowledgeReferral { .. } => "acknowledge_referral",
            Command::HandReferral { .. } => "hand_referral",
            Command::WaiveReferral { .. } => "waive_referral",
            Command::Entry { .. } => "entry",
            Command::FalseAlarm { .. } => "false_alarm",
            Command::Resolve { .. } => "resolve",
            Command::AwaitReview { .. } => "await_review",
            Command::Close { .. } => "close",
            Command::FollowUp { .. } => "follow_up",
            Command::RateHelp { .. } => "rate_help",
            Command::Reopen { .. } => "reopen",
            Command::Withdrawn { .. } => "withdrawn",
            Command::Warned { .. } => "warned",
            Command::Recovered { .. } => "recovered",
            Command::FamilySaid { .. } => "family_said",
            Command::FamilyCannot { .. } => "family_cannot",
            Command::OpenFile { .. } => "open_file",
            Command::Wish { .. } => "wish",
            Command::AskStation { .. } => "ask_station",
            Command::NoStation { .. } => "no_station",
            Command::StationSays { .. } => "station_says",
            Command::AgreeTime => "agree_time",
            Command::ServiceDone => "service_done",
            Command::CancelService { .. } => "cancel_service",
            Command::Rate { .. } => "rate",
            Command::TurnedToHelp { .. } => "turned_to_help",
            Command::NotTold { .. } => "not_told",
            Command::QuotaRefused { .. } => "quota_refused",
            Command::HandUp => "hand_up",
            Command::LookAgain => "look_again",
        }
    }
}
