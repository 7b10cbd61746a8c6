//! Who may be asked for whom: everything about a candidate except the road.
//!
//! [`barriers`] says every reason against, in words that the desk shows; an empty answer means that the responder may be
//! offered the case. Barriers about the elder's sensitivity are absolute: nothing reorders them away.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::area::{AreaCode, PrefixSet};
use super::chain::StandIn;
use super::elder::Need;
use super::responder::{FixLimits, Responder, ResponderKind, Sensitivity, Skill, Tier, Whereabouts};
use super::words::words;
use crate::ids::ResponderId;

words! {
    /// Why a responder is not asked.
    Barrier ("barrier") {
        /// Belongs to a tier that is not asked yet.
        OtherTier = "other_tier", "层级未到";
        /// Not at work.
        OffDuty = "off_duty", "未值班";
        /// Ill or on leave: somebody stands in.
        Absent = "absent", "请假代班";
        /// Lacks a skill that the plan demands.
        MissingSkill = "missing_skill", "技能不符";
        /// Works elsewhere.
        OutOfScope = "out_of_scope", "辖区不符";
        /// Family of somebody else, or a restricted contact.
        NotOwnFamily = "not_own_family", "非本户家属";
        /// May not hear of such a case.
        Sensitivity = "sensitivity", "敏感限制";
        /// Holds as many cases as they can.
        Busy = "busy", "已满负荷";
        /// Neither a fresh position nor a base.
        NoPosition = "no_position", "位置未知";
    }
}

/// What is asked of a responder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The tiers asked so far.
    pub tiers: BTreeSet<Tier>,
    /// Where the case is.
    pub area: AreaCode,
    /// What the elder needs; of a household, all of its elders' needs together.
    pub needs: BTreeSet<Need>,
    /// Skills of which a candidate must have every one.
    pub skills: BTreeSet<Skill>,
    /// Responders who are contacts of the elder and not restricted.
    pub family: BTreeSet<ResponderId>,
    /// Responders who are restricted contacts of the elder: never asked, in whatever office.
    pub restricted: BTreeSet<ResponderId>,
}

impl Ask {
    /// What makes the case not for everybody's ears.
    pub fn sensitivities(&self) -> BTreeSet<Sensitivity> {
        self.needs
            .iter()
            .filter_map(|it| match it {
                Need::MentalSocial => Some(Sensitivity::MentalSocial),
                Need::HighRisk | Need::LivingAlone | Need::Disabled | Need::General | Need::Medical | Need::Away => {
                    None
                }
            })
            .collect()
    }
}

/// Every reason against asking `who` at `now`, who already holds `held` cases; empty when there is none.
pub fn barriers(who: &Responder, ask: &Ask, held: usize, now: Timestamp, limits: &FixLimits) -> Vec<Barrier> {
    let own_family = ask.family.contains(&who.id) && !ask.restricted.contains(&who.id);
    let allowed_here = match who.kind {
        ResponderKind::Family => own_family,
        // Somebody paid by the family comes as its contact, somebody of a provider by area.
        ResponderKind::Caregiver => own_family || who.scope.contains(ask.area),
        _ => who.scope.contains(ask.area),
    };
    let found = [
        (Barrier::OtherTier, !ask.tiers.contains(&who.tier)),
        // Family is always at work: they are asked, not ordered.
        (Barrier::OffDuty, !who.duty.on && who.kind != ResponderKind::Family),
        (Barrier::MissingSkill, !ask.skills.is_subset(&who.skills)),
        (Barrier::OutOfScope, !allowed_here && who.kind != ResponderKind::Family),
        (
            Barrier::NotOwnFamily,
            ask.restricted.contains(&who.id) || (who.kind == ResponderKind::Family && !own_family),
        ),
        (
            Barrier::Sensitivity,
            !ask.sensitivities().iter().all(|it| may_hear(who, *it, own_family)),
        ),
        (Barrier::Busy, held >= usize::from(who.capacity)),
        (
            Barrier::NoPosition,
            who.whereabouts(now, limits) == Whereabouts::Unknown,
        ),
    ];
    found
        .into_iter()
        .filter_map(|(barrier, holds)| holds.then_some(barrier))
        .collect()
}

/// As [`barriers`], with who stands in for whom at `now`: the absent are not asked, and who stands in works where the absent one does.
/// `scope_of` says where somebody works.
pub fn barriers_with<'a>(
    who: &Responder,
    ask: &Ask,
    held: usize,
    now: Timestamp,
    limits: &FixLimits,
    stand_ins: &[StandIn],
    scope_of: impl Fn(ResponderId) -> Option<&'a PrefixSet>,
) -> Vec<Barrier> {
    let mut found = barriers(who, ask, held, now, limits);
    let holding = || stand_ins.iter().filter(|it| it.covers(now));
    if holding().any(|it| it.absent == who.id) {
        found.push(Barrier::Absent);
    }
    let in_place = |it: &StandIn| it.by == who.id && scope_of(it.absent).is_some_and(|it| it.contains(ask.area));
    if who.kind != ResponderKind::Family && holding().any(in_place) {
        found.retain(|it| *it != Barrier::OutOfScope);
    }
    found
}

/// Whether a case of `needs` may be shown to `who` at all, offered or not: for lists, pushes and the live socket.
pub fn may_see(who: &Responder, ask: &Ask) -> bool {
    let own_family = ask.family.contains(&who.id) && !ask.restricted.contains(&who.id);
    !ask.restricted.contains(&who.id) && ask.sensitivities().iter().all(|it| may_hear(who, *it, own_family))
}

/// A relative knows already; whoever else must be of a kind that may, and be allowed by name.
fn may_hear(who: &Responder, what: Sensitivity, own_family: bool) -> bool {
    match who.kind {
        ResponderKind::Family => own_family && who.may_hear(what),
        _ => who.may_hear(what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::samples::{GRID, NOON, code, responder};
    use crate::people::{Duty, PrefixSet};

    fn ask() -> Ask {
        Ask {
            tiers: BTreeSet::from([Tier::Home, Tier::Grid]),
            area: code(GRID),
            needs: BTreeSet::from([Need::General]),
            skills: BTreeSet::new(),
            family: BTreeSet::new(),
            restricted: BTreeSet::new(),
        }
    }

    fn found(who: &Responder, ask: &Ask, held: usize) -> Vec<Barrier> {
        barriers(who, ask, held, NOON, &FixLimits::default())
    }

    #[test]
    fn the_absent_are_not_asked_and_who_stands_in_works_where_they_do() {
        let ill = responder(ResponderKind::GridWorker);
        let by = Responder {
            id: crate::people::responder_id("by"),
            scope: PrefixSet::from_iter([code("120114002")]),
            ..responder(ResponderKind::GridWorker)
        };
        let hour = jiff::SignedDuration::from_hours(1);
        let stand_in = |from, until| StandIn {
            absent: ill.id,
            by: by.id,
            from,
            until,
        };
        let said = |who: &Responder, it: StandIn| {
            barriers_with(who, &ask(), 0, NOON, &FixLimits::default(), &[it], |id| {
                (id == ill.id).then_some(&ill.scope)
            })
        };
        for (from, until, holds) in [
            (NOON, None, true),
            (NOON - hour, Some(NOON + hour), true),
            (NOON + hour, None, false),
            (NOON - hour, Some(NOON), false),
        ] {
            let (them, other) = (said(&ill, stand_in(from, until)), said(&by, stand_in(from, until)));
            assert_eq!(them, if holds { vec![Barrier::Absent] } else { vec![] });
            assert_eq!(other, if holds { vec![] } else { vec![Barrier::OutOfScope] });
        }
    }

    #[test]
    fn every_reason_is_said() {
        type Spoil = fn(&mut Responder, &mut Ask);
        let cases: &[(&[Barrier], Spoil)] = &[
            (&[], |_, _| ()),
            (&[Barrier::OtherTier], |_, ask| ask.tiers = BTreeSet::from([Tier::Home])),
            (&[Barrier::OffDuty], |who, _| who.duty = Duty { on: false, since: NOON }),
            (&[Barrier::MissingSkill], |_, ask| {
                ask.skills = BTreeSet::from([Skill::Lift, Skill::Medical])
            }),
            (&[], |_, ask| {
                ask.skills = BTreeSet::from([Skill::Lift, Skill::FirstAid])
            }),
            (&[Barrier::OutOfScope], |who, _| {
                who.scope = PrefixSet::from_iter([code("120114002")])
            }),
            (&[Barrier::Sensitivity], |_, ask| {
                ask.needs = BTreeSet::from([Need::MentalSocial])
            }),
            (&[], |who, ask| {
                ask.needs = BTreeSet::from([Need::MentalSocial]);
                who.allowances = BTreeSet::from([Sensitivity::MentalSocial]);
            }),
            (&[Barrier::NotOwnFamily], |who, ask| {
                ask.restricted = BTreeSet::from([who.id])
            }),
            (&[Barrier::NoPosition], |who, _| who.base = None),
            (
                &[Barrier::OffDuty, Barrier::OutOfScope, Barrier::NoPosition],
                |who, _| {
                    who.duty.on = false;
                    who.scope = PrefixSet::nothing();
                    who.base = None;
                },
            ),
        ];
        for (at, (reasons, spoil)) in cases.iter().enumerate() {
            let (mut who, mut ask) = (responder(ResponderKind::GridWorker), ask());
            spoil(&mut who, &mut ask);
            assert_eq!(found(&who, &ask, 0), *reasons, "case {at}");
        }
        assert_eq!(found(&responder(ResponderKind::GridWorker), &ask(), 1), [Barrier::Busy]);
    }

    #[test]
    fn family_is_asked_only_for_its_own_and_always() {
        let mut who = responder(ResponderKind::Family);
        who.duty.on = false;
        who.scope = PrefixSet::nothing();
        assert_eq!(found(&who, &ask(), 0), [Barrier::NotOwnFamily]);
        let mut own = ask();
        own.family.insert(who.id);
        assert_eq!(found(&who, &own, 0), []);
        own.needs.insert(Need::MentalSocial);
        assert_eq!(found(&who, &own, 0), [], "a relative knows already");
        own.restricted.insert(who.id);
        assert!(found(&who, &own, 0).contains(&Barrier::NotOwnFamily));
        assert!(!may_see(&who, &own));
    }

    #[test]
    fn a_volunteer_never_sees_what_is_not_for_everybody() {
        let mut who = responder(ResponderKind::Volunteer);
        who.allowances.insert(Sensitivity::MentalSocial); // a form filled in wrongly
        let mut blue = ask();
        assert!(may_see(&who, &blue));
        blue.needs.insert(Need::MentalSocial);
        assert!(!may_see(&who, &blue));
        blue.family.insert(who.id); // nor as the elder's neighbour
        assert!(!may_see(&who, &blue));
        assert_eq!(found(&who, &blue, 0), [Barrier::Sensitivity]);
    }
}
