//! The watch family: `[3G*8800000015*0009*LK,0,0,53]`, by watches and pendants of many makers (vendors 3G, SG, CS, ZJ).
//!
//! ```text
//! [ vendor * number * (index *)? LEN * COMMAND (,argument)* ]
//! ```
//!
//! LEN (four hex digits) counts the bytes of the content and is wrong in every third published frame, so brackets frame and LEN only
//! warns. Binary content escapes `}` `[` `]` `,` `*` with 0x7D, so no bracket of a frame is content, with one exception: names of
//! wireless networks come as they are. A bracket in one ends or splits the frame behind the fields that matter.
//!
//! Sources: the decoder, encoder, frame decoder and tests of traccar/traccar (`Watch*`), and the makers' server protocol (4P-Touch,
//! "Beesure GPS SeTracker Server Protocol": every LK wants its answer, else the watch says nothing more and restarts).

use std::borrow::Cow;

use jiff::Timestamp;

use super::terminal::{Alarm, Cut, Fate, Heard, Language, Measured, Number, Place, Said, Sort, Zone, moment};
use crate::case::Kind;
use crate::people::{DeviceOrder, OrderKind};

/// The watch family.
pub struct Watch;

/// Vendors that are known to speak so.
const VENDORS: [&[u8]; 4] = [b"3G", b"SG", b"CS", b"ZJ"];

/// Bits of the status that assert something, gravest first. The high half are alarms, the low half states; 14 is an alarm of some
/// makers, and being out of the fence (1) is a state that says the same as the alarm.
const STATUS: &[(u8, Kind, &str, bool)] = &[
    (16, Kind::Sos, "sos", false),
    (21, Kind::Fall, "fall", false),
    (22, Kind::Fall, "fall", false),
    (18, Kind::Geofence, "fence_out", false),
    (19, Kind::Geofence, "fence_in", false),
    (1, Kind::Geofence, "out_of_fence", true),
    (17, Kind::LowBattery, "low_battery_alarm", false),
    (0, Kind::LowBattery, "low_battery", true),
    (14, Kind::PowerLoss, "power_cut", true),
    (20, Kind::Tamper, "taken_off", false),
];

/// Bits of the high half that nobody has told the meaning of: an unknown alarm each.
const UNTOLD: std::ops::RangeInclusive<u8> = 23..=31;

/// The parts of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parts<'a> {
    vendor: &'a [u8],
    number: &'a [u8],
    index: Option<&'a [u8]>,
    /// None where it does not read.
    length: Option<usize>,
    content: &'a [u8],
    /// The closing bracket is missing.
    broken: bool,
}

impl<'a> Parts<'a> {
    fn of(frame: &'a [u8]) -> Option<Self> {
        let inner = frame.strip_prefix(b"[")?;
        let (inner, broken) = match inner.strip_suffix(b"]") {
            Some(inner) => (inner, false),
            None => (inner, true),
        };
        let (vendor, rest) = split(inner, b'*')?;
        let (number, rest) = split(rest, b'*')?;
        let (first, rest) = split(rest, b'*')?;
        let (index, length, content) = match split(rest, b'*') {
            Some((second, content)) if is_hex4(second) => (Some(first), second, content),
            _ => (None, first, rest),
        };
        Some(Self {
            vendor,
            number,
            index,
            length: hex(length).and_then(|it| usize::try_from(it).ok()),
            content,
            broken,
        })
    }

    /// Command and arguments.
    fn said(&self) -> (&'a [u8], &'a [u8]) {
        split(self.content, b',').unwrap_or((self.content, b""))
    }
}

impl Language for Watch {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        match bytes.first() {
            None => return Cut::Wait,
            Some(b'[') => {}
            Some(_) => return Cut::Junk(find(bytes, b'[').unwrap_or(bytes.len())),
        }
        let within = &bytes[..bytes.len().min(most)];
        let mut from = 1;
        loop {
            let next = within[from..].iter().position(|it| matches!(it, b'[' | b']'));
            let Some(at) = next.map(|it| from + it) else {
                break;
            };
            if within[at] == b']' {
                return Cut::Frame(at + 1);
            }
            // A frame that begins inside a frame: the rest of the first was lost on the way. What came of it may be a call for help.
            match begins(&within[at..]) {
                Some(true) => return Cut::Frame(at),
                Some(false) => from = at + 1,
                None if bytes.len() >= most => from = at + 1,
                None => return Cut::Wait,
            }
        }
        if bytes.len() < most {
            return Cut::Wait;
        }
        // Endless: on to the next bracket. Its head is kept by whoever keeps junk.
        Cut::Junk(find(&bytes[1..most], b'[').map_or(most, |it| it + 1))
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let Some(parts) = Parts::of(frame) else {
            let mut heard = Heard {
                sort: Sort::Broken,
                ..Heard::default()
            };
            heard.odd.push("not_a_frame");
            each(heard);
            return;
        };
        let mut heard = read(&parts);
        if parts.broken {
            heard.odd.push("frame_cut_off");
        } else if parts.length != Some(parts.content.len()) {
            heard.odd.push("length_differs");
        }
        if !VENDORS.contains(&parts.vendor) {
            heard.odd.push("vendor_unknown");
        }
        heard.number = Number::of(parts.number);
        each(heard.gravest_first());
    }

    fn answer(&self, frame: &[u8], fate: Fate, _now: Timestamp, into: &mut Vec<u8>) {
        let Some(parts) = Parts::of(frame) else { return };
        let (command, _) = parts.said();
        let content: Cow<'_, [u8]> = match Command::of(command) {
            // There is no bad answer: silence makes the watch say it again.
            _ if fate == Fate::NotKept => return,
            Command::Alarm => b"AL"[..].into(),
            Command::Beat => b"LK"[..].into(),
            Command::Hello => b"INIT,1"[..].into(),
            Command::MayTalk => command.into(),
            Command::Position | Command::Reading(_) | Command::Voice | Command::Other => return,
        };
        put(into, &parts, &content);
    }

    fn orders(&self) -> &'static [OrderKind] {
        OrderKind::ALL
    }

    fn order(&self, from: &[u8], order: &DeviceOrder, _serial: u16, into: &mut Vec<u8>) {
        let Some(parts) = Parts::of(from) else { return };
        match order {
            DeviceOrder::Locate => put(into, &parts, b"CR"),
            DeviceOrder::Find => put(into, &parts, b"FIND"),
            DeviceOrder::SosNumbers { numbers } => {
                for (at, number) in (1..).zip(numbers) {
                    put(into, &parts, format!("SOS{at},{number}").as_bytes());
                }
            }
            DeviceOrder::Message { text } => {
                // UTF-16, the higher byte first, in hexadecimal digits.
                let digits: String = text.encode_utf16().map(|it| format!("{it:04X}")).collect();
                put(into, &parts, format!("MESSAGE,{digits}").as_bytes());
            }
        }
    }

    /// A watch says the command once more; of several numbers, each.
    fn done(&self, frame: &[u8], order: &DeviceOrder, _serial: u16) -> Option<bool> {
        let parts = Parts::of(frame)?;
        let (command, _) = parts.said();
        let answers = match order {
            DeviceOrder::Locate => command == b"CR",
            DeviceOrder::Find => command == b"FIND",
            DeviceOrder::SosNumbers { numbers } => command == format!("SOS{}", numbers.len()).as_bytes(),
            DeviceOrder::Message { .. } => command == b"MESSAGE",
        };
        answers.then_some(true)
    }
}

/// Writes a frame for whoever sent `to`.
fn put(into: &mut Vec<u8>, to: &Parts<'_>, content: &[u8]) {
    into.push(b'[');
    into.extend_from_slice(to.vendor);
    into.push(b'*');
    into.extend_from_slice(to.number);
    if let Some(index) = to.index {
        into.push(b'*');
        into.extend_from_slice(index);
    }
    into.extend_from_slice(format!("*{:04x}*", content.len()).as_bytes());
    into.extend_from_slice(content);
    into.push(b']');
}

/// What a command is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Beat,
    Hello,
    Alarm,
    Position,
    Reading(Reading),
    /// Asks whether it may send speech.
    MayTalk,
    Voice,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Pulse,
    Pressure,
    Oxygen,
    Temperature,
}

impl Command {
    fn of(word: &[u8]) -> Self {
        // Their capitals differ from maker to maker; the alarm first, whatever stands behind it (AL_LTE, ALCUSTOMER1).
        let is = |it: &str| word.eq_ignore_ascii_case(it.as_bytes());
        let begins = |it: &str| {
            word.get(..it.len())
                .is_some_and(|word| word.eq_ignore_ascii_case(it.as_bytes()))
        };
        if begins("AL") {
            Self::Alarm
        } else if is("LK") {
            Self::Beat
        } else if begins("UD") || begins("WT") {
            Self::Position
        } else if is("INIT") {
            Self::Hello
        } else if is("PULSE") || is("HEART") {
            Self::Reading(Reading::Pulse)
        } else if is("BLOOD") || is("BPHRT") {
            Self::Reading(Reading::Pressure)
        } else if is("OXYGEN") || is("SPO2") {
            Self::Reading(Reading::Oxygen)
        } else if is("TEMP") || is("BTEMP2") {
            Self::Reading(Reading::Temperature)
        } else if is("TKQ") || is("TKQ2") {
            Self::MayTalk
        } else if begins("TK") || is("JXTK") || is("IMG") {
            Self::Voice
        } else {
            Self::Other
        }
    }
}

fn read(parts: &Parts<'_>) -> Heard {
    let (word, arguments) = parts.said();
    let command = Command::of(word);
    let mut heard = Heard::default();
    match command {
        Command::Beat => {
            heard.sort = Sort::Beat;
            let mut fields = arguments.split(|it| *it == b',');
            heard.measured.steps = fields.next().and_then(number);
            heard.measured.battery_percent = fields.nth(1).and_then(percent);
        }
        Command::Alarm | Command::Position => read_position(arguments, command, &mut heard),
        Command::Reading(what) => {
            heard.sort = Sort::Reading;
            heard.measured = read_reading(what, arguments);
        }
        Command::Hello => heard.sort = Sort::Beat,
        Command::MayTalk | Command::Voice | Command::Other => heard.sort = Sort::Other,
    }
    // UD2 and what else begins so was stored while there was no network.
    heard.stored = word.get(..3).is_some_and(|it| it.eq_ignore_ascii_case(b"UD2"));
    heard
}

/// `ddmmyy,hhmmss,A|V,lat,N|S,lon,E|W,speed,course,altitude,satellites,signal,battery,steps,tumbles,status,…`
fn read_position(arguments: &[u8], command: Command, heard: &mut Heard) {
    let mut fields = arguments.split(|it| *it == b',').map(<[u8]>::trim_ascii);
    let mut next = || fields.next().unwrap_or_default();
    let (day, time, fixed) = (next(), next(), next() == b"A");
    heard.said = read_time(day, time).map(|at| Said {
        at,
        zone: Zone::Either,
        by_satellite: fixed,
    });
    let lat = degrees(next(), next() == b"S");
    let lon = degrees(next(), next() == b"W");
    heard.place = lat.zip(lon).and_then(|(lat, lon)| Place::of(lat, lon, fixed));
    let [_speed, _course, _altitude, _satellites] = [next(), next(), next(), next()];
    heard.measured.signal_percent = percent(next());
    heard.measured.battery_percent = percent(next());
    heard.measured.steps = number(next());
    let _tumbles = next();
    let status = next();
    let bits = hex(status);
    heard.states = bits.is_some();
    if let Some(bits) = bits {
        let set = |bit: u8| bits >> bit & 1 == 1;
        for (bit, kind, said, lasting) in STATUS {
            if set(*bit) && !heard.alarms.iter().any(|it| it.said == *said) {
                heard.alarms.push(Alarm {
                    kind: *kind,
                    said: Cow::Borrowed(said),
                    lasting: *lasting,
                });
            }
        }
        heard.alarms.extend(
            UNTOLD
                .filter(|it| set(*it))
                .map(|bit| Alarm::unknown(format!("watch_status_bit_{bit}"))),
        );
    }
    if command == Command::Position {
        heard.sort = Sort::Position;
        return;
    }
    heard.sort = Sort::Alarm;
    if heard.alarms.is_empty() {
        // An alarm that gives no reason. Where the reason is missing, cut off or from a time when the status had four digits and no
        // room for one, it may be the button.
        heard.alarms.push(if bits.is_none() || status.len() <= 4 {
            heard.odd.push("alarm_without_status");
            Alarm::event(Kind::Sos, "alarm_without_status")
        } else {
            Alarm::unknown("watch_alarm_without_reason".to_owned())
        });
    }
}

fn read_reading(what: Reading, arguments: &[u8]) -> Measured {
    let fields = || arguments.split(|it| *it == b',').map(<[u8]>::trim_ascii);
    let mut measured = Measured::default();
    match what {
        Reading::Pulse => measured.pulse = fields().next().and_then(number).filter(|it| *it > 0),
        Reading::Pressure => {
            let mut fields = fields();
            let (high, low) = (fields.next().and_then(number), fields.next().and_then(number));
            measured.pressure = high.zip(low).filter(|it| it.0 > 0 && it.1 > 0);
            measured.pulse = fields.next().and_then(number).filter(|it| *it > 0);
        }
        // A kind may stand before the value.
        Reading::Oxygen => measured.oxygen_percent = fields().filter_map(percent).rfind(|it| *it > 1),
        Reading::Temperature => {
            let degrees = |it| std::str::from_utf8(it).ok()?.parse::<f32>().ok();
            measured.temperature_c = fields().filter_map(degrees).rfind(|it| (20.0..=45.0).contains(it));
        }
    }
    measured
}

fn read_time(day: &[u8], time: &[u8]) -> Option<jiff::civil::DateTime> {
    let pairs = |it: &[u8]| {
        let [a, b, c, d, e, f] = it else { return None };
        let pair = |a: &u8, b: &u8| {
            let digits = a.is_ascii_digit() && b.is_ascii_digit();
            digits.then(|| (a - b'0') * 10 + (b - b'0'))
        };
        Some((pair(a, b)?, pair(c, d)?, pair(e, f)?))
    };
    let ((day, month, year), (hour, minute, second)) = (pairs(day)?, pairs(time)?);
    moment(year, month, day, hour, minute, second)
}

/// Degrees; turned round where the letter is S or W, unless the sign has said so already.
fn degrees(text: &[u8], turned: bool) -> Option<f64> {
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(if turned && value > 0.0 { -value } else { value })
}

fn number<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn percent(text: &[u8]) -> Option<u8> {
    number(text).filter(|it| *it <= 100)
}

fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    bytes.iter().position(|it| *it == byte)
}

fn split(bytes: &[u8], by: u8) -> Option<(&[u8], &[u8])> {
    let at = find(bytes, by)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn is_hex4(bytes: &[u8]) -> bool {
    bytes.len() == 4 && bytes.iter().all(u8::is_ascii_hexdigit)
}

fn hex(bytes: &[u8]) -> Option<u32> {
    let sound = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(bytes).ok().filter(|_| sound)?;
    u32::from_str_radix(text, 16).ok()
}

/// Whether bytes behind a bracket are the head of a frame: two letters or digits and a star. None: too few to tell.
fn begins(bytes: &[u8]) -> Option<bool> {
    for (at, byte) in bytes.iter().enumerate().skip(1).take(3) {
        let sound = if at < 3 {
            byte.is_ascii_alphanumeric()
        } else {
            *byte == b'*'
        };
        if !sound {
            return Some(false);
        }
    }
    (bytes.len() >= 4).then_some(true)
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    b"[3G*1451316451*0002*LK]",
    b"[SG*1451316451*000c*LK,1200,3,87]",
    b"[CS*1451316451*0071*AL,010326,040000,A,39.380000,N,117.060000,E,0.4,12.0,5.0,8,80,64,900,0,00010001,1,1,460,0,9360,4082,131,0,]",
    b"[ZJ*869000000000017*00a1*00ff*UD2,010326,020000,V,39.380000,N,117.060000,E,0,0,0,0,80,64,900,0,00200000,0,2,[home],aa:bb:cc:dd:ee:ff,-50,b,00:11:22:33:44:55,-70]",
    b"[3G*1451316451*0008*PULSE,72]",
    b"[3G*1451316451*0003*TKQ]",
    b"[3G*1451316451*000b*TK,#!AMR}\x01}\x02}\x03}\x04}\x05]",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frame: &str) -> Heard {
        let mut all = Vec::new();
        Watch.read(frame.as_bytes(), &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn answer(frame: &str, fate: Fate) -> String {
        let mut out = Vec::new();
        Watch.answer(frame.as_bytes(), fate, Timestamp::UNIX_EPOCH, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn cuts(stream: &str, most: usize) -> Vec<(bool, String)> {
        let mut rest = stream.as_bytes();
        let mut all = Vec::new();
        loop {
            let (frame, count) = match Watch.cut(rest, most) {
                Cut::Wait => break,
                Cut::Frame(count) => (true, count),
                Cut::Junk(count) => (false, count),
            };
            all.push((frame, String::from_utf8_lossy(&rest[..count]).into_owned()));
            rest = &rest[count..];
        }
        all.push((false, format!("left {}", String::from_utf8_lossy(rest))));
        all
    }

    /// An alarm or a position with a status.
    fn with_status(command: &str, status: &str) -> Heard {
        heard(&format!(
            "[3G*1451316451*0000*{command},010326,040000,A,39.38,N,117.06,E,0,0,0,8,80,64,900,0,{status},0,0]"
        ))
    }

    #[test]
    fn brackets_frame_whatever_the_length_says() {
        let lk = |n| format!("[3G*{n}*FFFF*LK]");
        for (stream, wanted) in [
            (
                format!("{}{}", lk(1), lk(2)),
                vec![(true, lk(1)), (true, lk(2)), (false, "left ".into())],
            ),
            (
                format!("\r\n{}\r\n", lk(1)),
                vec![
                    (false, "\r\n".into()),
                    (true, lk(1)),
                    (false, "\r\n".into()),
                    (false, "left ".into()),
                ],
            ),
            ("[3G*1*0002*L".into(), vec![(false, "left [3G*1*0002*L".into())]),
            // The rest of the first was lost on the way: what there is of it is read.
            (
                "[3G*1*0002*AL,[SG*2*0002*LK]".into(),
                vec![
                    (true, "[3G*1*0002*AL,".into()),
                    (true, "[SG*2*0002*LK]".into()),
                    (false, "left ".into()),
                ],
            ),
            // The name of a network has brackets: what stands before them is one frame.
            (
                "[3G*1*0002*AL,a,[home],b]".into(),
                vec![
                    (true, "[3G*1*0002*AL,a,[home]".into()),
                    (false, ",b]".into()),
                    (false, "left ".into()),
                ],
            ),
            // Whether a frame begins there cannot be told yet.
            (
                "[3G*1*0002*AL,a,[3G".into(),
                vec![(false, "left [3G*1*0002*AL,a,[3G".into())],
            ),
        ] {
            assert_eq!(cuts(&stream, 100), wanted, "{stream}");
        }
        // Endless: the head goes, and what begins a frame within it gets its chance.
        let endless = format!("[3G*1*{}{}", "x".repeat(60), lk(2));
        let all = cuts(&endless, 50);
        assert_eq!(all[0], (false, endless[..50].to_owned()));
        assert!(all.contains(&(true, lk(2))), "{all:?}");
        let nested = "[".repeat(200);
        assert!(cuts(&nested, 50).iter().all(|it| !it.0));
    }

    #[test]
    fn every_status_bit_says_what_it_says_and_help_comes_first() {
        for (bit, kind, said, lasting) in [
            (0, Kind::LowBattery, "low_battery", true),
            (1, Kind::Geofence, "out_of_fence", true),
            (14, Kind::PowerLoss, "power_cut", true),
            (16, Kind::Sos, "sos", false),
            (17, Kind::LowBattery, "low_battery_alarm", false),
            (18, Kind::Geofence, "fence_out", false),
            (19, Kind::Geofence, "fence_in", false),
            (20, Kind::Tamper, "taken_off", false),
            (21, Kind::Fall, "fall", false),
            (22, Kind::Fall, "fall", false),
        ] {
            for command in ["AL", "AL_LTE", "ALCUSTOMER1", "al", "UD", "UD_WCDMA", "WT"] {
                let got = with_status(command, &format!("{:08X}", 1_u32 << bit));
                let alarm = Alarm {
                    kind,
                    said: said.into(),
                    lasting,
                };
                assert_eq!(got.alarms, [alarm], "{command} bit {bit}");
            }
        }
        for bit in 23..=31 {
            let got = with_status("UD", &format!("{:08x}", 1_u32 << bit));
            assert_eq!(got.alarms, [Alarm::unknown(format!("watch_status_bit_{bit}"))]);
        }
        // In the fence, on the move, and what else stands in the low half: states and no alarms.
        for bit in [2, 3, 4, 5, 13, 15] {
            assert!(with_status("UD", &format!("{:08x}", 1_u32 << bit)).alarms.is_empty());
        }
        let all = with_status("AL", "ffffffff").alarms;
        assert_eq!((all[0].kind, all[1].kind), (Kind::Sos, Kind::Fall));
        assert_eq!(all.len(), 9 + 9);
    }

    #[test]
    fn an_alarm_that_gives_no_reason_is_an_alarm() {
        let kinds = |it: Heard| it.alarms.into_iter().map(|it| it.kind).collect::<Vec<_>>();
        assert_eq!(kinds(with_status("AL", "00000000")), [Kind::Unknown]);
        assert_eq!(kinds(with_status("AL", "0000")), [Kind::Sos]);
        assert_eq!(kinds(with_status("AL", "?")), [Kind::Sos]);
        assert_eq!(kinds(heard("[3G*1451316451*0002*AL]")), [Kind::Sos]);
        let cut = heard("[3G*1451316451*00a1*AL,010326,040000,A,39.3");
        assert_eq!(cut.odd, ["alarm_without_status", "frame_cut_off"]);
        assert_eq!((cut.sort, kinds(cut)), (Sort::Alarm, vec![Kind::Sos]));
    }

    #[test]
    fn a_position_is_read_with_all_that_stands_beside_it() {
        let got = heard(
            "[3G*6105117105*0060*UD2,210726,231601,V,-33.480366,N,-70.7630692,E,0.00,0.0,0.0,0,100,34,12,0,00000000,0,0]",
        );
        assert_eq!(got.number.unwrap().as_str(), "6105117105");
        assert_eq!(got.place, Place::of(-33.480_366, -70.763_069_2, false));
        let said = got.said.unwrap();
        assert_eq!(
            (said.at.to_string().as_str(), said.by_satellite),
            ("2026-07-21T23:16:01", false)
        );
        assert_eq!((got.stored, got.sort), (true, Sort::Position));
        let figures = (
            got.measured.battery_percent,
            got.measured.signal_percent,
            got.measured.steps,
        );
        assert_eq!(figures, (Some(34), Some(100), Some(12)));
        // South and west by letter, by sign, and by both.
        for (text, lat, lon) in [
            ("16.5,S,68.1,W", -16.5, -68.1),
            ("-16.5,S,-68.1,W", -16.5, -68.1),
            ("16.5,N,68.1,", 16.5, 68.1),
            (" 16.5,N, 68.1,E", 16.5, 68.1),
        ] {
            let got = heard(&format!(
                "[3G*1*0000*UD,010326,040000,A,{text},0,0,0,8,80,64,0,0,00000000,0,0]"
            ));
            assert_eq!(got.place, Place::of(lat, lon, true), "{text}");
        }
        let none = heard("[3G*1*0000*UD,330226,996000,V,0.0,N,0.0,E,0,0,0,8,200,x,0,0,00000000,0,0]");
        assert_eq!((none.place, none.said), (None, None));
        assert_eq!(
            (none.measured.signal_percent, none.measured.battery_percent),
            (None, None)
        );
    }

    #[test]
    fn bodies_and_beats_are_read() {
        let measured = |content: &str| heard(&format!("[3G*1*0000*{content}]")).measured;
        for (content, wanted) in [
            (
                "LK,1200,3,87",
                Measured {
                    steps: Some(1200),
                    battery_percent: Some(87),
                    ..Measured::default()
                },
            ),
            ("LK", Measured::default()),
            (
                "PULSE,72",
                Measured {
                    pulse: Some(72),
                    ..Measured::default()
                },
            ),
            (
                "heart,71",
                Measured {
                    pulse: Some(71),
                    ..Measured::default()
                },
            ),
            ("heart,0", Measured::default()),
            (
                "BLOOD,109,68",
                Measured {
                    pressure: Some((109, 68)),
                    ..Measured::default()
                },
            ),
            (
                "bphrt,120,80,66",
                Measured {
                    pressure: Some((120, 80)),
                    pulse: Some(66),
                    ..Measured::default()
                },
            ),
            (
                "oxygen,0,97",
                Measured {
                    oxygen_percent: Some(97),
                    ..Measured::default()
                },
            ),
            (
                "oxygen,97",
                Measured {
                    oxygen_percent: Some(97),
                    ..Measured::default()
                },
            ),
            (
                "TEMP,36.6",
                Measured {
                    temperature_c: Some(36.6),
                    ..Measured::default()
                },
            ),
            (
                "btemp2,1,36.6",
                Measured {
                    temperature_c: Some(36.6),
                    ..Measured::default()
                },
            ),
            ("btemp2,0,0", Measured::default()),
        ] {
            assert_eq!(measured(content), wanted, "{content}");
        }
        assert!(measured("PULSE,72").is_vital() && !measured("LK,1,2,3").is_vital());
    }

    #[test]
    fn answers_are_what_the_watch_waits_for_and_none_is_good_news_that_is_none() {
        for (frame, wanted) in [
            ("[3G*1451316451*0002*LK]", "[3G*1451316451*0002*LK]"),
            ("[SG*1451316451*000c*LK,1200,3,87]", "[SG*1451316451*0002*LK]"),
            ("[ZJ*869000000000017*00a1*0002*LK]", "[ZJ*869000000000017*00a1*0002*LK]"),
            ("[3G*1451316451*0000*AL_LTE,010326,040000,V]", "[3G*1451316451*0002*AL]"),
            ("[3G*1451316451*0004*INIT,1,2]", "[3G*1451316451*0006*INIT,1]"),
            ("[3G*1451316451*0003*TKQ]", "[3G*1451316451*0003*TKQ]"),
            ("[3G*1451316451*0004*TKQ2]", "[3G*1451316451*0004*TKQ2]"),
            ("[3G*1451316451*0002*UD,010326,040000,V]", ""),
            ("[3G*1451316451*0002*PULSE,72]", ""),
            ("garbage", ""),
        ] {
            assert_eq!(answer(frame, Fate::Kept), wanted, "{frame}");
            assert_eq!(answer(frame, Fate::NotKept), "", "{frame}");
        }
    }

    #[test]
    fn a_watch_is_told_in_its_own_name_and_says_it_once_more() {
        let told = |from: &str, order: &DeviceOrder| {
            let mut out = Vec::new();
            Watch.order(from.as_bytes(), order, 7, &mut out);
            String::from_utf8(out).unwrap()
        };
        let numbers = DeviceOrder::SosNumbers {
            numbers: vec!["13900000001".to_owned(), "110".to_owned()],
        };
        let message = DeviceOrder::Message {
            text: "好 a".to_owned(),
        };
        let lk = "[3G*1451316451*0002*LK]";
        for (order, wanted, answer) in [
            (
                DeviceOrder::Locate,
                "[3G*1451316451*0002*CR]",
                "[3G*1451316451*0002*CR]",
            ),
            (
                DeviceOrder::Find,
                "[3G*1451316451*0004*FIND]",
                "[3G*1451316451*0004*FIND]",
            ),
            (
                numbers,
                "[3G*1451316451*0010*SOS1,13900000001][3G*1451316451*0008*SOS2,110]",
                "[3G*1451316451*0004*SOS2]",
            ),
            (
                message,
                "[3G*1451316451*0014*MESSAGE,597D00200061]",
                "[3G*1451316451*0007*MESSAGE]",
            ),
        ] {
            assert_eq!(told(lk, &order), wanted);
            assert_eq!(Watch.done(answer.as_bytes(), &order, 7), Some(true), "{answer}");
            assert_eq!(Watch.done(lk.as_bytes(), &order, 7), None);
        }
        assert_eq!(
            told("[ZJ*8690*00a1*0002*LK]", &DeviceOrder::Locate),
            "[ZJ*8690*00a1*0002*CR]"
        );
        assert_eq!(told("garbage", &DeviceOrder::Locate), "");
        assert_eq!(Watch.done(b"[3G*1*0004*SOS1]", &DeviceOrder::Find, 7), None);
    }

    #[test]
    fn what_is_odd_is_named() {
        for (frame, odd) in [
            ("[3G*1*0002*LK]", &[][..]),
            ("[3G*1*00FF*LK]", &["length_differs"]),
            ("[3G*1*zzzz*LK]", &["length_differs"]),
            ("[XY*1*0002*LK]", &["vendor_unknown"]),
            ("[3G*1*0002*LK", &["frame_cut_off"]),
            ("[]", &["not_a_frame"]),
            ("[3G*1]", &["not_a_frame"]),
        ] {
            assert_eq!(heard(frame).odd, odd, "{frame}");
        }
        // Binary content has every byte but the brackets.
        let audio = [&b"[CS*1*000e*TK,#!AMR}\x01}\x02}\x03}\x04}\x05"[..], b"\xff]"].concat();
        assert_eq!(Watch.cut(&audio, 100), Cut::Frame(audio.len()));
        let mut said = Vec::new();
        Watch.read(&audio, &mut |it| said.push(it.sort));
        assert_eq!(said, [Sort::Other]);
    }
}
