//! `POST /api/v1/notify/callbacks/{carrier}`: a carrier's provider reports what became of a letter, or what came back.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::Api;
use super::problem::{Problem, RETRY_AFTER_S};
use super::wire::read_body;

/// The longest body, bytes: some hundred reports.
const BODY_MAX: usize = 256 * 1024;

/// A provider reports. It signs in nobody: its own signature is what counts. Answered when all that it reports is kept and done, as
/// the provider wants to see it; said twice, it is good twice.
#[utoipa::path(post, path = "/api/v1/notify/callbacks/{carrier}", tag = "receipts", request_body(content = String,
        content_type = "application/octet-stream"), security(()), params(("carrier" = String, Path)),
    responses((status = 200, description = "taken, in the provider's own words"),
        (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn take(api: web::Data<Api>, request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let carrier = request.match_info().query("carrier").to_owned();
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_ascii_lowercase(), value.to_str().ok()?.to_owned())))
        .collect();
    let query = request.query_string().to_owned();
    let body = read_body(&mut payload.into_inner(), BODY_MAX).await?;
    let it = api.get_ref().clone();
    let (media, text) = api
        .run(async move {
            let app = &it.app;
            let taken = app.replies.take(&app.outbox, &carrier, &headers, &query, &body).await;
            taken.map_err(|it| refused(it.status(), it.code(), it.to_string()))
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media))
        .body(text))
}

/// A provider asks, when this address is entered at it, whether it is ours (WeChat's official accounts do): its own word is read back to
/// whoever signs with the token that only the two of us know.
#[utoipa::path(get, path = "/api/v1/notify/callbacks/{carrier}", tag = "receipts", security(()), params(("carrier" = String, Path),
        ("timestamp" = Option<String>, Query, description = "WeChat: seconds since 1970"),
        ("nonce" = Option<String>, Query, description = "WeChat: anything"),
        ("signature" = Option<String>, Query, description = "WeChat: SHA-1 over token, timestamp and nonce in the order of their letters"),
        ("echostr" = Option<String>, Query, description = "WeChat: the word to be read back")),
    responses((status = 200, description = "its word", body = String, content_type = "text/plain"),
        (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn verify(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let carrier = request.match_info().query("carrier");
    let word = api
        .app
        .replies
        .verify(carrier, request.query_string())
        .map_err(|it| refused(it.status(), it.code(), it.to_string()))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain"))
        .body(word))
}

fn refused(status: u16, code: &'static str, said: String) -> Problem {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let problem = Problem::new(status, code, said);
    let again = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_S);
    Problem {
        retry_after_s: again,
        ..problem
    }
}
