//! Robots in groups: WeCom (企业微信), DingTalk (钉钉), Feishu (飞书). One line of text, which everybody in the group sees.
//!
//! All three answer 200 with a code inside, know no repeat by a key of ours, and fall silent to whoever speaks too fast (20 a
//! minute; Feishu 100): the wait that each then wants stands in [`came_of`].

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

use super::config::{CarrierConfig, Hidden, Keys};
use super::http::{self, later, refused};
use crate::notify::letter::{Address, Carrier, Handed, Letter, Way};
use crate::notify::texts::{Form, Texts};

/// The longest text that all of them take, bytes (WeCom: 2048).
const TEXT_MAX: usize = 2_048;

/// The keys of types `wecom_robot`, `dingtalk_robot` and `feishu_robot`.
#[derive(Debug, Clone)]
pub struct RobotConfig {
    /// Where the interface is.
    pub url: String,
    /// The robot's key, which is the end of the address that its group shows.
    pub key: Hidden,
    /// The secret of the signature (加签), where it is switched on; WeCom has none.
    pub secret: Option<Hidden>,
}

impl RobotConfig {
    pub(super) fn read(keys: &mut Keys<'_>, way: Way) -> Self {
        let (url, key) = match way {
            Way::DingtalkRobot => (
                "https://oapi.dingtalk.com",
                "what follows access_token= in the robot's address",
            ),
            Way::FeishuRobot => ("https://open.feishu.cn", "what follows /hook/ in the robot's address"),
            _ => (
                "https://qyapi.weixin.qq.com",
                "what follows key= in the robot's address",
            ),
        };
        let read = keys.secret("key", key);
        let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_');
        if !read.reveal().chars().all(plain) {
            keys.mistake("key", format_args!("must be {key}, and nothing else of it"));
        }
        Self {
            url: keys.url("url", Some(url)),
            key: read,
            secret: match way {
                Way::WecomRobot => None,
                _ => keys.maybe_secret("secret", "the secret of the signature (加签)"),
            },
        }
    }
}

/// One robot.
pub struct Robot {
    name: String,
    way: Way,
    slots: usize,
    setup: RobotConfig,
    client: Client,
    texts: Arc<Texts>,
}

impl Robot {
    /// As it is configured; nothing is said yet.
    ///
    /// # Errors
    /// A client that cannot be built.
    pub fn new(config: &CarrierConfig, setup: &RobotConfig, texts: Arc<Texts>) -> Result<Self, String> {
        Ok(Self {
            name: config.name.clone(),
            way: config.way,
            slots: config.connections,
            setup: setup.clone(),
            client: http::client(http::builder(config))?,
            texts,
        })
    }

    fn request(&self, letter: &Letter, text: &str) -> RequestBuilder {
        let RobotConfig { url, key, secret } = &self.setup;
        let (key, secret) = (key.reveal(), secret.as_ref().map(Hidden::reveal));
        match self.way {
            Way::DingtalkRobot => {
                let mut query = vec![("access_token", key.to_owned())];
                if let Some(secret) = secret {
                    let at_ms = letter.now.as_millisecond();
                    query.push(("timestamp", at_ms.to_string()));
                    query.push(("sign", dingtalk_sign(at_ms, secret)));
                }
                let pairs: Vec<String> = query
                    .iter()
                    .map(|(name, value)| format!("{name}={}", escape(value)))
                    .collect();
                let url = format!("{url}/robot/send?{}", pairs.join("&"));
                self.client
                    .post(url)
                    .json(&json!({ "msgtype": "text", "text": { "content": text } }))
            }
            Way::FeishuRobot => {
                let mut body = json!({ "msg_type": "text", "content": { "text": text } });
                if let (Some(secret), Some(body)) = (secret, body.as_object_mut()) {
                    let at_s = letter.now.as_second();
                    body.insert("timestamp".to_owned(), at_s.to_string().into());
                    body.insert("sign".to_owned(), feishu_sign(at_s, secret).into());
                }
                self.client
                    .post(format!("{url}/open-apis/bot/v2/hook/{key}"))
                    .json(&body)
            }
            _ => {
                let url = format!("{url}/cgi-bin/webhook/send?key={key}");
                self.client
                    .post(url)
                    .json(&json!({ "msgtype": "text", "text": { "content": text } }))
            }
        }
    }
}

/// HMAC-SHA256 with the secret as the key, over milliseconds, a new line and the secret; base64.
fn dingtalk_sign(at_ms: i64, secret: &str) -> String {
    sign(secret, &format!("{at_ms}\n{secret}"))
}

/// HMAC-SHA256 with seconds, a new line and the secret as the key, over nothing; base64.
fn feishu_sign(at_s: i64, secret: &str) -> String {
    sign(&format!("{at_s}\n{secret}"), "")
}

fn sign(key: &str, text: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new(); // HMAC takes a key of any length
    };
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Base64 and plain words in a query.
fn escape(text: &str) -> String {
    text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// What all three answer: a code, under one of two names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    errcode: Option<i64>,
    code: Option<i64>,
    #[serde(rename = "StatusCode")]
    status_code: Option<i64>,
}

#[async_trait]
impl Carrier for Robot {
    fn name(&self) -> &str {
        &self.name
    }

    fn way(&self) -> Way {
        self.way
    }

    fn slots(&self) -> usize {
        self.slots
    }

    async fn hand_over(&self, letter: &Letter) -> Handed {
        if letter.address != Address::Fixed {
            return refused("a robot speaks to its group only");
        }
        let text = cut(&self.texts.of(letter, Form::Line));
        let answer = match http::send(self.request(letter, &text), letter.now).await {
            Ok(answer) => answer,
            Err(handed) => return handed,
        };
        let said = answer.json::<Said>().unwrap_or_default();
        // Feishu says why with a status that is not good.
        match said.errcode.or(said.code).or(said.status_code) {
            Some(0) if answer.status.is_success() => Handed::Taken { proof: None },
            Some(code) if code != 0 => came_of(self.way, code, answer.after),
            _ => answer
                .told()
                .unwrap_or_else(|| later(None, "the answer cannot be read")),
        }
    }
}

/// Whole letters of a text that is too long.
fn cut(text: &str) -> String {
    let mut end = text.len().min(TEXT_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

fn came_of(way: Way, code: i64, after: Option<Duration>) -> Handed {
    let why = format!("code {code}");
    let wait = |seconds| later(after.or(Some(Duration::from_secs(seconds))), why.clone());
    match (way, code) {
        // System busy.
        (_, -1) => later(after, why),
        // 20 a minute; more, and it is silent for a minute.
        (Way::WecomRobot, 45009 | 45033) => wait(60),
        // 20 a minute; more, and it is silent for ten.
        (Way::DingtalkRobot, 130_101 | 410_100 | 90030 | 660_026) => wait(600),
        // 100 a minute, 5 a second.
        (Way::FeishuRobot, 9499 | 11232) => wait(60),
        _ => refused(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_signature_of_dingtalk_holds() {
        // DingTalk, "Custom robots: security settings"; field notes §6.1.
        let signed = dingtalk_sign(1_577_262_236_757, "this is secret");
        assert_eq!(escape(&signed), "hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D");
    }

    #[test]
    fn the_signature_of_feishu_has_the_text_as_its_key() {
        // No vector is published. Reckoned with `printf '' | openssl dgst -sha256 -hmac "$(printf '1599360473\ndemo')" -binary | base64`.
        assert_eq!(feishu_sign(1_599_360_473, "demo"), FEISHU);
    }
    const FEISHU: &str = "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=";

    #[test]
    fn a_long_text_is_cut_between_letters() {
        assert_eq!(cut("求助"), "求助");
        let long = "求".repeat(700);
        assert_eq!(cut(&long), "求".repeat(682));
    }

    #[test]
    fn codes_mean_what_the_page_says() {
        let wait = |seconds, code: i64| later(Some(Duration::from_secs(seconds)), format!("code {code}"));
        let own = Some(Duration::from_secs(7));
        assert_eq!(came_of(Way::WecomRobot, 45009, None), wait(60, 45009));
        assert_eq!(came_of(Way::DingtalkRobot, 130_101, None), wait(600, 130_101));
        assert_eq!(came_of(Way::FeishuRobot, 11232, own), wait(7, 11232));
        assert_eq!(came_of(Way::FeishuRobot, 19021, None), refused("code 19021"));
        assert_eq!(came_of(Way::WecomRobot, 93000, None), refused("code 93000"));
        assert_eq!(came_of(Way::WecomRobot, -1, None), later(None, "code -1"));
        assert_eq!(
            came_of(Way::WecomRobot, 130_101, None),
            refused("code 130101"),
            "each provider has its own"
        );
    }
}
