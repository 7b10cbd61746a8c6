//! `GET` and `PUT /api/v1/practice`: who takes part in the practice.
//!
//! A practice case (`drill`) goes the ordinary way, by ladder and offers, among those who take part: nobody else sees it, no
//! channel carries it (`dispatch/tell.rs`), no figure counts it. Why: `docs/decisions/0029-practice-is-joined.md`.

use actix_web::{HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::problem::Problem;
use super::responders::works_in;
use super::wire::Body;
use crate::ids::ResponderId;
use crate::people::Role;
use crate::store::Practitioner;

/// A practice that nobody leaves is over after this.
pub const PRACTICE_FOR: SignedDuration = SignedDuration::from_hours(4);

/// Somebody who can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PractitionerDto {
    #[schema(value_type = String)]
    pub responder_id: ResponderId,
    pub name: String,
    pub on_duty: bool,
}

/// The practice as the caller sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PracticeDto {
    /// The caller takes part.
    pub joined: bool,
    /// Until when, unless they leave before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// How many desks take part.
    pub desks: usize,
    /// For a desk that takes part: who can be asked in its area.
    pub responders: Vec<PractitionerDto>,
}

/// In or out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PracticeIn {
    pub on: bool,
}

/// Whether the caller takes part, and who else does.
#[utoipa::path(get, path = "/api/v1/practice", tag = "practice", responses((status = 200, body = PracticeDto)))]
pub async fn show(api: web::Data<Api>, who: SignedIn) -> HttpResponse {
    HttpResponse::Ok().json(api.practice_dto(&who))
}

/// Joins the practice for four hours, or leaves it. When the last desk leaves, what is still open of it is closed.
#[utoipa::path(put, path = "/api/v1/practice", tag = "practice", request_body = PracticeIn, responses((status = 200, body = PracticeDto)))]
pub async fn put(api: web::Data<Api>, who: SignedIn, body: Body<PracticeIn>) -> Result<HttpResponse, Problem> {
    let (it, on) = (api.get_ref().clone(), body.value.on);
    let dto = api
        .run(async move {
            let app = &it.app;
            let now = app.clock.now();
            if on {
                let me = Practitioner {
                    user: who.user,
                    responder: who.responder,
                    desk: matches!(who.role, Role::Dispatcher | Role::DutyLeader),
                    until: now + PRACTICE_FOR,
                };
                app.store.join_practice(me, now).await?;
                app.picture.practise(me);
            } else {
                app.store.leave_practice(who.user, now).await?;
                app.picture.stop_practising(who.user);
                app.desk.end_practice().await?;
            }
            tracing::info!(user.id = %who.user, on, "somebody has joined or left the practice");
            Ok(it.practice_dto(&who))
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}

impl Api {
    fn practice_dto(&self, who: &SignedIn) -> PracticeDto {
        let picture = &self.app.picture;
        let all = picture.practitioners(self.app.clock.now());
        let mine = all.iter().find(|it| it.user == who.user);
        let may_ask = mine.is_some_and(|it| it.desk);
        let responders = all
            .iter()
            .filter(|_| may_ask)
            .filter_map(|it| picture.responder(it.responder?));
        let mut responders: Vec<PractitionerDto> = responders
            .filter(|it| works_in(it, &who.scope))
            .map(|it| PractitionerDto {
                responder_id: it.id,
                name: it.name.clone(),
                on_duty: it.duty.on,
            })
            .collect();
        responders.sort_by_key(|it| it.responder_id);
        PracticeDto {
            joined: mine.is_some(),
            until: mine.map(|it| it.until),
            desks: all.iter().filter(|it| it.desk).count(),
            responders,
        }
    }
}
