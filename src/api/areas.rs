//! The areas of the caller, for whoever has to name one.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::Problem;

/// An area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AreaDto {
    pub code: String,
    pub name: String,
    /// `district`, `street`, `community`, `grid`.
    pub level: String,
    /// It lies in the caller's areas; else it only holds one of them.
    pub own: bool,
    /// The same area in another coding: of a grid the 20 digits of CJ/T 349.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The day from which code and name hold.
    #[schema(value_type = String, format = Date)]
    pub valid_from: jiff::civil::Date,
}

/// The caller's areas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AreasDto {
    /// By code: what holds others stands before them.
    pub items: Vec<AreaDto>,
}

/// The areas of the caller that are in force today, and those above them.
#[utoipa::path(get, path = "/api/v1/areas", tag = "people", responses((status = 200, body = AreasDto)))]
pub async fn list(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let items = api
        .run(async move {
            let book = it.app.store.area_book(it.app.picture.today()).await?;
            let found = book.iter().filter(|it| who.scope.touches(it.code));
            let items = found.map(|it| AreaDto {
                code: it.code.to_string(),
                name: it.name.clone(),
                level: it.code.level().as_str().to_owned(),
                own: who.scope.contains(it.code),
                alias: it.alias.clone(),
                valid_from: it.valid_from,
            });
            let mut items: Vec<AreaDto> = items.collect();
            items.sort_by(|a, b| a.code.cmp(&b.code));
            Ok(items)
        })
        .await?;
    Ok(HttpResponse::Ok().json(AreasDto { items }))
}
