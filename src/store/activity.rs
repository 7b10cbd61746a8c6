//! The rules by which somebody is missed who lives with sensors, and when each is looked at next.

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::connect::{Store, rows_per_statement};
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, Loaded, PAGE_MAX, Page, last_of_each, put_rows, replacing, rows, rows_of};
use super::seal::Sealed;
use crate::ids::{ElderId, UserId};
use crate::people::{OwnRules, Watched};

mod rule {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "activity_rule")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub elder_id: Uuid,
        pub rules: String,
        pub account_id: Uuid,
        pub changed_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod change {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "activity_rule_change")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub elder_id: Uuid,
        pub rules: String,
        pub account_id: Uuid,
        pub changed_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod due {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "activity_due")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub elder_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub rule: String,
        pub since: Micros,
        pub due_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod habit {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "activity_habit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub elder_id: Uuid,
        pub content: Sealed,
        pub changed_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of what is usual, as sealed content is bound to it.
pub const HABIT_TABLE: &str = "activity_habit";

/// When one rule of one elder is looked at next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityDue {
    /// Whose.
    pub elder: ElderId,
    /// Which.
    pub rule: Watched,
    /// From when on it counts.
    pub since: Timestamp,
    /// When somebody looks.
    pub due_at: Timestamp,
}

/// A change of an elder's own rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleChange {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: UserId,
    /// The rules from then on, as JSON.
    pub rules: String,
}

impl ActivityDue {
    fn row(self) -> due::ActiveModel {
        due::ActiveModel {
            elder_id: Set(self.elder.as_uuid()),
            rule: Set(self.rule.as_str().to_owned()),
            since: Set(self.since.into()),
            due_at: Set(self.due_at.into()),
        }
    }
}

impl due::Model {
    fn read(self) -> Result<ActivityDue, StoreError> {
        let elder = ElderId::new(self.elder_id);
        let at = At {
            table: "activity_due",
            id: &elder,
        };
        Ok(ActivityDue {
            elder,
            rule: at.word("rule", &self.rule)?,
            since: at.instant("since", self.since)?,
            due_at: at.instant("due_at", self.due_at)?,
        })
    }
}

/// Rows that read back. What a newer version watches for, or what is damaged, is left where it is: if it came with the others, a page of
/// it would keep everybody behind it from being looked at.
fn sound() -> Condition {
    use due::Column::{DueAt, Rule, Since};
    let known = Watched::ALL.iter().map(|it| it.as_str());
    let (first, last) = (Micros::from(Timestamp::MIN), Micros::from(Timestamp::MAX));
    Condition::all()
        .add(Rule.is_in(known))
        .add(Since.between(first, last))
        .add(DueAt.between(first, last))
}

impl Store {
    /// What was learned of some elders, or of all; sealed for table [`HABIT_TABLE`], column `content`, row the elder's id.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn activity_habits(&self, of: Option<&[ElderId]>) -> Result<Vec<(ElderId, Sealed)>, StoreError> {
        use habit::{Column, Entity};
        let mut all = Vec::new();
        let mut take = |found: Vec<habit::Model>| {
            let last = found.last().map(|it| it.elder_id);
            all.extend(found.into_iter().map(|it| (ElderId::new(it.elder_id), it.content)));
            last
        };
        if let Some(of) = of {
            for some in of.chunks(rows_per_statement(1)) {
                let ids = some.iter().map(|it| it.as_uuid());
                take(
                    Entity::find()
                        .filter(Column::ElderId.is_in(ids))
                        .all(self.reader())
                        .await?,
                );
            }
            return Ok(all);
        }
        let mut after = Uuid::nil();
        loop {
            let page = Entity::find().filter(Column::ElderId.gt(after));
            let found = page
                .order_by_asc(Column::ElderId)
                .limit(PAGE_MAX)
                .all(self.reader())
                .await?;
            match take(found) {
                Some(last) => after = last,
                None => return Ok(all),
            }
        }
    }

    /// Keeps what was learned of elders, and forgets what was learned of others; all or nothing.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_activity_habits(
        &self,
        habits: Vec<(ElderId, Sealed)>,
        forget: Vec<ElderId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        use habit::{ActiveModel, Column, Entity};
        let row = |(elder, content): (ElderId, Sealed)| ActiveModel {
            elder_id: Set(elder.as_uuid()),
            content: Set(content),
            changed_at: Set(now.into()),
        };
        let rows: Vec<ActiveModel> = habits.into_iter().map(row).collect();
        self.write(move |tx| {
            Box::pin(async move {
                for some in forget.chunks(rows_per_statement(1)) {
                    let ids = some.iter().map(|it| it.as_uuid());
                    Entity::delete_many()
                        .filter(Column::ElderId.is_in(ids))
                        .exec(tx)
                        .await?;
                }
                put_rows(tx, rows, &replacing(&[Column::ElderId], &[])).await
            })
        })
        .await
    }

    /// Every elder's own rules.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn activity_rules(&self) -> Result<Loaded<(ElderId, OwnRules)>, StoreError> {
        use rule::{Column, Entity};
        let read = |it: rule::Model| {
            let elder = ElderId::new(it.elder_id);
            let rules = serde_json::from_str(&it.rules);
            let rules =
                rules.map_err(|error| StoreError::corrupt("activity_rule", elder, "rules", error.to_string()))?;
            Ok((elder, rules))
        };
        let mut all = Loaded::default();
        let mut after: Option<Uuid> = None;
        loop {
            let mut select = Entity::find();
            if let Some(after) = after {
                select = select.filter(Column::ElderId.gt(after));
            }
            let select = select.order_by_asc(Column::ElderId).limit(PAGE_MAX);
            let found = rows(self.reader(), select, "activity_rule", "elder_id").await?;
            after = all.take(Page::of(found, PAGE_MAX, read));
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Gives an elder rules of their own, sets when they are looked at, and files who has changed them; all or nothing.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_activity_rules(
        &self,
        elder: ElderId,
        rules: &OwnRules,
        due: Vec<ActivityDue>,
        (by, now, change): (UserId, Timestamp, Uuid),
    ) -> Result<(), StoreError> {
        let line = change::ActiveModel {
            id: Set(change),
            elder_id: Set(elder.as_uuid()),
            rules: Set(serde_json::to_string(rules).unwrap_or_default()),
            account_id: Set(by.as_uuid()),
            changed_at: Set(now.into()),
        };
        let row = rule::ActiveModel {
            elder_id: Set(elder.as_uuid()),
            // Words and figures always serialise.
            rules: Set(serde_json::to_string(rules).unwrap_or_default()),
            account_id: Set(by.as_uuid()),
            changed_at: Set(now.into()),
        };
        let due: Vec<due::ActiveModel> = due.into_iter().map(ActivityDue::row).collect();
        self.write(move |tx| {
            Box::pin(async move {
                put_rows(tx, vec![row], &replacing(&[rule::Column::ElderId], &[])).await?;
                let once = OnConflict::column(change::Column::Id).do_nothing().to_owned();
                put_rows(tx, vec![line], &once).await?;
                put_rows(tx, due, &replacing(&[due::Column::ElderId, due::Column::Rule], &[])).await
            })
        })
        .await
    }

    /// The last changes of an elder's own rules, the newest first, at most `limit`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn activity_rule_changes(&self, elder: ElderId, limit: u64) -> Result<Vec<RuleChange>, StoreError> {
        let rows = change::Entity::find()
            .filter(change::Column::ElderId.eq(elder.as_uuid()))
            .order_by_desc(change::Column::ChangedAt)
            .order_by_desc(change::Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        let read = |it: change::Model| RuleChange {
            at: it.changed_at.into(),
            by: UserId::new(it.account_id),
            rules: it.rules,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Sets when rules are looked at; `begin`: those that stand already stay as they are.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_activity_due(&self, due: Vec<ActivityDue>, begin: bool) -> Result<(), StoreError> {
        use due::Column::{ElderId, Rule};
        let due = last_of_each(due, |it| (it.elder, it.rule.as_str()));
        let rows: Vec<due::ActiveModel> = due.into_iter().map(ActivityDue::row).collect();
        let conflict = if begin {
            OnConflict::columns([ElderId, Rule]).do_nothing().to_owned()
        } else {
            replacing(&[ElderId, Rule], &[])
        };
        self.write(move |tx| Box::pin(async move { put_rows(tx, rows, &conflict).await }))
            .await
    }

    /// Looks at a rule no more, unless it counts from another instant by now.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn drop_activity_due(&self, of: Vec<ActivityDue>) -> Result<(), StoreError> {
        use due::{Column, Entity};
        self.write(move |tx| {
            Box::pin(async move {
                // One statement each: people get up a few times a night.
                for it in of {
                    Entity::delete_many()
                        .filter(Column::ElderId.eq(it.elder.as_uuid()))
                        .filter(Column::Rule.eq(it.rule.as_str()))
                        .filter(Column::Since.eq(Micros::from(it.since)))
                        .exec(tx)
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// What is due at `now`, the earliest first. Rows that do not read back are named by [`Store::activity_standing`].
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn activity_due(&self, now: Timestamp, limit: u64) -> Result<Vec<ActivityDue>, StoreError> {
        use due::{Column, Entity};
        let select = Entity::find()
            .filter(sound())
            .filter(Column::DueAt.lte(Micros::from(now)))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::ElderId)
            .limit(limit);
        let found = rows(self.reader(), select, "activity_due", "elder_id").await?;
        Ok(Page::of(found, limit, due::Model::read).items)
    }

    /// Every rule that stands, of everybody.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn activity_standing(&self) -> Result<Loaded<ActivityDue>, StoreError> {
        use due::{Column, Entity};
        let columns = [Column::ElderId, Column::Rule, Column::Since, Column::DueAt];
        let select = Entity::find().select_only().columns(columns);
        let found = rows_of(self.reader(), select, "activity_due", |cells| {
            Ok(due::Model {
                elder_id: cells.take()?,
                rule: cells.take()?,
                since: cells.take()?,
                due_at: cells.take()?,
            })
        });
        let mut all = Loaded::default();
        all.take(Page::of(found.await?, u64::MAX, due::Model::read));
        Ok(all)
    }

    /// When the rules of an elder are looked at; without those that do not read back.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn activity_due_of(&self, elder: ElderId) -> Result<Vec<ActivityDue>, StoreError> {
        use due::{Column, Entity};
        let select = Entity::find()
            .filter(sound())
            .filter(Column::ElderId.eq(elder.as_uuid()))
            .order_by_asc(Column::Rule);
        let found = rows(self.reader(), select, "activity_due", "elder_id").await?;
        Ok(Page::of(found, u64::MAX, due::Model::read).items)
    }
}
