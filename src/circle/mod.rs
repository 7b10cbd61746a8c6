//! Who is near.

use serde::{Deserialize, Serialize};

/// A place on the ground, WGS-84 degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// The reference system in which a coordinate was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Crs {
    /// The world's, and (to centimetres) CGCS2000.
    Wgs84,
    /// The shifted one of Chinese street maps.
    Gcj02,
    /// Baidu's.
    Bd09,
}

/// How somebody travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// On foot.
    Walk,
    /// By electric bicycle.
    Ebike,
    /// By car.
    Car,
}
