//! `POST /api/v1/push/{platform}/{link}`: a cloud pushes what its devices say; answered 200 when all of it is committed.
//! `GET` there is the handshake when the address is entered at the cloud.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Api;
use super::problem::Problem;
use super::wire::read_body;
use crate::intake::push::receive::receive;
use crate::intake::push::{Asked, Denied, Link, Platform};

/// Bytes of an address at an unknown link that are looked at.
const UNPROVED_MAX: usize = crate::store::quarantine::BODY_MAX_BYTES;

/// What the address and the headers say, owned by the request's work.
struct Came {
    platform: Option<Platform>,
    link: String,
    secret: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    address: String,
}

impl Came {
    fn of(request: &HttpRequest) -> Self {
        let named = |name: &str| request.match_info().get(name).unwrap_or_default();
        // A cloud that signs nothing shows its secret behind the name: `yangcun.SECRET`.
        let (link, secret) = named("link").split_once('.').unwrap_or((named("link"), ""));
        let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        let headers = request.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        Self {
            platform: named("platform").parse().ok(),
            link: link.to_owned(),
            secret: secret.to_owned(),
            query: query.map(web::Query::into_inner).unwrap_or_default(),
            headers: headers.collect(),
            address: request.connection_info().peer_addr().unwrap_or("unknown").to_owned(),
        }
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            query: &self.query,
            headers: &self.headers,
            secret: &self.secret,
        }
    }

    fn claimed(&self) -> String {
        let platform = self.platform.map_or("unknown", Platform::as_str);
        format!("{platform} {}", self.link)
    }

    fn link_of<'a>(&self, api: &'a Api) -> Option<&'a Link> {
        api.app.push.link_of(self.platform?, &self.link)
    }

    /// Keeps bytes for the desk, a few a second; the rest is counted.
    async fn keep_aside(&self, api: &Api, reason: &'static str, body: &[u8]) -> Result<(), Problem> {
        metrics::counter!("ecd_unproved_senders_total").increment(1);
        let kept = api
            .app
            .strangers
            .keep(&self.address, &self.claimed(), reason, body)
            .await?;
        if !kept {
            metrics::counter!("ecd_unproved_not_kept_total").increment(1);
        }
        Ok(())
    }

    /// As [`Came::keep_aside`], where the answer is the same whether it could be kept or not.
    async fn refuse(&self, api: &Api, reason: &'static str, body: &[u8], problem: Problem) -> Problem {
        counted(self.platform, reason);
        if let Err(error) = self.keep_aside(api, reason, body).await {
            tracing::warn!(%error, reason, "a push that was refused could not be kept for the desk");
        }
        problem
    }
}

fn counted(platform: Option<Platform>, result: &'static str) {
    let platform = platform.map_or("unknown", Platform::as_str);
    metrics::counter!("ecd_pushes_total", "platform" => platform, "result" => result).increment(1);
}

fn no_link() -> Problem {
    Problem::not_found("push_link_not_found", "there is no such link")
}

fn denied(why: Denied) -> Problem {
    match why {
        Denied::BadSignature => {
            Problem::unauthorized("bad_push_signature", "this is not signed by the cloud of this link")
        }
        Denied::StaleSignature => Problem::unauthorized(
            "stale_push_signature",
            "this was signed too long ago, or ahead of our clock",
        ),
        Denied::NotDecryptable => Problem::unavailable(
            "push_not_decryptable",
            "the key of this link does not open it; nothing was written",
        ),
    }
}

/// The handshake: what the cloud wants to read when the address is entered there.
#[utoipa::path(get, path = "/api/v1/push/{platform}/{link}", tag = "push",
    params(("platform" = String, Path, description = "`onenet`, `ctwing`, `huawei`, `tencent`"), ("link" = String, Path)),
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn greet(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let came = Came::of(&request);
    let api = api.get_ref().clone();
    let it = api.clone();
    let answer = api
        .run(async move {
            let Some(link) = came.link_of(&it) else {
                return Err(came.refuse(&it, "unknown_push_link", b"", no_link()).await);
            };
            match link
                .platform
                .cloud()
                .greet(&link.keys, &came.asked(), it.app.clock.now())
            {
                Ok(answer) => {
                    counted(came.platform, "greeted");
                    Ok(answer)
                }
                Err(why) => Err(came.refuse(&it, why.as_str(), b"", denied(why)).await),
            }
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(answer))
}

/// A push. 200 when everything that it asserts is committed; on 503 the cloud sends it again, and nothing is doubled.
#[utoipa::path(post, path = "/api/v1/push/{platform}/{link}", tag = "push", request_body = Object,
    params(("platform" = String, Path, description = "`onenet`, `ctwing`, `huawei`, `tencent`"), ("link" = String, Path)),
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 413, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 503, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn take(api: web::Data<Api>, request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let came = Came::of(&request);
    let known = came.link_of(&api).is_some();
    let most = if known {
        api.app.push.body_max_bytes
    } else {
        UNPROVED_MAX
    };
    let mut payload = payload.into_inner();
    let body = match read_body(&mut payload, most).await {
        Ok(body) => body,
        Err(_) if !known => Default::default(),
        Err(problem) => {
            if problem.status == StatusCode::PAYLOAD_TOO_LARGE {
                // Somebody has to look: no cloud sends so much.
                return Err(came.refuse(&api, "too_large", b"", problem).await);
            }
            return Err(problem);
        }
    };
    let api = api.get_ref().clone();
    let it = api.clone();
    api.run(async move { work(&it, &came, &body).await }).await?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok"))
}

async fn work(api: &Api, came: &Came, body: &[u8]) -> Result<(), Problem> {
    let Some(link) = came.link_of(api) else {
        return Err(came.refuse(api, "unknown_push_link", body, no_link()).await);
    };
    let cloud = link.platform.cloud();
    let now = api.app.clock.now();
    let opened = match cloud.open(&link.keys, &came.asked(), body, now) {
        Ok(opened) => opened,
        Err(why) => return Err(came.refuse(api, why.as_str(), body, denied(why)).await),
    };
    // Only what is proved takes up the link's allowance: nobody else can shut the cloud out.
    if link.admit(now).is_err() {
        counted(came.platform, "too_fast");
        return Err(Problem::unavailable(
            "push_too_fast",
            "this link sends more than it may; nothing was written",
        ));
    }
    let Some(messages) = cloud.read(&opened) else {
        // The cloud proved itself and would send it for ever: it is kept for the desk, and taken.
        counted(came.platform, "undecodable");
        return came.keep_aside(api, "undecodable_push", &opened.text).await;
    };
    match receive(&api.app, link, &messages).await {
        Ok(()) => {
            counted(came.platform, "kept");
            Ok(())
        }
        Err(_) => {
            counted(came.platform, "not_kept");
            Err(Problem::unavailable(
                "push_not_kept",
                "not all of it could be kept; send it again",
            ))
        }
    }
}
