//! What all carriers that speak HTTP have in common: a client that goes where it is sent, and answers read up to a limit.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, ClientBuilder, RequestBuilder, StatusCode, redirect};
use serde::de::DeserializeOwned;

use super::super::letter::Handed;
use super::super::webhook::{retry_after, why_not};
use super::config::CarrierConfig;

/// The most that is read of an answer, bytes.
pub const ANSWER_MAX: usize = 64 * 1024;

/// How long the line itself may take, within the time of the whole try.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// What a provider answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// How long it asks us to wait.
    pub after: Option<Duration>,
    /// The body, or its beginning.
    pub body: Vec<u8>,
}

/// A client's settings: no redirect, no proxy of the environment, the carrier's own time limit.
pub fn builder(config: &CarrierConfig) -> ClientBuilder {
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(Duration::from_millis(config.timeout_ms))
        .redirect(redirect::Policy::none())
        // The configuration says where a notice goes, and no variable of the environment.
        .no_proxy()
        .pool_max_idle_per_host(config.connections)
        .user_agent(concat!("eldercare-dispatch/", env!("CARGO_PKG_VERSION")))
}

/// Builds it.
///
/// # Errors
/// When no TLS provider is installed in this process, or the client cannot be built.
pub fn client(builder: ClientBuilder) -> Result<Client, String> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // The HTTP client would panic; main installs it first of all.
        return Err("no TLS provider is installed".to_owned());
    }
    builder.build().map_err(|error| error.without_url().to_string())
}

/// Sends, and reads the answer. An answer that breaks off says nothing, so the letter is sent again.
///
/// # Errors
/// What came of the try where no whole answer came.
pub async fn send(request: RequestBuilder, now: Timestamp) -> Result<Answer, Handed> {
    let broken = |error: &reqwest::Error| later(None, why_not(error));
    let mut answer = request.send().await.map_err(|error| match error.is_connect() {
        true => put_off(None, why_not(&error)),
        false => broken(&error),
    })?;
    let (status, after) = (answer.status(), retry_after(answer.headers(), now));
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|error| broken(&error))? {
        let room = ANSWER_MAX - body.len();
        body.extend_from_slice(&part[..part.len().min(room)]);
        if part.len() > room {
            break;
        }
    }
    Ok(Answer { status, after, body })
}

impl Answer {
    /// The body as JSON; none: it is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What the status says by itself, where it is not good: put off (425, 429), later (408, 5xx) or refused.
    pub fn told(&self) -> Option<Handed> {
        if self.status.is_success() {
            return None;
        }
        let why = format!("answered {}", self.status.as_u16());
        Some(match self.status.as_u16() {
            425 | 429 => put_off(self.after, why),
            408 => later(self.after, why),
            _ if self.status.is_server_error() => later(self.after, why),
            _ => refused(why),
        })
    }
}

/// Not now, and it has surely not left.
pub fn put_off(after: Option<Duration>, why: impl Into<String>) -> Handed {
    Handed::PutOff { after, why: why.into() }
}

/// Not now; whether it has left nobody knows.
pub fn later(after: Option<Duration>, why: impl Into<String>) -> Handed {
    Handed::Later { after, why: why.into() }
}

/// Never like this.
pub fn refused(why: impl Into<String>) -> Handed {
    Handed::Refused { why: why.into() }
}

/// The address is no more.
pub fn gone(why: impl Into<String>) -> Handed {
    Handed::Gone { why: why.into() }
}

/// A provider's code, where it is one: letters first, and nothing in it that could be a sentence or somebody's number.
pub fn code(text: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    let sound = text.len() <= 64 && text.starts_with(|it: char| it.is_ascii_alphabetic()) && text.chars().all(plain);
    if sound {
        text.to_owned()
    } else {
        "an unknown code".to_owned()
    }
}
