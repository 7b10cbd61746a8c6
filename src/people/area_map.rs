//! The map of a street's areas: outlines of grids, and of the communities and the street where somebody has drawn them.
//!
//! Holds when [`AreaMap::flaws`] and [`AreaMap::findings`] are both empty:
//! - every code lies in the street, stands once, and has a parent on file or on the map;
//! - every outline is sound, of one piece, and none of one level shares ground with another;
//! - what lies under an outline that is drawn stays inside of it and fills it.
//!
//! So an outline that is drawn is a promise: whoever has the grids of half a street leaves the street's own outline away.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::area::{AreaCode, AreaLevel, alias_flaw};
use super::flaw::{Look, SHORT_TEXT_MAX};
use super::words::words;
use crate::circle::Point;
use crate::circle::shape::{Fault, Place, Shape, Sieve, gaps, overlaps};

/// Outlines of one street.
pub const AREAS_MAX: usize = 1_000;
/// Corners of them all.
pub const CORNERS_MAX: usize = 200_000;
/// Findings that are told at once.
pub const FINDINGS_MAX: usize = 500;

/// One outline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// Whose.
    pub code: AreaCode,
    /// How it is called, of one that is not on file yet; of others the register's name holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The 20 digits of CJ/T 349.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Where.
    pub shape: Shape,
}

/// What is drawn of a street.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AreaMap {
    /// By code: a parent before its children.
    pub areas: Vec<Drawn>,
}

words! {
    /// What is wrong on a map.
    FindingKind ("finding") {
        /// An outline crosses or touches itself.
        SelfCrossing = "self_crossing", "自相交";
        /// Two rings of an outline cross or touch.
        RingsTouch = "rings_touch", "内外环相交";
        /// What is cut out lies outside.
        HoleOutside = "hole_outside", "空洞在外";
        /// Less than a house with its yard.
        TooSmall = "too_small", "面积过小";
        /// Two of one level share ground.
        Overlap = "overlap", "重叠";
        /// One hangs out of what it belongs to.
        Outside = "outside", "超出上级";
        /// Ground that is nobody's.
        Gap = "gap", "空隙";
    }
}

/// One thing that is wrong, with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The areas it is about: one, or two that overlap, or one and the parent out of which it hangs; of a gap the parent where one is
    /// drawn.
    pub codes: Vec<AreaCode>,
    /// Where.
    pub place: Place,
}

/// A code, name or alias that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFlaw {
    /// Which outline, in the order in which they came.
    pub place: usize,
    /// `code`, `name`, `alias`.
    pub field: &'static str,
    /// One sentence without a full stop.
    pub why: String,
}

impl AreaMap {
    /// In the order of a tree.
    pub fn new(mut areas: Vec<Drawn>) -> Self {
        areas.sort_by_key(|it| it.code);
        Self { areas }
    }

    /// What is wrong with codes, names and aliases, in the order of `self.areas`. `on_file`: the register knows the area.
    pub fn flaws(&self, street: AreaCode, on_file: impl Fn(AreaCode) -> bool) -> Vec<CodeFlaw> {
        let drawn: BTreeSet<AreaCode> = self.areas.iter().map(|it| it.code).collect();
        let mut seen = BTreeSet::new();
        let mut flaws = Vec::new();
        for (place, it) in self.areas.iter().enumerate() {
            let mut wrong = |field, why: String| flaws.push(CodeFlaw { place, field, why });
            if !street.contains(it.code) {
                wrong("code", format!("{} does not lie in {street}", it.code));
                continue;
            }
            if !seen.insert(it.code) {
                wrong("code", format!("{} is drawn twice: an area is of one piece", it.code));
            }
            let known = on_file(it.code);
            let parent = it.code.parent().filter(|_| it.code != street);
            if let Some(parent) = parent.filter(|parent| !known && !on_file(*parent) && !drawn.contains(parent)) {
                wrong(
                    "code",
                    format!("the area above it, {parent}, is neither on the map nor on file"),
                );
            }
            let mut look = Look::default();
            match &it.name {
                Some(name) => look.text("name", name, SHORT_TEXT_MAX),
                None => look.when(!known, "name", "is needed: the area is not on file yet"),
            }
            if let Some(why) = it.alias.as_deref().and_then(|alias| alias_flaw(it.code, alias)) {
                look.wrong("alias", why);
            }
            if let Err(found) = look.done() {
                found.0.into_iter().for_each(|it| wrong(it.field, it.why));
            }
        }
        flaws
    }

    /// The drawn area next above one.
    fn above(&self, code: AreaCode) -> Option<usize> {
        let mut up = code.parent();
        while let Some(it) = up {
            if let Ok(found) = self.areas.binary_search_by_key(&it, |it| it.code) {
                return Some(found);
            }
            up = it.parent();
        }
        None
    }

    /// What is wrong with the outlines, each with its place. Of an outline that is not sound nothing else is said: mended, it is looked at
    /// again.
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut sound = vec![true; self.areas.len()];
        for (n, it) in self.areas.iter().enumerate() {
            for (fault, place) in it.shape.faults() {
                sound[n] = false;
                let kind = match fault {
                    Fault::SelfCrossing => FindingKind::SelfCrossing,
                    Fault::RingsTouch => FindingKind::RingsTouch,
                    Fault::HoleOutside => FindingKind::HoleOutside,
                    Fault::TooSmall => FindingKind::TooSmall,
                };
                let codes = vec![it.code];
                found.push(Finding { kind, codes, place });
            }
        }
        for level in [AreaLevel::Community, AreaLevel::Grid] {
            let of_level = self
                .areas
                .iter()
                .zip(&sound)
                .filter(|it| *it.1 && it.0.code.level() == level);
            let of_level: Vec<&Drawn> = of_level.map(|it| it.0).collect();
            let shapes: Vec<&Shape> = of_level.iter().map(|it| &it.shape).collect();
            found.extend(overlaps(&shapes).into_iter().map(|(a, b, place)| Finding {
                kind: FindingKind::Overlap,
                codes: vec![of_level[a].code, of_level[b].code],
                place,
            }));
        }
        let mut under: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
        for (n, it) in self.areas.iter().enumerate() {
            under.entry(self.above(it.code)).or_default().push(n);
        }
        for (parent, children) in under {
            let parent = parent.map(|it| (&self.areas[it], sound[it]));
            if parent.is_some_and(|it| !it.1) {
                continue;
            }
            let parent = parent.map(|it| it.0);
            if let Some(parent) = parent {
                for it in children.iter().filter(|it| sound[**it]).map(|it| &self.areas[*it]) {
                    found.extend(it.shape.outside(&parent.shape).into_iter().map(|place| Finding {
                        kind: FindingKind::Outside,
                        codes: vec![it.code, parent.code],
                        place,
                    }));
                }
            }
            if children.iter().all(|it| sound[*it]) {
                let shapes: Vec<&Shape> = children.iter().map(|it| &self.areas[*it].shape).collect();
                let left = gaps(parent.map(|it| &it.shape), &shapes);
                found.extend(left.into_iter().map(|place| Finding {
                    kind: FindingKind::Gap,
                    codes: parent.map(|it| it.code).into_iter().collect(),
                    place,
                }));
            }
        }
        found
    }

    /// Made ready to say of many homes in whose grid they lie.
    pub fn grids(&self) -> Grids {
        let drawn = self.areas.iter().filter(|it| it.code.level() == AreaLevel::Grid);
        let drawn: Vec<&Drawn> = drawn.collect();
        Grids {
            codes: drawn.iter().map(|it| it.code).collect(),
            sieve: Sieve::new(drawn.iter().map(|it| &it.shape)),
        }
    }
}

/// The drawn grids of a street, for many homes.
#[derive(Debug, Clone)]
pub struct Grids {
    codes: Vec<AreaCode>,
    sieve: Sieve,
}

impl Grids {
    /// In which grid a place lies. On the line between two it is in the one where it is filed, else in that of the lower code; `None`: in no
    /// grid that is drawn.
    pub fn of(&self, at: Point, filed: AreaCode) -> Option<AreaCode> {
        let holding: Vec<AreaCode> = self.sieve.holding(at).map(|it| self.codes[it]).collect();
        let stays = holding.contains(&filed).then_some(filed);
        stays.or_else(|| holding.first().copied())
    }

    /// Whether any grid is drawn.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::Crs;
    use crate::people::samples::code;

    const STREET: &str = "120114001";

    /// A rectangle by degrees of 0.001 (86 m by 111 m) from a corner of Yangcun.
    fn rect(code_text: &str, w: f64, s: f64, e: f64, n: f64) -> Drawn {
        let corner = |x: f64, y: f64| vec![117.06 + x * 0.001, 39.38 + y * 0.001];
        let ring = vec![corner(w, s), corner(e, s), corner(e, n), corner(w, n), corner(w, s)];
        Drawn {
            code: code(code_text),
            name: Some("某区".to_owned()),
            alias: None,
            shape: Shape::read(&[ring], Crs::Wgs84).unwrap(),
        }
    }

    fn grid(n: u32, w: f64, s: f64, e: f64, n_: f64) -> Drawn {
        rect(&format!("120114001001{n:03}"), w, s, e, n_)
    }

    fn kinds(areas: Vec<Drawn>) -> Vec<(FindingKind, Vec<String>)> {
        let found = AreaMap::new(areas).findings();
        let told = |it: Finding| {
            (
                it.kind,
                it.codes.iter().map(|it| it.to_string()[9..].to_owned()).collect(),
            )
        };
        found.into_iter().map(told).collect()
    }

    #[test]
    fn each_finding_names_whom_it_is_about() {
        use FindingKind::{Gap, Outside, Overlap, SelfCrossing};
        let community = || rect("120114001001", 0.0, 0.0, 4.0, 4.0);
        let halves = || vec![grid(1, 0.0, 0.0, 2.0, 4.0), grid(2, 2.0, 0.0, 4.0, 4.0)];
        let with = |more: Vec<Drawn>| halves().into_iter().chain(more).collect::<Vec<_>>();
        let crossed = Drawn {
            shape: Shape::read(
                &[vec![
                    vec![117.06, 39.38],
                    vec![117.064, 39.384],
                    vec![117.064, 39.38],
                    vec![117.06, 39.384],
                    vec![117.06, 39.38],
                ]],
                Crs::Wgs84,
            )
            .unwrap(),
            ..grid(1, 0.0, 0.0, 1.0, 1.0)
        };
        for (what, areas, expected) in [
            ("two halves", halves(), vec![]),
            ("two halves in their community", with(vec![community()]), vec![]),
            ("a community that is not divided", vec![community()], vec![]),
            (
                "one half",
                vec![community(), halves().remove(0)],
                vec![(Gap, vec!["001"])],
            ),
            ("one half, and no community", vec![halves().remove(0)], vec![]),
            (
                "they overlap",
                vec![grid(1, 0.0, 0.0, 3.0, 4.0), halves().remove(1)],
                vec![(Overlap, vec!["001001", "001002"])],
            ),
            (
                "one hangs out",
                vec![community(), grid(1, 0.0, 0.0, 2.0, 4.0), grid(2, 2.0, 0.0, 5.0, 4.0)],
                vec![(Outside, vec!["001002", "001"])],
            ),
            // Of what is not sound nothing else is said, and no gap where it should lie.
            (
                "one is crossed",
                vec![community(), crossed],
                vec![(SelfCrossing, vec!["001001"])],
            ),
            (
                "a community over another's grid",
                with(vec![rect("120114001002", 3.0, 0.0, 6.0, 4.0), community()]),
                vec![(Overlap, vec!["001", "002"])],
            ),
            (
                "the street's own outline is a promise too",
                with(vec![rect(STREET, 0.0, 0.0, 5.0, 4.0), community()]),
                vec![(Gap, vec![""])],
            ),
        ] {
            let expected: Vec<(FindingKind, Vec<String>)> = expected
                .into_iter()
                .map(|(kind, codes): (FindingKind, Vec<&str>)| (kind, codes.into_iter().map(str::to_owned).collect()))
                .collect();
            assert_eq!(kinds(areas), expected, "{what}");
        }
        // A hole that grids enclose, with no parent drawn.
        let around = vec![
            grid(1, 0.0, 0.0, 2.0, 1.0),
            grid(2, 2.0, 0.0, 3.0, 2.0),
            grid(3, 1.0, 2.0, 3.0, 3.0),
            grid(4, 0.0, 1.0, 1.0, 3.0),
        ];
        assert_eq!(kinds(around), [(Gap, vec![])]);
    }

    #[test]
    fn codes_names_and_aliases_are_named_where_they_are_wrong() {
        let known = ["120114001", "120114001001", "120114001001001"];
        let on_file = |it: AreaCode| known.contains(&it.to_string().as_str());
        let nameless = |it: Drawn| Drawn { name: None, ..it };
        let at = |it: &str| nameless(rect(it, 0.0, 0.0, 1.0, 1.0));
        let alias = |it: &str| Drawn {
            alias: Some(it.to_owned()),
            ..at("120114001001001")
        };
        for (areas, fields) in [
            (vec![at("120114001001001")], vec![]),
            (vec![at(STREET), at("120114001001")], vec![]),
            (vec![at("120114002001001")], vec!["code"]),
            (vec![at("120114")], vec!["code"]),
            (vec![at("120114001001001"), at("120114001001001")], vec!["code"]),
            (vec![at("120114001001002")], vec!["name"]),
            (vec![grid(2, 0.0, 0.0, 1.0, 1.0)], vec![]),
            (vec![rect("120114001009001", 0.0, 0.0, 1.0, 1.0)], vec!["code"]),
            (
                vec![
                    rect("120114001009001", 0.0, 0.0, 1.0, 1.0),
                    rect("120114001009", 0.0, 0.0, 1.0, 1.0),
                ],
                vec![],
            ),
            (
                vec![Drawn {
                    name: Some(" x".into()),
                    ..at("120114001001002")
                }],
                vec!["name"],
            ),
            (vec![alias("00000112011400100101")], vec![]),
            (vec![alias("0000011201140010010")], vec!["alias"]),
            (vec![alias("00000112011400200101")], vec!["alias"]),
            (vec![alias("00000112011500100101")], vec!["alias"]),
            (vec![alias("0000011201140010010A")], vec!["alias"]),
        ] {
            let map = AreaMap::new(areas);
            let got = map.flaws(code(STREET), on_file);
            assert_eq!(got.iter().map(|it| it.field).collect::<Vec<_>>(), fields, "{got:?}");
        }
    }

    #[test]
    fn a_home_on_the_line_stays_where_it_is_filed() {
        let map = AreaMap::new(vec![
            grid(2, 1.0, 0.0, 2.0, 1.0),
            grid(1, 0.0, 0.0, 1.0, 1.0),
            rect("120114001001", 0.0, 0.0, 2.0, 1.0),
        ]);
        let grids = map.grids();
        let (one, two, other) = (
            code("120114001001001"),
            code("120114001001002"),
            code("120114001001003"),
        );
        let at = |x: f64| Point::new(39.3805, ((117.06 + x * 0.001) * 1e7_f64).round() / 1e7).unwrap();
        for (x, filed, found) in [
            (0.5, one, Some(one)),
            (0.5, two, Some(one)),
            (1.5, one, Some(two)),
            (1.0, one, Some(one)),
            (1.0, two, Some(two)),
            (1.0, other, Some(one)),
            (2.5, one, None),
        ] {
            assert_eq!(grids.of(at(x), filed), found, "{x} {filed}");
        }
        assert!(AreaMap::default().grids().is_empty() && !grids.is_empty());
    }

    /// The most that is promised: 200 grids of 200 corners. It is looked at whole; how long that takes is read off by people.
    #[test]
    fn a_whole_street_is_looked_at_at_once() {
        // Wavy strips whose edges are shared corner by corner.
        let edge = |x: u32, y: u32| {
            let wave = f64::from(y % 7) * 0.000_02;
            vec![117.0 + f64::from(x) * 0.002 + wave, 39.3 + f64::from(y) * 0.000_02]
        };
        let areas: Vec<Drawn> = (0..200_u32)
            .map(|n| {
                let (x, y) = (n % 20, n / 20 * 98);
                let up = (y..=y + 98).map(|it| edge(x + 1, it));
                let down = (y..=y + 98).rev().map(|it| edge(x, it));
                let mut ring: Vec<Vec<f64>> = up.chain(down).collect();
                ring.push(ring[0].clone());
                Drawn {
                    code: code(&format!("120114001{:03}{:03}", n / 20 + 1, n % 20 + 1)),
                    name: None,
                    alias: None,
                    shape: Shape::read(&[ring], Crs::Wgs84).unwrap(),
                }
            })
            .collect();
        assert!(areas.iter().map(|it| it.shape.corners()).sum::<usize>() >= 39_000);
        let map = AreaMap::new(areas);
        let found = map.findings();
        assert!(found.is_empty(), "{:?}", &found[..found.len().min(3)]);
    }
}
