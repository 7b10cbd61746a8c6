//! A round of checks: how somebody was who was looked after.

use super::words::words;

words! {
    /// How somebody of a round was.
    RoundResult ("result of a check") {
        /// Spoken with or seen, and well.
        Well = "well",
        /// Nobody answered; somebody looks again.
        NotReached = "not_reached",
        /// Needs help now.
        NeedsHelp = "needs_help",
    }
}
