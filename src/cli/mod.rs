//! The command line: one file a command. Nothing is decided here; what a command means lives in its room.
//!
//! Holds always:
//! - an error is a sentence that names the flag, the field or the file, on standard error; answers go to standard output,
//!   log lines to standard error;
//! - a secret is printed once, by the command that made it, and never logged;
//! - how it ended is in the exit code ([`Exit`]).

mod check;
mod demo;
mod device;
mod migrate;
mod restored;
mod roads;
mod serve;
mod setup;
mod sheets;
mod user;

use std::fmt;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use eldercare_dispatch::api::openapi::Contract;
use eldercare_dispatch::app::{Mistakes, StartError};
use eldercare_dispatch::notify::carriers::web_push::new_key;
use eldercare_dispatch::people::UnknownWord;
use eldercare_dispatch::people::import::Sheet;
use eldercare_dispatch::store::{Conflict, SealError, StoreError};
use eldercare_dispatch::watch::{self, WatchArgs};
use utoipa::OpenApi as _;

use setup::Setup;

const AFTER: &str = "\
A new street, step by step, all with one configuration:
  export ECD_CONFIG=street.toml                           or --config street.toml with each command
  eldercare-dispatch migrate                              make the tables
  eldercare-dispatch import roads EXTRACT.osm.pbf         read the roads
  eldercare-dispatch import people AREAS.csv --yes        bring the register, sheet by sheet, the areas first
  eldercare-dispatch user add NAME --role admin --area CODE
                                                          make the first administrator
  eldercare-dispatch device add CODE --kind sos_button --elder CODE
  eldercare-dispatch serve

Exit codes: 0 done; 1 refused, or something was found (check, import); 2 wrong command line;
3 wrong configuration, key file or roads file; 4 the database cannot be used; 5 the address cannot be listened on.

Every key of the configuration is also a variable: [store] url is ECD_STORE__URL. Variables win over the file.
RUST_LOG chooses what is logged (default: info of this program, warnings of the rest).";

/// Eldercare emergency dispatch: an alert reaches somebody able within fifteen minutes, and somebody owns every case until
/// it is closed.
#[derive(Debug, Parser)]
#[command(name = "eldercare-dispatch", version, about, after_help = AFTER, max_term_width = 120)]
pub struct Cli {
    /// The configuration file (TOML). Without one: the defaults and the ECD_* variables
    #[arg(long, global = true, value_name = "FILE", env = "ECD_CONFIG")]
    config: Option<PathBuf>,
    /// How log lines are written, on standard error
    #[arg(long, global = true, value_name = "FORM", env = "ECD_LOG", default_value = "text")]
    log: LogForm,
    #[command(subcommand)]
    command: Command,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogForm {
    /// For a terminal and the journal
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve people and devices until told to stop (SIGTERM or SIGINT): no new connections, what has begun is finished
    Serve(serve::Serve),
    /// Make a demonstration street and play a live day on it; everything stays on this machine
    Demo(demo::Demo),
    /// Bring the tables up to this program's version; safe to repeat, and while several start at once
    Migrate,
    /// Verify the store: every hash chain, every stream, every invariant of a case. Reads only
    Check(check::Check),
    /// Say that a copy of the store was put back: every live client takes a new snapshot. Before `serve`
    Restored,
    /// Bring in roads and the street's sheets
    #[command(subcommand)]
    Import(Import),
    /// Who may sign in
    #[command(subcommand)]
    User(user::User),
    /// Devices and their keys
    #[command(subcommand)]
    Device(device::Device),
    /// Follow the desk's queue, or a responder's own cases (--as), live in this terminal
    Watch(WatchArgs),
    /// Make a key for Web Push and print it, once: `vapid_key` of the configuration, and its public part
    PushKey,
    /// Print the contract of the HTTP interface (OpenAPI 3.1, JSON)
    Openapi,
}

#[derive(Debug, Subcommand)]
enum Import {
    /// Read an OpenStreetMap extract (.osm.pbf or .osm) into the roads file that `serve` opens
    Roads(roads::Roads),
    /// Read a sheet of people: areas, elders, contacts, responders or chains; the header says which
    People(sheets::File),
    /// Districts, streets, communities, grids
    Areas(sheets::File),
    /// Elders and their households
    Elders(sheets::File),
    /// Their contacts
    Contacts(sheets::File),
    /// Responders
    Responders(sheets::File),
    /// Who answers for which grid or household
    Chains(sheets::File),
    /// The rota
    Duty(sheets::File),
    /// Devices; --keys-out makes their keys
    Devices(sheets::DevicesFile),
    /// Stations
    Stations(sheets::File),
    /// Print an empty sheet to fill in
    Template(sheets::Template),
}

impl Import {
    async fn run(self, config: Option<&Path>) -> Result<Exit, Failure> {
        match self {
            // The roads are a file of their own: neither configuration nor store is needed.
            Self::Roads(it) => it.run(),
            Self::People(it) => it.run_recognised(config).await,
            Self::Areas(it) => it.run(Sheet::Areas, config).await,
            Self::Elders(it) => it.run(Sheet::Elders, config).await,
            Self::Contacts(it) => it.run(Sheet::Contacts, config).await,
            Self::Responders(it) => it.run(Sheet::Responders, config).await,
            Self::Chains(it) => it.run(Sheet::Chains, config).await,
            Self::Duty(it) => it.run(Sheet::Duty, config).await,
            Self::Devices(it) => it.run(config).await,
            Self::Stations(it) => it.run(Sheet::Stations, config).await,
            Self::Template(it) => Ok(it.run()),
        }
    }
}

impl Cli {
    /// Starts the log lines of this process.
    pub fn tell_to_logs(&self) {
        let filter =
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,eldercare_dispatch=info"));
        let lines = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal());
        match self.log {
            LogForm::Text => lines.init(),
            LogForm::Json => lines.json().flatten_event(true).init(),
        }
    }

    /// Does the command and says on standard error what went wrong.
    pub async fn run(self) -> ExitCode {
        match self.command.run(self.config.as_deref()).await {
            Ok(exit) => exit.into(),
            Err(failure) => {
                eprintln!("error: {failure}");
                failure.exit.into()
            }
        }
    }
}

impl Command {
    async fn run(self, config: Option<&Path>) -> Result<Exit, Failure> {
        match self {
            Self::Demo(it) => it.run(config).await,
            Self::Serve(it) => it.run(config).await,
            Self::Migrate => migrate::run(config).await,
            Self::Restored => restored::run(Setup::open(config).await?).await,
            Self::Check(it) => it.run(Setup::open(config).await?).await,
            Self::Import(it) => it.run(config).await,
            Self::User(it) => it.run(Setup::open(config).await?).await,
            Self::Device(it) => it.run(Setup::open(config).await?).await,
            Self::Watch(it) => match watch::run(it).await {
                Ok(()) => Ok(Exit::Done),
                Err(error) => Err(Failure::refused(with_causes(&error))),
            },
            Self::PushKey => match new_key() {
                Ok((private, public)) => {
                    println!("vapid_key = \"{private}\"\n# public: {public}");
                    Ok(Exit::Done)
                }
                Err(error) => Err(Failure::refused(error)),
            },
            Self::Openapi => match Contract::openapi().to_pretty_json() {
                Ok(text) => {
                    println!("{text}");
                    Ok(Exit::Done)
                }
                Err(error) => Err(Failure::refused(error.to_string())),
            },
        }
    }
}

/// Reads one of the words of the trade, and names them all in the help.
fn word_of<T>(all: &'static [T], text: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + FromStr<Err = UnknownWord> + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(|it| text(*it))).try_map(|it| it.parse::<T>())
}

/// How a command ended, as the shell sees it. Wrong usage is 2, by clap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Done.
    Done = 0,
    /// Refused, or something was found.
    Refused = 1,
    /// The configuration, a key file or the roads file is wrong.
    Configuration = 3,
    /// The database cannot be used.
    Store = 4,
    /// The address cannot be listened on.
    Listen = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command was not done.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// The rules, or what is on file, say no.
    fn refused(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Refused,
            message: message.into(),
        }
    }

    /// A file or a value that the program was started with.
    fn configuration(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Configuration,
            message: message.into(),
        }
    }

    /// An address that is taken, or is none of this machine's.
    fn listen(address: std::net::SocketAddr, error: &std::io::Error) -> Self {
        Self {
            exit: Exit::Listen,
            message: format!("http.listen {address}: {error}"),
        }
    }

    /// A file that cannot be read or written.
    fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::refused(format!("{}: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The error and its causes in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        let sentence = it.to_string();
        // Some errors repeat their cause in their own sentence.
        if !text.contains(&sentence) {
            text.push_str(": ");
            text.push_str(&sentence);
        }
        cause = it.source();
    }
    text
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::Conflict(_) | StoreError::Flawed { .. } | StoreError::Corrupt { .. } => Exit::Refused,
            StoreError::Sealed(_) => Exit::Configuration,
            StoreError::Unavailable { .. } | StoreError::Schema(_) | StoreError::Refused(_) => Exit::Store,
        };
        let message = match &error {
            StoreError::Conflict(Conflict::Version { table, id }) => {
                format!("{table} {id} was changed by somebody else just now; look again and repeat")
            }
            other => with_causes(other),
        };
        Self { exit, message }
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        Self::configuration(with_causes(&error))
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Self::configuration(mistakes.to_string())
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Store(error) => error.into(),
            other => Self::configuration(with_causes(&other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
