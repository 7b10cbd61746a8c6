//! The ranking: who can be at a case, soonest first, with the reason of every inclusion and exclusion.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;

use super::Field;
use crate::case::plan::StepKind;
use crate::case::{Candidate, Case, Exclusion, Kind, Lane, Subject};
use crate::circle::{Arrival, Limits, Mode, Point, Reach};
use crate::dispatch::picture::{ElderFacts, holds_key};
use crate::ids::ResponderId;
use crate::people::fit::{Ask, Barrier, barriers_with};
use crate::people::{
    AreaCode, ChainSubject, FixLimits, Need, Responder, ResponderKind, Skill, StandIn, Tier, WUQING, answerable,
};
use crate::store::cases::CaseView;

/// Nobody is looked for beyond this, seconds: two hours of travel help no emergency, but the nearest are still named.
const FARTHEST_S: u32 = 7_200;

/// Arrivals within this many seconds of each other are as good as equal: chain, key and load decide among them.
const AS_GOOD_S: u32 = 60;

/// More candidates than any offer wants, so that those refused by the desk can be stepped over.
const RANKED_MAX: usize = 24;

/// Beyond those that are wanted, so many more are ranked, so that those refused by the desk can be stepped over and chain,
/// key and load can decide among arrivals that are as good as equal.
const SPARE: usize = 8;

/// Exclusions that are kept by name; the nearest first.
const EXCLUDED_MAX: usize = 24;

/// Of those who could help and are too far, how many are named; the nearest by the straight line, for whom people will ask.
const BEYOND_MAX: usize = 5;

/// Everybody and what they carry, at the time of one look: nobody waits for a ranking.
pub(super) struct Roll {
    /// The instant of a look that is about another time than now.
    at: Option<Timestamp>,
    people: HashMap<ResponderId, Arc<Responder>>,
    carried: HashMap<ResponderId, usize>,
    services: HashMap<ResponderId, usize>,
    stand_ins: Vec<StandIn>,
}

impl Roll {
    /// What stands against asking somebody now.
    fn barriers(&self, who: &Responder, ask: &Ask, held: usize, now: Timestamp, limits: &FixLimits) -> Vec<Barrier> {
        let scope_of = |id: ResponderId| self.people.get(&id).map(|it| &it.scope);
        barriers_with(who, ask, held, now, limits, &self.stand_ins, scope_of)
    }

    /// What somebody carries that counts against a case of `lane`: whoever brings a lunch is asked for a fall all the same.
    fn held(&self, responder: ResponderId, lane: Lane) -> usize {
        let of = |counts: &HashMap<ResponderId, usize>| counts.get(&responder).copied().unwrap_or(0);
        match lane {
            Lane::Help | Lane::Technical => of(&self.carried),
            Lane::Service => of(&self.carried) + of(&self.services),
        }
    }
}

/// What a case asks, before it is asked of one responder.
struct Asked {
    /// Of everybody, whatever their tier: which steps ask is looked at apart.
    ask: Ask,
    /// Nobody knows where the case is.
    nowhere: bool,
}

impl Asked {
    /// Of one responder. A case of no known area is everybody's: each is asked as if it were in their own.
    fn about(&self, who: &Responder) -> Cow<'_, Ask> {
        match who.scope.iter().next() {
            Some(area) if self.nowhere => Cow::Owned(Ask {
                area,
                ..self.ask.clone()
            }),
            _ => Cow::Borrowed(&self.ask),
        }
    }
}

/// A ranking: who can come, soonest first, and who was left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Soonest first, ties broken as stated in their reasons.
    pub ranked: Vec<Candidate>,
    /// The nearest of those who were left out.
    pub excluded: Vec<Exclusion>,
    /// How many were left out in all.
    pub excluded_count: u32,
}

impl Field {
    /// Ranks for a case that looks for people.
    pub async fn rank(&self, view: &CaseView) -> Ranking {
        let Some(seek) = &view.case.seek else {
            return Ranking {
                ranked: vec![],
                excluded: vec![],
                excluded_count: 0,
            };
        };
        let places = self.destinations(view).await;
        self.rank_at(view, &seek.steps, &places, &self.roll(), RANKED_MAX)
    }

    pub(super) fn roll(&self) -> Roll {
        let all = self.0.desk.picture().responders();
        let load = self.0.load.lock().unwrap_or_else(PoisonError::into_inner);
        Roll {
            at: None,
            people: all.into_iter().map(|it| (it.id, it)).collect(),
            carried: load.by_responder.clone(),
            services: load.services.clone(),
            stand_ins: self.0.desk.picture().stand_ins(),
        }
    }

    /// As [`Field::roll`], for a look at another time: with these at work or not.
    pub(super) fn roll_at(&self, at: Timestamp, duty: &HashMap<ResponderId, bool>) -> Roll {
        let mut roll = self.roll();
        roll.at = Some(at);
        for who in roll.people.values_mut() {
            if let Some(on) = duty.get(&who.id).filter(|on| **on != who.duty.on) {
                Arc::make_mut(who).duty.on = *on;
            }
        }
        roll
    }

    pub(super) fn rank_at(
        &self,
        view: &CaseView,
        steps: &[StepKind],
        places: &[Point],
        roll: &Roll,
        most: usize,
    ) -> Ranking {
        let inner = &*self.0;
        let now = roll.at.unwrap_or_else(|| inner.desk.clock().now());
        let ask = self.ask_of(view);
        let facts = view.case.subject.elder().and_then(|it| inner.desk.picture().facts(it));
        let chain = self.chain_of(view, now);
        // Whoever is asked, and what is against it, is known before the roads are looked at: a search ends with the last who
        // can come, and where nobody can, no road is searched.
        // In an exercise only who takes part in it.
        let practise: Option<HashSet<ResponderId>> = view.case.drill.then(|| {
            let all = inner.desk.picture().practitioners(now);
            all.into_iter().filter_map(|it| it.responder).collect()
        });
        let asked = roll
            .people
            .values()
            .filter(|who| practise.as_ref().is_none_or(|it| it.contains(&who.id)))
            .filter(|who| steps.iter().any(|it| step_asks(*it, who)));
        let why: Vec<(&Responder, Vec<Barrier>)> = asked
            .map(|who| {
                (
                    &**who,
                    roll.barriers(
                        who,
                        &ask.about(who),
                        roll.held(who.id, view.case.lane),
                        now,
                        &inner.limits,
                    ),
                )
            })
            .collect();
        let of_able = why.iter().filter(|(_, why)| why.is_empty()).map(|(who, _)| who.id);
        let able_ones: HashSet<ResponderId> = of_able.collect();
        let able = |it: &ResponderId| able_ones.contains(it);
        let mut best: HashMap<ResponderId, Arrival<ResponderId>> = HashMap::new();
        // Whether every one within the circle was found, and not only as many as are wanted.
        let mut all_of_circle = !places.is_empty();
        self.with_live(|live| {
            let mut by_mode = [0; Mode::ALL.len()];
            for (mode, _) in able_ones.iter().filter_map(|it| live.get(*it)) {
                by_mode[mode.index()] += 1;
            }
            let count = by_mode.iter().sum::<usize>();
            let edge = Limits::FIFTEEN_MINUTES.edge_seconds;
            for place in places.iter().filter(|_| count > 0) {
                let mut found = live.nearest_of(*place, edge, count.min(most), by_mode, able);
                all_of_circle &= found.len() < count.min(most);
                if found.len() < count.min(3) {
                    // Too few in the circle: the nearest outside are asked too, marked so.
                    let known: BTreeSet<ResponderId> = found.iter().map(|it| it.key).collect();
                    let more = (count - found.len()).min(most);
                    let mut left = by_mode;
                    for it in &found {
                        left[it.mode.index()] -= 1;
                    }
                    found.extend(live.nearest_of(*place, FARTHEST_S, more, left, |it| !known.contains(it) && able(it)));
                }
                for it in found {
                    let kept = best.entry(it.key).or_insert(it);
                    if it.seconds < kept.seconds {
                        *kept = it;
                    }
                }
            }
        });
        // No place, or one that nobody could reach: a fix in the sea, a home that was filed wrongly.
        let unreached = best.is_empty();
        let mut barred: Vec<(ResponderId, &[Barrier])> = Vec::new();
        let mut beyond: Vec<(ResponderId, &[Barrier])> = Vec::new();
        let mut ranked: Vec<Candidate> = best
            .into_values()
            .map(|it| {
                let reach = Reach::of(it.seconds, Limits::FIFTEEN_MINUTES);
                self.candidate(
                    &view.case,
                    roll.people.get(&it.key).map(Arc::as_ref),
                    it.key,
                    Some((it.seconds, it.meters, it.estimated)),
                    it.mode,
                    reach,
                    &chain,
                    facts.as_ref(),
                    roll.held(it.key, view.case.lane),
                )
            })
            .collect();
        // Family whose whereabouts nobody knows is asked all the same: they may be in the next room. And where nobody knows
        // where the case is, or nobody can reach the place, people are asked by duty alone.
        let known: HashSet<ResponderId> = ranked.iter().map(|it| it.responder).collect();
        for (who, why) in why.iter().filter(|(who, _)| !known.contains(&who.id)) {
            let unplaced = why[..] == [Barrier::NoPosition] && who.kind == ResponderKind::Family;
            let nowhere = unreached && why.iter().all(|it| *it == Barrier::NoPosition);
            if unplaced || nowhere {
                ranked.push(self.candidate(
                    &view.case,
                    Some(who),
                    who.id,
                    None,
                    who.mode,
                    Reach::Outside,
                    &chain,
                    facts.as_ref(),
                    roll.held(who.id, view.case.lane),
                ));
            } else if !why.is_empty() && !why.contains(&Barrier::NotOwnFamily) {
                // Strangers' families are not "left out"; they were never meant.
                barred.push((who.id, why));
            } else if why.is_empty() && all_of_circle {
                beyond.push((who.id, why));
            }
        }
        let mut count = u32::try_from(barred.len() + beyond.len()).unwrap_or(u32::MAX);
        let mut excluded: Vec<Exclusion> = self
            .nearest_of(beyond, places.first(), BEYOND_MAX)
            .map(|(responder, _)| Exclusion {
                responder,
                reason: "outside_circle".to_owned(),
            })
            .collect();
        let barred = self.nearest_of(barred, places.first(), EXCLUDED_MAX - excluded.len());
        excluded.extend(barred.map(|(id, why)| exclusion(id, why)));
        // Who is with them already, in an earlier case, needs no road; that case does not count against them.
        for id in &view.case.inside {
            let Some(who) = roll.people.get(id) else { continue };
            let held = roll.held(*id, view.case.lane).saturating_sub(1);
            let mut why = roll.barriers(who, &ask.about(who), held, now, &inner.limits);
            why.retain(|it| *it != Barrier::NoPosition);
            ranked.retain(|it| it.responder != *id);
            excluded.retain(|it| it.responder != *id);
            if why.is_empty() {
                let (way, reach) = (Some((0, 0, false)), Reach::Inside);
                let facts = facts.as_ref();
                let mut candidate =
                    self.candidate(&view.case, Some(who), *id, way, who.mode, reach, &chain, facts, held);
                candidate.reasons.insert(0, "with_them_already".to_owned());
                ranked.push(candidate);
            } else {
                count = count.saturating_add(1);
                excluded.insert(0, exclusion(*id, &why));
            }
        }
        ranked.sort_by_key(|it| {
            let there = view.case.inside.contains(&it.responder);
            let bucket = it.seconds.map_or(u32::MAX, |it| it / AS_GOOD_S);
            let in_chain = chain.iter().position(|who| *who == it.responder).unwrap_or(usize::MAX);
            (
                !there,
                bucket,
                in_chain,
                !it.key_holder,
                roll.held(it.responder, view.case.lane),
                it.seconds,
                it.responder,
            )
        });
        ranked.truncate(RANKED_MAX);
        Ranking {
            ranked,
            excluded,
            excluded_count: count,
        }
    }

    /// The nearest `most` of those who are not asked, by the straight line, which is near enough for who cannot come.
    fn nearest_of<'w>(
        &self,
        left_out: Vec<(ResponderId, &'w [Barrier])>,
        place: Option<&Point>,
        most: usize,
    ) -> impl Iterator<Item = (ResponderId, &'w [Barrier])> + use<'w> {
        let away = self.with_live(|live| {
            let metres = |id: ResponderId| {
                live.get(id)
                    .zip(place)
                    .map_or(u32::MAX, |(it, to)| it.1.distance_m(*to) as u32)
            };
            let mut away: Vec<_> = left_out.into_iter().map(|(id, why)| (metres(id), id, why)).collect();
            away.sort_unstable_by_key(|it| (it.0, it.1));
            away
        });
        away.into_iter().take(most).map(|(_, id, why)| (id, why))
    }

    #[allow(clippy::too_many_arguments)] // one place builds candidates, from what the ranking has in hand
    fn candidate(
        &self,
        case: &Case,
        who: Option<&Responder>,
        id: ResponderId,
        way: Option<(u32, u32, bool)>,
        mode: Mode,
        reach: Reach,
        chain: &[ResponderId],
        facts: Option<&ElderFacts>,
        held: usize,
    ) -> Candidate {
        let key_holder = facts.is_some_and(|it| holds_key(it, id));
        let skilled = who.is_some_and(|it| helpful_skills(case.kind).iter().any(|skill| it.skills.contains(skill)));
        let mut reasons = Vec::new();
        match way {
            Some((seconds, _, estimated)) => {
                reasons.push(format!("arrives_in_s:{seconds}"));
                if estimated {
                    reasons.push("estimated_straight_line".to_owned());
                }
            }
            None => reasons.push("position_unknown".to_owned()),
        }
        if reach != Reach::Inside {
            reasons.push(match reach {
                Reach::Edge => "edge_of_circle".to_owned(),
                Reach::Inside | Reach::Outside => "outside_circle".to_owned(),
            });
        }
        if let Some(post) = chain.iter().position(|it| *it == id) {
            reasons.push(format!("responsible:{}", post + 1));
        }
        if key_holder {
            reasons.push("key_holder".to_owned());
        }
        if skilled {
            reasons.push("skilled".to_owned());
        }
        if held > 0 {
            reasons.push(format!("holds_cases:{held}"));
        }
        Candidate {
            responder: id,
            tier: who.map_or(Tier::Street, |it| it.tier),
            seconds: way.map(|it| it.0),
            meters: way.map(|it| it.1),
            mode,
            estimated: way.is_none_or(|it| it.2),
            reach,
            key_holder,
            skilled,
            reasons,
        }
    }

    fn ask_of(&self, view: &CaseView) -> Asked {
        let picture = self.0.desk.picture();
        let (needs, elders): (BTreeSet<Need>, Vec<_>) = match view.case.subject {
            Subject::Elder(id) => (picture.needs(id), vec![id]),
            Subject::Household(id) => {
                let members = picture.household(id).map(|it| it.1).unwrap_or_default();
                (picture.household_needs(id), members.iter().map(|it| it.id).collect())
            }
            Subject::Device(_) | Subject::Area(_) | Subject::Unknown(_) | Subject::Responder(_) => {
                (BTreeSet::new(), vec![])
            }
        };
        let mut family = BTreeSet::new();
        let mut restricted = BTreeSet::new();
        if let Subject::Responder(id) = view.case.subject {
            restricted.insert(id); // nobody is sent to help themselves
        }
        for elder in elders {
            for contact in picture.facts(elder).map(|it| it.contacts).unwrap_or_default() {
                if let Some(responder) = contact.responder {
                    if contact.restricted {
                        restricted.insert(responder)
                    } else {
                        family.insert(responder)
                    };
                }
            }
        }
        let area: Option<AreaCode> = view.area_code.parse().ok();
        Asked {
            nowhere: area.is_none(),
            ask: Ask {
                tiers: Tier::ALL.iter().copied().collect(),
                area: area.unwrap_or(WUQING),
                needs,
                skills: BTreeSet::new(),
                family,
                restricted,
            },
        }
    }

    /// Who answers for the household, nearest post first.
    fn chain_of(&self, view: &CaseView, now: Timestamp) -> Vec<ResponderId> {
        let picture = self.0.desk.picture();
        let (household, grid) = match view.case.subject {
            Subject::Elder(id) => match picture.elder(id) {
                Some(elder) => (Some(elder.household), Some(elder.grid)),
                None => (None, None),
            },
            Subject::Household(id) => (Some(id), picture.household(id).map(|it| it.0.grid)),
            Subject::Device(_) | Subject::Area(_) | Subject::Unknown(_) | Subject::Responder(_) => (None, None),
        };
        let own = household.and_then(|it| picture.chain(ChainSubject::Household(it)));
        let of_grid = grid.and_then(|it| picture.chain(ChainSubject::Grid(it)));
        answerable(own.as_deref(), of_grid.as_deref(), &picture.stand_ins(), now)
            .into_iter()
            .map(|it| it.responder)
            .collect()
    }
}

/// How many are to be ranked for what a case seeks now.
pub(super) fn most_for(case: &Case) -> usize {
    let wanted = case.seek.as_ref().map_or(0, |it| usize::from(it.want));
    (wanted + case.offers.len() + SPARE).min(RANKED_MAX)
}

fn exclusion(responder: ResponderId, why: &[Barrier]) -> Exclusion {
    let reason = why.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(",");
    Exclusion { responder, reason }
}

/// Whether a step of the ladder asks people of this kind.
fn step_asks(step: StepKind, who: &Responder) -> bool {
    match step {
        StepKind::Home => who.tier == Tier::Home,
        StepKind::Grid => who.tier == Tier::Grid,
        StepKind::Street => who.tier == Tier::Street && who.kind != ResponderKind::DutyLeader,
        StepKind::Medical => who.skills.contains(&Skill::Medical) || who.kind == ResponderKind::CommunityDoctor,
        StepKind::FirePost => who.kind == ResponderKind::FirePost || who.skills.contains(&Skill::Fire),
        StepKind::PoliceGrid => who.kind == ResponderKind::PoliceGrid,
        StepKind::Desk
        | StepKind::Prompt120
        | StepKind::Prompt119
        | StepKind::Family
        | StepKind::DutyLeader
        | StepKind::CivilAffairs => false,
    }
}

/// Skills that help with a kind of alert; any of them counts.
fn helpful_skills(kind: Kind) -> &'static [Skill] {
    match kind {
        Kind::Sos | Kind::Unknown | Kind::Inactivity | Kind::Offline | Kind::MissedVisit => {
            &[Skill::FirstAid, Skill::Medical]
        }
        Kind::Fall => &[Skill::Lift, Skill::FirstAid, Skill::Medical],
        Kind::Vital => &[Skill::Medical, Skill::FirstAid],
        Kind::Smoke | Kind::Gas | Kind::CarbonMonoxide => &[Skill::Fire],
        Kind::Duress => &[Skill::Police],
        Kind::Geofence => &[Skill::MentalHealth, Skill::Police],
        Kind::WaterLeak | Kind::DeviceFault | Kind::LowBattery | Kind::Tamper | Kind::LinkLoss | Kind::PowerLoss => {
            &[Skill::Repair]
        }
        Kind::Outage
        | Kind::AreaAlert
        | Kind::SelfCheck
        | Kind::ServiceRequest
        | Kind::FollowUp
        | Kind::WelfareReview => &[],
    }
}
