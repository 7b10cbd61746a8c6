//! Many devices dark at once: where, on whose network, and whether that is one incident.
//!
//! A device counts as dark from its first missed beat on. Its case of its own comes after the second, so an incident is found before
//! the cases that it spares.

use std::collections::{BTreeMap, HashMap};

use crate::case::Part;
use crate::people::{AreaCode, AreaLevel, Carrier};

/// Where devices are dark together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Group {
    pub area: AreaCode,
    /// Only those that use this network.
    pub carrier: Option<Carrier>,
}

impl Group {
    /// Whether a device there belongs to it.
    pub fn takes(&self, grid: AreaCode, carrier: Option<Carrier>) -> bool {
        self.area.contains(grid) && self.carrier.is_none_or(|it| carrier == Some(it))
    }

    /// Whether an incident here has the other one within it.
    pub fn covers(&self, other: &Self) -> bool {
        let smaller = self.area.contains(other.area) && self != other;
        smaller && (self.carrier.is_none() || self.carrier == other.carrier)
    }

    pub fn part(&self) -> Option<Part> {
        self.carrier.map(Part::Carrier)
    }
}

/// A device that is awaited.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub grid: AreaCode,
    pub carrier: Option<Carrier>,
}

/// So many at least, and so many of a hundred.
#[derive(Debug, Clone, Copy)]
pub(super) struct Threshold {
    pub min: usize,
    pub percent: usize,
}

impl Threshold {
    fn reached(self, dark: usize, all: usize) -> bool {
        dark >= self.min && self.share_reached(dark, all)
    }

    fn share_reached(self, dark: usize, all: usize) -> bool {
        dark * 100 >= all * self.percent
    }
}

/// Which incidents the dark devices make: the largest area first, and a carrier where the rest of its street is not dark. Each
/// device is in one at most. `all`: every awaited device; `dark`: those of them that went dark at once.
pub(super) fn incidents(all: impl Iterator<Item = Place>, dark: &[Place], threshold: Threshold) -> Vec<Group> {
    if dark.len() < threshold.min {
        return vec![];
    }
    let totals = count(all);
    let mut streets: BTreeMap<AreaCode, Vec<Place>> = BTreeMap::new();
    for it in dark {
        if let Some(street) = it.grid.at(AreaLevel::Street) {
            streets.entry(street).or_default().push(*it);
        }
    }
    let total = |group: Group| totals.get(&group).copied().unwrap_or(0);
    let mut found = Vec::new();
    for (street, mut left) in streets {
        let whole = Group {
            area: street,
            carrier: None,
        };
        for carrier in Carrier::ALL {
            let group = Group {
                area: street,
                carrier: Some(*carrier),
            };
            let here = left.iter().filter(|it| it.carrier == Some(*carrier)).count();
            let (rest, rest_of) = (left.len() - here, total(whole) - total(group));
            // Where everybody uses one network nobody can tell the network from the area.
            let rest_is_there = rest_of > 0 && !threshold.share_reached(rest, rest_of);
            if threshold.reached(here, total(group)) && rest_is_there {
                left.retain(|it| it.carrier != Some(*carrier));
                found.push(group);
            }
        }
        for level in [AreaLevel::Street, AreaLevel::Community, AreaLevel::Grid] {
            for (group, dark) in count(left.iter().copied()) {
                let of_level = group.carrier.is_none() && group.area.level() == level;
                if of_level && threshold.reached(dark, total(group)) {
                    left.retain(|it| !group.takes(it.grid, it.carrier));
                    found.push(group);
                }
            }
        }
    }
    found
}

fn count(all: impl Iterator<Item = Place>) -> HashMap<Group, usize> {
    let mut counts = HashMap::new();
    for it in all {
        let mut add = |area: Option<AreaCode>, carrier: Option<Carrier>| {
            if let Some(area) = area {
                *counts.entry(Group { area, carrier }).or_default() += 1;
            }
        };
        let street = it.grid.at(AreaLevel::Street);
        add(street, None);
        if it.carrier.is_some() {
            add(street, it.carrier);
        }
        add(it.grid.at(AreaLevel::Community), None);
        add(it.grid.at(AreaLevel::Grid), None);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: Threshold = Threshold { min: 8, percent: 50 };

    /// So many devices in a grid, of which so many are dark, on one network.
    fn places(of: &[(&str, Option<Carrier>, usize, usize)]) -> (Vec<Place>, Vec<Place>) {
        let (mut all, mut dark) = (vec![], vec![]);
        for (grid, carrier, count, out) in of {
            let place = Place {
                grid: grid.parse().unwrap(),
                carrier: *carrier,
            };
            all.extend(std::iter::repeat_n(place, *count));
            dark.extend(std::iter::repeat_n(place, *out));
        }
        (all, dark)
    }

    #[test]
    fn the_largest_area_that_is_dark_is_one_incident() {
        use Carrier::{Mobile, Telecom};
        let (a, b, c) = ("120114001001001", "120114001001002", "120114001002001");
        let other_street = "120114002001001";
        let (mobile, telecom) = (Some(Mobile), Some(Telecom));
        type Row<'a> = (&'a str, Option<Carrier>, usize, usize);
        type Told<'a> = (&'a [Row<'a>], &'a [(&'a str, Option<Carrier>)]);
        let table: &[Told<'_>] = &[
            (&[(a, None, 20, 7)], &[]), // too few
            (&[(a, None, 20, 9)], &[]), // less than half
            (&[(a, None, 20, 10), (c, None, 40, 0)], &[("120114001001", None)]),
            (
                &[(a, None, 20, 20), (b, None, 20, 1), (c, None, 40, 0)],
                &[("120114001001", None)],
            ),
            (&[(a, None, 20, 20), (b, None, 60, 1), (c, None, 60, 0)], &[(a, None)]),
            (
                &[(a, None, 20, 20), (b, None, 20, 18), (c, None, 20, 15)],
                &[("120114001", None)],
            ),
            (
                &[(a, None, 8, 8), (other_street, None, 8, 8)],
                &[("120114001", None), ("120114002", None)],
            ),
            // One network, all over the street.
            (
                &[
                    (a, mobile, 10, 9),
                    (a, telecom, 10, 0),
                    (c, mobile, 10, 8),
                    (c, telecom, 10, 1),
                ],
                &[("120114001", mobile)],
            ),
            // Everything is out: the street, whatever the network.
            (
                &[
                    (a, mobile, 10, 9),
                    (a, telecom, 10, 8),
                    (c, mobile, 10, 8),
                    (c, None, 10, 9),
                ],
                &[("120114001", None)],
            ),
            // Everybody on one network: the area.
            (&[(a, mobile, 20, 18)], &[("120114001", None)]),
            // A network is out, and the grid of others too.
            (
                &[(a, telecom, 10, 10), (b, mobile, 30, 30), (c, telecom, 60, 0)],
                &[("120114001", mobile), (a, None)],
            ),
        ];
        for (rows, wanted) in table {
            let (all, dark) = places(rows);
            let mut found = incidents(all.into_iter(), &dark, MANY);
            found.sort();
            let mut wanted: Vec<Group> = wanted
                .iter()
                .map(|(area, carrier)| Group {
                    area: area.parse().unwrap(),
                    carrier: *carrier,
                })
                .collect();
            wanted.sort();
            assert_eq!(found, wanted, "{rows:?}");
        }
    }

    #[test]
    fn an_area_covers_what_lies_within_it() {
        let group = |area: &str, carrier| Group {
            area: area.parse().unwrap(),
            carrier,
        };
        let street = group("120114001", None);
        let by_mobile = group("120114001", Some(Carrier::Mobile));
        let grid = group("120114001001001", None);
        assert!(street.covers(&grid) && street.covers(&by_mobile) && !street.covers(&street));
        assert!(!by_mobile.covers(&grid) && !grid.covers(&street));
        assert!(by_mobile.takes(grid.area, Some(Carrier::Mobile)) && !by_mobile.takes(grid.area, None));
    }
}
