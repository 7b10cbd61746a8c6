//! The file of an elder for the office: what the register says of one, edits over the version that was seen, who has changed what.
//! What is sealed is not here but as a word that it is on file.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::elder_contacts::ContactRecordDto;
use super::elder_papers::{FallsDto, LeftDto};
use super::problem::{FieldError, Problem};
use super::station_register::{Part, RegisterEventDto, if_match, stale, with_etag};
use super::uncalled::NoCall;
use super::wire::{Body, PageDto, Query, path_id};
use crate::circle::{Crs, Point};
use crate::ids::{ElderId, HouseholdId};
use crate::people::{ContactMode, Elder, Hearing, Household, LifeSupport, Need};
use crate::store::{ElderField, ElderFile, Kept, RegisterEvent};

/// What of a file is edited here. A move to another grid, new contacts and what is sealed come with their sheets; what a contact is to the
/// elder, when and in which order they are called is edited at `…/contacts/{rid}`; what is signed for at `…/rest`, `…/consents` and
/// `…/ability`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ElderFileIn {
    pub name: String,
    /// Of the home, to the room.
    pub address: String,
    #[serde(default)]
    pub lat: Option<f64>,
    #[serde(default)]
    pub lon: Option<f64>,
    /// `wgs84`, `gcj02`, `bd09`; needed with `lat` and `lon`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub crs: Option<Crs>,
    /// At least one. `away` is said with its address and day of return (`/elders/{id}/away`), and stays as it is here.
    #[schema(value_type = Vec<String>)]
    pub needs: BTreeSet<Need>,
    /// `voice`, `text`, `device_keys`, `door_only`.
    #[schema(value_type = String)]
    pub contact_mode: ContactMode,
    #[serde(default)]
    pub dialect: Option<String>,
    /// `good`, `hard`, `deaf`.
    #[schema(value_type = String)]
    pub hearing: Hearing,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub born: Option<jiff::civil::Date>,
    /// `oxygen`, `ventilator`, `dialysis`.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub life_support: BTreeSet<LifeSupport>,
    /// 1 to 4.
    pub lift_helpers: u8,
}

/// What the elder agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConsentDto {
    /// `health`, `location`, `keys`, `forced_entry`, `recording`, `indoor_photos`, `provider_sharing`.
    pub purpose: String,
    /// Which wording was signed.
    pub version: String,
    #[schema(value_type = String, format = Date)]
    pub given_on: jiff::civil::Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub withdrawn_on: Option<jiff::civil::Date>,
    /// It holds today.
    pub holds: bool,
}

/// How able the elder was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AbilityDto {
    /// 0 able to 4 wholly unable.
    pub level: u8,
    pub instrument: String,
    #[schema(value_type = String, format = Date)]
    pub assessed_on: jiff::civil::Date,
}

/// Where somebody stays who is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StaysDto {
    pub address: String,
    /// The first day at home again.
    #[schema(value_type = String, format = Date)]
    pub until: jiff::civil::Date,
}

/// A file. The `ETag` of the answer is what an edit names in `If-Match`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ElderRecordDto {
    #[schema(value_type = String)]
    pub id: ElderId,
    pub code: String,
    /// Rises with each change.
    pub version: i64,
    #[schema(value_type = String)]
    pub household_id: HouseholdId,
    pub area_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_name: Option<String>,
    /// `active`, `moved_away`, `deceased`.
    pub status: String,
    /// How many people of the home are on file.
    pub household_members: usize,
    pub file: ElderFileIn,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays: Option<StaysDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ability: Option<AbilityDto>,
    pub consents: Vec<ConsentDto>,
    /// What is sealed and on file: `identity`, `phones`, `access`, `health`.
    pub sealed: Vec<String>,
    /// In the order in which they are called; restricted ones last.
    pub contacts: Vec<ContactRecordDto>,
    /// Of an elder at high risk of whose family nobody could be called for what is critical: why. The street owes them a contact with a
    /// telephone that may ring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub uncalled: Option<NoCall>,
    /// Of a file that rests: what is still open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<LeftDto>,
    /// Falls of late since the last assessment: they should be assessed anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reassess: Option<FallsDto>,
}

fn no_elder() -> Problem {
    Problem::not_found("elder_not_found", "there is no such elder")
}

impl ElderFileIn {
    fn of(it: &Elder) -> Self {
        Self {
            name: it.name.clone(),
            address: it.address.clone(),
            lat: it.home.map(|it| it.lat()),
            lon: it.home.map(|it| it.lon()),
            crs: it.home.map(|_| Crs::Wgs84),
            needs: it.needs.clone(),
            contact_mode: it.contact_mode,
            dialect: it.dialect.clone(),
            hearing: it.hearing,
            born: it.born,
            life_support: it.life_support.clone(),
            lift_helpers: it.lift_helpers,
        }
    }

    /// The file as it is to be; each wrong field is named. What the register itself says of it comes from the store.
    fn over(self, old: &Elder, today: jiff::civil::Date) -> Result<Elder, Problem> {
        let mut wrong = Vec::new();
        let home = match (self.lat, self.lon, self.crs) {
            (None, None, _) => None,
            (Some(lat), Some(lon), Some(crs)) => match crs.to_wgs84(lat, lon) {
                Ok(it) => Some(it),
                Err(error) => {
                    let field = if (-90.0..=90.0).contains(&lat) { "lon" } else { "lat" };
                    wrong.push(FieldError::new(field, "out_of_range", error.to_string()));
                    None::<Point>
                }
            },
            (lat, lon, _) => {
                let field = match (lat, lon) {
                    (None, _) => "lat",
                    (_, None) => "lon",
                    _ => "crs",
                };
                let text = "lat, lon and crs belong together";
                wrong.push(FieldError::new(field, "missing_field", text));
                None
            }
        };
        if self.needs.contains(&Need::Away) != old.needs.contains(&Need::Away) {
            let text = "whoever is away has an address and a day of return: say so there";
            wrong.push(FieldError::new("needs", "invalid_value", text));
        }
        if self.born.is_some_and(|it| it > today) {
            wrong.push(FieldError::new("born", "out_of_range", "nobody is born after today"));
        }
        if !wrong.is_empty() {
            return Err(Problem::fields("invalid_value", wrong));
        }
        let text = |it: Option<String>| it.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
        Ok(Elder {
            name: self.name.trim().to_owned(),
            address: self.address.trim().to_owned(),
            home,
            needs: self.needs,
            contact_mode: self.contact_mode,
            dialect: text(self.dialect),
            hearing: self.hearing,
            born: self.born,
            life_support: self.life_support,
            lift_helpers: self.lift_helpers,
            ..old.clone()
        })
    }
}

/// What of two files differs, for the log: name, address, place and birthday only by their words, for they would outlive an erasure.
fn differs(old: &ElderFileIn, new: &ElderFileIn) -> (serde_json::Value, serde_json::Value) {
    const KEPT_OUT: [&str; 6] = ["name", "address", "lat", "lon", "crs", "born"];
    let map = |it: &ElderFileIn| match serde_json::to_value(it) {
        Ok(serde_json::Value::Object(map)) => map.into_iter().collect(),
        Ok(_) | Err(_) => BTreeMap::new(),
    };
    let (old, new): (BTreeMap<String, _>, BTreeMap<String, _>) = (map(old), map(new));
    let mut both = (serde_json::Map::new(), serde_json::Map::new());
    for (field, value) in &new {
        let before = old.get(field);
        if before == Some(value) {
            continue;
        }
        let told = |it: serde_json::Value| {
            if KEPT_OUT.contains(&field.as_str()) {
                serde_json::Value::from("…")
            } else {
                it
            }
        };
        both.0.insert(field.clone(), told(before.cloned().unwrap_or_default()));
        both.1.insert(field.clone(), told(value.clone()));
    }
    (both.0.into(), both.1.into())
}

impl Api {
    pub(super) async fn kept_elder(&self, id: ElderId) -> Result<Kept<Elder>, Problem> {
        let (today, _) = self.app.desk.local(self.app.clock.now());
        let book = self.app.store.area_book(today).await?;
        self.app.store.elder(id, &book).await?.ok_or_else(no_elder)
    }

    pub(super) async fn record_dto(&self, kept: &Kept<Elder>) -> Result<ElderRecordDto, Problem> {
        let it = &kept.value;
        let (today, _) = self.app.desk.local(self.app.clock.now());
        let secrets = self
            .app
            .store
            .elder_secrets(it.id, &ElderField::ALL)
            .await?
            .unwrap_or_default();
        let access = &secrets.access;
        let sealed = [
            ("identity", secrets.identity.is_some()),
            ("phones", !secrets.phones.is_empty()),
            (
                "access",
                access.door_code.is_some() || access.key_box.is_some() || access.remarks.is_some(),
            ),
            (
                "health",
                secrets.health.summary.is_some() || secrets.health.medication.is_some(),
            ),
        ];
        let home = self.app.picture.household(it.household);
        Ok(ElderRecordDto {
            id: it.id,
            code: it.code.clone(),
            version: kept.version,
            household_id: it.household,
            area_code: it.grid.to_string(),
            area_name: self.app.picture.area_name(it.grid),
            status: it.status.as_str().to_owned(),
            household_members: home.map_or(1, |it| it.1.len()),
            file: ElderFileIn::of(it),
            stays: it.present.as_ref().filter(|_| it.is_away(today)).map(|it| StaysDto {
                address: it.address.clone(),
                until: it.until,
            }),
            ability: it.ability.as_ref().map(|it| AbilityDto {
                level: it.level,
                instrument: it.instrument.clone(),
                assessed_on: it.assessed_on,
            }),
            consents: it
                .consents
                .iter()
                .map(|(purpose, one)| ConsentDto {
                    purpose: purpose.as_str().to_owned(),
                    version: one.version.clone(),
                    given_on: one.given_on,
                    withdrawn_on: one.withdrawn_on,
                    holds: it.agreed(*purpose, today),
                })
                .collect(),
            sealed: sealed.into_iter().filter(|it| it.1).map(|it| it.0.to_owned()).collect(),
            contacts: self.contact_records(it.id).await?,
            uncalled: self.nobody_to_call(it, None).await?,
            left: self.left_of(it).await?,
            reassess: self.falls_of(it).await?,
        })
    }

    async fn edit_file(
        &self,
        who: &SignedIn,
        id: ElderId,
        asked: ElderFileIn,
        version: i64,
    ) -> Result<Kept<Elder>, Problem> {
        let app = &self.app;
        let now = app.clock.now();
        let (today, _) = app.desk.local(now);
        let old = self.kept_elder(id).await?.value;
        let elder = asked.over(&old, today)?;
        let book = app.store.area_book(today).await?;
        let moved = elder.address != old.address || elder.home != old.home;
        let home = app.picture.household(old.household);
        if moved && home.as_ref().is_some_and(|it| it.1.len() > 1) {
            let field = if elder.address == old.address { "lat" } else { "address" };
            let text = "others live in this home: bring in the sheet of elders, so that all of them move";
            return Err(Problem::fields(
                "invalid_value",
                vec![FieldError::new(field, "invalid_value", text)],
            ));
        }
        let (before, after) = differs(&ElderFileIn::of(&old), &ElderFileIn::of(&elder));
        let event = RegisterEvent {
            id: app.ids.make(),
            subject: id.to_string(),
            at: now,
            by: who.user,
            what: "edited".to_owned(),
            before: Some(before),
            after: Some(after),
        };
        let household = home.filter(|_| moved).map(|it| Household {
            address: elder.address.clone(),
            home: elder.home,
            ..(*it.0).clone()
        });
        let file = ElderFile { elder, secrets: None };
        app.store
            .edit_elder_file(file, version, event, &book, now)
            .await
            .map_err(stale)?;
        if let Some(household) = household {
            app.store.put_households(vec![household], &book, now).await?;
        }
        app.refresh_picture(false).await?;
        app.activity.count_anew(id).await?;
        self.kept_elder(id).await
    }
}

/// What the register says of an elder. What is sealed is named, and not shown.
#[utoipa::path(get, path = "/api/v1/elders/{id}/file", tag = "people", params(("id" = String, Path)), responses((status = 200, body = ElderRecordDto)))]
pub async fn show(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let kept = it.kept_elder(id).await?;
            it.record_dto(&kept).await
        })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Edits a file over the version that was seen: 412 when somebody was quicker.
#[utoipa::path(put, path = "/api/v1/elders/{id}/file", tag = "people", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = ElderFileIn, responses((status = 200, body = ElderRecordDto),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<ElderFileIn>,
) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let version = if_match(&request)?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let kept = it.edit_file(&who, id, body.value, version).await?;
            it.record_dto(&kept).await
        })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}

/// Who has changed what of an elder's file on the office's pages, the last first.
#[utoipa::path(get, path = "/api/v1/elders/{id}/file/log", tag = "people", params(("id" = String, Path), Part),
    responses((status = 200, body = PageDto<RegisterEventDto>)))]
pub async fn log(api: web::Data<Api>, request: HttpRequest, asked: Query<Part>) -> Result<HttpResponse, Problem> {
    let id: ElderId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let page = api
        .run(async move { it.register_log(&id.to_string(), asked.0.limit, asked.0.cursor).await })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}
