//! Gaps of a rota, when a grid has nobody at work; a street's usual weeks; and who takes whose shift.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::chain::{StandIn, resolve_stand_in};
use super::flaw::{Flaws, Look, SHORT_TEXT_MAX};
use super::responder::{Shift, on_duty_by_rota};
use crate::ids::ResponderId;

/// A stretch of time in which nobody is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// First instant.
    pub from: Timestamp,
    /// First instant after it.
    pub until: Timestamp,
}

/// When none of `members` is at work between two instants, by the rota and by who stands in: the shift of somebody who is absent is
/// worked by whoever stands in for them, and by nobody when those only point at each other.
pub fn gaps(
    members: &BTreeSet<ResponderId>,
    shifts: &[Shift],
    stand_ins: &[StandIn],
    from: Timestamp,
    until: Timestamp,
) -> Vec<Gap> {
    let theirs =
        |it: &&Shift| members.contains(&it.responder) || it.stands_in_for.is_some_and(|of| members.contains(&of));
    let shifts: Vec<Shift> = shifts.iter().filter(theirs).cloned().collect();
    // Between two of these instants nothing changes.
    let mut instants: BTreeSet<Timestamp> = [from, until].into();
    let within = |at: &Timestamp| *at > from && *at < until;
    instants.extend(shifts.iter().flat_map(|it| [it.from, it.until]).filter(within));
    let absences = stand_ins.iter().flat_map(|it| [Some(it.from), it.until]).flatten();
    instants.extend(absences.filter(within));
    let at_work = |at: Timestamp| {
        let working = shifts.iter().map(|it| it.responder).collect::<BTreeSet<_>>();
        working
            .into_iter()
            .any(|who| on_duty_by_rota(&shifts, who, at) && resolve_stand_in(stand_ins, who, at).is_some())
    };
    let mut found: Vec<Gap> = Vec::new();
    let instants: Vec<Timestamp> = instants.into_iter().collect();
    for pair in instants.windows(2) {
        let (begins, ends) = (pair[0], pair[1]);
        if at_work(begins) {
            continue;
        }
        match found.last_mut() {
            Some(last) if last.until == begins => last.until = ends,
            _ => found.push(Gap {
                from: begins,
                until: ends,
            }),
        }
    }
    found
}

/// Lines of one week at most: forty people, each day.
const LINES_MAX: usize = 280;
/// Weeks of one street at most.
const WEEKS_MAX: usize = 20;

/// One shift of a usual week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekLine {
    /// Who works.
    pub responder: ResponderId,
    /// 1 is Monday, 7 is Sunday.
    pub day: i8,
    /// By the street's clock.
    pub from: Time,
    /// By the street's clock; not after `from`: of the next day.
    pub until: Time,
}

/// A week as it usually is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotaWeek {
    /// By which the office knows it.
    pub name: String,
    /// Its shifts.
    pub lines: Vec<WeekLine>,
}

impl WeekLine {
    /// The shift of the week that begins on `monday`.
    fn shift(&self, monday: Date, zone: &TimeZone) -> Option<Shift> {
        let day = monday.checked_add((self.day - 1).days()).ok()?;
        let last = if self.until > self.from {
            day
        } else {
            day.tomorrow().ok()?
        };
        let at = |day: Date, time| day.to_datetime(time).to_zoned(zone.clone()).ok();
        Some(Shift {
            responder: self.responder,
            from: at(day, self.from)?.timestamp(),
            until: at(last, self.until)?.timestamp(),
            stands_in_for: None,
        })
    }
}

impl RotaWeek {
    /// Its shifts in `weeks` weeks, the first of which begins on `monday`, by their beginning. A day beyond the calendar has none.
    pub fn shifts(&self, monday: Date, weeks: u8, zone: &TimeZone) -> Vec<Shift> {
        let mondays = (0..i32::from(weeks)).filter_map(|n| monday.checked_add(n.weeks()).ok());
        let mut all: Vec<Shift> = mondays
            .flat_map(|monday| self.lines.iter().filter_map(move |it| it.shift(monday, zone)))
            .collect();
        all.sort_unstable_by_key(|it| (it.from, it.responder));
        all
    }
}

/// Each wrong field of a street's weeks: names that are none or stand twice, days that are none, somebody at work twice at once.
///
/// # Errors
/// [`Flaws`] with at least one entry.
pub fn check_weeks(weeks: &[RotaWeek]) -> Result<(), Flaws> {
    let mut look = Look::default();
    look.when(weeks.len() > WEEKS_MAX, "weeks", "at most 20 weeks");
    let mut names = BTreeSet::new();
    for week in weeks {
        look.text("name", &week.name, SHORT_TEXT_MAX);
        look.when(!names.insert(&week.name), "name", "two weeks have the same name");
        look.when(week.lines.len() > LINES_MAX, "lines", "at most 280 shifts in a week");
        look.when(
            week.lines.iter().any(|it| !(1..=7).contains(&it.day)),
            "day",
            "must be 1 to 7",
        );
        // Two of them, so that Sunday's night meets Monday's morning.
        let monday = jiff::civil::date(2026, 1, 5);
        let sound = week.lines.iter().all(|it| (1..=7).contains(&it.day));
        let shifts = if sound {
            week.shifts(monday, 2, &TimeZone::UTC)
        } else {
            Vec::new()
        };
        look.when(twice(&shifts).is_some(), "lines", "somebody would work twice at once");
    }
    look.done()
}

/// Whether two shifts share an instant.
pub fn overlap(one: &Shift, other: &Shift) -> bool {
    one.from < other.until && other.from < one.until
}

/// A shift of somebody who is in another one at the same time, if there is one.
pub fn twice(shifts: &[Shift]) -> Option<&Shift> {
    let mut by_person: Vec<&Shift> = shifts.iter().collect();
    by_person.sort_unstable_by_key(|it| (it.responder, it.from));
    let meets = |pair: &&[&Shift]| pair[0].responder == pair[1].responder && overlap(pair[0], pair[1]);
    by_person.windows(2).find(meets).map(|pair| pair[1])
}

/// What is put on the rota when `with` takes the shift of `of` and, in exchange, `of` takes `back`, a shift of `with`.
pub fn swapped(of: &Shift, with: ResponderId, back: Option<&Shift>) -> Vec<Shift> {
    let taken = |it: &Shift, by: ResponderId| Shift {
        responder: by,
        from: it.from,
        until: it.until,
        stands_in_for: Some(it.responder),
    };
    let mut rows = vec![taken(of, with)];
    rows.extend(back.map(|it| taken(it, of.responder)));
    rows
}

/// Why a shift cannot be swapped, if so. `others`: all the shifts of both that touch the two spans.
pub fn swap_flaw(of: &Shift, with: ResponderId, back: Option<&Shift>, others: &[Shift]) -> Option<&'static str> {
    let given = |it: &Shift| *it == *of || Some(it) == back;
    // Who has given a shift away already does not give it twice.
    let gone = |it: &Shift| {
        let taken = |other: &&Shift| other.stands_in_for == Some(it.responder) && overlap(other, it);
        others.iter().any(|other| taken(&other))
    };
    if of.stands_in_for.is_some() || back.is_some_and(|it| it.stands_in_for.is_some()) {
        return Some("not_their_own");
    }
    if gone(of) || back.is_some_and(gone) {
        return Some("given_already");
    }
    let busy = |who: ResponderId, span: &Shift| {
        others
            .iter()
            .any(|it| it.responder == who && !given(it) && overlap(it, span))
    };
    let meets = back.is_some_and(|it| overlap(it, of));
    (meets || busy(with, of) || back.is_some_and(|it| busy(of.responder, it))).then_some("at_work_then")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::responder_id;
    use crate::people::samples::NOON;

    fn shift(who: &str, from: i64, until: i64, of: Option<&str>) -> Shift {
        Shift {
            responder: responder_id(who),
            from: NOON + from.hours(),
            until: NOON + until.hours(),
            stands_in_for: of.map(responder_id),
        }
    }

    fn away(absent: &str, by: &str, from: i64, until: Option<i64>) -> StandIn {
        StandIn {
            absent: responder_id(absent),
            by: responder_id(by),
            from: NOON + from.hours(),
            until: until.map(|it| NOON + it.hours()),
        }
    }

    /// The gaps of a day, in hours from noon.
    fn found(shifts: &[Shift], stand_ins: &[StandIn]) -> Vec<(i64, i64)> {
        let members = ["a", "b"].map(responder_id).into();
        let hour = |at: Timestamp| at.duration_since(NOON).as_hours();
        let all = gaps(&members, shifts, stand_ins, NOON, NOON + 24.hours());
        all.iter().map(|it| (hour(it.from), hour(it.until))).collect()
    }

    #[test]
    fn a_stretch_in_which_nobody_works_is_a_gap() {
        let a = shift("a", 0, 8, None);
        let b = shift("b", 6, 12, None);
        type Stretches<'a> = &'a [(i64, i64)];
        let cases: &[(&[Shift], Stretches)] = &[
            (&[], &[(0, 24)]),
            (std::slice::from_ref(&a), &[(8, 24)]),
            (&[a.clone(), b.clone()], &[(12, 24)]),
            (&[shift("a", -4, 2, None), shift("b", 20, 30, None)], &[(2, 20)]),
            (&[shift("c", 0, 24, None)], &[(0, 24)]), // works elsewhere
            (&[shift("a", 0, 24, None)], &[]),
            // Whoever takes a shift over works it, and its holder does not.
            (&[a.clone(), shift("c", 2, 10, Some("a"))], &[(10, 24)]),
        ];
        for (shifts, wanted) in cases {
            assert_eq!(found(shifts, &[]), *wanted, "{shifts:?}");
        }
    }

    #[test]
    fn an_absence_is_a_gap_only_where_nobody_stands_in() {
        let day = [shift("a", 0, 24, None)];
        assert_eq!(found(&day, &[away("a", "c", 0, None)]), []);
        let circle = [away("a", "c", 2, Some(10)), away("c", "a", 4, Some(8))];
        assert_eq!(found(&day, &circle), [(4, 8)]);
    }

    #[test]
    fn a_usual_week_makes_its_shifts_by_the_streets_clock() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let line = |who: &str, day, from, until| WeekLine {
            responder: responder_id(who),
            day,
            from: jiff::civil::time(from, 0, 0, 0),
            until: jiff::civil::time(until, 0, 0, 0),
        };
        let week = RotaWeek {
            name: "平时".to_owned(),
            lines: vec![line("A", 7, 20, 8), line("B", 1, 8, 20)],
        };
        let shifts = week.shifts(jiff::civil::date(2026, 6, 1), 2, &zone);
        let said: Vec<String> = shifts.iter().map(|it| format!("{} {}", it.from, it.until)).collect();
        assert_eq!(
            said,
            [
                "2026-06-01T00:00:00Z 2026-06-01T12:00:00Z",
                "2026-06-07T12:00:00Z 2026-06-08T00:00:00Z",
                "2026-06-08T00:00:00Z 2026-06-08T12:00:00Z",
                "2026-06-14T12:00:00Z 2026-06-15T00:00:00Z",
            ]
        );
        assert!(check_weeks(std::slice::from_ref(&week)).is_ok());
        let spoilt = |lines: Vec<WeekLine>| check_weeks(&[RotaWeek { lines, ..week.clone() }]).unwrap_err().0[0].field;
        assert_eq!(spoilt(vec![line("A", 8, 8, 20)]), "day");
        assert_eq!(spoilt(vec![line("A", 1, 8, 20), line("A", 1, 19, 21)]), "lines");
        // Sunday's night goes on into the next Monday.
        assert_eq!(spoilt(vec![line("A", 7, 20, 9), line("A", 1, 8, 20)]), "lines");
        assert_eq!(
            check_weeks(&[week.clone(), week.clone()]).unwrap_err().0[0].field,
            "name"
        );
    }

    #[test]
    fn who_works_then_takes_no_shift() {
        let own = |who, from, until| shift(who, from, until, None);
        let (a, b) = (own("A", 0, 8), own("B", 24, 32));
        let with = responder_id("B");
        let flaw = |of: &Shift, back: Option<&Shift>, others: &[Shift]| {
            let mut all = others.to_vec();
            all.push(of.clone());
            all.extend(back.cloned());
            swap_flaw(of, with, back, &all)
        };
        assert_eq!(flaw(&a, None, &[]), None);
        assert_eq!(flaw(&a, Some(&b), &[]), None);
        assert_eq!(flaw(&a, None, &[own("B", 7, 9)]), Some("at_work_then"));
        assert_eq!(flaw(&a, Some(&b), &[own("A", 31, 33)]), Some("at_work_then"));
        assert_eq!(
            flaw(&a, Some(&own("B", 4, 12)), &[]),
            Some("at_work_then"),
            "both at once is no exchange"
        );
        assert_eq!(flaw(&a, None, &[shift("C", 2, 4, Some("A"))]), Some("given_already"));
        assert_eq!(flaw(&shift("A", 0, 8, Some("C")), None, &[]), Some("not_their_own"));
        let rows = swapped(&a, with, Some(&b));
        assert_eq!(rows, [shift("B", 0, 8, Some("A")), shift("A", 24, 32, Some("B"))]);
        // The one who gave it is off, the one who took it is on.
        let all = [a.clone(), b.clone(), rows[0].clone(), rows[1].clone()];
        let on = |who: &str, hour: i64| on_duty_by_rota(&all, responder_id(who), NOON + hour.hours());
        assert_eq!(
            (on("A", 1), on("B", 1), on("A", 25), on("B", 25)),
            (false, true, true, false)
        );
    }
}
