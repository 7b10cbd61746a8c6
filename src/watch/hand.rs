//! What a responder types: a letter, and the row when there are several.

use serde_json::json;

use super::account::Account;
use super::board::{Board, Seen};
use crate::clock::Ids;

/// The line below the cases.
pub const HELP: &str =
    "a accept · d decline · g go · r arrived · c contact made · n nobody opens — then Enter; with a row: `a 2`";

/// Does what was typed; answers a sentence for the user.
pub async fn act(account: &Account, ids: &Ids, board: &Board, typed: &str) -> String {
    let Some((what, row)) = read(typed) else {
        return HELP.to_owned();
    };
    let queue = board.queue();
    let me = board.responder().unwrap_or_default();
    let fits: Vec<&Seen> = match row {
        Some(row) => queue.get(row.wrapping_sub(1)).copied().into_iter().collect(),
        None => queue
            .into_iter()
            .filter(|it| address(what, it, &me).is_some())
            .collect(),
    };
    let case = match fits.as_slice() {
        [case] => *case,
        [] => return format!("there is nothing to {} here", verb(what)),
        _ => return format!("{} of which row? Type `{what} 1`", verb(what)),
    };
    let Some(path) = address(what, case, &me) else {
        return format!("there is nothing to {} in row {}", verb(what), row.unwrap_or(1));
    };
    let body = match what {
        'd' => json!({ "reason": "busy" }),
        _ => json!({}),
    };
    // One key a tap: when the answer is lost on the way, the repeat does nothing twice.
    let key = ids.make().simple().to_string();
    match account.post(&path, &key, &body).await {
        Ok(answer) => {
            let role = answer["role"].as_str().map_or_else(String::new, |it| format!(": {it}"));
            format!("{} {}{role}", case.number, done(what))
        }
        Err(error) => format!("{} {}: {error}", case.number, verb(what)),
    }
}

/// A letter, and a row counted from 1.
fn read(typed: &str) -> Option<(char, Option<usize>)> {
    let mut words = typed.split_whitespace();
    let mut letters = words.next()?.chars();
    let what = letters.next().filter(|it| "adgrcn".contains(*it))?;
    if letters.next().is_some() {
        return None;
    }
    let row = match words.next() {
        Some(word) => Some(word.parse().ok().filter(|it| *it > 0)?),
        None => None,
    };
    words.next().is_none().then_some((what, row))
}

/// Where it goes; none when there is nothing of that kind in this case.
fn address(what: char, case: &Seen, me: &str) -> Option<String> {
    match what {
        'a' | 'd' => {
            // A yes to an ended offer still counts while nobody leads: the service knows.
            let offer = case.offers.iter().rev().find(|it| it.responder_id == me)?;
            let verb = if what == 'a' { "accept" } else { "decline" };
            matches!(offer.state.as_str(), "open" | "ended").then(|| format!("/api/v1/offers/{}/{verb}", offer.id))
        }
        _ => {
            let mine = |it: &&super::board::SeenAssignment| {
                it.responder_id == me && matches!(it.place.as_str(), "provisional" | "lead" | "backup")
            };
            case.assignments.iter().find(mine)?;
            let verb = match what {
                'g' => "depart",
                'r' => "arrive",
                'c' => "contact-made",
                _ => "no-entry",
            };
            Some(format!("/api/v1/assignments/{}/{verb}", case.id))
        }
    }
}

fn verb(what: char) -> &'static str {
    match what {
        'a' => "accept",
        'd' => "decline",
        'g' => "go",
        'r' => "arrive",
        'c' => "make contact",
        _ => "report as not opened",
    }
}

fn done(what: char) -> &'static str {
    match what {
        'a' => "accepted",
        'd' => "declined",
        'g' => "on the way",
        'r' => "arrived",
        'c' => "contact made",
        _ => "nobody opens",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_letter_and_a_row_are_read() {
        assert_eq!(read("a"), Some(('a', None)));
        assert_eq!(read(" n  12 "), Some(('n', Some(12))));
        for it in ["", "x", "aa", "a 0", "a b", "a 1 2", "a -1"] {
            assert_eq!(read(it), None, "{it}");
        }
    }

    #[test]
    fn each_letter_goes_where_it_belongs() {
        let value: Value = json!({
            "id": "case_1", "number": "n", "state": "ringing", "tier": "grid", "severity": "critical", "kind": "sos",
            "opened_at": "2026-02-25T06:13:20Z",
            "offers": [{"id": "offer_1", "responder_id": "resp_1", "state": "open"}],
            "assignments": [{"responder_id": "resp_2", "place": "lead", "stage": "accepted"},
                            {"responder_id": "resp_3", "place": "stood_down", "stage": "accepted"}]
        });
        let case: Seen = serde_json::from_value(value).unwrap();
        let to = |what, me| address(what, &case, me);
        assert_eq!(to('a', "resp_1").as_deref(), Some("/api/v1/offers/offer_1/accept"));
        assert_eq!(to('d', "resp_1").as_deref(), Some("/api/v1/offers/offer_1/decline"));
        assert_eq!(to('g', "resp_1"), None);
        assert_eq!(to('g', "resp_2").as_deref(), Some("/api/v1/assignments/case_1/depart"));
        assert_eq!(to('r', "resp_2").as_deref(), Some("/api/v1/assignments/case_1/arrive"));
        assert_eq!(
            to('c', "resp_2").as_deref(),
            Some("/api/v1/assignments/case_1/contact-made")
        );
        assert_eq!(
            to('n', "resp_2").as_deref(),
            Some("/api/v1/assignments/case_1/no-entry")
        );
        assert_eq!(to('g', "resp_3"), None);
    }
}
