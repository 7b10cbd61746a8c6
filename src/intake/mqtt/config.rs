//! `[[mqtt.brokers]]` and `[[mqtt.profiles]]`: which brokers are listened to, for which topics, and what the messages mean.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Deserialize;

use super::profile::{Profile, ProfileConfig, shipped};
use super::topic::Template;

/// Brokers of one service.
pub const BROKERS_MAX: usize = 16;
/// Topics of one broker.
pub const TOPICS_MAX: usize = 200;

/// The version of MQTT that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Version {
    /// 5.
    #[default]
    #[serde(rename = "5")]
    V5,
    /// 3.1.1.
    #[serde(rename = "3.1.1")]
    V311,
}

/// One topic.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicConfig {
    /// With names in braces, as `sensors/{device}/alarm`.
    pub topic: String,
    /// The profile by which its messages are read.
    pub profile: String,
}

/// One broker.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrokerConfig {
    /// What it is called here; it must stay the same.
    pub name: String,
    /// `mqtt://host:port` or `mqtts://host:port`.
    pub url: String,
    /// Which MQTT.
    pub version: Version,
    /// Under which the broker keeps what we have not had; it must stay the same, and each node has its own.
    pub client_id: Option<String>,
    /// Who we are.
    pub username: Option<String>,
    /// The file that holds the password.
    pub password_file: Option<PathBuf>,
    /// The variable that holds the password.
    pub password_env: Option<String>,
    /// The certificates that the broker's is signed by; none: those that the machine trusts.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate and its key.
    pub certificate_file: Option<PathBuf>,
    /// The key of it.
    pub key_file: Option<PathBuf>,
    /// The group of a shared subscription: of several nodes one gets each message.
    pub group: Option<String>,
    /// How often the line is tried, seconds.
    pub keep_alive_s: u16,
    /// How long the broker keeps what we have not had, seconds (MQTT 5).
    pub session_expiry_s: u32,
    /// Messages that are worked on at once.
    pub in_flight_max: u16,
    /// Bytes of a payload that are read; of a longer one the beginning.
    pub payload_max_bytes: usize,
    /// The same bytes so soon, from a message that names itself by nothing, are the sender repeating itself, seconds.
    pub again_within_s: u32,
    /// What is subscribed to.
    pub topics: Vec<TopicConfig>,
}

impl Default for BrokerConfig {
    /// A week: longer than any repair. Ten seconds: bridges repeat a message within a second or two, and nobody closes a case so fast.
    fn default() -> Self {
        Self {
            name: String::new(),
            url: String::new(),
            version: Version::V5,
            client_id: None,
            username: None,
            password_file: None,
            password_env: None,
            ca_file: None,
            certificate_file: None,
            key_file: None,
            group: None,
            keep_alive_s: 30,
            session_expiry_s: 7 * 24 * 3_600,
            in_flight_max: 64,
            payload_max_bytes: 64 * 1024,
            again_within_s: 10,
            topics: Vec::new(),
        }
    }
}

/// `[mqtt]`
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MqttConfig {
    /// The brokers.
    pub brokers: Vec<BrokerConfig>,
    /// Profiles of one's own, beside those of the service.
    pub profiles: Vec<ProfileConfig>,
}

/// The address of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or number, a version 6 number without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether the line is encrypted.
    pub secure: bool,
}

/// A topic, read.
#[derive(Debug, Clone)]
pub struct Route {
    /// What is subscribed to.
    pub topic: Template,
    /// What its messages mean.
    pub profile: Profile,
}

impl BrokerConfig {
    /// The client id: one's own, or one that follows from the name.
    pub fn client_id(&self) -> String {
        self.client_id
            .clone()
            .unwrap_or_else(|| format!("eldercare-dispatch-{}", self.name))
    }

    /// Host, port and whether it is encrypted; none: it is no such address.
    pub fn address(&self) -> Option<Address> {
        let (rest, secure, usual) = match (self.url.strip_prefix("mqtt://"), self.url.strip_prefix("mqtts://")) {
            (Some(rest), _) => (rest, false, 1_883),
            (_, Some(rest)) => (rest, true, 8_883),
            (None, None) => return None,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']')?;
                (
                    host,
                    after.strip_prefix(':').map_or((!after.is_empty()).then_some(""), Some),
                )
            }
            None => rest
                .split_once(':')
                .map_or((rest, None), |(host, port)| (host, Some(port))),
        };
        let port = match port {
            Some(port) => port.parse().ok().filter(|it| *it != 0)?,
            None => usual,
        };
        let sound = !host.is_empty()
            && host
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b':' | b'_'));
        sound.then(|| Address {
            host: host.to_owned(),
            port,
            secure,
        })
    }

    /// The password; none: there is none.
    ///
    /// # Errors
    /// Why it cannot be had, without it.
    pub fn password(&self) -> Result<Option<String>, String> {
        if let Some(file) = &self.password_file {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            return Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()));
        }
        let Some(name) = &self.password_env else {
            return Ok(None);
        };
        std::env::var(name)
            .map(Some)
            .map_err(|_| format!("there is no variable {name}"))
    }

    fn mistakes(&self, here: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut wrong = |is_so: bool, what: &str| {
            if is_so {
                found.push(format!("{here}.{what}"));
            }
        };
        let word = |it: &str| {
            (1..=32).contains(&it.len())
                && it
                    .bytes()
                    .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-' || it == b'_')
        };
        wrong(
            !word(&self.name),
            "name: must be 1 to 32 small letters, digits, `-` or `_`",
        );
        let address = self.address();
        wrong(
            address.is_none(),
            "url: must be like mqtt://broker.example:1883 or mqtts://broker.example:8883, without a user name",
        );
        let client_id = self.client_id.as_deref();
        wrong(
            client_id.is_some_and(|it| !(1..=65).contains(&it.chars().count()) || it.contains(char::is_control)),
            "client_id: must be 1 to 65 letters",
        );
        wrong(
            self.password_file.is_some() && self.password_env.is_some(),
            "password_env: is one too many beside password_file",
        );
        wrong(
            self.username.is_none() && (self.password_file.is_some() || self.password_env.is_some()),
            "username: is missing beside a password",
        );
        wrong(
            self.certificate_file.is_some() != self.key_file.is_some(),
            "certificate_file: goes with key_file, and key_file with it",
        );
        let tls = [&self.ca_file, &self.certificate_file, &self.key_file];
        wrong(
            address.is_some_and(|it| !it.secure) && tls.iter().any(|it| it.is_some()),
            "ca_file: needs a url that begins with mqtts://",
        );
        wrong(
            self.certificate_file.is_some() && self.ca_file.is_none(),
            "ca_file: is missing beside certificate_file",
        );
        for (key, file) in [
            ("password_file", &self.password_file),
            ("ca_file", &self.ca_file),
            ("certificate_file", &self.certificate_file),
            ("key_file", &self.key_file),
        ] {
            wrong(
                file.as_ref().is_some_and(|it| !it.is_file()),
                &format!("{key}: there is no such file"),
            );
        }
        if self.password_file.is_none() {
            wrong(self.password().is_err(), "password_env: there is no such variable");
        }
        let group = self.group.as_deref();
        wrong(
            group.is_some_and(|it| !word(it)),
            "group: must be 1 to 32 small letters, digits, `-` or `_`",
        );
        wrong(
            !(5..=1_200).contains(&self.keep_alive_s),
            "keep_alive_s: must be 5 to 1200",
        );
        wrong(self.session_expiry_s < 60, "session_expiry_s: must be at least 60");
        wrong(
            !(1..=1_000).contains(&self.in_flight_max),
            "in_flight_max: must be 1 to 1000",
        );
        wrong(
            !(1_024..=1024 * 1024).contains(&self.payload_max_bytes),
            "payload_max_bytes: must be 1024 to 1048576",
        );
        wrong(self.again_within_s > 600, "again_within_s: must be 0 to 600");
        wrong(
            self.topics.is_empty() || self.topics.len() > TOPICS_MAX,
            &format!("topics: must be 1 to {TOPICS_MAX} of {{ topic = \"...\", profile = \"...\" }}"),
        );
        found
    }
}

impl MqttConfig {
    /// The profiles of the service and one's own, one's own first.
    fn profiles(&self) -> impl Iterator<Item = ProfileConfig> {
        self.profiles.iter().cloned().chain(shipped())
    }

    /// What a broker is subscribed to.
    ///
    /// # Errors
    /// Every mistake, one sentence each.
    pub fn routes(&self, at: usize) -> Result<Vec<Route>, Vec<String>> {
        let (mut routes, mut mistakes) = (Vec::new(), Vec::new());
        for (n, it) in self.brokers[at].topics.iter().enumerate() {
            let here = format!("mqtt.brokers[{at}].topics[{n}]");
            let topic = Template::read(&it.topic).map_err(|why| format!("{here}.topic: {why}"));
            let Some(profile) = self.profiles().find(|known| known.name == it.profile) else {
                let known: Vec<String> = self.profiles().map(|it| it.name).collect();
                mistakes.push(format!(
                    "{here}.profile: there is no profile `{}`; known are {}",
                    it.profile,
                    known.join(", ")
                ));
                mistakes.extend(topic.err());
                continue;
            };
            // What is wrong with the profile itself is told where it stands.
            let profile = profile.read(&here).ok();
            match (topic, profile) {
                (Ok(topic), Some(profile)) => match profile.fits(&topic) {
                    Ok(()) => routes.push(Route { topic, profile }),
                    Err(why) => mistakes.push(format!("{here}.topic: {why}")),
                },
                (topic, _) => mistakes.extend(topic.err()),
            }
        }
        if mistakes.is_empty() { Ok(routes) } else { Err(mistakes) }
    }

    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.brokers.len() > BROKERS_MAX {
            found.push(format!("mqtt.brokers: must be at most {BROKERS_MAX}"));
        }
        let mut names = HashSet::new();
        for (at, it) in self.profiles.iter().enumerate() {
            let here = format!("mqtt.profiles[{at}]");
            found.extend(it.read(&here).err().unwrap_or_default());
            if !names.insert(&it.name) {
                found.push(format!("{here}.name: `{}` stands there twice", it.name));
            }
        }
        let mut names = HashSet::new();
        let mut clients = HashSet::new();
        for (at, it) in self.brokers.iter().enumerate() {
            let here = format!("mqtt.brokers[{at}]");
            found.extend(it.mistakes(&here));
            found.extend(self.routes(at).err().unwrap_or_default());
            if !names.insert(&it.name) {
                found.push(format!("{here}.name: `{}` stands there twice", it.name));
            }
            if !clients.insert((&it.url, it.client_id())) {
                found.push(format!("{here}.client_id: stands there twice for one broker"));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker() -> BrokerConfig {
        BrokerConfig {
            name: "home".to_owned(),
            url: "mqtt://127.0.0.1".to_owned(),
            topics: vec![TopicConfig {
                topic: "zigbee2mqtt/{device}".to_owned(),
                profile: "zigbee2mqtt".to_owned(),
            }],
            ..BrokerConfig::default()
        }
    }

    #[test]
    fn an_address_is_read_or_is_none() {
        for (url, wanted) in [
            ("mqtt://b.example", Some(("b.example", 1_883, false))),
            ("mqtt://b.example:1884/", Some(("b.example", 1_884, false))),
            ("mqtts://b.example", Some(("b.example", 8_883, true))),
            ("mqtts://[::1]:99", Some(("::1", 99, true))),
            ("mqtt://[::1]", Some(("::1", 1_883, false))),
            ("mqtt://[::1]99", None),
            ("mqtt://", None),
            ("mqtt://b:0", None),
            ("mqtt://user:word@b", None),
            ("tcp://b", None),
            ("mqtt://b/path", None),
        ] {
            let url = url.to_owned();
            let read = BrokerConfig {
                url: url.clone(),
                ..broker()
            }
            .address();
            let read = read.map(|it| (it.host, it.port, it.secure));
            assert_eq!(
                read,
                wanted.map(|(host, port, secure)| (host.to_owned(), port, secure)),
                "{url}"
            );
        }
    }

    #[test]
    fn every_mistake_of_a_broker_is_told() {
        let sound = MqttConfig {
            brokers: vec![broker()],
            profiles: vec![],
        };
        assert_eq!(sound.mistakes(), Vec::<String>::new());
        let wrong = BrokerConfig {
            name: "Home".to_owned(),
            url: "tcp://x".to_owned(),
            client_id: Some(String::new()),
            password_env: Some("ECD_NO_SUCH_VARIABLE".to_owned()),
            group: Some("a/b".to_owned()),
            keep_alive_s: 1,
            session_expiry_s: 0,
            in_flight_max: 0,
            payload_max_bytes: 1,
            again_within_s: 601,
            topics: vec![],
            key_file: Some("/no/such".into()),
            ..BrokerConfig::default()
        };
        let config = MqttConfig {
            brokers: vec![wrong],
            profiles: vec![],
        };
        let found = config.mistakes();
        for key in [
            "name",
            "url",
            "client_id",
            "username",
            "password_env",
            "group",
            "keep_alive_s",
            "session_expiry_s",
            "in_flight_max",
            "payload_max_bytes",
            "again_within_s",
            "topics",
            "certificate_file",
            "key_file",
        ] {
            let key = format!("mqtt.brokers[0].{key}: ");
            assert_eq!(
                found.iter().filter(|it| it.starts_with(&key)).count(),
                1,
                "{key} in {found:?}"
            );
        }
        let topic = |topic: &str, profile: &str| TopicConfig {
            topic: topic.to_owned(),
            profile: profile.to_owned(),
        };
        let twice = BrokerConfig {
            topics: vec![
                topic("a/{device", "zigbee2mqtt"),
                topic("a/{device}", "no-such"),
                topic("a/+", "zigbee2mqtt"),
                topic("a/{device}", "home-assistant"),
            ],
            ..broker()
        };
        let config = MqttConfig {
            brokers: vec![broker(), twice],
            profiles: vec![],
        };
        assert_eq!(config.mistakes().len(), 6, "{:?}", config.mistakes());
    }
}
