//! Whether there is anything left to tell: a notice that waited is looked at again beside the case as it is now.
//!
//! The rule: what would send somebody off, stand somebody down or frighten a family wrongly is not sent; what is merely old
//! news is, because somebody waits for it.

use crate::case::{Case, NoticeKind, OfferState, Outcome, Place, Severity, Stage, State};
use crate::ids::ResponderId;

/// What became of the reason for a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Now {
    /// It stands: send.
    Stands,
    /// The case has moved on.
    MovedOn,
}

/// Whether `case`, as it is now, still has a reason to tell `target` of `kind`.
pub fn look(case: &Case, kind: NoticeKind, target: &str) -> Now {
    if stands(case, kind, target) {
        Now::Stands
    } else {
        Now::MovedOn
    }
}

fn stands(case: &Case, kind: NoticeKind, target: &str) -> bool {
    use NoticeKind as N;
    let running = !matches!(case.state, State::Resolved | State::Closed);
    let responder = target.parse::<ResponderId>().ok();
    let place = responder.and_then(|it| case.assignment(it)).map(|it| it.place);
    let asked = responder.is_some_and(|it| offered(case, it));
    match kind {
        N::Offer => running && asked,
        // Asked again meanwhile, or coming after all.
        N::OfferEnded => !asked && !is_coming(place),
        N::Provisional => running && place == Some(Place::Provisional),
        N::Lead => running && place == Some(Place::Lead),
        N::Backup => running && place == Some(Place::Backup),
        // Asked again of the same case: the last word to them is the question.
        N::StandDown => !running || !(asked || is_coming(place)),
        N::LeadRevoked => place != Some(Place::Lead),
        N::CallLate => {
            let there = |id| case.assignment(id).is_some_and(|it| it.stage >= Stage::Arrived);
            running && is_coming(place) && !responder.is_some_and(there)
        }
        // Whoever has left meanwhile is not called back; whoever is coming to it knows of it.
        N::CallInside => running && !is_coming(place),
        N::FollowUpLate => running,
        // Each says what was so, and the next what has changed: none is left out.
        N::PartnerAlert | N::PartnerUpdate | N::PartnerCancel => true,
        N::ChannelTest | N::FamilySheet => false, // of no case, and in no row
        // Taking a case stops the tone.
        N::RingDesk => running && case.tone,
        // "Nobody has taken it" is said while that is so. A suspected death resolves the case, and then the duty leader has to phone more
        // than ever.
        N::RingDutyLeader => frozen(case) || (running && is_untaken(case)),
        // The first who accepts or takes it stops the others, and so does a relative who knows of it.
        N::CallLeg => case.is_unanswered(),
        N::RingNextSeat => running && case.taken_by.is_none(),
        N::Prompt120 | N::Prompt119 | N::Support => running,
        N::Prompt110 | N::KeyHolders => running && !case.contact && !frozen(case),
        N::FamilyUrges => running && !case.contact,
        // One after the other: only whoever is being asked.
        N::FamilyAsk => {
            let asked = case.asked_of_family().is_some_and(|it| it.to_string() == target);
            running && !frozen(case) && asked && !case.leg_accepted()
        }
        N::FamilyOpened | N::FamilyRaised => running && !frozen(case) && !has_said(case, target),
        N::FamilyAccepted => case.state == State::Engaged && !frozen(case),
        N::FamilyArrived => case.state == State::OnScene && !frozen(case),
        N::FileOpened => case.state == State::Closed && !frozen(case),
        N::FamilyClosed | N::FamilyFalseAlarm => !running && !frozen(case),
        N::Referral => {
            let mut waiting = case.referrals.iter().filter(|it| it.waits());
            case.state.is_open() && waiting.any(|it| target == format!("agency:{}", it.to))
        }
    }
}

/// Who has said something of the case knows of it.
fn has_said(case: &Case, target: &str) -> bool {
    case.family.iter().any(|it| it.contact.to_string() == target)
}

/// Nobody has it in hand. What is not urgent has no tone.
fn is_untaken(case: &Case) -> bool {
    case.taken_by.is_none() && (case.tone || case.severity < Severity::Urgent)
}

fn offered(case: &Case, responder: ResponderId) -> bool {
    case.offers
        .iter()
        .any(|it| it.candidate.responder == responder && it.state == OfferState::Open)
}

const fn is_coming(place: Option<Place>) -> bool {
    matches!(place, Some(Place::Provisional | Place::Lead | Place::Backup))
}

/// A suspected death freezes every automatic message to the family.
fn frozen(case: &Case) -> bool {
    case.outcome == Some(Outcome::SuspectedDeath)
}
