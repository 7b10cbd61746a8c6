//! Devices behind a broker: the binary is killed while messages are on their way. What the broker has taken is kept, once.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use eldercare_dispatch::people::{Protocol, Terminal};
use eldercare_dispatch::store::Store;
use eldercare_dispatch::store::cases::CaseFilter;
use serde_json::Value;

use super::harness::broker::Mosquitto;
use super::harness::{Database, PostgresServer, at};
use super::{Dice, PATIENCE, Service, Street, number, pause};

/// Buttons that call.
const BUTTONS: usize = 4;

/// How often each reference stands among the alerts, and how many alerts have none.
async fn kept(store: &Store) -> (HashMap<String, u32>, usize) {
    let ring = store.keys().unwrap().clone();
    ring.read_all(store).await.unwrap();
    let (mut kept, mut nameless) = (HashMap::new(), 0);
    for case in store.list_cases(&CaseFilter::default(), None, 500).await.unwrap().items {
        for alert in store.alerts_of(case.case.id).await.unwrap() {
            let text = ring
                .open_field(&alert.content, "alert", "content", alert.id.as_uuid())
                .unwrap();
            let content: Value = serde_json::from_slice(&text).unwrap();
            match content["reading"]["payload"]["source_ref"].as_str() {
                Some(it) => *kept.entry(it.to_owned()).or_default() += 1,
                None => nameless += 1,
            }
        }
    }
    (kept, nameless)
}

async fn killed_in_the_stream(db: Database) {
    let street = Street::found(db, "yangcun-7").await;
    let store = street.store().await;
    let mut devices = Vec::new();
    for (n, (id, _)) in street.keys.iter().step_by(2).take(BUTTONS).enumerate() {
        let mut device = store.device(*id).await.unwrap().unwrap().device.value;
        device.terminal = Some(Terminal {
            protocol: Protocol::Mqtt,
            number: format!("B{n}"),
        });
        devices.push(device);
    }
    store.put_devices(devices, at(1)).await.unwrap();
    let broker = Arc::new(Mosquitto::start());
    let mut config = std::fs::read_to_string(street.config()).unwrap();
    config.push_str(&format!(
        "[[mqtt.brokers]]\nname = \"home\"\nurl = \"{}\"\ntopics = [{{ topic = \"buttons/{{device}}/alarm\", profile = \"plain\" }}]\n",
        broker.url()
    ));
    std::fs::write(street.config(), config).unwrap();

    let (next, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let taken: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let mut service = Service::start(&street).await;
    // The session must be there before the first message: what is published to nobody, nobody gets.
    let start = Instant::now();
    while !broker.log().contains("Sending SUBACK to eldercare-dispatch-home") {
        assert!(start.elapsed() < PATIENCE, "nobody subscribes:\n{}", broker.log());
        pause().await;
    }
    let senders: Vec<_> = (0..2)
        .map(|_| {
            let (next, stop, taken, broker) = (next.clone(), stop.clone(), taken.clone(), broker.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let payload = format!("{{\"kind\":\"sos\",\"source_ref\":\"r{n}\"}}");
                    let topic = format!("buttons/B{}/alarm", n % BUTTONS);
                    if broker.publish_with(&topic, payload.as_bytes(), &[]).await {
                        taken.lock().unwrap().insert(format!("r{n}"));
                    }
                }
            })
        })
        .collect();
    let mut dice = Dice(number("ECD_SEED", 13));
    for round in 0..number("ECD_ROUNDS", 3) {
        let wanted = taken.lock().unwrap().len() + 50 + usize::try_from(dice.below(100)).unwrap();
        let start = Instant::now();
        while taken.lock().unwrap().len() < wanted {
            assert!(start.elapsed() < PATIENCE, "nothing is taken");
            pause().await;
        }
        service.kill();
        println!(
            "round {}: {} taken by the broker",
            round + 1,
            taken.lock().unwrap().len()
        );
        service = Service::start(&street).await;
    }
    stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.unwrap();
    }
    let taken = taken.lock().unwrap().clone();
    let start = Instant::now();
    loop {
        let (kept, _) = kept(&store).await;
        if taken.iter().all(|it| kept.contains_key(it)) {
            break;
        }
        let missing = taken.iter().filter(|it| !kept.contains_key(*it)).count();
        assert!(start.elapsed() < PATIENCE, "{missing} of {} are lost", taken.len());
        pause().await;
    }
    service.stop();
    let (kept, nameless) = kept(&store).await;
    let twice = kept.values().filter(|it| **it != 1).count();
    println!(
        "{} taken by the broker, {} kept, {twice} twice",
        taken.len(),
        kept.len()
    );
    assert_eq!((twice, nameless), (0, 0));
    assert_eq!(store.check().await.unwrap().found, vec![]);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_broker_has_taken_is_kept_once_across_kill_9_on_sqlite() {
    killed_in_the_stream(Database::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_broker_has_taken_is_kept_once_across_kill_9_on_postgresql() {
    let server = PostgresServer::start(true);
    killed_in_the_stream(Database::on(&server)).await;
}
