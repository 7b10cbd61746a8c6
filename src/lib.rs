//! Smart elderly-care emergency dispatch.
//!
//! Read the rooms in this order: what may happen, who there is, who is near, what is known, what is done about it.

pub mod api;
pub mod app;
pub mod cap;
pub mod case;
pub mod chart;
pub mod circle;
pub mod clock;
pub mod dispatch;
pub mod ids;
pub mod intake;
pub mod link;
pub mod live;
pub mod notify;
pub mod people;
pub mod phone;
pub mod signature;
pub mod sim;
pub mod store;
pub mod watch;
