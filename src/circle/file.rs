//! The road file: a [`Roads`] as flat little-endian arrays behind a versioned, checksummed header.
//!
//! ```text
//! "ECDROADS"  version u32  arrays u32  file length u64            24 bytes
//! for each array: bytes u64                                       8 bytes each
//! the arrays, one after another, each padded to 8 bytes
//! checksum u64 over all before it
//! ```
//!
//! Opening copies the arrays out of the bytes (a few milliseconds for a city) and trusts none of them: length and
//! checksum first, then every number that is used as an index, so that a damaged or forged file is an error here and
//! never a panic or an endless search later.

use std::io::{self, Write};

use super::graph::{Roads, Topology};
use super::import::VIA_DEGREE_MAX;
use super::speeds::{Class, Conditions};

const MAGIC: &[u8; 8] = b"ECDROADS";
/// Goes up with every change of the arrays or their meaning; older files are imported again.
pub const FILE_VERSION: u32 = 2;
const ARRAYS: usize = 15;
const HEAD: usize = 24 + ARRAYS * 8;

/// Why bytes are not a road file that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("not a road file (it does not begin with ECDROADS)")]
    NotRoads,
    #[error("the road file has version {found}, this program reads {FILE_VERSION}: import the extract again")]
    Version { found: u32 },
    #[error("the road file is {found} bytes long and says it has {wanted}: it was cut off")]
    Length { found: u64, wanted: u64 },
    #[error("the road file is damaged: its checksum does not fit")]
    Checksum,
    #[error("the road file contradicts itself: {0}")]
    Content(&'static str),
}

impl Roads {
    /// Writes the road file. The hour's travel times are not in it: they follow from the conditions.
    ///
    /// # Errors
    /// Whatever `out` says.
    pub fn write_to(&self, mut out: impl Write) -> io::Result<()> {
        let t = &*self.topology;
        let flat = |list: &[u32]| list.iter().flat_map(|it| it.to_le_bytes()).collect::<Vec<u8>>();
        let pairs = |list: &[[i32; 2]]| {
            list.iter()
                .flatten()
                .flat_map(|it| it.to_le_bytes())
                .collect::<Vec<u8>>()
        };
        let arrays: [Vec<u8>; ARRAYS] = [
            flat(&t.first),
            pairs(&t.node_at),
            flat(&t.head),
            flat(&t.twin),
            flat(&t.segment),
            flat(&t.start),
            flat(&t.length_cm),
            t.class.clone(),
            t.cap_kmh.clone(),
            t.access.clone(),
            t.way.iter().flat_map(|it| it.to_le_bytes()).collect(),
            flat(&t.shape_first),
            pairs(&t.shape),
            flat(&t.copy_of),
            t.bans.iter().flatten().flat_map(|it| it.to_le_bytes()).collect(),
        ];
        let total = HEAD + arrays.iter().map(|it| it.len().next_multiple_of(8)).sum::<usize>() + 8;
        let mut head = Vec::with_capacity(HEAD);
        head.extend_from_slice(MAGIC);
        head.extend_from_slice(&FILE_VERSION.to_le_bytes());
        head.extend_from_slice(&(ARRAYS as u32).to_le_bytes());
        head.extend_from_slice(&(total as u64).to_le_bytes());
        for array in &arrays {
            head.extend_from_slice(&(array.len() as u64).to_le_bytes());
        }
        let mut sum = Checksum::default();
        sum.add(&head);
        out.write_all(&head)?;
        for mut array in arrays {
            array.resize(array.len().next_multiple_of(8), 0);
            sum.add(&array);
            out.write_all(&array)?;
        }
        out.write_all(&sum.0.to_le_bytes())
    }

    /// Opens a road file that lies in memory (read or mapped), with the default speeds.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the bytes; whatever they are, this does not panic.
    pub fn open(bytes: &[u8]) -> Result<Self, OpenError> {
        Self::open_under(bytes, &Conditions::default())
    }

    /// As [`Roads::open`], with the travel times of `conditions`.
    ///
    /// # Errors
    /// As [`Roads::open`].
    pub fn open_under(bytes: &[u8], conditions: &Conditions) -> Result<Self, OpenError> {
        let topology = read(bytes)?;
        check(&topology).map_err(OpenError::Content)?;
        Ok(Self::new(topology, conditions))
    }
}

fn read(bytes: &[u8]) -> Result<Topology, OpenError> {
    if !bytes.starts_with(MAGIC) {
        return Err(OpenError::NotRoads);
    }
    let cut = |wanted: u64| OpenError::Length {
        found: bytes.len() as u64,
        wanted,
    };
    if bytes.len() < HEAD + 8 {
        return Err(cut((HEAD + 8) as u64));
    }
    let version = u32_at(bytes, 8);
    if version != FILE_VERSION {
        return Err(OpenError::Version { found: version });
    }
    let wanted = u64_at(bytes, 16);
    if wanted != bytes.len() as u64 || !bytes.len().is_multiple_of(8) {
        return Err(cut(wanted));
    }
    let (content, stored) = bytes.split_at(bytes.len() - 8);
    let mut sum = Checksum::default();
    sum.add(content);
    if sum.0 != u64_at(stored, 0) {
        return Err(OpenError::Checksum);
    }
    if u32_at(bytes, 12) as usize != ARRAYS {
        return Err(OpenError::Content("another number of arrays"));
    }
    let mut at = HEAD as u64;
    let mut arrays = [&content[..0]; ARRAYS];
    for (number, array) in arrays.iter_mut().enumerate() {
        let length = u64_at(bytes, 24 + number * 8);
        let end = at.checked_add(length).filter(|end| *end <= content.len() as u64);
        let Some(end) = end else {
            return Err(OpenError::Content("an array reaches beyond the file"));
        };
        *array = &content[at as usize..end as usize];
        at = end.next_multiple_of(8);
    }
    let [
        first,
        node_at,
        head,
        twin,
        segment,
        start,
        length_cm,
        class,
        cap_kmh,
        access,
        way,
        shape_first,
        shape,
        copy_of,
        bans,
    ] = arrays;
    Ok(Topology {
        first: numbers(first)?,
        node_at: pairs(node_at)?,
        head: numbers(head)?,
        twin: numbers(twin)?,
        segment: numbers(segment)?,
        start: numbers(start)?,
        length_cm: numbers(length_cm)?,
        class: class.to_vec(),
        cap_kmh: cap_kmh.to_vec(),
        access: access.to_vec(),
        way: whole::<8>(way)?.iter().map(|it| i64::from_le_bytes(*it)).collect(),
        shape_first: numbers(shape_first)?,
        shape: pairs(shape)?,
        copy_of: numbers(copy_of)?,
        bans: whole::<12>(bans)?
            .iter()
            .map(|it| [u32_at(it, 0), u32_at(it, 4), u32_at(it, 8)])
            .collect(),
    })
}

/// What the rest of the room relies on without looking again.
fn check(t: &Topology) -> Result<(), &'static str> {
    let (nodes, halves, segments) = (t.nodes(), t.halves(), t.segments());
    if nodes >= 1 << 31 || halves >= 1 << 31 {
        return Err("more roads than can be numbered");
    }
    if t.twin.len() != halves || t.segment.len() != halves || halves != segments * 2 {
        return Err("the arrays of halves differ in length");
    }
    let lengths = [
        t.length_cm.len(),
        t.class.len(),
        t.cap_kmh.len(),
        t.access.len(),
        t.way.len(),
    ];
    if lengths.iter().any(|it| *it != segments) {
        return Err("the arrays of segments differ in length");
    }
    steps(&t.first, nodes, halves).map_err(|()| "the junctions' halves are out of order")?;
    steps(&t.shape_first, segments, t.shape.len()).map_err(|()| "the segments' points are out of order")?;
    if t.shape_first.windows(2).any(|pair| pair[1] - pair[0] < 2) {
        return Err("a segment has fewer than two points");
    }
    for node in 0..nodes {
        for half in t.first[node]..t.first[node + 1] {
            let at = half as usize;
            let (head, twin, segment) = (t.head[at] as usize, t.twin[at] as usize, t.segment[at] as usize);
            if head >= nodes || twin >= halves || segment >= segments {
                return Err("a half leads nowhere");
            }
            if twin == at
                || t.twin[twin] != half
                || t.segment[twin] as usize != segment
                || t.head[twin] as usize != node
            {
                return Err("two halves do not fit together");
            }
        }
    }
    for segment in 0..segments {
        let start = t.start[segment] as usize;
        if start >= halves || t.segment[start] as usize != segment {
            return Err("a segment begins nowhere");
        }
        if usize::from(t.class[segment]) >= Class::ALL.len() || t.access[segment] >= 1 << 6 {
            return Err("a segment is of no known kind");
        }
    }
    let copies = t.copy_of.len();
    let Some(originals) = segments.checked_sub(copies) else {
        return Err("more copies than segments");
    };
    if !t.copy_of.is_sorted() || t.copy_of.last().is_some_and(|it| *it as usize >= originals) {
        return Err("a copy has no original");
    }
    for (copy, original) in (originals..).zip(&t.copy_of) {
        let ends = |segment: usize| (t.tail(t.start[segment]), t.head[t.start[segment] as usize]);
        if ends(copy) != ends(*original as usize) {
            return Err("a copy runs elsewhere than its original");
        }
    }
    let on_earth = |[lat, lon]: &[i32; 2]| {
        (-900_000_000..=900_000_000).contains(lat) && (-1_800_000_000..=1_800_000_000).contains(lon)
    };
    if !t.shape.iter().all(on_earth) || !t.node_at.iter().all(on_earth) {
        return Err("a point is not on Earth");
    }
    if !t.bans.is_sorted() {
        return Err("the forbidden turns are out of order");
    }
    for [enter, leave, modes] in &t.bans {
        if *enter as usize >= halves || *leave as usize >= halves || *modes == 0 || *modes >= 1 << 3 {
            return Err("a forbidden turn leads nowhere");
        }
        let node = t.tail(*enter) as usize;
        let its = t.first[node]..t.first[node + 1];
        if !its.contains(leave) || its.len() > VIA_DEGREE_MAX {
            return Err("a forbidden turn does not meet at a junction");
        }
    }
    Ok(())
}

/// Whether `list` are `count` + 1 ascending offsets from 0 to `end`.
fn steps(list: &[u32], count: usize, end: usize) -> Result<(), ()> {
    let fits = list.len() == count + 1
        && list.first() == Some(&0)
        && list.last().is_some_and(|last| *last as usize == end)
        && list.is_sorted();
    if fits { Ok(()) } else { Err(()) }
}

/// The bytes as whole items of `N`.
fn whole<const N: usize>(bytes: &[u8]) -> Result<&[[u8; N]], OpenError> {
    match bytes.as_chunks::<N>() {
        (items, []) => Ok(items),
        _ => Err(OpenError::Content("an array ends inside an item")),
    }
}

fn numbers(bytes: &[u8]) -> Result<Vec<u32>, OpenError> {
    Ok(whole::<4>(bytes)?.iter().map(|it| u32::from_le_bytes(*it)).collect())
}

fn pairs(bytes: &[u8]) -> Result<Vec<[i32; 2]>, OpenError> {
    Ok(whole::<8>(bytes)?
        .iter()
        .map(|it| [u32_at(it, 0) as i32, u32_at(it, 4) as i32])
        .collect())
}

/// Callers have checked that the bytes are there.
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four)
}

/// Callers have checked that the bytes are there.
fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

/// FNV-1a over words of eight bytes: each step is reversible, so no change of a single word goes unseen. It guards
/// against damage, not against forgery; `check` does the rest.
struct Checksum(u64);

impl Default for Checksum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Checksum {
    fn add(&mut self, bytes: &[u8]) {
        // All parts of the file are padded to words.
        for word in bytes.as_chunks::<8>().0 {
            self.0 = (self.0 ^ u64::from_le_bytes(*word))
                .wrapping_mul(0x0000_0100_0000_01b3)
                .rotate_left(23);
        }
    }
}
