//! Every key of the configuration and what it may hold, in words: what is told to whoever wrote another thing there.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::case::NoticeKind;
use crate::intake::cap::config::SenderConfig;
use crate::intake::mqtt::config::MqttConfig;
use crate::intake::push::config::LinkConfig;
use crate::notify::{PartnerConfig, WebhookConfig};

const AT_LEAST_1: &str = "a whole number, at least 1";
const LISTEN: &str = "an address and a port, as 0.0.0.0:9001";
const BEAT: &str = "a whole number from 10 to 86400";
const HOUR: &str = "a whole number from 0 to 23";
const PERCENT: &str = "a whole number from 1 to 100";
const MAP_LINE: &str = "at most 80 letters without < > & or \"";
const SECRET: &str = "`whsec_` and 24 to 64 bytes in base64";

/// Full names, and what is allowed. `deploy/eldercare-dispatch.toml` has the same keys.
pub(super) const KEYS: &[(&str, &str)] = &[
    (
        "store.url",
        "sqlite://path or postgres://user:password@host:port/database",
    ),
    ("store.readers_max", AT_LEAST_1),
    ("store.writers_max", AT_LEAST_1),
    ("store.acquire_within_ms", AT_LEAST_1),
    ("store.lock_within_ms", AT_LEAST_1),
    ("store.statement_within_ms", AT_LEAST_1),
    ("store.idle_in_transaction_ms", AT_LEAST_1),
    ("store.wal_autocheckpoint_pages", AT_LEAST_1),
    ("store.require_durable", "true or false"),
    ("desk.queue_max", AT_LEAST_1),
    ("desk.batch_max", "a whole number from 1 to 512"),
    ("desk.committers", "a whole number from 1 to 16"),
    ("desk.stale_after_s", "a whole number, at least 60"),
    ("desk.late_at_once", "a whole number from 1 to 100"),
    ("desk.late_every_s", "a whole number from 1 to 600"),
    ("desk.tick_ms", "a whole number from 1 to 1000"),
    ("http.listen", "an address and a port, as 127.0.0.1:8080"),
    ("http.workers", AT_LEAST_1),
    ("keys.master_file", "the path of a file"),
    ("keys.token_file", "the path of a file"),
    ("roads.file", "the path of a file that `import roads` wrote"),
    (
        "plans.set",
        "yangcun-7, yangcun-1-4, plain-3, test-seconds or the path of a file",
    ),
    ("notify.tick_ms", "a whole number from 50 to 10000"),
    ("notify.lease_s", "a whole number from 2 to 600"),
    ("notify.retry_ms", "a whole number from 100 to 60000"),
    ("notify.retry_max_s", "a whole number from 1 to 600"),
    ("notify.webhooks", "a list of [[notify.webhooks]] sections"),
    ("notify.partners", "a list of [[notify.partners]] sections"),
    ("notify.texts_folder", "the path of a folder with zh-CN.ftl and en.ftl"),
    ("notify.carriers", "a list of [[notify.carriers]] sections"),
    ("notify.ways.rules", "a list of [[notify.ways.rules]] sections"),
    ("family.centre_phone", "a telephone number of 3 to 15 digits"),
    (
        "family.public_url",
        "an address like https://example.org, without a path",
    ),
    ("intake.tcp.lines_max", AT_LEAST_1),
    ("intake.tcp.lines_per_address_max", AT_LEAST_1),
    ("intake.tcp.frames_per_second_max", "a whole number from 1 to 10000"),
    ("intake.tcp.frame_max_bytes", "a whole number from 1024 to 1048576"),
    ("intake.tcp.name_within_s", "a whole number from 1 to 600"),
    (
        "intake.tcp.crs_usual",
        "a list like [\"watch=wgs84\", \"model:KG-1=gcj02\"], the system wgs84, gcj02, bd09 or none",
    ),
    ("intake.tcp.watch.listen", LISTEN),
    ("intake.tcp.watch.beat_s", BEAT),
    ("intake.tcp.gt06.listen", LISTEN),
    ("intake.tcp.gt06.beat_s", BEAT),
    ("intake.tcp.jt808.listen", LISTEN),
    ("intake.tcp.jt808.beat_s", BEAT),
    ("intake.tcp.h02.listen", LISTEN),
    ("intake.tcp.h02.beat_s", BEAT),
    ("intake.tcp.eelink.listen", LISTEN),
    ("intake.tcp.eelink.beat_s", BEAT),
    ("intake.tcp.minifinder.listen", LISTEN),
    ("intake.tcp.minifinder.beat_s", BEAT),
    ("intake.tcp.eview.listen", LISTEN),
    ("intake.tcp.eview.beat_s", BEAT),
    ("intake.tcp.trv.listen", LISTEN),
    ("intake.tcp.trv.beat_s", BEAT),
    ("intake.tcp.blue.listen", LISTEN),
    ("intake.tcp.blue.beat_s", BEAT),
    ("intake.tcp.gator.listen", LISTEN),
    ("intake.tcp.gator.beat_s", BEAT),
    ("intake.tcp.queclink.listen", LISTEN),
    ("intake.tcp.queclink.beat_s", BEAT),
    ("intake.tcp.gotop.listen", LISTEN),
    ("intake.tcp.gotop.beat_s", BEAT),
    ("intake.tcp.gps103.listen", LISTEN),
    ("intake.tcp.gps103.beat_s", BEAT),
    ("intake.tcp.pt502.listen", LISTEN),
    ("intake.tcp.pt502.beat_s", BEAT),
    ("intake.tcp.taip.listen", LISTEN),
    ("intake.tcp.taip.beat_s", BEAT),
    ("intake.tcp.tk103.listen", LISTEN),
    ("intake.tcp.tk103.beat_s", BEAT),
    ("intake.tcp.topin.listen", LISTEN),
    ("intake.tcp.topin.beat_s", BEAT),
    ("mqtt.brokers", "a list of [[mqtt.brokers]] sections"),
    ("mqtt.profiles", "a list of [[mqtt.profiles]] sections"),
    ("supervision.every_s", "a whole number from 1 to 30"),
    (
        "supervision.grace_s",
        "a whole number, at most 60 together with every_s",
    ),
    (
        "supervision.beats",
        "a list like [\"gateway=300\", \"model:KG-1=600\"], seconds 0 or 10 to 604800",
    ),
    ("supervision.recovered_s", "a whole number from 30 to 86400"),
    ("supervision.battery_low_percent", PERCENT),
    ("supervision.battery_well_percent", PERCENT),
    ("supervision.dark_min", "a whole number, at least 2"),
    ("supervision.dark_percent", PERCENT),
    ("supervision.dark_within_s", "a whole number from 60 to 86400"),
    ("activity.on", "true or false"),
    (
        "activity.no_activity",
        "a list like [\"general=24\", \"living_alone=12 waking\"], hours 1 to 168",
    ),
    ("activity.learning", "off, propose or tighten"),
    ("activity.waking_from", HOUR),
    ("activity.waking_until", HOUR),
    ("activity.water_over_l", "a whole number from 0 to 100000"),
    ("activity.water_over_h", "a whole number from 1 to 48"),
    ("activity.out_of_bed_min", "0, or a whole number from 5 to 720"),
    ("activity.night_from", HOUR),
    ("activity.night_until", HOUR),
    ("rounds.on", "true or false"),
    ("rounds.missed_at_h", "a whole number from 1 to 23"),
    ("rounds.case_needs", "a list of needs, as [\"high_risk\"]"),
    ("rounds.within_m", "a whole number from 20 to 500"),
    ("rounds.stay_min", "a whole number from 1 to 240"),
    ("self_check.every_s", "0, or a whole number from 10 to 3600"),
    ("self_check.dead_man_url", "an https address"),
    (
        "map.tiles_url",
        "an address with {z}, {x} and {y}, as https://t0.tianditu.gov.cn/...&TILECOL={x}&TILEROW={y}&TILEMATRIX={z}",
    ),
    ("map.tiles_crs", "wgs84, gcj02 or bd09"),
    ("map.review_number", MAP_LINE),
    ("map.attribution", MAP_LINE),
    ("map.tiles_zoom_max", "a whole number from 1 to 22"),
    ("push.body_max_bytes", "a whole number from 1024 to 16777216"),
    ("push.per_second_max", "a whole number from 1 to 100000"),
    ("push.signature_within_s", "a whole number from 30 to 86400"),
    ("push.links", "a list of [[push.links]] sections"),
    ("cap.body_max_bytes", "a whole number from 4096 to 16777216"),
    ("cap.per_second_max", "a whole number from 1 to 1000"),
    ("cap.senders", "a list of [[cap.senders]] sections"),
    ("scaip.udp", LISTEN),
    ("scaip.tcp", LISTEN),
    ("scaip.tls", LISTEN),
    ("scaip.certificate_file", "the path of a file"),
    ("scaip.key_file", "the path of a file"),
    ("scaip.domain", "a host name of letters, digits, dots and dashes"),
    ("scaip.answer", "by_root, message or inside"),
    ("scaip.inside_models", "a list of models"),
    ("scaip.accounts", "a list of [[scaip.accounts]] sections"),
    ("scaip.beat_s", "a whole number from 60 to 86400"),
    ("scaip.message_max_bytes", "a whole number from 1024 to 49152"),
    ("scaip.messages_per_second_max", "a whole number from 1 to 10000"),
    ("scaip.in_hand_max", AT_LEAST_1),
    ("scaip.transactions_max", AT_LEAST_1),
    ("scaip.lines_max", AT_LEAST_1),
    ("scaip.lines_per_address_max", AT_LEAST_1),
    ("telephony.desks", "a list like [\"8001=Desk 1\"]"),
    ("telephony.calls_max", "a whole number from 1 to 1000"),
    ("telephony.asked_s", "a whole number from 5 to 120"),
    ("telephony.ring_s", "a whole number from 5 to 120"),
    ("telephony.longest_s", "a whole number from 60 to 14400"),
    ("telephony.hold_warn_s", "a whole number from 5 to 600"),
    ("telephony.record", "true or false"),
    ("telephony.http.url", "an http or https address"),
    ("telephony.http.secret", SECRET),
    ("telephony.http.timeout_ms", "a whole number from 100 to 10000"),
    ("telephony.http.asks", "true or false"),
    ("telephony.sip.trunk", "an address and a port, as 10.0.0.2:5060"),
    ("telephony.sip.desks", "an address and a port, as 10.0.0.2:5060"),
    ("telephony.sip.listen", "an address and a port, as 10.0.0.1:5070"),
    ("telephony.sip.address", "an IP address"),
    (
        "telephony.sip.domain",
        "a host name of letters, digits, dots and dashes",
    ),
    ("telephony.sip.username", "1 to 64 letters or digits"),
    ("telephony.sip.password_file", "the path of a file"),
    ("telephony.sip.register", "true or false"),
    ("telephony.sip.register_s", "a whole number from 60 to 3600"),
    ("telephony.check.after_s", "0, or a whole number from 5 to 600"),
    ("telephony.check.kinds", "a list of kinds of alert"),
    ("telephony.check.calls_max", "a whole number from 1 to 1000"),
    ("telephony.check.longest_s", "a whole number from 20 to 300"),
    ("telephony.check.language", "zh-CN or en"),
    (
        "telephony.check.texts_folder",
        "the path of a folder with zh-CN.ftl and en.ftl",
    ),
    ("link.district", "an address like wss://HOST[:PORT], without a path"),
    ("link.node", "`node_` and 32 hex digits, as the district tells it"),
    ("link.key_file", "the path of a file"),
    ("link.phone", "a telephone number of 3 to 15 digits"),
    ("link.cases", "help or all"),
    ("link.figures_every_s", "a whole number from 10 to 3600"),
    ("link.retry_max_s", "a whole number from 1 to 600"),
];

/// The keys of one `[[notify.webhooks]]`; the first three must be there.
const WEBHOOK: &[(&str, &str)] = &[
    ("name", "1 to 32 small letters, digits, `-` or `_`"),
    ("url", "an http or https address"),
    ("secret", SECRET),
    ("previous_secret", SECRET),
    ("kinds", "a list of kinds of notice"),
    ("timeout_ms", "a whole number from 50 to 60000"),
    ("connections", "a whole number from 1 to 49"),
];
const WEBHOOK_NEEDS: usize = 3;

/// What a key may hold; nothing for one that there is not.
pub(super) fn allowed(key: &str) -> Option<&'static str> {
    KEYS.iter().find(|it| it.0 == key).map(|it| it.1)
}

/// The keys of a section, for whoever wrote another one.
pub(super) fn known(section: &str) -> String {
    let of = |it: &&(&'static str, &'static str)| {
        let key = it.0.strip_prefix(section).and_then(|it| it.strip_prefix('.'));
        // Keys of a section within it are that one's.
        key.filter(|it| !it.contains('.'))
    };
    let names: Vec<&str> = KEYS.iter().filter_map(|it| of(&it)).collect();
    names.join(", ")
}

/// The sentence without the place, which the key has told already.
pub(super) fn first_line(error: &toml::de::Error) -> String {
    error.message().lines().next().unwrap_or_default().trim().to_owned()
}

/// Reads `webhooks`, key by key, and tells every mistake; no secret is in a sentence. What cannot be read is replaced by
/// something harmless, so that the values of the other keys are looked at too: the answer serves only where nothing was told.
pub(super) fn webhooks(value: toml::Value, mistakes: &mut Vec<String>) -> Vec<WebhookConfig> {
    let toml::Value::Array(entries) = value else {
        mistakes.push("notify.webhooks: must be a list of [[notify.webhooks]] sections".to_owned());
        return vec![];
    };
    let mut read = Vec::new();
    for (at, entry) in entries.into_iter().enumerate() {
        let here = format!("notify.webhooks[{at}]");
        match entry {
            toml::Value::Table(entry) => read.extend(webhook(&here, at, &entry, mistakes)),
            other => mistakes.push(format!(
                "{here}: must be a [[notify.webhooks]] section, not of type {}",
                other.type_str()
            )),
        }
    }
    read
}

/// Reads `push.links`; one that cannot be read is told and left out. No secret is in a sentence.
pub(super) fn links(value: toml::Value, mistakes: &mut Vec<String>) -> Vec<LinkConfig> {
    let toml::Value::Array(entries) = value else {
        mistakes.push("push.links: must be a list of [[push.links]] sections".to_owned());
        return vec![];
    };
    let mut read = Vec::new();
    for (at, entry) in entries.into_iter().enumerate() {
        if !entry.is_table() {
            let found = entry.type_str();
            mistakes.push(format!(
                "push.links[{at}]: must be a [[push.links]] section, not of type {found}"
            ));
            continue;
        }
        match LinkConfig::deserialize(entry) {
            Ok(link) => read.push(LinkConfig {
                place: Some(at),
                ..link
            }),
            Err(error) => mistakes.push(format!("push.links[{at}]: {}", first_line(&error))),
        }
    }
    read
}

/// Reads `notify.partners`; one that cannot be read is told and left out. No secret is in a sentence.
pub(super) fn partners(value: toml::Value, mistakes: &mut Vec<String>) -> Vec<PartnerConfig> {
    let toml::Value::Array(entries) = value else {
        mistakes.push("notify.partners: must be a list of [[notify.partners]] sections".to_owned());
        return vec![];
    };
    let mut read = Vec::new();
    for (at, entry) in entries.into_iter().enumerate() {
        if !entry.is_table() {
            let found = entry.type_str();
            mistakes.push(format!(
                "notify.partners[{at}]: must be a [[notify.partners]] section, not of type {found}"
            ));
            continue;
        }
        match PartnerConfig::deserialize(entry) {
            Ok(it) => read.push(PartnerConfig {
                place_in_list: Some(at),
                ..it
            }),
            Err(error) => mistakes.push(format!("notify.partners[{at}]: {}", first_line(&error))),
        }
    }
    read
}

/// Reads `cap.senders`; one that cannot be read is told and left out. No secret is in a sentence.
pub(super) fn senders(value: toml::Value, mistakes: &mut Vec<String>) -> Vec<SenderConfig> {
    let toml::Value::Array(entries) = value else {
        mistakes.push("cap.senders: must be a list of [[cap.senders]] sections".to_owned());
        return vec![];
    };
    let mut read = Vec::new();
    for (at, entry) in entries.into_iter().enumerate() {
        if !entry.is_table() {
            let found = entry.type_str();
            mistakes.push(format!(
                "cap.senders[{at}]: must be a [[cap.senders]] section, not of type {found}"
            ));
            continue;
        }
        match SenderConfig::deserialize(entry) {
            Ok(it) => read.push(SenderConfig { place: Some(at), ..it }),
            Err(error) => mistakes.push(format!("cap.senders[{at}]: {}", first_line(&error))),
        }
    }
    read
}

fn webhook(here: &str, at: usize, entry: &toml::Table, mistakes: &mut Vec<String>) -> Option<WebhookConfig> {
    let mut sound = toml::Table::new();
    for (key, value) in [
        ("name", format!("unread-{at}")),
        ("url", "http://unread.invalid/".to_owned()),
        ("secret", format!("whsec_{}", "A".repeat(32))),
    ] {
        sound.insert(key.to_owned(), value.into());
    }
    for (needed, what) in &WEBHOOK[..WEBHOOK_NEEDS] {
        if !entry.contains_key(*needed) {
            mistakes.push(format!("{here}.{needed}: is missing; must be {what}"));
        }
    }
    for (key, value) in entry {
        let Some((_, what)) = WEBHOOK.iter().find(|it| it.0 == key) else {
            let known: Vec<&str> = WEBHOOK.iter().map(|it| it.0).collect();
            mistakes.push(format!(
                "{here}.{key}: there is no such key; known are {}",
                known.join(", ")
            ));
            continue;
        };
        if let (true, toml::Value::Array(words)) = (key == "kinds", value) {
            let wrong = |word: &&toml::Value| NoticeKind::deserialize((*word).clone()).is_err();
            let wrong: Vec<String> = words.iter().filter(wrong).map(ToString::to_string).collect();
            if !wrong.is_empty() {
                let known: Vec<&str> = NoticeKind::ALL.iter().map(|it| it.as_str()).collect();
                mistakes.push(format!(
                    "{here}.kinds: {} is no kind of notice; known are {}",
                    wrong.join(", "),
                    known.join(", ")
                ));
                continue;
            }
        }
        let mut tried = sound.clone();
        tried.insert(key.clone(), value.clone());
        match WebhookConfig::deserialize(tried.clone()) {
            Ok(_) => sound = tried,
            Err(_) if key.ends_with("secret") => mistakes.push(format!("{here}.{key}: must be {what}")),
            Err(error) => mistakes.push(format!("{here}.{key}: must be {what}; {}", first_line(&error))),
        }
    }
    WebhookConfig::deserialize(sound).ok()
}

/// Reads a section within another as a whole: lists and tables whose keys its own struct tells.
pub(super) fn within<T: DeserializeOwned + Default>(
    table: &mut toml::Table,
    section: &str,
    name: &str,
    mistakes: &mut Vec<String>,
) -> T {
    let outer = table.get_mut(section).and_then(toml::Value::as_table_mut);
    let Some(value) = outer.and_then(|it| it.remove(name)) else {
        return T::default();
    };
    T::deserialize(value).unwrap_or_else(|error| {
        mistakes.push(format!("{section}.{name}: {}", first_line(&error)));
        T::default()
    })
}

/// The keys of one `[[mqtt.brokers]]`.
pub(super) const BROKER: &[(&str, &str)] = &[
    ("name", "1 to 32 small letters, digits, `-` or `_`"),
    ("url", "like mqtt://broker.example:1883 or mqtts://broker.example:8883"),
    ("version", "\"5\" or \"3.1.1\""),
    ("client_id", "1 to 65 letters"),
    ("username", "a text"),
    ("password_file", "the path of a file"),
    ("password_env", "the name of a variable"),
    ("ca_file", "the path of a file"),
    ("certificate_file", "the path of a file"),
    ("key_file", "the path of a file"),
    ("group", "1 to 32 small letters, digits, `-` or `_`"),
    ("keep_alive_s", "a whole number from 5 to 1200"),
    ("session_expiry_s", "a whole number, at least 60"),
    ("in_flight_max", "a whole number from 1 to 1000"),
    ("payload_max_bytes", "a whole number from 1024 to 1048576"),
    ("again_within_s", "a whole number from 0 to 600"),
    ("topics", "a list of { topic = \"...\", profile = \"...\" }"),
];

const PLACE: &str = "a JSON pointer like /a/b, `.` or a name of the topic in braces";

/// The keys of one `[[mqtt.profiles]]`.
pub(super) const PROFILE: &[(&str, &str)] = &[
    ("name", "1 to 32 small letters, digits, `-` or `_`"),
    ("text", "true or false"),
    ("device", PLACE),
    ("kind", PLACE),
    ("words", "a table of the maker's words and our kinds"),
    (
        "rules",
        "a list of { when = \"...\", kind = \"...\", event = true or false }",
    ),
    ("source_ref", PLACE),
    ("time", PLACE),
    ("time_trusted", "true or false"),
    ("lat", PLACE),
    ("lon", PLACE),
    ("accuracy_m", PLACE),
    ("battery", PLACE),
    ("signal", PLACE),
    ("signal_max", "a number, more than 0"),
];

/// Reads `[mqtt]`: two lists, key by key.
pub(super) fn mqtt(table: &mut toml::Table, mistakes: &mut Vec<String>) -> MqttConfig {
    let mut config = MqttConfig::default();
    let Some(value) = table.remove("mqtt") else {
        return config;
    };
    let toml::Value::Table(mut keys) = value else {
        mistakes.push("mqtt: is a section: write [[mqtt.brokers]] and its keys below".to_owned());
        return config;
    };
    config.brokers = list(&mut keys, "brokers", BROKER, mistakes);
    config.profiles = list(&mut keys, "profiles", PROFILE, mistakes);
    let strange = keys
        .keys()
        .map(|it| format!("mqtt.{it}: there is no such key; known are {}", known("mqtt")));
    mistakes.extend(strange);
    config
}

/// A list of sections all of whose keys may be left out.
fn list<T: DeserializeOwned + Default>(
    keys: &mut toml::Table,
    name: &str,
    may: &[(&str, &str)],
    mistakes: &mut Vec<String>,
) -> Vec<T> {
    let Some(value) = keys.remove(name) else {
        return vec![];
    };
    let toml::Value::Array(entries) = value else {
        mistakes.push(format!("mqtt.{name}: must be a list of [[mqtt.{name}]] sections"));
        return vec![];
    };
    let mut read = Vec::new();
    for (at, entry) in entries.into_iter().enumerate() {
        let here = format!("mqtt.{name}[{at}]");
        let toml::Value::Table(entry) = entry else {
            mistakes.push(format!("{here}: must be a [[mqtt.{name}]] section"));
            continue;
        };
        let mut sound = toml::Table::new();
        for (key, value) in entry {
            let Some((_, what)) = may.iter().find(|it| it.0 == key) else {
                let known: Vec<&str> = may.iter().map(|it| it.0).collect();
                mistakes.push(format!(
                    "{here}.{key}: there is no such key; known are {}",
                    known.join(", ")
                ));
                continue;
            };
            match T::deserialize(toml::Table::from_iter([(key.clone(), value.clone())])) {
                Ok(_) => drop(sound.insert(key, value)),
                Err(error) => mistakes.push(format!("{here}.{key}: must be {what}; {}", first_line(&error))),
            }
        }
        read.push(T::deserialize(sound).unwrap_or_default());
    }
    read
}
