//! The end of a practice: what nobody takes part in any more is closed, so that no exercise rings on unseen; and so is what devices have
//! said in tests that are over.

use super::desk::{Desk, DeskError};
use crate::case::{Author, Command, Outcome, Part, Proof, State};
use crate::store::cases::CaseFilter;

/// Open cases that are read at a time.
const PAGE: u64 = 500;

impl Desk {
    /// Closes every practice case that is open while no desk takes part, and what devices said in tests that are over; answers how many.
    /// Real cases are never touched.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_practice(&self) -> Result<usize, DeskError> {
        let now = self.clock().now();
        let practised = self.picture().practitioners(now).iter().any(|it| it.desk);
        let filter = CaseFilter {
            open: true,
            drills: true,
            ..CaseFilter::default()
        };
        let (mut closed, mut after) = (0, None);
        loop {
            let page = self.store().list_cases(&filter, after, PAGE).await?;
            for view in &page.items {
                let goes_on = match view.case.part {
                    Some(Part::Test(device)) => self.picture().test_of(device, now).is_some(),
                    Some(Part::Device(_) | Part::Carrier(_)) | None => practised,
                };
                if goes_on {
                    continue;
                }
                // Closed by now, or not to be closed yet: the next look comes within a minute.
                match self.end_drill(view.case.id, view.case.state).await {
                    Ok(()) => closed += 1,
                    Err(DeskError::Refused(..) | DeskError::NotFound(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(closed);
            }
        }
    }

    async fn end_drill(&self, case: crate::ids::CaseId, state: State) -> Result<(), DeskError> {
        let outcome = Outcome::FalseAlarm;
        if state != State::Resolved {
            self.handle(case, Command::Resolve { outcome }, Author::System).await?;
        }
        let close = Command::Close {
            outcome: Some(outcome),
            proof: Proof::None,
        };
        self.handle(case, close, Author::System).await?;
        Ok(())
    }
}
