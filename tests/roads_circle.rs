//! The circle on small towns whose answers are known: who may go where, what is near, and what is not.

use eldercare_dispatch::circle::{
    Arrival, Class, Conditions, Direction, Ground, Homes, ImportError, Live, Mode, OpenError, Point, Roads,
};
use geojson::GeometryValue;

/// A place in metres east and north of a corner of Yangcun.
fn at(east: f64, north: f64) -> Point {
    let lat = 39.38 + north / 111_195.08;
    let lon = 117.06 + east / (111_195.08 * 39.38_f64.to_radians().cos());
    Point::new(lat, lon).unwrap()
}

/// A town written as `node east north [tags]`, `way n n n [tags]` and `turn kind from via to`, one to a line; ways and
/// turns are numbered from 1 in their order. `via` is a node, or ways as `w3` or `w3,w4`; `from` and `to` may be several.
fn xml(town: &str) -> String {
    let tags = |words: &[&str]| -> String {
        let pairs = words.iter().filter_map(|word| word.split_once('='));
        pairs
            .map(|(key, value)| format!(r#"<tag k="{key}" v="{value}"/>"#))
            .collect()
    };
    let (mut text, mut ways, mut turns) = (String::from("<osm>"), 0, 0);
    for line in town.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "way" => {
                ways += 1;
                let refs = words[1..].iter().take_while(|it| !it.contains('='));
                let refs: String = refs.map(|it| format!(r#"<nd ref="{it}"/>"#)).collect();
                text += &format!(r#"<way id="{ways}">{refs}{}</way>"#, tags(&words));
            }
            "turn" => {
                turns += 1;
                let member =
                    |kind: &str, id: &str, role: &str| format!(r#"<member type="{kind}" ref="{id}" role="{role}"/>"#);
                let members = |ids: &str, role: &str| -> String {
                    let of = |id: &str| match id.strip_prefix('w') {
                        Some(id) => member("way", id, role),
                        None if role == "via" => member("node", id, role),
                        None => member("way", id, role),
                    };
                    ids.split(',').map(of).collect()
                };
                let (key, value) = words[1].split_once('=').unwrap_or(("restriction", words[1]));
                text += &format!(
                    r#"<relation id="{turns}"><tag k="type" v="restriction"/><tag k="{key}" v="{value}"/>{}{}{}{}</relation>"#,
                    members(words[2], "from"),
                    members(words[3], "via"),
                    members(words[4], "to"),
                    tags(&words[5..]),
                );
            }
            id => {
                let place = at(words[1].parse().unwrap(), words[2].parse().unwrap());
                text += &format!(
                    r#"<node id="{id}" lat="{:.7}" lon="{:.7}">{}</node>"#,
                    place.lat(),
                    place.lon(),
                    tags(&words)
                );
            }
        }
    }
    text + "</osm>"
}

fn town(text: &str) -> Roads {
    Roads::import(&*roads::from_bytes("town.osm", xml(text).into_bytes()).unwrap())
        .unwrap()
        .0
}

fn seconds(roads: &Roads, from: Point, to: Point, mode: Mode) -> Option<u32> {
    roads.travel(from, to, mode).map(|trip| {
        assert!(!trip.estimated);
        trip.seconds
    })
}

/// About as many seconds: tables round, and so do deciseconds.
fn about(got: Option<u32>, want: Option<f64>) -> bool {
    match (got, want) {
        (Some(got), Some(want)) => (f64::from(got) - want).abs() <= want * 0.02 + 3.0,
        (got, want) => got.is_none() && want.is_none(),
    }
}

#[test]
fn a_road_takes_its_length_at_the_speed_of_its_class() {
    let roads = town(
        "1 0 0
         2 1000 0
         way 1 2 highway=residential",
    );
    // 1,000 m at 5, 20 and 25 km/h.
    for (mode, want) in [(Mode::Walk, 720.0), (Mode::Ebike, 180.0), (Mode::Car, 144.0)] {
        assert!(
            about(seconds(&roads, at(0.0, 0.0), at(1000.0, 0.0), mode), Some(want)),
            "{mode:?}"
        );
        let trip = roads.travel(at(250.0, 10.0), at(750.0, -10.0), mode).unwrap();
        // Half of it, and 10 m of walking at either end at 4 km/h.
        assert!(
            about(Some(trip.seconds), Some(want / 2.0 + 18.0)),
            "{mode:?} {}",
            trip.seconds
        );
        assert!((515..=525).contains(&trip.meters), "{}", trip.meters);
        assert_eq!(
            (trip.line[0], *trip.line.last().unwrap()),
            (at(250.0, 10.0), at(750.0, -10.0))
        );
    }
}

#[test]
fn across_the_river_is_as_far_as_the_bridge_makes_it() {
    // The canal runs east to west at north = 350, with one bridge 400 m to the east; banks at 0 and 700.
    let roads = town(
        "1 0 0
         2 700 0
         3 700 700
         4 0 700
         5 -900 0
         6 -900 700
         way 5 1 2 highway=residential
         way 2 3 highway=footway bridge=yes layer=1
         way 3 4 6 highway=residential",
    );
    let (elder, across) = (at(0.0, 0.0), at(0.0, 700.0));
    assert!((elder.distance_m(across) - 700.0).abs() < 2.0);
    // 2,100 m on foot: 25 minutes, although the straight line says 8 (12 with the usual detour).
    assert!(about(seconds(&roads, across, elder, Mode::Walk), Some(1_512.0)));
    let mut live = Live::new(roads.clone());
    live.put(1_u32, Mode::Walk, across);
    assert_eq!(live.nearest(elder, 900, 5, |_| true), []);
    live.put(2, Mode::Walk, at(-800.0, 0.0));
    let found = live.nearest(elder, 900, 5, |_| true);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].key, found[0].estimated), (2, false));
    // With straight lines instead of roads the far bank would be inside, and says that it is a guess.
    let mut guess = Live::new(Ground::Straight);
    guess.put(1_u32, Mode::Walk, across);
    let found = guess.nearest(elder, 900, 5, |_| true);
    assert_eq!((found.len(), found[0].estimated), (1, true));
    // No car crosses a footbridge: the northern bank is a network of its own, and was closed to cars.
    assert!(
        roads
            .snap(across, Mode::Car)
            .iter()
            .all(|it| it.point.lat() < at(0.0, 350.0).lat())
    );
}

#[test]
fn bridges_join_nothing_they_only_cross() {
    let roads = town(
        "1 -500 0
         2 500 0
         3 0 -500
         4 0 500
         5 500 500
         way 1 2 highway=residential
         way 3 4 highway=residential bridge=yes layer=1
         way 4 5 2 highway=residential",
    );
    // From the lower road to the bridge above it: round by the east, not up through the air.
    let trip = roads.travel(at(-100.0, 0.0), at(0.0, -100.0), Mode::Car).unwrap();
    assert!((2_150..2_250).contains(&trip.meters), "{}", trip.meters);
}

#[test]
fn one_way_streets_hold_for_those_they_are_meant_for() {
    // A square block; the southern street is one-way to the east.
    let block = |tags: &str| {
        town(&format!(
            "1 0 0
             2 1000 0
             3 1000 500
             4 0 500
             way 1 2 highway=residential {tags}
             way 2 3 4 1 highway=residential"
        ))
    };
    let (west, east) = (at(300.0, 0.0), at(700.0, 0.0));
    let direct = 400.0;
    let round = 3_000.0 - 400.0;
    for (tags, with, against) in [
        ("oneway=yes", [direct, direct, direct], [direct, round, round]),
        ("oneway=-1", [direct, round, round], [direct, direct, direct]),
        (
            "oneway=yes oneway:bicycle=no",
            [direct, direct, direct],
            [direct, direct, round],
        ),
        ("junction=roundabout", [direct, direct, direct], [direct, round, round]),
    ] {
        let roads = block(tags);
        for (mode, (with, against)) in Mode::ALL.into_iter().zip(with.into_iter().zip(against)) {
            for (from, to, want) in [(west, east, with), (east, west, against)] {
                let got = roads.travel(from, to, mode).unwrap().meters;
                assert!(
                    (f64::from(got) - want).abs() < 15.0,
                    "{tags} {mode:?}: {got} m, not {want}"
                );
            }
        }
    }
}

#[test]
fn a_forbidden_turn_sends_one_round_the_block() {
    // A crossing at 2; from the south (way 1) the turn west (way 2) may be forbidden. Round the block in the east.
    let crossing = |turn: &str| {
        town(&format!(
            "1 0 -500
             2 0 0
             3 -500 0
             4 0 300
             5 300 300
             6 300 0
             7 -500 -500
             way 1 2 highway=residential
             way 2 3 highway=residential
             way 2 4 highway=residential
             way 4 5 6 highway=residential
             way 6 2 highway=residential
             way 3 7 1 highway=residential oneway=yes
             {turn}"
        ))
    };
    let (south, west) = (at(0.0, -200.0), at(-200.0, 0.0));
    let meters = |roads: &Roads, mode: Mode| roads.travel(south, west, mode).unwrap().meters;
    let direct = crossing("");
    let round = 400 + 4 * 300;
    for (turn, walk, ebike, car) in [
        ("turn no_left_turn 1 2 2", 400, round, round),
        ("turn only_straight_on 1 2 3", 400, round, round),
        ("turn only_right_turn 1 2 5", 400, round, round),
        ("turn no_left_turn 1 2 2 except=bicycle", 400, 400, round),
        ("turn no_right_turn 1 2 5", 400, 400, 400),
    ] {
        let roads = crossing(turn);
        for (mode, want) in [(Mode::Walk, walk), (Mode::Ebike, ebike), (Mode::Car, car)] {
            let got = meters(&roads, mode);
            assert!(got.abs_diff(want) < 10, "{turn} {mode:?}: {got} m, not {want}");
            assert!(meters(&direct, mode).abs_diff(400) < 10);
        }
        // The same, asked from the other end.
        let mut live = Live::new(roads.clone());
        live.put(0_u8, Mode::Car, south);
        let found = live.nearest(west, 3_600, 1, |_| true);
        assert!(
            found[0].meters.abs_diff(car) < 10,
            "{turn}: {} m, not {car}",
            found[0].meters
        );
    }
}

/// A road from the south meets a road to the east in two junctions, 2 and 3, that are 100 m apart:
///
/// ```text
///     6         7          8
///     |(4)      |(5)       |
///     2 --(2)-- 3 --(3)--- 4     way 1: 1-2, way 6: 6-9-10-7 round the block, way 7: 7-8-4
///     |
///     1 (way 1)
/// ```
fn two_corners(turns: &str) -> Roads {
    town(&format!(
        "1 0 -300
         2 0 0
         3 100 0
         4 500 0
         6 0 200
         9 0 500
         10 100 500
         7 100 200
         8 500 200
         way 1 2 highway=residential
         way 2 3 highway=residential
         way 3 4 highway=residential
         way 2 6 highway=residential
         way 3 7 highway=residential
         way 6 9 10 7 highway=residential
         way 7 8 4 highway=residential
         {turns}"
    ))
}

#[test]
fn a_restriction_via_a_way_forbids_the_turn_to_those_who_came_that_way() {
    let (south, north, west, east) = (at(0.0, -200.0), at(100.0, 100.0), at(0.0, 100.0), at(300.0, 0.0));
    // From the south: along way 2 and north; or up way 4, round the block and down way 5; or by the east and way 7.
    let direct = 200 + 100 + 100;
    let round = 200 + 200 + 300 + 100 + 300 + 100;
    let straight_on = 200 + 100 + 200;
    for (turn, walk, ebike, car, car_east) in [
        ("", direct, direct, direct, straight_on),
        ("turn no_left_turn 1 w2 5", direct, round, round, straight_on),
        (
            "turn no_left_turn 1 w2 5 except=bicycle",
            direct,
            direct,
            round,
            straight_on,
        ),
        (
            "turn restriction:motorcar=no_left_turn 1 w2 5",
            direct,
            direct,
            round,
            straight_on,
        ),
        (
            "turn restriction:bicycle=no_left_turn 1 w2 5",
            direct,
            round,
            direct,
            straight_on,
        ),
        (
            "turn restriction:hgv=no_left_turn 1 w2 5",
            direct,
            direct,
            direct,
            straight_on,
        ),
        ("turn only_straight_on 1 w2 3", direct, round, round, straight_on),
        // Left as one must, and by way 7 to the east.
        (
            "turn only_left_turn 1 w2 5",
            direct,
            direct,
            direct,
            200 + 100 + 200 + 400 + 200 + 200,
        ),
        (
            "turn no_left_turn 1 w2 5\nturn no_right_turn 1 w2 3",
            direct,
            round,
            round,
            round + 100 + 200,
        ),
        // Of others, and of a road that is not on the way: nothing.
        ("turn no_left_turn 4 w2 5", direct, direct, direct, straight_on),
        ("turn no_left_turn 1 w7 5", direct, direct, direct, straight_on),
        // Two ways: only those who take both are concerned.
        ("turn no_left_turn 1 w2,w3 7", direct, direct, direct, straight_on),
    ] {
        let roads = two_corners(turn);
        for (mode, want) in [(Mode::Walk, walk), (Mode::Ebike, ebike), (Mode::Car, car)] {
            let trip = roads.travel(south, north, mode).unwrap();
            assert!(
                trip.meters.abs_diff(want) < 10,
                "{turn} {mode:?}: {} m, not {want}",
                trip.meters
            );
            let mut live = Live::new(roads.clone());
            live.put(0_u8, mode, south);
            let found = live.nearest(north, 3_600, 1, |_| true);
            assert!(
                found[0].meters.abs_diff(want) < 10,
                "{turn} {mode:?}: {found:?}, not {want} m"
            );
            // Whoever comes from elsewhere turns as ever, and so does whoever sets out on the way itself.
            for (from, want) in [(west, 100 + 100 + 100), (at(50.0, 0.0), 50 + 100)] {
                if !turn.contains(" 4 w2") {
                    let got = roads.travel(from, north, mode).unwrap().meters;
                    assert!(got.abs_diff(want) < 10, "{turn} {mode:?}: {got} m, not {want}");
                }
            }
        }
        let got = roads.travel(south, east, Mode::Car).unwrap().meters;
        assert!(got.abs_diff(car_east) < 10, "{turn}: {got} m, not {car_east}");
        // A door on the way itself is reached by all.
        let got = roads.travel(south, at(60.0, 0.0), Mode::Car).unwrap().meters;
        assert!(got.abs_diff(260) < 10, "{turn}: {got} m");
        let mut live = Live::new(roads.clone());
        live.put(0_u8, Mode::Car, south);
        assert!(
            live.nearest(at(60.0, 0.0), 900, 1, |_| true)[0].meters.abs_diff(260) < 10,
            "{turn}"
        );
        let doors = [at(60.0, 0.0), north];
        let covered =
            Homes::new(&Ground::from(roads.clone()), &doors, Mode::Car, Direction::From).covered_by(&[south], 3_600);
        for (number, door) in doors.iter().enumerate() {
            let trip = roads.travel(south, *door, Mode::Car).unwrap();
            assert!(
                covered.seconds(0, number).unwrap().abs_diff(trip.seconds) <= 1,
                "{turn} {number}"
            );
        }
        // Saved and opened, the same.
        let mut bytes = Vec::new();
        roads.write_to(&mut bytes).unwrap();
        let again = Roads::open(&bytes).unwrap();
        assert_eq!(
            again.travel(south, north, Mode::Car),
            roads.travel(south, north, Mode::Car)
        );
        // Nobody is joined to a copy of the way: callers do not know its number.
        let snapped = roads.snap(at(50.0, 0.0), Mode::Car);
        assert!(
            snapped.iter().all(|it| roads.segment(it.segment).is_some()),
            "{turn}: {snapped:?}"
        );
        // Closing the way by the number that a caller knows closes it for those who must remember, too.
        let id = roads.snap(at(50.0, 0.0), Mode::Car)[0].segment;
        let closed = roads.under(&Conditions::default().close(id, &[Mode::Car]));
        let got = closed.travel(south, north, Mode::Car).unwrap().meters;
        assert!(
            got.abs_diff(round) < 10,
            "{turn}: {got} m, not {round}, with the way closed"
        );
    }
}

#[test]
fn a_restriction_via_several_ways_needs_all_of_them() {
    // From the south along ways 2 and 3, then not back north-west by way 7 (which leads round the block).
    let (south, there) = (at(0.0, -200.0), at(500.0, 100.0));
    let meters = |turn: &str, mode: Mode| two_corners(turn).travel(south, there, mode).unwrap().meters;
    let free = 200 + 500 + 100;
    // Up way 5 at the first corner of the road, and down way 7.
    let by_the_north = 200 + 100 + 200 + 400 + 100;
    for (turn, walk, car) in [
        ("", free, free),
        ("turn no_left_turn 1 w2,w3 7", free, by_the_north),
        ("turn no_left_turn 1 w3,w2 7", free, by_the_north),
        ("turn no_entry 1,4 w2,w3 7", free, by_the_north),
        (
            "turn no_left_turn 1 w2,w3 7\nturn no_left_turn 1 w2 5",
            free,
            200 + 200 + 300 + 100 + 300 + 400 + 100,
        ),
        ("turn no_left_turn 1 w3 7", free, free),
    ] {
        for (mode, want) in [(Mode::Walk, walk), (Mode::Car, car)] {
            let got = meters(turn, mode);
            assert!(got.abs_diff(want) < 10, "{turn} {mode:?}: {got} m, not {want}");
        }
    }
    let import = |turn: &str| {
        let text = format!(
            "1 0 0\n2 100 0\n3 200 0\n4 300 0\n5 100 100\n6 200 100\nway 1 2 3 4 highway=residential\nway 2 5 highway=residential\nway 3 6 highway=residential\n{turn}"
        );
        let report = Roads::import(&*roads::from_bytes("town.osm", xml(&text).into_bytes()).unwrap())
            .unwrap()
            .1;
        (
            report.restrictions,
            report.restrictions_via_way,
            report.restrictions_unclear,
        )
    };
    // A road that goes on beyond the corner, a road that is not there, a road that is its own way.
    assert_eq!(import("turn no_left_turn 2 w1 3"), (1, 1, 0));
    for unclear in [
        "turn no_left_turn 1 w2 3",
        "turn no_left_turn 2 w9 3",
        "turn no_left_turn 1 w1 3",
        "turn no_left_turn 9 w1 3",
    ] {
        assert_eq!(import(unclear), (0, 0, 1), "{unclear}");
    }
}

#[test]
fn barriers_and_steps_stop_whom_they_stop() {
    // A direct way of 400 m with something on it, and one of 1,200 m round.
    let with = |node: &str, way: &str| {
        town(&format!(
            "1 0 0
             2 200 0 {node}
             3 400 0
             4 400 400
             5 0 400
             way 1 2 3 {way}
             way 3 4 5 1 highway=residential"
        ))
    };
    let street = "highway=residential";
    for (node, way, [walk, ebike, car]) in [
        ("", street, [400, 400, 400]),
        ("barrier=bollard", street, [400, 400, 1_200]),
        ("barrier=gate", street, [400, 400, 400]),
        ("barrier=gate locked=yes", street, [1_200, 1_200, 1_200]),
        ("barrier=stile", street, [400, 1_200, 1_200]),
        ("barrier=lift_gate access=private", street, [400, 400, 400]),
        ("", "highway=steps", [400, 1_200, 1_200]),
        ("", "highway=residential motor_vehicle=no", [400, 400, 1_200]),
        ("", "highway=service access=no", [1_200, 1_200, 1_200]),
        ("", "highway=motorway", [1_200, 1_200, 400]),
    ] {
        let roads = with(node, way);
        for (mode, want) in Mode::ALL.into_iter().zip([walk, ebike, car]) {
            let got = roads.travel(at(0.0, 0.0), at(400.0, 0.0), mode).unwrap().meters;
            assert!(got.abs_diff(want) < 10, "{node} {way} {mode:?}: {got} m, not {want}");
        }
    }
}

/// A grid of streets, 200 m apart, with a forbidden turn here and there.
fn grid(side: u32) -> String {
    let mut text = String::new();
    for row in 0..side {
        for column in 0..side {
            text += &format!("{} {} {}\n", row * side + column + 1, column * 200, row * 200);
        }
    }
    for line in 0..side {
        let along: Vec<String> = (0..side).map(|it| (line * side + it + 1).to_string()).collect();
        let up: Vec<String> = (0..side).map(|it| (it * side + line + 1).to_string()).collect();
        let tags = [
            "highway=residential",
            "highway=tertiary",
            "highway=residential oneway=yes",
        ][(line % 3) as usize];
        // One way for each piece, so that turns can be told apart.
        for pair in along.windows(2) {
            text += &format!("way {} {tags}\n", pair.join(" "));
        }
        for pair in up.windows(2) {
            text += &format!("way {} highway=residential\n", pair.join(" "));
        }
    }
    text
}

/// A small generator of numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: f64) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64 * limit
    }
}

#[test]
fn moving_somebody_is_the_same_as_beginning_anew() {
    let roads = town(&grid(8));
    let mut dice = Dice(5);
    let mut live: Live<u32> = Live::new(roads.clone());
    for round in 0..300 {
        let key = dice.below(40.0) as u32;
        let mode = Mode::ALL[dice.below(3.0) as usize];
        let place = at(dice.below(3_400.0) - 1_000.0, dice.below(3_400.0) - 1_000.0);
        if dice.below(5.0) < 1.0 {
            live.remove(key);
        } else {
            live.put(key, mode, place);
        }
        if round % 10 != 0 {
            continue;
        }
        let mut anew = Live::new(roads.clone());
        for key in (0..40).rev() {
            if let Some((mode, place)) = live.get(key) {
                anew.put(key, mode, place);
            }
        }
        assert_eq!(anew.len(), live.len());
        let target = at(dice.below(1_400.0), dice.below(1_400.0));
        let found = live.nearest(target, 900, 100, |_| true);
        assert_eq!(found, anew.nearest(target, 900, 100, |_| true));
        // Fewer wanted: the same ones, from the top. A filter leaves the others as they were.
        for k in 0..found.len() {
            assert_eq!(live.nearest(target, 900, k, |_| true), found[..k]);
        }
        let odd: Vec<Arrival<u32>> = found.iter().copied().filter(|it| it.key % 2 == 1).collect();
        assert_eq!(live.nearest(target, 900, 100, |key| key % 2 == 1), odd);
        // Known how many of each mode are accepted: the same ones, for less of a search.
        let mut counts = [0; 3];
        for (mode, _) in (1..40).step_by(2).filter_map(|key| live.get(key)) {
            counts[Mode::ALL.iter().position(|it| *it == mode).unwrap()] += 1;
        }
        for k in [1, 4, 100] {
            let few = &odd[..k.min(odd.len())];
            assert_eq!(live.nearest_of(target, 900, k, counts, |key| key % 2 == 1), few);
        }
        assert!(found.is_sorted_by_key(|it| it.seconds));
        // A smaller limit gives the same, cut short.
        let early: Vec<Arrival<u32>> = found.iter().copied().filter(|it| it.seconds <= 300).collect();
        assert_eq!(live.nearest(target, 300, 100, |_| true), early);
        // And each takes as long as the journey does.
        for arrival in &found {
            let (mode, place) = live.get(arrival.key).unwrap();
            let trip = roads.travel(place, target, mode).unwrap();
            assert!(
                trip.seconds.abs_diff(arrival.seconds) <= 1,
                "{arrival:?} {}",
                trip.seconds
            );
            assert!(
                trip.meters.abs_diff(arrival.meters) <= 3 + arrival.meters / 200,
                "{arrival:?} {}",
                trip.meters
            );
            assert_eq!(trip.estimated, arrival.estimated);
        }
    }
}

#[test]
fn a_position_joins_the_nearest_road_of_all() {
    let roads = town(&grid(8));
    let mut dice = Dice(3);
    for _ in 0..500 {
        let place = at(dice.below(1_800.0) - 200.0, dice.below(1_800.0) - 200.0);
        // On a plane around the place: east and north in metres.
        let flat = |point: Point| {
            let north = (point.lat() - place.lat()) * 111_195.08;
            let east = (point.lon() - place.lon()) * 111_195.08 * place.lat().to_radians().cos();
            (east, north)
        };
        let away = |line: &[Point]| -> f64 {
            let pieces = line.windows(2).map(|pair| {
                let ((ax, ay), (bx, by)) = (flat(pair[0]), flat(pair[1]));
                let (dx, dy) = (bx - ax, by - ay);
                let part = (-(ax * dx + ay * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
                (ax + dx * part).hypot(ay + dy * part)
            });
            pieces.fold(f64::INFINITY, f64::min)
        };
        let all = (0..roads.segment_count() as u32).map(|id| away(&roads.segment(id).unwrap().line));
        let nearest = all.fold(f64::INFINITY, f64::min);
        let snapped = roads.snap(place, Mode::Walk);
        assert!(
            (snapped[0].away_m - nearest).abs() < 0.1,
            "{snapped:?}, not {nearest} m"
        );
        assert!(snapped.len() <= 3 && snapped.iter().all(|it| it.away_m <= nearest + 20.1));
        for it in &snapped {
            let line = roads.segment(it.segment).unwrap().line;
            assert!((away(&line) - it.away_m).abs() < 0.1, "{it:?}");
        }
    }
}

#[test]
fn coverage_is_every_journey_at_once() {
    let roads = Ground::from(town(&grid(6)));
    let mut dice = Dice(9);
    let mut some = |count: usize| -> Vec<Point> {
        (0..count)
            .map(|_| at(dice.below(1_200.0) - 100.0, dice.below(1_200.0) - 100.0))
            .collect()
    };
    let (mut homes, mut stations) = (some(60), some(5));
    homes.push(at(5_000.0, 5_000.0)); // on no road
    stations.push(at(-4_000.0, 0.0)); // nor this
    for (direction, mode) in [
        (Direction::From, Mode::Car),
        (Direction::To, Mode::Ebike),
        (Direction::From, Mode::Walk),
    ] {
        let coverage = Homes::new(&roads, &homes, mode, direction).covered_by(&stations, 600);
        for (s, station) in stations.iter().enumerate() {
            let mut count = 0;
            for (h, home) in homes.iter().enumerate() {
                let (from, to) = match direction {
                    Direction::From => (*station, *home),
                    Direction::To => (*home, *station),
                };
                let trip = roads.travel(from, to, mode).unwrap();
                let got = coverage.seconds(s, h);
                assert_eq!(trip.estimated, coverage.estimated(s, h));
                if let Some(got) = got {
                    assert!(
                        trip.seconds.abs_diff(got) <= 1,
                        "{mode:?} {s} {h}: {got} {}",
                        trip.seconds
                    );
                } else {
                    assert!(trip.seconds >= 600, "{mode:?} {s} {h}: {}", trip.seconds);
                }
                assert_eq!(got.is_some(), coverage.bits(s)[h / 64] >> (h % 64) & 1 == 1);
                count += usize::from(got.is_some());
            }
            assert_eq!(coverage.count(s), count);
        }
        assert_eq!(coverage.covered_less_than(stations.len() + 1).len(), homes.len());
        assert_eq!(coverage.seconds(99, 0), None);
    }
}

#[test]
fn a_closed_road_and_slower_traffic_count_at_once() {
    let roads = town(
        "1 0 0
         2 400 0
         3 400 400
         4 0 400
         way 1 2 highway=residential
         way 2 3 4 1 highway=tertiary",
    );
    let (from, to) = (at(0.0, 0.0), at(400.0, 0.0));
    let usual = roads.travel(from, to, Mode::Car).unwrap();
    let id = roads.snap(at(200.0, 0.0), Mode::Car)[0].segment;
    let segment = roads.segment(id).unwrap();
    assert_eq!((segment.way, segment.class), (1, Class::Residential));
    assert!((segment.length_m - 400.0).abs() < 1.0);
    let closed = Conditions::default().close(id, &[Mode::Car]);
    let around = roads.under(&closed).travel(from, to, Mode::Car).unwrap();
    assert!(around.meters > 1_150 && usual.meters < 450);
    // On foot it is open, and the roads that were there before are untouched.
    assert_eq!(
        roads.under(&closed).travel(from, to, Mode::Walk),
        roads.travel(from, to, Mode::Walk)
    );
    assert_eq!(roads.travel(from, to, Mode::Car).unwrap(), usual);
    // Whoever stands in the closed road walks to an open one; at the corner that costs nothing.
    let inside = roads.under(&closed).travel(at(100.0, 0.0), to, Mode::Car).unwrap();
    assert!(
        !inside.estimated && inside.seconds > around.seconds + 80,
        "{} {}",
        inside.seconds,
        around.seconds
    );
    let mut live = Live::new(roads.clone());
    live.put(1_u8, Mode::Car, at(100.0, 0.0));
    live.stand_on(roads.under(&closed));
    assert_eq!(live.nearest(to, 900, 1, |_| true)[0].seconds, inside.seconds);
    // Half as fast takes twice as long, on roads that were live all the time.
    let mut live = Live::new(roads.clone());
    live.put(1_u8, Mode::Car, from);
    let before = live.nearest(to, 900, 1, |_| true)[0];
    let mut slow = roads.clone();
    slow.reweigh(&Conditions::default().slowed(Mode::Car, 0.5));
    live.stand_on(slow);
    let after = live.nearest(to, 900, 1, |_| true)[0];
    assert!(
        about(Some(after.seconds), Some(f64::from(before.seconds) * 2.0)),
        "{before:?} {after:?}"
    );
    assert_eq!(after.meters, before.meters);
    // No roads at all: everybody is placed anew, by straight lines.
    live.stand_on(Ground::Straight);
    assert!(live.nearest(to, 900, 1, |_| true)[0].estimated);
}

#[test]
fn off_the_map_and_without_roads_times_are_estimates_and_say_so() {
    let roads = town(&grid(4));
    let far = at(0.0, 5_000.0);
    assert_eq!(roads.snap(far, Mode::Car), []);
    let trip = roads.travel(far, at(0.0, 0.0), Mode::Car).unwrap();
    // 5,000 m, 1.4 times as long, at 25 km/h.
    assert!(
        trip.estimated && about(Some(trip.seconds), Some(1_008.0)),
        "{}",
        trip.seconds
    );
    assert_eq!(Ground::Straight.travel(far, at(0.0, 0.0), Mode::Car).unwrap(), trip);
    let mut live = Live::new(roads);
    live.put(1_u8, Mode::Ebike, at(100.0, 1_900.0));
    live.put(2, Mode::Ebike, at(200.0, 200.0));
    let found = live.nearest(at(0.0, 0.0), 3_600, 9, |_| true);
    assert_eq!(
        found.iter().map(|it| (it.key, it.estimated)).collect::<Vec<_>>(),
        [(2, false), (1, true)]
    );
    let all = live.nearest(far, 3_600, 9, |_| true);
    assert!(all.len() == 2 && all.iter().all(|it| it.estimated));
}

#[test]
fn the_area_holds_what_is_reached() {
    let ground = Ground::from(town(&grid(20)));
    for (mode, direction) in [(Mode::Walk, Direction::To), (Mode::Ebike, Direction::From)] {
        let home = at(1_900.0, 1_900.0);
        let feature = ground.isochrone(home, mode, 10, direction);
        let properties = feature.properties.as_ref().unwrap();
        assert_eq!(properties["estimated"], false);
        assert_eq!(properties["minutes"], 10);
        let area: geo::MultiPolygon = match feature.geometry.clone().unwrap().value {
            value @ GeometryValue::MultiPolygon { .. } => value.try_into().unwrap(),
            other => panic!("{other:?}"),
        };
        let holds = |point: Point| geo::Contains::contains(&area, &geo::Point::new(point.lon(), point.lat()));
        assert!(holds(home));
        for step in 0..19 {
            let corner = at(f64::from(step) * 200.0, 1_800.0);
            let trip = match direction {
                Direction::From => ground.travel(home, corner, mode),
                Direction::To => ground.travel(corner, home, mode),
            };
            let trip = trip.unwrap();
            if trip.seconds <= 560 {
                assert!(holds(corner), "{mode:?}: {step} is {} s away and outside", trip.seconds);
            } else if trip.seconds > 690 {
                assert!(!holds(corner), "{mode:?}: {step} is {} s away and inside", trip.seconds);
            }
        }
    }
    let guess = Ground::Straight.isochrone(at(0.0, 0.0), Mode::Walk, 15, Direction::To);
    assert_eq!(guess.properties.unwrap()["estimated"], true);
}

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
