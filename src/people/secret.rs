//! Values that the store seals and nobody prints.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A free text that prints as `***`. It serialises in clear, because the store seals the serialised bytes: put it in no
/// answer and no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// The text itself; each caller answers for where it goes.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A telephone number: an optional `+` and 3 to 15 digits (E.164 has at most 15; 120 has 3). Prints as `***`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

/// Not a telephone number. Does not hold the text: it may be somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number: expected 3 to 15 digits, blanks and hyphens allowed, with an optional leading +")]
pub struct BadPhone;

impl Phone {
    /// The digits, with the leading `+` if it was written.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The last two digits behind stars, for people who must recognise a number without reading it.
    pub fn masked(&self) -> String {
        let tail: String = self.0.chars().skip(self.0.len().saturating_sub(2)).collect();
        format!("***{tail}")
    }
}

impl FromStr for Phone {
    type Err = BadPhone;
    fn from_str(text: &str) -> Result<Self, BadPhone> {
        let bare: String = text.trim().chars().filter(|it| !matches!(it, ' ' | '-')).collect();
        let digits = bare.strip_prefix('+').unwrap_or(&bare);
        let sound = (3..=15).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit());
        if sound { Ok(Self(bare)) } else { Err(BadPhone) }
    }
}

impl TryFrom<String> for Phone {
    type Error = BadPhone;
    fn try_from(text: String) -> Result<Self, BadPhone> {
        text.parse()
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A resident identity number of 18 places with its check character (GB 11643). Prints as `***`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdentityNumber(String);

/// Not an identity number. Does not hold the text: it may be somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadIdentityNumber {
    /// Not 17 digits and a digit or X.
    #[error("not an identity number: expected 17 digits and a digit or X")]
    Shape,
    /// The last character does not follow from the others: a typing error.
    #[error("the identity number's last character does not fit the others: a digit was mistyped")]
    Check,
}

impl IdentityNumber {
    /// The 18 characters, X in upper case.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdentityNumber {
    type Err = BadIdentityNumber;
    fn from_str(text: &str) -> Result<Self, BadIdentityNumber> {
        let text = text.trim().to_ascii_uppercase();
        let (body, last) = text.split_at_checked(17).ok_or(BadIdentityNumber::Shape)?;
        let last_sound = last.len() == 1 && last.bytes().all(|it| it.is_ascii_digit() || it == b'X');
        if !last_sound || !body.bytes().all(|it| it.is_ascii_digit()) {
            return Err(BadIdentityNumber::Shape);
        }
        if identity_check(body) != last.chars().next() {
            return Err(BadIdentityNumber::Check);
        }
        Ok(Self(text))
    }
}

/// The check character of the 17 digits before it, by ISO 7064 MOD 11-2 as GB 11643 prescribes.
pub(crate) fn identity_check(body: &str) -> Option<char> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight)
        .sum();
    "10X98765432".chars().nth((sum % 11) as usize)
}

impl TryFrom<String> for IdentityNumber {
    type Error = BadIdentityNumber;
    fn try_from(text: String) -> Result<Self, BadIdentityNumber> {
        text.parse()
    }
}

impl From<IdentityNumber> for String {
    fn from(number: IdentityNumber) -> Self {
        number.0
    }
}

impl fmt::Debug for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_read_as_people_write_them() {
        for (text, read) in [
            ("022-8210 0000", Some("02282100000")),
            (" 120 ", Some("120")),
            ("+86 100 0000 0001", Some("+8610000000001")),
        ] {
            assert_eq!(text.parse::<Phone>().ok().as_ref().map(Phone::reveal), read, "{text}");
        }
        for text in [
            "",
            "12",
            "1234567890123456",
            "call me",
            "13O00000000",
            "+",
            "1+2345",
            "１２３４",
        ] {
            assert_eq!(text.parse::<Phone>(), Err(BadPhone), "{text}");
        }
    }

    #[test]
    fn an_identity_number_shows_a_mistyped_digit() {
        // The worked example of GB 11643-1999.
        assert!("11010519491231002X".parse::<IdentityNumber>().is_ok());
        assert!("440524188001010014".parse::<IdentityNumber>().is_ok());
        assert_eq!(
            "11010519491231002x".parse::<IdentityNumber>().unwrap().reveal(),
            "11010519491231002X"
        );
        assert_eq!(
            "11010519491231003X".parse::<IdentityNumber>(),
            Err(BadIdentityNumber::Check)
        );
        for text in [
            "",
            "1101051949123100",
            "11010519491231002XX",
            "1101051949123100２X",
            "A1010519491231002X",
        ] {
            assert_eq!(text.parse::<IdentityNumber>(), Err(BadIdentityNumber::Shape), "{text}");
        }
    }

    #[test]
    fn nothing_private_is_printed() {
        let phone: Phone = "10000000001".parse().unwrap();
        let number: IdentityNumber = "11010519491231002X".parse().unwrap();
        assert_eq!(
            format!("{:?} {:?} {:?}", Private::new("door 1234"), phone, number),
            "*** *** ***"
        );
        assert_eq!(phone.masked(), "***01");
    }
}
