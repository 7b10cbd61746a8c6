//! Whose a device is: filed by its label, bound, taken away, replaced. A change and the line that says who made it are one transaction.
//!
//! What a device has sent stays with it: whoever gets it next begins with nothing, and what replaces it has its own past.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::auth::SignedIn;
use super::devices::{DeviceDto, no_device};
use super::problem::{FieldError, Problem};
use super::wire::{Body, path_id};
use crate::circle::Crs;
use crate::ids::{DeviceId, ElderId};
use crate::people::{
    Carrier, Device, DeviceBinding, DeviceDeed, DeviceKind, Elder, ElderStatus, Imei, Protocol, Terminal, UnbindReason,
    device_id,
};
use crate::store::{Conflict, DeviceChange, DeviceEvent, StoreError};

/// What is done together stands in the log in its order.
const NEXT: SignedDuration = SignedDuration::from_micros(1);

/// A device as it is entered.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceIn {
    /// What stands on its label: a bare IMEI, or what a scanner has read of its QR code.
    #[serde(default)]
    pub label: Option<String>,
    /// The serial number under which it is filed; the IMEI of the label when left out.
    #[serde(default)]
    pub code: Option<String>,
    /// `sos_button`, `watch`, `smoke`, …; left out where it replaces another: as that one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub kind: Option<DeviceKind>,
    #[serde(default)]
    pub model: Option<String>,
    /// The language of its line; left out: it comes by HTTP, or by a cloud under its code.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub protocol: Option<Protocol>,
    /// How it names itself there; left out: what its language makes of the IMEI.
    #[serde(default)]
    pub number: Option<String>,
    /// `wgs84`, `gcj02`, `bd09`; left out: what is usual for its model or language is assumed, if anything is.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub crs: Option<Crs>,
    /// Whether the desk can speak with the elder through it.
    #[serde(default)]
    pub voice_path: bool,
    /// Where it hangs; left out where it replaces another: where that one hung.
    #[serde(default)]
    pub place: Option<String>,
    /// How often it says something while it lives, seconds; 0: nobody waits for it; left out: as its model or language has it.
    #[serde(default)]
    pub beat_s: Option<u32>,
    /// `mobile`, `unicom`, `telecom`, `broadnet`, `home`, `other`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub carrier: Option<Carrier>,
}

/// A device, and whose it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileIn {
    pub device: DeviceIn,
    /// Left out: it is filed and nobody's yet.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub elder_id: Option<ElderId>,
}

/// Whose it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BindDeviceIn {
    #[schema(value_type = String)]
    pub elder_id: ElderId,
    /// Where it hangs.
    #[serde(default)]
    pub place: Option<String>,
}

/// Why it is taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnbindIn {
    /// `broken`, `lost`, `returned`, `left`, `mistake`, `other`.
    #[schema(value_type = String)]
    pub reason: UnbindReason,
}

/// What takes its place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceIn {
    /// `broken`, `lost`, `returned`, `left`, `mistake`, `other`.
    #[schema(value_type = String)]
    pub reason: UnbindReason,
    /// The new one; one that is filed already and nobody's is found by its label or code.
    pub device: DeviceIn,
}

/// A device that was filed or bound, and what should be seen to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceFiledDto {
    #[serde(flatten)]
    pub device: DeviceDto,
    /// `crs_missing`: it is worn and its file names no reference system, so its places are taken for what is usual (`crs_assumed`), or
    /// stay unresolved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl DeviceFiledDto {
    fn of(device: DeviceDto) -> Self {
        let worn = device.kind.parse().is_ok_and(DeviceKind::is_worn);
        let warnings = (worn && device.crs.is_none()).then(|| "crs_missing".to_owned());
        Self {
            device,
            warnings: warnings.into_iter().collect(),
        }
    }
}

/// The old device and the new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReplacedDto {
    pub old: DeviceDto,
    pub new: DeviceDto,
}

fn conflict(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, detail)
}

/// Another number on its line, or another language, than it is filed with.
fn named_otherwise(has: &Terminal, wanted: &Terminal) -> Problem {
    let text = format!("this device is filed as {} {}", has.protocol, has.number);
    let field = match has.protocol == wanted.protocol {
        true => "device.number",
        false => "device.protocol",
    };
    Problem::fields("invalid_value", vec![FieldError::new(field, "invalid_value", text)])
}

fn bound_elsewhere() -> Problem {
    conflict(
        "device_bound",
        "this device is bound to somebody else; take it from them first, or replace it",
    )
}

/// Files a device by its label and binds it; one that is filed already and nobody's is bound. 201 when it is new in the register.
#[utoipa::path(post, path = "/api/v1/devices", tag = "devices", request_body = FileIn,
    responses((status = 201, body = DeviceFiledDto), (status = 200, body = DeviceFiledDto),
        (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn file(api: web::Data<Api>, who: SignedIn, body: Body<FileIn>) -> Result<HttpResponse, Problem> {
    let it = api.get_ref().clone();
    let (device, fresh) = api.run(async move { it.file_device(&who, body.value).await }).await?;
    let mut answer = if fresh {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(answer.json(DeviceFiledDto::of(device)))
}

/// Binds a device that is nobody's.
#[utoipa::path(post, path = "/api/v1/devices/{id}/bind", tag = "devices", params(("id" = String, Path)), request_body = BindDeviceIn,
    responses((status = 200, body = DeviceDto), (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn bind(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<BindDeviceIn>,
) -> Result<HttpResponse, Problem> {
    let id: DeviceId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let device = api
        .run(async move {
            let elder = it.elder_of_theirs(&who, body.value.elder_id).await?;
            it.bind_filed(&who, id, &elder, body.value.place).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(device))
}

/// Takes a device from whoever has it. What it says then is about somebody unknown. Twice does no harm.
#[utoipa::path(post, path = "/api/v1/devices/{id}/unbind", tag = "devices", params(("id" = String, Path)), request_body = UnbindIn,
    responses((status = 200, body = DeviceDto)))]
pub async fn unbind(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<UnbindIn>,
) -> Result<HttpResponse, Problem> {
    let id: DeviceId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let device = api
        .run(async move { it.unbind_device(&who, id, body.value.reason).await })
        .await?;
    Ok(HttpResponse::Ok().json(device))
}

/// Another device takes the elder and the place of this one, which is out of service from then on and keeps its past.
#[utoipa::path(post, path = "/api/v1/devices/{id}/replace", tag = "devices", params(("id" = String, Path)), request_body = ReplaceIn,
    responses((status = 200, body = ReplacedDto), (status = 409, body = super::problem::ProblemDto, content_type = "application/problem+json"),
        (status = 422, body = super::problem::ProblemDto, content_type = "application/problem+json")))]
pub async fn replace(
    api: web::Data<Api>,
    who: SignedIn,
    request: HttpRequest,
    body: Body<ReplaceIn>,
) -> Result<HttpResponse, Problem> {
    let id: DeviceId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let replaced = api
        .run(async move { it.replace_device(&who, id, body.value).await })
        .await?;
    Ok(HttpResponse::Ok().json(replaced))
}

impl DeviceIn {
    /// As a device of nobody's; each wrong field is named.
    fn read(&self, kind: Option<DeviceKind>) -> Result<Device, Problem> {
        let mut wrong: Vec<FieldError> = Vec::new();
        let mut say = |field: &str, code: &str, text: String| {
            wrong.push(FieldError::new(format!("device.{field}"), code, text));
        };
        let label = self.label.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let imei = match label.map(Imei::read) {
            Some(Ok(it)) => Some(it),
            Some(Err(error)) => {
                say("label", error.code(), error.to_string());
                None
            }
            None => None,
        };
        let code = self.code.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let code = code.or(imei.as_ref().map(Imei::as_str)).unwrap_or_default().to_owned();
        if code.is_empty() && label.is_none() {
            let text = "by what is it known? its IMEI, what its QR code says, or a `code`";
            say("label", "missing_field", text.to_owned());
        }
        let kind = self.kind.or(kind);
        if kind.is_none() {
            say("kind", "missing_field", "what is it?".to_owned());
        }
        let number = self.number.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let own = |protocol| match (protocol, imei.as_ref()) {
            (Protocol::Watch, Some(imei)) => Some(imei.watch_number()),
            (Protocol::Mqtt | Protocol::Scaip, _) | (_, None) => None,
            (_, Some(imei)) => Some(imei.as_str()),
        };
        let terminal = match (self.protocol, number) {
            (Some(protocol), said) => match said.or(own(protocol)) {
                None if label.is_some() && imei.is_none() => None, // named already
                None => {
                    let text = "how does it name itself in this language?";
                    say("number", "missing_field", text.to_owned());
                    None
                }
                Some(said) => {
                    let number = protocol.number(said);
                    if number.is_none() {
                        let text = format!("must be {}", protocol.number_rule());
                        say("number", "invalid_value", text);
                    }
                    number.map(|number| Terminal { protocol, number })
                }
            },
            (None, Some(_)) => {
                let text = "in which language is this its number?";
                say("protocol", "missing_field", text.to_owned());
                None
            }
            (None, None) => None,
        };
        let text = |it: &Option<String>| {
            it.as_deref()
                .map(str::trim)
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
        };
        let device = Device {
            id: device_id(&code),
            code,
            kind: kind.unwrap_or(DeviceKind::Other),
            binding: None,
            model: text(&self.model),
            crs: self.crs,
            voice_path: self.voice_path,
            place: text(&self.place),
            terminal,
            beat_s: self.beat_s,
            carrier: self.carrier,
            in_service: true,
        };
        if let Err(flaws) = device.check() {
            let named = |field: &str| wrong.iter().any(|it| it.field == format!("device.{field}"));
            // Without a label the code is empty, which has been said.
            let more = flaws.0.iter().filter(|it| it.field != "code" || !named("label"));
            let more: Vec<FieldError> = more
                .map(|it| FieldError::new(format!("device.{}", it.field), "invalid_value", it.why.clone()))
                .collect();
            wrong.extend(more);
        }
        match wrong.first().map(|it| it.code.clone()) {
            None => Ok(device),
            Some(code) => Err(Problem::fields(
                match code.as_str() {
                    "missing_field" => "missing_field",
                    "too_long" => "too_long",
                    it if it.starts_with("imei_") => "bad_imei",
                    _ => "invalid_value",
                },
                wrong,
            )),
        }
    }
}

/// What of its elder a device of this kind belongs to.
fn binding_of(kind: DeviceKind, elder: &Elder) -> DeviceBinding {
    if kind.guards_household() {
        DeviceBinding::Household(elder.household)
    } else {
        DeviceBinding::Elder(elder.id)
    }
}

fn taken(error: StoreError) -> Problem {
    match &error {
        StoreError::Conflict(Conflict::Unique(index)) if index.contains("terminal") => {
            conflict("terminal_filed", "a device of this number is filed already")
        }
        StoreError::Conflict(Conflict::Unique(_)) => {
            let text = "a device with this code is filed already";
            let wrong = FieldError::new("device.code", "device_code_taken", text);
            Problem::fields("device_code_taken", vec![wrong])
        }
        _ => error.into(),
    }
}

impl Api {
    /// A line of a device's log.
    pub(super) fn device_event(
        &self,
        who: &SignedIn,
        (device, what): (DeviceId, DeviceDeed),
        binding: Option<DeviceBinding>,
        at: Timestamp,
    ) -> DeviceEvent {
        DeviceEvent {
            id: self.app.ids.make(),
            device,
            at,
            by: who.user,
            what,
            binding,
            other: None,
            reason: None,
            until: None,
        }
    }

    /// An elder of the caller's area who is looked after.
    pub(super) async fn elder_of_theirs(&self, who: &SignedIn, id: ElderId) -> Result<Elder, Problem> {
        self.app.picture.bring(&self.app.store, None, Some(id)).await?;
        let elder = self.app.picture.elder(id).filter(|it| who.scope.contains(it.grid));
        let elder = elder.ok_or_else(|| Problem::not_found("elder_not_found", "there is no such elder"))?;
        if elder.status != ElderStatus::Active {
            let text = "the file of this elder rests: moved away, or deceased";
            return Err(conflict("elder_not_active", text));
        }
        Ok(Elder::clone(&elder))
    }

    /// A device that is filed under this code or number.
    async fn filed_as(&self, it: &Device) -> Result<Option<(Device, i64)>, Problem> {
        let store = &self.app.store;
        let by_code = store.device(it.id).await?;
        let found = match (by_code, &it.terminal) {
            (Some(found), _) => Some(found),
            (None, Some(terminal)) => store.device_at(terminal).await?,
            (None, None) => None,
        };
        Ok(found.map(|it| (it.device.value, it.device.version)))
    }

    /// A device that is filed, as it is asked to name itself: by its own number, or by none yet and this one from now on.
    async fn as_named(
        &self,
        who: &SignedIn,
        (known, version): (Device, i64),
        asked: &Device,
    ) -> Result<Device, Problem> {
        let (Some(wanted), true) = (&asked.terminal, known.terminal != asked.terminal) else {
            return Ok(known);
        };
        if let Some(has) = &known.terminal {
            return Err(named_otherwise(has, wanted));
        }
        let now = self.app.clock.now();
        let (id, binding) = (known.id, known.binding);
        let device = Device {
            terminal: asked.terminal.clone(),
            ..known
        };
        let event = self.device_event(who, (id, DeviceDeed::Named), binding, now);
        let version = Some(version);
        self.change(vec![DeviceChange { device, version }], vec![event], id, now)
            .await
    }

    async fn file_device(&self, who: &SignedIn, asked: FileIn) -> Result<(DeviceDto, bool), Problem> {
        let mut device = asked.device.read(None)?;
        let elder = match asked.elder_id {
            Some(id) => Some(self.elder_of_theirs(who, id).await?),
            None => None,
        };
        if let Some((known, version)) = self.filed_as(&device).await? {
            if known.kind != device.kind {
                let text = format!("this device is filed as {}", known.kind);
                let wrong = FieldError::new("device.kind", "invalid_value", text);
                return Err(Problem::fields("invalid_value", vec![wrong]));
            }
            if known.binding.is_some() && !self.sees_device(&who.scope, &known) {
                return Err(bound_elsewhere());
            }
            let known = self.as_named(who, (known, version), &device).await?;
            let place = device.place.take();
            return match elder {
                Some(elder) => Ok((self.bind_filed(who, known.id, &elder, place).await?, false)),
                None if self.sees_device(&who.scope, &known) => Ok((self.device_dto(&known), false)),
                None => Err(bound_elsewhere()),
            };
        }
        let device = self.file_new(who, device, elder.as_ref()).await?;
        Ok((self.device_dto(&device), true))
    }

    /// Files a device that nobody has filed, and binds it where it is somebody's.
    pub(super) async fn file_new(
        &self,
        who: &SignedIn,
        mut device: Device,
        elder: Option<&Elder>,
    ) -> Result<Device, Problem> {
        let now = self.app.clock.now();
        device.binding = elder.map(|it| binding_of(device.kind, it));
        let mut events = vec![self.device_event(who, (device.id, DeviceDeed::Filed), None, now)];
        if device.binding.is_some() {
            events.push(self.device_event(who, (device.id, DeviceDeed::Bound), device.binding, now + NEXT));
        }
        let id = device.id;
        let change = DeviceChange { device, version: None };
        let device = self.change(vec![change], events, id, now).await?;
        tracing::info!(device.id = %id, user.id = %who.user, "a device was filed");
        Ok(device)
    }

    /// Writes and answers the device `id` as it stands then.
    async fn change(
        &self,
        changes: Vec<DeviceChange>,
        events: Vec<DeviceEvent>,
        id: DeviceId,
        now: Timestamp,
    ) -> Result<Device, Problem> {
        let store = &self.app.store;
        store.change_devices(changes, events, now).await.map_err(taken)?;
        self.app.refresh_picture(false).await?;
        let kept = store.device(id).await?.ok_or_else(no_device)?;
        Ok(kept.device.value)
    }

    async fn kept(&self, id: DeviceId) -> Result<(Device, i64), Problem> {
        let kept = self.app.store.device(id).await?.ok_or_else(no_device)?;
        Ok((kept.device.value, kept.device.version))
    }

    /// Binds a device of nobody's.
    async fn bind_filed(
        &self,
        who: &SignedIn,
        id: DeviceId,
        elder: &Elder,
        place: Option<String>,
    ) -> Result<DeviceDto, Problem> {
        let (mut device, version) = self.kept(id).await?;
        let binding = binding_of(device.kind, elder);
        if device.binding == Some(binding) {
            return Ok(self.device_dto(&device)); // said twice
        }
        if device.binding.is_some() {
            return Err(bound_elsewhere());
        }
        // What it says from now on is in earnest.
        self.end_test(who, id).await?;
        let now = self.app.clock.now();
        device.binding = Some(binding);
        device.in_service = true;
        let place = place.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
        device.place = place.or(device.place);
        let events = vec![self.device_event(who, (id, DeviceDeed::Bound), Some(binding), now)];
        let version = Some(version);
        let device = self
            .change(vec![DeviceChange { device, version }], events, id, now)
            .await?;
        tracing::info!(device.id = %id, elder.id = %elder.id, user.id = %who.user, "a device was bound");
        Ok(self.device_dto(&device))
    }

    async fn unbind_device(&self, who: &SignedIn, id: DeviceId, reason: UnbindReason) -> Result<DeviceDto, Problem> {
        let (mut device, version) = self.kept(id).await?;
        let Some(before) = device.binding.take() else {
            return Ok(self.device_dto(&device)); // said twice
        };
        self.end_test(who, id).await?;
        let now = self.app.clock.now();
        let event = DeviceEvent {
            reason: Some(reason),
            ..self.device_event(who, (id, DeviceDeed::Unbound), Some(before), now)
        };
        let version = Some(version);
        let device = self
            .change(vec![DeviceChange { device, version }], vec![event], id, now)
            .await?;
        self.app.store.end_device_photo(id, now).await?;
        tracing::info!(device.id = %id, user.id = %who.user, "a device was taken from its elder");
        Ok(self.device_dto(&device))
    }

    async fn replace_device(&self, who: &SignedIn, id: DeviceId, asked: ReplaceIn) -> Result<ReplacedDto, Problem> {
        let (mut old, old_version) = self.kept(id).await?;
        let Some(binding) = old.binding.take() else {
            return Err(conflict(
                "device_not_bound",
                "this device is nobody's: there is nothing to take over",
            ));
        };
        let said = asked.device.read(Some(old.kind))?;
        if said.id == id {
            let text = "this is the device itself; the new one has a code of its own";
            let wrong = FieldError::new("device.label", "invalid_value", text);
            return Err(Problem::fields("invalid_value", vec![wrong]));
        }
        // A new handset with the old card has the number of the old one.
        let takes_number = said.terminal.is_some() && said.terminal == old.terminal;
        if takes_number {
            old.terminal = None;
        }
        let known = if takes_number {
            let found = self.app.store.device(said.id).await?;
            found.map(|it| (it.device.value, it.device.version))
        } else {
            self.filed_as(&said).await?
        };
        let (mut new, version, fresh) = match known {
            Some((known, _)) if known.binding.is_some() => return Err(bound_elsewhere()),
            Some((known, version)) => (known, Some(version), false),
            None => (said.clone(), None, true),
        };
        if let (false, Some(has), Some(wanted)) = (takes_number, &new.terminal, &said.terminal)
            && has != wanted
        {
            return Err(named_otherwise(has, wanted));
        }
        new.terminal = new.terminal.or_else(|| said.terminal.clone());
        if takes_number {
            new.terminal.clone_from(&said.terminal);
        }
        let of_home = matches!(binding, DeviceBinding::Household(_));
        if of_home && new.kind.is_worn() {
            let text = "a worn device belongs to one elder, not to a household";
            let wrong = FieldError::new("device.kind", "invalid_value", text);
            return Err(Problem::fields("invalid_value", vec![wrong]));
        }
        self.end_test(who, id).await?;
        self.end_test(who, new.id).await?;
        let now = self.app.clock.now();
        old.in_service = false;
        new.binding = Some(binding);
        new.in_service = true;
        new.place = said.place.or(new.place).or_else(|| old.place.clone());
        let filed = fresh.then(|| self.device_event(who, (new.id, DeviceDeed::Filed), None, now));
        let lines = [
            DeviceEvent {
                other: Some(new.id),
                reason: Some(asked.reason),
                ..self.device_event(who, (id, DeviceDeed::ReplacedBy), Some(binding), now)
            },
            DeviceEvent {
                other: Some(id),
                reason: Some(asked.reason),
                ..self.device_event(who, (new.id, DeviceDeed::Replaces), Some(binding), now + NEXT)
            },
        ];
        let new_id = new.id;
        let changes = vec![
            DeviceChange {
                device: old,
                version: Some(old_version),
            },
            DeviceChange { device: new, version },
        ];
        let events = filed.into_iter().chain(lines).collect();
        let new = self.change(changes, events, new_id, now).await?;
        let (old, _) = self.kept(id).await?;
        self.app.store.end_device_photo(id, now).await?;
        tracing::info!(device.id = %id, other.id = %new_id, user.id = %who.user, "a device was replaced");
        Ok(ReplacedDto {
            old: self.device_dto(&old),
            new: self.device_dto(&new),
        })
    }
}
