//! What devices are told to do, and what came of it.

use std::collections::HashSet;

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, put_rows};
use super::seal::Sealed;
use crate::ids::{DeviceId, UserId};
use crate::people::{DeviceOrder, OrderState};

mod row {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "device_order")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub device_id: Uuid,
        pub kind: String,
        pub content: Sealed,
        pub account_id: Option<Uuid>,
        pub made_at: Micros,
        pub expires_at: Micros,
        pub state: String,
        pub sent_at: Option<Micros>,
        pub answered_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "device_order";

/// One command for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Its id.
    pub id: Uuid,
    /// For which device.
    pub device: DeviceId,
    /// What.
    pub order: DeviceOrder,
    /// Who has said so; none: the service itself.
    pub by: Option<UserId>,
    /// When.
    pub made_at: Timestamp,
    /// Until when it is worth sending.
    pub expires_at: Timestamp,
    /// Where it stands, as it is written: one whose time is over may still say that it waits.
    pub state: OrderState,
    /// When it was last sent.
    pub sent_at: Option<Timestamp>,
    /// When the device answered.
    pub answered_at: Option<Timestamp>,
}

impl OrderRow {
    /// Where it stands at `now`.
    pub fn state_at(&self, now: Timestamp) -> OrderState {
        match self.state {
            OrderState::Queued | OrderState::Sent if now >= self.expires_at => OrderState::Expired,
            it => it,
        }
    }
}

impl Store {
    fn read_order(&self, it: row::Model) -> Result<OrderRow, StoreError> {
        let at = At {
            table: TABLE,
            id: &it.id,
        };
        let text = self.keys()?.open_field(&it.content, TABLE, "content", it.id)?;
        let order = serde_json::from_slice(&text);
        Ok(OrderRow {
            id: it.id,
            device: DeviceId::new(it.device_id),
            order: order.map_err(|error| StoreError::corrupt(TABLE, it.id, "content", error.to_string()))?,
            by: it.account_id.map(UserId::new),
            made_at: at.instant("made_at", it.made_at)?,
            expires_at: at.instant("expires_at", it.expires_at)?,
            state: at.word("state", &it.state)?,
            sent_at: it.sent_at.map(Into::into),
            answered_at: it.answered_at.map(Into::into),
        })
    }

    /// Keeps a command.
    ///
    /// # Errors
    /// `Unavailable`, `Sealed`.
    pub async fn put_device_order(&self, it: &OrderRow) -> Result<(), StoreError> {
        let text = serde_json::to_vec(&it.order).unwrap_or_default();
        let content = self.keys()?.general().seal(TABLE, "content", it.id, &text)?;
        let row = row::ActiveModel {
            id: Set(it.id),
            device_id: Set(it.device.as_uuid()),
            kind: Set(it.order.kind().as_str().to_owned()),
            content: Set(content),
            account_id: Set(it.by.map(UserId::as_uuid)),
            made_at: Set(it.made_at.into()),
            expires_at: Set(it.expires_at.into()),
            state: Set(it.state.as_str().to_owned()),
            sent_at: Set(None),
            answered_at: Set(None),
        };
        let once = OnConflict::column(row::Column::Id).do_nothing().to_owned();
        self.write(move |tx| Box::pin(async move { put_rows(tx, vec![row], &once).await }))
            .await
    }

    /// The last commands of a device, the newest first. One that does not read back is left out and logged.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn device_orders(&self, device: DeviceId, limit: u64) -> Result<Vec<OrderRow>, StoreError> {
        let rows = row::Entity::find()
            .filter(row::Column::DeviceId.eq(device.as_uuid()))
            .order_by_desc(row::Column::MadeAt)
            .order_by_desc(row::Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        let read = |it: row::Model| {
            self.read_order(it)
                .inspect_err(|error| tracing::warn!(%error, "a command of a device does not read back"))
                .ok()
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// The oldest command of a device that has not been answered and whose time is not over.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn next_device_order(&self, device: DeviceId, now: Timestamp) -> Result<Option<OrderRow>, StoreError> {
        let open = [OrderState::Queued.as_str(), OrderState::Sent.as_str()];
        let rows = row::Entity::find()
            .filter(row::Column::DeviceId.eq(device.as_uuid()))
            .filter(row::Column::State.is_in(open))
            .filter(row::Column::ExpiresAt.gt(Micros::from(now)))
            .order_by_asc(row::Column::MadeAt)
            .order_by_asc(row::Column::Id)
            .limit(8)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().find_map(|it| self.read_order(it).ok()))
    }

    /// The devices for which a command waits that has not been answered and whose time is not over.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn devices_with_orders(&self, now: Timestamp) -> Result<HashSet<DeviceId>, StoreError> {
        let open = [OrderState::Queued.as_str(), OrderState::Sent.as_str()];
        let found: Vec<Uuid> = row::Entity::find()
            .select_only()
            .column(row::Column::DeviceId)
            .distinct()
            .filter(row::Column::ExpiresAt.gt(Micros::from(now)))
            .filter(row::Column::State.is_in(open))
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(found.into_iter().map(DeviceId::new).collect())
    }

    /// A command was sent.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn device_order_sent(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        self.change_order(id, OrderState::Sent, (Some(now), None)).await
    }

    /// The device has answered.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn device_order_answered(&self, id: Uuid, state: OrderState, now: Timestamp) -> Result<(), StoreError> {
        self.change_order(id, state, (None, Some(now))).await
    }

    async fn change_order(
        &self,
        id: Uuid,
        state: OrderState,
        (sent, answered): (Option<Timestamp>, Option<Timestamp>),
    ) -> Result<(), StoreError> {
        let mut change = row::ActiveModel {
            state: Set(state.as_str().to_owned()),
            ..Default::default()
        };
        if let Some(at) = sent {
            change.sent_at = Set(Some(at.into()));
        }
        if let Some(at) = answered {
            change.answered_at = Set(Some(at.into()));
        }
        let open = [OrderState::Queued.as_str(), OrderState::Sent.as_str()];
        self.write(move |tx| {
            Box::pin(async move {
                // What the device has answered stands.
                row::Entity::update_many()
                    .set(change)
                    .filter(row::Column::Id.eq(id))
                    .filter(row::Column::State.is_in(open))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}
