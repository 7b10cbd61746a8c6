//! The sheet of devices. Keys are never in a sheet: `device add` makes one and shows it once.

use super::cells::{Cells, sheet};
use super::{Column, Parsed, Setting, Sheet, may, must};
use crate::people::{
    Carrier, Device, DeviceBinding, DeviceKind, Protocol, Terminal, device_id, elder_id, household_id,
};

pub(super) const DEVICES: &[Column] = &[
    must("device_code", "设备编号"),
    must("kind", "设备类型"),
    may("elder_code", "老人编号"),
    may("household_code", "户编号"),
    may("model", "型号"),
    may("crs", "坐标系"),
    must("voice_path", "可通话"),
    may("place", "安装位置"),
    may("protocol", "通信协议"),
    may("terminal", "终端号"),
    may("beat_s", "心跳间隔"),
    may("carrier", "运营商"),
    may("in_service", "启用"),
];

/// Reads the devices' sheet.
pub fn devices(bytes: &[u8], setting: &Setting) -> Parsed<Device> {
    sheet(
        Sheet::Devices,
        bytes,
        setting,
        |it: &Device| ("device_code", it.code.clone()),
        device,
    )
}

fn device(cells: &mut Cells<'_>) -> Option<Device> {
    let code = cells.needed("device_code");
    let kind = cells.word("kind", DeviceKind::from_sheet);
    let elder = cells.text("elder_code").as_deref().map(elder_id);
    let household = cells.text("household_code").as_deref().map(household_id);
    let model = cells.text("model");
    let crs = cells.crs("crs");
    let voice_path = if cells.needed("voice_path").is_some() {
        cells.yes("voice_path")
    } else {
        None
    };
    let place = cells.text("place");
    let protocol = cells.parsed_word("protocol", Protocol::from_sheet);
    let said = cells.text("terminal");
    let beat_s = cells.parsed::<u32>("beat_s");
    let carrier = cells.parsed_word("carrier", Carrier::from_sheet);
    let in_service = cells.yes("in_service");

    let known = &cells.setting.known;
    let elder_missing = elder.is_some_and(|id| known.elders.as_ref().is_some_and(|it| !it.contains(&id)));
    let household_missing = household.is_some_and(|id| known.households.as_ref().is_some_and(|it| !it.contains(&id)));
    if elder_missing {
        cells.wrong("elder_code", "no such elder is on file: import the elders first");
    }
    if household_missing {
        cells.wrong(
            "household_code",
            "no such household is on file: import the elders first",
        );
    }
    let binding = match (elder, household) {
        (Some(id), None) => Some(DeviceBinding::Elder(id)),
        (None, Some(id)) => Some(DeviceBinding::Household(id)),
        (None, None) => {
            cells.warn(
                "elder_code",
                "an unbound device rings as a case of nobody in particular",
            );
            None
        }
        (Some(_), Some(_)) => {
            cells.wrong(
                "household_code",
                "a device belongs to an elder or to a household, not to both",
            );
            return None;
        }
    };
    let code = code?;
    let terminal = match (protocol?, said) {
        (None, None) => None,
        (None, Some(_)) => {
            cells.wrong("protocol", "a terminal's number needs the protocol that it speaks");
            return None;
        }
        (Some(protocol), said) => {
            let Some(number) = protocol.number(said.as_ref().unwrap_or(&code)) else {
                cells.wrong("terminal", format!("must be {}", protocol.number_rule()));
                return None;
            };
            Some(Terminal { protocol, number })
        }
    };
    let device = Device {
        id: device_id(&code),
        kind: kind?,
        binding,
        model,
        crs: crs?,
        voice_path: voice_path?.unwrap_or(false),
        place,
        terminal,
        beat_s: beat_s?,
        carrier: carrier?,
        in_service: in_service?.unwrap_or(true),
        code,
    };
    cells.adopt(
        device.check(),
        &[("code", "device_code"), ("binding", "household_code")],
    );
    if device.kind.is_worn() && device.crs.is_none() {
        cells.warn(
            "crs",
            "nobody said in which reference system this device sends: its positions are taken for what is usual, or stay unresolved",
        );
    }
    Some(device)
}
