//! Conditions on a message: `/smoke == true`, `{class} == "gas" && . in ["ON", true]`.
//!
//! What stands on the left is a place in the payload (a JSON pointer, RFC 6901), `.` for a payload that is one value, or a name of the
//! topic in braces. What stands on the right is JSON. Parts are joined by `&&`.

use std::cmp::Ordering;

use serde_json::Value;

use super::topic::{Names, Template};

/// Letters of a condition.
const CONDITION_MAX_CHARS: usize = 500;

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A JSON pointer into the payload.
    Pointer(String),
    /// The payload itself, where it is one value.
    Whole,
    /// A name of the topic.
    Name(String),
}

impl Place {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        if text == "." {
            return Ok(Self::Whole);
        }
        if let Some(name) = text.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            return Ok(Self::Name(name.to_owned()));
        }
        if text.starts_with('/') {
            return Ok(Self::Pointer(text.to_owned()));
        }
        Err(format!(
            "`{text}` must be a JSON pointer like /a/b, `.` or a name of the topic in braces"
        ))
    }

    /// What stands there; null is nothing.
    pub fn of(&self, payload: &Value, names: &Names) -> Option<Value> {
        let found = match self {
            Self::Pointer(pointer) => payload.pointer(pointer)?.clone(),
            Self::Whole if payload.is_object() || payload.is_array() => return None,
            Self::Whole => payload.clone(),
            Self::Name(name) => Value::String(names.get(name)?.clone()),
        };
        (!found.is_null()).then_some(found)
    }

    /// A name that the topic must have for it.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Pointer(_) | Self::Whole => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    Equal,
    Different,
    Less,
    AtMost,
    More,
    AtLeast,
    OneOf,
}

const COMPARES: [(&str, Compare); 7] = [
    ("==", Compare::Equal),
    ("!=", Compare::Different),
    ("<=", Compare::AtMost),
    (">=", Compare::AtLeast),
    ("<", Compare::Less),
    (">", Compare::More),
    ("in ", Compare::OneOf),
];

#[derive(Debug, Clone, PartialEq)]
struct Part {
    place: Place,
    compare: Compare,
    value: Value,
}

/// A condition, read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Condition(Vec<Part>);

/// What a message says of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// The message says nothing of it.
    Unsaid,
}

impl Condition {
    /// Reads one; an empty one always holds.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.chars().count() > CONDITION_MAX_CHARS {
            return Err(format!("must be at most {CONDITION_MAX_CHARS} letters"));
        }
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        parts_of(text)
            .into_iter()
            .map(|it| part(it.trim()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the topic has every name that it asks for.
    pub fn names_are_in(&self, topic: &Template) -> bool {
        self.0.iter().filter_map(|it| it.place.name()).all(|it| topic.names(it))
    }

    /// What a message says of it. One part that is not so decides before one that is unsaid: a topic of another class says nothing.
    pub fn holds(&self, payload: &Value, names: &Names) -> Holds {
        let mut all = Holds::Yes;
        for it in &self.0 {
            match it.place.of(payload, names) {
                None => return Holds::Unsaid,
                Some(value) if it.compare.fits(&value, &it.value) => {}
                // Of another class of topic: it says nothing of this one's state.
                Some(_) if it.place.name().is_some() => return Holds::Unsaid,
                Some(_) => all = Holds::No,
            }
        }
        all
    }
}

/// The parts between `&&`, quotes aside.
fn parts_of(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut from, mut at, mut quoted) = (0, 0, false);
    let mut parts = Vec::new();
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'&' if !quoted && bytes.get(at + 1) == Some(&b'&') => {
                parts.push(&text[from..at]);
                at += 1;
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&text[from..]);
    parts
}

fn part(text: &str) -> Result<Part, String> {
    let wrong = || format!("`{text}` must be like /smoke == true, /level >= 3 or {{class}} in [\"gas\", \"smoke\"]");
    let (place, rest) = text.split_once(char::is_whitespace).ok_or_else(wrong)?;
    let rest = rest.trim_start();
    let (sign, compare) = COMPARES.iter().find(|it| rest.starts_with(it.0)).ok_or_else(wrong)?;
    let value: Value = serde_json::from_str(rest[sign.len()..].trim()).map_err(|_| wrong())?;
    let fitting = match compare {
        Compare::OneOf => value.is_array(),
        Compare::Less | Compare::AtMost | Compare::More | Compare::AtLeast => value.is_number(),
        Compare::Equal | Compare::Different => !value.is_array() && !value.is_object() && !value.is_null(),
    };
    if !fitting {
        return Err(wrong());
    }
    Ok(Part {
        place: Place::read(place)?,
        compare: *compare,
        value,
    })
}

impl Compare {
    fn fits(self, said: &Value, wanted: &Value) -> bool {
        let order = || {
            number(said)
                .zip(number(wanted))
                .and_then(|(said, wanted)| said.partial_cmp(&wanted))
        };
        match self {
            Self::Equal => same(said, wanted),
            Self::Different => !same(said, wanted),
            Self::Less => order() == Some(Ordering::Less),
            Self::AtMost => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
            Self::More => order() == Some(Ordering::Greater),
            Self::AtLeast => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
            Self::OneOf => wanted.as_array().is_some_and(|all| all.iter().any(|it| same(said, it))),
        }
    }
}

/// Words are equal whatever their capitals; numbers whatever their form.
fn same(said: &Value, wanted: &Value) -> bool {
    match (said, wanted) {
        (Value::String(said), Value::String(wanted)) => said.trim().eq_ignore_ascii_case(wanted),
        (_, Value::Number(_)) => number(said).is_some_and(|it| Some(it) == number(wanted)),
        _ => said == wanted,
    }
}

/// A number, also one that stands in quotes.
pub fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(it) => it.as_f64(),
        Value::String(it) => it.trim().parse().ok(),
        _ => None,
    };
    number.filter(|it| it.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_condition_is_so_or_not_or_unsaid() {
        let names = Names::from([("class".to_owned(), "smoke".to_owned())]);
        let payload = json!({"smoke": true, "battery": "12.50", "a/b": 3, "off": null, "action": "Emergency", "list": [{"x": 1}]});
        use Holds::*;
        for (text, wanted) in [
            ("/smoke == true", Yes),
            ("/smoke == false", No),
            ("/smoke != false", Yes),
            ("/gas == true", Unsaid),
            ("/gas != true", Unsaid),
            ("/off == true", Unsaid),
            ("/battery < 15", Yes),
            ("/battery <= 12.5", Yes),
            ("/battery > 12.5", No),
            ("/battery >= 12.5", Yes),
            ("/battery == 12.5", Yes),
            ("/smoke > 1", No),
            ("/a~1b == 3", Yes),
            ("/list/0/x == 1", Yes),
            ("/action in [\"emergency\", \"panic\"]", Yes),
            ("/action in [\"x && y\"]", No),
            ("{class} == \"smoke\" && /smoke == true", Yes),
            ("{class} == \"gas\" && /smoke == true", Unsaid),
            ("/smoke == true && /battery > 50", No),
            (". == \"ON\"", Unsaid),
            ("{place} == \"x\"", Unsaid),
            ("", Yes),
        ] {
            assert_eq!(Condition::read(text).unwrap().holds(&payload, &names), wanted, "{text}");
        }
        let on = Condition::read(". in [\"ON\", true, 1]").unwrap();
        for (said, wanted) in [
            (json!("on"), Yes),
            (json!(true), Yes),
            (json!(1), Yes),
            (json!("off"), No),
            (json!(null), Unsaid),
        ] {
            assert_eq!(on.holds(&said, &names), wanted, "{said}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for wrong in [
            "/a",
            "/a ==",
            "/a == b",
            "a == 1",
            "/a ~ 1",
            "/a in 3",
            "/a < \"x\"",
            "/a == [1]",
            "/a == 1 &&",
            "/a == null",
        ] {
            assert!(Condition::read(wrong).is_err(), "{wrong}");
        }
        let template = Template::read("x/{device}").unwrap();
        assert!(!Condition::read("{class} == \"a\"").unwrap().names_are_in(&template));
        assert!(Condition::read("{device} == \"a\"").unwrap().names_are_in(&template));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[/a-c\"& =<>!\\[\\]{}.0-9]{0,40}") {
            if let Ok(it) = Condition::read(&text) {
                it.holds(&json!({"a": {"b": 1}}), &Names::new());
            }
        }
    }
}
