//! One link to one broker: it connects, subscribes, hands messages to whoever works on them, and connects again.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use uuid::Uuid;

use super::config::{BrokerConfig, Route};
use super::message::{Done, Work};
use super::profile::Profile;
use super::topic::Names;
use super::wire::{self, Asker, Heard, Line, Message};
use crate::app::App;

/// The wait before the first new try, and the longest.
const AGAIN_FIRST: Duration = Duration::from_secs(1);
const AGAIN_MAX: Duration = Duration::from_secs(60);

/// How often something of a topic is kept aside for the desk, and for how many topics that is remembered.
const ASIDE_EVERY: SignedDuration = SignedDuration::from_secs(60);
const ASIDE_MAX: usize = 10_000;

/// How the link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It has not been up yet.
    Starting,
    /// The broker has let us in and given us our subscriptions.
    Up,
    /// The broker has let us in and refuses so many of our subscriptions; the others work.
    Lacking(usize),
    /// It is not, and why.
    Down(String),
}

/// A message in hand, with the line it came by.
struct InHand {
    message: Message,
    asker: Asker,
    line: u64,
}

#[derive(Default)]
struct Hands {
    /// What waits, by topic; a topic that stands here has somebody at work on it.
    topics: HashMap<String, VecDeque<InHand>>,
    count: usize,
    /// Acknowledged on this line since the broker was last heard to answer, and before that.
    acknowledged: Vec<Uuid>,
    older: Vec<Uuid>,
    /// Of lines before this one, and of the process before: the broker may bring them again now.
    doubtful: Vec<Uuid>,
    /// When a topic was last kept aside for the desk.
    aside: HashMap<String, Timestamp>,
}

/// A link.
pub struct Link {
    /// The service.
    pub app: App,
    /// How it was configured.
    pub config: BrokerConfig,
    /// What is subscribed to, and what its messages mean.
    pub routes: Vec<Route>,
    hands: Mutex<Hands>,
    /// A message has left our hands.
    freed: Notify,
    state: Mutex<(State, Timestamp)>,
    /// Lines so far; the number of the present one.
    line: AtomicU64,
    /// Messages of lines before this one, the broker brings again.
    forgotten_before: AtomicU64,
    /// Tries in a row that failed.
    failed: AtomicUsize,
}

impl Link {
    /// A link that does nothing yet.
    pub fn new(app: App, config: BrokerConfig, routes: Vec<Route>) -> Arc<Self> {
        let now = app.clock.now();
        metrics::gauge!("ecd_mqtt_up", "broker" => config.name.clone()).set(0.0);
        let doubtful = app.deliveries.open_of(&config.name);
        Arc::new(Self {
            app,
            config,
            routes,
            hands: Mutex::new(Hands {
                doubtful,
                ..Hands::default()
            }),
            freed: Notify::new(),
            state: Mutex::new((State::Starting, now)),
            line: AtomicU64::new(0),
            forgotten_before: AtomicU64::new(0),
            failed: AtomicUsize::new(0),
        })
    }

    /// How messages of a topic are read, and what their topic names; none: nothing of ours is published there.
    pub fn profile_of(&self, topic: &str) -> Option<(&Profile, Names)> {
        let mut routes = self.routes.iter();
        routes.find_map(|it| Some((&it.profile, it.topic.read_topic(topic)?)))
    }

    /// How it stands, and since when.
    pub fn state(&self) -> (State, Timestamp) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lines that were begun so far.
    pub fn lines(&self) -> u64 {
        self.line.load(Ordering::Acquire)
    }

    /// Messages in our hands: not worked off yet.
    pub fn in_hand(&self) -> usize {
        self.hands().count
    }

    /// Connects again and again until the service stops.
    pub async fn run(self: Arc<Self>) {
        let stop = self.app.stopping().clone();
        loop {
            let why = tokio::select! {
                () = stop.cancelled() => return,
                why = self.connection() => why,
            };
            self.doubt();
            let failed = self.failed.fetch_add(1, Ordering::Relaxed);
            let wait = AGAIN_FIRST.saturating_mul(1 << failed.min(6)).min(AGAIN_MAX);
            tracing::warn!(broker = self.config.name, %why, wait_s = wait.as_secs(), "the link to a broker is down");
            metrics::counter!("ecd_mqtt_ended_total", "broker" => self.config.name.clone()).increment(1);
            self.set(State::Down(why));
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.app.clock.sleep(wait) => {}
            }
        }
    }

    /// One connection, from its beginning to its end; answers why it ended.
    async fn connection(self: &Arc<Self>) -> String {
        let (asker, mut line) = match wire::open(&self.config) {
            Ok(it) => it,
            Err(why) => return why,
        };
        let number = self.line.fetch_add(1, Ordering::AcqRel) + 1;
        loop {
            // What is in our hands is bounded: while they are full nothing is taken off the line. An MQTT 5 broker stops before.
            while self.in_hand() >= self.hands_full_at() {
                metrics::counter!("ecd_mqtt_held_total", "broker" => self.config.name.clone()).increment(1);
                self.freed.notified().await;
            }
            match self.hear(&asker, &mut line, number).await {
                Ok(()) => {}
                Err(why) => return why,
            }
        }
    }

    /// Twice what an MQTT 5 broker may send: it never comes so far, and the line stays alive while the store does not.
    fn hands_full_at(&self) -> usize {
        usize::from(self.config.in_flight_max) * 2
    }

    async fn hear(self: &Arc<Self>, asker: &Asker, line: &mut Line, number: u64) -> Result<(), String> {
        match line.next().await? {
            Heard::Up { resumed } => {
                if resumed {
                    // It brings everything again that it has no acknowledgement for.
                    self.forgotten_before.store(number, Ordering::Release);
                }
                tracing::info!(broker = self.config.name, resumed, "a broker has let us in");
                // Also where it still had our session: the configuration may have changed since.
                self.subscribe(asker)
            }
            Heard::Subscribed { refused: 0 } => {
                self.failed.store(0, Ordering::Relaxed);
                self.set(State::Up);
                Ok(())
            }
            Heard::Subscribed { refused } if refused < self.routes.len() => {
                // Whoever may publish elsewhere is heard all the same.
                self.failed.store(0, Ordering::Relaxed);
                if self.state().0 != State::Lacking(refused) {
                    tracing::error!(
                        broker = self.config.name,
                        refused,
                        "a broker refuses some of our subscriptions"
                    );
                    self.set(State::Lacking(refused));
                }
                Ok(())
            }
            Heard::Subscribed { .. } => Err("the broker refuses all our subscriptions".to_owned()),
            Heard::Message(message) => {
                metrics::counter!("ecd_mqtt_messages_total", "broker" => self.config.name.clone()).increment(1);
                self.take(InHand {
                    message,
                    asker: asker.clone(),
                    line: number,
                });
                Ok(())
            }
            Heard::Pong => {
                self.settle();
                if let State::Lacking(_) = self.state().0 {
                    // Somebody may have put it right meanwhile.
                    return self.subscribe(asker);
                }
                Ok(())
            }
            Heard::Else => Ok(()),
        }
    }

    fn subscribe(&self, asker: &Asker) -> Result<(), String> {
        let group = self.config.group.as_deref();
        let filters: Vec<String> = self.routes.iter().map(|it| it.topic.filter(group)).collect();
        asker.subscribe(&filters)
    }

    /// Takes a message in hand. Those of one topic are worked off one after another, in their order.
    fn take(self: &Arc<Self>, it: InHand) {
        let topic = it.message.topic.clone();
        let mut hands = self.hands();
        hands.count += 1;
        self.gauge(hands.count);
        if let Some(waiting) = hands.topics.get_mut(&topic) {
            waiting.push_back(it);
            return;
        }
        hands.topics.insert(topic.clone(), VecDeque::from([it]));
        drop(hands);
        self.app.workers().spawn(self.clone().work_off(topic));
    }

    async fn work_off(self: Arc<Self>, topic: String) {
        let mut work = Work::new(self.clone());
        loop {
            let next = {
                let mut hands = self.hands();
                match hands.topics.get_mut(&topic).and_then(VecDeque::pop_front) {
                    Some(it) => it,
                    None => {
                        hands.topics.remove(&topic);
                        return;
                    }
                }
            };
            let stop = self.app.stopping().clone();
            let stale = || next.message.receipt.is_some() && next.line < self.forgotten_before.load(Ordering::Acquire);
            let done = tokio::select! {
                // Not in the middle of a commit: the store shields what it has begun, and the broker brings it again.
                () = stop.cancelled() => return,
                done = work.on(&next.message, &stale) => done,
            };
            if let Done::Kept(names) = done {
                if let Some(receipt) = next.message.receipt {
                    next.asker.acknowledge(receipt).await;
                    metrics::counter!("ecd_mqtt_acknowledged_total", "broker" => self.config.name.clone()).increment(1);
                }
                let of_this_line = next.line == self.lines();
                let mut hands = self.hands();
                if of_this_line {
                    hands.acknowledged.extend(names);
                } else {
                    hands.doubtful.extend(names);
                }
            }
            let mut hands = self.hands();
            hands.count -= 1;
            self.gauge(hands.count);
            drop(hands);
            self.freed.notify_one();
        }
    }

    /// The line is over: whether the broker has had what was acknowledged on it, nobody knows.
    fn doubt(&self) {
        let mut hands = self.hands();
        let of_line = [
            std::mem::take(&mut hands.older),
            std::mem::take(&mut hands.acknowledged),
        ];
        hands.doubtful.extend(of_line.into_iter().flatten());
    }

    /// The broker has answered: it has had what we acknowledged before our question. As an acknowledgement may have waited behind the
    /// question, two answers are waited for. What was in doubt it would have brought again by now.
    fn settle(self: &Arc<Self>) {
        let settled = {
            let mut hands = self.hands();
            let settled = std::mem::take(&mut hands.older);
            hands.older = std::mem::take(&mut hands.acknowledged);
            if hands.count == 0 {
                let doubtful = std::mem::take(&mut hands.doubtful);
                hands.acknowledged = doubtful;
            }
            settled
        };
        if settled.is_empty() {
            return;
        }
        let link = self.clone();
        self.app.workers().spawn(async move {
            if let Err(error) = link.app.deliveries.settle(&settled).await {
                tracing::warn!(%error, "deliveries could not be forgotten");
                link.hands().doubtful.extend(settled);
            }
        });
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something of this topic may be kept aside for the desk now.
    pub(super) fn aside_is_due(&self, topic: &str, now: Timestamp) -> bool {
        let hands = self.hands();
        hands
            .aside
            .get(topic)
            .is_none_or(|it| now.duration_since(*it) >= ASIDE_EVERY)
    }

    /// Something of this topic was.
    pub(super) fn kept_aside(&self, topic: &str, now: Timestamp) {
        let mut hands = self.hands();
        if hands.aside.len() >= ASIDE_MAX {
            hands.aside.retain(|_, at| now.duration_since(*at) < ASIDE_EVERY);
        }
        if hands.aside.len() < ASIDE_MAX {
            hands.aside.insert(topic.to_owned(), now);
        }
    }

    fn gauge(&self, count: usize) {
        metrics::gauge!("ecd_mqtt_in_hand", "broker" => self.config.name.clone()).set(count as f64);
    }

    fn set(&self, state: State) {
        let up = if state == State::Up { 1.0 } else { 0.0 };
        metrics::gauge!("ecd_mqtt_up", "broker" => self.config.name.clone()).set(up);
        let now = self.app.clock.now();
        let mut kept = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Of one that stays down the first moment counts, and the last reason.
        let since = match (&kept.0, &state) {
            (State::Down(_), State::Down(_)) => kept.1,
            _ => now,
        };
        *kept = (state, since);
    }
}
