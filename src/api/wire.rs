//! From the wire and back: bodies, queries, keys and cursors. Past this file there are no raw strings for ids or words.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::problem::{FieldError, Problem};
use crate::circle::{Crs, Point};

/// Bytes that the body of a request may have.
pub const BODY_MAX_BYTES: usize = 64 * 1024;
/// A body must have come within this time.
pub const BODY_WITHIN: Duration = Duration::from_secs(10);
/// Letters that an Idempotency-Key may have.
pub const KEY_MAX_CHARS: usize = 255;
/// Rows of a page unless the caller says otherwise, and at most.
pub const LIMIT_DEFAULT: u64 = 100;
/// At most.
pub const LIMIT_MAX: u64 = 500;
/// Letters of a note or reason.
pub const TEXT_MAX_CHARS: usize = 4_000;

/// The shape of a cursor's bytes; one of an older shape is refused and the list read from its beginning.
const CURSOR_SHAPE: u8 = 2;

type Pending<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// The bytes of a body, at most `max`; one more is `too_large`.
pub async fn read_body(payload: &mut Payload, max: usize) -> Result<Bytes, Problem> {
    read_body_within(payload, max, BODY_WITHIN).await
}

/// As [`read_body`], where more time is given: a file over a phone's line.
pub async fn read_body_within(payload: &mut Payload, max: usize, within: Duration) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    let all = async {
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Problem::bad_request("body_incomplete", "the body did not come whole"))?;
            if body.len() + chunk.len() > max {
                return Err(Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "too_large",
                    format!("a body may have {max} bytes"),
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(())
    };
    match tokio::time::timeout(within, all).await {
        Ok(done) => done.map(|()| body.freeze()),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            "the body did not come in time",
        )),
    }
}

/// A JSON body, read strictly: unknown fields, wrong types and wrong words are named. No body counts as `{}`.
pub struct Body<T> {
    /// What it says.
    pub value: T,
    /// Its bytes, for the promise of an Idempotency-Key.
    pub raw: Bytes,
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pending<Self>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = content_type(request);
        let mut payload = payload.take();
        Box::pin(async move {
            let raw = read_body(&mut payload, BODY_MAX_BYTES).await?;
            let value = parse(content_type.as_deref(), &raw)?;
            Ok(Self { value, raw })
        })
    }
}

/// The media type of a request without its parameters, in small letters.
pub fn content_type(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Reads a JSON body.
///
/// # Errors
/// 415 for another content type, 400 for what is no JSON, 422 for what does not fit, with the field named.
pub fn parse<T: DeserializeOwned>(content_type: Option<&str>, raw: &[u8]) -> Result<T, Problem> {
    let raw = if raw.is_empty() { b"{}".as_slice() } else { raw };
    let json = content_type.is_some_and(|it| it == "application/json" || it.ends_with("+json"));
    if raw != b"{}" && !json {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "wrong_content_type",
            "the body must be application/json",
        ));
    }
    serde_json::from_slice(raw).map_err(|error| {
        if error.is_data() {
            let wrong = field_error(raw, &error);
            let code = match wrong.code.as_str() {
                "unknown_field" => "unknown_field",
                "missing_field" => "missing_field",
                _ => "invalid_value",
            };
            Problem::fields(code, vec![wrong])
        } else {
            Problem::bad_request(
                "malformed_json",
                format!(
                    "the body is no JSON: it breaks at line {}, column {}",
                    error.line(),
                    error.column()
                ),
            )
        }
    })
}

/// The field that an error is about, and a stable word for what is wrong.
fn field_error(raw: &[u8], error: &serde_json::Error) -> FieldError {
    let mut text = error.to_string();
    if let Some(at) = text.rfind(" at line ") {
        text.truncate(at);
    }
    let text: String = text.chars().take(300).collect();
    let quoted = || text.split('`').nth(1).unwrap_or_default().to_owned();
    if text.starts_with("unknown field") {
        return FieldError::new(quoted(), "unknown_field", text);
    }
    if text.starts_with("missing field") {
        return FieldError::new(quoted(), "missing_field", text);
    }
    FieldError::new(key_before(raw, error.line(), error.column()), "invalid_value", text)
}

/// The last key written before a place in a JSON text: the field whose value was being read there.
fn key_before(raw: &[u8], line: usize, column: usize) -> String {
    let start: usize = raw
        .split_inclusive(|it| *it == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let end = (start + column).min(raw.len());
    let Ok(text) = std::str::from_utf8(&raw[..end]) else {
        return String::new();
    };
    let mut found = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('"') {
        let after = &rest[open + 1..];
        let mut close = None;
        let mut escaped = false;
        for (at, it) in after.char_indices() {
            match it {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    close = Some(at);
                    break;
                }
                _ => {}
            }
        }
        let Some(close) = close else { break };
        let (word, tail) = (&after[..close], &after[close + 1..]);
        if tail.trim_start().starts_with(':') {
            found = word.chars().take(80).collect();
        }
        rest = tail;
    }
    found
}

/// Reads the query of a request strictly.
///
/// # Errors
/// 400 `bad_query`.
pub fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    web::Query::<T>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .map_err(|error| {
            let text: String = error.to_string().chars().take(300).collect();
            let field = text.split('`').nth(1).unwrap_or_default().to_owned();
            Problem {
                errors: vec![FieldError::new(field, "bad_query", text.clone())],
                ..Problem::bad_request("bad_query", text)
            }
        })
}

/// The query of a request, read strictly.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(query(request).map(Self))
    }
}

/// The id in a path.
///
/// # Errors
/// 400 `bad_id`.
pub fn path_id<T: std::str::FromStr>(request: &HttpRequest, name: &str) -> Result<T, Problem>
where
    T::Err: std::fmt::Display,
{
    let text = request.match_info().get(name).unwrap_or_default();
    text.parse()
        .map_err(|error: T::Err| Problem::bad_request("bad_id", error.to_string()))
}

/// The Idempotency-Key of a request, if it brings one.
///
/// # Errors
/// 400 `bad_idempotency_key`.
pub fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get("idempotency-key") else {
        return Ok(None);
    };
    let sound = |it: &&str| (1..=KEY_MAX_CHARS).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_graphic());
    match value.to_str().ok().filter(sound) {
        Some(key) => Ok(Some(key.to_owned())),
        None => Err(Problem::bad_request(
            "bad_idempotency_key",
            format!("an Idempotency-Key has 1 to {KEY_MAX_CHARS} visible ASCII letters without blanks"),
        )),
    }
}

/// What is said later than this after it was done is not told with its own time.
const DONE_AT_MAX: SignedDuration = SignedDuration::from_hours(24);

/// When what is asked was done, by the header `Done-At`: a phone without a network says it later. One to come, or of another day, is
/// the word of a clock that is wrong: it is left out, and the action counts all the same.
///
/// # Errors
/// 400 `bad_done_at` for what is no instant.
pub fn done_at(request: &HttpRequest, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
    let Some(value) = request.headers().get("done-at") else {
        return Ok(None);
    };
    let read = value.to_str().ok().and_then(|it| it.parse::<Timestamp>().ok());
    let Some(at) = read else {
        let text = "Done-At is an instant, as 2026-03-01T12:00:00Z";
        return Err(Problem {
            errors: vec![FieldError::new("Done-At", "invalid_value", text)],
            ..Problem::bad_request("bad_done_at", text)
        });
    };
    Ok(Some(at).filter(|at| *at <= now && now.duration_since(*at) <= DONE_AT_MAX))
}

/// How many rows a page has.
///
/// # Errors
/// 400 `bad_query`.
pub fn limit(asked: Option<u64>) -> Result<u64, Problem> {
    match asked {
        None => Ok(LIMIT_DEFAULT),
        Some(it) if (1..=LIMIT_MAX).contains(&it) => Ok(it),
        Some(_) => {
            let text = format!("limit must be 1 to {LIMIT_MAX}");
            Err(Problem {
                errors: vec![FieldError::new("limit", "out_of_range", text.clone())],
                ..Problem::bad_request("bad_query", text)
            })
        }
    }
}

/// A list's page on the wire.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PageDto<T> {
    pub items: Vec<T>,
    /// The cursor of the next page; null: this is the last one.
    #[serde(default)]
    pub next: Option<String>,
}

/// The lists that have pages; a cursor of one begins no page of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    Cases = 1,
    Elders,
    Views,
    Responders,
    Quarantine,
    Handovers,
    History,
    Devices,
    DeviceLog,
    RegisterLog,
    Visits,
    Accounts,
    RegisterLines,
    PlanCheck,
}

/// Where a page begins: an instant (microseconds) and an id. Opaque on the wire.
pub fn write_cursor(list: Listed, at: Option<Timestamp>, id: Uuid) -> String {
    let mut bytes = vec![CURSOR_SHAPE, list as u8];
    bytes.extend_from_slice(&at.map_or(0, Timestamp::as_microsecond).to_be_bytes());
    bytes.extend_from_slice(id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads what [`write_cursor`] wrote for the same list.
///
/// # Errors
/// 400 `bad_cursor`.
pub fn read_cursor(list: Listed, text: &str) -> Result<(Timestamp, Uuid), Problem> {
    let bad = || {
        let text = "this cursor was not made by this list";
        Problem {
            errors: vec![FieldError::new("cursor", "bad_cursor", text)],
            ..Problem::bad_request("bad_cursor", text)
        }
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
    let rest = bytes.strip_prefix(&[CURSOR_SHAPE, list as u8]).ok_or_else(bad)?;
    let (at, id) = rest.split_first_chunk::<8>().ok_or_else(bad)?;
    let at = Timestamp::from_microsecond(i64::from_be_bytes(*at)).map_err(|_| bad())?;
    let id = Uuid::from_slice(id).map_err(|_| bad())?;
    Ok((at, id))
}

/// The query of a route that asks nothing by it; a key is a mistake and is named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A position in a request.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionIn {
    pub lat: f64,
    pub lon: f64,
    /// `wgs84`, `gcj02`, `bd09`.
    #[schema(value_type = String)]
    pub crs: Crs,
    /// The radius within which it holds, metres.
    #[serde(default)]
    pub accuracy_m: Option<f32>,
}

impl PositionIn {
    /// In our own reference system.
    ///
    /// # Errors
    /// 422 naming the field.
    pub fn point(&self, prefix: &str) -> Result<Point, Problem> {
        let bad = |field: &str, text: String| {
            Problem::fields(
                "out_of_range",
                vec![FieldError::new(format!("{prefix}{field}"), "out_of_range", text)],
            )
        };
        if self.accuracy_m.is_some_and(|it| !it.is_finite() || it < 0.0) {
            return Err(bad("accuracy_m", "must be a length in metres".to_owned()));
        }
        self.crs.to_wgs84(self.lat, self.lon).map_err(|error| {
            bad(
                if (-90.0..=90.0).contains(&self.lat) {
                    "lon"
                } else {
                    "lat"
                },
                error.to_string(),
            )
        })
    }
}

/// A text of a person: not empty, not endless.
///
/// # Errors
/// 422 naming the field.
pub fn text(field: &str, value: &str) -> Result<String, Problem> {
    let value = value.trim();
    let wrong =
        |code: &'static str, message: String| Err(Problem::fields(code, vec![FieldError::new(field, code, message)]));
    if value.is_empty() {
        return wrong("missing_field", "must not be empty".to_owned());
    }
    if value.chars().count() > TEXT_MAX_CHARS {
        return wrong("too_long", format!("may have {TEXT_MAX_CHARS} letters"));
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Asked {
        name: String,
        #[serde(default)]
        place: Option<PositionIn>,
    }

    fn wrong(text: &str) -> (u16, &'static str, String) {
        let problem = parse::<Asked>(Some("application/json"), text.as_bytes()).unwrap_err();
        let field = problem.errors.first().map(|it| it.field.clone()).unwrap_or_default();
        (problem.status.as_u16(), problem.code, field)
    }

    #[test]
    fn what_is_wrong_with_a_body_is_named() {
        assert_eq!(wrong("{"), (400, "malformed_json", String::new()));
        assert_eq!(wrong("{\"nme\":1}"), (422, "unknown_field", "nme".to_owned()));
        assert_eq!(wrong(""), (422, "missing_field", "name".to_owned()));
        assert_eq!(wrong("{\"name\": 7}"), (422, "invalid_value", "name".to_owned()));
        assert_eq!(
            wrong("{\"name\":\"a \\\" b\",\n \"place\": {\"lat\": 1, \"lon\": \"x\"}}"),
            (422, "invalid_value", "lon".to_owned())
        );
        assert_eq!(wrong("[]"), (422, "invalid_value", String::new()));
        let other = parse::<Asked>(Some("text/plain"), b"{\"name\":\"a\"}").unwrap_err();
        assert_eq!((other.status.as_u16(), other.code), (415, "wrong_content_type"));
    }

    #[test]
    fn a_cursor_reads_back_and_no_other_text_does() {
        let at = Timestamp::from_microsecond(1_772_000_000_000_001).unwrap();
        let id = Uuid::from_u128(9);
        let cursor = write_cursor(Listed::Cases, Some(at), id);
        assert_eq!(read_cursor(Listed::Cases, &cursor), Ok((at, id)));
        for (list, text) in [
            (Listed::Elders, cursor.as_str()),
            (Listed::Cases, &write_cursor(Listed::Views, Some(at), id)),
            (Listed::Cases, &cursor[..cursor.len() - 1]),
            (Listed::Cases, ""),
            (Listed::Cases, "x"),
            (Listed::Cases, "AAAA"),
            (Listed::Cases, "AgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ] {
            let problem = read_cursor(list, text).unwrap_err();
            assert_eq!(
                (problem.code, problem.errors[0].field.as_str()),
                ("bad_cursor", "cursor"),
                "{text}"
            );
        }
    }
}
