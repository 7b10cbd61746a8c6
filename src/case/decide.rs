//! The decision: from a case, a command and an instant to the records of what follows, or a refusal.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::command::{Command, Opening};
use super::family::Asking;
use super::notice::NoticeKind;
use super::plan::{Plan, StepKind};
use super::record::{ClockSet, Event, Record, Ring};
use super::state::{Case, Clock, ClockKind, ClockOf};
use super::words::{Author, FamilyWord, Kind, Part, Severity, State, Subject};
use crate::ids::{AlertId, ContactId, NoteId, OfferId, ResponderId, UserId};
use crate::people::Tier;

/// What a decision may look at beside the case.
pub struct Context<'a> {
    /// The present instant.
    pub now: Timestamp,
    /// Who asks.
    pub by: Author,
    /// The plan frozen into the case.
    pub plan: &'a Arc<Plan>,
    /// For [`Command::Join`]: the plan that the alert alone would have brought.
    pub alert_plan: Option<&'a Arc<Plan>>,
    /// Whether a responder leads another case.
    pub busy: &'a dyn Fn(ResponderId) -> bool,
    /// The contacts who may be asked of a case now, in order: the register's, at the instant of each question.
    pub family: &'a Asking<'a>,
}

/// What follows from a command.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The case afterwards.
    pub case: Case,
    /// What was added to its log; empty when nothing needed to change.
    pub records: Vec<Record>,
    /// The plan in force afterwards, where it is a new one.
    pub plan: Option<Arc<Plan>>,
}

/// The rules say no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The case is closed, or resolved and the command wants an open one.
    #[error("the case is over")]
    Over,
    /// The case is not in the state that the command wants.
    #[error("the case is not in a state for this")]
    NotNow,
    /// Somebody else leads and no back-up is wanted.
    #[error("somebody else is going")]
    TakenBy(ResponderId),
    /// The responder leads another case.
    #[error("already leading another case")]
    Busy,
    /// The responder was never offered this case.
    #[error("this case was not offered to them")]
    NotOffered,
    /// There is no such offer in this case.
    #[error("no such offer")]
    NoSuchOffer,
    /// The responder is not coming to this case.
    #[error("they are not on this case")]
    NotAssigned,
    /// They have not arrived.
    #[error("they have not arrived")]
    NotArrived,
    /// The proof is missing or does not hold.
    #[error("proof of contact or a second person's look is needed")]
    ProofMissing,
    /// A hand-over has not been acknowledged.
    #[error("a hand-over has not been acknowledged")]
    ReferralOpen,
    /// A door was forced and is not secured.
    #[error("a door was forced and is not secured")]
    EntryOpen,
    /// Steps before it are missing, and no reason is given.
    #[error("steps before this are missing: give the reason")]
    EntryIncomplete,
    /// The reason, or who it was, is missing.
    #[error("say why, or who")]
    ReasonMissing,
    /// There is no such hand-over.
    #[error("no such hand-over")]
    NoSuchReferral,
    /// An outcome is needed.
    #[error("an outcome is needed")]
    OutcomeMissing,
    /// The severity would not rise, or would not sink.
    #[error("that would not change the severity in this direction")]
    SameSeverity,
    /// A drill never reaches 120, 110 or 119.
    #[error("a drill is never handed to other bodies")]
    Drill,
    /// This kind of case may not wait for a review.
    #[error("this kind of case cannot wait for a review")]
    NoReview,
    /// The outcome is one of another kind of case, or its result or its three tries are missing.
    #[error("this outcome does not fit the case, or its result is missing")]
    WrongOutcome,
    /// Another dispatcher holds the case.
    #[error("another dispatcher has taken the case")]
    HeldBy(UserId),
    /// The take is not theirs, or has lapsed.
    #[error("the case is not in their hands")]
    NotHeld,
    /// The case holds as many photos as it may.
    #[error("the case holds as many photos as it may")]
    TooManyPhotos,
    /// The family has urged a short while ago, or the case has only just begun.
    #[error("the desk was reminded a short while ago")]
    UrgedLately,
    /// The family has urged as often as it may.
    #[error("the desk has been reminded as often as it may be")]
    UrgedEnough,
    /// The request is not in the hands of this station.
    #[error("the request is not in the hands of this station")]
    NotTheStation,
    /// The tier is not above the present one.
    #[error("the case is already with the highest tier")]
    TopTier,
}

impl Refusal {
    /// The stable code that callers may rely on.
    pub const fn code(self) -> &'static str {
        match self {
            Refusal::Over => "case_over",
            Refusal::NotNow => "not_now",
            Refusal::TakenBy(_) => "taken",
            Refusal::Busy => "busy",
            Refusal::UrgedLately => "urged_lately",
            Refusal::UrgedEnough => "urged_enough",
            Refusal::NotOffered => "not_offered",
            Refusal::NoSuchOffer => "no_such_offer",
            Refusal::NotAssigned => "not_assigned",
            Refusal::NotArrived => "not_arrived",
            Refusal::ProofMissing => "proof_missing",
            Refusal::ReferralOpen => "referral_open",
            Refusal::EntryOpen => "entry_open",
            Refusal::EntryIncomplete => "entry_incomplete",
            Refusal::ReasonMissing => "reason_missing",
            Refusal::NoSuchReferral => "no_such_referral",
            Refusal::OutcomeMissing => "outcome_missing",
            Refusal::SameSeverity => "same_severity",
            Refusal::Drill => "drill",
            Refusal::NoReview => "no_review",
            Refusal::WrongOutcome => "wrong_outcome",
            Refusal::HeldBy(_) => "held",
            Refusal::NotHeld => "not_held",
            Refusal::TooManyPhotos => "too_many_photos",
            Refusal::NotTheStation => "not_the_station",
            Refusal::TopTier => "top_tier",
        }
    }
}

/// The longest that a critical case goes without a look, seconds: no plan stretches it.
pub(super) const LOOK_CRITICAL_S: u32 = 180;

/// A take holds for so long after the last thing that its holder did about the case, seconds; then the case is nobody's and
/// rings again. Longer than a call to 120 takes, shorter than anybody should lie forgotten.
pub const TAKE_LEASE_S: u32 = 300;

/// As [`TAKE_LEASE_S`], for what makes no sound: requests, technical signals, paperwork.
pub const TAKE_LEASE_QUIET_S: u32 = 1_800;

/// The case that an alert opens.
///
/// Steps at second 0 fire in the same decision; who can be asked is looked for afterwards, outside any transaction. A late
/// call for help and a signal of nobody we know belong to the street at once; the lower steps keep their times.
pub fn open(opening: &Opening, plan: &Arc<Plan>, by: Author, now: Timestamp) -> Decision {
    open_with(opening, plan, by, now, &|_, _| vec![])
}

/// As [`open`], where the family may be asked: see [`Context::family`].
pub fn open_with(opening: &Opening, plan: &Arc<Plan>, by: Author, now: Timestamp, family: &Asking<'_>) -> Decision {
    let Opening {
        case: id,
        alert,
        subject,
        lane,
        part,
        linked,
        ref inside,
        drill,
        wishing,
        turn_at,
    } = *opening;
    let limits = &plan.limits;
    let now = whole_micros(now);
    let at = |seconds: u32| seconds_after(now, seconds);
    let mut clocks: Vec<ClockSet> = plan
        .steps
        .iter()
        .map(|it| ClockSet::until(Clock::step(it.what), at(it.at_s)))
        .collect();
    let late_call = alert.late && alert.severity == Severity::Critical;
    let is_test = matches!(part, Some(Part::Test(_)));
    let of_nobody = matches!(subject, Subject::Unknown(_)) && alert.kind != Kind::SelfCheck && !is_test;
    let street_at_once = late_call || of_nobody;
    if street_at_once {
        clocks.push(ClockSet::until(Clock::step(StepKind::Street), now));
    }
    let mut set = |kind, seconds| clocks.push(ClockSet::until(Clock::case(kind), at(seconds)));
    set(ClockKind::Look, look_s(alert.severity, plan));
    if alert.severity >= Severity::Urgent {
        set(ClockKind::Door, limits.door_s);
    }
    let turn_at = turn_at.filter(|it| late_call && *it > now);
    if alert.severity == Severity::Critical {
        set(ClockKind::Untouched, limits.untouched_s);
    }
    // Smoke, gas and duress have their own ladders; a press or a fall is waited on for a word of the elder.
    let voice_counts = matches!(alert.kind, Kind::Sos | Kind::Fall) && subject.elder().is_some() && !is_test;
    if voice_counts {
        if alert.kind == Kind::Sos || alert.voice_path {
            set(ClockKind::VoiceWiden, limits.voice_widen_s);
        }
        set(ClockKind::VoiceStreet, limits.voice_street_s);
    }
    clocks.extend(turn_at.map(|it| ClockSet::until(Clock::case(ClockKind::Turn), it)));
    let opened = Record {
        at: now,
        by,
        done_at: None,
        event: Event::Opened {
            case: id,
            alert: (!alert.kind.is_own() && wishing.is_none()).then_some(alert.id),
            kind: alert.kind,
            severity: alert.severity,
            lane,
            subject,
            part,
            tier: if street_at_once { Tier::Street } else { first_tier(plan) },
            plan: plan.id(),
            voice_path: alert.voice_path,
            late: alert.late,
            linked,
            inside: inside.clone(),
            drill,
            family_later: !limits.family_at_opening,
        },
        clocks,
    };
    // `begin` takes every `opened`, which this is.
    let Some(case) = Case::begin(&opened) else {
        unreachable!("an opened record begins a case")
    };
    let mut draft = Draft {
        case,
        records: vec![opened],
        plan: plan.clone(),
        new_plan: None,
        now,
        by,
        busy: &|_| false,
        family,
        carried: vec![],
    };
    if let Some(wishing) = wishing {
        draft.begin_request(&wishing);
    }
    draft.run_due();
    draft.finish()
}

/// An open case is looked at again within this; a critical one within three minutes, whatever its plan says.
fn look_s(severity: Severity, plan: &Plan) -> u32 {
    match severity {
        Severity::Critical => plan.limits.look_s.min(LOOK_CRITICAL_S),
        Severity::Urgent | Severity::Routine | Severity::Technical => plan.limits.look_s,
    }
}

/// The store keeps whole microseconds, and what is read back must equal what was decided.
pub(super) fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond())
        .or_else(|_| Timestamp::from_second(at.as_second())) // the last second of time has no fractions
        .unwrap_or(at)
}

/// At the end of time it stays there instead of failing.
pub(super) fn seconds_after(from: Timestamp, seconds: u32) -> Timestamp {
    from.checked_add(SignedDuration::from_secs(seconds.into()))
        .unwrap_or(whole_micros(Timestamp::MAX))
}

fn first_tier(plan: &Plan) -> Tier {
    // Steps are in order of time, so the first that has a tier is the one that begins.
    plan.steps.iter().find_map(|it| it.what.tier()).unwrap_or(Tier::Street)
}

/// What follows from `command` for `case`. No records when nothing needs to change.
///
/// # Errors
/// A [`Refusal`] when the rules say no; nothing has changed then.
pub fn decide(case: &Case, command: &Command, context: &Context<'_>) -> Result<Decision, Refusal> {
    let mut draft = Draft {
        case: case.clone(),
        records: Vec::new(),
        plan: context.plan.clone(),
        new_plan: None,
        now: whole_micros(context.now).max(case.last_at),
        by: context.by,
        busy: context.busy,
        family: context.family,
        carried: vec![],
    };
    match command {
        Command::Join { alert } => draft.join(alert, context.alert_plan)?,
        Command::VoiceResult { result } => draft.voice_result(*result)?,
        Command::Offer {
            ranked,
            excluded,
            excluded_count,
            as_of,
            seek_no,
        } => {
            draft.offer(ranked, excluded, *excluded_count, *as_of, *seek_no);
        }
        Command::Received { offer, by_call } => draft.received(*offer, *by_call)?,
        Command::Unreached { offer } => draft.unreached(*offer)?,
        Command::Accept { offer, by, eta_s } => draft.accept(*offer, *by, *eta_s)?,
        Command::Decline { offer, by, reason } => draft.decline(*offer, *by, *reason)?,
        Command::Depart { by, eta_s } => draft.depart(*by, *eta_s)?,
        Command::Progress { by, eta_s } => draft.progress(*by, *eta_s)?,
        Command::Arrive { by } => draft.arrive(*by)?,
        Command::ContactMade { by, near } => draft.contact_made(*by, *near)?,
        Command::NoEntry { by } => draft.no_entry(*by)?,
        Command::WrongAddress { by } => draft.wrong_address(*by)?,
        Command::CheckIn { by } => draft.check_in(*by)?,
        Command::Support { by } => draft.support(*by)?,
        Command::Done { by } => draft.done(*by)?,
        Command::Take => draft.take(None)?,
        Command::TakeOver { from } => draft.take(Some(*from))?,
        Command::KeepTake => draft.keep_take()?,
        Command::Assign { responder, tier, eta_s } => draft.assign(*responder, *tier, *eta_s)?,
        Command::StandDown { responder } => draft.stand_down(*responder)?,
        Command::Note { note } => draft.note(*note),
        Command::Photo { photo, consent, digest } => draft.photo(*photo, *consent, digest)?,
        Command::Raise { to } => draft.raise(*to)?,
        Command::Lower { to, reason } => draft.lower(*to, *reason)?,
        Command::Escalate { to } => draft.escalate(*to)?,
        Command::Refer { referral, to } => draft.refer(*referral, *to, None)?,
        Command::ReferBecause { referral, to, reason } => draft.refer(*referral, *to, Some(*reason))?,
        Command::AnswerReferral { referral, answer, note } => draft.answer(*referral, *answer, *note)?,
        Command::AcknowledgeReferral { referral, note } => draft.acknowledge(*referral, *note)?,
        Command::HandReferral { referral, way } => draft.hand_over(*referral, *way)?,
        Command::WaiveReferral { referral, reason } => draft.waive(*referral, *reason)?,
        Command::Entry { step } => draft.entry(*step)?,
        Command::FalseAlarm { reason } => draft.false_alarm(*reason)?,
        Command::Resolve { outcome } => draft.resolve(*outcome)?,
        Command::AwaitReview { until } => draft.await_review(*until)?,
        Command::Close { outcome, proof } => draft.close(*outcome, *proof)?,
        Command::FollowUp { result, how } => draft.follow_up(*result, *how)?,
        Command::RateHelp { satisfaction, said_by } => draft.rate_help(*satisfaction, *said_by)?,
        Command::Reopen { reason } => draft.reopen(*reason)?,
        Command::Withdrawn { alert } => draft.withdrawn(*alert),
        Command::Warned { message, severity } => draft.warned(*message, *severity)?,
        Command::Recovered { within } => draft.recovered(*within)?,
        Command::FamilySaid { contact, said } => draft.family_said(*contact, *said)?,
        Command::FamilyCannot { contact } => draft.family_cannot(*contact)?,
        Command::OpenFile {
            elder,
            parts,
            role,
            agreed,
        } => draft.open_file(*elder, parts, *role, *agreed),
        Command::Wish { wish } => draft.wish(wish)?,
        Command::AskStation { ask } => draft.ask_station(ask)?,
        Command::NoStation { nearest } => draft.no_station(*nearest)?,
        Command::StationSays { station, said } => draft.station_says(*station, *said)?,
        Command::AgreeTime => draft.agree_time()?,
        Command::ServiceDone => draft.service_done()?,
        Command::CancelService { reason } => draft.cancel_service(*reason)?,
        Command::Rate { rating } => draft.rate(*rating)?,
        Command::TurnedToHelp { case } => draft.turned_to_help(*case)?,
        Command::NotTold { notice, target } => draft.not_told(*notice, target),
        Command::QuotaRefused {
            notice,
            target,
            channel,
            why,
        } => draft.quota_refused(*notice, target, channel, why),
        Command::HandUp => draft.hand_up(),
        Command::LookAgain => draft.run_due(),
    }
    draft.ask_family_by_turns();
    draft.renew_lease();
    Ok(draft.finish())
}

/// A case while it is being decided: each record takes effect before the next is thought of.
pub(super) struct Draft<'a> {
    pub(super) case: Case,
    pub(super) records: Vec<Record>,
    pub(super) plan: Arc<Plan>,
    pub(super) new_plan: Option<Arc<Plan>>,
    pub(super) now: Timestamp,
    pub(super) by: Author,
    pub(super) busy: &'a dyn Fn(ResponderId) -> bool,
    pub(super) family: &'a Asking<'a>,
    /// Clocks that have run out and go into the next record.
    pub(super) carried: Vec<ClockSet>,
}

impl Draft<'_> {
    pub(super) fn put(&mut self, event: Event, mut clocks: Vec<ClockSet>) {
        clocks.splice(0..0, self.carried.drain(..));
        let record = Record {
            at: self.now,
            by: self.by,
            done_at: None,
            event,
            clocks,
        };
        self.case.evolve(&record);
        self.records.push(record);
    }

    fn finish(self) -> Decision {
        debug_assert!(
            self.case.state.is_open() == self.case.due_at().is_some(),
            "open and undue: {:?}",
            self.case
        );
        Decision {
            case: self.case,
            records: self.records,
            plan: self.new_plan,
        }
    }

    /// `seconds` from now.
    pub(super) fn after(&self, seconds: u32) -> Timestamp {
        seconds_after(self.now, seconds)
    }

    /// Somebody at a desk or on the way, not a worker of ours or a machine.
    pub(super) fn by_a_person(&self) -> bool {
        matches!(self.by, Author::User(_) | Author::Responder(_))
    }

    pub(super) fn until(&self, kind: ClockKind, seconds: u32) -> ClockSet {
        ClockSet::until(Clock::case(kind), self.after(seconds))
    }

    /// The reset that a voice result, an accept, a departure, a contact or a hand-over brings, and nothing else.
    pub(super) fn look_later(&self) -> ClockSet {
        self.until(ClockKind::Look, look_s(self.case.severity, &self.plan))
    }

    /// A clock, if it would run out sooner than it does now.
    pub(super) fn sooner(&self, clock: Clock, at: Timestamp) -> Option<ClockSet> {
        (self.case.clock(clock).is_none_or(|it| at < it)).then_some(ClockSet::until(clock, at))
    }

    /// Stops for those of `kinds` that run, whomever they are about.
    pub(super) fn stops(&self, kinds: &[ClockKind]) -> Vec<ClockSet> {
        let running = self.case.clocks.iter().filter(|it| kinds.contains(&it.clock.kind));
        running.map(|it| ClockSet::stop(it.clock)).collect()
    }

    /// Stops for every clock of one responder.
    pub(super) fn stops_of(&self, responder: ResponderId) -> Vec<ClockSet> {
        let of = ClockOf::Responder(responder);
        self.case
            .clocks
            .iter()
            .filter(|it| it.clock.of == of)
            .map(|it| ClockSet::stop(it.clock))
            .collect()
    }

    /// The desk rings. At the street tier it goes on ringing until a person takes it.
    pub(super) fn ring_desk(&mut self) {
        let mut clocks = vec![];
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

    /// At the street tier a call for help that nobody leads is rung again, and the duty leader with it.
    pub(super) fn ring_again(&self) -> Option<ClockSet> {
        let rings = self.case.tier == Tier::Street
            && self.case.state == State::Ringing
            && self.case.severity >= Severity::Urgent
            && !self.case.waits_its_turn() // of a flood the duty leader hears by those whose turn it is
            && self.case.clock(Clock::case(ClockKind::Ring)).is_none(); // a ring in between never puts it off
        rings.then(|| self.until(ClockKind::Ring, self.plan.limits.ring_s))
    }

    /// An id that follows from the case and its log.
    pub(super) fn offer_id(&self, ordinal: usize) -> OfferId {
        OfferId::derive(
            self.case.id.as_uuid(),
            &format!("offer {} {ordinal}", self.case.version),
        )
    }

    pub(super) fn want_open(&self) -> Result<(), Refusal> {
        if matches!(self.case.state, State::Ringing | State::Engaged | State::OnScene) {
            Ok(())
        } else {
            Err(Refusal::Over)
        }
    }

    /// How many people are asked at a time.
    pub(super) fn ask_count(&self) -> u8 {
        let limits = &self.plan.limits;
        match self.case.severity {
            Severity::Critical if self.case.widened => limits.ask_wide,
            Severity::Critical | Severity::Urgent => limits.ask_first,
            Severity::Routine | Severity::Technical => 1,
        }
    }

    /// Steps that have fired and ask people.
    pub(super) fn asked_steps(&self) -> Vec<StepKind> {
        self.case.fired.iter().copied().filter(|it| it.asks()).collect()
    }

    /// One holder at a time: of two who press at once the second is told of the first. Whoever takes it over names from whom,
    /// so that nobody is put out whom the asker has not seen.
    fn take(&mut self, from: Option<UserId>) -> Result<(), Refusal> {
        if !self.case.state.is_open() {
            return Err(Refusal::Over);
        }
        let mine = match self.by {
            Author::User(user) => {
                let others = self.case.holder().filter(|it| *it != user && from != Some(*it));
                if let Some(holder) = others {
                    return Err(Refusal::HeldBy(holder));
                }
                self.case.taken_by == Some(user)
            }
            Author::System | Author::Device(_) | Author::Responder(_) | Author::Family(_) | Author::Call(_) => true,
        };
        let clocks = self.stops(&[ClockKind::Ring, ClockKind::Untouched]);
        if mine && !self.case.tone && clocks.is_empty() {
            // Said twice; what is nearly over goes on, though.
            return if self.holds() { self.keep_take() } else { Ok(()) };
        }
        self.put(Event::Taken, clocks);
        Ok(())
    }

    /// No tone stops and nothing is put off. Said often, it is written once in half a lease.
    fn keep_take(&mut self) -> Result<(), Refusal> {
        if !self.holds() {
            return Err(Refusal::NotHeld);
        }
        let half = self.after(self.lease_s() / 2);
        if self.case.taken_until().is_some_and(|it| it < half) {
            self.put(Event::TakeKept, vec![]);
        }
        Ok(())
    }

    fn holds(&self) -> bool {
        matches!(self.by, Author::User(user) if self.case.holder() == Some(user))
    }

    fn lease_s(&self) -> u32 {
        if self.case.severity >= Severity::Urgent {
            TAKE_LEASE_S
        } else {
            TAKE_LEASE_QUIET_S
        }
    }

    /// Whatever the holder has done about the case renews the lease, in the same record. What is over needs nobody.
    fn renew_lease(&mut self) {
        let by_holder = matches!(self.by, Author::User(user) if self.case.taken_by == Some(user));
        let running = matches!(self.case.state, State::Ringing | State::Engaged | State::OnScene);
        if by_holder && running && !self.records.is_empty() {
            self.put_clock(self.until(ClockKind::Lease, self.lease_s()));
        }
    }

    fn note(&mut self, note: NoteId) {
        if !self.case.heard(note.as_uuid()) {
            self.put(Event::Noted { note }, vec![]);
        }
    }

    /// A mark, nothing more.
    fn withdrawn(&mut self, alert: AlertId) {
        if !(self.case.withdrawn && self.case.heard(alert.as_uuid())) {
            self.put(Event::Withdrawn { alert }, vec![]);
        }
    }

    /// A mark, whatever it says: the word of somebody who is not there stops no clock and closes nothing. That it was seen
    /// may be said after the end as well.
    fn family_said(&mut self, contact: ContactId, said: FamilyWord) -> Result<(), Refusal> {
        if said == FamilyWord::Urge {
            self.case.may_urge(self.now)?;
            self.put(Event::FamilySaid { contact, said }, vec![]);
            return Ok(());
        }
        let before = self
            .case
            .family
            .iter()
            .any(|it| it.contact == contact && it.said == said);
        if before {
            return Ok(());
        }
        let wants_an_open_case = match said {
            FamilyWord::Seen => false,
            FamilyWord::Going | FamilyWord::FalseAlarm | FamilyWord::Urge => true,
        };
        if wants_an_open_case && matches!(self.case.state, State::Resolved | State::Closed) {
            return Err(Refusal::Over);
        }
        let clocks = self.answered_by_family(said);
        self.put(Event::FamilySaid { contact, said }, clocks);
        Ok(())
    }

    /// A mark, for whoever looks at the case: it stops no clock and starts none, but that of the family's next question. What is over needs nobody to be told any more, but a family
    /// that it is.
    fn not_told(&mut self, notice: NoticeKind, whom: &str) {
        let ends = matches!(notice, NoticeKind::FamilyClosed | NoticeKind::FamilyFalseAlarm);
        if ends || self.case.state.is_open() {
            let target = whom.to_owned();
            self.put(Event::NotTold { notice, target }, vec![]);
            if notice == NoticeKind::FamilyAsk {
                self.family_unreached(whom);
            }
        }
    }

    /// A mark, as [`Draft::not_told`]: a provider keeps such limits, and who reads the case sees why a telephone did not ring.
    fn quota_refused(&mut self, notice: NoticeKind, target: &str, channel: &str, why: &str) {
        if self.case.state.is_open() {
            let event = Event::QuotaRefused {
                notice,
                target: target.to_owned(),
                channel: channel.to_owned(),
                why: why.to_owned(),
            };
            self.put(event, vec![]);
        }
    }

    fn hand_up(&mut self) {
        if self.case.state.is_open() && self.case.untouched && !self.case.handed_up {
            let round = self.case.rounds;
            self.put(
                Event::Rang {
                    whom: Ring::NextSeat,
                    round,
                },
                vec![],
            );
        }
    }
}
