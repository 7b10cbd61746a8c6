//! The family as it looks on: what is shown of those who come, and how each contact wishes to be told.

use serde::{Deserialize, Serialize};

use super::secret::Phone;

/// By which ways one level is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldBy {
    /// A telephone call.
    pub voice: bool,
    /// A message.
    pub message: bool,
}

/// Hours of the street's day in which nobody wants to be woken for what is not critical; `from` 22, `to` 7 is the night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// The first quiet hour, 0 to 23.
    pub from: u8,
    /// The first hour that is not quiet any more, 0 to 23.
    pub to: u8,
}

/// How a contact wishes to be told. Who has said nothing wishes for everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FamilyChoices {
    /// Of what is critical; quiet hours do not count.
    pub critical: ToldBy,
    /// Of what is urgent.
    pub urgent: ToldBy,
    /// When what is not critical waits.
    #[serde(default)]
    pub quiet: Option<QuietHours>,
}

impl Default for FamilyChoices {
    fn default() -> Self {
        let all = ToldBy {
            voice: true,
            message: true,
        };
        Self {
            critical: all,
            urgent: all,
            quiet: None,
        }
    }
}

impl FamilyChoices {
    /// The field that cannot be, if there is one.
    pub fn flaw(&self) -> Option<&'static str> {
        let quiet = self.quiet?;
        match (quiet.from, quiet.to) {
            (24.., _) => Some("quiet.from"),
            (_, 24..) => Some("quiet.to"),
            (from, to) if from == to => Some("quiet.to"), // the whole day or nothing: said otherwise
            _ => None,
        }
    }

    /// Whether somebody of the elder is still called for what is critical: this contact, or one of the others.
    pub fn leaves_a_call(&self, others: impl IntoIterator<Item = Self>) -> bool {
        self.critical.voice || others.into_iter().any(|it| it.critical.voice)
    }
}

/// Chinese family names of two characters that are met at all.
const TWO: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "长孙", "宇文",
    "端木", "南宫", "独孤", "轩辕", "呼延", "澹台",
];

/// The family name of a person: the first character or two of a Chinese name, the last word of another. Empty for an empty one.
pub fn family_name(name: &str) -> &str {
    let name = name.trim();
    let first = name.chars().next();
    if !first.is_some_and(|it| ('\u{3400}'..='\u{9fff}').contains(&it)) {
        return name.rsplit(' ').next().unwrap_or(name);
    }
    if let Some(two) = TWO.iter().find(|it| name.starts_with(*it) && name.len() > it.len()) {
        return &name[..two.len()];
    }
    name.get(..first.map_or(0, char::len_utf8)).unwrap_or_default()
}

/// Whether these are the last four digits of the telephone.
pub fn ends_with_digits(phone: &Phone, digits: &str) -> bool {
    digits.len() == 4 && digits.bytes().all(|it| it.is_ascii_digit()) && phone.reveal().ends_with(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_name_only_the_family_name_is_left() {
        for (name, family) in [
            ("王小明", "王"),
            ("欧阳小明", "欧阳"),
            ("欧阳", "欧"),
            ("Maria da Silva", "Silva"),
            ("Li", "Li"),
            ("  刘静 ", "刘"),
            ("", ""),
        ] {
            assert_eq!(family_name(name), family, "{name}");
        }
    }

    #[test]
    fn four_digits_and_no_other_text_fit_a_telephone() {
        let phone: Phone = "100 0000 1234".parse().unwrap();
        assert!(ends_with_digits(&phone, "1234"));
        for text in ["4321", "234", "01234", "", "12 4", "１２３４"] {
            assert!(!ends_with_digits(&phone, text), "{text}");
        }
    }

    #[test]
    fn a_critical_call_goes_to_somebody_whatever_all_of_them_choose() {
        let on = FamilyChoices::default();
        let off = FamilyChoices {
            critical: ToldBy {
                voice: false,
                message: true,
            },
            ..on
        };
        assert!(on.leaves_a_call([]) && on.leaves_a_call([off]) && off.leaves_a_call([off, on]));
        assert!(!off.leaves_a_call([]) && !off.leaves_a_call([off, off]));
    }

    #[test]
    fn quiet_hours_are_hours_of_a_day() {
        for (from, to, flaw) in [
            (22, 7, None),
            (24, 7, Some("quiet.from")),
            (22, 24, Some("quiet.to")),
            (7, 7, Some("quiet.to")),
        ] {
            let it = FamilyChoices {
                quiet: Some(QuietHours { from, to }),
                ..FamilyChoices::default()
            };
            assert_eq!(it.flaw(), flaw, "{from} {to}");
        }
    }
}
