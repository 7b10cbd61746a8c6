//! `[telephony]`: by which lines calls are made, from which desks, and how long each may be anything. Without a line nobody is called,
//! and the console shows the number as before.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use super::Line;
use crate::case::{CallLimits, Kind};
use crate::notify::Secret;
use crate::people::Language;

/// Numbers that no call of ours goes to: help itself is called by a person.
pub const NEVER: [&str; 4] = ["110", "119", "120", "122"];

/// Desks at most.
const DESKS_MAX: usize = 200;

/// Lines that a test has brought; no key of the configuration makes one.
#[derive(Clone, Default)]
pub struct LinesInjected(pub Vec<Arc<dyn Line>>);

impl std::fmt::Debug for LinesInjected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LinesInjected({})", self.0.len())
    }
}

/// A desk's own telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskPhone {
    /// Its extension, or the user part of its address.
    pub extension: String,
    /// What stands on the desk.
    pub name: String,
}

/// `[telephony]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelephonyConfig {
    /// The telephones at the desks, as `8001=Desk 1`.
    pub desks: Vec<String>,
    /// Calls of desks that go on at once.
    pub calls_max: u32,
    /// Until the desk's own telephone was taken, seconds.
    pub asked_s: u32,
    /// How long a telephone rings, seconds.
    pub ring_s: u32,
    /// How long a call lasts, seconds.
    pub longest_s: u32,
    /// Somebody on hold for so long is shown, seconds.
    pub hold_warn_s: u32,
    /// Whether the line may record an elder who has agreed.
    pub record: bool,
    /// `[telephony.http]`
    #[serde(skip)]
    pub http: HttpLineConfig,
    /// `[telephony.sip]`
    #[serde(skip)]
    pub sip: SipConfig,
    /// `[telephony.check]`
    #[serde(skip)]
    pub check: CheckConfig,
    /// Lines that a test has brought.
    #[serde(skip)]
    pub injected: LinesInjected,
}

impl Default for TelephonyConfig {
    fn default() -> Self {
        Self {
            desks: vec![],
            calls_max: 16,
            asked_s: 45,
            ring_s: 45,
            longest_s: 1_800,
            hold_warn_s: 60,
            record: false,
            http: HttpLineConfig::default(),
            sip: SipConfig::default(),
            check: CheckConfig::default(),
            injected: LinesInjected::default(),
        }
    }
}

/// `[telephony.http]`: a provider, or an exchange of one's own, that speaks HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpLineConfig {
    /// Where calls are asked for; none: there is no such line.
    pub url: Option<String>,
    /// What is shared with it; both directions are signed with it.
    pub secret: Option<Secret>,
    /// How long one request may take, milliseconds.
    pub timeout_ms: u64,
    /// Whether it can read out a text and hear a key.
    pub asks: bool,
}

impl Default for HttpLineConfig {
    fn default() -> Self {
        Self {
            url: None,
            secret: None,
            timeout_ms: 4_000,
            asks: true,
        }
    }
}

/// `[telephony.sip]`: a trunk.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SipConfig {
    /// Where telephones outside are called: the trunk or the exchange; none: there is no such line.
    pub trunk: Option<SocketAddr>,
    /// Where the desks' telephones are called; none: at the trunk.
    pub desks: Option<SocketAddr>,
    /// Our own socket, datagrams.
    pub listen: SocketAddr,
    /// Under which address the others reach it, where that is another one.
    pub address: Option<IpAddr>,
    /// Our name in SIP.
    pub domain: String,
    /// The account at the trunk; none: it knows us by our address.
    pub username: Option<String>,
    /// A file that holds its password.
    pub password_file: Option<PathBuf>,
    /// Whether the trunk wants us to register.
    pub register: bool,
    /// For how long, seconds.
    pub register_s: u32,
}

impl Default for SipConfig {
    fn default() -> Self {
        Self {
            trunk: None,
            desks: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 5070)),
            address: None,
            domain: "eldercare-dispatch".to_owned(),
            username: None,
            password_file: None,
            register: false,
            register_s: 300,
        }
    }
}

impl SipConfig {
    /// The password out of its file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn password(&self) -> Result<Option<String>, String> {
        let Some(file) = &self.password_file else {
            return Ok(None);
        };
        std::fs::read_to_string(file)
            .map(|it| Some(it.trim().to_owned()))
            .map_err(|error| {
                format!(
                    "telephony.sip.password_file: {} cannot be read ({error})",
                    file.display()
                )
            })
    }

    fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        let word = |it: &str| {
            (1..=64).contains(&it.len()) && it.chars().all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it))
        };
        if self.trunk.is_none() {
            return found;
        }
        if self.listen.ip().is_unspecified() && self.address.is_none() {
            found.push(
                "telephony.sip.address: is missing; where every address is listened to, the others have to be told one"
                    .to_owned(),
            );
        }
        if !word(&self.domain) {
            found.push("telephony.sip.domain: must be a host name of letters, digits, dots and dashes".to_owned());
        }
        if self.username.as_deref().is_some_and(|it| !word(it)) {
            found.push("telephony.sip.username: must be 1 to 64 letters or digits".to_owned());
        }
        if self.username.is_some() != self.password_file.is_some() {
            found.push("telephony.sip.password_file: goes with username".to_owned());
        }
        if self.register && self.username.is_none() {
            found.push("telephony.sip.register: wants a username".to_owned());
        }
        if !(60..=3_600).contains(&self.register_s) {
            found.push("telephony.sip.register_s: must be a whole number from 60 to 3600".to_owned());
        }
        found.extend(self.password().err());
        found
    }
}

/// `[telephony.check]`: the automatic call to the elder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckConfig {
    /// Nobody at a desk has the case in hand for so long, seconds; 0: nobody is called by itself.
    pub after_s: u32,
    /// Of which kinds of alert.
    pub kinds: BTreeSet<Kind>,
    /// Automatic calls that go on at once.
    pub calls_max: u32,
    /// How long one lasts, seconds.
    pub longest_s: u32,
    /// In which language the voice speaks.
    pub language: Language,
    /// Texts in place of those that are compiled in: a folder with zh-CN.ftl and en.ftl.
    pub texts_folder: Option<PathBuf>,
}

impl Default for CheckConfig {
    fn default() -> Self {
        Self {
            after_s: 30,
            kinds: BTreeSet::from([Kind::Sos, Kind::Fall]),
            calls_max: 4,
            longest_s: 90,
            language: Language::ZhCn,
            texts_folder: None,
        }
    }
}

impl TelephonyConfig {
    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut within = |key: &str, value: u32, least: u32, most: u32| {
            if !(least..=most).contains(&value) {
                found.push(format!(
                    "telephony.{key}: must be a whole number from {least} to {most}"
                ));
            }
        };
        within("calls_max", self.calls_max, 1, 1_000);
        within("asked_s", self.asked_s, 5, 120);
        within("ring_s", self.ring_s, 5, 120);
        within("longest_s", self.longest_s, 60, 14_400);
        within("hold_warn_s", self.hold_warn_s, 5, 600);
        within("check.calls_max", self.check.calls_max, 1, 1_000);
        within("check.longest_s", self.check.longest_s, 20, 300);
        if self.check.after_s != 0 {
            within("check.after_s", self.check.after_s, 5, 600);
        }
        for (at, text) in self.desks.iter().enumerate() {
            if desk(text).is_none() {
                found.push(format!(
                    "telephony.desks[{at}]: must be like \"8001=Desk 1\": 2 to 32 letters or digits that are no emergency number, and what stands on the desk"
                ));
            }
        }
        if self.desks.len() > DESKS_MAX {
            found.push(format!("telephony.desks: at most {DESKS_MAX}"));
        }
        let known: BTreeSet<&str> = self.desks.iter().filter_map(|it| it.split('=').next()).collect();
        if known.len() != self.desks.len() {
            found.push("telephony.desks: an extension stands there twice".to_owned());
        }
        if let Some(kind) = self.check.kinds.iter().find(|it| it.lane() != crate::case::Lane::Help) {
            found.push(format!("telephony.check.kinds: `{kind}` is no call for help"));
        }
        found.extend(self.http.mistakes());
        found.extend(self.sip.mistakes());
        found
    }

    /// The desks that read.
    pub fn desk_phones(&self) -> Vec<DeskPhone> {
        self.desks.iter().filter_map(|it| desk(it)).collect()
    }

    /// How long a call may be anything.
    pub const fn limits(&self) -> CallLimits {
        CallLimits {
            asked_s: self.asked_s,
            ring_s: self.ring_s,
            longest_s: self.longest_s,
            check_longest_s: self.check.longest_s,
            hold_warn_s: self.hold_warn_s,
        }
    }
}

fn desk(text: &str) -> Option<DeskPhone> {
    let (extension, name) = text.split_once('=')?;
    let sound = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    let named = !name.trim().is_empty() && name.chars().count() <= 40 && !name.contains(char::is_control);
    let fits = (2..=32).contains(&extension.len()) && extension.chars().all(sound) && !NEVER.contains(&extension);
    (fits && named).then(|| DeskPhone {
        extension: extension.to_owned(),
        name: name.trim().to_owned(),
    })
}

impl HttpLineConfig {
    fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        let Some(url) = &self.url else {
            if self.secret.is_some() {
                found.push("telephony.http.url: is missing; the secret is of no line without".to_owned());
            }
            return found;
        };
        let sound = reqwest::Url::parse(url).is_ok_and(|it| matches!(it.scheme(), "http" | "https") && it.has_host());
        if !sound {
            found.push("telephony.http.url: must be an http or https address".to_owned());
        }
        if self.secret.is_none() {
            found.push("telephony.http.secret: is missing; must be `whsec_` and 24 to 64 bytes in base64".to_owned());
        }
        if !(100..=10_000).contains(&self.timeout_ms) {
            found.push("telephony.http.timeout_ms: must be a whole number from 100 to 10000".to_owned());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named_with_its_key() {
        let wrong = |text: &str| toml::from_str::<TelephonyConfig>(text).unwrap().mistakes();
        assert_eq!(TelephonyConfig::default().mistakes(), Vec::<String>::new());
        for (text, key) in [
            ("calls_max = 0", "telephony.calls_max: "),
            ("asked_s = 4", "telephony.asked_s: "),
            ("ring_s = 121", "telephony.ring_s: "),
            ("longest_s = 59", "telephony.longest_s: "),
            ("hold_warn_s = 0", "telephony.hold_warn_s: "),
            ("desks = [\"8001\"]", "telephony.desks[0]: "),
            ("desks = [\"120=x\"]", "telephony.desks[0]: "),
            ("desks = [\"8001=a\", \"8 2=b\"]", "telephony.desks[1]: "),
            ("desks = [\"8001=a\", \"8001=b\"]", "telephony.desks: "),
        ] {
            let found = wrong(text);
            assert!(found.len() == 1 && found[0].starts_with(key), "{text}: {found:?}");
        }
        let mut it = TelephonyConfig::default();
        it.check.after_s = 3;
        it.check.kinds.insert(Kind::LowBattery);
        it.http.url = Some("ftp://x".to_owned());
        it.http.timeout_ms = 1;
        let found = it.mistakes().join("\n");
        for key in [
            "check.after_s",
            "check.kinds",
            "http.url",
            "http.secret",
            "http.timeout_ms",
        ] {
            assert!(found.contains(&format!("telephony.{key}: ")), "{key} in {found}");
        }
        it.sip = toml::from_str("trunk = \"10.0.0.2:5060\"\nlisten = \"0.0.0.0:5070\"\ndomain = \"a b\"\nregister = true\nregister_s = 9\npassword_file = \"/none\"").unwrap();
        let found = it.mistakes().join("\n");
        for key in ["address", "domain", "register", "register_s", "password_file"] {
            assert!(found.contains(&format!("telephony.sip.{key}: ")), "{key} in {found}");
        }
        it.check.after_s = 0;
        assert!(!it.mistakes().join("\n").contains("after_s"), "0 turns it off");
    }
}
