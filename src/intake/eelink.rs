//! Eelink: binary packages of trackers, cards and tags; several may come in one frame.
//!
//! ```text
//! 67 67  type(1)  length(2)  serial(2)  content…                    length counts serial and content
//! 45 4C  length(2)  sum(2)  number(8)  package  package …           length counts from the sum on
//! ```
//!
//! The first form names nobody after its login: the line keeps the number. The second ("EL") was made for datagrams and is sent on
//! lines too by devices that are set up for both; it carries the number each time. There is no end mark, so a length is believed as long
//! as it is possible.
//!
//! Sources: the decoder, encoder and tests of traccar/traccar (`Eelink*`). The sum turns left by one bit before each byte is added; it
//! was found to hold for every published "EL" frame.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, bcd};
use crate::case::Kind;

/// Eelink.
pub struct Eelink;

/// Header, type and length of a package.
const PACKAGE_HEAD: usize = 5;
/// Header, length, sum and number of a frame around packages.
const AROUND_HEAD: usize = 14;

const LOGIN: u8 = 0x01;
const GPS: u8 = 0x02;
const HEARTBEAT: u8 = 0x03;
const ALARM: u8 = 0x04;
const STATE: u8 = 0x05;
const TEXT: u8 = 0x06;
const DOWNLINK: u8 = 0x80;
const DATA: u8 = 0x81;
const NORMAL: u8 = 0x12;
const WARNING: u8 = 0x14;
const REPORT: u8 = 0x15;

/// One package: what it is, its serial number, and the rest.
struct Package<'a> {
    kind: u8,
    serial: Option<[u8; 2]>,
    content: &'a [u8],
}

/// The packages of a frame, and what is odd about it.
struct Parts<'a> {
    /// Only of a frame around packages.
    number: Option<&'a [u8; 8]>,
    packages: &'a [u8],
    odd: Option<&'static str>,
}

impl<'a> Parts<'a> {
    fn of(frame: &'a [u8]) -> Option<Self> {
        match frame {
            [0x67, 0x67, ..] => Some(Self {
                number: None,
                packages: frame,
                odd: None,
            }),
            [b'E', b'L', high, low, s1, s2, rest @ ..] => {
                let (number, packages) = rest.split_first_chunk::<8>()?;
                let declared = usize::from(u16::from_be_bytes([*high, *low]));
                let odd = if declared != frame.len() - 4 {
                    Some("length_differs")
                } else if sum(rest) != u16::from_be_bytes([*s1, *s2]) {
                    Some("checksum_differs")
                } else {
                    None
                };
                Some(Self {
                    number: Some(number),
                    packages,
                    odd,
                })
            }
            _ => None,
        }
    }

    /// Each package, and whether bytes are left over that are none.
    fn each(&self, each: &mut dyn FnMut(&Package<'a>)) -> bool {
        let mut rest = self.packages;
        while let [0x67, 0x67, kind, high, low, behind @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            // The last one may be cut off: what is there is read.
            let (body, after) = behind.split_at(length.min(behind.len()));
            let (serial, content) = match body.split_first_chunk::<2>() {
                Some((serial, content)) => (Some(*serial), content),
                None => (None, &[][..]),
            };
            each(&Package {
                kind: *kind,
                serial,
                content,
            });
            rest = after;
        }
        rest.is_empty()
    }
}

fn sum(bytes: &[u8]) -> u16 {
    bytes
        .iter()
        .fold(0_u16, |sum, it| sum.rotate_left(1).wrapping_add(u16::from(*it)))
}

impl Language for Eelink {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        let header = |it: &[u8]| matches!(it, [0x67, 0x67, ..] | [b'E', b'L', ..]);
        let may_begin = |it: &[u8]| header(it) || matches!(it, [0x67 | b'E']);
        let next = || {
            (1..bytes.len())
                .find(|at| may_begin(&bytes[*at..]))
                .unwrap_or(bytes.len())
        };
        if bytes.is_empty() || (bytes.len() == 1 && may_begin(bytes)) {
            return Cut::Wait;
        }
        let total = match bytes {
            [0x67, 0x67, _, high, low, ..] => PACKAGE_HEAD + usize::from(u16::from_be_bytes([*high, *low])),
            [b'E', b'L', high, low, ..] => 4 + usize::from(u16::from_be_bytes([*high, *low])),
            _ if header(bytes) => return Cut::Wait,
            _ => return Cut::Junk(next()),
        };
        let least = if bytes[0] == b'E' { AROUND_HEAD } else { PACKAGE_HEAD };
        if total > most || total < least {
            return Cut::Junk(next());
        }
        if bytes.len() < total {
            return Cut::Wait;
        }
        Cut::Frame(total)
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let Some(parts) = Parts::of(frame) else {
            return each(Heard {
                sort: Sort::Broken,
                odd: vec!["not_a_frame"],
                ..Heard::default()
            });
        };
        let number = parts.number.and_then(imei);
        let mut all = Vec::new();
        let whole = parts.each(&mut |package| {
            let mut heard = Heard {
                number,
                ..Heard::default()
            };
            read(package, &mut heard);
            heard.odd.extend(parts.odd);
            all.push(heard.gravest_first());
        });
        match all.last_mut() {
            Some(last) if !whole => last.odd.push("bytes_left_over"),
            Some(_) => {}
            None => all.push(Heard {
                number,
                sort: Sort::Broken,
                odd: vec!["without_package"],
                ..Heard::default()
            }),
        }
        // A call for help in the fourth of nine packages is heard first.
        all.sort_by_key(|it| {
            let worst = it.alarms.first();
            let sos = worst.is_some_and(|it| it.kind == Kind::Sos);
            (
                !sos,
                worst.is_none(),
                worst.map(|it| std::cmp::Reverse(it.kind.severity())),
            )
        });
        all.into_iter().for_each(each);
    }

    fn answer(&self, frame: &[u8], fate: Fate, now: Timestamp, into: &mut Vec<u8>) {
        let Some(parts) = Parts::of(frame).filter(|_| fate == Fate::Kept) else {
            return;
        };
        let mut packages = Vec::new();
        parts.each(&mut |package| {
            let Some(serial) = package
                .serial
                .filter(|_| !matches!(package.kind, GPS | DATA | DOWNLINK))
            else {
                return;
            };
            let mut content = Vec::new();
            if package.kind == LOGIN {
                // The time, the version of the protocol, and that nothing is to be done.
                let seconds = u32::try_from(now.as_second()).unwrap_or_default();
                content.extend_from_slice(&seconds.to_be_bytes());
                content.extend_from_slice(&[0, 1, 0]);
            }
            put(&mut packages, package.kind, serial, &content);
        });
        match parts.number {
            Some(_) if packages.is_empty() => {}
            Some(number) => put_around(into, number, &packages),
            None => into.append(&mut packages),
        }
    }
}

fn put(into: &mut Vec<u8>, kind: u8, serial: [u8; 2], content: &[u8]) {
    // Seven bytes at most.
    let length = content.len() + 2;
    into.extend_from_slice(&[0x67, 0x67, kind, 0, length as u8]);
    into.extend_from_slice(&serial);
    into.extend_from_slice(content);
}

fn put_around(into: &mut Vec<u8>, number: &[u8; 8], packages: &[u8]) {
    let rest = [&number[..], packages].concat();
    // Answers are no longer than what they answer, whose length had two bytes.
    let length = u16::try_from(rest.len() + 2).unwrap_or(u16::MAX);
    into.extend_from_slice(b"EL");
    into.extend_from_slice(&length.to_be_bytes());
    into.extend_from_slice(&sum(&rest).to_be_bytes());
    into.extend_from_slice(&rest);
}

/// Sixteen digits of packed decimal, a zero before the IMEI.
fn imei(packed: &[u8; 8]) -> Option<Number> {
    let mut digits = [0; 16];
    for (at, byte) in packed.iter().enumerate() {
        let value = bcd(*byte)?;
        digits[at * 2] = b'0' + value / 10;
        digits[at * 2 + 1] = b'0' + value % 10;
    }
    Number::of(&digits[1..])
}

/// Bytes from the front; none once they are used up.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|it| it[0])
    }

    fn short(&mut self) -> Option<u16> {
        self.take().map(u16::from_be_bytes)
    }

    fn long(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }
}

fn read(package: &Package<'_>, heard: &mut Heard) {
    let mut bytes = Bytes(package.content);
    match package.kind {
        LOGIN => {
            heard.sort = Sort::Beat;
            heard.number = package.content.first_chunk().and_then(imei);
            if heard.number.is_none() {
                heard.odd.push("number_unreadable");
            }
        }
        HEARTBEAT => heard.sort = Sort::Beat,
        GPS | ALARM | STATE | TEXT => {
            heard.sort = if package.kind == ALARM {
                Sort::Alarm
            } else {
                Sort::Position
            };
            let told = read_old(&mut bytes, heard);
            if package.kind == ALARM {
                alarm(told.and_then(|()| bytes.byte()), heard);
            } else if told.is_none() {
                heard.odd.push("package_short");
            }
        }
        NORMAL | WARNING | REPORT => {
            heard.sort = if package.kind == WARNING {
                Sort::Alarm
            } else {
                Sort::Position
            };
            let told = read_new(&mut bytes, heard);
            if package.kind == WARNING {
                alarm(told.and_then(|()| bytes.byte()), heard);
            } else if told.is_none() {
                heard.odd.push("package_short");
            }
            if package.kind == REPORT {
                bytes.byte(); // why it reports
            }
            read_states(package.kind, &mut bytes, heard);
        }
        DOWNLINK => heard.sort = Sort::Reply,
        _ => heard.sort = Sort::Other,
    }
}

/// The older form: time, place, speed, course, cell, and whether the place is of now.
fn read_old(bytes: &mut Bytes<'_>, heard: &mut Heard) -> Option<()> {
    let seconds = bytes.long()?;
    said(seconds, false, heard);
    let (lat, lon) = (bytes.long()?.cast_signed(), bytes.long()?.cast_signed());
    bytes.skip(3)?; // speed, course
    bytes.skip(9)?; // cell
    let fixed = bytes.byte()? & 1 == 1;
    heard.place = place(lat, lon, fixed);
    said(seconds, fixed, heard);
    Some(())
}

/// The newer form: time, then what the bits of a byte say is there.
fn read_new(bytes: &mut Bytes<'_>, heard: &mut Heard) -> Option<()> {
    let seconds = bytes.long()?;
    said(seconds, false, heard);
    let flags = bytes.byte()?;
    let has = |bit: u8| flags >> bit & 1 == 1;
    if has(0) {
        let (lat, lon) = (bytes.long()?.cast_signed(), bytes.long()?.cast_signed());
        bytes.skip(7)?; // height, speed, course, satellites
        heard.place = place(lat, lon, false); // of now, if the status behind it says so
    }
    // The cell that serves, with its country and network, and two beside it.
    if has(1) {
        bytes.skip(11)?;
    }
    for bit in [2, 3] {
        if has(bit) {
            bytes.skip(7)?;
        }
    }
    // Wireless networks.
    for bit in [4, 5, 6] {
        if has(bit) {
            bytes.skip(7)?;
        }
    }
    if has(7) {
        bytes.byte()?; // how it is connected
        let count = bytes.byte()?;
        let (cells, networks) = (usize::from(count & 7), usize::from(count >> 3 & 15));
        if cells > 0 {
            bytes.skip(19 + (cells - 1) * 5)?;
        }
        bytes.skip(networks * 7)?;
    }
    Some(())
}

/// Behind the place: the status, and in a normal report what was measured.
fn read_states(kind: u8, bytes: &mut Bytes<'_>, heard: &mut Heard) -> Option<()> {
    let status = bytes.short()?;
    let fixed = status & 1 == 1;
    if let Some(place) = heard.place.as_mut() {
        place.fixed = fixed;
    }
    if let Some(said) = heard.said.as_mut() {
        said.by_satellite = fixed && heard.place.is_some();
    }
    if kind == NORMAL {
        // Charge in thousandths of a volt, two inputs, way in metres, two counters.
        bytes.skip(2 + 4 + 4 + 4)?;
        heard.measured.steps = Some(bytes.short()?.into()).filter(|it| *it > 0);
    }
    Some(())
}

fn said(seconds: u32, by_satellite: bool, heard: &mut Heard) {
    let at = Timestamp::from_second(seconds.into()).ok();
    heard.said = at.map(|it| Said {
        at: Offset::UTC.to_datetime(it),
        zone: Zone::Fixed(0),
        by_satellite,
    });
}

fn place(lat: i32, lon: i32, fixed: bool) -> Option<Place> {
    Place::of(f64::from(lat) / 1_800_000.0, f64::from(lon) / 1_800_000.0, fixed)
}

/// The alarm byte; none: it is missing, and it is an alarm all the same.
fn alarm(code: Option<u8>, heard: &mut Heard) {
    heard.alarms.push(match code {
        Some(0x01) => Alarm::event(Kind::PowerLoss, "power_cut"),
        Some(0x02) => Alarm::event(Kind::Sos, "sos"),
        Some(0x03) => Alarm::event(Kind::LowBattery, "low_battery"),
        Some(0x04) => Alarm::event(Kind::Tamper, "vibration"),
        Some(0x08 | 0x09) => Alarm::event(Kind::DeviceFault, "antenna"),
        Some(0x25) => Alarm::event(Kind::Tamper, "taken_off"),
        Some(0x83) => Alarm::event(Kind::Geofence, "fence_in"),
        Some(0x84) => Alarm::event(Kind::Geofence, "fence_out"),
        Some(0x85) => Alarm::event(Kind::Fall, "collision"),
        Some(0x86) => Alarm::event(Kind::Fall, "fall"),
        Some(other) => Alarm::unknown(format!("eelink_alarm_0x{other:02x}")),
        None => {
            heard.odd.push("alarm_without_code");
            Alarm::unknown("eelink_alarm_without_code".to_owned())
        }
    });
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    // Login of 869000000000017, heartbeat, alarm in the older form, warning in the newer one.
    &[0x67, 0x67, 1, 0, 11, 0, 1, 0x08, 0x69, 0, 0, 0, 0, 0, 0x17, 1],
    &[0x67, 0x67, 3, 0, 4, 0, 2, 1, 0x88],
    &[
        0x67, 0x67, 4, 0, 28, 0, 3, 0x69, 0xA3, 0xB7, 0x80, 0x04, 0x39, 0x98, 0x60, 0x0C, 0x8F, 0x4B, 0x40, 0, 0, 0, 1,
        0xCC, 0, 0, 0x28, 0x7D, 0, 0x1F, 0x71, 1, 2,
    ],
    &[
        0x67, 0x67, 0x14, 0, 25, 0, 4, 0x69, 0xA3, 0xB7, 0x80, 1, 0x04, 0x39, 0x98, 0x60, 0x0C, 0x8F, 0x4B, 0x40, 0, 5,
        0, 0, 0, 0, 7, 0x86, 0, 1,
    ],
    // Two packages in one frame.
    &[
        b'E', b'L', 0, 28, 0, 0, 0x08, 0x69, 0, 0, 0, 0, 0, 0x17, 0x67, 0x67, 3, 0, 4, 0, 2, 1, 0x88, 0x67, 0x67, 3, 0,
        4, 0, 3, 1, 0x88,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn package(kind: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![0x67, 0x67, kind, 0, u8::try_from(content.len() + 2).unwrap(), 0, 7];
        out.extend_from_slice(content);
        out
    }

    fn around(packages: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put_around(&mut out, &[0x08, 0x69, 0, 0, 0, 0, 0, 0x17], packages);
        out
    }

    fn heard(frame: &[u8]) -> Vec<Heard> {
        let mut all = Vec::new();
        Eelink.read(frame, &mut |it| all.push(it));
        all
    }

    fn answer(frame: &[u8], fate: Fate) -> Vec<u8> {
        let mut out = Vec::new();
        Eelink.answer(frame, fate, "2026-03-01T04:05:06Z".parse().unwrap(), &mut out);
        out
    }

    /// 2026-03-01 04:00:00, 39.38 north, 117.06 east.
    fn time_and_place() -> Vec<u8> {
        let seconds = "2026-03-01T04:00:00Z".parse::<Timestamp>().unwrap().as_second();
        let mut out = u32::try_from(seconds).unwrap().to_be_bytes().to_vec();
        for degrees in [39.38, 117.06] {
            out.extend_from_slice(&((degrees * 1_800_000.0_f64).round() as i32).to_be_bytes());
        }
        out
    }

    fn old(kind: u8, flag: u8, behind: &[u8]) -> Vec<u8> {
        package(
            kind,
            &[
                &time_and_place()[..],
                &[0; 3],
                &[1, 0xCC, 0, 0, 0x28, 0x7D, 0, 0x1F, 0x71, flag],
                behind,
            ]
            .concat(),
        )
    }

    fn new(kind: u8, flags: u8, parts: &[u8], behind: &[u8]) -> Vec<u8> {
        let time_and_place = time_and_place();
        let (time, place) = time_and_place.split_at(4);
        let place: &[u8] = if flags & 1 == 1 {
            &[place, &[0; 7]].concat()
        } else {
            &[]
        };
        package(kind, &[time, &[flags], place, parts, behind].concat())
    }

    #[test]
    fn every_code_is_the_same_in_both_forms() {
        for (code, kind, said) in [
            (0x01, Kind::PowerLoss, "power_cut"),
            (0x02, Kind::Sos, "sos"),
            (0x03, Kind::LowBattery, "low_battery"),
            (0x04, Kind::Tamper, "vibration"),
            (0x08, Kind::DeviceFault, "antenna"),
            (0x25, Kind::Tamper, "taken_off"),
            (0x82, Kind::Unknown, "eelink_alarm_0x82"),
            (0x83, Kind::Geofence, "fence_in"),
            (0x84, Kind::Geofence, "fence_out"),
            (0x85, Kind::Fall, "collision"),
            (0x86, Kind::Fall, "fall"),
            (0x77, Kind::Unknown, "eelink_alarm_0x77"),
        ] {
            // Cells and networks before it, or none.
            let all = [
                old(ALARM, 1, &[code]),
                new(WARNING, 1, &[], &[code, 0, 1]),
                new(WARNING, 0b0111_1111, &[9; 11 + 14 + 21], &[code, 0, 1]),
                new(
                    WARNING,
                    0b1000_0001,
                    &[&[4, 2 | 3 << 3][..], &[9; 24 + 21]].concat(),
                    &[code, 0, 1],
                ),
            ];
            for frame in all {
                let got = heard(&frame);
                let place = got[0].place.unwrap();
                assert_eq!((got.len(), got[0].alarms.len(), got[0].odd.len()), (1, 1, 0), "{got:?}");
                assert_eq!(
                    (got[0].alarms[0].kind, &*got[0].alarms[0].said),
                    (kind, said),
                    "0x{code:02x}"
                );
                assert!((place.lat - 39.38).abs() < 1e-6 && (place.lon - 117.06).abs() < 1e-6 && place.fixed);
                let when = got[0].said.unwrap();
                assert_eq!(
                    (when.at.to_string().as_str(), when.zone),
                    ("2026-03-01T04:00:00", Zone::Fixed(0))
                );
            }
        }
    }

    #[test]
    fn an_alarm_that_is_cut_off_is_one_all_the_same() {
        for frame in [
            package(ALARM, &[1, 2]),
            package(WARNING, &[]),
            new(WARNING, 0xFF, &[0; 9], &[]),
        ] {
            let got = heard(&frame);
            assert_eq!(
                (got[0].alarms[0].kind, &got[0].odd[..]),
                (Kind::Unknown, &["alarm_without_code"][..])
            );
        }
        // The rest of the bytes is missing at the end of a line.
        let sos = old(ALARM, 1, &[2]);
        assert_eq!(heard(&sos[..sos.len() - 1])[0].alarms[0].kind, Kind::Unknown);
    }

    #[test]
    fn of_several_packages_the_call_for_help_comes_first_and_each_has_the_number() {
        let frame = around(
            &[
                &new(NORMAL, 1, &[], &[0, 1])[..],
                &old(ALARM, 1, &[3]),
                &old(ALARM, 1, &[2]),
            ]
            .concat(),
        );
        assert_eq!(Eelink.cut(&frame, 1_024), Cut::Frame(frame.len()));
        let got = heard(&frame);
        let kinds: Vec<_> = got.iter().map(|it| it.alarms.first().map(|it| it.kind)).collect();
        assert_eq!(kinds, [Some(Kind::Sos), Some(Kind::LowBattery), None]);
        assert!(
            got.iter()
                .all(|it| it.number.unwrap().as_str() == "869000000000017" && it.odd.is_empty())
        );
        // A sum that is wrong costs nobody their alarm.
        let mut wrong = frame.clone();
        wrong[4] ^= 1;
        assert_eq!(heard(&wrong)[0].alarms[0].kind, Kind::Sos);
        assert_eq!(heard(&wrong)[0].odd, ["checksum_differs"]);
        // Bytes behind the last package are named.
        assert_eq!(
            heard(&around(&[&old(ALARM, 1, &[2])[..], b"x"].concat()))[0].odd,
            ["bytes_left_over"]
        );
        assert_eq!(heard(&around(&[]))[0].sort, Sort::Broken);
    }

    #[test]
    fn steps_and_an_old_place_are_told_as_such() {
        let behind = [&[0, 0][..], &[0; 14], &[0x10, 0x02]].concat();
        let got = heard(&new(NORMAL, 1, &[], &behind));
        assert_eq!(
            (got[0].measured.steps, got[0].place.unwrap().fixed),
            (Some(4_098), false)
        );
        assert!(!got[0].said.unwrap().by_satellite);
        assert_eq!(heard(&new(NORMAL, 0, &[], &[0, 1]))[0].place, None);
    }

    #[test]
    fn answers_repeat_type_and_serial_and_the_login_has_the_time() {
        let login = package(LOGIN, &[0x08, 0x69, 0, 0, 0, 0, 0, 0x17, 1]);
        assert_eq!(heard(&login)[0].number.unwrap().as_str(), "869000000000017");
        let got = answer(&login, Fate::Kept);
        assert_eq!(&got[..7], [0x67, 0x67, LOGIN, 0, 9, 0, 7]);
        assert_eq!(u32::from_be_bytes(got[7..11].try_into().unwrap()), 1_772_337_906);
        assert_eq!(&got[11..], [0, 1, 0]);
        let sos = old(ALARM, 1, &[2]);
        assert_eq!(answer(&sos, Fate::Kept), [0x67, 0x67, ALARM, 0, 2, 0, 7]);
        assert!(answer(&sos, Fate::NotKept).is_empty());
        for silent in [
            old(GPS, 1, &[]),
            package(DATA, &[1]),
            package(DOWNLINK, b"\x01\0\0\0\0ok"),
        ] {
            assert!(answer(&silent, Fate::Kept).is_empty());
        }
        // As it came: with the frame around it, in which every package is answered.
        let both = around(&[&sos[..], &package(HEARTBEAT, &[0, 1])].concat());
        let got = answer(&both, Fate::Kept);
        let parts = Parts::of(&got).unwrap();
        let mut kinds = Vec::new();
        assert!(parts.each(&mut |it| kinds.push(it.kind)) && parts.odd.is_none());
        assert_eq!(kinds, [ALARM, HEARTBEAT]);
    }

    #[test]
    fn frames_are_cut_by_length_and_what_cannot_be_one_is_passed_over() {
        let one = old(ALARM, 1, &[2]);
        let stream = [&b"noise"[..], &one, &one].concat();
        assert_eq!(Eelink.cut(&stream, 1_024), Cut::Junk(5));
        assert_eq!(Eelink.cut(&stream[5..], 1_024), Cut::Frame(one.len()));
        assert_eq!(Eelink.cut(&one[..one.len() - 1], 1_024), Cut::Wait);
        assert_eq!(Eelink.cut(b"g", 1_024), Cut::Wait);
        // Longer than anything may be.
        assert_eq!(
            Eelink.cut(&[0x67, 0x67, 4, 0xFF, 0xFF, 0, 1, 0x67, 0x67], 1_024),
            Cut::Junk(7)
        );
        assert_eq!(Eelink.cut(b"EL\x00\x03abc", 1_024), Cut::Junk(7));
    }
}
