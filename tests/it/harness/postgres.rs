//! A PostgreSQL server of our own, from the system's programs, in a throw-away folder.
//!
//! A watchdog holds a pipe from this process: when the process ends in whatever way (also by kill -9), the pipe closes,
//! the watchdog stops the server and removes its folder.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const MISSING: &str = "PostgreSQL's programs (initdb, pg_ctl, psql) were found neither in /usr/lib/postgresql/*/bin nor in PATH. \
                       Install them: `apt-get install postgresql` (make test does so).";

/// A running server. Dropping it stops it and removes its data.
pub struct PostgresServer {
    programs: PathBuf,
    folder: PathBuf,
    syncs: bool,
    settings: String,
    databases: AtomicU32,
    /// Its standard input is the pipe that the watchdog listens to.
    watchdog: Child,
}

impl PostgresServer {
    /// The one that all tests of this process share. It does not sync: tests about losing power start their own.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<PostgresServer> = OnceLock::new();
        SERVER.get_or_init(|| Self::start(false))
    }

    /// A new one, for a test that stops or kills it. `syncs`: whether a commit waits for the disk.
    pub fn start(syncs: bool) -> Self {
        Self::start_in(&std::env::temp_dir(), syncs, "")
    }

    /// As [`Self::start`], in a folder within `place` and with more settings (`-c name=value …`).
    pub fn start_in(place: &Path, syncs: bool, settings: &str) -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new()
            .prefix("ecd-pg-")
            .tempdir_in(place)
            .expect("a folder for PostgreSQL")
            .keep();
        if let Some(account) = server_account() {
            std::os::unix::fs::chown(&folder, Some(account.uid), Some(account.gid))
                .expect("the folder for the server's account");
        }
        // Everything below is quoted by being an argument, never pasted into the script.
        let mut watchdog = as_server("/bin/sh");
        let script = "read -r _; \"$1/pg_ctl\" stop -D \"$2/data\" -m immediate -w -t 20; rm -rf \"$2\"";
        watchdog
            .args(["-c", script, "watchdog"])
            .arg(&programs)
            .arg(&folder)
            .stdin(Stdio::piped());
        // A group of its own: Ctrl-C ends the tests first, then this.
        std::os::unix::process::CommandExt::process_group(&mut watchdog, 0);
        let watchdog = watchdog
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");

        let server = Self {
            programs,
            folder,
            syncs,
            settings: settings.to_owned(),
            databases: AtomicU32::new(0),
            watchdog,
        };
        let options = [
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ];
        run(as_server(server.programs.join("initdb"))
            .args(options)
            .arg("-D")
            .arg(server.data()));
        server.start_again();
        server
    }

    /// Whether a commit waits for the disk.
    pub fn syncs(&self) -> bool {
        self.syncs
    }

    /// Starts it after [`Self::stop`] or [`Self::kill`].
    pub fn start_again(&self) {
        let fsync = if self.syncs { "on" } else { "off" };
        let settings = format!(
            "-k {} -c listen_addresses= -c max_connections=300 -c fsync={fsync} -c shared_buffers=64MB -c log_min_messages=warning {}",
            self.folder.display(),
            self.settings,
        );
        let mut last = None;
        // After a kill, the processes that it left behind hold the shared memory for a moment.
        for _ in 0..50 {
            let mut start = as_server(self.programs.join("pg_ctl"));
            start
                .args(["start", "-w", "-t", "30", "-s", "-o", &settings, "-D"])
                .arg(self.data());
            // The server would keep the pipe of a captured output open, so it writes to a file.
            start
                .arg("-l")
                .arg(self.folder.join("server.log"))
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            match start.status() {
                Ok(status) if status.success() => return,
                other => last = Some(other),
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let log = std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        panic!("PostgreSQL does not start ({last:?}):\n{log}");
    }

    /// Whether it takes connections.
    #[allow(dead_code)] // for the tests of the built program
    pub fn is_up(&self) -> bool {
        let mut status = as_server(self.programs.join("pg_ctl"));
        status.arg("status").arg("-D").arg(self.data());
        status
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|it| it.success())
    }

    /// Stops it at once but in order: open connections break.
    pub fn stop(&self) {
        run(as_server(self.programs.join("pg_ctl"))
            .args(["stop", "-w", "-m", "fast", "-s", "-D"])
            .arg(self.data()));
    }

    /// kill -9 of the postmaster and of all its processes, as a crash of the machine would. (Killed alone, the postmaster
    /// leaves sessions behind that finish what they were asked.)
    pub fn kill(&self) {
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid")).expect("a running server");
        let pid = pid.lines().next().expect("the server's process id").to_owned();
        let children =
            std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("the server's processes");
        for pid in std::iter::once(pid.as_str()).chain(children.split_whitespace()) {
            let pid = nix::unistd::Pid::from_raw(pid.parse().expect("a process id"));
            // One that has just ended by itself is as dead as we want it.
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
    }

    /// Makes an empty database and answers its address.
    pub fn create_database(&self) -> String {
        let name = self.next_name();
        self.create("template0", &name);
        self.url(&name)
    }

    /// A name that no database has yet.
    pub fn next_name(&self) -> String {
        format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed))
    }

    /// Makes a database as a copy of another.
    pub fn create(&self, template: &str, name: &str) {
        self.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"));
    }

    /// The address of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@localhost/{database}?host={}",
            self.folder.display()
        )
    }

    /// The socket, for a proxy that a test puts in between.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// Runs SQL as another session would and answers its rows, columns parted by `|`.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.arg("-h").arg(&self.folder).args([
            "-U",
            "postgres",
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            sql,
            database,
        ]);
        run(&mut psql)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// The folder with `initdb`, `pg_ctl` and `psql`; the newest version when there are several.
fn programs() -> PathBuf {
    let whole = |it: &Path| ["initdb", "pg_ctl", "psql"].iter().all(|name| it.join(name).exists());
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|it| it.path().join("bin"))
        .filter(|it| whole(it))
        .collect();
    found.sort_by_key(|it| {
        let version = it.parent().and_then(Path::file_name).and_then(|it| it.to_str());
        version.and_then(|it| it.parse::<u32>().ok()).unwrap_or(0)
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    found
        .pop()
        .or_else(|| std::env::split_paths(&path).find(|it| whole(it)))
        .unwrap_or_else(|| panic!("{MISSING}"))
}

struct Account {
    uid: u32,
    gid: u32,
}

/// The account that runs the server when the tests run as root, whom PostgreSQL refuses.
fn server_account() -> Option<Account> {
    let number = |arguments: &[&str]| -> u32 {
        let text = run(Command::new("id").args(arguments));
        text.trim().parse().expect("`id` answers a number")
    };
    if number(&["-u"]) != 0 {
        return None;
    }
    // PostgreSQL's package makes the account.
    Some(Account {
        uid: number(&["-u", "postgres"]),
        gid: number(&["-g", "postgres"]),
    })
}

/// A command that runs as the server's account.
fn as_server(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    if let Some(account) = server_account() {
        std::os::unix::process::CommandExt::uid(&mut command, account.uid);
        std::os::unix::process::CommandExt::gid(&mut command, account.gid);
    }
    command.current_dir("/").env("LC_ALL", "C.UTF-8");
    command
}

fn run(command: &mut Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|it| panic!("{command:?}: {it}. {MISSING}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
