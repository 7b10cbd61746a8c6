//! Makes the calls, takes in what is reported, looks at those whose time has come, and tells the case what an automatic one has found.
//!
//! The rows are the truth: every change is written over the version that was read, and what another node has changed meanwhile is read
//! again. A call to a line that does not answer is a task of its own; none waits for another.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, broadcast, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::config::{NEVER, TelephonyConfig};
use super::http::HttpLine;
use super::sip::{IN_HAND_S, News, SipLine};
use super::texts::Texts;
use super::{Line, Order, Placed, ReportError, Reported, Way};
use crate::case::{
    Author, Call, CallLimits, CallOver, CallPurpose, CallSaid, Callee, Case, Command, Refusal, State, Voice,
};
use crate::dispatch::desk::{Changed, Desk, DeskError};
use crate::ids::{CallId, CaseId, UserId};
use crate::people::{ContactMode, Elder, ElderStatus, Hearing, Language, Phone};
use crate::store::cases::{CaseView, Once};
use crate::store::{Begun, Store, StoreError};

/// Calls looked at in one round.
const DUE_MAX: u64 = 200;

/// Open cases looked through in one round for those that nobody has in hand; the next round goes on behind them.
const CASES_MAX: u64 = 500;

/// How often a change is tried again over what another has written meanwhile.
const TRIES_MAX: usize = 8;

/// Between two rounds, in case a hint was lost.
const EVERY: Duration = Duration::from_millis(500);

/// Why nobody is called.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallRefused {
    /// There is no line.
    #[error("no line for calls is configured")]
    NoLine,
    /// All lines are in use.
    #[error("as many calls go on as may")]
    LinesBusy,
    /// Somebody is calling them already.
    #[error("they are being called already")]
    AlreadyCalled(Box<Call>),
    /// There is no such desk.
    #[error("there is no such desk")]
    NoDesk,
    /// An exercise calls nobody.
    #[error("an exercise calls nobody")]
    Drill,
    /// Help itself is called by a person.
    #[error("emergency numbers are not called from here")]
    Emergency,
    /// There is no such call of this case.
    #[error("there is no such call")]
    NotFound,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a report is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReportRefused {
    /// There is no such line, or it reports nothing.
    #[error("there is no such line")]
    Unknown,
    /// The signature is not right.
    #[error("the signature does not match")]
    Signature,
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// It could not be kept; it may be sent again.
    #[error("it could not be kept; send it again")]
    NotKept,
}

/// A call that somebody at a desk wants.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its id, made at the edge.
    pub id: CallId,
    /// Who is called.
    pub callee: Callee,
    /// Their number.
    pub to: Phone,
    /// The desk's own telephone.
    pub desk: String,
    /// Who asks.
    pub by: UserId,
    /// The elder has agreed to be recorded.
    pub may_record: bool,
}

/// The switchboard. Cheap to clone.
#[derive(Clone)]
pub struct Switchboard(Arc<Inner>);

struct Inner {
    desk: Desk,
    lines: Vec<Arc<dyn Line>>,
    config: TelephonyConfig,
    limits: CallLimits,
    texts: Texts,
    /// Calls that a task of ours works on.
    at_work: Mutex<HashSet<CallId>>,
    /// Cases of which this node has an automatic call going: who takes them is looked for at once.
    checked: Mutex<HashSet<CaseId>>,
    /// The last case that was looked at for an automatic call; none: the next round begins with the oldest.
    looked_at: Mutex<Option<(Timestamp, CaseId)>>,
    changes: broadcast::Sender<Arc<Call>>,
    wake: Notify,
}

impl Switchboard {
    /// With the lines of a configuration.
    ///
    /// # Errors
    /// What of it cannot be used, in a sentence.
    pub fn open(desk: Desk, config: TelephonyConfig, sip: Option<SipLine>) -> Result<Self, String> {
        let mut lines: Vec<Arc<dyn Line>> = config.injected.0.clone();
        lines.extend(sip.map(|it| Arc::new(it) as Arc<dyn Line>));
        if let Some(line) = HttpLine::open(&config.http)? {
            lines.push(Arc::new(line));
        }
        let texts = Texts::read(config.check.texts_folder.as_deref()).map_err(|it| it.join("; "))?;
        let (changes, _) = broadcast::channel(1_024);
        Ok(Self(Arc::new(Inner {
            limits: config.limits(),
            desk,
            lines,
            config,
            texts,
            at_work: Mutex::default(),
            checked: Mutex::default(),
            looked_at: Mutex::default(),
            changes,
            wake: Notify::new(),
        })))
    }

    /// Whether anybody can be called.
    pub fn has_line(&self) -> bool {
        !self.0.lines.is_empty()
    }

    /// Calls that have changed on this node: a hint, the store has the truth.
    pub fn changes(&self) -> broadcast::Receiver<Arc<Call>> {
        self.0.changes.subscribe()
    }

    fn store(&self) -> &Store {
        self.0.desk.store()
    }

    fn now(&self) -> Timestamp {
        self.0.desk.clock().now()
    }

    fn line(&self, name: &str) -> Option<&Arc<dyn Line>> {
        self.0.lines.iter().find(|it| it.name() == name)
    }

    /// Joins a desk with somebody: answered when the line has taken it, or has not. An automatic call to the same person ends first.
    ///
    /// # Errors
    /// See [`CallRefused`]. What the line says is in the call itself.
    pub async fn call(&self, view: &CaseView, wanted: Wanted) -> Result<Call, CallRefused> {
        let inner = &self.0;
        let line = inner.lines.first().ok_or(CallRefused::NoLine)?.clone();
        if view.case.drill {
            return Err(CallRefused::Drill);
        }
        if NEVER.contains(&wanted.to.reveal()) {
            return Err(CallRefused::Emergency);
        }
        let known = inner.config.desk_phones();
        if !known.iter().any(|it| it.extension == wanted.desk) {
            return Err(CallRefused::NoDesk);
        }
        let (purpose, by) = (CallPurpose::Desk, Author::User(wanted.by));
        let name = line.name().to_owned();
        let mut call = Call::new(wanted.id, view.case.id, purpose, wanted.callee, by, name, self.now());
        call.desk = Some(wanted.desk.clone());
        call.record = inner.config.record && wanted.may_record;
        let kept = match self.begin(call.clone()).await? {
            Begun::AlreadyCalled(other) if other.purpose == CallPurpose::Check => {
                // A person is better than a voice that asks for a key.
                self.end(other.id, CallOver::Taken).await?;
                self.begin(call).await?
            }
            begun => begun,
        };
        match kept {
            Begun::Begun(kept) => {
                let order = Order {
                    to: wanted.to,
                    ring_s: inner.config.ring_s,
                    longest_s: inner.config.longest_s,
                    language: Language::ZhCn,
                    way: Way::Join { desk: wanted.desk },
                    now: self.now(),
                    call: kept.call,
                };
                self.place(line.as_ref(), order).await
            }
            Begun::Known(kept) => Ok(kept.call),
            Begun::AlreadyCalled(other) => Err(CallRefused::AlreadyCalled(other)),
            Begun::NoLine => Err(CallRefused::LinesBusy),
        }
    }

    async fn begin(&self, call: Call) -> Result<Begun, StoreError> {
        let most = match call.purpose {
            CallPurpose::Desk => self.0.config.calls_max,
            CallPurpose::Check => self.0.config.check.calls_max,
        };
        let begun = self.store().begin_call(call, self.0.limits, most.into()).await?;
        if let Begun::Begun(kept) = &begun {
            self.tell_all(&kept.call);
        }
        Ok(begun)
    }

    /// Asks the line, and writes down what it says.
    async fn place(&self, line: &dyn Line, order: Order) -> Result<Call, CallRefused> {
        let id = order.call.id;
        let placed = line.place(&order).await;
        let purpose = order.call.purpose.as_str();
        tracing::info!(call.id = %id, case.id = %order.call.case, purpose, line = line.name(), ?placed, "a call was asked for");
        let changed = self
            .change(id, |call, now| match &placed {
                Placed::Taken { proof } => call.hear(&CallSaid::Taken { proof: proof.clone() }, now),
                Placed::No(why) => call.hear(&CallSaid::Over(*why), now),
                // It may ring all the same: the line is told to leave it.
                Placed::Unknown => call.hang_up(CallOver::Lost, now),
            })
            .await?
            .ok_or(CallRefused::NotFound)?;
        Ok(changed)
    }

    /// Ends a call of a case; its line is told right afterwards.
    ///
    /// # Errors
    /// `NotFound`, and the store's.
    pub async fn hang_up(&self, case: CaseId, id: CallId) -> Result<Call, CallRefused> {
        let known = self.store().phone_call(id).await?;
        if known.is_none_or(|it| it.call.case != case) {
            return Err(CallRefused::NotFound);
        }
        // For the desk it is over at once: a line that does not answer costs no click its speed.
        let ended = self.change(id, |call, now| call.hang_up(CallOver::HungUp, now)).await?;
        self.0.wake.notify_one();
        ended.ok_or(CallRefused::NotFound)
    }

    /// Ends a call, and tells its line at once; what cannot be told now is told later.
    async fn end(&self, id: CallId, why: CallOver) -> Result<Option<Call>, StoreError> {
        let ended = self.change(id, |call, now| call.hang_up(why, now)).await?;
        match ended {
            Some(call) if call.release.is_some() => self.release(call).await,
            ended => Ok(ended),
        }
    }

    async fn release(&self, call: Call) -> Result<Option<Call>, StoreError> {
        let told = match self.line(&call.line) {
            Some(line) => line.hang_up(&call, self.now()).await,
            None => true, // a line that is no more has no calls
        };
        self.change(call.id, |call, _| {
            let before = call.release;
            call.released(told);
            call.release != before
        })
        .await
    }

    /// Takes a line's report: answered when it is kept and what follows from it is done.
    ///
    /// # Errors
    /// See [`ReportRefused`].
    pub async fn take(&self, line: &str, headers: &[(String, String)], body: &[u8]) -> Result<(), ReportRefused> {
        let line = self.line(line).ok_or(ReportRefused::Unknown)?;
        let reported = line
            .understand(headers, body, self.now())
            .map_err(|error| match error {
                ReportError::None => ReportRefused::Unknown,
                ReportError::Signature => ReportRefused::Signature,
                ReportError::Unreadable(why) => ReportRefused::Unreadable(why),
            })?;
        self.follow(reported).await.map_err(|error| {
            tracing::warn!(%error, "a report of a call could not be kept");
            ReportRefused::NotKept
        })
    }

    /// What follows from a report. One of a call that there is not is nothing: it may be of another house.
    async fn follow(&self, reported: Reported) -> Result<(), StoreError> {
        match reported {
            Reported::Nothing => Ok(()),
            Reported::Said(id, said) => {
                self.change(id, |call, now| call.hear(&said, now)).await?;
                Ok(())
            }
            Reported::Recording(id, place) => self.recorded(id, &place).await,
        }
    }

    /// Keeps where a recording is, sealed, of a call that might be recorded; of any other it is not kept.
    async fn recorded(&self, id: CallId, place: &str) -> Result<(), StoreError> {
        let Some(kept) = self.store().phone_call(id).await? else {
            return Ok(());
        };
        if !kept.call.record {
            tracing::warn!(call.id = %id, "a line has recorded a call without consent; where is not kept");
            return Ok(());
        }
        let Some(view) = self.store().case(kept.call.case).await? else {
            return Ok(());
        };
        let sealed = self.0.desk.seal_recording(view.case.subject, id, place)?;
        self.store()
            .put_recording(id, kept.call.case, sealed, self.now())
            .await?;
        self.change(id, |call, _| !std::mem::replace(&mut call.recorded, true))
            .await?;
        Ok(())
    }

    /// Changes a call as it stands, tells those who look, and the case what follows. The call as it stands then; none: there is none.
    async fn change(
        &self,
        id: CallId,
        change: impl Fn(&mut Call, Timestamp) -> bool + Send + Sync,
    ) -> Result<Option<Call>, StoreError> {
        for _ in 0..TRIES_MAX {
            let Some(mut kept) = self.store().phone_call(id).await? else {
                return Ok(None);
            };
            let was_open = kept.call.state.is_open();
            if !change(&mut kept.call, self.now()) {
                return Ok(Some(kept.call));
            }
            let Some(kept) = self.store().save_call(&kept, &self.0.limits).await? else {
                continue;
            };
            self.tell_all(&kept.call);
            if let Some(over) = kept.call.over.filter(|_| was_open) {
                let purpose = kept.call.purpose.as_str();
                metrics::counter!("ecd_phone_calls_over_total", "purpose" => purpose, "over" => over.as_str())
                    .increment(1);
            }
            return self.settle(kept.call).await.map(Some);
        }
        Err(StoreError::unavailable(crate::store::Reason::Busy))
    }

    fn tell_all(&self, call: &Call) {
        // Nobody listening is no error.
        let _ = self.0.changes.send(Arc::new(call.clone()));
        let mut checked = self.0.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if call.purpose == CallPurpose::Check && call.state.is_open() {
            checked.insert(call.case);
        } else if call.purpose == CallPurpose::Check {
            checked.remove(&call.case);
        }
    }

    /// Tells the case what an automatic call has found. Told twice it is told once: the second time is the same key to the desk.
    fn settle(&self, call: Call) -> BoxFuture<'_, Result<Call, StoreError>> {
        Box::pin(self.settle_now(call))
    }

    async fn settle_now(&self, call: Call) -> Result<Call, StoreError> {
        let Some(found) = call.finding().filter(|it| !call.settled && Some(*it) != call.told) else {
            return Ok(call);
        };
        let Some(view) = self.store().case(call.case).await? else {
            return Ok(call);
        };
        let (told, marked) = match self.say(&view.case, &call, found).await {
            Ok(it) => it,
            Err(DeskError::Store(error)) => return Err(error),
            Err(error) => {
                // Too many orders wait: it is due still, and comes again.
                tracing::warn!(call.id = %call.id, %error, "what a call has found could not be told now");
                return Ok(call);
            }
        };
        let told_before = call.told;
        let changed = self
            .change(call.id, |it, _| {
                // A key that came meanwhile is told next.
                if it.finding() != Some(found) {
                    return false;
                }
                let before = it.clone();
                it.tell(told, marked);
                *it != before
            })
            .await?;
        tracing::info!(call.id = %call.id, case.id = %call.case, %found, marked, again = told_before.is_some(), "an automatic call has found something");
        Ok(changed.unwrap_or(call))
    }

    /// What the case was told, and whether it is a mark only.
    async fn say(&self, case: &Case, call: &Call, found: Voice) -> Result<(Option<Voice>, bool), DeskError> {
        let in_hand = case.holder().is_some() || case.was_heard() || case.somebody_there();
        match found {
            // Somebody at a desk speaks with them, or has: a machine's silence adds nothing, and its key ends nothing.
            Voice::NoAnswer | Voice::Unclear if in_hand => return Ok((None, false)),
            Voice::Fine if in_hand => return Ok((None, true)),
            _ => {}
        }
        match self.voice(call, found).await {
            Ok(()) => Ok((Some(found), false)),
            // Whoever has fallen is heard by a person.
            Err(DeskError::Refused(Refusal::ProofMissing, _)) => Ok((None, true)),
            Err(DeskError::Refused(Refusal::Over, Some(now))) if found == Voice::NeedsHelp => {
                // "Fine", and then the other key: what was ended by a key begins again by one.
                let by_key = now.state == State::Resolved && now.by_key;
                if !by_key {
                    return Ok((None, true));
                }
                let note = self
                    .0
                    .desk
                    .note(now.subject, "自动电话：先按了“没事”，又按了“需要帮助”")?;
                let command = Command::Reopen { reason: note.id };
                let once = Once::new("phone_call", &[call.id.to_string().as_bytes(), b"reopen"], b"");
                self.0
                    .desk
                    .handle_with(call.case, command, Author::Call(call.id), Some(note), Some(once))
                    .await?;
                self.voice(call, found).await?;
                Ok((Some(found), false))
            }
            Err(DeskError::Refused(..) | DeskError::NotFound(_)) => Ok((None, false)),
            Err(error) => Err(error),
        }
    }

    async fn voice(&self, call: &Call, result: Voice) -> Result<(), DeskError> {
        let id = call.id.to_string();
        let once = Once::new("phone_call", &[id.as_bytes(), result.as_str().as_bytes()], b"");
        let command = Command::VoiceResult { result };
        self.0
            .desk
            .handle_with(call.case, command, Author::Call(call.id), None, Some(once))
            .await
            .map(|_| ())
    }

    /// One round, to its end: calls whose time has come, automatic calls whose case somebody has in hand, and elders whom nobody at a
    /// desk had time for.
    ///
    /// # Errors
    /// The store's, when not even the lists could be read.
    pub async fn run_due(&self) -> Result<(), StoreError> {
        let mut tasks = self.round().await?;
        while tasks.join_next().await.is_some() {}
        Ok(())
    }

    /// Begins a round; each call of it is a task of its own.
    async fn round(&self) -> Result<JoinSet<()>, StoreError> {
        let mut tasks = JoinSet::new();
        if !self.has_line() {
            // Rows that an earlier configuration has left end by their clocks all the same.
            return self.look(tasks).await;
        }
        for kept in self.store().open_checks().await? {
            let view = self.store().case(kept.call.case).await?;
            if view.is_none_or(|it| is_in_hand(&it.case)) {
                self.spawn(&mut tasks, kept.call.id, |it, id| async move {
                    it.end(id, CallOver::Taken).await.map(|_| ())
                });
            }
        }
        tasks = self.look(tasks).await?;
        self.check_silent(&mut tasks).await?;
        Ok(tasks)
    }

    async fn look(&self, mut tasks: JoinSet<()>) -> Result<JoinSet<()>, StoreError> {
        let now = self.now();
        let (due, aside) = self.store().due_calls(now, DUE_MAX).await?;
        for error in &aside {
            tracing::error!(%error, "a call does not read back");
            self.store().keep_aside(error, now).await?;
        }
        for kept in due {
            self.spawn(&mut tasks, kept.call.id, |it, id| async move { it.look_at(id).await });
        }
        Ok(tasks)
    }

    async fn look_at(&self, id: CallId) -> Result<(), StoreError> {
        let looked = self.change(id, |call, now| call.look(&self.0.limits, now)).await?;
        let Some(call) = looked else { return Ok(()) };
        // Nothing had changed, but the case may not have been told.
        let call = self.settle(call).await?;
        if call.release.is_some() {
            self.release(call).await?;
        }
        Ok(())
    }

    /// Runs `work` on a call, unless a task of ours is at it already: a line that does not answer has one task, and not one a round.
    fn spawn<F>(&self, tasks: &mut JoinSet<()>, id: CallId, work: impl FnOnce(Self, CallId) -> F + Send + 'static)
    where
        F: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        let mine = self.0.at_work.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        if !mine {
            return;
        }
        let it = self.clone();
        tasks.spawn(async move {
            let done = AtWork(it.clone(), id);
            if let Err(error) = work(it, id).await {
                tracing::warn!(call.id = %id, %error, "a call could not be looked at");
            }
            drop(done);
        });
    }

    /// Calls elders whose case nobody at a desk has in hand by now.
    async fn check_silent(&self, tasks: &mut JoinSet<()>) -> Result<(), StoreError> {
        let check = &self.0.config.check;
        let Some(line) = self.0.lines.iter().find(|it| it.asks()).filter(|_| check.after_s > 0) else {
            return Ok(());
        };
        let now = self.now();
        let before = now - SignedDuration::from_secs(check.after_s.into());
        let kinds: Vec<_> = check.kinds.iter().copied().collect();
        // Those who hear no voice, or whose case somebody has in hand, stay in the list: it is gone through, however long it is, and
        // nobody behind them waits for ever.
        let after = *self.0.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let cases = self
            .store()
            .cases_without_check(&kinds, before, after, CASES_MAX)
            .await?;
        let last = cases.last().copied().filter(|_| cases.len() as u64 >= CASES_MAX);
        *self.0.looked_at.lock().unwrap_or_else(PoisonError::into_inner) = last;
        for (_, case) in cases {
            let Some(view) = self.store().case(case).await? else {
                continue;
            };
            let elder = view.case.subject.elder().and_then(|it| self.0.desk.picture().elder(it));
            let waits = !is_in_hand(&view.case) && view.case.voice.is_none();
            let Some(elder) = elder.filter(|it| waits && hears_a_voice(it)) else {
                continue;
            };
            if self.0.desk.picture().is_frozen(elder.id) {
                continue;
            }
            // Somebody has called them, or is at it. A call to a contact says nothing of how they are.
            let calls = self.store().phone_calls_of(case).await?;
            if calls.iter().any(|it| matches!(it.callee, Callee::Elder(_))) {
                continue;
            }
            let id = CallId::derive(case.as_uuid(), "check");
            let line = line.clone();
            self.spawn(tasks, id, move |it, id| async move {
                it.check(&line, case, id, &elder).await
            });
        }
        Ok(())
    }

    async fn check(&self, line: &Arc<dyn Line>, case: CaseId, id: CallId, elder: &Elder) -> Result<(), StoreError> {
        let secrets = self
            .store()
            .elder_secrets(elder.id, &[crate::store::ElderField::Phones])
            .await?;
        let phones = secrets.map(|it| it.phones).unwrap_or_default();
        let Some(to) = phones.into_iter().find(|it| !NEVER.contains(&it.reveal())) else {
            return Ok(()); // the ladder has its own clocks for that
        };
        let name = line.name().to_owned();
        let callee = Callee::Elder(elder.id);
        let call = Call::new(id, case, CallPurpose::Check, callee, Author::System, name, self.now());
        let Begun::Begun(kept) = self.begin(call).await? else {
            return Ok(()); // another node has it, somebody is calling them, or all lines are in use
        };
        let check = &self.0.config.check;
        let dialect = elder.dialect.clone();
        let order = Order {
            to,
            ring_s: self.0.config.ring_s,
            longest_s: check.longest_s,
            language: check.language,
            way: Way::Ask {
                text: self.0.texts.check(check.language, dialect.as_deref()),
                dialect,
            },
            now: self.now(),
            call: kept.call,
        };
        match self.place(line.as_ref(), order).await {
            Ok(call) if call.release.is_some() => self.release(call).await.map(|_| ()),
            Ok(_) | Err(CallRefused::NotFound) => Ok(()),
            Err(CallRefused::Store(error)) => Err(error),
            Err(error) => {
                tracing::warn!(call.id = %id, %error, "an elder could not be called");
                Ok(())
            }
        }
    }

    /// Works until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        let mut changes = self.0.desk.changes();
        let mut tasks: JoinSet<()> = JoinSet::new();
        loop {
            match self.round().await {
                Ok(mut round) => {
                    // What is over is forgotten; what hangs holds up no round.
                    while tasks.try_join_next().is_some() {}
                    tasks.spawn(async move { while round.join_next().await.is_some() {} });
                }
                Err(error) => tracing::warn!(%error, "calls could not be looked at"),
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.0.desk.clock().sleep(EVERY) => {}
                () = self.0.wake.notified() => {}
                () = self.taken(&mut changes) => {}
            }
        }
        // A line has its time limit, and what it was asked for is written down.
        while tasks.join_next().await.is_some() {}
    }

    /// Waits until somebody has taken a case in hand whose elder is being asked.
    async fn taken(&self, changes: &mut broadcast::Receiver<Arc<Changed>>) {
        loop {
            match changes.recv().await {
                Ok(changed) => {
                    let case = &changed.done.case;
                    let checked = self.0.checked.lock().unwrap_or_else(PoisonError::into_inner);
                    if checked.contains(&case.id) && is_in_hand(case) {
                        return;
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    /// Takes in what a line in this process says of its calls, until it says nothing any more. What cannot be written now is said again
    /// by the clock: a call that is not in hand any more is lost.
    pub async fn listen(self, mut news: mpsc::UnboundedReceiver<News>) {
        while let Some(it) = news.recv().await {
            let done = match it {
                News::Said(id, said) => self.follow(Reported::Said(id, said)).await,
                News::InHand(id) => {
                    let until = self.now() + SignedDuration::from_secs(IN_HAND_S.into());
                    self.keep_in_hand(id, until).await
                }
            };
            if let Err(error) = done {
                tracing::warn!(%error, "what a line says of a call could not be kept");
            }
        }
    }

    /// How far a line that keeps no record of its own has a call in its hands.
    async fn keep_in_hand(&self, id: CallId, until: Timestamp) -> Result<(), StoreError> {
        self.change(id, |call, _| {
            let open = call.state.is_open() && call.in_hand_until != Some(until);
            if open {
                call.in_hand_until = Some(until);
            }
            open
        })
        .await
        .map(|_| ())
    }
}

/// Given back when a task is over, also when it broke off.
struct AtWork(Switchboard, CallId);

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut at_work = self.0.0.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        at_work.remove(&self.1);
    }
}

/// Whether an automatic call has nothing to learn any more: somebody at a desk has the case in hand or has tried to speak with them,
/// somebody is there, or it is over.
fn is_in_hand(case: &Case) -> bool {
    let waits = matches!(case.state, State::Ringing | State::Engaged);
    let asked = case.voice.is_some() && !case.by_key;
    !waits || case.drill || case.taken_by.is_some() || asked || case.somebody_there()
}

/// Whether somebody can be asked by a voice at all: a telephone that rings is nothing to whoever cannot hear it.
fn hears_a_voice(elder: &Elder) -> bool {
    elder.contact_mode == ContactMode::Voice && elder.hearing != Hearing::Deaf && elder.status == ElderStatus::Active
}
