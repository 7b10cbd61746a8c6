//! Forbidden turns, at junctions and along ways.

use eldercare_dispatch::circle::{Conditions, Direction, Ground, Homes, Live, Mode, Roads};

use crate::towns::{at, town, xml};

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
