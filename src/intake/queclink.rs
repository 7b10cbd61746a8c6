//! Queclink: GL200, GL300 and the makers' other pendants and trackers, in the text form (`@Track`).
//!
//! ```text
//! +RESP:GTSOS,version,imei,name,,00,1,accuracy,speed,course,height,lon,lat,yyyymmddhhmmss,cells…,yyyymmddhhmmss,count$
//! +BUFF:…                                                                    the same, stored
//! +ACK:GTHBD,version,imei,name,yyyymmddhhmmss,count$                         heartbeat
//! ```
//!
//! `$` ends a sentence. Three letters behind `GT` say what it is. Where the place stands differs from word to word and from model to
//! model: it is known by its form, two numbers with six decimals side by side. Times are Greenwich's. Each sentence is answered with its
//! count, as a device asks for that is set up to wait (`SACK`); one that is not passes it over.
//!
//! Sources: the decoder, frame decoder and tests of traccar/traccar (`Gl200*`) for forms, words and answers. A word that no list here
//! has is an unknown alarm. The binary form (`+RSP`, `+EVT`) is another language and not read.

use jiff::Timestamp;

use super::sentence::{Marks, begins_with_any, is_digits, pairs, word};
use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, moment};
use crate::case::Kind;

/// Queclink's text.
pub struct Queclink;

const HEADS: &[&[u8]] = &[b"+RESP:GT", b"+BUFF:GT", b"+ACK:GT"];

const MARKS: Marks = Marks {
    starts: |bytes| begins_with_any(bytes, HEADS),
    again: |bytes| begins_with_any(bytes, HEADS),
    // Some firmwares end with a zero.
    ends: b"$\0",
};

/// Fields that are looked at: reports with several places and many networks have more, and say nothing in them that is read here.
const CELLS_MAX: usize = 512;

/// What a word asserts.
const WORDS: &[(&str, Kind, &str)] = &[
    ("SOS", Kind::Sos, "sos"),
    ("CRA", Kind::Fall, "collision"),
    ("SWG", Kind::Geofence, "fence"),
    ("GEO", Kind::Geofence, "fence"),
    ("TOW", Kind::Tamper, "towed"),
    ("BPL", Kind::LowBattery, "low_battery"),
    ("EPF", Kind::PowerLoss, "power_cut"),
    ("MPF", Kind::PowerLoss, "power_cut"),
    ("PFA", Kind::LinkLoss, "switched_off"),
    ("JDR", Kind::LinkLoss, "jamming"),
    ("JDS", Kind::LinkLoss, "jamming"),
    ("ANT", Kind::DeviceFault, "antenna"),
];

/// Words of positions, states and readings: switched on, moving or not, ignition, charger, power back, networks, engine, tags.
const NOTHING: &[&str] = &[
    "FRI", "RTL", "LOC", "LBS", "WIF", "GSM", "INF", "VER", "PNA", "STT", "NMR", "STR", "CTN", "STP", "IGN", "IGF",
    "VGN", "VGF", "IGL", "EPN", "MPN", "BTC", "STC", "PDP", "DOG", "ERI", "OBD", "CAN", "DTT", "DAT", "BID", "LSW",
    "TSW", "IDA", "CID", "CSQ", "HBD",
];

impl Language for Queclink {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        MARKS.cut(bytes, most)
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let (text, whole) = MARKS.text(frame);
        let mut heard = Heard::default();
        match Parts::of(&text) {
            Some(parts) => read(&parts, whole, &mut heard),
            None => {
                heard.sort = Sort::Broken;
                heard.odd.push("not_a_frame");
            }
        }
        if !whole {
            heard.odd.push("without_end");
        }
        each(heard);
    }

    fn answer(&self, frame: &[u8], fate: Fate, _now: Timestamp, into: &mut Vec<u8>) {
        let (text, whole) = MARKS.text(frame);
        let Some(parts) = Parts::of(&text).filter(|_| fate == Fate::Kept && whole) else {
            return; // there is no bad answer
        };
        let Some(count) = parts.cells.last().filter(|it| is_count(it)) else {
            return;
        };
        let told = match (parts.head, parts.word) {
            ("+ACK", "HBD") => format!("+SACK:GTHBD,{},{count}$", word(parts.cell(1))),
            ("+ACK", _) => return, // an answer is not answered
            _ => format!("+SACK:{count}$"),
        };
        into.extend_from_slice(told.as_bytes());
    }
}

/// Four hexadecimal digits.
fn is_count(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|it| it.is_ascii_hexdigit())
}

struct Parts<'a> {
    /// `+RESP`, `+BUFF`, `+ACK`.
    head: &'a str,
    /// Three letters.
    word: &'a str,
    /// With head and word in the first.
    cells: Vec<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let cells: Vec<&str> = text.split(',').take(CELLS_MAX).map(str::trim).collect();
        let (head, word) = cells[0].split_once(":GT")?;
        matches!(head, "+RESP" | "+BUFF" | "+ACK").then_some(Self { head, word, cells })
    }

    fn cell(&self, at: usize) -> &'a str {
        self.cells.get(at).copied().unwrap_or_default()
    }
}

fn read(parts: &Parts<'_>, whole: bool, heard: &mut Heard) {
    heard.number = Some(parts.cell(2))
        .filter(|it| it.len() > 5)
        .and_then(|it| Number::of(it.as_bytes()));
    if heard.number.is_none() {
        heard.odd.push("number_unreadable");
    }
    heard.stored = parts.head == "+BUFF";
    if parts.head == "+ACK" {
        heard.sort = if parts.word == "HBD" { Sort::Beat } else { Sort::Reply };
        return;
    }
    heard.sort = Sort::Position;
    let last = parts.cells.len() - 1;
    read_place(parts, heard);
    // Before the count stands when it was sent; before that, in reports of where it is, the charge.
    let sent = last.checked_sub(1).map(|at| parts.cell(at)).and_then(time);
    if heard.said.is_none() {
        heard.said = sent.map(|at| Said {
            at,
            zone: Zone::Fixed(0),
            by_satellite: false,
        });
    }
    if matches!(parts.word, "FRI" | "RTL" | "NMR" | "SOS" | "BPL") && sent.is_some() {
        let percent = last
            .checked_sub(2)
            .map(|at| parts.cell(at))
            .filter(|it| is_digits(it) && it.len() <= 3);
        heard.measured.battery_percent = percent.and_then(|it| it.parse().ok()).filter(|it| *it <= 100);
    }
    if let Some(alarm) = asserted(parts, whole) {
        heard.sort = Sort::Alarm;
        heard.alarms.push(alarm);
    }
}

fn asserted(parts: &Parts<'_>, whole: bool) -> Option<Alarm> {
    if let Some((_, kind, said)) = WORDS.iter().find(|it| it.0 == parts.word) {
        return Some(Alarm::event(*kind, said));
    }
    let cut_off = !whole && parts.cells.len() == 1 && NOTHING.iter().any(|it| it.starts_with(parts.word));
    if NOTHING.contains(&parts.word) || cut_off {
        return None;
    }
    Some(match parts.word {
        // How a vehicle is driven stands in the second half of the sort of the report.
        "HBM" => Alarm::unknown(
            match parts.cell(5).as_bytes().last() {
                Some(b'0' | b'3') => "braking",
                Some(b'1' | b'4') => "acceleration",
                Some(b'2') => "cornering",
                _ => "queclink_HBM",
            }
            .to_owned(),
        ),
        other => Alarm::unknown(format!("queclink_{}", word(other))),
    })
}

/// The last place of the sentence: accuracy, speed, course and height before it, its time behind it.
fn read_place(parts: &Parts<'_>, heard: &mut Heard) {
    let cells = &parts.cells[..];
    let Some(at) = (4..cells.len().saturating_sub(1))
        .rev()
        .find(|at| is_degrees(cells[*at]) && is_degrees(cells[*at + 1]))
    else {
        return;
    };
    let degrees = |at: usize| cells[at].parse::<f64>().ok();
    // An accuracy of nothing is that of the last place known.
    let fixed = cells[at - 4].parse::<f64>().is_ok_and(|it| it > 0.0);
    heard.place = degrees(at + 1)
        .zip(degrees(at))
        .and_then(|(lat, lon)| Place::of(lat, lon, fixed));
    heard.said = time(parts.cell(at + 2)).map(|at| Said {
        at,
        zone: Zone::Fixed(0),
        by_satellite: fixed,
    });
}

/// `-?d{1,3}.d{6}`
fn is_degrees(text: &str) -> bool {
    let (whole, decimals) = text
        .strip_prefix('-')
        .unwrap_or(text)
        .split_once('.')
        .unwrap_or_default();
    is_digits(whole) && whole.len() <= 3 && is_digits(decimals) && decimals.len() == 6
}

/// `20yymmddhhmmss`
fn time(text: &str) -> Option<jiff::civil::DateTime> {
    if text.len() != 14 || !is_digits(text) {
        return None;
    }
    let [century, year, month, day, hour, minute, second] = pairs::<7>(text)?;
    (century == 20)
        .then(|| moment(year, month, day, hour, minute, second))
        .flatten()
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    b"+RESP:GTSOS,1A0200,869000000000017,GL300,,00,1,1,0.0,0,12.5,117.060000,39.380000,20260301040000,0460,0000,1877,0DAE,,,20260301040001,03A6$",
    b"+RESP:GTFRI,1A0200,869000000000017,,0,1,1,0,1,16,0.0,351,51.6,117.060000,39.380000,20260301040000,0460,0000,1877,0DAE,00,3,85,20260301040000,002C$",
    b"+BUFF:GTBPL,300400,869000000000017,,3.55,0,0.0,0,12.5,117.060000,39.380000,20260301040000,0460,0000,1877,0DAE,00,20260301040000,1549$",
    b"+RESP:GTPFA,F50201,869000000000017,GL300M,20260301040000,0BD4$",
    b"+RESP:GTHBM,BD0214,869000000000017,cv100,,12,1,1,5.6,344,274.7,117.060000,39.380000,20260301040000,0460,0000,3EE8,00016E04,,,20260301040000,20260301040000,2862$",
    b"+ACK:GTHBD,1A0401,869000000000017,,20260301040000,11F0$",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frame: &str) -> Heard {
        let mut all = Vec::new();
        Queclink.read(frame.as_bytes(), &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn of_word(word: &str) -> Heard {
        heard(&format!(
            "+RESP:GT{word},1A0200,869000000000017,,,12,1,1,0.0,0,12.5,117.060000,-39.380000,20260301040000,0460,,,20260301040001,03A6$"
        ))
    }

    #[test]
    fn every_word_says_what_it_says() {
        let ours = WORDS.iter().map(|it| (it.0, it.1, it.2.to_owned()));
        let others = [
            ("HBM", "cornering"),
            ("SPD", "queclink_SPD"),
            ("IDL", "queclink_IDL"),
            ("TEM", "queclink_TEM"),
            ("DIS", "queclink_DIS"),
            ("DAR", "queclink_DAR"),
            ("", "queclink_"),
        ];
        let others = others.map(|it| (it.0, Kind::Unknown, it.1.to_owned()));
        for (word, kind, said) in ours.chain(others) {
            let alarms: Vec<_> = of_word(word)
                .alarms
                .iter()
                .map(|it| (it.kind, it.said.to_string()))
                .collect();
            assert_eq!(alarms, [(kind, said)], "{word}");
        }
        for word in NOTHING {
            assert_eq!(of_word(word).alarms, [], "{word}");
        }
        let driven = |sort: &str| {
            let frame = format!("+RESP:GTHBM,BD0214,869000000000017,cv100,,{sort},1,1,5.6$");
            heard(&frame).alarms[0].said.to_string()
        };
        let said = ["10", "13", "11", "04", "22", "1F", ""].map(driven);
        assert_eq!(
            said,
            [
                "braking",
                "braking",
                "acceleration",
                "acceleration",
                "cornering",
                "queclink_HBM",
                "queclink_HBM"
            ]
        );
        // Cut off with the line.
        assert_eq!(heard("+RESP:GTSOS,1A02").alarms[0].kind, Kind::Sos);
        assert_eq!(
            (heard("+RESP:GTFR").alarms.len(), heard("+RESP:GTSO").alarms[0].kind),
            (0, Kind::Unknown)
        );
    }

    #[test]
    fn places_times_and_charge_are_read_wherever_they_stand() {
        let got = of_word("SOS");
        assert_eq!(got.place, Place::of(-39.38, 117.06, true));
        let said = got.said.unwrap();
        assert_eq!(
            (said.at.to_string().as_str(), said.zone, said.by_satellite),
            ("2026-03-01T04:00:00", Zone::Fixed(0), true)
        );
        let read = |frame: &[u8]| heard(std::str::from_utf8(frame).unwrap());
        let fix = read(SAMPLES[1]);
        assert_eq!(
            (fix.place, fix.measured.battery_percent),
            (Place::of(39.38, 117.06, true), Some(85))
        );
        let stored = read(SAMPLES[2]);
        assert!(stored.stored && !stored.place.unwrap().fixed);
        let off = read(SAMPLES[3]);
        assert_eq!((off.place, off.said.unwrap().by_satellite), (None, false));
        assert_eq!(off.number.unwrap().as_str(), "869000000000017");
        assert_eq!(
            (read(SAMPLES[5]).sort, heard("+RESP:XX").sort),
            (Sort::Beat, Sort::Broken)
        );
    }

    #[test]
    fn each_kind_has_its_answer_and_what_was_not_kept_has_none() {
        for (frame, wanted) in [
            (SAMPLES[0], "+SACK:03A6$"),
            (SAMPLES[2], "+SACK:1549$"),
            (SAMPLES[5], "+SACK:GTHBD,1A0401,11F0$"),
            (b"+ACK:GTRTO,1A0401,869000000000017,,GPS,20260301040000,11F0$", ""),
            (b"+RESP:GTFRI,1A0200,869000000000017$", ""),
            (b"+RESP:GTFRI,1A0200,8690", ""),
        ] {
            let answer = |fate| {
                let mut out = Vec::new();
                Queclink.answer(frame, fate, Timestamp::UNIX_EPOCH, &mut out);
                String::from_utf8(out).unwrap()
            };
            assert_eq!(
                (answer(Fate::Kept).as_str(), answer(Fate::NotKept).as_str()),
                (wanted, "")
            );
        }
    }

    #[test]
    fn sentences_end_with_their_mark_or_before_the_next() {
        let stream = b"\r\n+RESP:GTINF,1+86139,2$+BUFF:GTSOS,1+RESP:GTFRI,1\0x";
        let mut rest = &stream[..];
        let mut cuts = Vec::new();
        while !rest.is_empty() {
            let cut = Queclink.cut(rest, 300);
            cuts.push(cut);
            match cut {
                Cut::Wait => break,
                Cut::Junk(count) | Cut::Frame(count) => rest = &rest[count..],
            }
        }
        use Cut::{Frame, Junk};
        assert_eq!(cuts, [Junk(2), Frame(22), Frame(13), Frame(14), Junk(1)]);
        assert_eq!(Queclink.cut(b"+RES", 300), Cut::Wait);
    }
}
