//! Offers and answers: who is asked, whose yes counts, who leads.

use jiff::Timestamp;

use super::command::{Candidate, Exclusion};
use super::decide::{Draft, Refusal, whole_micros};
use super::record::{ClockSet, Event, NewOffer, SeekWhy, StandDownWhy};
use super::state::{Assignment, Clock, ClockKind, Offer, OfferState, Place, Stage};
use super::words::{Author, DeclineReason, State};
use crate::circle::Reach;
use crate::ids::{OfferId, ResponderId};
use crate::people::Tier;

/// How many exclusions are kept by name in one record; the rest are counted.
pub const EXCLUSIONS_MAX: usize = 24;

/// A key in the pocket is worth this many seconds of travel when accepts are compared.
const KEY_BONUS_S: i64 = 60;

/// The right skill is worth this many seconds of travel when accepts are compared.
const SKILL_BONUS_S: i64 = 30;

/// Where nobody can say how long it takes, an hour is assumed for comparing.
const UNKNOWN_ETA_S: i64 = 3_600;

impl Draft<'_> {
    /// The ranking's answer. Duty and position were looked at before; load and repeats are looked at here again.
    pub(super) fn offer(
        &mut self,
        ranked: &[Candidate],
        excluded: &[Exclusion],
        excluded_count: u32,
        as_of: Timestamp,
        seek_no: u32,
    ) {
        let Some(seek) = self.case.seek.clone().filter(|it| it.no == seek_no) else {
            return; // an answer to an older question: the newer one is still asked
        };
        if !matches!(self.case.state, State::Ringing | State::Engaged | State::OnScene) {
            return;
        }
        let mut kept: Vec<Exclusion> = excluded.to_vec();
        let mut count = excluded_count;
        let mut chosen: Vec<&Candidate> = Vec::new();
        for candidate in ranked {
            if chosen.len() >= usize::from(seek.want) {
                break;
            }
            let twice = chosen.iter().any(|it| it.responder == candidate.responder);
            let why_not = if twice {
                Some("already_offered")
            } else {
                self.why_not(candidate)
            };
            match why_not {
                None => chosen.push(candidate),
                Some(reason) => {
                    count = count.saturating_add(1);
                    kept.push(Exclusion {
                        responder: candidate.responder,
                        reason: reason.to_owned(),
                    });
                }
            }
        }
        kept.truncate(EXCLUSIONS_MAX);
        if chosen.is_empty() {
            self.put(
                Event::NobodyFound {
                    steps: seek.steps,
                    excluded: kept,
                    excluded_count: count,
                },
                vec![],
            );
            self.nobody_found();
            return;
        }
        let nobody_inside = chosen.iter().all(|it| it.reach == Reach::Outside);
        let offers: Vec<NewOffer> = chosen
            .into_iter()
            .enumerate()
            .map(|(ordinal, candidate)| NewOffer {
                id: self.offer_id(ordinal),
                candidate: candidate.clone(),
            })
            .collect();
        let silence = self.after(self.plan.limits.silence_s);
        let clocks = offers
            .iter()
            .map(|it| ClockSet::until(Clock::of(ClockKind::Silence, it.candidate.responder), silence))
            .collect();
        self.put(
            Event::Offered {
                offers,
                excluded: kept,
                excluded_count: count,
                as_of: whole_micros(as_of),
            },
            clocks,
        );
        if nobody_inside && self.case.lead().is_none() {
            // The nearest outside are asked, marked so, and the next tier starts at once.
            self.climb();
        }
    }

    /// A step that nobody can take is skipped at once; at the top the desk is rung.
    fn nobody_found(&mut self) {
        if self.case.lead().is_some() {
            // Wanted beside the lead: a second person, support, somebody who is sooner there.
            if self.climb() {
                self.seek(self.asked_steps(), 1, SeekWhy::Step);
            } else {
                self.ring_desk_once();
            }
            return;
        }
        if self.case.active().any(|it| self.may_be_confirmed(it)) {
            self.choose_if_all_answered(); // somebody took it; the window goes on, or is over when all have answered
        } else if !self.climb() {
            self.ring_desk_once();
        }
    }

    fn why_not(&self, candidate: &Candidate) -> Option<&'static str> {
        if (self.busy)(candidate.responder) {
            return Some("busy");
        }
        if self
            .case
            .assignment(candidate.responder)
            .is_some_and(|it| it.is_active() || it.place == Place::Lost)
        {
            return Some("on_this_case");
        }
        match self.case.offer_to(candidate.responder).map(|it| it.state) {
            Some(OfferState::Open) => Some("already_offered"),
            Some(OfferState::Declined) => Some("declined"),
            Some(OfferState::Accepted | OfferState::Ended) | None => None,
        }
    }

    /// The desk hears of it unless it rings already.
    fn ring_desk_once(&mut self) {
        if !self.case.tone && self.case.taken_by.is_none() {
            self.ring_desk();
        }
    }

    pub(super) fn received(&mut self, offer: OfferId, by_call: bool) -> Result<(), Refusal> {
        let found = self.case.offer(offer).ok_or(Refusal::NoSuchOffer)?;
        if found.received || found.state != OfferState::Open {
            return Ok(());
        }
        let limits = &self.plan.limits;
        let seconds = if by_call {
            limits.silence_call_s
        } else {
            limits.silence_s
        };
        let clock = Clock::of(ClockKind::Silence, found.candidate.responder);
        // A receipt starts the silence anew, once; an offer that has been silent already stays so.
        let clocks = if found.silent {
            vec![]
        } else {
            vec![ClockSet::until(clock, self.after(seconds))]
        };
        self.put(Event::Received { offer, by_call }, clocks);
        Ok(())
    }

    /// Nobody has the offer and nobody will: the next is asked now. It stays open, as after a silence.
    pub(super) fn unreached(&mut self, offer: OfferId) -> Result<(), Refusal> {
        let found = self.case.offer(offer).ok_or(Refusal::NoSuchOffer)?;
        let over = found.received || found.silent || found.state != OfferState::Open;
        let clock = Clock::of(ClockKind::Silence, found.candidate.responder);
        if over || self.case.clock(clock).is_none() {
            return Ok(()); // somebody has it, or the next has been asked already
        }
        self.silent(offer, clock);
        Ok(())
    }

    /// An offer has been silent for long enough: the next is asked.
    pub(super) fn silent(&mut self, offer: OfferId, clock: Clock) {
        self.put(Event::Silent { offer }, vec![ClockSet::stop(clock)]);
        if self.more_wanted() {
            self.seek(self.asked_steps(), 1, SeekWhy::Silence);
        }
    }

    /// "I am coming." The first yes opens the window, a later one does not move it.
    pub(super) fn accept(&mut self, offer: OfferId, by: ResponderId, eta_s: Option<u32>) -> Result<(), Refusal> {
        let found = self.case.offer(offer).ok_or(Refusal::NoSuchOffer)?;
        if found.candidate.responder != by {
            return Err(Refusal::NotOffered);
        }
        let eta_s = eta_s.or(found.candidate.seconds);
        let asked_now = found.state == OfferState::Open;
        self.want_open()?;
        if self.case.assignment(by).is_some_and(Assignment::is_active) {
            return Ok(()); // said twice
        }
        let window = self.case.clock(Clock::case(ClockKind::Window));
        if window.is_some_and(|it| it <= self.now) {
            self.choose_lead(); // who comes after the window is not compared, however late we look
        }
        if self.case.assignment(by).is_some_and(|it| it.place == Place::Lost) && self.case.lead().is_some() {
            return Err(self.taken());
        }
        if (self.busy)(by) {
            return Err(Refusal::Busy);
        }
        let silence = ClockSet::stop(Clock::of(ClockKind::Silence, by));
        if self.case.lead().is_some() {
            let scene_is_full = self.case.state == State::OnScene && !self.plan.limits.pair;
            let full = scene_is_full || self.case.backups().count() >= self.backups_wanted();
            // An offer that is open beside a lead was made because somebody is missing.
            if full && !asked_now {
                return Err(self.taken());
            }
            self.put(
                Event::Accepted {
                    offer,
                    responder: by,
                    eta_s,
                    backup: true,
                },
                vec![silence, self.look_later()],
            );
            return Ok(());
        }
        let mut clocks = vec![silence, self.look_later()];
        if self.case.clock(Clock::case(ClockKind::Window)).is_none() {
            clocks.push(self.until(ClockKind::Window, self.plan.limits.window_s));
        }
        self.put(
            Event::Accepted {
                offer,
                responder: by,
                eta_s,
                backup: false,
            },
            clocks,
        );
        self.choose_if_all_answered();
        Ok(())
    }

    /// How many stand by beside the lead until arrival.
    pub(super) fn backups_wanted(&self) -> usize {
        usize::from(self.plan.limits.backups.max(u8::from(self.plan.limits.pair)))
    }

    fn taken(&self) -> Refusal {
        self.case
            .lead()
            .map_or(Refusal::NotNow, |it| Refusal::TakenBy(it.responder))
    }

    fn choose_if_all_answered(&mut self) {
        let waiting = self.case.seek.is_some() || self.case.offers.iter().any(|it| it.state == OfferState::Open);
        let able = self.case.active().any(|it| self.may_be_confirmed(it));
        if !waiting && self.case.lead().is_none() && able {
            self.choose_lead();
        }
    }

    pub(super) fn decline(&mut self, offer: OfferId, by: ResponderId, reason: DeclineReason) -> Result<(), Refusal> {
        let found = self.case.offer(offer).ok_or(Refusal::NoSuchOffer)?;
        if found.candidate.responder != by {
            return Err(Refusal::NotOffered);
        }
        if found.state == OfferState::Declined || !self.case.state.is_open() {
            return Ok(());
        }
        // Who says no means the question that is open, whichever they answer.
        let newest = self.case.offer_to(by).filter(|it| it.state == OfferState::Open);
        let offer = newest.map_or(offer, |it| it.id);
        let asked_now = newest.is_some();
        if self
            .case
            .assignment(by)
            .is_some_and(|it| it.is_active() && it.stage >= Stage::Arrived)
        {
            return Err(Refusal::NotNow); // at the door it is "done" or "support", not "no"
        }
        let led = self.case.lead().is_some_and(|it| it.responder == by);
        let stops = self.stops_of(by);
        if led {
            self.put(
                Event::LeadLost {
                    responder: by,
                    late: None,
                },
                stops,
            );
            self.put(
                Event::Declined {
                    offer,
                    responder: by,
                    reason,
                },
                vec![],
            );
            self.replace_lead();
            self.run_due();
            return Ok(());
        }
        self.put(
            Event::Declined {
                offer,
                responder: by,
                reason,
            },
            stops,
        );
        if self.want_open().is_ok() {
            if self.case.lead().is_none() || (asked_now && self.more_wanted()) {
                self.seek(self.asked_steps(), 1, SeekWhy::Declined);
            }
            self.seek_pair();
        }
        Ok(())
    }

    /// The window is over, or everybody has answered: the best of those who said yes leads.
    pub(super) fn choose_lead(&mut self) {
        let window = self.stops(&[ClockKind::Window]);
        let mut why_not = Vec::new();
        let mut busy = Vec::new();
        let mut able: Vec<&Assignment> = Vec::new();
        if self.case.lead().is_some() {
            why_not.push("already_led".to_owned());
        } else {
            for it in self.case.active() {
                if (self.busy)(it.responder) {
                    why_not.push(format!("busy:{}", it.responder));
                    if it.stage < Stage::Arrived {
                        busy.push(it.responder);
                    }
                } else if !self.may_lead(it) {
                    why_not.push(format!(
                        "family_without_position_inside_the_door_clock:{}",
                        it.responder
                    ));
                } else {
                    able.push(it);
                }
            }
        }
        able.sort_by_key(|it| (self.score(it), it.at, it.responder));
        let Some(best) = able.first() else {
            let led = self.case.lead().is_some();
            self.put(Event::NoLead { why: why_not }, window);
            if !busy.is_empty() {
                let clocks = busy.iter().flat_map(|it| self.stops_of(*it)).collect();
                let why = StandDownWhy::Busy;
                self.put(Event::StoodDown { responders: busy, why }, clocks);
            }
            if !led {
                self.seek(self.asked_steps(), 1, SeekWhy::Declined); // the next at once
            }
            return;
        };
        let mut why = vec![
            format!("arrives_in_s:{}", self.arrival_s(best)),
            format!("compared:{}", able.len()),
        ];
        if best.key_holder {
            why.push("key_holder".to_owned());
        }
        if best.skilled {
            why.push("skilled".to_owned());
        }
        why.extend(why_not);
        let lead = best.responder;
        self.confirm(lead, why, false);
    }

    /// `lead` leads from now on. The next best stand by, the others are stood down, and the ladder rests if the lead will
    /// be at the door in time. `trusted`: the desk sent them, and an unknown arrival time is the desk's to judge.
    fn confirm(&mut self, lead: ResponderId, mut why: Vec<String>, trusted: bool) {
        let Some(mine) = self.case.assignment(lead).cloned() else {
            return;
        };
        let mut others: Vec<&Assignment> = self.case.active().filter(|it| it.responder != lead).collect();
        // Who is there stays; then the able in order of arrival; who leads elsewhere comes last.
        others.sort_by_key(|it| {
            let busy = (self.busy)(it.responder);
            (it.stage < Stage::Arrived, busy, self.score(it), it.at, it.responder)
        });
        let (mut backups, mut stood_down) = (Vec::new(), Vec::new());
        for it in others {
            let there = it.stage >= Stage::Arrived;
            let wanted = backups.len() < self.backups_wanted() && !(self.busy)(it.responder);
            if there || wanted {
                backups.push(it.responder);
            } else {
                stood_down.push(it.responder);
            }
        }
        let seconds = self.arrival_s(&mine);
        let late = match mine.eta_at {
            _ if mine.stage >= Stage::Arrived => false,
            Some(eta) => self.case.door_by.is_some_and(|by| eta > by),
            None => !trusted,
        };
        let mut clocks = self.stops(&[
            ClockKind::Window,
            ClockKind::Silence,
            ClockKind::Ring,
            ClockKind::Untouched,
            ClockKind::VoiceWiden,
        ]);
        if late {
            clocks.extend(self.resumed_steps());
        } else {
            clocks.extend(self.asking_steps_stop());
        }
        clocks.extend(stood_down.iter().flat_map(|it| self.stops_of(*it)));
        let limits = self.plan.limits;
        let mut watch = |kind, seconds| clocks.push(ClockSet::until(Clock::of(kind, lead), self.after(seconds)));
        match mine.stage {
            Stage::Accepted => watch(ClockKind::Departure, limits.depart_s),
            Stage::EnRoute => watch(ClockKind::Progress, limits.progress_s),
            Stage::Arrived | Stage::Inside | Stage::Done => {}
        }
        why.dedup();
        self.put(
            Event::LeadChosen {
                responder: lead,
                backups,
                stood_down,
                why,
            },
            clocks,
        );
        if late {
            let eta_s = u32::try_from(seconds).unwrap_or(u32::MAX);
            self.put(Event::EtaBeyond { responder: lead, eta_s }, vec![]);
            self.seek(self.asked_steps(), 1, SeekWhy::EtaBeyond);
        }
        self.seek_pair();
    }

    /// Two go inside together: while the second is missing, somebody is asked.
    pub(super) fn seek_pair(&mut self) {
        let alone = self.case.lead().is_some() && self.case.backups().next().is_none();
        let waits = |it: &Offer| it.state == OfferState::Open && !it.silent;
        let asked = self.case.seek.is_some() || self.case.offers.iter().any(waits);
        if self.plan.limits.pair && alone && !asked {
            self.seek(self.asked_steps(), 1, SeekWhy::Pair);
        }
    }

    /// Somebody who said yes, leads nowhere else, and may lead here.
    pub(super) fn may_be_confirmed(&self, it: &Assignment) -> bool {
        matches!(it.place, Place::Provisional | Place::Backup) && !(self.busy)(it.responder) && self.may_lead(it)
    }

    /// A family member leads only with a position or a declared arrival inside the door clock.
    fn may_lead(&self, it: &Assignment) -> bool {
        let in_time = |eta| self.case.door_by.is_none_or(|by| eta <= by);
        it.tier != Tier::Home || it.stage >= Stage::Arrived || it.eta_at.is_some_and(in_time)
    }

    fn arrival_s(&self, it: &Assignment) -> i64 {
        it.eta_at
            .map_or(UNKNOWN_ETA_S, |eta| (eta.as_second() - self.now.as_second()).max(0))
    }

    fn score(&self, it: &Assignment) -> i64 {
        self.arrival_s(it) - if it.key_holder { KEY_BONUS_S } else { 0 } - if it.skilled { SKILL_BONUS_S } else { 0 }
    }

    /// Called and still late: access is revoked, the next leads.
    pub(super) fn lose_lead(&mut self, responder: ResponderId) {
        let stops = self.stops_of(responder);
        let late = match self.case.assignment(responder).map(|it| it.stage) {
            Some(Stage::Accepted) => super::record::Late::Departure,
            _ => super::record::Late::Progress,
        };
        self.put(
            Event::LeadLost {
                responder,
                late: Some(late),
            },
            stops,
        );
        self.replace_lead();
    }

    /// The best back-up leads; where there is none, people are asked anew, the case climbs at once, and the steps that the
    /// lead had stopped run again.
    pub(super) fn replace_lead(&mut self) {
        if self.case.lead().is_some() || self.want_open().is_err() {
            return;
        }
        let mut able: Vec<&Assignment> = self.case.active().filter(|it| self.may_be_confirmed(it)).collect();
        able.sort_by_key(|it| (self.score(it), it.at, it.responder));
        if let Some(lead) = able.first().map(|it| it.responder) {
            self.confirm(lead, vec!["back_up_of_a_lost_lead".to_owned()], false);
            return;
        }
        self.seek(self.asked_steps(), self.ask_count(), SeekWhy::LeadLost);
        if !self.climb() {
            self.ring_desk();
        }
        for clock in self.resumed_steps() {
            self.put_clock(clock);
        }
    }

    /// A dispatcher sends somebody who said yes by phone: no window, they lead if nobody does.
    pub(super) fn assign(&mut self, responder: ResponderId, tier: Tier, eta_s: Option<u32>) -> Result<(), Refusal> {
        self.want_open()?;
        let mine = self.case.assignment(responder).filter(|it| it.is_active());
        if mine.is_some_and(|it| it.place == Place::Lead || self.case.lead().is_some()) {
            return Ok(()); // said twice
        }
        if (self.busy)(responder) {
            return Err(Refusal::Busy);
        }
        let backup = self.case.lead().is_some();
        let clocks = vec![
            self.look_later(),
            ClockSet::stop(Clock::of(ClockKind::Silence, responder)),
        ];
        self.put(
            Event::Assigned {
                responder,
                tier,
                eta_s,
                backup,
            },
            clocks,
        );
        if !backup {
            self.confirm(responder, vec!["sent_by_the_desk".to_owned()], true);
        }
        Ok(())
    }

    /// A dispatcher withdraws somebody, or somebody who was sent without an offer cannot go.
    pub(super) fn stand_down(&mut self, responder: ResponderId) -> Result<(), Refusal> {
        self.want_open()?;
        let mine = self.case.assignment(responder).cloned().ok_or(Refusal::NotAssigned)?;
        if !mine.is_active() {
            return Ok(()); // said twice
        }
        let there = |it: &Assignment| it.stage >= Stage::Arrived;
        let others_there = self.case.active().any(|it| it.responder != responder && there(it));
        if there(&mine) && (mine.place == Place::Lead || !others_there) {
            return Err(Refusal::NotNow); // who is at the door is not called away; the case is resolved instead
        }
        let stops = self.stops_of(responder);
        if mine.place == Place::Lead {
            self.put(Event::LeadLost { responder, late: None }, stops);
            self.replace_lead();
            self.run_due();
        } else {
            let why = match self.by {
                Author::Responder(me) if me == responder => StandDownWhy::Declined,
                _ => StandDownWhy::ByDesk,
            };
            self.put(
                Event::StoodDown {
                    responders: vec![responder],
                    why,
                },
                stops,
            );
            self.seek_pair();
        }
        Ok(())
    }
}
