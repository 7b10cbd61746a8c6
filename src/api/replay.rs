//! `GET /api/v1/cases/{id}/at/{version}`: a case as it stood after one record of its log, rebuilt from the records before it.
//!
//! What is looked at is the past: no deadline of it runs, and nothing can be done to it.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::Api;
use super::auth::SignedIn;
use super::problem::Problem;
use super::rights::Seen;
use super::view::{CaseDto, case_at};
use crate::case::{Case, Record};
use crate::store::StoreError;
use crate::store::cases::CaseView;

/// Records that are read at a time.
const PAGE: u64 = 500;

/// One case, as it stood when its log had so many records.
#[utoipa::path(get, path = "/api/v1/cases/{id}/at/{version}", tag = "cases",
    params(("id" = String, Path), ("version" = u32, Path, description = "1 to the case's `version`")),
    responses((status = 200, body = CaseDto), (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn at(api: web::Data<Api>, who: SignedIn, seen: Seen, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let no_version = || Problem::not_found("version_not_found", "the log of this case has no such record");
    let version = request
        .match_info()
        .get("version")
        .and_then(|it| it.parse::<u32>().ok());
    let version = version
        .filter(|it| (1..=seen.case.case.version).contains(it))
        .ok_or_else(no_version)?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let log = it.records(&seen.case, version).await?;
            let case = Case::rebuild(&log)
                .map_err(|error| StoreError::corrupt("case_event", seen.case.case.id, "body", error.to_string()))?;
            // The plan may have been another one then.
            it.app.store.plan_of(&case).await?;
            let then = CaseView {
                case: Arc::new(case),
                ..seen.case
            };
            case_at(&it.app, &who.viewer(), &then, |case| it.app.field.doors(case)).ok_or_else(no_version)
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

impl Api {
    async fn records(&self, view: &CaseView, until: u32) -> Result<Vec<Record>, Problem> {
        let until = usize::try_from(until).unwrap_or(usize::MAX);
        let mut log: Vec<Record> = Vec::new();
        while log.len() < until {
            let after = i64::try_from(log.len()).unwrap_or(i64::MAX);
            let page = self.app.store.events(view.case.id, after, PAGE).await?;
            if page.is_empty() {
                break;
            }
            log.extend(page.into_iter().map(|it| it.record));
        }
        log.truncate(until);
        Ok(log)
    }
}
