//! The plain live page of the desk, until the web clients exist: one page, one script, one style sheet, inside the program.
//!
//! It talks to the public API and the live socket like everybody else. Nothing on it comes from another host, which its
//! Content-Security-Policy holds the browser to.

use actix_web::http::header;
use actix_web::{HttpResponse, web};

const PAGE: &str = include_str!("console.html");
const SCRIPT: &str = include_str!("console.js");
const STYLE: &str = include_str!("console.css");

/// Own files, own socket; no frame around it, no form to elsewhere. The icon is an empty data URL.
pub const POLICY: &str = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
                          frame-ancestors 'none'; object-src 'none'";

/// Puts the page beside the API.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route("/console", web::get().to(page))
        .route("/console/console.js", web::get().to(script))
        .route("/console/console.css", web::get().to(style));
}

async fn page() -> HttpResponse {
    answer("text/html; charset=utf-8", PAGE)
}

async fn script() -> HttpResponse {
    answer("text/javascript; charset=utf-8", SCRIPT)
}

async fn style() -> HttpResponse {
    answer("text/css; charset=utf-8", STYLE)
}

fn answer(kind: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        // Page, script and program are of one piece: after an update nobody works with the old one.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_no_other_host_and_parses_no_markup() {
        for (name, text) in [("html", PAGE), ("js", SCRIPT), ("css", STYLE)] {
            // The one address in it is the name of a vocabulary; nothing is fetched from it.
            let text = text.replace("'http://www.w3.org/2000/svg'", "");
            for word in [
                "http://",
                "https://",
                "//cdn",
                "@import",
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "eval(",
            ] {
                assert!(!text.contains(word), "{word} in the {name}");
            }
        }
        assert!(
            !PAGE.contains(" style=") && !PAGE.contains("<style") && !PAGE.contains(" onclick"),
            "the policy forbids them"
        );
    }

    #[test]
    fn every_word_stands_in_both_languages() {
        let start = SCRIPT.find("  zh: {").unwrap();
        let middle = SCRIPT.find("  en: {").unwrap();
        let end = SCRIPT[middle..].find("\n}\n").unwrap() + middle;
        let names = |text: &str| -> std::collections::BTreeSet<String> {
            let mut found = std::collections::BTreeSet::new();
            for line in text.lines() {
                if let Some((name, _)) = line.trim_start().split_once(':')
                    && name.chars().all(|it| it.is_alphanumeric())
                {
                    found.insert(name.to_owned());
                }
            }
            found
        };
        let (zh, en) = (names(&SCRIPT[start + 6..middle]), names(&SCRIPT[middle + 6..end]));
        assert_eq!(zh, en);
    }
}
