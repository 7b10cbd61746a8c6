//! In which reference system a device on a line sends its places, where its file does not say.
//!
//! A receiver says WGS-84, and most devices pass on what it says; some that are made for maps of the mainland do not. Without any system
//! a fix leads nobody anywhere, so the usual one of the language (or of the model) is assumed, and each reading says that it was.

use std::collections::HashMap;
use std::fmt;

use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::de::{Error as _, IntoDeserializer as _};
use serde::{Deserialize, Deserializer};

use super::terminal::language;
use crate::circle::Crs;
use crate::people::{Device, Protocol};

/// The word for "nothing is assumed".
const NONE: &str = "none";

/// The usual systems: a list of `LANGUAGE=SYSTEM` and `model:MODEL=SYSTEM`, the system `wgs84`, `gcj02`, `bd09` or `none`. What is not
/// named is WGS-84.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UsualCrs {
    protocols: HashMap<Protocol, Option<Crs>>,
    models: HashMap<String, Option<Crs>>,
}

impl UsualCrs {
    /// That of a language; none for one that has no lines, and where nothing is to be assumed.
    pub fn of_protocol(&self, protocol: Protocol) -> Option<Crs> {
        language(protocol)?;
        self.protocols.get(&protocol).copied().unwrap_or(Some(Crs::Wgs84))
    }

    /// What a place of `device`, or of a stranger, is taken for that speaks a language of lines: its model's, else its language's. None
    /// too where the file says it: then nothing is assumed.
    pub fn assumed(&self, protocol: Protocol, device: Option<&Device>) -> Option<Crs> {
        if device.is_some_and(|it| it.crs.is_some()) || language(protocol).is_none() {
            return None;
        }
        let model = device.and_then(|it| it.model.as_deref());
        match model.and_then(|it| self.models.get(it)) {
            Some(it) => *it,
            None => self.of_protocol(protocol),
        }
    }
}

impl fmt::Debug for UsualCrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |it: &Option<Crs>| it.map_or(NONE.to_owned(), |it| format!("{it:?}").to_lowercase());
        let protocols = self.protocols.iter().map(|(it, crs)| format!("{it}={}", word(crs)));
        let models = self.models.iter().map(|(it, crs)| format!("model:{it}={}", word(crs)));
        let mut all: Vec<String> = protocols.chain(models).collect();
        all.sort();
        f.debug_list().entries(all).finish()
    }
}

impl<'de> Deserialize<'de> for UsualCrs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut usual = Self::default();
        for text in Vec::<String>::deserialize(from)? {
            let wrong = |why: &str| D::Error::custom(format!("`{text}`: {why}"));
            let (what, system) = text.rsplit_once('=').ok_or_else(|| wrong("has no `=`"))?;
            let crs = match system.trim() {
                NONE => None,
                word => {
                    let word: StrDeserializer<'_, ValueError> = word.into_deserializer();
                    let read = Crs::deserialize(word);
                    Some(read.map_err(|_| wrong("the system is wgs84, gcj02, bd09 or none"))?)
                }
            };
            let what = what.trim();
            match what.strip_prefix("model:").map(str::trim) {
                Some("") => return Err(wrong("names no model")),
                Some(model) => {
                    usual.models.insert(model.to_owned(), crs);
                }
                None => {
                    let protocol: Protocol = what.parse().map_err(D::Error::custom)?;
                    if language(protocol).is_none() {
                        return Err(wrong("this language has no lines"));
                    }
                    usual.protocols.insert(protocol, crs);
                }
            }
        }
        Ok(usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{DeviceKind, device_id};

    #[derive(Deserialize)]
    struct Within {
        usual: UsualCrs,
    }

    #[test]
    fn the_file_goes_before_the_model_and_the_model_before_the_language() {
        let text = r#"usual = ["watch=gcj02", "h02 = none", "model:KG-1=bd09", "model:KG-2 = none"]"#;
        let usual = toml::from_str::<Within>(text).unwrap().usual;
        let device = |model: Option<&str>, crs| Device {
            id: device_id("D"),
            code: "D".into(),
            kind: DeviceKind::Watch,
            binding: None,
            model: model.map(str::to_owned),
            crs,
            voice_path: false,
            place: None,
            terminal: None,
            beat_s: None,
            carrier: None,
            in_service: true,
        };
        use Protocol::{Gt06, H02, Mqtt, Scaip, Watch};
        for (protocol, device, wanted) in [
            (Watch, Some(device(None, None)), Some(Crs::Gcj02)),
            (Watch, None, Some(Crs::Gcj02)),
            (Watch, Some(device(Some("KG-1"), None)), Some(Crs::Bd09)),
            (Watch, Some(device(Some("KG-2"), None)), None),
            (Watch, Some(device(Some("KG-3"), None)), Some(Crs::Gcj02)),
            (Watch, Some(device(Some("KG-1"), Some(Crs::Wgs84))), None), // nothing is assumed: it is known
            (Gt06, Some(device(None, None)), Some(Crs::Wgs84)),
            (H02, Some(device(None, None)), None),
            (Mqtt, Some(device(Some("KG-1"), None)), None),
            (Scaip, None, None),
        ] {
            assert_eq!(
                usual.assumed(protocol, device.as_ref()),
                wanted,
                "{protocol} {device:?}"
            );
        }
        assert_eq!(
            format!("{usual:?}"),
            r#"["h02=none", "model:KG-1=bd09", "model:KG-2=none", "watch=gcj02"]"#
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (entry, why) in [
            ("watch", "has no `=`"),
            ("watch=wgs72", "the system is wgs84"),
            ("wotch=wgs84", "wotch"),
            ("mqtt=wgs84", "has no lines"),
            ("model:=wgs84", "names no model"),
        ] {
            let error = toml::from_str::<Within>(&format!("usual = [\"{entry}\"]"))
                .err()
                .unwrap();
            assert!(error.to_string().contains(why), "{entry}: {error}");
        }
    }
}
