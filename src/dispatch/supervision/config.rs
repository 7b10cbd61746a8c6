//! How devices are watched: beats, thresholds, times.

use std::collections::HashMap;
use std::fmt;

use jiff::SignedDuration;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::people::{BEAT_MAX_S, Device, DeviceKind, Protocol};

/// `[supervision]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SupervisionConfig {
    /// How often is looked for devices that are silent, low or back, seconds.
    pub every_s: u32,
    /// What a beat may be late, seconds. With `every_s` at most 60: silence is found within two beats and a minute.
    pub grace_s: u32,
    /// How often devices of a kind or model say something while they live.
    pub beats: Beats,
    /// For so long a device must be well before its case closes by itself, seconds.
    pub recovered_s: u32,
    /// At this charge or less a battery is low, percent.
    pub battery_low_percent: u8,
    /// From this charge on it is well again, percent.
    pub battery_well_percent: u8,
    /// So many devices dark at once in one area or on one carrier are one incident.
    pub dark_min: u32,
    /// And so many of a hundred of those that are watched there.
    pub dark_percent: u8,
    /// What went dark within this counts as at once, seconds.
    pub dark_within_s: u32,
}

impl Default for SupervisionConfig {
    fn default() -> Self {
        Self {
            every_s: 10,
            grace_s: 45,
            beats: Beats::default(),
            recovered_s: 300,
            battery_low_percent: 15,
            battery_well_percent: 30,
            dark_min: 8,
            dark_percent: 50,
            dark_within_s: 3_600,
        }
    }
}

impl SupervisionConfig {
    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let percent = |it: u8| (1..=100).contains(&it);
        let checks = [
            (
                self.every_s == 0 || self.every_s > 30,
                "supervision.every_s: must be 1 to 30",
            ),
            (
                self.grace_s.saturating_add(self.every_s) > 60,
                "supervision.grace_s: must be at most 60 together with every_s",
            ),
            (
                !(30..=86_400).contains(&self.recovered_s),
                "supervision.recovered_s: must be 30 to 86400",
            ),
            (
                !percent(self.battery_low_percent),
                "supervision.battery_low_percent: must be 1 to 100",
            ),
            (
                !percent(self.battery_well_percent) || self.battery_well_percent <= self.battery_low_percent,
                "supervision.battery_well_percent: must be above battery_low_percent, at most 100",
            ),
            (self.dark_min < 2, "supervision.dark_min: must be at least 2"),
            (
                !percent(self.dark_percent),
                "supervision.dark_percent: must be 1 to 100",
            ),
            (
                !(60..=86_400).contains(&self.dark_within_s),
                "supervision.dark_within_s: must be 60 to 86400",
            ),
        ];
        checks.iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect()
    }

    /// How often `device` says something while it lives: by its own file, its model, its kind, or the language of its line. None:
    /// it is not waited for. That nothing is heard of a button without a beat is no proof of anything.
    pub fn beat(&self, device: &Device, of_line: impl Fn(Protocol) -> u32) -> Option<SignedDuration> {
        let seconds = device
            .beat_s
            .or_else(|| self.beats.models.get(device.model.as_ref()?.as_str()).copied())
            .or_else(|| self.beats.kinds.get(&device.kind).copied())
            .or_else(|| device.terminal.as_ref().map(|it| of_line(it.protocol)))?;
        (seconds > 0).then(|| SignedDuration::from_secs(seconds.into()))
    }

    pub(super) fn grace(&self) -> SignedDuration {
        SignedDuration::from_secs(self.grace_s.into())
    }

    pub(super) fn recovered(&self) -> SignedDuration {
        SignedDuration::from_secs(self.recovered_s.into())
    }
}

/// Beats by kind and by model, seconds: a list of `KIND=SECONDS` and `model:MODEL=SECONDS`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Beats {
    kinds: HashMap<DeviceKind, u32>,
    models: HashMap<String, u32>,
}

impl fmt::Debug for Beats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all: Vec<String> = self.kinds.iter().map(|(kind, s)| format!("{kind}={s}")).collect();
        all.extend(self.models.iter().map(|(model, s)| format!("model:{model}={s}")));
        all.sort();
        f.debug_list().entries(all).finish()
    }
}

impl<'de> Deserialize<'de> for Beats {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut beats = Self::default();
        for text in Vec::<String>::deserialize(from)? {
            let wrong = |why: &str| D::Error::custom(format!("`{text}`: {why}"));
            let (what, seconds) = text.rsplit_once('=').ok_or_else(|| wrong("has no `=`"))?;
            let seconds: u32 = (seconds.trim().parse().ok())
                .filter(|it| *it == 0 || (10..=BEAT_MAX_S).contains(it))
                .ok_or_else(|| wrong("seconds are 0, or 10 to 604800"))?;
            let what = what.trim();
            match what.strip_prefix("model:") {
                Some(model) if !model.trim().is_empty() => {
                    beats.models.insert(model.trim().to_owned(), seconds);
                }
                Some(_) => return Err(wrong("names no model")),
                None => {
                    let kind: DeviceKind = what.parse().map_err(D::Error::custom)?;
                    beats.kinds.insert(kind, seconds);
                }
            }
        }
        Ok(beats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{Terminal, device_id};

    #[test]
    fn what_is_nearest_to_a_device_says_its_beat() {
        let config: SupervisionConfig =
            toml::from_str("beats = [\"gateway=300\", \"model:KG-1 = 600\", \"watch=0\"]").unwrap();
        let device = |kind, model: Option<&str>, own, on_line: bool| Device {
            id: device_id("D"),
            code: "D".into(),
            kind,
            binding: None,
            model: model.map(str::to_owned),
            crs: None,
            voice_path: false,
            place: None,
            terminal: on_line.then(|| Terminal {
                protocol: Protocol::Watch,
                number: "1".into(),
            }),
            beat_s: own,
            carrier: None,
            in_service: true,
        };
        use DeviceKind::{Gateway, Pendant, SosButton, Watch};
        for (kind, model, own, on_line, wanted) in [
            (SosButton, None, None, false, None), // nothing says that it beats
            (Pendant, None, None, true, Some(480)),
            (Watch, None, None, true, None), // the kind is said not to be waited for
            (Gateway, None, None, false, Some(300)),
            (Gateway, Some("KG-1"), None, false, Some(600)),
            (Gateway, Some("KG-1"), Some(900), false, Some(900)),
            (Gateway, Some("KG-1"), Some(0), false, None),
        ] {
            let found = config.beat(&device(kind, model, own, on_line), |_| 480);
            assert_eq!(found.map(|it| it.as_secs()), wanted, "{kind} {model:?} {own:?}");
        }
        for wrong in ["watch", "watch=5", "model:=60", "wotch=60", "watch=x"] {
            assert!(
                toml::from_str::<SupervisionConfig>(&format!("beats = [\"{wrong}\"]")).is_err(),
                "{wrong}"
            );
        }
    }
}
