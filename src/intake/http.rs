//! An alert as it comes over HTTP.
//!
//! From a device that proved who it is, any body becomes a report: what cannot be read is named in `warnings` and kept as it
//! came. From a person the body is read strictly before it comes here ([`AlertIn`]).

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::case::Kind;
use crate::circle::{Crs, Point};
use crate::dispatch::{AlertReport, Position, Sender};
use crate::ids::{DeviceId, ElderId, UserId};

/// Bytes of a body that are kept. A longer one from a device is cut here and acknowledged.
pub const KEPT_MAX_BYTES: usize = 64 * 1024;
/// Letters of a reference.
pub const REFERENCE_MAX_CHARS: usize = 255;
/// Letters of the word for what happened.
pub const KIND_MAX_CHARS: usize = 120;
/// Letters of a note.
pub const NOTE_MAX_CHARS: usize = 4_000;

/// An alert of a person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertIn {
    /// `sos`, `fall`, `smoke`, `gas`, `co`, `duress`, `inactivity`, `offline`, `vital`, `geofence`, `water_leak`,
    /// `missed_visit`, `device_fault`, `low_battery`, `tamper`, `link_loss`, `power_loss`, `service_request`; an unknown word
    /// is kept and becomes a visible case.
    pub kind: String,
    /// About whom; or `device_id`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub elder_id: Option<ElderId>,
    /// About which device's people.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub device_id: Option<DeviceId>,
    /// The sender's reference: the same one again is the same alert.
    #[serde(default)]
    pub source_ref: Option<String>,
    /// When it happened, by the sender's clock.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
    #[serde(default)]
    pub position: Option<PlaceIn>,
    /// In words. Kept sealed.
    #[serde(default)]
    pub note: Option<String>,
    /// What was measured. Kept sealed.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub reading: Option<Value>,
    /// An exercise; desks only.
    #[serde(default)]
    pub drill: bool,
}

/// Where it happened.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceIn {
    pub lat: f64,
    pub lon: f64,
    /// `wgs84`, `gcj02`, `bd09`; left out: kept unresolved.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub crs: Option<Crs>,
    /// The radius within which it holds, metres.
    #[serde(default)]
    pub accuracy_m: Option<f32>,
}

impl PlaceIn {
    /// What is wrong with it, with the field's name.
    pub fn mistake(&self) -> Option<(&'static str, &'static str)> {
        if self.accuracy_m.is_some_and(|it| !it.is_finite() || it < 0.0) {
            return Some(("position.accuracy_m", "must be a length in metres"));
        }
        if is_on_earth(self.crs, self.lat, self.lon) {
            None
        } else if (-90.0..=90.0).contains(&self.lat) {
            Some(("position.lon", "must be within -180..180"))
        } else {
            Some(("position.lat", "must be within -90..90"))
        }
    }

    fn position(self) -> Position {
        Position {
            lat: self.lat,
            lon: self.lon,
            crs: self.crs,
            accuracy_m: self.accuracy_m,
        }
    }
}

fn is_on_earth(crs: Option<Crs>, lat: f64, lon: f64) -> bool {
    match crs {
        Some(crs) => crs.to_wgs84(lat, lon).is_ok(),
        None => Point::new(lat, lon).is_ok(),
    }
}

/// A kind that we know under our own word, whatever its blanks and capitals; another as it came. What nobody sees is no part
/// of a word: the zero byte at the end of a device's buffer (which PostgreSQL keeps in no text), marks of direction and width.
pub fn kind_word(said: &str) -> String {
    let unseen = |it: char| {
        it.is_control()
            || matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let seen: String = said.chars().filter(|it| !unseen(*it)).collect();
    let word = seen.trim();
    let lower = word.to_ascii_lowercase();
    if lower.parse::<Kind>().is_ok() {
        lower
    } else {
        word.to_owned()
    }
}

/// The kind that a body names which is no JSON object: a note in another encoding, an end that was cut off or a list around
/// it must not make an SOS an unknown signal. Of several the graver; zero bytes are passed over, so that UTF-16 reads as well.
fn kind_within(raw: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(raw).replace('\0', "");
    let said = text.split("\"kind\"").skip(1).filter_map(|after| {
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        let (word, _) = value.strip_prefix('"')?.split_once('"')?;
        Some(kind_word(word)).filter(|it| it.parse::<Kind>().is_ok())
    });
    said.reduce(graver)
}

/// The kind that calls louder, the first of equals. A word of nobody's counts as the unknown signal that it becomes.
fn graver(one: String, other: String) -> String {
    let severity = |it: &str| it.parse().unwrap_or(Kind::Unknown).severity();
    if severity(&other) > severity(&one) { other } else { one }
}

/// The fields of a JSON object in their order, also those that stand there twice.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A person's alert; `key` is their Idempotency-Key, which stands before the reference of the body.
pub fn from_person(user: UserId, alert: AlertIn, key: Option<String>, raw: &[u8]) -> AlertReport {
    AlertReport {
        sender: Sender::User(user),
        kind: alert.kind,
        elder: alert.elder_id,
        device: alert.device_id,
        responder: None,
        source_ref: key.or(alert.source_ref),
        occurred_at: alert.occurred_at,
        position: alert.position.map(PlaceIn::position),
        note: alert.note,
        reading: alert.reading,
        raw: raw.to_vec(),
        warnings: Vec::new(),
        drill: alert.drill,
    }
}

/// What is known of the device that sends.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// The device.
    pub device: DeviceId,
    /// What its coordinates are when it does not say.
    pub crs: Option<Crs>,
    /// It was taken out of service, and calls all the same.
    pub out_of_service: bool,
}

/// A device's alert, whatever it sent. `cut`: there was more than is kept.
pub fn from_device(profile: Profile, raw: &[u8], cut: bool) -> AlertReport {
    let mut report = AlertReport {
        sender: Sender::Device(profile.device),
        kind: String::new(),
        elder: None,
        device: None,
        responder: None,
        source_ref: None,
        occurred_at: None,
        position: None,
        note: None,
        reading: None,
        raw: raw.to_vec(),
        warnings: Vec::new(),
        drill: false,
    };
    let warn = |report: &mut AlertReport, word: &str| report.warnings.push(word.to_owned());
    if cut {
        warn(&mut report, "too_large");
    }
    if profile.out_of_service {
        warn(&mut report, "device_out_of_service");
    }
    // A byte order mark is no part of the JSON.
    let body = raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(raw);
    let fields = match serde_json::from_slice::<Fields>(body) {
        Ok(Fields(fields)) => fields,
        Err(error) => {
            let (odd, found) = if error.is_data() {
                ("not_an_object", "kind_found_within")
            } else {
                ("malformed_json", "kind_found_in_malformed_json")
            };
            warn(&mut report, odd);
            if let Some(kind) = kind_within(raw) {
                warn(&mut report, found);
                report.kind = kind;
            }
            Vec::new()
        }
    };
    let mut read: BTreeSet<String> = BTreeSet::new();
    for (name, value) in fields {
        if value.is_null() {
            continue;
        }
        // Of a field that stands there twice the first counts; of two kinds the graver. The raw body has both.
        let again = !read.insert(name.clone());
        if again && !report.warnings.iter().any(|it| it == "repeated_fields") {
            warn(&mut report, "repeated_fields");
        }
        if !again || name == "kind" {
            read_field(&mut report, profile, &name, value);
        }
    }
    if report.kind.is_empty() {
        warn(&mut report, "kind_missing");
        report.kind = "unknown".to_owned();
    }
    report.warnings.dedup();
    report
}

fn read_field(report: &mut AlertReport, profile: Profile, name: &str, value: Value) {
    let odd = match (name, value) {
        ("kind", Value::String(word)) if !kind_word(&word).is_empty() => {
            let word: String = kind_word(&word).chars().take(KIND_MAX_CHARS).collect();
            let before = std::mem::take(&mut report.kind);
            report.kind = if before.is_empty() { word } else { graver(before, word) };
            None
        }
        ("kind", _) => Some("bad_kind"),
        ("elder_id", value) => {
            report.elder = value.as_str().and_then(|it| it.parse().ok());
            report.elder.is_none().then_some("bad_elder_id")
        }
        ("device_id", value) => {
            let named = value.as_str().and_then(|it| it.parse::<DeviceId>().ok());
            (named != Some(profile.device)).then_some("device_is_not_the_sender")
        }
        ("source_ref", value) => {
            let text = match &value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            };
            match text.filter(|it| !it.is_empty()) {
                // Cut or cleaned, two references could look alike, and the second alert would be taken for the first.
                Some(text) if text.chars().count() <= REFERENCE_MAX_CHARS && !text.contains('\0') => {
                    report.source_ref = Some(text);
                    None
                }
                _ => Some("bad_source_ref"),
            }
        }
        ("occurred_at", value) => {
            report.occurred_at = value.as_str().and_then(|it| it.parse().ok());
            report.occurred_at.is_none().then_some("bad_occurred_at")
        }
        ("position", Value::Object(place)) => {
            let (position, odd) = read_position(profile, &place);
            report.position = position;
            odd
        }
        ("position", _) => Some("bad_position"),
        ("note", Value::String(text)) => {
            let long = text.chars().count() > NOTE_MAX_CHARS;
            report.note = Some(text.chars().take(NOTE_MAX_CHARS).collect());
            long.then_some("note_cut")
        }
        ("note", _) => Some("bad_note"),
        ("reading", value) => {
            report.reading = Some(value);
            None
        }
        _ => Some("unknown_fields"),
    };
    if let Some(word) = odd
        && !report.warnings.iter().any(|it| it == word)
    {
        report.warnings.push(word.to_owned());
    }
}

/// Where the device says it is. An impossible place never blocks an alert: it is left out, and named.
fn read_position(profile: Profile, place: &Map<String, Value>) -> (Option<Position>, Option<&'static str>) {
    let number = |name: &str| place.get(name).and_then(Value::as_f64);
    let (Some(lat), Some(lon)) = (number("lat"), number("lon")) else {
        return (None, Some("bad_position"));
    };
    let (crs, mut odd) = match place.get("crs") {
        None | Some(Value::Null) => (profile.crs, None),
        Some(named) => match Crs::deserialize(named) {
            Ok(it) => (Some(it), None),
            // Not what the profile says either: unresolved.
            Err(_) => (None, Some("unknown_reference_system")),
        },
    };
    // Receivers without a fix send zeros.
    if !is_on_earth(crs, lat, lon) || (lat == 0.0 && lon == 0.0) {
        return (None, Some("bad_position"));
    }
    let accuracy_m = number("accuracy_m").map(|it| it as f32);
    let sound = accuracy_m.is_none_or(|it| it.is_finite() && it >= 0.0);
    if !sound || (accuracy_m.is_none() && place.get("accuracy_m").is_some_and(|it| !it.is_null())) {
        odd = odd.or(Some("bad_accuracy"));
    }
    let position = Position {
        lat,
        lon,
        crs,
        accuracy_m: accuracy_m.filter(|_| sound),
    };
    (Some(position), odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> AlertReport {
        let profile = Profile {
            device: DeviceId::new(uuid::Uuid::from_u128(5)),
            crs: Some(Crs::Gcj02),
            out_of_service: false,
        };
        from_device(profile, text.as_bytes(), false)
    }

    #[test]
    fn whatever_a_device_sends_becomes_a_report_with_its_oddities_named() {
        for (text, kind, warnings) in [
            ("", "unknown", &["malformed_json", "kind_missing"][..]),
            (
                "{\"kind\":\"sos\"",
                "sos",
                &["malformed_json", "kind_found_in_malformed_json"],
            ),
            ("{\"kind\":\"quake\"", "unknown", &["malformed_json", "kind_missing"]),
            ("\u{feff}{\"kind\":\" SOS \"}", "sos", &[]),
            ("{\"kind\":\"Quake\"}", "Quake", &[]),
            ("[1]", "unknown", &["not_an_object", "kind_missing"]),
            ("[{\"kind\":\"fall\"}]", "fall", &["not_an_object", "kind_found_within"]),
            ("\"sos\"", "unknown", &["not_an_object", "kind_missing"]),
            // Said twice: the graver, in whatever order; the first of equals.
            (
                "{\"kind\":\"sos\",\"kind\":\"low_battery\"}",
                "sos",
                &["repeated_fields"],
            ),
            (
                "{\"kind\":\"low_battery\",\"kind\":\"sos\"}",
                "sos",
                &["repeated_fields"],
            ),
            ("{\"kind\":\"fall\",\"kind\":\"sos\"}", "fall", &["repeated_fields"]),
            (
                "{\"kind\":\"low_battery\",\"kind\":\"quake\"}",
                "quake",
                &["repeated_fields"],
            ),
            ("{\"kind\":\"sos\",\"kind\":7}", "sos", &["repeated_fields", "bad_kind"]),
            ("{\"kind\":\"sos\",\"kind\":null}", "sos", &[]),
            (
                "{\"kind\":{},\"kind\":\"sos\"}",
                "sos",
                &["bad_kind", "repeated_fields"],
            ),
            (
                "{\"kind\":\"sos\",\"kind\":\"sos\",\"note\":\"a\",\"note\":\"b\"}",
                "sos",
                &["repeated_fields"],
            ),
            (
                "{\"kind\":\"low_battery\",\"kind\":\"sos\",\"note\":\"",
                "sos",
                &["malformed_json", "kind_found_in_malformed_json"],
            ),
            ("{\"kind\":\"sos\"}", "sos", &[]),
            ("{\"kind\":\"quake\"}", "quake", &[]),
            ("{\"kind\":7}", "unknown", &["bad_kind", "kind_missing"]),
            ("{\"kind\":\"sos\\u0000\\u0000\"}", "sos", &[]),
            ("{\"kind\":\"\u{202e}SOS\u{200b}\"}", "sos", &[]),
            ("{\"kind\":\"\\u0000\"}", "unknown", &["bad_kind", "kind_missing"]),
            (
                "{\"kind\":\"sos\",\"source_ref\":\"7\\u0000\"}",
                "sos",
                &["bad_source_ref"],
            ),
            ("{\"kind\":\"sos\",\"x\":1,\"y\":2}", "sos", &["unknown_fields"]),
            (
                "{\"kind\":\"sos\",\"occurred_at\":\"yesterday\"}",
                "sos",
                &["bad_occurred_at"],
            ),
            ("{\"kind\":\"sos\",\"elder_id\":\"E1\"}", "sos", &["bad_elder_id"]),
            (
                "{\"kind\":\"sos\",\"position\":{\"lat\":91,\"lon\":0}}",
                "sos",
                &["bad_position"],
            ),
            (
                "{\"kind\":\"sos\",\"position\":{\"lat\":0,\"lon\":0}}",
                "sos",
                &["bad_position"],
            ),
            ("{\"kind\":\"sos\",\"position\":\"here\"}", "sos", &["bad_position"]),
        ] {
            let report = read(text);
            assert_eq!(report.kind, kind, "{text}");
            assert_eq!(report.warnings, warnings, "{text}");
            assert_eq!(report.raw, text.as_bytes());
        }
    }

    #[test]
    fn coordinates_are_what_they_say_else_what_the_profile_says_else_unresolved() {
        let crs = |text: &str| {
            read(&format!("{{\"kind\":\"sos\",\"position\":{text}}}"))
                .position
                .unwrap()
                .crs
        };
        assert_eq!(crs("{\"lat\":39.4,\"lon\":117.0}"), Some(Crs::Gcj02));
        assert_eq!(crs("{\"lat\":39.4,\"lon\":117.0,\"crs\":\"wgs84\"}"), Some(Crs::Wgs84));
        assert_eq!(crs("{\"lat\":39.4,\"lon\":117.0,\"crs\":\"nad27\"}"), None);
        let odd = read("{\"kind\":\"sos\",\"position\":{\"lat\":39.4,\"lon\":117.0,\"accuracy_m\":-1}}");
        assert_eq!(
            (odd.position.unwrap().accuracy_m, odd.warnings),
            (None, vec!["bad_accuracy".to_owned()])
        );
    }

    #[test]
    fn numbers_serve_as_references_and_endless_ones_do_not() {
        assert_eq!(
            read("{\"kind\":\"sos\",\"source_ref\":17}").source_ref.as_deref(),
            Some("17")
        );
        let long = format!(
            "{{\"kind\":\"sos\",\"source_ref\":\"{}\"}}",
            "x".repeat(REFERENCE_MAX_CHARS + 1)
        );
        let report = read(&long);
        assert_eq!(
            (report.source_ref, report.warnings),
            (None, vec!["bad_source_ref".to_owned()])
        );
    }

    #[test]
    fn the_kind_is_read_out_of_what_is_no_json() {
        let utf16: Vec<u8> = "{\"kind\": \"fall\"}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let gbk = b"{\"note\":\"\xbe\xc8\xc3\xfc\",\"kind\" : \"sos\"}";
        let cut = "{\"kind\":\"smoke\",\"note\":\"aaaa".as_bytes();
        for (raw, kind) in [(&utf16[..], "fall"), (&gbk[..], "sos"), (cut, "smoke")] {
            let profile = Profile {
                device: DeviceId::new(uuid::Uuid::from_u128(5)),
                crs: None,
                out_of_service: false,
            };
            let report = from_device(profile, raw, false);
            assert_eq!(report.kind, kind);
            assert!(
                report.warnings.contains(&"malformed_json".to_owned()),
                "{:?}",
                report.warnings
            );
            assert_eq!(report.raw, raw, "kept as it came");
        }
    }
}
