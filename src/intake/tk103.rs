//! TK103: the trackers of that name that speak in brackets.
//!
//! ```text
//! (number BP00 …HSO)                                                          login; twelve letters of the number, then the word
//! (number BR00 yymmdd A ddmm.mmmmN dddmm.mmmmE speed hhmmss course state L metres)
//! (number BO01 n yymmdd …)  (number BQ81,ALARM,n,speed,yymmdd …)              alarms with a code
//! (number,ZC25,ddmmyy,A,ddmm.mmmmN,dddmm.mmmmE,speed,hhmmss,course,…)         a later kind: the word is the alarm
//! ```
//!
//! The blanks above are there for the reader only. `)` ends a sentence; where it is missing, the next `(` does.
//!
//! Sources: the decoder and tests of traccar/traccar (`Tk103*`) for words, codes and the two answers. A code or a word of an alarm that no
//! list here has is an unknown alarm.

use jiff::Timestamp;

use super::sentence::{Marks, degrees, is_digits, pairs, word};
use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, moment};
use crate::case::Kind;

/// TK103.
pub struct Tk103;

const MARKS: Marks = Marks {
    starts: |bytes| bytes.first().map(|it| *it == b'('),
    again: |bytes| bytes.first().map(|it| *it == b'('),
    ends: b")",
};

/// Where the word stands in most sentences: behind so many letters.
const NUMBER: usize = 12;

/// Words that assert something by themselves.
const WORDS: &[(&[&str], Kind, &str)] = &[
    (&["ZC25", "DW3E", "DW5E"], Kind::Sos, "sos"),
    (&["ZC11", "DW31", "DW51"], Kind::Tamper, "movement"),
    (&["ZC17", "DW37", "DW57"], Kind::Tamper, "taken_off"),
    (&["ZC26", "DW3F", "DW5F"], Kind::Tamper, "tampering"),
    (&["ZC12", "DW32", "DW52"], Kind::LowBattery, "low_battery"),
    (&["ZC27", "DW40", "DW60"], Kind::LowBattery, "low_power"),
    (&["ZC13", "DW33", "DW53"], Kind::PowerLoss, "power_cut"),
];

/// Words of the same kind that assert nothing: positions, ignition, the charge, an answer.
const NOTHING: &[&str] = &[
    "ZC03", "ZC07", "ZC15", "ZC16", "ZC20", "ZC29", "DW30", "DW35", "DW36", "DW3B", "DW42", "DW50", "DW55", "DW56",
    "DW5B", "DW62",
];

impl Language for Tk103 {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        MARKS.cut(bytes, most)
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let (text, whole) = MARKS.text(frame);
        let mut heard = Heard::default();
        match Parts::of(&text) {
            Some(parts) => read(&parts, &mut heard),
            None => {
                heard.sort = Sort::Broken;
                heard.odd.push("not_a_frame");
            }
        }
        if !whole {
            heard.odd.push("without_end");
        }
        each(heard.gravest_first());
    }

    fn answer(&self, frame: &[u8], fate: Fate, _now: Timestamp, into: &mut Vec<u8>) {
        if fate == Fate::NotKept {
            return; // there is no bad answer
        }
        let (text, _) = MARKS.text(frame);
        let Some(parts) = Parts::of(&text) else { return };
        let Parts { id, .. } = parts;
        let told = match parts.word {
            "BP00" => format!("({id}AP01HSO)"),
            "BP05" => format!("({id}AP05)"),
            _ => return,
        };
        into.extend_from_slice(told.as_bytes());
    }
}

/// The parts of a sentence.
struct Parts<'a> {
    id: &'a str,
    /// Four letters and digits.
    word: &'a str,
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('(')?;
        let at = |from: usize, behind: usize| -> Option<Self> {
            let (id, word, rest) = (
                text.get(..from)?,
                text.get(behind..behind + 4)?,
                text.get(behind + 4..)?,
            );
            is_word(word).then_some(Self { id, word, rest })
        };
        let comma = text.find(',').filter(|it| *it <= 20).and_then(|it| at(it, it + 1));
        // Some have a number of another length.
        comma
            .or_else(|| at(NUMBER, NUMBER))
            .or_else(|| (8..=16).find_map(|it| at(it, it)))
    }
}

fn is_word(text: &str) -> bool {
    let hex = |it: u8| it.is_ascii_digit() || (b'A'..=b'F').contains(&it);
    matches!(text.as_bytes(), [b'B' | b'D' | b'Z', second, third, fourth]
        if second.is_ascii_uppercase() && third.is_ascii_digit() && hex(*fourth))
}

fn read(parts: &Parts<'_>, heard: &mut Heard) {
    heard.number = Number::of(parts.id.as_bytes());
    if heard.number.is_none() {
        heard.odd.push("number_unreadable");
    }
    heard.sort = Sort::Position;
    if parts.rest.starts_with(',') {
        // Of an alarm with a code the rest is written without commas.
        if !read_apart(parts.rest, heard) {
            read_joined(parts.rest, heard);
        }
    } else {
        read_joined(parts.rest, heard);
    }
    match parts.word {
        "BP00" => heard.sort = Sort::Beat,
        "ZC03" => heard.sort = Sort::Reply,
        "ZC20" => {
            heard.sort = Sort::Reading;
            heard.measured.battery_percent = parts.rest.split(',').nth(3).and_then(charge);
        }
        _ => {}
    }
    if let Some(alarm) = asserted(parts) {
        heard.sort = Sort::Alarm;
        heard.alarms.push(alarm);
    }
}

/// Steps of the charge.
fn charge(step: &str) -> Option<u8> {
    match step {
        "6" => Some(100),
        "5" => Some(80),
        "4" => Some(50),
        "3" => Some(20),
        "2" => Some(10),
        _ => None,
    }
}

fn asserted(parts: &Parts<'_>) -> Option<Alarm> {
    let said = parts.word;
    if let Some((_, kind, as_said)) = WORDS.iter().find(|it| it.0.contains(&said)) {
        return Some(Alarm::event(*kind, as_said));
    }
    let code = match said {
        "BO01" => parts.rest.get(..1).unwrap_or_default(),
        "BQ81" => parts
            .rest
            .strip_prefix(",ALARM,")
            .and_then(|it| it.split(',').next())
            .unwrap_or_default(),
        _ if NOTHING.contains(&said) => return None,
        // Of the later kind each word is an event; of the older one alarms begin with BO.
        _ if said.starts_with("ZC") || said.starts_with("DW") || said.starts_with("BO") => {
            return Some(Alarm::unknown(format!("tk103_{said}")));
        }
        _ => return None,
    };
    Some(match (said, code) {
        ("BO01", "1") => Alarm::event(Kind::Fall, "accident"),
        ("BO01", "2") => Alarm::event(Kind::Sos, "sos"),
        ("BO01", "3") => Alarm::event(Kind::Tamper, "vibration"),
        ("BO01", "6") => Alarm::event(Kind::Geofence, "fence_out"),
        ("BQ81", "0") => Alarm::event(Kind::LowBattery, "low_battery"),
        _ => Alarm::unknown(format!("tk103_{said}_{}", word(code))),
    })
}

/// `,date,A|V,place,place,speed,time,…`: whether it is written so.
fn read_apart(rest: &str, heard: &mut Heard) -> bool {
    let cells: Vec<&str> = rest.split(',').take(24).map(str::trim).collect();
    let Some(at) = (1..cells.len()).find(|at| matches!(cells[*at], "A" | "V") && pairs::<3>(cells[*at - 1]).is_some())
    else {
        return false;
    };
    let cell = |behind: usize| cells.get(at + behind).copied().unwrap_or_default();
    let fixed = cells[at] == "A";
    let sided = |text: &str| {
        let (number, side) = text.split_at_checked(text.len().checked_sub(1)?)?;
        degrees(number, side)
    };
    heard.place = sided(cell(1))
        .zip(sided(cell(2)))
        .and_then(|(lat, lon)| Place::of(lat, lon, fixed));
    let time = || {
        let ([day, month, year], [hour, minute, second]) = (pairs::<3>(cells[at - 1])?, pairs::<3>(cell(4))?);
        moment(year, month, day, hour, minute, second)
    };
    heard.said = time().map(|at| Said {
        at,
        zone: Zone::Either,
        by_satellite: fixed,
    });
    true
}

/// `… yymmdd A ddmm.mmmmN dddmm.mmmmE speed(5) hhmmss course state L metres`, without anything between.
fn read_joined(rest: &str, heard: &mut Heard) {
    // The first letter with a date before it.
    let mark = |at: &usize| {
        let date = at.checked_sub(6).and_then(|from| rest.get(from..*at));
        matches!(rest.as_bytes()[*at], b'A' | b'V') && date.is_some_and(is_digits)
    };
    let Some(at) = (6..rest.len()).find(mark) else {
        return;
    };
    let fixed = rest.as_bytes()[at] == b'A';
    let behind = rest.get(at + 1..).unwrap_or_default();
    let sided = |text: &str, sides: [char; 2]| -> Option<(f64, usize)> {
        let to = text.find(sides)?;
        Some((degrees(text.get(..to)?, text.get(to..=to)?)?, to + 1))
    };
    let Some((lat, north)) = sided(behind, ['N', 'S']) else {
        return;
    };
    let behind = behind.get(north..).unwrap_or_default();
    let Some((lon, east)) = sided(behind, ['E', 'W']) else {
        return;
    };
    heard.place = Place::of(lat, lon, fixed);
    let behind = behind.get(east..).unwrap_or_default();
    let time = || {
        let ([year, month, day], [hour, minute, second]) =
            (pairs::<3>(rest.get(at - 6..at)?)?, pairs::<3>(behind.get(5..)?)?);
        moment(year, month, day, hour, minute, second)
    };
    heard.said = time().map(|at| Said {
        at,
        zone: Zone::Either,
        by_satellite: fixed,
    });
    // The eight letters before the metres: charger, ignition, three sets of bits, fuel. The button is a bit of the first set.
    let state = behind.find('L').and_then(|to| behind.get(to.checked_sub(8)?..to));
    let bits = state.and_then(|it| u8::from_str_radix(it.get(2..3)?, 16).ok());
    if let Some(bits) = bits {
        heard.states = true;
        if bits >> 1 & 1 == 1 {
            heard.alarms.push(Alarm::state(Kind::Sos, "button_held"));
        }
    }
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    b"(013900000017BP00000013900000017HSO)",
    b"(013900000017BP05000013900000017260301A3922.8000N11703.6000E000.004000012.5000000000L00000000)",
    b"(013900000017BR00260301A3922.8000N11703.6000E000.004000012.5000200000L000024DE)",
    b"(013900000017BO012260301A3922.8000N11703.6000E000.004000012.5000000000L000024DE)",
    b"(013900000017BQ81,ALARM,0,164,260301A3922.8000N11703.6000E0.7030400010.0000,00000000)",
    b"(869000000000017,ZC25,010326,A,3922.8000N,11703.6000E,000.0,040000,178.48,00000000,L00000000)",
    b"(869000000000017,ZC20,010326,040000,4,421,112,0)",
    b"(869000000000017,DW5B,460,0,29876,30393,1,aa:bb:cc:dd:ee:ff*-8*0,010326,040000)",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frame: &str) -> Heard {
        let mut all = Vec::new();
        Tk103.read(frame.as_bytes(), &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn answer(frame: &str, fate: Fate) -> String {
        let mut out = Vec::new();
        Tk103.answer(frame.as_bytes(), fate, Timestamp::UNIX_EPOCH, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn alarms(frame: &str) -> Vec<(Kind, String)> {
        heard(frame)
            .alarms
            .iter()
            .map(|it| (it.kind, it.said.to_string()))
            .collect()
    }

    #[test]
    fn every_code_and_word_says_what_it_says() {
        const BEHIND: &str = "260301A3922.8000N11703.6000E000.004000012.5000000000L000024DE)";
        for (code, kind, said) in [
            ("0", Kind::Unknown, "tk103_BO01_0"),
            ("1", Kind::Fall, "accident"),
            ("2", Kind::Sos, "sos"),
            ("3", Kind::Tamper, "vibration"),
            ("4", Kind::Unknown, "tk103_BO01_4"),
            ("5", Kind::Unknown, "tk103_BO01_5"),
            ("6", Kind::Geofence, "fence_out"),
            ("9", Kind::Unknown, "tk103_BO01_9"),
        ] {
            assert_eq!(
                alarms(&format!("(013900000017BO01{code}{BEHIND}")),
                [(kind, said.to_owned())],
                "{code}"
            );
        }
        for (code, kind, said) in [
            ("0", Kind::LowBattery, "low_battery"),
            ("1", Kind::Unknown, "tk103_BQ81_1"),
            ("5", Kind::Unknown, "tk103_BQ81_5"),
        ] {
            let frame = format!("(013900000017BQ81,ALARM,{code},164,{BEHIND}");
            assert_eq!(alarms(&frame), [(kind, said.to_owned())], "{code}");
            assert!(heard(&frame).place.is_some(), "{code}");
        }
        let ours = WORDS
            .iter()
            .flat_map(|it| it.0.iter().map(|word| (*word, it.1, it.2.to_owned())));
        let others = ["ZC21", "DW41", "BO02"].map(|it| (it, Kind::Unknown, format!("tk103_{it}")));
        for (word, kind, said) in ours.chain(others) {
            let frame = format!("(869000000000017,{word},010326,A,3922.8000N,11703.6000E,0.0,040000,178.48)");
            assert_eq!(alarms(&frame), [(kind, said)], "{word}");
        }
        for word in NOTHING.iter().copied().chain(["BR00", "BP05", "BZ00", "BV00"]) {
            assert_eq!(
                alarms(&format!("(869000000000017,{word},010326,A,3922.8000N,11703.6000E)")),
                [],
                "{word}"
            );
        }
        // The button stands among the inputs for as long as it is held.
        let held = heard("(013900000017BR00260301A3922.8000N11703.6000E000.004000012.5000200000L000024DE)");
        assert_eq!(held.alarms, [Alarm::state(Kind::Sos, "button_held")]);
        // Cut off with the line: the code is there, or it is not.
        assert_eq!(alarms("(013900000017BO012"), [(Kind::Sos, "sos".to_owned())]);
        assert_eq!(alarms("(013900000017BO01"), [(Kind::Unknown, "tk103_BO01_".to_owned())]);
    }

    #[test]
    fn numbers_places_and_times_are_read_in_each_form() {
        for (frame, number) in [
            (
                "(013900000017BR00260301A3922.8000N11703.6000E000.004000012.5000000000L0)",
                "013900000017",
            ),
            (
                "(HOMEOFMRSLI3BR00260301A3922.8000N11703.6000E000.004000012.5000000000L0)",
                "HOMEOFMRSLI3",
            ),
            (
                "(13900000017BR00260301A3922.8000N11703.6000E000.004000012.5000000000L0)",
                "13900000017",
            ),
            (
                "(013900000017BP05000013900000017260301A3922.8000N11703.6000E000.0040000)",
                "013900000017",
            ),
            (
                "(869000000000017,BP05,010326,A,3922.8000N,11703.6000E,000.0,040000,178.48)",
                "869000000000017",
            ),
            (
                "(357593060760397BP02,G,2,260301A3922.8000N11703.6000E001.604000091.048,7)",
                "357593060760397",
            ),
        ] {
            let got = heard(frame);
            assert_eq!(got.number.unwrap().as_str(), number, "{frame}");
            let place = got.place.unwrap();
            assert!(
                (place.lat - 39.38).abs() < 1e-9 && (place.lon - 117.06).abs() < 1e-9 && place.fixed,
                "{frame}"
            );
            assert_eq!(got.said.unwrap().at.to_string(), "2026-03-01T04:00:00", "{frame}");
        }
        let blank = heard("(027023361470BR00200617A4000.5775N 8415.4076W 46.0173725 87.3101000000L00000000)");
        assert!((blank.place.unwrap().lon + 84.256_793).abs() < 1e-5);
        assert_eq!(
            heard("(869000000000017,ZC20,010326,040000,4,421,112,0)")
                .measured
                .battery_percent,
            Some(50)
        );
        assert_eq!(heard("(nothing)").sort, Sort::Broken);
    }

    #[test]
    fn each_kind_has_its_answer_and_what_was_not_kept_has_none() {
        for (frame, wanted) in [
            ("(013900000017BP00HSO)", "(013900000017AP01HSO)"),
            ("(013900000017BP05000013900000017)", "(013900000017AP05)"),
            ("(869000000000017,BP05,010326,V)", "(869000000000017AP05)"),
            ("(013900000017BO012260301A)", ""),
            ("(013900000017BR00260301A)", ""),
            ("(x)", ""),
        ] {
            assert_eq!(answer(frame, Fate::Kept), wanted, "{frame}");
            assert_eq!(answer(frame, Fate::NotKept), "", "{frame}");
        }
    }

    #[test]
    fn sentences_end_with_their_mark_or_before_the_next() {
        let stream = b"\r\n(013900000017BR00)(013900000017BO01(x)y";
        let mut rest = &stream[..];
        let mut cuts = Vec::new();
        while !rest.is_empty() {
            let cut = Tk103.cut(rest, 300);
            cuts.push(cut);
            match cut {
                Cut::Wait => break,
                Cut::Junk(count) | Cut::Frame(count) => rest = &rest[count..],
            }
        }
        use Cut::{Frame, Junk};
        assert_eq!(cuts, [Junk(2), Frame(18), Frame(17), Frame(3), Junk(1)]);
        assert_eq!(Tk103.cut(b"(0139", 300), Cut::Wait);
    }
}
