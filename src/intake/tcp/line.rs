//! One line: bytes become frames, frames become reports, and the device is answered when they are durable.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpStream;

use super::limits::Allowance;
use crate::app::App;
use crate::case::Kind;
use crate::dispatch::{AlertReport, Position, Told};
use crate::intake::asserted::Origin;
use crate::intake::device_time::{When, when};
use crate::intake::terminal::{Alarm, Cut, Fate, Heard, Language, Sort};
use crate::people::{Device, Protocol, Terminal};

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
    /// The service stops.
    Stopping,
}

impl End {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Silent => "silent",
            Self::Nameless => "nameless",
            Self::Deaf => "deaf",
            Self::Broken => "broken",
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
    buffer: Vec<u8>,
    out: Vec<u8>,
    opened_at: Timestamp,
    /// When the last whole frame came.
    heard_at: Timestamp,
    allowance: Allowance,
    who: Option<Who>,
    /// States that have been reported and last.
    lasting: Vec<String>,
    said: Option<Said>,
    kept_aside_at: Option<Timestamp>,
}

impl Line {
    /// `silence_max`: how long it may say nothing.
    pub fn new(
        app: App,
        (protocol, language): (Protocol, &'static dyn Language),
        silence_max: SignedDuration,
        stream: TcpStream,
        address: IpAddr,
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
            buffer: Vec::new(),
            out: Vec::new(),
            opened_at: now,
            heard_at: now,
            allowance,
            who: None,
            lasting: Vec::new(),
            said: None,
            kept_aside_at: None,
        }
    }

    pub async fn run(mut self) -> End {
        loop {
            let (ends_at, end) = self.deadline();
            if self.app.clock.now() >= ends_at {
                self.half_a_frame().await;
                return end;
            }
            tokio::select! {
                biased;
                () = self.app.stopping().cancelled() => return End::Stopping,
                ready = self.stream.readable() => if ready.is_err() { return End::Broken },
                () = self.app.clock.sleep_until(ends_at) => continue,
            }
            match self.take() {
                Ok(0) => {
                    self.half_a_frame().await;
                    return End::Left;
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => {
                    self.half_a_frame().await;
                    return End::Broken;
                }
            }
            if let Err(end) = self.work().await {
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

    /// Works off every whole frame that has come, and answers.
    async fn work(&mut self) -> Result<(), End> {
        let most = self.app.config.intake.tcp.frame_max_bytes;
        let bytes = std::mem::take(&mut self.buffer);
        let (mut at, mut frames) = (0, 0);
        loop {
            match self.language.cut(&bytes[at..], most) {
                Cut::Wait => break,
                Cut::Junk(count) => {
                    let junk = &bytes[at..(at + count.max(1)).min(bytes.len())];
                    at += junk.len();
                    self.junk(junk).await;
                }
                Cut::Frame(count) => {
                    self.may_go_on().await?;
                    let frame = &bytes[at..(at + count.max(1)).min(bytes.len())];
                    at += frame.len();
                    self.frame(frame).await?;
                    frames += 1;
                    if frames % FRAMES_A_TURN == 0 {
                        self.tell().await?;
                        tokio::task::yield_now().await;
                    }
                }
            }
        }
        // A line that waits holds only the beginning of a frame.
        self.buffer = bytes[at..].to_vec();
        self.tell().await
    }

    /// Waits until the line may send another frame. What it sends meanwhile stays in the network.
    async fn may_go_on(&mut self) -> Result<(), End> {
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
    }

    /// Reads a frame, sees what it asserts committed, and answers.
    async fn frame(&mut self, frame: &[u8]) -> Result<(), End> {
        metrics::counter!("ecd_device_frames_total", "protocol" => self.protocol.as_str()).increment(1);
        let mut said = Vec::new();
        self.language.read(frame, &mut |it| said.push(it));
        let mut fate = Fate::Kept;
        for heard in said {
            if self.take_in(heard, frame).await? == Fate::NotKept {
                fate = Fate::NotKept;
            }
        }
        self.language.answer(frame, fate, self.app.clock.now(), &mut self.out);
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
        if heard.sort == Sort::Broken {
            self.keep_aside("undecodable_frame", frame).await;
        } else {
            self.heard_at = now;
            if !known {
                self.keep_aside("unknown_device", frame).await;
            }
        }
        let fate = self.report(&heard, frame).await?;
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
            battery_percent: heard.measured.battery_percent,
            signal_percent: heard.measured.signal_percent,
            place: place.map(|(it, at)| {
                let (lat, lon, crs) = (it.lat, it.lon, device.crs);
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
            reading: heard
                .measured
                .is_vital()
                .then(|| (self.origin().reading(None, heard), at.unwrap_or(now).min(now))),
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
        self.lasting.clear();
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

    /// Keeps bytes for the desk, once in a while.
    async fn keep_aside(&mut self, reason: &'static str, bytes: &[u8]) {
        let now = self.app.clock.now();
        if self
            .kept_aside_at
            .is_some_and(|it| now.duration_since(it) < ASIDE_EVERY)
        {
            return;
        }
        self.kept_aside_at = Some(now);
        let number = self.who.as_ref().map_or("", |it| it.terminal.number.as_str());
        let claimed = format!("{} {number}", self.protocol);
        let address = self.address.to_string();
        let kept = self
            .app
            .strangers
            .keep(&address, claimed.trim_end(), reason, bytes)
            .await;
        if let Err(error) = kept {
            tracing::warn!(%error, "what a device sent could not be kept aside for the desk");
        }
    }

    fn is_tested(&self) -> bool {
        let device = self.who.as_ref().and_then(|it| it.device.as_ref());
        device.is_some_and(|it| self.app.picture.test_of(it.id, self.app.clock.now()).is_some())
    }

    /// Reports each alarm, the call for help first.
    async fn report(&mut self, heard: &Heard, frame: &[u8]) -> Result<Fate, End> {
        let begun: Vec<String> = heard
            .alarms
            .iter()
            .filter(|it| it.lasting)
            .map(|it| it.said.to_string())
            .collect();
        let mut fate = Fate::Kept;
        for alarm in &heard.alarms {
            // A state is news when it begins; in a frame that is an alarm by its form everything is.
            let known = alarm.lasting && heard.sort != Sort::Alarm && self.lasting.iter().any(|it| *it == alarm.said);
            if known {
                continue;
            }
            let report = self.report_of(alarm, heard, frame);
            if let Some(report) = report
                && !self.commit(report).await?
            {
                fate = Fate::NotKept;
            }
        }
        // What was not kept is news once more.
        if fate == Fate::Kept && heard.states && !heard.stored {
            // What began while somebody tested the device is news when the test is over and it lasts.
            let known = std::mem::take(&mut self.lasting);
            self.lasting = begun;
            if self.is_tested() {
                self.lasting.retain(|it| known.contains(it));
            }
        }
        Ok(fate)
    }

    /// Whether it is committed. Tried some times: not every device says a thing twice.
    async fn commit(&self, report: AlertReport) -> Result<bool, End> {
        for left in (0..TRIES_MAX).rev() {
            match self.app.desk.report(report.clone()).await {
                Ok(opened) => {
                    let repeat = if opened.repeat { "yes" } else { "no" };
                    metrics::counter!("ecd_alerts_total", "repeat" => repeat).increment(1);
                    return Ok(true);
                }
                Err(error) => {
                    tracing::warn!(%error, tries_left = left, "an alarm of a device could not be kept");
                    if left > 0 {
                        self.rest(TRY_AGAIN).await?;
                    }
                }
            }
        }
        Ok(false)
    }

    /// None: a stranger's technical matter, which is kept aside and no case.
    fn report_of(&mut self, alarm: &Alarm, heard: &Heard, frame: &[u8]) -> Option<AlertReport> {
        let now = self.app.clock.now();
        let when = self.when(heard, now);
        // The same bytes at the same time are the same alarm. Where the time says nothing, only for as long as devices repeat.
        let reference = match when.at {
            Some(_) => self.protocol.to_string(),
            None => self.reference(frame, now),
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

    /// Writes the answers that have gathered.
    async fn tell(&mut self) -> Result<(), End> {
        let out = std::mem::take(&mut self.out);
        let mut left = &out[..];
        if left.is_empty() {
            return Ok(());
        }
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
