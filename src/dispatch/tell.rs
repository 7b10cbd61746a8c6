//! Who is told, as rows of the outbox: roles become people, people and channels become rows.
//!
//! Start at [`teller`]. It runs inside the committer, so it looks in the [`Picture`] and nowhere else, and does nothing at all
//! where no channel is configured.
//!
//! Holds always:
//! - one row per case, step, person and channel; the same step has the same id, on every node and at every try;
//! - a contact marked restricted gets no row, whatever the level; an exercise gets no row at all: a channel is real whatever it
//!   is told, and who takes part looks at a screen;
//! - no row holds a name, a number or a text.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::desk::{AskFamily, Desk, DeskError, Tell};
use super::partners::PartnerRule;
use super::picture::Picture;
use super::ways::{Exit, NoWay, Party, Telling, Ways, told_by, within};
use crate::case::{
    Askable, Author, Case, Command, Decision, Event, Kind, Notice, NoticeKind, OfferState, Severity, Subject, Target,
    notices,
};
use crate::ids::{CaseId, ContactId, ElderId, NoticeId, OfferId, ResponderId};
use crate::people::{Contact, ContactLevel, FamilyChoices, QuietHours, Role, Way};
use crate::store::cases::{Exhausted, Going, NO_CHANNEL, Once, OutboxRow, TellingRow, Wave};

/// Contacts that one notice goes to at most, in call order: a list that is longer than any family costs no alert its speed.
pub const CONTACTS_MAX: usize = 16;

/// The target of what the civil-affairs office is told.
pub const CIVIL_AFFAIRS: &str = "civil_affairs";

/// The target of what a partner is told: the channel says which.
const PARTNER: &str = "partner";

/// A channel that is configured, and what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The channel, as the rows name it.
    pub channel: String,
    /// The kinds of notice that it carries; none: all.
    pub kinds: Option<BTreeSet<NoticeKind>>,
    /// It leads to a partner, who is told of cases by this rule and of nothing else.
    pub partner: Option<PartnerRule>,
}

/// By which carriers people are told, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Carriers {
    /// Those that are there.
    pub exits: Vec<Exit>,
    /// The rules, with those that are shipped.
    pub ways: Ways,
    /// The street's time, hours east of UTC.
    pub utc_offset_hours: i8,
}

/// What the desk asks at each decision.
pub fn teller(picture: Arc<Picture>, routes: Vec<Route>, carriers: Carriers) -> Box<Tell> {
    Box::new(move |before, decision, area_code| {
        if (routes.is_empty() && carriers.exits.is_empty()) || decision.records.is_empty() {
            return vec![];
        }
        rows(&picture, &routes, &carriers, before, decision, area_code)
    })
}

/// Whom of a family a case may ask, at each question: those to whom a way leads, as they wish to be told of its severity. A guardian
/// first, then in call order; who is not to be reached at this hour comes last of what is critical, and is not asked of anything less.
pub fn asker(picture: Arc<Picture>, routes: Vec<Route>, carriers: Carriers) -> Box<AskFamily> {
    let routed = routes.iter().any(|it| carries(it, NoticeKind::FamilyAsk));
    Box::new(move |case, now| {
        let critical = case.severity == Severity::Critical;
        let hour = carriers.local_hour(now);
        let told = |it: &Contact| {
            let told = told_by(&picture.choices(it.id), case.severity);
            told.voice || told.message
        };
        let asleep = |it: &Contact| {
            let quiet = picture.choices(it.id).quiet.is_some_and(|it| within(it, hour));
            quiet || it.hours.is_some_and(|it| !within(it, hour))
        };
        let target = |it: &Contact| it.id.to_string();
        let mut all: Vec<(bool, bool, Contact)> = family(&picture, case.subject, ContactLevel::Status)
            .into_iter()
            .filter(|it| told(it))
            .map(|it| (asleep(&it), !it.is_guardian(), it))
            .filter(|it| critical || !it.0)
            .filter(|it| routed || carriers.leads_to(&picture, case, NoticeKind::FamilyAsk, &target(&it.2), now))
            .collect();
        all.sort_by_key(|it| (it.0, it.1)); // stable: within one place in call order
        let coming = |it: &Contact| {
            let theirs = it.responder.and_then(|id| case.assignment(id));
            theirs.is_some_and(|it| it.is_active())
        };
        let askable = |it: &(bool, bool, Contact)| Askable {
            contact: it.2.id,
            coming: coming(&it.2),
        };
        all.iter().map(askable).collect()
    })
}

/// Whether this contact is put the question by the same decision, which says all that the news of the opening would.
fn is_asked_now(told: &[Notice], target: &str) -> bool {
    told.iter()
        .any(|it| matches!(it.to, Target::Contact(id) if id.to_string() == target))
}

/// As [`targets`], of one notice of several that are told together.
pub(super) fn targets_beside(picture: &Picture, case: &Case, notice: &Notice, told: &[Notice]) -> Vec<String> {
    let mut targets = targets(picture, case, notice);
    if notice.kind == NoticeKind::FamilyOpened {
        targets.retain(|it| !is_asked_now(told, it));
    }
    targets
}

fn rows(
    picture: &Picture,
    routes: &[Route],
    carriers: &Carriers,
    before: Option<&Case>,
    decision: &Decision,
    area_code: &str,
) -> Vec<OutboxRow> {
    let case = &decision.case;
    if case.drill || case.kind == Kind::SelfCheck {
        return vec![];
    }
    let now = decision.records.last().map_or(case.last_at, |it| it.at);
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let told = notices(before, case, &decision.records);
    for notice in &told {
        let mut routed = routes.iter().filter(|it| carries(it, notice.kind)).peekable();
        let is_routed = routed.peek().is_some();
        if !is_routed && carriers.exits.is_empty() {
            continue;
        }
        let targets = targets_beside(picture, case, notice, &told);
        let row = |target: &str, channel: &str, going: Going| OutboxRow {
            id: notice_id(case.id, &notice.step, target, channel),
            case: case.id,
            case_version: notice.record,
            area_code: area_code.to_owned(),
            kind: notice.kind.as_str().to_owned(),
            step: notice.step.clone(),
            target: target.to_owned(),
            channel: channel.to_owned(),
            urgency: urgency(case.severity, notice.kind),
            going,
        };
        for route in routed {
            for target in &targets {
                let choices = choices_of(picture, target);
                let told = choices.map(|it| told_by(&it, case.severity));
                if told.is_some_and(|it| !it.voice && !it.message) {
                    continue;
                }
                let going = Going {
                    held_until: choices.and_then(|it| carriers.held_until(&it, case.severity, now)),
                    ..Going::default()
                };
                let row = row(target, &route.channel, going);
                if seen.insert(row.id) {
                    found.push(row);
                }
            }
        }
        for target in &targets {
            for (channel, going) in carriers.first_wave(picture, case, notice.kind, target, is_routed, now) {
                let row = row(target, &channel, going);
                if seen.insert(row.id) {
                    found.push(row);
                }
            }
        }
    }
    for route in routes {
        let told = route
            .partner
            .as_ref()
            .and_then(|it| it.notice(before, case, &decision.records));
        found.extend(told.map(|kind| partner_row(route, kind, case, area_code)));
    }
    found
}

/// One row a decision: what a partner is told is how the case stands after it.
fn partner_row(route: &Route, kind: NoticeKind, case: &Case, area_code: &str) -> OutboxRow {
    let step = format!("{}:{kind}", case.version);
    OutboxRow {
        id: notice_id(case.id, &step, PARTNER, &route.channel),
        case: case.id,
        case_version: case.version,
        area_code: area_code.to_owned(),
        kind: kind.as_str().to_owned(),
        step,
        target: PARTNER.to_owned(),
        channel: route.channel.clone(),
        // A partner that does not answer is no ring of ours that waits.
        urgency: urgency(case.severity.min(Severity::Urgent), kind),
        going: Going::default(),
    }
}

/// How a contact wishes to be told; of anybody else there is nothing.
fn choices_of(picture: &Picture, target: &str) -> Option<FamilyChoices> {
    target.parse().ok().map(|it: ContactId| picture.choices(it))
}

impl Carriers {
    /// The channels of the first wave to one person, each with how it goes on. `is_routed`: another system is told of it too.
    fn first_wave(
        &self,
        picture: &Picture,
        case: &Case,
        kind: NoticeKind,
        target: &str,
        is_routed: bool,
        now: Timestamp,
    ) -> Vec<(String, Going)> {
        let Some(party) = Party::of(target).filter(|_| !self.exits.is_empty()) else {
            return vec![];
        };
        let choices = choices_of(picture, target);
        let outline = match party {
            Party::DutyLeader => Some(Arc::new(picture.ways_of_role(Role::DutyLeader))),
            Party::Desk | Party::NextSeat => Some(Arc::new(picture.ways_of_role(Role::Dispatcher))),
            _ => picture.reached_of(target).and_then(|it| picture.outline(it)),
        };
        let telling = Telling {
            kind,
            severity: case.severity,
            party,
            hour: self.local_hour(now),
            outline: outline.as_deref(),
            choices,
        };
        let mut waves = self.ways.waves(&self.exits, &telling);
        if kind == NoticeKind::FamilyOpened && case.family_ask.is_some() {
            // They are called in their turn, each with a question, and not all at once beside it.
            waves = waves
                .map(|it| self.without_calls(it))
                .and_then(|it| match it.is_empty() {
                    true => Err(NoWay::NoCarrier),
                    false => Ok(it),
                });
            if waves.is_err() {
                return vec![];
            }
        }
        match waves {
            Ok(waves) => {
                let first = waves.first().map(|it| it.by.clone()).unwrap_or_default();
                let going = Going {
                    telling: Some(Arc::new(TellingRow {
                        // Of what is critical the way that is left may be a push that nobody looks at.
                        eager: case.severity == Severity::Critical,
                        waves,
                    })),
                    held_until: choices.and_then(|it| self.held_until(&it, case.severity, now)),
                    refused: None,
                };
                first.into_iter().map(|it| (it, going.clone())).collect()
            }
            // The desk has its own ring, and what another system tells its stations is told.
            Err(_) if party == Party::Desk => vec![],
            Err(_) if is_routed && matches!(party, Party::NextSeat | Party::Station | Party::Agency) => vec![],
            Err(why) => {
                let is_news = !is_routed && is_untold(why, party, kind);
                let going = Going {
                    telling: is_news.then(|| Arc::new(TellingRow::without_a_way())),
                    held_until: None,
                    refused: Some(why.as_str()),
                };
                vec![(NO_CHANNEL.to_owned(), going)]
            }
        }
    }

    /// The same ways but for calls.
    fn without_calls(&self, waves: Vec<Wave>) -> Vec<Wave> {
        let calls = |name: &String| self.exits.iter().any(|it| it.name == *name && it.way == Way::Voice);
        let quiet = |mut it: Wave| {
            it.by.retain(|name| !calls(name));
            (!it.by.is_empty()).then_some(it)
        };
        waves.into_iter().filter_map(quiet).collect()
    }

    /// Whether somebody would be told by anything.
    fn leads_to(&self, picture: &Picture, case: &Case, kind: NoticeKind, target: &str, now: Timestamp) -> bool {
        let first = self.first_wave(picture, case, kind, target, false, now);
        first.iter().any(|it| it.1.refused.is_none())
    }

    fn offset(&self) -> jiff::tz::Offset {
        jiff::tz::Offset::from_hours(self.utc_offset_hours).unwrap_or(jiff::tz::Offset::UTC)
    }

    fn local_hour(&self, now: Timestamp) -> u8 {
        u8::try_from(self.offset().to_datetime(now).hour()).unwrap_or_default()
    }

    /// Until when what is not critical waits for a contact who wants to sleep.
    fn held_until(&self, choices: &FamilyChoices, severity: Severity, now: Timestamp) -> Option<Timestamp> {
        let quiet = choices.quiet.filter(|_| severity != Severity::Critical)?;
        within(quiet, self.local_hour(now))
            .then(|| self.end_of(quiet, now))
            .flatten()
    }

    fn end_of(&self, quiet: QuietHours, now: Timestamp) -> Option<Timestamp> {
        let local = self.offset().to_datetime(now);
        let to = i8::try_from(quiet.to).ok()?;
        let mut day = local.date();
        if local.hour() >= to {
            day = day.tomorrow().ok()?;
        }
        self.offset().to_timestamp(day.at(to, 0, 0, 0)).ok()
    }
}

/// Whether the case has to hear of somebody to whom there is no way. A family's wish is no news; and where a street has no carrier that asks
/// responders, they are asked by their screens, and none of them is passed over for it.
fn is_untold(why: NoWay, party: Party, kind: NoticeKind) -> bool {
    match why {
        NoWay::SwitchedOff => party != Party::Family,
        NoWay::NoCarrier => kind != NoticeKind::Offer,
        NoWay::NoAddress => true,
    }
}

fn carries(route: &Route, kind: NoticeKind) -> bool {
    route.partner.is_none() && route.kinds.as_ref().is_none_or(|it| it.contains(&kind))
}

/// Follows from case, step, person and channel.
pub fn notice_id(case: CaseId, step: &str, target: &str, channel: &str) -> NoticeId {
    OutboxRow::id_of(case, step, target, channel)
}

/// The words of a row for whom a notice is meant, in the order in which they are told.
fn targets(picture: &Picture, case: &Case, notice: &Notice) -> Vec<String> {
    match notice.to {
        Target::Family => {
            let all = family(picture, case.subject, level(notice.kind));
            all.iter().map(|it| it.id.to_string()).collect()
        }
        Target::Contact(id) => vec![id.to_string()],
        Target::Principal(elder) => principals(picture, elder),
        Target::Responder(id) => vec![id.to_string()],
        Target::Desk => vec!["desk".to_owned()],
        Target::DutyLeader => vec!["duty_leader".to_owned()],
        Target::NextSeat => vec!["next_seat".to_owned()],
        Target::CivilAffairs => vec![CIVIL_AFFAIRS.to_owned()],
        Target::Station(kind) => vec![format!("station:{kind}")],
        Target::Agency(agency) => vec![format!("agency:{agency}")],
    }
}

/// Who answers for an elder's own affairs: the guardians; where there is none, the elder.
fn principals(picture: &Picture, elder: ElderId) -> Vec<String> {
    let all = picture.callable_contacts(elder);
    let guardians: Vec<String> = all
        .iter()
        .filter(|it| it.is_guardian())
        .map(|it| it.id.to_string())
        .collect();
    if guardians.is_empty() {
        vec![elder.to_string()]
    } else {
        guardians
    }
}

/// What the content of a notice needs: that something happened, who comes and how it ended is status. A kind that will tell
/// of earlier cases or of health has to say so here.
const fn level(_kind: NoticeKind) -> ContactLevel {
    ContactLevel::Status
}

/// Contacts in call order; of a household, those of all who live there. Who is a contact of both is told once, where the
/// register knows that they are one person.
fn family(picture: &Picture, subject: Subject, level: ContactLevel) -> Vec<Contact> {
    let mut contacts: Vec<Contact> = match subject {
        Subject::Elder(id) if picture.is_frozen(id) => vec![],
        Subject::Elder(id) => picture.callable_contacts(id),
        Subject::Household(id) => {
            let members = picture.household(id).map(|(_, members)| members).unwrap_or_default();
            let mut all: Vec<Contact> = members
                .iter()
                .filter(|it| !picture.is_frozen(it.id))
                .flat_map(|it| picture.callable_contacts(it.id))
                .collect();
            all.sort_by_key(|it| it.call_order); // stable: within one place, elder by elder
            all
        }
        Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => vec![],
    };
    let mut seen: HashSet<ResponderId> = HashSet::new();
    contacts.retain(|it| it.hears(level) && it.responder.is_none_or(|id| seen.insert(id)));
    contacts.truncate(CONTACTS_MAX);
    contacts
}

/// Whether a row's target may still be told: a contact that has been restricted, or taken out of the register, since the row
/// was written hears nothing, nor does the family of somebody who is believed dead, of whichever case.
pub fn may_hear(picture: &Picture, target: &str) -> bool {
    if let Ok(elder) = target.parse::<ElderId>() {
        return !picture.is_frozen(elder);
    }
    let Ok(contact) = target.parse::<ContactId>() else {
        return true;
    };
    picture
        .elder_of_contact(contact)
        .filter(|elder| !picture.is_frozen(*elder))
        .is_some_and(|elder| picture.callable_contacts(elder).iter().any(|it| it.id == contact))
}

/// Higher goes first. What takes a burden off somebody, or says who leads, overtakes all that waits: a stood-down volunteer
/// on a bicycle hears it before the next case is rung. After that severity, then how soon somebody has to act.
pub fn urgency(severity: Severity, kind: NoticeKind) -> i32 {
    use NoticeKind as N;
    let (first, act) = match kind {
        N::StandDown | N::FamilyFalseAlarm | N::Lead | N::LeadRevoked => (1_000, 50),
        N::OfferEnded => (1_000, 40),
        N::RingDutyLeader | N::RingNextSeat | N::CallLeg => (0, 60),
        N::Offer | N::CallInside | N::RingDesk | N::Prompt120 | N::Prompt119 | N::Prompt110 | N::Referral => (0, 50),
        N::CallLate | N::KeyHolders | N::Support | N::FamilyUrges | N::FamilyAsk => (0, 40),
        N::Provisional | N::Backup => (0, 30),
        N::FollowUpLate | N::ChannelTest | N::FamilySheet | N::FileOpened => (0, 0),
        N::PartnerAlert | N::PartnerUpdate | N::PartnerCancel => (0, 20),
        N::FamilyOpened | N::FamilyRaised | N::FamilyAccepted | N::FamilyArrived | N::FamilyClosed => (0, 10),
    };
    let severity = match severity {
        Severity::Critical => 300,
        Severity::Urgent => 200,
        Severity::Routine => 100,
        Severity::Technical => 0,
    };
    first + severity + act
}

/// A device of the target has the offer that one record of a case has made: the case counts the silence from here. Nothing to do for any
/// other notice; what is said late of an earlier offer says nothing of the one that is open now.
///
/// # Errors
/// The desk's. An offer that has ended meanwhile is none.
pub async fn received(desk: &Desk, of: (CaseId, i64), kind: NoticeKind, target: &str) -> Result<(), DeskError> {
    received_by(desk, of, kind, target, false).await
}

/// As [`received`]; `by_call`: by a voice rather than a screen.
///
/// # Errors
/// As [`received`].
pub async fn received_by(
    desk: &Desk,
    (case, case_version): (CaseId, i64),
    kind: NoticeKind,
    target: &str,
    by_call: bool,
) -> Result<(), DeskError> {
    if kind != NoticeKind::Offer {
        return Ok(());
    }
    let Some((offer, responder)) = offer_of(desk, case, case_version, target).await? else {
        return Ok(());
    };
    let Some(view) = desk.store().case(case).await? else {
        return Ok(());
    };
    let waits = |it: &crate::case::Offer| it.state == OfferState::Open && !it.received;
    if !view.case.offer(offer).is_some_and(waits) {
        return Ok(());
    }
    let command = Command::Received { offer, by_call };
    match desk.handle(case, command, Author::Responder(responder)).await {
        Ok(_) | Err(DeskError::Refused(..)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The offer that was put to a responder by one record of a case: that one, and none that was made before or after it.
///
/// # Errors
/// The store's.
pub async fn offer_of(
    desk: &Desk,
    case: CaseId,
    case_version: i64,
    target: &str,
) -> Result<Option<(OfferId, ResponderId)>, DeskError> {
    let Ok(responder) = target.parse::<ResponderId>() else {
        return Ok(None);
    };
    let rows = desk.store().events(case, case_version.saturating_sub(1), 1).await?;
    let Some(row) = rows.into_iter().find(|it| it.version == case_version) else {
        return Ok(None);
    };
    let Event::Offered { offers, .. } = row.record.event else {
        return Ok(None);
    };
    let theirs = offers.iter().find(|it| it.candidate.responder == responder);
    Ok(theirs.map(|it| (it.id, responder)))
}

/// Nobody can be told by any way: of an offer the case asks the next at once; of whatever else somebody has to act upon or waits for, the
/// case keeps that they were not told, once. What is merely good to know stands in the log of deliveries alone.
///
/// # Errors
/// The desk's. An offer that has ended meanwhile is none.
pub async fn unreached(desk: &Desk, who: &Exhausted) -> Result<(), DeskError> {
    let Ok(kind) = who.kind.parse::<NoticeKind>() else {
        return Ok(());
    };
    let command = match kind {
        NoticeKind::Offer => {
            let Some((offer, _)) = offer_of(desk, who.case, who.case_version, &who.target).await? else {
                return Ok(());
            };
            Command::Unreached { offer }
        }
        // Of an earlier question to the family, when another is being put, there is nothing to pass over.
        NoticeKind::FamilyAsk if !is_last_question(desk, who).await? => return Ok(()),
        _ if is_missed(kind) => Command::NotTold {
            notice: kind,
            target: who.target.clone(),
        },
        _ => return Ok(()),
    };
    // Said twice, by two workers or after a crash, it is one record.
    let once = Once::new("not_told", &[who.telling.as_bytes()], b"not_told");
    match desk
        .handle_with(who.case, command, Author::System, None, Some(once))
        .await
    {
        Ok(_) | Err(DeskError::Refused(..) | DeskError::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether it is the question to the family that a case has put last.
async fn is_last_question(desk: &Desk, who: &Exhausted) -> Result<bool, DeskError> {
    let view = desk.store().case(who.case).await?;
    let last = view.and_then(|it| it.case.family_ask.as_ref()?.tried.last().copied());
    Ok(last.is_some_and(|it| i64::from(it.record) == who.case_version && it.contact.to_string() == who.target))
}

/// A way to somebody was refused by its quota: the case says so, once for each notice, and the next way goes on.
///
/// # Errors
/// The desk's.
pub async fn quota_refused(desk: &Desk, case: CaseId, notice: NoticeId, mark: Command) -> Result<(), DeskError> {
    let once = Once::new("quota_refused", &[notice.as_uuid().as_bytes()], b"quota_refused");
    match desk.handle_with(case, mark, Author::System, None, Some(once)).await {
        Ok(_) | Err(DeskError::Refused(..) | DeskError::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the case has to know that somebody has not heard of it.
const fn is_missed(kind: NoticeKind) -> bool {
    use NoticeKind as N;
    match kind {
        N::Offer | N::Lead | N::LeadRevoked | N::StandDown | N::CallLate | N::CallInside => true,
        N::CallLeg => true,
        N::RingDesk | N::RingDutyLeader | N::RingNextSeat | N::Prompt120 | N::Prompt119 | N::Prompt110 => true,
        N::Referral | N::Support | N::KeyHolders | N::FamilyUrges | N::FollowUpLate => true,
        N::FamilyAsk | N::FamilyOpened | N::FamilyRaised | N::FileOpened => true,
        // A family that has heard of the beginning worries until it hears the rest: somebody phones.
        N::FamilyAccepted | N::FamilyArrived | N::FamilyClosed | N::FamilyFalseAlarm => true,
        N::Provisional | N::Backup | N::OfferEnded | N::ChannelTest | N::FamilySheet => false,
        // A system that is not there holds its row; nobody is missed.
        N::PartnerAlert | N::PartnerUpdate | N::PartnerCancel => false,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::case::{self, Alert, Kind, Opening, PlanSet};
    use crate::ids::AlertId;

    fn opened(drill: bool) -> Decision {
        let set: PlanSet = toml::from_str(include_str!("../case/plans/test-seconds.toml")).unwrap();
        let plan = Arc::new(set.plan_for(Kind::Sos, &Default::default(), 12));
        let alert = Alert {
            id: AlertId::new(Uuid::from_u128(1)),
            kind: Kind::Sos,
            severity: Severity::Critical,
            late: false,
            voice_path: true,
        };
        let opening = Opening {
            case: CaseId::new(Uuid::from_u128(2)),
            alert,
            subject: Subject::Elder(ElderId::new(Uuid::from_u128(3))),
            lane: Kind::Sos.lane(),
            part: None,
            linked: None,
            inside: vec![],
            drill,
            wishing: None,
            turn_at: None,
        };
        case::open(&opening, &plan, Author::System, Timestamp::UNIX_EPOCH)
    }

    /// Whatever the core asks for, and whoever it is for.
    #[test]
    fn an_exercise_has_no_row() {
        let routes = [Route {
            channel: "webhook:a".to_owned(),
            kinds: None,
            partner: None,
        }];
        let rows_of = |drill| {
            rows(
                &Picture::default(),
                &routes,
                &Carriers::default(),
                None,
                &opened(drill),
                "120114001001001",
            )
        };
        assert!(rows_of(true).is_empty());
        assert!(rows_of(false).iter().any(|it| it.target == "desk"));
    }

    #[test]
    fn quiet_hours_hold_what_is_not_critical_until_their_end() {
        let carriers = Carriers {
            utc_offset_hours: 8,
            ..Carriers::default()
        };
        let choices = FamilyChoices {
            quiet: Some(QuietHours { from: 22, to: 7 }),
            ..FamilyChoices::default()
        };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (severity, now, until) in [
            (
                Severity::Urgent,
                "2026-03-01T23:30:00+08:00",
                Some("2026-03-02T07:00:00+08:00"),
            ),
            (
                Severity::Urgent,
                "2026-03-01T03:30:00+08:00",
                Some("2026-03-01T07:00:00+08:00"),
            ),
            (Severity::Urgent, "2026-03-01T07:00:00+08:00", None),
            (Severity::Critical, "2026-03-01T03:30:00+08:00", None),
        ] {
            assert_eq!(carriers.held_until(&choices, severity, at(now)), until.map(at), "{now}");
        }
    }

    #[test]
    fn an_id_follows_from_case_step_person_and_channel() {
        let case = CaseId::new(Uuid::from_u128(2));
        let one = notice_id(case, "4:offer", "resp_1", "webhook:a");
        assert_eq!(one, notice_id(case, "4:offer", "resp_1", "webhook:a"));
        for (step, target, channel) in [
            ("5:offer", "resp_1", "webhook:a"),
            ("4:offer", "resp_2", "webhook:a"),
            ("4:offer", "resp_1", "webhook:b"),
        ] {
            assert_ne!(one, notice_id(case, step, target, channel));
        }
        assert_ne!(
            one,
            notice_id(CaseId::new(Uuid::from_u128(9)), "4:offer", "resp_1", "webhook:a")
        );
    }
}
