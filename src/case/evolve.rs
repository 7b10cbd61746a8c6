//! How a record changes the case: the only way in which one of its fields changes.
//!
//! Start at [`Case::evolve`]. A record carries the clocks that it sets and stops, so no plan is needed to rebuild a case.

use jiff::Timestamp;
use uuid::Uuid;

use super::decide::seconds_after;
use super::record::{ClockSet, Event, NewOffer, Record, Ring, SeekWhy};
use super::state::{
    Answered, Assignment, Case, Clock, ClockKind, Deadline, FamilyMark, Offer, OfferState, Place, Referral, Seek, Stage,
};
use super::words::{Aftercare, Author, PhotoConsent, Severity, State};
use crate::ids::{OfferId, ResponderId};
use crate::people::Tier;

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
            part,
            tier,
            plan,
            voice_path,
            late,
            linked,
            inside,
            drill,
            family_later,
        } = &record.event
        else {
            return None;
        };
        let mut new = Case {
            id: *case,
            subject: *subject,
            lane: *lane,
            part: *part,
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
            by_key: false,
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
            entry: None,
            set_aside: Vec::new(),
            support_at: None,
            recent: alert.iter().map(|it| it.as_uuid()).collect(),
            alerts: u32::from(alert.is_some()),
            kinds: vec![*kind],
            late: *late,
            withdrawn: false,
            recovered: false,
            family: Vec::new(),
            family_later: *family_later,
            family_ask: None,
            file: Vec::new(),
            photos: Vec::new(),
            linked: *linked,
            inside: inside.clone(),
            follow_up: None,
            tries: 0,
            tried_at: None,
            found: None,
            satisfaction: None,
            service: None,
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
                self.recovered = false;
                self.hear(alert.as_uuid());
                if !self.kinds.contains(kind) {
                    self.kinds.push(*kind);
                }
                if *severity > self.severity {
                    self.severity = *severity;
                    self.kind = *kind;
                }
            }
            Event::PlanMerged { plan, family_later } => {
                self.plan = *plan;
                self.family_later = *family_later;
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
            Event::Photographed { photo, consent, .. } => {
                self.photos.push(*photo);
                if *consent == PhotoConsent::ForcedEntry {
                    self.entry.get_or_insert_default().photographed();
                }
                self.evolve_file(record);
            }
            Event::EntryStep { entry } => self.entry.get_or_insert_default().take(entry, record.at),
            Event::FileOpened { .. } => self.evolve_file(record),
            Event::DoneThere { responder } => self.with_assignment(*responder, |it| it.stage = Stage::Done),
            Event::Taken => {
                self.tone = false;
                self.untouched = false;
                if let Author::User(user) = record.by {
                    self.taken_by = Some(user);
                }
            }
            Event::TakeKept => {}
            Event::TakeLapsed => self.taken_by = None,
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
                self.by_key = matches!(record.by, Author::Call(_));
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
            Event::Referred { referral, to, reason } => {
                let new = Referral {
                    id: *referral,
                    to: *to,
                    at: record.at,
                    acknowledged_at: None,
                    waived_at: None,
                    handed: Vec::new(),
                    reason: *reason,
                    answers: Vec::new(),
                };
                self.referrals.push(new);
            }
            Event::ReferralAcknowledged { referral, .. } => {
                if let Some(it) = self.referrals.iter_mut().find(|it| it.id == *referral) {
                    it.acknowledged_at = Some(record.at);
                }
                self.tone &= self.state != State::Resolved || self.referral_open();
            }
            Event::ReferralAnswered { referral, answer, note } => {
                if let Some(it) = self.referrals.iter_mut().find(|it| it.id == *referral) {
                    it.acknowledged_at.get_or_insert(record.at);
                    it.answers.push(Answered {
                        answer: *answer,
                        note: *note,
                        at: record.at,
                    });
                }
                self.tone &= self.state != State::Resolved || self.referral_open();
            }
            Event::ReferralWaived { referral, .. } => {
                if let Some(it) = self.referrals.iter_mut().find(|it| it.id == *referral) {
                    it.waived_at = Some(record.at);
                }
                self.tone &= self.state != State::Resolved || self.referral_open();
            }
            Event::ReferralHanded { referral, way } => {
                if let Some(it) = self.referrals.iter_mut().find(|it| it.id == *referral) {
                    it.handed.push(*way);
                }
            }
            Event::ReferralLate { .. } | Event::NotTold { .. } | Event::QuotaRefused { .. } => {}
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
                self.evolve_file(record);
                self.tone = false;
                // Who led or stood by is free again from here on.
                for it in &mut self.assignments {
                    if it.is_active() {
                        it.stage = Stage::Done;
                        it.place = Place::StoodDown;
                    }
                }
            }
            Event::HelpRated { satisfaction, said_by } => self.satisfaction = Some((*satisfaction, *said_by)),
            Event::FollowedUp { result, .. } => match result {
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
                self.by_key = false;
                self.contact = false;
                self.no_entry = false;
                self.taken_by = None;
                self.recovered = false;
                self.family.clear();
                self.family_ask = None;
                // Everybody may be asked again, whatever they said the first time.
                for it in &mut self.assignments {
                    it.place = Place::StoodDown;
                }
                for it in &mut self.offers {
                    it.state = OfferState::Ended;
                }
                self.evolve_service(&record.event);
            }
            Event::Withdrawn { alert } => {
                self.withdrawn = true;
                self.hear(alert.as_uuid());
            }
            Event::Warned { message, severity } => {
                self.severity = self.severity.max(*severity);
                // What was over has come back.
                self.recovered = false;
                self.hear(*message);
            }
            Event::Recovered { .. } => self.recovered = true,
            Event::ServiceWished { .. }
            | Event::StationAsked { .. }
            | Event::NoStation { .. }
            | Event::StationSaid { .. }
            | Event::StationSilent { .. }
            | Event::TimeAgreed { .. }
            | Event::ServiceOverdue
            | Event::ServiceDone { .. }
            | Event::ServiceCancelled { .. }
            | Event::ServiceRated { .. }
            | Event::TurnedToHelp { .. } => self.evolve_service(&record.event),
            Event::FamilySaid { contact, said } => {
                self.family.push(FamilyMark {
                    contact: *contact,
                    said: *said,
                    at: record.at,
                });
                self.evolve_family(record);
            }
            Event::FamilyAsked { .. } | Event::FamilyCannot { .. } | Event::FamilyUnconfirmed { .. } => {
                self.evolve_family(record);
            }
        }
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
