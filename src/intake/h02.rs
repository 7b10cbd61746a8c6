//! H02: small pendants and cheap trackers, in text and in packed decimal.
//!
//! ```text
//! *HQ,number,V1,hhmmss,A|V,ddmm.mmmm,N|S,dddmm.mmmm,E|W,speed,course,[battery,]ddmmyy,status,…#
//! $ number(5) hhmmss(3) ddmmyy(3) lat(4) battery(1) lon and flags(5) speed and course(3) status(4) …     32 bytes
//! ```
//!
//! The bits of the status are **low when something is the matter**. The binary form has no end: 32 bytes are taken, and whatever a longer
//! one has behind them is passed over; a dollar sign that is no beginning is told by digits and a date that are none. Times are
//! Greenwich's.
//!
//! Sources: decoder, frame decoder and tests of traccar/traccar (`H02*`).

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, bcd, moment};
use crate::case::Kind;

/// H02.
pub struct H02;

/// Bytes of the binary form.
const BINARY_BYTES: usize = 32;
/// Of these number, time and date are looked at to tell a beginning.
const HEAD_BYTES: usize = 12;

/// Bits that assert something when they are low.
const STATUS: &[(u8, Kind, &str, bool)] = &[
    (1, Kind::Sos, "sos", false),
    (18, Kind::Sos, "sos", false),
    (19, Kind::PowerLoss, "power_cut", true),
    (0, Kind::Tamper, "vibration", true),
];

impl Language for H02 {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        match bytes.first() {
            None => Cut::Wait,
            Some(b'*') => {
                let within = &bytes[..bytes.len().min(most)];
                // A sentence that begins within another: the end of the first was lost on the way.
                let next = within[1..]
                    .iter()
                    .position(|it| matches!(it, b'#' | b'*'))
                    .map(|it| it + 1);
                match next {
                    Some(at) if within[at] == b'#' => Cut::Frame(at + 1),
                    Some(at) => Cut::Frame(at),
                    None if bytes.len() < most => Cut::Wait,
                    None => Cut::Junk(most),
                }
            }
            Some(b'$') => {
                let head = &bytes[..bytes.len().min(HEAD_BYTES)];
                if !may_be_binary(head) {
                    Cut::Junk(1)
                } else if bytes.len() < BINARY_BYTES {
                    Cut::Wait
                } else {
                    Cut::Frame(BINARY_BYTES)
                }
            }
            Some(_) => Cut::Junk(
                bytes
                    .iter()
                    .position(|it| matches!(it, b'*' | b'$'))
                    .unwrap_or(bytes.len()),
            ),
        }
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let mut heard = Heard::default();
        let read = match frame.first() {
            Some(b'*') => read_text(frame, &mut heard),
            Some(b'$') => read_binary(frame, &mut heard),
            _ => None,
        };
        if read.is_none() {
            heard.sort = Sort::Broken;
            heard.odd.push("not_a_frame");
        }
        each(heard.gravest_first());
    }

    fn answer(&self, frame: &[u8], fate: Fate, now: Timestamp, into: &mut Vec<u8>) {
        // There is no bad answer, and the binary form has none at all.
        let Some((maker, number, fields)) = sentence(frame).filter(|_| fate == Fate::Kept) else {
            return;
        };
        let kind = fields.split(|it| *it == b',').next().unwrap_or_default();
        let answer: Cow<'_, str> = match kind {
            b"HTBT" | b"V0" => String::from_utf8_lossy(kind),
            b"V1" | b"NBR" => {
                let now = Offset::UTC.to_datetime(now).strftime("%Y%m%d%H%M%S").to_string();
                format!("V4,{},{now}", String::from_utf8_lossy(kind)).into()
            }
            _ => return,
        };
        into.push(b'*');
        into.extend_from_slice(maker);
        into.push(b',');
        into.extend_from_slice(number);
        into.push(b',');
        into.extend_from_slice(answer.as_bytes());
        into.push(b'#');
    }
}

/// Maker, number, and what stands behind them.
fn sentence(frame: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let inner = frame.strip_prefix(b"*")?;
    let inner = inner.strip_suffix(b"#").unwrap_or(inner);
    let mut parts = inner.splitn(3, |it| *it == b',');
    Some((parts.next()?, parts.next()?, parts.next()?))
}

fn read_text(frame: &[u8], heard: &mut Heard) -> Option<()> {
    let (_, number, rest) = sentence(frame)?;
    if !frame.ends_with(b"#") {
        heard.odd.push("frame_cut_off");
    }
    heard.number = Number::of(number);
    let fields: Vec<&[u8]> = rest
        .split(|it| *it == b',')
        .map(<[u8]>::trim_ascii)
        .take(FIELDS_MAX)
        .collect();
    let digits = |it: &[u8], count: usize| it.len() == count && it.iter().all(u8::is_ascii_digit);
    let percent = |at: usize| {
        fields
            .get(at)
            .and_then(|it| number_of::<u8>(it))
            .filter(|it| *it <= 100)
    };
    match fields[0] {
        b"HTBT" | b"V0" => {
            heard.sort = Sort::Beat;
            heard.measured.battery_percent = percent(1);
            return Some(());
        }
        b"XT" => {
            heard.sort = Sort::Beat;
            heard.measured.battery_percent = percent(2);
            return Some(());
        }
        b"LINK" => {
            heard.sort = Sort::Beat;
            heard.measured.battery_percent = percent(4);
            heard.measured.steps = fields.get(5).and_then(|it| number_of(it));
        }
        _ => heard.sort = Sort::Position,
    }
    // The fix stands behind its time, wherever that is: an answer to a command has other fields before it.
    let is_fix = |at: &usize| {
        matches!(fields[*at], b"A" | b"V" | b"B") && (fields[at - 1].is_empty() || digits(fields[at - 1], 6))
    };
    let fix = (1..fields.len()).find(is_fix);
    let (time, behind) = match fix {
        Some(at) => (fields[at - 1], at + 1),
        None => (fields.get(1).copied().unwrap_or_default(), 2),
    };
    let fixed = fix.is_some_and(|at| fields[at] == b"A");
    // Speed, course and perhaps the charge stand before the date of a fix; elsewhere it is what a status follows.
    let is_date = |at: &usize| fields.get(*at).is_some_and(|it| digits(it, 6));
    let date_at = match fix {
        Some(_) => (behind + 6..=behind + 7).find(is_date),
        None => (1..fields.len()).find(|at| is_date(at) && fields.get(at + 1).is_some_and(|it| is_status(it))),
    };
    if fix.is_some() {
        let degrees = |at: usize, turned: &[u8]| {
            let value = degrees(fields.get(at)?)?;
            Some(if fields.get(at + 1)? == &turned { -value } else { value })
        };
        let (lat, lon) = (degrees(behind, b"S"), degrees(behind + 2, b"W"));
        heard.place = lat.zip(lon).and_then(|(lat, lon)| Place::of(lat, lon, fixed));
    }
    let pairs = |it: &[u8]| Some([two(it, 0)?, two(it, 2)?, two(it, 4)?]);
    if let (Some([hour, minute, second]), Some([day, month, year])) =
        (pairs(time), date_at.and_then(|it| pairs(fields[it])))
    {
        heard.said = moment(year, month, day, hour, minute, second).map(|at| Said {
            at,
            zone: Zone::Fixed(0),
            by_satellite: fixed,
        });
    }
    let status =
        (date_at.unwrap_or(behind)..fields.len()).find_map(|at| fields.get(at).copied().filter(|it| is_status(it)));
    if let Some(status) = status.and_then(|it| u32::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok()) {
        read_status(status, heard);
    }
    Some(())
}

/// Fields of a sentence that are looked at: the longest published one has 33.
const FIELDS_MAX: usize = 64;

fn is_status(field: &[u8]) -> bool {
    field.len() == 8 && field.iter().all(u8::is_ascii_hexdigit)
}

fn read_status(status: u32, heard: &mut Heard) {
    heard.states = true;
    for (bit, kind, said, lasting) in STATUS {
        let low = status >> bit & 1 == 0;
        if low && !heard.alarms.iter().any(|it| it.said == *said) {
            heard.alarms.push(Alarm {
                kind: *kind,
                said: Cow::Borrowed(said),
                lasting: *lasting,
            });
        }
    }
    // Speed is no matter of ours, but nothing that is asserted is dropped.
    if status >> 2 & 1 == 0 {
        heard.alarms.push(Alarm {
            lasting: true,
            ..Alarm::unknown("h02_overspeed".to_owned())
        });
    }
}

fn number_of<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn two(text: &[u8], at: usize) -> Option<u8> {
    let pair = text.get(at..at + 2).filter(|it| it.iter().all(u8::is_ascii_digit))?;
    Some((pair[0] - b'0') * 10 + (pair[1] - b'0'))
}

/// `ddmm.mmmm`, `ddmmmmmm` (without a point), `-dd-mm.mmmm`; the letter behind it says which half.
fn degrees(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, minutes) = if let Some((whole, minutes)) = text.strip_prefix('-').and_then(|it| it.split_once('-')) {
        (whole, minutes.parse::<f64>().ok()?)
    } else {
        let at = match text.find('.') {
            Some(point) => point.checked_sub(2)?,
            None => text.len().checked_sub(6)?,
        };
        let (whole, minutes) = text.split_at_checked(at)?;
        let value: f64 = minutes.parse().ok()?;
        (whole, if minutes.contains('.') { value } else { value / 10_000.0 })
    };
    let whole: f64 = if whole.is_empty() {
        0.0
    } else {
        f64::from(whole.parse::<u16>().ok()?)
    };
    (0.0..60.0).contains(&minutes).then_some(whole + minutes / 60.0)
}

/// Whether what stands behind a dollar sign so far may be number, time and date.
fn may_be_binary(head: &[u8]) -> bool {
    let most = [0x99, 0x99, 0x99, 0x99, 0x99, 0x23, 0x59, 0x59, 0x31, 0x12, 0x99];
    head[1..]
        .iter()
        .zip(most)
        .all(|(byte, most)| bcd(*byte).is_some() && *byte <= most)
}

fn read_binary(frame: &[u8], heard: &mut Heard) -> Option<()> {
    let bytes: &[u8; BINARY_BYTES] = frame.first_chunk()?;
    if !may_be_binary(&bytes[..HEAD_BYTES]) {
        return None;
    }
    heard.sort = Sort::Position;
    let digit = |at: usize, high: bool| if high { bytes[at] >> 4 } else { bytes[at] & 15 };
    let mut number = [0; 10];
    for (at, place) in number.iter_mut().enumerate() {
        *place = b'0' + digit(1 + at / 2, at % 2 == 0);
    }
    heard.number = Number::of(&number);
    let packed = |at: usize| bcd(bytes[at]);
    let flags = digit(21, false);
    let fixed = flags & 2 != 0;
    let hundredths =
        |at: usize| Some(f64::from(packed(at)?) * 1e4 + f64::from(packed(at + 1)?) * 1e2 + f64::from(packed(at + 2)?));
    let lat = || Some(f64::from(packed(12)?) + hundredths(13)? / 1e4 / 60.0);
    let lon = || {
        let whole = f64::from(packed(17)?) * 10.0 + f64::from(digit(18, true));
        let minutes = f64::from(digit(18, false)) * 10.0
            + (f64::from(packed(19)?) * 1e3 + f64::from(packed(20)?) * 10.0 + f64::from(digit(21, true))) / 1e4;
        Some(whole + minutes / 60.0)
    };
    let turned = |it: f64, positive: bool| if positive { it } else { -it };
    heard.place = lat()
        .zip(lon())
        .and_then(|(lat, lon)| Place::of(turned(lat, flags & 4 != 0), turned(lon, flags & 8 != 0), fixed));
    let time = || moment(packed(11)?, packed(10)?, packed(9)?, packed(6)?, packed(7)?, packed(8)?);
    heard.said = time().map(|at| Said {
        at,
        zone: Zone::Fixed(0),
        by_satellite: fixed,
    });
    heard.measured.battery_percent = match bytes[16] {
        0 => None,
        it @ 1..=3 => Some((it - 1) * 10),
        it @ 4..=6 => Some((it - 1) * 20),
        it @ 7..=100 => Some(it),
        _ => None,
    };
    read_status(u32::from_be_bytes([bytes[25], bytes[26], bytes[27], bytes[28]]), heard);
    Some(())
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    b"*HQ,8690000017,V1,040000,A,3922.8000,N,11703.6000,E,0.40,12,010326,FFFDFFFF,460,00,9360,4082#",
    b"*HQ,869000000000017,HTBT,87#",
    b"*HQ,8690000017,NBR,040000,460,0,1,2,9338,3692,150,9338,3691,145,010326,FFFFFBFF,5#",
    b"*HQ,8690000017,LINK,040000,15,0,84,120,0,010326,FFFFFBFF#",
    &[
        0x24, 0x86, 0x90, 0, 0, 0x17, 0x04, 0, 0, 0x01, 0x03, 0x26, 0x39, 0x22, 0x80, 0, 0x06, 0x11, 0x70, 0x36, 0,
        0x0E, 0, 0, 0, 0xFF, 0xFF, 0xFB, 0xFD, 0xFF, 0, 0x24,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frame: &[u8]) -> Heard {
        let mut all = Vec::new();
        H02.read(frame, &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn with_status(status: &str) -> Vec<(Kind, String)> {
        let frame = format!("*HQ,8690000017,V1,040000,A,3922.8000,N,11703.6000,E,0.40,12,010326,{status}#");
        heard(frame.as_bytes())
            .alarms
            .into_iter()
            .map(|it| (it.kind, it.said.into_owned()))
            .collect()
    }

    #[test]
    fn low_bits_say_what_they_say_and_high_ones_nothing() {
        for (status, wanted) in [
            ("FFFFFFFF", &[][..]),
            ("FFFFFFFD", &[(Kind::Sos, "sos")]),
            ("FFFBFFFF", &[(Kind::Sos, "sos")]),
            ("FFFBFFFD", &[(Kind::Sos, "sos")]),
            ("FFF7FFFF", &[(Kind::PowerLoss, "power_cut")]),
            ("fffffffe", &[(Kind::Tamper, "vibration")]),
            ("FFFFFFFB", &[(Kind::Unknown, "h02_overspeed")]),
            // Help first, whatever stands beside it.
            (
                "FFF3FFF8",
                &[
                    (Kind::Sos, "sos"),
                    (Kind::Unknown, "h02_overspeed"),
                    (Kind::PowerLoss, "power_cut"),
                    (Kind::Tamper, "vibration"),
                ],
            ),
            ("FFFFFBFF", &[]),
        ] {
            let got = with_status(status);
            let got: Vec<(Kind, &str)> = got.iter().map(|it| (it.0, it.1.as_str())).collect();
            assert_eq!(got, wanted, "{status}");
        }
    }

    #[test]
    fn sentences_are_read_whatever_their_form() {
        let near = |text: &str, lat: f64, lon: f64| {
            let place = heard(text.as_bytes())
                .place
                .unwrap_or_else(|| panic!("no place in {text}"));
            assert!(
                (place.lat - lat).abs() < 1e-5 && (place.lon - lon).abs() < 1e-5,
                "{text}: {place:?}"
            );
        };
        near(
            "*HQ,1,V1,040000,A,3922.8000,N,11703.6000,E,0.40,12,010326,FFFFFBFF#",
            39.38,
            117.06,
        );
        near(
            "*HQ,1,V1,040000,A,-23-29.0095,S,-46-51.5852,W,2.4,065,070315,FFFFFFFF#",
            -23.483_49,
            -46.859_75,
        );
        near(
            "*HQ,1,V1,105759,A,37573392,S,145037022,E,000.00,173,280122,FF7FFBFF#",
            -37.955_653,
            145.061_703,
        );
        near(
            "*HQ,1,V4,S14,100,10,1,3,130305,050316,A,2212.8745,N,11346.6574,E,14.28,028,220902,FFFFFBFF#",
            22.214_575,
            113.777_623,
        );
        let got = heard(b"*HQ,8690000017,V1,040506,A,3922.8000,N,11703.6000,E,0.40,12,4,010326,FFFFFBFF,1,0#");
        let said = got.said.unwrap();
        assert_eq!(
            (said.at.to_string().as_str(), said.by_satellite),
            ("2026-03-01T04:05:06", true)
        );
        assert_eq!(got.number.unwrap().as_str(), "8690000017");
        let link = heard(SAMPLES[3]);
        assert_eq!(
            (link.sort, link.measured.battery_percent, link.measured.steps),
            (Sort::Beat, Some(84), Some(120))
        );
        assert_eq!(heard(SAMPLES[1]).measured.battery_percent, Some(87));
        let lost = heard(b"*HQ,353505510948929,V1,,V,,N,,E,0.00,0,,FFFFF7FF,f0,a,11a0,c0c6#");
        assert_eq!((lost.place, lost.said, lost.alarms.len()), (None, None, 0));
        let half = heard(b"*HQ,8690000017,V1,040000,A,3922.8000,N,11703.6000,E,0.40,12,010326,FFFBFFFF");
        assert_eq!((half.alarms[0].kind, half.odd), (Kind::Sos, vec!["frame_cut_off"]));
        assert_eq!(heard(b"*HQ").sort, Sort::Broken);
    }

    #[test]
    fn packed_decimal_is_read() {
        let got = heard(SAMPLES[4]);
        let place = got.place.unwrap();
        assert!(
            (place.lat - 39.38).abs() < 1e-6 && (place.lon - 117.06).abs() < 1e-6 && place.fixed,
            "{place:?}"
        );
        assert_eq!(got.said.unwrap().at.to_string(), "2026-03-01T04:00:00");
        assert_eq!(
            (got.number.unwrap().as_str(), got.measured.battery_percent),
            ("8690000017", Some(100))
        );
        assert_eq!(got.alarms[0].kind, Kind::Sos);
    }

    #[test]
    fn streams_are_cut_and_dollar_signs_within_are_no_beginnings() {
        let (text, packed) = (SAMPLES[1], SAMPLES[4]);
        // The long form: thirteen bytes more, with a dollar sign and a star that begin nothing.
        let long = [packed, &[0, 0x24, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], text].concat();
        let (mut rest, mut found) = (&long[..], Vec::new());
        loop {
            match H02.cut(rest, 300) {
                Cut::Wait => break,
                Cut::Junk(count) => rest = &rest[count..],
                Cut::Frame(count) => {
                    found.push(&rest[..count]);
                    rest = &rest[count..];
                }
            }
        }
        assert_eq!(found, [packed, text]);
        assert_eq!(H02.cut(&packed[..31], 300), Cut::Wait);
        assert_eq!(H02.cut(b"*HQ,1,V1*HQ,2,V1#", 300), Cut::Frame(8));
        assert_eq!(H02.cut(b"*", 300), Cut::Wait);
    }

    #[test]
    fn answers_are_what_traccar_gives() {
        let answer = |frame: &[u8], fate| {
            let mut out = Vec::new();
            H02.answer(frame, fate, "2026-03-01T04:05:06Z".parse().unwrap(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(answer(SAMPLES[0], Fate::Kept), "*HQ,8690000017,V4,V1,20260301040506#");
        assert_eq!(answer(SAMPLES[1], Fate::Kept), "*HQ,869000000000017,HTBT#");
        assert_eq!(answer(SAMPLES[2], Fate::Kept), "*HQ,8690000017,V4,NBR,20260301040506#");
        for silent in [SAMPLES[3], SAMPLES[4]] {
            assert_eq!(answer(silent, Fate::Kept), "");
        }
        assert_eq!(answer(SAMPLES[0], Fate::NotKept), "");
    }
}
