//! `serve` as an operator meets it: what it refuses, what it answers, how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use crate::cli_commands::{OSM, Office, program};
use crate::harness::{Database, both_stores};

/// The program, serving. Killed when dropped.
struct Served {
    child: Child,
    /// `127.0.0.1:PORT`.
    address: String,
    out: BufReader<std::process::ChildStdout>,
}

impl Served {
    fn start(office: &Office) -> Self {
        Self::try_start(office).unwrap_or_else(|(code, log)| panic!("{code:?}: {log}"))
    }

    /// Its exit code and what it said, when it does not come to serving.
    fn try_start(office: &Office) -> Result<Self, (Option<i32>, String)> {
        let mut child = program(office.folder.path())
            .args(["serve", "--config", "ecd.toml"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(office.path("serve.log")).expect("a log"))
            .spawn()
            .expect("the program");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        match line.trim().strip_prefix("listening on http://") {
            Some(address) => Ok(Self {
                child,
                address: address.to_owned(),
                out,
            }),
            None => {
                let code = child.wait().expect("the end").code();
                Err((
                    code,
                    std::fs::read_to_string(office.path("serve.log")).unwrap_or_default(),
                ))
            }
        }
    }

    /// Status and body.
    fn ask(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        write!(
            stream,
            "{head} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer
            .split(' ')
            .nth(1)
            .and_then(|it| it.parse().ok())
            .expect("a status");
        (
            status,
            answer
                .split_once("\r\n\r\n")
                .map(|it| it.1.to_owned())
                .unwrap_or_default(),
        )
    }

    /// Tells it to stop and answers its exit code.
    fn stop(mut self, signal: nix::sys::signal::Signal) -> Option<i32> {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).expect("a process id"));
        nix::sys::signal::kill(pid, signal).expect("a signal");
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("the end of the output");
        self.child.wait().expect("the end").code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const ANY_PORT: &str = "[http]\nlisten = \"127.0.0.1:0\"\n";

both_stores! {
    async fn a_new_street_serves_and_stops_in_order(db: Database) {
        use nix::sys::signal::Signal;
        let office = Office::new(db);
        office.configure(ANY_PORT);
        office.run(&["serve"]).with(4).says(&["run `eldercare-dispatch migrate`"]);
        office.run(&["migrate"]).with(0);
        let served = Served::start(&office);
        assert_eq!(served.ask("GET /healthz", "").0, 200);
        let log = std::fs::read_to_string(office.path("serve.log")).unwrap();
        assert!(log.contains("user add NAME --role admin"), "{log}");
        // While it serves, the first administrator is made beside it, and signs in.
        let made = office.run(&["user", "add", "zhang", "--role", "admin", "--json"]).with(0).json();
        let sign_in = serde_json::json!({"username": "zhang", "password": made["password"]}).to_string();
        let (status, body) = served.ask("POST /api/v1/auth/token", &sign_in);
        assert_eq!(status, 200, "{body}");
        assert_eq!(served.stop(Signal::SIGTERM), Some(0));

        let served = Served::start(&office);
        assert_eq!(served.ask("POST /api/v1/auth/token", &sign_in).0, 200);
        assert_eq!(served.ask("GET /api/openapi.json", "").0, 200);
        assert_eq!(served.stop(Signal::SIGINT), Some(0));
        let log = std::fs::read_to_string(office.path("serve.log")).unwrap();
        assert!(!log.contains("no accounts yet"), "{log}");
        office.run(&["check"]).with(0);
    }
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let office = Office::new(Database::sqlite().await);
    office.run(&["migrate"]).with(0);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    office.configure(&format!("[http]\nlisten = \"{address}\"\n"));
    office
        .run(&["serve"])
        .with(5)
        .says(&["http.listen", &address.to_string()]);
}

#[tokio::test]
async fn a_second_service_on_one_embedded_store_is_refused() {
    let office = Office::new(Database::sqlite().await);
    office.configure(ANY_PORT);
    office.run(&["migrate"]).with(0);
    let mut served = Served::start(&office);
    let Err((code, said)) = Served::try_start(&office) else {
        panic!("two services work on one embedded store");
    };
    assert_eq!(code, Some(4), "{said}");
    for words in [
        "store.url",
        "another process serves sqlite://",
        "several services on one store need PostgreSQL",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
    assert_eq!(served.ask("GET /readyz", "").0, 200, "the first goes on");
    office.run(&["check"]).with(0);
    // However it ends, the next one may serve.
    served.child.kill().unwrap();
    served.child.wait().unwrap();
    drop(served);
    let served = Served::start(&office);
    assert_eq!(served.stop(nix::sys::signal::Signal::SIGTERM), Some(0));
}

#[tokio::test]
async fn a_damaged_roads_file_is_refused() {
    let office = Office::new(Database::sqlite().await);
    office.run(&["migrate"]).with(0);
    office.write("town.osm", OSM);
    office
        .run(&["import", "roads", "town.osm", "--out", "town.ecd"])
        .with(0);
    office.configure(&format!("{ANY_PORT}[roads]\nfile = \"town.ecd\"\n"));
    let served = Served::start(&office);
    assert_eq!(served.stop(nix::sys::signal::Signal::SIGTERM), Some(0));

    let whole = std::fs::read(office.path("town.ecd")).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    std::fs::write(office.path("town.ecd"), flipped).unwrap();
    office.run(&["serve"]).with(3).says(&["town.ecd", "checksum"]);
    std::fs::write(office.path("town.ecd"), &whole[..whole.len() - 8]).unwrap();
    office.run(&["serve"]).with(3).says(&["town.ecd", "cut off"]);
    std::fs::remove_file(office.path("town.ecd")).unwrap();
    office.run(&["serve"]).with(3).says(&["town.ecd"]);
}

#[tokio::test]
async fn the_contract_is_printed_without_a_store() {
    let office = Office::new(Database::sqlite().await);
    let contract = office.run(&["openapi"]).with(0).json();
    assert_eq!(contract["openapi"].as_str().map(|it| &it[..3]), Some("3.1"));
    assert!(contract["paths"]["/api/v1/alerts"].is_object());
}
