//! One line: bytes become frames, frames become reports, and the device is answered when they are durable.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpStream;

use super::limits::Allowance;
use super::parts::{Message, Parts, Taken};
use super::seats::{Away, Sitting};
use crate::app::App;
use crate::case::{Kind, Lane};
use crate::dispatch::deliveries::Word;
use crate::dispatch::desk::calls::Call;
use crate::dispatch::orders::{ASK_AGAIN, OnLine, OrderRow, WORTH_FOR};
use crate::dispatch::{AlertReport, DeskError, Position, Told};
use crate::ids::DeviceId;
use crate::intake::asserted::{LAST_KNOWN_M, Origin};
use crate::intake::device_time::{When, when};
use crate::intake::terminal::{Alarm, Cut, Fate, Heard, Language, Part, STILL_SO_AFTER, Sort};
use crate::people::{Device, DeviceOrder, OrderKind, Protocol, Terminal};

/// Bytes that are taken off the line at once. They stand on the stack for a moment: a line that waits holds none.
const READ_BYTES: usize = 4_096;

/// Frames after which other lines get their turn.
const FRAMES_A_TURN: usize = 16;

/// How long a device may leave an answer unread.
const WRITE_WITHIN: Duration = Duration::from_secs(20);

/// How often a frame that could not be kept is tried, and how long is waited in between. Some devices say a thing once.
const TRIES_MAX: usize = 3;
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// How long it is believed who a terminal is before the register is looked at again.
const KNOWN_FOR: SignedDuration = SignedDuration::from_secs(10);

/// How often the store is asked for one that the picture does not know, and a stranger's frames are kept aside.
const ASIDE_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The same alarm byte for byte within so long, from a device whose clock says nothing, is the device saying it again.
const AGAIN_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// The same call for help byte for byte at the same device time is the device saying it again for so long after it came first, and while
/// the case that came of it may still be joined. Firmware repeats its last fix: later, or when the case is over, it is another press.
const SAME_CALL_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// How many such presses of one fix are told apart by what came before them; beyond, by the clock.
const PRESSES_MAX: usize = 32;

/// What has stood at the end of a line for so long, and cannot be read yet, is read as what it may be.
const LATE_AFTER: SignedDuration = SignedDuration::from_secs(2);

/// Bytes that are still taken off a line that ends.
const LAST_BYTES_MAX: usize = 16 * 1024;

/// A command that was not answered is sent again when the device speaks after this; so often in all.
const ORDER_AGAIN: SignedDuration = SignedDuration::from_secs(60);
const ORDER_TRIES_MAX: u8 = 3;

/// Under this name the last word of each device is kept beside those of brokers' topics: no broker's name has a blank.
const LINES: &str = "lines of devices";

/// Bytes of the last frame that is kept, because a language needs its head to name the device; and of the first one, which may be a call
/// for help from nowhere, until a short one comes.
const HEAD_BYTES: usize = 64;
const FIRST_BYTES: usize = 1_024;

/// A command that is on its way.
struct OnItsWay {
    row: OrderRow,
    serial: u16,
    sent_at: Timestamp,
    tries: u8,
}

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The device left.
    Left,
    /// It said nothing for too long.
    Silent,
    /// It did not say who it is.
    Nameless,
    /// It did not read its answers.
    Deaf,
    /// The network broke.
    Broken,
    /// Its devices have all come by another line.
    Moved,
    /// It said nothing for longer than a beat, and another line wanted its place.
    MadeRoom,
    /// The service stops.
    Stopping,
}

impl From<Away> for End {
    fn from(it: Away) -> Self {
        match it {
            Away::Moved => Self::Moved,
            Away::MadeRoom => Self::MadeRoom,
        }
    }
}

impl End {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Silent => "silent",
            Self::Nameless => "nameless",
            Self::Deaf => "deaf",
            Self::Broken => "broken",
            Self::Moved => "moved",
            Self::MadeRoom => "made_room",
            Self::Stopping => "stopping",
        }
    }
}

/// Who is on the line, as the register knows it.
struct Who {
    terminal: Terminal,
    device: Option<Arc<Device>>,
    looked_at: Timestamp,
    asked_at: Timestamp,
}

/// By the word of the kind and the device's own: when each was reported last.
type Lasting = BTreeMap<String, Timestamp>;

fn state_key(alarm: &Alarm) -> String {
    format!("{} {}", alarm.kind.as_str(), alarm.said)
}

fn kinds_of(lasting: &Lasting) -> Vec<Kind> {
    let word = |key: &String| key.split(' ').next().and_then(|it| it.parse().ok());
    lasting.keys().filter_map(word).collect()
}

/// An alarm whose time says nothing, to know it when it comes again.
struct Said {
    frame: Vec<u8>,
    reference: String,
    at: Timestamp,
}

pub(super) struct Line {
    app: App,
    protocol: Protocol,
    language: &'static dyn Language,
    silence_max: SignedDuration,
    stream: TcpStream,
    address: IpAddr,
    sitting: Sitting,
    buffer: Vec<u8>,
    out: Vec<u8>,
    /// The line ends: what it has sent is still taken in.
    ends: bool,
    /// Nothing is written to it any more.
    mute: bool,
    /// When what stands in `buffer` is read as what it may be; none: it is nothing yet.
    late_at: Option<Timestamp>,
    opened_at: Timestamp,
    /// When the last whole frame came.
    heard_at: Timestamp,
    allowance: Allowance,
    who: Option<Who>,
    /// States that have been reported and last, and when each was last; none: not looked up yet.
    lasting: Option<Lasting>,
    said: Option<Said>,
    /// Messages of which some parts have come.
    parts: Parts,
    /// When something was kept aside last, by the reason.
    kept_aside_at: Vec<(&'static str, Timestamp)>,
    /// The device is on this line.
    on_line: Option<OnLine>,
    /// The last whole frame that named the device, where it is short or the first.
    named_by: Vec<u8>,
    on_its_way: Option<OnItsWay>,
    serial: u16,
    asked_where_at: Option<Timestamp>,
    /// Somebody has called for help without a place, and is to be asked.
    from_nowhere: bool,
}

impl Line {
    /// `silence_max`: how long it may say nothing.
    pub fn new(
        app: App,
        (protocol, language): (Protocol, &'static dyn Language),
        silence_max: SignedDuration,
        stream: TcpStream,
        address: IpAddr,
        sitting: Sitting,
    ) -> Self {
        let now = app.clock.now();
        let allowance = Allowance::new(app.config.intake.tcp.frames_per_second_max, now);
        // Answers are a few bytes, and the device waits for each: nothing gathers. A socket that cannot do so works all the same.
        let _ = stream.set_nodelay(true);
        Self {
            app,
            protocol,
            language,
            silence_max,
            stream,
            address,
            sitting,
            buffer: Vec::new(),
            out: Vec::new(),
            ends: false,
            mute: false,
            late_at: None,
            opened_at: now,
            heard_at: now,
            allowance,
            who: None,
            lasting: None,
            said: None,
            parts: Parts::default(),
            kept_aside_at: Vec::new(),
            on_line: None,
            named_by: Vec::new(),
            on_its_way: None,
            serial: 0,
            asked_where_at: None,
            from_nowhere: false,
        }
    }

    /// A whole frame has come.
    fn lives(&mut self, now: Timestamp) {
        self.heard_at = now;
        self.sitting.heard(now);
    }

    /// Waits until the device may have to be told something.
    async fn wanted(&self) {
        match &self.on_line {
            Some(it) => it.woken().await,
            None => std::future::pending().await,
        }
    }

    /// Tells the device what it is to do next: what was not answered once more, else the oldest that waits. A store that fails is asked
    /// again when the device speaks next.
    async fn order(&mut self) -> Result<(), End> {
        let Some(device) = self.on_line.as_ref().map(OnLine::device) else {
            return Ok(());
        };
        self.ask_where(device).await;
        let now = self.app.clock.now();
        let over = |it: &mut OnItsWay| it.row.expires_at <= now || it.tries >= ORDER_TRIES_MAX;
        let waited = |it: &OnItsWay| now.duration_since(it.sent_at) >= ORDER_AGAIN;
        if self.on_its_way.as_ref().is_some_and(waited)
            && let Some(it) = self.on_its_way.take_if(over)
            && it.row.expires_at > now
            && let Err(error) = self.app.orders.answered(&it.row, false).await
        {
            tracing::warn!(%error, "that a device did not answer could not be written");
        }
        let mut next = match &mut self.on_its_way {
            Some(it) if now.duration_since(it.sent_at) < ORDER_AGAIN => return Ok(()),
            Some(it) => OnItsWay {
                row: it.row.clone(),
                tries: it.tries,
                ..*it
            },
            None => match self.app.orders.next(device).await {
                // What was sent by an earlier line and not answered is sent again, and no sooner than it would be here.
                Ok(Some(row)) if row.sent_at.is_some_and(|at| now.duration_since(at) < ORDER_AGAIN) => return Ok(()),
                Ok(Some(row)) => {
                    self.serial = self.serial.wrapping_add(1);
                    OnItsWay {
                        row,
                        serial: self.serial,
                        sent_at: now,
                        tries: 0,
                    }
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    tracing::warn!(%error, "what a device is to be told could not be read");
                    return Ok(());
                }
            },
        };
        let before = self.out.len();
        self.language
            .order(&self.named_by, &next.row.order, next.serial, &mut self.out);
        if self.out.len() == before {
            return Ok(()); // it has no words for it, or has not named itself on this line yet
        }
        self.tell().await?;
        next.sent_at = now;
        next.tries += 1;
        if let Err(error) = self.app.orders.sent(&next.row).await {
            tracing::warn!(%error, "that a device was told something could not be written");
        }
        self.on_its_way = Some(next);
        Ok(())
    }

    /// Whether a frame answers what the device was told.
    async fn heed_answer(&mut self, frame: &[u8]) {
        let Some(it) = &self.on_its_way else { return };
        let Some(done) = self.language.done(frame, &it.row.order, it.serial) else {
            return;
        };
        match self.app.orders.answered(&it.row, done).await {
            Ok(()) => self.on_its_way = None,
            Err(error) => tracing::warn!(%error, "that a device has done something could not be written"),
        }
    }

    /// Whether somebody calls for help and does not say from where.
    fn calls_from_nowhere(&self, heard: &Heard) -> bool {
        let calls = heard.alarms.iter().any(|it| it.kind == Kind::Sos) && !heard.stored;
        let placed = heard.place.is_some_and(|it| it.fixed);
        calls && !placed && self.language.orders().contains(&OrderKind::Locate)
    }

    /// They are asked: after their alarm was answered, and not at each press.
    async fn ask_where(&mut self, device: DeviceId) {
        let now = self.app.clock.now();
        let asked = self.asked_where_at.is_some_and(|at| now.duration_since(at) < ASK_AGAIN);
        if !std::mem::take(&mut self.from_nowhere) || asked {
            return;
        }
        match self.app.orders.give(device, DeviceOrder::Locate, None, WORTH_FOR).await {
            Ok(_) => self.asked_where_at = Some(now),
            Err(error) => tracing::warn!(%error, "whoever calls for help could not be asked where they are"),
        }
    }

    /// Who is on the line as the register has it, for whoever tells them something.
    fn be_on_line(&mut self, frame: &[u8]) {
        if self.ends {
            return; // it may be on another one by now
        }
        let device = self.who.as_ref().and_then(|it| it.device.as_ref()).map(|it| it.id);
        if self.on_line.as_ref().map(OnLine::device) != device {
            self.on_line = device.map(|it| self.app.orders.on_line(it));
            self.on_its_way = None;
        }
        let fits = frame.len() <= HEAD_BYTES || (self.named_by.is_empty() && frame.len() <= FIRST_BYTES);
        if device.is_some() && !self.language.orders().is_empty() && fits {
            self.named_by = frame.to_vec();
        }
    }

    /// Until the line ends; what it has sent before that is taken in.
    pub async fn run(mut self) -> End {
        let end = self.until_it_ends().await;
        Box::pin(self.last_words(end)).await;
        end
    }

    /// What a frame needs is in a box of its own for as long as it is worked on: a line that waits, as nearly all do, holds none of it.
    async fn until_it_ends(&mut self) -> End {
        loop {
            let now = self.app.clock.now();
            let parts_due = self.parts.due_at().is_some_and(|it| it <= now);
            if parts_due && let Err(end) = Box::pin(self.look_at_parts()).await {
                return end;
            }
            let late = self.late_at.is_some_and(|it| it <= now);
            if late && let Err(end) = Box::pin(self.work(late)).await {
                return end;
            }
            let (ends_at, end) = self.deadline();
            if self.app.clock.now() >= ends_at {
                return end;
            }
            let due = [self.parts.due_at(), self.late_at].into_iter().flatten();
            tokio::select! {
                biased;
                () = self.app.stopping().cancelled() => return End::Stopping,
                away = self.sitting.away() => return away.into(),
                ready = self.stream.readable() => if ready.is_err() { return End::Broken },
                () = self.wanted() => {
                    if let Err(end) = Box::pin(self.order()).await {
                        return end;
                    }
                    continue;
                }
                () = self.app.clock.sleep_until(due.fold(ends_at, Timestamp::min)) => continue,
            }
            match self.take() {
                Ok(0) => return End::Left,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => return End::Broken,
            }
            if let Err(end) = Box::pin(self.work(false)).await {
                return end;
            }
        }
    }

    /// When the line is ended if nothing comes, and why.
    fn deadline(&self) -> (Timestamp, End) {
        if self.who.is_none() {
            let within = SignedDuration::from_secs(self.app.config.intake.tcp.name_within_s.into());
            return (self.opened_at + within, End::Nameless);
        }
        (self.heard_at + self.silence_max, End::Silent)
    }

    /// Takes what has come. Not across a wait: the room for it is on the stack.
    fn take(&mut self) -> io::Result<usize> {
        let mut bytes = [0; READ_BYTES];
        let count = self.stream.try_read(&mut bytes)?;
        self.buffer.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    /// Works off every whole frame that has come, and answers. `late`: nothing more has come for a while.
    async fn work(&mut self, late: bool) -> Result<(), End> {
        let bytes = std::mem::take(&mut self.buffer);
        let mut at = 0;
        let done = self.frames(&bytes, &mut at, late).await;
        // A line that waits holds only the beginning of a frame; one that ends, all that has not been taken in.
        self.buffer = bytes[at..].to_vec();
        done?;
        let most = self.app.config.intake.tcp.frame_max_bytes;
        let may_be_one = !self.buffer.is_empty() && self.language.cut_late(&self.buffer, most) != Cut::Wait;
        self.late_at = may_be_one.then(|| self.app.clock.now() + LATE_AFTER);
        self.tell().await?;
        self.order().await
    }

    /// Takes in the frames in `bytes` from `at` on, which is where the next one begins when this returns. With `late` the first of them
    /// may be one by other signs than its length; on a line that ends any of them.
    async fn frames(&mut self, bytes: &[u8], at: &mut usize, mut late: bool) -> Result<(), End> {
        let most = self.app.config.intake.tcp.frame_max_bytes;
        let mut frames = 0;
        loop {
            let rest = &bytes[*at..];
            let cut = if std::mem::replace(&mut late, self.ends) {
                self.language.cut_late(rest, most)
            } else {
                self.language.cut(rest, most)
            };
            match cut {
                Cut::Wait => return Ok(()),
                Cut::Junk(count) => {
                    let junk = &rest[..count.clamp(1, rest.len())];
                    *at += junk.len();
                    self.junk(junk).await;
                }
                Cut::Frame(count) => {
                    self.may_go_on().await?;
                    let frame = &rest[..count.clamp(1, rest.len())];
                    self.frame(frame).await?;
                    *at += frame.len();
                    frames += 1;
                    if frames % FRAMES_A_TURN == 0 {
                        self.tell().await?;
                        tokio::task::yield_now().await;
                    }
                }
            }
        }
    }

    /// Takes in what the line has sent before it ended: whole frames that were still held, which are answered where anybody may hear it, and
    /// half of one, which may be half a call for help.
    async fn last_words(&mut self, end: End) {
        self.ends = true;
        self.mute = matches!(end, End::Deaf | End::Broken | End::Stopping);
        self.out.clear();
        while self.buffer.len() < LAST_BYTES_MAX && self.take().is_ok_and(|it| it > 0) {}
        let bytes = std::mem::take(&mut self.buffer);
        let mut at = 0;
        if !bytes.is_empty() && self.frames(&bytes, &mut at, true).await.is_err() {
            // The service stops, and its store takes nothing.
            tracing::warn!(
                bytes = bytes.len() - at,
                "what a line has sent last could not be taken in"
            );
            return;
        }
        // It does not fail on a line that ends.
        let _ = self.tell().await;
        self.buffer = bytes[at..].to_vec();
        self.half_a_frame().await;
    }

    /// Waits until the line may send another frame. What it sends meanwhile stays in the network.
    async fn may_go_on(&mut self) -> Result<(), End> {
        if self.ends {
            return Ok(()); // there is no more of it than can be taken in
        }
        while let Err(wait) = self.allowance.take(self.app.clock.now()) {
            metrics::counter!("ecd_device_frames_held_total").increment(1);
            self.tell().await?;
            self.rest(wait.unsigned_abs()).await?;
        }
        Ok(())
    }

    async fn rest(&self, span: Duration) -> Result<(), End> {
        tokio::select! {
            () = self.app.stopping().cancelled() => Err(End::Stopping),
            () = self.app.clock.sleep(span) => Ok(()),
        }
    }

    /// What stands there when the line ends may be half a call for help.
    async fn half_a_frame(&mut self) {
        let rest = std::mem::take(&mut self.buffer);
        if !rest.is_empty() {
            // The line has ended already; there is nobody to tell.
            let _ = self.frame(&rest).await;
        }
        for message in self.parts.all() {
            let _ = self.give_up(message).await;
        }
    }

    /// Asks for parts that have not come, and gives up the messages whose time is over.
    async fn look_at_parts(&mut self) -> Result<(), End> {
        let now = self.app.clock.now();
        if self.parts.due_at().is_none_or(|it| it > now) {
            return Ok(());
        }
        for message in self.parts.given_up(now) {
            self.give_up(message).await?;
        }
        for message in self.parts.due_to_ask(now) {
            self.serial = self.serial.wrapping_add(1);
            if let Some(from) = message.frames().first() {
                self.language
                    .ask_for(from, &message.missing(), self.serial, &mut self.out);
            }
        }
        self.tell().await
    }

    /// A message of which parts are missing: what there is, is kept aside and read as far as it goes, and the device is told to say it again.
    async fn give_up(&mut self, message: Message) -> Result<(), End> {
        metrics::counter!("ecd_device_oddities_total", "what" => "parts_missing").increment(1);
        let frames = message.frames();
        self.keep("undecodable_frame", &frames.concat()).await;
        for frame in frames {
            let mut said = Vec::new();
            self.language.read(frame, &mut |it| said.push(it));
            for mut heard in said.into_iter().filter(|it| it.sort != Sort::Broken) {
                heard.alarms.retain(|it| !message.said.contains(&state_key(it)));
                heard.odd.push("parts_missing");
                // What the rest would have said is not known to be over.
                heard.states = false;
                self.take_in(heard, frame).await?;
            }
            self.language
                .answer(frame, Fate::NotKept, self.app.clock.now(), &mut self.out);
        }
        self.tell().await
    }

    /// One of several parts. They are answered when the whole of them is committed.
    async fn part(&mut self, part: Part, frame: &[u8]) -> Result<(), End> {
        let now = self.app.clock.now();
        let mut said = Vec::new();
        self.language.read(frame, &mut |it| said.push(it));
        let number = said.iter().find_map(|it| it.number);
        if let Some(number) = number.and_then(|it| self.protocol.number(it.as_str())) {
            self.know(number, false).await;
        }
        let mut gone = Vec::new();
        let taken = self.parts.take(part, frame, now, &mut gone);
        for message in gone {
            self.give_up(message).await?;
        }
        match taken {
            Taken::Refused => self.whole_frame(frame, &[frame], &[]).await,
            Taken::Held => {
                self.lives(now);
                if !part.at_once {
                    return Ok(());
                }
                // A call for help does not wait for the rest of its message. What lasts does: the rest says whether something is over.
                let mut told = Vec::new();
                for mut heard in said {
                    heard.states = false;
                    heard.alarms.retain(|it| !it.lasting);
                    let names: Vec<String> = heard.alarms.iter().map(state_key).collect();
                    if self.take_in(heard, frame).await? == Fate::Kept {
                        told.extend(names);
                    }
                }
                if let Some(message) = self.parts.of(&part) {
                    message.said = told;
                }
                Ok(())
            }
            Taken::Whole(message) => {
                let frames = message.frames();
                let joined = self.language.joined(&frames);
                self.whole_frame(&joined, &frames, &message.said).await
            }
        }
    }

    /// Takes what has come as one frame: a message, or one of several parts of one.
    async fn frame(&mut self, frame: &[u8]) -> Result<(), End> {
        metrics::counter!("ecd_device_frames_total", "protocol" => self.protocol.as_str()).increment(1);
        match self.language.part(frame) {
            Some(part) => self.part(part, frame).await,
            None => self.whole_frame(frame, &[frame], &[]).await,
        }
    }

    /// Reads it, sees what it asserts committed apart from what has been `told` already, and answers each of the frames in which it came.
    async fn whole_frame(&mut self, frame: &[u8], came: &[&[u8]], told: &[String]) -> Result<(), End> {
        let mut said = Vec::new();
        self.language.read(frame, &mut |it| said.push(it));
        let mut fate = Fate::Kept;
        for mut heard in said {
            heard.alarms.retain(|it| !told.contains(&state_key(it)));
            if self.take_in(heard, frame).await? == Fate::NotKept {
                fate = Fate::NotKept;
            }
        }
        self.heed_answer(frame).await;
        for frame in came {
            self.language.answer(frame, fate, self.app.clock.now(), &mut self.out);
        }
        Ok(())
    }

    async fn take_in(&mut self, heard: Heard, frame: &[u8]) -> Result<Fate, End> {
        let now = self.app.clock.now();
        for odd in &heard.odd {
            metrics::counter!("ecd_device_oddities_total", "what" => *odd).increment(1);
        }
        if let Some(number) = heard.number.and_then(|it| self.protocol.number(it.as_str())) {
            self.know(number, !heard.alarms.is_empty()).await;
        }
        let known = self.who.as_ref().is_some_and(|it| it.device.is_some());
        let aside = if heard.sort == Sort::Broken {
            self.keep_aside("undecodable_frame", frame).await
        } else {
            self.lives(now);
            match known {
                true => true,
                false => self.keep_aside("unknown_device", frame).await,
            }
        };
        let mut fate = self.report(&heard, frame).await?;
        if !aside && !heard.alarms.is_empty() {
            fate = Fate::NotKept;
        }
        if heard.sort != Sort::Broken {
            self.be_on_line(frame);
            self.from_nowhere |= self.calls_from_nowhere(&heard);
        }
        self.remember(&heard, now);
        Ok(fate)
    }

    /// Keeps in mind what a device of the register says of itself and where it is.
    fn remember(&self, heard: &Heard, now: Timestamp) {
        let Some(device) = self.who.as_ref().and_then(|it| it.device.as_ref()) else {
            return;
        };
        let at = self.when(heard, now).at;
        // Where it once was is no sign of where it is: without a fix, or a time, a place says nothing here.
        let place = heard.place.filter(|it| it.fixed).zip(at);
        let told = Told {
            // What was stored says how full it was then.
            battery_percent: heard.measured.battery_percent.filter(|_| !heard.stored),
            signal_percent: heard.measured.signal_percent.filter(|_| !heard.stored),
            place: place.map(|(it, at)| {
                let crs = device.crs.or_else(|| self.origin().assumed(&self.app));
                let (lat, lon) = (it.lat, it.lon);
                let accuracy_m = None;
                (
                    Position {
                        lat,
                        lon,
                        crs,
                        accuracy_m,
                    },
                    at.min(now),
                )
            }),
            reading: heard.measured.is_vital().then(|| {
                (
                    self.origin().reading(&self.app, None, heard),
                    at.unwrap_or(now).min(now),
                )
            }),
        };
        self.app.signs.heard(device, told);
        if heard.states && !heard.stored {
            let last = heard.alarms.iter().filter(|it| it.lasting).map(|it| it.kind);
            self.app.signs.states(device.id, &last.collect::<Vec<Kind>>());
        }
    }

    fn when(&self, heard: &Heard, now: Timestamp) -> When {
        let desk = &self.app.desk;
        let about = SignedDuration::from_secs(desk.config().stale_after_s.into());
        when(heard.said, heard.stored, now, desk.plans().utc_offset_hours, about)
    }

    /// Looks up who it is; `again`: something depends on it now.
    async fn know(&mut self, number: String, again: bool) {
        let now = self.app.clock.now();
        let terminal = Terminal {
            protocol: self.protocol,
            number,
        };
        let before = self.who.take_if(|it| it.terminal == terminal);
        if let Some(who) = before {
            if self.sitting.has_lost() {
                self.sitting.name(&who.terminal);
            }
            let fresh = now.duration_since(who.looked_at) < KNOWN_FOR && !again;
            if fresh {
                self.who = Some(who);
                return;
            }
            let ask = again || now.duration_since(who.asked_at) >= ASIDE_EVERY;
            self.who = Some(
                self.look_up(terminal, now, if ask { now } else { who.asked_at }, ask)
                    .await,
            );
            return;
        }
        self.sitting.name(&terminal);
        self.lasting = None;
        self.said = None;
        self.who = Some(self.look_up(terminal, now, now, true).await);
    }

    async fn look_up(&self, terminal: Terminal, now: Timestamp, asked_at: Timestamp, ask: bool) -> Who {
        let mut device = self.app.picture.device_at(&terminal);
        if device.is_none() && ask {
            device = match self.app.device_at(&terminal).await {
                Ok(it) => it,
                Err(error) => {
                    // An unknown device for now: what it calls comes in all the same.
                    tracing::warn!(%error, "a terminal could not be looked up");
                    None
                }
            };
        }
        Who {
            terminal,
            device,
            looked_at: now,
            asked_at,
        }
    }

    async fn junk(&mut self, junk: &[u8]) {
        metrics::counter!("ecd_device_junk_bytes_total").increment(junk.len() as u64);
        // Ends of lines between frames are nobody's business.
        if !junk.iter().all(u8::is_ascii_whitespace) {
            self.keep_aside("undecodable_frame", junk).await;
        }
    }

    /// Keeps bytes for the desk, once in a while for each reason, and counts the others; `false`: the store could not do it.
    async fn keep_aside(&mut self, reason: &'static str, bytes: &[u8]) -> bool {
        let now = self.app.clock.now();
        self.kept_aside_at.retain(|it| now.duration_since(it.1) < ASIDE_EVERY);
        if self.kept_aside_at.iter().any(|it| it.0 == reason) {
            self.app.strangers.count();
            return true;
        }
        let kept = self.keep(reason, bytes).await;
        if kept {
            self.kept_aside_at.push((reason, now));
        }
        kept
    }

    /// Keeps bytes for the desk; `false`: the store could not do it.
    async fn keep(&self, reason: &'static str, bytes: &[u8]) -> bool {
        let number = self.who.as_ref().map_or("", |it| it.terminal.number.as_str());
        let claimed = format!("{} {number}", self.protocol);
        // A carrier has many terminals behind one address of the network: one that has named itself counts by itself.
        let address = format!("{} {number}", self.address);
        let kept = self
            .app
            .strangers
            .keep(address.trim_end(), claimed.trim_end(), reason, bytes)
            .await;
        if let Err(error) = kept {
            tracing::warn!(%error, "what a device sent could not be kept aside for the desk");
            return false;
        }
        true
    }

    fn is_tested(&self) -> bool {
        let device = self.who.as_ref().and_then(|it| it.device.as_ref());
        device.is_some_and(|it| self.app.picture.test_of(it.id, self.app.clock.now()).is_some())
    }

    /// Reports each alarm, the call for help first.
    async fn report(&mut self, heard: &Heard, frame: &[u8]) -> Result<Fate, End> {
        let now = self.app.clock.now();
        let speaks_of_states = heard.states || heard.alarms.iter().any(|it| it.lasting);
        let known = if speaks_of_states {
            self.lasting().await
        } else {
            Lasting::new()
        };
        // A state is news when it begins, and one that calls for help also when it still lasts after a while: whoever closed the case
        // meanwhile was wrong. In a frame that is an alarm by its form everything is.
        let is_known = |alarm: &Alarm| {
            let reported_at = known
                .get(&state_key(alarm))
                .filter(|_| alarm.lasting && heard.sort != Sort::Alarm)?;
            let still = alarm.kind.lane() == Lane::Help && now.duration_since(*reported_at) >= STILL_SO_AFTER;
            (!still).then_some(*reported_at)
        };
        let (mut fate, mut last) = (Fate::Kept, Lasting::new());
        for alarm in &heard.alarms {
            let known_at = is_known(alarm);
            if alarm.lasting {
                last.insert(state_key(alarm), known_at.unwrap_or(now));
            }
            if known_at.is_some() {
                continue;
            }
            let report = self.report_of(alarm, heard, frame);
            let is_press = alarm.kind.lane() == Lane::Help && !heard.stored;
            if let Some(report) = report
                && !self.commit(report, is_press).await?
            {
                fate = Fate::NotKept;
            }
        }
        // What was not kept is news once more.
        if fate == Fate::Kept && heard.states && !heard.stored {
            // What began while somebody tested the device is news when the test is over and it lasts.
            if self.is_tested() {
                last.retain(|it, _| known.contains_key(it));
            }
            self.keep_lasting(last, &known).await;
        }
        Ok(fate)
    }

    /// The device, where somebody has filed it, and the name of its last word: of nobody else anything is written.
    fn filed(&self) -> Option<(DeviceId, String)> {
        let device = self.who.as_ref()?.device.as_ref()?;
        Some((device.id, device.id.to_string()))
    }

    /// The states that have been reported: on this line, or on one before it.
    async fn lasting(&mut self) -> Lasting {
        if let Some(known) = &self.lasting {
            return known.clone();
        }
        let mut known = Lasting::new();
        if let Some((device, name)) = self.filed() {
            match self.app.deliveries.word(LINES, &name).await {
                Ok(word) => known = word.lasting,
                Err(error) => {
                    // They are news once more, which is better than none.
                    tracing::warn!(%error, "which states of a device last could not be read");
                    return known;
                }
            }
            if !known.is_empty() {
                self.app.signs.states(device, &kinds_of(&known));
            }
        }
        self.lasting = Some(known.clone());
        known
    }

    async fn keep_lasting(&mut self, last: Lasting, before: &Lasting) {
        if let Some((_, name)) = self.filed().filter(|_| last != *before) {
            let word = Word {
                digest: None,
                lasting: last.clone(),
            };
            if let Err(error) = self.app.deliveries.keep_word(LINES, &name, word).await {
                tracing::warn!(%error, "which states of a device last could not be written");
            }
        }
        self.lasting = Some(last);
    }

    /// Whether it is committed. Of a press that is known already only while it is still the same one: then it is reported under a reference
    /// that follows from the alert before it, so that this one, too, is known when it is said again, on whichever line.
    async fn commit(&self, mut report: AlertReport, is_press: bool) -> Result<bool, End> {
        for left in (0..PRESSES_MAX).rev() {
            let Some((call, repeat)) = self.tried(&report).await? else {
                return Ok(false);
            };
            let again = repeat && is_press && self.is_another(&call).await;
            if !again {
                let repeat = if repeat { "yes" } else { "no" };
                metrics::counter!("ecd_alerts_total", "repeat" => repeat).increment(1);
                return Ok(true);
            }
            let now = self.app.clock.now().as_microsecond();
            self.not_of_its_fix(&mut report);
            report.source_ref = Some(match left {
                0 | 1 => format!("{} {now}", self.protocol),
                _ => format!("{} after {}", self.protocol, call.alert),
            });
        }
        // The last of them was under a reference of this very instant.
        Ok(true)
    }

    /// A press that repeats an earlier fix happened now, and may have happened elsewhere.
    fn not_of_its_fix(&self, report: &mut AlertReport) {
        let Some(fixed_at) = report.occurred_at.take() else {
            return;
        };
        let about = SignedDuration::from_secs(self.app.desk.config().stale_after_s.into());
        if self.app.clock.now().duration_since(fixed_at) <= about {
            return;
        }
        report.warnings.push("device_time_old".to_owned());
        if let Some(it) = &mut report.position
            && it.accuracy_m.is_none()
        {
            it.accuracy_m = Some(LAST_KNOWN_M);
            report.warnings.push("position_last_known".to_owned());
        }
    }

    /// Whether a call that was known is another press all the same. What cannot be read is one: rather once too often.
    async fn is_another(&self, call: &Call) -> bool {
        let desk = &self.app.desk;
        let look = async {
            let came_at = desk.came_at(call).await?;
            let of_late = came_at.is_some_and(|it| self.app.clock.now().duration_since(it) < SAME_CALL_WITHIN);
            Ok::<bool, DeskError>(!of_late || !desk.may_join(call).await?)
        };
        look.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "whether a call for help is another one could not be read; it rings");
            true
        })
    }

    /// Commits it, and says whether it had come before; none: it could not be kept. Tried some times: not every device says a thing twice.
    async fn tried(&self, report: &AlertReport) -> Result<Option<(Call, bool)>, End> {
        for left in (0..TRIES_MAX).rev() {
            match self.app.desk.report(report.clone()).await {
                Ok(opened) => {
                    let call = Call {
                        case: opened.case,
                        alert: opened.alert,
                        kind: report.kind.parse().unwrap_or(Kind::Unknown),
                    };
                    return Ok(Some((call, opened.repeat)));
                }
                Err(error) => {
                    tracing::warn!(%error, tries_left = left, "an alarm of a device could not be kept");
                    if left > 0 {
                        self.rest(TRY_AGAIN).await?;
                    }
                }
            }
        }
        Ok(None)
    }

    /// None: a stranger's technical matter, which is kept aside and no case.
    fn report_of(&mut self, alarm: &Alarm, heard: &Heard, frame: &[u8]) -> Option<AlertReport> {
        let now = self.app.clock.now();
        let when = self.when(heard, now);
        // The same bytes at the same time are the same alarm. Where the time says nothing, or is that of the last fix for as long as
        // there is no other, only for as long as devices repeat.
        let moves = heard.stored || heard.said.is_some_and(|it| it.by_satellite);
        let reference = match when.at {
            Some(_) if moves => self.protocol.to_string(),
            _ => self.reference(frame, now),
        };
        self.origin().report(&self.app, (alarm, heard, frame), when, reference)
    }

    fn origin(&self) -> Origin<'_> {
        Origin {
            protocol: self.protocol,
            terminal: self.who.as_ref().map(|it| &it.terminal),
            device: self.who.as_ref().and_then(|it| it.device.as_deref()),
        }
    }

    fn reference(&mut self, frame: &[u8], now: Timestamp) -> String {
        let again = |it: &&mut Said| it.frame == frame && now.duration_since(it.at) < AGAIN_WITHIN;
        if let Some(it) = self.said.as_mut().filter(again) {
            return it.reference.clone();
        }
        let reference = format!("{} {}", self.protocol, now.as_microsecond());
        self.said = Some(Said {
            frame: frame.to_vec(),
            reference: reference.clone(),
            at: now,
        });
        reference
    }

    /// Writes the answers that have gathered. A line that ends may take them or not.
    async fn tell(&mut self) -> Result<(), End> {
        let out = std::mem::take(&mut self.out);
        if out.is_empty() || self.mute {
            return Ok(());
        }
        match self.write(&out).await {
            Err(end) if self.ends && end != End::Stopping => {
                self.mute = true;
                Ok(())
            }
            done => done,
        }
    }

    async fn write(&self, mut left: &[u8]) -> Result<(), End> {
        let give_up = self.app.clock.sleep(WRITE_WITHIN);
        tokio::pin!(give_up);
        while !left.is_empty() {
            match self.stream.try_write(left) {
                Ok(count) => left = &left[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    tokio::select! {
                        ready = self.stream.writable() => if ready.is_err() { return Err(End::Broken) },
                        () = &mut give_up => return Err(End::Deaf),
                        () = self.app.stopping().cancelled() => return Err(End::Stopping),
                    }
                }
                Err(_) => return Err(End::Broken),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a future takes, without one.
    fn size<T>(_: impl FnOnce(Line) -> T) -> usize {
        size_of::<T>()
    }

    #[test]
    fn a_line_that_waits_holds_nothing_of_what_a_frame_needs() {
        let bytes = size(Line::run);
        assert!(bytes <= 3_072, "{bytes} bytes a line, ten thousand times");
    }
}
