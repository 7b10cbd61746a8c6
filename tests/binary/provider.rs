//! A provider of notices that can die and come back, answers badly in between by its own dice, and keeps what it was asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use eldercare_dispatch::ids::NoticeId;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::harness::endpoint::sign;
use super::{Dice, PATIENCE, pause};

/// What a provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A signed webhook: `webhook-id`.
    Webhook,
    /// A dialler: it knows a call by its id, and rings once for it.
    Dialler,
    /// Short messages: `OutId`; it knows no repeat.
    Sms,
    /// A robot of a group: nothing in it says which notice it was.
    Robot,
    /// It takes every line and never says a word.
    Silent,
    /// It says at once that it will have nothing of it.
    Refusing,
}

/// One request that a provider has read whole.
#[derive(Debug, Clone)]
pub struct Asked {
    pub key: Option<NoticeId>,
    /// Whom, where the provider learns it.
    pub to: String,
    pub began: Instant,
    pub at: Timestamp,
    /// When the record was made that asks for it, as the request says.
    pub made: Option<Timestamp>,
    /// When it was answered or its line was gone.
    pub ended: Option<Instant>,
    /// It has done what was asked.
    pub done: bool,
    /// The service has been told so, as far as the provider knows.
    pub answered: bool,
}

pub struct Inner {
    sort: Sort,
    /// Everything, in order.
    asked: Mutex<Vec<Asked>>,
    dice: Mutex<Dice>,
    /// From then on it answers well.
    pub calm: AtomicBool,
    open: AtomicUsize,
    pub open_most: AtomicUsize,
    /// Whom to tell that a key was pressed.
    services: Arc<Mutex<Vec<String>>>,
    client: reqwest::Client,
}

/// A provider that can die.
pub struct Provider {
    pub inner: Arc<Inner>,
    pub address: SocketAddr,
    life: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Provider {
    pub async fn start(sort: Sort, seed: u64, services: Arc<Mutex<Vec<String>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            sort,
            asked: Mutex::default(),
            dice: Mutex::new(Dice(seed)),
            calm: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            open_most: AtomicUsize::new(0),
            services,
            client: reqwest::Client::new(),
        });
        let life = tokio::spawn(live(inner.clone(), listener));
        Self {
            inner,
            address,
            life: Mutex::new(Some(life)),
        }
    }

    /// Its address refuses, and every line that it held breaks.
    pub fn die(&self) {
        if let Some(life) = self.life.lock().unwrap().take() {
            life.abort();
        }
    }

    /// At the same address again.
    pub async fn revive(&self) {
        if self.life.lock().unwrap().is_some() {
            return;
        }
        let start = Instant::now();
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(error) => assert!(start.elapsed() < PATIENCE, "{error}"),
            }
            pause().await;
        };
        let life = tokio::spawn(live(self.inner.clone(), listener));
        *self.life.lock().unwrap() = Some(life);
    }

    /// How many requests it has read.
    pub fn count(&self) -> usize {
        self.inner.asked.lock().unwrap().len()
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.inner.asked.lock().unwrap().clone()
    }
}

async fn live(inner: Arc<Inner>, listener: TcpListener) {
    let mut lines = JoinSet::new();
    while let Ok((line, _)) = listener.accept().await {
        let inner = inner.clone();
        lines.spawn(async move {
            let _open = Open::one(inner.clone());
            // A line that breaks is part of the play.
            let _ = inner.serve(line).await;
        });
        while lines.try_join_next().is_some() {}
    }
}

/// A line that is open.
struct Open(Arc<Inner>);

impl Open {
    fn one(inner: Arc<Inner>) -> Self {
        let now = inner.open.fetch_add(1, Ordering::SeqCst) + 1;
        inner.open_most.fetch_max(now, Ordering::SeqCst);
        Self(inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A request that is being looked at; whatever happens to its line, it ends.
struct Look(Arc<Inner>, usize);

impl Look {
    fn set(&self, change: impl FnOnce(&mut Asked)) {
        change(&mut self.0.asked.lock().unwrap()[self.1]);
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        let now = Instant::now();
        self.set(|it| it.ended = Some(it.ended.unwrap_or(now)));
    }
}

impl Inner {
    fn throw(&self, limit: u64) -> u64 {
        self.dice.lock().unwrap().below(limit)
    }

    async fn serve(self: Arc<Self>, mut line: TcpStream) -> std::io::Result<()> {
        let (head, body) = request(&mut line).await?;
        let (key, to) = self.read(&head, &body);
        let made = serde_json::from_str::<Value>(&body).ok();
        let made = made.and_then(|it| it["timestamp"].as_str()?.parse().ok());
        let look = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(Asked {
                key,
                to,
                began: Instant::now(),
                at: Timestamp::now(),
                made,
                ended: None,
                done: false,
                answered: false,
            });
            Look(self.clone(), asked.len() - 1)
        };
        if self.sort == Sort::Silent {
            return line.read_to_end(&mut Vec::new()).await.map(|_| ());
        }
        if self.sort == Sort::Refusing {
            return answer(&mut line, 422, "").await;
        }
        let luck = if self.calm.load(Ordering::SeqCst) {
            99
        } else {
            self.throw(100)
        };
        match luck {
            0..6 => answer(&mut line, 503, "").await,
            6..9 => answer(&mut line, 429, "").await,
            // Nothing, until the other side has had enough.
            9..12 => line.read_to_end(&mut Vec::new()).await.map(|_| ()),
            12..15 => line.set_zero_linger(),
            // Done, and nobody is told so.
            15..19 => {
                self.work(&look);
                line.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\"")
                    .await
            }
            _ => {
                let known = self.work(&look);
                let (status, said) = self.said(key, known);
                answer(&mut line, status, &said).await?;
                look.set(|it| {
                    it.answered = true;
                    it.ended = Some(Instant::now());
                });
                if self.sort == Sort::Dialler && !known {
                    self.clone().report(key);
                }
                Ok(())
            }
        }
    }

    /// Does what was asked; answers whether it had been done before under this key.
    fn work(&self, look: &Look) -> bool {
        let mut asked = self.asked.lock().unwrap();
        let key = asked[look.1].key;
        let known = self.sort == Sort::Dialler && asked.iter().any(|it| it.done && it.key == key);
        asked[look.1].done = !known;
        known
    }

    /// Which notice it is by the provider's own key, and whom it is for.
    fn read(&self, head: &str, body: &str) -> (Option<NoticeId>, String) {
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|it| it.split_once(": "));
            lines
                .find(|it| it.0.eq_ignore_ascii_case(name))
                .map(|it| it.1.to_owned())
        };
        match self.sort {
            Sort::Webhook => {
                let key = header("webhook-id").unwrap().parse().unwrap();
                let told: Value = serde_json::from_str(body).unwrap();
                (
                    Some(key),
                    told["data"]["target"].as_str().unwrap_or_default().to_owned(),
                )
            }
            Sort::Dialler => {
                let asked: Value = serde_json::from_str(body).unwrap();
                let text = |name: &str| asked["data"][name].as_str().unwrap().to_owned();
                (Some(text("call_id").parse().unwrap()), text("to"))
            }
            Sort::Sms => {
                let form = reqwest::Url::parse(&format!("http://x/?{body}")).unwrap();
                let of = |name: &str| form.query_pairs().find(|it| it.0 == name).unwrap().1.into_owned();
                (Some(of("OutId").parse().unwrap()), of("PhoneNumbers"))
            }
            Sort::Robot | Sort::Silent | Sort::Refusing => (None, String::new()),
        }
    }

    fn said(&self, key: Option<NoticeId>, known: bool) -> (u16, String) {
        match self.sort {
            Sort::Webhook => (200, String::new()),
            Sort::Dialler if known => (409, String::new()),
            Sort::Dialler => (200, json!({"id": format!("call-{}", key.unwrap())}).to_string()),
            Sort::Sms => (
                200,
                json!({"Code": "OK", "BizId": format!("biz-{}-{}", key.unwrap(), self.throw(u64::MAX >> 33))})
                    .to_string(),
            ),
            Sort::Robot | Sort::Silent | Sort::Refusing => (200, json!({"errcode": 0}).to_string()),
        }
    }

    /// Of some calls somebody picks up and presses 1 or 2; the service may be down just then, and then nobody hears it.
    fn report(self: Arc<Self>, key: Option<NoticeId>) {
        let (luck, id) = (self.throw(100), key.unwrap().to_string());
        let data = match luck {
            0..12 => json!({"call_id": id, "status": "key", "digit": "1"}),
            12..20 => json!({"call_id": id, "status": "key", "digit": "2"}),
            20..50 => json!({"call_id": id, "status": "answered"}),
            50..60 => json!({"call_id": id, "status": "failed", "reason": "busy"}),
            _ => return,
        };
        let body = json!({"type": "call.status", "data": data}).to_string();
        tokio::spawn(async move {
            let at = Timestamp::now().as_second();
            let signature = sign(&format!("{id}-{luck}.{at}.{body}"));
            let services = self.services.lock().unwrap().clone();
            for address in services {
                let asked = self
                    .client
                    .post(format!("{address}/api/v1/notify/callbacks/voice"))
                    .header("webhook-id", format!("{id}-{luck}"))
                    .header("webhook-timestamp", at)
                    .header("webhook-signature", &signature)
                    .body(body.clone());
                if asked.send().await.is_ok_and(|it| it.status().is_success()) {
                    return;
                }
            }
        });
    }
}

async fn request(line: &mut TcpStream) -> std::io::Result<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        if line.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head
            .lines()
            .filter_map(|it| it.split_once(": "))
            .find(|it| it.0.eq_ignore_ascii_case("content-length"))
            .map_or(0, |it| it.1.parse::<usize>().unwrap());
        while bytes.len() < end + 4 + length {
            if line.read_buf(&mut bytes).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        return Ok((head, String::from_utf8_lossy(&bytes[end + 4..]).into_owned()));
    }
}

async fn answer(line: &mut TcpStream, status: u16, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} Played\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    line.write_all(text.as_bytes()).await?;
    line.shutdown().await
}
