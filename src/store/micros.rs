//! The one form of an instant in the tables: whole microseconds since 1970 UTC in a 64-bit integer column; and of a day:
//! days since 1970-01-01 in a 32-bit one.
//!
//! Not a timestamp type: on SQLite those are texts with a changing number of digits and the writer's offset, and
//! `due <= now` does not find what is due. An integer sorts and compares the same on both stores.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use sea_orm::DeriveValueType;

use super::error::StoreError;

/// Microseconds since 1970-01-01T00:00:00Z, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Micros(pub i64);

impl Micros {
    /// The instant, or `None` for a value that no calendar reaches (a damaged row).
    pub fn instant(self) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.0).ok()
    }

    /// The instant; a damaged value is named as `Corrupt` with its place.
    pub fn read(
        self,
        table: &'static str,
        id: impl std::fmt::Display,
        field: &'static str,
    ) -> Result<Timestamp, StoreError> {
        self.instant()
            .ok_or_else(|| StoreError::corrupt(table, id, field, format!("{} is no instant", self.0)))
    }
}

impl From<Timestamp> for Micros {
    /// Cuts what is finer than a microsecond (our clock makes none).
    fn from(at: Timestamp) -> Self {
        Self(at.as_microsecond())
    }
}

/// Days since 1970-01-01, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Days(pub i32);

const FIRST_DAY: Date = jiff::civil::date(1970, 1, 1);

impl Days {
    /// The day, or `None` for a value that no calendar reaches (a damaged row).
    pub fn date(self) -> Option<Date> {
        // `days()` would panic on a value that no calendar reaches.
        let days = Span::new().try_days(self.0).ok()?;
        FIRST_DAY.checked_add(days).ok()
    }

    /// The day; a damaged value is named as `Corrupt` with its place.
    pub fn read(
        self,
        table: &'static str,
        id: impl std::fmt::Display,
        field: &'static str,
    ) -> Result<Date, StoreError> {
        self.date()
            .ok_or_else(|| StoreError::corrupt(table, id, field, format!("{} is no day", self.0)))
    }
}

impl From<Date> for Days {
    fn from(day: Date) -> Self {
        Self((day - FIRST_DAY).get_days())
    }
}

impl From<Micros> for Timestamp {
    /// A value that no calendar reaches becomes its nearest end; where that matters, ask [`Micros::read`].
    fn from(it: Micros) -> Self {
        it.instant()
            .unwrap_or(if it.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_keeps_its_microseconds_and_its_order() {
        let texts = [
            "1969-12-31T23:59:59.999999Z",
            "2026-03-01T10:00:00Z",
            "2026-03-01T10:00:00.5Z",
            "2026-03-01T10:00:00.500001Z",
        ];
        let stored: Vec<Micros> = texts
            .iter()
            .map(|it| Micros::from(it.parse::<Timestamp>().unwrap()))
            .collect();
        assert!(stored.is_sorted());
        for (text, micros) in texts.iter().zip(&stored) {
            assert_eq!(micros.instant().unwrap(), text.parse::<Timestamp>().unwrap());
        }
    }

    #[test]
    fn a_day_keeps_itself_and_its_order() {
        let days = [
            "0001-01-01",
            "1926-02-28",
            "1969-12-31",
            "1970-01-01",
            "2024-02-29",
            "9999-12-31",
        ];
        let stored: Vec<Days> = days.iter().map(|it| Days::from(it.parse::<Date>().unwrap())).collect();
        assert!(stored.is_sorted());
        for (text, stored) in days.iter().zip(&stored) {
            assert_eq!(stored.date().unwrap().to_string(), *text);
        }
        assert_eq!(Days(i32::MAX).date(), None);
    }

    #[test]
    fn a_value_out_of_the_calendar_is_named_with_its_place() {
        let error = Micros(i64::MAX).read("case_row", "case_1", "due_at").unwrap_err();
        assert!(
            error.to_string().contains("case_row") && error.to_string().contains("due_at"),
            "{error}"
        );
    }
}
