//! The frozen plans in memory: a few dozen, immutable, and known to be stored.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::case::{Plan, PlanId};

/// Plans by the hash of their content. What is in here is in the table as well.
#[derive(Default)]
pub struct Plans(RwLock<HashMap<PlanId, Arc<Plan>>>);

impl Plans {
    /// One plan.
    pub fn get(&self, id: PlanId) -> Option<Arc<Plan>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }
    /// A plan that was read from the table, or committed to it.
    pub fn put(&self, id: PlanId, plan: Arc<Plan>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id, plan);
    }
}
