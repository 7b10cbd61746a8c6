//! The clock and the makers of ids: the system's, and the ones a test turns by hand.
//!
//! All of the service asks here. A clock is anchored once on the wall and then follows the monotonic clock, so time never
//! runs backwards and never jumps; values are whole microseconds since 1970 UTC, the same on both stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

/// Cuts what is finer than a microsecond: SQLite would keep it and PostgreSQL would not.
pub fn whole_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// What time it is, and a way to wait.
#[derive(Clone)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    System(Arc<System>),
    Hand(HandClock),
}

/// How often our clock takes a step toward the wall.
const SLEW_EVERY: Duration = Duration::from_secs(1);
/// How far it goes then: 2 % of the time that passes, so that a limit of three minutes errs by less than four seconds.
pub const SLEW_STEP: Duration = Duration::from_millis(20);
/// A difference that is told of, microseconds.
const STEP_SHOWN_MICROS: i64 = 2_000_000;
/// After a step that was told of: the difference at which it counts as caught up, microseconds.
const SETTLED_MICROS: i64 = 100_000;

/// The part of `drift` that one step of at most `step` makes up for, microseconds.
fn toward(drift: i64, step: Duration) -> i64 {
    let step = i64::try_from(step.as_micros()).unwrap_or(0);
    drift.clamp(-step, step)
}

struct System {
    anchor: Timestamp,
    started: std::time::Instant,
    last: AtomicI64,
    /// Correction being slewed in, microseconds.
    offset: AtomicI64,
}

impl System {
    /// Anchor, monotonic time passed and correction, microseconds since 1970; after a correction backwards it may be
    /// earlier than what was answered before.
    fn reading(&self) -> i64 {
        let passed = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let anchored = self.anchor.as_microsecond().saturating_add(passed);
        anchored.saturating_add(self.offset.load(Ordering::Relaxed))
    }
}

impl Clock {
    /// The system's clock, anchored on the wall now.
    pub fn system() -> Self {
        Self::system_off_by(0)
    }

    /// The system's clock, `micros` off the wall, as where the machine's was set meanwhile; for trials of what follows.
    #[allow(clippy::disallowed_methods)] // the one place that may
    pub fn system_off_by(micros: i64) -> Self {
        let anchor = whole_micros(Timestamp::now());
        let last = AtomicI64::new(anchor.as_microsecond().saturating_add(micros));
        let started = std::time::Instant::now();
        Self(Kind::System(Arc::new(System {
            anchor,
            started,
            last,
            offset: AtomicI64::new(micros),
        })))
    }

    /// The present instant, whole microseconds, never earlier than an answer given before.
    #[allow(clippy::disallowed_methods)]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System(it) => {
                let value = it.reading();
                let seen = it.last.fetch_max(value, Ordering::AcqRel).max(value);
                Timestamp::from_microsecond(seen).unwrap_or(it.anchor)
            }
            Kind::Hand(it) => it.now(),
        }
    }

    /// How far the wall has moved away from this clock, microseconds (positive: the wall is ahead). Zero by hand.
    #[allow(clippy::disallowed_methods)]
    pub fn drift_micros(&self) -> i64 {
        match &self.0 {
            Kind::System(it) => Timestamp::now().as_microsecond() - it.reading(),
            Kind::Hand(_) => 0,
        }
    }

    /// Whether it follows the wall; a clock by hand follows its test.
    pub fn follows_the_wall(&self) -> bool {
        matches!(self.0, Kind::System(_))
    }

    /// Moves a little toward the wall: at most `step` at a time, so that no deadline is jumped over.
    pub fn slew(&self, step: Duration) {
        if let Kind::System(it) = &self.0 {
            it.offset
                .fetch_add(toward(self.drift_micros(), step), Ordering::Relaxed);
        }
    }

    /// Follows the wall for as long as it is polled: where the machine's clock was set, ours comes after it by
    /// [`SLEW_STEP`] a second, and says so once. Time keeps running forward all the while.
    pub async fn follow_the_wall(&self) {
        self.follow(SLEW_EVERY).await;
    }

    async fn follow(&self, every: Duration) {
        let mut told = false;
        loop {
            self.sleep(every).await;
            let drift = self.drift_micros();
            let stepped = drift.abs() > STEP_SHOWN_MICROS;
            if stepped && !told {
                let seconds = drift as f64 / 1e6;
                tracing::warn!(seconds, "the machine's clock was set; ours follows it slowly");
            }
            told = stepped || (told && drift.abs() > SETTLED_MICROS);
            self.slew(SLEW_STEP);
        }
    }

    /// Waits until `at`; returns at once when it has passed.
    #[allow(clippy::disallowed_methods)]
    pub async fn sleep_until(&self, at: Timestamp) {
        match &self.0 {
            Kind::System(_) => {
                let wait = at.as_microsecond().saturating_sub(self.now().as_microsecond());
                if wait > 0 {
                    tokio::time::sleep(Duration::from_micros(wait.unsigned_abs())).await;
                }
            }
            Kind::Hand(it) => it.sleep_until(at).await,
        }
    }

    /// Lets work gather for a span, so that it is done together. How work is cut into batches is no matter of a rule: a clock
    /// that is turned by hand does not wait.
    #[allow(clippy::disallowed_methods)]
    pub async fn breathe(&self, span: Duration) {
        if let Kind::System(_) = &self.0 {
            tokio::time::sleep(span).await;
        }
    }

    /// Waits for a span of this clock's time.
    pub async fn sleep(&self, span: Duration) {
        let at = self.now() + jiff::SignedDuration::try_from(span).unwrap_or(jiff::SignedDuration::MAX);
        self.sleep_until(at).await;
    }
}

/// A clock that stands still until a test turns it.
#[derive(Clone)]
pub struct HandClock(Arc<watch::Sender<Timestamp>>);

impl HandClock {
    /// Stands at `at`.
    pub fn at(at: Timestamp) -> Self {
        Self(Arc::new(watch::Sender::new(whole_micros(at))))
    }
    /// This clock as the service takes it.
    pub fn clock(&self) -> Clock {
        Clock(Kind::Hand(self.clone()))
    }
    /// Where it stands.
    pub fn now(&self) -> Timestamp {
        *self.0.borrow()
    }
    /// Turns it forward and wakes whoever waited for that.
    pub fn advance(&self, span: Duration) {
        let span = jiff::SignedDuration::try_from(span).unwrap_or(jiff::SignedDuration::ZERO);
        self.0.send_modify(|at| *at += span);
    }
    async fn sleep_until(&self, at: Timestamp) {
        let mut seen = self.0.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = seen.wait_for(|now| *now >= at).await;
    }
}

/// Makes new ids at the edges of the service.
#[derive(Clone)]
pub struct Ids(IdKind);

#[derive(Clone)]
enum IdKind {
    System,
    Seeded(Arc<AtomicU64>),
}

impl Ids {
    /// Version 7: ordered by time, unique across nodes.
    pub fn system() -> Self {
        Self(IdKind::System)
    }
    /// The same row of ids for the same seed, for tests and trials.
    pub fn seeded(seed: u64) -> Self {
        Self(IdKind::Seeded(Arc::new(AtomicU64::new(seed << 32))))
    }
    /// A new value.
    #[allow(clippy::disallowed_methods)]
    pub fn make(&self) -> Uuid {
        match &self.0 {
            IdKind::System => Uuid::now_v7(),
            IdKind::Seeded(next) => seeded(next.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

fn seeded(n: u64) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &n.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_never_runs_backwards() {
        let clock = Clock::system();
        let mut last = clock.now();
        for step in 0..2_000 {
            if step == 1_000 {
                clock.slew(Duration::from_millis(1));
            }
            let now = clock.now();
            assert!(now >= last);
            assert_eq!(now, whole_micros(now));
            last = now;
        }
    }

    #[test]
    fn a_clock_that_is_off_comes_back_step_by_step_and_never_runs_backwards() {
        for off in [3_000_000, -3_000_000_i64] {
            let clock = Clock::system_off_by(off);
            let mut last = clock.now();
            let mut steps = 0;
            while clock.drift_micros().abs() > 50_000 {
                clock.slew(SLEW_STEP);
                let now = clock.now();
                assert!(now >= last, "{now} after {last}");
                last = now;
                steps += 1;
                assert!(steps <= 150, "{} left", clock.drift_micros());
            }
            assert!(steps >= 140, "{steps} steps are too long");
        }
        assert_eq!(toward(3_000_000, SLEW_STEP), 20_000);
        assert_eq!(toward(-3_000_000, SLEW_STEP), -20_000);
        assert_eq!(toward(-7, SLEW_STEP), -7);
    }

    #[tokio::test]
    async fn whoever_follows_the_wall_catches_up_with_it() {
        for off in [300_000, -300_000_i64] {
            let clock = Clock::system_off_by(off);
            let caught_up = async {
                while clock.drift_micros().abs() > 50_000 {
                    clock.sleep(Duration::from_millis(1)).await;
                }
            };
            // Its steps a millisecond apart; far fewer than there is time for.
            tokio::select! {
                () = clock.follow(Duration::from_millis(1)) => unreachable!("it follows for as long as it is polled"),
                () = clock.sleep(Duration::from_secs(20)) => panic!("{} left", clock.drift_micros()),
                () = caught_up => {}
            }
        }
    }

    #[tokio::test]
    async fn a_hand_clock_wakes_whoever_waited() {
        let hand = HandClock::at(Timestamp::UNIX_EPOCH);
        let clock = hand.clock();
        let waiting = tokio::spawn(async move {
            clock.sleep(Duration::from_secs(20)).await;
            clock.now()
        });
        tokio::task::yield_now().await;
        hand.advance(Duration::from_secs(19));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        hand.advance(Duration::from_secs(1));
        assert_eq!(
            waiting.await.unwrap(),
            Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(20)
        );
    }
}
