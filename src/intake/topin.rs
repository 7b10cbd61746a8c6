//! Topin: small trackers by Topin (ZhongXun), whose frames look like those of GT06 and are none.
//!
//! ```text
//! 78 78  length  type  content…  0D 0A
//! ```
//!
//! The length counts now the content, now more, now the networks in sight; there is no sum and no serial. So a frame ends with its end
//! marks, and is not shorter than its type makes it: four bytes less than its length says, or as long as its networks are. The number
//! (IMEI) comes once, in the login; the line keeps it.
//!
//! Sources: the decoder and tests of traccar/traccar (`Topin*`) for types, places, three bits of alarms and the answers; loctrkd, a public
//! server for these trackers (`zx303proto`), for the type of an SOS and for those without an alarm. A type that no list here has, and a bit,
//! is an unknown alarm.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, bcd, moment};
use crate::case::Kind;

/// Topin.
pub struct Topin;

const HEAD: [u8; 2] = [0x78, 0x78];
const END: &[u8] = b"\r\n";

/// Marks, length, type.
const HEAD_BYTES: usize = 4;

/// The end is looked for so far behind where it may first stand.
const SLACK: usize = 64;

/// Types without an alarm: settings and their answers, charging, sleep, a position that was asked for, numbers.
const NOTHING: &[u8] = &[
    0x14, 0x15, 0x30, 0x33, 0x34, 0x41, 0x57, 0x80, 0x81, 0x82, 0x83, 0x92, 0x93, 0x98, 0xB3,
];

impl Language for Topin {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        match bytes {
            [] | [0x78] => return Cut::Wait,
            [0x78, 0x78, ..] => {}
            _ => {
                let next = (1..bytes.len())
                    .find(|at| bytes[*at] == HEAD[0] && bytes.get(at + 1).is_none_or(|it| *it == HEAD[1]));
                return Cut::Junk(next.unwrap_or(bytes.len()));
            }
        }
        let Some(least) = least(bytes) else {
            return if bytes.len() < most { Cut::Wait } else { Cut::Junk(1) };
        };
        if least + SLACK > most {
            return Cut::Junk(1);
        }
        let seen = &bytes[..bytes.len().min(least + SLACK)];
        for at in least..seen.len() {
            match &seen[at..] {
                [b'\r', b'\n', ..] => return Cut::Frame(at + 2),
                // The end was lost, and the next begins.
                [0x78, 0x78, ..] => return Cut::Frame(at),
                _ => {}
            }
        }
        if seen.len() < least + SLACK {
            Cut::Wait
        } else {
            Cut::Junk(1)
        }
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let mut heard = Heard::default();
        match Parts::of(frame) {
            Some(parts) => {
                read(&parts, &mut heard);
                if !parts.whole {
                    heard.odd.push("without_end");
                }
            }
            None => {
                heard.sort = Sort::Broken;
                heard.odd.push("not_a_frame");
            }
        }
        each(heard);
    }

    fn answer(&self, frame: &[u8], fate: Fate, now: Timestamp, into: &mut Vec<u8>) {
        let Some(parts) = Parts::of(frame).filter(|it| fate == Fate::Kept && it.whole) else {
            return; // there is no bad answer
        };
        let mut put = |length: u8, kind: u8, content: &[u8]| {
            into.extend_from_slice(&[HEAD[0], HEAD[1], length, kind]);
            into.extend_from_slice(content);
            into.extend_from_slice(END);
        };
        let clock = {
            let now = Offset::UTC.to_datetime(now);
            let [high, low] = now.year().to_be_bytes();
            let small = |it: i8| it.unsigned_abs();
            let (month, day) = (small(now.month()), small(now.day()));
            [
                high,
                low,
                month,
                day,
                small(now.hour()),
                small(now.minute()),
                small(now.second()),
            ]
        };
        match parts.kind {
            // Welcome, and what time it is.
            0x01 => {
                put(parts.length, 0x01, &[1]);
                put(7, 0x30, &clock);
            }
            0x30 => put(7, 0x30, &clock),
            0x13 => put(parts.length, 0x13, parts.content),
            0x10 | 0x11 | 0x17..=0x19 | 0x69 => {
                if let Some(time) = parts.content.get(..6) {
                    put(parts.length, parts.kind, time);
                }
            }
            _ => {}
        }
    }
}

/// Where the end of a frame may first stand. None: too little has come to tell.
fn least(bytes: &[u8]) -> Option<usize> {
    let [_, _, length, kind, content @ ..] = bytes else {
        return None;
    };
    let length = usize::from(*length);
    Some(match kind {
        // Time, networks of seven bytes, how many cells, two numbers of the network, cells of five bytes.
        0x17..=0x19 | 0x69 => {
            let cells = usize::from(*content.get(6 + 7 * length)?);
            HEAD_BYTES + 6 + 7 * length + 4 + 5 * cells
        }
        _ => HEAD_BYTES + length.saturating_sub(4),
    })
}

struct Parts<'a> {
    length: u8,
    kind: u8,
    content: &'a [u8],
    whole: bool,
}

impl<'a> Parts<'a> {
    fn of(frame: &'a [u8]) -> Option<Self> {
        let [0x78, 0x78, length, kind, rest @ ..] = frame else {
            return None;
        };
        let (content, whole) = match rest.strip_suffix(END) {
            Some(content) => (content, true),
            None => (rest, false),
        };
        Some(Self {
            length: *length,
            kind: *kind,
            content,
            whole,
        })
    }
}

fn read(parts: &Parts<'_>, heard: &mut Heard) {
    let content = parts.content;
    let state = match parts.kind {
        0x01 => {
            heard.sort = Sort::Beat;
            heard.number = imei(content);
            if heard.number.is_none() {
                heard.odd.push("number_unreadable");
            }
            None
        }
        0x08 | 0x09 => {
            // Without a place it is a heartbeat.
            heard.sort = if content.is_empty() { Sort::Beat } else { Sort::Position };
            heard.stored = parts.kind == 0x09;
            let fixed = parts.kind == 0x08;
            let angle = |from: usize| content.get(from..from + 4).map(degrees);
            heard.place = angle(6)
                .zip(angle(10))
                .and_then(|(lat, lon)| Place::of(lat, lon, fixed));
            heard.said = binary_time(content, fixed);
            None
        }
        0x10 | 0x11 => {
            heard.sort = Sort::Position;
            heard.stored = parts.kind == 0x11;
            read_place(content, heard);
            // Height, then the alarm.
            content.get(20)
        }
        0x17..=0x19 | 0x69 => {
            heard.sort = Sort::Position;
            heard.stored = matches!(parts.kind, 0x17 | 0x19);
            let part = |at: usize| content.get(at).copied().and_then(bcd);
            let time = || moment(part(0)?, part(1)?, part(2)?, part(3)?, part(4)?, part(5)?);
            heard.said = time().map(|at| Said {
                at,
                zone: Zone::Fixed(0),
                by_satellite: false,
            });
            let networks = 6 + 7 * usize::from(parts.length);
            let cells = content.get(networks).map(|it| 5 * usize::from(*it));
            cells.and_then(|it| content.get(networks + 4 + it))
        }
        0x13 => {
            heard.sort = Sort::Beat;
            heard.measured.battery_percent = content.first().copied().filter(|it| *it <= 100);
            None
        }
        0x94 => {
            heard.sort = Sort::Alarm;
            heard.alarms.push(Alarm::event(Kind::Tamper, "vibration"));
            None
        }
        0x99 => {
            heard.sort = Sort::Alarm;
            heard.alarms.push(Alarm::event(Kind::Sos, "sos"));
            None
        }
        it if NOTHING.contains(&it) => None,
        other => {
            heard.sort = Sort::Alarm;
            heard.alarms.push(Alarm::unknown(format!("topin_type_0x{other:02x}")));
            None
        }
    };
    if let Some(bits) = state {
        heard.states = true;
        heard
            .alarms
            .extend((0..8).filter(|bit| bits >> bit & 1 == 1).map(|bit| match bit {
                0 => Alarm::state(Kind::Tamper, "vibration"),
                4 => Alarm::state(Kind::LowBattery, "low_power"),
                1 => lasting("topin_speed".to_owned()),
                other => lasting(format!("topin_alarm_bit_{other}")),
            }));
        let rank = |it: &Alarm| std::cmp::Reverse(it.kind.severity());
        heard.alarms.sort_by_key(rank);
    }
}

fn lasting(said: String) -> Alarm {
    Alarm {
        lasting: true,
        ..Alarm::unknown(said)
    }
}

/// Fifteen digits in packed decimal, behind half a byte.
fn imei(packed: &[u8]) -> Option<Number> {
    let mut digits = Vec::with_capacity(16);
    for byte in packed.get(..8)? {
        let value = bcd(*byte)?;
        digits.extend_from_slice(&[b'0' + value / 10, b'0' + value % 10]);
    }
    Number::of(&digits[1..])
}

/// A byte of degrees, half a byte that says whether they are below zero, and millionths in twenty bits.
fn degrees(packed: &[u8]) -> f64 {
    let [whole, high, middle, low] = packed else { return 0.0 };
    let millionths = u32::from_be_bytes([0, high & 0x0F, *middle, *low]);
    let degrees = f64::from(*whole) + f64::from(millionths) * 1e-6;
    if high >> 4 > 0 { -degrees } else { degrees }
}

fn binary_time(content: &[u8], by_satellite: bool) -> Option<Said> {
    let [year, month, day, hour, minute, second] = content.get(..6)? else {
        return None;
    };
    moment(*year, *month, *day, *hour, *minute, *second).map(|at| Said {
        at,
        zone: Zone::Fixed(0),
        by_satellite,
    })
}

/// Time, satellites, north and east in 1,800,000 parts of a degree, speed, and bits: 12 a fix, 11 west, 10 north.
fn read_place(content: &[u8], heard: &mut Heard) {
    let word = |at: usize| {
        content
            .get(at..at + 4)?
            .first_chunk::<4>()
            .map(|it| u32::from_be_bytes(*it))
    };
    let flags = content.get(16..18).map_or(0, |it| u16::from_be_bytes([it[0], it[1]]));
    let set = |bit: u8| flags >> bit & 1 == 1;
    let side = |it: u32, below: bool| f64::from(it) / 1_800_000.0 * if below { -1.0 } else { 1.0 };
    heard.place = word(7)
        .zip(word(11))
        .and_then(|(lat, lon)| Place::of(side(lat, !set(10)), side(lon, set(11)), set(12)));
    heard.said = binary_time(content, heard.place.is_some_and(|it| it.fixed));
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    b"\x78\x78\x0d\x01\x08\x69\x00\x00\x00\x00\x00\x17\x4d\r\n",
    b"\x78\x78\x01\x08\r\n",
    b"\x78\x78\x01\x94\r\n",
    b"\x78\x78\x07\x13\x51\x4d\x08\x19\x64\r\n",
    // Thirteen minutes and ten seconds past: an end within the frame.
    b"\x78\x78\x15\x10\x1a\x03\x01\x04\x0d\x0a\x98\x04\x39\x98\x60\x0c\x8f\x4b\x40\x00\x14\x00\x00\x05\x00\r\n",
    b"\x78\x78\x20\x08\x1a\x03\x01\x04\x00\x00\x27\x05\xcc\x60\x75\x00\xea\x60\x27\x05\xcc\x60\x75\x00\xea\x60\x10\x39\x05\x01\x00\x28\x64\x89\x00\r\n",
    b"\x78\x78\x01\x69\x26\x03\x01\x04\x00\x00\xaa\xbb\xcc\xdd\xee\xff\x40\x01\x01\xcc\x00\x28\x7d\x1f\x71\x20\x01\r\n",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frame: &[u8]) -> Heard {
        let mut all = Vec::new();
        Topin.read(frame, &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn located(kind: u8, alarm: &[u8]) -> Vec<u8> {
        let content = b"\x1a\x03\x01\x04\x00\x00\x98\x04\x39\x9a\xa0\x0c\x8f\x26\x20\x00\x14\x00";
        [&[0x78, 0x78, 0x15, kind][..], content, &[0, 5], alarm, END].concat()
    }

    #[test]
    fn every_bit_and_type_says_what_it_says() {
        for (bit, kind, said) in [
            (0, Kind::Tamper, "vibration"),
            (1, Kind::Unknown, "topin_speed"),
            (2, Kind::Unknown, "topin_alarm_bit_2"),
            (4, Kind::LowBattery, "low_power"),
            (7, Kind::Unknown, "topin_alarm_bit_7"),
        ] {
            let got = heard(&located(0x10, &[1 << bit]));
            let alarm = &got.alarms[..];
            assert_eq!(
                (
                    alarm.len(),
                    alarm[0].kind,
                    &*alarm[0].said,
                    alarm[0].lasting,
                    got.states
                ),
                (1, kind, said, true, true),
                "{bit}"
            );
        }
        assert_eq!(heard(&located(0x10, &[0])).alarms, []);
        let networks = SAMPLES[6].to_vec();
        assert_eq!(heard(&networks).alarms, [Alarm::state(Kind::Tamper, "vibration")]);
        assert_eq!(
            heard(b"\x78\x78\x01\x94\r\n").alarms,
            [Alarm::event(Kind::Tamper, "vibration")]
        );
        assert_eq!(heard(b"\x78\x78\x01\x99\r\n").alarms, [Alarm::event(Kind::Sos, "sos")]);
        let strange = heard(b"\x78\x78\x01\x9A\r\n");
        assert_eq!(
            (strange.alarms[0].kind, &*strange.alarms[0].said),
            (Kind::Unknown, "topin_type_0x9a")
        );
        for kind in NOTHING {
            assert_eq!(heard(&[0x78, 0x78, 1, *kind, 13, 10]).alarms, [], "{kind:x}");
        }
    }

    #[test]
    fn places_times_and_charge_are_read() {
        for (frame, fixed, stored) in [
            (located(0x10, &[0]), true, false),
            (located(0x11, &[0]), true, true),
            (SAMPLES[5].to_vec(), true, false),
        ] {
            let got = heard(&frame);
            let place = got.place.unwrap();
            assert!(
                (place.lat - 39.38).abs() < 1e-5 && (place.lon - 117.06).abs() < 1e-5,
                "{place:?}"
            );
            assert_eq!((place.fixed, got.stored), (fixed, stored));
            assert_eq!(got.said.unwrap().at.to_string(), "2026-03-01T04:00:00");
        }
        let mut west = SAMPLES[5].to_vec();
        west[15] |= 0x10;
        assert!(heard(&west).place.unwrap().lon < -117.0);
        assert_eq!(heard(SAMPLES[3]).measured.battery_percent, Some(81));
        let login = heard(SAMPLES[0]);
        assert_eq!(
            (login.sort, login.number.unwrap().as_str()),
            (Sort::Beat, "869000000000017")
        );
        assert_eq!(
            (heard(SAMPLES[1]).sort, heard(b"\x78").sort),
            (Sort::Beat, Sort::Broken)
        );
        assert_eq!(heard(SAMPLES[6]).said.unwrap().at.to_string(), "2026-03-01T04:00:00");
    }

    #[test]
    fn each_type_has_its_answer_and_what_was_not_kept_has_none() {
        let answer = |frame: &[u8], fate| {
            let mut out = Vec::new();
            Topin.answer(frame, fate, "2026-03-01T04:00:00Z".parse().unwrap(), &mut out);
            out
        };
        for (frame, wanted) in [
            (
                SAMPLES[0],
                &b"\x78\x78\x0d\x01\x01\r\n\x78\x78\x07\x30\x07\xea\x03\x01\x04\x00\x00\r\n"[..],
            ),
            (
                b"\x78\x78\x01\x30\r\n",
                b"\x78\x78\x07\x30\x07\xea\x03\x01\x04\x00\x00\r\n",
            ),
            (SAMPLES[3], SAMPLES[3]),
            (SAMPLES[4], b"\x78\x78\x15\x10\x1a\x03\x01\x04\x0d\x0a\r\n"),
            (SAMPLES[6], b"\x78\x78\x01\x69\x26\x03\x01\x04\x00\x00\r\n"),
            (b"\x78\x78\x01\x94\r\n", b""),
            (b"\x78\x78\x07\x13\x51", b""),
        ] {
            assert_eq!(answer(frame, Fate::Kept), wanted, "{frame:x?}");
            assert!(answer(frame, Fate::NotKept).is_empty());
        }
    }

    #[test]
    fn frames_end_with_their_end_and_not_with_what_looks_like_one() {
        for it in SAMPLES {
            assert_eq!(Topin.cut(it, 300), Cut::Frame(it.len()), "{it:x?}");
            let stream = [&b"y"[..], it, it].concat();
            assert_eq!(Topin.cut(&stream, 300), Cut::Junk(1));
            assert_eq!(Topin.cut(&stream[1..], 300), Cut::Frame(it.len()), "{it:x?}");
            assert_eq!(Topin.cut(&it[..it.len() - 1], 300), Cut::Wait);
        }
        // The end was lost.
        assert_eq!(Topin.cut(b"\x78\x78\x01\x94\x78\x78\x01\x08\r\n", 300), Cut::Frame(4));
        let endless = [&b"\x78\x78\x01\x08"[..], &[0; 70]].concat();
        assert_eq!(Topin.cut(&endless, 300), Cut::Junk(1));
        // More networks than a frame has room for.
        assert_eq!(
            Topin.cut(&[&b"\x78\x78\xff\x69"[..], &[0; 400]].concat(), 300),
            Cut::Junk(1)
        );
    }
}
