//! Who is near: positions with their datum, roads, travel times, circles.
//!
//! Nothing here waits, logs, reads a clock or opens a file: bytes and positions come in as values. Start at [`Ground`]
//! (roads, or straight lines where none are loaded) and [`Live`] (who is where now).
//!
//! ```text
//! access, speeds     what tags and classes mean
//!      import  ────> graph  <──── file          one topology, and this hour's times beside it
//!                      │
//!        snap ────> sweep                       from a position to the road; outwards by time
//!                      │
//!   live   ground (travel)   coverage   isochrone   reach
//!            tour                              the order of a round of doors
//!      shape                                   outlines of areas: sound, apart, without gaps, cut in two
//! ```
//!
//! Holds always:
//! - positions are WGS-84; other systems are converted at the edge by [`Crs`];
//! - the answer to a question depends on the roads, the conditions and the positions, and on nothing else;
//! - what rests on a straight line instead of roads says `estimated`.

mod access;
mod coordinates;
mod coverage;
mod file;
mod graph;
mod ground;
mod import;
mod isochrone;
mod live;
mod reach;
pub mod shape;
mod snap;
mod speeds;
mod sweep;
#[cfg(test)]
mod sweep_tests;
pub mod tour;

pub use coordinates::{BadPoint, Crs, Point};
pub use coverage::{Coverage, Homes};
pub use file::{FILE_VERSION, OpenError};
pub use graph::{Roads, Segment};
pub use ground::{DETOUR, Ground, Trip};
pub use import::{ImportError, ImportReport};
pub use live::{Arrival, Live};
pub use reach::{Limits, Reach};
pub use shape::Shape;
pub use snap::{SNAP_MAX_M, Snapped};
pub use speeds::{Class, Conditions, ELDER_PACE, Mode, OFF_ROAD_KMH, Speeds, at_elder_pace};
pub use sweep::Direction;
