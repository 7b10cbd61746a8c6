//! The sheet of a month: what a street reports of its calls for help, counted from their logs.
//!
//! Start at [`Counted::of`], one line a call, and [`Sheet::of`], which counts lines and nothing else: whoever has the lines can count again.
//!
//! Holds always: exercises, late calls and cases that are no call for help are no line; what was taken back (an arrival at a wrong door, an
//! end that was no end) does not count; a share is given with both its numbers.

use std::collections::BTreeMap;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::record::{Event, Record};
use super::state::Case;
use super::times::{Times, percentile};
use super::words::{Author, FalseReason, Kind, Lane, Outcome, Severity};
use crate::ids::{CaseId, DeviceId, UserId};
use crate::people::Tier;

/// Somebody is to be at the door within this (DESIGN: fifteen minutes).
pub const DOOR: SignedDuration = SignedDuration::from_mins(15);
/// Stretches of a day in which calls are counted, each of 15 minutes (as Ofcom has emergency calls counted).
pub const BINS: usize = 96;

/// A call for help, as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: String,
    /// Where it belongs: a code, or what is known of the place.
    pub area: String,
    /// What happened.
    pub kind: Kind,
    /// How serious it was at last.
    pub severity: Severity,
    /// The highest tier that owned it.
    pub tier: Tier,
    /// When the alert came.
    pub opened_at: Timestamp,
    /// The first word or deed of a person at a desk, or the first yes of somebody who comes.
    pub answered_at: Option<Timestamp>,
    /// Its instants.
    pub times: Times,
    /// How it ended; none: it has not.
    pub outcome: Option<Outcome>,
    /// Why it was none.
    pub false_reason: Option<FalseReason>,
    /// Who at a desk took it first.
    pub taken_by: Option<UserId>,
    /// Which device called first.
    pub device: Option<DeviceId>,
}

impl Counted {
    /// A line; none: it is no call for help in earnest of now, or has no record.
    pub fn of(case: &Case, number: &str, area: &str, device: Option<DeviceId>, log: &[Record]) -> Option<Self> {
        let Event::Opened { late, tier, .. } = &log.first()?.event else {
            return None;
        };
        if case.drill || *late || case.lane != Lane::Help || case.kind == Kind::SelfCheck {
            return None;
        }
        let by_desk = |it: &&Record| matches!(it.by, Author::User(_));
        let yes = |it: &Record| matches!(it.event, Event::Accepted { .. });
        let false_reason = log.iter().rev().find_map(|it| match it.event {
            Event::Resolved { reason, .. } => Some(reason),
            _ => None,
        });
        let raised = log.iter().filter_map(|it| match it.event {
            Event::TierRaised { tier } => Some(tier),
            _ => None,
        });
        Some(Self {
            case: case.id,
            number: number.to_owned(),
            area: area.to_owned(),
            kind: case.kind,
            severity: case.severity,
            tier: raised.fold(*tier, Tier::max),
            opened_at: case.opened_at,
            answered_at: log.iter().find(|it| by_desk(it) || yes(it)).map(|it| it.at),
            times: Times::of(log)?,
            outcome: case.outcome,
            false_reason: false_reason.flatten(),
            taken_by: log.iter().find_map(|it| match (&it.event, it.by) {
                (Event::Taken, Author::User(by)) => Some(by),
                _ => None,
            }),
            device,
        })
    }

    /// From the alert to the first answer of a person.
    pub fn to_answer(&self) -> Option<SignedDuration> {
        self.answered_at.map(|it| it.duration_since(self.opened_at))
    }

    /// Nothing was wrong.
    pub fn was_false(&self) -> bool {
        self.outcome == Some(Outcome::FalseAlarm)
    }

    /// It has ended, and not by nobody being reached.
    pub fn was_solved(&self) -> bool {
        self.outcome.is_some_and(|it| it != Outcome::NotReached)
    }
}

/// How long something took, seconds, over several calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spread {
    /// How many calls have this time.
    pub count: usize,
    /// Half of them took no longer.
    pub p50: Option<u64>,
    /// Nine of ten.
    pub p90: Option<u64>,
    /// Ninety-nine of a hundred.
    pub p99: Option<u64>,
    /// The longest.
    pub most: Option<u64>,
}

impl Spread {
    fn of(all: impl Iterator<Item = SignedDuration>) -> Self {
        let mut seconds: Vec<u64> = all.map(|it| u64::try_from(it.as_secs()).unwrap_or(0)).collect();
        seconds.sort_unstable();
        Self {
            count: seconds.len(),
            p50: percentile(&seconds, 50),
            p90: percentile(&seconds, 90),
            p99: percentile(&seconds, 99),
            most: seconds.last().copied(),
        }
    }
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Those that are.
    pub part: usize,
    /// All that could be.
    pub of: usize,
}

impl Share {
    fn of(all: impl Iterator<Item = bool>) -> Self {
        all.fold(Self::default(), |sum, it| Self {
            part: sum.part + usize::from(it),
            of: sum.of + 1,
        })
    }
}

/// The figures of some calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// How many calls.
    pub calls: usize,
    /// Of these, critical at last.
    pub critical: usize,
    /// From the alert to the first answer of a person.
    pub to_answer: Spread,
    /// From the alert to the first yes.
    pub to_accept: Spread,
    /// From the alert to the right door.
    pub to_arrive: Spread,
    /// 响应率: answered by a person, of all.
    pub answered: Share,
    /// 解决率: ended otherwise than by reaching nobody, of all.
    pub solved: Share,
    /// Somebody at the door within [`DOOR`], of those for which somebody had to come.
    pub in_time: Share,
    /// False, of those that have ended.
    pub false_alarms: Share,
    /// A fault of a device, of those that have ended.
    pub device_faults: Share,
}

impl Figures {
    /// Of these lines.
    pub fn of<'a>(all: impl Iterator<Item = &'a Counted> + Clone, now: Timestamp) -> Self {
        let ended = || all.clone().filter(|it| it.outcome.is_some());
        Self {
            calls: all.clone().count(),
            critical: all.clone().filter(|it| it.severity == Severity::Critical).count(),
            to_answer: Spread::of(all.clone().filter_map(Counted::to_answer)),
            to_accept: Spread::of(all.clone().filter_map(|it| it.times.to_accept())),
            to_arrive: Spread::of(all.clone().filter_map(|it| it.times.to_arrive())),
            answered: Share::of(all.clone().map(|it| it.answered_at.is_some())),
            solved: Share::of(all.clone().map(Counted::was_solved)),
            in_time: Share::of(all.clone().filter_map(|it| it.times.in_time(DOOR, now))),
            false_alarms: Share::of(ended().map(Counted::was_false)),
            device_faults: Share::of(ended().map(|it| it.outcome == Some(Outcome::DeviceFault))),
        }
    }
}

/// A month of some streets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// All calls.
    pub total: Figures,
    /// By what happened.
    pub kinds: BTreeMap<Kind, Figures>,
    /// By the highest tier that owned them.
    pub tiers: BTreeMap<Tier, Figures>,
    /// By area.
    pub areas: BTreeMap<String, Figures>,
    /// Calls by the 15 minutes of the day in which they came, [`BINS`] of them.
    pub bins: Vec<usize>,
    /// False alarms by device, most first.
    pub false_by_device: Vec<(DeviceId, usize)>,
    /// Calls that each account took first, by the hour of the day.
    pub load: BTreeMap<UserId, [usize; 24]>,
    /// The call for which somebody waited longest for the door: by its arrival, else until it ended, else until now.
    pub worst: Option<(CaseId, SignedDuration)>,
}

impl Sheet {
    /// Counts lines; hours are those of a clock at `offset`.
    pub fn of(lines: &[Counted], offset: Offset, now: Timestamp) -> Self {
        fn by<'a, K: Ord>(
            lines: &'a [Counted],
            key: impl Fn(&'a Counted) -> K,
            now: Timestamp,
        ) -> BTreeMap<K, Figures> {
            let mut parts: BTreeMap<K, Vec<&Counted>> = BTreeMap::new();
            for it in lines {
                parts.entry(key(it)).or_default().push(it);
            }
            let figures = |all: Vec<&Counted>| Figures::of(all.iter().copied(), now);
            parts.into_iter().map(|(key, all)| (key, figures(all))).collect()
        }
        let mut sheet = Self {
            total: Figures::of(lines.iter(), now),
            kinds: by(lines, |it| it.kind, now),
            tiers: by(lines, |it| it.tier, now),
            areas: by(lines, |it| it.area.clone(), now),
            bins: vec![0; BINS],
            ..Self::default()
        };
        let mut devices: BTreeMap<DeviceId, usize> = BTreeMap::new();
        for it in lines {
            let at = offset.to_datetime(it.opened_at);
            let (hour, minute) = (at.hour().unsigned_abs(), at.minute().unsigned_abs());
            if let Some(bin) = sheet.bins.get_mut(usize::from(hour) * 4 + usize::from(minute) / 15) {
                *bin += 1;
            }
            if let Some(device) = it.device.filter(|_| it.was_false()) {
                *devices.entry(device).or_default() += 1;
            }
            if let Some(by) = it.taken_by
                && let Some(taken) = sheet.load.entry(by).or_insert([0; 24]).get_mut(usize::from(hour))
            {
                *taken += 1;
            }
        }
        sheet.false_by_device = devices.into_iter().collect();
        sheet.false_by_device.sort_by_key(|it| std::cmp::Reverse(it.1)); // stable: by id within one count
        sheet.worst = lines
            .iter()
            // For whom nobody had to come nobody waited.
            .filter(|it| it.times.in_time(DOOR, now).is_some())
            .map(|it| {
                let until = it.times.arrived_at.or(it.times.ended_at).unwrap_or(now);
                (it.case, until.duration_since(it.opened_at))
            })
            .max_by_key(|it| it.1);
        sheet
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_767_240_000, 0);

    fn at(seconds: i64) -> Timestamp {
        NOW - SignedDuration::from_hours(48) + SignedDuration::from_secs(seconds)
    }

    /// A call that was opened `n` seconds after the first, answered, arrived and ended so many seconds later.
    fn line(n: i64, answered: Option<i64>, arrived: Option<i64>, ended: Option<(i64, Outcome)>) -> Counted {
        let opened_at = at(n);
        let after = |it: i64| opened_at + SignedDuration::from_secs(it);
        Counted {
            case: CaseId::new(Uuid::from_u128(n.unsigned_abs().into())),
            number: n.to_string(),
            area: "120114001001001".to_owned(),
            kind: Kind::Sos,
            severity: Severity::Critical,
            tier: Tier::Home,
            opened_at,
            answered_at: answered.map(after),
            times: Times {
                opened_at,
                accepted_at: answered.map(after),
                arrived_at: arrived.map(after),
                ended_at: ended.map(|it| after(it.0)),
            },
            outcome: ended.map(|it| it.1),
            false_reason: None,
            taken_by: None,
            device: None,
        }
    }

    #[test]
    fn the_figures_of_a_month_are_those_counted_by_hand() {
        use Outcome::*;
        let device = DeviceId::new(Uuid::from_u128(7));
        let desk = UserId::new(Uuid::from_u128(8));
        let mut lines = vec![
            line(0, Some(10), Some(600), Some((900, Helped))),
            line(60, Some(20), Some(1_000), Some((1_100, HandedOver))),
            line(120, Some(30), None, Some((50, FalseAlarm))),
            line(180, None, None, Some((4_000, DeviceFault))),
            line(240, Some(40), None, None),
        ];
        lines[1].tier = Tier::Street;
        lines[1].kind = Kind::Fall;
        lines[2].device = Some(device);
        lines[0].taken_by = Some(desk);
        let sheet = Sheet::of(&lines, Offset::UTC, NOW);
        let it = sheet.total;
        assert_eq!((it.calls, it.critical), (5, 5));
        assert_eq!(
            (it.answered, it.solved),
            (Share { part: 4, of: 5 }, Share { part: 4, of: 5 })
        );
        // At the door in time: 600 s yes, 1,000 s no, nobody had to come (50 s), ended after 4,000 s without anybody, still open after days.
        assert_eq!(it.in_time, Share { part: 1, of: 4 });
        assert_eq!(
            (it.false_alarms, it.device_faults),
            (Share { part: 1, of: 4 }, Share { part: 1, of: 4 })
        );
        assert_eq!(
            (
                it.to_answer.count,
                it.to_answer.p50,
                it.to_answer.p90,
                it.to_answer.most
            ),
            (4, Some(20), Some(40), Some(40))
        );
        assert_eq!((it.to_arrive.p50, it.to_arrive.p99), (Some(600), Some(1_000)));
        assert_eq!(
            (
                sheet.kinds[&Kind::Fall].calls,
                sheet.tiers[&Tier::Street].calls,
                sheet.tiers[&Tier::Home].calls
            ),
            (1, 1, 4)
        );
        assert_eq!(sheet.false_by_device, [(device, 1)]);
        // 04:00 UTC, and the next quarter from 04:15 on.
        assert_eq!((sheet.bins[16], sheet.bins.iter().sum::<usize>()), (5, 5));
        assert_eq!(sheet.load[&desk][4], 1);
        let (worst, waited) = sheet.worst.unwrap();
        assert_eq!(
            (worst, waited),
            (lines[4].case, NOW.duration_since(at(240))),
            "who still waits has waited longest"
        );
        assert_eq!(Sheet::of(&[], Offset::UTC, NOW).total, Figures::default());
    }

    #[test]
    fn hours_are_those_of_the_streets_clock() {
        let lines = [line(0, None, None, None)];
        let sheet = Sheet::of(&lines, Offset::constant(8), NOW);
        assert_eq!(sheet.bins.iter().position(|it| *it == 1), Some(48), "noon");
    }

    proptest! {
        #[test]
        fn every_part_sums_up_to_the_whole(
            calls in proptest::collection::vec((0..86_400i64, proptest::option::of(0..4_000i64), proptest::option::of(0..4_000i64), 0..5u8, any::<bool>()), 0..40)
        ) {
            let lines: Vec<Counted> = calls
                .iter()
                .map(|(n, answered, arrived, end, street)| {
                    let ends = [None, Some(Outcome::Helped), Some(Outcome::FalseAlarm), Some(Outcome::DeviceFault), Some(Outcome::FineByVoice)];
                    let mut it = line(*n, *answered, *arrived, ends[usize::from(*end)].map(|it| (4_100, it)));
                    it.tier = if *street { Tier::Street } else { Tier::Grid };
                    it.area = if *street { "1" } else { "2" }.to_owned();
                    it
                })
                .collect();
            let sheet = Sheet::of(&lines, Offset::UTC, NOW);
            prop_assert_eq!(sheet.bins.iter().sum::<usize>(), lines.len());
            for parts in [sheet.kinds.values().map(|it| it.calls).sum::<usize>(), sheet.tiers.values().map(|it| it.calls).sum(), sheet.areas.values().map(|it| it.calls).sum()] {
                prop_assert_eq!(parts, lines.len());
            }
            let it = sheet.total;
            for share in [it.answered, it.solved, it.in_time, it.false_alarms, it.device_faults] {
                prop_assert!(share.part <= share.of && share.of <= lines.len());
            }
            for one in [it.to_answer, it.to_accept, it.to_arrive] {
                prop_assert!(one.p50 <= one.p90 && one.p90 <= one.p99 && one.p99 <= one.most);
                prop_assert_eq!(one.count == 0, one.most.is_none());
            }
        }
    }
}
