//! The register: what is filed reads back, a batch is whole, one bad row spoils none of its neighbours.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use eldercare_dispatch::circle::{Crs, Mode, Point};
use eldercare_dispatch::ids::{ElderId, ResponderId, UserId};
use eldercare_dispatch::people::{
    self, Ability, Area, Beds, Chain, ChainPost, ChainSubject, Consent, ConsentPurpose, Contact, ContactLevel,
    ContactMode, ContactSecrets, Device, DeviceBinding, DeviceKind, DoorAccess, Duty, Elder, ElderSecrets, ElderStatus,
    Fix, Health, Hearing, Household, KeyHolder, KeyOwner, LifeSupport, Link, Need, PrefixSet, PresentAddress, Private,
    Relation, Responder, ResponderKind, ResponderSecrets, Sensitivity, Shift, Skill, StandIn, Station, StationKind,
    StationSecrets, StationService, Tier,
};
use eldercare_dispatch::store::{
    AreaBook, Conflict, ContactFile, DeviceKey, ElderField, ElderFile, ElderQuery, ResponderFile, ResponderQuery,
    SealError, Seen, StationFile, Store, StoreError, Unproved, rows_per_statement,
};
use jiff::civil::date;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::harness::{Database, at, both_stores};

const TODAY: jiff::civil::Date = date(2026, 3, 1);
const STREET: &str = "120114001";
const NEXT_STREET: &str = "120114002";

fn point(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).unwrap()
}

fn area(code: &str) -> Area {
    Area {
        id: people::area_id(code),
        code: code.parse().unwrap(),
        name: format!("区划{code}"),
        valid_from: date(2020, 1, 1),
        valid_until: None,
        alias: None,
    }
}

/// A district with two streets and their grids; the first street's last grid ends in nines.
async fn with_areas(db: &Database) -> (Store, AreaBook) {
    let store = db.store().await;
    let codes = [
        "120114",
        STREET,
        "120114001001",
        "120114001001001",
        "120114001001002",
        "120114001999",
        "120114001999999",
        NEXT_STREET,
        "120114002001",
        "120114002001001",
    ];
    store
        .put_areas(codes.iter().map(|it| area(it)).collect(), at(0))
        .await
        .unwrap();
    let book = store.area_book(TODAY).await.unwrap();
    assert_eq!(book.iter().count(), codes.len());
    (store, book)
}

fn scope(codes: &[&str]) -> PrefixSet {
    codes.iter().map(|it| it.parse().unwrap()).collect()
}

fn elder(n: u32, grid: &str, need: Need) -> Elder {
    let code = format!("E{n:05}");
    Elder {
        id: people::elder_id(&code),
        name: format!("老人{n}"),
        household: people::household_id(&format!("H{n:05}")),
        grid: grid.parse().unwrap(),
        address: format!("杨村一街{n}号"),
        home: Some(point(39.38, 117.06)),
        needs: BTreeSet::from([need]),
        contact_mode: ContactMode::Voice,
        dialect: None,
        hearing: Hearing::Good,
        born: None,
        present: None,
        life_support: BTreeSet::new(),
        lift_helpers: 1,
        ability: None,
        consents: BTreeMap::new(),
        status: ElderStatus::Active,
        code,
    }
}

/// With everything that a file can hold.
fn full_elder() -> Elder {
    Elder {
        needs: BTreeSet::from([Need::HighRisk, Need::Away, Need::Medical]),
        dialect: Some("天津话".to_owned()),
        hearing: Hearing::Deaf,
        contact_mode: ContactMode::DeviceKeys,
        born: Some(date(1938, 2, 28)),
        present: Some(PresentAddress {
            address: "女儿家".to_owned(),
            point: None,
            until: date(2026, 5, 1),
        }),
        life_support: BTreeSet::from([LifeSupport::Oxygen, LifeSupport::Dialysis]),
        lift_helpers: 2,
        ability: Some(Ability {
            level: 3,
            instrument: "GB/T 42195-2022".to_owned(),
            assessed_on: date(2025, 10, 1),
        }),
        consents: BTreeMap::from([(
            ConsentPurpose::ForcedEntry,
            Consent {
                version: "2025-1".to_owned(),
                given_on: date(2025, 1, 2),
                withdrawn_on: None,
            },
        )]),
        ..elder(1, "120114001001001", Need::HighRisk)
    }
}

fn secrets() -> ElderSecrets {
    ElderSecrets {
        identity: Some("11010519491231002X".parse().unwrap()),
        phones: vec!["13900000001".parse().unwrap(), "022-82100000".parse().unwrap()],
        access: DoorAccess {
            door_code: Some(Private::new("4711#")),
            key_box: None,
            remarks: Some(Private::new("有狗")),
        },
        health: Health {
            summary: Some(Private::new("高血压")),
            medication: Some(Private::new("氨氯地平")),
        },
    }
}

fn responder(n: u32) -> Responder {
    let code = format!("R{n:04}");
    Responder {
        id: people::responder_id(&code),
        name: format!("网格员{n}"),
        kind: ResponderKind::GridWorker,
        tier: Tier::Grid,
        skills: BTreeSet::from([Skill::FirstAid, Skill::Lift]),
        mode: Mode::Ebike,
        party_size: 1,
        duty: Duty { on: true, since: at(0) },
        position: Some(Fix {
            point: point(39.4, 117.1),
            at: at(0),
            accuracy_m: Some(12.5),
        }),
        base: Some(point(39.39, 117.05)),
        scope: scope(&["120114001001", "120114002"]),
        capacity: 2,
        allowances: BTreeSet::from([Sensitivity::MentalSocial]),
        code,
    }
}

fn open(elder: Elder) -> ElderFile {
    ElderFile { elder, secrets: None }
}

async fn sql(store: &Store, sql: String) {
    store
        .write(move |tx| Box::pin(async move { Ok(tx.execute_unprepared(&sql).await.map(|_| ())?) }))
        .await
        .unwrap();
}

both_stores! {
    async fn an_elder_reads_back_whole(db: Database) {
        let (store, book) = with_areas(&db).await;
        let elder = full_elder();
        let file = ElderFile { elder: elder.clone(), secrets: Some(secrets()) };
        store.put_elders(vec![file], &book, at(5)).await.unwrap();
        let kept = store.elder(elder.id, &book).await.unwrap().unwrap();
        assert_eq!((kept.version, kept.changed_at), (1, at(5)));
        assert_eq!(kept.value, elder);
        assert_eq!(store.elder_secrets(elder.id, &ElderField::ALL).await.unwrap().unwrap(), secrets());
        // Only what was asked for is opened.
        let door = store.elder_secrets(elder.id, &[ElderField::Access]).await.unwrap().unwrap();
        assert_eq!(door, ElderSecrets { access: secrets().access, ..ElderSecrets::default() });
        assert_eq!(store.elders_with_phone(&"+86 139 0000 0001".parse().unwrap()).await.unwrap(), [elder.id]);
        assert_eq!(store.elders_with_identity(&"11010519491231002x".parse().unwrap()).await.unwrap(), [elder.id]);
        assert!(store.elder(people::elder_id("nobody"), &book).await.unwrap().is_none());
    }

    async fn a_list_imported_again_replaces_the_open_half_and_leaves_the_sealed(db: Database) {
        let (store, book) = with_areas(&db).await;
        let elder = full_elder();
        store.put_elders(vec![ElderFile { elder: elder.clone(), secrets: Some(secrets()) }], &book, at(0)).await.unwrap();
        let changed = Elder { needs: BTreeSet::from([Need::General]), present: None, name: "王一".to_owned(), ..elder.clone() };
        store.put_elders(vec![open(changed.clone())], &book, at(9)).await.unwrap();
        let kept = store.elder(elder.id, &book).await.unwrap().unwrap();
        assert_eq!((kept.value, kept.version, kept.changed_at), (changed, 2, at(9)));
        assert_eq!(store.elder_secrets(elder.id, &ElderField::ALL).await.unwrap().unwrap(), secrets());
        assert_eq!(store.elders_with_phone(&"13900000001".parse().unwrap()).await.unwrap(), [elder.id]);
        // With secrets, all of them are replaced, and an old phone finds nobody.
        let other = ElderSecrets { phones: vec!["13900000002".parse().unwrap()], ..ElderSecrets::default() };
        store.put_elders(vec![ElderFile { elder: elder.clone(), secrets: Some(other.clone()) }], &book, at(10)).await.unwrap();
        assert_eq!(store.elder_secrets(elder.id, &ElderField::ALL).await.unwrap().unwrap(), other);
        assert!(store.elders_with_phone(&"13900000001".parse().unwrap()).await.unwrap().is_empty());
        assert!(store.elders_with_identity(&"11010519491231002X".parse().unwrap()).await.unwrap().is_empty());
    }

    async fn a_big_batch_is_written_whole_or_not_at_all(db: Database) {
        let (store, book) = with_areas(&db).await;
        let many = 2 * rows_per_statement(25) as u32 + 3;
        let mut files: Vec<ElderFile> = (0..many).map(|n| open(elder(n, "120114001001002", Need::General))).collect();
        // The last one bears the code of the first under another id: the collision comes in the last statement.
        let mut twin = elder(many, "120114001001002", Need::General);
        twin.code = "E00000".to_owned();
        twin.id = ElderId::new(Uuid::max());
        files.push(open(twin));
        let told = store.put_elders(files.clone(), &book, at(0)).await.unwrap_err();
        assert!(told.is_unique("elder_code"), "{told:?}");
        assert!(store.all_elders(ElderQuery::default(), &book).await.unwrap().items.is_empty());

        files.pop();
        // The same person twice in one sheet: the last line counts.
        let mut again = elder(0, "120114001001001", Need::Disabled);
        again.name = "后写的".to_owned();
        files.push(open(again));
        store.put_elders(files, &book, at(0)).await.unwrap();
        let all = store.all_elders(ElderQuery::default(), &book).await.unwrap();
        assert!(all.aside.is_empty());
        assert_eq!(all.items.len(), many as usize);
        assert!(all.items.is_sorted_by_key(|it| it.value.id));
        let first = store.elder(people::elder_id("E00000"), &book).await.unwrap().unwrap().value;
        assert_eq!((first.name.as_str(), first.needs), ("后写的", BTreeSet::from([Need::Disabled])));
    }

    async fn what_must_not_be_filed_is_refused_with_each_field(db: Database) {
        let (store, book) = with_areas(&db).await;
        let bad = Elder { name: String::new(), lift_helpers: 9, ..elder(1, "120114001001001", Need::General) };
        let told = store.put_elders(vec![open(bad)], &book, at(0)).await.unwrap_err();
        let StoreError::Flawed { flaws, .. } = &told else { panic!("{told:?}") };
        assert_eq!(flaws.0.iter().map(|it| it.field).collect::<Vec<_>>(), ["name", "lift_helpers"]);
        let nowhere = elder(2, "120114009001001", Need::General);
        let told = store.put_elders(vec![open(nowhere)], &book, at(0)).await.unwrap_err();
        assert!(told.to_string().contains("120114009001001"), "{told}");
    }

    async fn pages_scopes_and_needs_find_each_elder_once(db: Database) {
        let (store, book) = with_areas(&db).await;
        let grids = ["120114001001001", "120114001001002", "120114001999999", "120114002001001"];
        let needs = [Need::HighRisk, Need::LivingAlone, Need::Medical];
        let files = (0..60).map(|n| open(elder(n, grids[n as usize % 4], needs[n as usize % 3]))).collect();
        store.put_elders(files, &book, at(0)).await.unwrap();
        let paged = |query: ElderQuery| {
            let (store, book) = (store.clone(), book.clone());
            async move {
                let (mut query, mut found) = (query, Vec::new());
                loop {
                    let page = store.elders(&query, &book, 7).await.unwrap();
                    assert!(page.items.len() <= 7);
                    found.extend(page.items.into_iter().map(|it| it.value));
                    query.after = page.next;
                    if query.after.is_none() {
                        let ids: BTreeSet<ElderId> = found.iter().map(|it| it.id).collect();
                        assert_eq!(ids.len(), found.len());
                        return found;
                    }
                }
            }
        };
        assert_eq!(paged(ElderQuery::default()).await.len(), 60);
        let within = |codes: &[&str]| ElderQuery { scope: Some(scope(codes)), ..ElderQuery::default() };
        assert_eq!(paged(within(&["120114"])).await.len(), 60);
        assert_eq!(paged(within(&[STREET])).await.len(), 45);
        assert_eq!(paged(within(&["120114001999"])).await.len(), 15, "a prefix that ends in nines");
        assert_eq!(paged(within(&["120114001001001", NEXT_STREET])).await.len(), 30);
        assert_eq!(paged(within(&["120115"])).await.len(), 0);
        assert_eq!(paged(within(&[])).await.len(), 0, "an empty scope sees nothing");
        let both = ElderQuery { need: Some(Need::Medical), ..within(&[NEXT_STREET]) };
        let found = paged(both).await;
        assert_eq!(found.len(), 5);
        assert!(found.iter().all(|it| it.needs.contains(&Need::Medical) && it.grid.to_string().starts_with(NEXT_STREET)));
        assert_eq!(paged(ElderQuery { status: Some(ElderStatus::Deceased), ..ElderQuery::default() }).await.len(), 0);
        // By letters of a name or a number; a sign that means something to the database is a letter like any other.
        let letters = |it: &str| ElderQuery { text: Some(it.to_owned()), ..ElderQuery::default() };
        let one = paged(ElderQuery::default()).await[0].clone();
        assert!(paged(letters(&one.code)).await.iter().any(|it| it.id == one.id));
        assert!(paged(letters(&one.code.to_ascii_lowercase())).await.iter().any(|it| it.id == one.id));
        assert!(paged(letters(&one.name)).await.iter().any(|it| it.id == one.id));
        for none in ["%", "_", "\\", "'", "查无此人"] {
            assert_eq!(paged(letters(none)).await.len(), 0, "{none}");
        }
        let home = ElderQuery { household: Some(people::household_id("H00007")), ..ElderQuery::default() };
        assert_eq!(paged(home).await.len(), 1);
        assert_eq!(paged(ElderQuery { changed_since: Some(at(1)), ..ElderQuery::default() }).await.len(), 0);
    }

    /// Trap: one word that this version does not know fails the whole list.
    async fn a_row_that_does_not_read_back_is_set_aside_alone(db: Database) {
        let (store, book) = with_areas(&db).await;
        store.put_elders((0..5).map(|n| open(elder(n, "120114001001001", Need::General))).collect(), &book, at(0)).await.unwrap();
        sql(&store, "UPDATE elder SET contact_mode = 'telepathy' WHERE code = 'E00001'".to_owned()).await;
        sql(&store, "UPDATE elder SET lon = NULL WHERE code = 'E00002'".to_owned()).await;
        sql(&store, "UPDATE elder SET consents = '{' WHERE code = 'E00003'".to_owned()).await;
        sql(&store, "UPDATE elder_need SET need = 'moonstruck' WHERE elder_id = (SELECT id FROM elder WHERE code = 'E00004')".to_owned()).await;
        let all = store.all_elders(ElderQuery::default(), &book).await.unwrap();
        assert_eq!(all.items.iter().map(|it| it.value.code.as_str()).collect::<Vec<_>>(), ["E00000"]);
        assert_eq!(all.aside.len(), 4);
        for (code, field, what) in [("E00001", "contact_mode", "telepathy"), ("E00002", "lat", "half"), ("E00003", "consents", "unreadable"), ("E00004", "need", "moonstruck")] {
            let id = people::elder_id(code);
            let named = all.aside.iter().find(|it| it.to_string().contains(&id.to_string())).unwrap().to_string();
            assert!(named.contains(field) && named.contains(what), "{named}");
            let alone = store.elder(id, &book).await.unwrap_err();
            assert!(matches!(alone, StoreError::Corrupt { .. }), "{alone:?}");
        }
    }

    async fn of_two_who_edit_one_file_the_second_is_told(db: Database) {
        let (store, book) = with_areas(&db).await;
        let file = elder(1, "120114001001001", Need::General);
        store.put_elders(vec![open(file.clone())], &book, at(0)).await.unwrap();
        let mut at_once = Vec::new();
        for name in ["甲", "乙"] {
            let (store, book) = (store.clone(), book.clone());
            let file = open(Elder { name: name.to_owned(), ..file.clone() });
            at_once.push(tokio::spawn(async move { store.edit_elder(file, 1, &book, at(1)).await }));
        }
        let mut told = Vec::new();
        for one in at_once {
            told.extend(one.await.unwrap().err());
        }
        assert_eq!(told.len(), 1);
        assert!(matches!(&told[0], StoreError::Conflict(Conflict::Version { .. })), "{told:?}");
        assert_eq!(store.elder(file.id, &book).await.unwrap().unwrap().version, 2);
        let unknown = open(elder(2, "120114001001001", Need::General));
        assert!(matches!(store.edit_elder(unknown, 1, &book, at(1)).await, Err(StoreError::Conflict(_))));
    }

    async fn an_area_keeps_its_elders_when_its_code_changes(db: Database) {
        let (store, book) = with_areas(&db).await;
        store.put_elders(vec![open(elder(1, "120114001001001", Need::General))], &book, at(0)).await.unwrap();
        let old = area("120114001001001");
        let new = Area { code: "120114002001009".parse().unwrap(), valid_from: date(2026, 6, 1), name: "新网格".to_owned(), ..old.clone() };
        store.put_areas(vec![new], at(1)).await.unwrap();
        // The old list comes once more, by mistake: what has ended stays ended.
        store.put_areas(vec![old], at(2)).await.unwrap();
        let later = store.area_book(date(2026, 6, 1)).await.unwrap();
        let before = store.area_book(date(2026, 5, 31)).await.unwrap();
        let id = people::elder_id("E00001");
        assert_eq!(store.elder(id, &before).await.unwrap().unwrap().value.grid.to_string(), "120114001001001");
        assert_eq!(store.elder(id, &later).await.unwrap().unwrap().value.grid.to_string(), "120114002001009");
        for (book, code, seen) in [(&before, STREET, 1), (&before, NEXT_STREET, 0), (&later, STREET, 0), (&later, NEXT_STREET, 1)] {
            let query = ElderQuery { scope: Some(scope(&[code])), ..ElderQuery::default() };
            assert_eq!(store.elders(&query, book, 10).await.unwrap().items.len(), seen, "{code} on {}", book.today());
        }
        let taken = Area { id: people::area_id("other"), ..area("120114002001009") };
        assert!(store.put_areas(vec![taken], at(3)).await.unwrap_err().is_unique("area_code_code"));
    }

    async fn households_contacts_and_keys_read_back(db: Database) {
        let (store, book) = with_areas(&db).await;
        let elder = elder(1, "120114001001001", Need::General);
        store.put_elders(vec![open(elder.clone())], &book, at(0)).await.unwrap();
        let home = Household {
            id: elder.household,
            code: "H00001".to_owned(),
            grid: elder.grid,
            address: elder.address.clone(),
            home: None,
        };
        store.put_households(vec![home.clone()], &book, at(0)).await.unwrap();
        let homes = store.all_households(&book).await.unwrap();
        assert_eq!(homes.items[0].value, home);
        let street = scope(&[NEXT_STREET]);
        assert!(store.households(Some(&street), None, &book, 10).await.unwrap().items.is_empty());

        let contact = Contact {
            id: people::contact_id("C1"),
            code: "C1".to_owned(),
            elder: elder.id,
            name: "女儿".to_owned(),
            relation: Relation::Child,
            call_order: 1,
            level: ContactLevel::Health,
            restricted: false,
            may_authorise_entry: true,
            responder: Some(people::responder_id("R0001")),
            hours: None,
        };
        let secrets = ContactSecrets { phones: vec!["13700000000".parse().unwrap()] };
        let file = ContactFile { contact: contact.clone(), secrets: Some(secrets.clone()) };
        store.put_contacts(vec![file], at(0)).await.unwrap();
        store.put_contacts(vec![ContactFile { contact: contact.clone(), secrets: None }], at(1)).await.unwrap();
        let kept = store.contacts_of(&[elder.id]).await.unwrap();
        assert_eq!((kept.items[0].value.clone(), kept.items[0].version), (contact.clone(), 2));
        assert_eq!(store.all_contacts().await.unwrap().items.len(), 1);
        assert_eq!(store.contact_secrets(contact.id).await.unwrap().unwrap(), secrets);
        let orphan = Contact { id: people::contact_id("C2"), code: "C2".to_owned(), elder: people::elder_id("nobody"), ..contact.clone() };
        let told = store.put_contacts(vec![ContactFile { contact: orphan, secrets: None }], at(1)).await.unwrap_err();
        assert!(matches!(told, StoreError::Conflict(Conflict::Reference(_))), "{told:?}");

        let key = |owner| KeyHolder { elder: elder.id, owner, tested_on: Some(date(2026, 1, 1)) };
        let keys = vec![key(KeyOwner::Contact(contact.id)), key(KeyOwner::Station(people::station_id("S1")))];
        store.put_key_holders(HashMap::from([(elder.id, keys.clone())]), at(0)).await.unwrap();
        assert_eq!(store.key_holders().await.unwrap().items, keys);
        store.put_key_holders(HashMap::from([(elder.id, vec![])]), at(0)).await.unwrap();
        assert!(store.key_holders().await.unwrap().items.is_empty());
    }

    async fn a_responder_reads_back_and_an_import_leaves_duty_and_position(db: Database) {
        let (store, _) = with_areas(&db).await;
        let it = responder(1);
        let phones = ResponderSecrets { phones: vec!["13600000000".parse().unwrap()] };
        store.put_responders(vec![ResponderFile { responder: it.clone(), secrets: Some(phones.clone()) }], at(0)).await.unwrap();
        assert_eq!(store.responder(it.id).await.unwrap().unwrap().value, it);
        assert_eq!(store.responder_secrets(it.id).await.unwrap().unwrap(), phones);

        let by = UserId::new(Uuid::from_u128(1));
        assert_eq!(store.set_duty(it.id, false, Some(by), at(10)).await.unwrap(), Duty { on: false, since: at(10) });
        assert_eq!(store.set_duty(it.id, false, Some(by), at(20)).await.unwrap(), Duty { on: false, since: at(10) });
        let fix = |micros, lat| Fix { point: point(lat, 117.0), at: at(micros), accuracy_m: None };
        let stranger = ResponderId::new(Uuid::from_u128(99));
        let fixes = vec![(it.id, fix(30, 39.2)), (stranger, fix(1, 0.5)), (it.id, fix(25, 39.9))];
        store.put_positions(fixes).await.unwrap();
        store.put_positions(vec![(it.id, fix(29, 39.8))]).await.unwrap();

        let edited = Responder { name: "改名".to_owned(), ..it.clone() };
        store.put_responders(vec![ResponderFile { responder: edited, secrets: None }], at(40)).await.unwrap();
        let kept = store.responder(it.id).await.unwrap().unwrap();
        assert_eq!((kept.value.name.as_str(), kept.version), ("改名", 2));
        assert_eq!(kept.value.duty, Duty { on: false, since: at(10) });
        assert_eq!(kept.value.position, Some(fix(30, 39.2)), "the newest, whatever came last");
        assert_eq!(store.responder_secrets(it.id).await.unwrap().unwrap(), phones);
        assert_eq!(store.all_responders().await.unwrap().items.len(), 1, "a stranger's position makes no responder");

        sql(&store, "UPDATE responder_position SET lat = 400".to_owned()).await;
        let all = store.all_responders().await.unwrap();
        assert_eq!((all.items.len(), all.items[0].value.position, all.aside.len()), (1, None, 1), "can still be asked");

        let on = |on| ResponderQuery { on_duty: Some(on), ..ResponderQuery::default() };
        assert_eq!(store.responders(&on(true), 10).await.unwrap().items.len(), 0);
        assert_eq!(store.responders(&on(false), 10).await.unwrap().items.len(), 1);
        let tier = ResponderQuery { tier: Some(Tier::Street), ..ResponderQuery::default() };
        assert_eq!(store.responders(&tier, 10).await.unwrap().items.len(), 0);
        assert!(store.set_duty(stranger, true, None, at(1)).await.is_err());
        let stale = store.edit_responder(ResponderFile { responder: it, secrets: None }, 1, at(50)).await.unwrap_err();
        assert!(matches!(stale, StoreError::Conflict(Conflict::Version { .. })));
    }

    async fn rota_chains_and_stand_ins_read_back(db: Database) {
        let (store, book) = with_areas(&db).await;
        store.put_responders((1..=2).map(|n| ResponderFile { responder: responder(n), secrets: None }).collect(), at(0)).await.unwrap();
        let (one, two) = (responder(1).id, responder(2).id);
        let hour = 3_600_000_000;
        let shift = Shift { responder: one, from: at(0), until: at(8 * hour), stands_in_for: Some(two) };
        store.put_shifts(vec![shift.clone()]).await.unwrap();
        assert_eq!(store.shifts(at(7 * hour), at(9 * hour)).await.unwrap().items, [shift]);
        assert!(store.shifts(at(8 * hour), at(9 * hour)).await.unwrap().items.is_empty());

        let links = vec![Link { post: ChainPost::GridWorker, responder: one }, Link { post: ChainPost::CommunitySecretary, responder: two }];
        let grid = Chain { subject: ChainSubject::Grid("120114001001001".parse().unwrap()), links: links.clone() };
        let home = Chain { subject: ChainSubject::Household(people::household_id("H1")), links };
        store.put_chains(vec![grid.clone(), home.clone()], &book).await.unwrap();
        assert_eq!(store.chains(&book).await.unwrap().items, [grid.clone(), home]);
        let fewer = Chain { links: grid.links[..1].to_vec(), ..grid };
        store.put_chains(vec![fewer.clone()], &book).await.unwrap();
        assert_eq!(store.chains(&book).await.unwrap().items[0], fewer);
        sql(&store, "UPDATE chain_link SET post = 'emperor' WHERE subject_kind = 'household' AND post = 'grid_worker'".to_owned()).await;
        let chains = store.chains(&book).await.unwrap();
        assert_eq!((chains.items.len(), chains.items[1].links.len(), chains.aside.len()), (2, 1, 1));

        let ended = StandIn { absent: one, by: two, from: at(0), until: Some(at(10)) };
        let open = StandIn { absent: two, by: one, from: at(0), until: None };
        store.put_stand_ins(vec![ended, open.clone()]).await.unwrap();
        assert_eq!(store.stand_ins(at(10)).await.unwrap().items, [open]);
    }

    async fn a_device_reads_back_and_proves_itself(db: Database) {
        let (store, _) = with_areas(&db).await;
        let it = Device {
            id: people::device_id("SN1"),
            code: "SN1".to_owned(),
            kind: DeviceKind::Watch,
            binding: Some(DeviceBinding::Elder(people::elder_id("E00001"))),
            model: Some("maker-3".to_owned()),
            crs: Some(Crs::Gcj02),
            voice_path: true,
            place: None,
            terminal: None,
            beat_s: None,
            carrier: None,
            in_service: true,
        };
        let smoke = Device {
            id: people::device_id("SN2"),
            code: "SN2".to_owned(),
            kind: DeviceKind::Smoke,
            binding: Some(DeviceBinding::Household(people::household_id("H1"))),
            model: None,
            crs: None,
            voice_path: false,
            place: Some("厨房".to_owned()),
            terminal: None,
            beat_s: None,
            carrier: None,
            in_service: false,
        };
        store.put_devices(vec![it.clone(), smoke.clone()], at(0)).await.unwrap();
        let key = DeviceKey::make().unwrap();
        store.set_device_keys(vec![(it.id, key.clone())], at(1)).await.unwrap();
        store.put_devices(vec![it.clone()], at(2)).await.unwrap();
        let kept = store.device(it.id).await.unwrap().unwrap();
        assert_eq!((kept.device.value, kept.device.version), (it.clone(), 3));
        let ring = store.keys().unwrap();
        assert!(ring.is_device_key(&key, &kept.key_hash.unwrap()), "an import leaves the key");
        assert_eq!(store.device(smoke.id).await.unwrap().unwrap().device.value, smoke);
        assert_eq!(store.devices_of(people::elder_id("E00001")).await.unwrap().items.len(), 1);
        assert_eq!(store.all_devices().await.unwrap().items.len(), 2);
        let next = DeviceKey::make().unwrap();
        store.set_device_keys(vec![(it.id, next.clone())], at(3)).await.unwrap();
        let hash = store.device(it.id).await.unwrap().unwrap().key_hash.unwrap();
        assert!(ring.is_device_key(&next, &hash) && !ring.is_device_key(&key, &hash));
        let nobody = vec![(smoke.id, next.clone()), (people::device_id("SN9"), next)];
        assert!(store.set_device_keys(nobody, at(4)).await.is_err());
        assert!(store.device(smoke.id).await.unwrap().unwrap().key_hash.is_none(), "all or none");
    }

    async fn a_station_reads_back(db: Database) {
        let (store, book) = with_areas(&db).await;
        let it = Station {
            id: people::station_id("S1"),
            code: "S1".to_owned(),
            kind: StationKind::CareHome,
            name: "颐养院".to_owned(),
            address: "杨村".to_owned(),
            point: Some(point(39.4, 117.0)),
            area: "120114001001".parse().unwrap(),
            hours: Some("00:00-24:00".to_owned()),
            beds: Some(Beds { total: 120, free: 7 }),
            service: StationService::default(),
        };
        let secrets = StationSecrets { phone: Some("02282100001".parse().unwrap()) };
        store.put_stations(vec![StationFile { station: it.clone(), secrets: Some(secrets.clone()) }], &book, at(0)).await.unwrap();
        store.put_stations(vec![StationFile { station: it.clone(), secrets: None }], &book, at(1)).await.unwrap();
        let all = store.all_stations(&book).await.unwrap();
        assert_eq!((all.items[0].value.clone(), all.items[0].version), (it.clone(), 2));
        assert_eq!(store.station_secrets(it.id).await.unwrap().unwrap(), secrets);
        assert!(store.stations(Some(&scope(&[NEXT_STREET])), None, &book, 10).await.unwrap().items.is_empty());
    }

    async fn who_looks_is_recorded_before_anything_is_shown(db: Database) {
        let (store, book) = with_areas(&db).await;
        let elder = full_elder();
        store.put_elders(vec![ElderFile { elder: elder.clone(), secrets: Some(secrets()) }], &book, at(0)).await.unwrap();
        let seen = Seen { id: Uuid::from_u128(1), by: UserId::new(Uuid::from_u128(2)), at: at(7), case: None, reason: "lead at the door".to_owned() };
        let shown = store.see_elder(elder.id, &[ElderField::Access, ElderField::Health], &seen).await.unwrap().unwrap();
        assert_eq!((shown.access, shown.identity), (secrets().access, None));
        store.see_elder(elder.id, &[ElderField::Access], &seen).await.unwrap(); // the same look, asked for again
        let views = store.views_of(elder.id.as_uuid(), None, 10).await.unwrap();
        let fields: BTreeSet<&str> = views.iter().map(|it| it.field.as_str()).collect();
        assert_eq!((views.len(), fields), (2, BTreeSet::from(["access", "health"])));
        assert!(views.iter().all(|it| it.by == seen.by && it.at == at(7) && it.reason == "lead at the door"));
        // Both are of one instant: a page of one goes on with the other, and then there is nothing.
        let (mut before, mut paged) = (None, vec![]);
        loop {
            let page = store.views_of(elder.id.as_uuid(), before, 1).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some((last.at, last.id));
            paged.extend(page);
        }
        assert_eq!(paged, views);
        let earlier = Some((at(7), Uuid::nil()));
        assert!(store.views_of(elder.id.as_uuid(), earlier, 10).await.unwrap().is_empty());
    }

    async fn an_erased_elder_is_neither_read_nor_found(db: Database) {
        let (store, book) = with_areas(&db).await;
        let elder = full_elder();
        store.put_elders(vec![ElderFile { elder: elder.clone(), secrets: Some(secrets()) }], &book, at(0)).await.unwrap();
        assert_eq!(store.erase_elder_secrets(elder.id, at(1)).await.unwrap(), 1);
        let told = store.elder_secrets(elder.id, &[ElderField::Health]).await.unwrap_err();
        assert!(matches!(told, StoreError::Sealed(SealError::Erased(_))), "{told:?}");
        assert!(store.elders_with_phone(&"13900000001".parse().unwrap()).await.unwrap().is_empty());
        assert!(store.elders_with_identity(&"11010519491231002X".parse().unwrap()).await.unwrap().is_empty());
        assert_eq!(store.erase_elder_secrets(elder.id, at(2)).await.unwrap(), 0);
        assert!(store.elder(elder.id, &book).await.unwrap().is_some());
    }

    async fn quarantine_counts_and_stays_bounded(db: Database) {
        let store = db.store().await;
        let from = |n: u128, address: &'static str, claimed: &'static str| Unproved {
            id: Uuid::from_u128(n),
            address,
            claimed_device: claimed,
            reason: "bad_key",
            body: b"SOS",
        };
        let first = store.quarantine(from(1, "10.0.0.1:5", "device_1"), at(1)).await.unwrap();
        assert_eq!(store.quarantine(from(2, "10.0.0.1:5", "device_1"), at(2)).await.unwrap(), first);
        assert!(store.mark_quarantine_seen(first, UserId::new(Uuid::from_u128(5)), at(3)).await.unwrap());
        let rows = store.quarantined(None, 10).await.unwrap();
        assert_eq!((rows.len(), rows[0].count, rows[0].first_at, rows[0].last_at), (1, 2, at(1), at(2)));
        assert!(rows[0].seen.is_some());
        assert!(!format!("{rows:?}").contains("10.0.0.1"));
        assert_eq!(store.quarantined_body(first).await.unwrap().unwrap(), b"SOS");
        store.quarantine(from(3, "10.0.0.1:5", "device_1"), at(4)).await.unwrap();
        assert!(store.quarantined(None, 10).await.unwrap()[0].seen.is_none(), "it has come again");

        // One sender that tries many names fills its own rows only, and everything is counted.
        for n in 0..20 {
            let claimed: &'static str = Box::leak(format!("guess {n}").into_boxed_str());
            store.quarantine(from(100 + n, "10.0.0.2:5", claimed), at(5)).await.unwrap();
        }
        let rows = store.quarantined(None, 100).await.unwrap();
        assert_eq!(rows.len(), 1 + 8);
        let beyond = rows.iter().find(|it| it.claimed_device == "*").unwrap();
        assert_eq!(beyond.count, 13);
        // Eight of them came last at one instant: pages of three lose none and show none twice.
        let (mut before, mut paged) = (None, vec![]);
        loop {
            let page = store.quarantined(before, 3).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some((last.last_at, last.id));
            paged.extend(page);
        }
        assert_eq!(paged, rows);
        // What somebody has looked at makes room for who comes next, of the same sender; what has not been seen stays.
        let guess = rows.iter().find(|it| it.claimed_device == "guess 3").unwrap();
        assert!(store.mark_quarantine_seen(guess.id, UserId::new(Uuid::from_u128(5)), at(6)).await.unwrap());
        store.quarantine(from(200, "10.0.0.2:5", "guess 77"), at(7)).await.unwrap();
        store.quarantine(from(201, "10.0.0.2:5", "guess 78"), at(7)).await.unwrap();
        let rows = store.quarantined(None, 100).await.unwrap();
        let has = |name: &str| rows.iter().any(|it| it.claimed_device == name);
        assert!(rows.len() == 9 && has("guess 77") && !has("guess 3") && !has("guess 78"), "{rows:?}");
        // And so it is when all rows are taken.
        for n in rows.len() as u128..1_000 {
            let address: &'static str = Box::leak(format!("10.1.{}.{}", n / 250, n % 250).into_boxed_str());
            store.quarantine(from(1_000 + n, address, "device_1"), at(8)).await.unwrap();
        }
        store.quarantine(from(3_000, "10.2.0.1", "newcomer"), at(9)).await.unwrap();
        assert_eq!(store.quarantined(None, 1).await.unwrap()[0].claimed_device, "*");
        assert!(store.mark_quarantine_seen(first, UserId::new(Uuid::from_u128(5)), at(9)).await.unwrap());
        store.quarantine(from(3_001, "10.2.0.2", "newcomer"), at(10)).await.unwrap();
        assert_eq!(store.quarantined(None, 1).await.unwrap()[0].claimed_device, "newcomer");
        assert!(store.quarantined_one(first).await.unwrap().is_none());
        assert_eq!(store.sweep_quarantine(at(8), at(20)).await.unwrap(), 8);
        assert_eq!(store.deleted().await.unwrap()[0].job, "quarantine");
    }
}
