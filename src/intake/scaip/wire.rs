//! The SIP side: requests come by datagrams and lines, the stack finds their transactions, the unit is told.
//!
//! The sockets are ours, because the limits are: the stack's own listeners read whatever comes, keep 128 KiB for each line, cut
//! datagrams at 8 KiB and write every message into the log. Its parser, its transactions, its retransmissions and its timers are used
//! as they are. What real units do, and the stack does not expect, is put right on the way in ([`super::envelope`]).

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use rsipstack::EndpointBuilder;
use rsipstack::sip::prelude::HeadersExt as _;
use rsipstack::sip::{Header, Method, Request, SipMessage, StatusCode, Transport, Uri};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transaction::{Endpoint, TransactionReceiver, make_tag, make_via_branch};
use rsipstack::transport::transport_layer::TransportLayer;
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection};
use tokio::net::UdpSocket;
use tokio::sync::{Notify, Semaphore};

use super::body::{self, Answer, Code, Root};
use super::config::{AnswerWay, ScaipConfig};
use super::envelope::{self, Unmark};
use super::login::{Door, Login};
use super::post::{Letter, Post, Proof, may_wait};
use crate::app::App;
use crate::intake::tcp::limits::Allowance;
use crate::people::{Protocol, Terminal};

/// How long the body of a 200 is waited for: the SIP layer answers within 500 ms, whatever the store does.
pub(super) const INSIDE_WITHIN: Duration = Duration::from_millis(400);

/// How long a unit that calls for help may take to log in. Then its call rings as a stranger's.
const LOGIN_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// Calls that wait for their log-in at once; beyond, none is waited for.
const LOGINS_MAX: usize = 1_000;

/// Addresses whose allowance is counted; beyond, those that have rested are forgotten.
const ADDRESSES_MAX: usize = 10_000;

/// Undecodable messages on their way to the quarantine at once; beyond, they are only counted.
const ASIDE_MAX: usize = 8;

/// How often a line that waits for room looks again.
const ROOM_AGAIN: Duration = Duration::from_millis(100);

/// Answers on their way at once, each until its unit has taken it, or for 32 seconds.
const SENDING_MAX: usize = 5_000;

/// When a unit whose message is not read is to say it again, seconds.
pub(super) const RETRY_AFTER_S: u32 = 5;

/// The longest datagram that there is.
const DATAGRAM_MAX_BYTES: usize = 64 * 1024;

/// The user part of our own address.
const OUR_USER: &str = "arc";

/// What stands between the network and [`Post`].
pub struct Wire {
    pub(super) app: App,
    pub(super) config: ScaipConfig,
    post: Post,
    door: Door,
    endpoint: Endpoint,
    in_hand: AtomicUsize,
    freed: Notify,
    by_address: Mutex<HashMap<IpAddr, Allowance>>,
    waiting: Mutex<HashSet<(String, String)>>,
    aside: Arc<Semaphore>,
    sending: Semaphore,
    /// Where each transport is listened to.
    pub(super) local: OnceLock<Vec<(Transport, SocketAddr)>>,
}

/// Where an answer goes that is a message of its own.
struct Way {
    connection: SipConnection,
    destination: Option<SipAddr>,
    transport: Transport,
    to: Uri,
}

/// A message that is worked on.
struct InHand(Arc<Wire>);

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.in_hand.fetch_sub(1, Ordering::AcqRel);
        self.0.freed.notify_waiters();
    }
}

impl Wire {
    /// Starts the transactions; nothing is listened to yet.
    ///
    /// # Errors
    /// What the stack says.
    pub fn start(app: &App, door: Door) -> Result<Arc<Self>, WireError> {
        let stop = app.stopping().child_token();
        let endpoint = EndpointBuilder::new()
            .with_user_agent("eldercare-dispatch")
            .with_allows(vec![Method::Message, Method::Options])
            .with_inspector(Box::new(Unmark))
            .with_cancel_token(stop.clone())
            .with_transport_layer(TransportLayer::new(stop))
            .build();
        let incoming = endpoint
            .incoming_transactions()
            .map_err(|error| WireError::Stack(error.to_string()))?;
        let wire = Arc::new(Self {
            config: app.config.scaip.clone(),
            post: Post::new(app.clone()),
            door,
            endpoint,
            in_hand: AtomicUsize::new(0),
            freed: Notify::new(),
            by_address: Mutex::default(),
            waiting: Mutex::default(),
            aside: Arc::new(Semaphore::new(ASIDE_MAX)),
            sending: Semaphore::new(SENDING_MAX),
            local: OnceLock::new(),
            app: app.clone(),
        });
        app.workers().spawn(wire.clone().timers());
        app.workers().spawn(wire.clone().requests(incoming));
        Ok(wire)
    }

    async fn timers(self: Arc<Self>) {
        tokio::select! {
            () = self.app.stopping().cancelled() => {}
            () = self.endpoint.inner.process_timer() => {}
        }
    }

    async fn requests(self: Arc<Self>, mut incoming: TransactionReceiver) {
        loop {
            let transaction = tokio::select! {
                () = self.app.stopping().cancelled() => return,
                it = incoming.recv() => it,
            };
            let Some(transaction) = transaction else { return };
            let wire = self.clone();
            self.in_hand.fetch_add(1, Ordering::AcqRel);
            let in_hand = InHand(self.clone());
            self.app.workers().spawn(async move {
                tokio::select! {
                    () = wire.app.stopping().cancelled() => {}
                    () = wire.serve(transaction, in_hand) => {}
                }
            });
        }
    }

    /// Takes datagrams off the network until the service stops.
    pub(super) async fn datagrams(self: Arc<Self>, socket: Arc<UdpSocket>) {
        let connection = match UdpConnection::from_socket(socket.clone(), None, None).await {
            Ok(it) => SipConnection::Udp(it),
            Err(error) => {
                tracing::error!(%error, "SCAIP by datagrams cannot be served");
                return;
            }
        };
        let mut bytes = vec![0; DATAGRAM_MAX_BYTES];
        loop {
            let came = tokio::select! {
                () = self.app.stopping().cancelled() => return,
                it = socket.recv_from(&mut bytes) => it,
            };
            let (count, peer) = match came {
                Ok(it) => it,
                Err(error) => {
                    // What the network says about an answer of ours that nobody took.
                    tracing::debug!(%error, "a datagram could not be taken");
                    continue;
                }
            };
            let datagram = &bytes[..count];
            if datagram.iter().all(u8::is_ascii_whitespace) {
                // A line end keeps the way through somebody's router open; two want an answer.
                if datagram.len() >= 4 && self.has_allowance(peer.ip()) {
                    let _ = socket.try_send_to(b"\r\n", peer);
                }
                continue;
            }
            // SIP is answered whatever happens: what is not read now is said again, here or at the unit's next receiver.
            let why = if !self.has_allowance(peer.ip()) {
                Some("too_fast")
            } else if !self.has_room() {
                Some("full")
            } else {
                None
            };
            if let Some(why) = why {
                metrics::counter!("ecd_scaip_dropped_total", "why" => why).increment(1);
                if let Some(answer) = envelope::not_now(datagram, RETRY_AFTER_S) {
                    let _ = socket.try_send_to(&answer, peer);
                }
                continue;
            }
            match envelope::of_datagram(datagram) {
                Some(message) => self.take(message, connection.clone(), peer, Transport::Udp).await,
                None => self.keep_aside(peer.ip(), datagram),
            }
        }
    }

    /// Hands a message to the stack.
    pub(super) async fn take(
        self: &Arc<Self>,
        message: SipMessage,
        connection: SipConnection,
        peer: SocketAddr,
        transport: Transport,
    ) {
        metrics::counter!("ecd_scaip_messages_total", "transport" => transport.to_string()).increment(1);
        let from = SipAddr {
            r#type: Some(transport),
            addr: peer.into(),
        };
        let message = match message {
            SipMessage::Response(it) => it.into(),
            SipMessage::Request(it) => {
                let body = it.body.clone();
                match envelope::mark(it, peer, transport) {
                    Some(it) => it.into(),
                    // Nobody can be told; what it says is looked at all the same.
                    None => return self.keep_aside(peer.ip(), &body),
                }
            }
        };
        let taken = self
            .endpoint
            .inner
            .on_received_message(message, connection, &from)
            .await;
        if let Err(error) = taken {
            metrics::counter!("ecd_scaip_dropped_total", "why" => "no_transaction").increment(1);
            tracing::debug!(%error, "a SIP message belongs to nothing");
        }
    }

    /// Whether a message on a line may be a call for help: what cannot be read may be one.
    pub(super) fn may_call(&self, message: &[u8]) -> bool {
        match envelope::request_within(message) {
            Some(body) => !may_wait(&body::read(body, self.config.message_max_bytes)),
            None => message.starts_with(b"MESSAGE "),
        }
    }

    /// Whether one more message is read. Nothing that is kept for it is without end.
    pub(super) fn has_room(&self) -> bool {
        if self.in_hand.load(Ordering::Acquire) >= self.config.in_hand_max * 2 {
            return false;
        }
        let stats = self.endpoint.inner.get_stats();
        stats.running_transactions + stats.finished_transactions < self.config.transactions_max
    }

    /// Waits until one more message is read.
    pub(super) async fn room(&self) {
        loop {
            let freed = self.freed.notified();
            if self.has_room() {
                return;
            }
            tokio::select! {
                () = freed => {}
                // A transaction that is forgotten tells nobody.
                () = self.app.clock.sleep(ROOM_AGAIN) => {}
            }
        }
    }

    fn has_allowance(&self, address: IpAddr) -> bool {
        let now = self.app.clock.now();
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if by_address.len() >= ADDRESSES_MAX {
            by_address.retain(|_, it| !it.is_full(now));
            if by_address.len() >= ADDRESSES_MAX {
                // More addresses than there are units: none is counted by itself, and the limits for all still hold.
                by_address.clear();
            }
        }
        let per_second = self.config.messages_per_second_max;
        by_address
            .entry(address.to_canonical())
            .or_insert_with(|| Allowance::new(per_second, now))
            .take(now)
            .is_ok()
    }

    /// Keeps what nobody can be answered for the desk, and waits for nothing. A call for help within it rings all the same.
    pub(super) fn keep_aside(self: &Arc<Self>, address: IpAddr, bytes: &[u8]) {
        metrics::counter!("ecd_scaip_dropped_total", "why" => "undecodable").increment(1);
        if let Some(letter) = self.call_within(address, bytes) {
            self.in_hand.fetch_add(1, Ordering::AcqRel);
            let (wire, in_hand) = (self.clone(), InHand(self.clone()));
            self.app.workers().spawn(async move {
                let _in_hand = in_hand;
                tokio::select! {
                    () = wire.app.stopping().cancelled() => {}
                    // Its unit is told nothing: there is no way back.
                    _ = wire.post.treat(&letter) => {}
                }
            });
            return;
        }
        let Ok(place) = self.aside.clone().try_acquire_owned() else {
            return;
        };
        let (wire, bytes) = (self.clone(), bytes.to_vec());
        self.app.workers().spawn(async move {
            let _place = place;
            let (address, claimed) = (address.to_string(), Protocol::Scaip.as_str());
            let strangers = &wire.app.strangers;
            if let Err(error) = strangers.keep(&address, claimed, "undecodable_frame", &bytes).await {
                tracing::warn!(%error, "what came by SIP could not be kept aside for the desk");
            }
        });
    }

    /// The call for help in bytes that no answer can go back for: nobody has proved anything by them.
    fn call_within(&self, address: IpAddr, bytes: &[u8]) -> Option<Letter> {
        let body = envelope::request_within(bytes)?;
        let reading = body::read(body, self.config.message_max_bytes);
        let proof = if self.door.is_open() {
            Proof::NotAsked
        } else {
            Proof::Failed
        };
        reading.request.calls().then(|| Letter {
            reading,
            body: body.to_vec(),
            address: address.to_canonical(),
            from: None,
            proof,
        })
    }

    async fn serve(self: &Arc<Self>, mut transaction: Transaction, in_hand: InHand) {
        let said = match transaction.original.method {
            Method::Message => return self.message(transaction, in_hand).await,
            // Asked to see whether we are there.
            Method::Options => transaction.reply_with(StatusCode::OK, vec![allow()], None).await,
            _ => {
                transaction
                    .reply_with(StatusCode::MethodNotAllowed, vec![allow()], None)
                    .await
            }
        };
        if let Err(error) = said {
            tracing::debug!(%error, "an answer could not be sent");
        }
    }

    /// One request: SIP is told at once, the unit when what it asserts is durable.
    async fn message(self: &Arc<Self>, mut transaction: Transaction, in_hand: InHand) {
        let Some(way) = self.way(&transaction) else {
            let line = transaction.connection.as_ref().map(SipConnection::get_addr);
            let address = line.and_then(|it| it.get_socketaddr().ok()).map(|it| it.ip());
            let address = address.unwrap_or(IpAddr::from([0, 0, 0, 0]));
            return self.keep_aside(address, &transaction.original.body);
        };
        let now = self.app.clock.now();
        let original = &transaction.original;
        let reading = body::read(&original.body, self.config.message_max_bytes);
        let mut letter = Letter {
            reading,
            body: original.body.clone(),
            address: way.address(),
            from: envelope::user_of(original),
            proof: Proof::NotAsked,
        };
        if !self.door.is_open() {
            let authorization = original.headers.iter().find_map(|it| match it {
                Header::Authorization(it) => Some(it.value()),
                _ => None,
            });
            letter.proof = match self.door.look("MESSAGE", authorization, now) {
                Login::Proved { controllers } => {
                    self.came(&letter);
                    Proof::Proved(controllers)
                }
                Login::Ask { stale } => match self.waits_for_login(&letter, &way) {
                    true => return self.ask_to_log_in(transaction, stale).await,
                    false => Proof::Failed,
                },
                Login::Failed => {
                    self.came(&letter);
                    Proof::Failed
                }
            };
        }
        let busy = self.in_hand.load(Ordering::Acquire) > self.config.in_hand_max;
        if busy && may_wait(&letter.reading) {
            metrics::counter!("ecd_scaip_busy_total").increment(1);
            let answer = letter.answer(Code::Busy);
            if self.answers_inside(&letter) {
                return self.reply(&mut transaction, Some(&answer)).await;
            }
            self.reply(&mut transaction, None).await;
            drop((transaction, in_hand));
            return self.send(answer, way).await;
        }
        if self.answers_inside(&letter) {
            let answer = self.in_time(&letter).await;
            return self.reply(&mut transaction, Some(&answer)).await;
        }
        self.reply(&mut transaction, None).await;
        // What the stack keeps for a repetition it keeps by itself.
        drop(transaction);
        let answer = self.post.treat(&letter).await;
        // A unit that does not take its answer keeps nobody else from theirs.
        drop(in_hand);
        self.send(answer, way).await;
    }

    /// The answer, or that it is being worked on: then the unit says it again, and what was kept meanwhile is known.
    async fn in_time(self: &Arc<Self>, letter: &Letter) -> Answer {
        let (wire, work) = (self.clone(), letter.clone());
        let mut working = self.app.workers().spawn(async move { wire.post.treat(&work).await });
        tokio::select! {
            done = &mut working => done.unwrap_or_else(|_| letter.answer(Code::NotTreated)),
            () = self.app.clock.sleep(INSIDE_WITHIN) => {
                metrics::counter!("ecd_scaip_answers_total", "snu" => "4").increment(1);
                letter.answer(Code::Hold)
            }
        }
    }

    fn answers_inside(&self, letter: &Letter) -> bool {
        let request = &letter.reading.request;
        match self.config.answer {
            AnswerWay::Inside => return true,
            AnswerWay::ByRoot if request.root == Root::Scaip => return true,
            AnswerWay::ByRoot | AnswerWay::Message => {}
        }
        if self.config.inside_models.is_empty() {
            return false;
        }
        let number = request.controller.as_deref().and_then(|it| Protocol::Scaip.number(it));
        let terminal = number.map(|number| Terminal {
            protocol: Protocol::Scaip,
            number,
        });
        let device = terminal.and_then(|it| self.app.picture.device_at(&it));
        let model = device.as_ref().and_then(|it| it.model.as_deref());
        model.is_some_and(|it| self.config.inside_models.iter().any(|model| model == it))
    }

    async fn reply(&self, transaction: &mut Transaction, answer: Option<&Answer>) {
        let said = match answer {
            None => transaction.reply(StatusCode::OK).await,
            Some(answer) => {
                let of_type = Header::ContentType(answer.content_type().into());
                transaction
                    .reply_with(StatusCode::OK, vec![of_type], Some(answer.write().into_bytes()))
                    .await
            }
        };
        if let Err(error) = said {
            tracing::debug!(%error, "an answer could not be sent");
        }
    }

    /// Where the unit is: the connection that it came by, to where its Via leads, under the address of its Contact.
    fn way(&self, transaction: &Transaction) -> Option<Way> {
        let original = &transaction.original;
        let connection = transaction.connection.clone()?;
        let (transport, destination) = match &connection {
            SipConnection::Channel(line) => (
                line.get_addr().r#type.unwrap_or(Transport::Tcp),
                line.get_addr().clone(),
            ),
            _ => {
                let via = original.via_header().ok()?;
                let (_, addr) = SipConnection::parse_target_from_via(via).ok()?;
                let destination = SipAddr {
                    r#type: Some(Transport::Udp),
                    addr,
                };
                (Transport::Udp, destination)
            }
        };
        Some(Way {
            connection,
            destination: Some(destination),
            transport,
            to: envelope::address_of(original)?,
        })
    }

    /// The answer as a message of our own; the stack repeats it until it is taken.
    async fn send(&self, answer: Answer, way: Way) {
        let place = self.sending.try_acquire();
        let outcome = match (self.request(&answer, &way), place) {
            (None, _) => "unsendable",
            // The unit says it again, and is answered then.
            (_, Err(_)) => "too_many",
            (Some(request), Ok(_place)) => self.carry(request, way).await,
        };
        metrics::counter!("ecd_scaip_answers_sent_total", "outcome" => outcome).increment(1);
    }

    fn request(&self, answer: &Answer, way: &Way) -> Option<Request> {
        let local = self.local.get()?.iter().find(|it| it.0 == way.transport)?.1;
        let via = rsipstack::sip::typed::Via {
            version: rsipstack::sip::Version::V2,
            transport: way.transport,
            uri: SipAddr::new(way.transport, SipConnection::resolve_bind_address(local).into())
                .addr
                .into(),
            params: vec![make_via_branch(), rsipstack::sip::Param::Rport(None)],
        };
        let from = rsipstack::sip::typed::From {
            display_name: None,
            uri: Uri::try_from(format!("sip:{OUR_USER}@{}", self.config.domain)).ok()?,
            params: vec![rsipstack::sip::Param::Tag(make_tag())],
        };
        let to = rsipstack::sip::typed::To {
            display_name: None,
            uri: way.to.clone(),
            params: vec![],
        };
        let inner = &self.endpoint.inner;
        let mut request = inner.make_request(Method::Message, way.to.clone(), via, from, to, 1, None);
        request.headers.push(Header::ContentType(answer.content_type().into()));
        request.body = answer.write().into_bytes();
        Some(request)
    }

    async fn carry(&self, request: Request, way: Way) -> &'static str {
        let Ok(key) = TransactionKey::from_request(&request, TransactionRole::Client) else {
            return "unsendable";
        };
        let inner = self.endpoint.inner.clone();
        let mut transaction = Transaction::new_client(key, request, inner, Some(way.connection));
        transaction.destination = way.destination;
        if let Err(error) = transaction.send().await {
            tracing::debug!(%error, "an answer could not be sent");
            return "unsendable";
        }
        while let Some(message) = transaction.receive().await {
            if let SipMessage::Response(response) = message {
                match response.status_code.code() {
                    100..=199 => {}
                    200..=299 => return "taken",
                    408 => return "unheard",
                    _ => return "refused",
                }
            }
        }
        "unheard"
    }

    async fn ask_to_log_in(&self, mut transaction: Transaction, stale: bool) {
        let challenges = self.door.challenges(stale, self.app.clock.now());
        let headers = challenges.map(|it| Header::WwwAuthenticate(it.into())).to_vec();
        if let Err(error) = transaction.reply_with(StatusCode::Unauthorized, headers, None).await {
            tracing::debug!(%error, "a unit could not be asked to log in");
        }
    }

    /// Whether a unit that has not logged in is asked to. One that calls for help and does not come back with a password, or comes back
    /// without one, calls as a stranger.
    fn waits_for_login(self: &Arc<Self>, letter: &Letter, way: &Way) -> bool {
        if !letter.reading.request.calls() {
            return true;
        }
        let key = key_of(letter);
        {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.remove(&key) || waiting.len() >= LOGINS_MAX {
                return false;
            }
            waiting.insert(key.clone());
        }
        let wire = self.clone();
        let letter = Letter {
            proof: Proof::Failed,
            ..letter.clone()
        };
        let way = way.again();
        let until = self.app.clock.now() + LOGIN_WITHIN;
        self.app.workers().spawn(async move {
            tokio::select! {
                () = wire.app.stopping().cancelled() => return,
                () = wire.app.clock.sleep_until(until) => {}
            }
            let is_due = wire.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            if is_due {
                let answer = wire.post.treat(&letter).await;
                tokio::select! {
                    () = wire.app.stopping().cancelled() => {}
                    () = wire.send(answer, way) => {}
                }
            }
        });
        true
    }

    /// Somebody has come back with a password, right or wrong.
    fn came(&self, letter: &Letter) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.remove(&key_of(letter));
    }
}

impl Way {
    fn address(&self) -> IpAddr {
        let addr = self.destination.as_ref().and_then(|it| it.get_socketaddr().ok());
        addr.map_or(IpAddr::from([0, 0, 0, 0]), |it| it.ip().to_canonical())
    }

    fn again(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            destination: self.destination.clone(),
            transport: self.transport,
            to: self.to.clone(),
        }
    }
}

fn key_of(letter: &Letter) -> (String, String) {
    let request = &letter.reading.request;
    (
        request.controller.clone().unwrap_or_default(),
        request.reference.clone(),
    )
}

fn allow() -> Header {
    Header::Allow("MESSAGE, OPTIONS".into())
}

/// Why a listener does not stand.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The socket.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The stack.
    #[error("{0}")]
    Stack(String),
    /// Our certificate or its key.
    #[error("{0}")]
    Certificate(String),
}
