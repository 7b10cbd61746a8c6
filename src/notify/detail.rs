//! Whom it is about and where, said on a telephone: only after the key that accepts, to whoever has pressed it, while the call lasts.
//!
//! The first words of a call are for whoever lifts the receiver, and name nobody. The key is the answer of the person whose offer it was;
//! from then on they may know what their screen would show them. No word about health, and no code of a door: those are shown at
//! the door, on a screen, and each look is recorded.

use super::replies::{KEYS, Replies};
use crate::case::{NoticeKind, Subject};
use crate::dispatch::{DeskError, Picture};
use crate::ids::{ContactId, ResponderId};
use crate::people::Language;
use crate::store::cases::{ReportRow, ReportedWord, Told};

/// What is said after a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// In which language.
    pub language: Language,
    /// The words.
    pub text: String,
}

impl Replies {
    /// What whoever has pressed the accepting key may be told now; none: nothing, or nobody can say who has pressed what.
    pub(super) async fn detail(&self, report: &ReportRow) -> Result<Option<Detail>, DeskError> {
        let accepts = report.word == ReportedWord::Key && report.detail == Some(KEYS.0.to_string());
        if !accepts {
            return Ok(None);
        }
        let store = self.desk().store();
        let Some(told) = store.told_by(report).await?.filter(|it| it.sure && it.asked) else {
            return Ok(None);
        };
        let Some(view) = store.case(told.case).await?.filter(|it| !it.case.drill) else {
            return Ok(None);
        };
        let picture = self.desk().picture();
        let language = self.language_of(&told);
        let about = match told.kind.parse() {
            Ok(NoticeKind::Offer) => {
                let who = told.target.parse::<ResponderId>().ok();
                let coming = who
                    .and_then(|it| view.case.assignment(it))
                    .is_some_and(|it| it.is_active());
                coming.then(|| place(picture, view.case.subject)).flatten()
            }
            Ok(NoticeKind::FamilyAsk) => {
                let who = told.target.parse::<ContactId>().ok();
                let confirmed = view.case.family_ask.as_ref().and_then(|it| it.confirmed);
                let theirs = who
                    .is_some_and(|it| confirmed == Some(it) && crate::dispatch::tell::may_hear(picture, &told.target));
                let elder = who.and_then(|it| picture.elder_of_contact(it));
                let named = elder
                    .and_then(|it| picture.elder(it))
                    .map(|it| (Some(it.name.clone()), None));
                named.filter(|_| theirs)
            }
            _ => None,
        };
        Ok(about
            .and_then(|(name, door)| words(language, name.as_deref(), door.as_deref()))
            .map(|text| Detail { language, text }))
    }

    fn language_of(&self, told: &Told) -> Language {
        let picture = self.desk().picture();
        let outline = picture.reached_of(&told.target).and_then(|it| picture.outline(it));
        outline.and_then(|it| it.language).unwrap_or(Language::ZhCn)
    }
}

/// Who it is about, and the door where they are now.
fn place(picture: &Picture, subject: Subject) -> Option<(Option<String>, Option<String>)> {
    match subject {
        Subject::Elder(id) => {
            let elder = picture.elder(id)?;
            let door = elder.door_on(picture.today()).0.to_owned();
            Some((Some(elder.name.clone()), Some(door)))
        }
        Subject::Household(id) => Some((None, Some(picture.household(id)?.0.address.clone()))),
        Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => None,
    }
}

fn words(language: Language, name: Option<&str>, door: Option<&str>) -> Option<String> {
    let text = match (language, name, door) {
        (Language::ZhCn, Some(name), Some(door)) => format!("已收到，您会前往。求助的是{name}，地址是{door}。"),
        (Language::ZhCn, None, Some(door)) => format!("已收到，您会前往。地址是{door}。"),
        (Language::ZhCn, Some(name), None) => format!("已收到，您已知晓。求助的是{name}。"),
        (Language::En, Some(name), Some(door)) => format!("Noted: you are coming. It is {name}, at {door}."),
        (Language::En, None, Some(door)) => format!("Noted: you are coming. The address is {door}."),
        (Language::En, Some(name), None) => format!("Noted: you know of it. It is {name}."),
        (_, None, None) => return None,
    };
    Some(text)
}
