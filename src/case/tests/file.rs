//! What was opened of a file in an emergency is told of afterwards, once.

use super::*;
use crate::people::Role;

fn elder_of(it: &Drive) -> ElderId {
    it.case.subject.elder().unwrap()
}

fn opens(it: &mut Drive, at: i64, parts: &[FilePart]) -> usize {
    let command = Command::OpenFile {
        elder: elder_of(it),
        parts: parts.to_vec(),
        role: Role::GridWorker,
        agreed: false,
    };
    it.ask_as(at, command, Author::Responder(responder(1))).unwrap().len()
}

fn told(it: &Drive) -> Vec<(Target, String)> {
    let of = it.told.iter().filter(|it| it.kind == NoticeKind::FileOpened);
    of.map(|it| (it.to, it.step.clone())).collect()
}

fn close(it: &mut Drive, at: i64, outcome: Outcome) {
    it.ask(at, Command::Resolve { outcome }).unwrap();
    let proof = Proof::SecondLook { by: other() };
    it.ask(at, Command::Close { outcome: None, proof }).unwrap();
}

#[test]
fn whoever_answers_for_the_elder_is_told_with_the_closing_and_once() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    assert_eq!(opens(&mut it, 10, &[FilePart::Door, FilePart::Health]), 1);
    assert_eq!(
        opens(&mut it, 11, &[FilePart::Door]),
        0,
        "another look is no other mark"
    );
    assert!(told(&it).is_empty(), "not before it is over");
    close(&mut it, 100, Outcome::Helped);
    let first = told(&it);
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].0, Target::Principal(elder_of(&it)));
    assert!(it.case.file.iter().all(|it| it.told));
    // Opened again, and nothing more looked at: nothing more to tell.
    it.ask(200, Command::Reopen { reason: note(1) }).unwrap();
    close(&mut it, 300, Outcome::Helped);
    assert_eq!(told(&it).len(), 1);
    // And looked at again.
    it.ask(400, Command::Reopen { reason: note(2) }).unwrap();
    assert_eq!(opens(&mut it, 410, &[FilePart::Door]), 1);
    close(&mut it, 500, Outcome::Helped);
    assert_eq!(told(&it).len(), 2);
    assert_ne!(told(&it)[0].1, told(&it)[1].1, "a step of its own");
}

#[test]
fn nothing_goes_by_itself_after_a_suspected_death_and_nothing_of_what_is_no_emergency() {
    let mut it = Drive::open(Kind::Sos, &[Need::General], true);
    opens(&mut it, 10, &[FilePart::Door]);
    close(&mut it, 100, Outcome::SuspectedDeath);
    assert!(told(&it).is_empty());
    assert!(!it.case.file[0].told, "it stands in the case for whoever phones");
    let mut quiet = Drive::open(Kind::LowBattery, &[Need::General], true);
    assert_eq!(opens(&mut quiet, 10, &[FilePart::Door]), 0);
    let mut drill = Drive::opened(
        &Opening {
            drill: true,
            ..opening(Kind::Sos, true)
        },
        &[Need::General],
        12,
    );
    assert_eq!(opens(&mut drill, 10, &[FilePart::Door]), 0);
}

#[test]
fn a_photo_that_nobody_agreed_to_is_told_of_too() {
    let mut it = Drive::led(Kind::Sos, &[Need::General]);
    let by = |consent, n: u128| Command::Photo {
        photo: PhotoId::new(Uuid::from_u128(0x7F00 + n)),
        consent,
        digest: format!("{n:064x}"),
    };
    it.ask(50, by(PhotoConsent::Agreed, 1)).unwrap();
    assert!(it.case.file.is_empty());
    it.ask(51, by(PhotoConsent::ForcedEntry, 2)).unwrap();
    let mark = it.case.file[0];
    assert_eq!(
        (mark.part, mark.role, mark.told),
        (FilePart::Photo, Role::Dispatcher, false)
    );
}
