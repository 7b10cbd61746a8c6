//! `POST /api/v1/cap`: a town, a weather or a fire service warns; answered 200 when all that follows is committed.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::problem::{FieldError, Problem};
use super::wire::read_body;
use crate::dispatch::DeskError;
use crate::intake::cap::{Denied, Signed};

/// What came of a message.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CapTaken {
    /// `warned` (cases were opened or gone on with), `ended`, `nobody_inside`, `not_real` (an exercise or a test), `no_warning` (an
    /// answer), `kept` (just started: it is done as soon as the register has been read), `expired`, `older` (a later message holds), `cancelled_before`, `nothing_open`.
    pub result: String,
}

struct Came {
    id: String,
    timestamp: String,
    signature: String,
    address: String,
}

impl Came {
    fn of(request: &HttpRequest) -> Self {
        let header = |name: &str| {
            let value = request.headers().get(name).and_then(|it| it.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Self {
            id: header(crate::signature::HEADER_ID),
            timestamp: header(crate::signature::HEADER_TIMESTAMP),
            signature: header(crate::signature::HEADER_SIGNATURE),
            address: request.connection_info().peer_addr().unwrap_or("unknown").to_owned(),
        }
    }

    fn signed(&self) -> Signed<'_> {
        Signed {
            id: &self.id,
            timestamp: &self.timestamp,
            signature: &self.signature,
        }
    }

    /// Keeps it for the desk, a few a second, and says why.
    async fn refuse(&self, api: &Api, claimed: &str, reason: &'static str, body: &[u8], problem: Problem) -> Problem {
        metrics::counter!("ecd_cap_messages_total", "result" => reason).increment(1);
        match api.app.strangers.keep(&self.address, claimed, reason, body).await {
            Ok(true) => {}
            Ok(false) => metrics::counter!("ecd_unproved_not_kept_total").increment(1),
            Err(error) => tracing::warn!(%error, reason, "a warning that was refused could not be kept for the desk"),
        }
        problem
    }
}

fn problem(why: &Denied) -> Problem {
    match why {
        Denied::Unsigned => Problem::unauthorized("cap_unsigned", "no secret of ours holds for this message"),
        Denied::Old => Problem::unauthorized("cap_signature_old", "`webhook-timestamp` is more than 300 s away"),
        Denied::TooFast => Problem::unavailable("cap_too_fast", "this is more than may be sent; nothing was written"),
        Denied::NotTheirs => {
            Problem::forbidden("cap_sender_not_allowed", "`sender` is not one that this secret may use")
        }
        Denied::Ahead => {
            let text = "must not be more than 10 minutes ahead";
            Problem {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                errors: vec![FieldError::new("sent", "cap_sent_ahead", text)],
                ..Problem::bad_request("cap_sent_ahead", format!("`sent` {text}"))
            }
        }
        Denied::Unreadable(why) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "cap_unreadable",
            format!("this is no message of CAP 1.2: {why}"),
        ),
    }
}

/// A warning in CAP 1.2, signed as our own webhooks are. 200 when all that follows from it is committed, also when it comes again; in the
/// first seconds after a start when the message is (`kept`). On 503 it is to be sent again.
#[utoipa::path(post, path = "/api/v1/cap", tag = "cap", security(()),
    request_body(content = String, content_type = "application/cap+xml"),
    params(("webhook-id" = String, Header), ("webhook-timestamp" = i64, Header), ("webhook-signature" = String, Header)),
    responses((status = 200, body = CapTaken),
        (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 403, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 413, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 503, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn take(api: web::Data<Api>, request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let came = Came::of(&request);
    let body = match read_body(&mut payload.into_inner(), api.app.cap.body_max_bytes).await {
        Ok(body) => body,
        Err(problem) if problem.status == StatusCode::PAYLOAD_TOO_LARGE => {
            return Err(came.refuse(&api, "cap", "too_large", b"", problem).await);
        }
        Err(problem) => return Err(problem),
    };
    let it = api.get_ref().clone();
    let taken = api.run(async move { work(&it, &came, &body).await }).await?;
    Ok(HttpResponse::Ok().json(taken))
}

async fn work(api: &Api, came: &Came, body: &[u8]) -> Result<CapTaken, Problem> {
    let (source, alert) = match api.app.cap.read(came.signed(), body, api.app.clock.now()) {
        Ok(it) => it,
        Err((source, why)) => {
            let claimed = source.map_or("cap".to_owned(), |it| format!("cap {}", it.link));
            if why == Denied::TooFast {
                metrics::counter!("ecd_cap_messages_total", "result" => why.as_str()).increment(1);
                return Err(problem(&why));
            }
            return Err(came.refuse(api, &claimed, why.as_str(), body, problem(&why)).await);
        }
    };
    let taken = api
        .app
        .warnings
        .take(source, &alert, body)
        .await
        .map_err(|error| match error {
            DeskError::Store(error) => Problem::from(error),
            error => {
                tracing::warn!(%error, "what follows from a warning could not be done yet");
                Problem::unavailable("cap_not_done", "not all that follows could be written; send it again")
            }
        })?;
    metrics::counter!("ecd_cap_messages_total", "result" => "kept").increment(1);
    Ok(CapTaken {
        result: taken.as_str().to_owned(),
    })
}
