//! A line that speaks plain HTTP: a provider of calls behind a small bridge, or an exchange of the street's own. One signed POST asks
//! for a call (Standard Webhooks, as in docs/webhook.md), signed requests to us tell what came of it. docs/telephony.md has both.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::{Client, redirect};
use serde::{Deserialize, Serialize};

use super::config::HttpLineConfig;
use super::{Line, Order, Placed, ReportError, Reported, Way};
use crate::case::{Call, CallOver, CallSaid};
use crate::notify::Secret;
use crate::notify::carriers::http;
use crate::notify::letter::Handed;
use crate::notify::signature::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, TOLERANCE_S};

/// How the rows name this line.
pub const NAME: &str = "http";

/// Connections that are kept open while nobody calls.
const IDLE_MAX: usize = 4;

/// How long the line itself may take, within the time of the whole try.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Letters of where a recording is.
const PLACE_MAX: usize = 2_000;

/// The line.
pub struct HttpLine {
    url: String,
    secret: Secret,
    asks: bool,
    client: Client,
}

#[derive(Debug, Serialize)]
struct Message<T> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    data: T,
}

/// Field names are part of the interface (docs/telephony.md).
#[derive(Debug, Serialize)]
struct Bridge<'a> {
    call_id: String,
    desk: &'a str,
    to: &'a str,
    language: &'static str,
    ring_s: u32,
    longest_s: u32,
    record: bool,
}

#[derive(Debug, Serialize)]
struct Question<'a> {
    call_id: String,
    to: &'a str,
    language: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dialect: Option<&'a str>,
    text: &'a str,
    keys: [&'static str; 2],
    play_times: u8,
    ring_s: u32,
    longest_s: u32,
}

#[derive(Debug, Serialize)]
struct HangUp {
    call_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    id: Option<String>,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Told {
    #[serde(rename = "type")]
    kind: String,
    data: Status,
}

#[derive(Debug, Deserialize)]
struct Status {
    call_id: String,
    status: String,
    digit: Option<String>,
    reason: Option<String>,
    recording: Option<String>,
}

impl HttpLine {
    /// As it is configured; none: it is not.
    ///
    /// # Errors
    /// When the client cannot be built.
    pub fn open(config: &HttpLineConfig) -> Result<Option<Self>, String> {
        let (Some(url), Some(secret)) = (config.url.clone(), config.secret.clone()) else {
            return Ok(None);
        };
        let builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(Duration::from_millis(config.timeout_ms))
            .redirect(redirect::Policy::none())
            // The configuration says where a call is asked for, and no variable of the environment.
            .no_proxy()
            .pool_max_idle_per_host(IDLE_MAX)
            .user_agent(concat!("eldercare-dispatch/", env!("CARGO_PKG_VERSION")));
        Ok(Some(Self {
            url,
            secret,
            asks: config.asks,
            client: http::client(builder)?,
        }))
    }

    async fn post(&self, id: &str, body: Vec<u8>, now: Timestamp) -> Result<http::Answer, Handed> {
        let at_s = now.as_second();
        let request = self
            .client
            .post(&self.url)
            .header("Content-Type", "application/json")
            .header(HEADER_ID, id)
            .header(HEADER_TIMESTAMP, at_s)
            .header(HEADER_SIGNATURE, self.secret.sign(id, at_s, &body))
            .body(body);
        http::send(request, now).await
    }
}

/// The same call is the same bytes at every try: its own time stands in it.
fn body_of(order: &Order) -> Vec<u8> {
    let (call_id, to, language) = (order.call.id.to_string(), order.to.reveal(), order.language.as_str());
    let (ring_s, longest_s, timestamp) = (order.ring_s, order.longest_s, order.call.asked_at);
    let bytes = match &order.way {
        Way::Join { desk } => serde_json::to_vec(&Message {
            kind: "call.bridge",
            timestamp,
            data: Bridge {
                call_id,
                desk,
                to,
                language,
                ring_s,
                longest_s,
                record: order.call.record,
            },
        }),
        Way::Ask { text, dialect } => serde_json::to_vec(&Message {
            kind: "call.ask",
            timestamp,
            data: Question {
                call_id,
                to,
                language,
                dialect: dialect.as_deref(),
                text,
                keys: ["1", "2"],
                play_times: 2,
                ring_s,
                longest_s,
            },
        }),
    };
    bytes.unwrap_or_default() // texts and times: there is nothing in it that could fail
}

#[async_trait]
impl Line for HttpLine {
    fn name(&self) -> &str {
        NAME
    }

    fn asks(&self) -> bool {
        self.asks
    }

    async fn place(&self, order: &Order) -> Placed {
        let (id, body) = (order.call.id.to_string(), body_of(order));
        let mut unsure = false;
        // What was lost or has failed is asked for once more, under the same id: a line that has the call says so.
        for _ in 0..2 {
            let answer = match self.post(&id, body.clone(), order.now).await {
                Ok(answer) => answer,
                // Nobody was there to take it.
                Err(Handed::PutOff { why, .. }) if why == "cannot be reached" => continue,
                Err(_) => {
                    unsure = true;
                    continue;
                }
            };
            let said = answer.json::<Said>().unwrap_or_default();
            let proof = said.id.filter(|it| it.len() <= 200);
            return match (answer.status.as_u16(), said.error.as_deref()) {
                (200..=299 | 409, _) => Placed::Taken { proof },
                (500..=599, _) => continue,
                _ if unsure => Placed::Unknown,
                (422, Some("bad_number")) => Placed::No(CallOver::BadNumber),
                (408 | 425 | 429, _) => Placed::No(CallOver::Unavailable),
                _ => Placed::No(CallOver::Refused),
            };
        }
        if unsure {
            Placed::Unknown
        } else {
            Placed::No(CallOver::Unavailable)
        }
    }

    async fn hang_up(&self, call: &Call, now: Timestamp) -> bool {
        let message = Message {
            kind: "call.hang_up",
            timestamp: call.over_at.unwrap_or(now),
            data: HangUp {
                call_id: call.id.to_string(),
            },
        };
        let body = serde_json::to_vec(&message).unwrap_or_default();
        match self.post(&format!("{}.hang_up", call.id), body, now).await {
            // A call that it does not know is not going on.
            Ok(answer) => answer.status.is_success() || matches!(answer.status.as_u16(), 404 | 409 | 410),
            Err(_) => false,
        }
    }

    fn understand(&self, headers: &[(String, String)], body: &[u8], now: Timestamp) -> Result<Reported, ReportError> {
        let header = |name: &str| headers.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str());
        let at_s: i64 = header(HEADER_TIMESTAMP).parse().map_err(|_| ReportError::Signature)?;
        let fresh = now.as_second().saturating_sub(at_s).saturating_abs() <= TOLERANCE_S;
        let signed = self
            .secret
            .verify(header(HEADER_ID), at_s, body, header(HEADER_SIGNATURE));
        if !(fresh && signed) {
            return Err(ReportError::Signature);
        }
        let unreadable = |what: &str| ReportError::Unreadable(what.to_owned());
        let told: Told = serde_json::from_slice(body).map_err(|_| unreadable("the body must be a call.status"))?;
        // Our own request, sent back, is signed with the same secret and reports nothing.
        if told.kind != "call.status" {
            return Err(unreadable("type: must be call.status"));
        }
        understood(told.data)
    }
}

fn understood(it: Status) -> Result<Reported, ReportError> {
    let unreadable = |what: &str| ReportError::Unreadable(what.to_owned());
    let id = it
        .call_id
        .parse()
        .map_err(|_| unreadable("call_id: must be an id of ours"))?;
    let said = match it.status.as_str() {
        // The desk's own telephone; the call has begun when the other one rings.
        "desk_ringing" | "desk_answered" => return Ok(Reported::Nothing),
        "ringing" => CallSaid::Ringing,
        "answered" => CallSaid::Answered,
        "held" => CallSaid::Held,
        "resumed" => CallSaid::Resumed,
        "key" => {
            let mut digits = it.digit.as_deref().unwrap_or_default().chars();
            match (digits.next(), digits.next()) {
                (Some(key), None) if key.is_ascii_digit() || matches!(key, '*' | '#') => CallSaid::Key(key),
                _ => return Err(unreadable("digit: must be one digit, `*` or `#`")),
            }
        }
        "completed" => CallSaid::Over(CallOver::Completed),
        "failed" => CallSaid::Over(match it.reason.as_deref() {
            Some("busy") => CallOver::Busy,
            Some("no_answer") => CallOver::NoAnswer,
            Some("rejected") => CallOver::Rejected,
            Some("unreachable") => CallOver::Unreachable,
            Some("bad_number") => CallOver::BadNumber,
            Some("desk_no_answer") => CallOver::DeskNoAnswer,
            Some("refused") => CallOver::Refused,
            // What we have no word for is not taken for an answer.
            _ => CallOver::Lost,
        }),
        "recorded" => {
            let place = it.recording.unwrap_or_default();
            if place.trim().is_empty() || place.len() > PLACE_MAX || place.contains(char::is_control) {
                return Err(unreadable("recording: must be where it is, 1 to 2000 letters"));
            }
            return Ok(Reported::Recording(id, place));
        }
        _ => {
            return Err(unreadable(
                "status: must be desk_ringing, desk_answered, ringing, answered, held, resumed, key, completed, failed or recorded",
            ));
        }
    };
    Ok(Reported::Said(id, said))
}
