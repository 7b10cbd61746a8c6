//! What most commands begin with: the configuration, the store, the keys.

use std::path::Path;

use jiff::Timestamp;

use eldercare_dispatch::app::Config;
use eldercare_dispatch::clock::{Clock, Ids};
use eldercare_dispatch::store::{AreaBook, MasterKey, SealError, Store};

use super::Failure;

/// The configuration and an open store with this program's tables.
pub struct Setup {
    pub config: Config,
    pub store: Store,
    pub clock: Clock,
    pub ids: Ids,
}

/// Reads the configuration: the file, if one is named, and the variables over it.
pub fn configuration(file: Option<&Path>) -> Result<Config, Failure> {
    // A variable that is not text cannot be one of ours.
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(Config::read(file, variables)?)
}

impl Setup {
    /// Opens the store and refuses one whose tables are not this program's.
    pub async fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let setup = Self::open_as_it_is(file).await?;
        setup.store.require_migrated().await?;
        Ok(setup)
    }

    /// Opens the store, with whatever tables it has.
    pub async fn open_as_it_is(file: Option<&Path>) -> Result<Self, Failure> {
        let config = configuration(file)?;
        let store = Store::open(&config.store).await.map_err(|error| {
            let mut failure = Failure::from(error);
            failure.message = format!("store.url: {}", failure.message);
            failure
        })?;
        Ok(Self {
            config,
            store,
            clock: Clock::system(),
            ids: Ids::system(),
        })
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Opens the sealed fields. A store in which nothing was sealed yet gets its key files here (mode 600); one that holds
    /// sealed fields never does: a new key would not open them.
    pub async fn unlock(&self) -> Result<(), Failure> {
        let keys = &self.config.keys;
        let sealed_before = self.store.has_data_keys().await?;
        let files = [
            (
                "keys.master_file",
                keys.master_file.as_path(),
                "no other key opens the sealed fields: bring the file back from where its copy is kept",
            ),
            (
                "keys.token_file",
                keys.token_file.as_path(),
                "bring the file back; if it is lost for good, make another with \
                 `(umask 077; head -c 32 /dev/urandom | base64 > FILE)`, and everybody signs in again",
            ),
        ];
        for (key, path, advice) in files {
            if sealed_before && !path.exists() {
                return Err(Failure::configuration(format!(
                    "{key}: there is no file {}, and this store ({}) was used with one before; {advice}",
                    path.display(),
                    self.store.place()
                )));
            }
        }
        let mut master = None;
        for (key, path, _) in files {
            let read = read_or_say(key, path)?;
            master.get_or_insert(read);
        }
        // The list above is not empty, and its first file is the master key's.
        if let Some(master) = master {
            self.store.unlock(master, self.now()).await.map_err(|error| {
                let mut failure = Failure::from(error);
                failure.message = format!("keys.master_file {}: {}", keys.master_file.display(), failure.message);
                failure
            })?;
        }
        Ok(())
    }

    /// The areas in force today, by the street's own calendar.
    pub async fn areas(&self) -> Result<AreaBook, Failure> {
        let hours = self.config.plan_set()?.utc_offset_hours;
        let offset = jiff::tz::Offset::from_hours(hours).unwrap_or(jiff::tz::Offset::UTC);
        Ok(self.store.area_book(offset.to_datetime(self.now()).date()).await?)
    }
}

fn read_or_say(key: &str, path: &Path) -> Result<MasterKey, Failure> {
    let fresh = !path.exists();
    let read = MasterKey::read_or_create(path).map_err(|error| match error {
        SealError::BadMaster(why) => Failure::configuration(format!("{key}: {why}")),
        other => Failure::configuration(format!("{key}: {other}")),
    })?;
    if fresh {
        tracing::info!(file = %path.display(), "{key}: a new key file was made; keep a copy of it away from the database");
    }
    Ok(read)
}
