//! The plans of every street as they stand: the shipped set, and in its place what a street has filed of its own.
//!
//! The store is the truth; the book follows it by a look every few seconds ([`PlanBook::read`]), at every node alike. A version that
//! begins later is here before it begins, so that it begins on time and costs no look.
//!
//! Holds always:
//! - a case gets the last version that has begun when it opens, and keeps it: nothing here touches a case that is open;
//! - a version that does not read back is set aside and named; the one before it goes on, and at last the shipped set.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use crate::case::{Kind, OwnPlans, Plan, PlanSet};
use crate::people::{AreaCode, AreaLevel, Need};
use crate::store::{PlanHead, Store, StoreError, StreetPlan};

/// How often a node looks for what another one has filed.
pub const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(2);

/// Plans that are kept put together; beyond that they are put together anew.
const FITTING_MAX: usize = 8_192;

/// One version, ready to be chosen from.
#[derive(Debug, Clone)]
pub struct Standing {
    /// As it was filed; none: the shipped set, which holds where a street has nothing of its own.
    pub filed: Option<Arc<StreetPlan>>,
    /// What it makes of the shipped set.
    pub set: Arc<PlanSet>,
}

impl Standing {
    /// Which version; 0: the shipped set.
    pub fn version(&self) -> i64 {
        self.filed.as_ref().map_or(0, |it| it.head.version)
    }
}

/// What a plan is chosen by: whose version, kind, needs that count today, local hour.
type Fitting = (Option<(AreaCode, i64)>, Kind, BTreeSet<Need>, u8);

#[derive(Default)]
struct Held {
    /// Of each street what is in force or begins later, by version.
    streets: HashMap<AreaCode, Vec<Standing>>,
    /// Versions that do not read back; they are not asked for again.
    aside: BTreeSet<(AreaCode, i64)>,
    /// The last version of each street, read back or not.
    last: HashMap<AreaCode, i64>,
}

/// The book. One a process.
pub struct PlanBook {
    shipped: Arc<PlanSet>,
    held: RwLock<Held>,
    /// Plans as they were put together for a kind, some needs and an hour: few, and asked for at every alert.
    fitting: RwLock<HashMap<Fitting, Arc<Plan>>>,
}

impl PlanBook {
    /// With nothing but the shipped set.
    pub fn new(shipped: PlanSet) -> Self {
        Self {
            shipped: Arc::new(shipped),
            held: RwLock::default(),
            fitting: RwLock::default(),
        }
    }

    /// The set that holds where a street has none of its own.
    pub fn shipped(&self) -> &PlanSet {
        &self.shipped
    }

    /// What is in force at an instant and what begins after it, in the order of the versions; never empty. `area` may be smaller than a
    /// street, or none.
    pub fn standing(&self, area: Option<AreaCode>, at: Timestamp) -> Vec<Standing> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let own = street(area).and_then(|it| held.streets.get(&it));
        let own = own.map(Vec::as_slice).unwrap_or_default();
        let begun = |it: &Standing| it.filed.as_ref().is_some_and(|it| it.head.from_at <= at);
        match own.iter().rposition(begun) {
            Some(first) => own[first..].to_vec(),
            None => std::iter::once(self.of_the_house())
                .chain(own.iter().cloned())
                .collect(),
        }
    }

    fn of_the_house(&self) -> Standing {
        Standing {
            filed: None,
            set: self.shipped.clone(),
        }
    }

    /// What is in force at an instant.
    pub fn in_force(&self, area: Option<AreaCode>, at: Timestamp) -> Standing {
        let mut all = self.standing(area, at);
        all.swap_remove(0)
    }

    /// The last version of a street that has been seen, begun or not; 0: it has none.
    pub fn last_version(&self, of: AreaCode) -> i64 {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        street(Some(of))
            .and_then(|it| held.last.get(&it))
            .copied()
            .unwrap_or_default()
    }

    /// The plan of one kind for these needs, at the local `hour`, as it is in force at an instant.
    pub fn plan_for(
        &self,
        area: Option<AreaCode>,
        at: Timestamp,
        kind: Kind,
        needs: &BTreeSet<Need>,
        hour: u8,
    ) -> Arc<Plan> {
        let standing = self.in_force(area, at);
        let of = street(area).filter(|_| standing.filed.is_some());
        let by: Fitting = (of.map(|it| (it, standing.version())), kind, needs.clone(), hour);
        if let Some(plan) = self.fitting.read().unwrap_or_else(PoisonError::into_inner).get(&by) {
            return plan.clone();
        }
        let plan = Arc::new(standing.set.plan_for(kind, needs, hour));
        let mut fitting = self.fitting.write().unwrap_or_else(PoisonError::into_inner);
        if fitting.len() >= FITTING_MAX {
            fitting.clear();
        }
        fitting.entry(by).or_insert(plan).clone()
    }

    /// A street's own plans under the name that its cases are shown with.
    pub fn set_of(&self, street: AreaCode, version: i64, own: &OwnPlans) -> PlanSet {
        let name = format!("{}/{street}.{version}", self.shipped.name);
        self.shipped.with(own, name)
    }

    /// Looks for what has been filed since the last look; answers what does not read back and was not named before.
    ///
    /// # Errors
    /// The store's; the book stays as it was.
    pub async fn read(&self, store: &Store, now: Timestamp) -> Result<Vec<StoreError>, StoreError> {
        let heads = store.plan_heads().await?;
        let mut by_street: HashMap<AreaCode, Vec<PlanHead>> = HashMap::new();
        for head in heads.items {
            by_street.entry(head.street).or_default().push(head);
        }
        let mut aside = heads.aside;
        for (street, heads) in by_street {
            aside.extend(self.read_street(store, street, &heads, now).await?);
        }
        Ok(aside)
    }

    async fn read_street(
        &self,
        store: &Store,
        street: AreaCode,
        heads: &[PlanHead],
        now: Timestamp,
    ) -> Result<Vec<StoreError>, StoreError> {
        let (known, bad) = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            (
                held.streets.get(&street).cloned().unwrap_or_default(),
                held.aside.clone(),
            )
        };
        let mut standing: Vec<Standing> = Vec::new();
        let mut aside = Vec::new();
        let mut set_aside = Vec::new();
        // From the last backwards, until one is there that has begun.
        for head in heads.iter().rev() {
            let seen = known.iter().find(|it| it.version() == head.version).cloned();
            let found = match seen {
                Some(it) => Some(it),
                None if bad.contains(&(street, head.version)) => None,
                None => match store.street_plan(street, head.version).await {
                    Ok(found) => found.map(|it| Standing {
                        set: Arc::new(self.set_of(street, head.version, &it.plans)),
                        filed: Some(Arc::new(it)),
                    }),
                    Err(error @ StoreError::Corrupt { .. }) => {
                        set_aside.push((street, head.version));
                        aside.push(error);
                        None
                    }
                    Err(error) => return Err(error),
                },
            };
            let has_begun = found.is_some() && head.from_at <= now;
            standing.extend(found);
            if has_begun {
                break;
            }
        }
        standing.reverse();
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        // Two looks at once: the one that saw more stands.
        let last = heads.last().map_or(0, |it| it.version);
        let before = held.last.get(&street).copied().unwrap_or_default();
        if last >= before {
            held.last.insert(street, last);
            held.streets.insert(street, standing);
            held.aside.extend(set_aside);
        }
        Ok(aside)
    }
}

fn street(area: Option<AreaCode>) -> Option<AreaCode> {
    area?.at(AreaLevel::Street)
}
