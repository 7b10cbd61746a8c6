//! `[scaip]`: where home alarm units are listened to, who may log in, and what they may take up.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::intake::push::config::Secret;
use crate::people::words::words;

words! {
    /// Where a unit looks for its answer.
    AnswerWay ("way of answering") {
        /// In the body of the 200 for the dialect with the root `scaip`, by a message of its own for the standard's.
        ByRoot = "by_root",
        /// In a SIP MESSAGE of its own, after the 200.
        Message = "message",
        /// In the body of the 200.
        Inside = "inside",
    }
}

/// Who may log in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    /// The user name of the unit, or of a group of them.
    pub username: String,
    /// Its password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// A file that holds it, in place of `password`.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// With what the numbers of its controllers begin; empty: it may speak for all.
    #[serde(default)]
    pub controllers: String,
}

/// An account with its password in hand.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// With what the numbers of its controllers begin.
    pub controllers: String,
}

/// Letters of a name or a password.
const WORD_MAX: usize = 128;

impl AccountConfig {
    /// With its password, out of its file where it is in one.
    ///
    /// # Errors
    /// The key and a sentence.
    pub fn open(&self) -> Result<Account, String> {
        let sound = |it: &str| {
            (1..=WORD_MAX).contains(&it.len()) && !it.contains(['"', '\\', ':']) && !it.contains(char::is_control)
        };
        if !sound(&self.username) {
            return Err(format!(
                "username: must be 1 to {WORD_MAX} letters without quotes and colons"
            ));
        }
        let password = match (&self.password, &self.password_file) {
            (Some(_), Some(_)) => return Err("password: stands there twice: give password or password_file".to_owned()),
            (None, None) => return Err("password: is missing; give password or password_file".to_owned()),
            (Some(it), None) => it.clone(),
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| format!("password_file: {} cannot be read ({error})", file.display()))?;
                Secret::new(text.trim())
            }
        };
        if !(8..=WORD_MAX).contains(&password.reveal().chars().count()) {
            return Err(format!("password: must be 8 to {WORD_MAX} letters"));
        }
        Ok(Account {
            username: self.username.clone(),
            password,
            controllers: self.controllers.clone(),
        })
    }
}

/// `[scaip]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScaipConfig {
    /// Address and port for datagrams; none: none are listened to.
    pub udp: Option<SocketAddr>,
    /// Address and port for TCP.
    pub tcp: Option<SocketAddr>,
    /// Address and port for TLS.
    pub tls: Option<SocketAddr>,
    /// Our certificates for TLS, the leaf first (PEM).
    pub certificate_file: Option<PathBuf>,
    /// The key of the first of them (PEM).
    pub key_file: Option<PathBuf>,
    /// Our name in SIP, and the realm of the log-in.
    pub domain: String,
    /// Where units look for their answer.
    pub answer: AnswerWay,
    /// Models that look for it in the body of the 200, whatever stands in `answer`.
    pub inside_models: Vec<String>,
    /// Who may log in; empty: nobody is asked to.
    pub accounts: Vec<AccountConfig>,
    /// How often a unit says that it lives, seconds, where nothing else says so.
    pub beat_s: u32,
    /// Bytes of a body.
    pub message_max_bytes: usize,
    /// Messages a second that one address, or one line, may send on and on; ten times as many at once.
    pub messages_per_second_max: u32,
    /// Messages that are worked on at once. With so many what calls for no help is told that we are busy; with twice as many nothing
    /// more is read.
    pub in_hand_max: usize,
    /// Transactions that are remembered, each for 32 seconds. With so many nothing more is read.
    pub transactions_max: usize,
    /// TCP and TLS lines that are open at once.
    pub lines_max: usize,
    /// Of one network address.
    pub lines_per_address_max: usize,
}

impl Default for ScaipConfig {
    /// An hour's beat and 16 KiB: ours, the standard's own are not in the open; requests of the field have less than 1 KiB. 100 messages
    /// a second of one address: a carrier puts many units behind one. 500 in hand: one batch of the committer. 20,000 transactions: 600
    /// a second.
    fn default() -> Self {
        Self {
            udp: None,
            tcp: None,
            tls: None,
            certificate_file: None,
            key_file: None,
            domain: "eldercare-dispatch".to_owned(),
            answer: AnswerWay::ByRoot,
            inside_models: vec![],
            accounts: vec![],
            beat_s: 3_600,
            message_max_bytes: 16 * 1024,
            messages_per_second_max: 100,
            in_hand_max: 500,
            transactions_max: 20_000,
            lines_max: 10_000,
            lines_per_address_max: 1_000,
        }
    }
}

impl ScaipConfig {
    /// Every mistake, one sentence each; no password is in one.
    pub fn mistakes(&self) -> Vec<String> {
        let host = |it: &str| {
            (1..=253).contains(&it.len())
                && it
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-'))
        };
        let same = self.tcp.is_some() && self.tcp == self.tls && self.tcp.is_some_and(|it| it.port() != 0);
        let checks = [
            (
                self.tls.is_some() && (self.certificate_file.is_none() || self.key_file.is_none()),
                "scaip.tls: wants certificate_file and key_file",
            ),
            (same, "scaip.tls: must be another address than scaip.tcp"),
            (
                !host(&self.domain),
                "scaip.domain: must be a host name of letters, digits, dots and dashes",
            ),
            (
                self.beat_s < 60 || self.beat_s > 86_400,
                "scaip.beat_s: must be 60 to 86400",
            ),
            (
                self.message_max_bytes < 1_024 || self.message_max_bytes > 48 * 1024,
                "scaip.message_max_bytes: must be 1024 to 49152",
            ),
            (
                !(1..=10_000).contains(&self.messages_per_second_max),
                "scaip.messages_per_second_max: must be 1 to 10000",
            ),
            (self.in_hand_max == 0, "scaip.in_hand_max: must be at least 1"),
            (self.transactions_max == 0, "scaip.transactions_max: must be at least 1"),
            (self.lines_max == 0, "scaip.lines_max: must be at least 1"),
            (
                self.lines_per_address_max == 0 || self.lines_per_address_max > self.lines_max,
                "scaip.lines_per_address_max: must be 1 to lines_max",
            ),
        ];
        let mut found: Vec<String> = checks.iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect();
        for (at, account) in self.accounts.iter().enumerate() {
            if let Err(why) = account.open() {
                found.push(format!("scaip.accounts[{at}].{why}"));
            }
            if self.accounts[..at].iter().any(|it| it.username == account.username) {
                found.push(format!(
                    "scaip.accounts[{at}].username: `{}` is there twice",
                    account.username
                ));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_and_no_password() {
        assert_eq!(ScaipConfig::default().mistakes(), Vec::<String>::new());
        for (text, told) in [
            ("tls = \"0.0.0.0:5061\"", vec!["scaip.tls: wants certificate_file"]),
            (
                "tcp = \"0.0.0.0:5061\"\ntls = \"0.0.0.0:5061\"\ncertificate_file = \"a\"\nkey_file = \"b\"",
                vec!["scaip.tls: must be another"],
            ),
            (
                "domain = \"a b\"\nbeat_s = 1\nmessage_max_bytes = 1\nmessages_per_second_max = 0\nin_hand_max = 0\ntransactions_max = 0\nlines_max = 0\nlines_per_address_max = 0",
                vec![
                    "scaip.domain",
                    "scaip.beat_s",
                    "scaip.message_max_bytes",
                    "scaip.messages_per_second_max",
                    "scaip.in_hand_max",
                    "scaip.transactions_max",
                    "scaip.lines_max",
                    "scaip.lines_per_address_max",
                ],
            ),
            (
                "[[accounts]]\nusername = \"a\"\n[[accounts]]\nusername = \"a\"\npassword = \"hunter2\"\n[[accounts]]\nusername = \"b:\"\npassword = \"hunter2hunter2\"\n[[accounts]]\nusername = \"c\"\npassword_file = \"no/such\"",
                vec![
                    "scaip.accounts[0].password: is missing",
                    "scaip.accounts[1].password: must be 8",
                    "scaip.accounts[1].username: `a` is there twice",
                    "scaip.accounts[2].username: must be",
                    "scaip.accounts[3].password_file: no/such cannot be read",
                ],
            ),
        ] {
            let config: ScaipConfig = toml::from_str(text).unwrap();
            let found = config.mistakes();
            assert_eq!(found.len(), told.len(), "{text}: {found:#?}");
            for sentence in told {
                assert!(
                    found.iter().any(|it| it.starts_with(sentence)),
                    "{sentence} in {found:#?}"
                );
            }
            assert!(!format!("{found:?} {config:?}").contains("hunter2"));
        }
    }
}
