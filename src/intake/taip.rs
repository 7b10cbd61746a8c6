//! TAIP: Trimble's text for trackers, and what Virloc and others have made of it.
//!
//! ```text
//! >REV ee wwww d sssss ±dd ddddd ±ddd ddddd speed course source age;ID=…<     event, week, day and second of GPS
//! >RPV sssss ±dd ddddd ±ddd ddddd speed course source age;ID=…;*sum<          position, second of the day
//! >RGP ddmmyy hhmmss ±dd ddddd ±ddd ddddd speed course mode age inputs event…;ID=…;#number;*sum<
//! >RUV nn eee,…,ddmmyyhhmmss±…;ID=…;#number;*sum<                             Virloc: form, event
//! ```
//!
//! The blanks above are there for the reader only. `<` or the end of a line ends a sentence. The sum is the exclusive-or from `>` to the
//! last `;`. A device that numbers its sentences repeats one until it is acknowledged under its number.
//!
//! Sources: the decoder and tests of traccar/traccar (`Taip*`) for forms, two events and the answers; open gateways for Virloc for the
//! sum and the forms of `RUV`. Numbers of events are set by whoever sets a device up, apart from 01 (the button) and 02 (the power): of a
//! message that is an event by its form every other one is an unknown alarm.

use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Span};

use super::sentence::{Marks, degrees, is_digits, pairs, turned, word};
use super::terminal::{Alarm, Cut, Fate, Heard, Language, Number, Place, Said, Sort, Zone, moment};
use crate::case::Kind;

/// TAIP.
pub struct Taip;

const MARKS: Marks = Marks {
    starts: |bytes| bytes.first().map(|it| *it == b'>'),
    again: |bytes| bytes.first().map(|it| *it == b'>'),
    ends: b"<\r\n",
};

/// Events of Virloc's reports of a journey's end (108) and of its engine (150 to 153), and forms that have none.
const JOURNEY: [&str; 5] = ["108", "150", "151", "152", "153"];

impl Language for Taip {
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
        let (text, _) = MARKS.text(frame);
        let Some(parts) = Parts::of(&text).filter(|it| fate == Fate::Kept && it.body.starts_with('R')) else {
            return; // there is no bad answer
        };
        let Some(id) = parts.id.and_then(|it| Number::of(it.as_bytes())) else {
            return;
        };
        let id = id.as_str();
        let told = match parts.number.map(word) {
            Some(number) if number.starts_with("IP") => format!(">SAK;ID={id};#{number}<\r\n"),
            Some(number) => {
                let told = format!(">ACK;ID={id};#{number};");
                format!("{told}*{:02X}<\r\n", sum(&told))
            }
            None => id.to_owned(),
        };
        into.extend_from_slice(told.as_bytes());
    }
}

fn sum(text: &str) -> u8 {
    text.bytes().fold(0, |sum, it| sum ^ it)
}

/// What stands between the marks.
struct Parts<'a> {
    body: &'a str,
    id: Option<&'a str>,
    /// Behind its `#`.
    number: Option<&'a str>,
    /// None: it has no sum.
    sound: Option<bool>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let inner = text.strip_prefix('>')?;
        let mut cells = inner.split(';');
        let mut parts = Self {
            body: cells.next()?,
            id: None,
            number: None,
            sound: None,
        };
        for cell in cells.take(64).map(str::trim) {
            if let Some(id) = cell.strip_prefix("ID=") {
                parts.id = Some(id);
            } else if let Some(number) = cell.strip_prefix('#') {
                // One kind has its sum right behind.
                parts.number = Some(number.split('*').next().unwrap_or_default());
            } else if let Some(told) = cell.strip_prefix('*') {
                let before = text.rfind(";*").map_or(text, |at| &text[..=at]);
                parts.sound = Some(u8::from_str_radix(told, 16) == Ok(sum(before)));
            }
        }
        (parts.body.len() >= 3).then_some(parts)
    }
}

fn read(parts: &Parts<'_>, whole: bool, heard: &mut Heard) {
    heard.number = parts.id.and_then(|it| Number::of(it.as_bytes()));
    if heard.number.is_none() {
        heard.odd.push("number_unreadable");
    }
    if parts.sound == Some(false) {
        heard.odd.push("checksum_differs");
    }
    let (kind, rest) = parts.body.split_at_checked(3).unwrap_or_default();
    let fix = Fix::of(rest);
    if let Some(fix) = &fix {
        heard.place = fix.place(kind);
        let fixed = heard.place.is_some_and(|it| it.fixed);
        heard.said = fix.time(kind).map(|at| Said {
            at,
            zone: Zone::Fixed(0),
            by_satellite: fixed,
        });
    }
    heard.sort = match kind {
        "REV" | "RPV" | "RGP" | "RCQ" | "RCV" | "RBR" | "RUS" | "RUV" | "RLN" | "RCP" | "RAL" => Sort::Position,
        _ => Sort::Other,
    };
    if let Some(alarm) = asserted(kind, rest, fix.as_ref(), whole) {
        heard.sort = Sort::Alarm;
        heard.alarms.push(alarm);
    }
}

/// Where a place stands in the body: digits, two signed numbers, and what is behind them.
struct Fix<'a> {
    before: &'a str,
    lat: f64,
    lon: f64,
    behind: &'a str,
}

impl<'a> Fix<'a> {
    fn of(rest: &'a str) -> Option<Self> {
        let signed = |at: &usize| {
            let digits = rest.as_bytes()[..*at]
                .iter()
                .rev()
                .take_while(|it| it.is_ascii_digit())
                .count();
            matches!(rest.as_bytes()[*at], b'+' | b'-') && digits >= 5
        };
        let at = (5..rest.len()).find(signed)?;
        let digits = rest.as_bytes()[..at]
            .iter()
            .rev()
            .take_while(|it| it.is_ascii_digit())
            .count();
        let (lat, behind) = angle(rest.get(at..)?, 2)?;
        let (lon, behind) = angle(behind, 3)?;
        let before = rest.get(at - digits..at)?;
        Some(Self {
            before,
            lat,
            lon,
            behind,
        })
    }

    fn place(&self, kind: &str) -> Option<Place> {
        // Behind speed and course, three digits each. What it was found with: 9 is nothing; 0 is nothing of some and the plainest of others,
        // which say behind it how old it is.
        let with = |at: usize| self.behind.as_bytes().get(at).copied();
        let fixed = match kind {
            "REV" | "RPV" => with(6) != Some(b'9') && matches!(with(7), Some(b'1' | b'2')),
            _ => matches!(with(6), Some(b'1'..=b'8')),
        };
        Place::of(self.lat, self.lon, fixed)
    }

    fn time(&self, kind: &str) -> Option<DateTime> {
        match (kind, self.before.len()) {
            // Event, week, day, second.
            ("REV", 12) => {
                let number = |from: usize, to: usize| self.before.get(from..to)?.parse::<i64>().ok();
                let (week, day, second) = (number(2, 6)?, number(6, 7)?, number(7, 12)?);
                let begun = date(1980, 1, 6).at(0, 0, 0, 0);
                begun
                    .checked_add(Span::new().days(week * 7 + day))
                    .and_then(|it| it.checked_add(SignedDuration::from_secs(second)))
                    .ok()
            }
            // Only a second of some day.
            ("REV" | "RPV", _) => None,
            (_, length) => {
                let [day, month, year, hour, minute, second] = pairs::<6>(self.before.get(length.checked_sub(12)?..)?)?;
                moment(year, month, day, hour, minute, second)
            }
        }
    }
}

/// A signed number: whole degrees and five digits behind them, or minutes with a point.
fn angle(text: &str, whole: usize) -> Option<(f64, &str)> {
    let side = if text.starts_with('-') { "S" } else { "N" };
    let text = text.strip_prefix(['+', '-'])?;
    if text.as_bytes().get(whole + 2) == Some(&b'.') {
        let (number, behind) = text.split_at_checked(whole + 7)?;
        return Some((degrees(number, side)?, behind));
    }
    let (number, behind) = text.split_at_checked(whole + 5)?;
    let number: f64 = Some(number).filter(|it| is_digits(it))?.parse().ok()?;
    Some((turned(number / 1e5, side), behind))
}

/// 01 and 02, as far as anybody says; what another number means is set by whoever sets the device up.
fn known(event: &str) -> Option<Alarm> {
    match event {
        "01" => Some(Alarm::event(Kind::Sos, "sos")),
        "02" => Some(Alarm::event(Kind::PowerLoss, "power_cut")),
        _ => None,
    }
}

fn asserted(kind: &str, rest: &str, fix: Option<&Fix<'_>>, whole: bool) -> Option<Alarm> {
    match kind {
        "REV" => {
            let event = rest.get(..2).unwrap_or_default();
            Some(known(event).unwrap_or_else(|| Alarm::unknown(format!("taip_event_{}", word(event)))))
        }
        // By its form a position; the number of an event stands before the date, or behind the inputs.
        "RGP" | "RCQ" | "RCV" | "RBR" => {
            let fix = fix?;
            let before = if fix.before.len() == 14 {
                fix.before.get(..2)
            } else {
                None
            };
            before.or_else(|| fix.behind.get(11..13)).and_then(known)
        }
        // The last cell is the alarm, in hexadecimal digits.
        "RUS" => {
            let told = rest.rsplit(',').next().filter(|it| it.len() == 2)?;
            match u8::from_str_radix(told, 16).ok()? {
                0 => None,
                22 => Some(Alarm::unknown("acceleration".to_owned())),
                23 => Some(Alarm::unknown("braking".to_owned())),
                24 => Some(Alarm::event(Kind::Fall, "accident")),
                26 | 28 => Some(Alarm::unknown("cornering".to_owned())),
                _ => Some(Alarm::unknown(format!("taip_alarm_{told}"))),
            }
        }
        "RUV" => {
            let event = rest.split(',').next().and_then(|it| it.get(2..)).unwrap_or_default();
            let nothing = !rest.starts_with("01") || JOURNEY.contains(&event) || !whole && event.len() < 3;
            if nothing {
                return None;
            }
            Some(match event {
                "120" => Alarm::unknown("acceleration".to_owned()),
                _ => Alarm::unknown(format!("taip_event_{}", word(event))),
            })
        }
        _ => None,
    }
}

/// Frames of each kind, made for the tests.
#[cfg(test)]
pub(super) const SAMPLES: &[&[u8]] = &[
    b">REV012407014400+3938000+1170600000000012;IO=300;SV=8;BL=4159;ID=869000000000017<",
    b">RPV14400+3938000+1170600000029212;ID=0017;*71<",
    b">RGP010326040000+3938000+117060000000003007F0101;ID=0017;#0001;*2A<",
    b">RUV01120,NT003,010326040000+3938000+117060000500003FFDE0006,00111596;ID=0017;#1A04;*50<",
    b">RUS00,010326040000+3938000+117060000000002200FF,000000000000000000000000000,0000000000,11440419,00000,18;ID=C3G17;#IP0:1EF7;*4B<",
    b">RGP010326040000-3852.9306-06204.88560000003000101;&01;ID=5555;#7AD7*51<",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(frame: &str) -> Heard {
        let mut all = Vec::new();
        Taip.read(frame.as_bytes(), &mut |it| all.push(it));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn alarms(frame: &str) -> Vec<(Kind, String)> {
        heard(frame)
            .alarms
            .iter()
            .map(|it| (it.kind, it.said.to_string()))
            .collect()
    }

    #[test]
    fn every_event_says_what_it_says() {
        const PLACE: &str = "+3938000+117060000000003007F";
        let unknown = |said: &str| vec![(Kind::Unknown, said.to_owned())];
        let sos = vec![(Kind::Sos, "sos".to_owned())];
        let cut = vec![(Kind::PowerLoss, "power_cut".to_owned())];
        for (frame, wanted) in [
            (
                ">REV012407014400+3938000+1170600000000012;ID=1<".to_owned(),
                sos.clone(),
            ),
            (
                ">REV022407014400+3938000+1170600000000012;ID=1<".to_owned(),
                cut.clone(),
            ),
            (
                ">REV452407014400+3938000+1170600000000012;ID=1<".to_owned(),
                unknown("taip_event_45"),
            ),
            // Half a sentence.
            (">REV01".to_owned(), sos.clone()),
            (">REV".to_owned(), unknown("taip_event_")),
            (format!(">RGP010326040000{PLACE}0101;ID=1<"), sos.clone()),
            (format!(">RGP010326040000{PLACE}4101;ID=1<"), vec![]),
            (format!(">RCQ01010326040000{PLACE}0000115;ID=1<"), sos),
            (format!(">RBR02010326040000{PLACE}0022;ID=1<"), cut),
            (
                format!(">RUS00,010326040000{PLACE},0,0,0,18;ID=1<"),
                vec![(Kind::Fall, "accident".to_owned())],
            ),
            (
                format!(">RUS00,010326040000{PLACE},0,0,0,16;ID=1<"),
                unknown("acceleration"),
            ),
            (
                format!(">RUS00,010326040000{PLACE},0,0,0,51;ID=1<"),
                unknown("taip_alarm_51"),
            ),
            (format!(">RUS00,010326040000{PLACE},0,0,0,00;ID=1<"), vec![]),
            (
                format!(">RUV01120,NT003,010326040000{PLACE};ID=1<"),
                unknown("acceleration"),
            ),
            (
                format!(">RUV01105,NT003,010326040000{PLACE};ID=1<"),
                unknown("taip_event_105"),
            ),
            (format!(">RUV01108,NT003,010326040000{PLACE};ID=1<"), vec![]),
            (">RUV00101,NT003;ID=1<".to_owned(), vec![]),
            (">RPV14400+3938000+1170600000029212;ID=1<".to_owned(), vec![]),
            (
                ">RLN25601000+297185103-0955755990+000059150000;ID=1<".to_owned(),
                vec![],
            ),
        ] {
            assert_eq!(alarms(&frame), wanted, "{frame}");
        }
    }

    #[test]
    fn places_and_times_are_read_in_each_form() {
        for (frame, lat, lon, fixed, at) in [
            (
                ">REV012407014400+3938000+1170600000000012;ID=1<",
                39.38,
                117.06,
                true,
                Some("2026-02-22T04:00:00"),
            ),
            (
                ">REV481599462982+2578391-0802945201228512;ID=T",
                25.783_91,
                -80.294_52,
                true,
                Some("2010-09-02T17:29:42"),
            ),
            (">RPV14400+3938000+1170600000000092;ID=1<", 39.38, 117.06, false, None),
            (
                ">RGP230615010248-2682523-065236820000003007F4101;ID=5<",
                -26.825_23,
                -65.236_82,
                true,
                Some("2015-06-23T01:02:48"),
            ),
            (
                ">RGP200317010815-3852.9306-06204.88560000003000101;ID=5<",
                -38.882_177,
                -62.081_427,
                true,
                Some("2017-03-20T01:08:15"),
            ),
            (
                ">RCQ09010326040000-3460365-058381460000000F0000;ID=5<",
                -34.603_65,
                -58.381_46,
                false,
                Some("2026-03-01T04:00:00"),
            ),
        ] {
            let got = heard(frame);
            let place = got.place.unwrap();
            assert!(
                (place.lat - lat).abs() < 1e-5 && (place.lon - lon).abs() < 1e-5,
                "{frame} {place:?}"
            );
            assert_eq!(
                (place.fixed, got.said.map(|it| it.at.to_string()).as_deref()),
                (fixed, at),
                "{frame}"
            );
        }
        assert_eq!(
            heard(">RPV14400+3938000+1170600000029212;ID=0017;*7A<")
                .number
                .unwrap()
                .as_str(),
            "0017"
        );
        assert_eq!(heard(">RUV01120,4G:0;ID=FWHS;#1A04;*50<").odd, ["checksum_differs"]);
        assert_eq!(heard(">x<").sort, Sort::Broken);
    }

    #[test]
    fn a_sentence_is_answered_under_its_number_and_what_was_not_kept_is_not() {
        let answer = |frame: &str, fate| {
            let mut out = Vec::new();
            Taip.answer(frame.as_bytes(), fate, Timestamp::UNIX_EPOCH, &mut out);
            String::from_utf8(out).unwrap()
        };
        for (frame, wanted) in [
            (">RGP010326;ID=0017;#1A04;*50<", ">ACK;ID=0017;#1A04;*2C<\r\n"),
            (">RGP010326;ID=5555;#7AD7*51<", ">ACK;ID=5555;#7AD7;*2C<\r\n"),
            (">RUS00,1;ID=C3G17;#IP0:1EF7;*4B<", ">SAK;ID=C3G17;#IP0:1EF7<\r\n"),
            (">RPV14400;ID=0017;*71<", "0017"),
            (">RPV14400<", ""),
            (">ACK;ID=0017;#1A04;*50<", ""),
        ] {
            let got = answer(frame, Fate::Kept);
            // The sum is reckoned by hand for each.
            let hand = |it: &str| {
                it.split('*')
                    .next()
                    .unwrap_or_default()
                    .bytes()
                    .fold(0, |sum, it| sum ^ it)
            };
            if let Some((told, by)) = got.split_once('*').filter(|_| wanted.contains('*')) {
                assert_eq!(
                    (told, by),
                    (
                        wanted.split('*').next().unwrap(),
                        &*format!("{:02X}<\r\n", hand(wanted))
                    ),
                    "{frame}"
                );
            } else {
                assert_eq!(got, wanted, "{frame}");
            }
            assert_eq!(answer(frame, Fate::NotKept), "", "{frame}");
        }
    }

    #[test]
    fn sentences_end_with_their_mark_or_before_the_next() {
        let stream = b"\r\n>RPV1;ID=1<>REV01>RPV2;ID=1\r\nx";
        let mut rest = &stream[..];
        let mut cuts = Vec::new();
        while !rest.is_empty() {
            let cut = Taip.cut(rest, 300);
            cuts.push(cut);
            match cut {
                Cut::Wait => break,
                Cut::Junk(count) | Cut::Frame(count) => rest = &rest[count..],
            }
        }
        use Cut::{Frame, Junk};
        assert_eq!(cuts, [Junk(2), Frame(11), Frame(6), Frame(11), Junk(2)]);
        assert_eq!(Taip.cut(b">RE", 300), Cut::Wait);
    }
}
