//! The committer's transaction: a batch of orders is decided where it is written.
//!
//! 1. What the orders name is loaded in a few queries, whatever their number (rows locked on PostgreSQL).
//! 2. Each order is decided in turn, in memory; the next sees what the one before it left.
//! 3. Rows are written many at a time: changed cases first, by the version that was read; then what hangs on them; then the
//!    numbers of the streams are taken, which stay locked until the commit; last the new cases and the events.
//!
//! A refusal writes nothing. An error of the database rolls the whole batch back; the caller tries it again in halves.

mod decide;
mod load;
mod write;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, FromQueryResult, TransactionTrait};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::outbox::OutboxRow;
use super::read::CaseView;
use crate::case::{
    Author, Case, Command, Decision, Kind, Lane, Opening, Part, PhotoConsent, Place, Plan, PlanId, Record, Refusal,
    Stage, State, Subject,
};
use crate::ids::{AlertId, CaseId, NoteId, PhotoId, ResponderId};
use crate::store::{Micros, Sealed, Store, StoreError, write_lock_first};

/// A sender's promise that the same request means the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Once {
    /// SHA-256 of sender and key.
    pub id: [u8; 32],
    /// SHA-256 of what was asked. A device's goes into the key as well, so there it never differs.
    pub request: [u8; 32],
}

impl Once {
    /// `sender` is who proved to be it, `key` their key or reference, `request` what they ask for.
    pub fn new(sender: &str, key: &[&[u8]], request: &[u8]) -> Self {
        let mut id = Sha256::new();
        id.update((sender.len() as u64).to_be_bytes());
        id.update(sender);
        for part in key {
            id.update((part.len() as u64).to_be_bytes());
            id.update(part);
        }
        Self {
            id: id.finalize().into(),
            request: Sha256::digest(request).into(),
        }
    }
}

/// The parts of an alert that the core does not know.
#[derive(Debug, Clone)]
pub struct AlertRow {
    /// Who sent it, as a word that is the same each time: `device_…`, `user_…`.
    pub sender: String,
    /// The sender's own reference.
    pub source_ref: Option<String>,
    /// The word for the kind, where it is none of ours.
    pub word: Option<String>,
    /// When we received it.
    pub received_at: Timestamp,
    /// When it happened, by the sender's clock.
    pub occurred_at: Option<Timestamp>,
    /// Raw payload, position, reading and note, sealed for table `alert`, column `content`, row the alert's id.
    pub content: Sealed,
}

/// An alert on its way into a case.
#[derive(Debug, Clone)]
pub struct Report {
    /// What opens a case where there is none to join.
    pub opening: Opening,
    /// The plan that fits it.
    pub plan: Arc<Plan>,
    /// The stream of its street: a 9-digit code, or the service's own.
    pub stream: String,
    /// Where the subject belongs now: up to 15 digits.
    pub area_code: String,
    /// The rest.
    pub row: AlertRow,
    /// What was odd about it.
    pub warnings: Vec<String>,
}

/// A case that no alert brings: a welfare review.
#[derive(Debug, Clone)]
pub struct Begin {
    /// What it starts with. Its id follows from its reason: asked for again, it is there.
    pub opening: Opening,
    /// The plan that fits it.
    pub plan: Arc<Plan>,
    /// The stream of its street.
    pub stream: String,
    /// Where the subject belongs now.
    pub area_code: String,
}

/// A case that a decision about another opens, in the same transaction and the same area.
pub struct Beside {
    /// The core's word.
    pub decision: Decision,
    /// Its plan.
    pub plan: Arc<Plan>,
    /// Who is to be told.
    pub outbox: Vec<OutboxRow>,
}

/// A free text on its way beside a case.
#[derive(Debug, Clone)]
pub struct NoteRow {
    /// Its id.
    pub id: NoteId,
    /// Sealed for table `note`, column `content`, row the note's id.
    pub content: Sealed,
}

/// A photo on its way beside a case.
#[derive(Debug, Clone)]
pub struct PhotoRow {
    /// Its id.
    pub id: PhotoId,
    /// By what right it was taken.
    pub consent: PhotoConsent,
    /// Its media type.
    pub media: &'static str,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bytes of the photo itself.
    pub size_bytes: u32,
    /// The salt of its digest and the photo, sealed for table `photo`, column `content`, row the photo's id.
    pub content: Sealed,
}

/// What is kept beside a case with a command, in the same transaction.
#[derive(Debug, Clone)]
pub enum Enclosed {
    /// A free text.
    Note(NoteRow),
    /// A photo.
    Photo(Box<PhotoRow>),
}

/// What is asked of the committer.
#[derive(Debug, Clone)]
pub enum Ask {
    /// An alert: joins or opens.
    Report(Box<Report>),
    /// Opens, unless it was opened before.
    Begin(Box<Begin>),
    /// A command for one case.
    Command {
        /// Which.
        case: CaseId,
        /// What.
        command: Command,
        /// What goes with it.
        with: Option<Enclosed>,
    },
}

/// One thing to be decided.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who asks.
    pub by: Author,
    /// What.
    pub ask: Ask,
    /// So that a repeat is answered as the first time.
    pub once: Option<Once>,
    /// Of a command that a phone could not send at once: when it was done.
    pub done_at: Option<Timestamp>,
}

/// A batch and the instant at which it is decided.
pub struct Batch<'a> {
    /// In the order of arrival.
    pub orders: &'a [Order],
    /// The present.
    pub now: Timestamp,
    /// The local day of case numbers, as `yyyymmdd`.
    pub day: i32,
}

/// What the decision may look at.
pub struct Found<'a> {
    /// The case: the one named, or the one that the alert would join.
    pub case: Option<&'a Case>,
    /// Its plan.
    pub plan: Option<&'a Arc<Plan>>,
    /// For an alert: an open case of the same subject that it cannot join any more.
    pub linked: Option<&'a Case>,
    /// The present.
    pub now: Timestamp,
    /// Whether a responder leads another case than this one.
    pub busy: &'a dyn Fn(ResponderId) -> bool,
}

/// What the decision says.
pub struct Verdict {
    /// The core's word.
    pub decision: Result<Decision, Refusal>,
    /// Who is to be told.
    pub outbox: Vec<OutboxRow>,
    /// What it opens beside the case.
    pub beside: Option<Beside>,
    /// What the sender is told, kept for the repeat.
    pub answer: Option<String>,
}

/// What came of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The alert that stands for it: the first one's when it was a repeat.
    pub alert: AlertId,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: String,
    /// It joined a case that was open.
    pub joined: bool,
    /// It had come before.
    pub repeat: bool,
    /// What was odd about it.
    pub warnings: Vec<String>,
}

/// A case after a command.
#[derive(Debug, Clone)]
pub struct Done {
    /// As it stands now.
    pub case: Arc<Case>,
    /// Its number.
    pub number: Arc<str>,
    /// Where it belongs.
    pub area_code: Arc<str>,
    /// What was added to its log.
    pub records: Arc<[Record]>,
    /// The kept answer of the first time, when this was a repeat.
    pub answer: Option<String>,
    /// Its stream.
    pub stream: Arc<str>,
    /// The number in the stream of the first of the records; 0 where nothing was added.
    pub first: i64,
}

impl Done {
    /// What it says to those who follow the stream; none where nothing was added.
    pub fn news(&self) -> Option<News> {
        if self.records.is_empty() || self.first == 0 {
            return None;
        }
        Some(News {
            first: self.first,
            last: self.first + self.records.len() as i64 - 1,
            view: CaseView {
                case: self.case.clone(),
                number: self.number.clone(),
                area_code: self.area_code.clone(),
                stream: self.stream.clone(),
            },
        })
    }
}

/// Committed events of one case, next to each other in its stream, and the case as they left it.
#[derive(Debug, Clone)]
pub struct News {
    /// The number of the first.
    pub first: i64,
    /// The number of the last.
    pub last: i64,
    /// The case after the last.
    pub view: CaseView,
}

/// What came of an order.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// An alert is in a case.
    Reported(Opened, Option<Done>),
    /// A command was carried out, or was one already.
    Done(Done),
    /// The rules say no; the case as it stands.
    Refused(Refusal, Option<Arc<Case>>),
    /// There is no such case.
    NotFound,
    /// The same key with another request.
    KeyReused,
    /// The case does not read back; it is set aside and shown.
    Corrupt(StoreError),
}

/// What of a case others look for, each with an index of its own.
#[derive(Default, PartialEq, Eq)]
struct Keys {
    join: Option<String>,
    lead: Option<ResponderId>,
    closed_at: Option<Timestamp>,
}

impl Keys {
    fn of(case: &Case) -> Self {
        Self {
            join: join_key(case),
            lead: leads(case),
            closed_at: case.closed_at,
        }
    }
}

/// What is read of a case's row before something is decided about it: the body says the rest.
#[derive(FromQueryResult)]
struct Stored {
    id: Uuid,
    number: String,
    stream: String,
    area_code: String,
    version: i64,
    head_hash: Vec<u8>,
    body: String,
}

/// A case in hand.
struct Held {
    case: Arc<Case>,
    plan: Arc<Plan>,
    number: String,
    stream: String,
    area_code: String,
    head: [u8; 32],
    /// The version in the table; 0: not there yet.
    stored: i64,
    /// What the row's other indexes hold in the table.
    keys: Keys,
    /// What each decision of this batch added to its log; none of them is empty.
    runs: Vec<Arc<[Record]>>,
}

/// What one decision added to the log of a case, without its numbers: one row.
struct Run {
    case: CaseId,
    /// Of its first record.
    version: i64,
    at: Micros,
    kind: &'static str,
    records: i32,
    body: String,
    hash: [u8; 32],
}

/// The kept answer to an alert; the case number is read from the case.
#[derive(serde::Serialize, serde::Deserialize)]
struct KeptReport {
    alert: AlertId,
    case: CaseId,
    joined: bool,
    warnings: Vec<String>,
}

/// The kept answer to a command.
#[derive(serde::Serialize, serde::Deserialize)]
struct KeptCommand {
    case: CaseId,
    answer: Option<String>,
}

impl Store {
    /// Decides and writes `batch`, or none of it. `decide` sees each case as the orders before it in the batch left it.
    ///
    /// # Errors
    /// Whatever kept the batch from being written; nothing is written then. A conflict may be tried again at once.
    pub async fn commit(
        &self,
        batch: Batch<'_>,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Result<Vec<Outcome>, StoreError> {
        let tx = self.writer().begin_with_options(write_lock_first()).await?;
        match self.commit_in(&tx, &batch, decide).await {
            Ok((outcomes, new_plans)) => {
                tx.commit().await?;
                for (id, plan) in new_plans {
                    // Only now: a plan that was rolled back must be written again by the next batch.
                    self.plans().put(id, plan);
                }
                Ok(outcomes)
            }
            Err(error) => {
                // The first error is the one to tell; a connection that cannot roll back is not used again.
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }

    async fn commit_in(
        &self,
        tx: &DatabaseTransaction,
        batch: &Batch<'_>,
        decide: &(dyn Fn(&Order, Found<'_>) -> Verdict + Send + Sync),
    ) -> Result<(Vec<Outcome>, HashMap<PlanId, Arc<Plan>>), StoreError> {
        let mut desk = self.load(tx, batch.orders).await?;
        let mut draft = Vec::with_capacity(batch.orders.len());
        for order in batch.orders {
            draft.push(desk.decide(order, batch.now, decide));
        }
        let new_plans = self.write_all(tx, &mut desk, batch).await?;
        Ok((draft.into_iter().map(|it| desk.finish(it)).collect(), new_plans))
    }
}

/// The stored text of what was decided together: one record as it is, several as a list.
fn body_of(records: &[Record]) -> Result<String, serde_json::Error> {
    match records {
        [one] => serde_json::to_string(one),
        several => serde_json::to_string(several),
    }
}

/// Reads what [`body_of`] wrote.
pub(super) fn records_of(body: &str) -> Result<Vec<Record>, serde_json::Error> {
    if body.starts_with('[') {
        serde_json::from_str(body)
    } else {
        serde_json::from_str(body).map(|one| vec![one])
    }
}

/// SHA-256 over the hash before and the stored bytes.
pub(in crate::store) fn chain(before: &[u8; 32], body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(body);
    hash.finalize().into()
}

/// The hash that stands before the first event of a case.
pub(in crate::store) const CHAIN_START: [u8; 32] = [0; 32];

/// Set while a new alert of the same subject, lane and (of a technical one) fault and part would join.
fn join_key(case: &Case) -> Option<String> {
    case.may_be_joined()
        .then(|| key_of(case.subject, case.lane, case.kind, case.part, case.drill))
}

/// What is the same for alerts of one case: subject and lane; of a technical case also the fault and the part that has it.
fn key_of(subject: Subject, lane: Lane, fault: Kind, part: Option<Part>, drill: bool) -> String {
    let key = format!("{}{lane} {}", if drill { "drill " } else { "" }, subject.key());
    match lane {
        Lane::Technical => format!("{key} {fault} {}", part.map(Part::key).unwrap_or_default()),
        Lane::Help | Lane::Service => key,
    }
}

/// Who is bound by the case: leads, and is not done there. An exercise binds nobody, and a request for service neither: a call for
/// help is never refused for them.
pub(super) fn leads(case: &Case) -> Option<ResponderId> {
    if case.drill || case.lane == Lane::Service {
        return None;
    }
    let bound = |it: &&crate::case::Assignment| it.place == Place::Lead && it.stage < Stage::Done;
    let open = !matches!(case.state, State::Resolved | State::Closed);
    case.assignments
        .iter()
        .find(bound)
        .filter(|_| open)
        .map(|it| it.responder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_of_its_sender_and_its_parts() {
        let one = Once::new("device_1", &[b"a", b"bc"], b"x");
        assert_ne!(one.id, Once::new("device_2", &[b"a", b"bc"], b"x").id);
        assert_ne!(one.id, Once::new("device_1", &[b"ab", b"c"], b"x").id);
        assert_eq!(one.id, Once::new("device_1", &[b"a", b"bc"], b"y").id);
        assert_ne!(one.request, Once::new("device_1", &[b"a", b"bc"], b"y").request);
    }
}
