//! Which homes which stations reach: for planning, all pairs at once.
//!
//! One sweep per station; every home hangs on its road and notes the earliest arrival as the sweep comes by. All is
//! computed anew on any change: 20,000 homes and 50 stations take some ten milliseconds, so there is nothing to keep
//! up to date.

use super::coordinates::Point;
use super::graph::{Bits, NONE, WHOLE};
use super::ground::{Ground, seconds, straight};
use super::speeds::Mode;
use super::sweep::{Direction, LIMIT_MAX_DS, Leaves, Passage, Queue, share, sweep, with_scratch};

/// Homes placed on the roads for one mode; made once, asked often.
#[derive(Debug, Clone)]
pub struct Homes {
    ground: Ground,
    mode: Mode,
    direction: Direction,
    points: Vec<Point>,
    /// By half: where its hooks begin; one more than there are halves. Empty without roads.
    first: Vec<u32>,
    present: Bits,
    hooks: Vec<Hook>,
    /// Homes in the order in which they lie along the roads: what is near is near in memory too.
    order: Vec<u32>,
    /// Homes on no road.
    loose: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Hook {
    along: u32,
    away: u32,
    /// A place in `Homes::order`.
    home: u32,
}

/// What the stations reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    stations: Vec<Station>,
    homes: usize,
    estimated: Bits,
}

#[derive(Debug, Clone, PartialEq)]
struct Station {
    covered: Bits,
    seconds: Vec<u16>,
    estimated: bool,
}

/// The seconds of a pair that is not covered.
const NOT_COVERED: u16 = u16::MAX;

impl Homes {
    /// Places `points` on the roads. `direction` says who travels: [`Direction::From`] the station comes to the homes,
    /// [`Direction::To`] the homes go to the station.
    pub fn new(ground: &Ground, points: &[Point], mode: Mode, direction: Direction) -> Self {
        let (mut loose, mut order) = (Vec::new(), Vec::new());
        let (mut first, mut present, mut hooks) = (Vec::new(), Bits::default(), Vec::new());
        if let Ground::Roads(roads) = ground {
            let net = roads.net(mode, direction);
            let mut placed: Vec<(u32, Hook)> = Vec::with_capacity(points.len() * 2);
            for (home, point) in points.iter().enumerate() {
                let home = home as u32;
                match roads.place(*point, mode) {
                    None => loose.push(home),
                    Some(place) => net.hooks(&place, |it| {
                        let hook = Hook {
                            along: it.from,
                            away: it.spent,
                            home,
                        };
                        placed.push((it.half, hook));
                    }),
                }
            }
            placed.sort_by_key(|(half, _)| *half);
            let mut place_of = vec![NONE; points.len()];
            for (_, hook) in &mut placed {
                let place = &mut place_of[hook.home as usize];
                if *place == NONE {
                    *place = order.len() as u32;
                    order.push(hook.home);
                }
                hook.home = *place;
            }
            present = Bits::new(roads.topology.halves());
            first = vec![0; roads.topology.halves() + 1];
            for (half, _) in &placed {
                first[*half as usize + 1] += 1;
                present.set(*half);
            }
            for half in 1..first.len() {
                first[half] += first[half - 1];
            }
            hooks = placed.into_iter().map(|(_, hook)| hook).collect();
        } else {
            loose = (0..points.len() as u32).collect();
        }
        Self {
            ground: ground.clone(),
            mode,
            direction,
            points: points.to_vec(),
            first,
            present,
            hooks,
            order,
            loose,
        }
    }

    /// Which homes each of `stations` covers within `limit_seconds` (at most 65,534, some 18 hours).
    pub fn covered_by(&self, stations: &[Point], limit_seconds: u32) -> Coverage {
        let limit = limit_seconds.min(u32::from(NOT_COVERED) - 1).saturating_mul(10);
        let mut estimated = Bits::new(self.points.len());
        for home in &self.loose {
            estimated.set(*home);
        }
        let stations = stations
            .iter()
            .map(|station| self.covered_by_one(*station, limit))
            .collect();
        Coverage {
            stations,
            homes: self.points.len(),
            estimated,
        }
    }

    fn covered_by_one(&self, station: Point, limit: u32) -> Station {
        let mut covered = Bits::new(self.points.len());
        let mut times = vec![NOT_COVERED; self.points.len()];
        let mut note = |home: u32, cost: u32| {
            if cost <= limit {
                covered.set(home);
                times[home as usize] = seconds(cost) as u16;
            }
        };
        let guess = |home: u32| straight(station, self.points[home as usize], self.mode).0;
        let placed = self
            .ground
            .roads()
            .and_then(|roads| Some((roads, roads.place(station, self.mode)?)));
        let guessed = placed.is_none();
        match placed {
            Some((roads, place)) => {
                let net = roads.net(self.mode, self.direction);
                let mut noting = Noting {
                    homes: self,
                    costs: vec![u32::MAX; self.order.len()],
                };
                let limit = limit.min(LIMIT_MAX_DS);
                with_scratch(|scratch| sweep(&net, scratch, &net.seeds(&place), limit, &mut noting));
                for (home, cost) in self.order.iter().zip(noting.costs) {
                    note(*home, cost);
                }
                for home in &self.loose {
                    note(*home, guess(*home));
                }
            }
            None => {
                for home in 0..self.points.len() as u32 {
                    note(home, guess(home));
                }
            }
        }
        Station {
            covered,
            seconds: times,
            estimated: guessed,
        }
    }
}

/// Notes the earliest arrival at each home.
struct Noting<'a> {
    homes: &'a Homes,
    costs: Vec<u32>,
}

impl Leaves for Noting<'_> {
    #[inline]
    fn any(&self, half: u32) -> bool {
        self.homes.present.get(half)
    }

    #[inline]
    fn passed(&mut self, passage: Passage, _: &mut Queue) {
        let hooks =
            self.homes.first[passage.half as usize] as usize..self.homes.first[passage.half as usize + 1] as usize;
        for hook in &self.homes.hooks[hooks] {
            if let Some(ahead) = hook.along.checked_sub(passage.from) {
                let cost = passage.spent + share(passage.cost, ahead.min(WHOLE)) + hook.away;
                let best = &mut self.costs[hook.home as usize];
                *best = cost.min(*best);
            }
        }
    }

    fn reached(&mut self, _: u32, _: u32, _: u32) -> bool {
        true
    }
}

impl Coverage {
    /// Seconds from a station to a home (or back, by the direction asked for); `None` if beyond the limit. Both are
    /// numbered as they were given; a number that was not given is beyond every limit.
    pub fn seconds(&self, station: usize, home: usize) -> Option<u32> {
        let its = self.stations.get(station)?.seconds.get(home)?;
        (*its != NOT_COVERED).then_some(u32::from(*its))
    }

    /// The homes that a station covers, a bit each, 64 to a word: unions and counts are plain operations on words.
    pub fn bits(&self, station: usize) -> &[u64] {
        self.stations.get(station).map_or(&[], |it| it.covered.words())
    }

    /// Whether a pair was judged by the straight line.
    pub fn estimated(&self, station: usize, home: usize) -> bool {
        self.stations.get(station).is_some_and(|it| it.estimated)
            || (home < self.homes && self.estimated.get(home as u32))
    }

    /// The homes that fewer than `times` stations cover.
    pub fn covered_less_than(&self, times: usize) -> Vec<usize> {
        let covers = |home: usize| self.stations.iter().filter(|it| it.covered.get(home as u32)).count();
        (0..self.homes).filter(|home| covers(*home) < times).collect()
    }

    /// How many homes a station covers.
    pub fn count(&self, station: usize) -> usize {
        self.bits(station).iter().map(|word| word.count_ones() as usize).sum()
    }
}
