//! What is known: tables, mapping, transactions. The only room that knows SeaORM; it speaks domain types.
//!
//! Start at [`Store`]: [`Store::open`], [`Store::migrate`], [`Store::unlock`], then read and write through the files named
//! after their subject.
//!
//! Holds always:
//! - every instant is an integer of microseconds ([`micros`]), brought by the caller; SQL never asks for the time;
//! - a write happens whole or not at all, in a transaction that no caller can cancel ([`Store::write`]);
//! - an unknown word in a row sets that row aside and names it, never its neighbours;
//! - a field that is nobody's business is sealed ([`seal`]) under the key of its elder.

pub mod cases;
pub mod connect;
pub mod error;
pub mod micros;
pub mod seal;

pub use connect::{Engine, Store, StoreConfig, Work, rows_per_statement, shielded, write_lock_first};
pub use error::{Conflict, Reason, StoreError};
pub use micros::Micros;
pub use seal::{DeviceKey, KeyRing, MasterKey, SealError, Sealed};
