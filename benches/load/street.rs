//! The register that the load falls on: elders with a watch each, responders on duty, a desk's account.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use eldercare_dispatch::api::auth::hash_password;
use eldercare_dispatch::circle::{Mode, Point};
use eldercare_dispatch::clock::{Clock, Ids};
use eldercare_dispatch::ids::UserId;
use eldercare_dispatch::people::*;
use eldercare_dispatch::store::{DeviceKey, ElderFile, MasterKey, NewAccount, ResponderFile, Store, StoreConfig};

/// Responders on duty with a base of their own: a street's.
pub const RESPONDERS: usize = 300;
/// The account of the desk that the live sockets belong to.
pub const DESK: (&str, &str) = ("desk", "a password for a bench");
/// Every fourth elder is cared for by the grid from second 0, so that people are offered the case at once; the others live
/// alone: nobody of their family is on duty, and the grid is asked after 30 s.
pub const ASKED_AT_ONCE_EVERY: usize = 4;

const STREET: &str = "120114001";
const GRID: &str = "120114001001001";

/// Whether the elder of watch `n` is one whose case is offered at once.
pub fn is_asked_at_once(n: usize) -> bool {
    n.is_multiple_of(ASKED_AT_ONCE_EVERY)
}

/// The register's size and where it stands: homes and bases lie in the middle of Porto, whose roads the bench imports.
fn place(n: usize, all: usize) -> Option<Point> {
    let side = (all as f64).sqrt().ceil();
    let (row, column) = ((n as f64 / side).floor() / side, (n as f64 % side) / side);
    Point::new(41.145 + row * 0.035, -8.655 + column * 0.075).ok()
}

/// Writes the key files of a service into `folder`.
pub fn write_keys(folder: &Path) {
    for name in ["master.key", "token.key"] {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(folder.join(name));
        file.and_then(|mut it| it.write_all(b"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="))
            .expect("a key file");
    }
}

/// Fills a fresh store; answers what each watch shows as `Authorization`.
pub async fn fill(url: &str, folder: &Path, elders: usize) -> Vec<String> {
    let (clock, ids) = (Clock::system(), Ids::system());
    let now = clock.now();
    let store = Store::open(&StoreConfig::at(url)).await.expect("a store");
    store.migrate().await.expect("tables");
    let master = MasterKey::from_file(&folder.join("master.key")).expect("a key");
    store.unlock(master, now).await.expect("keys");
    let areas = ["120114", STREET, "120114001001", GRID].iter().map(|code| Area {
        id: area_id(code),
        code: code.parse().expect("a code"),
        name: (*code).to_owned(),
        valid_from: jiff::civil::date(2020, 1, 1),
        valid_until: None,
        alias: None,
    });
    store.put_areas(areas.collect(), now).await.expect("areas");
    let book = store.area_book(jiff::civil::date(2026, 6, 1)).await.expect("a book");
    let mut shown = Vec::with_capacity(elders);
    for part in (0..elders).collect::<Vec<_>>().chunks(5_000) {
        let houses = part.iter().map(|n| Household {
            id: household_id(&format!("H{n}")),
            code: format!("H{n}"),
            grid: GRID.parse().expect("a code"),
            address: format!("{n}"),
            home: place(*n, elders),
        });
        let houses = houses.collect();
        store.put_households(houses, &book, now).await.expect("households");
        let files = part.iter().map(|n| ElderFile {
            elder: elder(*n, elders),
            secrets: Some(ElderSecrets::default()),
        });
        store.put_elders(files.collect(), &book, now).await.expect("elders");
        store
            .put_devices(part.iter().map(|n| watch(*n)).collect(), now)
            .await
            .expect("devices");
        let keys: Vec<_> = part
            .iter()
            .map(|n| (device_id(&format!("D{n}")), DeviceKey::make().expect("randomness")))
            .collect();
        shown.extend(keys.iter().map(|(id, key)| format!("Device {id}:{}", key.reveal())));
        store.set_device_keys(keys, now).await.expect("keys of devices");
    }
    let people = (0..RESPONDERS).map(|n| ResponderFile {
        responder: responder(n),
        secrets: None,
    });
    store.put_responders(people.collect(), now).await.expect("responders");
    let account = NewAccount {
        id: UserId::new(ids.make()),
        username: DESK.0.to_owned(),
        password_hash: hash_password(DESK.1).expect("a hash"),
        role: Role::Dispatcher,
        scope: PrefixSet::from_iter([STREET.parse::<AreaCode>().expect("a code")]),
        responder: None,
    };
    store.add_account(account, now).await.expect("an account");
    store.truncate_wal().await.expect("a short log");
    store.close().await;
    shown
}

fn elder(n: usize, all: usize) -> Elder {
    let need = if is_asked_at_once(n) {
        Need::MentalSocial
    } else {
        Need::LivingAlone
    };
    Elder {
        id: elder_id(&format!("E{n}")),
        code: format!("E{n}"),
        name: format!("E{n}"),
        household: household_id(&format!("H{n}")),
        grid: GRID.parse().expect("a code"),
        address: format!("{n}"),
        home: place(n, all),
        needs: BTreeSet::from([need]),
        contact_mode: ContactMode::Voice,
        dialect: None,
        hearing: Hearing::Good,
        born: None,
        present: None,
        life_support: BTreeSet::new(),
        lift_helpers: 1,
        ability: None,
        consents: Default::default(),
        status: ElderStatus::Active,
    }
}

/// How watch `n` names itself on a line of its own.
pub fn terminal(n: usize) -> String {
    format!("{:010}", 2_000_000_000 + n)
}

fn watch(n: usize) -> Device {
    Device {
        id: device_id(&format!("D{n}")),
        code: format!("D{n}"),
        kind: DeviceKind::Watch,
        binding: Some(DeviceBinding::Elder(elder_id(&format!("E{n}")))),
        model: None,
        crs: None,
        voice_path: true,
        place: None,
        terminal: Some(Terminal {
            protocol: Protocol::Watch,
            number: terminal(n),
        }),
        beat_s: None,
        carrier: None,
        in_service: true,
    }
}

fn responder(n: usize) -> Responder {
    let kind = match n % 10 {
        0 => ResponderKind::PoliceGrid,
        1 => ResponderKind::CommunityDoctor,
        _ => ResponderKind::GridWorker,
    };
    Responder {
        id: responder_id(&format!("R{n}")),
        code: format!("R{n}"),
        name: format!("R{n}"),
        kind,
        tier: kind.tier(),
        skills: BTreeSet::from([Skill::FirstAid, Skill::Lift]),
        mode: [Mode::Ebike, Mode::Walk, Mode::Car][n % 3],
        party_size: 1,
        duty: Duty {
            on: true,
            since: jiff::Timestamp::UNIX_EPOCH,
        },
        position: None,
        base: place(n, RESPONDERS),
        scope: PrefixSet::from_iter([STREET.parse::<AreaCode>().expect("a code")]),
        capacity: 2,
        allowances: BTreeSet::from([Sensitivity::MentalSocial]),
    }
}
