//! What the languages of text have in common: where a sentence ends, and how places and times are written in one.
//!
//! A sentence has a beginning that is known by its first letters and an end mark. Where the mark was lost on the way, the next
//! beginning ends it, so that no sentence takes the one behind it along.

use std::borrow::Cow;

use super::terminal::Cut;

/// How sentences begin and end. `None` of a test: too few bytes to tell.
pub(super) struct Marks {
    /// Whether bytes between sentences may be the beginning of one: lenient, so that nothing is taken for noise that was said.
    pub starts: fn(&[u8]) -> Option<bool>,
    /// Whether bytes within a sentence are the beginning of another: strict.
    pub again: fn(&[u8]) -> Option<bool>,
    /// Any of these ends one.
    pub ends: &'static [u8],
}

impl Marks {
    /// As [`Language::cut`](super::terminal::Language::cut).
    pub fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        if bytes.is_empty() {
            return Cut::Wait;
        }
        match (self.starts)(bytes) {
            Some(true) => {}
            None if bytes.len() < most => return Cut::Wait,
            Some(false) | None => {
                let next = (1..bytes.len()).find(|at| (self.starts)(&bytes[*at..]) != Some(false));
                return Cut::Junk(next.unwrap_or(bytes.len()));
            }
        }
        let within = &bytes[..bytes.len().min(most)];
        for at in 1..within.len() {
            if self.ends.contains(&within[at]) {
                return Cut::Frame(at + 1);
            }
            match (self.again)(&within[at..]) {
                Some(true) => return Cut::Frame(at),
                None if bytes.len() < most => return Cut::Wait,
                Some(false) | None => {}
            }
        }
        if bytes.len() < most { Cut::Wait } else { Cut::Junk(most) }
    }

    /// The text of a sentence without its end, and whether the end is there. Letters of another encoding stand as `U+FFFD`.
    pub fn text<'a>(&self, frame: &'a [u8]) -> (Cow<'a, str>, bool) {
        let trimmed = frame.trim_ascii_end();
        let (inner, marked) = match trimmed.split_last() {
            Some((last, inner)) if self.ends.contains(last) => (inner, true),
            _ => (
                trimmed,
                trimmed.len() < frame.len() && self.ends.contains(&frame[trimmed.len()]),
            ),
        };
        (String::from_utf8_lossy(inner), marked)
    }
}

/// Whether bytes begin with a word. None: so far they do, and more must come.
pub(super) fn begins_with(bytes: &[u8], word: &[u8]) -> Option<bool> {
    if bytes.len() >= word.len() {
        return Some(bytes.starts_with(word));
    }
    if word.starts_with(bytes) { None } else { Some(false) }
}

/// Whether bytes begin with one of some words.
pub(super) fn begins_with_any(bytes: &[u8], words: &[&[u8]]) -> Option<bool> {
    let mut open = false;
    for word in words {
        match begins_with(bytes, word) {
            Some(true) => return Some(true),
            None => open = true,
            Some(false) => {}
        }
    }
    if open { None } else { Some(false) }
}

/// Only digits, and at least one.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

/// The first `2 N` letters as numbers of two digits.
pub(super) fn pairs<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes().get(..2 * N)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(std::array::from_fn(|at| {
        (digits[2 * at] - b'0') * 10 + (digits[2 * at + 1] - b'0')
    }))
}

/// Degrees of `ddmm.mmmm` or `dddmm.mmmm`: the two digits before the point are minutes. `side` is N, S, E or W.
pub(super) fn degrees(text: &str, side: &str) -> Option<f64> {
    let text = text.trim();
    let point = text.find('.').unwrap_or(text.len());
    let (whole, minutes) = text.split_at_checked(point.checked_sub(2)?)?;
    if !whole.is_empty() && !is_digits(whole) || !minutes.starts_with(|it: char| it.is_ascii_digit()) {
        return None;
    }
    let whole: f64 = if whole.is_empty() { 0.0 } else { whole.parse().ok()? };
    let minutes: f64 = minutes.parse().ok()?;
    (0.0..60.0)
        .contains(&minutes)
        .then(|| turned(whole + minutes / 60.0, side))
}

/// South and west are below zero.
pub(super) fn turned(degrees: f64, side: &str) -> f64 {
    if matches!(side, "S" | "W") { -degrees } else { degrees }
}

/// A device's own word, fit to stand in an alarm: letters, digits and a few marks, at most 40.
pub(super) fn word(text: &str) -> String {
    let fits = |it: &char| it.is_ascii_alphanumeric() || matches!(it, ' ' | '-' | '_' | '.' | ':' | '+' | '%');
    text.trim().chars().filter(fits).take(40).collect()
}

/// 0 to 31 as modems count the strength of the network (3GPP TS 27.007, `+CSQ`), in percent; 99 is unknown.
pub(super) fn signal(csq: u8) -> Option<u8> {
    (csq <= 31).then(|| (u16::from(csq) * 100 / 31) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_have_minutes_before_the_point() {
        for (text, side, wanted) in [
            ("2232.0971", "N", Some(22.534_951_666)),
            ("11400.9504", "W", Some(-114.015_84)),
            (" 8415.4076", "W", Some(-84.256_793_333)),
            ("45.78950", "E", Some(0.763_158_333)),
            ("0000.0000", "N", Some(0.0)),
            ("2260.0", "N", None),
            ("x232.0", "N", None),
            ("-232.0", "N", None),
            ("2", "N", None),
            ("", "N", None),
        ] {
            let got = degrees(text, side);
            assert_eq!(got.is_some(), wanted.is_some(), "{text} {got:?}");
            if let Some((got, wanted)) = got.zip(wanted) {
                assert!((got - wanted).abs() < 1e-6, "{text}: {got}");
            }
        }
    }

    #[test]
    fn a_word_is_told_from_its_beginning() {
        assert_eq!(begins_with(b"im", b"imei:"), None);
        assert_eq!(begins_with(b"imei:1", b"imei:"), Some(true));
        assert_eq!(begins_with(b"ix", b"imei:"), Some(false));
        assert_eq!(begins_with_any(b"+R", &[b"+RESP", b"+ACK"]), None);
        assert_eq!(begins_with_any(b"+ACK:", &[b"+RESP", b"+ACK"]), Some(true));
        assert_eq!(pairs::<3>("010326x"), Some([1, 3, 26]));
        assert_eq!((pairs::<3>("0103"), pairs::<1>("+1")), (None, None));
        assert_eq!(word("help\u{1}, me!"), "help me");
        assert_eq!((signal(31), signal(99)), (Some(100), None));
    }
}
