//! One letter by one carrier: whose addresses, booked against the quota, worded and handed over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use super::hold::Hold;
use super::letter::{Address, Carrier, Handed, Letter, Opened, Values};
use super::limits::{self, Limits};
use super::link::link_of;
use super::offices::Offices;
use super::outbox::LEASE_OVER;
use super::replies::{KEYS, Replies};
use super::stale::{self, Now};
use crate::case::{NoticeKind, Place};
use crate::dispatch::tell::CIVIL_AFFAIRS;
use crate::dispatch::{Desk, Picture};
use crate::ids::{ElderId, NoticeId, PushId};
use crate::people::{AreaCode, Language, Outline, Phone, Reached, Role, Staff, Way};
use crate::store::cases::{CaseView, Claimed, LetterDone, LetterRow, LetterState, telling_id};
use crate::store::{Booking, ElderField, Limit, StoreError};

/// How long addresses are begun with within one try of a row: well inside the lease that it is held by.
const TURN_MAX: SignedDuration = SignedDuration::from_secs(8);

/// What the outbox needs to send letters.
pub struct Post {
    /// The carriers that are there.
    pub carriers: Vec<Arc<dyn Carrier>>,
    /// Where cases change.
    pub desk: Desk,
    /// What each may be used.
    pub limits: Limits,
    /// Who is called as the civil-affairs office of an area.
    pub civil_affairs: Offices,
    /// The address of this service, for links; none: letters have none.
    pub public_url: Option<String>,
    /// What follows from what comes back.
    pub replies: Replies,
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Carried {
    /// The provider took it.
    Taken,
    /// The receiver has it.
    Received,
    /// Not now.
    Later {
        /// How long the provider asks us to wait.
        after: Option<Duration>,
        /// Why.
        why: String,
        /// Somebody of those whom it was for has been told.
        some: bool,
    },
    /// Not by this way.
    Refused {
        /// Why.
        why: String,
    },
    /// The case has moved on while the letter waited for its turn.
    Over,
}

/// Where one letter may go.
pub(super) struct Stop {
    pub(super) id: NoticeId,
    pub(super) address: Address,
    /// Keyed hash of the address; none: the carrier's own.
    pub(super) callee: Option<Vec<u8>>,
    pub(super) language: Language,
    /// Whose address it is; none: the carrier's own.
    who: Option<Reached>,
    /// One of several who are told by a role.
    by_role: bool,
    push: Option<PushId>,
}

impl Stop {
    fn row(&self, carrier: &dyn Carrier, state: LetterState) -> LetterRow {
        LetterRow {
            id: self.id,
            channel: carrier.name().to_owned(),
            proof: None,
            callee: self.callee.clone().filter(|_| carrier.way().is_telephone()),
            whom: self.who.filter(|_| self.by_role).map(|it| it.to_string()),
            state,
            why: None,
        }
    }
}

/// What a try of a row is made with.
#[derive(Clone, Copy)]
pub(super) struct Try<'a> {
    /// By whom.
    pub(super) carrier: &'a dyn Carrier,
    /// How many letters of this carrier may be on their way at once.
    pub(super) lines: &'a Semaphore,
    /// The row.
    pub(super) row: &'a Claimed,
    /// That it is ours.
    pub(super) hold: &'a Hold,
    /// What is told.
    pub(super) kind: NoticeKind,
    /// Its case, if it reads back.
    pub(super) case: Option<&'a CaseView>,
    /// From then on it would mislead.
    pub(super) useful_until: Timestamp,
}

/// What came of one person, and of each of their addresses.
struct Person {
    came: Carried,
    letters: Vec<LetterRow>,
}

impl Person {
    /// Why a quota has refused one of their addresses, whatever the others came to.
    fn over_quota(&self) -> Option<&str> {
        let refused = self.letters.iter().filter(|it| it.state == LetterState::Failed);
        refused
            .filter_map(|it| it.why.as_deref())
            .find(|it| limits::is_quota(it))
    }

    const fn is_told(&self) -> bool {
        matches!(self.came, Carried::Taken | Carried::Received)
    }
}

/// What came of one try of a row.
pub(super) struct Tried {
    /// Of the row.
    pub(super) came: Carried,
    /// What is to be written beside it.
    pub(super) done: LetterDone,
    /// Why a quota has refused somebody of those whom it was for, or one of their telephones.
    pub(super) over_quota: Option<String>,
}

/// The name of an area down to the community: a grid's is close to an address.
pub(super) fn area_name(picture: &Picture, code: &str) -> Option<String> {
    let community = code.get(..12).unwrap_or(code);
    let code: AreaCode = community.parse().ok()?;
    picture.area_name(code)
}

impl Post {
    /// One try.
    ///
    /// Persons all at once, and of each person browsers and mailboxes at once: a service that does not answer costs the others no time.
    /// Telephones of one person one after the other, until one has taken it: one rings, and not all of them. Who has been told by
    /// an earlier try is not told again.
    pub(super) async fn carry(&self, it: Try<'_>) -> Tried {
        let (carrier, row) = (it.carrier, it.row);
        let mut done = LetterDone {
            channel: carrier.name().to_owned(),
            telling: telling_id(row.case, &row.step, &row.target),
            ..LetterDone::default()
        };
        let nothing = |came: Carried, done: LetterDone| Tried {
            came,
            done,
            over_quota: None,
        };
        if let Some(why) = carrier.disabled() {
            return nothing(Carried::Refused { why }, done);
        }
        let read = async {
            let places = self.places(carrier, row).await?;
            // Of the first try there is nothing yet.
            let known = match row.attempts {
                0 | 1 => BTreeMap::new(),
                _ => self.desk.store().letters_of(row.id).await?,
            };
            Ok::<_, StoreError>((places, known))
        };
        let (places, known) = match read.await {
            Ok(it) => it,
            Err(error) => {
                tracing::warn!(notice.id = %row.id, %error, "an address could not be read");
                return nothing(later("the address could not be read"), done);
            }
        };
        let mut persons: Vec<Vec<Stop>> = Vec::new();
        for place in places {
            match persons
                .iter_mut()
                .find(|all| all.first().is_some_and(|one| one.who == place.who))
            {
                Some(all) => all.push(place),
                None => persons.push(vec![place]),
            }
        }
        let began = self.desk.clock().now();
        let work = persons.into_iter().map(|all| self.tell_person(it, all, &known, began));
        let told = futures_util::future::join_all(work).await;
        let (mut result, mut over_quota) = (None, None);
        let mut whom: Vec<String> = known
            .values()
            .filter(|it| it.state.is_told())
            .filter_map(|it| it.whom.clone())
            .collect();
        for person in told {
            if let Some(why) = person.over_quota() {
                // Of several of one role the others' calls say nothing of theirs.
                done.goes_on |= !person.is_told();
                over_quota = Some(why.to_owned());
            }
            for letter in &person.letters {
                if letter.state.is_told() {
                    whom.extend(letter.whom.clone());
                    done.proof = done.proof.take().or_else(|| letter.proof.clone());
                    done.callee = done.callee.take().or_else(|| letter.callee.clone());
                }
            }
            done.letters.extend(person.letters);
            result = Some(match result {
                Some(before) => together(before, person.came),
                None => person.came,
            });
        }
        // Where the row says it all there is nothing to keep: one browser, one mailbox, a robot's group.
        let more = |it: &LetterRow| it.proof.is_some() || it.whom.is_some() || it.callee.is_some();
        if done.letters.len() == 1 && !done.letters.iter().any(more) {
            done.letters.clear();
        }
        whom.sort_unstable();
        whom.dedup();
        if !whom.is_empty() {
            done.whom = Some(whom.join(","));
        }
        Tried {
            came: result.unwrap_or_else(|| refused("no address on file")),
            done,
            over_quota,
        }
    }

    /// One person, at all their addresses.
    async fn tell_person(
        &self,
        it: Try<'_>,
        places: Vec<Stop>,
        known: &BTreeMap<NoticeId, LetterRow>,
        began: Timestamp,
    ) -> Person {
        let of = |place: &Stop| known.get(&place.id);
        let mut person = Person {
            came: refused("no address on file"),
            letters: vec![],
        };
        if places.iter().filter_map(of).any(|it| it.state.is_told()) {
            person.came = Carried::Taken;
            return person;
        }
        let failed = places.iter().filter_map(of).rfind(|it| it.state == LetterState::Failed);
        if let Some(why) = failed.and_then(|it| it.why.clone()) {
            person.came = Carried::Refused { why };
        }
        let left = places
            .into_iter()
            .filter(|place| of(place).is_none_or(|it| it.state != LetterState::Failed));
        if !it.carrier.way().is_telephone() {
            let work = left.map(|place| self.tell_place(it, place, began));
            for (letter, came) in futures_util::future::join_all(work).await {
                person.letters.push(letter);
                person.came = better(person.came, came);
            }
            return person;
        }
        let mut told = false;
        for place in left {
            if told {
                person.letters.push(place.row(it.carrier, LetterState::Spare));
                continue;
            }
            let (letter, came) = self.tell_place(it, place, began).await;
            told = letter.state.is_told();
            person.letters.push(letter);
            person.came = better(person.came, came);
        }
        person
    }

    /// One address: the letter as it stands then, and what that means.
    async fn tell_place(&self, it: Try<'_>, place: Stop, began: Timestamp) -> (LetterRow, Carried) {
        let mut letter = place.row(it.carrier, LetterState::Handed);
        // A row has a slot of its carrier's, its letters have connections: a role of thirty holds no more of them than one person.
        let line = it.lines.acquire().await;
        if self.desk.clock().now().duration_since(began) >= TURN_MAX {
            // The row is ours for a lease only: the rest is for the next try.
            letter.state = LetterState::Spare;
            return (letter, later("its turn has not come"));
        }
        let push = place.push;
        let (came, proof) = self.hand_over(it, place, &letter).await;
        drop(line);
        if let Some(id) = push
            && came == Come::Gone
        {
            self.forget(id).await;
        }
        letter.proof = proof;
        letter.state = match &came {
            Come::As(Carried::Taken) => LetterState::Taken,
            Come::As(Carried::Received) => LetterState::Received,
            Come::As(Carried::Later { .. }) => LetterState::Handed,
            Come::As(Carried::Refused { .. } | Carried::Over) | Come::Gone => LetterState::Failed,
        };
        let came = Carried::from(came);
        letter.why = match &came {
            Carried::Refused { why } => Some(why.clone()),
            Carried::Over => Some("the case has moved on".to_owned()),
            _ => letter.why,
        };
        (letter, came)
    }

    async fn hand_over(&self, it: Try<'_>, place: Stop, before: &LetterRow) -> (Come, Option<String>) {
        let Try {
            carrier,
            row,
            kind,
            case,
            ..
        } = it;
        let store = self.desk.store();
        let unread = |error: StoreError, why: &str| {
            tracing::warn!(notice.id = %row.id, %error, why);
            (Come::As(later(why)), None)
        };
        let link = match self.link(kind, row, &place.address) {
            Ok(link) => link,
            Err(error) => return unread(error, "the keys could not be read"),
        };
        let is_telephone = carrier.way().is_telephone();
        // It may have waited for a line, or for another telephone of theirs: nobody is rung for what has been taken meanwhile.
        if is_telephone && self.has_moved_on(row, kind).await {
            return (Come::As(Carried::Over), None);
        }
        let begun = is_telephone.then(|| (row.id, before.clone()));
        let booking = booking_of(carrier, before.id, row.attempts);
        match self.book(carrier, booking, place.callee.as_deref(), begun).await {
            Ok(None) => {}
            Ok(Some(limit)) => {
                let why = limits::words(limit);
                return (Come::As(Carried::Refused { why }), None);
            }
            Err(error) => return unread(error, "the quota could not be booked"),
        }
        let now = self.desk.clock().now();
        let letter = Letter {
            id: place.id,
            notice: row.id,
            case: row.case,
            case_version: row.case_version,
            area_code: row.area_code.clone(),
            kind,
            step: row.step.clone(),
            target: row.target.clone(),
            address: place.address,
            language: place.language,
            values: Values {
                case_number: case.map(|it| it.number.to_string()),
                area_name: area_name(self.desk.picture(), &row.area_code),
                severity: case.map(|it| it.case.severity),
                minutes: case.and_then(|it| minutes(it, kind, now)),
                link,
                opened: case.and_then(|it| self.opened(it, kind)),
                sheet: None,
                // An office has no account: it takes nothing by a key.
                keys: (carrier.hears() && row.target != CIVIL_AFFAIRS && takes_a_key(kind, carrier.way()))
                    .then_some(KEYS),
            },
            drill: case.is_some_and(|it| it.case.drill),
            made_at: row.made_at,
            useful_until: it.useful_until,
            now,
            attempt: row.attempts.max(1),
        };
        // It may have waited for a line, a quota or the database for longer than it is ours.
        let handed = if it.hold.lasts(self.desk.clock().now()) {
            carrier.hand_over(&letter).await
        } else {
            Handed::PutOff {
                after: None,
                why: LEASE_OVER.to_owned(),
            }
        };
        // What the provider did not want has not left; whether what was cut off has, nobody knows.
        let stayed = matches!(
            handed,
            Handed::Gone { .. } | Handed::Refused { .. } | Handed::PutOff { .. }
        );
        let (came, proof) = Come::of(handed);
        if stayed
            && !self.limits.of(carrier.name(), carrier.way()).is_empty()
            && let Err(error) = store.release_quota(booking.as_uuid()).await
        {
            tracing::warn!(notice.id = %row.id, %error, "a booking could not be given back");
        }
        (came, proof)
    }

    /// What is said of a file that was opened.
    fn opened(&self, view: &CaseView, kind: NoticeKind) -> Option<Opened> {
        if kind != NoticeKind::FileOpened {
            return None;
        }
        let marks = &view.case.file;
        let first = marks.first()?;
        let one = |all: Vec<&'static str>| match all.first() {
            Some(word) if all.iter().all(|it| it == word) => (*word).to_owned(),
            _ => "several".to_owned(),
        };
        let offset = jiff::tz::Offset::from_hours(self.desk.plans().utc_offset_hours).unwrap_or(jiff::tz::Offset::UTC);
        Some(Opened {
            what: one(marks.iter().map(|it| it.part.as_str()).collect()),
            at: offset.to_datetime(first.at).strftime("%m-%d %H:%M").to_string(),
            by: one(marks.iter().map(|it| it.role.as_str()).collect()),
        })
    }

    /// Whether there is nothing more to tell. A case that does not read is told of: unknown is alarm.
    async fn has_moved_on(&self, row: &Claimed, kind: NoticeKind) -> bool {
        let view = self.desk.store().case(row.case).await.ok().flatten();
        view.is_some_and(|it| stale::look(&it.case, kind, &row.target) == Now::MovedOn)
    }

    /// Books a use of a carrier for one letter, and writes the letter down with it; the limit that would be passed, if one would be.
    pub(super) async fn book(
        &self,
        carrier: &dyn Carrier,
        id: NoticeId,
        callee: Option<&[u8]>,
        letter: Option<(NoticeId, LetterRow)>,
    ) -> Result<Option<Limit>, StoreError> {
        let limits = self.limits.of(carrier.name(), carrier.way());
        if limits.is_empty() && letter.is_none() {
            return Ok(None);
        }
        let booking = (!limits.is_empty()).then(|| Booking {
            id: id.as_uuid(),
            channel: carrier.name().to_owned(),
            callee: callee.map(<[u8]>::to_vec).unwrap_or_default(),
        });
        let now = self.desk.clock().now();
        let passed = self.desk.store().book_quota(booking, limits, letter, now).await?;
        if passed.is_some() {
            let channel = carrier.name().to_owned();
            metrics::counter!("ecd_notify_quota_refused_total", "channel" => channel).increment(1);
        }
        Ok(passed)
    }

    /// Where somebody of the staff is tried by one carrier.
    pub(super) async fn try_places(
        &self,
        carrier: &dyn Carrier,
        who: Reached,
        run: NoticeId,
    ) -> Result<Vec<Stop>, StoreError> {
        let found = self.addresses_of(carrier.way(), who, run, false).await?;
        self.named(carrier, run, found)
    }

    /// The carrier's own address, in a run.
    pub(super) const fn fixed_place(&self, run: NoticeId) -> Stop {
        Stop {
            id: run,
            address: Address::Fixed,
            callee: None,
            language: Language::ZhCn,
            who: None,
            by_role: false,
            push: None,
        }
    }

    /// By what somebody who gets a try may say so: the link of its page, and on a telephone whose keys are heard any key.
    pub(super) fn confirmation(&self, carrier: &dyn Carrier, id: NoticeId) -> Result<Values, StoreError> {
        let base = self.public_url.as_deref();
        let link = base.map(|it| link_of(self.desk.store(), it, id)).transpose()?;
        Ok(Values {
            link,
            keys: (carrier.way() == Way::Voice && carrier.hears()).then_some(KEYS),
            ..Values::default()
        })
    }

    /// The keyed hash of an address; none: the carrier's own.
    fn hash(&self, address: &Address) -> Result<Option<Vec<u8>>, StoreError> {
        let keys = self.desk.store().keys()?;
        Ok(match address {
            Address::Phone(phone) => Some(keys.phone_hash(phone.reveal())),
            Address::Mailbox(text) | Address::Member(text) => Some(keys.search_hash("notice_address", text)),
            Address::Push(push) => Some(keys.search_hash("notice_address", &push.endpoint)),
            Address::Fixed => None,
        })
    }

    /// The link that answers an offer, or the question to a contact.
    fn link(&self, kind: NoticeKind, row: &Claimed, address: &Address) -> Result<Option<String>, StoreError> {
        match (&self.public_url, kind) {
            // Whoever opens it answers for that person: it goes to nobody else's eyes, and not to a group or on paper.
            (Some(base), NoticeKind::Offer | NoticeKind::FamilyAsk) if !matches!(address, Address::Fixed) => {
                Ok(Some(link_of(self.desk.store(), base, row.id)?))
            }
            _ => Ok(None),
        }
    }

    /// The push service knows this browser no more.
    async fn forget(&self, id: PushId) {
        let now = self.desk.clock().now();
        match self.desk.store().end_push(id, None, "gone", now).await {
            Ok(Some((who, outline))) => self.desk.picture().put_outline(who, outline),
            Ok(None) => {}
            // It is asked once more by the next letter, and is gone then too.
            Err(error) => tracing::warn!(push.id = %id, %error, "a subscription that is gone could not be ended"),
        }
    }

    /// Where a row may go, each with its letter's id; the same address once.
    async fn places(&self, carrier: &dyn Carrier, row: &Claimed) -> Result<Vec<Stop>, StoreError> {
        let found = self.addresses(carrier.way(), row).await?;
        self.named(carrier, row.id, found)
    }

    fn named(&self, carrier: &dyn Carrier, notice: NoticeId, found: Vec<Stop>) -> Result<Vec<Stop>, StoreError> {
        let mut places: Vec<Stop> = Vec::with_capacity(found.len());
        for mut place in found {
            place.callee = self.hash(&place.address)?;
            place.id = letter_id(notice, carrier.name(), place.callee.as_deref());
            // Two leaders with one telephone are told once.
            if places.iter().all(|it| it.id != place.id) {
                places.push(place);
            }
        }
        Ok(places)
    }

    async fn addresses(&self, way: Way, row: &Claimed) -> Result<Vec<Stop>, StoreError> {
        let picture = self.desk.picture();
        if way.is_fixed() {
            return Ok(vec![Stop {
                id: row.id,
                address: Address::Fixed,
                callee: None,
                language: Language::ZhCn,
                who: None,
                by_role: false,
                push: None,
            }]);
        }
        if row.target == CIVIL_AFFAIRS {
            let phones = self
                .civil_affairs
                .of(&row.area_code)
                .iter()
                .filter(|_| way.is_telephone());
            let place = |it: &Phone| Stop {
                id: row.id,
                address: Address::Phone(it.clone()),
                callee: None,
                language: Language::ZhCn,
                who: None,
                by_role: false,
                push: None,
            };
            return Ok(phones.map(place).collect());
        }
        if let Some(who) = picture.reached_of(&row.target) {
            // A contact's telephones are their own, also where the rest is a responder's.
            let own = row.target.parse().ok().unwrap_or(who);
            let who = if way.is_telephone() { own } else { who };
            return self.addresses_of(way, who, row.id, false).await;
        }
        if let Ok(elder) = row.target.parse::<ElderId>() {
            return self.addresses_of_elder(way, elder, row.id).await;
        }
        let Ok(area) = row.area_code.parse::<AreaCode>() else {
            return Ok(vec![]);
        };
        let mut found = Vec::new();
        for it in staff(picture, &row.target, area) {
            found.extend(self.addresses_of(way, it.reached(), row.id, true).await?);
        }
        Ok(found)
    }

    /// An elder has telephones and nothing else, and no page on which they would have chosen a language.
    async fn addresses_of_elder(&self, way: Way, elder: ElderId, id: NoticeId) -> Result<Vec<Stop>, StoreError> {
        if !way.is_telephone() {
            return Ok(vec![]);
        }
        let found = self.desk.store().elder_secrets(elder, &[ElderField::Phones]).await?;
        let phones = found.unwrap_or_default().phones;
        let place = |phone: Phone| Stop {
            id,
            address: Address::Phone(phone),
            callee: None,
            language: Language::ZhCn,
            who: None,
            by_role: false,
            push: None,
        };
        Ok(phones.into_iter().map(place).collect())
    }

    async fn addresses_of(&self, way: Way, who: Reached, id: NoticeId, by_role: bool) -> Result<Vec<Stop>, StoreError> {
        let store = self.desk.store();
        let outline = self.desk.picture().outline(who);
        let outline: &Outline = &outline.map(|it| it.as_ref().clone()).unwrap_or_default();
        let language = outline.language.unwrap_or(Language::ZhCn);
        let place = |address: Address, push: Option<PushId>| Stop {
            id,
            address,
            callee: None,
            language,
            who: Some(who),
            by_role,
            push,
        };
        Ok(match way {
            Way::Sms | Way::Voice => {
                let phones: Vec<Phone> = match who {
                    Reached::Responder(id) => store.responder_secrets(id).await?.unwrap_or_default().phones,
                    Reached::Contact(id) => store.contact_secrets(id).await?.unwrap_or_default().phones,
                    Reached::Account(_) => store.reach(who).await?.phones,
                };
                phones.into_iter().map(|it| place(Address::Phone(it), None)).collect()
            }
            Way::WebPush => {
                let all = store.push_subscriptions(who).await?;
                all.into_iter()
                    .map(|it| place(Address::Push(it.address), Some(it.id)))
                    .collect()
            }
            Way::Email => {
                let mailbox = store.reach(who).await?.mailbox;
                let address = mailbox.map(|it| Address::Mailbox(it.reveal().to_owned()));
                address.into_iter().map(|it| place(it, None)).collect()
            }
            Way::WecomApp => {
                let member = store.reach(who).await?.wecom_member;
                let address = member.map(|it| Address::Member(it.reveal().to_owned()));
                address.into_iter().map(|it| place(it, None)).collect()
            }
            Way::WechatTemplate => {
                let follower = store.reach(who).await?.wechat_follower;
                let address = follower.map(|it| Address::Member(it.reveal().to_owned()));
                address.into_iter().map(|it| place(it, None)).collect()
            }
            Way::WecomRobot | Way::DingtalkRobot | Way::FeishuRobot | Way::Webhook | Way::Print => vec![],
        })
    }
}

/// Who is meant by a role, for an area.
fn staff(picture: &Picture, target: &str, area: AreaCode) -> Vec<Staff> {
    match target {
        "duty_leader" => picture.staff(Role::DutyLeader, area),
        "desk" | "next_seat" => picture.staff(Role::Dispatcher, area),
        _ => vec![],
    }
}

/// A key answers an offer or the question to a contact, and takes a case that nobody at the desk has taken.
pub(super) const fn asks_for_a_key(kind: NoticeKind) -> bool {
    matches!(
        kind,
        NoticeKind::Offer
            | NoticeKind::FamilyAsk
            | NoticeKind::RingDutyLeader
            | NoticeKind::RingNextSeat
            | NoticeKind::CallLeg
    )
}

/// Whether a letter says which key answers it. Of a beginning a call does: that somebody has picked up is no proof that they know.
const fn takes_a_key(kind: NoticeKind, way: Way) -> bool {
    let begins = matches!(kind, NoticeKind::FamilyOpened | NoticeKind::FamilyRaised);
    (asks_for_a_key(kind) && way.is_telephone()) || (begins && matches!(way, Way::Voice))
}

/// Minutes until somebody is at the door, for those who wait for them.
fn minutes(view: &CaseView, kind: NoticeKind, now: Timestamp) -> Option<u32> {
    if kind != NoticeKind::FamilyAccepted {
        return None;
    }
    let coming = view.case.assignments.iter().filter(|it| it.place == Place::Lead);
    let at = coming.filter_map(|it| it.eta_at).min()?;
    let seconds = at.duration_since(now).as_secs().max(0);
    u32::try_from((seconds + 59) / 60).ok()
}

/// What one address said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Come {
    As(Carried),
    Gone,
}

impl Come {
    /// What the carrier has said, and the provider's number.
    pub(super) fn of(handed: Handed) -> (Self, Option<String>) {
        match handed {
            Handed::Taken { proof } => (Self::As(Carried::Taken), proof),
            Handed::Received { proof } => (Self::As(Carried::Received), proof),
            Handed::Later { after, why } | Handed::PutOff { after, why } => {
                let some = false;
                (Self::As(Carried::Later { after, why, some }), None)
            }
            Handed::Refused { why } => (Self::As(Carried::Refused { why }), None),
            Handed::Gone { .. } => (Self::Gone, None),
        }
    }

    /// Whether it may go better at another time.
    pub(super) const fn is_later(&self) -> bool {
        matches!(self, Self::As(Carried::Later { .. }))
    }

    /// How the letter stands after a try that is not made again, and why.
    pub(super) fn letter(self) -> (LetterState, Option<String>) {
        match Carried::from(self) {
            Carried::Taken => (LetterState::Taken, None),
            Carried::Received => (LetterState::Received, None),
            Carried::Later { why, .. } | Carried::Refused { why } => (LetterState::Failed, Some(why)),
            Carried::Over => (LetterState::Failed, None), // of no case, and so of none that moves
        }
    }
}

impl From<Come> for Carried {
    fn from(it: Come) -> Self {
        match it {
            Come::As(it) => it,
            Come::Gone => Self::Refused {
                why: "the address is no more".to_owned(),
            },
        }
    }
}

fn refused(why: &str) -> Carried {
    Carried::Refused { why: why.to_owned() }
}

fn later(why: &str) -> Carried {
    Carried::Later {
        after: None,
        why: why.to_owned(),
        some: false,
    }
}

/// Of two addresses of one person the one that has it counts, then the one that may have it yet.
fn better(one: Carried, other: Carried) -> Carried {
    let rank = |it: &Carried| match it {
        Carried::Received => 4,
        Carried::Taken => 3,
        Carried::Over => 2,
        Carried::Later { .. } => 1,
        Carried::Refused { .. } => 0,
    };
    if rank(&one) > rank(&other) { one } else { other }
}

/// Of two persons of one role: a receipt ends it, and else who may be told yet is tried once more.
fn together(one: Carried, other: Carried) -> Carried {
    match (one, other) {
        (Carried::Received, _) | (_, Carried::Received) => Carried::Received,
        // It has moved on for whoever is left.
        (Carried::Over, Carried::Taken) | (Carried::Taken, Carried::Over) => Carried::Taken,
        (Carried::Over, Carried::Later { some: true, .. }) | (Carried::Later { some: true, .. }, Carried::Over) => {
            Carried::Taken
        }
        (Carried::Over, _) | (_, Carried::Over) => Carried::Over,
        (Carried::Later { after, why, some }, other) | (other, Carried::Later { after, why, some }) => Carried::Later {
            after,
            why,
            some: some || matches!(other, Carried::Taken | Carried::Later { some: true, .. }),
        },
        (Carried::Taken, _) | (_, Carried::Taken) => Carried::Taken,
        (it @ Carried::Refused { .. }, Carried::Refused { .. }) => it,
    }
}

/// What a letter books. Where a further try may ring a telephone once more each try books anew, and what the earlier ones have booked
/// stands; elsewhere the letter has one booking, which moves along.
fn booking_of(carrier: &dyn Carrier, letter: NoticeId, attempts: u32) -> NoticeId {
    if carrier.way().is_telephone() && !carrier.knows_repeats() {
        NoticeId::derive(letter.as_uuid(), &format!("try {attempts}"))
    } else {
        letter
    }
}

/// Follows from row, carrier and address; of the carrier's own address it is the row's.
fn letter_id(row: NoticeId, carrier: &str, address: Option<&[u8]>) -> NoticeId {
    let Some(address) = address else { return row };
    let name: String = address.iter().map(|it| format!("{it:02x}")).collect();
    NoticeId::derive(row.as_uuid(), &format!("{carrier}\n{name}"))
}
