//! Log-in by digest (RFC 3261 §22, RFC 7616): the challenge, and what a unit makes of it.
//!
//! The stack's own check reads the counter of a nonce as one byte and writes it back in decimal digits, so a unit that uses a nonce
//! more than nine times would be refused: here the counter goes into the sum as it was written.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use md5::{Digest, Md5};
use rsipstack::sip::typed::tokenizers::AuthTokenizer;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::config::Account;

/// How long a nonce may be used: longer than a unit keeps it between two heartbeats costs it one round more.
const NONCE_FOR: SignedDuration = SignedDuration::from_mins(5);

/// What came of a log-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// It knows the password.
    Proved {
        /// With what the numbers of its controllers begin.
        controllers: String,
    },
    /// It has not been asked yet, or its nonce is too old; `stale`: it knew the password.
    Ask {
        /// The nonce was ours and is too old.
        stale: bool,
    },
    /// It does not.
    Failed,
}

/// Who may log in. One a process: nonces of another are too old here.
pub struct Door {
    realm: String,
    accounts: Vec<Account>,
    key: [u8; 32],
}

impl Door {
    /// `key`: random, for as long as the process lives.
    pub const fn new(realm: String, accounts: Vec<Account>, key: [u8; 32]) -> Self {
        Self { realm, accounts, key }
    }

    /// Nobody has to log in.
    pub const fn is_open(&self) -> bool {
        self.accounts.is_empty()
    }

    /// The value of a `WWW-Authenticate`; one for each algorithm that units know, the older first: some read only the first.
    pub fn challenges(&self, stale: bool, now: Timestamp) -> [String; 2] {
        let nonce = self.nonce(now);
        let stale = if stale { ", stale=true" } else { "" };
        let of = |algorithm: &str| {
            format!(
                "Digest realm=\"{}\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"{stale}",
                self.realm
            )
        };
        [of("MD5"), of("SHA-256")]
    }

    /// Looks at the value of an `Authorization`.
    pub fn look(&self, method: &str, authorization: Option<&str>, now: Timestamp) -> Login {
        let Some(value) = authorization else {
            return Login::Ask { stale: false };
        };
        let Ok(said) = AuthTokenizer::parse(value) else {
            return Login::Failed;
        };
        let of = |name: &str| {
            said.params
                .iter()
                .find(|it| it.0.eq_ignore_ascii_case(name))
                .map(|it| it.1)
        };
        let (Some(username), Some(nonce), Some(uri), Some(response)) =
            (of("username"), of("nonce"), of("uri"), of("response"))
        else {
            return Login::Failed;
        };
        if !said.scheme.eq_ignore_ascii_case("digest") || of("realm") != Some(self.realm.as_str()) {
            return Login::Failed;
        }
        let sum: fn(&str) -> String = match of("algorithm").unwrap_or("MD5") {
            it if it.eq_ignore_ascii_case("MD5") => |text| hex(&Md5::digest(text)),
            it if it.eq_ignore_ascii_case("SHA-256") => |text| hex(&Sha256::digest(text)),
            _ => return Login::Failed,
        };
        let counted = match of("qop") {
            None => String::new(),
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                let (Some(nc), Some(cnonce)) = (of("nc"), of("cnonce")) else {
                    return Login::Failed;
                };
                format!("{nc}:{cnonce}:{qop}:")
            }
            Some(_) => return Login::Failed,
        };
        let account = self.accounts.iter().find(|it| it.username == username);
        let password = account.map_or("", |it| it.password.reveal());
        let who = sum(&format!("{username}:{}:{password}", self.realm));
        let what = sum(&format!("{method}:{uri}"));
        let wanted = sum(&format!("{who}:{nonce}:{counted}{what}"));
        let knows: bool = wanted.as_bytes().ct_eq(response.to_ascii_lowercase().as_bytes()).into();
        match account {
            Some(account) if knows => match self.is_fresh(nonce, now) {
                true => Login::Proved {
                    controllers: account.controllers.clone(),
                },
                false => Login::Ask { stale: true },
            },
            _ => Login::Failed,
        }
    }

    /// When it was given out, and our word for it.
    fn nonce(&self, at: Timestamp) -> String {
        let at = format!("{:x}", at.as_millisecond());
        let mac = self.mac(&at);
        format!("{at}-{mac}")
    }

    fn mac(&self, at: &str) -> String {
        // A key of any length will do.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).unwrap_or_else(|_| unreachable!("HMAC takes any key"));
        mac.update(at.as_bytes());
        hex(&mac.finalize().into_bytes()[..16])
    }

    fn is_fresh(&self, nonce: &str, now: Timestamp) -> bool {
        let Some((at, mac)) = nonce.split_once('-') else {
            return false;
        };
        let ours: bool = self.mac(at).as_bytes().ct_eq(mac.as_bytes()).into();
        let given = i64::from_str_radix(at, 16)
            .ok()
            .and_then(|it| Timestamp::from_millisecond(it).ok());
        ours && given.is_some_and(|it| now.duration_since(it).abs() <= NONCE_FOR)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::push::config::Secret;

    fn door() -> Door {
        let account = Account {
            username: "yangcun".into(),
            password: Secret::new("correct horse"),
            controllers: "120114".into(),
        };
        Door::new("sip.example".into(), vec![account], [7; 32])
    }

    fn now() -> Timestamp {
        "2026-03-01T04:00:00Z".parse().unwrap()
    }

    /// As a unit answers a challenge.
    fn answered(challenge: &str, username: &str, password: &str, nc: Option<&str>) -> String {
        let said = AuthTokenizer::parse(challenge).unwrap();
        let of = |name: &str| said.params.iter().find(|it| it.0 == name).unwrap().1.to_owned();
        let (realm, nonce, algorithm) = (of("realm"), of("nonce"), of("algorithm"));
        let sum = |text: String| match algorithm.as_str() {
            "MD5" => hex(&Md5::digest(text)),
            _ => hex(&Sha256::digest(text)),
        };
        let (who, what) = (
            sum(format!("{username}:{realm}:{password}")),
            sum("MESSAGE:sip:arc@sip.example".to_owned()),
        );
        let (counted, more) = match nc {
            Some(nc) => (
                format!("{nc}:abc:auth:"),
                format!(", qop=auth, nc={nc}, cnonce=\"abc\""),
            ),
            None => (String::new(), String::new()),
        };
        let response = sum(format!("{who}:{nonce}:{counted}{what}"));
        format!(
            "Digest username=\"{username}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"sip:arc@sip.example\", response=\"{response}\", algorithm={algorithm}{more}"
        )
    }

    #[test]
    fn who_knows_the_password_is_let_in_by_either_algorithm_and_however_often() {
        let door = door();
        let proved = Login::Proved {
            controllers: "120114".into(),
        };
        for challenge in door.challenges(false, now()) {
            for nc in [None, Some("00000001"), Some("0000000a"), Some("00000100")] {
                let said = answered(&challenge, "yangcun", "correct horse", nc);
                assert_eq!(door.look("MESSAGE", Some(&said), now()), proved, "{said}");
                assert_eq!(
                    door.look("REGISTER", Some(&said), now()),
                    Login::Failed,
                    "another method"
                );
            }
        }
    }

    #[test]
    fn who_does_not_is_not() {
        let door = door();
        let [challenge, _] = door.challenges(false, now());
        for (username, password) in [("yangcun", "wrong horse"), ("nobody", ""), ("nobody", "correct horse")] {
            let said = answered(&challenge, username, password, Some("00000001"));
            assert_eq!(
                door.look("MESSAGE", Some(&said), now()),
                Login::Failed,
                "{username} {password}"
            );
        }
        for said in [
            "",
            "Digest",
            "Basic YTpi",
            "Digest username=\"yangcun\"",
            "Digest =,,=\"",
        ] {
            assert_eq!(door.look("MESSAGE", Some(said), now()), Login::Failed, "{said}");
        }
        assert_eq!(door.look("MESSAGE", None, now()), Login::Ask { stale: false });
    }

    #[test]
    fn a_nonce_is_ours_and_of_the_last_minutes() {
        let door = door();
        let [challenge, _] = door.challenges(false, now());
        let said = answered(&challenge, "yangcun", "correct horse", None);
        let later = now() + SignedDuration::from_secs(301);
        assert_eq!(door.look("MESSAGE", Some(&said), later), Login::Ask { stale: true });
        let other = Door::new("sip.example".into(), door.accounts.clone(), [8; 32]);
        assert_eq!(other.look("MESSAGE", Some(&said), now()), Login::Ask { stale: true });
        assert!(door.challenges(true, now())[0].contains("stale=true"));
    }
}
