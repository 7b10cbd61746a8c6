//! `demo`: a street that does not exist, made from a seed, brought in by the ordinary importers, with a live day on it.
//!
//! Everything lies in one folder: the configuration that the other commands take by `--config`, the store, the keys, the
//! roads, the town's own files, and `logins.json`. Started again it goes on where it was.
//!
//! Holds always:
//! - the folder's note ([`Kept`]) is written last: a making that was cut short is begun again, and nothing else is;
//! - `logins.json`, keys and passwords are readable by their owner only (mode 600), the folder too (700).

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use eldercare_dispatch::circle;
use eldercare_dispatch::clock::Clock;
use eldercare_dispatch::ids::{DeviceId, ElderId, ResponderId, UserId};
use eldercare_dispatch::people::import::Sheet;
use eldercare_dispatch::people::{DeviceBinding, PrefixSet, Responder, ResponderKind, Role, device_id};
use eldercare_dispatch::sim::day::{Day, DayPlan, PACE_MAX, PACE_MIN};
use eldercare_dispatch::sim::town::{Town, TownPlan};
use eldercare_dispatch::store::{NewAccount, Store};

use super::setup::Setup;
use super::{Exit, Failure, migrate, roads, serve, sheets, user};

/// The town of a demo unless another is asked for.
const SEED: u64 = 20_260_301;
/// The street of the town.
const STREET: &str = "120114001";
/// The account in whose name the simulated desk works; nobody knows its password.
const SIMULATOR: &str = "simulator";
/// A rota that ends within this many days is written anew.
const ROTA_AHEAD_DAYS: i64 = 2;

const CONFIG: &str = "demo.toml";
const KEPT: &str = "demo.json";
const MAKING: &str = "making";
const LOGINS: &str = "logins.json";
const DEVICE_KEYS: &str = "device-keys.csv";
/// What a making leaves behind when it is cut short.
const MADE: &[&str] = &[
    CONFIG,
    LOGINS,
    DEVICE_KEYS,
    "demo.db",
    "demo.db-wal",
    "demo.db-shm",
    "master.key",
    "token.key",
    "roads.ecd",
    "roads.chart",
];

#[derive(Debug, Args)]
pub struct Demo {
    /// Where to answer; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The folder that holds everything of the demo
    #[arg(long, value_name = "FOLDER", default_value = "./data/demo")]
    data_dir: PathBuf,
    /// How much faster than life the simulator plays, 0.1 to 100; the service's own clock is never scaled
    #[arg(long, value_name = "TIMES", default_value_t = 1.0, value_parser = pace)]
    pace: f64,
    /// No simulator: nothing happens unless somebody does it
    #[arg(long)]
    quiet: bool,
    /// Which town to make in an empty folder, and which day to play
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How many elders the town has, for tests
    #[arg(long, hide = true)]
    elders: Option<usize>,
    /// How many hours the service's clock runs ahead of the machine's, for tests of what is too old
    #[arg(long, hide = true, default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=8_760))]
    ahead: u16,
}

fn pace(text: &str) -> Result<f64, String> {
    let sound = text.parse::<f64>().ok().filter(|it| (PACE_MIN..=PACE_MAX).contains(it));
    sound.ok_or_else(|| format!("a number from {PACE_MIN} to {PACE_MAX}"))
}

/// The folder's note: which town this is.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    seed: u64,
    /// The first day of the first rota.
    from: Date,
    elders: usize,
    /// The last day of the rota on file.
    rota_until: Date,
    /// The account of the simulated desk.
    desk: UserId,
    /// A home across the canal from the nearest responder as the crow flies.
    across_the_canal: Option<Across>,
}

/// See [`eldercare_dispatch::sim::town::AcrossTheCanal`].
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Across {
    elder: ElderId,
    responder: ResponderId,
    responder_name: String,
    straight_m: f64,
    walk_s: f64,
}

/// `logins.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Logins {
    users: Vec<Login>,
    devices: Vec<DeviceLogin>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Login {
    role: Role,
    username: String,
    password: String,
    /// The responder that they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    responder_id: Option<ResponderId>,
    /// In a word.
    about: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct DeviceLogin {
    device_id: DeviceId,
    key: String,
    /// Whose it is; none: a household's, or nobody's.
    elder_id: Option<ElderId>,
}

impl Demo {
    pub async fn run(self, config: Option<&Path>) -> Result<Exit, Failure> {
        if config.is_some() {
            return Err(Failure::configuration(
                "--config: the demo has a configuration of its own; leave --config (ECD_CONFIG) away",
            ));
        }
        // A variable would turn the demo on a real street's store.
        let mut variables = std::env::vars_os().filter_map(|it| it.0.into_string().ok());
        if let Some(name) = variables.find(|it| it.starts_with("ECD_") && it.contains("__")) {
            return Err(Failure::configuration(format!(
                "{name}: the demo has a configuration of its own; unset this variable"
            )));
        }
        // Before a town is made for nothing; closed again at once.
        std::net::TcpListener::bind(self.listen).map_err(|error| Failure::listen(self.listen, &error))?;
        let folder = self.folder()?;
        let kept = match read_kept(&folder)? {
            Some(kept) => self.go_on(&folder, kept).await?,
            None => self.make(&folder).await?,
        };
        let logins: Logins = read_json(&folder.join(LOGINS))?;
        write_config(&folder, self.listen)?;
        let mut setup = Setup::open(Some(&folder.join(CONFIG))).await?;
        if self.ahead > 0 {
            setup.clock = Clock::system_off_by(i64::from(self.ahead) * 3_600_000_000);
        }
        setup.unlock().await?;
        let plan = DayPlan {
            seed: self.seed.unwrap_or(kept.seed),
            pace: self.pace,
            desk: kept.desk,
            played_by_people: logins.users.iter().filter_map(|it| it.responder_id).collect(),
            across_the_canal: kept.across_the_canal.as_ref().map(|it| (it.elder, it.responder)),
        };
        let quiet = self.quiet;
        serve::answer(setup, async |app, addresses| {
            tell(&folder, addresses, &logins, &kept, (!quiet).then_some(self.pace));
            (!quiet).then(|| Day::begin(app.clone(), plan))
        })
        .await
    }

    /// The folder, made when it is not there; its full path.
    fn folder(&self) -> Result<PathBuf, Failure> {
        let at = &self.data_dir;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(at);
        made.map_err(|error| named("--data-dir", at, &error))?;
        at.canonicalize().map_err(|error| named("--data-dir", at, &error))
    }

    /// Makes town, store, keys and accounts in an empty folder.
    async fn make(&self, folder: &Path) -> Result<Kept, Failure> {
        let making = folder.join(MAKING);
        if making.exists() {
            clear(folder)?;
        } else if let Some(other) = fs::read_dir(folder)
            .map_err(|error| named("--data-dir", folder, &error))?
            .find_map(Result::ok)
        {
            return Err(Failure::refused(format!(
                "--data-dir: {} holds {} and is no demo's folder; name an empty one",
                folder.display(),
                other.file_name().to_string_lossy()
            )));
        }
        write_private(&making, b"")?;
        let now = Clock::system().now();
        // The night before belongs to the rota of the day before.
        let from = local_day(now).checked_sub(1.day()).unwrap_or(local_day(now));
        let mut plan = TownPlan::demo(self.seed.unwrap_or(SEED), from);
        plan.elders = self.elders.unwrap_or(plan.elders);
        println!("Making the town (seed {}) in {} ...", plan.seed, folder.display());
        let town = Town::generate(&plan);
        lay_roads(folder, &town.osm)?;
        write_config(folder, self.listen)?;
        let config = folder.join(CONFIG);
        migrate::run(Some(&config)).await?;
        for sheet in Sheet::IMPORT_ORDER {
            import(folder, &town, sheet).await?;
        }
        let Made {
            desk,
            logins,
            across_the_canal,
        } = make_accounts(folder, &town).await?;
        write_private(&folder.join(LOGINS), &pretty(&logins)?)?;
        let kept = Kept {
            seed: plan.seed,
            from,
            elders: plan.elders,
            rota_until: rota_until(&plan),
            desk,
            across_the_canal,
        };
        write_private(&folder.join(KEPT), &pretty(&kept)?)?;
        fs::remove_file(&making).map_err(|error| Failure::file(&making, &error))?;
        Ok(kept)
    }

    /// Goes on where it was; a rota that comes to its end is written anew.
    async fn go_on(&self, folder: &Path, mut kept: Kept) -> Result<Kept, Failure> {
        write_config(folder, self.listen)?;
        migrate::run(Some(&folder.join(CONFIG))).await?;
        // A demo that an earlier version made has roads of its form; the extract lies beside them.
        let roads = folder.join("roads.ecd");
        let bytes = fs::read(&roads).map_err(|error| Failure::file(&roads, &error))?;
        if let Err(circle::OpenError::Version { .. }) = circle::Roads::open(&bytes) {
            let extract = folder.join("town.osm");
            let osm = fs::read_to_string(&extract).map_err(|error| Failure::file(&extract, &error))?;
            lay_roads(folder, &osm)?;
        }
        let today = local_day(Clock::system().now());
        let enough = today.checked_add(ROTA_AHEAD_DAYS.days()).unwrap_or(today);
        if kept.rota_until < enough {
            let from = today.checked_sub(1.day()).unwrap_or(today);
            let plan = TownPlan {
                elders: kept.elders,
                ..TownPlan::demo(kept.seed, from)
            };
            import(folder, &Town::generate(&plan), Sheet::Duty).await?;
            kept.rota_until = rota_until(&plan);
            write_private(&folder.join(KEPT), &pretty(&kept)?)?;
        }
        Ok(kept)
    }
}

fn rota_until(plan: &TownPlan) -> Date {
    plan.from.checked_add(i64::from(plan.days).days()).unwrap_or(plan.from)
}

/// The day in Tianjin.
fn local_day(now: Timestamp) -> Date {
    jiff::tz::Offset::constant(8).to_datetime(now).date()
}

/// Writes the town's streets, reads them as any extract is read, and writes the roads file.
fn lay_roads(folder: &Path, osm: &str) -> Result<(), Failure> {
    let extract = folder.join("town.osm");
    fs::write(&extract, osm).map_err(|error| Failure::file(&extract, &error))?;
    let source = ::roads::open(&extract).map_err(|error| Failure::refused(error.to_string()))?;
    let (network, report) =
        circle::Roads::import(source.as_ref()).map_err(|error| Failure::refused(super::with_causes(&error)))?;
    let out = folder.join("roads.ecd");
    roads::write_whole(&out, |file| network.write_to(file)).map_err(|error| Failure::file(&out, &error))?;
    roads::draw(source.as_ref(), &out)?;
    println!(
        "  {} ways, {:.1} km of road, {} junctions",
        report.ways, report.length_km, report.junctions
    );
    Ok(())
}

/// Brings a sheet in as `import` does.
async fn import(folder: &Path, town: &Town, sheet: Sheet) -> Result<(), Failure> {
    let text = town.sheets.get(&sheet).map_or("", String::as_str);
    let file = folder.join(format!("{sheet}.csv"));
    // Names and addresses of nobody, but the habit is the same.
    write_private(&file, text.as_bytes())?;
    let config = folder.join(CONFIG);
    let exit = match sheet {
        Sheet::Devices => {
            let it = sheets::DevicesFile::confirmed(file, folder.join(DEVICE_KEYS));
            it.run(Some(&config)).await?
        }
        _ => sheets::File::confirmed(file).run(sheet, Some(&config)).await?,
    };
    match exit {
        Exit::Done => Ok(()),
        _ => Err(Failure::refused(format!("the town's own sheet of {sheet} was refused"))),
    }
}

/// An account to be made.
struct Wanted {
    role: Role,
    username: String,
    about: String,
    by_area: bool,
    responder: Option<ResponderId>,
}

/// What stands in the folder's files besides the store.
struct Made {
    /// The account of the simulated desk.
    desk: UserId,
    logins: Logins,
    across_the_canal: Option<Across>,
}

/// Accounts for every role, and the keys of the devices.
async fn make_accounts(folder: &Path, town: &Town) -> Result<Made, Failure> {
    let setup = Setup::open(Some(&folder.join(CONFIG))).await?;
    setup.unlock().await?;
    let mut people: Vec<Responder> = setup
        .store
        .all_responders()
        .await?
        .items
        .into_iter()
        .map(|it| it.value)
        .collect();
    people.sort_by(|a, b| a.code.cmp(&b.code));
    // The one for whom the canal is wide stays with the simulator.
    let across_the_canal = town.summary.across_the_canal.as_ref().map(|it| Across {
        elder: it.elder,
        responder: it.responder,
        responder_name: people
            .iter()
            .find(|who| who.id == it.responder)
            .map_or_else(String::new, |who| who.name.clone()),
        straight_m: it.straight_m,
        walk_s: it.walk_s,
    });
    people.retain(|it| across_the_canal.as_ref().is_none_or(|pair| pair.responder != it.id));
    let mut wanted = vec![
        by_area(Role::Admin, "admin", "管理员 · administrator"),
        by_area(Role::DutyLeader, "leader", "带班领导 · duty leader"),
        by_area(Role::Dispatcher, "desk1", "调度席一 · first desk"),
        by_area(Role::Dispatcher, "desk2", "调度席二 · second desk"),
        by_area(Role::Auditor, "auditor", "审计员 · auditor"),
    ];
    for (role, name, kind, count) in [
        (Role::GridWorker, "grid", ResponderKind::GridWorker, 3),
        (Role::GridWorker, "doctor", ResponderKind::CommunityDoctor, 1),
        (Role::Caregiver, "carer", ResponderKind::Caregiver, 1),
        (Role::Caregiver, "family", ResponderKind::Family, 2),
    ] {
        for (number, it) in people.iter().filter(|it| it.kind == kind).take(count).enumerate() {
            wanted.push(Wanted {
                role,
                username: format!("{name}{}", number + 1),
                about: format!("{} {} · {}", it.kind.zh(), it.name, it.code),
                by_area: false,
                responder: Some(it.id),
            });
        }
    }
    let mut users = Vec::new();
    for it in wanted {
        let password = user::generated()?;
        add(&setup, &it, password.clone()).await?;
        if let Some(who) = it.responder {
            setup.store.set_duty(who, true, None, setup.now()).await?;
        }
        users.push(Login {
            role: it.role,
            username: it.username,
            password,
            responder_id: it.responder,
            about: it.about,
        });
    }
    let simulator = by_area(Role::Dispatcher, SIMULATOR, "");
    let desk = add(&setup, &simulator, user::generated()?).await?;
    let devices = device_logins(&setup.store, &folder.join(DEVICE_KEYS)).await?;
    setup.store.close().await;
    Ok(Made {
        desk,
        logins: Logins { users, devices },
        across_the_canal,
    })
}

fn by_area(role: Role, username: &str, about: &str) -> Wanted {
    Wanted {
        role,
        username: username.to_owned(),
        about: about.to_owned(),
        by_area: true,
        responder: None,
    }
}

async fn add(setup: &Setup, it: &Wanted, password: String) -> Result<UserId, Failure> {
    let id = UserId::new(setup.ids.make());
    // The code is our own and sound.
    let scope: PrefixSet = STREET.parse().ok().into_iter().filter(|_| it.by_area).collect();
    let new = NewAccount {
        id,
        username: it.username.clone(),
        password_hash: user::hash(password).await?,
        role: it.role,
        scope,
        responder: it.responder,
    };
    setup.store.add_account(new, setup.now()).await?;
    Ok(id)
}

/// The keys that the import has made, with whose device each is.
async fn device_logins(store: &Store, keys: &Path) -> Result<Vec<DeviceLogin>, Failure> {
    let all = store.all_devices().await?.items;
    let owner: std::collections::HashMap<DeviceId, Option<ElderId>> = all
        .iter()
        .map(|it| {
            let device = &it.device.value;
            let elder = match device.binding {
                Some(DeviceBinding::Elder(id)) => Some(id),
                Some(DeviceBinding::Household(_)) | None => None,
            };
            (device.id, elder)
        })
        .collect();
    let text = fs::read(keys).map_err(|error| Failure::file(keys, &error))?;
    let mut logins = Vec::new();
    for row in csv::Reader::from_reader(text.as_slice()).records() {
        let row = row.map_err(|error| Failure::refused(format!("{}: {error}", keys.display())))?;
        let (code, key) = (row.get(0).unwrap_or_default(), row.get(2).unwrap_or_default());
        let device_id = device_id(code);
        logins.push(DeviceLogin {
            device_id,
            key: key.to_owned(),
            elder_id: owner.get(&device_id).copied().flatten(),
        });
    }
    // Whoever takes the first gets one that belongs to somebody.
    logins.sort_by_key(|it| it.elder_id.is_none());
    Ok(logins)
}

/// Says where to look and with what.
fn tell(folder: &Path, addresses: &[SocketAddr], logins: &Logins, kept: &Kept, pace: Option<f64>) {
    let place = addresses.first().map_or_else(String::new, |it| format!("http://{it}"));
    println!();
    println!(
        "慧养应急调度 · demo of a street that does not exist ({})",
        folder.display()
    );
    for address in addresses {
        println!("listening on http://{address}");
    }
    println!("  console   {place}/console    sign in as desk1");
    println!("  office    {place}/admin      sign in as leader");
    println!("  care      {place}/care       sign in as grid1, in a window as narrow as a phone");
    println!("  family    {place}/family     by a link that the console makes on an elder's card");
    println!("  elder     {place}/elder      the elder's own screen, with a device and its key out of the log-ins");
    println!("  terminal  eldercare-dispatch watch --help");
    println!("  contract  {place}/api/docs   to read and try; as a file {place}/api/openapi.json");
    println!(
        "  log-ins   {} (devices and their keys too)",
        folder.join(LOGINS).display()
    );
    for it in &logins.users {
        println!(
            "    {:<12} {:<9} {}   {}",
            it.role.as_str(),
            it.username,
            it.password,
            it.about
        );
    }
    match pace {
        Some(pace) => {
            println!("The simulator plays at {pace} times life. Within 20 seconds:");
            println!("  - an SOS that neither family nor grid answers climbs home, grid, street before your eyes;");
            if let Some(it) = &kept.across_the_canal {
                println!(
                    "  - a fall across the canal from volunteer {}: {:.0} m in a straight line, {:.0} minutes on foot by the \
                     bridge, so outside the 15-minute circle (choose it and the circle for 步行, foot).",
                    it.responder_name,
                    it.straight_m,
                    it.walk_s / 60.0
                );
            }
            println!("Take a case at the console and the simulated desk keeps its hands off it.");
        }
        None => println!("Quiet: nothing happens unless somebody does it."),
    }
    println!("Ctrl-C ends it; started again it goes on where it was.");
    // Whoever waits for the lines behind a pipe has them now; without a reader there is nobody to tell.
    let _ = std::io::stdout().flush();
}

/// The configuration by which everything else of the program works on the demo.
fn write_config(folder: &Path, listen: SocketAddr) -> Result<(), Failure> {
    let at = |name: &str| toml::Value::String(folder.join(name).display().to_string());
    let mut store = toml::Table::new();
    store.insert(
        "url".to_owned(),
        format!("sqlite://{}", folder.join("demo.db").display()).into(),
    );
    let mut keys = toml::Table::new();
    keys.insert("master_file".to_owned(), at("master.key"));
    keys.insert("token_file".to_owned(), at("token.key"));
    let mut roads = toml::Table::new();
    roads.insert("file".to_owned(), at("roads.ecd"));
    let mut plans = toml::Table::new();
    plans.insert("set".to_owned(), "yangcun-7".into());
    let mut http = toml::Table::new();
    http.insert("listen".to_owned(), listen.to_string().into());
    let mut family = toml::Table::new();
    // No line rings at a number of this form, as at none of the town's.
    family.insert("centre_phone".to_owned(), "10000000000".into());
    let mut all = toml::Table::new();
    for (name, section) in [
        ("store", store),
        ("keys", keys),
        ("roads", roads),
        ("plans", plans),
        ("http", http),
        ("family", family),
    ] {
        all.insert(name.to_owned(), toml::Value::Table(section));
    }
    let text = format!("# The demo's own; written anew at each start.\n{all}");
    write_private(&folder.join(CONFIG), text.as_bytes())
}

/// Removes what a making that was cut short has left: our own files, by name.
fn clear(folder: &Path) -> Result<(), Failure> {
    for name in MADE {
        let file = folder.join(name);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Failure::file(&file, &error)),
            _ => {}
        }
    }
    Ok(())
}

fn read_kept(folder: &Path) -> Result<Option<Kept>, Failure> {
    let file = folder.join(KEPT);
    if file.exists() {
        read_json(&file).map(Some)
    } else {
        Ok(None)
    }
}

fn read_json<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let text = fs::read(file).map_err(|error| Failure::file(file, &error))?;
    serde_json::from_slice(&text).map_err(|error| Failure::refused(format!("{}: {error}", file.display())))
}

fn pretty(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec_pretty(value).map_err(|error| Failure::refused(error.to_string()))
}

/// Writes a file that only its owner reads, whole or not at all.
fn write_private(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(".part");
    let draft = PathBuf::from(draft);
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut it| it.write_all(bytes).and_then(|()| it.sync_all()))
        .and_then(|()| fs::rename(&draft, file));
    written.map_err(|error| Failure::file(file, &error))
}

fn named(flag: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::refused(format!("{flag}: {}: {error}", path.display()))
}
