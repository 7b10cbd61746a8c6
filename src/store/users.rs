//! Who may sign in, and the long half of their sessions. Passwords come here as hashes (argon2, made elsewhere), refresh
//! tokens are kept as SHA-256 of 256 random bits.
//!
//! Holds always:
//! - a refresh token is good once; shown again later it means that somebody copied it, and its whole family ends;
//! - whatever takes a right away (another role, scope or password, disabling, revoking) raises `token_epoch`: access tokens
//!   that carry a lower one are void, and refresh tokens of a lower one do not rotate.

use std::collections::HashSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::connect::Store;
use super::error::StoreError;
use super::micros::Micros;
use super::reach::end_pushes_of_account;
use super::register_log::{RegisterEvent, put_event};
use super::registry::{At, PAGE_MAX, Page, joined, rows};
use super::rota::end_calendars;
use super::seal::{SealError, random};
use crate::ids::{ResponderId, UserId};
use crate::people::{PrefixSet, Role};

mod account {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub username: String,
        pub password_hash: String,
        pub role: String,
        pub area_prefixes: String,
        pub responder_id: Option<Uuid>,
        pub disabled_at: Option<Micros>,
        pub failed_attempts: i32,
        pub locked_until: Option<Micros>,
        pub token_epoch: i64,
        pub made_at: Micros,
        pub changed_at: Micros,
        pub version: i64,
    }

    impl std::fmt::Debug for Model {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "account {}", self.id)
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod refresh_token {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "refresh_token")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: Vec<u8>,
        pub account_id: Uuid,
        pub family: Uuid,
        pub token_epoch: i64,
        pub made_at: Micros,
        pub expires_at: Micros,
        pub rotated_at: Option<Micros>,
        pub revoked_at: Option<Micros>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const TABLE: &str = "account";

/// A phone that did not hear the answer asks again with the same token; within this span all that it was given stays good, since
/// several answers may be on their way. After it only the newest does, and the token again after its successor was shown is theft.
const ROTATE_AGAIN_WITHIN_MICROS: i64 = 10_000_000;

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub id: UserId,
    /// Small letters, unique.
    pub username: String,
    /// What they may do.
    pub role: Role,
    /// What part of the tree they may see.
    pub scope: PrefixSet,
    /// The responder that they are, if one.
    pub responder: Option<ResponderId>,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// Wrong passwords since the last right one or the last lock.
    pub failed_attempts: u32,
    /// Until when every password is refused.
    pub locked_until: Option<Timestamp>,
    /// What an access token must carry.
    pub token_epoch: i64,
    /// For an edit.
    pub version: i64,
}

impl Account {
    /// Whether a password is looked at at all.
    pub fn may_try(&self, now: Timestamp) -> bool {
        self.disabled_at.is_none() && self.locked_until.is_none_or(|until| until <= now)
    }
}

/// A new account.
#[derive(Clone)]
pub struct NewAccount {
    /// Who.
    pub id: UserId,
    /// Kept in small letters.
    pub username: String,
    /// The whole argon2 text, with its parameters and salt.
    pub password_hash: String,
    /// What they may do.
    pub role: Role,
    /// What part of the tree they may see.
    pub scope: PrefixSet,
    /// The responder that they are, if one.
    pub responder: Option<ResponderId>,
}

/// What an administrator changes of an account. All of it is written.
#[derive(Debug, Clone)]
pub struct Rights {
    /// What they may do.
    pub role: Role,
    /// What part of the tree they may see.
    pub scope: PrefixSet,
    /// The responder that they are, if one.
    pub responder: Option<ResponderId>,
    /// Whether they may not sign in.
    pub disabled: bool,
}

/// When wrong passwords lock an account.
#[derive(Debug, Clone, Copy)]
pub struct Lockout {
    /// Wrong passwords in a row until the lock.
    pub attempts_max: u32,
    /// How long it lasts.
    pub lock_for: SignedDuration,
}

/// The long-lived half of a session, as the client holds it: 256 random bits, 43 letters of URL-safe base64.
#[derive(Clone)]
pub struct RefreshToken([u8; 32]);

impl RefreshToken {
    /// A new one.
    ///
    /// # Errors
    /// `NoRandomness`.
    pub fn make() -> Result<Self, SealError> {
        Ok(Self(random()?))
    }

    /// From what a client sent; `None` when it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The text for the client.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(***)")
    }
}

/// What became of a refresh token that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The new token holds; here is whose session it is, as the account stands now.
    Rotated(Box<Account>),
    /// No such token.
    Unknown,
    /// Too old.
    Expired,
    /// Ended by hand, by a change of rights, or with its family.
    Revoked,
    /// Shown a second time: its family was ended just now. Worth an alarm to the account's owner.
    Reused(UserId),
    /// The account is disabled.
    Disabled,
}

impl account::Model {
    fn read(self) -> Result<Account, StoreError> {
        let id = UserId::new(self.id);
        let at = At { table: TABLE, id: &id };
        let instant = |field, value: Option<Micros>| value.map(|it| at.instant(field, it)).transpose();
        Ok(Account {
            id,
            role: at.word("role", &self.role)?,
            scope: at.words("area_prefixes", &self.area_prefixes)?.into_iter().collect(),
            responder: self.responder_id.map(ResponderId::new),
            disabled_at: instant("disabled_at", self.disabled_at)?,
            failed_attempts: u32::try_from(self.failed_attempts).unwrap_or(u32::MAX),
            locked_until: instant("locked_until", self.locked_until)?,
            token_epoch: self.token_epoch,
            version: self.version,
            username: self.username,
        })
    }
}

impl Store {
    /// Adds an account.
    ///
    /// # Errors
    /// `Conflict(Unique("account_username"))`.
    pub async fn add_account(&self, new: NewAccount, now: Timestamp) -> Result<(), StoreError> {
        self.file_account(new, None, now).await
    }

    /// Adds an account, with its line in the log of the register.
    ///
    /// # Errors
    /// `Conflict(Unique("account_username"))`.
    pub async fn file_account(
        &self,
        new: NewAccount,
        line: Option<RegisterEvent>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = account::ActiveModel {
            id: Set(new.id.as_uuid()),
            username: Set(folded(&new.username)),
            password_hash: Set(new.password_hash),
            role: Set(new.role.to_string()),
            area_prefixes: Set(joined(new.scope.iter())),
            responder_id: Set(new.responder.map(ResponderId::as_uuid)),
            disabled_at: Set(None),
            failed_attempts: Set(0),
            locked_until: Set(None),
            token_epoch: Set(1),
            made_at: Set(now.into()),
            changed_at: Set(now.into()),
            version: Set(1),
        };
        self.write(move |tx| {
            Box::pin(async move {
                row.insert(tx).await?;
                put_line(tx, line).await
            })
        })
        .await
    }

    /// How many accounts there are: none means that the first administrator is to be made.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn account_count(&self) -> Result<u64, StoreError> {
        Ok(account::Entity::find().count(self.reader()).await?)
    }

    /// One account; `None` when there is none of this id.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn account(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        account::Entity::find_by_id(id.as_uuid())
            .one(self.reader())
            .await?
            .map(account::Model::read)
            .transpose()
    }

    /// The account of this name and the hash that its password must fit.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn account_to_sign_in(&self, username: &str) -> Result<Option<(Account, String)>, StoreError> {
        if username.contains('\0') {
            return Ok(None); // nobody is called that, and PostgreSQL refuses to be asked
        }
        let found = account::Entity::find()
            .filter(account::Column::Username.eq(folded(username)))
            .one(self.reader())
            .await?;
        let Some(row) = found else { return Ok(None) };
        let hash = row.password_hash.clone();
        Ok(Some((row.read()?, hash)))
    }

    /// The accounts of these names, as far as there are any.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`.
    pub async fn accounts_named(&self, names: &[String]) -> Result<Vec<Account>, StoreError> {
        let names = names.iter().filter(|it| !it.contains('\0')).map(|it| folded(it));
        let found = account::Entity::find()
            .filter(account::Column::Username.is_in(names))
            .order_by_asc(account::Column::Id)
            .all(self.reader())
            .await?;
        found.into_iter().map(account::Model::read).collect()
    }

    /// A page of accounts, ordered by id.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn accounts(&self, after: Option<Uuid>, limit: u64) -> Result<Page<Account>, StoreError> {
        use account::{Column, Entity};
        let limit = limit.clamp(1, PAGE_MAX);
        let mut select = Entity::find();
        if let Some(after) = after {
            select = select.filter(Column::Id.gt(after));
        }
        let found = rows(self.reader(), select.order_by_asc(Column::Id).limit(limit), TABLE, "id").await?;
        Ok(Page::of(found, limit, account::Model::read))
    }

    /// Accounts ordered by name. `after`: the last of the page before.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn accounts_by_name(&self, after: Option<UserId>, limit: u64) -> Result<Page<Account>, StoreError> {
        use account::{Column, Entity};
        let limit = limit.clamp(1, PAGE_MAX);
        let mut select = Entity::find();
        if let Some(after) = after {
            let name: Option<String> = Entity::find_by_id(after.as_uuid())
                .select_only()
                .column(Column::Username)
                .into_tuple()
                .one(self.reader())
                .await?;
            select = select.filter(Column::Username.gt(name.unwrap_or_default()));
        }
        let found = rows(
            self.reader(),
            select.order_by_asc(Column::Username).limit(limit),
            TABLE,
            "id",
        )
        .await?;
        Ok(Page::of(found, limit, account::Model::read))
    }

    /// Counts a wrong password, in one statement, so that guesses at the same time all count. Answers until when the account
    /// is locked, if it is. At the lock the count begins anew.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn record_wrong_password(
        &self,
        id: UserId,
        lockout: Lockout,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use account::{Column, Entity};
                let next = || Expr::col(Column::FailedAttempts).add(1);
                let most = i32::try_from(lockout.attempts_max).unwrap_or(i32::MAX);
                let until = Micros::from(now.checked_add(lockout.lock_for).unwrap_or(Timestamp::MAX));
                Entity::update_many()
                    .col_expr(
                        Column::LockedUntil,
                        Expr::case(next().gte(most), until)
                            .finally(Expr::col(Column::LockedUntil))
                            .into(),
                    )
                    .col_expr(
                        Column::FailedAttempts,
                        Expr::case(next().gte(most), 0).finally(next()).into(),
                    )
                    .filter(Column::Id.eq(id.as_uuid()))
                    .exec(tx)
                    .await?;
                let row = Entity::find_by_id(id.as_uuid()).one(tx).await?;
                let account = row.map(account::Model::read).transpose()?;
                Ok(account.and_then(|it| it.locked_until).filter(|until| *until > now))
            })
        })
        .await
    }

    /// Forgets wrong passwords after a right one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn record_right_password(&self, id: UserId) -> Result<(), StoreError> {
        self.unlock_account(id, None).await
    }

    /// Forgets wrong passwords and ends a lock, with a line in the log of the register.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn unlock_account(&self, id: UserId, line: Option<RegisterEvent>) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use account::{Column, Entity};
                Entity::update_many()
                    .col_expr(Column::FailedAttempts, Expr::value(0))
                    .col_expr(Column::LockedUntil, Expr::value(Option::<Micros>::None))
                    .filter(Column::Id.eq(id.as_uuid()))
                    .exec(tx)
                    .await?;
                put_line(tx, line).await
            })
        })
        .await
    }

    /// Another password; ends every session.
    ///
    /// # Errors
    /// `Conflict(Version)` when there is no such account.
    pub async fn set_password(&self, id: UserId, password_hash: String, now: Timestamp) -> Result<(), StoreError> {
        self.renew_password(id, password_hash, None, now).await
    }

    /// Another password, with a line in the log of the register; ends every session.
    ///
    /// # Errors
    /// `Conflict(Version)` when there is no such account.
    pub async fn renew_password(
        &self,
        id: UserId,
        password_hash: String,
        line: Option<RegisterEvent>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use account::{Column, Entity};
                end_sessions(tx, id, None, now).await?;
                Entity::update_many()
                    .col_expr(Column::PasswordHash, Expr::value(password_hash))
                    .col_expr(Column::FailedAttempts, Expr::value(0))
                    .col_expr(Column::LockedUntil, Expr::value(Option::<Micros>::None))
                    .filter(Column::Id.eq(id.as_uuid()))
                    .exec(tx)
                    .await?;
                put_line(tx, line).await
            })
        })
        .await
    }

    /// Other rights, if nobody has changed the account since `version`; ends every session, so that nobody goes on with the
    /// rights of before.
    ///
    /// # Errors
    /// `Conflict(Version)`.
    pub async fn set_rights(&self, id: UserId, rights: Rights, version: i64, now: Timestamp) -> Result<(), StoreError> {
        self.edit_account(id, rights, version, None, now).await
    }

    /// Other rights as in [`Store::set_rights`], with a line in the log of the register.
    ///
    /// # Errors
    /// `Conflict(Version)`.
    pub async fn edit_account(
        &self,
        id: UserId,
        rights: Rights,
        version: i64,
        line: Option<RegisterEvent>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use account::{Column, Entity};
                end_sessions(tx, id, Some(version), now).await?;
                let disabled_at = rights.disabled.then(|| Micros::from(now));
                Entity::update_many()
                    .col_expr(Column::Role, Expr::value(rights.role.as_str()))
                    .col_expr(Column::AreaPrefixes, Expr::value(joined(rights.scope.iter())))
                    .col_expr(
                        Column::ResponderId,
                        Expr::value(rights.responder.map(ResponderId::as_uuid)),
                    )
                    .col_expr(Column::DisabledAt, Expr::value(disabled_at))
                    .filter(Column::Id.eq(id.as_uuid()))
                    .exec(tx)
                    .await?;
                put_line(tx, line).await
            })
        })
        .await
    }

    /// Ends every session of the account; answers the epoch that tokens must carry from now on.
    ///
    /// # Errors
    /// `Conflict(Version)` when there is no such account.
    pub async fn revoke_sessions(&self, id: UserId, now: Timestamp) -> Result<i64, StoreError> {
        self.end_account_sessions(id, None, now).await
    }

    /// Ends every session of the account, with a line in the log of the register.
    ///
    /// # Errors
    /// `Conflict(Version)` when there is no such account.
    pub async fn end_account_sessions(
        &self,
        id: UserId,
        line: Option<RegisterEvent>,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let epoch = end_sessions(tx, id, None, now).await?;
                put_line(tx, line).await?;
                Ok(epoch)
            })
        })
        .await
    }

    /// Begins a session. `family` is new (the caller's `Ids`); every token rotated from this one belongs to it.
    ///
    /// # Errors
    /// `Conflict(Version)` when there is no such account.
    pub async fn begin_session(
        &self,
        id: UserId,
        family: Uuid,
        token: &RefreshToken,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let hash = token.hash();
        self.write(move |tx| {
            Box::pin(async move {
                let row = account::Entity::find_by_id(id.as_uuid())
                    .one(tx)
                    .await?
                    .ok_or_else(|| StoreError::stale(TABLE, id))?;
                add_token(tx, hash, &row, family, now, expires_at).await
            })
        })
        .await
    }

    /// Takes `old` and, when it is good, puts `new` in its place.
    ///
    /// # Errors
    /// `Unavailable`; then `old` is still good.
    pub async fn rotate(
        &self,
        old: &RefreshToken,
        new: &RefreshToken,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Rotation, StoreError> {
        let (old, new) = (old.hash(), new.hash());
        self.write(move |tx| {
            Box::pin(async move {
                use refresh_token::{Column, Entity};
                // Held until the commit: of two who show it at the same time, the second sees it rotated.
                let Some(token) = Entity::find_by_id(old.clone()).lock_exclusive().one(tx).await? else {
                    return Ok(Rotation::Unknown);
                };
                let Some(row) = account::Entity::find_by_id(token.account_id).one(tx).await? else {
                    return Ok(Rotation::Unknown);
                };
                let at = Micros::from(now);
                let family = || Entity::find().filter(Column::Family.eq(token.family));
                let mut ended = Entity::update_many()
                    .col_expr(Column::RevokedAt, Expr::value(at))
                    .filter(Column::Family.eq(token.family))
                    .filter(Column::RevokedAt.is_null());
                if token.revoked_at.is_some() && token.rotated_at.is_none() {
                    // It was given out and taken back because its forerunner came again, and yet somebody has it: one of two is a thief.
                    let others = family().filter(Column::RevokedAt.is_null()).one(tx).await?;
                    if others.is_some() {
                        ended.exec(tx).await?;
                        return Ok(Rotation::Reused(UserId::new(token.account_id)));
                    }
                }
                if token.revoked_at.is_some() || token.token_epoch != row.token_epoch {
                    return Ok(Rotation::Revoked);
                }
                if row.disabled_at.is_some() {
                    return Ok(Rotation::Disabled);
                }
                if token.expires_at <= at {
                    return Ok(Rotation::Expired);
                }
                let again = token
                    .rotated_at
                    .filter(|it| *it < Micros(at.0 - ROTATE_AGAIN_WITHIN_MICROS));
                if let Some(then) = again {
                    let used_since = family().filter(Column::RotatedAt.gt(then)).one(tx).await?.is_some();
                    if !used_since {
                        // Its successor was never shown: the answer did not arrive. Nobody is to show it from now on.
                        ended = ended.filter(Column::RotatedAt.is_null());
                    }
                    ended.exec(tx).await?;
                    if used_since {
                        return Ok(Rotation::Reused(UserId::new(token.account_id)));
                    }
                }
                if token.rotated_at.is_none() {
                    let rotated = Entity::update_many().col_expr(Column::RotatedAt, Expr::value(at));
                    rotated.filter(Column::Hash.eq(old)).exec(tx).await?;
                }
                add_token(tx, new, &row, token.family, now, expires_at).await?;
                Ok(Rotation::Rotated(Box::new(row.read()?)))
            })
        })
        .await
    }

    /// Ends one session: the family of this token. Answers whether there was one.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn end_session(&self, token: &RefreshToken, now: Timestamp) -> Result<bool, StoreError> {
        let hash = token.hash();
        self.write(move |tx| {
            Box::pin(async move {
                use refresh_token::{Column, Entity};
                let Some(token) = Entity::find_by_id(hash).one(tx).await? else {
                    return Ok(false);
                };
                let ended = Entity::update_many()
                    .col_expr(Column::RevokedAt, Expr::value(Micros::from(now)))
                    .filter(Column::Family.eq(token.family))
                    .filter(Column::RevokedAt.is_null())
                    .exec(tx)
                    .await?;
                Ok(ended.rows_affected > 0)
            })
        })
        .await
    }

    /// The responders with whose account somebody is signed in: a session that was begun or renewed after `since` and has not
    /// been ended.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn responders_signed_in(&self, since: Timestamp) -> Result<HashSet<ResponderId>, StoreError> {
        use refresh_token::Column;
        let accounts: Vec<Uuid> = refresh_token::Entity::find()
            .select_only()
            .column(Column::AccountId)
            .distinct()
            .filter(Column::MadeAt.gt(Micros::from(since)))
            .filter(Column::RevokedAt.is_null())
            .into_tuple()
            .all(self.reader())
            .await?;
        if accounts.is_empty() {
            return Ok(HashSet::new());
        }
        let found: Vec<Option<Uuid>> = account::Entity::find()
            .select_only()
            .column(account::Column::ResponderId)
            .filter(account::Column::Id.is_in(accounts))
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(found.into_iter().flatten().map(ResponderId::new).collect())
    }

    /// For the retention job: removes tokens that expired before `before`; answers how many.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn sweep_refresh_tokens(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                use refresh_token::{Column, Entity};
                let old = Column::ExpiresAt.lt(Micros::from(before));
                Ok(Entity::delete_many().filter(old).exec(tx).await?.rows_affected)
            })
        })
        .await
    }
}

/// Names are compared as people type them: blanks around and capitals do not matter.
fn folded(username: &str) -> String {
    username.trim().to_lowercase()
}

async fn put_line(tx: &DatabaseTransaction, line: Option<RegisterEvent>) -> Result<(), StoreError> {
    match line {
        Some(line) => put_event(tx, line).await,
        None => Ok(()),
    }
}

/// Raises the epoch (and the version, checked when one is given) and revokes the refresh tokens; answers the new epoch.
/// Every session of the account ends, and with it its browsers are pushed to no more: whoever signs in again agrees again.
async fn end_sessions(
    tx: &DatabaseTransaction,
    id: UserId,
    version: Option<i64>,
    now: Timestamp,
) -> Result<i64, StoreError> {
    use account::{Column, Entity};
    let mut raise = Entity::update_many()
        .col_expr(Column::TokenEpoch, Expr::col(Column::TokenEpoch).add(1))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::ChangedAt, Expr::value(Micros::from(now)))
        .filter(Column::Id.eq(id.as_uuid()));
    if let Some(version) = version {
        raise = raise.filter(Column::Version.eq(version));
    }
    if raise.exec(tx).await?.rows_affected != 1 {
        return Err(StoreError::stale(TABLE, id));
    }
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RevokedAt, Expr::value(Micros::from(now)))
        .filter(refresh_token::Column::AccountId.eq(id.as_uuid()))
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    end_pushes_of_account(tx, id, now).await?;
    end_calendars(tx, id, now).await?;
    let epoch = Entity::find_by_id(id.as_uuid())
        .select_only()
        .column(Column::TokenEpoch)
        .into_tuple()
        .one(tx)
        .await?;
    epoch.ok_or_else(|| StoreError::stale(TABLE, id))
}

async fn add_token(
    tx: &impl ConnectionTrait,
    hash: Vec<u8>,
    account: &account::Model,
    family: Uuid,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let row = refresh_token::ActiveModel {
        hash: Set(hash),
        account_id: Set(account.id),
        family: Set(family),
        token_epoch: Set(account.token_epoch),
        made_at: Set(now.into()),
        expires_at: Set(expires_at.into()),
        rotated_at: Set(None),
        revoked_at: Set(None),
    };
    row.insert(tx).await?;
    Ok(())
}
