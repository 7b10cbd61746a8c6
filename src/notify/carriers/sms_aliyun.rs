//! Short messages by Alibaba Cloud: a reviewed template with its values, a report of the delivery, replies (上行短信).

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;

use super::aliyun::{Account, Rpc, number, time};
use super::callback::{list, of, proved, reply, report, token};
use super::config::{CarrierConfig, Hidden, Keys, Templates};
use super::http::{code, refused};
use crate::notify::letter::{
    Address, Callback, CallbackError, Carrier, Handed, Letter, Report, ReportOf, ReportWord, Understood, Way,
};
use crate::notify::texts::{Form, Texts};
use crate::people::Phone;

/// The keys of type `sms_aliyun`.
#[derive(Debug, Clone)]
pub struct SmsAliyunConfig {
    /// Who asks.
    pub account: Account,
    /// The street's signature (签名), which stands before each text.
    pub sign_name: String,
    /// The templates.
    pub templates: Templates,
    /// What the address of reports ends in.
    pub callback_token: Option<Hidden>,
}

impl SmsAliyunConfig {
    pub(super) fn read(keys: &mut Keys<'_>) -> Self {
        Self {
            account: Account::read(keys, "https://dysmsapi.aliyuncs.com"),
            sign_name: keys.text("sign_name", "the reviewed signature"),
            templates: Templates::read(keys, Form::Line),
            callback_token: token(keys),
        }
    }
}

/// One account.
pub struct SmsAliyun {
    name: String,
    slots: usize,
    setup: SmsAliyunConfig,
    rpc: Rpc,
    texts: Arc<Texts>,
}

impl SmsAliyun {
    /// As it is configured; nothing is sent yet.
    ///
    /// # Errors
    /// A client that cannot be built.
    pub fn new(config: &CarrierConfig, setup: &SmsAliyunConfig, texts: Arc<Texts>) -> Result<Self, String> {
        Ok(Self {
            name: config.name.clone(),
            slots: config.connections,
            setup: setup.clone(),
            rpc: Rpc::new(config, &setup.account)?,
            texts,
        })
    }
}

/// A landline gets no short message, whatever a provider answers: in the mainland, numbers of telephones that do begin with 1 and have
/// eleven digits; numbers of other countries begin with `+`.
pub(super) fn takes_messages(phone: &Phone) -> bool {
    let bare = number(phone.reveal());
    match phone.reveal().starts_with('+') && !phone.reveal().starts_with("+86") {
        true => bare.len() >= 6,
        false => bare.len() == 11 && bare.starts_with('1'),
    }
}

/// A report of the delivery, or a reply.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Pushed {
    Delivery {
        success: bool,
        #[serde(default)]
        err_code: String,
        out_id: Option<String>,
        biz_id: Option<String>,
        report_time: Option<String>,
    },
    Reply {
        phone_number: Phone,
        content: String,
        send_time: Option<String>,
    },
}

#[async_trait]
impl Carrier for SmsAliyun {
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
        let values: serde_json::Map<_, _> = template
            .values(letter, &self.texts, Form::Line)
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect();
        let parameters = vec![
            ("PhoneNumbers", number(phone.reveal())),
            ("SignName", self.setup.sign_name.clone()),
            ("TemplateCode", template.id.clone()),
            ("TemplateParam", serde_json::Value::Object(values).to_string()),
            ("OutId", letter.id.to_string()),
        ];
        self.rpc.ask(letter, "SendSms", parameters).await
    }

    fn understand(&self, callback: &Callback<'_>) -> Result<Understood, CallbackError> {
        proved(callback, self.setup.callback_token.as_ref())?;
        let (pushed, odd) = list::<Pushed>(callback.body)?;
        let reports = pushed.into_iter().filter_map(understood).collect();
        Ok(Understood {
            reports,
            odd,
            answer: ("application/json", r#"{"code":0,"msg":"成功"}"#.to_owned()),
        })
    }
}

fn understood(pushed: Pushed) -> Option<Report> {
    Some(match pushed {
        Pushed::Delivery {
            success,
            err_code,
            out_id,
            biz_id,
            report_time,
        } => {
            let word = match success {
                true => ReportWord::Delivered,
                false => ReportWord::Failed { why: code(&err_code) },
            };
            report(
                of(out_id.as_deref(), biz_id.as_deref())?,
                word,
                time(report_time.as_deref()),
            )
        }
        Pushed::Reply {
            phone_number,
            content,
            send_time,
        } => report(
            ReportOf::Phone(phone_number),
            reply(&content),
            time(send_time.as_deref()),
        ),
    })
}
