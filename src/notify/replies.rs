//! What comes back: receipts, keys and texts, as the providers report them.
//!
//! Holds always:
//! - a key answers the offer of its own letter, while that is open and theirs, or the question to a contact; whatever else it may have meant is a note on the
//!   case, and never a yes to something else;
//! - the key of whoever was rung because nobody had taken a case takes it, in their own name, and out of nobody's hands;
//! - a report of ours is kept before anything follows from it, and answered when everything has: the provider may say it again;
//! - a report of somebody else's letter (an account may be shared) costs a look, and no write.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::letter::{Callback, CallbackError, Carrier, Report, ReportOf, ReportWord};
use super::outbox::Outbox;
use crate::case::{Author, Command, DeclineReason, FamilyWord, NoticeKind, OfferState, State};
use crate::dispatch::{Desk, DeskError, tell};
use crate::ids::{ContactId, NoticeId};
use crate::people::{AreaCode, Role, Way};
use crate::store::cases::{Once, ReportRow, ReportedOf, ReportedWord, Told};
use crate::store::{Store, StoreError, Unproved};

/// Reports of one callback at most; providers send at most some hundred.
pub const REPORTS_MAX: usize = 1_000;
/// Letters of a text that came back which are kept.
const TEXT_MAX_CHARS: usize = 500;
/// Reports without a row are looked at again for so long: until then the row is written down, or will never be.
pub(super) const WAITS_FOR: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);
/// Reports of one channel without a row that are kept at a time. Ours wait for the blink until their row is written down; the rest is
/// of somebody else's letters by the same account.
pub const EARLY_MAX: usize = 256;

/// Yes or no to an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// "I am coming."
    Accept,
    /// "I cannot come."
    Decline,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// The case has it.
    Done,
    /// There is no open offer to them any more.
    Late,
}

/// The digits that answer, as letters say them.
pub const KEYS: (char, char) = ('1', '2');

/// What follows from what comes back. Cheap to clone.
#[derive(Clone)]
pub struct Replies {
    desk: Desk,
    carriers: Arc<Vec<Arc<dyn Carrier>>>,
}

/// Why a callback is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CallbackRefused {
    /// There is no such carrier, or its provider calls nobody back.
    #[error("there is no such way")]
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

impl From<CallbackError> for CallbackRefused {
    fn from(error: CallbackError) -> Self {
        match error {
            CallbackError::None => Self::Unknown,
            CallbackError::Signature => Self::Signature,
            CallbackError::Unreadable(why) => Self::Unreadable(why),
        }
    }
}

impl CallbackRefused {
    /// Its stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "carrier_not_found",
            Self::Signature => "callback_unsigned",
            Self::Unreadable(_) => "callback_unreadable",
            Self::NotKept => "callback_not_kept",
        }
    }

    /// The HTTP status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Unknown => 404,
            Self::Signature => 401,
            Self::Unreadable(_) => 400,
            Self::NotKept => 503,
        }
    }
}

impl Replies {
    /// Of one service.
    pub fn new(desk: Desk, carriers: Vec<Arc<dyn Carrier>>) -> Self {
        Self {
            desk,
            carriers: Arc::new(carriers),
        }
    }

    pub(super) const fn desk(&self) -> &Desk {
        &self.desk
    }

    fn store(&self) -> &Store {
        self.desk.store()
    }

    /// Takes a provider's request: content type and body of the answer that it wants to see, when all that it reports is done.
    ///
    /// # Errors
    /// See [`CallbackRefused`].
    pub async fn take(
        &self,
        outbox: &Outbox,
        carrier: &str,
        headers: &[(String, String)],
        query: &str,
        body: &[u8],
    ) -> Result<(&'static str, String), CallbackRefused> {
        let carrier = self.carrier(carrier)?;
        let now = self.desk.clock().now();
        let callback = Callback {
            headers,
            query,
            body,
            now,
        };
        let understood = carrier.understand(&callback)?;
        let many = understood.reports.len();
        if many > REPORTS_MAX {
            return Err(CallbackRefused::Unreadable(format!(
                "at most {REPORTS_MAX} reports at once"
            )));
        }
        for odd in &understood.odd {
            self.keep_aside(carrier.name(), odd, now).await;
        }
        let rows = understood.reports.iter().map(|it| self.row(carrier.as_ref(), it, now));
        let rows: Vec<ReportRow> = rows
            .collect::<Result<_, _>>()
            .map_err(|error| not_kept(&error.into()))?;
        // What a call says next is asked for with the one report of its key.
        let key = rows.first().filter(|_| many == 1).cloned();
        self.follow_all(outbox, carrier.name(), rows)
            .await
            .map_err(|error| not_kept(&error))?;
        metrics::counter!("ecd_notify_reports_total", "channel" => carrier.name().to_owned()).increment(many as u64);
        if let Some(key) = key
            && carrier.speaks_on()
            && let Some(detail) = self.detail(&key).await.map_err(|error| not_kept(&error))?
            && let Some(said) = carrier.say_on(detail.language, &detail.text)
        {
            return Ok(said);
        }
        Ok(understood.answer)
    }

    /// A report that could not be read is kept where a dispatcher sees it: behind it may stand somebody's answer.
    async fn keep_aside(&self, carrier: &str, text: &str, now: Timestamp) {
        metrics::counter!("ecd_notify_reports_odd_total", "channel" => carrier.to_owned()).increment(1);
        let odd = Unproved {
            id: NoticeId::derive(Uuid::NAMESPACE_URL, &format!("{carrier}\n{text}")).as_uuid(),
            address: carrier,
            claimed_device: carrier,
            reason: "odd_report",
            body: text.as_bytes(),
        };
        if let Err(error) = self.store().quarantine(odd, now).await {
            tracing::warn!(channel = carrier, %error, "a report that cannot be read could not be kept");
        }
    }

    /// A provider asks whether an address is ours: the word that it wants to read back.
    ///
    /// # Errors
    /// See [`CallbackRefused`].
    pub fn verify(&self, carrier: &str, query: &str) -> Result<String, CallbackRefused> {
        let callback = Callback {
            headers: &[],
            query,
            body: &[],
            now: self.desk.clock().now(),
        };
        Ok(self.carrier(carrier)?.verify(&callback)?)
    }

    fn carrier(&self, name: &str) -> Result<&Arc<dyn Carrier>, CallbackRefused> {
        let found = self.carriers.iter().find(|it| it.name() == name);
        found.ok_or(CallbackRefused::Unknown)
    }

    fn row(&self, carrier: &dyn Carrier, report: &Report, now: Timestamp) -> Result<ReportRow, StoreError> {
        let keys = self.store().keys()?;
        let (of, name) = match &report.of {
            ReportOf::Letter(id) => (ReportedOf::Notice(*id), id.to_string()),
            ReportOf::Proof(text) => (ReportedOf::Proof(text.clone()), text.clone()),
            ReportOf::Phone(phone) => {
                let hash = keys.phone_hash(phone.reveal());
                let name = hash.iter().map(|it| format!("{it:02x}")).collect();
                (ReportedOf::Callee(hash), name)
            }
        };
        let (word, detail) = match &report.word {
            ReportWord::Delivered => (ReportedWord::Delivered, None),
            ReportWord::Read => (ReportedWord::Read, None),
            ReportWord::Failed { why } => (ReportedWord::Failed, Some(why.clone())),
            ReportWord::Key(key) => (ReportedWord::Key, Some(key.to_string())),
            ReportWord::Reply(text) => (ReportedWord::Reply, Some(text.chars().take(TEXT_MAX_CHARS).collect())),
        };
        // A telephone says the same digit to many letters: what it says is of its instant. By letter or number it is of that; only that
        // it did not get there may be so twice, of two tries of one letter.
        let instant = match (&of, word, report.at) {
            (ReportedOf::Callee(_), _, at) => at.unwrap_or(now).to_string(),
            (_, ReportedWord::Failed, Some(at)) => at.to_string(),
            _ => String::new(),
        };
        let said = format!(
            "{}\n{name}\n{}\n{}\n{instant}",
            carrier.name(),
            word.as_str(),
            detail.as_deref().unwrap_or_default()
        );
        Ok(ReportRow {
            id: NoticeId::derive(Uuid::NAMESPACE_URL, &said).as_uuid(),
            dated: report.at.is_some(),
            channel: carrier.name().to_owned(),
            of,
            word,
            detail,
            at: report.at.filter(|it| *it <= now).unwrap_or(now),
        })
    }

    /// Does what follows from reports. One that may be of a row which is not written down yet waits for it; of the rest without a row
    /// nothing follows, and nothing is written.
    async fn follow_all(&self, outbox: &Outbox, channel: &str, rows: Vec<ReportRow>) -> Result<(), DeskError> {
        if rows.is_empty() {
            return Ok(());
        }
        let (store, now) = (self.store(), self.desk.clock().now());
        let tried = store.report_channel_tests(channel, &rows).await?;
        let rows: Vec<ReportRow> = rows.into_iter().filter(|it| !tried.contains(&it.id)).collect();
        let ours = store.ours(channel, &rows).await?;
        let mut early = Vec::new();
        let mut foreign: u64 = 0;
        for (at, mut row) in rows.into_iter().enumerate() {
            match (ours.get(&at), &row.of) {
                (Some(tries), _) => {
                    if row.word == ReportedWord::Failed && !row.dated {
                        // Its provider does not say when: it is of the try that was the last when it came.
                        row.id = NoticeId::derive(row.id, &tries.to_string()).as_uuid();
                    }
                    self.follow(outbox, &row).await?;
                }
                // What goes to a telephone is written down before it goes, so who names it by our id or by that telephone comes late enough.
                (None, ReportedOf::Proof(_)) => early.push(row),
                (None, _) => foreign += 1,
            }
        }
        if !early.is_empty() {
            let many = early.len() as u64;
            let mut kept = 0;
            if store.may_come_early(channel, now).await? {
                let since = now.checked_sub(WAITS_FOR).unwrap_or(Timestamp::MIN);
                kept = store.keep_early(channel, early, since, EARLY_MAX, now).await? as u64;
            }
            foreign += many.saturating_sub(kept);
        }
        if foreign > 0 {
            metrics::counter!("ecd_notify_reports_foreign_total", "channel" => channel.to_owned()).increment(foreign);
        }
        Ok(())
    }

    /// Keeps a report and does what follows from it.
    async fn follow(&self, outbox: &Outbox, row: &ReportRow) -> Result<(), DeskError> {
        let now = self.desk.clock().now();
        if self.store().take_report(row, now).await? {
            return Ok(()); // said before, and done
        }
        self.apply(outbox, row).await
    }

    /// Does what follows from a kept report.
    pub(super) async fn apply(&self, outbox: &Outbox, row: &ReportRow) -> Result<(), DeskError> {
        let now = self.desk.clock().now();
        let done = self.store().apply_report(row, now).await?;
        if done.next {
            outbox.wake();
        }
        if let Some(who) = &done.exhausted {
            tell::unreached(&self.desk, who).await?;
            self.store().said_untold(vec![who.telling], now).await?;
        }
        let Some(told) = done.told else {
            return Ok(()); // it waits
        };
        match row.word {
            ReportedWord::Delivered | ReportedWord::Read => self.received(&told).await?,
            ReportedWord::Failed => {}
            ReportedWord::Key | ReportedWord::Reply => {
                let said = row.detail.as_deref().unwrap_or_default();
                self.said(&told, row, said).await?;
            }
        }
        Ok(self.store().end_report(row.id, now).await?)
    }

    /// Reports that came before their row: by now it may be there.
    pub(super) async fn apply_open(&self, outbox: &Outbox) -> Result<(), DeskError> {
        let now = self.desk.clock().now();
        let since = now.checked_sub(WAITS_FOR).unwrap_or(Timestamp::MIN);
        let mut by_channel: BTreeMap<String, Vec<ReportRow>> = BTreeMap::new();
        for row in self.store().open_reports(since, REPORTS_MAX as u64).await? {
            by_channel.entry(row.channel.clone()).or_default().push(row);
        }
        for (channel, rows) in by_channel {
            let ours = self.store().ours(&channel, &rows).await?;
            for (_, row) in rows.iter().enumerate().filter(|it| ours.contains_key(&it.0)) {
                // One that cannot be followed now keeps no other from it.
                if let Err(error) = self.apply(outbox, row).await {
                    tracing::warn!(channel, %error, "a report that came early could not be followed");
                }
            }
        }
        Ok(())
    }

    /// As [`Replies::apply_open`], of one letter that has just been written down as sent.
    pub(super) async fn apply_open_of(&self, outbox: &Outbox, channel: &str, proof: &str) -> Result<(), DeskError> {
        for row in self.store().open_reports_of(channel, proof).await? {
            self.apply(outbox, &row).await?;
        }
        Ok(())
    }

    fn way_of(&self, channel: &str) -> Option<Way> {
        let found = self.carriers.iter().find(|it| it.name() == channel);
        found.map(|it| it.way())
    }

    /// Somebody has a notice: the case may count from there.
    pub(super) async fn received(&self, told: &Told) -> Result<(), DeskError> {
        let Ok(kind) = told.kind.parse::<NoticeKind>() else {
            return Ok(());
        };
        let by_call = self.way_of(&told.channel) == Some(Way::Voice);
        let of = (told.case, told.case_version);
        tell::received_by(&self.desk, of, kind, &told.target, by_call).await
    }

    async fn said(&self, told: &Told, row: &ReportRow, said: &str) -> Result<(), DeskError> {
        let mut digits = said.trim().chars();
        let answer = match (digits.next(), digits.next()) {
            (Some(key), None) if key == KEYS.0 => Some(Answer::Accept),
            (Some(key), None) if key == KEYS.1 => Some(Answer::Decline),
            _ => None,
        };
        if let Some(answer) = answer
            && let Some(told) = self.meant(told, row).await?
            && self.answer(&told, answer).await? == Answered::Done
        {
            return Ok(());
        }
        self.note(told, row, said).await
    }

    /// The notice that a digit answers: of several that one telephone was asked a short time before, the only one that is open. None: which
    /// one is meant nobody can say, or nothing was asked.
    async fn meant(&self, told: &Told, row: &ReportRow) -> Result<Option<Told>, DeskError> {
        let hash = match &row.of {
            ReportedOf::Callee(hash) if !told.asked => hash,
            _ => return Ok(Some(told.clone())),
        };
        let mut open = Vec::new();
        for it in self.store().asked_of(&row.channel, hash, row.at).await? {
            if it.kind == NoticeKind::FamilyAsk.as_str() {
                if self.waits_for(&it).await? {
                    open.push(it);
                }
                continue;
            }
            if self.is_open(&it).await? {
                open.push(it);
            }
        }
        Ok(if open.len() == 1 { open.pop() } else { None })
    }

    /// Whether what a notice asked still waits for its answer.
    async fn is_open(&self, it: &Told) -> Result<bool, DeskError> {
        let Some(view) = self.store().case(it.case).await? else {
            return Ok(false);
        };
        if !view.case.state.is_open() {
            return Ok(false);
        }
        if it.kind.parse() != Ok(NoticeKind::Offer) {
            return Ok(view.case.taken_by.is_none());
        }
        let offer = tell::offer_of(&self.desk, it.case, it.case_version, &it.target).await?;
        let state = offer.and_then(|(id, _)| view.case.offer(id).map(|it| it.state));
        Ok(state == Some(OfferState::Open))
    }

    /// Answers the offer that one notice was of.
    pub(super) async fn answer(&self, told: &Told, answer: Answer) -> Result<Answered, DeskError> {
        match told.kind.parse() {
            Ok(NoticeKind::Offer) => {}
            Ok(NoticeKind::FamilyAsk) => return self.answer_of_family(told, answer).await,
            Ok(NoticeKind::FamilyOpened | NoticeKind::FamilyRaised) if answer == Answer::Accept => {
                return self.answer_of_family(told, answer).await;
            }
            Ok(NoticeKind::RingDutyLeader | NoticeKind::RingNextSeat | NoticeKind::CallLeg)
                if answer == Answer::Accept =>
            {
                return self.take_case(told).await;
            }
            _ => return Ok(Answered::Late),
        }
        let found = tell::offer_of(&self.desk, told.case, told.case_version, &told.target).await?;
        let Some((offer, by)) = found else {
            return Ok(Answered::Late);
        };
        let Some(view) = self.store().case(told.case).await? else {
            return Ok(Answered::Late);
        };
        let state = view.case.offer(offer).map(|it| it.state);
        match (answer, state) {
            // Said twice, by two ways or by one that repeats itself.
            (Answer::Accept, Some(OfferState::Accepted)) | (Answer::Decline, Some(OfferState::Declined)) => {
                return Ok(Answered::Done);
            }
            (_, Some(OfferState::Open)) if view.case.state.is_open() => {}
            _ => return Ok(Answered::Late),
        }
        let command = match answer {
            Answer::Accept => Command::Accept { offer, by, eta_s: None },
            Answer::Decline => Command::Decline {
                offer,
                by,
                reason: DeclineReason::Busy,
            },
        };
        match self.desk.handle(told.case, command, Author::Responder(by)).await {
            Ok(_) => Ok(Answered::Done),
            Err(DeskError::Refused(..)) => Ok(Answered::Late),
            Err(error) => Err(error),
        }
    }

    /// A contact says that they know, or that they cannot do anything. They know also after their turn was over; that they cannot is
    /// of no use then.
    async fn answer_of_family(&self, told: &Told, answer: Answer) -> Result<Answered, DeskError> {
        let (Ok(contact), Some(view)) = (told.target.parse::<ContactId>(), self.store().case(told.case).await?) else {
            return Ok(Answered::Late);
        };
        // Restricted since, or of a family that is left alone.
        if !tell::may_hear(self.desk.picture(), &told.target) {
            return Ok(Answered::Late);
        }
        let asked = view.case.asked_of_family() == Some(contact);
        let command = match answer {
            Answer::Accept => Command::FamilySaid {
                contact,
                said: FamilyWord::Seen,
            },
            Answer::Decline if asked => Command::FamilyCannot { contact },
            Answer::Decline => return Ok(Answered::Late),
        };
        match self.desk.handle(told.case, command, Author::Family(contact)).await {
            Ok(_) => Ok(Answered::Done),
            Err(DeskError::Refused(..)) => Ok(Answered::Late),
            Err(error) => Err(error),
        }
    }

    /// Whether the question to a contact is one that a key still answers.
    pub(super) async fn waits_for(&self, told: &Told) -> Result<bool, DeskError> {
        let contact = told.target.parse::<ContactId>().ok();
        let view = self.store().case(told.case).await?;
        Ok(contact.zip(view).is_some_and(|(contact, view)| {
            let running = !matches!(view.case.state, State::Resolved | State::Closed);
            let confirmed = view
                .case
                .family
                .iter()
                .any(|it| it.contact == contact && it.said.confirms());
            running && !confirmed
        }))
    }

    /// Whoever was rung for a case that nobody had taken takes it by a key, as if at the desk; not out of anybody's hands.
    async fn take_case(&self, told: &Told) -> Result<Answered, DeskError> {
        let Some(view) = self.store().case(told.case).await? else {
            return Ok(Answered::Late);
        };
        let role = match told.target.as_str() {
            "duty_leader" => Role::DutyLeader,
            _ => Role::Dispatcher,
        };
        let Ok(area) = view.area_code.parse::<AreaCode>() else {
            return Ok(Answered::Late);
        };
        // The letter is written before it is handed over and says whose telephone it rings; the version before this one wrote one
        // person's name beside the row.
        let whom = match &told.whom {
            Some(whom) => whom.clone(),
            None => self.store().told_whom(told.notice).await?.unwrap_or_default(),
        };
        // Who has lost the office since takes nothing.
        let theirs = self.desk.picture().staff(role, area);
        let Some(who) = theirs.iter().find(|it| it.reached().to_string() == whom) else {
            return Ok(Answered::Late);
        };
        match self.desk.handle(told.case, Command::Take, Author::User(who.user)).await {
            Ok(_) => Ok(Answered::Done),
            Err(DeskError::Refused(..)) => Ok(Answered::Late),
            Err(error) => Err(error),
        }
    }

    /// What was no answer to an open offer is written beside the case, sealed.
    async fn note(&self, told: &Told, row: &ReportRow, said: &str) -> Result<(), DeskError> {
        let Some(view) = self.store().case(told.case).await? else {
            return Ok(());
        };
        let text = format!("回复 {}（{} {}）：{said}", told.target, told.channel, told.kind);
        let note = self.desk.note(view.case.subject, &text)?;
        let command = Command::Note { note: note.id };
        // The same report, should it have to be followed once more, is the same note.
        let once = Once::new("notice_report", &[row.id.as_bytes()], b"note");
        match self
            .desk
            .handle_with(told.case, command, Author::System, Some(note), Some(once))
            .await
        {
            Ok(_) | Err(DeskError::Refused(..)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn not_kept(error: &DeskError) -> CallbackRefused {
    tracing::warn!(%error, "a report of a provider could not be kept");
    CallbackRefused::NotKept
}
