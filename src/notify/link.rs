//! Links that answer an offer, or the question to a contact, without log-in: the token follows from the notice, so the same letter has the same link at every try,
//! and opens that one question to that person and nothing else.
//!
//! Looking changes nothing: fetchers of previews look. The answer is given once, by a POST.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::replies::{Answer, Answered, Replies};
use crate::case::{NoticeKind, OfferState, Severity};
use crate::dispatch::{DeskError, tell};
use crate::ids::NoticeId;
use crate::people::Language;
use crate::store::channel_tests::ChannelTest;
use crate::store::{KeyRing, Store, StoreError};

/// Bytes of the keyed hash that stand in a token.
const PROOF_BYTES: usize = 16;

/// The token of a notice.
pub fn token(keys: &KeyRing, id: NoticeId) -> String {
    let mut bytes = id.as_uuid().as_bytes().to_vec();
    bytes.extend_from_slice(&proof(keys, id));
    URL_SAFE_NO_PAD.encode(bytes)
}

fn proof(keys: &KeyRing, id: NoticeId) -> Vec<u8> {
    let mut hash = keys.search_hash("notice_link", &id.to_string());
    hash.truncate(PROOF_BYTES);
    hash
}

/// The notice of a token; none: it is none of ours.
fn notice_of(keys: &KeyRing, token: &str) -> Option<NoticeId> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (id, shown) = bytes.split_first_chunk::<16>()?;
    let id = NoticeId::new(Uuid::from_bytes(*id));
    // Guesses are 128 bits; each byte is looked at whatever the others are.
    let wanted = proof(keys, id);
    let same = wanted.len() == shown.len() && wanted.iter().zip(shown).fold(0, |all, (a, b)| all | (a ^ b)) == 0;
    same.then_some(id)
}

/// What a link shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// How it stands.
    pub state: LinkState,
    /// What is asked.
    pub asks: LinkAsks,
    /// How severe the case is.
    pub severity: Severity,
    /// The community's name; never an address.
    pub area_name: Option<String>,
    /// In which language.
    pub language: Language,
}

/// What a link asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkAsks {
    /// Will you go? Of a responder.
    ToGo,
    /// Do you know of it? Of a contact.
    ToKnow,
    /// Has this got to you? Of whoever tries a way: nothing has happened.
    ToConfirm,
}

/// How the offer of a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// It may be answered.
    Open,
    /// They said yes.
    Accepted,
    /// They said no.
    Declined,
    /// It is over, or was answered in another way.
    Over,
}

/// The links. Cheap to clone.
#[derive(Clone)]
pub struct Links {
    replies: Replies,
}

impl Links {
    /// Of one service.
    pub const fn new(replies: Replies) -> Self {
        Self { replies }
    }

    fn store(&self) -> &Store {
        self.replies.desk().store()
    }

    /// What a token shows; none: it is none of ours.
    ///
    /// # Errors
    /// The store's.
    pub async fn look(&self, token: &str) -> Result<Option<Shown>, DeskError> {
        let Some(id) = notice_of(self.store().keys()?, token) else {
            return Ok(None);
        };
        let Some((told, reply)) = self.store().told(id).await? else {
            return Ok(self.store().channel_test(id).await?.map(|it| self.try_shown(&it)));
        };
        let desk = self.replies.desk();
        let Some(view) = desk.store().case(told.case).await? else {
            return Ok(None);
        };
        let asks = if told.kind == NoticeKind::FamilyAsk.as_str() {
            LinkAsks::ToKnow
        } else {
            LinkAsks::ToGo
        };
        let offer = tell::offer_of(desk, told.case, told.case_version, &told.target).await?;
        let state = match reply.as_deref() {
            Some("accepted") => LinkState::Accepted,
            Some("declined") => LinkState::Declined,
            _ if asks == LinkAsks::ToKnow => match self.replies.waits_for(&told).await? {
                true if tell::may_hear(desk.picture(), &told.target) => LinkState::Open,
                _ => LinkState::Over,
            },
            _ => {
                let offer = offer.and_then(|(id, _)| view.case.offer(id));
                let open = told.kind == NoticeKind::Offer.as_str() && view.case.state.is_open();
                match offer.map(|it| it.state) {
                    Some(OfferState::Open) if open => LinkState::Open,
                    Some(OfferState::Accepted) => LinkState::Accepted,
                    Some(OfferState::Declined) => LinkState::Declined,
                    _ => LinkState::Over,
                }
            }
        };
        let picture = desk.picture();
        let outline = picture.reached_of(&told.target).and_then(|it| picture.outline(it));
        Ok(Some(Shown {
            state,
            asks,
            severity: view.case.severity,
            area_name: super::carry::area_name(picture, &view.area_code),
            language: outline.and_then(|it| it.language).unwrap_or(Language::ZhCn),
        }))
    }

    /// A try of a way: whoever got it says so.
    fn try_shown(&self, it: &ChannelTest) -> Shown {
        let picture = self.replies.desk().picture();
        let outline = picture.reached_of(&it.owner).and_then(|it| picture.outline(it));
        Shown {
            state: match it.state.as_str() {
                "received" => LinkState::Accepted,
                _ => LinkState::Open,
            },
            asks: LinkAsks::ToConfirm,
            severity: Severity::Technical,
            area_name: None,
            language: outline.and_then(|it| it.language).unwrap_or(Language::ZhCn),
        }
    }

    /// Answers the offer of a token, once; said again, it stands as it was answered first.
    ///
    /// # Errors
    /// The desk's.
    pub async fn answer(&self, token: &str, answer: Answer) -> Result<Option<Shown>, DeskError> {
        let Some(shown) = self.look(token).await? else {
            return Ok(None);
        };
        let id = notice_of(self.store().keys()?, token);
        let Some(id) = id.filter(|_| shown.state == LinkState::Open) else {
            return Ok(Some(shown));
        };
        if shown.asks == LinkAsks::ToConfirm {
            if answer == Answer::Accept {
                let now = self.replies.desk().clock().now();
                self.store().confirm_channel_test(id, now).await?;
            }
            return self.look(token).await;
        }
        let Some((told, _)) = self.store().told(id).await? else {
            return Ok(None);
        };
        if self.replies.answer(&told, answer).await? == Answered::Done {
            let word = match answer {
                Answer::Accept => "accepted",
                Answer::Decline => "declined",
            };
            let now = self.replies.desk().clock().now();
            self.store().answer_notice(id, word, now).await?;
        }
        self.look(token).await
    }
}

/// The address of a notice's page.
///
/// # Errors
/// The key ring's.
pub(super) fn link_of(store: &Store, base: &str, id: NoticeId) -> Result<String, StoreError> {
    Ok(format!("{}/t/{}", base.trim_end_matches('/'), token(store.keys()?, id)))
}
