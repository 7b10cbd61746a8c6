//! The street's end of the line: reads its own log from where the district has acknowledged, sends what the district may see of it, and
//! takes answers to what was handed up to the desk.
//!
//! ```text
//! connect → hello → welcome → (a beginning, if the district has nothing of this history) → one part of the log after the other
//!    ↑                                                                                          |
//!    '---- a pause that grows, half of it by chance ←---- cut, refused, silent, full ←----------'
//! ```
//!
//! Holds always:
//! - one frame is on the way; the next goes when it is acknowledged, and only then the row moves that says up to where;
//! - before that row moves, every hand-up of the part is marked as arrived: a hand-up is never shown as arrived that is not, and none
//!   is forgotten by a process that dies in between;
//! - an answer is confirmed when it is committed, and not before.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::config::LinkConfig;
use super::figures::{Figures, Measured};
use super::wire::{CASES_MAX, Close, DistrictFrame, FRAME_MAX, PING_EVERY_S, SILENT_FOR_S, StreetFrame, VERSION};
use crate::case::words::SheetWay;
use crate::case::{Agency, Author, Command, Standing as HandupStanding, Summary};
use crate::clock::Ids;
use crate::dispatch::{Desk, DeskError};
use crate::ids::{AnswerId, CaseId, NodeId, NoteId, ReferralId};
use crate::store::StoreError;
use crate::store::cases::CaseView;
use crate::store::links::{Heads, Span};

/// The first pause before a new try.
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// A line must stand, and be welcomed, within this.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A frame must be taken by the network, and acknowledged, within this.
const TAKEN_WITHIN: SignedDuration = SignedDuration::from_secs(30);
/// The log is looked at this often, whether or not there was a hint.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_secs(2);
/// After a hint, so long the next ones gather.
const GATHER: Duration = Duration::from_millis(50);
/// A frame is cut at this.
const CUT_AT: usize = FRAME_MAX / 2;
/// Letters of an answer that are kept.
const ANSWER_MAX_CHARS: usize = 8_000;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How the line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The district has acknowledged the line; if not, why it is down.
    pub down: Option<String>,
    /// Since when it is so.
    pub since: Timestamp,
    /// Records of the log that the district has not acknowledged.
    pub behind: u64,
}

/// The street's end. Cheap to clone.
#[derive(Clone)]
pub struct Uplink(Arc<Inner>);

struct Inner {
    config: LinkConfig,
    node: NodeId,
    address: String,
    key: String,
    desk: Desk,
    ids: Ids,
    measured: Measured,
    standing: Mutex<(Option<String>, Timestamp)>,
    behind: AtomicU64,
}

/// Why a line ended.
struct Cut {
    why: String,
    /// A person must do something: there is no hurry to try again.
    refused: bool,
}

impl Cut {
    fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            refused: false,
        }
    }
}

impl From<StoreError> for Cut {
    fn from(error: StoreError) -> Self {
        Self::new(format!("our own store: {error}"))
    }
}

impl From<tokio_tungstenite::tungstenite::Error> for Cut {
    fn from(error: tokio_tungstenite::tungstenite::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// What is on the way.
struct OnTheWay {
    seq: u64,
    since: Timestamp,
    what: What,
}

enum What {
    /// Cases, and the hand-ups among them that were not known to have arrived.
    Cases(Option<Span>, Vec<(CaseId, ReferralId)>),
    /// The end of a beginning, and from where it goes on.
    Whole(Heads),
    Figures,
}

/// One line.
struct Line {
    socket: Socket,
    epoch: Uuid,
    seq: u64,
    on_the_way: Option<OnTheWay>,
    /// Up to where the district has acknowledged.
    at: Heads,
    /// Parts of a beginning that are still to be said, and from where it goes on after them.
    beginning: VecDeque<Vec<Summary>>,
    goes_on: Option<Heads>,
    look: bool,
    heard_at: Timestamp,
    ping_at: Timestamp,
    sweep_at: Timestamp,
    figures_at: Timestamp,
}

impl Uplink {
    /// The street's end, if there is a district.
    ///
    /// # Errors
    /// When the key cannot be read.
    pub fn open(config: LinkConfig, desk: Desk) -> Result<Option<Self>, String> {
        let (Some(address), Some(node), Some(file)) = (config.address(), config.node, &config.key_file) else {
            return Ok(None);
        };
        let key =
            std::fs::read_to_string(file).map_err(|error| format!("link.key_file {}: {error}", file.display()))?;
        let key = key.trim().to_owned();
        if crate::store::LinkToken::parse(&key).is_none() {
            return Err(format!("link.key_file {}: holds no key of a street", file.display()));
        }
        let since = desk.clock().now();
        Ok(Some(Self(Arc::new(Inner {
            node,
            address,
            key,
            ids: desk.ids().clone(),
            desk,
            config,
            measured: Measured::default(),
            standing: Mutex::new((Some("not tried yet".to_owned()), since)),
            behind: AtomicU64::new(0),
        }))))
    }

    /// How the line stands.
    pub fn standing(&self) -> Standing {
        let (down, since) = self.0.standing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Standing {
            down,
            since,
            behind: self.0.behind.load(Ordering::Relaxed),
        }
    }

    /// By which telephone the district is reached while the line is cut.
    pub fn phone(&self) -> Option<&str> {
        self.0.config.phone.as_deref()
    }

    /// Keeps the line until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let clock = self.0.desk.clock().clone();
        let longest = Duration::from_secs(self.0.config.retry_max_s.into());
        let mut pause = PAUSE_MIN;
        loop {
            let mut welcomed = false;
            let cut = tokio::select! {
                () = stop.cancelled() => return,
                it = self.once(&mut welcomed) => match it {
                    Ok(never) => match never {},
                    Err(cut) => cut,
                },
            };
            if welcomed {
                pause = PAUSE_MIN;
            }
            if cut.refused {
                tracing::error!(why = cut.why, "the district refuses the line of this street");
                pause = longest;
            } else {
                tracing::warn!(why = cut.why, "the line to the district is cut");
            }
            metrics::counter!("ecd_link_cuts_total").increment(1);
            self.stands(Some(cut.why));
            // How far behind it is shows while it is cut, too.
            let _ = self.count_behind(None).await;
            let again_in = self.jitter(pause.min(longest));
            pause = (pause * 2).min(longest);
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep(again_in) => {}
            }
        }
    }

    /// Between half of it and all of it: the streets of a district do not come back in one instant.
    fn jitter(&self, pause: Duration) -> Duration {
        let share = u32::try_from(self.0.ids.make().as_u128() % 1_000).unwrap_or(0);
        pause / 2 + pause / 2 * share / 1_000
    }

    fn stands(&self, down: Option<String>) {
        let now = self.0.desk.clock().now();
        let mut standing = self.0.standing.lock().unwrap_or_else(PoisonError::into_inner);
        if standing.0.is_some() != down.is_some() {
            standing.1 = now;
        }
        metrics::gauge!("ecd_link_up").set(f64::from(u8::from(down.is_none())));
        standing.0 = down;
    }

    /// Records that the district has not acknowledged, by what is on the line or by what is kept.
    async fn count_behind(&self, at: Option<&Heads>) -> Result<(), StoreError> {
        let store = self.0.desk.store();
        let heads = store.stream_heads().await?;
        let kept = match at {
            Some(at) => at.clone(),
            None => {
                let epoch = store.epoch(self.0.ids.make(), self.0.desk.clock().now()).await?;
                store.sent_heads(self.0.node, epoch).await?
            }
        };
        let ahead = |(stream, head): (&String, &i64)| head - kept.get(stream).copied().unwrap_or(0).min(*head);
        let behind = u64::try_from(heads.iter().map(ahead).sum::<i64>()).unwrap_or(0);
        self.0.behind.store(behind, Ordering::Relaxed);
        metrics::gauge!("ecd_link_behind_records").set(behind as f64);
        Ok(())
    }

    /// One line, from its beginning to its end.
    async fn once(&self, welcomed: &mut bool) -> Result<std::convert::Infallible, Cut> {
        let clock = self.0.desk.clock().clone();
        // Subscribed first, read second: what is committed in between is a hint that waits.
        let mut changes = self.0.desk.changes();
        let mut line = tokio::select! {
            it = self.begin() => it?,
            () = clock.sleep(CONNECT_WITHIN) => return Err(Cut::new("no line within 10 seconds")),
        };
        *welcomed = true;
        tracing::info!("the line to the district stands");
        self.stands(None);
        let mut deaf = false;
        loop {
            self.speak(&mut line).await?;
            let waits = line.on_the_way.as_ref().map(|it| it.since + TAKEN_WITHIN);
            let silent = line.heard_at + SignedDuration::from_secs(SILENT_FOR_S.into());
            let due = [line.ping_at, line.sweep_at, silent]
                .into_iter()
                .chain(waits)
                .chain(line.on_the_way.is_none().then_some(line.figures_at))
                .min()
                .unwrap_or(silent);
            tokio::select! {
                it = line.socket.next() => match it {
                    Some(Ok(message)) => self.hear(&mut line, message).await?,
                    Some(Err(error)) => return Err(error.into()),
                    None => return Err(Cut::new("the line broke")),
                },
                it = changes.recv(), if !deaf => match it {
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {
                        clock.breathe(GATHER).await;
                        // All that has gathered is one look.
                        while matches!(changes.try_recv(), Ok(_) | Err(broadcast::error::TryRecvError::Lagged(_))) {}
                        line.look = true;
                    }
                    // With the desk gone there are sweeps.
                    Err(broadcast::error::RecvError::Closed) => deaf = true,
                },
                () = clock.sleep_until(due) => {}
            }
            let now = clock.now();
            if now >= line.heard_at + SignedDuration::from_secs(SILENT_FOR_S.into()) {
                return Err(Cut::new("nothing was heard of the district for 30 seconds"));
            }
            if line
                .on_the_way
                .as_ref()
                .is_some_and(|it| now >= it.since + TAKEN_WITHIN)
            {
                return Err(Cut::new("the district has acknowledged nothing for 30 seconds"));
            }
            if now >= line.sweep_at {
                line.sweep_at = now + SWEEP_EVERY;
                line.look = true;
            }
            if now >= line.ping_at {
                line.ping_at = now + SignedDuration::from_secs(PING_EVERY_S.into());
                self.send(&mut line.socket, &StreetFrame::Ping {}).await?;
            }
        }
    }

    /// Connects, says hello, and finds out from where it goes on.
    async fn begin(&self) -> Result<Line, Cut> {
        let (store, clock) = (self.0.desk.store(), self.0.desk.clock());
        let epoch = store.epoch(self.0.ids.make(), clock.now()).await?;
        let heads = store.stream_heads().await?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(FRAME_MAX))
            .max_frame_size(Some(FRAME_MAX));
        let (mut socket, _) = connect_async_with_config(&self.0.address, Some(config), true).await?;
        let hello = StreetFrame::Hello {
            version: VERSION,
            node: self.0.node,
            key: self.0.key.clone(),
            epoch,
            heads,
        };
        self.send(&mut socket, &hello).await?;
        let (known, whole) = loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => match read(&text)? {
                    DistrictFrame::Welcome { heads, whole, .. } => break (heads, whole),
                    _ => return Err(Cut::new("the first frame was no welcome")),
                },
                Some(Ok(Message::Close(why))) => return Err(closed(why)),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err(Cut::new("the line broke before it was welcomed")),
            }
        };
        let now = clock.now();
        let mut line = Line {
            socket,
            epoch,
            seq: 0,
            on_the_way: None,
            at: Heads::new(),
            beginning: VecDeque::new(),
            goes_on: None,
            look: true,
            heard_at: now,
            ping_at: now + SignedDuration::from_secs(PING_EVERY_S.into()),
            sweep_at: now + SWEEP_EVERY,
            figures_at: now,
        };
        let kept = store.sent_heads(self.0.node, epoch).await?;
        if whole && !kept.is_empty() {
            line.at = goes_on(&kept, &known);
        } else {
            self.lay_out(&mut line, whole.then_some(known)).await?;
        }
        Ok(line)
    }

    /// A beginning: everything that is open, and then the log from that instant on. `known`: the district has this history, and only our
    /// own row is missing; then the log goes on where the district stands.
    async fn lay_out(&self, line: &mut Line, known: Option<Heads>) -> Result<(), Cut> {
        let snapshot = self.0.desk.store().snapshot().await?;
        for error in &snapshot.corrupt {
            tracing::error!(%error, "a case is left out of what the district is told");
        }
        let mut part = Vec::new();
        let mut bytes = 0;
        for view in &snapshot.cases {
            let Some(it) = self.summary(view).await? else { continue };
            let size = size_of(&it);
            if !part.is_empty() && (bytes + size > CUT_AT || part.len() >= CASES_MAX) {
                line.beginning.push_back(std::mem::take(&mut part));
                bytes = 0;
            }
            bytes += size;
            part.push(it);
        }
        if !part.is_empty() {
            line.beginning.push_back(part);
        }
        line.goes_on = Some(known.unwrap_or(snapshot.heads));
        Ok(())
    }

    /// What the district may see of a case; none: nothing.
    async fn summary(&self, view: &CaseView) -> Result<Option<Summary>, Cut> {
        let Some(mut it) = Summary::of(&view.case, &view.number, &view.area_code) else {
            return Ok(None);
        };
        if !self.0.config.cases.includes(view.case.lane) && it.handed_up.is_empty() {
            return Ok(None);
        }
        for one in &mut it.handed_up {
            let (false, Some(note)) = (one.arrived && one.standing != HandupStanding::Waiting, one.note) else {
                continue;
            };
            one.reason = self.0.desk.store().note_text(view.case.id, note).await?;
        }
        Ok(Some(it))
    }

    /// Says what comes next, if nothing is on the way.
    async fn speak(&self, line: &mut Line) -> Result<(), Cut> {
        if line.on_the_way.is_some() {
            return Ok(());
        }
        let now = self.0.desk.clock().now();
        let seq = line.seq + 1;
        let (frame, what) = if let Some(cases) = line.beginning.pop_front() {
            let arriving = arriving(&cases);
            (StreetFrame::Cases { seq, of: None, cases }, What::Cases(None, arriving))
        } else if let Some(heads) = line.goes_on.take() {
            let said = heads.clone();
            (StreetFrame::Whole { seq, heads }, What::Whole(said))
        } else if let Some((span, cases)) = self.next_part(line).await? {
            let arriving = arriving(&cases);
            let of = Some(span.clone());
            (StreetFrame::Cases { seq, of, cases }, What::Cases(Some(span), arriving))
        } else if now >= line.figures_at {
            line.figures_at = now + SignedDuration::from_secs(self.0.config.figures_every_s.into());
            let figures = Figures::of(&self.0.desk, &self.0.measured).await?;
            (StreetFrame::Figures { seq, figures }, What::Figures)
        } else {
            return Ok(());
        };
        line.seq = seq;
        let since = self.0.desk.clock().now();
        line.on_the_way = Some(OnTheWay { seq, since, what });
        self.send(&mut line.socket, &frame).await
    }

    /// The next part of the log, of whichever stream has one; none: the district has all of it.
    async fn next_part(&self, line: &mut Line) -> Result<Option<(Span, Vec<Summary>)>, Cut> {
        if !line.look {
            return Ok(None);
        }
        let store = self.0.desk.store();
        let history = store.setting("store_epoch").await?;
        if history.is_some_and(|it| it != line.epoch.to_string()) {
            return Err(Cut::new("our own store was put back; the line begins again"));
        }
        let heads = store.stream_heads().await?;
        for (stream, head) in &heads {
            let at = line.at.get(stream).copied().unwrap_or(0);
            if *head < at {
                return Err(Cut::new("our own store has gone back; the line begins again"));
            }
            if *head > at
                && let Some(part) = self.part_of(stream, at).await?
            {
                self.count_behind(Some(&line.at)).await?;
                return Ok(Some(part));
            }
        }
        line.look = false;
        self.count_behind(Some(&line.at)).await?;
        Ok(None)
    }

    /// What comes after `at` in a stream, as much of it as one frame holds.
    async fn part_of(&self, stream: &str, at: i64) -> Result<Option<(Span, Vec<Summary>)>, Cut> {
        let store = self.0.desk.store();
        let events = store.live_events(stream, at, CASES_MAX as u64).await?;
        let mut ids: Vec<CaseId> = events.iter().map(|it| it.case).collect();
        ids.sort_unstable();
        ids.dedup();
        let (views, aside) = store.cases(&ids).await?;
        for error in &aside {
            tracing::error!(%error, "a case is left out of what the district is told");
        }
        let views: HashMap<CaseId, CaseView> = views.into_iter().map(|it| (it.case.id, it)).collect();
        let (mut upto, mut bytes) = (at, 0);
        let (mut seen, mut cases) = (HashSet::new(), Vec::new());
        for event in events {
            if seen.insert(event.case)
                && let Some(view) = views.get(&event.case)
                && let Some(it) = self.summary(view).await?
            {
                let size = size_of(&it);
                if bytes + size > CUT_AT && upto > at {
                    break;
                }
                bytes += size;
                cases.push(it);
            }
            upto = event.number;
        }
        let span = Span {
            stream: stream.to_owned(),
            after: at,
            upto,
        };
        Ok((upto > at).then_some((span, cases)))
    }

    /// One message of the district.
    async fn hear(&self, line: &mut Line, message: Message) -> Result<(), Cut> {
        line.heard_at = self.0.desk.clock().now();
        let text = match message {
            Message::Text(text) => text,
            Message::Close(why) => return Err(closed(why)),
            _ => return Ok(()),
        };
        match read(&text)? {
            DistrictFrame::Taken { seq } => self.taken(line, seq).await,
            DistrictFrame::Answer {
                answer,
                referral,
                case,
                what,
                text,
                at,
            } => {
                let text = text.chars().take(ANSWER_MAX_CHARS).collect::<String>();
                let command = Command::AnswerReferral {
                    referral,
                    answer: what,
                    note: NoteId::new(answer.as_uuid()),
                };
                let refused = self.answer(case, referral, command, &text, answer, at).await?;
                self.send(&mut line.socket, &StreetFrame::Answered { answer, refused })
                    .await
            }
            DistrictFrame::Pong {} => Ok(()),
            DistrictFrame::Welcome { .. } => Err(Cut::new("the district has welcomed the line twice")),
        }
    }

    /// The district has what was on the way.
    async fn taken(&self, line: &mut Line, seq: u64) -> Result<(), Cut> {
        let Some(it) = line.on_the_way.take_if(|it| it.seq == seq) else {
            // Said twice; what was never sent cannot have been taken.
            return if seq <= line.seq {
                Ok(())
            } else {
                Err(Cut::new("the district has taken what was not sent"))
            };
        };
        let (store, now) = (self.0.desk.store(), self.0.desk.clock().now());
        match it.what {
            What::Cases(of, arriving) => {
                for (case, referral) in arriving {
                    self.arrived(case, referral).await?;
                }
                if let Some(of) = of {
                    line.at.insert(of.stream.clone(), of.upto);
                    let head = [(of.stream, of.upto)].into();
                    store.put_sent(self.0.node, line.epoch, head, now).await?;
                }
            }
            What::Whole(heads) => {
                line.at.clone_from(&heads);
                store.put_sent(self.0.node, line.epoch, heads, now).await?;
                line.look = true;
            }
            What::Figures => {}
        }
        Ok(())
    }

    /// A hand-up is over there: a record of its case.
    async fn arrived(&self, case: CaseId, referral: ReferralId) -> Result<(), Cut> {
        let way = SheetWay::Line;
        let command = Command::HandReferral { referral, way };
        match self.0.desk.handle(case, command, Author::System).await {
            // Of a case that is over nothing more is written.
            Ok(_) | Err(DeskError::Refused(..) | DeskError::NotFound(_)) => Ok(()),
            Err(error) => Err(Cut::new(format!("our own desk: {error}"))),
        }
    }

    /// Takes an answer to the desk; answers why it is in no case.
    async fn answer(
        &self,
        case: CaseId,
        referral: ReferralId,
        command: Command,
        text: &str,
        id: AnswerId,
        at: Timestamp,
    ) -> Result<Option<String>, Cut> {
        let (store, now) = (self.0.desk.store(), self.0.desk.clock().now());
        let Some(view) = store.case(case).await? else {
            return Ok(Some("case_not_found".to_owned()));
        };
        let ours = |it: &&crate::case::state::Referral| it.id == referral && it.to == Agency::District;
        if !view.case.referrals.iter().any(|it| ours(&it)) {
            return Ok(Some("no_such_referral".to_owned()));
        }
        let named = NoteId::new(id.as_uuid());
        let note = self.0.desk.note_named(named, view.case.subject, text)?;
        let done_at = Some(at).filter(|it| *it <= now);
        let done = self
            .0
            .desk
            .handle_late(case, command, Author::System, Some(note), None, done_at)
            .await;
        match done {
            Ok(done) => {
                let mut answers = done.case.referrals.iter().flat_map(|it| &it.answers);
                Ok((!answers.any(|it| it.note == named)).then(|| "case_over".to_owned()))
            }
            Err(DeskError::Refused(why, _)) => Ok(Some(why.code().to_owned())),
            Err(DeskError::NotFound(_)) => Ok(Some("case_not_found".to_owned())),
            Err(error) => Err(Cut::new(format!("our own desk: {error}"))),
        }
    }

    async fn send(&self, socket: &mut Socket, frame: &StreetFrame) -> Result<(), Cut> {
        let text = serde_json::to_string(frame).map_err(|error| Cut::new(error.to_string()))?;
        tokio::select! {
            it = socket.send(Message::text(text)) => Ok(it?),
            () = self.0.desk.clock().sleep(Duration::from_secs(30)) => Err(Cut::new("the network takes nothing")),
        }
    }
}

/// From where the log goes on: where both ends have it. What one of them has lost is told again.
fn goes_on(kept: &Heads, known: &Heads) -> Heads {
    let both = kept.iter().filter_map(|(stream, ours)| {
        let theirs = known.get(stream)?;
        Some((stream.clone(), *ours.min(theirs)))
    });
    both.collect::<BTreeMap<_, _>>()
}

/// Hand-ups that are not known to have arrived.
fn arriving(cases: &[Summary]) -> Vec<(CaseId, ReferralId)> {
    let of = |it: &Summary| {
        let case = it.case;
        let new = it.handed_up.iter().filter(|it| !it.arrived);
        new.map(|it| (case, it.referral)).collect::<Vec<_>>()
    };
    cases.iter().flat_map(of).collect()
}

fn size_of(it: &Summary) -> usize {
    serde_json::to_vec(it).map_or(CUT_AT, |it| it.len())
}

fn read(text: &str) -> Result<DistrictFrame, Cut> {
    serde_json::from_str(text).map_err(|error| Cut::new(format!("a frame could not be read: {error}")))
}

fn closed(why: Option<tokio_tungstenite::tungstenite::protocol::CloseFrame>) -> Cut {
    let code = why.as_ref().map_or(1005, |it| u16::from(it.code));
    let said: String = why.map(|it| it.reason.chars().take(120).collect()).unwrap_or_default();
    Cut {
        refused: [Close::BadKey, Close::OtherVersion].iter().any(|it| it.code() == code),
        why: format!("closed with {code}: {said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(of: &[(&str, i64)]) -> Heads {
        of.iter()
            .map(|(stream, number)| ((*stream).to_owned(), *number))
            .collect()
    }

    #[test]
    fn the_log_goes_on_where_both_ends_have_it() {
        for (kept, known, at) in [
            // A process that died before its row was written; a district that was put back; a stream that is new on one end.
            (&[("a", 5)][..], &[("a", 7)][..], &[("a", 5)][..]),
            (&[("a", 7)], &[("a", 5)], &[("a", 5)]),
            (&[("a", 7), ("b", 3)], &[("a", 7)], &[("a", 7)]),
            (&[("a", 7)], &[("a", 7), ("b", 3)], &[("a", 7)]),
            (&[], &[("a", 7)], &[]),
        ] {
            assert_eq!(goes_on(&heads(kept), &heads(known)), heads(at), "{kept:?} {known:?}");
        }
    }
}
