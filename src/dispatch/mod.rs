//! What is done about it: the one door through which a case changes, and the workers that look for what is due.
//!
//! Start at [`Desk`]. A wake-up is a hint; the row is the truth.

pub mod activity;
pub mod aftercare;
mod aside;
pub mod deliveries;
pub mod desk;
pub mod field;
pub mod handovers;
pub mod orders;
pub mod partners;
pub mod picture;
pub mod places;
pub mod plan_book;
mod practice;
pub mod report;
pub mod retention;
mod roots;
pub mod rounds;
pub mod service;
pub mod sheets;
pub mod signs;
pub mod strangers;
pub mod supervision;
pub mod tell;
pub mod timers;
pub mod told;
mod turns;
pub mod unproved;
pub mod warnings;
pub mod ways;

pub use activity::{Activity, ActivityConfig};
pub use aftercare::Aftercare;
pub use deliveries::Deliveries;
pub use desk::{Changed, Desk, DeskConfig, DeskError};
pub use field::{DryRun, Field, Moment, Ranking, ToldOf, Trial};
pub use handovers::{HandoverError, Handovers, OpenCases};
pub use orders::Orders;
pub use picture::{ElderFacts, Picture};
pub use plan_book::{PlanBook, Standing};
pub use report::{AlertReport, Position, Sender};
pub use retention::Retention;
pub use rounds::{Rounds, RoundsConfig};
pub use signs::{Signs, Told};
pub use supervision::{Supervision, SupervisionConfig};
pub use warnings::Warnings;
