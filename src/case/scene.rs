//! On the way, at the door, on the scene.

use super::decide::{Draft, Refusal};
use super::plan::StepKind;
use super::record::{ClockSet, Event, SeekWhy, StandDownWhy};
use super::state::{Assignment, Clock, ClockKind, Place, Stage};
use super::words::State;
use crate::ids::ResponderId;
use crate::people::Tier;

/// A fix within this of the last one written, with nothing new in it, is not written again, seconds.
const PROGRESS_EVERY_S: u32 = 15;

/// An arrival time that has moved by this much is news, seconds.
const ETA_NEWS_S: i64 = 60;

impl Draft<'_> {
    fn coming(&self, by: ResponderId) -> Result<Assignment, Refusal> {
        self.want_open()?;
        self.case
            .assignment(by)
            .filter(|it| it.is_active())
            .cloned()
            .ok_or(Refusal::NotAssigned)
    }

    pub(super) fn depart(&mut self, by: ResponderId, eta_s: Option<u32>) -> Result<(), Refusal> {
        let mine = self.coming(by)?;
        if mine.stage >= Stage::EnRoute {
            return Ok(());
        }
        let mut clocks = vec![
            ClockSet::stop(Clock::of(ClockKind::Departure, by)),
            ClockSet::stop(Clock::of(ClockKind::Replace, by)),
        ];
        if mine.place == Place::Lead {
            clocks.push(ClockSet::until(
                Clock::of(ClockKind::Progress, by),
                self.after(self.plan.limits.progress_s),
            ));
        }
        clocks.push(self.look_later());
        self.put(Event::Departed { responder: by, eta_s }, clocks);
        self.watch_eta(by);
        Ok(())
    }

    /// A fix on the way: resets the silence on the way, and tells when the door clock cannot be kept any more.
    pub(super) fn progress(&mut self, by: ResponderId, eta_s: Option<u32>) -> Result<(), Refusal> {
        let mine = self.coming(by)?;
        if mine.stage >= Stage::Arrived {
            return Ok(());
        }
        let progress = Clock::of(ClockKind::Progress, by);
        let limit = self.plan.limits.progress_s;
        let fresh = self
            .case
            .clock(progress)
            .is_some_and(|at| at > self.after(limit.saturating_sub(PROGRESS_EVERY_S)));
        let called = self.case.clock(Clock::of(ClockKind::Replace, by)).is_some() && mine.stage >= Stage::EnRoute;
        let moved = match (eta_s, mine.eta_at) {
            (Some(now), Some(then)) => (self.after(now).as_second() - then.as_second()).abs() >= ETA_NEWS_S,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if fresh && !called && !moved {
            return Ok(());
        }
        let mut clocks = vec![];
        if mine.place == Place::Lead && mine.stage == Stage::EnRoute {
            clocks.push(ClockSet::until(progress, self.after(limit)));
            clocks.push(ClockSet::stop(Clock::of(ClockKind::Replace, by)));
        }
        self.put(Event::Progressed { responder: by, eta_s }, clocks);
        self.watch_eta(by);
        Ok(())
    }

    /// An arrival beyond the clock: the next is asked at once, once, and the log says why.
    fn watch_eta(&mut self, by: ResponderId) {
        let Some(mine) = self.case.assignment(by).cloned() else {
            return;
        };
        let (Some(eta), Some(door)) = (mine.eta_at, self.case.door_by) else {
            return;
        };
        if mine.place == Place::Lead && eta > door && !mine.late_said && self.case.state == State::Engaged {
            let eta_s = u32::try_from(eta.as_second() - self.now.as_second()).unwrap_or(0);
            self.put(Event::EtaBeyond { responder: by, eta_s }, vec![]);
            self.seek(self.asked_steps(), 1, SeekWhy::EtaBeyond);
        }
    }

    /// Whoever was asked and stands at the door is never refused while the case is open.
    pub(super) fn arrive(&mut self, by: ResponderId) -> Result<(), Refusal> {
        if self.case.state == State::Closed {
            return Err(Refusal::Over);
        }
        let mine = self.case.assignment(by).cloned();
        if mine
            .as_ref()
            .is_some_and(|it| it.is_active() && it.stage >= Stage::Arrived)
        {
            return Ok(());
        }
        if !mine.as_ref().is_some_and(Assignment::is_active) {
            // Asked, perhaps stood down or replaced since, and there all the same.
            match self.case.offer_to(by).map(|it| it.id) {
                Some(offer) => self.put(
                    Event::Accepted {
                        offer,
                        responder: by,
                        eta_s: Some(0),
                        backup: true,
                    },
                    vec![],
                ),
                None if mine.is_some() => {
                    let tier = mine.map_or(self.case.tier, |it| it.tier);
                    self.put(
                        Event::Assigned {
                            responder: by,
                            tier,
                            eta_s: Some(0),
                            backup: true,
                        },
                        vec![],
                    );
                }
                None => return Err(Refusal::NotOffered),
            }
        }
        let mut clocks = self.stops_of(by);
        clocks.extend(self.stops(&[
            ClockKind::Door,
            ClockKind::Window,
            ClockKind::VoiceWiden,
            ClockKind::Untouched,
        ]));
        clocks.push(ClockSet::until(
            Clock::of(ClockKind::Contact, by),
            self.after(self.plan.limits.contact_s),
        ));
        self.put(Event::Arrived { responder: by }, clocks);
        if self.case.state != State::OnScene {
            return Ok(()); // resolved meanwhile: the arrival stands in the log
        }
        let led = self.case.lead().map(|it| (it.responder, it.stage));
        let arriver_leads = match led {
            None => !(self.busy)(by),
            Some((lead, stage)) => lead != by && stage < Stage::Arrived && !(self.busy)(by),
        };
        if arriver_leads {
            let stops = led.map(|(lead, _)| self.stops_of(lead)).unwrap_or_default();
            let mut clocks = stops;
            clocks.extend(self.stops(&[ClockKind::Silence, ClockKind::Ring, ClockKind::Step]));
            let backups = led
                .map(|(lead, _)| lead)
                .into_iter()
                .chain(self.case.backups().map(|it| it.responder))
                .filter(|it| *it != by)
                .collect();
            self.put(
                Event::LeadChosen {
                    responder: by,
                    backups,
                    stood_down: vec![],
                    why: vec!["first_at_the_door".to_owned()],
                },
                clocks,
            );
        }
        if !self.plan.limits.pair {
            self.stand_down_others(StandDownWhy::Arrived);
        }
        Ok(())
    }

    /// Back-ups and compared ones who have not arrived are not needed any more.
    pub(super) fn stand_down_others(&mut self, why: StandDownWhy) {
        let others: Vec<ResponderId> = self
            .case
            .assignments
            .iter()
            .filter(|it| it.is_active() && it.place != Place::Lead && it.stage < Stage::Arrived)
            .map(|it| it.responder)
            .collect();
        if !others.is_empty() {
            let clocks = others.iter().flat_map(|it| self.stops_of(*it)).collect();
            self.put(
                Event::StoodDown {
                    responders: others,
                    why,
                },
                clocks,
            );
        }
    }

    fn at_the_door(&self, by: ResponderId) -> Result<Assignment, Refusal> {
        let mine = self.coming(by)?;
        if mine.stage < Stage::Arrived {
            Err(Refusal::NotArrived)
        } else {
            Ok(mine)
        }
    }

    pub(super) fn contact_made(&mut self, by: ResponderId, near: bool) -> Result<(), Refusal> {
        let mine = self.at_the_door(by)?;
        if mine.stage == Stage::Inside {
            return Ok(());
        }
        let mut clocks = self.stops_of(by);
        clocks.extend(self.stops(&[ClockKind::VoiceStreet]));
        clocks.push(ClockSet::until(
            Clock::of(ClockKind::CheckIn, by),
            self.after(self.plan.limits.checkin_s),
        ));
        clocks.push(self.look_later());
        self.put(Event::ContactMade { responder: by, near }, clocks);
        Ok(())
    }

    /// Nobody opens: key holders are asked, the street owns the case, 110 and 119 are prompted together.
    pub(super) fn no_entry(&mut self, by: ResponderId) -> Result<(), Refusal> {
        let mine = self.at_the_door(by)?;
        if mine.stage == Stage::Inside {
            return Err(Refusal::NotNow);
        }
        if self.case.no_entry {
            return Ok(());
        }
        let again = ClockSet::until(
            Clock::of(ClockKind::Contact, by),
            self.after(self.plan.limits.contact_s),
        );
        self.put(Event::NoEntry { responder: by }, vec![again]);
        self.climb_to(Tier::Street);
        if !self.case.fired.contains(&StepKind::Prompt119) {
            self.fire_step(StepKind::Prompt119);
        } else {
            self.ring_desk();
        }
        self.seek(self.asked_steps(), self.ask_count(), SeekWhy::NoEntry);
        Ok(())
    }

    /// "Wrong address" undoes the arrival and gives the door clock back as it was.
    pub(super) fn wrong_address(&mut self, by: ResponderId) -> Result<(), Refusal> {
        let mine = self.at_the_door(by)?;
        if mine.stage != Stage::Arrived {
            return Err(Refusal::NotNow);
        }
        let mut clocks = self.stops_of(by);
        let others = self
            .case
            .assignments
            .iter()
            .any(|it| it.responder != by && it.is_active() && it.stage >= Stage::Arrived);
        if !others {
            if let (Some(door), false) = (self.case.door_by, self.case.door_late) {
                clocks.push(ClockSet::until(Clock::case(ClockKind::Door), door));
            }
        }
        if mine.place == Place::Lead {
            clocks.push(ClockSet::until(
                Clock::of(ClockKind::Progress, by),
                self.after(self.plan.limits.progress_s),
            ));
        }
        self.put(Event::ArrivalUndone { responder: by }, clocks);
        Ok(())
    }

    pub(super) fn check_in(&mut self, by: ResponderId) -> Result<(), Refusal> {
        let mine = self.at_the_door(by)?;
        let mut clocks = vec![];
        if mine.stage == Stage::Inside {
            clocks.push(ClockSet::until(
                Clock::of(ClockKind::CheckIn, by),
                self.after(self.plan.limits.checkin_s),
            ));
        }
        self.put(Event::CheckedIn { responder: by }, clocks);
        Ok(())
    }

    /// "I need support": the next tier at once, and more people.
    pub(super) fn support(&mut self, by: ResponderId) -> Result<(), Refusal> {
        self.coming(by)?;
        self.put(Event::SupportAsked { responder: by }, vec![]);
        if !self.climb() {
            self.ring_desk();
        }
        self.seek(self.asked_steps(), self.ask_count(), SeekWhy::Support);
        Ok(())
    }

    pub(super) fn done(&mut self, by: ResponderId) -> Result<(), Refusal> {
        let mine = self.at_the_door(by)?;
        if mine.stage == Stage::Done {
            return Ok(());
        }
        let clocks = self.stops_of(by);
        self.put(Event::DoneThere { responder: by }, clocks);
        Ok(())
    }
}
