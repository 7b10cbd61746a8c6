//! The case as it stands, and how a record changes it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::command::Candidate;
use super::decide::seconds_after;
use super::plan::{PlanId, StepKind};
use super::record::{ClockSet, Event, NewOffer, Record, Ring, SeekWhy, maybe_micros, micros};
use super::words::{Aftercare, Agency, Author, FalseReason, Kind, Lane, Outcome, Severity, State, Subject, Voice};
use crate::ids::{CaseId, OfferId, ReferralId, ResponderId, UserId};
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
    /// Somebody was with the elder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contact: bool,
    /// Nobody opened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_entry: bool,
    /// The desk rings for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tone: bool,
    /// Who at a desk has it in hand.
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

/// How many ids a case remembers to know what is said twice.
const RECENT_MAX: usize = 16;

/// A log that does not begin with `opened`, or opens twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {at} does not fit: {why}")]
pub struct NotALog {
    /// Which record, from 0.
    pub at: usize,
    /// Why.
    pub why: &'static str,
}

impl Case {
    /// The case that a first record makes; none if that record is no `opened`.
    pub fn begin(record: &Record) -> Option<Case> {
        let Event::Opened {
            case,
            alert,
            kind,
            severity,
            lane,
            subject,
            tier,
            plan,
            voice_path,
            late,
            linked,
            inside,
            drill,
        } = &record.event
        else {
            return None;
        };
        let mut new = Case {
            id: *case,
            subject: *subject,
            lane: *lane,
            kind: *kind,
            severity: *severity,
            tier: *tier,
            state: State::Ringing,
            plan: *plan,
            opened_at: record.at,
            last_at: record.at,
            version: 1,
            clocks: Vec::with_capacity(record.clocks.len()),
            fired: Vec::new(),
            offers: Vec::new(),
            assignments: Vec::new(),
            seek: None,
            seeks: 0,
            widened: false,
            voice_path: *voice_path,
            voice: None,
            contact: false,
            no_entry: false,
            tone: false,
            taken_by: None,
            untouched: false,
            handed_up: false,
            rounds: 0,
            door_by: None,
            door_late: false,
            referrals: Vec::new(),
            set_aside: Vec::new(),
            support_at: None,
            recent: alert.iter().map(|it| it.as_uuid()).collect(),
            alerts: u32::from(alert.is_some()),
            kinds: vec![*kind],
            late: *late,
            withdrawn: false,
            linked: *linked,
            inside: inside.clone(),
            follow_up: None,
            tries: 0,
            tried_at: None,
            found: None,
            drill: *drill,
            outcome: None,
            false_reason: None,
            closed_at: None,
        };
        new.set_clocks(&record.clocks);
        new.door_by = new.clock(Clock::case(ClockKind::Door));
        Some(new)
    }

    /// The case that a whole log makes.
    ///
    /// # Errors
    /// [`NotALog`] names the record that cannot stand where it stands.
    pub fn rebuild(records: &[Record]) -> Result<Case, NotALog> {
        let first = records.first().ok_or(NotALog {
            at: 0,
            why: "the log is empty",
        })?;
        let mut case = Case::begin(first).ok_or(NotALog {
            at: 0,
            why: "the log does not begin with `opened`",
        })?;
        for (at, record) in records.iter().enumerate().skip(1) {
            if matches!(record.event, Event::Opened { .. }) {
                return Err(NotALog {
                    at,
                    why: "the case is opened twice",
                });
            }
            case.evolve(record);
        }
        Ok(case)
    }

    /// Puts a record into effect. No field of a case changes in any other way.
    pub fn evolve(&mut self, record: &Record) {
        self.version += 1;
        self.last_at = self.last_at.max(record.at);
        if matches!(record.event, Event::Arrived { .. }) && !self.somebody_there() {
            self.set_aside = self.stopped_by(&record.clocks);
        }
        self.set_clocks(&record.clocks);
        match &record.event {
            Event::Opened { .. } => {}
            Event::Joined {
                alert, kind, severity, ..
            } => {
                self.alerts += 1;
                self.hear(alert.as_uuid());
                if !self.kinds.contains(kind) {
                    self.kinds.push(*kind);
                }
                if *severity > self.severity {
                    self.severity = *severity;
                    self.kind = *kind;
                }
            }
            Event::PlanMerged { plan } => {
                self.plan = *plan;
                self.door_no_later();
            }
            Event::StepFired { step } => {
                if !self.fired.contains(step) {
                    self.fired.push(*step);
                }
            }
            Event::TierRaised { tier } => self.tier = *tier,
            Event::Seeking {
                steps,
                want,
                why,
                seek_no,
            } => {
                self.seeks = *seek_no;
                self.widened |= *why == SeekWhy::NoVoice;
                let seek = self.seek.get_or_insert_with(|| Seek {
                    steps: vec![],
                    want: 0,
                    no: 0,
                    since: record.at,
                });
                for step in steps {
                    if !seek.steps.contains(step) {
                        seek.steps.push(*step);
                    }
                }
                seek.want = seek.want.saturating_add(*want);
                seek.no = *seek_no;
            }
            Event::NobodyFound { .. } => self.seek = None,
            Event::Offered { offers, .. } => {
                self.seek = None;
                self.offers
                    .extend(offers.iter().map(|NewOffer { id, candidate }| Offer {
                        id: *id,
                        candidate: candidate.clone(),
                        state: OfferState::Open,
                        at: record.at,
                        received: false,
                        silent: false,
                    }));
            }
            Event::Received { offer, .. } => self.with_offer(*offer, |it| it.received = true),
            Event::Silent { offer } => self.with_offer(*offer, |it| it.silent = true),
            Event::Accepted {
                offer,
                responder,
                eta_s,
                backup,
            } => {
                self.with_offer(*offer, |it| it.state = OfferState::Accepted);
                let made = self.offers.iter().find(|it| it.id == *offer);
                self.put_assignment(Assignment {
                    responder: *responder,
                    offer: made.map(|it| it.id),
                    tier: made.map_or(self.tier, |it| it.candidate.tier),
                    place: if *backup { Place::Backup } else { Place::Provisional },
                    stage: Stage::Accepted,
                    at: record.at,
                    eta_at: eta(record.at, *eta_s),
                    key_holder: made.is_some_and(|it| it.candidate.key_holder),
                    skilled: made.is_some_and(|it| it.candidate.skilled),
                    late_said: false,
                    claimed: false,
                });
            }
            Event::Assigned {
                responder,
                tier,
                eta_s,
                backup,
            } => {
                let made = self
                    .offers
                    .iter_mut()
                    .rev()
                    .find(|it| it.candidate.responder == *responder);
                let (key_holder, skilled) = made.map_or((false, false), |it| {
                    if it.state == OfferState::Open {
                        it.state = OfferState::Accepted;
                    }
                    (it.candidate.key_holder, it.candidate.skilled)
                });
                self.put_assignment(Assignment {
                    responder: *responder,
                    offer: None,
                    tier: *tier,
                    place: if *backup { Place::Backup } else { Place::Provisional },
                    stage: Stage::Accepted,
                    at: record.at,
                    eta_at: eta(record.at, *eta_s),
                    key_holder,
                    skilled,
                    late_said: false,
                    claimed: false,
                });
            }
            Event::Declined { offer, responder, .. } => {
                self.with_offer(*offer, |it| it.state = OfferState::Declined);
                self.with_assignment(*responder, |it| it.place = Place::StoodDown);
            }
            Event::LeadChosen {
                responder,
                backups,
                stood_down,
                ..
            } => {
                for it in &mut self.assignments {
                    if it.responder == *responder {
                        it.place = Place::Lead;
                    } else if backups.contains(&it.responder) {
                        it.place = Place::Backup;
                    } else if stood_down.contains(&it.responder) {
                        it.place = Place::StoodDown;
                    } else if it.place == Place::Lead {
                        it.place = Place::Backup; // at most one leads
                    }
                }
                for it in &mut self.offers {
                    if it.state == OfferState::Open {
                        it.state = OfferState::Ended;
                    }
                }
                self.seek = None;
                self.tone = false;
                self.untouched = false;
                if self.state == State::Ringing {
                    self.state = State::Engaged;
                }
            }
            Event::NoLead { .. } => {}
            Event::StoodDown { responders, .. } => {
                for it in &mut self.assignments {
                    if responders.contains(&it.responder) {
                        it.place = Place::StoodDown;
                    }
                }
            }
            Event::Called { .. } => {}
            Event::LeadLost { responder, .. } => {
                self.with_assignment(*responder, |it| it.place = Place::Lost);
                if self.state == State::Engaged {
                    self.state = State::Ringing;
                }
            }
            Event::Departed { responder, eta_s } => {
                let at = record.at;
                self.with_assignment(*responder, |it| {
                    it.stage = it.stage.max(Stage::EnRoute);
                    it.eta_at = eta(at, *eta_s).or(it.eta_at);
                });
            }
            Event::Progressed { responder, eta_s } => {
                let at = record.at;
                self.with_assignment(*responder, |it| it.eta_at = eta(at, *eta_s).or(it.eta_at));
            }
            Event::EtaBeyond { responder, .. } => self.with_assignment(*responder, |it| it.late_said = true),
            Event::DoorLate => self.door_late = true,
            Event::Arrived { responder } => {
                self.with_assignment(*responder, |it| it.stage = Stage::Arrived);
                if matches!(self.state, State::Ringing | State::Engaged) {
                    self.state = State::OnScene;
                }
            }
            Event::ArrivalUndone { responder } => {
                self.with_assignment(*responder, |it| {
                    it.stage = Stage::EnRoute;
                    it.eta_at = None; // it was for another door
                });
                let others = self
                    .assignments
                    .iter()
                    .any(|it| it.is_active() && it.stage >= Stage::Arrived);
                if self.state == State::OnScene && !others {
                    self.state = if self.lead().is_some() {
                        State::Engaged
                    } else {
                        State::Ringing
                    };
                }
                if !others {
                    self.set_aside.clear();
                }
            }
            Event::ContactMade { responder, near } => {
                if *near {
                    self.contact = true;
                    self.no_entry = false;
                    self.set_aside.clear();
                }
                self.with_assignment(*responder, |it| {
                    if *near {
                        it.stage = Stage::Inside;
                    }
                    it.claimed = !*near;
                });
            }
            Event::NoEntry { .. } => self.no_entry = true,
            Event::CheckedIn { .. } => {}
            Event::SupportAsked { .. } => self.support_at = Some(record.at),
            Event::Noted { note } => self.hear(note.as_uuid()),
            Event::DoneThere { responder } => self.with_assignment(*responder, |it| it.stage = Stage::Done),
            Event::Taken => {
                self.tone = false;
                self.untouched = false;
                if let Author::User(user) = record.by {
                    self.taken_by = Some(user);
                }
            }
            Event::Rang { whom, round } => match whom {
                Ring::Desk => {
                    // Requests, technical signals and paperwork stand in their lists; only calls for help make a sound.
                    let over = self.state == State::Resolved && !self.referral_open();
                    self.tone = self.severity >= Severity::Urgent && !over;
                    self.rounds = *round;
                }
                Ring::DutyLeader => {}
                Ring::NextSeat => self.handed_up = true,
            },
            Event::Untouched => self.untouched = true,
            Event::VoiceResult { result } => {
                self.voice = Some(*result);
                // An automatic call learns something; it does not take the case in hand.
                if matches!(record.by, Author::User(_) | Author::Responder(_)) {
                    self.untouched = false;
                    self.tone = false;
                }
            }
            Event::SeverityChanged { to, reason, .. } => {
                self.severity = *to;
                self.tone &= *to >= Severity::Urgent;
                self.untouched &= *to == Severity::Critical;
                if let Some(reason) = reason {
                    self.hear(reason.as_uuid());
                }
                self.door_no_later();
            }
            Event::Referred { referral, to } => {
                let new = Referral {
                    id: *referral,
                    to: *to,
                    at: record.at,
                    acknowledged_at: None,
                };
                self.referrals.push(new);
            }
            Event::ReferralAcknowledged { referral } => {
                if let Some(it) = self.referrals.iter_mut().find(|it| it.id == *referral) {
                    it.acknowledged_at = Some(record.at);
                }
                self.tone &= self.state != State::Resolved || self.referral_open();
            }
            Event::ReferralLate { .. } => {}
            Event::Resolved { outcome, reason } => {
                self.state = State::Resolved;
                self.outcome = Some(*outcome);
                self.false_reason = *reason;
                self.seek = None;
                self.tone = false;
                self.untouched = false;
                self.set_aside.clear();
                for it in &mut self.offers {
                    if it.state == OfferState::Open {
                        it.state = OfferState::Ended;
                    }
                }
            }
            Event::ReviewAwaited => {}
            Event::Closed { outcome, follow_up, .. } => {
                self.state = State::Closed;
                self.follow_up = self.follow_up.or(*follow_up);
                self.outcome = Some(*outcome);
                self.closed_at = Some(record.at);
                self.tone = false;
                // Who led or stood by is free again from here on.
                for it in &mut self.assignments {
                    if it.is_active() {
                        it.stage = Stage::Done;
                        it.place = Place::StoodDown;
                    }
                }
            }
            Event::FollowedUp { result } => match result {
                Aftercare::NotReached => {
                    self.tries = self.tries.saturating_add(1);
                    self.tried_at = Some(record.at);
                }
                Aftercare::Well | Aftercare::NeedsService | Aftercare::NeedsHelp | Aftercare::Declined => {
                    self.found = Some(*result);
                }
            },
            Event::Reopened { reason } => {
                self.hear(reason.as_uuid());
                self.tries = 0;
                self.tried_at = None;
                self.found = None;
                self.widened = false;
                self.untouched = false;
                self.handed_up = false;
                self.support_at = None;
                self.door_late = false;
                self.door_by = self.clock(Clock::case(ClockKind::Door));
                self.state = State::Ringing;
                self.tier = Tier::Street;
                self.outcome = None;
                self.false_reason = None;
                self.closed_at = None;
                self.voice = None;
                self.contact = false;
                self.no_entry = false;
                self.taken_by = None;
                // Everybody may be asked again, whatever they said the first time.
                for it in &mut self.assignments {
                    it.place = Place::StoodDown;
                }
                for it in &mut self.offers {
                    it.state = OfferState::Ended;
                }
            }
            Event::Withdrawn { alert } => {
                self.withdrawn = true;
                self.hear(alert.as_uuid());
            }
        }
    }

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
        self.state.may_be_joined() && !self.kind.is_aftercare()
    }

    /// Who is at the door or inside.
    pub fn on_the_scene(&self) -> impl Iterator<Item = ResponderId> {
        let there = |it: &&Assignment| it.is_active() && matches!(it.stage, Stage::Arrived | Stage::Inside);
        self.assignments.iter().filter(there).map(|it| it.responder)
    }

    /// Whether one of its kinds may be closed only with proof.
    pub fn needs_proof(&self) -> bool {
        self.kinds.iter().any(|it| it.needs_proof())
    }

    /// Whether a hand-over waits for its acknowledgement.
    pub fn referral_open(&self) -> bool {
        self.referrals.iter().any(|it| it.acknowledged_at.is_none())
    }

    /// Whether this id was brought a short while ago.
    pub(super) fn heard(&self, id: Uuid) -> bool {
        self.recent.contains(&id)
    }

    fn hear(&mut self, id: Uuid) {
        if !self.recent.contains(&id) {
            if self.recent.len() >= RECENT_MAX {
                self.recent.remove(0);
            }
            self.recent.push(id);
        }
    }

    /// A stricter rule moves the door clock, and never to a later instant.
    fn door_no_later(&mut self) {
        if let Some(at) = self.clock(Clock::case(ClockKind::Door)) {
            self.door_by = Some(self.door_by.map_or(at, |seen| seen.min(at)));
        }
    }

    /// The door clock and the steps that these sets stop, as they run now.
    fn stopped_by(&self, sets: &[ClockSet]) -> Vec<Deadline> {
        let given_back = |it: &&Deadline| matches!(it.clock.kind, ClockKind::Door | ClockKind::Step);
        let stopped = |it: &&Deadline| sets.iter().any(|set| set.clock == it.clock && set.at.is_none());
        let running = self.clocks.iter().filter(given_back).filter(stopped);
        running.copied().collect()
    }

    /// One clock set or stopped by a record that has taken effect already.
    pub(super) fn apply_clock(&mut self, set: ClockSet) {
        self.set_clocks(&[set]);
    }

    fn set_clocks(&mut self, sets: &[ClockSet]) {
        for set in sets {
            match (self.clocks.binary_search_by_key(&set.clock, |it| it.clock), set.at) {
                (Ok(at), Some(until)) => self.clocks[at].at = until,
                (Ok(at), None) => {
                    self.clocks.remove(at);
                }
                (Err(at), Some(until)) => self.clocks.insert(
                    at,
                    Deadline {
                        clock: set.clock,
                        at: until,
                    },
                ),
                (Err(_), None) => {}
            }
        }
    }

    fn with_offer(&mut self, id: OfferId, change: impl FnOnce(&mut Offer)) {
        if let Some(it) = self.offers.iter_mut().find(|it| it.id == id) {
            change(it);
        }
    }

    fn with_assignment(&mut self, responder: ResponderId, change: impl FnOnce(&mut Assignment)) {
        if let Some(it) = self.assignments.iter_mut().find(|it| it.responder == responder) {
            change(it);
        }
    }

    fn put_assignment(&mut self, new: Assignment) {
        match self.assignments.iter_mut().find(|it| it.responder == new.responder) {
            // Said yes before and sent by the desk now: nobody goes back to where they started.
            Some(it) if it.is_active() => {
                *it = Assignment {
                    offer: new.offer.or(it.offer),
                    stage: it.stage,
                    eta_at: new.eta_at.or(it.eta_at),
                    key_holder: it.key_holder || new.key_holder,
                    skilled: it.skilled || new.skilled,
                    at: it.at,
                    ..new
                }
            }
            Some(it) => *it = new,
            None => self.assignments.push(new),
        }
    }
}

fn eta(from: Timestamp, seconds: Option<u32>) -> Option<Timestamp> {
    seconds.map(|it| seconds_after(from, it))
}
