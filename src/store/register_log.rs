//! Who has changed what in the register: one line a change, with the file before and after. Nothing that is sealed is in it.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, PAGE_MAX, page_after, put_rows, replacing};
use crate::ids::UserId;

mod register_event {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "register_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: String,
        pub at: Micros,
        pub account_id: Uuid,
        pub what: String,
        pub before: Option<String>,
        pub after: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// One change of the register.
#[derive(Debug, Clone, PartialEq)]
pub struct RegisterEvent {
    /// The line.
    pub id: Uuid,
    /// The id of what was changed, as on the wire.
    pub subject: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: UserId,
    /// A short stable word.
    pub what: String,
    /// The file before, where there was one.
    pub before: Option<serde_json::Value>,
    /// The file after.
    pub after: Option<serde_json::Value>,
}

impl register_event::Model {
    fn read(self) -> Result<RegisterEvent, StoreError> {
        let id = self.id;
        let at = At {
            table: "register_event",
            id: &id,
        };
        let value = |field: &'static str, text: Option<String>| text.map(|it| at.json(field, &it)).transpose();
        Ok(RegisterEvent {
            id,
            subject: self.subject,
            at: at.instant("at", self.at)?,
            by: UserId::new(self.account_id),
            what: self.what,
            before: value("before", self.before)?,
            after: value("after", self.after)?,
        })
    }
}

/// Writes a line in the caller's transaction.
pub(super) async fn put_event(tx: &impl ConnectionTrait, it: RegisterEvent) -> Result<(), StoreError> {
    put_events(tx, vec![it]).await
}

/// As [`put_event`], of what was changed of many at once.
pub(super) async fn put_events(tx: &impl ConnectionTrait, events: Vec<RegisterEvent>) -> Result<(), StoreError> {
    let row = |it: RegisterEvent| register_event::ActiveModel {
        id: Set(it.id),
        subject: Set(it.subject),
        at: Set(it.at.into()),
        account_id: Set(it.by.as_uuid()),
        what: Set(it.what),
        before: Set(it.before.map(|it| it.to_string())),
        after: Set(it.after.map(|it| it.to_string())),
    };
    let rows = events.into_iter().map(row).collect();
    put_rows(tx, rows, &replacing(&[register_event::Column::Id], &[])).await
}

/// Which lines of the register's log are looked for; what is `None` is of no matter.
#[derive(Debug, Clone, Default)]
pub struct LinesWanted {
    /// Written by this account.
    pub by: Option<UserId>,
    /// About the thing of this id.
    pub subject: Option<String>,
    /// With this word.
    pub what: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
}

impl Store {
    /// Writes a line about something that is no row of the register: that it was printed, or read out.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn log_register(&self, event: RegisterEvent) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(async move { put_event(tx, event).await }))
            .await
    }

    /// Lines of the whole register, the last first. `before`: instant and id of the last line of the page before.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn register_lines(
        &self,
        wanted: &LinesWanted,
        before: Option<(Timestamp, Uuid)>,
        limit: u64,
    ) -> Result<Vec<RegisterEvent>, StoreError> {
        use register_event::{Column, Entity};
        let found = Entity::find()
            .apply_if(wanted.by, |it, by| it.filter(Column::AccountId.eq(by.as_uuid())))
            .apply_if(wanted.subject.as_deref(), |it, id| it.filter(Column::Subject.eq(id)))
            .apply_if(wanted.what.as_deref(), |it, what| it.filter(Column::What.eq(what)))
            .apply_if(wanted.from, |it, from| it.filter(Column::At.gte(Micros::from(from))))
            .apply_if(wanted.until, |it, until| it.filter(Column::At.lt(Micros::from(until))))
            .filter(page_after(Column::At, Column::Id, before))
            .order_by_desc(Column::At)
            .order_by_desc(Column::Id)
            .limit(limit.clamp(1, PAGE_MAX))
            .all(self.reader())
            .await?;
        found.into_iter().map(register_event::Model::read).collect()
    }

    /// Writes a line about what was changed in more than one transaction: a sheet that was brought in.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn record(&self, it: RegisterEvent) -> Result<(), StoreError> {
        self.write(move |tx| {
            let it = it.clone();
            Box::pin(async move { put_event(tx, it).await })
        })
        .await
    }

    /// What was changed of one thing, the last first. `before`: instant and id of the last line of the page before.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn register_events(
        &self,
        subject: &str,
        before: Option<(Timestamp, Uuid)>,
        limit: u64,
    ) -> Result<Vec<RegisterEvent>, StoreError> {
        use register_event::{Column, Entity};
        let found = Entity::find()
            .filter(Column::Subject.eq(subject))
            .filter(page_after(Column::At, Column::Id, before))
            .order_by_desc(Column::At)
            .order_by_desc(Column::Id)
            .limit(limit.clamp(1, PAGE_MAX))
            .all(self.reader())
            .await?;
        found.into_iter().map(register_event::Model::read).collect()
    }
}
