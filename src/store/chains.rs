//! The responsibility chain: who answers for a grid or a household, and who stands in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::sea_query::Condition;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use super::areas::AreaBook;
use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, Loaded, Page, last_of_each, put_rows, replacing, rows};
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
        self.write(move |tx| {
            Box::pin(async move {
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
}
