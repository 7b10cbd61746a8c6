//! Which station is asked for a service: those that give it, by the road between them and the elder, in the direction of the wish.

use std::sync::Arc;

use jiff::civil::DateTime;

use crate::case::{StationAsk, Wish};
use crate::circle::{Ground, Limits, Mode, Point, Reach, at_elder_pace};
use crate::ids::StationId;
use crate::people::{ServiceWay, Station, Unfit};

/// The nearest as the crow flies that are looked at by road: a canal between makes another one nearer. Who is farther is farther than
/// these by any way that matters within fifteen minutes.
const LOOKED_AT: usize = 24;

/// A station that gives what is wished, and what stands against it.
#[derive(Debug, Clone, PartialEq)]
pub struct StationFound {
    /// The station.
    pub station: Arc<Station>,
    /// The way between it and the elder.
    pub ask: StationAsk,
    /// Everything against asking it; empty: it can be asked.
    pub unfit: Vec<Unfit>,
}

/// What a wish finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Routed {
    /// Those that fit and lie in the circle first, the nearest of them on top; then the others with their reasons.
    pub found: Vec<StationFound>,
    /// Stations that do not give this service: they are counted and not named.
    pub others: usize,
    /// Nobody knows where the elder is to be found: no station can be chosen.
    pub home_unknown: bool,
}

impl Routed {
    /// The nearest that fits within the circle.
    pub fn chosen(&self) -> Option<StationAsk> {
        self.found.iter().find(|it| it.unfit.is_empty()).map(|it| it.ask)
    }

    /// The nearest that would fit and lies outside.
    pub fn nearest_outside(&self) -> Option<StationAsk> {
        let outside = |it: &&StationFound| it.unfit[..] == [Unfit::OutsideCircle];
        self.found.iter().find(outside).map(|it| it.ask)
    }
}

/// What is looked at for one wish.
pub struct Wanted<'a> {
    /// What is wished.
    pub wish: &'a Wish,
    /// Where the elder is to be found.
    pub home: Option<Point>,
    /// The wished window by the street's own clock.
    pub window: (DateTime, DateTime),
    /// Who has declined already.
    pub declined: &'a [StationId],
}

/// Ranks the stations for a wish.
pub fn route(stations: &[Arc<Station>], ground: &Ground, wanted: &Wanted<'_>) -> Routed {
    let Wanted {
        wish,
        home,
        window: (from, until),
        declined,
    } = *wanted;
    let giving: Vec<&Arc<Station>> = stations.iter().filter(|it| it.gives(wish.service)).collect();
    let others = stations.len() - giving.len();
    let away = |it: &Station| {
        home.zip(it.point)
            .map_or(f64::MAX, |(home, there)| home.distance_m(there))
    };
    let mut near: Vec<(f64, &Arc<Station>)> = giving.into_iter().map(|it| (away(it), it)).collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
    let found = near.into_iter().take(LOOKED_AT).map(|(_, station)| {
        let mut unfit = station.unfit(wish.service, from, until, declined);
        let mode = match wish.way {
            ServiceWay::ToHome => station.mode(),
            ServiceWay::ToStation => Mode::Walk,
        };
        let mut ask = StationAsk {
            station: station.id,
            seconds: None,
            meters: None,
            mode,
            estimated: false,
            reach: Reach::Outside,
        };
        if let (Some(home), Some(there)) = (home, station.point) {
            let trip = match wish.way {
                ServiceWay::ToHome => ground.travel(there, home, mode),
                ServiceWay::ToStation => ground.travel(home, there, mode),
            };
            match trip {
                Some(trip) => {
                    let seconds = match wish.way {
                        ServiceWay::ToHome => trip.seconds,
                        ServiceWay::ToStation => at_elder_pace(trip.seconds),
                    };
                    ask.seconds = Some(seconds);
                    ask.meters = Some(trip.meters);
                    ask.estimated = trip.estimated;
                    ask.reach = Reach::of(seconds, Limits::FIFTEEN_MINUTES);
                    if ask.reach == Reach::Outside {
                        unfit.push(Unfit::OutsideCircle);
                    }
                }
                None => unfit.push(Unfit::NoWay),
            }
        }
        StationFound {
            station: station.clone(),
            ask,
            unfit,
        }
    });
    let mut found: Vec<StationFound> = found.collect();
    found.sort_by_key(|it| {
        let outside_only = it.unfit[..] == [Unfit::OutsideCircle];
        let place = if it.unfit.is_empty() {
            0
        } else {
            2 - u8::from(outside_only)
        };
        (place, it.ask.seconds.unwrap_or(u32::MAX), it.station.id)
    });
    if home.is_none() {
        // Named with what stands against each; none of them can be chosen.
        return Routed {
            found: found.into_iter().map(unplaced).collect(),
            others,
            home_unknown: true,
        };
    }
    Routed {
        found,
        others,
        home_unknown: false,
    }
}

fn unplaced(mut it: StationFound) -> StationFound {
    if !it.unfit.contains(&Unfit::NoPosition) {
        it.unfit.push(Unfit::NoPosition);
    }
    it
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::people::{OpenHours, Places, ServiceKind, StationKind, StationService, station_id};

    /// North of the home by so many metres in a straight line; a way is taken to be 1.4 times as long.
    fn canteen(code: &str, metres: f64) -> Station {
        Station {
            id: station_id(code),
            code: code.to_owned(),
            kind: StationKind::Canteen,
            name: code.to_owned(),
            address: "光明道1号".to_owned(),
            point: Some(Point::new(39.38 + metres / 111_195.0, 117.06).unwrap()),
            area: "120114001001001".parse().unwrap(),
            hours: None,
            beds: None,
            service: StationService::default(),
        }
    }

    fn routed(stations: Vec<Station>, way: ServiceWay, declined: &[StationId]) -> Routed {
        let wish = Wish {
            service: ServiceKind::Meal,
            way,
            from: None,
            until: None,
        };
        let stations: Vec<Arc<Station>> = stations.into_iter().map(Arc::new).collect();
        let wanted = Wanted {
            wish: &wish,
            home: Some(Point::new(39.38, 117.06).unwrap()),
            // A Friday's noon.
            window: (date(2026, 11, 27).at(11, 0, 0, 0), date(2026, 11, 27).at(13, 0, 0, 0)),
            declined,
        };
        route(&stations, &Ground::Straight, &wanted)
    }

    fn names(it: &Routed) -> Vec<(&str, Vec<&str>)> {
        let why = |it: &StationFound| it.unfit.iter().map(|it| it.as_str()).collect();
        it.found.iter().map(|it| (it.station.code.as_str(), why(it))).collect()
    }

    #[test]
    fn the_nearest_that_fits_is_chosen_and_every_other_has_its_reason() {
        let mut full = canteen("FULL", 100.0);
        full.service.places = Some(Places { total: 30, free: 0 });
        let mut shut = canteen("SHUT", 120.0);
        shut.service.week = vec![OpenHours {
            days: (1..=7).collect(),
            from: time(17, 0, 0, 0),
            until: time(19, 0, 0, 0),
        }];
        let mut post = canteen("POST", 10.0);
        post.kind = StationKind::PolicePost;
        let all = vec![
            canteen("FAR", 9_000.0),
            canteen("B", 600.0),
            full,
            canteen("A", 300.0),
            shut,
            post,
        ];
        let found = routed(all.clone(), ServiceWay::ToHome, &[]);
        assert_eq!(
            names(&found),
            [
                ("A", vec![]),
                ("B", vec![]),
                ("FAR", vec!["outside_circle"]),
                ("FULL", vec!["full"]),
                ("SHUT", vec!["closed"]),
            ]
        );
        assert_eq!(found.chosen().map(|it| it.station), Some(station_id("A")));
        assert_eq!((found.others, found.home_unknown), (1, false));
        // 300 m x 1.4 at 15 km/h.
        assert_eq!(
            found.chosen().map(|it| (it.seconds, it.meters, it.estimated)),
            Some((Some(101), Some(420), true))
        );
        let next = routed(all, ServiceWay::ToHome, &[station_id("A")]);
        assert_eq!(
            next.chosen().map(|it| it.station),
            Some(station_id("B")),
            "who has declined is not asked again"
        );
    }

    #[test]
    fn outside_the_circle_is_said_with_the_nearest_outside() {
        let found = routed(
            vec![canteen("FAR", 9_000.0), canteen("FARTHER", 9_500.0)],
            ServiceWay::ToHome,
            &[],
        );
        assert_eq!(found.chosen(), None);
        assert_eq!(found.nearest_outside().map(|it| it.station), Some(station_id("FAR")));
    }

    #[test]
    fn on_foot_an_elder_reaches_less_than_a_rider_reaches_the_elder() {
        // 700 m in a straight line: 980 m of way, 706 s at 5 km/h, 1,103 s at an elder's pace.
        let at = |way| {
            let found = routed(vec![canteen("C", 700.0)], way, &[]);
            (
                found.found[0].ask.seconds,
                found.found[0].ask.reach,
                found.found[0].ask.mode,
            )
        };
        assert_eq!(at(ServiceWay::ToHome), (Some(236), Reach::Inside, Mode::Ebike));
        assert_eq!(at(ServiceWay::ToStation), (Some(1_104), Reach::Outside, Mode::Walk));
    }

    #[test]
    fn an_elder_of_whom_nobody_knows_the_place_is_sent_nowhere() {
        let wish = Wish {
            service: ServiceKind::Meal,
            way: ServiceWay::ToHome,
            from: None,
            until: None,
        };
        let noon = date(2026, 11, 27).at(12, 0, 0, 0);
        let wanted = Wanted {
            wish: &wish,
            home: None,
            window: (noon, noon),
            declined: &[],
        };
        let found = route(&[Arc::new(canteen("A", 300.0))], &Ground::Straight, &wanted);
        assert!(found.home_unknown && found.chosen().is_none() && found.nearest_outside().is_none());
    }
}
