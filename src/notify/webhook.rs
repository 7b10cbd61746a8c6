//! The signed webhook: one POST per notice, as in Standard Webhooks, with ids and stable words only.
//!
//! What the other side answers: 2xx = taken, and with `{"received": true}` received; 410 = it wants no more, so the endpoint is
//! left alone until the service starts again; 408, 425, 429, 5xx, a timeout or a broken line = later; anything else = refused.

use std::sync::{OnceLock, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode, redirect};
use serde::{Deserialize, Serialize};

use super::config::WebhookConfig;
use super::{Channel, Delivery, Outgoing};
use crate::ids::{CaseId, NoticeId};
use crate::signature::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, Secret};

/// The most that is read of an answer, bytes; what is longer counts as no word about a receipt.
pub const ANSWER_MAX: usize = 16 * 1024;

/// How long the line itself may take, within the time of the whole try.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// One endpoint.
pub struct Webhook {
    channel: String,
    config: WebhookConfig,
    client: Client,
    gone: RwLock<Option<String>>,
}

/// An endpoint that cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[error("{channel}: {why}")]
pub struct WebhookError {
    /// Which.
    pub channel: String,
    /// Why.
    pub why: String,
}

/// What is sent. Field names are part of the interface (docs/webhook.md).
#[derive(Debug, Serialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: String,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    notice_id: NoticeId,
    case_id: CaseId,
    case_version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    case_number: Option<&'a str>,
    kind: &'static str,
    step: &'a str,
    target: &'a str,
    area_code: &'a str,
    drill: bool,
}

/// What an answer, or a receipt that comes later, may say.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Answer {
    /// The receiver has it.
    #[serde(default)]
    pub(super) received: bool,
}

impl Webhook {
    /// An endpoint as it is configured. Nothing is sent yet.
    ///
    /// # Errors
    /// When no TLS provider is installed in this process, or the client cannot be built.
    pub fn new(config: WebhookConfig) -> Result<Self, WebhookError> {
        Self::named(config.channel(), config)
    }

    /// As [`Webhook::new`], under another name of the channel.
    pub(super) fn named(channel: String, config: WebhookConfig) -> Result<Self, WebhookError> {
        let bad = |why: String| WebhookError {
            channel: channel.clone(),
            why,
        };
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // The HTTP client would panic; main installs it first of all.
            return Err(bad("no TLS provider is installed".to_owned()));
        }
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(Duration::from_millis(config.timeout_ms))
            .redirect(redirect::Policy::none())
            // The configuration says where a notice goes, and no variable of the environment.
            .no_proxy()
            .pool_max_idle_per_host(config.connections)
            .user_agent(concat!("eldercare-dispatch/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| bad(error.to_string()))?;
        Ok(Self {
            channel,
            config,
            client,
            gone: RwLock::new(None),
        })
    }

    /// What is sent of a notice: the same bytes at each try.
    fn body(notice: &Outgoing) -> Vec<u8> {
        let message = Message {
            kind: format!("notice.{}", notice.kind),
            timestamp: notice.made_at,
            data: Data {
                notice_id: notice.id,
                case_id: notice.case,
                case_version: notice.case_version,
                case_number: notice.case_number.as_deref(),
                kind: notice.kind.as_str(),
                step: &notice.step,
                target: &notice.target,
                area_code: &notice.area_code,
                drill: notice.drill,
            },
        };
        serde_json::to_vec(&message).unwrap_or_default() // plain words and ids: there is nothing in it that could fail
    }

    fn signatures(&self, id: &str, timestamp_s: i64, body: &[u8]) -> String {
        let secrets = [Some(&self.config.secret), self.config.previous_secret.as_ref()];
        let signed = |it: &Secret| it.sign(id, timestamp_s, body);
        secrets.into_iter().flatten().map(signed).collect::<Vec<_>>().join(" ")
    }

    fn close(&self, why: &str) {
        let mut gone = self.gone.write().unwrap_or_else(PoisonError::into_inner);
        if gone.is_none() {
            tracing::error!(channel = %self.channel, why, "an endpoint wants no more; it is left alone until the next start");
            metrics::gauge!("ecd_notify_disabled", "channel" => self.channel.clone()).set(1.0);
            *gone = Some(why.to_owned());
        }
    }
}

#[async_trait]
impl Channel for Webhook {
    fn name(&self) -> &str {
        &self.channel
    }

    fn slots(&self) -> usize {
        self.config.connections
    }

    async fn send(&self, notice: &Outgoing) -> Delivery {
        self.post(notice, "application/json", Self::body(notice)).await
    }

    fn disabled(&self) -> Option<String> {
        self.gone.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Webhook {
    /// Sends a body for a notice, signed.
    pub(super) async fn post(&self, notice: &Outgoing, media: &str, body: Vec<u8>) -> Delivery {
        if let Some(why) = self.disabled() {
            return Delivery::Refused { why };
        }
        let id = notice.id.to_string();
        let timestamp_s = notice.now.as_second();
        let sent = self
            .client
            .post(&self.config.url)
            .header(CONTENT_TYPE, media)
            .header(HEADER_ID, &id)
            .header(HEADER_TIMESTAMP, timestamp_s)
            .header(HEADER_SIGNATURE, self.signatures(&id, timestamp_s, &body))
            .body(body)
            .send()
            .await;
        match sent {
            Ok(answer) => self.understand(answer, notice.now).await,
            Err(error) => Delivery::Later {
                after: None,
                why: why_not(&error).to_owned(),
            },
        }
    }

    async fn understand(&self, answer: reqwest::Response, now: Timestamp) -> Delivery {
        let status = answer.status();
        let why = format!("answered {}", status.as_u16());
        if status.is_success() {
            return if read_answer(answer).await.received {
                Delivery::Received
            } else {
                Delivery::Taken
            };
        }
        if status == StatusCode::GONE {
            let why = "answered 410: wants no more".to_owned();
            self.close(&why);
            return Delivery::Refused { why };
        }
        let later = [
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::TOO_EARLY,
            StatusCode::TOO_MANY_REQUESTS,
        ];
        if later.contains(&status) || status.is_server_error() {
            let after = retry_after(answer.headers(), now);
            return Delivery::Later { after, why };
        }
        Delivery::Refused { why }
    }
}

/// The answer to what was taken. A body that is cut off, too long or no JSON takes nothing back: it was taken.
async fn read_answer(mut answer: reqwest::Response) -> Answer {
    let mut body = Vec::new();
    while let Ok(Some(part)) = answer.chunk().await {
        if body.len() + part.len() > ANSWER_MAX {
            return Answer::default();
        }
        body.extend_from_slice(&part);
    }
    serde_json::from_slice(&body).unwrap_or_default()
}

/// Seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    static DATES: OnceLock<jiff::fmt::rfc2822::DateTimeParser> = OnceLock::new();
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let dates = DATES.get_or_init(jiff::fmt::rfc2822::DateTimeParser::new);
    let at = dates.parse_timestamp(text).ok()?;
    Duration::try_from(at.duration_since(now)).ok() // in the past: at our own pace
}

/// In stable words: an error's own text may hold the address with its query.
pub(super) fn why_not(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "cannot be reached"
    } else if error.is_builder() {
        "the request could not be built"
    } else {
        "the line broke"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        retry_after(&headers, now)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(after("17"), Some(Duration::from_secs(17)));
        assert_eq!(after("Sun, 01 Mar 2026 10:01:00 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(after("Sun, 01 Mar 2026 09:00:00 GMT"), None);
        assert_eq!(after("soon"), None);
        assert_eq!(after("-3"), None);
        assert_eq!(after("99999999999999999999999"), None);
    }
}
