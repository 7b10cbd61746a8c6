//! What a desk does with what was kept aside: read it once more, and say whose the device is.
//!
//! Reading records the look and changes nothing unless alarms are asked to be reported; those are known again by the row and the
//! bytes, so that two who press the key ring once. Binding files the device; what it has sent already stays as it was.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::alerts::ReportedDto;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::wire::{Body, path_id};
use crate::circle::Crs;
use crate::ids::{DeviceId, ElderId};
use crate::intake::again::{self, Again, Frame, Kept, behind_cloud, sender};
use crate::intake::terminal::Measured;
use crate::people::{Device, DeviceKind, Terminal, device_id};
use crate::store::quarantine::Quarantined;

/// Bytes that are shown in digits: a person reads no more of them.
const SHOWN_MAX_BYTES: usize = 4_096;

/// What to do with the alarms that are found.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecodeIn {
    /// Report them to the desk as alerts that happened when the bytes came.
    #[serde(default)]
    pub report: bool,
}

/// What was kept aside, read with what can be read today.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DecodedDto {
    /// The bytes in hexadecimal digits, at most 4,096 of them; empty where none were kept.
    pub hex: String,
    /// The same as text, where they are text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether they came by a way whose messages can be read again: a line, a broker, SCAIP, or a cloud that has proved itself.
    pub readable: bool,
    /// `watch`, `gt06`, `jt808`, `h02`, `eelink`, `minifinder`, `eview`, `trv`, `blue`, `gator`, `queclink`, `gotop`, `gps103`, `pt502`, `taip`, `tk103`, `topin`, `mqtt`, `scaip`; `onenet`, `ctwing`, `huawei`, `tencent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// How the device names itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The device of this name, where somebody has filed it by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<FiledDto>,
    /// What each frame says, in their order.
    pub frames: Vec<FrameDto>,
}

/// A device that is filed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FiledDto {
    #[schema(value_type = String)]
    pub device_id: DeviceId,
    /// The serial number on its label.
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub elder_id: Option<ElderId>,
}

/// One frame.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FrameDto {
    /// `beat`, `alarm`, `position`, `reading`, `reply`, `other`, `broken`.
    pub sort: String,
    /// When it happened: by the device's clock where that can be believed, else when it came.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Where, in the reference system of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<SaidPlaceDto>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery_percent: Option<u8>,
    /// Whether it holds measurements of whoever wears it.
    pub vital: bool,
    pub alarms: Vec<FoundAlarmDto>,
    /// What is odd about it: short stable words.
    pub odd: Vec<String>,
}

/// A place as a device says it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SaidPlaceDto {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// An alarm in a frame.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FoundAlarmDto {
    /// Our word for it, or `unknown`.
    pub kind: String,
    /// The device's own.
    pub said: String,
    /// What became of it; absent where it was not reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<ReportedDto>,
}

/// Whose the device is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BindIn {
    #[schema(value_type = String)]
    pub elder_id: ElderId,
    /// `sos_button`, `pendant`, `watch`, …: as in the sheet of devices.
    #[schema(value_type = String)]
    pub kind: DeviceKind,
    /// The serial number on its label; its number on the line when left out.
    #[serde(default)]
    pub code: Option<String>,
    /// `wgs84`, `gcj02`, `bd09`; left out: what is usual for its model or language is assumed, if anything is.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub crs: Option<Crs>,
    /// Whether the desk can speak with the elder through it.
    #[serde(default)]
    pub voice_path: bool,
    /// Where it hangs.
    #[serde(default)]
    pub place: Option<String>,
}

fn no_row() -> Problem {
    Problem::not_found("quarantine_not_found", "there is no such row")
}

fn conflict(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, detail)
}

/// Reads what was kept last under this row once more; the look is recorded. With `report` its alarms go to the desk, each once.
#[utoipa::path(post, path = "/api/v1/quarantine/{id}/decode", tag = "quarantine", params(("id" = String, Path)), request_body = DecodeIn,
    responses((status = 200, body = DecodedDto), (status = 404, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn decode(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<DecodeIn>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let decoded = api
        .run(async move { it.decode_again(&who, id, body.value.report).await })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(decoded))
}

/// Files the device under the name by which it has come, bound to an elder.
#[utoipa::path(post, path = "/api/v1/quarantine/{id}/bind", tag = "quarantine", params(("id" = String, Path)), request_body = BindIn,
    responses((status = 201, body = FiledDto), (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn bind(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<BindIn>,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let filed = api
        .run(async move { it.bind_stranger(&who, id, body.value).await })
        .await?;
    Ok(HttpResponse::Created().json(filed))
}

impl Api {
    async fn row(&self, id: Uuid) -> Result<Quarantined, Problem> {
        self.app.store.quarantined_one(id).await?.ok_or_else(no_row)
    }

    async fn decode_again(&self, who: &SignedIn, id: Uuid, report: bool) -> Result<DecodedDto, Problem> {
        let row = self.row(id).await?;
        self.record_view(who, "quarantine", id, &["body"], None, "what was kept aside")
            .await?;
        let bytes = self.app.store.quarantined_body(id).await?.unwrap_or_default();
        let kept = Kept {
            id,
            claimed: claimed(&row),
            reason: &row.reason,
            at: row.last_at,
            bytes: &bytes,
        };
        let found = again::read(&self.app, kept).await?;
        let named = sender(claimed(&row));
        let mut decoded = DecodedDto {
            hex: bytes
                .iter()
                .take(SHOWN_MAX_BYTES)
                .map(|it| format!("{it:02x}"))
                .collect(),
            text: written(&bytes),
            readable: found.is_some(),
            protocol: named.as_ref().map(|it| it.0.as_str().to_owned()),
            number: None,
            device: None,
            frames: Vec::new(),
        };
        if let Some((_, Some(terminal))) = &named {
            decoded.device = self.app.device_at(terminal).await?.as_deref().map(filed);
            decoded.number = Some(terminal.number.clone());
        }
        let Some(Again {
            way,
            number,
            device,
            frames,
        }) = found
        else {
            return Ok(decoded);
        };
        decoded.protocol = Some(way.to_owned());
        decoded.number = number;
        decoded.device = device.as_deref().map(filed);
        for frame in frames {
            decoded.frames.push(self.frame(frame, report).await?);
        }
        if report {
            tracing::info!(quarantine.id = %id, user.id = %who.user, "what was kept aside was decoded again and reported");
        }
        Ok(decoded)
    }

    async fn frame(&self, frame: Frame, report: bool) -> Result<FrameDto, Problem> {
        let mut alarms = Vec::new();
        for (alarm, one) in frame.heard.alarms.iter().zip(frame.reports) {
            let reported = match one.filter(|_| report) {
                Some(it) => Some(ReportedDto::from(self.app.desk.report(it).await?)),
                None => None,
            };
            alarms.push(FoundAlarmDto {
                kind: alarm.kind.as_str().to_owned(),
                said: alarm.said.to_string(),
                reported,
            });
        }
        let measured: &Measured = &frame.heard.measured;
        Ok(FrameDto {
            sort: frame.heard.sort.as_str().to_owned(),
            at: frame.at,
            place: frame.heard.place.map(|it| SaidPlaceDto {
                lat: it.lat,
                lon: it.lon,
            }),
            battery_percent: measured.battery_percent,
            vital: measured.is_vital(),
            alarms,
            odd: frame.heard.odd.iter().map(|it| (*it).to_owned()).collect(),
        })
    }

    /// How whoever came names itself: its number on its line and the code it is filed with where nobody says another; a device behind a
    /// cloud is known by its code alone.
    fn stranger_known_by(&self, row: &Quarantined, to: &BindIn) -> Result<(Option<Terminal>, String), Problem> {
        if let Some((link, Some(name))) = behind_cloud(&self.app.push, claimed(row), &row.reason) {
            let code = format!("{}{name}", link.code_prefix);
            let said = to.code.as_deref().map(str::trim).filter(|it| !it.is_empty());
            if said.is_some_and(|it| it != code && it != name) {
                let text = format!("behind this cloud it is known by the code {code}");
                let wrong = FieldError::new("code", "invalid_value", text);
                return Err(Problem::fields("invalid_value", vec![wrong]));
            }
            return Ok((None, code));
        }
        match sender(claimed(row)) {
            Some((_, Some(terminal))) => {
                let code = terminal.number.clone();
                Ok((Some(terminal), code))
            }
            _ => Err(conflict(
                "no_terminal",
                "what came does not say by which name a device would be known; file it with its sheet or `device add`",
            )),
        }
    }

    async fn bind_stranger(&self, who: &SignedIn, id: Uuid, to: BindIn) -> Result<FiledDto, Problem> {
        let row = self.row(id).await?;
        let (terminal, known_by) = self.stranger_known_by(&row, &to)?;
        let (store, now) = (&self.app.store, self.app.clock.now());
        let elder = self.elder_of_theirs(who, to.elder_id).await?;
        if let Some(terminal) = &terminal
            && let Some(known) = store.device_at(terminal).await?
        {
            let device = known.device.value;
            return Err(conflict(
                "terminal_filed",
                format!("a device of this name is filed already, with the code {}", device.code),
            ));
        }
        let code = to.code.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let code = code.filter(|_| terminal.is_some()).unwrap_or(&known_by).to_owned();
        let device = Device {
            id: device_id(&code),
            code,
            kind: to.kind,
            binding: None,
            model: None,
            crs: to.crs,
            voice_path: to.voice_path,
            place: to.place.filter(|it| !it.trim().is_empty()),
            terminal,
            beat_s: None,
            carrier: None,
            in_service: true,
        };
        if store.device(device.id).await?.is_some() {
            let text = format!("a device with the code {} is filed already", device.code);
            return Err(Problem::fields(
                "device_code_taken",
                vec![FieldError::new("code", "device_code_taken", text)],
            ));
        }
        let device = self.file_new(who, device, Some(&elder)).await?;
        let answer = FiledDto {
            elder_id: Some(to.elder_id),
            ..filed(&device)
        };
        store.mark_quarantine_seen(id, who.user, now).await?;
        tracing::info!(quarantine.id = %id, device.id = %answer.device_id, elder.id = %to.elder_id, user.id = %who.user, "a stranger's device was filed");
        Ok(answer)
    }
}

/// Who sent it, as an adapter has written it. By HTTP with a wrong key anybody claims whatever they like, a watch's name too.
fn claimed(row: &Quarantined) -> &str {
    if row.reason == "bad_key" {
        ""
    } else {
        &row.claimed_device
    }
}

fn filed(device: &Device) -> FiledDto {
    FiledDto {
        device_id: device.id,
        code: device.code.clone(),
        elder_id: device.elder(),
    }
}

/// The bytes as text; none where somebody could not read it.
fn written(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok().filter(|it| !it.is_empty())?;
    let legible = text.chars().all(|it| !it.is_control() || it.is_ascii_whitespace());
    legible.then(|| text.to_owned())
}
