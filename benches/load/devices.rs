//! What devices cost on lines of their own and by a cloud's push: memory of idle lines, processor time of beats, a replay of old
//! alarms.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::measures::{alert, all_are, ask_store, line, median_of};
use super::service::{Server, fdatasync_p50};
use super::wire::{Answer, ms, quantile, steady};
use super::{Bench, Running, street};

/// Lines that say nothing.
const IDLE: usize = 10_000;
/// How often a device of these measures speaks, seconds.
const BEAT_S: usize = 900;
/// How long beats are measured.
const BEATS_FOR: Duration = Duration::from_secs(90);
/// What a cloud sends of an outage, messages a second (Huawei's documentation), and for how long here.
const REPLAY: (f64, usize) = (800.0, 20);
/// Its token in the configuration.
const TOKEN: &str = "a-token-for-a-bench";

/// A port that nobody listens to.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A listener for watches whose beat is [`BEAT_S`], and a cloud's link.
fn configuration(port: u16) -> String {
    format!(
        "[intake.tcp]\nlines_max = 20000\nlines_per_address_max = 20000\n\
         [intake.tcp.watch]\nlisten = \"127.0.0.1:{port}\"\nbeat_s = {BEAT_S}\n\
         [[push.links]]\nplatform = \"huawei\"\nname = \"bench\"\ntoken = \"{TOKEN}\"\n\
         [[push.links.rules]]\nat = \"/properties/sos\"\nkinds = {{ \"1\" = \"sos\" }}\n"
    )
}

/// One line of a watch.
struct Watch(TcpStream);

impl Watch {
    async fn open(port: u16) -> Self {
        Self(TcpStream::connect(("127.0.0.1", port)).await.expect("a line"))
    }

    /// Says its beat in the name of watch `n`, and hears the answer.
    async fn beat(&mut self, n: usize) {
        let frame = format!("[3G*{}*000D*LK,0,0,{:03}]", street::terminal(n), 40 + n % 60);
        let answer = format!("[3G*{}*0002*LK]", street::terminal(n));
        self.0.write_all(frame.as_bytes()).await.expect("a line");
        let mut heard = vec![0; answer.len()];
        self.0.read_exact(&mut heard).await.expect("an answer");
        assert_eq!(heard, answer.as_bytes());
    }
}

/// Memory that [`IDLE`] lines take which have said who they are and say nothing more: all of the service, and what the lines add.
pub async fn idle(bench: &Bench) {
    let many = IDLE.min(bench.shown.len());
    let (mut all, mut added, mut used, mut syncs) = (vec![], vec![], vec![], vec![]);
    for _ in 0..bench.runs {
        let port = free_port();
        let running = bench.start_with(&configuration(port)).await;
        syncs.push(fdatasync_p50(running.folder.path()));
        tokio::time::sleep(Duration::from_secs(5)).await;
        let before = running.server.memory_mib();
        let mut lines = Vec::with_capacity(many);
        for n in 0..many {
            let mut watch = Watch::open(port).await;
            watch.beat(n).await;
            lines.push(watch);
        }
        // What was heard is written, and the allocator gives back what it will.
        tokio::time::sleep(Duration::from_secs(15)).await;
        let after = running.server.memory_mib();
        let cpu = running.server.cpu();
        tokio::time::sleep(Duration::from_secs(20)).await;
        used.push((running.server.cpu() - cpu).as_secs_f64() / 20.0 * 100.0);
        all.push(after);
        added.push(after - before);
        // Whoever was first is still answered.
        lines[0].beat(0).await;
        running.server.stop();
    }
    line(
        bench,
        &format!("{many} idle lines: memory of the service"),
        "MiB",
        &all,
        &syncs,
    );
    line(
        bench,
        &format!("{many} idle lines: memory that they add"),
        "MiB",
        &added,
        &syncs,
    );
    line(
        bench,
        &format!("{many} idle lines: processor at rest"),
        "% of one core",
        &used,
        &syncs,
    );
}

/// Processor time of the beats of every device of the register, once in [`BEAT_S`]; a part of the devices shares each line, so every
/// frame is of another device than the one before. Then `kill -9`: what the supervision knows afterwards.
pub async fn beats(bench: &Bench) {
    let rate = bench.shown.len() as f64 / BEAT_S as f64;
    let (mut shares, mut rest, mut rows, mut syncs) = (vec![], vec![], vec![], vec![]);
    for _ in 0..bench.runs {
        let port = free_port();
        let Running { server, folder, url } = bench.start_with(&configuration(port)).await;
        syncs.push(fdatasync_p50(folder.path()));
        tokio::time::sleep(Duration::from_secs(20)).await;
        let cpu = server.cpu();
        tokio::time::sleep(Duration::from_secs(30)).await;
        let idle = (server.cpu() - cpu).as_secs_f64() / 30.0;
        // One frame a second and line.
        let mut lines = Vec::new();
        for _ in 0..(rate.ceil() as usize) {
            lines.push(Watch::open(port).await);
        }
        let (cpu, begun, mut n) = (server.cpu(), Instant::now(), 0);
        while begun.elapsed() < BEATS_FOR {
            let due = begun + Duration::from_secs_f64(n as f64 / rate);
            tokio::time::sleep_until(due.into()).await;
            let at = n % lines.len();
            lines[at].beat(n % bench.shown.len()).await;
            n += 1;
        }
        let share = (server.cpu() - cpu).as_secs_f64() / begun.elapsed().as_secs_f64();
        // Beats of the last five seconds may be lost with the process; the others stand in the store.
        tokio::time::sleep(Duration::from_secs(7)).await;
        server.kill();
        let server = Server::service(folder.path());
        server.whole().await;
        let running = Running { server, folder, url };
        let kept = ask_store(&running, "SELECT COUNT(*) FROM device_state").await;
        assert!(
            kept >= n.min(bench.shown.len()) as i64 - 1,
            "{kept} of {n} beats are kept"
        );
        rows.push(kept as f64 / n as f64);
        // Two looks of the supervision: nobody is called silent for our absence.
        tokio::time::sleep(Duration::from_secs(25)).await;
        assert_eq!(
            // The service's own alarm may stand among the cases.
            ask_store(&running, "SELECT COUNT(*) FROM cases WHERE kind <> 'self_check'").await,
            0,
            "a device was called silent"
        );
        shares.push((share - idle) * 100.0);
        rest.push(idle * 100.0);
        running.server.stop();
    }
    let what = format!("{rate:.0} beats a second of {} devices", bench.shown.len());
    line(bench, &format!("{what}: processor"), "% of one core", &shares, &syncs);
    line(bench, "  at rest, taken off of it", "% of one core", &rest, &syncs);
    line(bench, "  rows of device_state for each beat", "", &rows, &syncs);
}

/// A signed push of Huawei's: watch `n` has called for help at `at`.
fn push(n: usize, at: jiff::Timestamp) -> Vec<u8> {
    let now = jiff::Timestamp::now().as_second().to_string();
    let mut parts = [TOKEN, now.as_str(), "IkOaKMDalrAzUTxC"];
    parts.sort_unstable();
    let digest = Sha256::digest(parts.concat());
    let signature: String = digest.iter().map(|it| format!("{it:02x}")).collect();
    let body = format!(
        "{{\"resource\":\"device.property\",\"event\":\"report\",\"event_time_ms\":\"{at}\",\"request_id\":\"r{n}\",\
         \"notify_data\":{{\"header\":{{\"device_id\":\"p_D{n}\",\"node_id\":\"D{n}\",\"product_id\":\"p\"}},\"body\":{{\"services\":\
         [{{\"service_id\":\"Alarm\",\"properties\":{{\"sos\":1}}}}]}}}}}}"
    );
    format!(
        "POST /api/v1/push/huawei/bench HTTP/1.1\r\nHost: bench\r\nsignature: {signature}\r\ntimestamp: {now}\r\nnonce: \
         IkOaKMDalrAzUTxC\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A cloud replays alarms of three hours ago at 800 a second, each of another elder, while somebody calls now twice a second by HTTP.
pub async fn replay(bench: &Bench) {
    let (rate, seconds) = REPLAY;
    let living = 2 * seconds;
    let count = (rate as usize * seconds).min(bench.shown.len() - living);
    let mut found: [Vec<f64>; 6] = Default::default();
    for _ in 0..bench.runs {
        let running = bench.start_with(&configuration(free_port())).await;
        let address = running.server.address.clone();
        found[5].push(fdatasync_p50(running.folder.path()));
        let old = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(3);
        let request: Rc<dyn Fn(usize) -> Vec<u8>> = Rc::new(move |n| push(n, old));
        let calls: Rc<RefCell<Vec<Answer>>> = Rc::default();
        let cpu = running.server.cpu();
        let begun = Instant::now();
        let call = {
            let (calls, address, one) = (calls.clone(), address.clone(), alert(bench, "sos", "now"));
            tokio::task::spawn_local(async move {
                let answers = steady(&address, 2.0, count, living, one).await;
                calls.replace(answers);
            })
        };
        let answers = steady(&address, rate, 0, count, request.clone()).await;
        let took = begun.elapsed().as_secs_f64();
        call.await.expect("the living calls");
        found[4].push((running.server.cpu() - cpu).as_secs_f64() / took);
        all_are(&answers, 200);
        all_are(&calls.borrow(), 201);
        found[0].push(count as f64 / took);
        found[1].push(quantile(
            &mut answers.iter().map(|it| ms(it.took)).collect::<Vec<_>>(),
            0.99,
        ));
        found[2].push(quantile(
            &mut calls.borrow().iter().map(|it| ms(it.took)).collect::<Vec<_>>(),
            0.99,
        ));
        // The same once more: nothing new.
        let again = steady(&address, rate, 0, count.min(4_000), request).await;
        all_are(&again, 200);
        // Rankings come behind the acknowledgement.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let late = "SELECT COUNT(*) FROM alert WHERE late";
        assert_eq!(
            ask_store(&running, late).await,
            count as i64,
            "each is kept once, as late"
        );
        let alerts = ask_store(&running, "SELECT COUNT(*) FROM alert").await;
        assert_eq!(alerts, (count + living) as i64, "and nothing else");
        let asked = "SELECT COUNT(*) FROM offer o JOIN alert a ON a.case_id = o.case_id WHERE a.late";
        let asked = ask_store(&running, asked).await;
        found[3].push(asked as f64);
        running.server.stop();
    }
    let [got, push99, call99, asked, cpu, syncs] = &found;
    line(
        bench,
        &format!("a replay of {count} old alarms at {rate:.0} a second: taken"),
        "a second",
        got,
        syncs,
    );
    line(bench, "  a push is answered, p99", "ms", push99, syncs);
    line(
        bench,
        "  a living call beside it is acknowledged, p99",
        "ms",
        call99,
        syncs,
    );
    line(bench, "  people of the street asked about what was", "", asked, syncs);
    line(bench, "  processor meanwhile", "of one core", cpu, syncs);
    println!(
        "    processor, median {:.2}; each was kept once, as late",
        median_of(cpu)
    );
}
