//! What is printed on a device or stands in its QR code, read for the number by which the device is known.

use std::fmt;

/// Letters of a label: a QR code of the largest size has 4,296.
pub const LABEL_MAX_CHARS: usize = 4_296;

/// Digits of an IMEI, the last of them its check digit (3GPP TS 23.003, 6.2).
const DIGITS: usize = 15;

/// The number that every device with a mobile radio has, with its check digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Imei(String);

/// Why a label names no device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLabel {
    /// Nothing is written there.
    #[error("must not be empty")]
    Empty,
    /// More than any QR code has.
    #[error("may have {LABEL_MAX_CHARS} letters")]
    TooLong,
    /// There is no number of that length in it.
    #[error("holds no IMEI: 15 digits by themselves, or behind the word IMEI")]
    NoNumber,
    /// A number that is too short or too long.
    #[error("an IMEI has 15 digits, the last of them a check digit; this one has {0}")]
    Length(usize),
    /// A digit was misread.
    #[error("the check digit of this IMEI is wrong: a digit was misread")]
    CheckDigit,
    /// Several that could be meant.
    #[error("holds several IMEIs; give the one of the device")]
    Several,
}

impl BadLabel {
    /// A stable word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "missing_field",
            Self::TooLong => "too_long",
            Self::NoNumber => "imei_missing",
            Self::Length(_) => "imei_length",
            Self::CheckDigit => "imei_check_digit",
            Self::Several => "imei_ambiguous",
        }
    }
}

impl Imei {
    /// Out of digits.
    ///
    /// # Errors
    /// `Length`, `CheckDigit`.
    pub fn new(digits: &str) -> Result<Self, BadLabel> {
        if digits.len() != DIGITS || !digits.bytes().all(|it| it.is_ascii_digit()) {
            return Err(BadLabel::Length(digits.chars().count()));
        }
        if !is_sound(digits) {
            return Err(BadLabel::CheckDigit);
        }
        Ok(Self(digits.to_owned()))
    }

    /// Out of what somebody has typed (blanks and strokes between the digits do not count) or a scanner has read: a text, an address
    /// or a JSON in which the number stands behind the word IMEI, else the only run of fifteen digits whose check digit fits. Of
    /// a device with two radios the first counts.
    ///
    /// # Errors
    /// See [`BadLabel`].
    pub fn read(label: &str) -> Result<Self, BadLabel> {
        let label = label.trim();
        if label.is_empty() {
            return Err(BadLabel::Empty);
        }
        if label.chars().count() > LABEL_MAX_CHARS {
            return Err(BadLabel::TooLong);
        }
        if label
            .chars()
            .all(|it| it.is_ascii_digit() || matches!(it, ' ' | '-' | '/' | '.'))
        {
            let digits: String = label.chars().filter(char::is_ascii_digit).collect();
            return Self::new(&digits);
        }
        if let Some(named) = named(label) {
            return Self::new(&named);
        }
        let runs: Vec<&str> = runs(label).collect();
        let mut sound: Vec<&str> = (runs.iter().copied())
            .filter(|it| it.len() == DIGITS && is_sound(it))
            .collect();
        sound.sort_unstable();
        sound.dedup();
        match (sound.as_slice(), runs.iter().find(|it| it.len() == DIGITS)) {
            ([one], _) => Ok(Self((*one).to_owned())),
            ([], Some(_)) => Err(BadLabel::CheckDigit),
            ([], None) => Err(BadLabel::NoNumber),
            (_, _) => Err(BadLabel::Several),
        }
    }

    /// The fifteen digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ten digits by which most watches of the SeTracker family name themselves: the last ten before the check digit. Some makers
    /// take the whole number.
    pub fn watch_number(&self) -> &str {
        &self.0[4..DIGITS - 1] // fifteen ASCII digits by construction
    }
}

impl fmt::Display for Imei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs of digits.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_ascii_digit()).filter(|it| !it.is_empty())
}

/// The number behind the first word IMEI that one follows. `IMEI1`, `imei%3A` and the like have digits of their own before it.
fn named(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let mut rest = lower.as_str();
    while let Some(at) = rest.find("imei") {
        rest = &rest[at + "imei".len()..];
        let own = rest.split("imei").next().unwrap_or_default();
        if let Some(number) = runs(own).find(|it| it.len() >= DIGITS - 1) {
            return Some(number.to_owned());
        }
    }
    None
}

/// The check digit fits (Luhn, ISO/IEC 7812-1 annex B): every second digit from the right is doubled, the sum of all digits ends in 0.
fn is_sound(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, it)| {
            let digit = u32::from(it - b'0');
            match at % 2 {
                0 => digit,
                _ => digit * 2 / 10 + digit * 2 % 10,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_label_is_read_for_its_imei() {
        // 490154203237518 is the example of the standard's annex B.
        for (label, wanted) in [
            ("490154203237518", Ok("490154203237518")),
            (" 49-015420-323751-8 ", Ok("490154203237518")),
            ("IMEI:490154203237518;SN:123456789012345", Ok("490154203237518")),
            ("imei1: 490154203237518\nIMEI2: 490154203237526", Ok("490154203237518")),
            ("{\"imei\":\"490154203237518\",\"model\":\"A9\"}", Ok("490154203237518")),
            ("https://example.cn/b?imei=490154203237518&v=2", Ok("490154203237518")),
            ("https://example.cn/d/490154203237518", Ok("490154203237518")),
            ("设备号 490154203237518", Ok("490154203237518")),
            ("490154203237517", Err("imei_check_digit")),
            ("IMEI:490154203237517", Err("imei_check_digit")),
            ("SN 490154203237517", Err("imei_check_digit")),
            ("49015420323751", Err("imei_length")),
            ("4901542032375180", Err("imei_length")), // with a version of the software (IMEISV)
            ("IMEI:49015420323751", Err("imei_length")),
            ("490154203237518 a 356938035643809", Err("imei_ambiguous")),
            ("490154203237518 a 490154203237518", Ok("490154203237518")),
            ("SN: A77", Err("imei_missing")),
            ("imei", Err("imei_missing")),
            ("  ", Err("missing_field")),
        ] {
            let read = Imei::read(label);
            assert_eq!(
                read.as_ref().map(Imei::as_str).map_err(BadLabel::code),
                wanted,
                "{label}"
            );
        }
        assert_eq!(Imei::read(&"1".repeat(5_000)), Err(BadLabel::TooLong));
        assert_eq!(Imei::new("490154203237518").unwrap().watch_number(), "5420323751");
    }

    proptest! {
        /// One digit misread, or two neighbours changed round (but for 0 and 9), is found.
        #[test]
        fn a_misread_digit_is_found(body in "[0-9]{14}", at in 0_usize..15, by in 1_u8..10) {
            let whole = (b'0'..=b'9')
                .map(|last| format!("{body}{}", char::from(last)))
                .find(|it| is_sound(it))
                .unwrap();
            prop_assert!(Imei::read(&whole).is_ok());
            let mut wrong = whole.clone().into_bytes();
            wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
            prop_assert_eq!(Imei::read(std::str::from_utf8(&wrong).unwrap()), Err(BadLabel::CheckDigit));
            if at < 14 {
                let mut turned = whole.clone().into_bytes();
                turned.swap(at, at + 1);
                let pair = [turned[at], turned[at + 1]];
                if turned != whole.as_bytes() && !matches!(&pair, b"09" | b"90") {
                    prop_assert!(Imei::read(std::str::from_utf8(&turned).unwrap()).is_err());
                }
            }
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,60}") {
            let _ = Imei::read(&text);
        }
    }
}
