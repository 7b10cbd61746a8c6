//! The link between a street and its district: what the district sees of a street, and what it answers.
//!
//! ```text
//! street: its own log → Uplink → one WebSocket, opened by the street → Gate → rows of the district
//! district: an answer, a row → Gate → the same WebSocket → Uplink → the Desk of the street, an event of the case
//! ```
//!
//! Start at [`wire`], what is said; [`Uplink`] is the street's end, [`Gate`] the district's. Both may run in one process. Why it is the
//! log that is sent on: `docs/decisions/0114-the-district-reads-the-log.md`.
//!
//! Holds always:
//! - nothing waits in memory: what is not acknowledged is read from the log again, from a row;
//! - the street acts on nothing but answers to what it has handed up itself; no order comes from above;
//! - no name, telephone, address or door goes over the line, and of words only those that were written for the other side.

pub mod config;
pub mod figures;
pub mod gate;
pub mod uplink;
pub mod wire;

pub use config::{LinkConfig, Told};
pub use figures::Figures;
pub use gate::Gate;
pub use uplink::{Standing, Uplink};
pub use wire::{Close, DistrictFrame, StreetFrame};
