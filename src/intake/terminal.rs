//! What a device says on a line of its own, whatever its language. Bytes in, words out; nothing here waits or knows of a socket.
//!
//! A [`Language`] does three things: it cuts the stream into frames, reads a frame, and writes the answer that the device waits
//! for. The listener ([`super::tcp`]) does the rest for all of them.
//!
//! Holds always, for every language (`tests` beside each, and properties over all of them in `terminal_tests.rs`):
//! - any bytes at all are cut and read without a panic, and what is kept for them is bounded by the frame;
//! - the frames of a stream are the same in whatever pieces it arrives;
//! - a length or a checksum that is wrong is named and costs nobody their alarm;
//! - of several alarms in one frame the call for help comes first.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use crate::case::Kind;
use crate::people::{DeviceOrder, OrderKind, Protocol, TERMINAL_MAX_CHARS};

use super::blue::Blue;
use super::eelink::Eelink;
use super::eview::Eview;
use super::gator::Gator;
use super::gotop::Gotop;
use super::gps103::Gps103;
use super::gt06::Gt06;
use super::h02::H02;
use super::jt808::Jt808;
use super::minifinder::MiniFinder;
use super::pt502::Pt502;
use super::queclink::Queclink;
use super::taip::Taip;
use super::tk103::Tk103;
use super::topin::Topin;
use super::trv::Trv;
use super::watch::Watch;

/// What stands at the beginning of the bytes that have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The beginning of a frame; more must come.
    Wait,
    /// A frame of so many bytes.
    Frame(usize),
    /// So many bytes are no frame and no beginning of one.
    Junk(usize),
}

/// What the sender of a frame is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Everything that the frame asserts is durable.
    Kept,
    /// It could not be kept; the device should say it again.
    NotKept,
}

/// Says of a frame that it is one of several parts of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// What the message is, in the language's own number.
    pub kind: u16,
    /// The number of its first part.
    pub first: u16,
    /// Which part it is, counted from 1.
    pub which: u16,
    /// How many there are.
    pub total: u16,
    /// What calls for help may stand in it, and can be read without the others: it does not wait for them.
    pub at_once: bool,
}

/// One language of devices.
pub trait Language: Send + Sync {
    /// What `bytes` begin with. `most` is the longest frame; of a longer one the beginning is junk.
    fn cut(&self, bytes: &[u8], most: usize) -> Cut;

    /// As [`Language::cut`], where nothing more has come for a while or will come at all: a frame whose length says more than there is may
    /// end by other signs.
    fn cut_late(&self, bytes: &[u8], most: usize) -> Cut {
        self.cut(bytes, most)
    }

    /// Reads a frame that [`Language::cut`] has cut; hands over each thing that it says (mostly one) in order of urgency.
    fn read(&self, frame: &[u8], each: &mut dyn FnMut(Heard));

    /// Writes the answer that the device waits for; nothing where it waits for none, or where only a good one exists.
    fn answer(&self, frame: &[u8], fate: Fate, now: Timestamp, into: &mut Vec<u8>);

    /// Whether a frame is one of several parts of a message; none: it is whole.
    fn part(&self, _frame: &[u8]) -> Option<Part> {
        None
    }

    /// The message whose parts these are, all of them and in their order, as one frame; empty: they are none.
    fn joined(&self, _parts: &[&[u8]]) -> Vec<u8> {
        Vec::new()
    }

    /// Asks whoever has sent `from`, a part, for parts of the same message that have not come.
    fn ask_for(&self, _from: &[u8], _missing: &[u16], _serial: u16, _into: &mut Vec<u8>) {}

    /// What a device can be told in this language.
    fn orders(&self) -> &'static [OrderKind] {
        &[]
    }

    /// Writes a command for the device that has sent `from`; nothing where this language has no words for it. Where frames have
    /// numbers, `serial` is the number of this one.
    fn order(&self, _from: &[u8], _order: &DeviceOrder, _serial: u16, _into: &mut Vec<u8>) {}

    /// Whether a frame is the device's answer to a command, and whether it has done it; none: it is about something else.
    fn done(&self, _frame: &[u8], _order: &DeviceOrder, _serial: u16) -> Option<bool> {
        None
    }
}

/// Who speaks a protocol; none where it has no lines ([`super::mqtt`], [`super::scaip`]).
pub fn language(protocol: Protocol) -> Option<&'static dyn Language> {
    match protocol {
        Protocol::Watch => Some(&Watch),
        Protocol::Gt06 => Some(&Gt06),
        Protocol::Jt808 => Some(&Jt808),
        Protocol::H02 => Some(&H02),
        Protocol::Eelink => Some(&Eelink),
        Protocol::MiniFinder => Some(&MiniFinder),
        Protocol::Eview => Some(&Eview),
        Protocol::Trv => Some(&Trv),
        Protocol::Blue => Some(&Blue),
        Protocol::Gator => Some(&Gator),
        Protocol::Queclink => Some(&Queclink),
        Protocol::Gotop => Some(&Gotop),
        Protocol::Gps103 => Some(&Gps103),
        Protocol::Pt502 => Some(&Pt502),
        Protocol::Taip => Some(&Taip),
        Protocol::Tk103 => Some(&Tk103),
        Protocol::Topin => Some(&Topin),
        Protocol::Mqtt | Protocol::Scaip => None,
    }
}

/// The protocols that have lines, each with its language.
pub fn languages() -> impl Iterator<Item = (Protocol, &'static dyn Language)> {
    Protocol::ALL.iter().filter_map(|it| Some((*it, language(*it)?)))
}

/// How a device names itself: ASCII letters and digits, at most [`TERMINAL_MAX_CHARS`]. Copied, not allocated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Number {
    bytes: [u8; TERMINAL_MAX_CHARS],
    len: u8,
}

impl Number {
    /// From text; none when it is empty, too long or holds anything but ASCII letters and digits.
    pub fn of(text: &[u8]) -> Option<Self> {
        let sound = (1..=TERMINAL_MAX_CHARS).contains(&text.len()) && text.iter().all(u8::is_ascii_alphanumeric);
        if !sound {
            return None;
        }
        let mut bytes = [0; TERMINAL_MAX_CHARS];
        bytes[..text.len()].copy_from_slice(text);
        let len = u8::try_from(text.len()).ok()?;
        Some(Self { bytes, len })
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What kind of frame it is, as far as the service cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Says who it is, and lives.
    Beat,
    /// Something happened, by its form: an alarm even when no reason can be read.
    Alarm,
    /// Where it is.
    Position,
    /// What it has measured.
    Reading,
    /// Answers a command of ours.
    Reply,
    /// Voice, pictures, questions: kept nowhere.
    #[default]
    Other,
    /// The beginning of a frame whose rest is missing.
    Broken,
}

impl Sort {
    /// As a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Beat => "beat",
            Self::Alarm => "alarm",
            Self::Position => "position",
            Self::Reading => "reading",
            Self::Reply => "reply",
            Self::Other => "other",
            Self::Broken => "broken",
        }
    }
}

/// A state that calls for help and still lasts is reported again after so long, when its device says so again: whoever closed the case
/// meanwhile was wrong.
pub const STILL_SO_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// One thing that a device asserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Our word; `Unknown` where the device's is none of ours.
    pub kind: Kind,
    /// The device's own word.
    pub said: Cow<'static, str>,
    /// It is a state that stands in every frame for as long as it lasts, not an event: reported when it begins.
    pub lasting: bool,
}

impl Alarm {
    /// Something that has happened.
    pub const fn event(kind: Kind, said: &'static str) -> Self {
        Self {
            kind,
            said: Cow::Borrowed(said),
            lasting: false,
        }
    }

    /// Something that is so.
    pub const fn state(kind: Kind, said: &'static str) -> Self {
        Self {
            kind,
            said: Cow::Borrowed(said),
            lasting: true,
        }
    }

    /// An alarm that no list of ours has: never dropped.
    pub fn unknown(said: String) -> Self {
        Self {
            kind: Kind::Unknown,
            said: Cow::Owned(said),
            lasting: false,
        }
    }
}

/// How the device's clock is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Hours east of Greenwich by the protocol's own text.
    Fixed(i8),
    /// Greenwich or the street's, as somebody has set it up.
    Either,
}

/// When it happened, as the device says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Its clock.
    pub at: DateTime,
    /// What its clock is set to.
    pub zone: Zone,
    /// The time came with a fix of satellites: the device's own clock may be wrong, theirs is not.
    pub by_satellite: bool,
}

/// Where it is, in the reference system of its profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// A fix of now; else the last one known, which proves nothing.
    pub fixed: bool,
}

impl Place {
    /// None for what is no place on earth, and for the zeros of a receiver without a fix.
    pub fn of(lat: f64, lon: f64, fixed: bool) -> Option<Self> {
        let on_earth = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        (on_earth && (lat != 0.0 || lon != 0.0)).then_some(Self { lat, lon, fixed })
    }
}

/// What it has measured, of itself and of whoever wears it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measured {
    /// Charge, percent.
    pub battery_percent: Option<u8>,
    /// Strength of the mobile network, percent.
    pub signal_percent: Option<u8>,
    /// Beats a minute.
    pub pulse: Option<u16>,
    /// Upper and lower blood pressure, mmHg.
    pub pressure: Option<(u16, u16)>,
    /// Oxygen in the blood, percent.
    pub oxygen_percent: Option<u8>,
    /// Of the body, degrees Celsius.
    pub temperature_c: Option<f32>,
    /// Steps since midnight, by the device.
    pub steps: Option<u32>,
}

impl Measured {
    /// Whether it says anything of the wearer's body.
    pub const fn is_vital(&self) -> bool {
        self.pulse.is_some() || self.pressure.is_some() || self.oxygen_percent.is_some() || self.temperature_c.is_some()
    }
}

/// One thing that a frame says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heard {
    /// Who says it; none where the protocol says so only when a connection begins.
    pub number: Option<Number>,
    /// What it is.
    pub sort: Sort,
    /// What it asserts, the call for help first.
    pub alarms: Vec<Alarm>,
    /// When.
    pub said: Option<Said>,
    /// The frame says which states last; one that it does not name is over.
    pub states: bool,
    /// It was stored for lack of a network and is sent late.
    pub stored: bool,
    /// Where.
    pub place: Option<Place>,
    /// Figures.
    pub measured: Measured,
    /// What is odd about the frame: short stable words.
    pub odd: Vec<&'static str>,
}

impl Heard {
    /// Puts the gravest first; of equals the order of the frame stays.
    pub fn gravest_first(mut self) -> Self {
        if self.alarms.len() > 1 {
            let rank = |it: &Alarm| (it.kind != Kind::Sos, std::cmp::Reverse(it.kind.severity()));
            self.alarms.sort_by_key(rank);
        }
        self
    }
}

/// Two digits of packed decimal; none where a half is no digit.
pub(super) const fn bcd(byte: u8) -> Option<u8> {
    let (high, low) = (byte >> 4, byte & 15);
    if high > 9 || low > 9 {
        None
    } else {
        Some(high * 10 + low)
    }
}

/// A time out of its parts, the year counted from 2000; none where there is no such moment.
pub(super) fn moment(year: u8, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Option<DateTime> {
    let small = |it: u8| i8::try_from(it).ok();
    let year = 2000 + i16::from(year);
    DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_comes_first_and_then_by_severity() {
        let heard = Heard {
            alarms: vec![
                Alarm::state(Kind::LowBattery, "a"),
                Alarm::event(Kind::Geofence, "b"),
                Alarm::event(Kind::Fall, "c"),
                Alarm::event(Kind::Sos, "d"),
            ],
            ..Heard::default()
        };
        let said: Vec<_> = heard.gravest_first().alarms.into_iter().map(|it| it.said).collect();
        assert_eq!(said, ["d", "c", "b", "a"]);
    }

    #[test]
    fn places_that_are_none_are_left_out() {
        assert_eq!(Place::of(0.0, 0.0, true), None);
        assert_eq!(Place::of(91.0, 1.0, true), None);
        assert_eq!(Place::of(f64::NAN, 1.0, true), None);
        assert!(Place::of(0.0, 1.0, false).is_some());
    }

    #[test]
    fn numbers_are_letters_and_digits() {
        assert_eq!(Number::of(b"8800000015").unwrap().as_str(), "8800000015");
        for wrong in [&b""[..], b"88 00", b"123456789012345678901", "八".as_bytes()] {
            assert_eq!(Number::of(wrong), None);
        }
        assert_eq!((bcd(0x59), bcd(0x5a), bcd(0xa5)), (Some(59), None, None));
        assert!(moment(26, 2, 29, 0, 0, 0).is_none() && moment(24, 2, 29, 23, 59, 59).is_some());
    }
}
