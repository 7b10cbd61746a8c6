//! JT/T 808: the Chinese standard for terminals, made for vehicles and spoken by pendants and cards as well.
//!
//! ```text
//! 7E  id(2) properties(2) [version(1)] number(6 | 10, packed decimal) serial(2) [parts(4)] body  check(1)  7E
//! ```
//!
//! Between the marks 7D 02 stands for 7E and 7D 01 for 7D. The check is the exclusive-or of everything between. The edition of 2019
//! (bit 14 of the properties) has a version and a longer number. Texts are GBK. The time is China's.
//!
//! A message that is longer than one has room for comes in parts, each with a head that says how many there are and which it is. They are put
//! together on their line; each is acknowledged when the whole is committed. Missing ones are asked for (0x8003).
//!
//! A registration is always granted and the token is never asked for: it proves nothing, and a terminal that was moved here with the
//! token of another platform must get its call for help through. A check that is wrong only warns.
//!
//! Sources: JT/T 808-2011, -2013 and -2019 (general answer 0x8001, registration 0x0100/0x8100, location 0x0200, table of alarm bits,
//! batch 0x0704), and the decoder and tests of traccar/traccar (`Jt808*`) for what makers add to a location. The crate `jt808` 0.1 is
//! one of its own framework and reads no additions, so this is ours.

use std::borrow::Cow;

use jiff::Timestamp;

use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Part, Place, Said, Sort, Zone, bcd, moment};
use crate::case::Kind;
use crate::people::{DeviceOrder, OrderKind};

/// JT/T 808.
pub struct Jt808;

const MARK: u8 = 0x7E;
const ESCAPE: u8 = 0x7D;

/// Locations in one batch that are read; a frame of the standard has room for thirty.
const BATCH_MAX: usize = 64;

/// Bits of the alarm word. What is said of driving has no kind of ours and stays an unknown alarm: a pendant does not set it.
const ALARMS: &[(u8, Kind, &str, bool)] = &[
    (0, Kind::Sos, "sos", false),
    (29, Kind::Fall, "collision", false),
    (30, Kind::Fall, "rollover", false),
    (20, Kind::Geofence, "fence", false),
    (21, Kind::Geofence, "route", false),
    (23, Kind::Geofence, "off_route", true),
    (4, Kind::DeviceFault, "positioning_fault", true),
    (5, Kind::DeviceFault, "antenna_open", true),
    (6, Kind::DeviceFault, "antenna_short", true),
    (7, Kind::LowBattery, "low_battery", true),
    (8, Kind::PowerLoss, "power_cut", true),
    (9, Kind::DeviceFault, "display_fault", true),
    (10, Kind::DeviceFault, "speech_fault", true),
    (11, Kind::DeviceFault, "camera_fault", true),
    (15, Kind::Tamper, "vibration", true),
    (16, Kind::Tamper, "opened", true),
    (17, Kind::Tamper, "tampering", true),
    (18, Kind::LowBattery, "low_battery_18", true),
    (26, Kind::Tamper, "stolen", true),
    (27, Kind::Tamper, "switched_on_unlawfully", true),
    (28, Kind::Tamper, "moved_unlawfully", true),
];

/// Where it stands in the frame, unescaped.
struct Parts<'a> {
    id: u16,
    long: bool,
    version: Option<u8>,
    number: &'a [u8],
    serial: [u8; 2],
    body: &'a [u8],
    /// Of several parts: how many there are, and which it is.
    part: Option<(u16, u16)>,
    odd: Vec<&'static str>,
}

/// What stands between the marks, without escapes.
fn unescaped(frame: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inner = frame.strip_prefix(&[MARK])?.strip_suffix(&[MARK])?;
    if !inner.contains(&ESCAPE) {
        return Some(Cow::Borrowed(inner));
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != ESCAPE {
            out.push(byte);
            continue;
        }
        match bytes.next()? {
            1 => out.push(ESCAPE),
            2 => out.push(MARK),
            // None of the standard's: as it came.
            other => out.extend_from_slice(&[ESCAPE, other]),
        }
    }
    Some(Cow::Owned(out))
}

impl<'a> Parts<'a> {
    fn of(inner: &'a [u8]) -> Option<Self> {
        let (check, rest) = inner.split_last()?;
        let sound = rest.iter().fold(0, |sum, it| sum ^ it) == *check;
        let ([i1, i2, p1, p2], rest) = rest.split_first_chunk::<4>()?;
        let properties = u16::from_be_bytes([*p1, *p2]);
        let long = properties >> 14 & 1 == 1;
        let (version, rest) = if long {
            let (version, rest) = rest.split_first()?;
            (Some(*version), rest)
        } else {
            (None, rest)
        };
        let (number, rest) = rest.split_at_checked(if long { 10 } else { 6 })?;
        let (serial, rest) = rest.split_first_chunk::<2>()?;
        // One of several parts: how many, and which.
        let parted = properties >> 13 & 1 == 1;
        let body = if parted { rest.get(4..)? } else { rest };
        let word = |at: usize| Some(u16::from_be_bytes([*rest.get(at)?, *rest.get(at + 1)?]));
        let part = if parted { word(0).zip(word(2)) } else { None };
        let mut odd = Vec::new();
        if !sound {
            odd.push("checksum_differs");
        }
        // What was put together is longer than its ten bits can tell.
        if usize::from(properties & 0x3FF) != body.len() & 0x3FF {
            odd.push("length_differs");
        }
        if parted {
            odd.push("one_of_several_parts");
        }
        if properties >> 10 & 7 != 0 {
            odd.push("encrypted");
        }
        Some(Self {
            id: u16::from_be_bytes([*i1, *i2]),
            long,
            version,
            number,
            serial: *serial,
            body,
            part,
            odd,
        })
    }

    /// The digits without leading zeros; an IMEI packed into six bytes as a number gets its check digit back.
    fn number(&self) -> Option<Number> {
        let mut digits = Vec::with_capacity(20);
        for byte in self.number {
            match bcd(*byte) {
                Some(value) => digits.extend_from_slice(&[b'0' + value / 10, b'0' + value % 10]),
                None if self.long => return None,
                None => {
                    let value = self.number.iter().fold(0_u64, |sum, it| sum << 8 | u64::from(*it));
                    return Number::of(format!("{value}{}", luhn(value)).as_bytes());
                }
            }
        }
        let from = digits.iter().position(|it| *it != b'0')?;
        Number::of(&digits[from..])
    }
}

/// The digit that makes a number pass the test of Luhn.
fn luhn(value: u64) -> u64 {
    let (mut rest, mut sum, mut double) = (value, 0, true);
    while rest > 0 {
        let digit = rest % 10 * if double { 2 } else { 1 };
        sum += digit / 10 + digit % 10;
        rest /= 10;
        double = !double;
    }
    (10 - sum % 10) % 10
}

impl Language for Jt808 {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        let find = |from: usize| bytes[from..].iter().position(|it| *it == MARK).map(|it| from + it);
        match bytes {
            [] | [MARK] => return Cut::Wait,
            // The end of one and the beginning of the next, or a mark too many.
            [MARK, MARK, ..] => return Cut::Junk(1),
            [MARK, ..] => {}
            _ => return Cut::Junk(find(0).unwrap_or(bytes.len())),
        }
        match find(1) {
            Some(at) if at < most => Cut::Frame(at + 1),
            // Longer than any: on to the mark, which may be the beginning of one.
            Some(_) => Cut::Junk(most.min(bytes.len())),
            None if bytes.len() < most => Cut::Wait,
            None => Cut::Junk(most),
        }
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let inner = unescaped(frame);
        let Some(parts) = inner.as_deref().and_then(Parts::of) else {
            let mut heard = Heard {
                sort: Sort::Broken,
                ..Heard::default()
            };
            heard.odd.push("not_a_frame");
            each(heard);
            return;
        };
        let base = Heard {
            number: parts.number(),
            odd: parts.odd.clone(),
            ..Heard::default()
        };
        match parts.id {
            // Its first words are in the first part: read by itself it would say anything.
            0x0200 | 0x0201 | 0x0704 if parts.part.is_some_and(|it| it.1 > 1) => each(Heard {
                sort: Sort::Broken,
                ..base
            }),
            0x0200 => each(location(parts.body, base)),
            // An answer to where are you: the serial of the question stands before it.
            0x0201 => each(location(parts.body.get(2..).unwrap_or_default(), base)),
            0x0704 => batch(parts.body, &base, each),
            0x0002 => {
                let battery_percent = parts.body.first().copied().filter(|it| *it <= 100);
                let mut heard = Heard {
                    sort: Sort::Beat,
                    ..base
                };
                heard.measured.battery_percent = battery_percent;
                each(heard);
            }
            0x0100 | 0x0102 | 0x0003 => each(Heard {
                sort: Sort::Beat,
                ..base
            }),
            0x0001 | 0x0104 | 0x0107 | 0x0701 | 0x1300 | 0x6006 => each(Heard {
                sort: Sort::Reply,
                ..base
            }),
            _ => each(base),
        }
    }

    fn answer(&self, frame: &[u8], fate: Fate, _now: Timestamp, into: &mut Vec<u8>) {
        let inner = unescaped(frame);
        let Some(parts) = inner.as_deref().and_then(Parts::of) else {
            return;
        };
        let [s1, s2] = parts.serial;
        let [i1, i2] = parts.id.to_be_bytes();
        match parts.id {
            // Answers are not answered.
            0x0001 | 0x0104 | 0x0107 | 0x0201 | 0x0701 => {}
            // Granted; the token is the number.
            0x0100 => {
                let mut body = vec![s1, s2, 0];
                if let Some(number) = parts.number() {
                    body.extend_from_slice(number.as_str().as_bytes());
                }
                put(into, 0x8100, &parts, &body);
            }
            0x0002 | 0x0003 | 0x0102 | 0x0200 | 0x0704 | 0x0900 | 0x0109 | 0x1300 | 0x6006 => {
                // 0: done; 1: failed, say it again.
                let result = u8::from(fate == Fate::NotKept);
                put(into, 0x8001, &parts, &[s1, s2, i1, i2, result]);
            }
            // 3: not supported.
            _ => put(into, 0x8001, &parts, &[s1, s2, i1, i2, 3]),
        }
    }

    fn part(&self, frame: &[u8]) -> Option<Part> {
        let inner = unescaped(frame)?;
        let parts = Parts::of(&inner)?;
        // What is read of a message; of others each part is answered by itself.
        let read = matches!(parts.id, 0x0200 | 0x0201 | 0x0704);
        let (total, which) = parts.part.filter(|it| read && it.0 > 1)?;
        let serial = u16::from_be_bytes(parts.serial);
        Some(Part {
            kind: parts.id,
            first: serial.wrapping_sub(which.wrapping_sub(1)),
            which,
            total,
            // The bits of the alarms are the first words of a location.
            at_once: parts.id == 0x0200 && which == 1,
        })
    }

    fn joined(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        let Some((first, later)) = parts.split_first() else {
            return out;
        };
        let inner = unescaped(first);
        let Some(head) = inner.as_deref().and_then(Parts::of) else {
            return out;
        };
        let mut body = head.body.to_vec();
        for frame in later {
            let inner = unescaped(frame);
            let Some(part) = inner.as_deref().and_then(Parts::of) else {
                return out;
            };
            body.extend_from_slice(part.body);
        }
        put(&mut out, head.id, &head, &body);
        out
    }

    fn ask_for(&self, from: &[u8], missing: &[u16], serial: u16, into: &mut Vec<u8>) {
        let inner = unescaped(from);
        let Some(mut parts) = inner.as_deref().and_then(Parts::of) else {
            return;
        };
        let Some((_, which)) = parts.part else { return };
        let first = u16::from_be_bytes(parts.serial).wrapping_sub(which.wrapping_sub(1));
        let mut body = first.to_be_bytes().to_vec();
        // Their number has one byte.
        let missing = &missing[..missing.len().min(255)];
        body.push(missing.len() as u8);
        body.extend(missing.iter().flat_map(|it| it.to_be_bytes()));
        parts.serial = serial.to_be_bytes();
        put(into, 0x8003, &parts, &body);
    }

    fn orders(&self) -> &'static [OrderKind] {
        &[OrderKind::Locate, OrderKind::Message]
    }

    fn order(&self, from: &[u8], order: &DeviceOrder, serial: u16, into: &mut Vec<u8>) {
        let inner = unescaped(from);
        let Some(mut parts) = inner.as_deref().and_then(Parts::of) else {
            return;
        };
        parts.serial = serial.to_be_bytes();
        match order {
            DeviceOrder::Locate => put(into, 0x8201, &parts, &[]),
            DeviceOrder::Message { text } => {
                // Bits 2 and 3: on its screen, and read aloud. The edition of 2019 says behind that what kind of text it is.
                let mut body = vec![0b1100];
                body.extend(parts.long.then_some(1));
                body.extend_from_slice(&encoding_rs::GBK.encode(text).0);
                put(into, 0x8300, &parts, &body);
            }
            DeviceOrder::SosNumbers { .. } | DeviceOrder::Find => {}
        }
    }

    fn done(&self, frame: &[u8], _order: &DeviceOrder, serial: u16) -> Option<bool> {
        let inner = unescaped(frame);
        let parts = inner.as_deref().and_then(Parts::of)?;
        let (answers, rest) = parts.body.split_first_chunk::<2>()?;
        if *answers != serial.to_be_bytes() {
            return None;
        }
        match parts.id {
            0x0201 => Some(true),
            // Whose answer it is, and the result: 0 is done.
            0x0001 => match rest {
                [0x82 | 0x83, _, result] => Some(*result == 0),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Writes a message to whoever sent `to`, with the serial that it had.
fn put(into: &mut Vec<u8>, id: u16, to: &Parts<'_>, body: &[u8]) {
    let mut inner = Vec::with_capacity(body.len() + 20);
    inner.extend_from_slice(&id.to_be_bytes());
    // The length has ten bits: of what was put together it tells the lowest.
    let properties = (body.len() as u16 & 0x3FF) | if to.long { 1 << 14 } else { 0 };
    inner.extend_from_slice(&properties.to_be_bytes());
    inner.extend(to.version);
    inner.extend_from_slice(to.number);
    inner.extend_from_slice(&to.serial);
    inner.extend_from_slice(body);
    inner.push(inner.iter().fold(0, |sum, it| sum ^ it));
    into.push(MARK);
    for byte in inner {
        match byte {
            MARK => into.extend_from_slice(&[ESCAPE, 2]),
            ESCAPE => into.extend_from_slice(&[ESCAPE, 1]),
            other => into.push(other),
        }
    }
    into.push(MARK);
}

/// How many, of which sort (0 of now, 1 stored), and each with its length before it.
fn batch(body: &[u8], base: &Heard, each: &mut dyn FnMut(Heard)) {
    let Some((_, rest)) = body.split_first_chunk::<2>() else {
        let mut heard = base.clone();
        heard.sort = Sort::Broken;
        heard.odd.push("batch_cut_off");
        each(heard);
        return;
    };
    let Some((sort, mut rest)) = rest.split_first() else {
        let mut heard = base.clone();
        heard.sort = Sort::Broken;
        heard.odd.push("batch_cut_off");
        each(heard);
        return;
    };
    let mut read = 0;
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (one, behind, whole) = match behind.split_at_checked(length) {
            Some((one, behind)) => (one, behind, true),
            None => (behind, &[][..], false),
        };
        let mut heard = location(one, base.clone());
        heard.stored = *sort == 1;
        if !whole {
            heard.odd.push("batch_cut_off");
        }
        each(heard);
        rest = behind;
        read += 1;
        if read == BATCH_MAX || !whole {
            return;
        }
    }
    if read == 0 {
        each(base.clone());
    }
}

/// Alarms, state, place in millionths of a degree, height, speed, course, time; then additions of id, length and value.
fn location(body: &[u8], base: Heard) -> Heard {
    let mut heard = Heard {
        sort: Sort::Position,
        ..base
    };
    let word = |at: usize| {
        let bytes = body.get(at..at + 4)?;
        Some(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    };
    let Some(alarms) = word(0) else {
        heard.sort = Sort::Broken;
        heard.odd.push("location_cut_off");
        return heard;
    };
    heard.states = true;
    let set = |word: u32, bit: u8| word >> bit & 1 == 1;
    for (bit, kind, said, lasting) in ALARMS {
        if set(alarms, *bit) {
            heard.alarms.push(Alarm {
                kind: *kind,
                said: Cow::Borrowed(said),
                lasting: *lasting,
            });
        }
    }
    let known = ALARMS.iter().fold(0, |sum, it| sum | 1_u32 << it.0);
    let untold = (0..32).filter(|bit| set(alarms & !known, *bit));
    heard.alarms.extend(untold.map(|bit| Alarm {
        lasting: true,
        ..Alarm::unknown(format!("jt808_alarm_bit_{bit}"))
    }));
    if let (Some(state), Some(lat), Some(lon)) = (word(4), word(8), word(12)) {
        let degrees = |it: u32, turned: bool| f64::from(it) / 1e6 * if turned { -1.0 } else { 1.0 };
        heard.place = Place::of(degrees(lat, set(state, 2)), degrees(lon, set(state, 3)), set(state, 1));
    }
    let digit = |at: usize| body.get(at).copied().and_then(bcd);
    let time = || moment(digit(22)?, digit(23)?, digit(24)?, digit(25)?, digit(26)?, digit(27)?);
    heard.said = time().map(|at| Said {
        at,
        zone: Zone::Fixed(8),
        by_satellite: heard.place.is_some_and(|it| it.fixed),
    });
    additions(body.get(28..).unwrap_or_default(), &mut heard);
    heard.gravest_first()
}

/// What makers say beside it, as far as somebody has told what it means.
fn additions(mut rest: &[u8], heard: &mut Heard) {
    while let [id, length, behind @ ..] = rest {
        let Some((value, behind)) = behind.split_at_checked(usize::from(*length)) else {
            heard.odd.push("addition_cut_off");
            return;
        };
        rest = behind;
        if heard.alarms.len() >= 40 {
            return;
        }
        let mut say = |alarm: Alarm| {
            if !heard.alarms.iter().any(|it| it.said == alarm.said) {
                heard.alarms.push(alarm);
            }
        };
        let percent = |it: u8| (it <= 100).then_some(it);
        match (id, value) {
            // Strength of the network, 0 to 31 as modems tell it.
            (0x30, [signal]) => {
                heard.measured.signal_percent = (*signal <= 31).then(|| (u16::from(*signal) * 100 / 31) as u8)
            }
            (0x06 | 0xD4 | 0xE9, [battery]) => heard.measured.battery_percent = percent(*battery),
            (0x56, [tenths, ..]) => heard.measured.battery_percent = tenths.checked_mul(10).and_then(percent),
            (0xE4, [_, battery]) => heard.measured.battery_percent = percent(*battery),
            (0xD0, [_, _, _, state]) if state >> 3 & 1 == 1 => say(Alarm::event(Kind::Tamper, "vibration")),
            (0x57, [high, _, ..]) if value.len() >= 4 && high & 7 != 0 => {
                for (bit, said) in [(0, "acceleration"), (1, "braking"), (2, "cornering")] {
                    if high >> bit & 1 == 1 {
                        say(Alarm::unknown(said.to_owned()));
                    }
                }
            }
            (0x70, [_, _, _, _, _, event, ..]) => match event {
                0x01 => say(Alarm::unknown("acceleration".to_owned())),
                0x02 => say(Alarm::unknown("braking".to_owned())),
                0x03 => say(Alarm::unknown("cornering".to_owned())),
                0x16 => say(Alarm::event(Kind::Fall, "collision")),
                _ => {}
            },
            // Of pendants: vibration, and three bits of the button.
            (0xE7, [_, bits, _, _, _, _, _, _]) => {
                if bits >> 1 & 7 != 0 {
                    say(Alarm::event(Kind::Sos, "sos"));
                }
                if bits & 1 == 1 {
                    say(Alarm::event(Kind::Tamper, "vibration"));
                }
            }
            (0xE8, [high, low, ..]) => {
                if let Some(alarm) = by_event(u16::from_be_bytes([*high, *low])) {
                    say(alarm);
                }
            }
            (0xEB, value) => extended(value, heard),
            (0xFE, [0x7C, 1, 4, _, _, _, bits, ..]) => {
                for (bit, alarm) in [
                    (0, Alarm::unknown("acceleration".to_owned())),
                    (1, Alarm::unknown("braking".to_owned())),
                    (2, Alarm::unknown("cornering".to_owned())),
                    (3, Alarm::event(Kind::Fall, "collision")),
                    (4, Alarm::event(Kind::Tamper, "tampering")),
                ] {
                    if bits >> bit & 1 == 1 {
                        say(alarm);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Events of trackers by Jimi. None: no alarm, or none that is known.
fn by_event(event: u16) -> Option<Alarm> {
    Some(match event {
        0x0001 => Alarm::event(Kind::DeviceFault, "fault"),
        0x0400 | 0x0412 => Alarm::unknown("acceleration".to_owned()),
        0x0401 | 0x0413 => Alarm::unknown("braking".to_owned()),
        0x0402 | 0x0414 => Alarm::unknown("cornering".to_owned()),
        0x0405 | 0x0416 | 0x0417 => Alarm::event(Kind::Fall, "collision"),
        0x0406 | 0x0407 => Alarm::event(Kind::Tamper, "vibration"),
        0x0408 => Alarm::event(Kind::Geofence, "fence_in"),
        0x0409 => Alarm::event(Kind::Geofence, "fence_out"),
        0x040C | 0x0C12 => Alarm::event(Kind::Tamper, "opened"),
        0x0C01 => Alarm::event(Kind::Sos, "sos"),
        0x0C02 | 0x0C0F => Alarm::event(Kind::LowBattery, "low_battery"),
        0x0C05 => Alarm::unknown("jt808_event_0x0c05".to_owned()),
        0x0C0E => Alarm::event(Kind::PowerLoss, "power_cut"),
        0x0C10 => Alarm::event(Kind::LinkLoss, "switched_off"),
        _ => return None,
    })
}

/// Additions within an addition, each with two bytes of length and two of id. Their alarm bits are set when nothing is the matter.
fn extended(mut rest: &[u8], heard: &mut Heard) {
    while let Some(([l1, l2, i1, i2], _)) = rest.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([*l1, *l2]));
        // The length counts the id.
        let Some(value) = rest.get(4..2 + length.max(2)) else {
            return;
        };
        rest = &rest[2 + length.max(2)..];
        let cleared = |bit: u8| {
            let word = value.first_chunk::<4>().map(|it| u32::from_be_bytes(*it));
            word.is_some_and(|it| it >> bit & 1 == 0)
        };
        let mut say = |alarm: Alarm| {
            if !heard.alarms.iter().any(|it| it.said == alarm.said) {
                heard.alarms.push(alarm);
            }
        };
        match u16::from_be_bytes([*i1, *i2]) {
            0x0089 => {
                if cleared(12) {
                    say(Alarm::event(Kind::Tamper, "taken_off"));
                }
                if cleared(0) {
                    say(Alarm::event(Kind::LinkLoss, "switched_off"));
                }
            }
            0x00C5 if cleared(6) => say(Alarm::event(Kind::Tamper, "vibration")),
            0x00C6 if matches!(value.first(), Some(3 | 4)) => say(Alarm::state(Kind::LowBattery, "low_battery")),
            0x00A8 | 0x00E1 => heard.measured.battery_percent = value.first().copied().filter(|it| *it <= 100),
            _ => {}
        }
    }
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    // Heartbeat, registration, location with SOS, an escaped mark in the serial, the edition of 2019.
    &[0x7E, 0, 2, 0, 0, 1, 0x39, 0, 0, 0, 0x17, 0, 1, 0x2D, 0x7E],
    &[
        0x7E, 2, 0, 0, 0x1C, 1, 0x39, 0, 0, 0, 0x17, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 2, 0x58, 0xE6, 0xC0, 6, 0xFA, 0x39,
        0xE0, 0, 5, 0, 0, 0, 0, 0x26, 3, 1, 0x12, 0, 0, 0x8B, 0x7E,
    ],
    &[0x7E, 0, 2, 0, 0, 1, 0x39, 0, 0, 0, 0x17, 0x7D, 2, 0x7D, 1, 0x2F, 0x7E],
    &[
        0x7E, 0, 2, 0x40, 0, 1, 0, 0, 0, 0, 1, 0x39, 0, 0, 0, 0x17, 0, 1, 0x6C, 0x7E,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: [u8; 6] = [0x01, 0x39, 0, 0, 0, 0x17];

    fn frame(id: u16, body: &[u8]) -> Vec<u8> {
        let to = Parts {
            id,
            long: false,
            version: None,
            number: &NUMBER,
            serial: [0, 7],
            body: &[],
            part: None,
            odd: vec![],
        };
        let mut out = Vec::new();
        put(&mut out, id, &to, body);
        out
    }

    /// Alarms and state, 39.38 north, 117.06 east, noon of 1 March 2026 in China.
    fn body(alarms: u32, state: u32, additions: &[u8]) -> Vec<u8> {
        let mut out = [
            alarms.to_be_bytes(),
            state.to_be_bytes(),
            39_380_000_u32.to_be_bytes(),
            117_060_000_u32.to_be_bytes(),
        ]
        .concat();
        out.extend_from_slice(&[0, 5, 0, 0, 0, 0, 0x26, 0x03, 0x01, 0x12, 0, 0]);
        out.extend_from_slice(additions);
        out
    }

    fn heard(frame: &[u8]) -> Vec<Heard> {
        let mut all = Vec::new();
        Jt808.read(frame, &mut |it| all.push(it));
        all
    }

    fn one(frame: &[u8]) -> Heard {
        let mut all = heard(frame);
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn answer(frame: &[u8], fate: Fate) -> Vec<u8> {
        let mut out = Vec::new();
        Jt808.answer(frame, fate, Timestamp::UNIX_EPOCH, &mut out);
        out
    }

    #[test]
    fn a_terminal_is_asked_where_it_is_and_shown_a_text() {
        let heart = frame(0x0002, &[]);
        let told = |order: &DeviceOrder| {
            let mut out = Vec::new();
            Jt808.order(&heart, order, 0x7E7D, &mut out);
            out
        };
        let locate = told(&DeviceOrder::Locate);
        let inner = unescaped(&locate).unwrap().into_owned();
        let parts = Parts::of(&inner).unwrap();
        assert_eq!(
            (parts.id, parts.serial, parts.body, parts.odd.len()),
            (0x8201, [0x7E, 0x7D], &b""[..], 0)
        );
        let text = DeviceOrder::Message {
            text: "救命".to_owned(),
        };
        let out = told(&text);
        let inner = unescaped(&out).unwrap().into_owned();
        assert_eq!(Parts::of(&inner).unwrap().body, b"\x0c\xbe\xc8\xc3\xfc");
        assert_eq!(told(&DeviceOrder::Find), b"");
        for (id, body, done) in [
            (0x0201, &[0x7E, 0x7D, 0, 0][..], Some(true)),
            (0x0001, &[0x7E, 0x7D, 0x83, 0x00, 0], Some(true)),
            (0x0001, &[0x7E, 0x7D, 0x83, 0x00, 3], Some(false)),
            (0x0001, &[0x7E, 0x7E, 0x83, 0x00, 0], None),
            (0x0002, &[0x7E, 0x7D], None),
        ] {
            assert_eq!(Jt808.done(&frame(id, body), &text, 0x7E7D), done, "{id:x} {body:x?}");
        }
    }

    #[test]
    fn every_bit_says_what_it_says_and_help_comes_first() {
        for (bit, kind, said, lasting) in ALARMS {
            let got = one(&frame(0x0200, &body(1 << bit, 2, &[])));
            let alarm = Alarm {
                kind: *kind,
                said: Cow::Borrowed(said),
                lasting: *lasting,
            };
            assert_eq!((got.alarms, got.odd.len()), (vec![alarm], 0), "{bit}");
        }
        let all = one(&frame(0x0200, &body(u32::MAX, 2, &[]))).alarms;
        assert_eq!((all.len(), all[0].kind, all[1].kind), (32, Kind::Sos, Kind::Fall));
        let speeding = one(&frame(0x0200, &body(2, 2, &[]))).alarms;
        assert_eq!(
            (speeding[0].kind, &*speeding[0].said),
            (Kind::Unknown, "jt808_alarm_bit_1")
        );
    }

    #[test]
    fn a_location_is_read_with_its_time_in_china() {
        let got = one(&frame(0x0200, &body(0, 2, &[0x30, 1, 31, 0xD4, 1, 64])));
        assert_eq!(got.place, Place::of(39.38, 117.06, true));
        let said = got.said.unwrap();
        assert_eq!(
            (said.at.to_string().as_str(), said.zone, said.by_satellite),
            ("2026-03-01T12:00:00", Zone::Fixed(8), true)
        );
        assert_eq!(
            (got.measured.signal_percent, got.measured.battery_percent),
            (Some(100), Some(64))
        );
        assert_eq!(got.number.unwrap().as_str(), "13900000017");
        let turned = one(&frame(0x0200, &body(0, 4 | 8, &[])));
        assert_eq!(turned.place, Place::of(-39.38, -117.06, false));
        let short = one(&frame(0x0200, &[0, 0]));
        assert_eq!((short.odd, short.sort), (vec!["location_cut_off"], Sort::Broken));
        // The bits come before whatever is cut off.
        let cut = one(&frame(0x0200, &[0, 0, 0, 1, 0]));
        assert_eq!((cut.alarms[0].kind, cut.place), (Kind::Sos, None));
    }

    #[test]
    fn of_a_message_in_parts_the_first_is_read_and_the_others_are_none_by_themselves() {
        let part = |which: u8, rest: &[u8]| {
            let whole = [&[0, 2, 0, which][..], rest].concat();
            let mut message = unescaped(&frame(0x0200, &whole)).unwrap().into_owned();
            message.pop();
            // The bit that says so; the length counts the body alone.
            message[2] |= 1 << 5;
            message[3] -= 4;
            message.push(message.iter().fold(0, |sum, it| sum ^ it));
            [&[MARK][..], &message, &[MARK]].concat()
        };
        let first = one(&part(1, &body(1, 2, &[])));
        assert_eq!(
            (first.alarms.len(), first.alarms[0].kind, first.odd),
            (1, Kind::Sos, vec!["one_of_several_parts"])
        );
        let second = one(&part(2, &body(u32::MAX, 2, &[])));
        assert_eq!(
            (second.sort, second.alarms.len(), second.place),
            (Sort::Broken, 0, None)
        );
    }

    /// A part of a message, with a number of its own.
    fn part(id: u16, serial: u8, (which, total): (u8, u8), rest: &[u8]) -> Vec<u8> {
        let mut inner = id.to_be_bytes().to_vec();
        let length = u16::try_from(rest.len()).unwrap() | 1 << 13;
        inner.extend_from_slice(&length.to_be_bytes());
        inner.extend_from_slice(&NUMBER);
        inner.extend_from_slice(&[0, serial, 0, total, 0, which]);
        inner.extend_from_slice(rest);
        inner.push(inner.iter().fold(0, |sum, it| sum ^ it));
        let mut out = vec![MARK];
        for byte in inner {
            match byte {
                MARK => out.extend_from_slice(&[ESCAPE, 2]),
                ESCAPE => out.extend_from_slice(&[ESCAPE, 1]),
                other => out.push(other),
            }
        }
        out.push(MARK);
        out
    }

    #[test]
    fn parts_are_put_together_and_missing_ones_are_asked_for() {
        // A mark and an escape where the body is cut.
        let whole = body(1, 2, &[0xD4, 1, MARK, 0xE8, 2, 0x04, 0x06, 0xD4, 1, 64]);
        let at = 31;
        let (first, second) = (
            part(0x0200, 6, (1, 2), &whole[..at]),
            part(0x0200, 7, (2, 2), &whole[at..]),
        );
        let named = |frame: &[u8]| {
            Jt808
                .part(frame)
                .map(|it| (it.kind, it.first, it.which, it.total, it.at_once))
        };
        assert_eq!(named(&first), Some((0x0200, 6, 1, 2, true)));
        assert_eq!(named(&second), Some((0x0200, 6, 2, 2, false)));
        assert_eq!(named(&part(0x0704, 6, (1, 2), &[0])).map(|it| it.4), Some(false));
        assert_eq!(
            (named(&frame(0x0200, &whole)), named(&part(0x0200, 6, (1, 1), &whole))),
            (None, None)
        );
        let joined = Jt808.joined(&[&first, &second]);
        let (of_parts, in_one) = (one(&joined), one(&frame(0x0200, &whole)));
        assert_eq!(
            (of_parts.alarms.clone(), of_parts.place, of_parts.measured),
            (in_one.alarms, in_one.place, in_one.measured)
        );
        assert_eq!((of_parts.alarms.len(), of_parts.odd.len()), (2, 0), "{of_parts:?}");
        // Longer than its own length can tell.
        let long = vec![0; 900];
        let joined = Jt808.joined(&[&part(0x0900, 6, (1, 2), &long), &part(0x0900, 7, (2, 2), &long)]);
        assert!(one(&joined).odd.is_empty());
        assert!(Jt808.joined(&[&first, b"x"]).is_empty() && Jt808.joined(&[]).is_empty());
        let mut asks = Vec::new();
        Jt808.ask_for(&second, &[1, 3], 9, &mut asks);
        let inner = unescaped(&asks).unwrap();
        let asks = Parts::of(&inner).unwrap();
        assert_eq!(
            (asks.id, asks.serial, asks.body),
            (0x8003, [0, 9], &[0, 6, 2, 0, 1, 0, 3][..])
        );
    }

    #[test]
    fn what_makers_add_is_read() {
        for (additions, kind, said) in [
            (&[0xE7, 8, 0, 2, 0, 0, 0, 0, 0, 0][..], Kind::Sos, "sos"),
            (&[0xE8, 2, 0x0C, 0x01], Kind::Sos, "sos"),
            (&[0xE8, 2, 0x04, 0x06], Kind::Tamper, "vibration"),
            (&[0xD0, 4, 0, 0, 0, 8], Kind::Tamper, "vibration"),
            (&[0x57, 8, 1, 0, 0, 0, 0, 0, 0, 0], Kind::Unknown, "acceleration"),
            (&[0xFE, 7, 0x7C, 1, 4, 0, 0, 0, 8], Kind::Fall, "collision"),
            (
                &[0xEB, 8, 0, 6, 0, 0x89, 0xFF, 0xFF, 0xEF, 0xFF],
                Kind::Tamper,
                "taken_off",
            ),
        ] {
            let got = one(&frame(0x0200, &body(0, 2, additions))).alarms;
            assert_eq!(
                (got.len(), got[0].kind, &*got[0].said),
                (1, kind, said),
                "{additions:x?}"
            );
        }
        let short = one(&frame(0x0200, &body(1, 2, &[0xE8, 9, 1])));
        assert_eq!((short.odd, short.alarms.len()), (vec!["addition_cut_off"], 1));
    }

    #[test]
    fn a_batch_says_each_of_its_locations() {
        let (a, b) = (body(1, 2, &[]), body(0, 2, &[]));
        let batch = [&[0, 2, 1, 0, 28][..], &a, &[0, 28], &b].concat();
        let all = heard(&frame(0x0704, &batch));
        assert_eq!(all.len(), 2);
        assert!(all[0].stored && all[0].alarms[0].kind == Kind::Sos && all[1].alarms.is_empty());
        let cut = heard(&frame(0x0704, &batch[..batch.len() - 3]));
        assert_eq!((cut.len(), cut[1].odd.clone()), (2, vec!["batch_cut_off"]));
        assert_eq!(heard(&frame(0x0704, &[0])).len(), 1);
    }

    #[test]
    fn numbers_are_digits_without_zeros_or_an_imei_in_six_bytes() {
        let number = |packed: &[u8; 6]| {
            let mut it = frame(0x0002, &[]);
            it[5..11].copy_from_slice(packed);
            one(&it).number.map(|it| it.as_str().to_owned())
        };
        assert_eq!(number(&NUMBER).as_deref(), Some("13900000017"));
        assert_eq!(number(&[0; 6]), None);
        // A terminal of the published frames: its IMEI without the last digit, which is Luhn's.
        assert_eq!(
            number(&[0x4E, 0xB6, 0xFB, 0x4A, 0xD6, 0x28]).as_deref(),
            Some("865478070001047")
        );
        assert_eq!(luhn(49_015_420_323_751), 8, "490154203237518 is the usual example");
    }

    #[test]
    fn marks_within_are_escaped_and_come_back() {
        let out = frame(0x0900, &[MARK, ESCAPE, 1, 2]);
        assert_eq!(out.iter().filter(|it| **it == MARK).count(), 2);
        let inner = unescaped(&out).unwrap();
        assert_eq!(Parts::of(&inner).unwrap().body, [MARK, ESCAPE, 1, 2]);
        assert_eq!(Parts::of(&inner).unwrap().odd, [""; 0]);
        assert_eq!(one(&[MARK, ESCAPE, MARK]).sort, Sort::Broken);
        let mut wrong = frame(0x0200, &body(1, 2, &[]));
        wrong[20] ^= 1;
        let got = one(&wrong);
        assert_eq!((got.odd, got.alarms[0].kind), (vec!["checksum_differs"], Kind::Sos));
    }

    #[test]
    fn streams_are_cut_at_their_marks() {
        let beat = frame(0x0002, &[]);
        for (stream, wanted) in [
            (beat.clone(), Cut::Frame(beat.len())),
            ([&b"xy"[..], &beat].concat(), Cut::Junk(2)),
            ([&[MARK][..], &beat].concat(), Cut::Junk(1)),
            (beat[..5].to_vec(), Cut::Wait),
            ([&[MARK][..], &[1; 400]].concat(), Cut::Junk(300)),
        ] {
            assert_eq!(Jt808.cut(&stream, 300), wanted, "{stream:x?}");
        }
    }

    #[test]
    fn answers_tell_good_from_bad() {
        let result = |fate| {
            let out = answer(&frame(0x0200, &body(1, 2, &[])), fate);
            let inner = unescaped(&out).unwrap();
            let parts = Parts::of(&inner).unwrap();
            assert_eq!((parts.id, parts.number, parts.odd.len()), (0x8001, &NUMBER[..], 0));
            parts.body.to_vec()
        };
        assert_eq!(result(Fate::Kept), [0, 7, 2, 0, 0]);
        assert_eq!(result(Fate::NotKept), [0, 7, 2, 0, 1]);
        let granted = answer(&frame(0x0100, &[0; 30]), Fate::Kept);
        let inner = unescaped(&granted).unwrap();
        let parts = Parts::of(&inner).unwrap();
        assert_eq!((parts.id, parts.body), (0x8100, &b"\x00\x07\x0013900000017"[..]));
        assert!(answer(&frame(0x0001, &[0; 5]), Fate::Kept).is_empty());
        let strange = answer(&frame(0x0F0F, &[]), Fate::Kept);
        assert_eq!(Parts::of(&unescaped(&strange).unwrap()).unwrap().body[4], 3);
        // The edition of 2019 is answered in its own form.
        let long = answer(SAMPLES[3], Fate::Kept);
        let inner = unescaped(&long).unwrap();
        let parts = Parts::of(&inner).unwrap();
        assert_eq!((parts.long, parts.version, parts.number.len()), (true, Some(1), 10));
    }
}
