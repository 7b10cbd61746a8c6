//! A SIP trunk: the desk's telephone and the elder's are called one after the other and joined by us, with no media of ours (third-party
//! call control, RFC 3725). What they say to each other goes from telephone to telephone.
//!
//! ```text
//!  desk              we                elder
//!   |<-- INVITE (nothing is sent) --|    |
//!   |--- 200, where it listens ---->|    |
//!   |                  |-- INVITE (there) -->|
//!   |                  |<-- 180, 200 (here) -|
//!   |<-- INVITE (here) -|                    |
//!   |<============ they speak ==============>|
//! ```
//!
//! Whoever hangs up, the other is hung up on; what one of them changes (hold, a codec) is put to the other. The stack's dialogs are
//! in memory: while a call goes on its row is told again and again that we have it, and when we do not come back it is lost.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rsipstack::EndpointBuilder;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TransactionHandle};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::dialog::registration::Registration;
use rsipstack::sip::{Header, Method, Request, Response, StatusCode, Transport, Uri};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transport::transport_layer::TransportLayer;
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::config::SipConfig;
use super::{Line, Order, Placed, Way};
use crate::case::{Call, CallOver, CallSaid};
use crate::clock::Clock;
use crate::ids::CallId;

/// How the rows name this line.
pub const NAME: &str = "sip";

/// Without a word from us for so long a call is lost, seconds.
pub const IN_HAND_S: u32 = 15;

/// How often we say that we have it.
const EVERY: Duration = Duration::from_secs(5);

/// What the line says of its calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Something of a call.
    Said(CallId, CallSaid),
    /// We have it in our hands.
    InHand(CallId),
}

/// The line. Cheap to clone.
#[derive(Clone)]
pub struct SipLine(Arc<Inner>);

struct Inner {
    config: SipConfig,
    dialogs: Arc<DialogLayer>,
    us: SocketAddr,
    credential: Option<Credential>,
    clock: Clock,
    workers: TaskTracker,
    stop: CancellationToken,
    going: Mutex<HashMap<CallId, CancellationToken>>,
    news: mpsc::UnboundedSender<News>,
}

/// One of the two telephones.
struct Leg {
    dialog: InviteDialog,
    events: DialogStateReceiver,
    /// What it said of its media last.
    media: Vec<u8>,
}

impl SipLine {
    /// Binds the socket and begins to register, if there is such a line; what it says of its calls comes out of the receiver.
    ///
    /// # Errors
    /// When the socket cannot be bound, or the stack says no.
    pub async fn start(
        config: &SipConfig,
        clock: Clock,
        workers: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Option<(Self, mpsc::UnboundedReceiver<News>)>, String> {
        let Some(trunk) = config.trunk else { return Ok(None) };
        let stop = stop.child_token();
        let told = |error: &dyn std::fmt::Display| format!("telephony.sip.listen: {error}");
        let socket = UdpSocket::bind(config.listen).await.map_err(|error| told(&error))?;
        let bound = socket.local_addr().map_err(|error| told(&error))?;
        let us = match config.address {
            Some(address) => SocketAddr::new(address, bound.port()),
            None => bound,
        };
        let transport = TransportLayer::new(stop.clone());
        let connection = UdpConnection::from_socket(Arc::new(socket), Some(us), Some(stop.clone()))
            .await
            .map_err(|error| told(&error))?;
        transport.add_transport(SipConnection::Udp(connection));
        let endpoint = EndpointBuilder::new()
            .with_user_agent("eldercare-dispatch")
            .with_allows(vec![
                Method::Invite,
                Method::Ack,
                Method::Bye,
                Method::Cancel,
                Method::Options,
                Method::Info,
            ])
            .with_cancel_token(stop.clone())
            .with_transport_layer(transport)
            .build();
        let incoming = endpoint.incoming_transactions().map_err(|error| told(&error))?;
        let dialogs = Arc::new(DialogLayer::new(endpoint.inner.clone()));
        let password = config.password()?;
        let credential = config.username.as_ref().map(|username| Credential {
            username: username.clone(),
            password: password.unwrap_or_default(),
            realm: None,
            auth_username: None,
        });
        let (news, receiver) = mpsc::unbounded_channel();
        let line = Self(Arc::new(Inner {
            config: config.clone(),
            dialogs,
            us,
            credential,
            clock,
            workers: workers.clone(),
            stop: stop.clone(),
            going: Mutex::default(),
            news,
        }));
        workers.spawn(async move { endpoint.serve().await });
        workers.spawn(line.clone().requests(incoming));
        if config.register {
            workers.spawn(line.clone().register(trunk));
        }
        Ok(Some((line, receiver)))
    }

    /// What the telephones ask of us within their dialogs; anything else is not for us.
    async fn requests(self, mut incoming: TransactionReceiver) {
        loop {
            let transaction = tokio::select! {
                () = self.0.stop.cancelled() => return,
                it = incoming.recv() => it,
            };
            let Some(mut transaction) = transaction else { return };
            let line = self.clone();
            self.0.workers.spawn(async move {
                let served = async {
                    match (line.0.dialogs.match_dialog(&transaction), &transaction.original.method) {
                        (Some(mut dialog), _) => dialog.handle(&mut transaction).await,
                        (None, Method::Ack) => Ok(()),
                        (None, Method::Options) => transaction.reply(StatusCode::OK).await,
                        // Nobody is called through us.
                        (None, Method::Invite) => transaction.reply(StatusCode::Forbidden).await,
                        (None, _) => transaction.reply(StatusCode::CallTransactionDoesNotExist).await,
                    }
                };
                tokio::select! {
                    () = line.0.stop.cancelled() => {}
                    done = served => if let Err(error) = done {
                        tracing::debug!(%error, "a request of a telephone could not be served");
                    }
                }
            });
        }
    }

    async fn register(self, trunk: SocketAddr) {
        let inner = &self.0;
        let Ok(server) = Uri::try_from(format!("sip:{trunk}")) else {
            return;
        };
        let mut registration = Registration::new(inner.dialogs.endpoint.clone(), inner.credential.clone());
        let expires = inner.config.register_s;
        registration
            .keep_alive(server, expires, inner.stop.clone(), |outcome| {
                use rsipstack::dialog::registration::RefreshOutcome as R;
                match outcome {
                    R::Registered(_) => tracing::debug!("registered with the trunk"),
                    R::Rejected(response) => {
                        tracing::warn!(
                            status = response.status_code.code(),
                            "the trunk does not let us register"
                        );
                    }
                    R::Failed(error) => tracing::warn!(%error, "the trunk cannot be reached"),
                }
            })
            .await;
    }

    fn say(&self, call: CallId, said: CallSaid) {
        // Who listened is gone when the service stops.
        let _ = self.0.news.send(News::Said(call, said));
    }

    /// One call from its beginning to its end.
    async fn run(self, order: Order, hang_up: CancellationToken) {
        let id = order.call.id;
        let over = {
            let in_hand = async {
                loop {
                    let _ = self.0.news.send(News::InHand(id));
                    self.0.clock.sleep(EVERY).await;
                }
            };
            tokio::select! {
                () = in_hand => CallOver::Lost, // it never ends
                over = self.join(&order, &hang_up) => over,
            }
        };
        self.going().remove(&id);
        self.say(id, CallSaid::Over(over));
    }

    fn going(&self) -> std::sync::MutexGuard<'_, HashMap<CallId, CancellationToken>> {
        self.0.going.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn join(&self, order: &Order, hang_up: &CancellationToken) -> CallOver {
        let id = order.call.id;
        let Way::Join { desk } = &order.way else {
            return CallOver::Refused;
        };
        let config = &self.0.config;
        let Some(trunk) = config.trunk else {
            return CallOver::Refused;
        };
        let desks = config.desks.unwrap_or(trunk);
        let silent = silence(self.0.us);
        let mut ours = match self.invite(desk, desks, silent, hang_up, || {}).await {
            Ok(leg) => leg,
            Err(over) => return at_the_desk(over),
        };
        let number: String = order.to.reveal().to_owned();
        let there = speaking(&ours.media);
        let rings = || self.say(id, CallSaid::Ringing);
        // The desk may hang up while theirs rings.
        let theirs = {
            let calling = self.invite(&number, trunk, there, hang_up, rings);
            tokio::select! {
                theirs = calling => theirs,
                () = ended(&mut ours) => Err(CallOver::HungUp),
            }
        };
        let mut theirs = match theirs {
            Ok(leg) => leg,
            Err(over) => {
                self.end(&ours).await;
                return over;
            }
        };
        // Where the elder listens, for the desk.
        let here = theirs.media.clone();
        if self.put(&mut ours, here).await.is_none() {
            self.end(&theirs).await;
            self.end(&ours).await;
            return CallOver::Unavailable;
        }
        self.say(id, CallSaid::Answered);
        let over = loop {
            tokio::select! {
                () = hang_up.cancelled() => break CallOver::HungUp,
                () = self.0.stop.cancelled() => break CallOver::Lost,
                event = ours.events.recv() => match self.heard(event, &mut ours, &mut theirs).await {
                    After::Nothing => {}
                    After::Held => self.say(id, CallSaid::Held),
                    After::Speaks => self.say(id, CallSaid::Resumed),
                    After::Over => break CallOver::Completed,
                },
                event = theirs.events.recv() => match self.heard(event, &mut theirs, &mut ours).await {
                    After::Over => break CallOver::Completed,
                    // Whether the elder's telephone has put the desk aside is heard by the desk.
                    After::Nothing | After::Held | After::Speaks => {}
                },
            }
        };
        self.end(&theirs).await;
        self.end(&ours).await;
        over
    }

    /// Calls one telephone; what it says of its media when it is taken.
    async fn invite(
        &self,
        user: &str,
        to: SocketAddr,
        offer: Vec<u8>,
        hang_up: &CancellationToken,
        rings: impl Fn(),
    ) -> Result<Leg, CallOver> {
        let inner = &self.0;
        let name = inner.config.username.as_deref().unwrap_or("dispatch");
        let uri = |text: String| Uri::try_from(text).map_err(|_| CallOver::BadNumber);
        let option = InviteOption {
            caller: uri(format!("sip:{name}@{}", inner.config.domain))?,
            callee: uri(format!("sip:{user}@{to}"))?,
            contact: uri(format!("sip:{name}@{}", inner.us))?,
            destination: Some(SipAddr::new(Transport::Udp, SipAddr::from(to).addr)),
            content_type: Some("application/sdp".to_owned()),
            offer: Some(offer),
            credential: inner.credential.clone(),
            ..InviteOption::default()
        };
        let (sender, mut events) = inner.dialogs.new_dialog_state_channel();
        let asked = inner.dialogs.do_invite_async(option, sender);
        let (dialog, mut answer) = asked.map_err(|error| {
            tracing::warn!(%error, "a telephone could not be called");
            CallOver::Unavailable
        })?;
        let mut cancelled = false;
        loop {
            tokio::select! {
                () = hang_up.cancelled(), if !cancelled => {
                    cancelled = true;
                    if let Err(error) = dialog.cancel().await {
                        tracing::debug!(%error, "a telephone could not be left");
                        return Err(CallOver::HungUp);
                    }
                }
                () = inner.stop.cancelled() => return Err(CallOver::Lost),
                event = events.recv() => if let Some(DialogState::Early(_, response)) = event
                    && matches!(response.status_code.code(), 180 | 183)
                {
                    rings();
                },
                answer = &mut answer => {
                    let response = match answer {
                        Ok(Ok((_, Some(response)))) => response,
                        _ if cancelled => return Err(CallOver::HungUp),
                        _ => return Err(CallOver::Unavailable),
                    };
                    let code = response.status_code.code();
                    return match code {
                        // A cancelled call that was taken all the same is ended by the stack.
                        _ if cancelled => Err(CallOver::HungUp),
                        200..=299 => Ok(Leg { dialog, events, media: response.body }),
                        _ => Err(why(code)),
                    };
                }
            }
        }
    }

    /// What one telephone has said within the call.
    async fn heard(&self, event: Option<DialogState>, from: &mut Leg, other: &mut Leg) -> After {
        match event {
            None | Some(DialogState::Terminated(..)) => After::Over,
            Some(DialogState::Updated(_, request, handle)) => self.changed(&request, &handle, from, other).await,
            Some(
                DialogState::Info(_, _, handle)
                | DialogState::Options(_, _, handle)
                | DialogState::Message(_, _, handle)
                | DialogState::Notify(_, _, handle),
            ) => {
                // A reply that finds nobody is nobody's.
                let _ = handle.reply(StatusCode::OK).await;
                After::Nothing
            }
            Some(DialogState::Refer(_, _, handle) | DialogState::Publish(_, _, handle)) => {
                let _ = handle.reply(StatusCode::NotImplemented).await;
                After::Nothing
            }
            Some(_) => After::Nothing,
        }
    }

    /// One telephone changes its media: put to the other, whose answer is given back.
    async fn changed(&self, request: &Request, handle: &TransactionHandle, from: &mut Leg, other: &mut Leg) -> After {
        let offer = request.body.clone();
        let sdp = |body: &[u8]| Some((vec![Header::ContentType("application/sdp".into())], body.to_vec()));
        let (headers, body) = if offer.is_empty() {
            // Only asked for: how it stands.
            sdp(&other.media)
        } else {
            match self.put(other, offer.clone()).await {
                Some(answer) => {
                    from.media.clone_from(&offer);
                    sdp(&answer)
                }
                None => None,
            }
        }
        .unzip();
        let taken = body.is_some();
        let status = if taken {
            StatusCode::OK
        } else {
            StatusCode::NotAcceptableHere
        };
        let _ = handle.respond(status, headers, body).await;
        match (taken && !offer.is_empty(), is_held(&offer)) {
            (true, true) => After::Held,
            (true, false) => After::Speaks,
            (false, _) => After::Nothing,
        }
    }

    /// Puts media to a telephone in the call; its answer.
    async fn put(&self, leg: &mut Leg, media: Vec<u8>) -> Option<Vec<u8>> {
        let headers = Some(vec![Header::ContentType("application/sdp".into())]);
        let answer: Option<Response> = match leg.dialog.reinvite(headers, Some(media)).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::debug!(%error, "a telephone could not be told of the other's media");
                None
            }
        };
        let answer = answer.filter(|it| (200..300).contains(&it.status_code.code()))?;
        leg.media.clone_from(&answer.body);
        Some(answer.body)
    }

    async fn end(&self, leg: &Leg) {
        if let Err(error) = leg.dialog.hangup().await {
            tracing::debug!(%error, "a telephone could not be hung up on");
        }
        self.0.dialogs.remove_dialog(&leg.dialog.id());
    }
}

/// What follows from a word of a telephone.
enum After {
    Nothing,
    Held,
    Speaks,
    Over,
}

#[async_trait]
impl Line for SipLine {
    fn name(&self) -> &str {
        NAME
    }

    /// A voice that reads out a text wants media of ours.
    fn asks(&self) -> bool {
        false
    }

    async fn place(&self, order: &Order) -> Placed {
        if matches!(order.way, Way::Ask { .. }) {
            return Placed::No(CallOver::Refused);
        }
        let id = order.call.id;
        let hang_up = CancellationToken::new();
        {
            let mut going = self.going();
            if going.contains_key(&id) {
                return Placed::Taken { proof: None };
            }
            going.insert(id, hang_up.clone());
        }
        self.0.workers.spawn(self.clone().run(order.clone(), hang_up));
        Placed::Taken { proof: None }
    }

    async fn hang_up(&self, call: &Call, _now: Timestamp) -> bool {
        // One that we do not know is not going on: it was another process's, and ended with it.
        if let Some(going) = self.going().get(&call.id) {
            going.cancel();
        }
        true
    }
}

async fn ended(leg: &mut Leg) {
    while let Some(event) = leg.events.recv().await {
        if matches!(event, DialogState::Terminated(..)) {
            return;
        }
    }
}

/// What a refusal says of whoever was called.
fn why(code: u16) -> CallOver {
    match code {
        486 | 600 => CallOver::Busy,
        408 | 480 | 487 => CallOver::NoAnswer,
        403 | 603 => CallOver::Rejected,
        404 | 410 | 484 | 485 | 604 => CallOver::BadNumber,
        401 | 407 | 405 | 415 | 420 | 488 | 606 => CallOver::Refused,
        _ => CallOver::Unavailable,
    }
}

/// The desk's own telephone says no in its own words.
const fn at_the_desk(over: CallOver) -> CallOver {
    match over {
        CallOver::Busy | CallOver::NoAnswer | CallOver::Rejected | CallOver::BadNumber => CallOver::DeskNoAnswer,
        other => other,
    }
}

/// A call that says nothing yet: telephones answer it with where they listen.
fn silence(us: SocketAddr) -> Vec<u8> {
    let (family, ip) = match us.ip() {
        std::net::IpAddr::V4(ip) => ("IP4", ip.to_string()),
        std::net::IpAddr::V6(ip) => ("IP6", ip.to_string()),
    };
    format!(
        "v=0\r\no=- 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=inactive\r\n"
    )
    .into_bytes()
}

/// The same media, to be spoken by.
fn speaking(media: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(media);
    let lines = text
        .lines()
        .filter(|it| !it.trim().is_empty())
        .map(|it| match it.trim() {
            "a=inactive" | "a=sendonly" | "a=recvonly" => "a=sendrecv",
            other => other,
        });
    lines.map(|it| format!("{it}\r\n")).collect::<String>().into_bytes()
}

/// Whether media says that the other one waits.
fn is_held(media: &[u8]) -> bool {
    let text = String::from_utf8_lossy(media);
    let nowhere = |it: &str| it.starts_with("c=IN IP4 0.0.0.0");
    text.lines()
        .map(str::trim)
        .any(|it| matches!(it, "a=sendonly" | "a=inactive") || nowhere(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_that_says_nothing_becomes_media_to_speak_by() {
        let us = "192.0.2.7:5060".parse().unwrap();
        let offer = String::from_utf8(silence(us)).unwrap();
        assert!(offer.contains("c=IN IP4 192.0.2.7\r\n") && offer.contains("a=inactive\r\n"));
        let answer =
            "v=0\r\no=desk 1 1 IN IP4 192.0.2.9\r\nc=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 8\r\na=inactive\r\n\r\n";
        let there = String::from_utf8(speaking(answer.as_bytes())).unwrap();
        assert!(there.contains("m=audio 4000") && there.ends_with("a=sendrecv\r\n") && !there.contains("inactive"));
        for (media, held) in [
            ("a=sendonly", true),
            ("a=inactive\r\n", true),
            ("c=IN IP4 0.0.0.0", true),
            ("c=IN IP4 10.0.0.0\r\na=sendrecv", false),
            ("", false),
        ] {
            assert_eq!(is_held(media.as_bytes()), held, "{media}");
        }
        assert_eq!(
            (why(486), why(480), why(603), why(404), why(503)),
            (
                CallOver::Busy,
                CallOver::NoAnswer,
                CallOver::Rejected,
                CallOver::BadNumber,
                CallOver::Unavailable
            )
        );
        assert_eq!(at_the_desk(CallOver::Busy), CallOver::DeskNoAnswer);
    }
}
