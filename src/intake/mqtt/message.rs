//! One message: what it says is read, what it asserts is committed, and then it may be acknowledged.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::config::Route;
use super::link::Link;
use super::profile::Said;
use super::wire::Message;
use crate::case::{Kind, Lane};
use crate::dispatch::deliveries::{self, Word};
use crate::dispatch::{AlertReport, DeskError, Position, Sender, Told};
use crate::intake::device_time::of_sensor;
use crate::intake::http::KEPT_MAX_BYTES;
use crate::intake::terminal::{Alarm, STILL_SO_AFTER};
use crate::people::{Device, Protocol, Terminal};

/// The wait before a message that could not be kept is tried again, and the longest.
const AGAIN_FIRST: Duration = Duration::from_secs(1);
const AGAIN_MAX: Duration = Duration::from_secs(30);

/// The number of whoever calls without a name.
const NAMELESS: &str = "NAMELESS";

/// Bytes of a payload that is shown beside the alert; a longer one is in the sealed bytes only.
const SHOWN_MAX_BYTES: usize = 2 * 1024;

/// What became of a message.
pub(super) enum Done {
    /// All that it asserts is durable. The deliveries that are to be forgotten when the broker has had the acknowledgement.
    Kept(Vec<Uuid>),
    /// The broker brings it again: it is no longer ours.
    Left,
}

/// Why a message was not kept.
#[derive(Debug, thiserror::Error)]
enum NotKept {
    #[error(transparent)]
    Desk(#[from] DeskError),
}

/// Whoever works on the messages of one topic.
pub(super) struct Work {
    link: Arc<Link>,
}

/// A message that has been read.
struct Task<'a> {
    link: &'a Link,
    message: &'a Message,
    route: &'a Route,
    said: Said,
    terminal: Option<Terminal>,
    /// By what it is known if it names itself by nothing; made once, however often it is tried.
    name: Option<Uuid>,
}

impl Work {
    pub const fn new(link: Arc<Link>) -> Self {
        Self { link }
    }

    /// Works on a message until it is kept, or until it is `stale`: the broker brings it again on another line.
    pub async fn on(&mut self, message: &Message, stale: &(dyn Fn() -> bool + Send + Sync)) -> Done {
        let link = &*self.link;
        let route = link
            .routes
            .iter()
            .find_map(|it| Some((it, it.topic.read_topic(&message.topic)?)));
        let Some((route, names)) = route else {
            // A subscription of a configuration before this one, which the session still has.
            metrics::counter!("ecd_mqtt_unrouted_total", "broker" => link.config.name.clone()).increment(1);
            return Done::Kept(vec![]);
        };
        let now = link.app.clock.now();
        let about = SignedDuration::from_secs(link.app.desk.config().stale_after_s.into());
        let said = route.profile.read(&message.payload, message.cut, &names, now, about);
        for odd in &said.odd {
            metrics::counter!("ecd_device_oddities_total", "what" => *odd).increment(1);
        }
        let number = said.device.as_deref().and_then(|it| Protocol::Mqtt.number(it));
        let terminal = number.map(|number| Terminal {
            protocol: Protocol::Mqtt,
            number,
        });
        let mut task = Task {
            link,
            message,
            route,
            said,
            terminal,
            name: None,
        };
        let mut wait = AGAIN_FIRST;
        loop {
            if stale() {
                return Done::Left;
            }
            match task.keep().await {
                Ok(()) => return Done::Kept(task.name.into_iter().collect()),
                Err(error) => {
                    tracing::warn!(broker = link.config.name, %error, "a message could not be kept; it is tried again");
                    metrics::counter!("ecd_mqtt_tried_again_total", "broker" => link.config.name.clone()).increment(1);
                    link.app.clock.sleep(wait).await;
                    wait = (wait * 2).min(AGAIN_MAX);
                }
            }
        }
    }
}

impl Task<'_> {
    /// Sees all that the message asserts committed.
    async fn keep(&mut self) -> Result<(), NotKept> {
        let app = &self.link.app;
        let now = app.clock.now();
        let broker = &self.link.config.name;
        let aside_due = self.link.aside_is_due(&self.message.topic, now);
        let device = self.device(aside_due).await?;
        if aside_due && (device.is_none() || self.said.unreadable) {
            self.keep_aside(device.is_some()).await?;
            self.link.kept_aside(&self.message.topic, now);
        }
        if device.is_none() && self.said.unreadable {
            return Ok(());
        }
        let topic = &self.message.topic;
        let speaks_of_states = !self.said.alarms.is_empty() || !self.said.over.is_empty();
        let before = if speaks_of_states {
            app.deliveries.word(broker, topic).await.map_err(DeskError::from)?
        } else {
            Word::default()
        };
        let digest = deliveries::digest(topic, &self.message.payload);
        // What is retained is what the topic says all the time: heard before, it is nothing new.
        let known = self.message.retained && before.digest == Some(digest);
        let mut after = before.clone();
        // A state that began while somebody tested the device is news when the test is over and it lasts.
        let tested = device
            .as_ref()
            .is_some_and(|it| app.picture.test_of(it.id, now).is_some());
        for over in &self.said.over {
            after.lasting.remove(*over);
        }
        for alarm in self.said.alarms.clone() {
            if known || (alarm.lasting && self.is_known_state(&alarm, &before, now)) {
                continue;
            }
            if let Some(report) = self.report_of(&alarm, device.as_deref()).await? {
                let opened = app.desk.report(report).await?;
                let repeat = if opened.repeat { "yes" } else { "no" };
                metrics::counter!("ecd_alerts_total", "repeat" => repeat).increment(1);
            }
            after.digest = Some(digest);
            if alarm.lasting && !tested {
                after.lasting.insert(alarm.kind.as_str().to_owned(), now);
            }
        }
        if after != before {
            app.deliveries
                .keep_word(broker, topic, after)
                .await
                .map_err(DeskError::from)?;
        }
        if let Some(device) = device {
            self.remember(&device, now);
            if !self.message.retained {
                // What a topic retains was said some time.
                let lasts: Vec<Kind> = self
                    .said
                    .alarms
                    .iter()
                    .filter(|it| it.lasting)
                    .map(|it| it.kind)
                    .collect();
                let over: Vec<Kind> = self.said.over.iter().filter_map(|it| it.parse().ok()).collect();
                app.signs.begun_and_over(device.id, &lasts, &over);
            }
            // Somebody has left the bed: the row that waits for them is as durable as an alarm.
            app.activity.take_moved().await?;
        }
        Ok(())
    }

    /// A state is news when it begins; one that calls for help also when it still lasts after a while.
    fn is_known_state(&self, alarm: &Alarm, before: &Word, now: Timestamp) -> bool {
        let Some(reported_at) = before.lasting.get(alarm.kind.as_str()) else {
            return false;
        };
        let still = alarm.kind.lane() == Lane::Help && !self.message.retained;
        !(still && now.duration_since(*reported_at) >= STILL_SO_AFTER)
    }

    /// Whose message it is. The store is asked for one that the picture does not know where something depends on it.
    async fn device(&self, ask: bool) -> Result<Option<Arc<Device>>, NotKept> {
        let app = &self.link.app;
        let Some(terminal) = &self.terminal else {
            return Ok(None);
        };
        if let Some(known) = app.picture.device_at(terminal) {
            return Ok(Some(known));
        }
        if !ask && self.said.alarms.is_empty() {
            return Ok(None);
        }
        Ok(app.device_at(terminal).await.map_err(DeskError::from)?)
    }

    /// Keeps a message for the desk: its topic on a line, then the payload.
    async fn keep_aside(&self, known: bool) -> Result<(), NotKept> {
        let reason = if known || self.said.unreadable {
            "undecodable_frame"
        } else {
            "unknown_device"
        };
        let number = self.terminal.as_ref().map_or("", |it| it.number.as_str());
        let claimed = format!("{} {number}", Protocol::Mqtt);
        let from = format!("mqtt {} {number}", self.link.config.name);
        let mut body = format!("{}\n", self.message.topic).into_bytes();
        body.extend_from_slice(&self.message.payload);
        let kept = self
            .link
            .app
            .strangers
            .keep(&from, claimed.trim_end(), reason, &body)
            .await;
        kept.map_err(DeskError::from)?;
        Ok(())
    }

    /// None: a stranger's technical matter, which is kept aside and no case.
    async fn report_of(&mut self, alarm: &Alarm, device: Option<&Device>) -> Result<Option<AlertReport>, NotKept> {
        let app = &self.link.app;
        let sender = match device {
            Some(it) => it.id,
            None if alarm.kind.lane() != Lane::Help => return Ok(None),
            None => {
                let nameless = Terminal {
                    protocol: Protocol::Mqtt,
                    number: NAMELESS.to_owned(),
                };
                app.strangers.subject(self.terminal.as_ref().unwrap_or(&nameless))
            }
        };
        let mut warnings: Vec<String> = self.said.odd.iter().map(|it| (*it).to_owned()).collect();
        if self.message.retained {
            warnings.push("retained".to_owned());
        }
        if device.is_some_and(|it| !it.in_service) {
            warnings.push("device_out_of_service".to_owned());
        }
        let position = self.said.place.map(|it| Position {
            lat: it.lat,
            lon: it.lon,
            crs: device.and_then(|it| it.crs),
            accuracy_m: self.said.accuracy_m,
        });
        let kind = match alarm.kind {
            Kind::Unknown => alarm.said.to_string(),
            kind => kind.as_str().to_owned(),
        };
        Ok(Some(AlertReport {
            sender: Sender::Device(sender),
            kind,
            elder: None,
            device: None,
            responder: None,
            source_ref: Some(self.reference().await?),
            occurred_at: self.said.at,
            position,
            note: None,
            reading: Some(self.reading(Some(alarm))),
            raw: self.message.payload[..self.message.payload.len().min(KEPT_MAX_BYTES)].to_vec(),
            warnings,
            drill: false,
        }))
    }

    /// By what the message is known again: its own reference, its own time (which counts beside its bytes), or what we call it.
    async fn reference(&mut self) -> Result<String, NotKept> {
        if let Some(own) = &self.said.source_ref {
            return Ok(own.clone());
        }
        if self.said.at.is_some() {
            return Ok(Protocol::Mqtt.to_string());
        }
        let name = match self.name {
            Some(it) => it,
            None => {
                let digest = deliveries::digest(&self.message.topic, &self.message.payload);
                let within = SignedDuration::from_secs(self.link.config.again_within_s.into());
                let named = self
                    .link
                    .app
                    .deliveries
                    .name(
                        &self.link.config.name,
                        digest,
                        self.message.packet,
                        self.message.again,
                        within,
                    )
                    .await;
                named.map_err(DeskError::from)?
            }
        };
        self.name = Some(name);
        Ok(format!("{} {}", Protocol::Mqtt, name.simple()))
    }

    /// Keeps in mind what a device of the register says of itself. What is retained is no sign of life: nobody has said it now.
    fn remember(&self, device: &Device, now: Timestamp) {
        if self.message.retained || self.said.unreadable {
            return;
        }
        let at = self.said.at.unwrap_or(now).min(now);
        let about = SignedDuration::from_secs(self.link.app.desk.config().stale_after_s.into());
        let seen_at = match device.kind.senses_activity() {
            // Also where the profile trusts its times: a deadline goes by our clock.
            true => of_sensor(Some(at), now, about),
            false => at,
        };
        let place = self.said.place.map(|it| {
            let position = Position {
                lat: it.lat,
                lon: it.lon,
                crs: device.crs,
                accuracy_m: self.said.accuracy_m,
            };
            (position, at)
        });
        self.link.app.signs.heard(
            device,
            Told {
                battery_percent: self.said.measured.battery_percent,
                signal_percent: self.said.measured.signal_percent,
                place,
                // A door that opened, a bed that is empty: no alarm, and what the watch for silence rests on.
                reading: Some((self.reading(None), seen_at)),
            },
        );
    }

    /// What the device says, and by which profile it was read: with the bytes beside it, it can be read again.
    fn reading(&self, alarm: Option<&Alarm>) -> Value {
        let mut reading = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                reading.insert(name.to_owned(), value);
            }
        };
        put("protocol", Some(json!(Protocol::Mqtt)));
        put("broker", Some(json!(self.link.config.name)));
        put("topic", Some(json!(self.message.topic)));
        put("profile", Some(json!(self.route.profile.name)));
        put("terminal", self.terminal.as_ref().map(|it| json!(it.number)));
        put("said", alarm.map(|it| json!(it.said)));
        put("battery_percent", self.said.measured.battery_percent.map(Into::into));
        put("signal_percent", self.said.measured.signal_percent.map(Into::into));
        let short = self.message.payload.len() <= SHOWN_MAX_BYTES && !self.said.unreadable;
        put("payload", short.then(|| self.said.payload.clone()));
        Value::Object(reading)
    }
}
