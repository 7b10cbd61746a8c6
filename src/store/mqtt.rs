//! What is remembered of messages behind a broker: deliveries that the broker may bring again, and the last word of each topic.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, Loaded, PAGE_MAX, Page, put_rows, replacing, rows};

mod delivery {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "mqtt_delivery")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub broker: String,
        pub digest: Vec<u8>,
        pub at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod topic {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "mqtt_topic")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub broker: String,
        pub topic: String,
        pub digest: Vec<u8>,
        pub lasting: String,
        pub at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const DELIVERY: &str = "mqtt_delivery";
const TOPIC: &str = "mqtt_topic";

/// An alarm that names itself by nothing, and that the broker may bring again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// What it is known by from now on.
    pub id: Uuid,
    /// The name of the broker in the configuration.
    pub broker: String,
    /// Of topic and payload, and the packet number behind it.
    pub digest: Vec<u8>,
    /// When it came first.
    pub at: Timestamp,
}

/// The last word of a topic that has brought alarms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRow {
    /// Follows from broker and topic.
    pub id: Uuid,
    /// The name of the broker in the configuration.
    pub broker: String,
    /// The topic.
    pub topic: String,
    /// Of the last payload with an alarm.
    pub digest: Vec<u8>,
    /// The states that last, JSON.
    pub lasting: String,
    /// When this was so.
    pub at: Timestamp,
}

impl delivery::Model {
    fn read(self) -> Result<DeliveryRow, StoreError> {
        let at = At {
            table: DELIVERY,
            id: &self.id,
        }
        .instant("at", self.at)?;
        Ok(DeliveryRow {
            id: self.id,
            broker: self.broker,
            digest: self.digest,
            at,
        })
    }
}

impl topic::Model {
    fn read(self) -> Result<TopicRow, StoreError> {
        let at = At {
            table: TOPIC,
            id: &self.id,
        }
        .instant("at", self.at)?;
        Ok(TopicRow {
            id: self.id,
            broker: self.broker,
            topic: self.topic,
            digest: self.digest,
            lasting: self.lasting,
            at,
        })
    }
}

impl Store {
    /// Remembers a delivery; committed when it returns.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_mqtt_delivery(&self, it: DeliveryRow) -> Result<(), StoreError> {
        let row = delivery::ActiveModel {
            id: Set(it.id),
            broker: Set(it.broker),
            digest: Set(it.digest),
            at: Set(it.at.into()),
        };
        let replace = replacing(&[delivery::Column::Id], &[]);
        self.write(move |tx| Box::pin(async move { put_rows(tx, vec![row], &replace).await }))
            .await
    }

    /// The last delivery of this content that the broker may bring again; another node may have had it first.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn mqtt_delivery(&self, broker: &str, digest: &[u8]) -> Result<Option<DeliveryRow>, StoreError> {
        use delivery::{Column, Entity};
        let select = Entity::find()
            .filter(Column::Broker.eq(broker))
            .filter(Column::Digest.eq(digest))
            .order_by_desc(Column::At)
            .limit(1);
        let found = rows(self.reader(), select, DELIVERY, "id").await?;
        Page::of(found, u64::MAX, delivery::Model::read).one()
    }

    /// Every delivery that a broker may bring again.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn mqtt_deliveries(&self) -> Result<Loaded<DeliveryRow>, StoreError> {
        use delivery::{Column, Entity};
        let mut all = Loaded::default();
        let mut after = Some(Uuid::nil());
        while let Some(last) = after {
            let select = Entity::find()
                .filter(Column::Id.gt(last))
                .order_by_asc(Column::Id)
                .limit(PAGE_MAX);
            let found = rows(self.reader(), select, DELIVERY, "id").await?;
            after = all.take(Page::of(found, PAGE_MAX, delivery::Model::read));
        }
        Ok(all)
    }

    /// Forgets deliveries whose acknowledgement the broker has had.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn forget_mqtt_deliveries(&self, ids: Vec<Uuid>) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                for some in ids.chunks(500) {
                    delivery::Entity::delete_many()
                        .filter(delivery::Column::Id.is_in(some.iter().copied()))
                        .exec(tx)
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Keeps the last word of a topic.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn put_mqtt_topic(&self, it: TopicRow) -> Result<(), StoreError> {
        let row = topic::ActiveModel {
            id: Set(it.id),
            broker: Set(it.broker),
            topic: Set(it.topic),
            digest: Set(it.digest),
            lasting: Set(it.lasting),
            at: Set(it.at.into()),
        };
        let replace = replacing(&[topic::Column::Id], &[]);
        self.write(move |tx| Box::pin(async move { put_rows(tx, vec![row], &replace).await }))
            .await
    }

    /// The last word of a topic.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn mqtt_topic(&self, id: Uuid) -> Result<Option<TopicRow>, StoreError> {
        let found = rows(self.reader(), topic::Entity::find_by_id(id), TOPIC, "id").await?;
        Page::of(found, u64::MAX, topic::Model::read).one()
    }
}
