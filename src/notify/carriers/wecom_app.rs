//! A message of an application inside WeCom (企业微信) to one member.
//!
//! The provider's own check for repeats looks at texts, and two notices of one case may read the same; so it stays off, and an answer
//! that was lost means a second message.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;

use super::config::{CarrierConfig, Hidden, Keys};
use super::http::{self, gone, later, refused};
use super::token::{TOKEN_CODES, Token};
use crate::notify::letter::{Address, Carrier, Handed, Letter, Way};
use crate::notify::texts::{Form, Texts};

/// The keys of type `wecom_app`.
#[derive(Debug, Clone)]
pub struct WecomAppConfig {
    /// Where the interface is.
    pub url: String,
    /// The company's id.
    pub corp_id: String,
    /// The application's secret.
    pub secret: Hidden,
    /// The application's number.
    pub agent_id: i64,
}

impl WecomAppConfig {
    pub(super) fn read(keys: &mut Keys<'_>) -> Self {
        Self {
            url: keys.url("url", Some("https://qyapi.weixin.qq.com")),
            corp_id: keys.text("corp_id", "the company's id (企业ID)"),
            secret: keys.secret("secret", "the application's secret"),
            agent_id: keys.needed_number(
                "agent_id",
                1..=i64::from(u32::MAX),
                "the application's number (AgentId)",
            ),
        }
    }
}

/// One application.
pub struct WecomApp {
    name: String,
    slots: usize,
    within: Duration,
    setup: WecomAppConfig,
    token: Token,
    texts: Arc<Texts>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    errcode: Option<i64>,
    /// Members that there are not, separated by `|`.
    invaliduser: String,
    /// Members that may not use the application.
    unlicenseduser: String,
    msgid: Option<String>,
}

impl WecomApp {
    /// As it is configured; nothing is sent yet.
    ///
    /// # Errors
    /// A client that cannot be built.
    pub fn new(config: &CarrierConfig, setup: &WecomAppConfig, texts: Arc<Texts>) -> Result<Self, String> {
        Ok(Self {
            name: config.name.clone(),
            slots: config.connections,
            within: Duration::from_millis(config.timeout_ms),
            setup: setup.clone(),
            token: Token::new(http::client(http::builder(config))?),
            texts,
        })
    }

    async fn token(&self, stale: Option<&str>, letter: &Letter) -> Result<String, Handed> {
        let ask = |client: &reqwest::Client| {
            let WecomAppConfig {
                url, corp_id, secret, ..
            } = &self.setup;
            let query = [("corpid", corp_id.as_str()), ("corpsecret", secret.reveal())];
            client.get(format!("{url}/cgi-bin/gettoken?{}", query_of(&query)))
        };
        self.token.get(stale, letter.now, ask).await
    }

    async fn send(&self, member: &str, letter: &Letter) -> Result<Handed, Handed> {
        let body = json!({
            "touser": member,
            "msgtype": "text",
            "agentid": self.setup.agent_id,
            "text": { "content": self.texts.of(letter, Form::Line) },
            "safe": 0,
            "enable_duplicate_check": 0,
        });
        let mut token = self.token(None, letter).await?;
        let mut again = true;
        loop {
            let url = format!(
                "{}/cgi-bin/message/send?{}",
                self.setup.url,
                query_of(&[("access_token", &token)])
            );
            let answer = http::send(self.token.client().post(url).json(&body), letter.now).await?;
            if let Some(handed) = answer.told() {
                return Ok(handed);
            }
            let said = answer.json::<Said>().unwrap_or_default();
            match said.errcode {
                // Somebody else has fetched a token, or it has run out before its time: once more with a new one.
                Some(code) if TOKEN_CODES.contains(&code) && again => {
                    again = false;
                    token = self.token(Some(&token), letter).await?;
                }
                Some(code) => return Ok(came_of(code, &said, member)),
                None => return Ok(later(None, "the answer cannot be read")),
            }
        }
    }
}

/// Names and values of a query, encoded.
pub(super) fn query_of(pairs: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://x/").ok();
    if let Some(url) = url.as_mut() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    url.as_ref().and_then(|it| it.query()).unwrap_or_default().to_owned()
}

fn came_of(code: i64, said: &Said, member: &str) -> Handed {
    let named = |list: &str| list.split('|').any(|it| it == member);
    let why = format!("code {code}");
    match code {
        0 if named(&said.invaliduser) => gone("no such member"),
        0 if named(&said.unlicenseduser) => refused("the member has no licence"),
        0 => Handed::Taken {
            proof: said.msgid.clone(),
        },
        -1 => later(None, why),
        // 30 a minute to one member, and so many a day.
        45009 | 45033 => later(Some(Duration::from_secs(60)), why),
        // None of those named is a member that the application sees.
        81013 | 60111 => gone("no such member"),
        code if TOKEN_CODES.contains(&code) => later(None, why),
        _ => refused(why),
    }
}

#[async_trait]
impl Carrier for WecomApp {
    fn name(&self) -> &str {
        &self.name
    }

    fn way(&self) -> Way {
        Way::WecomApp
    }

    fn slots(&self) -> usize {
        self.slots
    }

    async fn hand_over(&self, letter: &Letter) -> Handed {
        let Address::Member(member) = &letter.address else {
            return refused("no member");
        };
        // `@all` and lists would tell everybody.
        if member.is_empty() || member.starts_with('@') || member.contains('|') {
            return refused("no single member");
        }
        // Up to four requests, one limit.
        match tokio::time::timeout(self.within, self.send(member, letter)).await {
            Ok(Ok(handed) | Err(handed)) => handed,
            Err(_) => later(None, "no answer in time"),
        }
    }
}
