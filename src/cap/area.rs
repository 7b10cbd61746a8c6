//! Where a message holds: polygons, circles and codes; a place is inside when any of them has it.

use crate::circle::Point;

/// Points of one polygon.
pub const POINTS_MAX: usize = 10_000;

/// A circle, with its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    /// WGS-84.
    pub middle: Point,
    /// Kilometres; 0: the point alone.
    pub radius_km: f64,
}

/// One area of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// In words.
    pub description: String,
    /// Each closed: its last point is its first.
    pub polygons: Vec<Vec<Point>>,
    /// Circles.
    pub circles: Vec<Circle>,
    /// Codes: the system of codes, the code.
    pub geocodes: Vec<(String, String)>,
}

impl Area {
    /// Whether a point lies in one of its polygons or circles; on the line counts as in.
    pub fn holds(&self, point: Point) -> bool {
        let in_circle = |it: &Circle| it.middle.distance_m(point) <= it.radius_km * 1_000.0;
        self.circles.iter().any(in_circle) || self.polygons.iter().any(|it| inside(it, point))
    }

    /// Whether it has a polygon or a circle.
    pub fn has_shape(&self) -> bool {
        !(self.polygons.is_empty() && self.circles.is_empty())
    }
}

/// By the even-odd rule, degrees taken as flat: the polygons of warnings are small, and none goes round a pole.
fn inside(ring: &[Point], at: Point) -> bool {
    let (x, y) = (at.lon(), at.lat());
    let mut odd = false;
    for pair in ring.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let ((ax, ay), (bx, by)) = ((a.lon(), a.lat()), (b.lon(), b.lat()));
        let cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
        let between = |from: f64, to: f64, it: f64| from.min(to) <= it && it <= from.max(to);
        if cross == 0.0 && between(ax, bx, x) && between(ay, by, y) {
            return true;
        }
        if (ay > y) != (by > y) {
            let crossing = ax + (y - ay) / (by - ay) * (bx - ax);
            odd ^= x < crossing;
        }
    }
    odd
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(lat: f64, lon: f64) -> Point {
        Point::new(lat, lon).unwrap()
    }

    #[test]
    fn a_place_is_in_a_polygon_in_a_circle_or_in_neither() {
        // An L: the square of 0..2 without its upper right quarter.
        let ring = [(0, 0), (0, 2), (1, 2), (1, 1), (2, 1), (2, 0), (0, 0)];
        let ring: Vec<Point> = ring.iter().map(|it| point(f64::from(it.0), f64::from(it.1))).collect();
        let area = |polygons, circles| Area {
            description: String::new(),
            polygons,
            circles,
            geocodes: vec![],
        };
        let l = area(vec![ring], vec![]);
        for (lat, lon, held) in [
            (0.5, 0.5, true),
            (0.5, 1.5, true),
            (1.5, 0.5, true),
            (1.5, 1.5, false),
            (-0.1, 0.5, false),
            (0.0, 1.0, true), // on the line
            (1.0, 1.5, true),
            (2.0, 0.0, true), // a corner
            (0.5, 2.1, false),
            (0.5, -0.1, false),
        ] {
            assert_eq!(l.holds(point(lat, lon)), held, "{lat} {lon}");
        }
        let round = area(
            vec![],
            vec![Circle {
                middle: point(39.4, 117.0),
                radius_km: 1.0,
            }],
        );
        assert!(round.holds(point(39.4089, 117.0)) && !round.holds(point(39.4091, 117.0)));
        let spot = area(
            vec![],
            vec![Circle {
                middle: point(39.4, 117.0),
                radius_km: 0.0,
            }],
        );
        assert!(spot.holds(point(39.4, 117.0)) && !spot.holds(point(39.4001, 117.0)));
        assert!(!area(vec![], vec![]).holds(point(0.0, 0.0)) && !area(vec![], vec![]).has_shape());
    }
}
