//! What the fields of a product mean, by the configuration: pointers into a message, and tables of values.
//!
//! Pure: a message in, alarms and figures out. A pointer is a JSON pointer (RFC 6901) into [`Message::body`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::message::{Level, Message, Sort, written};
use crate::case::Kind;
use crate::intake::http::kind_word;
use crate::intake::terminal::{Alarm, Measured, Place};

/// The word for "no alarm" in a table.
pub const NONE: &str = "none";

/// Elements of a list that are looked at.
const LIST_MAX: usize = 64;
/// Letters of a value that are told.
const VALUE_MAX_CHARS: usize = 40;
/// Bytes into which a rule may look.
const BYTES_MAX: usize = 4_096;

/// What one field means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Where its value stands.
    pub at: String,
    /// What must stand elsewhere for the rule to hold: pointers and values.
    #[serde(default)]
    pub when: BTreeMap<String, String>,
    /// The product it is about; left out: every product.
    #[serde(default)]
    pub product: Option<String>,
    /// What each value means: a kind of alert, or `none`.
    pub kinds: BTreeMap<String, String>,
    /// What every other value means; left out: an unknown alarm.
    #[serde(default)]
    pub other: Option<String>,
    /// The value is base64; of its bytes those from the first to before the second, in small hex digits, are what the table has.
    #[serde(default)]
    pub bytes: Option<(usize, usize)>,
    /// It is a state that stands in every message for as long as it lasts: reported when it begins.
    #[serde(default)]
    pub lasting: bool,
}

/// Where the figures stand.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    /// Charge, percent.
    pub battery_percent: Option<String>,
    /// Strength of the network, percent.
    pub signal_percent: Option<String>,
    /// Degrees north, in the reference system of the device's file.
    pub lat: Option<String>,
    /// Degrees east.
    pub lon: Option<String>,
    /// Beats a minute.
    pub pulse: Option<String>,
    /// Oxygen in the blood, percent.
    pub oxygen_percent: Option<String>,
    /// Of the body, degrees Celsius.
    pub temperature_c: Option<String>,
    /// Steps since midnight.
    pub steps: Option<String>,
    /// Of a door: it stands open.
    pub open: Option<String>,
    /// Somebody moves.
    pub motion: Option<String>,
    /// Somebody lies there.
    pub in_bed: Option<String>,
    /// What a meter has counted in all, litres.
    pub water_l: Option<String>,
    /// The same, cubic metres.
    pub water_m3: Option<String>,
    /// The load of now, watts.
    pub power_w: Option<String>,
}

impl Fields {
    /// What sensors of a home say of whoever lives there, by the names of our own readings.
    fn sensed(&self) -> [(&'static str, &Option<String>); 6] {
        [
            ("open", &self.open),
            ("motion", &self.motion),
            ("in_bed", &self.in_bed),
            ("water_l", &self.water_l),
            ("water_m3", &self.water_m3),
            ("power_w", &self.power_w),
        ]
    }

    fn figures(&self) -> [(&'static str, &Option<String>); 8] {
        [
            ("battery_percent", &self.battery_percent),
            ("signal_percent", &self.signal_percent),
            ("lat", &self.lat),
            ("lon", &self.lon),
            ("pulse", &self.pulse),
            ("oxygen_percent", &self.oxygen_percent),
            ("temperature_c", &self.temperature_c),
            ("steps", &self.steps),
        ]
    }
}

/// The rules and figures of a link.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// Each is held against each message.
    pub rules: Vec<Rule>,
    /// Figures.
    pub fields: Fields,
}

/// An alarm and when it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarmed {
    /// What.
    pub alarm: Alarm,
    /// When, as the message says.
    pub at: Option<Timestamp>,
}

/// A state that a message tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Which: the pointer to it.
    pub which: String,
    /// The alarm that it is now; none: it is over.
    pub said: Option<String>,
    /// The kinds that it is now.
    pub lasts: Vec<Kind>,
    /// The kinds that it might be and is not.
    pub over: Vec<Kind>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Said {
    /// Alarms, the call for help first.
    pub alarms: Vec<Alarmed>,
    /// Every lasting state that stands in it, whether an alarm or not.
    pub states: Vec<State>,
    /// Where it is.
    pub place: Option<Place>,
    /// Figures.
    pub measured: Measured,
    /// What a sensor of a home says of whoever lives there: a name of ours, and the value as it stands there.
    pub sensed: Vec<(&'static str, Value)>,
}

impl Mapping {
    /// What a message says by these rules. An event that no rule looks into and that the cloud calls grave is an unknown alarm; one
    /// that is named by a kind of ours is of that kind.
    pub fn read(&self, message: &Message) -> Said {
        let mut said = Said::default();
        let mut looked_into: Vec<&str> = Vec::new();
        for rule in self.rules.iter().filter(|it| it.holds(message)) {
            let Some(value) = message.body.pointer(&rule.at) else {
                continue;
            };
            looked_into.push(&rule.at);
            let at = message.time_of(&rule.at);
            let (mut state, mut lasts) = (None, Vec::new());
            for word in rule.values(value) {
                let Some(alarm) = rule.alarm(&word) else { continue };
                state = Some(alarm.said.to_string());
                lasts.push(alarm.kind);
                said.alarms.push(Alarmed { alarm, at });
            }
            if rule.lasting {
                let may = rule.kinds.values().filter_map(|it| kind_of(it).flatten());
                said.states.push(State {
                    which: rule.at.clone(),
                    said: state,
                    over: may.filter(|it| !lasts.contains(it)).collect(),
                    lasts,
                });
            }
        }
        if let Sort::Event(happened) = &message.sort {
            for it in happened {
                if looked_into.iter().any(|rule| is_within(rule, &it.pointer)) {
                    continue;
                }
                let what: String = it.what.chars().take(VALUE_MAX_CHARS).collect();
                let alarm = match kind_word(&what).parse::<Kind>() {
                    Ok(kind) if !kind.is_aftercare() => Alarm {
                        kind,
                        said: Cow::Owned(what),
                        lasting: false,
                    },
                    _ if it.level == Level::Info => continue,
                    _ => Alarm::unknown(format!("event {what}")),
                };
                said.alarms.push(Alarmed { alarm, at: it.at });
            }
        }
        let grave = |it: &Alarmed| (it.alarm.kind != Kind::Sos, std::cmp::Reverse(it.alarm.kind.severity()));
        said.alarms.sort_by_key(grave);
        said.place = self.place(message);
        said.measured = self.measured(message);
        said.sensed = self.sensed(message);
        said
    }

    /// Plain values only: what has parts is no word of a sensor.
    fn sensed(&self, message: &Message) -> Vec<(&'static str, Value)> {
        let stands = |(name, pointer): (&'static str, &Option<String>)| {
            let value = message.body.pointer(pointer.as_deref()?)?;
            let plain = matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_));
            let short = value.as_str().is_none_or(|it| it.len() <= VALUE_MAX_CHARS);
            (plain && short).then(|| (name, value.clone()))
        };
        self.fields.sensed().into_iter().filter_map(stands).collect()
    }

    fn place(&self, message: &Message) -> Option<Place> {
        let number = |pointer: &Option<String>| number_at(message, pointer.as_deref()?);
        Place::of(number(&self.fields.lat)?, number(&self.fields.lon)?, true)
    }

    fn measured(&self, message: &Message) -> Measured {
        let number = |pointer: &Option<String>| number_at(message, pointer.as_deref()?);
        let within = |pointer: &Option<String>, most: f64| number(pointer).filter(|it| (0.0..=most).contains(it));
        // All are held within what their types have.
        Measured {
            battery_percent: within(&self.fields.battery_percent, 100.0).map(|it| it as u8),
            signal_percent: within(&self.fields.signal_percent, 100.0).map(|it| it as u8),
            pulse: within(&self.fields.pulse, 400.0).map(|it| it as u16),
            pressure: None,
            oxygen_percent: within(&self.fields.oxygen_percent, 100.0).map(|it| it as u8),
            temperature_c: within(&self.fields.temperature_c, 100.0).map(|it| it as f32),
            steps: within(&self.fields.steps, 1e6).map(|it| it as u32),
        }
    }

    /// Every mistake: the key and a sentence.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (at, rule) in self.rules.iter().enumerate() {
            let here = format!("rules[{at}]");
            if !is_pointer(&rule.at) {
                found.push(format!("{here}.at: must be a JSON pointer, as /data/params/sos/value"));
            }
            if let Some(wrong) = rule.when.keys().find(|it| !is_pointer(it)) {
                found.push(format!("{here}.when: `{wrong}` must be a JSON pointer"));
            }
            let words = rule.kinds.values().chain(&rule.other);
            if let Some(wrong) = words.clone().find(|it| kind_of(it).is_none()) {
                let known: Vec<&str> = Kind::ALL
                    .iter()
                    .filter(|it| !it.is_aftercare())
                    .map(|it| it.as_str())
                    .collect();
                found.push(format!(
                    "{here}.kinds: `{wrong}` is no kind of alert; known are {NONE}, {}",
                    known.join(", ")
                ));
            }
            if rule.bytes.is_some_and(|(from, to)| from >= to || to > BYTES_MAX) {
                found.push(format!(
                    "{here}.bytes: must be two places, the first before the second, at most {BYTES_MAX}"
                ));
            }
        }
        for (name, pointer) in self.fields.figures().into_iter().chain(self.fields.sensed()) {
            if pointer.as_ref().is_some_and(|it| !is_pointer(it)) {
                found.push(format!("fields.{name}: must be a JSON pointer"));
            }
        }
        found
    }
}

impl Rule {
    fn holds(&self, message: &Message) -> bool {
        let of_product = self.product.is_none() || self.product == message.product;
        let stands = |(pointer, wanted): (&String, &String)| {
            let found = message.body.pointer(pointer).and_then(written);
            found.is_some_and(|it| it == wanted.trim())
        };
        of_product && self.when.iter().all(stands)
    }

    /// The values that stand there, as the table has them.
    fn values(&self, value: &Value) -> Vec<String> {
        let of_one = |it: &Value| match self.bytes {
            // What has parts is a value of nobody's table: it says something all the same.
            None => written(it).or_else(|| (!it.is_null()).then(|| it.to_string())),
            Some((from, to)) => {
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(it.as_str()?.trim())
                    .ok()?;
                let part = bytes.get(from..to)?;
                Some(part.iter().map(|it| format!("{it:02x}")).collect())
            }
        };
        match value {
            Value::Array(list) => list.iter().take(LIST_MAX).filter_map(of_one).collect(),
            one => of_one(one).into_iter().collect(),
        }
    }

    fn alarm(&self, value: &str) -> Option<Alarm> {
        let word = self
            .kinds
            .get(value)
            .or(self.other.as_ref())
            .map_or("unknown", String::as_str);
        // Checked at the start: there is no other word.
        let kind = kind_of(word).unwrap_or(Some(Kind::Unknown))?;
        let value: String = value.chars().take(VALUE_MAX_CHARS).collect();
        Some(Alarm {
            kind,
            said: Cow::Owned(format!("{}={value}", self.at)),
            lasting: self.lasting,
        })
    }
}

/// A word of a table: the kind, or none at all where it says so. `None`: no word of ours.
fn kind_of(word: &str) -> Option<Option<Kind>> {
    if word == NONE {
        return Some(None);
    }
    word.parse::<Kind>().ok().filter(|it| !it.is_aftercare()).map(Some)
}

fn is_pointer(text: &str) -> bool {
    text.is_empty() || text.starts_with('/')
}

/// Whether a pointer leads into what another points to.
fn is_within(pointer: &str, whole: &str) -> bool {
    pointer
        .strip_prefix(whole)
        .is_some_and(|it| it.is_empty() || it.starts_with('/'))
}

fn number_at(message: &Message, pointer: &str) -> Option<f64> {
    let number = match message.body.pointer(pointer)? {
        Value::Number(it) => it.as_f64(),
        Value::String(text) => text.trim().trim_end_matches('%').parse().ok(),
        _ => None,
    };
    number.filter(|it| it.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::push::message::Happened;
    use serde_json::json;

    fn message(sort: Sort, body: Value) -> Message {
        Message {
            names: vec!["A".into()],
            product: Some("P".into()),
            id: None,
            at: Timestamp::from_second(1_700_000_000).ok(),
            sort,
            time_beside: true,
            text: body.to_string().into_bytes().into(),
            body,
        }
    }

    fn mapping(text: &str) -> Mapping {
        #[derive(Deserialize)]
        struct Both {
            #[serde(default)]
            rules: Vec<Rule>,
            #[serde(default)]
            fields: Fields,
        }
        let Both { rules, fields } = toml::from_str(text).unwrap();
        let mapping = Mapping { rules, fields };
        assert_eq!(mapping.mistakes(), Vec::<String>::new());
        mapping
    }

    fn alarms(said: &Said) -> Vec<(Kind, &str)> {
        said.alarms.iter().map(|it| (it.alarm.kind, &*it.alarm.said)).collect()
    }

    #[test]
    fn a_value_means_what_its_table_says_and_another_is_an_unknown_alarm() {
        let rules = mapping(
            "[[rules]]\nat = \"/a/value\"\nkinds = { \"1\" = \"sos\", \"2\" = \"fall\", \"0\" = \"none\", \"true\" = \"smoke\" }\n\
             [[rules]]\nat = \"/b\"\nwhen = { \"/c\" = \"7\" }\nkinds = { \"x\" = \"gas\" }\nother = \"none\"\n\
             [[rules]]\nat = \"/d\"\nproduct = \"Q\"\nkinds = { \"1\" = \"co\" }\n",
        );
        for (body, wanted) in [
            (json!({"a": {"value": 1}}), vec![(Kind::Sos, "/a/value=1")]),
            (json!({"a": {"value": "1"}}), vec![(Kind::Sos, "/a/value=1")]),
            (json!({"a": {"value": 1.0}}), vec![(Kind::Sos, "/a/value=1")]),
            (json!({"a": {"value": true}}), vec![(Kind::Smoke, "/a/value=true")]),
            (json!({"a": {"value": 0}}), vec![]),
            (json!({"a": {"value": null}}), vec![]),
            (json!({"a": {"value": 9}}), vec![(Kind::Unknown, "/a/value=9")]),
            (
                json!({"a": {"value": {"x": 1}}}),
                vec![(Kind::Unknown, "/a/value={\"x\":1}")],
            ),
            // Of several the call for help comes first.
            (
                json!({"a": {"value": [0, 2, 1]}}),
                vec![(Kind::Sos, "/a/value=1"), (Kind::Fall, "/a/value=2")],
            ),
            (json!({"b": "x"}), vec![]),
            (json!({"b": "x", "c": 7}), vec![(Kind::Gas, "/b=x")]),
            (json!({"b": "y", "c": 7}), vec![]),
            (json!({"d": 1}), vec![]),
            (json!([1]), vec![]),
        ] {
            assert_eq!(
                alarms(&rules.read(&message(Sort::Data, body.clone()))),
                wanted,
                "{body}"
            );
        }
    }

    #[test]
    fn a_grave_event_that_no_rule_looks_into_is_an_unknown_alarm() {
        let rules = mapping("[[rules]]\nat = \"/e/fire/value\"\nkinds = { \"1\" = \"smoke\" }\nother = \"none\"");
        let event = |what: &str, level| {
            let it = Happened {
                what: what.into(),
                level,
                at: None,
                pointer: format!("/e/{what}"),
            };
            message(Sort::Event(vec![it]), json!({"e": {what: {"value": 0}}}))
        };
        for (what, level, wanted) in [
            ("fire", Level::Grave, vec![]),
            ("button", Level::Grave, vec![(Kind::Unknown, "event button")]),
            ("button", Level::Info, vec![]),
            ("SOS", Level::Info, vec![(Kind::Sos, "SOS")]),
            ("follow_up", Level::Grave, vec![(Kind::Unknown, "event follow_up")]),
            ("firebox", Level::Grave, vec![(Kind::Unknown, "event firebox")]),
        ] {
            assert_eq!(alarms(&rules.read(&event(what, level))), wanted, "{what}");
        }
    }

    #[test]
    fn bytes_of_a_transparent_payload_are_looked_at() {
        let rules = mapping("[[rules]]\nat = \"/p\"\nbytes = [1, 3]\nkinds = { \"a1ff\" = \"sos\" }\nother = \"none\"");
        for (payload, wanted) in [
            (json!("AKH/AA=="), vec![(Kind::Sos, "/p=a1ff")]),
            (json!("AKD/AA=="), vec![]),
            (json!("AKE="), vec![]),
            (json!("?"), vec![]),
            (json!(5), vec![]),
        ] {
            assert_eq!(
                alarms(&rules.read(&message(Sort::Data, json!({"p": payload})))),
                wanted,
                "{payload}"
            );
        }
    }

    #[test]
    fn times_stand_beside_their_values_and_states_are_told_when_over() {
        let rules = mapping(
            "[[rules]]\nat = \"/a/value\"\nlasting = true\nkinds = { \"1\" = \"low_battery\", \"0\" = \"none\" }",
        );
        let said = rules.read(&message(
            Sort::Data,
            json!({"a": {"value": 1, "time": 1_600_000_000_000_i64}}),
        ));
        assert_eq!(said.alarms[0].at.map(|it| it.as_second()), Some(1_600_000_000));
        assert!(said.alarms[0].alarm.lasting);
        assert_eq!(said.states[0].said.as_deref(), Some("/a/value=1"));
        let said = rules.read(&message(Sort::Data, json!({"a": {"value": 0}})));
        assert_eq!((said.alarms.len(), &said.states[0].said), (0, &None));
        assert_eq!(rules.read(&message(Sort::Data, json!({}))).states, []);
    }

    #[test]
    fn figures_are_numbers_or_written_as_such_and_within_their_bounds() {
        let rules = mapping(
            "[fields]\nbattery_percent = \"/b\"\nlat = \"/lat\"\nlon = \"/lon\"\npulse = \"/p\"\ntemperature_c = \"/t\"\nsteps = \"/s\"",
        );
        let said = rules.read(&message(
            Sort::Data,
            json!({"b": "41%", "lat": 39.381, "lon": "117.062", "p": 72.0, "t": 36.5, "s": 1e9}),
        ));
        assert_eq!(said.place, Place::of(39.381, 117.062, true));
        let Measured {
            battery_percent,
            pulse,
            temperature_c,
            steps,
            ..
        } = said.measured;
        assert_eq!(
            (battery_percent, pulse, temperature_c, steps),
            (Some(41), Some(72), Some(36.5), None)
        );
        let said = rules.read(&message(
            Sort::Data,
            json!({"b": 255, "lat": 0, "lon": 0, "p": -1, "t": "NaN"}),
        ));
        assert_eq!((said.place, said.measured), (None, Measured::default()));
    }
}
