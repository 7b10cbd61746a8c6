//! Short messages by Tencent Cloud (腾讯云短信 `SendSms`, version 2021-01-11), signed with TC3-HMAC-SHA256.
//!
//! It knows no repeat by a key of ours; a report names its own number of the message. Reports and replies are pushed unsigned: the
//! address that is entered at the provider ends in `?token=…`, which is compared.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::aliyun::{number, time};
use super::callback::{list, of, proved, reply, report, token};
use super::config::{CarrierConfig, Hidden, Keys, Templates};
use super::http::{self, code, gone, later, put_off, refused};
use super::sms_aliyun::takes_messages;
use crate::notify::letter::{
    Address, Callback, CallbackError, Carrier, Handed, Letter, Report, ReportOf, ReportWord, Understood, Way,
};
use crate::notify::texts::{Form, Texts};
use crate::people::Phone;

const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// The keys of type `sms_tencent`.
#[derive(Debug, Clone)]
pub struct SmsTencentConfig {
    /// Where the interface is.
    pub url: String,
    /// SecretId.
    pub secret_id: String,
    /// SecretKey.
    pub secret_key: Hidden,
    /// In which region.
    pub region: String,
    /// The application's number (SdkAppId).
    pub app_id: String,
    /// The street's signature.
    pub sign_name: String,
    /// The templates.
    pub templates: Templates,
    /// What the address of reports ends in.
    pub callback_token: Option<Hidden>,
}

impl SmsTencentConfig {
    pub(super) fn read(keys: &mut Keys<'_>) -> Self {
        Self {
            url: keys.url("url", Some("https://sms.tencentcloudapi.com")),
            secret_id: keys.text("secret_id", "a SecretId of the account"),
            secret_key: keys.secret("secret_key", "the SecretKey"),
            region: keys
                .maybe_text("region", "a region")
                .unwrap_or_else(|| "ap-guangzhou".to_owned()),
            app_id: keys.text("app_id", "the number of the application (SdkAppId)"),
            sign_name: keys.text("sign_name", "the reviewed signature"),
            templates: Templates::read(keys, Form::Line),
            callback_token: token(keys),
        }
    }
}

/// One account.
pub struct SmsTencent {
    name: String,
    slots: usize,
    setup: SmsTencentConfig,
    host: String,
    client: Client,
    texts: Arc<Texts>,
}

impl SmsTencent {
    /// As it is configured; nothing is sent yet.
    ///
    /// # Errors
    /// A client that cannot be built.
    pub fn new(config: &CarrierConfig, setup: &SmsTencentConfig, texts: Arc<Texts>) -> Result<Self, String> {
        let url = Url::parse(&setup.url).map_err(|error| format!("url: {error}"))?;
        let host = url.host_str().ok_or("url: has no host")?;
        Ok(Self {
            name: config.name.clone(),
            slots: config.connections,
            setup: setup.clone(),
            host: url
                .port()
                .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
            client: http::client(http::builder(config))?,
            texts,
        })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ask<'a> {
    phone_number_set: [String; 1],
    sms_sdk_app_id: &'a str,
    sign_name: &'a str,
    template_id: &'a str,
    template_param_set: Vec<String>,
    session_context: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    response: Response,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    #[serde(default)]
    send_status_set: Vec<Status>,
    error: Option<Code>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    #[serde(default)]
    serial_no: String,
    code: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Code {
    code: String,
}

/// A report of the delivery, or a reply.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Pushed {
    Delivery {
        report_status: String,
        #[serde(default)]
        errmsg: String,
        sid: String,
        user_receive_time: Option<String>,
    },
    Reply {
        mobile: String,
        #[serde(default)]
        nationcode: String,
        text: String,
        time: Option<i64>,
    },
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return vec![]; // HMAC takes a key of any length
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// What is signed beside the body.
struct Signed<'a> {
    host: &'a str,
    service: &'a str,
    action: &'a str,
    at: Timestamp,
}

/// The header `Authorization` (TC3-HMAC-SHA256).
fn authorization(secret_id: &str, secret_key: &str, signed: &Signed<'_>, body: &[u8]) -> String {
    let Signed {
        host,
        service,
        action,
        at,
    } = signed;
    let action = action.to_lowercase();
    let names = "content-type;host;x-tc-action";
    let headers = format!("content-type:{CONTENT_TYPE}\nhost:{host}\nx-tc-action:{action}\n");
    let request = format!("POST\n/\n\n{headers}\n{names}\n{}", hash(body));
    let date = at.strftime("%Y-%m-%d").to_string();
    let scope = format!("{date}/{service}/tc3_request");
    let text = format!(
        "TC3-HMAC-SHA256\n{}\n{scope}\n{}",
        at.as_second(),
        hash(request.as_bytes())
    );
    let key = mac(format!("TC3{secret_key}").as_bytes(), &date);
    let key = mac(&mac(&key, service), "tc3_request");
    let signature = hex(&mac(&key, &text));
    format!("TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={names}, Signature={signature}")
}

#[async_trait]
impl Carrier for SmsTencent {
    fn name(&self) -> &str {
        &self.name
    }

    fn way(&self) -> Way {
        Way::Sms
    }

    fn hears(&self) -> bool {
        self.setup.callback_token.is_some() // what is not proved is not believed
    }

    fn slots(&self) -> usize {
        self.slots
    }

    async fn hand_over(&self, letter: &Letter) -> Handed {
        let Address::Phone(phone) = &letter.address else {
            return refused("no telephone");
        };
        if !takes_messages(phone) {
            return refused("the number takes no short messages");
        }
        let Some(template) = self.setup.templates.of(letter) else {
            return refused("no template for this kind of notice");
        };
        let values = template.values(letter, &self.texts, Form::Line);
        let ask = Ask {
            phone_number_set: [international(phone)],
            sms_sdk_app_id: &self.setup.app_id,
            sign_name: &self.setup.sign_name,
            template_id: &template.id,
            template_param_set: values.into_iter().map(|it| it.1).collect(),
            session_context: letter.id.to_string(),
        };
        let body = serde_json::to_vec(&ask).unwrap_or_default(); // texts: there is nothing in it that could fail
        let signed = Signed {
            host: &self.host,
            service: "sms",
            action: "SendSms",
            at: letter.now,
        };
        let authorization = authorization(&self.setup.secret_id, self.setup.secret_key.reveal(), &signed, &body);
        let request = self
            .client
            .post(format!("{}/", self.setup.url))
            .header("Content-Type", CONTENT_TYPE)
            .header("X-TC-Action", "SendSms")
            .header("X-TC-Version", "2021-01-11")
            .header("X-TC-Region", &self.setup.region)
            .header("X-TC-Timestamp", letter.now.as_second())
            .header("Authorization", authorization)
            .body(body);
        match http::send(request, letter.now).await {
            Err(handed) => handed,
            Ok(answer) => match answer.told() {
                Some(handed) => handed,
                None => answer
                    .json::<Said>()
                    .and_then(came_of)
                    .unwrap_or_else(|| later(None, "the answer cannot be read")),
            },
        }
    }

    fn understand(&self, callback: &Callback<'_>) -> Result<Understood, CallbackError> {
        proved(callback, self.setup.callback_token.as_ref())?;
        let (pushed, odd) = list::<Pushed>(callback.body)?;
        let reports = pushed.into_iter().filter_map(understood).collect();
        Ok(Understood {
            reports,
            odd,
            answer: ("application/json", r#"{"result":0,"errmsg":"OK"}"#.to_owned()),
        })
    }
}

fn international(phone: &Phone) -> String {
    let bare = number(phone.reveal());
    let abroad = phone.reveal().starts_with('+') && !phone.reveal().starts_with("+86");
    if abroad {
        format!("+{bare}")
    } else {
        format!("+86{bare}")
    }
}

/// None: it says nothing of the message.
fn came_of(said: Said) -> Option<Handed> {
    if let Some(error) = said.response.error {
        return Some(code_means(&error.code));
    }
    let status = said.response.send_status_set.into_iter().next()?;
    Some(match status.code.as_str() {
        "Ok" => Handed::Taken {
            proof: Some(status.serial_no).filter(|it| !it.is_empty()),
        },
        other => code_means(other),
    })
}

fn code_means(text: &str) -> Handed {
    let code = code(text);
    let after = |seconds| put_off(Some(Duration::from_secs(seconds)), code.clone());
    match code.as_str() {
        "LimitExceeded.PhoneNumberThirtySecondLimit" => after(30),
        "LimitExceeded.PhoneNumberOneHourLimit" => after(3_600),
        "LimitExceeded.PhoneNumberDailyLimit" | "LimitExceeded.PhoneNumberSameContentDailyLimit" => after(24 * 3_600),
        it if it.starts_with("LimitExceeded") || it.starts_with("RequestLimitExceeded") => put_off(None, code),
        it if it.starts_with("InternalError") => later(None, code),
        "InvalidParameterValue.IncorrectPhoneNumber" => gone(code),
        // They have answered with a word that unsubscribes.
        "FailedOperation.PhoneNumberInBlacklist" => gone(code),
        _ => refused(code),
    }
}

fn understood(pushed: Pushed) -> Option<Report> {
    Some(match pushed {
        Pushed::Delivery {
            report_status,
            errmsg,
            sid,
            user_receive_time,
        } => {
            let word = match report_status.as_str() {
                "SUCCESS" => ReportWord::Delivered,
                _ => ReportWord::Failed { why: code(&errmsg) },
            };
            report(of(None, Some(&sid))?, word, time(user_receive_time.as_deref()))
        }
        Pushed::Reply {
            mobile,
            nationcode,
            text,
            time,
        } => {
            let phone = match nationcode.as_str() {
                "" | "86" => mobile,
                other => format!("+{other}{mobile}"),
            };
            let at = time.and_then(|it| Timestamp::from_second(it).ok());
            report(ReportOf::Phone(phone.parse().ok()?), reply(&text), at)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_signature_holds() {
        // Tencent Cloud, "Signature method v3", DescribeInstances of CVM; its keys are stars.
        let body = br#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
        let stars = "*".repeat(32);
        let signed = Signed {
            host: "cvm.tencentcloudapi.com",
            service: "cvm",
            action: "DescribeInstances",
            at: Timestamp::from_second(1_551_113_065).unwrap(),
        };
        assert_eq!(
            authorization(&format!("AKID{stars}"), &stars, &signed, body),
            format!(
                "TC3-HMAC-SHA256 Credential=AKID{stars}/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host;x-tc-action, \
                 Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
            )
        );
    }

    #[test]
    fn codes_mean_what_the_page_says() {
        let wait = |seconds, code: &str| put_off(Some(Duration::from_secs(seconds)), code);
        for code in [
            "LimitExceeded.PhoneNumberThirtySecondLimit",
            "LimitExceeded.PhoneNumberOneHourLimit",
            "LimitExceeded.PhoneNumberDailyLimit",
        ] {
            let seconds = match code.len() {
                42 => 30,
                37 => 3_600,
                _ => 86_400,
            };
            assert_eq!(code_means(code), wait(seconds, code));
        }
        for (code, wanted) in [
            (
                "RequestLimitExceeded.UinLimitExceeded",
                put_off(None, "RequestLimitExceeded.UinLimitExceeded"),
            ),
            ("InternalError.Timeout", later(None, "InternalError.Timeout")),
            (
                "InvalidParameterValue.IncorrectPhoneNumber",
                gone("InvalidParameterValue.IncorrectPhoneNumber"),
            ),
            (
                "FailedOperation.PhoneNumberInBlacklist",
                gone("FailedOperation.PhoneNumberInBlacklist"),
            ),
            (
                "FailedOperation.InsufficientBalanceInSmsPackage",
                refused("FailedOperation.InsufficientBalanceInSmsPackage"),
            ),
            ("号码 13800000000", refused("an unknown code")),
        ] {
            assert_eq!(code_means(code), wanted);
        }
    }
}
