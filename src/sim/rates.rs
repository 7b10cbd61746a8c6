//! How often things happen, and how people answer: the table behind the simulated day.
//!
//! Every figure says where it comes from. Three places give usable numbers:
//! - **Heping**, Tianjin, one year: 25,986 sensor alarms (4,123 gas, 1,662 smoke, 20,201 infrared), 991 visits: 3.8 %;
//! - **Dinghai Road**, Shanghai 2025, 700 homes, 120 days: 884 safety alarms (0.0105 a home and day), 71 rescues, and
//!   2,038 service contacts (0.024 a home and day);
//! - **Ankangtong**, Shanghai, over 80,000 homes, 11 years: 2.4 million requests (0.0075 a home and day), 0.8 %
//!   life-saving, and 120 : 110 : 119 as 300 : 25 : 1.
//!
//! What none of them gives is marked "assumed". Nothing here decides anything: it is what a simulator plays.

use crate::case::{Kind, Voice};
use crate::people::ResponderKind;
use crate::sim::Dice;

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Heping, Tianjin: the shares of gas, smoke and infrared, brought to Dinghai Road's alarms a home and day.
    HepingShares,
    /// Ankangtong, Shanghai.
    Ankangtong,
    /// Dinghai Road, Shanghai.
    DinghaiRoad,
    /// Nobody published one.
    Assumed,
}

/// At what hours something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    /// At any hour alike.
    Even,
    /// While people are up, more in the morning.
    Waking,
    /// Around the three meals.
    Cooking,
    /// In the office's hours.
    Office,
}

impl Hours {
    /// The share of the day's alerts in each hour of the day, local time; the 24 add up to 1. Shapes assumed.
    pub fn shares(self) -> [f64; 24] {
        let weights: [f64; 24] = match self {
            Self::Even => [1.0; 24],
            Self::Waking => [
                1., 1., 1., 1., 2., 4., 6., 6., 5., 5., 4., 4., 4., 3., 4., 4., 4., 4., 4., 4., 3., 3., 2., 1.,
            ],
            Self::Cooking => [
                0.2, 0.2, 0.2, 0.2, 0.5, 2., 5., 5., 2., 2., 5., 8., 6., 2., 1., 2., 5., 9., 7., 3., 1., 0.5, 0.3, 0.2,
            ],
            Self::Office => [
                0., 0., 0., 0., 0., 0., 1., 3., 8., 9., 8., 5., 3., 4., 7., 7., 6., 4., 2., 1., 0., 0., 0., 0.,
            ],
        };
        let sum: f64 = weights.iter().sum();
        weights.map(|it| it / sum)
    }
}

/// How often alerts of a kind come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlertRate {
    /// What is reported.
    pub kind: Kind,
    /// Alerts in a day from 1,000 equipped homes.
    pub per_1000_homes_a_day: f64,
    /// At what hours.
    pub hours: Hours,
    /// The share behind which somebody must go: the rest is cooking, cleaning, a slip of the hand.
    pub real_share: f64,
    /// Where the figures come from.
    pub source: Source,
}

const fn rate(kind: Kind, per_1000_homes_a_day: f64, hours: Hours, real_share: f64, source: Source) -> AlertRate {
    AlertRate {
        kind,
        per_1000_homes_a_day,
        hours,
        real_share,
        source,
    }
}

/// The alerts of a day. The three sensor rates add up to Dinghai Road's 10.5 from 1,000 homes, shared as in Heping (gas
/// 15.9 %, smoke 6.4 %, infrared 77.7 %); their real share is Heping's 3.8 %.
pub const ALERTS: &[AlertRate] = &[
    rate(Kind::Inactivity, 8.16, Hours::Waking, 0.038, Source::HepingShares),
    rate(Kind::Gas, 1.67, Hours::Cooking, 0.038, Source::HepingShares),
    rate(Kind::Smoke, 0.67, Hours::Cooking, 0.038, Source::HepingShares),
    // Ankangtong's requests are presses of a button: most ask for a service or are slips. 8 % = 71 of 884 at Dinghai Road.
    rate(Kind::Sos, 7.5, Hours::Waking, 0.08, Source::Ankangtong),
    rate(Kind::ServiceRequest, 4.0, Hours::Office, 1.0, Source::Assumed), // Dinghai Road counts 24 contacts, visits among them
    rate(Kind::Fall, 0.8, Hours::Waking, 0.35, Source::Assumed),
    rate(Kind::Vital, 1.0, Hours::Waking, 0.1, Source::Assumed),
    rate(Kind::Geofence, 0.15, Hours::Waking, 0.4, Source::Assumed),
    rate(Kind::WaterLeak, 0.2, Hours::Even, 0.3, Source::Assumed),
    rate(Kind::LowBattery, 2.5, Hours::Even, 1.0, Source::Assumed),
    rate(Kind::LinkLoss, 2.0, Hours::Even, 1.0, Source::Assumed),
    rate(Kind::DeviceFault, 0.3, Hours::Even, 1.0, Source::Assumed),
];

impl AlertRate {
    /// Alerts of this kind in a day from `homes` equipped homes.
    pub fn a_day(&self, homes: usize) -> f64 {
        self.per_1000_homes_a_day * homes as f64 / 1_000.0
    }

    /// Seconds until the next alert of this kind from `homes` homes, at the pace of the hour of day `hour` (0 to 23).
    /// A simulator that passes the end of the hour asks again there. Infinite when nothing comes at this hour.
    pub fn next_within(&self, homes: usize, hour: usize, dice: &mut Dice) -> f64 {
        let an_hour = self.a_day(homes) * self.hours.shares()[hour % 24];
        if an_hour > 0.0 {
            dice.exponential(3_600.0 / an_hour)
        } else {
            f64::INFINITY
        }
    }
}

/// All alerts of a day from `homes` equipped homes.
pub fn alerts_a_day(homes: usize) -> f64 {
    ALERTS.iter().map(|it| it.a_day(homes)).sum()
}

/// What an elder says when the desk speaks through the device, by whether the alert is real. Assumed, but for the
/// share of "fine", which follows from the real share.
pub fn voice(real: bool, dice: &mut Dice) -> Voice {
    let answers = [
        Voice::Fine,
        Voice::NeedsHelp,
        Voice::NoAnswer,
        Voice::Unclear,
        Voice::NotTheElder,
    ];
    let weights = if real {
        [0.05, 0.5, 0.3, 0.13, 0.02]
    } else {
        [0.8, 0.02, 0.12, 0.03, 0.03]
    };
    answers[dice.weighted(&weights)]
}

/// How responders of a kind answer an offer. Shares are of offers to somebody on duty. All assumed: no place publishes
/// them; a street replaces them with its own figures. Two facts shape them: a centre found a volunteer within two
/// minutes when the grid worker was ill (Hexi, Tianjin), and first persons were at the door after 6 to 10 minutes
/// (Hangzhou, Hexi).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Manner {
    /// Who.
    pub kind: ResponderKind,
    /// Says yes.
    pub accepts: f64,
    /// Says no; the rest says nothing.
    pub declines: f64,
    /// Seconds until the answer: half of the answers come before this.
    pub answer_median_s: f64,
    /// Seconds from yes to setting out, on average.
    pub depart_mean_s: f64,
    /// Said yes and never sets out.
    pub walks_off: f64,
    /// Sets out and gives up on the way.
    pub gives_up: f64,
    /// Forgets to press "arrived".
    pub arrives_unsaid: f64,
    /// Travel time against the road's own: 1.0 as computed, 1.2 slower by a fifth.
    pub slowness: f64,
    /// Seconds between positions while on duty.
    pub position_every_s: f64,
}

#[rustfmt::skip]
const fn manner(kind: ResponderKind, accepts: f64, declines: f64, answer_median_s: f64, depart_mean_s: f64, walks_off: f64, slowness: f64) -> Manner {
    Manner { kind, accepts, declines, answer_median_s, depart_mean_s, walks_off, gives_up: 0.01, arrives_unsaid: 0.06, slowness, position_every_s: 30.0 }
}

/// How each kind answers.
pub const MANNERS: &[Manner] = &[
    manner(ResponderKind::Family, 0.55, 0.20, 25.0, 60.0, 0.03, 1.15),
    manner(ResponderKind::Caregiver, 0.60, 0.20, 20.0, 45.0, 0.02, 1.1),
    manner(ResponderKind::GridWorker, 0.70, 0.12, 12.0, 35.0, 0.02, 1.05),
    manner(ResponderKind::GridHead, 0.60, 0.20, 15.0, 40.0, 0.02, 1.05),
    manner(ResponderKind::CommunitySecretary, 0.45, 0.30, 25.0, 60.0, 0.02, 1.1),
    manner(ResponderKind::Volunteer, 0.40, 0.25, 30.0, 60.0, 0.05, 1.15),
    manner(ResponderKind::PropertyGuard, 0.65, 0.10, 15.0, 30.0, 0.03, 1.1),
    manner(ResponderKind::CommunityDoctor, 0.50, 0.30, 20.0, 60.0, 0.01, 1.05),
    manner(ResponderKind::PoliceGrid, 0.75, 0.10, 10.0, 40.0, 0.01, 1.0),
    manner(ResponderKind::FirePost, 0.90, 0.02, 6.0, 45.0, 0.0, 1.0),
    manner(ResponderKind::StreetTeam, 0.92, 0.03, 6.0, 30.0, 0.0, 1.0),
    manner(ResponderKind::DutyLeader, 0.95, 0.0, 10.0, 60.0, 0.0, 1.0),
];

/// What somebody does with an offer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Answer {
    /// Yes, after so many seconds.
    Accepts {
        /// Seconds from the offer.
        after_s: f64,
    },
    /// No, after so many seconds.
    Declines {
        /// Seconds from the offer.
        after_s: f64,
    },
    /// Nothing.
    Silent,
}

/// What somebody does who leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Journey {
    /// Never sets out.
    WalksOff,
    /// Sets out and turns back.
    GivesUp {
        /// Seconds from yes to setting out.
        depart_s: f64,
        /// How much of the way is done, 0 to 1.
        share: f64,
    },
    /// Gets there.
    Arrives {
        /// Seconds from yes to setting out.
        depart_s: f64,
        /// Travel time against the road's own.
        slowness: f64,
        /// Whether "arrived" is pressed.
        says_so: bool,
    },
}

impl Manner {
    /// How somebody of this kind answers.
    pub fn of(kind: ResponderKind) -> Self {
        // Every kind is in the table; a test holds that.
        MANNERS.iter().copied().find(|it| it.kind == kind).unwrap_or(MANNERS[0])
    }

    /// What happens to one offer.
    pub fn answer(&self, dice: &mut Dice) -> Answer {
        let choice = dice.unit();
        // The median of an exponential is ln 2 of its mean; nobody reads and taps in under two seconds.
        let after_s = 2.0 + dice.exponential((self.answer_median_s - 2.0).max(0.0) / std::f64::consts::LN_2);
        if choice < self.accepts {
            Answer::Accepts { after_s }
        } else if choice < self.accepts + self.declines {
            Answer::Declines { after_s }
        } else {
            Answer::Silent
        }
    }

    /// What follows a yes that leads.
    pub fn journey(&self, dice: &mut Dice) -> Journey {
        let choice = dice.unit();
        let depart_s = 5.0 + dice.exponential((self.depart_mean_s - 5.0).max(0.0));
        if choice < self.walks_off {
            Journey::WalksOff
        } else if choice < self.walks_off + self.gives_up {
            Journey::GivesUp {
                depart_s,
                share: dice.between(0.1, 0.9),
            }
        } else {
            let slowness = self.slowness * dice.between(0.85, 1.2);
            Journey::Arrives {
                depart_s,
                slowness,
                says_so: !dice.chance(self.arrives_unsaid),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Tier;

    #[test]
    fn a_street_of_the_demo_has_thirty_to_three_hundred_alerts_a_day() {
        let day = alerts_a_day(2_100); // 3,000 elders in some 2,100 homes
        assert!((30.0..300.0).contains(&day), "{day}");
        let sensors: f64 = ALERTS
            .iter()
            .filter(|it| it.source == Source::HepingShares)
            .map(|it| it.per_1000_homes_a_day)
            .sum();
        assert!((sensors - 10.5).abs() < 0.05, "{sensors}");
        for (at, it) in ALERTS.iter().enumerate() {
            assert!(
                it.per_1000_homes_a_day > 0.0 && (0.0..=1.0).contains(&it.real_share),
                "{:?}",
                it.kind
            );
            assert!(
                ALERTS.iter().skip(at + 1).all(|other| other.kind != it.kind),
                "{:?} twice",
                it.kind
            );
        }
    }

    #[test]
    fn a_simulated_day_has_as_many_as_the_table_says() {
        let mut dice = Dice::new(3, "day");
        for it in ALERTS {
            let mut count = 0;
            for _ in 0..200 {
                for hour in 0..24 {
                    let mut second = it.next_within(2_000, hour, &mut dice);
                    while second < 3_600.0 {
                        count += 1;
                        second += it.next_within(2_000, hour, &mut dice);
                    }
                }
            }
            let expected = it.a_day(2_000) * 200.0;
            let spread = 5.0 * expected.sqrt();
            assert!(
                (f64::from(count) - expected).abs() < spread,
                "{:?}: {count} of {expected}",
                it.kind
            );
        }
        assert_eq!(
            ALERTS[4].next_within(2_000, 3, &mut dice),
            f64::INFINITY,
            "no errands at three in the morning"
        );
    }

    #[test]
    fn hours_add_up_to_a_day() {
        for hours in [Hours::Even, Hours::Waking, Hours::Cooking, Hours::Office] {
            let sum: f64 = hours.shares().iter().sum();
            assert!(
                (sum - 1.0).abs() < 1e-9 && hours.shares().iter().all(|it| *it >= 0.0),
                "{hours:?}"
            );
        }
    }

    #[test]
    fn every_kind_has_its_manner_and_follows_it() {
        let mut dice = Dice::new(5, "answers");
        for kind in ResponderKind::ALL {
            let manner = Manner::of(*kind);
            assert_eq!(manner.kind, *kind);
            assert!(manner.accepts + manner.declines <= 1.0 && manner.walks_off + manner.gives_up < 0.2);
            let answers: Vec<Answer> = (0..4_000).map(|_| manner.answer(&mut dice)).collect();
            let mut delays: Vec<f64> = answers
                .iter()
                .filter_map(|it| {
                    if let Answer::Accepts { after_s } = it {
                        Some(*after_s)
                    } else {
                        None
                    }
                })
                .collect();
            let share = delays.len() as f64 / 4_000.0;
            assert!((share - manner.accepts).abs() < 0.04, "{kind}: {share}");
            delays.sort_by(f64::total_cmp);
            let median = delays[delays.len() / 2];
            assert!((median / manner.answer_median_s - 1.0).abs() < 0.15, "{kind}: {median}");
            let off = (0..4_000)
                .filter(|_| manner.journey(&mut dice) == Journey::WalksOff)
                .count() as f64
                / 4_000.0;
            assert!((off - manner.walks_off).abs() < 0.015, "{kind}: {off}");
        }
        let street = MANNERS.iter().filter(|it| it.kind.tier() == Tier::Street);
        assert!(street.into_iter().all(|it| it.accepts > 0.9), "the last tier answers");
    }

    #[test]
    fn most_who_are_well_say_so() {
        let mut dice = Dice::new(9, "voice");
        let fine = |real, dice: &mut Dice| (0..4_000).filter(|_| voice(real, dice) == Voice::Fine).count();
        assert!((3_100..3_300).contains(&fine(false, &mut dice)));
        assert!((150..260).contains(&fine(true, &mut dice)));
    }
}
