//! Nobody is left untold. Every provider dies and comes back at random, and answers badly in between; the service is killed hard, again
//! and again; cases are opened and moved meanwhile. Afterwards the log of each case says who had to be told, the providers say who was.
//!
//! Holds for each person whom a record of a case asks to be told:
//! - a provider has had it within the time in which it is useful, or a record of the case says why not, or the case had moved on: a row is
//!   left out as stale only where the log shows a time at which it had nothing to say, and merged only where the newer one was told;
//! - what a row calls sent, its provider has had;
//! - of one step each telephone is rung, and each message written, under one key, however often it was tried; and no key is under way twice
//!   at once.
//!
//! `ECD_UNTOLD_CASES`: how many cases (6); `ECD_UNTOLD_KILLS`: how often the service is killed (1); `ECD_UNTOLD_NODES`: how many nodes
//! share PostgreSQL (2); `ECD_SEED`: when.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eldercare_dispatch::api::auth::hash_password;
use eldercare_dispatch::case::{Case, Event, NoticeKind, Record, Target, notices};
use eldercare_dispatch::ids::{CaseId, NoticeId, UserId};
use eldercare_dispatch::notify::{stale, useful_for};
use eldercare_dispatch::people::*;
use eldercare_dispatch::store::cases::{NoticeView, TellingView};
use eldercare_dispatch::store::{ContactFile, DeviceKey, ElderFile, NewAccount, Owner, ResponderFile, Store};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::harness::endpoint::SECRET;
use super::harness::street::{elder, responder};
use super::harness::{Database, PostgresServer, at};
use super::provider::{Asked, Provider, Sort};
use super::{Dice, PATIENCE, Service, Street, number, pause};

/// Cases opened at once at most.
const OPENERS: usize = 6;
/// One try may take so long, milliseconds; a provider that was slower may have been given up.
const TRY_MS: u64 = 2_000;
/// Grid workers of the street.
const RESPONDERS: u32 = 60;
/// The clock of the service may differ from ours by a little: it never jumps.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_secs(3);
const DESK: (&str, &str) = ("desk", "a password for a storm");

/// The street's register beyond what every test of the binary has: an elder and a watch for each case, two contacts each, people who may
/// be asked, a desk and a duty leader.
pub async fn fill(street: &mut Street, cases: u32) {
    let store = street.store().await;
    let now = at(1);
    let book = store.area_book(jiff::civil::date(2026, 6, 1)).await.unwrap();
    let first = super::ELDERS;
    let elders: Vec<Elder> = (first..first + cases)
        .map(|n| {
            // Along one road, so that somebody is near each of them.
            let mut it = elder(
                n,
                if n.is_multiple_of(2) {
                    Need::MentalSocial
                } else {
                    Need::General
                },
            );
            it.home = eldercare_dispatch::circle::Point::new(39.38 + f64::from(n % 40) * 0.0005, 117.06).ok();
            it
        })
        .collect();
    let houses = elders.iter().map(|it| Household {
        id: it.household,
        code: it.code.replace('E', "H"),
        grid: it.grid,
        address: it.address.clone(),
        home: it.home,
    });
    store.put_households(houses.collect(), &book, now).await.unwrap();
    let watches: Vec<Device> = elders
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
    let contacts = elders.iter().zip(0..).flat_map(|(it, n)| {
        [1_u8, 2].map(|order| {
            let code = format!("{}-{order}", it.code);
            ContactFile {
                contact: Contact {
                    id: contact_id(&code),
                    code,
                    elder: it.id,
                    name: format!("亲{n}"),
                    relation: Relation::Child,
                    call_order: order,
                    level: ContactLevel::Status,
                    restricted: false,
                    may_authorise_entry: false,
                    responder: None,
                    hours: None,
                },
                secrets: Some(ContactSecrets {
                    phones: vec![format!("13{order}{n:08}").parse().unwrap()],
                }),
            }
        })
    });
    let contacts: Vec<ContactFile> = contacts.collect();
    let files = elders.into_iter().map(|elder| ElderFile {
        elder,
        secrets: Some(ElderSecrets::default()),
    });
    store.put_elders(files.collect(), &book, now).await.unwrap();
    let ids: Vec<_> = watches.iter().map(|it| it.id).collect();
    store.put_devices(watches, now).await.unwrap();
    store.put_contacts(contacts, now).await.unwrap();
    street.keys.clear();
    let mut given = Vec::new();
    for id in ids {
        let key = DeviceKey::make().unwrap();
        street.keys.push((id, key.reveal().to_string()));
        given.push((id, key));
    }
    store.set_device_keys(given, now).await.unwrap();
    let responders = (0..RESPONDERS).map(|n| {
        let kind = if n.is_multiple_of(3) {
            ResponderKind::PoliceGrid
        } else {
            ResponderKind::GridWorker
        };
        let mut it = responder(&format!("G{n}"), kind, f64::from(n % 40) * 0.0005);
        it.allowances = BTreeSet::from([Sensitivity::MentalSocial]);
        it.capacity = 20; // the most that there is
        // Every third has no telephone: nobody can tell them, and the case has to say so.
        let phones = if n % 3 != 2 {
            vec![format!("1500000{n:04}").parse().unwrap()]
        } else {
            vec![]
        };
        ResponderFile {
            responder: it,
            secrets: Some(ResponderSecrets { phones }),
        }
    });
    store.put_responders(responders.collect(), now).await.unwrap();
    let area: AreaCode = "120114001".parse().unwrap();
    let staff = [
        (DESK.0, Role::Dispatcher),
        ("leader", Role::DutyLeader),
        ("second leader", Role::DutyLeader),
    ];
    for (n, (name, role)) in staff.into_iter().enumerate() {
        let id = UserId::new(uuid::Uuid::from_u128(0xd0 + n as u128));
        let account = NewAccount {
            id,
            username: name.to_owned(),
            password_hash: hash_password(DESK.1).unwrap(),
            role,
            scope: [area].into_iter().collect(),
            responder: None,
        };
        store.add_account(account, now).await.unwrap();
        if role == Role::DutyLeader {
            let owner = Owner {
                who: Reached::Account(id),
                elder: None,
            };
            let phones = vec![format!("1600000000{n}").parse().unwrap()];
            let theirs = Reach {
                phones,
                ..Reach::default()
            };
            store.put_reach(owner, theirs, now).await.unwrap();
        }
    }
    store.close().await;
}

/// Plans whose ladder takes seconds; of every other elder with relative, grid, civil affairs and duty called together.
fn plans_with_legs(folder: &std::path::Path) -> String {
    let mut set: toml::Table = include_str!("../../src/case/plans/test-seconds.toml").parse().unwrap();
    let rules = set["rules"].as_array_mut().unwrap();
    let general = |it: &&mut toml::Value| {
        it["needs"]
            .as_array()
            .is_some_and(|it| it.iter().any(|it| it.as_str() == Some("general")))
    };
    let rule = rules.iter_mut().find(general).unwrap().as_table_mut().unwrap();
    for what in ["family", "duty_leader", "civil_affairs"] {
        let step = toml::from_str(&format!("at_s = 0\nwhat = \"{what}\"")).unwrap();
        rule["steps"].as_array_mut().unwrap().push(step);
    }
    rule.insert("limits".to_owned(), toml::from_str("family_try_s = 4").unwrap());
    let path = folder.join("plans.toml");
    std::fs::write(&path, set.to_string()).unwrap();
    path.display().to_string()
}

/// Short waits, so that later waves are seen; every carrier at its provider, with the quotas that ship.
fn configure(street: &Street, of: &BTreeMap<Sort, Provider>) {
    let at = |sort| of[&sort].address;
    let kinds: Vec<String> = NoticeKind::ALL.iter().map(|it| format!("\"{it}\"")).collect();
    let kinds = kinds.join(", ");
    let text = format!(
        "[notify]\nlease_s = 5\nretry_ms = 300\nretry_max_s = 2\n\
         [[notify.webhooks]]\nname = \"gateway\"\nurl = \"http://{}/\"\nsecret = \"{SECRET}\"\ntimeout_ms = {TRY_MS}\n\
         [[notify.carriers]]\ntype = \"voice_http\"\nurl = \"http://{}/calls\"\nsecret = \"{SECRET}\"\ntimeout_ms = {TRY_MS}\n\
         [[notify.carriers]]\ntype = \"sms_aliyun\"\nurl = \"http://{}\"\ntimeout_ms = {TRY_MS}\naccess_key_id = \"LTAItest\"\n\
         access_key_secret = \"secret\"\nsign_name = \"街道\"\n\
         templates = [{{ id = \"SMS_1\", language = \"zh-CN\", kinds = [{kinds}], params = [\"case_number\"] }}]\n\
         [[notify.carriers]]\ntype = \"wecom_robot\"\nurl = \"http://{}\"\nkey = \"k\"\ntimeout_ms = {TRY_MS}\n\
         [[notify.ways.rules]]\nkinds = [\"offer\", \"call_inside\", \"call_late\"]\nto = [\"responder\"]\n\
         waves = [{{ by = [\"voice\"], wait_s = 2 }}, {{ by = [\"sms\"], wait_s = 2 }}]\n\
         [[notify.ways.rules]]\nto = [\"responder\", \"family\"]\n\
         waves = [{{ by = [\"sms\"], wait_s = 2 }}, {{ by = [\"voice\"], wait_s = 2 }}]\n\
         [[notify.ways.rules]]\nto = [\"duty_leader\", \"next_seat\", \"civil_affairs\"]\n\
         waves = [{{ by = [\"voice\"], wait_s = 2 }}, {{ by = [\"sms\"], wait_s = 2 }}]\n\
         [notify.civil_affairs]\n\"120114001\" = [\"16100000001\"]\n",
        at(Sort::Webhook),
        at(Sort::Dialler),
        at(Sort::Sms),
        at(Sort::Robot),
    );
    let mut config = std::fs::read_to_string(street.config()).unwrap();
    config.push_str(&text);
    std::fs::write(street.config(), config).unwrap();
}

/// The nodes as they are now; one of them may be away.
type Nodes = Arc<tokio::sync::Mutex<Vec<Option<Service>>>>;

/// Where the nodes listen that are up.
async fn addresses(nodes: &Nodes) -> Vec<String> {
    let nodes = nodes.lock().await;
    nodes.iter().flatten().map(|it| it.address.clone()).collect()
}

/// Asks the desk's routes of whichever node is up until one answers; a refusal by the rules is an answer.
async fn told(client: &reqwest::Client, nodes: &Nodes, token: &str, path: &str, body: &Value) -> u16 {
    let start = Instant::now();
    loop {
        for address in addresses(nodes).await {
            let asked = client.post(format!("{address}{path}")).bearer_auth(token).json(body);
            if let Ok(answer) = asked.send().await {
                let status = answer.status().as_u16();
                if status < 500 {
                    return status;
                }
            }
        }
        assert!(start.elapsed() < PATIENCE, "{path}: nobody answers");
        pause().await;
    }
}

/// Ends a case: the elder was heard.
async fn close(client: &reqwest::Client, nodes: &Nodes, token: &str, case: &str, helped: bool) {
    let path = |what: &str| format!("/api/v1/cases/{case}/{what}");
    let (result, outcome) = if helped {
        ("needs_help", "helped")
    } else {
        ("fine", "fine_by_voice")
    };
    let heard = told(client, nodes, token, &path("voice-result"), &json!({"result": result})).await;
    let body = json!({"outcome": outcome, "proof": {"type": "voice_contact"}});
    let closed = told(client, nodes, token, &path("close"), &body).await;
    // A hand-over that is open, or somebody inside: it ends later.
    assert!(
        [200, 409].contains(&heard) && [200, 409].contains(&closed),
        "{case}: {heard} {closed}"
    );
}

async fn storm(db: Database, nodes_most: usize) {
    let cases = u32::try_from(number("ECD_UNTOLD_CASES", 6)).unwrap();
    let kills = number("ECD_UNTOLD_KILLS", 1);
    let seed = number("ECD_SEED", 5);
    let begun = Instant::now();
    let plans = tempfile::tempdir().unwrap();
    let mut street = Street::found(db, &plans_with_legs(plans.path())).await;
    fill(&mut street, cases).await;
    let street = Arc::new(street);
    let services: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut providers = BTreeMap::new();
    for (n, sort) in [Sort::Webhook, Sort::Dialler, Sort::Sms, Sort::Robot]
        .into_iter()
        .enumerate()
    {
        providers.insert(
            sort,
            Provider::start(sort, seed * 100 + n as u64, services.clone()).await,
        );
    }
    configure(&street, &providers);
    let providers = Arc::new(providers);
    let mut first = Vec::new();
    for _ in 0..nodes_most {
        first.push(Some(Service::start(&street).await));
    }
    *services.lock().unwrap() = first.iter().flatten().map(|it: &Service| it.address.clone()).collect();
    let nodes: Nodes = Arc::new(tokio::sync::Mutex::new(first));
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    let address = addresses(&nodes).await.remove(0);
    let signed = client
        .post(format!("{address}/api/v1/auth/token"))
        .json(&json!({"username": DESK.0, "password": DESK.1}));
    let signed: Value = signed.send().await.unwrap().json().await.unwrap();
    let token = signed["access_token"].as_str().expect("the desk signs in").to_owned();

    // Providers die and come back, one by one, each by its own dice.
    let stop = Arc::new(AtomicBool::new(false));
    let downs = Arc::new(AtomicU64::new(0));
    let mut dying = JoinSet::new();
    for (n, sort) in providers.keys().copied().enumerate() {
        let (providers, stop, downs) = (providers.clone(), stop.clone(), downs.clone());
        dying.spawn(async move {
            let mut dice = Dice(seed * 1_000 + n as u64);
            while !stop.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(300 + dice.below(2_500))).await; // the moment of the dice, on purpose
                providers[&sort].die();
                downs.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(200 + dice.below(1_800))).await;
                providers[&sort].revive().await;
            }
        });
    }

    // Cases are opened by watches that send until they are heard, and some of them are moved.
    let next = Arc::new(AtomicUsize::new(0));
    let opened: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut opening = JoinSet::new();
    for opener in 0..OPENERS {
        let (street, nodes, next, opened) = (street.clone(), nodes.clone(), next.clone(), opened.clone());
        let (client, token) = (client.clone(), token.clone());
        opening.spawn(async move {
            let mut dice = Dice(seed * 10_000 + opener as u64);
            let mut moving = JoinSet::new();
            loop {
                let n = next.fetch_add(1, Ordering::SeqCst);
                let Some((id, key)) = street.keys.get(n) else { break };
                let body = json!({"kind": "sos", "source_ref": "1"});
                let case = loop {
                    let all = addresses(&nodes).await;
                    let at = usize::try_from(dice.below(all.len().max(1) as u64)).unwrap();
                    let Some(address) = all.get(at) else {
                        pause().await;
                        continue;
                    };
                    let asked = client
                        .post(format!("{address}/api/v1/alerts"))
                        .header("Authorization", format!("Device {id}:{key}"))
                        .json(&body);
                    let Ok(answer) = asked.send().await else {
                        pause().await;
                        continue;
                    };
                    if answer.status().is_success()
                        && let Ok(said) = answer.json::<Value>().await
                    {
                        break said["case_id"].as_str().unwrap().to_owned();
                    }
                    pause().await;
                };
                opened.lock().unwrap().push(case.clone());
                let (luck, wait) = (dice.below(100), 300 + dice.below(4_000));
                let (client, nodes, token) = (client.clone(), nodes.clone(), token.clone());
                if luck < 40 {
                    moving.spawn(async move {
                        tokio::time::sleep(Duration::from_millis(wait)).await; // the moment of the dice, on purpose
                        if luck < 15 {
                            let path = format!("/api/v1/cases/{case}/take");
                            told(&client, &nodes, &token, &path, &json!({})).await;
                        } else {
                            close(&client, &nodes, &token, &case, luck < 30).await;
                        }
                    });
                }
                tokio::time::sleep(Duration::from_millis(dice.below(500))).await; // as people fall: one by one
            }
            while let Some(done) = moving.join_next().await {
                done.unwrap();
            }
        });
    }

    // The service is killed, each time at another moment.
    let mut dice = Dice(seed);
    let mut killed: Vec<Instant> = Vec::new();
    for kill in 0..kills {
        let wanted = usize::try_from((u64::from(cases) * (kill + 1)) / (kills + 1)).unwrap();
        let start = Instant::now();
        while opened.lock().unwrap().len() < wanted {
            assert!(start.elapsed() < 4 * PATIENCE, "no cases");
            pause().await;
        }
        tokio::time::sleep(Duration::from_millis(dice.below(700))).await; // the moment of the dice, on purpose
        let which = usize::try_from(dice.below(nodes_most as u64)).unwrap();
        let service = nodes.lock().await[which].take().unwrap();
        service.kill();
        killed.push(Instant::now());
        let again = Service::start(&street).await;
        killed.push(Instant::now());
        let mut all = nodes.lock().await;
        all[which] = Some(again);
        *services.lock().unwrap() = all.iter().flatten().map(|it| it.address.clone()).collect();
    }
    while let Some(done) = opening.join_next().await {
        done.unwrap();
    }
    let opened: Vec<String> = opened.lock().unwrap().clone();
    assert_eq!(opened.len(), cases as usize);

    // What nobody has moved climbs, and goes from wave to wave while providers die; then they are well, and the desk ends it all.
    let store = street.store().await;
    through_the_waves(&store, &opened).await;
    stop.store(true, Ordering::SeqCst);
    while let Some(done) = dying.join_next().await {
        done.unwrap();
    }
    for it in providers.values() {
        it.inner.calm.store(true, Ordering::SeqCst);
    }
    let patience = 3 * PATIENCE + Duration::from_secs(opened.len() as u64);
    sent_or_given_up(&store, &opened, patience).await;
    for some in opened.chunks(OPENERS) {
        let all = some.iter().map(|it| close(&client, &nodes, &token, it, true));
        futures_util::future::join_all(all).await;
    }
    quiet(&store, patience).await;
    for it in nodes.lock().await.iter_mut() {
        it.take().unwrap().kill();
    }
    let found = Found::read(&store, &opened).await;
    found.judge(&providers, &killed);
    println!(
        "{} nodes: {} cases, {} kills, {} times a provider died; {:.0} s",
        nodes_most,
        opened.len(),
        kills,
        downs.load(Ordering::SeqCst),
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(store.check().await.unwrap().found, vec![]);
    store.close().await;
}

/// Waits until whoever is being told by a wave that is not the last has been told, is told no more, or is at the last.
async fn through_the_waves(store: &Store, opened: &[String]) {
    let mut left: Vec<(CaseId, uuid::Uuid)> = Vec::new();
    let climbs = |it: &TellingView| it.state == "open" && !it.later.is_empty();
    for case in opened.iter().map(|it| it.parse::<CaseId>().unwrap()) {
        let all = store.tellings_of(case).await.unwrap();
        left.extend(all.iter().filter(|it| climbs(it)).map(|it| (case, it.id)));
    }
    let start = Instant::now();
    while let Some((case, id)) = left.pop() {
        loop {
            let all = store.tellings_of(case).await.unwrap();
            // Who has it taken by a way that brings no receipt waits for one in vain, until the wave is over; it has no end then.
            if !all.iter().any(|it| it.id == id && climbs(it) && it.ends_at.is_some()) {
                break;
            }
            assert!(start.elapsed() < PATIENCE, "{case}: {id} is still at its first waves");
            pause().await;
        }
    }
}

/// Waits until what waits now has been sent or given up.
async fn sent_or_given_up(store: &Store, opened: &[String], patience: Duration) {
    let mut left: Vec<NoticeId> = Vec::new();
    let is_open = |state: &str| ["waiting", "sending"].contains(&state);
    for case in opened.iter().map(|it| it.parse::<CaseId>().unwrap()) {
        let all = store.outbox_of(case).await.unwrap();
        left.extend(all.iter().filter(|it| is_open(&it.state)).map(|it| it.id));
    }
    let start = Instant::now();
    while let Some(id) = left.pop() {
        while is_open(&store.outbox_row(id).await.unwrap().unwrap().1.state) {
            assert!(start.elapsed() < patience, "{id} still waits");
            pause().await;
        }
    }
}

/// Waits until nothing waits, nobody has a further wave to come, and the cases know who was not told.
async fn quiet(store: &Store, patience: Duration) {
    let start = Instant::now();
    loop {
        let (waiting, _) = store.outbox_waiting().await.unwrap();
        let unsaid = store.untold(None, 1).await.unwrap().len();
        let ever = Timestamp::now() + SignedDuration::from_hours(24);
        let climbing = store.tellings_due(ever, 1).await.unwrap().len();
        // The last is looked at last: a wave that begins writes its rows before it ends.
        if (waiting, unsaid, climbing) == (0, 0, 0) && store.outbox_waiting().await.unwrap().0 == 0 {
            return;
        }
        assert!(
            start.elapsed() < patience,
            "{waiting} notices still wait, {unsaid} are not said, {climbing} have a wave to come"
        );
        pause().await;
    }
}

/// One case as it was afterwards.
struct OneCase {
    id: CaseId,
    records: Vec<Record>,
    rows: Vec<NoticeView>,
    tellings: Vec<TellingView>,
    /// The letters of each row.
    letters: HashMap<NoticeId, Vec<NoticeId>>,
}

struct Found(Vec<OneCase>);

impl Found {
    async fn read(store: &Store, opened: &[String]) -> Self {
        let mut all = Vec::new();
        for text in opened {
            let id: CaseId = text.parse().unwrap();
            let mut records = Vec::new();
            loop {
                let page = store.events(id, records.len() as i64, 200).await.unwrap();
                if page.is_empty() {
                    break;
                }
                records.extend(page.into_iter().map(|it| it.record));
            }
            let rows = store.notices_of(id).await.unwrap();
            let mut letters = HashMap::new();
            for it in &rows {
                let of: Vec<NoticeId> = store.letters_of(it.row.id).await.unwrap().into_keys().collect();
                letters.insert(it.row.id, if of.is_empty() { vec![it.row.id] } else { of });
            }
            let tellings = store.tellings_of(id).await.unwrap();
            all.push(OneCase {
                id,
                records,
                rows,
                tellings,
                letters,
            });
        }
        Self(all)
    }

    /// Everything that the head of this file promises.
    fn judge(&self, providers: &BTreeMap<Sort, Provider>, killed: &[Instant]) {
        let mut done: HashMap<NoticeId, Vec<Asked>> = HashMap::new();
        for it in providers.values().flat_map(Provider::asked) {
            if let Some(key) = it.key {
                done.entry(key).or_default().push(it);
            }
        }
        let (mut wrong, mut told, mut untold, mut moved, mut late) = (Vec::new(), 0, 0, 0, Vec::new());
        for case in &self.0 {
            for due in case.due() {
                match case.came(&due, &done) {
                    Came::Told(after) => {
                        told += 1;
                        late.push(after.as_secs_f64().max(0.0));
                    }
                    Came::Said => untold += 1,
                    Came::MovedOn => moved += 1,
                    Came::Lost(why) => wrong.push(format!("{}: {} to {}: {why}", case.id, due.kind, due.target)),
                }
            }
            case.honest(&done, &mut wrong);
        }
        let repeats = self.once(&done, killed, &mut wrong);
        let sent = |channel: &str| {
            let rows = self.0.iter().flat_map(|it| &it.rows);
            rows.filter(|it| it.row.channel == channel && ["sent", "received"].contains(&it.row.state.as_str()))
                .count()
        };
        let robot = providers[&Sort::Robot].asked().iter().filter(|it| it.done).count();
        if robot < sent("wecom_robot") {
            wrong.push(format!("the robot has said {robot} of {}", sent("wecom_robot")));
        }
        for (sort, it) in providers {
            let most = it.inner.open_most.load(Ordering::SeqCst);
            println!("{sort:?}: {} requests, {most} lines at once", it.asked().len());
            if most >= 50 {
                wrong.push(format!("{sort:?} holds {most} connections"));
            }
        }
        late.sort_by(f64::total_cmp);
        let of = |share: f64| late.get(((late.len() as f64 * share) as usize).min(late.len().saturating_sub(1)));
        println!(
            "{} were to be told: {told} were (after p50 {:.2} s, p99 {:.2} s), of {untold} the case or its log of deliveries says why not, for \
             {moved} it had moved on; {repeats} repeats under the same key",
            told + untold + moved,
            of(0.5).unwrap_or(&0.0),
            of(0.99).unwrap_or(&0.0),
        );
        assert!(
            wrong.is_empty(),
            "{} wrong:\n{}",
            wrong.len(),
            wrong[..wrong.len().min(25)].join("\n")
        );
        // A storm in which nobody is told, or nobody is missed, proves nothing.
        assert!(told >= 4 * self.0.len(), "{told}");
        assert!(untold > 0 && repeats > 0, "{untold} {repeats}");
    }

    /// Of one step one key for each telephone; no key twice at once; what was answered well is not sent again but after a kill. Answers how many
    /// repeats there were.
    fn once(&self, done: &HashMap<NoticeId, Vec<Asked>>, killed: &[Instant], wrong: &mut Vec<String>) -> usize {
        let mut keys: HashMap<(CaseId, &str, &str, &str, &str), BTreeSet<NoticeId>> = HashMap::new();
        let mut known = BTreeSet::new();
        for case in &self.0 {
            for it in &case.rows {
                for letter in &case.letters[&it.row.id] {
                    known.insert(*letter);
                    for asked in done.get(letter).into_iter().flatten() {
                        let step = (
                            case.id,
                            it.step.as_str(),
                            it.row.target.as_str(),
                            it.row.channel.as_str(),
                            asked.to.as_str(),
                        );
                        keys.entry(step).or_default().insert(*letter);
                    }
                }
            }
        }
        wrong.extend(
            keys.iter()
                .filter(|it| it.1.len() > 1)
                .map(|it| format!("{:?}: {} keys", it.0, it.1.len())),
        );
        let mut repeats = 0;
        for (key, asked) in done {
            if !known.contains(key) {
                wrong.push(format!("{key} was handed over and is written down nowhere"));
            }
            let mut asked: Vec<&Asked> = asked.iter().collect();
            asked.sort_by_key(|it| it.began);
            for pair in asked.windows(2) {
                repeats += 1;
                let (one, two) = (pair[0], pair[1]);
                let between = killed.iter().any(|it| one.began <= *it && *it <= two.began);
                // An answer that took so long may have come to nobody.
                let slow = one
                    .ended
                    .is_none_or(|it| it - one.began > Duration::from_millis(TRY_MS / 2));
                // While it was still being looked at there, and its asker cannot have given it up.
                let at_once = one.ended.is_none_or(|it| two.began < it);
                let given_up = two.began - one.began > Duration::from_millis(TRY_MS / 2);
                if at_once && !between && !given_up {
                    wrong.push(format!("{key} is under way twice, {:?} apart", two.began - one.began));
                }
                if one.answered && !between && !slow {
                    wrong.push(format!(
                        "{key} was answered well, and sent again {:?} later",
                        two.began - one.began
                    ));
                }
            }
        }
        repeats
    }
}

/// Somebody who is to be told by one record.
struct Due {
    kind: NoticeKind,
    target: String,
    version: i64,
    at: Timestamp,
}

enum Came {
    /// By a provider, so long after the record.
    Told(SignedDuration),
    /// A record of the case, or its log of deliveries, says why not.
    Said,
    /// It had nothing to say any more.
    MovedOn,
    Lost(String),
}

impl OneCase {
    /// Whom the log asks to be told, reckoned from the log alone.
    fn due(&self) -> Vec<Due> {
        let mut found = Vec::new();
        let mut case: Option<Case> = None;
        for (record, version) in self.records.iter().zip(1..) {
            let before = case.clone();
            match &mut case {
                Some(case) => case.evolve(record),
                None => case = Case::begin(record),
            }
            let after = case.as_ref().unwrap();
            for it in notices(before.as_ref(), after, std::slice::from_ref(record)) {
                let elder = after.subject.elder().unwrap();
                let targets = match it.to {
                    Target::Responder(id) => vec![id.to_string()],
                    // Whoever is put the question by the same decision is told all by it.
                    Target::Family if it.kind == NoticeKind::FamilyOpened => {
                        let mut all = self.family(elder);
                        all.retain(|it| !self.is_asked(it, record.at));
                        all
                    }
                    Target::Family => self.family(elder),
                    Target::Contact(id) => vec![id.to_string()],
                    Target::Principal(_) => vec![], // no file is opened in the storm
                    Target::CivilAffairs => vec!["civil_affairs".to_owned()],
                    Target::Desk => vec!["desk".to_owned()],
                    Target::DutyLeader => vec!["duty_leader".to_owned()],
                    Target::NextSeat => vec!["next_seat".to_owned()],
                    Target::Station(kind) => vec![format!("station:{kind}")],
                    Target::Agency(agency) => vec![format!("agency:{agency}")],
                };
                found.extend(targets.into_iter().map(|target| Due {
                    kind: it.kind,
                    target,
                    version,
                    at: record.at,
                }));
            }
        }
        found
    }

    /// Whether a contact was put the question at this instant.
    fn is_asked(&self, target: &str, at: Timestamp) -> bool {
        let theirs =
            |it: &&Record| matches!(it.event, Event::FamilyAsked { contact, .. } if contact.to_string() == target);
        self.records.iter().filter(theirs).any(|it| it.at == at)
    }

    /// Both contacts, by what the register was filled with.
    fn family(&self, elder: eldercare_dispatch::ids::ElderId) -> Vec<String> {
        let n = (super::ELDERS..super::ELDERS + 100_000).find(|n| elder_id(&format!("E{n}")) == elder);
        let n = n.expect("an elder of this street");
        [1, 2]
            .map(|order| contact_id(&format!("E{n}-{order}")).to_string())
            .to_vec()
    }

    fn came(&self, due: &Due, done: &HashMap<NoticeId, Vec<Asked>>) -> Came {
        let kind = due.kind.as_str();
        let of =
            |it: &&NoticeView| it.row.kind == kind && it.row.target == due.target && it.row.case_version == due.version;
        let rows: Vec<&NoticeView> = self.rows.iter().filter(of).collect();
        if rows.is_empty() {
            return Came::Lost("there is no row".to_owned());
        }
        // A gateway is told beside; a person is told at their telephone, where they have one.
        let person = ["resp_", "contact_", "duty_leader", "civil_affairs"]
            .iter()
            .any(|it| due.target.starts_with(it));
        let to_them = rows
            .iter()
            .filter(|it| !person || !it.row.channel.starts_with("webhook"));
        let by_them: Vec<&Asked> = to_them
            .flat_map(|it| &self.letters[&it.row.id])
            .flat_map(|it| done.get(it).into_iter().flatten())
            .filter(|it| it.done)
            .collect();
        let useful = SignedDuration::try_from(useful_for(due.kind)).unwrap() + CLOCKS_DIFFER;
        if let Some(first) = by_them.iter().map(|it| it.at).min() {
            let after = first.duration_since(due.at);
            return if after <= useful {
                Came::Told(after)
            } else {
                Came::Lost(format!("told {after:#} late"))
            };
        }
        if self.says_untold(due) {
            return Came::Said;
        }
        let mut states: Vec<(&str, &str)> = rows
            .iter()
            .map(|it| (it.row.channel.as_str(), it.row.state.as_str()))
            .collect();
        states.sort_unstable();
        let theirs = rows
            .iter()
            .filter(|it| !person || !it.row.channel.starts_with("webhook"));
        let left_out = |word: &str| theirs.clone().any(|it| it.row.state == word);
        if left_out("stale") && self.had_nothing_to_say(due) || left_out("merged") && self.said_anew(due, done) {
            return Came::MovedOn;
        }
        // Known by a receipt of their own before the way was tried, or given up while a later way had nothing to add.
        let telling = self
            .tellings
            .iter()
            .find(|it| it.kind == kind && it.target == due.target && theirs.clone().any(|row| row.step == it.step));
        let ended = telling.is_some_and(|it| match it.state.as_str() {
            "received" => self.moved_within(due, useful),
            "moved_on" => self.had_nothing_to_say(due) || self.said_anew(due, done),
            _ => false,
        });
        if ended {
            return Came::MovedOn;
        }
        // What is merely good to know, or is told to a system and not to a person: the log of deliveries says why.
        let good_to_know = matches!(
            due.kind,
            NoticeKind::Provisional
                | NoticeKind::Backup
                | NoticeKind::OfferEnded
                | NoticeKind::FamilyAccepted
                | NoticeKind::FamilyArrived
                | NoticeKind::FamilyClosed
                | NoticeKind::FamilyFalseAlarm
        );
        let explained = theirs.clone().count() > 0
            && theirs
                .clone()
                .all(|it| it.row.state == "failed" && it.row.last_error.is_some());
        if explained && (good_to_know || theirs.clone().all(|it| it.row.channel == "none")) {
            return Came::Said;
        }
        Came::Lost(format!("{states:?}, telling {:?}", telling.map(|it| it.state.clone())))
    }

    /// A record that says that they were not told: by name, or as an offer that was passed over.
    fn says_untold(&self, due: &Due) -> bool {
        let offer = match self
            .records
            .get(usize::try_from(due.version - 1).unwrap())
            .map(|it| &it.event)
        {
            Some(Event::Offered { offers, .. }) => offers
                .iter()
                .find(|it| it.candidate.responder.to_string() == due.target)
                .map(|it| it.id),
            _ => None,
        };
        let after = &self.records[usize::try_from(due.version).unwrap()..];
        after.iter().any(|it| match &it.event {
            Event::NotTold { notice, target } => *notice == due.kind && *target == due.target,
            Event::Silent { offer: of } | Event::Declined { offer: of, .. } => offer == Some(*of),
            _ => false,
        })
    }

    /// At some time after its record the case gave no reason to tell it any more.
    fn had_nothing_to_say(&self, due: &Due) -> bool {
        let mut case: Option<Case> = None;
        for (record, version) in self.records.iter().zip(1..) {
            match &mut case {
                Some(case) => case.evolve(record),
                None => case = Case::begin(record),
            }
            let now = case.as_ref().map(|it| stale::look(it, due.kind, &due.target));
            if version >= due.version && now == Some(stale::Now::MovedOn) {
                return true;
            }
        }
        false
    }

    /// Something newer was told to them, or the case says that it was not.
    fn said_anew(&self, due: &Due, done: &HashMap<NoticeId, Vec<Asked>>) -> bool {
        let mut newer = self
            .rows
            .iter()
            .filter(|it| it.row.target == due.target && it.row.case_version > due.version);
        newer.any(|it| {
            let letters = self.letters[&it.row.id].iter();
            let told = letters.flat_map(|it| done.get(it).into_iter().flatten()).any(|it| it.done);
            let not_told = |record: &Record| {
                matches!(&record.event, Event::NotTold { notice, target } if notice.as_str() == it.row.kind && *target == due.target)
            };
            told || self.records.iter().any(not_told)
        })
    }

    /// The case went on within the time in which it was worth telling.
    fn moved_within(&self, due: &Due, useful: SignedDuration) -> bool {
        let after = &self.records[usize::try_from(due.version).unwrap()..];
        after.iter().any(|it| it.at.duration_since(due.at) <= useful)
    }

    /// Nothing is left over, and what is called sent was sent.
    fn honest(&self, done: &HashMap<NoticeId, Vec<Asked>>, wrong: &mut Vec<String>) {
        for it in &self.rows {
            let (state, channel) = (it.row.state.as_str(), it.row.channel.as_str());
            if ["waiting", "sending"].contains(&state) {
                wrong.push(format!("{}: a row by {channel} is left {state}", self.id));
            }
            let sent = state == "sent" && channel != "wecom_robot";
            let had = self.letters[&it.row.id]
                .iter()
                .flat_map(|it| done.get(it).into_iter().flatten())
                .any(|it| it.done);
            // Of a dialler the first of several tries may have rung.
            if sent && !had {
                wrong.push(format!(
                    "{}: {} to {} by {channel} is called sent",
                    self.id, it.row.kind, it.row.target
                ));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_left_untold_on_sqlite() {
    storm(Database::sqlite().await, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_left_untold_on_postgresql() {
    let server = PostgresServer::start(true);
    storm(
        Database::on(&server),
        usize::try_from(number("ECD_UNTOLD_NODES", 2)).unwrap(),
    )
    .await;
}
