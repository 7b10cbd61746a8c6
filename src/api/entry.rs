//! Forced entry (破门): the checklist on a case, and its steps. Whoever stands at the door sees who holds a key; the desk sees all of it.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::commands::{Asked, CommandDto};
use super::problem::{FieldError, Problem};
use super::rights::Seen;
use super::view::Sight;
use super::wire::text;
use crate::case::entry::{Custody, EntryBasis, EntryMeans, EntryNeed, EntryStep, KeyOutcome, WitnessKind};
use crate::case::{Author, Case, Command, Stage, Subject};
use crate::dispatch::ElderFacts;
use crate::ids::{ContactId, NoteId, ResponderId, StationId};
use crate::people::{ConsentPurpose, KeyHolder, KeyOwner};
use crate::store::cases::{CaseView, NoteRow};

/// Whoever holds a key, in a request.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolderIn {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub contact_id: Option<ContactId>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub responder_id: Option<ResponderId>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub station_id: Option<StationId>,
}

/// A step.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum EntryIn {
    /// By what right the door is opened.
    Consent {
        /// `on_file`, `elder`, `family` (with `contact_id`), `police`, `danger` (with `words`).
        #[schema(value_type = String)]
        basis: EntryBasis,
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        contact_id: Option<ContactId>,
        /// Who said so and how, or why nobody could be asked. Sealed.
        #[serde(default)]
        words: Option<String>,
    },
    /// Whoever holds a key was asked.
    Key {
        holder: HolderIn,
        /// `coming`, `no_answer`, `cannot`, `does_not_open`.
        #[schema(value_type = String)]
        outcome: KeyOutcome,
    },
    /// Somebody sees it done.
    Witness {
        /// `police`, `fire`, `community`, `family`, `neighbour`, `property`.
        #[schema(value_type = String)]
        kind: WitnessKind,
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        responder_id: Option<ResponderId>,
        /// Name and number, of whoever is no responder. Sealed.
        #[serde(default)]
        words: Option<String>,
    },
    /// The door is open.
    Opened {
        /// `key`, `inside`, `locksmith`, `window`, `force`.
        #[schema(value_type = String)]
        means: EntryMeans,
        /// Why steps were left out; wanted where any were. Sealed.
        #[serde(default)]
        reason: Option<String>,
    },
    /// The door is shut again.
    Secured {
        /// `elder`, `family`, `police`, `community`.
        #[schema(value_type = String)]
        custody: Custody,
        /// How, or why there is no photo. Sealed.
        #[serde(default)]
        words: Option<String>,
    },
}

/// Whoever holds a key of the home, and what came of asking them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HolderDto {
    /// `contact`, `responder`, `station`.
    pub kind: String,
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When the key last opened the door; absent: nobody has tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub tested_on: Option<Date>,
    /// What came of asking; absent: nobody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub outcome: Option<KeyOutcome>,
}

/// Who sees it done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WitnessDto {
    #[schema(value_type = String)]
    pub kind: WitnessKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub responder_id: Option<ResponderId>,
}

/// A contact who may agree to the door being forced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MayAgreeDto {
    #[schema(value_type = String)]
    pub contact_id: ContactId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The checklist of a forced entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryDto {
    /// The elder has agreed in their file; of a household: everybody who lives there.
    pub consent_on_file: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub basis: Option<EntryBasis>,
    /// Contacts who may agree to it, in call order; a restricted one never.
    pub may_agree: Vec<MayAgreeDto>,
    pub holders: Vec<HolderDto>,
    pub witnesses: Vec<WitnessDto>,
    pub photos_before: u8,
    pub photos_after: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opened_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub means: Option<EntryMeans>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub secured_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub custody: Option<Custody>,
    /// What is to be done next, in order: `consent`, `keys`, `called` (110 or 119), `witnesses` (two), `photo_before`; once it is open
    /// `photo_after`, `secured`.
    #[schema(value_type = Vec<String>)]
    pub next: Vec<EntryNeed>,
    /// It was forced and is not secured: the case does not close.
    pub stands_open: bool,
}

fn wrong(field: &str, code: &'static str, text: &str) -> Problem {
    Problem::fields(code, vec![FieldError::new(field, code, text)])
}

impl Api {
    /// Everybody of the home that a case is about.
    fn facts_of(&self, case: &Case) -> Vec<ElderFacts> {
        let picture = &self.app.picture;
        let elders = match case.subject {
            Subject::Elder(id) => vec![id],
            Subject::Household(id) => {
                let members = picture.household(id).map(|it| it.1).unwrap_or_default();
                members.iter().map(|it| it.id).collect()
            }
            Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => vec![],
        };
        elders.into_iter().filter_map(|it| picture.facts(it)).collect()
    }

    pub(super) fn consent_on_file(&self, case: &Case) -> bool {
        let today = self.app.picture.today();
        let facts = self.facts_of(case);
        !facts.is_empty()
            && facts
                .iter()
                .all(|it| it.elder.agreed(ConsentPurpose::ForcedEntry, today))
    }

    /// Who holds a key of the home, each once; a restricted contact holds none.
    pub(super) fn holders_of(&self, case: &Case) -> Vec<KeyHolder> {
        let mut found: Vec<KeyHolder> = Vec::new();
        for facts in self.facts_of(case) {
            for key in facts.keys.iter() {
                let restricted = match key.owner {
                    KeyOwner::Contact(id) => facts.contacts.iter().any(|it| it.id == id && it.restricted),
                    KeyOwner::Responder(_) | KeyOwner::Station(_) => false,
                };
                if !restricted && !found.iter().any(|it| it.owner == key.owner) {
                    found.push(key.clone());
                }
            }
        }
        found
    }

    pub(super) fn holder_name(&self, case: &Case, owner: KeyOwner) -> Option<String> {
        let picture = &self.app.picture;
        match owner {
            KeyOwner::Contact(id) => {
                let facts = self.facts_of(case);
                let of = |it: &ElderFacts| it.contacts.iter().find(|it| it.id == id).map(|it| it.name.clone());
                facts.iter().find_map(of)
            }
            KeyOwner::Responder(id) => picture.responder(id).map(|it| it.name.clone()),
            KeyOwner::Station(id) => picture.station(id).map(|it| it.name.clone()),
        }
    }

    /// Key holders on file whom nobody has asked.
    fn untried(&self, case: &Case) -> u8 {
        let asked = case.entry.as_ref().map(|it| it.keys.as_slice()).unwrap_or_default();
        let left = self
            .holders_of(case)
            .iter()
            .filter(|it| !asked.iter().any(|one| one.0 == it.owner))
            .count();
        u8::try_from(left).unwrap_or(u8::MAX)
    }

    fn entry_dto(&self, case: &Case, named: bool) -> EntryDto {
        let it = case.entry.clone().unwrap_or_default();
        let holder = |key: KeyHolder| {
            let (kind, id) = match key.owner {
                KeyOwner::Contact(id) => ("contact", id.to_string()),
                KeyOwner::Responder(id) => ("responder", id.to_string()),
                KeyOwner::Station(id) => ("station", id.to_string()),
            };
            HolderDto {
                kind: kind.to_owned(),
                id,
                name: self.holder_name(case, key.owner).filter(|_| named),
                tested_on: key.tested_on,
                outcome: it.keys.iter().find(|one| one.0 == key.owner).map(|it| it.1),
            }
        };
        EntryDto {
            consent_on_file: self.consent_on_file(case),
            basis: it.basis,
            may_agree: (self.facts_of(case).iter().flat_map(|it| it.contacts.iter()))
                .filter(|it| it.may_authorise_entry && !it.restricted)
                .map(|it| MayAgreeDto {
                    contact_id: it.id,
                    name: Some(it.name.clone()).filter(|_| named),
                })
                .collect(),
            holders: self.holders_of(case).into_iter().map(holder).collect(),
            witnesses: it
                .witnesses
                .iter()
                .map(|(kind, responder_id)| WitnessDto {
                    kind: *kind,
                    responder_id: *responder_id,
                })
                .collect(),
            photos_before: it.photos_before,
            photos_after: it.photos_after,
            opened_at: it.opened_at,
            means: it.means,
            secured_at: it.secured_at,
            custody: it.custody,
            next: case.entry_needs(self.untried(case)),
            stands_open: it.stands_open(),
        }
    }

    /// A step as the case takes it, with the text beside it.
    fn entry_step(&self, view: &CaseView, asked: EntryIn) -> Result<(EntryStep, Option<NoteRow>), Problem> {
        let case = &view.case;
        let sealed = |field: &str, words: Option<String>| -> Result<Option<NoteRow>, Problem> {
            let words = words.map(|it| text(field, &it)).transpose()?;
            Ok(words.map(|it| self.app.desk.note(case.subject, &it)).transpose()?)
        };
        let id = |it: &Option<NoteRow>| -> Option<NoteId> { it.as_ref().map(|it| it.id) };
        Ok(match asked {
            EntryIn::Consent {
                basis,
                contact_id,
                words,
            } => {
                if basis == EntryBasis::OnFile && !self.consent_on_file(case) {
                    let text = "no consent to a forced entry is on file";
                    return Err(wrong("basis", "invalid_value", text));
                }
                if basis == EntryBasis::Danger && words.is_none() {
                    return Err(wrong("words", "missing_field", "say why nobody could be asked"));
                }
                let known = |id: ContactId| {
                    let facts = self.facts_of(case);
                    facts.iter().any(|it| {
                        it.contacts
                            .iter()
                            .any(|it| it.id == id && it.may_authorise_entry && !it.restricted)
                    })
                };
                if basis == EntryBasis::Family && !contact_id.is_some_and(known) {
                    let text = "name a contact who may agree to it, by the register";
                    return Err(wrong("contact_id", "invalid_value", text));
                }
                let note = sealed("words", words)?;
                let contact = contact_id.filter(|_| basis == EntryBasis::Family);
                let step = EntryStep::Consent {
                    basis,
                    contact,
                    note: id(&note),
                };
                (step, note)
            }
            EntryIn::Key { holder, outcome } => {
                let named = [
                    holder.contact_id.map(KeyOwner::Contact),
                    holder.responder_id.map(KeyOwner::Responder),
                    holder.station_id.map(KeyOwner::Station),
                ];
                let mut named = named.into_iter().flatten();
                let holder = match (named.next(), named.next()) {
                    (Some(one), None) => one,
                    _ => {
                        return Err(wrong(
                            "holder",
                            "invalid_value",
                            "name one of contact_id, responder_id, station_id",
                        ));
                    }
                };
                if !self.holders_of(case).iter().any(|it| it.owner == holder) {
                    return Err(wrong("holder", "invalid_value", "they hold no key of this home"));
                }
                (EntryStep::Key { holder, outcome }, None)
            }
            EntryIn::Witness {
                kind,
                responder_id,
                words,
            } => {
                if responder_id.is_some_and(|it| self.app.picture.responder(it).is_none()) {
                    return Err(wrong("responder_id", "invalid_value", "there is no such responder"));
                }
                if responder_id.is_none() && words.is_none() {
                    return Err(wrong("words", "missing_field", "say who: a responder, or a name"));
                }
                let note = sealed("words", words)?;
                let step = EntryStep::Witness {
                    kind,
                    responder: responder_id,
                    note: id(&note),
                };
                (step, note)
            }
            EntryIn::Opened { means, reason } => {
                let untried = self.untried(case);
                let opened = case.entry.as_ref().is_some_and(|it| it.opened_at.is_some());
                let missing = case.entry_needs(untried);
                if means.is_forced() && !opened && !missing.is_empty() && reason.is_none() {
                    return Err(incomplete("reason", &missing));
                }
                let note = sealed("reason", reason)?;
                let step = EntryStep::Opened {
                    means,
                    untried,
                    reason: id(&note),
                };
                (step, note)
            }
            EntryIn::Secured { custody, words } => {
                let note = sealed("words", words)?;
                let step = EntryStep::Secured {
                    custody,
                    note: id(&note),
                };
                (step, note)
            }
        })
    }
}

/// Every step that is missing by its name, and the field that may say why.
fn incomplete(field: &str, missing: &[EntryNeed]) -> Problem {
    let names: Vec<&str> = missing.iter().map(|it| it.as_str()).collect();
    let text = format!("say why these were left out: {}", names.join(", "));
    wrong(field, "entry_incomplete", &text)
}

/// Whether key holders are named: to the desk, and to whoever stands at the door.
fn names_shown(who: &SignedIn, seen: &Seen) -> bool {
    let at_door = |me: ResponderId| {
        let mine = seen.case.case.assignment(me);
        mine.is_some_and(|it| it.is_active() && it.stage >= Stage::Arrived)
    };
    seen.sight == Some(Sight::Desk) || who.responder.is_some_and(at_door)
}

/// The checklist of a forced entry: what is done, and what comes next.
#[utoipa::path(get, path = "/api/v1/cases/{id}/entry", tag = "referrals", params(("id" = String, Path)), responses((status = 200, body = EntryDto)))]
pub async fn show(api: web::Data<Api>, who: SignedIn, seen: Seen) -> HttpResponse {
    HttpResponse::Ok().json(api.entry_dto(&seen.case.case, names_shown(&who, &seen)))
}

/// One step of a forced entry; each is a record of the case. `opened` by force wants every step before it, or `reason`: 422
/// `entry_incomplete` names what is missing. A case whose door was forced does not close before it is `secured`. Photos are those of the
/// case with the consent `forced_entry`.
#[utoipa::path(post, path = "/api/v1/cases/{id}/entry", tag = "referrals", params(("id" = String, Path)), request_body = EntryIn,
    responses((status = 200, body = CommandDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn step(asked: Asked<EntryIn>) -> Result<HttpResponse, Problem> {
    let by = match asked.who.responder {
        Some(me) if !asked.who.viewer().is_by_area() => Author::Responder(me),
        _ => Author::User(asked.who.user),
    };
    let (asked, body) = asked.parted();
    let (entry, note) = asked.api.entry_step(&asked.case, body)?;
    asked
        .done(Command::Entry { step: entry }, by, note)
        .await
        .map(|it| it.1)
}
