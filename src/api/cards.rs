//! The pack of cards: what a street needs on paper for the hour without current, when no screen answers. It holds what is sealed; it is made by a
//! leader, each file that goes into it is recorded as looked at, and when it was made last stands where everybody of the office sees it.

use std::collections::BTreeSet;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::elders::{ContactPhonesDto, DoorDto, KeyDto, key_dto};
use super::problem::{FieldError, Problem};
use super::view::{ElderBrief, elder_brief};
use super::wire::{Body, PageDto};
use crate::ids::{ElderId, UserId};
use crate::people::{AreaCode, ConsentPurpose, Elder, ElderStatus, Need, PrefixSet, Responder, ResponderKind};
use crate::store::{ElderField, RegisterEvent, Seen};

/// A pack that is older is to be made anew.
pub const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Cards of a pack at most: more than anybody carries in a hand.
const CARDS_MAX: usize = 1_000;
/// People who are named at most.
const PEOPLE_MAX: usize = 500;
/// Packs that are shown of the past.
const SHOWN: u64 = 50;
/// The word under which they stand in the register's log.
const SUBJECT: &str = "cards";

/// Whose cards.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackIn {
    /// An area of one's own.
    pub area: String,
    /// Whoever has one of these needs, or depends on current; `high_risk` when left out.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub needs: BTreeSet<Need>,
    /// With door codes and key boxes, of those who have agreed to their keeping.
    #[serde(default)]
    pub doors: bool,
}

/// One elder on paper.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CardDto {
    #[serde(flatten)]
    pub elder: ElderBrief,
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
    /// `oxygen`, `ventilator`, `dialysis`.
    pub life_support: Vec<String>,
    /// Best first.
    pub phones: Vec<String>,
    /// In the order in which they are called.
    pub contacts: Vec<ContactPhonesDto>,
    pub keys: Vec<KeyDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<DoorDto>,
}

/// Somebody who may be called.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CardPersonDto {
    pub name: String,
    /// `grid_worker`, `community_doctor` and so on.
    pub kind: String,
    /// At work when the pack was made.
    pub on_duty: bool,
    /// Where they work.
    pub areas: Vec<String>,
    pub phones: Vec<String>,
}

/// A pack.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PackDto {
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    pub area: String,
    /// Those who depend on current first, then by address.
    pub cards: Vec<CardDto>,
    /// Those at work first.
    pub people: Vec<CardPersonDto>,
    /// There are more than a pack holds: choose a smaller area.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// That a pack was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackMadeDto {
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    #[schema(value_type = String)]
    pub by: UserId,
    pub area: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
    pub cards: u64,
    /// With door codes.
    pub doors: bool,
    /// Older than 24 hours, and no newer one of this area.
    pub old: bool,
}

impl PackIn {
    fn area(&self, scope: &PrefixSet) -> Result<AreaCode, Problem> {
        let wrong =
            |code: &'static str, why: &str| Problem::fields("invalid_value", vec![FieldError::new("area", code, why)]);
        let code: AreaCode = self
            .area
            .parse()
            .map_err(|_| wrong("invalid_value", "6, 9, 12 or 15 digits"))?;
        match scope.contains(code) {
            true => Ok(code),
            false => Err(wrong("outside_scope", "beyond your own areas")),
        }
    }

    fn wants(&self, it: &Elder, today: jiff::civil::Date) -> bool {
        let needs = it.needs_on(today);
        let theirs = match self.needs.is_empty() {
            true => needs.contains(&Need::HighRisk),
            false => needs.iter().any(|one| self.needs.contains(one)),
        };
        it.status == ElderStatus::Active && (theirs || it.needs_current())
    }
}

impl Api {
    fn seen_for_pack(&self, who: &SignedIn) -> Seen {
        Seen {
            id: self.app.ids.make(),
            by: who.user,
            at: self.app.clock.now(),
            case: None,
            reason: "pack of cards".to_owned(),
        }
    }

    async fn card(&self, who: &SignedIn, id: ElderId, doors: bool) -> Result<Option<CardDto>, Problem> {
        let picture = &self.app.picture;
        let today = picture.today();
        let Some(facts) = picture.facts(id) else {
            return Ok(None);
        };
        let it = &facts.elder;
        let door = doors && it.agreed(ConsentPurpose::Keys, today);
        let mut fields = vec![ElderField::Phones];
        fields.extend(door.then_some(ElderField::Access));
        let Some(secrets) = self.app.store.see_elder(id, &fields, &self.seen_for_pack(who)).await? else {
            return Ok(None);
        };
        let told: Vec<_> = picture.callable_contacts(id);
        let ids: Vec<_> = told.iter().map(|it| it.id).collect();
        let reached = self.app.store.see_contacts(id, &ids, &self.seen_for_pack(who)).await?;
        let contacts = told.iter().map(|contact| {
            let phones = reached.iter().find(|it| it.0 == contact.id);
            ContactPhonesDto {
                contact_id: contact.id,
                name: contact.name.clone(),
                relation: contact.relation.as_str().to_owned(),
                phones: phones.map_or_else(Vec::new, |it| {
                    it.1.phones.iter().map(|it| it.reveal().to_owned()).collect()
                }),
            }
        });
        let open = |it: &Option<crate::people::Private>| it.as_ref().map(|it| it.reveal().to_owned());
        Ok(Some(CardDto {
            elder: elder_brief(&self.app, it, today),
            code: it.code.clone(),
            area_name: picture.area_name(it.grid),
            life_support: it.life_support.iter().map(|it| it.as_str().to_owned()).collect(),
            phones: secrets.phones.iter().map(|it| it.reveal().to_owned()).collect(),
            contacts: contacts.collect(),
            keys: facts.keys.iter().map(|it| key_dto(&facts, it, picture)).collect(),
            door: door.then(|| DoorDto {
                door_code: open(&secrets.access.door_code),
                key_box: open(&secrets.access.key_box),
                remarks: open(&secrets.access.remarks),
            }),
        }))
    }

    async fn people_of_pack(&self, who: &SignedIn, area: AreaCode) -> Result<(Vec<CardPersonDto>, bool), Problem> {
        let theirs = |it: &Responder| it.scope.iter().any(|one| area.contains(one) || one.contains(area));
        let mut all: Vec<_> = self.app.picture.responders();
        all.retain(|it| it.kind != ResponderKind::Family && theirs(it));
        all.sort_by_key(|it| (!it.duty.on, it.kind, it.code.clone()));
        let cut = all.len() > PEOPLE_MAX;
        let mut people = Vec::new();
        for it in all.iter().take(PEOPLE_MAX) {
            let store = &self.app.store;
            let seen = self.seen_for_pack(who);
            store
                .record_views(&seen, "responder", it.id.as_uuid(), &["phones"])
                .await?;
            let secrets = store.responder_secrets(it.id).await?;
            people.push(CardPersonDto {
                name: it.name.clone(),
                kind: it.kind.as_str().to_owned(),
                on_duty: it.duty.on,
                areas: it.scope.iter().map(|it| it.to_string()).collect(),
                phones: secrets.map_or_else(Vec::new, |it| {
                    it.phones.iter().map(|it| it.reveal().to_owned()).collect()
                }),
            });
        }
        Ok((people, cut))
    }

    async fn pack(&self, who: &SignedIn, asked: PackIn) -> Result<PackDto, Problem> {
        let area = asked.area(&who.scope)?;
        let today = self.app.picture.today();
        let mut wanted: Vec<(bool, String, ElderId)> = Vec::new();
        self.app.picture.each_elder(|it| {
            if area.contains(it.grid) && asked.wants(it, today) && !self.app.picture.is_frozen(it.id) {
                wanted.push((!it.needs_current(), it.door_on(today).0.to_owned(), it.id));
            }
        });
        wanted.sort();
        let mut cut = wanted.len() > CARDS_MAX;
        let mut cards = Vec::new();
        for (_, _, id) in wanted.into_iter().take(CARDS_MAX) {
            cards.extend(self.card(who, id, asked.doors).await?);
        }
        let (people, more) = self.people_of_pack(who, area).await?;
        cut |= more;
        let made_at = self.app.clock.now();
        let event = RegisterEvent {
            id: self.app.ids.make(),
            subject: SUBJECT.to_owned(),
            at: made_at,
            by: who.user,
            what: "printed".to_owned(),
            before: None,
            after: Some(json!({ "area": area.to_string(), "cards": cards.len(), "doors": asked.doors })),
        };
        self.app.store.log_register(event).await?;
        Ok(PackDto {
            made_at,
            area: area.to_string(),
            cards,
            people,
            cut,
        })
    }

    async fn packs(&self, who: &SignedIn) -> Result<Vec<PackMadeDto>, Problem> {
        let now = self.app.clock.now();
        let mut known: BTreeSet<AreaCode> = BTreeSet::new();
        let mut items = Vec::new();
        // The last first: of one area what follows is older.
        for it in self.app.store.register_events(SUBJECT, None, SHOWN).await? {
            let after = it.after.unwrap_or_default();
            let area = after["area"].as_str().and_then(|it| it.parse::<AreaCode>().ok());
            let Some(area) = area.filter(|it| who.scope.contains(*it)) else {
                continue;
            };
            let newest = known.insert(area);
            items.push(PackMadeDto {
                made_at: it.at,
                by: it.by,
                area: area.to_string(),
                area_name: self.app.picture.area_name(area),
                cards: after["cards"].as_u64().unwrap_or(0),
                doors: after["doors"].as_bool().unwrap_or(false),
                old: newest && now.duration_since(it.at) > GOOD_FOR,
            });
        }
        Ok(items)
    }
}

/// Makes a pack of cards for paper. Every file in it is recorded as looked at; the answer is not to be kept.
#[utoipa::path(post, path = "/api/v1/cards", tag = "people", request_body = PackIn,
    responses((status = 200, body = PackDto), (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn make(api: web::Data<Api>, who: SignedIn, body: Body<PackIn>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let pack = api.run(async move { it.pack(&who, body.value).await }).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(pack))
}

/// The packs of late of the caller's areas, the last first; whether the last of an area is older than 24 hours.
#[utoipa::path(get, path = "/api/v1/cards", tag = "people", responses((status = 200, body = PageDto<PackMadeDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let items = api.run(async move { it.packs(&who).await }).await?;
    Ok(HttpResponse::Ok().json(PageDto { items, next: None }))
}
