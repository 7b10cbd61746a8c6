//! The responsibility chain: who answers for a grid or a household, and who stands in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::{Condition, Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use super::areas::AreaBook;
use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::register_log::{RegisterEvent, put_event};
use super::registry::{At, Loaded, Page, last_of_each, put_rows, replacing, replacing_versioned, rows};
use crate::ids::{HouseholdId, ResponderId};
use crate::people::{Chain, ChainSubject, Link, StandIn};

mod chain_link {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "chain_link")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject_kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub post: String,
        pub responder_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod stand_in {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "stand_in")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub absent_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub from_at: Micros,
        pub by_id: Uuid,
        pub until_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod chain_version {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "chain_version")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject_kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject_id: Uuid,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "chain_link";

impl chain_link::Model {
    fn read(self, book: &AreaBook) -> Result<(ChainSubject, Link), StoreError> {
        let at = At {
            table: TABLE,
            id: &self.subject_id,
        };
        let subject = match self.subject_kind.as_str() {
            "grid" => ChainSubject::Grid(book.read_code(&at, self.subject_id)?),
            "household" => ChainSubject::Household(HouseholdId::new(self.subject_id)),
            other => return Err(at.corrupt("subject_kind", format!("`{other}` is not a known subject of a chain"))),
        };
        Ok((
            subject,
            Link {
                post: at.word("post", &self.post)?,
                responder: ResponderId::new(self.responder_id),
            },
        ))
    }
}

impl Store {
    /// Every chain. A link that does not read back is set aside; the other posts of its chain hold.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn chains(&self, book: &AreaBook) -> Result<Loaded<Chain>, StoreError> {
        use chain_link::{Column, Entity};
        let select = Entity::find()
            .order_by_asc(Column::SubjectKind)
            .order_by_asc(Column::SubjectId)
            .order_by_asc(Column::Post);
        let found = rows(self.reader(), select, TABLE, "subject_id").await?;
        let page = Page::of(found, u64::MAX, |row| row.read(book));
        let mut chains: BTreeMap<ChainSubject, Vec<Link>> = BTreeMap::new();
        for (subject, link) in page.items {
            chains.entry(subject).or_default().push(link);
        }
        let items = chains.into_iter().map(|(subject, mut links)| {
            links.sort_by_key(|it| it.post);
            Chain { subject, links }
        });
        Ok(Loaded {
            items: items.collect(),
            aside: page.aside,
        })
    }

    /// Replaces the chains of these subjects, all or none.
    ///
    /// # Errors
    /// `Flawed`; `Corrupt` naming an unknown grid.
    pub async fn put_chains(&self, chains: Vec<Chain>, book: &AreaBook) -> Result<(), StoreError> {
        use chain_link::{ActiveModel, Column, Entity};
        let (mut subjects, mut links) = (Vec::new(), Vec::new());
        for chain in last_of_each(chains, |it| it.subject) {
            let shown = match chain.subject {
                ChainSubject::Grid(code) => code.to_string(),
                ChainSubject::Household(id) => id.to_string(),
            };
            let at = At {
                table: TABLE,
                id: &shown,
            };
            chain.check().map_err(|it| at.flawed(it))?;
            let (kind, id) = match chain.subject {
                ChainSubject::Grid(code) => ("grid", book.write_id(&at, code)?),
                ChainSubject::Household(id) => ("household", id.as_uuid()),
            };
            subjects.push((kind, id));
            links.extend(chain.links.into_iter().map(|it| ActiveModel {
                subject_kind: Set(kind.to_owned()),
                subject_id: Set(id),
                post: Set(it.post.to_string()),
                responder_id: Set(it.responder.as_uuid()),
            }));
        }
        let versions: Vec<chain_version::ActiveModel> = subjects
            .iter()
            .map(|(kind, id)| chain_version::ActiveModel {
                subject_kind: Set((*kind).to_owned()),
                subject_id: Set(*id),
                version: Set(1),
            })
            .collect();
        self.write(move |tx| {
            Box::pin(async move {
                {
                    use chain_version::{Column, Entity};
                    let key = [Column::SubjectKind, Column::SubjectId];
                    put_rows(tx, versions, &replacing_versioned(Entity, &key, Column::Version, &[])).await?;
                }
                for kind in ["grid", "household"] {
                    let ids: Vec<Uuid> = subjects.iter().filter(|it| it.0 == kind).map(|it| it.1).collect();
                    for some in ids.chunks(super::connect::BINDS_MAX) {
                        let theirs = Entity::delete_many().filter(Column::SubjectKind.eq(kind));
                        theirs
                            .filter(Column::SubjectId.is_in(some.iter().copied()))
                            .exec(tx)
                            .await?;
                    }
                }
                put_rows(
                    tx,
                    links,
                    &replacing(&[Column::SubjectKind, Column::SubjectId, Column::Post], &[]),
                )
                .await
            })
        })
        .await
    }

    /// Stand-ins that hold at `at` or later.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn stand_ins(&self, at: Timestamp) -> Result<Loaded<StandIn>, StoreError> {
        use stand_in::{Column, Entity};
        let open = Condition::any()
            .add(Column::UntilAt.is_null())
            .add(Column::UntilAt.gt(Micros::from(at)));
        let select = Entity::find()
            .filter(open)
            .order_by_asc(Column::AbsentId)
            .order_by_asc(Column::FromAt);
        let found = rows(self.reader(), select, "stand_in", "absent_id").await?;
        let mut all = Loaded::default();
        all.take(Page::of(found, u64::MAX, |row| {
            let absent = ResponderId::new(row.absent_id);
            let until = row
                .until_at
                .map(|it| it.read("stand_in", absent, "until_at"))
                .transpose()?;
            Ok(StandIn {
                absent,
                by: ResponderId::new(row.by_id),
                from: row.from_at.read("stand_in", absent, "from_at")?,
                until,
            })
        }));
        Ok(all)
    }

    /// Files stand-ins, all or none; one of the same absent responder and beginning is replaced.
    ///
    /// # Errors
    /// `Flawed`.
    pub async fn put_stand_ins(&self, stand_ins: Vec<StandIn>) -> Result<(), StoreError> {
        use stand_in::{ActiveModel, Column};
        let stand_ins = last_of_each(stand_ins, |it| (it.absent, it.from));
        for it in &stand_ins {
            it.check().map_err(|flaws| {
                At {
                    table: "stand_in",
                    id: &it.absent,
                }
                .flawed(flaws)
            })?;
        }
        let rows: Vec<ActiveModel> = stand_ins
            .into_iter()
            .map(|it| ActiveModel {
                absent_id: Set(it.absent.as_uuid()),
                from_at: Set(it.from.into()),
                by_id: Set(it.by.as_uuid()),
                until_at: Set(it.until.map(Micros::from)),
            })
            .collect();
        self.write(move |tx| {
            Box::pin(async move { put_rows(tx, rows, &replacing(&[Column::AbsentId, Column::FromAt], &[])).await })
        })
        .await
    }

    /// How often a chain was changed; 0: never.
    ///
    /// # Errors
    /// `Corrupt` naming an unknown grid; `Unavailable`.
    pub async fn chain_version(&self, subject: ChainSubject, book: &AreaBook) -> Result<i64, StoreError> {
        let key = key_of(subject, book)?;
        let found = chain_version::Entity::find_by_id((key.0.to_owned(), key.1))
            .one(self.reader())
            .await?;
        Ok(found.map_or(0, |it| it.version))
    }

    /// Puts `links` in the place of a chain's, over the version that was seen, with the line that says who; none: the chain is no
    /// more, and of a household the grid's holds.
    ///
    /// # Errors
    /// `Flawed`; `Conflict(Version)` when somebody was quicker; `Corrupt` naming an unknown grid.
    pub async fn edit_chain(
        &self,
        subject: ChainSubject,
        links: Vec<Link>,
        version: i64,
        event: RegisterEvent,
        book: &AreaBook,
    ) -> Result<(), StoreError> {
        use chain_link::{ActiveModel, Column, Entity};
        let (kind, id) = key_of(subject, book)?;
        let shown = shown(subject);
        if !links.is_empty() {
            let chain = Chain {
                subject,
                links: links.clone(),
            };
            chain.check().map_err(|flaws| {
                let at = At {
                    table: TABLE,
                    id: &shown,
                };
                at.flawed(flaws)
            })?;
        }
        let rows: Vec<ActiveModel> = links
            .into_iter()
            .map(|it| ActiveModel {
                subject_kind: Set(kind.to_owned()),
                subject_id: Set(id),
                post: Set(it.post.to_string()),
                responder_id: Set(it.responder.as_uuid()),
            })
            .collect();
        self.write(move |tx| {
            Box::pin(async move {
                begin_version(tx, kind, id).await?;
                let raised = chain_version::Entity::update_many()
                    .col_expr(chain_version::Column::Version, Expr::value(version + 1))
                    .filter(chain_version::Column::SubjectKind.eq(kind))
                    .filter(chain_version::Column::SubjectId.eq(id))
                    .filter(chain_version::Column::Version.eq(version))
                    .exec(tx)
                    .await?;
                if raised.rows_affected != 1 {
                    return Err(StoreError::stale(TABLE, shown));
                }
                let old = Entity::delete_many().filter(Column::SubjectKind.eq(kind));
                old.filter(Column::SubjectId.eq(id)).exec(tx).await?;
                put_rows(
                    tx,
                    rows,
                    &replacing(&[Column::SubjectKind, Column::SubjectId, Column::Post], &[]),
                )
                .await?;
                put_event(tx, event).await
            })
        })
        .await
    }

    /// Somebody is absent from now or later on, and somebody else answers: the line that says who has filed it goes with it.
    ///
    /// # Errors
    /// `Flawed`.
    pub async fn file_stand_in(&self, it: StandIn, event: RegisterEvent) -> Result<(), StoreError> {
        use stand_in::{ActiveModel, Column};
        it.check().map_err(|flaws| {
            let at = At {
                table: "stand_in",
                id: &it.absent,
            };
            at.flawed(flaws)
        })?;
        let row = ActiveModel {
            absent_id: Set(it.absent.as_uuid()),
            from_at: Set(it.from.into()),
            by_id: Set(it.by.as_uuid()),
            until_at: Set(it.until.map(Micros::from)),
        };
        self.write(move |tx| {
            Box::pin(async move {
                put_rows(tx, vec![row], &replacing(&[Column::AbsentId, Column::FromAt], &[])).await?;
                put_event(tx, event).await
            })
        })
        .await
    }

    /// Somebody is back: every stand-in for them that holds at `now` ends then. Answers how many did.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn end_stand_ins(
        &self,
        absent: ResponderId,
        now: Timestamp,
        event: RegisterEvent,
    ) -> Result<u64, StoreError> {
        use stand_in::{Column, Entity};
        self.write(move |tx| {
            Box::pin(async move {
                let now = Micros::from(now);
                let open = Condition::any()
                    .add(Column::UntilAt.is_null())
                    .add(Column::UntilAt.gt(now));
                let ended = Entity::update_many()
                    .col_expr(Column::UntilAt, Expr::value(now))
                    .filter(Column::AbsentId.eq(absent.as_uuid()))
                    .filter(Column::FromAt.lt(now))
                    .filter(open)
                    .exec(tx)
                    .await?;
                if ended.rows_affected > 0 {
                    put_event(tx, event).await?;
                }
                Ok(ended.rows_affected)
            })
        })
        .await
    }
}

fn shown(subject: ChainSubject) -> String {
    match subject {
        ChainSubject::Grid(code) => code.to_string(),
        ChainSubject::Household(id) => id.to_string(),
    }
}

fn key_of(subject: ChainSubject, book: &AreaBook) -> Result<(&'static str, Uuid), StoreError> {
    let shown = shown(subject);
    let at = At {
        table: TABLE,
        id: &shown,
    };
    Ok(match subject {
        ChainSubject::Grid(code) => ("grid", book.write_id(&at, code)?),
        ChainSubject::Household(id) => ("household", id.as_uuid()),
    })
}

/// The row of a version, where there is none yet.
async fn begin_version(tx: &impl ConnectionTrait, kind: &'static str, id: Uuid) -> Result<(), StoreError> {
    use chain_version::{ActiveModel, Column};
    let row = ActiveModel {
        subject_kind: Set(kind.to_owned()),
        subject_id: Set(id),
        version: Set(0),
    };
    let there = OnConflict::columns([Column::SubjectKind, Column::SubjectId])
        .do_nothing()
        .to_owned();
    put_rows(tx, vec![row], &there).await
}
