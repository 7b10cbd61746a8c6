//! A committer: what waits for it, and how that is cut into batches.

use tokio::sync::mpsc;

use super::{Inner, Job};
use crate::case::{Author, Command};
use crate::store::cases::{Ask, Order};

/// Our own orders in one transaction at most: so long an alert may have to wait.
const OWN_MAX: usize = 64;

/// The two ends at which a committer takes orders.
pub(super) struct Queue {
    /// Of people and devices.
    pub(super) asked: mpsc::Sender<Job>,
    /// Our own: what fell due, what was ranked. However many there are, an alert waits for a short batch of them at most.
    pub(super) own: mpsc::Sender<Job>,
}

impl Queue {
    pub(super) fn of(&self, order: &Order) -> &mpsc::Sender<Job> {
        if stands_back(order) { &self.own } else { &self.asked }
    }

    pub(super) fn waiting(&self) -> usize {
        [&self.asked, &self.own]
            .map(|it| it.max_capacity() - it.capacity())
            .iter()
            .sum()
    }
}

/// Our own orders, and whatever is about a service, whoever asks for it: a hundred lunches are no reason for a call to wait.
fn stands_back(order: &Order) -> bool {
    let service = match &order.ask {
        Ask::Report(report) => report.opening.lane == crate::case::Lane::Service,
        Ask::Begin(_) => true,
        Ask::Command { command, .. } => matches!(
            command,
            Command::Wish { .. }
                | Command::AskStation { .. }
                | Command::NoStation { .. }
                | Command::StationSays { .. }
                | Command::AgreeTime
                | Command::ServiceDone
                | Command::CancelService { .. }
                | Command::Rate { .. }
                | Command::TurnedToHelp { .. }
        ),
    };
    order.by == Author::System || service
}

/// One committer: takes what has queued, writes it, answers, again. No linger: alone, an order costs one sync.
pub(super) async fn commit_batches(
    inner: std::sync::Weak<Inner>,
    mut asked: mpsc::Receiver<Job>,
    mut own: mpsc::Receiver<Job>,
) {
    let mut jobs = Vec::new();
    loop {
        let most = match inner.upgrade() {
            Some(it) => it.config.batch_max,
            None => return,
        };
        let mut ours = Vec::new();
        let taken = tokio::select! {
            biased;
            taken = asked.recv_many(&mut jobs, most) => taken,
            taken = own.recv_many(&mut ours, most.min(OWN_MAX)) => taken,
        };
        if taken == 0 {
            return; // both close together
        }
        // Whichever was first, the other shares the sync.
        let top_up = |queue: &mut mpsc::Receiver<Job>, jobs: &mut Vec<Job>, most: usize| {
            while jobs.len() < most
                && let Ok(job) = queue.try_recv()
            {
                jobs.push(job);
            }
        };
        let room = most - jobs.len();
        top_up(&mut own, &mut ours, room.min(OWN_MAX));
        top_up(&mut asked, &mut jobs, most - ours.len());
        jobs.append(&mut ours);
        let Some(it) = inner.upgrade() else { return };
        let (orders, answers): (Vec<Order>, Vec<_>) = jobs.drain(..).map(|it| (it.order, it.answer)).unzip();
        // In a task of its own: a mistake of ours in one batch ends that batch and not the committer.
        let batch = it.clone();
        let work = tokio::spawn(async move {
            let outcomes = batch.commit_in_halves(&orders).await;
            batch.hint(&outcomes);
            outcomes
        });
        match work.await {
            Ok(outcomes) => {
                for (answer, outcome) in answers.into_iter().zip(outcomes) {
                    // Whoever asked may have gone; what they asked for is done.
                    let _ = answer.send(outcome);
                }
            }
            Err(error) => tracing::error!(%error, "a batch panicked; nothing of it was written"),
        }
    }
}
