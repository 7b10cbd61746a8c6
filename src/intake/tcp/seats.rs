//! Which lines stand, who has named themselves on each, and which of them gives way when there is no room.
//!
//! A device that has lost its network opens a new line and says nothing to the old one, which stands for as long as a line may be silent.
//! So a terminal that names itself on a new line ends the one before it; and where there is no room, what has been silent for longer
//! than a beat goes before anybody is turned away. Many devices may share one line (a gateway, a bench): it ends only when the last of
//! the names given on it has moved elsewhere.
//!
//! A line that is told to end has given up its place already: whoever comes does not wait for it. Nothing here reads a clock or a socket.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::limits::{NoRoom, TcpConfig};
use crate::people::Terminal;

/// Names of one line that are followed. A line with more never ends because they have moved.
const NAMES_MAX: usize = 16;

/// That an address was turned away is told for so long after the last time.
const TOLD_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Addresses of which that is known.
const REFUSED_MAX: usize = 1_000;

/// Why a line is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// Everybody who has named themselves on it is on another line.
    Moved,
    /// It has said nothing for longer than a beat, and somebody else wants its place.
    MadeRoom,
}

/// One line.
#[derive(Debug)]
struct Seat {
    id: u64,
    address: IpAddr,
    beat: SignedDuration,
    /// When its last whole frame came, microseconds; when it was opened, before that.
    heard_at: AtomicI64,
    away: AtomicU8,
    /// A name that was given on it has been given on another line.
    lost: AtomicBool,
    woken: Notify,
}

impl Seat {
    fn away(&self) -> Option<Away> {
        match self.away.load(Ordering::Acquire) {
            1 => Some(Away::Moved),
            2 => Some(Away::MadeRoom),
            _ => None,
        }
    }

    fn send(&self, away: Away) {
        let word = match away {
            Away::Moved => 1,
            Away::MadeRoom => 2,
        };
        self.away.store(word, Ordering::Release);
        self.woken.notify_one();
    }

    /// From when on it has been silent for longer than a beat.
    fn silent_from(&self) -> i64 {
        let beat = i64::try_from(self.beat.as_micros()).unwrap_or(i64::MAX);
        self.heard_at.load(Ordering::Acquire).saturating_add(beat)
    }
}

struct Held {
    seat: Arc<Seat>,
    names: Vec<Terminal>,
    /// It has been given more names than are followed.
    many: bool,
}

/// Lines of one address that were turned away.
struct Refused {
    since: Timestamp,
    last_at: Timestamp,
    /// No line of it gives way before this, microseconds.
    look_at: i64,
}

#[derive(Default)]
struct Inner {
    next: u64,
    count: usize,
    by_address: HashMap<IpAddr, HashMap<u64, Held>>,
    names: HashMap<Terminal, Arc<Seat>>,
    refused: HashMap<IpAddr, Refused>,
    /// No line at all gives way before this, microseconds.
    look_at: i64,
}

/// The lines of this process.
pub struct Seats {
    lines_max: usize,
    per_address_max: usize,
    inner: Mutex<Inner>,
}

impl Seats {
    /// With nobody inside.
    pub fn new(config: &TcpConfig) -> Arc<Self> {
        Arc::new(Self {
            lines_max: config.lines_max,
            per_address_max: config.per_address_max(),
            inner: Mutex::default(),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a line from `address` whose devices speak once in a `beat`; it is free again when the place is dropped. Where there is
    /// none, the line that has been silent longest gives way, if that is longer than its beat: one of the same address, and where only
    /// the whole is full any other.
    ///
    /// # Errors
    /// Why there is none.
    pub fn admit(self: &Arc<Self>, address: IpAddr, beat: SignedDuration, now: Timestamp) -> Result<Sitting, NoRoom> {
        let mut inner = self.inner();
        let of_address = inner.by_address.get(&address).map_or(0, HashMap::len);
        let full = if of_address >= self.per_address_max {
            Some(NoRoom::FullForAddress)
        } else if inner.count >= self.lines_max {
            Some(NoRoom::Full)
        } else {
            None
        };
        if let Some(why) = full
            && !inner.make_room(address, why, now)
        {
            let first = inner.turn_away(address, now);
            drop(inner);
            if first {
                tracing::warn!(%address, why = why.as_str(), "lines of devices are turned away");
            }
            return Err(why);
        }
        inner.next += 1;
        inner.count += 1;
        inner.look_at = i64::MIN;
        if let Some(it) = inner.refused.get_mut(&address) {
            it.look_at = i64::MIN;
        }
        let seat = Arc::new(Seat {
            id: inner.next,
            address,
            beat,
            heard_at: AtomicI64::new(now.as_microsecond()),
            away: AtomicU8::new(0),
            lost: AtomicBool::new(false),
            woken: Notify::new(),
        });
        let held = Held {
            seat: seat.clone(),
            names: Vec::new(),
            many: false,
        };
        inner.by_address.entry(address).or_default().insert(seat.id, held);
        drop(inner);
        Ok(Sitting {
            seats: self.clone(),
            seat,
        })
    }

    /// Lines that are open now, without those that are on their way out.
    pub fn open(&self) -> usize {
        self.inner().count
    }

    /// The addresses whose lines are turned away, and since when; the longest first.
    pub fn refused(&self, now: Timestamp) -> Vec<(IpAddr, Timestamp)> {
        let mut inner = self.inner();
        inner.refused.retain(|_, it| now.duration_since(it.last_at) < TOLD_FOR);
        let mut all: Vec<(IpAddr, Timestamp)> = inner.refused.iter().map(|(at, it)| (*at, it.since)).collect();
        drop(inner);
        all.sort_by_key(|it| (it.1, it.0));
        all
    }
}

impl Inner {
    /// Sends away whoever has been silent longest; `false`: nobody has been so for longer than a beat.
    fn make_room(&mut self, address: IpAddr, why: NoRoom, now: Timestamp) -> bool {
        let now = now.as_microsecond();
        let known = self.refused.get(&address).map_or(i64::MIN, |it| it.look_at);
        if now > known {
            let of_address = self.by_address.get(&address).into_iter().flat_map(HashMap::values);
            match longest(of_address, now) {
                Ok(seat) => return self.send(&seat, Away::MadeRoom),
                Err(look_at) => {
                    if let Some(it) = self.refused.get_mut(&address) {
                        it.look_at = look_at;
                    }
                }
            }
        }
        if why == NoRoom::FullForAddress || now <= self.look_at {
            return false;
        }
        match longest(self.by_address.values().flat_map(HashMap::values), now) {
            Ok(seat) => self.send(&seat, Away::MadeRoom),
            Err(look_at) => {
                self.look_at = look_at;
                false
            }
        }
    }

    /// Whether it is the first of a while.
    fn turn_away(&mut self, address: IpAddr, now: Timestamp) -> bool {
        if let Some(it) = self.refused.get_mut(&address) {
            let anew = now.duration_since(it.last_at) >= TOLD_FOR;
            if anew {
                it.since = now;
            }
            it.last_at = now;
            return anew;
        }
        if self.refused.len() >= REFUSED_MAX {
            self.refused.retain(|_, it| now.duration_since(it.last_at) < TOLD_FOR);
        }
        if self.refused.len() >= REFUSED_MAX {
            return false;
        }
        let refused = Refused {
            since: now,
            last_at: now,
            look_at: i64::MIN,
        };
        self.refused.insert(address, refused);
        true
    }

    /// Tells a line to end; its place is free from now on.
    fn send(&mut self, seat: &Arc<Seat>, away: Away) -> bool {
        self.leave(seat);
        seat.send(away);
        true
    }

    fn held(&mut self, seat: &Seat) -> Option<&mut Held> {
        self.by_address.get_mut(&seat.address)?.get_mut(&seat.id)
    }

    fn leave(&mut self, seat: &Seat) {
        let Some(of_address) = self.by_address.get_mut(&seat.address) else {
            return;
        };
        let Some(held) = of_address.remove(&seat.id) else {
            return;
        };
        if of_address.is_empty() {
            self.by_address.remove(&seat.address);
        }
        self.count -= 1;
        for name in &held.names {
            if self.names.get(name).is_some_and(|it| it.id == seat.id) {
                self.names.remove(name);
            }
        }
    }

    fn name(&mut self, seat: &Arc<Seat>, terminal: &Terminal) {
        let before = self.names.get(terminal).cloned();
        if before.as_ref().is_some_and(|it| it.id == seat.id) || self.held(seat).is_none() {
            return; // said before, or on its way out
        }
        if let Some(before) = before {
            self.names.remove(terminal);
            self.moved(&before, terminal);
        }
        let Some(held) = self.held(seat) else { return };
        if held.names.len() < NAMES_MAX {
            held.names.push(terminal.clone());
            self.names.insert(terminal.clone(), seat.clone());
        } else {
            held.many = true;
        }
    }

    /// A name of this line has been given on another.
    fn moved(&mut self, seat: &Arc<Seat>, terminal: &Terminal) {
        let Some(held) = self.held(seat) else { return };
        held.names.retain(|it| it != terminal);
        if held.names.is_empty() && !held.many {
            self.send(seat, Away::Moved);
        } else {
            seat.lost.store(true, Ordering::Release);
        }
    }
}

/// Whoever has been silent longest, and for longer than a beat; else when the first will have been.
fn longest<'a>(of: impl Iterator<Item = &'a Held>, now: i64) -> Result<Arc<Seat>, i64> {
    let mut longest: Option<&Arc<Seat>> = None;
    let mut first = i64::MAX;
    for it in of.map(|it| &it.seat) {
        let from = it.silent_from();
        first = first.min(from);
        let heard_at = |it: &Arc<Seat>| it.heard_at.load(Ordering::Acquire);
        if from < now && longest.is_none_or(|known| heard_at(it) < heard_at(known)) {
            longest = Some(it);
        }
    }
    longest.cloned().ok_or(first)
}

/// The place of one line.
pub struct Sitting {
    seats: Arc<Seats>,
    seat: Arc<Seat>,
}

impl Sitting {
    /// A terminal has named itself on this line: the line that it was on before ends, unless others are on it too.
    pub fn name(&self, terminal: &Terminal) {
        self.seat.lost.store(false, Ordering::Release);
        self.seats.inner().name(&self.seat, terminal);
    }

    /// Whether a name that was given here has been given on another line since.
    pub fn has_lost(&self) -> bool {
        self.seat.lost.load(Ordering::Acquire)
    }

    /// A whole frame has come.
    pub fn heard(&self, at: Timestamp) {
        self.seat.heard_at.store(at.as_microsecond(), Ordering::Release);
    }

    /// Waits until the line is to end.
    pub async fn away(&self) -> Away {
        loop {
            if let Some(it) = self.seat.away() {
                return it;
            }
            self.seat.woken.notified().await;
        }
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        self.seats.inner().leave(&self.seat);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Protocol;

    const BEAT: SignedDuration = SignedDuration::from_secs(480);

    fn seats(lines_max: usize, per_address_max: usize) -> Arc<Seats> {
        Seats::new(&TcpConfig {
            lines_max,
            lines_per_address_max: Some(per_address_max),
            ..TcpConfig::default()
        })
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_000_000 + seconds).unwrap()
    }

    fn from(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    fn terminal(number: &str) -> Terminal {
        Terminal {
            protocol: Protocol::Watch,
            number: number.to_owned(),
        }
    }

    #[test]
    fn lines_are_counted_for_all_and_for_each_address() {
        let seats = seats(3, 2);
        let first = seats.admit(from(1), BEAT, at(0)).unwrap();
        let _second = seats.admit(from(1), BEAT, at(0)).unwrap();
        assert_eq!(seats.admit(from(1), BEAT, at(0)).err(), Some(NoRoom::FullForAddress));
        let third = seats.admit(from(2), BEAT, at(0)).unwrap();
        assert_eq!(seats.admit(from(3), BEAT, at(0)).err(), Some(NoRoom::Full));
        drop((first, third));
        assert_eq!(seats.open(), 1);
        let _again = seats.admit(from(1), BEAT, at(0)).unwrap();
        assert_eq!(
            seats.inner().by_address.len(),
            1,
            "addresses that have left are forgotten"
        );
    }

    #[test]
    fn whoever_names_themselves_anew_ends_the_line_before_unless_others_are_on_it() {
        let seats = seats(9, 9);
        let [one, two, three] = [1, 2, 3].map(|it| seats.admit(from(it), BEAT, at(0)).unwrap());
        one.name(&terminal("1"));
        one.name(&terminal("1"));
        two.name(&terminal("1"));
        assert_eq!((one.seat.away(), seats.open()), (Some(Away::Moved), 2));
        // On its way out it takes nobody back.
        one.name(&terminal("1"));
        assert_eq!(two.seat.away(), None);
        // A gateway: it ends with its last one, and what comes back is its own again.
        two.name(&terminal("2"));
        three.name(&terminal("1"));
        assert!(two.seat.away().is_none() && two.has_lost());
        two.name(&terminal("1"));
        assert_eq!((three.seat.away(), two.has_lost()), (Some(Away::Moved), false));
        let four = seats.admit(from(4), BEAT, at(0)).unwrap();
        four.name(&terminal("1"));
        assert_eq!(two.seat.away(), None);
        four.name(&terminal("2"));
        assert_eq!(two.seat.away(), Some(Away::Moved));
        drop((one, two, three));
        assert_eq!((seats.open(), seats.inner().names.len()), (1, 2));
        drop(four);
        let inner = seats.inner();
        assert!(inner.names.is_empty() && inner.by_address.is_empty() && inner.count == 0);
    }

    #[test]
    fn of_a_line_with_very_many_names_few_are_kept_and_it_stays() {
        let seats = seats(9, 9);
        let bench = seats.admit(from(1), BEAT, at(0)).unwrap();
        for it in 0..NAMES_MAX + 5 {
            bench.name(&terminal(&it.to_string()));
        }
        assert_eq!(seats.inner().names.len(), NAMES_MAX);
        let other = seats.admit(from(1), BEAT, at(0)).unwrap();
        for it in 0..NAMES_MAX {
            other.name(&terminal(&it.to_string()));
        }
        assert_eq!(bench.seat.away(), None);
    }

    #[test]
    fn whoever_has_been_silent_longest_gives_way_and_nobody_within_a_beat() {
        let seats = seats(4, 2);
        let old = seats.admit(from(1), BEAT, at(0)).unwrap();
        let older = seats.admit(from(1), BEAT, at(0)).unwrap();
        old.heard(at(10));
        assert_eq!(seats.admit(from(1), BEAT, at(480)).err(), Some(NoRoom::FullForAddress));
        assert_eq!(seats.refused(at(480)), [(from(1), at(480))]);
        let new = seats.admit(from(1), BEAT, at(481)).unwrap();
        assert_eq!((older.seat.away(), old.seat.away()), (Some(Away::MadeRoom), None));
        assert_eq!(seats.open(), 2);
        drop(older);
        assert_eq!(seats.open(), 2, "its place was given away already");
        // It speaks: then it is not the one.
        assert_eq!(seats.admit(from(1), BEAT, at(490)).err(), Some(NoRoom::FullForAddress));
        old.heard(at(491));
        assert_eq!(seats.admit(from(1), BEAT, at(600)).err(), Some(NoRoom::FullForAddress));
        // Where all is full, and the address has nobody: whoever it is.
        let [two, three] = [2, 3].map(|it| seats.admit(from(it), BEAT, at(600)).unwrap());
        assert_eq!(seats.admit(from(4), BEAT, at(900)).err(), Some(NoRoom::Full));
        two.heard(at(900));
        let four = seats.admit(from(4), BEAT, at(990)).unwrap();
        assert_eq!((new.seat.away(), old.seat.away()), (Some(Away::MadeRoom), None));
        old.heard(at(990));
        assert_eq!(seats.admit(from(5), BEAT, at(991)).err(), Some(NoRoom::Full));
        assert_eq!((three.seat.away(), four.seat.away()), (None, None));
        // What nobody was turned away from for ten minutes is not told.
        assert_eq!(seats.refused(at(1_300)).len(), 2, "{:?}", seats.refused(at(1_300)));
        assert_eq!(seats.refused(at(1_591)).len(), 0);
    }
}
