//! Who of the family may look: links that are good once, the devices that came by them, and how each contact wishes to be told.
//!
//! ```text
//! link made → telephone's digits tried (counted first) → used: a device with a session → revoked | run out
//! ```
//!
//! Holds always:
//! - a link opens one device, once; the row is taken in the transaction that files the device;
//! - a try at the digits is counted before they are compared, so that guesses at the same time all count;
//! - tokens are kept as SHA-256 of 256 random bits, and nothing here holds a name or a number.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::cases::retention::oldest;
use super::connect::Store;
use super::error::StoreError;
use super::link_token::LinkToken;
use super::micros::Micros;
use super::reach::end_pushes_of_family_device;
use super::registry::{At, Loaded, PAGE_MAX, Page, json, put_rows, replacing, rows};
use crate::ids::{ContactId, ElderId, FamilyDeviceId, InviteId, UserId};
use crate::people::{FamilyChoices, Outline, Reached};

mod invite {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_invite")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub hash: Vec<u8>,
        pub elder_id: Uuid,
        pub contact_id: Uuid,
        pub made_by: Uuid,
        pub made_at: Micros,
        pub expires_at: Micros,
        pub attempts: i32,
        pub used_at: Option<Micros>,
        pub revoked_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod device {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_device")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub hash: Vec<u8>,
        pub invite_id: Uuid,
        pub elder_id: Uuid,
        pub contact_id: Uuid,
        pub about: String,
        pub made_at: Micros,
        pub seen_at: Micros,
        pub expires_at: Micros,
        pub revoked_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod choice {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_choice")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub contact_id: Uuid,
        pub elder_id: Uuid,
        pub choices: String,
        pub changed_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The jobs that delete links and sessions, as their rows name them.
const LINKS: &str = "family_links";
/// See [`LINKS`].
const SESSIONS: &str = "family_sessions";
/// Links and devices that one look shows.
const ROWS_MAX: u64 = 200;
/// What is asked for in between does not write that the device was seen.
const SEEN_EVERY_MICROS: i64 = 300_000_000;

/// A link to be made.
#[derive(Debug, Clone)]
pub struct NewInvite {
    /// Its id.
    pub id: InviteId,
    /// Whose page.
    pub elder: ElderId,
    /// For whom.
    pub contact: ContactId,
    /// Who made it.
    pub by: UserId,
    /// Until when it may be used.
    pub expires_at: Timestamp,
}

/// A link as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Its id.
    pub id: InviteId,
    /// Whose page.
    pub elder: ElderId,
    /// For whom.
    pub contact: ContactId,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it may be used.
    pub expires_at: Timestamp,
    /// Tries at the telephone's digits.
    pub attempts: u32,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// What became of a link that was shown with some digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// One try is spent; the digits may be compared now. So many more may follow.
    Try(Invite, u32),
    /// No such link.
    Unknown,
    /// It was used.
    Used,
    /// It was taken back, or a newer one took its place.
    Revoked,
    /// Too old.
    Expired,
    /// Too many wrong digits.
    Locked,
}

/// A device of the family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyDevice {
    /// Its id.
    pub id: FamilyDeviceId,
    /// Whose page.
    pub elder: ElderId,
    /// Who looks.
    pub contact: ContactId,
    /// What it is, in stable words joined by commas: `android,wechat`.
    pub about: String,
    /// When it came.
    pub made_at: Timestamp,
    /// When it was here last, to some minutes.
    pub seen_at: Timestamp,
    /// Until when its session holds.
    pub expires_at: Timestamp,
    /// When it was shut out.
    pub revoked_at: Option<Timestamp>,
}

impl FamilyDevice {
    /// Whether its session holds.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

impl invite::Model {
    fn read(self) -> Result<Invite, StoreError> {
        let id = InviteId::new(self.id);
        let at = At {
            table: "family_invite",
            id: &id,
        };
        Ok(Invite {
            id,
            elder: ElderId::new(self.elder_id),
            contact: ContactId::new(self.contact_id),
            made_at: at.instant("made_at", self.made_at)?,
            expires_at: at.instant("expires_at", self.expires_at)?,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            used_at: self.used_at.map(|it| at.instant("used_at", it)).transpose()?,
            revoked_at: self.revoked_at.map(|it| at.instant("revoked_at", it)).transpose()?,
        })
    }
}

impl device::Model {
    fn read(self) -> Result<FamilyDevice, StoreError> {
        let id = FamilyDeviceId::new(self.id);
        let at = At {
            table: "family_device",
            id: &id,
        };
        Ok(FamilyDevice {
            id,
            elder: ElderId::new(self.elder_id),
            contact: ContactId::new(self.contact_id),
            about: self.about,
            made_at: at.instant("made_at", self.made_at)?,
            seen_at: at.instant("seen_at", self.seen_at)?,
            expires_at: at.instant("expires_at", self.expires_at)?,
            revoked_at: self.revoked_at.map(|it| at.instant("revoked_at", it)).transpose()?,
        })
    }
}

impl Store {
    /// Files a link; links of the same contact that were not used yet are taken back.
    ///
    /// # Errors
    /// `Conflict(Reference(..))` when the contact is not filed.
    pub async fn add_family_invite(&self, new: NewInvite, token: &LinkToken, now: Timestamp) -> Result<(), StoreError> {
        let hash = token.hash();
        self.write(move |tx| {
            Box::pin(async move {
                use invite::{ActiveModel, Column, Entity};
                Entity::update_many()
                    .col_expr(Column::RevokedAt, Expr::value(Micros::from(now)))
                    .filter(Column::ContactId.eq(new.contact.as_uuid()))
                    .filter(Column::UsedAt.is_null())
                    .filter(Column::RevokedAt.is_null())
                    .exec(tx)
                    .await?;
                let row = ActiveModel {
                    id: Set(new.id.as_uuid()),
                    hash: Set(hash),
                    elder_id: Set(new.elder.as_uuid()),
                    contact_id: Set(new.contact.as_uuid()),
                    made_by: Set(new.by.as_uuid()),
                    made_at: Set(now.into()),
                    expires_at: Set(new.expires_at.into()),
                    attempts: Set(0),
                    used_at: Set(None),
                    revoked_at: Set(None),
                };
                row.insert(tx).await?;
                Ok(())
            })
        })
        .await
    }

    /// A link was shown with some digits: spends one of `attempts_max` tries, unless it is good no more.
    ///
    /// # Errors
    /// `Unavailable`; whether the try was spent is not known then.
    pub async fn try_family_invite(
        &self,
        token: &LinkToken,
        attempts_max: u32,
        now: Timestamp,
    ) -> Result<Shown, StoreError> {
        let hash = token.hash();
        self.write(move |tx| {
            Box::pin(async move {
                use invite::{Column, Entity};
                let most = i32::try_from(attempts_max).unwrap_or(i32::MAX);
                let spent = Entity::update_many()
                    .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
                    .filter(Column::Hash.eq(hash.clone()))
                    .filter(Column::UsedAt.is_null())
                    .filter(Column::RevokedAt.is_null())
                    .filter(Column::ExpiresAt.gt(Micros::from(now)))
                    .filter(Column::Attempts.lt(most))
                    .exec(tx)
                    .await?;
                let Some(row) = Entity::find().filter(Column::Hash.eq(hash)).one(tx).await? else {
                    return Ok(Shown::Unknown);
                };
                let found = row.read()?;
                Ok(if spent.rows_affected == 1 {
                    let left = attempts_max.saturating_sub(found.attempts);
                    Shown::Try(found, left)
                } else if found.used_at.is_some() {
                    Shown::Used
                } else if found.revoked_at.is_some() {
                    Shown::Revoked
                } else if found.expires_at <= now {
                    Shown::Expired
                } else {
                    Shown::Locked
                })
            })
        })
        .await
    }

    /// The digits were right: uses the link up and files the device that came by it. `false`: somebody was faster.
    ///
    /// # Errors
    /// `Unavailable`; then the link is still good.
    pub async fn use_family_invite(
        &self,
        invite: &Invite,
        device: FamilyDevice,
        session: &LinkToken,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, hash) = (invite.id, session.hash());
        self.write(move |tx| {
            Box::pin(async move {
                use invite::{Column, Entity};
                let used = Entity::update_many()
                    .col_expr(Column::UsedAt, Expr::value(Micros::from(now)))
                    .filter(Column::Id.eq(id.as_uuid()))
                    .filter(Column::UsedAt.is_null())
                    .filter(Column::RevokedAt.is_null())
                    .exec(tx)
                    .await?;
                if used.rows_affected != 1 {
                    return Ok(false);
                }
                let row = device::ActiveModel {
                    id: Set(device.id.as_uuid()),
                    hash: Set(hash),
                    invite_id: Set(id.as_uuid()),
                    elder_id: Set(device.elder.as_uuid()),
                    contact_id: Set(device.contact.as_uuid()),
                    about: Set(device.about),
                    made_at: Set(now.into()),
                    seen_at: Set(now.into()),
                    expires_at: Set(device.expires_at.into()),
                    revoked_at: Set(None),
                };
                row.insert(tx).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Whose session this is, good or not.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn family_device_of(&self, session: &LinkToken) -> Result<Option<FamilyDevice>, StoreError> {
        device::Entity::find()
            .filter(device::Column::Hash.eq(session.hash()))
            .one(self.reader())
            .await?
            .map(device::Model::read)
            .transpose()
    }

    /// One device.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn family_device(&self, id: FamilyDeviceId) -> Result<Option<FamilyDevice>, StoreError> {
        device::Entity::find_by_id(id.as_uuid())
            .one(self.reader())
            .await?
            .map(device::Model::read)
            .transpose()
    }

    /// Notes that a device was here, to some minutes: a page that is open all day writes little.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn family_device_seen(&self, device: &FamilyDevice, now: Timestamp) -> Result<(), StoreError> {
        let at = Micros::from(now);
        if at.0 - Micros::from(device.seen_at).0 < SEEN_EVERY_MICROS {
            return Ok(());
        }
        let id = device.id.as_uuid();
        self.write(move |tx| {
            Box::pin(async move {
                device::Entity::update_many()
                    .col_expr(device::Column::SeenAt, Expr::value(at))
                    .filter(device::Column::Id.eq(id))
                    .exec(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// The devices of an elder's family, or of one contact, the newest first.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn family_devices(
        &self,
        elder: ElderId,
        contact: Option<ContactId>,
    ) -> Result<Vec<FamilyDevice>, StoreError> {
        use device::{Column, Entity};
        let mut which = Condition::all().add(Column::ElderId.eq(elder.as_uuid()));
        if let Some(contact) = contact {
            which = which.add(Column::ContactId.eq(contact.as_uuid()));
        }
        let found = Entity::find()
            .filter(which)
            .order_by_desc(Column::MadeAt)
            .order_by_desc(Column::Id)
            .limit(ROWS_MAX)
            .all(self.reader())
            .await?;
        found.into_iter().map(device::Model::read).collect()
    }

    /// The links of an elder's family, the newest first.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn family_invites(&self, elder: ElderId) -> Result<Vec<Invite>, StoreError> {
        use invite::{Column, Entity};
        let found = Entity::find()
            .filter(Column::ElderId.eq(elder.as_uuid()))
            .order_by_desc(Column::MadeAt)
            .order_by_desc(Column::Id)
            .limit(ROWS_MAX)
            .all(self.reader())
            .await?;
        found.into_iter().map(invite::Model::read).collect()
    }

    /// Shuts a device out, and its browser is pushed to no more; answers whose reach has changed by that. None: it was out
    /// already, or there is no such device.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn revoke_family_device(
        &self,
        id: FamilyDeviceId,
        now: Timestamp,
    ) -> Result<Option<Vec<(Reached, Outline)>>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = device::Entity::update_many()
                    .col_expr(device::Column::RevokedAt, Expr::value(Micros::from(now)))
                    .filter(device::Column::Id.eq(id.as_uuid()))
                    .filter(device::Column::RevokedAt.is_null())
                    .exec(tx)
                    .await?;
                if done.rows_affected == 0 {
                    return Ok(None);
                }
                Ok(Some(end_pushes_of_family_device(tx, id, now).await?))
            })
        })
        .await
    }

    /// Deletes links and sessions that ran out before `before`, of each the oldest `limit` at most; answers how many. Whose file
    /// was looked at by them stays in the log of views.
    ///
    /// # Errors
    /// The database's; what was not deleted is found another time.
    pub async fn forget_family_links(&self, before: Timestamp, limit: u64, now: Timestamp) -> Result<u64, StoreError> {
        let devices = oldest(
            device::Entity,
            device::Column::Id,
            device::Column::ExpiresAt,
            before,
            limit,
        );
        let devices = device::Column::Id.in_subquery(devices);
        let links = oldest(
            invite::Entity,
            invite::Column::Id,
            invite::Column::ExpiresAt,
            before,
            limit,
        );
        let links = invite::Column::Id.in_subquery(links);
        Ok(self.forget::<device::Entity>(SESSIONS, devices, before, now).await?
            + self.forget::<invite::Entity>(LINKS, links, before, now).await?)
    }

    /// How the contacts of an elder wish to be told; who has said nothing is left out.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn family_choices(&self, elder: ElderId) -> Result<Vec<(ContactId, FamilyChoices)>, StoreError> {
        let found = choice::Entity::find()
            .filter(choice::Column::ElderId.eq(elder.as_uuid()))
            .order_by_asc(choice::Column::ContactId)
            .all(self.reader())
            .await?;
        found.into_iter().map(read_choice).collect()
    }

    /// How contacts wish to be told who have said so at `since` or later; none: of all.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn family_choices_changed(
        &self,
        since: Option<Timestamp>,
    ) -> Result<Loaded<(ContactId, FamilyChoices)>, StoreError> {
        use choice::{Column, Entity};
        let mut all = Loaded::default();
        let mut after = None;
        loop {
            let mut select = Entity::find();
            if let Some(since) = since {
                select = select.filter(Column::ChangedAt.gte(Micros::from(since)));
            }
            if let Some(after) = after {
                select = select.filter(Column::ContactId.gt(after));
            }
            let select = select.order_by_asc(Column::ContactId).limit(PAGE_MAX);
            let found = rows(self.reader(), select, "family_choice", "contact_id").await?;
            after = all.take(Page::of(found, PAGE_MAX, read_choice));
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Files how a contact wishes to be told, if `allowed` by what the others of the elder have said; they are held while it
    /// is looked at, so that two who switch off at the same time do not both find the other one on.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn put_family_choices(
        &self,
        elder: ElderId,
        contact: ContactId,
        choices: FamilyChoices,
        allowed: impl Fn(&[(ContactId, FamilyChoices)]) -> bool + Send + Sync + 'static,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use choice::{ActiveModel, Column, Entity};
                super::elders::hold(tx, elder.as_uuid()).await?;
                let found = Entity::find()
                    .filter(Column::ElderId.eq(elder.as_uuid()))
                    .filter(Column::ContactId.ne(contact.as_uuid()))
                    .all(tx)
                    .await?;
                let others: Vec<_> = found.into_iter().map(read_choice).collect::<Result<_, _>>()?;
                if !allowed(&others) {
                    return Ok(false);
                }
                let row = ActiveModel {
                    contact_id: Set(contact.as_uuid()),
                    elder_id: Set(elder.as_uuid()),
                    choices: Set(json("family_choice", "choices", &choices)?),
                    changed_at: Set(now.into()),
                };
                put_rows(tx, vec![row], &replacing(&[Column::ContactId], &[])).await?;
                Ok(true)
            })
        })
        .await
    }
}

fn read_choice(row: choice::Model) -> Result<(ContactId, FamilyChoices), StoreError> {
    let id = ContactId::new(row.contact_id);
    let at = At {
        table: "family_choice",
        id: &id,
    };
    Ok((id, at.json("choices", &row.choices)?))
}
