//! The senders' side of the wire: HTTP over connections that stay open, as cheap as can be, so that the load is not what
//! limits; and instants of the load, by the clock of this process.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// One connection that stays open.
pub struct Line {
    stream: TcpStream,
    kept: Vec<u8>,
}

impl Line {
    pub async fn open(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            kept: Vec::with_capacity(4_096),
        })
    }

    /// Sends a whole request; answers status and body.
    pub async fn ask(&mut self, request: &[u8]) -> std::io::Result<(u16, String)> {
        self.stream.write_all(request).await?;
        self.kept.clear();
        loop {
            if self.stream.read_buf(&mut self.kept).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let Some(end) = find(&self.kept, b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&self.kept[..end]).expect("a head in ASCII");
            let length = head
                .lines()
                .filter_map(|it| it.split_once(": "))
                .find(|it| it.0.eq_ignore_ascii_case("content-length"))
                .map_or(0, |it| it.1.parse::<usize>().expect("a length"));
            if self.kept.len() < end + 4 + length {
                continue;
            }
            let status = head[9..12].parse().expect("a status");
            let body = String::from_utf8_lossy(&self.kept[end + 4..end + 4 + length]).into_owned();
            return Ok((status, body));
        }
    }
}

pub fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|it| it == part)
}

/// A request that asks, as it goes over the line.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes()
}

/// The bytes of a POST of JSON.
pub fn post(path: &str, authorization: &str, body: &str) -> Vec<u8> {
    let show = if authorization.is_empty() {
        String::new()
    } else {
        format!("Authorization: {authorization}\r\n")
    };
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\n{show}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// One answered request.
#[derive(Clone)]
pub struct Answer {
    pub n: usize,
    pub status: u16,
    pub body: String,
    /// From the instant at which it was to be sent.
    pub took: Duration,
    pub at: Instant,
}

/// `senders` connections, each with one request under way, as fast as they are answered; answers the rate as well.
pub async fn flood(
    address: &str,
    senders: usize,
    from: usize,
    count: usize,
    request: Rc<dyn Fn(usize) -> Vec<u8>>,
) -> (f64, Vec<Answer>) {
    let next = Rc::new(RefCell::new(from));
    let mut lines = Vec::new();
    for _ in 0..senders {
        lines.push(Line::open(address).await.expect("a connection"));
    }
    let start = Instant::now();
    let mut tasks = Vec::new();
    for mut line in lines {
        let (next, request) = (next.clone(), request.clone());
        tasks.push(tokio::task::spawn_local(async move {
            let mut answers = Vec::new();
            loop {
                let n = *next.borrow();
                if n == from + count {
                    return answers;
                }
                *next.borrow_mut() += 1;
                let asked = Instant::now();
                let (status, body) = line.ask(&request(n)).await.expect("an answer");
                let at = Instant::now();
                answers.push(Answer {
                    n,
                    status,
                    body,
                    took: at - asked,
                    at,
                });
            }
        }));
    }
    let mut all = Vec::with_capacity(count);
    for task in tasks {
        all.extend(task.await.expect("a sender"));
    }
    (count as f64 / start.elapsed().as_secs_f64(), all)
}

/// `rate` requests a second, each at its own instant whether or not the ones before it were answered: what waits for a free
/// connection waits on its own account (no coordinated omission).
pub async fn steady(
    address: &str,
    rate: f64,
    from: usize,
    count: usize,
    request: Rc<dyn Fn(usize) -> Vec<u8>>,
) -> Vec<Answer> {
    const LINES: usize = 64;
    let waiting: Rc<RefCell<VecDeque<(usize, Instant)>>> = Rc::default();
    let woken = Rc::new(Notify::new());
    let answers: Rc<RefCell<Vec<Answer>>> = Rc::default();
    let mut tasks = Vec::new();
    for _ in 0..LINES {
        let mut line = Line::open(address).await.expect("a connection");
        let (waiting, woken, answers, request) = (waiting.clone(), woken.clone(), answers.clone(), request.clone());
        tasks.push(tokio::task::spawn_local(async move {
            loop {
                let job = waiting.borrow_mut().pop_front();
                let Some((n, due)) = job else {
                    woken.notified().await;
                    continue;
                };
                let (status, body) = line.ask(&request(n)).await.expect("an answer");
                let at = Instant::now();
                let took = at - due;
                answers.borrow_mut().push(Answer {
                    n,
                    status,
                    body,
                    took,
                    at,
                });
            }
        }));
    }
    let start = Instant::now() + Duration::from_millis(20);
    for n in 0..count {
        let due = start + Duration::from_secs_f64(n as f64 / rate);
        // The timer of the runtime ticks in milliseconds, which is longer than an answer takes.
        while Instant::now() < due {
            tokio::task::yield_now().await;
        }
        waiting.borrow_mut().push_back((from + n, due));
        woken.notify_one();
    }
    while answers.borrow().len() < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for task in tasks {
        task.abort();
    }
    answers.take()
}

/// The value below which `share` of the values lie.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = ((values.len() as f64 - 1.0) * share).round();
    values.get(at as usize).copied().unwrap_or(f64::NAN)
}

/// Milliseconds.
pub fn ms(it: Duration) -> f64 {
    it.as_secs_f64() * 1e3
}
