//! What stations give: the kinds of service, when a station is open, what room it has, and what stands against asking it.
//!
//! Two directions, never mixed up: a service that comes to the elder, and an elder who goes to it on foot.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

use super::flaw::Look;
use super::station::{ServiceCircle, Station, StationKind};
use super::words::words;
use crate::circle::Mode;
use crate::ids::{ResponderId, StationId};

words! {
    /// What an elder may ask for that is no emergency: daily living (六助) and medical.
    ServiceKind ("service") {
        /// A meal, brought or eaten there.
        Meal = "meal", "助餐";
        /// A bath with help.
        Bath = "bath", "助浴";
        /// Cleaning the home.
        Cleaning = "cleaning", "助洁";
        /// Shopping.
        Shopping = "shopping", "助购";
        /// Company on the way.
        Walking = "walking", "助行";
        /// Something in the household that cannot wait for long: a tap, a lamp, a lock.
        Errand = "errand", "助急";
        /// Some days in a home with beds.
        Respite = "respite", "短期托养";
        /// To be seen by a doctor.
        Doctor = "doctor", "看诊";
        /// The family doctor's visit.
        HomeDoctor = "home_doctor", "家庭医生";
        /// A nurse: dressings, injections, measuring.
        Nursing = "nursing", "护理";
        /// Medicine fetched or handed out.
        Medicine = "medicine", "取药送药";
        /// Rehabilitation.
        Rehabilitation = "rehabilitation", "康复";
    }
}

impl ServiceKind {
    /// The circle that this service belongs to.
    pub const fn circle(self) -> ServiceCircle {
        match self {
            Self::Meal
            | Self::Bath
            | Self::Cleaning
            | Self::Shopping
            | Self::Walking
            | Self::Errand
            | Self::Respite => ServiceCircle::Living,
            Self::Doctor | Self::HomeDoctor | Self::Nursing | Self::Medicine | Self::Rehabilitation => {
                ServiceCircle::Medical
            }
        }
    }

    /// The way that is meant when nobody says which.
    pub const fn usual_way(self) -> ServiceWay {
        match self {
            Self::Respite | Self::Doctor | Self::Rehabilitation => ServiceWay::ToStation,
            Self::Meal
            | Self::Bath
            | Self::Cleaning
            | Self::Shopping
            | Self::Walking
            | Self::Errand
            | Self::HomeDoctor
            | Self::Nursing
            | Self::Medicine => ServiceWay::ToHome,
        }
    }

    /// Whether it can be given in this way at all.
    pub const fn can_go(self, way: ServiceWay) -> bool {
        match way {
            ServiceWay::ToStation => !matches!(
                self,
                Self::Cleaning | Self::Walking | Self::Errand | Self::HomeDoctor | Self::Shopping
            ),
            ServiceWay::ToHome => !matches!(self, Self::Respite),
        }
    }

    /// Whether it takes a bed rather than a place.
    pub const fn takes_a_bed(self) -> bool {
        matches!(self, Self::Respite)
    }
}

words! {
    /// Who goes to whom.
    ServiceWay ("way of a service") {
        /// Somebody of the station comes to the elder, by the station's own mode.
        ToHome = "to_home", "上门";
        /// The elder goes there on foot, at an elder's pace.
        ToStation = "to_station", "到站";
    }
}

impl StationKind {
    /// What a station of this kind gives unless its own file says otherwise.
    pub const fn usual_services(self) -> &'static [ServiceKind] {
        use ServiceKind as S;
        match self {
            Self::Canteen => &[S::Meal],
            Self::DayCare => &[S::Meal, S::Bath, S::Rehabilitation],
            Self::CareHome => &[S::Meal, S::Bath, S::Respite],
            Self::HomeService => &[S::Cleaning, S::Shopping, S::Walking, S::Errand],
            Self::HealthStation => &[S::Doctor, S::HomeDoctor, S::Nursing, S::Medicine, S::Rehabilitation],
            Self::Hospital => &[S::Doctor, S::Rehabilitation],
            Self::Pharmacy => &[S::Medicine],
            Self::PolicePost | Self::FirePost | Self::Aed | Self::CommandCentre => &[],
        }
    }
}

/// Hours of some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenHours {
    /// 1 is Monday, 7 is Sunday.
    pub days: BTreeSet<u8>,
    /// It opens.
    pub from: Time,
    /// It closes; midnight is the end of the day.
    pub until: Time,
}

/// Whole days on which it is closed whatever the week says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

/// What can be taken at once: seats of a canteen, visits of a nurse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    /// All of them.
    pub total: u16,
    /// Those that somebody could have now.
    pub free: u16,
}

/// How a station serves. Everything left out is what is usual, or unknown: what nobody said never excludes a station.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StationService {
    /// What it gives; `None`: what is usual of its kind.
    pub gives: Option<BTreeSet<ServiceKind>>,
    /// How whoever it sends travels; `None`: by e-bike.
    pub mode: Option<Mode>,
    /// Its week; empty: nobody said when it is open.
    pub week: Vec<OpenHours>,
    /// Days on which it is closed.
    pub holidays: Vec<Holiday>,
    /// Its places; `None`: they are not counted.
    pub places: Option<Places>,
    /// Responders who answer for it on their own phones.
    pub staff: BTreeSet<ResponderId>,
}

/// The most lines of a week.
const WEEK_MAX: usize = 42;
/// The most stretches of holidays on file.
const HOLIDAYS_MAX: usize = 60;
/// The most people who answer for one station.
const STAFF_MAX: usize = 50;
/// Days that are looked through for an hour at which a station is open.
const LOOKED_THROUGH_DAYS: usize = 32;

words! {
    /// Why a station is not asked.
    Unfit ("reason against a station") {
        /// It does not give this service.
        OtherService = "other_service", "无此服务";
        /// Nobody has put it on the map.
        NoPosition = "no_position", "位置未知";
        /// It is not open in the wished time.
        Closed = "closed", "不在开放时间";
        /// It has a holiday then.
        Holiday = "holiday", "休息日";
        /// It has no free place, or no free bed.
        Full = "full", "已满";
        /// It has declined this request.
        Declined = "declined", "已谢绝";
        /// No way leads there.
        NoWay = "no_way", "无路可达";
        /// Beyond the fifteen minutes.
        OutsideCircle = "outside_circle", "服务圈外";
    }
}

/// Whether a station is open in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// From then on.
    At(DateTime),
    /// Nobody said when it is open.
    Unknown,
    /// Not in this window.
    Never,
    /// It would be, but for a holiday.
    Holiday,
}

impl StationService {
    /// Each wrong field.
    pub(super) fn look(&self, look: &mut Look) {
        look.when(self.week.len() > WEEK_MAX, "week", "at most 42 lines");
        for it in &self.week {
            let days = !it.days.is_empty() && it.days.iter().all(|day| (1..=7).contains(day));
            look.when(!days, "week", "days are 1 (Monday) to 7 (Sunday), at least one");
            look.when(
                it.until != Time::midnight() && it.until <= it.from,
                "week",
                "must close after it opens; hours over midnight are two lines",
            );
        }
        look.when(self.holidays.len() > HOLIDAYS_MAX, "holidays", "at most 60");
        look.when(
            self.holidays.iter().any(|it| it.until < it.from),
            "holidays",
            "the last day must not lie before the first",
        );
        if let Some(places) = self.places {
            look.when(places.free > places.total, "places", "more are free than there are");
        }
        look.when(self.staff.len() > STAFF_MAX, "staff", "at most 50 people");
    }

    /// When it is first open from `from` on and before `until`, by the street's own clock.
    pub fn opens(&self, from: DateTime, until: DateTime) -> Opens {
        if self.week.is_empty() {
            let closed = |day: Date| self.holidays.iter().any(|it| it.from <= day && day <= it.until);
            let all_closed = days(from, until).all(closed);
            return if all_closed { Opens::Holiday } else { Opens::Unknown };
        }
        let mut closed_by_holiday = false;
        for day in days(from, until) {
            let weekday = u8::try_from(day.weekday().to_monday_one_offset()).unwrap_or_default();
            let lines = self.week.iter().filter(|it| it.days.contains(&weekday));
            let first = lines
                .filter_map(|it| {
                    let begins = day.to_datetime(it.from).max(from);
                    let ends = match it.until == Time::midnight() {
                        true => day.tomorrow().unwrap_or(day).to_datetime(Time::midnight()),
                        false => day.to_datetime(it.until),
                    };
                    (begins < ends.min(until)).then_some(begins)
                })
                .min();
            let Some(first) = first else { continue };
            if self.holidays.iter().any(|it| it.from <= day && day <= it.until) {
                closed_by_holiday = true;
                continue;
            }
            return Opens::At(first);
        }
        if closed_by_holiday {
            Opens::Holiday
        } else {
            Opens::Never
        }
    }
}

/// The days that a window touches.
fn days(from: DateTime, until: DateTime) -> impl Iterator<Item = Date> {
    let last = until.date();
    from.date()
        .series(1.day())
        .take(LOOKED_THROUGH_DAYS)
        .take_while(move |it| *it <= last)
}

impl Station {
    /// Whether it gives a service.
    pub fn gives(&self, service: ServiceKind) -> bool {
        match &self.service.gives {
            Some(own) => own.contains(&service),
            None => self.kind.usual_services().contains(&service),
        }
    }

    /// How whoever it sends travels.
    pub fn mode(&self) -> Mode {
        self.service.mode.unwrap_or(Mode::Ebike)
    }

    /// What stands against asking it for `service` between two local times, but for the road; empty: nothing. `declined` are those
    /// that have said no to this request.
    pub fn unfit(&self, service: ServiceKind, from: DateTime, until: DateTime, declined: &[StationId]) -> Vec<Unfit> {
        let full = if service.takes_a_bed() {
            self.beds.is_none_or(|it| it.free == 0)
        } else {
            self.service.places.is_some_and(|it| it.free == 0)
        };
        let opens = self.service.opens(from, until);
        let found = [
            (Unfit::OtherService, !self.gives(service)),
            (Unfit::NoPosition, self.point.is_none()),
            (Unfit::Closed, opens == Opens::Never),
            (Unfit::Holiday, opens == Opens::Holiday),
            (Unfit::Full, full),
            (Unfit::Declined, declined.contains(&self.id)),
        ];
        found
            .into_iter()
            .filter_map(|(why, holds)| holds.then_some(why))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::circle::Point;
    use crate::people::samples::code;
    use crate::people::{Beds, station_id};

    fn canteen() -> Station {
        Station {
            id: station_id("C1"),
            code: "C1".into(),
            kind: StationKind::Canteen,
            name: "泉州里食堂".into(),
            address: "泉州路2号".into(),
            point: Some(Point::new(39.38, 117.06).unwrap()),
            area: code("120114001003"),
            hours: None,
            beds: None,
            service: StationService {
                week: vec![
                    OpenHours {
                        days: (1..=5).collect(),
                        from: time(10, 30, 0, 0),
                        until: time(13, 0, 0, 0),
                    },
                    OpenHours {
                        days: [6].into(),
                        from: time(17, 0, 0, 0),
                        until: Time::midnight(),
                    },
                ],
                ..StationService::default()
            },
        }
    }

    /// 2026-11-27 is a Friday.
    fn on(day: i8, hour: i8, minute: i8) -> DateTime {
        date(2026, 11, day).at(hour, minute, 0, 0)
    }

    #[test]
    fn a_week_says_when_it_is_open() {
        let it = canteen().service;
        let cases = [
            (on(27, 8, 0), on(27, 12, 0), Opens::At(on(27, 10, 30))),
            (on(27, 11, 0), on(27, 12, 0), Opens::At(on(27, 11, 0))),
            (on(27, 8, 0), on(27, 10, 30), Opens::Never), // it opens when the window is over
            (on(27, 13, 0), on(27, 18, 0), Opens::Never),
            (on(27, 13, 0), on(28, 18, 0), Opens::At(on(28, 17, 0))),
            (on(28, 23, 30), on(29, 9, 0), Opens::At(on(28, 23, 30))),
            (on(29, 0, 0), on(30, 0, 0), Opens::Never), // a Sunday
        ];
        for (from, until, wanted) in cases {
            assert_eq!(it.opens(from, until), wanted, "{from} {until}");
        }
        let silent = StationService::default();
        assert_eq!(silent.opens(on(27, 3, 0), on(27, 4, 0)), Opens::Unknown);
    }

    #[test]
    fn a_holiday_goes_before_the_week() {
        let holiday = Holiday {
            from: date(2026, 11, 26),
            until: date(2026, 11, 27),
        };
        let mut it = canteen();
        it.service.holidays = vec![holiday];
        assert_eq!(it.service.opens(on(27, 11, 0), on(27, 12, 0)), Opens::Holiday);
        assert_eq!(it.service.opens(on(27, 11, 0), on(28, 20, 0)), Opens::At(on(28, 17, 0)));
        assert_eq!(
            it.unfit(ServiceKind::Meal, on(27, 11, 0), on(27, 12, 0), &[]),
            [Unfit::Holiday]
        );
        let unsaid = StationService {
            holidays: vec![holiday],
            ..StationService::default()
        };
        assert_eq!(unsaid.opens(on(27, 3, 0), on(27, 4, 0)), Opens::Holiday);
        assert_eq!(unsaid.opens(on(27, 3, 0), on(28, 4, 0)), Opens::Unknown);
    }

    #[test]
    fn every_reason_against_a_station_is_said() {
        type Spoil = fn(&mut Station);
        let cases: &[(&[Unfit], ServiceKind, Spoil)] = &[
            (&[], ServiceKind::Meal, |_| ()),
            (&[Unfit::OtherService], ServiceKind::Bath, |_| ()),
            (&[], ServiceKind::Bath, |it| {
                it.service.gives = Some([ServiceKind::Bath].into())
            }),
            (&[Unfit::OtherService], ServiceKind::Meal, |it| {
                it.service.gives = Some([ServiceKind::Bath].into())
            }),
            (&[Unfit::NoPosition], ServiceKind::Meal, |it| it.point = None),
            (&[Unfit::Full], ServiceKind::Meal, |it| {
                it.service.places = Some(Places { total: 40, free: 0 })
            }),
            (&[], ServiceKind::Meal, |it| {
                it.service.places = Some(Places { total: 40, free: 1 })
            }),
            (&[Unfit::OtherService, Unfit::Full], ServiceKind::Respite, |_| ()),
            (&[Unfit::Full], ServiceKind::Respite, |it| {
                it.kind = StationKind::CareHome;
                it.beds = Some(Beds { total: 20, free: 0 });
            }),
            (&[], ServiceKind::Respite, |it| {
                it.kind = StationKind::CareHome;
                it.beds = Some(Beds { total: 20, free: 2 });
            }),
        ];
        for (wanted, service, spoil) in cases {
            let mut it = canteen();
            spoil(&mut it);
            assert_eq!(
                it.unfit(*service, on(27, 11, 0), on(27, 12, 0), &[]),
                *wanted,
                "{service}"
            );
        }
        let it = canteen();
        assert_eq!(
            it.unfit(ServiceKind::Meal, on(27, 14, 0), on(27, 15, 0), &[it.id]),
            [Unfit::Closed, Unfit::Declined]
        );
    }

    #[test]
    fn each_wrong_field_of_the_service_is_named() {
        let wrong = |service: StationService| {
            let mut look = Look::default();
            service.look(&mut look);
            look.done()
                .err()
                .map(|it| it.0.iter().map(|it| it.field).collect::<Vec<_>>())
                .unwrap_or_default()
        };
        let line = |days: &[u8], from: Time, until: Time| OpenHours {
            days: days.iter().copied().collect(),
            from,
            until,
        };
        let with = |week| StationService {
            week,
            ..StationService::default()
        };
        assert_eq!(
            wrong(with(vec![line(&[1], time(8, 0, 0, 0), Time::midnight())])),
            [""; 0]
        );
        assert_eq!(
            wrong(with(vec![line(&[], time(8, 0, 0, 0), time(9, 0, 0, 0))])),
            ["week"]
        );
        assert_eq!(
            wrong(with(vec![line(&[8], time(8, 0, 0, 0), time(9, 0, 0, 0))])),
            ["week"]
        );
        assert_eq!(
            wrong(with(vec![line(&[1], time(8, 0, 0, 0), time(8, 0, 0, 0))])),
            ["week"]
        );
        let others = StationService {
            holidays: vec![Holiday {
                from: date(2026, 10, 2),
                until: date(2026, 10, 1),
            }],
            places: Some(Places { total: 1, free: 2 }),
            ..StationService::default()
        };
        assert_eq!(wrong(others), ["holidays", "places"]);
    }

    #[test]
    fn each_service_has_a_station_that_gives_it_and_a_way() {
        for service in ServiceKind::ALL {
            assert!(service.can_go(service.usual_way()), "{service}");
            let given = StationKind::ALL
                .iter()
                .filter(|it| it.usual_services().contains(service));
            let circles: Vec<ServiceCircle> = given.map(|it| it.circle()).collect();
            assert!(circles.contains(&service.circle()), "{service}");
        }
    }
}
