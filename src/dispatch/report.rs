//! One alert as an adapter hands it over: bytes have become words, nothing has been decided.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::circle::Crs;
use crate::ids::{DeviceId, ElderId, ResponderId, UserId};
use crate::people::device_id;

/// The label of the device as which the service sends its own alarms.
pub const OWN_DEVICE: &str = "self-check";

/// The device as which the service sends its own alarms.
pub fn own_device() -> DeviceId {
    device_id(OWN_DEVICE)
}

/// Who proved to have sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A device with its key.
    Device(DeviceId),
    /// Somebody signed in.
    User(UserId),
    /// The service itself, about a device of the register: what it found out by listening.
    Service(DeviceId),
}

impl Sender {
    /// A text that is the same for the same sender each time.
    pub fn key(self) -> String {
        match self {
            Sender::Device(id) => id.to_string(),
            Sender::User(id) => id.to_string(),
            Sender::Service(_) => "service".to_owned(),
        }
    }
}

/// A position as the sender gave it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// The reference system; none: neither said nor known from the sender's profile, so the position is kept unresolved.
    pub crs: Option<Crs>,
    /// The radius within which it holds, metres.
    pub accuracy_m: Option<f32>,
}

/// One alert on its way to the desk.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertReport {
    /// Who proved to have sent it.
    pub sender: Sender,
    /// The word for what happened, as it was sent; an unknown one is kept and becomes a visible case.
    pub kind: String,
    /// About whom, when the sender says so; a device speaks for whom it is bound to.
    pub elder: Option<ElderId>,
    /// About which device, when a person reports for one.
    pub device: Option<DeviceId>,
    /// The responder that the sender is: their own silent key (`duress`) is about them.
    pub responder: Option<ResponderId>,
    /// The sender's reference, or a person's Idempotency-Key.
    pub source_ref: Option<String>,
    /// When it happened, by the sender's clock.
    pub occurred_at: Option<Timestamp>,
    /// Where.
    pub position: Option<Position>,
    /// In words. Sealed.
    pub note: Option<String>,
    /// What was measured. Sealed.
    pub reading: Option<serde_json::Value>,
    /// The bytes as they came, cut to the limit. Sealed.
    pub raw: Vec<u8>,
    /// What the adapter found odd.
    pub warnings: Vec<String>,
    /// An exercise.
    pub drill: bool,
}

/// What is sealed of an alert: one JSON text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertContent {
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<serde_json::Value>,
    /// The bytes as they came, base64.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub raw: String,
    /// What was odd.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
