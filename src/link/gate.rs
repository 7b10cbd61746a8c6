//! `GET /api/v1/link`: the district's end of a street's line.
//!
//! ```text
//! upgrade → hello within 5 s → welcome → cases, figures: committed, then acknowledged, one after the other → close
//! ```
//!
//! What a street brings is read no faster than [`PER_SECOND`], and the next frame not before the last is committed: a flood waits in the
//! network of whoever sends it. Answers go to the street from their rows, with each new line until it has said what became of them.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{Error, HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError, Session};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{broadcast, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::wire::{CASES_MAX, Close, DistrictFrame, FRAME_MAX, SILENT_FOR_S, STREAMS_MAX, StreetFrame, VERSION};
use crate::case::Summary;
use crate::clock::{Clock, Ids};
use crate::ids::{AnswerId, NodeId};
use crate::live::socket::{Lingering, farewell, is_too_big, no_upgrade, problem};
use crate::people::PrefixSet;
use crate::store::links::{Begun, Span, Taken};
use crate::store::{LinkToken, Store, StoreError};

/// The hello must come within this.
const HELLO_WITHIN: SignedDuration = SignedDuration::from_secs(5);
/// A frame must find room on the way within this.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// A line that is cut has this long to take its leave.
const FAREWELL_WITHIN: Duration = Duration::from_secs(5);
/// Lines at the same time, signed in or not.
const LINES_MAX: usize = 1_000;
/// Frames of one line that are read in a second, on average.
pub const PER_SECOND: i64 = 20;
/// And at once, after a pause.
pub const BURST: i64 = 64;
/// Answers are looked for this often, also without a hint: another process may have taken them.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_secs(2);
/// That a street was heard is written no more often than this.
const HEARD_EVERY: SignedDuration = SignedDuration::from_secs(10);
/// Hints that wait for a line; one that is lost costs a sweep.
const HINTS_MAX: usize = 64;

/// The district's end. Cheap to clone; one a process.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    ids: Ids,
    hints: broadcast::Sender<NodeId>,
    lines: AtomicUsize,
    stop: CancellationToken,
    /// Work runs here and not on the threads that answer: these end first.
    runtime: tokio::runtime::Handle,
}

/// A line's place among those that are admitted; given back when dropped.
struct Seat(Arc<Inner>);

impl Drop for Seat {
    fn drop(&mut self) {
        let left = self.0.lines.fetch_sub(1, Ordering::AcqRel) - 1;
        metrics::gauge!("ecd_link_lines").set(left as f64);
    }
}

impl Gate {
    /// Of one store. Call it on the runtime that outlives the server.
    pub fn new(store: Store, clock: Clock, ids: Ids, stop: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            ids,
            hints: broadcast::channel(HINTS_MAX).0,
            lines: AtomicUsize::new(0),
            stop,
            runtime: tokio::runtime::Handle::current(),
        }))
    }

    /// Something waits for this street, or its rights have changed: a hint.
    pub fn nudge(&self, street: NodeId) {
        // Nobody listens where no street is connected.
        let _ = self.0.hints.send(street);
    }

    fn sit(&self) -> Option<Seat> {
        let lines = self.0.lines.fetch_add(1, Ordering::AcqRel) + 1;
        let seat = Seat(self.0.clone());
        metrics::gauge!("ecd_link_lines").set(lines as f64);
        (lines <= LINES_MAX).then_some(seat)
    }

    /// Runs work of the store as a task of the service.
    async fn run<T, F>(&self, work: F) -> Result<T, End>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        match self.0.runtime.spawn(work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                tracing::warn!(%error, "what a street has brought could not be kept");
                Err(End::Ours(Close::TryLater))
            }
            Err(error) => {
                tracing::error!(%error, "the work of a line ended half-way");
                Err(End::Ours(Close::TryLater))
            }
        }
    }
}

/// Mounts `GET /api/v1/link`.
pub fn configure(gate: &Gate, cfg: &mut web::ServiceConfig) {
    let socket = web::resource("/api/v1/link")
        .route(web::get().to(open))
        .default_service(web::to(|| std::future::ready(no_upgrade())));
    cfg.app_data(web::Data::new(gate.clone())).service(socket);
}

/// The upgrade; everything else happens on the line.
async fn open(request: HttpRequest, body: web::Payload, gate: web::Data<Gate>) -> Result<HttpResponse, Error> {
    let Some(seat) = gate.sit() else {
        let mut answer = problem(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many lines of streets");
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        return Ok(answer);
    };
    let Ok((response, session, stream)) = actix_ws::handle(&request, body) else {
        let detail = "this is a WebSocket: the request lacks its upgrade headers, or a proxy removed them";
        let mut answer = problem(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail);
        answer
            .headers_mut()
            .insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return Ok(answer);
    };
    let (running, ended) = oneshot::channel();
    let response = response.map_body(|_, body| BoxBody::new(Lingering::new(body, ended)));
    let stream = stream
        .max_frame_size(FRAME_MAX)
        .aggregate_continuations()
        .max_continuation_size(FRAME_MAX);
    let gate = Gate::clone(&gate);
    actix_web::rt::spawn(async move {
        let _seat = seat;
        serve(gate, session, stream).await;
        drop(running);
    });
    Ok(response)
}

/// How a line ends.
enum End {
    /// We end it, and say why.
    Ours(Close),
    /// The street has gone, in whatever way.
    Theirs,
}

impl From<actix_ws::Closed> for End {
    fn from(_: actix_ws::Closed) -> Self {
        Self::Theirs
    }
}

impl From<&ProtocolError> for End {
    fn from(error: &ProtocolError) -> Self {
        match error {
            it if is_too_big(it) => Self::Ours(Close::TooBig),
            ProtocolError::Io(_) => Self::Theirs,
            _ => Self::Ours(Close::BadFrame),
        }
    }
}

async fn serve(gate: Gate, session: Session, mut stream: AggregatedMessageStream) {
    let (clock, stop) = (gate.0.clock.clone(), gate.0.stop.clone());
    let mut hints = gate.0.hints.subscribe();
    let hello_by = clock.now() + HELLO_WITHIN;
    let mut line = Line::new(gate, session);
    let hello = tokio::select! {
        it = line.hello(&mut stream) => it,
        () = clock.sleep_until(hello_by) => Err(End::Ours(Close::Silent)),
        () = stop.cancelled() => Err(End::Ours(Close::GoingAway)),
    };
    let end = match hello {
        Ok(()) => match line.talk(&mut stream, &mut hints).await {
            Ok(never) => match never {},
            Err(end) => end,
        },
        Err(end) => end,
    };
    line.gone().await;
    if let End::Ours(why) = end {
        metrics::counter!("ecd_link_closed_total", "code" => why.code().to_string()).increment(1);
        if matches!(why, Close::BadKey | Close::OtherVersion | Close::BadFrame | Close::Gap) {
            tracing::warn!(code = why.code(), why = why.reason(), "the line of a street was ended");
        }
        let reason = CloseReason {
            code: CloseCode::Other(why.code()),
            description: Some(why.reason().to_owned()),
        };
        // The street may have gone in the meantime.
        let _ = line.session.close(Some(reason)).await;
        if why != Close::GoingAway {
            tokio::select! {
                () = farewell(&mut stream) => {}
                () = clock.sleep(FAREWELL_WITHIN) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

/// How fast a line is read: so much at once, so much in the long run.
struct Pace {
    /// When everything that was read would have been read at the long run's pace.
    even_at: Timestamp,
}

impl Pace {
    const STEP_MICROS: i64 = 1_000_000 / PER_SECOND;

    /// Something was read.
    fn read(&mut self, now: Timestamp) {
        self.even_at = self.even_at.max(now) + SignedDuration::from_micros(Self::STEP_MICROS);
    }

    /// When the next may be read.
    fn next_at(&self) -> Timestamp {
        self.even_at - SignedDuration::from_micros(Self::STEP_MICROS * BURST)
    }
}

/// One line of a street.
struct Line {
    gate: Gate,
    session: Session,
    /// Of whom, as which line, and for which areas; none: it has not said hello.
    of: Option<(NodeId, Uuid, PrefixSet)>,
    pace: Pace,
    /// Answers that went over this line.
    said: HashSet<AnswerId>,
    heard_at: Timestamp,
    noted_at: Timestamp,
}

impl Line {
    fn new(gate: Gate, session: Session) -> Self {
        let now = gate.0.clock.now();
        Self {
            gate,
            session,
            of: None,
            pace: Pace { even_at: now },
            said: HashSet::new(),
            heard_at: now,
            noted_at: now,
        }
    }

    /// Waits for the first frame and finds out who it is.
    async fn hello(&mut self, stream: &mut AggregatedMessageStream) -> Result<(), End> {
        let text = loop {
            match stream.recv().await {
                Some(Ok(AggregatedMessage::Text(text))) => break text,
                Some(Ok(AggregatedMessage::Ping(bytes))) => self.session.pong(&bytes).await?,
                Some(Ok(AggregatedMessage::Pong(_))) => {}
                Some(Ok(AggregatedMessage::Binary(_))) => return Err(End::Ours(Close::BadFrame)),
                Some(Err(error)) => return Err(End::from(&error)),
                Some(Ok(AggregatedMessage::Close(_))) | None => return Err(End::Theirs),
            }
        };
        let Ok(StreetFrame::Hello {
            version,
            node,
            key,
            epoch,
            heads,
        }) = serde_json::from_str(&text)
        else {
            return Err(End::Ours(Close::BadFrame));
        };
        if version != VERSION {
            return Err(End::Ours(Close::OtherVersion));
        }
        if heads.len() > STREAMS_MAX {
            return Err(End::Ours(Close::BadFrame));
        }
        let bad_key = End::Ours(Close::BadKey);
        let Some(key) = LinkToken::parse(&key) else {
            return Err(bad_key);
        };
        let (store, line, now) = (
            self.gate.0.store.clone(),
            self.gate.0.ids.make(),
            self.gate.0.clock.now(),
        );
        let begun = self
            .gate
            .run(async move { store.begin_line(node, &key, line, epoch, heads, now).await });
        let Some(Begun { heads, whole, scope }) = begun.await? else {
            return Err(bad_key);
        };
        tracing::info!(street = %node, whole, "the line of a street stands");
        self.of = Some((node, line, scope));
        (self.heard_at, self.noted_at) = (now, now);
        // An older line of the same street is told that it counts no more.
        self.gate.nudge(node);
        self.say(&DistrictFrame::Welcome { now, heads, whole }).await
    }

    async fn talk(
        &mut self,
        stream: &mut AggregatedMessageStream,
        hints: &mut broadcast::Receiver<NodeId>,
    ) -> Result<std::convert::Infallible, End> {
        let (clock, stop) = (self.gate.0.clock.clone(), self.gate.0.stop.clone());
        let Some((node, _, _)) = self.of.clone() else {
            return Err(End::Ours(Close::BadFrame));
        };
        let mut sweep_at = clock.now();
        loop {
            let now = clock.now();
            if now >= sweep_at {
                sweep_at = now + SWEEP_EVERY;
                self.answers().await?;
            }
            let silent = self.heard_at + SignedDuration::from_secs(SILENT_FOR_S.into());
            if now >= silent {
                return Err(End::Ours(Close::Silent));
            }
            let read_at = self.pace.next_at();
            let due = if now >= read_at {
                sweep_at.min(silent)
            } else {
                sweep_at.min(read_at)
            };
            tokio::select! {
                () = stop.cancelled() => return Err(End::Ours(Close::GoingAway)),
                it = stream.recv(), if now >= read_at => self.hear(it).await?,
                it = hints.recv() => if !matches!(it, Ok(of) if of != node) {
                    sweep_at = clock.now();
                },
                () = clock.sleep_until(due) => {}
            }
        }
    }

    /// What is said while the line stands.
    async fn hear(&mut self, message: Option<Result<AggregatedMessage, ProtocolError>>) -> Result<(), End> {
        let now = self.gate.0.clock.now();
        let text = match message {
            Some(Ok(AggregatedMessage::Text(text))) => text,
            Some(Ok(AggregatedMessage::Ping(bytes))) => return Ok(self.session.pong(&bytes).await?),
            Some(Ok(AggregatedMessage::Pong(_))) => return Ok(()),
            Some(Ok(AggregatedMessage::Binary(_))) => return Err(End::Ours(Close::BadFrame)),
            Some(Err(error)) => return Err(End::from(&error)),
            Some(Ok(AggregatedMessage::Close(_))) | None => return Err(End::Theirs),
        };
        self.heard_at = now;
        self.pace.read(now);
        let Ok(frame) = serde_json::from_str::<StreetFrame>(&text) else {
            return Err(End::Ours(Close::BadFrame));
        };
        self.note_heard(now).await?;
        match frame {
            StreetFrame::Cases { seq, of, cases } => {
                let counts = |it: &Span| it.after >= 0 && it.upto > it.after && it.stream.len() <= 64;
                if cases.len() > CASES_MAX || !of.as_ref().is_none_or(counts) {
                    return Err(End::Ours(Close::BadFrame));
                }
                let cases = self.own(cases);
                self.keep(seq, move |store, node, line| async move {
                    store.take_cases(node, line, of, cases, now).await
                })
                .await
            }
            StreetFrame::Whole { seq, heads } => {
                if heads.len() > STREAMS_MAX {
                    return Err(End::Ours(Close::BadFrame));
                }
                self.keep(seq, move |store, node, line| async move {
                    store.take_whole(node, line, heads, now).await
                })
                .await
            }
            StreetFrame::Figures { seq, figures } => {
                let at = figures.at;
                let text = serde_json::to_string(&figures).map_err(|_| End::Ours(Close::BadFrame))?;
                self.keep(seq, move |store, node, line| async move {
                    store.take_figures(node, line, text, at).await
                })
                .await
            }
            StreetFrame::Answered { answer, refused } => {
                let refused = refused.map(|it| it.chars().take(64).collect());
                let (store, node) = (self.gate.0.store.clone(), self.node()?.0);
                let kept = async move { store.answer_landed(node, answer, refused, now).await };
                self.gate.run(kept).await
            }
            StreetFrame::Ping {} => self.say(&DistrictFrame::Pong {}).await,
            StreetFrame::Hello { .. } => Err(End::Ours(Close::BadFrame)),
        }
    }

    fn node(&self) -> Result<(NodeId, Uuid), End> {
        let of = self.of.as_ref().ok_or(End::Ours(Close::BadFrame))?;
        Ok((of.0, of.1))
    }

    /// A street speaks of its own areas: what it says of another place is kept without a place.
    fn own(&self, mut cases: Vec<Summary>) -> Vec<Summary> {
        let scope = self.of.as_ref().map(|it| &it.2);
        for it in &mut cases {
            it.area = it.area.filter(|area| scope.is_some_and(|it| it.contains(*area)));
        }
        cases
    }

    /// Keeps what was brought and then says so.
    async fn keep<F>(&mut self, seq: u64, work: impl FnOnce(Store, NodeId, Uuid) -> F) -> Result<(), End>
    where
        F: Future<Output = Result<Taken, StoreError>> + Send + 'static,
    {
        let (node, line) = self.node()?;
        let taken = self.gate.run(work(self.gate.0.store.clone(), node, line)).await?;
        match taken {
            Taken::Now | Taken::Before => self.say(&DistrictFrame::Taken { seq }).await,
            Taken::Gap => Err(End::Ours(Close::Gap)),
            Taken::Over => Err(End::Ours(self.why_over().await?)),
        }
    }

    /// Shut out, or another line has come.
    async fn why_over(&self) -> Result<Close, End> {
        let (store, node) = (self.gate.0.store.clone(), self.node()?.0);
        let street = self.gate.run(async move { store.street(node).await }).await?;
        Ok(match street.filter(|it| it.revoked_at.is_none()) {
            Some(_) => Close::Superseded,
            None => Close::BadKey,
        })
    }

    async fn note_heard(&mut self, now: Timestamp) -> Result<(), End> {
        if now.duration_since(self.noted_at) < HEARD_EVERY {
            return Ok(());
        }
        self.noted_at = now;
        let (store, (node, line)) = (self.gate.0.store.clone(), self.node()?);
        let counts = self
            .gate
            .run(async move { store.heard_line(node, line, false, now).await })
            .await?;
        if counts {
            Ok(())
        } else {
            Err(End::Ours(self.why_over().await?))
        }
    }

    /// Sends the answers that have not gone over this line; a line that counts no more ends.
    async fn answers(&mut self) -> Result<(), End> {
        let (store, (node, line)) = (self.gate.0.store.clone(), self.node()?);
        let due = self
            .gate
            .run(async move {
                let counts = store.line_counts(node, line).await?;
                let mut due = Vec::new();
                for it in store.answers_due(node).await? {
                    let of = store.handup(node, it.handup).await?;
                    due.extend(of.map(|of| (it, of.case)));
                }
                Ok((counts, due, store.keys()?.clone()))
            })
            .await?;
        let (true, due, keys) = due else {
            return Err(End::Ours(self.why_over().await?));
        };
        for (it, case) in due {
            if !self.said.insert(it.id) {
                continue;
            }
            let opened = keys.open_text(&it.content, "link_answer", "content", it.id.as_uuid());
            let Ok(text) =
                opened.inspect_err(|error| tracing::error!(answer.id = %it.id, %error, "an answer does not open"))
            else {
                continue;
            };
            let frame = DistrictFrame::Answer {
                answer: it.id,
                referral: it.handup,
                case,
                what: it.answer,
                text,
                at: it.made_at,
            };
            self.say(&frame).await?;
        }
        Ok(())
    }

    /// The line has ended: the board says since when.
    async fn gone(&mut self) {
        let Ok((node, line)) = self.node() else { return };
        let (store, now) = (self.gate.0.store.clone(), self.gate.0.clock.now());
        // A store that cannot keep it: the silence tells.
        let _ = self
            .gate
            .run(async move { store.heard_line(node, line, true, now).await })
            .await;
    }

    async fn say(&mut self, frame: &DistrictFrame) -> Result<(), End> {
        let text = serde_json::to_string(frame).map_err(|_| End::Ours(Close::TryLater))?;
        let clock = self.gate.0.clock.clone();
        tokio::select! {
            it = self.session.text(text) => Ok(it?),
            () = clock.sleep(SEND_WITHIN) => Err(End::Ours(Close::Silent)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_at_once_for_a_while_and_then_at_its_pace() {
        let at = |millis: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis);
        let mut pace = Pace { even_at: at(0) };
        for _ in 0..BURST {
            assert!(pace.next_at() <= at(0));
            pace.read(at(0));
        }
        assert_eq!(pace.next_at(), at(0), "the last of the burst");
        pace.read(at(0));
        assert_eq!(pace.next_at(), at(1_000 / PER_SECOND), "and then one after the other");
        // After a pause the whole burst again, and no more than that.
        let later = at(3_600_000);
        for _ in 0..=BURST {
            pace.read(later);
        }
        assert_eq!(pace.next_at(), later + SignedDuration::from_millis(1_000 / PER_SECOND));
    }
}
