//! What a device is told to do: given by a desk, sent on the device's own line, answered by the device.

use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::wire::{Body, path_id};
use crate::dispatch::orders::{OrderRow, WORTH_FOR};
use crate::ids::{DeviceId, UserId};
use crate::intake::terminal::language;
use crate::people::{Device, DeviceOrder, MESSAGE_MAX_CHARS, OrderKind, Phone, SOS_NUMBERS_MAX};

/// Commands that are shown.
const SHOWN_MAX: u64 = 50;
/// How long a command may wait for its device at most.
const WAIT_MAX: Duration = Duration::from_secs(7 * 86_400);

/// What the device is to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderIn {
    /// `locate`, `sos_numbers`, `find`, `message`.
    #[schema(value_type = String)]
    pub kind: OrderKind,
    /// Of `sos_numbers`: one to three telephone numbers, in the order in which the device calls them.
    #[serde(default)]
    pub numbers: Option<Vec<String>>,
    /// Of `message`: at most 50 letters.
    #[serde(default)]
    pub text: Option<String>,
    /// How long it may wait for the device, seconds, 60 to 604800; 600 when left out.
    #[serde(default)]
    pub worth_for_s: Option<u32>,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderDto {
    #[schema(value_type = String)]
    pub id: Uuid,
    /// `locate`, `sos_numbers`, `find`, `message`.
    pub kind: String,
    /// `queued`, `sent`, `done`, `failed`, `expired`.
    pub state: String,
    /// Who has said so; absent: the service itself, for a call for help without a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub by: Option<UserId>,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Timestamp>,
}

/// What a device can be told, and what it was told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrdersDto {
    /// What its language has words for; empty: it cannot be told anything.
    pub can: Vec<String>,
    /// Whether it is on its line now.
    pub on_line: bool,
    /// The newest first, at most 50.
    pub items: Vec<OrderDto>,
}

/// Tells a device to do something. It is sent when the device is on its line, and answered by the device.
#[utoipa::path(post, path = "/api/v1/devices/{id}/commands", tag = "devices", params(("id" = String, Path)), request_body = OrderIn,
    responses((status = 202, body = OrderDto),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn give(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<OrderIn>,
) -> Result<HttpResponse, Problem> {
    let id: DeviceId = path_id(&request, "id")?;
    let device = api.device_for(&who, id)?;
    let (order, worth_for) = body.value.read(&device)?;
    let it = api.get_ref().clone();
    let row = api
        .run(async move {
            let row = it.app.orders.give(id, order, Some(who.user), worth_for).await?;
            tracing::info!(device.id = %id, user.id = %who.user, kind = %row.order.kind(), "a device was told to do something");
            Ok(row)
        })
        .await?;
    Ok(HttpResponse::Accepted().json(dto(&row, api.app.clock.now())))
}

/// What a device can be told, and what became of what it was told.
#[utoipa::path(get, path = "/api/v1/devices/{id}/commands", tag = "devices", params(("id" = String, Path)),
    responses((status = 200, body = OrdersDto)))]
pub async fn list(api: web::Data<Api>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: DeviceId = path_id(&request, "id")?;
    let device = api.device_for(&who, id)?;
    let it = api.get_ref().clone();
    let rows = api
        .run(async move { Ok(it.app.orders.of(id, SHOWN_MAX).await?) })
        .await?;
    let now = api.app.clock.now();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(OrdersDto {
            can: can(&device).iter().map(|it| it.as_str().to_owned()).collect(),
            on_line: api.app.orders.is_on_line(id),
            items: rows.iter().map(|it| dto(it, now)).collect(),
        }))
}

/// What the language of its line has words for.
fn can(device: &Device) -> &'static [OrderKind] {
    let protocol = device.terminal.as_ref().map(|it| it.protocol);
    protocol.and_then(language).map_or(&[], |it| it.orders())
}

fn dto(row: &OrderRow, now: Timestamp) -> OrderDto {
    OrderDto {
        id: row.id,
        kind: row.order.kind().as_str().to_owned(),
        state: row.state_at(now).as_str().to_owned(),
        by: row.by,
        made_at: row.made_at,
        expires_at: row.expires_at,
        sent_at: row.sent_at,
        answered_at: row.answered_at,
    }
}

impl OrderIn {
    fn read(self, device: &Device) -> Result<(DeviceOrder, SignedDuration), Problem> {
        let can = can(device);
        if !can.contains(&self.kind) {
            let words: Vec<&str> = can.iter().map(|it| it.as_str()).collect();
            let text = match words.is_empty() {
                true => {
                    "this device cannot be told anything: its language has no commands, or it has no line".to_owned()
                }
                false => format!("this device can be told: {}", words.join(", ")),
            };
            let wrong = FieldError::new("kind", "command_not_supported", text);
            return Err(Problem::fields("command_not_supported", vec![wrong]));
        }
        let wrong = |field: &str, text: String| {
            Problem::fields("invalid_value", vec![FieldError::new(field, "invalid_value", text)])
        };
        let worth_for = match self.worth_for_s {
            None => WORTH_FOR,
            Some(it) if (60..=WAIT_MAX.as_secs()).contains(&u64::from(it)) => SignedDuration::from_secs(it.into()),
            Some(_) => return Err(wrong("worth_for_s", "must be 60 to 604800".to_owned())),
        };
        let is_of = |kind| self.kind == kind;
        if self.numbers.is_some() && !is_of(OrderKind::SosNumbers) {
            return Err(wrong("numbers", "only sos_numbers has numbers".to_owned()));
        }
        if self.text.is_some() && !is_of(OrderKind::Message) {
            return Err(wrong("text", "only a message has a text".to_owned()));
        }
        let order = match self.kind {
            OrderKind::Locate => DeviceOrder::Locate,
            OrderKind::Find => DeviceOrder::Find,
            OrderKind::SosNumbers => {
                let numbers = self.numbers.unwrap_or_default();
                let sound =
                    |it: &String| it.parse::<Phone>().is_ok() && it.chars().all(|it| it.is_ascii_digit() || it == '+');
                if !(1..=SOS_NUMBERS_MAX).contains(&numbers.len()) || !numbers.iter().all(sound) {
                    let text = format!("must be 1 to {SOS_NUMBERS_MAX} telephone numbers of 3 to 15 digits");
                    return Err(wrong("numbers", text));
                }
                DeviceOrder::SosNumbers { numbers }
            }
            OrderKind::Message => {
                let text = self.text.map(|it| it.trim().to_owned()).unwrap_or_default();
                let letters = text.chars().count();
                if !(1..=MESSAGE_MAX_CHARS).contains(&letters) || text.chars().any(char::is_control) {
                    return Err(wrong(
                        "text",
                        format!("must be 1 to {MESSAGE_MAX_CHARS} letters on one line"),
                    ));
                }
                DeviceOrder::Message { text }
            }
        };
        Ok((order, worth_for))
    }
}
