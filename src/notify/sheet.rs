//! The sheet of a month by mail: figures, and a link to the page where the rest stands behind the session.
//!
//! A mail lies open on its way: no name, no address, no kind of alarm and no word about health is in it, whatever the contact may know on
//! their page. Why it is no row of the outbox: decision 111.

use jiff::SignedDuration;

use super::carry::Come;
use super::letter::{Letter, Values};
use super::outbox::Outbox;
use super::{limits, useful_for};
use crate::case::NoticeKind;
use crate::dispatch::tell::may_hear;
use crate::dispatch::told::{Sheet, SheetSent};
use crate::ids::{CaseId, ContactId, NoticeId};
use crate::people::{Reached, Way};
use crate::store::StoreError;
use crate::store::cases::LetterState;

impl Outbox {
    /// Whether anybody is mailed at all.
    pub fn mails(&self) -> bool {
        self.post()
            .is_some_and(|it| it.carriers.iter().any(|one| one.way() == Way::Email))
    }

    /// Sends a contact the sheet of a month. The same month is the same letter at every try.
    ///
    /// # Errors
    /// The store's.
    pub async fn send_sheet(&self, contact: ContactId, sheet: Sheet) -> Result<SheetSent, StoreError> {
        let Some(post) = self.post() else {
            return Ok(SheetSent::Not("no carrier for it".to_owned()));
        };
        let target = contact.to_string();
        if !may_hear(post.desk.picture(), &target) {
            return Ok(SheetSent::Not("they may not be told".to_owned()));
        }
        let run = NoticeId::derive(contact.as_uuid(), &format!("sheet {}", sheet.month));
        let Some(carrier) = post.carriers.iter().find(|it| it.way() == Way::Email) else {
            return Ok(SheetSent::Not("no carrier for it".to_owned()));
        };
        let places = post
            .try_places(carrier.as_ref(), Reached::Contact(contact), run)
            .await?;
        let Some(place) = places.into_iter().next() else {
            return Ok(SheetSent::Not("no address on file".to_owned()));
        };
        if let Some(limit) = post
            .book(carrier.as_ref(), place.id, place.callee.as_deref(), None)
            .await?
        {
            return Ok(SheetSent::Later(limits::words(limit)));
        }
        let now = post.desk.clock().now();
        let kind = NoticeKind::FamilySheet;
        let base = post.public_url.as_deref();
        let letter = Letter {
            id: place.id,
            notice: place.id,
            case: CaseId::new(run.as_uuid()),
            case_version: 0,
            area_code: String::new(),
            kind,
            step: kind.to_string(),
            target,
            address: place.address,
            language: place.language,
            values: Values {
                link: base.map(|it| format!("{}/family", it.trim_end_matches('/'))),
                sheet: Some(sheet),
                ..Values::default()
            },
            drill: false,
            made_at: now,
            useful_until: now + SignedDuration::try_from(useful_for(kind)).unwrap_or_default(),
            now,
            attempt: 1,
        };
        let came = Come::of(carrier.hand_over(&letter).await).0;
        let later = came.is_later();
        Ok(match came.letter() {
            (LetterState::Taken | LetterState::Received, _) => SheetSent::Taken,
            (_, why) if later => SheetSent::Later(why.unwrap_or_default()),
            (_, why) => SheetSent::Not(why.unwrap_or_default()),
        })
    }
}
