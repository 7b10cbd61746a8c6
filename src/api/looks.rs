//! `GET /cases/{id}/second-looks`: who has looked at a case and agrees that it may be closed, for whoever closes it.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::commands::{SECOND_LOOK, SECOND_LOOK_WITHIN};
use super::problem::Problem;
use super::rights::Seen;
use super::wire::PageDto;
use crate::ids::UserId;

/// Lines of the view log of one case that are looked through.
const VIEWS_MAX: u64 = 500;

/// Somebody's look that counts now.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LookDto {
    #[schema(value_type = String)]
    pub by: UserId,
    pub username: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Until when it counts.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
}

/// Others' looks at this case that count now, the last first. One's own never counts for one's own closing.
#[utoipa::path(get, path = "/api/v1/cases/{id}/second-looks", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = PageDto<LookDto>)))]
pub async fn second_looks(api: web::Data<Api>, who: SignedIn, seen: Seen) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let store = &it.app.store;
            let now = it.app.clock.now();
            let mut items: Vec<LookDto> = Vec::new();
            for view in store.views_of(seen.case.case.id.as_uuid(), None, VIEWS_MAX).await? {
                let counts = view.field == SECOND_LOOK && now.duration_since(view.at) <= SECOND_LOOK_WITHIN;
                if !counts || view.by == who.user || items.iter().any(|it| it.by == view.by) {
                    continue;
                }
                if let Some(account) = store.account(view.by).await? {
                    items.push(LookDto {
                        by: view.by,
                        username: account.username,
                        at: view.at,
                        until: view.at + SECOND_LOOK_WITHIN,
                    });
                }
            }
            Ok(PageDto { items, next: None })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}
