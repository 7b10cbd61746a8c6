//! On the way, at the door, on the scene.

use jiff::Timestamp;

use super::decide::{Draft, Refusal};
use super::plan::StepKind;
use super::record::{ClockSet, Event, SeekWhy, StandDownWhy};
use super::state::{Assignment, Clock, ClockKind, Place, Stage};
use super::words::{Author, PhotoConsent, State};
use crate::ids::{PhotoId, ResponderId};
use crate::people::Tier;

/// A fix within this of the last one written, with nothing new in it, is not written again, seconds.
const PROGRESS_EVERY_S: u32 = 15;

/// A plea for support within this of the one before is the same plea, seconds.
const SUPPORT_EVERY_S: i64 = 15;

/// Photos that one case holds at most.
pub const PHOTOS_MAX: usize = 12;

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
        let leads_there = mine.place == Place::Lead && mine.stage == Stage::EnRoute;
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
        if (fresh || !leads_there) && !called && !moved {
            return Ok(());
        }
        let mut clocks = vec![];
        // A time that we reckoned anew is no sign of life of whoever is on the way.
        if leads_there && self.by != Author::System {
            clocks.push(ClockSet::until(progress, self.after(limit)));
            clocks.push(ClockSet::stop(Clock::of(ClockKind::Replace, by)));
        }
        self.put(Event::Progressed { responder: by, eta_s }, clocks);
        self.watch_eta(by);
        Ok(())
    }

    /// An arrival beyond the clock: the next is asked at once, once, and the log says why.
    pub(super) fn watch_eta(&mut self, by: ResponderId) {
        let Some(mine) = self.case.assignment(by).cloned() else {
            return;
        };
        // Somebody who said yes and could not be confirmed may have come near enough to lead now.
        let window = self.case.clock(Clock::case(ClockKind::Window));
        if self.case.lead().is_none() && window.is_none() && self.may_be_confirmed(&mine) {
            self.choose_lead();
            return;
        }
        let (Some(eta), Some(door)) = (mine.eta_at, self.case.door_by) else {
            return;
        };
        if mine.place == Place::Lead && eta > door && !mine.late_said && self.case.state == State::Engaged {
            let eta_s = u32::try_from(eta.as_second().saturating_sub(self.now.as_second())).unwrap_or(0);
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
        if self.case.state == State::Resolved {
            self.put(Event::Arrived { responder: by }, clocks); // over meanwhile: the arrival stands in the log
            return Ok(());
        }
        let first = !self.case.somebody_there();
        let led = self.case.lead().map(|it| (it.responder, it.stage));
        let leads_already = led.is_some_and(|(lead, _)| lead == by);
        let leads_now = led.is_none_or(|(_, stage)| stage < Stage::Arrived) && !leads_already && !(self.busy)(by);
        clocks.extend(self.stops(&[ClockKind::Door, ClockKind::VoiceWiden, ClockKind::Untouched]));
        if leads_already || leads_now {
            clocks.extend(self.stops(&[ClockKind::Window, ClockKind::Silence, ClockKind::Ring]));
            clocks.extend(self.asking_steps_stop());
        }
        let limits = self.plan.limits;
        // Where the elder is in good hands already, who comes after gives signs of life and no more.
        let (next, seconds) = if self.case.contact {
            (ClockKind::CheckIn, limits.checkin_s)
        } else {
            (ClockKind::Contact, limits.contact_s)
        };
        clocks.push(ClockSet::until(Clock::of(next, by), self.after(seconds)));
        self.put(Event::Arrived { responder: by }, clocks);
        if leads_now {
            let clocks = led.map(|(lead, _)| self.stops_of(lead)).unwrap_or_default();
            let others = self.case.assignments.iter().filter(|it| it.is_active());
            let backups = others.map(|it| it.responder).filter(|it| *it != by).collect();
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
        if limits.pair {
            self.seek_pair();
        } else if first && (leads_already || leads_now) {
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
        if mine.stage == Stage::Inside || (mine.stage == Stage::Done && self.case.contact) {
            return Ok(());
        }
        // It counts near the home, or when the elder was heard by the desk.
        let near = near || self.case.was_heard();
        if !near {
            if !mine.claimed {
                self.put(Event::ContactMade { responder: by, near }, vec![]);
            }
            return Ok(());
        }
        let mut clocks = self.stops(&[ClockKind::VoiceStreet, ClockKind::Contact]);
        for it in &self.case.assignments {
            let there = it.is_active() && matches!(it.stage, Stage::Arrived | Stage::Inside);
            let signs = Clock::of(ClockKind::CheckIn, it.responder);
            if it.responder == by || (there && self.case.clock(signs).is_none()) {
                clocks.push(ClockSet::until(signs, self.after(self.plan.limits.checkin_s)));
            }
        }
        clocks.push(self.look_later());
        self.put(Event::ContactMade { responder: by, near }, clocks);
        Ok(())
    }

    /// Nobody opens: key holders are asked, the street owns the case, 110 and 119 are prompted together.
    pub(super) fn no_entry(&mut self, by: ResponderId) -> Result<(), Refusal> {
        let mine = self.at_the_door(by)?;
        if mine.stage > Stage::Arrived {
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
        self.nobody_opens();
        Ok(())
    }

    /// Key holders are asked, and the desk is prompted for 110 and 119 together.
    pub(super) fn nobody_opens(&mut self) {
        if !self.case.fired.contains(&StepKind::Prompt119) {
            self.fire_step(StepKind::Prompt119);
        } else {
            self.ring_desk();
        }
        if self.plan.limits.pair {
            self.prompt(StepKind::Prompt120); // where nobody goes in alone, a door without a voice behind it is 120's at once
        }
        self.seek(self.asked_steps(), self.ask_count(), SeekWhy::NoEntry);
    }

    /// "Wrong address" undoes the arrival: the door clock and the steps that it had stopped run as they did before.
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
            let given_back = self.case.set_aside.iter();
            clocks.extend(given_back.map(|it| ClockSet::until(it.clock, it.at)));
        }
        if mine.place == Place::Lead {
            clocks.push(ClockSet::until(
                Clock::of(ClockKind::Progress, by),
                self.after(self.plan.limits.progress_s),
            ));
        }
        self.put(Event::ArrivalUndone { responder: by }, clocks);
        if self.case.lead().is_none() && self.case.clock(Clock::case(ClockKind::Window)).is_none() {
            self.replace_lead();
        }
        self.run_due();
        Ok(())
    }

    pub(super) fn check_in(&mut self, by: ResponderId) -> Result<(), Refusal> {
        let mine = self.at_the_door(by)?;
        let signs = Clock::of(ClockKind::CheckIn, by);
        let until = self.after(self.plan.limits.checkin_s);
        let waited_for = mine.stage == Stage::Inside || self.case.clock(signs).is_some();
        // At the door it is contact or "nobody opens" that is waited for, and no sign of life stands for it.
        if waited_for && self.case.clock(signs) != Some(until) {
            self.put(Event::CheckedIn { responder: by }, vec![ClockSet::until(signs, until)]);
        }
        Ok(())
    }

    /// "I need support": the next tier at once, and more people.
    pub(super) fn support(&mut self, by: ResponderId) -> Result<(), Refusal> {
        self.coming(by)?;
        let since = |at: Timestamp| self.now.duration_since(at).as_secs();
        if self.case.support_at.is_some_and(|at| since(at) < SUPPORT_EVERY_S) {
            return Ok(()); // said twice
        }
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
        // Nobody has seen or heard the elder: the clock at the door is stopped by contact or by "nobody opens", not by going.
        let answered = self.case.contact || self.case.no_entry || self.case.was_heard();
        if mine.stage == Stage::Arrived && !answered && self.case.state != State::Resolved {
            return Err(Refusal::NotNow);
        }
        let clocks = self.stops_of(by);
        self.put(Event::DoneThere { responder: by }, clocks);
        Ok(())
    }

    /// Proof of how things were found: it stops no clock. A responder adds one while they are on the case, a desk until it is
    /// closed.
    pub(super) fn photo(&mut self, photo: PhotoId, consent: PhotoConsent, digest: &str) -> Result<(), Refusal> {
        if self.case.photos.contains(&photo) {
            return Ok(()); // said twice
        }
        match self.by {
            Author::Responder(me) => {
                self.coming(me)?;
            }
            Author::User(_) if self.case.state != State::Closed => {}
            Author::User(_) | Author::System | Author::Device(_) | Author::Family(_) | Author::Call(_) => {
                return Err(Refusal::Over);
            }
        }
        if self.case.photos.len() >= PHOTOS_MAX {
            return Err(Refusal::TooManyPhotos);
        }
        let digest = digest.to_owned();
        self.put(Event::Photographed { photo, consent, digest }, vec![]);
        Ok(())
    }
}
