//! Calls by a dialler that speaks plain HTTP: a SIP gateway of the street's own, or any other provider behind a small bridge.
//!
//! One signed POST asks for a call (Standard Webhooks, as in docs/webhook.md); the dialler tells what came of it by signed
//! requests to us. docs/notify.md has both forms.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::Client;
use serde::{Deserialize, Serialize};

use super::callback::{key, of, report};
use super::config::{CarrierConfig, Hidden, Keys};
use super::http::{self, code, gone, refused};
use crate::notify::letter::{
    Address, Callback, CallbackError, Carrier, Handed, Language, Letter, Report, ReportWord, Understood, Way,
};
use crate::notify::texts::{Form, Texts};
use crate::signature::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, Secret, TOLERANCE_S};

/// The keys of type `voice_http`.
#[derive(Debug, Clone)]
pub struct VoiceHttpConfig {
    /// Where a call is asked for.
    pub url: String,
    /// What is shared with the dialler; both directions are signed with it. None: it did not read.
    pub secret: Option<Secret>,
    /// How long it rings, seconds.
    pub ring_s: i64,
    /// How often the text is read.
    pub play_times: i64,
}

impl VoiceHttpConfig {
    pub(super) fn read(keys: &mut Keys<'_>) -> Self {
        let what = "`whsec_` and 24 to 64 bytes in base64";
        let text: Hidden = keys.secret("secret", what);
        let secret = Secret::parse(text.reveal()).ok();
        if secret.is_none() && !text.reveal().is_empty() {
            keys.mistake("secret", format_args!("must be {what}"));
        }
        Self {
            url: keys.url("url", None),
            secret,
            ring_s: keys.number("ring_s", 10..=120, 30),
            play_times: keys.number("play_times", 1..=5, 2),
        }
    }
}

/// One dialler.
pub struct VoiceHttp {
    name: String,
    slots: usize,
    setup: VoiceHttpConfig,
    secret: Secret,
    client: Client,
    texts: Arc<Texts>,
}

impl VoiceHttp {
    /// As it is configured; nobody is called yet.
    ///
    /// # Errors
    /// A secret that is none, or a client that cannot be built.
    pub fn new(config: &CarrierConfig, setup: &VoiceHttpConfig, texts: Arc<Texts>) -> Result<Self, String> {
        Ok(Self {
            name: config.name.clone(),
            slots: config.connections,
            setup: setup.clone(),
            secret: setup.secret.clone().ok_or("secret: is none")?,
            client: http::client(http::builder(config))?,
            texts,
        })
    }
}

/// What is asked for. Field names are part of the interface (docs/notify.md).
#[derive(Debug, Serialize)]
struct Ask<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    data: Call<'a>,
}

#[derive(Debug, Serialize)]
struct Call<'a> {
    call_id: String,
    to: &'a str,
    language: &'static str,
    text: String,
    keys: Vec<char>,
    play_times: i64,
    ring_s: i64,
    /// After this nobody is to be called any more.
    useful_until: Timestamp,
    drill: bool,
}

/// What may be answered.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    id: Option<String>,
    error: Option<String>,
}

/// What the dialler tells later.
#[derive(Debug, Deserialize)]
struct Told {
    #[serde(rename = "type")]
    kind: String,
    data: Status,
}

#[derive(Debug, Deserialize)]
struct Status {
    call_id: String,
    status: String,
    digit: Option<String>,
    reason: Option<String>,
    at: Option<Timestamp>,
}

#[async_trait]
impl Carrier for VoiceHttp {
    fn name(&self) -> &str {
        &self.name
    }

    fn way(&self) -> Way {
        Way::Voice
    }

    fn hears(&self) -> bool {
        true
    }

    /// It calls once under one `call_id` (docs/notify.md).
    fn knows_repeats(&self) -> bool {
        true
    }

    fn slots(&self) -> usize {
        self.slots
    }

    async fn hand_over(&self, letter: &Letter) -> Handed {
        let Address::Phone(phone) = &letter.address else {
            return refused("no telephone");
        };
        let id = letter.id.to_string();
        let ask = Ask {
            kind: "call.requested",
            // The letter's own time: the same letter is the same bytes at every try.
            timestamp: letter.made_at,
            data: Call {
                call_id: id.clone(),
                to: phone.reveal(),
                language: letter.language.as_str(),
                text: self.texts.of(letter, Form::Spoken),
                keys: letter.values.keys.map(|it| vec![it.0, it.1]).unwrap_or_default(),
                play_times: self.setup.play_times,
                ring_s: self.setup.ring_s,
                useful_until: letter.useful_until,
                drill: letter.drill,
            },
        };
        let body = serde_json::to_vec(&ask).unwrap_or_default(); // texts and times: there is nothing in it that could fail
        let at_s = letter.now.as_second();
        let request = self
            .client
            .post(&self.setup.url)
            .header("Content-Type", "application/json")
            .header(HEADER_ID, &id)
            .header(HEADER_TIMESTAMP, at_s)
            .header(HEADER_SIGNATURE, self.secret.sign(&id, at_s, &body))
            .body(body);
        let answer = match http::send(request, letter.now).await {
            Ok(answer) => answer,
            Err(handed) => return handed,
        };
        let said = answer.json::<Said>().unwrap_or_default();
        match (answer.status.as_u16(), said.error.as_deref()) {
            // It has this call already.
            (409, _) => Handed::Taken { proof: said.id },
            (422, Some("bad_number")) => gone("bad_number"),
            (422, Some(error)) => refused(code(error)),
            _ => answer.told().unwrap_or(Handed::Taken { proof: said.id }),
        }
    }

    fn speaks_on(&self) -> bool {
        true
    }

    /// The dialler reads it out in the call whose key it has just reported (docs/notify.md).
    fn say_on(&self, language: Language, text: &str) -> Option<(&'static str, String)> {
        let say = serde_json::json!({"say": {
            "language": language.as_str(),
            "text": text,
            "play_times": self.setup.play_times,
        }});
        Some(("application/json", say.to_string()))
    }

    fn understand(&self, callback: &Callback<'_>) -> Result<Understood, CallbackError> {
        let header = |name: &str| {
            callback
                .headers
                .iter()
                .find(|it| it.0 == name)
                .map_or("", |it| it.1.as_str())
        };
        let at_s: i64 = header(HEADER_TIMESTAMP).parse().map_err(|_| CallbackError::Signature)?;
        let fresh = callback.now.as_second().saturating_sub(at_s).saturating_abs() <= TOLERANCE_S;
        let signed = self
            .secret
            .verify(header(HEADER_ID), at_s, callback.body, header(HEADER_SIGNATURE));
        if !(fresh && signed) {
            return Err(CallbackError::Signature);
        }
        let unreadable = |what: &str| CallbackError::Unreadable(what.to_owned());
        let told: Told =
            serde_json::from_slice(callback.body).map_err(|_| unreadable("the body must be a call.status"))?;
        // Our own request, sent back, is signed with the same secret and reports nothing.
        if told.kind != "call.status" {
            return Err(unreadable("type: must be call.status"));
        }
        let reports = understood(told.data)
            .ok_or_else(|| unreadable("status: must be ringing, answered, key, completed or failed"))?;
        Ok(Understood {
            reports,
            odd: vec![],
            answer: ("application/json", "{}".to_owned()),
        })
    }
}

/// None: a status that there is not.
fn understood(status: Status) -> Option<Vec<Report>> {
    // Its number of the call serves where it has forgotten ours.
    let of = of(Some(&status.call_id), Some(&status.call_id))?;
    let word = match status.status.as_str() {
        // They are on the way, or the report of the key has said it.
        "ringing" => None,
        "answered" | "completed" => Some(ReportWord::Delivered),
        "key" => Some(key(status.digit.as_deref())?),
        "failed" => Some(ReportWord::Failed {
            why: status.reason.as_deref().map_or_else(|| "failed".to_owned(), code),
        }),
        _ => return None,
    };
    Some(word.into_iter().map(|it| report(of.clone(), it, status.at)).collect())
}
