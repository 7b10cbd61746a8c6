//! Hand-over and close: nothing closes without an outcome, a proof where one is needed, and acknowledged hand-overs.

use jiff::Timestamp;

use super::command::{Opening, Proof};
use super::decide::{Draft, Refusal, whole_micros};
use super::plan::StepKind;
use super::record::{ClockSet, Event, SeekWhy, StandDownWhy};
use super::service::Service;
use super::state::{ANSWERS_MAX, Assignment, Clock, ClockKind, ClockOf, Referral, Stage};
use super::words::{
    Aftercare, Agency, AskedBy, AskedWhom, Author, FalseReason, Kind, Lane, Outcome, ReferralAnswer, Satisfaction,
    Severity, SheetWay, State, Subject,
};
use crate::ids::{CaseId, NoteId, ReferralId, ResponderId};
use crate::people::Tier;

/// The longest that a case may wait for its review, seconds.
const REVIEW_MAX_S: u32 = 24 * 3_600;

/// A follow-up that has reached nobody so often is done.
pub const TRIES_MAX: u8 = 3;

/// A try within this of the one before is the same try, seconds: three taps in a row are no three tries.
const TRY_EVERY_S: i64 = 15 * 60;

impl Draft<'_> {
    /// "Fine" stands everybody down; whoever is with the elder already stays until they say so.
    pub(super) fn all_is_fine(&mut self) {
        let with_them = |it: &Assignment| it.is_active() && matches!(it.stage, Stage::Arrived | Stage::Inside);
        if self.case.assignments.iter().any(with_them) {
            self.stand_down_others(StandDownWhy::Fine);
        } else {
            self.end(Outcome::FineByVoice, None, StandDownWhy::Fine);
        }
    }

    /// The situation is over: everybody is stood down, every clock but the look and open hand-overs stops.
    fn end(&mut self, outcome: Outcome, reason: Option<FalseReason>, why: StandDownWhy) {
        let active: Vec<ResponderId> = self
            .case
            .assignments
            .iter()
            .filter(|it| it.is_active())
            .map(|it| it.responder)
            .collect();
        let mut clocks: Vec<ClockSet> = self
            .case
            .clocks
            .iter()
            .filter(|it| it.clock.kind != ClockKind::Referral)
            .map(|it| ClockSet::stop(it.clock))
            .collect();
        clocks.push(self.look_later());
        self.put(Event::Resolved { outcome, reason }, clocks);
        if !active.is_empty() {
            self.put(
                Event::StoodDown {
                    responders: active,
                    why,
                },
                vec![],
            );
        }
    }

    pub(super) fn resolve(&mut self, outcome: Outcome) -> Result<(), Refusal> {
        if self.case.state == State::Resolved && self.case.outcome == Some(outcome) {
            return Ok(()); // said twice
        }
        self.want_open()?;
        self.want_fitting(outcome)?;
        self.end(outcome, None, StandDownWhy::Over);
        Ok(())
    }

    /// The second of two taps: the first was the voice result. With proof it closes as well.
    pub(super) fn false_alarm(&mut self, reason: FalseReason) -> Result<(), Refusal> {
        self.want_fitting(Outcome::FalseAlarm)?;
        let said = self.case.outcome == Some(Outcome::FalseAlarm) && self.case.false_reason == Some(reason);
        if !self.case.state.is_open() {
            return if said { Ok(()) } else { Err(Refusal::Over) };
        }
        let proof = self.standing_proof();
        if self.case.needs_proof() && proof.is_none() {
            return Err(Refusal::ProofMissing);
        }
        if !said {
            self.end(Outcome::FalseAlarm, Some(reason), StandDownWhy::Over);
        }
        if self.case.referral_open() || self.case.entry_open() {
            return Ok(()); // resolved; closing waits for the acknowledgement, or for the door
        }
        self.shut(Outcome::FalseAlarm, proof.unwrap_or(Proof::None));
        Ok(())
    }

    /// The proof that the case itself holds.
    fn standing_proof(&self) -> Option<Proof> {
        if self.case.contact {
            Some(Proof::OnScene)
        } else if self.case.was_heard() {
            Some(Proof::VoiceContact)
        } else {
            None
        }
    }

    pub(super) fn close(&mut self, outcome: Option<Outcome>, proof: Proof) -> Result<(), Refusal> {
        if self.case.state == State::Closed {
            return Ok(());
        }
        let outcome = outcome.or(self.case.outcome).ok_or(Refusal::OutcomeMissing)?;
        self.want_fitting(outcome)?;
        // An exercise that everybody has left ends as it stands: there is nobody whom to prove anything about.
        let abandoned = self.case.drill && self.by == Author::System;
        if self.case.referral_open() && !abandoned {
            return Err(Refusal::ReferralOpen);
        }
        if self.case.entry_open() && !abandoned {
            return Err(Refusal::EntryOpen);
        }
        let holds = match proof {
            Proof::VoiceContact => self.case.was_heard(),
            Proof::OnScene => self.case.contact,
            // Two persons: who looks is not who closes, and no machine closes on one person's word.
            Proof::SecondLook { by } => self.by_a_person() && Author::User(by) != self.by,
            Proof::None => !self.case.needs_proof() || abandoned,
        };
        if !holds {
            return Err(Refusal::ProofMissing);
        }
        if self.case.state != State::Resolved {
            self.end(outcome, None, StandDownWhy::Over);
        }
        self.shut(outcome, proof);
        Ok(())
    }

    fn shut(&mut self, outcome: Outcome, proof: Proof) {
        let clocks = self.case.clocks.iter().map(|it| ClockSet::stop(it.clock)).collect();
        let follow_up = self.follow_up_of(outcome);
        self.put(
            Event::Closed {
                outcome,
                proof,
                follow_up,
            },
            clocks,
        );
    }

    /// A real call for help opens a follow-up with its closing, once: what was opened again and closed again opens no other.
    fn follow_up_of(&self, outcome: Outcome) -> Option<CaseId> {
        let case = &self.case;
        let somebody = match case.subject {
            Subject::Elder(_) | Subject::Household(_) => true,
            Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => false,
        };
        let real = case.lane == Lane::Help && !case.drill && somebody && outcome.is_real();
        (real && case.follow_up.is_none()).then(|| Opening::aftercare(Kind::FollowUp, case.subject, case.id).case)
    }

    /// A follow-up or a welfare review ends with a result, a follow-up also with three tries, each also with a death; the
    /// other cases end with their own outcomes.
    fn want_fitting(&self, outcome: Outcome) -> Result<(), Refusal> {
        let case = &self.case;
        let fits = match outcome {
            Outcome::FollowedUp => case.found.is_some(),
            Outcome::NotReached => case.kind == Kind::FollowUp && case.tries >= TRIES_MAX,
            Outcome::SuspectedDeath => true,
            Outcome::WarningOver => case.kind == Kind::AreaAlert,
            Outcome::ServiceCancelled => case.service.as_ref().is_some_and(Service::is_cancelled),
            Outcome::Helped
            | Outcome::HandedOver
            | Outcome::FalseAlarm
            | Outcome::FineByVoice
            | Outcome::DeviceFault
            | Outcome::ServiceDone => !case.kind.is_aftercare(),
        };
        if fits { Ok(()) } else { Err(Refusal::WrongOutcome) }
    }

    /// What a follow-up or a welfare review has found. A result ends it. Three tries end a follow-up; a welfare review that
    /// reaches nobody does not end: somebody is sent to the door.
    pub(super) fn follow_up(&mut self, result: Aftercare, how: Option<AskedBy>) -> Result<(), Refusal> {
        if !self.case.kind.is_aftercare() {
            return Err(Refusal::NotNow);
        }
        if self.case.found == Some(result) {
            return Ok(()); // said twice
        }
        self.want_open()?;
        if result != Aftercare::NotReached {
            self.put(Event::FollowedUp { result, how }, vec![]);
            self.finish_with(Outcome::FollowedUp);
            return Ok(());
        }
        let since = |at: Timestamp| self.now.duration_since(at).as_secs();
        if self.case.tried_at.is_some_and(|at| since(at) < TRY_EVERY_S) {
            return Ok(()); // the same try
        }
        self.put(Event::FollowedUp { result, how }, vec![]);
        if self.case.tries >= TRIES_MAX {
            match self.case.kind {
                Kind::FollowUp => self.finish_with(Outcome::NotReached),
                _ => self.climb_to(Tier::Street),
            }
        }
        Ok(())
    }

    /// Said after the result, once: a word that is changed later is none of the month's that has been counted.
    pub(super) fn rate_help(&mut self, satisfaction: Satisfaction, said_by: AskedWhom) -> Result<(), Refusal> {
        let reached = matches!(
            self.case.found,
            Some(Aftercare::Well | Aftercare::NeedsService | Aftercare::NeedsHelp)
        );
        if self.case.kind != Kind::FollowUp || !reached || !self.by_a_person() {
            return Err(Refusal::NotNow);
        }
        match self.case.satisfaction {
            Some(said) if said == (satisfaction, said_by) => Ok(()), // said twice
            Some(_) => Err(Refusal::NotNow),
            None => {
                self.put(Event::HelpRated { satisfaction, said_by }, vec![]);
                Ok(())
            }
        }
    }

    pub(super) fn finish_with(&mut self, outcome: Outcome) {
        self.end(outcome, None, StandDownWhy::Over);
        if !self.case.referral_open() && !self.case.entry_open() {
            self.shut(outcome, Proof::None); // else closing waits for the acknowledgement, or for the door
        }
    }

    /// What was the matter with a device is over by itself. Said again, it does what could not be done the first time.
    pub(super) fn recovered(&mut self, within: Option<CaseId>) -> Result<(), Refusal> {
        let warning = self.case.kind == Kind::AreaAlert;
        if self.case.lane != Lane::Technical && !warning {
            return Err(Refusal::NotNow); // nobody's call for help is over because a device says so
        }
        if self.case.state == State::Closed {
            return Ok(());
        }
        if !self.case.recovered {
            self.put(Event::Recovered { within }, vec![]);
        }
        let in_hand = self.case.active().next().is_some() || self.case.holder().is_some();
        // Whoever was looked after because of something urgent is looked at once more by a person.
        let wants_a_look = warning && self.case.severity >= Severity::Urgent;
        if in_hand || wants_a_look || self.case.referral_open() || self.case.entry_open() {
            return Ok(()); // whoever is on it sees the mark, and closes
        }
        let over = if warning {
            Outcome::WarningOver
        } else {
            Outcome::DeviceFault
        };
        let outcome = self.case.outcome.unwrap_or(over);
        if self.case.state != State::Resolved {
            self.end(outcome, None, StandDownWhy::Over);
        }
        self.shut(outcome, Proof::None);
        Ok(())
    }

    /// A sensor's case may wait, resolved, for the morning. A critical one never waits.
    pub(super) fn await_review(&mut self, until: Timestamp) -> Result<(), Refusal> {
        match self.case.state {
            State::Closed => return Err(Refusal::Over),
            State::Ringing | State::Engaged | State::OnScene => return Err(Refusal::NotNow),
            State::Resolved => {}
        }
        let sensors_only = self.case.kinds.iter().all(|it| it.may_wait_for_review());
        if !sensors_only || self.case.lane != Lane::Help || self.case.severity == Severity::Critical {
            return Err(Refusal::NoReview);
        }
        let latest = self.after(REVIEW_MAX_S);
        let until = whole_micros(until).max(self.after(self.plan.limits.look_s)).min(latest);
        let look = Clock::case(ClockKind::Look);
        if self.case.clock(look) != Some(until) {
            self.put(Event::ReviewAwaited, vec![ClockSet::until(look, until)]);
        }
        Ok(())
    }

    pub(super) fn reopen(&mut self, reason: NoteId) -> Result<(), Refusal> {
        if !matches!(self.case.state, State::Resolved | State::Closed) {
            let said = self.case.heard(reason.as_uuid());
            return if said { Ok(()) } else { Err(Refusal::NotNow) };
        }
        let limits = self.plan.limits;
        let mut clocks = vec![self.look_later()];
        if self.case.severity >= Severity::Urgent {
            clocks.push(self.until(ClockKind::Ring, limits.ring_s));
            clocks.push(self.until(ClockKind::Door, limits.door_s));
        }
        if self.case.severity == Severity::Critical {
            clocks.push(self.until(ClockKind::Untouched, limits.untouched_s));
        }
        self.put(Event::Reopened { reason }, clocks);
        if self.case.service.is_some() {
            self.ring_desk(); // a station is asked anew
        } else if !self.case.fired.contains(&StepKind::Street) {
            self.fire_step(StepKind::Street);
        } else {
            self.ring_desk();
            self.seek(self.asked_steps(), self.ask_count(), SeekWhy::Reopened);
        }
        Ok(())
    }

    pub(super) fn refer(&mut self, referral: ReferralId, to: Agency, reason: Option<NoteId>) -> Result<(), Refusal> {
        if !self.case.state.is_open() {
            return Err(Refusal::Over);
        }
        if self.case.drill && matches!(to, Agency::Ambulance | Agency::Police | Agency::Fire) {
            return Err(Refusal::Drill);
        }
        if self.case.referrals.iter().any(|it| it.id == referral) {
            return Ok(());
        }
        let clock = Clock {
            kind: ClockKind::Referral,
            of: ClockOf::Referral(referral),
        };
        let clocks = vec![
            ClockSet::until(clock, self.after(self.plan.limits.referral_s)),
            self.look_later(),
        ];
        self.put(Event::Referred { referral, to, reason }, clocks);
        Ok(())
    }

    fn referral(&self, id: ReferralId) -> Result<&Referral, Refusal> {
        let found = self.case.referrals.iter().find(|it| it.id == id);
        found.ok_or(Refusal::NoSuchReferral)
    }

    fn stop_waiting(&self, referral: ReferralId) -> Vec<ClockSet> {
        let clock = Clock {
            kind: ClockKind::Referral,
            of: ClockOf::Referral(referral),
        };
        vec![ClockSet::stop(clock), self.look_later()]
    }

    /// Also after somebody has written why it was not waited for: what comes late is told.
    pub(super) fn acknowledge(&mut self, referral: ReferralId, note: Option<NoteId>) -> Result<(), Refusal> {
        if self.referral(referral)?.acknowledged_at.is_some() || !self.case.state.is_open() {
            return Ok(());
        }
        let clocks = self.stop_waiting(referral);
        self.put(Event::ReferralAcknowledged { referral, note }, clocks);
        Ok(())
    }

    /// What the other body answers, each answer once; the first of them is the acknowledgement. Beyond so many of one hand-over
    /// whoever answers has lost count, and the log is spared the rest.
    pub(super) fn answer(&mut self, referral: ReferralId, answer: ReferralAnswer, note: NoteId) -> Result<(), Refusal> {
        let known = self.referral(referral)?;
        let said = known.answers.iter().any(|it| it.note == note);
        if said || known.answers.len() >= ANSWERS_MAX || !self.case.state.is_open() {
            return Ok(());
        }
        let clocks = match known.acknowledged_at {
            Some(_) => vec![],
            None => self.stop_waiting(referral),
        };
        let answered = Event::ReferralAnswered { referral, answer, note };
        self.put(answered, clocks);
        Ok(())
    }

    /// No acknowledgement comes: the reason stands in its place.
    pub(super) fn waive(&mut self, referral: ReferralId, reason: NoteId) -> Result<(), Refusal> {
        if !self.referral(referral)?.waits() || !self.case.state.is_open() {
            return Ok(());
        }
        let clocks = self.stop_waiting(referral);
        self.put(Event::ReferralWaived { referral, reason }, clocks);
        Ok(())
    }

    /// That the sheet went over is no acknowledgement: no clock stops.
    pub(super) fn hand_over(&mut self, referral: ReferralId, way: SheetWay) -> Result<(), Refusal> {
        let said = self.referral(referral)?.handed.contains(&way);
        if !self.case.state.is_open() {
            return Err(Refusal::Over);
        }
        if !said {
            self.put(Event::ReferralHanded { referral, way }, vec![]);
        }
        Ok(())
    }
}
