//! The ladder: steps in time, what is due, and how an unanswered case climbs.

use std::sync::Arc;

use super::command::Alert;
use super::decide::{Draft, Refusal};
use super::plan::{Plan, StepKind};
use super::record::{ClockSet, Event, Late, Ring, SeekWhy};
use super::state::{Clock, ClockKind, ClockOf};
use super::words::{Severity, State, Voice};
use crate::ids::NoteId;
use crate::people::Tier;

/// More passes than clocks can exist in one case: a decision that needs more is a mistake of ours.
const PASSES_MAX: usize = 512;

impl Draft<'_> {
    /// Fires all that is due, in order. New limits count from now, so every pass ends.
    pub(super) fn run_due(&mut self) {
        for _ in 0..PASSES_MAX {
            let Some(next) = self.case.next_deadline().copied() else {
                return;
            };
            if next.at > self.now {
                return;
            }
            self.fire(next.clock);
        }
        debug_assert!(false, "a clock sets itself into the past");
    }

    fn fire(&mut self, clock: Clock) {
        let limits = self.plan.limits;
        let over = matches!(self.case.state, State::Resolved | State::Closed);
        match (clock.kind, clock.of) {
            (ClockKind::Step, ClockOf::Step(step)) => self.fire_step(step),
            (ClockKind::Window, _) => self.choose_lead(),
            (ClockKind::VoiceWiden, _) => {
                let stop = vec![ClockSet::stop(clock)];
                let (steps, want) = (self.asked_steps(), self.missing_for_wide());
                self.seek_with(steps, want, SeekWhy::NoVoice, stop);
            }
            (ClockKind::VoiceStreet, _) => {
                self.stop(clock);
                self.climb_to(Tier::Street);
                self.prompt(StepKind::Prompt120);
            }
            (ClockKind::Silence, ClockOf::Responder(responder)) => {
                let offer = self.case.offer_to(responder).map(|it| it.id);
                match offer {
                    Some(offer) => self.put(Event::Silent { offer }, vec![ClockSet::stop(clock)]),
                    None => self.stop(clock),
                }
                if self.case.lead().is_none() {
                    self.seek(self.asked_steps(), 1, SeekWhy::Silence);
                }
            }
            (ClockKind::Departure | ClockKind::Progress, ClockOf::Responder(responder)) => {
                let late = if clock.kind == ClockKind::Departure {
                    Late::Departure
                } else {
                    Late::Progress
                };
                let replace = ClockSet::until(Clock::of(ClockKind::Replace, responder), self.after(limits.replace_s));
                self.put(Event::Called { responder, late }, vec![ClockSet::stop(clock), replace]);
            }
            (ClockKind::Replace, ClockOf::Responder(responder)) => self.lose_lead(responder),
            (ClockKind::Door, _) => {
                self.put(Event::DoorLate, vec![ClockSet::stop(clock)]);
                self.climb_to(Tier::Street);
                self.ring_desk();
                if self.case.lead().is_none() {
                    self.seek(self.asked_steps(), self.ask_count(), SeekWhy::EtaBeyond);
                }
            }
            (ClockKind::Contact, ClockOf::Responder(responder)) => {
                let again = ClockSet::until(clock, self.after(limits.contact_s));
                self.put(
                    Event::Called {
                        responder,
                        late: Late::Contact,
                    },
                    vec![again],
                );
                self.climb_to(Tier::Street);
                self.ring_desk();
            }
            (ClockKind::CheckIn, ClockOf::Responder(responder)) => {
                let again = ClockSet::until(clock, self.after(limits.contact_s));
                self.put(
                    Event::Called {
                        responder,
                        late: Late::CheckIn,
                    },
                    vec![again],
                );
                self.ring_desk();
            }
            (ClockKind::Untouched, _) => {
                let again = self.until(ClockKind::Untouched, limits.untouched_s);
                self.put(Event::Untouched, vec![again]);
                self.ring_desk();
            }
            (ClockKind::Ring, _) => {
                let round = self.case.rounds + 1;
                self.put(
                    Event::Rang {
                        whom: Ring::DutyLeader,
                        round,
                    },
                    vec![ClockSet::stop(clock)],
                );
                self.ring_desk();
            }
            (ClockKind::Referral, ClockOf::Referral(referral)) => {
                let again = ClockSet::until(clock, self.after(limits.referral_s));
                self.put(Event::ReferralLate { referral }, vec![again]);
                self.ring_desk();
            }
            (ClockKind::Look, _) => {
                let look = self.look_later();
                self.put_clock_with_ring(look);
                if !over && self.case.lead().is_none() && !self.case.somebody_there() {
                    if !self.climb() {
                        self.seek(self.asked_steps(), self.ask_count(), SeekWhy::Silence);
                    }
                }
            }
            // A clock about the wrong thing cannot be set by any decision; stopping it keeps the case alive.
            _ => self.stop(clock),
        }
    }

    /// A ring of the desk that also sets a clock.
    fn put_clock_with_ring(&mut self, clock: ClockSet) {
        let mut clocks = vec![clock];
        clocks.extend(self.ring_again());
        let round = self.case.rounds + 1;
        self.put(
            Event::Rang {
                whom: Ring::Desk,
                round,
            },
            clocks,
        );
    }

    fn put_clock(&mut self, clock: ClockSet) {
        if let Some(last) = self.records.last_mut() {
            // The clock belongs to the record just written; the case follows.
            last.clocks.push(clock);
        }
        self.case.apply_clock(clock);
    }

    fn stop(&mut self, clock: Clock) {
        match self.records.last_mut() {
            Some(last) => {
                last.clocks.push(ClockSet::stop(clock));
                self.case.apply_clock(ClockSet::stop(clock));
            }
            // The first thing that is due and nothing to say: the desk rings, which is never wrong.
            None => {
                let round = self.case.rounds + 1;
                self.put(
                    Event::Rang {
                        whom: Ring::Desk,
                        round,
                    },
                    vec![ClockSet::stop(clock)],
                );
            }
        }
    }

    /// One step of the ladder, once.
    pub(super) fn fire_step(&mut self, step: StepKind) {
        let first = !self.case.fired.contains(&step);
        self.put(Event::StepFired { step }, vec![ClockSet::stop(Clock::step(step))]);
        if let Some(tier) = step.tier().filter(|it| *it > self.case.tier) {
            self.put(Event::TierRaised { tier }, vec![]);
        }
        if !first {
            return;
        }
        match step {
            StepKind::Desk | StepKind::Prompt120 | StepKind::Prompt119 => self.ring_desk(),
            StepKind::Street => {
                self.ask_for(step);
                self.ring_desk();
            }
            StepKind::Home | StepKind::Grid | StepKind::Medical | StepKind::FirePost | StepKind::PoliceGrid => {
                self.ask_for(step)
            }
        }
    }

    fn ask_for(&mut self, step: StepKind) {
        if self.case.lead().is_none() {
            let why = if self.wide_at_once() {
                SeekWhy::NoVoice
            } else {
                SeekWhy::Step
            };
            let want = if why == SeekWhy::NoVoice {
                self.plan.limits.ask_wide
            } else {
                self.ask_count()
            };
            self.seek(vec![step], want, why);
        }
    }

    /// A fall without voice, smoke and duress do not wait for a word of the elder.
    fn wide_at_once(&self) -> bool {
        use super::words::Kind;
        self.case.severity == Severity::Critical
            && match self.case.kind {
                Kind::Fall => !self.case.voice_path,
                Kind::Smoke | Kind::Gas | Kind::CarbonMonoxide | Kind::Duress => true,
                _ => false,
            }
    }

    fn prompt(&mut self, step: StepKind) {
        if !self.case.fired.contains(&step) {
            self.fire_step(step);
        }
    }

    fn missing_for_wide(&self) -> u8 {
        use super::state::OfferState;
        let open = self
            .case
            .offers
            .iter()
            .filter(|it| it.state == OfferState::Open)
            .count();
        self.plan
            .limits
            .ask_wide
            .saturating_sub(u8::try_from(open).unwrap_or(u8::MAX))
    }

    /// The next tier at once; false when there is none above.
    pub(super) fn climb(&mut self) -> bool {
        match self.next_tier() {
            Some(tier) => {
                self.climb_to(tier);
                true
            }
            None => false,
        }
    }

    /// The next tier that the plan has and that was not asked yet.
    pub(super) fn next_tier(&self) -> Option<Tier> {
        let mut tiers: Vec<Tier> = self.plan.steps.iter().filter_map(|it| it.what.tier()).collect();
        tiers.push(Tier::Street); // a plan without it cannot be loaded; a merged one cannot lose it
        tiers.sort();
        let fired = |tier: Tier| self.case.fired.iter().any(|it| it.tier() == Some(tier));
        tiers.into_iter().find(|it| !fired(*it) && *it >= self.case.tier)
    }

    /// Every step up to `tier` fires now, if it has not.
    pub(super) fn climb_to(&mut self, tier: Tier) {
        let mut steps: Vec<StepKind> = self.plan.steps.iter().map(|it| it.what).collect();
        if tier == Tier::Street && !steps.contains(&StepKind::Street) {
            steps.push(StepKind::Street);
        }
        steps.sort();
        for step in steps {
            if step.tier().is_some_and(|it| it <= tier) && !self.case.fired.contains(&step) {
                self.fire_step(step);
            }
        }
        if tier > self.case.tier {
            self.put(Event::TierRaised { tier }, vec![]);
        }
    }

    pub(super) fn seek(&mut self, steps: Vec<StepKind>, want: u8, why: SeekWhy) {
        self.seek_with(steps, want, why, vec![]);
    }

    pub(super) fn seek_with(&mut self, mut steps: Vec<StepKind>, want: u8, why: SeekWhy, clocks: Vec<ClockSet>) {
        if steps.is_empty() {
            // Nothing asked yet: whoever belongs to the owning tier.
            steps.push(match self.case.tier {
                Tier::Home => StepKind::Home,
                Tier::Grid => StepKind::Grid,
                Tier::Street => StepKind::Street,
            });
        }
        let seek_no = self.case.seeks + 1;
        self.put(
            Event::Seeking {
                steps,
                want: want.max(1),
                why,
                seek_no,
            },
            clocks,
        );
    }

    /// Another alert of the same subject joins: kept, rings again, may raise the severity and never lowers it.
    pub(super) fn join(&mut self, alert: &Alert, plan: Option<&Arc<Plan>>) -> Result<(), Refusal> {
        if !self.case.state.may_be_joined() {
            return Err(Refusal::NotNow);
        }
        let severity = self.case.severity.max(alert.severity);
        self.put(
            Event::Joined {
                alert: alert.id,
                kind: alert.kind,
                severity: alert.severity,
                late: alert.late,
            },
            vec![],
        );
        if alert.late {
            return Ok(()); // an old signal adds to the picture; it rings nobody and changes no clock
        }
        if let Some(plan) = plan.filter(|it| self.plan.is_stricter(it)) {
            self.merge(plan);
        }
        if severity == Severity::Critical
            && self.case.clock(Clock::case(ClockKind::Untouched)).is_none()
            && self.case.taken_by.is_none()
        {
            self.put_clock(self.until(ClockKind::Untouched, self.plan.limits.untouched_s));
        }
        if self.case.lead().is_none() || alert.severity >= Severity::Urgent {
            self.ring_desk();
        }
        self.run_due();
        Ok(())
    }

    /// The stricter plan comes into force; its steps count from now, and one that has fired is not fired again.
    fn merge(&mut self, plan: &Arc<Plan>) {
        let both = Arc::new(self.plan.merge(plan));
        let mut clocks = vec![];
        for step in &plan.steps {
            if self.case.fired.contains(&step.what) {
                continue;
            }
            let at = self.after(step.at_s);
            let seen = self.case.clock(Clock::step(step.what));
            if seen.is_none_or(|it| at < it) {
                clocks.push(ClockSet::until(Clock::step(step.what), at));
            }
        }
        let earlier =
            |clock: Clock, at| (self.case.clock(clock).is_none_or(|it| at < it)).then_some(ClockSet::until(clock, at));
        clocks.extend(earlier(Clock::case(ClockKind::Look), self.after(both.limits.look_s)));
        if !self.case.door_late {
            clocks.extend(earlier(Clock::case(ClockKind::Door), self.after(plan.limits.door_s)));
        }
        self.plan = both.clone();
        self.new_plan = Some(both.clone());
        self.put(Event::PlanMerged { plan: both.id() }, clocks);
    }

    /// What the elder said, or did not say.
    pub(super) fn voice_result(&mut self, result: Voice) -> Result<(), Refusal> {
        self.want_open()?;
        let mut clocks = self.stops(&[ClockKind::Untouched, ClockKind::Ring]);
        if result.is_contact() {
            clocks.extend(self.stops(&[ClockKind::VoiceWiden, ClockKind::VoiceStreet]));
        }
        clocks.push(self.look_later());
        self.put(Event::VoiceResult { result }, clocks);
        match result {
            Voice::Fine => self.all_is_fine(),
            Voice::NeedsHelp => {
                if self.case.lead().is_none() && self.case.seek.is_none() {
                    self.seek(self.asked_steps(), 1, SeekWhy::NoVoice);
                }
            }
            Voice::NoAnswer | Voice::Unclear | Voice::NotTheElder => {
                let stops = self.stops(&[ClockKind::VoiceWiden, ClockKind::VoiceStreet]);
                if self.case.lead().is_none() {
                    let (steps, want) = (self.asked_steps(), self.missing_for_wide());
                    self.seek_with(steps, want, SeekWhy::NoVoice, stops);
                } else {
                    for stop in stops {
                        self.put_clock(stop);
                    }
                }
                self.climb_to(Tier::Street);
                if self.case.severity == Severity::Critical {
                    self.prompt(StepKind::Prompt120);
                }
            }
        }
        Ok(())
    }

    pub(super) fn raise(&mut self, to: Severity) -> Result<(), Refusal> {
        self.want_open()?;
        if to <= self.case.severity {
            return Err(Refusal::SameSeverity);
        }
        let mut clocks = vec![];
        if to == Severity::Critical {
            // A critical case is looked at within three minutes, whatever its first plan said.
            let look = self.after(self.plan.limits.look_s.min(180));
            let seen = self.case.clock(Clock::case(ClockKind::Look));
            clocks.extend(
                seen.is_none_or(|it| look < it)
                    .then_some(ClockSet::until(Clock::case(ClockKind::Look), look)),
            );
        }
        if self.case.door_by.is_none() && to >= Severity::Urgent {
            clocks.push(self.until(ClockKind::Door, self.plan.limits.door_s));
        }
        let from = self.case.severity;
        self.put(Event::SeverityChanged { from, to, reason: None }, clocks);
        self.ring_desk();
        Ok(())
    }

    /// A person may lower the severity with a reason and proof of voice contact.
    pub(super) fn lower(&mut self, to: Severity, reason: NoteId) -> Result<(), Refusal> {
        self.want_open()?;
        if to >= self.case.severity {
            return Err(Refusal::SameSeverity);
        }
        if !(self.case.voice.is_some_and(Voice::is_contact) || self.case.contact) {
            return Err(Refusal::ProofMissing);
        }
        let from = self.case.severity;
        let clocks = self.stops(&[ClockKind::Untouched]);
        self.put(
            Event::SeverityChanged {
                from,
                to,
                reason: Some(reason),
            },
            clocks,
        );
        Ok(())
    }

    pub(super) fn escalate(&mut self, to: Option<Tier>) -> Result<(), Refusal> {
        self.want_open()?;
        match to {
            Some(tier) if tier > self.case.tier => self.climb_to(tier),
            Some(_) => return Err(Refusal::TopTier),
            None => match self.next_tier().filter(|it| *it > self.case.tier) {
                Some(tier) => self.climb_to(tier),
                None if self.case.tier < Tier::Street => self.climb_to(Tier::Street),
                None => return Err(Refusal::TopTier),
            },
        }
        Ok(())
    }
}
