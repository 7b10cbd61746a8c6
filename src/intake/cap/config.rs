//! Who may warn us: `[cap]` and its senders.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Deserialize;

use crate::cap::read::is_name;
use crate::circle::Crs;
use crate::people::AreaCode;
use crate::signature::Secret;

/// Letters of a sender's name.
const NAME_MAX: usize = 32;
/// Senders at most.
const SENDERS_MAX: usize = 32;

/// `[[cap.senders]]`: a town, a weather or a fire service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SenderConfig {
    /// Which entry of the list it is, where some could not be read.
    #[serde(skip)]
    pub place: Option<usize>,
    /// Its name with us; it must stay the same.
    pub name: String,
    /// `whsec_` and 24 to 64 bytes in base64: by it each message is signed.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// A file that holds it, in place of `secret`.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// The secret before this one, while the other side changes over.
    #[serde(default)]
    pub previous_secret: Option<Secret>,
    /// What its messages may have as their `sender`.
    pub senders: Vec<String>,
    /// The area for which it speaks.
    pub area: AreaCode,
    /// In which system its coordinates are.
    #[serde(default = "wgs84")]
    pub crs: Crs,
    /// What its geocodes are called (`valueName`) that hold codes of our areas; any other is no area. Capitals and blanks do not matter.
    #[serde(default = "area_codes")]
    pub geocodes: Vec<String>,
}

/// Our own word and the names of the national lists: of counties (GB/T 2260), of townships (GB/T 10114).
const GEOCODES: [&str; 5] = ["area_code", "GB/T 2260", "GB/T 10114", "adcode", "行政区划代码"];

fn area_codes() -> Vec<String> {
    GEOCODES.map(str::to_owned).to_vec()
}

const fn wgs84() -> Crs {
    Crs::Wgs84
}

impl SenderConfig {
    /// Its secrets, the present one first.
    ///
    /// # Errors
    /// The key and a sentence; no secret is in it.
    pub fn secrets(&self) -> Result<Vec<Secret>, String> {
        let present = match (&self.secret, &self.secret_file) {
            (Some(_), Some(_)) => return Err("secret: stands there twice: give secret or secret_file".to_owned()),
            (None, None) => return Err("secret: is missing; give secret or secret_file".to_owned()),
            (Some(it), None) => it.clone(),
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| format!("secret_file: {} cannot be read ({error})", file.display()))?;
                Secret::parse(text.trim()).map_err(|error| format!("secret_file: {error}"))?
            }
        };
        Ok(std::iter::once(present).chain(self.previous_secret.clone()).collect())
    }
}

/// `[cap]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CapConfig {
    /// Bytes of one message.
    pub body_max_bytes: usize,
    /// Proved messages a second that one sender may send on and on; ten times as many at once.
    pub per_second_max: u32,
    /// Who may warn us; none: every message is refused.
    pub senders: Vec<SenderConfig>,
}

impl Default for CapConfig {
    /// 1 MiB: polygons of a district are some KiB. 5 a second: services of this kind send some messages a day.
    fn default() -> Self {
        Self {
            body_max_bytes: 1024 * 1024,
            per_second_max: 5,
            senders: Vec::new(),
        }
    }
}

impl CapConfig {
    /// Every mistake, one sentence each; no secret is in one.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        if !(4_096..=16 * 1024 * 1024).contains(&self.body_max_bytes) {
            found.push("cap.body_max_bytes: must be 4096 to 16777216".to_owned());
        }
        if !(1..=1_000).contains(&self.per_second_max) {
            found.push("cap.per_second_max: must be 1 to 1000".to_owned());
        }
        if self.senders.len() > SENDERS_MAX {
            found.push(format!("cap.senders: at most {SENDERS_MAX}"));
        }
        let mut names = HashSet::new();
        for (at, it) in self.senders.iter().enumerate() {
            let here = format!("cap.senders[{}]", it.place.unwrap_or(at));
            let letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'_');
            if !(1..=NAME_MAX).contains(&it.name.len()) || !it.name.bytes().all(letter) {
                found.push(format!(
                    "{here}.name: must be 1 to {NAME_MAX} small letters, digits, `-` or `_`"
                ));
            }
            if !names.insert(&it.name) {
                found.push(format!("{here}.name: `{}` is there twice", it.name));
            }
            if let Err(why) = it.secrets() {
                found.push(format!("{here}.{why}"));
            }
            if it.geocodes.iter().any(|it| it.trim().is_empty()) {
                found.push(format!(
                    "{here}.geocodes: must be names of geocodes, none of them empty"
                ));
            }
            if it.senders.is_empty() || !it.senders.iter().all(|it| is_name(it)) {
                found.push(format!(
                    "{here}.senders: must be the `sender` of its messages, one or more, without blanks, commas, `<` or `&`"
                ));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_of_the_senders_is_told_and_no_secret() {
        assert_eq!(CapConfig::default().mistakes(), Vec::<String>::new());
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let text = format!(
            "body_max_bytes = 1\nper_second_max = 0\n\
             [[senders]]\nname = \"Met 1\"\nsecret = \"{secret}\"\nsenders = []\narea = \"120114\"\n\
             [[senders]]\nname = \"a\"\nsenders = [\"a b\"]\narea = \"120114001\"\ncrs = \"gcj02\"\ngeocodes = [\" \"]\n\
             [[senders]]\nname = \"a\"\nsecret_file = \"no/such\"\nsenders = [\"a\"]\narea = \"120114\"\n"
        );
        let config: CapConfig = toml::from_str(&text).unwrap();
        let found = config.mistakes();
        for told in [
            "cap.body_max_bytes: must be 4096",
            "cap.per_second_max: must be 1",
            "cap.senders[0].name: must be 1 to 32",
            "cap.senders[0].senders: must be",
            "cap.senders[1].secret: is missing",
            "cap.senders[1].senders: must be",
            "cap.senders[1].geocodes: must be",
            "cap.senders[2].name: `a` is there twice",
            "cap.senders[2].secret_file: no/such cannot be read",
        ] {
            assert!(found.iter().any(|it| it.starts_with(told)), "{told} in {found:#?}");
        }
        assert_eq!(found.len(), 9, "{found:#?}");
        assert!(!format!("{config:?}").contains("MfKQ9r8G"));
        assert!(toml::from_str::<CapConfig>("[[senders]]\nname = \"a\"\nsenders = [\"a\"]\narea = \"12\"").is_err());
    }
}
