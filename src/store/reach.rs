//! By which ways somebody can be told: sealed addresses, and in clear which ways there are, so that a decision opens nothing.
//!
//! Holds always:
//! - what a contact left lies under the elder's key and goes with it; the rest under the service's own;
//! - a browser is one row, named after its endpoint: who signs in on it takes it over from whoever did before;
//! - it is pushed to for as long as that by which it came may look: an account, a device of the family;
//! - `has` of a person's row says what can be opened, whatever was changed last.

use std::collections::HashMap;

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::connect::{BINDS_MAX, Store};
use super::error::StoreError;
use super::micros::Micros;
use super::registry::{At, Field, Loaded, PAGE_MAX, joined, put_rows, replacing};
use super::seal::{DataKey, KeyRing, SealError, Sealed};
use crate::ids::{ContactId, ElderId, FamilyDeviceId, PushId, ResponderId, UserId};
use crate::people::{
    Mailbox, MemberId, Outline, Phone, PushAddress, PushSubscription, Reach, Reached, Role, Staff, Way,
};

mod reach_row {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reach")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner_kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub owner_id: Uuid,
        pub elder_id: Option<Uuid>,
        pub language: Option<String>,
        pub off: String,
        pub has: String,
        pub content: Option<Sealed>,
        pub changed_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod push {
    use super::{Micros, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "push_subscription")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub owner_kind: String,
        pub owner_id: Uuid,
        pub elder_id: Option<Uuid>,
        pub content: Sealed,
        pub made_at: Micros,
        pub ended_at: Option<Micros>,
        pub why: Option<String>,
        pub account_id: Option<Uuid>,
        pub family_device_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "reach";
const PUSH: &str = "push_subscription";

/// Browsers of one person at most; with one more the oldest is pushed to no more.
pub const PUSH_MAX: usize = 10;

/// The sealed half of a reach.
#[derive(Serialize, Deserialize, Default)]
struct Content {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mailbox: Option<Mailbox>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wecom_member: Option<MemberId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wechat_follower: Option<MemberId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    phones: Vec<Phone>,
}

#[derive(Serialize, Deserialize)]
struct PushContent {
    device: String,
    address: PushAddress,
}

/// Whose reach it is; of a contact the elder too, whose key seals it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub who: Reached,
    /// Of a contact: whose.
    pub elder: Option<ElderId>,
}

/// By what somebody was there when they agreed: when it is shut, its browsers are pushed to no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgreedOn {
    /// An account.
    Account(UserId),
    /// A device of the family.
    FamilyDevice(FamilyDeviceId),
}

const fn columns(who: Reached) -> (&'static str, Uuid) {
    match who {
        Reached::Responder(id) => (ResponderId::PREFIX, id.as_uuid()),
        Reached::Contact(id) => (ContactId::PREFIX, id.as_uuid()),
        Reached::Account(id) => (UserId::PREFIX, id.as_uuid()),
    }
}

fn who_of(kind: &str, id: Uuid) -> Option<Reached> {
    match kind {
        ResponderId::PREFIX => Some(Reached::Responder(ResponderId::new(id))),
        ContactId::PREFIX => Some(Reached::Contact(ContactId::new(id))),
        UserId::PREFIX => Some(Reached::Account(UserId::new(id))),
        _ => None,
    }
}

fn theirs(who: Reached) -> Condition {
    let (kind, id) = columns(who);
    Condition::all()
        .add(reach_row::Column::OwnerKind.eq(kind))
        .add(reach_row::Column::OwnerId.eq(id))
}

fn pushes_of(who: Reached) -> Condition {
    let (kind, id) = columns(who);
    Condition::all()
        .add(push::Column::OwnerKind.eq(kind))
        .add(push::Column::OwnerId.eq(id))
        .add(push::Column::EndedAt.is_null())
}

impl reach_row::Model {
    fn outline(&self) -> Result<Outline, StoreError> {
        let at = At {
            table: TABLE,
            id: &self.owner_id,
        };
        Ok(Outline {
            language: self.language.as_deref().map(|it| at.word("language", it)).transpose()?,
            off: at.words("off", &self.off)?,
            has: at.words("has", &self.has)?,
        })
    }
}

const fn content_at(owner: Uuid) -> Field {
    Field {
        table: TABLE,
        column: "content",
        row: owner,
    }
}

const fn push_at(id: Uuid) -> Field {
    Field {
        table: PUSH,
        column: "content",
        row: id,
    }
}

/// An erased key leaves nobody to be told: that is no error of whoever asks.
fn unless_erased<T>(opened: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match opened {
        Err(StoreError::Sealed(SealError::Erased(_))) => Ok(None),
        other => other,
    }
}

impl Store {
    /// How somebody is reached, opened; nothing on file is a reach without addresses.
    ///
    /// # Errors
    /// `Corrupt`, `Sealed(..)`, `Unavailable`.
    pub async fn reach(&self, who: Reached) -> Result<Reach, StoreError> {
        let found = reach_row::Entity::find().filter(theirs(who)).one(self.reader()).await?;
        let Some(row) = found else { return Ok(Reach::default()) };
        let outline = row.outline()?;
        let keys = self.keys()?;
        if let Some(elder) = row.elder_id {
            keys.fetch_elder(self, ElderId::new(elder)).await?;
        }
        let opened = content_at(row.owner_id).open::<Content>(keys, row.content.as_ref());
        let content = unless_erased(opened)?.unwrap_or_default();
        Ok(Reach {
            language: outline.language,
            off: outline.off,
            mailbox: content.mailbox,
            wecom_member: content.wecom_member,
            wechat_follower: content.wechat_follower,
            phones: content.phones,
        })
    }

    /// Files how somebody is reached, and answers what may be known of it.
    ///
    /// # Errors
    /// `Sealed(..)`, `Unavailable`.
    pub async fn put_reach(&self, owner: Owner, reach: Reach, now: Timestamp) -> Result<Outline, StoreError> {
        let ring = self.keys()?.clone();
        let (outline, keys) = self
            .write(move |tx| {
                Box::pin(async move {
                    let (keys, key) = key_of(tx, &ring, owner.elder, now).await?;
                    let mut has = reach.has();
                    if is_pushed_to(tx, owner.who).await? {
                        has.insert(Way::WebPush);
                    }
                    let content = Content {
                        mailbox: reach.mailbox,
                        wecom_member: reach.wecom_member,
                        wechat_follower: reach.wechat_follower,
                        phones: reach.phones,
                    };
                    let (kind, id) = columns(owner.who);
                    let row = reach_row::ActiveModel {
                        owner_kind: Set(kind.to_owned()),
                        owner_id: Set(id),
                        elder_id: Set(owner.elder.map(ElderId::as_uuid)),
                        language: Set(reach.language.map(|it| it.as_str().to_owned())),
                        off: Set(joined(&reach.off)),
                        has: Set(joined(&has)),
                        content: Set(content_at(id).seal(&key, Some(&content))?),
                        changed_at: Set(now.into()),
                    };
                    use reach_row::Column;
                    put_rows(tx, vec![row], &replacing(&[Column::OwnerKind, Column::OwnerId], &[])).await?;
                    let outline = Outline {
                        language: reach.language,
                        off: reach.off,
                        has,
                    };
                    Ok((outline, keys))
                })
            })
            .await?;
        self.keys()?.remember(&keys);
        Ok(outline)
    }

    /// The browsers that somebody is pushed to, the oldest first.
    ///
    /// # Errors
    /// `Sealed(..)`, `Unavailable`.
    pub async fn push_subscriptions(&self, who: Reached) -> Result<Vec<PushSubscription>, StoreError> {
        let found = push::Entity::find()
            .filter(pushes_of(who))
            .order_by_asc(push::Column::MadeAt)
            .order_by_asc(push::Column::Id)
            .limit(PUSH_MAX as u64)
            .all(self.reader())
            .await?;
        let keys = self.keys()?;
        let mut opened = Vec::with_capacity(found.len());
        for row in found {
            if let Some(elder) = row.elder_id {
                keys.fetch_elder(self, ElderId::new(elder)).await?;
            }
            let content = push_at(row.id).open::<PushContent>(keys, Some(&row.content));
            let Some(content) = unless_erased(content)? else {
                continue;
            };
            opened.push(PushSubscription {
                id: PushId::new(row.id),
                device: content.device,
                address: content.address,
                made_at: row.made_at.read(PUSH, row.id, "made_at")?,
            });
        }
        Ok(opened)
    }

    /// Files a browser in which somebody has agreed to be pushed to, and answers its id and what may be known of them. The same
    /// browser again is the same row.
    ///
    /// # Errors
    /// `Sealed(..)`, `Unavailable`.
    pub async fn add_push(
        &self,
        owner: Owner,
        on: AgreedOn,
        device: String,
        address: PushAddress,
        now: Timestamp,
    ) -> Result<(PushId, Vec<(Reached, Outline)>), StoreError> {
        let ring = self.keys()?.clone();
        let hash = ring.search_hash("push_endpoint", &address.endpoint);
        // A keyed hash has 32 bytes; the first 16 name the row.
        let id = hash.first_chunk::<16>().copied().map_or(Uuid::nil(), Uuid::from_bytes);
        let (changed, keys) = self
            .write(move |tx| {
                Box::pin(async move {
                    use push::{ActiveModel, Column, Entity};
                    let (keys, key) = key_of(tx, &ring, owner.elder, now).await?;
                    let before = Entity::find_by_id(id).one(tx).await?;
                    let before = before.filter(|it| it.ended_at.is_none());
                    let before = before.and_then(|it| who_of(&it.owner_kind, it.owner_id));
                    let (kind, owner_id) = columns(owner.who);
                    let (account, family_device) = match on {
                        AgreedOn::Account(it) => (Some(it.as_uuid()), None),
                        AgreedOn::FamilyDevice(it) => (None, Some(it.as_uuid())),
                    };
                    let row = ActiveModel {
                        id: Set(id),
                        owner_kind: Set(kind.to_owned()),
                        owner_id: Set(owner_id),
                        elder_id: Set(owner.elder.map(ElderId::as_uuid)),
                        content: Set(seal_push(&key, id, PushContent { device, address })?),
                        made_at: Set(now.into()),
                        ended_at: Set(None),
                        why: Set(None),
                        account_id: Set(account),
                        family_device_id: Set(family_device),
                    };
                    put_rows(tx, vec![row], &replacing(&[Column::Id], &[])).await?;
                    let all: Vec<Uuid> = Entity::find()
                        .select_only()
                        .column(Column::Id)
                        .filter(pushes_of(owner.who))
                        .order_by_desc(Column::MadeAt)
                        .order_by_desc(Column::Id)
                        .into_tuple()
                        .all(tx)
                        .await?;
                    for old in all.into_iter().skip(PUSH_MAX) {
                        end(tx, old, "replaced", now).await?;
                    }
                    let mut changed = vec![(owner.who, note_pushes(tx, owner, now).await?)];
                    if let Some(other) = before.filter(|it| *it != owner.who) {
                        let theirs = Owner {
                            who: other,
                            elder: None,
                        };
                        changed.push((other, note_pushes(tx, theirs, now).await?));
                    }
                    Ok((changed, keys))
                })
            })
            .await?;
        self.keys()?.remember(&keys);
        Ok((PushId::new(id), changed))
    }

    /// A browser is pushed to no more: its owner (`of`) has said so, or the push service has. None: there is none such, of them.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn end_push(
        &self,
        id: PushId,
        of: Option<Reached>,
        why: &'static str,
        now: Timestamp,
    ) -> Result<Option<(Reached, Outline)>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let found = push::Entity::find_by_id(id.as_uuid()).one(tx).await?;
                let Some(row) = found.filter(|it| it.ended_at.is_none()) else {
                    return Ok(None);
                };
                let Some(who) = who_of(&row.owner_kind, row.owner_id) else {
                    return Ok(None);
                };
                if of.is_some_and(|it| it != who) {
                    return Ok(None);
                }
                end(tx, row.id, why, now).await?;
                let owner = Owner {
                    who,
                    elder: row.elder_id.map(ElderId::new),
                };
                Ok(Some((who, note_pushes(tx, owner, now).await?)))
            })
        })
        .await
    }

    /// What may be known of everybody's reach that has changed at `since` or later (none: of all), and of nobody else's.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn outlines_changed(&self, since: Option<Timestamp>) -> Result<Loaded<(Reached, Outline)>, StoreError> {
        use reach_row::{Column, Entity};
        let mut all = Loaded::default();
        let mut after: Option<(String, Uuid)> = None;
        loop {
            let mut select = Entity::find();
            if let Some(since) = since {
                select = select.filter(Column::ChangedAt.gte(Micros::from(since)));
            }
            if let Some((kind, id)) = &after {
                let beside = Condition::all()
                    .add(Column::OwnerKind.eq(kind.as_str()))
                    .add(Column::OwnerId.gt(*id));
                select = select.filter(Condition::any().add(Column::OwnerKind.gt(kind.as_str())).add(beside));
            }
            let found = select
                .order_by_asc(Column::OwnerKind)
                .order_by_asc(Column::OwnerId)
                .limit(PAGE_MAX)
                .all(self.reader())
                .await?;
            let full = found.len() as u64 >= PAGE_MAX;
            after = found.last().map(|it| (it.owner_kind.clone(), it.owner_id));
            take_outlines(found, &mut all);
            if !full {
                return Ok(all);
            }
        }
    }

    /// What may be known of these persons' reach.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn outlines_of(&self, who: &[Reached]) -> Result<Loaded<(Reached, Outline)>, StoreError> {
        let mut all = Loaded::default();
        let ids: Vec<Uuid> = who.iter().map(|it| columns(*it).1).collect();
        for some in ids.chunks(BINDS_MAX) {
            let found = reach_row::Entity::find()
                .filter(reach_row::Column::OwnerId.is_in(some.iter().copied()))
                .all(self.reader())
                .await?;
            take_outlines(found, &mut all);
        }
        Ok(all)
    }

    /// Who sits at desks and leads them, with an account that is open.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn staff(&self) -> Result<Loaded<Staff>, StoreError> {
        let mut all = Loaded::default();
        let mut after = None;
        loop {
            let page = self.accounts(after, PAGE_MAX).await?;
            let open = page.items.into_iter().filter(|it| it.disabled_at.is_none());
            let desk = open.filter(|it| matches!(it.role, Role::DutyLeader | Role::Dispatcher));
            all.items.extend(desk.map(|it| Staff {
                user: it.id,
                role: it.role,
                scope: it.scope,
                responder: it.responder,
            }));
            all.aside.extend(page.aside);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}

fn take_outlines(found: Vec<reach_row::Model>, all: &mut Loaded<(Reached, Outline)>) {
    for row in found {
        let Some(who) = who_of(&row.owner_kind, row.owner_id) else {
            let why = "nobody of this kind is known";
            all.aside
                .push(StoreError::corrupt(TABLE, row.owner_id, "owner_kind", why));
            continue;
        };
        match row.outline() {
            Ok(it) => all.items.push((who, it)),
            Err(error) => all.aside.push(error),
        }
    }
}

type Keys = HashMap<ElderId, DataKey>;

async fn key_of(
    tx: &impl ConnectionTrait,
    ring: &KeyRing,
    elder: Option<ElderId>,
    now: Timestamp,
) -> Result<(Keys, DataKey), StoreError> {
    let Some(elder) = elder else {
        return Ok((Keys::new(), ring.general().clone()));
    };
    let keys = ring.elder_keys(tx, &[elder], now).await?;
    let key = keys.get(&elder).cloned();
    // The ring answers a key for each elder that was asked for.
    let key = key.ok_or(StoreError::Sealed(SealError::Locked))?;
    Ok((keys, key))
}

fn seal_push(key: &DataKey, id: Uuid, content: PushContent) -> Result<Sealed, StoreError> {
    // What is there seals to something.
    let sealed = push_at(id).seal(key, Some(&content))?;
    sealed.ok_or(StoreError::Sealed(SealError::Locked))
}

async fn is_pushed_to(tx: &DatabaseTransaction, who: Reached) -> Result<bool, StoreError> {
    let one: Option<Uuid> = push::Entity::find()
        .select_only()
        .column(push::Column::Id)
        .filter(pushes_of(who))
        .limit(1)
        .into_tuple()
        .one(tx)
        .await?;
    Ok(one.is_some())
}

/// Ends the browsers that came by an account whose sessions end; answers whose reach has changed.
pub(super) async fn end_pushes_of_account(
    tx: &DatabaseTransaction,
    account: UserId,
    now: Timestamp,
) -> Result<Vec<(Reached, Outline)>, StoreError> {
    // A row from before `account_id` is known by its owner, where that is the account itself.
    let own = Condition::all()
        .add(push::Column::OwnerKind.eq(UserId::PREFIX))
        .add(push::Column::OwnerId.eq(account.as_uuid()));
    let by = Condition::any()
        .add(push::Column::AccountId.eq(account.as_uuid()))
        .add(own);
    end_where(tx, by, "signed_out", now).await
}

/// Ends the browsers that came by a device of a family which was shut out; answers whose reach has changed.
pub(super) async fn end_pushes_of_family_device(
    tx: &DatabaseTransaction,
    device: FamilyDeviceId,
    now: Timestamp,
) -> Result<Vec<(Reached, Outline)>, StoreError> {
    let by = Condition::all().add(push::Column::FamilyDeviceId.eq(device.as_uuid()));
    end_where(tx, by, "shut_out", now).await
}

async fn end_where(
    tx: &DatabaseTransaction,
    by: Condition,
    why: &str,
    now: Timestamp,
) -> Result<Vec<(Reached, Outline)>, StoreError> {
    let found = push::Entity::find()
        .filter(by)
        .filter(push::Column::EndedAt.is_null())
        .all(tx)
        .await?;
    let mut owners: Vec<Owner> = Vec::new();
    for row in found {
        let Some(who) = who_of(&row.owner_kind, row.owner_id) else {
            continue;
        };
        end(tx, row.id, why, now).await?;
        let elder = row.elder_id.map(ElderId::new);
        if !owners.iter().any(|it| it.who == who) {
            owners.push(Owner { who, elder });
        }
    }
    let mut changed = Vec::with_capacity(owners.len());
    for owner in owners {
        changed.push((owner.who, note_pushes(tx, owner, now).await?));
    }
    Ok(changed)
}

async fn end(tx: &DatabaseTransaction, id: Uuid, why: &str, now: Timestamp) -> Result<(), StoreError> {
    push::Entity::update_many()
        .col_expr(push::Column::EndedAt, Expr::value(Micros::from(now)))
        .col_expr(push::Column::Why, Expr::value(why))
        .filter(push::Column::Id.eq(id))
        .filter(push::Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Brings `has` of a person's row up to their browsers, and makes the row where there is none.
async fn note_pushes(tx: &DatabaseTransaction, owner: Owner, now: Timestamp) -> Result<Outline, StoreError> {
    use reach_row::{ActiveModel, Column, Entity};
    let pushed = is_pushed_to(tx, owner.who).await?;
    let found = Entity::find().filter(theirs(owner.who)).one(tx).await?;
    let mut outline = found
        .as_ref()
        .map(reach_row::Model::outline)
        .transpose()?
        .unwrap_or_default();
    if pushed {
        outline.has.insert(Way::WebPush);
    } else {
        outline.has.remove(&Way::WebPush);
    }
    let (kind, id) = columns(owner.who);
    let row = ActiveModel {
        owner_kind: Set(kind.to_owned()),
        owner_id: Set(id),
        elder_id: Set(owner.elder.map(ElderId::as_uuid)),
        language: Set(None),
        off: Set(String::new()),
        has: Set(joined(&outline.has)),
        content: Set(None),
        changed_at: Set(now.into()),
    };
    let conflict = OnConflict::columns([Column::OwnerKind, Column::OwnerId])
        .update_columns([Column::Has, Column::ChangedAt])
        .to_owned();
    put_rows(tx, vec![row], &conflict).await?;
    Ok(outline)
}
