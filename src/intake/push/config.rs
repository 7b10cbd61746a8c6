//! Which clouds push to us, by which secrets, and what their fields mean: `[push]` and its links.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer};

use super::Keys;
use super::mapping::{Fields, Mapping, Rule};
use crate::people::words::words;

words! {
    /// A cloud that pushes.
    Platform ("push platform") {
        /// 中国移动 OneNET.
        Onenet = "onenet",
        /// 中国电信 CTWing (AEP).
        Ctwing = "ctwing",
        /// 华为云 IoTDA.
        Huawei = "huawei",
        /// 腾讯云 IoT.
        Tencent = "tencent",
    }
}

impl Platform {
    /// It signs nothing: the end of the address is the only secret.
    pub const fn is_unsigned(self) -> bool {
        matches!(self, Self::Ctwing)
    }
}

/// A text that never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// From its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Whatever else stands there is a secret all the same: no error repeats it.
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => Ok(Self(text)),
            _ => Err(serde::de::Error::custom("must be a text")),
        }
    }
}

/// One link.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkConfig {
    /// Which entry of the list it is, where some could not be read.
    #[serde(skip)]
    pub place: Option<usize>,
    /// The cloud.
    pub platform: Platform,
    /// Its name in the address; it must stay the same.
    pub name: String,
    /// The token that is entered at the cloud.
    #[serde(default)]
    pub token: Option<Secret>,
    /// A file that holds it, in place of `token`.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// OneNET's key of the secure mode.
    #[serde(default)]
    pub aes_key: Option<Secret>,
    /// A file that holds it, in place of `aes_key`.
    #[serde(default)]
    pub aes_key_file: Option<PathBuf>,
    /// What stands before the code of each of its devices in the register.
    #[serde(default)]
    pub code_prefix: String,
    /// What its fields mean.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Where its figures stand.
    #[serde(default)]
    pub fields: Fields,
}

/// Letters of a link's name.
const NAME_MAX: usize = 32;
/// Letters of a token that signs.
const TOKEN_MIN: usize = 8;
/// Letters of a token that is the end of an address.
const PATH_TOKEN_MIN: usize = 16;
/// Letters of a token at most.
const TOKEN_MAX: usize = 128;

impl LinkConfig {
    /// Its mapping.
    pub fn mapping(&self) -> Mapping {
        Mapping {
            rules: self.rules.clone(),
            fields: self.fields.clone(),
        }
    }

    /// Its secrets, out of their files where they are in files.
    ///
    /// # Errors
    /// The key and a sentence.
    pub fn keys(&self, signature_within: SignedDuration) -> Result<Keys, String> {
        let token = secret("token", self.token.as_ref(), self.token_file.as_ref())?
            .ok_or("token: is missing; give token or token_file")?;
        let text = token.reveal();
        let sound = if self.platform.is_unsigned() {
            let letter = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
            (PATH_TOKEN_MIN..=TOKEN_MAX).contains(&text.len()) && text.bytes().all(letter)
        } else {
            (TOKEN_MIN..=TOKEN_MAX).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic())
        };
        if !sound {
            return Err(if self.platform.is_unsigned() {
                format!(
                    "token: must be {PATH_TOKEN_MIN} to {TOKEN_MAX} letters, digits, `-` or `_`: it is all that proves the cloud"
                )
            } else {
                format!("token: must be {TOKEN_MIN} to {TOKEN_MAX} visible letters")
            });
        }
        let aes = secret("aes_key", self.aes_key.as_ref(), self.aes_key_file.as_ref())?;
        if let Some(key) = &aes {
            if self.platform != Platform::Onenet {
                return Err("aes_key: only onenet encrypts".to_owned());
            }
            if !matches!(key.reveal().len(), 16 | 43) || !key.reveal().is_ascii() {
                return Err(
                    "aes_key: must be the 16 letters that OneNET shows, or the 43 of its first generation".to_owned(),
                );
            }
        }
        Ok(Keys {
            token,
            aes,
            signature_within,
        })
    }
}

fn secret(key: &str, given: Option<&Secret>, file: Option<&PathBuf>) -> Result<Option<Secret>, String> {
    match (given, file) {
        (Some(_), Some(_)) => Err(format!("{key}: stands there twice: give {key} or {key}_file")),
        (Some(it), None) => Ok(Some(it.clone())),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| format!("{key}_file: {} cannot be read ({error})", file.display()))?;
            Ok(Some(Secret::new(text.trim())))
        }
        (None, None) => Ok(None),
    }
}

/// `[push]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PushConfig {
    /// Bytes of one body.
    pub body_max_bytes: usize,
    /// Proved requests a second that one link may send on and on; ten times as many at once.
    pub per_second_max: u32,
    /// How far a signed time may be from ours, seconds.
    pub signature_within_s: u32,
    /// The links.
    pub links: Vec<LinkConfig>,
}

impl Default for PushConfig {
    /// 1 MiB: clouds push messages of some KiB, or a batch of them. 2,000 a second: two and a half times what Huawei's replay after
    /// an outage sends (800 a second by its documentation). 900 seconds: clocks of clouds are right; a request may wait at ours.
    fn default() -> Self {
        Self {
            body_max_bytes: 1024 * 1024,
            per_second_max: 2_000,
            signature_within_s: 900,
            links: Vec::new(),
        }
    }
}

impl PushConfig {
    /// How far a signed time may be from ours.
    pub fn signature_within(&self) -> SignedDuration {
        SignedDuration::from_secs(self.signature_within_s.into())
    }

    /// Every mistake, one sentence each; no secret is in one.
    pub fn mistakes(&self) -> Vec<String> {
        let checks = [
            (
                !(1_024..=16 * 1024 * 1024).contains(&self.body_max_bytes),
                "push.body_max_bytes: must be 1024 to 16777216",
            ),
            (
                !(1..=100_000).contains(&self.per_second_max),
                "push.per_second_max: must be 1 to 100000",
            ),
            (
                !(30..=86_400).contains(&self.signature_within_s),
                "push.signature_within_s: must be 30 to 86400",
            ),
        ];
        let mut found: Vec<String> = checks.iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect();
        let mut names = HashSet::new();
        for (at, link) in self.links.iter().enumerate() {
            let here = format!("push.links[{}]", link.place.unwrap_or(at));
            let letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'_');
            if !(1..=NAME_MAX).contains(&link.name.len()) || !link.name.bytes().all(letter) {
                found.push(format!(
                    "{here}.name: must be 1 to {NAME_MAX} small letters, digits, `-` or `_`"
                ));
            }
            if !names.insert((link.platform, &link.name)) {
                found.push(format!(
                    "{here}.name: `{}` is there twice for {}",
                    link.name, link.platform
                ));
            }
            if let Err(why) = link.keys(self.signature_within()) {
                found.push(format!("{here}.{why}"));
            }
            if link.code_prefix.len() > NAME_MAX {
                found.push(format!("{here}.code_prefix: may have {NAME_MAX} letters"));
            }
            found.extend(link.mapping().mistakes().into_iter().map(|it| format!("{here}.{it}")));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> PushConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn every_mistake_of_the_links_is_told_and_no_secret() {
        assert_eq!(PushConfig::default().mistakes(), Vec::<String>::new());
        let good = "[[links]]\nplatform = \"ctwing\"\nname = \"a\"\ntoken = \"0123456789abcdef\"\n";
        assert_eq!(read(good).mistakes(), Vec::<String>::new());
        for (text, told) in [
            (format!("body_max_bytes = 1\nper_second_max = 0\nsignature_within_s = 1\n{good}"), vec![
                "push.body_max_bytes: must be 1024",
                "push.per_second_max: must be 1",
                "push.signature_within_s: must be 30",
            ]),
            (format!("{good}{good}"), vec!["push.links[1].name: `a` is there twice for ctwing"]),
            ("[[links]]\nplatform = \"ctwing\"\nname = \"A b\"\ntoken = \"hunter2\"".to_owned(), vec![
                "push.links[0].name: must be 1 to 32",
                "push.links[0].token: must be 16 to 128",
            ]),
            ("[[links]]\nplatform = \"onenet\"\nname = \"a\"".to_owned(), vec!["push.links[0].token: is missing"]),
            ("[[links]]\nplatform = \"onenet\"\nname = \"a\"\ntoken = \"hunter2\"".to_owned(), vec!["push.links[0].token: must be 8"]),
            ("[[links]]\nplatform = \"onenet\"\nname = \"a\"\ntoken = \"hunter2hunter2\"\naes_key = \"hunter2\"".to_owned(), vec!["push.links[0].aes_key: must be the 16"]),
            ("[[links]]\nplatform = \"huawei\"\nname = \"a\"\ntoken = \"hunter2hunter2\"\naes_key = \"0123456789abcdef\"".to_owned(), vec!["push.links[0].aes_key: only onenet"]),
            ("[[links]]\nplatform = \"onenet\"\nname = \"a\"\ntoken = \"hunter2hunter2\"\ntoken_file = \"x\"".to_owned(), vec!["push.links[0].token: stands there twice"]),
            ("[[links]]\nplatform = \"onenet\"\nname = \"a\"\ntoken_file = \"no/such\"".to_owned(), vec!["push.links[0].token_file: no/such cannot be read"]),
            (format!("{good}[[links.rules]]\nat = \"x\"\nkinds = {{ \"1\" = \"sos\", \"2\" = \"quake\" }}"), vec![
                "push.links[0].rules[0].at: must be",
                "push.links[0].rules[0].kinds: `quake` is no kind",
            ]),
        ] {
            let found = read(&text).mistakes();
            for sentence in &told {
                assert!(found.iter().any(|it| it.starts_with(sentence)), "{sentence} in {found:#?}");
            }
            assert_eq!(found.len(), told.len(), "{text}: {found:#?}");
            assert!(!found.join("\n").contains("hunter2"));
        }
        let config = read(good);
        assert!(!format!("{config:?}").contains("0123456789abcdef"));
        let error =
            toml::from_str::<PushConfig>("[[links]]\nplatform = \"ctwing\"\nname = \"a\"\ntoken = 424242").unwrap_err();
        assert!(!error.message().contains("424242"), "{error}");
    }

    #[test]
    fn a_token_may_be_in_a_file_with_a_line_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789abcdef\n").unwrap();
        let text = format!(
            "[[links]]\nplatform = \"ctwing\"\nname = \"a\"\ntoken_file = \"{}\"",
            file.path().display()
        );
        let config = read(&text);
        assert_eq!(config.mistakes(), Vec::<String>::new());
        let keys = config.links[0].keys(config.signature_within()).unwrap();
        assert_eq!(keys.token.reveal(), "0123456789abcdef");
    }
}
