//! What a carrier's provider says of a row: its own number of it, and what it reports later.
//!
//! A report is kept first and applied then: one that comes before we have written down that the row was sent waits for that, and
//! one that comes twice is one row. It is done when all that follows from it is.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::letters::{self, LetterState};
use super::many::insert;
use super::outbox::{Going, LetterDone, NO_CHANNEL, OutboxRow, OutboxState, OutboxView, is_critical, view};
use super::retention::oldest;
use super::rows::outbox;
use super::telling::{Cause, Climbed, Exhausted, TellingState, climb, settle, telling_id};
use crate::case::NoticeKind;
use crate::ids::{CaseId, NoticeId};
use crate::people::Way;
use crate::store::connect::BINDS_MAX;
use crate::store::{Micros, Sealed, Store, StoreError};

/// The words of rows that a digit answers.
const ASKS_FOR_A_KEY: [&str; 5] = [
    NoticeKind::Offer.as_str(),
    NoticeKind::FamilyAsk.as_str(),
    NoticeKind::RingDutyLeader.as_str(),
    NoticeKind::RingNextSeat.as_str(),
    NoticeKind::CallLeg.as_str(),
];
/// Rows of one case that one look shows.
const NOTICES_MAX: u64 = 1_000;

pub(super) mod word {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_word")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub channel: String,
        pub proof: Option<String>,
        pub callee: Option<Vec<u8>>,
        pub whom: Option<String>,
        pub at: Micros,
        pub read_at: Option<Micros>,
        pub reply: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod report {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_report")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub channel: String,
        pub notice_id: Option<Uuid>,
        pub proof: Option<String>,
        pub callee: Option<Vec<u8>>,
        pub word: String,
        pub detail: Option<Sealed>,
        pub at: Micros,
        pub taken_at: Micros,
        pub done_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// How a report names its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportedOf {
    /// By our id.
    Notice(NoticeId),
    /// By the provider's own number.
    Proof(String),
    /// By the keyed hash of a telephone: the last row to it counts.
    Callee(Vec<u8>),
}

/// What is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportedWord {
    /// They have it.
    Delivered,
    /// They have looked at it.
    Read,
    /// It did not get there.
    Failed,
    /// A key or digit came back.
    Key,
    /// A text came back.
    Reply,
}

impl ReportedWord {
    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Key => "key",
            Self::Reply => "reply",
        }
    }

    fn of(text: &str) -> Option<Self> {
        let all = [Self::Delivered, Self::Read, Self::Failed, Self::Key, Self::Reply];
        all.into_iter().find(|it| it.as_str() == text)
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// Follows from what it says: said twice, it is one.
    pub id: Uuid,
    /// The carrier.
    pub channel: String,
    /// Of which row.
    pub of: ReportedOf,
    /// What.
    pub word: ReportedWord,
    /// Why it failed, which key, what text.
    pub detail: Option<String>,
    /// When it was so, as the provider has it.
    pub at: Timestamp,
    /// The provider has said when.
    pub dated: bool,
}

/// A row that a report is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The row.
    pub notice: NoticeId,
    /// Of which case.
    pub case: CaseId,
    /// The case's version that it tells of.
    pub case_version: i64,
    /// What was told.
    pub kind: String,
    /// Of which step.
    pub step: String,
    /// Who was told.
    pub target: String,
    /// By which carrier.
    pub channel: String,
    /// Of a role: whose telephone or mailbox it was, as the letter has it.
    pub whom: Option<String>,
    /// Nothing else can have been meant.
    pub sure: bool,
    /// A digit that came back answers this: the letter is named, or it is the only one that asked a short time before.
    pub asked: bool,
}

impl Told {
    fn of(row: outbox::Model, whom: Option<String>, sure: bool, asked: bool) -> Self {
        Self {
            notice: NoticeId::new(row.id),
            case: CaseId::new(row.case_id),
            case_version: row.case_version,
            kind: row.kind,
            step: row.step,
            target: row.target,
            channel: row.channel,
            whom,
            sure,
            asked,
        }
    }
}

/// What came of a report in the tables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reported {
    /// The row; none: there is none yet.
    pub told: Option<Told>,
    /// A further wave has begun.
    pub next: bool,
    /// They have no way left.
    pub exhausted: Option<Exhausted>,
}

/// One row with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeView {
    /// The row.
    pub row: OutboxView,
    /// Of which step.
    pub step: String,
    /// The provider's own number of it.
    pub proof: Option<String>,
    /// Of a role: who was told, joined by commas.
    pub whom: Option<String>,
    /// When they looked at it.
    pub read_at: Option<Timestamp>,
    /// What they answered, in a stable word or a digit.
    pub reply: Option<String>,
}

/// What came of the wish to tell somebody once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resent {
    /// A new row.
    As(NoticeId),
    /// It is on its way already.
    UnderWay,
    /// It had no way, and none was named.
    NoChannel,
    /// There is no such row of this case.
    Unknown,
}

/// Files what some tries have brought, no row twice: the provider's number, and whom it went to. What is known already stays where nothing
/// newer is.
pub(super) async fn put_words(
    tx: &DatabaseTransaction,
    tries: impl Iterator<Item = (NoticeId, &LetterDone)>,
    now: Micros,
) -> Result<(), StoreError> {
    let brought = tries.filter(|(_, it)| it.proof.is_some() || it.callee.is_some() || it.whom.is_some());
    let rows = brought.map(|(id, it)| word::ActiveModel {
        id: Set(id.as_uuid()),
        channel: Set(it.channel.clone()),
        proof: Set(it.proof.clone()),
        callee: Set(it.callee.clone()),
        whom: Set(it.whom.clone()),
        at: Set(now),
        read_at: Set(None),
        reply: Set(None),
    });
    let known = " ON CONFLICT (id) DO UPDATE SET at = excluded.at, proof = COALESCE(excluded.proof, notice_word.proof), \
                 callee = COALESCE(excluded.callee, notice_word.callee), whom = COALESCE(excluded.whom, notice_word.whom)";
    insert(tx, rows.collect(), known).await?;
    Ok(())
}

impl Store {
    /// Keeps a report; `true` when all that follows from it is done already.
    ///
    /// # Errors
    /// The database's, the key ring's.
    pub async fn take_report(&self, it: &ReportRow, now: Timestamp) -> Result<bool, StoreError> {
        let known = report::Entity::find_by_id(it.id).one(self.reader()).await?;
        if known.is_some_and(|it| it.done_at.is_some()) {
            return Ok(true); // said again: the writer has nothing to do with it
        }
        let (id, row) = (it.id, self.report_row(it.clone(), now)?);
        self.write(move |tx| {
            Box::pin(async move {
                insert(tx, vec![row], " ON CONFLICT (id) DO NOTHING").await?;
                let kept = report::Entity::find_by_id(id).one(tx).await?;
                Ok(kept.is_some_and(|it| it.done_at.is_some()))
            })
        })
        .await
    }

    /// Of these reports of one channel: those that are of a row of ours, each with how many times that was tried. It reads, and holds no
    /// writer: of an account that others use too, most reports are none of ours.
    ///
    /// # Errors
    /// The database's.
    pub async fn ours(&self, channel: &str, reports: &[ReportRow]) -> Result<BTreeMap<usize, i32>, StoreError> {
        use letters::row;
        let db = self.reader();
        let mut names: HashMap<Uuid, Vec<usize>> = HashMap::new();
        let mut proofs: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut callees: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (at, it) in reports.iter().enumerate() {
            match &it.of {
                ReportedOf::Notice(id) => names.entry(id.as_uuid()).or_default().push(at),
                ReportedOf::Proof(text) => proofs.entry(text).or_default().push(at),
                ReportedOf::Callee(hash) => callees.entry(hash).or_default().push(at),
            }
        }
        let mut rows: HashMap<Uuid, Vec<usize>> = HashMap::new();
        let ids: Vec<Uuid> = names.keys().copied().collect();
        for some in ids.chunks(BINDS_MAX) {
            let found: Vec<(Uuid, Uuid)> = row::Entity::find()
                .select_only()
                .column(row::Column::Id)
                .column(row::Column::NoticeId)
                .filter(row::Column::Id.is_in(some.iter().copied()))
                .into_tuple()
                .all(db)
                .await?;
            let found: HashMap<Uuid, Uuid> = found.into_iter().collect();
            for id in some {
                let notice = found.get(id).copied().unwrap_or(*id);
                rows.entry(notice)
                    .or_default()
                    .extend(names.get(id).into_iter().flatten());
            }
        }
        let texts: Vec<&str> = proofs.keys().copied().collect();
        for some in texts.chunks(BINDS_MAX / 2) {
            let mut found: Vec<(String, Uuid)> = row::Entity::find()
                .select_only()
                .column(row::Column::Proof)
                .column(row::Column::NoticeId)
                .filter(row::Column::Channel.eq(channel))
                .filter(row::Column::Proof.is_in(some.iter().copied()))
                .into_tuple()
                .all(db)
                .await?;
            let before: Vec<(String, Uuid)> = word::Entity::find()
                .select_only()
                .column(word::Column::Proof)
                .column(word::Column::Id)
                .filter(word::Column::Channel.eq(channel))
                .filter(word::Column::Proof.is_in(some.iter().copied()))
                .into_tuple()
                .all(db)
                .await?;
            found.extend(before);
            for (text, notice) in found {
                rows.entry(notice)
                    .or_default()
                    .extend(proofs.get(text.as_str()).into_iter().flatten());
            }
        }
        let mut ours = BTreeMap::new();
        let notices: Vec<Uuid> = rows.keys().copied().collect();
        for some in notices.chunks(BINDS_MAX) {
            let found: Vec<(Uuid, i32)> = outbox::Entity::find()
                .select_only()
                .column(outbox::Column::Id)
                .column(outbox::Column::Attempts)
                .filter(outbox::Column::Id.is_in(some.iter().copied()))
                .filter(outbox::Column::Channel.eq(channel))
                .filter(outbox::Column::Attempts.gt(0))
                .into_tuple()
                .all(db)
                .await?;
            for (notice, attempts) in found {
                ours.extend(rows.get(&notice).into_iter().flatten().map(|at| (*at, attempts)));
            }
        }
        let hashes: Vec<Vec<u8>> = callees.keys().map(|it| it.to_vec()).collect();
        let mut written: HashSet<Vec<u8>> = HashSet::new();
        for some in hashes.chunks(BINDS_MAX) {
            let by_letter: Vec<Vec<u8>> = row::Entity::find()
                .select_only()
                .column(row::Column::Callee)
                .filter(row::Column::Callee.is_in(some.iter().cloned()))
                .distinct()
                .into_tuple()
                .all(db)
                .await?;
            let by_word: Vec<Vec<u8>> = word::Entity::find()
                .select_only()
                .column(word::Column::Callee)
                .filter(word::Column::Callee.is_in(some.iter().cloned()))
                .distinct()
                .into_tuple()
                .all(db)
                .await?;
            written.extend(by_letter.into_iter().chain(by_word));
        }
        for (hash, at) in callees {
            for at in at.into_iter().filter(|_| written.contains(hash)) {
                let Some(it) = reports.get(at) else { continue };
                if let Some(found) = row_of_callee(db, it, hash).await? {
                    ours.insert(at, found.row.attempts);
                }
            }
        }
        Ok(ours)
    }

    /// Keeps reports of one channel that may be of a row which is not written down yet, in one transaction, while fewer than `most` taken
    /// since `since` wait; answers how many were kept.
    ///
    /// # Errors
    /// The database's, the key ring's.
    pub async fn keep_early(
        &self,
        channel: &str,
        reports: Vec<ReportRow>,
        since: Timestamp,
        most: usize,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let waiting = report::Entity::find()
            .filter(report::Column::DoneAt.is_null())
            .filter(report::Column::Channel.eq(channel))
            .filter(report::Column::TakenAt.gte(Micros::from(since)))
            .count(self.reader())
            .await?;
        let room = most.saturating_sub(usize::try_from(waiting).unwrap_or(usize::MAX));
        let kept: Vec<ReportRow> = reports.into_iter().take(room).collect();
        if kept.is_empty() {
            return Ok(0);
        }
        let many = kept.len();
        let rows = kept
            .into_iter()
            .map(|it| self.report_row(it, now))
            .collect::<Result<_, _>>()?;
        self.write(move |tx| {
            Box::pin(async move {
                insert(tx, rows, " ON CONFLICT (id) DO NOTHING").await?;
                Ok(many)
            })
        })
        .await
    }

    fn report_row(&self, it: ReportRow, now: Timestamp) -> Result<report::ActiveModel, StoreError> {
        let key = self.keys()?.general().clone();
        let detail = match &it.detail {
            Some(text) => Some(key.seal("notice_report", "detail", it.id, text.as_bytes())?),
            None => None,
        };
        let (notice_id, proof, callee) = match it.of {
            ReportedOf::Notice(id) => (Some(id.as_uuid()), None, None),
            ReportedOf::Proof(text) => (None, Some(text), None),
            ReportedOf::Callee(hash) => (None, None, Some(hash)),
        };
        Ok(report::ActiveModel {
            id: Set(it.id),
            channel: Set(it.channel),
            notice_id: Set(notice_id),
            proof: Set(proof),
            callee: Set(callee),
            word: Set(it.word.as_str().to_owned()),
            detail: Set(detail),
            at: Set(it.at.into()),
            taken_at: Set(now.into()),
            done_at: Set(None),
        })
    }

    /// Applies a kept report to its row. Again, it changes nothing more.
    ///
    /// # Errors
    /// The database's; nothing was changed then.
    pub async fn apply_report(&self, it: &ReportRow, now: Timestamp) -> Result<Reported, StoreError> {
        let it = it.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let Some(mut found) = row_of(tx, &it).await? else {
                    return Ok(Reported::default());
                };
                // Held before its letters are, as whoever writes down a result does it; and read as it is then.
                let Some(row) = hold(tx, found.row.id).await? else {
                    return Ok(Reported::default());
                };
                found.row = row;
                let (row, letter, sure) = (found.row, found.letter, found.sure);
                let telling = telling_id(CaseId::new(row.case_id), &row.step, &row.target);
                let mut done = Reported::default();
                match it.word {
                    ReportedWord::Failed => {
                        let why: String = it.detail.clone().unwrap_or_default().chars().take(200).collect();
                        match fail(tx, &row, letter, &why, Micros::from(now)).await? {
                            Failed::Not => {}
                            // A further telephone of theirs is rung; whether the next way starts beside it is the wave's business.
                            failed => {
                                done.next = failed == Failed::Left;
                                match climb(tx, telling, Cause::Failed(&row.channel), now).await? {
                                    Climbed::Nothing => {}
                                    Climbed::Next => done.next = true,
                                    Climbed::Exhausted(who) => done.exhausted = Some(who),
                                }
                            }
                        }
                    }
                    _ if !sure => note_word(tx, &row, &it, Micros::from(now)).await?,
                    // Somebody, or a machine, has picked up: until a key is pressed nobody knows whether they know, and the next way goes on.
                    ReportedWord::Delivered if wants_a_key(&row) => {
                        let states = [OutboxState::Waiting.as_str(), OutboxState::Sending.as_str()];
                        change(tx, row.id, OutboxState::Sent, &states, None, None).await?; // it has rung: not once more
                        if let Some(id) = letter {
                            letters::said(tx, id, LetterState::Received, None).await?;
                        }
                    }
                    ReportedWord::Delivered | ReportedWord::Read | ReportedWord::Key | ReportedWord::Reply => {
                        let states = [
                            OutboxState::Waiting.as_str(),
                            OutboxState::Sending.as_str(),
                            OutboxState::Sent.as_str(),
                            OutboxState::Failed.as_str(),
                        ];
                        change(tx, row.id, OutboxState::Received, &states, None, Some(it.at.into())).await?;
                        if let Some(id) = letter {
                            letters::said(tx, id, LetterState::Received, None).await?;
                        }
                        note_word(tx, &row, &it, Micros::from(now)).await?;
                        settle(tx, telling, TellingState::Received).await?;
                    }
                }
                done.told = Some(Told::of(row, found.whom, sure, found.asked));
                Ok(done)
            })
        })
        .await
    }

    /// The notice that a report is of, without applying it; none: it is of none of ours.
    ///
    /// # Errors
    /// The database's.
    pub async fn told_by(&self, it: &ReportRow) -> Result<Option<Told>, StoreError> {
        let found = row_of(self.reader(), it).await?;
        Ok(found.map(|it| Told::of(it.row, it.whom, it.sure, it.asked)))
    }

    /// Who was told by a notice to a role, as ids joined by commas.
    ///
    /// # Errors
    /// The database's.
    pub async fn told_whom(&self, id: NoticeId) -> Result<Option<String>, StoreError> {
        let row = word::Entity::find_by_id(id.as_uuid()).one(self.reader()).await?;
        Ok(row.and_then(|it| it.whom))
    }

    /// All that follows from a report is done.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_report(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                report::Entity::update_many()
                    .col_expr(report::Column::DoneAt, Expr::value(Micros::from(now)))
                    .filter(report::Column::Id.eq(id))
                    .filter(report::Column::DoneAt.is_null())
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Reports that wait for their row, of those taken since `since`: the oldest first.
    ///
    /// # Errors
    /// The database's, the key ring's.
    pub async fn open_reports(&self, since: Timestamp, limit: u64) -> Result<Vec<ReportRow>, StoreError> {
        let found = report::Entity::find()
            .filter(report::Column::DoneAt.is_null())
            .filter(report::Column::TakenAt.gte(Micros::from(since)))
            .order_by_asc(report::Column::TakenAt)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(self.read_reports(found))
    }

    /// Reports that wait for the row to which a provider has given this number.
    ///
    /// # Errors
    /// The database's, the key ring's.
    pub async fn open_reports_of(&self, channel: &str, proof: &str) -> Result<Vec<ReportRow>, StoreError> {
        let found = report::Entity::find()
            .filter(report::Column::DoneAt.is_null())
            .filter(report::Column::Channel.eq(channel))
            .filter(report::Column::Proof.eq(proof))
            .order_by_asc(report::Column::TakenAt)
            .all(self.reader())
            .await?;
        Ok(self.read_reports(found))
    }

    /// One that does not read back keeps no other from being followed.
    fn read_reports(&self, rows: Vec<report::Model>) -> Vec<ReportRow> {
        let read = |row: report::Model| {
            let id = row.id;
            self.read_report(row)
                .inspect_err(|error| tracing::error!(report.id = %id, %error, "a report does not read back"))
                .ok()
        };
        rows.into_iter().filter_map(read).collect()
    }

    fn read_report(&self, row: report::Model) -> Result<ReportRow, StoreError> {
        let bad = |field, what: &str| StoreError::corrupt("notice_report", row.id, field, what);
        let of = match (row.notice_id, &row.proof, &row.callee) {
            (Some(id), ..) => ReportedOf::Notice(NoticeId::new(id)),
            (None, Some(text), _) => ReportedOf::Proof(text.clone()),
            (None, None, Some(hash)) => ReportedOf::Callee(hash.clone()),
            (None, None, None) => return Err(bad("notice_id", "names no row")),
        };
        let detail = match &row.detail {
            Some(sealed) => {
                let bytes = self.keys()?.open_field(sealed, "notice_report", "detail", row.id)?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            None => None,
        };
        Ok(ReportRow {
            id: row.id,
            of,
            word: ReportedWord::of(&row.word).ok_or_else(|| bad("word", "is none"))?,
            detail,
            at: row.at.read("notice_report", row.id, "at")?,
            channel: row.channel,
            dated: true,
        })
    }

    /// What somebody has answered by the link of a notice is kept beside it: said once, it stays.
    ///
    /// # Errors
    /// The database's.
    pub async fn answer_notice(&self, id: NoticeId, reply: &'static str, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let Some(row) = hold(tx, id.as_uuid()).await? else {
                    return Ok(());
                };
                let open = [
                    OutboxState::Waiting.as_str(),
                    OutboxState::Sending.as_str(),
                    OutboxState::Sent.as_str(),
                    OutboxState::Failed.as_str(),
                ];
                change(tx, row.id, OutboxState::Received, &open, None, Some(now.into())).await?;
                keep_word(
                    tx,
                    &row,
                    Some(Micros::from(now)),
                    Some(reply.to_owned()),
                    Micros::from(now),
                )
                .await?;
                let telling = telling_id(CaseId::new(row.case_id), &row.step, &row.target);
                settle(tx, telling, TellingState::Received).await
            })
        })
        .await
    }

    /// Everything that was told in one case, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn notices_of(&self, case: CaseId) -> Result<Vec<NoticeView>, StoreError> {
        let rows = outbox::Entity::find()
            .filter(outbox::Column::CaseId.eq(case.as_uuid()))
            .order_by_asc(outbox::Column::MadeAt)
            .order_by_asc(outbox::Column::Id)
            .limit(NOTICES_MAX)
            .all(self.reader())
            .await?;
        let mut words: HashMap<Uuid, word::Model> = HashMap::new();
        let ids: Vec<Uuid> = rows.iter().map(|it| it.id).collect();
        for some in ids.chunks(BINDS_MAX) {
            let found = word::Entity::find()
                .filter(word::Column::Id.is_in(some.iter().copied()))
                .all(self.reader())
                .await?;
            words.extend(found.into_iter().map(|it| (it.id, it)));
        }
        let whole = |row: outbox::Model| {
            let word = words.remove(&row.id);
            let (proof, whom) = word
                .as_ref()
                .map_or((None, None), |it| (it.proof.clone(), it.whom.clone()));
            NoticeView {
                step: row.step.clone(),
                row: view(row),
                proof,
                whom,
                read_at: word.as_ref().and_then(|it| it.read_at).map(Into::into),
                reply: word.and_then(|it| it.reply),
            }
        };
        Ok(rows.into_iter().map(whole).collect())
    }

    /// Writes a row anew for whoever it was for, by the same channel or another. Asked for twice while the old row stands as it did,
    /// the new one is one.
    ///
    /// # Errors
    /// The database's.
    pub async fn resend(
        &self,
        case: CaseId,
        id: NoticeId,
        by: Option<String>,
        now: Timestamp,
    ) -> Result<Resent, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let found = outbox::Entity::find_by_id(id.as_uuid()).one(tx).await?;
                let Some(row) = found.filter(|it| it.case_id == case.as_uuid()) else {
                    return Ok(Resent::Unknown);
                };
                let open = [OutboxState::Waiting.as_str(), OutboxState::Sending.as_str()];
                if open.contains(&row.state.as_str()) {
                    return Ok(Resent::UnderWay);
                }
                let channel = match by {
                    Some(by) => by,
                    None if row.channel == NO_CHANNEL => return Ok(Resent::NoChannel),
                    None => row.channel.clone(),
                };
                // One that was sent again before, and has come to something by now, is sent again from there.
                let next = |it: &outbox::Model| {
                    NoticeId::derive(it.id, &format!("again\n{channel}\n{}\n{}", it.state, it.attempts))
                };
                let mut new_id = next(&row);
                while let Some(it) = outbox::Entity::find_by_id(new_id.as_uuid()).one(tx).await? {
                    if open.contains(&it.state.as_str()) {
                        return Ok(Resent::As(new_id)); // asked twice in a row
                    }
                    new_id = next(&it);
                }
                let new = OutboxRow {
                    id: new_id,
                    case,
                    case_version: u32::try_from(row.case_version).unwrap_or(u32::MAX),
                    area_code: row.area_code,
                    kind: row.kind,
                    step: row.step,
                    target: row.target,
                    channel,
                    urgency: row.urgency,
                    going: Going::default(),
                };
                insert(tx, vec![new.into_row(now.into())], " ON CONFLICT (id) DO NOTHING").await?;
                Ok(Resent::As(new_id))
            })
        })
        .await
    }

    /// Deletes the oldest reports that were taken before `before`, at most `limit`; answers how many.
    ///
    /// # Errors
    /// The database's; nothing is deleted then.
    pub async fn forget_reports(&self, before: Timestamp, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        use report::{Column, Entity};
        let old = oldest(Entity, Column::Id, Column::TakenAt, before, limit);
        self.forget::<Entity>("notice_reports", Column::Id.in_subquery(old), before, now)
            .await
    }

    /// What a telephone was asked by one channel a short time before `at`, the last one first, each step once: offers, and cases that
    /// nobody had taken.
    ///
    /// # Errors
    /// The database's.
    pub async fn asked_of(&self, channel: &str, hash: &[u8], at: Timestamp) -> Result<Vec<Told>, StoreError> {
        let letters = letters_to(self.reader(), channel, hash, at).await?;
        let mut found: Vec<Told> = Vec::new();
        for it in asking_among(&letters, at) {
            let told = Told::of(it.row.clone(), it.whom.clone(), true, true);
            if !found.iter().any(|it| it.case == told.case && it.step == told.step) {
                found.push(told);
            }
        }
        Ok(found)
    }

    /// The row of a notice, as a report names it.
    ///
    /// # Errors
    /// The database's.
    pub async fn told(&self, id: NoticeId) -> Result<Option<(Told, Option<String>)>, StoreError> {
        let Some(row) = outbox::Entity::find_by_id(id.as_uuid()).one(self.reader()).await? else {
            return Ok(None);
        };
        let reply = word::Entity::find_by_id(row.id).one(self.reader()).await?;
        let told = Told::of(row, None, true, true);
        Ok(Some((told, reply.and_then(|it| it.reply))))
    }
}

/// How long after a question by short message a digit from that telephone is an answer to it.
const REPLY_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// By how much a provider's clock may be behind ours.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(1);
/// Letters to one telephone that are looked through.
const LETTERS_MAX: u64 = 50;

/// What a report is of.
struct Found {
    row: outbox::Model,
    /// Which of its letters.
    letter: Option<Uuid>,
    /// Of a role: whose.
    whom: Option<String>,
    /// No other can have been meant.
    sure: bool,
    /// A digit answers it.
    asked: bool,
}

/// The row that a report is of, which of its letters, and whether that is sure: a digit from a telephone that was asked of two things
/// answers neither.
async fn row_of<C: ConnectionTrait>(db: &C, it: &ReportRow) -> Result<Option<Found>, StoreError> {
    use letters::row;
    let letter = match &it.of {
        ReportedOf::Notice(id) => row::Entity::find_by_id(id.as_uuid()).one(db).await?,
        ReportedOf::Proof(text) => {
            row::Entity::find()
                .filter(row::Column::Channel.eq(it.channel.as_str()))
                .filter(row::Column::Proof.eq(text.as_str()))
                .order_by_desc(row::Column::At)
                .limit(1)
                .one(db)
                .await?
        }
        ReportedOf::Callee(hash) => return row_of_callee(db, it, hash).await,
    };
    let whom = letter.as_ref().and_then(|it| it.whom.clone());
    let letter = letter.map(|it| (it.id, it.notice_id));
    let notice = match (letter, &it.of) {
        (Some((_, notice)), _) => Some(notice),
        // Of one address alone the row says it all; and the version before this one wrote no letters.
        (None, ReportedOf::Notice(id)) => Some(id.as_uuid()),
        (None, ReportedOf::Proof(text)) => {
            word::Entity::find()
                .select_only()
                .column(word::Column::Id)
                .filter(word::Column::Channel.eq(it.channel.as_str()))
                .filter(word::Column::Proof.eq(text.as_str()))
                .order_by_desc(word::Column::At)
                .limit(1)
                .into_tuple::<Uuid>()
                .one(db)
                .await?
        }
        (None, ReportedOf::Callee(_)) => None,
    };
    let Some(notice) = notice else { return Ok(None) };
    let row = outbox::Entity::find_by_id(notice).one(db).await?;
    // A provider speaks of its own letters and of no others, and of none that was never tried.
    let theirs = row.filter(|row| row.channel == it.channel && row.attempts > 0);
    Ok(theirs.map(|row| Found {
        row,
        letter: letter.map(|it| it.0),
        whom,
        sure: true,
        asked: true,
    }))
}

/// What came of the word that a letter did not get there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failed {
    /// It changes nothing.
    Not,
    /// By this address; another is tried.
    Left,
    /// By this way.
    Whole,
}

/// A letter did not get there: of several, the others may do; a telephone that has not been rung yet is rung now.
async fn fail(
    tx: &DatabaseTransaction,
    row: &outbox::Model,
    letter: Option<Uuid>,
    why: &str,
    now: Micros,
) -> Result<Failed, StoreError> {
    if row.state == OutboxState::Waiting.as_str() {
        return fail_waiting(tx, row, letter, why, now).await;
    }
    // Handed over by a try that has not been written down yet, or by one that has; not what was received.
    let states = [OutboxState::Sending.as_str(), OutboxState::Sent.as_str()];
    if !states.contains(&row.state.as_str()) {
        return Ok(Failed::Not);
    }
    if let Some(id) = letter {
        letters::said(tx, id, LetterState::Failed, Some(why.to_owned())).await?;
    }
    let others = letters::states_of(tx, row.id).await?;
    if others.iter().any(|(_, state)| state.is_told()) {
        return Ok(Failed::Not);
    }
    let sending = row.state == OutboxState::Sending.as_str();
    let left = others.iter().any(|(_, state)| match state {
        LetterState::Spare => true,
        // Another telephone, of which this try says more when it is done.
        LetterState::Handed => !sending,
        LetterState::Taken | LetterState::Received | LetterState::Failed => false,
    });
    let under_way = sending && others.iter().any(|(_, state)| *state == LetterState::Handed);
    if under_way {
        return Ok(Failed::Not);
    }
    let why = Some(why.to_owned());
    if left {
        let waits = change(tx, row.id, OutboxState::Waiting, &states, why, None).await?;
        outbox::Entity::update_many()
            .col_expr(outbox::Column::NextAt, Expr::value(now))
            .filter(outbox::Column::Id.eq(row.id))
            .exec(tx)
            .await?;
        return Ok(if waits { Failed::Left } else { Failed::Not });
    }
    let whole = change(tx, row.id, OutboxState::Failed, &states, why, None).await?;
    Ok(if whole { Failed::Whole } else { Failed::Not })
}

/// A row waits for a further try, because nobody knew whether the last one had left. It had, and came to nothing: that address is tried no
/// more, and whatever is left for the row to do is done now.
async fn fail_waiting(
    tx: &DatabaseTransaction,
    row: &outbox::Model,
    letter: Option<Uuid>,
    why: &str,
    now: Micros,
) -> Result<Failed, StoreError> {
    let letters = letters::states_of(tx, row.id).await?;
    let unsure = |id: &Uuid| letters.iter().any(|it| it.0 == *id && it.1 == LetterState::Handed);
    let Some(id) = letter.filter(unsure) else {
        return Ok(Failed::Not);
    };
    letters::said(tx, id, LetterState::Failed, Some(why.to_owned())).await?;
    outbox::Entity::update_many()
        .col_expr(outbox::Column::NextAt, Expr::value(now))
        .filter(outbox::Column::Id.eq(row.id))
        .filter(outbox::Column::State.eq(OutboxState::Waiting.as_str()))
        .exec(tx)
        .await?;
    Ok(Failed::Left)
}

/// A letter to a telephone.
struct Went {
    row: outbox::Model,
    whom: Option<String>,
    at: Micros,
}

/// The letters to one telephone by one channel up to `at`, the last one first.
async fn letters_to<C: ConnectionTrait>(
    db: &C,
    channel: &str,
    hash: &[u8],
    at: Timestamp,
) -> Result<Vec<Went>, StoreError> {
    let latest = at.checked_add(CLOCK_SLACK).unwrap_or(at);
    let mut went: Vec<(Uuid, Option<String>, Micros)> = letters::row::Entity::find()
        .select_only()
        .column(letters::row::Column::NoticeId)
        .column(letters::row::Column::Whom)
        .column(letters::row::Column::At)
        .filter(letters::row::Column::Callee.eq(hash.to_vec()))
        .filter(letters::row::Column::Channel.eq(channel))
        .filter(letters::row::Column::State.is_not_in([LetterState::Spare.as_str(), LetterState::Failed.as_str()]))
        .filter(letters::row::Column::At.lte(Micros::from(latest)))
        .order_by_desc(letters::row::Column::At)
        .limit(LETTERS_MAX)
        .into_tuple()
        .all(db)
        .await?;
    // The version before this one wrote no letters.
    let before: Vec<(Uuid, Micros)> = word::Entity::find()
        .select_only()
        .column(word::Column::Id)
        .column(word::Column::At)
        .filter(word::Column::Callee.eq(hash.to_vec()))
        .filter(word::Column::Channel.eq(channel))
        .filter(word::Column::At.lte(Micros::from(latest)))
        .order_by_desc(word::Column::At)
        .limit(LETTERS_MAX)
        .into_tuple()
        .all(db)
        .await?;
    for (id, at) in before {
        if went.iter().all(|it| it.0 != id) {
            went.push((id, None, at));
        }
    }
    went.sort_by_key(|it| std::cmp::Reverse(it.2));
    let rows = outbox::Entity::find()
        .filter(outbox::Column::Id.is_in(went.iter().map(|it| it.0)))
        .filter(outbox::Column::Attempts.gt(0))
        .all(db)
        .await?;
    let mut rows: HashMap<Uuid, outbox::Model> = rows.into_iter().map(|it| (it.id, it)).collect();
    Ok(went
        .into_iter()
        .filter_map(|(id, whom, at)| {
            let row = rows.remove(&id)?;
            Some(Went { row, whom, at })
        })
        .collect())
}

/// Those of them that asked for a digit a short time before `at`.
fn asking_among(letters: &[Went], at: Timestamp) -> impl Iterator<Item = &Went> {
    let earliest = Micros::from(at.checked_sub(REPLY_WITHIN).unwrap_or(at));
    letters
        .iter()
        .filter(move |it| it.at >= earliest && ASKS_FOR_A_KEY.contains(&it.row.kind.as_str()))
}

/// As [`row_of`], by the telephone that a word came from: a digit is of the one question that went there a short time before; what is
/// said otherwise, or could be of two, is of the last letter, and answers nothing.
async fn row_of_callee<C: ConnectionTrait>(db: &C, it: &ReportRow, hash: &[u8]) -> Result<Option<Found>, StoreError> {
    let letters = letters_to(db, &it.channel, hash, it.at).await?;
    let asking: Vec<&Went> = asking_among(&letters, it.at).collect();
    let of = |it: &Went| (it.row.case_id, it.row.step.clone());
    let one = asking
        .first()
        .filter(|first| asking.iter().all(|it| of(it) == of(first)));
    let found = |went: &Went, sure, asked| Found {
        row: went.row.clone(),
        letter: None,
        whom: went.whom.clone(),
        sure,
        asked,
    };
    Ok(match one {
        Some(went) => Some(found(went, true, true)),
        None => letters.first().map(|last| found(last, asking.is_empty(), false)),
    })
}

/// Holds a row of the outbox until the commit, and reads it.
async fn hold(tx: &DatabaseTransaction, id: Uuid) -> Result<Option<outbox::Model>, StoreError> {
    let mut row = outbox::Entity::find_by_id(id);
    // SQLite has one writer anyway.
    if tx.get_database_backend() == DbBackend::Postgres {
        row = row.lock(LockType::Update);
    }
    Ok(row.one(tx).await?)
}

async fn change(
    tx: &DatabaseTransaction,
    id: Uuid,
    to: OutboxState,
    from: &[&str],
    why: Option<String>,
    received_at: Option<Micros>,
) -> Result<bool, StoreError> {
    let mut update = outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value(to.as_str()))
        .col_expr(outbox::Column::Claim, Expr::value(Option::<Uuid>::None))
        .col_expr(outbox::Column::ClaimedUntil, Expr::value(Option::<i64>::None))
        .col_expr(outbox::Column::LastError, Expr::value(why));
    if let Some(at) = received_at {
        update = update.col_expr(outbox::Column::ReceiptAt, Expr::value(at));
    }
    let done = update
        .filter(outbox::Column::Id.eq(id))
        .filter(outbox::Column::State.is_in(from.iter().copied()))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// A call that tells a family that something critical has begun.
fn wants_a_key(row: &outbox::Model) -> bool {
    let begins = [NoticeKind::FamilyOpened.as_str(), NoticeKind::FamilyRaised.as_str()];
    let way = row.channel.split(':').next().unwrap_or_default();
    begins.contains(&row.kind.as_str()) && way == Way::Voice.as_str() && is_critical(row.urgency)
}

async fn note_word(
    tx: &DatabaseTransaction,
    row: &outbox::Model,
    it: &ReportRow,
    now: Micros,
) -> Result<(), StoreError> {
    let read_at = (it.word != ReportedWord::Delivered).then(|| Micros::from(it.at));
    let reply = match it.word {
        ReportedWord::Key => it.detail.clone(),
        ReportedWord::Reply => Some("text".to_owned()), // the words themselves lie sealed in a note of the case
        ReportedWord::Delivered | ReportedWord::Read | ReportedWord::Failed => None,
    };
    if read_at.is_none() && reply.is_none() {
        return Ok(());
    }
    keep_word(tx, row, read_at, reply, now).await
}

/// The first reading and the first reply stay.
async fn keep_word(
    tx: &DatabaseTransaction,
    row: &outbox::Model,
    read_at: Option<Micros>,
    reply: Option<String>,
    now: Micros,
) -> Result<(), StoreError> {
    use word::{ActiveModel, Column, Entity};
    let fresh = ActiveModel {
        id: Set(row.id),
        channel: Set(row.channel.clone()),
        proof: Set(None),
        callee: Set(None),
        whom: Set(None),
        at: Set(now),
        read_at: Set(None),
        reply: Set(None),
    };
    insert(tx, vec![fresh], " ON CONFLICT (id) DO NOTHING").await?;
    if let Some(at) = read_at {
        Entity::update_many()
            .col_expr(Column::ReadAt, Expr::value(at))
            .filter(Column::Id.eq(row.id))
            .filter(Column::ReadAt.is_null())
            .exec(tx)
            .await?;
    }
    if let Some(reply) = reply {
        Entity::update_many()
            .col_expr(Column::Reply, Expr::value(reply))
            .filter(Column::Id.eq(row.id))
            .filter(Column::Reply.is_null())
            .exec(tx)
            .await?;
    }
    Ok(())
}
