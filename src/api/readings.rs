//! `POST /api/v1/readings`: a sensor says what it has sensed. No alarm: it costs no row, and rules watch for what it does not say.

use actix_web::{HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Api;
use super::alerts::{ReportedDto, read_some};
use super::auth::{Caller, DeviceAuth};
use super::devices::no_device;
use super::problem::{FieldError, Problem};
use crate::dispatch::Told;
use crate::intake::device_time::of_sensor;
use crate::intake::http::{Profile, from_device};

/// What a sensor says; beside these fields whatever else it likes, which is kept as its last word.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReadingIn {
    /// When it was so, by the sensor's clock; left out: now. One that lies ahead or is older than `desk.stale_after_s` counts as now.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
    /// Somebody is about, as the sensor says itself.
    #[serde(default)]
    pub activity: Option<bool>,
    /// Of a door.
    #[serde(default)]
    pub open: Option<bool>,
    /// Of an infrared sensor.
    #[serde(default)]
    pub motion: Option<bool>,
    /// Of a bed.
    #[serde(default)]
    pub in_bed: Option<bool>,
    /// Of a water meter: what it has counted in all, litres.
    #[serde(default)]
    pub water_l: Option<f64>,
    /// Of a water meter that counts from reading to reading: litres since the last one.
    #[serde(default)]
    pub used_l: Option<f64>,
    /// Of a power meter: the load of now, watts.
    #[serde(default)]
    pub power_w: Option<f64>,
    /// Charge, percent.
    #[serde(default)]
    pub battery_percent: Option<u8>,
    /// Strength of the network, percent.
    #[serde(default)]
    pub signal_percent: Option<u8>,
}

impl ReadingIn {
    fn mistake(&self) -> Option<FieldError> {
        let percents = [
            ("battery_percent", self.battery_percent),
            ("signal_percent", self.signal_percent),
        ];
        let percent = percents.into_iter().find(|it| it.1.is_some_and(|it| it > 100));
        let figures = [
            ("water_l", self.water_l),
            ("used_l", self.used_l),
            ("power_w", self.power_w),
        ];
        let figure = figures
            .into_iter()
            .find(|it| it.1.is_some_and(|it| !it.is_finite() || it < 0.0));
        match (percent, figure) {
            (Some((field, _)), _) => Some(FieldError::new(field, "out_of_range", "must be 0 to 100")),
            (None, Some((field, _))) => Some(FieldError::new(field, "out_of_range", "must not be below zero")),
            (None, None) => None,
        }
    }
}

/// Takes a reading. 204 when rules have heeded it. What holds a `kind` is an alert that came to the wrong address, and is taken as one.
#[utoipa::path(post, path = "/api/v1/readings", tag = "alerts", request_body = ReadingIn,
    responses((status = 204), (status = 201, body = ReportedDto),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn take(api: web::Data<Api>, caller: Caller, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let Caller::Device(DeviceAuth(id)) = caller else {
        // The table lets nobody else here.
        return Err(Problem::internal());
    };
    let (raw, cut, _) = read_some(&mut payload.into_inner()).await;
    let app = &api.app;
    let device = app.picture.device(id).ok_or_else(no_device)?;
    let profile = Profile {
        device: id,
        crs: device.crs,
        out_of_service: !device.in_service,
    };
    let report = from_device(profile, &raw, cut);
    if !matches!(report.kind.as_str(), "unknown" | "activity" | "heartbeat" | "reading") {
        app.signs.heard(&device, Told::default());
        let opened = app.desk.report(report).await?;
        return Ok(HttpResponse::Created().json(ReportedDto::from(opened)));
    }
    let wrong = |why: String| {
        // It lives, whatever it says.
        app.signs.heard(&device, Told::default());
        Problem::bad_request("malformed_json", format!("the body is no reading: {why}"))
    };
    let value: Value = serde_json::from_slice(&raw).map_err(|error| wrong(error.to_string()))?;
    if !value.is_object() {
        return Err(wrong("it is no object".to_owned()));
    }
    let reading = ReadingIn::deserialize(&value).map_err(|error| wrong(error.to_string()))?;
    if let Some(field) = reading.mistake() {
        app.signs.heard(&device, Told::default());
        return Err(Problem::fields("out_of_range", vec![field]));
    }
    let now = app.clock.now();
    let about = SignedDuration::from_secs(app.desk.config().stale_after_s.into());
    let at = of_sensor(reading.occurred_at, now, about);
    app.signs.heard(
        &device,
        Told {
            battery_percent: reading.battery_percent,
            signal_percent: reading.signal_percent,
            place: None,
            reading: Some((value, at)),
        },
    );
    let it = api.get_ref().clone();
    api.run(async move { Ok(it.app.activity.take_moved().await?) }).await?;
    Ok(HttpResponse::NoContent().finish())
}
