//! What is usual for somebody at home: how long they are usually quiet, learned from their signs of life.
//!
//! What is kept is little: for each of the last days the longest stretch without a sign, by the hours at which it began. Nothing here
//! knows the time. Start at [`Habit::sign`] and [`Habit::usual_at`].
//!
//! Holds always:
//! - without enough whole days nothing is usual ([`DAYS_MIN`]);
//! - what was not listened to is no quiet stretch, and a day with too much of it is no day;
//! - a window that follows from it is at least [`WINDOW_MIN`], and longer than what is usual.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::activity::Hours;
use super::words::words;

/// Days that are looked back on.
pub const DAYS: i32 = 28;

/// So many whole days at least, else nothing is usual: two weeks hold each day of the week twice.
pub const DAYS_MIN: usize = 14;

/// Hours of a band: a stretch that begins after breakfast is not measured by the nights.
pub const BAND_H: u8 = 4;

const BANDS: usize = 24 / BAND_H as usize;

/// A day with fewer signs says nothing of a habit: the only sensor was dead, or nobody was in.
const SIGNS_MIN: u32 = 4;

/// A day of which more was not listened to is not whole.
const DEAF_MAX: SignedDuration = SignedDuration::from_hours(1);

/// So much of a stretch that was not listened to makes no other of it: a restart.
const DEAF_NONE: SignedDuration = SignedDuration::from_mins(5);

/// The shortest window that is ever learned, waking hours: shorter than an afternoon away from all sensors would only ring.
pub const WINDOW_MIN: SignedDuration = SignedDuration::from_hours(3);

/// What a window is longer than what is usual, at least.
const BEYOND: SignedDuration = SignedDuration::from_hours(2);

words! {
    /// Whether what is usual for somebody is learned, and what comes of it.
    Learning ("learning") {
        /// Nothing is learned, and nothing is kept.
        Off = "off", "不学习";
        /// It is shown, and stands in the case; the window is the rule's.
        Propose = "propose", "仅建议";
        /// A window that is sooner over than the rule's holds.
        Tighten = "tighten", "收紧";
    }
}

#[allow(clippy::derivable_impls)] // the words are made by a macro
impl Default for Learning {
    fn default() -> Self {
        Self::Off
    }
}

/// One local day of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    date: Date,
    /// The longest stretch without a sign that began in each band, seconds of waking hours; 0: none began there.
    longest_s: [u32; BANDS],
    signs: u32,
    /// What of the stretches that began on it was not listened to, seconds.
    #[serde(default)]
    deaf_s: u32,
}

/// What was learned of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Habit {
    /// Oldest first, at most [`DAYS`] and the present one.
    days: Vec<Day>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_at: Option<Timestamp>,
}

/// How long somebody is usually quiet after a sign at some hours of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// The first of these hours, local.
    pub from_h: u8,
    /// The hour at which they are over, 1 to 24.
    pub until_h: u8,
    /// The longest quiet stretch of nine days in ten, waking hours only.
    pub longest: SignedDuration,
    /// Days that this rests on.
    pub days: usize,
    /// The first of these days.
    pub from: Date,
    /// The last.
    pub to: Date,
}

impl Usual {
    /// After how long, waking hours only, their silence is unusual: twice what is usual, and two hours more than it at least; in quarters of
    /// an hour.
    pub fn window(&self) -> SignedDuration {
        const QUARTER_S: i64 = 900;
        let window = (self.longest * 2).max(self.longest + BEYOND).max(WINDOW_MIN);
        let quarters = (window.as_secs() + QUARTER_S - 1).div_euclid(QUARTER_S);
        SignedDuration::from_secs(quarters * QUARTER_S)
    }
}

fn band_of(hour: i8) -> usize {
    usize::try_from(hour).unwrap_or(0) / usize::from(BAND_H) % BANDS
}

fn seconds(it: SignedDuration) -> u32 {
    u32::try_from(it.as_secs()).unwrap_or(if it.is_negative() { 0 } else { u32::MAX })
}

impl Habit {
    /// When the last sign was.
    pub const fn last_at(&self) -> Option<Timestamp> {
        self.last_at
    }

    /// Somebody has given a sign of life at `at`; of the time since the sign before, `deaf` was not listened to. `waking`: the hours that count.
    /// One that is older than the last says nothing.
    pub fn sign(&mut self, at: Timestamp, deaf: SignedDuration, waking: Hours, offset: Offset) {
        if self.last_at.is_some_and(|it| at <= it) {
            return;
        }
        if let Some(last) = self.last_at.replace(at) {
            let began = offset.to_datetime(last);
            let day = self.day(began.date());
            if deaf > DEAF_NONE {
                day.deaf_s = day.deaf_s.saturating_add(seconds(deaf));
            } else {
                let longest = &mut day.longest_s[band_of(began.hour())];
                *longest = (*longest).max(seconds(waking.counted(last, at, offset)));
            }
        }
        let today = offset.to_datetime(at).date();
        self.day(today).signs += 1;
        let first = today.checked_sub(jiff::Span::new().days(DAYS)).unwrap_or(Date::MIN);
        self.days.retain(|it| it.date >= first);
    }

    fn day(&mut self, date: Date) -> &mut Day {
        let at = match self.days.binary_search_by_key(&date, |it| it.date) {
            Ok(at) => at,
            Err(at) => {
                let day = Day {
                    date,
                    longest_s: [0; BANDS],
                    signs: 0,
                    deaf_s: 0,
                };
                self.days.insert(at, day);
                at
            }
        };
        &mut self.days[at]
    }

    /// Somebody has left for a time, or is back: what lies between two signs is then no quiet of theirs.
    pub const fn pause(&mut self) {
        self.last_at = None;
    }

    /// Takes in what was written, or what another listener knows: of each day what rests on more signs.
    pub fn merge(&mut self, other: &Self) {
        for theirs in &other.days {
            let mine = self.day(theirs.date);
            if theirs.signs > mine.signs {
                *mine = theirs.clone();
            } else if mine.signs > 0 {
                // A stretch that one of them knows is a stretch.
                for (mine, theirs) in mine.longest_s.iter_mut().zip(theirs.longest_s) {
                    *mine = (*mine).max(theirs);
                }
                mine.deaf_s = mine.deaf_s.max(theirs.deaf_s);
            }
        }
        self.last_at = self.last_at.max(other.last_at);
    }

    /// The days before `today` that count.
    fn counted(&self, today: Date) -> Vec<&Day> {
        let first = today.checked_sub(jiff::Span::new().days(DAYS)).unwrap_or(Date::MIN);
        let whole = |it: &&Day| {
            let in_time = it.date >= first && it.date < today;
            in_time && it.signs >= SIGNS_MIN && i64::from(it.deaf_s) <= DEAF_MAX.as_secs()
        };
        self.days.iter().filter(whole).collect()
    }

    /// How many days before `today` count.
    pub fn days(&self, today: Date) -> usize {
        self.counted(today).len()
    }

    /// What is usual, by the hours at which a quiet stretch begins; hours of which too little is known are left out.
    pub fn usual(&self, today: Date) -> Vec<Usual> {
        let days = self.counted(today);
        (0..BANDS).filter_map(|band| usual_of(&days, band)).collect()
    }

    /// What is usual after a sign at this hour.
    pub fn usual_at(&self, hour: i8, today: Date) -> Option<Usual> {
        usual_of(&self.counted(today), band_of(hour))
    }
}

fn usual_of(days: &[&Day], band: usize) -> Option<Usual> {
    let known: Vec<&&Day> = days.iter().filter(|it| it.longest_s[band] > 0).collect();
    if known.len() < DAYS_MIN {
        return None;
    }
    let mut longest: Vec<u32> = known.iter().map(|it| it.longest_s[band]).collect();
    longest.sort_unstable();
    // Nine days in ten: one on which somebody lay on the floor, or was out for the day, is not usual.
    let rank = (longest.len() * 9).div_ceil(10);
    let from_h = u8::try_from(band).unwrap_or(0) * BAND_H;
    Some(Usual {
        from_h,
        until_h: from_h + BAND_H,
        longest: SignedDuration::from_secs(longest[rank - 1].into()),
        days: known.len(),
        from: known.first()?.date,
        to: known.last()?.date,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const WAKING: Hours = Hours { from: 6, until: 22 };

    fn offset() -> Offset {
        Offset::from_hours(8).unwrap()
    }

    fn at(day: i8, hour: i8, minute: i8) -> Timestamp {
        let first = date(2026, 6, 1).at(0, 0, 0, 0);
        let days = first.checked_add(jiff::Span::new().days(day)).unwrap();
        offset().to_timestamp(days.date().at(hour, minute, 0, 0)).unwrap()
    }

    fn today(day: i8) -> Date {
        offset().to_datetime(at(day, 12, 0)).date()
    }

    /// Somebody who is about at these times of each day.
    fn lived(days: std::ops::Range<i8>, times: &[(i8, i8)]) -> Habit {
        let mut habit = Habit::default();
        for day in days {
            for (hour, minute) in times {
                habit.sign(at(day, *hour, *minute), SignedDuration::ZERO, WAKING, offset());
            }
        }
        habit
    }

    const TIMES: [(i8, i8); 6] = [(6, 30), (8, 0), (11, 0), (12, 0), (17, 0), (21, 0)];

    #[test]
    fn the_longest_stretch_of_each_part_of_the_day_is_learned_in_waking_hours() {
        let habit = lived(0..20, &TIMES);
        let usual = habit.usual(today(20));
        let found: Vec<(u8, i64, usize)> = usual
            .iter()
            .map(|it| (it.from_h, it.longest.as_mins(), it.days))
            .collect();
        // From 21 to half past six is an hour and a half of waking; the last evening is not over yet.
        assert_eq!(
            found,
            [(4, 90, 20), (8, 180, 20), (12, 300, 20), (16, 240, 20), (20, 90, 19)]
        );
        assert_eq!((usual[0].from, usual[0].to), (today(0), today(19)));
        assert_eq!(
            habit.usual_at(13, today(20)).unwrap().longest,
            SignedDuration::from_hours(5)
        );
        assert_eq!(habit.usual_at(2, today(20)), None, "nobody is about at night");
    }

    #[test]
    fn too_few_days_teach_nothing_and_old_ones_are_forgotten() {
        assert_eq!(lived(0..13, &TIMES).usual(today(13)), []);
        let habit = lived(0..14, &TIMES);
        assert_eq!(habit.usual(today(13)), [], "the present day is not over");
        assert_eq!(habit.days(today(14)), 14);
        assert!(habit.usual(today(14)).iter().all(|it| it.days == 14));
        // A month later nothing of it counts.
        assert_eq!((habit.days(today(50)), habit.usual(today(50)).len()), (0, 0));
        assert!(lived(0..100, &TIMES).days.len() <= 29);
        // A day with hardly a sign says nothing of a habit.
        assert_eq!(lived(0..20, &TIMES[..3]).usual(today(20)), []);
    }

    #[test]
    fn one_odd_day_in_ten_is_not_usual_and_a_dark_stretch_is_no_quiet() {
        let mut habit = Habit::default();
        for day in 0..20 {
            for (hour, minute) in TIMES {
                if day == 5 && hour == 17 {
                    continue; // from noon till nine
                }
                let deaf = SignedDuration::from_mins(if day == 9 && hour == 17 { 90 } else { 0 });
                habit.sign(at(day, hour, minute), deaf, WAKING, offset());
            }
        }
        let usual = habit.usual_at(12, today(20)).unwrap();
        assert_eq!(
            (usual.longest.as_mins(), usual.days),
            (300, 19),
            "the dark day does not count"
        );
        // On three days in twenty it is.
        let mut often = lived(0..20, &TIMES);
        for day in &mut often.days[..3] {
            day.longest_s[3] = 9 * 3_600;
        }
        assert_eq!(often.usual_at(12, today(20)).unwrap().longest.as_hours(), 9);
    }

    #[test]
    fn a_window_is_beyond_what_is_usual_and_never_short() {
        let window = |minutes: i64| {
            let usual = Usual {
                from_h: 8,
                until_h: 12,
                longest: SignedDuration::from_mins(minutes),
                days: 20,
                from: today(0),
                to: today(20),
            };
            usual.window().as_mins()
        };
        for (usual, wanted) in [
            (0, 180),
            (45, 180),
            (61, 195),
            (90, 210),
            (120, 240),
            (200, 405),
            (300, 600),
        ] {
            assert_eq!(window(usual), wanted, "{usual} minutes");
        }
    }

    #[test]
    fn whoever_was_away_was_not_quiet() {
        let mut habit = lived(0..15, &TIMES);
        habit.pause();
        habit.sign(at(18, 9, 0), SignedDuration::ZERO, WAKING, offset());
        assert_eq!(
            habit.days.iter().find(|it| it.date == today(14)).unwrap().longest_s[5],
            0
        );
        let before = habit.clone();
        habit.sign(at(18, 8, 0), SignedDuration::ZERO, WAKING, offset());
        assert_eq!(habit, before, "what is older says nothing");
    }

    #[test]
    fn what_was_written_comes_back_beside_what_was_heard_since() {
        let whole = lived(0..20, &TIMES);
        let text = serde_json::to_string(&whole).unwrap();
        assert_eq!(serde_json::from_str::<Habit>(&text).unwrap(), whole);
        assert!(text.len() < 3_000, "{} bytes", text.len());
        let mut fresh = Habit::default();
        fresh.sign(at(20, 7, 0), SignedDuration::ZERO, WAKING, offset());
        fresh.merge(&whole);
        assert_eq!((fresh.days(today(20)), fresh.last_at()), (20, Some(at(20, 7, 0))));
        assert_eq!(fresh.usual(today(20)), whole.usual(today(20)));
        let known = fresh.clone();
        fresh.merge(&whole);
        assert_eq!(fresh, known, "taken in twice it is the same");
    }

    proptest! {
        #[test]
        fn what_is_learned_is_never_longer_than_what_was_lived_nor_its_window_shorter(
            gaps in prop::collection::vec(1_i64..600, 100..400), deaf in prop::collection::vec(0_i64..20, 100..400)) {
            let mut habit = Habit::default();
            let (mut now, mut most) = (at(0, 6, 0), SignedDuration::ZERO);
            for (gap, deaf) in gaps.iter().zip(&deaf) {
                let then = now + SignedDuration::from_mins(*gap);
                most = most.max(WAKING.counted(now, then, offset()));
                habit.sign(then, SignedDuration::from_mins(*deaf), WAKING, offset());
                now = then;
            }
            let today = offset().to_datetime(now).date();
            for it in habit.usual(today) {
                prop_assert!(it.longest <= most && it.days >= DAYS_MIN && it.days <= 28);
                prop_assert!(it.window() >= it.longest + BEYOND && it.window() >= WINDOW_MIN);
                prop_assert!(it.from < it.to && it.to < today);
            }
        }
    }
}
