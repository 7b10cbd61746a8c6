//! A street that does not exist: the town and its people for demonstrations and trials, and how often things happen.
//!
//! Everything follows from a seed and a day that the caller brings. Start at [`town::Town::generate`]; the rates of
//! alerts and the ways of responders are in [`rates`].

pub mod day;
mod dice;
pub mod rates;
pub mod town;

pub use dice::Dice;
