//! What a frame asserts becomes a report: the same whether it was heard a moment ago or is read again.

use serde_json::{Map, Value, json};

use super::device_time::When;
use super::http::KEPT_MAX_BYTES;
use super::terminal::{Alarm, Heard};
use crate::app::App;
use crate::case::{Kind, Lane};
use crate::circle::Crs;
use crate::dispatch::{AlertReport, Position, Sender};
use crate::people::{Device, Protocol, Terminal};

/// The radius of a position that is the last one known: wide enough that nobody takes it for where somebody is (a bend of the road
/// matters at 150 m), and of no further meaning.
pub(super) const LAST_KNOWN_M: f32 = 2_000.0;

/// The number of whoever calls before it has said who it is.
const NAMELESS: &str = "NAMELESS";

/// Who says something in a language of lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub protocol: Protocol,
    /// None: it has not said who it is.
    pub terminal: Option<&'a Terminal>,
    /// None: nobody has filed it.
    pub device: Option<&'a Device>,
}

impl Origin<'_> {
    /// None: a stranger's technical matter, which is kept aside and no case.
    pub fn report(
        &self,
        app: &App,
        (alarm, heard, frame): (&Alarm, &Heard, &[u8]),
        When { at, odd }: When,
        reference: String,
    ) -> Option<AlertReport> {
        let device = self.device;
        let sender = match device {
            Some(it) => it.id,
            None if alarm.kind.lane() != Lane::Help => return None,
            None => {
                let nameless = Terminal {
                    protocol: self.protocol,
                    number: NAMELESS.to_owned(),
                };
                app.strangers.subject(self.terminal.unwrap_or(&nameless))
            }
        };
        let mut warnings: Vec<String> = heard.odd.iter().map(|it| (*it).to_owned()).collect();
        warnings.extend(odd.map(str::to_owned));
        if heard.stored {
            warnings.push("stored_by_device".to_owned());
        }
        if device.is_some_and(|it| !it.in_service) {
            warnings.push("device_out_of_service".to_owned());
        }
        let assumed = self.assumed(app);
        let position = heard.place.map(|it| {
            if !it.fixed {
                warnings.push("position_last_known".to_owned());
            }
            Position {
                lat: it.lat,
                lon: it.lon,
                crs: device.and_then(|it| it.crs).or(assumed),
                accuracy_m: (!it.fixed).then_some(LAST_KNOWN_M),
            }
        });
        let kind = match alarm.kind {
            Kind::Unknown => alarm.said.to_string(),
            kind => kind.as_str().to_owned(),
        };
        Some(AlertReport {
            sender: Sender::Device(sender),
            kind,
            elder: None,
            device: None,
            responder: None,
            source_ref: Some(reference),
            occurred_at: at,
            position,
            note: None,
            reading: Some(self.reading(app, Some(alarm), heard)),
            raw: frame[..frame.len().min(KEPT_MAX_BYTES)].to_vec(),
            warnings,
            drill: false,
        })
    }

    /// What its places are taken for because no file says it.
    pub fn assumed(&self, app: &App) -> Option<Crs> {
        app.config.intake.tcp.crs_usual.assumed(self.protocol, self.device)
    }

    /// What the device says in figures, and in which language: with the frame beside it, it can be read again. What was assumed of its
    /// place stands there as `crs_assumed`.
    pub fn reading(&self, app: &App, alarm: Option<&Alarm>, heard: &Heard) -> Value {
        let it = &heard.measured;
        let mut reading = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                reading.insert(name.to_owned(), value);
            }
        };
        put("protocol", Some(json!(self.protocol)));
        put("terminal", self.terminal.map(|it| json!(it.number)));
        put("said", alarm.map(|it| json!(it.said)));
        put("battery_percent", it.battery_percent.map(Into::into));
        put("signal_percent", it.signal_percent.map(Into::into));
        put("pulse", it.pulse.map(Into::into));
        put("pressure_mmhg", it.pressure.map(|it| json!([it.0, it.1])));
        put("oxygen_percent", it.oxygen_percent.map(Into::into));
        put("temperature_c", it.temperature_c.map(Into::into));
        put("steps", it.steps.map(Into::into));
        let assumed = self.assumed(app).filter(|_| heard.place.is_some());
        put("crs_assumed", assumed.map(|it| json!(it)));
        Value::Object(reading)
    }
}
