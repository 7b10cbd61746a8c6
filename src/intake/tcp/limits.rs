//! What a device on a line may take up, and how it is set up: one listener for each language.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::intake::datum::UsualCrs;
use crate::people::Protocol;

/// The listeners and what all of them together may take up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TcpConfig {
    /// Lines that are open at once.
    pub lines_max: usize,
    /// Lines of one network address; none: as many as in all. Carriers put a whole town behind one.
    pub lines_per_address_max: Option<usize>,
    /// Frames a second that one line may send on and on; ten times as many at once.
    pub frames_per_second_max: u32,
    /// Bytes of one frame.
    pub frame_max_bytes: usize,
    /// How long a new line may take to say who it is, seconds.
    pub name_within_s: u32,
    /// In which reference system devices send their places whose file does not say it.
    pub crs_usual: UsualCrs,
}

impl Default for TcpConfig {
    /// 20,000 lines: a street's devices several times over, at about 10 KiB each. Twenty frames a second: the most that a watch sends
    /// is its store after a night without a network. 64 KiB: the largest frame that LEN of the watch family can tell.
    fn default() -> Self {
        Self {
            lines_max: 20_000,
            lines_per_address_max: None,
            frames_per_second_max: 20,
            frame_max_bytes: 64 * 1024,
            name_within_s: 60,
            crs_usual: UsualCrs::default(),
        }
    }
}

impl TcpConfig {
    /// Lines of one address.
    pub fn per_address_max(&self) -> usize {
        self.lines_per_address_max.unwrap_or(self.lines_max)
    }

    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let checks = [
            (self.lines_max == 0, "intake.tcp.lines_max: must be at least 1"),
            (
                self.lines_per_address_max
                    .is_some_and(|it| it == 0 || it > self.lines_max),
                "intake.tcp.lines_per_address_max: must be 1 to lines_max",
            ),
            (
                self.frames_per_second_max == 0 || self.frames_per_second_max > 10_000,
                "intake.tcp.frames_per_second_max: must be 1 to 10000",
            ),
            (
                self.frame_max_bytes < 1_024 || self.frame_max_bytes > 1024 * 1024,
                "intake.tcp.frame_max_bytes: must be 1024 to 1048576",
            ),
            (
                self.name_within_s == 0 || self.name_within_s > 600,
                "intake.tcp.name_within_s: must be 1 to 600",
            ),
        ];
        checks.iter().filter(|it| it.0).map(|it| it.1.to_owned()).collect()
    }
}

/// One listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LineConfig {
    /// Address and port; none: this language is not listened to.
    pub listen: Option<SocketAddr>,
    /// How often a living device says something, seconds. A line that says nothing for twice as long and a minute is ended.
    pub beat_s: u32,
}

impl Default for LineConfig {
    /// Eight minutes: the watch family keeps its line every five to eight; GT06 and JT/T 808 within five.
    fn default() -> Self {
        Self {
            listen: None,
            beat_s: 480,
        }
    }
}

impl LineConfig {
    /// How often a living device says something.
    pub fn beat(&self) -> SignedDuration {
        SignedDuration::from_secs(self.beat_s.into())
    }

    /// How long a line may say nothing.
    pub fn silence_max(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.beat_s) * 2 + 60)
    }
}

/// How devices come in.
#[derive(Debug, Clone, Default)]
pub struct IntakeConfig {
    /// `[intake.tcp]`
    pub tcp: TcpConfig,
    /// `[intake.tcp.watch]`
    pub watch: LineConfig,
    /// `[intake.tcp.gt06]`
    pub gt06: LineConfig,
    /// `[intake.tcp.jt808]`
    pub jt808: LineConfig,
    /// `[intake.tcp.h02]`
    pub h02: LineConfig,
    /// `[intake.tcp.eelink]`
    pub eelink: LineConfig,
    /// `[intake.tcp.minifinder]`
    pub minifinder: LineConfig,
    /// `[intake.tcp.eview]`
    pub eview: LineConfig,
    /// `[intake.tcp.trv]`
    pub trv: LineConfig,
    /// `[intake.tcp.blue]`
    pub blue: LineConfig,
    /// `[intake.tcp.gator]`
    pub gator: LineConfig,
    /// `[intake.tcp.queclink]`
    pub queclink: LineConfig,
    /// `[intake.tcp.gotop]`
    pub gotop: LineConfig,
    /// `[intake.tcp.gps103]`
    pub gps103: LineConfig,
    /// `[intake.tcp.pt502]`
    pub pt502: LineConfig,
    /// `[intake.tcp.taip]`
    pub taip: LineConfig,
    /// `[intake.tcp.tk103]`
    pub tk103: LineConfig,
    /// `[intake.tcp.topin]`
    pub topin: LineConfig,
}

impl IntakeConfig {
    /// Every language with its listener.
    pub fn lines(&self) -> impl Iterator<Item = (Protocol, &LineConfig)> {
        Protocol::ALL.iter().filter_map(|it| Some((*it, self.line(*it)?)))
    }

    /// The listener of one language; none where it has no lines.
    pub fn line(&self, protocol: Protocol) -> Option<&LineConfig> {
        match protocol {
            Protocol::Watch => Some(&self.watch),
            Protocol::Gt06 => Some(&self.gt06),
            Protocol::Jt808 => Some(&self.jt808),
            Protocol::H02 => Some(&self.h02),
            Protocol::Eelink => Some(&self.eelink),
            Protocol::MiniFinder => Some(&self.minifinder),
            Protocol::Eview => Some(&self.eview),
            Protocol::Trv => Some(&self.trv),
            Protocol::Blue => Some(&self.blue),
            Protocol::Gator => Some(&self.gator),
            Protocol::Queclink => Some(&self.queclink),
            Protocol::Gotop => Some(&self.gotop),
            Protocol::Gps103 => Some(&self.gps103),
            Protocol::Pt502 => Some(&self.pt502),
            Protocol::Taip => Some(&self.taip),
            Protocol::Tk103 => Some(&self.tk103),
            Protocol::Topin => Some(&self.topin),
            Protocol::Mqtt | Protocol::Scaip => None,
        }
    }

    /// As [`Self::line`], to be filled.
    pub fn line_mut(&mut self, protocol: Protocol) -> Option<&mut LineConfig> {
        match protocol {
            Protocol::Watch => Some(&mut self.watch),
            Protocol::Gt06 => Some(&mut self.gt06),
            Protocol::Jt808 => Some(&mut self.jt808),
            Protocol::H02 => Some(&mut self.h02),
            Protocol::Eelink => Some(&mut self.eelink),
            Protocol::MiniFinder => Some(&mut self.minifinder),
            Protocol::Eview => Some(&mut self.eview),
            Protocol::Trv => Some(&mut self.trv),
            Protocol::Blue => Some(&mut self.blue),
            Protocol::Gator => Some(&mut self.gator),
            Protocol::Queclink => Some(&mut self.queclink),
            Protocol::Gotop => Some(&mut self.gotop),
            Protocol::Gps103 => Some(&mut self.gps103),
            Protocol::Pt502 => Some(&mut self.pt502),
            Protocol::Taip => Some(&mut self.taip),
            Protocol::Tk103 => Some(&mut self.tk103),
            Protocol::Topin => Some(&mut self.topin),
            Protocol::Mqtt | Protocol::Scaip => None,
        }
    }

    /// Every mistake, one sentence each.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = self.tcp.mistakes();
        let mut taken: HashMap<SocketAddr, Protocol> = HashMap::new();
        for (protocol, line) in self.lines() {
            if line.beat_s < 10 || line.beat_s > 86_400 {
                found.push(format!("intake.tcp.{protocol}.beat_s: must be 10 to 86400"));
            }
            let Some(address) = line.listen.filter(|it| it.port() != 0) else {
                continue;
            };
            if let Some(other) = taken.insert(address, protocol) {
                found.push(format!(
                    "intake.tcp.{protocol}.listen: {address} is listened to for {other} already"
                ));
            }
        }
        found
    }
}

/// Why a line was not taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoom {
    /// All lines are taken.
    Full,
    /// Those of its address are.
    FullForAddress,
}

impl NoRoom {
    /// A stable word, for the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::FullForAddress => "full_for_address",
        }
    }
}

/// Counts the lines that are open.
#[derive(Debug)]
pub struct Doorkeeper {
    lines_max: usize,
    per_address_max: usize,
    open: Mutex<(usize, HashMap<IpAddr, usize>)>,
}

impl Doorkeeper {
    /// With nobody inside.
    pub fn new(config: &TcpConfig) -> Arc<Self> {
        Arc::new(Self {
            lines_max: config.lines_max,
            per_address_max: config.per_address_max(),
            open: Mutex::default(),
        })
    }

    /// A place for a line from `address`; it is free again when the place is dropped.
    ///
    /// # Errors
    /// Why there is none.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Room, NoRoom> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.0 >= self.lines_max {
            return Err(NoRoom::Full);
        }
        let of_address = open.1.entry(address).or_default();
        if *of_address >= self.per_address_max {
            return Err(NoRoom::FullForAddress);
        }
        *of_address += 1;
        open.0 += 1;
        let door = self.clone();
        Ok(Room { door, address })
    }

    /// Lines that are open now.
    pub fn open(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The place of one line.
#[derive(Debug)]
pub struct Room {
    door: Arc<Doorkeeper>,
    address: IpAddr,
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut open = self.door.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.0 -= 1;
        if let Some(count) = open.1.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.1.remove(&self.address);
            }
        }
    }
}

/// Frames that a line may still send: so many a second, ten times as many at once.
#[derive(Debug)]
pub struct Allowance {
    per_second: u32,
    left: f64,
    counted_at: Timestamp,
}

/// Seconds' worth that may come at once.
const BURST_S: u32 = 10;

impl Allowance {
    /// Full.
    pub fn new(per_second: u32, now: Timestamp) -> Self {
        Self {
            per_second,
            left: f64::from(per_second * BURST_S),
            counted_at: now,
        }
    }

    /// Whether it has rested for so long that it is as good as new.
    pub fn is_full(&self, now: Timestamp) -> bool {
        let rest = now.duration_since(self.counted_at);
        rest >= SignedDuration::from_secs(i64::from(BURST_S))
    }

    /// Takes one; else how long to wait until there is one.
    ///
    /// # Errors
    /// The wait.
    pub fn take(&mut self, now: Timestamp) -> Result<(), SignedDuration> {
        let per_second = f64::from(self.per_second);
        let passed = now.duration_since(self.counted_at).max(SignedDuration::ZERO);
        self.counted_at = now;
        let most = per_second * f64::from(BURST_S);
        self.left = passed.as_secs_f64().mul_add(per_second, self.left).min(most);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - self.left) / per_second;
        Err(SignedDuration::try_from_secs_f64(wait).unwrap_or(SignedDuration::from_secs(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_for_all_and_for_each_address() {
        let config = TcpConfig {
            lines_max: 3,
            lines_per_address_max: Some(2),
            ..TcpConfig::default()
        };
        let door = Doorkeeper::new(&config);
        let (a, b): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let first = door.admit(a).unwrap();
        let _second = door.admit(a).unwrap();
        assert_eq!(door.admit(a).unwrap_err(), NoRoom::FullForAddress);
        let third = door.admit(b).unwrap();
        assert_eq!(door.admit(b).unwrap_err(), NoRoom::Full);
        drop((first, third));
        assert_eq!(door.open(), 1);
        let _again = door.admit(a).unwrap();
        assert_eq!(
            door.open.lock().unwrap().1.len(),
            1,
            "addresses that have left are forgotten"
        );
    }

    #[test]
    fn an_allowance_fills_with_time_and_not_beyond_its_burst() {
        let at = |millis: i64| Timestamp::from_millisecond(1_772_000_000_000 + millis).unwrap();
        let mut allowance = Allowance::new(20, at(0));
        let taken = |it: &mut Allowance, now| (0..1_000).take_while(|_| it.take(now).is_ok()).count();
        assert_eq!(taken(&mut allowance, at(0)), 200);
        assert_eq!(allowance.take(at(0)), Err(SignedDuration::from_millis(50)));
        assert_eq!(taken(&mut allowance, at(500)), 10);
        assert_eq!(taken(&mut allowance, at(3_600_000)), 200);
        // A clock that stands still or goes back gives nothing.
        assert_eq!(taken(&mut allowance, at(0)), 0);
    }

    #[test]
    fn every_mistake_of_the_listeners_is_told() {
        let mut config = IntakeConfig::default();
        assert_eq!(config.mistakes(), Vec::<String>::new());
        config.tcp = TcpConfig {
            lines_max: 0,
            lines_per_address_max: Some(0),
            frames_per_second_max: 0,
            frame_max_bytes: 1,
            name_within_s: 0,
            crs_usual: UsualCrs::default(),
        };
        config.watch.beat_s = 1;
        assert_eq!(config.mistakes().len(), 6, "{:?}", config.mistakes());
        let mut config = IntakeConfig::default();
        let address = Some("127.0.0.1:9001".parse().unwrap());
        (config.watch.listen, config.gt06.listen) = (address, address);
        assert_eq!(
            config.mistakes(),
            ["intake.tcp.gt06.listen: 127.0.0.1:9001 is listened to for watch already"]
        );
    }
}
