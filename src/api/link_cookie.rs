//! The cookie that a link becomes when it is opened: of the family's page and of a wall screen.

use actix_web::HttpRequest;
use actix_web::http::header;
use jiff::SignedDuration;

use crate::store::LinkToken;

/// The session of a request, as the cookie of this name says it.
pub(super) fn read(request: &HttpRequest, name: &str) -> Option<LinkToken> {
    let all = request.headers().get_all(header::COOKIE);
    let mut values = all
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='));
    values.find(|it| it.0 == name).and_then(|it| LinkToken::parse(it.1))
}

/// The value of `Set-Cookie` by which a browser keeps the session and shows it under `path`; no script reads it, and it goes
/// along with no request of another site.
pub(super) fn set(request: &HttpRequest, name: &str, path: &str, session: &LinkToken, lasts: SignedDuration) -> String {
    // Over plain HTTP (a demo, a street's own network) a cookie that wants TLS would not be kept.
    let secure = if request.connection_info().scheme() == "https" {
        "; Secure"
    } else {
        ""
    };
    format!(
        "{name}={}; Path={path}; Max-Age={}; HttpOnly; SameSite=Strict{secure}",
        session.reveal(),
        lasts.as_secs()
    )
}
