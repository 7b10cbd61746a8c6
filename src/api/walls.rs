//! Screens on a wall: a leader makes a link, the screen opens it once, and from then on reads the board of its areas and nothing
//! else. Why a screen is no account: `docs/decisions/0028-a-wall-screen-is-no-account.md`.
//!
//! ```text
//! POST /walls → its token travels in the fragment, which no server and no log sees → the screen sends it once → a cookie for
//! /api/v1/wall, and for nothing else → revoked: the next question is refused
//! ```

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::{Caller, SignedIn};
use super::family_invites::qr;
use super::link_cookie;
use super::problem::{FieldError, Problem};
use super::wire::{Body, PageDto, content_type, path_id};
use crate::ids::{UserId, WallId};
use crate::people::{AreaCode, PrefixSet};
use crate::store::{LinkToken, NewWall, Wall};

/// The cookie's name.
pub const COOKIE: &str = "ecd_wall";
/// Where the browser sends it.
const COOKIE_PATH: &str = "/api/v1/wall";
/// A link that is not opened within this is good no more.
pub const LINK_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How long a browser keeps the session: a screen hangs for years, and is shut out by a leader.
const SESSION_FOR: SignedDuration = SignedDuration::from_hours(5 * 365 * 24);
/// Letters of a label.
const LABEL_MAX: usize = 60;
/// Areas that one screen shows at most.
const AREAS_MAX: usize = 20;

/// A screen that has shown its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WallScreen(pub Wall);

impl FromRequest for WallScreen {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    /// The guard of the route has put it there.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = match request.extensions().get::<Caller>() {
            Some(Caller::Wall(it)) => Ok(Self((**it).clone())),
            _ => Err(no_session()),
        };
        std::future::ready(found)
    }
}

fn no_session() -> Problem {
    Problem::unauthorized(
        "no_session",
        "open the link that the duty leader has made for this screen",
    )
}

/// The session of a request, as its cookie says it.
///
/// # Errors
/// 401 `no_session`.
pub(super) fn shown(request: &HttpRequest) -> Result<LinkToken, Problem> {
    link_cookie::read(request, COOKIE).ok_or_else(no_session)
}

impl Api {
    /// Whose session this is.
    ///
    /// # Errors
    /// 401 `session_ended`; 503.
    pub(super) async fn wall_of(&self, session: &LinkToken) -> Result<Wall, Problem> {
        let found = self.app.store.wall_of(session).await?;
        found.filter(|it| it.revoked_at.is_none()).ok_or_else(|| {
            Problem::unauthorized(
                "session_ended",
                "this screen may not look any more: ask the duty leader for a new link",
            )
        })
    }
}

/// A screen to be let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WallIn {
    /// Where it hangs, 1 to 60 letters; it stands on the screen.
    pub label: String,
    /// Codes of areas, each within the caller's own; left out: all of the caller's.
    #[serde(default)]
    pub areas: Vec<String>,
}

/// A link for a screen, told once: it is kept nowhere as it stands here.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct WallLinkDto {
    #[schema(value_type = String)]
    pub id: WallId,
    /// To be opened on the screen; good once.
    pub link: String,
    /// The link as a QR code, SVG.
    pub qr_svg: String,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// A screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WallScreenDto {
    #[schema(value_type = String)]
    pub id: WallId,
    pub label: String,
    pub areas: Vec<String>,
    #[schema(value_type = String)]
    pub made_by: UserId,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// `waiting` for its link to be opened, `open`, `expired` (the link was never opened), `revoked`.
    pub state: String,
    /// To some minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seen_at: Option<Timestamp>,
}

fn screen_dto(it: &Wall, now: Timestamp) -> WallScreenDto {
    let state = match (it.revoked_at, it.opened_at) {
        (Some(_), _) => "revoked",
        (None, Some(_)) => "open",
        (None, None) if it.link_until > now => "waiting",
        (None, None) => "expired",
    };
    WallScreenDto {
        id: it.id,
        label: it.label.clone(),
        areas: it.scope.iter().map(|it| it.to_string()).collect(),
        made_by: it.by,
        made_at: it.made_at,
        state: state.to_owned(),
        seen_at: it.seen_at,
    }
}

/// The screens of the caller's areas, the newest first.
#[utoipa::path(get, path = "/api/v1/walls", tag = "wall", responses((status = 200, body = PageDto<WallScreenDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let now = it.app.clock.now();
            let all = it.app.store.walls().await?;
            let theirs = all.iter().filter(|it| who.scope.covers(&it.scope));
            Ok(PageDto {
                items: theirs.map(|it| screen_dto(it, now)).collect(),
                next: None,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Lets a screen in: answers the link that it opens.
#[utoipa::path(post, path = "/api/v1/walls", tag = "wall", request_body = WallIn, responses((status = 201, body = WallLinkDto),
    (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn make(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<WallIn>,
) -> Result<HttpResponse, Problem> {
    let label = body.value.label.trim().to_owned();
    if label.is_empty() || label.chars().count() > LABEL_MAX {
        let wrong = FieldError::new("label", "invalid_value", format!("must have 1 to {LABEL_MAX} letters"));
        return Err(Problem::fields("invalid_value", vec![wrong]));
    }
    let scope = scope_of(&who, &body.value.areas)?;
    // Screens hang in the house: the address by which the leader reaches the service is theirs too.
    let base = {
        let here = request.connection_info();
        format!("{}://{}", here.scheme(), here.host())
    };
    let token = LinkToken::make()?;
    let (it, now) = (api.get_ref().clone(), api.app.clock.now());
    let new = NewWall {
        id: WallId::new(it.app.ids.make()),
        label,
        scope,
        by: who.user,
        link_until: now + LINK_FOR,
    };
    // In the fragment: no server, proxy or log sees what stands behind the `#`.
    let link = format!("{base}/wall#{}", token.reveal());
    let made = WallLinkDto {
        id: new.id,
        qr_svg: qr(&link)?,
        link,
        expires_at: new.link_until,
    };
    let id = new.id;
    api.run(async move {
        it.app.store.add_wall(new, &token, now).await?;
        tracing::info!(wall.id = %id, user.id = %who.user, "a link for a wall screen was made");
        Ok(())
    })
    .await?;
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(made))
}

fn scope_of(who: &SignedIn, areas: &[String]) -> Result<PrefixSet, Problem> {
    if areas.is_empty() {
        return Ok(who.scope.clone());
    }
    let wrong = |text: &str| Problem::fields("invalid_value", vec![FieldError::new("areas", "invalid_value", text)]);
    if areas.len() > AREAS_MAX {
        return Err(wrong("may be 20 areas at most"));
    }
    let read = areas.iter().map(|it| it.parse::<AreaCode>());
    let scope: PrefixSet = read
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| wrong("must be codes of 6, 9, 12 or 15 digits"))?
        .into_iter()
        .collect();
    if !who.scope.covers(&scope) {
        return Err(wrong("must lie within your own areas"));
    }
    Ok(scope)
}

/// Shuts a screen out: its next question is refused.
#[utoipa::path(post, path = "/api/v1/walls/{id}/revoke", tag = "wall", params(("id" = String, Path)), responses((status = 204)))]
pub async fn revoke(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    // The guard has held it against the caller's areas.
    let id: WallId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    api.run(async move {
        it.app.store.revoke_wall(id, it.app.clock.now()).await?;
        tracing::info!(wall.id = %id, user.id = %who.user, "a wall screen was shut out");
        Ok(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What stands in the link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WallOpenIn {
    /// What stood behind the `#`.
    pub token: String,
}

/// Opens a link, once: the answer sets the screen's cookie.
#[utoipa::path(post, path = "/api/v1/wall/session", tag = "wall", request_body = WallOpenIn, responses((status = 204),
    (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn open(api: web::Data<Api>, request: HttpRequest, body: Body<WallOpenIn>) -> Result<HttpResponse, Problem> {
    if content_type(&request).as_deref() != Some("application/json") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "wrong_content_type",
            "the body must be application/json",
        ));
    }
    let not_good = || {
        Problem::unauthorized(
            "link_not_good",
            "this link was used before, is too old or was taken back: ask the duty leader for a new one",
        )
    };
    let link = LinkToken::parse(&body.value.token).ok_or_else(not_good)?;
    let it = api.get_ref().clone();
    let session = api
        .run(async move {
            let session = LinkToken::make()?;
            let opened = it.app.store.open_wall(&link, &session, it.app.clock.now()).await?;
            let wall = opened.ok_or_else(not_good)?;
            tracing::info!(wall.id = %wall.id, "a wall screen was opened");
            Ok(session)
        })
        .await?;
    let cookie = link_cookie::set(&request, COOKIE, COOKIE_PATH, &session, SESSION_FOR);
    Ok(HttpResponse::NoContent()
        .insert_header((header::SET_COOKIE, cookie))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish())
}
