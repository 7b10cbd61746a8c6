//! Where a device hangs: one photo a device, of the household's record of what was installed, with the household's consent. It is no case's.

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::photo_file::{NoPhoto, PHOTO_MAX_BYTES, clean};
use super::photos::{refused, wrong_photo};
use super::problem::{FieldError, Problem};
use super::wire::{Query, path_id, read_body_within};
use crate::ids::{DeviceId, UserId};
use crate::people::DeviceBinding;
use crate::store::DevicePhoto;

/// As a photo from the scene: 400 KiB over a poor line.
const PHOTO_WITHIN: Duration = Duration::from_secs(90);

/// By what right.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InstallRight {
    /// `household`: whoever lives there agreed that the place of the device is photographed.
    consent: Option<String>,
}

/// A photo of where a device hangs, without its bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InstallPhotoDto {
    #[schema(value_type = String)]
    pub device_id: DeviceId,
    #[schema(value_type = String)]
    pub by: UserId,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `image/jpeg`, `image/png`, `image/webp`.
    pub media: String,
    pub width: u32,
    pub height: u32,
    pub size_bytes: usize,
}

/// Adds the photo, in place of the one before it: a JPEG, PNG or WebP of at most 400 KiB and 1600 pixels an edge, as the body. What it says
/// of place, time and camera is taken out before it is kept.
#[utoipa::path(post, path = "/api/v1/devices/{id}/photo", tag = "devices", params(("id" = String, Path), InstallRight),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = InstallPhotoDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn add(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    asked: Query<InstallRight>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let id: DeviceId = path_id(&request, "id")?;
    let device = api.device_for(&who, id)?;
    let body = read_body_within(&mut payload.into_inner(), PHOTO_MAX_BYTES, PHOTO_WITHIN).await;
    let file = match body {
        Ok(body) => clean(&body),
        Err(problem) if problem.status == StatusCode::PAYLOAD_TOO_LARGE => Err(NoPhoto::TooLarge),
        Err(problem) => return Err(problem),
    };
    let consent = match asked.0.consent.as_deref() {
        Some("household") => None,
        None | Some("") => {
            let text = "say that whoever lives there agreed: household";
            Some(FieldError::new("consent", "missing_field", text))
        }
        Some(_) => Some(FieldError::new("consent", "invalid_value", "known is household")),
    };
    let photo = match (consent, file) {
        (None, Ok(photo)) => photo,
        (consent, file) => {
            let wrong = consent.into_iter().chain(file.err().map(wrong_photo));
            return Err(refused(wrong.collect()));
        }
    };
    let elder = match device.binding {
        Some(DeviceBinding::Elder(id)) => Some(id),
        Some(DeviceBinding::Household(_)) => None,
        None => {
            let text = "this device is nobody's: it hangs nowhere";
            return Err(Problem::new(StatusCode::CONFLICT, "device_not_bound", text));
        }
    };
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let kept = DevicePhoto {
                id: it.app.ids.make(),
                device: id,
                by: who.user,
                at: it.app.clock.now(),
                media: photo.media.to_owned(),
                width: photo.width,
                height: photo.height,
                bytes: photo.bytes,
            };
            let dto = InstallPhotoDto {
                device_id: id,
                by: kept.by,
                at: kept.at,
                media: kept.media.clone(),
                width: kept.width,
                height: kept.height,
                size_bytes: kept.bytes.len(),
            };
            it.app.store.put_device_photo(kept, elder).await?;
            tracing::info!(device.id = %id, user.id = %who.user, "the place of a device was photographed");
            Ok(dto)
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

/// The photo, opened; the look is recorded.
#[utoipa::path(get, path = "/api/v1/devices/{id}/photo", tag = "devices", params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg"),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn one(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: DeviceId = path_id(&request, "id")?;
    api.device_for(&who, id)?;
    let it = api.get_ref().clone();
    let photo = api
        .run(async move {
            let no_photo = || Problem::not_found("photo_not_found", "there is no photo of where this device hangs");
            let photo = it.app.store.device_photo(id).await?.ok_or_else(no_photo)?;
            it.record_view(&who, "device", id.as_uuid(), &["photo"], None, "where a device hangs")
                .await?;
            Ok(photo)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type(photo.media)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'"))
        .body(photo.bytes))
}
