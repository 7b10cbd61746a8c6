//! A chart as a file: whole numbers in few bytes, and a sum over all of them at the end.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use super::{Chart, Feature, Kind, Spot};

/// The first bytes: what it is, and which form.
const HEAD: &[u8; 8] = b"ECDCHRT1";
const SUM: usize = 32;
/// Points of one part; more is a broken file and no map.
const POINTS_MAX: u64 = 4_000_000;

/// The bytes are no chart of this program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Another form, or no chart at all.
    #[error("this is no chart of this program's; import the roads again")]
    Other,
    /// It was cut short or changed.
    #[error("the chart is damaged; import the roads again")]
    Damaged,
}

impl Chart {
    /// Writes it whole.
    ///
    /// # Errors
    /// The writer's.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let mut body = HEAD.to_vec();
        put(&mut body, self.features.len() as u64);
        for it in &self.features {
            // A place in the list of kinds is far below 256.
            body.push(Kind::ALL.iter().position(|kind| *kind == it.kind).unwrap_or_default() as u8);
            let name = it.name.as_deref().unwrap_or_default();
            put(&mut body, name.len() as u64);
            body.extend_from_slice(name.as_bytes());
            put(&mut body, it.parts.len() as u64);
            for part in &it.parts {
                put(&mut body, part.len() as u64);
                let mut before = [0, 0];
                for spot in part {
                    for (value, last) in spot.iter().zip(before) {
                        let step = i64::from(*value) - i64::from(last);
                        put(&mut body, ((step << 1) ^ (step >> 63)) as u64);
                    }
                    before = *spot;
                }
            }
        }
        let sum = Sha256::digest(&body);
        out.write_all(&body)?;
        out.write_all(&sum)
    }

    /// Reads what [`Chart::write_to`] has written.
    ///
    /// # Errors
    /// When the bytes are something else, or not all there.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        if !bytes.starts_with(HEAD) {
            return Err(Unreadable::Other);
        }
        let (body, sum) = bytes
            .split_at_checked(bytes.len().saturating_sub(SUM))
            .ok_or(Unreadable::Damaged)?;
        if body.len() < HEAD.len() || Sha256::digest(body).as_slice() != sum {
            return Err(Unreadable::Damaged);
        }
        Reader(&body[HEAD.len()..]).chart().ok_or(Unreadable::Damaged)
    }
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn chart(mut self) -> Option<Chart> {
        let count = self.number()?;
        let mut features = Vec::new();
        for _ in 0..count {
            let kind = *Kind::ALL.get(usize::from(self.byte()?))?;
            let length = usize::try_from(self.number()?).ok()?;
            let (name, rest) = self.0.split_at_checked(length)?;
            self.0 = rest;
            let name = std::str::from_utf8(name).ok()?;
            let parts = self.number()?;
            let parts = (0..parts).map(|_| self.part()).collect::<Option<Vec<_>>>()?;
            let name = (!name.is_empty()).then(|| name.into());
            features.push(Feature { kind, name, parts });
        }
        self.0.is_empty().then(|| Chart::new(features))
    }

    fn part(&mut self) -> Option<Vec<Spot>> {
        let count = self.number().filter(|it| *it <= POINTS_MAX)?;
        let mut before = [0i64, 0];
        let mut part = Vec::new();
        for _ in 0..count {
            for value in &mut before {
                let raw = self.number()?;
                *value += ((raw >> 1) as i64) ^ -((raw & 1) as i64);
            }
            part.push([i32::try_from(before[0]).ok()?, i32::try_from(before[1]).ok()?]);
        }
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::spot;

    fn town() -> Chart {
        let line = vec![spot(39.0, 117.0), spot(39.01, 117.0), spot(38.9, 116.9)];
        Chart::new(vec![
            Feature {
                kind: Kind::Main,
                name: Some("光明道".into()),
                parts: vec![line.clone()],
            },
            Feature {
                kind: Kind::Water,
                name: None,
                parts: vec![line.clone(), line],
            },
        ])
    }

    #[test]
    fn it_reads_back_as_it_was_written() {
        let mut bytes = Vec::new();
        town().write_to(&mut bytes).unwrap();
        assert_eq!(Chart::read(&bytes).unwrap().features, town().features);
    }

    #[test]
    fn another_file_and_any_damage_are_told() {
        let mut bytes = Vec::new();
        town().write_to(&mut bytes).unwrap();
        assert_eq!(Chart::read(b"").unwrap_err(), Unreadable::Other);
        assert_eq!(Chart::read(b"something else entirely").unwrap_err(), Unreadable::Other);
        for at in 8..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 0x10;
            assert_eq!(Chart::read(&broken).unwrap_err(), Unreadable::Damaged, "byte {at}");
            assert_eq!(
                Chart::read(&bytes[..at]).unwrap_err(),
                Unreadable::Damaged,
                "cut at {at}"
            );
        }
    }
}
