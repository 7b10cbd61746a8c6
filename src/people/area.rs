//! Areas: district, street, community, grid; and what part of the tree somebody may see.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::flaw::{Flaws, Look, SHORT_TEXT_MAX};
use super::words::words;
use crate::ids::AreaId;

words! {
    /// How deep in the tree an area lies.
    AreaLevel ("area level") {
        /// A district or county: 6 digits (GB/T 2260).
        District = "district", "区";
        /// A street or town: 9 digits (GB/T 10114).
        Street = "street", "街道";
        /// A neighbourhood or village committee: 12 digits (statistical code).
        Community = "community", "社区";
        /// A grid of a community: 15 digits.
        Grid = "grid", "网格";
    }
}

impl AreaLevel {
    /// How many digits a code of this level has.
    pub const fn digits(self) -> usize {
        match self {
            Self::District => 6,
            Self::Street => 9,
            Self::Community => 12,
            Self::Grid => 15,
        }
    }
}

/// The code of an area: 6, 9, 12 or 15 digits; a child's code begins with its parent's.
///
/// The order is that of a tree read top to bottom: a parent stands just before its first child.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AreaCode {
    /// The digits filled up with zeros to 15; no part of a code is zero, so that this orders parents first.
    filled: u64,
    level: AreaLevel,
}

/// A text that is no area code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAreaCode {
    /// Not digits, or not 6, 9, 12 or 15 of them.
    #[error("an area code has 6 (district), 9 (street), 12 (community) or 15 (grid) digits")]
    Shape,
    /// A code of a region outside the table of GB/T 2260.
    #[error("an area code begins with 1 to 8, the region of GB/T 2260")]
    Region,
    /// A part that is all zeros: in statistical lists such a code stands for the level above.
    #[error("the last part of the code is zeros: for the area above it write `{0}`")]
    Filled(AreaCode),
    /// Zeros in the middle: no such parent.
    #[error("a part of the code is zeros, so that it has no parent")]
    NoParent,
}

/// Wuqing (武清区), by GB/T 2260: the district of the model street.
pub const WUQING: AreaCode = AreaCode {
    filled: 120_114_000_000_000,
    level: AreaLevel::District,
};

impl AreaCode {
    /// District, street, community or grid.
    pub const fn level(self) -> AreaLevel {
        self.level
    }

    /// The area one level above; `None` for a district.
    pub const fn parent(self) -> Option<Self> {
        match self.level {
            AreaLevel::District => None,
            AreaLevel::Street => Some(self.cut(AreaLevel::District)),
            AreaLevel::Community => Some(self.cut(AreaLevel::Street)),
            AreaLevel::Grid => Some(self.cut(AreaLevel::Community)),
        }
    }

    /// The area of `level` that holds this one; `None` when this one lies above that level.
    pub fn at(self, level: AreaLevel) -> Option<Self> {
        (level <= self.level).then(|| self.cut(level))
    }

    /// Whether `other` is this area or lies inside it.
    pub fn contains(self, other: Self) -> bool {
        other.at(self.level) == Some(self)
    }

    const fn cut(self, level: AreaLevel) -> Self {
        let below = 10_u64.pow(15 - level.digits() as u32);
        Self {
            filled: self.filled / below * below,
            level,
        }
    }
}

impl FromStr for AreaCode {
    type Err = BadAreaCode;
    fn from_str(text: &str) -> Result<Self, BadAreaCode> {
        let level = AreaLevel::ALL
            .iter()
            .copied()
            .find(|it| it.digits() == text.len())
            .ok_or(BadAreaCode::Shape)?;
        if !text.bytes().all(|it| it.is_ascii_digit()) {
            return Err(BadAreaCode::Shape);
        }
        if !matches!(text.as_bytes().first(), Some(b'1'..=b'8')) {
            return Err(BadAreaCode::Region);
        }
        let digits: u64 = text.parse().map_err(|_| BadAreaCode::Shape)?;
        let code = Self {
            filled: digits * 10_u64.pow(15 - text.len() as u32),
            level,
        };
        // The parts below the district, top down: after zeros there must be nothing but zeros.
        let parts = text.as_bytes().get(6..).unwrap_or_default().chunks(3);
        let zeros: Vec<bool> = parts.map(|it| it == b"000").collect();
        let Some(first) = zeros.iter().position(|it| *it) else {
            return Ok(code);
        };
        if zeros.iter().skip(first).all(|it| *it) {
            return Err(BadAreaCode::Filled(
                code.cut(AreaLevel::ALL.get(first).copied().unwrap_or(AreaLevel::District)),
            ));
        }
        Err(BadAreaCode::NoParent)
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.level.digits();
        write!(f, "{:0digits$}", self.filled / 10_u64.pow(15 - digits as u32))
    }
}

impl fmt::Debug for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for AreaCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AreaCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An area with its name; the id stays when the code changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// Never changes.
    pub id: AreaId,
    /// The code in force from `valid_from`; its length is the level.
    pub code: AreaCode,
    /// As people say it: 杨村街道.
    pub name: String,
    /// The day from which this code and name hold.
    pub valid_from: Date,
    /// The first day on which they hold no longer; `None` while in force.
    #[serde(default)]
    pub valid_until: Option<Date>,
    /// The same area in another coding, as the 20 digits of CJ/T 349.
    #[serde(default)]
    pub alias: Option<String>,
}

impl Area {
    /// District, street, community or grid.
    pub const fn level(&self) -> AreaLevel {
        self.code.level()
    }

    /// Whether code and name hold on `day`.
    pub fn in_force(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_until.is_none_or(|until| day < until)
    }

    /// Each wrong field.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        look.text("name", &self.name, SHORT_TEXT_MAX);
        let backwards = self.valid_until.is_some_and(|until| until <= self.valid_from);
        look.when(backwards, "valid_until", "must lie after valid_from");
        if let Some(alias) = &self.alias {
            look.text("alias", alias, SHORT_TEXT_MAX);
            if let Some(why) = alias_flaw(self.code, alias).filter(|_| !alias.trim().is_empty()) {
                look.wrong("alias", why);
            }
        }
        look.done()
    }
}

/// What is wrong with the alias of a grid: 20 digits by CJ/T 349, of which the 7th to 12th are the county (GB/T 2260) and the 13th to 15th
/// the street (GB/T 10114), both as in its own code. Community and grid are numbered anew there and say nothing. Of other levels the
/// standard has no code.
pub(super) fn alias_flaw(code: AreaCode, alias: &str) -> Option<String> {
    if code.level() != AreaLevel::Grid {
        return None;
    }
    if alias.len() != 20 || !alias.bytes().all(|it| it.is_ascii_digit()) {
        return Some("the code of a grid by CJ/T 349 has 20 digits".to_owned());
    }
    let street = code.at(AreaLevel::Street)?.to_string();
    let theirs = alias.get(6..15)?;
    (theirs != street).then(|| format!("its 7th to 15th digit must be those of the street, {street}, and are {theirs}"))
}

/// What part of the tree somebody may see: whole areas, kept without those that lie inside another. Empty sees nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrefixSet(BTreeSet<AreaCode>);

impl PrefixSet {
    /// Sees nothing.
    pub const fn nothing() -> Self {
        Self(BTreeSet::new())
    }

    /// Adds an area; one that is already inside changes nothing, one that holds others takes their place.
    pub fn insert(&mut self, code: AreaCode) {
        if !self.contains(code) {
            self.0.retain(|it| !code.contains(*it));
            self.0.insert(code);
        }
    }

    /// Whether `code` is one of the areas or lies inside one.
    pub fn contains(&self, code: AreaCode) -> bool {
        AreaLevel::ALL
            .iter()
            .filter_map(|level| code.at(*level))
            .any(|it| self.0.contains(&it))
    }

    /// Whether any part of `code` can be seen: it is inside, or holds something that is.
    pub fn touches(&self, code: AreaCode) -> bool {
        self.contains(code) || self.0.iter().any(|it| code.contains(*it))
    }

    /// Whether every area of `other` is inside.
    pub fn covers(&self, other: &Self) -> bool {
        other.iter().all(|it| self.contains(it))
    }

    /// The areas, in tree order.
    pub fn iter(&self) -> impl Iterator<Item = AreaCode> + '_ {
        self.0.iter().copied()
    }

    /// Whether nothing can be seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many areas it takes to say it.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<AreaCode> for PrefixSet {
    fn from_iter<I: IntoIterator<Item = AreaCode>>(codes: I) -> Self {
        let mut set = Self::nothing();
        codes.into_iter().for_each(|it| set.insert(it));
        set
    }
}

impl Serialize for PrefixSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl<'de> Deserialize<'de> for PrefixSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<AreaCode>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn wuqing_is_the_code_it_says() {
        assert_eq!("120114".parse(), Ok(super::WUQING));
    }

    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::people::area_id;
    use crate::people::samples::{code, fields};

    #[test]
    fn codes_of_four_lengths_are_read_and_all_else_is_refused() {
        for (text, level) in [
            ("120114", AreaLevel::District),
            ("120114001", AreaLevel::Street),
            ("120114001003", AreaLevel::Community),
            ("120114001003002", AreaLevel::Grid),
        ] {
            assert_eq!((code(text).level(), code(text).to_string().as_str()), (level, text));
        }
        for text in [
            "",
            "1",
            "12011",
            "1201140",
            "12011400100300201",
            "12011400100300A",
            "１２０１１４",
            "+12011",
            "-20114",
        ] {
            assert_eq!(text.parse::<AreaCode>(), Err(BadAreaCode::Shape), "{text}");
        }
        assert_eq!("920114".parse::<AreaCode>(), Err(BadAreaCode::Region));
        assert_eq!("020114".parse::<AreaCode>(), Err(BadAreaCode::Region));
    }

    #[test]
    fn the_filled_codes_of_statistical_lists_are_refused_with_the_code_to_write() {
        for (text, write) in [
            ("120114001000", "120114001"),
            ("120114000000", "120114"),
            ("120114000", "120114"),
            ("120114001003000", "120114001003"),
            ("120114001000000", "120114001"),
        ] {
            assert_eq!(
                text.parse::<AreaCode>(),
                Err(BadAreaCode::Filled(code(write))),
                "{text}"
            );
        }
        assert_eq!("120114000003".parse::<AreaCode>(), Err(BadAreaCode::NoParent));
        assert_eq!("120114001000002".parse::<AreaCode>(), Err(BadAreaCode::NoParent));
    }

    #[test]
    fn a_scope_is_cut_at_whole_areas() {
        let scope = PrefixSet::from_iter([code("120114001"), code("120114002005"), code("120114001003")]);
        assert_eq!(scope.len(), 2, "the community lies inside the street");
        for (text, seen) in [
            ("120114001", true),
            ("120114001003002", true),
            ("120114002005001", true),
            ("120114002", false),
            ("120114002006001", false),
            ("120114", false),
            ("120114010", false),
            ("120114003", false),
        ] {
            assert_eq!(scope.contains(code(text)), seen, "{text}");
        }
        assert!(scope.touches(code("120114")) && scope.touches(code("120114002")) && !scope.touches(code("120114003")));
        assert!(!PrefixSet::nothing().contains(code("120114")));
        assert!(!PrefixSet::nothing().touches(code("120114")));
        let json = serde_json::to_string(&scope).unwrap();
        assert_eq!(json, r#"["120114001","120114002005"]"#);
        assert_eq!(serde_json::from_str::<PrefixSet>(&json).unwrap(), scope);
        assert!(serde_json::from_str::<PrefixSet>(r#"["1201"]"#).is_err());
    }

    #[test]
    fn a_code_holds_between_its_days() {
        let mut area = Area {
            id: area_id("120114001"),
            code: code("120114001"),
            name: "杨村街道".into(),
            valid_from: date(2023, 1, 1),
            valid_until: Some(date(2026, 1, 1)),
            alias: None,
        };
        assert_eq!(area.check(), Ok(()));
        assert!(area.in_force(date(2023, 1, 1)) && area.in_force(date(2025, 12, 31)));
        assert!(!area.in_force(date(2022, 12, 31)) && !area.in_force(date(2026, 1, 1)));
        area.valid_until = Some(date(2023, 1, 1));
        area.name = " ".into();
        area.alias = Some(String::new());
        assert_eq!(fields(area.check()), ["name", "name", "valid_until", "alias"]);
    }

    #[test]
    fn the_other_code_of_a_grid_is_of_the_same_street() {
        for (text, alias, good) in [
            ("120114001003002", "10000012011400100302", true),
            ("120114001003002", "10000012011400160102", true), // communities are numbered anew there
            ("120114001003002", "10000012011400200302", false),
            ("120114001003002", "1000001201140010030", false),
            ("120114001003002", "1000001201140010030２", false),
            ("120114001", "other", true), // no grid: the standard says nothing
        ] {
            let area = Area {
                id: area_id(text),
                code: code(text),
                name: "某区".into(),
                valid_from: date(2023, 1, 1),
                valid_until: None,
                alias: Some(alias.into()),
            };
            assert_eq!(area.check().is_ok(), good, "{text} {alias}");
        }
    }

    fn any_code() -> impl Strategy<Value = AreaCode> {
        // Few values a part, so that areas meet.
        ((1_u32..3), prop::collection::vec(1_u32..4, 0..=3)).prop_map(|(district, parts)| {
            let tail: String = parts.iter().map(|it| format!("{it:03}")).collect();
            format!("12011{district}{tail}").parse().unwrap()
        })
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_prints_back(text in "[0-9]{0,16}|.{0,20}") {
            if let Ok(code) = text.parse::<AreaCode>() {
                prop_assert_eq!(code.to_string(), text);
            }
        }

        #[test]
        fn the_tree_is_consistent(a in any_code(), b in any_code()) {
            prop_assert_eq!(a.contains(b), b.to_string().starts_with(&a.to_string()));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            if let Some(parent) = a.parent() {
                prop_assert!(parent.contains(a) && !a.contains(parent) && parent < a);
            }
        }

        #[test]
        fn a_set_sees_what_any_of_its_areas_sees(codes in prop::collection::vec(any_code(), 0..8), probe in any_code()) {
            let set: PrefixSet = codes.iter().copied().collect();
            prop_assert_eq!(set.contains(probe), codes.iter().any(|it| it.contains(probe)));
            prop_assert_eq!(set.touches(probe), codes.iter().any(|it| it.contains(probe) || probe.contains(*it)));
            for (at, one) in set.iter().enumerate() {
                prop_assert!(set.iter().enumerate().all(|(other, it)| at == other || !it.contains(one)));
            }
        }
    }
}
