//! Somebody tests a device: until then what it says is a case that rings nobody, marked as a test. Why: decision 47.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::alerts::ReportedDto;
use super::auth::SignedIn;
use super::devices::DeviceDto;
use super::problem::{FieldError, Problem};
use super::wire::{Body, path_id};
use crate::case::Kind;
use crate::dispatch::{AlertReport, Sender};
use crate::ids::DeviceId;
use crate::people::{DeviceDeed, TEST_MAX};
use crate::store::{DeviceEvent, DeviceTest};

/// For how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestIn {
    /// 1 to 240. A test that goes on is prolonged, to four hours from its beginning at most.
    pub minutes: u32,
}

/// How it ends.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndTestIn {
    /// Somebody has pressed in earnest: help is called for whoever has the device.
    #[serde(default)]
    pub needs_help: bool,
}

/// A test has ended.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TestEndedDto {
    pub device: DeviceDto,
    /// The call for help, where one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<ReportedDto>,
}

/// Begins or prolongs a test. It ends by itself, by the clock of the service, also when the service is started anew meanwhile.
#[utoipa::path(post, path = "/api/v1/devices/{id}/test", tag = "devices", params(("id" = String, Path)), request_body = TestIn,
    responses((status = 200, body = DeviceDto), (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn begin(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<TestIn>,
) -> Result<HttpResponse, Problem> {
    let id: DeviceId = path_id(&request, "id")?;
    let minutes = body.value.minutes;
    let most = TEST_MAX.as_mins();
    if minutes == 0 || i64::from(minutes) > most {
        let wrong = FieldError::new("minutes", "out_of_range", format!("must be 1 to {most}"));
        return Err(Problem::fields("out_of_range", vec![wrong]));
    }
    let it = api.get_ref().clone();
    let device = api.run(async move { it.begin_test(&who, id, minutes).await }).await?;
    Ok(HttpResponse::Ok().json(device))
}

/// Ends a test before its time. With `needs_help` an SOS is reported for whoever has the device.
#[utoipa::path(post, path = "/api/v1/devices/{id}/test/end", tag = "devices", params(("id" = String, Path)), request_body = EndTestIn,
    responses((status = 200, body = TestEndedDto)))]
pub async fn end(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<EndTestIn>,
) -> Result<HttpResponse, Problem> {
    let id: DeviceId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let ended = api
        .run(async move { it.finish_test(&who, id, body.value.needs_help).await })
        .await?;
    Ok(HttpResponse::Ok().json(ended))
}

impl Api {
    async fn begin_test(&self, who: &SignedIn, id: DeviceId, minutes: u32) -> Result<DeviceDto, Problem> {
        let device = self.device_for(who, id)?;
        let now = self.app.clock.now();
        let kept = self.app.store.device_test(id).await?;
        let began_at = kept.filter(|it| it.until > now).map_or(now, |it| it.began_at);
        let until = now + SignedDuration::from_mins(minutes.into());
        if until > began_at + TEST_MAX {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "test_too_long",
                "a test lasts four hours at most from its beginning; let it end, or end it, before the next",
            ));
        }
        let test = DeviceTest {
            device: id,
            by: who.user,
            began_at,
            until,
        };
        let event = DeviceEvent {
            until: Some(until),
            ..self.device_event(who, (id, DeviceDeed::TestBegun), device.binding, now)
        };
        self.app.store.put_device_test(test, event).await?;
        self.app.picture.put_test(test);
        tracing::info!(device.id = %id, user.id = %who.user, minutes, "a device is tested");
        Ok(self.device_dto(&device))
    }

    /// Ends the test of a device, if one goes on; what it has said is closed.
    pub(super) async fn end_test(&self, who: &SignedIn, id: DeviceId) -> Result<bool, Problem> {
        let now = self.app.clock.now();
        let kept = self.app.store.device_test(id).await?;
        let Some(test) = kept.filter(|it| it.until > now) else {
            return Ok(false);
        };
        let over = DeviceTest { until: now, ..test };
        let event = self.device_event(who, (id, DeviceDeed::TestEnded), None, now);
        self.app.store.put_device_test(over, event).await?;
        self.app.picture.put_test(over);
        self.app.desk.end_practice().await?;
        tracing::info!(device.id = %id, user.id = %who.user, "the test of a device was ended");
        Ok(true)
    }

    async fn finish_test(&self, who: &SignedIn, id: DeviceId, needs_help: bool) -> Result<TestEndedDto, Problem> {
        let device = self.device_for(who, id)?;
        let began_at = self.app.store.device_test(id).await?.map(|it| it.began_at);
        // The call first: whatever fails then, somebody comes.
        let reported = match needs_help {
            true => {
                let report = AlertReport {
                    sender: Sender::User(who.user),
                    kind: Kind::Sos.as_str().to_owned(),
                    elder: device.elder(),
                    device: Some(id),
                    responder: None,
                    // Two who press at once call once; a press in the next test is another.
                    source_ref: began_at.map(|it| format!("test of {id} begun {it}")),
                    occurred_at: None,
                    position: None,
                    note: Some("测试中有人求助".to_owned()),
                    reading: None,
                    raw: vec![],
                    warnings: vec!["said_during_a_test".to_owned()],
                    drill: false,
                };
                Some(ReportedDto::from(self.app.desk.report(report).await?))
            }
            false => None,
        };
        self.end_test(who, id).await?;
        Ok(TestEndedDto {
            device: self.device_dto(&device),
            reported,
        })
    }
}
