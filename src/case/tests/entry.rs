//! A door that is forced: the steps before it, the reason in their place, and what waits until it is secured.

use super::*;
use crate::case::entry::{Custody, EntryBasis, EntryMeans, EntryNeed, EntryStep, KeyOutcome, WitnessKind};
use crate::people::KeyOwner;

fn ask(it: &mut Drive, at: i64, step: EntryStep) -> Result<Vec<Event>, Refusal> {
    it.ask(at, Command::Entry { step })
}

fn consent(basis: EntryBasis, n: Option<u128>) -> EntryStep {
    EntryStep::Consent {
        basis,
        contact: None,
        note: n.map(note),
    }
}

fn witness(kind: WitnessKind, n: u128) -> EntryStep {
    EntryStep::Witness {
        kind,
        responder: None,
        note: Some(note(n)),
    }
}

fn opened(means: EntryMeans, untried: u8, reason: Option<u128>) -> EntryStep {
    EntryStep::Opened {
        means,
        untried,
        reason: reason.map(note),
    }
}

fn secured(n: Option<u128>) -> EntryStep {
    EntryStep::Secured {
        custody: Custody::Police,
        note: n.map(note),
    }
}

fn forced(n: u128) -> Command {
    let Command::Photo { photo, digest, .. } = photo(n) else {
        unreachable!("it is a photo")
    };
    Command::Photo {
        photo,
        consent: PhotoConsent::ForcedEntry,
        digest,
    }
}

fn refer(n: u128, to: Agency) -> Command {
    Command::Refer {
        referral: referral(n),
        to,
    }
}

fn acknowledge(n: u128) -> Command {
    Command::AcknowledgeReferral {
        referral: referral(n),
        note: Some(note(90 + n)),
    }
}

const CLOSE: Command = Command::Close {
    outcome: Some(Outcome::HandedOver),
    proof: Proof::None,
};

#[test]
fn a_door_is_forced_when_every_step_is_done_and_the_case_waits_until_it_is_secured() {
    use EntryNeed::*;
    let mut it = Drive::open(Kind::Inactivity, &[Need::General], false);
    let keys = KeyOwner::Contact(contact(1));
    assert_eq!(it.case.entry_needs(1), [Consent, Keys, Called, Witnesses, PhotoBefore]);
    let open = opened(EntryMeans::Force, 1, None);
    assert_eq!(ask(&mut it, 5, open), Err(Refusal::EntryIncomplete));
    ask(&mut it, 6, consent(EntryBasis::OnFile, None)).unwrap();
    ask(
        &mut it,
        7,
        EntryStep::Key {
            holder: keys,
            outcome: KeyOutcome::NoAnswer,
        },
    )
    .unwrap();
    assert_eq!(it.case.entry_needs(0), [Called, Witnesses, PhotoBefore]);
    it.ask(8, refer(1, Agency::Fire)).unwrap();
    ask(&mut it, 9, witness(WitnessKind::Police, 1)).unwrap();
    assert_eq!(it.case.entry_needs(0), [Witnesses, PhotoBefore], "one is none");
    ask(&mut it, 10, witness(WitnessKind::Community, 2)).unwrap();
    it.ask(11, forced(1)).unwrap();
    assert_eq!(it.case.entry_needs(0), []);
    assert_eq!(it.case.entry_needs(1), [Keys]);
    assert_eq!(
        ask(&mut it, 12, secured(None)),
        Err(Refusal::NotNow),
        "nothing is open yet"
    );
    ask(&mut it, 13, opened(EntryMeans::Force, 0, None)).unwrap();
    assert_eq!(
        ask(&mut it, 14, opened(EntryMeans::Force, 0, None)),
        Ok(vec![]),
        "said twice"
    );
    it.ask(15, acknowledge(1)).unwrap();
    assert_eq!(it.ask(16, CLOSE), Err(Refusal::EntryOpen));
    let helped = Command::Resolve {
        outcome: Outcome::Helped,
    };
    it.ask(17, helped).unwrap();
    assert_eq!(it.ask(18, CLOSE), Err(Refusal::EntryOpen));
    assert_eq!(
        ask(&mut it, 19, secured(None)),
        Err(Refusal::EntryIncomplete),
        "no photo from after"
    );
    it.ask(20, forced(2)).unwrap();
    ask(&mut it, 21, secured(None)).unwrap();
    it.ask(22, CLOSE).unwrap();
    assert_eq!(it.case.state, State::Closed);
    assert_eq!(ask(&mut it, 23, witness(WitnessKind::Fire, 3)), Err(Refusal::Over));
    let entry = it.case.entry.unwrap();
    assert_eq!(
        (entry.photos_before, entry.photos_after, entry.witnesses.len()),
        (1, 1, 2)
    );
}

#[test]
fn a_life_in_danger_is_not_held_up_and_the_reason_stands_in_the_log() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], false);
    assert_eq!(
        ask(&mut it, 4, consent(EntryBasis::Danger, None)),
        Err(Refusal::ReasonMissing)
    );
    ask(&mut it, 5, consent(EntryBasis::Danger, Some(1))).unwrap();
    ask(&mut it, 6, opened(EntryMeans::Window, 2, Some(2))).unwrap();
    let log = it.log.last().unwrap();
    assert_eq!((log.event.name(), it.case.entry_open()), ("entry_step", true));
    assert!(
        ask(&mut it, 7, secured(Some(3))).is_ok(),
        "a reason in place of the photo"
    );
    assert!(!it.case.entry_open());
}

#[test]
fn a_key_forces_nothing_and_a_witness_has_a_name() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], false);
    ask(&mut it, 5, opened(EntryMeans::Key, 2, None)).unwrap();
    assert!(!it.case.entry_open());
    let nobody = EntryStep::Witness {
        kind: WitnessKind::Neighbour,
        responder: None,
        note: None,
    };
    assert_eq!(ask(&mut it, 6, nobody), Err(Refusal::ReasonMissing));
    let known = EntryStep::Witness {
        kind: WitnessKind::Police,
        responder: Some(responder(4)),
        note: None,
    };
    assert_eq!(ask(&mut it, 7, known).map(|it| it.len()), Ok(1));
    assert_eq!(ask(&mut it, 8, known), Ok(vec![]), "one pair of eyes is one witness");
}

#[test]
fn whoever_is_not_at_the_door_says_nothing_about_it() {
    let step = witness(WitnessKind::Community, 1);
    let mut it = Drive::open(Kind::Sos, &[Need::General], false);
    it.offer_grid(1, &[1]);
    it.accept(2, 1, 100).unwrap();
    let by = Author::Responder(responder(1));
    let far = it.ask_as(20, Command::Entry { step }, by);
    assert_eq!(far, Err(Refusal::NotArrived));
    let mut it = Drive::at_the_door(Kind::Sos, &[Need::General]);
    assert_eq!(it.ask_as(60, Command::Entry { step }, by).map(|it| it.len()), Ok(1));
}

#[test]
fn a_reason_stands_for_an_acknowledgement_and_the_sheet_does_not() {
    let mut it = Drive::open(Kind::Inactivity, &[Need::General], true);
    it.ask(5, refer(1, Agency::PoliceGrid)).unwrap();
    let hand = |way| Command::HandReferral {
        referral: referral(1),
        way,
    };
    it.ask(6, hand(words::SheetWay::ReadOut)).unwrap();
    assert_eq!(it.ask(7, hand(words::SheetWay::ReadOut)), Ok(vec![]), "said twice");
    it.ask(8, hand(words::SheetWay::Printed)).unwrap();
    assert_eq!(it.ask(9, CLOSE), Err(Refusal::ReferralOpen), "read out is not heard");
    let waive = |n| Command::WaiveReferral {
        referral: referral(n),
        reason: note(4),
    };
    assert_eq!(it.ask(10, waive(9)), Err(Refusal::NoSuchReferral));
    it.ask(11, waive(1)).unwrap();
    assert_eq!(it.ask(12, waive(1)), Ok(vec![]), "said twice");
    it.pass(200);
    assert!(
        !it.log.iter().any(|it| matches!(it.event, Event::ReferralLate { .. })),
        "nobody waits any more"
    );
    // What comes late is told all the same.
    it.ask(210, acknowledge(1)).unwrap();
    assert!(it.case.referrals[0].acknowledged_at.is_some() && it.case.referrals[0].waived_at.is_some());
    it.ask(220, CLOSE).unwrap();
    assert_eq!(it.case.state, State::Closed);
}

#[test]
fn an_answer_is_an_acknowledgement_and_counts_once() {
    let mut it = Drive::open(Kind::Inactivity, &[Need::General], true);
    let tier = it.case.tier;
    it.ask(
        5,
        Command::ReferBecause {
            referral: referral(1),
            to: Agency::District,
            reason: note(4),
        },
    )
    .unwrap();
    assert_eq!(it.case.referrals[0].reason, Some(note(4)));
    assert_eq!(it.case.tier, tier, "a hand-up moves no tier");
    let answer = |referral_n, answer, note_n| Command::AnswerReferral {
        referral: referral(referral_n),
        answer,
        note: note(note_n),
    };
    use words::ReferralAnswer::{Advice, Taken};
    assert_eq!(it.ask(6, CLOSE), Err(Refusal::ReferralOpen));
    assert_eq!(it.ask(6, answer(9, Advice, 90)), Err(Refusal::NoSuchReferral));
    assert_eq!(it.ask(7, answer(1, Advice, 90)).unwrap().len(), 1);
    let first = it.case.referrals[0].acknowledged_at;
    assert!(first.is_some());
    assert_eq!(it.ask(8, answer(1, Advice, 90)), Ok(vec![]), "the same answer again");
    assert_eq!(it.ask(9, answer(1, Taken, 91)).unwrap().len(), 1, "another one");
    assert_eq!(it.case.referrals[0].acknowledged_at, first, "heard once");
    let said: Vec<_> = it.case.referrals[0].answers.iter().map(|it| it.answer).collect();
    assert_eq!(said, [Advice, Taken]);
    it.pass(400);
    let late = |it: &Record| matches!(it.event, Event::ReferralLate { .. });
    assert!(!it.log.iter().any(late), "nobody waits any more");
    for n in 0..100 {
        it.ask(401, answer(1, Advice, 100 + n)).unwrap();
    }
    assert_eq!(it.case.referrals[0].answers.len(), crate::case::state::ANSWERS_MAX);
}
