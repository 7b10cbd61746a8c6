//! Who may do what: the one table of routes. Nothing is mounted that does not stand here, with its rule.
//!
//! The guard of each route proves who is there, holds the role against the rule, loads what the path names and holds it
//! against the viewer's area and stage; only then does the handler run. What somebody may not see does not exist for them
//! (404); what they may see and not do is 403. There is no route with DELETE: nothing is deleted by an API.

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::{
    Error, FromRequest, HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _, Route as Handler, web,
};

use super::auth::{Caller, Shown, SignedIn, shown};
use super::problem::{Problem, RETRY_AFTER_S};
use super::view::Sight;
use super::wire::{path_id, read_body};
use super::{
    Api, accounts, activity, alerts, answer_page, area_maps, areas, auth, away, callbacks, calls, canaries, cap, cards,
    cases, chains, channel_tests, circles, commands, coverage, device_binding, device_orders, device_photos,
    device_tests, devices, district, duty, elder_contacts, elder_file, elder_papers, elder_screen, elders, entry,
    family, family_invites, family_session, family_sheet, family_told, family_view, follow_ups, handovers, health,
    history, imports, looks, need_labels, notices, offers, openapi, part, photos, plan_check, plans, practice, push,
    quarantine, reach, readings, receipts, replay, reports, responders, rota, round, services, sheet, sheet_mail,
    shifts, station_register, stations, strangers, tiles, uncalled, unchanged, view, visits, wall, walls,
};
use crate::ids::{
    CanaryId, CaseId, DeviceId, ElderId, FamilyDeviceId, HandoverId, NodeId, OfferId, ResponderId, StationId, UserId,
    WallId,
};
use crate::people::{AreaCode, Role};
use crate::store::Unproved;
use crate::store::cases::CaseView;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody: sign-in, the contract, whether we are well.
    Anybody,
    /// People with one of these roles.
    People(&'static [Role]),
    /// Devices with their key, and people with one of these roles.
    DevicesAnd(&'static [Role]),
    /// Devices with their key, and nobody else.
    Devices,
    /// A cloud of devices that proves itself in its own way, which the handler asks for. No account and no device opens these.
    Cloud,
    /// Somebody of a family, on a device that came by a link. No account opens these.
    Family,
    /// A screen on the wall that came by a link. It opens nothing else, and no account opens these.
    Wall,
}

/// What the path names, and what of it must be the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Nothing of anybody's.
    Nothing,
    /// The caller's own account or responder.
    Own,
    /// A list: each row is held against the caller's area and stage.
    List,
    /// `{id}` is a case; the caller must see it in one of these ways.
    Case(&'static [Sight]),
    /// `{id}` is an offer to the caller.
    Offer,
    /// `{case_id}` is a case to which the caller was asked or sent.
    Assignment,
    /// `{id}` is an elder of the caller's area, or of a case on which the caller is coming (the handler holds the stage).
    Elder,
    /// `{id}` is a case of the family's own elder or home, of those that families hear of.
    FamilyCase,
    /// `{id}` is a case about whom the calling device stands beside.
    DeviceCase,
    /// `{id}` is a device of the same contact.
    FamilyDevice,
    /// `{id}` is a screen that shows nothing beyond the caller's areas.
    WallScreen,
    /// `{id}` is a hand-over of a desk whose areas are all the caller's; a dispatcher sees those that go on, and those that they
    /// had a part in.
    Handover,
    /// `{id}` is a device of the caller's area, or nobody's; only who looks by area sees devices.
    Device,
    /// `{id}` is a responder who works in the caller's area, or the caller.
    Responder,
    /// `{id}` is a station of the caller's areas or around them, or one for which the caller answers.
    Station,
    /// `{id}` is an account whose every area is among the caller's, or the caller's own.
    Account,
    /// `{id}` is a request for service of the family's own elder.
    FamilyRequest,
    /// `{id}` is a street that reports to us, all of whose areas are the caller's.
    StreetNode,
    /// `{id}` is a try of a way out of the house for a street of the caller's.
    Canary,
}

/// One route.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with its names in braces.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    /// What it is about.
    pub what: What,
    handler: fn(Method) -> Handler,
}

impl Route {
    /// Whether a request of this method comes here.
    fn answers(&self, method: &Method) -> bool {
        self.method == *method || (self.method == Method::GET && *method == Method::HEAD)
    }
}

use Role::{Admin, Auditor, Caregiver, Dispatcher, DutyLeader, GridWorker};

const EVERYBODY: &[Role] = &[Admin, DutyLeader, Dispatcher, GridWorker, Caregiver, Auditor];
const DESK: &[Role] = &[DutyLeader, Dispatcher];
const OFFICE: &[Role] = &[Admin, DutyLeader, Dispatcher];
const FIELD: &[Role] = &[DutyLeader, Dispatcher, GridWorker, Caregiver];
const DESK_SIDE: &[Role] = &[Admin, DutyLeader, Dispatcher, Auditor];
const PEOPLE: &[Role] = &[Admin, DutyLeader, Dispatcher, GridWorker, Caregiver];
const OVERSEERS: &[Role] = &[Admin, DutyLeader, Dispatcher, Auditor];
const LEADERS: &[Role] = &[Admin, DutyLeader];
const INVITERS: &[Role] = &[Admin, DutyLeader, Dispatcher, GridWorker];
/// Who looks in on elders: whoever walks the grid, and the desk by telephone.
const VISITORS: &[Role] = &[DutyLeader, Dispatcher, GridWorker];
const VISITS_SEEN: &[Role] = &[Admin, DutyLeader, Dispatcher, GridWorker, Auditor];
const DESK_ONLY: &[Sight] = &[Sight::Desk];
const BY_AREA: &[Sight] = &[Sight::Desk, Sight::Record];
const ANY_SIGHT: &[Sight] = &[Sight::Desk, Sight::Record, Sight::Offered, Sight::Coming];
const AT_WORK: &[Sight] = &[Sight::Desk, Sight::Coming];

macro_rules! route {
    ($method:ident $path:literal, $who:expr, $what:expr, $handler:path) => {
        Route {
            method: Method::$method,
            path: $path,
            who: $who,
            what: $what,
            handler: |method| web::method(method).to($handler),
        }
    };
}

/// Every route of the service's HTTP face. The live socket mounts its own beside them.
pub static ROUTES: &[Route] = &[
    route!(GET "/healthz", Who::Anybody, What::Nothing, health::healthz),
    route!(GET "/readyz", Who::Anybody, What::Nothing, health::readyz),
    route!(GET "/metrics", Who::Anybody, What::Nothing, health::metrics),
    route!(GET "/api/openapi.json", Who::Anybody, What::Nothing, openapi::document),
    // who is there
    route!(POST "/api/v1/auth/token", Who::Anybody, What::Nothing, auth::token),
    route!(POST "/api/v1/auth/refresh", Who::Anybody, What::Nothing, auth::refresh),
    route!(POST "/api/v1/auth/logout", Who::People(EVERYBODY), What::Own, auth::logout),
    route!(POST "/api/v1/auth/password", Who::People(EVERYBODY), What::Own, auth::password),
    route!(GET "/api/v1/auth/me", Who::People(EVERYBODY), What::Own, auth::me),
    // what the receivers of our webhooks say later; the signature is what counts
    route!(POST "/api/v1/receipts/{notice_id}", Who::Anybody, What::Nothing, receipts::take),
    // what the providers of carriers report, and offers that are answered by a link; signature and token are what counts
    route!(POST "/api/v1/notify/callbacks/{carrier}", Who::Anybody, What::Nothing, callbacks::take),
    route!(POST "/api/v1/phone/callbacks/{line}", Who::Anybody, What::Nothing, calls::report),
    route!(GET "/api/v1/notify/callbacks/{carrier}", Who::Anybody, What::Nothing, callbacks::verify),
    route!(GET "/t/{token}", Who::Anybody, What::Nothing, answer_page::look),
    route!(POST "/t/{token}", Who::Anybody, What::Nothing, answer_page::answer),
    // by which ways somebody is told
    route!(GET "/api/v1/me/reach", Who::People(EVERYBODY), What::Own, reach::mine),
    route!(PUT "/api/v1/me/reach", Who::People(EVERYBODY), What::Own, reach::put_mine),
    route!(GET "/api/v1/me/push-key", Who::People(EVERYBODY), What::Own, reach::my_push_key),
    route!(POST "/api/v1/me/channel-tests", Who::People(EVERYBODY), What::Own, channel_tests::begin),
    route!(GET "/api/v1/me/channel-tests", Who::People(EVERYBODY), What::Own, channel_tests::list),
    route!(GET "/api/v1/canaries", Who::People(DESK_SIDE), What::List, canaries::list),
    route!(POST "/api/v1/canaries", Who::People(LEADERS), What::List, canaries::begin),
    route!(POST "/api/v1/canaries/{id}/seen", Who::People(OFFICE), What::Canary, canaries::seen),
    route!(POST "/api/v1/me/push-subscriptions", Who::People(EVERYBODY), What::Own, reach::add_my_push),
    route!(POST "/api/v1/me/push-subscriptions/{rid}/end", Who::People(EVERYBODY), What::Own, reach::end_my_push),
    route!(GET "/api/v1/responders/{id}/reach", Who::People(OFFICE), What::Responder, reach::of_responder),
    route!(PUT "/api/v1/responders/{id}/reach", Who::People(OFFICE), What::Responder, reach::put_of_responder),
    route!(GET "/api/v1/elders/{id}/contacts/{rid}/reach", Who::People(OFFICE), What::Elder, reach::of_contact),
    route!(PUT "/api/v1/elders/{id}/contacts/{rid}/reach", Who::People(OFFICE), What::Elder, reach::put_of_contact),
    route!(GET "/api/v1/family/reach", Who::Family, What::Own, reach::of_family),
    route!(PUT "/api/v1/family/reach", Who::Family, What::Own, reach::put_of_family),
    route!(PUT "/api/v1/family/language", Who::Family, What::Own, reach::put_family_language),
    route!(GET "/api/v1/family/push-key", Who::Family, What::Own, reach::family_push_key),
    route!(POST "/api/v1/family/push-subscriptions", Who::Family, What::Own, reach::add_family_push),
    route!(POST "/api/v1/family/push-subscriptions/{rid}/end", Who::Family, What::Own, reach::end_family_push),
    // alerts
    route!(POST "/api/v1/alerts", Who::DevicesAnd(FIELD), What::Nothing, alerts::report),
    route!(POST "/api/v1/readings", Who::Devices, What::Own, readings::take),
    route!(GET "/api/v1/push/{platform}/{link}", Who::Cloud, What::Nothing, push::greet),
    route!(POST "/api/v1/push/{platform}/{link}", Who::Cloud, What::Nothing, push::take),
    route!(POST "/api/v1/cap", Who::Cloud, What::Nothing, cap::take),
    // cases
    route!(GET "/api/v1/cases", Who::People(EVERYBODY), What::List, cases::list),
    route!(GET "/api/v1/follow-ups/overdue", Who::People(OVERSEERS), What::List, follow_ups::overdue),
    route!(GET "/api/v1/follow-ups/month", Who::People(OVERSEERS), What::List, follow_ups::month),
    route!(GET "/api/v1/cases/{id}", Who::People(EVERYBODY), What::Case(ANY_SIGHT), cases::one),
    route!(GET "/api/v1/cases/{id}/events", Who::People(EVERYBODY), What::Case(ANY_SIGHT), cases::events),
    route!(GET "/api/v1/cases/{id}/at/{version}", Who::People(OVERSEERS), What::Case(BY_AREA), replay::at),
    route!(GET "/api/v1/cases/{id}/aed", Who::People(FIELD), What::Case(AT_WORK), stations::aed),
    route!(GET "/api/v1/cases/{id}/alerts", Who::People(DESK), What::Case(DESK_ONLY), cases::alerts),
    route!(GET "/api/v1/cases/{id}/notes", Who::People(FIELD), What::Case(AT_WORK), cases::notes),
    route!(GET "/api/v1/cases/{id}/photos", Who::People(FIELD), What::Case(AT_WORK), photos::list),
    route!(POST "/api/v1/cases/{id}/photos", Who::People(FIELD), What::Case(AT_WORK), photos::add),
    route!(GET "/api/v1/cases/{id}/photos/{rid}", Who::People(FIELD), What::Case(AT_WORK), photos::one),
    route!(GET "/api/v1/cases/{id}/notices", Who::People(OVERSEERS), What::Case(BY_AREA), notices::list),
    route!(POST "/api/v1/cases/{id}/notices/{rid}/resend", Who::People(DESK), What::Case(DESK_ONLY), notices::resend),
    // telephone calls: made from a case, and those there were
    route!(GET "/api/v1/telephony", Who::People(DESK), What::Nothing, calls::telephony),
    route!(GET "/api/v1/cases/{id}/calls", Who::People(DESK), What::Case(DESK_ONLY), calls::list),
    route!(POST "/api/v1/cases/{id}/calls", Who::People(DESK), What::Case(DESK_ONLY), calls::call),
    route!(POST "/api/v1/cases/{id}/calls/{rid}/hang-up", Who::People(DESK), What::Case(DESK_ONLY), calls::hang_up),
    route!(GET "/api/v1/cases/{id}/calls/{rid}/recording", Who::People(DESK), What::Case(DESK_ONLY), calls::recording),
    route!(GET "/api/v1/cases/{id}/round", Who::People(DESK), What::Case(DESK_ONLY), round::round),
    route!(POST "/api/v1/cases/{id}/round/{rid}", Who::People(DESK), What::Case(DESK_ONLY), round::check),
    route!(GET "/api/v1/cases/{id}/second-looks", Who::People(DESK), What::Case(DESK_ONLY), looks::second_looks),
    route!(POST "/api/v1/cases/{id}/voice-result", Who::People(DESK), What::Case(DESK_ONLY), commands::voice_result),
    route!(POST "/api/v1/cases/{id}/take", Who::People(DESK), What::Case(DESK_ONLY), commands::take),
    route!(POST "/api/v1/cases/{id}/keep", Who::People(DESK), What::Case(DESK_ONLY), commands::keep),
    route!(POST "/api/v1/cases/{id}/assign", Who::People(DESK), What::Case(DESK_ONLY), commands::assign),
    route!(POST "/api/v1/cases/{id}/stand-down", Who::People(DESK), What::Case(DESK_ONLY), commands::stand_down),
    route!(POST "/api/v1/cases/{id}/note", Who::People(FIELD), What::Case(AT_WORK), commands::note),
    route!(POST "/api/v1/cases/{id}/raise", Who::People(DESK), What::Case(DESK_ONLY), commands::raise),
    route!(POST "/api/v1/cases/{id}/lower", Who::People(DESK), What::Case(DESK_ONLY), commands::lower),
    route!(POST "/api/v1/cases/{id}/escalate", Who::People(DESK), What::Case(DESK_ONLY), commands::escalate),
    route!(POST "/api/v1/cases/{id}/refer", Who::People(DESK), What::Case(DESK_ONLY), commands::refer),
    route!(POST "/api/v1/cases/{id}/referrals/{rid}/acknowledge", Who::People(DESK), What::Case(DESK_ONLY), sheet::acknowledge),
    route!(POST "/api/v1/cases/{id}/referrals/{rid}/waive", Who::People(DESK), What::Case(DESK_ONLY), sheet::waive),
    route!(POST "/api/v1/cases/{id}/referrals/{rid}/handed", Who::People(DESK), What::Case(DESK_ONLY), sheet::handed),
    route!(GET "/api/v1/cases/{id}/sheet", Who::People(DESK), What::Case(DESK_ONLY), sheet::show),
    route!(GET "/api/v1/cases/{id}/entry", Who::People(FIELD), What::Case(AT_WORK), entry::show),
    route!(POST "/api/v1/cases/{id}/entry", Who::People(FIELD), What::Case(AT_WORK), entry::step),
    route!(POST "/api/v1/cases/{id}/false-alarm", Who::People(DESK), What::Case(DESK_ONLY), commands::false_alarm),
    route!(POST "/api/v1/cases/{id}/resolve", Who::People(DESK), What::Case(DESK_ONLY), commands::resolve),
    route!(POST "/api/v1/cases/{id}/await-review", Who::People(DESK), What::Case(DESK_ONLY), commands::await_review),
    route!(POST "/api/v1/cases/{id}/close", Who::People(DESK), What::Case(DESK_ONLY), commands::close),
    route!(POST "/api/v1/cases/{id}/follow-up", Who::People(FIELD), What::Case(AT_WORK), commands::follow_up),
    route!(POST "/api/v1/cases/{id}/reopen", Who::People(DESK), What::Case(DESK_ONLY), commands::reopen),
    route!(POST "/api/v1/cases/{id}/second-look", Who::People(DESK), What::Case(DESK_ONLY), commands::second_look),
    route!(POST "/api/v1/cases/{id}/grant-access", Who::People(DESK), What::Case(DESK_ONLY), commands::grant_access),
    // requests for service: what is wished, which station is asked, what it says
    route!(GET "/api/v1/service-kinds", Who::People(EVERYBODY), What::Nothing, services::kinds),
    route!(GET "/api/v1/service-requests", Who::People(DESK_SIDE), What::List, services::list),
    route!(POST "/api/v1/service-requests", Who::People(FIELD), What::List, services::open),
    route!(GET "/api/v1/elders/{id}/stations", Who::People(INVITERS), What::Elder, services::options),
    route!(POST "/api/v1/cases/{id}/service/wish", Who::People(DESK), What::Case(DESK_ONLY), services::wish),
    route!(POST "/api/v1/cases/{id}/service/station", Who::People(DESK), What::Case(DESK_ONLY), services::station),
    route!(POST "/api/v1/cases/{id}/service/answer", Who::People(DESK), What::Case(DESK_ONLY), services::answer),
    route!(POST "/api/v1/cases/{id}/service/agree", Who::People(DESK), What::Case(DESK_ONLY), services::agree),
    route!(POST "/api/v1/cases/{id}/service/cancel", Who::People(DESK), What::Case(DESK_ONLY), services::cancel),
    route!(POST "/api/v1/cases/{id}/service/done", Who::People(DESK), What::Case(DESK_ONLY), services::done),
    route!(POST "/api/v1/cases/{id}/service/rating", Who::People(DESK), What::Case(DESK_ONLY), services::rate),
    route!(POST "/api/v1/cases/{id}/service/help", Who::People(DESK), What::Case(DESK_ONLY), services::help),
    route!(GET "/api/v1/stations/{id}/requests", Who::People(FIELD), What::Station, services::at_station),
    route!(POST "/api/v1/stations/{id}/requests/{case_id}/answer", Who::People(FIELD), What::Station, services::station_answer),
    route!(POST "/api/v1/stations/{id}/requests/{case_id}/done", Who::People(FIELD), What::Station, services::station_done),
    route!(GET "/api/v1/family/service-requests", Who::Family, What::Own, services::family_list),
    route!(POST "/api/v1/family/service-requests", Who::Family, What::Own, services::family_open),
    route!(POST "/api/v1/family/service-requests/{id}/rating", Who::Family, What::FamilyRequest, services::family_rate),
    route!(POST "/api/v1/family/service-requests/{id}/agree", Who::Family, What::FamilyRequest, services::family_agree),
    route!(POST "/api/v1/elder-screen/service-requests", Who::Devices, What::Own, services::screen_open),
    // from one shift to the next
    route!(GET "/api/v1/colleagues", Who::People(DESK_SIDE), What::List, handovers::colleagues),
    route!(GET "/api/v1/handovers", Who::People(DESK_SIDE), What::List, handovers::list),
    route!(POST "/api/v1/handovers", Who::People(DESK), What::Own, handovers::begin),
    route!(GET "/api/v1/handovers/{id}", Who::People(DESK_SIDE), What::Handover, handovers::one),
    route!(GET "/api/v1/handovers/{id}/notes", Who::People(DESK), What::Handover, handovers::notes),
    route!(POST "/api/v1/handovers/{id}/note", Who::People(DESK), What::Handover, handovers::note),
    route!(POST "/api/v1/handovers/{id}/sign", Who::People(DESK), What::Handover, handovers::sign),
    route!(POST "/api/v1/handovers/{id}/complete", Who::People(DESK), What::Handover, handovers::complete),
    route!(POST "/api/v1/handovers/{id}/withdraw", Who::People(DESK), What::Handover, handovers::withdraw),
    // what is put to a responder
    route!(GET "/api/v1/offers", Who::People(FIELD), What::Own, offers::list),
    route!(POST "/api/v1/offers/{id}/accept", Who::People(FIELD), What::Offer, offers::accept),
    route!(POST "/api/v1/offers/{id}/decline", Who::People(FIELD), What::Offer, offers::decline),
    route!(POST "/api/v1/offers/{id}/received", Who::People(FIELD), What::Offer, offers::received),
    route!(GET "/api/v1/assignments/{case_id}", Who::People(FIELD), What::Assignment, part::mine),
    route!(POST "/api/v1/assignments/{case_id}/decline", Who::People(FIELD), What::Assignment, part::decline),
    route!(POST "/api/v1/assignments/{case_id}/depart", Who::People(FIELD), What::Assignment, offers::depart),
    route!(POST "/api/v1/assignments/{case_id}/progress", Who::People(FIELD), What::Assignment, offers::progress),
    route!(POST "/api/v1/assignments/{case_id}/arrive", Who::People(FIELD), What::Assignment, offers::arrive),
    route!(POST "/api/v1/assignments/{case_id}/contact-made", Who::People(FIELD), What::Assignment, offers::contact_made),
    route!(POST "/api/v1/assignments/{case_id}/no-entry", Who::People(FIELD), What::Assignment, offers::no_entry),
    route!(POST "/api/v1/assignments/{case_id}/wrong-address", Who::People(FIELD), What::Assignment, offers::wrong_address),
    route!(POST "/api/v1/assignments/{case_id}/check-in", Who::People(FIELD), What::Assignment, offers::check_in),
    route!(POST "/api/v1/assignments/{case_id}/support", Who::People(FIELD), What::Assignment, offers::support),
    route!(POST "/api/v1/assignments/{case_id}/done", Who::People(FIELD), What::Assignment, offers::done),
    // who there is
    route!(GET "/api/v1/elders", Who::People(OFFICE), What::List, elders::list),
    route!(GET "/api/v1/uncalled", Who::People(DESK_SIDE), What::List, uncalled::list),
    route!(GET "/api/v1/elders/{id}", Who::People(OFFICE), What::Elder, elders::one),
    route!(GET "/api/v1/elders/{id}/file", Who::People(DESK_SIDE), What::Elder, elder_file::show),
    route!(PUT "/api/v1/elders/{id}/file", Who::People(LEADERS), What::Elder, elder_file::put),
    route!(PUT "/api/v1/elders/{id}/contacts/{rid}", Who::People(LEADERS), What::Elder, elder_contacts::put),
    route!(PUT "/api/v1/elders/{id}/rest", Who::People(LEADERS), What::Elder, elder_papers::rest),
    route!(PUT "/api/v1/elders/{id}/consents", Who::People(LEADERS), What::Elder, elder_papers::consent),
    route!(PUT "/api/v1/elders/{id}/ability", Who::People(LEADERS), What::Elder, elder_papers::ability),
    route!(POST "/api/v1/cards", Who::People(LEADERS), What::List, cards::make),
    route!(GET "/api/v1/cards", Who::People(OFFICE), What::List, cards::list),
    route!(GET "/api/v1/reports/month", Who::People(OVERSEERS), What::List, reports::month),
    route!(GET "/api/v1/reports/month.xlsx", Who::People(OVERSEERS), What::List, reports::workbook),
    route!(GET "/api/v1/reports/calls.csv", Who::People(OVERSEERS), What::List, reports::calls),
    route!(GET "/api/v1/reassessments", Who::People(OFFICE), What::List, elder_papers::reassessments),
    route!(GET "/api/v1/elders/{id}/file/log", Who::People(&[Admin, DutyLeader, Auditor]), What::Elder, elder_file::log),
    route!(GET "/api/v1/areas", Who::People(DESK_SIDE), What::List, areas::list),
    route!(GET "/api/v1/area-codes", Who::People(DESK_SIDE), What::Nothing, area_maps::codes),
    route!(GET "/api/v1/areas/{street}/map", Who::People(DESK_SIDE), What::List, area_maps::show),
    route!(PUT "/api/v1/areas/{street}/map", Who::People(LEADERS), What::List, area_maps::put),
    route!(POST "/api/v1/areas/{street}/map/split", Who::People(LEADERS), What::List, area_maps::split),
    route!(GET "/api/v1/areas/{street}/map/homes", Who::People(OFFICE), What::List, area_maps::homes),
    route!(POST "/api/v1/areas/{street}/map/homes", Who::People(LEADERS), What::List, area_maps::move_homes),
    route!(GET "/api/v1/areas/{street}/map/log", Who::People(DESK_SIDE), What::List, area_maps::log),
    route!(GET "/api/v1/elders/{id}/access", Who::People(FIELD), What::Elder, elders::access),
    route!(GET "/api/v1/elders/{id}/views", Who::People(&[Admin, DutyLeader, Auditor]), What::Elder, elders::views),
    route!(PUT "/api/v1/elders/{id}/away", Who::People(INVITERS), What::Elder, away::put),
    route!(GET "/api/v1/elders/{id}/activity", Who::People(OFFICE), What::Elder, activity::show),
    route!(PUT "/api/v1/elders/{id}/activity", Who::People(OFFICE), What::Elder, activity::put),
    // devices: what there is, whose each one is, and tests
    route!(GET "/api/v1/device-kinds", Who::People(EVERYBODY), What::Nothing, devices::kinds),
    route!(GET "/api/v1/devices", Who::People(OFFICE), What::List, devices::list),
    route!(POST "/api/v1/devices", Who::People(OFFICE), What::List, device_binding::file),
    route!(GET "/api/v1/devices/{id}", Who::People(OFFICE), What::Device, devices::one),
    route!(GET "/api/v1/devices/{id}/log", Who::People(DESK_SIDE), What::Device, devices::log),
    route!(POST "/api/v1/devices/{id}/bind", Who::People(OFFICE), What::Device, device_binding::bind),
    route!(POST "/api/v1/devices/{id}/unbind", Who::People(OFFICE), What::Device, device_binding::unbind),
    route!(POST "/api/v1/devices/{id}/replace", Who::People(OFFICE), What::Device, device_binding::replace),
    route!(POST "/api/v1/devices/{id}/test", Who::People(OFFICE), What::Device, device_tests::begin),
    route!(POST "/api/v1/devices/{id}/test/end", Who::People(OFFICE), What::Device, device_tests::end),
    route!(POST "/api/v1/devices/{id}/photo", Who::People(OFFICE), What::Device, device_photos::add),
    route!(GET "/api/v1/devices/{id}/photo", Who::People(OFFICE), What::Device, device_photos::one),
    route!(GET "/api/v1/devices/{id}/commands", Who::People(OFFICE), What::Device, device_orders::list),
    route!(POST "/api/v1/devices/{id}/commands", Who::People(OFFICE), What::Device, device_orders::give),
    // the family's page: who may look, and what they see and say
    route!(GET "/api/v1/elders/{id}/family", Who::People(INVITERS), What::Elder, family_invites::family),
    route!(POST "/api/v1/elders/{id}/family-invites", Who::People(INVITERS), What::Elder, family_invites::invite),
    route!(POST "/api/v1/elders/{id}/family/devices/{rid}/revoke", Who::People(INVITERS), What::Elder, family_invites::revoke),
    route!(POST "/api/v1/family/session", Who::Anybody, What::Nothing, family_session::open),
    route!(GET "/api/v1/family/me", Who::Family, What::Own, family::me),
    route!(GET "/api/v1/family/view", Who::Family, What::Own, family::view),
    route!(GET "/api/v1/family/history", Who::Family, What::Own, family::history),
    route!(GET "/api/v1/family/sheet", Who::Family, What::Own, family_sheet::show),
    route!(GET "/api/v1/family/sheet-mail", Who::Family, What::Own, sheet_mail::show),
    route!(PUT "/api/v1/family/sheet-mail", Who::Family, What::Own, sheet_mail::put),
    route!(PUT "/api/v1/family/choices", Who::Family, What::Own, family::choices),
    route!(POST "/api/v1/family/cases/{id}/said", Who::Family, What::FamilyCase, family::said),
    route!(GET "/api/v1/family/cases/{id}/told", Who::Family, What::FamilyCase, family_told::list),
    route!(POST "/api/v1/family/devices/{id}/revoke", Who::Family, What::FamilyDevice, family::revoke),
    // the elder's own screen
    route!(GET "/api/v1/elder-screen", Who::Devices, What::Own, elder_screen::show),
    route!(POST "/api/v1/elder-screen/cases/{id}/withdraw", Who::Devices, What::DeviceCase, elder_screen::withdraw),
    route!(GET "/api/v1/responders", Who::People(OFFICE), What::List, responders::list),
    route!(GET "/api/v1/responders/{id}", Who::People(PEOPLE), What::Responder, responders::one),
    route!(GET "/api/v1/responders/me/history", Who::People(FIELD), What::Own, history::mine),
    route!(GET "/api/v1/responders/me/shifts", Who::People(FIELD), What::Own, shifts::mine),
    route!(PUT "/api/v1/responders/me/duty", Who::People(FIELD), What::Own, responders::duty),
    route!(POST "/api/v1/responders/me/position", Who::People(FIELD), What::Own, responders::position),
    route!(GET "/api/v1/stations", Who::People(PEOPLE), What::List, stations::list),
    route!(GET "/api/v1/sheets", Who::People(LEADERS), What::Nothing, imports::sheets),
    route!(POST "/api/v1/imports", Who::People(LEADERS), What::List, imports::take),
    route!(GET "/api/v1/imports", Who::People(LEADERS), What::List, imports::log),
    route!(POST "/api/v1/stations", Who::People(OFFICE), What::List, station_register::file),
    route!(GET "/api/v1/stations/{id}", Who::People(PEOPLE), What::Station, station_register::one),
    route!(PUT "/api/v1/stations/{id}", Who::People(OFFICE), What::Station, station_register::put),
    route!(PUT "/api/v1/stations/{id}/free", Who::People(FIELD), What::Station, station_register::free),
    route!(GET "/api/v1/stations/{id}/log", Who::People(DESK_SIDE), What::Station, station_register::log),
    // when a grid has nobody at work
    route!(GET "/api/v1/duty/gaps", Who::People(DESK_SIDE), What::List, duty::show),
    route!(GET "/api/v1/duty/shifts", Who::People(DESK_SIDE), What::List, duty::shifts),
    route!(POST "/api/v1/duty/shifts", Who::People(LEADERS), What::Nothing, rota::file),
    route!(POST "/api/v1/duty/shifts/withdraw", Who::People(LEADERS), What::Nothing, rota::withdraw),
    route!(GET "/api/v1/duty/weeks/{street}", Who::People(OFFICE), What::Nothing, rota::weeks),
    route!(PUT "/api/v1/duty/weeks/{street}", Who::People(LEADERS), What::Nothing, rota::put_weeks),
    route!(POST "/api/v1/duty/weeks/{street}/lay-out", Who::People(LEADERS), What::Nothing, rota::lay_out),
    route!(GET "/api/v1/duty/weeks/{street}/log", Who::People(OFFICE), What::Nothing, rota::weeks_log),
    route!(GET "/api/v1/duty/swaps", Who::People(OFFICE), What::List, rota::all_swaps),
    route!(GET "/api/v1/responders/me/swaps", Who::People(FIELD), What::Own, rota::my_swaps),
    route!(POST "/api/v1/responders/me/swaps", Who::People(FIELD), What::Own, rota::ask),
    route!(POST "/api/v1/responders/me/swaps/{rid}/agree", Who::People(FIELD), What::Own, rota::agree),
    route!(POST "/api/v1/responders/me/swaps/{rid}/decline", Who::People(FIELD), What::Own, rota::decline),
    route!(POST "/api/v1/responders/me/swaps/{rid}/take-back", Who::People(FIELD), What::Own, rota::take_back),
    route!(POST "/api/v1/responders/me/calendar", Who::People(FIELD), What::Own, rota::make_calendar),
    route!(POST "/api/v1/responders/me/calendar/end", Who::People(FIELD), What::Own, rota::end_calendar),
    route!(GET "/api/v1/calendar/{token}", Who::Anybody, What::Nothing, rota::calendar),
    // how streets show needs
    route!(GET "/api/v1/need-label-sets", Who::People(EVERYBODY), What::Nothing, need_labels::sets),
    route!(GET "/api/v1/need-labels", Who::People(EVERYBODY), What::List, need_labels::show),
    route!(PUT "/api/v1/need-labels/{street}", Who::People(LEADERS), What::List, need_labels::put),
    route!(GET "/api/v1/need-labels/{street}/log", Who::People(DESK_SIDE), What::List, need_labels::log),
    // the response plans of a street
    route!(GET "/api/v1/plans", Who::People(DESK_SIDE), What::List, plans::show),
    route!(PUT "/api/v1/plans/{street}", Who::People(LEADERS), What::List, plans::put),
    route!(POST "/api/v1/plans/{street}/compare", Who::People(LEADERS), What::List, plans::compare),
    route!(POST "/api/v1/plans/{street}/proposals/{rid}/approve", Who::People(LEADERS), What::List, plans::approve),
    route!(POST "/api/v1/plans/{street}/proposals/{rid}/reject", Who::People(LEADERS), What::List, plans::reject),
    route!(POST "/api/v1/plans/{street}/preview", Who::People(LEADERS), What::List, plans::preview),
    route!(POST "/api/v1/plans/{street}/check", Who::People(LEADERS), What::List, plan_check::check),
    route!(GET "/api/v1/plans/{street}/log", Who::People(DESK_SIDE), What::List, plans::log),
    // who answers for whom, and who stands in
    route!(GET "/api/v1/chains", Who::People(DESK_SIDE), What::List, chains::list),
    route!(GET "/api/v1/chains/{subject}", Who::People(DESK_SIDE), What::List, chains::one),
    route!(PUT "/api/v1/chains/{subject}", Who::People(OFFICE), What::List, chains::put),
    route!(GET "/api/v1/chains/{subject}/log", Who::People(DESK_SIDE), What::List, chains::log),
    route!(GET "/api/v1/absences", Who::People(DESK_SIDE), What::List, chains::absences),
    route!(POST "/api/v1/responders/{id}/absence", Who::People(OFFICE), What::Responder, chains::absent),
    route!(POST "/api/v1/responders/{id}/absence/end", Who::People(OFFICE), What::Responder, chains::back),
    // rounds: who is looked in on by when, what was found, and how far the month has come
    route!(GET "/api/v1/visits", Who::People(DESK_SIDE), What::List, visits::list),
    route!(GET "/api/v1/visits/coverage", Who::People(DESK_SIDE), What::List, visits::coverage),
    route!(GET "/api/v1/responders/me/visits", Who::People(FIELD), What::Own, visits::mine),
    route!(POST "/api/v1/responders/me/visits/route", Who::People(FIELD), What::Own, visits::route),
    route!(GET "/api/v1/elders/{id}/visits", Who::People(VISITS_SEEN), What::Elder, visits::of_elder),
    route!(POST "/api/v1/elders/{id}/visits", Who::People(VISITORS), What::Elder, visits::file),
    route!(POST "/api/v1/elders/{id}/visits/{rid}/photo", Who::People(VISITORS), What::Elder, visits::add_photo),
    route!(GET "/api/v1/elders/{id}/visits/{rid}/photo", Who::People(DESK), What::Elder, visits::photo),
    route!(GET "/api/v1/elders/{id}/visit-plan", Who::People(OFFICE), What::Elder, visits::plan),
    route!(PUT "/api/v1/elders/{id}/visit-plan", Who::People(OFFICE), What::Elder, visits::put_plan),
    route!(POST "/api/v1/elders/{id}/visit-code", Who::People(OFFICE), What::Elder, visits::make_code),
    // practice: who takes part
    route!(GET "/api/v1/practice", Who::People(PEOPLE), What::Own, practice::show),
    route!(PUT "/api/v1/practice", Who::People(PEOPLE), What::Own, practice::put),
    // who is near
    route!(POST "/api/v1/reach", Who::People(OFFICE), What::List, circles::reach),
    route!(GET "/api/v1/circles", Who::People(OFFICE), What::Nothing, circles::circle),
    route!(GET "/api/v1/coverage", Who::People(OFFICE), What::List, coverage::coverage),
    route!(GET "/api/v1/map", Who::People(EVERYBODY), What::Nothing, tiles::map),
    route!(GET "/api/v1/tiles/{z}/{x}/{y}", Who::People(EVERYBODY), What::Nothing, tiles::tile),
    // the board on the wall: who lets a screen in, and the little that it reads
    route!(GET "/api/v1/walls", Who::People(LEADERS), What::List, walls::list),
    route!(POST "/api/v1/walls", Who::People(LEADERS), What::List, walls::make),
    route!(POST "/api/v1/walls/{id}/revoke", Who::People(LEADERS), What::WallScreen, walls::revoke),
    route!(POST "/api/v1/wall/session", Who::Anybody, What::Nothing, walls::open),
    route!(GET "/api/v1/wall/board", Who::Wall, What::Own, wall::board),
    route!(GET "/api/v1/wall/map", Who::Wall, What::Nothing, wall::map),
    route!(GET "/api/v1/wall/tiles/{z}/{x}/{y}", Who::Wall, What::Nothing, wall::tile),
    // a district and its streets; the line itself mounts its own socket
    route!(GET "/api/v1/district/board", Who::People(DESK_SIDE), What::List, district::board),
    route!(GET "/api/v1/district/streets", Who::People(LEADERS), What::List, district::streets),
    route!(POST "/api/v1/district/streets", Who::People(&[Admin]), What::List, district::let_in),
    route!(POST "/api/v1/district/streets/{id}/key", Who::People(&[Admin]), What::StreetNode, district::renew),
    route!(POST "/api/v1/district/streets/{id}/revoke", Who::People(&[Admin]), What::StreetNode, district::revoke),
    route!(GET "/api/v1/district/streets/{id}/cases", Who::People(DESK_SIDE), What::StreetNode, district::cases),
    route!(GET "/api/v1/district/streets/{id}/handups/{rid}", Who::People(DESK), What::StreetNode, district::handup),
    route!(POST "/api/v1/district/streets/{id}/handups/{rid}/answers", Who::People(DESK), What::StreetNode, district::answer),
    route!(GET "/api/v1/district/uplink", Who::People(OFFICE), What::Nothing, district::uplink),
    // who may sign in, and who has changed what
    route!(GET "/api/v1/accounts", Who::People(&[Admin]), What::List, accounts::list),
    route!(POST "/api/v1/accounts", Who::People(&[Admin]), What::Nothing, accounts::file),
    route!(GET "/api/v1/accounts/{id}", Who::People(&[Admin]), What::Account, accounts::one),
    route!(PUT "/api/v1/accounts/{id}", Who::People(&[Admin]), What::Account, accounts::put),
    route!(POST "/api/v1/accounts/{id}/password", Who::People(&[Admin]), What::Account, accounts::password),
    route!(POST "/api/v1/accounts/{id}/end-sessions", Who::People(&[Admin]), What::Account, accounts::end_sessions),
    route!(POST "/api/v1/accounts/{id}/unlock", Who::People(&[Admin]), What::Account, accounts::unlock),
    route!(GET "/api/v1/accounts/{id}/log", Who::People(&[Admin]), What::Account, accounts::log),
    route!(GET "/api/v1/register-log", Who::People(&[Admin, Auditor]), What::List, accounts::lines),
    // who could not prove who they are
    route!(GET "/api/v1/quarantine", Who::People(OFFICE), What::Nothing, quarantine::list),
    route!(POST "/api/v1/quarantine/{id}/seen", Who::People(DESK), What::Nothing, quarantine::seen),
    route!(POST "/api/v1/quarantine/{id}/decode", Who::People(DESK), What::Nothing, strangers::decode),
    route!(POST "/api/v1/quarantine/{id}/bind", Who::People(OFFICE), What::Nothing, strangers::bind),
];

/// What is answered in the first moments of a start, while the register is still being read: whether we are well, who signs in, and
/// every alarm. All else shows or asks for people, and waits until none is missing.
pub const BEFORE_THE_REGISTER: &[&str] = &[
    "/api/v1/cap",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/openapi.json",
    "/api/v1/auth/token",
    "/api/v1/auth/refresh",
    "/api/v1/alerts",
    "/api/v1/push/{platform}/{link}",
];

/// Mounts every route with its guard. HEAD answers like GET, without a body; another method on a known path is 405 and is told
/// which are answered, another path is 404.
pub(super) fn mount(cfg: &mut web::ServiceConfig) {
    let mut done: Vec<&str> = Vec::new();
    for route in ROUTES {
        if done.contains(&route.path) {
            continue;
        }
        done.push(route.path);
        let mut resource = web::resource(route.path);
        let mut allowed: Vec<&str> = Vec::new();
        for it in ROUTES.iter().filter(|it| it.path == route.path) {
            resource = resource.route((it.handler)(it.method.clone()));
            allowed.push(it.method.as_str());
            if it.method == Method::GET {
                // The connection leaves the body out.
                resource = resource.route((it.handler)(Method::HEAD));
                allowed.push(Method::HEAD.as_str());
            }
        }
        let path = route.path;
        let allowed: Arc<str> = allowed.join(", ").into();
        let resource = resource
            .default_service(web::to(move |request: HttpRequest| {
                std::future::ready(wrong_method(&request, &allowed))
            }))
            .wrap(from_fn(move |request, next| guard(path, request, next)));
        cfg.service(resource);
    }
    cfg.default_service(web::to(unknown_route));
}

async fn unknown_route() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found("unknown_route", "there is nothing at this address"))
}

/// 405, and in `Allow` what is answered at this address.
pub(super) fn wrong_method(request: &HttpRequest, allowed: &str) -> HttpResponse {
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong_method",
        format!(
            "{} is not answered at this address; answered are {allowed}",
            request.method()
        ),
    );
    let mut response = problem.error_response();
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// The case that the guard of a route has loaded for its handler, and how the caller may see it.
#[derive(Clone)]
pub struct Seen {
    pub(super) case: CaseView,
    pub(super) sight: Option<Sight>,
}

impl FromRequest for Seen {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        // The guard of every route about a case has put it there.
        std::future::ready(found.ok_or_else(Problem::internal))
    }
}

async fn guard(
    path: &'static str,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let rule = ROUTES.iter().find(|it| it.path == path && it.answers(request.method()));
    if let Some(rule) = rule {
        let Some(api) = request.app_data::<web::Data<Api>>().cloned() else {
            return Err(Problem::internal().into());
        };
        if !BEFORE_THE_REGISTER.contains(&rule.path) {
            api.register_read().await?;
        }
        if let Some(caller) = prove(&api, rule.who, &mut request).await? {
            let seen = match &caller {
                Caller::Person(who) => look(&api, rule.what, who, request.request()).await?,
                Caller::Family(me) => look_as_family(&api, rule.what, me, request.request()).await?,
                Caller::Device(device) => look_as_device(&api, rule.what, device.0, request.request()).await?,
                // Its routes name nothing of anybody's.
                Caller::Wall(_) => None,
            };
            if let Some(seen) = seen {
                request.extensions_mut().insert(seen);
            }
            request.extensions_mut().insert(caller);
        }
    }
    let answer = next.call(request).await.map(ServiceResponse::map_into_boxed_body)?;
    if unchanged::ASKED_AGAIN.contains(&path) {
        return Ok(unchanged::or_in_full(answer).await);
    }
    Ok(answer)
}

async fn prove(api: &Api, rule: Who, request: &mut ServiceRequest) -> Result<Option<Caller>, Problem> {
    let (roles, devices) = match rule {
        Who::Anybody | Who::Cloud => return Ok(None),
        Who::People(roles) => (roles, false),
        Who::DevicesAnd(roles) => (roles, true),
        Who::Devices => (&[][..], true),
        Who::Family => {
            let session = family_session::shown(request.request())?;
            let it = api.clone();
            let me = api.run(async move { it.family_of(&session).await }).await?;
            return Ok(Some(Caller::Family(Box::new(me))));
        }
        Who::Wall => {
            let session = walls::shown(request.request())?;
            let it = api.clone();
            let wall = api.run(async move { it.wall_of(&session).await }).await?;
            return Ok(Some(Caller::Wall(Box::new(wall))));
        }
    };
    match shown(request.request())? {
        Shown::Bearer(token) => {
            let it = api.clone();
            let who = api.run(async move { it.signed_in(&token).await }).await?;
            if !roles.contains(&who.role) {
                return Err(Problem::forbidden(
                    "role_not_allowed",
                    format!("a {} may not do this", who.role),
                ));
            }
            Ok(Some(Caller::Person(who)))
        }
        Shown::Device { claimed, key } if devices => {
            if let Some(device) = api.known_device_of(&claimed, &key)? {
                return Ok(Some(Caller::Device(device)));
            }
            let it = api.clone();
            let (claim, shown) = (claimed.clone(), key);
            let found = api.run(async move { it.device_of(&claim, &shown).await }).await?;
            if let Some(device) = found {
                return Ok(Some(Caller::Device(device)));
            }
            let refused = Problem::unauthorized("bad_device_key", "this is not the key of this device");
            if keep_aside(api, &claimed, request).await {
                return Err(refused);
            }
            Err(Problem {
                detail: format!(
                    "{}; this comes too often, so it was counted and not kept",
                    refused.detail
                ),
                retry_after_s: Some(RETRY_AFTER_S),
                ..refused
            })
        }
        Shown::Device { .. } => Err(Problem::forbidden("role_not_allowed", "a device may not do this")),
    }
}

/// Bytes of an unproved body that are looked at.
const UNPROVED_MAX: usize = crate::store::quarantine::BODY_MAX_BYTES;

/// Behind a wrong key may stand a real call for help: a dispatcher sees that there was one. `false`: there were too many, and
/// it was only counted.
async fn keep_aside(api: &Api, claimed: &str, request: &mut ServiceRequest) -> bool {
    metrics::counter!("ecd_unproved_senders_total").increment(1);
    let address = request.connection_info().peer_addr().unwrap_or("unknown").to_owned();
    if !api.app.unproved.admits(&address, api.app.clock.now()) {
        metrics::counter!("ecd_unproved_not_kept_total").increment(1);
        return false;
    }
    let mut payload = request.take_payload();
    let body = read_body(&mut payload, UNPROVED_MAX).await.unwrap_or_default();
    let (it, claimed) = (api.clone(), claimed.to_owned());
    let kept = api
        .run(async move {
            let app = &it.app;
            let unproved = Unproved {
                id: app.ids.make(),
                address: &address,
                claimed_device: &claimed,
                reason: "bad_key",
                body: &body,
            };
            Ok(app.store.quarantine(unproved, app.clock.now()).await?)
        })
        .await;
    if let Err(error) = kept {
        tracing::warn!(%error, "a sender with a wrong key could not be kept for the desk");
    }
    true
}

/// Loads what the path names and holds it against area and stage.
async fn look(api: &Api, what: What, who: &SignedIn, request: &HttpRequest) -> Result<Option<Seen>, Problem> {
    let it = api.clone();
    let who = who.clone();
    let no_case = || Problem::not_found("case_not_found", "there is no such case");
    match what {
        What::Nothing | What::Own | What::List => Ok(None),
        What::Case(sights) => {
            let id: CaseId = path_id(request, "id")?;
            api.run(async move {
                let case = it.app.store.case(id).await?.ok_or_else(no_case)?;
                let sight = who.viewer().sight(&case).ok_or_else(no_case)?;
                let kept_from = |me| sight == Sight::Offered && !view::hears(&it.app, me, &case.case);
                if who.responder.is_some_and(kept_from) {
                    return Err(no_case());
                }
                if !sights.contains(&sight) {
                    return Err(Problem::forbidden(
                        "not_at_this_stage",
                        "not with what you are in this case",
                    ));
                }
                it.app.store.plan_of(&case.case).await?;
                Ok(Some(Seen {
                    case,
                    sight: Some(sight),
                }))
            })
            .await
        }
        What::Offer => {
            let id: OfferId = path_id(request, "id")?;
            let me = who.responder()?;
            let no_offer = || Problem::not_found("offer_not_found", "there is no such offer to you");
            api.run(async move {
                let found = it.app.store.offer(id).await?;
                let (case, _) = found.filter(|it| it.1 == me).ok_or_else(no_offer)?;
                let case = it.app.store.case(case).await?.ok_or_else(no_offer)?;
                if !view::hears(&it.app, me, &case.case) {
                    return Err(no_offer());
                }
                let sight = who.viewer().sight(&case);
                Ok(Some(Seen { case, sight }))
            })
            .await
        }
        What::Assignment => {
            let id: CaseId = path_id(request, "case_id")?;
            let me = who.responder()?;
            api.run(async move {
                let case = it.app.store.case(id).await?.ok_or_else(no_case)?;
                if case.case.assignment(me).is_none() && case.case.offer_to(me).is_none() {
                    return Err(no_case());
                }
                let sight = who.viewer().sight(&case);
                Ok(Some(Seen { case, sight }))
            })
            .await
        }
        What::Elder => {
            let id: ElderId = path_id(request, "id")?;
            let elder = api.app.picture.elder(id);
            let by_area = who.viewer().is_by_area();
            // A responder's right to an elder comes from a case, which the handler asks for.
            if elder.is_some_and(|it| !by_area || who.scope.contains(it.grid)) {
                return Ok(None);
            }
            Err(Problem::not_found("elder_not_found", "there is no such elder"))
        }
        What::Handover => {
            let id: HandoverId = path_id(request, "id")?;
            api.run(async move {
                let found = it.app.store.handover(id).await?;
                if found.is_some_and(|it| handovers::may_see(&who, &it)) {
                    return Ok(None);
                }
                Err(handovers::no_handover())
            })
            .await
        }
        // Of a family's session or a device alone.
        What::FamilyCase | What::FamilyDevice | What::FamilyRequest | What::DeviceCase => Err(Problem::internal()),
        What::Station => {
            let id: StationId = path_id(request, "id")?;
            let found = api.app.picture.station(id);
            let theirs = |it: Arc<crate::people::Station>| {
                let answers = who.responder.is_some_and(|me| it.service.staff.contains(&me));
                answers || (who.viewer().is_by_area() && who.scope.touches(it.area))
            };
            if found.is_some_and(theirs) {
                return Ok(None);
            }
            Err(station_register::no_station())
        }
        What::WallScreen => {
            let id: WallId = path_id(request, "id")?;
            api.run(async move {
                let wall = it.app.store.wall(id).await?;
                if wall.is_some_and(|it| who.scope.covers(&it.scope)) {
                    return Ok(None);
                }
                Err(Problem::not_found("wall_not_found", "there is no such screen"))
            })
            .await
        }
        What::StreetNode => {
            let id: NodeId = path_id(request, "id")?;
            api.run(async move {
                let street = it.app.store.street(id).await?;
                if street.is_some_and(|it| who.scope.covers(&it.scope)) {
                    return Ok(None);
                }
                Err(district::no_street())
            })
            .await
        }
        What::Canary => {
            let id: CanaryId = path_id(request, "id")?;
            api.run(async move {
                let found = it.app.store.canary(id.as_uuid()).await?;
                let street = found.and_then(|it| it.area_code.parse::<AreaCode>().ok());
                if street.is_some_and(|it| who.scope.contains(it)) {
                    return Ok(None);
                }
                Err(canaries::no_canary())
            })
            .await
        }
        What::Device => {
            let id: DeviceId = path_id(request, "id")?;
            api.device_for(&who, id)?;
            Ok(None)
        }
        What::Account => {
            let id: UserId = path_id(request, "id")?;
            api.run(async move { it.account_for(&who, id).await.map(|_| None) })
                .await
        }
        What::Responder => {
            let id: ResponderId = path_id(request, "id")?;
            let found = api.app.picture.responder(id);
            let theirs = |it: Arc<crate::people::Responder>| {
                who.responder == Some(id) || (who.viewer().is_by_area() && responders::works_in(&it, &who.scope))
            };
            if found.is_some_and(theirs) {
                return Ok(None);
            }
            Err(Problem::not_found("responder_not_found", "there is no such responder"))
        }
    }
}

/// As [`look`], for a device.
async fn look_as_device(
    api: &Api,
    what: What,
    device: DeviceId,
    request: &HttpRequest,
) -> Result<Option<Seen>, Problem> {
    if what != What::DeviceCase {
        return Ok(None);
    }
    let id: CaseId = path_id(request, "id")?;
    let it = api.clone();
    let case = api.run(async move { it.case_beside(device, id).await }).await?;
    Ok(Some(Seen { case, sight: None }))
}

/// As [`look`], for somebody of a family.
async fn look_as_family(
    api: &Api,
    what: What,
    me: &family_session::FamilyMember,
    request: &HttpRequest,
) -> Result<Option<Seen>, Problem> {
    let it = api.clone();
    match what {
        What::Nothing | What::Own => Ok(None),
        What::FamilyCase => {
            let no_case = || Problem::not_found("case_not_found", "there is no such case");
            let id: CaseId = path_id(request, "id")?;
            let (elder, household) = (me.elder, me.household);
            api.run(async move {
                let case = it.app.store.case(id).await?;
                let theirs = case.filter(|it| family_view::is_theirs(&it.case, elder, household));
                let frozen = it.app.picture.is_frozen(elder);
                let case = theirs.filter(|_| !frozen).ok_or_else(no_case)?;
                Ok(Some(Seen { case, sight: None }))
            })
            .await
        }
        What::FamilyRequest => {
            let no_case = || Problem::not_found("case_not_found", "there is no such request");
            let id: CaseId = path_id(request, "id")?;
            let elder = me.elder;
            api.run(async move {
                let case = it.app.store.case(id).await?;
                let frozen = it.app.picture.is_frozen(elder);
                let theirs = |it: &CaseView| {
                    let request = it.case.kind == crate::case::Kind::ServiceRequest && !it.case.drill;
                    request && it.case.subject.elder() == Some(elder)
                };
                let case = case.filter(|it| theirs(it) && !frozen).ok_or_else(no_case)?;
                Ok(Some(Seen { case, sight: None }))
            })
            .await
        }
        What::FamilyDevice => {
            let id: FamilyDeviceId = path_id(request, "id")?;
            let contact = me.contact;
            api.run(async move {
                let device = it.app.store.family_device(id).await?;
                if device.is_some_and(|it| it.contact == contact) {
                    return Ok(None);
                }
                Err(Problem::not_found(
                    "device_not_found",
                    "there is no such device of yours",
                ))
            })
            .await
        }
        // No route of a family has such a rule; one that had would be shut.
        What::List
        | What::Case(_)
        | What::Offer
        | What::Assignment
        | What::Elder
        | What::Handover
        | What::Device
        | What::Responder
        | What::WallScreen
        | What::Account
        | What::Station
        | What::Canary
        | What::StreetNode
        | What::DeviceCase => Err(Problem::internal()),
    }
}
