//! Gotop: pocket trackers by Gotop (and those who sell them as TL-201 and the like).
//!
//! ```text
//! imei,CMD-T,A|V,DATE:yymmdd,TIME:hhmmss,LAT:dd.dddddN,LOT:ddd.dddddE,Speed:000.0,…-battery-signal,course#
//! ```
//!
//! `#` ends a sentence. `CMD-KEY` is the button, `ALM-B` a fence, every other `ALM-` an unknown alarm. The language has no answers.
//!
//! Sources: the decoder and tests of traccar/traccar (`Gotop*`).

use jiff::Timestamp;

use super::sentence::{Marks, is_digits, pairs, signal, turned, word};
use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, moment};
use crate::case::Kind;

/// Gotop.
pub struct Gotop;

/// Digits of an IMEI.
const IMEI: usize = 15;

/// Letters that are looked at to tell the beginning of a sentence within another: the number, a comma and `CMD-` or `ALM-`.
const HEAD: usize = IMEI + 5;

const MARKS: Marks = Marks {
    starts: |bytes| bytes.first().map(u8::is_ascii_digit),
    again,
    ends: b"#",
};

fn again(bytes: &[u8]) -> Option<bool> {
    let sound = |(at, byte): (usize, &u8)| match at {
        0..IMEI => byte.is_ascii_digit(),
        IMEI => *byte == b',',
        _ => b"CMD-"[at - IMEI - 1] == *byte || b"ALM-"[at - IMEI - 1] == *byte,
    };
    if !bytes.iter().take(HEAD).enumerate().all(sound) {
        return Some(false);
    }
    (bytes.len() >= HEAD).then_some(true)
}

impl Language for Gotop {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        MARKS.cut(bytes, most)
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let (text, whole) = MARKS.text(frame);
        let cells: Vec<&str> = text.split(',').take(16).map(str::trim).collect();
        let mut heard = Heard::default();
        if is_digits(cells[0]) && cells.len() > 1 {
            read(&cells, whole, &mut heard);
        } else {
            heard.sort = Sort::Broken;
            heard.odd.push("not_a_frame");
        }
        if !whole {
            heard.odd.push("without_end");
        }
        each(heard);
    }

    fn answer(&self, _frame: &[u8], _fate: Fate, _now: Timestamp, _into: &mut Vec<u8>) {}
}

fn read(cells: &[&str], whole: bool, heard: &mut Heard) {
    let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
    heard.number = Number::of(cell(0).as_bytes());
    if heard.number.is_none() {
        heard.odd.push("number_unreadable");
    }
    heard.sort = Sort::Position;
    let fixed = cell(2) == "A";
    let degrees = |text: &str| {
        let text = text.rsplit(':').next()?;
        let (number, side) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let number: f64 = number.parse().ok().filter(|it| *it >= 0.0)?;
        matches!(side, "N" | "S" | "E" | "W").then(|| turned(number, side))
    };
    heard.place = degrees(cell(5))
        .zip(degrees(cell(6)))
        .and_then(|(lat, lon)| Place::of(lat, lon, fixed));
    let time = || {
        let behind = |text: &str, name: &str| pairs::<3>(text.strip_prefix(name).unwrap_or(text));
        let ([year, month, day], [hour, minute, second]) = (behind(cell(3), "DATE:")?, behind(cell(4), "TIME:")?);
        moment(year, month, day, hour, minute, second)
    };
    heard.said = time().map(|at| Said {
        at,
        zone: Zone::Either,
        by_satellite: fixed,
    });
    // The last two figures of the state are the charge and the strength of the network.
    let mut last = cell(8).rsplit('-').map(|it| it.parse::<u8>().ok());
    heard.measured.signal_percent = last.next().flatten().and_then(signal);
    heard.measured.battery_percent = last.next().flatten().filter(|it| *it <= 100);
    if let Some(alarm) = asserted(cell(1), whole || cells.len() > 2) {
        heard.sort = Sort::Alarm;
        heard.alarms.push(alarm);
    }
}

fn asserted(kind: &str, whole: bool) -> Option<Alarm> {
    if kind == "CMD-KEY" {
        return Some(Alarm::event(Kind::Sos, "sos"));
    }
    if let Some(fence) = kind.strip_prefix("ALM-B") {
        let into = fence.bytes().find(u8::is_ascii_digit).map(|it| it % 2 == 1);
        return Some(match into {
            Some(true) => Alarm::event(Kind::Geofence, "fence_in"),
            Some(false) => Alarm::event(Kind::Geofence, "fence_out"),
            None => Alarm::event(Kind::Geofence, "fence"),
        });
    }
    // The answer to a command, or a position by the clock; half a word of one was cut off with its line.
    if kind.starts_with("CMD-") || !whole && "CMD-".starts_with(kind) {
        return None;
    }
    Some(Alarm::unknown(format!("gotop_{}", word(kind))))
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    b"869000000000017,CMD-T,A,DATE:260301,TIME:040000,LAT:39.3800000N,LOT:117.0600000E,Speed:000.0,84-20,000#",
    b"869000000000017,CMD-KEY,V,DATE:260301,TIME:040000,LAT:39.3800000N,LON:117.0600000E,Speed:000.0,1-1-0-84-20,000#",
    b"869000000000017,ALM-B1-1,A,DATE:260301,TIME:040000,LAT:39.3800000N,LON:117.0600000E,Speed:000.1,100-22,03.72#",
    b"869000000000017,CMD-X#",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frame: &str) -> Heard {
        let mut all = Vec::new();
        Gotop.read(frame.as_bytes(), &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn of_kind(kind: &str) -> Heard {
        heard(&format!(
            "869000000000017,{kind},A,DATE:260301,TIME:040000,LAT:39.38N,LOT:117.06W,Speed:000.0,0-84-31,000#"
        ))
    }

    #[test]
    fn every_word_says_what_it_says() {
        for (word, kind, said) in [
            ("CMD-KEY", Kind::Sos, "sos"),
            ("ALM-B1-1", Kind::Geofence, "fence_in"),
            ("ALM-B2", Kind::Geofence, "fence_out"),
            ("ALM-B", Kind::Geofence, "fence"),
            ("ALM-D", Kind::Unknown, "gotop_ALM-D"),
            ("", Kind::Unknown, "gotop_"),
        ] {
            let got = of_kind(word);
            let alarm = &got.alarms[..];
            assert_eq!((alarm.len(), alarm[0].kind, &*alarm[0].said), (1, kind, said), "{word}");
        }
        for word in ["CMD-T", "CMD-F", "CMD-X"] {
            assert_eq!(of_kind(word).alarms, [], "{word}");
        }
        // Cut off with the line.
        assert_eq!(heard("869000000000017,CM").alarms, []);
        assert_eq!(heard("869000000000017,ALM").alarms[0].kind, Kind::Unknown);
        assert_eq!(heard("869000000000017,CMD-KEY").alarms[0].kind, Kind::Sos);
    }

    #[test]
    fn places_times_and_charge_are_read() {
        let got = of_kind("CMD-T");
        assert_eq!(got.place, Place::of(39.38, -117.06, true));
        let said = got.said.unwrap();
        assert_eq!(
            (said.at.to_string().as_str(), said.by_satellite),
            ("2026-03-01T04:00:00", true)
        );
        assert_eq!(
            (got.measured.battery_percent, got.measured.signal_percent),
            (Some(84), Some(100))
        );
        assert_eq!(got.number.unwrap().as_str(), "869000000000017");
        assert_eq!((heard("#").sort, heard("869").sort), (Sort::Broken, Sort::Broken));
    }

    #[test]
    fn sentences_end_with_their_mark_or_before_the_next() {
        let stream = b"\r\n869000000000017,CMD-T,A,DATE:2603869000000000025,ALM-D#x";
        assert_eq!(Gotop.cut(stream, 300), Cut::Junk(2));
        assert_eq!(Gotop.cut(&stream[2..], 300), Cut::Frame(33));
        assert_eq!(Gotop.cut(&stream[35..], 300), Cut::Frame(22));
        assert_eq!(Gotop.cut(b"869", 300), Cut::Wait);
        assert_eq!(Gotop.cut(&[b'1'; 400], 300), Cut::Junk(300));
    }
}
