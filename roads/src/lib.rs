//! Streams OpenStreetMap extracts: `.osm.pbf` and OSM XML through one trait.
//!
//! An [`Extract`] hands its objects one by one to a visitor and keeps none of them, so memory does not grow with the
//! file; a reader that needs the ways before the nodes simply streams twice. Start at [`open`].
//!
//! Holds always:
//! - a file that cannot be read to its end is an [`Error`] that names the file and the place, never a panic;
//! - coordinates are WGS-84 degrees and inside their ranges; objects marked as deleted are left out;
//! - decoding belongs to `osmpbf` and `quick-xml`; nothing here parses bytes.

mod pbf;
mod xml;

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use pbf::Pbf;
pub use xml::Xml;

/// One object of an extract, valid during the visit.
#[derive(Debug, Clone, Copy)]
pub enum Object<'a> {
    Node(Node<'a>),
    Way(Way<'a>),
    Relation(Relation<'a>),
}

/// A point.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    pub id: i64,
    /// Degrees, WGS-84, -90 to 90.
    pub lat: f64,
    /// Degrees, WGS-84, -180 to 180.
    pub lon: f64,
    pub tags: Tags<'a>,
}

/// A line over nodes.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    pub id: i64,
    /// The nodes in order.
    pub refs: &'a [i64],
    pub tags: Tags<'a>,
}

/// A statement about other objects.
#[derive(Debug, Clone, Copy)]
pub struct Relation<'a> {
    pub id: i64,
    pub members: &'a [Member<'a>],
    pub tags: Tags<'a>,
}

/// One object in a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    pub kind: Kind,
    pub id: i64,
    pub role: &'a str,
}

/// What a relation's member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Node,
    Way,
    Relation,
}

/// The tags of an object.
#[derive(Debug, Clone, Copy)]
pub struct Tags<'a>(&'a [(&'a str, &'a str)]);

impl<'a> Tags<'a> {
    /// Tags over pairs that the caller holds.
    pub const fn new(pairs: &'a [(&'a str, &'a str)]) -> Self {
        Self(pairs)
    }
    /// The value of `key`; objects have few tags, so this looks through them.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }
    /// All pairs as they came.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.0.iter().copied()
    }
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Which kinds of objects a pass is about; the others are skipped without being decoded where the format allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub nodes: bool,
    pub ways: bool,
    pub relations: bool,
}

impl Wanted {
    pub const NODES: Self = Self {
        nodes: true,
        ways: false,
        relations: false,
    };
    pub const WAYS_AND_RELATIONS: Self = Self {
        nodes: false,
        ways: true,
        relations: true,
    };
    pub const ALL: Self = Self {
        nodes: true,
        ways: true,
        relations: true,
    };
}

/// A source of OpenStreetMap objects that can be streamed as often as needed.
pub trait Extract {
    /// What the source is called in messages: a path, or a word for bytes in memory.
    fn name(&self) -> &str;

    /// Hands every wanted object to `visit`, in the order of the file.
    ///
    /// # Errors
    /// The file cannot be opened or read, is cut off, or is not what its format says. Objects before the fault have
    /// been visited by then: a caller that gets an error throws away what it gathered.
    fn stream(&self, wanted: Wanted, visit: &mut dyn FnMut(Object<'_>)) -> Result<(), Error>;
}

/// A format an extract can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Pbf,
    Xml,
}

impl Format {
    /// Told by the ending of the name (`.pbf`; `.osm`, `.xml`), else by the first bytes.
    pub fn of(name: &str, first_bytes: &[u8]) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".pbf") {
            return Some(Self::Pbf);
        }
        if name.ends_with(".osm") || name.ends_with(".xml") {
            return Some(Self::Xml);
        }
        // A PBF file begins with a length and a blob header that names the blob's type; XML begins with a bracket,
        // perhaps after a byte order mark and white space.
        if first_bytes.windows(9).take(16).any(|window| window == b"OSMHeader") {
            return Some(Self::Pbf);
        }
        let text = first_bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first_bytes);
        text.iter()
            .find(|byte| !byte.is_ascii_whitespace())
            .filter(|byte| **byte == b'<')
            .map(|_| Self::Xml)
    }
}

/// Why an extract could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot open {name}: {source}")]
    Open { name: String, source: io::Error },
    #[error("{name} is neither an .osm.pbf nor an OSM XML file (known by its ending or its first bytes)")]
    UnknownFormat { name: String },
    #[error("{name} cannot be read as PBF in block {block}: {source}")]
    Pbf {
        name: String,
        block: u64,
        source: osmpbf::Error,
    },
    #[error("{name} cannot be read as PBF in block {block}: {what}")]
    PbfContent { name: String, block: u64, what: String },
    #[error("{name} cannot be read as XML at byte {position}: {source}")]
    Xml {
        name: String,
        position: u64,
        source: quick_xml::Error,
    },
    #[error("{name} is not OSM XML at byte {position}: {what}")]
    XmlContent { name: String, position: u64, what: String },
}

/// Where an extract's bytes come from; opened anew for every pass.
#[derive(Debug, Clone)]
pub(crate) enum Bytes {
    File(PathBuf),
    Memory(Arc<[u8]>),
}

impl Bytes {
    pub(crate) fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, Error> {
        match self {
            Self::File(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(source) => Err(Error::Open {
                    name: name.to_owned(),
                    source,
                }),
            },
            Self::Memory(bytes) => Ok(Box::new(Cursor::new(Arc::clone(bytes)))),
        }
    }
}

/// The extract in a file.
///
/// # Errors
/// [`Error::Open`] when the file cannot be read, [`Error::UnknownFormat`] when it is neither PBF nor XML.
pub fn open(path: impl AsRef<Path>) -> Result<Box<dyn Extract + Send>, Error> {
    let path = path.as_ref();
    let name = path.display().to_string();
    let mut first = Vec::with_capacity(64);
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut first));
    if let Err(source) = read {
        return Err(Error::Open { name, source });
    }
    with_format(name, &first, Bytes::File(path.to_owned()))
}

/// The extract in memory; `name` is for messages, and its ending counts as a file's would.
///
/// # Errors
/// [`Error::UnknownFormat`] when the bytes are neither PBF nor XML.
pub fn from_bytes(name: &str, bytes: impl Into<Arc<[u8]>>) -> Result<Box<dyn Extract + Send>, Error> {
    let bytes = bytes.into();
    let first = bytes[..bytes.len().min(64)].to_vec();
    with_format(name.to_owned(), &first, Bytes::Memory(bytes))
}

fn with_format(name: String, first_bytes: &[u8], bytes: Bytes) -> Result<Box<dyn Extract + Send>, Error> {
    match Format::of(&name, first_bytes) {
        Some(Format::Pbf) => Ok(Box::new(Pbf::new(name, bytes))),
        Some(Format::Xml) => Ok(Box::new(Xml::new(name, bytes))),
        None => Err(Error::UnknownFormat { name }),
    }
}

/// Whether a coordinate is one on Earth.
pub(crate) fn on_earth(lat: f64, lon: f64) -> bool {
    (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_told_by_ending_or_first_bytes() {
        assert_eq!(Format::of("a.osm.pbf", b""), Some(Format::Pbf));
        assert_eq!(Format::of("a.OSM", b""), Some(Format::Xml));
        assert_eq!(Format::of("a", b"\0\0\0\x0d\x0a\x09OSMHeader"), Some(Format::Pbf));
        assert_eq!(Format::of("a", b"\xEF\xBB\xBF\n <osm>"), Some(Format::Xml));
        assert_eq!(Format::of("a", b"PK\x03\x04"), None);
        assert!(matches!(from_bytes("a", &b"PK"[..]), Err(Error::UnknownFormat { .. })));
        assert!(matches!(open("/no/such/file.osm"), Err(Error::Open { .. })));
    }
}
