//! The screens on a wall: each comes by a link that is good once, and reads the figures of its areas until it is shut out.
//!
//! ```text
//! link made → opened once: a session → revoked
//! ```
//!
//! Holds always:
//! - a link opens one screen, once; the row is taken by the statement that writes the session;
//! - tokens are kept as SHA-256 of 256 random bits.

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::connect::Store;
use super::error::StoreError;
use super::link_token::LinkToken;
use super::micros::Micros;
use super::registry::{At, joined};
use crate::ids::{UserId, WallId};
use crate::people::PrefixSet;

mod screen {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "wall_screen")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub label: String,
        pub area_prefixes: String,
        pub made_by: Uuid,
        pub made_at: Micros,
        pub link_hash: Vec<u8>,
        pub link_until: Micros,
        pub session_hash: Option<Vec<u8>>,
        pub opened_at: Option<Micros>,
        pub seen_at: Option<Micros>,
        pub revoked_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "wall_screen";
/// Screens that one look shows.
const ROWS_MAX: u64 = 200;
/// What is asked for in between does not write that the screen was seen.
const SEEN_EVERY_MICROS: i64 = 300_000_000;

/// A screen to be let in.
#[derive(Debug, Clone)]
pub struct NewWall {
    /// Its id.
    pub id: WallId,
    /// Where it hangs.
    pub label: String,
    /// Whose figures it shows.
    pub scope: PrefixSet,
    /// Who made it.
    pub by: UserId,
    /// Until when its link may be opened.
    pub link_until: Timestamp,
}

/// A screen as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wall {
    /// Its id.
    pub id: WallId,
    /// Where it hangs.
    pub label: String,
    /// Whose figures it shows.
    pub scope: PrefixSet,
    /// Who made it.
    pub by: UserId,
    /// When.
    pub made_at: Timestamp,
    /// Until when its link may be opened.
    pub link_until: Timestamp,
    /// When its link was opened; none: not yet.
    pub opened_at: Option<Timestamp>,
    /// When it was here last, to some minutes.
    pub seen_at: Option<Timestamp>,
    /// When it was shut out.
    pub revoked_at: Option<Timestamp>,
}

impl screen::Model {
    fn read(self) -> Result<Wall, StoreError> {
        let id = WallId::new(self.id);
        let at = At { table: TABLE, id: &id };
        let maybe = |column, it: Option<Micros>| it.map(|it| at.instant(column, it)).transpose();
        Ok(Wall {
            id,
            scope: at.words("area_prefixes", &self.area_prefixes)?.into_iter().collect(),
            by: UserId::new(self.made_by),
            made_at: at.instant("made_at", self.made_at)?,
            link_until: at.instant("link_until", self.link_until)?,
            opened_at: maybe("opened_at", self.opened_at)?,
            seen_at: maybe("seen_at", self.seen_at)?,
            revoked_at: maybe("revoked_at", self.revoked_at)?,
            label: self.label,
        })
    }
}

impl Store {
    /// Files a screen with the token of its link.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn add_wall(&self, new: NewWall, link: &LinkToken, now: Timestamp) -> Result<(), StoreError> {
        let row = screen::ActiveModel {
            id: Set(new.id.as_uuid()),
            label: Set(new.label),
            area_prefixes: Set(joined(new.scope.iter())),
            made_by: Set(new.by.as_uuid()),
            made_at: Set(now.into()),
            link_hash: Set(link.hash()),
            link_until: Set(new.link_until.into()),
            session_hash: Set(None),
            opened_at: Set(None),
            seen_at: Set(None),
            revoked_at: Set(None),
        };
        self.write(move |tx| {
            Box::pin(async move {
                row.insert(tx).await?;
                Ok(())
            })
        })
        .await
    }

    /// Uses a link up: from now on `session` is the screen's. `None`: there is no such link that may still be opened.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`; then the link is still good.
    pub async fn open_wall(
        &self,
        link: &LinkToken,
        session: &LinkToken,
        now: Timestamp,
    ) -> Result<Option<Wall>, StoreError> {
        let (link, session) = (link.hash(), session.hash());
        self.write(move |tx| {
            Box::pin(async move {
                use screen::{Column, Entity};
                let opened = Entity::update_many()
                    .col_expr(Column::SessionHash, Expr::value(session))
                    .col_expr(Column::OpenedAt, Expr::value(Micros::from(now)))
                    .filter(Column::LinkHash.eq(link.clone()))
                    .filter(Column::SessionHash.is_null())
                    .filter(Column::RevokedAt.is_null())
                    .filter(Column::LinkUntil.gt(Micros::from(now)))
                    .exec(tx)
                    .await?;
                if opened.rows_affected != 1 {
                    return Ok(None);
                }
                let row = Entity::find().filter(Column::LinkHash.eq(link)).one(tx).await?;
                row.map(screen::Model::read).transpose()
            })
        })
        .await
    }

    /// Whose session this is, shut out or not.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn wall_of(&self, session: &LinkToken) -> Result<Option<Wall>, StoreError> {
        screen::Entity::find()
            .filter(screen::Column::SessionHash.eq(session.hash()))
            .one(self.reader())
            .await?
            .map(screen::Model::read)
            .transpose()
    }

    /// One screen.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn wall(&self, id: WallId) -> Result<Option<Wall>, StoreError> {
        screen::Entity::find_by_id(id.as_uuid())
            .one(self.reader())
            .await?
            .map(screen::Model::read)
            .transpose()
    }

    /// The screens, the newest first, at most 200.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn walls(&self) -> Result<Vec<Wall>, StoreError> {
        let found = screen::Entity::find()
            .order_by_desc(screen::Column::MadeAt)
            .order_by_desc(screen::Column::Id)
            .limit(ROWS_MAX)
            .all(self.reader())
            .await?;
        found.into_iter().map(screen::Model::read).collect()
    }

    /// Notes that a screen was here, to some minutes: one that asks all day writes little.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn wall_seen(&self, wall: &Wall, now: Timestamp) -> Result<(), StoreError> {
        let at = Micros::from(now);
        if wall
            .seen_at
            .is_some_and(|it| at.0 - Micros::from(it).0 < SEEN_EVERY_MICROS)
        {
            return Ok(());
        }
        self.mark_wall(wall.id, screen::Column::SeenAt, at).await
    }

    /// Shuts a screen out: its session and its link are good no more. Twice does no harm.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn revoke_wall(&self, id: WallId, now: Timestamp) -> Result<(), StoreError> {
        self.mark_wall(id, screen::Column::RevokedAt, now.into()).await
    }

    async fn mark_wall(&self, id: WallId, column: screen::Column, at: Micros) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                screen::Entity::update_many()
                    .col_expr(column, Expr::value(at))
                    .filter(screen::Column::Id.eq(id.as_uuid()))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}
