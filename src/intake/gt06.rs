//! GT06 and its kin by Concox (Jimi): binary frames of pendants, cards and trackers.
//!
//! ```text
//! 78 78  length(1)  type  content…  serial(2)  CRC(2)  0D 0A        length counts from type to CRC
//! 79 79  length(2)  type  content…  serial(2)  CRC(2)  0D 0A
//! ```
//!
//! The number (IMEI) comes once, in the login; the line keeps it. The CRC is CRC-16/X-25 ("CRC-ITU") from length to serial. A length
//! or a CRC that is wrong only warns: there are firmwares that know no better, and what they say may be a call for help.
//!
//! Sources: the decoder, frame decoder and tests of traccar/traccar (`Gt06*`), and Concox's protocol texts (types 0x01, 0x13, 0x16,
//! 0x22, 0x26, 0x27, 0x95, 0xA3 to 0xA5). The crate `gt06` 0.3 reads four types and calls itself unfinished, so this is ours.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, bcd, moment};
use crate::case::Kind;
use crate::people::{DeviceOrder, OrderKind};

/// GT06.
pub struct Gt06;

const CRC: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC);

/// Bytes of date, satellites, place, speed and course.
const GPS_BYTES: usize = 18;

/// Head, length, type, end.
const FRAME_MIN_BYTES: usize = 6;

/// The parts of a frame.
struct Parts<'a> {
    extended: bool,
    kind: u8,
    content: &'a [u8],
    serial: Option<[u8; 2]>,
    odd: Option<&'static str>,
}

impl<'a> Parts<'a> {
    fn of(frame: &'a [u8]) -> Option<Self> {
        let extended = match frame.get(..2)? {
            [0x78, 0x78] => false,
            [0x79, 0x79] => true,
            _ => return None,
        };
        let head = if extended { 4 } else { 3 };
        let body = frame.strip_suffix(b"\r\n")?.get(head..)?;
        let (kind, rest) = body.split_first()?;
        let Some((content, [s1, s2, c1, c2])) = rest.split_last_chunk::<4>() else {
            // Too short for serial and CRC: some cheap ones leave them out.
            return Some(Self {
                extended,
                kind: *kind,
                content: rest,
                serial: None,
                odd: Some("frame_short"),
            });
        };
        let declared = match frame {
            [_, _, high, low, ..] if extended => usize::from(u16::from_be_bytes([*high, *low])),
            [_, _, length, ..] => usize::from(*length),
            _ => return None,
        };
        let sum = CRC.checksum(&frame[2..frame.len() - 4]);
        let odd = if declared != body.len() {
            Some("length_differs")
        } else if sum.to_be_bytes() != [*c1, *c2] {
            Some("checksum_differs")
        } else {
            None
        };
        Some(Self {
            extended,
            kind: *kind,
            content,
            serial: Some([*s1, *s2]),
            odd,
        })
    }
}

impl Language for Gt06 {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        let header = |it: &[u8]| matches!(it, [0x78, 0x78, ..] | [0x79, 0x79, ..]);
        let may_begin = |it: &[u8]| header(it) || matches!(it, [0x78 | 0x79]);
        if bytes.is_empty() || matches!(bytes, [0x78 | 0x79]) {
            return Cut::Wait;
        }
        let next = |from: usize| {
            (from..bytes.len())
                .find(|at| may_begin(&bytes[*at..]))
                .unwrap_or(bytes.len())
        };
        if !header(bytes) {
            return Cut::Junk(next(1));
        }
        let total = match bytes {
            [0x78, _, length, ..] => usize::from(*length) + 5,
            [0x79, _, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])) + 6,
            _ => return Cut::Wait,
        };
        if total <= most {
            if bytes.len() < total {
                return Cut::Wait;
            }
            if bytes[..total].ends_with(b"\r\n") {
                return Cut::Frame(total);
            }
        }
        // The length is wrong: as far as the next end.
        let within = &bytes[..bytes.len().min(most)];
        if let Some(at) = within
            .get(3..)
            .and_then(|it| it.windows(2).position(|it| it == b"\r\n"))
        {
            return Cut::Frame(3 + at + 2);
        }
        if bytes.len() < most {
            return Cut::Wait;
        }
        Cut::Junk(next(2).min(most))
    }

    /// A length that is too large: as far as an end behind which nothing stands, or another frame. The two bytes of an end may also stand
    /// within a frame.
    fn cut_late(&self, bytes: &[u8], most: usize) -> Cut {
        let cut = self.cut(bytes, most);
        if cut != Cut::Wait {
            return cut;
        }
        let ends = |at: &usize| {
            let next = &bytes[*at..];
            bytes[..*at].ends_with(b"\r\n") && (next.is_empty() || matches!(next, [0x78, 0x78, ..] | [0x79, 0x79, ..]))
        };
        (FRAME_MIN_BYTES..=bytes.len().min(most))
            .find(ends)
            .map_or(cut, Cut::Frame)
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let mut heard = Heard::default();
        match Parts::of(frame) {
            Some(parts) => {
                read(&parts, &mut heard);
                heard.odd.extend(parts.odd);
            }
            None => {
                heard.sort = Sort::Broken;
                heard.odd.push("not_a_frame");
            }
        }
        each(heard.gravest_first());
    }

    fn answer(&self, frame: &[u8], fate: Fate, now: Timestamp, into: &mut Vec<u8>) {
        let Some(parts) = Parts::of(frame) else { return };
        let Some(serial) = parts.serial.filter(|_| fate == Fate::Kept) else {
            return;
        };
        match (parts.extended, parts.kind) {
            // Answers to commands of ours, and texts.
            (false, 0x80..=0x82 | 0x15) => {}
            // Its clock is to be set.
            (false, 0x8A) => {
                let now = Offset::UTC.to_datetime(now);
                let year = u8::try_from(now.year() - 2000).unwrap_or_default();
                let rest = [now.month(), now.day(), now.hour(), now.minute(), now.second()];
                let time: Vec<u8> = std::iter::once(year).chain(rest.map(i8::unsigned_abs)).collect();
                put(into, false, parts.kind, &time, serial);
            }
            // Networks in sight: the answer is their time, without serial and CRC.
            (false, 0x17 | 0x69) => {
                if let Some(time) = parts.content.get(..6) {
                    into.extend_from_slice(&[0x78, 0x78, 0, parts.kind]);
                    into.extend_from_slice(time);
                    into.extend_from_slice(b"\r\n");
                }
            }
            (false, kind) => put(into, false, kind, &[], serial),
            (true, 0x32 | 0x33) => put(into, true, parts.kind, &[], serial),
            (true, 0x70) => put(into, false, parts.kind, &[], serial),
            (true, _) => {}
        }
    }

    fn orders(&self) -> &'static [OrderKind] {
        &[OrderKind::Locate, OrderKind::SosNumbers]
    }

    /// The texts of the maker's short messages, within a frame: their length, a number that comes back with the answer, the text.
    fn order(&self, _from: &[u8], order: &DeviceOrder, serial: u16, into: &mut Vec<u8>) {
        let text = match order {
            DeviceOrder::Locate => "WHERE#".to_owned(),
            DeviceOrder::SosNumbers { numbers } => format!("SOS,A,{}#", numbers.join(",")),
            DeviceOrder::Find | DeviceOrder::Message { .. } => return,
        };
        // Three numbers and the word: below a hundred.
        let Ok(length) = u8::try_from(text.len() + 4) else {
            return;
        };
        let mut content = vec![length];
        content.extend_from_slice(&u32::from(serial).to_be_bytes());
        content.extend_from_slice(text.as_bytes());
        put(into, false, 0x80, &content, serial.to_be_bytes());
    }

    fn done(&self, frame: &[u8], _order: &DeviceOrder, serial: u16) -> Option<bool> {
        let parts = Parts::of(frame)?;
        let said = match (parts.extended, parts.kind) {
            // Its length stands before the number.
            (false, 0x15) => parts.content.get(1..)?,
            (true, 0x21) => parts.content,
            _ => return None,
        };
        let (number, text) = said.split_first_chunk::<4>()?;
        if u32::from_be_bytes(*number) != u32::from(serial) {
            return None;
        }
        let text = String::from_utf8_lossy(text).to_ascii_uppercase();
        Some(!["ERROR", "FAIL", "INVALID"].iter().any(|it| text.contains(it)))
    }
}

/// Writes a frame.
fn put(into: &mut Vec<u8>, extended: bool, kind: u8, content: &[u8], serial: [u8; 2]) {
    let from = into.len();
    // At most a time: far below either length.
    let length = content.len() + 5;
    if extended {
        into.extend_from_slice(&[0x79, 0x79, (length >> 8) as u8, length as u8]);
    } else {
        into.extend_from_slice(&[0x78, 0x78, length as u8]);
    }
    into.push(kind);
    into.extend_from_slice(content);
    into.extend_from_slice(&serial);
    let sum = CRC.checksum(&into[from + 2..]);
    into.extend_from_slice(&sum.to_be_bytes());
    into.extend_from_slice(b"\r\n");
}

fn read(parts: &Parts<'_>, heard: &mut Heard) {
    let content = parts.content;
    match (parts.extended, parts.kind) {
        (false, 0x01) => {
            heard.sort = Sort::Beat;
            heard.number = content.get(..8).and_then(imei);
            if heard.number.is_none() {
                heard.odd.push("number_unreadable");
            }
        }
        // The long form of some pendants: satellites before the alarm, the charge in percent.
        (false, 0x13) if content.len() == 16 => {
            heard.sort = Sort::Beat;
            heard.states = true;
            heard.alarms.extend(by_info(content[0]));
            heard.alarms.extend(by_code(content[3]));
            heard.measured.battery_percent = Some(content[5]).filter(|it| *it <= 100);
        }
        (false, 0x13) => {
            heard.sort = Sort::Beat;
            read_status(content, heard);
        }
        (false, 0x23) => {
            heard.sort = Sort::Beat;
            heard.measured.signal_percent = content.get(3).copied().and_then(bars);
        }
        (false, 0x16 | 0x26 | 0x27 | 0x32 | 0xA3 | 0xA4) => {
            heard.sort = Sort::Alarm;
            read_gps(content, heard);
            let cells = content.get(GPS_BYTES).map_or(0, |it| usize::from(*it).max(1));
            let status = content.get(GPS_BYTES + cells..).unwrap_or_default();
            // Those with fences say which one behind it; others that are one byte longer say more of themselves before it.
            let behind = matches!(parts.kind, 0x27 | 0xA3 | 0xA4);
            let status = if status.len() == 6 && !behind {
                &status[1..]
            } else {
                status
            };
            if status.len() >= 4 {
                read_status(status, heard);
            } else {
                unreadable(parts.kind, heard);
            }
        }
        (false, 0x19 | 0xA5) => {
            heard.sort = Sort::Alarm;
            let cells = content.first().map_or(0, |it| usize::from(*it).max(1));
            let front = content
                .get(cells..)
                .filter(|it| parts.kind == 0x19 && matches!(it.len(), 4 | 5));
            match front.or_else(|| content.len().checked_sub(5).map(|from| &content[from..])) {
                Some(status) => read_status(status, heard),
                None => unreadable(parts.kind, heard),
            }
        }
        (false, 0x95) => {
            heard.sort = Sort::Alarm;
            let long = content.len() > 7;
            heard.said = date(content);
            if long {
                heard.place = place(content.get(6..14), content.get(14..16));
            }
            match content.get(if long { 16 } else { 6 }) {
                Some(code) => heard.alarms.push(by_camera_code(*code, long)),
                None => unreadable(parts.kind, heard),
            }
        }
        (false, 0x10..=0x12 | 0x22 | 0x2D | 0x31 | 0x37 | 0xA0 | 0x1A | 0x1E) => {
            heard.sort = Sort::Position;
            read_gps(content, heard);
            // Ignition, reason, and whether it was stored, behind cells of eight bytes.
            heard.stored = matches!(parts.kind, 0x22 | 0x2D) && content.len() == 29 && content[28] == 1;
        }
        // Cells and networks in sight: a time, and no place that could be read without a map of them.
        (false, 0x18 | 0x24 | 0x28 | 0x2C | 0x2E | 0x33 | 0xA1 | 0xA2) => {
            heard.sort = Sort::Position;
            heard.said = date(content);
        }
        (false, 0x17 | 0x69 | 0xF3) => heard.sort = Sort::Position,
        (false, 0x15 | 0x80..=0x82) | (true, 0x21) => heard.sort = Sort::Reply,
        (true, 0x32 | 0x33) => read_with_lengths(parts.kind, content, heard),
        (true, 0x70) => read_modules(content, heard),
        _ => heard.sort = Sort::Other,
    }
}

/// An alarm by its type, whose reason cannot be found.
fn unreadable(kind: u8, heard: &mut Heard) {
    heard.odd.push("alarm_without_status");
    heard
        .alarms
        .push(Alarm::unknown(format!("gt06_0x{kind:02x}_without_status")));
}

/// Sixteen digits of packed decimal, a zero before the IMEI.
fn imei(packed: &[u8]) -> Option<Number> {
    let mut digits = [0; 16];
    for (at, byte) in packed.iter().enumerate().take(8) {
        let value = bcd(*byte)?;
        digits[at * 2] = b'0' + value / 10;
        digits[at * 2 + 1] = b'0' + value % 10;
    }
    Number::of(&digits[1..])
}

fn date(content: &[u8]) -> Option<Said> {
    let [year, month, day, hour, minute, second, ..] = *content else {
        return None;
    };
    Some(Said {
        at: moment(year, month, day, hour, minute, second)?,
        zone: Zone::Either,
        by_satellite: false,
    })
}

/// Latitude and longitude in thirty-thousandths of a minute, and the flags that say which half of the earth.
fn place(packed: Option<&[u8]>, flags: Option<&[u8]>) -> Option<Place> {
    let (lat, lon) = packed?.split_first_chunk::<4>()?;
    let (lon, _) = lon.split_first_chunk::<4>()?;
    let (flags, _) = flags?.split_first_chunk::<2>()?;
    let flags = u16::from_be_bytes(*flags);
    let degrees = |it: &[u8; 4]| f64::from(u32::from_be_bytes(*it)) / 1_800_000.0;
    let is = |bit: u16| flags >> bit & 1 == 1;
    let lat = if is(10) { degrees(lat) } else { -degrees(lat) };
    let lon = if is(11) { -degrees(lon) } else { degrees(lon) };
    Place::of(lat, lon, is(12))
}

fn read_gps(content: &[u8], heard: &mut Heard) {
    heard.place = place(content.get(7..15), content.get(16..18));
    let fixed = heard.place.is_some_and(|it| it.fixed);
    heard.said = date(content).map(|it| Said {
        by_satellite: fixed,
        ..it
    });
}

/// Information about the terminal, charge in sixths, signal in quarters, alarm, language.
fn read_status(status: &[u8], heard: &mut Heard) {
    heard.states = true;
    let mut bytes = status.iter().copied();
    let mut next = || bytes.next();
    heard.alarms.extend(next().and_then(by_info));
    heard.measured.battery_percent = next().and_then(|it| match it {
        0..=6 => Some((u16::from(it) * 100 / 6) as u8),
        7..=100 => Some(it),
        _ => None,
    });
    heard.measured.signal_percent = next().and_then(bars);
    if let Some(alarm) = next().and_then(by_code)
        && !heard.alarms.iter().any(|it| it.kind == alarm.kind)
    {
        heard.alarms.push(alarm);
    }
}

const fn bars(quarters: u8) -> Option<u8> {
    match quarters {
        0..=4 => Some(quarters * 25),
        5..=100 => Some(quarters),
        _ => None,
    }
}

/// What the bits 3 to 5 of the terminal's information say: a state that stands until it is over.
fn by_info(info: u8) -> Option<Alarm> {
    Some(match info >> 3 & 7 {
        0 => return None,
        1 => Alarm::state(Kind::Tamper, "vibration"),
        2 => Alarm::state(Kind::PowerLoss, "power_cut"),
        3 => Alarm::state(Kind::LowBattery, "low_battery"),
        // The button: never passed over.
        4 => Alarm::event(Kind::Sos, "sos"),
        6 => Alarm::state(Kind::Geofence, "fence"),
        7 => Alarm::state(Kind::Tamper, "taken_off"),
        other => Alarm::unknown(format!("gt06_info_{other}")),
    })
}

/// The alarm byte. None: nothing, or nothing that is one (switched on, first fix, ignition).
fn by_code(code: u8) -> Option<Alarm> {
    Some(match code {
        0x00 | 0x0C | 0x0D | 0xFE | 0xFF => return None,
        0x01 => Alarm::event(Kind::Sos, "sos"),
        0x02 => Alarm::state(Kind::PowerLoss, "power_cut"),
        0x03 | 0x09 => Alarm::event(Kind::Tamper, "vibration"),
        0x04 => Alarm::event(Kind::Geofence, "fence_in"),
        0x05 => Alarm::event(Kind::Geofence, "fence_out"),
        0x0E | 0x0F | 0x15 | 0x19 => Alarm::state(Kind::LowBattery, "low_battery"),
        0x11 => Alarm::event(Kind::LinkLoss, "switched_off"),
        0x12 => Alarm::event(Kind::LinkLoss, "flight_mode"),
        0x13 => Alarm::event(Kind::Tamper, "taken_off"),
        0x14 | 0x18 => Alarm::event(Kind::Tamper, "opened"),
        0x23 => Alarm::event(Kind::Fall, "fall"),
        0x2C => Alarm::event(Kind::Fall, "collision"),
        other => Alarm::unknown(format!("gt06_alarm_0x{other:02x}")),
    })
}

/// The alarm byte of those with a camera (type 0x95).
fn by_camera_code(code: u8, long: bool) -> Alarm {
    match code {
        0x01 if long => Alarm::event(Kind::Sos, "sos"),
        0x80 => Alarm::event(Kind::Tamper, "vibration"),
        0x93 => Alarm::event(Kind::Fall, "collision"),
        other => Alarm::unknown(format!("gt06_0x95_0x{other:02x}")),
    }
}

/// The long frames of pendants with lengths before each part: place, cell, cells, networks, status.
fn read_with_lengths(kind: u8, content: &[u8], heard: &mut Heard) {
    heard.sort = if kind == 0x33 { Sort::Alarm } else { Sort::Position };
    heard.said = date(content);
    let mut rest = content.get(6..).unwrap_or_default();
    // The cell's length counts itself, and a byte for its strength stands behind: so each takes one byte more than it says.
    let mut part = || {
        let length = usize::from(*rest.first()?);
        let take = if length == 0 { 1 } else { length + 1 };
        let (part, behind) = rest.split_at_checked(take)?;
        rest = behind;
        Some(part)
    };
    let (place_part, cell, cells, networks) = (part(), part(), part(), part());
    heard.place = place_part.and_then(|it| place(it.get(2..10), it.get(11..13)));
    if let Some(said) = heard.said.as_mut() {
        said.by_satellite = heard.place.is_some_and(|it| it.fixed);
    }
    let whole = cell.is_some() && cells.is_some() && networks.is_some();
    let status = rest.first().copied().filter(|_| whole);
    if kind != 0x33 {
        return;
    }
    match status {
        Some(0xA0 | 0xA1) => {}
        Some(0xA2 | 0xA3) => heard.alarms.push(Alarm::state(Kind::LowBattery, "low_battery")),
        Some(0xA5) => heard.alarms.push(Alarm::event(Kind::Tamper, "opened")),
        Some(other) => heard.alarms.push(Alarm::unknown(format!("gt06_0x33_0x{other:02x}"))),
        None => unreadable(kind, heard),
    }
}

/// Modules of type, length and value.
fn read_modules(content: &[u8], heard: &mut Heard) {
    heard.sort = Sort::Position;
    let mut rest = content;
    while let Some(([t1, t2, l1, l2], behind)) = rest.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([*l1, *l2]));
        let Some((value, behind)) = behind.split_at_checked(length) else {
            heard.odd.push("module_cut_off");
            return;
        };
        rest = behind;
        match (u16::from_be_bytes([*t1, *t2]), value) {
            (0x2B, [event, ..]) => match event {
                0x11 | 0x12 => heard.alarms.push(Alarm::state(Kind::LowBattery, "low_battery")),
                0x13 => heard.alarms.push(Alarm::state(Kind::PowerLoss, "power_cut")),
                0x14 => heard.alarms.push(Alarm::event(Kind::Tamper, "taken_off")),
                // None, and what stands in published frames that only say where they are.
                0x00 | 0x16 => {}
                other => heard.alarms.push(Alarm::unknown(format!("gt06_0x70_0x{other:02x}"))),
            },
            // Seconds since 1970, satellites, height, place, speed, course.
            (0x33, value) if value.len() >= 18 => {
                let seconds = u32::from_be_bytes([value[0], value[1], value[2], value[3]]);
                heard.place = place(value.get(7..15), value.get(16..18));
                let at = Timestamp::from_second(seconds.into()).ok();
                heard.said = at.map(|it| Said {
                    at: Offset::UTC.to_datetime(it),
                    zone: Zone::Fixed(0),
                    by_satellite: heard.place.is_some_and(|it| it.fixed),
                });
            }
            _ => {}
        }
        if heard.alarms.len() > 8 {
            return;
        }
    }
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    // Login of 869000000000017, heartbeat, alarm with SOS, place.
    &[
        0x78, 0x78, 0x0D, 0x01, 0x08, 0x69, 0, 0, 0, 0, 0, 0x17, 0, 1, 0x1B, 0x42, 0x0D, 0x0A,
    ],
    &[0x78, 0x78, 0x0A, 0x13, 0x40, 0x04, 0x04, 0, 1, 0, 2, 0, 0, 0x0D, 0x0A],
    &[
        0x78, 0x78, 0x25, 0x26, 26, 3, 1, 4, 0, 0, 0xC8, 0x04, 0x39, 0x98, 0x60, 0x0C, 0x8F, 0x4B, 0x40, 0, 0x14, 0, 9,
        1, 0xCC, 0, 0x28, 0x7D, 0, 0x1F, 0x71, 0x60, 5, 4, 1, 2, 0, 3, 0, 0, 0x0D, 0x0A,
    ],
    &[
        0x78, 0x78, 0x22, 0x22, 26, 3, 1, 4, 0, 0, 0xC8, 0x04, 0x39, 0x98, 0x60, 0x0C, 0x8F, 0x4B, 0x40, 0, 0x14, 0, 1,
        0xCC, 0, 0x28, 0x7D, 0, 0x1F, 0x71, 0, 0, 1, 0, 4, 0, 0, 0x0D, 0x0A,
    ],
    &[0x79, 0x79, 0, 8, 0x94, 0, 0, 0, 0, 5, 0, 0, 0x0D, 0x0A],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A sound frame.
    fn frame(extended: bool, kind: u8, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, extended, kind, content, [0, 7]);
        out
    }

    fn heard(frame: &[u8]) -> Heard {
        let mut all = Vec::new();
        Gt06.read(frame, &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn answer(frame: &[u8], fate: Fate) -> Vec<u8> {
        let mut out = Vec::new();
        Gt06.answer(frame, fate, "2026-03-01T04:05:06Z".parse().unwrap(), &mut out);
        out
    }

    fn hex(text: &str) -> Vec<u8> {
        let pairs = text.as_bytes().chunks(2);
        pairs
            .map(|it| u8::from_str_radix(std::str::from_utf8(it).unwrap(), 16).unwrap())
            .collect()
    }

    /// Date, satellites, 39.38 north, 117.06 east, speed, flags.
    fn gps(flags: u16) -> Vec<u8> {
        let mut out = vec![26, 3, 1, 4, 0, 0, 0xC8];
        for degrees in [39.38, 117.06] {
            out.extend_from_slice(&((degrees * 1_800_000.0_f64).round() as u32).to_be_bytes());
        }
        out.push(0);
        out.extend_from_slice(&flags.to_be_bytes());
        out
    }

    const NORTH_EAST_FIXED: u16 = 1 << 10 | 1 << 12;
    const CELL: [u8; 9] = [9, 1, 0xCC, 0, 0x28, 0x7D, 0, 0x1F, 0x71];

    fn alarm(kind: u8, info: u8, code: u8) -> Vec<u8> {
        let behind: &[u8] = if kind == 0x27 { &[0xFF] } else { &[] };
        frame(
            false,
            kind,
            &[&gps(NORTH_EAST_FIXED)[..], &CELL, &[info, 5, 3, code, 2], behind].concat(),
        )
    }

    #[test]
    fn a_command_has_a_number_that_comes_back() {
        let told = |order: &DeviceOrder| {
            let mut out = Vec::new();
            Gt06.order(b"", order, 0x0102, &mut out);
            out
        };
        let locate = told(&DeviceOrder::Locate);
        let parts = Parts::of(&locate).unwrap();
        assert_eq!((parts.kind, parts.odd, parts.serial), (0x80, None, Some([1, 2])));
        assert_eq!(parts.content, b"\x0a\0\0\x01\x02WHERE#");
        let numbers = DeviceOrder::SosNumbers {
            numbers: vec!["13900000001".to_owned(), "110".to_owned()],
        };
        let out = told(&numbers);
        assert!(Parts::of(&out).unwrap().content.ends_with(b"SOS,A,13900000001,110#"));
        assert_eq!(told(&DeviceOrder::Find), b"");
        for (extended, kind, content, done) in [
            (false, 0x15, &b"\x0e\0\0\x01\x02Lat:N39#\0\x02"[..], Some(true)),
            (false, 0x15, b"\x0e\0\0\x01\x02Error!", Some(false)),
            (true, 0x21, b"\0\0\x01\x02\x01OK", Some(true)),
            (false, 0x15, b"\x0e\0\0\x01\x03OK", None),
            (false, 0x13, b"\x0e\0\0\x01\x02OK", None),
            (false, 0x15, b"\x0e\0", None),
        ] {
            let mut answer = Vec::new();
            put(&mut answer, extended, kind, content, [0, 9]);
            assert_eq!(Gt06.done(&answer, &numbers, 0x0102), done, "{content:?}");
        }
    }

    #[test]
    fn a_length_that_is_too_large_ends_where_nothing_more_comes() {
        let mut long = alarm(0x26, 0x20, 1);
        long[2] = 0xFF;
        for at in 0..long.len() {
            assert_eq!(Gt06.cut_late(&long[..at], 1_024), Cut::Wait, "{at}");
        }
        assert_eq!(Gt06.cut(&long, 1_024), Cut::Wait);
        assert_eq!(Gt06.cut_late(&long, 1_024), Cut::Frame(long.len()));
        let got = heard(&long);
        assert_eq!((got.alarms[0].kind, &got.odd[..]), (Kind::Sos, &["length_differs"][..]));
        // As far as the next, and no shorter where the bytes of an end stand within.
        let next = alarm(0x26, 0x20, 1);
        let mut odd = frame(false, 0x26, b"ab\r\ncd\r\nef");
        odd[2] = 0xFF;
        for it in [&long, &odd] {
            assert_eq!(Gt06.cut_late(&[&it[..], &next].concat(), 1_024), Cut::Frame(it.len()));
        }
        // What is whole by its length is cut by it.
        assert_eq!(
            Gt06.cut_late(&[&next[..], &long].concat(), 1_024),
            Cut::Frame(next.len())
        );
    }

    #[test]
    fn the_sum_is_that_of_the_protocol() {
        // The login of the maker's own text.
        let login = hex("78780d01035341903606606100 03c3df0d0a".replace(' ', "").as_str());
        let got = heard(&login);
        assert_eq!(got.number.unwrap().as_str(), "353419036066061");
        assert!(got.odd.is_empty(), "{:?}", got.odd);
        assert_eq!(
            answer(&login, Fate::Kept),
            hex("787805010003face 0d0a".replace(' ', "").as_str()).as_slice()
        );
    }

    #[test]
    fn every_code_says_what_it_says() {
        for (code, kind, said) in [
            (0x01, Kind::Sos, "sos"),
            (0x02, Kind::PowerLoss, "power_cut"),
            (0x03, Kind::Tamper, "vibration"),
            (0x04, Kind::Geofence, "fence_in"),
            (0x05, Kind::Geofence, "fence_out"),
            (0x06, Kind::Unknown, "gt06_alarm_0x06"),
            (0x0E, Kind::LowBattery, "low_battery"),
            (0x11, Kind::LinkLoss, "switched_off"),
            (0x13, Kind::Tamper, "taken_off"),
            (0x19, Kind::LowBattery, "low_battery"),
            (0x23, Kind::Fall, "fall"),
            (0x2C, Kind::Fall, "collision"),
            (0x77, Kind::Unknown, "gt06_alarm_0x77"),
        ] {
            for packet in [0x16, 0x26, 0x27] {
                let got = heard(&alarm(packet, 0, code));
                assert_eq!(got.odd, [""; 0], "0x{packet:02x}");
                assert_eq!(
                    (got.alarms.len(), got.alarms[0].kind, &*got.alarms[0].said),
                    (1, kind, said),
                    "0x{code:02x}"
                );
                assert_eq!(
                    (got.measured.battery_percent, got.measured.signal_percent),
                    (Some(83), Some(75))
                );
            }
        }
        for code in [0, 0x0C, 0x0D, 0xFE, 0xFF] {
            assert!(heard(&alarm(0x26, 0, code)).alarms.is_empty());
        }
        for (info, kind) in [
            (1, Kind::Tamper),
            (2, Kind::PowerLoss),
            (3, Kind::LowBattery),
            (4, Kind::Sos),
            (5, Kind::Unknown),
            (6, Kind::Geofence),
            (7, Kind::Tamper),
        ] {
            assert_eq!(heard(&alarm(0x26, info << 3, 0)).alarms[0].kind, kind, "{info}");
            let beat = heard(&frame(false, 0x13, &[info << 3, 6, 4, 0, 1]));
            assert_eq!((beat.alarms[0].kind, beat.measured.battery_percent), (kind, Some(100)));
        }
        // Both places say something: help first, and the same thing once.
        let both = heard(&alarm(0x26, 3 << 3, 1)).alarms;
        assert_eq!(
            (both.len(), both[0].kind, both[1].kind),
            (2, Kind::Sos, Kind::LowBattery)
        );
        assert_eq!(heard(&alarm(0x26, 4 << 3, 1)).alarms.len(), 1);
        // In the long heartbeat the alarm stands elsewhere.
        let long = heard(&frame(false, 0x13, &[0, 0, 9, 1, 2, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        assert_eq!(
            (long.alarms[0].kind, long.measured.battery_percent),
            (Kind::Sos, Some(64))
        );
        // An alarm too short for a reason is one all the same.
        let short = heard(&frame(false, 0x26, &gps(NORTH_EAST_FIXED)));
        assert_eq!(
            (short.alarms[0].kind, short.odd),
            (Kind::Unknown, vec!["alarm_without_status"])
        );
    }

    #[test]
    fn places_and_times_are_read() {
        let got = heard(&frame(
            false,
            0x22,
            &[&gps(NORTH_EAST_FIXED)[..], &CELL[1..], &[1, 0, 1]].concat(),
        ));
        let place = got.place.unwrap();
        assert!((place.lat - 39.38).abs() < 1e-6 && (place.lon - 117.06).abs() < 1e-6 && place.fixed);
        let said = got.said.unwrap();
        assert_eq!(
            (said.at.to_string().as_str(), said.by_satellite),
            ("2026-03-01T04:00:00", true)
        );
        assert!(got.stored && got.sort == Sort::Position);
        // South, west, and without a fix.
        let got = heard(&frame(false, 0x12, &gps(1 << 11)));
        let place = got.place.unwrap();
        assert!(place.lat < 0.0 && place.lon < 0.0 && !place.fixed && !got.said.unwrap().by_satellite);
    }

    #[test]
    fn an_event_of_a_module_that_no_list_has_is_an_alarm_all_the_same() {
        for (event, kinds) in [
            (0x00, vec![]),
            (0x16, vec![]),
            (0x11, vec![Kind::LowBattery]),
            (0x14, vec![Kind::Tamper]),
            (0x77, vec![Kind::Unknown]),
        ] {
            let got = heard(&frame(true, 0x70, &[0, 0x2B, 0, 1, event]));
            assert_eq!(
                got.alarms.iter().map(|it| it.kind).collect::<Vec<_>>(),
                kinds,
                "{event:x}"
            );
        }
    }

    #[test]
    fn a_wrong_length_or_sum_warns_and_costs_no_alarm() {
        let mut sos = alarm(0x26, 0, 1);
        let end = sos.len();
        sos[end - 3] ^= 1;
        assert_eq!(
            (heard(&sos).odd, heard(&sos).alarms[0].kind),
            (vec!["checksum_differs"], Kind::Sos)
        );
        let mut long = alarm(0x26, 0, 1);
        long[2] -= 4;
        assert_eq!(Gt06.cut(&long, 1_024), Cut::Frame(long.len()));
        assert_eq!(
            (heard(&long).odd, heard(&long).alarms[0].kind),
            (vec!["length_differs"], Kind::Sos)
        );
        assert_eq!(heard(&hex("787801940d0a")).odd, ["frame_short"]);
        assert_eq!(heard(b"78780d0a").sort, Sort::Broken);
    }

    #[test]
    fn frames_are_cut_by_length_else_by_their_end() {
        let (one, two) = (alarm(0x26, 0, 1), frame(true, 0x94, &[0, 1, 2]));
        let stream = [&b"noise"[..], &one, &two].concat();
        assert_eq!(Gt06.cut(&stream, 1_024), Cut::Junk(5));
        assert_eq!(Gt06.cut(&stream[5..], 1_024), Cut::Frame(one.len()));
        assert_eq!(Gt06.cut(&stream[5 + one.len()..], 1_024), Cut::Frame(two.len()));
        assert_eq!(Gt06.cut(&two[..two.len() - 1], 1_024), Cut::Wait);
        // The end within: a serial of 0D0A.
        let mut odd = Vec::new();
        put(&mut odd, false, 0x13, &[0, 4, 4, 0, 1], [0x0D, 0x0A]);
        assert_eq!(Gt06.cut(&odd, 1_024), Cut::Frame(odd.len()));
        // Without end and too long.
        let endless = [&[0x79, 0x79, 0xFF, 0xFF][..], &[1; 400]].concat();
        assert_eq!(Gt06.cut(&endless, 300), Cut::Junk(300));
    }

    #[test]
    fn answers_repeat_type_and_serial_and_none_is_given_for_what_is_not_kept() {
        let sos = alarm(0x26, 0, 1);
        let good = answer(&sos, Fate::Kept);
        assert_eq!(&good[..6], [0x78, 0x78, 5, 0x26, 0, 7]);
        assert_eq!(CRC.checksum(&good[2..6]).to_be_bytes(), good[6..8]);
        assert!(answer(&sos, Fate::NotKept).is_empty());
        for silent in [
            frame(false, 0x80, &[1, 2]),
            frame(false, 0x15, &[1, 2]),
            frame(true, 0x94, &[0, 1]),
        ] {
            assert!(answer(&silent, Fate::Kept).is_empty());
        }
        assert_eq!(answer(&frame(false, 0x8A, &[]), Fate::Kept)[4..10], [26, 3, 1, 4, 5, 6]);
        let networks = answer(&frame(false, 0x69, &[0x26, 3, 1, 4, 0, 0, 1]), Fate::Kept);
        assert_eq!(networks, [0x78, 0x78, 0, 0x69, 0x26, 3, 1, 4, 0, 0, 0x0D, 0x0A]);
    }
}
