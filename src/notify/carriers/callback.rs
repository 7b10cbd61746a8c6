//! What the callbacks of several providers have in common: a token in the address where nothing is signed, and replies in words.

use subtle::ConstantTimeEq as _;

use super::config::{Hidden, Keys};
use crate::ids::NoticeId;
use crate::notify::letter::{Callback, CallbackError, Report, ReportOf, ReportWord};

/// Reports in one request at most.
pub const REPORTS_MAX: usize = 1_000;

/// Letters of a reply that are kept.
const REPLY_MAX: usize = 200;

/// Letters of a token.
const TOKEN_MIN: usize = 16;

/// The keys of a carrier whose provider signs nothing.
pub(super) fn token(keys: &mut Keys<'_>) -> Option<Hidden> {
    let what = "16 letters or more without `&` and `%`, which the address at the provider ends in: ?token=...";
    let token = keys.maybe_secret("callback_token", what)?;
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    if token.reveal().len() < TOKEN_MIN || !token.reveal().chars().all(plain) {
        keys.mistake("callback_token", format_args!("must be {what}"));
        return None;
    }
    Some(token)
}

/// Whether the address holds the token.
///
/// # Errors
/// [`CallbackError::None`] where none is configured: nobody can be believed then.
pub(super) fn proved(callback: &Callback<'_>, token: Option<&Hidden>) -> Result<(), CallbackError> {
    let token = token.ok_or(CallbackError::None)?;
    let said = callback.query.split('&').find_map(|it| it.strip_prefix("token="));
    let same = said.is_some_and(|it| bool::from(it.as_bytes().ct_eq(token.reveal().as_bytes())));
    if same { Ok(()) } else { Err(CallbackError::Signature) }
}

/// A list, or one of its kind alone; and what of it could not be read, as it came: one odd report costs the others nothing.
///
/// # Errors
/// When it is neither, or nothing of it can be read.
pub(super) fn list<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<(Vec<T>, Vec<String>), CallbackError> {
    let unreadable = |what: &str| CallbackError::Unreadable(what.to_owned());
    let value: serde_json::Value = serde_json::from_slice(body).map_err(|_| unreadable("the body must be JSON"))?;
    let all = match value {
        serde_json::Value::Array(all) if all.len() > REPORTS_MAX => return Err(unreadable("too many reports at once")),
        serde_json::Value::Array(all) => all,
        one => vec![one],
    };
    let (mut read, mut odd) = (Vec::with_capacity(all.len()), Vec::new());
    for it in all {
        match T::deserialize(&it) {
            Ok(one) => read.push(one),
            Err(_) => odd.push(it.to_string()),
        }
    }
    if read.is_empty() && !odd.is_empty() {
        return Err(unreadable("a report lacks what its kind has"));
    }
    Ok((read, odd))
}

/// By our own id where the provider passed it back, otherwise by its number; none: by neither.
pub(super) fn of(ours: Option<&str>, theirs: Option<&str>) -> Option<ReportOf> {
    let letter = ours.and_then(|it| it.parse::<NoticeId>().ok()).map(ReportOf::Letter);
    letter.or_else(|| {
        theirs
            .filter(|it| !it.is_empty())
            .map(|it| ReportOf::Proof(it.to_owned()))
    })
}

/// A reply of one digit, also of a full-width one, or in words.
pub(super) fn reply(text: &str) -> ReportWord {
    let text = text.trim_matches(|it: char| {
        it.is_whitespace() || matches!(it, '.' | '。' | '!' | '！' | '"' | '“' | '”' | '【' | '】')
    });
    let mut letters = text.chars();
    match (letters.next().and_then(digit), letters.next()) {
        (Some(digit), None) => ReportWord::Key(digit),
        _ => ReportWord::Reply(text.chars().take(REPLY_MAX).collect()),
    }
}

/// The last key of those that were pressed: who pressed a wrong one presses again.
pub(super) fn key(pressed: Option<&str>) -> Option<ReportWord> {
    pressed?.chars().rev().find_map(digit).map(ReportWord::Key)
}

fn digit(letter: char) -> Option<char> {
    match letter {
        '0'..='9' => Some(letter),
        '０'..='９' => char::from_digit(u32::from(letter) - u32::from('０'), 10),
        _ => None,
    }
}

/// A report of now.
pub(super) fn report(of: ReportOf, word: ReportWord, at: Option<jiff::Timestamp>) -> Report {
    Report { of, word, at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_a_digit_or_words() {
        for (text, wanted) in [
            ("1", ReportWord::Key('1')),
            (" 2 \r\n", ReportWord::Key('2')),
            ("１", ReportWord::Key('1')),
            ("1。", ReportWord::Key('1')),
            ("【1】", ReportWord::Key('1')),
            ("12", ReportWord::Reply("12".to_owned())),
            ("1 我马上到", ReportWord::Reply("1 我马上到".to_owned())),
            ("好", ReportWord::Reply("好".to_owned())),
            ("", ReportWord::Reply(String::new())),
            ("①", ReportWord::Reply("①".to_owned())),
        ] {
            assert_eq!(reply(text), wanted, "{text}");
        }
        let long = "求".repeat(REPLY_MAX + 1);
        assert_eq!(reply(&long), ReportWord::Reply("求".repeat(REPLY_MAX)));
    }

    #[test]
    fn one_odd_report_costs_the_others_nothing() {
        let read = |body: &str| list::<u32>(body.as_bytes());
        assert_eq!(read("[1, \"two\", 3]"), Ok((vec![1, 3], vec!["\"two\"".to_owned()])));
        assert_eq!(read("[]"), Ok((vec![], vec![])));
        assert_eq!(read("7"), Ok((vec![7], vec![])));
        for wrong in ["[\"two\"]", "{}", "[1,"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_last_key_counts() {
        assert_eq!(key(Some("21")), Some(ReportWord::Key('1')));
        assert_eq!(key(Some("1#")), Some(ReportWord::Key('1')));
        assert_eq!((key(Some("")), key(Some("*#")), key(None)), (None, None, None));
    }
}
