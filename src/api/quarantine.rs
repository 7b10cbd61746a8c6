//! Senders that could not prove who they are: behind a wrong key may stand a real call for help.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Api;
use super::auth::SignedIn;
use super::problem::Problem;
use super::wire::{Listed, Query, limit, path_id, read_cursor, write_cursor};
use crate::ids::UserId;

/// Which part.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// One sender and what it claimed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QuarantinedDto {
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The same sender has the same digest.
    pub sender: String,
    /// Who it said it is; `*` for what came beyond the bounds.
    pub claimed_device: String,
    /// `bad_key`.
    pub reason: String,
    pub count: i64,
    #[schema(value_type = String, format = DateTime)]
    pub first_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub seen_by: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seen_at: Option<Timestamp>,
}

/// What came beyond the writes a second and was only counted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NotKeptDto {
    /// Since this process started.
    pub count: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Timestamp>,
}

/// A page, and what is on no page.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QuarantinePageDto {
    pub items: Vec<QuarantinedDto>,
    /// The cursor of the next page; null: this is the last one.
    #[serde(default)]
    pub next: Option<String>,
    pub not_kept: NotKeptDto,
}

/// Who could not prove who they are, the last first.
#[utoipa::path(get, path = "/api/v1/quarantine", tag = "quarantine", params(Part), responses((status = 200, body = QuarantinePageDto)))]
pub async fn list(api: web::Data<Api>, asked: Query<Part>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let most = limit(asked.0.limit)?;
            let before = asked
                .0
                .cursor
                .as_deref()
                .map(|it| read_cursor(Listed::Quarantine, it))
                .transpose()?;
            let rows = it.app.store.quarantined(before, most).await?;
            let next = rows.last().filter(|_| rows.len() as u64 >= most);
            let next = next.map(|it| write_cursor(Listed::Quarantine, Some(it.last_at), it.id));
            let items = rows.into_iter().map(|it| QuarantinedDto {
                id: it.id,
                sender: it.sender,
                claimed_device: it.claimed_device,
                reason: it.reason,
                count: it.count,
                first_at: it.first_at,
                last_at: it.last_at,
                seen_by: it.seen.map(|it| it.0),
                seen_at: it.seen.map(|it| it.1),
            });
            let not_kept = it.app.unproved.not_kept();
            Ok(QuarantinePageDto {
                items: items.collect(),
                next,
                not_kept: NotKeptDto {
                    count: not_kept.count,
                    last_at: not_kept.last_at,
                },
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Somebody at a desk has looked at it.
#[utoipa::path(post, path = "/api/v1/quarantine/{id}/seen", tag = "quarantine", params(("id" = String, Path)), responses((status = 204)))]
pub async fn seen(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: Uuid = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let found = api
        .run(async move {
            Ok(it
                .app
                .store
                .mark_quarantine_seen(id, who.user, it.app.clock.now())
                .await?)
        })
        .await?;
    if found {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::not_found("quarantine_not_found", "there is no such row"))
    }
}
