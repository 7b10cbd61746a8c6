//! What a maker's messages mean: which value is the kind, which the time, which words and states are alarms.
//!
//! Bytes in, words out; nothing here waits or knows of a broker. Any bytes at all are read, or said to be unreadable.

use std::collections::BTreeMap;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::condition::{Condition, Holds, Place, number};
use super::topic::{Names, Template};
use crate::case::Kind;
use crate::intake::device_time::OLDEST;
use crate::intake::http::{KIND_MAX_CHARS, REFERENCE_MAX_CHARS, kind_word};
use crate::intake::terminal;
use crate::intake::terminal::{Alarm, Measured};

/// Rules of one profile.
const RULES_MAX: usize = 64;

/// The profiles that come with the service.
const SHIPPED: &str = include_str!("profiles.toml");

/// The word for "this is no alarm" in a table of words.
const NONE: &str = "none";

/// One state or event that is an alarm.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// The condition.
    pub when: String,
    /// The kind that it is.
    pub kind: String,
    /// It is something that happens, not something that lasts: each message is an alarm.
    #[serde(default)]
    pub event: bool,
}

/// One `[[mqtt.profiles]]`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileConfig {
    /// By which topics name it.
    pub name: String,
    /// A payload that is no JSON is a text, such as `ON`.
    pub text: bool,
    /// Where the device's name stands, if not in the topic.
    pub device: Option<String>,
    /// Where the word for what happened stands.
    pub kind: Option<String>,
    /// The maker's words and values, and which kind each is; `none`: no alarm.
    pub words: BTreeMap<String, String>,
    /// Which states and events are alarms.
    pub rules: Vec<RuleConfig>,
    /// Where the message's own reference stands: the same one again is the same alarm.
    pub source_ref: Option<String>,
    /// Where the time stands: RFC 3339, or seconds or milliseconds since 1970.
    pub time: Option<String>,
    /// The time is a server's, which is right: what is old is late. Else an old time is a clock that was never set.
    pub time_trusted: bool,
    /// Degrees north.
    pub lat: Option<String>,
    /// Degrees east.
    pub lon: Option<String>,
    /// The radius within which the position holds, metres.
    pub accuracy_m: Option<String>,
    /// Charge, percent.
    pub battery: Option<String>,
    /// Strength of the network.
    pub signal: Option<String>,
    /// What `signal` is at best.
    pub signal_max: Option<f64>,
}

#[derive(Debug, Clone)]
struct Rule {
    when: Condition,
    kind: Kind,
    event: bool,
}

/// A profile, read.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name.
    pub name: String,
    text: bool,
    device: Option<Place>,
    kind: Option<Place>,
    words: BTreeMap<String, Option<Kind>>,
    rules: Vec<Rule>,
    source_ref: Option<Place>,
    time: Option<Place>,
    time_trusted: bool,
    lat: Option<Place>,
    lon: Option<Place>,
    accuracy_m: Option<Place>,
    battery: Option<Place>,
    signal: Option<Place>,
    signal_max: f64,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Said {
    /// Who says it; none: neither topic nor payload has a name.
    pub device: Option<String>,
    /// What it asserts, the call for help first.
    pub alarms: Vec<Alarm>,
    /// States that it names as over, by the word of their kind.
    pub over: Vec<&'static str>,
    /// How it names itself.
    pub source_ref: Option<String>,
    /// When it happened; none: now, as far as anybody can say.
    pub at: Option<Timestamp>,
    /// Where.
    pub place: Option<terminal::Place>,
    /// The radius within which it holds, metres.
    pub accuracy_m: Option<f32>,
    /// Figures.
    pub measured: Measured,
    /// The payload, for the reading beside the alert.
    pub payload: Value,
    /// The payload could not be read.
    pub unreadable: bool,
    /// What is odd: short stable words.
    pub odd: Vec<&'static str>,
}

/// The profiles of the service itself.
pub fn shipped() -> Vec<ProfileConfig> {
    #[derive(Deserialize)]
    struct File {
        profiles: Vec<ProfileConfig>,
    }
    // A test reads the file; it is a part of the program.
    toml::from_str::<File>(SHIPPED)
        .map(|it| it.profiles)
        .unwrap_or_default()
}

impl ProfileConfig {
    /// Reads it.
    ///
    /// # Errors
    /// Every mistake, one sentence each, with `here` before it.
    pub fn read(&self, here: &str) -> Result<Profile, Vec<String>> {
        let mut mistakes = Vec::new();
        let sound = |it: &str| {
            (1..=32).contains(&it.len())
                && it
                    .bytes()
                    .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-' || it == b'_')
        };
        if !sound(&self.name) {
            mistakes.push(format!(
                "{here}.name: must be 1 to 32 small letters, digits, `-` or `_`"
            ));
        }
        let mut place = |key: &str, text: &Option<String>| {
            let read = Place::read(text.as_deref()?);
            read.map_err(|why| mistakes.push(format!("{here}.{key}: {why}"))).ok()
        };
        let mut profile = Profile {
            name: self.name.clone(),
            text: self.text,
            device: place("device", &self.device),
            kind: place("kind", &self.kind),
            words: BTreeMap::new(),
            rules: Vec::new(),
            source_ref: place("source_ref", &self.source_ref),
            time: place("time", &self.time),
            time_trusted: self.time_trusted,
            lat: place("lat", &self.lat),
            lon: place("lon", &self.lon),
            accuracy_m: place("accuracy_m", &self.accuracy_m),
            battery: place("battery", &self.battery),
            signal: place("signal", &self.signal),
            signal_max: self.signal_max.unwrap_or(100.0),
        };
        if !profile.signal_max.is_finite() || profile.signal_max <= 0.0 {
            mistakes.push(format!("{here}.signal_max: must be more than 0"));
        }
        let our_word = |word: &str| word.parse::<Kind>().ok().filter(|it| !it.is_aftercare());
        for (said, word) in &self.words {
            match our_word(word) {
                Some(kind) => drop(profile.words.insert(said.to_lowercase(), Some(kind))),
                None if word == NONE => drop(profile.words.insert(said.to_lowercase(), None)),
                None => mistakes.push(format!("{here}.words: `{word}` is no kind of alert and not `{NONE}`")),
            }
        }
        if self.rules.len() > RULES_MAX {
            mistakes.push(format!("{here}.rules: must be at most {RULES_MAX}"));
        }
        for (at, rule) in self.rules.iter().enumerate() {
            let when = Condition::read(&rule.when).map_err(|why| format!("{here}.rules[{at}].when: {why}"));
            let kind = our_word(&rule.kind)
                .ok_or_else(|| format!("{here}.rules[{at}].kind: `{}` is no kind of alert", rule.kind));
            match (when, kind) {
                (Ok(when), Ok(kind)) => profile.rules.push(Rule {
                    when,
                    kind,
                    event: rule.event,
                }),
                (when, kind) => mistakes.extend([when.err(), kind.err()].into_iter().flatten()),
            }
        }
        if mistakes.is_empty() {
            Ok(profile)
        } else {
            Err(mistakes)
        }
    }
}

impl Profile {
    /// Whether a topic has what it needs.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn fits(&self, topic: &Template) -> Result<(), String> {
        if self.device.is_none() && !topic.names("device") {
            return Err(format!(
                "the topic must have {{device}} in it: profile `{}` finds no name in the payload",
                self.name
            ));
        }
        let places = [&self.device, &self.kind, &self.source_ref, &self.time];
        let of_places = places
            .into_iter()
            .flatten()
            .filter_map(Place::name)
            .all(|it| topic.names(it));
        if of_places && self.rules.iter().all(|it| it.when.names_are_in(topic)) {
            return Ok(());
        }
        Err(format!(
            "profile `{}` asks for a name that the topic has not",
            self.name
        ))
    }

    /// Whether every message is an alarm, of an unknown kind where nothing else is said.
    pub const fn is_for_alarms(&self) -> bool {
        self.kind.is_some()
    }

    /// What a message says. `cut`: its end is missing. `now` and `about` as for every device's time.
    pub fn read(&self, payload: &[u8], cut: bool, names: &Names, now: Timestamp, about: SignedDuration) -> Said {
        let body = payload.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(payload);
        let mut said = Said::default();
        if body.is_empty() {
            // So MQTT takes back what was retained: nobody says anything.
            said.device = names.get("device").cloned();
            return said;
        }
        if cut {
            said.odd.push("too_large");
        }
        let value = match serde_json::from_slice::<Value>(body) {
            Ok(value) => value,
            Err(_) => match std::str::from_utf8(body) {
                Ok(text) if self.text && !text.trim().is_empty() => Value::String(text.trim().to_owned()),
                _ => {
                    said.unreadable = true;
                    said.odd.push("malformed_json");
                    Value::Null
                }
            },
        };
        let of = |place: &Option<Place>| place.as_ref().and_then(|it| it.of(&value, names));
        let word = |place: &Option<Place>| of(place).and_then(|it| as_word(&it));
        said.device = word(&self.device).or_else(|| names.get("device").cloned());
        said.source_ref = word(&self.source_ref)
            .filter(|it| !it.is_empty() && it.chars().count() <= REFERENCE_MAX_CHARS && !it.contains('\0'));
        self.time(of(&self.time), now, about, &mut said);
        let figure = |place: &Option<Place>| of(place).as_ref().and_then(number);
        if let (Some(lat), Some(lon)) = (figure(&self.lat), figure(&self.lon)) {
            said.place = terminal::Place::of(lat, lon, true);
            let accuracy_m = figure(&self.accuracy_m).map(|it| it as f32);
            said.accuracy_m = accuracy_m.filter(|it| it.is_finite() && *it >= 0.0);
            if said.place.is_none() {
                said.odd.push("bad_position");
            }
        }
        let percent = |of: f64, at_best: f64| (of / at_best * 100.0).round().clamp(0.0, 100.0) as u8;
        said.measured.battery_percent = figure(&self.battery).map(|it| percent(it, 100.0));
        said.measured.signal_percent = figure(&self.signal).map(|it| percent(it, self.signal_max));
        self.alarms(&value, names, &mut said);
        said.payload = value;
        said
    }

    fn alarms(&self, value: &Value, names: &Names, said: &mut Said) {
        let of_words = match self.kind.as_ref().map(|it| it.of(value, names)) {
            None => None,
            Some(word) => self.word_said(word.as_ref().and_then(as_word), said),
        };
        said.alarms.extend(of_words);
        // Of two rules for one kind one that holds decides: a sensor with two heads.
        let mut states: BTreeMap<Kind, bool> = BTreeMap::new();
        for rule in &self.rules {
            let holds = rule.when.holds(value, names);
            if rule.event {
                if holds == Holds::Yes {
                    said.alarms.push(Alarm::event(rule.kind, rule.kind.as_str()));
                }
                continue;
            }
            match holds {
                Holds::Yes => drop(states.insert(rule.kind, true)),
                Holds::No => drop(states.entry(rule.kind).or_insert(false)),
                Holds::Unsaid => {}
            }
        }
        for (kind, is_so) in states {
            if is_so {
                said.alarms.push(Alarm::state(kind, kind.as_str()));
            } else {
                said.over.push(kind.as_str());
            }
        }
        let rank = |it: &Alarm| (it.kind != Kind::Sos, std::cmp::Reverse(it.kind.severity()));
        said.alarms.sort_by_key(rank);
    }

    /// What the word for the kind means. A word that no table has is an alarm all the same, and so is none at all.
    fn word_said(&self, word: Option<String>, said: &mut Said) -> Option<Alarm> {
        let Some(word) = word.filter(|it| !it.trim().is_empty()) else {
            said.odd.push("kind_missing");
            return Some(Alarm::unknown("unknown".to_owned()));
        };
        if let Some(known) = self.words.get(&word.trim().to_lowercase()) {
            let kind = (*known)?;
            return Some(Alarm::event(kind, kind.as_str()));
        }
        let word: String = kind_word(&word).chars().take(KIND_MAX_CHARS).collect();
        match word.parse::<Kind>() {
            Ok(kind) if !kind.is_aftercare() => Some(Alarm::event(kind, kind.as_str())),
            _ => Some(Alarm::unknown(word)),
        }
    }

    fn time(&self, value: Option<Value>, now: Timestamp, about: SignedDuration, said: &mut Said) {
        let Some(value) = value else { return };
        let Some(at) = moment(&value) else {
            said.odd.push("device_clock_wrong");
            return;
        };
        let age = now.duration_since(at);
        if age.abs() <= about {
            said.at = Some(at);
        } else if age.is_negative() || age > OLDEST {
            said.odd.push("device_clock_wrong");
        } else if self.time_trusted {
            said.at = Some(at);
        } else {
            said.odd.push("device_time_old");
        }
    }
}

/// A value as a word: text, number, true and false; nothing else is one.
fn as_word(value: &Value) -> Option<String> {
    match value {
        Value::String(it) => Some(it.clone()),
        Value::Number(it) => Some(it.to_string()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// RFC 3339, the same without an offset (Greenwich), or seconds, milliseconds or microseconds since 1970.
fn moment(value: &Value) -> Option<Timestamp> {
    if let Value::String(text) = value {
        let text = text.trim();
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(at);
        }
        if let Ok(at) = text.parse::<jiff::civil::DateTime>() {
            return Offset::UTC.to_timestamp(at).ok();
        }
    }
    let since = number(value)?;
    // Seconds until the year 5138, milliseconds until then, microseconds beyond.
    let seconds = match since {
        it if it.abs() < 1e11 => it,
        it if it.abs() < 1e14 => it / 1e3,
        it => it / 1e6,
    };
    let micros = (seconds * 1e6).round();
    // Within what a Timestamp may be; beyond, it refuses.
    Timestamp::from_microsecond(micros as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn now() -> Timestamp {
        "2026-03-01T04:00:00Z".parse().unwrap()
    }

    fn profile(name: &str) -> Profile {
        let config = shipped().into_iter().find(|it| it.name == name).unwrap();
        config.read("shipped").unwrap()
    }

    fn read(profile: &Profile, topic: &str, payload: &str) -> Said {
        let template = Template::read("x/{device}/{class}").unwrap();
        let names = template.read_topic(topic).unwrap();
        profile.read(payload.as_bytes(), false, &names, now(), SignedDuration::from_mins(10))
    }

    fn kinds(said: &Said) -> String {
        let all: Vec<&str> = said.alarms.iter().map(|it| it.kind.as_str()).collect();
        all.join(" ")
    }

    #[test]
    fn the_profiles_of_the_service_are_sound() {
        let names: Vec<String> = shipped()
            .into_iter()
            .map(|it| it.read("shipped").unwrap().name)
            .collect();
        assert_eq!(names, ["zigbee2mqtt", "home-assistant", "plain"]);
    }

    #[test]
    fn zigbee2mqtt_says_what_is_the_matter() {
        let z = profile("zigbee2mqtt");
        for (payload, alarms, over) in [
            (r#"{"smoke":true,"battery":87,"linkquality":255}"#, "smoke", &[][..]),
            (
                r#"{"smoke":false,"battery_low":true,"tamper":false}"#,
                "low_battery",
                &["smoke", "tamper"],
            ),
            (r#"{"action":"emergency"}"#, "sos", &[]),
            (r#"{"action":"single"}"#, "", &[]),
            (r#"{"action":""}"#, "", &[]),
            (r#"{"sos":true,"battery_low":true}"#, "sos low_battery", &[]),
            (r#"{"water_leak":true,"gas":true}"#, "gas water_leak", &[]),
            (r#"{"fall_down_status":"fall"}"#, "fall", &[]),
            (r#"{"contact":false}"#, "", &[]),
            (r#"{"occupancy":true,"presence":true}"#, "", &[]),
            ("\"offline\"", "", &[]),
            ("null", "", &[]),
        ] {
            let said = read(&z, "x/S1/_", payload);
            assert_eq!((kinds(&said).as_str(), &said.over[..]), (alarms, over), "{payload}");
            assert_eq!((said.device.as_deref(), said.unreadable), (Some("S1"), false));
        }
        let said = read(
            &z,
            "x/S1/_",
            r#"{"battery":"87.40","linkquality":51,"last_seen":"2026-03-01T11:59:00+08:00"}"#,
        );
        assert_eq!(
            (said.measured.battery_percent, said.measured.signal_percent),
            (Some(87), Some(20))
        );
        assert_eq!(said.at, Some("2026-03-01T03:59:00Z".parse().unwrap()));
        assert!(read(&z, "x/S1/_", "smoke!").unreadable);
        assert!(read(&z, "x/S1/_", " ").unreadable);
        // So what was retained is taken back.
        for profile in [&z, &profile("plain")] {
            let said = read(profile, "x/S1/_", "");
            assert_eq!((said.alarms.len(), said.unreadable), (0, false));
        }
    }

    #[test]
    fn home_assistant_has_a_topic_for_each_class() {
        let ha = profile("home-assistant");
        for (topic, payload, alarms, over) in [
            ("x/S1/smoke", "ON", "smoke", &[][..]),
            ("x/S1/smoke", "off", "", &["smoke"]),
            ("x/S1/smoke", r#"{"state":"on","battery":15}"#, "smoke", &[]),
            ("x/S1/smoke", r#"{"state":"OFF"}"#, "", &["smoke"]),
            ("x/S1/gas", "true", "gas", &[]),
            ("x/S1/moisture", "ON", "water_leak", &[]),
            ("x/S1/fall", "ON", "fall", &[]),
            ("x/S1/safety", "ON", "sos", &[]),
            ("x/S1/door", "ON", "", &[]),
            ("x/S1/occupancy", "OFF", "", &[]),
            ("x/S1/battery", "ON", "low_battery", &[]),
            ("x/S1/connectivity", "OFF", "link_loss", &[]),
            ("x/S1/connectivity", "ON", "", &["link_loss"]),
            ("x/S1/smoke", "unavailable", "", &["smoke"]),
        ] {
            let said = read(&ha, topic, payload);
            assert_eq!(
                (kinds(&said).as_str(), &said.over[..]),
                (alarms, over),
                "{topic} {payload}"
            );
            assert!(!said.unreadable);
        }
    }

    #[test]
    fn a_makers_words_become_kinds_and_a_strange_one_is_an_alarm() {
        let mut config = ProfileConfig {
            name: "acme".to_owned(),
            device: Some("/dev".to_owned()),
            kind: Some("/evt".to_owned()),
            source_ref: Some("/seq".to_owned()),
            time: Some("/ts".to_owned()),
            lat: Some("/gps/0".to_owned()),
            lon: Some("/gps/1".to_owned()),
            ..ProfileConfig::default()
        };
        for (said, word) in [("1", "sos"), ("跌倒", "fall"), ("HEARTBEAT", "none"), ("true", "gas")] {
            config.words.insert(said.to_owned(), word.to_owned());
        }
        let acme = config.read("x").unwrap();
        for (payload, alarms, said_word, odd) in [
            (r#"{"evt":1,"dev":7}"#, "sos", "sos", &[][..]),
            (r#"{"evt":"跌倒"}"#, "fall", "fall", &[]),
            (r#"{"evt":"heartbeat"}"#, "", "", &[]),
            (r#"{"evt":true}"#, "gas", "gas", &[]),
            (r#"{"evt":"SMOKE"}"#, "smoke", "smoke", &[]),
            (r#"{"evt":"follow_up"}"#, "unknown", "follow_up", &[]),
            (r#"{"evt":"99"}"#, "unknown", "99", &[]),
            (r#"{"evt":null}"#, "unknown", "unknown", &["kind_missing"]),
            (r#"{"evt":[1]}"#, "unknown", "unknown", &["kind_missing"]),
            ("[]", "unknown", "unknown", &["kind_missing"]),
            ("{", "unknown", "unknown", &["malformed_json", "kind_missing"]),
        ] {
            let said = read(&acme, "x/T1/_", payload);
            let word = said.alarms.first().map_or("", |it| it.said.as_ref());
            assert_eq!(
                (kinds(&said).as_str(), word, &said.odd[..]),
                (alarms, said_word, odd),
                "{payload}"
            );
        }
        let said = read(
            &acme,
            "x/T1/_",
            r#"{"evt":1,"dev":7,"seq":17,"ts":1772337600123,"gps":[39.381,"117.062"]}"#,
        );
        assert_eq!(
            (said.device.as_deref(), said.source_ref.as_deref()),
            (Some("7"), Some("17"))
        );
        assert_eq!(said.at.unwrap().to_string(), "2026-03-01T04:00:00.123Z");
        assert_eq!(said.place, terminal::Place::of(39.381, 117.062, true));
    }

    #[test]
    fn a_time_is_believed_for_a_reason() {
        let mut config = ProfileConfig {
            name: "t".to_owned(),
            time: Some("/t".to_owned()),
            ..ProfileConfig::default()
        };
        for (time, trusted, at, odd) in [
            (json!("2026-03-01T03:55:00Z"), false, Some("2026-03-01T03:55:00Z"), None),
            (json!("2026-03-01T03:55:00"), false, Some("2026-03-01T03:55:00Z"), None),
            (json!(1_772_337_600), false, Some("2026-03-01T04:00:00Z"), None),
            (json!("1772337600"), false, Some("2026-03-01T04:00:00Z"), None),
            (json!("2026-03-01T01:00:00Z"), false, None, Some("device_time_old")),
            (json!("2026-03-01T01:00:00Z"), true, Some("2026-03-01T01:00:00Z"), None),
            (json!("2026-03-01T09:00:00Z"), true, None, Some("device_clock_wrong")),
            (json!(0), true, None, Some("device_clock_wrong")),
            (json!(1e300), true, None, Some("device_clock_wrong")),
            (json!("soon"), true, None, Some("device_clock_wrong")),
            (json!(null), true, None, None),
        ] {
            config.time_trusted = trusted;
            let said = read(&config.read("x").unwrap(), "x/T/_", &json!({ "t": time }).to_string());
            let at = at.map(|it| it.parse::<Timestamp>().unwrap());
            assert_eq!((said.at, said.odd.first().copied()), (at, odd), "{time} {trusted}");
        }
    }

    #[test]
    fn every_mistake_of_a_profile_is_told() {
        let rule = |when: &str, kind: &str| RuleConfig {
            when: when.to_owned(),
            kind: kind.to_owned(),
            event: false,
        };
        let config = ProfileConfig {
            name: "A B".to_owned(),
            kind: Some("kind".to_owned()),
            words: BTreeMap::from([("x".to_owned(), "quake".to_owned())]),
            rules: vec![rule("/a ==", "quake"), rule("/a == 1", "follow_up")],
            signal_max: Some(0.0),
            ..ProfileConfig::default()
        };
        let found = config.read("p").unwrap_err();
        assert_eq!(found.len(), 7, "{found:?}");
        let nameless = ProfileConfig {
            name: "n".to_owned(),
            ..ProfileConfig::default()
        };
        assert!(
            nameless
                .read("p")
                .unwrap()
                .fits(&Template::read("a/+").unwrap())
                .is_err()
        );
        assert!(
            profile("home-assistant")
                .fits(&Template::read("a/{device}").unwrap())
                .is_err()
        );
        assert!(
            profile("home-assistant")
                .fits(&Template::read("a/{class}/{device}").unwrap())
                .is_ok()
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_said_to_be_unreadable(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        ) {
            for config in shipped() {
                let said = config.read("x").unwrap().read(&bytes, false, &Names::new(), now(), SignedDuration::from_mins(10));
                assert!(said.alarms.len() <= RULES_MAX + 1);
            }
        }

        #[test]
        fn any_json_is_read(text in r#"\{("(smoke|action|kind|battery|last_seen)":("[a-z]{0,8}"|-?[0-9]{1,20}|true|null|\[\]),?){0,4}\}"#) {
            for config in shipped() {
                config.read("x").unwrap().read(text.as_bytes(), false, &Names::new(), now(), SignedDuration::from_mins(10));
            }
        }
    }
}
