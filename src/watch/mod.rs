//! `eldercare-dispatch watch`: the desk's queue, or a responder's own cases, live in a terminal.
//!
//! A client like any other: it signs in over HTTP, follows `GET /api/v1/live`, and acts through the same routes as a phone.
//! Start at [`run`]; [`link`] keeps the socket, [`board`] is what is shown, [`account`] the sign-in.

pub mod account;
pub mod board;
pub mod hand;
pub mod link;

use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use account::Account;
use board::Board;
use link::{Link, News};

use crate::clock::{Clock, Ids};

/// Where the demo writes its log-ins.
const DEMO_LOGINS: &str = "data/demo/logins.json";

/// The screen is drawn again at least this often, for the countdowns.
const DRAW_EVERY: Duration = Duration::from_secs(1);

/// News that wait to be drawn.
const NEWS_MAX: usize = 256;

/// What the command line says.
#[derive(Debug, Clone, clap::Args)]
pub struct WatchArgs {
    /// Where the service answers.
    #[arg(long, default_value = "http://127.0.0.1:8080", env = "ECD_SERVER")]
    pub server: String,
    /// The account of a desk; without one, the first dispatcher of the log-ins file.
    #[arg(long, conflicts_with = "as_responder")]
    pub username: Option<String>,
    /// The account of a responder: their offers and assignments, answered from the keyboard.
    #[arg(long = "as", value_name = "USERNAME")]
    pub as_responder: Option<String>,
    /// The variable that holds the password.
    #[arg(long, value_name = "VARIABLE", default_value = "ECD_PASSWORD")]
    pub password_env: String,
    /// A file of log-ins as the demo writes it, for when the variable is not set.
    #[arg(long, value_name = "FILE", default_value = DEMO_LOGINS)]
    pub logins: PathBuf,
    /// One line a change, also when the output is no terminal.
    #[arg(long)]
    pub plain: bool,
}

/// Why it ended.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The address is none.
    #[error("--server {0}: must be http://HOST[:PORT] or https://HOST[:PORT]")]
    Server(String),
    /// No password was found, and nobody can be asked.
    #[error("no password for `{username}`: set {variable}, or name a log-ins file that has one (--logins)")]
    NoPassword {
        /// For whom.
        username: String,
        /// The variable that was looked at.
        variable: String,
    },
    /// Nobody was named.
    #[error("say who you are: --username or --as (no dispatcher was found in {0})")]
    Nobody(String),
    /// The service knows better.
    #[error("the service refuses: {0}")]
    Refused(String),
    /// The service cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// The screen or the pipe is gone.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Runs until Ctrl-C or the end of the output.
///
/// # Errors
/// See [`WatchError`]. A service that is away is no error: it is waited for.
pub async fn run(args: WatchArgs) -> Result<(), WatchError> {
    // Both are idempotent: somebody may have installed them already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (username, password) = match who(&args) {
        // Somebody sits there: they are asked, and what they type does not show.
        Err(WatchError::NoPassword { username, .. }) if io::stdin().is_terminal() => {
            let question = format!("password of {username}: ");
            let password = tokio::task::spawn_blocking(move || rpassword::prompt_password(question)).await;
            (username, password.map_err(io::Error::other)??)
        }
        known => known?,
    };
    let mine = args.as_responder.is_some();
    let plain = args.plain || !io::stdout().is_terminal();
    let stop = CancellationToken::new();
    let ended = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            ended.cancel();
        }
    });
    let lines = if mine { read_lines() } else { mpsc::channel(1).1 };
    let setup = Setup {
        server: args.server,
        username,
        password,
        mine,
        plain,
        clock: Clock::system(),
        ids: Ids::system(),
    };
    let shown = watch(setup, io::stdout(), lines, stop).await;
    match shown {
        // `watch | head` is no mistake.
        Err(WatchError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// What [`watch`] needs to know.
pub struct Setup {
    /// `http://HOST[:PORT]`.
    pub server: String,
    /// Who signs in.
    pub username: String,
    /// With what.
    pub password: String,
    /// A responder's view rather than a desk's.
    pub mine: bool,
    /// Lines rather than a screen.
    pub plain: bool,
    /// The clock of this machine.
    pub clock: Clock,
    /// For the keys of requests.
    pub ids: Ids,
}

/// Follows the service and shows it on `out`; `lines` are what the user types.
///
/// # Errors
/// See [`WatchError`].
pub async fn watch(
    setup: Setup,
    mut out: impl Write,
    mut lines: mpsc::Receiver<String>,
    stop: CancellationToken,
) -> Result<(), WatchError> {
    let Setup {
        server,
        username,
        password,
        mine,
        plain,
        clock,
        ids,
    } = setup;
    let account = Arc::new(Account::new(&server, username, password, clock.clone())?);
    account.sign_in().await?;
    let (tell, mut news) = mpsc::channel(NEWS_MAX);
    let link = Link {
        account: account.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
    };
    let linked = stop.child_token();
    let following = tokio::spawn(link.follow(tell, linked.clone()));
    let mut board = Board::new(mine, account.username().to_owned());
    let shown = loop {
        if !plain {
            write!(out, "{}", board.screen(clock.now()))?;
            out.flush()?;
        }
        tokio::select! {
            () = stop.cancelled() => break Ok(()),
            it = news.recv() => match it {
                None => break Ok(()),
                Some(News::Ended(why)) => break Err(why),
                Some(it) => {
                    let line = board.take(it, clock.now());
                    if let (true, Some(line)) = (plain, line) {
                        writeln!(out, "{line}")?;
                        out.flush()?;
                    }
                }
            },
            Some(line) = lines.recv() => {
                let said = hand::act(&account, &ids, &board, line.trim()).await;
                if plain {
                    writeln!(out, "{said}")?;
                    out.flush()?;
                }
                board.say(said);
            }
            () = clock.sleep(DRAW_EVERY), if !plain => {}
        }
    };
    linked.cancel();
    // It ends by itself once told to.
    let _ = following.await;
    shown
}

/// The name and the password, from the command line, the variable or the file.
fn who(args: &WatchArgs) -> Result<(String, String), WatchError> {
    let logins = Logins::read(&args.logins);
    let named = args.as_responder.clone().or_else(|| args.username.clone());
    let username = named
        .or_else(|| {
            logins
                .users
                .iter()
                .find(|it| it.role == "dispatcher")
                .map(|it| it.username.clone())
        })
        .ok_or_else(|| WatchError::Nobody(args.logins.display().to_string()))?;
    let password = std::env::var(&args.password_env).ok();
    let filed = || {
        logins
            .users
            .iter()
            .find(|it| it.username == username)
            .map(|it| it.password.clone())
    };
    match password.or_else(filed) {
        Some(password) => Ok((username, password)),
        None => Err(WatchError::NoPassword {
            username,
            variable: args.password_env.clone(),
        }),
    }
}

#[derive(Default, Deserialize)]
struct Logins {
    #[serde(default)]
    users: Vec<Login>,
}

#[derive(Deserialize)]
struct Login {
    role: String,
    username: String,
    password: String,
}

impl Logins {
    /// What cannot be read holds nobody.
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }
}

/// What the user types, line by line; a thread, since a terminal cannot be waited for otherwise.
fn read_lines() -> mpsc::Receiver<String> {
    let (to, from) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if to.blocking_send(line).is_err() {
                return;
            }
        }
    });
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(logins: PathBuf) -> WatchArgs {
        WatchArgs {
            server: "http://localhost".to_owned(),
            username: None,
            as_responder: None,
            password_env: "ECD_TEST_NO_SUCH_VARIABLE".to_owned(),
            logins,
            plain: true,
        }
    }

    #[test]
    fn the_log_ins_of_the_demo_are_enough() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("logins.json");
        let text = r#"{"users":[{"role":"grid_worker","username":"g1","password":"a"},{"role":"dispatcher","username":"d1","password":"b"}],"devices":[]}"#;
        std::fs::write(&file, text).unwrap();
        assert_eq!(who(&args(file.clone())).unwrap(), ("d1".to_owned(), "b".to_owned()));
        let mine = WatchArgs {
            as_responder: Some("g1".to_owned()),
            ..args(file.clone())
        };
        assert_eq!(who(&mine).unwrap(), ("g1".to_owned(), "a".to_owned()));
        let stranger = WatchArgs {
            username: Some("x".to_owned()),
            ..args(file)
        };
        let refused = who(&stranger).unwrap_err().to_string();
        assert!(
            refused.contains("`x`") && refused.contains("ECD_TEST_NO_SUCH_VARIABLE"),
            "{refused}"
        );
        assert!(matches!(
            who(&args(folder.path().join("none"))),
            Err(WatchError::Nobody(_))
        ));
    }
}
