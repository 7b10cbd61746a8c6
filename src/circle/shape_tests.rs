//! Outlines: tables of faults with their places, and properties of cuts and overlaps.

use proptest::prelude::*;

use super::*;

/// Metres east and north of a corner in Yangcun.
fn lonlat(east: f64, north: f64) -> [f64; 2] {
    let (lon, lat) = (117.06, 39.38);
    let per_lon = METRES_PER_DEGREE * f64::to_radians(lat).cos();
    [rounded(lon + east / per_lon), rounded(lat + north / METRES_PER_DEGREE)]
}

fn ring(corners: &[(f64, f64)]) -> Vec<Vec<f64>> {
    let closed = corners.iter().chain(corners.first());
    closed.map(|it| lonlat(it.0, it.1).to_vec()).collect()
}

fn shape(rings: &[&[(f64, f64)]]) -> Shape {
    let rings: Vec<Vec<Vec<f64>>> = rings.iter().map(|it| ring(it)).collect();
    Shape::read(&rings, Crs::Wgs84).unwrap()
}

fn rect(w: f64, s: f64, e: f64, n: f64) -> Shape {
    shape(&[&[(w, s), (e, s), (e, n), (w, n)]])
}

fn line(corners: &[(f64, f64)]) -> Vec<[f64; 2]> {
    corners.iter().map(|it| lonlat(it.0, it.1)).collect()
}

/// How many metres a place is from where it should be.
fn off(place: &Place, east: f64, north: f64) -> f64 {
    let [lon, lat] = lonlat(east, north);
    place.at.distance_m(Point::new(lat, lon).unwrap())
}

#[test]
fn numbers_that_make_no_outline_are_named() {
    let good = ring(&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]);
    let with = |n: usize, it: Vec<f64>| {
        let mut ring = good.clone();
        ring[n] = it;
        vec![ring]
    };
    let open = vec![good[..4].to_vec()];
    let flat = vec![vec![good[0].clone(), good[1].clone(), good[1].clone(), good[0].clone()]];
    let long: Vec<Vec<f64>> = std::iter::repeat_n(good.clone(), CORNERS_MAX).flatten().collect();
    for (rings, at) in [
        (vec![], (None, None)),
        (open, (Some(0), None)),
        (flat, (Some(0), None)),
        (vec![long], (None, None)),
        (with(1, vec![117.06]), (Some(0), Some(1))),
        (with(2, vec![117.06, 95.0]), (Some(0), Some(2))),
        (with(2, vec![f64::NAN, 39.0]), (Some(0), Some(2))),
        (with(3, vec![39.38, 117.06]), (Some(0), Some(3))),
        (with(3, vec![2.35, 48.85]), (Some(0), Some(3))),
    ] {
        let error = Shape::read(&rings, Crs::Wgs84).unwrap_err();
        assert_eq!(error.at(), at, "{error}");
    }
    // A height is passed over, a corner said twice is one.
    let mut ring = good.clone();
    ring[1].push(12.0);
    ring.insert(2, ring[1].clone());
    assert_eq!(
        Shape::read(&[ring], Crs::Wgs84),
        Shape::read(std::slice::from_ref(&good), Crs::Wgs84)
    );
}

#[test]
fn an_outline_of_another_system_is_the_same_place() {
    let here = rect(0.0, 0.0, 300.0, 200.0);
    for crs in [Crs::Wgs84, Crs::Gcj02, Crs::Bd09] {
        let there: Vec<Vec<Vec<f64>>> = here
            .rings_in(crs)
            .iter()
            .map(|ring| ring.iter().map(|it| it.to_vec()).collect())
            .collect();
        let back = Shape::read(&there, crs).unwrap();
        for (a, b) in here.rings()[0].iter().zip(&back.rings()[0]) {
            assert!(
                (a[0] - b[0]).abs() < 3e-7 && (a[1] - b[1]).abs() < 3e-7,
                "{crs:?} {a:?} {b:?}"
            );
        }
        let moved = (there[0][0][0] - here.rings()[0][0][0]).abs() > 1e-3;
        assert_eq!(moved, crs != Crs::Wgs84, "{crs:?}");
    }
}

#[test]
fn each_fault_is_found_at_its_place() {
    let square: &[(f64, f64)] = &[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)];
    assert!(shape(&[square]).faults().is_empty());
    assert!(
        shape(&[square, &[(20.0, 20.0), (20.0, 60.0), (60.0, 60.0)]])
            .faults()
            .is_empty()
    );
    for (rings, fault, at) in [
        // A bow tie.
        (
            vec![&[(0.0, 0.0), (100.0, 100.0), (100.0, 0.0), (0.0, 100.0)][..]],
            Fault::SelfCrossing,
            (50.0, 50.0),
        ),
        // It comes back to a corner.
        (
            vec![
                &[
                    (0.0, 0.0),
                    (50.0, 0.0),
                    (50.0, 50.0),
                    (100.0, 50.0),
                    (100.0, 100.0),
                    (50.0, 100.0),
                    (50.0, 50.0),
                    (0.0, 50.0),
                ][..],
            ],
            Fault::SelfCrossing,
            (50.0, 50.0),
        ),
        // A spike that runs back on itself.
        (
            vec![&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (100.0, 60.0), (0.0, 60.0)][..]],
            Fault::SelfCrossing,
            (100.0, 80.0),
        ),
        (
            vec![square, &[(50.0, 50.0), (150.0, 50.0), (150.0, 60.0)][..]],
            Fault::RingsTouch,
            (100.0, 50.0),
        ),
        (
            vec![square, &[(200.0, 0.0), (260.0, 0.0), (260.0, 60.0), (200.0, 60.0)][..]],
            Fault::HoleOutside,
            (230.0, 30.0),
        ),
        (
            vec![
                square,
                &[(10.0, 10.0), (90.0, 10.0), (90.0, 90.0), (10.0, 90.0)][..],
                &[(40.0, 40.0), (60.0, 40.0), (60.0, 60.0), (40.0, 60.0)][..],
            ],
            Fault::HoleOutside,
            (50.0, 50.0),
        ),
        (
            vec![&[(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)][..]],
            Fault::TooSmall,
            (4.5, 4.5),
        ),
    ] {
        let found = shape(&rings).faults();
        let here = found
            .iter()
            .any(|(it, place)| *it == fault && off(place, at.0, at.1) < 0.1);
        assert!(here, "{fault:?} at {at:?}: {found:?}");
        assert!(found.iter().all(|it| it.0 == fault), "{fault:?}: {found:?}");
    }
    // A star of many crossings names some of them, and no more.
    let star: Vec<(f64, f64)> = (0..101)
        .map(|n| f64::from(n * 50 % 101) * std::f64::consts::TAU / 101.0)
        .map(|it| (it.cos() * 500.0, it.sin() * 500.0))
        .collect();
    assert_eq!(shape(&[&star]).faults().len(), FAULTS_MAX);
}

#[test]
fn what_two_share_is_found_and_a_sliver_is_not() {
    let one = rect(0.0, 0.0, 100.0, 100.0);
    for (other, area) in [
        (rect(100.0, 0.0, 200.0, 100.0), 0.0),
        (rect(200.0, 0.0, 300.0, 100.0), 0.0),
        (rect(99.5, 0.0, 200.0, 100.0), 0.0), // half a metre: no door
        (rect(98.0, 0.0, 200.0, 100.0), 200.0),
        (rect(97.0, 97.0, 200.0, 200.0), 0.0), // nine square metres
        (rect(95.0, 95.0, 200.0, 200.0), 25.0),
        (rect(20.0, 20.0, 60.0, 60.0), 1_600.0), // within
        (one.clone(), 10_000.0),
    ] {
        let found = overlaps(&[&one, &other]);
        let total: f64 = found.iter().filter_map(|it| it.2.area_m2).sum();
        assert!((total - area).abs() < 0.01 * area + 0.5, "{area} {found:?}");
        assert!(found.iter().all(|it| (it.0, it.1) == (0, 1)));
    }
    let found = overlaps(&[&one, &rect(80.0, 40.0, 200.0, 60.0)]);
    assert!(off(&found[0].2, 90.0, 50.0) < 5.0, "{found:?}");
}

#[test]
fn what_is_left_between_is_found_with_a_parent_and_without() {
    let parent = rect(0.0, 0.0, 300.0, 100.0);
    let (a, c) = (rect(0.0, 0.0, 100.0, 100.0), rect(200.0, 0.0, 300.0, 100.0));
    let found = gaps(Some(&parent), &[&a, &c]);
    assert_eq!(found.len(), 1);
    assert!(off(&found[0], 150.0, 50.0) < 1.0 && (found[0].area_m2.unwrap() - 10_000.0).abs() < 20.0);
    let b = rect(100.0, 0.0, 200.0, 100.0);
    assert!(gaps(Some(&parent), &[&a, &b, &c]).is_empty());
    let narrow = rect(100.4, 0.0, 199.7, 100.0);
    assert!(
        gaps(Some(&parent), &[&a, &narrow, &c]).is_empty(),
        "what is narrower than a metre is no gap"
    );
    // Without a parent: a hole in the middle of four, and none where they stand apart.
    let four = [
        rect(0.0, 0.0, 200.0, 100.0),
        rect(200.0, 0.0, 300.0, 200.0),
        rect(100.0, 200.0, 300.0, 300.0),
        rect(0.0, 100.0, 100.0, 300.0),
    ];
    let four: Vec<&Shape> = four.iter().collect();
    let found = gaps(None, &four);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(off(&found[0], 150.0, 150.0) < 1.0);
    assert!(gaps(None, &[&a, &c]).is_empty());
    // One in the hole fills it, whichever way round it is drawn.
    let middle = shape(&[&[(100.0, 100.0), (100.0, 200.0), (200.0, 200.0), (200.0, 100.0)]]);
    let mut five = four.clone();
    five.insert(0, &middle);
    assert!(gaps(None, &five).is_empty());
    let small = rect(120.0, 120.0, 140.0, 140.0);
    five[0] = &small;
    let found = gaps(None, &five);
    assert_eq!(found.len(), 1);
    assert!((found[0].area_m2.unwrap() - 9_600.0).abs() < 20.0, "{found:?}");
}

#[test]
fn what_hangs_out_of_the_parent_is_found() {
    let parent = rect(0.0, 0.0, 100.0, 100.0);
    assert!(rect(0.0, 0.0, 100.0, 50.0).outside(&parent).is_empty());
    assert!(rect(0.0, 0.0, 100.6, 50.0).outside(&parent).is_empty());
    let found = rect(50.0, 0.0, 120.0, 50.0).outside(&parent);
    assert!(found.len() == 1 && off(&found[0], 110.0, 25.0) < 2.0, "{found:?}");
    // In a hole of the parent.
    let ring = shape(&[
        &[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)],
        &[(40.0, 40.0), (60.0, 40.0), (60.0, 60.0), (40.0, 60.0)],
    ]);
    assert_eq!(rect(30.0, 30.0, 70.0, 70.0).outside(&ring).len(), 1);
}

#[test]
fn a_line_cuts_what_it_goes_through() {
    let square = rect(0.0, 0.0, 100.0, 100.0);
    let comb = shape(&[&[
        (0.0, 0.0),
        (100.0, 0.0),
        (100.0, 100.0),
        (80.0, 100.0),
        (80.0, 20.0),
        (60.0, 20.0),
        (60.0, 100.0),
        (40.0, 100.0),
        (40.0, 20.0),
        (20.0, 20.0),
        (20.0, 100.0),
        (0.0, 100.0),
    ]]);
    let holed = shape(&[
        &[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)],
        &[(40.0, 40.0), (60.0, 40.0), (60.0, 60.0), (40.0, 60.0)],
    ]);
    for (shape, cut, areas) in [
        (&square, &[(50.0, -10.0), (50.0, 110.0)][..], &[5_000.0, 5_000.0][..]),
        // From corner to corner.
        (&square, &[(0.0, 0.0), (100.0, 100.0)], &[5_000.0, 5_000.0]),
        // A bend inside, ends on the edges.
        (
            &square,
            &[(0.0, 50.0), (50.0, 20.0), (100.0, 50.0)],
            &[6_500.0, 3_500.0],
        ),
        // In and out by one edge.
        (
            &square,
            &[(-10.0, 30.0), (40.0, 30.0), (40.0, 70.0), (-10.0, 70.0)],
            &[8_400.0, 1_600.0],
        ),
        // Along an edge first, then through.
        (&square, &[(0.0, 0.0), (50.0, 0.0), (50.0, 110.0)], &[5_000.0, 5_000.0]),
        // Through every tooth.
        (&comb, &[(-5.0, 60.0), (105.0, 60.0)], &[4_400.0, 800.0, 800.0, 800.0]),
        // Through the hole, and beside it.
        (&holed, &[(50.0, -10.0), (50.0, 110.0)], &[4_800.0, 4_800.0]),
        (&holed, &[(20.0, -10.0), (20.0, 110.0)], &[7_600.0, 2_000.0]),
    ] {
        let parts = shape.split(&line(cut)).unwrap();
        let got: Vec<f64> = parts.iter().map(Shape::area_m2).collect();
        let fits = got.len() == areas.len() && got.iter().zip(areas).all(|(a, b)| (a - b).abs() < 0.005 * b);
        assert!(fits, "{cut:?}: {got:?}");
        assert!(parts.iter().all(|it| it.faults().is_empty()), "{cut:?}");
    }
}

#[test]
fn a_line_that_cuts_nothing_says_why() {
    let square = rect(0.0, 0.0, 100.0, 100.0);
    for cut in [
        &[(50.0, 50.0), (50.0, 110.0)][..],            // ends inside
        &[(150.0, -10.0), (150.0, 110.0)],             // passes by
        &[(0.0, 0.0), (100.0, 0.0)],                   // along an edge
        &[(-10.0, 10.0), (10.0, -10.0), (-10.0, 5.0)], // at a corner, out again by it
    ] {
        match square.split(&line(cut)) {
            Err(NoCut::NotThrough | NoCut::TooSmall(_)) => {}
            other => panic!("{cut:?}: {other:?}"),
        }
    }
    assert_eq!(square.split(&line(&[(50.0, 50.0)])), Err(NoCut::NoLine));
    assert_eq!(square.split(&[]), Err(NoCut::NoLine));
    let looped = line(&[(-10.0, 50.0), (60.0, 50.0), (60.0, 80.0), (40.0, 80.0), (40.0, -10.0)]);
    assert!(matches!(square.split(&looped), Err(NoCut::LineCrosses(place)) if off(&place, 40.0, 50.0) < 0.1));
    let sliver = square.split(&line(&[(-1.0, 1.0), (101.0, 0.5)]));
    assert!(matches!(&sliver, Err(NoCut::TooSmall(_))), "{sliver:?}");
    let tie = shape(&[&[(0.0, 0.0), (100.0, 100.0), (100.0, 0.0), (0.0, 100.0)]]);
    assert!(matches!(
        tie.split(&line(&[(50.0, -10.0), (50.0, 110.0)])),
        Err(NoCut::Unsound(Fault::SelfCrossing, _))
    ));
}

#[test]
fn a_point_is_in_whatever_holds_it() {
    let sieve = Sieve::new([&rect(0.0, 0.0, 100.0, 100.0), &rect(100.0, 0.0, 200.0, 100.0)]);
    let held = |east, north| {
        let [lon, lat] = lonlat(east, north);
        sieve.holding(Point::new(lat, lon).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(held(50.0, 50.0), [0]);
    assert_eq!(held(150.0, 50.0), [1]);
    assert_eq!(held(100.0, 50.0), [0, 1], "the line belongs to both");
    assert!(held(250.0, 50.0).is_empty() && held(50.0, 101.0).is_empty());
}

/// A ring that never crosses itself: one corner for each direction.
fn any_shape() -> impl Strategy<Value = Shape> {
    prop::collection::vec(60.0..400.0, 5..24).prop_map(|far| {
        let step = std::f64::consts::TAU / far.len() as f64;
        let corner = |(n, it): (usize, &f64)| ((n as f64 * step).cos() * it, (n as f64 * step).sin() * it);
        let corners: Vec<(f64, f64)> = far.iter().enumerate().map(corner).collect();
        shape(&[&corners])
    })
}

fn any_line() -> impl Strategy<Value = Vec<[f64; 2]>> {
    prop::collection::vec((-450.0..450.0, -450.0..450.0), 2..6).prop_map(|it| line(&it))
}

proptest! {
    #[test]
    fn parts_are_the_whole_and_share_nothing(whole in any_shape(), cut in any_line()) {
        prop_assert!(whole.faults().is_empty());
        let Ok(parts) = whole.split(&cut) else { return Ok(()) };
        prop_assert!(parts.len() > 1);
        let parts: Vec<&Shape> = parts.iter().collect();
        let sum: f64 = parts.iter().map(|it| it.area_m2()).sum();
        // A corner is rounded to a centimetre, so that each end of a cut may bend an edge of 800 m by four square metres.
        prop_assert!((sum - whole.area_m2()).abs() < 40.0, "{} {}", sum, whole.area_m2());
        prop_assert!(overlaps(&parts).is_empty() && gaps(Some(&whole), &parts).is_empty());
        for part in parts {
            prop_assert!(part.outside(&whole).is_empty());
        }
    }

    #[test]
    fn a_line_through_the_middle_cuts(whole in any_shape(), angle in 0.0..std::f64::consts::TAU) {
        let (x, y) = (angle.cos() * 500.0, angle.sin() * 500.0);
        match whole.split(&line(&[(x, y), (-x, -y)])) {
            Ok(parts) => prop_assert!(parts.len() > 1),
            Err(NoCut::TooSmall(_)) => {}
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn an_overlap_is_the_same_from_either_side(one in any_shape(), other in any_shape()) {
        let (a, b) = (overlaps(&[&one, &other]), overlaps(&[&other, &one]));
        let area = |it: &[(usize, usize, Place)]| it.iter().filter_map(|it| it.2.area_m2).sum::<f64>();
        prop_assert_eq!(a.len(), b.len());
        prop_assert!((area(&a) - area(&b)).abs() < 1.0);
        // What one shares with the other, and what it does not, are the whole of it.
        let rest: f64 = one.outside(&other).iter().filter_map(|it| it.area_m2).sum();
        prop_assert!((area(&a) + rest - one.area_m2()).abs() < 0.02 * one.area_m2() + 500.0, "slivers are in neither");
    }

    #[test]
    fn a_shape_reads_back(one in any_shape()) {
        let text = serde_json::to_string(&one).unwrap();
        prop_assert_eq!(serde_json::from_str::<Shape>(&text).unwrap(), one);
    }
}
