//! `/t/{token}`: the page of a link that answers an offer, or the question to a contact of the family, without log-in. It needs no script, names nobody and no address, and
//! changes nothing until a button is pressed: fetchers of previews and HEAD only look.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::Api;
use super::problem::Problem;
use super::wire::read_body;
use crate::app::{Answer, LinkAsks, LinkState, ShownOffer};
use crate::case::Severity;
use crate::people::Language;

/// The longest body of an answer, bytes.
const ANSWER_MAX: usize = 256;

/// The words of the page in one language.
struct Words {
    lang: &'static str,
    title: &'static str,
    accept: &'static str,
    decline: &'static str,
    accepted: &'static str,
    declined: &'static str,
    over: &'static str,
    none: &'static str,
}

const ZH: Words = Words {
    lang: "zh-CN",
    title: "请您响应一起求助",
    accept: "我去",
    decline: "我去不了",
    accepted: "已收到：您会前往。请打开客户端查看地址。",
    declined: "已收到：您去不了。我们会请其他人。",
    over: "这次求助已不需要您答复。谢谢！",
    none: "没有这个链接。",
};

const EN: Words = Words {
    lang: "en",
    title: "You are asked to help",
    accept: "I am coming",
    decline: "I cannot come",
    accepted: "Noted: you are coming. Open the app for the address.",
    declined: "Noted: you cannot come. Somebody else is asked.",
    over: "Your answer is not needed any more. Thank you.",
    none: "There is no such link.",
};

/// Of a contact. Neither who it is about nor where: whoever finds the telephone reads as much.
const ZH_FAMILY: Words = Words {
    lang: "zh-CN",
    title: "您的家人发出了求助",
    accept: "我知道了，会关注",
    decline: "我现在顾不上",
    accepted: "已收到：您已知晓。处置经过请看家属页面，也会继续通知您。",
    declined: "已收到：您现在顾不上。我们会请其他家属。",
    over: "这次求助已不需要您答复。谢谢！",
    none: "没有这个链接。",
};

const EN_FAMILY: Words = Words {
    lang: "en",
    title: "Your relative has called for help",
    accept: "I know, and I see to it",
    decline: "I cannot do anything now",
    accepted: "Noted: you know of it. The family page shows how it goes on, and we keep telling you.",
    declined: "Noted: you cannot now. Somebody else of the family is asked.",
    over: "Your answer is not needed any more. Thank you.",
    none: "There is no such link.",
};

/// Of a try. One key: there is nothing to refuse.
const ZH_TRY: Words = Words {
    lang: "zh-CN",
    title: "通知渠道自检",
    accept: "收到了",
    decline: "",
    accepted: "已记录：您收到了。没有发生任何事，谢谢！",
    declined: "",
    over: "这次自检已结束。谢谢！",
    none: "没有这个链接。",
};

const EN_TRY: Words = Words {
    lang: "en",
    title: "A try of this way",
    accept: "I got it",
    decline: "",
    accepted: "Noted: you got it. Nothing has happened. Thank you.",
    declined: "",
    over: "This try is over. Thank you.",
    none: "There is no such link.",
};

const fn severity(it: Severity, language: Language) -> &'static str {
    match (language, it) {
        (Language::ZhCn, Severity::Critical) => "▲ 危急",
        (Language::ZhCn, Severity::Urgent) => "◆ 紧急",
        (Language::ZhCn, Severity::Routine) => "● 一般",
        (Language::ZhCn, Severity::Technical) => "■ 技术",
        (Language::En, Severity::Critical) => "▲ critical",
        (Language::En, Severity::Urgent) => "◆ urgent",
        (Language::En, Severity::Routine) => "● routine",
        (Language::En, Severity::Technical) => "■ technical",
    }
}

/// A text as HTML shows it.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

fn page(shown: Option<&ShownOffer>) -> HttpResponse {
    let language = shown.map_or(Language::ZhCn, |it| it.language);
    let words = match (language, shown.map(|it| it.asks)) {
        (Language::ZhCn, Some(LinkAsks::ToKnow)) => &ZH_FAMILY,
        (Language::En, Some(LinkAsks::ToKnow)) => &EN_FAMILY,
        (Language::ZhCn, Some(LinkAsks::ToConfirm)) => &ZH_TRY,
        (Language::En, Some(LinkAsks::ToConfirm)) => &EN_TRY,
        (Language::ZhCn, _) => &ZH,
        (Language::En, _) => &EN,
    };
    let inner = match shown.map(|it| it.state) {
        None => format!("<p>{}</p>", words.none),
        Some(LinkState::Accepted) => format!("<p>{}</p>", words.accepted),
        Some(LinkState::Declined) => format!("<p>{}</p>", words.declined),
        Some(LinkState::Over) => format!("<p>{}</p>", words.over),
        Some(LinkState::Open) if words.decline.is_empty() => format!(
            "<form method=\"post\"><button name=\"answer\" value=\"accept\">{}</button></form>",
            words.accept
        ),
        Some(LinkState::Open) => {
            let area = shown
                .and_then(|it| it.area_name.as_deref())
                .map(escaped)
                .unwrap_or_default();
            let severity = shown.map_or("", |it| severity(it.severity, language));
            format!(
                "<p><strong>{severity}</strong> {area}</p>\
                 <form method=\"post\"><button name=\"answer\" value=\"accept\">{}</button>\
                 <button name=\"answer\" value=\"decline\" class=\"no\">{}</button></form>",
                words.accept, words.decline
            )
        }
    };
    let body = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
         <title>{}</title><style>body{{font:20px/1.5 sans-serif;margin:0 auto;padding:24px;max-width:32em;color:#111;background:#fff}}\
         button{{display:block;width:100%;min-height:64px;margin:16px 0;font-size:22px;border:2px solid #0b5a2b;border-radius:8px;\
         background:#0b5a2b;color:#fff}}button.no{{background:#fff;color:#111;border-color:#555}}</style></head>\
         <body><h1>{}</h1>{inner}</body></html>",
        words.lang, words.title, words.title
    );
    let status = if shown.is_some() {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ))
        .content_type("text/html; charset=utf-8")
        .body(body)
}

fn token(request: &HttpRequest) -> String {
    request.match_info().query("token").to_owned()
}

/// Shows what is asked. Nothing changes.
#[utoipa::path(get, path = "/t/{token}", tag = "receipts", security(()), params(("token" = String, Path)),
    responses((status = 200, description = "a page"), (status = 404, description = "a page that says so")))]
pub async fn look(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (it, token) = (api.get_ref().clone(), token(&request));
    let shown = api.run(async move { Ok(it.app.answers.look(&token).await?) }).await?;
    Ok(page(shown.as_ref()))
}

/// Answers what is asked, once.
#[utoipa::path(post, path = "/t/{token}", tag = "receipts", security(()), params(("token" = String, Path)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "`answer=accept` or `answer=decline`"),
    responses((status = 200, description = "a page that says what was noted"), (status = 404, description = "a page that says so"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn answer(api: web::Data<Api>, request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let body = read_body(&mut payload.into_inner(), ANSWER_MAX).await?;
    let answer = match body.as_ref() {
        b"answer=accept" => Answer::Accept,
        b"answer=decline" => Answer::Decline,
        _ => {
            let wrong = super::problem::FieldError::new("answer", "invalid_value", "must be accept or decline");
            return Err(Problem::fields("invalid_value", vec![wrong]));
        }
    };
    let (it, token) = (api.get_ref().clone(), token(&request));
    let shown = api
        .run(async move { Ok(it.app.answers.answer(&token, answer).await?) })
        .await?;
    Ok(page(shown.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_areas_are_text_and_nothing_else() {
        assert_eq!(escaped("<b>\"泉州\" & co"), "&lt;b&gt;&quot;泉州&quot; &amp; co");
    }
}
