//! `POST /api/v1/receipts/{notice_id}`: an endpoint of ours says that somebody has a notice.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::receipt::{RECEIPT_MAX, ReceiptError, Receipts, Signed, receipt};
use super::signature::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP};
use crate::app::App;

/// Where receipts come in.
pub const PATH: &str = "/api/v1/receipts/{notice_id}";

/// Mounts the route. It signs in nobody: the signature is what counts.
pub fn configure(app: &App, routes: &mut web::ServiceConfig) {
    let receipts = app.receipts.clone();
    let limit = web::PayloadConfig::new(RECEIPT_MAX);
    let take = move |request: HttpRequest, body: web::Bytes| {
        let receipts = receipts.clone();
        async move { take(&receipts, &request, &body).await }
    };
    routes.service(web::resource(PATH).app_data(limit).route(web::post().to(take)));
}

async fn take(receipts: &Receipts, request: &HttpRequest, body: &[u8]) -> HttpResponse {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|it| it.to_str().ok())
            .unwrap_or_default()
    };
    let signed = Signed {
        id: header(HEADER_ID),
        timestamp: header(HEADER_TIMESTAMP),
        signature: header(HEADER_SIGNATURE),
        body,
    };
    // An id that is none is nobody's: the answer is that of a notice we do not know.
    let Ok(id) = request.match_info().query("notice_id").parse() else {
        return answer(&ReceiptError::Unsigned);
    };
    match receipt(receipts, id, signed).await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(error) => answer(&error),
    }
}

/// RFC 9457.
#[derive(Serialize)]
struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    status: u16,
    code: &'static str,
}

fn answer(error: &ReceiptError) -> HttpResponse {
    let (status, code) = match error {
        ReceiptError::Unsigned => (StatusCode::UNAUTHORIZED, "receipt_unsigned"),
        ReceiptError::Old => (StatusCode::UNAUTHORIZED, "receipt_old"),
        ReceiptError::NotAReceipt => (StatusCode::UNPROCESSABLE_ENTITY, "not_a_receipt"),
        ReceiptError::NotSent => (StatusCode::CONFLICT, "notice_not_sent"),
        ReceiptError::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable"),
    };
    let title = match error {
        ReceiptError::Store(error) => {
            tracing::warn!(%error, "a receipt could not be taken");
            "the receipt could not be kept; please send it again".to_owned()
        }
        error => error.to_string(),
    };
    let problem = Problem {
        kind: "about:blank",
        title,
        status: status.as_u16(),
        code,
    };
    let mut response = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header(("retry-after", "2"));
    }
    response.content_type("application/problem+json").json(problem)
}
