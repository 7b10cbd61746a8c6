//! How signals come in: bytes become an [`crate::dispatch::AlertReport`]; what cannot be read is kept and shown.

pub mod http;
