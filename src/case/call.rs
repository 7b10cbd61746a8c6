//! A telephone call beside a case: who asked whom, how far it has come, and what it has found. Pure, as the case is.
//!
//! ```text
//!  asked --> ringing --> answered <--> held
//!    |          |            |          |
//!    '--> failed             '--> ended <'
//! ```
//!
//! Holds always:
//! - a call that goes on always has an instant at which it must be looked at ([`Call::due_at`]), so that none goes on for ever;
//! - what is over stays over, and what was reported before is no news;
//! - of an automatic call nothing that is uncertain is "fine": a key is a key, silence is silence, and what nobody knows is unclear.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::record::{maybe_micros, micros};
use super::words::{Author, Voice};
use crate::ids::{CallId, CaseId, ContactId, ElderId, ResponderId};
use crate::people::words::words;

words! {
    /// How far a call has come.
    CallState ("state of a call") {
        /// The line was asked for it; the desk's own telephone may be ringing.
        Asked = "asked",
        /// Their telephone rings.
        Ringing = "ringing",
        /// They have taken it.
        Answered = "answered",
        /// They wait on the line.
        Held = "held",
        /// It is over.
        Ended = "ended",
        /// It has not come about, or nobody knows what became of it.
        Failed = "failed",
    }
}

impl CallState {
    /// Whether it goes on.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Ended | Self::Failed)
    }
}

words! {
    /// What a call is for.
    CallPurpose ("purpose of a call") {
        /// Somebody at a desk speaks with them.
        Desk = "desk",
        /// Nobody at a desk had time: a voice asks for a key.
        Check = "check",
    }
}

words! {
    /// Why a call is over.
    CallOver ("end of a call") {
        /// One of them has hung up.
        Completed = "completed",
        /// The desk has hung up by its key.
        HungUp = "hung_up",
        /// Of an automatic call: somebody at a desk has the case in hand, or it is over.
        Taken = "taken",
        /// It was longer than any call may be.
        TooLong = "too_long",
        /// They did not answer.
        NoAnswer = "no_answer",
        /// They are on the telephone.
        Busy = "busy",
        /// They have refused it.
        Rejected = "rejected",
        /// Their telephone is off or out of reach.
        Unreachable = "unreachable",
        /// There is no such number, or it may not be called.
        BadNumber = "bad_number",
        /// The desk's own telephone was not taken.
        DeskNoAnswer = "desk_no_answer",
        /// The line has refused it.
        Refused = "refused",
        /// The line could not be reached, or could not do it now.
        Unavailable = "unavailable",
        /// Nobody has said what became of it.
        Lost = "lost",
    }
}

impl CallOver {
    /// Whether it says that a conversation is over, rather than that there was none.
    const fn ends_well(self) -> bool {
        matches!(self, Self::Completed | Self::HungUp | Self::Taken | Self::TooLong)
    }
}

/// Who is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Callee {
    /// The elder.
    Elder(ElderId),
    /// One of their contacts.
    Contact(ContactId),
    /// A responder.
    Responder(ResponderId),
}

impl Callee {
    /// The same text for the same person, and another for everybody else.
    pub fn key(self) -> String {
        match self {
            Self::Elder(id) => id.to_string(),
            Self::Contact(id) => id.to_string(),
            Self::Responder(id) => id.to_string(),
        }
    }
}

/// How long a call may stay as it is, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Until the line says that it rings: the desk's own telephone is taken within this.
    pub asked_s: u32,
    /// How long it rings.
    pub ring_s: u32,
    /// How long it lasts, of a call of the desk.
    pub longest_s: u32,
    /// How long it lasts, of an automatic one.
    pub check_longest_s: u32,
    /// Somebody who has been on hold for so long is shown to the desk.
    pub hold_warn_s: u32,
}

/// What is reported of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallSaid {
    /// The line has taken it, and may say its own number of it.
    Taken {
        /// The line's number.
        proof: Option<String>,
    },
    /// Their telephone rings.
    Ringing,
    /// They have answered.
    Answered,
    /// They were put on hold.
    Held,
    /// They are back.
    Resumed,
    /// They have pressed a key: a digit, `*` or `#`.
    Key(char),
    /// It is over.
    Over(CallOver),
}

/// How much longer than it was asked to ring a line may take to say so, seconds.
const GRACE_S: u32 = 15;

/// Keys of one call that are kept.
const KEYS_MAX: usize = 16;

/// How often a line is told to hang up before nobody tells it any more.
const RELEASE_MAX: u8 = 5;

/// The key that says "I am fine".
pub const KEY_FINE: char = '1';

/// A telephone call. Ids and words; no number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// Of which case.
    pub case: CaseId,
    /// What it is for.
    pub purpose: CallPurpose,
    /// Who is called.
    pub callee: Callee,
    /// Who asked for it.
    pub by: Author,
    /// The desk's own telephone, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk: Option<String>,
    /// By which line.
    pub line: String,
    /// The line's own number of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// How far it has come.
    pub state: CallState,
    /// Why it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<CallOver>,
    /// The keys that were pressed, in order.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub keys: String,
    /// When it was asked for.
    #[serde(with = "micros")]
    pub asked_at: Timestamp,
    /// When it rang.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub ringing_at: Option<Timestamp>,
    /// When it was answered.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// Since when they are on hold.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub held_at: Option<Timestamp>,
    /// They have been on hold for too long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held_long: bool,
    /// When it was over.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub over_at: Option<Timestamp>,
    /// A line that keeps no record of its own has the call in its hands until then, and says so again and again.
    #[serde(default, with = "maybe_micros", skip_serializing_if = "Option::is_none")]
    pub in_hand_until: Option<Timestamp>,
    /// The line is still to be told to hang up; how often it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<u8>,
    /// It may be recorded: the elder has agreed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub record: bool,
    /// There is a recording, and where is kept sealed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recorded: bool,
    /// What the case was told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Voice>,
    /// The case would not end by a key: it is a mark for whoever looks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marked: bool,
    /// The case has been told all that there is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled: bool,
}

impl Call {
    /// A call that is about to be made.
    pub const fn new(
        id: CallId,
        case: CaseId,
        purpose: CallPurpose,
        callee: Callee,
        by: Author,
        line: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            case,
            purpose,
            callee,
            by,
            desk: None,
            line,
            proof: None,
            state: CallState::Asked,
            over: None,
            keys: String::new(),
            asked_at: now,
            ringing_at: None,
            answered_at: None,
            held_at: None,
            held_long: false,
            over_at: None,
            in_hand_until: None,
            release: None,
            record: false,
            recorded: false,
            told: None,
            marked: false,
            settled: matches!(purpose, CallPurpose::Desk),
        }
    }

    /// Takes in what is reported; whether that was news.
    pub fn hear(&mut self, said: &CallSaid, now: Timestamp) -> bool {
        use CallState as S;
        let before = self.clone();
        match said {
            // The number of a call that is over is good for its recording.
            CallSaid::Taken { proof } => {
                if self.proof.is_none() {
                    self.proof.clone_from(proof);
                }
            }
            // A key may come after the end of the call that it ended.
            CallSaid::Key(key) => {
                if self.keys.chars().count() < KEYS_MAX {
                    self.keys.push(*key);
                    self.settled = false;
                }
                if self.state.is_open() {
                    self.answer(now);
                }
            }
            _ if !self.state.is_open() => {}
            CallSaid::Ringing => {
                if self.state == S::Asked {
                    self.state = S::Ringing;
                    self.ringing_at = Some(now);
                }
            }
            CallSaid::Answered => self.answer(now),
            CallSaid::Held => {
                if self.state != S::Held {
                    self.answer(now);
                    self.state = S::Held;
                    self.held_at = Some(now);
                }
            }
            CallSaid::Resumed => {
                if self.state == S::Held {
                    self.state = S::Answered;
                    self.held_at = None;
                    self.held_long = false;
                }
            }
            CallSaid::Over(why) => self.end(*why, now),
        }
        *self != before
    }

    fn answer(&mut self, now: Timestamp) {
        if matches!(self.state, CallState::Asked | CallState::Ringing) {
            self.state = CallState::Answered;
            self.answered_at = Some(now);
        }
    }

    fn end(&mut self, why: CallOver, now: Timestamp) {
        let spoke = self.answered_at.is_some();
        // Hung up in the middle of the ringing is no conversation, and no failure either.
        self.state = if why.ends_well() || (spoke && why != CallOver::Lost) {
            CallState::Ended
        } else {
            CallState::Failed
        };
        self.over = Some(why);
        self.over_at = Some(now);
        self.held_at = None;
        self.in_hand_until = None;
    }

    /// Ends it from our side; the line is still to be told.
    pub fn hang_up(&mut self, why: CallOver, now: Timestamp) -> bool {
        if !self.state.is_open() {
            return false;
        }
        self.end(why, now);
        self.release = Some(0);
        true
    }

    /// The line was told to hang up, or could not be told.
    pub const fn released(&mut self, told: bool) {
        self.release = match self.release {
            Some(tries) if !told && tries + 1 < RELEASE_MAX => Some(tries + 1),
            _ => None,
        };
    }

    /// When it must be looked at again; none: nothing will come of it any more.
    pub fn due_at(&self, limits: &CallLimits) -> Option<Timestamp> {
        let after = |from: Timestamp, seconds: u32| {
            from.checked_add(SignedDuration::from_secs(seconds.into()))
                .unwrap_or(Timestamp::MAX)
        };
        if !self.settled && self.finding().is_some_and(|it| Some(it) != self.told) {
            return Some(self.over_at.or(self.answered_at).unwrap_or(self.asked_at));
        }
        let by_state = match self.state {
            CallState::Asked => Some(after(self.asked_at, limits.asked_s)),
            CallState::Ringing => Some(after(self.ringing_at.unwrap_or(self.asked_at), limits.ring_s + GRACE_S)),
            CallState::Answered | CallState::Held => {
                let longest = match self.purpose {
                    CallPurpose::Desk => limits.longest_s,
                    CallPurpose::Check => limits.check_longest_s,
                };
                let end = after(self.answered_at.unwrap_or(self.asked_at), longest);
                let warn = self.held_at.filter(|_| !self.held_long);
                Some(warn.map_or(end, |it| end.min(after(it, limits.hold_warn_s))))
            }
            CallState::Ended | CallState::Failed => {
                let tries = self.release?;
                Some(after(self.over_at.unwrap_or(self.asked_at), u32::from(tries) * 3))
            }
        };
        match (by_state, self.in_hand_until) {
            (Some(at), Some(until)) => Some(at.min(until)),
            (at, _) => at,
        }
    }

    /// Its time may have come; whether that has changed anything.
    pub fn look(&mut self, limits: &CallLimits, now: Timestamp) -> bool {
        let due = self.state.is_open() && self.due_at(limits).is_some_and(|it| it <= now);
        if !due {
            return false;
        }
        if self.in_hand_until.is_some_and(|it| it <= now) {
            self.end(CallOver::Lost, now);
            return true;
        }
        match self.state {
            // Whether it rings somewhere nobody knows: the line is told to leave it.
            CallState::Asked | CallState::Ringing => self.hang_up(CallOver::Lost, now),
            CallState::Answered | CallState::Held => {
                let long = |from: Option<Timestamp>, seconds: u32| {
                    from.is_some_and(|it| now.duration_since(it) >= SignedDuration::from_secs(seconds.into()))
                };
                if !self.held_long && long(self.held_at, limits.hold_warn_s) {
                    self.held_long = true;
                    return true;
                }
                self.hang_up(CallOver::TooLong, now)
            }
            CallState::Ended | CallState::Failed => false,
        }
    }

    /// What an automatic call has found, as far as it goes: a key other than "fine" counts over "fine", whenever it comes. None: nothing
    /// yet, or nothing to be concluded.
    pub fn finding(&self) -> Option<Voice> {
        if self.purpose != CallPurpose::Check {
            return None;
        }
        if self.keys.chars().any(|it| it != KEY_FINE) {
            return Some(Voice::NeedsHelp);
        }
        if !self.keys.is_empty() {
            return Some(Voice::Fine);
        }
        use CallOver as O;
        match self.over? {
            O::Completed | O::TooLong if self.answered_at.is_some() => Some(Voice::Unclear),
            O::Completed | O::NoAnswer | O::Busy | O::Rejected | O::Unreachable | O::TooLong => Some(Voice::NoAnswer),
            O::Lost => Some(Voice::Unclear),
            // They were not called at all; the ladder has its own clocks for that.
            O::HungUp | O::Taken | O::BadNumber | O::DeskNoAnswer | O::Refused | O::Unavailable => None,
        }
    }

    /// The case was told so.
    pub fn tell(&mut self, told: Option<Voice>, marked: bool) {
        self.told = told.or(self.told);
        self.marked |= marked;
        self.settled = true;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const LIMITS: CallLimits = CallLimits {
        asked_s: 45,
        ring_s: 30,
        longest_s: 1_800,
        check_longest_s: 90,
        hold_warn_s: 60,
    };

    fn t(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).unwrap()
    }

    fn call(purpose: CallPurpose) -> Call {
        let elder = Callee::Elder(ElderId::new(Uuid::from_u128(3)));
        let (id, case) = (CallId::new(Uuid::from_u128(1)), CaseId::new(Uuid::from_u128(2)));
        Call::new(id, case, purpose, elder, Author::System, "http".to_owned(), t(0))
    }

    fn due(it: &Call) -> Option<i64> {
        it.due_at(&LIMITS).map(|it| it.as_second() - t(0).as_second())
    }

    #[test]
    fn what_is_said_twice_or_too_late_is_no_news() {
        let mut it = call(CallPurpose::Desk);
        for (at, said, news, state) in [
            (
                1,
                CallSaid::Taken {
                    proof: Some("p".into()),
                },
                true,
                "asked",
            ),
            (
                1,
                CallSaid::Taken {
                    proof: Some("q".into()),
                },
                false,
                "asked",
            ),
            (2, CallSaid::Resumed, false, "asked"),
            (3, CallSaid::Ringing, true, "ringing"),
            (4, CallSaid::Ringing, false, "ringing"),
            (5, CallSaid::Answered, true, "answered"),
            (6, CallSaid::Ringing, false, "answered"),
            (7, CallSaid::Held, true, "held"),
            (8, CallSaid::Held, false, "held"),
            (9, CallSaid::Answered, false, "held"),
            (10, CallSaid::Resumed, true, "answered"),
            (11, CallSaid::Over(CallOver::Completed), true, "ended"),
            (12, CallSaid::Over(CallOver::NoAnswer), false, "ended"),
            (13, CallSaid::Answered, false, "ended"),
        ] {
            assert_eq!(
                (it.hear(&said, t(at)), it.state.as_str()),
                (news, state),
                "{said:?} at {at}"
            );
        }
        assert_eq!(
            (it.proof.as_deref(), it.answered_at, it.over_at),
            (Some("p"), Some(t(5)), Some(t(11)))
        );
        assert_eq!(due(&it), None);
        let text = serde_json::to_string(&it).unwrap();
        assert_eq!(serde_json::from_str::<Call>(&text).unwrap(), it);
    }

    #[test]
    fn no_call_goes_on_for_ever() {
        // Nobody ever says anything.
        let mut it = call(CallPurpose::Desk);
        assert_eq!(due(&it), Some(45));
        assert!(!it.look(&LIMITS, t(44)));
        assert!(it.look(&LIMITS, t(45)));
        assert_eq!(
            (it.state, it.over, it.release),
            (CallState::Failed, Some(CallOver::Lost), Some(0))
        );
        // The line cannot be told: five times, and then never again.
        for tries in 0..5 {
            assert_eq!(due(&it), Some(45 + 3 * tries));
            it.released(false);
        }
        assert_eq!(due(&it), None);
        // On hold: the desk is warned, and the call ends all the same.
        let mut it = call(CallPurpose::Desk);
        it.hear(&CallSaid::Answered, t(10));
        it.hear(&CallSaid::Held, t(100));
        assert_eq!(due(&it), Some(160));
        assert!(it.look(&LIMITS, t(160)) && it.held_long);
        assert_eq!((it.state, due(&it)), (CallState::Held, Some(1_810)));
        assert!(!it.look(&LIMITS, t(161)));
        assert!(it.look(&LIMITS, t(1_810)));
        assert_eq!((it.state, it.over), (CallState::Ended, Some(CallOver::TooLong)));
        // The program that had it in its hands is gone.
        let mut it = call(CallPurpose::Desk);
        it.hear(&CallSaid::Answered, t(10));
        it.in_hand_until = Some(t(20));
        assert!(it.look(&LIMITS, t(20)));
        assert_eq!(
            (it.state, it.over, due(&it)),
            (CallState::Failed, Some(CallOver::Lost), None)
        );
    }

    #[test]
    fn what_an_automatic_call_has_found() {
        use CallOver as O;
        for (answered, keys, over, finding) in [
            (false, "", None, None),
            (true, "", None, None),
            (true, "1", None, Some(Voice::Fine)),
            (true, "2", None, Some(Voice::NeedsHelp)),
            (true, "12", None, Some(Voice::NeedsHelp)),
            (true, "21", Some(O::Completed), Some(Voice::NeedsHelp)),
            (true, "*", None, Some(Voice::NeedsHelp)),
            (true, "", Some(O::Completed), Some(Voice::Unclear)),
            (true, "", Some(O::TooLong), Some(Voice::Unclear)),
            (false, "", Some(O::NoAnswer), Some(Voice::NoAnswer)),
            (false, "", Some(O::Busy), Some(Voice::NoAnswer)),
            (false, "", Some(O::Rejected), Some(Voice::NoAnswer)),
            (false, "", Some(O::Unreachable), Some(Voice::NoAnswer)),
            (false, "", Some(O::Lost), Some(Voice::Unclear)),
            (true, "", Some(O::Lost), Some(Voice::Unclear)),
            (false, "", Some(O::Unavailable), None),
            (false, "", Some(O::Refused), None),
            (false, "", Some(O::BadNumber), None),
            (true, "", Some(O::Taken), None),
            (true, "1", Some(O::Taken), Some(Voice::Fine)),
        ] {
            let mut it = call(CallPurpose::Check);
            if answered {
                it.hear(&CallSaid::Answered, t(5));
            }
            for key in keys.chars() {
                it.hear(&CallSaid::Key(key), t(6));
            }
            if let Some(over) = over {
                it.hear(&CallSaid::Over(over), t(7));
            }
            assert_eq!(it.finding(), finding, "{answered} {keys:?} {over:?}");
            assert_eq!(call(CallPurpose::Desk).finding(), None);
        }
        // Told once; a later key is told again.
        let mut it = call(CallPurpose::Check);
        it.hear(&CallSaid::Key('1'), t(5));
        assert_eq!(due(&it), Some(5));
        it.tell(Some(Voice::Fine), false);
        assert_eq!(due(&it), Some(95));
        it.hear(&CallSaid::Key('3'), t(8));
        assert_eq!((it.finding(), due(&it)), (Some(Voice::NeedsHelp), Some(5)));
    }
}
