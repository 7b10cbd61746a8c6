//! One message of one device, as every cloud's is read.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::intake::device_time::OLDEST;

/// Letters of a name by which a cloud knows a device.
pub const NAME_MAX_CHARS: usize = 64;

/// How grave the cloud calls an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Information.
    Info,
    /// A warning, a fault, or no word of it.
    Grave,
}

/// An event of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Its identifier.
    pub what: String,
    /// How grave.
    pub level: Level,
    /// When.
    pub at: Option<Timestamp>,
    /// Where in the body it stands; empty: the whole message is it.
    pub pointer: String,
}

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sort {
    /// Something has happened; mostly one thing.
    Event(Vec<Happened>),
    /// Figures and states.
    Data,
    /// The device has come to the cloud.
    Online,
    /// The device is gone from the cloud. Cells sleep: no alarm unless a rule says so.
    Offline,
    /// An answer to a command, a log: nothing of the device's own.
    Other,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// How the cloud names the device: of several, what the label shows first (IMEI before the cloud's own number).
    pub names: Vec<String>,
    /// The product.
    pub product: Option<String>,
    /// The cloud's number of the message.
    pub id: Option<String>,
    /// When, by the cloud or the device.
    pub at: Option<Timestamp>,
    /// What it is.
    pub sort: Sort,
    /// What rules point into.
    pub body: Value,
    /// Beside a value of the body stands its time, as `time`.
    pub time_beside: bool,
    /// The bytes.
    pub text: std::sync::Arc<[u8]>,
}

impl Message {
    /// When what stands at a pointer was so.
    pub fn time_of(&self, pointer: &str) -> Option<Timestamp> {
        let mut at = pointer;
        while self.time_beside
            && let Some((before, _)) = at.rsplit_once('/')
        {
            let node = if before.is_empty() {
                Some(&self.body)
            } else {
                self.body.pointer(before)
            };
            if let Some(time) = node.and_then(|it| it.get("time")).and_then(moment) {
                return Some(time);
            }
            at = before;
        }
        self.at
    }
}

/// An instant written as milliseconds or seconds since 1970, as a number or as digits.
pub fn moment(value: &Value) -> Option<Timestamp> {
    let number = match value {
        Value::Number(it) => it.as_i64().or_else(|| it.as_f64().map(|it| it as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }?;
    // Seconds have ten digits until the year 2286, milliseconds thirteen since 2001.
    let millis = match number {
        ..1 => return None,
        1..100_000_000_000 => number * 1_000,
        _ => number,
    };
    Timestamp::from_millisecond(millis).ok()
}

/// What a time is worth: one ahead of our clock, or older than anything is stored, is a clock that was never set, and says nothing.
pub fn believed(
    at: Option<Timestamp>,
    now: Timestamp,
    about: SignedDuration,
) -> (Option<Timestamp>, Option<&'static str>) {
    match at {
        Some(at) if at > now + about || now.duration_since(at) > OLDEST => (None, Some("device_clock_wrong")),
        at => (at, None),
    }
}

/// A text, a number or a truth, as it is written in a table; nothing for what has parts.
pub fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Number(number) => {
            // 1.0 and 1 are one thing to whoever writes a table.
            let whole = number.as_f64().filter(|it| it.fract() == 0.0 && it.abs() < 9e15);
            Some(whole.map_or_else(|| number.to_string(), |it| (it as i64).to_string()))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The names that there are: those that are written as nothing are none.
pub fn names<const N: usize>(of: [Option<&Value>; N]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in of.into_iter().flatten().filter_map(written) {
        let sound = (1..=NAME_MAX_CHARS).contains(&name.chars().count())
            && !name.contains(char::is_control)
            && !matches!(name.as_str(), "undefined" | "null" | "-");
        if sound && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// A body of one message or a list of them: each with the bytes that it stands in.
pub fn parts(text: &[u8]) -> Option<Vec<(Value, std::sync::Arc<[u8]>)>> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    if let Ok(list) = serde_json::from_slice::<Vec<&RawValue>>(text) {
        let read = |it: &RawValue| Some((serde_json::from_str(it.get()).ok()?, it.get().as_bytes().into()));
        return list.into_iter().map(read).collect();
    }
    Some(vec![(serde_json::from_slice(text).ok()?, text.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn instants_are_read_in_milliseconds_and_seconds() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        for (value, wanted) in [
            (json!(1_631_521_919_234_i64), at("2021-09-13T08:31:59.234Z")),
            (json!("1631521919"), at("2021-09-13T08:31:59Z")),
            (json!(1_587_109_346), at("2020-04-17T07:42:26Z")),
            (json!(0), None),
            (json!(-5), None),
            (json!("soon"), None),
            (json!(null), None),
            (json!(i64::MAX), None),
            (json!(1e300), None),
        ] {
            assert_eq!(moment(&value), wanted, "{value}");
        }
    }

    #[test]
    fn a_clock_that_was_never_set_says_nothing() {
        let now: Timestamp = "2026-03-01T04:00:00Z".parse().unwrap();
        let about = SignedDuration::from_mins(10);
        for (hours, odd) in [
            (0, None),
            (-5, None),
            (-24 * 399, None),
            (-24 * 401, Some("device_clock_wrong")),
            (1, Some("device_clock_wrong")),
        ] {
            let at = now + SignedDuration::from_hours(hours);
            let wanted = (odd.is_none().then_some(at), odd);
            assert_eq!(believed(Some(at), now, about), wanted, "{hours}");
        }
        assert_eq!(believed(None, now, about), (None, None));
    }

    #[test]
    fn what_is_written_as_nothing_is_no_name() {
        let of = [
            json!("undefined"),
            json!(""),
            json!(" 860803030676429 "),
            json!(7.0),
            json!("x".repeat(65)),
            json!({}),
        ];
        let found = names([
            Some(&of[0]),
            Some(&of[1]),
            Some(&of[2]),
            Some(&of[3]),
            Some(&of[4]),
            Some(&of[5]),
            None,
        ]);
        assert_eq!(found, ["860803030676429", "7"]);
    }

    #[test]
    fn a_list_is_cut_into_the_bytes_of_each() {
        let found = parts(b" [ {\"a\": 1} , 2]").unwrap();
        let texts: Vec<&[u8]> = found.iter().map(|it| &*it.1).collect();
        assert_eq!(texts, [&b"{\"a\": 1}"[..], b"2"]);
        assert_eq!(parts(b"\xEF\xBB\xBF{}").unwrap().len(), 1);
        assert_eq!(parts(b"{"), None);
    }
}
