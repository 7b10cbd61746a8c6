//! A template message of a WeChat official account (公众号模板消息), or a subscription message (订阅通知), to one follower.
//!
//! Of a template message the account passes the letter's id on as `client_msg_id`, by which it knows a repeat for ten minutes; of a
//! subscription message there is no such key, and each one that a follower has agreed to is sent once. That a message has arrived
//! comes back as an event, signed with the account's token.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use quick_xml::events::Event;
use serde::Deserialize;
use serde_json::json;
use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

use super::callback::report;
use super::config::{CarrierConfig, Hidden, Keys, Templates};
use super::http::{self, gone, later, refused};
use super::token::{TOKEN_CODES, Token};
use super::wecom_app::query_of;
use crate::notify::letter::{
    Address, Callback, CallbackError, Carrier, Handed, Letter, ReportOf, ReportWord, Understood, Way,
};
use crate::notify::texts::{Form, Texts};
use crate::people::words::words;
use crate::signature::TOLERANCE_S;

/// Letters of a `thing` at most; a longer one is refused.
const THING_MAX: usize = 20;

/// Letters of the word that the account wants to read back.
const ECHO_MAX: usize = 128;

words! {
    /// By which interface messages go.
    Api ("interface of WeChat") {
        /// To whoever follows.
        Template = "template",
        /// To whoever has agreed: once for each agreement, or for good where the account may.
        Subscription = "subscription",
    }
}

/// The keys of type `wechat_template`.
#[derive(Debug, Clone)]
pub struct WechatTemplateConfig {
    /// Where the interface is.
    pub url: String,
    /// The account's id.
    pub app_id: String,
    /// Its secret.
    pub secret: Hidden,
    /// The interface.
    pub api: Api,
    /// The templates.
    pub templates: Templates,
    /// The token of the account's server settings; none: no event is believed.
    pub token: Option<Hidden>,
}

impl WechatTemplateConfig {
    pub(super) fn read(keys: &mut Keys<'_>) -> Self {
        Self {
            url: keys.url("url", Some("https://api.weixin.qq.com")),
            app_id: keys.text("app_id", "the account's AppID"),
            secret: keys.secret("secret", "the account's AppSecret"),
            api: keys.word("api", Api::Template),
            templates: Templates::read(keys, Form::Title),
            token: keys.maybe_secret("token", "the token of the account's server settings"),
        }
    }
}

/// One account.
pub struct WechatTemplate {
    name: String,
    slots: usize,
    within: Duration,
    setup: WechatTemplateConfig,
    token: Token,
    texts: Arc<Texts>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    errcode: Option<i64>,
    msgid: Option<serde_json::Value>,
}

impl WechatTemplate {
    /// As it is configured; nothing is sent yet.
    ///
    /// # Errors
    /// A client that cannot be built.
    pub fn new(config: &CarrierConfig, setup: &WechatTemplateConfig, texts: Arc<Texts>) -> Result<Self, String> {
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
            // The stable token: a second one that somebody fetches does not end ours.
            let body = json!({
                "grant_type": "client_credential",
                "appid": self.setup.app_id,
                "secret": self.setup.secret.reveal(),
            });
            client
                .post(format!("{}/cgi-bin/stable_token", self.setup.url))
                .json(&body)
        };
        self.token.get(stale, letter.now, ask).await
    }

    async fn send(&self, body: &serde_json::Value, letter: &Letter) -> Result<Handed, Handed> {
        let mut token = self.token(None, letter).await?;
        let mut again = true;
        loop {
            let query = query_of(&[("access_token", &token)]);
            let action = match self.setup.api {
                Api::Template => "template/send",
                Api::Subscription => "subscribe/bizsend",
            };
            let url = format!("{}/cgi-bin/message/{action}?{query}", self.setup.url);
            let answer = http::send(self.token.client().post(url).json(body), letter.now).await?;
            if let Some(handed) = answer.told() {
                return Ok(handed);
            }
            let said = answer.json::<Said>().unwrap_or_default();
            match said.errcode {
                Some(code) if TOKEN_CODES.contains(&code) && again => {
                    again = false;
                    token = self.token(Some(&token), letter).await?;
                }
                Some(code) => return Ok(came_of(code, said.msgid)),
                None => return Ok(later(None, "the answer cannot be read")),
            }
        }
    }
}

fn came_of(code: i64, number: Option<serde_json::Value>) -> Handed {
    let why = format!("code {code}");
    match code {
        0 => Handed::Taken {
            proof: number.map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned)),
        },
        -1 => later(None, why),
        // Of a minute; of a day.
        45011 => later(Some(Duration::from_secs(60)), why),
        45009 => later(Some(Duration::from_secs(24 * 3_600)), why),
        // Whoever follows no more, or never did.
        40003 | 43004 => gone(why),
        code if TOKEN_CODES.contains(&code) => later(None, why),
        _ => refused(why),
    }
}

#[async_trait]
impl Carrier for WechatTemplate {
    fn name(&self) -> &str {
        &self.name
    }

    fn way(&self) -> Way {
        Way::WechatTemplate
    }

    fn slots(&self) -> usize {
        self.slots
    }

    async fn hand_over(&self, letter: &Letter) -> Handed {
        let Address::Member(follower) = &letter.address else {
            return refused("no follower");
        };
        let Some(template) = self.setup.templates.of(letter) else {
            return refused("no template for this kind of notice");
        };
        let data: serde_json::Map<_, _> = template
            .values(letter, &self.texts, Form::Title)
            .into_iter()
            .map(|(name, value)| {
                let most = if name.starts_with("thing") {
                    THING_MAX
                } else {
                    usize::MAX
                };
                let value: String = value.chars().take(most).collect();
                (name, json!({ "value": value }))
            })
            .collect();
        let mut body = json!({
            "touser": follower,
            "template_id": template.id,
            "data": data,
        });
        if let Some(body) = body.as_object_mut() {
            let link = match self.setup.api {
                Api::Template => {
                    let id = letter.id.as_uuid().simple().to_string();
                    body.insert("client_msg_id".to_owned(), id.into());
                    "url"
                }
                Api::Subscription => "page",
            };
            body.extend(
                letter
                    .values
                    .link
                    .iter()
                    .map(|it| (link.to_owned(), it.as_str().into())),
            );
        }
        match tokio::time::timeout(self.within, self.send(&body, letter)).await {
            Ok(Ok(handed) | Err(handed)) => handed,
            Err(_) => later(None, "no answer in time"),
        }
    }

    fn understand(&self, callback: &Callback<'_>) -> Result<Understood, CallbackError> {
        self.proved(callback)?;
        Ok(Understood {
            reports: understood(callback.body)?,
            odd: vec![],
            answer: ("text/plain", "success".to_owned()),
        })
    }

    fn verify(&self, callback: &Callback<'_>) -> Result<String, CallbackError> {
        let query = self.proved(callback)?;
        let word = query.into_iter().find(|it| it.0 == "echostr").map(|it| it.1);
        let plain =
            |it: &String| !it.is_empty() && it.len() <= ECHO_MAX && it.chars().all(|it| it.is_ascii_alphanumeric());
        word.filter(plain)
            .ok_or_else(|| CallbackError::Unreadable("echostr: must be 1 to 128 letters and digits".to_owned()))
    }
}

impl WechatTemplate {
    /// The request's query, if the account has signed it.
    fn proved(&self, callback: &Callback<'_>) -> Result<Vec<(String, String)>, CallbackError> {
        let token = self.setup.token.as_ref().ok_or(CallbackError::None)?;
        let query = query(callback.query);
        let of = |name: &str| query.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str());
        let at_s: i64 = of("timestamp").parse().map_err(|_| CallbackError::Signature)?;
        let fresh = callback.now.as_second().saturating_sub(at_s).saturating_abs() <= TOLERANCE_S;
        let signature = sign(token.reveal(), of("timestamp"), of("nonce"));
        if !(fresh && bool::from(signature.as_bytes().ct_eq(of("signature").as_bytes()))) {
            return Err(CallbackError::Signature);
        }
        Ok(query)
    }
}

/// Names and values of a query, decoded.
fn query(text: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://x/?{text}")).ok();
    let pairs = url.as_ref().map(|it| {
        it.query_pairs()
            .map(|it| (it.0.into_owned(), it.1.into_owned()))
            .collect()
    });
    pairs.unwrap_or_default()
}

/// SHA-1 over token, time and nonce in the order of their letters, in hex digits.
fn sign(token: &str, timestamp: &str, nonce: &str) -> String {
    let mut parts = [token, timestamp, nonce];
    parts.sort_unstable();
    Sha1::digest(parts.concat().as_bytes())
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect()
}

/// The event TEMPLATESENDJOBFINISH; other events report nothing.
fn understood(body: &[u8]) -> Result<Vec<crate::notify::letter::Report>, CallbackError> {
    let unreadable = || CallbackError::Unreadable("the body must be XML".to_owned());
    let text = std::str::from_utf8(body).map_err(|_| unreadable())?;
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut name, mut event, mut number, mut status, mut at) =
        (String::new(), String::new(), String::new(), String::new(), None);
    loop {
        let said = match reader.read_event().map_err(|_| unreadable())? {
            Event::Start(it) => {
                name = it.local_name().into_inner().to_owned();
                continue;
            }
            Event::Text(it) => it.trim().to_owned(),
            Event::CData(it) => it.to_string(),
            Event::End(_) => {
                name.clear();
                continue;
            }
            Event::Eof => break,
            _ => continue,
        };
        match name.as_str() {
            "Event" => event = said,
            "MsgID" => number = said,
            "Status" => status = said,
            "CreateTime" => at = said.parse().ok().and_then(|it| Timestamp::from_second(it).ok()),
            _ => {}
        }
    }
    if event != "TEMPLATESENDJOBFINISH" || number.is_empty() {
        return Ok(vec![]);
    }
    let word = match status.as_str() {
        "success" => ReportWord::Delivered,
        "failed:user block" => ReportWord::Failed {
            why: "blocked by the follower".to_owned(),
        },
        _ => ReportWord::Failed {
            why: "failed".to_owned(),
        },
    };
    Ok(vec![report(ReportOf::Proof(number), word, at)])
}
