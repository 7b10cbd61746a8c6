//! Devices on lines of their own: the binary is killed while frames are half on their way. What was answered is kept, once.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use eldercare_dispatch::people::{Protocol, Terminal};
use eldercare_dispatch::store::cases::CaseFilter;
use jiff::Timestamp;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::harness::{Database, PostgresServer, at};
use super::{Dice, PATIENCE, Service, Street, number, pause};

/// Watches that call at once.
const LINES: usize = 8;

fn terminal(n: usize) -> String {
    format!("70000000{n:02}")
}

/// A call of a watch; the steps tell one from another.
fn call(n: usize, steps: u32) -> String {
    let now = Timestamp::now().strftime("%d%m%y,%H%M%S");
    let content = format!("AL,{now},A,39.381,N,117.062,E,0,0,0,9,90,41,{steps},0,00010000,0,0");
    format!("[3G*{}*{:04X}*{content}]", terminal(n), content.len())
}

/// Calls until the line breaks; takes down what was answered.
async fn call_on_and_on(n: usize, port: u16, next: &AtomicU32, stop: &AtomicBool, answered: &Mutex<Vec<u32>>) {
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut line) = TcpStream::connect(("127.0.0.1", port)).await else {
            tokio::task::yield_now().await;
            continue;
        };
        while !stop.load(Ordering::Relaxed) {
            let steps = next.fetch_add(1, Ordering::Relaxed);
            let frame = call(n, steps);
            // In two pieces, so that a kill finds halves.
            let (head, tail) = frame.split_at(frame.len() / 2);
            let mut answer = vec![0; "[3G*7000000000*0002*AL]".len()];
            let said = async {
                line.write_all(head.as_bytes()).await?;
                line.write_all(tail.as_bytes()).await?;
                line.read_exact(&mut answer).await
            };
            if said.await.is_err() {
                break;
            }
            assert_eq!(
                String::from_utf8_lossy(&answer),
                format!("[3G*{}*0002*AL]", terminal(n))
            );
            answered.lock().unwrap().push(steps);
        }
    }
}

async fn killed_between_halves(db: Database) {
    let street = Arc::new(Street::found(db, "yangcun-7").await);
    let store = street.store().await;
    let mut devices = Vec::new();
    for (n, (id, _)) in street.keys.iter().step_by(2).take(LINES).enumerate() {
        let mut device = store.device(*id).await.unwrap().unwrap().device.value;
        device.terminal = Some(Terminal {
            protocol: Protocol::Watch,
            number: terminal(n),
        });
        devices.push(device);
    }
    store.put_devices(devices, at(1)).await.unwrap();
    store.close().await;
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut config = std::fs::read_to_string(street.config()).unwrap();
    config.push_str(&format!(
        "[intake.tcp]\nframes_per_second_max = 1000\n[intake.tcp.watch]\nlisten = \"127.0.0.1:{port}\"\n"
    ));
    std::fs::write(street.config(), config).unwrap();

    let answered: Arc<Mutex<Vec<u32>>> = Arc::default();
    let next = Arc::new(AtomicU32::new(1));
    let mut dice = Dice(number("ECD_SEED", 13));
    for round in 0..number("ECD_ROUNDS", 3) {
        let service = Service::start(&street).await;
        let stop = Arc::new(AtomicBool::new(false));
        let before = answered.lock().unwrap().len();
        let lines: Vec<_> = (0..LINES)
            .map(|n| {
                let (next, stop, answered) = (next.clone(), stop.clone(), answered.clone());
                tokio::spawn(async move { call_on_and_on(n, port, &next, &stop, &answered).await })
            })
            .collect();
        let wanted = before + 50 + usize::try_from(dice.below(100)).unwrap();
        let start = Instant::now();
        while answered.lock().unwrap().len() < wanted {
            assert!(start.elapsed() < PATIENCE, "nothing is answered");
            pause().await;
        }
        service.kill();
        stop.store(true, Ordering::Relaxed);
        for line in lines {
            line.await.unwrap();
        }
        println!(
            "round {}: {} answered",
            round + 1,
            answered.lock().unwrap().len() - before
        );
    }
    let store = street.store().await;
    let ring = store.keys().unwrap().clone();
    ring.read_all(&store).await.unwrap();
    let cases = store.list_cases(&CaseFilter::default(), None, 500).await.unwrap().items;
    let mut kept: HashMap<u64, u32> = HashMap::new();
    for case in &cases {
        for alert in store.alerts_of(case.case.id).await.unwrap() {
            let text = ring
                .open_field(&alert.content, "alert", "content", alert.id.as_uuid())
                .unwrap();
            let content: Value = serde_json::from_slice(&text).unwrap();
            *kept.entry(content["reading"]["steps"].as_u64().unwrap()).or_default() += 1;
        }
    }
    let answered = answered.lock().unwrap().clone();
    let lost = answered
        .iter()
        .filter(|it| !kept.contains_key(&u64::from(**it)))
        .count();
    println!("{} answered, {} kept, {lost} lost", answered.len(), kept.len());
    assert_eq!((lost, cases.len()), (0, LINES));
    assert!(kept.values().all(|it| *it == 1), "something is there twice");
    assert_eq!(store.check().await.unwrap().found, vec![]);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_watch_was_answered_is_kept_across_kill_9_on_sqlite() {
    killed_between_halves(Database::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_watch_was_answered_is_kept_across_kill_9_on_postgresql() {
    let server = PostgresServer::start(true);
    killed_between_halves(Database::on(&server)).await;
}
