//! What the sensors of a home say of whoever lives there: a reading becomes a sign of life, and rules say how long may pass without one.
//!
//! Nothing here knows the time: a reading brings its instant. Start at [`Sensed::read`] and [`Doing::take`]; [`Hours::end`] reckons a
//! window that counts at some hours of the day only.

use std::collections::BTreeSet;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::device::DeviceKind;
use super::usual::Learning;
use super::words::words;

/// So much water at once is somebody at a tap, litres: less than that in 12 hours is what streets take for nobody (0.01 m³: 江苏路, 龙岗,
/// 珠海). A tap that drips this much in a window stays silence.
pub const WATER_ACTIVE_L: f64 = 10.0;

/// A load that comes or goes by so much was switched by somebody, watts. Our own reckoning: a refrigerator steps by 100 to 200, a kettle
/// or a cooker by 800 and more.
pub const POWER_STEP_W: f64 = 300.0;

/// A meter that was silent for longer says of what was drawn meanwhile not when: no sign of life of now. One that reports once a day is
/// well within.
const METER_DARK: SignedDuration = SignedDuration::from_hours(36);

/// Totals of a meter that are remembered; with [`WATER_EVERY`] more than two days of them.
const WATER_MAX: usize = 200;

/// A total that is so near to the one before takes its place.
const WATER_EVERY: SignedDuration = SignedDuration::from_mins(15);

words! {
    /// What a rule watches.
    Watched ("rule") {
        /// Nothing was heard of whoever lives there.
        NoActivity = "no_activity", "无活动";
        /// Too much water.
        WaterOver = "water_over", "用水过多";
        /// Out of bed at night.
        OutOfBed = "out_of_bed", "夜间离床";
    }
}

/// What a reading says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sensed {
    /// Somebody was about: the sensor says so itself.
    pub active: Option<bool>,
    /// The door stands open.
    pub open: Option<bool>,
    /// Somebody lies there.
    pub in_bed: Option<bool>,
    /// What the meter has counted in all, litres.
    pub total_l: Option<f64>,
    /// What was drawn since the reading before, litres.
    pub used_l: Option<f64>,
    /// The load of now, watts.
    pub power_w: Option<f64>,
}

/// What of a reading matters to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moved {
    /// Somebody was about, or the sensor was heard for the first time.
    pub active: bool,
    /// Somebody has left the bed, or lies in it again.
    pub bed: bool,
    /// The meter has counted.
    pub water: bool,
}

impl Moved {
    /// Nothing that matters.
    pub const fn is_nothing(self) -> bool {
        !(self.active || self.bed || self.water)
    }

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            active: self.active || other.active,
            bed: self.bed || other.bed,
            water: self.water || other.water,
        }
    }
}

impl Sensed {
    /// Reads what a sensor of this kind says: `{"open": true}` of our own, `contact`, `occupancy`, `presence`, `power` as Zigbee2MQTT has
    /// them, `ON` and `OFF` of Home Assistant. A payload of a broker or a cloud lies under `payload`. What is not understood says nothing.
    pub fn read(kind: DeviceKind, reading: &Value) -> Self {
        if !kind.senses_activity() {
            return Self::default();
        }
        let inner = reading.get("payload").unwrap_or(reading);
        let none = Map::new();
        let it = inner.as_object().unwrap_or(&none);
        let truth = |names: &[&str]| names.iter().find_map(|name| as_truth(it.get(*name)?));
        let figure = |name: &str| it.get(name).and_then(as_figure);
        // A sensor that says one thing only.
        let bare = as_truth(inner).or_else(|| truth(&["state"]));
        let own = Self {
            active: truth(&["activity", "active"]),
            ..Self::default()
        };
        match kind {
            DeviceKind::Door => Self {
                open: truth(&["open"])
                    .or_else(|| truth(&["contact"]).map(|closed| !closed))
                    .or(bare),
                ..own
            },
            DeviceKind::Infrared => Self {
                active: own
                    .active
                    .or_else(|| truth(&["motion", "occupancy", "presence"]))
                    .or(bare),
                ..own
            },
            DeviceKind::Bed => Self {
                in_bed: truth(&["in_bed", "occupied", "occupancy", "presence"]).or(bare),
                ..own
            },
            DeviceKind::WaterMeter => Self {
                total_l: figure("water_l").or_else(|| figure("water_m3").map(|it| it * 1_000.0)),
                used_l: figure("used_l"),
                ..own
            },
            DeviceKind::PowerMeter => Self {
                power_w: figure("power_w").or_else(|| figure("power")),
                ..own
            },
            _ => own,
        }
    }
}

fn as_truth(it: &Value) -> Option<bool> {
    match it {
        Value::Bool(it) => Some(*it),
        Value::Number(it) if it.as_u64() == Some(0) => Some(false),
        Value::Number(it) if it.as_u64() == Some(1) => Some(true),
        Value::String(it) => match it.to_ascii_lowercase().as_str() {
            "on" | "true" | "open" => Some(true),
            "off" | "false" | "closed" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A number that a meter may show: finite, not below zero, also where it is written as a text.
fn as_figure(it: &Value) -> Option<f64> {
    let figure = match it {
        Value::Number(it) => it.as_f64(),
        Value::String(it) => it.trim().parse().ok(),
        _ => None,
    };
    figure.filter(|it| it.is_finite() && (0.0..1e12).contains(it))
}

/// What is known of whoever lives where a sensor is, by that sensor.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Doing {
    /// When the sensor last said anything of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_at: Option<Timestamp>,
    /// When somebody was last about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<bool>,
    /// Whether somebody lies in the bed, and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bed: Option<(bool, Timestamp)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    power_w: Option<f64>,
    /// What the meter had counted when somebody was last at a tap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tap_l: Option<f64>,
    /// What it had counted when, litres, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    totals: Vec<(Timestamp, f64)>,
}

impl Doing {
    /// Takes in a reading of an instant. One that is older than what is known changes nothing. A door that is said to be open each minute
    /// has been opened once; the first reading of all counts as somebody about, because somebody has put the sensor up.
    pub fn take(&mut self, sensed: &Sensed, at: Timestamp) -> Moved {
        let mut moved = Moved::default();
        if *sensed == Sensed::default() || self.said_at.is_some_and(|it| at < it) {
            return moved;
        }
        let first = self.said_at.is_none();
        let dark = self.said_at.is_some_and(|it| at.duration_since(it) > METER_DARK);
        self.said_at = Some(at);
        let mut active = first || sensed.active == Some(true);
        if let Some(open) = sensed.open {
            active |= self.open.replace(open).is_some_and(|it| it != open);
        }
        if let Some(lies) = sensed.in_bed {
            let turned = self.bed.is_none_or(|it| it.0 != lies);
            if turned {
                active = true;
                moved.bed = true;
                self.bed = Some((lies, at));
            }
        }
        if let Some(watts) = sensed.power_w {
            let before = self.power_w.replace(watts);
            active |= before.is_some_and(|it| (it - watts).abs() >= POWER_STEP_W);
        }
        let last = self.totals.last().map_or(0.0, |it| it.1);
        if let Some(total) = sensed.total_l.or_else(|| sensed.used_l.map(|it| last + it)) {
            moved.water = true;
            if total < last {
                self.totals.clear(); // another meter, or one that has begun anew
                self.tap_l = None;
            }
            match self.tap_l {
                Some(mark) if total - mark >= WATER_ACTIVE_L => {
                    active |= !dark;
                    self.tap_l = Some(total);
                }
                Some(_) => {}
                None => self.tap_l = Some(total),
            }
            // The last one but the newest is near enough: the newest takes the place of the one before it.
            let near = |it: &[(Timestamp, f64)]| match it {
                [.., before, last] => last.0.duration_since(before.0) < WATER_EVERY,
                _ => false,
            };
            if near(&self.totals) {
                self.totals.pop();
            }
            self.totals.push((at, total));
            let many = self.totals.len().saturating_sub(WATER_MAX);
            self.totals.drain(..many);
        }
        if active {
            self.active_at = Some(at);
            moved.active = true;
        }
        moved
    }

    /// Takes in what another listener knows of the same sensor: of each the later word counts. A door or a bed that stands otherwise by
    /// the later one has been moved by somebody, whoever of the two has heard it.
    pub fn merge(&mut self, other: &Self) {
        let Some(theirs) = other.said_at else { return };
        let theirs_is_later = self.said_at.is_none_or(|mine| theirs > mine);
        let (later, earlier) = if theirs_is_later {
            (other.clone(), self.clone())
        } else {
            (self.clone(), other.clone())
        };
        let differ = |a: Option<bool>, b: Option<bool>| a.zip(b).is_some_and(|(a, b)| a != b);
        let lies = |it: &Self| it.bed.map(|it| it.0);
        let moved = differ(earlier.open, later.open) || differ(lies(&earlier), lies(&later));
        let mut totals: Vec<(Timestamp, f64)> = earlier.totals.clone();
        let from = later.totals.first().copied();
        totals.retain(|it| from.is_none_or(|from| it.0 < from.0));
        if from.is_some_and(|from| totals.iter().any(|it| it.1 > from.1)) {
            totals.clear(); // another meter, or one that has begun anew
        }
        totals.extend(later.totals.iter().copied());
        let many = totals.len().saturating_sub(WATER_MAX);
        totals.drain(..many);
        *self = Self {
            said_at: later.said_at,
            active_at: earlier
                .active_at
                .max(later.active_at)
                .max(later.said_at.filter(|_| moved)),
            open: later.open.or(earlier.open),
            bed: later.bed.or(earlier.bed),
            power_w: later.power_w.or(earlier.power_w),
            tap_l: later.tap_l.or(earlier.tap_l),
            totals,
        };
    }

    /// Litres that were drawn in the last `window` before `at`, as far as the meter has said; by the last total before the window, and
    /// where there is none by the first in it. Of what was drawn over a dark stretch that began before the window, its share counts.
    pub fn drawn_l(&self, at: Timestamp, window: SignedDuration) -> f64 {
        let begun = at.checked_sub(window).unwrap_or(Timestamp::MIN);
        let within = self
            .totals
            .iter()
            .position(|it| it.0 > begun)
            .unwrap_or(self.totals.len());
        let from = self.totals.get(within.saturating_sub(1));
        let to = self.totals.last();
        let drawn = from.zip(to).map_or(0.0, |(from, to)| to.1 - from.1);
        let before = match (from.filter(|it| it.0 < begun), self.totals.get(within)) {
            (Some(from), Some(next)) if next.0.duration_since(from.0) > METER_DARK => {
                let share = begun.duration_since(from.0).as_secs_f64() / next.0.duration_since(from.0).as_secs_f64();
                (next.1 - from.1) * share
            }
            _ => 0.0,
        };
        drawn - before
    }
}

/// Some hours of each day, local: from the first up to the second, over midnight where that is the smaller one. Equal: all of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// 0 to 23.
    pub from: u8,
    /// 0 to 23.
    pub until: u8,
}

impl Hours {
    /// The whole day.
    pub const ALL: Self = Self { from: 0, until: 0 };

    /// Both are hours.
    pub const fn is_sound(self) -> bool {
        self.from < 24 && self.until < 24
    }

    /// How much of what lies between two instants is within these hours.
    pub fn counted(self, from: Timestamp, to: Timestamp, offset: Offset) -> SignedDuration {
        const HOUR: i64 = 3_600_000_000;
        const DAY: i64 = 24 * HOUR;
        let counted = (i64::from(self.until) - i64::from(self.from)).rem_euclid(24) * HOUR;
        if to <= from || counted == 0 {
            return to.duration_since(from).max(SignedDuration::ZERO);
        }
        let shift = i64::from(offset.seconds()) * 1_000_000 - i64::from(self.from) * HOUR;
        let until = |it: Timestamp| {
            let at = it.as_microsecond() + shift;
            at.div_euclid(DAY) * counted + at.rem_euclid(DAY).min(counted)
        };
        SignedDuration::from_micros(until(to) - until(from))
    }

    /// When a window is over that begins at `since` and counts at these hours only.
    pub fn end(self, since: Timestamp, window: SignedDuration, offset: Offset) -> Timestamp {
        const HOUR: i64 = 3_600_000_000;
        const DAY: i64 = 24 * HOUR;
        let us = |it: SignedDuration| i64::try_from(it.as_micros()).unwrap_or(i64::MAX / 4);
        let counted = (i64::from(self.until) - i64::from(self.from)).rem_euclid(24) * HOUR;
        let mut left = us(window);
        let mut at = since.as_microsecond();
        if counted == 0 {
            at = at.saturating_add(left);
        } else {
            let shift = i64::from(offset.seconds()) * 1_000_000 - i64::from(self.from) * HOUR;
            let phase = (at + shift).rem_euclid(DAY);
            if phase >= counted {
                at += DAY - phase;
            } else if left > counted - phase {
                left -= counted - phase;
                at += DAY - phase;
            }
            // Now `at` is in the hours, and at their beginning where more than one day's are left.
            let days = if left > 0 { (left - 1) / counted } else { 0 };
            at = at
                .saturating_add(days.saturating_mul(DAY))
                .saturating_add(left - days * counted);
        }
        Timestamp::from_microsecond(at).unwrap_or(Timestamp::MAX)
    }
}

/// The longest window of a rule, hours: a week.
pub const WINDOW_MAX_H: u16 = 168;

/// How long nothing may be heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoActivityRule {
    /// Hours, 1 to 168.
    pub hours: u16,
    /// Only the waking hours of the street count.
    #[serde(default)]
    pub waking: bool,
    /// By sensors of these kinds; empty: by all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kinds: BTreeSet<DeviceKind>,
}

/// How much water may be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaterOverRule {
    /// More than so many litres …
    pub litres: u32,
    /// … within so many hours, 1 to 48.
    pub hours: u16,
}

/// How long somebody may be out of bed at night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfBedRule {
    /// Minutes, 5 to 720, of the street's night.
    pub minutes: u16,
}

/// A rule of an elder's own, in place of the street's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Own<T> {
    /// No such rule holds for this elder.
    Off,
    /// This one.
    Rule(T),
}

/// The rules of an elder's own; what is absent is as the street has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnRules {
    /// Whether what is usual for them is learned, and what comes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning: Option<Learning>,
    /// Nothing was heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_activity: Option<Own<NoActivityRule>>,
    /// Too much water.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub water_over: Option<Own<WaterOverRule>>,
    /// Out of bed at night.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_bed: Option<Own<OutOfBedRule>>,
}

/// The rules that hold for somebody; none: no such rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// What comes of what is usual for them.
    pub learning: Learning,
    /// Nothing was heard.
    pub no_activity: Option<NoActivityRule>,
    /// Too much water.
    pub water_over: Option<WaterOverRule>,
    /// Out of bed at night.
    pub out_of_bed: Option<OutOfBedRule>,
}

impl OwnRules {
    /// Every mistake: the field and a sentence.
    pub fn mistakes(&self) -> Vec<(&'static str, &'static str)> {
        let mut wrong = Vec::new();
        if let Some(Own::Rule(it)) = &self.no_activity {
            if !(1..=WINDOW_MAX_H).contains(&it.hours) {
                wrong.push(("no_activity.hours", "must be 1 to 168"));
            }
            if !it.kinds.iter().all(|it| it.senses_activity()) {
                wrong.push((
                    "no_activity.kinds",
                    "known are door, infrared, water_meter, power_meter, bed",
                ));
            }
        }
        if let Some(Own::Rule(it)) = &self.water_over {
            if !(1..=48).contains(&it.hours) {
                wrong.push(("water_over.hours", "must be 1 to 48"));
            }
            if !(1..=100_000).contains(&it.litres) {
                wrong.push(("water_over.litres", "must be 1 to 100000"));
            }
        }
        if let Some(Own::Rule(it)) = &self.out_of_bed
            && !(5..=720).contains(&it.minutes)
        {
            wrong.push(("out_of_bed.minutes", "must be 5 to 720"));
        }
        wrong
    }

    /// These, and where they say nothing the street's.
    pub fn over(&self, street: Rules) -> Rules {
        fn one<T: Clone>(own: Option<&Own<T>>, street: Option<T>) -> Option<T> {
            match own {
                None => street,
                Some(Own::Off) => None,
                Some(Own::Rule(it)) => Some(it.clone()),
            }
        }
        Rules {
            learning: self.learning.unwrap_or(street.learning),
            no_activity: one(self.no_activity.as_ref(), street.no_activity),
            water_over: one(self.water_over.as_ref(), street.water_over),
            out_of_bed: one(self.out_of_bed.as_ref(), street.out_of_bed),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_000_000 + seconds).unwrap()
    }

    fn sensed(kind: DeviceKind, reading: Value) -> Sensed {
        Sensed::read(kind, &reading)
    }

    #[test]
    fn what_a_sensor_says_is_read_in_its_makers_words() {
        use DeviceKind::{Bed, Door, Infrared, PowerMeter, Smoke, WaterMeter};
        let none = Sensed::default();
        for (kind, reading, wanted) in [
            (
                Door,
                json!({"open": true}),
                Sensed {
                    open: Some(true),
                    ..none
                },
            ),
            (
                Door,
                json!({"payload": {"contact": true}}),
                Sensed {
                    open: Some(false),
                    ..none
                },
            ),
            (
                Door,
                json!({"payload": "ON"}),
                Sensed {
                    open: Some(true),
                    ..none
                },
            ),
            (
                Door,
                json!({"payload": {"state": "OFF"}}),
                Sensed {
                    open: Some(false),
                    ..none
                },
            ),
            (
                Infrared,
                json!({"payload": {"occupancy": true}}),
                Sensed {
                    active: Some(true),
                    ..none
                },
            ),
            (
                Infrared,
                json!({"motion": 0}),
                Sensed {
                    active: Some(false),
                    ..none
                },
            ),
            (
                Bed,
                json!({"in_bed": false}),
                Sensed {
                    in_bed: Some(false),
                    ..none
                },
            ),
            (
                WaterMeter,
                json!({"water_m3": "1.25"}),
                Sensed {
                    total_l: Some(1_250.0),
                    ..none
                },
            ),
            (
                WaterMeter,
                json!({"water_l": -1, "used_l": 2}),
                Sensed {
                    used_l: Some(2.0),
                    ..none
                },
            ),
            (
                PowerMeter,
                json!({"payload": {"power": 40.5}}),
                Sensed {
                    power_w: Some(40.5),
                    ..none
                },
            ),
            (
                Door,
                json!({"activity": true}),
                Sensed {
                    active: Some(true),
                    ..none
                },
            ),
            (Smoke, json!({"activity": true}), none),
            (Door, json!({"battery": 7}), none),
            (Door, json!([1]), none),
        ] {
            assert_eq!(sensed(kind, reading.clone()), wanted, "{kind} {reading}");
        }
    }

    #[test]
    fn a_door_that_stays_open_was_opened_once() {
        let mut door = Doing::default();
        let open = |it| sensed(DeviceKind::Door, json!({ "open": it }));
        assert!(door.take(&open(false), at(0)).active, "it was put up");
        assert!(!door.take(&open(false), at(60)).active);
        assert!(door.take(&open(true), at(120)).active);
        assert!(!door.take(&open(true), at(180)).active);
        assert_eq!(door.active_at, Some(at(120)));
        // What comes late changes nothing.
        assert!(door.take(&open(false), at(100)).is_nothing());
        assert_eq!(door.said_at, Some(at(180)));
    }

    #[test]
    fn a_tap_is_somebody_and_a_drip_is_nobody() {
        let mut meter = Doing::default();
        let total = |it: f64| sensed(DeviceKind::WaterMeter, json!({ "water_l": it }));
        meter.take(&total(1_000.0), at(0));
        for n in 1..=9 {
            let moved = meter.take(&total(1_000.0 + f64::from(n)), at(i64::from(n) * 3_600));
            assert!(moved.water && !moved.active, "{n}");
        }
        assert!(meter.take(&total(1_010.0), at(36_000)).active);
        assert!(!meter.take(&total(1_019.0), at(37_000)).active);
        assert!(meter.take(&total(1_020.0), at(38_000)).active);
        assert_eq!(meter.drawn_l(at(38_000), SignedDuration::from_hours(24)), 20.0);
        assert_eq!(meter.drawn_l(at(38_000), SignedDuration::from_secs(1_500)), 10.0);
        assert_eq!(meter.drawn_l(at(200_000), SignedDuration::from_hours(1)), 0.0);
        // Another meter.
        assert!(!meter.take(&total(3.0), at(39_000)).active);
        assert_eq!(meter.drawn_l(at(39_000), SignedDuration::from_hours(24)), 0.0);
        // One that says what was drawn since.
        let mut other = Doing::default();
        for n in 0..5 {
            other.take(&sensed(DeviceKind::WaterMeter, json!({"used_l": 5})), at(n * 1_000));
        }
        assert_eq!(other.drawn_l(at(4_000), SignedDuration::from_hours(24)), 20.0);
    }

    #[test]
    fn a_meter_that_was_dark_for_days_tells_no_hour() {
        let mut meter = Doing::default();
        let total = |it: f64| Sensed {
            total_l: Some(it),
            ..Sensed::default()
        };
        const DAY: i64 = 86_400;
        meter.take(&total(1_000.0), at(0));
        // Once a day is often enough: somebody was at a tap.
        assert!(meter.take(&total(1_060.0), at(DAY)).active);
        // Three days without a word, and sixty litres meanwhile: whenever that was.
        let moved = meter.take(&total(1_120.0), at(4 * DAY));
        assert!(!moved.active && moved.water);
        assert_eq!(meter.active_at, Some(at(DAY)));
        assert!(
            meter.take(&total(1_131.0), at(4 * DAY + 3_600)).active,
            "the next ten litres are of now"
        );
        // Of what was drawn in a month the last day has its share, and not all.
        let mut meter = Doing::default();
        meter.take(&total(0.0), at(0));
        meter.take(&total(3_000.0), at(30 * DAY));
        assert_eq!(
            meter.drawn_l(at(30 * DAY), SignedDuration::from_hours(24)).round(),
            100.0
        );
    }

    #[test]
    fn two_who_listen_in_turn_know_what_one_would() {
        let door = |open| Sensed {
            open: Some(open),
            ..Sensed::default()
        };
        let (mut one, mut other) = (Doing::default(), Doing::default());
        one.take(&door(false), at(0));
        other.take(&door(false), at(10));
        assert!(one.take(&door(true), at(100)).active);
        // The other has never heard that it stood open.
        assert!(!other.take(&door(false), at(200)).active);
        let mut both = other.clone();
        both.merge(&one);
        assert_eq!(
            (both.said_at, both.active_at),
            (Some(at(200)), Some(at(200))),
            "somebody has shut it"
        );
        let mut same = one.clone();
        same.merge(&other);
        assert_eq!(same, both, "whoever asks");
        // What is silent since takes nothing from what was seen before.
        other.take(&door(false), at(300));
        let mut late = other.clone();
        late.merge(&both);
        assert_eq!((late.said_at, late.active_at), (Some(at(300)), Some(at(200))));
        let mut again = late.clone();
        again.merge(&late);
        assert_eq!(again, late, "itself is nothing new");
        // A bed: of the later word.
        let lies = |it| Sensed {
            in_bed: Some(it),
            ..Sensed::default()
        };
        let (mut one, mut other) = (Doing::default(), Doing::default());
        one.take(&lies(true), at(0));
        other.take(&lies(false), at(50));
        one.merge(&other);
        assert_eq!((one.bed, one.active_at), (Some((false, at(50))), Some(at(50))));
        // A meter: all totals in their order.
        let total = |it: f64| Sensed {
            total_l: Some(it),
            ..Sensed::default()
        };
        let (mut one, mut other) = (Doing::default(), Doing::default());
        one.take(&total(10.0), at(0));
        other.take(&total(30.0), at(2_000));
        one.take(&total(35.0), at(1_000));
        other.merge(&one);
        assert_eq!(
            other.drawn_l(at(2_000), SignedDuration::from_hours(24)),
            0.0,
            "what was less later is another meter"
        );
        let (mut one, mut other) = (Doing::default(), Doing::default());
        one.take(&total(10.0), at(0));
        other.take(&total(30.0), at(2_000));
        other.merge(&one);
        assert_eq!(other.drawn_l(at(2_000), SignedDuration::from_hours(24)), 20.0);
    }

    #[test]
    fn a_kettle_is_somebody_and_a_refrigerator_is_nobody() {
        let mut meter = Doing::default();
        let power = |it: f64| sensed(DeviceKind::PowerMeter, json!({ "power_w": it }));
        let found = [40.0, 160.0, 45.0, 1_800.0, 1_810.0, 60.0].map(power);
        let active: Vec<bool> = found
            .iter()
            .enumerate()
            .map(|(n, it)| meter.take(it, at(n as i64 * 60)).active)
            .collect();
        assert_eq!(active, [true, false, false, true, false, true]);
    }

    #[test]
    fn a_window_counts_at_its_hours_only() {
        let offset = Offset::from_hours(8).unwrap();
        let local = |text: &str| offset.to_timestamp(text.parse().unwrap()).unwrap();
        let waking = Hours { from: 6, until: 22 };
        let night = Hours { from: 22, until: 6 };
        for (hours, since, minutes, wanted) in [
            (waking, "2026-03-01T08:00:00", 12 * 60, "2026-03-01T20:00:00"),
            (waking, "2026-03-01T20:00:00", 12 * 60, "2026-03-02T16:00:00"),
            (waking, "2026-03-01T23:30:00", 12 * 60, "2026-03-02T18:00:00"),
            (waking, "2026-03-01T03:00:00", 16 * 60, "2026-03-01T22:00:00"),
            (waking, "2026-03-01T06:00:00", 24 * 60, "2026-03-02T14:00:00"),
            (Hours::ALL, "2026-03-01T20:00:00", 12 * 60, "2026-03-02T08:00:00"),
            (night, "2026-03-01T23:00:00", 45, "2026-03-01T23:45:00"),
            (night, "2026-03-01T05:30:00", 45, "2026-03-01T22:15:00"),
            (night, "2026-03-01T15:00:00", 45, "2026-03-01T22:45:00"),
        ] {
            let end = hours.end(local(since), SignedDuration::from_mins(minutes), offset);
            assert_eq!(end, local(wanted), "{hours:?} {since} {minutes}");
        }
    }

    proptest! {
        /// Minute by minute it comes to the same.
        #[test]
        fn a_window_is_as_long_as_its_counted_minutes(from in 0_u8..24, until in 0_u8..24, start in 0_i64..200_000, minutes in 1_i64..5_000) {
            let hours = Hours { from, until };
            let whole = at(start).as_second();
            let since = Timestamp::from_second(whole - whole % 60).unwrap();
            let end = hours.end(since, SignedDuration::from_mins(minutes), Offset::UTC);
            let counts = |it: Timestamp| {
                let hour = (it.as_second().rem_euclid(86_400) / 3_600) as u8;
                match from.cmp(&until) {
                    std::cmp::Ordering::Less => (from..until).contains(&hour),
                    std::cmp::Ordering::Equal => true,
                    std::cmp::Ordering::Greater => hour >= from || hour < until,
                }
            };
            let mut walked = since;
            let mut left = minutes;
            while left > 0 {
                left -= i64::from(counts(walked));
                walked += SignedDuration::from_mins(1);
            }
            prop_assert_eq!(end, walked);
            prop_assert_eq!(hours.counted(since, end, Offset::UTC), SignedDuration::from_mins(minutes));
            prop_assert_eq!(hours.counted(end, since, Offset::UTC), SignedDuration::ZERO);
        }

        /// Whatever comes, the state stays small and reads back. Quarters of litres: a text keeps no last bit of others.
        #[test]
        fn what_is_known_stays_small_and_reads_back(totals in proptest::collection::vec((any::<u32>(), 0_i64..100_000), 0..400)) {
            let mut doing = Doing::default();
            for (quarters, seconds) in totals {
                let total = f64::from(quarters) / 4.0;
                doing.take(&Sensed { total_l: Some(total), ..Sensed::default() }, at(seconds));
                prop_assert!(doing.totals.len() <= WATER_MAX);
                prop_assert!(doing.drawn_l(at(seconds), SignedDuration::from_hours(24)) >= 0.0);
            }
            let text = serde_json::to_string(&doing).unwrap();
            prop_assert_eq!(serde_json::from_str::<Doing>(&text).unwrap(), doing);
        }
    }

    #[test]
    fn an_elders_own_rule_stands_before_the_streets() {
        let street = Rules {
            learning: Learning::Propose,
            no_activity: Some(NoActivityRule {
                hours: 24,
                waking: false,
                kinds: BTreeSet::new(),
            }),
            water_over: Some(WaterOverRule {
                litres: 2_000,
                hours: 24,
            }),
            out_of_bed: None,
        };
        let own: OwnRules = serde_json::from_value(json!({
            "no_activity": {"rule": {"hours": 12, "waking": true}},
            "water_over": "off",
            "out_of_bed": {"rule": {"minutes": 45}},
        }))
        .unwrap();
        let rules = own.over(street.clone());
        assert_eq!(rules.no_activity.map(|it| (it.hours, it.waking)), Some((12, true)));
        assert_eq!(
            (rules.water_over, rules.out_of_bed),
            (None, Some(OutOfBedRule { minutes: 45 }))
        );
        assert_eq!(OwnRules::default().over(street.clone()), street);
        let wrong: OwnRules = serde_json::from_value(json!({
            "no_activity": {"rule": {"hours": 0, "kinds": ["smoke"]}},
            "water_over": {"rule": {"litres": 0, "hours": 49}},
            "out_of_bed": {"rule": {"minutes": 4}},
        }))
        .unwrap();
        let fields: Vec<&str> = wrong.mistakes().iter().map(|it| it.0).collect();
        assert_eq!(
            fields,
            [
                "no_activity.hours",
                "no_activity.kinds",
                "water_over.hours",
                "water_over.litres",
                "out_of_bed.minutes"
            ]
        );
    }
}
