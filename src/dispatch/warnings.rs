//! Warnings of towns, weather and fire services: a message for an area becomes one case of each street concerned, with the elders
//! inside as its round of checks.
//!
//! ```text
//! Alert --------> opens a case of the street, its text as a note, the round by need
//! Update -------> the same case: rings again, may be more serious; another area is another round
//! Cancel, all clear, expiry --> what was minor closes; what was urgent is marked, and a person closes
//! ```
//!
//! Holds always:
//! - a message counts once, however often it comes: its sender, identifier and time are its name;
//! - what is no earnest (Exercise, Test, System, Draft) is kept and opens nothing;
//! - a message that is older than what holds changes nothing, and one that was cancelled before it came opens nothing;
//! - what follows from a message that is kept is done, also after a crash between any two of its steps.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::desk::{Desk, DeskError};
use super::supervision::{Check, in_order};
use crate::cap::{self, Alert, Certainty, Info, MsgType, Reference, ResponseType, Status, Urgency};
use crate::case::{Author, Command, Opening, Severity, Subject};
use crate::circle::{Crs, Point};
use crate::ids::{CaseId, NoteId};
use crate::people::{AreaCode, AreaLevel, BadAreaCode, Elder, ElderStatus, area_id};
use crate::store::{StoreError, WarningCase, WarningRow};

/// Under this name space the ids of messages follow from what names them.
const MESSAGES: Uuid = Uuid::from_u128(0x7c1d_90f3_52b4_5a0e_8d21_6f0b_3e94_aa57);

/// How often it is looked for warnings that have run out, and for messages of which nothing has been done yet.
const EVERY: Duration = Duration::from_secs(10);

/// Letters of a note.
const NOTE_MAX_CHARS: usize = 4_000;

/// By which link a message came, and for what that speaks.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name in the configuration.
    pub link: String,
    /// The `sender` that its messages may have.
    pub senders: Vec<String>,
    /// The area for which it speaks: nobody outside is listed, and who is inside is where a message names no area that can be read.
    pub area: AreaCode,
    /// In which system its coordinates are; the standard's is WGS-84.
    pub crs: Crs,
}

/// What came of a message. Stable words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// One or more cases were opened or gone on with.
    Warned,
    /// Cases were ended, or marked as over.
    Ended,
    /// Nobody of the register is inside, and no case is open.
    Nobody,
    /// It is no earnest.
    NotReal,
    /// It is an answer to something.
    NoWarning,
    /// It has run out already.
    Expired,
    /// A later message holds.
    Older,
    /// It was cancelled before it came.
    Cancelled,
    /// There was nothing to end.
    NothingOpen,
    /// It is kept, and done when the register has been read after a start.
    Kept,
    /// It does not read back.
    Unreadable,
}

impl Taken {
    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warned => "warned",
            Self::Ended => "ended",
            Self::Nobody => "nobody_inside",
            Self::NotReal => "not_real",
            Self::NoWarning => "no_warning",
            Self::Expired => "expired",
            Self::Older => "older",
            Self::Cancelled => "cancelled_before",
            Self::NothingOpen => "nothing_open",
            Self::Kept => "kept",
            Self::Unreadable => "unreadable",
        }
    }
}

/// The id of a message.
pub fn message_id(it: &Reference) -> Uuid {
    let name = format!("{},{},{}", it.sender, it.identifier, it.sent.as_second());
    Uuid::new_v5(&MESSAGES, name.as_bytes())
}

/// How serious a case of it is. What is not said is taken for serious.
pub fn severity(alert: &Alert) -> Severity {
    let of = |it: &Info| {
        let worst = match it.severity {
            cap::Severity::Extreme => Severity::Critical,
            cap::Severity::Severe | cap::Severity::Unknown => Severity::Urgent,
            cap::Severity::Moderate | cap::Severity::Minor => Severity::Routine,
        };
        let soon = match it.urgency {
            Urgency::Immediate | Urgency::Expected | Urgency::Unknown => Severity::Critical,
            Urgency::Future => Severity::Urgent,
            Urgency::Past => Severity::Routine,
        };
        let sure = match it.certainty {
            Certainty::Unlikely => Severity::Routine,
            Certainty::Observed | Certainty::Likely | Certainty::Possible | Certainty::Unknown => Severity::Critical,
        };
        worst.min(soon).min(sure)
    };
    alert.infos.iter().map(of).max().unwrap_or(Severity::Urgent)
}

/// Whether it says that all is over.
fn is_all_clear(alert: &Alert) -> bool {
    let over = |it: &Info| it.urgency == Urgency::Past || it.response_types.contains(&ResponseType::AllClear);
    !alert.infos.is_empty() && alert.infos.iter().all(over)
}

/// The warnings. Cheap to clone.
#[derive(Clone)]
pub struct Warnings(Arc<Inner>);

struct Inner {
    desk: Desk,
    /// By link: what its geocodes are called that hold codes of areas, as [`plain`] writes them.
    geocodes: HashMap<String, Vec<String>>,
    /// One message at a time: what it changes depends on those before it.
    turn: Mutex<()>,
}

impl Warnings {
    /// Nothing works in the background before [`Warnings::work`]. `geocodes`: by the name of a link, the `valueName` of its geocodes that
    /// hold codes of areas.
    pub fn new(desk: Desk, geocodes: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        let plainly = |names: Vec<String>| names.iter().map(|it| plain(it)).collect();
        Self(Arc::new(Inner {
            desk,
            geocodes: geocodes
                .into_iter()
                .map(|(link, names)| (link, plainly(names)))
                .collect(),
            turn: Mutex::default(),
        }))
    }

    /// Keeps a message and does what follows from it. All of it is committed when this returns; before the register has been read the
    /// message is, and the first look does the rest.
    ///
    /// # Errors
    /// The store's and the desk's; what was kept is gone on with by the next look.
    pub async fn take(&self, source: &Source, alert: &Alert, bytes: &[u8]) -> Result<Taken, DeskError> {
        let _turn = self.0.turn.lock().await;
        let store = self.0.desk.store();
        let id = message_id(&alert.reference());
        if let Some(known) = store.warning(id).await? {
            return self.finish(&known).await;
        }
        let row = WarningRow {
            id,
            root: self.root_of(source, alert).await?,
            link: source.link.clone(),
            area: source.area.to_string(),
            crs: crs_word(source.crs).to_owned(),
            msg_type: alert.msg_type.as_str().to_owned(),
            sent_at: alert.sent,
            received_at: self.0.desk.clock().now(),
            content: bytes.to_vec(),
            result: None,
        };
        store.put_warning(row.clone()).await?;
        self.finish(&row).await
    }

    /// The first message of its chain. A link cannot name another's.
    async fn root_of(&self, source: &Source, alert: &Alert) -> Result<Uuid, StoreError> {
        let theirs = alert.references.iter().filter(|it| source.senders.contains(&it.sender));
        let mut theirs: Vec<&Reference> = theirs.collect();
        theirs.sort_by_key(|it| it.sent);
        let ids: Vec<Uuid> = theirs.iter().map(|it| message_id(it)).collect();
        let known = self.0.desk.store().warning_roots(&ids).await?;
        let first = ids
            .iter()
            .find_map(|id| known.iter().find(|it| it.0 == *id).map(|it| it.1));
        // The one that it goes on from may come later, or never.
        Ok(first
            .or(ids.first().copied())
            .unwrap_or_else(|| message_id(&alert.reference())))
    }

    async fn finish(&self, row: &WarningRow) -> Result<Taken, DeskError> {
        if let Some(done) = row.result.as_deref() {
            let all = [
                Taken::Warned,
                Taken::Ended,
                Taken::Nobody,
                Taken::NotReal,
                Taken::NoWarning,
                Taken::Expired,
                Taken::Older,
                Taken::Cancelled,
                Taken::NothingOpen,
            ];
            let known = all.into_iter().find(|it| it.as_str() == done);
            return Ok(known.unwrap_or(Taken::Unreadable));
        }
        // Who is inside nobody knows yet.
        if !self.0.desk.picture().is_whole() {
            return Ok(Taken::Kept);
        }
        let taken = self.follow(row).await?;
        let now = self.0.desk.clock().now();
        self.0.desk.store().finish_warning(row.id, taken.as_str(), now).await?;
        metrics::counter!("ecd_warnings_total", "result" => taken.as_str()).increment(1);
        tracing::info!(warning.id = %row.id, link = row.link, result = taken.as_str(), "a warning was taken");
        Ok(taken)
    }

    async fn follow(&self, row: &WarningRow) -> Result<Taken, DeskError> {
        let Ok(alert) = cap::read(&row.content) else {
            return Ok(Taken::Unreadable);
        };
        match (alert.status, alert.msg_type) {
            (Status::Exercise | Status::System | Status::Test | Status::Draft, _) => Ok(Taken::NotReal),
            (Status::Actual, MsgType::Ack | MsgType::Error) => Ok(Taken::NoWarning),
            (Status::Actual, MsgType::Cancel) => self.end_all(row).await,
            (Status::Actual, MsgType::Alert | MsgType::Update) => self.warn(row, &alert).await,
        }
    }

    async fn warn(&self, row: &WarningRow, alert: &Alert) -> Result<Taken, DeskError> {
        let store = self.0.desk.store();
        let now = self.0.desk.clock().now();
        let cancelled = store.last_warning(row.root, MsgType::Cancel.as_str()).await?;
        if cancelled.is_some_and(|at| at >= row.sent_at) {
            return Ok(Taken::Cancelled);
        }
        let cases = store.warning_cases(row.root).await?;
        for it in &cases {
            let holds = store.warning(it.message).await?;
            if holds.is_some_and(|it| it.sent_at > row.sent_at) {
                return Ok(Taken::Older);
            }
        }
        if is_all_clear(alert) {
            return self.end_all(row).await;
        }
        if alert.expires().is_some_and(|at| at <= now) {
            self.end_all(row).await?;
            return Ok(Taken::Expired);
        }
        let mut streets: BTreeMap<AreaCode, usize> = BTreeMap::new();
        for it in self.inside(row, alert, None) {
            if let Some(street) = it.grid.at(AreaLevel::Street) {
                *streets.entry(street).or_default() += 1;
            }
        }
        let mut done = false;
        for street in streets.keys() {
            self.warn_street(row, alert, &cases, *street).await?;
            done = true;
        }
        // Where nobody is inside any more it is over.
        let left = |it: &&WarningCase| !streets.keys().any(|street| street.to_string() == it.street);
        for it in cases.iter().filter(|it| it.ended_at.is_none()).filter(left) {
            self.end(it.clone()).await?;
            done = true;
        }
        Ok(if done { Taken::Warned } else { Taken::Nobody })
    }

    async fn warn_street(
        &self,
        row: &WarningRow,
        alert: &Alert,
        cases: &[WarningCase],
        street: AreaCode,
    ) -> Result<(), DeskError> {
        let desk = &self.0.desk;
        let code = street.to_string();
        let theirs = || cases.iter().filter(|it| it.street == code);
        let severity = severity(alert);
        let known = theirs()
            .find(|it| it.message == row.id)
            .or_else(|| theirs().find(|it| it.ended_at.is_none()));
        let known = match known {
            Some(it) => Some(it),
            None => self.still_open(theirs()).await?,
        };
        let goes_on = match known {
            Some(it) => self.go_on(it, row, severity).await?,
            None => None,
        };
        let case = match goes_on {
            Some(it) => it,
            None => {
                let area = desk.picture().area_id(street).unwrap_or_else(|| area_id(&code));
                // One that was over before has an earlier case there.
                let first = theirs().next().is_none();
                let by = if first { row.root } else { row.id };
                let case = CaseId::derive(area.as_uuid(), &format!("warning {by}"));
                desk.begin(Opening::warning(case, area, severity), &code, &code).await?;
                case
            }
        };
        let kept = WarningCase {
            case,
            root: row.root,
            street: code,
            message: row.id,
            expires_at: alert.expires(),
            ended_at: None,
        };
        desk.store().put_warning_case(kept).await?;
        let note = NoteId::derive(case.as_uuid(), &row.id.to_string());
        let Some(view) = desk.store().case(case).await? else {
            return Ok(());
        };
        let subject = view.case.subject;
        if !matches!(subject, Subject::Area(_)) || view.case.recent.contains(&note.as_uuid()) {
            return Ok(()); // written before
        }
        let text = desk.note_named(note, subject, &words_of(alert))?;
        let noted = desk
            .handle_with(case, Command::Note { note }, Author::System, Some(text), None)
            .await;
        match noted {
            Ok(_) | Err(DeskError::Refused(..)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// One whose warning had ended, and that nobody has closed yet: it goes on.
    async fn still_open<'a>(
        &self,
        cases: impl Iterator<Item = &'a WarningCase>,
    ) -> Result<Option<&'a WarningCase>, StoreError> {
        for it in cases {
            let view = self.0.desk.store().case(it.case).await?;
            if view.is_some_and(|it| it.case.state.is_open()) {
                return Ok(Some(it));
            }
        }
        Ok(None)
    }

    /// The case goes on with this message; none: a new one is to be opened. Whoever closed one by hand has seen its warning, and
    /// hears of a later message only when that is more serious.
    async fn go_on(&self, it: &WarningCase, row: &WarningRow, severity: Severity) -> Result<Option<CaseId>, DeskError> {
        let command = Command::Warned {
            message: row.id,
            severity,
        };
        match self.0.desk.handle(it.case, command, Author::System).await {
            Ok(_) => Ok(Some(it.case)),
            Err(DeskError::Refused(..)) => {
                let before = self.0.desk.store().case(it.case).await?;
                let worse = before.is_none_or(|it| severity > it.case.severity);
                Ok((!worse).then_some(it.case))
            }
            Err(error) => Err(error),
        }
    }

    async fn end_all(&self, row: &WarningRow) -> Result<Taken, DeskError> {
        let cases = self.0.desk.store().warning_cases(row.root).await?;
        let mut taken = Taken::NothingOpen;
        for it in cases.into_iter().filter(|it| it.ended_at.is_none()) {
            self.end(it).await?;
            taken = Taken::Ended;
        }
        Ok(taken)
    }

    async fn end(&self, it: WarningCase) -> Result<(), DeskError> {
        let command = Command::Recovered { within: None };
        match self.0.desk.handle(it.case, command, Author::System).await {
            // A person was quicker.
            Ok(_) | Err(DeskError::Refused(..) | DeskError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        let ended = WarningCase {
            ended_at: Some(self.0.desk.clock().now()),
            ..it
        };
        self.0.desk.store().put_warning_case(ended).await?;
        Ok(())
    }

    /// Ends what has run out, and goes on with what a crash has left; answers how many messages and cases that were. One that cannot be
    /// gone on with keeps no other from it; the next look tries it again.
    ///
    /// # Errors
    /// The store's, when it cannot be asked.
    pub async fn look(&self) -> Result<usize, DeskError> {
        let _turn = self.0.turn.lock().await;
        let store = self.0.desk.store();
        let mut count = 0;
        for it in store.warning_cases_due(self.0.desk.clock().now()).await? {
            let case = it.case;
            match self.end(it).await {
                Ok(()) => count += 1,
                Err(error) => tracing::warn!(%error, case.id = %case, "a warning that has run out could not be ended"),
            }
        }
        let undone = store.warnings_undone().await?;
        for error in undone.aside {
            tracing::warn!(%error, "a warning cannot be gone on with");
        }
        for row in &undone.items {
            match self.finish(row).await {
                Ok(_) => count += 1,
                Err(error) => tracing::warn!(%error, warning.id = %row.id, "a warning could not be gone on with"),
            }
        }
        Ok(count)
    }

    /// Looks every few seconds until `stop`.
    pub async fn work(self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "warnings could not be looked at");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.desk.clock().sleep(EVERY) => {}
            }
        }
    }

    /// The round of checks of a warning's case: who is inside now, in the order of their need. Nobody for another case.
    ///
    /// # Errors
    /// The store's.
    pub async fn round(&self, case: CaseId) -> Result<Vec<Check>, StoreError> {
        let store = self.0.desk.store();
        let Some(of) = store.warning_case(case).await? else {
            return Ok(vec![]);
        };
        let Some(row) = store.warning(of.message).await? else {
            return Ok(vec![]);
        };
        let Ok(alert) = cap::read(&row.content) else {
            return Ok(vec![]);
        };
        let check = |elder| Check {
            elder,
            devices: vec![],
            heard_at: row.sent_at,
            back: false,
        };
        let inside = self.inside(&row, &alert, of.street.parse().ok());
        let checks = inside.into_iter().map(check).collect();
        Ok(in_order(checks, self.0.desk.picture().today()))
    }

    /// The elders inside; of one street, or of all for which the link speaks.
    fn inside(&self, row: &WarningRow, alert: &Alert, street: Option<AreaCode>) -> Vec<Arc<Elder>> {
        let Ok(speaks_for) = row.area.parse::<AreaCode>() else {
            return vec![];
        };
        let crs = crs_of(&row.crs);
        // A postcode has six digits too, and is no area: what is called otherwise says nothing.
        let names = self.0.geocodes.get(&row.link);
        let is_ours = |name: &str| names.is_some_and(|it| it.contains(&plain(name)));
        let codes: Vec<AreaCode> = alert
            .areas()
            .flat_map(|it| &it.geocodes)
            .filter(|it| is_ours(&it.0))
            .filter_map(|it| code(&it.1))
            .collect();
        let shaped = alert.areas().any(cap::Area::has_shape);
        let everywhere = codes.is_empty() && !shaped;
        let picture = self.0.desk.picture();
        let today = picture.today();
        let mut found: Vec<Arc<Elder>> = Vec::new();
        let mut unplaced: Vec<Arc<Elder>> = Vec::new();
        picture.each_elder(|elder| {
            let here = speaks_for.contains(elder.grid) && street.is_none_or(|it| it.contains(elder.grid));
            if !here || elder.status != ElderStatus::Active {
                return;
            }
            let away = elder.is_away(today);
            let coded = !away && (everywhere || codes.iter().any(|it| it.contains(elder.grid)));
            let door = elder.door_on(today).1;
            let shape = |at: Point| alert.areas().any(|it| it.holds(at));
            if coded || door.and_then(|it| in_system(crs, it)).is_some_and(shape) {
                found.push(Arc::new(elder.clone()));
            } else if door.is_none() && shaped && !away {
                unplaced.push(Arc::new(elder.clone()));
            }
        });
        // Of whom nobody knows where the door is, the neighbours tell: unknown is alarm.
        let grids: HashSet<AreaCode> = found.iter().map(|it| it.grid).collect();
        found.extend(unplaced.into_iter().filter(|it| grids.contains(&it.grid)));
        found
    }
}

/// A point of ours in the system of the message.
fn in_system(crs: Crs, point: Point) -> Option<Point> {
    let (lat, lon) = crs.from_wgs84(point);
    Point::new(lat, lon).ok()
}

/// A name without what does not matter in it.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|it| !it.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// An area code, also one that a list has filled up with zeros.
fn code(text: &str) -> Option<AreaCode> {
    match text.trim().parse() {
        Ok(code) => Some(code),
        Err(BadAreaCode::Filled(code)) => Some(code),
        Err(_) => None,
    }
}

const fn crs_word(crs: Crs) -> &'static str {
    match crs {
        Crs::Wgs84 => "wgs84",
        Crs::Gcj02 => "gcj02",
        Crs::Bd09 => "bd09",
    }
}

fn crs_of(word: &str) -> Crs {
    let all = [Crs::Wgs84, Crs::Gcj02, Crs::Bd09];
    all.into_iter().find(|it| crs_word(*it) == word).unwrap_or(Crs::Wgs84)
}

/// What a person reads of it: the Chinese text where there is one.
fn words_of(alert: &Alert) -> String {
    let chinese = |it: &&Info| {
        it.language
            .as_deref()
            .is_some_and(|it| it.to_ascii_lowercase().starts_with("zh"))
    };
    let Some(info) = alert.infos.iter().find(chinese).or(alert.infos.first()) else {
        return alert.note.clone().unwrap_or_else(|| alert.identifier.clone());
    };
    let areas: Vec<&str> = info.areas.iter().map(|it| it.description.as_str()).collect();
    let areas = areas.join("; ");
    let lines = [
        Some(info.headline.as_deref().unwrap_or(&info.event)),
        info.description.as_deref(),
        info.instruction.as_deref(),
        Some(areas.as_str()).filter(|it| !it.is_empty()),
        info.sender_name.as_deref(),
    ];
    let text = lines.into_iter().flatten().collect::<Vec<_>>().join("\n");
    text.chars().take(NOTE_MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_a_list_is_known_with_its_zeros() {
        for (text, found) in [
            ("120114001", Some("120114001")),
            (" 120114001000 ", Some("120114001")),
            ("120114000000", Some("120114")),
            ("120114", Some("120114")),
            ("CN-TJ", None),
            ("", None),
        ] {
            assert_eq!(code(text).map(|it| it.to_string()).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn how_serious_it_is_follows_from_three_words() {
        let text = |severity: &str, urgency: &str, certainty: &str| {
            format!(
                "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>a</identifier><sender>b</sender>\
                 <sent>2026-07-05T09:30:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>\
                 <info><category>Met</category><event>e</event><urgency>{urgency}</urgency><severity>{severity}</severity>\
                 <certainty>{certainty}</certainty></info></alert>"
            )
        };
        for (three, wanted) in [
            (("Extreme", "Immediate", "Observed"), Severity::Critical),
            (("Extreme", "Expected", "Possible"), Severity::Critical),
            (("Extreme", "Future", "Likely"), Severity::Urgent),
            (("Extreme", "Immediate", "Unlikely"), Severity::Routine),
            (("Extreme", "Past", "Observed"), Severity::Routine),
            (("Severe", "Immediate", "Observed"), Severity::Urgent),
            (("Unknown", "Unknown", "Unknown"), Severity::Urgent),
            (("Moderate", "Immediate", "Observed"), Severity::Routine),
            (("Minor", "Immediate", "Observed"), Severity::Routine),
        ] {
            let alert = cap::read(text(three.0, three.1, three.2).as_bytes()).unwrap();
            assert_eq!(severity(&alert), wanted, "{three:?}");
        }
    }
}
