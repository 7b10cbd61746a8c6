//! Positions, and the three reference systems they come in.
//!
//! Everything inside this service is WGS-84. Chinese maps and phones give GCJ-02 (shifted by 300 to 700 m in a way that
//! varies over the country) or BD-09 (GCJ-02 shifted once more); [`Crs`] converts both ways.
//!
//! The formulas are the published ones that every map library shares (googollee/eviltransform, wandergis/coordtransform,
//! hujiulong/gcoord). They have no closed inverse: the way back is found by iteration until the forward formula hits
//! the given point, so a round trip is exact to well under a millimetre.

use std::f64::consts::PI;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Mean radius of the Earth in metres (IUGG R1), for great circles.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A position on Earth: WGS-84, degrees, always in range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawPoint")]
pub struct Point {
    lat: f64,
    lon: f64,
}

/// A position as it comes over the wire, not yet looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPoint {
    lat: f64,
    lon: f64,
}

/// A pair of numbers that is no position.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("not a position: latitude {lat} must be within -90..90 and longitude {lon} within -180..180")]
pub struct BadPoint {
    /// As given.
    pub lat: f64,
    /// As given.
    pub lon: f64,
}

impl TryFrom<RawPoint> for Point {
    type Error = BadPoint;
    fn try_from(raw: RawPoint) -> Result<Self, BadPoint> {
        Self::new(raw.lat, raw.lon)
    }
}

impl Point {
    /// A WGS-84 position in degrees.
    ///
    /// # Errors
    /// [`BadPoint`] when a number is not finite or out of range.
    pub fn new(lat: f64, lon: f64) -> Result<Self, BadPoint> {
        if (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon) {
            Ok(Self { lat, lon })
        } else {
            Err(BadPoint { lat, lon })
        }
    }

    /// Degrees north of the equator.
    pub const fn lat(self) -> f64 {
        self.lat
    }

    /// Degrees east of Greenwich.
    pub const fn lon(self) -> f64 {
        self.lon
    }

    /// Great-circle distance in metres (haversine, spherical Earth: within 0.5 % of the ellipsoid's).
    pub fn distance_m(self, other: Self) -> f64 {
        let (lat_1, lat_2) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = (lat_2 - lat_1) / 2.0;
        let half_lon = (other.lon - self.lon).to_radians() / 2.0;
        let chord = half_lat.sin().powi(2) + lat_1.cos() * lat_2.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_M * chord.min(1.0).sqrt().asin()
    }

    /// From whole units of 1e-7 degrees, as the road file keeps them; the values were checked when it was opened.
    pub(crate) fn from_e7([lat, lon]: [i32; 2]) -> Self {
        Self {
            lat: f64::from(lat) / 1e7,
            lon: f64::from(lon) / 1e7,
        }
    }

    /// In whole units of 1e-7 degrees (1.1 cm).
    pub(crate) fn to_e7(self) -> [i32; 2] {
        [(self.lat * 1e7).round() as i32, (self.lon * 1e7).round() as i32]
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}, {:.6}", self.lat, self.lon)
    }
}

/// The reference system of a pair of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Crs {
    /// What satellites give; used everywhere inside.
    Wgs84,
    /// 国测局坐标: Amap, Tencent, most Chinese phones.
    Gcj02,
    /// 百度坐标: Baidu.
    Bd09,
}

impl Crs {
    /// The WGS-84 position behind a latitude and longitude given in this system.
    ///
    /// # Errors
    /// [`BadPoint`] when the numbers are not finite or out of range, before or after the conversion.
    pub fn to_wgs84(self, lat: f64, lon: f64) -> Result<Point, BadPoint> {
        Point::new(lat, lon)?;
        let (lat, lon) = match self {
            Self::Wgs84 => (lat, lon),
            Self::Gcj02 => gcj02_to_wgs84(lat, lon),
            Self::Bd09 => {
                let (lat, lon) = bd09_to_gcj02(lat, lon);
                gcj02_to_wgs84(lat, lon)
            }
        };
        Point::new(lat, lon)
    }

    /// `(latitude, longitude)` of a WGS-84 position in this system.
    pub fn from_wgs84(self, point: Point) -> (f64, f64) {
        match self {
            Self::Wgs84 => (point.lat, point.lon),
            Self::Gcj02 => wgs84_to_gcj02(point.lat, point.lon),
            Self::Bd09 => {
                let (lat, lon) = wgs84_to_gcj02(point.lat, point.lon);
                gcj02_to_bd09(lat, lon)
            }
        }
    }
}

/// The box in which the published formulas shift anything; outside it GCJ-02 is WGS-84.
pub(super) fn in_china(lat: f64, lon: f64) -> bool {
    (0.8293..=55.8271).contains(&lat) && (72.004..=137.8347).contains(&lon)
}

/// How far GCJ-02 lies from WGS-84 at a place, in degrees. Krasovsky 1940: semi-major axis and squared eccentricity.
fn gcj02_shift(lat: f64, lon: f64) -> (f64, f64) {
    const AXIS_M: f64 = 6_378_245.0;
    const ECCENTRICITY_2: f64 = 0.006_693_421_622_965_943;
    let (x, y) = (lon - 105.0, lat - 35.0);
    let ripple = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + ripple
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + ripple
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let lat_rad = lat.to_radians();
    let magic = 1.0 - ECCENTRICITY_2 * lat_rad.sin().powi(2);
    let metres_per_lat = (AXIS_M * (1.0 - ECCENTRICITY_2)) / (magic * magic.sqrt()) * PI / 180.0;
    let metres_per_lon = AXIS_M / magic.sqrt() * lat_rad.cos() * PI / 180.0;
    (north / metres_per_lat, east / metres_per_lon)
}

fn wgs84_to_gcj02(lat: f64, lon: f64) -> (f64, f64) {
    if !in_china(lat, lon) {
        return (lat, lon);
    }
    let (north, east) = gcj02_shift(lat, lon);
    (lat + north, lon + east)
}

fn gcj02_to_wgs84(lat: f64, lon: f64) -> (f64, f64) {
    if !in_china(lat, lon) {
        return (lat, lon);
    }
    invert(lat, lon, |lat, lon| {
        let (north, east) = gcj02_shift(lat, lon);
        (lat + north, lon + east)
    })
}

/// Baidu's second shift: a small ripple in polar form and a constant offset.
fn gcj02_to_bd09(lat: f64, lon: f64) -> (f64, f64) {
    if in_china(lat, lon) {
        bd09_shifted(lat, lon)
    } else {
        (lat, lon)
    }
}

fn bd09_shifted(lat: f64, lon: f64) -> (f64, f64) {
    const X_PI: f64 = PI * 3000.0 / 180.0;
    let radius = lon.hypot(lat) + 0.000_02 * (lat * X_PI).sin();
    let angle = lat.atan2(lon) + 0.000_003 * (lon * X_PI).cos();
    (radius * angle.sin() + 0.006, radius * angle.cos() + 0.0065)
}

fn bd09_to_gcj02(lat: f64, lon: f64) -> (f64, f64) {
    if !in_china(lat - 0.006, lon - 0.0065) {
        return (lat, lon);
    }
    invert(lat, lon, bd09_shifted)
}

/// The point that `forward` takes to (lat, lon): each step moves the guess by what is still missing. The shift changes
/// by less than a thousandth of a move, so every step gains three digits or more; ten leave nothing a double could hold.
fn invert(lat: f64, lon: f64, forward: impl Fn(f64, f64) -> (f64, f64)) -> (f64, f64) {
    const CLOSE_DEG: f64 = 1e-12;
    const STEPS_MAX: usize = 20;
    let (mut guess_lat, mut guess_lon) = (lat, lon);
    for _ in 0..STEPS_MAX {
        let (hit_lat, hit_lon) = forward(guess_lat, guess_lon);
        let (off_lat, off_lon) = (lat - hit_lat, lon - hit_lon);
        guess_lat += off_lat;
        guess_lon += off_lon;
        if off_lat.abs() < CLOSE_DEG && off_lon.abs() < CLOSE_DEG {
            break;
        }
    }
    (guess_lat, guess_lon)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn metres(a: (f64, f64), b: (f64, f64)) -> f64 {
        let north = (a.0 - b.0) * 111_195.0;
        let east = (a.1 - b.1) * 111_195.0 * a.0.to_radians().cos();
        north.hypot(east)
    }

    fn convert(from: Crs, to: Crs, lat: f64, lon: f64) -> (f64, f64) {
        let wgs = match from {
            Crs::Wgs84 => (lat, lon),
            Crs::Gcj02 => gcj02_to_wgs84(lat, lon),
            Crs::Bd09 => {
                let (lat, lon) = bd09_to_gcj02(lat, lon);
                if to == Crs::Gcj02 {
                    return (lat, lon);
                }
                gcj02_to_wgs84(lat, lon)
            }
        };
        match (from, to) {
            (Crs::Gcj02, Crs::Bd09) => gcj02_to_bd09(lat, lon),
            (_, Crs::Wgs84) => wgs,
            (_, Crs::Gcj02) => wgs84_to_gcj02(wgs.0, wgs.1),
            (_, Crs::Bd09) => {
                let (lat, lon) = wgs84_to_gcj02(wgs.0, wgs.1);
                gcj02_to_bd09(lat, lon)
            }
        }
    }

    #[test]
    fn well_known_points_land_where_other_libraries_put_them() {
        // (from, lat, lon, to, lat, lon, metres allowed). Sources: googollee/eviltransform c/test.c (rows 1, 2);
        // wandergis/coordtransform test/app.js (3, with the 0.06 m of its one-step inverse; 4); hujiulong/gcoord
        // test/fixtures/china-cities.json (5, Tianjin); outside China nothing moves (6).
        let rows = [
            (
                Crs::Wgs84,
                31.1774276,
                121.5272106,
                Crs::Gcj02,
                31.17530398364597,
                121.531541859215,
                0.1,
            ),
            (
                Crs::Wgs84,
                39.911954,
                116.377817,
                Crs::Gcj02,
                39.91334545536069,
                116.38404722455657,
                0.1,
            ),
            (
                Crs::Gcj02,
                39.915,
                116.404,
                Crs::Wgs84,
                39.91359571849836,
                116.39775550083061,
                0.1,
            ),
            (
                Crs::Bd09,
                39.915,
                116.404,
                Crs::Gcj02,
                39.90865673957631,
                116.39762729119315,
                0.7,
            ),
            (
                Crs::Gcj02,
                39.0841645,
                117.2009869,
                Crs::Bd09,
                39.0899986,
                117.2075221,
                0.1,
            ),
            (Crs::Wgs84, 41.1579, -8.6291, Crs::Gcj02, 41.1579, -8.6291, 0.0),
        ];
        for (from, lat, lon, to, want_lat, want_lon, allowed) in rows {
            let got = convert(from, to, lat, lon);
            let off = metres(got, (want_lat, want_lon));
            assert!(
                off <= allowed,
                "{from:?} ({lat}, {lon}) -> {to:?}: {got:?}, {off} m off"
            );
        }
    }

    #[test]
    fn the_whole_table_of_reference_points_agrees() {
        let Some(folder) = std::env::var_os("ECD_TEST_DATA") else {
            println!("ECD_TEST_DATA is not set: the table of reference points was not checked");
            return;
        };
        let path = std::path::Path::new(&folder).join("gcj02-points.tsv");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let crs = |name: &str| match name {
            "WGS84" => Crs::Wgs84,
            "GCJ02" => Crs::Gcj02,
            "BD09" => Crs::Bd09,
            other => panic!("unknown system {other}"),
        };
        let mut rows = 0;
        for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
            let cell: Vec<&str> = line.split('\t').collect();
            let number = |at: usize| cell[at].parse::<f64>().unwrap();
            let got = convert(crs(cell[1]), crs(cell[4]), number(3), number(2));
            // The published inverses of BD-09 take one step and miss their own forward formula by up to 0.6 m.
            let allowed = if cell[1] == "BD09" { 0.7 } else { 0.2 };
            let off = metres(got, (number(6), number(5)));
            assert!(off <= allowed, "{}: {got:?}, {off} m off", cell[0]);
            rows += 1;
        }
        assert!(rows >= 30, "only {rows} rows");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn there_and_back_is_less_than_a_millimetre(lat in 4.0..53.0_f64, lon in 74.0..135.0_f64) {
            let point = Point::new(lat, lon).unwrap();
            for crs in [Crs::Gcj02, Crs::Bd09] {
                let (there_lat, there_lon) = crs.from_wgs84(point);
                let back = crs.to_wgs84(there_lat, there_lon).unwrap();
                prop_assert!(point.distance_m(back) < 1e-3, "{crs:?}: {} m", point.distance_m(back));
            }
        }

        #[test]
        fn the_other_library_agrees_where_it_shifts_at_all(lat in 25.0..35.0_f64, lon in 105.0..115.0_f64) {
            // Well inside its polygon of the mainland; ours shifts in the published box.
            let (their_lon, their_lat) = coordtransform::wgs84_to_gcj02(lon, lat);
            prop_assert!(metres(wgs84_to_gcj02(lat, lon), (their_lat, their_lon)) < 0.01);
            let (their_lon, their_lat) = coordtransform::gcj02_to_wgs84(lon, lat);
            prop_assert!(metres(gcj02_to_wgs84(lat, lon), (their_lat, their_lon)) < 0.01);
            let (their_lon, their_lat) = coordtransform::bd09_to_wgs84(lon, lat);
            let ours = Crs::Bd09.to_wgs84(lat, lon).unwrap();
            prop_assert!(metres((ours.lat(), ours.lon()), (their_lat, their_lon)) < 0.01);
        }

        #[test]
        fn outside_china_nothing_moves(lat in -60.0..0.0_f64, lon in -170.0..60.0_f64) {
            let point = Point::new(lat, lon).unwrap();
            for crs in [Crs::Wgs84, Crs::Gcj02, Crs::Bd09] {
                prop_assert_eq!(crs.from_wgs84(point), (lat, lon));
                prop_assert_eq!(crs.to_wgs84(lat, lon).unwrap(), point);
            }
        }
    }

    #[test]
    fn gcj02_taken_for_wgs84_is_off_by_the_width_of_a_neighbourhood_in_yangcun() {
        let yangcun = Point::new(39.38, 117.06).unwrap();
        let (lat, lon) = Crs::Gcj02.from_wgs84(yangcun);
        let off = yangcun.distance_m(Point::new(lat, lon).unwrap());
        assert!((500.0..600.0).contains(&off), "{off}");
    }

    #[test]
    fn only_positions_on_earth_are_points() {
        assert!(Point::new(90.0, 180.0).is_ok());
        for (lat, lon) in [(90.1, 0.0), (0.0, -180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(Point::new(lat, lon).is_err(), "{lat} {lon}");
            assert!(Crs::Bd09.to_wgs84(lat, lon).is_err());
        }
        assert!(serde_json::from_str::<Point>(r#"{"lat": 91, "lon": 0}"#).is_err());
        assert_eq!(serde_json::to_string(&Crs::Gcj02).unwrap(), "\"gcj02\"");
    }

    #[test]
    fn a_degree_of_latitude_is_111_km() {
        let a = Point::new(39.0, 117.0).unwrap();
        let b = Point::new(40.0, 117.0).unwrap();
        assert!((a.distance_m(b) - 111_195.0).abs() < 1.0);
        assert_eq!(a.distance_m(a), 0.0);
    }
}
