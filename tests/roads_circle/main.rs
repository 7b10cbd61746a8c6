//! The circle on small towns whose answers are known: who may go where, what is near, and what is not.

mod saved;
mod towns;
mod turns;

use eldercare_dispatch::circle::{Arrival, Class, Conditions, Direction, Ground, Homes, Live, Mode, Point};
use geojson::GeometryValue;

use crate::towns::{Dice, about, at, grid, seconds, town};

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
