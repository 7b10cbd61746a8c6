//! Files of the register as the picture holds them: a district has them by the hundred thousand, so what is rare costs a pointer,
//! the texts of a file lie in one piece, and sets of words are bits. What is asked for is made whole again at the look.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::circle::{Crs, Point};
use crate::ids::{ContactId, DeviceId, ElderId, HouseholdId, ResponderId};
use crate::people::{
    Ability, AreaCode, Carrier, Consent, ConsentPurpose, Contact, ContactLevel, ContactMode, Device, DeviceBinding,
    DeviceKind, Elder, ElderStatus, Hearing, Household, LifeSupport, Need, PresentAddress, QuietHours, Relation,
    Terminal,
};

/// Some texts in one piece of memory.
#[derive(Clone)]
struct Texts<const N: usize> {
    joined: Box<str>,
    /// Where each ends, bytes.
    ends: [u32; N],
}

impl<const N: usize> Texts<N> {
    fn of(texts: [&str; N]) -> Self {
        let mut joined = String::with_capacity(texts.iter().map(|it| it.len()).sum());
        let ends = texts.map(|it| {
            joined.push_str(it);
            // A row with 4 GiB of text would have been no row.
            u32::try_from(joined.len()).unwrap_or(u32::MAX)
        });
        Self {
            joined: joined.into(),
            ends,
        }
    }

    fn get(&self, n: usize) -> String {
        let begin = n.checked_sub(1).map_or(0, |before| self.ends[before]);
        let text = self.joined.get(begin as usize..self.ends[n] as usize);
        text.unwrap_or_default().to_owned()
    }
}

/// An elder.
#[derive(Clone)]
pub(super) struct SlimElder {
    /// Code, name, address.
    texts: Texts<3>,
    pub household: HouseholdId,
    pub grid: AreaCode,
    home: Option<Point>,
    /// The bits of [`Need::ALL`].
    needs: u8,
    contact_mode: ContactMode,
    hearing: Hearing,
    status: ElderStatus,
    lift_helpers: u8,
    born: Option<Date>,
    rare: Option<Box<RareElder>>,
}

#[derive(Clone, PartialEq, Default)]
struct RareElder {
    dialect: Option<String>,
    present: Option<PresentAddress>,
    life_support: BTreeSet<LifeSupport>,
    ability: Option<Ability>,
    consents: BTreeMap<ConsentPurpose, Consent>,
}

const _: () = assert!(Need::ALL.len() <= 8, "the needs of an elder are bits of one byte");

impl SlimElder {
    pub fn of(it: Elder) -> Self {
        let rare = RareElder {
            dialect: it.dialect,
            present: it.present,
            life_support: it.life_support,
            ability: it.ability,
            consents: it.consents,
        };
        let bits = Need::ALL.iter().enumerate();
        Self {
            texts: Texts::of([&it.code, &it.name, &it.address]),
            household: it.household,
            grid: it.grid,
            home: it.home,
            needs: bits.fold(0, |bits, (n, need)| bits | (u8::from(it.needs.contains(need)) << n)),
            contact_mode: it.contact_mode,
            hearing: it.hearing,
            status: it.status,
            lift_helpers: it.lift_helpers,
            born: it.born,
            rare: (rare != RareElder::default()).then(|| Box::new(rare)),
        }
    }

    pub fn whole(&self, id: ElderId) -> Elder {
        let rare = self.rare.as_deref().cloned().unwrap_or_default();
        Elder {
            id,
            code: self.texts.get(0),
            name: self.texts.get(1),
            household: self.household,
            grid: self.grid,
            address: self.texts.get(2),
            home: self.home,
            needs: self.needs().collect(),
            contact_mode: self.contact_mode,
            dialect: rare.dialect,
            hearing: self.hearing,
            born: self.born,
            present: rare.present,
            life_support: rare.life_support,
            lift_helpers: self.lift_helpers,
            ability: rare.ability,
            consents: rare.consents,
            status: self.status,
        }
    }

    pub const fn status(&self) -> ElderStatus {
        self.status
    }

    fn needs(&self) -> impl Iterator<Item = Need> {
        let all = Need::ALL.iter().enumerate();
        all.filter(|(n, _)| self.needs >> n & 1 == 1).map(|(_, need)| *need)
    }
}

/// A household.
#[derive(Clone)]
pub(super) struct SlimHousehold {
    /// Code, address.
    texts: Texts<2>,
    grid: AreaCode,
    home: Option<Point>,
}

impl SlimHousehold {
    pub fn of(it: &Household) -> Self {
        Self {
            texts: Texts::of([&it.code, &it.address]),
            grid: it.grid,
            home: it.home,
        }
    }

    pub fn whole(&self, id: HouseholdId) -> Household {
        Household {
            id,
            code: self.texts.get(0),
            grid: self.grid,
            address: self.texts.get(1),
            home: self.home,
        }
    }
}

/// A contact.
#[derive(Clone)]
pub(super) struct SlimContact {
    /// Code, name.
    texts: Texts<2>,
    pub elder: ElderId,
    pub responder: Option<ResponderId>,
    relation: Relation,
    call_order: u8,
    level: ContactLevel,
    pub restricted: bool,
    may_authorise_entry: bool,
    hours: Option<QuietHours>,
}

impl SlimContact {
    pub fn of(it: &Contact) -> Self {
        Self {
            texts: Texts::of([&it.code, &it.name]),
            elder: it.elder,
            responder: it.responder,
            relation: it.relation,
            call_order: it.call_order,
            level: it.level,
            restricted: it.restricted,
            may_authorise_entry: it.may_authorise_entry,
            hours: it.hours,
        }
    }

    pub fn whole(&self, id: ContactId) -> Contact {
        Contact {
            id,
            code: self.texts.get(0),
            elder: self.elder,
            name: self.texts.get(1),
            relation: self.relation,
            call_order: self.call_order,
            level: self.level,
            restricted: self.restricted,
            may_authorise_entry: self.may_authorise_entry,
            responder: self.responder,
            hours: self.hours,
        }
    }
}

/// A device.
#[derive(Clone)]
pub(super) struct SlimDevice {
    code: Box<str>,
    /// What its key must hash to. None also where the row holds something that is no hash: nothing proves itself by that.
    pub key_hash: Option<[u8; 32]>,
    binding: Option<DeviceBinding>,
    kind: DeviceKind,
    crs: Option<Crs>,
    carrier: Option<Carrier>,
    voice_path: bool,
    pub in_service: bool,
    rare: Option<Box<RareDevice>>,
}

#[derive(Clone, PartialEq, Default)]
struct RareDevice {
    model: Option<String>,
    place: Option<String>,
    terminal: Option<Terminal>,
    beat_s: Option<u32>,
}

impl SlimDevice {
    pub fn of(it: Device, key_hash: Option<Vec<u8>>) -> Self {
        let rare = RareDevice {
            model: it.model,
            place: it.place,
            terminal: it.terminal,
            beat_s: it.beat_s,
        };
        Self {
            code: it.code.into(),
            key_hash: key_hash.and_then(|it| it.try_into().ok()),
            binding: it.binding,
            kind: it.kind,
            crs: it.crs,
            carrier: it.carrier,
            voice_path: it.voice_path,
            in_service: it.in_service,
            rare: (rare != RareDevice::default()).then(|| Box::new(rare)),
        }
    }

    pub fn whole(&self, id: DeviceId) -> Device {
        let rare = self.rare.as_deref().cloned().unwrap_or_default();
        Device {
            id,
            code: self.code.clone().into(),
            kind: self.kind,
            binding: self.binding,
            model: rare.model,
            crs: self.crs,
            voice_path: self.voice_path,
            place: rare.place,
            terminal: rare.terminal,
            beat_s: rare.beat_s,
            carrier: self.carrier,
            in_service: self.in_service,
        }
    }

    pub fn terminal(&self) -> Option<&Terminal> {
        self.rare.as_ref()?.terminal.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::people::{Protocol, elder_id, household_id};

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![Just(String::new()), "[a-z\\PC杨村]{0,12}", "\\PC{0,40}"]
    }

    proptest! {
        /// Whatever the file says, all of it is said again.
        #[test]
        fn a_file_is_made_whole_again(
            texts in (text(), text(), text()),
            bits in 0_u8..128,
            rare in any::<bool>(),
            hash in proptest::option::of(proptest::collection::vec(any::<u8>(), 31..34)),
        ) {
            let needs = Need::ALL.iter().enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|it| *it.1);
            let elder = Elder {
                id: elder_id("E1"),
                code: texts.0.clone(),
                name: texts.1.clone(),
                household: household_id("H1"),
                grid: "120114001001001".parse().unwrap(),
                address: texts.2.clone(),
                home: rare.then(|| Point::new(39.4, 117.1).unwrap()),
                needs: needs.collect(),
                contact_mode: ContactMode::Text,
                dialect: rare.then(|| texts.1.clone()),
                hearing: Hearing::Deaf,
                born: rare.then(|| date(1940, 2, 29)),
                present: rare.then(|| PresentAddress {
                    address: texts.2.clone(),
                    point: None,
                    until: date(2026, 5, 1),
                }),
                life_support: rare.then_some(LifeSupport::Oxygen).into_iter().collect(),
                lift_helpers: 3,
                ability: None,
                consents: BTreeMap::new(),
                status: ElderStatus::Active,
            };
            prop_assert_eq!(&SlimElder::of(elder.clone()).whole(elder.id), &elder);
            let house = Household {
                id: elder.household,
                code: texts.0.clone(),
                grid: elder.grid,
                address: texts.2.clone(),
                home: elder.home,
            };
            prop_assert_eq!(&SlimHousehold::of(&house).whole(house.id), &house);
            let contact = Contact {
                id: ContactId::new(Uuid::from_u128(3)),
                code: texts.0.clone(),
                elder: elder.id,
                name: texts.1.clone(),
                relation: Relation::Child,
                call_order: 2,
                level: ContactLevel::History,
                restricted: rare,
                may_authorise_entry: !rare,
                responder: rare.then(|| ResponderId::new(Uuid::from_u128(4))),
                hours: None,
            };
            prop_assert_eq!(&SlimContact::of(&contact).whole(contact.id), &contact);
            let device = Device {
                id: DeviceId::new(Uuid::from_u128(5)),
                code: texts.0.clone(),
                kind: DeviceKind::Watch,
                binding: rare.then_some(DeviceBinding::Elder(elder.id)),
                model: rare.then(|| texts.1.clone()),
                crs: Some(Crs::Gcj02),
                voice_path: rare,
                place: rare.then(|| texts.2.clone()),
                terminal: rare.then(|| Terminal { protocol: Protocol::Gt06, number: texts.0.clone() }),
                beat_s: rare.then_some(0),
                carrier: Some(Carrier::Mobile),
                in_service: !rare,
            };
            let slim = SlimDevice::of(device.clone(), hash.clone());
            prop_assert_eq!(&slim.whole(device.id), &device);
            prop_assert_eq!(slim.terminal(), device.terminal.as_ref());
            let sound = hash.filter(|it| it.len() == 32);
            prop_assert_eq!(slim.key_hash.map(|it| it.to_vec()), sound);
        }
    }
}
