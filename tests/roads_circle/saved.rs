//! Roads kept in a file, and roads out of extracts: real ones, damaged ones, and those that hold no road.

use eldercare_dispatch::circle::{Direction, Ground, ImportError, Live, Mode, OpenError, Point, Roads};

use crate::towns::{at, grid, town, xml};

#[test]
fn the_saved_roads_are_the_same_roads() {
    let roads = town(&grid(6));
    let mut bytes = Vec::new();
    roads.write_to(&mut bytes).unwrap();
    let again = Roads::open(&bytes).unwrap();
    let mut twice = Vec::new();
    again.write_to(&mut twice).unwrap();
    assert_eq!(bytes, twice);
    assert_eq!(again.segment_count(), roads.segment_count());
    for mode in Mode::ALL {
        let (from, to) = (at(30.0, 0.0), at(770.0, 950.0));
        assert_eq!(again.travel(from, to, mode), roads.travel(from, to, mode));
    }
    // The same extract gives the same bytes.
    let mut anew = Vec::new();
    town(&grid(6)).write_to(&mut anew).unwrap();
    assert_eq!(bytes, anew);
}

#[test]
fn damaged_bytes_are_an_error_and_never_a_panic() {
    let roads = town(
        "1 0 0
         2 400 0
         3 400 400
         4 0 -400
         way 1 2 highway=residential
         way 2 3 highway=residential
         way 1 3 highway=residential
         way 4 1 highway=residential
         turn no_left_turn 1 2 2
         turn restriction:motorcar=no_left_turn 4 w1 2 ",
    );
    assert!(roads.forbidden_turn_count() > 1);
    let mut bytes = Vec::new();
    roads.write_to(&mut bytes).unwrap();
    for cut in 0..bytes.len() {
        assert!(Roads::open(&bytes[..cut]).is_err(), "{cut} bytes");
    }
    for place in 0..bytes.len() {
        for flip in [1, 0x80, 0xFF] {
            let mut damaged = bytes.clone();
            damaged[place] ^= flip;
            assert!(Roads::open(&damaged).is_err(), "byte {place}");
            // And if somebody makes the checksum fit: an error or roads that answer, but no panic.
            let end = damaged.len() - 8;
            let sum = checksum(&damaged[..end]);
            damaged[end..].copy_from_slice(&sum.to_le_bytes());
            if let Ok(odd) = Roads::open(&damaged) {
                let mut live = Live::new(odd.clone());
                for mode in Mode::ALL {
                    live.put(mode as u8, mode, at(30.0, 0.0));
                    odd.travel(at(30.0, 0.0), at(400.0, 300.0), mode);
                    Ground::from(odd.clone()).isochrone(at(30.0, 0.0), mode, 5, Direction::To);
                }
                live.nearest(at(400.0, 300.0), 900, 5, |_| true);
            }
        }
    }
    assert_eq!(
        Roads::open(b"something else entirely").unwrap_err(),
        OpenError::NotRoads
    );
    let mut newer = bytes;
    newer[8] = 99;
    assert_eq!(Roads::open(&newer).unwrap_err(), OpenError::Version { found: 99 });
    // The version before this one had no copies of arcs: it says so, and what to do.
    newer[8] = 1;
    let old = Roads::open(&newer).unwrap_err();
    assert_eq!(old, OpenError::Version { found: 1 });
    assert!(old.to_string().contains("import the extract again"), "{old}");
}

/// As the file has it: FNV-1a over words, turned.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.chunks_exact(8).fold(0xcbf2_9ce4_8422_2325_u64, |sum, word| {
        let word = u64::from_le_bytes(word.try_into().unwrap());
        (sum ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
    })
}

#[test]
fn an_extract_without_roads_says_so() {
    let extract = roads::from_bytes("sea.osm", &b"<osm><node id='1' lat='1' lon='1'/></osm>"[..]).unwrap();
    let error = Roads::import(&*extract).unwrap_err();
    assert!(matches!(error, ImportError::NoRoads { .. }));
    assert!(error.to_string().contains("sea.osm"));
}

#[test]
fn ways_end_where_the_extract_does() {
    let text = "1 0 0
                2 400 0
                way 99 1 2 98 highway=residential";
    let (roads, report) = Roads::import(&*roads::from_bytes("edge.osm", xml(text).into_bytes()).unwrap()).unwrap();
    assert_eq!((report.nodes, report.nodes_missing, roads.segment_count()), (2, 2, 1));
    assert!(report.warnings.iter().any(|it| it.contains("not in the extract")));
}

/// The extracts whose figures their README states.
#[test]
fn real_extracts_come_out_as_their_figures_say() {
    let Some(folder) = std::env::var_os("ECD_TEST_DATA") else {
        println!("ECD_TEST_DATA is not set: Porto and Monaco were not imported");
        return;
    };
    let osm = std::path::Path::new(&folder).join("osm");
    // File, ways on highways and their nodes, junctions or way ends, turn restrictions; the middle of the town.
    for (file, ways, nodes, junctions, turns, middle) in [
        ("porto.osm.pbf", 51_349.0, 347_182.0, 77_846.0, 357, (41.1579, -8.6291)),
        ("monaco.osm.pbf", 2_927.0, 26_088.0, 4_177.0, 27, (43.7384, 7.4246)),
    ] {
        let (roads, report) = Roads::import(&*roads::open(osm.join(file)).unwrap()).unwrap();
        println!("{file}: {report:?}");
        let share = |got: usize, want: f64| got as f64 / want;
        // Some highways are for nobody (under construction), way ends are joined, islands are cut off.
        assert!((0.8..=1.0).contains(&share(report.ways, ways)), "{}", report.ways);
        assert!((0.8..=1.0).contains(&share(report.nodes, nodes)), "{}", report.nodes);
        assert!(
            (0.6..=1.0).contains(&share(report.junctions, junctions)),
            "{}",
            report.junctions
        );
        assert_eq!(report.restrictions + report.restrictions_unclear, turns);
        assert!(report.restrictions * 10 >= turns * 9, "{}", report.restrictions);
        for mode in Mode::ALL {
            assert!(
                report.arcs_cut_off[mode as usize] * 10 < report.arcs[mode as usize],
                "{report:?}"
            );
        }
        let mut bytes = Vec::new();
        roads.write_to(&mut bytes).unwrap();
        let roads = Roads::open(&bytes).unwrap();
        // A circle of responders 800 m around the middle: on foot some 10 to 25 minutes, never less than the line.
        let middle = Point::new(middle.0, middle.1).unwrap();
        let mut live = Live::new(roads);
        for key in 0..12_u8 {
            let angle = f64::from(key) * std::f64::consts::TAU / 12.0;
            let place = Point::new(middle.lat() + 0.0072 * angle.sin(), middle.lon() + 0.0096 * angle.cos()).unwrap();
            live.put(key, Mode::Walk, place);
        }
        let found = live.nearest(middle, 3_600, 12, |_| true);
        assert!(found.len() >= 6, "{found:?}");
        for arrival in found.iter().filter(|it| !it.estimated) {
            let (_, place) = live.get(arrival.key).unwrap();
            let line = place.distance_m(middle);
            assert!(f64::from(arrival.meters) > line * 0.98, "{arrival:?} {line}");
            assert!(f64::from(arrival.meters) < line * 4.0, "{arrival:?} {line}");
        }
        // What is cut off in the file is an error, not a smaller town.
        let whole = std::fs::read(osm.join(file)).unwrap();
        let half = roads::from_bytes("half.osm.pbf", &whole[..whole.len() / 2]).unwrap();
        assert!(matches!(Roads::import(&*half), Err(ImportError::Extract(_))));
    }
}
