//! The access token of an application at WeCom or WeChat: fetched once for all letters, kept for as long as it holds, and fetched
//! anew when the provider says that it does not.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::http::{self, later, refused};
use crate::notify::letter::Handed;

/// How long before its end a token is fetched anew, seconds.
const SPARE_S: i64 = 300;

/// Codes that say that a token does not hold: no credential, invalid, expired.
pub(super) const TOKEN_CODES: &[i64] = &[40001, 40014, 42001];

/// One application's token.
pub(super) struct Token {
    client: Client,
    kept: Mutex<Option<(String, Timestamp)>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    errcode: i64,
    access_token: Option<String>,
    expires_in: i64,
}

impl Token {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            kept: Mutex::new(None),
        }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The token; `stale` is one that the provider has refused. Whoever comes while it is being fetched waits for that one answer.
    ///
    /// # Errors
    /// What came of the letter without one.
    pub(super) async fn get(
        &self,
        stale: Option<&str>,
        now: Timestamp,
        ask: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<String, Handed> {
        let mut kept = self.kept.lock().await;
        if let Some((token, until)) = kept.as_ref()
            && now < *until
            && stale != Some(token.as_str())
        {
            return Ok(token.clone());
        }
        *kept = None;
        let answer = http::send(ask(&self.client), now).await?;
        if let Some(handed) = answer.told() {
            return Err(handed);
        }
        let said = answer.json::<Said>().unwrap_or_default();
        match (said.errcode, said.access_token) {
            (0, Some(token)) if !token.is_empty() => {
                let holds_s = (said.expires_in - SPARE_S).max(0);
                *kept = Some((token.clone(), now + SignedDuration::from_secs(holds_s)));
                Ok(token)
            }
            (0, _) => Err(later(None, "the answer to the token cannot be read")),
            (-1, _) => Err(later(None, "token: code -1")),
            (code @ (45009 | 45011), _) => Err(later(Some(Duration::from_secs(60)), format!("token: code {code}"))),
            (code, _) => Err(refused(format!("token: code {code}"))),
        }
    }
}
