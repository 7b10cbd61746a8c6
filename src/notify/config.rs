//! The configuration of the channels, and which rows they make.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use reqwest::Url;
use serde::Deserialize;

use super::canary::CanaryConfig;
use super::carriers;
use super::carriers::config::CarrierConfig;
use super::letter::Carrier;
use super::limits::Limits;
use super::offices::Offices;
use super::outbox::OutboxConfig;
use super::partner::PartnerConfig;
use super::texts::Texts;
use crate::case::NoticeKind;
use crate::dispatch::ways::Ways;
use crate::signature::Secret;

/// Endpoints at most.
pub const WEBHOOKS_MAX: usize = 32;

/// `[notify]`: how people are told.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NotifyConfig {
    /// How the outbox is worked off.
    #[serde(flatten)]
    pub outbox: OutboxConfig,
    /// Endpoints that are told by signed HTTP; none: nobody is told by this channel, and no rows are written for it.
    pub webhooks: Vec<WebhookConfig>,
    /// Partners that are told of cases in CAP 1.2.
    pub partners: Vec<PartnerConfig>,
    /// A folder with the words of notices in place of the ones that are compiled in: `zh-CN.ftl` and `en.ftl`.
    pub texts_folder: Option<PathBuf>,
    /// The other ways out of the house.
    pub carriers: Vec<CarrierConfig>,
    /// `[notify.ways]`: by which ways who is told of what, and in which order.
    pub ways: Ways,
    /// `[notify.limits]`: how often each way may be used.
    pub limits: Limits,
    /// `[notify.civil_affairs]`: whom a plan's leg of that name calls.
    pub civil_affairs: Offices,
    /// `[notify.canary]`: each way is tried once a month.
    pub canary: CanaryConfig,
    /// Carriers that no file names: a test's own.
    #[serde(skip)]
    pub injected: Injected,
}

/// Carriers that a test has brought.
#[derive(Clone, Default)]
pub struct Injected(pub Vec<Arc<dyn Carrier>>);

impl std::fmt::Debug for Injected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|it| it.name())).finish()
    }
}

/// `[[notify.webhooks]]`: one endpoint.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Small letters, digits, `-` and `_`; the rows name the channel `webhook:NAME`, so it must stay the same.
    pub name: String,
    /// Where: http or https, no user name and no password in it.
    pub url: String,
    /// `whsec_` and 24 to 64 bytes in base64.
    pub secret: Secret,
    /// The secret before this one, while the other side changes over: messages are signed with both.
    #[serde(default)]
    pub previous_secret: Option<Secret>,
    /// The kinds of notice that it wants; none: all.
    #[serde(default)]
    pub kinds: Option<BTreeSet<NoticeKind>>,
    /// How long one try may take, milliseconds.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// How many tries may be on their way at once.
    #[serde(default = "connections")]
    pub connections: usize,
}

const fn timeout_ms() -> u64 {
    10_000
}

const fn connections() -> usize {
    8
}

impl WebhookConfig {
    /// The channel, as the rows name it.
    pub fn channel(&self) -> String {
        format!("webhook:{}", self.name)
    }
}

impl NotifyConfig {
    /// Every mistake, one sentence each. Secrets are not in them.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = self.outbox.mistakes();
        found.extend(carriers::config::mistakes(&self.carriers, self.outbox.lease_s));
        if let Some(folder) = &self.texts_folder {
            let told = Texts::read(Some(folder)).err().unwrap_or_default();
            found.extend(told.into_iter().map(|it| format!("notify.texts_folder: {it}")));
        }
        found.extend(self.ways.mistakes());
        found.extend(self.limits.mistakes());
        found.extend(self.civil_affairs.mistakes());
        found.extend(self.canary.mistakes());
        if self.webhooks.len() > WEBHOOKS_MAX {
            found.push(format!("notify.webhooks: at most {WEBHOOKS_MAX}"));
        }
        if self.partners.len() > WEBHOOKS_MAX {
            found.push(format!("notify.partners: at most {WEBHOOKS_MAX}"));
        }
        found.extend(self.endpoints_wrong("webhooks", self.webhooks.iter().cloned().enumerate()));
        let place = |(at, it): (usize, &PartnerConfig)| (it.place_in_list.unwrap_or(at), it.endpoint());
        found.extend(self.endpoints_wrong("partners", self.partners.iter().enumerate().map(place)));
        for (at, it) in self.partners.iter().enumerate() {
            let here = format!("notify.partners[{}]", it.place_in_list.unwrap_or(at));
            found.extend(it.mistakes().into_iter().map(|it| format!("{here}.{it}")));
        }
        found
    }

    fn endpoints_wrong(&self, list: &str, all: impl Iterator<Item = (usize, WebhookConfig)>) -> Vec<String> {
        let mut found = Vec::new();
        let mut names = BTreeSet::new();
        for (at, it) in all {
            let here = format!("notify.{list}[{at}]");
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
            if it.name.is_empty() || it.name.len() > 32 || !it.name.chars().all(plain) {
                found.push(format!(
                    "{here}.name: must be 1 to 32 small letters, digits, `-` or `_`"
                ));
            }
            if !names.insert(it.name.clone()) {
                found.push(format!("{here}.name: `{}` is there twice", it.name));
            }
            match Url::parse(&it.url) {
                Err(error) => found.push(format!("{here}.url: {error}")),
                Ok(url) if !matches!(url.scheme(), "http" | "https") || !url.has_host() => {
                    found.push(format!("{here}.url: must be http or https"));
                }
                Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                    found.push(format!("{here}.url: must hold no user name and no password"));
                }
                Ok(_) => {}
            }
            if it.kinds.as_ref().is_some_and(BTreeSet::is_empty) {
                found.push(format!("{here}.kinds: names no kind; leave it out for all"));
            }
            if !(50..=60_000).contains(&it.timeout_ms) {
                found.push(format!("{here}.timeout_ms: must be 50 to 60000"));
            }
            let lease_ms = u64::from(self.outbox.lease_s) * 1_000;
            if it.timeout_ms.saturating_mul(2) > lease_ms {
                found.push(format!(
                    "{here}.timeout_ms: must be at most half of notify.lease_s, or a try outlives its lease"
                ));
            }
            if !(1..=49).contains(&it.connections) {
                found.push(format!("{here}.connections: must be 1 to 49"));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<NotifyConfig, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_mistake_names_its_field_and_no_secret_shows() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let text = format!(
            "lease_s = 30\n\
             [[webhooks]]\nname = \"Desk 1\"\nurl = \"ftp://x\"\nsecret = \"{secret}\"\ntimeout_ms = 40000\nconnections = 50\nkinds = []\n\
             [[webhooks]]\nname = \"a\"\nurl = \"https://u:p@x/\"\nsecret = \"{secret}\"\n\
             [[webhooks]]\nname = \"a\"\nurl = \"nonsense\"\nsecret = \"{secret}\"\n"
        );
        let config = read(&text).unwrap();
        let found = config.mistakes();
        for field in [
            "notify.webhooks[0].name: must be",
            "notify.webhooks[0].url: must be http",
            "notify.webhooks[0].kinds",
            "notify.webhooks[0].timeout_ms: must be at most half",
            "notify.webhooks[0].connections",
            "notify.webhooks[1].url: must hold no user name",
            "notify.webhooks[2].name: `a` is there twice",
            "notify.webhooks[2].url",
        ] {
            assert!(found.iter().any(|it| it.starts_with(field)), "{field} in {found:?}");
        }
        assert_eq!(found.len(), 8, "{found:?}");
        assert!(!format!("{config:?}").contains("MfKQ9r8G"));
        assert!(
            read(&format!(
                "[[webhooks]]\nname = \"a\"\nurl = \"http://x\"\nsecret = \"{secret}\"\nkinds = [\"ofer\"]\n"
            ))
            .is_err()
        );
        let wrong = read("[[webhooks]]\nname = \"a\"\nurl = \"http://x\"\nsecret = \"hunter2\"\n").unwrap_err();
        assert!(wrong.contains("whsec_"), "{wrong}");
        assert!(read("tick = 1").is_err(), "unknown keys are refused");
        assert!(read("").unwrap().mistakes().is_empty());
    }
}
