//! Messages that come in several parts on one line, until they are whole.
//!
//! Parts come in any order, twice, or not at all. What is held is bounded: so many messages of a line, so many bytes, so long. What is not
//! whole by then is handed back, and is kept aside and told as not kept. Nothing here reads a clock or knows what a part says.

use jiff::{SignedDuration, Timestamp};

use crate::intake::terminal::Part;

/// Messages of one line that are being put together at once.
pub const MESSAGES_MAX: usize = 4;

/// Parts of one message.
pub const PARTS_MAX: u16 = 64;

/// Bytes of all parts of one line: sixteen of the standard's longest. A line that waits for nothing holds none.
pub const BYTES_MAX: usize = 16 * 1024;

/// A part that is missing is asked for so long after the last one that came, and once more after as long again.
pub const ASK_AFTER: SignedDuration = SignedDuration::from_secs(5);
const ASKED_MAX: u8 = 2;

/// A message that is not whole so long after its first part came is given up.
pub const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// A message of which some parts have come.
#[derive(Debug)]
pub struct Message {
    part: Part,
    /// By their place; none: it is missing.
    frames: Vec<Option<Vec<u8>>>,
    begun_at: Timestamp,
    /// When a part came or was asked for.
    touched_at: Timestamp,
    asked: u8,
    /// What has been said at once of its first part, and is not said again when it is whole.
    pub said: Vec<String>,
}

impl Message {
    /// The parts that are there, in their order.
    pub fn frames(&self) -> Vec<&[u8]> {
        self.frames.iter().flatten().map(Vec::as_slice).collect()
    }

    /// The places, counted from 1, of those that are not.
    pub fn missing(&self) -> Vec<u16> {
        let places = (1_u16..).zip(&self.frames);
        places.filter(|it| it.1.is_none()).map(|it| it.0).collect()
    }

    fn bytes(&self) -> usize {
        self.frames.iter().flatten().map(Vec::len).sum()
    }

    /// A part that was asked for may come under a number of its own: it is the one that is missing here.
    fn takes(&self, part: &Part) -> bool {
        let alike = self.part.kind == part.kind && self.part.total == part.total;
        let missing = self
            .frames
            .get(usize::from(part.which) - 1)
            .is_some_and(Option::is_none);
        alike && (self.part.first == part.first || self.asked > 0 && missing)
    }
}

/// What became of a part.
#[derive(Debug)]
pub enum Taken {
    /// It is held, or was there already.
    Held,
    /// It was the last one.
    Whole(Message),
    /// There is no room, or it says of itself what cannot be.
    Refused,
}

/// Those of one line.
#[derive(Debug, Default)]
pub struct Parts {
    messages: Vec<Message>,
}

impl Parts {
    /// Takes one. What must go to make room for it is put into `gone`.
    pub fn take(&mut self, part: Part, frame: &[u8], now: Timestamp, gone: &mut Vec<Message>) -> Taken {
        let sound = (1..=part.total).contains(&part.which) && (2..=PARTS_MAX).contains(&part.total);
        if !sound || frame.len() > BYTES_MAX {
            return Taken::Refused;
        }
        let at = match self.messages.iter().position(|it| it.takes(&part)) {
            Some(at) => at,
            None => {
                if self.messages.len() == MESSAGES_MAX {
                    gone.push(self.messages.remove(0));
                }
                self.messages.push(Message {
                    part,
                    frames: vec![None; usize::from(part.total)],
                    begun_at: now,
                    touched_at: now,
                    asked: 0,
                    said: Vec::new(),
                });
                self.messages.len() - 1
            }
        };
        let message = &mut self.messages[at];
        message.touched_at = now;
        message.frames[usize::from(part.which) - 1].get_or_insert_with(|| frame.to_vec());
        if message.frames.iter().all(Option::is_some) {
            return Taken::Whole(self.messages.remove(at));
        }
        // The oldest first; that may be this one.
        while self.messages.iter().map(Message::bytes).sum::<usize>() > BYTES_MAX {
            gone.push(self.messages.remove(0));
        }
        Taken::Held
    }

    /// The message that a part belongs to.
    pub fn of(&mut self, part: &Part) -> Option<&mut Message> {
        self.messages
            .iter_mut()
            .find(|it| it.takes(part) || it.part.first == part.first && it.part.kind == part.kind)
    }

    /// When something is to be done about those that are not whole.
    pub fn due_at(&self) -> Option<Timestamp> {
        let due = |it: &Message| {
            let over = it.begun_at + GIVE_UP_AFTER;
            if it.asked < ASKED_MAX {
                over.min(it.touched_at + ASK_AFTER)
            } else {
                over
            }
        };
        self.messages.iter().map(due).min()
    }

    /// Those whose time is over.
    pub fn given_up(&mut self, now: Timestamp) -> Vec<Message> {
        self.messages
            .extract_if(.., |it| now >= it.begun_at + GIVE_UP_AFTER)
            .collect()
    }

    /// Those of which parts are to be asked for now; each so often in all.
    pub fn due_to_ask(&mut self, now: Timestamp) -> Vec<&Message> {
        let due = |it: &&mut Message| it.asked < ASKED_MAX && now >= it.touched_at + ASK_AFTER;
        let asked = self.messages.iter_mut().filter(due).map(|it| {
            it.asked += 1;
            it.touched_at = now;
            &*it
        });
        asked.collect()
    }

    /// All of them: the line has ended.
    pub fn all(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn part(first: u16, which: u16, total: u16) -> Part {
        Part {
            kind: 0x0200,
            first,
            which,
            total,
            at_once: false,
        }
    }

    fn whole(taken: Taken) -> Vec<Vec<u8>> {
        match taken {
            Taken::Whole(it) => it.frames().into_iter().map(<[u8]>::to_vec).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn parts_in_any_order_and_twice_are_one_message() {
        for order in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
            let (mut parts, mut gone) = (Parts::default(), Vec::new());
            for which in &order[..2] {
                for _ in 0..2 {
                    let taken = parts.take(part(7, *which, 3), &[*which as u8], at(0), &mut gone);
                    assert!(matches!(taken, Taken::Held), "{taken:?}");
                }
            }
            // Another message in between is its own.
            assert!(matches!(
                parts.take(part(50, 1, 3), &[9], at(0), &mut gone),
                Taken::Held
            ));
            let taken = parts.take(part(7, order[2], 3), &[order[2] as u8], at(1), &mut gone);
            assert_eq!(whole(taken), [[1], [2], [3]]);
            assert_eq!((gone.len(), parts.all().len()), (0, 1));
        }
    }

    #[test]
    fn what_is_missing_is_asked_for_twice_and_then_given_up() {
        let (mut parts, mut gone) = (Parts::default(), Vec::new());
        parts.take(part(7, 2, 3), &[2], at(0), &mut gone);
        let mut asked = Vec::new();
        while let Some(due) = parts.due_at() {
            asked.extend(parts.due_to_ask(due).iter().map(|it| (due, it.missing())));
            if let [given_up] = &parts.given_up(due)[..] {
                assert_eq!((due, given_up.frames()), (at(60), vec![&[2][..]]));
            }
        }
        assert_eq!(asked, [(at(5), vec![1, 3]), (at(10), vec![1, 3])]);
        // Asked for, it may come under another number.
        parts.take(part(7, 1, 2), &[1], at(0), &mut gone);
        assert_eq!(parts.due_to_ask(at(5)).len(), 1);
        assert_eq!(whole(parts.take(part(90, 2, 2), &[2], at(6), &mut gone)), [[1], [2]]);
    }

    #[test]
    fn what_is_held_has_its_limits_and_what_goes_is_handed_back() {
        let (mut parts, mut gone) = (Parts::default(), Vec::new());
        for first in 0..=4 {
            parts.take(part(first, 1, 2), &[first as u8], at(0), &mut gone);
        }
        assert_eq!(gone.iter().map(Message::frames).collect::<Vec<_>>(), [[&[0]]]);
        gone.clear();
        // The bytes of all of them together.
        parts.take(part(9, 1, 3), &[9; BYTES_MAX - 2], at(0), &mut gone);
        assert_eq!((gone.len(), parts.all().len()), (2, 3));
        for (part, bytes) in [
            (part(1, 0, 2), 1),
            (part(1, 3, 2), 1),
            (part(1, 1, 1), 1),
            (part(1, 1, 65), 1),
            (part(1, 1, 2), BYTES_MAX + 1),
        ] {
            assert!(
                matches!(parts.take(part, &vec![0; bytes], at(0), &mut gone), Taken::Refused),
                "{part:?}"
            );
        }
    }
}
