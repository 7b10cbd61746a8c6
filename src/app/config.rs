//! The configuration: one typed file, or variables, checked whole at the start with every mistake listed.
//!
//! A variable is the key with `ECD_` before it and two underscores between the parts: `ECD_STORE__URL`. It wins over the
//! file. Values are read as TOML where they can be, as text otherwise.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::case::PlanSet;
use crate::dispatch::DeskConfig;
use crate::notify::NotifyConfig;
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
    /// `yangcun-7`, `plain-3`, `test-seconds`, or the path of a file of one's own.
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
}

const SHIPPED: [(&str, &str); 3] = [
    ("yangcun-7", include_str!("../case/plans/yangcun-7.toml")),
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
            let section = table
                .entry(section.to_lowercase())
                .or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let Some(section) = section.as_table_mut() {
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
        let config = Self {
            store: section(&mut table, "store", &mut mistakes),
            desk: section(&mut table, "desk", &mut mistakes),
            http: section(&mut table, "http", &mut mistakes),
            keys: section(&mut table, "keys", &mut mistakes),
            roads: section(&mut table, "roads", &mut mistakes),
            plans: section(&mut table, "plans", &mut mistakes),
            notify: section(&mut table, "notify", &mut mistakes),
            family: section(&mut table, "family", &mut mistakes),
        };
        mistakes.extend(
            table
                .keys()
                .map(|it| format!("{it}: unknown section; known are {}", SECTIONS.join(", "))),
        );
        mistakes.extend(config.mistakes());
        if mistakes.is_empty() {
            Ok(config)
        } else {
            Err(Mistakes(mistakes))
        }
    }

    /// Every mistake that the values have.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = self.store.mistakes();
        found.extend(self.desk.mistakes());
        found.extend(self.notify.mistakes());
        found.extend(self.family.mistakes());
        if self.http.workers == Some(0) {
            found.push("http.workers: must be at least 1".to_owned());
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
                    "`{name}` is none of yangcun-7, plain-3, test-seconds, and no file that can be read ({error})"
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
const SECTIONS: &[&str] = &["store", "desk", "http", "keys", "roads", "plans", "notify", "family"];

/// Reads one section. Each key is tried by itself first, so that every mistake is told and not only the first.
fn section<T: DeserializeOwned + Default>(table: &mut toml::Table, name: &str, mistakes: &mut Vec<String>) -> T {
    let Some(value) = table.remove(name) else {
        return T::default();
    };
    let toml::Value::Table(keys) = value else {
        mistakes.push(format!("{name}: is a section: write [{name}] and its keys below"));
        return T::default();
    };
    let before = mistakes.len();
    for (key, value) in &keys {
        let alone = toml::Table::from_iter([(key.clone(), value.clone())]);
        if let Err(error) = T::deserialize(alone) {
            mistakes.push(format!("{name}.{key}: {}", first_line(&error)));
        }
    }
    if mistakes.len() > before {
        return T::default();
    }
    T::deserialize(keys).unwrap_or_else(|error| {
        mistakes.push(format!("{name}: {}", first_line(&error)));
        T::default()
    })
}

/// The sentence without the place, which the key has told already.
fn first_line(error: &toml::de::Error) -> String {
    error.message().lines().next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_listed_at_once() {
        let table: toml::Table =
            "keys = 3\n[store]\nurl = \"mysql://x\"\n[desk]\nbatch_max = 0\ntick_ms = \"soon\"\nqueue_max = true\n[http]\nlistn = 1\n[plan]\nset = 1\n"
                .parse()
                .unwrap();
        let Mistakes(found) = Config::from_table(table).unwrap_err();
        for word in [
            "store.url",
            "http.listn: unknown field `listn`",
            "plan: unknown section",
            "desk.tick_ms: ",
            "desk.queue_max: ",
            "keys: is a section",
        ] {
            assert!(found.iter().any(|it| it.contains(word)), "{word} in {found:?}");
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
        let keys = |it: &toml::Table| {
            it.get(name)
                .and_then(toml::Value::as_table)
                .cloned()
                .unwrap_or_default()
        };
        // A key that does not exist makes serde name all that do.
        let strange = toml::Table::from_iter([("no_such_key".to_owned(), toml::Value::Integer(1))]);
        let Err(told) = T::deserialize(strange) else {
            panic!("[{name}] takes unknown keys")
        };
        let mut known: Vec<&str> = told.message().split('`').skip(3).step_by(2).collect();
        if name == "notify" {
            // It takes in the keys of another struct, and then serde names none.
            known = vec!["tick_ms", "lease_s", "retry_ms", "retry_max_s", "webhooks"];
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
            "plans": PlansConfig, "notify": NotifyConfig, "family": FamilyConfig,
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
        } = Config::default();
        assert_eq!(checked, SECTIONS, "each section is checked here");
        assert_eq!(shown.len(), SECTIONS.len(), "the sample has each section");
        assert!(Config::from_table(shown).is_ok());
    }

    #[test]
    fn variables_win_over_the_file_and_need_no_quotes() {
        let variables = [
            ("ECD_STORE__URL", "sqlite:///tmp/x.db"),
            ("ECD_DESK__BATCH_MAX", "7"),
            ("HOME", "/"),
        ];
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::read(None, variables).unwrap();
        assert_eq!(config.store.url, "sqlite:///tmp/x.db");
        assert_eq!(config.desk.batch_max, 7);
    }
}
