//! A mail server on a real socket: ESMTP with STARTTLS, TLS from the first byte and log-in, which answers what a test tells it to.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What it does at a command in place of the usual.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Says this.
    Say(&'static str),
    /// Says nothing until the other side leaves.
    Silence,
    /// Breaks the line.
    Leave,
}

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The sender of the envelope.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// User and password, as they were given.
    pub login: Option<(String, String)>,
    /// It came on an encrypted line.
    pub encrypted: bool,
    /// Head and body, with stuffed dots taken out.
    pub text: String,
}

impl Mail {
    /// A header, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.text.split_once("\r\n\r\n").expect("a head");
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let mut lines = unfolded.split("\r\n").filter_map(|it| it.split_once(": "));
        lines
            .find(|it| it.0.eq_ignore_ascii_case(name))
            .map(|it| it.1.to_owned())
    }

    /// The body, decoded.
    pub fn body(&self) -> String {
        let (_, body) = self.text.split_once("\r\n\r\n").expect("a body");
        match self.header("Content-Transfer-Encoding").as_deref() {
            Some("base64") => {
                let digits: String = body.split_whitespace().collect();
                String::from_utf8(STANDARD.decode(digits).expect("base64")).expect("UTF-8")
            }
            Some("quoted-printable") => panic!("the tests read base64, 7bit and 8bit"),
            _ => body.trim_end().to_owned(),
        }
    }

    /// The subject, decoded (RFC 2047, base64).
    pub fn subject(&self) -> String {
        let raw = self.header("Subject").expect("a subject");
        let word = |it: &str| match it.strip_prefix("=?utf-8?b?").and_then(|it| it.strip_suffix("?=")) {
            Some(digits) => String::from_utf8(STANDARD.decode(digits).expect("base64")).expect("UTF-8"),
            None => it.to_owned(),
        };
        let coded = raw.starts_with("=?");
        let words: Vec<String> = raw.split(' ').map(word).collect();
        words.join(if coded { "" } else { " " })
    }
}

struct Inner {
    script: Mutex<HashMap<&'static str, VecDeque<Reply>>>,
    mails: watch::Sender<Vec<Mail>>,
    tls: Option<TlsAcceptor>,
    at_once: bool,
    starttls: bool,
}

/// The server. Gone when dropped.
pub struct MailServer {
    /// Where it listens.
    pub address: SocketAddr,
    inner: Arc<Inner>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A certificate and its key (PEM).
fn acceptor(folder: &std::path::Path) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(folder.join("own.pem")).expect("a file");
    let chain: Vec<_> = chain.collect::<Result<_, _>>().expect("certificates");
    let key = PrivateKeyDer::from_pem_file(folder.join("own.key")).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key);
    TlsAcceptor::from(Arc::new(config.expect("a certificate that fits its key")))
}

impl MailServer {
    /// Without encryption.
    pub async fn plain() -> Self {
        Self::listen(None, false, false).await
    }

    /// With STARTTLS; the folder has `own.pem` and `own.key`.
    pub async fn starttls(folder: &std::path::Path) -> Self {
        Self::listen(Some(acceptor(folder)), false, true).await
    }

    /// Encrypted from the first byte.
    pub async fn tls(folder: &std::path::Path) -> Self {
        Self::listen(Some(acceptor(folder)), true, false).await
    }

    async fn listen(tls: Option<TlsAcceptor>, at_once: bool, starttls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner {
            script: Mutex::default(),
            mails: watch::Sender::new(vec![]),
            tls,
            at_once,
            starttls,
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

    /// At the next command of this verb (`BANNER` and `BODY` are moments too) it does this.
    pub fn next(&self, verb: &'static str, reply: Reply) {
        self.inner
            .script
            .lock()
            .unwrap()
            .entry(verb)
            .or_default()
            .push_back(reply);
    }

    /// What it has taken.
    pub fn mails(&self) -> Vec<Mail> {
        self.inner.mails.borrow().clone()
    }

    /// Waits until it has taken this many.
    pub async fn takes(&self, count: usize) -> Vec<Mail> {
        let mut mails = self.inner.mails.subscribe();
        let wait = mails.wait_for(|it| it.len() >= count);
        let got = tokio::time::timeout(Duration::from_secs(20), wait).await;
        got.expect("the mails come").expect("the server lives").clone()
    }
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

impl Inner {
    async fn serve(&self, line: tokio::net::TcpStream) -> std::io::Result<()> {
        let mut line: Box<dyn Line> = Box::new(line);
        let mut encrypted = false;
        if let (true, Some(tls)) = (self.at_once, &self.tls) {
            line = Box::new(tls.accept(line).await?);
            encrypted = true;
        }
        let mut greet = true;
        while self.session(&mut line, encrypted, greet).await? {
            // STARTTLS was answered: the rest is encrypted and begins anew, without a banner.
            let Some(tls) = &self.tls else { return Ok(()) };
            line = Box::new(tls.accept(line).await?);
            (encrypted, greet) = (true, false);
        }
        Ok(())
    }

    fn play(&self, verb: &str) -> Option<Reply> {
        self.script.lock().unwrap().get_mut(verb)?.pop_front()
    }

    /// True where the line is to be encrypted now.
    async fn session(&self, line: &mut Box<dyn Line>, encrypted: bool, greet: bool) -> std::io::Result<bool> {
        let mut line = BufReader::new(line);
        if greet {
            let said = self.play("BANNER");
            if !answer(&mut line, said, "220 mail.example ESMTP").await? {
                return Ok(false);
            }
        }
        let mut login = None;
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let mut text = String::new();
            if line.read_line(&mut text).await? == 0 {
                return Ok(false);
            }
            let text = text.trim_end();
            let verb = text.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let played = self.play(&verb);
            let has_play = played.is_some();
            let usual = match verb.as_str() {
                "EHLO" => {
                    let mut said = "250-mail.example\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES".to_owned();
                    if self.starttls && !encrypted {
                        said.push_str("\r\n250-STARTTLS");
                    }
                    said.push_str("\r\n250 AUTH PLAIN LOGIN");
                    said
                }
                "STARTTLS" => "220 2.0.0 go on".to_owned(),
                "AUTH" => "235 2.7.0 welcome".to_owned(),
                "DATA" => "354 go on".to_owned(),
                "QUIT" => "221 2.0.0 bye".to_owned(),
                "MAIL" | "RCPT" | "RSET" | "NOOP" => "250 2.1.0 fine".to_owned(),
                _ => "500 5.5.2 what".to_owned(),
            };
            if !has_play {
                let between = |text: &str| text.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                match verb.as_str() {
                    "AUTH" => {
                        let digits = text.rsplit(' ').next().unwrap_or_default();
                        let bytes = STANDARD.decode(digits).expect("base64");
                        let parts: Vec<String> = bytes
                            .split(|it| *it == 0)
                            .map(|it| String::from_utf8_lossy(it).into_owned())
                            .collect();
                        login = Some((parts[1].clone(), parts[2].clone()));
                    }
                    "MAIL" => (from, to) = (between(text), vec![]),
                    "RCPT" => to.push(between(text)),
                    _ => {}
                }
            }
            if !answer(&mut line, played, &usual).await? {
                return Ok(false);
            }
            match verb.as_str() {
                "STARTTLS" if !has_play => return Ok(true),
                "QUIT" => return Ok(false),
                "DATA" if !has_play => {
                    let mut mail = String::new();
                    loop {
                        let mut text = String::new();
                        if line.read_line(&mut text).await? == 0 {
                            return Ok(false);
                        }
                        if text == ".\r\n" {
                            break;
                        }
                        mail.push_str(text.strip_prefix('.').unwrap_or(&text));
                    }
                    let played = self.play("BODY");
                    let taken = played.is_none();
                    if taken {
                        let mail = Mail {
                            from: from.clone(),
                            to: to.clone(),
                            login: login.clone(),
                            encrypted,
                            text: mail,
                        };
                        self.mails.send_modify(|it| it.push(mail));
                    }
                    if !answer(&mut line, played, "250 2.0.0 queued as 7").await? {
                        return Ok(false);
                    }
                }
                _ => {}
            }
        }
    }
}

/// False where the line is at its end.
async fn answer(line: &mut BufReader<&mut Box<dyn Line>>, played: Option<Reply>, usual: &str) -> std::io::Result<bool> {
    let said = match played {
        None => usual,
        Some(Reply::Say(said)) => said,
        Some(Reply::Leave) => return Ok(false),
        Some(Reply::Silence) => {
            let mut rest = String::new();
            while line.read_line(&mut rest).await? > 0 {}
            return Ok(false);
        }
    };
    line.write_all(format!("{said}\r\n").as_bytes()).await?;
    line.flush().await?;
    Ok(true)
}
