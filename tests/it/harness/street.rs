//! A small street for tests: one district, one street, one community, two grids, a few people.

#![allow(dead_code)] // a harness offers more than each test takes

use std::collections::BTreeSet;

use eldercare_dispatch::circle::{Mode, Point};
use eldercare_dispatch::dispatch::{AlertReport, Sender};
use eldercare_dispatch::ids::{DeviceId, ElderId, ResponderId};
use eldercare_dispatch::people::*;
use eldercare_dispatch::store::{ContactFile, DeviceKey, ElderFile, ResponderFile};
use jiff::civil::date;

use super::{TestApp, at};

/// The first grid of the street.
pub const GRID: &str = "120114001001001";
/// The other grid.
pub const OTHER_GRID: &str = "120114001001002";

/// An elder of the street, `n` metres-ish steps of 0.0005° north of the first.
pub fn elder(n: u32, need: Need) -> Elder {
    Elder {
        id: elder_id(&format!("E{n}")),
        code: format!("E{n}"),
        name: format!("老人{n}"),
        household: household_id(&format!("H{n}")),
        grid: GRID.parse().unwrap(),
        address: format!("泉州路{n}号"),
        home: Some(Point::new(39.38 + f64::from(n) * 0.0005, 117.06).unwrap()),
        needs: BTreeSet::from([need]),
        contact_mode: ContactMode::Voice,
        dialect: None,
        hearing: Hearing::Good,
        born: Some(date(1941, 3, 8)),
        present: None,
        life_support: BTreeSet::new(),
        lift_helpers: 1,
        ability: None,
        consents: Default::default(),
        status: ElderStatus::Active,
    }
}

/// A responder on duty at a base `north` degrees north of the first elder.
pub fn responder(name: &str, kind: ResponderKind, north: f64) -> Responder {
    Responder {
        id: responder_id(name),
        code: name.to_owned(),
        name: format!("人{name}"),
        kind,
        tier: kind.tier(),
        skills: BTreeSet::from([Skill::FirstAid, Skill::Lift]),
        mode: Mode::Ebike,
        party_size: 1,
        duty: Duty { on: true, since: at(0) },
        position: None,
        base: Some(Point::new(39.38 + north, 117.06).unwrap()),
        scope: PrefixSet::from_iter(["120114001".parse::<AreaCode>().unwrap()]),
        capacity: 2,
        allowances: BTreeSet::new(),
    }
}

impl TestApp {
    /// Areas, households and the given people, with a watch (code `D<n>`) for each elder; the picture knows them.
    pub async fn fill(&self, elders: Vec<Elder>, responders: Vec<Responder>) {
        let store = &self.app.store;
        let now = self.clock.now();
        let areas = [
            ("120114", "武清区"),
            ("120114001", "杨村街道"),
            ("120114001001", "泉州社区"),
            (GRID, "第一网格"),
            (OTHER_GRID, "第二网格"),
        ];
        let areas = areas.iter().map(|(code, name)| Area {
            id: area_id(code),
            code: code.parse().unwrap(),
            name: (*name).to_owned(),
            valid_from: date(2020, 1, 1),
            valid_until: None,
            alias: None,
        });
        store.put_areas(areas.collect(), now).await.unwrap();
        let book = store.area_book(date(2026, 6, 1)).await.unwrap();
        let houses = elders.iter().map(|it| Household {
            id: it.household,
            code: it.code.replace('E', "H"),
            grid: it.grid,
            address: it.address.clone(),
            home: it.home,
        });
        store.put_households(houses.collect(), &book, now).await.unwrap();
        let devices: Vec<Device> = elders
            .iter()
            .map(|it| Device {
                id: device_id(&it.code.replace('E', "D")),
                code: it.code.replace('E', "D"),
                kind: DeviceKind::Watch,
                binding: Some(DeviceBinding::Elder(it.id)),
                model: None,
                crs: None,
                voice_path: true,
                place: None,
                terminal: None,
                beat_s: None,
                carrier: None,
                in_service: true,
            })
            .collect();
        let files = elders.into_iter().map(|elder| ElderFile {
            elder,
            secrets: Some(ElderSecrets::default()),
        });
        store.put_elders(files.collect(), &book, now).await.unwrap();
        store.put_devices(devices, now).await.unwrap();
        let files = responders.into_iter().map(|responder| ResponderFile {
            responder,
            secrets: None,
        });
        store.put_responders(files.collect(), now).await.unwrap();
        self.app.refresh_picture(true).await.unwrap();
        self.app.field.settle();
    }

    /// Contacts on top of a filled street.
    pub async fn fill_contacts(&self, contacts: Vec<Contact>) {
        let files = contacts
            .into_iter()
            .map(|contact| ContactFile { contact, secrets: None });
        self.app
            .store
            .put_contacts(files.collect(), self.clock.now())
            .await
            .unwrap();
        self.app.refresh_picture(true).await.unwrap();
    }

    /// Gives a device a key and answers it.
    pub async fn device_key(&self, code: &str) -> (DeviceId, String) {
        let key = DeviceKey::make().unwrap();
        let text = key.reveal();
        let id = device_id(code);
        self.app
            .store
            .set_device_keys(vec![(id, key)], self.clock.now())
            .await
            .unwrap();
        self.app.refresh_picture(true).await.unwrap();
        (id, text.to_string())
    }
}

/// An alert from the watch of elder `n`, under the watch's own reference.
pub fn alert(n: u32, kind: &str, reference: &str) -> AlertReport {
    AlertReport {
        sender: Sender::Device(device_id(&format!("D{n}"))),
        kind: kind.to_owned(),
        elder: None,
        device: None,
        responder: None,
        source_ref: Some(reference.to_owned()),
        occurred_at: None,
        position: None,
        note: None,
        reading: None,
        raw: format!("{{\"kind\":\"{kind}\",\"source_ref\":\"{reference}\"}}").into_bytes(),
        warnings: vec![],
        drill: false,
    }
}

/// The id of elder `n`.
pub fn elder_of(n: u32) -> ElderId {
    elder_id(&format!("E{n}"))
}

/// The id of a responder.
pub fn who(name: &str) -> ResponderId {
    responder_id(name)
}
