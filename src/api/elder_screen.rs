//! The elder's own screen on the night table: a device like any other, which also shows who is coming. It presses by
//! `POST /api/v1/alerts`; here it reads what became of that, and takes a press back, which is a mark and ends nothing.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::{Caller, DeviceAuth};
use super::dto;
use super::family_view::{ComingDto, coming};
use super::problem::Problem;
use super::rights::Seen;
use super::services::{ServiceDto, service_dto};
use super::wire::Body;
use crate::case::{Author, Case, Command, Kind, State, Subject};
use crate::dispatch::Sender;
use crate::ids::{AlertId, CaseId, DeviceId, ElderId, HouseholdId};
use crate::people::DeviceBinding;
use crate::store::cases::{CaseFilter, CaseView};

/// Open cases of one home that one look goes through.
const CASES_MAX: u64 = 20;

/// What became of a press.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScreenCaseDto {
    #[schema(value_type = String)]
    pub id: CaseId,
    #[schema(value_type = String)]
    pub kind: Kind,
    #[schema(value_type = dto::StateWord)]
    pub state: State,
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// Who leads first; what they are and their family name.
    pub coming: Vec<ComingDto>,
    /// Somebody at the command centre has it in hand.
    pub taken: bool,
    /// The press was taken back: a mark, people come all the same until the centre has asked.
    pub withdrawn: bool,
    /// Of a request: what is wished, and how far it has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceDto>,
}

/// What the screen shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScreenDto {
    /// The service's clock.
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// The name of whom it stands beside; absent of a device of nobody, or of a home with several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Open cases, the newest first: calls for help and requests for service.
    pub cases: Vec<ScreenCaseDto>,
    /// Of the command centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre_phone: Option<String>,
}

/// Whose screen it is: the elder, and the home.
struct Beside {
    elder: Option<ElderId>,
    household: Option<HouseholdId>,
}

impl Beside {
    fn is_about(&self, case: &Case) -> bool {
        let about = match case.subject {
            Subject::Elder(id) => self.elder == Some(id),
            Subject::Household(id) => self.household == Some(id),
            Subject::Device(_) | Subject::Area(_) | Subject::Responder(_) | Subject::Unknown(_) => false,
        };
        let shown = matches!(case.lane, crate::case::Lane::Help) || case.kind == Kind::ServiceRequest;
        about && shown && !case.drill
    }
}

impl Api {
    fn beside(&self, device: DeviceId) -> Beside {
        let picture = &self.app.picture;
        let binding = picture.device(device).and_then(|it| it.binding);
        let elder = match binding {
            Some(DeviceBinding::Elder(id)) => Some(id),
            Some(DeviceBinding::Household(id)) => {
                let members = picture.household(id).map(|it| it.1).unwrap_or_default();
                members.first().filter(|_| members.len() == 1).map(|it| it.id)
            }
            None => None,
        };
        let home = match binding {
            Some(DeviceBinding::Household(id)) => Some(id),
            _ => elder.and_then(|it| picture.elder(it)).map(|it| it.household),
        };
        Beside { elder, household: home }
    }

    /// The one elder beside whom a device stands.
    pub(super) fn elder_beside(&self, device: DeviceId) -> Option<ElderId> {
        self.beside(device).elder
    }

    async fn screen(self, device: DeviceId) -> Result<ScreenDto, Problem> {
        let beside = self.beside(device);
        let mut cases = Vec::new();
        if let Some(elder) = beside.elder {
            let filter = CaseFilter {
                elder: Some(elder),
                household: beside.household,
                open: true,
                ..CaseFilter::default()
            };
            cases = self.app.store.list_cases(&filter, None, CASES_MAX).await?.items;
        }
        let name = beside
            .elder
            .and_then(|it| self.app.picture.elder(it))
            .map(|it| it.name.clone());
        Ok(ScreenDto {
            now: self.app.clock.now(),
            name,
            cases: cases
                .iter()
                .filter(|it| beside.is_about(&it.case) && it.case.state != State::Resolved)
                .map(|it| ScreenCaseDto {
                    id: it.case.id,
                    kind: it.case.kind,
                    state: it.case.state,
                    opened_at: it.case.opened_at,
                    coming: coming(&self.app, &it.case, None),
                    taken: it.case.taken_by.is_some(),
                    withdrawn: it.case.withdrawn,
                    service: it.case.service.as_ref().map(|it| service_dto(&self.app, it)),
                })
                .collect(),
            centre_phone: self.app.config.family.centre_phone.clone(),
        })
    }

    /// A case about whoever this device stands beside.
    pub(super) async fn case_beside(&self, device: DeviceId, id: CaseId) -> Result<CaseView, Problem> {
        let beside = self.beside(device);
        let case = self.app.store.case(id).await?;
        case.filter(|it| beside.is_about(&it.case))
            .ok_or_else(|| Problem::not_found("case_not_found", "there is no such case"))
    }
}

fn device(caller: &Caller) -> Result<DeviceId, Problem> {
    match caller {
        Caller::Device(DeviceAuth(id)) => Ok(*id),
        // The table lets nobody else here.
        Caller::Person(_) | Caller::Family(_) | Caller::Wall(_) => Err(Problem::internal()),
    }
}

/// What became of the presses of this device, and of whatever else is open about its elder.
#[utoipa::path(get, path = "/api/v1/elder-screen", tag = "elder screen", responses((status = 200, body = ScreenDto)))]
pub async fn show(api: web::Data<Api>, caller: Caller) -> Result<HttpResponse, Problem> {
    let device = device(&caller)?;
    let it = api.get_ref().clone();
    let dto = api.run(async move { it.screen(device).await }).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(dto))
}

/// Which press.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawIn {
    /// The alert, as its report was answered.
    #[schema(value_type = String)]
    pub alert_id: AlertId,
}

/// Takes a press of this device back. A mark that the desk sees: nobody is stood down and nothing is closed by it.
#[utoipa::path(post, path = "/api/v1/elder-screen/cases/{id}/withdraw", tag = "elder screen", params(("id" = String, Path)),
    request_body = WithdrawIn, responses((status = 200, body = ScreenDto)))]
pub async fn withdraw(
    api: web::Data<Api>,
    caller: Caller,
    seen: Seen,
    body: Body<WithdrawIn>,
) -> Result<HttpResponse, Problem> {
    let device = device(&caller)?;
    let it = api.get_ref().clone();
    let dto = api
        .run(async move {
            let (id, alert) = (seen.case.case.id, body.value.alert_id);
            let sender = Sender::Device(device).key();
            let all = it.app.store.alerts_of(id).await?;
            if !all.iter().any(|it| it.id == alert && it.sender == sender) {
                return Err(Problem::not_found(
                    "alert_not_found",
                    "there is no such press of this device",
                ));
            }
            it.app
                .desk
                .handle(id, Command::Withdrawn { alert }, Author::Device(device))
                .await?;
            it.screen(device).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(dto))
}
