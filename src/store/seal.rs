//! Sealed fields: what only its owner and those at work for them may read lies encrypted in the tables.
//!
//! Keys in three steps: the *master key* comes from the configuration and is never stored; it wraps the *data keys*, one
//! for each elder and three of the service's own (general, search, devices), kept in `data_key`; a data key seals
//! fields. Destroying an elder's row there makes everything sealed for that elder unreadable, in backups made later too,
//! while the tables, chains and counts stay whole.
//!
//! A sealed field is one blob, bound to its table, column and row, so that it opens nowhere else:
//!
//! ```text
//! byte 0        1          layout number
//! bytes 1-16    key id     row of data_key
//! bytes 17-40   nonce      random, 192 bits
//! bytes 41-     XChaCha20-Poly1305 ciphertext and its 16-byte tag;
//!               associated data "ecd1" 0 table 0 column 0 row(16 bytes)
//! ```
//!
//! Exact search of phones and identity numbers goes by a keyed hash (HMAC-SHA256), as does the check of device keys.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DeriveValueType, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use sha2::Sha256;
use uuid::Uuid;

use super::connect::{BINDS_MAX, Store, rows_per_statement};
use super::error::StoreError;
use super::micros::Micros;
use crate::ids::ElderId;

mod master;

pub use master::MasterKey;

const LAYOUT: u8 = 1;
const KEY_ID_AT: usize = 1;
const NONCE_AT: usize = 17;
const BODY_AT: usize = 41;
const TAG_BYTES: usize = 16;

/// Rows of `data_key` read at a time.
const PAGE_ROWS: u64 = 5_000;

/// Why a sealed field does not open, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The register was sealed under another master key.
    #[error("the master key is not the one under which this register was sealed")]
    WrongMaster,
    /// The master key's text or file cannot be used.
    #[error("master key: {0}")]
    BadMaster(String),
    /// The keys were not opened yet.
    #[error("the sealed fields are locked: no master key was given")]
    Locked,
    /// The key was destroyed on request: the field is gone for good.
    #[error("erased: key {0} was destroyed")]
    Erased(Uuid),
    /// The key's row does not unwrap: damaged, or written under another master key. Only this elder's fields stay closed.
    #[error("key {0} does not unwrap")]
    Damaged(Uuid),
    /// This process has not seen the key; another node may have made it since the last look.
    #[error("key {0} is not known here")]
    UnknownKey(Uuid),
    /// The blob is no sealed field, was changed, or stands in another place than the one it was sealed for.
    #[error("{table}.{column}: the sealed field was changed, or belongs to another place")]
    Tampered {
        /// Where it was read.
        table: &'static str,
        /// Where it was read.
        column: &'static str,
    },
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
}

/// A sealed field as it lies in the table. See the module for its layout.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// One key of `data_key`, opened. Prints its id only.
#[derive(Clone)]
pub struct DataKey {
    id: Uuid,
    secret: [u8; 32],
}

impl DataKey {
    /// The row of `data_key`.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Seals `plaintext` for one place: the column of a table in the row `row`.
    ///
    /// # Errors
    /// `NoRandomness`.
    pub fn seal(
        &self,
        table: &'static str,
        column: &'static str,
        row: Uuid,
        plaintext: &[u8],
    ) -> Result<Sealed, SealError> {
        let nonce: [u8; 24] = random()?;
        let body = encrypt(&self.secret, &nonce, plaintext, &bound_to(table, column, row))?;
        let mut blob = Vec::with_capacity(BODY_AT + body.len());
        blob.push(LAYOUT);
        blob.extend_from_slice(self.id.as_bytes());
        blob.extend_from_slice(&nonce);
        blob.extend_from_slice(&body);
        Ok(Sealed(blob))
    }

    fn open(&self, blob: &[u8], table: &'static str, column: &'static str, row: Uuid) -> Result<Vec<u8>, SealError> {
        let tampered = SealError::Tampered { table, column };
        let (Some(nonce), Some(body)) = (blob.get(NONCE_AT..BODY_AT), blob.get(BODY_AT..)) else {
            return Err(tampered);
        };
        decrypt(&self.secret, nonce, body, &bound_to(table, column, row)).ok_or(tampered)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({})", self.id)
    }
}

fn key_of(blob: &[u8]) -> Option<Uuid> {
    if blob.len() < BODY_AT + TAG_BYTES || blob[0] != LAYOUT {
        return None;
    }
    Uuid::from_slice(&blob[KEY_ID_AT..NONCE_AT]).ok()
}

fn bound_to(table: &str, column: &str, row: Uuid) -> Vec<u8> {
    let mut text = Vec::with_capacity(table.len() + column.len() + 23);
    text.extend_from_slice(b"ecd1\0");
    text.extend_from_slice(table.as_bytes());
    text.push(0);
    text.extend_from_slice(column.as_bytes());
    text.push(0);
    text.extend_from_slice(row.as_bytes());
    text
}

fn encrypt(secret: &[u8; 32], nonce: &[u8; 24], msg: &[u8], aad: &[u8]) -> Result<Vec<u8>, SealError> {
    // The only failure is a text of more than 256 GiB, which no column holds; it is told as the nearest named error.
    let cipher = XChaCha20Poly1305::new(&Key::from(*secret));
    cipher
        .encrypt(&XNonce::from(*nonce), Payload { msg, aad })
        .map_err(|_| SealError::NoRandomness)
}

fn decrypt(secret: &[u8; 32], nonce: &[u8], msg: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let nonce: [u8; 24] = nonce.try_into().ok()?;
    XChaCha20Poly1305::new(&Key::from(*secret))
        .decrypt(&XNonce::from(nonce), Payload { msg, aad })
        .ok()
}

/// Bytes that nobody can foretell.
///
/// # Errors
/// `NoRandomness`.
pub fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| SealError::NoRandomness)?;
    Ok(bytes)
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Hmac<Sha256> {
    // HMAC takes a key of any length, so this cannot fail.
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac
}

impl Store {
    /// Whether anything was ever sealed here: then a missing master key is to be found, not made anew.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn has_data_keys(&self) -> Result<bool, StoreError> {
        Ok(data_key::Entity::find().limit(1).one(self.reader()).await?.is_some())
    }
}

/// Row of `data_key`.
mod data_key {
    use super::Micros;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "data_key")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The elder, or one of the service's own subjects.
        pub subject: Uuid,
        /// Nonce (24 bytes) and the sealed secret; null when destroyed.
        pub wrapped: Option<Vec<u8>>,
        pub made_at: Micros,
        pub destroyed_at: Option<Micros>,
        /// When it was made or destroyed, whichever is later.
        pub changed_at: Micros,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What is sealed without an elder.
const GENERAL: Uuid = Uuid::from_u128(0);
/// Keyed hashes for exact search.
const SEARCH: Uuid = Uuid::from_u128(1);
/// Keyed hashes of device keys and of sender addresses.
const DEVICES: Uuid = Uuid::from_u128(2);

/// The opened keys. One a process; shared by all who read or write sealed fields.
pub struct KeyRing {
    master: MasterKey,
    general: DataKey,
    search: DataKey,
    devices: DataKey,
    held: RwLock<Held>,
}

#[derive(Default)]
struct Held {
    keys: HashMap<Uuid, Slot>,
    /// The living key of each elder.
    elders: HashMap<Uuid, Uuid>,
}

#[derive(Clone, Copy)]
enum Slot {
    Open([u8; 32]),
    Erased,
    /// The row does not unwrap: damaged. Only this elder's fields stay closed.
    Damaged,
}

impl KeyRing {
    /// Unwraps the service's own three keys, made at the first start. Those of elders come by [`KeyRing::read_all`], or one by one
    /// as they are asked for.
    pub(super) async fn open(store: &Store, master: MasterKey, now: Timestamp) -> Result<Self, StoreError> {
        let wrapper = master.clone();
        let own = store
            .write(move |tx| {
                Box::pin(async move { living_or_new(tx, &wrapper, &[GENERAL, SEARCH, DEVICES], now).await })
            })
            .await;
        let own = match own {
            Err(StoreError::Sealed(SealError::Damaged(_))) => return Err(SealError::WrongMaster.into()),
            other => other?,
        };
        let own = |subject| own.get(&subject).cloned().ok_or(SealError::WrongMaster);
        Ok(Self {
            general: own(GENERAL)?,
            search: own(SEARCH)?,
            devices: own(DEVICES)?,
            master,
            held: RwLock::default(),
        })
    }

    /// Reads the keys of every elder, so that none has to be looked up from here on.
    ///
    /// # Errors
    /// `Unavailable`; what was read so far is held.
    pub async fn read_all(&self, store: &Store) -> Result<(), StoreError> {
        self.read_changes(store.reader(), Micros(i64::MIN)).await
    }

    /// Sees to it that the living keys of these elders are held: the ring may not be whole yet, or another node may have made one
    /// since. An elder without a living key costs nothing more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn fetch_living(&self, store: &Store, elders: &[ElderId]) -> Result<(), StoreError> {
        let missing: Vec<Uuid> = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            let subjects = elders.iter().map(|it| it.as_uuid());
            subjects.filter(|it| !held.elders.contains_key(it)).collect()
        };
        for some in missing.chunks(BINDS_MAX) {
            let found = data_key::Entity::find()
                .filter(data_key::Column::Subject.is_in(some.iter().copied()))
                .filter(data_key::Column::DestroyedAt.is_null())
                .all(store.reader())
                .await?;
            self.hold(&found.into_iter().map(wrapped).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Looks for keys that other nodes made or destroyed since `since` (a little overlap does no harm).
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn refresh(&self, store: &Store, since: Timestamp) -> Result<(), StoreError> {
        self.read_changes(store.reader(), since.into()).await
    }

    async fn read_changes(&self, db: &impl ConnectionTrait, since: Micros) -> Result<(), StoreError> {
        use data_key::Column;
        let mut after = None;
        loop {
            let mut page = data_key::Entity::find().filter(Column::ChangedAt.gte(since));
            if let Some(after) = after {
                page = page.filter(Column::Id.gt(after));
            }
            let page = page.order_by_asc(Column::Id).limit(PAGE_ROWS);
            // Of a district there are very many, and of each no more than this is wanted.
            let rows: Vec<Wrapped> = page
                .select_only()
                .columns([Column::Id, Column::Subject, Column::Wrapped])
                .into_tuple()
                .all(db)
                .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.0);
            self.hold(&rows);
        }
    }

    fn hold(&self, rows: &[Wrapped]) {
        let slots: Vec<Slot> = rows.iter().map(|row| unwrap(&self.master, row)).collect();
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        for ((id, subject, _), slot) in rows.iter().zip(slots) {
            held.keys.insert(*id, slot);
            if matches!(slot, Slot::Open(_)) {
                held.elders.insert(*subject, *id);
            } else if held.elders.get(subject) == Some(id) {
                held.elders.remove(subject);
            }
        }
    }

    /// The key for what belongs to no elder: raw payloads of unknown devices, quarantine, notes about an area.
    pub fn general(&self) -> &DataKey {
        &self.general
    }

    /// The elder's key, when this process has seen it.
    pub fn elder(&self, elder: ElderId) -> Option<DataKey> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let id = *held.elders.get(&elder.as_uuid())?;
        match held.keys.get(&id)? {
            Slot::Open(secret) => Some(DataKey { id, secret: *secret }),
            Slot::Erased | Slot::Damaged => None,
        }
    }

    /// The keys of these elders, made where they are missing, in the caller's transaction. Tell the ring with
    /// [`KeyRing::remember`] once the transaction is committed, never before: a key that was rolled back seals nothing.
    ///
    /// # Errors
    /// `Unavailable`; `Sealed(Damaged)` when a key does not unwrap.
    pub async fn elder_keys(
        &self,
        tx: &impl ConnectionTrait,
        elders: &[ElderId],
        now: Timestamp,
    ) -> Result<HashMap<ElderId, DataKey>, StoreError> {
        let mut subjects: Vec<Uuid> = elders.iter().map(|it| it.as_uuid()).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let keys = living_or_new(tx, &self.master, &subjects, now).await?;
        Ok(keys
            .into_iter()
            .map(|(subject, key)| (ElderId::new(subject), key))
            .collect())
    }

    /// Holds keys that were committed.
    pub fn remember(&self, keys: &HashMap<ElderId, DataKey>) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        for (elder, key) in keys {
            held.keys.insert(key.id, Slot::Open(key.secret));
            held.elders.insert(elder.as_uuid(), key.id);
        }
    }

    /// Opens a sealed field read from this table, column and row.
    ///
    /// # Errors
    /// `Erased`, `UnknownKey` (see [`KeyRing::open_fetching`]) or `Tampered`.
    pub fn open_field(
        &self,
        sealed: &Sealed,
        table: &'static str,
        column: &'static str,
        row: Uuid,
    ) -> Result<Vec<u8>, SealError> {
        let tampered = SealError::Tampered { table, column };
        let id = key_of(&sealed.0).ok_or_else(|| tampered.clone())?;
        if id == self.general.id {
            return self.general.open(&sealed.0, table, column, row);
        }
        let slot = self
            .held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .keys
            .get(&id)
            .copied();
        match slot {
            Some(Slot::Open(secret)) => DataKey { id, secret }.open(&sealed.0, table, column, row),
            Some(Slot::Erased) => Err(SealError::Erased(id)),
            Some(Slot::Damaged) => Err(SealError::Damaged(id)),
            None => Err(SealError::UnknownKey(id)),
        }
    }

    /// Opens a sealed text. Bytes that are no text count as tampered with.
    ///
    /// # Errors
    /// As [`KeyRing::open_field`].
    pub fn open_text(
        &self,
        sealed: &Sealed,
        table: &'static str,
        column: &'static str,
        row: Uuid,
    ) -> Result<String, SealError> {
        let bytes = self.open_field(sealed, table, column, row)?;
        String::from_utf8(bytes).map_err(|_| SealError::Tampered { table, column })
    }

    /// As [`KeyRing::open_field`], but looks in the database for a key that another node has made meanwhile.
    ///
    /// # Errors
    /// `Sealed(..)`, or `Unavailable`.
    pub async fn open_fetching(
        &self,
        store: &Store,
        sealed: &Sealed,
        table: &'static str,
        column: &'static str,
        row: Uuid,
    ) -> Result<Vec<u8>, StoreError> {
        match self.open_field(sealed, table, column, row) {
            Err(SealError::UnknownKey(id)) => {
                let found = data_key::Entity::find_by_id(id).all(store.reader()).await?;
                self.hold(&found.into_iter().map(wrapped).collect::<Vec<_>>());
                Ok(self.open_field(sealed, table, column, row)?)
            }
            other => Ok(other?),
        }
    }

    /// Looks in the database for the elder's keys if this process has not seen a living one: another node may have made it.
    pub(super) async fn fetch_elder(&self, store: &Store, elder: ElderId) -> Result<(), StoreError> {
        if self.elder(elder).is_none() {
            // The living key has an index; of one that was destroyed only the whole table knows.
            self.fetch_living(store, &[elder]).await?;
        }
        if self.elder(elder).is_none() {
            let found = data_key::Entity::find()
                .filter(data_key::Column::Subject.eq(elder.as_uuid()))
                .all(store.reader())
                .await?;
            self.hold(&found.into_iter().map(wrapped).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Destroys an elder's keys: all that was sealed under them is unreadable from now on. Answers how many there were.
    /// Other nodes follow at their next [`KeyRing::refresh`].
    ///
    /// The row stays as the proof, without its secret. SQLite overwrites the old bytes in the page and the write-ahead log
    /// is cut here; on PostgreSQL the old row version goes with the next vacuum, and backups made before keep it until they
    /// are retired.
    ///
    /// # Errors
    /// `Unavailable`; then nothing was destroyed.
    pub async fn erase(&self, store: &Store, elder: ElderId, now: Timestamp) -> Result<u64, StoreError> {
        let subject = elder.as_uuid();
        let destroyed = store
            .write(move |tx| {
                Box::pin(async move {
                    let rows = data_key::Entity::find()
                        .filter(data_key::Column::Subject.eq(subject))
                        .filter(data_key::Column::DestroyedAt.is_null())
                        .all(tx)
                        .await?;
                    let at = Micros::from(now);
                    data_key::Entity::update_many()
                        .col_expr(data_key::Column::Wrapped, Expr::value(Option::<Vec<u8>>::None))
                        .col_expr(data_key::Column::DestroyedAt, Expr::value(at))
                        .col_expr(data_key::Column::ChangedAt, Expr::value(at))
                        .filter(data_key::Column::Subject.eq(subject))
                        .filter(data_key::Column::DestroyedAt.is_null())
                        .exec(tx)
                        .await?;
                    Ok(rows)
                })
            })
            .await?;
        let gone: Vec<Wrapped> = destroyed.into_iter().map(|it| (it.id, it.subject, None)).collect();
        self.hold(&gone);
        store.truncate_wal().await?;
        Ok(gone.len() as u64)
    }

    /// The keyed hash by which a value of this kind is found again, 32 bytes. `kind` keeps a phone number from matching
    /// an identity number of the same digits.
    pub fn search_hash(&self, kind: &'static str, value: &str) -> Vec<u8> {
        hmac(&self.search.secret, &[kind.as_bytes(), &[0], value.as_bytes()])
            .finalize()
            .into_bytes()
            .to_vec()
    }

    /// [`KeyRing::search_hash`] of a phone number however it was written: digits only, without +86 or 0086.
    pub fn phone_hash(&self, phone: &str) -> Vec<u8> {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        let foreign = phone.trim_start().starts_with('+') || digits.starts_with("00");
        let digits = digits.trim_start_matches("00");
        let number = if foreign {
            digits.strip_prefix("86").unwrap_or(digits)
        } else {
            digits
        };
        self.search_hash("phone", number)
    }

    /// [`KeyRing::search_hash`] of an identity number: without blanks, `x` as `X`.
    pub fn identity_hash(&self, number: &str) -> Vec<u8> {
        let number: String = number
            .chars()
            .filter(|it| !it.is_whitespace())
            .map(|it| it.to_ascii_uppercase())
            .collect();
        self.search_hash("identity", &number)
    }

    /// What is stored of a device key, 32 bytes.
    pub fn device_hash(&self, key: &DeviceKey) -> Vec<u8> {
        hmac(&self.devices.secret, &[b"device-key\0", &key.0])
            .finalize()
            .into_bytes()
            .to_vec()
    }

    /// Whether this is the device's key; takes the same time whatever differs.
    pub fn is_device_key(&self, key: &DeviceKey, stored: &[u8]) -> bool {
        hmac(&self.devices.secret, &[b"device-key\0", &key.0])
            .verify_slice(stored)
            .is_ok()
    }

    /// A digest of a sender's network address, 32 bytes: the same sender is seen again, the address is not kept.
    pub fn address_digest(&self, address: &str) -> Vec<u8> {
        hmac(&self.devices.secret, &[b"address\0", address.as_bytes()])
            .finalize()
            .into_bytes()
            .to_vec()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing(***)")
    }
}

/// The secret that a device sends: 256 random bits, shown once as 43 letters of URL-safe base64.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceKey([u8; 32]);

impl DeviceKey {
    /// A new one.
    ///
    /// # Errors
    /// `NoRandomness`.
    pub fn make() -> Result<Self, SealError> {
        Ok(Self(random()?))
    }

    /// From what a device sent; `None` when it cannot be a key.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text.trim()).ok()?.try_into().ok().map(Self)
    }

    /// The text to put into the device. Show it once; it cannot be had again.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey(***)")
    }
}

const WRAPPED: (&str, &str) = ("data_key", "wrapped");

fn wrap(master: &MasterKey, id: Uuid, secret: &[u8; 32]) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; 24] = random()?;
    let body = encrypt(&master.0, &nonce, secret, &bound_to(WRAPPED.0, WRAPPED.1, id))?;
    Ok([nonce.as_slice(), &body].concat())
}

/// A row of `data_key` as far as a key is read out of it: id, subject, the sealed secret.
type Wrapped = (Uuid, Uuid, Option<Vec<u8>>);

fn wrapped(row: data_key::Model) -> Wrapped {
    (row.id, row.subject, row.wrapped)
}

fn unwrap(master: &MasterKey, (id, _, wrapped): &Wrapped) -> Slot {
    let Some(blob) = wrapped else { return Slot::Erased };
    let Some((nonce, body)) = blob.split_at_checked(24) else {
        return Slot::Damaged;
    };
    let secret = decrypt(&master.0, nonce, body, &bound_to(WRAPPED.0, WRAPPED.1, *id));
    secret
        .and_then(|it| it.try_into().ok())
        .map_or(Slot::Damaged, Slot::Open)
}

/// The living key of each subject, made where there is none. `subjects` sorted, so that two writers do not cross.
async fn living_or_new(
    tx: &impl ConnectionTrait,
    master: &MasterKey,
    subjects: &[Uuid],
    now: Timestamp,
) -> Result<HashMap<Uuid, DataKey>, StoreError> {
    let mut found = living(tx, master, subjects).await?;
    let missing: Vec<Uuid> = subjects.iter().filter(|it| !found.contains_key(it)).copied().collect();
    if missing.is_empty() {
        return Ok(found);
    }
    let at = Micros::from(now);
    let mut fresh = Vec::with_capacity(missing.len());
    for subject in &missing {
        let id = uuid::Builder::from_random_bytes(random()?).into_uuid();
        let wrapped = wrap(master, id, &random()?)?;
        fresh.push(data_key::ActiveModel {
            id: Set(id),
            subject: Set(*subject),
            wrapped: Set(Some(wrapped)),
            made_at: Set(at),
            destroyed_at: Set(None),
            changed_at: Set(at),
        });
    }
    for rows in fresh.chunks(rows_per_statement(6)) {
        // Somebody else may have made one since: then theirs counts, and is read below.
        let quiet = OnConflict::new().do_nothing().to_owned();
        data_key::Entity::insert_many(rows.to_vec())
            .on_conflict(quiet)
            .exec_without_returning(tx)
            .await?;
    }
    found.extend(living(tx, master, &missing).await?);
    Ok(found)
}

async fn living(
    tx: &impl ConnectionTrait,
    master: &MasterKey,
    subjects: &[Uuid],
) -> Result<HashMap<Uuid, DataKey>, StoreError> {
    let mut found = HashMap::with_capacity(subjects.len());
    for some in subjects.chunks(BINDS_MAX) {
        let rows = data_key::Entity::find()
            .filter(data_key::Column::Subject.is_in(some.iter().copied()))
            .filter(data_key::Column::DestroyedAt.is_null())
            .all(tx)
            .await?;
        for row in rows.into_iter().map(wrapped) {
            let (id, subject, _) = row;
            match unwrap(master, &row) {
                Slot::Open(secret) => found.insert(subject, DataKey { id, secret }),
                Slot::Erased | Slot::Damaged => return Err(SealError::Damaged(id).into()),
            };
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u128) -> DataKey {
        DataKey {
            id: Uuid::from_u128(n),
            secret: [n as u8; 32],
        }
    }

    fn ring() -> KeyRing {
        KeyRing {
            master: MasterKey([9; 32]),
            general: key(100),
            search: key(101),
            devices: key(102),
            held: RwLock::default(),
        }
    }

    const ROW: Uuid = Uuid::from_u128(77);

    #[test]
    fn a_field_opens_in_its_own_place_only() {
        let ring = ring();
        let elder = ElderId::new(Uuid::from_u128(5));
        ring.remember(&HashMap::from([(elder, key(1))]));
        let sealed = ring
            .elder(elder)
            .unwrap()
            .seal("elder", "health", ROW, "胰岛素".as_bytes())
            .unwrap();
        assert_eq!(ring.open_text(&sealed, "elder", "health", ROW).unwrap(), "胰岛素");
        let elsewhere = [
            ("contact", "health", ROW),
            ("elder", "notes", ROW),
            ("elder", "health", Uuid::from_u128(78)),
        ];
        for (table, column, row) in elsewhere {
            assert_eq!(
                ring.open_field(&sealed, table, column, row),
                Err(SealError::Tampered { table, column })
            );
        }
    }

    #[test]
    fn any_flipped_byte_keeps_it_closed() {
        let ring = ring();
        let sealed = ring.general().seal("case_note", "text", ROW, b"door 12").unwrap();
        for at in 0..sealed.0.len() {
            let mut changed = sealed.clone();
            changed.0[at] ^= 1;
            assert!(
                ring.open_field(&changed, "case_note", "text", ROW).is_err(),
                "byte {at}"
            );
        }
        for length in 0..sealed.0.len() {
            assert!(
                ring.open_field(&Sealed(sealed.0[..length].to_vec()), "case_note", "text", ROW)
                    .is_err(),
                "length {length}"
            );
        }
    }

    #[test]
    fn an_erased_and_an_unknown_key_are_named() {
        let ring = ring();
        let sealed = key(1).seal("elder", "phone", ROW, b"139").unwrap();
        assert_eq!(
            ring.open_field(&sealed, "elder", "phone", ROW),
            Err(SealError::UnknownKey(Uuid::from_u128(1)))
        );
        ring.hold(&[(Uuid::from_u128(1), Uuid::from_u128(5), None)]);
        assert_eq!(
            ring.open_field(&sealed, "elder", "phone", ROW),
            Err(SealError::Erased(Uuid::from_u128(1)))
        );
        assert!(ring.elder(ElderId::new(Uuid::from_u128(5))).is_none());
    }

    #[test]
    fn the_same_text_is_sealed_differently_each_time() {
        let one = key(1).seal("elder", "phone", ROW, b"139").unwrap();
        assert_ne!(one, key(1).seal("elder", "phone", ROW, b"139").unwrap());
        assert_eq!(one.0.len(), BODY_AT + 3 + TAG_BYTES);
    }

    #[test]
    fn a_phone_is_found_however_it_was_written() {
        let ring = ring();
        let wanted = ring.phone_hash("13912345678");
        for text in [
            "139 1234 5678",
            "139-1234-5678",
            "+86 139 1234 5678",
            "0086 13912345678",
            "+8613912345678",
        ] {
            assert_eq!(ring.phone_hash(text), wanted, "{text}");
        }
        // A landline keeps its area code; 86... without a plus is a number of its own.
        assert_ne!(ring.phone_hash("022-29391234"), ring.phone_hash("29391234"));
        assert_ne!(ring.phone_hash("8613912345678"), wanted);
        assert_eq!(
            ring.identity_hash("12011419400101123x"),
            ring.identity_hash("120114 19400101 123X")
        );
        assert_ne!(ring.search_hash("phone", "1"), ring.search_hash("identity", "1"));
    }

    #[test]
    fn a_device_key_reads_back_and_only_itself_fits() {
        let ring = ring();
        let device = DeviceKey::make().unwrap();
        let stored = ring.device_hash(&device);
        assert_eq!(device.reveal().len(), 43);
        assert!(ring.is_device_key(&DeviceKey::parse(&device.reveal()).unwrap(), &stored));
        assert!(!ring.is_device_key(&DeviceKey::make().unwrap(), &stored));
        assert!(!ring.is_device_key(&device, &stored[..31]));
        assert!(DeviceKey::parse("short").is_none());
    }
}
