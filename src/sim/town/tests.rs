use std::collections::BTreeSet;

use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;
use crate::circle::{Ground, Mode, Reach, Roads};
use crate::people::import::{self, Known, Setting};
use crate::people::*;

fn plan(seed: u64) -> TownPlan {
    TownPlan::demo(seed, date(2026, 1, 5))
}

/// The town's people as the importers read them, each sheet knowing what came before.
struct Register {
    areas: Vec<Area>,
    responders: Vec<import::ResponderRow>,
    elders: Vec<import::ElderRow>,
    contacts: Vec<import::ContactRow>,
    chains: Vec<Chain>,
    devices: Vec<Device>,
    stations: Vec<import::StationRow>,
    shifts: Vec<Shift>,
}

fn register(town: &Town) -> Register {
    fn clean<T>(parsed: import::Parsed<T>) -> Vec<T> {
        assert_eq!(parsed.errors, vec![]);
        parsed.rows.into_iter().map(|it| it.1).collect()
    }
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let as_of = date(2026, 1, 5).to_zoned(zone.clone()).unwrap().timestamp();
    let known = Known {
        areas: Some(BTreeSet::new()),
        ..Known::default()
    };
    let mut setting = Setting { zone, as_of, known };
    let bytes = |sheet| town.sheets[&sheet].as_bytes();
    let areas = clean(import::areas(bytes(Sheet::Areas), &setting));
    setting.known.areas = Some(areas.iter().map(|it| it.code).collect());
    let responders = clean(import::responders(bytes(Sheet::Responders), &setting));
    setting.known.responders = Some(responders.iter().map(|it| it.responder.id).collect());
    let elders = clean(import::elders(bytes(Sheet::Elders), &setting));
    setting.known.elders = Some(elders.iter().map(|it| it.elder.id).collect());
    setting.known.households = Some(elders.iter().map(|it| it.household.id).collect());
    Register {
        contacts: clean(import::contacts(bytes(Sheet::Contacts), &setting)),
        chains: clean(import::chains(bytes(Sheet::Chains), &setting)),
        devices: clean(import::devices(bytes(Sheet::Devices), &setting)),
        stations: clean(import::stations(bytes(Sheet::Stations), &setting)),
        shifts: clean(import::duty(bytes(Sheet::Duty), &setting)),
        areas,
        responders,
        elders,
    }
}

fn share(count: usize, of: usize) -> f64 {
    count as f64 / of as f64
}

#[test]
fn the_same_plan_gives_the_same_bytes_and_another_seed_another_town() {
    let small = |seed| {
        Town::generate(&TownPlan {
            elders: 300,
            ..plan(seed)
        })
    };
    let town = small(1);
    assert_eq!(town, small(1));
    let other = small(2);
    assert_ne!(town.osm, other.osm);
    assert_ne!(town.sheets[&Sheet::Elders], other.sheets[&Sheet::Elders]);
}

#[test]
fn the_town_comes_through_the_ordinary_importers() {
    let town = Town::generate(&plan(1));
    let found = register(&town);
    let count = |level| found.areas.iter().filter(|it| it.level() == level).count();
    assert_eq!(
        [
            AreaLevel::District,
            AreaLevel::Street,
            AreaLevel::Community,
            AreaLevel::Grid
        ]
        .map(count),
        [1, 1, 5, 30]
    );
    assert_eq!((found.elders.len(), found.responders.len()), (3_000, 120));
    for (sheet, rows) in &town.summary.rows {
        let lines = town.sheets[sheet].lines().count() - 1;
        assert_eq!(*rows, lines, "{sheet}: a value with a line break, or a miscount");
    }

    // Every grid has elders, and every elder a position in a known grid.
    let grids: BTreeSet<AreaCode> = found
        .areas
        .iter()
        .map(|it| it.code)
        .filter(|it| it.level() == AreaLevel::Grid)
        .collect();
    let lived_in: BTreeSet<AreaCode> = found.elders.iter().map(|it| it.elder.grid).collect();
    assert_eq!(lived_in, grids);
    assert!(found.elders.iter().all(|it| it.elder.home.is_some()));

    // Every tier and mode; whoever is sent has a base; units on wheels for the street.
    let kinds: BTreeSet<ResponderKind> = found.responders.iter().map(|it| it.responder.kind).collect();
    assert_eq!(kinds, ResponderKind::ALL.iter().copied().collect());
    for mode in [Mode::Walk, Mode::Ebike, Mode::Car] {
        let travelling = found.responders.iter().filter(|it| it.responder.mode == mode).count();
        assert!(travelling >= 8, "{travelling} by {mode:?}");
    }
    assert!(found.responders.iter().all(|it| it.responder.base.is_some()));

    // Needs as a street would find them.
    let with = |need| {
        share(
            found.elders.iter().filter(|it| it.elder.needs.contains(&need)).count(),
            3_000,
        )
    };
    for (need, low, high) in [
        (Need::HighRisk, 0.03, 0.12),
        (Need::LivingAlone, 0.10, 0.30),
        (Need::Disabled, 0.04, 0.13),
        (Need::General, 0.35, 0.70),
        (Need::Medical, 0.10, 0.25),
        (Need::MentalSocial, 0.01, 0.045),
        (Need::Away, 0.005, 0.03),
    ] {
        assert!((low..high).contains(&with(need)), "{need}: {}", with(need));
    }
    assert!(found.elders.iter().any(|it| it.elder.needs_current()));
    assert!(
        found
            .elders
            .iter()
            .any(|it| it.elder.contact_mode != ContactMode::Voice)
    );
    let today = date(2026, 1, 5);
    let ages: Vec<i16> = found.elders.iter().filter_map(|it| it.elder.age(today)).collect();
    assert!(ages.len() == 3_000 && ages.iter().all(|it| (59..=106).contains(it)));
    let away = found.elders.iter().filter(|it| it.elder.needs.contains(&Need::Away));
    assert!(away.into_iter().all(|it| it.elder.is_away(today)));
}

#[test]
fn everybody_has_somebody_to_call_and_somebody_who_answers_for_them() {
    let found = register(&Town::generate(&plan(2)));
    let called: BTreeSet<_> = found.contacts.iter().map(|it| it.contact.elder).collect();
    assert_eq!(called.len(), 3_000);
    assert!(found.contacts.iter().any(|it| it.contact.restricted));
    let keys = found.contacts.iter().filter(|it| it.key.is_some()).count();
    assert!((0.2..0.7).contains(&share(keys, found.contacts.len())));
    let family: BTreeSet<_> = found
        .responders
        .iter()
        .filter(|it| it.responder.kind == ResponderKind::Family)
        .map(|it| it.responder.id)
        .collect();
    let linked: BTreeSet<_> = found.contacts.iter().filter_map(|it| it.contact.responder).collect();
    assert_eq!((linked.len(), &linked), (18, &family));
    for it in found.contacts.iter().filter(|it| it.contact.responder.is_some()) {
        let responder = found
            .responders
            .iter()
            .find(|row| Some(row.responder.id) == it.contact.responder)
            .unwrap();
        assert_eq!(responder.responder.name, it.contact.name);
    }

    let grids = found
        .chains
        .iter()
        .filter(|it| matches!(it.subject, ChainSubject::Grid(_)))
        .count();
    assert_eq!(grids, 30);
    assert!(
        found
            .chains
            .iter()
            .filter(|it| matches!(it.subject, ChainSubject::Grid(_)))
            .all(|it| it.vacant().is_empty())
    );
    assert!(found.chains.len() > 35, "and some households of their own");

    let spare = found.devices.iter().filter(|it| it.binding.is_none()).count();
    assert_eq!(spare, 5);
    let voice = found.devices.iter().filter(|it| it.voice_path).count();
    assert!(
        (0.2..0.7).contains(&share(voice, found.devices.len())),
        "{voice} of {}",
        found.devices.len()
    );
    assert!(found.devices.iter().any(|it| it.crs == Some(crate::circle::Crs::Gcj02)));
    let guarded = |it: &&import::ElderRow| {
        found.devices.iter().any(|device| {
            device.elder() == Some(it.elder.id)
                && matches!(
                    device.kind,
                    DeviceKind::SosButton | DeviceKind::Watch | DeviceKind::OneKeyPhone
                )
        })
    };
    let at_risk: Vec<&import::ElderRow> = found
        .elders
        .iter()
        .filter(|it| it.elder.needs.contains(&Need::HighRisk))
        .collect();
    assert!(at_risk.iter().filter(|it| guarded(it)).count() * 10 > at_risk.len() * 9);
    for circle in ServiceCircle::ALL {
        assert!(
            found
                .stations
                .iter()
                .filter(|it| it.station.kind.circle() == *circle)
                .count()
                >= 10,
            "{circle}"
        );
    }
}

#[test]
fn somebody_of_each_kind_is_on_the_rota_at_every_hour() {
    let town = Town::generate(&plan(3));
    let found = register(&town);
    let start = date(2026, 1, 5)
        .at(8, 0, 0, 0)
        .in_tz("Asia/Shanghai")
        .unwrap()
        .timestamp();
    for hour in 0..13 * 24_i64 {
        let at = start + jiff::SignedDuration::from_hours(hour);
        let working = |kind| {
            let of_kind = found.responders.iter().filter(|it| it.responder.kind == kind);
            of_kind
                .filter(|it| on_duty_by_rota(&found.shifts, it.responder.id, at))
                .count()
        };
        assert!(
            working(ResponderKind::GridWorker) >= 5 - usize::from(hour < 24),
            "hour {hour}"
        );
        assert_eq!(
            (working(ResponderKind::StreetTeam), working(ResponderKind::DutyLeader)),
            (1, 1),
            "hour {hour}"
        );
        assert_eq!(working(ResponderKind::FirePost), 5, "hour {hour}");
    }
    assert_eq!(found.shifts.iter().filter(|it| it.stands_in_for.is_some()).count(), 1);
}

#[test]
fn nobody_real_can_be_called() {
    let town = Town::generate(&plan(4));
    let found = register(&town);
    let elders = found.elders.iter().flat_map(|it| &it.secrets.phones);
    let contacts = found.contacts.iter().flat_map(|it| &it.secrets.phones);
    let responders = found.responders.iter().flat_map(|it| &it.secrets.phones);
    let phones: Vec<&str> = elders.chain(contacts).chain(responders).map(Phone::reveal).collect();
    assert!(phones.len() > 5_000);
    assert!(phones.iter().all(|it| it.starts_with("100") && it.len() == 11));
    assert_eq!(phones.iter().collect::<BTreeSet<_>>().len(), phones.len());
    assert!(found.elders.iter().all(|it| it.secrets.identity.is_none()));
}

#[test]
fn the_streets_are_one_network_for_every_mode() {
    for seed in 1..=3 {
        let town = Town::generate(&TownPlan {
            elders: 0,
            days: 0,
            ..plan(seed)
        });
        let extract = roads::from_bytes("town.osm", town.osm.into_bytes()).unwrap();
        let (_, report) = Roads::import(extract.as_ref()).unwrap();
        assert_eq!(
            (report.nodes_missing, report.restrictions_unclear),
            (0, 0),
            "seed {seed}"
        );
        assert!(report.warnings.is_empty(), "seed {seed}: {:?}", report.warnings);
        assert!(
            report.restrictions >= 10 && report.barriers >= 50,
            "seed {seed}: {report:?}"
        );
        // Only stubs behind locked gates and, for cars, nothing at all are cut off.
        for (cut, kept) in report.arcs_cut_off.iter().zip(report.arcs) {
            assert!(share(*cut, kept) < 0.03, "seed {seed}: {report:?}");
        }
        assert!(
            (150.0..400.0).contains(&report.length_km),
            "seed {seed}: {}",
            report.length_km
        );
    }
}

#[test]
fn a_home_across_the_canal_is_near_and_out_of_the_circle() {
    for (seed, elders) in [(1, 3_000), (2, 1_000), (3, 1_000)] {
        let town = Town::generate(&TownPlan {
            elders,
            days: 1,
            ..plan(seed)
        });
        let pair = town.summary.across_the_canal.clone().unwrap();
        let found = register(&town);
        let elder = found.elders.iter().find(|it| it.elder.id == pair.elder).unwrap();
        let responder = &found
            .responders
            .iter()
            .find(|it| it.responder.id == pair.responder)
            .unwrap()
            .responder;
        let (home, base) = (elder.elder.home.unwrap(), responder.base.unwrap());
        assert!(
            home.distance_m(pair.home) < 0.1 && base.distance_m(pair.base) < 0.1,
            "as the sheets say"
        );
        assert_eq!(
            (elder.elder.code.as_str(), responder.code.as_str()),
            (pair.elder_code.as_str(), pair.responder_code.as_str())
        );
        let straight_m = home.distance_m(base);
        assert!((650.0..750.0).contains(&straight_m), "seed {seed}: {straight_m} m");
        assert!(
            (straight_m - pair.straight_m).abs() < 2.0,
            "seed {seed}: {straight_m} m, said {}",
            pair.straight_m
        );

        // What the real road engine says of it.
        let extract = roads::from_bytes("town.osm", town.osm.into_bytes()).unwrap();
        let (network, _) = Roads::import(extract.as_ref()).unwrap();
        let trip = Ground::from(network).travel(base, home, Mode::Walk).unwrap();
        assert!(
            (18 * 60..22 * 60).contains(&trip.seconds),
            "seed {seed}: {} s",
            trip.seconds
        );
        assert!(
            (f64::from(trip.seconds) - pair.walk_s).abs() < 20.0,
            "seed {seed}: {} s, said {}",
            trip.seconds,
            pair.walk_s
        );
        assert_eq!(
            Reach::of(trip.seconds, crate::circle::Limits::FIFTEEN_MINUTES),
            Reach::Outside
        );

        // Nothing but the way is in the way.
        let ask = Ask {
            tiers: Tier::ALL.iter().copied().collect(),
            area: elder.elder.grid,
            needs: elder.elder.needs.clone(),
            skills: BTreeSet::new(),
            family: BTreeSet::new(),
            restricted: BTreeSet::new(),
        };
        let now = responder.duty.since;
        assert_eq!(fit::barriers(responder, &ask, 0, now, &FixLimits::default()), []);
        assert_eq!(responder.mode, Mode::Walk);
    }
}
