//! A real Mosquitto of one test's own: on a free port, in a folder of its own, keeping what it holds on the disk; it may be killed and
//! started again.

#![allow(dead_code)] // a harness offers more than each test takes

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The broker.
pub struct Mosquitto {
    folder: tempfile::TempDir,
    /// Where it listens.
    pub port: u16,
    child: Option<Child>,
}

impl Mosquitto {
    /// One that lets everybody in.
    pub fn start() -> Self {
        Self::start_with("allow_anonymous true\n", |_| {})
    }

    /// One with `more` in its configuration; `prepare` puts files into its folder (`FOLDER` in the text stands for it).
    pub fn start_with(more: &str, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("ecd-mosquitto-")
            .tempdir()
            .expect("a folder");
        prepare(folder.path());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let place = folder.path().display();
        // `user root`: started by root it would become another user, who may not write here; by anybody else it says nothing.
        let text = format!(
            "listener {port} 127.0.0.1\nuser root\npersistence true\npersistence_location {place}/\n\
             autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 100000\nlog_type all\nlog_dest file {place}/log\n{}",
            more.replace("FOLDER", &place.to_string()),
        );
        std::fs::write(folder.path().join("mosquitto.conf"), text).unwrap();
        let mut broker = Self {
            folder,
            port,
            child: None,
        };
        broker.start_again();
        broker
    }

    /// Its address for the configuration.
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Its folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Starts it after [`Self::kill`].
    #[allow(clippy::disallowed_methods)] // another process runs on the real clock
    pub fn start_again(&mut self) {
        let start = Instant::now();
        let child = Command::new("mosquitto")
            .arg("-c")
            .arg(self.folder.path().join("mosquitto.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .or_else(|_| {
                Command::new("/usr/sbin/mosquitto")
                    .arg("-c")
                    .arg(self.folder.path().join("mosquitto.conf"))
                    .spawn()
            })
            .expect("mosquitto is installed (scripts/needs)");
        self.child = Some(child);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(start.elapsed() < PATIENCE, "mosquitto does not start:\n{}", self.log());
            std::thread::yield_now();
        }
    }

    /// Sees what it holds written to the disk: what it has only in memory is the broker's to lose.
    pub async fn save(&self) {
        let child = self.child.as_ref().expect("it runs");
        let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
        let count = || self.log().matches("Saving in-memory database").count();
        let before = count();
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGUSR1).unwrap();
        let saved = async {
            while count() == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, saved).await.expect("it does not save");
        // It does one thing after another: whoever is answered now is answered after that.
        self.publish("nobody/listens", "x").await;
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What it holds is gone, as after a disk was changed; only while it is killed.
    pub fn forget(&self) {
        std::fs::remove_file(self.folder.path().join("mosquitto.db")).expect("it has kept something");
    }

    /// What it has written of itself.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Publishes with QoS 1, with what else `mosquitto_pub` is told; answers when the broker has acknowledged.
    pub async fn publish_with(&self, topic: &str, payload: &[u8], more: &[&str]) -> bool {
        let port = self.port.to_string();
        let mut child = tokio::process::Command::new("mosquitto_pub")
            .args(["-h", "127.0.0.1", "-p", &port, "-q", "1", "-t", topic, "-s"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("mosquitto_pub is installed (scripts/needs)");
        let mut input = child.stdin.take().expect("it is a pipe");
        let written = tokio::io::AsyncWriteExt::write_all(&mut input, payload).await;
        drop(input);
        written.is_ok() && child.wait().await.is_ok_and(|it| it.success())
    }

    /// Publishes with QoS 1.
    pub async fn publish(&self, topic: &str, payload: impl AsRef<[u8]>) {
        assert!(self.publish_with(topic, payload.as_ref(), &[]).await, "{}", self.log());
    }

    /// Publishes what the topic says from now on.
    pub async fn retain(&self, topic: &str, payload: impl AsRef<[u8]>) {
        assert!(
            self.publish_with(topic, payload.as_ref(), &["-r"]).await,
            "{}",
            self.log()
        );
    }

    /// Writes a file that only its owner reads.
    pub fn secret(path: &Path, text: &str) {
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut file = std::fs::OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}
