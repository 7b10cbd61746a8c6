//! Eview: binary messages of pendants (EV-04, EV-05, EV-07B, EV-12 and those that MiniFinder sells), with a list of keys and values.
//!
//! ```text
//! AB  properties(1)  length(2)  CRC(2)  sequence(2)  type(1)  [length(1) key(1) value…]…
//! ```
//!
//! All numbers are little-endian; length and CRC (CRC-16/XMODEM) are those of what begins with the type. Bit 4 of the properties asks
//! for an answer. The number (IMEI) is a key of its own, which most messages carry. A key that comes again begins another record: a
//! device without a network stores and sends dozens at once.
//!
//! Sources: the decoder and tests of traccar/traccar (`Minifinder2*`); Eview, "EV-07B Protocol v1.2" (2020-05-08); the bits of the alarm
//! code as three public servers for these devices have them.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone};
use crate::case::Kind;

/// Eview.
pub struct Eview;

const CRC: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_XMODEM);

const HEADER: u8 = 0xAB;
/// Header, properties, length, CRC and sequence.
const HEAD: usize = 8;
/// An answer is asked for.
const ACKNOWLEDGE: u8 = 1 << 4;

const DATA: u8 = 0x01;
const SERVICES: u8 = 0x03;
const RESPONSE: u8 = 0x7F;

/// The parts of a message.
struct Parts<'a> {
    properties: u8,
    sequence: [u8; 2],
    kind: u8,
    list: &'a [u8],
    odd: Option<&'static str>,
}

impl<'a> Parts<'a> {
    fn of(frame: &'a [u8]) -> Option<Self> {
        let [HEADER, properties, l1, l2, c1, c2, s1, s2, content @ ..] = frame else {
            return None;
        };
        let (kind, list) = content.split_first()?;
        let odd = if usize::from(u16::from_le_bytes([*l1, *l2])) != content.len() {
            Some("length_differs")
        } else if CRC.checksum(content) != u16::from_le_bytes([*c1, *c2]) {
            Some("checksum_differs")
        } else {
            None
        };
        Some(Self {
            properties: *properties,
            sequence: [*s1, *s2],
            kind: *kind,
            list,
            odd,
        })
    }

    /// Each key with its value, and whether the list ends where it should.
    fn each(&self, each: &mut dyn FnMut(u8, &[u8])) -> bool {
        let mut rest = self.list;
        while let [length, behind @ ..] = rest {
            // A length counts the key; a last value may be cut off, and what is there is read.
            let (entry, after) = behind.split_at(usize::from(*length).min(behind.len()));
            let Some((key, value)) = entry.split_first() else {
                return false;
            };
            each(*key, value);
            if entry.len() < usize::from(*length) {
                return false;
            }
            rest = after;
        }
        true
    }
}

impl Language for Eview {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        let next = || {
            bytes
                .iter()
                .skip(1)
                .position(|it| *it == HEADER)
                .map_or(bytes.len(), |it| it + 1)
        };
        let [first, rest @ ..] = bytes else {
            return Cut::Wait;
        };
        if *first != HEADER {
            return Cut::Junk(next());
        }
        let [_, l1, l2, ..] = rest else {
            return Cut::Wait;
        };
        let content = usize::from(u16::from_le_bytes([*l1, *l2]));
        if content == 0 || HEAD + content > most {
            return Cut::Junk(next());
        }
        if bytes.len() < HEAD + content {
            return Cut::Wait;
        }
        Cut::Frame(HEAD + content)
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let Some(parts) = Parts::of(frame) else {
            return each(Heard {
                sort: Sort::Broken,
                odd: vec!["not_a_frame"],
                ..Heard::default()
            });
        };
        let mut records = vec![Record::default()];
        let (mut number, mut codeless) = (None, false);
        let whole = match parts.kind {
            DATA | SERVICES => parts.each(&mut |key, value| {
                if key == 0x01 {
                    number = Number::of(value);
                    return;
                }
                // Alarms that say nothing are one alarm, however many there are.
                if key == 0x02 && value.len() < 4 && std::mem::replace(&mut codeless, true) {
                    return;
                }
                if records.last().is_some_and(|it| it.seen(key)) {
                    records.push(Record::default());
                }
                if let Some(record) = records.last_mut() {
                    record.put(key, value);
                }
            }),
            _ => true,
        };
        let mut all: Vec<Heard> = records.into_iter().map(|it| it.heard).collect();
        // Nobody was asked for more than a place: many stored ones without a word of alarm are one thing said.
        let first_place = all.iter().rposition(|it| it.alarms.is_empty());
        let mut at = 0;
        all.retain(|it| {
            let keep = !it.alarms.is_empty() || Some(at) == first_place;
            at += 1;
            keep
        });
        if let Some(last) = all.last_mut() {
            last.odd.extend(parts.odd);
            if !whole {
                last.odd.push("list_cut_off");
            }
        }
        for mut it in all.into_iter().map(Heard::gravest_first) {
            it.number = number;
            it.sort = match parts.kind {
                RESPONSE => Sort::Reply,
                DATA | SERVICES if !it.alarms.is_empty() => Sort::Alarm,
                DATA if it.place.is_some() || it.said.is_some() => Sort::Position,
                DATA if it.measured.is_vital() => Sort::Reading,
                DATA | SERVICES => Sort::Beat,
                _ => Sort::Other,
            };
            each(it);
        }
    }

    fn answer(&self, frame: &[u8], fate: Fate, now: Timestamp, into: &mut Vec<u8>) {
        let Some(parts) = Parts::of(frame).filter(|it| fate == Fate::Kept && it.properties & ACKNOWLEDGE != 0) else {
            return;
        };
        let content = if parts.kind == SERVICES {
            let mut content = vec![SERVICES];
            let mut timed = false;
            parts.each(&mut |key, _| {
                // Its clock is to be set. Where it is by cells and networks is not known here, and it is not told a wrong place.
                if key == 0x12 && !timed {
                    timed = true;
                    content.extend_from_slice(&[5, 0x12]);
                    content.extend_from_slice(&u32::try_from(now.as_second()).unwrap_or_default().to_le_bytes());
                }
            });
            content
        } else {
            vec![RESPONSE, 1, 0]
        };
        put(into, 0, parts.sequence, &content);
    }
}

fn put(into: &mut Vec<u8>, properties: u8, sequence: [u8; 2], content: &[u8]) {
    into.extend_from_slice(&[HEADER, properties]);
    // Nine bytes at most.
    into.extend_from_slice(&(content.len() as u16).to_le_bytes());
    into.extend_from_slice(&CRC.checksum(content).to_le_bytes());
    into.extend_from_slice(&sequence);
    into.extend_from_slice(content);
}

/// What stands between two keys of the same kind.
#[derive(Default)]
struct Record {
    heard: Heard,
    keys: [u64; 4],
}

impl Record {
    fn seen(&self, key: u8) -> bool {
        self.keys[usize::from(key >> 6)] >> (key & 63) & 1 == 1
    }

    fn put(&mut self, key: u8, value: &[u8]) {
        self.keys[usize::from(key >> 6)] |= 1 << (key & 63);
        let heard = &mut self.heard;
        let long = |at: usize| Some(u32::from_le_bytes(*value.get(at..)?.first_chunk()?));
        match key {
            0x02 => match long(0) {
                Some(code) => {
                    read_code(code, heard);
                    heard.said = long(4).and_then(|it| said(it, false)).or(heard.said);
                }
                None => {
                    heard.odd.push("alarm_without_code");
                    heard.alarms.push(Alarm::unknown("eview_alarm_without_code".to_owned()));
                }
            },
            0x10 | 0x14 => heard.measured.battery_percent = value.first().copied().filter(|it| *it <= 100),
            // Place, speed, course, height, dilution of precision (0: no fix).
            0x20 => {
                let fixed = value.get(14..16).is_some_and(|it| it != [0, 0]);
                self.place(value, fixed);
            }
            // A beacon that hangs at a known place, and a home network that does.
            0x23 => self.place(value.get(6..).unwrap_or_default(), true),
            0x28 if value.first().is_some_and(|it| it >> 7 == 1) => {
                self.place(value.get(9..).unwrap_or_default(), true)
            }
            0x2A => self.place(value.get(8..).unwrap_or_default(), true),
            0x24 => {
                let by_satellite = heard.place.is_some_and(|it| it.fixed);
                heard.said = heard.said.or(long(0).and_then(|it| said(it, by_satellite)));
                if let Some(status) = long(4) {
                    heard.stored = status >> 7 & 1 == 1;
                    heard.measured.signal_percent = Some(((status >> 19 & 31) * 100 / 31) as u8);
                    heard.measured.battery_percent = u8::try_from(status >> 24).ok().filter(|it| *it <= 100);
                }
            }
            0x30 => heard.measured.steps = long(4),
            0x40 => heard.measured.pulse = value.get(4).copied().filter(|it| *it > 1).map(u16::from),
            0x41 => heard.measured.oxygen_percent = value.get(4).copied().filter(|it| (2..=100).contains(it)),
            _ => {}
        }
    }

    fn place(&mut self, value: &[u8], fixed: bool) {
        let degrees = |at: usize| {
            let bytes = value.get(at..)?.first_chunk()?;
            Some(f64::from(i32::from_le_bytes(*bytes)) / 10_000_000.0)
        };
        if let Some(place) = degrees(0)
            .zip(degrees(4))
            .and_then(|(lat, lon)| Place::of(lat, lon, fixed))
        {
            self.heard.place = Some(place);
            if let Some(said) = self.heard.said.as_mut() {
                said.by_satellite = fixed;
            }
        }
    }
}

fn said(seconds: u32, by_satellite: bool) -> Option<Said> {
    Some(Said {
        at: Offset::UTC.to_datetime(Timestamp::from_second(seconds.into()).ok()?),
        zone: Zone::Fixed(0),
        by_satellite,
    })
}

/// The bits of the alarm code.
fn read_code(code: u32, heard: &mut Heard) {
    let has = |bit: u32| code >> bit & 1 == 1;
    for bit in 0..32 {
        if !has(bit) {
            continue;
        }
        heard.alarms.push(match bit {
            0 => Alarm::event(Kind::LowBattery, "low_battery"),
            2 => Alarm::event(Kind::Fall, "fall"),
            // Whoever wears it lies.
            3 => Alarm::event(Kind::Fall, "tilt"),
            4..=7 if has(bit + 22) => Alarm::event(Kind::Geofence, "fence_in"),
            4..=7 => Alarm::event(Kind::Geofence, "fence_out"),
            8 => Alarm::event(Kind::LinkLoss, "switched_off"),
            10 => Alarm::event(Kind::Tamper, "movement"),
            11 => Alarm::event(Kind::Inactivity, "no_movement"),
            12 => Alarm::event(Kind::Sos, "sos"),
            13 | 14 => Alarm::event(Kind::Sos, "side_button"),
            24 => Alarm::event(Kind::Geofence, "left_home"),
            // Switched on, charging begins and ends, an alarm ends by itself, at home; which way a fence was crossed.
            9 | 15 | 16 | 17 | 21 | 25 | 26..=29 => continue,
            1 => Alarm::unknown("eview_speed".to_owned()),
            19 => Alarm::unknown("eview_welfare".to_owned()),
            other => Alarm::unknown(format!("eview_bit_{other}")),
        });
    }
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    // Heartbeat of 869000000000017; an SOS with its place; two records; the answer to a command of ours.
    &[
        0xAB, 0x10, 21, 0, 0, 0, 1, 0, 3, 16, 1, b'8', b'6', b'9', b'0', b'0', b'0', b'0', b'0', b'0', b'0', b'0',
        b'0', b'0', b'1', b'7', 2, 0x10, 90,
    ],
    &[
        0xAB, 0x10, 29, 0, 0, 0, 2, 0, 1, 9, 2, 0, 0x10, 0, 0, 0x80, 0xB7, 0xA3, 0x69, 17, 0x20, 0, 0xE0, 0x78, 0x17,
        0, 0x4A, 0xC6, 0x45, 0, 0, 0, 0, 0, 0, 9, 0,
    ],
    &[
        0xAB, 0x10, 21, 0, 0, 0, 3, 0, 1, 9, 0x24, 0x80, 0xB7, 0xA3, 0x69, 0, 0, 0, 0x64, 9, 0x24, 0x90, 0xB7, 0xA3,
        0x69, 0, 0, 0, 0x64,
    ],
    &[0xAB, 0, 3, 0, 8, 0xC7, 0, 0, 0x7F, 1, 0],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn message(properties: u8, kind: u8, list: &[(u8, &[u8])]) -> Vec<u8> {
        let mut content = vec![kind];
        for (key, value) in list {
            content.push(u8::try_from(value.len() + 1).unwrap());
            content.push(*key);
            content.extend_from_slice(value);
        }
        let mut out = Vec::new();
        put(&mut out, properties, [7, 1], &content);
        out
    }

    fn heard(frame: &[u8]) -> Vec<Heard> {
        let mut all = Vec::new();
        Eview.read(frame, &mut |it| all.push(it));
        all
    }

    fn answer(frame: &[u8], fate: Fate) -> Vec<u8> {
        let mut out = Vec::new();
        Eview.answer(frame, fate, "2026-03-01T04:05:06Z".parse().unwrap(), &mut out);
        out
    }

    const IMEI: &[u8] = b"869000000000017";

    fn seconds(text: &str) -> [u8; 4] {
        u32::try_from(text.parse::<Timestamp>().unwrap().as_second())
            .unwrap()
            .to_le_bytes()
    }

    fn code(bits: u32) -> Vec<u8> {
        [bits.to_le_bytes(), seconds("2026-03-01T04:00:00Z")].concat()
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2)
            .map(|it| u8::from_str_radix(&text[it * 2..it * 2 + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn every_bit_says_what_it_says() {
        for (bits, kind, said) in [
            (1 << 0, Kind::LowBattery, "low_battery"),
            (1 << 1, Kind::Unknown, "eview_speed"),
            (1 << 2, Kind::Fall, "fall"),
            (1 << 3, Kind::Fall, "tilt"),
            (1 << 4, Kind::Geofence, "fence_out"),
            (1 << 7 | 1 << 29, Kind::Geofence, "fence_in"),
            (1 << 8, Kind::LinkLoss, "switched_off"),
            (1 << 10, Kind::Tamper, "movement"),
            (1 << 11, Kind::Inactivity, "no_movement"),
            (1 << 12, Kind::Sos, "sos"),
            (1 << 13, Kind::Sos, "side_button"),
            (1 << 19, Kind::Unknown, "eview_welfare"),
            (1 << 24, Kind::Geofence, "left_home"),
            (1 << 31, Kind::Unknown, "eview_bit_31"),
        ] {
            let got = heard(&message(0x10, DATA, &[(1, IMEI), (2, &code(bits))]));
            let alarms = &got[0].alarms;
            assert_eq!(
                (got.len(), alarms.len(), alarms[0].kind, &*alarms[0].said),
                (1, 1, kind, said),
                "{bits:x}"
            );
            assert_eq!(
                (got[0].sort, got[0].number.unwrap().as_str()),
                (Sort::Alarm, "869000000000017")
            );
            assert_eq!(got[0].said.unwrap().at.to_string(), "2026-03-01T04:00:00");
        }
        for quiet in [0, 1 << 9, 1 << 15, 1 << 16, 1 << 17, 1 << 21, 1 << 25] {
            assert!(
                heard(&message(0x10, DATA, &[(1, IMEI), (2, &code(quiet))]))[0]
                    .alarms
                    .is_empty()
            );
        }
        let all = heard(&message(0x10, DATA, &[(2, &code(u32::MAX))]));
        assert_eq!((all[0].alarms[0].kind, all[0].alarms.len()), (Kind::Sos, 22));
        // Too short for a code, and an alarm all the same.
        let short = heard(&message(0x10, DATA, &[(2, &[0, 0x10])]));
        assert_eq!(
            (short[0].alarms[0].kind, &short[0].odd[..]),
            (Kind::Unknown, &["alarm_without_code"][..])
        );
    }

    #[test]
    fn published_messages_are_read() {
        // traccar's tests: a place with satellites and charge; a heartbeat; a bark; an answer.
        let place = heard(&hex(
            "AB103D0035A700000110013836373733303035333430333237390924AC5783620103C250162030CC5F0D5002FB432D00AF005A3158006D0A00000B0931EC5783620A000000",
        ));
        let it = &place[0];
        assert_eq!(
            (place.len(), it.sort, it.number.unwrap().as_str()),
            (1, Sort::Position, "867730053403279")
        );
        assert!(
            (it.place.unwrap().lat - 22.438_2).abs() < 1e-6 && it.place.unwrap().fixed,
            "{:?}",
            it.place
        );
        assert_eq!((it.measured.battery_percent, it.odd.len()), (Some(80), 0));
        let beat = heard(&hex("ab10150076f1320003100133353534363530373130323933303602105a"));
        assert_eq!((beat[0].sort, beat[0].measured.battery_percent), (Sort::Beat, Some(90)));
        let bark = heard(&hex(
            "ab102600080f1400011001383633393231303339393833343736092429b347633003a96409020000008027b34763",
        ));
        assert_eq!((&*bark[0].alarms[0].said, bark[0].odd.len()), ("eview_bit_31", 0));
        assert_eq!(heard(&hex("ab00030008c700007f0100"))[0].sort, Sort::Reply);
    }

    #[test]
    fn stored_records_keep_each_alarm_with_its_own_time_and_place() {
        let status = |time: &str, bits: u32| [seconds(time), (bits | 64 << 24).to_le_bytes()].concat();
        let place = |lat: f64, precision: u8| {
            let mut value = ((lat * 1e7) as i32).to_le_bytes().to_vec();
            value.extend_from_slice(&(1_170_600_000_i32).to_le_bytes());
            value.extend_from_slice(&[0; 6]);
            value.extend_from_slice(&[precision, 0, 0, 0, 0, 0, 0]);
            value
        };
        let frame = message(
            0x10,
            DATA,
            &[
                (1, IMEI),
                (2, &code(1 << 12)),
                (0x24, &status("2026-03-01T04:00:00Z", 1 << 7)),
                (0x20, &place(39.38, 9)),
                (0x24, &status("2026-03-01T04:05:00Z", 1 << 7)),
                (0x20, &place(39.39, 9)),
                (0x24, &status("2026-03-01T04:10:00Z", 0)),
                (0x20, &place(39.40, 0)),
                (0x40, &[0, 0, 0, 0, 71]),
                (0x41, &[0, 0, 0, 0, 96]),
                (0x30, &[0, 0, 0, 0, 0x10, 2, 0, 0]),
            ],
        );
        let got = heard(&frame);
        assert_eq!(got.len(), 2, "the call, and where it is now: {got:?}");
        assert!(got[0].alarms[0].kind == Kind::Sos && got[0].stored);
        assert!((got[0].place.unwrap().lat - 39.38).abs() < 1e-6 && got[0].said.unwrap().by_satellite);
        let last = &got[1];
        assert!((last.place.unwrap().lat - 39.40).abs() < 1e-6 && !last.place.unwrap().fixed && !last.stored);
        let m = last.measured;
        assert_eq!(
            (m.pulse, m.oxygen_percent, m.steps, m.battery_percent),
            (Some(71), Some(96), Some(528), Some(64))
        );
    }

    #[test]
    fn a_wrong_sum_or_a_cut_off_list_costs_no_alarm() {
        let mut sos = message(0x10, DATA, &[(1, IMEI), (2, &code(1 << 12))]);
        sos[4] ^= 1;
        assert_eq!(
            (heard(&sos)[0].alarms[0].kind, &heard(&sos)[0].odd[..]),
            (Kind::Sos, &["checksum_differs"][..])
        );
        let cut_off = &sos[..sos.len() - 4];
        assert_eq!(heard(cut_off)[0].alarms[0].kind, Kind::Sos);
        assert_eq!(heard(cut_off)[0].odd, ["length_differs", "list_cut_off"]);
        assert_eq!(heard(&[HEADER, 0])[0].sort, Sort::Broken);
    }

    #[test]
    fn answers_are_given_where_they_are_asked_for() {
        let sos = message(0x10, DATA, &[(1, IMEI), (2, &code(1 << 12))]);
        let got = answer(&sos, Fate::Kept);
        assert_eq!(
            (&got[..4], &got[6..]),
            (&[HEADER, 0, 3, 0][..], &[7, 1, RESPONSE, 1, 0][..])
        );
        assert!(Parts::of(&got).unwrap().odd.is_none());
        assert!(answer(&sos, Fate::NotKept).is_empty());
        assert!(answer(&message(0, DATA, &[(1, IMEI)]), Fate::Kept).is_empty());
        let clock = answer(&message(0x10, SERVICES, &[(1, IMEI), (0x12, &[])]), Fate::Kept);
        assert_eq!(clock[8..11], [SERVICES, 5, 0x12]);
        assert_eq!(u32::from_le_bytes(clock[11..15].try_into().unwrap()), 1_772_337_906);
        assert_eq!(
            answer(&message(0x10, SERVICES, &[(1, IMEI), (0x10, &[90])]), Fate::Kept)[8..],
            [SERVICES]
        );
    }

    #[test]
    fn frames_are_cut_by_length() {
        let one = message(0x10, DATA, &[(1, IMEI), (2, &code(1 << 12))]);
        let stream = [&b"noise"[..], &one, &one].concat();
        assert_eq!(Eview.cut(&stream, 1_024), Cut::Junk(5));
        assert_eq!(Eview.cut(&stream[5..], 1_024), Cut::Frame(one.len()));
        assert_eq!(Eview.cut(&one[..one.len() - 1], 1_024), Cut::Wait);
        assert_eq!(Eview.cut(&[HEADER, 0, 0, 0, 9], 1_024), Cut::Junk(5));
        assert_eq!(Eview.cut(&[HEADER, 0, 0xFF, 0xFF, HEADER], 1_024), Cut::Junk(4));
    }
}
