//! Where the alerts of open cases said that somebody is: the newest fix of each case, in memory.
//!
//! What a viewer sees of a case is made without a look in the store, so what an alert said of the place has to be at hand. The row of
//! the alert is the truth: what is missing here is read from it by whoever may wait.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::report::Position;
use crate::ids::CaseId;
use crate::people::Fix;

impl Position {
    /// As a fix of `at` in WGS-84; none where it is not known in which reference system it was said, or where it lies on no globe.
    pub fn fix(&self, at: Timestamp) -> Option<Fix> {
        let point = self.crs?.to_wgs84(self.lat, self.lon).ok()?;
        Some(Fix {
            point,
            at,
            accuracy_m: self.accuracy_m,
        })
    }
}

/// The newest fix of each open case whose alerts named one.
#[derive(Default)]
pub struct Places(Mutex<HashMap<CaseId, Fix>>);

impl Places {
    /// An alert of the case said this; an older word than the known one changes nothing.
    pub fn hear(&self, case: CaseId, fix: Fix) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let it = known.entry(case).or_insert(fix);
        if it.at <= fix.at {
            *it = fix;
        }
    }

    /// What was said last.
    pub fn of(&self, case: CaseId) -> Option<Fix> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&case)
            .copied()
    }

    /// The case is closed, or never came to be.
    pub fn forget(&self, case: CaseId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&case);
    }
}
