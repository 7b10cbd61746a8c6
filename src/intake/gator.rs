//! Gator: trackers by Gator (and M588 and others that speak alike), in binary.
//!
//! ```text
//! 24 24  type  length(2)  number(4 | 8)  content…  sum  0D        length counts from the number to the end
//! ```
//!
//! The sum is the exclusive-or from the type to the byte before it. The number is a telephone number packed into four bytes, without its
//! leading 1, which is put before it here; newer ones have their IMEI in eight and count their length wrong. Places are degrees and
//! minutes in packed decimal. Every frame is answered with its type and its sum.
//!
//! Sources: the decoder and tests of traccar/traccar (`Gator*`), and an open copy of it that reads the alarms of an M588 (two bytes of
//! bits, and one of how it is driven); its log has frames and their answers.

use jiff::Timestamp;

use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, bcd, moment};
use crate::case::Kind;

/// Gator.
pub struct Gator;

const HEAD: [u8; 2] = [0x24, 0x24];
const END: u8 = 0x0D;

/// Head, type, length; the shortest number, the sum and the end.
const HEAD_BYTES: usize = 5;
const SHORTEST: usize = HEAD_BYTES + 4 + 2;

/// The longest frame without pictures, which nobody asks for.
const FRAME_MAX: usize = 1_024;

/// A frame may be so much longer than it says.
const LONGER_MAX: usize = 16;

/// Those with an IMEI are longer than they say by so much.
const IMEI_LONGER: usize = 5;

/// Bits of the second byte of an alarm, from the lowest.
const SECOND: [(Kind, &str); 8] = [
    (Kind::Sos, "sos"),
    (Kind::Unknown, "gator_speed"),
    (Kind::Unknown, "gator_parking"),
    (Kind::PowerLoss, "power_cut"),
    (Kind::Unknown, "gator_alarm_bit_4"),
    (Kind::Tamper, "vibration"),
    (Kind::Unknown, "gator_alarm_bit_6"),
    (Kind::Tamper, "opened"),
];

impl Language for Gator {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        match bytes {
            [] | [0x24] => return Cut::Wait,
            [0x24, 0x24, ..] => {}
            _ => {
                let next = (1..bytes.len())
                    .find(|at| bytes[*at] == HEAD[0] && bytes.get(at + 1).is_none_or(|it| *it == HEAD[1]));
                return Cut::Junk(next.unwrap_or(bytes.len()));
            }
        }
        let [_, _, _, high, low, ..] = bytes else {
            return Cut::Wait;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low])) + HEAD_BYTES;
        if length < SHORTEST || length + LONGER_MAX > FRAME_MAX.min(most) {
            return Cut::Junk(1);
        }
        // Shorter than it says: a sound end with the next frame behind it.
        let sound = |end: usize| {
            let frame = &bytes[..=end];
            frame[end] == END && frame[2..end - 1].iter().fold(0, |sum, it| sum ^ it) == frame[end - 1]
        };
        let seen = bytes.len().min(length);
        let short = (SHORTEST - 1..seen.saturating_sub(2)).find(|at| bytes[at + 1..at + 3] == HEAD && sound(*at));
        if let Some(end) = short {
            return Cut::Frame(end + 1);
        }
        if bytes.len() < length {
            return Cut::Wait;
        }
        if bytes[length - 1] == END {
            return Cut::Frame(length);
        }
        // Longer than it says: as far as a sound end, or the end of one with an IMEI; else what it says.
        let most = bytes.len().min(length + LONGER_MAX);
        let ends = |at: &usize| {
            let next = bytes[..most].get(at + 1).is_some_and(|it| *it == HEAD[0]);
            sound(*at) || bytes[*at] == END && (next || *at + 1 == length + IMEI_LONGER)
        };
        match (length..most).find(ends) {
            Some(end) => Cut::Frame(end + 1),
            None if most < length + LONGER_MAX => Cut::Wait,
            None => Cut::Frame(length),
        }
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let mut heard = Heard::default();
        match Parts::of(frame) {
            Some(parts) => read(&parts, &mut heard),
            None => {
                heard.sort = Sort::Broken;
                heard.odd.push("not_a_frame");
            }
        }
        each(heard.gravest_first());
    }

    fn answer(&self, frame: &[u8], fate: Fate, _now: Timestamp, into: &mut Vec<u8>) {
        if fate == Fate::NotKept || frame.last() != Some(&END) || frame.len() < SHORTEST {
            return; // there is no bad answer
        }
        let (kind, sum) = (frame[2], frame[frame.len() - 2]);
        let mut told = [0x24, 0x24, 0x21, 0, 5, sum, kind, 0, 0, END];
        told[8] = told[2..8].iter().fold(0, |sum, it| sum ^ it);
        into.extend_from_slice(&told);
    }
}

struct Parts<'a> {
    kind: u8,
    number: Option<Number>,
    content: &'a [u8],
    odd: Vec<&'static str>,
}

impl<'a> Parts<'a> {
    fn of(frame: &'a [u8]) -> Option<Self> {
        let [h1, h2, kind, high, low, rest @ ..] = frame else {
            return None;
        };
        if [*h1, *h2] != HEAD || rest.len() < 4 {
            return None;
        }
        let mut odd = Vec::new();
        let declared = usize::from(u16::from_be_bytes([*high, *low])) + HEAD_BYTES;
        if declared != frame.len() {
            odd.push("length_differs");
        }
        let inner = match rest {
            [inner @ .., sum, END] if inner.len() >= 4 => {
                let reckoned = frame[2..frame.len() - 2].iter().fold(0, |sum, it| sum ^ it);
                if reckoned != *sum {
                    odd.push("checksum_differs");
                }
                inner
            }
            _ => {
                odd.push("frame_cut_off");
                rest
            }
        };
        // A date behind four bytes of number, or behind eight; without a date there are as many as there is room for.
        let date = |at: usize| inner.get(at..at + 6).and_then(time).is_some();
        let long = inner.len() >= 8 && !date(4) && (date(8) || inner.len() == 8);
        let (number, content) = inner.split_at(if long { 8 } else { 4 });
        let number = if long { imei(number) } else { telephone(number) };
        Some(Self {
            kind: *kind,
            number,
            content,
            odd,
        })
    }
}

/// Fifteen digits in packed decimal, and half a byte more.
fn imei(packed: &[u8]) -> Option<Number> {
    let mut digits = Vec::with_capacity(16);
    for byte in packed {
        let value = bcd(*byte)?;
        digits.extend_from_slice(&[b'0' + value / 10, b'0' + value % 10]);
    }
    Number::of(digits.get(..15)?)
}

/// Ten digits and a 1 before them: the highest bits of the bytes are four bits beyond thirty, their rest is two digits each.
fn telephone(packed: &[u8]) -> Option<Number> {
    let high = packed.iter().fold(0, |sum, it| sum << 1 | it >> 7);
    let mut digits = format!("1{:02}", 30 + high);
    for byte in packed.get(..4)? {
        let value = byte & 0x7F;
        if value > 99 {
            return None;
        }
        digits.push_str(&format!("{value:02}"));
    }
    Number::of(digits.as_bytes())
}

/// Date and time in packed decimal.
fn time(packed: &[u8]) -> Option<jiff::civil::DateTime> {
    let mut parts = [0; 6];
    for (into, byte) in parts.iter_mut().zip(packed) {
        *into = bcd(*byte)?;
    }
    let [year, month, day, hour, minute, second] = parts;
    moment(year, month, day, hour, minute, second)
}

/// A sign, three digits of degrees, five of minutes and their thousandths.
fn degrees(packed: &[u8]) -> Option<f64> {
    let (first, rest) = packed.split_first()?;
    let mut value = u32::from(bcd(first & 0x7F)?);
    for byte in rest {
        value = value * 100 + u32::from(bcd(*byte)?);
    }
    let minutes = f64::from(value % 100_000) / 1_000.0;
    let degrees = f64::from(value / 100_000) + minutes / 60.0;
    (minutes < 60.0).then_some(if first >> 7 == 1 { -degrees } else { degrees })
}

fn read(parts: &Parts<'_>, heard: &mut Heard) {
    heard.number = parts.number;
    heard.odd.clone_from(&parts.odd);
    if heard.number.is_none() {
        heard.odd.push("number_unreadable");
    }
    heard.sort = match parts.kind {
        0x21 => Sort::Beat,
        0x80 | 0x81 | 0x8E => Sort::Position,
        0x82 => Sort::Alarm,
        0x83 => Sort::Reading,
        0x85 => Sort::Reply,
        _ => Sort::Other,
    };
    if !matches!(parts.kind, 0x80..=0x82 | 0x8E) {
        return;
    }
    // It had no network where it was.
    heard.stored = parts.kind == 0x8E;
    let content = parts.content;
    let fixed = content.get(18).is_some_and(|it| it >> 7 == 1);
    let angle = |from: usize| content.get(from..from + 4).and_then(degrees);
    heard.place = angle(6)
        .zip(angle(10))
        .and_then(|(lat, lon)| Place::of(lat, lon, fixed));
    heard.said = content.get(..6).and_then(time).map(|at| Said {
        at,
        zone: Zone::Either,
        by_satellite: fixed,
    });
    // Behind what it has driven and the temperature.
    let behind = content.get(31..).unwrap_or_default();
    match (parts.kind, behind) {
        (0x82, [first, second, ..]) => heard.alarms = by_bits(*first, *second),
        (0x82, _) => {
            heard.odd.push("alarm_without_status");
            heard.alarms.push(Alarm::event(Kind::Sos, "alarm_without_status"));
        }
        (0x80, [_, _, driven, ..]) => heard.alarms = by_driving(*driven),
        _ => {}
    }
}

fn by_bits(first: u8, second: u8) -> Vec<Alarm> {
    let set = |byte: u8, bit: usize| byte >> bit & 1 == 1;
    let mut found: Vec<Alarm> = (0..8)
        .filter(|bit| set(second, *bit))
        .map(|bit| Alarm::event(SECOND[bit].0, SECOND[bit].1))
        .collect();
    found.extend((0..8).filter(|bit| set(first, *bit)).map(|bit| match bit {
        0 => Alarm::event(Kind::Geofence, "fence_in"),
        5 => Alarm::event(Kind::Geofence, "fence_out"),
        other => Alarm::unknown(format!("gator_alarm_bit_{}", other + 8)),
    }));
    if found.is_empty() {
        found.push(Alarm::unknown("gator_alarm_0".to_owned()));
    }
    found
}

/// How it is driven.
fn by_driving(bits: u8) -> Vec<Alarm> {
    let of = |bit: usize| match bit {
        0 => Alarm::unknown("acceleration".to_owned()),
        1 => Alarm::unknown("braking".to_owned()),
        2 => Alarm::unknown("cornering".to_owned()),
        4 => Alarm::event(Kind::Fall, "collision"),
        5 => Alarm::event(Kind::Fall, "rollover"),
        other => Alarm::unknown(format!("gator_driving_bit_{other}")),
    };
    (0..8).filter(|bit| bits >> bit & 1 == 1).map(of).collect()
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    &[0x24, 0x24, 0x21, 0, 6, 0x0C, 0xA2, 0x32, 0x86, 0x3D, 0x0D],
    &[
        0x24, 0x24, 0x80, 0, 0x26, 0x0C, 0xA2, 0x32, 0x86, 0x26, 3, 1, 4, 0, 0, 3, 0x92, 0x28, 0, 0x11, 0x70, 0x36, 0,
        0, 0, 0, 0, 0xC0, 0x47, 0, 7, 0x9C, 0x0C, 0x34, 0, 0x0A, 0xD8, 0x0B, 0, 0xFF, 0, 0xA1, 0x0D,
    ],
    &[
        0x24, 0x24, 0x82, 0, 0x27, 0x0C, 0xA2, 0x32, 0x86, 0x26, 3, 1, 4, 0, 0, 3, 0x92, 0x28, 0, 0x11, 0x70, 0x36, 0,
        0, 0, 0, 0, 0xC0, 0x47, 0, 7, 0x9C, 0x0C, 0x34, 0, 0x0A, 0xD8, 0x0B, 0, 0xFF, 0, 1, 0xA1, 0x0D,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: [u8; 4] = [0x0C, 0xA2, 0x32, 0x86];
    const IMEI: [u8; 8] = [0x86, 0x90, 0, 0, 0, 0, 1, 0x70];

    fn frame(kind: u8, number: &[u8], content: &[u8]) -> Vec<u8> {
        let mut out = vec![
            0x24,
            0x24,
            kind,
            0,
            u8::try_from(number.len() + content.len() + 2).unwrap(),
        ];
        out.extend_from_slice(number);
        out.extend_from_slice(content);
        out.push(out[2..].iter().fold(0, |sum, it| sum ^ it));
        out.push(END);
        out
    }

    /// Four o'clock on 1 March 2026, 39 degrees 22.8, 117 degrees 3.6 west; then what stands behind the temperature.
    fn content(flags: u8, behind: &[u8]) -> Vec<u8> {
        let mut out = vec![
            0x26, 3, 1, 4, 0, 0, 0x03, 0x92, 0x28, 0, 0x91, 0x70, 0x36, 0, 0, 0, 0, 0x57, flags, 0x47, 0,
        ];
        out.extend_from_slice(&[0, 0, 0x18, 0x5C, 5, 0x0D, 0xA7, 0xF9, 0, 0xFF]);
        out.extend_from_slice(behind);
        out
    }

    fn heard(frame: &[u8]) -> Heard {
        let mut all = Vec::new();
        Gator.read(frame, &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn alarms(kind: u8, behind: &[u8]) -> Vec<(Kind, String)> {
        let got = heard(&frame(kind, &PHONE, &content(0xC0, behind)));
        got.alarms.iter().map(|it| (it.kind, it.said.to_string())).collect()
    }

    #[test]
    fn every_bit_says_what_it_says() {
        for (bit, (kind, said)) in SECOND.into_iter().enumerate() {
            assert_eq!(alarms(0x82, &[0, 1 << bit]), [(kind, said.to_owned())], "{bit}");
        }
        for (bit, kind, said) in [
            (0, Kind::Geofence, "fence_in"),
            (5, Kind::Geofence, "fence_out"),
            (1, Kind::Unknown, "gator_alarm_bit_9"),
            (7, Kind::Unknown, "gator_alarm_bit_15"),
        ] {
            assert_eq!(alarms(0x82, &[1 << bit, 0]), [(kind, said.to_owned())], "{bit}");
        }
        assert_eq!(alarms(0x82, &[0, 0]), [(Kind::Unknown, "gator_alarm_0".to_owned())]);
        assert_eq!(alarms(0x82, &[]), [(Kind::Sos, "alarm_without_status".to_owned())]);
        let all = alarms(0x82, &[0xFF, 0xFF]);
        assert_eq!((all.len(), all[0].0), (16, Kind::Sos));
        for (bit, kind, said) in [
            (0, Kind::Unknown, "acceleration"),
            (1, Kind::Unknown, "braking"),
            (2, Kind::Unknown, "cornering"),
            (3, Kind::Unknown, "gator_driving_bit_3"),
            (4, Kind::Fall, "collision"),
            (5, Kind::Fall, "rollover"),
        ] {
            assert_eq!(alarms(0x80, &[0, 0, 1 << bit]), [(kind, said.to_owned())], "{bit}");
        }
        assert!(
            alarms(0x80, &[0]).is_empty() && alarms(0x80, &[0, 0, 0]).is_empty() && alarms(0x81, &[0, 0, 1]).is_empty()
        );
    }

    #[test]
    fn numbers_places_and_times_are_read() {
        let got = heard(&frame(0x80, &PHONE, &content(0xC5, &[])));
        let place = got.place.unwrap();
        assert!(
            (place.lat - 39.38).abs() < 1e-9 && (place.lon + 117.06).abs() < 1e-9 && place.fixed,
            "{place:?}"
        );
        let said = got.said.unwrap();
        assert_eq!(
            (said.at.to_string().as_str(), said.by_satellite),
            ("2026-03-01T04:00:00", true)
        );
        assert_eq!((got.number.unwrap().as_str(), got.stored), ("13512345006", false));
        let long = heard(&frame(0x8E, &IMEI, &content(0x45, &[])));
        assert_eq!((long.number.unwrap().as_str(), long.stored), ("869000000000017", true));
        assert!(!long.place.unwrap().fixed);
        for number in [&PHONE[..], &IMEI] {
            let beat = heard(&frame(0x21, number, &[]));
            assert_eq!(
                (beat.sort, beat.odd.len(), beat.number.is_some()),
                (Sort::Beat, 0, true)
            );
        }
        let mut wrong = frame(0x82, &PHONE, &content(0xC0, &[0, 1]));
        let sum = wrong.len() - 2;
        wrong[sum] ^= 1;
        let got = heard(&wrong);
        assert_eq!((got.odd, got.alarms[0].kind), (vec!["checksum_differs"], Kind::Sos));
        assert_eq!(heard(&HEAD).sort, Sort::Broken);
    }

    #[test]
    fn frames_are_cut_by_their_length_and_by_a_sound_end_where_it_is_wrong() {
        let right = frame(0x82, &PHONE, &content(0xC0, &[0, 1]));
        // As those with an IMEI count; the sum is right.
        let mut longer = frame(0x80, &IMEI, &content(0xC0, &[0, 0, 1]));
        let mut shorter = frame(0x82, &PHONE, &content(0xC0, &[0, 1]));
        for (it, by) in [(&mut longer, -5_i8), (&mut shorter, 3)] {
            it[4] = it[4].wrapping_add_signed(by);
            let sum = it.len() - 2;
            it[sum] = it[2..sum].iter().fold(0, |sum, it| sum ^ it);
        }
        for it in [&right, &longer, &shorter] {
            let stream = [&b"x$"[..], it, &right].concat();
            assert_eq!(Gator.cut(&stream, 300), Cut::Junk(1));
            assert_eq!(Gator.cut(&stream[1..], 300), Cut::Junk(1));
            assert_eq!(Gator.cut(&stream[2..], 300), Cut::Frame(it.len()), "{it:x?}");
        }
        assert_eq!(Gator.cut(&longer, 300), Cut::Frame(longer.len()));
        // Also where its sum is wrong, as that of the published one is.
        let sum = longer.len() - 2;
        longer[sum] ^= 1;
        assert_eq!(Gator.cut(&longer, 300), Cut::Frame(longer.len()));
        assert_eq!(Gator.cut(&right[..20], 300), Cut::Wait);
        assert_eq!(Gator.cut(&[0x24, 0x24, 0x80, 0xFF, 0xFF, 0], 300), Cut::Junk(1));
        // Its end is not there at all: as far as it says.
        let mut endless = right.clone();
        *endless.last_mut().unwrap() = 0;
        assert_eq!(
            Gator.cut(&[&endless[..], &[0; 16]].concat(), 300),
            Cut::Frame(endless.len())
        );
        assert_eq!(heard(&endless).alarms[0].kind, Kind::Sos);
        for it in SAMPLES {
            assert_eq!(Gator.cut(it, 300), Cut::Frame(it.len()), "{it:x?}");
        }
    }

    #[test]
    fn each_frame_is_answered_with_its_type_and_sum_and_what_was_not_kept_is_not() {
        let answer = |frame: &[u8], fate| {
            let mut out = Vec::new();
            Gator.answer(frame, fate, Timestamp::UNIX_EPOCH, &mut out);
            out
        };
        // A frame and its answer as they stand in the log of one.
        let logged = b"\x24\x24\x80\x00\x25\x3c\x0d\x07\x33\x23\x04\x14\x19\x56\x50\x00\x83\x07\x57\x07\x65\x68\x29\x00\x00\x00\x00\xc0\x47\x01\x00\x00\x00\x0c\x0f\x00\x00\x47\x30\x00\xff\x71\x0d";
        assert_eq!(answer(logged, Fate::Kept), b"\x24\x24\x21\x00\x05\x71\x80\x00\xd5\x0d");
        assert!(answer(logged, Fate::NotKept).is_empty() && answer(&logged[..30], Fate::Kept).is_empty());
    }
}
