//! A desk handed over from one shift to the next: who hands over, who has signed what, who takes over, and when.
//!
//! ```text
//! begun ──(noted | signed)*──▶ completed   by another than who hands over, with every critical case signed by them
//!                        └───▶ withdrawn   by who hands over
//! ```
//!
//! Holds always:
//! - the lines rebuild the hand-over; none is ever changed or taken out;
//! - it is completed by one person who has signed each critical case that is open then, also one that has come since it began;
//! - nobody signs or completes their own.
//!
//! The rota of a later day can name who is expected ([`Act::Begun`], `to`); who comes and signs is another matter, and counts.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::PrefixSet;
use crate::ids::{CaseId, HandoverId, NoteId, UserId};

/// One line of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: UserId,
    /// What.
    #[serde(flatten)]
    pub act: Act,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Act {
    /// Somebody wants to hand over.
    Begun {
        /// The areas of their desk.
        scope: PrefixSet,
        /// Who is expected, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<UserId>,
        /// How many cases were open.
        open: u32,
        /// The critical ones of them.
        critical: Vec<CaseId>,
    },
    /// A text was written.
    Noted {
        /// Where it is kept, sealed.
        note: NoteId,
    },
    /// Somebody has read a case and answers for it from here on.
    Signed {
        /// Which.
        case: CaseId,
        /// How many records its log had: what was read.
        version: u32,
    },
    /// The desk has been taken over.
    Completed {
        /// How many cases were open.
        open: u32,
        /// The critical ones of them, each signed by the same person.
        critical: Vec<CaseId>,
    },
    /// It is not handed over after all.
    Withdrawn,
}

/// Who has signed a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// Which case.
    pub case: CaseId,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// How many records the case's log had.
    pub version: u32,
}

/// A text that belongs to a hand-over; what it says is kept sealed elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoteMark {
    /// Which.
    pub note: NoteId,
    /// Who wrote it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Who took over, or who withdrew it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// It was taken over; false: withdrawn.
    pub completed: bool,
    /// The critical cases of then.
    pub critical: Vec<CaseId>,
}

/// A hand-over as its lines make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// Its id.
    pub id: HandoverId,
    /// Who hands over.
    pub from: UserId,
    /// The areas of the desk.
    pub scope: PrefixSet,
    /// Who is expected, if that is known.
    pub to: Option<UserId>,
    /// When it began.
    pub begun_at: Timestamp,
    /// How many cases were open then.
    pub open_then: u32,
    /// The critical ones of then.
    pub critical_then: Vec<CaseId>,
    /// Who signed what, oldest first.
    pub signatures: Vec<Signature>,
    /// The texts, oldest first.
    pub notes: Vec<NoteMark>,
    /// How it ended; none: it is going on.
    pub end: Option<End>,
    /// How many lines there are.
    pub version: u32,
}

/// The rules say no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotHandedOver {
    /// It has ended.
    #[error("this hand-over has ended")]
    Over,
    /// Who hands over does not sign and does not take over.
    #[error("another person must sign and take over")]
    Own,
    /// Only who hands over takes it back.
    #[error("only who hands over may withdraw it")]
    NotTheirs,
    /// Critical cases that whoever takes over has not signed.
    #[error("a critical case is not signed")]
    Unsigned(Vec<CaseId>),
}

impl NotHandedOver {
    /// The stable code that callers may rely on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Over => "handover_over",
            Self::Own => "own_handover",
            Self::NotTheirs => "not_your_handover",
            Self::Unsigned(_) => "unsigned",
        }
    }
}

impl Handover {
    /// The hand-over that a first line begins; none for any other line.
    pub fn begin(id: HandoverId, line: &Line) -> Option<Self> {
        let Act::Begun {
            scope,
            to,
            open,
            critical,
        } = &line.act
        else {
            return None;
        };
        Some(Self {
            id,
            from: line.by,
            scope: scope.clone(),
            to: *to,
            begun_at: line.at,
            open_then: *open,
            critical_then: critical.clone(),
            signatures: vec![],
            notes: vec![],
            end: None,
            version: 1,
        })
    }

    /// The hand-over that these lines make; none when they are no lines of one.
    pub fn rebuild(id: HandoverId, lines: &[Line]) -> Option<Self> {
        let (first, rest) = lines.split_first()?;
        let mut it = Self::begin(id, first)?;
        for line in rest {
            it.evolve(line)?;
        }
        Some(it)
    }

    /// Takes a line in; none when it cannot follow.
    pub fn evolve(&mut self, line: &Line) -> Option<()> {
        if self.end.is_some() {
            return None;
        }
        let Line { at, by, .. } = *line;
        match &line.act {
            Act::Begun { .. } => return None,
            Act::Noted { note } => self.notes.push(NoteMark { note: *note, by, at }),
            Act::Signed { case, version } => self.signatures.push(Signature {
                case: *case,
                by,
                at,
                version: *version,
            }),
            Act::Completed { critical, .. } => {
                self.end = Some(End {
                    by,
                    at,
                    completed: true,
                    critical: critical.clone(),
                });
            }
            Act::Withdrawn => {
                self.end = Some(End {
                    by,
                    at,
                    completed: false,
                    critical: vec![],
                });
            }
        }
        self.version += 1;
        Some(())
    }

    /// The newest signature under a case; with `by`, of that person.
    pub fn signature(&self, case: CaseId, by: Option<UserId>) -> Option<&Signature> {
        let theirs = |it: &&Signature| it.case == case && by.is_none_or(|by| it.by == by);
        self.signatures.iter().rev().find(theirs)
    }

    /// Whether somebody hands over, has signed or has taken over.
    pub fn has_part(&self, who: UserId) -> bool {
        let signed = self.signatures.iter().any(|it| it.by == who);
        self.from == who || signed || self.end.as_ref().is_some_and(|it| it.by == who)
    }

    /// A text. Said twice, it is nothing.
    ///
    /// # Errors
    /// `Over`.
    pub fn note(&self, note: NoteId) -> Result<Option<Act>, NotHandedOver> {
        if self.notes.iter().any(|it| it.note == note) {
            return Ok(None);
        }
        self.want_open()?;
        Ok(Some(Act::Noted { note }))
    }

    /// "I have read this case, and answer for it from here on." Signed as it stands already, it is nothing.
    ///
    /// # Errors
    /// `Over`, `Own`.
    pub fn sign(&self, by: UserId, case: CaseId, version: u32) -> Result<Option<Act>, NotHandedOver> {
        self.want_open()?;
        self.want_other(by)?;
        let same = self.signature(case, Some(by)).is_some_and(|it| it.version >= version);
        Ok((!same).then_some(Act::Signed { case, version }))
    }

    /// "The desk is mine." `critical`: the cases of the desk that are open and critical now; `open`: how many are open.
    ///
    /// # Errors
    /// `Over`, `Own`, `Unsigned`.
    pub fn complete(&self, by: UserId, open: u32, critical: &BTreeSet<CaseId>) -> Result<Option<Act>, NotHandedOver> {
        if self.end.as_ref().is_some_and(|it| it.completed && it.by == by) {
            return Ok(None); // said twice
        }
        self.want_open()?;
        self.want_other(by)?;
        let missing = |it: &&CaseId| self.signature(**it, Some(by)).is_none();
        let unsigned: Vec<CaseId> = critical.iter().filter(missing).copied().collect();
        if !unsigned.is_empty() {
            return Err(NotHandedOver::Unsigned(unsigned));
        }
        let critical = critical.iter().copied().collect();
        Ok(Some(Act::Completed { open, critical }))
    }

    /// It is not handed over after all.
    ///
    /// # Errors
    /// `Over`, `NotTheirs`.
    pub fn withdraw(&self, by: UserId) -> Result<Option<Act>, NotHandedOver> {
        if by != self.from {
            return Err(NotHandedOver::NotTheirs);
        }
        if self.end.as_ref().is_some_and(|it| !it.completed) {
            return Ok(None); // said twice
        }
        self.want_open()?;
        Ok(Some(Act::Withdrawn))
    }

    fn want_open(&self) -> Result<(), NotHandedOver> {
        if self.end.is_some() {
            return Err(NotHandedOver::Over);
        }
        Ok(())
    }

    fn want_other(&self, by: UserId) -> Result<(), NotHandedOver> {
        if by == self.from {
            return Err(NotHandedOver::Own);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const OUT: u128 = 1;
    const IN: u128 = 2;
    const THIRD: u128 = 3;

    fn user(n: u128) -> UserId {
        UserId::new(Uuid::from_u128(n))
    }
    fn case(n: u128) -> CaseId {
        CaseId::new(Uuid::from_u128(n))
    }
    fn cases(all: &[u128]) -> BTreeSet<CaseId> {
        all.iter().map(|it| case(*it)).collect()
    }

    struct Drive {
        it: Handover,
        lines: Vec<Line>,
    }

    impl Drive {
        fn begun() -> Self {
            let act = Act::Begun {
                scope: ["120114001".parse().unwrap()].into_iter().collect(),
                to: None,
                open: 3,
                critical: vec![case(10)],
            };
            let line = line(0, OUT, act);
            Self {
                it: Handover::begin(HandoverId::new(Uuid::from_u128(9)), &line).unwrap(),
                lines: vec![line],
            }
        }
        /// `+` a line, `.` nothing, else the code of the refusal.
        fn put(
            &mut self,
            by: u128,
            decide: impl FnOnce(&Handover) -> Result<Option<Act>, NotHandedOver>,
        ) -> &'static str {
            match decide(&self.it) {
                Ok(Some(act)) => {
                    let line = line(self.lines.len() as i64, by, act);
                    self.it.evolve(&line).unwrap();
                    self.lines.push(line);
                    "+"
                }
                Ok(None) => ".",
                Err(no) => no.code(),
            }
        }
        fn sign(&mut self, by: u128, n: u128, version: u32) -> &'static str {
            self.put(by, |it| it.sign(user(by), case(n), version))
        }
        fn complete(&mut self, by: u128, critical: &[u128]) -> &'static str {
            self.put(by, |it| it.complete(user(by), 3, &cases(critical)))
        }
        fn withdraw(&mut self, by: u128) -> &'static str {
            self.put(by, |it| it.withdraw(user(by)))
        }
    }

    fn line(at: i64, by: u128, act: Act) -> Line {
        Line {
            at: Timestamp::from_second(1_790_000_000 + at).unwrap(),
            by: user(by),
            act,
        }
    }

    #[test]
    fn it_is_completed_only_with_every_critical_case_of_now_signed_by_who_completes() {
        let mut it = Drive::begun();
        assert_eq!(it.complete(IN, &[10]), "unsigned");
        assert_eq!(it.sign(OUT, 10, 5), "own_handover");
        assert_eq!(it.sign(THIRD, 10, 5), "+");
        assert_eq!(it.complete(IN, &[10]), "unsigned", "another's signature is not theirs");
        assert_eq!(it.sign(IN, 10, 5), "+");
        assert_eq!(it.complete(IN, &[10, 11]), "unsigned", "one has come in the middle");
        assert_eq!(
            it.it.complete(user(IN), 4, &cases(&[10, 11])),
            Err(NotHandedOver::Unsigned(vec![case(11)]))
        );
        assert_eq!(it.sign(IN, 11, 1), "+");
        assert_eq!(it.complete(OUT, &[10, 11]), "own_handover");
        assert_eq!(it.complete(IN, &[10, 11]), "+");
        let end = it.it.end.clone().unwrap();
        assert_eq!(
            (end.by, end.completed, end.critical),
            (user(IN), true, vec![case(10), case(11)])
        );
        assert_eq!(it.complete(IN, &[12]), ".", "said twice");
        assert_eq!(it.complete(THIRD, &[]), "handover_over");
        assert_eq!(it.sign(IN, 12, 1), "handover_over");
        assert_eq!(it.withdraw(OUT), "handover_over");
    }

    #[test]
    fn what_has_ended_meanwhile_is_not_wanted_and_an_empty_desk_is_taken_over_at_once() {
        let mut it = Drive::begun();
        assert_eq!(it.complete(IN, &[]), "+");
    }

    #[test]
    fn a_case_is_signed_as_it_stood_and_again_when_it_has_moved_on() {
        let mut it = Drive::begun();
        assert_eq!(it.sign(IN, 10, 5), "+");
        assert_eq!(it.sign(IN, 10, 5), ".");
        assert_eq!(it.sign(IN, 10, 6), "+");
        assert_eq!(it.it.signature(case(10), None).map(|it| it.version), Some(6));
    }

    #[test]
    fn only_who_hands_over_takes_it_back() {
        let mut it = Drive::begun();
        assert_eq!(it.withdraw(IN), "not_your_handover");
        assert_eq!(it.withdraw(OUT), "+");
        assert_eq!(it.withdraw(OUT), ".");
        assert_eq!(it.complete(IN, &[]), "handover_over");
    }

    #[test]
    fn the_lines_rebuild_it_also_out_of_their_text() {
        let mut it = Drive::begun();
        let note = NoteId::new(Uuid::from_u128(70));
        it.put(OUT, |h| h.note(note));
        assert_eq!(it.put(OUT, |h| h.note(note)), ".");
        it.sign(IN, 10, 5);
        it.complete(IN, &[10]);
        let text: Vec<String> = it.lines.iter().map(|it| serde_json::to_string(it).unwrap()).collect();
        let lines: Vec<Line> = text.iter().map(|it| serde_json::from_str(it).unwrap()).collect();
        assert_eq!(Handover::rebuild(it.it.id, &lines), Some(it.it.clone()));
        assert!(
            text[1].contains("\"noted\"") && !text[1].contains("text"),
            "{}",
            text[1]
        );
        assert!(it.it.has_part(user(OUT)) && it.it.has_part(user(IN)) && !it.it.has_part(user(THIRD)));
        assert_eq!(Handover::rebuild(it.it.id, &lines[1..]), None);
    }
}
