//! An HTTP endpoint of somebody else's, on a real socket: it plays what a test writes into its script, and remembers what it
//! heard.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eldercare_dispatch::notify::WebhookConfig;
use hmac::{Hmac, KeyInit as _, Mac as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// The secret of all endpoints, as the configuration holds it.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What the endpoint does with one request.
#[derive(Debug, Clone)]
pub enum Play {
    /// Answers: status, more header lines, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Waits until the test lets one go, then answers this status.
    Hold(u16),
    /// Says nothing until the other side leaves.
    Silence,
    /// Begins to answer, promises a longer body, and leaves.
    HalfBody,
    /// Leaves in the middle of the head.
    HalfHead,
    /// Breaks the line.
    Reset,
}

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Method, path and version.
    pub line: String,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    /// Byte for byte.
    pub body: String,
}

impl Heard {
    /// A header that must be there once.
    pub fn header(&self, name: &str) -> &str {
        let mut all = self.headers.iter().filter(|it| it.0 == name);
        let (first, more) = (all.next(), all.next());
        assert!(more.is_none(), "{name} twice in {self:?}");
        first.map_or_else(|| panic!("no {name} in {self:?}"), |it| it.1.as_str())
    }

    /// The id under which the notice came.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// The body.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    /// A field of `data`.
    pub fn data(&self, field: &str) -> String {
        self.json()["data"][field].as_str().unwrap_or_default().to_owned()
    }

    /// Whether the signature holds, reckoned here and not by the code under test.
    pub fn is_signed(&self) -> bool {
        let text = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body);
        let wanted = sign(&text);
        self.header("webhook-signature").split(' ').any(|it| it == wanted)
    }
}

/// `v1,…` over a text, with the secret of all endpoints.
pub fn sign(text: &str) -> String {
    let key = STANDARD.decode(&SECRET["whsec_".len()..]).expect("base64");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).expect("a key");
    mac.update(text.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

struct Inner {
    script: Mutex<VecDeque<Play>>,
    otherwise: Mutex<Play>,
    heard: watch::Sender<Vec<Heard>>,
    open: watch::Sender<(usize, usize)>,
    let_go: Semaphore,
}

/// The endpoint. Gone when dropped, with every line that it holds.
pub struct Endpoint {
    name: String,
    address: SocketAddr,
    inner: Arc<Inner>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Endpoint {
    /// Listens; answers 200 with nothing in it unless told otherwise.
    pub async fn start(name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner {
            script: Mutex::default(),
            otherwise: Mutex::new(Play::Answer(200, vec![], String::new())),
            heard: watch::Sender::new(vec![]),
            open: watch::Sender::new((0, 0)),
            let_go: Semaphore::new(0),
        });
        let serving = inner.clone();
        let task = tokio::spawn(async move {
            let mut lines = JoinSet::new();
            loop {
                let Ok((line, _)) = listener.accept().await else { return };
                let inner = serving.clone();
                lines.spawn(async move {
                    inner.open.send_modify(|it| *it = (it.0 + 1, it.1.max(it.0 + 1)));
                    // A line that breaks is part of the play.
                    let _ = inner.serve(line).await;
                    inner.open.send_modify(|it| it.0 -= 1);
                });
            }
        });
        Self {
            name: name.to_owned(),
            address,
            inner,
            task,
        }
    }

    /// How the service is told of it.
    pub fn config(&self) -> WebhookConfig {
        let text = format!(
            "name = \"{}\"\nurl = \"http://{}/told?x=1\"\nsecret = \"{SECRET}\"\n",
            self.name, self.address
        );
        toml::from_str(&text).expect("a webhook")
    }

    /// The channel, as the rows name it.
    pub fn channel(&self) -> String {
        format!("webhook:{}", self.name)
    }

    /// What it does with the next request that nothing was written for.
    pub fn next(&self, play: Play) {
        self.inner.script.lock().unwrap().push_back(play);
    }

    /// What it does with every request that nothing was written for.
    pub fn always(&self, play: Play) {
        *self.inner.otherwise.lock().unwrap() = play;
    }

    /// Lets one held request go.
    pub fn let_go(&self) {
        self.inner.let_go.add_permits(1);
    }

    /// What it heard so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.inner.heard.borrow().clone()
    }

    /// The most lines that were open at once.
    pub fn open_most(&self) -> usize {
        self.inner.open.borrow().1
    }

    /// Waits until it has heard this many.
    pub async fn hears(&self, count: usize) -> Vec<Heard> {
        let mut heard = self.inner.heard.subscribe();
        let wait = heard.wait_for(|it| it.len() >= count);
        match tokio::time::timeout(Duration::from_secs(20), wait).await {
            Ok(heard) => heard.expect("the endpoint lives").clone(),
            Err(_) => panic!("{} heard {} of {count}", self.name, self.heard().len()),
        }
    }
}

impl Inner {
    async fn serve(&self, mut line: TcpStream) -> std::io::Result<()> {
        let heard = read_request(&mut line).await?;
        let play = self.script.lock().unwrap().pop_front();
        let play = play.unwrap_or_else(|| self.otherwise.lock().unwrap().clone());
        self.heard.send_modify(|it| it.push(heard));
        match play {
            Play::Answer(status, headers, body) => answer(&mut line, status, &headers, &body).await,
            Play::Hold(status) => {
                self.let_go.acquire().await.expect("never closed").forget();
                answer(&mut line, status, &[], "").await
            }
            Play::Silence => line.read_to_end(&mut Vec::new()).await.map(|_| ()),
            Play::HalfBody => {
                line.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"received\": tr")
                    .await
            }
            Play::HalfHead => line.write_all(b"HTTP/1.1 200 OK\r\ncontent-le").await,
            Play::Reset => line.set_zero_linger(),
        }
    }
}

async fn read_request(line: &mut TcpStream) -> std::io::Result<Heard> {
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
    let first = lines.next().unwrap_or_default().to_owned();
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
    Ok(Heard {
        line: first,
        headers,
        body: String::from_utf8_lossy(&bytes[body_at..]).into_owned(),
    })
}

async fn answer(
    line: &mut TcpStream,
    status: u16,
    headers: &[(&'static str, String)],
    body: &str,
) -> std::io::Result<()> {
    let mut text = format!(
        "HTTP/1.1 {status} Played\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    line.write_all(text.as_bytes()).await?;
    line.shutdown().await
}
