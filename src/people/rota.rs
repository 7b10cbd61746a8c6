//! Gaps of a rota: when a grid has nobody at work.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::chain::{StandIn, resolve_stand_in};
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

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

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
}
