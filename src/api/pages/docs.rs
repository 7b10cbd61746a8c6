//! `/api/docs`: the API's description as a page to read and try, from files inside the program.
//!
//! The page reads `/api/openapi.json`, which anybody may, and asks for a token before it asks for anything else. Swagger UI
//! would send each description to a validator on the internet: that is off, and the policy of our pages holds here too.

use std::sync::{Arc, LazyLock};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa_swagger_ui::Config;

use super::{POLICY, mount};
use crate::api::problem::Problem;

/// Where it stands; its files lie below it.
const AT: &str = "/api/docs";

/// Swagger UI puts rules of its own into the page; scripts stay those of our files.
static STYLED: LazyLock<String> = LazyLock::new(|| format!("{POLICY}; style-src 'self' 'unsafe-inline'"));

/// Puts the page beside the API.
pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    let config = Arc::new(
        Config::from("/api/openapi.json")
            .validator_url("none")
            .deep_linking(true)
            .filter(true)
            .persist_authorization(false),
    );
    let answer = move |request: HttpRequest| std::future::ready(answer(&request, config.clone()));
    mount(cfg, AT, answer.clone());
    mount(cfg, &format!("{AT}/{{file:.*}}"), answer);
}

fn answer(request: &HttpRequest, config: Arc<Config<'static>>) -> Result<HttpResponse, Problem> {
    // The page names its files relative to itself, so its address ends with a slash.
    let Some(file) = request.match_info().get("file") else {
        let there = format!("{AT}/");
        return Ok(HttpResponse::PermanentRedirect()
            .insert_header((header::LOCATION, there))
            .finish());
    };
    let found = utoipa_swagger_ui::serve(file, config).map_err(|error| {
        tracing::error!(%error, file, "a file of the API's page cannot be made");
        Problem::internal()
    })?;
    let found = found.ok_or_else(|| Problem::not_found("unknown_route", "there is nothing at this address"))?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, found.content_type))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, STYLED.as_str()));
    if found.gzpipped {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(found.bytes.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::dev::ServiceResponse;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};

    #[actix_web::test]
    async fn the_page_and_its_files_come_from_here_and_name_our_description() {
        let service = init_service(actix_web::App::new().configure(configure)).await;
        let get = async |path: &str| call_service(&service, TestRequest::get().uri(path).to_request()).await;
        let moved = get(AT).await;
        let of =
            |answer: &ServiceResponse, name: &str| answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned());
        assert_eq!(
            (moved.status().as_u16(), of(&moved, "location").as_deref()),
            (308, Some("/api/docs/"))
        );
        let page = get("/api/docs/").await;
        assert_eq!(of(&page, "content-security-policy").as_deref(), Some(STYLED.as_str()));
        let page = String::from_utf8(read_body(page).await.to_vec()).unwrap();
        // What the page names is here, and nothing of it stands in the page or elsewhere.
        let named: Vec<&str> = page
            .split(['"', '\''])
            .filter(|it| it.ends_with(".js") || it.ends_with(".css"))
            .collect();
        assert!(named.len() >= 4 && !page.contains("http"), "{page}");
        for file in named {
            let answer = get(&format!("/api/docs/{}", file.trim_start_matches("./"))).await;
            assert!(answer.status().is_success(), "{file}");
        }
        let script = read_body(get("/api/docs/swagger-initializer.js").await).await;
        let script = String::from_utf8(script.to_vec()).unwrap();
        assert!(
            script.contains("\"/api/openapi.json\"") && script.contains("\"validatorUrl\": \"none\""),
            "{script}"
        );
        assert_eq!(get("/api/docs/none.js").await.status(), 404);
    }
}
