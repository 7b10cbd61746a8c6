//! How signals come in: bytes become an [`crate::dispatch::AlertReport`]; what cannot be read is kept and shown.
//!
//! [`http`] reads what comes with a key. [`tcp`] takes up devices on lines of their own, whose languages ([`terminal`]: [`watch`],
//! [`gt06`], [`jt808`], [`h02`], [`eelink`], [`minifinder`], [`eview`], [`trv`], [`blue`], [`gator`], [`queclink`], [`gotop`], [`gps103`],
//! [`pt502`], [`taip`], [`tk103`], [`topin`]) are read without a socket in sight. [`mqtt`] listens to brokers, [`scaip`] to home alarm units by SIP,
//! [`push`] reads what clouds push by HTTP, [`cap`] how towns and weather services warn. All of them end at [`crate::dispatch::Desk::report`]. What was kept aside is read once more
//! by [`again`].

pub mod again;
mod asserted;
pub mod blue;
pub mod cap;
pub mod datum;
pub(crate) mod device_time;
pub mod eelink;
pub mod eview;
pub mod gator;
pub mod gotop;
pub mod gps103;
pub mod gt06;
pub mod h02;
pub mod http;
pub mod jt808;
pub mod minifinder;
pub mod mqtt;
pub mod pt502;
pub mod push;
pub mod queclink;
pub mod scaip;
mod sentence;
pub mod taip;
pub mod tcp;
pub mod terminal;
#[cfg(test)]
mod terminal_tests;
pub mod tk103;
pub mod topin;
pub mod trv;
pub mod watch;
