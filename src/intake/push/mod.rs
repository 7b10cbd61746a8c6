//! Clouds that push what their devices say: China Mobile's OneNET, China Telecom's CTWing, Huawei IoTDA, Tencent IoT.
//!
//! A [`Cloud`] proves a request ([`Cloud::open`]), answers the handshake ([`Cloud::greet`]) and reads what was sent
//! ([`Cloud::read`]); it waits for nothing and knows of no HTTP. What the fields of a product mean stands in the configuration
//! ([`mapping`]). [`receive`] sees all of it committed; the route is `api::push`.
//!
//! Holds always:
//! - bytes that are not proved are never read further: they are kept aside for the desk, a few a second;
//! - the cloud is told 200 when everything that the body asserts is durable, and not before; where it cannot be kept it is told
//!   503 and sends the body again, of which each part is then known or new;
//! - what a cloud has stored through an outage is late, like what a watch has stored, and stands before no living call.

#[cfg(test)]
mod any_tests;
pub mod config;
mod ctwing;
mod huawei;
pub mod mapping;
pub mod message;
mod onenet;
pub mod receive;
mod tencent;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::Digest;
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

use super::tcp::limits::Allowance;
use crate::case::Kind;
use crate::ids::DeviceId;
use config::{LinkConfig, PushConfig, Secret};
use mapping::Mapping;
use message::Message;

pub use config::Platform;

/// Late alarms that are at the desk at once: a living one waits for a short batch of them at most.
pub const LATE_AT_ONCE: usize = 64;

/// What a link and its cloud share.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The token that was entered at the cloud; for a cloud that signs nothing, the end of the address.
    pub token: Secret,
    /// The key of OneNET's secure mode.
    pub aes: Option<Secret>,
    /// How far a signed time may be from ours.
    pub signature_within: SignedDuration,
}

/// What a request brings beside its body.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The parameters of its address, decoded.
    pub query: &'a [(String, String)],
    /// Its headers, the names in small letters.
    pub headers: &'a [(String, String)],
    /// What stood behind the link's name in the address.
    pub secret: &'a str,
}

impl<'a> Asked<'a> {
    fn parameter(&self, name: &str) -> Option<&'a str> {
        self.query.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }
}

/// Why a request is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// It does not prove that the cloud has sent it.
    BadSignature,
    /// It is signed rightly, too long ago or ahead of our clock.
    StaleSignature,
    /// It is proved, and the key of this link does not open it.
    NotDecryptable,
}

impl Denied {
    /// A stable word, for the quarantine and the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadSignature => "bad_signature",
            Self::StaleSignature => "stale_signature",
            Self::NotDecryptable => "not_decryptable",
        }
    }
}

/// A proved body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The cloud's number of the message, where it gives one to the whole body.
    pub id: Option<String>,
    /// What was signed: the same whenever the cloud says it again.
    pub text: Vec<u8>,
}

/// One cloud.
pub trait Cloud: Send + Sync {
    /// How long a request may be worked on before the cloud gives it up.
    fn patience(&self) -> Duration;

    /// What the cloud wants to read when an address is entered at it.
    ///
    /// # Errors
    /// When it does not prove itself.
    fn greet(&self, keys: &Keys, asked: &Asked<'_>, now: Timestamp) -> Result<Vec<u8>, Denied>;

    /// Proves a body, and decrypts it.
    ///
    /// # Errors
    /// When it is not proved, or not to be opened.
    fn open(&self, keys: &Keys, asked: &Asked<'_>, body: &[u8], now: Timestamp) -> Result<Opened, Denied>;

    /// Reads a proved body; none: it is nothing that this cloud sends.
    fn read(&self, opened: &Opened) -> Option<Vec<Message>>;
}

impl Platform {
    /// Who speaks for it.
    pub fn cloud(self) -> &'static dyn Cloud {
        match self {
            Self::Onenet => &onenet::Onenet,
            Self::Ctwing => &ctwing::Ctwing,
            Self::Huawei => &huawei::Huawei,
            Self::Tencent => &tencent::Tencent,
        }
    }
}

/// One address that a cloud pushes to.
pub struct Link {
    /// The cloud.
    pub platform: Platform,
    /// Its name in the address.
    pub name: String,
    /// What is shared with the cloud.
    pub keys: Keys,
    /// What stands before the code of each of its devices in our register.
    pub code_prefix: String,
    /// What its products' fields mean.
    pub mapping: Mapping,
    allowance: Mutex<Allowance>,
}

impl Link {
    /// Takes a proved request; else how long until there is room for one.
    ///
    /// # Errors
    /// The wait.
    pub fn admit(&self, now: Timestamp) -> Result<(), SignedDuration> {
        let mut allowance = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        allowance.take(now)
    }
}

/// All links. One a process.
pub struct Push {
    links: Vec<Link>,
    /// Bytes of a body.
    pub body_max_bytes: usize,
    late: Semaphore,
    /// By device: the states that have been reported and last, by where they stand.
    lasting: Mutex<HashMap<DeviceId, BTreeMap<String, Lasting>>>,
}

/// A state that has been reported and lasts.
#[derive(Clone)]
struct Lasting {
    /// The alarm that it is.
    said: String,
    kinds: Vec<Kind>,
    /// When it was reported last.
    at: Timestamp,
}

impl Push {
    /// With the links of the configuration.
    ///
    /// # Errors
    /// Each link whose secrets cannot be read.
    pub fn open(config: &PushConfig, now: Timestamp) -> Result<Self, Vec<String>> {
        let (mut links, mut wrong) = (Vec::new(), Vec::new());
        for (at, it) in config.links.iter().enumerate() {
            match it.keys(config.signature_within()) {
                Ok(keys) => links.push(Self::link(it, keys, config.per_second_max, now)),
                Err(why) => wrong.push(format!("push.links[{}].{why}", it.place.unwrap_or(at))),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            links,
            body_max_bytes: config.body_max_bytes,
            late: Semaphore::new(LATE_AT_ONCE),
            lasting: Mutex::default(),
        })
    }

    fn link(config: &LinkConfig, keys: Keys, per_second_max: u32, now: Timestamp) -> Link {
        Link {
            platform: config.platform,
            name: config.name.clone(),
            keys,
            code_prefix: config.code_prefix.clone(),
            mapping: config.mapping(),
            allowance: Mutex::new(Allowance::new(per_second_max, now)),
        }
    }

    /// The link of this name.
    pub fn link_of(&self, platform: Platform, name: &str) -> Option<&Link> {
        self.links.iter().find(|it| it.platform == platform && it.name == name)
    }
}

/// Whether two digests are the same; what is compared tells nobody where they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// Whether two secrets are the same, whatever their lengths, without telling how far they agree.
fn same_secret(one: &str, other: &str) -> bool {
    same(&sha2::Sha256::digest(one), &sha2::Sha256::digest(other))
}

/// The digest of token, time and nonce, put in the order of their letters and joined: how Huawei and Tencent sign.
fn of_sorted<D: Digest>(token: &str, timestamp: &str, nonce: &str) -> Vec<u8> {
    let mut parts = [token, timestamp, nonce];
    parts.sort_unstable();
    D::digest(parts.concat()).to_vec()
}

/// Bytes out of hex digits of either case.
fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let value = |it: u8| char::from(it).to_digit(16).and_then(|it| u8::try_from(it).ok());
    digits
        .chunks_exact(2)
        .map(|it| Some(value(it[0])? << 4 | value(it[1])?))
        .collect()
}

/// Signed by Huawei or Tencent: `Signature`, `Timestamp` and `Nonce` among the headers.
fn proved_by_headers<D: Digest>(keys: &Keys, asked: &Asked<'_>, now: Timestamp) -> Result<(), Denied> {
    let headers = ["signature", "timestamp", "nonce"].map(|it| asked.header(it));
    let [Some(signature), Some(timestamp), Some(nonce)] = headers else {
        return Err(Denied::BadSignature);
    };
    let wanted = of_sorted::<D>(keys.token.reveal(), timestamp, nonce);
    if !hex(signature.trim()).is_some_and(|it| same(&it, &wanted)) {
        return Err(Denied::BadSignature);
    }
    let signed_at = message::moment(&serde_json::Value::from(timestamp)).ok_or(Denied::StaleSignature)?;
    if now.duration_since(signed_at).abs() > keys.signature_within {
        return Err(Denied::StaleSignature);
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod samples {
    //! Links for the tests of the clouds.

    use super::*;

    pub(crate) fn keys(token: &str) -> Keys {
        Keys {
            token: Secret::new(token),
            aes: None,
            signature_within: SignedDuration::from_secs(300),
        }
    }

    pub(crate) fn asked<'a>(query: &'a [(String, String)], headers: &'a [(String, String)]) -> Asked<'a> {
        Asked {
            query,
            headers,
            secret: "",
        }
    }

    pub(crate) fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_become_bytes_or_nothing() {
        for (text, bytes) in [
            ("", Some(&[][..])),
            ("0aFF", Some(&[10, 255][..])),
            ("0a F", None),
            ("0", None),
            ("é0", None),
        ] {
            assert_eq!(hex(text).as_deref(), bytes, "{text}");
        }
        assert!(same_secret("abc", "abc") && !same_secret("abc", "abcd") && !same_secret("", "a"));
    }
}
