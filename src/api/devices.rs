//! The register of devices: which kinds there are, a list, one with what it last said of itself, and what was done with it.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::auth::SignedIn;
use super::problem::{FieldError, Problem};
use super::wire::{Listed, PageDto, Query, limit, path_id, read_cursor, write_cursor};
use crate::circle::Crs;
use crate::dispatch::supervision::Presence;
use crate::ids::{DeviceId, ElderId, HouseholdId, UserId};
use crate::people::{AreaCode, Carrier, Device, DeviceBinding, DeviceKind, PrefixSet, Protocol};
use crate::store::DeviceEvent;

/// Devices that are looked at in one go.
const LOOKED_AT: usize = 512;

/// A kind of device and what it can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KindDto {
    /// `sos_button`, `watch`, `smoke`, …
    pub kind: String,
    /// In Chinese.
    pub label: String,
    /// It guards a home rather than one person.
    pub guards_household: bool,
    /// It is worn, and its place is its elder's.
    pub worn: bool,
    /// There are such with which one can speak; whether one is, says its own file.
    pub may_speak: bool,
    /// Its readings show that somebody is about.
    pub senses_activity: bool,
    /// What it raises by itself. What else one says is taken all the same.
    pub raises: Vec<String>,
}

/// A language of devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProtocolDto {
    /// `watch`, `gt06`, `jt808`, `h02`, `eelink`, `minifinder`, `eview`, `trv`, `blue`, `gator`, `queclink`, `gotop`, `gps103`, `pt502`, `taip`, `tk103`, `topin`, `mqtt`, `scaip`.
    pub protocol: String,
    pub label: String,
    /// What is a number of a device in it, in words.
    pub number_rule: String,
    /// The reference system that its devices mostly send (they pass on what their receiver says); none: its messages have no place of
    /// their own, or none is to be assumed. It is a proposal for the form: what counts is the file of the device, and where that says
    /// nothing this is assumed (`intake.tcp.crs_usual`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub crs_usual: Option<Crs>,
}

/// What devices there can be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KindsDto {
    pub kinds: Vec<KindDto>,
    pub protocols: Vec<ProtocolDto>,
    /// The reference systems that a device's file may name: `wgs84`, `gcj02`, `bd09`.
    #[schema(value_type = Vec<String>)]
    pub crs: Vec<Crs>,
}

/// The kinds of devices, their languages and reference systems.
#[utoipa::path(get, path = "/api/v1/device-kinds", tag = "devices", responses((status = 200, body = KindsDto)))]
pub async fn kinds(api: web::Data<Api>) -> HttpResponse {
    let usual = &api.app.config.intake.tcp.crs_usual;
    let kind = |it: &DeviceKind| KindDto {
        kind: it.as_str().to_owned(),
        label: it.zh().to_owned(),
        guards_household: it.guards_household(),
        worn: it.is_worn(),
        may_speak: it.may_speak(),
        senses_activity: it.senses_activity(),
        raises: it.raises().iter().map(|it| (*it).to_owned()).collect(),
    };
    let protocol = |it: &Protocol| ProtocolDto {
        protocol: it.as_str().to_owned(),
        label: it.zh().to_owned(),
        number_rule: it.number_rule().to_owned(),
        crs_usual: usual.of_protocol(*it),
    };
    HttpResponse::Ok().json(KindsDto {
        kinds: DeviceKind::ALL.iter().map(kind).collect(),
        protocols: Protocol::ALL.iter().map(protocol).collect(),
        crs: vec![Crs::Wgs84, Crs::Gcj02, Crs::Bd09],
    })
}

/// A device. Its key is shown to nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceDto {
    #[schema(value_type = String)]
    pub id: DeviceId,
    /// The serial number on its label.
    pub code: String,
    /// `sos_button`, `watch`, `smoke`, …
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whose it is; neither: nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub elder_id: Option<ElderId>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elder_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub household_id: Option<HouseholdId>,
    /// The grid of the home; absent: nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_code: Option<String>,
    /// Where it hangs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The language of its line, and how it names itself there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// What its coordinates are, by its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub crs: Option<Crs>,
    /// What they are taken for because its file does not say it; neither: they stay unresolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub crs_assumed: Option<Crs>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub carrier: Option<Carrier>,
    /// The elder can be heard through it.
    pub voice_path: bool,
    /// Its alerts ring.
    pub in_service: bool,
    /// `here`, `late` (a beat missed), `silent` (two missed), `never` heard, `not_awaited`.
    pub presence: String,
    /// How often it says something while it lives, seconds; absent: nobody waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beat_s: Option<i64>,
    /// When it last said anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub heard_at: Option<Timestamp>,
    /// Charge, percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery_percent: Option<u8>,
    /// At that charge it is low.
    pub battery_low: bool,
    /// Strength of its network, percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal_percent: Option<u8>,
    /// Somebody tests it: until then what it says rings nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub test_until: Option<Timestamp>,
}

/// Which devices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those of this elder and of their home.
    elder_id: Option<String>,
    /// Only those in this area: a code of 6, 9, 12 or 15 digits.
    area: Option<String>,
    /// Only those of this maker's model.
    model: Option<String>,
    /// Only those of this kind.
    kind: Option<String>,
    /// `here`, `late`, `silent`, `never`, `not_awaited`, `low_battery`, `test`, `unbound`, `out_of_service`.
    state: Option<String>,
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Presence(Presence),
    LowBattery,
    Test,
    Unbound,
    OutOfService,
}

const PRESENCES: [Presence; 5] = [
    Presence::Here,
    Presence::Late,
    Presence::Silent,
    Presence::Never,
    Presence::NotAwaited,
];

impl State {
    fn read(word: &str) -> Option<Self> {
        match word {
            "low_battery" => Some(Self::LowBattery),
            "test" => Some(Self::Test),
            "unbound" => Some(Self::Unbound),
            "out_of_service" => Some(Self::OutOfService),
            word => PRESENCES.into_iter().find(|it| it.as_str() == word).map(Self::Presence),
        }
    }
}

/// What is asked for, read.
struct Wanted {
    scope: PrefixSet,
    elder: Option<(ElderId, HouseholdId)>,
    area: Option<AreaCode>,
    model: Option<String>,
    kind: Option<DeviceKind>,
    state: Option<State>,
}

fn bad_query(field: &str, text: impl Into<String>) -> Problem {
    let text = text.into();
    Problem {
        errors: vec![FieldError::new(field, "invalid_value", text.clone())],
        ..Problem::bad_request("bad_query", format!("{field}: {text}"))
    }
}

/// Devices of the caller's area, and those of nobody, by id.
#[utoipa::path(get, path = "/api/v1/devices", tag = "devices", params(Which), responses((status = 200, body = PageDto<DeviceDto>)))]
pub async fn list(api: web::Data<Api>, who: SignedIn, asked: Query<Which>) -> Result<HttpResponse, Problem> {
    let Which {
        elder_id,
        area,
        model,
        kind,
        state,
        limit: most,
        cursor,
    } = asked.0;
    let most = limit(most)? as usize;
    let after = cursor
        .as_deref()
        .map(|it| read_cursor(Listed::Devices, it))
        .transpose()?;
    let after = after.map(|it| DeviceId::new(it.1));
    let state = (state.as_deref())
        .map(|it| {
            State::read(it).ok_or_else(|| {
                bad_query(
                    "state",
                    "known are here, late, silent, never, not_awaited, low_battery, test, unbound, out_of_service",
                )
            })
        })
        .transpose()?;
    let kind = (kind.as_deref())
        .map(|it| {
            it.parse::<DeviceKind>()
                .map_err(|error| bad_query("kind", error.to_string()))
        })
        .transpose()?;
    let area = (area.as_deref())
        .map(|it| {
            it.parse::<AreaCode>()
                .map_err(|error| bad_query("area", error.to_string()))
        })
        .transpose()?;
    let elder = (elder_id.as_deref())
        .map(|it| {
            it.parse::<ElderId>()
                .map_err(|error| bad_query("elder_id", error.to_string()))
        })
        .transpose()?;
    let elder = match elder {
        Some(id) => {
            let found = api.app.picture.elder(id).filter(|it| who.scope.contains(it.grid));
            let found = found.ok_or_else(|| Problem::not_found("elder_not_found", "there is no such elder"))?;
            Some((id, found.household))
        }
        None => None,
    };
    let wanted = Wanted {
        scope: who.scope,
        elder,
        area,
        model,
        kind,
        state,
    };
    let it = api.get_ref().clone();
    // A street has thousands and a district hundreds of thousands: not on a thread that answers.
    let page = api.compute(move || it.devices_page(&wanted, after, most)).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// One device.
#[utoipa::path(get, path = "/api/v1/devices/{id}", tag = "devices", params(("id" = String, Path)), responses((status = 200, body = DeviceDto)))]
pub async fn one(api: web::Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id: DeviceId = path_id(&request, "id")?;
    let device = api.app.picture.device(id).ok_or_else(no_device)?;
    Ok(HttpResponse::Ok().json(api.device_dto(&device)))
}

/// Which part of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// 1 to 500; 100 when left out.
    limit: Option<u64>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// What somebody has done with a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeviceEventDto {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = String)]
    pub by: UserId,
    /// `filed`, `bound`, `unbound`, `replaced_by`, `replaces`, `test_begun`, `test_ended`. A test that ends by itself has no line: `until`
    /// of its beginning says when.
    pub what: String,
    /// Whose it became, or had been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub elder_id: Option<ElderId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub household_id: Option<HouseholdId>,
    /// The device that replaces it, or that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub other_id: Option<DeviceId>,
    /// `broken`, `lost`, `returned`, `left`, `mistake`, `other`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

impl From<DeviceEvent> for DeviceEventDto {
    fn from(it: DeviceEvent) -> Self {
        let (elder_id, household_id) = whose(it.binding);
        Self {
            at: it.at,
            by: it.by,
            what: it.what.as_str().to_owned(),
            elder_id,
            household_id,
            other_id: it.other,
            reason: it.reason.map(|it| it.as_str().to_owned()),
            until: it.until,
        }
    }
}

/// What was done with a device, the last first.
#[utoipa::path(get, path = "/api/v1/devices/{id}/log", tag = "devices", params(("id" = String, Path), Part),
    responses((status = 200, body = PageDto<DeviceEventDto>)))]
pub async fn log(api: web::Data<Api>, request: HttpRequest, asked: Query<Part>) -> Result<HttpResponse, Problem> {
    let id: DeviceId = path_id(&request, "id")?;
    let it = api.get_ref().clone();
    let page = api
        .run(async move {
            let most = limit(asked.0.limit)?;
            let cursor = asked.0.cursor.as_deref();
            let before = cursor.map(|it| read_cursor(Listed::DeviceLog, it)).transpose()?;
            let found = it.app.store.device_events(id, before, most).await?;
            let next = found.last().filter(|_| found.len() as u64 >= most);
            let next = next.map(|it| write_cursor(Listed::DeviceLog, Some(it.at), it.id));
            let items: Vec<DeviceEventDto> = found.into_iter().map(DeviceEventDto::from).collect();
            Ok(PageDto { items, next })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

pub(super) fn no_device() -> Problem {
    Problem::not_found("device_not_found", "there is no such device")
}

const fn whose(binding: Option<DeviceBinding>) -> (Option<ElderId>, Option<HouseholdId>) {
    match binding {
        Some(DeviceBinding::Elder(id)) => (Some(id), None),
        Some(DeviceBinding::Household(id)) => (None, Some(id)),
        None => (None, None),
    }
}

impl Api {
    /// The grid of the home to which a device belongs.
    pub(super) fn grid_of_device(&self, device: &Device) -> Option<AreaCode> {
        match device.binding? {
            DeviceBinding::Elder(id) => self.app.picture.grid_of(id),
            DeviceBinding::Household(id) => self.app.picture.household(id).map(|it| it.0.grid),
        }
    }

    /// Whether somebody who looks by area may see a device: those of the area, and those of nobody.
    pub(super) fn sees_device(&self, scope: &PrefixSet, device: &Device) -> bool {
        match self.grid_of_device(device) {
            Some(grid) => scope.contains(grid),
            None => device.binding.is_none() && !scope.is_empty(),
        }
    }

    /// A device that somebody may see.
    pub(super) fn device_for(&self, who: &SignedIn, id: DeviceId) -> Result<Arc<Device>, Problem> {
        let found = self.app.picture.device(id);
        let theirs = |it: &Arc<Device>| who.viewer().is_by_area() && self.sees_device(&who.scope, it);
        found.filter(theirs).ok_or_else(no_device)
    }

    pub(super) fn device_dto(&self, it: &Device) -> DeviceDto {
        let (presence, sign) = self.app.supervision.presence(it);
        let told = sign.as_ref().map(|it| &it.told);
        let battery_percent = told.and_then(|it| it.battery_percent);
        let low = self.app.config.supervision.battery_low_percent;
        let (elder_id, household_id) = whose(it.binding);
        let test = self.app.picture.test_of(it.id, self.app.clock.now());
        DeviceDto {
            id: it.id,
            code: it.code.clone(),
            kind: it.kind.as_str().to_owned(),
            model: it.model.clone(),
            elder_id,
            elder_name: elder_id
                .and_then(|it| self.app.picture.elder(it))
                .map(|it| it.name.clone()),
            household_id,
            area_code: self.grid_of_device(it).map(|it| it.to_string()),
            place: it.place.clone(),
            protocol: it.terminal.as_ref().map(|it| it.protocol.as_str().to_owned()),
            number: it.terminal.as_ref().map(|it| it.number.clone()),
            crs: it.crs,
            crs_assumed: it.terminal.as_ref().and_then(|terminal| {
                self.app
                    .config
                    .intake
                    .tcp
                    .crs_usual
                    .assumed(terminal.protocol, Some(it))
            }),
            carrier: it.carrier,
            voice_path: it.voice_path,
            in_service: it.in_service,
            presence: presence.as_str().to_owned(),
            beat_s: self.app.supervision.beat(it).map(|it| it.as_secs()),
            heard_at: sign.as_ref().map(|it| it.heard_at),
            battery_percent,
            battery_low: battery_percent.is_some_and(|it| it <= low),
            signal_percent: told.and_then(|it| it.signal_percent),
            test_until: test.map(|it| it.until),
        }
    }

    fn devices_page(&self, wanted: &Wanted, after: Option<DeviceId>, most: usize) -> PageDto<DeviceDto> {
        let picture = &self.app.picture;
        let ids = picture.device_ids(after);
        let mut items: Vec<DeviceDto> = Vec::new();
        for some in ids.chunks(LOOKED_AT) {
            for device in picture.devices(some) {
                if !self.is_wanted(wanted, &device) {
                    continue;
                }
                if items.len() == most {
                    let last = items.last().map(|it| it.id.as_uuid());
                    let next = last.map(|it| write_cursor(Listed::Devices, None, it));
                    return PageDto { items, next };
                }
                items.push(self.device_dto(&device));
            }
        }
        PageDto { items, next: None }
    }

    fn is_wanted(&self, wanted: &Wanted, it: &Device) -> bool {
        let theirs = |(elder, home)| {
            it.binding == Some(DeviceBinding::Elder(elder)) || it.binding == Some(DeviceBinding::Household(home))
        };
        let plain = wanted.kind.is_none_or(|kind| kind == it.kind)
            && (wanted.model.as_ref()).is_none_or(|model| it.model.as_ref() == Some(model))
            && wanted.elder.is_none_or(theirs);
        if !plain || !self.sees_device(&wanted.scope, it) {
            return false;
        }
        let grid = self.grid_of_device(it);
        if (wanted.area).is_some_and(|area| grid.is_none_or(|grid| !area.contains(grid))) {
            return false;
        }
        let now = self.app.clock.now();
        match wanted.state {
            None => true,
            Some(State::Unbound) => it.binding.is_none(),
            Some(State::OutOfService) => !it.in_service,
            Some(State::Test) => self.app.picture.test_of(it.id, now).is_some(),
            Some(State::Presence(presence)) => self.app.supervision.presence(it).0 == presence,
            Some(State::LowBattery) => {
                let low = self.app.config.supervision.battery_low_percent;
                let sign = self.app.signs.of(it.id);
                sign.and_then(|it| it.told.battery_percent).is_some_and(|it| it <= low)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Kind;

    #[test]
    fn what_a_kind_raises_are_words_of_alerts() {
        for kind in DeviceKind::ALL {
            for word in kind.raises() {
                let read: Kind = word.parse().unwrap();
                assert!(!read.is_own(), "{kind} {word}");
            }
        }
    }

    #[test]
    fn every_state_has_its_word() {
        for it in PRESENCES {
            assert_eq!(State::read(it.as_str()), Some(State::Presence(it)));
        }
        assert_eq!(State::read("broken"), None);
    }
}
