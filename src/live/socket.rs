//! `GET /api/v1/live`: one client's connection.
//!
//! ```text
//! upgrade → hello within 5 s → welcome → snapshot, or what was missed → changed | gone | ping … → close
//! ```
//!
//! Flow is measured by what the client has answered, not by what the kernel has swallowed: after each eight frames goes a
//! WebSocket ping that says how many have been sent; its pong says that they have arrived. At most [`WINDOW`] frames are on
//! the way; a client that lets them lie for five seconds is cut, and there is room left to tell it so.

use std::collections::{HashMap, HashSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{Error, HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError, Session};
use bytestring::ByteString;
use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::frames::{ClientFrame, Close, HELLO_MAX, ServerFrame, You};
use super::hub::{Beat, Entry, FRESH_FOR, Hub, Next, Post, Start, Told, text_of};
use super::presence::{LOOK_FOR, LOOK_PACE, LOOKING_EVERY_S};
use super::sight::{Audience, Ended, NotSignedIn, Viewer};
use crate::ids::CaseId;
use crate::store::cases::CaseView;

/// The hello must come within this.
pub const HELLO_WITHIN: SignedDuration = SignedDuration::from_secs(5);

/// What has been sent must be answered within this when more waits to be sent.
pub const SEND_WITHIN: SignedDuration = SignedDuration::from_secs(5);

/// Frames on the way to one client at most. The channel of actix-ws holds 32: the rest is for pings and the close frame.
pub const WINDOW: u64 = 20;

/// A client that is cut has this long to take its leave.
const FAREWELL_WITHIN: Duration = Duration::from_secs(5);

/// A ping that asks what has arrived goes after this many frames.
const ASK_EVERY: u64 = 8;

/// Pings without an answer after which the other end counts as dead.
const MISSED_MAX: u32 = 3;

/// Rights are looked at again this often.
const RIGHTS_EVERY: SignedDuration = SignedDuration::from_secs(2);

/// How often the rights may fail to be looked up before the socket ends.
const RIGHTS_FAILED_MAX: u32 = 3;

/// Mounts `GET /api/v1/live`.
pub fn configure(hub: &Hub, cfg: &mut web::ServiceConfig) {
    let socket = web::resource("/api/v1/live")
        .route(web::get().to(live))
        .default_service(web::to(|| std::future::ready(no_upgrade())));
    cfg.app_data(web::Data::new(hub.clone())).service(socket);
}

/// A socket begins with GET and with nothing else, HEAD included: there is nothing to say about it.
pub(crate) fn no_upgrade() -> HttpResponse {
    let mut answer = problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong_method",
        "a live socket is opened with GET",
    );
    answer
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static("GET"));
    answer
}

/// Problem+json as the rest of the API answers it; `code` and `detail` are words of ours.
pub(crate) fn problem(status: StatusCode, code: &str, detail: &str) -> HttpResponse {
    let title = status.canonical_reason().unwrap_or_default();
    let status_code = status.as_u16();
    HttpResponse::build(status).content_type("application/problem+json").body(format!(
        r#"{{"type":"urn:eldercare-dispatch:problem:{code}","title":"{title}","status":{status_code},"code":"{code}","detail":"{detail}"}}"#
    ))
}

/// The upgrade; everything else happens on the socket.
async fn live(request: HttpRequest, body: web::Payload, hub: web::Data<Hub>) -> Result<HttpResponse, Error> {
    let Some(seat) = hub.sit() else {
        let mut answer = problem(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many live connections");
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        return Ok(answer);
    };
    let (response, session, stream) = match actix_ws::handle(&request, body) {
        Ok(it) => it,
        // A browser's address line, a probe, a proxy that drops the header: told what this address is for.
        Err(_) => {
            let detail = "this is a WebSocket: the request lacks its upgrade headers, or a proxy removed them";
            let mut answer = problem(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail);
            answer
                .headers_mut()
                .insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            return Ok(answer);
        }
    };
    let (open, ended) = oneshot::channel();
    let response = response.map_body(|_, body| BoxBody::new(Lingering::new(body, ended)));
    let stream = stream
        .max_frame_size(HELLO_MAX)
        .aggregate_continuations()
        .max_continuation_size(HELLO_MAX);
    let hub = Hub::clone(&hub);
    let hello_by = hub.clock().now() + HELLO_WITHIN;
    actix_web::rt::spawn(async move {
        let _seat = seat;
        serve(hub, session, stream, hello_by).await;
        drop(open);
    });
    Ok(response)
}

/// How a connection ends.
enum End {
    /// We end it, and say why.
    Ours(Close),
    /// The client has gone, in whatever way.
    Theirs,
}

impl From<actix_ws::Closed> for End {
    fn from(_: actix_ws::Closed) -> Self {
        Self::Theirs
    }
}

async fn serve(hub: Hub, session: Session, mut stream: AggregatedMessageStream, hello_by: Timestamp) {
    let clock = hub.clock().clone();
    let stop = hub.stopping().clone();
    let mut wire = Wire::new(session);
    let hello = tokio::select! {
        it = hello(&hub, &mut stream, &mut wire) => it,
        () = clock.sleep_until(hello_by) => Err(End::Ours(Close::NoHello)),
        () = stop.cancelled() => Err(End::Ours(Close::GoingAway)),
    };
    let end = match hello {
        Ok((viewer, cursor)) => {
            let mut client = Client::new(&hub, viewer, wire);
            let end = client.run(cursor, &mut stream).await;
            wire = client.wire;
            end
        }
        Err(end) => end,
    };
    if let End::Ours(why) = end {
        metrics::counter!("ecd_live_closed_total", "code" => why.code().to_string()).increment(1);
        wire.close(why).await;
        if why != Close::GoingAway {
            tokio::select! {
                () = farewell(&mut stream) => {}
                () = clock.sleep(FAREWELL_WITHIN) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

/// Reads until the client has closed too. Whoever is cut has answers under way; a connection that is closed while they come in
/// is reset, and the close frame that lies at the client's end is lost with it.
pub(crate) async fn farewell(stream: &mut AggregatedMessageStream) {
    loop {
        match stream.recv().await {
            Some(Ok(AggregatedMessage::Close(_))) | None => return,
            Some(Ok(_)) => {}
            // What follows a broken frame cannot be read; the span decides.
            Some(Err(_)) => std::future::pending().await,
        }
    }
}

/// The body of the upgrade: ends when the socket's task has ended, not already with the close frame.
pub(crate) struct Lingering {
    body: BoxBody,
    open: oneshot::Receiver<()>,
    over: bool,
}

impl Lingering {
    /// `open`: its other end is dropped when the socket's task has ended.
    pub(crate) fn new(body: BoxBody, open: oneshot::Receiver<()>) -> Self {
        let over = false;
        Self { body, open, over }
    }
}

impl MessageBody for Lingering {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<web::Bytes, Self::Error>>> {
        let this = &mut *self;
        if !this.over {
            match Pin::new(&mut this.body).poll_next(cx) {
                Poll::Ready(None) => this.over = true,
                other => return other,
            }
        }
        // Nothing is ever sent on it: it ends when the task drops the other end.
        Pin::new(&mut this.open).poll(cx).map(|_| None)
    }
}

/// Waits for the first frame and finds out who it is.
async fn hello(
    hub: &Hub,
    stream: &mut AggregatedMessageStream,
    wire: &mut Wire,
) -> Result<(Viewer, Option<String>), End> {
    let text = loop {
        match stream.recv().await {
            Some(Ok(AggregatedMessage::Text(text))) => break text,
            Some(Ok(AggregatedMessage::Ping(bytes))) => wire.session.pong(&bytes).await?,
            Some(Ok(AggregatedMessage::Pong(_))) => {}
            Some(Ok(AggregatedMessage::Binary(_))) => return Err(End::Ours(Close::BadHello)),
            Some(Err(error)) => return Err(protocol(&error)),
            Some(Ok(AggregatedMessage::Close(_))) | None => return Err(End::Theirs),
        }
    };
    let Ok(ClientFrame::Hello { token, cursor }) = serde_json::from_str(&text) else {
        return Err(End::Ours(Close::BadHello));
    };
    match hub.sight().verify(&token).await {
        Ok(viewer) if viewer.expires_at > hub.clock().now() => Ok((viewer, cursor)),
        Ok(_) | Err(NotSignedIn::BadToken) => Err(End::Ours(Close::BadToken)),
        Err(NotSignedIn::Store(error)) => {
            tracing::warn!(%error, "a live client could not be signed in");
            Err(End::Ours(Close::TryLater))
        }
    }
}

/// Whether a frame was too long, or a message of several grew so.
pub(crate) fn is_too_big(error: &ProtocolError) -> bool {
    match error {
        ProtocolError::Overflow => true,
        // A connection that broke off comes as an io error around the server's own, a message that grew too long as one
        // around a sentence.
        ProtocolError::Io(it) if it.get_ref().is_some_and(|it| it.is::<PayloadError>()) => false,
        ProtocolError::Io(it) => it.kind() == std::io::ErrorKind::Other,
        _ => false,
    }
}

fn protocol(error: &ProtocolError) -> End {
    match error {
        it if is_too_big(it) => End::Ours(Close::TooBig),
        ProtocolError::Io(_) => End::Theirs,
        _ => End::Ours(Close::BadHello),
    }
}

/// What goes out, counted.
struct Wire {
    session: Session,
    sent: u64,
    arrived: u64,
    asked: u64,
}

impl Wire {
    fn new(session: Session) -> Self {
        Self {
            session,
            sent: 0,
            arrived: 0,
            asked: 0,
        }
    }

    fn has_room(&self) -> bool {
        self.sent - self.arrived < WINDOW
    }

    /// One frame; the window leaves room in the channel, so this does not wait for the client.
    async fn send(&mut self, text: ByteString) -> Result<(), End> {
        self.session.text(text).await?;
        self.sent += 1;
        if self.sent - self.asked >= ASK_EVERY {
            self.ask().await?;
        }
        Ok(())
    }

    /// Asks the client to say what has arrived.
    async fn ask(&mut self) -> Result<(), End> {
        self.session.ping(&self.sent.to_be_bytes()).await?;
        self.asked = self.sent;
        Ok(())
    }

    /// A pong: what it carries has arrived.
    fn heard(&mut self, pong: &[u8]) -> bool {
        let Ok(count) = <[u8; 8]>::try_from(pong) else {
            return false;
        };
        let count = u64::from_be_bytes(count);
        if count > self.sent {
            return false;
        }
        self.arrived = self.arrived.max(count);
        true
    }

    async fn close(self, why: Close) {
        let reason = CloseReason {
            code: CloseCode::Other(why.code()),
            description: Some(why.reason().to_owned()),
        };
        // The client may have gone in the meantime.
        let _ = self.session.close(Some(reason)).await;
    }
}

/// Somebody signed in.
struct Client<'a> {
    hub: &'a Hub,
    viewer: Viewer,
    audience: Audience,
    wire: Wire,
    generation: u64,
    /// The first place of the ring that has not been looked at.
    next: u64,
    /// Where the client stands.
    heads: Arc<str>,
    /// Missed changes that are still to be sent.
    missed: VecDeque<Arc<Entry>>,
    /// Cases that the client has.
    shown: HashSet<CaseId>,
    /// What a case was before the first of its changes that was passed over.
    carried: HashMap<CaseId, Option<Arc<CaseView>>>,
    /// Since when something waits for room on the way.
    stuck_since: Option<Timestamp>,
    /// Pings since the last pong.
    unanswered: u32,
    /// What the others are told of this screen.
    post: Post,
    /// What is open on it, as the client said last, and when that was; none: nothing was said, or too long ago.
    looking: Option<(CaseId, Timestamp)>,
    /// That has changed since it was passed on.
    look_owed: bool,
    /// Passed on no sooner than this.
    look_at: Timestamp,
    /// What this client was told last of who looks at what.
    lookers: ByteString,
    calls: ByteString,
}

impl<'a> Client<'a> {
    fn new(hub: &'a Hub, viewer: Viewer, wire: Wire) -> Self {
        Self {
            hub,
            audience: viewer.audience(),
            viewer,
            wire,
            generation: 0,
            next: 0,
            heads: "".into(),
            missed: VecDeque::new(),
            shown: HashSet::new(),
            carried: HashMap::new(),
            stuck_since: None,
            unanswered: 0,
            post: hub.post(),
            looking: None,
            look_owed: false,
            look_at: Timestamp::MIN,
            lookers: text_of(&ServerFrame::<Box<RawValue>>::Lookers { lookers: vec![] }),
            calls: text_of(&ServerFrame::<Box<RawValue>>::Calls { calls: vec![] }),
        }
    }

    async fn run(&mut self, cursor: Option<String>, stream: &mut AggregatedMessageStream) -> End {
        match self.talk(cursor, stream).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn talk(
        &mut self,
        cursor: Option<String>,
        stream: &mut AggregatedMessageStream,
    ) -> Result<std::convert::Infallible, End> {
        let clock = self.hub.clock().clone();
        let stop = self.hub.stopping().clone();
        // Subscribe first, read second: a change in between is seen twice rather than never.
        let mut beats = self.hub.beats();
        let mut looks = self.hub.looks();
        looks.mark_changed();
        let mut lookers_owed = false;
        let every = SignedDuration::from_secs(i64::from(self.ping_every_s()));
        // Counted from before the first frame: whoever has read that frame may rely on the times below.
        let mut ping_at = clock.now() + every;
        let mut rights_at = clock.now() + RIGHTS_EVERY;
        self.welcome().await?;
        match cursor.and_then(|it| self.hub.resume(&it, &self.audience)) {
            Some((start, missed)) => {
                self.begin(start);
                self.missed = missed.into();
            }
            None => self.snapshot().await?,
        }
        let mut ping_owed = false;
        let mut rights_failed = 0;
        loop {
            // Before anything is sent: a token that has ended reads nothing more, though there be something to read.
            if clock.now() >= self.viewer.expires_at {
                return Err(End::Ours(Close::BadToken));
            }
            let waits = self.pump().await?;
            let now = clock.now();
            self.stuck_since = match (waits, self.stuck_since) {
                (false, _) => None,
                (true, None) => Some(now),
                (true, since) => since,
            };
            if self.stuck_since.is_some_and(|it| now.duration_since(it) >= SEND_WITHIN) {
                return Err(End::Ours(Close::TooSlow));
            }
            if now >= rights_at {
                rights_at = now + RIGHTS_EVERY;
                rights_failed = self.look_at_rights(rights_failed).await?;
            }
            if now >= ping_at {
                ping_at = now + every;
                ping_owed = true;
                if self.unanswered >= MISSED_MAX {
                    return Err(End::Theirs);
                }
                self.unanswered += 1;
                self.wire.ask().await?;
            }
            let beat: Beat = *beats.borrow_and_update();
            if ping_owed && self.wire.has_room() && now.duration_since(beat.looked_at) <= FRESH_FOR {
                ping_owed = false;
                let ping = self.hub.ping(&self.audience, &self.heads);
                self.wire.send(ping).await?;
            }
            if looks.has_changed().unwrap_or(false) {
                looks.mark_unchanged();
                lookers_owed = self.viewer.at_desk();
            }
            if lookers_owed && self.wire.has_room() {
                lookers_owed = false;
                self.tell_lookers().await?;
                self.tell_calls().await?;
            }
            let look_wake = self.pass_on_look(now);
            let stuck = self.stuck_since.map_or(Timestamp::MAX, |it| it + SEND_WITHIN);
            let wake = ping_at
                .min(rights_at)
                .min(self.viewer.expires_at)
                .min(stuck)
                .min(look_wake);
            tokio::select! {
                biased;
                () = stop.cancelled() => return Err(End::Ours(Close::GoingAway)),
                it = stream.recv() => self.hear(it).await?,
                it = beats.changed() => if it.is_err() { return Err(End::Ours(Close::GoingAway)) },
                _ = looks.changed() => looks.mark_changed(), // the other end is the hub's, which we hold
                () = clock.sleep_until(wake) => {}
            }
        }
    }

    const fn ping_every_s(&self) -> u32 {
        if self.viewer.at_desk() { 2 } else { 15 }
    }

    /// Tells the others what is open here, when that is due; answers when it is to be looked at again.
    fn pass_on_look(&mut self, now: Timestamp) -> Timestamp {
        if self.looking.is_some_and(|it| now.duration_since(it.1) >= LOOK_FOR) {
            self.looking = None;
            self.look_owed = true;
        }
        if self.look_owed && now >= self.look_at {
            self.look_owed = false;
            self.look_at = now + LOOK_PACE;
            self.post.look_at(&self.viewer, self.looking.map(|it| it.0));
        }
        let ends = self.looking.map_or(Timestamp::MAX, |it| it.1 + LOOK_FOR);
        if self.look_owed { self.look_at.min(ends) } else { ends }
    }

    /// Who has which case open, unless this client knows it already.
    async fn tell_lookers(&mut self) -> Result<(), End> {
        let frame = self.hub.lookers(&self.viewer, &self.audience);
        if frame == self.lookers {
            return Ok(());
        }
        self.lookers = frame.clone();
        self.wire.send(frame).await
    }

    /// Which telephone calls go on, unless this client knows it already.
    async fn tell_calls(&mut self) -> Result<(), End> {
        let frame = self.hub.calls(&self.viewer, &self.audience);
        if frame == self.calls {
            return Ok(());
        }
        self.calls = frame.clone();
        self.wire.send(frame).await
    }

    /// Which case a desk has open.
    fn look(&mut self, case: Option<CaseId>) {
        self.look_owed |= self.looking.map(|it| it.0) != case;
        self.looking = case.map(|it| (it, self.hub.clock().now()));
    }

    async fn welcome(&mut self) -> Result<(), End> {
        let you = You {
            user: self.viewer.user,
            role: self.viewer.role,
            responder: self.viewer.responder,
        };
        let frame = ServerFrame::<Box<RawValue>>::Welcome {
            now: self.hub.clock().now(),
            you,
            epoch: self.hub.epoch().simple().to_string(),
            ping_every_s: self.ping_every_s(),
            looking_every_s: if self.viewer.at_desk() { LOOKING_EVERY_S } else { 0 },
        };
        self.wire.send(text_of(&frame)).await
    }

    fn begin(&mut self, start: Start) {
        let Start {
            generation,
            next,
            heads,
        } = start;
        (self.generation, self.next, self.heads) = (generation, next, heads);
        self.missed.clear();
        self.carried.clear();
    }

    async fn snapshot(&mut self) -> Result<(), End> {
        let (start, frame) = self.hub.snapshot(&self.viewer, &self.audience);
        self.begin(start);
        self.shown = frame.shown.iter().copied().collect();
        self.wire.send(frame.text).await
    }

    /// Sends what there is, as far as the window goes; answers whether something is left waiting.
    async fn pump(&mut self) -> Result<bool, End> {
        loop {
            if let Some(entry) = self.missed.front().cloned() {
                if !self.hub.is_overtaken(&entry) && !self.wire.has_room() {
                    return Ok(true);
                }
                self.missed.pop_front();
                self.tell(&entry).await?;
                continue;
            }
            match self.hub.next(self.generation, self.next) {
                Next::Nothing(heads) => {
                    self.heads = heads;
                    return Ok(false);
                }
                Next::Lost => return Err(End::Ours(Close::TooSlow)),
                Next::Anew if !self.wire.has_room() => return Ok(true),
                Next::Anew => self.snapshot().await?,
                Next::Overtaken(entry) => {
                    self.next += 1;
                    self.pass_over(&entry);
                }
                Next::Entry(_) if !self.wire.has_room() => return Ok(true),
                Next::Entry(entry) => {
                    self.next += 1;
                    self.tell(&entry).await?;
                }
            }
        }
    }

    /// Remembers what the case was before; the change that overtook it comes later.
    fn pass_over(&mut self, entry: &Entry) {
        self.carried
            .entry(entry.case())
            .or_insert_with(|| entry.before().cloned());
        self.heads = entry.heads().clone();
    }

    async fn tell(&mut self, entry: &Entry) -> Result<(), End> {
        match self.hub.told(entry, &self.viewer, &self.audience) {
            Told::Overtaken => self.pass_over(entry),
            Told::Changed(frame) => {
                self.carried.remove(&entry.case());
                self.shown.insert(entry.case());
                self.wire.send(frame).await?;
                self.heads = entry.heads().clone();
            }
            Told::Hidden => {
                let before = self
                    .carried
                    .remove(&entry.case())
                    .unwrap_or_else(|| entry.before().cloned());
                // Somebody who has come back may have it from the time before.
                let had = self.shown.remove(&entry.case())
                    || before.is_some_and(|it| self.hub.sight().see(&self.viewer, &it).is_some());
                if had {
                    self.wire.send(self.hub.gone(entry, &self.audience)).await?;
                }
                self.heads = entry.heads().clone();
            }
        }
        Ok(())
    }

    async fn look_at_rights(&mut self, failed: u32) -> Result<u32, End> {
        match self.hub.sight().ended(&self.viewer).await {
            Ok(None) => Ok(0),
            Ok(Some(Ended::RightsChanged)) => Err(End::Ours(Close::RightsChanged)),
            Ok(Some(Ended::Expired)) => Err(End::Ours(Close::BadToken)),
            Err(error) if failed + 1 >= RIGHTS_FAILED_MAX => {
                tracing::warn!(%error, "the rights of a live client could not be looked up");
                Err(End::Ours(Close::TryLater))
            }
            Err(_) => Ok(failed + 1),
        }
    }

    async fn hear(&mut self, message: Option<Result<AggregatedMessage, ProtocolError>>) -> Result<(), End> {
        match message {
            Some(Ok(AggregatedMessage::Pong(bytes))) => {
                if self.wire.heard(&bytes) {
                    self.unanswered = 0;
                    self.stuck_since = None;
                }
                Ok(())
            }
            // Answered while there is room; whoever floods us with pings is not waited for.
            Some(Ok(AggregatedMessage::Ping(bytes))) if self.wire.has_room() => {
                Ok(self.wire.session.pong(&bytes).await?)
            }
            Some(Ok(AggregatedMessage::Ping(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Text(text))) => match serde_json::from_str(&text) {
                Ok(ClientFrame::Looking { case }) if self.viewer.at_desk() => {
                    self.look(case);
                    Ok(())
                }
                _ => Err(End::Ours(Close::BadHello)),
            },
            Some(Ok(AggregatedMessage::Binary(_))) => Err(End::Ours(Close::BadHello)),
            Some(Err(error)) => Err(protocol(&error)),
            Some(Ok(AggregatedMessage::Close(_))) | None => Err(End::Theirs),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_connection_that_broke_off_is_no_message_that_is_too_big() {
        let broke_off = ProtocolError::Io(io::Error::other(PayloadError::Incomplete(None)));
        assert!(matches!(protocol(&broke_off), End::Theirs));
        let reset = ProtocolError::Io(io::ErrorKind::ConnectionReset.into());
        assert!(matches!(protocol(&reset), End::Theirs));
        let too_long = ProtocolError::Io(io::Error::other("Exceeded maximum continuation size"));
        assert!(matches!(protocol(&too_long), End::Ours(Close::TooBig)));
        assert!(matches!(protocol(&ProtocolError::Overflow), End::Ours(Close::TooBig)));
    }
}
