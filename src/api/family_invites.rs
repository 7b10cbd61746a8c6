//! The desk's side of the family page: making a link for one contact, seeing who has come by one, shutting a device out.

use std::collections::HashMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::family::{FamilyDeviceDto, device_dto};
use super::family_session::TRIES_MAX;
use super::problem::Problem;
use super::wire::{Body, path_id};
use crate::ids::{ContactId, ElderId, FamilyDeviceId, InviteId};
use crate::store::{Invite, LinkToken, NewInvite};

/// A link that is not used within this is good no more.
pub const INVITE_FOR: SignedDuration = SignedDuration::from_hours(72);
/// The side of the picture, pixels; it is drawn in lines and grows as one likes.
const QR_SIDE: u32 = 240;

/// For whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteIn {
    #[schema(value_type = String)]
    pub contact_id: ContactId,
}

/// A link, told once: it is kept nowhere as it stands here.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct InviteDto {
    #[schema(value_type = String)]
    pub id: InviteId,
    /// To be sent to the contact; opens one device, once, with the last four digits of their telephone.
    pub link: String,
    /// The link as a QR code, SVG.
    pub qr_svg: String,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// The last link of a contact that was not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenInviteDto {
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Too many wrong digits: a new one is needed.
    pub locked: bool,
}

/// A contact, and how they look on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FamilyContactDto {
    #[schema(value_type = String)]
    pub contact_id: ContactId,
    pub name: String,
    pub relation: String,
    /// `status`, `history`, `health`.
    pub level: String,
    /// A restricted contact is given no link.
    pub restricted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<OpenInviteDto>,
    pub devices: Vec<FamilyDeviceDto>,
}

/// The family of an elder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FamilyDto {
    /// In call order.
    pub contacts: Vec<FamilyContactDto>,
}

impl Api {
    /// An elder of the caller's own area. The guard lets a responder pass, whose right to an elder comes from a case; a link
    /// is made by those who answer for the area.
    fn own_elder(&self, who: &SignedIn, request: &HttpRequest) -> Result<ElderId, Problem> {
        let id: ElderId = path_id(request, "id")?;
        let elder = self.app.picture.elder(id);
        elder
            .filter(|it| who.scope.contains(it.grid))
            .map(|it| it.id)
            .ok_or_else(|| Problem::not_found("elder_not_found", "there is no such elder"))
    }
}

/// Makes a link for one contact; an earlier one of theirs that was not used is good no more.
#[utoipa::path(post, path = "/api/v1/elders/{id}/family-invites", tag = "family", params(("id" = String, Path)),
    request_body = InviteIn, responses((status = 201, body = InviteDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn invite(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<InviteIn>,
) -> Result<HttpResponse, Problem> {
    let elder = api.own_elder(&who, &request)?;
    let base = match &api.app.config.family.public_url {
        Some(url) => url.clone(),
        None => {
            let here = request.connection_info();
            format!("{}://{}", here.scheme(), here.host())
        }
    };
    let it = api.get_ref().clone();
    let made = api
        .run(async move { it.make_link(who, elder, body.value.contact_id, base).await })
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(made))
}

impl Api {
    async fn make_link(
        self,
        who: SignedIn,
        elder: ElderId,
        contact: ContactId,
        base: String,
    ) -> Result<InviteDto, Problem> {
        let conflict = |code: &'static str, detail: &str| Problem::new(StatusCode::CONFLICT, code, detail);
        let facts = self.app.picture.facts(elder);
        let known = facts.is_some_and(|it| it.contacts.iter().any(|it| it.id == contact));
        if !known {
            return Err(Problem::not_found(
                "contact_not_found",
                "there is no such contact of this elder",
            ));
        }
        if self.contact(elder, contact).is_none() {
            return Err(conflict("contact_restricted", "this contact may hear nothing"));
        }
        let store = &self.app.store;
        let secrets = store.contact_secrets(contact).await?.unwrap_or_default();
        if !secrets.phones.iter().any(|it| it.reveal().len() >= 4) {
            return Err(conflict(
                "contact_without_phone",
                "no telephone of this contact is on file, and its last digits open the link",
            ));
        }
        let token = LinkToken::make()?;
        let now = self.app.clock.now();
        let new = NewInvite {
            id: InviteId::new(self.app.ids.make()),
            elder,
            contact,
            by: who.user,
            expires_at: now + INVITE_FOR,
        };
        // In the fragment: no server, proxy or log sees what stands behind the `#`.
        let link = format!("{base}/family#{}", token.reveal());
        let made = InviteDto {
            id: new.id,
            qr_svg: qr(&link)?,
            link,
            expires_at: new.expires_at,
        };
        store.add_family_invite(new, &token, now).await?;
        tracing::info!(invite.id = %made.id, elder.id = %elder, contact.id = %contact, user.id = %who.user, "a family link was made");
        Ok(made)
    }
}

/// A link as a QR code, SVG of our own.
pub(super) fn qr(link: &str) -> Result<String, Problem> {
    let code = QrCode::new(link.as_bytes()).map_err(|error| {
        tracing::error!(%error, "a link does not fit a QR code");
        Problem::internal()
    })?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(QR_SIDE, QR_SIDE).build())
}

/// The contacts of an elder, with their open links and their devices.
#[utoipa::path(get, path = "/api/v1/elders/{id}/family", tag = "family", params(("id" = String, Path)),
    responses((status = 200, body = FamilyDto)))]
pub async fn family(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let elder = api.own_elder(&who, &request)?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let (store, now) = (&it.app.store, it.app.clock.now());
            let mut devices: HashMap<ContactId, Vec<FamilyDeviceDto>> = HashMap::new();
            for device in store
                .family_devices(elder, None)
                .await?
                .iter()
                .filter(|it| it.is_good(now))
            {
                devices
                    .entry(device.contact)
                    .or_default()
                    .push(device_dto(device, None));
            }
            let invites = store.family_invites(elder).await?;
            let contacts = it.app.picture.facts(elder).map(|it| it.contacts).unwrap_or_default();
            let contacts = contacts.iter().map(|it| FamilyContactDto {
                contact_id: it.id,
                name: it.name.clone(),
                relation: it.relation.as_str().to_owned(),
                level: it.level.as_str().to_owned(),
                restricted: it.restricted,
                invite: invites
                    .iter()
                    .find(|one| one.contact == it.id && is_open(one, now))
                    .map(|one| OpenInviteDto {
                        made_at: one.made_at,
                        expires_at: one.expires_at,
                        locked: one.attempts >= TRIES_MAX,
                    }),
                devices: devices.remove(&it.id).unwrap_or_default(),
            });
            Ok(FamilyDto {
                contacts: contacts.collect(),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

fn is_open(it: &Invite, now: Timestamp) -> bool {
    it.used_at.is_none() && it.revoked_at.is_none() && it.expires_at > now
}

/// Shuts a device of the family out: its page ends within seconds.
#[utoipa::path(post, path = "/api/v1/elders/{id}/family/devices/{rid}/revoke", tag = "family",
    params(("id" = String, Path), ("rid" = String, Path)), responses((status = 204)))]
pub async fn revoke(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let elder = api.own_elder(&who, &request)?;
    let id: FamilyDeviceId = path_id(&request, "rid")?;
    let it = api.get_ref().clone();
    api.run(async move {
        let store = &it.app.store;
        let device = store.family_device(id).await?.filter(|it| it.elder == elder);
        if device.is_none() {
            return Err(Problem::not_found(
                "device_not_found",
                "there is no such device of this family",
            ));
        }
        let changed = store.revoke_family_device(id, it.app.clock.now()).await?;
        for (who, outline) in changed.into_iter().flatten() {
            it.app.picture.put_outline(who, outline);
        }
        tracing::info!(device.id = %id, elder.id = %elder, user.id = %who.user, "a device of a family was shut out");
        Ok(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_drawn_in_lines_of_our_own() {
        let link = format!("https://example.org/family#{}", LinkToken::make().unwrap().reveal());
        let drawn = qr(&link).unwrap();
        assert!(
            drawn.contains("<svg") && drawn.contains("</svg>") && !drawn.contains("<script"),
            "{drawn:.80}"
        );
        assert!(!drawn.contains(&link), "the picture holds the link as dots alone");
    }
}
