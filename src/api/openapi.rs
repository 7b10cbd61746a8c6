//! The contract, made from the code: OpenAPI 3.1 at `/api/openapi.json`. A test holds it against the table of routes.

use actix_web::HttpResponse;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{
    accounts, activity, alerts, answer_page, area_maps, areas, auth, away, callbacks, calls, canaries, cap, cards,
    cases, chains, channel_tests, circles, commands, coverage, device_binding, device_orders, device_photos,
    device_tests, devices, district, duty, elder_contacts, elder_file, elder_papers, elder_screen, elders, entry,
    family, family_invites, family_session, family_sheet, family_told, follow_ups, handovers, health, history, imports,
    looks, need_labels, notices, offers, part, photos, plan_check, plans, practice, problem, push, quarantine, reach,
    readings, receipts, replay, reports, responders, rota, round, services, sheet, sheet_mail, shifts,
    station_register, stations, strangers, tiles, uncalled, visits, wall, walls,
};

/// The contract.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "eldercare-dispatch",
        description = "Times are RFC 3339, positions WGS-84 unless a request names another system. Lists answer `{items, next}`. \
                       What is not a 2xx is `application/problem+json` with a stable `code`."
    ),
    paths(
        health::healthz, health::readyz, health::metrics, document,
        auth::token, auth::refresh, auth::logout, auth::me, auth::password,
        receipts::take, callbacks::take, callbacks::verify, answer_page::look, answer_page::answer, notices::list, notices::resend, follow_ups::overdue, follow_ups::month, reach::mine, reach::put_mine, reach::my_push_key, channel_tests::begin, channel_tests::list, reach::add_my_push, reach::end_my_push, reach::of_responder, reach::put_of_responder, reach::of_contact, reach::put_of_contact, reach::of_family, reach::put_of_family, reach::put_family_language, reach::family_push_key, reach::add_family_push, reach::end_family_push, alerts::report, readings::take,
        push::greet, push::take, cap::take,
        cases::list, cases::one, cases::events, replay::at, cases::alerts, cases::notes, photos::list, photos::add, photos::one,
        looks::second_looks, round::round, round::check,
        calls::telephony, calls::list, calls::call, calls::hang_up, calls::recording, calls::report,
        commands::voice_result, commands::take, commands::keep, commands::assign, commands::stand_down, commands::note, commands::raise,
        commands::lower, commands::escalate, commands::refer, sheet::acknowledge, sheet::waive, sheet::handed, sheet::show, entry::show, entry::step, commands::false_alarm,
        commands::resolve, commands::await_review, commands::close, commands::follow_up, commands::reopen, commands::second_look,
        commands::grant_access,
        part::mine, part::decline,
        offers::list, offers::accept, offers::decline, offers::received, offers::depart, offers::progress, offers::arrive,
        offers::contact_made, offers::no_entry, offers::wrong_address, offers::check_in, offers::support, offers::done,
        family_invites::family, family_invites::invite, family_invites::revoke, family_session::open,
        family::me, family::view, family::history, family_sheet::show, sheet_mail::show, sheet_mail::put, family::choices, family::said, family_told::list, family::revoke,
        elder_screen::show, elder_screen::withdraw,
        uncalled::list, canaries::list, canaries::begin, canaries::seen, elder_contacts::put, elders::list, elders::one, elders::access, elders::views, away::put, activity::show, activity::put, devices::kinds, devices::list, devices::one, devices::log, device_binding::file, device_binding::bind, device_binding::unbind, device_binding::replace, device_tests::begin, device_tests::end, device_orders::list, device_orders::give, device_photos::add, device_photos::one, responders::list, responders::one, history::mine, shifts::mine, responders::duty, responders::position,
        circles::reach, circles::circle, coverage::coverage, tiles::map, tiles::tile,
        areas::list, area_maps::codes, area_maps::show, area_maps::put, area_maps::split, area_maps::homes, area_maps::move_homes,
        area_maps::log, elder_file::show, elder_file::put, elder_file::log, elder_papers::rest, elder_papers::consent, elder_papers::ability, elder_papers::reassessments, cards::make, cards::list, reports::month, reports::workbook, reports::calls,
        imports::sheets, imports::take, imports::log,
        stations::list, stations::aed, station_register::file, station_register::one, station_register::put, station_register::free, station_register::log,
        services::kinds, services::list, services::open, services::options, services::wish, services::station, services::answer, services::agree,
        services::done, services::cancel, services::rate, services::help, services::at_station, services::station_answer, services::station_done,
        services::family_list, services::family_open, services::family_rate, services::family_agree, services::screen_open,
        rota::file, rota::withdraw, rota::weeks, rota::put_weeks, rota::lay_out, rota::weeks_log, rota::all_swaps, rota::my_swaps, rota::ask,
        rota::agree, rota::decline, rota::take_back, rota::make_calendar, rota::end_calendar, rota::calendar,
        duty::show, duty::shifts, need_labels::sets, need_labels::show, need_labels::put, need_labels::log,
        plans::show, plans::put, plans::compare, plans::approve, plans::reject, plans::preview, plan_check::check, plans::log,
        chains::list, chains::one, chains::put, chains::log, chains::absences, chains::absent, chains::back,
        visits::list, visits::coverage, visits::mine, visits::route, visits::of_elder, visits::file, visits::add_photo, visits::photo,
        visits::plan, visits::put_plan, visits::make_code,
        practice::show, practice::put,
        accounts::list, accounts::file, accounts::one, accounts::put, accounts::password, accounts::end_sessions, accounts::unlock,
        accounts::log, accounts::lines,
        walls::list, walls::make, walls::revoke, walls::open, wall::board, wall::map, wall::tile,
        district::board, district::streets, district::let_in, district::renew, district::revoke, district::cases, district::handup,
        district::answer, district::uplink,
        quarantine::list, quarantine::seen, strangers::decode, strangers::bind,
        handovers::colleagues, handovers::list, handovers::begin, handovers::one, handovers::notes, handovers::note, handovers::sign,
        handovers::complete, handovers::withdraw,
    ),
    components(schemas(
        problem::ProblemDto,
        crate::live::ClientFrame,
        crate::live::ServerFrame<super::view::CaseDto>
    )),
    security(("people" = []), ("devices" = [])),
    modifiers(&Schemes, &Names)
)]
pub struct Contract;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, contract: &mut utoipa::openapi::OpenApi) {
        let parts = contract.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        parts.add_security_scheme("people", SecurityScheme::Http(bearer));
        let device = ApiKeyValue::with_description("Authorization", "`Device <device_id>:<key>`");
        parts.add_security_scheme("devices", SecurityScheme::ApiKey(ApiKey::Header(device)));
    }
}

/// Handlers of different files have the same names; whoever makes a client from the contract wants one for each.
struct Names;

impl Modify for Names {
    fn modify(&self, contract: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut contract.paths.paths {
            let named = |method: &str| {
                let parts = path.split(['/', '.', '-', '{', '}']).filter(|it| !it.is_empty());
                let parts = parts.filter(|it| !matches!(*it, "api" | "v1"));
                std::iter::once(method).chain(parts).collect::<Vec<_>>().join("_")
            };
            for (method, operation) in [("get", &mut item.get), ("post", &mut item.post), ("put", &mut item.put)] {
                if let Some(it) = operation {
                    it.operation_id = Some(named(method));
                }
            }
        }
    }
}

/// The contract.
#[utoipa::path(get, path = "/api/openapi.json", tag = "health", responses((status = 200, body = Object)))]
pub async fn document() -> HttpResponse {
    static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    // A contract made of derived parts always serialises.
    let text = TEXT.get_or_init(|| Contract::openapi().to_json().unwrap_or_default());
    HttpResponse::Ok().content_type("application/json").body(text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The web clients' types are made from the file.
    #[test]
    fn the_contract_on_file_is_the_contract() {
        let made = Contract::openapi().to_pretty_json().unwrap();
        let kept = include_str!("../../openapi.json");
        assert!(
            made.trim() == kept.trim(),
            "openapi.json is not what the code says: make contract"
        );
    }

    #[test]
    fn no_two_operations_have_one_name() {
        let contract = Contract::openapi();
        let mut names = std::collections::BTreeSet::new();
        for item in contract.paths.paths.values() {
            for it in [&item.get, &item.post, &item.put].into_iter().flatten() {
                let name = it.operation_id.clone().unwrap();
                assert!(names.insert(name.clone()), "{name}");
            }
        }
        assert!(names.contains("get_cases_id"));
    }
}
