//! The contacts in an elder's file: what they are to the elder, who is called first, and at which hours. Names, telephones and new contacts
//! come with their sheet.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::station_register::{if_match, stale, with_etag};
use super::wire::{Body, path_id};
use crate::ids::{ContactId, ElderId};
use crate::people::{Contact, ContactLevel, QuietHours, Relation};
use crate::store::{Kept, RegisterEvent};

/// Hours of the street's day, `from` 8 `to` 20; also over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursDto {
    /// The first hour, 0 to 23.
    pub from: u8,
    /// The first hour that is no more among them, 0 to 23.
    pub to: u8,
}

/// What is edited of a contact. What is left out is taken off the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactIn {
    /// `spouse`, `child`, `grandchild`, `sibling`, `relative`, `neighbour`, `friend`, `carer`, `guardian`, … A guardian
    /// answers for the elder, and is asked first.
    #[schema(value_type = String)]
    pub relation: Relation,
    /// 1 is called first.
    pub call_order: u8,
    /// `status`, `history`, `health`: how much they are told, as the elder has chosen.
    #[schema(value_type = String)]
    pub level: ContactLevel,
    /// When they are to be reached; left out: at any hour. At others they are asked last, and of nothing that is not critical.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursDto>,
}

/// A contact in the file. Telephones are sealed: whether one is on file is said, and no digit of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContactRecordDto {
    #[schema(value_type = String)]
    pub id: ContactId,
    /// Rises with each change; an edit names it in `If-Match`.
    pub version: i64,
    pub name: String,
    pub contact: ContactIn,
    /// Answers for the elder by law or in advance.
    pub guardian: bool,
    /// Hears nothing, is never asked, and proves nothing.
    pub restricted: bool,
    /// A telephone is on file.
    pub telephone: bool,
}

impl ContactIn {
    fn of(it: &Contact) -> Self {
        Self {
            relation: it.relation,
            call_order: it.call_order,
            level: it.level,
            hours: it.hours.map(|it| HoursDto {
                from: it.from,
                to: it.to,
            }),
        }
    }

    /// Each field that cannot be, named.
    fn check(&self) -> Result<(), Problem> {
        let mut wrong = Vec::new();
        if self.call_order == 0 {
            let text = "the first to be called is 1";
            wrong.push(FieldError::new("call_order", "out_of_range", text));
        }
        if let Some(hours) = self.hours {
            let field = match (hours.from, hours.to) {
                (24.., _) => Some("hours.from"),
                (_, 24..) => Some("hours.to"),
                (from, to) if from == to => Some("hours.to"),
                _ => None,
            };
            let text = "must be an hour, 0 to 23, and another than the first";
            wrong.extend(field.map(|it| FieldError::new(it, "out_of_range", text)));
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(Problem::fields("out_of_range", wrong)),
        }
    }
}

impl Api {
    /// The contacts of an elder in the order in which they are called.
    pub(super) async fn contact_records(&self, elder: ElderId) -> Result<Vec<ContactRecordDto>, Problem> {
        let loaded = self.app.store.contacts_of(&[elder]).await?;
        for error in &loaded.aside {
            tracing::error!(%error, "a contact is set aside");
        }
        let mut all = loaded.items;
        all.sort_by(|a, b| {
            let place = |it: &Contact| (it.restricted, !it.is_guardian(), it.call_order, it.code.clone());
            place(&a.value).cmp(&place(&b.value))
        });
        let mut found = Vec::with_capacity(all.len());
        for it in all {
            found.push(self.contact_record(it).await?);
        }
        Ok(found)
    }

    async fn contact_record(&self, kept: Kept<Contact>) -> Result<ContactRecordDto, Problem> {
        let it = kept.value;
        let telephone = self.app.store.has_phones(it.id).await?;
        Ok(ContactRecordDto {
            id: it.id,
            version: kept.version,
            contact: ContactIn::of(&it),
            guardian: it.is_guardian(),
            restricted: it.restricted,
            telephone,
            name: it.name,
        })
    }

    async fn edit_contact(
        &self,
        who: &SignedIn,
        (elder, id): (ElderId, ContactId),
        asked: ContactIn,
        version: i64,
    ) -> Result<ContactRecordDto, Problem> {
        let none = || Problem::not_found("contact_not_found", "there is no such contact of this elder");
        let store = &self.app.store;
        let kept = store.contact(id).await?.filter(|it| it.value.elder == elder);
        let old = kept.ok_or_else(none)?.value;
        asked.check()?;
        let contact = Contact {
            relation: asked.relation,
            call_order: asked.call_order,
            level: asked.level,
            hours: asked.hours.map(|it| QuietHours {
                from: it.from,
                to: it.to,
            }),
            ..old.clone()
        };
        let now = self.app.clock.now();
        let event = RegisterEvent {
            id: self.app.ids.make(),
            subject: elder.to_string(),
            at: now,
            by: who.user,
            what: "contact".to_owned(),
            before: Some(json!({"contact": id, "is": ContactIn::of(&old)})),
            after: Some(json!({"contact": id, "is": asked})),
        };
        store.edit_contact(contact, version, event, now).await.map_err(stale)?;
        self.app.refresh_picture(false).await?;
        let kept = store.contact(id).await?.ok_or_else(none)?;
        self.contact_record(kept).await
    }
}

/// Edits a contact over the version that was seen: 412 when somebody was quicker.
#[utoipa::path(put, path = "/api/v1/elders/{id}/contacts/{rid}", tag = "people",
    params(("id" = String, Path), ("rid" = String, Path), ("If-Match" = String, Header)), request_body = ContactIn,
    responses((status = 200, body = ContactRecordDto),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 412, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 428, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn put(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<ContactIn>,
) -> Result<HttpResponse, Problem> {
    let of: (ElderId, ContactId) = (path_id(&request, "id")?, path_id(&request, "rid")?);
    let version = if_match(&request)?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move { it.edit_contact(&who, of, body.value, version).await })
        .await?;
    Ok(with_etag(StatusCode::OK, dto.version, &dto))
}
