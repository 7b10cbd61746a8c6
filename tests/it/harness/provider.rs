//! A provider of messages on a real socket, and letters for it: it answers what a test wrote into its script, and keeps each
//! request byte for byte.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use eldercare_dispatch::case::{NoticeKind, Severity};
use eldercare_dispatch::ids::{CaseId, NoticeId};
use eldercare_dispatch::notify::NotifyConfig;
use eldercare_dispatch::notify::carriers::carriers;
use eldercare_dispatch::notify::letter::{Address, Carrier, Language, Letter, Values};
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

/// What it does with a request.
#[derive(Debug, Clone)]
pub enum Says {
    /// Status, more headers, body.
    Answer(u16, Vec<(&'static str, &'static str)>, String),
    /// Nothing until the other side leaves.
    Silence,
    /// Half a body.
    HalfBody,
    /// Half a head.
    HalfHead,
    /// Breaks the line.
    Reset,
}

/// Status 200 and a JSON body.
pub fn ok(body: impl ToString) -> Says {
    Says::Answer(200, vec![("content-type", "application/json")], body.to_string())
}

/// A status and nothing else.
pub fn status(status: u16) -> Says {
    Says::Answer(status, vec![], String::new())
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `POST`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The query, undecoded.
    pub query: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    /// Byte for byte.
    pub body: Vec<u8>,
}

impl Asked {
    /// A header that must be there once.
    pub fn header(&self, name: &str) -> &str {
        let mut all = self.headers.iter().filter(|it| it.0 == name);
        let (first, more) = (all.next(), all.next());
        assert!(more.is_none(), "{name} twice in {self:?}");
        first.map_or_else(|| panic!("no {name} in {self:?}"), |it| it.1.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// Names and values of the query or of a form, decoded, in order.
    pub fn form(text: &[u8]) -> Vec<(String, String)> {
        let url = format!("http://x/?{}", String::from_utf8_lossy(text));
        let url = reqwest::Url::parse(&url).expect("a query");
        url.query_pairs()
            .map(|it| (it.0.into_owned(), it.1.into_owned()))
            .collect()
    }
}

struct Inner {
    script: Mutex<VecDeque<Says>>,
    otherwise: Mutex<Says>,
    asked: watch::Sender<Vec<Asked>>,
}

/// The provider. Gone when dropped, with every line that it holds.
pub struct Provider {
    /// Where it listens.
    pub address: SocketAddr,
    inner: Arc<Inner>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Provider {
    /// Listens; what it was told nothing about it answers so.
    pub async fn start(otherwise: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner {
            script: Mutex::default(),
            otherwise: Mutex::new(otherwise),
            asked: watch::Sender::new(vec![]),
        });
        let serving = inner.clone();
        let task = tokio::spawn(async move {
            let mut lines = JoinSet::new();
            while let Ok((line, _)) = listener.accept().await {
                let inner = serving.clone();
                lines.spawn(async move {
                    // A line that breaks is part of the play.
                    let _ = inner.serve(line).await;
                });
            }
        });
        Self { address, inner, task }
    }

    /// Its address as a carrier's `url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it does with the next request that nothing was written for.
    pub fn next(&self, says: Says) {
        self.inner.script.lock().unwrap().push_back(says);
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.inner.asked.borrow().clone()
    }

    /// The last request.
    pub fn last(&self) -> Asked {
        self.asked().pop().expect("a request")
    }
}

impl Inner {
    async fn serve(&self, mut line: TcpStream) -> std::io::Result<()> {
        let asked = read_request(&mut line).await?;
        let says = self.script.lock().unwrap().pop_front();
        let says = says.unwrap_or_else(|| self.otherwise.lock().unwrap().clone());
        self.asked.send_modify(|it| it.push(asked));
        match says {
            Says::Answer(status, headers, body) => {
                let length = body.len();
                let mut text = format!("HTTP/1.1 {status} Played\r\nconnection: close\r\ncontent-length: {length}\r\n");
                for (name, value) in headers {
                    text.push_str(&format!("{name}: {value}\r\n"));
                }
                line.write_all(format!("{text}\r\n{body}").as_bytes()).await?;
                line.shutdown().await
            }
            Says::Silence => line.read_to_end(&mut Vec::new()).await.map(|_| ()),
            Says::HalfBody => {
                line.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"errcode\": 0")
                    .await
            }
            Says::HalfHead => line.write_all(b"HTTP/1.1 200 OK\r\ncontent-le").await,
            Says::Reset => line.set_zero_linger(),
        }
    }
}

async fn read_request(line: &mut TcpStream) -> std::io::Result<Asked> {
    let mut bytes = Vec::new();
    let (head, body_at) = loop {
        if line.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&bytes[..end]).into_owned(), end + 4);
        }
    };
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(String, String)> = lines
        .filter_map(|it| it.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|it| it.0 == "content-length");
    let length: usize = length.map_or(0, |it| it.1.parse().expect("a length"));
    while bytes.len() < body_at + length {
        if line.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: bytes.split_off(body_at),
    })
}

/// The one carrier of a configuration.
pub fn carrier(text: &str) -> Arc<dyn Carrier> {
    // As main does first of all; a second time in one process they are there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let config: NotifyConfig = toml::from_str(text).unwrap_or_else(|it| panic!("{it}"));
    assert_eq!(config.mistakes(), Vec::<String>::new());
    let mut all = carriers(&config).unwrap_or_else(|it| panic!("{it}"));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// What a section of a carrier is told, if it is wrong.
pub fn told(text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().expect("TOML");
    let mut mistakes = Vec::new();
    eldercare_dispatch::notify::carriers::config::read(&table["carriers"], &mut mistakes);
    mistakes
}

/// The present of the letters.
pub fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().expect("a time")
}

/// A letter of a kind to an address: critical, in Chinese, useful for five minutes.
pub fn letter(kind: NoticeKind, address: Address) -> Letter {
    Letter {
        id: NoticeId::new(Uuid::from_u128(0x0193_6b00_0000_7000_8000_0000_0000_0001)),
        notice: NoticeId::new(Uuid::from_u128(0x0193_6b00_0000_7000_8000_0000_0000_0002)),
        case: CaseId::new(Uuid::from_u128(0x0193_6b00_0000_7000_8000_0000_0000_00aa)),
        case_version: 3,
        area_code: "120114001001001".to_owned(),
        kind,
        step: "3:offer".to_owned(),
        target: "resp_1".to_owned(),
        address,
        language: Language::ZhCn,
        values: Values {
            case_number: Some("20261127-120114001-0042".to_owned()),
            area_name: Some("泉州里第三网格".to_owned()),
            severity: Some(Severity::Critical),
            minutes: Some(12),
            link: None,
            opened: None,
            sheet: None,
            keys: Some(('1', '2')),
        },
        drill: false,
        made_at: now(),
        useful_until: now() + SignedDuration::from_secs(300),
        now: now(),
        attempt: 1,
    }
}
