//! What is asked again and again is answered in full only when it has changed: an `ETag` over the answer, and 304 to whoever has it.
//!
//! The answer is made all the same and only its way is spared, so nothing can be stale: what a viewer may see now is what is compared.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode, header};
use sha2::{Digest as _, Sha256};

/// What a console asks by the clock.
pub const ASKED_AGAIN: &[&str] = &[
    "/api/v1/responders",
    "/api/v1/coverage",
    "/api/v1/practice",
    "/api/v1/handovers",
    "/api/v1/handovers/{id}",
    "/api/v1/cases/{id}/round",
    "/api/v1/cases/{id}/second-looks",
    "/api/v1/cases/{id}/notices",
];

/// The answer with its tag, or 304 when the caller has shown the same tag.
pub async fn or_in_full(answer: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if answer.status() != StatusCode::OK || answer.request().method() != Method::GET {
        return answer;
    }
    let (request, answer) = answer.into_parts();
    let (head, body) = answer.into_parts();
    // A body in memory, as every answer of these routes, can be read.
    let bytes = to_bytes(body).await.unwrap_or_default();
    let digest = Sha256::digest(&bytes);
    let tag: String = digest.iter().take(12).map(|it| format!("{it:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let shown = request.headers().get(header::IF_NONE_MATCH);
    let has = shown.and_then(|it| it.to_str().ok()).is_some_and(|it| {
        // Whatever stands between may have made it a weak one.
        it.split(',').any(|it| it.trim().trim_start_matches("W/") == tag)
    });
    // What is about people is in no store of a browser; the page keeps what it shows.
    let kept = (header::CACHE_CONTROL, "private, no-store");
    let mut answer = if has {
        HttpResponse::NotModified().insert_header(kept).finish()
    } else {
        let mut answer = head.set_body(BoxBody::new(bytes));
        answer
            .headers_mut()
            .insert(header::CACHE_CONTROL, header::HeaderValue::from_static(kept.1));
        answer
    };
    if let Ok(tag) = header::HeaderValue::from_str(&tag) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    ServiceResponse::new(request, answer)
}
