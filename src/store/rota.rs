//! The rota as the office and its people change it: shifts filed and withdrawn with their line in the log, a street's usual weeks, shifts that
//! change hands, and links under which somebody's calendar reads their shifts.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::connect::Store;
use super::error::StoreError;
use super::link_token::LinkToken;
use super::micros::Micros;
use super::register_log::{RegisterEvent, put_event};
use super::registry::{At, json, put_rows};
use super::responders::{put_shift_rows, shift_rows, withdraw_shift_row};
use crate::ids::{ResponderId, UserId};
use crate::people::{AreaCode, RotaWeek, Shift};

mod week {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "rota_week")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub street: String,
        pub version: i64,
        pub content: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod swap {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shift_swap")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub responder_id: Uuid,
        pub from_at: Micros,
        pub until_at: Micros,
        pub with_id: Uuid,
        pub back_from_at: Option<Micros>,
        pub back_until_at: Option<Micros>,
        pub asked_at: Micros,
        pub state: String,
        pub answered_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod link {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "calendar_link")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub link_hash: Vec<u8>,
        pub account_id: Uuid,
        pub responder_id: Uuid,
        pub made_at: Micros,
        pub seen_at: Option<Micros>,
        pub revoked_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const WEEKS: &str = "rota_week";
const SWAPS: &str = "shift_swap";
/// Swaps that one look shows.
const SWAPS_MAX: u64 = 200;
/// A calendar that reads in between does not write that it did.
const SEEN_EVERY_MICROS: i64 = 3_600_000_000;

/// Asked of somebody: to take a shift, and perhaps to give one for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftSwap {
    /// The line.
    pub id: Uuid,
    /// The shift to be given away; its responder asks.
    pub shift: Shift,
    /// Who is asked.
    pub with: ResponderId,
    /// Their shift that is taken in exchange.
    pub back: Option<Shift>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// `asked`, `agreed`, `declined`, `taken_back`.
    pub state: String,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
}

impl swap::Model {
    fn read(self) -> Result<ShiftSwap, StoreError> {
        let id = self.id;
        let at = At { table: SWAPS, id: &id };
        let maybe = |column, it: Option<Micros>| it.map(|it| at.instant(column, it)).transpose();
        let with = ResponderId::new(self.with_id);
        let back = maybe("back_from_at", self.back_from_at)?.zip(maybe("back_until_at", self.back_until_at)?);
        let own = |responder, from, until| Shift {
            responder,
            from,
            until,
            stands_in_for: None,
        };
        Ok(ShiftSwap {
            id,
            shift: own(
                ResponderId::new(self.responder_id),
                at.instant("from_at", self.from_at)?,
                at.instant("until_at", self.until_at)?,
            ),
            with,
            back: back.map(|(from, until)| own(with, from, until)),
            asked_at: at.instant("asked_at", self.asked_at)?,
            state: self.state,
            answered_at: maybe("answered_at", self.answered_at)?,
        })
    }
}

impl Store {
    /// Puts shifts on the rota with the line that says who, all or none.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Reference(..))` when a responder is not filed.
    pub async fn file_shifts(&self, shifts: Vec<Shift>, event: RegisterEvent) -> Result<(), StoreError> {
        let rows = shift_rows(shifts)?;
        self.write(move |tx| {
            Box::pin(async move {
                put_shift_rows(tx, rows).await?;
                put_event(tx, event).await
            })
        })
        .await
    }

    /// Takes a shift off the rota with the line that says who; whether it stood there.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn withdraw_shift(
        &self,
        who: ResponderId,
        from: Timestamp,
        event: RegisterEvent,
    ) -> Result<bool, StoreError> {
        let now = event.at;
        self.write(move |tx| {
            Box::pin(async move {
                let stood = withdraw_shift_row(tx, who, from, now).await?;
                if stood {
                    put_event(tx, event).await?;
                }
                Ok(stood)
            })
        })
        .await
    }

    /// A street's usual weeks and their version; none yet: version 0.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn rota_weeks(&self, street: AreaCode) -> Result<(i64, Vec<RotaWeek>), StoreError> {
        let found = week::Entity::find_by_id(street.to_string()).one(self.reader()).await?;
        let Some(row) = found.filter(|it| it.version > 0) else {
            return Ok((0, Vec::new()));
        };
        let at = At {
            table: WEEKS,
            id: &row.street,
        };
        Ok((row.version, at.json("content", &row.content)?))
    }

    /// Puts a street's weeks over the version that was seen (0: it had none), with the line that says who.
    ///
    /// # Errors
    /// `Conflict(Version)` when somebody was quicker.
    pub async fn edit_rota_weeks(
        &self,
        street: AreaCode,
        weeks: &[RotaWeek],
        version: i64,
        event: RegisterEvent,
    ) -> Result<(), StoreError> {
        use week::{ActiveModel, Column, Entity};
        let street = street.to_string();
        let content = json(WEEKS, "content", &weeks)?;
        let begun = ActiveModel {
            street: Set(street.clone()),
            version: Set(0),
            content: Set(String::new()),
        };
        self.write(move |tx| {
            Box::pin(async move {
                let there = OnConflict::column(Column::Street).do_nothing().to_owned();
                put_rows(tx, vec![begun], &there).await?;
                let raised = Entity::update_many()
                    .col_expr(Column::Version, Expr::value(version + 1))
                    .col_expr(Column::Content, Expr::value(content))
                    .filter(Column::Street.eq(street.clone()))
                    .filter(Column::Version.eq(version))
                    .exec(tx)
                    .await?;
                if raised.rows_affected != 1 {
                    return Err(StoreError::stale(WEEKS, street));
                }
                put_event(tx, event).await
            })
        })
        .await
    }

    /// Files that somebody was asked to take a shift.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn ask_swap(&self, it: ShiftSwap) -> Result<(), StoreError> {
        let row = swap::ActiveModel {
            id: Set(it.id),
            responder_id: Set(it.shift.responder.as_uuid()),
            from_at: Set(it.shift.from.into()),
            until_at: Set(it.shift.until.into()),
            with_id: Set(it.with.as_uuid()),
            back_from_at: Set(it.back.as_ref().map(|it| it.from.into())),
            back_until_at: Set(it.back.as_ref().map(|it| it.until.into())),
            asked_at: Set(it.asked_at.into()),
            state: Set(it.state),
            answered_at: Set(None),
        };
        self.write(move |tx| Box::pin(async move { Ok(row.insert(tx).await.map(|_| ())?) }))
            .await
    }

    /// Swaps of shifts that end after `since`, the newest first: those that one asked or is asked; of everybody when nobody is named.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn swaps(&self, of: Option<ResponderId>, since: Timestamp) -> Result<Vec<ShiftSwap>, StoreError> {
        use swap::{Column, Entity};
        let theirs = of.map_or_else(Condition::all, |of| {
            Condition::any()
                .add(Column::ResponderId.eq(of.as_uuid()))
                .add(Column::WithId.eq(of.as_uuid()))
        });
        let found = Entity::find()
            .filter(theirs)
            .filter(Column::UntilAt.gt(Micros::from(since)))
            .order_by_desc(Column::AskedAt)
            .order_by_desc(Column::Id)
            .limit(SWAPS_MAX)
            .all(self.reader())
            .await?;
        found.into_iter().map(swap::Model::read).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn swap(&self, id: Uuid) -> Result<Option<ShiftSwap>, StoreError> {
        let found = swap::Entity::find_by_id(id).one(self.reader()).await?;
        found.map(swap::Model::read).transpose()
    }

    /// Answers what is asked still, and puts `shifts` on the rota with it; whether it was this answer.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn answer_swap(
        &self,
        id: Uuid,
        state: &'static str,
        shifts: Vec<Shift>,
        event: RegisterEvent,
    ) -> Result<bool, StoreError> {
        let rows = shift_rows(shifts)?;
        self.write(move |tx| {
            Box::pin(async move {
                use swap::{Column, Entity};
                let answered = Entity::update_many()
                    .col_expr(Column::State, Expr::value(state))
                    .col_expr(Column::AnsweredAt, Expr::value(Micros::from(event.at)))
                    .filter(Column::Id.eq(id))
                    .filter(Column::State.eq("asked"))
                    .exec(tx)
                    .await?;
                if answered.rows_affected != 1 {
                    return Ok(false);
                }
                put_shift_rows(tx, rows).await?;
                put_event(tx, event).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Files the link of a calendar; the account's former ones end.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn add_calendar(
        &self,
        id: Uuid,
        account: UserId,
        responder: ResponderId,
        token: &LinkToken,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = link::ActiveModel {
            id: Set(id),
            link_hash: Set(token.hash()),
            account_id: Set(account.as_uuid()),
            responder_id: Set(responder.as_uuid()),
            made_at: Set(now.into()),
            seen_at: Set(None),
            revoked_at: Set(None),
        };
        self.write(move |tx| {
            Box::pin(async move {
                end_calendars(tx, account, now).await?;
                row.insert(tx).await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends the calendar links of an account.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn end_calendars(&self, account: UserId, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(async move { end_calendars(tx, account, now).await }))
            .await
    }

    /// Whose account and shifts a calendar's link is about, while it holds; to the hour it is kept that it was read.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn calendar_of(
        &self,
        token: &LinkToken,
        now: Timestamp,
    ) -> Result<Option<(UserId, ResponderId)>, StoreError> {
        use link::{Column, Entity};
        let found = Entity::find()
            .filter(Column::LinkHash.eq(token.hash()))
            .filter(Column::RevokedAt.is_null())
            .one(self.reader())
            .await?;
        let Some(row) = found else { return Ok(None) };
        let at = Micros::from(now);
        if row.seen_at.is_none_or(|it| at.0 - it.0 >= SEEN_EVERY_MICROS) {
            let id = row.id;
            self.write(move |tx| {
                Box::pin(async move {
                    let seen = Entity::update_many().col_expr(Column::SeenAt, Expr::value(at));
                    seen.filter(Column::Id.eq(id)).exec(tx).await?;
                    Ok(())
                })
            })
            .await?;
        }
        Ok(Some((UserId::new(row.account_id), ResponderId::new(row.responder_id))))
    }
}

/// Ends the calendar links of an account in the caller's transaction: whatever ends its sessions ends them too.
pub(super) async fn end_calendars(
    tx: &impl sea_orm::ConnectionTrait,
    account: UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    use link::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Micros::from(now)))
        .filter(Column::AccountId.eq(account.as_uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
