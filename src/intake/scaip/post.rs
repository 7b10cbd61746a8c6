//! One request: whose it is, what it asserts is committed, and what its unit is told.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::body::{Answer, Code, Reading, Request, Sort};
use super::words::{Means, said};
use crate::app::App;
use crate::case::Kind;
use crate::dispatch::desk::calls::Call;
use crate::dispatch::{AlertReport, DeskError, Position, Sender, Told};
use crate::ids::DeviceId;
use crate::intake::http::KEPT_MAX_BYTES;
use crate::people::{Device, Protocol, Terminal};

/// How often what could not be kept is tried, and how long is waited in between. A unit waits 20 s for its answer.
const TRIES_MAX: usize = 3;
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// The same bytes under the same reference within so long of the first time are the unit saying it again, while the case that came of
/// them may still be joined. A unit repeats what has had no good answer; later, or when the case is over, the same reference is another
/// alarm: units that were off count from 1 again.
const AGAIN_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// As long for a request without a reference, byte for byte.
const NAMELESS_AGAIN_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// How long a request is remembered, and how many are.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24);
const REMEMBERED_MAX: usize = 20_000;

/// The radius of a position that is the last one known: wide enough that nobody takes it for where somebody is.
const LAST_KNOWN_M: f32 = 2_000.0;

/// The number of whoever calls without one.
const NAMELESS: &str = "NAMELESS";

/// Whether the sender has proved who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Nobody has to.
    NotAsked,
    /// It logged in, for controllers whose numbers begin so.
    Proved(String),
    /// It did not.
    Failed,
}

/// A request with what its envelope says.
#[derive(Debug, Clone)]
pub struct Letter {
    /// What could be read.
    pub reading: Reading,
    /// The bytes.
    pub body: Vec<u8>,
    /// Where it came from.
    pub address: IpAddr,
    /// The user in its SIP From.
    pub from: Option<String>,
    /// Whether it has proved who it is.
    pub proof: Proof,
}

impl Letter {
    fn request(&self) -> &Request {
        &self.reading.request
    }

    /// What it is told, before anything is done about it.
    pub fn answer(&self, code: Code) -> Answer {
        Answer {
            root: self.request().root,
            reference: self.request().reference.clone(),
            code,
            beat_minutes: None,
        }
    }

    /// Nothing of the form of a request, or only its beginning.
    fn is_unreadable(&self) -> bool {
        matches!(self.reading.wrong, Some((Code::WrongFormat | Code::TooLong, _)))
    }
}

/// Whose request it is.
struct Who {
    /// As whom the desk knows it; a stranger that calls has an id of its own.
    sender: DeviceId,
    device: Option<Arc<Device>>,
    terminal: Option<Terminal>,
    refused: bool,
}

/// Type of message, device, part and status.
type Codes = (Sort, Option<u16>, Option<u16>, Option<u16>);

const fn codes_of(request: &Request) -> Codes {
    (request.sort, request.device, request.part, request.status)
}

/// SHA-256 of a body.
type Digest = [u8; 32];

fn digest_of(letter: &Letter) -> Digest {
    use sha2::Digest as _;
    sha2::Sha256::digest(&letter.body).into()
}

/// A request that was kept, to know it when it comes again.
#[derive(Clone, Copy)]
struct Kept {
    /// What it said, by its codes.
    codes: Codes,
    /// And whole.
    digest: Digest,
    /// Parts that were still to come.
    more: u32,
    call: Call,
    /// When it came first.
    at: Timestamp,
}

#[derive(Default)]
struct Units {
    kept: HashMap<(DeviceId, String), Kept>,
    /// By device: the states that it has reported and that last.
    lasting: HashMap<DeviceId, BTreeSet<Kind>>,
}

/// What is done about requests. One a process.
pub struct Post {
    app: App,
    units: Mutex<Units>,
}

impl Post {
    /// With nobody known.
    pub fn new(app: App) -> Self {
        Self {
            app,
            units: Mutex::default(),
        }
    }

    /// Sees what a request asserts committed; answers what its unit is told.
    pub async fn treat(&self, letter: &Letter) -> Answer {
        let who = self.who(letter).await;
        let done = match &who.device {
            Some(device) => self.of_device(letter, &who, device).await,
            None => self.of_stranger(letter, &who).await,
        };
        let code = match (done, letter.reading.wrong) {
            (Ok(Code::Handled), Some((wrong, _))) => wrong,
            (Ok(code), _) => code,
            (Err(error), _) => {
                tracing::warn!(%error, "a request of a home unit could not be kept");
                Code::NotTreated
            }
        };
        metrics::counter!("ecd_scaip_answers_total", "snu" => code.number().to_string()).increment(1);
        let beat = who.device.as_ref().filter(|_| letter.request().sets_beat);
        Answer {
            beat_minutes: beat.and_then(|it| self.beat_minutes(it)),
            ..letter.answer(code)
        }
    }

    /// As often as the supervision waits for it: 1 to 1,440 minutes.
    fn beat_minutes(&self, device: &Device) -> Option<u16> {
        let minutes = self.app.supervision.beat(device)?.as_mins().clamp(1, 1_440);
        u16::try_from(minutes).ok()
    }

    async fn who(&self, letter: &Letter) -> Who {
        let number = |said: Option<&str>| said.and_then(|it| Protocol::Scaip.number(it));
        let controller = number(letter.request().controller.as_deref());
        // Who leaves out its controller may still be told by its SIP address.
        let number = controller.or_else(|| number(letter.from.as_deref()));
        let terminal = number.map(|number| Terminal {
            protocol: Protocol::Scaip,
            number,
        });
        let refused = match &letter.proof {
            Proof::NotAsked => false,
            Proof::Failed => true,
            Proof::Proved(controllers) => {
                let theirs = |it: &Terminal| it.number.starts_with(controllers.trim_start_matches(['0', '+']));
                !terminal.as_ref().is_some_and(theirs)
            }
        };
        let mut device = None;
        if let Some(terminal) = terminal.as_ref().filter(|_| !refused) {
            device = self.app.picture.device_at(terminal);
            let matters = letter.request().sort != Sort::Beat;
            if device.is_none() && matters {
                device = self.app.device_at(terminal).await.unwrap_or_else(|error| {
                    // An unknown unit for now: what it calls comes in all the same.
                    tracing::warn!(%error, "a home unit could not be looked up");
                    None
                });
            }
        }
        let nameless = Terminal {
            protocol: Protocol::Scaip,
            number: NAMELESS.to_owned(),
        };
        let calls = letter.request().calls();
        let sender = match &device {
            Some(it) => it.id,
            None if calls => self.app.strangers.subject(terminal.as_ref().unwrap_or(&nameless)),
            // Only kept aside: no case is about it.
            None => DeviceId::new(uuid::Uuid::nil()),
        };
        Who {
            sender,
            device,
            terminal,
            refused,
        }
    }

    async fn of_device(&self, letter: &Letter, who: &Who, device: &Arc<Device>) -> Result<Code, DeskError> {
        let request = letter.request();
        self.heard(letter, who, device);
        if letter.is_unreadable() {
            self.keep_aside(letter, who, "undecodable_frame").await;
            if request.status.is_none() && request.sort == Sort::Message {
                // Whatever it was about: somebody looks.
                return self.call(letter, who, Kind::Unknown).await;
            }
        }
        match (request.sort, request.means()) {
            (Sort::Message, Means::Help(kind)) => self.call(letter, who, kind).await,
            (Sort::More, _) => self.more(letter, who).await,
            (_, Means::Cancel) => self.withdraw(letter, who).await,
            (_, Means::Technical(kind)) => self.technical(letter, who, device, kind).await,
            (_, Means::Over(kind)) => {
                self.over(device, &[kind]);
                Ok(Code::Handled)
            }
            (_, Means::Presence) => {
                if let Some(call) = self.app.desk.call_of(who.sender, None).await? {
                    self.beside(letter, who, &call).await?;
                }
                Ok(Code::Handled)
            }
            (_, Means::State | Means::Help(_)) => Ok(Code::Handled),
        }
    }

    /// Nobody whom the register knows, or who could not log in: kept aside, and a call for help rings the street.
    async fn of_stranger(&self, letter: &Letter, who: &Who) -> Result<Code, DeskError> {
        let request = letter.request();
        let reason = match (who.refused, letter.is_unreadable()) {
            (true, _) => "login_failed",
            (false, true) => "undecodable_frame",
            (false, false) => "unknown_device",
        };
        self.keep_aside(letter, who, reason).await;
        // Of what has no form only what says so itself is a call.
        let said = !letter.is_unreadable() || request.status.is_some();
        match (request.sort, request.means()) {
            (Sort::Message, Means::Help(kind)) if said => self.call(letter, who, kind).await,
            (Sort::More, Means::Help(_)) if said => self.more(letter, who).await,
            // Nothing was kept for good: another receiver may know it.
            _ => Ok(Code::NotTreated),
        }
    }

    /// A call for help, unless it has been kept already.
    async fn call(&self, letter: &Letter, who: &Who, kind: Kind) -> Result<Code, DeskError> {
        let now = self.app.clock.now();
        let request = letter.request();
        let codes = codes_of(request);
        let key = (who.sender, self.reference_of(letter));
        let again_within = if request.reference.is_empty() {
            NAMELESS_AGAIN_WITHIN
        } else {
            AGAIN_WITHIN
        };
        let known = self.units().kept.get(&key).copied();
        let is_same = |it: &Kept| it.digest == digest_of(letter) && it.more == request.more;
        let anew = match known {
            Some(kept) if now.duration_since(kept.at) >= again_within => true,
            Some(kept) if is_same(&kept) => {
                if self.app.desk.may_join(&kept.call).await? {
                    metrics::counter!("ecd_alerts_total", "repeat" => "yes").increment(1);
                    return Ok(Code::Handled);
                }
                true
            }
            Some(kept) if kept.codes == codes && kept.more > request.more => {
                let code = self.add(letter, who, &kept.call).await?;
                // Only now is this part known.
                self.remember(letter, who, kept.call, now);
                return Ok(code);
            }
            _ => false,
        };
        let (call, at) = self.commit_new(letter, who, kind, anew).await?;
        self.remember(letter, who, call, at);
        Ok(Code::Handled)
    }

    /// Commits what is news here; answers since when it is known. Its reference may be in the store from before our start, or from before
    /// the unit's: what is in no case that may still be joined, or came long ago, is another alarm. `anew`: that is known already.
    async fn commit_new(
        &self,
        letter: &Letter,
        who: &Who,
        kind: Kind,
        anew: bool,
    ) -> Result<(Call, Timestamp), DeskError> {
        let now = self.app.clock.now();
        let reference = &letter.request().reference;
        let named = !reference.is_empty();
        let another = || named.then(|| format!("{reference} {}", now.as_microsecond()));
        if anew {
            let (call, _) = self.commit(self.report_of(letter, who, kind, another())).await?;
            return Ok((call, now));
        }
        let plain = named.then(|| reference.clone());
        let (call, repeat) = self.commit(self.report_of(letter, who, kind, plain)).await?;
        if !repeat {
            return Ok((call, now));
        }
        let first_at = self.app.desk.came_at(&call).await?;
        let of_late = first_at.filter(|it| now.duration_since(*it) < AGAIN_WITHIN);
        match of_late {
            Some(at) if self.app.desk.may_join(&call).await? => Ok((call, at)),
            _ => {
                let (call, _) = self.commit(self.report_of(letter, who, kind, another())).await?;
                Ok((call, now))
            }
        }
    }

    fn remember(&self, letter: &Letter, who: &Who, call: Call, at: Timestamp) {
        let mut units = self.units();
        units.make_room(self.app.clock.now());
        let key = (who.sender, self.reference_of(letter));
        let kept = Kept {
            codes: codes_of(letter.request()),
            digest: digest_of(letter),
            more: letter.request().more,
            call,
            at,
        };
        units.kept.insert(key, kept);
    }

    /// More about a call. Where it is about none that is known, it is a call itself.
    async fn more(&self, letter: &Letter, who: &Who) -> Result<Code, DeskError> {
        match self.meant(letter, who).await? {
            Some(call) => self.add(letter, who, &call).await,
            None => match letter.request().means() {
                Means::Help(kind) => self.call(letter, who, kind).await,
                _ => Ok(Code::Handled),
            },
        }
    }

    /// The call that the reference names.
    async fn meant(&self, letter: &Letter, who: &Who) -> Result<Option<Call>, DeskError> {
        let reference = &letter.request().reference;
        if reference.is_empty() {
            return Ok(None);
        }
        let known = self
            .units()
            .kept
            .get(&(who.sender, reference.clone()))
            .map(|it| it.call);
        if known.is_some() {
            return Ok(known);
        }
        // From before our start.
        let found = self.app.desk.call_of(who.sender, Some(reference)).await?;
        if let Some(call) = found {
            self.remember(letter, who, call, self.app.clock.now());
        }
        Ok(found)
    }

    /// Joins the case of a call while nobody is there; afterwards it stands beside the case, and nobody is called anew.
    async fn add(&self, letter: &Letter, who: &Who, call: &Call) -> Result<Code, DeskError> {
        if self.app.desk.may_join(call).await? {
            let reference = letter.request().reference.clone();
            let report = self.report_of(letter, who, call.kind, (!reference.is_empty()).then_some(reference));
            self.commit(report).await?;
        } else {
            self.beside(letter, who, call).await?;
        }
        Ok(Code::Handled)
    }

    async fn beside(&self, letter: &Letter, who: &Who, call: &Call) -> Result<(), DeskError> {
        let request = letter.request();
        let mut lines = vec![said(request.device, request.status)];
        lines.extend(request.fields.iter().map(|(name, value)| format!("{name}: {value}")));
        let mut key = request.reference.clone().into_bytes();
        key.extend_from_slice(&letter.body);
        self.app
            .desk
            .said_beside(call, who.sender, &lines.join("\n"), &key)
            .await
    }

    /// The unit gives a call up: a mark. Where it has been put back, what it had said of itself is over.
    async fn withdraw(&self, letter: &Letter, who: &Who) -> Result<Code, DeskError> {
        let call = match self.meant(letter, who).await? {
            Some(call) => Some(call),
            None if letter.request().sort == Sort::Reset => None,
            // A key that was put back says so under a reference of its own.
            None => self.app.desk.call_of(who.sender, None).await?,
        };
        if let Some(call) = call {
            self.app.desk.withdrawn(&call, who.sender).await?;
        } else if let Some(device) = who.device.as_ref().filter(|_| letter.request().sort == Sort::Reset) {
            let last: Vec<Kind> = self
                .units()
                .lasting
                .get(&device.id)
                .into_iter()
                .flatten()
                .copied()
                .collect();
            self.over(device, &last);
        }
        Ok(Code::Handled)
    }

    async fn technical(&self, letter: &Letter, who: &Who, device: &Device, kind: Kind) -> Result<Code, DeskError> {
        let lasts = self
            .units()
            .lasting
            .get(&device.id)
            .is_some_and(|it| it.contains(&kind));
        if lasts && letter.request().sort == Sort::Beat {
            return Ok(Code::Handled); // each heartbeat says so for as long as it lasts
        }
        self.commit_new(letter, who, kind, false).await?;
        // What began while somebody tested the unit is news when the test is over and it lasts.
        if self.app.picture.test_of(device.id, self.app.clock.now()).is_none() {
            self.units().lasting.entry(device.id).or_default().insert(kind);
        }
        self.app.signs.begun_and_over(device.id, &[kind], &[]);
        Ok(Code::Handled)
    }

    /// Also what it said before our start: its case is closed by this.
    fn over(&self, device: &Device, kinds: &[Kind]) {
        {
            let mut units = self.units();
            if let Some(of_device) = units.lasting.get_mut(&device.id) {
                of_device.retain(|it| !kinds.contains(it));
                if of_device.is_empty() {
                    units.lasting.remove(&device.id);
                }
            }
        }
        self.app.signs.begun_and_over(device.id, &[], kinds);
    }

    /// Keeps in mind that a unit lives, and where it is.
    fn heard(&self, letter: &Letter, who: &Who, device: &Device) {
        let now = self.app.clock.now();
        let request = letter.request();
        let (position, is_fix) = self.position(request, Some(device));
        let told = Told {
            place: position
                .filter(|_| is_fix)
                .map(|it| (it, request.place_at.unwrap_or(now).min(now))),
            reading: Some((self.reading(letter, who), now)),
            ..Told::default()
        };
        self.app.signs.heard(device, told);
    }

    /// Where it is, and whether that is a fix of about now.
    fn position(&self, request: &Request, device: Option<&Device>) -> (Option<Position>, bool) {
        let now = self.app.clock.now();
        let about = SignedDuration::from_secs(self.app.desk.config().stale_after_s.into());
        let is_now = request.place_at.is_none_or(|it| now.duration_since(it).abs() <= about);
        let is_fix = is_now && request.place.is_some_and(|it| it.fixed);
        let position = request.place.map(|it| Position {
            lat: it.lat,
            lon: it.lon,
            // The standard's own system, unless somebody has found out that this unit sends another.
            crs: device.and_then(|it| it.crs).or(Some(crate::circle::Crs::Wgs84)),
            accuracy_m: if is_fix { request.accuracy_m } else { Some(LAST_KNOWN_M) },
        });
        (position, is_fix)
    }

    /// Whether it is committed, and whether it had come before; tried some times.
    async fn commit(&self, report: AlertReport) -> Result<(Call, bool), DeskError> {
        let kind = report.kind.parse().unwrap_or(Kind::Unknown);
        let mut left = TRIES_MAX;
        loop {
            left -= 1;
            match self.app.desk.report(report.clone()).await {
                Ok(opened) => {
                    let repeat = if opened.repeat { "yes" } else { "no" };
                    metrics::counter!("ecd_alerts_total", "repeat" => repeat).increment(1);
                    let call = Call {
                        case: opened.case,
                        alert: opened.alert,
                        kind,
                    };
                    return Ok((call, opened.repeat));
                }
                Err(error) if left == 0 => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, tries_left = left, "an alarm of a home unit could not be kept");
                    tokio::select! {
                        () = self.app.stopping().cancelled() => return Err(error),
                        () = self.app.clock.sleep(TRY_AGAIN) => {}
                    }
                }
            }
        }
    }

    fn report_of(&self, letter: &Letter, who: &Who, kind: Kind, source_ref: Option<String>) -> AlertReport {
        let request = letter.request();
        let mut warnings: Vec<String> = request.odd.iter().map(|it| (*it).to_owned()).collect();
        warnings.extend(letter.reading.wrong.map(|it| it.1.to_owned()));
        if who.refused {
            warnings.push("login_failed".to_owned());
        }
        let same = |said: &str| Protocol::Scaip.number(said) == who.terminal.as_ref().map(|it| it.number.clone());
        if letter.from.as_deref().is_some_and(|it| !same(it)) {
            warnings.push("from_is_not_controller".to_owned());
        }
        if who.device.as_ref().is_some_and(|it| !it.in_service) {
            warnings.push("device_out_of_service".to_owned());
        }
        let (position, is_fix) = self.position(request, who.device.as_deref());
        if position.is_some() && !is_fix {
            warnings.push("position_last_known".to_owned());
        }
        let word = match (kind, letter.is_unreadable()) {
            (Kind::Unknown, true) => "unreadable request".to_owned(),
            (Kind::Unknown, false) => said(request.device, request.status),
            (kind, _) => kind.as_str().to_owned(),
        };
        AlertReport {
            sender: Sender::Device(who.sender),
            kind: word,
            elder: None,
            device: None,
            responder: None,
            source_ref,
            // The only time in it is that of the position.
            occurred_at: None,
            position,
            note: None,
            reading: Some(self.reading(letter, who)),
            raw: letter.body[..letter.body.len().min(KEPT_MAX_BYTES)].to_vec(),
            warnings,
            drill: false,
        }
    }

    /// What the unit says, element by element: with the bytes beside it, it can be read again.
    fn reading(&self, letter: &Letter, who: &Who) -> Value {
        let request = letter.request();
        let mut reading = Map::new();
        reading.insert("protocol".to_owned(), json!(Protocol::Scaip));
        if let Some(terminal) = &who.terminal {
            reading.insert("terminal".to_owned(), json!(terminal.number));
        }
        reading.insert("said".to_owned(), json!(said(request.device, request.status)));
        let fields: Map<String, Value> = request
            .fields
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        reading.insert("scaip".to_owned(), Value::Object(fields));
        Value::Object(reading)
    }

    /// By what a request is known: its reference, or its bytes.
    fn reference_of(&self, letter: &Letter) -> String {
        let reference = &letter.request().reference;
        if !reference.is_empty() {
            return reference.clone();
        }
        let digest = digest_of(letter);
        // No reference of a unit begins with a blank.
        digest[..16]
            .iter()
            .fold(" ".to_owned(), |text, it| format!("{text}{it:02x}"))
    }

    async fn keep_aside(&self, letter: &Letter, who: &Who, reason: &'static str) {
        let number = who.terminal.as_ref().map_or("", |it| it.number.as_str());
        let claimed = format!("{} {number}", Protocol::Scaip);
        let address = letter.address.to_string();
        let strangers = &self.app.strangers;
        let kept = strangers.keep(&address, claimed.trim_end(), reason, &letter.body).await;
        if let Err(error) = kept {
            tracing::warn!(%error, "what a home unit sent could not be kept aside for the desk");
        }
    }

    fn units(&self) -> MutexGuard<'_, Units> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Units {
    /// Forgets what is old, and of what is not the oldest tenth where there is too much.
    fn make_room(&mut self, now: Timestamp) {
        if self.kept.len() < REMEMBERED_MAX {
            return;
        }
        self.kept.retain(|_, it| now.duration_since(it.at) < REMEMBERED_FOR);
        if self.kept.len() >= REMEMBERED_MAX {
            let mut ages: Vec<Timestamp> = self.kept.values().map(|it| it.at).collect();
            ages.sort_unstable();
            let until = ages[REMEMBERED_MAX / 10];
            self.kept.retain(|_, it| it.at > until);
        }
    }
}

/// Whether a request may be told that we are busy: nobody who calls, and nothing that has a priority.
pub fn may_wait(reading: &Reading) -> bool {
    let request = &reading.request;
    let is_of_help = request.calls() || request.sort == Sort::More;
    // What could not be read may have been a call.
    !is_of_help && request.priority == 0 && reading.wrong.is_none()
}
