//! Hand-over and close: nothing closes without an outcome, a proof where one is needed, and acknowledged hand-overs.

use jiff::Timestamp;

use super::command::Proof;
use super::decide::{Draft, Refusal, whole_micros};
use super::plan::StepKind;
use super::record::{ClockSet, Event, SeekWhy, StandDownWhy};
use super::state::{Assignment, Clock, ClockKind, ClockOf, Stage};
use super::words::{Agency, Author, FalseReason, Lane, Outcome, Severity, State, Voice};
use crate::ids::{NoteId, ReferralId, ResponderId};

/// The longest that a case may wait for its review, seconds.
const REVIEW_MAX_S: u32 = 24 * 3_600;

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
        self.end(outcome, None, StandDownWhy::Over);
        Ok(())
    }

    /// The second of two taps: the first was the voice result. With proof it closes as well.
    pub(super) fn false_alarm(&mut self, reason: FalseReason) -> Result<(), Refusal> {
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
        if self.case.referral_open() {
            return Ok(()); // resolved; closing waits for the acknowledgement
        }
        self.shut(Outcome::FalseAlarm, proof.unwrap_or(Proof::None));
        Ok(())
    }

    /// The proof that the case itself holds.
    fn standing_proof(&self) -> Option<Proof> {
        if self.case.contact {
            Some(Proof::OnScene)
        } else if self.case.voice.is_some_and(Voice::is_contact) {
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
        if self.case.referral_open() {
            return Err(Refusal::ReferralOpen);
        }
        let holds = match proof {
            Proof::VoiceContact => self.case.voice.is_some_and(Voice::is_contact),
            Proof::OnScene => self.case.contact,
            // Two persons: who looks is not who closes, and no machine closes on one person's word.
            Proof::SecondLook { by } => self.by_a_person() && Author::User(by) != self.by,
            Proof::None => !self.case.needs_proof(),
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
        self.put(Event::Closed { outcome, proof }, clocks);
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
        if !self.case.fired.contains(&StepKind::Street) {
            self.fire_step(StepKind::Street);
        } else {
            self.ring_desk();
            self.seek(self.asked_steps(), self.ask_count(), SeekWhy::Reopened);
        }
        Ok(())
    }

    pub(super) fn refer(&mut self, referral: ReferralId, to: Agency) -> Result<(), Refusal> {
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
        self.put(Event::Referred { referral, to }, clocks);
        Ok(())
    }

    pub(super) fn acknowledge(&mut self, referral: ReferralId) -> Result<(), Refusal> {
        let found = self
            .case
            .referrals
            .iter()
            .find(|it| it.id == referral)
            .ok_or(Refusal::NoSuchReferral)?;
        if found.acknowledged_at.is_some() || !self.case.state.is_open() {
            return Ok(());
        }
        let clock = Clock {
            kind: ClockKind::Referral,
            of: ClockOf::Referral(referral),
        };
        self.put(
            Event::ReferralAcknowledged { referral },
            vec![ClockSet::stop(clock), self.look_later()],
        );
        Ok(())
    }
}
