//! Who is to be told of what has happened: roles and ids, never texts, names or numbers.
//!
//! Start at [`notices`]. What a record asks for depends on that record and on the case around it, never on which records were
//! committed together; so a step that is worked out twice gives the same key twice and is sent once.
//!
//! Holds always:
//! - a drill tells no family, no station and no other body;
//! - a suspected death tells nobody of the family by itself: the duty leader phones;
//! - who was told that it began is told how it ended, once; where the plan tells the family nothing of the beginning, nothing is told of
//!   what turned out to be nothing before anybody went.

use serde::{Deserialize, Serialize};

use super::plan::StepKind;
use super::record::{Event, Record, Ring, SeekWhy};
use super::state::{Case, OfferState, Place};
use super::words::{Agency, FamilyWord, Lane, Outcome, Severity, State, Subject};
use crate::ids::{ContactId, ElderId, ResponderId};
use crate::people::StationKind;
use crate::people::words::words;

words! {
    /// What somebody is told.
    NoticeKind ("kind of notice") {
        /// Will you go?
        Offer = "offer",
        /// Somebody else goes, or it is over.
        OfferEnded = "offer_ended",
        /// Your yes has been heard; it is compared with others.
        Provisional = "provisional",
        /// You lead.
        Lead = "lead",
        /// You stand by.
        Backup = "backup",
        /// You are not needed any more.
        StandDown = "stand_down",
        /// Where are you?
        CallLate = "call_late",
        /// Somebody else leads now; what you could see is gone.
        LeadRevoked = "lead_revoked",
        /// The street's desk is rung.
        RingDesk = "ring_desk",
        /// The duty leader is phoned, outside this service.
        RingDutyLeader = "ring_duty_leader",
        /// The neighbouring seat is rung.
        RingNextSeat = "ring_next_seat",
        /// Called beside the others, from the beginning: nobody has accepted or taken it yet.
        CallLeg = "call_leg",
        /// Call 120.
        Prompt120 = "prompt_120",
        /// Call 119.
        Prompt119 = "prompt_119",
        /// Call 110: nobody opens.
        Prompt110 = "prompt_110",
        /// Who has a key of the home?
        KeyHolders = "key_holders",
        /// Do you know of it? The contacts one after the other, until one does.
        FamilyAsk = "family_ask",
        /// It has begun, or begun again.
        FamilyOpened = "family_opened",
        /// It has become as serious as can be: for those of whom nobody knows whether they know of it.
        FamilyRaised = "family_raised",
        /// Afterwards: what was opened of the file in the emergency.
        FileOpened = "file_opened",
        /// Somebody is coming.
        FamilyAccepted = "family_accepted",
        /// Somebody is at the door.
        FamilyArrived = "family_arrived",
        /// It is over.
        FamilyClosed = "family_closed",
        /// Nothing was wrong.
        FamilyFalseAlarm = "family_false_alarm",
        /// The family asks how it is getting on (催办).
        FamilyUrges = "family_urges",
        /// Help is wanted beside those who are asked by name.
        Support = "support",
        /// Another body is asked to take part.
        Referral = "referral",
        /// You are with them: there is another alert.
        CallInside = "call_inside",
        /// A follow-up or a welfare review had no result in its time.
        FollowUpLate = "follow_up_late",
        /// Another body is told of a case.
        PartnerAlert = "partner_alert",
        /// More of it, or its end.
        PartnerUpdate = "partner_update",
        /// It was nothing.
        PartnerCancel = "partner_cancel",
        /// Somebody of the staff tries the ways by which they are told: of no case.
        ChannelTest = "channel_test",
        /// The sheet of a month, for whoever of the family wants it: of no case.
        FamilySheet = "family_sheet",
    }
}

impl NoticeKind {
    /// Told to another body's system, in its own language and to no person.
    pub const fn is_for_partners(self) -> bool {
        matches!(self, Self::PartnerAlert | Self::PartnerUpdate | Self::PartnerCancel)
    }
}

/// Who is told. Contacts, channels and the order of calls are looked up where it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Target {
    /// One responder.
    Responder(ResponderId),
    /// The contacts of the subject, each at the level that the elder chose.
    Family,
    /// One of them.
    Contact(ContactId),
    /// Whoever answers for an elder's own affairs: the guardians, and where there is none the elder.
    Principal(ElderId),
    /// The street's desk.
    Desk,
    /// The duty leader.
    DutyLeader,
    /// The neighbouring seat and the district.
    NextSeat,
    /// The civil-affairs office.
    CivilAffairs,
    /// The stations of a kind near the place.
    Station(StationKind),
    /// Another body.
    Agency(Agency),
}

/// One thing that one party is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What.
    pub kind: NoticeKind,
    /// Whom.
    pub to: Target,
    /// The same step of the same case has the same key, however often it is worked out; with the target it is unique.
    pub step: String,
    /// The record that asks for it, counted from 1: the version of the case right after it.
    pub record: u32,
}

/// Who is to be told by `records`, which led from `before` (none: the case begins with them) to `after`.
pub fn notices(before: Option<&Case>, after: &Case, records: &[Record]) -> Vec<Notice> {
    let mut found = Vec::new();
    let mut case = before.cloned();
    for record in records {
        let seen = case.clone();
        match &mut case {
            Some(case) => case.evolve(record),
            None => case = Case::begin(record),
        }
        let Some(now) = &case else {
            return found; // no log begins like this; nobody can be told of a case that is not there
        };
        let mut of = Of {
            seen: seen.as_ref(),
            now,
            found: &mut found,
        };
        of.record(record);
    }
    debug_assert!(
        case.as_ref().is_none_or(|it| it == after),
        "these records lead elsewhere"
    );
    found
}

/// One record, with the case before and after it.
struct Of<'a> {
    seen: Option<&'a Case>,
    now: &'a Case,
    found: &'a mut Vec<Notice>,
}

impl Of<'_> {
    fn record(&mut self, record: &Record) {
        use NoticeKind as N;
        match &record.event {
            Event::Opened { inside, .. } => {
                for it in inside {
                    self.responder(N::CallInside, *it);
                }
                self.family_of_beginning();
            }
            Event::Reopened { .. } if self.seen.is_some_and(has_told) => self.family(N::FamilyOpened),
            Event::Reopened { .. } => self.family_of_beginning(),
            Event::Joined { .. } => self.graver(self.now.family_later),
            // A person has looked at it: that counts for more than what the plan says of signals.
            Event::SeverityChanged { .. } => self.graver(false),
            Event::PlanMerged { .. } => {
                if self.seen.is_some_and(|it| it.family_later && !has_told(it)) {
                    self.family_of_beginning();
                }
            }
            Event::Offered { offers, .. } => {
                for it in offers {
                    self.responder(N::Offer, it.candidate.responder);
                }
            }
            Event::Accepted { responder, backup, .. } => {
                self.responder(if *backup { N::Backup } else { N::Provisional }, *responder);
            }
            Event::Assigned { responder, backup, .. } => {
                if *backup {
                    self.responder(N::Backup, *responder);
                }
            }
            Event::LeadChosen { responder, .. } => self.lead_chosen(*responder),
            Event::LeadLost { responder, .. } => self.responder(N::LeadRevoked, *responder),
            Event::StoodDown { responders, .. } => {
                for it in responders {
                    self.responder(N::StandDown, *it);
                }
            }
            Event::Called { responder, .. } => self.responder(N::CallLate, *responder),
            Event::Arrived { .. } => {
                if self.now.state == State::OnScene && self.seen.is_some_and(|it| it.state != State::OnScene) {
                    self.family(N::FamilyArrived);
                }
            }
            Event::ArrivalUndone { .. } => {
                if self.now.state == State::Engaged {
                    self.family(N::FamilyAccepted); // they are not there yet after all
                }
            }
            Event::StepFired { step } => self.step_fired(*step),
            Event::Seeking { why, .. } => {
                if *why == SeekWhy::NoEntry {
                    self.tell(N::Prompt110, Target::Desk);
                    self.family(N::KeyHolders);
                }
            }
            Event::NoEntry { .. } => {
                if self.now.fired.contains(&StepKind::Prompt119) {
                    self.tell(N::Prompt119, Target::Desk); // prompted for another reason before; now for the door
                }
            }
            Event::SupportAsked { .. } => self.tell(N::Support, Target::Desk),
            Event::Rang { whom, .. } => match whom {
                // Requests, technical signals and paperwork stand in their lists and make no sound.
                Ring::Desk if self.now.tone => self.tell(N::RingDesk, Target::Desk),
                Ring::Desk => {}
                Ring::DutyLeader => self.tell(N::RingDutyLeader, Target::DutyLeader),
                Ring::NextSeat => self.tell(N::RingNextSeat, Target::NextSeat),
            },
            Event::Referred { to, .. } => {
                if !self.now.drill {
                    self.tell(N::Referral, Target::Agency(*to));
                }
            }
            Event::FamilySaid {
                said: FamilyWord::Urge, ..
            } => self.tell(N::FamilyUrges, Target::Desk),
            Event::FamilyAsked { contact, .. } => self.tell(N::FamilyAsk, Target::Contact(*contact)),
            Event::Resolved { outcome, .. } => self.resolved(*outcome),
            Event::Closed { outcome, .. } => {
                let resolved_as = self.seen.and_then(|it| it.outcome);
                let told = resolved_as.is_some_and(is_well) && is_well(*outcome);
                let unheard = is_well(*outcome) && self.seen.is_some_and(|it| !has_told(it));
                if !told && !unheard && resolved_as != Some(Outcome::SuspectedDeath) {
                    self.family(if is_well(*outcome) {
                        N::FamilyFalseAlarm
                    } else {
                        N::FamilyClosed
                    });
                }
                let marks = self.seen.map(|it| it.file.as_slice()).unwrap_or_default();
                for elder in super::file::owed(marks, *outcome) {
                    self.tell(N::FileOpened, Target::Principal(elder));
                }
            }
            Event::TierRaised { .. }
            | Event::NobodyFound { .. }
            | Event::Received { .. }
            | Event::Silent { .. }
            | Event::Declined { .. }
            | Event::NoLead { .. }
            | Event::Departed { .. }
            | Event::Progressed { .. }
            | Event::EtaBeyond { .. }
            | Event::DoorLate
            | Event::ContactMade { .. }
            | Event::CheckedIn { .. }
            | Event::DoneThere { .. }
            | Event::Taken
            | Event::TakeKept
            | Event::TakeLapsed
            | Event::Untouched
            | Event::VoiceResult { .. }
            | Event::Noted { .. }
            | Event::Photographed { .. }
            | Event::ReferralAcknowledged { .. }
            | Event::ReferralLate { .. }
            | Event::ReferralHanded { .. }
            | Event::ReferralAnswered { .. }
            | Event::ReferralWaived { .. }
            | Event::EntryStep { .. }
            | Event::FollowedUp { .. }
            | Event::HelpRated { .. }
            | Event::ReviewAwaited
            | Event::Warned { .. }
            | Event::Recovered { .. }
            | Event::FamilySaid { .. }
            | Event::FamilyCannot { .. }
            | Event::FamilyUnconfirmed { .. }
            | Event::FileOpened { .. }
            | Event::ServiceWished { .. }
            | Event::StationAsked { .. }
            | Event::NoStation { .. }
            | Event::StationSaid { .. }
            | Event::StationSilent { .. }
            | Event::TimeAgreed { .. }
            | Event::ServiceOverdue
            | Event::ServiceDone { .. }
            | Event::ServiceCancelled { .. }
            | Event::ServiceRated { .. }
            | Event::TurnedToHelp { .. }
            | Event::NotTold { .. }
            | Event::QuotaRefused { .. }
            | Event::Withdrawn { .. } => {}
        }
    }

    /// Everybody whose place has changed, and everybody whose offer has ended.
    fn lead_chosen(&mut self, lead: ResponderId) {
        let Some(seen) = self.seen else { return };
        let now = self.now;
        for it in &now.assignments {
            let was = seen.assignment(it.responder).map(|it| it.place);
            if was == Some(it.place) {
                continue;
            }
            match it.place {
                Place::Lead => self.responder(NoticeKind::Lead, it.responder),
                Place::Backup => self.responder(NoticeKind::Backup, it.responder),
                Place::StoodDown => self.responder(NoticeKind::StandDown, it.responder),
                Place::Provisional | Place::Lost => {}
            }
        }
        self.offers_ended();
        // Who is at the door already was told as an arrival.
        let there = now
            .assignment(lead)
            .is_some_and(|it| it.stage >= super::state::Stage::Arrived);
        if !there {
            self.family(NoticeKind::FamilyAccepted);
        }
    }

    fn offers_ended(&mut self) {
        let Some(seen) = self.seen else { return };
        let open = seen.offers.iter().filter(|it| it.state == OfferState::Open);
        for it in open {
            if self.now.offer(it.id).is_some_and(|it| it.state == OfferState::Ended) {
                self.responder(NoticeKind::OfferEnded, it.candidate.responder);
            }
        }
    }

    fn step_fired(&mut self, step: StepKind) {
        if self.seen.is_some_and(|it| it.fired.contains(&step)) {
            return;
        }
        match step {
            StepKind::Prompt120 => self.tell(NoticeKind::Prompt120, Target::Desk),
            StepKind::Prompt119 => self.tell(NoticeKind::Prompt119, Target::Desk),
            StepKind::FirePost => self.station(StationKind::FirePost),
            StepKind::Medical => self.station(StationKind::HealthStation),
            StepKind::PoliceGrid => self.station(StationKind::PolicePost),
            StepKind::Street if self.now.kind.is_aftercare() => self.tell(NoticeKind::FollowUpLate, Target::Desk),
            StepKind::DutyLeader => self.leg(Target::DutyLeader),
            StepKind::CivilAffairs => self.leg(Target::CivilAffairs),
            // The desk has its own ring; the tiers are asked by name.
            StepKind::Desk | StepKind::Home | StepKind::Grid | StepKind::Street | StepKind::Family => {}
        }
    }

    fn resolved(&mut self, outcome: Outcome) {
        self.offers_ended();
        let told = self.seen.and_then(|it| it.outcome);
        if outcome == Outcome::SuspectedDeath {
            self.tell(NoticeKind::RingDutyLeader, Target::DutyLeader);
        } else if is_well(outcome) && !told.is_some_and(is_well) && self.seen.is_some_and(has_told) {
            self.family(NoticeKind::FamilyFalseAlarm);
        }
    }

    /// One of several who are called together; where somebody comes already it is not begun.
    fn leg(&mut self, to: Target) {
        if !self.now.drill && self.now.is_unanswered() {
            self.tell(NoticeKind::CallLeg, to);
        }
    }

    fn station(&mut self, kind: StationKind) {
        if !self.now.drill {
            self.tell(NoticeKind::Support, Target::Station(kind));
        }
    }

    fn responder(&mut self, kind: NoticeKind, responder: ResponderId) {
        self.tell(kind, Target::Responder(responder));
    }

    /// It has become serious, or as serious as can be. `later`: what is still not to be told of the beginning.
    fn graver(&mut self, later: bool) {
        let Some(seen) = self.seen else { return };
        let raised = seen.severity < Severity::Critical && self.now.severity == Severity::Critical;
        let begins = !family_hears(seen) || (raised && !has_told(seen));
        if later && (begins || !has_told(seen)) {
            return;
        }
        if begins {
            self.family(NoticeKind::FamilyOpened);
        } else if raised {
            self.family(NoticeKind::FamilyRaised); // a matter for a call, to whoever may not know yet
        }
    }

    fn family_of_beginning(&mut self) {
        if !self.now.family_later {
            self.family(NoticeKind::FamilyOpened);
        }
    }

    fn family(&mut self, kind: NoticeKind) {
        if family_hears(self.now) {
            self.tell(kind, Target::Family);
        }
    }

    fn tell(&mut self, kind: NoticeKind, to: Target) {
        let record = self.now.version;
        self.found.push(Notice {
            kind,
            to,
            step: format!("{record}:{kind}"),
            record,
        });
    }
}

/// Nothing was wrong: said when it is resolved, and not again when it is closed.
const fn is_well(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::FalseAlarm | Outcome::FineByVoice)
}

/// Whether the family may have heard of it: of the beginning by the plan, by a question, of whoever has gone, or of an end that was none.
fn has_told(case: &Case) -> bool {
    let led = |place| matches!(place, Place::Lead | Place::Lost | Place::StoodDown);
    !case.family_later
        || case.family_ask.is_some()
        || case.assignments.iter().any(|it| led(it.place))
        || case.outcome.is_some_and(|it| !is_well(it))
}

/// Families hear of calls for help about their own elder or home that are or were urgent or critical.
pub fn family_hears(case: &Case) -> bool {
    let theirs = match case.subject {
        Subject::Elder(_) | Subject::Household(_) => true,
        Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => false,
    };
    let serious = case.severity >= Severity::Urgent || case.kinds.iter().any(|it| it.severity() >= Severity::Urgent);
    let frozen = case.outcome == Some(Outcome::SuspectedDeath);
    theirs && serious && !frozen && !case.drill && case.lane == Lane::Help
}
