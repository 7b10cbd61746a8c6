//! The family is asked: one contact after the other, through two rounds, until one of them knows of it.
//!
//! ```text
//! step `family` ──▶ asks A ──TRY_S──▶ asks B ──TRY_S──▶ asks A again ──TRY_S──▶ … ──▶ nobody has confirmed
//!                     │ "cannot": B at once                 (second round)
//!                     └─ "I know", "I am going", "I spoke with them", of anybody of the family ──▶ confirmed: nobody else is asked
//! ```
//!
//! Holds always:
//! - it runs beside all else: it seeks nobody, stops no clock but its own, resets none, and rings no desk;
//! - where legs start together it is one of them: it rests while somebody is coming, and goes on when nobody is any more;
//! - there is one position of it in a case, and it is in the log: whoever works it out again comes to the same question;
//! - that a message has arrived or a machine has answered confirms nothing: only what somebody of the family says does;
//! - who said that they cannot is not asked again, and nobody is asked once it is over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decide::{Draft, Refusal};
use super::notice::family_hears;
use super::plan::StepKind;
use super::record::{ClockSet, Event, Record, micros};
use super::state::{Case, Clock, ClockKind};
use super::words::{FamilyWord, State};
use crate::ids::ContactId;

/// Seconds that one contact is waited for: a telephone that rings out and a short message that is read. Longer than the minute in which
/// one telephone is called once, so that the second round of an only contact rings too.
pub const TRY_S: u32 = 75;
/// Rounds through the contacts.
pub const ROUNDS: u8 = 2;

/// A contact who may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Askable {
    /// Who.
    pub contact: ContactId,
    /// They have said yes to an offer of this case as a responder.
    pub coming: bool,
}

/// Who may be asked of a case at an instant, in order.
pub type Asking<'a> = dyn Fn(&Case, Timestamp) -> Vec<Askable> + 'a;

/// How far the question to the family has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyAsk {
    /// The first or the second.
    pub round: u8,
    /// Who is asked now; none: it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<ContactId>,
    /// Each question so far, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<FamilyTry>,
    /// Who has said that they cannot, or was reached by no way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cannot: Vec<ContactId>,
    /// Who has confirmed that they know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<ContactId>,
}

/// One question to one contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyTry {
    /// Who.
    pub contact: ContactId,
    /// In which round.
    pub round: u8,
    /// When.
    #[serde(with = "micros")]
    pub at: Timestamp,
    /// The record that asked: the version of the case right after it.
    pub record: u32,
}

impl FamilyWord {
    /// Whoever says it knows of the case. That somebody asks how it is getting on is no answer to the question.
    pub const fn confirms(self) -> bool {
        match self {
            Self::Seen | Self::Going | Self::FalseAlarm => true,
            Self::Urge => false,
        }
    }
}

impl FamilyAsk {
    /// Those who were asked, each once, in order.
    pub fn asked(&self) -> Vec<ContactId> {
        let mut asked: Vec<ContactId> = Vec::new();
        for it in &self.tried {
            if !asked.contains(&it.contact) {
                asked.push(it.contact);
            }
        }
        asked
    }

    fn has_tried(&self, contact: ContactId, round: u8) -> bool {
        self.tried.iter().any(|it| it.contact == contact && it.round == round)
    }
}

impl Case {
    /// The contact who is asked now.
    pub fn asked_of_family(&self) -> Option<ContactId> {
        self.family_ask.as_ref().and_then(|it| it.now)
    }

    pub(super) fn evolve_family(&mut self, record: &Record) {
        let version = self.version;
        match &record.event {
            Event::FamilyAsked { contact, round } => {
                let ask = self.family_ask.get_or_insert_with(|| FamilyAsk {
                    round: 1,
                    now: None,
                    tried: vec![],
                    cannot: vec![],
                    confirmed: None,
                });
                (ask.round, ask.now) = (*round, Some(*contact));
                ask.tried.push(FamilyTry {
                    contact: *contact,
                    round: *round,
                    at: record.at,
                    record: version,
                });
            }
            Event::FamilyCannot { contact } => {
                if let Some(ask) = &mut self.family_ask {
                    ask.cannot.push(*contact);
                }
            }
            Event::FamilyUnconfirmed { .. } => {
                if let Some(ask) = &mut self.family_ask {
                    ask.now = None;
                }
            }
            Event::FamilySaid { contact, said } if said.confirms() => {
                // Also after the last question: a late word is as good.
                if let Some(ask) = self.family_ask.as_mut().filter(|it| it.confirmed.is_none()) {
                    (ask.now, ask.confirmed) = (None, Some(*contact));
                }
            }
            _ => {}
        }
    }
}

impl Draft<'_> {
    /// The first question, or the next when one has had its time.
    pub(super) fn ask_family(&mut self) {
        let clock = Clock::case(ClockKind::FamilyTry);
        let known = self.case.family.iter().any(|it| it.said.confirms());
        let over = matches!(self.case.state, State::Resolved | State::Closed);
        // Where somebody of another leg is coming, they hear that.
        if known || over || self.case.leg_accepted() || !family_hears(&self.case) {
            if self.case.clock(clock).is_some() {
                self.stop(clock);
            }
            return;
        }
        let all = (self.family)(&self.case, self.now);
        if let Some(it) = all.iter().find(|it| it.coming) {
            // They have said so already, as a responder.
            let clocks = self.answered_by_family(FamilyWord::Going);
            let (contact, said) = (it.contact, FamilyWord::Going);
            self.put(Event::FamilySaid { contact, said }, clocks);
            return;
        }
        let ask = self.case.family_ask.as_ref();
        let from = ask.map_or(1, |it| it.round);
        let next = (from..=ROUNDS).find_map(|round| {
            let left = |it: &&Askable| {
                ask.is_none_or(|ask| !ask.has_tried(it.contact, round) && !ask.cannot.contains(&it.contact))
            };
            all.iter().find(left).map(|it| (it.contact, round))
        });
        match next {
            Some((contact, round)) => {
                let seconds = self.plan.limits.family_try_s.unwrap_or(TRY_S);
                let until = self.until(ClockKind::FamilyTry, seconds);
                self.put(Event::FamilyAsked { contact, round }, vec![until]);
            }
            None => {
                let tried = ask.map(FamilyAsk::asked).unwrap_or_default();
                self.put(Event::FamilyUnconfirmed { tried }, vec![ClockSet::stop(clock)]);
            }
        }
    }

    /// Of legs that start together the first who accepts stops the question, in the same record; when nobody comes any more, the next is asked.
    pub(super) fn ask_family_by_turns(&mut self) {
        let clock = Clock::case(ClockKind::FamilyTry);
        let runs = self.case.clock(clock).is_some();
        if self.case.leg_accepted() {
            if runs && !self.records.is_empty() {
                self.put_clock(ClockSet::stop(clock));
            }
            return;
        }
        let is_one = self.case.fired.iter().any(|it| it.is_leg()) && self.case.fired.contains(&StepKind::Family);
        let over = self.case.family_ask.as_ref().is_some_and(|it| it.now.is_none());
        if is_one && !runs && !over && self.want_open().is_ok() {
            self.ask_family();
        }
    }

    /// What a word of the family stops: nobody else is asked.
    pub(super) fn answered_by_family(&self, said: FamilyWord) -> Vec<ClockSet> {
        if said.confirms() {
            self.stops(&[ClockKind::FamilyTry])
        } else {
            vec![]
        }
    }

    /// No way has led to whoever is asked: the next is, and in the second round a busy telephone may be free.
    pub(super) fn family_unreached(&mut self, target: &str) {
        let asked = self.case.asked_of_family();
        if asked.is_some_and(|it| it.to_string() == target) && self.want_open().is_ok() {
            self.ask_family();
        }
    }

    /// The next is asked at once. Of somebody who is not being asked it changes nothing.
    pub(super) fn family_cannot(&mut self, contact: ContactId) -> Result<(), Refusal> {
        self.want_open()?;
        if self.case.asked_of_family() == Some(contact) {
            self.put(Event::FamilyCannot { contact }, vec![]);
            self.ask_family();
        }
        Ok(())
    }
}
