//! The case: what is happening to one subject, and what may happen next.
//!
//! Nothing here waits, logs, reads a clock or knows of a database. Start at [`decide`](decide::decide): from a case, its
//! plan, a command and an instant to the records of what follows, or a refusal. [`Case::evolve`] puts a record into effect.
//!
//! ```text
//!            accept, window over            arrive               resolve / fine / false alarm        close
//!  ringing ----------------------> engaged --------> on_scene ---------------------------> resolved -------> closed
//!     ^  ^------- lead lost ----------'  ^--wrong address--'                                   |                |
//!     '---------------------------------- reopen ---------------------------------------------'----------------'
//! ```
//!
//! Holds always:
//! - an open case always has a deadline; the earliest is [`Case::due_at`]; a closed one has none;
//! - unanswered, a case only climbs: home, grid, street; the street rings again until someone answers;
//! - at most one responder leads;
//! - `evolve` over the records rebuilds the case; no field changes in any other way.

pub mod call;
pub mod command;
pub mod decide;
pub mod family;
pub mod file;
pub mod hindsight;
pub mod month;
pub mod notice;
pub mod plan;
pub mod record;
pub mod revision;
pub mod state;
pub mod summary;
pub mod times;
pub mod urge;
pub mod words;

mod closing;
pub mod entry;
mod evolve;
mod ladder;
mod offers;
mod scene;
pub mod service;
#[cfg(test)]
mod tests;

pub use call::{Call, CallLimits, CallOver, CallPurpose, CallSaid, CallState, Callee};
pub use command::{Alert, Candidate, Command, Exclusion, Opening, Proof};
pub use decide::{Context, Decision, Refusal, decide, open, open_with};
pub use entry::{Entry, EntryNeed, EntryStep};
pub use evolve::NotALog;
pub use family::{Askable, Asking, FamilyAsk, FamilyTry};
pub use file::FileMark;
pub use notice::{Notice, NoticeKind, Target, family_hears, notices};
pub use plan::{Plan, PlanId, PlanSet};
pub use record::{Event, NewOffer, Record};
pub use revision::{Figure, OwnPlans, PlanChange, PlanFlaw, PlanPlace, PlanRow};
pub use scene::PHOTOS_MAX;
pub use service::{
    CancelReason, RATINGS, Service, ServiceStage, StationAnswer, StationAsk, StationReason, Wish, Wishing,
};
pub use state::{Assignment, Case, Clock, ClockKind, ClockOf, FamilyMark, Offer, OfferState, Place, Stage};
pub use summary::{HandedUp, Standing, Summary};
pub use times::Times;
pub use urge::{URGE_AFTER_S, URGES_MAX, Urging};
pub use words::{
    Aftercare, Agency, AskedBy, AskedWhom, Author, DeclineReason, FalseReason, FamilyWord, FilePart, Kind, Lane,
    Outcome, Part, PhotoConsent, ReferralAnswer, Satisfaction, Severity, State, Subject, UnknownWord, Voice,
};
