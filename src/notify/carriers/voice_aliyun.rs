//! Calls by Alibaba Cloud (`SingleCallByTts`): a reviewed text with its values is read out, keys come back in the report.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;

use super::aliyun::{Account, Rpc, number, time};
use super::callback::{key, list, of, proved, report, token};
use super::config::{CarrierConfig, Hidden, Keys, Templates};
use super::http::refused;
use crate::notify::letter::{
    Address, Callback, CallbackError, Carrier, Handed, Letter, Report, ReportWord, Understood, Way,
};
use crate::notify::texts::{Form, Texts};

/// The keys of type `voice_aliyun`.
#[derive(Debug, Clone)]
pub struct VoiceAliyunConfig {
    /// Who asks.
    pub account: Account,
    /// The number that shows; none: one of the provider's common ones.
    pub show_number: Option<String>,
    /// How often the text is read, 1 to 3.
    pub play_times: i64,
    /// The texts.
    pub templates: Templates,
    /// What the address of reports ends in.
    pub callback_token: Option<Hidden>,
}

impl VoiceAliyunConfig {
    pub(super) fn read(keys: &mut Keys<'_>) -> Self {
        Self {
            account: Account::read(keys, "https://dyvmsapi.aliyuncs.com"),
            show_number: keys.maybe_text("show_number", "a number that was bought from the provider"),
            play_times: keys.number("play_times", 1..=3, 2),
            templates: Templates::read(keys, Form::Spoken),
            callback_token: token(keys),
        }
    }
}

/// One account.
pub struct VoiceAliyun {
    name: String,
    slots: usize,
    setup: VoiceAliyunConfig,
    rpc: Rpc,
    texts: Arc<Texts>,
}

impl VoiceAliyun {
    /// As it is configured; nobody is called yet.
    ///
    /// # Errors
    /// A client that cannot be built.
    pub fn new(config: &CarrierConfig, setup: &VoiceAliyunConfig, texts: Arc<Texts>) -> Result<Self, String> {
        Ok(Self {
            name: config.name.clone(),
            slots: config.connections,
            setup: setup.clone(),
            rpc: Rpc::new(config, &setup.account)?,
            texts,
        })
    }
}

/// What is pushed of a call: at its end (VoiceReport), and on the way (VoiceCallReport, which has `status_time`).
#[derive(Debug, Deserialize)]
struct Pushed {
    call_id: Option<String>,
    out_id: Option<String>,
    status_code: String,
    dtmf: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    status_time: Option<String>,
}

#[async_trait]
impl Carrier for VoiceAliyun {
    fn name(&self) -> &str {
        &self.name
    }

    fn way(&self) -> Way {
        Way::Voice
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
        let Some(template) = self.setup.templates.of(letter) else {
            return refused("no template for this kind of notice");
        };
        let values: serde_json::Map<_, _> = template
            .values(letter, &self.texts, Form::Spoken)
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect();
        let mut parameters = vec![
            ("CalledNumber", number(phone.reveal())),
            ("TtsCode", template.id.clone()),
            ("TtsParam", serde_json::Value::Object(values).to_string()),
            ("PlayTimes", self.setup.play_times.to_string()),
            ("OutId", letter.id.to_string()),
        ];
        if let Some(shown) = &self.setup.show_number {
            parameters.push(("CalledShowNumber", shown.clone()));
        }
        self.rpc.ask(letter, "SingleCallByTts", parameters).await
    }

    fn understand(&self, callback: &Callback<'_>) -> Result<Understood, CallbackError> {
        proved(callback, self.setup.callback_token.as_ref())?;
        let (pushed, odd) = list::<Pushed>(callback.body)?;
        let reports = pushed.into_iter().flat_map(understood).collect();
        Ok(Understood {
            reports,
            odd,
            answer: ("application/json", r#"{"code":0,"msg":"成功"}"#.to_owned()),
        })
    }
}

/// That it was answered or not, and the key.
fn understood(pushed: Pushed) -> Vec<Report> {
    let Some(of) = of(pushed.out_id.as_deref(), pushed.call_id.as_deref()) else {
        return vec![];
    };
    let on_the_way = pushed.status_time.is_some();
    let at = time(pushed.status_time.as_deref().or(pushed.end_time.as_deref()));
    let key = key(pushed.dtmf.as_deref());
    let answered = pushed.start_time.is_some_and(|it| !it.trim().is_empty());
    let how = match pushed.status_code.as_str() {
        _ if key.is_some() || answered => Some(ReportWord::Delivered),
        // On the way many things are said of a call that may yet be answered.
        _ if on_the_way => None,
        "200000" => Some(ReportWord::Delivered),
        code if (1..=8).contains(&code.len()) && code.bytes().all(|it| it.is_ascii_digit()) => {
            Some(ReportWord::Failed {
                why: format!("call {code}"),
            })
        }
        _ => Some(ReportWord::Failed {
            why: "an unknown code".to_owned(),
        }),
    };
    how.into_iter()
        .chain(key)
        .map(|word| report(of.clone(), word, at))
        .collect()
}
