//! What is wrong with a value that somebody wants to enter: every flaw at once, each with its field.

use std::fmt;

use super::secret::Phone;
use crate::circle::Point;

/// One wrong field and why. Never holds the value of a sensitive field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The field's name as in the struct and in the sheet.
    pub field: &'static str,
    /// One sentence without a full stop.
    pub why: String,
}

/// All flaws of one value; never empty when returned as an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Flaws(pub Vec<Flaw>);

impl fmt::Display for Flaws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, flaw) in self.0.iter().enumerate() {
            write!(f, "{}{}: {}", if at == 0 { "" } else { "; " }, flaw.field, flaw.why)?;
        }
        Ok(())
    }
}

/// Gathers flaws while a value is looked at.
#[derive(Default)]
pub(super) struct Look(Vec<Flaw>);

/// The longest name, code or other short text, in characters.
pub(super) const SHORT_TEXT_MAX: usize = 64;
/// The longest address, in characters.
pub(super) const ADDRESS_MAX: usize = 200;
/// The longest health summary, medication list or other free text, in characters.
pub(super) const LONG_TEXT_MAX: usize = 2_000;
/// The most telephone numbers of one person.
pub(super) const PHONES_MAX: usize = 4;

impl Look {
    pub(super) fn wrong(&mut self, field: &'static str, why: impl Into<String>) {
        self.0.push(Flaw { field, why: why.into() });
    }

    pub(super) fn when(&mut self, wrong: bool, field: &'static str, why: &str) {
        if wrong {
            self.wrong(field, why);
        }
    }

    /// Something must be written, without control characters, of at most `max` characters.
    pub(super) fn text(&mut self, field: &'static str, value: &str, max: usize) {
        self.when(value.trim().is_empty(), field, "must not be empty");
        self.optional_text(field, value, max);
    }

    pub(super) fn optional_text(&mut self, field: &'static str, value: &str, max: usize) {
        self.when(value.trim() != value, field, "must not begin or end with a blank");
        self.when(
            value.chars().any(char::is_control),
            field,
            "must not hold line breaks or control characters",
        );
        if value.chars().count() > max {
            self.wrong(field, format!("is longer than {max} characters"));
        }
    }

    pub(super) fn point(&mut self, field: &'static str, value: Point) {
        // A point is on Earth by its making.
        self.when(
            value.lat() == 0.0 && value.lon() == 0.0,
            field,
            "is 0, 0, which means that no position was known",
        );
    }

    pub(super) fn phones(&mut self, value: &[Phone]) {
        self.when(value.len() > PHONES_MAX, "phones", "at most 4 telephone numbers");
    }

    pub(super) fn done(self) -> Result<(), Flaws> {
        if self.0.is_empty() { Ok(()) } else { Err(Flaws(self.0)) }
    }
}
