//! TRV and IW: watches and pendants by Thinkrace (同创) and those who build on it, sold to care services as health watches.
//!
//! ```text
//! IWAP00353456789012345#                                             login; IW or TRV, then two letters and two of the kind
//! IWAP10 yymmdd A ddmm.mmmmN dddmm.mmmmE speed hhmmss course status,mcc,mnc,lac,cell,code,language,reply,networks#
//! IWAP03,status,steps,turns#                                         heartbeat
//! ```
//!
//! `#` ends a frame. The number (IMEI) comes once, in the login; the line keeps it. Speech (`AP07`) is bytes of any kind with their
//! count before them, so it is cut by that. Names of wireless networks come as they are, at the end: a `#` in one ends the frame behind
//! the fields that matter.
//!
//! Sources: the decoder and tests of traccar/traccar (`Trv*`), and what open servers for these watches have of the maker's texts (kinds,
//! codes of alarms, answers). Where they differ - code 05 is a fall with one and a forced case with another - it is an unknown alarm.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::terminal::{Alarm, Cut, Fate, Heard, Language, Measured, Number, Place, Said, Sort, Zone, moment};
use crate::case::Kind;

/// TRV and IW.
pub struct Trv;

/// Fields of a frame that are looked at; behind them are the networks in sight.
const FIELDS_MAX: usize = 24;

/// Bytes within which the head of a frame with speech ends: time, count, which, bytes.
const SPEECH_HEAD_MAX: usize = 64;

/// Hours east of Greenwich that a watch is told to show: these are sold in China, and their times are Greenwich's all the same.
const SHOWN_ZONE: &str = "8";

impl Language for Trv {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        match begins(bytes) {
            _ if bytes.is_empty() => return Cut::Wait,
            Some(true) => {}
            None => return Cut::Wait,
            Some(false) => {
                let next = (1..bytes.len()).find(|at| begins(&bytes[*at..]) != Some(false));
                return Cut::Junk(next.unwrap_or(bytes.len()));
            }
        }
        let within = &bytes[..bytes.len().min(most)];
        let from = match speech(within) {
            Speech::None => 1,
            Speech::EndsAt(at) if at < most => at,
            // It says that it is longer than any: by its marks, then.
            Speech::EndsAt(_) => 1,
            Speech::Wait if bytes.len() < most => return Cut::Wait,
            Speech::Wait => 1,
        };
        for at in from..within.len() {
            match within[at] {
                b'#' => return Cut::Frame(at + 1),
                // A frame that begins within a frame: the end of the first was lost on the way.
                b'I' | b'T' => match begins(&within[at..]) {
                    Some(true) => return Cut::Frame(at),
                    None if bytes.len() < most => return Cut::Wait,
                    _ => {}
                },
                _ => {}
            }
        }
        if bytes.len() < most {
            return Cut::Wait;
        }
        Cut::Junk(most)
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let mut heard = Heard::default();
        match Parts::of(frame) {
            Some(parts) => {
                read(&parts, &mut heard);
                if !parts.whole {
                    heard.odd.push("frame_cut_off");
                }
            }
            None => {
                heard.sort = Sort::Broken;
                heard.odd.push("not_a_frame");
            }
        }
        each(heard.gravest_first());
    }

    fn answer(&self, frame: &[u8], fate: Fate, now: Timestamp, into: &mut Vec<u8>) {
        // There is no bad answer: silence makes the watch say it again.
        let Some(parts) = Parts::of(frame).filter(|_| fate == Fate::Kept) else {
            return;
        };
        let iw = parts.maker == b"IW";
        let rest: Cow<'_, str> = match parts.kind {
            b"AP00" if iw => {
                let now = Offset::UTC.to_datetime(now).strftime("%Y%m%d%H%M%S");
                format!(",{now},{SHOWN_ZONE}").into()
            }
            // It asks for the address of where it is, which nobody looks up here.
            b"AP14" => ",0.000,0.000".into(),
            b"APJK" => match parts.text().split(',').nth(2) {
                Some(what) if !what.is_empty() && what.len() <= 4 => format!(",{what}").into(),
                _ => "".into(),
            },
            b"AP00" | b"AP01" | b"AP02" | b"AP03" | b"AP10" | b"AP49" | b"AP50" | b"AP97" | b"APHT" | b"APHP"
            | b"APHD" | b"APFD" | b"CP01" | b"YP03" | b"YP14" => "".into(),
            // Speech and pictures are kept nowhere, and answers are not answered.
            _ => return,
        };
        into.extend_from_slice(parts.maker);
        // The letter after that of the question.
        into.push(parts.kind[0] + 1);
        into.extend_from_slice(&parts.kind[1..]);
        into.extend_from_slice(rest.as_bytes());
        into.push(b'#');
    }
}

/// Whether bytes are the head of a frame. None: too few to tell.
fn begins(bytes: &[u8]) -> Option<bool> {
    let one = |at: usize, sound: fn(&u8) -> bool| bytes.get(at).map(sound);
    let maker = match bytes {
        [b'I', b'W', ..] => 2,
        [b'T', b'R', b'V', ..] => 3,
        [b'I'] | [b'T'] | [b'T', b'R'] => return None,
        _ => return Some(false),
    };
    let kind: [fn(&u8) -> bool; 4] = [
        u8::is_ascii_uppercase,
        |it| *it == b'P',
        |it| it.is_ascii_uppercase() || it.is_ascii_digit(),
        |it| it.is_ascii_uppercase() || it.is_ascii_digit(),
    ];
    for (at, sound) in kind.into_iter().enumerate() {
        if !one(maker + at, sound)? {
            return Some(false);
        }
    }
    Some(true)
}

/// Where the end of a frame may stand that has speech in it.
enum Speech {
    /// It has none.
    None,
    /// The end stands here or later.
    EndsAt(usize),
    /// Its head has not come yet.
    Wait,
}

/// `AP07,time,how many,which,bytes,…`
fn speech(bytes: &[u8]) -> Speech {
    let Some(parts) = Parts::of(bytes).filter(|it| it.kind == b"AP07") else {
        return Speech::None;
    };
    let head = parts.maker.len() + parts.kind.len();
    let mut commas = bytes[head..]
        .iter()
        .enumerate()
        .filter(|it| *it.1 == b',')
        .map(|it| it.0);
    let (Some(before), Some(behind)) = (commas.nth(3), commas.next()) else {
        return if bytes.len() < SPEECH_HEAD_MAX {
            Speech::Wait
        } else {
            Speech::None
        };
    };
    let count = std::str::from_utf8(&bytes[head + before + 1..head + behind]);
    match count.ok().and_then(|it| it.parse::<u16>().ok()) {
        Some(count) => Speech::EndsAt(head + behind + 1 + usize::from(count)),
        None => Speech::None,
    }
}

/// The parts of a frame.
struct Parts<'a> {
    /// `IW` or `TRV`.
    maker: &'a [u8],
    /// Four letters and digits.
    kind: &'a [u8],
    rest: &'a [u8],
    /// Its end has come.
    whole: bool,
}

impl<'a> Parts<'a> {
    fn of(frame: &'a [u8]) -> Option<Self> {
        begins(frame).filter(|it| *it)?;
        let (maker, rest) = frame.split_at(if frame[0] == b'T' { 3 } else { 2 });
        let (kind, rest) = rest.split_at_checked(4)?;
        let trimmed = rest.trim_ascii_end();
        let (rest, whole) = match trimmed.strip_suffix(b"#") {
            Some(rest) => (rest, true),
            None => (trimmed, false),
        };
        Some(Self {
            maker,
            kind,
            rest,
            whole,
        })
    }

    /// What is text of it: names of networks are in whatever letters they are.
    fn text(&self) -> &'a str {
        match std::str::from_utf8(self.rest) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&self.rest[..error.valid_up_to()]).unwrap_or_default(),
        }
    }
}

fn read(parts: &Parts<'_>, heard: &mut Heard) {
    let text = parts.text();
    let cells: Vec<&str> = text.split(',').take(FIELDS_MAX).map(str::trim).collect();
    let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
    match parts.kind {
        b"AP00" => {
            heard.sort = Sort::Beat;
            heard.number = Number::of(cell(0).as_bytes());
            if heard.number.is_none() {
                heard.odd.push("number_unreadable");
            }
        }
        b"AP03" | b"CP01" => {
            heard.sort = Sort::Beat;
            read_status(cell(1), heard);
            heard.measured.steps = cell(2).parse().ok();
        }
        b"AP01" | b"YP03" | b"YP14" => {
            heard.sort = Sort::Position;
            read_place(cell(0), heard);
        }
        b"AP02" => heard.sort = Sort::Position,
        b"AP10" => {
            read_place(cell(0), heard);
            read_alarm(&cells, heard);
        }
        // A fall; older ones look for friends nearby with the same word, and say where they are.
        b"APFD" => match imei(cell(1)) {
            Some(number) => {
                heard.sort = Sort::Alarm;
                heard.number = Some(number);
                heard.alarms.push(Alarm::event(Kind::Fall, "fall"));
            }
            None => {
                heard.sort = Sort::Position;
                read_place(cell(0), heard);
                if heard.place.is_none() && heard.said.is_none() {
                    heard.sort = Sort::Alarm;
                    heard.alarms.push(Alarm::event(Kind::Fall, "fall"));
                }
            }
        },
        b"APWR" => {
            heard.sort = Sort::Other;
            heard.number = imei(cell(1));
            if cell(2) == "0" {
                heard.alarms.push(Alarm::event(Kind::Tamper, "taken_off"));
            }
        }
        b"AP49" | b"AP50" | b"APHT" | b"APHP" | b"APJK" => {
            heard.sort = Sort::Reading;
            heard.measured = read_reading(parts.kind, &cell);
        }
        // What is said of a command of ours: its serial stands first.
        b"AP12" | b"AP16" | b"AP33" | b"AP34" | b"AP40" | b"AP84" | b"AP85" | b"AP86" | b"AP87" | b"APXL" | b"APXY" => {
            heard.sort = Sort::Reply;
        }
        _ => heard.sort = Sort::Other,
    }
}

/// Fifteen digits.
fn imei(text: &str) -> Option<Number> {
    let sound = text.len() == 15 && text.bytes().all(|it| it.is_ascii_digit());
    Number::of(text.as_bytes()).filter(|_| sound)
}

/// Behind the place: four cells of the network, and the code.
fn read_alarm(cells: &[&str], heard: &mut Heard) {
    let code = cells.get(5).copied().unwrap_or_default();
    heard.sort = Sort::Alarm;
    heard.alarms.push(match code {
        // It asks for the address of where it is, and nothing is the matter.
        "00" => {
            heard.sort = Sort::Position;
            return;
        }
        "01" => Alarm::event(Kind::Sos, "sos"),
        "02" => Alarm::event(Kind::LowBattery, "low_battery"),
        "03" => Alarm::event(Kind::Tamper, "taken_off"),
        "06" => Alarm::event(Kind::Fall, "fall"),
        "07" => Alarm::event(Kind::Vital, "pulse_out_of_range"),
        "08" => Alarm::event(Kind::Vital, "pulse_high"),
        "09" => Alarm::event(Kind::Vital, "pulse_low"),
        "10" => Alarm::event(Kind::Vital, "pressure_high"),
        "19" => Alarm::event(Kind::LinkLoss, "switched_off"),
        "20" => Alarm::event(Kind::Geofence, "fence_out"),
        "21" => Alarm::event(Kind::Geofence, "fence_in"),
        _ if code.len() == 2 && code.bytes().all(|it| it.is_ascii_digit()) => {
            Alarm::unknown(format!("trv_alarm_{code}"))
        }
        // Where the reason is missing or cut off it may be the button.
        _ => {
            heard.odd.push("alarm_without_status");
            Alarm::event(Kind::Sos, "alarm_without_status")
        }
    });
}

/// `yymmdd A ddmm.mmmmN dddmm.mmmmE speed hhmmss course status`, without anything between.
fn read_place(text: &str, heard: &mut Heard) {
    let mut rest = text;
    let mut take = |count: usize| -> &str {
        let (part, behind) = rest.split_at_checked(count).unwrap_or(("", ""));
        rest = behind;
        part
    };
    let date = take(6);
    let fixed = take(1) == "A";
    let (lat, north) = (take(9), take(1));
    let (lon, east) = (take(10), take(1));
    let _speed = take(5);
    let time = take(6);
    let _course = take(6);
    let lat = degrees(lat, 2).map(|it| if north == "S" { -it } else { it });
    let lon = degrees(lon, 3).map(|it| if east == "W" { -it } else { it });
    heard.place = lat.zip(lon).and_then(|(lat, lon)| Place::of(lat, lon, fixed));
    let pair = |text: &str, at: usize| text.get(at..at + 2).filter(|it| is_digits(it))?.parse::<u8>().ok();
    let at = || {
        let day = (pair(date, 0)?, pair(date, 2)?, pair(date, 4)?);
        moment(day.0, day.1, day.2, pair(time, 0)?, pair(time, 2)?, pair(time, 4)?)
    };
    heard.said = at().map(|at| Said {
        at,
        zone: Zone::Either,
        by_satellite: fixed,
    });
    read_status(rest, heard);
}

/// Signal, satellites and charge of three digits each, and how it is set up.
fn read_status(text: &str, heard: &mut Heard) {
    let percent = |at: usize| text.get(at..at + 3).filter(|it| is_digits(it))?.parse::<u8>().ok();
    heard.measured.signal_percent = percent(0).filter(|it| *it <= 100);
    heard.measured.battery_percent = percent(6).filter(|it| *it <= 100);
}

fn read_reading<'a>(kind: &[u8], cell: &impl Fn(usize) -> &'a str) -> Measured {
    let mut measured = Measured::default();
    let beats = |it: &str| it.parse::<u16>().ok().filter(|it| *it > 0);
    let warm = |it: &str| it.parse::<f32>().ok().filter(|it| (20.0..=45.0).contains(it));
    let percent = |it: &str| it.parse::<u8>().ok().filter(|it| (1..=100).contains(it));
    let pressure = |high: &str, low: &str| beats(high).zip(beats(low));
    match kind {
        b"AP49" => measured.pulse = beats(cell(1)),
        b"AP50" => {
            measured.temperature_c = warm(cell(1));
            measured.battery_percent = percent(cell(2));
        }
        b"APHT" | b"APHP" => {
            measured.pulse = beats(cell(1));
            measured.pressure = pressure(cell(2), cell(3));
            if kind == b"APHP" {
                measured.oxygen_percent = percent(cell(4));
                measured.temperature_c = warm(cell(6));
            }
        }
        // Time, what, value.
        _ => match cell(2) {
            // The lower one first.
            "1" => measured.pressure = cell(3).split_once('|').and_then(|(low, high)| pressure(high, low)),
            "2" => measured.pulse = beats(cell(3)),
            "3" => measured.temperature_c = warm(cell(3)),
            "4" => measured.oxygen_percent = percent(cell(3)),
            _ => {}
        },
    }
    measured
}

/// Degrees of `whole` digits, then minutes.
fn degrees(text: &str, whole: usize) -> Option<f64> {
    let (whole, minutes) = text.split_at_checked(whole)?;
    let whole: f64 = whole.parse::<u16>().ok()?.into();
    let minutes: f64 = minutes.parse().ok()?;
    (0.0..60.0).contains(&minutes).then_some(whole + minutes / 60.0)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit())
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    b"IWAP00869000000000017#",
    b"TRVAP00869000000000017#",
    b"IWAP03,06000908000102,5555,30#",
    b"TRVCP01,06000908000102#",
    b"IWAP10260301A3922.8000N11703.6000E000.1040000323.8706000908000502,460,0,9520,3671,01,zh-cn,00,HOME|74-DE-2B-44-88-8C|97#",
    b"IWAP01260301V3922.8000N11703.6000E000.1040000323.8706000908000102,460,0,9520,3671,HOME|74-DE-2B-44-88-8C|97#",
    b"IWAPFD,869000000000017,1772337600#",
    b"IWAPWR,869000000000017,0,1772337600#",
    b"IWAPHP,60,130,85,95,90,36.5,,,,,,,#",
    b"IWAPJK,20260301120000,1,85|130#",
    b"IWAP07,20260301040000,6,1,8,#IWAP10##",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frame: &str) -> Heard {
        let mut all = Vec::new();
        Trv.read(frame.as_bytes(), &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn alarm(code: &str) -> Heard {
        heard(&format!(
            "IWAP10260301A3922.8000N11703.6000E000.1040000323.8706000908000502,460,0,9520,3671,{code},zh-cn,00,HOME|x|97#"
        ))
    }

    fn answer(frame: &str, fate: Fate) -> String {
        let mut out = Vec::new();
        let now = "2026-03-01T04:00:00Z".parse().unwrap();
        Trv.answer(frame.as_bytes(), fate, now, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_code_says_what_it_says() {
        for (code, kind, said) in [
            ("01", Kind::Sos, "sos"),
            ("02", Kind::LowBattery, "low_battery"),
            ("03", Kind::Tamper, "taken_off"),
            ("05", Kind::Unknown, "trv_alarm_05"),
            ("06", Kind::Fall, "fall"),
            ("07", Kind::Vital, "pulse_out_of_range"),
            ("08", Kind::Vital, "pulse_high"),
            ("09", Kind::Vital, "pulse_low"),
            ("10", Kind::Vital, "pressure_high"),
            ("14", Kind::Unknown, "trv_alarm_14"),
            ("19", Kind::LinkLoss, "switched_off"),
            ("20", Kind::Geofence, "fence_out"),
            ("21", Kind::Geofence, "fence_in"),
            ("99", Kind::Unknown, "trv_alarm_99"),
            ("", Kind::Sos, "alarm_without_status"),
            ("x", Kind::Sos, "alarm_without_status"),
        ] {
            let got = alarm(code);
            let it = &got.alarms[..];
            assert_eq!((it.len(), it[0].kind, &*it[0].said), (1, kind, said), "{code}");
            assert_eq!(got.sort, Sort::Alarm);
        }
        let asks = alarm("00");
        assert_eq!((asks.sort, asks.alarms.len()), (Sort::Position, 0));
        let short = heard("IWAP10260301A3922.8000N1170");
        assert_eq!(
            (short.alarms[0].kind, &short.odd[..]),
            (Kind::Sos, &["alarm_without_status", "frame_cut_off"][..])
        );
        for (frame, kind) in [
            ("IWAPFD,869000000000017,1772337600#", Kind::Fall),
            ("IWAPFD#", Kind::Fall),
            ("IWAPWR,869000000000017,0,1772337600#", Kind::Tamper),
        ] {
            assert_eq!(heard(frame).alarms[0].kind, kind, "{frame}");
        }
        assert!(heard("IWAPWR,869000000000017,1,1772337600#").alarms.is_empty());
        let friends = heard("IWAPFD260301A3922.8000N11703.6000E000.1040000323.8706000908000502,460,0#");
        assert_eq!((friends.sort, friends.alarms.len()), (Sort::Position, 0));
    }

    #[test]
    fn places_times_and_figures_are_read() {
        let got = alarm("01");
        let place = got.place.unwrap();
        assert!((place.lat - 39.38).abs() < 1e-9 && (place.lon - 117.06).abs() < 1e-9 && place.fixed);
        let said = got.said.unwrap();
        assert_eq!(
            (said.at.to_string().as_str(), said.by_satellite),
            ("2026-03-01T04:00:00", true)
        );
        let measured = |it: &Heard| (it.measured.signal_percent, it.measured.battery_percent);
        assert_eq!(measured(&got), (Some(60), Some(80)));
        let south = heard("TRVYP03260301V3922.8000S11703.6000W000.0040000029.0010000810020201112,404,27,184,10229#");
        let place = south.place.unwrap();
        assert!(place.lat < -39.0 && place.lon < -117.0 && !place.fixed);
        assert_eq!(measured(&south), (Some(100), Some(100)));
        let beat = heard("IWAP03,06000908000102,5555,30#");
        assert_eq!(
            (beat.sort, beat.measured.steps, beat.measured.battery_percent),
            (Sort::Beat, Some(5_555), Some(80))
        );
        assert_eq!(
            heard("IWAP00869000000000017,89860617840074615172#")
                .number
                .unwrap()
                .as_str(),
            "869000000000017"
        );
        assert_eq!(heard("IWAP00#").odd, ["number_unreadable"]);
        let all = heard("IWAPHP,60,130,85,95,90,36.5,,,,,,,#").measured;
        assert_eq!(
            (all.pulse, all.pressure, all.oxygen_percent, all.temperature_c),
            (Some(60), Some((130, 85)), Some(95), Some(36.5))
        );
        let two = heard("IWAP50,36.7,90#").measured;
        assert_eq!((two.temperature_c, two.battery_percent), (Some(36.7), Some(90)));
        assert_eq!(heard("IWAP49,68#").measured.pulse, Some(68));
        assert_eq!(heard("IWAPHT,60,130,85#").measured.pressure, Some((130, 85)));
        assert_eq!(
            heard("IWAPJK,20260301120000,1,85|130#").measured.pressure,
            Some((130, 85))
        );
        assert_eq!(heard("IWAPJK,20260301120000,4,97#").measured.oxygen_percent, Some(97));
        assert_eq!(heard("nothing").sort, Sort::Broken);
    }

    #[test]
    fn each_kind_has_its_answer_and_what_was_not_kept_has_none() {
        for (frame, wanted) in [
            ("IWAP00869000000000017#", "IWBP00,20260301040000,8#"),
            ("TRVAP00869000000000017#", "TRVBP00#"),
            ("IWAP03,06000908000102,1,1#", "IWBP03#"),
            ("TRVCP01,06000908000102#", "TRVDP01#"),
            ("TRVYP14#", "TRVZP14#"),
            ("IWAP10x#", "IWBP10#"),
            ("IWAP14,x#", "IWBP14,0.000,0.000#"),
            ("IWAPJK,20260301120000,3,36.6#", "IWBPJK,3#"),
            ("IWAPFD,869000000000017,1#", "IWBPFD#"),
            ("IWAP07,20260301040000,6,1,1,x#", ""),
            ("IWAP12,080835,1,2,3#", ""),
            ("IWAPWR,869000000000017,1,1#", ""),
        ] {
            assert_eq!(answer(frame, Fate::Kept), wanted, "{frame}");
            assert_eq!(answer(frame, Fate::NotKept), "", "{frame}");
        }
    }

    #[test]
    fn frames_end_with_their_mark_or_before_the_next_and_speech_by_its_count() {
        let stream = b"\r\nIWAP03,06#IWAP03,07TRVAP10#xxIWAP07,t,6,1,9,#IWAP10#9#IWAPXL,1#";
        let mut rest = &stream[..];
        let mut cuts = Vec::new();
        while !rest.is_empty() {
            let cut = Trv.cut(rest, 300);
            cuts.push(cut);
            match cut {
                Cut::Wait => break,
                Cut::Junk(count) | Cut::Frame(count) => rest = &rest[count..],
            }
        }
        assert_eq!(
            cuts,
            [
                Cut::Junk(2),
                Cut::Frame(10),
                Cut::Frame(9),
                Cut::Frame(8),
                Cut::Junk(2),
                Cut::Frame(25),
                Cut::Frame(9)
            ]
        );
        assert_eq!(Trv.cut(b"IWAP1", 300), Cut::Wait);
        assert_eq!(Trv.cut(b"T", 300), Cut::Wait);
        assert_eq!(Trv.cut(b"IWAP07,t,6", 300), Cut::Wait);
        assert_eq!(Trv.cut(&[&b"IWAP03"[..], &[b'x'; 400]].concat(), 300), Cut::Junk(300));
        // More speech than a frame may have is no reason to wait for ever.
        assert_eq!(
            Trv.cut(&[&b"IWAP07,t,6,1,60000,"[..], &[b'x'; 400]].concat(), 300),
            Cut::Junk(300)
        );
    }
}
