//! GPS103: trackers by Coban and the many that are sold under other names.
//!
//! ```text
//! ##,imei:864035050002451,A;                                                 login
//! 864035050002451;                                                           heartbeat
//! imei:N,word,yymmddhhmmss,phone,F,hhmmss.sss,A|V,ddmm.mmmm,N,dddmm.mmmm,E,speed,course,…;
//! imei:N,word,yymmddhhmmss,phone,L,,,area,,cell,,,;                          without satellites
//! ```
//!
//! `;` or `*` ends a sentence, or the end of a line. The word says what it is: `tracker` is a position, `help me` the button. The date and
//! the first time are the device's own, the time behind `F` is Greenwich's. A word that no list here has is an unknown alarm.
//!
//! Sources: the decoder and tests of traccar/traccar (`Gps103*`), which have the words, the places and the three answers.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::sentence::{Marks, begins_with_any, degrees, is_digits, pairs, word};
use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, moment};
use crate::case::Kind;

/// GPS103.
pub struct Gps103;

const HEAD: &[u8] = b"imei:";
const LOGIN: &[u8] = b"##,";

const MARKS: Marks = Marks {
    starts: |bytes| match bytes.first() {
        Some(it) if it.is_ascii_digit() => Some(true),
        _ => begins_with_any(bytes, &[HEAD, LOGIN]),
    },
    again: |bytes| begins_with_any(bytes, &[HEAD, LOGIN]),
    ends: b";*\r\n",
};

/// Fields that are looked at.
const CELLS_MAX: usize = 32;

/// What a word asserts.
const WORDS: &[(&str, Kind, &str)] = &[
    ("help me", Kind::Sos, "sos"),
    ("low battery", Kind::LowBattery, "low_battery"),
    ("stockade", Kind::Geofence, "fence"),
    ("move", Kind::Tamper, "movement"),
    ("door alarm", Kind::Tamper, "opened"),
    ("bonnet alarm", Kind::Tamper, "bonnet_opened"),
    ("sensor alarm", Kind::Tamper, "vibration"),
    ("ac alarm", Kind::PowerLoss, "power_cut"),
    ("accident alarm", Kind::Fall, "accident"),
];

/// Words of positions and readings, which assert nothing.
const NOTHING: &[&str] = &["tracker", "acc on", "acc off", "rfid", "OBD", "L", "A"];

impl Language for Gps103 {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        // In a login the head of a sentence stands behind its own, and begins no other.
        if !bytes.starts_with(b"##,imei:") {
            return MARKS.cut(bytes, most);
        }
        match MARKS.cut(&bytes[LOGIN.len()..], most - LOGIN.len()) {
            Cut::Wait => Cut::Wait,
            Cut::Frame(count) => Cut::Frame(count + LOGIN.len()),
            Cut::Junk(count) => Cut::Junk(count + LOGIN.len()),
        }
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let (text, whole) = MARKS.text(frame);
        let mut heard = Heard::default();
        read(&text, whole, &mut heard);
        if !whole {
            heard.odd.push("without_end");
        }
        each(heard);
    }

    fn answer(&self, frame: &[u8], fate: Fate, _now: Timestamp, into: &mut Vec<u8>) {
        if fate == Fate::NotKept {
            return; // there is no bad answer
        }
        let (text, _) = MARKS.text(frame);
        match form(&text) {
            Some(Form::Login(_)) => into.extend_from_slice(b"LOAD"),
            Some(Form::Beat(_)) => into.extend_from_slice(b"ON"),
            // Without it the device goes on calling.
            Some(Form::Sentence {
                number,
                word: "help me",
                ..
            }) if is_digits(number) => {
                into.extend_from_slice(format!("**,imei:{number},E;").as_bytes());
            }
            _ => {}
        }
    }
}

/// What a sentence is by its form.
enum Form<'a> {
    Login(&'a str),
    Beat(&'a str),
    Sentence {
        number: &'a str,
        word: &'a str,
        /// Behind the word.
        cells: Vec<&'a str>,
    },
}

fn form(text: &str) -> Option<Form<'_>> {
    if is_digits(text) {
        return Some(Form::Beat(text));
    }
    let login = text.strip_prefix("##,");
    let mut cells = login
        .unwrap_or(text)
        .strip_prefix("imei:")?
        .split(',')
        .take(CELLS_MAX)
        .map(str::trim);
    let number = cells.next()?;
    let word = cells.next().unwrap_or_default();
    let cells: Vec<&str> = cells.collect();
    // A login may lack its head.
    if login.is_some() || cells.iter().all(|it| it.is_empty()) && matches!(word, "A" | "L") {
        return Some(Form::Login(number));
    }
    Some(Form::Sentence { number, word, cells })
}

fn read(text: &str, whole: bool, heard: &mut Heard) {
    let Some(form) = form(text) else {
        heard.sort = Sort::Broken;
        heard.odd.push("not_a_frame");
        return;
    };
    let (Form::Login(number) | Form::Beat(number) | Form::Sentence { number, .. }) = &form;
    heard.number = Number::of(number.as_bytes());
    if heard.number.is_none() {
        heard.odd.push("number_unreadable");
    }
    let Form::Sentence { word, cells, .. } = form else {
        heard.sort = Sort::Beat;
        return;
    };
    heard.sort = Sort::Position;
    read_place(&cells, heard);
    // The rest of the word may have been lost with the line: the beginning of `tracker` is none the less a position.
    let cut_off = !whole && cells.is_empty() && NOTHING.iter().any(|it| it.starts_with(word));
    if cut_off {
        return;
    }
    if let Some(alarm) = asserted(word) {
        heard.sort = Sort::Alarm;
        heard.alarms.push(alarm);
    }
    // Echoes of commands: two letters, the second of them a t.
    if matches!(word.as_bytes(), [first, b't'] if first.is_ascii_lowercase()) {
        heard.sort = Sort::Reply;
    }
}

fn asserted(said: &str) -> Option<Alarm> {
    if let Some((_, kind, as_said)) = WORDS.iter().find(|it| it.0 == said) {
        return Some(Alarm::event(*kind, as_said));
    }
    let nothing = NOTHING.contains(&said)
        || is_digits(said) // a position with the number of its series
        || matches!(said.as_bytes(), [first, b't'] if first.is_ascii_lowercase())
        || said.strip_prefix("vt").is_some_and(is_digits) // how many parts of a picture follow
        || said == "vr";
    if nothing {
        return None;
    }
    Some(match word(said).as_str() {
        "" => Alarm::unknown("gps103_without_word".to_owned()),
        other => Alarm::unknown(format!("gps103_{other}")),
    })
}

/// `time, phone, F|L, time, A|V, place`: behind the word.
fn read_place(cells: &[&str], heard: &mut Heard) {
    let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
    let own = own_time(cell(0));
    if cell(2) != "F" {
        heard.said = own.map(|at| Said {
            at,
            zone: Zone::Either,
            by_satellite: false,
        });
        return;
    }
    let fixed = cell(4) == "A";
    let mut rest = cells.get(5..).unwrap_or_default().iter().copied();
    let lat = coordinate(&mut rest, ["N", "S"]);
    let lon = coordinate(&mut rest, ["E", "W"]);
    heard.place = lat.zip(lon).and_then(|(lat, lon)| Place::of(lat, lon, fixed));
    heard.said = own.map(|own| match pairs::<3>(cell(3)).and_then(|it| greenwich(own, it)) {
        Some(at) => Said {
            at,
            zone: Zone::Fixed(0),
            by_satellite: fixed,
        },
        None => Said {
            at: own,
            zone: Zone::Either,
            by_satellite: false,
        },
    });
}

/// A number with its side behind it, or before it, or none.
fn coordinate<'a>(cells: &mut (impl Iterator<Item = &'a str> + Clone), sides: [&str; 2]) -> Option<f64> {
    let mut side = "";
    let mut number = cells.next()?;
    if sides.contains(&number) {
        side = number;
        number = cells.next()?;
    }
    let mut ahead = cells.clone();
    if let Some(it) = ahead.next().filter(|it| side.is_empty() && sides.contains(it)) {
        side = it;
        *cells = ahead;
    }
    degrees(number, side)
}

/// `yymmddhhmm`, with seconds or without, or `yy/mm/dd hh:mm`.
fn own_time(text: &str) -> Option<DateTime> {
    let digits: Cow<'_, str> = if text.contains(['/', ':']) {
        text.chars().filter(char::is_ascii_digit).collect::<String>().into()
    } else {
        text.into()
    };
    if !is_digits(&digits) {
        return None;
    }
    let [year, month, day, hour, minute] = pairs::<5>(&digits)?;
    let second = digits.get(10..).and_then(pairs::<1>).map_or(0, |it| it[0]);
    moment(year, month, day, hour, minute, second)
}

/// The device's own time, and the time of day in Greenwich: both together are a time in Greenwich.
fn greenwich(own: DateTime, [hour, minute, second]: [u8; 3]) -> Option<DateTime> {
    const DAY: i64 = 24 * 60;
    let there = i64::from(hour) * 60 + i64::from(minute);
    let here = i64::from(own.hour()) * 60 + i64::from(own.minute());
    // Nobody is further than half a day from there.
    let ahead = (here - there + DAY / 2).rem_euclid(DAY) - DAY / 2;
    let at = own.checked_sub(SignedDuration::from_mins(ahead)).ok()?;
    let second = i8::try_from(second).ok().filter(|it| *it < 60)?;
    if hour > 23 || minute > 59 {
        return None;
    }
    at.with().second(second).build().ok()
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    b"##,imei:869000000000017,A;",
    b"869000000000017;",
    b"imei:869000000000017,tracker,260301120000,,F,040000.000,A,3922.8000,N,11703.6000,E,0.00,0;",
    b"imei:869000000000017,help me,260301120000,13900000017,F,040000.000,A,3922.8000,N,11703.6000,E,0.00,0;",
    b"imei:869000000000017,low battery,2603011200,,L,,,113b,,558f,,,,,0,0,,,;",
    b"imei:869000000000017,OBD,260301120000,51442,0.00,15.88,5632,122,40.39%,95,0.00%,2101,13.80,,,,;",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frame: &str) -> Heard {
        let mut all = Vec::new();
        Gps103.read(frame.as_bytes(), &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn said(word: &str) -> Heard {
        heard(&format!(
            "imei:869000000000017,{word},260301120001,,F,040002.000,A,3922.8000,N,11703.6000,E,0.00,0;"
        ))
    }

    fn answer(frame: &str, fate: Fate) -> String {
        let mut out = Vec::new();
        Gps103.answer(frame.as_bytes(), fate, Timestamp::UNIX_EPOCH, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_word_says_what_it_says() {
        let ours = WORDS.iter().map(|it| (it.0, it.1, it.2.to_owned()));
        let others = [
            "speed",
            "footbrake alarm",
            "T:+28.0",
            "oil 51.67",
            "DTC",
            "acc alarm",
            "what",
        ];
        let others = others.map(|it| (it, Kind::Unknown, format!("gps103_{it}")));
        for (word, kind, as_said) in ours.chain(others) {
            let got = said(word);
            let alarms: Vec<_> = got.alarms.iter().map(|it| (it.kind, it.said.to_string())).collect();
            assert_eq!((alarms, got.sort), (vec![(kind, as_said)], Sort::Alarm), "{word}");
        }
        assert_eq!(said("").alarms[0].said, "gps103_without_word");
        for word in ["tracker", "acc on", "acc off", "001", "rfid", "vt14", "jt", "OBD"] {
            assert_eq!(said(word).alarms, [], "{word}");
        }
        // The line was cut in the word.
        assert_eq!(heard("imei:869000000000017,track").alarms, []);
        assert_eq!(heard("imei:869000000000017,help m").alarms[0].kind, Kind::Unknown);
        assert_eq!(heard("imei:869000000000017,help me").alarms[0].kind, Kind::Sos);
    }

    #[test]
    fn places_are_read_however_their_sides_stand() {
        for (cells, lat, lon) in [
            ("4915.1221,N,01634.5655,E,3.91", 49.252_035, 16.576_091),
            ("0335.2785,S,09841.1543,W,3.0", -3.587_975, -98.685_905),
            ("N,5306.64155,E,00700.77848,0.0", 53.110_692, 7.012_974),
            ("2220.6483,N,11407.6377,,0,0", 22.344_138, 114.127_295),
        ] {
            let place = heard(&format!("imei:1,tracker,260301120000,,F,040000.000,A,{cells};"))
                .place
                .unwrap();
            assert!(
                (place.lat - lat).abs() < 1e-5 && (place.lon - lon).abs() < 1e-5 && place.fixed,
                "{cells} {place:?}"
            );
        }
        let none = heard("imei:869000000000017,help me,,,L,,,113b,,558f,,,,,0,0,,,;");
        assert_eq!((none.place, none.said, none.alarms[0].kind), (None, None, Kind::Sos));
    }

    #[test]
    fn the_time_is_greenwichs_by_both_clocks() {
        let at = |own: &str, there: &str| {
            let got = heard(&format!("imei:1,tracker,{own},,F,{there},A,0001.0000,N,00001.0000,E;"))
                .said
                .unwrap();
            (got.at.to_string(), got.zone, got.by_satellite)
        };
        let greenwich = |it: &str| (it.to_owned(), Zone::Fixed(0), true);
        assert_eq!(at("260301120001", "040002.000"), greenwich("2026-03-01T04:00:02"));
        // Over midnight, on either side.
        assert_eq!(at("151027025958", "235957.000"), greenwich("2015-10-26T23:59:57"));
        assert_eq!(at("2602281805", "000502.00"), greenwich("2026-03-01T00:05:02"));
        assert_eq!(at("13/05/25 14:23", "062209.000"), greenwich("2013-05-25T06:22:09"));
        // Not a time of day: the device's own clock, of which nobody knows how it is set.
        assert_eq!(
            at("260301120001", "31.0"),
            ("2026-03-01T12:00:01".to_owned(), Zone::Either, false)
        );
        assert_eq!(
            heard("imei:1,tracker,260301120001,,L,;").said.unwrap().zone,
            Zone::Either
        );
    }

    #[test]
    fn each_kind_has_its_answer_and_what_was_not_kept_has_none() {
        for (frame, wanted) in [
            ("##,imei:869000000000017,A;", "LOAD"),
            ("imei:869000000000017,L,*", "LOAD"),
            ("869000000000017;", "ON"),
            (
                "imei:869000000000017,help me,,,L,,,113b,,558f,,,;",
                "**,imei:869000000000017,E;",
            ),
            ("imei:869000000000017,tracker,,,L,,,113b,,558f,,,;", ""),
            ("nothing", ""),
        ] {
            assert_eq!(answer(frame, Fate::Kept), wanted, "{frame}");
            assert_eq!(answer(frame, Fate::NotKept), "", "{frame}");
        }
        for frame in ["##,imei:869000000000017,A;", "869000000000017;"] {
            let got = heard(frame);
            assert_eq!(
                (got.sort, got.number.unwrap().as_str()),
                (Sort::Beat, "869000000000017")
            );
        }
    }

    #[test]
    fn sentences_end_with_their_mark_or_before_the_next() {
        let stream = b"\r\n869000000000017imei:1,tracker,;imei:2,help##,imei:3,A;x";
        let mut rest = &stream[..];
        let mut cuts = Vec::new();
        while !rest.is_empty() {
            let cut = Gps103.cut(rest, 300);
            cuts.push(cut);
            match cut {
                Cut::Wait => break,
                Cut::Junk(count) | Cut::Frame(count) => rest = &rest[count..],
            }
        }
        use Cut::{Frame, Junk};
        assert_eq!(cuts, [Junk(2), Frame(15), Frame(16), Frame(11), Frame(12), Junk(1)]);
        assert_eq!(Gps103.cut(b"imei:1,tr", 300), Cut::Wait);
        assert_eq!(Gps103.cut(&[&b"imei:"[..], &[b'x'; 400]].concat(), 300), Junk(300));
        assert_eq!(heard("13554900601,F,").sort, Sort::Broken);
    }
}
