//! The carriers: each hands letters to one provider, by one way ([`Carrier`]).
//!
//! Start at [`carriers`], which makes those of a configuration. Each file has one provider's requests, its signature, its
//! answers and what it reports later; [`http`] has what they share, [`config`] reads their keys.
//!
//! Holds always:
//! - a carrier says what came of a try in stable words: neither the provider's text, nor an address, a number or a key is in them;
//! - the same letter is the same request at every try, but for its time and signature, and names the letter where the provider
//!   can tell a repeat by it;
//! - a callback is believed when its signature, or the token in its address, is right, and not before.

pub mod aliyun;
mod callback;
pub mod config;
pub mod http;
pub mod print;
pub mod robots;
pub mod sms_aliyun;
pub mod sms_tencent;
pub mod smtp;
mod token;
pub mod voice_aliyun;
pub mod voice_http;
pub mod web_push;
pub mod wechat_template;
pub mod wecom_app;

use std::sync::Arc;

use super::NotifyConfig;
use super::letter::Carrier;
use super::texts::Texts;
use config::{CarrierConfig, Keys, Type};

/// A carrier that cannot be made.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[error("{name}: {why}")]
pub struct CarrierError {
    /// Which; `texts`: the texts of all of them.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What a type of carrier asks for.
#[derive(Debug, Clone)]
pub enum Setup {
    /// Mail.
    Smtp(smtp::SmtpConfig),
    /// Pushes.
    WebPush(web_push::WebPushConfig),
    /// Short messages by Alibaba Cloud.
    SmsAliyun(sms_aliyun::SmsAliyunConfig),
    /// Short messages by Tencent Cloud.
    SmsTencent(sms_tencent::SmsTencentConfig),
    /// Calls by Alibaba Cloud.
    VoiceAliyun(voice_aliyun::VoiceAliyunConfig),
    /// Calls by a dialler.
    VoiceHttp(voice_http::VoiceHttpConfig),
    /// A robot in a group.
    Robot(robots::RobotConfig),
    /// A message of an application.
    WecomApp(wecom_app::WecomAppConfig),
    /// A template message.
    WechatTemplate(wechat_template::WechatTemplateConfig),
    /// Lines on paper.
    Print(print::PrintConfig),
}

impl Setup {
    fn read(kind: Type, keys: &mut Keys<'_>) -> Self {
        match kind {
            Type::Smtp => Self::Smtp(smtp::SmtpConfig::read(keys)),
            Type::WebPush => Self::WebPush(web_push::WebPushConfig::read(keys)),
            Type::SmsAliyun => Self::SmsAliyun(sms_aliyun::SmsAliyunConfig::read(keys)),
            Type::SmsTencent => Self::SmsTencent(sms_tencent::SmsTencentConfig::read(keys)),
            Type::VoiceAliyun => Self::VoiceAliyun(voice_aliyun::VoiceAliyunConfig::read(keys)),
            Type::VoiceHttp => Self::VoiceHttp(voice_http::VoiceHttpConfig::read(keys)),
            Type::WecomRobot | Type::DingtalkRobot | Type::FeishuRobot => {
                Self::Robot(robots::RobotConfig::read(keys, kind.way()))
            }
            Type::WecomApp => Self::WecomApp(wecom_app::WecomAppConfig::read(keys)),
            Type::WechatTemplate => Self::WechatTemplate(wechat_template::WechatTemplateConfig::read(keys)),
            Type::Print => Self::Print(print::PrintConfig::read(keys)),
        }
    }
}

/// Every carrier of a configuration. Nothing is sent yet.
///
/// # Errors
/// A text that is wrong, a file that cannot be read, a client that cannot be built.
pub fn carriers(config: &NotifyConfig) -> Result<Vec<Arc<dyn Carrier>>, CarrierError> {
    let texts = Texts::read(config.texts_folder.as_deref()).map_err(|found| CarrierError {
        name: "texts".to_owned(),
        why: found.join("; "),
    })?;
    let texts = Arc::new(texts);
    let make = |it: &CarrierConfig| {
        open(it, &texts).map_err(|why| CarrierError {
            name: it.name.clone(),
            why,
        })
    };
    config.carriers.iter().map(make).collect()
}

fn open(config: &CarrierConfig, texts: &Arc<Texts>) -> Result<Arc<dyn Carrier>, String> {
    Ok(match &config.setup {
        Setup::Smtp(setup) => Arc::new(smtp::Smtp::new(config, setup, texts.clone())?),
        Setup::WebPush(setup) => Arc::new(web_push::WebPush::new(config, setup)?),
        Setup::SmsAliyun(setup) => Arc::new(sms_aliyun::SmsAliyun::new(config, setup, texts.clone())?),
        Setup::SmsTencent(setup) => Arc::new(sms_tencent::SmsTencent::new(config, setup, texts.clone())?),
        Setup::VoiceAliyun(setup) => Arc::new(voice_aliyun::VoiceAliyun::new(config, setup, texts.clone())?),
        Setup::VoiceHttp(setup) => Arc::new(voice_http::VoiceHttp::new(config, setup, texts.clone())?),
        Setup::Robot(setup) => Arc::new(robots::Robot::new(config, setup, texts.clone())?),
        Setup::WecomApp(setup) => Arc::new(wecom_app::WecomApp::new(config, setup, texts.clone())?),
        Setup::WechatTemplate(setup) => Arc::new(wechat_template::WechatTemplate::new(config, setup, texts.clone())?),
        Setup::Print(setup) => Arc::new(print::Print::new(config, setup, texts.clone())),
    })
}

/// Our public key for browsers (`applicationServerKey`, base64url) of the first carrier that pushes; none: nothing is pushed.
pub fn push_key(config: &NotifyConfig) -> Option<String> {
    config.carriers.iter().find_map(|it| match &it.setup {
        Setup::WebPush(setup) => setup.public_key(),
        _ => None,
    })
}
