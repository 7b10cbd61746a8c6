//! Elders: a list, one, and what is sealed of one, shown to those who need it now and recorded each time.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::view::{ElderBrief, PlaceDto, Sight, elder_brief};
use super::wire::{Listed, PageDto, Query, limit, path_id, read_cursor, text, write_cursor};
use crate::app::App;
use crate::case::{Author, Command, FilePart, Stage, Subject};
use crate::dispatch::{ElderFacts, Picture};
use crate::ids::{CaseId, ContactId, DeviceId, ElderId, HouseholdId, UserId};
use crate::people::{ConsentPurpose, ContactSecrets, Device, Elder, KeyHolder, KeyOwner, Need};
use crate::store::{ElderField, ElderQuery, Seen};

/// The door code is shown to the lead within this many metres of the door.
pub const AT_THE_DOOR_M: f64 = 150.0;

/// Letters of a search.
const SEARCH_MAX_CHARS: usize = 60;

/// Which elders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only with this need.
    need: Option<String>,
    /// Only those whose name or number holds these letters, 1 to 60 of them.
    q: Option<String>,
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// An elder in a list. What is sealed is not here.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ElderDto {
    #[serde(flatten)]
    pub brief: ElderBrief,
    /// The street's own number.
    pub code: String,
    #[schema(value_type = String)]
    pub household_id: HouseholdId,
    /// The grid of the home.
    pub area_code: String,
    /// `active`, `moved_away`, `deceased`.
    pub status: String,
    /// The door of the home; absent: no circle can be reckoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<PlaceDto>,
}

/// One elder, with contacts in call order.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ElderFileDto {
    #[serde(flatten)]
    pub elder: ElderDto,
    pub contacts: Vec<ContactDto>,
    /// How many people hold a key.
    pub key_holders: usize,
    /// Who they are.
    #[serde(default)]
    pub keys: Vec<KeyDto>,
    /// Their devices and those of their home.
    pub devices: Vec<ElderDeviceDto>,
}

/// A key to the elder's door in somebody's keeping.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KeyDto {
    /// `contact`, `responder`, `station`.
    pub kind: String,
    /// The contact's, responder's or station's.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The day on which it last opened the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub tested_on: Option<jiff::civil::Date>,
}

/// A device of an elder or of their home, as the register knows it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ElderDeviceDto {
    #[schema(value_type = String)]
    pub id: DeviceId,
    /// The serial number on its label.
    pub code: String,
    /// `sos_button`, `watch`, `smoke`, …
    pub kind: String,
    /// Where it hangs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The elder can be heard through it.
    pub voice_path: bool,
    /// Its alerts ring.
    pub in_service: bool,
    /// When its last alert about the elder or their home came; absent: none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_alert_at: Option<Timestamp>,
    /// Whether it is there: `here`, `late` (a beat missed), `silent` (two missed), `never` heard, `not_awaited` (it says nothing by
    /// itself, so that nothing follows from its silence).
    pub presence: String,
    /// When it last said anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub heard_at: Option<Timestamp>,
    /// Charge, percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery_percent: Option<u8>,
    /// At that charge it is low.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub battery_low: bool,
    /// Strength of its network, percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal_percent: Option<u8>,
}

/// A relative, neighbour or key holder. Telephones are sealed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ContactDto {
    #[schema(value_type = String)]
    pub id: ContactId,
    pub name: String,
    pub relation: String,
    pub call_order: u8,
    /// Hears nothing, is never asked, and proves nothing.
    pub restricted: bool,
}

pub(super) fn key_dto(facts: &ElderFacts, it: &KeyHolder, picture: &Picture) -> KeyDto {
    let (kind, id, name) = match it.owner {
        KeyOwner::Contact(id) => {
            let found = facts.contacts.iter().find(|one| one.id == id);
            ("contact", id.to_string(), found.map(|it| it.name.clone()))
        }
        KeyOwner::Responder(id) => (
            "responder",
            id.to_string(),
            picture.responder(id).map(|it| it.name.clone()),
        ),
        KeyOwner::Station(id) => {
            let found = picture.stations().into_iter().find(|it| it.id == id);
            ("station", id.to_string(), found.map(|it| it.name.clone()))
        }
    };
    KeyDto {
        kind: kind.to_owned(),
        id,
        name,
        tested_on: it.tested_on,
    }
}

fn elder_dto(app: &App, it: &Elder, today: jiff::civil::Date) -> ElderDto {
    ElderDto {
        brief: elder_brief(app, it, today),
        code: it.code.clone(),
        household_id: it.household,
        area_code: it.grid.to_string(),
        status: it.status.as_str().to_owned(),
        home: it.home.map(|it| PlaceDto {
            lat: it.lat(),
            lon: it.lon(),
        }),
    }
}

/// Elders of the caller's area.
#[utoipa::path(get, path = "/api/v1/elders", tag = "people", params(Which), responses((status = 200, body = PageDto<ElderDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let need = asked
                .0
                .need
                .as_deref()
                .map(str::parse::<Need>)
                .transpose()
                .map_err(|error| {
                    let text = error.to_string();
                    Problem {
                        errors: vec![FieldError::new("need", "invalid_value", text.clone())],
                        ..Problem::bad_request("bad_query", text)
                    }
                })?;
            let most = limit(asked.0.limit)?;
            let text = asked.0.q.as_deref().map(str::trim).filter(|it| !it.is_empty());
            if text.is_some_and(|it| it.chars().count() > SEARCH_MAX_CHARS) {
                let text = format!("may have {SEARCH_MAX_CHARS} letters");
                return Err(Problem {
                    errors: vec![FieldError::new("q", "too_long", text.clone())],
                    ..Problem::bad_request("bad_query", format!("q {text}"))
                });
            }
            let after = asked
                .0
                .cursor
                .as_deref()
                .map(|it| read_cursor(Listed::Elders, it))
                .transpose()?
                .map(|it| it.1);
            let today = it.app.picture.today();
            let store = &it.app.store;
            let book = store.area_book(today).await?;
            let query = ElderQuery {
                scope: Some(who.scope.clone()),
                need,
                text: text.map(str::to_owned),
                after,
                ..ElderQuery::default()
            };
            let page = store.elders(&query, &book, most).await?;
            for error in &page.aside {
                tracing::error!(%error, "an elder's file does not read back");
                store.keep_aside(error, it.app.clock.now()).await?;
            }
            Ok(PageDto {
                items: page
                    .items
                    .iter()
                    .map(|kept| elder_dto(&it.app, &kept.value, today))
                    .collect::<Vec<_>>(),
                next: page.next.map(|id| write_cursor(Listed::Elders, None, id)),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// One elder.
#[utoipa::path(get, path = "/api/v1/elders/{id}", tag = "people", params(("id" = String, Path)), responses((status = 200, body = ElderFileDto)))]
pub async fn one(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let picture = &api.app.picture;
    let facts = picture
        .facts(id)
        .ok_or_else(|| Problem::not_found("elder_not_found", "there is no such elder"))?;
    let contacts = facts.contacts.iter().map(|it| ContactDto {
        id: it.id,
        name: it.name.clone(),
        relation: it.relation.as_str().to_owned(),
        call_order: it.call_order,
        restricted: it.restricted,
    });
    let (it, home) = (api.get_ref().clone(), facts.elder.household);
    let devices = api.run(async move { it.devices_of(id, home).await }).await?;
    Ok(HttpResponse::Ok().json(ElderFileDto {
        elder: elder_dto(&api.app, &facts.elder, picture.today()),
        contacts: contacts.collect(),
        key_holders: facts.keys.len(),
        keys: facts.keys.iter().map(|it| key_dto(&facts, it, picture)).collect(),
        devices,
    }))
}

/// Why one looks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Look {
    /// A sentence without personal data; it stands in the view log.
    reason: Option<String>,
    /// For which case; a responder must name one.
    case_id: Option<String>,
    /// `phones`, `access`, `health`, `contacts`, separated by commas; `phones,access` when left out.
    fields: Option<String>,
}

/// What is sealed of an elder, as far as it was asked for.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct AccessDto {
    #[schema(value_type = String)]
    pub elder_id: ElderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phones: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<DoorDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthDto>,
    /// Of the contacts who may be told, in the order in which they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<ContactPhonesDto>>,
}

/// Where a contact can be reached.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ContactPhonesDto {
    #[schema(value_type = String)]
    pub contact_id: ContactId,
    pub name: String,
    pub relation: String,
    /// Best first.
    pub phones: Vec<String>,
}

/// How one gets through the door.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct DoorDto {
    pub door_code: Option<String>,
    pub key_box: Option<String>,
    pub remarks: Option<String>,
}

/// What only a medical skill may read.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct HealthDto {
    pub summary: Option<String>,
    pub medication: Option<String>,
}

/// Telephones, door code and key box, health. Each look is recorded before it is answered.
///
/// A desk of the area reads telephones, those of the contacts, and the door. A responder reads for a case to which they are going: telephones after
/// their yes, the door within 150 m after arrival or when the desk has granted it, health with a medical skill.
#[utoipa::path(get, path = "/api/v1/elders/{id}/access", tag = "people", params(("id" = String, Path), Look),
    responses((status = 200, body = AccessDto), (status = 403, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn access(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<Look>,
) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let shown = api.run(async move { it.show(who, id, asked.0).await }).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(shown))
}

impl Api {
    pub(super) async fn devices_of(&self, elder: ElderId, home: HouseholdId) -> Result<Vec<ElderDeviceDto>, Problem> {
        let store = &self.app.store;
        let found = store.devices_at(elder, home).await?;
        for error in &found.aside {
            tracing::error!(%error, "a device does not read back");
            store.keep_aside(error, self.app.clock.now()).await?;
        }
        let devices: Vec<_> = found.items.into_iter().map(|it| it.device.value).collect();
        let ids: Vec<DeviceId> = devices.iter().map(|it| it.id).collect();
        let about = [Subject::Elder(elder), Subject::Household(home)];
        let last = store.last_alerts(&about, &ids).await?;
        let low = self.app.config.supervision.battery_low_percent;
        let dto = |it: Device| {
            let (presence, sign) = self.app.supervision.presence(&it);
            let told = sign.as_ref().map(|it| &it.told);
            let battery_percent = told.and_then(|it| it.battery_percent);
            ElderDeviceDto {
                presence: presence.as_str().to_owned(),
                heard_at: sign.as_ref().map(|it| it.heard_at),
                battery_percent,
                battery_low: battery_percent.is_some_and(|it| it <= low),
                signal_percent: told.and_then(|it| it.signal_percent),
                id: it.id,
                last_alert_at: last.get(&it.id).copied(),
                kind: it.kind.as_str().to_owned(),
                code: it.code,
                place: it.place,
                voice_path: it.voice_path,
                in_service: it.in_service,
            }
        };
        Ok(devices.into_iter().map(dto).collect())
    }

    async fn show(self, who: SignedIn, id: ElderId, asked: Look) -> Result<AccessDto, Problem> {
        let no_elder = || Problem::not_found("elder_not_found", "there is no such elder");
        let reason = text("reason", asked.reason.as_deref().unwrap_or_default())?;
        let reason: String = reason.chars().take(200).collect();
        let mut fields = Vec::new();
        let mut contacts = false;
        for word in asked.fields.as_deref().unwrap_or("phones,access").split(',') {
            fields.push(match word.trim() {
                "phones" => ElderField::Phones,
                "access" => ElderField::Access,
                "health" => ElderField::Health,
                "contacts" => {
                    contacts = true;
                    continue;
                }
                _ => {
                    let text = "fields: known are phones, access, health, contacts";
                    return Err(Problem {
                        errors: vec![FieldError::new("fields", "invalid_value", text)],
                        ..Problem::bad_request("bad_query", text)
                    });
                }
            });
        }
        let bad_case = |error: crate::ids::BadId| Problem::bad_request("bad_id", error.to_string());
        let case: Option<CaseId> = asked.case_id.as_deref().map(str::parse).transpose().map_err(bad_case)?;
        for field in &fields {
            self.may_read(&who, id, case, *field).await?;
        }
        let facts = self.app.picture.facts(id).ok_or_else(no_elder)?;
        // Who is called, and in which order, is the desk's to decide.
        if contacts && !(who.viewer().is_by_area() && who.scope.contains(facts.elder.grid)) {
            return Err(Problem::forbidden(
                "desk_only",
                "telephones of contacts are shown to a desk of the area",
            ));
        }
        if let Some(case) = case {
            self.note_opened(&who, &facts.elder, case, &fields).await?;
        }
        let seen = Seen {
            id: self.app.ids.make(),
            by: who.user,
            at: self.app.clock.now(),
            case,
            reason,
        };
        let secrets = self
            .app
            .store
            .see_elder(id, &fields, &seen)
            .await?
            .ok_or_else(no_elder)?;
        let reached = if contacts {
            let told: Vec<ContactId> = facts
                .contacts
                .iter()
                .filter(|it| !it.restricted)
                .map(|it| it.id)
                .collect();
            Some(self.app.store.see_contacts(id, &told, &seen).await?)
        } else {
            None
        };
        let open = |it: &Option<crate::people::Private>| it.as_ref().map(|it| it.reveal().to_owned());
        Ok(AccessDto {
            elder_id: id,
            phones: fields
                .contains(&ElderField::Phones)
                .then(|| secrets.phones.iter().map(|it| it.reveal().to_owned()).collect()),
            access: fields.contains(&ElderField::Access).then(|| DoorDto {
                door_code: open(&secrets.access.door_code),
                key_box: open(&secrets.access.key_box),
                remarks: open(&secrets.access.remarks),
            }),
            health: fields.contains(&ElderField::Health).then(|| HealthDto {
                summary: open(&secrets.health.summary),
                medication: open(&secrets.health.medication),
            }),
            contacts: reached.map(|all| {
                let named = |id: ContactId| facts.contacts.iter().find(|it| it.id == id);
                let dto = |(contact_id, it): (ContactId, ContactSecrets)| {
                    named(contact_id).map(|contact| ContactPhonesDto {
                        contact_id,
                        name: contact.name.clone(),
                        relation: contact.relation.as_str().to_owned(),
                        phones: it.phones.iter().map(|it| it.reveal().to_owned()).collect(),
                    })
                };
                all.into_iter().filter_map(dto).collect()
            }),
        })
    }

    /// What is opened because of an emergency stands in its case, and whoever answers for the elder is told of it afterwards; nothing is
    /// shown when that cannot be written.
    async fn note_opened(
        &self,
        who: &SignedIn,
        elder: &Elder,
        case: CaseId,
        fields: &[ElderField],
    ) -> Result<(), Problem> {
        let part = |it: &ElderField| match it {
            ElderField::Access => Some((FilePart::Door, ConsentPurpose::Keys)),
            ElderField::Health => Some((FilePart::Health, ConsentPurpose::Health)),
            ElderField::Identity | ElderField::Phones => None,
        };
        let found: Vec<(FilePart, ConsentPurpose)> = fields.iter().filter_map(part).collect();
        let Some(view) = self.app.store.case(case).await?.filter(|_| !found.is_empty()) else {
            return Ok(());
        };
        let about = match view.case.subject {
            Subject::Elder(it) => it == elder.id,
            Subject::Household(it) => elder.household == it,
            Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => false,
        };
        if !about {
            return Ok(());
        }
        let (today, _) = self.app.desk.local(self.app.clock.now());
        let by = match who.responder {
            Some(me) if !who.viewer().is_by_area() => Author::Responder(me),
            _ => Author::User(who.user),
        };
        // What was agreed to and what was not are told apart.
        for agreed in [true, false] {
            let parts: Vec<FilePart> = found
                .iter()
                .filter(|it| elder.agreed(it.1, today) == agreed)
                .map(|it| it.0)
                .collect();
            if !parts.is_empty() {
                let command = Command::OpenFile {
                    elder: elder.id,
                    parts,
                    role: who.role,
                    agreed,
                };
                self.app.desk.handle(case, command, by).await?;
            }
        }
        Ok(())
    }

    /// Whether somebody may read one sealed part now.
    async fn may_read(
        &self,
        who: &SignedIn,
        id: ElderId,
        case: Option<CaseId>,
        field: ElderField,
    ) -> Result<(), Problem> {
        let no_elder = || Problem::not_found("elder_not_found", "there is no such elder");
        let picture = &self.app.picture;
        let elder = picture.elder(id).ok_or_else(no_elder)?;
        let medical = who
            .responder
            .and_then(|it| picture.responder(it))
            .is_some_and(|it| it.is_medical());
        if field == ElderField::Health && !medical {
            return Err(Problem::forbidden(
                "medical_skill_needed",
                "health is shown to a medical skill only",
            ));
        }
        if who.viewer().is_by_area() {
            // The guard has held the area; health follows a case even for a desk.
            if field != ElderField::Health && who.scope.contains(elder.grid) {
                return Ok(());
            }
        }
        let me = who.responder()?;
        let Some(case_id) = case else {
            let wrong = FieldError::new("case_id", "missing_field", "for which case?");
            return Err(Problem::fields("missing_field", vec![wrong]));
        };
        let view = self.app.store.case(case_id).await?.ok_or_else(no_elder)?;
        let about = match view.case.subject {
            Subject::Elder(it) => it == id,
            Subject::Household(it) => elder.household == it,
            Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => false,
        };
        let mut viewer = who.viewer();
        viewer.scope = Default::default();
        if !about || viewer.sight(&view) != Some(Sight::Coming) {
            return Err(no_elder());
        }
        if view.case.drill {
            return Err(Problem::forbidden(
                "practice_only",
                "in a practice case nothing sealed is shown: nobody has called",
            ));
        }
        if field != ElderField::Access {
            return Ok(());
        }
        // Whoever is coming has an assignment.
        let mine = view.case.assignment(me).ok_or_else(no_elder)?;
        let near = self.metres_away(me, &view).await.is_some_and(|it| it <= AT_THE_DOOR_M);
        if (mine.stage >= Stage::Arrived && near) || self.is_granted(case_id, me, mine.at).await? {
            return Ok(());
        }
        Err(Problem::forbidden(
            "not_at_the_door",
            "the door is shown within 150 m after arrival, or when the desk has granted it",
        ))
    }
}

/// Which part of the view log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// One line of the view log.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ViewDto {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = String)]
    pub by: UserId,
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub case_id: Option<CaseId>,
    pub reason: String,
}

/// Who has looked at what is sealed of an elder, the last first.
#[utoipa::path(get, path = "/api/v1/elders/{id}/views", tag = "people", params(("id" = String, Path), Part),
    responses((status = 200, body = PageDto<ViewDto>)))]
pub async fn views(api: web::Data<Api>, request: HttpRequest, asked: Query<Part>) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let most = limit(asked.0.limit)?;
            let before = asked
                .0
                .cursor
                .as_deref()
                .map(|it| read_cursor(Listed::Views, it))
                .transpose()?;
            let rows = it.app.store.views_of(id.as_uuid(), before, most).await?;
            let next = rows.last().filter(|_| rows.len() as u64 >= most);
            let next = next.map(|it| write_cursor(Listed::Views, Some(it.at), it.id));
            let items = rows.into_iter().map(|it| ViewDto {
                at: it.at,
                by: it.by,
                field: it.field,
                case_id: it.case,
                reason: it.reason,
            });
            Ok(PageDto {
                items: items.collect::<Vec<_>>(),
                next,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}
