//! `POST /api/v1/receipts/{notice_id}`: an endpoint of ours says that somebody has a notice.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::problem::Problem;
use super::wire::read_body;
use crate::ids::NoticeId;

/// The longest body of a receipt, bytes.
const RECEIPT_MAX: usize = 4 * 1024;

/// A receipt, signed as our own messages are: headers `webhook-id` (the id of the notice), `webhook-timestamp` and
/// `webhook-signature`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceiptIn {
    /// True, and nothing else.
    pub received: bool,
}

/// Somebody has the notice. It signs in nobody: the signature is what counts.
#[utoipa::path(post, path = "/api/v1/receipts/{notice_id}", tag = "receipts", request_body = ReceiptIn, security(()),
    params(("notice_id" = String, Path), ("webhook-id" = String, Header), ("webhook-timestamp" = i64, Header),
        ("webhook-signature" = String, Header)),
    responses((status = 204, description = "taken, also when it is said twice"),
        (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn take(api: web::Data<Api>, request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let header = |name: &str| {
        let value = request.headers().get(name).and_then(|it| it.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let [id, timestamp, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header);
    let notice: Option<NoticeId> = request.match_info().query("notice_id").parse().ok();
    let body = read_body(&mut payload.into_inner(), RECEIPT_MAX).await?;
    let it = api.get_ref().clone();
    api.run(async move {
        let taken = it.app.receipts.take(notice, [&id, &timestamp, &signature], &body).await;
        taken.map_err(|error| match error.store() {
            Some(error) => Problem::from(error.clone()),
            None => {
                let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::UNAUTHORIZED);
                Problem::new(status, error.code(), error.to_string())
            }
        })
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
