//! The worker of the outbox: rows are claimed, looked at beside their case, sent, and finished.
//!
//! ```text
//!  waiting --claim--> sending --taken--> sent --receipt--> received
//!     ^                  |------received-------------------^
//!     |---later----------|                        (the lease ends: due again, same id)
//!                        |------refused, out of time--> failed
//!                        '------the case moved on-----> stale
//! ```
//!
//! A carrier's row that has failed takes its person on to the next wave of ways, in the transaction that writes the failure; a wave
//! that has had its time is looked for beside the lines ([`crate::store::cases::telling`]).
//!
//! A row in hand is kept in hand until what came of it is written ([`hold`](super::hold)); what follows from a result, a case that is told
//! or a report that came early, keeps no other result waiting.
//!
//! Each channel and each carrier has a line of its own, with its own slots: it claims no more rows than it has free slots, the most urgent
//! first, so a row never waits in memory while its lease runs. A hint wakes a line; the slow tick finds what a hint lost.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::{Notify, Semaphore, broadcast, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::carry::{Carried, Post, Try};
use super::hold::{Hold, Holds};
use super::letter::Carrier;
use super::limits::is_quota;
use super::stale::{self, Now};
use super::{Channel, Delivery, MayHear, OnReceived, Outgoing, useful_for};
use crate::case::{Command, NoticeKind, OfferState};
use crate::clock::{Clock, Ids};
use crate::dispatch::tell;
use crate::ids::{CaseId, NoticeId, ResponderId};
use crate::people::Way;
use crate::store::cases::{
    CaseView, Claimed, Exhausted, Finish, LetterDone, Sent, TellingDue, TellingState, ToldFamily, telling_id,
};
use crate::store::{Conflict, Store, StoreError};

/// How the outbox is worked off. The keys stand in `[notify]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct OutboxConfig {
    /// The slow look for what is due, in case a hint was lost, milliseconds.
    pub tick_ms: u64,
    /// How long a row stays with a node that has died, seconds; then it is due again. One that lives renews it while it works on the row.
    pub lease_s: u32,
    /// The wait before the second try, milliseconds; it doubles with each further one.
    pub retry_ms: u64,
    /// The longest wait between two tries, seconds. A way to a person that asks for more has refused; of another system, which has no other
    /// way, a Retry-After is honoured so far.
    pub retry_max_s: u32,
}

impl Default for OutboxConfig {
    fn default() -> Self {
        Self {
            tick_ms: 500,
            lease_s: 30,
            retry_ms: 1_000,
            retry_max_s: 60,
        }
    }
}

impl OutboxConfig {
    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let checks = [
            (
                !(50..=10_000).contains(&self.tick_ms),
                "notify.tick_ms: must be 50 to 10000",
            ),
            (!(2..=600).contains(&self.lease_s), "notify.lease_s: must be 2 to 600"),
            (
                !(100..=60_000).contains(&self.retry_ms),
                "notify.retry_ms: must be 100 to 60000",
            ),
            (
                !(1..=600).contains(&self.retry_max_s),
                "notify.retry_max_s: must be 1 to 600",
            ),
        ];
        checks.iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect()
    }

    fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_s.into())
    }

    /// When a row is tried again: twice as long after each try, the second half of it by chance, so that what failed
    /// together does not come back together. `asked` is what the other side wants at least.
    fn again_at(&self, id: NoticeId, attempt: u32, asked: Option<Duration>, now: Timestamp) -> Timestamp {
        let most = Duration::from_secs(self.retry_max_s.into());
        let factor = 1_u32 << attempt.saturating_sub(1).min(16);
        let wait = Duration::from_millis(self.retry_ms).saturating_mul(factor).min(most);
        let wait = wait / 2 + (wait / 2).mul_f64(chance(id, attempt));
        let wait = wait.max(asked.unwrap_or_default()).min(most);
        now + SignedDuration::try_from(wait).unwrap_or(SignedDuration::ZERO)
    }
}

/// Between 0 and 1, spread over rows and tries, and the same each time: what happens can be told again.
fn chance(id: NoticeId, attempt: u32) -> f64 {
    let spread = NoticeId::derive(id.as_uuid(), &attempt.to_string()).as_uuid();
    f64::from(spread.as_u64_pair().0 as u32) / f64::from(u32::MAX)
}

/// Results that wait to be written at most; a line that finds no place waits, and its rows are safe in their lease.
const RESULTS_MAX: usize = 1_024;
/// Results written in one transaction at most.
const FINISH_MAX: usize = 256;
/// Tries of writing results together, when another transaction stood in the way.
const TOGETHER_MAX: usize = 3;
/// Batches of results whose consequences wait at most. What finds no place is found by the slow look.
const AFTER_MAX: usize = 256;
/// Claims of one line are this far apart at least, so that a busy outbox leaves the writer to the alerts.
const LINGER: Duration = Duration::from_millis(20);
/// A row that is due for so long, of a channel that this process does not have, is nobody's: another node's would have taken it, however
/// much it has to do. Its person is told by the next way long before ([`crate::store::cases::telling`]).
const LOST_AFTER: SignedDuration = SignedDuration::from_mins(2);
/// A pause after the store has failed.
const PAUSE: Duration = Duration::from_millis(500);
/// How often the waiting rows are counted for the figures.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Persons whose wave has had its time that one look takes.
const WAVES_AT_ONCE: u64 = 256;
/// Cases that are told at once that somebody was not reached.
const TOLD_AT_ONCE: usize = 32;
/// A row of a critical case that waits for longer is an alarm.
pub const CRITICAL_WITHIN: SignedDuration = SignedDuration::from_secs(10);
/// Why a row was not handed over that was in hand for too long: another node may have it.
pub(super) const LEASE_OVER: &str = "its lease was over before it was sent";
/// Text of a reason that is kept at most, characters.
const WHY_MAX: usize = 200;

/// The outbox with its channels. Cheap to clone.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    ids: Ids,
    config: OutboxConfig,
    may_hear: MayHear,
    on_received: OnReceived,
    post: Option<Post>,
    lines: Vec<Line>,
    holds: Arc<Holds>,
    /// Since when a row of a critical case waits, as last counted.
    late: RwLock<Option<Timestamp>>,
    /// When the rows that wait are counted again.
    count_from: RwLock<Option<Timestamp>>,
    /// Up to whom the cases were told of those whom no way has led to, in this round through them.
    untold_from: RwLock<Option<(Timestamp, Uuid)>>,
}

/// What a line sends by.
#[derive(Clone)]
enum Means {
    Channel(Arc<dyn Channel>),
    Carrier(Arc<dyn Carrier>),
}

impl Means {
    fn name(&self) -> &str {
        match self {
            Self::Channel(it) => it.name(),
            Self::Carrier(it) => it.name(),
        }
    }

    fn slots(&self) -> usize {
        match self {
            Self::Channel(it) => it.slots(),
            Self::Carrier(it) => it.slots(),
        }
    }

    fn disabled(&self) -> Option<String> {
        match self {
            Self::Channel(it) => it.disabled(),
            Self::Carrier(it) => it.disabled(),
        }
    }
}

struct Line {
    means: Means,
    slots: Arc<Semaphore>,
    /// Of a carrier: a row may be of several addresses, and all rows together hold no more connections than there are slots.
    lines: Semaphore,
    woken: Notify,
}

/// A result, of a row that is ours until it is written.
struct Done {
    finish: Finish,
    _hold: Hold, // kept for its end
}

/// A result that could not be written yet.
struct Unwritten {
    done: Done,
    since: Timestamp,
}

/// What follows from results that were written, and from waves that were looked at.
#[derive(Default)]
struct After {
    exhausted: Vec<Exhausted>,
    /// Carrier and its provider's number of a letter: a report may have named it before we knew it.
    proofs: Vec<(String, String)>,
}

/// A row with the case that it is of.
enum Ready {
    Send(NoticeKind, Option<CaseView>),
    Over(Sent),
}

impl Outbox {
    /// An outbox that works for these channels. Nothing runs before [`Outbox::run`] or [`Outbox::run_due`].
    pub fn new(
        store: Store,
        clock: Clock,
        ids: Ids,
        config: OutboxConfig,
        channels: Vec<Arc<dyn Channel>>,
        may_hear: MayHear,
        on_received: OnReceived,
    ) -> Self {
        Self::with_post(store, clock, ids, config, channels, None, may_hear, on_received)
    }

    /// As [`Outbox::new`], with carriers.
    #[allow(clippy::too_many_arguments)] // what a worker needs; it is made once
    pub fn with_post(
        store: Store,
        clock: Clock,
        ids: Ids,
        config: OutboxConfig,
        channels: Vec<Arc<dyn Channel>>,
        post: Option<Post>,
        may_hear: MayHear,
        on_received: OnReceived,
    ) -> Self {
        let carriers = post.iter().flat_map(|it| it.carriers.iter().cloned());
        let carriers: Vec<Means> = carriers.map(Means::Carrier).collect();
        let lines = channels
            .into_iter()
            .map(Means::Channel)
            .chain(carriers)
            .map(|means| Line {
                slots: Arc::new(Semaphore::new(means.slots().max(1))),
                lines: Semaphore::new(means.slots().max(1)),
                means,
                woken: Notify::new(),
            })
            .collect();
        Self(Arc::new(Inner {
            post,
            late: RwLock::default(),
            count_from: RwLock::default(),
            untold_from: RwLock::default(),
            holds: Arc::default(),
            store,
            clock,
            ids,
            config,
            may_hear,
            on_received,
            lines,
        }))
    }

    /// The channels that carry nothing until somebody looks, and why.
    pub fn disabled(&self) -> Vec<(String, String)> {
        let lines = self.0.lines.iter();
        lines
            .filter_map(|it| Some((it.means.name().to_owned(), it.means.disabled()?)))
            .collect()
    }

    /// Since when a row of a critical case waits, if that is too long: nobody has taken it yet.
    pub fn late_since(&self) -> Option<Timestamp> {
        let late = *self.0.late.read().unwrap_or_else(PoisonError::into_inner);
        late.filter(|it| self.0.clock.now().duration_since(*it) > CRITICAL_WITHIN)
    }

    /// Whether there is a channel or carrier of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.lines.iter().any(|it| it.means.name() == name)
    }

    pub(super) fn post(&self) -> Option<&Post> {
        self.0.post.as_ref()
    }

    /// Whether anybody is told by a carrier.
    pub fn has_carriers(&self) -> bool {
        self.0.post.is_some()
    }

    /// Something may be due.
    pub fn wake(&self) {
        self.0.lines.iter().for_each(|it| it.woken.notify_one());
    }

    /// Sends everything that is due now and waits for it, later waves too; answers how many rows were tried.
    ///
    /// # Errors
    /// The store's.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let mut all = 0;
        loop {
            let lines = (0..self.0.lines.len()).map(|at| self.line_due(at));
            let tried: usize = futures_util::future::try_join_all(lines).await?.into_iter().sum();
            all += tried;
            let climbed = self.climb_due().await?;
            let began = climbed.0 + self.lost_due().await?;
            self.follow(climbed.1).await;
            self.say_untold().await?;
            // A carrier's row that has failed may have brought one to a line that had been looked at.
            if began == 0 && (tried == 0 || self.0.post.is_none()) {
                return Ok(all);
            }
        }
    }

    /// Starts the next wave for those whose wave has had its time; answers how many began, and what follows.
    ///
    /// # Errors
    /// The store's.
    async fn climb_due(&self) -> Result<(usize, After), StoreError> {
        let it = &*self.0;
        let (mut began, mut after) = (0, After::default());
        if it.post.is_none() {
            return Ok((began, after));
        }
        loop {
            let due = it.store.tellings_due(it.clock.now(), WAVES_AT_ONCE).await?;
            if due.is_empty() {
                return Ok((began, after));
            }
            let full = due.len() as u64 >= WAVES_AT_ONCE;
            let ids: Vec<CaseId> = due.iter().map(|it| it.case).collect();
            let (cases, _) = it.store.cases(&ids).await?; // one that does not read back is told on: unknown is alarm
            let cases: HashMap<CaseId, CaseView> = cases.into_iter().map(|it| (it.case.id, it)).collect();
            let (mut go, mut over) = (Vec::new(), Vec::new());
            for one in due {
                match cases.get(&one.case).and_then(|case| ended(&one, case)) {
                    Some(state) => over.push((one.id, state)),
                    None => go.push(one.id),
                }
            }
            let waves = it.store.next_waves(go, over, it.clock.now()).await?;
            began += waves.began;
            if waves.began > 0 {
                self.wake();
            }
            after.exhausted.extend(waves.exhausted);
            // Those that another node has in hand are its own; the next look finds what is left.
            if !full || waves.looked == 0 {
                return Ok((began, after));
            }
        }
    }

    /// The case asks somebody else. Should it not hear of it, its own clocks do the same a little later.
    ///
    /// Answers whether all of them are said.
    async fn unreached(&self, post: &Post, exhausted: Vec<Exhausted>) -> bool {
        let many = exhausted.len();
        for who in &exhausted {
            tracing::warn!(case.id = %who.case, target = who.target, kind = who.kind, "no way has led to somebody");
            metrics::counter!("ecd_notify_untold_total").increment(1);
        }
        let mut said = Vec::new();
        let mut rest = exhausted.into_iter();
        loop {
            let some: Vec<Exhausted> = rest.by_ref().take(TOLD_AT_ONCE).collect();
            if some.is_empty() {
                break;
            }
            // Together they are a few commits; one after the other each would wait for its own.
            let work = some.into_iter().map(|who| async move {
                let told = tell::unreached(&post.desk, &who).await;
                (told, who)
            });
            for (told, who) in futures_util::future::join_all(work).await {
                match told {
                    Ok(()) => said.push(who.telling),
                    // The next look tries again.
                    Err(error) => {
                        tracing::warn!(case.id = %who.case, %error, "the case was not told that somebody cannot be reached")
                    }
                }
            }
        }
        let it = &*self.0;
        let all = said.len() == many;
        if let Err(error) = it.store.said_untold(said, it.clock.now()).await {
            tracing::warn!(%error, "that the case knows who was not told could not be written");
            return false;
        }
        all
    }

    /// Tells the cases of those whom no way has led to, where there never was one or a crash has kept it from them; answers whether all are
    /// told.
    ///
    /// # Errors
    /// The store's.
    async fn say_untold(&self) -> Result<bool, StoreError> {
        let Some(post) = &self.0.post else { return Ok(true) };
        let it = &*self.0;
        // Each look goes on where the one before ended: however many cases cannot be told just now, they hide no other.
        let from = *it.untold_from.read().unwrap_or_else(PoisonError::into_inner);
        let who = it.store.untold(from, WAVES_AT_ONCE).await?;
        let full = who.len() as u64 >= WAVES_AT_ONCE;
        let next = who.last().filter(|_| full).map(|it| (it.made_at, it.telling));
        *it.untold_from.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(self.unreached(post, who).await && !full && from.is_none())
    }

    /// Writes results down; answers what follows from them. Where they cannot be written together each is written by itself, and those
    /// that could not be come back: one row that is wrong costs no other its result.
    async fn write_each(&self, list: Vec<Finish>) -> (Vec<After>, Vec<(Finish, StoreError)>) {
        let mut tries = 1;
        let error = loop {
            match self.write(list.clone()).await {
                Ok(after) => return (vec![after], vec![]),
                // Nothing was wrong with any of them, and nothing was written.
                Err(StoreError::Conflict(Conflict::Serialization)) if tries < TOGETHER_MAX => tries += 1,
                Err(error) => break error,
            }
        };
        let (mut after, mut left) = (Vec::new(), Vec::new());
        if let [one] = &list[..] {
            left.push((one.clone(), error));
            return (after, left);
        }
        tracing::warn!(%error, "results of the outbox could not be written together");
        for one in list {
            match self.write(vec![one.clone()]).await {
                Ok(it) => after.push(it),
                Err(error) => left.push((one, error)),
            }
        }
        (after, left)
    }

    /// Writes results down in one transaction.
    async fn write(&self, list: Vec<Finish>) -> Result<After, StoreError> {
        let proofs: Vec<(String, String)> = list
            .iter()
            .filter_map(|it| it.letter.as_ref())
            .filter_map(|it| Some((it.channel.clone(), it.proof.clone()?)))
            .collect();
        let letters = list.iter().any(|it| it.letter.is_some());
        let exhausted = self.0.finish(list).await?;
        if letters && self.0.post.is_some() {
            // The next wave is there, and whoever waited behind a letter to the same person may go.
            self.wake();
        }
        Ok(After { exhausted, proofs })
    }

    /// Does what follows from results.
    async fn follow(&self, after: After) {
        let Some(post) = &self.0.post else { return };
        self.unreached(post, after.exhausted).await;
        for (channel, proof) in after.proofs {
            if let Err(error) = post.replies.apply_open_of(self, &channel, &proof).await {
                tracing::warn!(channel, %error, "a report that came early waits for the next look");
            }
        }
    }

    /// As [`Outbox::follow`], beside the writing of results: a case that takes its time keeps no other result waiting.
    async fn follow_all(self, mut written: mpsc::Receiver<After>) {
        while let Some(after) = written.recv().await {
            self.follow(after).await;
        }
    }

    /// Renews the leases of the rows in hand of which a third is over; answers how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep_due(&self) -> Result<usize, StoreError> {
        let it = &*self.0;
        let now = it.clock.now();
        let ageing = it.holds.ageing(it.config.lease(), now);
        if ageing.is_empty() {
            return Ok(0);
        }
        let until = it.lease_from(now);
        let kept = it.store.keep_outbox(ageing, until).await?;
        it.holds.renewed(&kept, until);
        metrics::counter!("ecd_notify_renewed_total").increment(kept.len() as u64);
        Ok(kept.len())
    }

    /// Keeps what is in hand until what came of it is written.
    async fn keep(self, stop: CancellationToken) {
        let tick = self.0.config.lease() / 6;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.clock.sleep(tick) => {}
            }
            if let Err(error) = self.keep_due().await {
                tracing::warn!(%error, "the leases of what is on its way could not be renewed");
            }
        }
    }

    /// Gives up what waits for a channel that there is no more, and takes its persons on to the next way; answers how many rows it were.
    ///
    /// # Errors
    /// The store's.
    pub async fn lost_due(&self) -> Result<usize, StoreError> {
        let it = &*self.0;
        let there: Vec<String> = it.lines.iter().map(|line| line.means.name().to_owned()).collect();
        let mut all = 0;
        loop {
            let now = it.clock.now();
            let before = now.checked_sub(LOST_AFTER).unwrap_or(Timestamp::MIN);
            let (many, done) = it.store.fail_lost(there.clone(), before, WAVES_AT_ONCE, now).await?;
            all += many;
            if many > 0 {
                tracing::error!(
                    rows = many,
                    "notices were given up whose way is no more in the configuration"
                );
                metrics::counter!("ecd_notify_lost_way_total").increment(many as u64);
            }
            if done.next > 0 {
                self.wake();
            }
            if let Some(post) = &it.post {
                self.unreached(post, done.exhausted).await;
            }
            if (many as u64) < WAVES_AT_ONCE {
                return Ok(all);
            }
        }
    }

    async fn line_due(&self, at: usize) -> Result<usize, StoreError> {
        let it = &*self.0;
        let mut tried = 0;
        loop {
            let rows = it.claim(&it.lines[at], it.lines[at].slots.available_permits()).await?;
            if rows.is_empty() {
                return Ok(tried);
            }
            tried += rows.len();
            let work = rows.into_iter().map(|(row, hold)| async {
                let finish = it.try_row(&it.lines[at], row, &hold).await;
                Done { finish, _hold: hold }
            });
            let done: Vec<Done> = futures_util::future::join_all(work).await;
            let (after, mut left) = self.write_each(done.iter().map(|it| it.finish.clone()).collect()).await;
            for after in after {
                self.follow(after).await;
            }
            if let Some((_, error)) = left.pop() {
                return Err(error);
            }
        }
    }

    /// Works until `stop` is set. One a process; several on one store share the work. `hints` say that something may be due.
    pub async fn run<T: Clone + Send + 'static>(self, hints: broadcast::Receiver<T>, stop: CancellationToken) {
        let (results, written) = mpsc::channel(RESULTS_MAX);
        let (follows, after) = mpsc::channel(AFTER_MAX);
        let mut work = JoinSet::new();
        for at in 0..self.0.lines.len() {
            work.spawn(self.clone().work_line(at, results.clone(), stop.clone()));
        }
        drop(results); // the lines hold the rest: when they have ended, so does the writing
        work.spawn(self.clone().pass_hints(hints, stop.clone()));
        if self.0.post.is_some() {
            work.spawn(self.clone().climb(follows.clone(), stop.clone()));
        }
        work.spawn(self.clone().count(stop));
        let all_written = CancellationToken::new();
        let keeping = tokio::spawn(self.clone().keep(all_written.clone()));
        let writing = tokio::spawn(self.clone().write_results(written, follows));
        let following = tokio::spawn(self.clone().follow_all(after));
        while let Some(done) = work.join_next().await {
            if let Err(error) = done {
                tracing::error!(%error, "a worker of the outbox panicked");
            }
        }
        // Each ends with the one before it.
        for (what, it) in [("writes", writing), ("follows", following), ("keeps", keeping)] {
            if what == "follows" {
                all_written.cancel();
            }
            if let Err(error) = it.await {
                tracing::error!(%error, "what {what} for the outbox panicked");
            }
        }
    }

    async fn pass_hints<T: Clone>(self, mut hints: broadcast::Receiver<T>, stop: CancellationToken) {
        loop {
            let hint = tokio::select! {
                () = stop.cancelled() => return,
                hint = hints.recv() => hint,
            };
            if let Err(broadcast::error::RecvError::Closed) = hint {
                return; // the tick goes on
            }
            self.wake();
        }
    }

    /// Looks for waves that have had their time.
    async fn climb(self, follows: mpsc::Sender<After>, stop: CancellationToken) {
        let tick = Duration::from_millis(self.0.config.tick_ms);
        let mut all_said = true;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.clock.sleep(tick) => {}
            }
            match self.climb_due().await {
                Ok((_, after)) => pass_on(&follows, after),
                Err(error) => tracing::warn!(%error, "the waves could not be looked at"),
            }
            // Who has no way at all is passed over at once. A case that could not be told is for the slower look.
            all_said = match all_said {
                true => self.say_untold().await.unwrap_or(false),
                false => self.0.store.untold(None, 1).await.is_ok_and(|it| it.is_empty()),
            };
        }
    }

    /// One line: claims as many rows as it has free slots, sends each in a task of its own.
    async fn work_line(self, at: usize, results: mpsc::Sender<Done>, stop: CancellationToken) {
        let inner = &self.0;
        let line = &inner.lines[at];
        let tick = Duration::from_millis(inner.config.tick_ms);
        let mut sending = JoinSet::new();
        while !stop.is_cancelled() {
            let free = line.slots.available_permits();
            let mut full = free == 0;
            let mut not_before = None;
            let after = |span: Duration| inner.clock.now() + SignedDuration::try_from(span).unwrap_or_default();
            match inner.claim_due(line, free).await {
                Ok(rows) => {
                    full |= !rows.is_empty() && rows.len() == free;
                    if !rows.is_empty() {
                        not_before = Some(after(LINGER));
                    }
                    for (row, hold) in rows {
                        // Only this loop takes slots, and it claimed no more rows than there were.
                        let Ok(slot) = line.slots.clone().try_acquire_owned() else {
                            break;
                        };
                        let (inner, results, stop) = (inner.clone(), results.clone(), stop.clone());
                        sending.spawn(async move {
                            let again = inner.stopped(&inner.lines[at], &row);
                            let finish = tokio::select! {
                                biased;
                                finish = inner.try_row(&inner.lines[at], row, &hold) => Some(finish),
                                () = stop.cancelled() => again,
                            };
                            let done = finish.map(|finish| Done { finish, _hold: hold });
                            drop(slot);
                            inner.lines[at].woken.notify_one();
                            if let Some(done) = done {
                                // The writer ends after the lines, so it takes this.
                                let _ = results.send(done).await;
                            }
                        });
                    }
                }
                Err(error) => {
                    tracing::warn!(channel = line.means.name(), %error, "the outbox could not be read");
                    not_before = Some(after(PAUSE));
                }
            }
            while sending.try_join_next().is_some() {}
            if full || not_before.is_none() {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = line.woken.notified() => {}
                    () = inner.clock.sleep(tick) => {}
                }
            }
            // Also of a full line: a provider that answers at once would wake it at once, and each claim is a transaction of the one writer.
            if let Some(at) = not_before {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = inner.clock.sleep_until(at) => {}
                }
            }
        }
        // Each sees the stop, and says that its row goes back, or leaves it to its lease.
        while sending.join_next().await.is_some() {}
    }

    async fn count(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.clock.sleep(COUNT_EVERY) => {}
            }
            if let Err(error) = self.count_once().await {
                tracing::warn!(%error, "the outbox could not be counted");
            }
            if let Err(error) = self.lost_due().await {
                tracing::warn!(%error, "what waits for a way that there is no more could not be looked at");
            }
            if let Err(error) = self.say_untold().await {
                tracing::warn!(%error, "who was not told could not be looked at");
            }
            if let Some(post) = &self.0.post
                && let Err(error) = post.replies.apply_open(&self).await
            {
                tracing::warn!(%error, "reports that came early could not be looked at");
            }
        }
    }

    /// The channels and carriers by which somebody can be told, as the configuration names them, in order.
    pub fn ways(&self) -> Vec<String> {
        self.0.lines.iter().map(|it| it.means.name().to_owned()).collect()
    }

    /// Brings the figures up: what waits, for how long, and what is left of quotas.
    ///
    /// # Errors
    /// The store's.
    pub async fn count_once(&self) -> Result<(), StoreError> {
        let it = &*self.0;
        let now = it.clock.now();
        let age = |since: Timestamp| now.duration_since(since).as_secs_f64().max(0.0);
        let oldest = it.store.outbox_oldest().await?;
        // What rings somebody comes first: a figure that cannot be read keeps no alarm back.
        let late = oldest.iter().filter_map(|it| it.critical).min();
        metrics::gauge!("ecd_outbox_oldest_critical_seconds").set(late.map_or(0.0, age));
        *it.late.write().unwrap_or_else(PoisonError::into_inner) = late;
        let since = oldest.iter().filter_map(|it| it.since).min();
        metrics::gauge!("ecd_outbox_oldest_seconds").set(since.map_or(0.0, age));
        self.count_rows().await?;
        for line in &it.lines {
            let name = line.means.name();
            let since = oldest.iter().find(|it| it.channel == name).and_then(|it| it.since);
            metrics::gauge!("ecd_notify_queue_oldest_seconds", "channel" => name.to_owned())
                .set(since.map_or(0.0, age));
            if let (Means::Carrier(carrier), Some(post)) = (&line.means, &it.post) {
                for limit in post.limits.of(name, carrier.way()) {
                    let within = limit.within_s.to_string();
                    if limit.callee {
                        let (most, spent) = it.store.quota_of_callees(name, limit, now).await?;
                        let left = u64::from(limit.most).saturating_sub(most);
                        let labels = [("channel", name.to_owned()), ("within_s", within)];
                        metrics::gauge!("ecd_notify_callee_quota_left", &labels).set(left as f64);
                        metrics::gauge!("ecd_notify_callees_spent", &labels).set(spent as f64);
                        continue;
                    }
                    let used = it.store.quota_used(name, limit.within_s, now).await?;
                    let left = u64::from(limit.most).saturating_sub(used);
                    metrics::gauge!("ecd_notify_quota_left", "channel" => name.to_owned(), "within_s" => within)
                        .set(left as f64);
                }
            }
        }
        Ok(())
    }

    /// How many rows wait is read over all of them: the more wait, the less often it is counted, so that it takes a two-hundredth of the time
    /// at most.
    async fn count_rows(&self) -> Result<(), StoreError> {
        let it = &*self.0;
        let begun = it.clock.now();
        let not_before = *it.count_from.read().unwrap_or_else(PoisonError::into_inner);
        if not_before.is_some_and(|at| begun < at) {
            return Ok(());
        }
        let rows = it.store.outbox_waiting_by_channel().await?;
        let ended = it.clock.now();
        let wait = ended.duration_since(begun) * 200;
        *it.count_from.write().unwrap_or_else(PoisonError::into_inner) = Some(ended + wait);
        metrics::gauge!("ecd_outbox_waiting").set(rows.iter().map(|it| it.1).sum::<u64>() as f64);
        for line in &it.lines {
            let name = line.means.name();
            let many = rows.iter().find(|it| it.0 == name).map_or(0, |it| it.1);
            metrics::gauge!("ecd_notify_queue", "channel" => name.to_owned()).set(many as f64);
        }
        Ok(())
    }

    async fn write_results(self, mut results: mpsc::Receiver<Done>, follows: mpsc::Sender<After>) {
        let it = &*self.0;
        let mut batch = Vec::new();
        let mut left: Vec<Unwritten> = Vec::new();
        loop {
            let taken = match left.is_empty() {
                true => results.recv_many(&mut batch, FINISH_MAX).await,
                // What could not be written is tried again beside what has come meanwhile.
                false => {
                    it.clock.sleep(PAUSE).await;
                    while batch.len() < FINISH_MAX
                        && let Ok(one) = results.try_recv()
                    {
                        batch.push(one);
                    }
                    batch.len()
                }
            };
            if taken == 0 && left.is_empty() {
                return;
            }
            let now = it.clock.now();
            let mut all: Vec<Unwritten> = std::mem::take(&mut left);
            all.extend(batch.drain(..).map(|done| Unwritten { done, since: now }));
            let (after, failed) = self
                .write_each(all.iter().map(|it| it.done.finish.clone()).collect())
                .await;
            for after in after {
                pass_on(&follows, after);
            }
            for (finish, error) in &failed {
                tracing::warn!(notice.id = %finish.id, %error, "a result of the outbox could not be written");
            }
            let failed: HashSet<(NoticeId, Uuid)> = failed.iter().map(|it| (it.0.id, it.0.claim)).collect();
            let lease = SignedDuration::try_from(it.config.lease()).unwrap_or(SignedDuration::MAX);
            // What could not be written for so long is let go: it is due again when its lease is over, under its id.
            all.retain(|one| {
                let it = &one.done.finish;
                failed.contains(&(it.id, it.claim)) && now.duration_since(one.since) < lease
            });
            left = all;
        }
    }
}

/// To whoever does what follows, where there is room: the slow look finds the rest.
fn pass_on(follows: &mpsc::Sender<After>, after: After) {
    if (!after.exhausted.is_empty() || !after.proofs.is_empty()) && follows.try_send(after).is_err() {
        tracing::debug!("what follows from results waits for the slow look");
    }
}

/// Whether a contact is not to be told of a beginning by one row: of a case that turns critical whoever has proven that they know of it is
/// not frightened a second time, and who is told that it is critical is not told beside it that it began.
fn needs_nothing(kind: NoticeKind, version: i64, told: &[ToldFamily]) -> bool {
    // What was before it was opened again says nothing of now.
    let opened = told.iter().filter(|it| it.kind == NoticeKind::FamilyOpened.as_str());
    let since = opened.map(|it| it.case_version).filter(|it| *it < version).max();
    match kind {
        NoticeKind::FamilyRaised => told.iter().any(|it| {
            let before = it.case_version < version && since.is_none_or(|since| it.case_version >= since);
            before && it.knows
        }),
        NoticeKind::FamilyOpened => told
            .iter()
            .any(|it| it.case_version > version && it.kind == NoticeKind::FamilyRaised.as_str()),
        _ => false,
    }
}

/// Whether there is nothing more to tell somebody, and as what it ends: the case has moved on, or their device has the offer.
fn ended(it: &TellingDue, view: &CaseView) -> Option<TellingState> {
    let kind: NoticeKind = it.kind.parse().ok()?;
    if stale::look(&view.case, kind, &it.target) == Now::MovedOn {
        return Some(TellingState::MovedOn);
    }
    let responder: ResponderId = it.target.parse().ok()?;
    let mut offers = view.case.offers.iter().rev();
    let open = offers.find(|it| it.candidate.responder == responder && it.state == OfferState::Open)?;
    (kind == NoticeKind::Offer && open.received).then_some(TellingState::Received)
}

impl Inner {
    /// As [`Inner::claim`], after a look that costs the writer nothing.
    async fn claim_due(&self, line: &Line, free: usize) -> Result<Vec<(Claimed, Hold)>, StoreError> {
        if free == 0 || !self.store.outbox_is_due(line.means.name(), self.clock.now()).await? {
            return Ok(vec![]);
        }
        self.claim(line, free).await
    }

    async fn claim(&self, line: &Line, free: usize) -> Result<Vec<(Claimed, Hold)>, StoreError> {
        let now = self.clock.now();
        let until = self.lease_from(now);
        let limit = u32::try_from(free.max(1)).unwrap_or(u32::MAX);
        let claim = self.ids.make();
        let name = line.means.name();
        let rows = match line.means {
            Means::Channel(_) => self.store.claim_outbox(name, claim, now, until, limit).await?,
            Means::Carrier(_) => self.store.claim_letters(name, claim, now, until, limit).await?,
        };
        let held = |row: Claimed| {
            let hold = self.holds.take(row.id, claim, now, until);
            (row, hold)
        };
        Ok(rows.into_iter().map(held).collect())
    }

    fn lease_from(&self, now: Timestamp) -> Timestamp {
        now + SignedDuration::from_secs(self.config.lease_s.into())
    }

    /// One try, and what it means for the row.
    async fn try_row(&self, line: &Line, row: Claimed, hold: &Hold) -> Finish {
        let (id, claim) = (row.id, row.claim);
        let (sent, letter) = self.outcome(line, row, hold).await;
        let word = match &sent {
            Sent::Taken => "taken",
            Sent::Received => "received",
            Sent::Again(..) => "later",
            Sent::Failed(_) => "failed",
            Sent::Stale => "stale",
        };
        let channel = line.means.name().to_owned();
        metrics::counter!("ecd_notify_outcomes_total", "channel" => channel, "outcome" => word).increment(1);
        Finish {
            id,
            claim,
            sent,
            letter,
        }
    }

    async fn outcome(&self, line: &Line, row: Claimed, hold: &Hold) -> (Sent, Option<LetterDone>) {
        let mut letter = self.letter_done(line, &row);
        let Ok(kind) = row.kind.parse::<NoticeKind>() else {
            return (Sent::Failed("unknown kind of notice".to_owned()), letter);
        };
        let now = self.clock.now();
        let late = SignedDuration::try_from(useful_for(kind)).unwrap_or(SignedDuration::MAX);
        let until = row.begun_at + late;
        if now >= until {
            return (Sent::Failed("out of time".to_owned()), letter);
        }
        let attempt = row.attempts.max(1);
        let again = |asked: Option<Duration>, why: String| {
            let at = self.config.again_at(row.id, attempt, asked, self.clock.now());
            let why: String = why.chars().take(WHY_MAX).collect();
            // Who asks us to come back when it is too late, or later than we wait for anybody, has refused, where another way may do: a
            // knock before that would only lengthen the wait. Another system has no other way.
            let person = matches!(line.means, Means::Carrier(_));
            let too_late = |it| {
                it > Duration::from_secs(self.config.retry_max_s.into())
                    || SignedDuration::try_from(it).map_or(true, |it| self.clock.now() + it >= until)
            };
            let too_late = person && asked.is_some_and(too_late);
            if at < until && !too_late {
                Sent::Again(at, why)
            } else {
                Sent::Failed(format!("out of time: {why}"))
            }
        };
        let (kind, case) = match self.ready(&row, kind, &again).await {
            Ready::Send(kind, case) => (kind, case),
            Ready::Over(sent) => return (sent, letter),
        };
        if !hold.lasts(self.clock.now()) {
            return (again(None, LEASE_OVER.to_owned()), letter);
        }
        let channel = line.means.name().to_owned();
        metrics::counter!("ecd_notify_attempts_total", "channel" => channel.clone()).increment(1);
        if attempt == 1 {
            let waited = now.duration_since(row.due_at).as_secs_f64().max(0.0);
            metrics::histogram!("ecd_notify_handed_seconds", "channel" => channel).record(waited);
        }
        let mut over_quota = None;
        let carried = match &line.means {
            Means::Channel(channel) => {
                let notice = outgoing(&row, kind, case.as_ref(), now);
                let delivery = channel.send(&notice).await;
                if delivery == Delivery::Received {
                    (self.on_received)((row.case, row.case_version), kind, row.target.clone()).await;
                }
                match delivery {
                    Delivery::Taken => Carried::Taken,
                    Delivery::Received => Carried::Received,
                    Delivery::Later { after, why } => Carried::Later {
                        after,
                        why,
                        some: false,
                    },
                    Delivery::Refused { why } => Carried::Refused { why },
                }
            }
            Means::Carrier(carrier) => match &self.post {
                Some(post) => {
                    let this = Try {
                        carrier: carrier.as_ref(),
                        lines: &line.lines,
                        row: &row,
                        hold,
                        kind,
                        case: case.as_ref(),
                        useful_until: until,
                    };
                    let tried = post.carry(this).await;
                    letter = Some(tried.done);
                    over_quota = tried.over_quota;
                    if tried.came == Carried::Received {
                        self.has_it(post, carrier.way(), &row, kind).await;
                    }
                    tried.came
                }
                // Lines of carriers are made from the post.
                None => Carried::Refused {
                    why: "no carrier".to_owned(),
                },
            },
        };
        let done = match carried {
            Carried::Taken => Sent::Taken,
            Carried::Received => Sent::Received,
            Carried::Later { after, why, some } => match again(after, why) {
                // Of a role somebody has been told: it has not come to nothing.
                Sent::Failed(_) if some => Sent::Taken,
                sent => sent,
            },
            Carried::Refused { why } => Sent::Failed(why.chars().take(WHY_MAX).collect()),
            Carried::Over => Sent::Stale,
        };
        if let Sent::Failed(why) = &done
            && is_quota(why)
        {
            over_quota = Some(why.clone());
            if let Some(letter) = &mut letter {
                letter.goes_on = true;
            }
        }
        if let (Some(why), Some(post)) = (&over_quota, &self.post) {
            self.say_refused(post, &row, kind, line.means.name(), why).await;
        }
        if let Sent::Failed(why) = &done {
            tracing::warn!(notice.id = %row.id, case.id = %row.case, kind = %kind, attempt, why, "a notice was given up");
        }
        (done, letter)
    }

    /// What is written beside a carrier's row, whatever comes of it.
    fn letter_done(&self, line: &Line, row: &Claimed) -> Option<LetterDone> {
        let Means::Carrier(carrier) = &line.means else {
            return None;
        };
        Some(LetterDone {
            channel: carrier.name().to_owned(),
            telling: telling_id(row.case, &row.step, &row.target),
            ..LetterDone::default()
        })
    }

    /// Looks at a row beside its case as it is now.
    async fn ready(
        &self,
        row: &Claimed,
        kind: NoticeKind,
        again: &(dyn Fn(Option<Duration>, String) -> Sent + Send + Sync),
    ) -> Ready {
        let case = match self.case(row.case).await {
            Ok(Some(case)) => Some(case),
            Ok(None) => return Ready::Over(Sent::Stale),
            Err(StoreError::Corrupt { .. }) if !is_family(&row.target) => None, // unknown is alarm: the desk is rung all the same
            Err(StoreError::Corrupt { .. }) => {
                return Ready::Over(again(None, "the case does not read back".to_owned()));
            }
            Err(error) => {
                tracing::warn!(notice.id = %row.id, %error, "a case could not be read");
                return Ready::Over(again(None, "the case could not be read".to_owned()));
            }
        };
        let moved_on = |it: &CaseView| stale::look(&it.case, kind, &row.target) == Now::MovedOn;
        if case.as_ref().is_some_and(moved_on) {
            return Ready::Over(Sent::Stale);
        }
        if matches!(kind, NoticeKind::FamilyOpened | NoticeKind::FamilyRaised) {
            match self.store.told_family(row.case, &row.target).await {
                Ok(told) if needs_nothing(kind, row.case_version, &told) => return Ready::Over(Sent::Stale),
                Ok(_) => {}
                // Told twice is better than not at all.
                Err(error) => tracing::warn!(notice.id = %row.id, %error, "whether somebody knows could not be read"),
            }
        }
        if !(self.may_hear)(&row.target) {
            return Ready::Over(Sent::Failed("may not be told any more".to_owned()));
        }
        Ready::Send(kind, case)
    }

    /// The case says that a quota has refused a way; said before the result is written, a crash between the two loses nothing.
    async fn say_refused(&self, post: &Post, row: &Claimed, kind: NoticeKind, channel: &str, why: &str) {
        let mark = Command::QuotaRefused {
            notice: kind,
            target: row.target.clone(),
            channel: channel.to_owned(),
            why: why.to_owned(),
        };
        if let Err(error) = tell::quota_refused(&post.desk, row.case, row.id, mark).await {
            tracing::warn!(case.id = %row.case, %error, "the case was not told of a quota");
        }
    }

    /// The answer to a sending said that they have it.
    async fn has_it(&self, post: &Post, way: Way, row: &Claimed, kind: NoticeKind) {
        let by_call = way == Way::Voice;
        if let Err(error) =
            tell::received_by(&post.desk, (row.case, row.case_version), kind, &row.target, by_call).await
        {
            tracing::warn!(case.id = %row.case, %error, "the case was not told of a receipt");
        }
    }

    async fn case(&self, id: CaseId) -> Result<Option<CaseView>, StoreError> {
        self.store.case(id).await
    }

    /// The service stops while a row is on its way: it goes back as it is, under its id. A telephone may be ringing just now: that row
    /// stays until its lease has run out, or the next node would ring it at once.
    fn stopped(&self, line: &Line, row: &Claimed) -> Option<Finish> {
        if matches!(&line.means, Means::Carrier(it) if it.way().is_telephone()) {
            return None;
        }
        Some(Finish {
            id: row.id,
            claim: row.claim,
            sent: Sent::Again(
                self.clock.now(),
                "the service stopped while it was on its way".to_owned(),
            ),
            letter: None,
        })
    }

    async fn finish(&self, list: Vec<Finish>) -> Result<Vec<Exhausted>, StoreError> {
        let ids: HashMap<usize, NoticeId> = list.iter().map(|it| it.id).enumerate().collect();
        let done = self.store.finish_outbox_all(list, self.clock.now()).await?;
        for (at, _) in done.held.iter().enumerate().filter(|it| !*it.1) {
            // Another worker has it, or its receipt came first: nothing was changed.
            tracing::debug!(notice.id = ?ids.get(&at), "a late result changed nothing");
        }
        Ok(done.exhausted)
    }
}

fn outgoing(row: &Claimed, kind: NoticeKind, case: Option<&CaseView>, now: Timestamp) -> Outgoing {
    Outgoing {
        id: row.id,
        case: row.case,
        case_version: row.case_version,
        case_number: case.map(|it| it.number.clone()),
        area_code: row.area_code.clone(),
        kind,
        step: row.step.clone(),
        target: row.target.clone(),
        drill: case.is_some_and(|it| it.case.drill),
        made_at: row.made_at,
        now,
        attempt: row.attempts.max(1),
    }
}

fn is_family(target: &str) -> bool {
    target.starts_with("contact_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn tries_spread_and_stay_within_their_bounds() {
        let config = OutboxConfig::default();
        let now = Timestamp::UNIX_EPOCH;
        let wait = |id: u128, attempt, asked: Option<u64>| {
            let at = config.again_at(
                NoticeId::new(Uuid::from_u128(id)),
                attempt,
                asked.map(Duration::from_secs),
                now,
            );
            at.duration_since(now).as_secs_f64()
        };
        for attempt in 1..40 {
            let full = f64::from(2_u32.pow(attempt.min(7) - 1)).min(60.0);
            for id in 0..50 {
                let it = wait(id, attempt, None);
                assert!(
                    it >= full / 2.0 - 1e-6 && it <= full + 1e-6,
                    "try {attempt}: {it} of {full}"
                );
            }
        }
        let spread: std::collections::BTreeSet<_> = (0..50).map(|it| (wait(it, 4, None) * 1e6) as u64).collect();
        assert!(spread.len() > 40, "what failed together does not come back together");
        assert_eq!(wait(1, 1, Some(17)), 17.0, "the other side's word counts");
        assert_eq!(wait(1, 1, Some(86_400)), 60.0, "up to a bound");
        assert_eq!(wait(1, 1, Some(u64::MAX)), 60.0);
    }

    #[test]
    fn wrong_settings_are_named() {
        let wrong = OutboxConfig {
            tick_ms: 0,
            lease_s: 0,
            retry_ms: 0,
            retry_max_s: 0,
        };
        assert_eq!(wrong.mistakes().len(), 4);
        assert!(OutboxConfig::default().mistakes().is_empty());
    }
}
