//! MiniFinder: the text form that Eview's older pendants speak (EV-07, MiniFinder Pico).
//!
//! ```text
//! !1,IMEI[,version[,battery]];                                      login
//! !5,signal,A|V[,battery];                                          heartbeat
//! !D,dd/mm/yy,hh:mm:ss,lat,lon,speed,course,flags,height,battery,…; place; B: the same, stored; C: an older kind
//! ```
//!
//! `;` ends a frame; where it is missing, the next `!` does. Nothing is answered: the language has no answers.
//!
//! Sources: the decoder and tests of traccar/traccar (`MiniFinder*`), which have the meaning of the flags.

use jiff::Timestamp;

use super::sentence::{Marks, signal};
use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, moment};
use crate::case::Kind;

/// MiniFinder.
pub struct MiniFinder;

const MARKS: Marks = Marks {
    starts: |bytes| bytes.first().map(|it| *it == b'!'),
    again: |bytes| bytes.first().map(|it| *it == b'!'),
    ends: b";",
};

impl Language for MiniFinder {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        MARKS.cut(bytes, most)
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let mut heard = Heard::default();
        match parts(frame) {
            Some((kind, cells)) => read(kind, &cells, &mut heard),
            None => {
                heard.sort = Sort::Broken;
                heard.odd.push("not_a_frame");
            }
        }
        if !frame.ends_with(b";") {
            heard.odd.push("without_end");
        }
        each(heard.gravest_first());
    }

    fn answer(&self, _frame: &[u8], _fate: Fate, _now: Timestamp, _into: &mut Vec<u8>) {}
}

/// The letter behind the mark, and the cells behind it.
fn parts(frame: &[u8]) -> Option<(u8, Vec<&str>)> {
    let inner = frame.strip_prefix(b"!")?;
    let inner = inner.strip_suffix(b";").unwrap_or(inner);
    let (kind, rest) = inner.split_first()?;
    let rest = std::str::from_utf8(rest).ok()?.trim_end();
    match rest.strip_prefix(',') {
        // The longest has 12; what is more says nothing.
        Some(cells) => Some((*kind, cells.split(',').take(32).map(str::trim).collect())),
        None if rest.is_empty() => Some((*kind, vec![])),
        None => None,
    }
}

fn read(kind: u8, cells: &[&str], heard: &mut Heard) {
    match kind {
        b'1' => {
            heard.sort = Sort::Beat;
            heard.number = cells.first().and_then(|it| Number::of(it.as_bytes()));
            if heard.number.is_none() {
                heard.odd.push("number_unreadable");
            }
            heard.measured.battery_percent = percent(cells.get(2));
        }
        b'5' => {
            heard.sort = Sort::Beat;
            heard.measured.signal_percent = cells.first().and_then(|it| it.parse().ok()).and_then(signal);
            heard.measured.battery_percent = percent(cells.get(2));
        }
        b'3' => heard.sort = Sort::Reply,
        b'A' | b'B' | b'C' | b'D' => {
            heard.sort = Sort::Position;
            heard.stored = kind == b'B';
            // The first kind has no flags: that it has a place says that there is one.
            let flags = match cells.get(6).map(|it| u32::from_str_radix(it, 16)) {
                _ if kind == b'A' => Some(1),
                Some(Ok(flags)) => Some(flags),
                _ => None,
            };
            let fixed = flags.is_some_and(|it| it & 3 != 0);
            let degrees = |at: usize| cells.get(at).and_then(|it| it.parse::<f64>().ok());
            heard.place = degrees(2)
                .zip(degrees(3))
                .and_then(|(lat, lon)| Place::of(lat, lon, fixed));
            heard.said = said(cells, fixed);
            match flags {
                Some(flags) if kind != b'A' => read_flags(flags, heard),
                Some(_) => {}
                None => {
                    // The flags are where an alarm would stand.
                    heard.odd.push("flags_unreadable");
                    heard
                        .alarms
                        .push(Alarm::unknown("minifinder_flags_unreadable".to_owned()));
                }
            }
            if kind != b'A' {
                heard.measured.battery_percent = percent(cells.get(8));
            }
        }
        _ => heard.sort = Sort::Other,
    }
}

/// Day first; the clock is Greenwich's or the street's, as somebody has set it up.
fn said(cells: &[&str], by_satellite: bool) -> Option<Said> {
    let three = |text: &str, by: char| -> Option<[u8; 3]> {
        let mut parts = text.split(by).map(|it| it.parse::<u8>().ok());
        let all = [parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(all)
    };
    let [day, month, year] = three(cells.first()?, '/')?;
    let [hour, minute, second] = three(cells.get(1)?, ':')?;
    Some(Said {
        at: moment(year, month, day, hour, minute, second)?,
        zone: Zone::Either,
        by_satellite,
    })
}

fn read_flags(flags: u32, heard: &mut Heard) {
    heard.states = true;
    let has = |bit: u32| flags >> bit & 1 == 1;
    let mut put = |bit: u32, alarm: Alarm| {
        if has(bit) {
            heard.alarms.push(alarm);
        }
    };
    put(6, Alarm::event(Kind::Sos, "sos"));
    put(8, Alarm::event(Kind::Fall, "fall"));
    put(2, Alarm::state(Kind::DeviceFault, "fault"));
    put(12, Alarm::state(Kind::LowBattery, "low_battery"));
    put(9, Alarm::state(Kind::Geofence, "fence_1"));
    put(10, Alarm::state(Kind::Geofence, "fence_2"));
    put(11, Alarm::state(Kind::Geofence, "fence_3"));
    // Speed is none of our kinds, and none the less an alarm.
    put(
        7,
        Alarm {
            lasting: true,
            ..Alarm::unknown("minifinder_speed".to_owned())
        },
    );
    // It was to lie still, and is moved.
    if has(14) || has(15) {
        heard.alarms.push(Alarm::state(Kind::Tamper, "movement"));
    }
    heard.measured.signal_percent = signal((flags >> 16 & 31) as u8);
}

fn percent(cell: Option<&&str>) -> Option<u8> {
    cell?.parse().ok().filter(|it| *it <= 100)
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    b"!1,869000000000017,V07S,84;",
    b"!5,17,A,84;",
    b"!D,1/3/26,04:00:00,39.380000,117.060000,0,0,140041,12.5,84,7,14,1.2;",
    b"!B,1/3/26,04:00:00,39.380000,117.060000,0,0,141001,12.5,14,7,14,1.2;",
    b"!A,01/03/26,04:00:00,39.380000,117.060000,0.0,25101,0;",
    b"!3,ok;",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frame: &str) -> Heard {
        let mut all = Vec::new();
        MiniFinder.read(frame.as_bytes(), &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn with_flags(kind: char, flags: u32) -> Heard {
        heard(&format!(
            "!{kind},1/3/26,04:00:00,39.38,117.06,0,0,{flags:x},12.5,84,7,14,1.2;"
        ))
    }

    #[test]
    fn every_flag_says_what_it_says() {
        for (bit, kind, said, lasting) in [
            (2, Kind::DeviceFault, "fault", true),
            (6, Kind::Sos, "sos", false),
            (7, Kind::Unknown, "minifinder_speed", true),
            (8, Kind::Fall, "fall", false),
            (9, Kind::Geofence, "fence_1", true),
            (10, Kind::Geofence, "fence_2", true),
            (11, Kind::Geofence, "fence_3", true),
            (12, Kind::LowBattery, "low_battery", true),
            (14, Kind::Tamper, "movement", true),
            (15, Kind::Tamper, "movement", true),
        ] {
            for letter in ['B', 'C', 'D'] {
                let got = with_flags(letter, 1 << bit | 1);
                let alarm = &got.alarms[..];
                assert_eq!(
                    (alarm.len(), alarm[0].kind, &*alarm[0].said, alarm[0].lasting),
                    (1, kind, said, lasting),
                    "bit {bit}"
                );
                assert_eq!((got.stored, got.states), (letter == 'B', true));
            }
        }
        let all = with_flags('D', u32::MAX);
        assert_eq!((all.alarms.len(), all.alarms[0].kind), (9, Kind::Sos));
        assert!(with_flags('D', 1).alarms.is_empty());
    }

    #[test]
    fn places_times_and_charge_are_read() {
        let got = with_flags('D', 0x0014_0001);
        let place = got.place.unwrap();
        assert!((place.lat - 39.38).abs() < 1e-9 && (place.lon - 117.06).abs() < 1e-9 && place.fixed);
        let said = got.said.unwrap();
        assert_eq!(
            (said.at.to_string().as_str(), said.by_satellite),
            ("2026-03-01T04:00:00", true)
        );
        assert_eq!(
            (got.measured.battery_percent, got.measured.signal_percent),
            (Some(84), Some(64))
        );
        // Nothing fixed, and a place only by the network.
        assert!(!with_flags('D', 0).place.unwrap().fixed && with_flags('D', 2).place.unwrap().fixed);
        let old = heard("!A,01/12/25,13:25:35,22.641724,114.023666,000.1,281.6,0;");
        assert!(old.place.unwrap().fixed && old.alarms.is_empty() && old.odd.is_empty());
        let beat = heard("!5,17,V;");
        assert_eq!(
            (beat.sort, beat.measured.signal_percent, beat.measured.battery_percent),
            (Sort::Beat, Some(54), None)
        );
        let login = heard("!1,867273023933661,V07S.5701.1621,100;");
        assert_eq!(
            (login.number.unwrap().as_str(), login.measured.battery_percent),
            ("867273023933661", Some(100))
        );
    }

    #[test]
    fn flags_that_cannot_be_read_are_an_alarm() {
        for frame in [
            "!D,1/3/26,04:00:00,39.38,117.06,0,0,xyz,12.5,84;",
            "!C,1/3/26,04:00:00,39.38;",
            "!B;",
        ] {
            let got = heard(frame);
            assert_eq!(
                (got.alarms[0].kind, got.odd.contains(&"flags_unreadable")),
                (Kind::Unknown, true)
            );
        }
        assert_eq!(heard("!D1/3/26;").sort, Sort::Broken);
        assert_eq!(heard("!1,;").odd, ["number_unreadable"]);
    }

    #[test]
    fn frames_end_with_their_mark_or_before_the_next() {
        let stream = b"\r\n!5,17,A;!D,1/3/26!1,8;x";
        let mut rest = &stream[..];
        let mut cuts = Vec::new();
        while !rest.is_empty() {
            let cut = MiniFinder.cut(rest, 300);
            cuts.push(cut);
            match cut {
                Cut::Wait => break,
                Cut::Junk(count) | Cut::Frame(count) => rest = &rest[count..],
            }
        }
        assert_eq!(
            cuts,
            [Cut::Junk(2), Cut::Frame(8), Cut::Frame(9), Cut::Frame(5), Cut::Junk(1)]
        );
        assert_eq!(MiniFinder.cut(b"!D,1/3", 300), Cut::Wait);
        assert_eq!(MiniFinder.cut(&[b'!'; 1], 300), Cut::Wait);
        assert_eq!(MiniFinder.cut(&[&b"!"[..], &[b'x'; 400]].concat(), 300), Cut::Junk(300));
        assert_eq!(heard("!D,1/3/26").odd, ["flags_unreadable", "without_end"]);
    }
}
