//! The street's rules for those who live with sensors, where an elder has none of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::people::{Hours, Learning, Need, NoActivityRule, OutOfBedRule, Rules, WINDOW_MAX_H, WaterOverRule};

/// `[activity]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ActivityConfig {
    /// Whether the street's rules hold; those of an elder's own hold in any case.
    pub on: bool,
    /// After how long without a sign of life, by need; of several needs the strictest.
    pub no_activity: Windows,
    /// Whether what is usual for each elder is learned, and what comes of it.
    pub learning: Learning,
    /// The first waking hour, local.
    pub waking_from: u8,
    /// The hour at which people go to bed.
    pub waking_until: u8,
    /// More water than so many litres within `water_over_h` is too much; 0: any amount is in order.
    pub water_over_l: u32,
    /// The window for it, hours.
    pub water_over_h: u16,
    /// Out of bed for so many minutes of the night is too long; 0: as long as one likes.
    pub out_of_bed_min: u16,
    /// The first hour of the night, local.
    pub night_from: u8,
    /// The hour at which it is over.
    pub night_until: u8,
}

impl Default for ActivityConfig {
    fn default() -> Self {
        Self {
            on: true,
            no_activity: Windows::default(),
            learning: Learning::Off,
            waking_from: 6,
            waking_until: 22,
            water_over_l: 2_000,
            water_over_h: 24,
            out_of_bed_min: 0,
            night_from: 22,
            night_until: 6,
        }
    }
}

impl ActivityConfig {
    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let checks = [
            (
                !self.waking().is_sound() || self.waking_from == self.waking_until,
                "activity.waking_from, activity.waking_until: must be two hours, 0 to 23",
            ),
            (
                !self.night().is_sound() || self.night_from == self.night_until,
                "activity.night_from, activity.night_until: must be two hours, 0 to 23",
            ),
            (
                self.water_over_l > 100_000,
                "activity.water_over_l: must be at most 100000",
            ),
            (
                !(1..=48).contains(&self.water_over_h),
                "activity.water_over_h: must be 1 to 48",
            ),
            (
                self.out_of_bed_min != 0 && !(5..=720).contains(&self.out_of_bed_min),
                "activity.out_of_bed_min: must be 0, or 5 to 720",
            ),
        ];
        checks.iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect()
    }

    /// The waking hours of the street.
    pub const fn waking(&self) -> Hours {
        Hours {
            from: self.waking_from,
            until: self.waking_until,
        }
    }

    /// Its night.
    pub const fn night(&self) -> Hours {
        Hours {
            from: self.night_from,
            until: self.night_until,
        }
    }

    /// The street's rules for somebody with these needs.
    pub fn rules(&self, needs: &BTreeSet<Need>) -> Rules {
        if !self.on {
            return Rules::default();
        }
        let waking = i64::from(self.waking_until) - i64::from(self.waking_from);
        let waking = waking.rem_euclid(24).max(1);
        // Twelve waking hours of sixteen are eighteen of a clock.
        let of_clock = |it: &NoActivityRule| match it.waking {
            true => i64::from(it.hours) * 24 / waking,
            false => i64::from(it.hours),
        };
        let windows = needs.iter().filter_map(|it| self.no_activity.0.get(it));
        Rules {
            learning: self.learning,
            no_activity: windows.min_by_key(|it| of_clock(it)).cloned(),
            water_over: (self.water_over_l > 0).then_some(WaterOverRule {
                litres: self.water_over_l,
                hours: self.water_over_h,
            }),
            out_of_bed: (self.out_of_bed_min > 0).then_some(OutOfBedRule {
                minutes: self.out_of_bed_min,
            }),
        }
    }
}

/// Windows by need: a list of `NEED=HOURS`, with ` waking` behind it where only waking hours count. Needs that are not in it have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows(BTreeMap<Need, NoActivityRule>);

impl Default for Windows {
    /// The table of the plan set `yangcun-7`: 12 waking hours for who lives alone or at high risk, a day for the others.
    fn default() -> Self {
        let of = |need, hours, waking| {
            let rule = NoActivityRule {
                hours,
                waking,
                kinds: BTreeSet::new(),
            };
            (need, rule)
        };
        Self(BTreeMap::from([
            of(Need::HighRisk, 12, true),
            of(Need::LivingAlone, 12, true),
            of(Need::Disabled, 24, false),
            of(Need::General, 24, false),
            of(Need::Medical, 24, false),
            of(Need::MentalSocial, 24, false),
        ]))
    }
}

impl<'de> Deserialize<'de> for Windows {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut windows = BTreeMap::new();
        for text in Vec::<String>::deserialize(from)? {
            let wrong = |why: &str| D::Error::custom(format!("`{text}`: {why}"));
            let (need, window) = text.split_once('=').ok_or_else(|| wrong("has no `=`"))?;
            let need: Need = need.trim().parse().map_err(D::Error::custom)?;
            let (hours, waking) = match window.trim().strip_suffix("waking") {
                Some(hours) => (hours.trim(), true),
                None => (window.trim(), false),
            };
            let hours = (hours.parse().ok())
                .filter(|it| (1..=WINDOW_MAX_H).contains(it))
                .ok_or_else(|| wrong("hours are 1 to 168"))?;
            windows.insert(
                need,
                NoActivityRule {
                    hours,
                    waking,
                    kinds: BTreeSet::new(),
                },
            );
        }
        Ok(Self(windows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_needs_the_strictest_window_holds() {
        let config = ActivityConfig::default();
        let window = |needs: &[Need]| {
            let rules = config.rules(&needs.iter().copied().collect());
            rules.no_activity.map(|it| (it.hours, it.waking))
        };
        assert_eq!(window(&[Need::General]), Some((24, false)));
        assert_eq!(window(&[Need::General, Need::LivingAlone]), Some((12, true)));
        assert_eq!(window(&[]), None);
        let own: ActivityConfig =
            toml::from_str("no_activity = [\"general=20\", \"living_alone = 14 waking\"]\nout_of_bed_min = 45")
                .unwrap();
        let rules = own.rules(&[Need::General, Need::LivingAlone].into());
        assert_eq!(
            rules.no_activity.map(|it| it.hours),
            Some(20),
            "14 of 16 waking hours are 21 of a clock"
        );
        assert_eq!(rules.out_of_bed.map(|it| it.minutes), Some(45));
        assert_eq!(
            rules.learning,
            Learning::Off,
            "nothing is learned unless somebody says so"
        );
        let learns: ActivityConfig = toml::from_str("learning = \"tighten\"").unwrap();
        assert_eq!(learns.rules(&[Need::General].into()).learning, Learning::Tighten);
        assert!(toml::from_str::<ActivityConfig>("learning = \"loosen\"").is_err());
        let off = ActivityConfig { on: false, ..config };
        assert_eq!(off.rules(&[Need::General].into()), Rules::default());
    }

    #[test]
    fn each_mistake_is_named() {
        for wrong in ["general", "general=0", "general=169", "odd=12", "general=x waking"] {
            let text = format!("no_activity = [\"{wrong}\"]");
            assert!(toml::from_str::<ActivityConfig>(&text).is_err(), "{wrong}");
        }
        let wrong = ActivityConfig {
            waking_from: 24,
            night_from: 6,
            water_over_l: 100_001,
            water_over_h: 0,
            out_of_bed_min: 4,
            ..ActivityConfig::default()
        };
        assert_eq!(wrong.mistakes().len(), 5);
        assert!(ActivityConfig::default().mistakes().is_empty());
    }
}
