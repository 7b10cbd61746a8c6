//! The order in which somebody goes from door to door.
//!
//! Begun by the nearest neighbour, in time rather than in metres: a door that opens later is as far away as the wait before it. Then
//! turned about (2-opt) and moved one by one (Or-opt) for as long as that reaches more doors within their hours, or ends sooner, or
//! is a shorter way. A grid worker's round has some tens of doors: that is a matter of milliseconds, and a solver of whole fleets
//! would bring more to build and to watch than it saves.

/// Doors that are put into one order at most: travel times are a square of them.
pub const STOPS_MAX: usize = 40;

/// Rounds of improvement at most; each makes the tour better, so that it ends by itself long before.
const ROUNDS_MAX: usize = 60;

/// A door, in seconds after the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// Nobody is visited earlier.
    pub opens_s: u32,
    /// Nobody is visited who is come to later.
    pub closes_s: u32,
    /// How long somebody stays.
    pub stay_s: u32,
}

/// Travel times between places, whole seconds; `None`: there is no way.
#[derive(Debug, Clone)]
pub struct Times {
    /// From the start to each stop.
    pub start: Vec<Option<u32>>,
    /// From each stop to each.
    pub between: Vec<Vec<Option<u32>>>,
}

/// One leg of a tour, in seconds after the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// To which stop.
    pub stop: usize,
    /// On the way.
    pub travel_s: u32,
    /// At the door.
    pub arrives_s: u32,
    /// The visit begins: after a wait, where the hours are not yet.
    pub begins_s: u32,
}

/// A tour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tour {
    /// In order.
    pub legs: Vec<Leg>,
    /// Stops that nobody can be at within their hours, or that no way leads to.
    pub left_out: Vec<usize>,
}

impl Times {
    fn of(&self, from: Option<usize>, to: usize) -> Option<u32> {
        match from {
            None => self.start.get(to).copied().flatten(),
            Some(from) => self.between.get(from)?.get(to).copied().flatten(),
        }
    }
}

/// Walks an order; `None`: some door is not reached within its hours.
fn walk(order: &[usize], times: &Times, stops: &[Stop]) -> Option<Vec<Leg>> {
    let mut legs = Vec::with_capacity(order.len());
    let (mut at, mut free_s) = (None, 0_u32);
    for stop in order {
        let hours = stops.get(*stop)?;
        let travel_s = times.of(at, *stop)?;
        let arrives_s = free_s.saturating_add(travel_s);
        let begins_s = arrives_s.max(hours.opens_s);
        if begins_s > hours.closes_s {
            return None;
        }
        legs.push(Leg {
            stop: *stop,
            travel_s,
            arrives_s,
            begins_s,
        });
        free_s = begins_s.saturating_add(hours.stay_s);
        at = Some(*stop);
    }
    Some(legs)
}

/// When the last visit begins, and how long one travels: less is better. `None`: it cannot be walked.
fn cost(order: &[usize], times: &Times, stops: &[Stop]) -> Option<(u32, u64)> {
    let legs = walk(order, times, stops)?;
    let ends = legs.last().map_or(0, |it| it.begins_s);
    Some((ends, legs.iter().map(|it| u64::from(it.travel_s)).sum()))
}

/// The order in which the stops are gone to.
pub fn tour(times: &Times, stops: &[Stop]) -> Tour {
    let mut order = nearest_first(times, stops);
    for _ in 0..ROUNDS_MAX {
        let grown = fit_in(&mut order, times, stops);
        if !improve(&mut order, times, stops) && !grown {
            break;
        }
    }
    let left_out = (0..stops.len()).filter(|it| !order.contains(it)).collect();
    Tour {
        legs: walk(&order, times, stops).unwrap_or_default(),
        left_out,
    }
}

/// Always on to whom one can begin with soonest.
fn nearest_first(times: &Times, stops: &[Stop]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(stops.len());
    let (mut at, mut free_s) = (None, 0_u32);
    loop {
        let next = (0..stops.len())
            .filter(|it| !order.contains(it))
            .filter_map(|it| {
                let travel_s = times.of(at, it)?;
                let begins_s = free_s.saturating_add(travel_s).max(stops[it].opens_s);
                (begins_s <= stops[it].closes_s).then_some((begins_s, travel_s, it))
            })
            .min();
        let Some((begins_s, _, stop)) = next else { return order };
        free_s = begins_s.saturating_add(stops[stop].stay_s);
        at = Some(stop);
        order.push(stop);
    }
}

/// Puts whoever was left out where they cost least; whether anybody was.
fn fit_in(order: &mut Vec<usize>, times: &Times, stops: &[Stop]) -> bool {
    let mut grown = false;
    for stop in 0..stops.len() {
        if order.contains(&stop) {
            continue;
        }
        let places = (0..=order.len()).filter_map(|at| {
            let mut other = order.clone();
            other.insert(at, stop);
            Some((cost(&other, times, stops)?, at))
        });
        if let Some((_, at)) = places.min() {
            order.insert(at, stop);
            grown = true;
        }
    }
    grown
}

/// The best turn or move there is, if any makes it better.
fn improve(order: &mut Vec<usize>, times: &Times, stops: &[Stop]) -> bool {
    let Some(mut best) = cost(order, times, stops) else {
        return false;
    };
    let mut found = None;
    let mut look = |other: Vec<usize>| {
        if let Some(it) = cost(&other, times, stops).filter(|it| *it < best) {
            (best, found) = (it, Some(other));
        }
    };
    for from in 0..order.len() {
        for to in from + 1..order.len() {
            let mut turned = order.clone();
            turned[from..=to].reverse();
            look(turned);
        }
        for to in (0..order.len()).filter(|to| *to != from) {
            let mut moved = order.clone();
            let stop = moved.remove(from);
            moved.insert(to, stop);
            look(moved);
        }
    }
    match found {
        Some(other) => {
            *order = other;
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL_DAY: Stop = Stop {
        opens_s: 0,
        closes_s: 86_400,
        stay_s: 600,
    };

    /// Places on a line, a second a metre; the start at 0.
    fn line(places: &[i32]) -> Times {
        let way = |a: i32, b: i32| Some(a.abs_diff(b));
        Times {
            start: places.iter().map(|it| way(0, *it)).collect(),
            between: places
                .iter()
                .map(|a| places.iter().map(|b| way(*a, *b)).collect())
                .collect(),
        }
    }

    fn order(it: &Tour) -> Vec<usize> {
        it.legs.iter().map(|it| it.stop).collect()
    }

    /// The best there is, by trying every order.
    fn best(times: &Times, stops: &[Stop]) -> Option<(u32, u64)> {
        fn all(rest: &mut Vec<usize>, order: &mut Vec<usize>, see: &mut dyn FnMut(&[usize])) {
            if rest.is_empty() {
                see(order);
            }
            for at in 0..rest.len() {
                let it = rest.remove(at);
                order.push(it);
                all(rest, order, see);
                order.pop();
                rest.insert(at, it);
            }
        }
        let mut least = None;
        let mut rest: Vec<usize> = (0..stops.len()).collect();
        all(&mut rest, &mut vec![], &mut |order| {
            let it = cost(order, times, stops);
            least = match (least, it) {
                (Some(a), Some(b)) => Some(std::cmp::min(a, b)),
                (a, b) => a.or(b),
            };
        });
        least
    }

    #[test]
    fn a_zigzag_of_the_nearest_is_straightened() {
        // Nearest first goes 1, -2, 4, -8 and walks 26; once to each side is 4 + 4 + 8 or 8 + 8 + 4.
        let times = line(&[1, -2, 4, -8]);
        let it = tour(&times, &[ALL_DAY; 4]);
        assert_eq!(order(&it), [0, 2, 1, 3]);
        assert_eq!(it.legs.iter().map(|it| it.travel_s).sum::<u32>(), 16);
        assert_eq!(it.left_out, [] as [usize; 0]);
    }

    #[test]
    fn hours_are_kept_and_who_cannot_be_reached_is_said() {
        let mut times = line(&[100, 200, 300, 400]);
        times.start[3] = None;
        (0..4).for_each(|it| times.between[it][3] = None);
        let hours = |opens_s, closes_s| Stop {
            opens_s,
            closes_s,
            stay_s: 600,
        };
        // The far one is only there early, the near one late, and one was there before anybody could be.
        let stops = [hours(5_000, 9_000), hours(0, 100), hours(0, 400), ALL_DAY];
        let it = tour(&times, &stops);
        assert_eq!((order(&it), it.left_out), (vec![2, 0], vec![1, 3]));
        assert_eq!(
            (it.legs[0].begins_s, it.legs[1].arrives_s, it.legs[1].begins_s),
            (300, 1_100, 5_000)
        );
    }

    #[test]
    fn nobody_to_visit_is_no_tour() {
        let it = tour(&line(&[]), &[]);
        assert!(it.legs.is_empty() && it.left_out.is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// Everybody once or left out, within their hours, in the order in which it is walked; and near the best of all orders.
        #[test]
        fn a_tour_is_sound_and_short(places in prop::collection::vec((-3_000i32..3_000, 0u32..4_000, 2_000u32..20_000), 0..6)) {
            let times = line(&places.iter().map(|it| it.0).collect::<Vec<_>>());
            let stops: Vec<Stop> = places.iter().map(|it| Stop { opens_s: it.1, closes_s: it.1 + it.2, stay_s: 300 }).collect();
            let it = tour(&times, &stops);
            let mut seen = order(&it);
            seen.extend(&it.left_out);
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..stops.len()).collect::<Vec<_>>());
            prop_assert_eq!(walk(&order(&it), &times, &stops), Some(it.legs.clone()));
            if let (true, Some(least)) = (it.left_out.is_empty(), best(&times, &stops)) {
                let ends = it.legs.last().map_or(0, |it| it.begins_s);
                prop_assert!(ends >= least.0);
                prop_assert!(f64::from(ends) <= f64::from(least.0) * 1.5 + 1.0, "{} of {}", ends, least.0);
            }
        }
    }
}
