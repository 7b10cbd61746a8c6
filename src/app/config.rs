//! The configuration: one typed file, or variables, checked whole at the start with every mistake listed.
//!
//! A variable is the key with `ECD_` before it and two underscores between the parts: `ECD_STORE__URL`. It wins over the
//! file. Values are read as TOML where they can be, as text otherwise.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::keys::{self, allowed, first_line, known};
use super::self_check::SelfCheckConfig;
use crate::case::PlanSet;
use crate::circle::Crs;
use crate::dispatch::{ActivityConfig, DeskConfig, RoundsConfig, SupervisionConfig};
use crate::intake::cap::config::CapConfig;
use crate::intake::mqtt::config::MqttConfig;
use crate::intake::push::config::PushConfig;
use crate::intake::scaip::config::ScaipConfig;
use crate::intake::tcp::limits::IntakeConfig;
use crate::link::LinkConfig;
use crate::notify::{NotifyConfig, carriers};
use crate::people::Protocol;
use crate::phone::TelephonyConfig;
use crate::store::StoreConfig;

/// What is wrong with a configuration, all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} mistake(s):", self.0.len())?;
        self.0.iter().try_for_each(|it| write!(f, "\n  - {it}"))
    }
}

impl std::error::Error for Mistakes {}

/// Where people and devices reach the service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Address and port.
    pub listen: SocketAddr,
    /// Threads that answer; none: one for each core.
    pub workers: Option<usize>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            workers: None,
        }
    }
}

/// The keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// The file that holds the master key of the sealed fields: 32 bytes in base64, mode 600.
    pub master_file: PathBuf,
    /// The file that holds the key by which sign-in tokens are signed: 32 bytes in base64, mode 600.
    pub token_file: PathBuf,
}

impl Default for KeysConfig {
    fn default() -> Self {
        Self {
            master_file: PathBuf::from("data/master.key"),
            token_file: PathBuf::from("data/token.key"),
        }
    }
}

/// The roads.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoadsConfig {
    /// The file that `import roads` wrote; none: straight lines, marked estimated wherever they show.
    pub file: Option<PathBuf>,
}

/// The plans.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlansConfig {
    /// `yangcun-7`, `yangcun-1-4`, `plain-3`, `test-seconds`, or the path of a file of one's own.
    pub set: String,
}

impl Default for PlansConfig {
    fn default() -> Self {
        Self {
            set: "yangcun-7".to_owned(),
        }
    }
}

/// The family's page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FamilyConfig {
    /// The telephone of the command centre, as the page dials it; none: the page shows no such key.
    pub centre_phone: Option<String>,
    /// Where families reach the service, as `https://example.org`; none: the address by which the desk reaches it.
    pub public_url: Option<String>,
}

impl FamilyConfig {
    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(phone) = &self.centre_phone
            && phone.parse::<crate::people::Phone>().is_err()
        {
            found.push("family.centre_phone: must be a telephone number of 3 to 15 digits".to_owned());
        }
        if let Some(url) = &self.public_url {
            let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            if !host.is_some_and(|it| !it.is_empty() && !it.contains(['/', '?', '#', '@', ' '])) {
                found.push("family.public_url: must be like https://example.org, without a path".to_owned());
            }
        }
        found
    }
}

/// An approved base map in place of the service's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MapConfig {
    /// Where its pictures are: an address with `{z}`, `{x}` and `{y}`; none: the map of the imported extract.
    pub tiles_url: Option<String>,
    /// In which system it is drawn. What is shown on it is converted in the browser; nothing kept is.
    pub tiles_crs: Crs,
    /// Its review number (审图号), shown with the map: no base map is shown without.
    pub review_number: Option<String>,
    /// Whose it is, shown with the map.
    pub attribution: Option<String>,
    /// The last zoom with pictures of its own.
    pub tiles_zoom_max: u8,
}

impl Default for MapConfig {
    fn default() -> Self {
        Self {
            tiles_url: None,
            tiles_crs: Crs::Wgs84,
            review_number: None,
            attribution: None,
            tiles_zoom_max: 18,
        }
    }
}

/// Letters of a line that is shown with the map.
const MAP_LINE_MAX: usize = 80;

impl MapConfig {
    /// Scheme, host and port of the base map, as a Content-Security-Policy names them; none: there is none, or it is no address.
    pub fn tiles_origin(&self) -> Option<&str> {
        let url = self.tiles_url.as_deref()?;
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let host = rest.split(['/', '?', '#']).next()?;
        // Nothing else may stand there: it becomes a part of the policy of the pages.
        let sound = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | ':');
        let of_host =
            !host.is_empty() && host.starts_with(|it: char| it.is_ascii_alphanumeric()) && host.chars().all(sound);
        of_host.then(|| &url[..url.len() - rest.len() + host.len()])
    }

    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        let wrong = |key: &str| format!("{key}: must be {}", allowed(key).unwrap_or_default());
        if let Some(url) = &self.tiles_url {
            let path = self.tiles_origin().map(|it| &url[it.len()..]);
            let whole = |it: &str| {
                let printable = it
                    .chars()
                    .all(|it| it.is_ascii_graphic() && !matches!(it, '<' | '>' | '"' | '\'' | '\\'));
                printable && ["{z}", "{x}", "{y}"].iter().all(|part| it.matches(part).count() == 1)
            };
            if !path.is_some_and(whole) {
                found.push(wrong("map.tiles_url"));
            }
            if self.review_number.is_none() {
                found.push(
                    "map.review_number: is missing; a base map is shown with its review number (审图号) or not at all"
                        .to_owned(),
                );
            }
        } else if self.review_number.is_some() {
            found.push("map.review_number: is of no map; name the base map in map.tiles_url".to_owned());
        }
        for (key, line) in [
            ("map.review_number", &self.review_number),
            ("map.attribution", &self.attribution),
        ] {
            let sound = |it: &String| {
                let length = it.chars().count();
                !it.trim().is_empty()
                    && length <= MAP_LINE_MAX
                    && !it.contains(['<', '>', '&', '"'])
                    && !it.contains(char::is_control)
            };
            if line.as_ref().is_some_and(|it| !sound(it)) {
                found.push(wrong(key));
            }
        }
        if !(1..=22).contains(&self.tiles_zoom_max) {
            found.push(wrong("map.tiles_zoom_max"));
        }
        found
    }
}

/// The whole configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `[store]`
    pub store: StoreConfig,
    /// `[desk]`
    pub desk: DeskConfig,
    /// `[http]`
    pub http: HttpConfig,
    /// `[keys]`
    pub keys: KeysConfig,
    /// `[roads]`
    pub roads: RoadsConfig,
    /// `[plans]`
    pub plans: PlansConfig,
    /// `[notify]`
    pub notify: NotifyConfig,
    /// `[family]`
    pub family: FamilyConfig,
    /// `[intake.tcp]` and a section for each language of devices.
    pub intake: IntakeConfig,
    /// `[mqtt]`
    pub mqtt: MqttConfig,
    /// `[supervision]`
    pub supervision: SupervisionConfig,
    /// `[activity]`
    pub activity: ActivityConfig,
    /// `[rounds]`
    pub rounds: RoundsConfig,
    /// `[self_check]`
    pub self_check: SelfCheckConfig,
    /// `[map]`
    pub map: MapConfig,
    /// `[push]`
    pub push: PushConfig,
    /// `[cap]`
    pub cap: CapConfig,
    /// `[scaip]`
    pub scaip: ScaipConfig,
    /// `[telephony]` and the sections within it.
    pub telephony: TelephonyConfig,
    /// `[link]`
    pub link: LinkConfig,
}

const SHIPPED: [(&str, &str); 4] = [
    ("yangcun-7", include_str!("../case/plans/yangcun-7.toml")),
    ("yangcun-1-4", include_str!("../case/plans/yangcun-1-4.toml")),
    ("plain-3", include_str!("../case/plans/plain-3.toml")),
    ("test-seconds", include_str!("../case/plans/test-seconds.toml")),
];

impl Config {
    /// Reads the file, if one is named, and the variables over it.
    ///
    /// # Errors
    /// Every mistake: of the file, of each section, of each value.
    pub fn read(file: Option<&Path>, variables: impl Iterator<Item = (String, String)>) -> Result<Self, Mistakes> {
        let mut slips = Vec::new();
        let mut table = toml::Table::new();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Mistakes(vec![format!("{}: {error}", path.display())]))?;
            table = text.parse().map_err(|error: toml::de::Error| {
                Mistakes(vec![format!("{}: {}", path.display(), error.to_string().trim())])
            })?;
        }
        for (name, value) in variables {
            let Some(rest) = name.strip_prefix("ECD_") else {
                continue;
            };
            let Some((section, key)) = rest.split_once("__") else {
                // ECD_CONFIG and the like are no keys; a section with one underscore is a slip that would go unnoticed.
                let slip = |it: &&&str| {
                    rest.strip_prefix(it.to_uppercase().as_str())
                        .is_some_and(|it| it.starts_with('_'))
                };
                if let Some(section) = SECTIONS.iter().find(slip) {
                    slips.push(format!(
                        "{name}: two underscores part section and key: ECD_{}__...",
                        section.to_uppercase()
                    ));
                }
                continue;
            };
            let value = format!("it = {value}")
                .parse::<toml::Table>()
                .ok()
                .and_then(|mut it| it.remove("it"))
                .unwrap_or(toml::Value::String(value));
            // The last part is the key, whatever stands before it a section.
            let (within, key) = key.rsplit_once("__").map_or(("", key), |it| it);
            let mut place = Some(&mut table);
            for section in std::iter::once(section).chain(within.split("__").filter(|it| !it.is_empty())) {
                place = place.and_then(|it| {
                    it.entry(section.to_lowercase())
                        .or_insert_with(|| toml::Value::Table(toml::Table::new()))
                        .as_table_mut()
                });
            }
            if let Some(section) = place {
                section.insert(key.to_lowercase(), value);
            }
        }
        let read = Self::from_table(table);
        if slips.is_empty() {
            return read;
        }
        slips.extend(read.err().map(|it| it.0).unwrap_or_default());
        Err(Mistakes(slips))
    }

    fn from_table(mut table: toml::Table) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let told = table.get_mut("notify").and_then(toml::Value::as_table_mut);
        let mut of = |it: &mut toml::Table| (it.remove("webhooks"), it.remove("carriers"), it.remove("partners"));
        let (webhooks, carriers, partners) = told.map_or((None, None, None), &mut of);
        let partners = partners.map_or_else(Vec::new, |it| keys::partners(it, &mut mistakes));
        let webhooks = webhooks.map_or_else(Vec::new, |it| keys::webhooks(it, &mut mistakes));
        let carriers = carriers.map_or_else(Vec::new, |it| carriers::config::read(&it, &mut mistakes));
        let ways = keys::within(&mut table, "notify", "ways", &mut mistakes);
        let limits = keys::within(&mut table, "notify", "limits", &mut mistakes);
        let civil_affairs = keys::within(&mut table, "notify", "civil_affairs", &mut mistakes);
        let canary = keys::within(&mut table, "notify", "canary", &mut mistakes);
        let pushed = table.get_mut("push").and_then(toml::Value::as_table_mut);
        let links = pushed.and_then(|it| it.remove("links"));
        let links = links.map_or_else(Vec::new, |it| keys::links(it, &mut mistakes));
        let warners = table.get_mut("cap").and_then(toml::Value::as_table_mut);
        let senders = warners.and_then(|it| it.remove("senders"));
        let senders = senders.map_or_else(Vec::new, |it| keys::senders(it, &mut mistakes));
        let mut config = Self {
            store: section(&mut table, "store", &mut mistakes),
            desk: section(&mut table, "desk", &mut mistakes),
            http: section(&mut table, "http", &mut mistakes),
            keys: section(&mut table, "keys", &mut mistakes),
            roads: section(&mut table, "roads", &mut mistakes),
            plans: section(&mut table, "plans", &mut mistakes),
            notify: section(&mut table, "notify", &mut mistakes),
            family: section(&mut table, "family", &mut mistakes),
            intake: intake(&mut table, &mut mistakes),
            mqtt: keys::mqtt(&mut table, &mut mistakes),
            supervision: section(&mut table, "supervision", &mut mistakes),
            activity: section(&mut table, "activity", &mut mistakes),
            rounds: section(&mut table, "rounds", &mut mistakes),
            self_check: section(&mut table, "self_check", &mut mistakes),
            map: section(&mut table, "map", &mut mistakes),
            push: section(&mut table, "push", &mut mistakes),
            cap: section(&mut table, "cap", &mut mistakes),
            scaip: section(&mut table, "scaip", &mut mistakes),
            telephony: telephony(&mut table, &mut mistakes),
            link: section(&mut table, "link", &mut mistakes),
        };
        mistakes.extend(
            table
                .keys()
                .map(|it| format!("{it}: unknown section; known are {}", SECTIONS.join(", "))),
        );
        config.notify.webhooks = webhooks;
        config.notify.carriers = carriers;
        config.notify.partners = partners;
        config.notify.ways = ways;
        config.notify.limits = limits;
        config.notify.civil_affairs = civil_affairs;
        config.notify.canary = canary;
        config.push.links = links;
        config.cap.senders = senders;
        mistakes.extend(config.mistakes());
        if mistakes.is_empty() {
            return Ok(config);
        }
        // By itself it is told where the roads are needed: `import roads` may be about to write them.
        if let Some(file) = config.roads.file.filter(|it| !it.exists()) {
            let file = file.display();
            mistakes.push(format!(
                "roads.file: there is no file {file}; `import roads EXTRACT --out {file}` writes it"
            ));
        }
        Err(Mistakes(mistakes))
    }

    /// Every mistake that the values have.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = self.store.mistakes();
        found.extend(self.desk.mistakes());
        found.extend(self.notify.mistakes());
        found.extend(self.family.mistakes());
        found.extend(self.intake.mistakes());
        found.extend(self.mqtt.mistakes());
        found.extend(self.supervision.mistakes());
        found.extend(self.activity.mistakes());
        found.extend(self.rounds.mistakes());
        found.extend(self.self_check.mistakes());
        found.extend(self.map.mistakes());
        found.extend(self.push.mistakes());
        found.extend(self.cap.mistakes());
        found.extend(self.scaip.mistakes());
        found.extend(self.telephony.mistakes());
        found.extend(self.link.mistakes());
        if self.http.workers == Some(0) {
            found.push("http.workers: must be at least 1".to_owned());
        }
        let files = [
            ("keys.master_file", Some(&self.keys.master_file)),
            ("keys.token_file", Some(&self.keys.token_file)),
            ("roads.file", self.roads.file.as_ref()),
        ];
        for (key, file) in files.into_iter().filter_map(|(key, file)| Some((key, file?))) {
            if file.as_os_str().is_empty() || file.is_dir() {
                let what = allowed(key).unwrap_or_default();
                found.push(format!("{key}: must be {what}; `{}` is none", file.display()));
            }
        }
        if self.keys.master_file == self.keys.token_file {
            found.push("keys.token_file: must be another file than keys.master_file".to_owned());
        }
        match self.plan_set() {
            Ok(set) => found.extend(set.mistakes()),
            Err(Mistakes(why)) => found.extend(why),
        }
        found
    }

    /// The street's plans.
    ///
    /// # Errors
    /// When the named set is neither shipped nor a file that reads.
    pub fn plan_set(&self) -> Result<PlanSet, Mistakes> {
        let name = &self.plans.set;
        let bad = |why: String| Mistakes(vec![format!("plans.set: {why}")]);
        let text = match SHIPPED.iter().find(|it| it.0 == name) {
            Some((_, text)) => (*text).to_owned(),
            None => std::fs::read_to_string(name).map_err(|error| {
                bad(format!(
                    "`{name}` is none of yangcun-7, yangcun-1-4, plain-3, test-seconds, and no file that can be read ({error})"
                ))
            })?,
        };
        toml::from_str(&text).map_err(|error| bad(error.to_string().trim().to_owned()))
    }

    /// How often the register is read again for what other programs have changed, seconds.
    pub fn desk_picture_every_s(&self) -> u32 {
        60
    }
}

/// The sections of the file, each of which is a field of [`Config`].
const SECTIONS: &[&str] = &[
    "store",
    "desk",
    "http",
    "keys",
    "roads",
    "plans",
    "notify",
    "family",
    "intake",
    "mqtt",
    "supervision",
    "activity",
    "rounds",
    "self_check",
    "map",
    "push",
    "cap",
    "scaip",
    "telephony",
    "link",
];

/// Reads one section. Each key is tried by itself, so that every mistake is told and not only the first; the values of those
/// that can be read are looked at afterwards like any others.
fn section<T: DeserializeOwned + Default>(table: &mut toml::Table, name: &str, mistakes: &mut Vec<String>) -> T {
    let last = name.rsplit('.').next().unwrap_or(name);
    let Some(value) = table.remove(last) else {
        return T::default();
    };
    let toml::Value::Table(keys) = value else {
        mistakes.push(format!("{name}: is a section: write [{name}] and its keys below"));
        return T::default();
    };
    let mut sound = toml::Table::new();
    for (key, value) in keys {
        let full = format!("{name}.{key}");
        let Some(what) = allowed(&full) else {
            mistakes.push(format!("{full}: there is no such key; known are {}", known(name)));
            continue;
        };
        match T::deserialize(toml::Table::from_iter([(key.clone(), value.clone())])) {
            Ok(_) => {
                sound.insert(key, value);
            }
            Err(error) => mistakes.push(format!("{full}: must be {what}; {}", first_line(&error))),
        }
    }
    T::deserialize(sound).unwrap_or_else(|error| {
        mistakes.push(format!("{name}: {}", first_line(&error)));
        T::default()
    })
}

/// Reads `[intake.tcp]` and the sections within it, one for each language.
fn intake(table: &mut toml::Table, mistakes: &mut Vec<String>) -> IntakeConfig {
    let mut config = IntakeConfig::default();
    let Some(value) = table.remove("intake") else {
        return config;
    };
    let toml::Value::Table(mut ways) = value else {
        mistakes.push("intake: is a section: write [intake.tcp] and its keys below".to_owned());
        return config;
    };
    if let Some(toml::Value::Table(tcp)) = ways.get_mut("tcp") {
        for protocol in Protocol::ALL {
            if let Some(line) = config.line_mut(*protocol) {
                *line = section(tcp, &format!("intake.tcp.{protocol}"), mistakes);
            }
        }
    }
    config.tcp = section(&mut ways, "intake.tcp", mistakes);
    let strange = ways
        .keys()
        .map(|it| format!("intake.{it}: unknown section; known is tcp"));
    mistakes.extend(strange);
    config
}

/// Reads `[telephony]` and the sections within it.
fn telephony(table: &mut toml::Table, mistakes: &mut Vec<String>) -> TelephonyConfig {
    let mut within = toml::Table::new();
    if let Some(toml::Value::Table(outer)) = table.get_mut("telephony") {
        for name in ["http", "sip", "check"] {
            within.extend(outer.remove_entry(name));
        }
    }
    TelephonyConfig {
        http: section(&mut within, "telephony.http", mistakes),
        sip: section(&mut within, "telephony.sip", mistakes),
        check: section(&mut within, "telephony.check", mistakes),
        ..section(table, "telephony", mistakes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::tcp::limits::{LineConfig, TcpConfig};
    use crate::phone::config::{CheckConfig, HttpLineConfig, SipConfig};

    #[test]
    fn every_mistake_is_listed_at_once() {
        let table: toml::Table =
            "keys = 3\n[store]\nurl = \"mysql://x\"\n[desk]\nbatch_max = 0\ntick_ms = \"soon\"\nqueue_max = true\n[http]\nlistn = 1\n[plan]\nset = 1\n"
                .parse()
                .unwrap();
        let Mistakes(found) = Config::from_table(table).unwrap_err();
        for word in [
            "store.url",
            "http.listn: there is no such key; known are listen, workers",
            "plan: unknown section",
            "desk.tick_ms: ",
            "desk.queue_max: ",
            "keys: is a section",
        ] {
            assert!(found.iter().any(|it| it.contains(word)), "{word} in {found:?}");
        }
    }

    /// What is written, and the beginning of each sentence about it, in any order; nothing else is said.
    #[test]
    fn each_mistake_names_its_key_in_full_and_what_is_allowed() {
        let secret = format!("whsec_{}", "A".repeat(32));
        let hook = |more: &str| {
            format!("[[notify.webhooks]]\nname = \"a\"\nurl = \"http://x\"\nsecret = \"{secret}\"\n{more}")
        };
        let hundred = "100 to 60000";
        let table: Vec<(String, Vec<String>)> = [
            ("[store]\nurl = 5\nreaders_max = -1\nwriters_max = 0\nrequire_durable = \"yes\"\nacquire_within_ms = 0.5", vec![
                "store.url: must be sqlite://path or postgres://user:password@host:port/database; ",
                "store.readers_max: must be a whole number, at least 1; ",
                "store.writers_max: must be at least 1",
                "store.require_durable: must be true or false; ",
                "store.acquire_within_ms: must be a whole number, at least 1; ",
            ]),
            ("[desk]\nqueue_max = true\nbatch_max = 513\ncommitters = 17\nstale_after_s = 59\nlate_at_once = 0\nlate_every_s = 601\ntick_ms = \"soon\"\ntick = 1", vec![
                "desk.queue_max: must be a whole number, at least 1; ",
                "desk.batch_max: must be 1 to 512",
                "desk.committers: must be 1 to 16",
                "desk.stale_after_s: must be at least 60",
                "desk.late_at_once: must be 1 to 100",
                "desk.late_every_s: must be 1 to 600",
                "desk.tick_ms: must be a whole number from 1 to 1000; ",
                "desk.tick: there is no such key; known are queue_max, batch_max, committers, stale_after_s, late_at_once, late_every_s, tick_ms",
            ]),
            ("[http]\nlisten = \"8080\"\nworkers = 0", vec![
                "http.listen: must be an address and a port, as 127.0.0.1:8080; ",
                "http.workers: must be at least 1",
            ]),
            ("[keys]\nmaster_file = \"\"\ntoken_file = 7", vec![
                "keys.master_file: must be the path of a file; `` is none",
                "keys.token_file: must be the path of a file; ",
            ]),
            ("[keys]\nmaster_file = \"one\"\ntoken_file = \"one\"", vec!["keys.token_file: must be another file"]),
            ("[roads]\nfile = \"/\"", vec!["roads.file: must be the path of a file that `import roads` wrote; `/` is none"]),
            // A file that is not there is told beside other mistakes, and by itself where the roads are needed.
            ("[roads]\nfile = \"no/such.ecd\"\n[http]\nworkers = 0", vec![
                "roads.file: there is no file no/such.ecd; `import roads EXTRACT --out no/such.ecd` writes it",
                "http.workers: must be at least 1",
            ]),
            ("[plans]\nset = [1]\n[atlas]\nx = 1", vec![
                "plans.set: must be yangcun-7, yangcun-1-4, plain-3, test-seconds or the path of a file; ",
                "atlas: unknown section; known are store, ",
            ]),
            ("[plans]\nset = \"yangcun-8\"", vec!["plans.set: `yangcun-8` is none of yangcun-7, yangcun-1-4, plain-3, test-seconds, "]),
            ("[map]\ntiles_url = \"https://t0.example.cn/{z}/{x}/{y}.png\"", vec!["map.review_number: is missing; "]),
            ("[map]\nreview_number = \"GS(2024)0650号\"", vec!["map.review_number: is of no map; "]),
            ("[map]\ntiles_url = \"https://a.cn; script-src *//{z}/{x}/{y}\"\nreview_number = \"GS<b>\"\ntiles_crs = \"cgcs\"\ntiles_zoom_max = 23", vec![
                "map.tiles_url: must be an address with {z}, {x} and {y}, ",
                "map.review_number: must be at most 80 letters without < > & or \"",
                "map.tiles_crs: must be wgs84, gcj02 or bd09; ",
                "map.tiles_zoom_max: must be a whole number from 1 to 22",
            ]),
            ("[map]\ntiles_url = \"https://t0.example.cn/{z}/{x}.png\"\nreview_number = \"GS 1\"", vec!["map.tiles_url: must be an address"]),
            ("[notify]\ntick_ms = 1\nlease_s = \"long\"\nretry_ms = 0\nretry_max_s = 601\nwebhooks = 1", vec![
                "notify.tick_ms: must be 50 to 10000",
                "notify.lease_s: must be a whole number from 2 to 600; ",
                "notify.retry_ms: must be HUNDRED",
                "notify.retry_max_s: must be 1 to 600",
                "notify.webhooks: must be a list of [[notify.webhooks]] sections",
            ]),
            ("[intake]\nmqtt = 1\n[intake.tcp]\nlines_max = 0\nframe_max_bytes = \"64K\"\n[intake.tcp.watch]\nlisten = \"9001\"\nbeat_s = 5\nbeat = 1", vec![
                "intake.mqtt: unknown section; known is tcp",
                "intake.tcp.lines_max: must be at least 1",
                "intake.tcp.frame_max_bytes: must be a whole number from 1024 to 1048576; ",
                "intake.tcp.watch.listen: must be an address and a port, as 0.0.0.0:9001; ",
                "intake.tcp.watch.beat_s: must be 10 to 86400",
                "intake.tcp.watch.beat: there is no such key; known are listen, beat_s",
            ]),
            ("[push]\nbody_max_bytes = \"1M\"\nlinks = [1]\nlink = 2", vec![
                "push.body_max_bytes: must be a whole number from 1024 to 16777216; ",
                "push.links[0]: must be a [[push.links]] section, not of type integer",
                "push.link: there is no such key; known are body_max_bytes, per_second_max, signature_within_s, links",
            ]),
            ("[push]\nlinks = 5", vec!["push.links: must be a list of [[push.links]] sections"]),
            ("[[push.links]]\nplatform = \"aws\"\nname = \"a\"\ntoken = \"hunter2\"\n[[push.links]]\nplatform = \"ctwing\"\nname = \"a\"\ntoken = \"hunter2\"\n\
              [[push.links]]\nplatform = \"ctwing\"\nname = \"b\"\ntoken = \"0123456789abcdef\"\nrule = 1", vec![
                "push.links[0]: `aws` is not a known push platform; known are onenet, ctwing, huawei, tencent",
                "push.links[1].token: must be 16 to 128",
                "push.links[2]: unknown field `rule`, expected one of ",
            ]),
            ("[supervision]\nevery_s = 31\ngrace_s = 60\nbeats = [\"watch\"]\nrecovered_s = 5\nbattery_low_percent = 40\ndark_min = 1\ndark_percent = 101\ndark_within_s = 1\nbeat = 1", vec![
                "supervision.every_s: must be 1 to 30",
                "supervision.grace_s: must be at most 60 together with every_s",
                "supervision.beats: must be a list like ",
                "supervision.recovered_s: must be 30 to 86400",
                "supervision.battery_well_percent: must be above battery_low_percent",
                "supervision.dark_min: must be at least 2",
                "supervision.dark_percent: must be 1 to 100",
                "supervision.dark_within_s: must be 60 to 86400",
                "supervision.beat: there is no such key; known are every_s, grace_s, ",
            ]),
            ("[self_check]\nevery_s = 5\ndead_man_url = \"http://hunter2.example.org/x\"", vec![
                "self_check.every_s: must be 0, or 10 to 3600",
                "self_check.dead_man_url: must be an https address",
            ]),
            ("intake = 1", vec!["intake: is a section: write [intake.tcp] and its keys below"]),
            ("[intake]\ntcp = 1", vec!["intake.tcp: is a section: write [intake.tcp] and its keys below"]),
            ("[notify]\nwebhooks = [1]", vec!["notify.webhooks[0]: must be a [[notify.webhooks]] section, not of type integer"]),
            ("[[notify.webhooks]]\nname = 5\nurl = \"ftp://x\"\nsecret = \"hunter2\"\nprevious_secret = 8\nkinds = [\"offer\", \"ofer\", 3]\n\
              timeout_ms = \"1 s\"\nconnections = 50\ncolour = 1\n[[notify.webhooks]]\nname = \"A\"", vec![
                "notify.webhooks[0].name: must be 1 to 32 small letters, digits, `-` or `_`; ",
                "notify.webhooks[0].url: must be http or https",
                "notify.webhooks[0].secret: must be `whsec_` and 24 to 64 bytes in base64",
                "notify.webhooks[0].previous_secret: must be `whsec_` and 24 to 64 bytes in base64",
                "notify.webhooks[0].kinds: \"ofer\", 3 is no kind of notice; known are offer, ",
                "notify.webhooks[0].timeout_ms: must be a whole number from 50 to 60000; ",
                "notify.webhooks[0].connections: must be 1 to 49",
                "notify.webhooks[0].colour: there is no such key; known are name, url, secret, ",
                "notify.webhooks[1].name: must be 1 to 32",
                "notify.webhooks[1].url: is missing; must be an http or https address",
                "notify.webhooks[1].secret: is missing; must be `whsec_`",
            ]),
        ]
        .into_iter()
        .map(|(text, told)| (text.to_owned(), told.into_iter().map(|it| it.replace("HUNDRED", hundred)).collect()))
        .chain([
            (hook(""), vec![]),
            (hook("kinds = [\"offer\"]\ntimeout_ms = 50"), vec![]),
            (hook(&hook("")), vec!["notify.webhooks[1].name: `a` is there twice".to_owned()]),
        ])
        .collect();
        for (text, told) in table {
            let parsed: toml::Table = text.parse().unwrap();
            let found = Config::from_table(parsed).err().map(|it| it.0).unwrap_or_default();
            for sentence in &told {
                assert!(
                    found.iter().any(|it| it.starts_with(sentence.as_str())),
                    "{sentence} for {text} in {found:#?}"
                );
            }
            assert_eq!(found.len(), told.len(), "{text}: {found:#?}");
            let all = found.join("\n");
            assert!(!all.contains("hunter2") && !all.contains(&secret), "{all}");
        }
    }

    #[test]
    fn a_variable_with_one_underscore_is_told() {
        let variables = [
            ("ECD_STORE_URL", "sqlite://x.db"),
            ("ECD_CONFIG", "x"),
            ("ECD_STOREY", "x"),
        ];
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let Mistakes(found) = Config::read(None, variables).unwrap_err();
        assert_eq!(
            found,
            ["ECD_STORE_URL: two underscores part section and key: ECD_STORE__..."]
        );
    }

    /// `shown`: what the sample sets; `all`: that, and what it only offers behind `#: ` because it has no default.
    fn check<T: DeserializeOwned + Default + fmt::Debug>(shown: &toml::Table, all: &toml::Table, name: &str) {
        // A section within it is a section of its own.
        let keys = |it: &toml::Table| {
            let mut at = it.clone();
            for part in name.split('.') {
                at = at
                    .get(part)
                    .and_then(toml::Value::as_table)
                    .cloned()
                    .unwrap_or_default();
            }
            at.retain(|_, it| !it.is_table());
            at
        };
        // A key that does not exist makes serde name all that do.
        let strange = toml::Table::from_iter([("no_such_key".to_owned(), toml::Value::Integer(1))]);
        let Err(told) = T::deserialize(strange) else {
            panic!("[{name}] takes unknown keys")
        };
        let mut known: Vec<&str> = told.message().split('`').skip(3).step_by(2).collect();
        if name == "notify" {
            // It takes in the keys of another struct, and then serde names none.
            known = vec![
                "tick_ms",
                "lease_s",
                "retry_ms",
                "retry_max_s",
                "webhooks",
                "partners",
                "texts_folder",
                "carriers",
            ];
        }
        assert!(!known.is_empty(), "{told}");
        let in_sample = keys(all);
        for key in &known {
            assert!(
                in_sample.contains_key(*key),
                "deploy/eldercare-dispatch.toml lacks {name}.{key}"
            );
        }
        for key in in_sample.keys() {
            assert!(
                known.contains(&key.as_str()),
                "deploy/eldercare-dispatch.toml has {name}.{key}, which is no key"
            );
        }
        let read = T::deserialize(keys(shown)).expect("the sample reads");
        assert_eq!(
            format!("{read:?}"),
            format!("{:?}", T::default()),
            "a value of [{name}] in the sample is not the default"
        );
        T::deserialize(in_sample).expect("what the sample offers reads");
    }

    #[test]
    fn an_endpoint_of_the_sample_loads_as_it_stands() {
        let text = include_str!("../../deploy/eldercare-dispatch.toml");
        let at = text
            .find("#   [[notify.webhooks]]")
            .expect("the sample offers an endpoint");
        let lines = text[at..].lines().map_while(|it| it.strip_prefix("#   "));
        let offered = lines.collect::<Vec<_>>().join("\n");
        let table: toml::Table = offered.parse().expect("TOML");
        let keys = table["notify"]["webhooks"][0].as_table().expect("one endpoint");
        assert_eq!(keys.len(), 7, "each key is explained: {keys:?}");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("street.toml");
        std::fs::write(&file, &offered).expect("a file");
        let config = Config::read(Some(&file), std::iter::empty()).unwrap_or_else(|it| panic!("{it}"));
        assert_eq!(config.notify.webhooks.len(), 1);
    }

    #[test]
    fn the_sample_names_every_key_with_its_default() {
        let text = include_str!("../../deploy/eldercare-dispatch.toml");
        let shown: toml::Table = text.parse().expect("the sample is TOML");
        let offered = text.lines().map(|it| it.strip_prefix("#: ").unwrap_or(it));
        let all: toml::Table = offered
            .collect::<Vec<_>>()
            .join("\n")
            .parse()
            .expect("what it offers is TOML");
        let mut checked = Vec::new();
        macro_rules! sections {
            ($($name:literal: $type:ty),+ $(,)?) => {$(
                check::<$type>(&shown, &all, $name);
                checked.push($name);
            )+};
        }
        sections! {
            "store": StoreConfig, "desk": DeskConfig, "http": HttpConfig, "keys": KeysConfig, "roads": RoadsConfig,
            "plans": PlansConfig, "notify": NotifyConfig, "family": FamilyConfig, "intake.tcp": TcpConfig, "mqtt": MqttConfig,
            "supervision": SupervisionConfig, "activity": ActivityConfig, "rounds": RoundsConfig, "self_check": SelfCheckConfig, "map": MapConfig, "push": PushConfig,
            "cap": CapConfig, "scaip": ScaipConfig, "telephony": TelephonyConfig, "link": LinkConfig,
        }
        check::<HttpLineConfig>(&shown, &all, "telephony.http");
        check::<SipConfig>(&shown, &all, "telephony.sip");
        check::<CheckConfig>(&shown, &all, "telephony.check");
        for (protocol, _) in IntakeConfig::default().lines() {
            check::<LineConfig>(&shown, &all, &format!("intake.tcp.{protocol}"));
        }
        // A new section stops the build here: name it in SECTIONS, above, and in the sample.
        let Config {
            store: _,
            desk: _,
            http: _,
            keys: _,
            roads: _,
            plans: _,
            notify: _,
            family: _,
            intake: _,
            mqtt: _,
            supervision: _,
            activity: _,
            rounds: _,
            self_check: _,
            map: _,
            push: _,
            cap: _,
            scaip: _,
            telephony: _,
            link: _,
        } = Config::default();
        let sections: Vec<&str> = checked.iter().map(|it| it.split('.').next().unwrap_or(it)).collect();
        assert_eq!(sections, SECTIONS, "each section is checked here");
        let mut named: Vec<String> = Vec::new();
        let mut tables: Vec<(String, &toml::Table)> = vec![(String::new(), &all)];
        while let Some((name, keys)) = tables.pop() {
            for (key, value) in keys {
                match value.as_table() {
                    Some(within) => tables.push((format!("{name}{key}."), within)),
                    None => named.push(format!("{name}{key}")),
                }
            }
        }
        let mut told: Vec<&str> = keys::KEYS.iter().map(|it| it.0).collect();
        named.sort_unstable();
        told.sort_unstable();
        assert_eq!(named, told, "what each key may hold is told");
        assert_eq!(shown.len(), SECTIONS.len(), "the sample has each section");
        assert!(Config::from_table(shown).is_ok());
    }

    #[test]
    fn the_sample_explains_every_key_of_a_broker_and_of_a_profile() {
        let text = include_str!("../../deploy/eldercare-dispatch.toml");
        let from = text.find("#   [[mqtt.brokers]]").expect("it has a broker");
        let example: String = text[from..]
            .lines()
            .take_while(|it| it.starts_with('#'))
            .map(|it| it.strip_prefix("#   ").unwrap_or(""))
            .map(|it| it.strip_prefix("#: ").unwrap_or(it))
            .map(|it| format!("{it}\n"))
            .collect();
        let table: toml::Table = example.parse().expect("the example is TOML");
        for (name, keys) in [("brokers", keys::BROKER), ("profiles", keys::PROFILE)] {
            let shown = table["mqtt"][name][0].as_table().expect("a section");
            let known: Vec<&str> = keys.iter().map(|it| it.0).collect();
            for key in &known {
                assert!(shown.contains_key(*key), "the sample lacks mqtt.{name}: {key}");
            }
            assert_eq!(shown.len(), known.len());
        }
        // But for files that are not there, and a password in two places, there is nothing to say.
        let Mistakes(found) = Config::from_table(table).expect_err("it names files");
        let of_files = |it: &&String| it.contains("there is no such file") || it.contains("password_env");
        let others: Vec<&String> = found.iter().filter(|it| !of_files(it)).collect();
        assert_eq!(others, Vec::<&String>::new());
    }

    #[test]
    fn the_mistakes_of_mqtt_are_told_key_by_key() {
        for (text, wanted) in [
            ("mqtt = 3", "mqtt: is a section"),
            (
                "[mqtt]\nbroker = 1",
                "mqtt.broker: there is no such key; known are brokers, profiles",
            ),
            (
                "[mqtt]\nbrokers = 1",
                "mqtt.brokers: must be a list of [[mqtt.brokers]] sections",
            ),
            (
                "[[mqtt.brokers]]\nversion = \"4\"",
                "mqtt.brokers[0].version: must be \"5\" or \"3.1.1\"; ",
            ),
            (
                "[[mqtt.brokers]]\npassword = \"x\"",
                "mqtt.brokers[0].password: there is no such key; known are name, ",
            ),
            (
                "[[mqtt.brokers]]\nkeep_alive_s = \"x\"",
                "mqtt.brokers[0].keep_alive_s: must be a whole number from 5 to 1200; ",
            ),
            (
                "[[mqtt.profiles]]\nrules = [{ when = \"/a == 1\" }]",
                "mqtt.profiles[0].rules: must be a list of ",
            ),
        ] {
            let Mistakes(found) = Config::from_table(text.parse().unwrap()).unwrap_err();
            assert!(found.iter().any(|it| it.starts_with(wanted)), "{wanted} in {found:?}");
        }
    }

    #[test]
    fn the_sections_within_notify_are_read_and_their_mistakes_told() {
        let text = "[notify.civil_affairs]\n\"120114001\" = [\"02282000001\"]\n[notify.canary]\nday = 3\n\
                    [notify.canary.people]\n\"120114001\" = [\"leader\"]\n";
        let config = Config::from_table(text.parse().unwrap()).unwrap();
        assert_eq!(config.notify.civil_affairs.of("120114001001001").len(), 1);
        assert_eq!((config.notify.canary.day, config.notify.canary.people.len()), (3, 1));
        for (text, wanted) in [
            ("[notify.canary]\nday = 29", "notify.canary.day: must be 0 to 28"),
            ("[notify.canary]\ndays = 1", "notify.canary: unknown field `days`"),
            (
                "[notify.civil_affairs]\nx = []",
                "notify.civil_affairs.x: is no code of an area",
            ),
        ] {
            let Mistakes(found) = Config::from_table(text.parse().unwrap()).unwrap_err();
            assert!(found.iter().any(|it| it.starts_with(wanted)), "{wanted} in {found:?}");
        }
    }

    #[test]
    fn variables_win_over_the_file_and_need_no_quotes() {
        let variables = [
            ("ECD_STORE__URL", "sqlite:///tmp/x.db"),
            ("ECD_DESK__BATCH_MAX", "7"),
            ("ECD_INTAKE__TCP__LINES_MAX", "3000"),
            ("ECD_INTAKE__TCP__WATCH__LISTEN", "0.0.0.0:9001"),
            ("HOME", "/"),
        ];
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::read(None, variables).unwrap();
        assert_eq!(config.store.url, "sqlite:///tmp/x.db");
        assert_eq!(config.desk.batch_max, 7);
        assert_eq!(config.intake.tcp.lines_max, 3_000);
        assert_eq!(config.intake.watch.listen.map(|it| it.port()), Some(9_001));
    }

    #[test]
    fn the_host_of_a_base_map_is_its_origin_and_nothing_more() {
        for (url, origin) in [
            (
                "https://t0.tianditu.gov.cn/vec_w/{z}/{x}/{y}?tk=1",
                Some("https://t0.tianditu.gov.cn"),
            ),
            ("http://127.0.0.1:9/{z}/{x}/{y}", Some("http://127.0.0.1:9")),
            ("https://a.cn@b.cn/{z}/{x}/{y}", None),
            ("https://*.cn/{z}/{x}/{y}", None),
            ("https://a.cn 'unsafe-inline'/{z}/{x}/{y}", None),
            ("//a.cn/{z}/{x}/{y}", None),
        ] {
            let map = MapConfig {
                tiles_url: Some(url.to_owned()),
                review_number: Some("GS(2024)0650号".to_owned()),
                ..MapConfig::default()
            };
            assert_eq!(map.tiles_origin(), origin, "{url}");
            assert_eq!(
                map.mistakes().is_empty(),
                origin.is_some(),
                "{url}: {:?}",
                map.mistakes()
            );
        }
    }
}
