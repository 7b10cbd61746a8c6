//! Committed events become numbered frames on sockets.
//!
//! Start at [`Hub`]: one a process; it follows the streams of the store and keeps the open cases and the last changes in
//! memory. [`socket`] is one client's connection, [`frames`] what is said on it, [`sight`] who may see what: a trait of ours
//! that the faces for people implement, so that this room knows nothing of sign-in or of views.
//!
//! Holds always:
//! - what a person may not see is not put into a frame of theirs, and what they may no longer see is not sent late: a change
//!   that a newer one of the same case has overtaken is never sent;
//! - a frame is built once for all who see the same, not once a socket;
//! - no client is waited for: each has a window of frames, and beyond it the ring of changes, then it is cut and resumes.

pub mod cursor;
pub mod frames;
pub mod hub;
pub mod presence;
pub mod sight;
pub mod socket;

pub use frames::{CallNow, ClientFrame, Close, Looker, ServerFrame, You};
pub use hub::{Hub, HubConfig};
pub use sight::{Audience, Ended, NotSignedIn, Sight, Viewer};
pub use socket::configure;
