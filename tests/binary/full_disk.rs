//! PostgreSQL on a disk that is full: a small tmpfs of the test's own, filled by a ballast file while alerts come in.
//!
//! Mounting needs root; whoever is not is told so. The file size limit of the store in a file is in the parent.

use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use eldercare_dispatch::ids::CaseId;
use nix::mount::{MsFlags, mount};
use serde_json::Value;

use super::harness::{Database, PostgresServer};
use super::{Acknowledged, PATIENCE, SENDERS, Service, Street, pause};

/// A new cluster takes some 40 MiB, its first log segments 16 MiB each.
const DISK: &str = "size=112m,mode=0755";

/// A tmpfs, unmounted again whatever happens: a watchdog holds a pipe from this process, so that also kill -9 of the test
/// leaves nothing mounted. It is taken away from the tree at once, and freed when its last file is closed.
struct SmallDisk {
    folder: PathBuf,
    watchdog: Child,
}

impl SmallDisk {
    fn mount() -> nix::Result<Self> {
        let folder = tempfile::Builder::new().prefix("ecd-disk-").tempdir().unwrap();
        mount(
            Some("tmpfs"),
            folder.path(),
            Some("tmpfs"),
            MsFlags::MS_NOSUID,
            Some(DISK),
        )?;
        let folder = folder.keep();
        let watchdog = Command::new("/bin/sh")
            .args(["-c", "read -r _; umount -l \"$1\"; rmdir \"$1\"", "watchdog"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        Ok(Self { folder, watchdog })
    }

    /// Takes what is left, as far as it goes.
    fn fill(&self) -> u64 {
        let mut ballast = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join("ballast"))
            .unwrap();
        let block = vec![1_u8; 64 * 1024];
        let mut size = 0;
        for length in [block.len(), 4_096] {
            while ballast.write_all(&block[..length]).is_ok() {
                size += length as u64;
            }
        }
        size
    }

    fn empty(&self) {
        std::fs::remove_file(self.folder.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        if !self.watchdog.wait().is_ok_and(|it| it.success()) {
            eprintln!("{} may still be mounted", self.folder.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_postgresql_refuses_and_mends_itself() {
    if !std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0) {
        println!("not root, so no disk can be mounted: PostgreSQL on a full disk was not tried");
        return;
    }
    let disk = match SmallDisk::mount() {
        Ok(disk) => disk,
        Err(error) => {
            println!("a tmpfs cannot be mounted here ({error}): PostgreSQL on a full disk was not tried");
            return;
        }
    };
    // Dropped before the disk.
    let server = PostgresServer::start_in(&disk.folder, true, "-c min_wal_size=32MB -c max_wal_size=32MB");
    let street = Arc::new(Street::found(Database::on(&server), "yangcun-7").await);
    let service = Arc::new(Service::start(&street).await);
    let acknowledged: Arc<Mutex<Vec<Acknowledged>>> = Arc::default();
    let refused: Arc<Mutex<Vec<(usize, String)>>> = Arc::default();
    let (next, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (street, service, stop, next) = (street.clone(), service.clone(), stop.clone(), next.clone());
            let (acknowledged, refused) = (acknowledged.clone(), refused.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let (watch, reference) = (n % street.keys.len(), format!("d{n}"));
                    let answer = service.send(&street.keys[watch], "sos", &reference).await.unwrap();
                    if answer.status() == 503 {
                        assert!(answer.headers().contains_key("retry-after"));
                        refused.lock().unwrap().push((watch, reference));
                        continue;
                    }
                    assert!(answer.status().is_success(), "{}", answer.status());
                    let body: Value = answer.json().await.unwrap();
                    let text = |name: &str| body[name].as_str().unwrap().to_owned();
                    let kept = (watch, reference, text("alert_id"), text("case_id"));
                    acknowledged.lock().unwrap().push(kept);
                }
            })
        })
        .collect();
    let start = Instant::now();
    while acknowledged.lock().unwrap().len() < 50 {
        assert!(start.elapsed() < PATIENCE, "no load");
        pause().await;
    }
    // Alerts go on coming in, and the ballast takes what a checkpoint frees, until some are refused.
    let mut ballast = 0;
    let start = Instant::now();
    while refused.lock().unwrap().len() < 20 {
        ballast += disk.fill();
        assert!(start.elapsed() < PATIENCE, "the disk is not full");
        pause().await;
    }
    stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.unwrap();
    }
    disk.empty();
    let (acknowledged, refused) = (acknowledged.lock().unwrap().clone(), refused.lock().unwrap().clone());
    println!(
        "{} acknowledged, {} refused with {} MiB of ballast",
        acknowledged.len(),
        refused.len(),
        ballast >> 20
    );
    // By itself: PostgreSQL may have gone down for want of room for its log, and then it is its own keeper that starts it.
    let start = Instant::now();
    loop {
        let (watch, reference) = &refused[0];
        let answer = service.send(&street.keys[*watch], "sos", reference).await.unwrap();
        if answer.status() == 201 {
            break;
        }
        assert_eq!(answer.status(), 503, "the refused alert was not half written");
        assert!(start.elapsed() < PATIENCE, "it does not mend itself");
        if !server.is_up() {
            server.start_again();
        }
        pause().await;
    }
    // What was acknowledged is there, each under its first answer.
    for (watch, reference, alert, case) in &acknowledged {
        let answer = service.send(&street.keys[*watch], "sos", reference).await.unwrap();
        assert_eq!(answer.status(), 200, "the repeat of an acknowledged alert");
        let body: Value = answer.json().await.unwrap();
        let got = (body["alert_id"].as_str(), body["case_id"].as_str());
        assert_eq!(got, (Some(alert.as_str()), Some(case.as_str())));
    }
    drop(service);
    let store = street.store().await;
    let cases: std::collections::BTreeSet<CaseId> = acknowledged.iter().map(|it| it.3.parse().unwrap()).collect();
    for case in cases {
        let kept = store.alerts_of(case).await.unwrap();
        let of_it = acknowledged.iter().filter(|it| it.3 == case.to_string());
        for (_, _, alert, _) in of_it {
            assert!(kept.iter().any(|it| it.id.to_string() == *alert), "{alert} was lost");
        }
    }
    assert_eq!(store.check().await.unwrap().found, vec![]);
    store.close().await;
}
