//! A live day on the demonstration street: alerts come, people answer, walk, arrive; a desk speaks with elders and closes.
//!
//! Plays inside the process and through the doors that everybody takes: [`crate::dispatch::Desk`] and
//! [`crate::dispatch::Field`]. How often and how is in the tables ([`crate::sim::rates`], [`table`]); what happens follows from
//! the seed, apart from timing. The pace scales what the simulator waits for and never the service's clock.
//!
//! Holds always:
//! - a case that somebody at a real desk has touched is never touched by the simulated desk;
//! - whoever has an account of the demo answers, sets out and goes on duty by nobody's hand but their own: their offers wait for
//!   whoever signs in. Until somebody does they walk about like the others, so that the map is not empty of them;
//! - from the moment somebody has signed in as a responder (any account, see [`HELD_FOR`]) until they sign out, nothing is said
//!   and no position is given in that responder's name: the phone in that hand is the only one that knows.

mod alerts;
mod desk;
mod responders;
mod rounds;
pub mod table;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::case::{Author, Case, Command, OfferState, Record, State};
use crate::dispatch::DeskError;
use crate::ids::{CaseId, ElderId, OfferId, ResponderId, UserId};
use crate::sim::Dice;
use crate::store::cases::CaseView;

/// Paces that make sense: from a tenth of real life to an hour in 36 seconds.
pub const PACE_MIN: f64 = 0.1;
/// The fastest.
pub const PACE_MAX: f64 = 100.0;

/// A phone on which nobody signed out counts as held for as long after its session was renewed: one shift. A page that is open
/// renews every quarter of an hour; a locked phone in a pocket does not, and is held all the same.
pub const HELD_FOR: SignedDuration = SignedDuration::from_hours(12);
/// Seconds between looks at who is signed in.
const HELD_LOOK_S: f64 = 1.0;

/// What a day is played from.
#[derive(Debug, Clone)]
pub struct DayPlan {
    /// Another seed, another day.
    pub seed: u64,
    /// How much faster than life things happen; [`PACE_MIN`] to [`PACE_MAX`].
    pub pace: f64,
    /// The account in whose name the simulated desk works.
    pub desk: UserId,
    /// Responders whom people play.
    pub played_by_people: BTreeSet<ResponderId>,
    /// For the opening: an elder, and the responder across the canal who stays at work at their base.
    pub across_the_canal: Option<(ElderId, ResponderId)>,
}

/// A day that is being played. Stops when told.
pub struct Day {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Day {
    /// Begins to play.
    pub fn begin(app: App, plan: DayPlan) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let stage = Arc::new(Stage {
            started: app.clock.now().as_microsecond(),
            app,
            plan: DayPlan {
                pace: plan.pace.clamp(PACE_MIN, PACE_MAX),
                ..plan
            },
            stop: stop.clone(),
            tasks: tasks.clone(),
            known: Mutex::default(),
        });
        tasks.spawn(async move {
            // Who plays is in the register.
            tokio::select! {
                () = stage.stop.cancelled() => {}
                () = stage.app.picture.whole() => stage.play(),
            }
        });
        Self { stop, tasks }
    }

    /// Stops and waits until nobody plays any more.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// What the players know together.
#[derive(Default)]
struct Known {
    /// Offers that somebody is thinking about, or has answered.
    offers: HashSet<OfferId>,
    /// Who is under way to what.
    journeys: HashSet<(CaseId, ResponderId)>,
    /// Cases that the simulated desk has seen.
    seen: HashSet<CaseId>,
    /// Cases that real people have touched.
    touched: HashSet<CaseId>,
    /// Whether somebody is really in need.
    real: HashMap<CaseId, bool>,
    /// Cases of the opening: nobody below the street answers, and the desk waits for a person.
    unanswered: HashSet<CaseId>,
    /// Responders as whom somebody is signed in.
    held: HashSet<ResponderId>,
}

/// The stage on which everybody plays.
struct Stage {
    app: App,
    plan: DayPlan,
    stop: CancellationToken,
    tasks: TaskTracker,
    known: Mutex<Known>,
    started: i64,
}

impl Stage {
    fn play(self: &Arc<Self>) {
        let tasks = &self.tasks;
        tasks.spawn(self.clone().see_who_is_signed_in());
        tasks.spawn(self.clone().follow());
        tasks.spawn(self.clone().keep_duty());
        tasks.spawn(self.clone().walk_about());
        tasks.spawn(self.clone().open_the_day());
        tasks.spawn(self.clone().send_alerts());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dice(&self, subject: &str) -> Dice {
        Dice::new(self.plan.seed, subject)
    }

    /// Waits in the simulator's time; `false`: the day ends.
    async fn wait(&self, seconds: f64) -> bool {
        self.wait_real(seconds / self.plan.pace).await
    }

    /// Waits in real time; `false`: the day ends.
    async fn wait_real(&self, seconds: f64) -> bool {
        let span = Duration::try_from_secs_f64(seconds.clamp(0.0, 86_400.0)).unwrap_or_default();
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = self.app.clock.sleep(span) => true,
        }
    }

    /// Whether somebody is signed in as this responder: then nothing is done in their name.
    fn is_held(&self, who: ResponderId) -> bool {
        self.known().held.contains(&who)
    }

    async fn see_who_is_signed_in(self: Arc<Self>) {
        loop {
            let since = self.app.clock.now() - HELD_FOR;
            match self.app.store.responders_signed_in(since).await {
                Ok(held) => self.known().held = held,
                Err(error) => tracing::warn!(%error, "the simulator could not read who is signed in"),
            }
            if !self.wait_real(HELD_LOOK_S).await {
                return;
            }
        }
    }

    /// Asks a case; a refusal is an answer like another, and the case goes its way.
    async fn ask(&self, case: CaseId, command: Command, by: Author) -> bool {
        if let Author::Responder(who) = by
            && self.is_held(who)
        {
            return false;
        }
        let name = command.name();
        match self.app.desk.handle(case, command, by).await {
            Ok(_) => true,
            Err(DeskError::Refused(refusal, _)) => {
                tracing::debug!(case.id = %case, command = name, %refusal, "the simulator was refused");
                false
            }
            Err(error) => {
                tracing::warn!(case.id = %case, command = name, %error, "the simulator was not heard");
                false
            }
        }
    }

    async fn case(&self, id: CaseId) -> Option<CaseView> {
        match self.app.store.case(id).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(case.id = %id, %error, "the simulator could not read a case");
                None
            }
        }
    }

    /// Follows the cases. A hint is enough: who lags behind looks at all that is open.
    async fn follow(self: Arc<Self>) {
        let mut changes = self.app.desk.changes();
        self.look_around().await;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                change = changes.recv() => match change {
                    Ok(it) => self.see(&it.done.case, &it.done.number, &it.done.records),
                    Err(RecvError::Lagged(_)) => self.look_around().await,
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }

    async fn look_around(self: &Arc<Self>) {
        match self.app.store.snapshot().await {
            Ok(snapshot) => snapshot.cases.iter().for_each(|it| self.see(&it.case, &it.number, &[])),
            Err(error) => tracing::warn!(%error, "the simulator could not read the open cases"),
        }
    }

    /// Sees what a case asks of whom, and sends them.
    fn see(self: &Arc<Self>, case: &Arc<Case>, number: &Arc<str>, records: &[Record]) {
        let mut known = self.known();
        if case.state == State::Closed {
            known.seen.remove(&case.id);
            known.touched.remove(&case.id);
            known.real.remove(&case.id);
            known.unanswered.remove(&case.id);
            if let Some(next) = case.follow_up.filter(|it| known.seen.insert(*it)) {
                self.tasks.spawn(self.clone().sit_at_desk(next, number.clone()));
            }
            known.journeys.retain(|it| it.0 != case.id);
            for it in &case.offers {
                known.offers.remove(&it.id);
            }
            return;
        }
        let by_person = |it: &Record| matches!(it.by, Author::User(who) if who != self.plan.desk);
        if case.taken_by.is_some_and(|it| it != self.plan.desk) || records.iter().any(by_person) {
            known.touched.insert(case.id);
        }
        for offer in case.offers.iter().filter(|it| it.state == OfferState::Open) {
            let who = offer.candidate.responder;
            if !self.plan.played_by_people.contains(&who) && known.offers.insert(offer.id) {
                self.tasks
                    .spawn(self.clone().answer(case.id, number.clone(), offer.id, who));
            }
        }
        for it in case.assignments.iter().filter(|it| it.is_active()) {
            let who = it.responder;
            if !self.plan.played_by_people.contains(&who) && known.journeys.insert((case.id, who)) {
                self.tasks.spawn(self.clone().go(case.id, number.clone(), who));
            }
        }
        if known.seen.insert(case.id) {
            self.tasks.spawn(self.clone().sit_at_desk(case.id, number.clone()));
        }
    }
}
