//! What hangs on wrists and walls.

use std::collections::BTreeSet;

use super::{Folk, yes};
use crate::people::import::Sheet;
use crate::people::{DeviceKind, Need};

/// A model of device that the street has bought.
#[derive(Clone, Copy)]
struct Model {
    kind: DeviceKind,
    voice: bool,
    name: &'static str,
    crs: &'static str,
    place: &'static str,
}

const fn model(kind: DeviceKind, voice: bool, name: &'static str, crs: &'static str, place: &'static str) -> Model {
    Model {
        kind,
        voice,
        name,
        crs,
        place,
    }
}

const BUTTON: Model = model(DeviceKind::SosButton, true, "YC-B1", "", "卧室");
const MUTE_BUTTON: Model = model(DeviceKind::SosButton, false, "YC-B0", "", "卫生间");
const WATCH: Model = model(DeviceKind::Watch, true, "YC-W1", "wgs84", "");
/// Sends what a Chinese map shows.
const MAP_WATCH: Model = model(DeviceKind::Watch, true, "YC-W2", "gcj02", "");
const PHONE: Model = model(DeviceKind::OneKeyPhone, true, "YC-P1", "", "客厅");
const RADAR: Model = model(DeviceKind::FallRadar, false, "YC-F1", "", "卫生间");
const INFRARED: Model = model(DeviceKind::Infrared, false, "YC-I1", "", "走廊");
const METER: Model = model(DeviceKind::WaterMeter, false, "YC-M1", "", "厨房");
const VITAL: Model = model(DeviceKind::Vital, false, "YC-V1", "", "客厅");
const SMOKE: Model = model(DeviceKind::Smoke, false, "YC-S1", "", "厨房");
const GAS: Model = model(DeviceKind::Gas, false, "YC-G1", "", "厨房");

impl Folk<'_> {
    pub fn devices(&mut self) {
        let elders = std::mem::take(&mut self.elders);
        let mut homes = BTreeSet::new();
        let mut number = 0;
        for elder in &elders {
            let careful = elder
                .needs
                .iter()
                .any(|it| matches!(it, Need::HighRisk | Need::LivingAlone | Need::Disabled));
            let wanders = elder.needs.contains(&Need::MentalSocial);
            let sos = self.dice.weighted(if careful {
                &[0.45, 0.25, 0.2, 0.1, 0.0]
            } else {
                &[0.2, 0.08, 0.2, 0.12, 0.4]
            });
            let mut given: Vec<Model> = match (sos, wanders) {
                (_, true) => vec![MAP_WATCH],
                (0, _) => vec![BUTTON],
                (1, _) => vec![MUTE_BUTTON],
                (2, _) => vec![WATCH],
                (3, _) => vec![PHONE],
                _ => vec![],
            };
            if elder.needs.contains(&Need::HighRisk) || (careful && self.dice.chance(0.1)) {
                given.push(RADAR);
            }
            if elder.needs.contains(&Need::LivingAlone) {
                given.push(if self.dice.chance(0.5) { INFRARED } else { METER });
            }
            if elder.needs.contains(&Need::Medical) && self.dice.chance(0.25) {
                given.push(VITAL);
            }
            for it in given {
                number += 1;
                self.device(number, it, ("elder_code", &elder.code));
            }
            if homes.insert(elder.household.clone()) {
                for (share, it) in [(0.35, SMOKE), (0.25, GAS)] {
                    if self.dice.chance(share) {
                        number += 1;
                        self.device(number, it, ("household_code", &elder.household));
                    }
                }
            }
        }
        // Bought and not yet handed out: a press on one is a case of nobody in particular.
        for _ in 0..5 {
            number += 1;
            self.device(number, BUTTON, ("elder_code", ""));
        }
        self.elders = elders;
    }

    fn device(&mut self, number: usize, it: Model, whose: (&str, &str)) {
        self.row(
            Sheet::Devices,
            &[
                ("device_code", &format!("YCD{number:05}")),
                ("kind", it.kind.zh()),
                whose,
                ("model", it.name),
                ("crs", it.crs),
                ("voice_path", yes(it.voice)),
                ("place", it.place),
            ],
        );
    }
}
