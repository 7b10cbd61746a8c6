//! By which ways somebody can be told: addresses beside their telephones, a language, and what they have switched off.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Role;
use super::area::PrefixSet;
use super::secret::Phone;
use super::words::words;
use crate::ids::{BadId, ContactId, PushId, ResponderId, UserId};

words! {
    /// By what a person is reached. The rows of the outbox name it, so a word stays as it is.
    Way ("way") {
        /// A push to a browser that a person has agreed in (RFC 8030, 8291).
        WebPush = "web_push",
        /// A mail.
        Email = "email",
        /// A short message.
        Sms = "sms",
        /// A call that is answered by keys.
        Voice = "voice",
        /// A message of an application inside WeCom (企业微信) to one member.
        WecomApp = "wecom_app",
        /// A robot in a WeCom group.
        WecomRobot = "wecom_robot",
        /// A robot in a DingTalk (钉钉) group.
        DingtalkRobot = "dingtalk_robot",
        /// A robot in a Feishu (飞书) group.
        FeishuRobot = "feishu_robot",
        /// A template or subscription message of a WeChat official account (公众号).
        WechatTemplate = "wechat_template",
        /// A signed request to another system (Standard Webhooks).
        Webhook = "webhook",
        /// A line on paper, or in a file that a printer takes.
        Print = "print",
    }
}

words! {
    /// In which language a person is told.
    Language ("language") {
        /// Chinese as written in the mainland.
        ZhCn = "zh-CN",
        /// English.
        En = "en",
    }
}

impl Way {
    /// It ends at a telephone.
    pub const fn is_telephone(self) -> bool {
        matches!(self, Self::Sms | Self::Voice)
    }

    /// It ends at an address of the carrier's own, whoever is meant.
    pub const fn is_fixed(self) -> bool {
        matches!(
            self,
            Self::WecomRobot | Self::DingtalkRobot | Self::FeishuRobot | Self::Webhook | Self::Print
        )
    }
}

/// What a browser gives when a person agrees to be pushed to (`PushSubscription.toJSON()`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushAddress {
    /// The push service's address for this browser.
    pub endpoint: String,
    /// The browser's public key, P-256 uncompressed, base64url without padding.
    pub p256dh: String,
    /// The shared secret, 16 bytes, base64url without padding.
    pub auth: String,
}

impl fmt::Debug for PushAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Letters of an endpoint at most.
const ENDPOINT_MAX: usize = 1_024;

impl PushAddress {
    /// The field that cannot be, if there is one: a web address without a name in it, a key of 65 bytes, a secret of 16. Whether
    /// anything goes to that address is said by the list of push services, which alone may name one without TLS.
    pub fn flaw(&self) -> Option<&'static str> {
        let rest = self
            .endpoint
            .strip_prefix("https://")
            .or_else(|| self.endpoint.strip_prefix("http://"));
        let host = rest.map(|it| it.split(['/', '?', '#']).next().unwrap_or_default());
        let plain = |it: &str| it.bytes().all(|one| one.is_ascii_graphic());
        if self.endpoint.len() > ENDPOINT_MAX
            || !plain(&self.endpoint)
            || host.is_none_or(|it| it.is_empty() || it.contains('@'))
        {
            return Some("endpoint");
        }
        let url_safe = |it: &str| {
            it.bytes()
                .all(|one| one.is_ascii_alphanumeric() || matches!(one, b'-' | b'_'))
        };
        // 65 bytes are 87 letters of base64, 16 are 22; the first byte of an uncompressed point is 4.
        if self.p256dh.len() != 87 || !url_safe(&self.p256dh) || !self.p256dh.starts_with('B') {
            return Some("p256dh");
        }
        (self.auth.len() != 22 || !url_safe(&self.auth)).then_some("auth")
    }
}

/// A mailbox. Prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mailbox(String);

/// Not a mailbox. Does not hold the text: it may be somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a mailbox: expected name@host of at most 254 plain letters")]
pub struct BadMailbox;

impl Mailbox {
    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The first letter and the host, for people who must recognise it without reading it.
    pub fn masked(&self) -> String {
        let (name, host) = self.0.split_once('@').unwrap_or_default();
        let first: String = name.chars().take(1).collect();
        format!("{first}***@{host}")
    }
}

impl FromStr for Mailbox {
    type Err = BadMailbox;
    fn from_str(text: &str) -> Result<Self, BadMailbox> {
        let text = text.trim();
        let (name, host) = text.split_once('@').ok_or(BadMailbox)?;
        // Nothing that could become a second address or a header of its own.
        let plain = |it: &str| {
            !it.is_empty()
                && it
                    .bytes()
                    .all(|one| one.is_ascii_graphic() && !b"<>()[],;:\\\"@".contains(&one))
        };
        let dots = |it: &str| it.starts_with('.') || it.ends_with('.') || it.contains("..");
        let sound = text.len() <= 254 && name.len() <= 64 && plain(name) && plain(host) && !dots(name) && !dots(host);
        if sound {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadMailbox)
        }
    }
}

impl TryFrom<String> for Mailbox {
    type Error = BadMailbox;
    fn try_from(text: String) -> Result<Self, BadMailbox> {
        text.parse()
    }
}

impl From<Mailbox> for String {
    fn from(it: Mailbox) -> Self {
        it.0
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A member's or follower's id at a provider: 1 to 64 letters, digits and `_ - @ .`. Prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemberId(String);

/// Not such an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a member's id: expected 1 to 64 letters, digits or any of _ - @ .")]
pub struct BadMemberId;

impl MemberId {
    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for MemberId {
    type Err = BadMemberId;
    fn from_str(text: &str) -> Result<Self, BadMemberId> {
        let text = text.trim();
        let letter = |it: u8| it.is_ascii_alphanumeric() || b"_-@.".contains(&it);
        if (1..=64).contains(&text.len()) && text.bytes().all(letter) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadMemberId)
        }
    }
}

impl TryFrom<String> for MemberId {
    type Error = BadMemberId;
    fn try_from(text: String) -> Result<Self, BadMemberId> {
        text.parse()
    }
}

impl From<MemberId> for String {
    fn from(it: MemberId) -> Self {
        it.0
    }
}

impl fmt::Debug for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Who has a reach of their own. Reads and prints as the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reached {
    /// A responder.
    Responder(ResponderId),
    /// A contact of an elder.
    Contact(ContactId),
    /// An account: somebody at the desk, a duty leader.
    Account(UserId),
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Responder(id) => id.fmt(f),
            Self::Contact(id) => id.fmt(f),
            Self::Account(id) => id.fmt(f),
        }
    }
}

impl FromStr for Reached {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Responder(id));
        }
        if let Ok(id) = text.parse() {
            return Ok(Self::Contact(id));
        }
        text.parse().map(Self::Account)
    }
}

/// How somebody is reached, as it lies sealed: their telephones stand in their own file, but for an account, which has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// In which language; none: the house's.
    pub language: Option<Language>,
    /// Ways that they have switched off. Of what is critical they are told all the same where no other way is left.
    pub off: BTreeSet<Way>,
    /// Their mailbox.
    pub mailbox: Option<Mailbox>,
    /// Their id as a member of the street's WeCom.
    pub wecom_member: Option<MemberId>,
    /// Their id as a follower of the official account.
    pub wechat_follower: Option<MemberId>,
    /// Of an account: its telephones.
    pub phones: Vec<Phone>,
}

impl Reach {
    /// The ways for which an address stands here.
    pub fn has(&self) -> BTreeSet<Way> {
        let mut has = BTreeSet::new();
        if self.mailbox.is_some() {
            has.insert(Way::Email);
        }
        if self.wecom_member.is_some() {
            has.insert(Way::WecomApp);
        }
        if self.wechat_follower.is_some() {
            has.insert(Way::WechatTemplate);
        }
        if !self.phones.is_empty() {
            has.extend([Way::Sms, Way::Voice]);
        }
        has
    }
}

/// What may be known of a reach without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// In which language.
    pub language: Option<Language>,
    /// What is switched off.
    pub off: BTreeSet<Way>,
    /// The ways for which an address is on file.
    pub has: BTreeSet<Way>,
}

/// A browser in which somebody has agreed to be pushed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSubscription {
    /// Its id.
    pub id: PushId,
    /// What its owner calls the device.
    pub device: String,
    /// Where to.
    pub address: PushAddress,
    /// Since when, as an instant.
    pub made_at: jiff::Timestamp,
}

/// Somebody at a desk, as far as it matters for who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// The account.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// For which areas.
    pub scope: PrefixSet,
    /// The responder that they are, whose reach is theirs then.
    pub responder: Option<ResponderId>,
}

impl Staff {
    /// Whose reach is theirs.
    pub fn reached(&self) -> Reached {
        self.responder.map_or(Reached::Account(self.user), Reached::Responder)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_mailbox_is_one_address_and_nothing_more() {
        for text in ["a@b.cn", " wang.xm+x@mail.example.org ", "a@localhost"] {
            assert!(text.parse::<Mailbox>().is_ok(), "{text}");
        }
        for text in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b,c@d",
            "a@b\r\nBcc: c@d",
            "<a@b>",
            ".a@b",
            "a@b..c",
            "王@b",
        ] {
            assert_eq!(text.parse::<Mailbox>(), Err(BadMailbox), "{text}");
        }
        let it: Mailbox = "wang@b.cn".parse().unwrap();
        assert_eq!((it.masked().as_str(), format!("{it:?}").as_str()), ("w***@b.cn", "***"));
    }

    #[test]
    fn a_members_id_is_plain() {
        assert!("wang.xm_1-2@x".parse::<MemberId>().is_ok());
        for text in ["", "a|b", "a b", "王", &"x".repeat(65)] {
            assert_eq!(text.parse::<MemberId>(), Err(BadMemberId), "{text}");
        }
    }

    #[test]
    fn a_subscription_names_its_flaw() {
        let sound = PushAddress {
            endpoint: "https://push.example.org/x".to_owned(),
            p256dh: format!("B{}", "a".repeat(86)),
            auth: "a".repeat(22),
        };
        assert_eq!(sound.flaw(), None);
        for (field, it) in [
            (
                "endpoint",
                PushAddress {
                    endpoint: "ftp://push.example.org".to_owned(),
                    ..sound.clone()
                },
            ),
            (
                "endpoint",
                PushAddress {
                    endpoint: "https://u:p@push.example.org".to_owned(),
                    ..sound.clone()
                },
            ),
            (
                "endpoint",
                PushAddress {
                    endpoint: "https://".to_owned(),
                    ..sound.clone()
                },
            ),
            (
                "p256dh",
                PushAddress {
                    p256dh: "a".repeat(87),
                    ..sound.clone()
                },
            ),
            (
                "auth",
                PushAddress {
                    auth: "a=".repeat(11),
                    ..sound.clone()
                },
            ),
        ] {
            assert_eq!(it.flaw(), Some(field));
        }
    }

    #[test]
    fn who_is_reached_reads_back() {
        let id = Uuid::from_u128(7);
        for it in [
            Reached::Responder(ResponderId::new(id)),
            Reached::Contact(ContactId::new(id)),
            Reached::Account(UserId::new(id)),
        ] {
            assert_eq!(it.to_string().parse(), Ok(it));
        }
        assert!("desk".parse::<Reached>().is_err());
    }
}
