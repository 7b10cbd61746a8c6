//! Codes of streets and towns as they are published, so that nobody types them: shipped with their source, and only what has one.
//!
//! Of communities and grids none is shipped: those of the model street were found in no source. They come with the areas' sheet.

use super::area::{AreaCode, WUQING};

/// What is shipped of one district.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCodes {
    /// The district.
    pub district: AreaCode,
    /// Who has published it, and where it was taken from.
    pub source: String,
    /// Of which year.
    pub edition: String,
    /// The day on which it was taken.
    pub taken_on: String,
    /// Code and name, by code.
    pub items: Vec<(AreaCode, String)>,
}

const SHIPPED: &[(AreaCode, &str)] = &[(WUQING, include_str!("area_codes/120114.csv"))];

/// Everything that is shipped.
pub fn listed_codes() -> Vec<ListedCodes> {
    SHIPPED.iter().map(|(district, text)| read(*district, text)).collect()
}

/// The file is our own and is looked at by a test: what does not read is left out.
fn read(district: AreaCode, text: &str) -> ListedCodes {
    let said = |key: &str| {
        let lines = text.lines().filter_map(|it| it.strip_prefix("# "));
        let mut values = lines.filter_map(|it| it.strip_prefix(key)?.strip_prefix(": "));
        values.next().unwrap_or_default().to_owned()
    };
    let rows = text.lines().filter(|it| !it.starts_with('#')).skip(1);
    let row = |it: &str| {
        let (code, name) = it.split_once(',')?;
        Some((code.parse().ok()?, name.to_owned()))
    };
    ListedCodes {
        district,
        source: said("source"),
        edition: said("edition"),
        taken_on: said("taken_on"),
        items: rows.filter_map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::people::AreaLevel;

    #[test]
    fn what_is_shipped_is_of_its_district_and_says_where_it_is_from() {
        for (district, text) in SHIPPED {
            let list = read(*district, text);
            let lines = text.lines().filter(|it| !it.starts_with('#') && !it.is_empty()).count() - 1;
            assert_eq!(list.items.len(), lines, "a line does not read");
            let codes: BTreeSet<AreaCode> = list.items.iter().map(|it| it.0).collect();
            let names: BTreeSet<&String> = list.items.iter().map(|it| &it.1).collect();
            assert_eq!((codes.len(), names.len()), (lines, lines), "one stands twice");
            for (code, name) in &list.items {
                assert!(
                    code.level() == AreaLevel::Street && district.contains(*code) && !name.is_empty(),
                    "{code}"
                );
            }
            assert!(list.items.is_sorted());
            assert!(!list.source.is_empty());
            assert!(list.edition.parse::<i16>().is_ok() && list.taken_on.parse::<jiff::civil::Date>().is_ok());
        }
        let wuqing = &listed_codes()[0];
        // As the field report has them.
        for (code, name) in [
            ("120114001", "杨村街道"),
            ("120114006", "运河西街道"),
            ("120114116", "河北屯镇"),
            ("120114117", "上马台镇"),
            ("120114124", "白古屯镇"),
        ] {
            assert!(
                wuqing.items.contains(&(code.parse().unwrap(), name.to_owned())),
                "{code}"
            );
        }
    }
}
