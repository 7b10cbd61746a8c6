//! Hand-over and close: nothing closes without an outcome, a proof where one is needed, and acknowledged hand-overs.

use jiff::{SignedDuration, Timestamp};

use super::command::Proof;
use super::decide::{Draft, Refusal};
use super::plan::StepKind;
use super::record::{ClockSet, Event, SeekWhy, StandDownWhy};
use super::state::{Clock, ClockKind, ClockOf};
use super::words::{Agency, Author, FalseReason, Lane, Outcome, State, Voice};
use crate::ids::{NoteId, ReferralId, ResponderId};

/// The longest that a case may wait for its review.
const REVIEW_MAX: SignedDuration = SignedDuration::from_hours(24);

impl Draft<'_> {
    /// "Fine" stands everybody down; whoever is with the elder already stays until they say so.
    pub(super) fn all_is_fine(&mut self) {
        if self.case.somebody_there() {
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
        self.want_open()?;
        self.end(outcome, None, StandDownWhy::Over);
        Ok(())
    }

    /// The second of two taps: the first was the voice result. With proof it closes as well.
    pub(super) fn false_alarm(&mut self, reason: FalseReason) -> Result<(), Refusal> {
        if !self.case.state.is_open() {
            return Err(Refusal::Over);
        }
        let proof = self.standing_proof();
        if self.case.needs_proof() && proof.is_none() {
            return Err(Refusal::ProofMissing);
        }
        self.end(Outcome::FalseAlarm, Some(reason), StandDownWhy::Over);
        if self.referral_open() {
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
        if self.referral_open() {
            return Err(Refusal::ReferralOpen);
        }
        let holds = match proof {
            Proof::VoiceContact => self.case.voice.is_some_and(Voice::is_contact),
            Proof::OnScene => self.case.contact,
            Proof::SecondLook { by } => Author::User(by) != self.by,
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

    fn referral_open(&self) -> bool {
        self.case.referrals.iter().any(|it| it.acknowledged_at.is_none())
    }

    /// A sensor's case may wait, resolved, for the morning.
    pub(super) fn await_review(&mut self, until: Timestamp) -> Result<(), Refusal> {
        if !self.case.state.is_open() {
            return Err(Refusal::Over);
        }
        if !self.case.kinds.iter().all(|it| it.may_wait_for_review()) || self.case.lane != Lane::Help {
            return Err(Refusal::NoReview);
        }
        if self.case.state != State::Resolved {
            self.end(Outcome::FalseAlarm, None, StandDownWhy::Over);
        }
        let until = until.clamp(self.after(self.plan.limits.look_s), self.now + REVIEW_MAX);
        self.put(
            Event::ReviewAwaited,
            vec![ClockSet::until(Clock::case(ClockKind::Look), until)],
        );
        Ok(())
    }

    pub(super) fn reopen(&mut self, reason: NoteId) -> Result<(), Refusal> {
        if !matches!(self.case.state, State::Resolved | State::Closed) {
            return Err(Refusal::NotNow);
        }
        let limits = self.plan.limits;
        let clocks = vec![
            self.look_later(),
            self.until(ClockKind::Ring, limits.ring_s),
            self.until(ClockKind::Untouched, limits.untouched_s),
        ];
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
