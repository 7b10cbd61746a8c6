//! The processes under load: the service, its database, its peers; each on the core for servers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::wire::{Line, get};

/// Where servers run, and where the load runs. With one core alone both are the same, which the figures must say.
pub const SERVERS: usize = 0;
pub const LOAD: usize = 1;

/// Binds this thread, and what it starts from here on, to some cores.
pub fn pin(cores: &[usize]) {
    let mut set = CpuSet::new();
    for it in cores {
        set.set(*it).expect("a core");
    }
    sched_setaffinity(Pid::from_raw(0), &set).expect("this machine has two cores");
}

/// A server process; killed when dropped.
pub struct Server {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
    /// When it was started.
    pub begun: Instant,
}

impl Server {
    /// The service in `folder`, whose `ecd.toml` names its store.
    pub fn service(folder: &Path) -> Self {
        let binary =
            std::env::var("ECD_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_eldercare-dispatch").to_owned());
        let log = std::fs::File::create(folder.join("log")).expect("a log");
        let begun = Instant::now();
        let mut child = Command::new("taskset")
            .args(["-c", &SERVERS.to_string(), &binary, "serve", "--config"])
            .arg(folder.join("ecd.toml"))
            .env("ECD_HTTP__LISTEN", "127.0.0.1:0")
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the service");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        // Lines of devices are open before it is.
        let address = loop {
            let mut line = String::new();
            if out.read_line(&mut line).expect("a line") == 0 {
                panic!("{}", std::fs::read_to_string(folder.join("log")).unwrap_or_default());
            }
            if let Some(address) = line.trim().strip_prefix("listening on http://") {
                break address.to_owned();
            }
        };
        // It says what else it listens to; a pipe that nobody reads would end it.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self { child, address, begun }
    }

    /// Waits until the register is read: it is, behind the first answers, and takes time and memory of its own.
    pub async fn whole(&self) {
        let mut line = Line::open(&self.address).await.expect("a connection");
        while line
            .ask(&get("/readyz"))
            .await
            .expect("an answer")
            .1
            .contains("register_not_read")
        {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// A peer.
    pub fn peer(program: &str, arguments: &[String], address: &str) -> Self {
        let begun = Instant::now();
        let child = Command::new("taskset")
            .args(["-c", &SERVERS.to_string(), program])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("taskset");
        Self {
            child,
            address: address.to_owned(),
            begun,
        }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a process id"))
    }

    /// Resident memory, MiB.
    pub fn memory_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("a process");
        let line = status.lines().find(|it| it.starts_with("VmRSS")).expect("its memory");
        let kib: f64 = line
            .split_whitespace()
            .nth(1)
            .expect("a number")
            .parse()
            .expect("a number");
        kib / 1_024.0
    }

    /// Processor time used so far.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("a process");
        // After the name, which may hold blanks: user and system time are the 12th and 13th field, in hundredths.
        let rest = stat.rsplit_once(") ").expect("a process").1;
        let ticks: u64 = rest
            .split(' ')
            .skip(11)
            .take(2)
            .map(|it| it.parse::<u64>().expect("a number"))
            .sum();
        Duration::from_millis(ticks * 10)
    }

    pub fn kill(mut self) {
        self.child.kill().expect("a process");
        self.child.wait().expect("its end");
    }

    pub fn stop(mut self) {
        kill(self.pid(), Signal::SIGTERM).expect("a process");
        self.child.wait().expect("its end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Counts the syncs of a process while it lives, by the kernel's own count of the system calls (`perf stat`).
pub struct Syncs {
    child: Option<Child>,
    out: PathBuf,
}

impl Syncs {
    pub fn of(server: &Server, folder: &Path) -> Self {
        let out = folder.join("syncs");
        let child = Command::new("perf")
            .args([
                "stat",
                "-x",
                ",",
                "-e",
                "syscalls:sys_enter_fdatasync,syscalls:sys_enter_fsync",
            ])
            .args(["-p", &server.pid().to_string(), "-o"])
            .arg(&out)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok();
        std::thread::sleep(Duration::from_millis(300)); // it attaches
        Self { child, out }
    }

    /// None where `perf` is missing or may not.
    pub fn count(mut self) -> Option<f64> {
        let mut child = self.child.take()?;
        kill(Pid::from_raw(i32::try_from(child.id()).ok()?), Signal::SIGINT).ok()?;
        child.wait().ok()?;
        let text = std::fs::read_to_string(&self.out).ok()?;
        let counts = text.lines().filter(|it| it.contains("sys_enter"));
        counts.map(|it| it.split(',').next()?.parse::<f64>().ok()).sum()
    }
}

/// The median of 200 appends of 4 KiB with one fdatasync each, in the folder's disk, milliseconds.
pub fn fdatasync_p50(folder: &Path) -> f64 {
    let path = folder.join("sync");
    let mut file = std::fs::File::create(&path).expect("a file");
    let mut times: Vec<f64> = (0..200)
        .map(|_| {
            let start = Instant::now();
            file.write_all(&[0; 4_096]).expect("a write");
            file.sync_data().expect("a sync");
            super::wire::ms(start.elapsed())
        })
        .collect();
    let _ = std::fs::remove_file(path);
    super::wire::quantile(&mut times, 0.5)
}
