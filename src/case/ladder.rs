//! The ladder: steps in time, what is due, and how an unanswered case climbs.

use std::sync::Arc;

use uuid::Uuid;

use super::command::Alert;
use super::decide::{Draft, Refusal, seconds_after};
use super::plan::{Plan, StepKind};
use super::record::{ClockSet, Event, Late, Ring, SeekWhy};
use super::state::{Clock, ClockKind, ClockOf, OfferState};
use super::words::{Author, Kind, Severity, State, Voice};
use crate::ids::NoteId;
use crate::people::Tier;

/// How much may follow in one decision. What is left is still due, so the next look goes on with it.
const PASSES_MAX: usize = 512;

/// The fifteen minutes that are promised for a call for help, for a case whose plan was made for less.
const DOOR_CRITICAL_S: u32 = 900;

impl Draft<'_> {
    /// Fires all that is due, in order. New limits count from now, so every pass ends.
    pub(super) fn run_due(&mut self) {
        for _ in 0..PASSES_MAX {
            if !self.fire_next() {
                return;
            }
        }
    }

    /// Fires what is due first; false when nothing is. What follows depends on the case alone, not on what fired before it.
    pub(super) fn fire_next(&mut self) -> bool {
        let due = self.case.next_deadline().filter(|it| it.at <= self.now).copied();
        if let Some(due) = due {
            self.fire(due.clock);
            if !self.carried.is_empty() {
                self.ring_desk(); // it has run out and there was nothing to say: the desk rings, which is never wrong
            }
        }
        due.is_some()
    }

    fn fire(&mut self, clock: Clock) {
        let limits = self.plan.limits;
        let over = matches!(self.case.state, State::Resolved | State::Closed);
        match (clock.kind, clock.of) {
            (ClockKind::Step, ClockOf::Step(step)) => self.fire_step(step),
            (ClockKind::Window, _) => self.choose_lead(),
            (ClockKind::VoiceWiden, _) => match self.missing_for_wide() {
                0 => self.stop(clock),
                want => self.seek_with(self.asked_steps(), want, SeekWhy::NoVoice, vec![ClockSet::stop(clock)]),
            },
            (ClockKind::VoiceStreet, _) => {
                self.stop(clock);
                self.climb_to(Tier::Street);
                self.prompt(StepKind::Prompt120);
            }
            (ClockKind::Silence, ClockOf::Responder(responder)) => {
                let offer = self.case.offer_to(responder).map(|it| it.id);
                match offer {
                    Some(offer) => self.silent(offer, clock),
                    None => {
                        self.stop(clock);
                        if self.more_wanted() {
                            self.seek(self.asked_steps(), 1, SeekWhy::Silence);
                        }
                    }
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
                if self.more_wanted() {
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
                if !self.case.no_entry {
                    self.put(Event::NoEntry { responder }, vec![]);
                    self.nobody_opens();
                }
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
            (ClockKind::Station, _) => self.station_silent(clock),
            (ClockKind::Appointment, _) => self.service_overdue(clock),
            (ClockKind::FamilyTry, _) => self.ask_family(),
            (ClockKind::Turn, _) => self.take_turn(),
            (ClockKind::Lease, _) => {
                self.put(Event::TakeLapsed, vec![ClockSet::stop(clock)]);
                if self.case.severity == Severity::Critical {
                    self.watch_untouched();
                }
                self.ring_desk();
            }
            (ClockKind::Look, _) => {
                let look = self.look_later();
                self.put_clock_with_ring(look);
                // A wish is a station's: it climbs to nobody, and the desk's list shows it.
                let a_stations = self.case.service.is_some();
                if !over && !a_stations && self.case.lead().is_none() && !self.case.somebody_there() {
                    // The plan's own times hold while they run, unless the plan was made for a lesser case.
                    let critical = self.case.severity == Severity::Critical;
                    let lax = critical && limits.look_s > super::decide::LOOK_CRITICAL_S;
                    let climbs_by_itself = self.case.clocks.iter().any(|it| match it.clock.of {
                        ClockOf::Step(step) => step.tier().is_some(),
                        ClockOf::Case | ClockOf::Responder(_) | ClockOf::Referral(_) => false,
                    });
                    if (climbs_by_itself && !lax) || !self.climb() {
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

    pub(super) fn put_clock(&mut self, clock: ClockSet) {
        if let Some(last) = self.records.last_mut() {
            // The clock belongs to the record just written; the case follows.
            last.clocks.push(clock);
        }
        self.case.apply_clock(clock);
    }

    /// A clock of the case set with the record just written, unless it runs.
    fn put_clock_once(&mut self, kind: ClockKind, seconds: u32) {
        if self.case.clock(Clock::case(kind)).is_none() {
            self.put_clock(self.until(kind, seconds));
        }
    }

    /// The clock has run out; the next record says so.
    pub(super) fn stop(&mut self, clock: Clock) {
        self.carried.push(ClockSet::stop(clock));
        self.case.apply_clock(ClockSet::stop(clock));
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
            StepKind::Family => self.ask_family(),
            // A leg of its own beside the others: who is told stands in the notices.
            StepKind::DutyLeader | StepKind::CivilAffairs => {}
        }
    }

    /// Who is asked beside the tiers is asked whoever leads; the tiers are asked while nobody will be there in time.
    fn ask_for(&mut self, step: StepKind) {
        if step.tier().is_none() || !self.case.lead_holds() {
            let (why, want) = if self.wide_at_once() {
                (SeekWhy::NoVoice, self.plan.limits.ask_wide)
            } else {
                (SeekWhy::Step, self.ask_count())
            };
            self.seek(vec![step], want, why);
        }
    }

    /// A fall without voice, smoke and duress do not wait for a word of the elder.
    fn wide_at_once(&self) -> bool {
        let at_once = |kind: &Kind| match kind {
            Kind::Fall => !self.case.voice_path,
            Kind::Smoke | Kind::Gas | Kind::CarbonMonoxide | Kind::Duress => true,
            _ => false,
        };
        self.case.severity == Severity::Critical && self.case.kinds.iter().any(at_once)
    }

    pub(super) fn prompt(&mut self, step: StepKind) {
        if !self.case.fired.contains(&step) {
            self.fire_step(step);
        }
    }

    fn missing_for_wide(&self) -> u8 {
        let open = self.case.offers.iter().filter(|it| it.state == OfferState::Open);
        let open = u8::try_from(open.count()).unwrap_or(u8::MAX);
        let pending = self.case.seek.as_ref().map_or(0, |it| it.want);
        let wide = self.plan.limits.ask_wide;
        wide.saturating_sub(open).saturating_sub(pending)
    }

    /// Nobody leads, or too few stand by who were asked for beside the lead.
    pub(super) fn more_wanted(&self) -> bool {
        self.case.lead().is_none() || self.case.backups().count() < self.backups_wanted()
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
        if self.case.waits_its_turn() {
            if !self.by_a_person() {
                for it in clocks {
                    self.stop(it.clock);
                }
                return;
            }
            self.take_turn(); // whoever asks for people now has looked at it
        }
        if steps.is_empty() {
            // Nothing asked yet: whoever belongs to the owning tier.
            steps.push(match self.case.tier {
                Tier::Home => StepKind::Home,
                Tier::Grid => StepKind::Grid,
                Tier::Street => StepKind::Street,
            });
        }
        // Questions that are not answered yet add up to the widest that the plan asks at a time, and no further.
        let (pending, known) = self
            .case
            .seek
            .as_ref()
            .map_or((0, [].as_slice()), |it| (it.want, it.steps.as_slice()));
        let want = want
            .max(1)
            .min(self.plan.limits.ask_wide.max(1).saturating_sub(pending));
        let news = want > 0 || steps.iter().any(|it| !known.contains(it));
        if !news && clocks.is_empty() {
            return;
        }
        let seek_no = self.case.seeks.saturating_add(1);
        self.put(
            Event::Seeking {
                steps,
                want,
                why,
                seek_no,
            },
            clocks,
        );
    }

    /// Its turn among the late calls has come, or is waited for no longer: people are asked as they would have been at once.
    fn take_turn(&mut self) {
        self.stop(Clock::case(ClockKind::Turn));
        if self.case.lead().is_none() && !self.case.somebody_there() {
            self.seek(self.asked_steps(), self.ask_count(), SeekWhy::Step);
        }
        self.ring_desk();
        if self.case.severity == Severity::Critical && self.case.taken_by.is_none() {
            self.watch_untouched();
        }
    }

    /// The ladder as time would have brought it: steps that a lead had stopped run again, counted from the opening.
    pub(super) fn resumed_steps(&self) -> Vec<ClockSet> {
        let mut clocks = vec![];
        for step in &self.plan.steps {
            let clock = Clock::step(step.what);
            if !self.case.fired.contains(&step.what) && self.case.clock(clock).is_none() {
                let at = seconds_after(self.case.opened_at, step.at_s).max(self.now);
                clocks.push(ClockSet::until(clock, at));
            }
        }
        clocks
    }

    /// Stops for the steps that ask people. Prompts to call 119 or 120 are never held back by somebody on the way.
    pub(super) fn asking_steps_stop(&self) -> Vec<ClockSet> {
        let asks = |clock: &Clock| matches!(clock.of, ClockOf::Step(step) if step.asks());
        let running = self.case.clocks.iter().filter(|it| asks(&it.clock));
        running.map(|it| ClockSet::stop(it.clock)).collect()
    }

    /// Another alert of the same subject joins: kept, rings again, may raise the severity and never lowers it.
    pub(super) fn join(&mut self, alert: &Alert, plan: Option<&Arc<Plan>>) -> Result<(), Refusal> {
        if !self.case.may_be_joined() {
            return Err(Refusal::NotNow);
        }
        if self.case.heard(alert.id.as_uuid()) {
            return Ok(()); // said twice
        }
        let clocks = if alert.severity > self.case.severity {
            self.clocks_of(alert.severity)
        } else {
            vec![]
        };
        self.put(
            Event::Joined {
                alert: alert.id,
                kind: alert.kind,
                severity: alert.severity,
                late: alert.late,
            },
            clocks,
        );
        if alert.late {
            // An old signal adds to the picture and changes no plan; an old call for help rings the street.
            if alert.severity == Severity::Critical {
                self.climb_to(Tier::Street);
                self.ring_desk();
            }
            return Ok(());
        }
        if self.case.waits_its_turn() {
            self.take_turn(); // they call now: nothing of it is old
        }
        self.await_voice(alert);
        if let Some(plan) = plan.filter(|it| self.plan.is_stricter(it)) {
            self.merge(plan);
        }
        if alert.kind == Kind::Geofence && self.case.lead().is_none() {
            self.seek(self.asked_steps(), self.ask_count(), SeekWhy::Moved); // others are nearer now
        }
        if alert.severity == Severity::Critical && self.case.taken_by.is_none() {
            self.watch_untouched();
        }
        if self.case.lead().is_none() || alert.severity >= Severity::Urgent {
            self.ring_desk();
        }
        self.run_due();
        Ok(())
    }

    /// A press or a fall is waited on for a word of the elder, unless they were heard or 120 was prompted already.
    fn await_voice(&mut self, alert: &Alert) {
        let heard = self.case.voice.is_some_and(Voice::is_contact) || self.case.contact;
        let counts = matches!(alert.kind, Kind::Sos | Kind::Fall) && self.case.subject.elder().is_some();
        if heard || !counts || self.case.is_test() || self.case.fired.contains(&StepKind::Prompt120) {
            return;
        }
        let limits = self.plan.limits;
        self.put_clock_once(ClockKind::VoiceStreet, limits.voice_street_s);
        let may_widen = !self.case.widened && self.case.lead().is_none();
        if may_widen && (alert.kind == Kind::Sos || alert.voice_path) {
            self.put_clock_once(ClockKind::VoiceWiden, limits.voice_widen_s);
        }
    }

    /// What a case of this severity is owed at least, whatever its plan was made for: sooner, never later.
    fn clocks_of(&self, severity: Severity) -> Vec<ClockSet> {
        let limits = self.plan.limits;
        let mut clocks = vec![];
        if severity == Severity::Critical {
            let look = self.after(limits.look_s.min(super::decide::LOOK_CRITICAL_S));
            clocks.extend(self.sooner(Clock::case(ClockKind::Look), look));
        }
        if severity >= Severity::Urgent && !self.case.somebody_there() && !self.case.door_late {
            let door_s = match severity {
                Severity::Critical => limits.door_s.min(DOOR_CRITICAL_S),
                Severity::Urgent | Severity::Routine | Severity::Technical => limits.door_s,
            };
            clocks.extend(self.sooner(Clock::case(ClockKind::Door), self.after(door_s)));
        }
        clocks
    }

    /// A critical case that nobody leads is touched within its time, or it is rung again and handed up.
    fn watch_untouched(&mut self) {
        if self.case.lead().is_none() && !self.case.somebody_there() {
            self.put_clock_once(ClockKind::Untouched, self.plan.limits.untouched_s);
        }
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
        clocks.extend(self.sooner(Clock::case(ClockKind::Look), self.after(both.limits.look_s)));
        if !self.case.door_late && !self.case.somebody_there() {
            clocks.extend(self.sooner(Clock::case(ClockKind::Door), self.after(plan.limits.door_s)));
        }
        self.plan = both.clone();
        self.new_plan = Some(both.clone());
        let merged = Event::PlanMerged {
            plan: both.id(),
            family_later: !both.limits.family_at_opening,
        };
        self.put(merged, clocks);
        if let Some(lead) = self.case.lead().map(|it| it.responder) {
            self.watch_eta(lead); // the door clock may be nearer now than they are
        }
    }

    /// What the elder said, or did not say.
    pub(super) fn voice_result(&mut self, result: Voice) -> Result<(), Refusal> {
        if self.case.state == State::Resolved && result == Voice::Fine && self.case.voice == Some(Voice::Fine) {
            if self.case.by_key && self.by_a_person() {
                self.put(Event::VoiceResult { result }, vec![]); // a key had said so; now somebody has heard it
            }
            return Ok(()); // said twice
        }
        self.want_open()?;
        if self.case.kind.is_aftercare() {
            return Err(Refusal::NotNow); // it is no call for help: its result has a command of its own
        }
        if result == Voice::Fine && matches!(self.by, Author::Call(_)) && !self.key_ends() {
            return Err(Refusal::ProofMissing); // whoever has fallen, or sits in smoke, is heard by a person
        }
        let waits: &[ClockKind] = &[ClockKind::VoiceWiden, ClockKind::VoiceStreet];
        let mut clocks = self.stops(waits);
        if self.by_a_person() {
            // An automatic call learns something; the street rings until a person answers.
            clocks.extend(self.stops(&[ClockKind::Untouched, ClockKind::Ring]));
        }
        clocks.push(self.look_later());
        self.put(Event::VoiceResult { result }, clocks);
        match result {
            Voice::Fine => self.all_is_fine(),
            Voice::NeedsHelp => {
                if self.case.waits_its_turn() {
                    self.take_turn(); // also where an automatic call has heard it
                }
                if self.case.lead().is_none() && self.case.seek.is_none() {
                    self.seek(self.asked_steps(), 1, SeekWhy::Step);
                }
            }
            Voice::NoAnswer | Voice::Unclear | Voice::NotTheElder => {
                let missing = self.missing_for_wide();
                if self.case.lead().is_none() && missing > 0 {
                    self.seek(self.asked_steps(), missing, SeekWhy::NoVoice);
                }
                self.climb_to(Tier::Street);
                // Where nobody goes inside alone, a door without a voice behind it is 120's at once.
                if self.case.severity == Severity::Critical || self.plan.limits.pair {
                    self.prompt(StepKind::Prompt120);
                }
            }
        }
        Ok(())
    }

    /// Whether a key on a telephone may end it: where the plan says so, of a press and nothing else, and where nobody has said
    /// otherwise before.
    fn key_ends(&self) -> bool {
        let pressed_only = self.case.kinds.iter().all(|it| *it == Kind::Sos);
        self.plan.limits.key_fine && pressed_only && self.case.voice.is_none_or(|it| it == Voice::Fine)
    }

    pub(super) fn raise(&mut self, to: Severity) -> Result<(), Refusal> {
        self.want_open()?;
        if self.case.kind.is_aftercare() {
            return Err(Refusal::NotNow); // who needs help now has an alert, which is looked after as one
        }
        if to <= self.case.severity {
            return Err(Refusal::SameSeverity);
        }
        let from = self.case.severity;
        let clocks = self.clocks_of(to);
        self.put(Event::SeverityChanged { from, to, reason: None }, clocks);
        if to == Severity::Critical {
            self.watch_untouched();
        }
        self.ring_desk();
        if let Some(lead) = self.case.lead().map(|it| it.responder) {
            self.watch_eta(lead);
        }
        Ok(())
    }

    /// More has been said of what an area is warned of: the desk is rung again. Nobody's door is waited for.
    pub(super) fn warned(&mut self, message: Uuid, severity: Severity) -> Result<(), Refusal> {
        if self.case.kind != Kind::AreaAlert {
            return Err(Refusal::NotNow);
        }
        if self.case.heard(message) {
            return Ok(()); // said twice
        }
        self.want_open()?;
        let mut clocks = vec![];
        if severity > self.case.severity && severity == Severity::Critical {
            let look = self.after(self.plan.limits.look_s.min(super::decide::LOOK_CRITICAL_S));
            clocks.extend(self.sooner(Clock::case(ClockKind::Look), look));
        }
        self.put(Event::Warned { message, severity }, clocks);
        if severity == Severity::Critical && self.case.taken_by.is_none() {
            self.watch_untouched();
        }
        self.ring_desk();
        Ok(())
    }

    /// A person may lower the severity with a reason and proof of voice contact.
    pub(super) fn lower(&mut self, to: Severity, reason: NoteId) -> Result<(), Refusal> {
        self.want_open()?;
        if to == self.case.severity && self.case.heard(reason.as_uuid()) {
            return Ok(()); // said twice
        }
        if to >= self.case.severity {
            return Err(Refusal::SameSeverity);
        }
        if !(self.case.was_heard() || self.case.contact) {
            return Err(Refusal::ProofMissing);
        }
        let from = self.case.severity;
        let mut clocks = self.stops(&[ClockKind::Untouched]);
        if to < Severity::Urgent {
            clocks.extend(self.stops(&[ClockKind::Ring])); // the duty leader is phoned for calls for help only
        }
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
        if self.case.waits_its_turn() {
            self.take_turn(); // it is at the street already: what is wanted are its people, now
            return Ok(());
        }
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
