//! How fast a responder moves: by mode and class of road.
//!
//! The table is data. Its sources and assumptions:
//! - **car**: the free-flow speeds of OSRM's car profile (`profiles/car.lua`, default table); a posted `maxspeed` below
//!   the table's value wins;
//! - **e-bike**: 20 km/h where one may ride. China's limit is 25 km/h (GB 17761-2018 and -2024); 20 leaves room for
//!   junctions. 4 km/h where it must be pushed, none on steps;
//! - **walk**: 5 km/h (the default of OSRM's foot profile and, within 2 %, of Valhalla's), 3 km/h on steps. An elder's
//!   own pace (about 3.2 km/h) is the same table with a factor of 0.64 on walking, see [`Conditions::slowed`].
//!
//! What a street learns from its own arrivals, and what the hour brings, are factors on this table: [`Conditions`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How somebody travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Walk,
    Ebike,
    Car,
}

impl Mode {
    /// In the order of the arrays that are indexed by mode.
    pub const ALL: [Self; 3] = [Self::Walk, Self::Ebike, Self::Car];

    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// The bit of this mode in a set of modes.
    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What kind of road a piece of the network is, as far as speed is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Class {
    Motorway,
    MotorwayLink,
    Trunk,
    TrunkLink,
    Primary,
    PrimaryLink,
    Secondary,
    SecondaryLink,
    Tertiary,
    TertiaryLink,
    Unclassified,
    Residential,
    LivingStreet,
    Service,
    Track,
    Cycleway,
    /// A path or footway on which riding is allowed.
    SharedPath,
    Path,
    Footway,
    Pedestrian,
    Steps,
}

impl Class {
    /// In the order of the speed table.
    pub const ALL: [Self; 21] = [
        Self::Motorway,
        Self::MotorwayLink,
        Self::Trunk,
        Self::TrunkLink,
        Self::Primary,
        Self::PrimaryLink,
        Self::Secondary,
        Self::SecondaryLink,
        Self::Tertiary,
        Self::TertiaryLink,
        Self::Unclassified,
        Self::Residential,
        Self::LivingStreet,
        Self::Service,
        Self::Track,
        Self::Cycleway,
        Self::SharedPath,
        Self::Path,
        Self::Footway,
        Self::Pedestrian,
        Self::Steps,
    ];

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// km/h by class (in the order of [`Class::ALL`]) and mode (walk, e-bike, car). Where a mode may go at all is decided
/// by tags at import; a speed stands even where the mode is not allowed by default, for roads whose tags allow it.
const KMH: [[f32; 3]; 21] = [
    [5.0, 20.0, 90.0], // motorway
    [5.0, 20.0, 45.0], // motorway_link
    [5.0, 20.0, 85.0], // trunk
    [5.0, 20.0, 40.0], // trunk_link
    [5.0, 20.0, 65.0], // primary
    [5.0, 20.0, 30.0], // primary_link
    [5.0, 20.0, 55.0], // secondary
    [5.0, 20.0, 25.0], // secondary_link
    [5.0, 20.0, 40.0], // tertiary
    [5.0, 20.0, 20.0], // tertiary_link
    [5.0, 20.0, 25.0], // unclassified
    [5.0, 20.0, 25.0], // residential
    [5.0, 15.0, 10.0], // living_street
    [5.0, 15.0, 15.0], // service
    [5.0, 12.0, 15.0], // track
    [5.0, 20.0, 10.0], // cycleway
    [5.0, 15.0, 10.0], // shared path
    [5.0, 12.0, 10.0], // path
    [5.0, 4.0, 5.0],   // footway: an e-bike is pushed
    [5.0, 4.0, 5.0],   // pedestrian street: the same
    [3.0, 1.0, 1.0],   // steps: on foot only
];

/// How fast an elder walks, as a part of the table's pace: 3.2 of 5 km/h. Beside it stands a figure of the trade: Tianjin's Hexi
/// district draws the circles of its service centres at 700 m in a straight line, stated as a walk that fits an elder (2.8 km/h).
pub const ELDER_PACE: f64 = 0.64;

/// What a walk of `seconds` at the table's pace takes an elder: whole seconds, never too few.
pub fn at_elder_pace(seconds: u32) -> u32 {
    (f64::from(seconds) / ELDER_PACE).ceil() as u32
}

/// The pace from a point to the road it was placed on, km/h, for every mode: on foot, on no road.
pub const OFF_ROAD_KMH: f64 = 4.0;

/// Speeds by class and mode, km/h.
#[derive(Debug, Clone, PartialEq)]
pub struct Speeds([[f32; 3]; 21]);

impl Default for Speeds {
    fn default() -> Self {
        Self(KMH)
    }
}

impl Speeds {
    /// km/h of `mode` on a road of `class`.
    pub const fn kmh(&self, class: Class, mode: Mode) -> f32 {
        self.0[class.index()][mode.index()]
    }

    /// The same table with another value in one place.
    ///
    /// Values outside 0.5 to 150 km/h are brought inside: a speed of nothing would close a road, which is what
    /// [`Conditions::close`] says aloud.
    #[must_use]
    pub fn with(mut self, class: Class, mode: Mode, kmh: f32) -> Self {
        self.0[class.index()][mode.index()] = if kmh.is_nan() { 0.5 } else { kmh.clamp(0.5, 150.0) };
        self
    }

    /// Straight-line speeds for a place without roads, km/h: what the modes reach in a town all in all. Assumed:
    /// on foot the table's pace, by e-bike 15 and by car 25 km/h door to door.
    pub const fn straight_kmh(mode: Mode) -> f64 {
        match mode {
            Mode::Walk => 5.0,
            Mode::Ebike => 15.0,
            Mode::Car => 25.0,
        }
    }
}

/// What turns the table into this hour's travel times: speeds, learned and live factors, closed roads.
///
/// Time on a piece of road = length / (class speed × learned factor × live factor). Factors multiply the *speed*:
/// 0.5 is half as fast. [`crate::circle::Roads::under`] applies them to the whole city without any preprocessing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conditions {
    pub speeds: Speeds,
    /// Learned from own arrivals, by class and mode; absent = 1.
    pub learned: BTreeMap<(Class, Mode), f32>,
    /// The hour or the weather, by mode; absent = 1.
    pub live: BTreeMap<Mode, f32>,
    /// Pieces of road that are slower or faster than their class, by segment; absent = 1.
    pub segments: BTreeMap<u32, f32>,
    /// Pieces of road that nobody of these modes can pass now.
    pub closed: BTreeMap<u32, Vec<Mode>>,
}

impl Conditions {
    /// Closes a segment for `modes`, in both directions.
    #[must_use]
    pub fn close(mut self, segment: u32, modes: &[Mode]) -> Self {
        self.closed.entry(segment).or_default().extend_from_slice(modes);
        self
    }

    /// Multiplies every speed of `mode` by `factor`.
    #[must_use]
    pub fn slowed(mut self, mode: Mode, factor: f32) -> Self {
        *self.live.entry(mode).or_insert(1.0) *= factor;
        self
    }

    /// The speed by class of one mode, km/h, all factors but the segments' applied. Factors outside 0.05 to 4, and what
    /// is no number, are brought inside: a wrong factor must not close a city.
    pub(crate) fn kmh_by_class(&self, mode: Mode) -> [f32; 21] {
        let live = sane(self.live.get(&mode).copied());
        let mut kmh = [0.0; 21];
        for class in Class::ALL {
            let learned = sane(self.learned.get(&(class, mode)).copied());
            kmh[class.index()] = self.speeds.kmh(class, mode) * learned * live;
        }
        kmh
    }
}

/// A factor within the limits in which a factor is believed.
pub(crate) fn sane(factor: Option<f32>) -> f32 {
    match factor {
        Some(it) if !it.is_nan() => it.clamp(0.05, 4.0),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_classes() {
        for (at, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class.index(), at);
        }
        let speeds = Speeds::default();
        assert_eq!(speeds.kmh(Class::Motorway, Mode::Car), 90.0);
        assert_eq!(speeds.kmh(Class::Residential, Mode::Ebike), 20.0);
        assert_eq!(speeds.kmh(Class::Steps, Mode::Walk), 3.0);
        for class in Class::ALL {
            assert!(
                speeds.kmh(class, Mode::Ebike) <= 25.0,
                "the legal limit of an e-bike: {class:?}"
            );
        }
    }

    #[test]
    fn an_elder_needs_longer_and_never_less() {
        for (walk, elder) in [(0, 0), (64, 100), (1, 2), (576, 900)] {
            assert_eq!(at_elder_pace(walk), elder);
        }
        assert!(at_elder_pace(u32::MAX) == u32::MAX, "at the end it stays there");
    }

    #[test]
    fn a_wrong_factor_is_brought_back_within_reason() {
        let conditions = Conditions::default().slowed(Mode::Car, 0.0);
        assert!((conditions.kmh_by_class(Mode::Car)[0] - 4.5).abs() < 1e-4);
        let conditions = Conditions::default().slowed(Mode::Car, f32::NAN);
        assert_eq!(conditions.kmh_by_class(Mode::Car)[0], 90.0);
        assert_eq!(
            Speeds::default()
                .with(Class::Path, Mode::Walk, -3.0)
                .kmh(Class::Path, Mode::Walk),
            0.5
        );
    }

    #[test]
    fn modes_are_one_word_on_the_wire() {
        assert_eq!(serde_json::to_string(&Mode::ALL).unwrap(), r#"["walk","ebike","car"]"#);
    }
}
