//! Two nodes share the outbox: a row is handed over by whoever has it in hand, once, however slow a provider, a case or the database is. Only
//! what a node had in hand when it died is handed over again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use eldercare_dispatch::case::NoticeKind;
use eldercare_dispatch::clock::Ids;
use eldercare_dispatch::ids::{CaseId, NoticeId};
use eldercare_dispatch::notify::letter::Handed;
use eldercare_dispatch::notify::{Channel, Delivery, Outbox, OutboxConfig, Outgoing, carriers};
use eldercare_dispatch::store::cases::{
    Claimed, Finish, LetterDone, LetterRow, LetterState, ReportRow, ReportedOf, ReportedWord, Sent, telling_id,
};
use eldercare_dispatch::store::{Store, StoreError};
use sea_orm::{ConnectionTrait, Statement, TransactionTrait as _};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::harness::carrier::{Fake, Part, refused, taken};
use crate::harness::endpoint::Endpoint;
use crate::harness::street::{alert, who};
use crate::harness::{Database, TestApp, both_stores, master};
use crate::notify_outbox::another_worker;
use crate::notify_ways::{offer_rows, offered, told_by, worker_with};
use crate::notify_webhook::{report, row, street};

const RING: &[NoticeKind] = &[NoticeKind::RingDesk];

/// A channel that answers when it is let go.
struct Gate {
    name: String,
    go: Notify,
    heard: AtomicUsize,
}

#[async_trait]
impl Channel for Gate {
    fn name(&self) -> &str {
        &self.name
    }

    fn slots(&self) -> usize {
        2
    }

    async fn send(&self, _: &Outgoing) -> Delivery {
        self.heard.fetch_add(1, Ordering::SeqCst);
        self.go.notified().await;
        Delivery::Taken
    }
}

fn node(app: &TestApp, gate: &Arc<Gate>, may_hear: impl Fn() + Send + Sync + 'static) -> Outbox {
    let channel: Arc<dyn Channel> = gate.clone();
    Outbox::new(
        app.app.store.clone(),
        app.app.clock.clone(),
        Ids::seeded(31),
        OutboxConfig::default(),
        vec![channel],
        Arc::new(move |_: &str| {
            may_hear();
            true
        }),
        Arc::new(|_, _, _| Box::pin(async {})),
    )
}

/// Waits for a state that other threads bring about, without a turn of the clock.
async fn comes(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..5_000 {
        if holds().await {
            return;
        }
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1)))
            .await
            .unwrap();
    }
    panic!("{what}: it never came");
}

/// Another node's store.
async fn another_store(app: &TestApp) -> Store {
    let store = Store::open(&app.db.config).await.unwrap();
    store.unlock(master(), app.clock.now()).await.unwrap();
    store
}

/// Statements that wait for somebody else's lock.
async fn waiting(db: &impl ConnectionTrait) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement)
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap()
}

/// A database whose locks are waited for longer than any test takes.
async fn patient(mut db: Database) -> Database {
    db.config.lock_within_ms = 60_000;
    db
}

both_stores! {
    async fn what_is_on_its_way_is_kept_from_other_nodes_for_as_long_as_it_takes(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        let gate = Arc::new(Gate { name: desk.channel(), go: Notify::new(), heard: AtomicUsize::new(0) });
        let one = node(&app, &gate, || {});
        let case = report(&app, alert(0, "sos", "1")).await;
        let working = one.clone();
        let work = tokio::spawn(async move { working.run_due().await });
        comes("the gate", async || gate.heard.load(Ordering::SeqCst) == 1).await;
        assert_eq!(one.keep_due().await.unwrap(), 0, "a fresh lease costs no write");
        let other = another_worker(&app.app, &desk, 9);
        for _ in 0..12 {
            app.advance(10);
            assert_eq!(one.keep_due().await.unwrap(), 1);
            assert_eq!(other.run_due().await.unwrap(), 0, "somebody works on it");
        }
        gate.go.notify_one();
        assert_eq!(work.await.unwrap().unwrap(), 1);
        let told = row(&app, case, "ring_desk").await;
        assert_eq!((told.state.as_str(), told.attempts), ("sent", 1));
        assert_eq!(one.keep_due().await.unwrap(), 0, "what is written is in nobody's hand");
        // What hangs for good is let go: another try may do better.
        let case = report(&app, alert(1, "sos", "1")).await;
        let working = one.clone();
        let work = tokio::spawn(async move { working.run_due().await });
        comes("the gate", async || gate.heard.load(Ordering::SeqCst) == 2).await;
        for _ in 0..60 {
            app.advance(10);
            one.keep_due().await.unwrap();
        }
        app.advance(30);
        assert_eq!(one.keep_due().await.unwrap(), 0);
        other.run_due().await.unwrap();
        assert_eq!(row(&app, case, "ring_desk").await.last_error.as_deref(), Some("out of time"), "it was looked at by another");
        work.abort();
        app.app.stop().await;
    }

    async fn a_telephone_that_rings_for_long_is_not_rung_by_another_node(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        let go = Arc::new(Notify::new());
        voice.always(Part::Held(go.clone(), Handed::Taken { proof: None }));
        offered(&app, 0, "sos").await;
        let one = app.app.outbox.clone();
        let work = tokio::spawn(async move { one.run_due().await });
        let rung = voice.hears(3).await.len();
        let other = worker_with(&app.app, 21, carriers(&app.app.config.notify).unwrap());
        for _ in 0..6 {
            app.advance(10);
            assert_eq!(app.app.outbox.keep_due().await.unwrap(), rung);
            assert_eq!(other.run_due().await.unwrap(), 0);
        }
        voice.always(taken());
        go.notify_waiters();
        work.await.unwrap().unwrap();
        assert_eq!(voice.heard().len(), rung, "each of them once");
        app.app.stop().await;
    }

    async fn what_was_in_hand_for_too_long_before_it_was_sent_is_left_to_whoever_has_it(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        let gate = Arc::new(Gate { name: desk.channel(), go: Notify::new(), heard: AtomicUsize::new(0) });
        let (clock, once) = (app.clock.clone(), AtomicBool::new(false));
        let slow = node(&app, &gate, move || {
            if !once.swap(true, Ordering::SeqCst) {
                clock.advance(Duration::from_secs(30)); // the machine has slept
            }
        });
        let case = report(&app, alert(0, "sos", "1")).await;
        gate.go.notify_one(); // it would be answered at once
        assert_eq!(slow.run_due().await.unwrap(), 1);
        assert_eq!(gate.heard.load(Ordering::SeqCst), 0, "it is ours no more");
        assert_eq!(row(&app, case, "ring_desk").await.last_error.as_deref(), Some("its lease was over before it was sent"));
        app.advance(1);
        assert_eq!(another_worker(&app.app, &desk, 9).run_due().await.unwrap(), 1);
        assert_eq!(row(&app, case, "ring_desk").await.state, "sent");
        app.app.stop().await;
    }

    async fn that_it_was_taken_is_true_however_late_it_is_written(db: Database) {
        let desk = Endpoint::start("desk").await;
        let app = street(db, &[&desk], Some(RING)).await;
        let case = report(&app, alert(0, "sos", "1")).await;
        let (store, now) = (&app.app.store, app.clock.now());
        let claim = async |n| store.claim_outbox(&desk.channel(), Uuid::from_u128(n), now, now, 9).await.unwrap().remove(0);
        let (mine, theirs) = (claim(5).await, claim(6).await);
        assert!(store.finish_outbox(mine.id, mine.claim, Sent::Taken, now).await.unwrap());
        assert_eq!(row(&app, case, "ring_desk").await.state, "sent", "nobody hands it over once more");
        for late in [Sent::Failed("no".to_owned()), Sent::Again(now, "later".to_owned()), Sent::Stale, Sent::Taken] {
            assert!(!store.finish_outbox(theirs.id, theirs.claim, late, now).await.unwrap());
        }
        assert_eq!(row(&app, case, "ring_desk").await.state, "sent");
        app.app.stop().await;
    }

    async fn what_a_report_has_said_to_have_failed_is_not_called_taken_by_a_late_word(db: Database) {
        let voice = Fake::new("voice");
        let app = told_by(db, &[&voice]).await;
        let case = offered(&app, 0, "sos").await;
        let (store, now) = (&app.app.store, app.clock.now());
        let mine = store.claim_letters("voice", Uuid::from_u128(5), now, now, 1).await.unwrap().remove(0);
        // Two telephones: the first rings, the second is spare; the network says that the first did not.
        let (one, two) = (letter(mine.id, 1, LetterState::Taken), letter(mine.id, 2, LetterState::Spare));
        for it in [&one, &two] {
            store.book_quota(None, vec![], Some((mine.id, it.clone())), now).await.unwrap();
        }
        store.apply_report(&failed(one.id, "voice", now), now).await.unwrap();
        let theirs = store.claim_letters("voice", Uuid::from_u128(6), now, now, 1).await.unwrap().remove(0);
        assert_eq!(theirs.id, mine.id, "its second telephone is to ring");
        let late = done(&mine, Sent::Taken, vec![one]);
        assert_eq!(store.finish_outbox_all(vec![late], now).await.unwrap().held, [false]);
        let name = ["G1", "G2", "G3"].into_iter().find(|it| who(it).to_string() == mine.target).unwrap();
        assert_eq!(offer_rows(&app, case, name).await["voice"].state, "sending");
        app.app.stop().await;
    }
}

fn letter(row: NoticeId, n: u8, state: LetterState) -> LetterRow {
    LetterRow {
        id: NoticeId::derive(row.as_uuid(), &n.to_string()),
        channel: "voice".to_owned(),
        proof: None,
        callee: Some(vec![n]),
        whom: None,
        state,
        why: None,
    }
}

fn failed(letter: NoticeId, channel: &str, at: jiff::Timestamp) -> ReportRow {
    ReportRow {
        id: Uuid::from_u128(99),
        channel: channel.to_owned(),
        of: ReportedOf::Notice(letter),
        word: ReportedWord::Failed,
        detail: Some("busy".to_owned()),
        at,
        dated: true,
    }
}

fn done(row: &Claimed, sent: Sent, letters: Vec<LetterRow>) -> Finish {
    Finish {
        id: row.id,
        claim: row.claim,
        sent,
        letter: Some(LetterDone {
            channel: "voice".to_owned(),
            telling: telling_id(row.case, &row.step, &row.target),
            letters,
            ..LetterDone::default()
        }),
    }
}

/// A result and a report of the same letter come to two nodes at once: the second waits for the first, and neither for the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_and_a_report_of_one_letter_do_not_wait_for_each_other_in_a_ring() {
    let voice = Fake::new("voice");
    let app = told_by(patient(Database::postgres().await).await, &[&voice]).await;
    offered(&app, 0, "sos").await;
    let (store, now) = (app.app.store.clone(), app.clock.now());
    let other = another_store(&app).await;
    let mine = store
        .claim_letters("voice", Uuid::from_u128(5), now, now, 1)
        .await
        .unwrap()
        .remove(0);
    let one = letter(mine.id, 1, LetterState::Handed);
    store
        .book_quota(None, vec![], Some((mine.id, one.clone())), now)
        .await
        .unwrap();
    // Somebody holds the letter, so that both stand where they stand when they wait.
    let held = other.writer().begin().await.unwrap();
    let hold = format!("SELECT id FROM letter WHERE id = '{}' FOR UPDATE", one.id.as_uuid());
    held.execute_unprepared(&hold).await.unwrap();
    let (reporting, word) = (other.clone(), failed(one.id, "voice", now));
    let report = tokio::spawn(async move { reporting.apply_report(&word, now).await });
    comes("the report waits", async || waiting(store.reader()).await == 1).await;
    let late = done(
        &mine,
        Sent::Taken,
        vec![LetterRow {
            state: LetterState::Taken,
            ..one
        }],
    );
    let writing = store.clone();
    let result = tokio::spawn(async move { writing.finish_outbox_all(vec![late], now).await });
    comes("the result waits", async || waiting(store.reader()).await == 2).await;
    held.rollback().await.unwrap();
    let (report, result) = (report.await.unwrap(), result.await.unwrap());
    let ring = |it: &StoreError| it.to_string();
    assert_eq!(
        (report.as_ref().err().map(ring), result.as_ref().err().map(ring)),
        (None, None)
    );
    other.close().await;
    app.app.stop().await;
}

/// A case that cannot be told that somebody was not reached, because somebody else has it just then, keeps no other result waiting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_follows_a_result_keeps_no_other_result_waiting() {
    let voice = Fake::new("voice");
    let app = told_by(patient(Database::postgres().await).await, &[&voice]).await;
    let go = Arc::new(Notify::new());
    voice.always(Part::Held(go.clone(), Handed::Taken { proof: None }));
    voice.at("10000000001", refused());
    let case = offered(&app, 0, "sos").await;
    let other = another_store(&app).await;
    let held = other.writer().begin().await.unwrap();
    let hold = format!("SELECT id FROM cases WHERE id = '{}' FOR UPDATE", case.as_uuid());
    held.execute_unprepared(&hold).await.unwrap();
    app.app.start_workers();
    voice.hears(3).await;
    comes("the case is asked for", async || waiting(other.reader()).await > 0).await;
    go.notify_waiters();
    let state = async |case: CaseId, name: &str| offer_rows(&app, case, name).await["voice"].state.clone();
    comes("G2's result", async || state(case, "G2").await == "sent").await;
    assert_eq!(state(case, "G1").await, "failed");
    assert!(
        waiting(other.reader()).await > 0,
        "and the case is still somebody else's"
    );
    held.rollback().await.unwrap();
    comes("the case knows", async || {
        app.clock.advance(Duration::from_millis(5));
        let view = app.app.store.case(case).await.unwrap().unwrap();
        view.case.offer_to(who("G1")).unwrap().silent
    })
    .await;
    other.close().await;
    app.app.stop().await;
}

/// Two nodes look at the same persons whose wave is over: what one has in hand the other leaves to it, and does not wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_the_persons_whose_wave_is_over() {
    let (voice, sms) = (Fake::new("voice"), Fake::new("sms"));
    let app = told_by(patient(Database::postgres().await).await, &[&voice, &sms]).await;
    let case = offered(&app, 0, "sos").await;
    app.app.outbox.run_due().await.unwrap();
    let (store, other) = (app.app.store.clone(), another_store(&app).await);
    app.advance(120);
    let due = store.tellings_due(app.clock.now(), 100).await.unwrap();
    let ids: Vec<Uuid> = due.iter().map(|it| it.id).collect();
    assert!(ids.len() >= 2, "{due:?}");
    let held = other.writer().begin().await.unwrap();
    let hold = format!("SELECT id FROM telling WHERE id = '{}' FOR UPDATE", ids[0]);
    held.execute_unprepared(&hold).await.unwrap();
    let looked = store.next_waves(ids.clone(), vec![], app.clock.now()).await.unwrap();
    assert_eq!(looked.looked, ids.len() - 1, "it has not waited");
    held.rollback().await.unwrap();
    let left = store.next_waves(ids, vec![], app.clock.now()).await.unwrap();
    assert_eq!(left.looked, looked.looked + 1);
    assert!(!offer_rows(&app, case, "G1").await.is_empty());
    other.close().await;
    app.app.stop().await;
}
