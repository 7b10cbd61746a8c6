//! PT502: trackers by Portman and those built alike.
//!
//! ```text
//! $word,number,hhmmss.sss,A|V,ddmm.mmmm,N|S,dddmm.mmmm,E|W,speed,course,ddmmyy,,,A/inputs,outputs/voltages/metres/card/state//#
//! ```
//!
//! The end of a line or `#` ends a sentence. The word says what it is: `POS` is a position, `IN1` the first input, to which the button is
//! wired. A word that no list here has is an unknown alarm. Pictures are never asked for. The language has no answers.
//!
//! Sources: the decoder, frame decoder and tests of traccar/traccar (`Pt502*`).

use jiff::Timestamp;

use super::sentence::{Marks, degrees, is_digits, pairs, word};
use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, moment};
use crate::case::Kind;

/// PT502.
pub struct Pt502;

const MARKS: Marks = Marks {
    starts: |bytes| bytes.first().map(|it| *it == b'$'),
    again: |bytes| bytes.first().map(|it| *it == b'$'),
    ends: b"\r\n#",
};

/// What a word asserts.
const WORDS: &[(&str, Kind, &str)] = &[
    ("IN1", Kind::Sos, "sos"),
    ("GOF", Kind::Geofence, "fence"),
    ("TOW", Kind::Tamper, "towed"),
    ("SKA", Kind::Tamper, "vibration"),
    ("PMA", Kind::Tamper, "movement"),
    ("CPA", Kind::PowerLoss, "power_cut"),
];

impl Language for Pt502 {
    fn cut(&self, bytes: &[u8], most: usize) -> Cut {
        MARKS.cut(bytes, most)
    }

    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard)) {
        let (text, whole) = MARKS.text(frame);
        let mut heard = Heard::default();
        match text.strip_prefix('$') {
            Some(text) if !text.is_empty() => read(text, whole, &mut heard),
            _ => {
                heard.sort = Sort::Broken;
                heard.odd.push("not_a_frame");
            }
        }
        if !whole {
            heard.odd.push("without_end");
        }
        each(heard);
    }

    fn answer(&self, _frame: &[u8], _fate: Fate, _now: Timestamp, _into: &mut Vec<u8>) {}
}

fn read(text: &str, whole: bool, heard: &mut Heard) {
    let cells: Vec<&str> = text.split(',').take(16).map(str::trim).collect();
    let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
    // Which version it is, its number without a comma before it.
    if let Some(number) = cell(0).strip_prefix("FUS").filter(|it| is_digits(it)) {
        heard.sort = Sort::Beat;
        heard.number = Number::of(number.as_bytes());
        return;
    }
    heard.sort = Sort::Position;
    heard.number = Some(cell(1))
        .filter(|it| is_digits(it))
        .and_then(|it| Number::of(it.as_bytes()));
    if heard.number.is_none() {
        heard.odd.push("number_unreadable");
    }
    let fixed = cell(3) == "A";
    let lat = degrees(cell(4), cell(5));
    let lon = degrees(cell(6), cell(7));
    heard.place = lat.zip(lon).and_then(|(lat, lon)| Place::of(lat, lon, fixed));
    let time = || {
        let ([hour, minute, second], [day, month, year]) = (pairs::<3>(cell(2))?, pairs::<3>(cell(10))?);
        moment(year, month, day, hour, minute, second)
    };
    heard.said = time().map(|at| Said {
        at,
        zone: Zone::Either,
        by_satellite: fixed,
    });
    if let Some(alarm) = asserted(cell(0), whole || cells.len() > 1) {
        heard.sort = Sort::Alarm;
        heard.alarms.push(alarm);
    }
}

fn asserted(said: &str, whole: bool) -> Option<Alarm> {
    if let Some((_, kind, as_said)) = WORDS.iter().find(|it| it.0 == said) {
        return Some(Alarm::event(*kind, as_said));
    }
    let nothing = said == "POS" || said.starts_with("PHO") || said.starts_with("PHD") || said.starts_with("FUS");
    if nothing || !whole && "POS".starts_with(said) {
        return None;
    }
    Some(Alarm::unknown(format!("pt502_{}", word(said))))
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    b"$POS,869000000000017,040000.000,A,3922.8000,N,11703.6000,E,0.00,12.5,010326,,,A/00000,00000/0/29200//f44//#",
    b"$IN1,869000000000017,040000.000,A,3922.8000,N,11703.6000,E,0.00,12.5,010326,,,A/10000,00000/0/29200//f44//\r\n",
    b"$PHO3821-1,869000000000017,040000.000,V,3922.8000,N,11703.6000,E,0.0,,010326,,,N/00000,00000/0,0,0,0/500//fd4//\r\n",
    b"$FUS869000000000017,510-V1.12,A11-V3.0\r\n",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frame: &str) -> Heard {
        let mut all = Vec::new();
        Pt502.read(frame.as_bytes(), &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn of_word(word: &str) -> Heard {
        heard(&format!(
            "${word},40456789,040000.000,A,3922.8000,S,11703.6000,E,7.62,265.24,010326,,,A/00000,00000/0/1200//#"
        ))
    }

    #[test]
    fn every_word_says_what_it_says() {
        let ours = WORDS.iter().map(|it| (it.0, it.1, it.2.to_owned()));
        let others = ["HDA", "HDB", "FDA", "DFR", "IN2", ""].map(|it| (it, Kind::Unknown, format!("pt502_{it}")));
        for (word, kind, said) in ours.chain(others) {
            let alarms: Vec<_> = of_word(word)
                .alarms
                .iter()
                .map(|it| (it.kind, it.said.to_string()))
                .collect();
            assert_eq!(alarms, [(kind, said)], "{word}");
        }
        for word in ["POS", "PHO0", "PHO3821-1"] {
            let got = of_word(word);
            assert_eq!(
                (got.alarms.len(), got.number.unwrap().as_str()),
                (0, "40456789"),
                "{word}"
            );
        }
        assert_eq!(heard("$PO").alarms, []);
        assert_eq!(heard("$IN1").alarms[0].kind, Kind::Sos);
    }

    #[test]
    fn places_and_times_are_read() {
        let got = of_word("POS");
        let place = got.place.unwrap();
        assert!((place.lat + 39.38).abs() < 1e-9 && (place.lon - 117.06).abs() < 1e-9 && place.fixed);
        let said = got.said.unwrap();
        assert_eq!(
            (said.at.to_string().as_str(), said.by_satellite),
            ("2026-03-01T04:00:00", true)
        );
        let version = heard("$FUS869000000000017,510-V1.12,A11-V3.0\r\n");
        assert_eq!(
            (version.sort, version.number.unwrap().as_str()),
            (Sort::Beat, "869000000000017")
        );
        assert_eq!((heard("$#").sort, heard("x").sort), (Sort::Broken, Sort::Broken));
    }

    #[test]
    fn sentences_end_with_their_line_or_before_the_next() {
        let stream = b"\xbf$POS,1#\r\n$IN1,1$POS,1\r\n";
        let mut rest = &stream[..];
        let mut cuts = Vec::new();
        while !rest.is_empty() {
            let cut = Pt502.cut(rest, 300);
            cuts.push(cut);
            match cut {
                Cut::Wait => break,
                Cut::Junk(count) | Cut::Frame(count) => rest = &rest[count..],
            }
        }
        use Cut::{Frame, Junk};
        assert_eq!(cuts, [Junk(1), Frame(7), Junk(2), Frame(6), Frame(7), Junk(1)]);
        assert_eq!(Pt502.cut(b"$POS", 300), Cut::Wait);
        assert_eq!(Pt502.cut(&[&b"$"[..], &[b'x'; 400]].concat(), 300), Junk(300));
    }
}
