//! A try of one's own ways: does the telephone ring, does the message arrive, does the push sound. Asked for at the beginning of a shift.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::Problem;
use crate::ids::NoticeId;
use crate::notify::trial::{TRIES_SHOWN, TrialRefused, Trialist};
use crate::store::channel_tests::ChannelTest;

/// One try of one way at one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelTestDto {
    #[schema(value_type = String)]
    pub id: NoticeId,
    /// By what: a carrier as the configuration names it.
    pub channel: String,
    /// `handed` (on its way), `taken` (the provider has it), `received` (it has arrived), `failed`.
    pub state: String,
    /// Why it failed, in stable words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub received_at: Option<Timestamp>,
}

/// Tries, the last first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelTestsDto {
    pub items: Vec<ChannelTestDto>,
}

impl ChannelTestsDto {
    fn of(all: Vec<ChannelTest>) -> Self {
        let items = all.into_iter().map(|it| ChannelTestDto {
            id: it.id,
            channel: it.channel,
            state: it.state,
            why: it.why,
            at: it.at,
            received_at: it.receipt_at,
        });
        Self { items: items.collect() }
    }
}

impl SignedIn {
    fn trialist(&self) -> Trialist {
        self.responder.map_or(Trialist::Account(self.user), Trialist::Responder)
    }
}

fn fresh(dto: &ChannelTestsDto) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(dto)
}

/// Sends a try by each way that leads to the caller: a call, a short message, a push to each browser, a mail. Their words say that
/// nothing has happened. Once a minute at most, and within the quotas. Receipts come later: ask for the list.
#[utoipa::path(post, path = "/api/v1/me/channel-tests", tag = "reach", responses((status = 200, body = ChannelTestsDto),
    (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
    (status = 429, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn begin(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let (it, trialist) = (api.get_ref().clone(), who.trialist());
    let sent = api.run(async move {
        let now = it.app.clock.now();
        let sent = it.app.outbox.try_ways(trialist).await;
        sent.map_err(|error| match error {
            TrialRefused::TooSoon { again_at } => {
                let wait_s = u32::try_from(again_at.duration_since(now).as_secs()).unwrap_or_default() + 1;
                let status = StatusCode::TOO_MANY_REQUESTS;
                Problem {
                    retry_after_s: Some(wait_s),
                    ..Problem::new(status, "try_too_soon", "one try a minute")
                }
            }
            TrialRefused::NoCarriers => {
                let why = "no way out of the house is configured";
                Problem::new(StatusCode::CONFLICT, "no_carriers", why)
            }
            TrialRefused::Store(error) => error.into(),
        })
    });
    Ok(fresh(&ChannelTestsDto::of(sent.await?)))
}

/// What came of the caller's tries of the last 24 hours.
#[utoipa::path(get, path = "/api/v1/me/channel-tests", tag = "reach", responses((status = 200, body = ChannelTestsDto)))]
pub async fn list(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let (it, owner) = (api.get_ref().clone(), who.trialist().name());
    let all = api.run(async move {
        let since = it.app.clock.now().checked_sub(TRIES_SHOWN).unwrap_or(Timestamp::MIN);
        Ok::<_, Problem>(it.app.store.channel_tests(Some(&owner), since).await?)
    });
    Ok(fresh(&ChannelTestsDto::of(all.await?)))
}
