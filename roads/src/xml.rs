//! OSM XML, read as events by `quick-xml`.

use std::io::BufReader;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::{Bytes, Error, Extract, Kind, Member, Node, Object, Relation, Tags, Wanted, Way, on_earth};

/// An extract in OSM XML; one object is in memory at a time.
#[derive(Debug, Clone)]
pub struct Xml {
    name: String,
    bytes: Bytes,
}

impl Xml {
    pub(crate) const fn new(name: String, bytes: Bytes) -> Self {
        Self { name, bytes }
    }
}

impl Extract for Xml {
    fn name(&self) -> &str {
        &self.name
    }

    fn stream(&self, wanted: Wanted, visit: &mut dyn FnMut(Object<'_>)) -> Result<(), Error> {
        let bytes = BufReader::with_capacity(1 << 16, self.bytes.open(&self.name)?);
        let mut reader = Reader::from_reader(bytes);
        let mut buffer = Vec::new();
        let mut open = Open::default();
        let mut depth = 0_usize;
        let mut rooted = false;
        loop {
            buffer.clear();
            let event = reader.read_event_into(&mut buffer);
            let position = match event {
                Err(_) => reader.error_position(),
                Ok(_) => reader.buffer_position(),
            };
            let wrong = |what: String| Error::XmlContent {
                name: self.name.clone(),
                position,
                what,
            };
            let event = event.map_err(|source| Error::Xml {
                name: self.name.clone(),
                position,
                source,
            })?;
            match event {
                Event::Start(element) => {
                    depth += 1;
                    if depth == 1 {
                        rooted = true;
                        check_root(&element).map_err(wrong)?;
                    } else {
                        open.begin(&element, depth, wanted).map_err(wrong)?;
                    }
                }
                Event::Empty(element) if depth == 0 => {
                    rooted = true;
                    check_root(&element).map_err(wrong)?;
                }
                Event::Empty(element) => {
                    open.begin(&element, depth + 1, wanted).map_err(wrong)?;
                    if depth == 1 {
                        open.end(visit);
                    }
                }
                Event::End(_) => {
                    if depth == 2 {
                        open.end(visit);
                    }
                    depth = depth.saturating_sub(1);
                }
                Event::Eof if depth > 0 => return Err(wrong("the file ends inside an element".to_owned())),
                Event::Eof if !rooted => return Err(wrong("there is no <osm> element".to_owned())),
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }
}

/// The object whose element is open; its buffers are used again for the next one.
#[derive(Default)]
struct Open {
    kind: Option<Kind>,
    id: i64,
    lat: f64,
    lon: f64,
    tags: Vec<(String, String)>,
    refs: Vec<i64>,
    members: Vec<(Kind, i64, String)>,
}

impl Open {
    fn begin(&mut self, element: &BytesStart<'_>, depth: usize, wanted: Wanted) -> Result<(), String> {
        let name = element.name();
        match (depth, name.as_ref()) {
            (2, "node") if wanted.nodes => {
                self.reset(Kind::Node, element)?;
                if self.kind.is_some() {
                    self.lat = number(element, "lat")?;
                    self.lon = number(element, "lon")?;
                    if !on_earth(self.lat, self.lon) {
                        return Err(format!(
                            "node {} has impossible coordinates ({}, {})",
                            self.id, self.lat, self.lon
                        ));
                    }
                }
            }
            (2, "way") if wanted.ways => self.reset(Kind::Way, element)?,
            (2, "relation") if wanted.relations => self.reset(Kind::Relation, element)?,
            (2, _) => self.kind = None,
            (3, "tag") if self.kind.is_some() => {
                let (key, value) = (needed(element, "k")?, needed(element, "v")?);
                self.tags.push((key, value));
            }
            (3, "nd") if self.kind == Some(Kind::Way) => self.refs.push(number(element, "ref")?),
            (3, "member") if self.kind == Some(Kind::Relation) => {
                let kind = match needed(element, "type")?.as_str() {
                    "node" => Kind::Node,
                    "way" => Kind::Way,
                    "relation" => Kind::Relation,
                    other => return Err(format!("a member of relation {} is a `{other}`", self.id)),
                };
                let role = attribute(element, "role")?.unwrap_or_default();
                self.members.push((kind, number(element, "ref")?, role));
            }
            _ => {}
        }
        Ok(())
    }

    fn reset(&mut self, kind: Kind, element: &BytesStart<'_>) -> Result<(), String> {
        self.tags.clear();
        self.refs.clear();
        self.members.clear();
        self.id = number(element, "id")?;
        // Editors write what is to be deleted with an action, history files with visible="false".
        let gone = attribute(element, "visible")?.as_deref() == Some("false")
            || attribute(element, "action")?.as_deref() == Some("delete");
        self.kind = (!gone).then_some(kind);
        Ok(())
    }

    fn end(&mut self, visit: &mut dyn FnMut(Object<'_>)) {
        let Some(kind) = self.kind.take() else { return };
        let pairs: Vec<(&str, &str)> = self
            .tags
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let tags = Tags::new(&pairs);
        match kind {
            Kind::Node => visit(Object::Node(Node {
                id: self.id,
                lat: self.lat,
                lon: self.lon,
                tags,
            })),
            Kind::Way => visit(Object::Way(Way {
                id: self.id,
                refs: &self.refs,
                tags,
            })),
            Kind::Relation => {
                let members: Vec<Member<'_>> = self
                    .members
                    .iter()
                    .map(|(kind, id, role)| Member {
                        kind: *kind,
                        id: *id,
                        role,
                    })
                    .collect();
                visit(Object::Relation(Relation {
                    id: self.id,
                    members: &members,
                    tags,
                }));
            }
        }
    }
}

fn check_root(element: &BytesStart<'_>) -> Result<(), String> {
    match element.name().as_ref() {
        "osm" => Ok(()),
        other => Err(format!("the outermost element is <{other}>, not <osm>")),
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, String> {
    let found = element.try_get_attribute(name).map_err(|error| error.to_string())?;
    match found {
        None => Ok(None),
        Some(it) => match it.normalized_value(XmlVersion::Implicit1_0) {
            Ok(value) => Ok(Some(value.into_owned())),
            Err(error) => Err(error.to_string()),
        },
    }
}

fn needed(element: &BytesStart<'_>, name: &str) -> Result<String, String> {
    attribute(element, name)?.ok_or_else(|| format!("<{}> has no `{name}`", element.name().as_ref()))
}

fn number<T: std::str::FromStr>(element: &BytesStart<'_>, name: &str) -> Result<T, String> {
    let text = needed(element, name)?;
    text.trim()
        .parse()
        .map_err(|_| format!("`{name}` of <{}> is not a number: `{text}`", element.name().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"<?xml version="1.0"?>
        <osm version="0.6"><bounds minlat="0"/>
        <node id="1" lat="39.5" lon="117.25"/><node id="2" lat="39.6" lon="117.25"><tag k="barrier" v="gate"/></node>
        <node id="3" lat="1" lon="1" visible="false"/>
        <way id="-7"><nd ref="1"/><nd ref="2"/><tag k="name" v="A &amp; B"/></way>
        <relation id="9"><member type="way" ref="-7" role="from"/><tag k="type" v="restriction"/></relation></osm>"#;

    fn told(text: &str, wanted: Wanted) -> Result<Vec<String>, Error> {
        let mut lines = Vec::new();
        let extract = crate::from_bytes("test.osm", text.as_bytes())?;
        extract.stream(wanted, &mut |object| {
            lines.push(match object {
                Object::Node(it) => format!("n{} {} {} {:?}", it.id, it.lat, it.lon, it.tags.get("barrier")),
                Object::Way(it) => format!("w{} {:?} {:?}", it.id, it.refs, it.tags.get("name")),
                Object::Relation(it) => format!("r{} {} {:?}", it.id, it.members[0].role, it.tags.get("type")),
            });
        })?;
        Ok(lines)
    }

    #[test]
    fn objects_come_in_order_with_their_tags() {
        assert_eq!(
            told(SMALL, Wanted::ALL).unwrap(),
            [
                "n1 39.5 117.25 None",
                "n2 39.6 117.25 Some(\"gate\")",
                "w-7 [1, 2] Some(\"A & B\")",
                "r9 from Some(\"restriction\")"
            ]
        );
        assert_eq!(told(SMALL, Wanted::NODES).unwrap().len(), 2);
        assert_eq!(told(SMALL, Wanted::WAYS_AND_RELATIONS).unwrap().len(), 2);
    }

    #[test]
    fn what_is_not_osm_xml_is_an_error_with_its_place() {
        for (text, say) in [
            ("<html></html>", "outermost element is <html>"),
            ("", "no <osm>"),
            ("<osm><node id='1' lat='1' lon='2'>", "ends inside"),
            (
                "<osm><node id='x' lat='1' lon='2'/></osm>",
                "`id` of <node> is not a number",
            ),
            ("<osm><node id='1' lat='91' lon='2'/></osm>", "impossible coordinates"),
            ("<osm><node id='1' lon='2'/></osm>", "has no `lat`"),
            (
                "<osm><relation id='1'><member type='hat' ref='1'/></relation></osm>",
                "is a `hat`",
            ),
            ("<osm><way></osm>", "way"),
        ] {
            let error = told(text, Wanted::ALL).unwrap_err().to_string();
            assert!(error.contains(say) && error.contains("test.osm"), "{text}: {error}");
        }
    }
}
