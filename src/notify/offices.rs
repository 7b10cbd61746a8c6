//! `[notify.civil_affairs]`: the telephones of the civil-affairs offices (民政), by area. They have no account here: they are called beside the
//! others where a plan says so, and what they answer is a note.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::people::{AreaCode, Phone};

/// Telephones of one office at most.
const PHONES_MAX: usize = 4;

/// The offices: for an area and all that lies in it, its telephones, which are rung one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct Offices(pub BTreeMap<String, Vec<Phone>>);

impl Offices {
    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (area, phones) in &self.0 {
            let here = format!("notify.civil_affairs.{area}");
            if area.parse::<AreaCode>().is_err() {
                found.push(format!("{here}: is no code of an area"));
            }
            if phones.is_empty() || phones.len() > PHONES_MAX {
                found.push(format!("{here}: must be 1 to {PHONES_MAX} telephones"));
            }
        }
        found
    }

    /// The telephones of the office nearest to an area: of the smallest that it lies in. None: there is no office.
    pub fn of(&self, area_code: &str) -> &[Phone] {
        let within = self.0.iter().filter(|it| area_code.starts_with(it.0.as_str()));
        within.max_by_key(|it| it.0.len()).map_or(&[][..], |it| it.1.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_area_counts_and_mistakes_are_named() {
        let text = "\"120114001\" = [\"02282000001\"]\n\"120114001001\" = [\"02282000002\", \"13800000003\"]\n";
        let offices: Offices = toml::from_str(text).unwrap();
        assert_eq!(offices.mistakes(), Vec::<String>::new());
        let of = |area: &str| {
            offices
                .of(area)
                .iter()
                .map(|it| it.reveal().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(of("120114001001002"), ["02282000002", "13800000003"]);
        assert_eq!(of("120114001002001"), ["02282000001"]);
        assert!(of("120115001001001").is_empty());
        let wrong: Offices = toml::from_str("\"x\" = [\"110\"]\n\"120114001\" = []\n").unwrap();
        let found = wrong.mistakes();
        assert!(
            found.iter().any(|it| it.contains("civil_affairs.x: is no code")),
            "{found:?}"
        );
        assert!(
            found.iter().any(|it| it.contains("120114001: must be 1 to 4")),
            "{found:?}"
        );
    }
}
