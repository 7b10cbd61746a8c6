//! Blue: trackers whose frames begin with AA and hold records.
//!
//! ```text
//! AA  length(2)  version  00  number(4)  records…  sum        length counts all but itself's first byte and the mark
//! record:  length  type  reference(2)  flags  content         length counts the whole record
//! ```
//!
//! The sum is the exclusive-or of everything behind the mark. Record 0x01 is a place, 0x12 the state, 0x81 an alarm, 0x84 asks for an
//! answer. The time of a place is binary, its degrees are those of ships: hundreds of degrees and minutes.
//!
//! Sources: the decoder and tests of traccar/traccar (`Blue*`) for records, three codes and the answer. Other codes are unknown alarms.

use jiff::Timestamp;

use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, moment};
use crate::case::Kind;

/// Blue.
pub struct Blue;

const MARK: u8 = 0xAA;

/// Mark, length, version, a byte, number; behind the records the sum.
const HEAD_BYTES: usize = 9;

/// The longest frame: beyond this a length is none.
const FRAME_MAX: usize = 1_024;

/// Records of a frame that are read; the longest frame has room for 200 of five bytes.
const RECORDS_MAX: usize = 32;

impl Language for Blue {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        match bytes {
            [] => return Cut::Wait,
            [MARK, ..] => {}
            _ => return Cut::Junk(bytes.iter().position(|it| *it == MARK).unwrap_or(bytes.len())),
        }
        let [_, high, low, ..] = bytes else {
            return Cut::Wait;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low])) + 1;
        if length <= HEAD_BYTES || length > FRAME_MAX.min(most) {
            let next = bytes.iter().skip(1).position(|it| *it == MARK);
            return Cut::Junk(next.map_or(bytes.len(), |it| it + 1));
        }
        if bytes.len() < length {
            Cut::Wait
        } else {
            Cut::Frame(length)
        }
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let mut heard = Heard::default();
        match frame.get(..HEAD_BYTES) {
            Some([MARK, _, _, _, _, number @ ..]) => {
                let number = number.iter().fold(0_u32, |sum, it| sum << 8 | u32::from(*it));
                heard.number = Number::of(number.to_string().as_bytes());
                heard.sort = Sort::Beat;
                check(frame, &mut heard);
                for record in records(frame) {
                    read_record(&record, &mut heard);
                }
            }
            _ => {
                heard.sort = Sort::Broken;
                heard.odd.push("not_a_frame");
            }
        }
        each(heard.gravest_first());
    }

    fn answer(&self, frame: &[u8], fate: Fate, _now: Timestamp, into: &mut Vec<u8>) {
        if fate == Fate::NotKept || frame.first() != Some(&MARK) {
            return; // there is no bad answer
        }
        for record in records(frame).filter(|it| it.kind == 0x84).take(1) {
            let mut told = [MARK, 0, 11, 0x86, 0, 6, 0xA4, 0, record.reference, 0, 0, 0];
            told[11] = told[1..11].iter().fold(0, |sum, it| sum ^ it);
            into.extend_from_slice(&told);
        }
    }
}

fn check(frame: &[u8], heard: &mut Heard) {
    let declared = usize::from(u16::from_be_bytes([frame[1], frame[2]])) + 1;
    if declared != frame.len() {
        heard.odd.push("length_differs");
        return;
    }
    if let Some((sum, rest)) = frame[1..].split_last()
        && rest.iter().fold(0, |sum, it| sum ^ it) != *sum
    {
        heard.odd.push("checksum_differs");
    }
}

struct Record<'a> {
    kind: u8,
    /// The first byte of its reference.
    reference: u8,
    content: &'a [u8],
}

/// Those of a frame; of the last one as much as is there.
fn records(frame: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let declared = match frame {
        [_, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])) + 1,
        _ => 0,
    };
    // The sum is no record; a frame that was cut off has none.
    let to = frame.len().min(declared.saturating_sub(1));
    let mut rest = frame.get(HEAD_BYTES..to).unwrap_or_default();
    std::iter::from_fn(move || {
        let [length, kind, reference, _, _, ..] = rest else {
            return None;
        };
        let length = usize::from(*length);
        if length < 5 {
            return None;
        }
        let (record, behind) = rest.split_at(length.min(rest.len()));
        rest = behind;
        Some(Record {
            kind: *kind,
            reference: *reference,
            content: &record[5..],
        })
    })
    .take(RECORDS_MAX)
}

fn read_record(record: &Record<'_>, heard: &mut Heard) {
    match record.kind {
        0x01 => {
            if heard.sort == Sort::Beat {
                heard.sort = Sort::Position;
            }
            read_place(record.content, heard);
        }
        0x12 => {
            heard.states = true;
            if record.content.first().is_some_and(|it| it >> 1 & 1 == 1) {
                heard.alarms.push(Alarm::state(Kind::Tamper, "vibration"));
            }
        }
        0x81 => {
            heard.sort = Sort::Alarm;
            heard.alarms.push(match record.content.first() {
                Some(1) => Alarm::event(Kind::Sos, "sos"),
                Some(19) => Alarm::event(Kind::LowBattery, "low_power"),
                Some(code) => Alarm::unknown(format!("blue_alarm_{code}")),
                // The reason was cut off, and it may be the button.
                None => {
                    heard.odd.push("alarm_without_status");
                    Alarm::event(Kind::Sos, "alarm_without_status")
                }
            });
        }
        _ => {}
    }
}

/// A byte, flags, north, east, speed(4), course(3), date and time.
fn read_place(content: &[u8], heard: &mut Heard) {
    let Some([_, flags, n1, n2, n3, n4, e1, e2, e3, e4]) = content.get(..10) else {
        return;
    };
    let degrees = |whole: [u8; 2], parts: [u8; 2], turned: bool| -> f64 {
        let (whole, parts) = (u16::from_be_bytes(whole), u16::from_be_bytes(parts));
        let minutes = f64::from(whole % 100) + f64::from(parts) * 1e-4;
        (f64::from(whole / 100) + minutes / 60.0) * if turned { -1.0 } else { 1.0 }
    };
    let set = |bit: u8| flags >> bit & 1 == 1;
    let (lat, lon) = (
        degrees([*n1, *n2], [*n3, *n4], set(6)),
        degrees([*e1, *e2], [*e3, *e4], set(5)),
    );
    heard.place = Place::of(lat, lon, set(7));
    let Some([year, month, day, hour, minute, second]) = content.get(17..23) else {
        return;
    };
    heard.said = moment(*year, *month, *day, *hour, *minute, *second).map(|at| Said {
        at,
        zone: Zone::Either,
        by_satellite: set(7),
    });
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    // A place and the state; an alarm by the button; a question.
    &[
        0xAA, 0, 47, 0x86, 0, 0, 0, 0x30, 0x39, 32, 1, 0x1F, 0, 0x40, 0, 0x80, 15, 94, 31, 144, 45, 187, 0x17, 0x70, 0,
        0, 0, 0, 0, 0, 0, 26, 3, 1, 4, 0, 0, 0, 0x5A, 0xC7, 0xA6, 7, 0x12, 0x1F, 0, 0, 0, 0,
    ],
    &[
        0xAA, 0, 16, 0x86, 0, 0, 0, 0x30, 0x39, 7, 0x81, 0x1F, 0x80, 0, 1, 0, 0x8F,
    ],
    &[0xAA, 0, 14, 0x86, 0, 0, 0, 0x30, 0x39, 5, 0x84, 0x0F, 0x80, 0, 0x8F],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of the device 12345 with such records.
    fn frame(records: &[&[u8]]) -> Vec<u8> {
        let mut out = vec![MARK, 0, 0, 0x86, 0, 0, 0, 0x30, 0x39];
        for it in records {
            out.push(u8::try_from(it.len() + 1).unwrap());
            out.extend_from_slice(it);
        }
        let length = u16::try_from(out.len()).unwrap();
        out[1..3].copy_from_slice(&length.to_be_bytes());
        out.push(out[1..].iter().fold(0, |sum, it| sum ^ it));
        out
    }

    fn heard(frame: &[u8]) -> Heard {
        let mut all = Vec::new();
        Blue.read(frame, &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn place(flags: u8) -> Vec<u8> {
        // 39 degrees 22.8, 117 degrees 3.6.
        let mut out = vec![1, 0x1F, 0, 0x40, 0, flags];
        for half in [3_922_u16, 8_000, 11_703, 6_000] {
            out.extend_from_slice(&half.to_be_bytes());
        }
        out.extend_from_slice(&[0; 7]);
        out.extend_from_slice(&[26, 3, 1, 4, 0, 9, 0, 0x5A, 0xC7, 0xA6]);
        out
    }

    #[test]
    fn every_code_says_what_it_says() {
        for (code, kind, said) in [
            (1, Kind::Sos, "sos"),
            (19, Kind::LowBattery, "low_power"),
            (8, Kind::Unknown, "blue_alarm_8"),
            (0, Kind::Unknown, "blue_alarm_0"),
            (255, Kind::Unknown, "blue_alarm_255"),
        ] {
            let got = heard(&frame(&[&[0x81, 0x1F, 0x80, 0, code, 1], &place(0x80)]));
            let alarm = &got.alarms[..];
            assert_eq!((alarm.len(), alarm[0].kind, &*alarm[0].said), (1, kind, said), "{code}");
            assert!(
                got.sort == Sort::Alarm && got.odd.is_empty() && got.place.is_some(),
                "{got:?}"
            );
        }
        let state = heard(&frame(&[&[0x12, 0x1F, 0, 2, 0b10, 0, 0]]));
        assert_eq!(
            (state.states, state.alarms),
            (true, vec![Alarm::state(Kind::Tamper, "vibration")])
        );
        assert!(heard(&frame(&[&[0x12, 0x1F, 0, 2, 0, 1, 0]])).alarms.is_empty());
        // Cut off before the reason.
        let whole = frame(&[&[0x81, 0x1F, 0x80, 0, 1]]);
        let half = heard(&whole[..14]);
        assert_eq!(
            (half.alarms[0].kind, &half.odd[..]),
            (Kind::Sos, &["length_differs", "alarm_without_status"][..])
        );
    }

    #[test]
    fn places_and_times_are_read() {
        let got = heard(&frame(&[&place(0x80)]));
        let at = got.place.unwrap();
        assert!((at.lat - 39.38).abs() < 1e-6 && (at.lon - 117.06).abs() < 1e-6 && at.fixed);
        let said = got.said.unwrap();
        assert_eq!(
            (said.at.to_string().as_str(), said.by_satellite),
            ("2026-03-01T04:00:09", true)
        );
        assert_eq!((got.sort, got.number.unwrap().as_str()), (Sort::Position, "12345"));
        let south_west = heard(&frame(&[&place(0x60)])).place.unwrap();
        assert!(south_west.lat < -39.0 && south_west.lon < -117.0 && !south_west.fixed);
        let mut wrong = frame(&[&[0x81, 0x1F, 0x80, 0, 1]]);
        *wrong.last_mut().unwrap() ^= 1;
        let got = heard(&wrong);
        assert_eq!((got.odd, got.alarms[0].kind), (vec!["checksum_differs"], Kind::Sos));
        assert_eq!(heard(b"\xaa\0").sort, Sort::Broken);
    }

    #[test]
    fn a_question_is_answered_and_what_was_not_kept_is_not() {
        let answer = |frame: &[u8], fate| {
            let mut out = Vec::new();
            Blue.answer(frame, fate, Timestamp::UNIX_EPOCH, &mut out);
            out
        };
        let asks = frame(&[&[0x84, 0x0F, 0x80, 0, 1]]);
        let told = answer(&asks, Fate::Kept);
        assert_eq!(told[..11], [0xAA, 0, 11, 0x86, 0, 6, 0xA4, 0, 0x0F, 0, 0]);
        assert_eq!(told[1..].iter().fold(0, |sum, it| sum ^ it), 0);
        assert!(answer(&asks, Fate::NotKept).is_empty());
        assert!(answer(&frame(&[&place(0x80)]), Fate::Kept).is_empty());
    }

    #[test]
    fn frames_are_cut_by_their_length() {
        let one = frame(&[&[0x81, 0x1F, 0x80, 0, 1]]);
        let stream = [&b"xy"[..], &one, &one].concat();
        assert_eq!(Blue.cut(&stream, 300), Cut::Junk(2));
        assert_eq!(Blue.cut(&stream[2..], 300), Cut::Frame(one.len()));
        assert_eq!(Blue.cut(&one[..5], 300), Cut::Wait);
        assert_eq!(Blue.cut(&[MARK, 0xFF, 0xFF, 1, MARK, 0], 300), Cut::Junk(4));
        assert_eq!(Blue.cut(&[MARK, 0, 3, 1], 300), Cut::Junk(4));
        for it in SAMPLES {
            assert_eq!(Blue.cut(it, 300), Cut::Frame(it.len()));
        }
    }
}
