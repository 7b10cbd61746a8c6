//! What a broker may bring again, so that no message rings twice and none is taken for another.
//!
//! A message that names itself (a reference, a time of its own) is known again by that. One that says only "pressed" is not: a second
//! press has the same bytes. So for those it is remembered which deliveries the broker may still bring again, because it may not have
//! had our acknowledgement; and only such a one, marked by the broker as brought again, counts as the same. The row is written before
//! the alarm is, and outlives a crash; it is forgotten as soon as the broker has shown that it had the acknowledgement.
//!
//! Of a topic that brings states ("smoke: true", again each minute) and of one whose last message is retained it is remembered what
//! was said last; and so of a device on a line of its own, under a name that no broker may have.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::clock::{Clock, Ids};
use crate::store::mqtt::{DeliveryRow, TopicRow};
use crate::store::{Store, StoreError};

/// Under this name space the row of a topic follows from broker and topic.
const TOPICS: Uuid = Uuid::from_u128(0x7c1e_55d0_3b1f_5b0a_9d42_6a0c_58e1_b3f4);

/// How long it is remembered what a broker may bring again: as long as an answer is kept ([`super::retention::ANSWERS_KEPT`]).
const KEPT: SignedDuration = super::retention::ANSWERS_KEPT;

/// Topics in memory; beyond, what has not been asked for is read from the store again.
const TOPICS_MAX: usize = 50_000;

/// Of topic and payload.
pub type Digest = [u8; 32];

/// The digest of a message: two are equal when both topic and payload are.
pub fn digest(topic: &str, payload: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    hash.update((topic.len() as u64).to_be_bytes());
    hash.update(topic.as_bytes());
    hash.update(payload);
    hash.finalize().into()
}

/// The last word of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// Of the last payload that brought an alarm.
    pub digest: Option<Digest>,
    /// The states that last, by the word of their kind, and when each was reported last.
    pub lasting: BTreeMap<String, Timestamp>,
}

/// A delivery as it is remembered.
#[derive(Debug, Clone)]
struct Delivery {
    id: Uuid,
    at: Timestamp,
    /// The broker may bring it again.
    open: bool,
}

#[derive(Default)]
struct Table {
    /// By broker, digest and packet number: what is brought again keeps its number, and two that are under way never share one.
    deliveries: HashMap<(String, Digest, u16), Delivery>,
    /// The last of each digest.
    recent: HashMap<(String, Digest), Delivery>,
    words: HashMap<Uuid, Word>,
}

/// The memory. One a process.
pub struct Deliveries {
    store: Store,
    clock: Clock,
    ids: Ids,
    table: Mutex<Table>,
}

impl Deliveries {
    /// With what the process before may not have had acknowledged; rows that do not read back are answered by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(store: Store, clock: Clock, ids: Ids) -> Result<(Self, Vec<StoreError>), StoreError> {
        let loaded = store.mqtt_deliveries().await?;
        let mut table = Table::default();
        let now = clock.now();
        let (old, items): (Vec<DeliveryRow>, Vec<DeliveryRow>) = loaded
            .items
            .into_iter()
            .partition(|it| now.duration_since(it.at) > KEPT);
        // Of a broker that is no longer in the configuration, or that has been away so long that nothing is known again.
        if !old.is_empty() {
            store
                .forget_mqtt_deliveries(old.into_iter().map(|it| it.id).collect())
                .await?;
        }
        for it in items {
            if let Some((digest, packet)) = parted(&it.digest) {
                table.put((it.broker, digest, packet), it.id, it.at);
            }
        }
        let deliveries = Self {
            store,
            clock,
            ids,
            table: Mutex::new(table),
        };
        Ok((deliveries, loaded.aside))
    }

    /// By what an alarm is known that names itself by nothing. `packet`: its number on the line; `again`: the broker says that it has brought it before; `within`: the
    /// same bytes so soon are the sender repeating itself. Remembered durably when it returns.
    ///
    /// # Errors
    /// The store's: then it is not remembered, and must not be acknowledged.
    pub async fn name(
        &self,
        broker: &str,
        digest: Digest,
        packet: u16,
        again: bool,
        within: SignedDuration,
    ) -> Result<Uuid, StoreError> {
        let now = self.clock.now();
        let key = (broker.to_owned(), digest, packet);
        let whole = [&digest[..], &packet.to_be_bytes()].concat();
        let (known, recent) = {
            let table = self.table();
            let recent = table.recent.get(&(broker.to_owned(), digest));
            (table.deliveries.get(&key).cloned(), recent.cloned())
        };
        if let Some(it) = known.as_ref().filter(|it| again && it.open) {
            return Ok(it.id);
        }
        if let Some(it) = recent.filter(|it| now.duration_since(it.at) < within) {
            return Ok(it.id);
        }
        if again && known.is_none() {
            // Another process may have had it.
            if let Some(it) = self.store.mqtt_delivery(broker, &whole).await? {
                self.table().put(key, it.id, it.at);
                return Ok(it.id);
            }
        }
        let row = DeliveryRow {
            id: self.ids.make(),
            broker: broker.to_owned(),
            digest: whole,
            at: now,
        };
        let id = row.id;
        self.store.put_mqtt_delivery(row).await?;
        let mut table = self.table();
        // What is neither open nor recent says nothing any more.
        table
            .deliveries
            .retain(|_, it| it.open || now.duration_since(it.at) < SignedDuration::from_hours(1));
        table
            .recent
            .retain(|_, it| now.duration_since(it.at) < SignedDuration::from_hours(1));
        table.put(key, id, now);
        Ok(id)
    }

    /// The deliveries of a broker that it may bring again.
    pub fn open_of(&self, broker: &str) -> Vec<Uuid> {
        let table = self.table();
        let of = table.deliveries.iter().filter(|it| it.0.0 == broker && it.1.open);
        of.map(|it| it.1.id).collect()
    }

    /// The broker has had the acknowledgement of these.
    ///
    /// # Errors
    /// The store's; then they may be tried again.
    pub async fn settle(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        for it in self.table().deliveries.values_mut() {
            it.open &= !ids.contains(&it.id);
        }
        self.store.forget_mqtt_deliveries(ids.to_vec()).await
    }

    /// What a topic said last.
    ///
    /// # Errors
    /// The store's.
    pub async fn word(&self, broker: &str, topic: &str) -> Result<Word, StoreError> {
        let id = row_of(broker, topic);
        if let Some(word) = self.table().words.get(&id) {
            return Ok(word.clone());
        }
        let row = self.store.mqtt_topic(id).await?;
        let word = row.map(|it| read(&it)).unwrap_or_default();
        self.table().put_word(id, word.clone());
        Ok(word)
    }

    /// Keeps what a topic has said now.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep_word(&self, broker: &str, topic: &str, word: Word) -> Result<(), StoreError> {
        let id = row_of(broker, topic);
        let lasting: BTreeMap<&str, i64> = word
            .lasting
            .iter()
            .map(|(kind, at)| (kind.as_str(), at.as_microsecond()))
            .collect();
        let row = TopicRow {
            id,
            broker: broker.to_owned(),
            // A topic may hold what PostgreSQL keeps in no text; the row's id has it whole.
            topic: topic.replace('\0', ""),
            digest: word.digest.map(|it| it.to_vec()).unwrap_or_default(),
            lasting: serde_json::to_string(&lasting).unwrap_or_default(),
            at: self.clock.now(),
        };
        self.store.put_mqtt_topic(row).await?;
        self.table().put_word(id, word);
        Ok(())
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn put(&mut self, key: (String, Digest, u16), id: Uuid, at: Timestamp) {
        let it = Delivery { id, at, open: true };
        let last = (key.0.clone(), key.1);
        if self.recent.get(&last).is_none_or(|before| before.at <= at) {
            self.recent.insert(last, it.clone());
        }
        if self.deliveries.get(&key).is_none_or(|before| before.at <= at) {
            self.deliveries.insert(key, it);
        }
    }

    fn put_word(&mut self, id: Uuid, word: Word) {
        if self.words.len() >= TOPICS_MAX && !self.words.contains_key(&id) {
            self.words.clear();
        }
        self.words.insert(id, word);
    }
}

/// Digest and packet number, as a row has them together.
fn parted(whole: &[u8]) -> Option<(Digest, u16)> {
    let (digest, packet) = whole.split_last_chunk::<2>()?;
    Some((Digest::try_from(digest).ok()?, u16::from_be_bytes(*packet)))
}

fn row_of(broker: &str, topic: &str) -> Uuid {
    Uuid::new_v5(&TOPICS, format!("{broker}\n{topic}").as_bytes())
}

/// What does not read back was never said: then it rings once more.
fn read(row: &TopicRow) -> Word {
    let lasting: BTreeMap<String, i64> = serde_json::from_str(&row.lasting).unwrap_or_default();
    Word {
        digest: Digest::try_from(row.digest.as_slice()).ok(),
        lasting: lasting
            .into_iter()
            .filter_map(|(kind, at)| Some((kind, Timestamp::from_microsecond(at).ok()?)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_topic_from_payload() {
        assert_eq!(digest("a/b", b"ON"), digest("a/b", b"ON"));
        assert_ne!(digest("a/b", b"ON"), digest("a/bO", b"N"));
        assert_ne!(digest("a/b", b"ON"), digest("a/b", b"OFF"));
    }
}
