//! What is learned of how long elders are usually quiet: in memory, written once an hour, and only of those for whom it is switched on.
//!
//! A sign costs a look into a table; what it teaches is one row an elder ([`Habit`]). A crash costs what the last hour has taught: the
//! stretch over it was not listened to whole, and counts as none.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Activity;
use crate::ids::ElderId;
use crate::people::{Elder, Habit, Learning, NoActivityRule, USUAL_DAYS_MIN, Usual};
use crate::store::activity::HABIT_TABLE;
use crate::store::{Engine, Sealed, StoreError};

/// How often what was learned is written.
const WRITE_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Elders written in one transaction.
const WRITE_MAX: usize = 512;

#[derive(Default)]
pub(super) struct Habits(Mutex<Table>);

#[derive(Default)]
struct Table {
    of: HashMap<ElderId, Habit>,
    unwritten: HashSet<ElderId>,
    forgotten: HashSet<ElderId>,
    loaded: bool,
    written_at: Option<Timestamp>,
}

impl Habits {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of how long somebody is usually quiet, for whoever looks at their rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Learned {
    /// Whole days that count so far; nothing is usual before there are enough.
    pub days: usize,
    /// By the hours at which a quiet stretch begins.
    pub usual: Vec<Usual>,
}

impl Learned {
    /// So many days are enough.
    pub const DAYS_MIN: usize = USUAL_DAYS_MIN;
}

impl Activity {
    /// What was learned of an elder; nothing where nothing is learned of them.
    pub fn learned(&self, elder: &Elder) -> Learned {
        if self.rules(elder).learning == Learning::Off {
            return Learned::default();
        }
        let (today, _) = self.0.desk.local(self.0.desk.clock().now());
        let table = self.0.habits.table();
        table.of.get(&elder.id).map_or_else(Learned::default, |it| Learned {
            days: it.days(today),
            usual: it.usual(today),
        })
    }

    /// An elder has given a sign of life.
    pub(super) fn learn(&self, elder: ElderId, at: Timestamp) {
        let last = self.0.habits.table().of.get(&elder).and_then(Habit::last_at);
        let deaf = match last.filter(|it| *it < at) {
            Some(last) => at.duration_since(last) - self.0.supervision.listened(last, at),
            None => SignedDuration::ZERO,
        };
        let (waking, offset) = (self.0.config.waking(), self.offset());
        let mut table = self.0.habits.table();
        table.of.entry(elder).or_default().sign(at, deaf, waking, offset);
        table.unwritten.insert(elder);
    }

    /// An elder has left home for a time, or is back.
    pub(super) fn pause_habit(&self, elder: ElderId) {
        if let Some(habit) = self.0.habits.table().of.get_mut(&elder) {
            habit.pause();
        }
    }

    /// Nothing more is learned of an elder, and what was learned is forgotten.
    pub(super) fn forget_habit(&self, elder: ElderId) {
        let mut table = self.0.habits.table();
        table.unwritten.remove(&elder);
        if table.of.remove(&elder).is_some() {
            table.forgotten.insert(elder);
        }
    }

    /// What is usual for an elder after a sign at `since`.
    pub(super) fn usual_after(&self, elder: ElderId, since: Timestamp) -> Option<Usual> {
        let (today, _) = self.0.desk.local(self.0.desk.clock().now());
        let hour = self.offset().to_datetime(since).hour();
        self.0.habits.table().of.get(&elder)?.usual_at(hour, today)
    }

    /// When the silence of an elder since `since` is too long: by the rule, or sooner by what is usual for them.
    pub(super) fn silence_ends(&self, elder: &Elder, rule: &NoActivityRule, since: Timestamp) -> Timestamp {
        let window = SignedDuration::from_hours(rule.hours.into());
        let end = self.window_end(since, window, self.hours(rule));
        match self.usual_end(elder, since) {
            Some(sooner) => end.min(sooner),
            None => end,
        }
    }

    /// When it is too long by what is usual for them, where that holds.
    fn usual_end(&self, elder: &Elder, since: Timestamp) -> Option<Timestamp> {
        if self.rules(elder).learning != Learning::Tighten {
            return None;
        }
        let usual = self.usual_after(elder.id, since)?;
        Some(self.window_end(since, usual.window(), self.0.config.waking()))
    }

    /// When somebody looks next who has found the last sign at `since`: when the silence is too long, and before a silence that begins now could
    /// be, by the shortest of their windows. So no sign moves a row, and none is looked at too late.
    pub(super) fn next_look(&self, elder: &Elder, rule: &NoActivityRule, since: Timestamp) -> Timestamp {
        let end = self.silence_ends(elder, rule, since);
        if self.rules(elder).learning != Learning::Tighten {
            return end;
        }
        let shortest = self.learned(elder).usual.iter().map(Usual::window).min();
        let now = self.0.desk.clock().now();
        match shortest {
            Some(window) => end.min(self.window_end(now, window, self.0.config.waking())),
            None => end,
        }
    }

    /// What is usual, as it stands in the case: the figures, and whether it is by them that somebody is missed now.
    pub(super) fn usual_said(
        &self,
        elder: &Elder,
        rule: &NoActivityRule,
        since: Timestamp,
    ) -> Option<(Usual, bool, Value)> {
        if self.rules(elder).learning == Learning::Off {
            return None;
        }
        let usual = self.usual_after(elder.id, since)?;
        let window = SignedDuration::from_hours(rule.hours.into());
        let by_rule = self.window_end(since, window, self.hours(rule));
        let holds = self.usual_end(elder, since).is_some_and(|it| it < by_rule);
        let said = json!({
            "from_h": usual.from_h, "until_h": usual.until_h, "days": usual.days, "from": usual.from, "to": usual.to,
            "longest_min": usual.longest.as_mins(), "window_min": usual.window().as_mins(), "in_force": holds,
        });
        Some((usual, holds, said))
    }

    /// Reads what was learned, once, when the register has been read; of whom nothing is to be learned any more it is forgotten.
    pub(super) async fn load_habits(&self) -> Result<(), StoreError> {
        let picture = self.0.desk.picture();
        if self.0.habits.table().loaded || !picture.is_whole() {
            return Ok(());
        }
        let rows = self.0.desk.store().activity_habits(None).await?;
        for (elder, content) in rows {
            let learns = picture
                .elder(elder)
                .is_some_and(|it| self.rules(&it).learning != Learning::Off);
            let habit = if learns {
                self.open_habit(elder, &content)?
            } else {
                None
            };
            let mut table = self.0.habits.table();
            match habit {
                Some(habit) => table.of.entry(elder).or_default().merge(&habit),
                None if learns => {} // it does not open: it is written anew
                None => _ = table.forgotten.insert(elder),
            }
        }
        self.0.habits.table().loaded = true;
        Ok(())
    }

    /// None: it does not open or does not read back, and is learned anew.
    fn open_habit(&self, elder: ElderId, content: &Sealed) -> Result<Option<Habit>, StoreError> {
        let ring = self.0.desk.store().keys()?.clone();
        let text = match ring.open_field(content, HABIT_TABLE, "content", elder.as_uuid()) {
            Ok(it) => it,
            Err(error) => {
                tracing::debug!(%error, elder.id = %elder, "what was learned of an elder does not open");
                return Ok(None);
            }
        };
        let read = serde_json::from_slice(&text);
        Ok(read
            .inspect_err(
                |error| tracing::warn!(%error, elder.id = %elder, "what was learned of an elder does not read back"),
            )
            .ok())
    }

    /// Writes what was learned since the last time. Of several nodes each has heard its part: it is written beside what they know.
    ///
    /// # Errors
    /// The store's; what was not written is written the next time.
    pub async fn write_habits(&self) -> Result<usize, StoreError> {
        let store = self.0.desk.store();
        let now = self.0.desk.clock().now();
        let mut written = 0;
        loop {
            let (some, forget): (Vec<ElderId>, Vec<ElderId>) = {
                let mut table = self.0.habits.table();
                table.written_at = Some(now);
                let some: Vec<ElderId> = table.unwritten.iter().take(WRITE_MAX).copied().collect();
                for it in &some {
                    table.unwritten.remove(it);
                }
                (some, table.forgotten.drain().collect())
            };
            if some.is_empty() && forget.is_empty() {
                return Ok(written);
            }
            let done = async {
                if store.engine() == Engine::Postgres {
                    for (elder, content) in store.activity_habits(Some(&some)).await? {
                        let theirs = self.open_habit(elder, &content)?;
                        let mut table = self.0.habits.table();
                        if let (Some(mine), Some(theirs)) = (table.of.get_mut(&elder), theirs) {
                            mine.merge(&theirs);
                        }
                    }
                }
                let sealed: Result<Vec<_>, StoreError> = some.iter().filter_map(|it| self.seal_habit(*it)).collect();
                store.put_activity_habits(sealed?, forget.clone(), now).await
            };
            if let Err(error) = done.await {
                let mut table = self.0.habits.table();
                table.unwritten.extend(some);
                table.forgotten.extend(forget);
                return Err(error);
            }
            written += some.len();
        }
    }

    /// Under the elder's own key, so that who is erased is erased here too.
    fn seal_habit(&self, elder: ElderId) -> Option<Result<(ElderId, Sealed), StoreError>> {
        let text = serde_json::to_vec(self.0.habits.table().of.get(&elder)?).unwrap_or_default();
        let seal = || -> Result<(ElderId, Sealed), StoreError> {
            let ring = self.0.desk.store().keys()?;
            let own = ring.elder(elder);
            let key = own.as_ref().unwrap_or_else(|| ring.general());
            Ok((elder, key.seal(HABIT_TABLE, "content", elder.as_uuid(), &text)?))
        };
        Some(seal())
    }

    /// Once an hour.
    pub(super) async fn write_habits_by_the_hour(&self) -> Result<(), StoreError> {
        let now = self.0.desk.clock().now();
        let due = {
            let mut table = self.0.habits.table();
            let at = *table.written_at.get_or_insert(now);
            now.duration_since(at) >= WRITE_EVERY || !table.forgotten.is_empty()
        };
        if due {
            self.write_habits().await?;
        }
        Ok(())
    }
}
