//! What holds whatever is done to a case, in whatever order, however late, with crashes in between.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::decide::Draft;
use super::*;
use crate::case::record::Ring;
use crate::case::state::ClockKind as K;
use crate::ids::{CallId, NoteId, OfferId, ReferralId, UserId};

/// How many responders there are in this small world.
const CROWD: u8 = 9;

/// One thing that happens. Figures are taken modulo what there is, so that most moves mean something.
#[derive(Debug, Clone)]
enum Move {
    /// Time passes and the timers keep up with it.
    Pass(u16),
    /// Time passes and nobody looks.
    Sleep(u16),
    Look,
    /// Crashed and read back from its row, or from its log.
    Crash(bool),
    /// The ranking answers what is sought: these are near, of this tier.
    Rank(u16, u8),
    /// The first few answer the newest question with nothing.
    Nobody,
    StaleRank,
    Busy(u16),
    Received(u8, bool),
    Unreached(u8),
    Accept(u8, Option<u16>),
    Decline(u8),
    Depart(u8, Option<u16>),
    Progress(u8, Option<u16>),
    Arrive(u8),
    Contact(u8, bool),
    NoEntry(u8),
    WrongAddress(u8),
    CheckIn(u8),
    Support(u8),
    Done(u8),
    Voice(u8, bool),
    Join(u8, bool, bool),
    Take(u8),
    Assign(u8, u8, Option<u16>),
    StandDown(u8),
    Note(u8),
    Photo(u8, u8),
    Raise(u8),
    Lower(u8, u8),
    Escalate(Option<u8>),
    Refer(u8, u8),
    Acknowledge(u8),
    Answer(u8, u8, u8),
    FalseAlarm(u8),
    Resolve(u8),
    AwaitReview(u32),
    Close(Option<u8>, u8),
    FollowUp(u8),
    Reopen(u8),
    Withdrawn(u8),
    HandUp,
}

fn moves() -> impl Strategy<Value = Move> {
    use Move::*;
    let who = 0..CROWD;
    let eta = || prop::option::weighted(0.85, 0u16..2_000);
    prop_oneof![
        14 => (0u16..400).prop_map(Pass),
        4 => (0u16..1_500).prop_map(Sleep),
        3 => Just(Look),
        4 => any::<bool>().prop_map(Crash),
        14 => (any::<u16>(), 0u8..3).prop_map(|(near, tier)| Rank(near, tier)),
        3 => Just(Nobody),
        1 => Just(StaleRank),
        2 => (0u16..64).prop_map(Busy),
        4 => (who.clone(), any::<bool>()).prop_map(|(n, call)| Received(n, call)),
        2 => who.clone().prop_map(Unreached),
        14 => (who.clone(), eta()).prop_map(|(n, eta)| Accept(n, eta)),
        3 => who.clone().prop_map(Decline),
        6 => (who.clone(), eta()).prop_map(|(n, eta)| Depart(n, eta)),
        6 => (who.clone(), eta()).prop_map(|(n, eta)| Progress(n, eta)),
        6 => who.clone().prop_map(Arrive),
        6 => (who.clone(), any::<bool>()).prop_map(|(n, near)| Contact(n, near)),
        2 => who.clone().prop_map(NoEntry),
        2 => who.clone().prop_map(WrongAddress),
        2 => who.clone().prop_map(CheckIn),
        2 => who.clone().prop_map(Support),
        2 => who.clone().prop_map(Done),
        3 => (0u8..10, any::<bool>()).prop_map(|(n, person)| Voice(if n < 1 { 0 } else { n % 5 }, person)),
        3 => (any::<u8>(), prop::bool::weighted(0.2), any::<bool>()).prop_map(|(n, late, voice)| Join(n, late, voice)),
        3 => (0u8..6).prop_map(Take),
        2 => (who.clone(), 0u8..3, eta()).prop_map(|(n, tier, eta)| Assign(n, tier, eta)),
        2 => who.clone().prop_map(StandDown),
        2 => (0u8..6).prop_map(Note),
        2 => (0u8..15, who.clone()).prop_map(|(n, by)| Photo(n, by)),
        1 => (0u8..4).prop_map(Raise),
        2 => (0u8..4, 0u8..6).prop_map(|(to, note)| Lower(to, note)),
        2 => prop::option::of(0u8..3).prop_map(Escalate),
        2 => (0u8..4, 0u8..5).prop_map(|(n, to)| Refer(n, to)),
        3 => (0u8..4).prop_map(Acknowledge),
        2 => (0u8..4, 0u8..4, 0u8..3).prop_map(|(n, what, id)| Answer(n, what, id)),
        1 => (0u8..6).prop_map(FalseAlarm),
        2 => (0u8..7).prop_map(Resolve),
        1 => (0u32..200_000).prop_map(AwaitReview),
        2 => (prop::option::of(0u8..7), 0u8..5).prop_map(|(outcome, proof)| Close(outcome, proof)),
        2 => (0u8..5).prop_map(FollowUp),
        2 => (0u8..6).prop_map(Reopen),
        1 => (0u8..3).prop_map(Withdrawn),
        1 => Just(HandUp),
    ]
}

fn pick<T: Copy>(all: &[T], n: impl Into<usize>) -> T {
    all[n.into() % all.len()]
}

/// Three contacts who may be asked.
fn some_family(_: &Case, _: Timestamp) -> Vec<Askable> {
    let askable = |n| Askable {
        contact: contact(n),
        coming: false,
    };
    (1..=3).map(askable).collect()
}

/// What was seen over a run of the properties: printed once, so that a generator that goes blind is noticed.
type Seen = RefCell<BTreeMap<String, u32>>;

struct World {
    set: PlanSet,
    needs: BTreeSet<Need>,
    plan: Arc<Plan>,
    case: Case,
    log: Vec<Record>,
    now: Timestamp,
    busy: u16,
    keys: BTreeSet<(String, Target)>,
}

impl World {
    fn open(kind: Kind, needs: BTreeSet<Need>, subject: Subject, late: bool, voice_path: bool, drill: bool) -> Self {
        let set = yangcun();
        let plan = Arc::new(set.plan_for(kind, &needs, 12));
        let opening = Opening {
            case: CaseId::new(Uuid::from_u128(1)),
            alert: Alert {
                id: AlertId::new(Uuid::from_u128(2)),
                kind,
                severity: kind.severity(),
                late,
                voice_path,
            },
            subject,
            lane: kind.lane(),
            part: None,
            linked: None,
            inside: vec![],
            drill,
            wishing: None,
            turn_at: late.then(|| t(200)),
        };
        let opened = open(&opening, &plan, Author::System, t(0));
        let mut world = Self {
            set,
            needs,
            plan,
            case: opened.case.clone(),
            log: vec![],
            now: t(0),
            busy: 0,
            keys: BTreeSet::new(),
        };
        world.took(None, &opened, None);
        world
    }

    fn nth(n: u8) -> ResponderId {
        responder(n.into())
    }

    fn is_busy(mask: u16, id: ResponderId) -> bool {
        (0..CROWD).any(|n| Self::nth(n) == id && mask & (1 << n) != 0)
    }

    /// The command that a move stands for, by whom, and the plan its alert would bring.
    fn command(&self, step: &Move) -> Option<(Command, Author, Option<Arc<Plan>>)> {
        let desk = Author::User(UserId::new(Uuid::from_u128(0x50)));
        let other = UserId::new(Uuid::from_u128(0x51));
        let me = |n: u8| (Self::nth(n), Author::Responder(Self::nth(n)));
        let wide = |eta: Option<u16>| eta.map(u32::from);
        let offer_of = |n: u8| {
            let of = self.case.offer_to(Self::nth(n)).or(self.case.offers.last());
            of.map(|it| it.id).unwrap_or(OfferId::new(Uuid::nil()))
        };
        let note = |n: u8| NoteId::new(Uuid::from_u128(0x700 + u128::from(n)));
        let referral = |n: u8| ReferralId::new(Uuid::from_u128(0x800 + u128::from(n)));
        let mut plan = None;
        let (command, by) = match *step {
            Move::Pass(_) | Move::Sleep(_) | Move::Crash(_) | Move::Busy(_) => return None,
            Move::Look => (Command::LookAgain, Author::System),
            Move::Rank(near, tier) => {
                let seek = self.case.seek.as_ref()?;
                let ranked = (0..CROWD)
                    .filter(|n| near & (1 << n) != 0)
                    .map(|n| {
                        candidate(
                            n.into(),
                            pick(&TIERS, (tier + n) % 3),
                            u32::from(n) * 130 + u32::from(near % 200),
                        )
                    })
                    .collect();
                (offered(ranked, seek.no, self.now), Author::System)
            }
            Move::Nobody => (offered(vec![], self.case.seek.as_ref()?.no, self.now), Author::System),
            Move::StaleRank => {
                let no = self.case.seeks.saturating_sub(1);
                (
                    offered(vec![candidate(1, Tier::Grid, 60)], no, self.now),
                    Author::System,
                )
            }
            Move::Received(n, by_call) => {
                let offer = offer_of(n);
                (Command::Received { offer, by_call }, me(n).1)
            }
            Move::Unreached(n) => (Command::Unreached { offer: offer_of(n) }, Author::System),
            Move::Accept(n, eta) => {
                let (by, author) = me(n);
                let (offer, eta_s) = (offer_of(n), wide(eta));
                (Command::Accept { offer, by, eta_s }, author)
            }
            Move::Decline(n) => {
                let (by, author) = me(n);
                let reason = pick(DeclineReason::ALL, n);
                let offer = offer_of(n);
                (Command::Decline { offer, by, reason }, author)
            }
            Move::Depart(n, eta) => (
                Command::Depart {
                    by: me(n).0,
                    eta_s: wide(eta),
                },
                me(n).1,
            ),
            Move::Progress(n, eta) => (
                Command::Progress {
                    by: me(n).0,
                    eta_s: wide(eta),
                },
                me(n).1,
            ),
            Move::Arrive(n) => (Command::Arrive { by: me(n).0 }, me(n).1),
            Move::Contact(n, near) => (Command::ContactMade { by: me(n).0, near }, me(n).1),
            Move::NoEntry(n) => (Command::NoEntry { by: me(n).0 }, me(n).1),
            Move::WrongAddress(n) => (Command::WrongAddress { by: me(n).0 }, me(n).1),
            Move::CheckIn(n) => (Command::CheckIn { by: me(n).0 }, me(n).1),
            Move::Support(n) => (Command::Support { by: me(n).0 }, me(n).1),
            Move::Done(n) => (Command::Done { by: me(n).0 }, me(n).1),
            Move::Voice(n, person) => {
                let result = pick(Voice::ALL, n);
                (
                    Command::VoiceResult { result },
                    if person { desk } else { Author::Call(CALL) },
                )
            }
            Move::Join(n, late, voice_path) => {
                let kind = pick(Kind::ALL, n);
                plan = Some(Arc::new(self.set.plan_for(kind, &self.needs, n % 24)));
                let alert = Alert {
                    id: AlertId::new(Uuid::from_u128(0x900 + u128::from(n))),
                    kind,
                    severity: kind.severity(),
                    late,
                    voice_path,
                };
                (Command::Join { alert }, Author::System)
            }
            Move::Take(n) => {
                let user = if n % 2 == 0 { desk } else { Author::User(other) };
                let command = match n / 2 {
                    0 => Command::Take,
                    1 => Command::KeepTake,
                    _ => Command::TakeOver { from: other },
                };
                (command, user)
            }
            Move::Assign(n, tier, eta) => {
                let (responder, tier, eta_s) = (me(n).0, pick(&TIERS, tier), wide(eta));
                (Command::Assign { responder, tier, eta_s }, desk)
            }
            Move::StandDown(n) => (Command::StandDown { responder: me(n).0 }, desk),
            Move::Note(n) => (Command::Note { note: note(n) }, desk),
            Move::Photo(n, by) => (photo(n.into()), if by % 2 == 0 { desk } else { me(by).1 }),
            Move::Raise(n) => (
                Command::Raise {
                    to: pick(Severity::ALL, n),
                },
                desk,
            ),
            Move::Lower(n, why) => {
                let (to, reason) = (pick(Severity::ALL, n), note(why));
                (Command::Lower { to, reason }, desk)
            }
            Move::Escalate(to) => (
                Command::Escalate {
                    to: to.map(|it| pick(&TIERS, it)),
                },
                desk,
            ),
            Move::Refer(n, to) => {
                let (referral, to) = (referral(n), pick(Agency::ALL, to));
                (Command::Refer { referral, to }, desk)
            }
            Move::Answer(n, what, id) => (
                Command::AnswerReferral {
                    referral: referral(n),
                    answer: pick(crate::case::words::ReferralAnswer::ALL, what),
                    note: note(40 + id),
                },
                desk,
            ),
            Move::Acknowledge(n) => (
                Command::AcknowledgeReferral {
                    referral: referral(n),
                    note: None,
                },
                desk,
            ),
            Move::FalseAlarm(n) => (
                Command::FalseAlarm {
                    reason: pick(FalseReason::ALL, n),
                },
                desk,
            ),
            Move::Resolve(n) => (
                Command::Resolve {
                    outcome: pick(Outcome::ALL, n),
                },
                desk,
            ),
            Move::AwaitReview(s) => {
                let until = self.now + jiff::SignedDuration::from_secs(s.into());
                (Command::AwaitReview { until }, desk)
            }
            Move::Close(outcome, proof) => {
                let outcome = outcome.map(|it| pick(Outcome::ALL, it));
                let same = UserId::new(Uuid::from_u128(0x50));
                let proofs = [
                    Proof::VoiceContact,
                    Proof::OnScene,
                    Proof::SecondLook { by: other },
                    Proof::SecondLook { by: same },
                    Proof::None,
                ];
                let proof = pick(&proofs, proof);
                (Command::Close { outcome, proof }, desk)
            }
            Move::FollowUp(n) => {
                let result = pick(Aftercare::ALL, n);
                (Command::FollowUp { result, how: None }, desk)
            }
            Move::Reopen(n) => (Command::Reopen { reason: note(n) }, desk),
            Move::Withdrawn(n) => (
                Command::Withdrawn {
                    alert: AlertId::new(Uuid::from_u128(0xa00 + u128::from(n))),
                },
                Author::System,
            ),
            Move::HandUp => (Command::HandUp, Author::System),
        };
        Some((command, by, plan))
    }

    fn decide(&self, command: &Command, by: Author, alert_plan: Option<&Arc<Plan>>) -> Result<Decision, Refusal> {
        let mask = self.busy;
        let context = Context {
            now: self.now,
            by,
            plan: &self.plan,
            alert_plan,
            busy: &|id| Self::is_busy(mask, id),
            family: &some_family,
        };
        decide(&self.case, command, &context)
    }

    fn step(&mut self, step: &Move, seen: Option<&Seen>) {
        match step {
            Move::Pass(seconds) => {
                let end = self.now + jiff::SignedDuration::from_secs((*seconds).into());
                while let Some(due) = self.case.due_at().filter(|it| *it <= end) {
                    self.now = self.now.max(due);
                    self.say(&Command::LookAgain, Author::System, None, seen);
                }
                self.now = end;
            }
            Move::Sleep(seconds) => self.now += jiff::SignedDuration::from_secs((*seconds).into()),
            Move::Crash(from_row) => {
                let read: Case = if *from_row {
                    serde_json::from_str(&serde_json::to_string(&self.case).unwrap()).unwrap()
                } else {
                    let log: Vec<Record> = serde_json::from_str(&serde_json::to_string(&self.log).unwrap()).unwrap();
                    Case::rebuild(&log).unwrap()
                };
                assert_eq!(read, self.case);
                self.case = read;
                let plan: Plan = serde_json::from_str(&serde_json::to_string(&*self.plan).unwrap()).unwrap();
                assert_eq!(plan.id(), self.case.plan, "the frozen plan is the one in the case");
                self.plan = Arc::new(plan);
            }
            Move::Busy(mask) => {
                // Who leads here leads here; others may be taken by another case at any moment.
                self.busy = *mask;
            }
            _ => {
                if let Some((command, by, plan)) = self.command(step) {
                    self.say(&command, by, plan.as_ref(), seen);
                }
            }
        }
    }

    fn say(&mut self, command: &Command, by: Author, alert_plan: Option<&Arc<Plan>>, seen: Option<&Seen>) {
        let before = self.case.clone();
        let count = |what: &str| {
            if let Some(seen) = seen {
                *seen
                    .borrow_mut()
                    .entry(format!("{} {} {what}", before.state, command.name()))
                    .or_default() += 1;
            }
        };
        if *command == Command::LookAgain {
            self.one_by_one();
        }
        match self.decide(command, by, alert_plan) {
            Err(_) => count("refused"),
            Ok(decision) => {
                count(if decision.records.is_empty() {
                    "nothing"
                } else {
                    "records"
                });
                self.took(Some(&before), &decision, Some(command));
                // An elder may be asked twice, and "the next tier" said twice means two tiers.
                let anew = matches!(command, Command::VoiceResult { .. } | Command::Escalate { to: None });
                if !anew && let Ok(again) = self.decide(command, by, alert_plan) {
                    assert_eq!(again.records, vec![], "{command:?} said twice");
                }
            }
        }
    }

    /// All that is due in one decision is the same work as clock by clock, with a crash after each.
    fn one_by_one(&self) {
        let mask = self.busy;
        let busy = |id| Self::is_busy(mask, id);
        let whole = self.decide(&Command::LookAgain, Author::System, None).unwrap();
        let mut case = self.case.clone();
        let mut records = vec![];
        loop {
            let mut draft = Draft {
                now: self.now.max(case.last_at),
                case: case.clone(),
                records: vec![],
                plan: self.plan.clone(),
                new_plan: None,
                by: Author::System,
                busy: &busy,
                family: &some_family,
                carried: vec![],
            };
            if !draft.fire_next() {
                break;
            }
            records.extend(draft.records);
            case = draft.case;
        }
        assert_eq!(records, whole.records, "one decision or many");
        assert_eq!(case, whole.case);
    }

    fn took(&mut self, before: Option<&Case>, decision: &Decision, command: Option<&Command>) {
        let after = &decision.case;
        if let Some(plan) = &decision.plan {
            self.plan = plan.clone();
        }
        assert_eq!(after.plan, self.plan.id());
        let mut walk = before.cloned();
        let mut single = vec![];
        for record in &decision.records {
            let text = serde_json::to_string(record).unwrap();
            assert_eq!(&serde_json::from_str::<Record>(&text).unwrap(), record, "{text}");
            let seen = walk.clone();
            let mut next = match walk {
                Some(case) => case,
                None => Case::begin(record).unwrap(),
            };
            if seen.is_some() {
                next.evolve(record);
            }
            single.extend(notices(seen.as_ref(), &next, std::slice::from_ref(record)));
            if let Some(seen) = &seen {
                holds_between(seen, &next, record);
            }
            if let Event::LeadChosen { responder, .. } = &record.event {
                assert!(!Self::is_busy(self.busy, *responder), "who leads elsewhere leads here");
            }
            walk = Some(next);
        }
        let told = notices(before, after, &decision.records);
        assert_eq!(
            told, single,
            "who is told does not depend on what was committed together"
        );
        for it in told {
            let outside = matches!(
                it.to,
                Target::Family | Target::Contact(_) | Target::Principal(_) | Target::Agency(_) | Target::Station(_)
            );
            assert!(!(after.drill && outside), "a drill reaches {it:?}");
            assert!(self.keys.insert((it.step.clone(), it.to)), "{it:?} twice");
        }
        self.log.extend(decision.records.iter().cloned());
        self.case = after.clone();
        assert_eq!(walk.as_ref(), Some(after), "the records make the case");
        if decision.records.is_empty() {
            return;
        }
        let text = serde_json::to_string(after).unwrap();
        assert_eq!(&serde_json::from_str::<Case>(&text).unwrap(), after);
        holds(after, &self.plan, command);
    }
}

const TIERS: [Tier; 3] = [Tier::Home, Tier::Grid, Tier::Street];

fn offered(ranked: Vec<Candidate>, seek_no: u32, as_of: Timestamp) -> Command {
    Command::Offer {
        ranked,
        excluded: vec![],
        excluded_count: 0,
        as_of,
        seek_no,
    }
}

/// The most that an open case may go without a look.
fn look_s(case: &Case, plan: &Plan) -> i64 {
    let own = i64::from(plan.limits.look_s);
    if case.severity == Severity::Critical {
        own.min(180)
    } else {
        own
    }
}

/// What holds of every case after every decision.
fn holds(case: &Case, plan: &Plan, command: Option<&Command>) {
    let said = command.map(Command::name);
    assert_eq!(case.state.is_open(), case.due_at().is_some(), "open and due: {said:?}");
    assert_eq!(
        case.state.is_open(),
        case.clock(Clock::case(K::Look)).is_some(),
        "{said:?}"
    );
    if let Some(look) = case.clock(Clock::case(K::Look)) {
        let waits_for_review = case.state == State::Resolved && case.severity < Severity::Critical;
        let ahead = look.duration_since(case.last_at).as_secs();
        // The service's own alarm waits for nobody: its plan looks after a week.
        let own = look_s(case, plan);
        let most = if waits_for_review { own.max(86_400) } else { own };
        assert!(ahead <= most, "{said:?}: the next look is {ahead} s away: {case:#?}");
    }
    let leads = case.assignments.iter().filter(|it| it.place == Place::Lead).count();
    assert!(leads <= 1, "{leads} lead");
    match case.state {
        State::Ringing => assert_eq!(leads, 0, "{said:?} rings although somebody leads"),
        State::Engaged => assert_eq!(leads, 1, "{said:?} engaged without a lead"),
        State::OnScene => assert!(case.somebody_there(), "{said:?} on the scene without anybody"),
        State::Resolved => assert!(!case.tone || case.referral_open(), "{said:?} paperwork makes no sound"),
        State::Closed => assert!(case.active().next().is_none() && !case.tone && case.outcome.is_some()),
    }
    if matches!(case.state, State::Resolved | State::Closed) {
        assert!(case.offers.iter().all(|it| it.state != OfferState::Open) && case.seek.is_none());
        let only = [K::Look, K::Referral];
        assert!(
            case.clocks.iter().all(|it| only.contains(&it.clock.kind)),
            "{said:?}: {:?}",
            case.clocks
        );
    }
    if let Some(lead) = case
        .lead()
        .filter(|_| matches!(case.state, State::Engaged | State::OnScene))
    {
        let of = |kind| case.clock(Clock::of(kind, lead.responder)).is_some();
        let watched = match lead.stage {
            Stage::Accepted => of(K::Departure) || of(K::Replace),
            Stage::EnRoute => of(K::Progress) || of(K::Replace),
            Stage::Arrived => of(K::Contact) || of(K::CheckIn),
            Stage::Inside => of(K::CheckIn),
            Stage::Done => true,
        };
        assert!(
            watched,
            "{said:?}: nobody watches the lead, {:?}: {:?}",
            lead.stage, case.clocks
        );
    }
    for it in &case.clocks {
        if let state::ClockOf::Responder(id) = it.clock.of {
            let open_offer = case.offer_to(id).is_some_and(|it| it.state == OfferState::Open);
            let active = case.assignment(id).is_some_and(Assignment::is_active);
            assert!(
                open_offer || active,
                "{said:?}: a clock of somebody who is not asked: {:?}",
                it.clock
            );
        }
    }
    if case
        .seek
        .as_ref()
        .is_some_and(|it| it.want == 0 || it.want > plan.limits.ask_wide)
    {
        panic!("{said:?} seeks {:?}", case.seek);
    }
    assert!(case.recent.len() <= 16);
}

/// What holds of every single step.
fn holds_between(before: &Case, after: &Case, record: &Record) {
    let reopened = matches!(record.event, Event::Reopened { .. });
    assert!(record.at >= before.last_at, "time runs backwards");
    if reopened {
        assert_eq!(after.tier, Tier::Street);
    } else {
        assert!(after.tier >= before.tier, "the tier sinks by {}", record.event.name());
    }
    if let (Some(was), Some(is)) = (before.clock(Clock::case(K::Look)), after.clock(Clock::case(K::Look))) {
        let looked = matches!(record.event, Event::Rang { .. }) && was <= record.at;
        let resets = matches!(
            record.event,
            Event::VoiceResult { .. }
                | Event::Accepted { .. }
                | Event::Assigned { .. }
                | Event::Departed { .. }
                | Event::ContactMade { .. }
                | Event::Referred { .. }
                | Event::ReferralAcknowledged { .. }
                | Event::ReferralAnswered { .. }
                | Event::ReferralWaived { .. }
                | Event::Resolved { .. }
                | Event::ReviewAwaited
                | Event::Reopened { .. }
        );
        assert!(
            is <= was || looked || resets,
            "{} puts the look off",
            record.event.name()
        );
    }
    let (was, is) = (before.clock(Clock::case(K::Door)), after.clock(Clock::case(K::Door)));
    if let (Some(was), Some(is)) = (was, is) {
        assert!(is <= was || reopened, "{} puts the door off", record.event.name());
    }
    if was.is_some() && is.is_none() {
        let may = matches!(
            record.event,
            Event::Arrived { .. } | Event::DoorLate | Event::Resolved { .. } | Event::Closed { .. }
        );
        assert!(may, "{} stops the door clock", record.event.name());
    }
    let (was, is) = (before.clock(Clock::case(K::Ring)), after.clock(Clock::case(K::Ring)));
    if was.is_some() && is.is_none() {
        let fired = matches!(
            record.event,
            Event::Rang {
                whom: Ring::DutyLeader,
                ..
            }
        );
        let answered = matches!(
            record.event,
            Event::Taken
                | Event::VoiceResult { .. }
                | Event::LeadChosen { .. }
                | Event::Arrived { .. }
                | Event::Resolved { .. }
                | Event::SeverityChanged { .. }
        );
        assert!(fired || answered, "{} silences the street", record.event.name());
        let automatic = matches!(record.event, Event::VoiceResult { .. }) && record.by == Author::Call(CALL);
        assert!(!automatic, "a machine silences the street");
    }
    if matches!(record.by, Author::Call(_)) {
        // No set of plans that is shipped lets a key end anything.
        assert_ne!(record.event, Event::VoiceResult { result: Voice::Fine });
        assert_ne!(
            (before.state != after.state, after.state),
            (true, State::Resolved),
            "a key ends a case"
        );
    }
}

/// An automatic call.
const CALL: CallId = CallId::new(Uuid::from_u128(77));

fn subjects() -> impl Strategy<Value = Subject> {
    let id = Uuid::from_u128(3);
    prop_oneof![
        8 => Just(Subject::Elder(ElderId::new(id))),
        1 => Just(Subject::Household(crate::ids::HouseholdId::new(id))),
        1 => Just(Subject::Unknown(crate::ids::DeviceId::new(id))),
    ]
}

fn worlds() -> impl Strategy<Value = World> {
    let kind = prop_oneof![
        6 => prop::sample::select(vec![Kind::Sos, Kind::Fall]),
        4 => prop::sample::select(Kind::ALL),
    ];
    let needs = prop::collection::btree_set(prop::sample::select(Need::ALL), 0..3);
    (
        kind,
        needs,
        subjects(),
        prop::bool::weighted(0.1),
        any::<bool>(),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(kind, needs, subject, late, voice, drill)| World::open(kind, needs, subject, late, voice, drill))
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {:?} for {:?}", self.case.kind, self.needs, self.case.subject)
    }
}

/// The committed run is short; `PROPTEST_CASES` makes it long.
fn config(cases: u32) -> ProptestConfig {
    let wanted = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok());
    ProptestConfig {
        cases: wanted.unwrap_or(cases),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[test]
fn whatever_is_done_the_promises_hold() {
    let seen: Seen = RefCell::default();
    let input = (worlds(), prop::collection::vec(moves(), 20..70));
    let mut runner = proptest::test_runner::TestRunner::new(config(150));
    runner
        .run(&input, |(mut world, steps)| {
            for step in &steps {
                world.step(step, Some(&seen));
            }
            assert_eq!(
                Case::rebuild(&world.log).unwrap(),
                world.case,
                "the log rebuilds the case"
            );
            Ok(())
        })
        .unwrap();
    let seen = seen.into_inner();
    println!("{} pairs of state, command and result", seen.len());
    for (what, count) in &seen {
        println!("{count:>7} {what}");
    }
    for state in State::ALL {
        let reached: u32 = seen
            .iter()
            .filter(|it| it.0.starts_with(state.as_str()))
            .map(|it| it.1)
            .sum();
        assert!(reached > 50, "the generator hardly reaches {state}: {reached}");
    }
}

/// Nobody does anything: only our own timers look, each a little late, and the ranking answers or does not.
#[test]
fn an_unanswered_call_reaches_the_street_in_time_and_rings_until_somebody_takes_it() {
    let input = (worlds(), prop::collection::vec((0u8..4, 0u16..512), 1..12), 0i64..2);
    let mut runner = proptest::test_runner::TestRunner::new(config(40));
    runner
        .run(&input, |(mut world, answers, late_s)| {
            let mut street = world
                .plan
                .steps
                .iter()
                .find(|it| it.what == plan::StepKind::Street)
                .map_or(0, |it| it.at_s);
            let asked = matches!(world.case.kind, Kind::Sos | Kind::Fall) && world.case.subject.elder().is_some();
            if asked {
                street = street.min(world.plan.limits.voice_street_s);
            }
            let ring_s = i64::from(world.plan.limits.ring_s);
            let heard = world.case.severity >= Severity::Urgent;
            let mut last_ring = None;
            for round in 0..60 {
                let (what, near) = answers[round % answers.len()];
                match what {
                    0 => world.step(&Move::Nobody, None),
                    1 => world.step(&Move::Rank(near, what), None),
                    _ => {}
                }
                let due = world.case.due_at().unwrap();
                let over = due.duration_since(t(i64::from(street))).as_secs() > 0;
                if over {
                    assert_eq!(
                        world.case.tier,
                        Tier::Street,
                        "{world:?}: not with the street after {street} s"
                    );
                }
                world.now = world.now.max(due + jiff::SignedDuration::from_secs(late_s));
                let from = world.log.len();
                world.say(&Command::LookAgain, Author::System, None, None);
                let rang = world.log[from..]
                    .iter()
                    .any(|it| matches!(it.event, Event::Rang { .. }));
                if world.case.tier == Tier::Street && heard {
                    if rang {
                        last_ring = Some(world.now);
                    }
                    if let Some(last) = last_ring {
                        let silent = world.now.duration_since(last).as_secs();
                        assert!(silent <= ring_s, "{world:?}: the street was silent for {silent} s");
                        let next = world.case.due_at().unwrap().duration_since(world.now).as_secs();
                        assert!(next <= ring_s, "{world:?}: nothing is due for {next} s");
                    }
                }
                assert_eq!(world.case.state, State::Ringing);
            }
            if heard {
                assert!(world.case.tone, "{world:?}: the tone stopped by itself");
                world.step(&Move::Take(0), None);
                assert!(!world.case.tone && world.case.clock(Clock::case(K::Ring)).is_none());
            }
            Ok(())
        })
        .unwrap();
}

/// Three say yes within the window; wherever the process dies, the same one leads at the same instant.
#[test]
fn the_same_one_leads_wherever_the_process_dies() {
    let answers = prop::collection::vec((0u8..5, prop::option::weighted(0.8, 0u16..1_200), Just(())), 1..6);
    let input = (answers, 0usize..8, any::<bool>(), 0u16..20);
    let mut runner = proptest::test_runner::TestRunner::new(config(100));
    runner
        .run(&input, |(answers, crash_at, from_row, down_s)| {
            let run = |crash: Option<usize>| {
                let needs = [Need::General].into();
                let subject = Subject::Elder(ElderId::new(Uuid::from_u128(3)));
                let mut world = World::open(Kind::Sos, needs, subject, false, true, false);
                world.step(&Move::Rank(0b1_1111, 1), None);
                world.step(&Move::Pass(1), None);
                let window = |world: &World| world.case.clock(Clock::case(K::Window));
                let mut ends = None;
                for (at, (n, eta, _)) in answers.iter().enumerate() {
                    if crash == Some(at) {
                        world.step(&Move::Crash(from_row), None);
                    }
                    if ends.is_some() && window(&world).is_none() {
                        break;
                    }
                    world.step(&Move::Accept(*n, *eta), None);
                    ends = ends.or(window(&world));
                    world.now += jiff::SignedDuration::from_secs(1);
                }
                if crash.is_some() {
                    world.step(&Move::Crash(from_row), None);
                }
                // The restart takes its time, and a late yes comes before the first look.
                if let Some(ends) = window(&world) {
                    if crash.is_some() {
                        world.now = ends + jiff::SignedDuration::from_secs(i64::from(down_s));
                        let silent = |n: &u8| {
                            world
                                .case
                                .offer_to(World::nth(*n))
                                .is_some_and(|it| it.state == OfferState::Open)
                        };
                        if let Some(late) = (0..CROWD).find(silent) {
                            world.step(&Move::Accept(late, Some(1)), None);
                        }
                    } else {
                        world.now = ends;
                    }
                    world.step(&Move::Look, None);
                }
                world.case.lead().map(|it| it.responder)
            };
            assert_eq!(run(None), run(Some(crash_at)));
            Ok(())
        })
        .unwrap();
}
