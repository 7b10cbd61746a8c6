//! One letter by one carrier: whose addresses, booked against the quota, worded and handed over.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::letter::{Address, Carrier, Handed, Letter, Values};
use super::limits::{self, Limits};
use super::link::link_of;
use super::replies::{KEYS, Replies};
use crate::case::{NoticeKind, Place};
use crate::dispatch::{Desk, Picture};
use crate::ids::{NoticeId, PushId};
use crate::people::{AreaCode, Language, Outline, Phone, Reached, Role, Staff, Way};
use crate::store::cases::{CaseView, Claimed, LetterDone, telling_id};
use crate::store::{Booking, StoreError};

/// How long telephones are tried one after the other within one try of a row: well inside the lease that it is held by.
const TURN_MAX: SignedDuration = SignedDuration::from_secs(8);

/// What the outbox needs to send letters.
pub struct Post {
    /// The carriers that are there.
    pub carriers: Vec<Arc<dyn Carrier>>,
    /// Where cases change.
    pub desk: Desk,
    /// What each may be used.
    pub limits: Limits,
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
    },
    /// Not by this way.
    Refused {
        /// Why.
        why: String,
    },
}

/// Where one letter may go.
struct Stop {
    address: Address,
    language: Language,
    /// Of a role: whose address it is.
    of: Option<Reached>,
    push: Option<PushId>,
}

/// The name of an area down to the community: a grid's is close to an address.
pub(super) fn area_name(picture: &Picture, code: &str) -> Option<String> {
    let community = code.get(..12).unwrap_or(code);
    let code: AreaCode = community.parse().ok()?;
    picture.area_name(code)
}

impl Post {
    /// One try. What is to be written beside the row comes with it.
    pub(super) async fn carry(
        &self,
        carrier: &dyn Carrier,
        row: &Claimed,
        kind: NoticeKind,
        case: Option<&CaseView>,
        useful_until: Timestamp,
    ) -> (Carried, LetterDone) {
        let mut done = LetterDone {
            channel: carrier.name().to_owned(),
            telling: telling_id(row.case, &row.step, &row.target),
            ..LetterDone::default()
        };
        if let Some(why) = carrier.disabled() {
            return (Carried::Refused { why }, done);
        }
        let places = match self.places(carrier.way(), row).await {
            Ok(places) => places,
            Err(error) => {
                tracing::warn!(notice.id = %row.id, %error, "an address could not be read");
                let why = "the address could not be read".to_owned();
                return (Carried::Later { after: None, why }, done);
            }
        };
        let mut result = Carried::Refused {
            why: "no address on file".to_owned(),
        };
        let in_turn = carrier.way().is_telephone();
        let mut whom: Vec<String> = Vec::new();
        let began = self.desk.clock().now();
        let one = |place: Stop| async move {
            let (of, push) = (place.of, place.push);
            let came = self.hand_over(carrier, row, kind, case, useful_until, place).await;
            (of, push, came)
        };
        // Browsers and mailboxes all at once: a service that does not answer costs the others no time. Telephones one after the other.
        let mut at_once = Vec::new();
        let mut waiting = places.into_iter();
        if !in_turn {
            at_once = futures_util::future::join_all(waiting.by_ref().map(one)).await;
        }
        let mut told = at_once.into_iter();
        loop {
            let (of, push, (came, callee, proof)) = match told.next() {
                Some(it) => it,
                None => match waiting.next() {
                    Some(place) => one(place).await,
                    None => break,
                },
            };
            if let Some(id) = push
                && came == Come::Gone
            {
                self.forget(id).await;
            }
            let took = matches!(came, Come::As(Carried::Taken | Carried::Received));
            if took {
                whom.extend(of.map(|it| it.to_string()));
                done.proof = done.proof.take().or(proof);
                done.callee = callee;
            }
            result = better(result, came.into());
            if took && in_turn {
                break; // one telephone rings, and not all of them
            }
            if in_turn && self.desk.clock().now().duration_since(began) >= TURN_MAX {
                break; // the row is ours for a lease only: the rest is for the next try
            }
        }
        if !whom.is_empty() {
            done.whom = Some(whom.join(","));
        }
        (result, done)
    }

    async fn hand_over(
        &self,
        carrier: &dyn Carrier,
        row: &Claimed,
        kind: NoticeKind,
        case: Option<&CaseView>,
        useful_until: Timestamp,
        place: Stop,
    ) -> (Come, Option<Vec<u8>>, Option<String>) {
        let store = self.desk.store();
        let unread = |error: StoreError, why: &str| {
            tracing::warn!(notice.id = %row.id, %error, why);
            Come::As(Carried::Later {
                after: None,
                why: why.to_owned(),
            })
        };
        let (callee, link) = match self.sealed_parts(kind, row, &place.address) {
            Ok(parts) => parts,
            Err(error) => return (unread(error, "the keys could not be read"), None, None),
        };
        let limits = self.limits.of(carrier.name(), carrier.way());
        let booked = (!limits.is_empty()).then(|| {
            let name: String = callee.iter().flatten().map(|it| format!("{it:02x}")).collect();
            let name = format!("{}\n{name}", carrier.name());
            NoticeId::derive(row.id.as_uuid(), &name).as_uuid()
        });
        if let Some(id) = booked {
            let booking = Booking {
                id,
                channel: carrier.name().to_owned(),
                callee: callee.clone().unwrap_or_default(),
            };
            match store.book_quota(booking, limits, self.desk.clock().now()).await {
                Ok(None) => {}
                Ok(Some(limit)) => {
                    let channel = carrier.name().to_owned();
                    metrics::counter!("ecd_notify_quota_refused_total", "channel" => channel).increment(1);
                    let why = limits::words(limit);
                    return (Come::As(Carried::Refused { why }), None, None);
                }
                Err(error) => return (unread(error, "the quota could not be booked"), None, None),
            }
        }
        let now = self.desk.clock().now();
        let is_telephone = carrier.way().is_telephone();
        let letter = Letter {
            id: row.id,
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
                keys: (asks_for_a_key(kind) && is_telephone && carrier.hears()).then_some(KEYS),
            },
            drill: case.is_some_and(|it| it.case.drill),
            made_at: row.made_at,
            useful_until,
            now,
            attempt: row.attempts.max(1),
        };
        let (came, proof) = match carrier.hand_over(&letter).await {
            Handed::Taken { proof } => (Come::As(Carried::Taken), proof),
            Handed::Received { proof } => (Come::As(Carried::Received), proof),
            Handed::Later { after, why } => (Come::As(Carried::Later { after, why }), None),
            Handed::Refused { why } => (Come::As(Carried::Refused { why }), None),
            Handed::Gone { .. } => (Come::Gone, None),
        };
        // What the provider did not want has not left; whether what was cut off has, nobody knows.
        let stayed = matches!(came, Come::Gone | Come::As(Carried::Refused { .. }));
        if let Some(id) = booked.filter(|_| stayed)
            && let Err(error) = store.release_quota(id).await
        {
            tracing::warn!(notice.id = %row.id, %error, "a booking could not be given back");
        }
        (came, callee.filter(|_| is_telephone), proof)
    }

    /// The keyed hash of an address, and the link of an offer.
    fn sealed_parts(
        &self,
        kind: NoticeKind,
        row: &Claimed,
        address: &Address,
    ) -> Result<(Option<Vec<u8>>, Option<String>), StoreError> {
        let store = self.desk.store();
        let keys = store.keys()?;
        let callee = match address {
            Address::Phone(phone) => Some(keys.phone_hash(phone.reveal())),
            Address::Mailbox(text) | Address::Member(text) => Some(keys.search_hash("notice_address", text)),
            Address::Push(push) => Some(keys.search_hash("notice_address", &push.endpoint)),
            Address::Fixed => None,
        };
        let link = match (&self.public_url, kind) {
            // Whoever opens it answers for that person: it goes to nobody else's eyes, and not to a group or on paper.
            (Some(base), NoticeKind::Offer) if !matches!(address, Address::Fixed) => {
                Some(link_of(store, base, row.id)?)
            }
            _ => None,
        };
        Ok((callee, link))
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

    async fn places(&self, way: Way, row: &Claimed) -> Result<Vec<Stop>, StoreError> {
        let picture = self.desk.picture();
        if way.is_fixed() {
            return Ok(vec![Stop {
                address: Address::Fixed,
                language: Language::ZhCn,
                of: None,
                push: None,
            }]);
        }
        if let Some(who) = picture.reached_of(&row.target) {
            // A contact's telephones are their own, also where the rest is a responder's.
            let own = row.target.parse().ok().unwrap_or(who);
            return self
                .places_of(way, if way.is_telephone() { own } else { who }, false)
                .await;
        }
        let Ok(area) = row.area_code.parse::<AreaCode>() else {
            return Ok(vec![]);
        };
        let mut found = Vec::new();
        for it in staff(picture, &row.target, area) {
            found.extend(self.places_of(way, it.reached(), true).await?);
        }
        Ok(found)
    }

    async fn places_of(&self, way: Way, who: Reached, by_role: bool) -> Result<Vec<Stop>, StoreError> {
        let store = self.desk.store();
        let outline = self.desk.picture().outline(who);
        let outline: &Outline = &outline.map(|it| it.as_ref().clone()).unwrap_or_default();
        let language = outline.language.unwrap_or(Language::ZhCn);
        let of = by_role.then_some(who);
        let place = |address: Address, push: Option<PushId>| Stop {
            address,
            language,
            of,
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

/// A key answers an offer, and takes a case that nobody at the desk has taken.
pub(super) const fn asks_for_a_key(kind: NoticeKind) -> bool {
    matches!(
        kind,
        NoticeKind::Offer | NoticeKind::RingDutyLeader | NoticeKind::RingNextSeat
    )
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
enum Come {
    As(Carried),
    Gone,
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

/// Of two addresses of one person the one that has it counts, then the one that may have it yet.
fn better(one: Carried, other: Carried) -> Carried {
    let rank = |it: &Carried| match it {
        Carried::Received => 3,
        Carried::Taken => 2,
        Carried::Later { .. } => 1,
        Carried::Refused { .. } => 0,
    };
    if rank(&one) > rank(&other) { one } else { other }
}
