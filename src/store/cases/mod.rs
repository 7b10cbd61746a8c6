//! Cases in the store: rows, the committer's one way to write them, and what is read.
//!
//! A batch of orders is decided where it is written ([`commit`]); nothing else writes a case row or an event. Reading is in
//! [`read`], checking in [`check`].

pub mod calls;
pub mod check;
pub mod commit;
mod history;
pub mod letters;
mod many;
pub mod outbox;
pub mod photos;
mod plans;
pub mod read;
pub mod reports;
pub mod retention;
pub mod roots;
pub(super) mod rows;
pub mod telling;

pub use calls::OpenCall;
pub use check::{Finding, Findings};
pub use commit::{
    AlertRow, Ask, Batch, Begin, Beside, Done, Enclosed, Found, News, NoteRow, Once, Opened, Order, Outcome, PhotoRow,
    Report, Verdict,
};
pub use history::Way;
pub use letters::{LetterRow, LetterState};
pub use outbox::{
    Claimed, Finish, Finished, Going, IN_NO_HAND, LetterDone, NO_CHANNEL, OLDEST, Oldest, OutboxRow, OutboxState,
    OutboxView, Sent, ToldFamily, due_sql,
};
pub use photos::PhotoView;
pub(super) use plans::Plans;
pub use read::{AlertView, CaseFilter, CaseView, Cursor, EventRow, LiveEvent, NoteView, Page, Snapshot};
pub use reports::{NoticeView, ReportRow, Reported, ReportedOf, ReportedWord, Resent, Told};
pub use retention::Deleted;
pub use roots::{BadRoot, Root};
pub use telling::{Exhausted, TellingDue, TellingRow, TellingState, TellingView, Wave, Waves, telling_id};
