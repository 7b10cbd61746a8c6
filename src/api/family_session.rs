//! Who of the family is there: a link that is good once becomes a session in a cookie that no script can read.
//!
//! ```text
//! a desk makes a link → its token travels in the fragment, which no server and no log sees → the page sends it once, with
//! the last four digits of the contact's telephone → a cookie for /api/v1/family, and for nothing else
//! ```
//!
//! Holds always:
//! - this is no account: a session opens the routes of the family and no other, and sees one elder;
//! - whoever was shut out, restricted or taken out of the register has no session at the next request;
//! - what changes something is sent as JSON by a page of our own (the cookie goes along with no request of another site).

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse, web};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::Caller;
use super::link_cookie;
use super::problem::{FieldError, Problem};
use super::wire::{Body, content_type};
use crate::ids::{ContactId, ElderId, FamilyDeviceId, HouseholdId, ResponderId};
use crate::people::{Contact, ContactLevel, ElderStatus, ends_with_digits};
use crate::store::{FamilyDevice, LinkToken, Shown};

/// The cookie's name.
pub const COOKIE: &str = "ecd_family";
/// Where the browser sends it.
const COOKIE_PATH: &str = "/api/v1/family";
/// How long a session holds.
pub const SESSION_FOR: SignedDuration = SignedDuration::from_hours(180 * 24);
/// Wrong digits until a link is locked for good: five of ten thousand.
pub const TRIES_MAX: u32 = 5;
/// Letters of a `User-Agent` that are looked at.
const AGENT_MAX: usize = 400;

/// Somebody of the family, on a device of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyMember {
    /// The device.
    pub device: FamilyDevice,
    /// Whose page.
    pub elder: ElderId,
    /// The home, about which a case may be as well.
    pub household: HouseholdId,
    /// Who looks.
    pub contact: ContactId,
    /// How much the elder lets them know.
    pub level: ContactLevel,
    /// They answer for the elder (意定监护人).
    pub guardian: bool,
    /// The responder that they are, if one.
    pub responder: Option<ResponderId>,
}

impl FromRequest for FamilyMember {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    /// The guard of the route has put it there.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = match request.extensions().get::<Caller>() {
            Some(Caller::Family(it)) => Ok((**it).clone()),
            _ => Err(no_session()),
        };
        std::future::ready(found)
    }
}

fn no_session() -> Problem {
    Problem::unauthorized("no_session", "open the link that the street has given you")
}

fn ended() -> Problem {
    Problem::unauthorized(
        "session_ended",
        "this device may not look any more: ask the street for a new link",
    )
}

/// The session of a request, as its cookie says it.
///
/// # Errors
/// 401 `no_session`; 415 for a change that is no JSON: a form of another site can send none.
pub(super) fn shown(request: &HttpRequest) -> Result<LinkToken, Problem> {
    let changes = request.method() != actix_web::http::Method::GET;
    if changes && content_type(request).as_deref() != Some("application/json") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "wrong_content_type",
            "the body must be application/json",
        ));
    }
    link_cookie::read(request, COOKIE).ok_or_else(no_session)
}

impl Api {
    /// Whose session this is, with what they may know now.
    ///
    /// # Errors
    /// 401 `session_ended`; 503.
    pub(super) async fn family_of(&self, session: &LinkToken) -> Result<FamilyMember, Problem> {
        let now = self.app.clock.now();
        let device = self.app.store.family_device_of(session).await?;
        let device = device.filter(|it| it.is_good(now)).ok_or_else(ended)?;
        let (elder, contact) = self.contact(device.elder, device.contact).ok_or_else(ended)?;
        Ok(FamilyMember {
            elder: elder.id,
            household: elder.household,
            contact: contact.id,
            level: contact.level,
            guardian: contact.is_guardian(),
            responder: contact.responder,
            device,
        })
    }

    /// An elder and a contact of theirs who may hear of them.
    pub(super) fn contact(
        &self,
        elder: ElderId,
        contact: ContactId,
    ) -> Option<(std::sync::Arc<crate::people::Elder>, std::sync::Arc<Contact>)> {
        let facts = self.app.picture.facts(elder)?;
        let contact = facts.contacts.into_iter().find(|it| it.id == contact)?;
        let may = contact.hears(ContactLevel::Status) && facts.elder.status == ElderStatus::Active;
        may.then_some((facts.elder, contact))
    }
}

/// What a browser says of itself, in a few stable words: enough to know one's own telephone again, and no more.
fn about(request: &HttpRequest) -> String {
    let agent: String = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default()
        .chars()
        .take(AGENT_MAX)
        .collect();
    let has = |word: &str| agent.contains(word);
    let mut words = vec![if has("iPhone") {
        "iphone"
    } else if has("iPad") {
        "ipad"
    } else if has("HarmonyOS") || has("OpenHarmony") {
        "harmony"
    } else if has("Android") {
        "android"
    } else if has("Windows") || has("Macintosh") || has("Linux") {
        "computer"
    } else {
        "other"
    }];
    if has("MicroMessenger") {
        words.push("wechat");
    }
    words.join(",")
}

/// A link's token and what proves that it is in the right hands.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenIn {
    /// What stood behind the `#` of the link.
    pub token: String,
    /// The last four digits of the contact's telephone.
    pub phone_last4: String,
}

/// Somebody is in.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct OpenedDto {
    #[schema(value_type = String)]
    pub device_id: FamilyDeviceId,
}

/// Opens a link, once: the answer sets the session's cookie. Five wrong tries lock the link for good.
#[utoipa::path(post, path = "/api/v1/family/session", tag = "family", request_body = OpenIn,
    responses((status = 200, body = OpenedDto), (status = 401, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn open(api: web::Data<Api>, request: HttpRequest, body: Body<OpenIn>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let (about, asked) = (about(&request), body.value);
    let (device, session) = api.run(async move { it.open_link(asked, about).await }).await?;
    let cookie = link_cookie::set(&request, COOKIE, COOKIE_PATH, &session, SESSION_FOR);
    Ok(HttpResponse::Ok()
        .insert_header((header::SET_COOKIE, cookie))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(OpenedDto { device_id: device }))
}

impl Api {
    async fn open_link(self, asked: OpenIn, about: String) -> Result<(FamilyDeviceId, LinkToken), Problem> {
        let refused = |code: &'static str, detail: &str| Problem::unauthorized(code, detail);
        let unknown = || refused("invite_unknown", "this is no link of this service");
        let digits = asked.phone_last4.trim();
        if digits.len() != 4 || !digits.bytes().all(|it| it.is_ascii_digit()) {
            // No try is spent on a slip of the finger.
            let wrong = FieldError::new("phone_last4", "invalid_value", "must be four digits");
            return Err(Problem::fields("invalid_value", vec![wrong]));
        }
        let token = LinkToken::parse(&asked.token).ok_or_else(unknown)?;
        let store = &self.app.store;
        let now = self.app.clock.now();
        let used = || refused("invite_used", "this link was used before: it opens one device, once");
        let (invite, left) = match store.try_family_invite(&token, TRIES_MAX, now).await? {
            Shown::Try(invite, left) => (invite, left),
            Shown::Unknown => return Err(unknown()),
            Shown::Used => return Err(used()),
            Shown::Revoked => {
                return Err(refused(
                    "invite_revoked",
                    "a newer link has taken the place of this one",
                ));
            }
            Shown::Expired => return Err(refused("invite_expired", "this link is too old: ask for a new one")),
            Shown::Locked => {
                return Err(refused("invite_locked", "too many wrong digits: ask for a new link"));
            }
        };
        if self.contact(invite.elder, invite.contact).is_none() {
            return Err(refused("invite_revoked", "this link is not good any more"));
        }
        let secrets = store.contact_secrets(invite.contact).await?.unwrap_or_default();
        if !secrets.phones.iter().any(|it| ends_with_digits(it, digits)) {
            tracing::warn!(invite.id = %invite.id, left, "wrong digits for a family link");
            return Err(match left {
                0 => refused("invite_locked", "too many wrong digits: ask for a new link"),
                left => Problem {
                    detail: format!(
                        "these are not the last four digits that the street has on file; {left} more tries"
                    ),
                    ..refused("wrong_digits", "")
                },
            });
        }
        let session = LinkToken::make()?;
        let device = FamilyDevice {
            id: FamilyDeviceId::new(self.app.ids.make()),
            elder: invite.elder,
            contact: invite.contact,
            about,
            made_at: now,
            seen_at: now,
            expires_at: now + SESSION_FOR,
            revoked_at: None,
        };
        let id = device.id;
        if !store.use_family_invite(&invite, device, &session, now).await? {
            return Err(used());
        }
        tracing::info!(invite.id = %invite.id, device.id = %id, "a family link was opened");
        Ok((id, session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_telephone_is_told_from_another_by_a_few_words() {
        for (agent, words) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_4) MicroMessenger/8.0",
                "iphone,wechat",
            ),
            ("Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN00)", "harmony"),
            ("Mozilla/5.0 (Linux; Android 9) MicroMessenger/7.0", "android,wechat"),
            ("Mozilla/5.0 (X11; Linux x86_64)", "computer"),
            ("curl/8", "other"),
        ] {
            let request = TestRequest::default()
                .insert_header((header::USER_AGENT, agent))
                .to_http_request();
            assert_eq!(about(&request), words, "{agent}");
        }
    }

    #[test]
    fn the_session_is_found_among_other_cookies_and_only_a_json_request_changes_anything() {
        let token = LinkToken::make().unwrap();
        let cookie = format!("a=b; {COOKIE}={}; c=d", token.reveal());
        let read = TestRequest::get().insert_header((header::COOKIE, cookie.clone()));
        assert_eq!(shown(&read.to_http_request()).unwrap().reveal(), token.reveal());
        let form = TestRequest::post().insert_header((header::COOKIE, cookie.clone()));
        assert_eq!(shown(&form.to_http_request()).unwrap_err().code, "wrong_content_type");
        let json = TestRequest::post()
            .insert_header((header::COOKIE, cookie))
            .insert_header((header::CONTENT_TYPE, "application/json"));
        assert!(shown(&json.to_http_request()).is_ok());
        let other = TestRequest::get().insert_header((header::COOKIE, format!("{COOKIE}=short")));
        assert_eq!(shown(&other.to_http_request()).unwrap_err().code, "no_session");
    }
}
