//! Roots: one hash over all events of a stream up to a number.
//!
//! The chain of a case shows that one of its events was changed. Whoever cuts a whole case away, or the end of a log, and
//! makes the head fit, breaks no chain; they break the root, for a stream's numbers have no gap. A root is worth as much as
//! the place where its copy is kept: the daily line goes into the log, and `check --roots FILE` compares kept lines.
//!
//! `root(n) = SHA-256(root(m) ‖ hash of the row that holds the events m + 1 to n)`, `root(0)` = 32 zero bytes: what was decided
//! together is one row, and a root stands at the end of one.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use jiff::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::check::Findings;
use super::commit::{CHAIN_START, chain};
use super::rows::{case_event, chain_root, stream};
use crate::store::{Micros, Store, StoreError};

/// Events read at a time.
const STEP: u64 = 5_000;

/// A stream's root. Reads and prints as `stream number root`, the root in hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// The stream.
    pub stream: String,
    /// The last event under it.
    pub number: i64,
    /// The hash.
    pub hash: [u8; 32],
}

impl std::fmt::Display for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ", self.stream, self.number)?;
        self.hash.iter().try_for_each(|it| write!(f, "{it:02x}"))
    }
}

/// A line that is no root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no root: expected a stream, a number and 64 hex digits, with blanks between them")]
pub struct BadRoot;

impl FromStr for Root {
    type Err = BadRoot;

    fn from_str(line: &str) -> Result<Self, BadRoot> {
        let mut parts = line.split_whitespace();
        let (Some(stream), Some(number), Some(hex), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadRoot);
        };
        if hex.len() != 64 || !hex.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Err(BadRoot);
        }
        let mut hash = [0; 32];
        for (byte, two) in hash.iter_mut().zip(hex.as_bytes().chunks(2)) {
            let two = std::str::from_utf8(two).map_err(|_| BadRoot)?;
            *byte = u8::from_str_radix(two, 16).map_err(|_| BadRoot)?;
        }
        Ok(Self {
            stream: stream.to_owned(),
            number: number.parse().ok().filter(|it| *it > 0).ok_or(BadRoot)?,
            hash,
        })
    }
}

impl Store {
    /// Puts a root over everything that each stream holds now; answers the new ones. Nothing for a stream without new
    /// events. Several at once do no harm: they find the same hashes.
    ///
    /// # Errors
    /// The database's; `Corrupt` when the numbers of a stream have a gap.
    pub async fn put_roots(&self, now: Timestamp) -> Result<Vec<Root>, StoreError> {
        let mut new = Vec::new();
        for head in stream::Entity::find()
            .order_by_asc(stream::Column::Code)
            .all(self.reader())
            .await?
        {
            let last = chain_root::Entity::find()
                .filter(chain_root::Column::Stream.eq(head.code.as_str()))
                .order_by_desc(chain_root::Column::Number)
                .one(self.reader())
                .await?;
            let mut walk = Walk::after(&head.code, last)?;
            if walk.number == head.head {
                continue;
            }
            while walk.number < head.head {
                if !walk.step(self, head.head).await? {
                    let next = walk.number + 1;
                    return Err(StoreError::corrupt(
                        "stream",
                        &head.code,
                        "head",
                        format!("event {next} is missing"),
                    ));
                }
            }
            new.push(walk.root());
        }
        let at = Micros::from(now);
        let rows: Vec<_> = new
            .iter()
            .map(|it| chain_root::ActiveModel {
                stream: Set(it.stream.clone()),
                number: Set(it.number),
                root: Set(it.hash.to_vec()),
                at: Set(at),
            })
            .collect();
        if !rows.is_empty() {
            self.write(move |tx| {
                Box::pin(async move {
                    let once = OnConflict::columns([chain_root::Column::Stream, chain_root::Column::Number])
                        .do_nothing()
                        .to_owned();
                    for chunk in rows.chunks(crate::store::rows_per_statement(4)) {
                        chain_root::Entity::insert_many(chunk.to_vec())
                            .on_conflict(once.clone())
                            .exec_without_returning(tx)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await?;
        }
        Ok(new)
    }

    /// When the newest root was put; `None` before the first.
    ///
    /// # Errors
    /// The database's.
    pub async fn roots_put_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let newest: Option<Option<i64>> = chain_root::Entity::find()
            .select_only()
            .column_as(chain_root::Column::At.max(), "at")
            .into_tuple()
            .one(self.reader())
            .await?;
        newest
            .flatten()
            .map(|it| {
                Timestamp::from_microsecond(it)
                    .map_err(|error| StoreError::corrupt("chain_root", "newest", "at", error.to_string()))
            })
            .transpose()
    }

    /// Walks every stream from its first event and compares with the roots that are on file and with `kept`, which come
    /// from elsewhere. What differs goes into `findings`; the answer is the newest root of each stream.
    pub(super) async fn check_roots(&self, kept: &[Root], findings: &mut Findings) -> Result<Vec<Root>, StoreError> {
        let mut wanted: BTreeMap<String, BTreeSet<Root>> = BTreeMap::new();
        for row in chain_root::Entity::find().all(self.reader()).await? {
            match <[u8; 32]>::try_from(row.root.as_slice()) {
                Ok(hash) => {
                    let root = Root {
                        stream: row.stream.clone(),
                        number: row.number,
                        hash,
                    };
                    wanted.entry(row.stream).or_default().insert(root);
                }
                Err(_) => findings.say(format!("chain_root {} {}", row.stream, row.number), "is no hash"),
            }
        }
        for root in kept {
            wanted.entry(root.stream.clone()).or_default().insert(root.clone());
        }
        let streams = stream::Entity::find().all(self.reader()).await?;
        let known: BTreeSet<&str> = streams.iter().map(|it| it.code.as_str()).collect();
        for (name, roots) in &wanted {
            if !known.contains(name.as_str()) {
                findings.say(format!("stream {name}"), format!("{} roots and no stream", roots.len()));
            }
        }
        let mut newest = Vec::new();
        for head in &streams {
            let mut walk = Walk::after(&head.code, None)?;
            for root in wanted.remove(&head.code).unwrap_or_default() {
                let mut there = walk.number >= root.number;
                while !there {
                    if !walk.step(self, root.number).await? {
                        break;
                    }
                    there = walk.number >= root.number;
                }
                if !there {
                    let what = format!(
                        "a root over {} events, and event {} is missing",
                        root.number,
                        walk.number + 1
                    );
                    findings.say(format!("stream {}", head.code), what);
                    break;
                }
                if walk.root().hash != root.hash {
                    let what = format!("the events up to {} are not those of the root", root.number);
                    findings.say(format!("stream {}", head.code), what);
                }
            }
            while walk.number < head.head && walk.step(self, head.head).await? {}
            if walk.number > 0 {
                newest.push(walk.root());
            }
        }
        Ok(newest)
    }
}

/// A walk along a stream.
struct Walk {
    stream: String,
    number: i64,
    hash: [u8; 32],
}

impl Walk {
    fn after(stream: &str, last: Option<chain_root::Model>) -> Result<Self, StoreError> {
        let (number, hash) = match last {
            None => (0, CHAIN_START),
            Some(it) => {
                let hash = <[u8; 32]>::try_from(it.root.as_slice())
                    .map_err(|_| StoreError::corrupt("chain_root", stream, "root", "is no hash"))?;
                (it.number, hash)
            }
        };
        Ok(Self {
            stream: stream.to_owned(),
            number,
            hash,
        })
    }

    fn root(&self) -> Root {
        Root {
            stream: self.stream.clone(),
            number: self.number,
            hash: self.hash,
        }
    }

    /// Goes on by some events, never beyond `until`; `false` when the next one is missing.
    async fn step(&mut self, store: &Store, until: i64) -> Result<bool, StoreError> {
        let rows: Vec<(i64, i32, Vec<u8>)> = case_event::Entity::find()
            .select_only()
            .columns([
                case_event::Column::Number,
                case_event::Column::Records,
                case_event::Column::Hash,
            ])
            .filter(case_event::Column::Stream.eq(self.stream.as_str()))
            .filter(case_event::Column::Number.gt(self.number))
            .filter(case_event::Column::Number.lte(until))
            .order_by_asc(case_event::Column::Number)
            .limit(STEP)
            .into_tuple()
            .all(store.reader())
            .await?;
        let before = self.number;
        for (number, records, hash) in rows {
            if number != self.number + 1 {
                break;
            }
            self.number += i64::from(records.max(1));
            self.hash = chain(&self.hash, &hash);
        }
        Ok(self.number > before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_reads_as_it_prints_and_nothing_else_does() {
        let root = Root {
            stream: "120114001".to_owned(),
            number: 12,
            hash: [0xab; 32],
        };
        assert_eq!(root.to_string().parse(), Ok(root.clone()));
        let hex = "ab".repeat(32);
        for line in [
            String::new(),
            "120114001 12".to_owned(),
            format!("120114001 0 {hex}"),
            format!("120114001 x {hex}"),
            format!("120114001 12 {}", &hex[1..]),
            format!("120114001 12 {}é", &hex[2..]),
            format!("120114001 12 +{}", &hex[1..]),
            format!("120114001 12 {hex} more"),
        ] {
            assert_eq!(line.parse::<Root>(), Err(BadRoot), "{line}");
        }
    }
}
