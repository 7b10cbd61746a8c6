//! The sign-in: an access token that is refreshed before it ends, and requests that carry it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::WatchError;
use crate::clock::Clock;

/// A request that takes longer has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A token that ends within this is refreshed before it is used.
const REFRESH_BEFORE: SignedDuration = SignedDuration::from_secs(30);

/// Somebody's account at one service.
pub struct Account {
    http: Client,
    server: String,
    username: String,
    password: String,
    clock: Clock,
    tokens: Mutex<Option<Tokens>>,
}

struct Tokens {
    access: String,
    refresh: String,
    until: Timestamp,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    refresh_token: String,
    expires_in: i64,
}

impl Account {
    /// Signed in nowhere yet.
    ///
    /// # Errors
    /// `Server` when the address is none.
    pub fn new(server: &str, username: String, password: String, clock: Clock) -> Result<Self, WatchError> {
        let server = server.trim_end_matches('/').to_owned();
        if !server.starts_with("http://") && !server.starts_with("https://") {
            return Err(WatchError::Server(server));
        }
        let http = Client::builder()
            .timeout(ANSWER_WITHIN)
            .build()
            .map_err(|error| WatchError::Unreachable(error.to_string()))?;
        Ok(Self {
            http,
            server,
            username,
            password,
            clock,
            tokens: Mutex::new(None),
        })
    }

    /// Who.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The address of the live socket.
    pub fn live_address(&self) -> String {
        // http becomes ws, https becomes wss.
        format!("ws{}/api/v1/live", self.server.trim_start_matches("http"))
    }

    /// With the password.
    ///
    /// # Errors
    /// `Refused` with the service's sentence; `Unreachable`.
    pub async fn sign_in(&self) -> Result<(), WatchError> {
        let mut tokens = self.tokens.lock().await;
        *tokens = Some(self.with_password().await?);
        Ok(())
    }

    /// An access token that holds for a while.
    ///
    /// # Errors
    /// As [`Account::sign_in`].
    pub async fn token(&self) -> Result<String, WatchError> {
        let mut tokens = self.tokens.lock().await;
        let fresh = match tokens.take() {
            Some(it) if it.until > self.clock.now() + REFRESH_BEFORE => it,
            Some(old) => {
                let body = json!({ "refresh_token": old.refresh });
                match self.ask("/api/v1/auth/refresh", body).await {
                    Err(WatchError::Refused(_)) => self.with_password().await?,
                    Err(error) => {
                        *tokens = Some(old);
                        return Err(error);
                    }
                    Ok(it) => it,
                }
            }
            None => self.with_password().await?,
        };
        Ok(tokens.insert(fresh).access.clone())
    }

    /// The token at hand was refused: the next one is made anew.
    pub async fn spoil(&self) {
        if let Some(it) = self.tokens.lock().await.as_mut() {
            it.until = Timestamp::UNIX_EPOCH;
        }
    }

    /// Posts as whoever is signed in; the key makes a repeat harmless, so it is tried twice.
    ///
    /// # Errors
    /// `Refused` with the service's sentence; `Unreachable`.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Value, WatchError> {
        self.call(Method::POST, path, Some(key), Some(body)).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value, WatchError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let token = self.token().await?;
            let mut request = self
                .http
                .request(method.clone(), format!("{}{path}", self.server))
                .bearer_auth(token);
            if let Some(key) = key {
                request = request.header("Idempotency-Key", key);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            match request.send().await {
                Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED && tries < 2 => self.spoil().await,
                Ok(answer) => return sentence(answer).await,
                Err(error) if tries < 2 && error.is_connect() => {}
                Err(error) => return Err(WatchError::Unreachable(error.to_string())),
            }
        }
    }

    async fn with_password(&self) -> Result<Tokens, WatchError> {
        let body = json!({ "username": self.username, "password": self.password });
        self.ask("/api/v1/auth/token", body).await
    }

    async fn ask(&self, path: &str, body: Value) -> Result<Tokens, WatchError> {
        let asked = self
            .http
            .post(format!("{}{path}", self.server))
            .json(&body)
            .send()
            .await;
        let answer = asked.map_err(|error| WatchError::Unreachable(error.to_string()))?;
        let answer: Answer = serde_json::from_value(sentence(answer).await?)
            .map_err(|error| WatchError::Unreachable(format!("{path}: {error}")))?;
        Ok(Tokens {
            access: answer.access_token,
            refresh: answer.refresh_token,
            until: self.clock.now() + SignedDuration::from_secs(answer.expires_in.clamp(0, 86_400)),
        })
    }
}

/// The body of a good answer; the sentence of a refusal (problem+json: `detail`, else `title`).
async fn sentence(answer: Response) -> Result<Value, WatchError> {
    let status = answer.status();
    let text = answer
        .text()
        .await
        .map_err(|error| WatchError::Unreachable(error.to_string()))?;
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(body);
    }
    let said = body["detail"].as_str().or(body["title"].as_str()).unwrap_or_default();
    let why = format!("{} {said}", status.as_u16());
    // Come back later is no refusal.
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(WatchError::Unreachable(why));
    }
    Err(WatchError::Refused(why))
}
