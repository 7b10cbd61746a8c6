//! Photos from the scene: added by who is at work on a case, listed, and opened, which is recorded. Families see none: no
//! consent in the register covers that.

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::photo_file::{NoPhoto, PHOTO_MAX_BYTES, clean};
use super::problem::{FieldError, Problem};
use super::rights::Seen;
use super::view::CaseDto;
use super::wire::{PageDto, Query, idempotency_key, path_id, read_body_within};
use crate::case::{Author, PhotoConsent};
use crate::ids::PhotoId;
use crate::store::cases::{Once, PhotoRow};
use crate::store::random;

/// A photo over a poor line: 400 KiB in this time are 36 kbit/s.
const PHOTO_WITHIN: Duration = Duration::from_secs(90);
/// Bytes of the salt that is sealed before a photo: who knows the log cannot try out which photo it speaks of.
pub const SALT_BYTES: usize = 32;

/// By what right.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Right {
    /// `agreed`: the elder agreed; `forced_entry`: a door was forced, which wants evidence.
    consent: Option<String>,
}

/// A photo, without its bytes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PhotoDto {
    #[schema(value_type = String)]
    pub id: PhotoId,
    /// `{type, id}` of who added it.
    #[schema(value_type = Object)]
    pub by: Author,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `agreed`, `forced_entry`.
    pub consent: String,
    /// `image/jpeg`, `image/png`, `image/webp`.
    pub media: String,
    pub width: u32,
    pub height: u32,
    pub size_bytes: u32,
}

/// A photo was added.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PhotoAddedDto {
    #[schema(value_type = String)]
    pub photo: PhotoId,
    /// The case as the caller may see it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseDto>,
}

/// Adds a photo: a JPEG, PNG or WebP of at most 400 KiB and 1600 pixels an edge, as the body. What it says of place, time and
/// camera is taken out before it is kept. At most 12 a case.
#[utoipa::path(post, path = "/api/v1/cases/{id}/photos", tag = "photos", params(("id" = String, Path), Right),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = PhotoAddedDto),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn add(
    api: web::Data<Api>,
    who: SignedIn,
    seen: Seen,
    request: HttpRequest,
    asked: Query<Right>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = idempotency_key(&request)?;
    let body = read_body_within(&mut payload.into_inner(), PHOTO_MAX_BYTES, PHOTO_WITHIN).await;
    let file = match body {
        Ok(body) => clean(&body).map(|it| (it, body)),
        Err(problem) if problem.status == StatusCode::PAYLOAD_TOO_LARGE => Err(NoPhoto::TooLarge),
        Err(problem) => return Err(problem),
    };
    let consent = consent(asked.0.consent.as_deref());
    let (consent, (photo, body)) = match (consent, file) {
        (Ok(consent), Ok(file)) => (consent, file),
        (consent, file) => {
            let wrong = consent.err().into_iter().chain(file.err().map(wrong_photo));
            return Err(refused(wrong.collect()));
        }
    };
    let once = key.as_deref().map(|key| {
        let asked = [
            request.method().as_str(),
            " ",
            request.path(),
            "?",
            consent.as_str(),
            "\n",
        ]
        .concat();
        let sender = who.user.to_string();
        Once::new(&sender, &[b"http", key.as_bytes()], &[asked.as_bytes(), &body].concat())
    });
    let by = match who.responder {
        Some(me) if !who.viewer().is_by_area() => Author::Responder(me),
        _ => Author::User(who.user),
    };
    let it = api.get_ref().clone();
    let added = api
        .run(async move {
            let desk = &it.app.desk;
            let case = &seen.case.case;
            let id = match &key {
                Some(key) => PhotoId::derive(case.id.as_uuid(), &format!("{} {key}", who.user)),
                None => PhotoId::new(it.app.ids.make()),
            };
            let salt: [u8; SALT_BYTES] = random().map_err(crate::store::StoreError::from)?;
            let salted = [&salt[..], &photo.bytes].concat();
            let digest: String = Sha256::digest(&salted).iter().map(|it| format!("{it:02x}")).collect();
            let row = PhotoRow {
                id,
                consent,
                media: photo.media,
                width: photo.width,
                height: photo.height,
                size_bytes: u32::try_from(photo.bytes.len()).unwrap_or(u32::MAX),
                content: desk.seal_photo(case.subject, id, &salted)?,
            };
            let done = desk.add_photo(case.id, row, digest, by, once).await?;
            let case = it.seen_after(&who, &done, &seen.case).await?;
            Ok(PhotoAddedDto { photo: id, case })
        })
        .await?;
    Ok(HttpResponse::Ok().json(added))
}

fn consent(said: Option<&str>) -> Result<PhotoConsent, FieldError> {
    match said {
        None | Some("") => {
            let text = "say by what right it was taken: agreed, forced_entry";
            Err(FieldError::new("consent", "missing_field", text))
        }
        Some(word) => word
            .parse()
            .map_err(|error: crate::case::UnknownWord| FieldError::new("consent", "invalid_value", error.to_string())),
    }
}

pub(super) fn wrong_photo(why: NoPhoto) -> FieldError {
    let code = match why {
        NoPhoto::TooLarge => "too_large",
        NoPhoto::TooWide => "out_of_range",
        NoPhoto::NotAnImage => "invalid_value",
    };
    FieldError::new("photo", code, why.to_string())
}

/// 413 where the file is too large, else 422; the code is that of the first field.
pub(super) fn refused(wrong: Vec<FieldError>) -> Problem {
    let code = match wrong.first().map(|it| it.code.as_str()) {
        Some("missing_field") => "missing_field",
        Some("out_of_range") => "out_of_range",
        Some("too_large") => "too_large",
        _ => "invalid_value",
    };
    let problem = Problem::fields(code, wrong);
    match code {
        "too_large" => Problem {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            ..problem
        },
        _ => problem,
    }
}

/// The photos of a case that are kept still, oldest first.
#[utoipa::path(get, path = "/api/v1/cases/{id}/photos", tag = "photos", params(("id" = String, Path)),
    responses((status = 200, body = PageDto<PhotoDto>)))]
pub async fn list(api: web::Data<Api>, seen: Seen) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let photos = it.app.store.photos_of(seen.case.case.id).await?;
            let items = photos.into_iter().map(|it| PhotoDto {
                id: it.id,
                by: serde_json::from_str(&it.author).unwrap_or(Author::System),
                at: it.at,
                consent: it.consent,
                media: it.media,
                width: it.width,
                height: it.height,
                size_bytes: it.size_bytes,
            });
            Ok(PageDto {
                items: items.collect::<Vec<_>>(),
                next: None,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// One photo, opened; the look is recorded.
#[utoipa::path(get, path = "/api/v1/cases/{id}/photos/{rid}", tag = "photos", params(("id" = String, Path), ("rid" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg"),
    (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn one(
    api: web::Data<Api>,
    who: SignedIn,
    seen: Seen,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id: PhotoId = path_id(&request, "rid")?;
    let it = api.get_ref().clone();
    let (media, bytes) = api
        .run(async move {
            let store = &it.app.store;
            let case = seen.case.case.id;
            let no_photo = || Problem::not_found("photo_not_found", "there is no such photo of this case");
            let (media, content) = store.photo(case, id).await?.ok_or_else(no_photo)?;
            it.record_view(
                &who,
                "cases",
                case.as_uuid(),
                &["photo.content"],
                Some(case),
                &id.to_string(),
            )
            .await?;
            let ring = store.keys()?.clone();
            let mut salted = ring
                .open_fetching(store, &content, "photo", "content", id.as_uuid())
                .await?;
            Ok((media, salted.split_off(SALT_BYTES.min(salted.len()))))
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type(media)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'"))
        .body(bytes))
}
