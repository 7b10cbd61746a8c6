//! From an extract to a chart: which tags are drawn as what, and rings out of the ways of a relation.

use std::collections::{HashMap, HashSet};

use roads::{Error, Extract, Kind as Member, Object, Tags, Wanted};

use super::{Chart, Feature, Kind, Shape, Spot, spot};

impl Chart {
    /// What an extract has to show. Reads it three times and keeps only what is drawn.
    ///
    /// # Errors
    /// When the extract does not read to its end.
    pub fn of_extract(source: &dyn Extract) -> Result<Self, Error> {
        let mut relations = Vec::new();
        let mut members: HashSet<i64> = HashSet::new();
        let only = |nodes, ways, relations| Wanted { nodes, ways, relations };
        source.stream(only(false, false, true), &mut |it| {
            if let Object::Relation(it) = it
                && it.tags.get("type") == Some("multipolygon")
                && let Some(kind) = kind_of_area(it.tags)
            {
                let ways = it.members.iter().filter(|it| it.kind == Member::Way);
                let ways: Vec<(i64, bool)> = ways.map(|it| (it.id, it.role == "inner")).collect();
                members.extend(ways.iter().map(|it| it.0));
                relations.push((kind, name_of(it.tags), ways));
            }
        })?;
        let mut drawn = Vec::new();
        let mut parts: HashMap<i64, Vec<i64>> = HashMap::new();
        let mut wanted: HashSet<i64> = HashSet::new();
        source.stream(only(false, true, false), &mut |it| {
            if let Object::Way(it) = it {
                if members.contains(&it.id) {
                    parts.insert(it.id, it.refs.to_vec());
                    wanted.extend(it.refs);
                }
                if let Some(kind) = kind_of_way(it.tags, it.refs) {
                    drawn.push((kind, name_of(it.tags), it.refs.to_vec()));
                    wanted.extend(it.refs);
                }
            }
        })?;
        let mut spots: HashMap<i64, Spot> = HashMap::with_capacity(wanted.len());
        let mut features = Vec::with_capacity(drawn.len() + relations.len());
        source.stream(only(true, false, false), &mut |it| {
            if let Object::Node(it) = it {
                if wanted.contains(&it.id) {
                    spots.insert(it.id, spot(it.lat, it.lon));
                }
                if let Some(kind) = kind_of_place(it.tags)
                    && let Some(name) = name_of(it.tags)
                {
                    let parts = vec![vec![spot(it.lat, it.lon)]];
                    features.push(Feature {
                        kind,
                        name: Some(name),
                        parts,
                    });
                }
            }
        })?;
        // At the edge of an extract ways go on without their nodes.
        let line = |refs: &[i64]| -> Vec<Spot> {
            let mut line: Vec<Spot> = refs.iter().filter_map(|id| spots.get(id).copied()).collect();
            line.dedup();
            line
        };
        for (kind, name, refs) in &drawn {
            let mut part = line(refs);
            let enough = if kind.shape() == Shape::Area {
                part.pop(); // it is the first again
                3
            } else {
                2
            };
            if part.len() >= enough {
                features.push(Feature {
                    kind: *kind,
                    name: name.clone(),
                    parts: vec![part],
                });
            }
        }
        for (kind, name, ways) in &relations {
            let of = |inner: bool| {
                let refs = ways.iter().filter(|it| it.1 == inner).filter_map(|it| parts.get(&it.0));
                rings(refs.map(Vec::as_slice).collect())
            };
            let holes: Vec<Vec<Spot>> = of(true).iter().map(|it| line(it)).filter(|it| it.len() >= 3).collect();
            for outline in of(false) {
                let outline = line(&outline);
                if outline.len() < 3 {
                    continue;
                }
                let within = holes
                    .iter()
                    .filter(|it| it.first().is_some_and(|at| contains(&outline, *at)));
                let parts: Vec<Vec<Spot>> = within.cloned().collect();
                let parts = std::iter::once(outline).chain(parts).collect();
                features.push(Feature {
                    kind: *kind,
                    name: name.clone(),
                    parts,
                });
            }
        }
        Ok(Self::new(features))
    }
}

fn name_of(tags: Tags<'_>) -> Option<Box<str>> {
    let name = tags
        .get("name:zh")
        .filter(|_| tags.get("name").is_none())
        .or_else(|| tags.get("name"))?;
    // A name is a line on a map; longer ones are somebody's remarks.
    (!name.is_empty() && name.len() <= 200).then(|| name.into())
}

fn kind_of_way(tags: Tags<'_>, refs: &[i64]) -> Option<Kind> {
    let closed = refs.len() >= 4 && refs.first() == refs.last();
    if let Some(highway) = tags.get("highway") {
        if closed && tags.get("area") == Some("yes") {
            return None;
        }
        return kind_of_highway(highway);
    }
    match tags.get("waterway") {
        Some("river" | "canal" | "stream" | "drain") => return Some(Kind::Waterway),
        Some("riverbank" | "dock") if closed => return Some(Kind::Water),
        _ => {}
    }
    if matches!(tags.get("railway"), Some("rail" | "light_rail" | "subway" | "tram")) {
        return Some(Kind::Rail).filter(|_| tags.get("tunnel") != Some("yes"));
    }
    if closed { kind_of_area(tags) } else { None }
}

fn kind_of_highway(word: &str) -> Option<Kind> {
    match word.strip_suffix("_link").unwrap_or(word) {
        "motorway" | "trunk" | "primary" | "secondary" => Some(Kind::Main),
        "tertiary" => Some(Kind::Major),
        "unclassified" | "residential" | "living_street" => Some(Kind::Minor),
        "service" | "track" | "cycleway" | "path" | "footway" | "pedestrian" | "steps" | "bridleway" => {
            Some(Kind::Path)
        }
        _ => None,
    }
}

fn kind_of_area(tags: Tags<'_>) -> Option<Kind> {
    if tags.get("building").is_some_and(|it| it != "no") {
        return Some(Kind::Building);
    }
    if tags.get("natural") == Some("water") || tags.get("waterway") == Some("riverbank") {
        return Some(Kind::Water);
    }
    match tags.get("landuse") {
        Some("reservoir" | "basin") => return Some(Kind::Water),
        Some("forest" | "grass" | "meadow" | "recreation_ground" | "cemetery" | "orchard") => return Some(Kind::Green),
        Some("residential" | "commercial" | "retail" | "industrial") => return Some(Kind::Built),
        _ => {}
    }
    let green = matches!(tags.get("leisure"), Some("park" | "garden" | "pitch" | "golf_course"))
        || matches!(tags.get("natural"), Some("wood" | "scrub" | "grassland"));
    green.then_some(Kind::Green)
}

fn kind_of_place(tags: Tags<'_>) -> Option<Kind> {
    match tags.get("place")? {
        "city" => Some(Kind::City),
        "town" => Some(Kind::Town),
        "village" | "suburb" | "quarter" | "borough" => Some(Kind::Village),
        "neighbourhood" | "hamlet" | "isolated_dwelling" | "city_block" => Some(Kind::Estate),
        _ => None,
    }
}

/// Closed rings out of ways that join at their ends; what does not close is left out.
fn rings(mut ways: Vec<&[i64]>) -> Vec<Vec<i64>> {
    let mut done = Vec::new();
    while let Some(first) = ways.pop() {
        let mut ring = first.to_vec();
        while ring.first() != ring.last() {
            let end = ring.last().copied();
            let Some(next) = ways
                .iter()
                .position(|it| it.first().copied() == end || it.last().copied() == end)
            else {
                break;
            };
            let way = ways.swap_remove(next);
            if way.first().copied() == end {
                ring.extend(way.iter().skip(1));
            } else {
                ring.extend(way.iter().rev().skip(1));
            }
        }
        if ring.len() >= 4 && ring.first() == ring.last() {
            ring.pop();
            done.push(ring);
        }
    }
    done
}

/// The even-odd rule.
fn contains(ring: &[Spot], [x, y]: Spot) -> bool {
    let mut odd = false;
    let mut before = ring.last().copied().unwrap_or_default();
    for &here in ring {
        if (here[1] > y) != (before[1] > y) {
            let (dx, dy) = (i64::from(before[0] - here[0]), i64::from(before[1] - here[1]));
            let at = i64::from(here[0]) + dx * i64::from(y - here[1]) / dy;
            if i64::from(x) < at {
                odd = !odd;
            }
        }
        before = here;
    }
    odd
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOWN: &str = r#"<osm version="0.6">
        <node id="1" lat="39.00" lon="117.00"/><node id="2" lat="39.00" lon="117.04"/><node id="3" lat="39.04" lon="117.04"/>
        <node id="4" lat="39.04" lon="117.00"/><node id="5" lat="39.01" lon="117.01"/><node id="6" lat="39.01" lon="117.02"/>
        <node id="7" lat="39.02" lon="117.02"/><node id="8" lat="39.03" lon="117.03"><tag k="place" v="town"/><tag k="name" v="杨村"/></node>
        <node id="9" lat="39.03" lon="117.03"><tag k="place" v="town"/></node>
        <way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary_link"/><tag k="name" v="光明道"/></way>
        <way id="2"><nd ref="1"/><nd ref="2"/><nd ref="3"/></way>
        <way id="3"><nd ref="1"/><nd ref="4"/><nd ref="3"/></way>
        <way id="4"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="5"/></way>
        <way id="5"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="5"/><tag k="building" v="yes"/></way>
        <way id="6"><nd ref="1"/><nd ref="99"/><tag k="waterway" v="canal"/></way>
        <way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="proposed"/></way>
        <relation id="1"><member type="way" ref="2" role="outer"/><member type="way" ref="3" role="outer"/>
            <member type="way" ref="4" role="inner"/><tag k="type" v="multipolygon"/><tag k="natural" v="water"/></relation>
    </osm>"#;

    #[test]
    fn what_is_drawn_is_found_and_what_is_not_is_left() {
        let extract = roads::from_bytes("town.osm", TOWN.as_bytes().to_vec()).unwrap();
        let chart = Chart::of_extract(extract.as_ref()).unwrap();
        let mut kinds: Vec<Kind> = chart.features.iter().map(|it| it.kind).collect();
        kinds.sort();
        assert_eq!(kinds, [Kind::Water, Kind::Building, Kind::Main, Kind::Town]);
        let of = |kind| chart.features.iter().find(|it| it.kind == kind).unwrap();
        assert_eq!(of(Kind::Main).name.as_deref(), Some("光明道"));
        assert_eq!(of(Kind::Town).name.as_deref(), Some("杨村"));
        let lake = &of(Kind::Water).parts;
        assert_eq!(
            (lake.len(), lake[0].len(), lake[1].len()),
            (2, 4, 3),
            "an outline of two ways, with an island"
        );
    }

    #[test]
    fn ways_join_whichever_way_they_run_and_what_stays_open_is_left_out() {
        let ring = |ways: &[&[i64]]| rings(ways.to_vec()).into_iter().map(|it| it.len()).collect::<Vec<_>>();
        assert_eq!(ring(&[&[1, 2, 3], &[1, 4, 3]]), [4]);
        assert_eq!(ring(&[&[1, 2], &[2, 3], &[3, 1]]), [3]);
        assert_eq!(ring(&[&[1, 2, 3, 1], &[7, 8, 9, 7]]), [3, 3]);
        assert!(ring(&[&[1, 2], &[2, 3]]).is_empty());
    }
}
