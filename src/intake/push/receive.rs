//! What a cloud has pushed goes to the desk: all of it committed, or the cloud is told to send it again.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::mapping::{Alarmed, Said};
use super::message::{Message, Sort, believed};
use super::{Lasting, Link, Push};
use crate::app::App;
use crate::case::{Kind, Lane};
use crate::dispatch::{AlertReport, Position, Sender, Told};
use crate::intake::http::KEPT_MAX_BYTES;
use crate::intake::terminal::STILL_SO_AFTER;
use crate::people::{Device, device_id};

/// How long is waited before what could not be kept is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Alarms of one body at the desk at once.
const ALARMS_AT_ONCE: usize = 64;

/// Names under which one device is looked for.
const NAMES_MAX: usize = 4;

/// The name of a device of which the cloud says none.
const NAMELESS: &str = "NAMELESS";

/// Something of a body could not be kept in time; the cloud should send all of it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotKept;

/// Sees everything that a proved body asserts committed.
///
/// # Errors
/// When a part could not be kept while the cloud waits. What was kept is known again when the body comes again.
pub async fn receive(app: &App, link: &Link, messages: &[Message]) -> Result<(), NotKept> {
    let until = app.clock.now() + SignedDuration::try_from(link.platform.cloud().patience()).unwrap_or_default();
    let receiving = Receiving { app, link, until };
    let mut news: Vec<News<'_>> = Vec::new();
    for message in messages {
        metrics::counter!("ecd_push_messages_total", "platform" => link.platform.as_str()).increment(1);
        news.push(receiving.hear(message).await);
    }
    // Of a whole body the call for help comes first.
    let mut alarms: Vec<(&News<'_>, &Alarmed)> = Vec::new();
    for it in &news {
        alarms.extend(it.alarms().map(|alarmed| (it, alarmed)));
    }
    alarms.sort_by_key(|it| {
        (
            it.1.alarm.kind != Kind::Sos,
            std::cmp::Reverse(it.1.alarm.kind.severity()),
        )
    });
    for some in alarms.chunks(ALARMS_AT_ONCE) {
        let kept = join_all(some.iter().map(|(it, alarmed)| receiving.commit(it, alarmed))).await;
        if kept.contains(&Err(NotKept)) {
            return Err(NotKept);
        }
    }
    for it in &news {
        receiving.remember_states(it);
    }
    // Somebody has left the bed: the row that waits for them is as durable as an alarm.
    if let Err(error) = app.activity.take_moved().await {
        tracing::warn!(%error, "what sensors of a cloud have said could not be heeded");
        return Err(NotKept);
    }
    Ok(())
}

/// What a message says that was kept aside, and what the desk would be told of each of its alarms.
pub(in crate::intake) struct ReadAgain {
    pub said: Said,
    /// When it was, where the message says it and that can be believed.
    pub at: Option<Timestamp>,
    /// Whose it is by now.
    pub device: Option<Arc<Device>>,
    /// One for each of the alarms; none for a stranger's technical matter.
    pub reports: Vec<Option<AlertReport>>,
}

/// Reads a message once more, as if it came now; nothing is kept in mind and nobody is told.
pub(in crate::intake) async fn again(app: &App, link: &Link, message: &Message) -> ReadAgain {
    let now = app.clock.now();
    let receiving = Receiving { app, link, until: now };
    let news = News {
        message,
        said: receiving.said(message),
        device: receiving.who(message, true).await,
        known: Vec::new(),
        heard_at: now,
    };
    let reports = news.said.alarms.iter().map(|it| receiving.report_of(&news, it));
    ReadAgain {
        reports: reports.collect(),
        at: believed(message.at, now, receiving.about()).0,
        said: news.said,
        device: news.device,
    }
}

struct Receiving<'a> {
    app: &'a App,
    link: &'a Link,
    until: Timestamp,
}

/// A message, and who says it.
struct News<'a> {
    message: &'a Message,
    said: Said,
    device: Option<Arc<Device>>,
    /// States that had been reported already.
    known: Vec<Lasting>,
    heard_at: Timestamp,
}

impl News<'_> {
    /// A state is news when it begins; one that calls for help also when it still lasts after a while.
    fn alarms(&self) -> impl Iterator<Item = &Alarmed> {
        let is_known = |it: &Alarmed| {
            self.known
                .iter()
                .any(|known| known.said == it.alarm.said && !self.is_due(known))
        };
        let is_news = move |it: &&Alarmed| !it.alarm.lasting || !is_known(it);
        self.said.alarms.iter().filter(is_news)
    }

    /// Whether a state that still lasts is reported again.
    fn is_due(&self, it: &Lasting) -> bool {
        let helps = it.kinds.iter().any(|it| it.lane() == Lane::Help);
        helps && self.heard_at.duration_since(it.at) >= STILL_SO_AFTER
    }

    fn name(&self) -> &str {
        self.message.names.first().map_or(NAMELESS, String::as_str)
    }
}

impl Receiving<'_> {
    fn push(&self) -> &Push {
        &self.app.push
    }

    fn about(&self) -> SignedDuration {
        SignedDuration::from_secs(self.app.desk.config().stale_after_s.into())
    }

    fn is_late(&self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| self.app.clock.now().duration_since(at) > self.about())
    }

    /// An answer or a log repeats what was: whatever rules find there is no news.
    fn said(&self, message: &Message) -> Said {
        match message.sort {
            Sort::Other => Said::default(),
            _ => self.link.mapping.read(message),
        }
    }

    /// Reads a message and keeps in mind what the device says of itself.
    async fn hear<'a>(&self, message: &'a Message) -> News<'a> {
        let said = self.said(message);
        let offline = message.sort == Sort::Offline;
        let device = self.who(message, !said.alarms.is_empty()).await;
        let mut known = Vec::new();
        if let Some(device) = &device {
            if !offline && message.sort != Sort::Other {
                self.remember(message, &said, device);
            }
            let lasting = self.push().lasting.lock().unwrap_or_else(PoisonError::into_inner);
            known = lasting
                .get(&device.id)
                .map(|it| it.values().cloned().collect())
                .unwrap_or_default();
        } else if message.sort != Sort::Other && !(message.names.is_empty() && said.alarms.is_empty()) {
            // A message that names nobody and says nothing is a console's test.
            self.keep_aside("unknown_device", message).await;
        }
        News {
            message,
            said,
            device,
            known,
            heard_at: self.app.clock.now(),
        }
    }

    /// Who it is; `ask`: something depends on it, so the store is asked for one that the picture does not know.
    async fn who(&self, message: &Message, ask: bool) -> Option<Arc<Device>> {
        let codes = message.names.iter().take(NAMES_MAX);
        let ids: Vec<_> = codes
            .map(|it| device_id(&format!("{}{it}", self.link.code_prefix)))
            .collect();
        let found = ids.iter().find_map(|id| self.app.picture.device(*id));
        if found.is_some() {
            return found;
        }
        for id in ids.into_iter().filter(|_| ask) {
            match self.app.device_of(id).await {
                Ok(Some(device)) => return Some(device),
                Ok(None) => {}
                Err(error) => {
                    // An unknown device for now: what it calls comes in all the same.
                    tracing::warn!(%error, "a pushed device could not be looked up");
                }
            }
        }
        None
    }

    /// What was stored through an outage is no sign that the device lives now: it was heard when it spoke.
    fn remember(&self, message: &Message, said: &Said, device: &Device) {
        let now = self.app.clock.now();
        let (at, _) = believed(message.at, now, self.about());
        let at = at.unwrap_or(now).min(now);
        let told = Told {
            battery_percent: said.measured.battery_percent,
            signal_percent: said.measured.signal_percent,
            place: said.place.map(|it| {
                let position = Position {
                    lat: it.lat,
                    lon: it.lon,
                    crs: device.crs,
                    accuracy_m: None,
                };
                (position, at)
            }),
            reading: (said.measured.is_vital() || !said.sensed.is_empty())
                .then(|| (self.reading(message, None, said), at)),
        };
        self.app.signs.heard_then(device, told, at);
    }

    fn remember_states(&self, news: &News<'_>) {
        let Some(device) = news.device.as_ref().filter(|_| !news.said.states.is_empty()) else {
            return;
        };
        if self.is_late(news.message.at) {
            return;
        }
        // What began while somebody tested the device is news when the test is over and it lasts.
        let tested = self.app.picture.test_of(device.id, self.app.clock.now()).is_some();
        let mut lasting = self.push().lasting.lock().unwrap_or_else(PoisonError::into_inner);
        let of_device = lasting.entry(device.id).or_default();
        for state in &news.said.states {
            let Some(said) = &state.said else {
                of_device.remove(&state.which);
                continue;
            };
            let before = of_device.get(&state.which).filter(|it| it.said == *said);
            if tested && before.is_none() {
                continue;
            }
            let at = before.filter(|it| !news.is_due(it)).map_or(news.heard_at, |it| it.at);
            let lasting = Lasting {
                said: said.clone(),
                kinds: state.lasts.clone(),
                at,
            };
            of_device.insert(state.which.clone(), lasting);
        }
        let lasts: Vec<Kind> = of_device.values().flat_map(|it| it.kinds.clone()).collect();
        if of_device.is_empty() {
            lasting.remove(&device.id);
        }
        drop(lasting);
        let over = news.said.states.iter().flat_map(|it| it.over.iter().copied());
        let over: Vec<Kind> = over.filter(|it| !lasts.contains(it)).collect();
        self.app.signs.begun_and_over(device.id, &lasts, &over);
    }

    /// Each device counts as a sender of its own: all of a cloud's come from the same few addresses.
    async fn keep_aside(&self, reason: &'static str, message: &Message) {
        let name = message.names.first().map_or("", String::as_str);
        let claimed = format!("{} {} {name}", self.link.platform, self.link.name);
        let kept = self
            .app
            .strangers
            .keep(&claimed, claimed.trim_end(), reason, &message.text)
            .await;
        if let Err(error) = kept {
            tracing::warn!(%error, "what a cloud pushed could not be kept aside for the desk");
        }
    }

    /// Commits one alarm; tried again while the cloud waits.
    async fn commit(&self, news: &News<'_>, alarmed: &Alarmed) -> Result<(), NotKept> {
        let Some(report) = self.report_of(news, alarmed) else {
            return Ok(());
        };
        // What is late takes turns, however much of it comes: a living call waits for a short batch of it at most.
        let _turn = if self.is_late(report.occurred_at) {
            tokio::select! {
                turn = self.push().late.acquire() => Some(turn.map_err(|_| NotKept)?),
                () = self.app.clock.sleep_until(self.until) => return Err(NotKept),
            }
        } else {
            None
        };
        loop {
            match self.app.desk.report(report.clone()).await {
                Ok(opened) => {
                    let repeat = if opened.repeat { "yes" } else { "no" };
                    metrics::counter!("ecd_alerts_total", "repeat" => repeat).increment(1);
                    return Ok(());
                }
                Err(error) => {
                    let again_at = self.app.clock.now() + SignedDuration::try_from(TRY_AGAIN).unwrap_or_default();
                    let again = again_at < self.until;
                    tracing::warn!(%error, again, "an alarm that a cloud pushed could not be kept");
                    if !again {
                        return Err(NotKept);
                    }
                    self.app.clock.sleep_until(again_at).await;
                }
            }
        }
    }

    /// None: a stranger's technical matter, which is kept aside and no case.
    fn report_of(&self, news: &News<'_>, alarmed: &Alarmed) -> Option<AlertReport> {
        let (message, device) = (news.message, news.device.as_ref());
        let alarm = &alarmed.alarm;
        let sender = match device {
            Some(it) => it.id,
            None if alarm.kind.lane() != Lane::Help => return None,
            None => {
                let kind = format!("{} {}", self.link.platform, self.link.name);
                self.app.strangers.subject_of(&kind, news.name())
            }
        };
        let now = self.app.clock.now();
        let (at, odd) = believed(alarmed.at, now, self.about());
        let mut warnings: Vec<String> = odd.into_iter().map(str::to_owned).collect();
        if device.is_some_and(|it| !it.in_service) {
            warnings.push("device_out_of_service".to_owned());
        }
        let position = news.said.place.map(|it| Position {
            lat: it.lat,
            lon: it.lon,
            crs: device.and_then(|it| it.crs),
            accuracy_m: None,
        });
        let kind = match alarm.kind {
            Kind::Unknown => alarm.said.to_string(),
            kind => kind.as_str().to_owned(),
        };
        // The cloud's number of the message, or the time in it, tells one from another; where there is neither, each is new.
        let source_ref = match (&message.id, at) {
            (Some(id), _) => Some(format!("{} {id}", self.link.platform)),
            (None, Some(_)) => Some(self.link.platform.to_string()),
            (None, None) => None,
        };
        Some(AlertReport {
            sender: Sender::Device(sender),
            kind,
            elder: None,
            device: None,
            responder: None,
            source_ref,
            occurred_at: at,
            position,
            note: None,
            reading: Some(self.reading(message, Some(&alarm.said), &news.said)),
            raw: message.text[..message.text.len().min(KEPT_MAX_BYTES)].to_vec(),
            warnings,
            drill: false,
        })
    }

    /// What the device says in figures, and by which link: with the bytes beside it, it can be read again.
    fn reading(&self, message: &Message, alarm: Option<&str>, said: &Said) -> Value {
        let it = &said.measured;
        let mut reading = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                reading.insert(name.to_owned(), value);
            }
        };
        put("push", Some(json!(self.link.platform)));
        put("link", Some(json!(self.link.name)));
        put("device", message.names.first().map(|it| json!(it)));
        put("product", message.product.as_ref().map(|it| json!(it)));
        put("said", alarm.map(|it| json!(it)));
        put("battery_percent", it.battery_percent.map(Into::into));
        put("signal_percent", it.signal_percent.map(Into::into));
        put("pulse", it.pulse.map(Into::into));
        put("oxygen_percent", it.oxygen_percent.map(Into::into));
        put("temperature_c", it.temperature_c.map(Into::into));
        put("steps", it.steps.map(Into::into));
        for (name, value) in &said.sensed {
            put(name, Some(value.clone()));
        }
        Value::Object(reading)
    }
}
