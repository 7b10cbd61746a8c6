//! `.osm.pbf`, decoded by `osmpbf` block by block.

use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use osmpbf::{BlobDecode, BlobReader, PrimitiveBlock, RelMemberType};

use crate::{Bytes, Error, Extract, Kind, Member, Node, Object, Relation, Tags, Wanted, Way, on_earth};

/// An extract in PBF; one block (some thousand objects) is in memory at a time.
#[derive(Debug, Clone)]
pub struct Pbf {
    name: String,
    bytes: Bytes,
}

impl Pbf {
    pub(crate) const fn new(name: String, bytes: Bytes) -> Self {
        Self { name, bytes }
    }

    fn content(&self, block: u64, what: impl Into<String>) -> Error {
        Error::PbfContent {
            name: self.name.clone(),
            block,
            what: what.into(),
        }
    }
}

impl Extract for Pbf {
    fn name(&self) -> &str {
        &self.name
    }

    fn stream(&self, wanted: Wanted, visit: &mut dyn FnMut(Object<'_>)) -> Result<(), Error> {
        let reader = BlobReader::new(BufReader::with_capacity(1 << 16, self.bytes.open(&self.name)?));
        let mut blocks = 0_u64;
        for (block, blob) in (1_u64..).zip(reader) {
            blocks = block;
            let wrap = |source| Error::Pbf {
                name: self.name.clone(),
                block,
                source,
            };
            // osmpbf indexes and unwraps where a block contradicts itself (an unknown member type, say). A damaged
            // file is an error here, so its panic is turned into one; a panic of the visitor's goes on as it was.
            let mut in_visit = false;
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let blob = blob.map_err(wrap)?;
                match blob.decode().map_err(wrap)? {
                    BlobDecode::OsmData(data) => read_block(&data, wanted, &mut |object| {
                        in_visit = true;
                        visit(object);
                        in_visit = false;
                    })
                    .map_err(|what| self.content(block, what)),
                    BlobDecode::OsmHeader(_) | BlobDecode::Unknown(_) => Ok(()),
                }
            }));
            match outcome {
                Ok(result) => result?,
                Err(panic) if in_visit => resume_unwind(panic),
                Err(_) => return Err(self.content(block, "the block contradicts itself")),
            }
        }
        if blocks == 0 {
            Err(self.content(0, "the file is empty"))
        } else {
            Ok(())
        }
    }
}

fn read_block(block: &PrimitiveBlock, wanted: Wanted, visit: &mut dyn FnMut(Object<'_>)) -> Result<(), String> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    let mut refs: Vec<i64> = Vec::new();
    let mut members: Vec<Member<'_>> = Vec::new();
    for group in block.groups() {
        if wanted.nodes {
            for node in group.dense_nodes() {
                if node.info().is_some_and(osmpbf::DenseNodeInfo::deleted) {
                    continue;
                }
                pairs.clear();
                pairs.extend(node.tags());
                visit(Object::Node(checked(node.id(), node.lat(), node.lon(), &pairs)?));
            }
            for node in group.nodes() {
                if node.info().deleted() {
                    continue;
                }
                pairs.clear();
                pairs.extend(node.tags());
                visit(Object::Node(checked(node.id(), node.lat(), node.lon(), &pairs)?));
            }
        }
        if wanted.ways {
            for way in group.ways() {
                if way.info().deleted() {
                    continue;
                }
                pairs.clear();
                pairs.extend(way.tags());
                refs.clear();
                refs.extend(way.refs());
                visit(Object::Way(Way {
                    id: way.id(),
                    refs: &refs,
                    tags: Tags::new(&pairs),
                }));
            }
        }
        if wanted.relations {
            for relation in group.relations() {
                if relation.info().deleted() {
                    continue;
                }
                pairs.clear();
                pairs.extend(relation.tags());
                members.clear();
                for member in relation.members() {
                    let role = member
                        .role()
                        .map_err(|error| format!("relation {}: {error}", relation.id()))?;
                    let kind = match member.member_type {
                        RelMemberType::Node => Kind::Node,
                        RelMemberType::Way => Kind::Way,
                        RelMemberType::Relation => Kind::Relation,
                    };
                    members.push(Member {
                        kind,
                        id: member.member_id,
                        role,
                    });
                }
                let tags = Tags::new(&pairs);
                visit(Object::Relation(Relation {
                    id: relation.id(),
                    members: &members,
                    tags,
                }));
            }
        }
    }
    Ok(())
}

fn checked<'a>(id: i64, lat: f64, lon: f64, pairs: &'a [(&'a str, &'a str)]) -> Result<Node<'a>, String> {
    if on_earth(lat, lon) {
        Ok(Node {
            id,
            lat,
            lon,
            tags: Tags::new(pairs),
        })
    } else {
        Err(format!("node {id} has impossible coordinates ({lat}, {lon})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_or_cut_file_is_an_error() {
        for bytes in [
            &b""[..],
            &b"\0\0\0\x0d"[..],
            &b"\0\0\0\x0d\x0a\x09OSMHe"[..],
            &[255_u8; 40][..],
        ] {
            let extract = crate::from_bytes("cut.pbf", bytes).unwrap();
            let result = extract.stream(Wanted::ALL, &mut |_| panic!("nothing to visit"));
            assert!(
                matches!(result, Err(Error::Pbf { .. } | Error::PbfContent { .. })),
                "{bytes:?}: {result:?}"
            );
        }
    }
}
