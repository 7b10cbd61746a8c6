//! Bytes become a message.
//!
//! What is odd and does not change what is said is taken: a `Z` where the standard wants an offset, blanks, elements that we do not
//! know, elements of other name spaces. What is said must be there and be one of the standard's words.

use jiff::Timestamp;
use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::{Namespace, ResolveResult};

use super::area::{Area, Circle, POINTS_MAX};
use super::{Alert, Info, NAME_SPACE, Reference};
use crate::circle::Point;

/// Elements within one another: the standard has four, a signature some more.
const DEPTH_MAX: usize = 16;
/// Elements of one message.
const ELEMENTS_MAX: usize = 20_000;
/// Blocks `info`: one a language or event.
const INFOS_MAX: usize = 64;
/// Areas of one `info`.
const AREAS_MAX: usize = 512;
/// Of whatever else may stand there several times.
const SEVERAL_MAX: usize = 256;
/// Letters of an identifier, a sender, a code.
pub const NAME_MAX_CHARS: usize = 200;
/// Letters of a text that are kept.
const TEXT_MAX_CHARS: usize = 8_000;
/// Kilometres round the world, about: no circle is larger.
const RADIUS_MAX_KM: f64 = 20_100.0;

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No XML, or cut off.
    #[error("it is not well-formed XML")]
    NotXml,
    /// It defines or uses entities, or has a document type.
    #[error("a document type or an entity is not read")]
    Entities,
    /// Too many elements, or too deep.
    #[error("it has more elements than a message may have")]
    TooMuch,
    /// Something else, or another version.
    #[error("the outermost element must be `alert` of {NAME_SPACE}")]
    NotCap,
    /// An element that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// An element holds what it may not hold.
    #[error("`{0}` is not what the standard allows there")]
    Wrong(&'static str),
}

impl Unreadable {
    /// The element it is about, where it is about one.
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::Missing(it) | Self::Wrong(it) => Some(it),
            _ => None,
        }
    }
}

/// Reads a message of whatever length; who calls has limited it.
///
/// # Errors
/// [`Unreadable`].
pub fn read(bytes: &[u8]) -> Result<Alert, Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::NotXml)?;
    alert(&tree(text)?)
}

/// An element of the name space; those of others are passed over.
#[derive(Debug, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

fn tree(text: &str) -> Result<Element, Unreadable> {
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    let mut open: Vec<Element> = Vec::new();
    // So many elements within one that is not ours are open.
    let mut strange = 0_usize;
    let mut count = 0_usize;
    loop {
        let (space, event) = reader.read_resolved_event().map_err(|_| Unreadable::NotXml)?;
        let ours = matches!(space, ResolveResult::Bound(Namespace(it)) if it == NAME_SPACE);
        match event {
            Event::Start(tag) => {
                let name = tag.local_name().into_inner().to_owned();
                begin(&mut count, &open, strange, ours, &name)?;
                if strange > 0 || !ours {
                    strange += 1;
                } else {
                    open.push(Element {
                        name,
                        ..Element::default()
                    });
                }
            }
            Event::Empty(tag) => {
                let name = tag.local_name().into_inner().to_owned();
                begin(&mut count, &open, strange, ours, &name)?;
                if strange == 0 && ours {
                    let it = Element {
                        name,
                        ..Element::default()
                    };
                    match open.last_mut() {
                        Some(parent) => parent.children.push(it),
                        None => return Ok(it),
                    }
                }
            }
            Event::End(_) if strange > 0 => strange -= 1,
            Event::End(_) => {
                let Some(it) = open.pop() else {
                    return Err(Unreadable::NotXml);
                };
                match open.last_mut() {
                    Some(parent) => parent.children.push(it),
                    None => return Ok(it), // what stands behind it is nobody's
                }
            }
            Event::Text(text) => put(&mut open, strange, &text),
            Event::CData(text) => put(&mut open, strange, &text),
            Event::GeneralRef(entity) => {
                let letter = match (&*entity, entity.resolve_char_ref()) {
                    (_, Ok(Some(letter))) => letter,
                    ("amp", _) => '&',
                    ("lt", _) => '<',
                    ("gt", _) => '>',
                    ("quot", _) => '"',
                    ("apos", _) => '\'',
                    _ => return Err(Unreadable::Entities),
                };
                put(&mut open, strange, letter.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => return Err(Unreadable::Entities),
            Event::Eof => {
                return Err(if count == 0 {
                    Unreadable::NotCap
                } else {
                    Unreadable::NotXml
                });
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
}

fn begin(count: &mut usize, open: &[Element], strange: usize, ours: bool, name: &str) -> Result<(), Unreadable> {
    *count += 1;
    if *count > ELEMENTS_MAX || open.len() + strange >= DEPTH_MAX {
        return Err(Unreadable::TooMuch);
    }
    if open.is_empty() && strange == 0 && !(ours && name == "alert") {
        return Err(Unreadable::NotCap);
    }
    Ok(())
}

fn put(open: &mut [Element], strange: usize, text: &str) {
    if let (Some(it), 0) = (open.last_mut(), strange) {
        it.text.extend(text.chars().filter(|it| is_legible(*it)));
    }
}

impl Element {
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |it| it.name == name)
    }

    fn one(&self, name: &'static str) -> Option<&str> {
        let text = self.all(name).next()?.text.trim();
        (!text.is_empty()).then_some(text)
    }

    fn must(&self, name: &'static str) -> Result<&str, Unreadable> {
        self.one(name).ok_or(Unreadable::Missing(name))
    }

    fn word<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, Unreadable> {
        self.must(name)?.parse().map_err(|_| Unreadable::Wrong(name))
    }

    fn words<T: std::str::FromStr>(&self, name: &'static str) -> Result<Vec<T>, Unreadable> {
        self.several(name)?
            .map(|it| it.text.trim().parse().map_err(|_| Unreadable::Wrong(name)))
            .collect()
    }

    fn several(&self, name: &'static str) -> Result<impl Iterator<Item = &Element>, Unreadable> {
        self.at_most(name, SEVERAL_MAX)
    }

    fn at_most(&self, name: &'static str, most: usize) -> Result<impl Iterator<Item = &Element>, Unreadable> {
        if self.all(name).count() > most {
            return Err(Unreadable::TooMuch);
        }
        Ok(self.all(name))
    }

    fn text(&self, name: &'static str) -> Option<String> {
        Some(kept(self.one(name)?))
    }

    fn instant(&self, name: &'static str) -> Result<Option<Timestamp>, Unreadable> {
        let of = |it| instant(it).ok_or(Unreadable::Wrong(name));
        self.one(name).map(of).transpose()
    }

    fn pairs(&self, name: &'static str) -> Result<Vec<(String, String)>, Unreadable> {
        let pair = |it: &Element| {
            let part = |name| kept(it.one(name).unwrap_or_default());
            (part("valueName"), part("value"))
        };
        Ok(self.several(name)?.map(pair).collect())
    }
}

/// What XML can hold, and a person can read.
pub(super) fn is_legible(it: char) -> bool {
    (!it.is_control() || matches!(it, '\n' | '\t')) && !matches!(it, '\u{fffe}' | '\u{ffff}')
}

fn kept(text: &str) -> String {
    text.chars().take(TEXT_MAX_CHARS).collect()
}

/// Between these the years have four digits, wherever on earth: 1970-01-03 to 9999-12-29.
const INSTANTS: std::ops::Range<i64> = 172_800..253_402_128_000;

/// With an offset or a `Z`; fractions of a second are dropped, as a reference has none.
fn instant(text: &str) -> Option<Timestamp> {
    let at: Timestamp = text.trim().parse().ok()?;
    INSTANTS.contains(&at.as_second()).then_some(())?;
    Timestamp::from_second(at.as_second()).ok()
}

/// A name of the standard: no blanks, commas, `<` or `&`.
pub fn is_name(text: &str) -> bool {
    let fits = (1..=NAME_MAX_CHARS).contains(&text.chars().count());
    fits && !text
        .chars()
        .any(|it| it.is_whitespace() || it.is_control() || matches!(it, ',' | '<' | '&'))
}

fn name(of: &Element, field: &'static str) -> Result<String, Unreadable> {
    let text = of.must(field)?;
    if is_name(text) {
        Ok(text.to_owned())
    } else {
        Err(Unreadable::Wrong(field))
    }
}

fn alert(root: &Element) -> Result<Alert, Unreadable> {
    let references = root.one("references").unwrap_or_default().split_whitespace();
    let infos = root.at_most("info", INFOS_MAX)?;
    Ok(Alert {
        identifier: name(root, "identifier")?,
        sender: name(root, "sender")?,
        sent: root.instant("sent")?.ok_or(Unreadable::Missing("sent"))?,
        status: root.word("status")?,
        msg_type: root.word("msgType")?,
        scope: root.word("scope")?,
        addresses: quoted(root.one("addresses").unwrap_or_default()),
        note: root.text("note"),
        // One that cannot be read names no message that we know.
        references: references.filter_map(reference).take(SEVERAL_MAX).collect(),
        infos: infos.map(info).collect::<Result<_, _>>()?,
    })
}

fn reference(text: &str) -> Option<Reference> {
    let mut parts = text.split(',');
    let (sender, identifier, sent) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next().is_none() && is_name(sender) && is_name(identifier);
    whole
        .then(|| {
            Some(Reference {
                sender: sender.to_owned(),
                identifier: identifier.to_owned(),
                sent: instant(sent)?,
            })
        })
        .flatten()
}

/// Words between blanks; one with blanks stands in quotation marks.
fn quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && found.len() < SEVERAL_MAX {
        let (word, behind) = match rest.strip_prefix('"') {
            Some(inner) => inner.split_once('"').unwrap_or((inner, "")),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        if !word.is_empty() {
            found.push(kept(word));
        }
        rest = behind.trim_start();
    }
    found
}

fn info(of: &Element) -> Result<Info, Unreadable> {
    let categories = of.words("category")?;
    if categories.is_empty() {
        return Err(Unreadable::Missing("category"));
    }
    Ok(Info {
        language: of.text("language"),
        categories,
        event: kept(of.must("event")?),
        response_types: of.words("responseType")?,
        urgency: of.word("urgency")?,
        severity: of.word("severity")?,
        certainty: of.word("certainty")?,
        event_codes: of.pairs("eventCode")?,
        onset: of.instant("onset")?,
        expires: of.instant("expires")?,
        sender_name: of.text("senderName"),
        headline: of.text("headline"),
        description: of.text("description"),
        instruction: of.text("instruction"),
        parameters: of.pairs("parameter")?,
        areas: of.at_most("area", AREAS_MAX)?.map(area).collect::<Result<_, _>>()?,
    })
}

fn area(of: &Element) -> Result<Area, Unreadable> {
    let polygons = of.several("polygon")?.map(|it| polygon(&it.text));
    let circles = of.several("circle")?.map(|it| circle(&it.text));
    Ok(Area {
        description: kept(of.must("areaDesc")?),
        polygons: polygons.collect::<Option<_>>().ok_or(Unreadable::Wrong("polygon"))?,
        circles: circles.collect::<Option<_>>().ok_or(Unreadable::Wrong("circle"))?,
        geocodes: of.pairs("geocode")?,
    })
}

/// `latitude,longitude`.
fn point(text: &str) -> Option<Point> {
    let (lat, lon) = text.split_once(',')?;
    Point::new(lat.trim().parse().ok()?, lon.trim().parse().ok()?).ok()
}

/// Four points at least, the last one the first; one that is left open is closed.
fn polygon(text: &str) -> Option<Vec<Point>> {
    let mut ring = text
        .split_whitespace()
        .take(POINTS_MAX + 1)
        .map(point)
        .collect::<Option<Vec<_>>>()?;
    let first = *ring.first()?;
    if ring.last() != Some(&first) {
        ring.push(first);
    }
    (4..=POINTS_MAX).contains(&ring.len()).then_some(ring)
}

/// `latitude,longitude radius`.
fn circle(text: &str) -> Option<Circle> {
    let (middle, radius) = text.trim().split_once(char::is_whitespace)?;
    let radius_km: f64 = radius.trim().parse().ok()?;
    (0.0..=RADIUS_MAX_KM).contains(&radius_km).then_some(())?;
    Some(Circle {
        middle: point(middle)?,
        radius_km,
    })
}
