//! `user`: accounts of people. The first administrator is made here, on an empty store; there is no default password.

use std::io::{BufRead as _, IsTerminal as _};

use clap::{Args, Subcommand};

use eldercare_dispatch::api::auth::{hash_password, made_password};
use eldercare_dispatch::ids::UserId;
use eldercare_dispatch::people::{AreaCode, PrefixSet, Role, password_flaw, responder_id, rights_flaw, sound_username};
use eldercare_dispatch::store::{Account, AreaBook, NewAccount, PAGE_MAX, Rights};

use super::setup::Setup;
use super::{Exit, Failure};

#[derive(Debug, Subcommand)]
pub enum User {
    /// Make an account; on an empty store, the first administrator's
    Add(Add),
    /// Give an account another password; every session of it ends
    Passwd(Passwd),
    /// Give an account another role, scope or responder; every session of it ends
    Rights(ChangeRights),
    /// Let an account sign in no more; every session of it ends. Nothing is deleted
    Disable(Named),
    /// Let a disabled account sign in again
    Enable(Named),
    /// List the accounts
    List(List),
}

#[derive(Debug, Args)]
pub struct Add {
    /// The name to sign in with; capitals do not matter
    username: String,
    /// What the person may do
    #[arg(long, value_parser = super::word_of(PEOPLE, Role::as_str))]
    role: Role,
    /// Sees this area and all in it: a code of 6, 9, 12 or 15 digits; may be repeated
    #[arg(long, value_name = "CODE")]
    area: Vec<AreaCode>,
    /// The responder that the person is (the street's code); needed for grid_worker and caregiver
    #[arg(long, value_name = "CODE")]
    responder: Option<String>,
    #[command(flatten)]
    password: PasswordFrom,
    /// Print one JSON object: user_id, username, role, password (null when it came from standard input)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct PasswordFrom {
    /// Read the password from the first line of standard input; without this one is made and printed once
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
pub struct Passwd {
    /// The name to sign in with
    username: String,
    #[command(flatten)]
    password: PasswordFrom,
}

#[derive(Debug, Args)]
pub struct ChangeRights {
    /// The name to sign in with
    username: String,
    /// What the person may do; left out: as before
    #[arg(long, value_parser = super::word_of(PEOPLE, Role::as_str))]
    role: Option<Role>,
    /// All the areas that the person sees from now on; may be repeated; left out: as before
    #[arg(long, value_name = "CODE")]
    area: Vec<AreaCode>,
    /// The responder that the person is; left out: as before
    #[arg(long, value_name = "CODE")]
    responder: Option<String>,
}

#[derive(Debug, Args)]
pub struct Named {
    /// The name to sign in with
    username: String,
}

#[derive(Debug, Args)]
pub struct List {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// The roles of people; a device signs in with its key.
const PEOPLE: &[Role] = &[
    Role::Admin,
    Role::DutyLeader,
    Role::Dispatcher,
    Role::GridWorker,
    Role::Caregiver,
    Role::Auditor,
];

impl User {
    pub async fn run(self, setup: Setup) -> Result<Exit, Failure> {
        match self {
            Self::Add(it) => it.run(&setup).await?,
            Self::Passwd(it) => it.run(&setup).await?,
            Self::Rights(it) => it.run(&setup).await?,
            Self::Disable(it) => switch(&setup, &it.username, true).await?,
            Self::Enable(it) => switch(&setup, &it.username, false).await?,
            Self::List(it) => it.run(&setup).await?,
        }
        setup.store.close().await;
        Ok(Exit::Done)
    }
}

impl Add {
    async fn run(self, setup: &Setup) -> Result<(), Failure> {
        let username = sound_name(&self.username)?;
        if setup.store.account_to_sign_in(&username).await?.is_some() {
            return Err(taken(&username));
        }
        let book = setup.areas().await?;
        let scope: PrefixSet = self.area.iter().copied().collect();
        let responder = match &self.responder {
            Some(code) => Some(on_file(setup, code).await?),
            None => None,
        };
        require_sense(self.role, &scope, responder.is_some(), &book)?;
        let (password, made) = self.password.get()?;
        let hash = hash(password.clone()).await?;
        let id = UserId::new(setup.ids.make());
        let new = NewAccount {
            id,
            username: username.clone(),
            password_hash: hash,
            role: self.role,
            scope,
            responder,
        };
        setup.store.add_account(new, setup.now()).await.map_err(|error| {
            if error.is_unique("account_username") {
                taken(&username)
            } else {
                error.into()
            }
        })?;
        if self.json {
            let answer = serde_json::json!({
                "user_id": id, "username": username, "role": self.role, "password": made.then_some(password),
            });
            println!("{answer}");
            return Ok(());
        }
        println!("user {username}: {} ({})", self.role, self.role.zh());
        if made {
            println!("  password  {password}");
            println!("It is shown this once.");
        }
        Ok(())
    }
}

impl Passwd {
    async fn run(self, setup: &Setup) -> Result<(), Failure> {
        let account = named(setup, &self.username).await?;
        let (password, made) = self.password.get()?;
        let hash = hash(password.clone()).await?;
        setup.store.set_password(account.id, hash, setup.now()).await?;
        println!(
            "user {}: another password, and every session has ended",
            account.username
        );
        if made {
            println!("  password  {password}");
            println!("It is shown this once.");
        }
        Ok(())
    }
}

impl ChangeRights {
    async fn run(self, setup: &Setup) -> Result<(), Failure> {
        let account = named(setup, &self.username).await?;
        if self.role.is_none() && self.area.is_empty() && self.responder.is_none() {
            return Err(Failure::refused(
                "nothing to change: give --role, --area or --responder",
            ));
        }
        let responder = match &self.responder {
            Some(code) => Some(on_file(setup, code).await?),
            None => account.responder,
        };
        let scope = if self.area.is_empty() {
            account.scope.clone()
        } else {
            self.area.iter().copied().collect()
        };
        let role = self.role.unwrap_or(account.role);
        require_sense(role, &scope, responder.is_some(), &setup.areas().await?)?;
        let disabled = account.disabled_at.is_some();
        let rights = Rights {
            role,
            scope,
            responder,
            disabled,
        };
        setup
            .store
            .set_rights(account.id, rights, account.version, setup.now())
            .await?;
        println!("user {}: {role}, and every session has ended", account.username);
        Ok(())
    }
}

impl List {
    async fn run(self, setup: &Setup) -> Result<(), Failure> {
        let mut after = None;
        let mut count = 0;
        loop {
            let page = setup.store.accounts(after, PAGE_MAX).await?;
            for it in &page.items {
                count += 1;
                let scope: Vec<String> = it.scope.iter().map(|code| code.to_string()).collect();
                let state = state(it, setup.now());
                if self.json {
                    let line = serde_json::json!({
                        "user_id": it.id, "username": it.username, "role": it.role, "areas": scope,
                        "responder_id": it.responder, "state": state,
                    });
                    println!("{line}");
                } else {
                    println!(
                        "{:<24} {:<12} {:<9} {}",
                        it.username,
                        it.role.as_str(),
                        state,
                        scope.join(" ")
                    );
                }
            }
            for error in page.aside {
                eprintln!("set aside: {error}");
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if count == 0 && !self.json {
            println!("no accounts; make the first: user add NAME --role admin");
        }
        Ok(())
    }
}

fn state(account: &Account, now: jiff::Timestamp) -> &'static str {
    if account.disabled_at.is_some() {
        "disabled"
    } else if account.locked_until.is_some_and(|until| until > now) {
        "locked"
    } else {
        "active"
    }
}

async fn switch(setup: &Setup, username: &str, disabled: bool) -> Result<(), Failure> {
    let account = named(setup, username).await?;
    let word = if disabled { "disabled" } else { "enabled" };
    if account.disabled_at.is_some() == disabled {
        println!("user {}: is {word} already", account.username);
        return Ok(());
    }
    let rights = Rights {
        role: account.role,
        scope: account.scope,
        responder: account.responder,
        disabled,
    };
    setup
        .store
        .set_rights(account.id, rights, account.version, setup.now())
        .await?;
    println!("user {}: {word}, and every session has ended", account.username);
    Ok(())
}

async fn named(setup: &Setup, username: &str) -> Result<Account, Failure> {
    let found = setup.store.account_to_sign_in(username).await?;
    found
        .map(|it| it.0)
        .ok_or_else(|| Failure::refused(format!("USERNAME: there is no account {}", username.trim())))
}

fn taken(username: &str) -> Failure {
    Failure::refused(format!(
        "USERNAME: there is an account {username} already; `user passwd {username}` gives it another password"
    ))
}

async fn on_file(setup: &Setup, code: &str) -> Result<eldercare_dispatch::ids::ResponderId, Failure> {
    let id = responder_id(code);
    if setup.store.responder(id).await?.is_none() {
        return Err(Failure::refused(format!(
            "--responder: no responder is filed under {code}; import the responders first"
        )));
    }
    Ok(id)
}

/// Refuses rights that could not be used, and says what may be a slip.
fn require_sense(role: Role, scope: &PrefixSet, is_responder: bool, book: &AreaBook) -> Result<(), Failure> {
    if let Some(flaw) = rights_flaw(role, scope, is_responder) {
        // The options are called a little otherwise than the fields.
        let option = if flaw.field == "areas" { "area" } else { flaw.field };
        return Err(Failure::refused(format!("--{option}: {}", flaw.why)));
    }
    if role == Role::Admin && scope.is_empty() {
        eprintln!("note: without --area the administrator sees no case and no elder; `user rights` gives areas later");
    }
    for code in scope.iter().filter(|it| book.id(*it).is_none()) {
        eprintln!("note: --area {code}: no such area is on file yet");
    }
    Ok(())
}

/// Small letters, without blanks.
fn sound_name(text: &str) -> Result<String, Failure> {
    sound_username(text).map_err(|it| Failure::refused(it.to_string().replacen("username", "USERNAME", 1)))
}

impl PasswordFrom {
    /// The password, and whether it was made here.
    fn get(&self) -> Result<(String, bool), Failure> {
        if !self.password_stdin {
            return Ok((generated()?, true));
        }
        let stdin = std::io::stdin();
        let typed = if stdin.is_terminal() {
            rpassword::prompt_password("password (it does not show): ")
        } else {
            let mut line = String::new();
            stdin.lock().read_line(&mut line).map(|_| line)
        };
        let line = typed.map_err(|error| Failure::refused(format!("--password-stdin: {error}")))?;
        let password = line.trim_end_matches(['\r', '\n']).to_owned();
        if let Some(flaw) = password_flaw("password", &password) {
            return Err(Failure::refused(format!("--password-stdin: the password {}", flaw.why)));
        }
        Ok((password, false))
    }
}

pub(super) fn generated() -> Result<String, Failure> {
    made_password().map_err(|error| Failure::refused(error.to_string()))
}

/// The argon2id text of a password, off the threads that serve.
pub(super) async fn hash(password: String) -> Result<String, Failure> {
    match tokio::task::spawn_blocking(move || hash_password(&password)).await {
        Ok(hashed) => Ok(hashed?),
        Err(_) => Err(Failure::refused("the password was not hashed: the work was stopped")),
    }
}
