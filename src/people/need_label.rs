//! How a street shows needs: its own colours (七彩网格), each with a word and a shape, and the rhythm of visits. Only screens and
//! the planning of visits read this; no rule of a case does.

use serde::{Deserialize, Serialize};

use super::elder::Need;
use super::flaw::{Flaws, Look, SHORT_TEXT_MAX};
use super::words::words;

words! {
    /// A shape beside the colour: told apart by who sees no colours, and on a bad print.
    NeedShape ("shape") {
        Circle = "circle", "圆";
        Triangle = "triangle", "三角";
        Square = "square", "方";
        Diamond = "diamond", "菱";
        Hexagon = "hexagon", "六角";
        Star = "star", "星";
        Cross = "cross", "十字";
    }
}

/// The longest stretch between two visits that a table may set, days.
pub const VISIT_MAX_DAYS: u16 = 366;

fn circle() -> NeedShape {
    NeedShape::Circle
}

/// How one need is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedLabel {
    /// Which need.
    pub need: Need,
    /// The colour's word in Chinese.
    pub colour: String,
    /// The colour itself, `#rrggbb`.
    pub rgb: String,
    /// The word that always stands beside it.
    pub label: String,
    /// The shape that always stands beside it.
    #[serde(default = "circle")]
    pub shape: NeedShape,
    /// Somebody looks in at least every so many days; none: by a plan of care.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit_days: Option<u16>,
}

/// A street's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NeedLabels(pub Vec<NeedLabel>);

impl NeedLabels {
    /// The label of a need.
    pub fn of(&self, need: Need) -> Option<&NeedLabel> {
        self.0.iter().find(|it| it.need == need)
    }

    /// Each wrong field.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        for need in Need::ALL {
            let count = self.0.iter().filter(|it| it.need == *need).count();
            if count != 1 {
                look.wrong("labels", format!("{need} must stand there once"));
            }
        }
        for (at, it) in self.0.iter().enumerate() {
            look.text("colour", &it.colour, SHORT_TEXT_MAX);
            look.text("label", &it.label, SHORT_TEXT_MAX);
            let digits = it.rgb.strip_prefix('#').unwrap_or_default();
            let rgb = digits.len() == 6 && digits.chars().all(|it| it.is_ascii_hexdigit());
            look.when(!rgb, "rgb", "must read #rrggbb");
            look.when(
                it.visit_days.is_some_and(|it| it == 0 || it > VISIT_MAX_DAYS),
                "visit_days",
                "must be 1 to 366, or nothing",
            );
            let same = |other: &NeedLabel| other.rgb.eq_ignore_ascii_case(&it.rgb) && other.shape == it.shape;
            if self.0.iter().take(at).any(same) {
                look.wrong(
                    "shape",
                    format!("{}: two needs have the same colour and shape", it.need),
                );
            }
            // A street with three colours has one word for several needs; a word of two colours says nothing.
            let torn = |other: &NeedLabel| other.label == it.label && !other.rgb.eq_ignore_ascii_case(&it.rgb);
            if self.0.iter().take(at).any(torn) {
                look.wrong("label", format!("{}: one word has two colours", it.need));
            }
        }
        look.done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::samples::fields;

    fn table() -> NeedLabels {
        let label = |(at, need): (usize, &Need)| NeedLabel {
            need: *need,
            colour: "红".to_owned(),
            rgb: "#c62828".to_owned(),
            label: need.zh().to_owned(),
            shape: NeedShape::ALL[at],
            visit_days: Some(7),
        };
        NeedLabels(Need::ALL.iter().enumerate().map(label).collect())
    }

    #[test]
    fn each_wrong_field_of_a_table_is_named() {
        type Spoil = fn(&mut NeedLabels);
        let cases: &[(&[&str], Spoil)] = &[
            (&[], |_| ()),
            (&["labels"], |it| {
                it.0.pop();
            }),
            (&["rgb"], |it| it.0[1].rgb = "red".to_owned()),
            (&["colour"], |it| it.0[1].colour.clear()),
            (&["label"], |it| it.0[1].label.clear()),
            (&["visit_days"], |it| it.0[1].visit_days = Some(0)),
            (&[], |it| it.0[1].visit_days = None),
            (&["shape"], |it| it.0[1].shape = it.0[0].shape),
            (&[], |it| it.0[1].label = it.0[0].label.clone()),
            (&["label"], |it| {
                it.0[1].label = it.0[0].label.clone();
                it.0[1].rgb = "#2e7d32".to_owned();
            }),
        ];
        for (wanted, spoil) in cases {
            let mut it = table();
            spoil(&mut it);
            assert_eq!(fields(it.check()), *wanted);
        }
    }
}
