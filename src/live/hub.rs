//! The hub: one a process. Follows the streams of the store and keeps the last changes for the sockets.
//!
//! ```text
//! a commit of ours, if it is just what comes next ────────────────────────────────────────┐
//! a gap, or the sweep → heads of the streams → events after our numbers → the cases as they stand → the ring → every socket
//! ```
//!
//! The numbers decide. A commit of this process whose first number follows ours is taken as it was committed; whatever else is
//! between our number and the head of a stream is read from the store, so a lost hint costs at most a sweep, another node's
//! commits come by the same way, and nothing is told that was not committed.
//!
//! Holds always:
//! - an entry of the ring stands for every event of its case up to its number, so a client that was sent an entry and all
//!   before it has missed nothing up to that entry's heads;
//! - only the newest entry of a case is sent: what was overtaken may show what the viewer may no longer see.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use bytestring::ByteString;
use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::cursor::{self, Heads, heads_text};
use super::frames::{CallNow, ServerFrame};
use super::presence::Presence;
use super::sight::{Audience, Sight, Viewer};
use crate::case::Call;
use crate::clock::{Clock, Ids};
use crate::ids::{CaseId, UserId};
use crate::store::cases::{CaseView, News};
use crate::store::{Store, StoreError};

/// Events read in one query.
const PAGE: u64 = 500;

/// The hub looks at least this often, whether or not there was a hint.
pub const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// After news have gone out, so long the next ones gather: at a storm of alerts every socket is woken once for several.
const GATHER: Duration = Duration::from_millis(3);

/// Without a successful look for this long no ping is sent: a desk must not take a deaf service for a quiet street.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_secs(3);

/// A snapshot is built anew after this long, though no case has changed.
const SNAPSHOT_FOR: SignedDuration = SignedDuration::from_secs(1);

/// Changes from the end of the ring whose frames stay built.
const BUILT_MAX: usize = 256;

/// The limits of the hub.
#[derive(Debug, Clone, Copy)]
pub struct HubConfig {
    /// Changes that the ring holds; whoever is further behind takes a snapshot.
    pub ring_max: usize,
    /// Sockets at the same time, signed in or not.
    pub sockets_max: usize,
}

impl Default for HubConfig {
    fn default() -> Self {
        Self {
            ring_max: 10_000,
            sockets_max: 10_000,
        }
    }
}

/// What a change shows.
enum Standing {
    /// The case as it stood when it was read.
    Here(Arc<CaseView>),
    /// The store has it no longer.
    Erased,
    /// A newer change of the same case shows it.
    Overtaken,
}

/// What an audience is told of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// This frame.
    Changed(ByteString),
    /// They may not see the case.
    Hidden,
    /// A newer change of the same case has come in between: this one is to be passed over.
    Overtaken,
}

/// One change: a case, and the last event of it that was read.
pub struct Entry {
    seq: u64,
    stream: Arc<str>,
    number: i64,
    case: CaseId,
    /// As it stood when the entry before it was made; none: it was not there.
    before: Option<Arc<CaseView>>,
    epoch: Uuid,
    view: Mutex<Standing>,
    /// Where a client stands that has everything up to here.
    heads: Arc<str>,
    /// By audience; `None`: they may not see it.
    built: Mutex<HashMap<Audience, Option<ByteString>>>,
}

impl Entry {
    /// Which case.
    pub fn case(&self) -> CaseId {
        self.case
    }
    /// Where a client stands that has everything up to here.
    pub fn heads(&self) -> &Arc<str> {
        &self.heads
    }
    /// As it stood before.
    pub fn before(&self) -> Option<&Arc<CaseView>> {
        self.before.as_ref()
    }
}

#[derive(Default)]
struct Ring {
    epoch: Uuid,
    generation: u64,
    /// The numbers that have been read, by stream.
    heads: Heads,
    text: Arc<str>,
    /// The highest number of each stream that is no longer in the ring.
    floor: Heads,
    /// The number of the first entry.
    first: u64,
    entries: VecDeque<Arc<Entry>>,
    newest: HashMap<CaseId, u64>,
    /// Every open case, and those closed ones that the ring still speaks of.
    cases: HashMap<CaseId, Arc<CaseView>>,
}

impl Ring {
    fn head(&self) -> u64 {
        self.first + self.entries.len() as u64
    }
}

/// What every socket waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// When the store was last read with success.
    pub looked_at: Timestamp,
    /// The number that the next change will have.
    pub head: u64,
    /// Raised when everything was read anew: sockets send a snapshot.
    pub generation: u64,
}

/// What comes next for a socket.
pub enum Next {
    /// It has everything, and stands here.
    Nothing(Arc<str>),
    /// This one.
    Entry(Arc<Entry>),
    /// A change that a newer one of the same case has overtaken: to be passed over.
    Overtaken(Arc<Entry>),
    /// It is further behind than the ring reaches.
    Lost,
    /// Everything was read anew.
    Anew,
}

/// Where a socket begins.
pub struct Start {
    /// The generation that it belongs to.
    pub generation: u64,
    /// The first change that it has not got.
    pub next: u64,
    /// The cursor's numbers of that place.
    pub heads: Arc<str>,
}

/// A snapshot for one audience.
#[derive(Clone)]
pub struct SnapshotFrame {
    /// The frame.
    pub text: ByteString,
    /// What it shows.
    pub shown: Arc<[CaseId]>,
}

#[derive(Default)]
struct Snapshots {
    at: (u64, u64),
    made_at: Timestamp,
    built: HashMap<Audience, SnapshotFrame>,
}

/// The hub. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    ids: Ids,
    sight: Arc<dyn Sight>,
    config: HubConfig,
    ring: RwLock<Ring>,
    snapshots: Mutex<Snapshots>,
    beat: watch::Sender<Beat>,
    /// One look at a time: what a look has read, the next must not read again.
    looking: tokio::sync::Mutex<()>,
    seats: AtomicUsize,
    presence: Presence,
    stop: CancellationToken,
}

/// A socket's place among those that the hub admits; given back when dropped.
pub struct Seat(Arc<Inner>);

impl Drop for Seat {
    fn drop(&mut self) {
        let left = self.0.seats.fetch_sub(1, Ordering::AcqRel) - 1;
        metrics::gauge!("ecd_live_sockets").set(left as f64);
    }
}

/// What one socket says of its person's screen; taken back when dropped.
pub(super) struct Post {
    inner: Arc<Inner>,
    no: u64,
}

impl Post {
    /// This case is open there, if the viewer may see it.
    pub(super) fn look_at(&self, viewer: &Viewer, case: Option<CaseId>) {
        let hub = Hub(self.inner.clone());
        let case = case.filter(|it| hub.sees(viewer, *it));
        self.inner
            .presence
            .set(self.no, viewer.user, case, self.inner.clock.now());
    }

    fn look_away(&self) {
        let nobody = UserId::new(Uuid::nil());
        self.inner.presence.set(self.no, nobody, None, Timestamp::UNIX_EPOCH);
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.look_away();
    }
}

impl Hub {
    /// Reads the open cases and stands ready. `stop` closes every socket with 1001. Changes come once [`Hub::follow`] runs.
    ///
    /// # Errors
    /// The store's.
    pub async fn start(
        store: Store,
        clock: Clock,
        ids: Ids,
        sight: Arc<dyn Sight>,
        config: HubConfig,
        stop: CancellationToken,
    ) -> Result<Self, StoreError> {
        let beat = Beat {
            looked_at: clock.now(),
            head: 0,
            generation: 0,
        };
        let hub = Self(Arc::new(Inner {
            store,
            clock,
            ids,
            sight,
            config,
            ring: RwLock::default(),
            snapshots: Mutex::default(),
            beat: watch::Sender::new(beat),
            looking: tokio::sync::Mutex::default(),
            seats: AtomicUsize::new(0),
            presence: Presence::default(),
            stop,
        }));
        hub.read_anew().await?;
        Ok(hub)
    }

    /// Follows the store until told to stop. `news` is what a hint says of a commit of this process: where that is just what
    /// comes next in its stream it is taken as it is; after a gap, without a word, and each second anyway the store is read.
    pub async fn follow<T: Clone + Send + 'static>(
        self,
        mut hints: broadcast::Receiver<T>,
        news: impl Fn(&T) -> Option<News> + Send,
    ) {
        let mut deaf = false;
        let mut read = true;
        let mut said = Vec::new();
        let mut sweep_at = Timestamp::MIN;
        loop {
            // Hints that have piled up are one look.
            loop {
                match hints.try_recv() {
                    Ok(hint) => said.push(hint),
                    Err(broadcast::error::TryRecvError::Lagged(_)) => read = true,
                    Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => break,
                }
            }
            let busy = !said.is_empty();
            let next: Vec<_> = said.drain(..).map(|it| news(&it)).collect();
            read |= !self.take(next).await;
            // Other processes give no hints here: however many come from this one, the store is read all the same.
            if read || self.0.clock.now() >= sweep_at {
                if let Err(error) = self.look().await {
                    tracing::warn!(%error, "the live hub could not read the store");
                }
                sweep_at = self.0.clock.now() + SignedDuration::try_from(SWEEP_EVERY).unwrap_or(SignedDuration::ZERO);
                read = false;
            }
            if busy {
                self.0.clock.breathe(GATHER).await;
            }
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = self.0.clock.sleep_until(sweep_at) => {
                    if let Err(error) = self.look_at_epoch().await {
                        tracing::warn!(%error, "the live hub could not read the epoch of the store");
                    }
                }
                hint = hints.recv(), if !deaf => match hint {
                    Ok(hint) => said.push(hint),
                    Err(broadcast::error::RecvError::Lagged(_)) => read = true,
                    // With the desk gone there are sweeps.
                    Err(broadcast::error::RecvError::Closed) => deaf = true,
                }
            }
        }
    }

    /// Takes in what was said, as far as it comes next; answers whether that was all of it.
    async fn take(&self, said: Vec<Option<News>>) -> bool {
        let inner = &*self.0;
        let _alone = inner.looking.lock().await;
        let mut whole = true;
        let mut made = false;
        for it in said {
            let Some(it) = it else {
                whole = false;
                continue;
            };
            let News { first, last, view } = it;
            self.load_plan(&view).await;
            let mut ring = self.write();
            let at = ring.heads.get(&view.stream).copied().unwrap_or(0);
            if last <= at {
                continue; // read from the store already
            }
            if first != at + 1 {
                whole = false;
                continue;
            }
            let case = view.case.id;
            // What was read from the store may be newer than its number: nothing is told backwards.
            let newer = ring.cases.get(&case).filter(|it| it.case.version > view.case.version);
            let standing = newer.cloned().unwrap_or_else(|| Arc::new(view));
            let stream = standing.stream.clone();
            ring.heads.insert(stream.clone(), last);
            push(&mut ring, &inner.config, stream, last, case, Some(standing));
            ring.text = heads_text(&ring.heads);
            made = true;
        }
        if made {
            let (head, generation) = {
                let ring = self.read();
                (ring.head(), ring.generation)
            };
            // Not a look: whether the store answers is not known from this.
            inner
                .beat
                .send_modify(|it| (it.head, it.generation) = (head, generation));
        }
        whole
    }

    /// Reads what was committed since the last look; answers how many changes that made.
    ///
    /// # Errors
    /// The store's; what was read until then counts.
    pub async fn look(&self) -> Result<usize, StoreError> {
        let inner = &*self.0;
        let _alone = inner.looking.lock().await;
        let heads = inner.store.stream_heads().await?;
        let mut made = 0;
        let known = self.read().heads.clone();
        for (stream, head) in heads {
            let mut at = known.get(stream.as_str()).copied().unwrap_or(0);
            if head < at {
                tracing::warn!(%stream, head, at, "the store has gone back; everything is read anew");
                self.read_anew().await?;
                return Ok(made);
            }
            while at < head {
                let events = inner.store.live_events(&stream, at, PAGE).await?;
                let Some(last) = events.last().map(|it| it.number) else {
                    tracing::error!(%stream, head, at, "events are missing below the head of their stream");
                    break; // looked for again with the next sweep
                };
                // One entry a case: the last of its events stands for all, since the case is told whole.
                let mut lasts: BTreeMap<i64, CaseId> = BTreeMap::new();
                let mut of: HashMap<CaseId, i64> = HashMap::new();
                for it in &events {
                    if let Some(earlier) = of.insert(it.case, it.number) {
                        lasts.remove(&earlier);
                    }
                    lasts.insert(it.number, it.case);
                }
                let ids: Vec<CaseId> = lasts.values().copied().collect();
                let (views, corrupt) = inner.store.cases(&ids).await?;
                for error in &corrupt {
                    tracing::error!(%error, "a case that changed does not read back and is not told");
                }
                // None of them counts as erased when some do not read back: which is which is not known here.
                let mut views: HashMap<CaseId, Arc<CaseView>> =
                    views.into_iter().map(|it| (it.case.id, Arc::new(it))).collect();
                for view in views.values() {
                    self.load_plan(view).await;
                }
                let mut ring = self.write();
                for (number, case) in lasts {
                    let view = match views.remove(&case) {
                        Some(view) => Some(view),
                        None if corrupt.is_empty() => None,
                        None => continue,
                    };
                    ring.heads.insert(stream.as_str().into(), number);
                    push(&mut ring, &inner.config, stream.as_str().into(), number, case, view);
                    made += 1;
                }
                ring.heads.insert(stream.as_str().into(), last);
                ring.text = heads_text(&ring.heads);
                at = last;
            }
        }
        self.beat();
        Ok(made)
    }

    /// A view may show the plan, and looks for it in memory only.
    async fn load_plan(&self, view: &CaseView) {
        if let Err(error) = self.0.store.plan_of(&view.case).await {
            tracing::error!(case.id = %view.case.id, %error, "the plan of a case does not read back");
        }
    }

    /// Another epoch: the store was put back to an earlier state.
    async fn look_at_epoch(&self) -> Result<(), StoreError> {
        let _alone = self.0.looking.lock().await;
        let known = self.read().epoch;
        let text = self.0.store.setting("store_epoch").await?;
        if text.is_some_and(|it| it.parse() != Ok(known)) {
            tracing::warn!("the store has another epoch; everything is read anew");
            self.read_anew().await?;
        }
        Ok(())
    }

    /// Heads and open cases of one instant; every socket takes a snapshot after it.
    async fn read_anew(&self) -> Result<(), StoreError> {
        let inner = &*self.0;
        let epoch = inner.store.epoch(inner.ids.make(), inner.clock.now()).await?;
        let snapshot = inner.store.snapshot().await?;
        for error in &snapshot.corrupt {
            tracing::error!(%error, "an open case does not read back and is not told");
        }
        let mut plans = HashSet::new();
        for view in &snapshot.cases {
            if plans.insert(view.case.plan) {
                self.load_plan(view).await;
            }
        }
        let heads: Heads = snapshot
            .heads
            .into_iter()
            .map(|(stream, head)| (stream.into(), head))
            .collect();
        {
            let mut ring = self.write();
            let next = ring.head();
            *ring = Ring {
                epoch,
                generation: ring.generation + 1,
                text: heads_text(&heads),
                floor: heads.clone(),
                heads,
                first: next,
                entries: VecDeque::new(),
                newest: HashMap::new(),
                cases: snapshot
                    .cases
                    .into_iter()
                    .map(|it| (it.case.id, Arc::new(it)))
                    .collect(),
            };
        }
        self.beat();
        Ok(())
    }

    fn beat(&self) {
        let (head, generation) = {
            let ring = self.read();
            (ring.head(), ring.generation)
        };
        self.0.beat.send_replace(Beat {
            looked_at: self.0.clock.now(),
            head,
            generation,
        });
    }

    /// A place for one more socket; none when there are too many.
    pub fn sit(&self) -> Option<Seat> {
        let max = self.0.config.sockets_max;
        let add = |it: usize| (it < max).then_some(it + 1);
        let before = self
            .0
            .seats
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, add)
            .ok()?;
        metrics::gauge!("ecd_live_sockets").set((before + 1) as f64);
        Some(Seat(self.0.clone()))
    }

    /// How many sockets there are.
    pub fn sockets(&self) -> usize {
        self.0.seats.load(Ordering::Acquire)
    }

    /// Set when the service is to end.
    pub fn stopping(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Who may see what.
    pub fn sight(&self) -> &dyn Sight {
        &*self.0.sight
    }

    /// Which history this is.
    pub fn epoch(&self) -> Uuid {
        self.read().epoch
    }

    /// What every socket waits for.
    pub fn beats(&self) -> watch::Receiver<Beat> {
        self.0.beat.subscribe()
    }

    /// Where a client that wants a snapshot begins, and the snapshot.
    pub fn snapshot(&self, viewer: &Viewer, audience: &Audience) -> (Start, SnapshotFrame) {
        let now = self.0.clock.now();
        let (start, epoch, mut open) = {
            let ring = self.read();
            let start = Start {
                generation: ring.generation,
                next: ring.head(),
                heads: ring.text.clone(),
            };
            let at = (start.generation, start.next);
            let mut kept = lock(&self.0.snapshots);
            // Names and places come from the register, which changes beside the cases: kept for a storm of clients only.
            if kept.at != at || now.duration_since(kept.made_at) > SNAPSHOT_FOR {
                *kept = Snapshots {
                    at,
                    made_at: now,
                    built: HashMap::new(),
                };
            }
            if let Some(found) = kept.built.get(audience) {
                return (start, found.clone());
            }
            let open: Vec<_> = ring
                .cases
                .values()
                .filter(|it| it.case.state.is_open())
                .cloned()
                .collect();
            (start, ring.epoch, open)
        };
        open.sort_unstable_by_key(|it| (it.case.opened_at, it.case.id));
        let seen = |it: &Arc<CaseView>| Some((it.case.id, raw(self.0.sight.see(viewer, it)?)?));
        let (shown, cases): (Vec<_>, Vec<_>) = open.iter().filter_map(seen).unzip();
        let frame = ServerFrame::Snapshot {
            cursor: cursor::write(epoch, audience, &start.heads),
            cases,
        };
        let frame = SnapshotFrame {
            text: text_of(&frame),
            shown: shown.into(),
        };
        let mut kept = lock(&self.0.snapshots);
        if kept.at == (start.generation, start.next) {
            kept.built.insert(audience.clone(), frame.clone());
        }
        (start, frame)
    }

    /// What a client has missed since its cursor, oldest first; none: it must take a snapshot.
    pub fn resume(&self, cursor: &str, audience: &Audience) -> Option<(Start, Vec<Arc<Entry>>)> {
        let ring = self.read();
        let had = cursor::read(cursor, ring.epoch, audience)?;
        let number = |heads: &Heads, stream: &Arc<str>| heads.get(stream).copied().unwrap_or(0);
        let too_old = ring.floor.iter().any(|(stream, floor)| number(&had, stream) < *floor);
        let ahead = had.iter().any(|(stream, at)| *at > number(&ring.heads, stream));
        if too_old || ahead {
            return None;
        }
        let missed = ring
            .entries
            .iter()
            .filter(|it| it.number > number(&had, &it.stream))
            .cloned()
            .collect();
        let start = Start {
            generation: ring.generation,
            next: ring.head(),
            heads: heads_text(&had),
        };
        Some((start, missed))
    }

    /// What comes at place `next` of the ring.
    pub fn next(&self, generation: u64, next: u64) -> Next {
        let ring = self.read();
        if ring.generation != generation {
            return Next::Anew;
        }
        if next < ring.first {
            return Next::Lost;
        }
        let at = usize::try_from(next - ring.first).unwrap_or(usize::MAX);
        match ring.entries.get(at) {
            None => Next::Nothing(ring.text.clone()),
            Some(it) if ring.newest.get(&it.case) == Some(&it.seq) => Next::Entry(it.clone()),
            Some(it) => Next::Overtaken(it.clone()),
        }
    }

    /// Whether a newer change of the same case has come.
    pub fn is_overtaken(&self, entry: &Entry) -> bool {
        self.read().newest.get(&entry.case) != Some(&entry.seq)
    }

    /// What an audience is told of a change: the frame is built once for all of it.
    pub fn told(&self, entry: &Entry, viewer: &Viewer, audience: &Audience) -> Told {
        // Held while the frame is built, so that it is built once; `push` waits for it, so nothing here asks the ring.
        let mut built = lock(&entry.built);
        let view = match &*lock(&entry.view) {
            Standing::Overtaken => return Told::Overtaken,
            Standing::Erased => return Told::Hidden,
            Standing::Here(view) => view.clone(),
        };
        // Looked for before it is put: all but the first of an audience need no copy of whom they are.
        let text = match built.get(audience) {
            Some(text) => text.clone(),
            None => {
                let build = || {
                    let case = self.0.sight.see(viewer, &view).and_then(raw)?;
                    let cursor = cursor::write(entry.epoch, audience, &entry.heads);
                    Some(text_of(&ServerFrame::Changed { cursor, case }))
                };
                built.entry(audience.clone()).or_insert_with(build).clone()
            }
        };
        text.map_or(Told::Hidden, Told::Changed)
    }

    /// The frame that says that a case is the viewer's business no longer.
    pub fn gone(&self, entry: &Entry, audience: &Audience) -> ByteString {
        let cursor = cursor::write(entry.epoch, audience, &entry.heads);
        text_of(&ServerFrame::<Box<RawValue>>::Gone { cursor, id: entry.case })
    }

    /// A place from which one socket says what its person has open.
    pub(super) fn post(&self) -> Post {
        Post {
            no: self.0.presence.post(),
            inner: self.0.clone(),
        }
    }

    /// Wakes when somebody at a desk looks at another case.
    pub(super) fn looks(&self) -> watch::Receiver<u64> {
        self.0.presence.changes()
    }

    /// The frame that says who has which case open.
    pub(super) fn lookers(&self, viewer: &Viewer, audience: &Audience) -> ByteString {
        let presence = &self.0.presence;
        presence.told(
            audience,
            |it| self.sees(viewer, it),
            |lookers| text_of(&ServerFrame::<Box<RawValue>>::Lookers { lookers }),
        )
    }

    /// The frame that says which telephone calls go on.
    pub(super) fn calls(&self, viewer: &Viewer, audience: &Audience) -> ByteString {
        self.0.presence.told_calls(
            audience,
            |it| self.sees(viewer, it),
            |calls| text_of(&ServerFrame::<Box<RawValue>>::Calls { calls }),
        )
    }

    /// A telephone call has changed.
    pub fn call_changed(&self, call: &Call) {
        let now = CallNow {
            call: call.id,
            case: call.case,
            purpose: call.purpose,
            state: call.state,
            held_long: call.held_long,
        };
        self.0.presence.call(call.id, call.state.is_open().then_some(now));
    }

    /// Whether a case that is open, or was lately, is the viewer's to see.
    fn sees(&self, viewer: &Viewer, case: CaseId) -> bool {
        let view = self.read().cases.get(&case).cloned();
        view.is_some_and(|it| self.0.sight.see(viewer, &it).is_some())
    }

    /// A case as the sockets have it now, if it is open or was lately; for the service itself.
    pub fn shows(&self, case: CaseId) -> Option<Arc<CaseView>> {
        self.read().cases.get(&case).cloned()
    }

    /// The frame that says that the service is there.
    pub fn ping(&self, audience: &Audience, heads: &str) -> ByteString {
        let cursor = cursor::write(self.epoch(), audience, heads);
        text_of(&ServerFrame::<Box<RawValue>>::Ping {
            cursor,
            now: self.0.clock.now(),
            alarms_fail_since: self.0.sight.alarms_fail_since(),
            notices_late_since: self.0.sight.notices_late_since(),
            canary_failed_since: self.0.sight.canary_failed_since(),
        })
    }

    fn read(&self) -> RwLockReadGuard<'_, Ring> {
        self.0.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Ring> {
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a change at the end of the ring; `ring.heads` has its number already.
fn push(ring: &mut Ring, config: &HubConfig, stream: Arc<str>, number: i64, case: CaseId, view: Option<Arc<CaseView>>) {
    let before = match &view {
        Some(view) => ring.cases.insert(case, view.clone()),
        None => ring.cases.remove(&case),
    };
    let seq = ring.head();
    if let Some(earlier) = ring.newest.insert(case, seq) {
        // Nobody is sent it any more: what it held is let go, what was before it stays for those who resume.
        let at = earlier.checked_sub(ring.first).and_then(|it| usize::try_from(it).ok());
        if let Some(entry) = at.and_then(|it| ring.entries.get(it)) {
            *lock(&entry.view) = Standing::Overtaken;
            lock(&entry.built).clear();
        }
    }
    let heads = heads_text(&ring.heads);
    ring.entries.push_back(Arc::new(Entry {
        seq,
        stream,
        number,
        case,
        before,
        epoch: ring.epoch,
        view: Mutex::new(view.map_or(Standing::Erased, Standing::Here)),
        heads,
        built: Mutex::default(),
    }));
    if let Some(old) = ring.entries.len().checked_sub(BUILT_MAX + 1) {
        lock(&ring.entries[old].built).clear();
    }
    while ring.entries.len() > config.ring_max {
        let Some(old) = ring.entries.pop_front() else { break };
        ring.first += 1;
        let floor = ring.floor.entry(old.stream.clone()).or_insert(0);
        *floor = old.number.max(*floor);
        if ring.newest.get(&old.case) == Some(&old.seq) {
            ring.newest.remove(&old.case);
            if ring.cases.get(&old.case).is_some_and(|it| !it.case.state.is_open()) {
                ring.cases.remove(&old.case);
            }
        }
    }
}

pub(super) fn lock<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json)
        .inspect_err(|error| tracing::error!(%error, "a case view is no JSON and is not told"))
        .ok()
}

/// Frames are made of strings, ids and instants: writing one cannot fail; if it did, an empty frame would be refused by the
/// client and the next snapshot would mend it.
pub(super) fn text_of<C: serde::Serialize>(frame: &ServerFrame<C>) -> ByteString {
    serde_json::to_string(frame)
        .inspect_err(|error| tracing::error!(%error, "a frame could not be written"))
        .unwrap_or_default()
        .into()
}
