//! The web clients, inside the program: pages, scripts, styles, as `web/` was built.
//!
//! A page's own address and everything below it without a dot is the page (`/console/case/…` is for the page to read); the
//! files that it names have their content's hash in their name and are kept for a year. Nothing on a page comes from another
//! host, which its Content-Security-Policy holds the browser to.

mod docs;

use std::borrow::Cow;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::api::Api;
use crate::api::problem::Problem;
use crate::api::rights::wrong_method;

/// Own files, own socket, own worker; no frame around it, no form to elsewhere. Images may be made on the page.
pub const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; worker-src 'self'; connect-src 'self'; \
                          base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
/// Pages with a map: these alone may ask the host of a base map for its pictures.
const WITH_MAP: &[&str] = &["console/", "wall/"];

/// The policy of a page. A base map's host is let in by name, for what is fetched and shown as a picture and for nothing else.
fn policy(page: &str, base_map: Option<&str>) -> Cow<'static, str> {
    match base_map.filter(|_| WITH_MAP.iter().any(|it| page.starts_with(it))) {
        None => Cow::Borrowed(POLICY),
        Some(host) => {
            let with = POLICY
                .replace("img-src 'self'", &format!("img-src 'self' {host}"))
                .replace("connect-src 'self'", &format!("connect-src 'self' {host}"));
            Cow::Owned(with)
        }
    }
}

/// What a page may ask the device for.
pub const PERMISSIONS: &str = "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()";

/// Pages of their own. An address below one is the page's to read.
pub const PAGES: &[&str] = &["console", "admin", "care", "family", "elder", "wall"];

#[derive(RustEmbed)]
#[folder = "web/dist/"]
struct Files;

/// Puts the pages beside the API.
pub fn configure(cfg: &mut web::ServiceConfig) {
    for page in PAGES
        .iter()
        .filter(|it| Files::get(&format!("{it}/index.html")).is_some())
    {
        mount(cfg, &format!("/{page}"), answer);
        mount(cfg, &format!("/{page}/{{below:.*}}"), answer);
    }
    mount(cfg, "/assets/{name:.*}", answer);
    docs::configure(cfg);
}

fn mount<F, Asked>(cfg: &mut web::ServiceConfig, path: &str, answer: F)
where
    F: Handler<Asked, Output = Result<HttpResponse, Problem>>,
    Asked: FromRequest + 'static,
{
    let page = web::resource(path)
        .route(web::get().to(answer.clone()))
        .route(web::head().to(answer))
        .default_service(web::to(|request: HttpRequest| {
            std::future::ready(wrong_method(&request, "GET, HEAD"))
        }));
    cfg.service(page);
}

async fn answer(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let path = request.path().trim_matches('/');
    let (name, file) =
        find(path).ok_or_else(|| Problem::not_found("unknown_route", "there is nothing at this address"))?;
    let tag = tag_of(&file);
    let kept = name.starts_with("assets/");
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, kind_of(&name)))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((header::ETAG, tag.as_str()))
        .insert_header((
            header::CACHE_CONTROL,
            // Page and program are of one piece: after an update nobody works with the old one.
            if kept {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            },
        ));
    if name.ends_with(".html") {
        response
            .insert_header((
                header::CONTENT_SECURITY_POLICY,
                policy(&name, api.app.config.map.tiles_origin()).as_ref(),
            ))
            .insert_header(("permissions-policy", PERMISSIONS))
            .insert_header(("cross-origin-opener-policy", "same-origin"));
    }
    // The page without a slash at its end is the page as well, and a worker may serve no more than its folder unless told so.
    if let Some(page) = name.strip_suffix("/sw.js") {
        response.insert_header(("service-worker-allowed", format!("/{page}")));
    }
    if known(&request, &tag) {
        return Ok(response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish());
    }
    for (coding, ending) in [("br", "br"), ("gzip", "gz")] {
        if takes(&request, coding)
            && let Some(packed) = Files::get(&format!("{name}.{ending}"))
        {
            return Ok(response
                .insert_header((header::CONTENT_ENCODING, coding))
                .body(body_of(packed)));
        }
    }
    Ok(response.body(body_of(file)))
}

/// The file of an address: itself, or the page that the address lies below.
fn find(path: &str) -> Option<(String, EmbeddedFile)> {
    let top = path
        .split('/')
        .next()
        .filter(|it| *it == "assets" || PAGES.contains(it))?;
    if let Some(file) = Files::get(path).filter(|_| !path.ends_with(".br") && !path.ends_with(".gz")) {
        return Some((path.to_owned(), file));
    }
    let page = Some(top).filter(|it| *it != "assets" && !path.contains('.'))?;
    let name = format!("{page}/index.html");
    Files::get(&name).map(|file| (name, file))
}

fn tag_of(file: &EmbeddedFile) -> String {
    let half = file.metadata.sha256_hash().into_iter().take(16);
    let digits: String = half.map(|it| format!("{it:02x}")).collect();
    format!("\"{digits}\"")
}

fn known(request: &HttpRequest, tag: &str) -> bool {
    let asked = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|it| it.to_str().ok());
    asked.is_some_and(|it| it.split(',').any(|it| it.trim().trim_start_matches("W/") == tag))
}

fn takes(request: &HttpRequest, coding: &str) -> bool {
    let asked = request.headers().get(header::ACCEPT_ENCODING).map(HeaderValue::to_str);
    asked.and_then(Result::ok).is_some_and(|it| {
        it.split(',').any(|it| {
            let mut parts = it.split(';').map(str::trim);
            parts.next() == Some(coding) && !parts.any(|it| matches!(it, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    })
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn body_of(file: EmbeddedFile) -> web::Bytes {
    match file.data {
        Cow::Borrowed(bytes) => web::Bytes::from_static(bytes),
        Cow::Owned(bytes) => web::Bytes::from(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn what_lies_below_a_page_is_the_page_and_a_missing_file_is_missing() {
        for path in ["console", "console/case/case_0198", "console/index.html"] {
            assert_eq!(
                find(path).map(|it| it.0).as_deref(),
                Some("console/index.html"),
                "{path}"
            );
        }
        for path in [
            "console/old.js",
            "assets/none.js",
            "",
            "consoles",
            "../Cargo.toml",
            "console/index.html.br",
            ".stamp",
        ] {
            assert!(find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_coding_is_taken_by_name_and_not_when_it_is_refused() {
        for (asked, br) in [
            ("gzip, br", true),
            ("gzip", false),
            ("br;q=0, gzip", false),
            ("br;q=0.5", true),
            ("", false),
        ] {
            let request = TestRequest::default()
                .insert_header((header::ACCEPT_ENCODING, asked))
                .to_http_request();
            assert_eq!(takes(&request, "br"), br, "{asked}");
        }
    }

    #[test]
    fn a_base_map_opens_the_pages_with_a_map_to_its_host_and_no_other() {
        let host = "https://t0.tianditu.gov.cn";
        for page in PAGES {
            let (name, base) = (format!("{page}/index.html"), Some(host));
            let with = policy(&name, base);
            let may = matches!(*page, "console" | "wall");
            assert_eq!(with.matches(host).count(), if may { 2 } else { 0 }, "{page}");
            assert_eq!(
                with.replace(&format!(" {host}"), ""),
                POLICY,
                "{page}: nothing else is another"
            );
            assert_eq!(policy(&name, None), POLICY);
        }
    }

    #[test]
    fn the_policy_names_no_other_host_and_lets_no_script_stand_in_a_page() {
        assert!(!POLICY.contains("http") && !POLICY.contains("unsafe") && !POLICY.contains('*'));
        for page in PAGES {
            let Some(file) = Files::get(&format!("{page}/index.html")) else {
                continue;
            };
            let text = String::from_utf8(file.data.into_owned()).unwrap();
            for word in ["http://", "https://", " style=", "<style", " onclick", "<script>"] {
                assert!(!text.contains(word), "{word} in the page of {page}");
            }
        }
    }
}
