//! `[[notify.carriers]]`: which ways lead out of the house, and by which provider.
//!
//! One section is read key by key, so that every mistake is told and not only the first; no secret is in a sentence, and none
//! prints. What the keys of a type mean stands with the carrier of that type.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use reqwest::Url;
use serde::{Deserialize, Deserializer};

use super::super::letter::{Language, Letter, Way};
use super::super::texts::{self, Form, Texts, VALUES};
use super::Setup;
use crate::case::NoticeKind;
use crate::people::words::words;

/// Carriers at most.
pub const CARRIERS_MAX: usize = 32;

words! {
    /// What is behind a carrier.
    Type ("type of carrier") {
        /// Mail by SMTP.
        Smtp = "smtp",
        /// Pushes to browsers.
        WebPush = "web_push",
        /// Short messages by Alibaba Cloud.
        SmsAliyun = "sms_aliyun",
        /// Short messages by Tencent Cloud.
        SmsTencent = "sms_tencent",
        /// Calls by Alibaba Cloud.
        VoiceAliyun = "voice_aliyun",
        /// Calls by a dialler that speaks HTTP.
        VoiceHttp = "voice_http",
        /// A robot in a WeCom group.
        WecomRobot = "wecom_robot",
        /// A robot in a DingTalk group.
        DingtalkRobot = "dingtalk_robot",
        /// A robot in a Feishu group.
        FeishuRobot = "feishu_robot",
        /// A message of an application inside WeCom.
        WecomApp = "wecom_app",
        /// A template message of a WeChat official account.
        WechatTemplate = "wechat_template",
        /// Lines in a file a day.
        Print = "print",
    }
}

impl Type {
    /// Which way it is; a carrier's name begins with it.
    pub const fn way(self) -> Way {
        match self {
            Self::Smtp => Way::Email,
            Self::WebPush => Way::WebPush,
            Self::SmsAliyun | Self::SmsTencent => Way::Sms,
            Self::VoiceAliyun | Self::VoiceHttp => Way::Voice,
            Self::WecomRobot => Way::WecomRobot,
            Self::DingtalkRobot => Way::DingtalkRobot,
            Self::FeishuRobot => Way::FeishuRobot,
            Self::WecomApp => Way::WecomApp,
            Self::WechatTemplate => Way::WechatTemplate,
            Self::Print => Way::Print,
        }
    }
}

/// One `[[notify.carriers]]`.
#[derive(Debug, Clone)]
pub struct CarrierConfig {
    /// As the rows name it: the way, or the way, a colon and a name of its own.
    pub name: String,
    /// Which way it is.
    pub way: Way,
    /// How long one try may take, milliseconds.
    pub timeout_ms: u64,
    /// How many tries may be on their way at once.
    pub connections: usize,
    /// What its type asks for.
    pub setup: Setup,
}

/// A text that never prints.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Hidden(String);

impl Hidden {
    /// From its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The keys of one section while they are read.
pub struct Keys<'a> {
    here: String,
    table: &'a toml::Table,
    known: BTreeSet<String>,
    mistakes: &'a mut Vec<String>,
}

impl<'a> Keys<'a> {
    /// Of the section that is called `here`.
    pub fn new(here: String, table: &'a toml::Table, mistakes: &'a mut Vec<String>) -> Self {
        Self {
            here,
            table,
            known: BTreeSet::new(),
            mistakes,
        }
    }

    fn take(&mut self, key: &str) -> Option<&'a toml::Value> {
        self.known.insert(key.to_owned());
        self.table.get(key)
    }

    /// Notes a mistake of a key.
    pub fn mistake(&mut self, key: &str, what: impl fmt::Display) {
        self.mistakes.push(format!("{}.{key}: {what}", self.here));
    }

    /// A text that may be left out; an empty one is a mistake.
    pub fn maybe_text(&mut self, key: &str, what: &str) -> Option<String> {
        match self.take(key)? {
            toml::Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            _ => {
                self.mistake(key, format_args!("must be {what}"));
                None
            }
        }
    }

    /// A text that must be there. What stands for one that is not serves nobody: the mistake was told.
    pub fn text(&mut self, key: &str, what: &str) -> String {
        if self.take(key).is_none() {
            self.mistake(key, format_args!("is missing; must be {what}"));
        }
        self.maybe_text(key, what).unwrap_or_default()
    }

    /// A secret that may be left out: `key`, or `key_file` with the path of a file that holds it.
    pub fn maybe_secret(&mut self, key: &str, what: &str) -> Option<Hidden> {
        let file_key = format!("{key}_file");
        let said = self.maybe_text(key, what);
        let file = self.maybe_text(&file_key, "the path of a file");
        match (said, file) {
            (Some(_), Some(_)) => {
                self.mistake(key, format_args!("is there, and {file_key} too; one of them"));
                None
            }
            (Some(text), None) => Some(Hidden::new(text)),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) if !text.trim().is_empty() => Some(Hidden::new(text.trim())),
                Ok(_) => {
                    self.mistake(&file_key, format_args!("{path} is empty"));
                    None
                }
                Err(error) => {
                    self.mistake(&file_key, format_args!("{path} cannot be read: {error}"));
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// A secret that must be there.
    pub fn secret(&mut self, key: &str, what: &str) -> Hidden {
        let file = format!("{key}_file");
        if self.take(key).is_none() && self.take(&file).is_none() {
            self.mistake(
                key,
                format_args!("is missing; must be {what}, or {file} the path of a file with it"),
            );
        }
        self.maybe_secret(key, what).unwrap_or_default()
    }

    /// A whole number; left out, `otherwise`.
    pub fn number(&mut self, key: &str, range: RangeInclusive<i64>, otherwise: i64) -> i64 {
        match self.take(key) {
            None => otherwise,
            Some(toml::Value::Integer(number)) if range.contains(number) => *number,
            // A variable of the environment is a text.
            Some(toml::Value::String(text)) if text.parse().is_ok_and(|it: i64| range.contains(&it)) => {
                text.parse().unwrap_or(otherwise)
            }
            Some(_) => {
                let (from, to) = (range.start(), range.end());
                self.mistake(key, format_args!("must be a whole number from {from} to {to}"));
                otherwise
            }
        }
    }

    /// A whole number that must be there.
    pub fn needed_number(&mut self, key: &str, range: RangeInclusive<i64>, what: &str) -> i64 {
        if self.take(key).is_none() {
            self.mistake(key, format_args!("is missing; must be {what}"));
        }
        let otherwise = *range.start();
        self.number(key, range, otherwise)
    }

    /// An http or https address without a user in it, and without a slash at its end; left out, `otherwise`.
    pub fn url(&mut self, key: &str, otherwise: Option<&str>) -> String {
        let what = "an http or https address";
        let text = match (self.take(key).is_some(), otherwise) {
            (false, Some(otherwise)) => return otherwise.to_owned(),
            _ => self.text(key, what),
        };
        if text.is_empty() {
            return text; // told already
        }
        match Url::parse(&text) {
            Err(error) => self.mistake(key, error),
            Ok(url) if !matches!(url.scheme(), "http" | "https") || !url.has_host() => {
                self.mistake(key, format_args!("must be {what}"));
            }
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                self.mistake(key, "must hold no user name and no password");
            }
            Ok(url) if url.query().is_some() || url.fragment().is_some() => {
                self.mistake(
                    key,
                    "must end before `?` and `#`: what follows there are secrets, which have keys of their own",
                );
            }
            Ok(_) => {}
        }
        text.trim_end_matches('/').to_owned()
    }

    /// A list of texts; left out, none.
    pub fn texts(&mut self, key: &str, what: &str) -> Vec<String> {
        let Some(value) = self.take(key) else { return vec![] };
        let all = value.as_array();
        let read: Option<Vec<String>> = all.and_then(|it| it.iter().map(|it| it.as_str().map(str::to_owned)).collect());
        read.unwrap_or_else(|| {
            self.mistake(key, format_args!("must be a list of {what}"));
            vec![]
        })
    }

    /// The path of a file or folder that may be left out.
    pub fn maybe_path(&mut self, key: &str) -> Option<PathBuf> {
        self.maybe_text(key, "a path").map(PathBuf::from)
    }

    /// One word of a kind; left out, `otherwise`.
    pub fn word<T: std::str::FromStr<Err = crate::people::UnknownWord>>(&mut self, key: &str, otherwise: T) -> T {
        let Some(value) = self.take(key) else { return otherwise };
        match value.as_str().unwrap_or_default().parse() {
            Ok(word) => word,
            Err(error) => {
                self.mistake(key, error);
                otherwise
            }
        }
    }

    /// The sections of a list: each is read by `each`.
    pub fn sections<T>(&mut self, key: &str, mut each: impl FnMut(&mut Keys<'_>) -> T) -> Vec<T> {
        let Some(value) = self.take(key) else { return vec![] };
        let Some(list) = value.as_array() else {
            self.mistake(key, "must be a list of sections");
            return vec![];
        };
        let mut read = Vec::new();
        for (at, entry) in list.iter().enumerate() {
            let here = format!("{}.{key}[{at}]", self.here);
            let Some(table) = entry.as_table() else {
                self.mistakes.push(format!("{here}: must be a section"));
                continue;
            };
            let mut keys = Keys::new(here, table, self.mistakes);
            read.push(each(&mut keys));
            keys.finish();
        }
        read
    }

    /// Whatever was not asked for is no key.
    pub fn finish(self) {
        for key in self.table.keys().filter(|it| !self.known.contains(*it)) {
            let known = self.known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            self.mistakes
                .push(format!("{}.{key}: there is no such key; known are {known}", self.here));
        }
    }
}

/// Reads `notify.carriers`; one that cannot be read is told and left out. No secret is in a sentence.
pub fn read(value: &toml::Value, mistakes: &mut Vec<String>) -> Vec<CarrierConfig> {
    let Some(list) = value.as_array() else {
        mistakes.push("notify.carriers: must be a list of [[notify.carriers]] sections".to_owned());
        return vec![];
    };
    if list.len() > CARRIERS_MAX {
        mistakes.push(format!("notify.carriers: at most {CARRIERS_MAX}"));
    }
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for (at, entry) in list.iter().enumerate() {
        let here = format!("notify.carriers[{at}]");
        let Some(table) = entry.as_table() else {
            mistakes.push(format!("{here}: must be a [[notify.carriers]] section"));
            continue;
        };
        let Some(one) = one(here.clone(), table, mistakes) else {
            continue;
        };
        if !names.insert(one.name.clone()) {
            mistakes.push(format!("{here}.name: `{}` is there twice", one.name));
        }
        found.push(one);
    }
    found
}

fn one(here: String, table: &toml::Table, mistakes: &mut Vec<String>) -> Option<CarrierConfig> {
    let mut keys = Keys::new(here, table, mistakes);
    let known = Type::ALL.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ");
    let kind = keys.text("type", &format!("one of {known}"));
    let kind: Type = match kind.parse() {
        Ok(kind) => kind,
        Err(_) if kind.is_empty() => return None,
        Err(error) => {
            keys.mistake("type", error);
            return None; // which keys it may have is not known
        }
    };
    let way = kind.way();
    let name = keys
        .maybe_text("name", "a text")
        .unwrap_or_else(|| way.as_str().to_owned());
    if !is_name(&name, way) {
        let what = format!("must be `{way}`, or `{way}:` and 1 to 32 small letters, digits, `-` or `_`");
        keys.mistake("name", what);
    }
    let timeout_ms = keys.number("timeout_ms", 50..=60_000, 10_000).unsigned_abs();
    // At most 49, so that one carrier never holds 50 connections.
    let connections = keys.number("connections", 1..=49, 8);
    let setup = Setup::read(kind, &mut keys);
    keys.finish();
    Some(CarrierConfig {
        name,
        way,
        timeout_ms,
        connections: usize::try_from(connections).unwrap_or(1),
        setup,
    })
}

fn is_name(name: &str, way: Way) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    match name.strip_prefix(way.as_str()) {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix(':')
            .is_some_and(|it| (1..=32).contains(&it.len()) && it.chars().all(plain)),
        None => false,
    }
}

/// What the values of all carriers together must keep to.
pub fn mistakes(carriers: &[CarrierConfig], lease_s: u32) -> Vec<String> {
    let lease_ms = u64::from(lease_s) * 1_000;
    let late = carriers.iter().filter(|it| it.timeout_ms.saturating_mul(2) > lease_ms);
    let told = |it: &CarrierConfig| {
        let name = &it.name;
        format!(
            "notify.carriers: {name}: timeout_ms must be at most half of notify.lease_s, or a try outlives its lease"
        )
    };
    late.map(told).collect()
}

impl<'de> Deserialize<'de> for CarrierConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = toml::Table::deserialize(deserializer)?;
        let mut mistakes = Vec::new();
        let read = one("carrier".to_owned(), &table, &mut mistakes);
        match read {
            Some(read) if mistakes.is_empty() => Ok(read),
            _ => Err(serde::de::Error::custom(mistakes.join("; "))),
        }
    }
}

/// The texts that lie, reviewed, with a provider: which of them says what.
#[derive(Debug, Clone, Default)]
pub struct Templates(BTreeMap<(NoticeKind, Language), Template>);

/// One text at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its number there.
    pub id: String,
    /// What stands in it, in order.
    pub params: Vec<Param>,
}

/// One place of a text at a provider: `case_number`, or `number=case_number` where it has another name there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// As the provider's text names it.
    pub name: String,
    /// Which value stands there.
    pub value: String,
}

impl Param {
    fn read(text: &str) -> Self {
        let (name, value) = text.split_once('=').unwrap_or((text, text));
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }
}

/// What stands where a value is not known: providers refuse an empty one.
const UNKNOWN: &str = "-";

impl Templates {
    /// Reads `templates`: `{ id, kinds, language, params }`.
    pub fn read(keys: &mut Keys<'_>, form: Form) -> Self {
        let mut all = BTreeMap::new();
        let mut twice = Vec::new();
        let read = keys.sections("templates", |keys| {
            let id = keys.text("id", "the provider's number of the template");
            let language = keys.word("language", Language::ZhCn);
            let mut kinds = Vec::new();
            for word in keys.texts("kinds", "kinds of notice") {
                match word.parse::<NoticeKind>() {
                    Ok(kind) => kinds.push(kind),
                    Err(error) => keys.mistake("kinds", error),
                }
            }
            let params = keys.texts("params", "values");
            let params: Vec<Param> = params.iter().map(|it| Param::read(it)).collect();
            for Param { value, .. } in &params {
                if value != form.as_str() && !VALUES.contains(&value.as_str()) {
                    let known = VALUES.join(", ");
                    keys.mistake(
                        "params",
                        format_args!("`{value}` is no value; known are {known}, and {form} for the whole text"),
                    );
                } else if !form.may_say(value) {
                    keys.mistake(
                        "params",
                        format_args!("`{value}` may not be said in this form ({form})"),
                    );
                }
            }
            if kinds.is_empty() {
                keys.mistake("kinds", "names no kind of notice");
            }
            (id, language, kinds, params)
        });
        for (id, language, kinds, params) in read {
            for kind in kinds {
                let template = Template {
                    id: id.clone(),
                    params: params.clone(),
                };
                if all.insert((kind, language), template).is_some() {
                    twice.push(format!("{kind} has two in {language}"));
                }
            }
        }
        for it in twice {
            keys.mistake("templates", it);
        }
        if all.is_empty() {
            keys.mistake("templates", "has none: without one nothing can be sent");
        }
        Self(all)
    }

    /// The one for a letter: in its language, or in the street's.
    pub fn of(&self, letter: &Letter) -> Option<&Template> {
        let of = |language| self.0.get(&(letter.kind, language));
        of(letter.language).or_else(|| of(Language::ZhCn))
    }
}

impl Template {
    /// Its parameters with their names.
    pub fn values(&self, letter: &Letter, texts: &Texts, form: Form) -> Vec<(String, String)> {
        let of = |Param { name, value }: &Param| {
            let text = match value.as_str() {
                it if it == form.as_str() => Some(texts.of(letter, form)),
                it => texts::value(&letter.values, it).filter(|_| form.may_say(it)),
            };
            (name.clone(), text.unwrap_or_else(|| UNKNOWN.to_owned()))
        };
        self.params.iter().map(of).collect()
    }
}

/// A file that must read as text, for a carrier that opens it when it is made.
pub fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the sample, one for each type.
    fn examples() -> Vec<toml::Table> {
        let text = include_str!("../../../deploy/eldercare-dispatch.toml");
        let from = text.find("#   [[notify.carriers]]").expect("the sample has carriers");
        let example: String = text[from..]
            .lines()
            .take_while(|it| it.starts_with('#'))
            .map(|it| format!("{}\n", it.strip_prefix("#   ").unwrap_or("")))
            .collect();
        let table: toml::Table = example.parse().expect("the examples are TOML");
        let all = table["notify"]["carriers"].as_array().expect("a list");
        all.iter().map(|it| it.as_table().expect("a section").clone()).collect()
    }

    #[test]
    fn the_sample_explains_every_key_of_every_type() {
        let mut seen = BTreeSet::new();
        for example in examples() {
            let kind: Type = example["type"].as_str().unwrap().parse().unwrap();
            seen.insert(kind);
            // What a type asks for shows when it is read.
            let mut mistakes = Vec::new();
            let empty = toml::Table::new();
            let mut keys = Keys::new(String::new(), &empty, &mut mistakes);
            Setup::read(kind, &mut keys);
            for key in keys
                .known
                .iter()
                .filter(|it| !(it.ends_with("_file") && *it != "ca_file"))
            {
                assert!(example.contains_key(key), "the sample lacks {kind}: {key}");
            }
        }
        assert_eq!(seen, Type::ALL.iter().copied().collect());
    }

    #[test]
    fn the_sample_reads_but_for_what_is_ones_own() {
        let list: Vec<toml::Value> = examples().into_iter().map(toml::Value::Table).collect();
        let mut mistakes = Vec::new();
        let read = read(&toml::Value::Array(list), &mut mistakes);
        assert_eq!(read.len(), Type::ALL.len());
        let own = ["vapid_key: must be a P-256 key", "folder: there is no folder"];
        for it in &mistakes {
            assert!(own.iter().any(|own| it.contains(own)), "{it}");
        }
        assert_eq!(mistakes.len(), own.len(), "{mistakes:?}");
        for secret in [
            "LTAI...",
            "a-long-word-of-ones-own",
            "SEC...",
            "whsec_",
            "00000000-0000-0000",
        ] {
            let shown = format!("{read:?}");
            assert_eq!(shown.contains(secret), secret == "LTAI...", "{secret} in {shown}");
        }
    }

    #[test]
    fn a_template_of_a_provider_says_no_more_than_its_form_may() {
        let mistakes = |kind: &str, param: &str| {
            let text = format!(
                "type = \"{kind}\"\ntemplates = [{{ id = \"T\", kinds = [\"offer\"], params = [\"{param}\"] }}]"
            );
            let found = toml::from_str::<CarrierConfig>(&text).unwrap_err().message().to_owned();
            found.contains("may not be said in this form")
        };
        for (kind, param, wrong) in [
            ("sms_aliyun", "area_name", true),
            ("sms_aliyun", "place=area_name", true),
            ("sms_aliyun", "link", false),
            ("sms_tencent", "area_name", true),
            ("voice_aliyun", "area_name", true),
            ("voice_aliyun", "link", true),
            ("voice_aliyun", "case_number", false),
            ("wechat_template", "thing1=area_name", true),
            ("wechat_template", "thing1=link", true),
            ("wechat_template", "thing1=title", false),
        ] {
            assert_eq!(mistakes(kind, param), wrong, "{kind}: {param}");
        }
    }

    #[test]
    fn a_name_begins_with_its_way() {
        for (name, sound) in [
            ("sms", true),
            ("sms:second", true),
            ("sms:a_b-2", true),
            ("sms:", false),
            ("smsx", false),
            ("sms:Two", false),
            ("voice", false),
            ("", false),
        ] {
            assert_eq!(is_name(name, Way::Sms), sound, "{name}");
        }
    }

    #[test]
    fn a_try_does_not_outlive_its_lease() {
        let text = "type = \"dingtalk_robot\"\nkey = \"a\"\ntimeout_ms = 15001\n";
        let read: CarrierConfig = toml::from_str(text).unwrap();
        assert!(mistakes(std::slice::from_ref(&read), 30)[0].contains("dingtalk_robot: timeout_ms"));
        assert!(mistakes(&[read], 31).is_empty());
        let wrong = toml::from_str::<CarrierConfig>("type = \"dingtalk_robot\"\nkey = 5\n").unwrap_err();
        assert!(wrong.message().contains("carrier.key: must be"), "{wrong}");
    }
}
