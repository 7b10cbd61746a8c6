//! The bodies: a request (`mrq`) is read, an answer (`mrs`) is written. Bytes in, words out; nothing here waits.
//!
//! Holds always (`tests` below, properties over any bytes):
//! - any bytes are read without a panic, and what is kept is bounded by the body;
//! - elements come in any order, in any case, padded or not, with blanks where they like;
//! - a document type or an entity ends the reading at once: nothing is expanded, nothing is fetched;
//! - what could be read before a mistake is there, beside the code that the unit is told.

use std::borrow::Cow;

use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::words::{Means, code_of, means};
use crate::intake::terminal::Place;

/// Elements within one another: a request has three.
const DEPTH_MAX: usize = 8;

/// Elements of a request: the standard has about 25, and some may repeat.
const FIELDS_MAX: usize = 64;

/// Letters of an element's value that are kept.
const VALUE_MAX_CHARS: usize = 500;

/// Letters of a reference.
const REFERENCE_MAX_CHARS: usize = 64;

/// The answer codes (`snu`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Everything that it asserts is durable.
    Handled,
    /// Longer than is read.
    TooLong,
    /// No well-formed request.
    WrongFormat,
    /// A value that none may have.
    WrongData,
    /// In hand: the unit says it again until it is told otherwise.
    Hold,
    /// Not kept: the unit takes its next way.
    NotTreated,
    /// Later.
    Busy,
    /// An element that must be there is not.
    TagMissing,
}

impl Code {
    /// The status number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Handled => 0,
            Self::TooLong => 1,
            Self::WrongFormat => 2,
            Self::WrongData => 3,
            Self::Hold => 4,
            Self::NotTreated => 5,
            Self::Busy => 6,
            Self::TagMissing => 7,
        }
    }

    /// The status text.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::TooLong => "message too long",
            Self::WrongFormat => "wrong format",
            Self::WrongData => "wrong data",
            Self::Hold => "in progress",
            Self::NotTreated => "not treated",
            Self::Busy => "busy",
            Self::TagMissing => "mandatory tag missing",
        }
    }
}

/// The root of a request, which is the dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Root {
    /// `mrq`: the standard's.
    #[default]
    Mrq,
    /// `scaip`: some hubs and proxies write it, with long names, and look for the answer in the body of the 200.
    Scaip,
}

/// The type of a message (`mty`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sort {
    /// ME: something happened.
    #[default]
    Message,
    /// RE: the unit gives the message of this reference up, or has been reset.
    Reset,
    /// IN: more about the message of this reference.
    More,
    /// PI: it lives.
    Beat,
}

/// A request, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Request {
    /// The dialect.
    pub root: Root,
    /// `ref`; empty: none.
    pub reference: String,
    /// `cid`, as it is written.
    pub controller: Option<String>,
    /// `mty`.
    pub sort: Sort,
    /// `dty`.
    pub device: Option<u16>,
    /// `dco`.
    pub part: Option<u16>,
    /// `stc`.
    pub status: Option<u16>,
    /// `hbo`: we may set the interval of its heartbeat.
    pub sets_beat: bool,
    /// `pri`, 0 to 9.
    pub priority: u8,
    /// `ame`: parts of this message that still come.
    pub more: u32,
    /// `lge`: where, WGS-84 by the standard.
    pub place: Option<Place>,
    /// The radius within which it holds, metres.
    pub accuracy_m: Option<f32>,
    /// When it was there.
    pub place_at: Option<Timestamp>,
    /// Every element with a value, in its order.
    pub fields: Vec<(String, String)>,
    /// What is odd: short stable words.
    pub odd: Vec<&'static str>,
}

impl Request {
    /// What it says happened. A heartbeat or a reset is never an alarm, whatever status it carries.
    pub fn means(&self) -> Means {
        match (self.sort, means(self.device, self.status)) {
            (Sort::Beat, it @ (Means::Technical(_) | Means::Over(_))) => it,
            (Sort::Beat, _) => Means::State,
            (Sort::Reset, _) => Means::Cancel,
            (Sort::Message | Sort::More, it) => it,
        }
    }

    /// Whether it calls for help.
    pub fn calls(&self) -> bool {
        matches!(self.means(), Means::Help(_))
    }

    /// The first element of this name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }
}

/// A body that has been looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// What could be read.
    pub request: Request,
    /// What is wrong with it; none: nothing.
    pub wrong: Option<(Code, &'static str)>,
}

/// Reads a body of at most `most` bytes.
pub fn read(body: &[u8], most: usize) -> Reading {
    let whole = body.len() <= most;
    let text = String::from_utf8_lossy(&body[..body.len().min(most)]);
    let mut reading = Reading::default();
    if matches!(text, Cow::Owned(_)) && whole {
        reading.request.odd.push("not_utf8");
    }
    let ended = parse(&text, &mut reading);
    let request = &reading.request;
    let has_root = ended != Ended::NoRequest;
    let first = match ended {
        _ if !whole => Some((Code::TooLong, "too_long")),
        Ended::Well => None,
        Ended::Broken(why) => Some((Code::WrongFormat, why)),
        Ended::NoRequest => Some((Code::WrongFormat, "no_request")),
    };
    let missing = [
        // That dialect has no reference: its answer comes in the same transaction.
        (request.reference.is_empty() && request.root == Root::Mrq, "ref_missing"),
        (request.controller.is_none(), "cid_missing"),
        (
            request.device.is_none() && request.field("dty").is_none(),
            "dty_missing",
        ),
    ];
    let missing = missing
        .iter()
        .find(|it| it.0 && has_root)
        .map(|it| (Code::TagMissing, it.1));
    // A mistake of form goes before one of a value, that before what is not there.
    reading.wrong = first.or(reading.wrong).or(missing);
    reading
}

#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Well,
    Broken(&'static str),
    NoRequest,
}

fn parse(text: &str, reading: &mut Reading) -> Ended {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    let mut open: Vec<String> = Vec::new();
    let mut value = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                let name = name_of(&tag);
                if open.is_empty() && !begin(&name, &mut reading.request) {
                    return Ended::NoRequest;
                }
                if open.len() >= DEPTH_MAX {
                    return Ended::Broken("too_deep");
                }
                open.push(name);
                value.clear();
            }
            Ok(Event::Empty(tag)) if open.is_empty() => {
                let request = begin(&name_of(&tag), &mut reading.request);
                return if request { Ended::Well } else { Ended::NoRequest };
            }
            Ok(Event::End(_)) => {
                let name = open.pop();
                if open.is_empty() {
                    // What stands behind it is nobody's.
                    return Ended::Well;
                }
                if let Some(name) = name {
                    field(&name, value.trim(), reading);
                }
                value.clear();
            }
            Ok(Event::Text(text)) => value.push_str(&text),
            Ok(Event::CData(text)) => value.push_str(&text),
            Ok(Event::GeneralRef(entity)) => match (&*entity, entity.resolve_char_ref()) {
                (_, Ok(Some(letter))) => value.push(letter),
                ("amp", _) => value.push('&'),
                ("lt", _) => value.push('<'),
                ("gt", _) => value.push('>'),
                ("quot", _) => value.push('"'),
                ("apos", _) => value.push('\''),
                _ => return Ended::Broken("entity"),
            },
            Ok(Event::DocType(_)) => return Ended::Broken("document_type"),
            Ok(Event::Eof) if open.is_empty() => return Ended::NoRequest,
            Ok(Event::Eof) => return Ended::Broken("cut_off"),
            Ok(Event::Empty(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_)) => {}
            Err(_) => return Ended::Broken("not_well_formed"),
        }
    }
}

fn name_of(tag: &BytesStart<'_>) -> String {
    let name = tag.local_name();
    let short: String = name.into_inner().chars().take(VALUE_MAX_CHARS).collect();
    short.to_ascii_lowercase()
}

/// Whether this is the root of a request.
fn begin(name: &str, request: &mut Request) -> bool {
    request.root = match name {
        "mrq" => Root::Mrq,
        "scaip" => Root::Scaip,
        _ => return false,
    };
    true
}

/// The short name of an element; long ones are a dialect's.
fn short(name: &str) -> &str {
    match name {
        "controllerid" => "cid",
        "deviceid" => "did",
        "devicetype" => "dty",
        "devicecomponent" => "dco",
        "statuscode" => "stc",
        "location" => "lco",
        "priority" => "pri",
        "reference" => "ref",
        _ => name,
    }
}

fn field(name: &str, value: &str, reading: &mut Reading) {
    let name = short(name);
    if value.is_empty() {
        return;
    }
    let value: String = value.chars().take(VALUE_MAX_CHARS).collect();
    let request = &mut reading.request;
    let mut wrong = |why| {
        reading.wrong = reading.wrong.or(Some((Code::WrongData, why)));
    };
    match name {
        "ref" => {
            // Nobody's reference is as long as this; one that is, is known by its beginning.
            request.reference = value
                .chars()
                .filter(|it| !it.is_control())
                .take(REFERENCE_MAX_CHARS)
                .collect();
        }
        "cid" => request.controller = Some(value.clone()),
        "mty" => match value.to_ascii_uppercase().as_str() {
            "ME" => request.sort = Sort::Message,
            "RE" => request.sort = Sort::Reset,
            "IN" => request.sort = Sort::More,
            "PI" => request.sort = Sort::Beat,
            _ => wrong("mty_unknown"),
        },
        "dty" | "dco" | "stc" => {
            let code = digits(&value).or_else(|| code_of(name, &value));
            match name {
                "dty" => request.device = code,
                "dco" => request.part = code,
                _ => request.status = code,
            }
            match (code, name) {
                (None, "dty") => wrong("dty_not_digits"),
                (None, "stc") => {
                    // Whatever it may mean: an alarm.
                    request.status = Some(u16::MAX);
                    wrong("stc_not_digits");
                }
                _ => {}
            }
        }
        "hbo" => request.sets_beat = digits(&value) == Some(1),
        "pri" => request.priority = digits(&value).map_or(0, |it| u8::try_from(it.min(9)).unwrap_or(9)),
        "ame" => request.more = digits(&value).map_or(0, u32::from),
        "geo" => match geo(&value) {
            Some((place, accuracy_m)) => (request.place, request.accuracy_m) = (Some(place), accuracy_m),
            None => request.odd.push("place_unreadable"),
        },
        // The shorter form says no less of where it is.
        "gga" if request.place.is_none() => match gga(&value) {
            Some(place) => request.place = Some(place),
            None => request.odd.push("place_unreadable"),
        },
        "tim" => match value.parse() {
            Ok(at) => request.place_at = Some(at),
            Err(_) => request.odd.push("time_unreadable"),
        },
        _ => {}
    }
    if request.fields.len() < FIELDS_MAX {
        request.fields.push((name.chars().take(32).collect(), value));
    }
}

/// A code of one to five digits, padded or not.
fn digits(value: &str) -> Option<u16> {
    let sound = (1..=5).contains(&value.len()) && value.bytes().all(|it| it.is_ascii_digit());
    sound.then(|| value.parse().ok()).flatten()
}

/// `39.38,117.06`, also as RFC 5870 writes it: `geo:39.38,117.06;u=35`.
fn geo(value: &str) -> Option<(Place, Option<f32>)> {
    let value = value.trim().strip_prefix("geo:").unwrap_or(value.trim());
    let mut parts = value.split(';');
    let mut degrees = parts.next()?.split(',').map(|it| it.trim().parse::<f64>());
    let (lat, lon) = (degrees.next()?.ok()?, degrees.next()?.ok()?);
    let radius = parts.find_map(|it| it.trim().strip_prefix("u=")?.parse::<f32>().ok());
    let accuracy_m = radius.filter(|it| it.is_finite() && *it >= 0.0);
    Some((Place::of(lat, lon, true)?, accuracy_m))
}

/// `$GPGGA,071530,3922.8000,N,11703.6000,E,1,…`: degrees and minutes; quality 0 is no fix.
fn gga(value: &str) -> Option<Place> {
    let parts: Vec<&str> = value.split(',').map(str::trim).collect();
    let angle = |at: usize, negative: &str| {
        let said: f64 = parts.get(at)?.parse().ok()?;
        let degrees = (said / 100.0).trunc();
        let angle = degrees + (said - degrees * 100.0) / 60.0;
        Some(if parts.get(at + 1)?.eq_ignore_ascii_case(negative) {
            -angle
        } else {
            angle
        })
    };
    let fixed = parts.get(6).is_some_and(|it| *it != "0");
    Place::of(angle(2, "S")?, angle(4, "W")?, fixed)
}

/// What a unit is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The dialect of the request.
    pub root: Root,
    /// Its reference.
    pub reference: String,
    /// The status.
    pub code: Code,
    /// The interval of its heartbeat, minutes, where it may be set.
    pub beat_minutes: Option<u16>,
}

impl Answer {
    /// The body.
    pub fn write(&self) -> String {
        let mut inner = String::new();
        let mut put = |name: &str, value: &str| {
            inner.push_str(&format!("<{name}>{}</{name}>", quick_xml::escape::escape(value)));
        };
        if !self.reference.is_empty() {
            put("ref", &self.reference);
        }
        put("snu", &self.code.number().to_string());
        if self.code != Code::Handled {
            put("ste", self.code.text());
        }
        if let Some(minutes) = self.beat_minutes {
            put("hbi", &minutes.to_string());
        }
        match self.root {
            Root::Mrq => format!("<mrs>{inner}</mrs>"),
            Root::Scaip => {
                let kept = self.code == Code::Handled;
                put("result", if kept { "ACK" } else { "NACK" });
                if !kept {
                    put("reason", self.code.text());
                }
                format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scaip>{inner}</scaip>")
            }
        }
    }

    /// Its type.
    pub const fn content_type(&self) -> &'static str {
        match self.root {
            Root::Mrq => "application/scaip+xml",
            Root::Scaip => "application/xml",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Kind;
    use proptest::prelude::*;

    const MOST: usize = 16 * 1024;

    fn of(text: &str) -> Reading {
        read(text.as_bytes(), MOST)
    }

    fn sound(text: &str) -> Request {
        let reading = of(text);
        assert_eq!(reading.wrong, None, "{text}");
        reading.request
    }

    #[test]
    fn a_full_request_is_read_in_whatever_order() {
        let full = "<mrq>\n <ref>WQYC20260001</ref><ver>01.00</ver><mty>ME</mty><hbo>001</hbo>\n<cid>12011400001</cid><dty>0005</dty>\
            <did>PENDANT-7</did><dco>002</dco><stc>0009</stc><pri>9</pri><lco>034</lco>\
            <lge><geo>39.380000,117.060000</geo><tim>2026-03-01T07:15:30+08</tim></lge><lte>卫生间</lte><ame>0</ame></mrq>";
        let it = sound(full);
        assert_eq!(
            (it.reference.as_str(), it.controller.as_deref()),
            ("WQYC20260001", Some("12011400001"))
        );
        assert_eq!(
            (it.device, it.part, it.status, it.priority, it.more),
            (Some(5), Some(2), Some(9), 9, 0)
        );
        assert_eq!(
            (it.sort, it.sets_beat, it.means()),
            (Sort::Message, true, Means::Help(Kind::Fall))
        );
        assert_eq!(it.place, Place::of(39.38, 117.06, true));
        assert_eq!(it.place_at, Some("2026-02-28T23:15:30Z".parse().unwrap()));
        assert_eq!(it.field("lte"), Some("卫生间"));
        let turned = "<MRQ><stc> 10 </stc><dty>\n2\n</dty><s:cid xmlns:s='x'> 120 114 </s:cid><ref> P1 </ref></MRQ>";
        let it = sound(turned);
        assert_eq!((it.reference.as_str(), it.device, it.status), ("P1", Some(2), Some(10)));
        assert_eq!((it.controller.as_deref(), it.sort), (Some("120 114"), Sort::Message));
    }

    #[test]
    fn the_quirks_of_the_field_are_read() {
        let codes = |text: &str| {
            let it = sound(text);
            (it.device, it.status, it.means())
        };
        let with = |inner: &str| format!("<mrq><ref>A1</ref><cid>1</cid>{inner}</mrq>");
        for (inner, device, status, meant) in [
            ("<dty>02</dty><stc>102</stc>", Some(2), Some(102), Means::State),
            ("<dty>02</dty><stc>010</stc>", Some(2), Some(10), Means::Help(Kind::Sos)),
            ("<stc>10</stc><dty>2</dty>", Some(2), Some(10), Means::Help(Kind::Sos)),
            (
                "<mty>PI</mty><dty>0002</dty><stc>0009</stc>",
                Some(2),
                Some(9),
                Means::State,
            ),
            (
                "<mty>pi</mty><dty>0002</dty><stc>0016</stc>",
                Some(2),
                Some(16),
                Means::Technical(Kind::LowBattery),
            ),
            (
                "<mty>RE</mty><dty>0005</dty><stc>0010</stc>",
                Some(5),
                Some(10),
                Means::Cancel,
            ),
            ("<dty>0003</dty>", Some(3), None, Means::Help(Kind::Sos)),
            (
                "<dty>0003</dty><stc></stc><crd>gsm:+</crd>",
                Some(3),
                None,
                Means::Help(Kind::Sos),
            ),
            ("<dty>0003</dty><stc/>", Some(3), None, Means::Help(Kind::Sos)),
        ] {
            assert_eq!(codes(&with(inner)), (device, status, meant), "{inner}");
        }
        let dialect = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scaip><controllerId>+123456</controllerId>\
            <deviceId>001d</deviceId><deviceType>fixedTrigger</deviceType><statusCode>alarm</statusCode></scaip>";
        let it = sound(dialect);
        assert_eq!((it.root, it.device, it.status), (Root::Scaip, Some(4), Some(10)));
        assert_eq!(it.controller.as_deref(), Some("+123456"));
    }

    #[test]
    fn what_is_wrong_has_its_code_and_what_was_read_stays() {
        let long = format!(
            "<mrq><ref>L1</ref><cid>1</cid><dty>3</dty><ite>{}</ite></mrq>",
            "x".repeat(MOST)
        );
        let deep = format!("<mrq><ref>D1</ref>{}", "<a>".repeat(100_000));
        for (text, code, why, reference) in [
            (
                "<mrq><ref>R</ref><cid>1</cid><stc>0010</stc></mrq>",
                Code::TagMissing,
                "dty_missing",
                "R",
            ),
            (
                "<mrq><ref>R</ref><dty>3</dty></mrq>",
                Code::TagMissing,
                "cid_missing",
                "R",
            ),
            (
                "<mrq><cid>1</cid><dty>3</dty></mrq>",
                Code::TagMissing,
                "ref_missing",
                "",
            ),
            ("<mrq/>", Code::TagMissing, "ref_missing", ""),
            (
                "<mrq><ref>R</ref><cid>1</cid><dty>0003</dty><stc>0010</stc>",
                Code::WrongFormat,
                "cut_off",
                "R",
            ),
            (
                "<mrq><ref>R</ref><cid>1</dty></mrq>",
                Code::WrongFormat,
                "not_well_formed",
                "R",
            ),
            (
                "<!DOCTYPE mrq [<!ENTITY x SYSTEM \"file:///dev/null\">]><mrq><ref>R</ref><cid>&x;</cid></mrq>",
                Code::WrongFormat,
                "document_type",
                "",
            ),
            (
                "<mrq><ref>R</ref><cid>&x;</cid><dty>3</dty></mrq>",
                Code::WrongFormat,
                "entity",
                "R",
            ),
            (
                "<mrs><ref>R</ref><snu>0</snu></mrs>",
                Code::WrongFormat,
                "no_request",
                "",
            ),
            ("", Code::WrongFormat, "no_request", ""),
            ("SOS", Code::WrongFormat, "no_request", ""),
            (
                "<mrq><ref>R</ref><cid>1</cid><dty>3</dty><mty>XX</mty></mrq>",
                Code::WrongData,
                "mty_unknown",
                "R",
            ),
            (
                "<mrq><ref>R</ref><cid>1</cid><dty>three</dty></mrq>",
                Code::WrongData,
                "dty_not_digits",
                "R",
            ),
            (
                "<mrq><ref>R</ref><cid>1</cid><dty>3</dty><stc>x</stc></mrq>",
                Code::WrongData,
                "stc_not_digits",
                "R",
            ),
            (&long, Code::TooLong, "too_long", "L1"),
            (&deep, Code::TooLong, "too_long", "D1"),
            (&deep[..4_000], Code::WrongFormat, "too_deep", "D1"),
        ] {
            let it = of(text);
            let shown: String = text.chars().take(80).collect();
            assert_eq!(it.wrong, Some((code, why)), "{shown}");
            assert_eq!(it.request.reference, reference, "{shown}");
        }
        // Half a call is a call.
        assert!(
            of("<mrq><ref>R</ref><cid>1</cid><dty>0003</dty><stc>0010</stc>")
                .request
                .calls()
        );
        assert!(
            of("<mrq><ref>R</ref><cid>1</cid><dty>3</dty><stc>x</stc></mrq>")
                .request
                .calls()
        );
    }

    #[test]
    fn places_are_read_as_degrees_and_as_sentences() {
        let place = |inner: &str| {
            let it = sound(&format!(
                "<mrq><ref>A</ref><cid>1</cid><dty>51</dty><lge>{inner}</lge></mrq>"
            ));
            (it.place, it.accuracy_m, it.odd)
        };
        let here = Place::of(39.38, 117.06, true);
        assert_eq!(place("<geo>geo:39.38,117.06;u=35</geo>"), (here, Some(35.0), vec![]));
        assert_eq!(place("<geo>39.38, 117.06, 4</geo>"), (here, None, vec![]));
        assert_eq!(place("<geo>0,0</geo>"), (None, None, vec!["place_unreadable"]));
        assert_eq!(place("<geo>north</geo>").2, ["place_unreadable"]);
        let (found, ..) = place("<gga>$GPGGA,071530,3922.8000,N,11703.6000,E,1,08,0.9,4.0,M,,,,*47</gga>");
        let found = found.unwrap();
        assert!((found.lat - 39.38).abs() < 1e-9 && (found.lon - 117.06).abs() < 1e-9 && found.fixed);
    }

    #[test]
    fn letters_that_are_no_utf_8_cost_nobody_their_alarm() {
        let it = read(
            b"<mrq><ref>A</ref><cid>1</cid><dty>3</dty><stc>10</stc><lte>\xce\xc0\xc9\xfa</lte></mrq>",
            MOST,
        );
        assert_eq!((it.wrong, it.request.calls()), (None, true));
        assert_eq!(it.request.odd, ["not_utf8"]);
        let it = sound("<mrq><ref>A</ref><cid>1</cid><dty>3</dty><ite>a &amp; b &#x4e00; <![CDATA[<c>]]></ite></mrq>");
        assert_eq!(it.field("ite"), Some("a & b 一 <c>"));
    }

    #[test]
    fn an_answer_has_its_reference_its_code_and_the_interval() {
        let answer = |root, code, beat_minutes| {
            Answer {
                root,
                reference: "A<1".into(),
                code,
                beat_minutes,
            }
            .write()
        };
        assert_eq!(
            answer(Root::Mrq, Code::Handled, None),
            "<mrs><ref>A&lt;1</ref><snu>0</snu></mrs>"
        );
        assert_eq!(
            answer(Root::Mrq, Code::Handled, Some(60)),
            "<mrs><ref>A&lt;1</ref><snu>0</snu><hbi>60</hbi></mrs>"
        );
        assert_eq!(
            answer(Root::Mrq, Code::TagMissing, None),
            "<mrs><ref>A&lt;1</ref><snu>7</snu><ste>mandatory tag missing</ste></mrs>"
        );
        let dialect = answer(Root::Scaip, Code::Handled, None);
        assert!(
            dialect.ends_with("<scaip><ref>A&lt;1</ref><snu>0</snu><result>ACK</result></scaip>"),
            "{dialect}"
        );
        assert!(
            answer(Root::Scaip, Code::NotTreated, None).contains("<result>NACK</result><reason>not treated</reason>")
        );
    }

    /// With `ECD_TEST_DATA`: every sample reads as its name says.
    #[test]
    fn the_samples_of_the_field_read_as_they_are_named() {
        let Some(folder) = std::env::var_os("ECD_TEST_DATA") else {
            println!("ECD_TEST_DATA is not set: the samples of SCAIP were not read");
            return;
        };
        let folder = std::path::Path::new(&folder).join("frames");
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let Some(name) = name.strip_prefix("scaip-own-").and_then(|it| it.strip_suffix(".xml")) else {
                continue;
            };
            let wanted = match name {
                "bad-missing-dty" => Some(Code::TagMissing),
                name if name.starts_with("bad-") || name.starts_with("mrs-") => Some(Code::WrongFormat),
                _ => None,
            };
            let reading = read(&std::fs::read(&path).unwrap(), MOST);
            assert_eq!(reading.wrong.map(|it| it.0), wanted, "{name}");
            let meant = match name {
                "full-geo" => Some(Means::Help(Kind::Fall)),
                "dialect-root-scaip" => Some(Means::Help(Kind::Sos)),
                "low-battery" => Some(Means::Technical(Kind::LowBattery)),
                "heartbeat-adjustable" => Some(Means::State),
                "reset-re" => Some(Means::Cancel),
                "split-1of2" | "split-2of2" => Some(Means::Help(Kind::Inactivity)),
                _ => None,
            };
            if let Some(meant) = meant {
                assert_eq!(reading.request.means(), meant, "{name}");
            }
            count += 1;
        }
        assert!(count >= 17, "{count}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), most in 0usize..3_000) {
            let reading = read(&bytes, most);
            prop_assert!(reading.request.fields.len() <= FIELDS_MAX);
            prop_assert!(reading.request.reference.chars().count() <= REFERENCE_MAX_CHARS);
        }

        #[test]
        fn any_text_within_a_request_is_read(inner in "(</?[a-z]{1,4}/?>|[0-9]{0,6}|&[a-z#0-9]{0,5};?|<!|.){0,60}") {
            let reading = read(format!("<mrq>{inner}</mrq>").as_bytes(), MOST);
            prop_assert!(reading.request.fields.iter().all(|it| it.1.chars().count() <= VALUE_MAX_CHARS));
        }

        /// Whatever the order, the padding and the blanks: the same call.
        #[test]
        fn order_padding_and_blanks_change_nothing(
            order in Just(["ref", "cid", "dty", "stc", "mty"].to_vec()).prop_shuffle(),
            zeros in 0usize..4,
            blank in "[ \t\r\n]{0,3}",
            device in 0u16..60,
            status in 0u16..140,
        ) {
            let pad = |it: u16| format!("{}{it}", "0".repeat(zeros.min(5 - it.to_string().len())));
            let element = |name: &&str| {
                let value = match *name {
                    "ref" => "REF1".to_owned(),
                    "cid" => "120114".to_owned(),
                    "dty" => pad(device),
                    "stc" => pad(status),
                    _ => "ME".to_owned(),
                };
                format!("{blank}<{name}>{blank}{value}{blank}</{name}>")
            };
            let inner: String = order.iter().map(element).collect();
            let reading = read(format!("<mrq>{inner}{blank}</mrq>{blank}").as_bytes(), MOST);
            prop_assert_eq!(reading.wrong, None);
            let it = reading.request;
            prop_assert_eq!((it.reference.as_str(), it.device, it.status), ("REF1", Some(device), Some(status)));
            prop_assert_eq!(it.controller.as_deref(), Some("120114"));
        }

        /// What is written is read as a unit would: the reference is the one that it gave.
        #[test]
        fn an_answer_gives_the_reference_back(reference in "[ -~]{1,64}") {
            let wanted = reference.trim().to_owned();
            prop_assume!(!wanted.is_empty());
            let body = Answer { root: Root::Mrq, reference: wanted.clone(), code: Code::Handled, beat_minutes: None }.write();
            let turned = body.replace("mrs>", "mrq>");
            prop_assert_eq!(read(turned.as_bytes(), MOST).request.reference, wanted);
        }
    }
}
