//! Visits (巡访/探访): how often somebody is looked in on, on which day the next is due, and what proves that somebody was there.
//!
//! The rhythm comes from the street's table of needs and from an elder's own plan of care: of all that hold the strictest. Whoever is
//! away for a time is phoned in the rhythm of `away`. A visit counts when the elder was met and the place is proved; everything else is
//! kept as a try and lets the deadline stand.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use jiff::{Span, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::elder::{Elder, ElderStatus, Need};
use super::flaw::{Flaws, Look};
use super::need_label::VISIT_MAX_DAYS;
use super::words::words;

words! {
    /// How somebody was looked in on.
    VisitWay ("way of a visit") {
        /// At the door.
        Door = "door", "上门";
        /// By telephone.
        Phone = "phone", "电话";
    }
}

words! {
    /// What a visit has found.
    VisitResult ("result of a visit") {
        /// They are well.
        Well = "well", "平安";
        /// Something is to be looked after, not today's emergency: opens a welfare review.
        NeedsAttention = "needs_attention", "需关注";
        /// They need help now: reports a call for help.
        NeedsHelp = "needs_help", "需救助";
        /// They were met and did not want to be asked.
        Declined = "declined", "婉拒";
        /// They are out, as somebody said.
        NotHome = "not_home", "外出";
        /// Nobody answers: nobody knows.
        NoAnswer = "no_answer", "无应答";
    }
}

impl VisitResult {
    /// The elder was met, or spoken with.
    pub const fn is_met(self) -> bool {
        match self {
            Self::Well | Self::NeedsAttention | Self::NeedsHelp | Self::Declined => true,
            Self::NotHome | Self::NoAnswer => false,
        }
    }
}

words! {
    /// By what somebody shows that they were there.
    VisitProof ("proof of a visit") {
        /// The position of a telephone near the door.
        Position = "position", "定位";
        /// The code at the door.
        Code = "code", "门码";
        /// A photo.
        Photo = "photo", "照片";
        /// Nothing.
        None = "none", "无";
    }
}

words! {
    /// What a proof says.
    ProofSays ("word of a proof") {
        /// They were there.
        Holds = "holds", "属实";
        /// It cannot be said: the fix is too vague, or there is nothing.
        Unsure = "unsure", "存疑";
        /// They were somewhere else.
        Fails = "fails", "不符";
    }
}

/// What a fix says about a door.
///
/// `distance_m` lies between the fix and the door, `accuracy_m` is the radius within which the fix holds. It holds when the whole
/// radius lies within `within_m`, it fails when none of it does, and nothing is said in between or where no radius was sent: a
/// telephone indoors is wrong by more than it knows.
pub fn near_the_door(distance_m: f64, accuracy_m: Option<f64>, within_m: f64) -> ProofSays {
    match accuracy_m.filter(|it| it.is_finite() && *it >= 0.0) {
        Some(radius) if distance_m + radius <= within_m => ProofSays::Holds,
        Some(radius) if distance_m - radius > within_m => ProofSays::Fails,
        Some(_) | None => ProofSays::Unsure,
    }
}

/// What position, code and photo say together, and by which it is shown: a code or a photo that comes from somewhere else proves
/// nothing.
pub fn together(position: Option<ProofSays>, code: bool, photo: bool) -> (VisitProof, ProofSays) {
    match (position, code, photo) {
        (Some(ProofSays::Fails), ..) => (VisitProof::Position, ProofSays::Fails),
        (_, true, _) => (VisitProof::Code, ProofSays::Holds),
        (Some(ProofSays::Holds), ..) => (VisitProof::Position, ProofSays::Holds),
        (_, _, true) => (VisitProof::Photo, ProofSays::Holds),
        (Some(ProofSays::Unsure), ..) => (VisitProof::Position, ProofSays::Unsure),
        (None, false, false) => (VisitProof::None, ProofSays::Unsure),
    }
}

/// An elder's own plan of care: a rhythm, and when they like to be visited.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VisitPlan {
    /// At least every so many days; none: as the street's table has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
    /// Not before this hour of the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
    /// Begun before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

impl VisitPlan {
    /// Each wrong field.
    ///
    /// # Errors
    /// [`Flaws`] with at least one entry.
    pub fn check(&self) -> Result<(), Flaws> {
        let mut look = Look::default();
        look.when(
            self.days.is_some_and(|it| it == 0 || it > VISIT_MAX_DAYS),
            "days",
            "must be 1 to 366, or nothing",
        );
        let upside_down = self.from.zip(self.until).is_some_and(|(from, until)| from >= until);
        look.when(upside_down, "until", "must lie after from");
        look.done()
    }
}

/// How often somebody is looked in on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// At least every so many days.
    pub days: u16,
    /// How.
    pub way: VisitWay,
}

/// The rhythm of an elder on a day: the strictest of what their needs and their own plan say; by telephone while they are away. None:
/// nobody has said how often, or they are looked after no more.
pub fn rhythm(elder: &Elder, today: Date, of: impl Fn(Need) -> Option<u16>, own: Option<&VisitPlan>) -> Option<Rhythm> {
    if elder.status != ElderStatus::Active {
        return None;
    }
    if elder.is_away(today) {
        let way = VisitWay::Phone;
        return of(Need::Away).map(|days| Rhythm { days, way });
    }
    let mut needs: BTreeSet<Need> = elder.needs_on(today);
    if needs.is_empty() {
        // Back from a time away, with no other need: as everybody.
        needs.insert(Need::General);
    }
    let of_needs = needs.into_iter().filter_map(of);
    let days = of_needs.chain(own.and_then(|it| it.days)).min()?;
    let way = VisitWay::Door;
    Some(Rhythm { days, way })
}

/// The day by which the next visit is due that follows one on `last`: of whoever has come back from a time away as if the day before
/// their return had been the last.
pub fn due_on(elder: &Elder, last: Date, today: Date, days: u16) -> Date {
    let back = elder.present.as_ref().filter(|_| !elder.is_away(today));
    let back = back.and_then(|it| it.until.checked_sub(1.day()).ok());
    let from = back.map_or(last, |it| it.max(last));
    from.checked_add(Span::new().days(days)).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    use super::*;
    use crate::people::PresentAddress;
    use crate::people::samples::{elder, fields};

    fn table(need: Need) -> Option<u16> {
        match need {
            Need::HighRisk => Some(1),
            Need::LivingAlone => Some(7),
            Need::Disabled => Some(15),
            Need::General | Need::MentalSocial | Need::Away => Some(30),
            Need::Medical => None,
        }
    }

    fn of(needs: &[Need], own: Option<u16>) -> Option<(u16, VisitWay)> {
        let mut it = elder();
        it.needs = needs.iter().copied().collect();
        let own = VisitPlan {
            days: own,
            ..VisitPlan::default()
        };
        rhythm(&it, date(2026, 11, 27), table, Some(&own)).map(|it| (it.days, it.way))
    }

    #[test]
    fn the_strictest_of_needs_and_own_plan_holds() {
        use Need::*;
        let cases: &[(&[Need], Option<u16>, Option<u16>)] = &[
            (&[General], None, Some(30)),
            (&[LivingAlone, HighRisk], None, Some(1)),
            (&[Medical], None, None),
            (&[Medical], Some(3), Some(3)),
            (&[Disabled], Some(3), Some(3)),
            (&[HighRisk], Some(30), Some(1)),
        ];
        for (needs, own, wanted) in cases {
            assert_eq!(
                of(needs, *own),
                wanted.map(|it| (it, VisitWay::Door)),
                "{needs:?} {own:?}"
            );
        }
    }

    #[test]
    fn who_is_away_is_phoned_and_counts_anew_on_the_day_of_return() {
        let mut it = elder();
        it.needs = [Need::HighRisk, Need::Away].into();
        let back = date(2026, 12, 10);
        it.present = Some(PresentAddress {
            address: "儿子家".to_owned(),
            point: None,
            until: back,
        });
        let at = |today| rhythm(&it, today, table, None);
        let phone = Rhythm {
            days: 30,
            way: VisitWay::Phone,
        };
        assert_eq!(at(date(2026, 12, 9)), Some(phone));
        let door = Rhythm {
            days: 1,
            way: VisitWay::Door,
        };
        assert_eq!(at(back), Some(door));
        let last = date(2026, 11, 20);
        assert_eq!(due_on(&it, last, date(2026, 12, 9), 30), date(2026, 12, 20));
        assert_eq!(due_on(&it, last, back, 1), back, "not since three weeks");
        assert_eq!(
            due_on(&it, date(2026, 12, 12), date(2026, 12, 12), 1),
            date(2026, 12, 13)
        );
        it.status = ElderStatus::Deceased;
        assert_eq!(rhythm(&it, back, table, None), None);
    }

    #[test]
    fn a_vague_fix_says_nothing() {
        use ProofSays::*;
        for (distance, accuracy, says) in [
            (10.0, Some(5.0), Holds),
            (80.0, Some(20.0), Holds),
            (80.0, Some(30.0), Unsure),
            (10.0, None, Unsure),
            (10.0, Some(f64::NAN), Unsure),
            (10.0, Some(-1.0), Unsure),
            (150.0, Some(60.0), Unsure),
            (150.0, Some(40.0), Fails),
            (5_000.0, Some(10.0), Fails),
            (5_000.0, Some(9_000.0), Unsure),
        ] {
            assert_eq!(
                near_the_door(distance, accuracy, 100.0),
                says,
                "{distance} {accuracy:?}"
            );
        }
    }

    #[test]
    fn what_is_shown_from_elsewhere_proves_nothing() {
        use ProofSays::*;
        for (position, code, photo, wanted) in [
            (None, false, false, (VisitProof::None, Unsure)),
            (None, true, false, (VisitProof::Code, Holds)),
            (None, false, true, (VisitProof::Photo, Holds)),
            (Some(Holds), false, false, (VisitProof::Position, Holds)),
            (Some(Unsure), false, false, (VisitProof::Position, Unsure)),
            (Some(Unsure), true, false, (VisitProof::Code, Holds)),
            (Some(Unsure), false, true, (VisitProof::Photo, Holds)),
            (Some(Fails), true, true, (VisitProof::Position, Fails)),
        ] {
            assert_eq!(together(position, code, photo), wanted, "{position:?} {code} {photo}");
        }
    }

    proptest! {
        /// The farther or the vaguer, the less is proved.
        #[test]
        fn a_worse_fix_never_proves_more(distance in 0.0f64..2_000.0, accuracy in 0.0f64..500.0, more in 0.0f64..500.0) {
            let says = |d, a| near_the_door(d, Some(a), 100.0);
            if says(distance, accuracy) != ProofSays::Holds {
                prop_assert_ne!(says(distance + more, accuracy), ProofSays::Holds);
                prop_assert_ne!(says(distance, accuracy + more), ProofSays::Holds);
            }
        }
    }

    #[test]
    fn each_wrong_field_of_a_plan_is_named() {
        let plan = |days, from, until| VisitPlan { days, from, until };
        let at = |hour| Some(time(hour, 0, 0, 0));
        for (it, wrong) in [
            (plan(None, None, None), &[][..]),
            (plan(Some(3), at(9), at(11)), &[]),
            (plan(Some(0), at(9), None), &["days"]),
            (plan(Some(367), None, at(9)), &["days"]),
            (plan(None, at(11), at(11)), &["until"]),
        ] {
            assert_eq!(fields(it.check()), wrong, "{it:?}");
        }
    }
}
