//! Alibaba Cloud (阿里云): short messages (Dysmsapi `SendSms`) and calls (Dyvmsapi `SingleCallByTts`).
//!
//! Both are RPC requests signed with HMAC-SHA1 (signature version 1.0). They know no repeat by a key of ours: `OutId` only comes
//! back in the report. So an answer that was lost means a second message, and never none.
//!
//! Reports and replies are pushed unsigned: the address that is entered at the provider ends in `?token=…`, which is compared.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::Client;
use serde::Deserialize;
use sha1::Sha1;
use uuid::Uuid;

use super::config::{CarrierConfig, Hidden, Keys};
use super::http::{self, code, gone, later, put_off, refused};
use crate::notify::letter::{Handed, Letter};

/// Who asks.
#[derive(Debug, Clone)]
pub struct Account {
    /// Where the interface is.
    pub url: String,
    /// AccessKey id.
    pub access_key_id: String,
    /// Its secret.
    pub access_key_secret: Hidden,
}

impl Account {
    pub(super) fn read(keys: &mut Keys<'_>, url: &str) -> Self {
        Self {
            url: keys.url("url", Some(url)),
            access_key_id: keys.text("access_key_id", "an AccessKey of the account"),
            access_key_secret: keys.secret("access_key_secret", "the secret of the AccessKey"),
        }
    }
}

/// The interface of one product.
pub(super) struct Rpc {
    account: Account,
    client: Client,
}

/// What every answer has.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Said {
    code: String,
    message: String,
    biz_id: Option<String>,
    call_id: Option<String>,
}

impl Rpc {
    pub(super) fn new(config: &CarrierConfig, account: &Account) -> Result<Self, String> {
        Ok(Self {
            account: account.clone(),
            client: http::client(http::builder(config))?,
        })
    }

    /// Asks for one action with its parameters.
    pub(super) async fn ask(&self, letter: &Letter, action: &str, parameters: Vec<(&str, String)>) -> Handed {
        let mut all = BTreeMap::from([
            ("Action", action.to_owned()),
            ("Version", "2017-05-25".to_owned()),
            ("RegionId", "cn-hangzhou".to_owned()),
            ("Format", "JSON".to_owned()),
            ("AccessKeyId", self.account.access_key_id.clone()),
            ("SignatureMethod", "HMAC-SHA1".to_owned()),
            ("SignatureVersion", "1.0".to_owned()),
            // Each try has its own: a second one under the same would be refused as a replay.
            ("SignatureNonce", nonce(letter)),
            ("Timestamp", letter.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ]);
        all.extend(parameters);
        let signature = sign("POST", &all, self.account.access_key_secret.reveal());
        all.insert("Signature", signature);
        let body: Vec<String> = all
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let request = self
            .client
            .post(format!("{}/", self.account.url))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body.join("&"));
        match http::send(request, letter.now).await {
            Err(handed) => handed,
            // A refusal has a status of its own and says why all the same.
            Ok(answer) => match answer.json::<Said>().filter(|it| !it.code.is_empty()) {
                Some(said) if answer.status.is_success() || !answer.status.is_server_error() => came_of(said),
                _ => answer
                    .told()
                    .unwrap_or_else(|| later(None, "the answer cannot be read")),
            },
        }
    }
}

/// Unique for each try, and the same whenever it is reckoned.
fn nonce(letter: &Letter) -> String {
    let this = format!("{}:{}", letter.attempt, letter.now.as_microsecond());
    Uuid::new_v5(&letter.id.as_uuid(), this.as_bytes()).to_string()
}

/// Base64(HMAC-SHA1(secret + `&`, method & `%2F` & encoded query)).
fn sign(method: &str, parameters: &BTreeMap<&str, String>, secret: &str) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let text = format!("{method}&%2F&{}", encode(&pairs.join("&")));
    let key = format!("{secret}&");
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else {
        return String::new(); // HMAC takes a key of any length
    };
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// RFC 3986: letters, digits, `-`, `_`, `.` and `~` stay.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn came_of(said: Said) -> Handed {
    let code = code(&said.code);
    let seconds = |it| Some(Duration::from_secs(it));
    match code.as_str() {
        "OK" => Handed::Taken {
            proof: said.biz_id.or(said.call_id),
        },
        // Its text says of which limit: 分钟级, 小时级, 天级流控.
        "isv.BUSINESS_LIMIT_CONTROL" | "isv.DAY_LIMIT_CONTROL" | "isv.MONTH_LIMIT_CONTROL" => {
            let after = match &said.message {
                it if it.contains("天级") || code != "isv.BUSINESS_LIMIT_CONTROL" => seconds(24 * 3_600),
                it if it.contains("小时级") => seconds(3_600),
                _ => seconds(60),
            };
            put_off(after, code)
        }
        "SignatureNonceUsed" | "ServiceUnavailable" | "InternalError" => later(None, code),
        it if it.starts_with("Throttling") => put_off(None, code),
        it if it.starts_with("isp.") => later(None, code),
        "isv.MOBILE_NUMBER_ILLEGAL" | "isv.CALLED_NUMBER_ILLEGAL" => gone(code),
        _ => refused(code),
    }
}

/// A number as this provider dials it: in the mainland without its country, elsewhere with it and without `+`.
pub(super) fn number(phone: &str) -> String {
    let bare = phone
        .strip_prefix("+86")
        .or_else(|| phone.strip_prefix("0086"))
        .unwrap_or(phone);
    bare.trim_start_matches('+').to_owned()
}

/// A time as this provider and others write it: the mainland's clock, without a zone.
pub(super) fn time(text: Option<&str>) -> Option<Timestamp> {
    let civil = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text?.trim()).ok()?;
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8)); // the mainland has known no summer time since 1991
    civil.to_zoned(zone).ok().map(|it| it.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
        pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    }

    #[test]
    fn the_published_signatures_hold() {
        // Alibaba Cloud, "Signature method" of RPC interfaces: DescribeRegions with testid and testsecret.
        let regions = parameters(&[
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
            ("AccessKeyId", "testid"),
            ("SignatureVersion", "1.0"),
            ("Timestamp", "2016-02-23T12:46:24Z"),
            ("Format", "XML"),
            ("Action", "DescribeRegions"),
            ("Version", "2014-05-26"),
        ]);
        assert_eq!(sign("GET", &regions, "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
        // Alibaba Cloud, "HTTP interface" of SMS: SendSms with testId and testSecret, Chinese in the signature's name.
        let send = parameters(&[
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "45e25e9b-0a6f-4070-8c85-2956eda1b466"),
            ("AccessKeyId", "testId"),
            ("SignatureVersion", "1.0"),
            ("Timestamp", "2017-07-12T02:42:19Z"),
            ("Format", "XML"),
            ("Action", "SendSms"),
            ("Version", "2017-05-25"),
            ("RegionId", "cn-hangzhou"),
            ("PhoneNumbers", "15300000001"),
            ("SignName", "阿里云短信测试专用"),
            ("TemplateParam", "{\"customer\":\"test\"}"),
            ("TemplateCode", "SMS_71390007"),
            ("OutId", "123"),
        ]);
        assert_eq!(sign("GET", &send, "testSecret"), "zJDF+Lrzhj/ThnlvIToysFRq6t4=");
    }

    #[test]
    fn letters_that_a_form_leaves_alone_are_encoded() {
        assert_eq!(encode("a b*c~d'e(f)!/求"), "a%20b%2Ac~d%27e%28f%29%21%2F%E6%B1%82");
    }

    #[test]
    fn codes_mean_what_the_page_says() {
        let of = |code: &str, message: &str| {
            came_of(Said {
                code: code.to_owned(),
                message: message.to_owned(),
                ..Said::default()
            })
        };
        let limit = "isv.BUSINESS_LIMIT_CONTROL";
        let wait = |seconds| put_off(Some(Duration::from_secs(seconds)), limit);
        assert_eq!(of(limit, "触发分钟级流控Permits:1"), wait(60));
        assert_eq!(of(limit, "触发小时级流控Permits:5"), wait(3_600));
        assert_eq!(of(limit, "触发天级流控Permits:10"), wait(86_400));
        assert_eq!(of("Throttling.User", ""), put_off(None, "Throttling.User"));
        assert_eq!(of("isp.SYSTEM_ERROR", ""), later(None, "isp.SYSTEM_ERROR"));
        assert_eq!(of("isv.MOBILE_NUMBER_ILLEGAL", ""), gone("isv.MOBILE_NUMBER_ILLEGAL"));
        assert_eq!(of("isv.AMOUNT_NOT_ENOUGH", ""), refused("isv.AMOUNT_NOT_ENOUGH"));
        assert_eq!(of("号码 13800000000 错误", ""), refused("an unknown code"));
    }

    #[test]
    fn numbers_and_times_are_the_mainlands() {
        for (phone, wanted) in [
            ("13800138000", "13800138000"),
            ("+8613800138000", "13800138000"),
            ("008613800138000", "13800138000"),
            ("02282123456", "02282123456"),
            ("+85223456789", "85223456789"),
        ] {
            assert_eq!(number(phone), wanted);
        }
        assert_eq!(
            time(Some("2026-11-27 10:00:03")).unwrap().to_string(),
            "2026-11-27T02:00:03Z"
        );
        assert_eq!((time(Some("soon")), time(None)), (None, None));
    }
}
